//! What is written among coded samples goes in every container alike, and what decoders read of them stays.
#![allow(clippy::unwrap_used)]

#[path = "support/cleaning.rs"]
mod cleaning;
#[path = "support/ebml.rs"]
mod ebml;
#[path = "support/film.rs"]
mod film;
#[path = "support/picture.rs"]
mod picture;
#[path = "support/sound.rs"]
mod sound;

use cleaning::{clean, held};
use ebml::el;
use film::{boxed, sample, slice};
use picture::found;
use scrubs::finding::Code;
use scrubs::inspect::inspect;
use scrubs::recording::Format;

/// A Matroska film with one track of this codec and private data, and sound beside it.
fn matroska(codec: &[u8], private: &[u8], samples: &[Vec<u8>]) -> Vec<u8> {
    let entry = [el(0xD7, &[1]), el(0x83, &[1]), el(0x86, codec), el(0x63A2, private)].concat();
    let beside = [el(0xD7, &[2]), el(0x83, &[2]), el(0x86, b"A_PCM/INT/LIT")].concat();
    let tracks = el(0x1654_AE6B, &[el(0xAE, &entry), el(0xAE, &beside)].concat());
    let block = |track: u8, samples: &[u8]| el(0xA3, &[&[0x80 | track, 0, 0, 0x80], samples].concat());
    let blocks: Vec<u8> = samples.iter().flat_map(|one| block(1, one)).chain(block(2, &sound::noise(60))).collect();
    let cluster = el(0x1F43_B675, &[el(0xE7, &[0]), blocks].concat());
    let head = el(0x1A45_DFA3, &el(0x4282, b"matroska"));
    [head, el(0x1853_8067, &[tracks, cluster].concat())].concat()
}

const AVC: &[u8] = &[1, 66, 0, 30, 0xFF, 0xE1, 0, 4, 0x67, 66, 0, 30, 1, 0, 2, 0x68, 0xCE];

/// Cleans, and asserts that the canaries are gone, that the rest stands where it stood and that the witness agrees.
fn emptied(format: Format, bytes: &[u8], canaries: &[&str], stays: &[&[u8]]) {
    assert!(canaries.iter().all(|canary| found(bytes, canary).is_some()));
    let (output, _) = clean(format, bytes).unwrap();
    let left: Vec<_> = canaries.iter().filter(|canary| found(&output, canary).is_some()).collect();
    assert_eq!(left, Vec::<&&str>::new());
    assert_eq!(output.len(), bytes.len());
    for part in stays {
        let place = |bytes: &[u8]| memchr::memmem::find(bytes, part);
        assert!(place(bytes).is_some() && place(bytes) == place(&output));
    }
    assert_eq!(held(format, bytes), None);
    assert!(clean(format, &output).unwrap().0 == output);
}

#[test]
fn captions_clocks_and_makers_units_between_pictures_of_matroska_go() {
    let unit = |head: u8, words: &str| [&[head][..], words.as_bytes()].concat();
    let said = |kind: u8, words: &str| {
        let body = [&[0xB5, 0, 0x31][..], words.as_bytes()].concat();
        [&[6, kind, body.len() as u8][..], &body, &[0x80]].concat()
    };
    let samples = [
        sample(&[&said(4, "CANARY-caption"), &slice(0)]),
        sample(&[&said(1, "CANARY-clock"), &said(136, "CANARY-timecode"), &slice(1)]),
        sample(&[&unit(24, "CANARY-maker"), &slice(2), &unit(12, "CANARY-filler")]),
    ];
    let words = ["CANARY-caption", "CANARY-clock", "CANARY-timecode", "CANARY-maker", "CANARY-filler"];
    let bytes = matroska(b"V_MPEG4/ISO/AVC", AVC, &samples);
    emptied(Format::Matroska, &bytes, &words, &[&slice(0), &slice(1), &slice(2)]);
}

