//! What a program of another maker may do wrong, with small shell scripts in its place, and the real ones where they are
//! installed.
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

use super::*;
use crate::pixels::Samples;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A HEIF file as far as scrubs looks at it before others do.
const HEIF: &[u8] = b"\0\0\0\x10ftypheic\0\0\0\0";

fn script(folder: &Path, name: &str, body: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\ncase \"$1\" in *-version) echo version 9.9; exit;; esac\n{body}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Programs in a folder before those of the system, and a place to work in.
fn decoders(folder: &Path, limits: Limits) -> Decoders {
    let search = format!("{}:/usr/bin:/bin", folder.display());
    Decoders::limited(OsStr::new(&search), limits).working_in(folder.join("custody/.partial"))
}

/// Asserts that nothing is left where they worked, not even the place.
fn is_clear(folder: &Path) {
    assert!(!folder.join("custody/.partial").exists(), "something is left");
}

/// A PNG of 2 × 1 with this colour type and its samples.
fn png(colour: ::png::ColorType, samples: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut out, 2, 1);
    encoder.set_color(colour);
    encoder.write_header().unwrap().write_image_data(samples).unwrap();
    out
}

#[test]
fn a_decoder_that_hangs_floods_crashes_or_writes_nothing_is_ended_and_leaves_nothing() {
    let limits = Limits { time: Duration::from_secs(1), work: 5, whole: Duration::from_secs(2), written: 200_000 };
    let cases = [
        ("sleep 600", "too-large"),
        ("sleep 600 & sleep 600", "too-large"),
        ("cat /dev/zero > out.png", "too-large|damaged"),
        ("while :; do cat /dev/zero | head -c 9000 > out-$$-$(date +%N).png; done", "too-large"),
        ("kill -SEGV $$", "damaged"),
        ("exit 3", "damaged"),
        ("exit 0", "damaged"),
        ("echo no picture > out.png", "damaged"),
        ("i=0; while [ $i -lt 70 ]; do echo > out-$i.png; i=$((i+1)); done", "too-large"),
    ];
    let mut tried = 0;
    for (body, codes) in cases {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("custody")).unwrap();
        script(home.path(), "heif-convert", body);
        let begun = Instant::now();
        let told = decoders(home.path(), limits).decode(Format::Heif, &HEIF.to_vec()).unwrap();
        let fault = told.expect_err(body);
        assert!(codes.split('|').any(|code| code == fault.code), "{body}: {fault:?}");
        assert!(begun.elapsed() < Duration::from_secs(60), "{body}");
        is_clear(home.path());
        tried += 1;
    }
    assert_eq!(tried, 9);
}

#[test]
fn every_picture_is_read_in_its_order_with_its_transparency_and_the_folder_is_private() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("custody")).unwrap();
    fs::write(home.path().join("a"), png(::png::ColorType::Grayscale, &[1, 2])).unwrap();
    fs::write(home.path().join("b"), png(::png::ColorType::Rgba, &[3, 4, 5, 6, 7, 8, 9, 10])).unwrap();
    let from = home.path().display();
    let body = format!(
        "[ \"$(stat -c %a . 2>/dev/null || echo 700)\" = 700 ] || exit 1\n[ -z \"$HOME$USER\" ] || exit 1\n\
         cp {from}/a out-2.png; cp {from}/b out-10.png; cp {from}/a out-1.png"
    );
    script(home.path(), "heif-convert", &body);
    let decoders = decoders(home.path(), Limits::default());
    assert_eq!(decoders.name_for(Format::Avif).as_deref(), Some("heif-convert-9.9"));
    let mut sampled = decoders.decode(Format::Avif, &HEIF.to_vec()).unwrap().unwrap();
    assert_eq!((sampled.by.as_deref(), sampled.number(3)), (Some("heif-convert-9.9"), 3));
    let mut all = Vec::new();
    for index in 0..sampled.frames.count() {
        let picture = sampled.frames.frame(index).unwrap();
        let Samples::U8(samples) = picture.samples() else { panic!("not 8 bits") };
        all.push((picture.channels(), samples.clone()));
    }
    let expected = [(1, vec![1, 2]), (1, vec![1, 2]), (3, vec![3, 4, 5, 7, 8, 9]), (1, vec![6, 10])];
    assert_eq!(all, expected);
    assert!(sampled.frames.frame(4).is_err());
    let folder = fs::read_dir(home.path().join("custody/.partial")).unwrap().next().unwrap().unwrap();
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    drop(sampled);
    is_clear(home.path());
}

#[test]
fn a_picture_that_moves_is_not_handed_over_and_nobody_is_found_where_nobody_is() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("custody")).unwrap();
    script(home.path(), "heif-convert", "exit 0");
    let moving = [HEIF, b"\0\0\0\x08moov"].concat();
    let told = decoders(home.path(), Limits::default()).decode(Format::Heif, &moving).unwrap();
    assert_eq!(told.unwrap_err().code, "no-decoder");
    is_clear(home.path());
    let nobody = Decoders::on(OsStr::new("relative:/nowhere"));
    assert!(nobody.stamps().next().is_none() && nobody.decode(Format::Heif, &HEIF.to_vec()).is_none());
    assert!(Decoders::none().decode(Format::Mp4, &HEIF.to_vec()).is_none());
    assert!(nobody.decode(Format::Jpeg, &HEIF.to_vec()).is_none());
}

