//! What writing is looked for as where nobody says what a recording is of: captures, pictures without colour and views on black
//! are dealt with as radiographs, slices of a scanner by what a computer writes, and photographs as photographs.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use support::drawing;
use support::object::{Element, object};
use support::running::{Home, tree};

const SIDE: u32 = 384;

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

/// Whether a number that stands near the upper left corner has ink here.
fn is_ink(number: &str, n: u32) -> bool {
    let (x, y) = (n % SIDE, n / SIDE);
    let (Some(x), Some(y)) = (x.checked_sub(14), y.checked_sub(12)) else { return false };
    let (place, dot, row) = ((x / 18) as usize, x % 18 / 3, (y / 3) as usize);
    let digit = number.as_bytes().get(place).map(|digit| DIGITS[usize::from(digit - b'0')]);
    digit.is_some_and(|glyph| dot < 5 && row < 7 && glyph[row] >> (4 - dot) & 1 == 1)
}

/// A film of a bone, in grey or in that grey thrice.
fn film(number: &str) -> Vec<u8> {
    let film = drawing::film(SIDE, SIDE, 5);
    (0..).zip(film).map(|(n, sample)| if is_ink(number, n) { 236 } else { sample }).collect()
}

/// What an endoscope shows: skin in a disc on black, with a number in the corner.
fn view(number: &str) -> Vec<u8> {
    let skin = drawing::skin(SIDE, SIDE, 3);
    let disc = |n: u32| {
        let (x, y) = (n % SIDE, n / SIDE);
        x.abs_diff(SIDE / 2).pow(2) + y.abs_diff(SIDE / 2).pow(2) <= (SIDE / 2 - 24).pow(2)
    };
    let each = (0..).zip(skin.chunks_exact(3));
    each.flat_map(|(n, rgb)| match (is_ink(number, n), disc(n)) {
        (true, _) => [236, 236, 230],
        (false, true) => [rgb[0], rgb[1], rgb[2]],
        (false, false) => [4 + (n % 5) as u8; 3],
    })
    .collect()
}

/// Thirty-six slices of a head beside and below each other, in 12 bits, and perhaps a number over the first of them.
fn mosaic(number: &str) -> Vec<u8> {
    let mut state = 99_u32;
    let each = (0..SIDE * SIDE).map(|n| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (state >> 20) % 90;
        let (x, y) = (n % SIDE % 64, n / SIDE % 64);
        let (dx, dy) = (x.abs_diff(32), y.abs_diff(32));
        let far = dx * dx * 26 / 20 + dy * dy;
        let rim = (440..620).contains(&far);
        let body = match far {
            _ if rim => 1500 + noise * 7,
            0..440 => 600 + (x * 17 + y * 9) % 500 + noise * 3,
            _ => noise / 3,
        };
        (if is_ink(number, n) { 3000 } else { body }) as u16
    });
    each.flat_map(u16::to_le_bytes).collect()
}

/// The object of 8 bits that its maker writes, told to be one of 12 in 16.
fn deep(mut file: Vec<u8>) -> Vec<u8> {
    for (element, value) in [(0_u8, 16_u8), (1, 12), (2, 11)] {
        let head = [0x28, 0, element, 1, b'U', b'S', 2, 0];
        let at = memchr::memmem::find(&file, &head).unwrap() + head.len();
        file[at] = value;
    }
    file
}

fn of_class(class: &str, modality: &str, samples: &[u8]) -> Vec<u8> {
    object(&Element::head(class, modality, "CanaryKind^Nia", "CANARYMRN-0009", 1), samples, SIDE as u16)
}

fn png(samples: &[u8], colour: ExtendedColorType) -> Vec<u8> {
    let mut out = Vec::new();
    PngEncoder::new(&mut out).write_image(samples, SIDE, SIDE, colour).unwrap();
    out
}

/// What the sidecar says of the regions of a recording about which nobody says anything, and the recording.
fn regions(name: &str, bytes: &[u8]) -> (Vec<Value>, Vec<u8>) {
    let home = Home::new();
    fs::create_dir_all(home.at("source")).unwrap();
    fs::write(home.at("source").join(name), bytes).unwrap();
    let run = ["clean", "source", "--to", "release", "--custody", "custody"];
    home.run(&run);
    let files = tree(&home.at("."));
    let is = |path: &&PathBuf| path.to_string_lossy().ends_with(".consent.json");
    let sidecar = files.keys().find(is).unwrap_or_else(|| panic!("{name}: {:?}", files.keys()));
    let told: Value = serde_json::from_slice(&files[sidecar]).unwrap();
    let recording = PathBuf::from(sidecar.to_string_lossy().replace(".consent.json", &name[name.len() - 4..]));
    (told["anonymisation"]["regions"].as_array().cloned().unwrap_or_default(), files[&recording].clone())
}

/// Whether covers hold every pixel of the number.
fn is_covered(regions: &[Value], number: &str) -> bool {
    let covers = |n: u32| {
        regions.iter().filter(|region| region["action"] == "cover").any(|region| {
            let part = |key: &str| region[key].as_u64().unwrap() as u32;
            let (x, y) = (n % SIDE, n / SIDE);
            (part("x")..part("x") + part("width")).contains(&x) && (part("y")..part("y") + part("height")).contains(&y)
        })
    };
    let mut ink = (0..SIDE * SIDE).filter(|n| is_ink(number, *n)).peekable();
    ink.peek().is_some() && ink.all(covers)
}

const CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";
const MR: &str = "1.2.840.10008.5.1.4.1.1.4";

#[test]
fn writing_on_what_may_be_an_x_ray_an_endoscopic_view_or_a_screen_is_covered_though_nobody_says_what_it_is() {
    let number = "48213907";
    let rgb: Vec<u8> = film(number).iter().flat_map(|v| [*v, *v, *v]).collect();
    let cases = [
        ("grey.png", png(&film(number), ExtendedColorType::L8)),
        ("grey-as-colour.png", png(&rgb, ExtendedColorType::Rgb8)),
        ("endoscope.png", png(&view(number), ExtendedColorType::Rgb8)),
        ("capture.dcm", of_class(CAPTURE, "OT", &film(number))),
    ];
    let mut tried = 0;
    for (name, bytes) in cases {
        let (regions, after) = regions(name, &bytes);
        assert!(is_covered(&regions, number), "{name}: {regions:?}");
        assert!(
            !memchr::memmem::find(&after, &[236; 12]).is_some_and(|_| name.ends_with("dcm")),
            "{name}: some is left"
        );
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn slices_beside_each_other_are_no_lines_of_writing_and_a_number_over_them_is() {
    // As a capture, which may be anything, they are taken for lines: that is what the class says of them.
    let (taken, _) = regions("a.dcm", &deep(of_class(CAPTURE, "MR", &mosaic(""))));
    assert!(!taken.is_empty(), "nothing in this mosaic looks like writing, so it shows nothing");
    let plain = deep(of_class(MR, "MR", &mosaic("")));
    let (found, after) = regions("a.dcm", &plain);
    assert_eq!(found, Vec::<Value>::new());
    let samples = |file: &[u8]| file[file.len() - 2 * (SIDE * SIDE) as usize..].to_vec();
    assert!(samples(&after) == samples(&plain), "the picture has changed");
    let number = "48213907";
    let (found, _) = regions("a.dcm", &deep(of_class(MR, "MR", &mosaic(number))));
    assert!(is_covered(&found, number), "{found:?}");
}