#[test]
fn user_data_and_clocks_of_mpeg_video_go_and_versions_that_decoding_depends_on_stay() {
    let group = |clock: [u8; 4]| [&[0, 0, 1, 0xB8][..], &clock].concat();
    let picture = [&[0, 0, 1, 1][..], &sound::noise(80)].concat();
    let note = |words: &[u8]| [&[0, 0, 1, 0xB2][..], words].concat();
    let sample = [group([0x28, 0xB9, 0x8F, 0xC0]), note(b"CANARY-user-data"), picture.clone()].concat();
    let private = [&[0, 0, 1, 0xB3, 0x14, 0, 0xF0, 0x13][..], &note(b"CANARY-private")].concat();
    let bytes = matroska(b"V_MPEG2", &private, &[sample]);
    let words = ["CANARY-user-data", "CANARY-private"];
    emptied(Format::Matroska, &bytes, &words, &[&picture, &group([0, 8, 0, 0x40])[..4]]);
    let output = clean(Format::Matroska, &bytes).unwrap().0;
    assert!(memchr::memmem::find(&output, &group([0, 8, 0, 0x40])).is_some());
    let mut tried = 0;
    for (version, stays) in
        [("XviD0069", true), ("DivX503b1393p", true), ("DivX501b481", true), ("XviDCANA", false), ("DivX5b", false)]
    {
        let sample = [note(version.as_bytes()), picture.clone()].concat();
        let bytes = matroska(b"V_MPEG4/ISO/ASP", &note(version.as_bytes()), &[sample]);
        let output = clean(Format::Matroska, &bytes).unwrap().0;
        assert_eq!(memchr::memmem::find_iter(&output, version.as_bytes()).count(), if stays { 2 } else { 0 });
        assert_eq!(held(Format::Matroska, &bytes), None, "{version}");
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn words_in_the_settings_of_a_codec_are_refused() {
    let mut tried = 0;
    for (codec, private) in [
        (&b"A_AAC"[..], &b"\x12\x10CANARY-WORDS"[..]),
        (b"A_OPUS", b"OpusHead\x01\x02CANARY-WORDS"),
        (b"V_AV1", b"\x81\x00\x0c\x00CANARY"),
        (b"V_MPEG2", b"\0\0\x01\xb3CANARY-WORDS"),
        (b"V_PRORES", b"CANARY"),
    ] {
        let bytes = matroska(codec, private, &[sound::noise(50)]);
        let kept = clean(Format::Matroska, &bytes).is_ok_and(|(output, _)| found(&output, "CANARY").is_some());
        assert!(!kept, "{}", String::from_utf8_lossy(codec));
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn sound_in_packets_of_one_size_keeps_all_of_them() {
    let number = |n: u32| n.to_be_bytes();
    let mut tried = 0;
    // Samples in a packet, bytes in a packet and in a frame; ticks of a sample; size in the table; bytes that must stay.
    for (packet, bytes, ticks, size, all) in
        [(64, 0, 64, 34, 340), (64, 34, 64, 34, 340), (64, 34, 1, 1, 340), (0, 0, 1, 1, 680)]
    {
        let fields = [&[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 16, 0, 0, 0, 0, 0xAC, 0x44, 0, 0][..]];
        let more = [number(packet), number(0), number(bytes), number(2)].concat();
        // The last is of the version that says nothing of packets, in stereo.
        let mut entry = [fields.concat(), more].concat();
        if packet == 0 {
            entry.truncate(28);
            (entry[9], entry[17]) = (0, 2);
        }
        let mut speech = film::sound(boxed(b"ima4", &entry));
        speech.samples = vec![sound::noise(all)];
        let mut bytes = film::film(*b"qt  ", vec![speech], false, false).bytes();
        let count = if ticks == 1 { 640 } else { 10 };
        let mut set = |kind: &[u8], at: usize, n: u32| {
            let place = memchr::memmem::find(&bytes, kind).unwrap() + 4 + at;
            bytes[place..place + 4].copy_from_slice(&number(n));
        };
        set(b"elst", 8, 0);
        set(b"stts", 8, count);
        set(b"stts", 12, ticks);
        set(b"stsz", 4, size);
        set(b"stsz", 8, count);
        set(b"stsc", 12, count);
        let (output, _) = clean(Format::Mov, &bytes).unwrap();
        assert!(memchr::memmem::find(&output, &sound::noise(all)).is_some(), "{packet} {ticks}");
        assert_eq!(held(Format::Mov, &bytes), None);
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn a_film_with_sound_says_that_nobody_has_listened() {
    let unchecked = |bytes: Vec<u8>, format| {
        let findings = inspect(&bytes, format).unwrap().findings;
        let has = |code| findings.iter().any(|finding| finding.code == code);
        (has(Code::PixelsUnchecked), has(Code::VoiceUnchecked))
    };
    assert_eq!(unchecked(film::plain(true, false), Format::Mp4), (true, true));
    let video = film::video(vec![sample(&[&slice(0)])], film::avc1(&[0; 4], b"", b"", b""));
    assert_eq!(unchecked(film::film(*b"isom", vec![video], true, false).bytes(), Format::Mp4), (true, false));
    assert_eq!(unchecked(matroska(b"V_VP8", &[], &[sound::noise(50)]), Format::Matroska), (true, true));
    assert_eq!(unchecked(sound::wav_plain(), Format::Wav), (false, true));
}

#[test]
fn a_picture_of_nothing_but_notes_is_gone_through_once() {
    let sample = b"\0\0\x01\xB2n".repeat(300_000);
    let bytes = matroska(b"V_MPEG2", &[], &[sample]);
    let begun = std::time::Instant::now();
    let _ = clean(Format::Matroska, &bytes);
    assert!(begun.elapsed().as_secs() < 20);
}
