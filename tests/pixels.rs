//! Marks in the picture, as a user meets them: what is covered, what is held, what is said of it, and that nothing else changes.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder, codecs::png::PngEncoder};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use support::object::{Element, object};
use support::running::{Home, text, tree};

const SIDE: u32 = 96;

/// The side of a box of whole blocks, so that JPEG covers it and nothing more.
const BOX: &str = "16,8,32,16";

/// A smooth picture in which nothing is written.
fn samples(seed: u32) -> Vec<u8> {
    (0..SIDE * SIDE).map(|n| (60 + (n % SIDE) / 2 + (n / SIDE) / 2 + seed % 7) as u8).collect()
}

fn jpeg(seed: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let coder = JpegEncoder::new_with_quality(&mut out, 90);
    coder.write_image(&samples(seed), SIDE, SIDE, ExtendedColorType::L8).unwrap();
    out
}

fn png(seed: u32) -> Vec<u8> {
    let mut out = Vec::new();
    PngEncoder::new(&mut out).write_image(&samples(seed), SIDE, SIDE, ExtendedColorType::L8).unwrap();
    out
}

fn dicom() -> Vec<u8> {
    object(&Element::cr(), &samples(3), SIDE as u16)
}

fn put(home: &Home, name: &str, bytes: &[u8]) {
    let path = home.at("source").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

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

/// A dark film, 320 × 240, with a number in its upper left corner.
fn written(number: &str) -> Vec<u8> {
    let (width, height) = (320_usize, 240_usize);
    let mut film: Vec<u8> = (0..width * height).map(|n| (20 + (n * 7 % 13) + (n / width) / 8) as u8).collect();
    for (place, digit) in number.bytes().enumerate() {
        let glyph = DIGITS[usize::from(digit - b'0')];
        for (y, x) in (0..14).flat_map(|y| (0..10).map(move |x| (y, x))) {
            if glyph[y / 2] >> (4 - x / 2) & 1 == 1 {
                film[(6 + y) * width + 8 + 12 * place + x] = 235;
            }
        }
    }
    let mut out = Vec::new();
    PngEncoder::new(&mut out).write_image(&film, 320, 240, ExtendedColorType::L8).unwrap();
    out
}

/// The recording of this extension and its sidecar, in the release or in custody.
fn made(home: &Home, shelf: &str, extension: &str) -> (Vec<u8>, Value) {
    let files = tree(&home.at(shelf));
    let is = |path: &&PathBuf| path.extension().is_some_and(|e| e == extension);
    let recording = files.keys().find(is).unwrap_or_else(|| panic!("no {extension} in {shelf}: {:?}", files.keys()));
    let sidecar = files.get(&recording.with_extension("consent.json")).expect("a sidecar");
    (files[recording].clone(), serde_json::from_slice(sidecar).unwrap())
}

fn grey(bytes: &[u8]) -> Vec<u8> {
    image::load_from_memory(bytes).unwrap().to_luma8().into_raw()
}

/// The last bytes of a native object of one frame.
fn native(bytes: &[u8]) -> Vec<u8> {
    bytes[bytes.len() - (SIDE * SIDE) as usize..].to_vec()
}

fn inside(n: usize) -> bool {
    let (x, y) = (n as u32 % SIDE, n as u32 / SIDE);
    (16..48).contains(&x) && (8..24).contains(&y)
}

/// Asserts that the box is filled with one value and that all else is as it was.
fn is_covered(before: &[u8], after: &[u8], what: &str) {
    assert_eq!(before.len(), after.len(), "{what}");
    let mut fill = after.iter().enumerate().filter(|(n, _)| inside(*n)).map(|(_, s)| *s);
    let first = fill.next().unwrap();
    assert!(fill.all(|sample| sample == first), "{what}: something shows through");
    let outside = |all: &[u8]| all.iter().enumerate().filter(|(n, _)| !inside(*n)).map(|(_, s)| *s).collect::<Vec<_>>();
    assert!(outside(before) == outside(after), "{what}: something outside has changed");
    assert!(before != after, "{what}: nothing was covered");
}

const RUN: &[&str] = &["source", "--to", "release", "--custody", "custody", "--kind", "x-ray"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    RUN.iter().chain(more).copied().collect()
}

#[test]
fn a_box_is_covered_exactly_in_every_format_and_the_sidecar_says_so() {
    let home = Home::new();
    put(&home, "a.jpg", &jpeg(1));
    put(&home, "b.png", &png(2));
    put(&home, "c", &dicom());
    home.clean(&with(&["--box", BOX]), 0);
    let mut tried = 0;
    for (extension, before, how) in [
        ("jpg", grey(&jpeg(1)), "redacted-by-block"),
        ("png", grey(&png(2)), "redacted-losslessly"),
        ("dcm", samples(3), "redacted-losslessly"),
    ] {
        let (bytes, sidecar) = made(&home, "release/recordings", extension);
        let after = if extension == "dcm" { native(&bytes) } else { grey(&bytes) };
        is_covered(&before, &after, extension);
        let done = &sidecar["anonymisation"];
        assert_eq!((&done["pixels"], &done["regions_redacted"]), (&"checked".into(), &1.into()), "{extension}");
        let methods: Vec<&str> = done["method"].as_array().unwrap().iter().map(|m| m.as_str().unwrap()).collect();
        assert!(methods.contains(&how), "{extension}: {methods:?}");
        assert_eq!(methods.contains(&"113101"), extension == "dcm");
        let region = serde_json::json!({
            "frame": 0, "x": 16, "y": 8, "width": 32, "height": 16, "class": "band", "action": "cover"
        });
        assert_eq!(done["regions"], Value::Array(vec![region]), "{extension}");
        assert_eq!(sidecar["identifiable"]["value"], "no");
        tried += 1;
    }
    assert_eq!(tried, 3);
    assert_eq!(home.run(&["verify", "release"]).status.code(), Some(0));
}

#[test]
fn margins_are_covered_by_profile_for_the_recordings_that_it_names() {
    let home = Home::new();
    put(&home, "a/1.png", &png(1));
    put(&home, "b/2.png", &png(2));
    let profile = "[[pixels.rule]]\nrecordings = \"a/**\"\nmargins = \"10%\"\n";
    fs::write(home.at("profile.toml"), profile).unwrap();
    home.clean(&with(&["--profile", "profile.toml"]), 0);
    let files = tree(&home.at("release/recordings"));
    let pictures: Vec<Vec<u8>> =
        files.iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "png")).map(|(_, b)| grey(b)).collect();
    let changed: Vec<bool> = pictures.iter().map(|p| *p != samples(1) && *p != samples(2)).collect();
    assert_eq!(changed.iter().filter(|changed| **changed).count(), 1);
    let covered = &pictures[changed.iter().position(|changed| *changed).unwrap()];
    let inner = |n: usize| (10..86).contains(&(n as u32 % SIDE)) && (10..86).contains(&(n as u32 / SIDE));
    assert!(covered.iter().zip(samples(1)).enumerate().all(|(n, (a, b))| !inner(n) || *a == b));
    assert!(covered[..10 * SIDE as usize].iter().all(|sample| *sample == covered[0]));
}

