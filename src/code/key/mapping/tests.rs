//! What the sealed tables promise.

use super::*;
use crate::code::key::{Wanted, reveal, seal};
use std::path::PathBuf;

struct Bench {
    home: tempfile::TempDir,
    custody: Custody,
    identity: PathBuf,
}

fn bench() -> Bench {
    let home = tempfile::tempdir().unwrap();
    let identity = home.path().join("identity.txt");
    let recipient = identity::create(&identity).unwrap();
    let custody = Custody::create(&home.path().join("custody"), &[recipient]).unwrap();
    Bench { home, custody, identity }
}

fn mapping(uids: std::ops::Range<u32>, patients: &[(&str, &str)]) -> Mapping {
    let mut mapping = Mapping::default();
    for n in uids {
        assert!(mapping.uid(format!("1.2.840.{n}").as_bytes(), &format!("2.25.{n}")));
    }
    patients.iter().for_each(|(old, new)| mapping.patient((*old).into(), new));
    mapping
}

fn tables(b: &Bench, to: &str) -> (Gathered, [String; 2]) {
    let to = b.home.path().join(to);
    let gathered = gather_mapping(&b.custody, &b.identity, &to).unwrap();
    let read = |table: Table| fs::read_to_string(to.join(table.file())).unwrap();
    (gathered, [read(Table::Uids), read(Table::Patients)])
}

#[test]
fn each_pair_of_all_runs_stands_once_under_the_columns() {
    let b = bench();
    seal_mapping(&b.custody, "r1", "000000", &mapping(0..3, &[("943 476", "P-1"), ("a,\"b\"\nc", "P-2")])).unwrap();
    seal_mapping(&b.custody, "r1", "000001", &mapping(2..5, &[])).unwrap();
    seal_mapping(&b.custody, "r2", "000000", &mapping(0..5, &[("943 476", "P-1"), ("943 476", "P-3")])).unwrap();
    let (gathered, [uids, patients]) = tables(&b, "out");
    assert_eq!((gathered.uids, gathered.patients, gathered.troubles.len()), (5, 3, 0));
    let mut lines: Vec<&str> = uids.lines().collect();
    assert_eq!(lines.remove(0), "id_old,id_new");
    lines.sort_unstable();
    assert_eq!(lines, (0..5).map(|n| format!("1.2.840.{n},2.25.{n}")).collect::<Vec<_>>());
    let mut rows = csv::Reader::from_reader(patients.as_bytes());
    assert_eq!(rows.headers().unwrap(), &COLUMNS[..]);
    let mut rows: Vec<[String; 2]> = rows.records().map(|r| r.unwrap()).map(|r| [r[0].into(), r[1].into()]).collect();
    rows.sort();
    let expected = [["943 476", "P-1"], ["943 476", "P-3"], ["a,\"b\"\nc", "P-2"]];
    assert_eq!(rows, expected.map(|pair| pair.map(str::to_owned)));
}

#[test]
fn however_few_are_told_apart_at_a_time_each_pair_stands_once() {
    let b = bench();
    seal_mapping(&b.custody, "r1", "000000", &mapping(0..40, &[])).unwrap();
    seal_mapping(&b.custody, "r2", "000000", &mapping(20..60, &[])).unwrap();
    let names = ["r1-000000.uid_mapping.csv.age", "r2-000000.uid_mapping.csv.age"].map(str::to_owned);
    let identities = identity::read(&b.identity).unwrap();
    let mut tried = 0;
    for at_a_time in [1, 7, 79, 80, 81] {
        let mut gathering =
            Gathering { custody: &b.custody, identities: &identities, at_a_time, troubles: Vec::new(), opened: 0 };
        let mut output = Vec::new();
        assert_eq!(gathering.write(|| names.iter(), &mut output).unwrap(), 60);
        let mut lines: Vec<&str> = std::str::from_utf8(&output).unwrap().lines().collect();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!((lines.len(), gathering.opened), (60, 2));
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn what_nobody_mapped_makes_no_file_and_tables_without_lines() {
    let b = bench();
    seal_mapping(&b.custody, "r1", "000000", &Mapping::default()).unwrap();
    assert_eq!(fs::read_dir(b.custody.dir().join(FOLDER)).unwrap().count(), 0);
    assert_eq!(tables(&b, "out").1, ["id_old,id_new\n", "id_old,id_new\n"]);
}

#[test]
fn tables_are_neither_overwritten_nor_sealed_twice_nor_mistaken_for_the_key() {
    let b = bench();
    seal_mapping(&b.custody, "r1", "000000", &mapping(0..1, &[])).unwrap();
    let again = seal_mapping(&b.custody, "r1", "000000", &mapping(0..1, &[]));
    assert!(matches!(again, Err(KeyError::Exists)));
    for part in ["", "../x", "a.b"] {
        assert!(matches!(seal_mapping(&b.custody, "r1", part, &mapping(0..1, &[])), Err(KeyError::Run)));
    }
    seal(&b.custody, "r1", 0, &[]).unwrap();
    let revealed = reveal(&b.custody, &b.identity, &Wanted::All).unwrap();
    assert!(revealed.troubles.is_empty() && revealed.revealed.is_empty());
    tables(&b, "out");
    let second = gather_mapping(&b.custody, &b.identity, &b.home.path().join("out"));
    assert!(matches!(second, Err(KeyError::TableExists)));
    assert!(is_table("20261120T1-ab-000001.uid_mapping.csv.age") && is_table("r.patid_mapping.csv.age"));
    assert!(!is_table("r-000001.age") && !is_table("uid_mapping.csv.age") && !is_table("r.uid_mapping.csv"));
}

#[test]
fn a_stranger_gets_nothing_and_a_damaged_table_is_told() {
    let b = bench();
    seal_mapping(&b.custody, "r1", "000000", &mapping(0..9, &[])).unwrap();
    seal_mapping(&b.custody, "r1", "000001", &mapping(9..12, &[])).unwrap();
    let stranger = b.home.path().join("stranger.txt");
    identity::create(&stranger).unwrap();
    let denied = gather_mapping(&b.custody, &stranger, &b.home.path().join("none"));
    assert!(matches!(denied, Err(KeyError::WrongIdentity)));
    assert!(!b.home.path().join("none/uid_mapping.csv").exists());
    let name = b.custody.dir().join(FOLDER).join("r1-000000.uid_mapping.csv.age");
    let bytes = fs::read(&name).unwrap();
    fs::write(&name, &bytes[..bytes.len() - 5]).unwrap();
    let (gathered, _) = tables(&b, "out");
    assert_eq!((gathered.uids, gathered.troubles.len()), (3, 1));
    assert_eq!(gathered.troubles[0].kind, TroubleKind::Damaged);
}

#[test]
fn one_object_is_not_noted_without_end() {
    let mut mapping = Mapping::default();
    for n in 0..MOST_UIDS {
        assert!(mapping.uid(n.to_string().as_bytes(), "2.25.1"));
    }
    assert!(!mapping.uid(b"one more", "2.25.1") && mapping.uid(b"0", "2.25.1"));
    assert_eq!(format!("{mapping:?}").matches("‹identifier›").count(), MOST_UIDS);
}
