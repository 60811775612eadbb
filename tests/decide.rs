//! A reviewer's decision: carried out at once, kept, honoured by every later run, and never half done.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder, codecs::png::PngEncoder};
use scrubs::code::RecordingCode;
use scrubs::code::custody::Custody;
use scrubs::consent::decision::{Act, Decision, Marked};
use scrubs::consent::{Consent, Date};
use scrubs::ledger::{Entry, Ledger};
use scrubs::pipeline::{self, DecideError};
use scrubs::place::Area;
use scrubs::recording::terms::{ConsentForm, ConsentStatus, GivenBy, Identifiable, Scope};
use scrubs::recording::{Identifier, Outcome};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use support::object::{Element, object};
use support::running::{Home, holders, text, tree};

const SIDE: u32 = 96;
const REVIEWER: &str = "Dr C. Reviewer";
/// Whole blocks, so that JPEG covers it and nothing more.
const BOX: Area = Area { x: 16, y: 8, width: 32, height: 16 };
const RUN: [&str; 5] = ["source", "--to", "release", "--custody", "custody"];

/// A smooth picture in which nothing is written.
fn samples(seed: u32) -> Vec<u8> {
    (0..SIDE * SIDE).map(|n| (60 + (n % SIDE) / 2 + (n / SIDE) / 2 + seed % 7) as u8).collect()
}

fn jpeg(seed: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let coder = JpegEncoder::new_with_quality(&mut out, 90);
    coder.write_image(&samples(seed), SIDE, SIDE, ExtendedColorType::L8).unwrap();
    out
}

fn png(seed: u32) -> Vec<u8> {
    let mut out = Vec::new();
    PngEncoder::new(&mut out).write_image(&samples(seed), SIDE, SIDE, ExtendedColorType::L8).unwrap();
    out
}

/// A home with these sources, cleaned.
fn home(sources: &[(&str, Vec<u8>)], profile: &str) -> Home {
    let home = Home::new();
    fs::create_dir_all(home.at("source")).unwrap();
    for (name, bytes) in sources {
        fs::write(home.at("source").join(name), bytes).unwrap();
    }
    let made_for = "[[made-for]]\nrecordings = \"**\"\nmade-for = \"care\"\n";
    fs::write(home.at("profile.toml"), format!("{made_for}{profile}")).unwrap();
    clean(&home, &[], 1);
    home
}

fn clean(home: &Home, more: &[&str], exit: i32) -> Value {
    home.clean(&[&RUN[..], &["--profile", "profile.toml"], more].concat(), exit)
}

fn custody(home: &Home) -> Custody {
    Custody::open(&home.at("custody")).unwrap()
}

fn ledger(home: &Home) -> Ledger {
    Ledger::open(&home.at("custody/ledger.sqlite")).unwrap()
}

/// The one recording of this outcome.
fn only(home: &Home, outcome: Outcome) -> Entry {
    let digest = pipeline::withdraw::digest_of(&custody(home), &home.at("release")).unwrap();
    let mut found = Vec::new();
    let each = |entry: Entry| -> Result<(), scrubs::ledger::LedgerError> {
        if entry.outcome == outcome {
            found.push(entry);
        }
        Ok(())
    };
    ledger(home).entries(&digest, each).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn decision(entry: &Entry, act: Act) -> Decision {
    Decision {
        recording: entry.code.clone(),
        sha256: entry.sha256.clone().unwrap(),
        act,
        identifiable: Some(Identifiable::No),
        no_marks: true,
        cover: Vec::new(),
        keep: Vec::new(),
        consent: None,
        by: Identifier::new(REVIEWER.as_bytes()),
        on: Date::today(),
    }
}

fn decide(home: &Home, decision: &Decision) -> Result<Entry, DecideError> {
    let custody = custody(home);
    let lock = custody.lock().unwrap();
    pipeline::decide(&custody, &lock, &mut ledger(home), &home.at("release"), decision)
}

fn codes(entry: &Entry) -> Vec<&str> {
    entry.reasons.iter().map(|reason| reason.code.as_str()).collect()
}

/// Recordings and sidecars of the release, and what is held.
fn outputs(home: &Home) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for shelf in ["release/recordings", "custody/held"] {
        let files = if home.at(shelf).exists() { tree(&home.at(shelf)) } else { BTreeMap::new() };
        all.extend(files.into_iter().map(|(path, bytes)| (PathBuf::from(shelf).join(path), bytes)));
    }
    all
}

fn bytes_of(home: &Home, entry: &Entry) -> Vec<u8> {
    let root = if entry.outcome == Outcome::Released { "release" } else { "custody" };
    fs::read(home.at(root).join(entry.path.as_ref().unwrap())).unwrap()
}