#[test]
fn an_x_ray_in_which_nothing_is_written_is_released_and_one_that_cannot_be_decoded_is_held_with_the_reason() {
    let home = Home::new();
    put(&home, "a.png", &png(1));
    put(&home, "b.heic", &support::heif::plain(support::heif::Coding::Hevc));
    let told = home.clean(&with(&["--decoders", "built-in"]), 1);
    assert_eq!(told["summary"]["recordings"]["released"], 1, "{told}");
    let (bytes, sidecar) = made(&home, "release/recordings", "png");
    assert_eq!(grey(&bytes), samples(1), "nothing was covered");
    assert_eq!(sidecar["anonymisation"]["pixels"], "checked");
    assert!(sidecar["anonymisation"].get("regions").is_none());
    let (_, sidecar) = made(&home, "custody/held", "heic");
    assert_eq!(sidecar["anonymisation"]["pixels"], "unchecked");
    let report = fs::read_to_string(home.at("custody/report/recordings.jsonl")).unwrap();
    assert!(report.contains("pixels-unchecked") && report.contains("no decoder for HEIF"), "{report}");
}

#[test]
fn pixels_that_are_skipped_are_unchecked_and_a_box_on_what_cannot_be_covered_holds() {
    let home = Home::new();
    put(&home, "a.png", &png(1));
    let told = home.clean(&with(&["--pixels", "skip"]), 1);
    assert_eq!(told["summary"]["recordings"]["released"], 0);
    let (_, sidecar) = made(&home, "custody/held", "png");
    assert_eq!(sidecar["anonymisation"]["remaining"], serde_json::json!(["pixels-unchecked"]));
    // The same recording, looked at: read and cleaned again, and released.
    assert_eq!(home.clean(RUN, 0)["summary"]["recordings"]["released"], 1);
    put(&home, "b.heic", &support::heif::plain(support::heif::Coding::Hevc));
    home.clean(&with(&["--box", BOX]), 1);
    let report = fs::read_to_string(home.at("custody/report/recordings.jsonl")).unwrap();
    assert!(report.contains("cannot-cover"), "{report}");
}

