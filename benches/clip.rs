//! Makes clips of ultrasound that benches/clips.sh measures on: moving speckle in a fan, with a line of figures above it.
//!
//! `cargo run --release --example clip -- FOLDER [--frames N] [--doppler]` writes `native.dcm` (RGB, explicit VR little
//! endian) and `htj2k.dcm` (high-throughput JPEG 2000, reversible) there; other tools make other codings of the first. With
//! `--doppler` a part of the fan is coloured. Names and numbers in the header are made up.

#![allow(clippy::unwrap_used, reason = "a program for measuring stops with a message where it cannot go on")]

use dicom_toolkit_jpeg2000::{EncodeOptions, encode_htj2k};
use std::path::Path;

const WIDTH: usize = 800;
const HEIGHT: usize = 600;
const NATIVE: &str = "1.2.840.10008.1.2.1";
const THROUGHPUT: &str = "1.2.840.10008.1.2.4.201";
const CLASS: &str = "1.2.840.10008.5.1.4.1.1.3.1";
const LINE: &str = "19570314 48213907 20190503 101500";

/// Digits of 5 × 7 dots, a row in the lower five bits of each byte.
const DIGITS: [[u8; 7]; 10] = [
    [14, 17, 19, 21, 25, 17, 14],
    [4, 12, 4, 4, 4, 4, 14],
    [14, 17, 1, 2, 4, 8, 31],
    [31, 2, 4, 2, 1, 17, 14],
    [2, 6, 10, 18, 31, 2, 2],
    [31, 16, 30, 1, 1, 17, 14],
    [6, 8, 16, 30, 17, 17, 14],
    [31, 1, 2, 4, 8, 8, 8],
    [14, 17, 17, 14, 17, 17, 14],
    [14, 17, 17, 15, 1, 2, 12],
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder =
        arguments.first().filter(|name| !name.starts_with("--")).expect("clip FOLDER [--frames N] [--doppler]");
    let after = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1));
    let count: usize = after("--frames").map_or(12, |n| n.parse().unwrap());
    let frames = frames(count, arguments.iter().any(|a| a == "--doppler"));
    std::fs::create_dir_all(folder).unwrap();
    let native = [element(0x7FE0_0010, b"OB", &frames.concat())].concat();
    std::fs::write(Path::new(folder).join("native.dcm"), [header(NATIVE, count), native].concat()).unwrap();
    // Without wavelets: with them this encoder's own check of what it made fails.
    let options = EncodeOptions { num_decomposition_levels: 0, ..EncodeOptions::default() };
    let coded = frames.iter().map(|frame| {
        let mut stream = encode_htj2k(frame, WIDTH as u32, HEIGHT as u32, 3, 8, false, &options).unwrap();
        // Rsiz says that a CAP segment follows, which the encoder leaves out, and COD is as long as it is: the encoder says that
        // it is a byte longer (ISO/IEC 15444-1, A.5.1 and A.6.1).
        (stream[6], stream[64]) = (0x40, 12);
        stream
    });
    let mut pixels = [&0x7FE0_u16.to_le_bytes()[..], &[0x10, 0], b"OB", &[0, 0], &[0xFF; 4]].concat();
    let item = |kind: u16, length: usize| {
        [&0xFFFE_u16.to_le_bytes()[..], &kind.to_le_bytes(), &(length as u32).to_le_bytes()].concat()
    };
    pixels.extend(item(0xE000, 0));
    for stream in coded {
        pixels.extend(item(0xE000, stream.len() + stream.len() % 2));
        pixels.extend(&stream);
        pixels.resize(pixels.len() + stream.len() % 2, 0);
    }
    pixels.extend(item(0xE0DD, 0));
    std::fs::write(Path::new(folder).join("htj2k.dcm"), [header(THROUGHPUT, count), pixels].concat()).unwrap();
}

/// A source of even numbers from -1 to 1 (xorshift64), the same in every run.
struct Grain(u64);

impl Grain {
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    fn field(&mut self) -> Vec<f32> {
        (0..WIDTH * HEIGHT).map(|_| self.next()).collect()
    }
}

/// Means over boxes of 2 · `reach` + 1 pixels, along and across, twice: nearly a bell.
fn soft(mut field: Vec<f32>, reach: usize) -> Vec<f32> {
    for (stride, across, lines, step) in [(1, WIDTH, HEIGHT, WIDTH), (WIDTH, HEIGHT, WIDTH, 1)].repeat(2) {
        for line in 0..lines {
            let at = |n: usize| line * step + n * stride;
            let old: Vec<f32> = (0..across).map(|n| field[at(n)]).collect();
            let mut sum: f32 = old[..reach.min(across)].iter().sum();
            for n in 0..across {
                sum += old.get(n + reach).unwrap_or(&0.0);
                sum -= n.checked_sub(reach + 1).map_or(0.0, |n| old[n]);
                field[at(n)] = sum / (2 * reach + 1) as f32;
            }
        }
    }
    field
}

