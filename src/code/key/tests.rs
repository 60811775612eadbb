//! What the key promises.

use super::*;
use crate::code::coder::Instance;
use crate::code::{audit, identity};
use std::path::{Path, PathBuf};

/// A custody with two guardians, and their identity files.
struct Bench {
    home: tempfile::TempDir,
    custody: Custody,
    identities: [PathBuf; 2],
}

fn bench() -> Bench {
    let home = tempfile::tempdir().unwrap();
    let identities = ["a-identity.txt", "b-identity.txt"].map(|name| home.path().join(name));
    let recipients: Vec<_> = identities.iter().map(|path| identity::create(path).unwrap()).collect();
    let custody = Custody::create(&home.path().join("custody"), &recipients).unwrap();
    Bench { home, custody, identities }
}

fn entry(custody: &Custody, number: u32, source: impl Into<Vec<u8>>) -> KeyEntry {
    let patient = custody.coder().patient(b"", &(number / 2).to_be_bytes());
    KeyEntry {
        code: custody.coder().recording(&patient, Instance::SopInstanceUid(&number.to_be_bytes())),
        patient,
        patient_id: Some(format!("943 476 {number:04}").into()),
        issuer: None,
        patient_name: Some("Llŷr^Gwenllian".into()),
        source: Identifier::new(source),
        consent: Some(r#"{"given_by":"Siân"}"#.into()),
    }
}

fn entries(custody: &Custody, range: std::ops::Range<u32>) -> Vec<KeyEntry> {
    range.map(|n| entry(custody, n, format!("/scans/{n}.dcm"))).collect()
}

fn key_file(custody: &Custody, name: &str) -> PathBuf {
    custody.dir().join(FOLDER).join(name)
}

#[test]
fn every_guardian_opens_what_was_sealed_in_any_script_and_any_bytes() {
    let b = bench();
    let sources: [&[u8]; 4] = [
        "/照片/山田太郎/胸部.jpg".as_bytes(),
        "/lluniau/Llŷr ŵy.dcm".as_bytes(),
        b"/old/M\xfcller\xff.jpg",
        b"/a \"b\"\n\t\\.png",
    ];
    let sealed: Vec<_> = (0..).zip(sources).map(|(n, source)| entry(&b.custody, n, source)).collect();
    seal(&b.custody, "r1", 0, &sealed).unwrap();
    let mut opened = 0;
    for identity in &b.identities {
        let reveal = reveal(&b.custody, identity, &Wanted::All).unwrap();
        assert_eq!(reveal.revealed.iter().map(|one| one.entry.clone()).collect::<Vec<_>>(), sealed);
        assert!(reveal.revealed.iter().all(|one| one.run == "r1") && reveal.troubles.is_empty() && reveal.opened == 1);
        opened += 1;
    }
    assert_eq!(opened, 2);
}

#[test]
fn revealed_json_is_that_of_the_contract() {
    let b = bench();
    let mut own = entry(&b.custody, 1, *b"/x/\xff");
    (own.patient_id, own.patient_name) = (None, None);
    seal(&b.custody, "r1", 0, &[entry(&b.custody, 0, *b"/x/a"), own]).unwrap();
    let json = serde_json::to_value(reveal(&b.custody, &b.identities[0], &Wanted::All).unwrap().revealed).unwrap();
    assert_eq!(json[0]["patient_id"], "943 476 0000");
    assert_eq!(
        (&json[0]["source"], &json[0]["run"], &json[0]["patient_name"]),
        (&"/x/a".into(), &"r1".into(), &"Llŷr^Gwenllian".into())
    );
    assert!(
        json[0].get("consent").is_none() && json[1]["patient_id"].is_null() && json[1]["source_bytes"] == "2f782fff"
    );
    assert_eq!(json[0]["code"].as_str().map(|code| &code[..14]), json[0]["patient"].as_str());
}

#[test]
fn only_what_was_asked_for_is_shown_and_the_rest_is_named_missing() {
    let b = bench();
    seal(&b.custody, "r1", 0, &entries(&b.custody, 0..4)).unwrap();
    seal(&b.custody, "r1", 1, &entries(&b.custody, 4..6)).unwrap();
    let sealed = entries(&b.custody, 0..7);
    let ask = |codes: &[&str]| {
        reveal(&b.custody, &b.identities[0], &Wanted::Codes(codes.iter().map(|c| (*c).to_owned()).collect()))
    };
    let one = ask(&[&sealed[5].code.as_str().to_lowercase()]).unwrap();
    assert!(one.revealed.len() == 1 && one.revealed[0].entry == sealed[5] && one.missing.is_empty());
    let patient = ask(&[sealed[0].patient.as_str(), sealed[6].code.as_str()]).unwrap();
    assert_eq!((patient.revealed.len(), patient.missing), (2, vec![sealed[6].code.as_str().to_owned()]));
    assert!(matches!(ask(&[sealed[0].code.as_str(), "Gwenllian"]), Err(KeyError::NotACode { number: 2 })));
}

#[test]
fn what_two_runs_sealed_is_shown_once_and_two_sources_of_one_code_twice() {
    let b = bench();
    let other = KeyEntry { source: "/copy.dcm".into(), ..entry(&b.custody, 0, "/scans/0.dcm") };
    seal(&b.custody, "r1", 0, &entries(&b.custody, 0..2)).unwrap();
    seal(&b.custody, "r2", 0, &[entries(&b.custody, 0..2), vec![other]].concat()).unwrap();
    let reveal = reveal(&b.custody, &b.identities[0], &Wanted::All).unwrap();
    assert_eq!(reveal.revealed.iter().map(|one| one.run.as_str()).collect::<Vec<_>>(), ["r1", "r1", "r2"]);
}

#[test]
fn a_wrong_identity_is_told_apart_from_a_later_guardian() {
    let mut b = bench();
    let stranger = b.home.path().join("stranger-identity.txt");
    let recipient = identity::create(&stranger).unwrap();
    assert!(reveal(&b.custody, &stranger, &Wanted::All).is_ok(), "nothing is sealed, so nothing is wrong");
    seal(&b.custody, "r1", 0, &entries(&b.custody, 0..2)).unwrap();
    assert!(matches!(reveal(&b.custody, &stranger, &Wanted::All), Err(KeyError::WrongIdentity)));
    b.custody.set_guardians(&[recipient]).unwrap();
    seal(&b.custody, "r2", 0, &entries(&b.custody, 2..3)).unwrap();
    let reveal = reveal(&b.custody, &stranger, &Wanted::All).unwrap();
    assert_eq!(reveal.revealed.len(), 1);
    assert_eq!(reveal.troubles, [Trouble { file: "r1-000000.age".into(), kind: TroubleKind::OtherGuardian }]);
}

#[test]
fn a_sealed_batch_is_never_overwritten_and_nothing_is_left_beside_it() {
    let b = bench();
    seal(&b.custody, "r1", 7, &entries(&b.custody, 0..2)).unwrap();
    let before = fs::read(key_file(&b.custody, "r1-000007.age")).unwrap();
    assert!(matches!(seal(&b.custody, "r1", 7, &entries(&b.custody, 2..3)), Err(KeyError::Exists)));
    assert_eq!(fs::read(key_file(&b.custody, "r1-000007.age")).unwrap(), before);
    seal(&b.custody, "r1", 8, &[]).unwrap();
    assert_eq!(fs::read_dir(key_file(&b.custody, "")).unwrap().count(), 1);
    assert!(permission::is_private(&key_file(&b.custody, "r1-000007.age").metadata().unwrap()));
}

#[test]
fn a_run_s_name_cannot_lead_out_of_the_folder() {
    let b = bench();
    let long = "x".repeat(LONGEST_RUN + 1);
    let mut tried = 0;
    for run in ["", "../x", "a/b", "a.b", "é", "a\0", &long] {
        assert!(matches!(seal(&b.custody, run, 0, &entries(&b.custody, 0..1)), Err(KeyError::Run)));
        tried += 1;
    }
    assert_eq!(tried, 7);
    assert!(seal(&b.custody, "20261120T110700Z-4f_a", 0, &entries(&b.custody, 0..1)).is_ok());
}

#[test]
fn an_entry_longer_than_the_limit_is_refused_and_leaves_nothing() {
    let b = bench();
    let long = entry(&b.custody, 0, vec![b'x'; LONGEST_LINE]);
    assert!(matches!(seal(&b.custody, "r1", 0, &[long]), Err(KeyError::TooLong)));
    assert_eq!(fs::read_dir(key_file(&b.custody, "")).unwrap().count(), 0);
    let fits = entry(&b.custody, 0, vec![b'x'; LONGEST_LINE - 1000]);
    seal(&b.custody, "r1", 0, std::slice::from_ref(&fits)).unwrap();
    assert_eq!(reveal(&b.custody, &b.identities[0], &Wanted::All).unwrap().revealed[0].entry, fits);
}

#[test]
fn a_truncated_key_file_gives_what_is_whole_and_is_named() {
    let b = bench();
    let sealed = entries(&b.custody, 0..1500);
    seal(&b.custody, "r1", 0, &sealed).unwrap();
    let path = key_file(&b.custody, "r1-000000.age");
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() > 3 * 65_536, "several chunks of age");
    let (mut tried, mut some) = (0, 0);
    for part in 0..64 {
        fs::write(&path, &whole[..whole.len() * part / 64]).unwrap();
        let reveal = reveal(&b.custody, &b.identities[0], &Wanted::All).unwrap();
        assert_eq!(reveal.troubles.len(), 1, "{part}");
        assert_eq!(reveal.troubles[0].kind, TroubleKind::Damaged, "{part}");
        assert!(
            reveal.revealed.iter().zip(&sealed).all(|(got, put)| got.entry == *put) && reveal.revealed.len() < 1500
        );
        some += usize::from(!reveal.revealed.is_empty());
        tried += 1;
    }
    assert!(tried == 64 && some > 32);
}

