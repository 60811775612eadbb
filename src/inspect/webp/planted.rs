//! Planted leaks in WebP: for each check an output that must be held, and near misses that must be cleared.

use crate::inspect::fixture;
use crate::inspect::leaf::{animation, anmf, canvas, chunk, vp8, webp, webp_chunks};
use crate::inspect::planted::{assert_words, word};
use crate::recording::Format;

fn with(mut all: Vec<Vec<u8>>, at: usize, what: Vec<u8>) -> Vec<u8> {
    all.insert(at, what);
    webp(&all)
}

fn other(mut all: Vec<Vec<u8>>, at: usize, what: Vec<u8>) -> Vec<u8> {
    all[at] = what;
    webp(&all)
}

#[test]
fn what_is_planted_in_a_webp_is_held_and_near_misses_are_not() {
    let all = webp_chunks;
    let clean = webp(&all());
    let icc = |name: &str| chunk(b"ICCP", &fixture::icc(name, ""));
    let exif = |block: &[u8]| chunk(b"EXIF", block);
    let mut size = clean.clone();
    size[4] ^= 2;
    let mut pad = clean.clone();
    let vp8_at = clean.len() - 8 - 26 - 1;
    assert_eq!(pad[vp8_at], 0);
    pad[vp8_at] = b'C';
    let mut sample = vp8();
    sample[20] ^= 1;
    let mut reserved = canvas(0x38);
    reserved[9] = 1;
    let mut no_exif = all();
    no_exif.pop();
    no_exif[0] = canvas(0x30);
    let mut no_profile = all();
    no_profile.remove(1);
    no_profile[0] = canvas(0x18);
    let mut no_alpha = all();
    no_alpha.remove(2);
    no_alpha[0] = canvas(0x28);
    let cases = [
        ("as it is", clean.clone(), "cleared"),
        ("XMP", with(all(), 5, chunk(b"XMP ", b"<x/>")), "residue"),
        ("XMP with its flag", other(all(), 0, canvas(0x3c)), "residue"),
        ("unknown chunk", with(all(), 5, chunk(b"CNRY", b"Canary")), "residue"),
        ("LIST", with(all(), 3, chunk(b"LIST", b"INFOCanary")), "residue"),
        ("Exif with more", other(all(), 4, exif(&[&fixture::orientation(6)[..], b"Canary"].concat())), "residue"),
        ("Exif with a prefix", other(all(), 4, exif(&[b"Exif\0\0", &fixture::orientation(6)[..]].concat())), "residue"),
        ("second Exif", with(all(), 5, exif(&fixture::orientation(6))), "residue"),
        ("another orientation", other(all(), 4, exif(&fixture::orientation(3))), "samples-changed"),
        ("no orientation", webp(&no_exif), "samples-changed"),
        ("telling profile", other(all(), 1, icc("Canary")), "residue"),
        ("another neutral profile", other(all(), 1, icc("")), "cleared"),
        ("no profile", webp(&no_profile), "samples-changed"),
        ("no transparency", webp(&no_alpha), "samples-changed"),
        ("a flag for nothing", other(all(), 0, canvas(0x3a)), "residue"),
        ("a flag that is missing", other(all(), 0, canvas(0x18)), "residue"),
        ("reserved flags", other(all(), 0, canvas(0xb8)), "residue"),
        ("reserved bytes", other(all(), 0, reserved), "residue"),
        ("second picture", with(all(), 4, chunk(b"VP8L", &[0x2f, 15, 0xc0, 3, 0, 1])), "residue"),
        ("same picture twice", with(all(), 4, vp8()), "residue"),
        ("transparency behind the picture", with(all(), 4, chunk(b"ALPH", b"Canary")), "residue"),
        ("trailer", [&clean[..], b"Canary"].concat(), "unaccounted"),
        ("wrong length", size, "unaccounted"),
        ("pad byte", pad, "unaccounted"),
        ("a changed sample", other(all(), 3, sample), "samples-changed"),
    ];
    assert_eq!(assert_words(Format::WebP, &clean, &cases), 25);
}