/// Speckle: the size of a sum of two soft fields, of which each frame keeps nine tenths.
fn frames(count: usize, doppler: bool) -> Vec<Vec<u8>> {
    let mut grain = Grain(0x5EED_2026);
    let tissue = soft(grain.field(), 14);
    let mut fields = [grain.field(), grain.field()];
    let frame = |number: usize| {
        for field in &mut fields {
            field.iter_mut().for_each(|value| *value = 0.9 * *value + 0.436 * grain.next());
        }
        let [one, other] = fields.each_ref().map(|field| soft(field.clone(), 2));
        let mut out = vec![3; 3 * WIDTH * HEIGHT];
        for n in 0..WIDTH * HEIGHT {
            let (x, y) = ((n % WIDTH) as f32 - 400.0, (n / WIDTH) as f32 - 40.0);
            let far = x.hypot(y);
            if (60.0..500.0).contains(&far) && x.abs() < 0.85 * (y + 10.0) {
                let moved = tissue[(n + number * (WIDTH / 2 * 2 + 1)) % (WIDTH * HEIGHT)];
                let value =
                    100.0 + 45.0 * (one[n].hypot(other[n]) * 5.0 + 0.001).ln() + 2_500.0 * moved.clamp(-0.02, 0.02);
                let grey = value.clamp(0.0, 255.0) as u8;
                let flows = doppler && (x + 60.0).abs() < 110.0 && (y - 250.0).abs() < 90.0 && grey > 60;
                let pixel = if flows { [grey, grey / 4, 255 - grey] } else { [grey; 3] };
                out[3 * n..3 * n + 3].copy_from_slice(&pixel);
            }
        }
        write(&mut out);
        out
    };
    (0..count).map(frame).collect()
}

/// The line of figures.
fn write(out: &mut [u8]) {
    for (place, glyph) in
        LINE.bytes().enumerate().filter_map(|(n, b)| Some((n, DIGITS.get(b.checked_sub(b'0')? as usize)?)))
    {
        for (y, x) in (0..14).flat_map(|y| (0..10).map(move |x| (y, x))) {
            if glyph[y / 2] >> (4 - x / 2) & 1 == 1 {
                let at = 3 * ((10 + y) * WIDTH + 12 + 12 * place + x);
                out[at..at + 3].fill(235);
            }
        }
    }
}

/// An element in explicit VR little endian.
fn element(tag: u32, vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let padding = if matches!(vr, b"UI" | b"OB") { 0 } else { b' ' };
    let length = value.len() + value.len() % 2;
    let mut out = [&((tag >> 16) as u16).to_le_bytes()[..], &(tag as u16).to_le_bytes(), vr].concat();
    match vr {
        b"OB" => out.extend([&[0, 0][..], &(length as u32).to_le_bytes()].concat()),
        _ => out.extend((length as u16).to_le_bytes()),
    }
    out.extend(value);
    out.resize(out.len() + value.len() % 2, padding);
    out
}

/// All before the pixels.
fn header(syntax: &str, frames: usize) -> Vec<u8> {
    let uid = |n: u32| format!("1.2.826.0.1.3680043.9.9999.9.{n}");
    let text = |tag: u32, vr: &[u8; 2], value: &str| element(tag, vr, value.as_bytes());
    let number = |tag: u32, value: u16| element(tag, b"US", &value.to_le_bytes());
    let meta = [
        element(0x0002_0001, b"OB", &[0, 1]),
        text(0x0002_0002, b"UI", CLASS),
        text(0x0002_0003, b"UI", &uid(1)),
        text(0x0002_0010, b"UI", syntax),
    ]
    .concat();
    let parts = [
        vec![0; 128],
        b"DICM".to_vec(),
        element(0x0002_0000, b"UL", &(meta.len() as u32).to_le_bytes()),
        meta,
        text(0x0008_0008, b"CS", "ORIGINAL\\PRIMARY"),
        text(0x0008_0016, b"UI", CLASS),
        text(0x0008_0018, b"UI", &uid(1)),
        text(0x0008_0020, b"DA", "20190503"),
        text(0x0008_0060, b"CS", "US"),
        text(0x0010_0010, b"PN", "Hoeflich^Anneliese"),
        text(0x0010_0020, b"LO", "48213907"),
        text(0x0020_000D, b"UI", &uid(2)),
        text(0x0020_000E, b"UI", &uid(3)),
        number(0x0028_0002, 3),
        text(0x0028_0004, b"CS", "RGB"),
        number(0x0028_0006, 0),
        text(0x0028_0008, b"IS", &frames.to_string()),
        number(0x0028_0010, HEIGHT as u16),
        number(0x0028_0011, WIDTH as u16),
        number(0x0028_0100, 8),
        number(0x0028_0101, 8),
        number(0x0028_0102, 7),
        number(0x0028_0103, 0),
    ];
    parts.concat()
}
