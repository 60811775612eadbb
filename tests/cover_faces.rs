//! `--cover-faces` from end to end, with a face that the test draws: nobody's, of a few soft hills of light and shade.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder, codecs::png::PngEncoder};
use scrubs::pixels::{Class, Picture, Samples, face};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use support::object::{Element, object};
use support::running::{Home, text, tree};

const SIDE: u32 = 192;

/// A soft hill, 1 at its top.
fn hill((x, y): (f32, f32), at: (f32, f32), size: (f32, f32)) -> f32 {
    let (u, v) = ((x - at.0) / size.0, (y - at.1) / size.1);
    (-(u * u + v * v)).exp()
}

/// 1 inside an ellipse and 0 outside, with a soft edge.
fn inside((x, y): (f32, f32), at: (f32, f32), size: (f32, f32)) -> f32 {
    let (u, v) = ((x - at.0) / size.0, (y - at.1) / size.1);
    ((1.0 - u.hypot(v)) / 0.13 + 0.5).clamp(0.0, 1.0)
}

/// How light a face is at a place; 0, 0 is its middle and its height 2.
fn light(at: (f32, f32)) -> f32 {
    let (x, y) = at;
    let blend = |from: f32, to: f32, part: f32| from + (to - from) * part;
    let hair = blend(120.0, 81.0, inside(at, (0.0, -0.22), (0.94, 1.12)));
    let neck = blend(hair, 150.0, inside(at, (0.0, 1.3), (0.46, 0.7)));
    let skin = 185.0 + 25.0 * hill(at, (0.0, -0.4), (0.6, 0.5)) - 45.0 * (x / 0.77).powi(2) - 10.0 * y;
    let mut value = blend(neck, skin, inside(at, (0.0, 0.08), (0.77, 1.0)));
    for side in [-1.0, 1.0] {
        let eye = 0.373 * side;
        value -= 45.0 * hill(at, (eye, -0.15), (0.22, 0.13));
        value -= 92.0 * hill(at, (eye * 1.04, -0.34), (0.22, 0.05));
        value += 40.0 * hill(at, (eye, -0.14), (0.15, 0.05));
        value -= 85.0 * hill(at, (eye, -0.145), (0.065, 0.06));
        value -= 50.0 * hill(at, (eye, -0.2), (0.16, 0.025));
        value += 18.0 * hill(at, (0.42 * side, 0.25), (0.2, 0.18));
        value -= 22.0 * hill(at, (0.1 * side, 0.2), (0.06, 0.035));
        value -= 20.0 * hill(at, (0.13 * side, 0.02), (0.05, 0.2));
    }
    value += 22.0 * hill(at, (0.0, 0.0), (0.06, 0.25));
    value -= 25.0 * hill(at, (0.0, 0.26), (0.14, 0.04));
    value -= 93.0 * hill(at, (0.0, 0.6), (0.25, 0.03));
    value -= 30.0 * hill(at, (0.0, 0.66), (0.2, 0.06));
    value - 20.0 * hill(at, (0.0, 0.78), (0.2, 0.05))
}

/// A photograph of the face, which stands left of the middle.
fn photograph() -> Vec<u8> {
    let unit = SIDE as f32 * 0.3;
    let all = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
    all.map(|(x, y)| {
        let at = ((x as f32 - SIDE as f32 * 0.45) / unit, (y as f32 - SIDE as f32 * 0.5) / unit);
        (light(at) + ((x * 7 + y * 13) % 5) as f32).clamp(0.0, 255.0) as u8
    })
    .collect()
}

fn png() -> Vec<u8> {
    let mut out = Vec::new();
    PngEncoder::new(&mut out).write_image(&photograph(), SIDE, SIDE, ExtendedColorType::L8).unwrap();
    out
}

fn jpeg() -> Vec<u8> {
    let mut out = Vec::new();
    let coder = JpegEncoder::new_with_quality(&mut out, 92);
    coder.write_image(&photograph(), SIDE, SIDE, ExtendedColorType::L8).unwrap();
    out
}

/// A photograph in visible light, filed under a modality that has no faces.
fn dicom() -> Vec<u8> {
    let class = "1.2.840.10008.5.1.4.1.1.77.1.4";
    object(&Element::head(class, "CT", "CanaryXc^Nia", "CANARYMRN-0003", 1), &photograph(), SIDE as u16)
}

fn home() -> Home {
    let home = Home::new();
    fs::create_dir_all(home.at("source")).unwrap();
    for (name, bytes) in [("a.jpg", jpeg()), ("b.png", png()), ("c", dicom())] {
        fs::write(home.at("source").join(name), bytes).unwrap();
    }
    home
}

const RUN: [&str; 9] =
    ["source", "--to", "release", "--custody", "custody", "--kind", "photograph", "--made-for", "care"];

/// The recording of this extension and its sidecar.
fn made(home: &Home, shelf: &str, extension: &str) -> (Vec<u8>, Value) {
    let files = tree(&home.at(shelf));
    let is = |path: &&PathBuf| path.extension().is_some_and(|e| e == extension);
    let recording = files.keys().find(is).unwrap_or_else(|| panic!("no {extension} in {shelf}: {:?}", files.keys()));
    let sidecar = files.get(&recording.with_extension("consent.json")).expect("a sidecar");
    (files[recording].clone(), serde_json::from_slice(sidecar).unwrap())
}

