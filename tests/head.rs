//! A slice from which a face may be rebuilt is held without a consent record: where it says that it shows a head, and where
//! nothing in it says what it shows.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use serde_json::Value;
use std::fs;
use support::object::{Element, object};
use support::running::Home;

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const MR: &str = "1.2.840.10008.5.1.4.1.1.4";
const CR: &str = "1.2.840.10008.5.1.4.1.1.1";

fn text(group: u16, element: u16, vr: &'static [u8; 2], value: &str) -> Element {
    Element(group, element, vr, value.as_bytes().to_vec())
}

/// (0008,2218) with one item, whose code means this.
fn region(meaning: &str) -> Element {
    let mut padded = meaning.as_bytes().to_vec();
    padded.resize(meaning.len().next_multiple_of(2), b' ');
    let length = (padded.len() as u16).to_le_bytes();
    let code = [&[8, 0, 4, 1][..], b"LO", &length, &padded].concat();
    let item = [&[0xFE, 0xFF, 0, 0xE0][..], &(code.len() as u32).to_le_bytes(), &code].concat();
    Element(0x0008, 0x2218, b"SQ", item)
}

/// An object of smooth grey of which these elements say more.
fn slice(class: &str, modality: &str, more: Vec<Element>, side: u16) -> Vec<u8> {
    let mut head = Element::head(class, modality, "CanaryHead^Nia", "CANARYMRN-0011", 1);
    head.extend(more);
    let samples: Vec<u8> = (0..u32::from(side).pow(2)).map(|n| 40 + (n / u32::from(side)) as u8 / 4).collect();
    object(&head, &samples, side)
}

/// Outcome, codes of the reasons, and what the sidecar gives as evidence.
fn cleaned(bytes: &[u8], profile: Option<&str>) -> (String, Vec<String>, Vec<String>) {
    let home = Home::new();
    fs::create_dir_all(home.at("source")).unwrap();
    fs::write(home.at("source/a.dcm"), bytes).unwrap();
    let mut run = vec!["clean", "source", "--to", "release", "--custody", "custody"];
    if let Some(profile) = profile {
        fs::write(home.at("profile.toml"), profile).unwrap();
        run.extend(["--profile", "profile.toml"]);
    }
    home.run(&run);
    let rows = fs::read_to_string(home.at("custody/report/recordings.jsonl")).unwrap();
    let row: Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    let outcome = row["outcome"].as_str().unwrap().to_owned();
    let codes = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
    };
    let shelf = if outcome == "released" { home.at("release/recordings") } else { home.at("custody/held") };
    let patient = fs::read_dir(shelf).unwrap().next().unwrap().unwrap().path();
    let is = |path: &std::path::PathBuf| path.to_string_lossy().ends_with(".consent.json");
    let sidecar = fs::read_dir(patient).unwrap().map(|entry| entry.unwrap().path()).find(is).unwrap();
    let sidecar: Value = serde_json::from_slice(&fs::read(sidecar).unwrap()).unwrap();
    let evidence = sidecar["identifiable"]["evidence"].as_array().unwrap();
    let evidence = evidence.iter().map(|word| word.as_str().unwrap().to_owned()).collect();
    (outcome, codes(&row["reasons"]), evidence)
}

#[test]
fn a_slice_that_may_be_of_a_head_is_held_and_one_that_says_what_else_it_shows_is_released() {
    let part = |value| vec![text(0x0018, 0x0015, b"CS", value)];
    let series = |value| vec![text(0x0008, 0x103E, b"LO", value)];
    let mut tried = 0;
    for (what, bytes, evidence) in [
        ("nothing said", slice(MR, "MR", Vec::new(), 64), Some("perhaps-head")),
        ("a sequence's name only", slice(MR, "MR", series("t1_mprage_sag"), 64), Some("perhaps-head")),
        ("next to the head", slice(CT, "CT", part("CSPINE"), 64), Some("perhaps-head")),
        ("a head", slice(CT, "CT", part("HEAD"), 64), Some("reconstructible-head")),
        ("a head, by its code", slice(MR, "MR", vec![region("Entire brain")], 64), Some("reconstructible-head")),
        ("a chest", slice(CT, "CT", part("CHEST"), 64), None),
        ("a knee, by its code", slice(MR, "MR", vec![region("Knee joint")], 64), None),
        ("a knee, by its protocol", slice(MR, "MR", series("PD sag knee"), 64), None),
        ("hardly a picture", slice(MR, "MR", Vec::new(), 32), None),
        ("a radiograph", slice(CR, "CR", Vec::new(), 64), None),
    ] {
        let (outcome, reasons, found) = cleaned(&bytes, None);
        assert_eq!(outcome, if evidence.is_some() { "held" } else { "released" }, "{what}: {reasons:?}");
        assert_eq!(found, evidence.into_iter().collect::<Vec<_>>(), "{what}");
        assert!(evidence.is_none_or(|word| reasons.iter().any(|code| code == word)), "{what}: {reasons:?}");
        tried += 1;
    }
    assert_eq!(tried, 10);
}

#[test]
fn a_named_persons_statement_for_a_folder_answers_what_nobody_had_said() {
    let profile =
        "[[assessment]]\nrecordings = \"**\"\nidentifiable = \"no\"\nby = \"A. Consultant\"\non = \"2026-11-01\"\n";
    let (outcome, reasons, _) = cleaned(&slice(MR, "MR", Vec::new(), 64), Some(profile));
    assert_eq!((outcome.as_str(), reasons.len()), ("released", 0));
}

/// The one cleaned object below a folder.
fn output(folder: std::path::PathBuf) -> std::path::PathBuf {
    let patient = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut all = fs::read_dir(patient).unwrap().map(|entry| entry.unwrap().path());
    all.find(|path| path.extension().is_some_and(|extension| extension == "dcm")).unwrap()
}

#[test]
fn a_cleaned_knee_that_does_not_say_so_any_more_is_believed_by_its_own_sidecar_and_a_head_is_seen_before_publication() {
    let knee = slice(MR, "MR", vec![text(0x0008, 0x103E, b"LO", "PD sag knee")], 64);
    let mut tried = 0;
    for (bytes, held) in [(knee, false), (slice(MR, "MR", Vec::new(), 64), true)] {
        let home = Home::new();
        fs::create_dir_all(home.at("source")).unwrap();
        fs::write(home.at("source/a.dcm"), bytes).unwrap();
        home.run(&["clean", "source", "--to", "release", "--custody", "custody"]);
        let cleaned = output(home.at(if held { "custody/held" } else { "release/recordings" }));

        let folder = cleaned.parent().unwrap().to_str().unwrap().to_owned();
        let usable = |arguments: &[&str]| {
            let told = home.run(&[&["check", "--format", "json", "--purpose", "teaching"], arguments].concat());
            let told: Value = serde_json::from_slice(&told.stdout).unwrap();
            told["items"].as_array().unwrap().iter().find_map(|item| item["verdict"]["outcome"].as_str())
                == Some("usable")
        };
        assert_eq!(usable(&[&folder]), !held);

        home.run(&["clean", &folder, "--to", "second", "--custody", "custody"]);
        assert_eq!(home.at("second/recordings").exists(), !held);
        tried += 1;
    }
    assert_eq!(tried, 2);
}