#[test]
fn a_changed_key_file_is_never_believed_and_never_panics() {
    let b = bench();
    let sealed = entries(&b.custody, 0..2);
    seal(&b.custody, "r1", 0, &sealed).unwrap();
    let path = key_file(&b.custody, "r1-000000.age");
    let whole = fs::read(&path).unwrap();
    let mut tried = 0;
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        fs::write(&path, changed).unwrap();
        match reveal(&b.custody, &b.identities[0], &Wanted::All) {
            Ok(reveal) => assert!(reveal.revealed.is_empty() && reveal.troubles.len() == 1, "byte {at}"),
            Err(error) => assert!(matches!(error, KeyError::WrongIdentity), "byte {at}: {error}"),
        }
        tried += 1;
    }
    assert!(tried > 700);
}

#[test]
fn foreign_files_are_named_and_do_not_stop_it() {
    let b = bench();
    seal(&b.custody, "r1", 0, &entries(&b.custody, 0..2)).unwrap();
    let encrypted = |text: &[u8]| age::encrypt(&b.custody.recipients()[0], text).unwrap();
    let endless = [b"age-encryption.org/v1\n".to_vec(), b"-> x\n".repeat(100_000)].concat();
    let files: [(&str, Vec<u8>); 6] = [
        ("a.txt", b"notes".to_vec()),
        ("b.age", encrypted(b"{\"code\":\"x\"}\n")),
        ("c.age", encrypted(b"no line end")),
        ("d.age", encrypted(&vec![b'x'; LONGEST_LINE + 1])),
        ("e.age", endless),
        ("f.age", Vec::new()),
    ];
    for (name, bytes) in &files {
        fs::write(key_file(&b.custody, name), bytes).unwrap();
    }
    fs::create_dir(key_file(&b.custody, "g")).unwrap();
    let reveal = reveal(&b.custody, &b.identities[0], &Wanted::All).unwrap();
    let kinds: Vec<_> = reveal.troubles.iter().map(|t| (t.file.as_str(), t.kind)).collect();
    use TroubleKind::{Damaged, Foreign};
    assert_eq!(
        kinds,
        [
            ("a.txt", Foreign),
            ("b.age", Foreign),
            ("c.age", Damaged),
            ("d.age", Damaged),
            ("e.age", Foreign),
            ("f.age", Damaged),
            ("g", Foreign),
        ]
    );
    assert_eq!(reveal.revealed.len(), 2);
}

