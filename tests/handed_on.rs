//! Who received a release: noted in custody alone, with the state of the release at that moment.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;
use support::collection::collection;
use support::running::{Home, holders, text};

/// Two photographs that may be released.
fn home() -> Home {
    let home = Home::new();
    fs::create_dir(home.at("pictures")).unwrap();
    let photographs = ["wounds/leg-ulcer-1.jpg", "wounds/leg-ulcer-2.jpg"];
    for (n, fixture) in collection().into_iter().filter(|f| photographs.contains(&f.path)).enumerate() {
        fs::write(home.at(&format!("pictures/{n}.jpg")), fixture.bytes).unwrap();
    }
    let profile = "[[made-for]]\nrecordings = \"**\"\nmade-for = \"care\"\n[[assessment]]\nrecordings = \"**\"\n\
                   identifiable = \"no\"\npixels = \"no-marks\"\nby = \"A. Canary\"\non = \"2026-11-01\"\n";
    fs::write(home.at("scrubs.toml"), profile).unwrap();
    clean(&home);
    home
}

fn clean(home: &Home) {
    home.clean(&["pictures", "--to", "release", "--custody", "custody", "--profile", "scrubs.toml"], 0);
}

fn hand_on(home: &Home, release: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let output = home.run(&[&["handed-on", release, "--custody", "custody"], more].concat());
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn listed(home: &Home, release: &str) -> Vec<Value> {
    let (exit, told, said) = hand_on(home, release, &["--list", "--format", "json"]);
    assert_eq!(exit, Some(0), "{said}");
    serde_json::from_str(&told).unwrap()
}

#[test]
fn who_received_a_release_is_known_with_its_state_and_told_in_custody_alone() {
    let home = home();
    assert_eq!(hand_on(&home, "release", &["--list"]).1, "Nobody is noted as having received this release.\n");
    let (exit, told, _) =
        hand_on(&home, "release", &["--to", " Ysgol Canary ", "--on", "02/11/2026", "--why", "Year 3"]);
    assert_eq!((exit, told.as_str()), (Some(0), "Noted: handed on 2026-11-02 with 2 recordings.\n"));
    let first: String =
        Sha256::digest(fs::read(home.at("release/SHA256SUMS")).unwrap()).iter().map(|b| format!("{b:02x}")).collect();
    fs::copy(home.at("pictures/0.jpg"), home.at("pictures/copy.jpg")).unwrap();
    clean(&home);
    assert_eq!(hand_on(&home, "release", &["--to", "Coleg Canary"]).0, Some(0));
    let all = listed(&home, "release");
    assert_eq!(all.len(), 2);
    assert_eq!((&all[0]["recipient"], &all[0]["sha256sums"]), (&"Ysgol Canary".into(), &first.clone().into()));
    assert_eq!((&all[0]["on"], &all[0]["why"]), (&"2026-11-02".into(), &"Year 3".into()));
    assert!(all[1]["sha256sums"] != first.as_str(), "the release has changed since");
    let audit = fs::read_to_string(home.at("custody/audit.jsonl")).unwrap();
    let deeds: Vec<Value> = audit.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((deeds.len(), &deeds[0]["what"], &deeds[0]["to"]), (2, &"handed-on".into(), &"Ysgol Canary".into()));
    assert_eq!(deeds[0]["count"], 2);
    let (_, lines, _) = hand_on(&home, "release", &["--list"]);
    assert!(lines.starts_with("2026-11-02  2 recordings  Ysgol Canary  (Year 3)\n"), "{lines}");
    for name in ["Ysgol Canary", "Coleg Canary"] {
        assert_eq!(holders(&home.at("release"), name), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_release_that_was_moved_or_is_gone_is_known_still_and_a_foreign_one_is_not() {
    let home = home();
    fs::rename(home.at("release"), home.at("posted")).unwrap();
    let (exit, _, said) = hand_on(&home, "posted", &["--to", "Ysgol"]);
    assert!(exit == Some(0) && said.contains("written to another place"), "{said}");
    assert_eq!(listed(&home, "release").len(), 1);
    fs::remove_dir_all(home.at("posted")).unwrap();
    let (exit, told, said) = hand_on(&home, "release", &["--to", "Coleg"]);
    assert!(exit == Some(0) && told.contains("2 recordings") && said.contains("not at hand"), "{told}{said}");
    assert_eq!(listed(&home, "release")[1]["sha256sums"], Value::Null);
    fs::create_dir_all(home.at("foreign/report")).unwrap();
    fs::write(
        home.at("foreign/report/recordings.jsonl"),
        "{\"recording\":\"P-7K3M9Q2FXH4T-4DQ8ZN1K\",\"sha256\":\"0\"}",
    )
    .unwrap();
    let mut refused = 0;
    for path in ["posted", "foreign", "pictures", "nowhere/at/all", "custody"] {
        let (exit, _, said) = hand_on(&home, path, &["--to", "Prifysgol"]);
        assert!(exit == Some(2) && said.contains("knows no release at that path"), "{path}: {said}");
        refused += 1;
    }
    assert_eq!(refused, 5);
    assert_eq!(holders(&home.at("custody"), "Prifysgol"), Vec::<PathBuf>::new());
}

#[test]
fn what_is_no_recipient_and_no_day_is_refused() {
    let home = home();
    let long = "x".repeat(501);
    let cases: &[&[&str]] = &[
        &[],
        &["--to", " "],
        &["--to", "a\nb"],
        &["--to", "\u{1b}[2J"],
        &["--to", &long],
        &["--to", "Ysgol", "--on", "2999-01-01"],
        &["--to", "Ysgol", "--on", "2026-13-01"],
        &["--to", "Ysgol", "--why", ""],
        &["--to", "Ysgol", "--list"],
    ];
    for case in cases {
        let (exit, told, said) = hand_on(&home, "release", case);
        assert!(exit == Some(2) && told.is_empty() && !said.is_empty(), "{case:?}: {said}");
        assert!(!said.contains('\u{1b}'));
    }
    assert_eq!(cases.len(), 9);
    assert!(listed(&home, "release").is_empty());
}

#[test]
fn whoever_receives_a_release_that_a_withdrawal_has_not_reached_yet_is_written_to_as_well() {
    let home = home();
    home.clean(&["pictures", "--to", "other", "--custody", "custody", "--profile", "scrubs.toml"], 0);
    let codes = home.reveal("custody");
    let code = codes.values().next().unwrap();
    let all =
        ["consent", "withdraw", code, "--on", "2026-11-10", "--release", "release", "--custody", "custody", "--yes"];
    let output = home.run(&all);
    assert_eq!(output.status.code(), Some(1), "the other release has it still: {}", text(&output.stderr));
    assert!(text(&output.stdout).contains("--release "), "{}", text(&output.stdout));
    assert!(!home.at("custody/notices").exists());
    let (exit, _, said) = hand_on(&home, "other", &["--to", "Ysgol"]);
    assert!(exit == Some(0) && said.contains("still to be carried out"), "{said}");
    let letter = fs::read_to_string(home.at("custody/notices/withdrawal-1-letter-1.md")).unwrap();
    assert!(letter.contains("To: Ysgol\n") && letter.contains(code));
}
