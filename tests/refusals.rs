//! What `clean`, `merge`, `handed-on`, `consent withdraw` and `where` refuse, word for word: what happened, and what to do
//! about it. (`key` has its own transcripts in `tests/key.rs`.)
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use std::fs;
use support::running::{Home, copy, text, tree};

const NO_CUSTODY: (&str, &str) =
    ("there is no such custody folder", "Check the path after --custody. The first `scrubs clean` makes a custody.");
const DESTROYED: (&str, &str) = (
    "the key of this custody was destroyed",
    "Nothing can be coded or revealed with it any more. Use a new custody and a new release: name new folders with \
     --custody and --to. If destroying it was interrupted, `scrubs key destroy` ends it.",
);
const UNKNOWN: (&str, &str) = (
    "this custody knows no release at that path",
    "Custody knows releases by the path they were written to: name that path, also where the folder has gone since. If \
     the release was made with another custody, name that with --custody.",
);
const SECRET: (&str, &str) = (
    "the coding secret is damaged",
    "Put `coding-secret` back from a backup: with a new one every code would be different.",
);
const GUARDIANS: (&str, &str) = (
    "line 1 of guardians.txt is not an age public key",
    "Each line must be a public key that begins with age1, as `scrubs key new` or `age-keygen -y` prints it.",
);
const NO_LEDGER: (&str, &str) =
    ("the file is not a ledger of scrubs", "Check that custody is the right folder. The file was left as it is.");
const LEDGER: (&str, &str) = ("the ledger in custody cannot be used: the file is not a ledger of scrubs", NO_LEDGER.1);
const NO_FILE: &str = "Save what it gives as a file first, and name that file.";
const NEWER: (&str, &str) = (
    "the ledger in custody cannot be used: the ledger was written by a later version of scrubs (its schema is 99, this \
     version knows 6)",
    "Use the version of scrubs that wrote it, or a later one.",
);