#[test]
fn what_a_killed_run_left_is_swept_and_never_read() {
    let b = bench();
    seal(&b.custody, "r1", 0, &entries(&b.custody, 0..1)).unwrap();
    fs::write(key_file(&b.custody, ".sealing-abc.part"), "half").unwrap();
    assert!(reveal(&b.custody, &b.identities[0], &Wanted::All).unwrap().troubles.is_empty());
    let lock = b.custody.lock().unwrap();
    assert_eq!(sweep(&b.custody, &lock).unwrap(), 1);
    assert_eq!(fs::read_dir(key_file(&b.custody, "")).unwrap().count(), 1);
}

#[test]
fn nothing_is_revealed_without_a_line_in_the_audit() {
    let b = bench();
    seal(&b.custody, "r1", 0, &entries(&b.custody, 0..3)).unwrap();
    reveal(&b.custody, &b.identities[0], &Wanted::All).unwrap();
    let mut acts = Vec::new();
    audit::read(&b.custody, |act| acts.push(act)).unwrap();
    assert_eq!((acts.len(), acts[0].what, acts[0].count), (1, audit::Deed::Revealed, 3));
    fs::remove_file(b.custody.dir().join("audit.jsonl")).unwrap();
    fs::create_dir(b.custody.dir().join("audit.jsonl")).unwrap();
    assert!(matches!(reveal(&b.custody, &b.identities[0], &Wanted::All), Err(KeyError::Audit(_))));
}

