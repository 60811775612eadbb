//! Releases whose key is forgotten: nothing leads back from their codes, and an interrupted run loses nothing.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use scrubs::code::custody::Custody;
use scrubs::ledger::store::{Ledger, LedgerError};
use scrubs::pipeline::release_digest;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use support::running::{Home, copy, text, tree};

fn home() -> Home {
    let home = Home::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    copy(&fixtures.join("collection"), &home.at("pictures"));
    home
}

fn clean(home: &Home, to: &str, more: &[&str]) -> (Option<i32>, String) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let at = |name: &str| fixtures.join(name).to_str().unwrap().to_owned();
    let (register, profile) = (at("register.csv"), at("scrubs.toml"));
    let all = ["clean", "pictures", "--to", to, "--custody", "custody", "--register", &register, "--profile", &profile];
    let output = home.run(&[&all, more].concat());
    (output.status.code(), text(&output.stderr))
}

fn good(home: &Home, to: &str, more: &[&str]) {
    let (code, said) = clean(home, to, more);
    assert!(matches!(code, Some(0 | 1)), "{code:?} {said}");
}

fn codes(home: &Home, release: &str) -> BTreeSet<String> {
    let names = tree(&home.at(release).join("recordings")).into_keys();
    names.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).filter(|n| !n.contains('.')).collect()
}

fn key_files(home: &Home) -> usize {
    fs::read_dir(home.at("custody/key")).unwrap().count()
}

/// The files of `forgotten/` that end so.
fn forgotten(home: &Home, ending: &str) -> Vec<PathBuf> {
    let all = tree(&home.at("custody/forgotten")).into_keys();
    all.filter(|path| path.extension().is_some_and(|e| e == ending)).collect()
}

/// Keyed digests of all sources' paths and contents, as any release of this custody knows them while it does.
fn digests(home: &Home, release: &str) -> Vec<Vec<u8>> {
    let custody = Custody::open(&home.at("custody")).unwrap();
    let release = release_digest(&custody, &home.at(release).canonicalize().unwrap());
    let ledger = Ledger::open(&home.at("custody/ledger.sqlite")).unwrap();
    let mut all = Vec::new();
    let read: Result<(), LedgerError> = ledger.sources_of(&release, |source, row| {
        all.extend([source.to_vec(), row.content.to_vec()]);
        Ok(())
    });
    read.unwrap();
    all
}

fn holders(home: &Home, digests: &[Vec<u8>]) -> usize {
    let files = tree(&home.at("custody"));
    digests.iter().filter(|digest| files.values().any(|bytes| memchr::memmem::find(bytes, digest).is_some())).count()
}

/// A run that stops before its reports are written, as a full disk stops it: what was to be forgotten is not yet.
fn stopped(home: &Home, to: &str, more: &[&str]) {
    fs::create_dir_all(home.at(to)).unwrap();
    fs::write(home.at(to).join("report"), "in the way").unwrap();
    let (code, said) = clean(home, to, more);
    assert_eq!(code, Some(3), "{said}");
    fs::remove_file(home.at(to).join("report")).unwrap();
}

#[test]
fn a_forgotten_release_is_not_coded_and_nothing_in_custody_leads_back() {
    let home = home();
    // The same custody's digests of the same sources, from a release of which nothing is forgotten.
    good(&home, "kept", &[]);
    let (sealed, kept) = (key_files(&home), codes(&home, "kept"));
    let before = tree(&home.at("custody"));
    let digests = digests(&home, "kept");
    fs::rename(home.at("custody"), home.at("custody-used")).unwrap();
    fs::create_dir(home.at("custody")).unwrap();
    for name in ["coding-secret", "guardians.txt"] {
        fs::write(home.at("custody").join(name), &before[Path::new(name)]).unwrap();
    }
    make_private(&home.at("custody"));
    good(&home, "release", &["--forget-key"]);
    let released = codes(&home, "release");
    assert!(!released.is_empty() && released.len() == kept.len() && released.is_disjoint(&kept) && sealed > 0);
    assert_eq!((key_files(&home), forgotten(&home, "secret").len(), forgotten(&home, "complete").len()), (0, 0, 1));
    assert!(digests.len() > 20);
    assert_eq!(holders(&home, &digests), 0);
    // Nor does a line of the register, which the ledger and the report of a kept key name.
    let lined = |files: &BTreeMap<PathBuf, Vec<u8>>| {
        files.values().filter(|bytes| memchr::memmem::find(bytes, b"register, line").is_some()).count()
    };
    assert!(lined(&before) >= 2);
    assert_eq!(lined(&tree(&home.at("custody"))), 0);
    assert!(fs::read_to_string(home.at("custody/audit.jsonl")).unwrap().contains("forgot-key"));
    let mut papers = 0;
    for (path, bytes) in tree(&home.at("release")).iter().chain(&tree(&home.at("custody/held"))) {
        if path.to_string_lossy().ends_with(".consent.json") {
            let paper: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            assert_eq!(paper["anonymisation"]["coding"], "none");
            papers += 1;
        }
    }
    assert!(papers > released.len());
    let summary = fs::read_to_string(home.at("release/report/summary.json")).unwrap();
    assert!(summary.contains("\"coding\": \"none\""), "{summary}");
    // Who withdraws a patient's consent is told that nobody can look for the patient here.
    let number = tempfile::NamedTempFile::new().unwrap();
    fs::write(number.path(), "CANARY-P04\n").unwrap();
    let withdraw = ["consent", "withdraw", "--patient-from-stdin", "--on", "2026-11-10", "--release", "release"];
    let mut command = home.command(&[&withdraw[..], &["--custody", "custody", "--yes"]].concat());
    let output = command.stdin(fs::File::open(number.path()).unwrap()).output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("1 release of this custody was made with --forget-key"), "{said}");
    // Neither the sources nor an identity lead to a code.
    let code = released.iter().next().unwrap();
    let output = home.run(&["where", code, "--source", "pictures", "--custody", "custody"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let output = home.run(&["key", "reveal", code, "--custody", "custody", "--identity", "custody-identity.txt"]);
    assert!(output.stdout.is_empty() && text(&output.stderr).contains("not in the key"));
    let verified = std::process::Command::new("sha256sum")
        .args(["-c", "--quiet", "SHA256SUMS"])
        .current_dir(home.at("release"))
        .status();
    assert!(verified.is_ok_and(|status| status.success()));
}

fn make_private(dir: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for entry in walkdir::WalkDir::new(dir) {
            let entry = entry.unwrap();
            let mode = if entry.file_type().is_dir() { 0o700 } else { 0o600 };
            fs::set_permissions(entry.path(), fs::Permissions::from_mode(mode)).unwrap();
        }
    }
}