#[test]
fn a_program_that_does_not_say_in_time_what_it_is_is_there_all_the_same() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("heif-convert");
    fs::write(&path, "#!/bin/sh\nexec sleep 600\n").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    assert_eq!(decoders(home.path(), limits).name_for(Format::Heif).as_deref(), Some("heif-convert-unknown"));
}

/// Grey frames of 64 × 48, sixty steps of lightness, each for as many frames as are said, as a film that `ffmpeg` makes.
fn film(folder: &Path, name: &str, each: usize, more: &[&str]) -> Option<Vec<u8>> {
    let raw: Vec<u8> = (0..60_u8).flat_map(|n| vec![40 + 3 * n; 64 * 48 * each]).collect();
    fs::write(folder.join("raw"), raw).unwrap();
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "quiet", "-f", "rawvideo", "-pix_fmt", "gray", "-s", "64x48", "-r", "10", "-i", "raw"]);
    let made = command.args(more).args(["-y", name]).current_dir(folder).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: ffmpeg is not installed, or cannot make {name}");
        return None;
    }
    fs::read(folder.join(name)).ok()
}

#[test]
fn the_frames_of_a_film_are_those_that_their_numbers_say() {
    let cases: [(&str, Format, &[&str]); 3] = [
        ("a.mp4", Format::Mp4, &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "250"]),
        ("a.mkv", Format::Matroska, &["-c:v", "mpeg4", "-q:v", "2"]),
        ("a.mov", Format::Mov, &["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "2"]),
    ];
    for (name, format, more) in cases {
        let home = tempfile::tempdir().unwrap();
        let Some(bytes) = film(home.path(), name, 1, more) else { continue };
        let decoders = Decoders::installed().working_in(home.path().join("custody"));
        let mut sampled = decoders.decode(format, &bytes).unwrap().unwrap();
        assert_eq!((sampled.frames.count(), sampled.number(0), sampled.number(11)), (12, 0, 59), "{name}");
        for index in 0..12 {
            let picture = sampled.frames.frame(index).unwrap();
            let Samples::U8(samples) = picture.samples() else { panic!("not 8 bits") };
            let (got, expected) = (i64::from(samples[3 * (64 * 24 + 32)]), i64::from(40 + 3 * sampled.number(index)));
            // Video ranges and coding move a value by some; the next frame is three away, so compare with some room.
            assert!((got - expected).abs() <= 4, "{name}: frame {index} is {got}, not {expected}");
        }
        drop(sampled);
        assert!(!home.path().join("custody").exists(), "{name}: something is left");
    }
}

#[test]
fn a_long_film_is_looked_at_all_along_however_seldom_it_can_be_entered() {
    // 2,400 frames; a key frame for every 48, or the first alone.
    let cases = [("often", "48", 48), ("once", "9999", 1)];
    for (what, apart, most) in cases {
        let home = tempfile::tempdir().unwrap();
        let more =
            ["-c:v", "libx264", "-preset", "ultrafast", "-sc_threshold", "0", "-g", apart, "-pix_fmt", "yuv420p"];
        let Some(bytes) = film(home.path(), "a.mp4", 40, &more) else { continue };
        let decoders = Decoders::installed().working_in(home.path().join("custody"));
        let mut sampled = decoders.decode(Format::Mp4, &bytes).unwrap().unwrap();
        assert_eq!((sampled.frames.count(), sampled.number(0), sampled.number(11)), (12, 0, 2399), "{what}");
        for index in 0..12 {
            let picture = sampled.frames.frame(index).unwrap();
            let Samples::U8(samples) = picture.samples() else { panic!("not 8 bits") };
            let got = (i64::from(samples[3 * (64 * 24 + 32)]) - 40) as f64 / 3.0;
            let place = f64::from(sampled.number(index)) / 40.0;
            let early = place - got;
            assert!((-2.5..2.5 + f64::from(most) / 40.0).contains(&early), "{what}: {index} is {early} steps early");
        }
    }
}

#[test]
fn a_film_that_is_none_is_told_as_damaged() {
    let decoders = Decoders::installed();
    if decoders.name_for(Format::Mp4).is_none() {
        eprintln!("skipped: ffmpeg is not installed");
        return;
    }
    let told = decoders.decode(Format::Mp4, &b"\0\0\0\x10ftypisom\0\0\0\0".to_vec()).unwrap();
    assert!(told.is_err());
    // A list of other files is not read by the demuxer of films, whatever it says.
    let list = b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n".to_vec();
    assert!(decoders.decode(Format::Mp4, &list).unwrap().is_err());
}

#[test]
fn no_program_is_started_before_there_is_something_to_decode_and_a_new_one_is_noticed_all_the_same() {
    let home = tempfile::tempdir().unwrap();
    let started = home.path().join("started");
    let body = format!("touch {}", started.display());
    fs::write(home.path().join("heif-dec"), format!("#!/bin/sh\n{body}\necho version 9.9\n")).unwrap();
    fs::set_permissions(home.path().join("heif-dec"), fs::Permissions::from_mode(0o755)).unwrap();
    let here = decoders(home.path(), Limits::default());
    let before: Vec<String> = here.stamps().collect();
    assert!(before[0].starts_with("heif-dec ") && format!("{here:?}").starts_with("[\"heif-dec\""));
    assert!(!started.exists(), "it was started");
    assert_eq!(here.name_for(Format::Heif).as_deref(), Some("heif-dec-9.9"));
    assert!(started.exists(), "it was asked");
    script(home.path(), "heif-dec", "exit 0");
    assert_ne!(decoders(home.path(), Limits::default()).stamps().next().unwrap(), before[0]);
}