/// A home with one recording in a release, its custody, and custodies to which one thing or another has happened.
fn home() -> Home {
    let home = Home::new();
    fs::create_dir(home.at("p")).unwrap();
    let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/collection/wounds/leg-ulcer-1.jpg");
    fs::copy(from, home.at("p/a.jpg")).unwrap();
    home.clean(&["p", "--to", "r", "--custody", "c"], 1);
    // Whoever waits for it waits for ever.
    assert!(std::process::Command::new("mkfifo").arg(home.at("pipe")).status().unwrap().success());
    for (custody, file, bytes) in [
        ("secret", "coding-secret", &b"garbage"[..]),
        ("nobody", "guardians.txt", b"garbage\n"),
        ("ledger", "ledger.sqlite", b"garbage"),
        ("note", "shard.json", b"{}"),
        ("dead", "held/x", b""),
        ("newer", "held/x", b""),
    ] {
        copy(&home.at("c"), &home.at(custody));
        fs::create_dir_all(home.at(custody).join("held")).unwrap();
        fs::write(home.at(custody).join(file), bytes).unwrap();
        private(&home, custody);
    }
    let connection = rusqlite::Connection::open(home.at("newer/ledger.sqlite")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    home.run(&["key", "destroy", "--custody", "dead", "--yes-destroy"]);
    fs::create_dir(home.at("disc")).unwrap();
    fs::write(home.at("disc/DICOMDIR"), "somebody else's").unwrap();
    home
}

/// Takes a custody away from others, as `copy` does not.
fn private(home: &Home, custody: &str) {
    #[cfg(unix)]
    for entry in walkdir::WalkDir::new(home.at(custody)) {
        let entry = entry.unwrap();
        let mode = if entry.file_type().is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(entry.path(), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = (home, custody);
}

/// Runs each command, asserts that it refuses in these words, and that it has changed nothing.
fn refused(cases: &[(&str, (&str, &str))]) -> usize {
    let home = home();
    let before = tree(&home.at(""));
    let mut tried = 0;
    for (command, (what, advice)) in cases {
        let output = home.run(&command.split(' ').collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(2), "{command}: {}", text(&output.stderr));
        assert_eq!(text(&output.stderr), format!("scrubs: {what}\n{advice}\n"), "{command}");
        assert!(output.stdout.is_empty(), "{command}");
        let now = tree(&home.at(""));
        // SQLite makes and takes away its log by itself, and locks are files.
        let lasting = |path: &&std::path::PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy();
            !name.starts_with("ledger.sqlite-") && name != "lock"
        };
        let changed: Vec<_> = now
            .keys()
            .chain(before.keys())
            .filter(lasting)
            .filter(|path| now.get(*path) != before.get(*path))
            .collect();
        assert!(changed.is_empty(), "{command}: {changed:?}");
        tried += 1;
    }
    tried
}

#[test]
fn clean_refuses_in_words_that_say_what_to_do() {
    let two_dates = "--dicom-option retain-longitudinal-full-dates --dicom-option retain-longitudinal-modified-dates";
    let two_dates = format!("clean p --to n --custody c {two_dates}");
    let cases = [
        ("clean p --to r --custody secret", SECRET),
        ("clean p --to r --custody nobody", GUARDIANS),
        ("clean p --to r --custody dead", DESTROYED),
        ("clean p --to r --custody ledger", LEDGER),
        ("clean p --to r --custody newer", NEWER),
        (
            "clean p --to r --custody note",
            (
                "what custody says of its shard cannot be read",
                "Put custody's shard.json back from a backup, or run the shard again in new folders.",
            ),
        ),
        (
            "clean p --to n --custody c --register none.csv",
            ("the register cannot be read (there is no such file or folder)", "Check the path after --register."),
        ),
        (
            "clean p --to n --custody c --register /dev/zero",
            ("the register cannot be read (it is no ordinary file)", NO_FILE),
        ),
        (
            "clean p --to n --custody c --register pipe",
            ("the register cannot be read (it is no ordinary file)", NO_FILE),
        ),
        ("clean p --to n --custody c --profile pipe", ("the profile cannot be read (it is no ordinary file)", NO_FILE)),
        (
            "clean p --to n --custody c --profile none.toml",
            ("the profile cannot be read (there is no such file or folder)", "Check the path after --profile."),
        ),
        (
            "clean p --to n --custody c --not-identifiable [ --assessed-by X",
            (
                "--not-identifiable: is not a glob that can be read: brackets and braces must be closed",
                "Give a path or a glob below SOURCE.",
            ),
        ),
        (
            &two_dates,
            (
                "retain-longitudinal-full-dates and retain-longitudinal-modified-dates cannot both be had",
                "Dates stay as they are or are moved: choose one of the two.",
            ),
        ),
        (
            "clean p --to r --custody c --forget-key",
            (
                "this release was begun with a key that is kept, so that its key cannot be forgotten",
                "Clean the sources into a new release: name a new folder with --to.",
            ),
        ),
        (
            "clean p --to n --custody c --shard 1/2 --forget-key",
            (
                "a release for publication or public media, or with --forget-key, cannot be made in shards",
                "Its codes are its own and cannot be drawn elsewhere: make it in one run.",
            ),
        ),
        (
            "clean p --to disc --custody c",
            ("the release folder holds files that scrubs did not put there", "Name a new or empty folder with --to."),
        ),
        (
            "clean p --to r --custody r/c",
            (
                "the custody folder lies inside the release",
                "Keep custody apart from what is handed on: name another folder with --custody or --to.",
            ),
        ),
    ];
    assert_eq!(refused(&cases), 17);
}

#[test]
fn withdrawing_and_handing_on_refuse_in_words_that_say_what_to_do() {
    let no_code = ("one of the codes is no code", "Codes look like P-7K3M9Q2FXH4T.");
    let on = "--on 2026-11-01 --yes";
    let withdraw = |code: &str, release: &str, custody: &str, on: &str| {
        format!("consent withdraw {code} --release {release} --custody {custody} {on}")
    };
    let withdrawals = [
        (withdraw("P-AAA", "r", "c", on), no_code),
        (
            withdraw("P-7K3M9Q2FXH4T", "r", "c", on),
            (
                "P-7K3M9Q2FXH4T: no release of this custody has it",
                "Check the code, and that custody is the one the release was made with.",
            ),
        ),
        (withdraw("P-7K3M9Q2FXH4T", "nowhere", "c", on), UNKNOWN),
        (withdraw("P-7K3M9Q2FXH4T", "r", "nowhere", on), NO_CUSTODY),
        (withdraw("P-7K3M9Q2FXH4T", "r", "dead", on), DESTROYED),
        (withdraw("P-7K3M9Q2FXH4T", "r", "ledger", on), NO_LEDGER),
        (
            withdraw("P-7K3M9Q2FXH4T", "r", "c", "--on 2999-01 --yes"),
            ("--on: the date is still to come", "Give the day on which it happened."),
        ),
    ];
    let mut cases: Vec<(&str, (&str, &str))> = withdrawals.iter().map(|(c, says)| (c.as_str(), *says)).collect();
    cases.extend([
        ("handed-on nowhere --to X --custody c", UNKNOWN),
        ("handed-on r --to X --custody nowhere", NO_CUSTODY),
        ("handed-on r --to X --custody dead", DESTROYED),
        ("handed-on r --to X --custody secret", SECRET),
        ("handed-on r --to X --custody ledger", NO_LEDGER),
        (
            "handed-on r --to  --custody c",
            ("--to is empty, too long, or more than a line", "Write one line of at most 500 characters."),
        ),
        ("handed-on r --to X --custody c --on 1800-01", ("--on: the date lies before 1900", "Check the year.")),
        (
            "handed-on r --to X --custody c --on today",
            (
                "--on: the date is not a date; write YYYY-MM-DD, YYYY-MM, DD/MM/YYYY or MM/YYYY",
                "Give the day or the month on which it happened.",
            ),
        ),
        ("where P-7K3M9Q2FXH4T --source p --custody dead", DESTROYED),
        ("where P-7K --source p --custody c", (no_code.0, "Codes look like P-7K3M9Q2FXH4T-4DQ8ZN1K.")),
    ]);
    assert_eq!(refused(&cases), 17);
}

#[test]
fn merging_refuses_in_words_that_say_what_to_do() {
    let cases = [
        (
            "merge r --custody c --to n",
            (
                "custody number 1 is not that of a shard",
                "Name the custody that the run with --shard was given, in the order of the releases.",
            ),
        ),
        (
            "merge r r --custody c --to n",
            (
                "there are 2 releases and 1 custody folders: each release needs its own",
                "Name the custody folders after --custody in the order of their releases.",
            ),
        ),
        ("merge r --custody nowhere --to n", NO_CUSTODY),
        ("merge r --custody dead --to n", DESTROYED),
        ("merge r --custody c --to n --into secret", SECRET),
        (
            "merge r --custody note --to n",
            (
                "what custody says of its shard cannot be read",
                "Put custody's shard.json back from a backup, or run the shard again in new folders.",
            ),
        ),
    ];
    assert_eq!(refused(&cases), 6);
}

#[test]
fn what_is_not_there_or_is_a_folder_is_told_in_words() {
    let home = home();
    fs::create_dir(home.at("empty")).unwrap();
    let cases = [
        ("check nofile", 2, "scrubs: nofile: there is no such file or folder\nCheck the path.\n"),
        ("inspect nofile", 1, "there is no such file or folder"),
        ("inspect p", 1, "p: cannot be read\n  why: it is a folder\n"),
        ("inspect p", 1, "Name files, or use `scrubs check`."),
        ("judge nofile", 2, "(there is no such file or folder)"),
        ("verify nofile", 2, "there is no such file or folder"),
        ("clean p", 2, "Example:\n  scrubs clean photographs --to release\n"),
        ("clean p", 2, "--to <RELEASE>"),
    ];
    let tried = cases.len();
    for (command, exit, told) in cases {
        let output = home.run(&command.split(' ').collect::<Vec<_>>());
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{command}: {said}");
        assert!(said.contains(told), "{command}: {said}");
        assert!(!said.contains("entity") && !said.contains("parameter"), "{command}: {said}");
    }
    assert_eq!(tried, 8);
    let others = home.run(&["merge", "r"]);
    assert!(!text(&others.stderr).contains("scrubs clean"), "{}", text(&others.stderr));
    // A photograph that nobody has assessed is held, so nothing is in the release.
    let verified = home.run(&["verify", "r"]);
    assert_eq!(text(&verified.stdout), "The release holds no recordings.\n");
    assert_eq!(verified.status.code(), Some(0));
}
