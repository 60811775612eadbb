//! Custody as a whole: what was planted in sources is nowhere in it in plain, and two processes keep out of each other's way.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

use scrubs::code::audit::{self, Act, Deed};
use scrubs::code::coder::Instance;
use scrubs::code::custody::Custody;
use scrubs::code::key::{self, KeyEntry, Wanted};
use scrubs::ledger::store::{Intent, Ledger, LedgerError, Run, SourceRow};
use scrubs::ledger::{Entry, Reason};
use scrubs::recording::terms::{Kind, PixelState, Purpose, Usability};
use scrubs::recording::{Format, Identifier, Outcome};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Planted values: they exist nowhere else.
const PLANTED: [&str; 8] = [
    "9434765919",
    "Canary^Gwenllian",
    "Llŷr ap Siôn Ŵyn",
    "山田カナリア",
    "Ysbyty Canary",
    "/scans/山田カナリア/brest.dcm",
    "/lluniau/Llŷr/ŵy.jpg",
    "Canary the Consultant",
];

/// One recording through the whole of custody: sealed, entered, intended, noted.
fn fill(custody: &Custody) -> Entry {
    let coder = custody.coder();
    let patient = coder.patient(PLANTED[4].as_bytes(), PLANTED[0].as_bytes());
    let code = coder.recording(&patient, Instance::SopInstanceUid(b"1.2.3"));
    let entries: Vec<_> = [PLANTED[5].as_bytes(), PLANTED[6].as_bytes(), b"/x/Canary\xff^Gwenllian"]
        .into_iter()
        .map(|source| KeyEntry {
            code: code.clone(),
            patient: patient.clone(),
            patient_id: Some(PLANTED[0].into()),
            issuer: Some(PLANTED[4].into()),
            patient_name: Some(PLANTED[2].into()),
            source: Identifier::new(source),
            consent: Some(format!(r#"{{"given_by":"{}","subject":"{}"}}"#, PLANTED[7], PLANTED[3]).into()),
        })
        .collect();
    key::seal(custody, "r1", 0, &entries).unwrap();
    let entry = Entry {
        code: code.clone(),
        patient,
        outcome: Outcome::Held,
        format: Format::Dicom,
        kind: Kind::XRay,
        purpose: Purpose::Teaching,
        usability: Some(Usability::HoldForReview),
        rules: Vec::new(),
        conditions: Vec::new(),
        reasons: vec![Reason { code: "x".into(), says: "Nobody has looked.".into(), next: "Look.".into() }],
        sha256: None,
        path: None,
        bytes_in: 1,
        bytes_out: 1,
        findings: BTreeMap::new(),
        pixels: PixelState::Unchecked,
        duplicates: 0,
        own_patient: false,
        known: Default::default(),
    };
    let digest = |use_: &str, value: &str| coder.ledger_digest(use_, &[value.as_bytes()]);
    let release = digest("release", "/releases/Ysbyty Canary");
    let mut ledger = Ledger::open(&custody.dir().join("ledger.sqlite")).unwrap();
    ledger.intend(&release, &[Intent { in_release: true, path: format!("recordings/{code}.dcm") }]).unwrap();
    let mut batch = ledger.begin().unwrap();
    let row = SourceRow {
        caution: 0,
        size: 1,
        mtime_ns: 1,
        content: digest("content", PLANTED[1]),
        settings: digest("settings", ""),
        code,
        outcome: Outcome::Held,
        duplicate: false,
        rests: 0,
        doubt: 0,
    };
    batch.put_entry(&release, &entry, &digest("instance", "1.2.3")).unwrap();
    batch.put_source(&release, &digest("source", PLANTED[5]), &row).unwrap();
    batch.commit().unwrap();
    let run = Run {
        id: "r1".into(),
        release,
        started: "2026-11-20T11:00:00Z".into(),
        finished: None,
        counts: BTreeMap::new(),
        tool: "1.0.0".into(),
        profile: [0; 32],
    };
    ledger.record_run(&run).unwrap();
    // Read while the log is there too: a clean close would fold it into the file.
    let searched = search(custody.dir());
    assert!(searched >= 6, "{searched}");
    entry
}

fn forms(value: &str) -> Vec<Vec<u8>> {
    let wide = |bytes: fn(u16) -> [u8; 2]| value.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let hex: String = value.bytes().map(|b| format!("{b:02x}")).collect();
    let json = serde_json::to_string(value).unwrap();
    vec![
        value.as_bytes().to_vec(),
        value.to_uppercase().into_bytes(),
        wide(u16::to_le_bytes),
        wide(u16::to_be_bytes),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        json.trim_matches('"').as_bytes().to_vec(),
    ]
}

/// Searches every file below `dir`, key files included (they are ciphertext), and every file's name.
fn search(dir: &Path) -> u32 {
    let mut searched = 0;
    for entry in walkdir::WalkDir::new(dir) {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        let bytes = if entry.file_type().is_file() { fs::read(entry.path()).unwrap() } else { Vec::new() };
        for value in PLANTED {
            assert!(!name.contains(value), "a name under custody holds a planted value");
            for form in forms(value) {
                assert!(!bytes.windows(form.len()).any(|w| w == form), "{name} holds a planted value");
            }
        }
        searched += u32::from(entry.file_type().is_file());
    }
    searched
}

fn custody() -> (tempfile::TempDir, Custody, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let (custody, identity) = Custody::create_with_identity(&home.path().join("custody")).unwrap();
    (home, custody, identity)
}

#[test]
fn nothing_planted_lies_in_custody_in_plain_and_all_of_it_comes_back_with_the_identity() {
    let (home, custody, identity) = custody();
    let entry = fill(&custody);
    audit::append(&custody, &Act::new(Deed::Located, [entry.code.as_str().to_owned()])).unwrap();
    let reveal = key::reveal(&custody, &identity, &Wanted::All).unwrap();
    assert!(search(home.path()) >= 6);
    let json = serde_json::to_string(&reveal.revealed).unwrap();
    let mut found = 0;
    for value in [PLANTED[0], PLANTED[2], PLANTED[4], PLANTED[5], PLANTED[6]] {
        assert!(json.contains(value));
        found += 1;
    }
    assert_eq!((found, reveal.revealed.len()), (5, 3));
    assert!(!format!("{reveal:?} {custody:?}").contains("Canary"));
}

#[test]
fn the_search_would_find_what_it_looks_for() {
    let home = tempfile::tempdir().unwrap();
    let mut caught = 0;
    for (n, form) in forms(PLANTED[3]).into_iter().enumerate() {
        let dir = home.path().join(n.to_string());
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("file"), [b"before".to_vec(), form, b"after".to_vec()].concat()).unwrap();
        assert!(std::panic::catch_unwind(|| search(&dir)).is_err());
        caught += 1;
    }
    assert_eq!(caught, 7);
}

#[cfg(unix)]
#[test]
fn every_file_in_a_used_custody_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (home, custody, identity) = custody();
    fill(&custody);
    let _lock = custody.lock().unwrap();
    key::reveal(&custody, &identity, &Wanted::All).unwrap();
    let mut checked = 0;
    for entry in walkdir::WalkDir::new(home.path()).min_depth(1) {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if entry.file_type().is_dir() { 0o700 } else { 0o600 }, "{:?}", entry.file_name());
        checked += 1;
    }
    assert!(checked >= 11, "{checked}");
}