fn is_same(home: &Home, other: &Home, folder: &str) {
    let (one, two) = (tree(&home.at(folder)), tree(&other.at(folder)));
    assert!(one.keys().eq(two.keys()), "{folder}");
    assert!(one.iter().all(|(path, bytes)| two.get(path) == Some(bytes)), "{folder}");
}

/// A home with the same secret.
fn twin(home: &Home) -> Home {
    let other = Home::new();
    support::running::copy(&home.at("source"), &other.at("source"));
    fs::create_dir_all(other.at("custody")).unwrap();
    for name in ["coding-secret", "guardians.txt"] {
        fs::copy(home.at("custody").join(name), other.at("custody").join(name)).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(other.at("custody"), fs::Permissions::from_mode(0o700)).unwrap();
    }
    other
}

#[test]
fn workers_and_later_runs_come_to_the_same_bytes() {
    let home = Home::new();
    for n in 0..6 {
        put(&home, &format!("{n}.jpg"), &jpeg(n));
        put(&home, &format!("{n}.png"), &png(n));
    }
    put(&home, "c", &dicom());
    let boxed = with(&["--box", BOX, "--jobs", "1"]);
    home.clean(RUN, 0);
    let again = home.clean(&boxed, 0);
    assert_eq!((again["worked"].as_u64(), again["unchanged"].as_u64()), (Some(13), Some(0)), "{again}");
    let other = twin(&home);
    other.clean(&with(&["--box", BOX, "--jobs", "4"]), 0);
    is_same(&home, &other, "release/recordings");
    // Judged again for another purpose: the bytes stay, and the sidecar says what was covered all the same.
    let publication = with(&["--box", BOX, "--purpose", "training"]);
    home.clean(&publication, 0);
    let other = twin(&home);
    other.clean(&publication, 0);
    is_same(&home, &other, "release/recordings");
    let (_, sidecar) = made(&home, "release/recordings", "dcm");
    assert_eq!(sidecar["anonymisation"]["regions_redacted"], 1);
}

#[test]
fn inspect_tells_what_it_looked_at_and_why_it_could_not() {
    let home = Home::new();
    put(&home, "a.png", &png(1));
    put(&home, "b.heic", &support::heif::plain(support::heif::Coding::Hevc));
    let codes = |name: &str| {
        let output = home.run(&["inspect", &format!("source/{name}"), "--format", "json"]);
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = told["findings"].as_array().unwrap().clone();
        findings
            .into_iter()
            .map(|f| (text(f["code"].as_str().unwrap().as_bytes()), f["label"].to_string()))
            .collect::<Vec<_>>()
    };
    assert!(codes("a.png").iter().all(|(code, _)| code != "pixels-unchecked"), "{:?}", codes("a.png"));
    let held = codes("b.heic");
    assert!(held.iter().any(|(code, label)| code == "pixels-unchecked" && label.contains("no decoder")), "{held:?}");
}