fn sidecar_of(home: &Home, entry: &Entry) -> Value {
    let root = if entry.outcome == Outcome::Released { "release" } else { "custody" };
    let path = home.at(root).join(entry.path.as_ref().unwrap()).with_extension("consent.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Asserts that runs over the sources come to what the decision came to, whether they find it in its place or not.
fn is_honoured(home: &Home, entry: &Entry, exit: i32) {
    let decided = outputs(home);
    clean(home, &["--recheck", "always"], exit);
    assert!(outputs(home) == decided, "a run changed what was decided: {:?}", outputs(home).keys());
    clean(home, &[], exit);
    assert!(outputs(home) == decided);
    let root = if entry.outcome == Outcome::Released { "release" } else { "custody" };
    fs::remove_file(home.at(root).join(entry.path.as_ref().unwrap())).unwrap();
    clean(home, &[], exit);
    assert!(outputs(home) == decided, "what was made again differs");
    let verified = home.run(&["verify", "release"]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stdout));
}

#[test]
fn a_photograph_of_which_a_reviewer_says_that_nobody_can_be_recognised_is_released_and_stays_so() {
    let home = home(&[("hand.jpg", jpeg(1))], "");
    let held = only(&home, Outcome::Held);
    assert_eq!(codes(&held), ["no-consent-record"]);
    let released = decide(&home, &decision(&held, Act::Release)).unwrap();
    assert_eq!((released.outcome, codes(&released).len()), (Outcome::Released, 0));
    assert!(!home.at("custody").join(held.path.as_ref().unwrap()).exists());
    let paper = sidecar_of(&home, &released);
    assert_eq!(
        (&paper["identifiable"]["value"], &paper["identifiable"]["assessed_by"]),
        (&"no".into(), &"reviewer".into())
    );
    is_honoured(&home, &released, 0);
    assert!(holders(&home.at("release"), "Reviewer").is_empty());
    let audit = fs::read_to_string(home.at("custody/audit.jsonl")).unwrap();
    let line: Value = serde_json::from_str(audit.lines().find(|line| line.contains("\"released\"")).unwrap()).unwrap();
    assert_eq!((&line["by"], &line["codes"][0]), (&REVIEWER.into(), &released.code.as_str().into()));
}

#[test]
fn a_box_is_filled_exactly_and_nothing_outside_it_changes_in_every_kind_of_picture() {
    let dicom = object(&Element::cr(), &samples(3), SIDE as u16);
    let native = |bytes: &[u8]| bytes[bytes.len() - (SIDE * SIDE) as usize..].to_vec();
    let grey = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().to_luma8().into_raw();
    type Decode<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;
    let kinds: [(&str, Vec<u8>, Decode<'_>); 3] =
        [("film.jpg", jpeg(1), &grey), ("film.png", png(2), &grey), ("IM0001", dicom, &native)];
    let mut tried = 0;
    for (name, bytes, decode) in kinds {
        let profile = "[[assessment]]\nrecordings = \"**\"\nidentifiable = \"may-be\"\nby = \"A. Consultant\"\non = \"2026-11-01\"\n";
        let home = home(&[(name, bytes)], profile);
        let held = only(&home, Outcome::Held);
        let before = bytes_of(&home, &held);
        let cover = vec![Marked { frame: None, area: BOX }];
        let released = decide(&home, &Decision { cover, ..decision(&held, Act::Release) }).unwrap();
        assert_eq!(released.outcome, Outcome::Released, "{name}: {:?}", released.reasons);
        let (before, after) = (decode(&before), decode(&bytes_of(&home, &released)));
        let inside = |n: usize| BOX.contains(n as u32 % SIDE, n as u32 / SIDE);
        let filled: Vec<u8> = (0..after.len()).filter(|n| inside(*n)).map(|n| after[n]).collect();
        assert!(filled.iter().all(|sample| *sample == filled[0]), "{name}: something shows through");
        assert!((0..after.len()).all(|n| inside(n) || before[n] == after[n]), "{name}: something outside has changed");
        assert!(before != after);
        let paper = sidecar_of(&home, &released);
        assert_eq!(paper["anonymisation"]["regions_redacted"], 1, "{name}");
        let method = paper["anonymisation"]["method"].to_string();
        assert_eq!(method.matches("113101").count(), usize::from(name == "IM0001"), "{method}");
        is_honoured(&home, &released, 0);
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn a_second_decision_covers_more_of_what_the_first_has_made() {
    let home = home(&[("hand.jpg", jpeg(1))], "");
    let held = only(&home, Outcome::Held);
    let cover = |x| vec![Marked { frame: None, area: Area { x, ..BOX } }];
    let first = Decision { cover: cover(0), identifiable: None, ..decision(&held, Act::Release) };
    let first = decide(&home, &first).unwrap();
    assert_eq!((first.outcome, codes(&first)), (Outcome::Held, vec!["no-consent-record"]));
    is_honoured(&home, &first, 1);
    let second = decide(&home, &Decision { cover: cover(48), ..decision(&first, Act::Release) }).unwrap();
    assert_eq!(second.outcome, Outcome::Released);
    assert_eq!(sidecar_of(&home, &second)["anonymisation"]["regions_redacted"], 2);
    is_honoured(&home, &second, 0);
}

#[test]
fn an_attached_consent_releases_and_never_overrules_a_refusal() {
    let consent = || Consent {
        status: ConsentStatus::Given,
        scopes: [Scope::Teaching].into(),
        form: Some(ConsentForm::Written),
        given_by: Some(GivenBy::Patient),
        given_on: Date::iso("2026-05-14").ok(),
        ..Consent::default()
    };
    let attach = |entry: &Entry| Decision {
        identifiable: Some(Identifiable::Yes),
        consent: Some(consent()),
        ..decision(entry, Act::Release)
    };
    let home = home(&[("hand.jpg", jpeg(1))], "");
    let released = decide(&home, &attach(&only(&home, Outcome::Held))).unwrap();
    assert_eq!(released.outcome, Outcome::Released, "{:?}", released.reasons);
    assert_eq!(sidecar_of(&home, &released)["consent"]["given_on"], "2026-05");
    is_honoured(&home, &released, 0);
    // The register says since then that the patient refused.
    fs::write(home.at("register.csv"), "recording,status\nhand.jpg,refused\n").unwrap();
    clean(&home, &["--register", "register.csv"], 1);
    let held = only(&home, Outcome::Held);
    assert!(codes(&held).contains(&"consent-refused"), "{:?}", held.reasons);
    let before = outputs(&home);
    for decision in [attach(&held), decision(&held, Act::Release)] {
        let error = decide(&home, &decision).unwrap_err();
        assert!(matches!(&error, DecideError::Prohibited(_)), "{error}");
        assert!(error.to_string().contains("P3") && error.advice().starts_with("Leave it out"), "{error}");
    }
    assert!(outputs(&home) == before);
}

#[test]
fn a_consent_that_does_not_reach_this_use_today_answers_no_statement_that_the_patient_can_be_recognised() {
    let stated =
        "[[assessment]]\nrecordings = \"**\"\nidentifiable = \"yes\"\nby = \"A. Consultant\"\non = \"2026-11-20\"\n";
    let home = home(&[("face.jpg", jpeg(1))], stated);
    let held = only(&home, Outcome::Held);
    let before = outputs(&home);
    let given = || Consent { status: ConsentStatus::Given, scopes: [Scope::Teaching].into(), ..Consent::default() };
    let mut tried = 0;
    for consent in [
        Consent::default(),
        Consent { scopes: [Scope::Research].into(), ..given() },
        Consent { scopes: [Scope::Care].into(), ..given() },
        Consent { expires_on: Date::iso("2020-01-01").ok(), ..given() },
        Consent { status: ConsentStatus::ClearlyNotGiven, ..given() },
    ] {
        let error = decide(&home, &Decision { consent: Some(consent), ..decision(&held, Act::Release) }).unwrap_err();
        assert!(matches!(&error, DecideError::Stated | DecideError::Prohibited(_)), "{error}");
        assert!(outputs(&home) == before);
        tried += 1;
    }
    assert_eq!(tried, 5);
    let released = decide(&home, &Decision { consent: Some(given()), ..decision(&held, Act::Release) }).unwrap();
    assert_eq!(released.outcome, Outcome::Released, "{:?}", released.reasons);
}

#[test]
fn a_statement_made_since_that_the_patient_can_be_recognised_takes_a_reviewers_release_back() {
    let home = home(&[("face.jpg", jpeg(1))], "");
    let released = decide(&home, &decision(&only(&home, Outcome::Held), Act::Release)).unwrap();
    assert_eq!(released.outcome, Outcome::Released);
    let profile = fs::read_to_string(home.at("profile.toml")).unwrap();
    let stated =
        "[[assessment]]\nrecordings = \"**\"\nidentifiable = \"yes\"\nby = \"A. Consultant\"\non = \"2026-11-20\"\n";
    fs::write(home.at("profile.toml"), format!("{profile}{stated}")).unwrap();
    clean(&home, &[], 1);
    let held = only(&home, Outcome::Held);
    assert!(codes(&held).contains(&"no-consent-record"), "{:?}", held.reasons);
}

#[test]
fn undo_brings_back_what_was_held_and_what_is_covered_waits_for_the_source() {
    let home = home(&[("hand.jpg", jpeg(1))], "");
    let held = only(&home, Outcome::Held);
    let before = outputs(&home);
    assert!(matches!(decide(&home, &decision(&held, Act::Undo)), Err(DecideError::NothingDecided)));
    let released = decide(&home, &decision(&held, Act::Release)).unwrap();
    let back = decide(&home, &decision(&released, Act::Undo)).unwrap();
    assert_eq!((back.outcome, &back), (Outcome::Held, &held));
    assert!(outputs(&home) == before);
    is_honoured(&home, &back, 1);
    let cover = vec![Marked { frame: None, area: BOX }];
    let released = decide(&home, &Decision { cover, ..decision(&held, Act::Release) }).unwrap();
    let back = decide(&home, &decision(&released, Act::Undo)).unwrap();
    assert_eq!((back.outcome, codes(&back)), (Outcome::Held, vec!["to-be-cleaned-again"]));
    assert!(tree(&home.at("release")).keys().all(|path| !path.starts_with("recordings")));
    assert!(matches!(decide(&home, &decision(&back, Act::Release)), Err(DecideError::CleanFirst)));
    clean(&home, &[], 1);
    assert!(outputs(&home) == before);
}

#[test]
fn a_recording_that_a_reviewer_holds_stays_held_whatever_the_verdict() {
    let home = home(&[("hand.jpg", jpeg(1))], "");
    let held = only(&home, Outcome::Held);
    let released = decide(&home, &decision(&held, Act::Release)).unwrap();
    let held = decide(&home, &decision(&released, Act::Hold)).unwrap();
    assert_eq!((held.outcome, codes(&held)), (Outcome::Held, vec!["held-by-reviewer"]));
    is_honoured(&home, &held, 1);
    let released = decide(&home, &decision(&held, Act::Release)).unwrap();
    is_honoured(&home, &released, 0);
}

#[test]
fn a_decision_speaks_of_no_other_bytes() {
    let home = home(&[("IM0001", object(&Element::cr(), &samples(3), SIDE as u16))], "[pixels]\ncheck = false\n");
    let held = only(&home, Outcome::Held);
    let other = Decision { sha256: "0".repeat(64), ..decision(&held, Act::Release) };
    assert!(matches!(decide(&home, &other), Err(DecideError::OtherBytes)));
    let unknown = RecordingCode::parse("P-7K3M9Q2FXH4T-4DQ8ZN1K").unwrap();
    let unknown = Decision { recording: unknown, ..decision(&held, Act::Release) };
    assert!(matches!(decide(&home, &unknown), Err(DecideError::NoRecording)));
    let released = decide(&home, &decision(&held, Act::Release)).unwrap();
    assert_eq!(released.outcome, Outcome::Released, "{:?}", released.reasons);
    // The same object with another picture in it.
    fs::write(home.at("source/IM0001"), object(&Element::cr(), &samples(4), SIDE as u16)).unwrap();
    clean(&home, &["--recheck", "always"], 1);
    let held = only(&home, Outcome::Held);
    assert!(codes(&held).contains(&"decision-out-of-date"), "{:?}", held.reasons);
    let released = decide(&home, &decision(&held, Act::Release)).unwrap();
    is_honoured(&home, &released, 0);
}

#[test]
fn a_withdrawal_after_a_decision_wins_and_no_later_decision_overrules_it() {
    let home = home(&[("hand.jpg", jpeg(1))], "");
    let held = only(&home, Outcome::Held);
    let released = decide(&home, &decision(&held, Act::Release)).unwrap();
    let code = released.code.as_str();
    let withdrawn = home.run(&[
        "consent",
        "withdraw",
        code,
        "--on",
        "2026-11-19",
        "--custody",
        "custody",
        "--release",
        "release",
        "--yes",
    ]);
    assert_eq!(withdrawn.status.code(), Some(0), "{}", text(&withdrawn.stderr));
    let held = only(&home, Outcome::Held);
    assert!(codes(&held).contains(&"consent-withdrawn"), "{:?}", held.reasons);
    let consent = Consent { status: ConsentStatus::Given, scopes: [Scope::Teaching].into(), ..Consent::default() };
    let again = |entry: &Entry| Decision { consent: Some(consent.clone()), ..decision(entry, Act::Release) };
    assert!(matches!(decide(&home, &again(&held)), Err(DecideError::Prohibited(_))));
    clean(&home, &[], 1);
    let held = only(&home, Outcome::Held);
    assert!(codes(&held).contains(&"consent-withdrawn"), "{:?}", held.reasons);
    assert!(matches!(decide(&home, &again(&held)), Err(DecideError::Prohibited(_))));
}

#[test]
fn a_decision_that_is_killed_is_carried_out_or_not_and_never_by_half() {
    let home = home(&[("hand.jpg", jpeg(1))], "");
    let held = only(&home, Outcome::Held);
    let before = outputs(&home);
    let cover = vec![Marked { frame: None, area: BOX }];
    let released = decide(&home, &Decision { cover, ..decision(&held, Act::Release) }).unwrap();
    let after = outputs(&home);
    assert!(before != after);
    decide(&home, &decision(&released, Act::Undo)).unwrap();
    clean(&home, &[], 1);
    assert!(outputs(&home) == before);
    let code = held.code.as_str();
    let arguments = [
        "decide",
        "release",
        "--custody",
        "custody",
        "--release",
        code,
        "--by",
        REVIEWER,
        "--not-identifiable",
        "--no-marks",
        "--cover",
        "16,8,32,16",
    ];
    let (mut killed, mut ends) = (0, [0, 0]);
    for round in 0..16_u64 {
        let mut child = home.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + 12 * round));
        child.kill().unwrap();
        killed += usize::from(!child.wait().unwrap().success());
        clean(&home, &[], i32::from(!has_released(&home)));
        let now = outputs(&home);
        assert!(now == before || now == after, "round {round}: {:?}", now.keys());
        ends[usize::from(now == after)] += 1;
        if now == after {
            decide(&home, &decision(&only(&home, Outcome::Released), Act::Undo)).unwrap();
            clean(&home, &[], 1);
            assert!(outputs(&home) == before);
        }
    }
    assert!(killed > 0, "{ends:?}");
}

/// Whether the ledger has, or will have after what was interrupted is ended, a decision that releases.
fn has_released(home: &Home) -> bool {
    let custody = custody(home);
    let lock = custody.lock().unwrap();
    // Deciding about what is not there ends what was interrupted.
    let nobody = Decision {
        recording: RecordingCode::parse("P-7K3M9Q2FXH4T-4DQ8ZN1K").unwrap(),
        sha256: String::new(),
        act: Act::Undo,
        identifiable: None,
        no_marks: false,
        cover: Vec::new(),
        keep: Vec::new(),
        consent: None,
        by: Identifier::new(b"nobody"),
        on: Date::today(),
    };
    let done = pipeline::decide(&custody, &lock, &mut ledger(home), &home.at("release"), &nobody);
    assert!(matches!(done, Err(DecideError::NoRecording)));
    !tree(&home.at("custody"))
        .keys()
        .any(|path| path.starts_with("held") && path.extension().is_some_and(|e| e == "jpg"))
}

/// Digits of 5 × 7 dots, a row in the lower five bits of each byte.
const DIGITS: [[u8; 7]; 10] = [
    [14, 17, 19, 21, 25, 17, 14],
    [4, 12, 4, 4, 4, 4, 14],
    [14, 17, 1, 2, 4, 8, 31],
    [31, 2, 4, 2, 1, 17, 14],
    [2, 6, 10, 18, 31, 2, 2],
    [31, 16, 30, 1, 1, 17, 14],
    [6, 8, 16, 30, 17, 17, 14],
    [31, 1, 2, 4, 8, 8, 8],
    [14, 17, 17, 14, 17, 17, 14],
    [14, 17, 17, 15, 1, 2, 12],
];

/// A dark film, 320 × 240, with a number in its upper left corner.
fn written(number: &str) -> Vec<u8> {
    let (width, height) = (320_usize, 240_usize);
    let mut film: Vec<u8> = (0..width * height).map(|n| (20 + (n * 7 % 13) + (n / width) / 8) as u8).collect();
    for (place, digit) in number.bytes().enumerate() {
        let glyph = DIGITS[usize::from(digit - b'0')];
        for (y, x) in (0..14).flat_map(|y| (0..10).map(move |x| (y, x))) {
            if glyph[y / 2] >> (4 - x / 2) & 1 == 1 {
                film[(6 + y) * width + 8 + 12 * place + x] = 235;
            }
        }
    }
    let mut out = Vec::new();
    PngEncoder::new(&mut out).write_image(&film, 320, 240, ExtendedColorType::L8).unwrap();
    out
}

#[test]
fn what_a_reviewer_wants_uncovered_is_uncovered_by_the_next_run_and_looked_at_again() {
    let profile = "[[kind]]\nrecordings = \"**\"\nkind = \"x-ray\"\n[[assessment]]\nrecordings = \"**\"\nidentifiable = \"may-be\"\nby = \"A. Consultant\"\non = \"2026-11-01\"\n";
    let home = home(&[("film.png", written("4857734921"))], profile);
    let held = only(&home, Outcome::Held);
    let covered = sidecar_of(&home, &held)["anonymisation"]["regions"][0].clone();
    assert_eq!(covered["action"], "cover", "{covered}");
    let keep = vec![Marked { frame: None, area: Area { x: 0, y: 0, width: 200, height: 40 } }];
    let waits = decide(&home, &Decision { keep, ..decision(&held, Act::Release) }).unwrap();
    assert_eq!((waits.outcome, codes(&waits)), (Outcome::Held, vec!["to-be-cleaned-again"]));
    clean(&home, &[], 1);
    let shown = only(&home, Outcome::Held);
    assert_eq!(codes(&shown)[0], "look-again", "{:?}", shown.reasons);
    assert_eq!(sidecar_of(&home, &shown)["anonymisation"]["regions_redacted"], 0);
    let released = decide(&home, &decision(&shown, Act::Release)).unwrap();
    assert_eq!(released.outcome, Outcome::Released, "{:?}", released.reasons);
    is_honoured(&home, &released, 0);
}

/// A picture unlike every other: behind its end stands its number, which goes.
fn apart(number: u32) -> Vec<u8> {
    [jpeg(1), number.to_be_bytes().to_vec()].concat()
}

#[test]
fn shards_bring_their_decisions_along_and_a_destroyed_key_takes_them_away() {
    // Which shard a recording falls to follows from the secret: of sixteen, neither gets all.
    let names: Vec<String> = (1..=16).map(|n| format!("{n}.jpg")).collect();
    let sources: Vec<(&str, Vec<u8>)> = names.iter().zip(1..).map(|(name, n)| (name.as_str(), apart(n))).collect();
    let home = home(&sources, "");
    for (index, custody) in [(1, "one"), (2, "two")] {
        fs::create_dir_all(home.at(custody)).unwrap();
        for name in ["coding-secret", "guardians.txt"] {
            fs::copy(home.at("custody").join(name), home.at(custody).join(name)).unwrap();
        }
        private(&home, custody);
        let (shard, to) = (format!("{index}/2"), format!("release-{custody}"));
        home.clean(&["source", "--to", &to, "--custody", custody, "--shard", &shard, "--profile", "profile.toml"], 1);
    }
    let mut decided = 0;
    for custody in ["one", "two"] {
        let custody_of = Custody::open(&home.at(custody)).unwrap();
        let lock = custody_of.lock().unwrap();
        let mut ledger = Ledger::open(&home.at(custody).join("ledger.sqlite")).unwrap();
        let release = home.at(&format!("release-{custody}"));
        let digest = pipeline::withdraw::digest_of(&custody_of, &release).unwrap();
        let mut all = Vec::new();
        let each = |entry: Entry| -> Result<(), scrubs::ledger::LedgerError> {
            all.push(entry);
            Ok(())
        };
        ledger.entries(&digest, each).unwrap();
        for entry in all {
            let entry = pipeline::decide(&custody_of, &lock, &mut ledger, &release, &decision(&entry, Act::Release));
            assert_eq!(entry.unwrap().outcome, Outcome::Released);
            decided += 1;
        }
    }
    assert_eq!(decided, 16);
    fs::create_dir_all(home.at("whole")).unwrap();
    for name in ["coding-secret", "guardians.txt"] {
        fs::copy(home.at("custody").join(name), home.at("whole").join(name)).unwrap();
    }
    private(&home, "whole");
    let merged = home.run(&[
        "merge",
        "release-one",
        "release-two",
        "--custody",
        "one",
        "--custody",
        "two",
        "--to",
        "all",
        "--into",
        "whole",
    ]);
    assert_eq!(merged.status.code(), Some(0), "{}", text(&merged.stderr));
    let before = tree(&home.at("all/recordings"));
    let again = ["source", "--to", "all", "--custody", "whole", "--profile", "profile.toml"];
    home.clean(&[&again[..], &["--recheck", "always"]].concat(), 0);
    assert!(tree(&home.at("all/recordings")) == before && before.len() == 32);
    let custody = Custody::open(&home.at("whole")).unwrap();
    let digest = pipeline::withdraw::digest_of(&custody, &home.at("all")).unwrap();
    let mut ledger = Ledger::open(&home.at("whole/ledger.sqlite")).unwrap();
    assert_eq!(ledger.decided_codes(&digest).unwrap().len(), 16);
    ledger.forget_sources_of(&digest).unwrap();
    assert!(!ledger.has_decisions(&digest).unwrap());
}

fn private(home: &Home, custody: &str) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(home.at(custody), fs::Permissions::from_mode(0o700)).unwrap();
    }
    let _ = (home, custody);
}

#[test]
fn writing_that_a_person_must_look_at_is_answered_by_covering_it() {
    let profile = "[[kind]]\nrecordings = \"**\"\nkind = \"x-ray\"\n";
    let film = {
        let corner = image::load_from_memory(&written("48577")).unwrap().to_luma8();
        let mut film = image::GrayImage::from_fn(320, 240, |x, y| image::Luma([(90 + (x * 7 + y * 3) % 9) as u8]));
        for (y, x) in (6..20).flat_map(|y| (8..70).map(move |x| (y, x))) {
            if corner.get_pixel(x, y).0[0] == 235 {
                film.put_pixel(x + 120, y + 110, image::Luma([235]));
            }
        }
        let mut out = Vec::new();
        PngEncoder::new(&mut out).write_image(film.as_raw(), 320, 240, ExtendedColorType::L8).unwrap();
        out
    };
    let home = home(&[("film.png", film)], profile);
    let held = only(&home, Outcome::Held);
    assert_eq!(codes(&held), ["pixels-need-eyes"]);
    let nothing = Decision { identifiable: None, no_marks: false, ..decision(&held, Act::Release) };
    let still = decide(&home, &nothing).unwrap();
    assert_eq!(codes(&still), ["pixels-need-eyes"]);
    // That nothing else identifies anyone is no answer to the place that is marked.
    let unanswered = Decision { no_marks: true, ..nothing.clone() };
    let refused = decide(&home, &unanswered);
    assert!(matches!(refused, Err(DecideError::Unanswered(n)) if n > 0), "{refused:?}");
    assert_eq!(codes(&only(&home, Outcome::Held)), ["pixels-need-eyes"]);
    let cover = vec![Marked { frame: Some(0), area: Area { x: 100, y: 100, width: 120, height: 48 } }];
    let released = decide(&home, &Decision { cover, ..nothing }).unwrap();
    assert_eq!(released.outcome, Outcome::Released, "{:?}", released.reasons);
    assert_eq!(sidecar_of(&home, &released)["identifiable"]["assessed_by"], "software");
    is_honoured(&home, &released, 0);
}

/// A square film with a number in its middle, which a person must look at.
fn unsure(side: u32) -> Vec<u8> {
    let corner = image::load_from_memory(&written("48577")).unwrap().to_luma8();
    let mut film = image::GrayImage::from_fn(side, side, |x, y| image::Luma([(90 + (x * 7 + y * 3) % 9) as u8]));
    for (y, x) in (6..20).flat_map(|y| (8..70).map(move |x| (y, x))) {
        if corner.get_pixel(x, y).0[0] == 235 {
            film.put_pixel(x + 80, y + 110, image::Luma([235]));
        }
    }
    film.into_raw()
}

#[test]
fn an_object_says_that_nothing_is_burned_in_only_when_nothing_is_left_to_look_at() {
    let says = |home: &Home, entry: &Entry| {
        let bytes = bytes_of(home, entry);
        let has = |word: &[u8]| bytes.windows(word.len()).any(|w| w == word);
        let told = sidecar_of(home, entry)["anonymisation"]["method"].to_string().contains("113101");
        // Burned In Annotation (0028,0301) NO.
        let no = has(&[0x28, 0, 1, 3, b'C', b'S', 2, 0, b'N', b'O']);
        assert_eq!((has(b"113101"), told), (no, no));
        no
    };
    let home = home(&[("film", object(&Element::cr(), &unsure(240), 240))], "");
    let held = only(&home, Outcome::Held);
    assert_eq!(codes(&held), ["pixels-need-eyes"]);
    assert!(!says(&home, &held));
    // Covering something else leaves what must be looked at.
    let unsaid = Decision { identifiable: None, no_marks: false, ..decision(&held, Act::Hold) };
    let cover = vec![Marked { frame: Some(0), area: Area::new(10, 200, 40, 20) }];
    let still = decide(&home, &Decision { cover, ..unsaid.clone() }).unwrap();
    assert!(!says(&home, &still));
    is_honoured(&home, &still, 1);
    let cover = vec![Marked { frame: Some(0), area: Area::new(60, 100, 120, 48) }];
    let sha256 = still.sha256.clone().unwrap();
    let released = decide(&home, &Decision { cover, sha256, act: Act::Release, ..unsaid }).unwrap();
    assert_eq!(released.outcome, Outcome::Released, "{:?}", released.reasons);
    assert!(says(&home, &released));
    is_honoured(&home, &released, 0);
}

#[test]
fn what_the_register_said_counts_without_the_register() {
    let rows = "recording,level,status,form,given_by,given_on,subject,circumstances\n";
    let consented = "given,written,patient,2019-05-14,adult,";
    let cases = [
        ("hand.jpg", jpeg(1), format!("hand.jpg,2,{consented}"), Some("G1")),
        ("IM0001", object(&Element::cr(), &samples(3), SIDE as u16), format!("IM0001,2,{consented}"), Some("G1")),
        ("hand.jpg", jpeg(1), "hand.jpg,2,given,written,family,2019-05-14,adult,".to_owned(), None),
        ("hand.jpg", jpeg(1), format!("hand.jpg,2,{consented}covert"), None),
    ];
    let mut tried = 0;
    for (name, bytes, row, rule) in cases {
        let home = home(&[(name, bytes)], "[pixels]\ncheck = false\n");
        fs::write(home.at("register.csv"), format!("{rows}{row}\n")).unwrap();
        let with = ["--register", "register.csv"];
        clean(&home, &with, 1);
        let held = only(&home, Outcome::Held);
        let done = decide(&home, &Decision { identifiable: None, ..decision(&held, Act::Release) });
        match rule {
            Some(rule) => {
                let released = done.unwrap();
                assert_eq!(released.outcome, Outcome::Released, "{row}: {:?}", released.reasons);
                assert!(released.rules.iter().any(|cited| cited.id == rule), "{row}: {:?}", released.rules);
                let decided = outputs(&home);
                clean(&home, &[&with[..], &["--recheck", "always"]].concat(), 0);
                assert!(outputs(&home) == decided, "{row}");
            }
            None => assert!(done.as_ref().map_or(true, |entry| entry.outcome == Outcome::Held), "{row}"),
        }
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn wherever_a_crash_stops_a_decision_the_next_run_ends_it_or_takes_it_back() {
    let home = home(&[("hand.jpg", jpeg(1))], "");
    let held = only(&home, Outcome::Held);
    let before = outputs(&home);
    let digest = pipeline::withdraw::digest_of(&custody(&home), &home.at("release")).unwrap();
    let cover = vec![Marked { frame: None, area: BOX }];
    let mut tried = 0;
    // Released, and held with other bytes in the same place.
    for act in [Act::Release, Act::Hold] {
        let decision = Decision { cover: cover.clone(), ..decision(&held, act) };
        let entry = decide(&home, &decision).unwrap();
        let after = outputs(&home);
        let decided = ledger(&home).decided(&digest, &held.code).unwrap().unwrap();
        decide(&home, &Decision { act: Act::Undo, ..decision.clone() }).unwrap();
        clean(&home, &[], 1);
        assert!(outputs(&home) == before);
        let end = if act == Act::Release { 0 } else { 1 };
        let root = if act == Act::Release { "release" } else { "custody" };
        let path = home.at(root).join(entry.path.as_ref().unwrap());
        let (new, paper) = (after.iter().find(|(p, _)| path.ends_with(p)).unwrap().1, decided.after.sidecar.clone());
        // How far it came: the note, the sidecar, half a recording under its name, the recording, the entry.
        for step in 0..5 {
            let mut ledger = ledger(&home);
            let instance = ledger.entry(&digest, &held.code).unwrap().unwrap().1;
            let mut batch = ledger.begin().unwrap();
            let (then, now) = (&decided.before, &decided.after);
            let number = batch.decide(&digest, REVIEWER, &decided.ruling, then, now).unwrap();
            let (from, to) = (then.clone(), now.clone());
            let moving = scrubs::ledger::store::Moving { undoes: false, decision: number, before: from, after: to };
            batch.begin_moving(&digest, &moving).unwrap();
            if step == 4 {
                batch.put_entry(&digest, &decided.after.entry, &instance).unwrap();
            }
            batch.commit().unwrap();
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if step >= 1 {
                fs::write(path.with_extension("consent.json"), paper.clone().unwrap()).unwrap();
            }
            match step {
                2 if act == Act::Release => fs::write(&path, &new[..new.len() / 2]).unwrap(),
                3 | 4 => fs::write(&path, new).unwrap(),
                _ => {}
            }
            drop(ledger);
            let whole = step >= 3;
            clean(&home, &[], if whole { end } else { 1 });
            assert!(outputs(&home) == if whole { after.clone() } else { before.clone() }, "{act:?}, step {step}");
            assert!(self::ledger(&home).moving(&digest).unwrap().is_empty());
            if whole {
                decide(&home, &Decision { act: Act::Undo, ..decision.clone() }).unwrap();
                clean(&home, &[], 1);
                assert!(outputs(&home) == before);
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 10);
}
