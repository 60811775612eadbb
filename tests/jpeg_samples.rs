//! JPEG pictures inside films show the same after cleaning, however their tables are put together: a table that nothing
//! uses goes, and those beside it stay readable.
//!
//! ITU-T T.81, B.2.4.1 and B.2.4.2: one segment may hold several tables.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "support/avi.rs"]
mod avi;
#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/film.rs"]
mod film;
#[path = "support/picture.rs"]
mod picture;

use cleaning::{clean, held};
use film::{boxed, video};
use picture::{found, segment};
use scrubs::recording::Format;

/// A JPEG of 16 by 16 pixels, drawn for the fuzz targets: two tables of quantities and four of codes, each alone.
const PICTURE: &[u8] = include_bytes!("../fuzz/base.jpg");
const CANARY: &[u8] = b"CANARY-in-a-table";

/// The payloads of the segments of a marker.
fn payloads(marker: u8) -> Vec<Vec<u8>> {
    let (mut at, mut out) = (2, Vec::new());
    while PICTURE[at + 1] != 0xDA {
        let length = usize::from(PICTURE[at + 2]) * 256 + usize::from(PICTURE[at + 3]);
        if PICTURE[at + 1] == marker {
            out.push(PICTURE[at + 4..at + 2 + length].to_vec());
        }
        at += 2 + length;
    }
    out
}

/// The header of the scan and all behind it.
fn scan() -> &'static [u8] {
    let at = PICTURE.windows(4).position(|bytes| bytes == [0xFF, 0xDA, 0, 12]).unwrap();
    &PICTURE[at..]
}

/// A table of quantities and one of codes that nothing uses.
fn idle(marker: u8, number: u8) -> Vec<u8> {
    if marker == 0xDB {
        return [&[number][..], CANARY, &[1; 64]].concat()[..65].to_vec();
    }
    let mut counts = [0; 16];
    counts[8] = CANARY.len() as u8;
    [&[0x10 | number][..], &counts, CANARY].concat()
}

fn put_together(quantities: &[u8], frame: &[u8], codes: &[u8]) -> Vec<u8> {
    let [first, frame, second] = [(0xDB, quantities), (0xC0, frame), (0xC4, codes)].map(|(m, body)| segment(m, body));
    [&[0xFF, 0xD8][..], &first, &frame, &second, scan()].concat()
}

/// Pictures whose tables stand in one segment, with a table that nothing uses before, between or behind the others.
fn pictures() -> Vec<Vec<u8>> {
    let (quantities, codes) = (payloads(0xDB), payloads(0xC4));
    let mut out = Vec::new();
    for before in 0..=quantities.len() {
        for behind in 0..=codes.len() {
            let (mut first, mut second) = (quantities.clone(), codes.clone());
            first.insert(before, idle(0xDB, 3));
            second.insert(behind, idle(0xC4, 3));
            out.push(put_together(&first.concat(), &payloads(0xC0)[0], &second.concat()));
        }
    }
    out
}

fn pixels(jpeg: &[u8]) -> Vec<u8> {
    image::load_from_memory_with_format(jpeg, image::ImageFormat::Jpeg).unwrap().to_rgb8().into_raw()
}

/// A sample entry of pictures of 16 by 16 pixels.
fn entry(kind: &[u8; 4]) -> Vec<u8> {
    let fields: &[&[u8]] =
        &[&[0, 0, 0, 0, 0, 0, 0, 1], &[0; 16], &[0, 16, 0, 16, 0, 72, 0, 0, 0, 72, 0, 0, 0, 0, 0, 0, 0, 1], &[0; 32]];
    boxed(kind, &[&fields.concat()[..], &[0, 24, 0xFF, 0xFF]].concat())
}

fn check(format: Format, film: &[u8], picture: &[u8]) {
    let place = film.windows(picture.len()).position(|bytes| bytes == picture).unwrap();
    let (output, _) = clean(format, film).unwrap();
    let cleaned = &output[place..place + picture.len()];
    assert!(found(&output, std::str::from_utf8(CANARY).unwrap()).is_none());
    assert_eq!(pixels(cleaned), pixels(PICTURE));
    assert_eq!(held(format, film), None);
    assert!(clean(format, &output).unwrap().0 == output);
}

#[test]
fn a_table_that_nothing_uses_goes_from_a_film_and_those_beside_it_stay_readable() {
    let mut tried = 0;
    for picture in pictures() {
        assert_eq!(pixels(&picture), pixels(PICTURE));
        for (brand, format) in [(*b"qt  ", Format::Mov), (*b"isom", Format::Mp4)] {
            let film = film::film(brand, vec![video(vec![picture.clone()], entry(b"jpeg"))], true, false);
            check(format, &film.bytes(), &picture);
            tried += 1;
        }
    }
    // Bytes behind the description of the picture go, too.
    let frame = [&payloads(0xC0)[0][..], CANARY].concat();
    let picture = put_together(&payloads(0xDB).concat(), &frame, &payloads(0xC4).concat());
    let film = film::film(*b"isom", vec![video(vec![picture.clone()], entry(b"jpeg"))], true, false);
    check(Format::Mp4, &film.bytes(), &picture);
    assert_eq!(tried, 3 * 5 * 2);
}

#[test]
fn and_so_it_does_from_an_avi() {
    let mut tried = 0;
    for picture in pictures() {
        let film = avi::film(&avi::bitmap(b"MJPG", 24, &[]), false, &[(b"00dc", &picture)]);
        check(Format::Avi, &film, &picture);
        tried += 1;
    }
    assert_eq!(tried, 3 * 5);
}

#[test]
fn two_fields_in_one_sample_are_refused_and_filling_behind_one_is_not() {
    let film = |picture: &[u8]| {
        let film = film::film(*b"qt  ", vec![video(vec![picture.to_vec()], entry(b"mjpa"))], true, false).bytes();
        clean(Format::Mov, &film).is_ok()
    };
    let mut tried = 0;
    for (between, behind, stays) in [
        (&b""[..], &b""[..], true),
        (b"\0\0", b"", true),
        (b"\0\xFF", CANARY, true),
        (b"", PICTURE, false),
        (b"\0\0\0", PICTURE, false),
    ] {
        assert_eq!(film(&[PICTURE, between, behind].concat()), stays, "{tried}");
        tried += 1;
    }
    assert_eq!(tried, 5);
}
