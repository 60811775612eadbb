//! Faces: the model is the one that was measured, no size makes the detector fail, and radiographs have none.
#![allow(clippy::print_stderr, reason = "a test says what it could not look at")]

use super::*;
use crate::pixels::Samples;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

#[test]
fn the_model_is_the_one_that_was_measured() {
    let digest: String = Sha256::digest(MODEL).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "c4619d066ed35e84d9a8e842860b0dff567aba0cbb139881075538761db3ff5d");
    assert!(model().is_some());
}

#[test]
fn no_size_and_no_depth_makes_it_fail() {
    let sides = [1, 2, 19, 39, 40, 41, 45, 57];
    let mut tried = 0;
    for (width, height) in sides.into_iter().flat_map(|w| sides.map(|h| (w, h))).chain([(1_700, 40), (40, 1_500)]) {
        let noise = |n: u32| n.wrapping_mul(2_654_435_761) >> 16;
        let count = width * height;
        let picture = match tried % 3 {
            0 => Picture::new(width, height, 1, 8, Samples::U8((0..count).map(|n| noise(n) as u8).collect())),
            1 => Picture::new(width, height, 3, 8, Samples::U8((0..3 * count).map(|n| noise(n) as u8).collect())),
            _ => Picture::new(width, height, 1, 16, Samples::U16(vec![7; count as usize])),
        };
        let marks = find(&picture.expect("a picture"));
        assert!(marks.iter().all(|mark| mark.class.is_of_face() && mark.action == Action::Flag));
        assert!(
            marks
                .iter()
                .all(|mark| !mark.area.is_empty() && mark.area.right() <= width && mark.area.bottom() <= height)
        );
        tried += 1;
    }
    assert_eq!(tried, 66);
}

#[test]
fn a_place_seen_in_a_turned_picture_is_where_it_lies() {
    // A copy of 100 × 60 with a mark at (10, 20), 7 wide and 5 high.
    let at = (10, 20, 7, 5);
    let mut seen = at;
    let (mut width, mut height) = (100, 60);
    for turns in 0..4 {
        assert_eq!(back(seen, turns, (100, 60)), at, "{turns}");
        seen = (height - seen.1 - seen.3, seen.0, seen.3, seen.2);
        (width, height) = (height, width);
    }
    assert_eq!((width, height), (100, 60));
    assert_eq!(stored((10, 20, 7, 5), (100, 60), 0, (1_000, 600)), Some(Area::new(100, 200, 70, 50)));
    assert_eq!(stored((-5, 20, 10, 5), (100, 60), 0, (100, 60)), Some(Area::new(0, 20, 5, 5)));
    assert_eq!(stored((-50, 20, 10, 5), (100, 60), 25, (100, 60)), None);
}

fn pictures(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let known = |path: &PathBuf| path.extension().is_some_and(|e| ["jpg", "png"].iter().any(|known| e == *known));
    let mut all: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(known).collect();
    all.sort();
    all
}

/// Decodes a picture, its long side at most so many pixels: debug builds are slow.
fn decoded(path: &Path, side: u32) -> image::DynamicImage {
    let picture = image::ImageReader::open(path).and_then(|r| r.with_guessed_format()).expect("readable");
    picture.decode().expect("a picture").thumbnail(side, side)
}

fn grey(picture: &image::DynamicImage) -> Picture {
    let grey = picture.to_luma8();
    Picture::new(grey.width(), grey.height(), 1, 8, Samples::U8(grey.into_raw())).expect("a picture")
}

#[test]
fn radiographs_have_no_faces() {
    let corpus = std::env::var_os("SCRUBS_CORPUS").map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    let all = pictures(&corpus.join("xray-open"));
    if all.is_empty() {
        eprintln!("no corpus: nothing was looked at");
        return;
    }
    for path in &all {
        assert_eq!(find(&grey(&decoded(path, 600))), [], "{:?}", path.file_name());
    }
    assert!(all.len() >= 20, "only {}", all.len());
}

/// Needs a folder of photographs with one or more whole faces each, named in SCRUBS_FACES: none that is free to use lies here,
/// and the detector takes no drawing for a face.
#[test]
fn every_whole_face_is_found_in_every_quarter_turn() {
    let all = std::env::var_os("SCRUBS_FACES").map(|folder| pictures(Path::new(&folder))).unwrap_or_default();
    if all.is_empty() {
        eprintln!("SCRUBS_FACES names no pictures of faces: nothing was looked at");
        return;
    }
    let mut tried = 0;
    for path in &all {
        let mut picture = decoded(path, 1_600);
        for turn in 0..4 {
            let marks = find(&grey(&picture));
            assert!(marks.iter().any(|mark| mark.class == Class::Face), "{:?}, turn {turn}", path.file_name());
            picture = picture.rotate90();
            tried += 1;
        }
    }
    assert_eq!(tried, 4 * all.len());
}
