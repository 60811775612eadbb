//! What the ledger promises.

use super::*;
use crate::code::coder::{Coder, CodingSecret, Instance};
use crate::ledger::Reason;
use crate::recording::Format;
use crate::recording::terms::{Kind, PixelState, Purpose, Usability};
use std::fs;
use std::path::PathBuf;

pub(super) const RELEASE: Digest = [1; 32];
const OTHER: Digest = [2; 32];

/// A closure's error: the ledger's own, since the tests have none.
type Done = Result<(), LedgerError>;

pub(super) fn ledger() -> (tempfile::TempDir, PathBuf, Ledger) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("ledger.sqlite");
    let ledger = Ledger::open(&path).unwrap();
    (home, path, ledger)
}

pub(super) fn code(number: u32) -> RecordingCode {
    let coder = Coder::new(&CodingSecret::new([7; 32]));
    coder.recording(&coder.patient(b"", &(number / 3).to_be_bytes()), Instance::SopInstanceUid(&number.to_be_bytes()))
}

pub(super) fn entry(number: u32, outcome: Outcome) -> Entry {
    Entry {
        code: code(number),
        patient: code(number).patient(),
        outcome,
        format: Format::Jpeg,
        kind: Kind::XRay,
        purpose: Purpose::Teaching,
        usability: Some(Usability::HoldForReview),
        rules: Vec::new(),
        conditions: vec!["no-online-use".into()],
        reasons: vec![Reason {
            code: "pixels-unchecked".into(),
            says: "Nobody has looked.".into(),
            next: "Look.".into(),
        }],
        sha256: None,
        path: None,
        bytes_in: u64::from(number),
        bytes_out: 0,
        findings: BTreeMap::from([("exif-gps".to_owned(), 2)]),
        pixels: PixelState::Unchecked,
        duplicates: 0,
        own_patient: false,
        known: Default::default(),
    }
}

