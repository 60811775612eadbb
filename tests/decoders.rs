//! Pictures and films that only programs of this machine decode, and Motion JPEG, which scrubs decodes itself: what is seen in
//! them, what is said of it, and that nothing of a film ever counts as checked.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use support::running::{Home, tree};

const WIDTH: usize = 320;
const HEIGHT: usize = 240;

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

/// A dark picture with a number in its upper left corner, or nothing.
fn drawn(number: &str) -> Vec<u8> {
    let mut film: Vec<u8> = (0..WIDTH * HEIGHT).map(|n| (20 + (n * 7 % 13) + (n / WIDTH) / 8) as u8).collect();
    for (place, digit) in number.bytes().enumerate() {
        let glyph = DIGITS[usize::from(digit - b'0')];
        for (y, x) in (0..14).flat_map(|y| (0..10).map(move |x| (y, x))) {
            if glyph[y / 2] >> (4 - x / 2) & 1 == 1 {
                film[(6 + y) * WIDTH + 8 + 12 * place + x] = 235;
            }
        }
    }
    film
}

fn rgb(grey: &[u8]) -> Vec<u8> {
    grey.iter().flat_map(|v| [*v; 3]).collect()
}

/// What a program makes of a file; none, said aloud, where it is not installed.
fn made_by(program: &str, args: &[&str], home: &Home, out: &str) -> bool {
    let status = Command::new(program).args(args).current_dir(home.at(".")).output().map(|output| output.status);
    let there = status.is_ok_and(|status| status.success()) && home.at(out).exists();
    if !there {
        eprintln!("skipped: {program} is not installed, or cannot make {out}");
    }
    there
}

/// A HEIC picture with this number in it.
fn heic(home: &Home, name: &str, number: &str) -> bool {
    let mut png = Vec::new();
    let coder = PngEncoder::new(&mut png);
    coder.write_image(&rgb(&drawn(number)), WIDTH as u32, HEIGHT as u32, ExtendedColorType::Rgb8).unwrap();
    fs::create_dir_all(home.at("source")).unwrap();
    fs::write(home.at("drawn.png"), png).unwrap();
    let out = format!("source/{name}");
    made_by("heif-enc", &["-q", "95", "drawn.png", "-o", &out], home, &out)
}

/// A film of 40 frames, with a number in the second half, coded as asked.
fn film(home: &Home, name: &str, number: &str, coding: &[&str]) -> bool {
    let frames = [drawn(""), drawn(number)];
    let raw: Vec<u8> = (0..40).flat_map(|n| frames[n / 20].clone()).collect();
    fs::create_dir_all(home.at("source")).unwrap();
    fs::write(home.at("raw"), raw).unwrap();
    let (size, out) = (format!("{WIDTH}x{HEIGHT}"), format!("source/{name}"));
    let mut args = vec!["-v", "quiet", "-f", "rawvideo", "-pix_fmt", "gray", "-s", &size, "-r", "10", "-i", "raw"];
    args.extend(coding);
    args.extend(["-y", &out]);
    made_by("ffmpeg", &args, home, &out)
}

const RUN: &[&str] = &["source", "--to", "release", "--custody", "custody", "--kind", "x-ray"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    RUN.iter().chain(more).copied().collect()
}

fn installed(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|place| place.join(program).is_file())
}

/// The sidecar of the recording with this extension, in the release or in custody.
fn sidecar(home: &Home, shelf: &str, extension: &str) -> Value {
    let files = tree(&home.at(shelf));
    let is = |path: &&PathBuf| path.extension().is_some_and(|e| e == extension);
    let recording = files.keys().find(is).unwrap_or_else(|| panic!("no {extension} in {shelf}: {:?}", files.keys()));
    serde_json::from_slice(&files[&recording.with_extension("consent.json")]).unwrap()
}

