//! What the reports promise, tried on entries made up here.

use super::*;
use crate::code::RecordingCode;
use crate::ledger::{Reason, RuleCited};
use crate::recording::terms::{Kind, PixelState, Usability};
use crate::recording::{Format, Outcome};
use std::fs;

/// Stands in everything that must not reach a release's report.
const CANARY: &str = "CANARY";

fn heading() -> Heading {
    Heading {
        purpose: Purpose::Teaching,
        coding: Coding::Coded,
        profile: "skin clinic".into(),
        profile_digest: "4f0c91d2".into(),
        version: "0.1.0".into(),
        dicom_edition: "2026c".into(),
        thumbnails: true,
    }
}

fn entry(number: u32, outcome: Outcome, format: Format) -> Entry {
    let code = RecordingCode::parse(&format!("P-{:012}-{number:08}", number / 2)).expect("digits are a code");
    let released = outcome == Outcome::Released;
    let root = if released { "recordings" } else { "held" };
    Entry {
        patient: code.patient(),
        path: (outcome <= Outcome::Held).then(|| format!("{root}/{}/{code}.{}", code.patient(), format.extension())),
        sha256: (outcome <= Outcome::Held).then(|| format!("{number:064x}")),
        code,
        outcome,
        format,
        kind: Kind::XRay,
        purpose: Purpose::Teaching,
        usability: (outcome <= Outcome::Held).then_some(Usability::Usable),
        rules: vec![RuleCited { id: "G2".into(), cites: vec!["GMC para 10".into()], says: "Implicit consent.".into() }],
        conditions: Vec::new(),
        reasons: Vec::new(),
        bytes_in: 4_100_000,
        bytes_out: 4_000_000,
        findings: [("exif-gps".to_owned(), 1), ("comment".to_owned(), 2)].into(),
        pixels: PixelState::NoMarks,
        duplicates: 0,
        own_patient: false,
        known: Default::default(),
    }
}

fn held(number: u32, reasons: &[(&str, &str, &str)]) -> Entry {
    let reasons = reasons.iter().map(|(code, says, next)| Reason {
        code: (*code).into(),
        says: (*says).into(),
        next: (*next).into(),
    });
    Entry { reasons: reasons.collect(), ..entry(number, Outcome::Held, Format::Jpeg) }
}

const CONSENT: (&str, &str, &str) = (
    "no-consent-record",
    "The patient may be recognised and no consent is on record.",
    "Add the consent to the register.",
);
const PIXELS: (&str, &str, &str) =
    ("pixels-unchecked", "Nobody has looked at the picture itself.", "State in the profile who has looked.");

fn collection() -> Vec<Entry> {
    let mut all = vec![
        entry(1, Outcome::Released, Format::Jpeg),
        Entry { conditions: vec!["no-online-use".into()], ..entry(2, Outcome::Released, Format::Dicom) },
        entry(3, Outcome::Released, Format::Dicom),
        held(4, &[PIXELS]),
        held(5, &[CONSENT, PIXELS]),
        Entry { path: Some(format!("held/{CANARY}.jpg")), bytes_in: 987_654_321, ..held(6, &[PIXELS]) },
        Entry { own_patient: true, duplicates: 3, ..held(7, &[PIXELS]) },
        Entry { findings: [(CANARY.to_owned(), 1)].into(), ..entry(8, Outcome::Unsupported, Format::Tiff) },
        entry(9, Outcome::Failed, Format::Unknown),
    ];
    all[8].reasons = held(9, &[("truncated", "The file ends too early.", "Fetch it again.")]).reasons;
    all[7].reasons = held(8, &[("unsupported-format", "TIFF is not cleaned yet.", "Save it as PNG.")]).reasons;
    all
}

fn report(root: &Path, audience: Audience, all: &[Entry]) -> Summary {
    let mut entries = |take: &mut dyn FnMut(&Entry, &Sight) -> io::Result<()>| {
        all.iter().try_for_each(|entry| take(entry, &Sight::default()))
    };
    write(root, audience, &heading(), 2, &mut entries).expect("a report")
}

fn read(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join("report").join(name)).expect("a file of the report")
}

const FILES: [&str; 4] = ["index.html", "recordings.csv", "recordings.jsonl", "summary.json"];