pub(super) fn digest(number: u32) -> Digest {
    let mut digest = [0xA5; 32];
    digest[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    digest[4..8].copy_from_slice(&number.to_be_bytes());
    digest
}

pub(super) fn source(number: u32, content: u32) -> SourceRow {
    SourceRow {
        caution: (number % 3) as u8,
        size: 1 << 40,
        mtime_ns: -5,
        content: digest(content),
        settings: [4; 32],
        code: code(number),
        outcome: Outcome::Held,
        duplicate: number % 2 == 1,
        rests: 0,
        doubt: 0,
    }
}

pub(super) fn put(ledger: &mut Ledger, release: &Digest, numbers: std::ops::Range<u32>, outcome: Outcome) {
    let mut batch = ledger.begin().unwrap();
    for n in numbers {
        batch.put_entry(release, &entry(n, outcome), &digest(n)).unwrap();
        batch.put_source(release, &digest(n), &source(n, n)).unwrap();
    }
    batch.commit().unwrap();
}

#[test]
fn what_is_put_is_found_again_after_opening_anew() {
    let (_home, path, mut ledger) = ledger();
    put(&mut ledger, &RELEASE, 0..10, Outcome::Held);
    drop(ledger);
    let ledger = Ledger::open(&path).unwrap();
    assert_eq!(ledger.source(&RELEASE, &digest(3)).unwrap(), Some(source(3, 3)));
    assert_eq!(ledger.entry(&RELEASE, &code(3)).unwrap(), Some((entry(3, Outcome::Held), digest(3))));
    assert_eq!(ledger.source(&OTHER, &digest(3)).unwrap(), None, "releases are apart");
    assert_eq!(ledger.entry(&OTHER, &code(3)).unwrap(), None);
    assert_eq!(ledger.sources_with_code(&RELEASE, &code(3)).unwrap(), 1);
}

#[test]
fn entries_come_by_outcome_and_code_and_are_counted() {
    let (_home, _, mut ledger) = ledger();
    put(&mut ledger, &RELEASE, 0..5, Outcome::Failed);
    put(&mut ledger, &RELEASE, 5..9, Outcome::Released);
    put(&mut ledger, &RELEASE, 9..12, Outcome::Unsupported);
    put(&mut ledger, &RELEASE, 12..14, Outcome::Held);
    put(&mut ledger, &OTHER, 0..3, Outcome::Held);
    let mut seen = Vec::new();
    ledger
        .entries(&RELEASE, |e| -> Done {
            seen.push((e.outcome, e.code));
            Ok(())
        })
        .unwrap();
    assert!(seen.len() == 14 && seen.is_sorted());
    let counts = ledger.counts(&RELEASE).unwrap();
    let expected = [(Outcome::Released, 4), (Outcome::Held, 2), (Outcome::Unsupported, 3), (Outcome::Failed, 5)];
    assert_eq!(counts, BTreeMap::from(expected));
    put(&mut ledger, &RELEASE, 0..5, Outcome::Released);
    assert_eq!(
        ledger.counts(&RELEASE).unwrap().get(&Outcome::Released),
        Some(&9),
        "a new outcome takes the old one's place"
    );
}

#[test]
fn sources_stream_in_a_stable_order_and_stop_when_told_to() {
    let (_home, _, mut ledger) = ledger();
    put(&mut ledger, &RELEASE, 0..100, Outcome::Held);
    let mut seen = Vec::new();
    ledger
        .sources_of(&RELEASE, |digest, row| -> Done {
            seen.push((digest, row.code));
            Ok(())
        })
        .unwrap();
    assert!(seen.len() == 100 && seen.is_sorted());
    let mut count = 0;
    let stopped = ledger.sources_of(&RELEASE, |_, _| {
        count += 1;
        if count == 3 { Err(LedgerError::Busy) } else { Ok(()) }
    });
    assert!(matches!(stopped, Err(LedgerError::Busy)) && count == 3);
}

#[test]
fn the_same_content_under_two_patients_is_seen() {
    let (_home, _, mut ledger) = ledger();
    let mut batch = ledger.begin().unwrap();
    for (n, content) in [(0, 50), (3, 50), (6, 51)] {
        batch.put_entry(&RELEASE, &entry(n, Outcome::Held), &digest(content)).unwrap();
        batch.put_source(&RELEASE, &digest(n), &source(n, content)).unwrap();
    }
    batch.commit().unwrap();
    let mut patients = vec![code(0).patient(), code(3).patient()];
    patients.sort();
    let with = |content| ledger.entries_with_content(&RELEASE, &digest(content)).unwrap();
    assert_eq!(with(50).into_iter().map(|e| e.patient).collect::<Vec<_>>(), patients);
    assert_eq!(with(51).len(), 1);
    assert!(ledger.entries_with_content(&OTHER, &digest(50)).unwrap().is_empty());
}

#[test]
fn a_recording_of_a_large_release_is_asked_for_without_walking_it() {
    let (_home, _, mut ledger) = ledger();
    put(&mut ledger, &RELEASE, 0..6000, Outcome::Held);
    let begun = std::time::Instant::now();
    let found = (0..6000).filter(|n| !ledger.entries_with_content(&RELEASE, &digest(*n)).unwrap().is_empty()).count();
    // A walk for each would read 36 million rows, which takes minutes.
    assert!(found == 6000 && begun.elapsed() < Duration::from_secs(5), "{found} in {:?}", begun.elapsed());
}

#[test]
fn of_several_sources_the_caution_of_those_judged_as_today_counts() {
    let (_home, _, mut ledger) = ledger();
    let mut batch = ledger.begin().unwrap();
    batch.put_entry(&RELEASE, &entry(1, Outcome::Held), &digest(50)).unwrap();
    for (n, settings, caution) in [(1, 7, 1), (2, 7, 4), (3, 8, 2), (4, 9, 8)] {
        let row = SourceRow { code: code(1), settings: digest(settings), caution, ..source(n, 50) };
        batch.put_source(&RELEASE, &digest(n), &row).unwrap();
    }
    batch.stand_for(&RELEASE, &code(1), &digest(2)).unwrap();
    batch.commit().unwrap();
    let others = |n, settings: &[u32]| {
        let settings: Vec<Digest> = settings.iter().map(|s| digest(*s)).collect();
        ledger.caution_of_others(&RELEASE, &code(1), &digest(n), &settings).unwrap()
    };
    assert_eq!(
        [others(1, &[7, 8]), others(2, &[7, 8]), others(2, &[7]), others(4, &[9])],
        [Some(4), Some(2), Some(1), None]
    );
    assert!(!ledger.is_only_source(&RELEASE, &code(1)).unwrap() && ledger.is_only_source(&RELEASE, &code(2)).unwrap());
    let standing = |n| !ledger.source(&RELEASE, &digest(n)).unwrap().unwrap().duplicate;
    assert_eq!([1, 3, 4].map(standing), [false; 3]);
}

#[test]
fn a_source_without_an_entry_is_never_stored() {
    let (_home, _, mut ledger) = ledger();
    let mut batch = ledger.begin().unwrap();
    assert!(matches!(batch.put_source(&RELEASE, &digest(1), &source(1, 1)), Err(LedgerError::Orphan)));
    batch.commit().unwrap();
    assert_eq!(ledger.source(&RELEASE, &digest(1)).unwrap(), None);
    put(&mut ledger, &RELEASE, 1..2, Outcome::Held);
    let mut batch = ledger.begin().unwrap();
    assert!(batch.forget_entry(&RELEASE, &code(1)).unwrap());
    assert!(matches!(batch.commit(), Err(LedgerError::Orphan)));
    let mut batch = ledger.begin().unwrap();
    assert!(batch.remove_source(&RELEASE, &digest(1)).unwrap() && !batch.remove_source(&RELEASE, &digest(9)).unwrap());
    assert_eq!(batch.sources_with_code(&RELEASE, &code(1)).unwrap(), 0);
    assert!(batch.forget_entry(&RELEASE, &code(1)).unwrap() && !batch.forget_entry(&RELEASE, &code(1)).unwrap());
    batch.commit().unwrap();
    assert!(ledger.counts(&RELEASE).unwrap().is_empty());
}

fn intent(path: &str) -> Intent {
    Intent { in_release: true, path: path.into() }
}

/// The files as a killed process leaves them: copied while the ledger is open, in the middle of a batch.
#[test]
fn a_crash_between_intend_and_commit_leaves_the_intents_and_nothing_else() {
    let (home, path, mut ledger) = ledger();
    put(&mut ledger, &RELEASE, 0..2, Outcome::Held);
    let intents = [intent("recordings/P-1/P-1-2.jpg"), Intent { in_release: false, path: "held/P-1/x.jpg".into() }];
    ledger.intend(&RELEASE, &intents).unwrap();
    ledger.intend(&OTHER, &[intent("recordings/o")]).unwrap();
    let crashed = home.path().join("crashed");
    fs::create_dir(&crashed).unwrap();
    let copy = |from: &PathBuf| {
        for suffix in ["", "-wal"] {
            let name = format!("ledger.sqlite{suffix}");
            fs::copy(from.with_file_name(&name), crashed.join(&name)).unwrap();
        }
    };
    let mut batch = ledger.begin().unwrap();
    (2..5000).for_each(|n| batch.put_entry(&RELEASE, &entry(n, Outcome::Released), &digest(n)).unwrap());
    batch.clear_intents(&RELEASE).unwrap();
    copy(&path);
    let mut found = Ledger::open(&crashed.join("ledger.sqlite")).unwrap();
    assert_eq!(found.intents(&RELEASE).unwrap(), intents);
    assert_eq!(found.counts(&RELEASE).unwrap(), BTreeMap::from([(Outcome::Held, 2)]));
    found.clear_intents(&RELEASE).unwrap();
    assert!(found.intents(&RELEASE).unwrap().is_empty());
    assert_eq!(found.intents(&OTHER).unwrap().len(), 1, "another release's intents are not ours to undo");
    drop(found);
    batch.commit().unwrap();
    copy(&path);
    let found = Ledger::open(&crashed.join("ledger.sqlite")).unwrap();
    assert!(found.intents(&RELEASE).unwrap().is_empty(), "commit and clearing are one");
    assert_eq!(found.counts(&RELEASE).unwrap().get(&Outcome::Released), Some(&4998));
}

#[test]
fn a_batch_that_is_dropped_stores_nothing() {
    let (_home, _, mut ledger) = ledger();
    let mut batch = ledger.begin().unwrap();
    batch.put_entry(&RELEASE, &entry(0, Outcome::Held), &digest(0)).unwrap();
    drop(batch);
    assert_eq!(ledger.entry(&RELEASE, &code(0)).unwrap(), None);
    put(&mut ledger, &RELEASE, 0..1, Outcome::Held);
}

#[test]
fn paths_that_lead_out_are_refused_in_and_out() {
    let (_home, path, mut ledger) = ledger();
    let bad = ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/.", "C:/x", "a\\..\\x", "a/b/"];
    let mut tried = 0;
    for one in bad {
        assert!(matches!(ledger.intend(&RELEASE, &[intent("a"), intent(one)]), Err(LedgerError::Path)), "{one}");
        tried += 1;
    }
    assert_eq!((tried, ledger.intents(&RELEASE).unwrap().len()), (9, 0));
    ledger.intend(&RELEASE, &[intent("a/b-c.jpg")]).unwrap();
    Connection::open(&path).unwrap().execute("UPDATE intent SET path = '../x'", []).unwrap();
    assert!(matches!(ledger.intents(&RELEASE), Err(LedgerError::Path)));
}

#[test]
fn runs_are_noted_and_completed() {
    let (_home, _, mut ledger) = ledger();
    let mut run = Run {
        id: "r1".into(),
        release: RELEASE,
        started: "2026-11-20T11:00:00Z".into(),
        finished: None,
        counts: BTreeMap::new(),
        tool: "1.0.0".into(),
        profile: [9; 32],
    };
    ledger.record_run(&run).unwrap();
    run.finished = Some("2026-11-20T11:05:00Z".into());
    run.counts.insert(Outcome::Released, 3);
    ledger.record_run(&run).unwrap();
    assert_eq!(ledger.runs(&RELEASE).unwrap(), [run]);
    assert!(ledger.runs(&OTHER).unwrap().is_empty());
}

#[test]
fn a_later_schema_and_foreign_files_are_refused_and_left_as_they_are() {
    let (_home, path, ledger) = ledger();
    drop(ledger);
    let set = |sql: &str| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let later = schema::KNOWN + 1;
    set(&format!("PRAGMA user_version = {later}"));
    let before = fs::read(&path).unwrap();
    assert!(
        matches!(Ledger::open(&path), Err(LedgerError::Newer { found, known }) if found == later && known == schema::KNOWN)
    );
    assert_eq!(fs::read(&path).unwrap(), before);
    set("PRAGMA user_version = 1; PRAGMA application_id = 7");
    assert!(matches!(Ledger::open(&path), Err(LedgerError::NotALedger)));
    let foreign = path.with_file_name("foreign.sqlite");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    assert!(matches!(Ledger::open(&foreign), Err(LedgerError::NotALedger)));
    fs::write(&foreign, "Gwenllian's notes, and long enough to be no header").unwrap();
    assert!(matches!(Ledger::open(&foreign), Err(LedgerError::NotALedger)));
    assert!(matches!(Ledger::open(path.parent().unwrap()), Err(LedgerError::NotALedger)));
}

#[test]
fn an_empty_file_that_a_crash_left_becomes_a_ledger() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("ledger.sqlite");
    fs::write(&path, "").unwrap();
    put(&mut Ledger::open(&path).unwrap(), &RELEASE, 0..1, Outcome::Held);
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    let (_home, path, mut ledger) = ledger();
    put(&mut ledger, &RELEASE, 0..200, Outcome::Held);
    drop(ledger);
    let whole = fs::read(&path).unwrap();
    let (mut tried, mut refused) = (0, 0);
    for at in (0..whole.len()).step_by(whole.len() / 400) {
        let mut changed = whole.clone();
        changed[at..].iter_mut().take(16).for_each(|b| *b ^= 0x55);
        fs::write(&path, changed).unwrap();
        let count = || -> Result<u32, LedgerError> {
            let ledger = Ledger::open(&path)?;
            let mut count = 0;
            ledger.entries(&RELEASE, |_| -> Done {
                count += 1;
                Ok(())
            })?;
            ledger.sources_of(&RELEASE, |_, _| Ok::<_, LedgerError>(()))?;
            Ok(count)
        };
        refused += u32::from(count().is_err());
        tried += 1;
    }
    assert!(tried >= 400 && refused > 40, "{tried} {refused}");
}

