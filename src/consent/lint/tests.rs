//! Each remark with its case and its near misses.

use super::*;
use crate::consent::register::Reading;
use crate::consent::{Patient, Register};
use std::collections::BTreeSet;

const HEADER: &str =
    "patient_id,issuer,recording,level,scopes,status,given_by,given_on,expires_on,withdrawn_on,subject,adult_from\n";

fn date(text: &str) -> Date {
    Date::iso(text).expect("a date")
}

fn terms() -> Terms {
    Terms { as_of: date("2026-11-20"), months: 6, purpose: None }
}

/// A register of these rows, from line 2 on; commas at their ends are added.
fn register(rows: &[&str]) -> Register {
    let pad = |row: &&str| format!("{row}{}\n", ",".repeat(11 - row.matches(',').count()));
    let text = HEADER.to_owned() + &rows.iter().map(pad).collect::<String>();
    Register::read(text.as_bytes(), &Reading::on(date("2026-11-20"))).expect("a register")
}

/// Word, lines and recordings of each remark.
fn told(remarks: &[Remark]) -> Vec<(&'static str, Vec<u64>, u64)> {
    remarks.iter().map(|r| (r.check.word(), r.lines.clone(), r.recordings)).collect()
}

/// A recording of the sources: its path, and issuer and number of the patient it names.
type Source<'a> = (&'a str, Option<(&'a str, &'a str)>);

