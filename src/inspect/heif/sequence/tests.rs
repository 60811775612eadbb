//! Planted leaks and near misses for image sequences.

use super::super::tests::boxed;
use crate::inspect::{Evidence, inspect, witness};
use crate::recording::Format;

const FRAME: &[u8] = &[0x32, 3, 1, 2, 3];
const TELLING: &[u8] = &[0x2a, 7, 4, b'C', b'a', b'n', b'a', b'r', b'y'];
const BLANK: &[u8] = &[0x7a, 7, 0, 0, 0, 0, 0, 0, 0x80];

/// A sequence of two frames in one track, and what may be planted in it.
#[derive(Clone)]
struct Film {
    time: u32,
    handler: [u8; 4],
    name: Vec<u8>,
    encoder: [u8; 32],
    setting: Vec<u8>,
    more_track: Vec<u8>,
    more_moov: Vec<u8>,
    frames: [Vec<u8>; 2],
    behind: Vec<u8>,
    matrix: u8,
    pause: u8,
}

impl Film {
    fn clean() -> Self {
        Film {
            time: 0,
            handler: *b"pict",
            name: vec![0],
            encoder: [0; 32],
            setting: Vec::new(),
            more_track: Vec::new(),
            more_moov: Vec::new(),
            frames: [[BLANK, FRAME].concat(), FRAME.to_vec()],
            behind: vec![0; 9],
            matrix: 1,
            pause: 5,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let ftyp = boxed(b"ftyp", b"avis\0\0\0\0avifmsf1iso8");
        let start = ftyp.len() + self.moov(0).len() + 8;
        let media = [&self.frames[0][..], &self.frames[1], &self.behind].concat();
        [ftyp, self.moov(start as u32), boxed(b"mdat", &media)].concat()
    }

    fn moov(&self, start: u32) -> Vec<u8> {
        let full = |kind, content: &[u8]| boxed(kind, &[&[0; 4], content].concat());
        let time = [self.time.to_be_bytes(), self.time.to_be_bytes()].concat();
        let zeros = |n: usize| vec![0u8; n];
        let mvhd = [
            &time[..],
            &[0, 0, 0, 90, 0, 0, 0, 9],
            &[0, 1, 0, 0, 1, 0],
            &zeros(10),
            &zeros(36),
            &zeros(24),
            &[0, 0, 0, 2],
        ]
        .concat();
        let matrix = [&zeros(35)[..], &[self.matrix]].concat();
        let tkhd = [&time[..], &[0, 0, 0, 1], &zeros(4), &[0, 0, 0, 9], &zeros(16), &matrix, &zeros(8)].concat();
        let mdhd = [&time[..], &[0, 0, 0, 90, 0, 0, 0, 9, 0x55, 0xc4, 0, 0]].concat();
        let hdlr = [&[0; 4][..], &self.handler, &[0; 12], &self.name].concat();
        let av1c = boxed(b"av1C", &[0x81, 0, 0, 0]);
        let entry = [
            &[0, 0, 0, 0, 0, 0, 0, 1][..],
            &zeros(16),
            &[0, 64, 0, 48],
            &zeros(12),
            &[0, 1],
            &self.encoder,
            &[0, 24, 0xff, 0xff],
            &av1c,
            &self.setting,
        ]
        .concat();
        let row = |all: &[u32]| all.iter().flat_map(|n| n.to_be_bytes()).collect::<Vec<u8>>();
        let sizes = [self.frames[0].len() as u32, self.frames[1].len() as u32];
        let stbl = [
            full(b"stsd", &[&[0, 0, 0, 1][..], &boxed(b"av01", &entry)].concat()),
            full(b"stts", &row(&[1, 2, u32::from(self.pause)])),
            full(b"stsc", &row(&[1, 1, 2, 1])),
            full(b"stsz", &row(&[0, 2, sizes[0], sizes[1]])),
            full(b"stco", &row(&[1, start])),
        ];
        let dinf = boxed(b"dinf", crate::inspect::heif::output::SAME_FILE);
        let minf = boxed(b"minf", &[full(b"vmhd", &zeros(8)), dinf, boxed(b"stbl", &stbl.concat())].concat());
        let mdia = boxed(b"mdia", &[full(b"mdhd", &mdhd), full(b"hdlr", &hdlr), minf].concat());
        let trak = boxed(b"trak", &[full(b"tkhd", &tkhd), mdia, self.more_track.clone()].concat());
        boxed(b"moov", &[full(b"mvhd", &mvhd), trak, self.more_moov.clone()].concat())
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Vec<u8> {
        change(&mut self);
        self.bytes()
    }
}

fn word(original: &[u8], output: &[u8]) -> &'static str {
    let (original, output) = (original.to_vec(), output.to_vec());
    let held = witness(&Evidence { format: Format::Avif, original: &original, output: &output, dropped: &[] });
    held.map_or_else(|t| t.code(), |_| "cleared")
}

#[test]
fn what_is_planted_in_a_sequence_is_held_and_near_misses_are_not() {
    let clean = Film::clean;
    let original = clean().with(|f| {
        f.time = 3_700_000_000;
        f.name = b"Canary\0".to_vec();
        f.encoder[..7].copy_from_slice(b"\x06Canary");
        f.frames[0] = [TELLING, FRAME].concat();
        f.behind = b"Canary!!!".to_vec();
        f.more_moov = boxed(b"udta", b"Canary");
    });
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("as it is", clean().bytes(), "cleared"),
        ("original", original.clone(), "residue"),
        ("times", clean().with(|f| f.time = 1), "residue"),
        ("name of the handler", clean().with(|f| f.name = b"Canary\0".to_vec()), "residue"),
        ("name of the encoder", clean().with(|f| f.encoder[3] = b'C'), "residue"),
        ("sound", clean().with(|f| f.handler = *b"soun"), "residue"),
        ("user data", clean().with(|f| f.more_track = boxed(b"udta", b"")), "residue"),
        ("meta in a track", clean().with(|f| f.more_track = boxed(b"meta", b"")), "residue"),
        ("free space", clean().with(|f| f.more_moov = boxed(b"free", &[0; 20])), "cleared"),
        ("words in free space", clean().with(|f| f.more_moov = boxed(b"free", b"Canary")), "residue"),
        ("setting on no list", clean().with(|f| f.setting = boxed(b"uuid", b"Canary")), "residue"),
        ("free setting", clean().with(|f| f.setting = boxed(b"free", &[0; 6])), "cleared"),
        ("message in a frame", clean().with(|f| f.frames[0] = [TELLING, FRAME].concat()), "residue"),
        ("words in media data", clean().with(|f| f.behind = b"\0Canary".to_vec()), "residue"),
        ("changed frame", clean().with(|f| f.frames[1][3] ^= 1), "samples-changed"),
        ("another pause", clean().with(|f| f.pause = 6), "samples-changed"),
        ("another turn", clean().with(|f| f.matrix = 2), "samples-changed"),
    ];
    let mut tried = 0;
    for (name, output, expected) in &cases {
        assert_eq!(word(&original, output), *expected, "{name}");
        tried += 1;
    }
    assert_eq!(tried, 17);
    let still = [boxed(b"ftyp", b"avis\0\0\0\0avifmsf1"), boxed(b"free", &[0; 64])].concat();
    assert_eq!(word(&original, &still), "damaged");
    let found = inspect(&original, Format::Avif).unwrap();
    let labels: Vec<&str> = found.findings.iter().map(|f| f.label.as_str()).collect();
    for label in ["time of making of a track", "name of a handler", "name of the encoder", "user data"] {
        assert!(labels.contains(&label), "{label}: {labels:?}");
    }
}

#[test]
fn rough_treatment_of_a_sequence_never_panics() {
    let clean = Film::clean().bytes();
    let mut tried = 0;
    for bit in (0..clean.len() * 8).step_by(3) {
        let mut bad = clean.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let _ = word(&clean, &bad);
        let _ = word(&bad, &clean);
        let _ = inspect(&bad, Format::Avif);
        tried += 1;
    }
    for n in 0..clean.len() {
        assert_ne!(word(&clean, &clean[..n]), "cleared", "{n}");
        tried += 1;
    }
    assert_eq!(tried, clean.len() + (clean.len() * 8).div_ceil(3));
}
