//! Rough treatment: cut-off and flipped files never panic, and the whole corpus is read in time where it is at hand.

use super::{Evidence, fixture, inspect, supports, witness};
use crate::finding::{Action, Code};
use crate::recording::Format;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn samples() -> [(Format, Vec<u8>); 3] {
    [(Format::Jpeg, fixture::jpeg()), (Format::Png, fixture::png()), (Format::Dicom, fixture::dicom_original())]
}

fn both(format: Format, original: &Vec<u8>, output: &Vec<u8>) -> bool {
    let _ = inspect(output, format);
    let dropped = Vec::from_iter(Some(0..original.len() as u64));
    witness(&Evidence { format, original, output, dropped: &dropped }).is_ok()
}

#[test]
fn cut_off_files_never_panic_and_are_never_cleared() {
    let mut tried = 0;
    for (format, whole) in samples() {
        for i in 0..64 {
            let cut = whole[..whole.len() * i / 64].to_vec();
            assert!(!both(format, &whole, &cut), "{format:?} {i}");
            both(format, &cut, &whole);
            tried += 1;
        }
    }
    assert_eq!(tried, 3 * 64);
}

#[test]
fn flipped_bits_never_panic() {
    let mut tried = 0;
    for (format, whole) in samples() {
        for i in 0..256usize {
            let mut bad = whole.clone();
            let bit = i * 7919 % (bad.len() * 8);
            bad[bit / 8] ^= 1 << (bit % 8);
            both(format, &whole, &bad);
            both(format, &bad, &whole);
            tried += 1;
        }
    }
    assert_eq!(tried, 3 * 256);
}

#[test]
fn deep_nesting_ends() {
    let mut part = fixture::element(0x0010_0010, b"PN", b"Canary");
    for _ in 0..200 {
        part = fixture::sequence(0x0008_1140, &[part]);
    }
    let file = [fixture::dicom_head(&[]), part].concat();
    let outcome = inspect(&file, Format::Dicom);
    assert_eq!(outcome.map_err(|t| t.code()).err(), Some("too-large"));
}

#[test]
fn what_a_person_would_name_is_named() {
    let film = [&b"\0\0\0\x18ftypmp42"[..], &[0; 20_000]].concat();
    let mut parts = fixture::jpeg_parts();
    parts.insert(2, fixture::segment(super::jpeg::COM, b"Canary"));
    parts.insert(3, fixture::segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x/>"));
    parts.push(film);
    let found = inspect(&parts.concat(), Format::Jpeg).unwrap();
    let labels: Vec<&str> = found.findings.iter().map(|f| f.label.as_str()).collect();
    assert_eq!(
        labels,
        ["comment", "XMP block", "orientation", "video of 20 KB behind the picture", "pixels not checked"]
    );
    assert_eq!((found.width, found.height), (Some(24), Some(16)));
    assert_eq!(
        found.values().next().map(|(f, v)| (f.code, v.reveal_text())),
        Some((Code::Comment, "Canary".to_owned()))
    );
    let object = inspect(&fixture::dicom_original(), Format::Dicom).unwrap();
    let has = |code| object.findings.iter().any(|f| f.code == code);
    for code in [Code::DicomName, Code::DicomId, Code::DicomDate, Code::DicomUid, Code::DicomPadding] {
        assert!(has(code), "{code}");
    }
    assert_eq!(object.year(), Some(2019));
    assert!(!format!("{object:?}").contains("Canary"));
    let last = object.findings.last().unwrap();
    assert_eq!((last.code, last.action), (Code::PixelsUnchecked, Action::Look));
}

#[test]
fn the_corpus_is_read_in_time() {
    let root = std::env::var_os("SCRUBS_CORPUS").map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    let mut tried = 0;
    for folder in ["photos", "dicom", "hostile", "xray-open"] {
        for path in files(&root.join(folder)) {
            let Some(format) = format(&path) else { continue };
            let data = std::fs::read(&path).unwrap();
            let start = Instant::now();
            let _ = inspect(&data, format);
            let taken = start.elapsed();
            assert!(supports(format) && taken < Duration::from_secs(5), "{taken:?}");
            tried += 1;
        }
    }
    if tried == 0 {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "no corpus at hand: nothing was read");
    } else {
        assert!(tried > 100, "{tried}");
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|e| Some(e.ok()?.path())).collect()
}

fn format(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()? {
        "jpg" => Some(Format::Jpeg),
        "png" => Some(Format::Png),
        "dcm" => Some(Format::Dicom),
        _ => None,
    }
}