#[cfg(unix)]
#[test]
fn the_ledger_and_its_log_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (home, path, mut ledger) = ledger();
    put(&mut ledger, &RELEASE, 0..1, Outcome::Held);
    let mut checked = 0;
    for file in fs::read_dir(home.path()).unwrap() {
        assert!(permission::is_private(&file.unwrap().metadata().unwrap()));
        checked += 1;
    }
    assert_eq!(checked, 3, "the file, its log and its index");
    drop(ledger);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(Ledger::open(&path).unwrap());
    assert!(permission::is_private(&path.metadata().unwrap()));
}

#[test]
fn what_sqlite_says_of_a_file_is_not_repeated() {
    let (_home, _, mut ledger) = ledger();
    assert_eq!(format!("{ledger:?}"), "Ledger");
    assert_eq!(format!("{:?}", ledger.begin().unwrap()), "Batch");
    let error = Ledger::open(&PathBuf::from("/nonexistent/Gwenllian/ledger.sqlite")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("Gwenllian"));
}

#[test]
fn no_question_walks_through_all_sources_or_all_recordings() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.sqlite");
    drop(Ledger::open(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    let texts = [
        include_str!("../store.rs"),
        include_str!("batch.rs"),
        include_str!("bearer.rs"),
        include_str!("again.rs"),
        include_str!("handed.rs"),
        include_str!("withdrawal.rs"),
    ]
    .concat();
    let statement = regex::Regex::new(r#""((?:SELECT|UPDATE|DELETE)[^"]*)""#).unwrap();
    let mut asked = 0;
    for found in statement.captures_iter(&texts) {
        let asks = found[1].replace("{DOUBT}", super::bearer::DOUBT);
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {asks}")).unwrap();
        let nothing = vec![rusqlite::types::Null; plan.parameter_count()];
        let steps: Vec<String> = plan
            .query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3))
            .unwrap()
            .map(|step| step.unwrap())
            .collect();
        // What a lost key file explained is looked for once, when it is found to be lost.
        let rare = found[1].contains("WHERE run = ?1 AND batch = ?2");
        for step in steps.iter().filter(|_| !rare) {
            assert!(!step.starts_with("SCAN entry") && !step.starts_with("SCAN source"), "{step}: {}", &found[1]);
        }
        asked += 1;
    }
    assert!(asked >= 39, "only {asked} statements were found");
}
