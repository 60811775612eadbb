//! A release as a DICOM file-set: a directory that leads to every object, made from the cleaned outputs alone.
#![allow(clippy::unwrap_used)]

mod support;

use dicom_core::Tag;
use dicom_object::open_file;
use scrubs::cut::Source;
use scrubs::inspect::witness_directory;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use support::object::{Element, object};
use support::running::{Home, holders, text, tree};

const PROFILE: &str = "[[assessment]]\nrecordings = \"**\"\nidentifiable = \"no\"\npixels = \"no-marks\"\nby = \"Tester\"\non = \"2026-11-20\"\n";

/// A home with three slices of one patient and a film of another, as they lie on a disc.
fn disc() -> Home {
    let home = Home::new();
    fs::create_dir_all(home.at("disc/IMG")).unwrap();
    for number in 1..=3 {
        fs::write(home.at(&format!("disc/IMG/CT{number}")), object(&Element::ct(number), &[number as u8; 64], 8))
            .unwrap();
    }
    fs::write(home.at("disc/IMG/CR1"), object(&Element::cr(), &[9; 64], 8)).unwrap();
    fs::write(home.at("profile.toml"), PROFILE).unwrap();
    home
}

fn clean(home: &Home, release: &str, more: &[&str], exit: i32) {
    let mut all = vec!["disc", "--to", release, "--custody", "custody", "--profile", "profile.toml"];
    all.extend(more);
    home.clean(&all, exit);
}

/// A record as it lies: its type, its File ID, what is next and what is below.
fn record(bytes: &[u8], at: usize) -> (String, String, usize, usize) {
    assert_eq!(bytes[at..at + 4], *b"\xFE\xFF\0\xE0", "an offset leads to an item");
    let length = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
    let item = &bytes[at + 8..at + 8 + length];
    let value = |tag: &[u8; 4]| -> Option<&[u8]> {
        let found = item.windows(4).position(|w| w == tag)?;
        let length = u16::from_le_bytes(item[found + 6..found + 8].try_into().unwrap()) as usize;
        Some(&item[found + 8..found + 8 + length])
    };
    let number = |tag| u32::from_le_bytes(value(tag).unwrap().try_into().unwrap()) as usize;
    let words = |tag| value(tag).map(|v| text(v).trim_end().to_owned()).unwrap_or_default();
    (words(b"\x04\0\x30\x14"), words(b"\x04\0\0\x15"), number(b"\x04\0\0\x14"), number(b"\x04\0\x20\x14"))
}

/// Follows every link from the first record on: the types on the way to each object, by File ID.
fn follow(bytes: &[u8], mut at: usize, above: &str, out: &mut BTreeMap<String, String>) -> usize {
    let mut last = 0;
    while at != 0 {
        let (kind, file, next, lower) = record(bytes, at);
        let path = format!("{above}/{kind}");
        if !file.is_empty() {
            assert!(out.insert(file, path.clone()).is_none(), "an object is listed once");
        }
        follow(bytes, lower, &path, out);
        (last, at) = (at, next);
    }
    last
}

fn listed(release: &Path) -> BTreeMap<String, String> {
    let object = open_file(release.join("DICOMDIR")).unwrap();
    let number = |element| object.element(Tag(0x0004, element)).unwrap().to_int::<u32>().unwrap() as usize;
    let bytes = fs::read(release.join("DICOMDIR")).unwrap();
    let mut out = BTreeMap::new();
    let last = follow(&bytes, number(0x1200), "", &mut out);
    assert_eq!(last, number(0x1202), "the last patient is where the directory says");
    out
}

/// The recordings of a release, by the File ID that their code gives.
fn recordings(release: &Path) -> BTreeMap<String, Vec<u8>> {
    let objects =
        tree(&release.join("recordings")).into_iter().filter(|(p, _)| p.extension().is_some_and(|e| e == "dcm"));
    let id = |path: PathBuf| {
        let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
        format!("DICOM\\{}\\{}\\{}", &code[2..10], &code[10..14], &code[15..])
    };
    objects.map(|(path, bytes)| (id(path), bytes)).collect()
}