#[test]
fn two_ledgers_on_one_file_read_together_and_write_one_after_the_other() {
    let (_home, custody, _) = custody();
    fill(&custody);
    let path = custody.dir().join("ledger.sqlite");
    let (mut one, two) = (Ledger::open(&path).unwrap(), Ledger::open(&path).unwrap());
    let release = custody.coder().ledger_digest("release", &[b"/releases/Ysbyty Canary"]);
    let mut batch = one.begin().unwrap();
    batch.clear_intents(&release).unwrap();
    assert_eq!(two.intents(&release).unwrap().len(), 1, "what is not committed is not seen");
    batch.commit().unwrap();
    assert_eq!(two.intents(&release).unwrap().len(), 0);
    let writers: Vec<_> = (0..4u8)
        .map(|n| {
            let path = path.clone();
            std::thread::spawn(move || -> Result<(), LedgerError> {
                let mut ledger = Ledger::open(&path)?;
                (0..10).try_for_each(|i| {
                    ledger.intend(&[n; 32], &[Intent { in_release: false, path: format!("held/{i}") }])
                })
            })
        })
        .collect();
    writers.into_iter().for_each(|writer| writer.join().unwrap().unwrap());
    assert_eq!((0..4u8).map(|n| two.intents(&[n; 32]).unwrap().len()).sum::<usize>(), 40);
}