#[test]
fn a_release_is_told_of_the_released_only_and_counts_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let all = collection();
    let summary = report(dir.path(), Audience::Release, &all);
    assert_eq!(summary.recordings, Totals { all: 9, released: 3, held: 4, unsupported: 1, failed: 1, listed: 0 });
    assert_eq!(summary.patients_released, Some(2));
    assert_eq!(read(dir.path(), "recordings.jsonl").lines().count(), 3);
    let mut searched = 0;
    for name in FILES {
        let text = read(dir.path(), name);
        assert!(!text.contains(CANARY) && !text.contains("987654321") && !text.contains("4100000"), "{name}");
        for entry in all.iter().filter(|e| e.outcome != Outcome::Released) {
            assert!(!text.contains(entry.code.as_str()), "{name} names a recording that is not released");
            searched += 1;
        }
    }
    assert_eq!(searched, 24);
    assert!(read(dir.path(), "index.html").contains("Nobody has looked at the picture itself."));
}

#[test]
fn custody_is_told_of_every_recording() {
    let dir = tempfile::tempdir().unwrap();
    let all = collection();
    report(dir.path(), Audience::Custody, &all);
    for entry in &all {
        for name in ["index.html", "recordings.csv", "recordings.jsonl"] {
            assert!(read(dir.path(), name).contains(entry.code.as_str()), "{name}");
        }
    }
    assert_eq!(read(dir.path(), "recordings.csv").lines().count(), 1 + all.len());
}

#[test]
fn what_was_judged_for_another_purpose_is_not_told_as_judged_for_this_one() {
    let own = entry(1, Outcome::Released, Format::Jpeg);
    let other = |number| Entry { purpose: Purpose::Publication, ..entry(number, Outcome::Released, Format::Jpeg) };
    let unreleased = Entry { purpose: Purpose::Publication, ..held(4, &[PIXELS]) };
    let cases = [
        (vec![], "judged for teaching."),
        (vec![own.clone(), unreleased], "judged for teaching."),
        (vec![other(2)], "judged for publication."),
        (
            vec![own, other(2), other(3)],
            "judged some for one purpose and some for another: publication (2), teaching (1).",
        ),
    ];
    for (entries, says) in &cases {
        let dir = tempfile::tempdir().unwrap();
        let summary = report(dir.path(), Audience::Release, entries);
        assert_eq!(summary.purposes.values().sum::<u64>(), summary.recordings.released);
        let page = read(dir.path(), "index.html");
        assert!(page.contains(&format!("cleaned and {says}")), "{says}");
    }
    assert_eq!(cases.len(), 4);
}

#[test]
fn reasons_are_grouped_largest_first_and_each_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = collection();
    let twice = all[3].reasons[0].clone();
    all[3].reasons.push(twice);
    let summary = report(dir.path(), Audience::Release, &all);
    let groups: Vec<_> = summary.not_released.iter().map(|g| (g.outcome, g.code.as_str(), g.count)).collect();
    assert_eq!(
        groups,
        [
            (Outcome::Held, "pixels-unchecked", 4),
            (Outcome::Held, "no-consent-record", 1),
            (Outcome::Unsupported, "unsupported-format", 1),
            (Outcome::Failed, "truncated", 1),
        ]
    );
}

#[test]
fn equal_entries_give_equal_bytes_and_a_report_is_replaced_whole() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for audience in [Audience::Custody, Audience::Release] {
        report(one.path(), audience, &collection());
    }
    fs::create_dir(two.path().join("report")).unwrap();
    fs::write(two.path().join("report/.index.html.part"), "left by a run that was killed").unwrap();
    report(two.path(), Audience::Release, &collection());
    let mut left: Vec<_> = fs::read_dir(two.path().join("report")).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, FILES);
    for name in FILES {
        assert_eq!(read(one.path(), name), read(two.path(), name));
    }
}

#[test]
fn a_failing_ledger_leaves_nothing_half_written() {
    let dir = tempfile::tempdir().unwrap();
    let failed = write(dir.path(), Audience::Custody, &heading(), 2, &mut |take| {
        take(&collection()[0], &Sight::default())?;
        Err(io::Error::other("the ledger is gone"))
    });
    assert!(failed.is_err());
    assert_eq!(fs::read_dir(dir.path().join("report")).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn reports_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    report(dir.path(), Audience::Custody, &collection());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir.path().join("report")), 0o700);
    for name in FILES {
        assert_eq!(mode(&dir.path().join("report").join(name)), 0o600, "{name}");
    }
}

