//! Inputs that once broke something, each through the round of the fuzz targets; and how many there are.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

#[path = "../fuzz/round.rs"]
mod round;

use std::fs;
use std::path::Path;

/// The targets, as `fuzz/Cargo.toml` names them.
const TARGETS: &[&str] = &[
    "jpeg", "png", "webp", "gif", "tiff", "heif", "jxl", "jp2", "bmp", "icc", "exif", "discover", "bmff", "wav",
    "aiff", "mp3", "flac", "ogg", "matroska", "avi",
];

#[test]
fn what_once_broke_is_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions");
    let mut tried = 0;
    for target in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap()) {
        let name = target.file_name().into_string().unwrap();
        if !target.file_type().unwrap().is_dir() {
            continue;
        }
        assert!(TARGETS.contains(&name.as_str()), "there is no target {name}");
        for case in fs::read_dir(target.path()).unwrap() {
            round::check(&name, &fs::read(case.unwrap().path()).unwrap());
            tried += 1;
        }
    }
    let counted = fs::read_to_string(folder.join("COUNT")).unwrap();
    assert_eq!(tried, counted.trim().parse::<usize>().unwrap(), "fuzz/regressions/COUNT says how many there are");
}

#[test]
fn every_target_takes_nothing_and_rubbish() {
    let mut tried = 0;
    for target in TARGETS {
        for bytes in
            [&b""[..], b"\0", &[0xFF; 300], &[0; 300], b"II*\0\x08\0\0\0\xff\xff", b"RIFF\xff\xff\xff\xffWEBPVP8X"]
        {
            round::check(target, bytes);
            tried += 1;
        }
        let manifest = include_str!("../fuzz/Cargo.toml");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")), "{target}");
    }
    assert_eq!(tried, TARGETS.len() * 6);
}
