//! Names that no keyboard types and permissions that nobody set: cleaned like any other, revealed to the byte, never shown raw.
#![cfg(unix)]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod support;

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use support::running::{Home, string, text, tree};

fn picture(number: u8) -> Vec<u8> {
    use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};
    let mut coded = Vec::new();
    JpegEncoder::new_with_quality(&mut coded, 80)
        .write_image(&[number; 16 * 16], 16, 16, ExtendedColorType::L8)
        .expect("encoding into memory");
    coded
}

/// Names that are hard to carry, each with the word CANARY in it.
fn names() -> Vec<OsString> {
    let mut long = b"CANARY".to_vec();
    long.resize(255, b'x');
    let names: Vec<&[u8]> = vec![
        b"CANARY \xff\xfe latin \xe9.jpg",
        &long,
        b"CANARY\nsecond line\r\n.jpg",
        b"CANARY\x1b[31mred\x1b]0;title\x07.jpg",
        b"CANARY\x01\x02\x7f\xc2\x9b31m.jpg",
        "CANARY\u{202e}gpj.exe\u{2066}\u{200b}.jpg".as_bytes(),
        b"CANARY\"quoted\",=cmd()|'; <script>alert(1)<script>.jpg",
        b"-CANARY --to elsewhere",
        b"  CANARY  ",
        b"CANARY\\back\\slash.jpg",
    ];
    names.into_iter().map(|name| OsString::from_vec(name.to_vec())).collect()
}

/// A home whose pictures bear all of those names, in folders of such names too.
fn home() -> Home {
    let home = Home::new();
    fs::create_dir(home.at("pictures")).expect("made");
    for (number, name) in (1u8..).zip(names()) {
        let folder = home.at("pictures").join(&name);
        fs::create_dir(&folder).expect("made");
        fs::write(folder.join(&name), picture(number * 9)).expect("written");
        fs::write(
            home.at("pictures").join([b"empty".as_slice(), &name.as_bytes()[..name.len().min(250)]].concat().os()),
            b"",
        )
        .expect("written");
    }
    home
}

trait Os {
    fn os(self) -> OsString;
}

impl Os for Vec<u8> {
    fn os(self) -> OsString {
        OsString::from_vec(self)
    }
}

const RUN: &[&str] =
    &["clean", "pictures", "--to", "release", "--custody", "custody", "--made-for", "care", "--kind", "x-ray"];

/// What would steer a terminal.
fn steers(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{2066}' | '\u{200b}')
}