#[test]
fn every_line_of_json_reads_back_and_the_table_has_as_many_columns_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = collection();
    all[0].conditions = vec!["with \"quotes\", commas\nand breaks".into(), "no-online-use".into()];
    report(dir.path(), Audience::Custody, &all);
    let mut read_back = 0;
    for line in read(dir.path(), "recordings.jsonl").lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(row["recording"], all[read_back].code.as_str());
        assert_eq!(row["reasons"].as_array().unwrap().len(), all[read_back].reasons.len());
        read_back += 1;
    }
    assert_eq!(read_back, 9);
    let table = read(dir.path(), "recordings.csv");
    let records: Vec<_> = csv::Reader::from_reader(table.as_bytes()).into_records().map(|r| r.unwrap()).collect();
    assert_eq!(records.len(), 9);
    assert_eq!(&records[0][11], "with \"quotes\", commas\nand breaks;no-online-use");
}

#[test]
fn patients_are_counted_only_when_the_codes_come_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = collection();
    all.swap(0, 2);
    assert_eq!(report(dir.path(), Audience::Release, &all).patients_released, None);
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_escapes_what_it_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = collection();
    all[3].reasons[0].says = "<script>alert(1)</script>".into();
    report(dir.path(), Audience::Custody, &all);
    let page = read(dir.path(), "index.html");
    for foreign in ["<script", "http://", "https://", "url(", "@import", " src=", "<link"] {
        assert!(!page.contains(foreign), "the page has {foreign}");
    }
    assert_eq!(page.matches(" href=").count(), page.matches(" href=\"#").count());
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn the_page_says_more_than_one_reason_only_where_it_is_so_and_sets_what_is_to_be_typed() {
    let dir = tempfile::tempdir().unwrap();
    let stray = || Entry {
        reasons: held(2, &[("system-file", "A file of the system.", "Look into it.")]).reasons,
        ..entry(2, Outcome::Listed, Format::Unknown)
    };
    let typed = ("pixels-unchecked", "Nobody has looked.", "State `pixels = 1` in the profile.");
    for (reasons, several) in [(vec![typed], false), (vec![typed, CONSENT], true)] {
        report(dir.path(), Audience::Custody, &[held(1, &reasons), stray(), stray()]);
        let page = read(dir.path(), "index.html");
        assert_eq!(page.contains("more than one reason"), several);
        assert!(page.contains("State <code>pixels = 1</code> in the profile."));
    }
}

#[test]
fn the_page_stays_small_however_many_recordings_there_are() {
    let dir = tempfile::tempdir().unwrap();
    let all: Vec<_> = (0..3000).map(|n| entry(n, Outcome::Released, Format::Png)).collect();
    let summary = report(dir.path(), Audience::Release, &all);
    assert_eq!((summary.recordings.released, summary.patients_released), (3000, Some(1500)));
    let page = read(dir.path(), "index.html");
    assert_eq!(page.matches("<th class=\"code\"").count(), ROWS_ON_PAGE);
    assert!(page.contains("The first 500 of 3000;"));
    assert_eq!(read(dir.path(), "recordings.csv").lines().count(), 3001);
}

#[test]
fn the_end_of_a_run_is_told_with_reasons_and_next_steps() {
    let dir = tempfile::tempdir().unwrap();
    let summary = report(dir.path(), Audience::Custody, &collection());
    let text = tell(&summary);
    assert!(text.starts_with("9 recordings looked at: 3 released, of 2 patients.\n"), "{text}");
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("missing: {part}\n{text}"));
    assert!(at("4 held back in custody (some for more than one reason):") < at("  4  Nobody has looked"));
    assert!(at("  4  Nobody has looked") < at("→ State in the profile who has looked."));
    assert!(at("→ State in the profile who has looked.") < at("  1  The patient may be recognised"));
    assert!(at("TIFF is not cleaned yet.") < at("The file ends too early."));
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn an_empty_run_is_told_too() {
    let dir = tempfile::tempdir().unwrap();
    let summary = report(dir.path(), Audience::Release, &[]);
    assert_eq!(tell(&summary), "0 recordings looked at: 0 released.\n");
    assert!(read(dir.path(), "index.html").contains("</html>"));
}