#[test]
fn a_number_on_a_film_is_covered_and_a_statement_that_there_is_none_does_not_silence_that() {
    let home = Home::new();
    put(&home, "film.png", &written("19480705"));
    home.clean(RUN, 0);
    let (bytes, sidecar) = made(&home, "release/recordings", "png");
    let strip = &grey(&bytes)[..28 * 320];
    assert!(strip.iter().all(|sample| *sample < 100), "the number is gone");
    assert!(sidecar["anonymisation"]["regions_redacted"].as_u64() > Some(0));
    assert!(!sidecar.to_string().contains("19480705"));
    // Somebody states that no film bears marks: one of the two is wrong, so it is held.
    let profile =
        "[[assessment]]\nrecordings = \"**\"\npixels = \"no-marks\"\nby = \"A. Canary\"\non = \"2026-11-20\"\n";
    fs::write(home.at("profile.toml"), profile).unwrap();
    let stated = with(&["--profile", "profile.toml"]);
    home.clean(&stated, 1);
    let (held, sidecar) = made(&home, "custody/held", "png");
    assert!(held == bytes, "judged again, with the same bytes");
    assert_eq!(sidecar["anonymisation"]["pixels"], "needs-eyes");
    let other = twin(&home);
    fs::write(other.at("profile.toml"), profile).unwrap();
    other.clean(&stated, 1);
    is_same(&home, &other, "custody/held");
    // The register answers for this very recording.
    let register =
        "recording,status,pixels,assessed_by,assessed_on\nfilm.png,no-record,no-marks,A. Canary,2026-11-20\n";
    fs::write(home.at("register.csv"), register).unwrap();
    home.clean(&with(&["--profile", "profile.toml", "--register", "register.csv"]), 0);
    let (released, _) = made(&home, "release/recordings", "png");
    assert!(released == bytes);
}

#[test]
fn wrong_boxes_and_margins_are_told_before_anything_is_done() {
    let home = Home::new();
    put(&home, "a.png", &png(1));
    let wrong: [&[&str]; 5] = [
        &["--box", "1,2,3"],
        &["--box", "1,2,0,4"],
        &["--box", "-1,2,3,4"],
        &["--margins", "50%"],
        &["--pixels", "maybe"],
    ];
    let mut tried = 0;
    for more in wrong {
        let mut all = vec!["clean"];
        all.extend(with(more));
        assert_eq!(home.run(&all).status.code(), Some(2), "{more:?}");
        assert!(!Path::new(&home.at("release")).exists());
        tried += 1;
    }
    assert_eq!(tried, 5);
}

/// Whether a DICOM object names these codes and says NO of what is burned in and of who may be recognised.
fn claims(bytes: &[u8]) -> [bool; 4] {
    let has = |needle: &[u8]| bytes.windows(needle.len()).any(|w| w == needle);
    let no = |element: u8| has(&[&[0x28, 0, element, 3][..], b"CS\x02\0NO"].concat());
    [has(b"113101"), no(1), has(b"113102"), no(2)]
}

#[test]
fn an_object_that_nothing_looked_at_claims_nothing_of_its_pixels_though_a_box_was_covered() {
    let home = Home::new();
    put(&home, "c", &dicom());
    home.clean(&with(&["--box", BOX, "--pixels", "skip"]), 1);
    let (bytes, sidecar) = made(&home, "custody/held", "dcm");
    is_covered(&samples(3), &native(&bytes), "dcm");
    assert_eq!(sidecar["anonymisation"]["pixels"], "unchecked");
    let methods = sidecar["anonymisation"]["method"].as_array().unwrap();
    assert!(!methods.contains(&"113101".into()), "{methods:?}");
    assert_eq!(claims(&bytes), [false; 4]);
    // Looked at, the same object says so.
    home.clean(&with(&["--box", BOX]), 0);
    assert_eq!(claims(&made(&home, "release/recordings", "dcm").0), [true, true, false, false]);
}