fn survey<'a>(register: &'a Register, sources: &[Source<'_>], terms: Terms) -> Tally<'a> {
    let mut tally = Tally::new(register, terms, 100);
    for (path, named) in sources {
        let patient = named.and_then(|(issuer, id)| Patient::new(issuer, id));
        let found = register.find(patient.as_ref(), path);
        let patient = patient.as_ref();
        tally.take(&Look { path, patient, found: &found, readable: true, needs_row: true });
    }
    tally
}

fn walked(rows: &[&str], sources: &[Source<'_>]) -> Vec<(&'static str, Vec<u64>, u64)> {
    told(&survey(&register(rows), sources, terms()).end().0)
}

#[test]
fn each_remark_about_a_row_has_its_case_and_its_near_misses() {
    // One row at line 2; what is said of it, and of which month.
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("1,,,2,,,,,2026-10-31", &[("expired", "2026-10")]),
        ("1,,,2,,,,,2026-11-19", &[("expired", "2026-11")]),
        ("1,,,2,,,,,2026-11-20", &[("expires-soon", "2026-11")]),
        ("1,,,2,,,,,2027-05-31", &[("expires-soon", "2027-05")]),
        ("1,,,2,,,,,2027-06-01", &[]),
        ("1,,,2,,,,,", &[]),
        // What was refused or withdrawn does not expire, nor does a child's choice come due.
        ("1,,,,,refused,,,2026-10-31,,child-with-capacity,2020-01", &[]),
        ("1,,,2,,withdrawn,,,2026-10-31", &[]),
        ("1,,,2,,,,,,,child-with-capacity,2026-11", &[("choice-due", "2026-11")]),
        ("1,,,2,,,parental-responsibility,,,,child-without-capacity,2019-03-01", &[("choice-due", "2019-03")]),
        ("1,,,2,,,,,,,child-with-capacity,2026-12", &[("choice-soon", "2026-12")]),
        ("1,,,2,,,,,,,child-with-capacity,2027-05-31", &[("choice-soon", "2027-05")]),
        ("1,,,2,,,,,,,child-with-capacity,2027-06", &[]),
        ("1,,,2,,,,,,,child-with-capacity,", &[("child-without-date", "")]),
        ("1,,,2,,,,,,,adult,2020-01", &[]),
        ("1,,,2,,,,,,,adult,2028-01", &[("adult-to-come", "2028-01")]),
        ("1,,,2,,,family,,,,adult,", &[("not-entitled", "")]),
        ("1,,,2,,,family,,,,deceased,", &[]),
        ("1,,,2,,,patient,,,,child-without-capacity,2030-01", &[("not-entitled", "")]),
        ("1,,,2,,,person-with-authority,,,,adult-without-capacity,", &[]),
        ("1,,,,,given", &[("covers-nothing", "")]),
        ("1,,,,,no-record", &[]),
        ("943 476 5918,,,2", &[("nhs-check-digit", "")]),
        ("943 476 5919,,,2", &[]),
        ("9434765918,ROYAL INFIRMARY,,2", &[]),
    ];
    for (row, expected) in cases {
        let remarks = rows(&register(&[row]), &terms(), false);
        let month = |r: &Remark| r.month.map(|m| m.to_string()).unwrap_or_default();
        let found: Vec<(&str, String)> = remarks.iter().map(|r| (r.check.word(), month(r))).collect();
        let expected: Vec<(&str, String)> = expected.iter().map(|(w, m)| (*w, (*m).to_owned())).collect();
        assert_eq!(found, expected, "{row}");
        assert!(remarks.iter().all(|r| r.lines == [2]));
    }
    assert_eq!(cases.len(), 25);
}

#[test]
fn a_consent_dated_after_the_day_looked_at_is_told() {
    let register = register(&["1,,,2,,,,2026-11-19", "2,,,2,,,,2026-06-30"]);
    let before = Terms { as_of: date("2026-07-01"), ..terms() };
    assert_eq!(told(&rows(&register, &before, false)), [("given-in-future", vec![2], 0)]);
    assert!(rows(&register, &terms(), false).is_empty());
}

#[test]
fn a_purpose_that_the_consent_does_not_reach_is_told() {
    let register = register(&["1,,,1", "2,,,2", "3,,,3", "4,,,2,research", "5,,,,public-media", "6,,,,,refused"]);
    let cases = [
        (Purpose::Teaching, vec![2, 6]),
        (Purpose::Publication, vec![2, 3, 5, 6]),
        (Purpose::Research, vec![2, 3, 4, 6]),
        (Purpose::PublicMedia, vec![2, 3, 4, 5]),
    ];
    for (purpose, lines) in &cases {
        let remarks = rows(&register, &Terms { purpose: Some(*purpose), ..terms() }, false);
        assert!(remarks.iter().all(|r| r.check == Check::PurposeNotCovered));
        assert_eq!(&remarks.iter().flat_map(|r| r.lines.clone()).collect::<Vec<_>>(), lines, "{purpose}");
    }
    assert_eq!(cases.len(), 4);
}

#[test]
fn patients_written_alike_are_told_and_others_are_not() {
    let told = |rows: &[&str]| told(&super::rows(&register(rows), &terms(), false));
    assert_eq!(told(&["WARD 1 2,,,2", "WARD 12,,,,,refused", "ward-12,,,3"]), [("patients-alike", vec![2, 3, 4], 0)]);
    assert_eq!(told(&["0012,,,2", "12,,,,,refused"]), [("patients-alike", vec![2, 3], 0)]);
    assert_eq!(told(&["12,,a.jpg,2", "12,,b.jpg,3", "12,NHS,,2", "13,,,2", "1 3 4,,,2", "1345,,,2"]), []);
}

#[test]
fn refusals_with_recordings_are_told_and_those_without_are_rows_that_met_nothing() {
    let rows =
        ["1,,,,,refused", "2,,,2,,withdrawn", "3,,,,,clearly-not-given", "4,,,2", "5,,,,,refused", "6,,,,,no-record"];
    let sources = [
        ("a.jpg", Some(("", "1"))),
        ("b.jpg", Some(("", "1"))),
        ("c.jpg", Some(("", "2"))),
        ("d.jpg", Some(("", "3"))),
        ("e.jpg", Some(("", "4"))),
        ("f.jpg", Some(("", "6"))),
    ];
    let expected = [
        ("refused", vec![2], 2),
        ("withdrawn", vec![3], 1),
        ("clearly-not-given", vec![4], 1),
        ("no-recording", vec![6], 0),
    ];
    assert_eq!(walked(&rows, &sources), expected);
}

#[test]
fn recordings_without_a_row_are_counted_by_folder_and_listed_up_to_a_limit() {
    let one = register(&[",,knees/**,2"]);
    let sources = [("knees/a.jpg", None), ("hands/a.jpg", None), ("hands/b.jpg", None), ("c.jpg", None)];
    let (remarks, unspoken) = survey(&one, &sources, terms()).end();
    assert_eq!(told(&remarks), [("no-row", vec![], 3)]);
    let folders: Vec<(&str, u64)> = unspoken.folders.iter().map(|(f, n)| (f.as_str(), *n)).collect();
    assert_eq!(folders, [("", 1), ("hands", 2)]);
    assert_eq!(unspoken.listed, ["hands/a.jpg", "hands/b.jpg", "c.jpg"]);

    let register = register(&[",,knees/**,2"]);
    let mut tally = Tally::new(&register, terms(), 0);
    let mut look = |path: &str, readable, needs_row| {
        let found = register.find(None, path);
        tally.take(&Look { path, patient: None, found: &found, readable, needs_row });
    };
    look("secret/canary.jpg", true, true);
    look("thesis.doc", true, false);
    look("broken.dcm", false, false);
    assert_eq!(tally.recordings(), 2);
    let (remarks, unspoken) = tally.end();
    assert_eq!(told(&remarks)[0], ("no-row", vec![], 1), "a document needs no row");
    assert_eq!(told(&remarks)[1], ("no-recording", vec![2], 0));
    assert_eq!(told(&remarks)[2], ("unreadable", vec![], 1));
    assert!(unspoken.listed.is_empty() && remarks.iter().all(|r| r.places.is_empty()), "nothing was asked for by name");
}

#[test]
fn folders_without_end_are_counted_and_not_kept() {
    let register = register(&["1,,,2"]);
    let mut tally = Tally::new(&register, terms(), 5);
    for n in 0..12_000 {
        let path = format!("f{n}/a.jpg");
        let found = register.find(None, &path);
        tally.take(&Look { path: &path, patient: None, found: &found, readable: true, needs_row: true });
    }
    let (_, unspoken) = tally.end();
    let kept = (unspoken.recordings, unspoken.folders.len(), unspoken.in_more_folders, unspoken.listed.len());
    assert_eq!(kept, (12_000, 10_000, 2_000, 5));
}

#[test]
fn globs_of_one_rank_are_told_where_they_meet() {
    let disagree = [",,knees/**,2", ",,*/left*,3"];
    let sources = [("knees/left.jpg", None), ("knees/right.jpg", None), ("hands/left.jpg", None)];
    assert_eq!(walked(&disagree, &sources), [("globs-disagree", vec![2, 3], 1)]);
    let agree = [",,knees/**,2", ",,*/left*,2"];
    assert_eq!(walked(&agree, &sources), [("globs-overlap", vec![2, 3], 1)]);
    // A row of the recording's own decides, and globs that never meet are no trouble.
    let own = [",,knees/**,2", ",,*/left*,3", ",,knees/left.jpg,2"];
    assert_eq!(walked(&own, &sources), []);
    assert_eq!(walked(&[",,knees/**,2", ",,hands/**,3"], &sources), []);
}

#[test]
fn a_number_under_an_issuer_that_the_recording_does_not_name_is_told() {
    let rows = ["7,NHS,,2"];
    assert_eq!(walked(&rows, &[("a", Some(("", "7")))]), [("issuer-unknown", vec![2], 1)]);
    assert_eq!(walked(&rows, &[("a", Some(("NHS", "7")))]), []);
    let other = [("no-row", vec![], 1), ("no-recording", vec![2], 0)];
    assert_eq!(walked(&rows, &[("a", Some(("ELSEWHERE", "7")))]), other, "another issuer's 7 is another patient");
}

#[test]
fn a_recording_that_names_another_patient_than_its_row_is_told() {
    let rows = ["1,,a.jpg,2"];
    assert_eq!(walked(&rows, &[("a.jpg", Some(("", "2")))]), [("patient-differs", vec![2], 1)]);
    assert_eq!(walked(&rows, &[("a.jpg", Some(("NHS", "1")))]), []);
    assert_eq!(walked(&rows, &[("a.jpg", None)]), []);
}

#[test]
fn a_closer_row_that_gives_over_a_broader_refusal_is_told() {
    let sources = [("a.jpg", Some(("", "1"))), ("b.jpg", Some(("", "1")))];
    let given = ["1,,a.jpg,2", "1,,,,,refused"];
    assert_eq!(walked(&given, &sources), [("refused", vec![3], 1), ("rows-contradict", vec![2, 3], 1)]);
    let refused = ["1,,a.jpg,,,refused", "1,,,2"];
    assert_eq!(walked(&refused, &sources), [("refused", vec![2], 1)], "the cautious way round is no contradiction");
}

#[test]
fn a_number_written_otherwise_in_the_recordings_is_told_as_that() {
    let rows = ["WARD-12,,,,,refused"];
    let sources = [("a.dcm", Some(("", "WARD 12")))];
    assert_eq!(walked(&rows, &sources), [("no-row", vec![], 1), ("number-alike", vec![2], 1)]);
    let sources = [("a.dcm", Some(("", "WARD 13")))];
    assert_eq!(walked(&rows, &sources), [("no-row", vec![], 1), ("no-recording", vec![2], 0)]);
    // A row of the recording's own does not hide that the patient's refusal is not found.
    let rows = ["WARD-12,,,,,refused", ",,a.dcm,2"];
    assert_eq!(walked(&rows, &[("a.dcm", Some(("", "WARD 12")))]), [("number-alike", vec![2], 1)]);
    assert_eq!(walked(&["WARD-12,,,2"], &[("a.dcm", Some(("", "ward-12")))]), []);
}

#[test]
fn what_rows_say_together_is_judged_together() {
    let sources = [("a.jpg", Some(("", "1")))];
    // The patient's own row says that they are a child: a consent of their own in the closer row does not stand.
    let child = "1,,,2,,,parental-responsibility,,,,child-without-capacity,2030-01";
    assert_eq!(walked(&["1,,a.jpg,2,,,patient", child], &sources), [("not-entitled", vec![2, 3], 1)]);
    assert_eq!(walked(&["1,,a.jpg,2,,,parental-responsibility", child], &sources), []);
    let grown = "1,,,2,,,parental-responsibility,,,,child-without-capacity,2020-01";
    assert_eq!(walked(&["1,,a.jpg,2,,,parental-responsibility", grown], &sources), [("choice-due", vec![3], 1)]);
    // A row that has expired and decides nothing any more is told with no recordings.
    assert_eq!(walked(&["1,,a.jpg,2", "1,,,2,,,,,2020-01"], &sources), [("expired", vec![3], 0)]);
    assert_eq!(walked(&["1,,,2,,,,,2020-01"], &sources), [("expired", vec![2], 1)]);
}

#[test]
fn every_check_has_a_word_of_its_own_paragraphs_and_a_next_step() {
    let words: BTreeSet<&str> = Check::ALL.iter().map(|check| check.word()).collect();
    assert_eq!(words.len(), Check::ALL.len(), "every word is one check's");
    assert!(Check::ALL.windows(2).all(|pair| pair[0] < pair[1]), "the order told is the order of gravity");
    for check in Check::ALL {
        assert!(check.says().ends_with('.') && check.advice().ends_with('.'), "{}", check.word());
        assert!(
            check.cites().iter().all(|cite| cite.strip_prefix("GMC para ").is_some_and(|n| n.parse::<u8>().is_ok()))
        );
    }
    assert_eq!(Check::ALL.len(), 25);
}

#[test]
fn no_remark_holds_a_value() {
    let register = register(&["CANARY-1,,,,,refused", "CANARY 1,,canary/**,2"]);
    let mut tally = Tally::new(&register, terms(), 0);
    for path in ["canary/a.jpg", "elsewhere/canary.jpg"] {
        let patient = Patient::new("", "CANARY-1");
        let found = register.find(patient.as_ref(), path);
        tally.take(&Look { path, patient: patient.as_ref(), found: &found, readable: true, needs_row: true });
    }
    let (remarks, unspoken) = tally.end();
    assert!(remarks.len() >= 3, "{remarks:?}");
    assert!(!format!("{remarks:?}{:?}", unspoken.listed).to_lowercase().contains("canary"));
}