#[test]
fn sums_list_every_file_in_order_and_trust_the_digests_of_the_report() {
    let dir = tempfile::tempdir().unwrap();
    let all = collection();
    report(dir.path(), Audience::Release, &all);
    for entry in all.iter().filter(|e| e.outcome == Outcome::Released) {
        let file = dir.path().join(entry.path.as_deref().unwrap());
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, b"picture").unwrap();
        fs::write(file.with_extension("consent.json"), b"abc").unwrap();
    }
    for _ in 0..2 {
        assert_eq!(write_sums(dir.path()).unwrap(), 4 + 3 + 3);
    }
    let sums = fs::read_to_string(dir.path().join("SHA256SUMS")).unwrap();
    let (mut names, mut known, mut hashed) = (Vec::new(), 0, 0);
    for line in sums.lines() {
        let (digest, name) = line.split_once("  ").unwrap();
        names.push(name.split('/').collect::<Vec<_>>());
        if let Some(entry) = all.iter().find(|e| e.path.as_deref() == Some(name)) {
            assert_eq!(Some(digest), entry.sha256.as_deref());
            known += 1;
        } else if name.ends_with(".consent.json") {
            // FIPS 180-4: the digest of "abc".
            assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
            hashed += 1;
        }
    }
    assert_eq!((known, hashed), (3, 3));
    assert!(names.is_sorted());
}

#[cfg(unix)]
#[test]
fn a_link_in_a_release_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("elsewhere", dir.path().join("link")).unwrap();
    assert_eq!(write_sums(dir.path()).unwrap_err().kind(), io::ErrorKind::InvalidData);
    assert!(!dir.path().join("SHA256SUMS").exists());
}

#[test]
fn the_page_weighs_little_without_pictures_and_lists_what_is_flagged_first() {
    use crate::recording::Region;
    let region = Region {
        frame: Some(3),
        x: 1234,
        y: 2345,
        width: 345,
        height: 45,
        class: "cut-by-border".into(),
        action: "cover".into(),
    };
    let sight = Sight { redacted: 9, regions: vec![region; 9], ..Sight::default() };
    let rule = |id: &str, cite: &str| RuleCited { id: id.into(), cites: vec![cite.into()], says: "A rule. ".repeat(9) };
    let mut all: Vec<Entry> = (0..900)
        .map(|n| Entry {
            rules: vec![rule("G2", "GMC para 10"), rule("G1", "GMC para 8")],
            ..held(n, &[CONSENT, PIXELS])
        })
        .collect();
    all[899].rules.push(rule("F1", "GMC para 23"));
    all.extend((900..1800).map(|n| entry(n, Outcome::Released, Format::Png)));
    for audience in [Audience::Custody, Audience::Release] {
        let dir = tempfile::tempdir().unwrap();
        let mut entries = |take: &mut dyn FnMut(&Entry, &Sight) -> io::Result<()>| {
            all.iter().try_for_each(|entry| take(entry, &sight))
        };
        let summary = write(dir.path(), audience, &heading(), 1, &mut entries).unwrap();
        let page = read(dir.path(), "index.html");
        assert!(page.len() < 300_000, "{} bytes", page.len());
        assert_eq!(page.matches("<th class=\"code\"").count(), ROWS_ON_PAGE);
        assert_eq!(summary.counts.paragraphs[0].cite, "GMC para 23");
        let cites: Vec<&str> = summary.counts.paragraphs.iter().map(|p| p.cite.as_str()).collect();
        assert_eq!(cites, ["GMC para 23", "GMC para 8", "GMC para 10"]);
        let flagged = page.find(all[899].code.as_str());
        assert_eq!(flagged.is_some(), audience == Audience::Custody);
        assert!(flagged.is_none_or(|at| at < page.find(all[0].code.as_str()).unwrap()));
        let recordings = if audience == Audience::Custody { 1800 } else { 900 };
        assert_eq!((summary.counts.covered.recordings, summary.counts.covered.regions), (recordings, recordings * 9));
    }
}