#[test]
fn the_pixel_options_hold_what_cannot_be_proved_and_are_claimed_where_it_is() {
    let home = Home::new();
    put(&home, "c", &dicom());
    let both = ["--dicom-option", "clean-pixel-data", "--dicom-option", "clean-recognizable-visual-features"];
    home.clean(&with(&both), 0);
    let (bytes, sidecar) = made(&home, "release/recordings", "dcm");
    assert_eq!(claims(&bytes), [true; 4], "an X-ray that was looked at shows no face");
    let methods = sidecar["anonymisation"]["method"].as_array().unwrap().clone();
    assert!(methods.contains(&"113101".into()) && methods.contains(&"113102".into()), "{methods:?}");
    assert_eq!(home.run(&["verify", "release"]).status.code(), Some(0));
    // A statement for all of them releases what nothing looked at, but not where clean pixel data are asked for.
    let profile = "[[assessment]]\nrecordings = \"**\"\npixels = \"no-marks\"\nidentifiable = \"no\"\nby = \"A. Canary\"\n\
                   on = \"2026-11-20\"\n";
    fs::write(home.at("profile.toml"), profile).unwrap();
    let skipped = ["--pixels", "skip", "--profile", "profile.toml"];
    home.clean(&with(&skipped), 0);
    assert_eq!(claims(&made(&home, "release/recordings", "dcm").0), [false; 4]);
    let asked = [&skipped[..], &both[..2]].concat();
    home.clean(&with(&asked), 1);
    assert_eq!(claims(&made(&home, "custody/held", "dcm").0), [false; 4]);
    let report = fs::read_to_string(home.at("custody/report/recordings.jsonl")).unwrap();
    assert!(report.contains("PS3.15 E.3.1"), "{report}");
    // The register answers for this very recording; nothing is claimed by that.
    let register = "recording,status,pixels,assessed_by,assessed_on\nc,no-record,no-marks,A. Canary,2026-11-20\n";
    fs::write(home.at("register.csv"), register).unwrap();
    home.clean(&with(&[&asked[..], &["--register", "register.csv"]].concat()), 0);
    assert_eq!(claims(&made(&home, "release/recordings", "dcm").0), [false; 4]);
}

#[test]
fn a_head_from_which_a_face_can_be_rebuilt_is_held_where_clean_features_are_asked_for() {
    let home = Home::new();
    let slice: Vec<u8> = samples(3);
    put(&home, "ct", &object(&Element::ct(1), &slice, SIDE as u16));
    let profile =
        "[[assessment]]\nrecordings = \"**\"\nidentifiable = \"no\"\nby = \"A. Canary\"\non = \"2026-11-20\"\n";
    fs::write(home.at("profile.toml"), profile).unwrap();
    let run = ["source", "--to", "release", "--custody", "custody", "--profile", "profile.toml"];
    home.clean(&run, 0);
    home.clean(&[&run[..], &["--dicom-option", "clean-recognizable-visual-features"]].concat(), 1);
    let (bytes, _) = made(&home, "custody/held", "dcm");
    assert!(!claims(&bytes)[2] && !claims(&bytes)[3]);
    let report = fs::read_to_string(home.at("custody/report/recordings.jsonl")).unwrap();
    assert!(report.contains("reconstructible-head") && report.contains("PS3.15 E.3.2"), "{report}");
}

/// A picture of 24 × 12 in which a number stands.
fn numbered() -> Vec<u8> {
    let mut grey = vec![20u8; 24 * 12];
    for (n, digit) in [4usize, 0, 7].into_iter().enumerate() {
        for (row, bits) in DIGITS[digit].iter().enumerate() {
            for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                grey[(row + 2) * 24 + 2 + n * 6 + column] = 230;
            }
        }
    }
    let mut out = Vec::new();
    PngEncoder::new(&mut out).write_image(&grey, 24, 12, ExtendedColorType::L8).unwrap();
    out
}

#[test]
fn a_number_in_a_picture_of_24_by_12_waits_for_a_person() {
    let home = Home::new();
    put(&home, "number.png", &numbered());
    put(&home, "slope.png", &png(1));
    home.clean(RUN, 1);
    let rows = fs::read_to_string(home.at("custody/report/recordings.jsonl")).unwrap();
    let rows: Vec<Value> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut states: Vec<&str> = rows.iter().map(|row| row["pixels"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["checked", "needs-eyes"], "{rows:?}");
}

#[test]
fn who_asks_for_tesseract_and_has_none_is_told_before_anything_is_done() {
    let home = Home::new();
    put(&home, "slope.png", &png(1));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_scrubs"))
        .args(["clean", "--ocr", "tesseract", "--to"])
        .arg(home.at("release"))
        .arg("--custody")
        .arg(home.at("custody"))
        .arg(home.at("source"))
        .env("PATH", home.at("source"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("tesseract is not installed") && told.contains("--ocr"), "{told}");
    assert!(!home.at("release").exists() && !home.at("custody").exists());
}
