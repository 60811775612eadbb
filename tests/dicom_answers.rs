//! The answer key: synthetic objects of several modalities with a known answer for each of ten kinds of check, as data
//! (`support/answers.tsv`), scored by kind: all answers must be right.
//!
//! Writing in the samples themselves is not looked for yet, nor covered. *Pixels hidden* therefore asks what is done about
//! pictures beside the samples (overlays, curves, icons, makers' copies), which go; about what cannot be taken out (drawings
//! in unused bits, pictures of a slide's label), which is refused; and about modalities that usually bear writing, which
//! are held for a person to look at, not released.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "support/answer.rs"]
mod answer;
#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod dicom;
#[path = "support/running.rs"]
#[allow(dead_code, unreachable_pub, reason = "the makers are shared, and this file uses a part of them")]
mod running;

use answer::{Cleaned, Row, clean, frames, holds, rows, value};
use running::Home;
use std::collections::BTreeMap;

/// The kinds, in the order of the published challenge whose names they bear.
const KINDS: [&str; 10] = [
    "tag-retained",
    "text-not-null",
    "text-removed",
    "text-retained",
    "date-shifted",
    "uid-changed",
    "uid-consistent",
    "patient-id-consistent",
    "pixels-hidden",
    "pixels-retained",
];

type Objects = BTreeMap<String, Cleaned>;

/// The value that an answer such as `CT2 (0020,000D)` names.
fn named(objects: &Objects, answer: &str) -> Option<Vec<u8>> {
    let (object, path) = answer.trim_start_matches('!').split_once(' ')?;
    value(&objects.get(object)?.output, path)
}

/// Whether two values are the same, or, behind a `!`, are not.
fn agree(objects: &Objects, row: &Row, found: &[u8]) -> bool {
    let differ = row.answer.starts_with('!');
    named(objects, &row.answer).is_some_and(|other| (found == other) != differ)
}

/// A day moved back by the patient's weeks, the rest of it as it was.
fn moved(given: &str, weeks: u32) -> String {
    let number = |range: std::ops::Range<usize>| given[range].parse::<i16>().unwrap();
    let day = jiff::civil::date(number(0..4), number(4..6) as i8, number(6..8) as i8);
    let back = day.checked_sub(jiff::Span::new().weeks(i64::from(weeks))).unwrap();
    format!("{}{}", back.strftime("%Y%m%d"), &given[8..])
}

/// Whether the answer of a row is right.
fn is_right(row: &Row, objects: &Objects) -> bool {
    if row.path == "samples" || row.answer.starts_with("refused") || row.answer.starts_with("held") {
        return is_right_alone(row);
    }
    let object = &objects[&row.object];
    let found = value(&object.output, &row.path);
    let text = found.as_ref().map(|bytes| String::from_utf8_lossy(bytes).trim_end_matches([' ', '\0']).to_owned());
    let gone = |word: &str| !holds(&object.output, word.as_bytes());
    match &row.kind[..] {
        "tag-retained" => text.as_deref() == Some(&row.answer),
        "text-not-null" => text.is_some_and(|text| !text.is_empty()),
        "text-removed" => row.answer.split(',').all(gone),
        "text-retained" => text.is_some_and(|text| text.contains(&row.answer)),
        "date-shifted" => object.weeks > 0 && text == Some(moved(&row.given, object.weeks)),
        "uid-changed" => text.is_some_and(|text| text.starts_with("2.25.")) && gone(&row.given),
        "uid-consistent" | "patient-id-consistent" => found.is_some_and(|found| agree(objects, row, &found)),
        "pixels-hidden" => found.is_none() && gone(&row.given),
        kind => panic!("a kind that nobody checks: {kind}"),
    }
}

/// Rows that are about an object of their own.
fn is_right_alone(row: &Row) -> bool {
    if let Some(reason) = row.answer.strip_prefix("held ") {
        return is_held(row, reason);
    }
    let (source, samples) = answer::alone(row);
    match (row.answer.strip_prefix("refused "), clean(source, &row.object)) {
        (Some(code), Err(refused)) => refused == code,
        (None, Ok(cleaned)) => frames(&cleaned.output) == samples,
        _ => false,
    }
}

/// Whether the program, run by a user who has nothing look at the pictures and states nothing of them, holds the object for this reason.
fn is_held(row: &Row, reason: &str) -> bool {
    let home = Home::new();
    std::fs::create_dir(home.at("source")).unwrap();
    std::fs::write(home.at("source/picture.dcm"), answer::alone(row).0).unwrap();
    let run = home.run(&["clean", "source", "--to", "release", "--custody", "custody", "--pixels", "skip"]);
    let report = std::fs::read_to_string(home.at("custody/report/recordings.jsonl")).unwrap();
    let row: serde_json::Value = serde_json::from_str(report.lines().next().unwrap()).unwrap();
    let reasons = row["reasons"].as_array().unwrap();
    let released = home.at("release/recordings").join(row["patient"].as_str().unwrap());
    run.status.code() == Some(1)
        && row["outcome"] == "held"
        && reasons.iter().any(|r| r["code"] == reason)
        && !released.exists()
}

#[test]
fn every_answer_of_the_key_is_right() {
    let rows = rows();
    let objects = answer::objects(&rows);
    let modalities: std::collections::BTreeSet<&str> = answer::OBJECTS.iter().map(|o| o.modality).collect();
    assert!(modalities.len() >= 8, "{modalities:?}");
    let (mut right, mut asked, mut wrong) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for row in &rows {
        assert!(KINDS.contains(&&row.kind[..]), "{}", row.kind);
        *asked.entry(&row.kind[..]).or_insert(0) += 1;
        match is_right(row, &objects) {
            true => *right.entry(&row.kind[..]).or_insert(0) += 1,
            false => wrong.push(format!("{row:?}")),
        }
    }
    for kind in KINDS {
        eprintln!("{kind}: {} of {}", right.get(kind).unwrap_or(&0), asked[kind]);
        assert!(asked[kind] >= 20, "{kind} is asked {} times", asked[kind]);
    }
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!((asked.len(), rows.len()), (10, 298));
}

#[test]
fn the_key_can_tell_a_wrong_answer() {
    let rows = rows();
    let mut objects = answer::objects(&rows);
    // The sources in place of what became of them: only what is to stay is right.
    for object in objects.values_mut() {
        object.output = object.source.clone();
    }
    let mut wrong: BTreeMap<&str, usize> = BTreeMap::new();
    for row in
        rows.iter().filter(|r| r.path != "samples" && !r.answer.contains("refused") && !r.answer.contains("held"))
    {
        *wrong.entry(&row.kind[..]).or_default() += usize::from(!is_right(row, &objects));
    }
    for kind in ["text-removed", "date-shifted", "uid-changed", "pixels-hidden"] {
        let asked =
            rows.iter().filter(|r| r.kind == kind && !r.answer.contains("refused") && !r.answer.contains("held"));
        let asked = asked.filter(|r| r.path != "samples").count();
        assert_eq!(wrong[kind], asked, "{kind}");
    }
}