#[test]
fn nothing_sealed_or_revealed_is_printed() {
    let b = bench();
    seal(&b.custody, "r1", 0, &entries(&b.custody, 0..1)).unwrap();
    let reveal = reveal(&b.custody, &b.identities[0], &Wanted::All).unwrap();
    let text = format!("{reveal:?} {:?}", reveal.revealed[0].entry);
    for value in ["Gwenllian", "943 476", "/scans", "Siân"] {
        assert!(!text.contains(value), "{value}");
    }
}

/// Runs where `age` is installed, and says so where it is not.
#[test]
fn the_stock_age_command_opens_a_key_file_with_the_identity_beside_custody() {
    let home = tempfile::tempdir().unwrap();
    let (custody, identity) = Custody::create_with_identity(&home.path().join("custody")).unwrap();
    let sealed = entries(&custody, 0..2000);
    seal(&custody, "r1", 0, &sealed).unwrap();
    let Some(lines) = stock_age(&identity, &key_file(&custody, "r1-000000.age")) else { return };
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2000);
    assert!(lines.iter().zip(&sealed).all(|(line, entry)| line["code"] == entry.code.as_str() && line["run"] == "r1"));
    assert!(lines[0]["consent"].as_str().unwrap().contains("Siân"));
}

fn stock_age(identity: &Path, file: &Path) -> Option<String> {
    match std::process::Command::new("age").arg("-d").arg("-i").arg(identity).arg(file).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(_) => {
            let _ = writeln!(io::stderr(), "the age command is not installed: not compared with it");
            None
        }
    }
}
