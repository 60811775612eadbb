//! `scrubs inspect` as a person meets it: names for things, no values where no person reads, and what to do.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn inspect(arguments: &[&str], file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_scrubs")).arg("inspect").args(arguments).arg(file).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A JPEG of the fuzz targets with a comment, and a phone's video behind it.
fn motion_photo() -> Vec<u8> {
    let jpeg: &[u8] = include_bytes!("../fuzz/base.jpg");
    let comment = b"\xff\xfe\x00\x11Hoeflich Canary";
    let mut film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    film.extend((2_100_000_u32 - 24).to_be_bytes());
    film.extend(b"mdat");
    film.resize(2_100_000, 0x55);
    [&jpeg[..2], comment, &jpeg[2..], &film].concat()
}

#[test]
fn a_video_behind_a_picture_is_called_that_and_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.jpg");
    fs::write(&file, motion_photo()).unwrap();
    let output = inspect(&[], &file);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("video of 2.1 MB behind the picture  (trailer)"), "{text}");
    assert_eq!(text.matches("trailer").count(), 1, "{text}");
    assert!(text.contains("comment  (COM)") && !text.contains("Canary"), "{text}");
    let json = said(&inspect(&["--format", "json"], &file));
    assert!(json.contains("embedded-video") && !json.contains("Canary"), "{json}");
}

#[test]
fn values_are_for_a_terminal_and_for_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.jpg");
    fs::write(&file, motion_photo()).unwrap();
    for arguments in [&["--show-values"][..], &["--show-values", "--format", "json"]] {
        let output = inspect(arguments, &file);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty() && !String::from_utf8_lossy(&output.stderr).contains("Canary"));
    }
}

#[test]
fn a_refused_file_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.jpg");
    fs::write(&file, &include_bytes!("../fuzz/base.jpg")[..100]).unwrap();
    let text = said(&inspect(&[], &file));
    assert!(text.contains("would be held") && text.contains("  why: ") && text.contains("  what to do: "), "{text}");
}