fn samples(bytes: &[u8], extension: &str) -> Vec<u8> {
    match extension {
        "dcm" => bytes[bytes.len() - (SIDE * SIDE) as usize..].to_vec(),
        _ => image::load_from_memory(bytes).unwrap().to_luma8().into_raw(),
    }
}

fn faces(samples: Vec<u8>) -> Vec<scrubs::pixels::Mark> {
    let picture = Picture::new(SIDE, SIDE, 1, 8, Samples::U8(samples)).unwrap();
    face::find(&picture).into_iter().filter(|mark| mark.class == Class::Face).collect()
}

#[test]
fn the_drawn_face_is_found_in_every_quarter_turn() {
    let mut picture = image::GrayImage::from_raw(SIDE, SIDE, photograph()).unwrap();
    let mut tried = 0;
    for turn in 0..4 {
        let found = faces(picture.as_raw().clone());
        assert!(found.iter().any(|mark| mark.score >= 2.0), "turn {turn}: {found:?}");
        picture = image::imageops::rotate90(&picture);
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn a_face_that_was_rubbed_out_is_filled_and_holds_the_recording_though_nobody_in_it_is_said_to_be_recognisable() {
    let home = Home::new();
    fs::create_dir_all(home.at("source")).unwrap();
    // Only the lowest rows are shown.
    let alpha = |n: usize| if n / SIDE as usize > 170 { 255 } else { 0 };
    let grey = photograph();
    let samples: Vec<u8> = grey.iter().enumerate().flat_map(|(n, v)| [*v, *v, *v, alpha(n)]).collect();
    let mut png = Vec::new();
    PngEncoder::new(&mut png).write_image(&samples, SIDE, SIDE, ExtendedColorType::Rgba8).unwrap();
    fs::write(home.at("source/a.png"), png).unwrap();
    home.clean(&[&RUN[..], &["--not-identifiable", "**", "--assessed-by", "A. Consultant"]].concat(), 1);
    let (bytes, sidecar) = made(&home, "custody/held", "png");
    assert_eq!(sidecar["anonymisation"]["pixels"], "needs-eyes", "{sidecar}");
    let after = image::load_from_memory(&bytes).unwrap().to_rgba8();
    let colours: Vec<u8> = after.pixels().map(|pixel| pixel[0]).collect();
    assert!(!faces(grey.clone()).is_empty() && faces(colours).is_empty(), "a face is left under transparency");
}

#[test]
fn a_face_is_flagged_and_with_cover_faces_it_is_filled_and_nobody_is_said_to_be_unrecognisable_by_that() {
    let home = home();
    home.clean(&RUN, 1);
    for extension in ["jpg", "png", "dcm"] {
        let (_, sidecar) = made(&home, "custody/held", extension);
        assert_eq!(sidecar["identifiable"]["value"], "yes", "{extension}");
        assert!(sidecar["identifiable"]["evidence"].to_string().contains("\"face\""), "{extension}");
    }
    let covering = [&RUN[..], &["--cover-faces"]].concat();
    home.clean(&covering, 1);
    let mut tried = 0;
    for (extension, before) in [("jpg", jpeg()), ("png", png()), ("dcm", dicom())] {
        let (bytes, sidecar) = made(&home, "custody/held", extension);
        let (before, after) = (samples(&before, extension), samples(&bytes, extension));
        let done = &sidecar["anonymisation"];
        assert_eq!((&done["pixels"], &sidecar["identifiable"]["value"]), (&"checked".into(), &"may-be".into()));
        assert_eq!(sidecar["verdict"]["outcome"], "must-not-use", "a covered face stands for no consent");
        let regions: Vec<&Value> =
            done["regions"].as_array().unwrap().iter().filter(|r| r["action"] == "cover").collect();
        assert!(
            !regions.is_empty() && regions.iter().all(|region| region["class"].as_str().unwrap().ends_with("face"))
        );
        let is_in = |region: &Value, n: u32| {
            let number = |key: &str| region[key].as_u64().unwrap() as u32;
            let (x, y) = (n % SIDE, n / SIDE);
            let across = (number("x")..number("x") + number("width")).contains(&x);
            across && (number("y")..number("y") + number("height")).contains(&y)
        };
        for region in &regions {
            let fill: Vec<u8> = (0..SIDE * SIDE).filter(|n| is_in(region, *n)).map(|n| after[n as usize]).collect();
            assert!(fill.len() > 2_000 && fill.iter().all(|sample| *sample == fill[0]), "{extension}");
        }
        let outside = (0..SIDE * SIDE).filter(|n| !regions.iter().any(|region| is_in(region, *n)));
        assert!(
            outside.into_iter().all(|n| before[n as usize] == after[n as usize]),
            "{extension}: the rest has changed"
        );
        assert!(faces(after).is_empty(), "{extension}: a face is left");
        tried += 1;
    }
    assert_eq!(tried, 3);
    // Whoever assessed them answers for the rest, and then the release stands.
    home.clean(&[&covering[..], &["--not-identifiable", "**", "--assessed-by", "A. Consultant"]].concat(), 0);
    for extension in ["jpg", "png", "dcm"] {
        let (_, sidecar) = made(&home, "release/recordings", extension);
        assert_eq!(sidecar["identifiable"]["assessed_by"], "reviewer", "{extension}");
    }
    let verified = home.run(&["verify", "release"]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stdout));
}