#[test]
fn strange_names_are_cleaned_like_any_other_and_come_back_to_the_byte() {
    let home = home();
    let output = home.run(RUN);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(!said.contains("CANARY") && !said.chars().any(steers), "{said}");
    // Reports are whole, and hold no name.
    let report = home.at("custody/report");
    let mut rows = csv::Reader::from_path(report.join("recordings.csv")).expect("a table");
    assert_eq!(rows.records().filter(|row| row.is_ok()).count(), 2 * names().len());
    let lines = fs::read_to_string(report.join("recordings.jsonl")).expect("there");
    assert!(lines.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    for root in ["release", "custody"] {
        for (path, bytes) in tree(&home.at(root)) {
            let sealed = path.extension().is_some_and(|extension| extension == "age");
            assert!(sealed || memchr::memmem::find(&bytes, b"CANARY").is_none(), "{}", path.display());
            assert!(path.to_str().is_some_and(|path| path.is_ascii() && !path.contains("CANARY")));
        }
    }
    // The key gives every path back.
    let identity = "custody-identity.txt";
    let reveal = |format: &str| {
        home.run(&["key", "reveal", "--all", "--custody", "custody", "--identity", identity, "--format", format])
    };
    let json = text(&reveal("json").stdout);
    assert!(!json.chars().any(steers), "raw in JSON");
    let all: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let mut sources: Vec<Vec<u8>> = all
        .as_array()
        .expect("an array")
        .iter()
        .map(|row| match row.get("source_bytes") {
            Some(digits) => {
                let digits = string(digits);
                (0..digits.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hex"))
                    .collect()
            }
            None => string(&row["source"]).into_bytes(),
        })
        .collect();
    sources.sort();
    let root = home.at("pictures").canonicalize().expect("there");
    let mut found = 0;
    for name in names() {
        let path = root.join(&name).join(&name);
        assert!(sources.binary_search(&path.as_os_str().as_bytes().to_vec()).is_ok(), "{name:?}");
        found += 1;
    }
    assert_eq!(found, 10);
    let told = text(&reveal("text").stdout);
    assert!(!told.chars().any(steers), "{told:?}");
    assert_eq!(told.lines().count(), sources.len(), "a line each");
    // And the next run knows them all; what is empty failed and is tried again.
    let again: serde_json::Value =
        serde_json::from_slice(&home.run(&[RUN, &["--format", "json"]].concat()).stdout).expect("JSON");
    assert_eq!((again["worked"].as_u64(), again["unchanged"].as_u64()), (Some(10), Some(10)));
}

#[test]
fn a_terminal_is_never_steered_by_a_name() {
    let home = home();
    let program = env!("CARGO_BIN_EXE_scrubs");
    let command = format!("{program} {}", RUN.join(" "));
    let output = Command::new("script")
        .args(["-q", "-e", "-c", &command, "/dev/null"])
        .current_dir(home.at(""))
        .env("HOME", home.at(""))
        .env("TERM", "xterm")
        .output();
    let Ok(output) = output else {
        eprintln!("no script(1) here: nothing was tried on a terminal");
        return;
    };
    let said = text(&output.stdout);
    assert!(said.contains("failed: "), "names are shown on a terminal: {said}");
    assert_eq!(said.matches("pictures/empty").count(), names().len(), "each with its name: {said}");
    for raw in ["\x1b[31m", "\x1b]0;", "\x07", "\u{202e}", "\u{2066}", "\u{200b}", "\u{9b}", "\x01", "CANARY\n"] {
        assert!(!said.contains(raw), "{raw:?} stands raw in {said:?}");
    }
}

/// Runs the program under a mask.
fn masked(home: &Home, mask: &str, arguments: &[&str]) -> std::process::Output {
    Command::new("sh")
        .arg("-c")
        .arg(format!("umask {mask}; exec \"$0\" \"$@\""))
        .arg(env!("CARGO_BIN_EXE_scrubs"))
        .args(arguments)
        .current_dir(home.at(""))
        .env("HOME", home.at(""))
        .output()
        .expect("a shell")
}

#[test]
fn whatever_the_mask_outputs_are_open_to_their_owner_and_nobody_else() {
    let mut looked = 0;
    for mask in ["0000", "0002", "0077", "0277", "0777"] {
        let home = home();
        let output = masked(&home, mask, RUN);
        assert_eq!(output.status.code(), Some(1), "{mask}: {}", text(&output.stderr));
        let roots = [home.at("release"), home.at("custody"), home.at("custody-identity.txt")];
        for entry in roots.iter().flat_map(walkdir::WalkDir::new) {
            let entry = entry.expect("readable");
            let mode = entry.metadata().expect("readable").permissions().mode() & 0o7777;
            let expected = if entry.file_type().is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode, expected, "{mask}: {}", entry.path().display());
            looked += 1;
        }
    }
    assert!(looked > 5 * 20, "{looked}");
}

/// Exit code and what was said, for a run over one picture.
fn attempt(home: &Home, more: &[&str]) -> (Option<i32>, String) {
    let mut all = vec!["clean", "source"];
    all.extend(more);
    let output = home.run(&all);
    (output.status.code(), text(&output.stderr))
}

/// A home with one picture and a custody made before.
fn small() -> Home {
    let home = Home::new();
    fs::create_dir_all(home.at("source/deep")).expect("made");
    fs::write(home.at("source/one.jpg"), picture(1)).expect("written");
    assert_eq!(attempt(&home, &["--to", "release", "--custody", "custody"]).0, Some(1));
    home
}

#[test]
fn a_custody_that_others_can_reach_or_replace_is_refused() {
    let home = small();
    let run = || attempt(&home, &["--to", "release", "--custody", "custody"]);
    let set = |name: &str, mode: u32| fs::set_permissions(home.at(name), Permissions::from_mode(mode)).expect("set");
    let mut tried = 0;
    for (name, mode, good) in [
        ("custody", 0o750, 0o700),
        ("custody", 0o705, 0o700),
        ("custody", 0o720, 0o700),
        ("custody", 0o701, 0o700),
        ("custody/coding-secret", 0o640, 0o600),
        ("custody/coding-secret", 0o604, 0o600),
        ("custody/coding-secret", 0o620, 0o600),
    ] {
        set(name, mode);
        let (code, said) = run();
        assert_eq!(code, Some(2), "{mode:o}: {said}");
        assert!(said.contains("other users of this machine may open") && said.contains("chmod"), "{said}");
        set(name, good);
        tried += 1;
    }
    // A folder above that every user may write to: any of them could put another custody there.
    set("", 0o777);
    let (code, said) = run();
    assert!(code == Some(2) && said.contains("put another folder in the custody's place"), "{said}");
    let (code, said) = attempt(&home, &["--to", "release9", "--custody", "new/custody"]);
    assert!(code == Some(2) && said.contains("put another folder"), "{said}");
    assert!(!home.at("new/custody").exists() && !home.at("new/custody-identity.txt").exists());
    set("", 0o1777);
    assert_eq!(run().0, Some(1), "sticky, as /tmp is");
    set("", 0o700);
    for (release, custody) in [
        ("release", "release/custody"),
        ("release", "source/custody"),
        ("release", "source"),
        ("source/release", "custody"),
        ("custody/release", "custody"),
        ("release", "source/deep/../custody"),
    ] {
        let (code, said) = attempt(&home, &["--to", release, "--custody", custody]);
        assert_eq!(code, Some(2), "{release} {custody}: {said}");
        tried += 1;
    }
    assert_eq!(tried, 13);
}

#[test]
fn links_do_not_lead_outputs_elsewhere() {
    let home = small();
    fs::create_dir(home.at("elsewhere")).expect("made");
    let link = |from: &str, to: &str| {
        fs::remove_file(home.at(to)).ok();
        symlink(home.at(from), home.at(to)).expect("linked");
    };
    let sources = tree(&home.at("source"));
    let mut tried = 0;
    let mut refused = |release: &str, custody: &str, what: &str| {
        let (code, said) = attempt(&home, &["--to", release, "--custody", custody]);
        assert_eq!(code, Some(2), "{what}: {said}");
        assert!(tree(&home.at("elsewhere")).is_empty(), "{what}");
        tried += 1;
    };
    link("source/deep", "to-source");
    refused("to-source/release", "custody", "a release through a link into a source");
    refused("to-source", "custody", "a release that is a link into a source");
    refused("release", "to-source/custody", "a custody through a link into a source");
    link("release", "to-release");
    refused("release", "to-release/custody", "a custody through a link into the release");
    link("custody", "to-custody");
    refused("to-custody/release", "custody", "a release through a link into custody");
    for name in ["recordings", "report", ".partial", "SHA256SUMS"] {
        fs::create_dir(home.at("trick")).expect("made");
        symlink(home.at("elsewhere"), home.at("trick").join(name)).expect("linked");
        refused("trick", "custody", name);
        fs::remove_dir_all(home.at("trick")).expect("removed");
    }
    for name in ["held", "key", "report", "coding-secret", "ledger.sqlite"] {
        fs::rename(home.at("custody").join(name), home.at("kept")).expect("moved");
        let target = if name == "coding-secret" || name == "ledger.sqlite" { "kept" } else { "elsewhere" };
        symlink(home.at(target), home.at("custody").join(name)).expect("linked");
        refused("release", "custody", name);
        fs::remove_file(home.at("custody").join(name)).expect("removed");
        fs::rename(home.at("kept"), home.at("custody").join(name)).expect("moved");
    }
    assert_eq!(tried, 14);
    // A custody reached by a link is the one it leads to.
    assert_eq!(attempt(&home, &["--to", "release", "--custody", "to-custody"]).0, Some(1));
    assert!(sources == tree(&home.at("source")), "sources are as they were");
}

#[test]
fn registers_and_profiles_that_step_out_of_the_source_are_refused_with_their_line() {
    let home = small();
    let mut tried = 0;
    for path in
        ["../CANARY.jpg", "a/../../CANARY.jpg", "/etc/CANARY", "..\\CANARY.jpg", "C:/CANARY.jpg", "**/../CANARY*"]
    {
        fs::write(home.at("register.csv"), format!("recording,status\none.jpg,given\n{path},given\n"))
            .expect("written");
        let (code, said) = attempt(&home, &["--to", "r2", "--custody", "custody", "--register", "register.csv"]);
        assert_eq!(code, Some(2), "{path}: {said}");
        assert!(said.contains("line 3") && !said.contains("CANARY"), "{path}: {said}");
        let profile = format!("name = \"x\"\n\n[[kind]]\nrecordings = '{path}'\nkind = \"x-ray\"\n");
        fs::write(home.at("profile.toml"), profile).expect("written");
        let (code, said) = attempt(&home, &["--to", "r2", "--custody", "custody", "--profile", "profile.toml"]);
        assert_eq!(code, Some(2), "{path}: {said}");
        assert!(said.contains("line 4") && !said.contains("CANARY"), "{path}: {said}");
        tried += 2;
    }
    assert_eq!(tried, 12);
    // A name that leads to something without an end.
    symlink("/dev/zero", home.at("endless")).expect("linked");
    for option in ["--register", "--profile"] {
        let (code, said) = attempt(&home, &["--to", "r2", "--custody", "custody", option, "endless"]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("cannot be read"), "{said}");
    }
    // A register reached by a link is the file it leads to.
    fs::write(home.at("good.csv"), "recording,status\none.jpg,refused\n").expect("written");
    symlink(home.at("good.csv"), home.at("link.csv")).expect("linked");
    assert_eq!(attempt(&home, &["--to", "r2", "--custody", "custody", "--register", "link.csv"]).0, Some(1));
    assert!(!Path::new(&home.at("r2/recordings")).exists());
}
