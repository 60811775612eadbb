//! Files made to hang, to fill memory or to overflow: boxes without end, tables of 2^32 entries, nesting, overlaps.

use super::tests::boxed;
use crate::inspect::{Evidence, inspect, witness};
use crate::recording::Format;
use crate::scan;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const HEIC: &[u8] = b"\0\0\0\x14ftypheic\0\0\0\0mif1";

fn full(kind: &[u8; 4], version: u8, content: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[version, 0, 0, 0], content].concat())
}

/// A box whose head says what it likes.
fn lying(length: u32, kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&length.to_be_bytes()[..], kind, content].concat()
}

fn heic(parts: &[Vec<u8>]) -> Vec<u8> {
    [HEIC.to_vec(), full(b"meta", 0, &parts.concat())].concat()
}

/// As many items as fit, each of all bytes of the file.
fn overlapping(items: u16, length: u32) -> Vec<u8> {
    let infe = |id: u16| full(b"infe", 2, &[&id.to_be_bytes()[..], b"\0\0hvc1\0"].concat());
    let infes: Vec<u8> = (0..items).flat_map(infe).collect();
    let place = |id: u16| [&id.to_be_bytes()[..], &[0, 0, 0, 1, 0, 0, 0, 0], &length.to_be_bytes()].concat();
    let places: Vec<u8> = (0..items).flat_map(place).collect();
    let count = items.to_be_bytes();
    heic(&[
        full(b"pitm", 0, &[0, 0]),
        full(b"iinf", 0, &[&count[..], &infes].concat()),
        full(b"iloc", 0, &[&[0x44, 0][..], &count, &places].concat()),
        vec![0; length as usize],
    ])
}

/// Sixty-four thousand items that all are made of each other.
fn entangled() -> Vec<u8> {
    let ids: Vec<u8> = (0..60_000u16).flat_map(u16::to_be_bytes).collect();
    let dimg = |from: u16| boxed(b"dimg", &[&from.to_be_bytes()[..], &60_000u16.to_be_bytes(), &ids].concat());
    heic(&[full(b"iref", 0, &(0..40).flat_map(dimg).collect::<Vec<u8>>())])
}

fn nested(kind: &[u8; 4], deep: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for i in (0..deep as u32).rev() {
        out.extend((8 * (i + 1)).to_be_bytes());
        out.extend(kind);
    }
    out
}