#[test]
fn the_directory_leads_to_every_released_object() {
    let home = disc();
    clean(&home, "release", &["--file-set"], 0);
    let release = home.at("release");
    let (listed, recordings) = (listed(&release), recordings(&release));
    assert_eq!(listed.keys().collect::<Vec<_>>(), recordings.keys().collect::<Vec<_>>());
    assert_eq!(listed.len(), 4);
    for (file, kinds) in &listed {
        assert_eq!(kinds, "/PATIENT/STUDY/SERIES/IMAGE");
        assert_eq!(fs::read(release.join(file.replace('\\', "/"))).unwrap(), recordings[file]);
        assert!(
            file.split('\\')
                .all(|part| part.len() <= 8 && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
        );
    }
    // The first object is what its record says, by a reader that is not ours.
    let directory = open_file(release.join("DICOMDIR")).unwrap();
    let mut compared = 0;
    for item in directory.element(Tag(0x0004, 0x1220)).unwrap().items().unwrap() {
        let word = |tag| item.element(tag).ok().map(|e| e.to_str().unwrap().trim_end_matches(['\0', ' ']).to_owned());
        let Some(file) = word(Tag(0x0004, 0x1500)) else { continue };
        let object = open_file(release.join(file.replace('\\', "/"))).unwrap();
        for (key, own) in [(0x1510, 0x0016), (0x1511, 0x0018)] {
            let own = object.element(Tag(0x0008, own)).unwrap().to_str().unwrap().trim_end_matches('\0').to_owned();
            assert_eq!(word(Tag(0x0004, key)), Some(own));
            compared += 1;
        }
    }
    assert_eq!(compared, 8);
    for planted in
        ["CanaryCt", "CanaryCr", "CANARYMRN", "CANARYACC42", "CanaryStudy", "20190514", "1.2.826.0.1.3680043"]
    {
        assert!(holders(&release, planted).is_empty(), "{planted}");
    }
}

#[test]
fn the_digests_of_a_release_cover_its_file_set() {
    use sha2::{Digest, Sha256};
    let home = disc();
    clean(&home, "release", &["--file-set"], 0);
    let sums = fs::read_to_string(home.at("release/SHA256SUMS")).unwrap();
    let mut tried = 0;
    for (path, bytes) in tree(&home.at("release")) {
        if path == Path::new("SHA256SUMS") {
            continue;
        }
        let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert!(sums.contains(&format!("{digest}  {}\n", path.display())), "{}", path.display());
        tried += usize::from(path.starts_with("DICOM") || path == Path::new("DICOMDIR"));
    }
    assert_eq!(tried, 5);
}

#[test]
fn the_same_recordings_give_the_same_file_set() {
    let home = disc();
    clean(&home, "one", &["--file-set", "--jobs", "1"], 0);
    let first = tree(&home.at("one"));
    clean(&home, "one", &["--file-set"], 0);
    assert!(tree(&home.at("one")) == first, "a second run changes nothing");
    clean(&home, "two", &["--file-set", "--jobs", "3"], 0);
    assert!(tree(&home.at("two")) == first, "another folder, another number of workers");
    fs::write(home.at("profile.toml"), format!("dicom-file-set = true\n{PROFILE}")).unwrap();
    clean(&home, "three", &[], 0);
    assert_eq!(fs::read(home.at("three/DICOMDIR")).unwrap(), first[Path::new("DICOMDIR")], "asked for by the profile");
}

#[test]
fn what_leaves_the_release_leaves_the_file_set() {
    let home = disc();
    clean(&home, "release", &["--file-set"], 0);
    assert_eq!(tree(&home.at("release/DICOM")).len(), 4);
    fs::write(home.at("register.csv"), "patient_id,status\nCANARYMRN-0001,refused\n").unwrap();
    clean(&home, "release", &["--file-set", "--register", "register.csv"], 1);
    assert_eq!((tree(&home.at("release/DICOM")).len(), listed(&home.at("release")).len()), (1, 1));
    clean(&home, "release", &["--register", "register.csv"], 1);
    assert!(!home.at("release/DICOM").exists() && !home.at("release/DICOMDIR").exists());
    assert_eq!(recordings(&home.at("release")).len(), 1);
}

#[test]
fn a_disc_of_somebody_else_is_no_release() {
    let home = disc();
    for name in ["report", "DICOM/IMG"] {
        fs::create_dir_all(home.at("mine").join(name)).unwrap();
    }
    fs::write(home.at("mine/DICOMDIR"), "mine").unwrap();
    let output = home.run(&["clean", "disc", "--to", "mine", "--custody", "custody", "--profile", "profile.toml"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert_eq!(fs::read(home.at("mine/DICOMDIR")).unwrap(), b"mine");
    // Nor is what lies in the folder of objects under names that scrubs does not give ever removed.
    clean(&home, "release", &["--file-set"], 0);
    fs::write(home.at("release/DICOM/README"), "mine").unwrap();
    clean(&home, "release", &[], 0);
    assert_eq!(tree(&home.at("release/DICOM")).len(), 1);
}

#[test]
fn a_killed_runs_leavings_are_taken_up() {
    let home = disc();
    clean(&home, "release", &["--file-set"], 0);
    let whole = tree(&home.at("release"));
    fs::rename(home.at("release/DICOMDIR"), home.at("release/.DICOMDIR.part")).unwrap();
    let one = tree(&home.at("release/DICOM")).into_keys().next().unwrap();
    fs::remove_file(home.at("release/DICOM").join(&one)).unwrap();
    fs::write(home.at("release/DICOM").join(one.parent().unwrap()).join(".part"), "half").unwrap();
    fs::create_dir_all(home.at("release/DICOM/00000000/0000")).unwrap();
    fs::write(home.at("release/DICOM/00000000/0000/00000000"), "gone").unwrap();
    clean(&home, "release", &["--file-set"], 0);
    assert!(tree(&home.at("release")) == whole);
}

#[test]
fn the_witness_sees_every_byte_of_a_directory_that_is_not_so() {
    let home = disc();
    clean(&home, "release", &["--file-set"], 0);
    let directory = fs::read(home.at("release/DICOMDIR")).unwrap();
    let objects = tree(&home.at("release"));
    let mut opener = |file: &[String]| -> std::io::Result<Box<dyn Source>> {
        let found = objects.get(&file.iter().collect::<PathBuf>()).cloned();
        found.map(|bytes| Box::new(bytes) as Box<dyn Source>).ok_or(std::io::ErrorKind::NotFound.into())
    };
    assert_eq!(witness_directory(&directory, &mut opener).unwrap(), 4);
    let data = 144 + u32::from_le_bytes(directory[140..144].try_into().unwrap()) as usize;
    let mut tried = 0;
    for at in data..directory.len() {
        let mut changed = directory.clone();
        changed[at] ^= 1;
        assert!(witness_directory(&changed, &mut opener).is_err(), "byte {at}: {:?}", &directory[at - 8..at + 8]);
        tried += 1;
    }
    assert!(tried > 1000, "only {tried} bytes");
}
