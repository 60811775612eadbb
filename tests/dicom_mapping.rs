//! Tables of what was replaced in DICOM objects, sealed into custody on request, and the same codes on two machines.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "support/dicom.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "the makers are shared, and this file uses a part of them")]
mod dicom;
#[path = "support/running.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "the runners are shared, and this file uses a part of them")]
mod running;

use dicom::{Element, Form, elements, file, image, items, text, with};
use running::{Home, copy, holders, tree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A root that stands nowhere but in these objects.
const ROOT: &str = "1.2.826.0.1.3680043.9.9999.46";
/// Attributes with UIDs that relate the slices of a study, and one within a sequence.
const RELATIONS: [u32; 4] = [0x0008_0018, 0x0020_000D, 0x0020_000E, 0x0020_0052];

const CLEARED: &str = "[[assessment]]\nrecordings = \"**\"\nidentifiable = \"no\"\npixels = \"no-marks\"\n\
                       by = \"A. Consultant\"\non = \"2026-11-20\"\n";

fn slice(patient: u32, series: u32, number: u32, more: Vec<Element>) -> Vec<u8> {
    let uid = |kind: u32, n: u32| format!("{ROOT}.{patient}.{kind}.{n}");
    let referred = vec![
        text(0x0008_1150, "UI", "1.2.840.10008.5.1.4.1.1.4"),
        text(0x0008_1155, "UI", uid(3, series * 100 + number % 4 + 1)),
    ];
    let new = vec![
        text(0x0008_0018, "UI", uid(3, series * 100 + number)),
        items(0x0008_1140, vec![referred]),
        text(0x0010_0010, "PN", "CanaryTwin^Olwen"),
        text(0x0010_0020, "LO", format!("CANARYMRN-{patient}")),
        text(0x0020_000D, "UI", uid(1, 1)),
        text(0x0020_000E, "UI", uid(2, series)),
        text(0x0020_0052, "UI", uid(4, 1)),
        text(0x0020_0013, "IS", number.to_string()),
    ];
    let meta = [text(0x0002_0003, "UI", uid(3, series * 100 + number))];
    file(Form::Explicit, &[], &meta, &with(with(image(), new), more), &[])
}

/// A study in two halves: both series and the frame of reference lie across them.
fn study(home: &Home) -> usize {
    let mut written = 0;
    for patient in [1, 2] {
        for series in [1, 2] {
            for number in 1..=4 {
                let half = if number % 2 == 0 { "a" } else { "b" };
                let folder = home.at("study").join(half);
                fs::create_dir_all(&folder).unwrap();
                fs::write(folder.join(format!("{patient}{series}{number}")), slice(patient, series, number, vec![]))
                    .unwrap();
                written += 1;
            }
        }
    }
    written
}

fn profile(home: &Home, text: &str) {
    fs::write(home.at("scrubs.toml"), format!("{text}\n{CLEARED}")).unwrap();
}

fn clean(home: &Home, source: &str, release: &str, custody: &str) {
    home.clean(&[source, "--to", release, "--custody", custody, "--profile", "scrubs.toml"], 0);
}

/// The two tables, put together by the program.
fn tables(home: &Home, custody: &str, identity: &str, out: &str) -> [BTreeMap<String, String>; 2] {
    let ran = home.run(&["key", "mapping", "--custody", custody, "--identity", identity, "--out", out]);
    assert_eq!(ran.status.code(), Some(0), "{}", running::text(&ran.stderr));
    ["uid_mapping.csv", "patid_mapping.csv"].map(|name| table(&fs::read(home.at(out).join(name)).unwrap()))
}

/// A table's pairs; each stands once.
fn table(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut rows = csv::Reader::from_reader(bytes);
    assert_eq!(rows.headers().unwrap(), &["id_old", "id_new"][..]);
    let mut pairs = BTreeMap::new();
    for row in rows.records() {
        let row = row.unwrap();
        assert_eq!(pairs.insert(row[0].to_owned(), row[1].to_owned()), None, "a pair stands twice");
    }
    pairs
}

/// Of every DICOM object below a folder, the values of some attributes; sequences are looked into by their bytes.
fn objects(root: &Path) -> Vec<BTreeMap<u32, String>> {
    let files = tree(root).into_values().filter(|bytes| bytes.get(128..132) == Some(b"DICM"));
    files
        .map(|bytes| {
            let all = elements(&bytes).into_iter();
            all.map(|(tag, _, value)| {
                let value = match tag {
                    // One item with one class and one instance.
                    0x0008_1140 => value[value.len() - referred(&value)..].to_vec(),
                    _ => value,
                };
                (tag, String::from_utf8_lossy(&value).trim_end_matches([' ', '\0']).to_owned())
            })
            .collect()
        })
        .collect()
}

/// How long the last element of a sequence of one item is, (0008,1155) UI.
fn referred(sequence: &[u8]) -> usize {
    let at = sequence.windows(6).rposition(|w| w == b"\x08\x00\x55\x11UI").unwrap();
    sequence.len() - at - 8
}

#[test]
fn the_tables_hold_every_uid_and_patient_number_that_was_replaced_and_nothing_else() {
    let home = Home::new();
    let written = study(&home);
    profile(&home, "dicom-mapping = true");
    clean(&home, "study", "release", "custody");
    let sealed: Vec<PathBuf> = tree(&home.at("custody/key")).into_keys().collect();
    assert!(sealed.iter().any(|p| p.to_string_lossy().ends_with("-000000.uid_mapping.csv.age")), "{sealed:?}");
    assert!(sealed.iter().any(|p| p.to_string_lossy().ends_with("-000000.patid_mapping.csv.age")), "{sealed:?}");
    assert!(tree(&home.at("release")).keys().all(|p| !p.to_string_lossy().contains("mapping")));
    for planted in [ROOT, "CANARYMRN", "CanaryTwin"] {
        assert!(holders(&home.at("release"), planted).is_empty() && holders(&home.at("custody"), planted).is_empty());
    }
    let [uids, patients] = tables(&home, "custody", "custody-identity.txt", "tables");
    let (sources, outputs) = (objects(&home.at("study")), objects(&home.at("release/recordings")));
    assert_eq!((sources.len(), outputs.len()), (written, written));
    let tags = || RELATIONS.into_iter().chain([0x0002_0003, 0x0008_1140]);
    let all = |objects: &[BTreeMap<u32, String>]| -> BTreeSet<Vec<String>> {
        objects.iter().map(|o| tags().map(|tag| o[&tag].clone()).collect()).collect()
    };
    let expected = all(&sources).into_iter().map(|o| o.iter().map(|uid| uids[uid].clone()).collect()).collect();
    assert_eq!(all(&outputs), expected, "every output bears what the table says of its source");
    let had: BTreeSet<&String> = sources.iter().flat_map(|o| tags().map(|tag| &o[&tag])).collect();
    assert_eq!(uids.keys().collect::<BTreeSet<_>>(), had, "no other UID is in the table");
    let codes: BTreeSet<&String> = outputs.iter().map(|o| &o[&0x0010_0020]).collect();
    assert_eq!(patients.keys().collect::<Vec<_>>(), ["CANARYMRN-1", "CANARYMRN-2"]);
    assert_eq!(patients.values().collect::<BTreeSet<_>>(), codes);
    for code in codes {
        assert!(home.at("release/recordings").join(code).is_dir());
    }
    let again =
        home.run(&["key", "mapping", "--custody", "custody", "--identity", "custody-identity.txt", "--out", "tables"]);
    assert_eq!(again.status.code(), Some(2), "tables are not overwritten");
    let audit = fs::read_to_string(home.at("custody/audit.jsonl")).unwrap();
    assert!(audit.contains("\"exported\"") && !audit.contains("CANARY"));
}

#[test]
fn the_stock_age_command_opens_the_tables() {
    if Command::new("age").arg("--version").output().is_err() {
        eprintln!("age is not installed: nothing was tried");
        return;
    }
    let home = Home::new();
    study(&home);
    profile(&home, "dicom-mapping = true");
    clean(&home, "study", "release", "custody");
    let [uids, patients] = tables(&home, "custody", "custody-identity.txt", "tables");
    let mut opened = [BTreeMap::new(), BTreeMap::new()];
    for name in tree(&home.at("custody/key")).into_keys() {
        let name = name.to_string_lossy().into_owned();
        let Some(kind) = ["uid_mapping.csv.age", "patid_mapping.csv.age"].iter().position(|end| name.ends_with(end))
        else {
            continue;
        };
        let mut age = Command::new("age");
        age.arg("-d").arg("-i").arg(home.at("custody-identity.txt")).arg(home.at("custody/key").join(&name));
        let plain = age.output().unwrap();
        assert!(plain.status.success(), "{}", running::text(&plain.stderr));
        opened[kind].extend(table(&plain.stdout));
    }
    assert_eq!(opened, [uids, patients]);
}

#[test]
fn tables_are_kept_only_where_the_profile_asks_for_them() {
    let home = Home::new();
    study(&home);
    profile(&home, "");
    let mapped =
        |home: &Home| tree(&home.at("custody/key")).keys().filter(|p| p.to_string_lossy().contains("mapping")).count();
    clean(&home, "study", "release", "custody");
    assert_eq!(mapped(&home), 0);
    let ran = home.run(&["key", "mapping", "--custody", "custody", "--identity", "custody-identity.txt", "--out", "t"]);
    assert!(ran.status.success() && running::text(&ran.stderr).contains("dicom-mapping = true"));
    // Asked for later, they are made for what was cleaned before, once.
    profile(&home, "dicom-mapping = true");
    let before = tree(&home.at("release/recordings"));
    clean(&home, "study", "release", "custody");
    assert_eq!(mapped(&home), 2);
    clean(&home, "study", "release", "custody");
    assert_eq!(mapped(&home), 2);
    assert_eq!(tree(&home.at("release/recordings")), before);
}

#[test]
fn a_run_killed_at_any_moment_has_sealed_what_it_released_and_the_next_one_ends_it() {
    let home = Home::new();
    study(&home);
    profile(&home, "dicom-mapping = true");
    fs::create_dir_all(home.at("first")).unwrap();
    fs::write(home.at("first/one"), slice(9, 1, 1, vec![])).unwrap();
    clean(&home, "first", "release-first", "custody");
    let arguments = ["clean", "study", "--to", "release", "--custody", "custody", "--profile", "scrubs.toml"];
    let mut looked = 0;
    for (n, wait) in [5, 20, 40, 60, 80, 120, 160, 250, 400].into_iter().enumerate() {
        let mut run = home.command(&arguments).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        run.kill().unwrap();
        run.wait().unwrap();
        let [uids, patients] = tables(&home, "custody", "custody-identity.txt", &format!("killed-{n}"));
        let (new, codes): (BTreeSet<_>, BTreeSet<_>) = (uids.values().collect(), patients.values().collect());
        let released = home.at("release/recordings");
        for object in if released.exists() { objects(&released) } else { Vec::new() } {
            assert!(new.contains(&object[&0x0008_0018]) && codes.contains(&object[&0x0010_0020]));
        }
        looked += 1;
    }
    assert_eq!(looked, 9);
    clean(&home, "study", "release", "custody");
    let [uids, patients] = tables(&home, "custody", "custody-identity.txt", "whole");
    let expected: BTreeSet<String> =
        objects(&home.at("study")).iter().flat_map(|o| RELATIONS.map(|tag| o[&tag].clone())).collect();
    assert!(expected.iter().all(|uid| uids.contains_key(uid)) && patients.len() == 3);
    let sealing = tree(&home.at("custody/key")).into_keys().filter(|name| name.to_string_lossy().contains("sealing"));
    assert_eq!(sealing.count(), 0, "what a killed run left half sealed was swept");
}

#[test]
fn an_object_that_refers_to_thousands_has_a_table_of_its_own() {
    let home = Home::new();
    fs::create_dir_all(home.at("study")).unwrap();
    let refer = |n: u32| vec![text(0x0008_1155, "UI", format!("{ROOT}.7.{n}"))];
    let many = items(0x0008_1140, (0..3000).map(refer).collect());
    fs::write(home.at("study/many"), slice(1, 1, 1, vec![many])).unwrap();
    profile(&home, "dicom-mapping = true");
    clean(&home, "study", "release", "custody");
    let names: Vec<PathBuf> = tree(&home.at("custody/key")).into_keys().collect();
    assert!(names.iter().any(|name| name.to_string_lossy().contains("-long-000000.uid_mapping.csv.age")), "{names:?}");
    let [uids, patients] = tables(&home, "custody", "custody-identity.txt", "tables");
    assert_eq!((uids.len(), patients.len()), (3004, 1));
}

/// Permissions as a careful copy keeps them.
fn tighten(root: &Path) {
    #[cfg(unix)]
    for entry in walkdir::WalkDir::new(root) {
        use std::os::unix::fs::PermissionsExt;
        let entry = entry.unwrap();
        let mode = if entry.file_type().is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(entry.path(), fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[test]
fn two_machines_with_copies_of_one_custody_give_the_same_uids_and_codes() {
    let home = Home::new();
    let written = study(&home);
    profile(&home, "dicom-mapping = true\ndicom-options = [\"retain-longitudinal-modified-dates\"]");
    fs::create_dir_all(home.at("first")).unwrap();
    fs::write(home.at("first/one"), slice(9, 1, 1, vec![])).unwrap();
    clean(&home, "first", "release-first", "custody");
    for copied in ["custody-a", "custody-b"] {
        copy(&home.at("custody"), &home.at(copied));
        tighten(&home.at(copied));
    }
    clean(&home, "study/a", "release-a", "custody-a");
    clean(&home, "study/b", "release-b", "custody-b");
    clean(&home, "study", "release", "custody");
    let recordings = |release: &str| tree(&home.at(release).join("recordings"));
    let (a, b, whole) = (recordings("release-a"), recordings("release-b"), recordings("release"));
    assert_eq!((a.len(), b.len(), whole.len()), (written, written, 2 * written), "a recording and a sidecar each");
    assert!(a.keys().all(|name| !b.contains_key(name)));
    let both: BTreeMap<_, _> = a.into_iter().chain(b).collect();
    assert_eq!(both, whole, "both halves are what one machine makes of the whole, byte for byte");

    // The relations hold across the halves.
    let [one, other] = ["release-a", "release-b"].map(|release| objects(&home.at(release).join("recordings")));
    let of = |objects: &[BTreeMap<u32, String>], tag: u32| -> BTreeSet<String> {
        objects.iter().map(|o| o[&tag].clone()).collect()
    };
    for (tag, count) in [(0x0010_0020, 2), (0x0020_000D, 2), (0x0020_000E, 4), (0x0020_0052, 2)] {
        assert_eq!(of(&one, tag).len(), count, "{tag:08X}");
        assert_eq!(of(&one, tag), of(&other, tag), "{tag:08X}");
    }
    let instances: BTreeSet<String> = of(&one, 0x0008_0018).union(&of(&other, 0x0008_0018)).cloned().collect();
    assert_eq!(instances.len(), written);
    for object in one.iter().chain(&other) {
        assert!(instances.contains(&object[&0x0008_1140]), "a slice refers to one of the other half");
    }
    for objects in [&one, &other] {
        assert!(objects.iter().any(|o| !of(objects, 0x0008_0018).contains(&o[&0x0008_1140])), "across the halves");
    }
    // What both machines sealed is one table.
    let [a, b, all] = ["custody-a", "custody-b", "custody"]
        .map(|custody| tables(&home, custody, "custody-identity.txt", &format!("tables-{custody}")));
    let joined: BTreeMap<_, _> = a[0].iter().chain(&b[0]).collect();
    assert_eq!(joined, all[0].iter().collect());
}

#[test]
fn every_deviation_is_named_in_the_object_and_in_its_sidecar_without_a_value() {
    let home = Home::new();
    fs::create_dir_all(home.at("study")).unwrap();
    // Attributes that the standard does not know, and three that it does.
    let unknown = |n: u32| 0x0018_E000 + n * 2;
    let mut more: Vec<Element> = (0..300).map(|n| text(unknown(n), "LO", "CanaryValue")).collect();
    more.push(text(0x0008_1030, "LO", "CanaryKept"));
    more.push(text(0x0008_103E, "LO", "CanaryReplaced"));
    fs::write(home.at("study/one"), slice(1, 1, 1, more)).unwrap();
    let mut rules = String::from("dicom-options = [\"clean-descriptors\"]\n");
    let mut rule = |tag: u32, rest: &str| {
        rules.push_str(&format!(
            "[[dicom-attribute]]\nattribute = \"({:04X},{:04X})\"\n{rest}\n",
            tag >> 16,
            tag & 0xFFFF
        ));
    };
    (0..300).for_each(|n| rule(unknown(n), "action = \"remove\""));
    rule(0x0008_103E, "action = \"replace\"\nvalue = \"Teaching head\"");
    rule(0x0018_0050, "action = \"keep\"");
    rule(0x0018_9999, "action = \"remove\"");
    profile(&home, &rules);
    clean(&home, "study", "release", "custody");
    let files = tree(&home.at("release/recordings"));
    let (_, sidecar) = files.iter().find(|(name, _)| name.to_string_lossy().ends_with(".json")).unwrap();
    let sidecar: serde_json::Value = serde_json::from_slice(sidecar).unwrap();
    let method: Vec<&str> =
        sidecar["anonymisation"]["method"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
    let said = objects(&home.at("release/recordings"))[0][&0x0012_0063].clone();
    let said: Vec<&str> = said.split('\\').collect();
    let mut compared = 0;
    let expected = (0..300).map(|n| (unknown(n), "remove")).chain([(0x0008_103E, "replace"), (0x0018_0050, "keep")]);
    for (tag, word) in expected {
        let (group, element) = (tag >> 16, tag & 0xFFFF);
        assert!(method.contains(&format!("deviation-{group:04X}.{element:04X}-{word}").as_str()), "{tag:08X}");
        assert!(said.contains(&format!("deviation ({group:04X},{element:04X}) {word}").as_str()), "{tag:08X}");
        compared += 1;
    }
    assert_eq!(compared, 302);
    assert_eq!(said.iter().filter(|line| line.starts_with("deviation")).count(), compared);
    assert_eq!(method.iter().filter(|word| word.starts_with("deviation")).count(), compared);
    assert!(said.iter().all(|line| line.len() <= 64 && !line.contains("Teaching") && !line.contains("Canary")));
}