fn cases() -> Vec<(&'static str, Format, Vec<u8>)> {
    use Format::{Avif, Heif, Jp2, JpegXl, JpegXlCodestream};
    let jp2 = |parts: Vec<u8>| [&b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 "[..], &parts].concat();
    let jxl = |parts: Vec<u8>| [&b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl "[..], &parts].concat();
    let many = |kind: &[u8; 4]| (0..120_000).flat_map(|_| boxed(kind, b"")).collect::<Vec<u8>>();
    let siz = b"\0\0\0\0\xff\xff\0\0\xff\xff\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\x40\0\x07\x01\x01";
    let mut tiles = [&b"\xff\x4f\xff\x51\0\x29"[..], siz].concat();
    tiles.extend((0..40_000).flat_map(|_| *b"\xff\x90\0\x0a\0\0\0\0\0\x0e\0\0\xff\x93"));
    let moov = |size: u32, count: u32, each: u32| {
        let stbl = [
            full(b"stsz", 0, &[size.to_be_bytes(), count.to_be_bytes()].concat()),
            full(b"stsc", 0, &[1u32, 1, each, 1].iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<u8>>()),
            full(b"stco", 0, &[1u32, 0].iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<u8>>()),
        ];
        let hdlr = full(b"hdlr", 0, b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0");
        let minf = boxed(b"minf", &boxed(b"stbl", &stbl.concat()));
        [HEIC.to_vec(), boxed(b"moov", &boxed(b"trak", &boxed(b"mdia", &[hdlr, minf].concat())))].concat()
    };
    vec![
        ("nothing", Heif, Vec::new()),
        ("a box of length 0", Heif, [HEIC.to_vec(), lying(0, b"meta", &[0; 40])].concat()),
        ("a box of length 1", Heif, [HEIC.to_vec(), lying(1, b"meta", &[0xff; 8])].concat()),
        ("a box of length 7", Heif, [HEIC.to_vec(), lying(7, b"meta", &[0; 40])].concat()),
        ("a box past the end", Heif, [HEIC.to_vec(), lying(u32::MAX, b"meta", &[0; 40])].concat()),
        ("a child of length 0", Heif, heic(&[lying(0, b"iinf", &[0; 40])])),
        ("a child of length 1", Heif, heic(&[lying(1, b"iinf", &[0xff; 8])])),
        ("nested meta", Heif, [HEIC.to_vec(), nested(b"meta", 10_000)].concat()),
        ("nested moov", Avif, [HEIC.to_vec(), nested(b"moov", 10_000)].concat()),
        ("nested header of JP2", Jp2, jp2([nested(b"res ", 10_000), b"".to_vec()].concat())),
        ("nested inside the header of JP2", Jp2, jp2(boxed(b"jp2h", &nested(b"res ", 10_000)))),
        ("iloc of 2^32 entries", Heif, heic(&[full(b"iloc", 2, &[0, 0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3])])),
        (
            "iloc of 65,535 extents of nothing",
            Heif,
            heic(&[full(b"iloc", 1, &[0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0xff, 0xff])]),
        ),
        (
            "iloc past 2^64",
            Heif,
            heic(&[full(
                b"iloc",
                1,
                &[&[0x88, 0x80, 0, 1, 0, 1, 0, 0, 0, 0][..], &[0xff; 8], &[0, 1], &[0xff; 16]].concat(),
            )]),
        ),
        ("ipma of 2^32 entries", Heif, heic(&[boxed(b"iprp", &full(b"ipma", 0, &[0xff; 12]))])),
        ("iinf of 2^32 entries", Heif, heic(&[full(b"iinf", 1, &[0xff; 12])])),
        ("iref of 65,535 entries", Heif, heic(&[full(b"iref", 0, &boxed(b"dimg", &[0xff; 8]))])),
        ("overlapping items", Heif, overlapping(4_000, 60_000)),
        ("entangled items", Heif, entangled()),
        ("more boxes than there can be", Heif, [HEIC.to_vec(), many(b"free")].concat()),
        ("more properties than there can be", Heif, heic(&[boxed(b"iprp", &boxed(b"ipco", &many(b"free")))])),
        ("2^32 samples of one byte", Avif, moov(1, u32::MAX, u32::MAX)),
        ("2^32 samples of nothing", Avif, moov(0, u32::MAX, u32::MAX)),
        ("samples of 4 GB", Avif, moov(u32::MAX, 200_000, 200_000)),
        ("40,000 tiles of nothing", Jp2, jp2(boxed(b"jp2c", &tiles))),
        ("more boxes of JPEG XL than there can be", JpegXl, jxl(many(b"jxlp"))),
        ("a JPEG XL of ones", JpegXlCodestream, [&b"\xff\x0a"[..], &[0xff; 100_000]].concat()),
        ("a JPEG XL of zeros", JpegXlCodestream, [&b"\xff\x0a"[..], &[0; 2_000_000]].concat()),
    ]
}

#[test]
fn files_made_to_hang_are_held_in_time() {
    let mut tried = 0;
    for (name, format, file) in cases() {
        let start = Instant::now();
        let _ = inspect(&file, format);
        let held = witness(&Evidence { format, original: &file, output: &file, dropped: &[] });
        assert!(held.is_err(), "{name}");
        assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());
        tried += 1;
    }
    assert_eq!(tried, 28);
}

#[test]
fn the_corpus_is_read_in_time() {
    let root = std::env::var_os("SCRUBS_CORPUS").map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    let mut tried = 0;
    for folder in ["photos", "hostile"] {
        for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            let Ok(file) = std::fs::read(entry.path()) else { continue };
            let Ok(format) = scan::sniff(&file) else { continue };
            use Format::{Avif, Heif, J2k, Jp2, JpegXl, JpegXlCodestream};
            if !matches!(format, Heif | Avif | J2k | Jp2 | JpegXl | JpegXlCodestream) {
                continue;
            }
            let start = Instant::now();
            let _ = inspect(&file, format);
            let _ = witness(&Evidence { format, original: &file, output: &file, dropped: &[] });
            assert!(start.elapsed() < Duration::from_secs(5), "{format:?} of {} bytes", file.len());
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