#[test]
fn an_animation_keeps_its_timing_and_has_nothing_between_its_frames() {
    let all = animation;
    let clean = webp(&all());
    let comment = chunk(b"CNRY", b"Canary");
    let mut reserved = anmf(40, &[vp8()]);
    reserved[8 + 15] |= 0x80;
    let mut shorter = all();
    shorter.pop();
    let cases = [
        ("as it is", clean.clone(), "cleared"),
        ("unknown chunk in a frame", other(all(), 2, anmf(40, &[vp8(), comment])), "residue"),
        ("second picture in a frame", other(all(), 2, anmf(40, &[vp8(), vp8()])), "residue"),
        ("reserved bits of a frame", other(all(), 2, reserved), "residue"),
        ("another duration", other(all(), 2, anmf(41, &[vp8()])), "samples-changed"),
        ("another number of repetitions", other(all(), 1, chunk(b"ANIM", &[1, 2, 3, 4, 6, 0])), "samples-changed"),
        ("a frame less", webp(&shorter), "samples-changed"),
        ("a still picture behind", with(all(), 4, vp8()), "residue"),
        ("a long ANIM", other(all(), 1, chunk(b"ANIM", b"\x01\x02\x03\x04\x05\0Canary")), "residue"),
    ];
    assert_eq!(assert_words(Format::WebP, &clean, &cases), 9);
}

#[test]
fn an_original_with_more_in_it_shows_what_its_output_shows() {
    let mut plain = webp_chunks();
    plain[4] = chunk(b"EXIF", &[b"Exif\0\0", &fixture::orientation(6)[..]].concat());
    let mut wrong = webp(&webp_chunks());
    wrong[4] = 40;
    let originals = [
        webp(&plain),
        wrong,
        with(webp_chunks(), 5, chunk(b"XMP ", b"<x/>")),
        [webp(&webp_chunks()), b"Canary".to_vec()].concat(),
        other(webp_chunks(), 1, chunk(b"ICCP", &fixture::icc("Canary's", "Canary"))),
    ];
    for (i, original) in originals.iter().enumerate() {
        assert_eq!(word(Format::WebP, original, &webp(&webp_chunks())), "cleared", "{i}");
    }
    assert_eq!(originals.len(), 5);
    let simple = webp(&[vp8()]);
    assert_eq!(word(Format::WebP, &webp(&[canvas(4), vp8(), chunk(b"XMP ", b"<x/>")]), &simple), "cleared");
}

#[test]
fn a_turn_in_xmp_and_raw_transparency_are_read_as_viewers_do() {
    let turned = |value: u8| webp(&[canvas(8), vp8(), chunk(b"EXIF", &fixture::orientation(value))]);
    let packet = webp(&[canvas(4), vp8(), chunk(b"XMP ", b"<x tiff:Orientation=\"6\"/>")]);
    let silent = webp(&[canvas(0), vp8(), chunk(b"EXIF", &fixture::orientation(6))]);
    let colours = webp(&[canvas(0), chunk(b"ICCP", &fixture::icc("sRGB", "")), vp8()]);
    let raw = |more: &[u8]| {
        let values = [&[0][..], &[7; 256], more].concat();
        webp(&[canvas(0x10), chunk(b"ALPH", &values), vp8()])
    };
    let cases = [
        ("the turn of XMP in Exif", &packet, turned(6), "cleared"),
        ("another turn", &packet, turned(3), "samples-changed"),
        ("no turn", &packet, webp(&[vp8()]), "samples-changed"),
        ("a turn that nothing announces", &silent, webp(&[vp8()]), "cleared"),
        ("a profile that nothing announces", &colours, webp(&[vp8()]), "cleared"),
        ("values behind the last pixel gone", &raw(b"Canary"), raw(b""), "cleared"),
        ("values behind the last pixel", &raw(b"Canary"), raw(b"Canary"), "unaccounted"),
    ];
    for (name, original, output, expected) in cases {
        assert_eq!(word(Format::WebP, original, &output), expected, "{name}");
    }
}