#[test]
fn a_complete_release_is_refused_and_left_as_it_is() {
    let home = home();
    good(&home, "release", &["--forget-key"]);
    let before = tree(&home.at("release"));
    let mut refused = 0;
    for more in [&["--forget-key"][..], &[], &["--forget-key", "--dry-run"]] {
        let (code, said) = clean(&home, "release", more);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("complete and its key is forgotten") && said.contains("a new folder"), "{said}");
        refused += 1;
    }
    assert_eq!((refused, tree(&home.at("release")) == before), (3, true));
}

#[test]
fn an_interrupted_run_is_continued_with_the_same_codes() {
    let home = home();
    stopped(&home, "release", &["--forget-key"]);
    let before = codes(&home, "release");
    assert!(!before.is_empty());
    assert_eq!((forgotten(&home, "secret").len(), key_files(&home)), (1, 0));
    let secret = fs::read(home.at("custody/forgotten").join(&forgotten(&home, "secret")[0])).unwrap();
    // To keep a key now would tie the codes that are there already to patients.
    let (code, said) = clean(&home, "release", &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("begun with --forget-key") && said.contains("Add --forget-key"), "{said}");
    fs::remove_dir_all(home.at("release/recordings").read_dir().unwrap().next().unwrap().unwrap().path()).unwrap();
    good(&home, "release", &["--forget-key"]);
    assert_eq!(codes(&home, "release"), before);
    assert!(forgotten(&home, "secret").is_empty());
    assert_eq!(holders(&home, &[secret]), 0);
}

#[test]
fn an_end_that_was_killed_is_ended_by_the_next_run_on_this_custody() {
    let home = home();
    stopped(&home, "release", &["--forget-key"]);
    let digests = digests(&home, "release");
    let secret = home.at("custody/forgotten").join(&forgotten(&home, "secret")[0]);
    // Killed right behind the mark: all the rest is to be done.
    fs::write(secret.with_extension("complete"), "").unwrap();
    assert!(!digests.is_empty() && holders(&home, &digests) == digests.len());
    let (code, _) = clean(&home, "release", &["--forget-key"]);
    assert_eq!(code, Some(2));
    assert!(!secret.exists());
    assert_eq!(holders(&home, &digests), 0);
}

#[test]
fn a_release_that_was_begun_with_a_key_cannot_forget_it() {
    let home = home();
    good(&home, "release", &[]);
    let before = tree(&home.at("release"));
    let (code, said) = clean(&home, "release", &["--forget-key"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("begun with a key that is kept") && said.contains("a new folder"), "{said}");
    assert_eq!(tree(&home.at("release")), before);
    assert!(!home.at("custody/forgotten").exists());
    // Nor does a dry run leave anything behind.
    let (code, _) = clean(&home, "other", &["--forget-key", "--dry-run"]);
    assert!(matches!(code, Some(0 | 1)) && !home.at("custody/forgotten").exists());
}

#[test]
fn no_two_releases_for_the_public_can_be_linked_by_their_codes() {
    let home = home();
    let held = |home: &Home| {
        let all =
            Some(home.at("custody/held")).filter(|held| held.exists()).map(|held| tree(&held)).unwrap_or_default();
        all.into_keys().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect::<BTreeSet<_>>()
    };
    let mut seen: Vec<BTreeSet<String>> = Vec::new();
    for (to, more) in [
        ("one", &["--purpose", "publication"][..]),
        ("two", &["--purpose", "publication"]),
        ("three", &["--purpose", "publication", "--forget-key"]),
        ("four", &["--purpose", "publication", "--forget-key"]),
    ] {
        let before = held(&home);
        good(&home, to, more);
        let new: BTreeSet<String> = held(&home).difference(&before).cloned().chain(codes(&home, to)).collect();
        assert!(!new.is_empty() && seen.iter().all(|other| other.is_disjoint(&new)), "{to}");
        seen.push(new);
    }
    assert_eq!(seen.len(), 4);
}