fn methods(sidecar: &Value) -> Vec<String> {
    let all = sidecar["anonymisation"]["method"].as_array().unwrap();
    all.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

fn report(home: &Home) -> String {
    fs::read_to_string(home.at("custody/report/recordings.jsonl")).unwrap()
}

/// Nothing of the decoders' work is left.
fn is_clear(home: &Home) {
    assert!(!home.at("custody/.partial").exists(), "a working area is left");
}

#[test]
fn a_heic_picture_in_which_nothing_is_written_is_released_and_without_a_decoder_held() {
    let home = Home::new();
    if !heic(&home, "a.heic", "") {
        fs::write(home.at("source/a.heic"), support::heif::plain(support::heif::Coding::Hevc)).unwrap();
    }
    home.clean(&with(&["--decoders", "built-in"]), 1);
    let held = sidecar(&home, "custody/held", "heic");
    assert_eq!(held["anonymisation"]["pixels"], "unchecked");
    assert!(report(&home).contains("no decoder for HEIF pictures is built in"), "{}", report(&home));
    if !(installed("heif-convert") || installed("heif-dec")) || !installed("heif-enc") {
        eprintln!("skipped: libheif's programs are not installed");
        return;
    }
    // The same recording with the decoder: read again, since what was said of it depends on that.
    home.clean(RUN, 0);
    let told = sidecar(&home, "release/recordings", "heic");
    assert_eq!(told["anonymisation"]["pixels"], "checked", "{told}");
    assert!(methods(&told).iter().any(|word| word.starts_with("decoded-by-heif-")), "{told}");
    let page = fs::read_to_string(home.at("release/report/index.html")).unwrap();
    assert!(page.contains("data:image/jpeg"), "the page has no small picture of it");
    is_clear(&home);
    assert_eq!(home.run(&["verify", "release"]).status.code(), Some(0));
}

#[test]
fn writing_in_a_heic_picture_is_put_before_a_person_and_a_box_there_holds() {
    let home = Home::new();
    if !heic(&home, "a.heic", "48213907") || !(installed("heif-convert") || installed("heif-dec")) {
        return;
    }
    home.clean(RUN, 1);
    let told = sidecar(&home, "custody/held", "heic");
    assert_eq!(told["anonymisation"]["pixels"], "needs-eyes", "{told}");
    let regions = told["anonymisation"]["regions"].as_array().unwrap();
    assert!(!regions.is_empty() && regions.iter().all(|region| region["action"] == "look"), "{told}");
    assert!(!told.to_string().contains("48213907"));
    assert!(report(&home).contains("HEIF pictures cannot be covered here"), "{}", report(&home));
    home.clean(&with(&["--box", "0,0,20,20"]), 1);
    assert!(report(&home).contains("cannot-cover"), "{}", report(&home));
    is_clear(&home);
}

#[test]
fn motion_jpeg_is_looked_at_without_any_other_program_and_its_frames_are_named() {
    let cases: [(&str, &[&str]); 3] = [
        ("a.avi", &["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "2"]),
        ("a.mov", &["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "2"]),
        ("a.mkv", &["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "2"]),
    ];
    for (name, coding) in cases {
        let home = Home::new();
        if !film(&home, name, "48213907", coding) {
            continue;
        }
        home.clean(&with(&["--decoders", "built-in"]), 1);
        let told = sidecar(&home, "custody/held", &name[2..]);
        assert_eq!(told["anonymisation"]["pixels"], "needs-eyes", "{name}: {told}");
        assert!(methods(&told).contains(&"frames-sampled-12".to_owned()), "{name}: {told}");
        let regions = told["anonymisation"]["regions"].as_array().unwrap();
        let frames: Vec<u64> = regions.iter().filter_map(|region| region["frame"].as_u64()).collect();
        assert!(!regions.is_empty() && frames.iter().all(|frame| (20..40).contains(frame)), "{name}: {told}");
        assert!(report(&home).contains("films cannot be covered here"), "{}", report(&home));
    }
}

#[test]
fn a_film_in_whose_frames_nothing_was_found_is_held_for_a_person_all_the_same() {
    let home = Home::new();
    if !film(&home, "a.mp4", "", &["-c:v", "mpeg4", "-q:v", "2"]) {
        return;
    }
    home.clean(&with(&["--decoders", "built-in"]), 1);
    assert!(report(&home).contains("no decoder for films is built in"), "{}", report(&home));
    home.clean(RUN, 1);
    let told = sidecar(&home, "custody/held", "mp4");
    assert_eq!(told["anonymisation"]["pixels"], "unchecked", "{told}");
    assert!(methods(&told).iter().any(|word| word.starts_with("decoded-by-ffmpeg-")), "{told}");
    assert!(methods(&told).contains(&"frames-sampled-12".to_owned()), "{told}");
    assert!(report(&home).contains("12 of its frames"), "{}", report(&home));
    is_clear(&home);
    // A person who has looked answers for it.
    let profile = "[[assessment]]\nrecordings = \"*.mp4\"\npixels = \"no-marks\"\nidentifiable = \"no\"\nby = \"A. Reviewer\"\non = \"2026-11-20\"\n";
    fs::write(home.at("profile.toml"), profile).unwrap();
    home.clean(&with(&["--profile", "profile.toml"]), 0);
}

/// Where the pictures of a film begin and end: each from its start to its end marker.
fn pictures(film: &[u8]) -> Vec<std::ops::Range<usize>> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(start) = memchr::memmem::find(&film[at..], &[0xFF, 0xD8, 0xFF]).map(|n| at + n) {
        let end = start + memchr::memmem::find(&film[start..], &[0xFF, 0xD9]).expect("an end") + 2;
        out.push(start..end);
        at = end;
    }
    out
}

#[test]
fn a_frame_that_cannot_be_decoded_is_told_and_no_frame_counts_as_looked_at() {
    // What is spoilt in the picture of the frame: its header, or its tables. Samples that are zeros stand for a grey picture.
    type Spoil = fn(&mut [u8]);
    let spoils: [(&str, Spoil); 2] = [
        ("size", |frame| {
            let at = memchr::memmem::find(frame, &[0xFF, 0xC0]).unwrap();
            frame[at + 5..at + 9].fill(0);
        }),
        ("tables", |frame| {
            let at = memchr::memmem::find(frame, &[0xFF, 0xC4]).unwrap();
            frame[at + 4..at + 20].fill(0xFF);
        }),
    ];
    let mut tried = 0;
    for name in ["a.mov", "a.avi"] {
        let home = Home::new();
        if !film(&home, name, "", &["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "2"]) {
            return;
        }
        let sound = fs::read(home.at("source").join(name)).unwrap();
        let frames = pictures(&sound);
        assert_eq!(frames.len(), 40, "{name}");
        let run = with(&["--decoders", "built-in"]);
        home.clean(&run, 1);
        let told = sidecar(&home, "custody/held", &name[2..]);
        assert!(methods(&told).contains(&"frames-sampled-12".to_owned()), "{name}: {told}");
        assert!(report(&home).contains("12 of its frames"), "{name}: {}", report(&home));
        // The first frame, the last, and one between: each is looked at.
        for (what, spoil) in spoils {
            for frame in [0, 39, 7] {
                let mut film = sound.clone();
                spoil(&mut film[frames[frame].clone()]);
                let home = Home::new();
                fs::create_dir_all(home.at("source")).unwrap();
                fs::write(home.at("source").join(name), film).unwrap();
                home.clean(&run, 1);
                let all = tree(&home.at("custody/held"));
                let told = all.keys().any(|path| path.extension().is_some_and(|e| e == "json"));
                let told = told.then(|| sidecar(&home, "custody/held", &name[2..]));
                let sampled = told.as_ref().map(methods).unwrap_or_default();
                let words = report(&home);
                assert!(
                    !sampled.iter().any(|word| word.starts_with("frames-sampled")) && !words.contains("of its frames"),
                    "{name}: {what} of frame {frame} was spoilt, and it counts as looked at: {words}"
                );
                assert!(words.contains("decoded") || words.contains("damaged"), "{name}, {what}: {words}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 12);
}
