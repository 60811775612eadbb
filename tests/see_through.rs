//! Writing and faces in colours that full transparency hides: viewers show nothing of them and the file holds them all the
//! same, so they are found, filled in stored samples, and a face holds the recording whatever was said of who is in it.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder, codecs::webp::WebPEncoder};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use support::drawing;
use support::running::{Home, tree};

const WIDTH: u32 = 400;
const HEIGHT: u32 = 300;
/// Where nothing is shown.
const HIDDEN: [u32; 4] = [0, 0, 240, 48];

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

fn is_hidden(x: u32, y: u32) -> bool {
    let [left, top, width, height] = HIDDEN;
    (left..left + width).contains(&x) && (top..top + height).contains(&y)
}

/// A photograph of skin, with a number in its corner that nothing shows.
fn photograph(number: &str) -> Vec<u8> {
    let skin = drawing::skin(WIDTH, HEIGHT, 7);
    let mut out: Vec<u8> = skin.chunks_exact(3).flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect();
    let at = |x: u32, y: u32| 4 * (y * WIDTH + x) as usize;
    for (x, y) in (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))).filter(|(x, y)| is_hidden(*x, *y)) {
        out[at(x, y)..at(x, y) + 4].copy_from_slice(&[30, 30, 30, 0]);
    }
    for (place, digit) in number.bytes().enumerate() {
        let glyph = DIGITS[usize::from(digit - b'0')];
        for (y, x) in (0..21).flat_map(|y| (0..15).map(move |x| (y, x))) {
            if glyph[y as usize / 3] >> (4 - x / 3) & 1 == 1 {
                let from = at(12 + 18 * place as u32 + x, 12 + y);
                out[from..from + 3].fill(235);
            }
        }
    }
    out
}

fn png(samples: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    PngEncoder::new(&mut out).write_image(samples, WIDTH, HEIGHT, ExtendedColorType::Rgba8).unwrap();
    out
}

fn webp(samples: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    WebPEncoder::new_lossless(&mut out).write_image(samples, WIDTH, HEIGHT, ExtendedColorType::Rgba8).unwrap();
    out
}

/// The recording of this extension and its sidecar, in the release or in custody.
fn made(home: &Home, extension: &str) -> (Vec<u8>, Value) {
    let files = tree(&home.at("."));
    let is = |path: &&PathBuf| path.extension().is_some_and(|e| e == extension) && !path.starts_with("source");
    let recording = files.keys().find(is).unwrap_or_else(|| panic!("no {extension}: {:?}", files.keys()));
    let sidecar = files.get(&recording.with_extension("consent.json")).expect("a sidecar");
    (files[recording].clone(), serde_json::from_slice(sidecar).unwrap())
}

#[test]
fn a_number_in_colours_that_transparency_hides_is_filled_in_the_file() {
    let number = "48213907";
    let cases = [("png", png(&photograph(number))), ("webp", webp(&photograph(number)))];
    let mut tried = 0;
    for (extension, bytes) in cases {
        let before = image::load_from_memory(&bytes).unwrap().to_rgba8();
        let lit = |picture: &image::RgbaImage| {
            picture.enumerate_pixels().filter(|(x, y, pixel)| is_hidden(*x, *y) && pixel[0] == 235).count()
        };
        assert!(lit(&before) > 500, "{extension}: the encoder dropped the number");
        // A photograph needs a consent besides: it is filled and held.
        for (kind, code) in [("photograph", 1), ("x-ray", 0)] {
            let home = Home::new();
            fs::create_dir_all(home.at("source")).unwrap();
            fs::write(home.at("source").join(format!("a.{extension}")), &bytes).unwrap();
            let run = ["source", "--to", "release", "--custody", "custody", "--kind", kind, "--not-identifiable", "**"];
            home.clean(&[&run[..], &["--assessed-by", "A. Consultant"]].concat(), code);
            let (after, sidecar) = made(&home, extension);
            let after = image::load_from_memory(&after).unwrap().to_rgba8();
            assert_eq!(lit(&after), 0, "{extension}, {kind}: some of the number is left: {sidecar}");
            assert!(sidecar["anonymisation"]["regions_redacted"].as_u64().unwrap() >= 1, "{sidecar}");
            let same = |x: u32, y: u32| before.get_pixel(x, y) == after.get_pixel(x, y);
            let shown = (60..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
            assert!(shown.into_iter().all(|(x, y)| same(x, y)), "{extension}: what is shown has changed");
            tried += 1;
        }
    }
    assert_eq!(tried, 4);
}
