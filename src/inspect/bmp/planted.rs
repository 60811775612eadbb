//! Planted leaks in bitmaps: for each check an output that must be held, and near misses that must be cleared.

use crate::inspect::fixture;
use crate::inspect::leaf::{bmp, dib};
use crate::inspect::planted::{assert_words, word};
use crate::recording::Format;

fn changed(at: usize, value: u8) -> Vec<u8> {
    let mut out = bmp();
    out[at] = value;
    out
}

/// A bitmap of one pixel with a header of 124 bytes and what stands behind the pixel.
fn v5(space: &[u8; 4], profile: &[u8]) -> Vec<u8> {
    let mut head = vec![0u8; 124];
    head[0] = 124;
    head[4] = 1;
    head[8] = 1;
    head[12] = 1;
    head[14] = 24;
    head[56..60].copy_from_slice(space);
    if !profile.is_empty() {
        head[112..116].copy_from_slice(&128u32.to_le_bytes());
        head[116..120].copy_from_slice(&(profile.len() as u32).to_le_bytes());
    }
    let length = (14 + 124 + 4 + profile.len()) as u32;
    [&b"BM"[..], &length.to_le_bytes(), &[0; 4], &138u32.to_le_bytes(), &head, &[1, 2, 3, 0], profile].concat()
}

#[test]
fn what_is_planted_in_a_bitmap_is_held_and_near_misses_are_not() {
    let clean = bmp();
    assert_eq!(clean.len(), 54 + 12 + 8);
    let mut gap = clean[..66].to_vec();
    gap.extend(b"Canary");
    gap.extend(&clean[66..]);
    gap[2] += 6;
    gap[10] += 6;
    let mut blank = gap.clone();
    blank[66..72].fill(0);
    let mut behind = [&clean[..], b"Canary"].concat();
    behind[2] += 6;
    let cases = [
        ("as it is", clean.clone(), "cleared"),
        ("reserved fields", changed(6, b'C'), "residue"),
        ("wrong length of the file", changed(2, 200), "residue"),
        ("bytes before the pixels", gap, "unaccounted"),
        ("zeros before the pixels", blank, "cleared"),
        ("trailer", behind, "residue"),
        ("trailer that is not counted", [&clean[..], b"Canary"].concat(), "residue"),
        ("reserved byte of the palette", changed(57, b'C'), "residue"),
        ("bytes that pad a row", changed(68, b'C'), "residue"),
        ("a changed colour", changed(58, 1), "samples-changed"),
        ("a changed sample", changed(66, 0x02), "samples-changed"),
        ("another resolution", changed(38, 1), "samples-changed"),
        (
            "upside down",
            {
                let mut out = clean.clone();
                out[22..26].copy_from_slice(&(-2i32).to_le_bytes());
                out
            },
            "samples-changed",
        ),
        ("no pixels", clean[..70].to_vec(), "residue"),
    ];
    assert_eq!(assert_words(Format::Bmp, &clean, &cases), 14);
}

#[test]
fn bits_that_belong_to_no_colour_say_nothing() {
    let of = |bits: u16, coding: u32, masks: &[u32], pixels: &[u8]| {
        let masks: Vec<u8> = masks.iter().flat_map(|mask| mask.to_le_bytes()).collect();
        dib(2, 1, bits, coding, &[0; 4], &masks, pixels)
    };
    let ten = [0x3ff0_0000, 0x000f_fc00, 0x3ff];
    let cases: [(Vec<u8>, Vec<u8>, &str); 12] = [
        (of(32, 0, &[], b"abcCdefa"), of(32, 0, &[], b"abcCdefa"), "residue"),
        (of(32, 0, &[], b"abcCdefa"), of(32, 0, &[], b"abc\0def\0"), "cleared"),
        (of(32, 0, &[], b"abcCdefa"), of(32, 0, &[], b"abc\xffdef\xff"), "cleared"),
        (of(32, 0, &[], b"abcCdefa"), of(32, 0, &[], b"abc\0deg\0"), "samples-changed"),
        (of(32, 0, &[], b"abcCdefa"), of(32, 0, &[], b"abc\xffdef\0"), "residue"),
        (of(32, 3, &ten, b"abc\xc0def\x40"), of(32, 3, &ten, b"abc\xc0def\x40"), "residue"),
        (of(32, 3, &ten, b"abc\xc0def\x40"), of(32, 3, &ten, b"abc\0def\0"), "cleared"),
        (of(32, 3, &ten, b"abc\xc1def\x40"), of(32, 3, &ten, b"abc\0def\0"), "samples-changed"),
        (of(16, 0, &[], b"a\x81b\x01"), of(16, 0, &[], b"a\x81b\x01"), "residue"),
        (of(16, 0, &[], b"a\x81b\x01"), of(16, 0, &[], b"a\x01b\x01"), "cleared"),
        (of(16, 3, &[0xf800, 0x7e0, 0x1f], b"abcd"), of(16, 3, &[0xf800, 0x7e0, 0x1f], b"abcd"), "cleared"),
        (of(24, 0, &[], b"abcdef\0\0"), of(24, 0, &[], b"abcdef\0\0"), "cleared"),
    ];
    let mut tried = 0;
    for (original, output, expected) in &cases {
        assert_eq!(word(Format::Bmp, original, output), *expected, "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 12);
}

#[test]
fn profiles_are_neutral_and_paths_are_not_there() {
    let neutral = v5(b"DEBM", &fixture::icc("sRGB", ""));
    let telling = v5(b"DEBM", &fixture::icc("Canary", ""));
    let linked = v5(b"KNIL", b"C:\\Users\\Canary\\screen.icm\0");
    let none = v5(b"BGRs", b"");
    let mut endpoints = none.clone();
    endpoints[80..86].copy_from_slice(b"Canary");
    let cases = [
        ("neutral", &telling, &neutral, "cleared"),
        ("telling", &telling, &telling, "residue"),
        ("linked", &linked, &linked, "residue"),
        ("link gone", &linked, &none, "cleared"),
        ("profile gone", &telling, &none, "samples-changed"),
        ("colours that nothing reads", &endpoints, &endpoints, "residue"),
        ("colours that nothing reads gone", &endpoints, &none, "cleared"),
    ];
    for (name, original, output, expected) in cases {
        assert_eq!(word(Format::Bmp, original, output), expected, "{name}");
    }
    assert_eq!(cases.len(), 7);
}

#[test]
fn runs_end_where_they_say() {
    let runs = [3, 1, 0, 0, 0, 3, 1, 2, 0, 0, 0, 1];
    let of = |runs: &[u8]| dib(3, 2, 8, 1, &[0, 0, 3, 0], &[0; 12], runs);
    let clean = of(&runs);
    let mut changed = runs;
    changed[1] = 2;
    let cases = [
        ("as it is", of(&runs), "cleared"),
        ("bytes behind the runs", of(&[&runs[..], b"Canary"].concat()), "residue"),
        ("a changed sample", of(&changed), "samples-changed"),
    ];
    assert_eq!(assert_words(Format::Bmp, &clean, &cases), 3);
    assert_eq!(word(Format::Bmp, &of(&[&runs[..], b"Canary"].concat()), &clean), "cleared");
    let odd = [0, 3, 1, 2, 0, b'C', 0, 1];
    let even = [0, 3, 1, 2, 0, 0, 0, 1];
    assert_eq!(word(Format::Bmp, &of(&odd), &of(&even)), "cleared");
    assert_eq!(word(Format::Bmp, &of(&odd), &of(&odd)), "residue");
}

#[test]
fn colours_that_no_sample_points_to_are_blank_and_the_others_stay() {
    let of = |palette: &[u8; 16], bits: u16, coding: u32, pixels: &[u8]| {
        dib(3, 2, bits, coding, &[0, 0, 4, 0], palette, pixels)
    };
    // Samples 0, 1, 3, in rows and in runs; what is left of a row's last byte points to nothing.
    let ways: [(u16, u32, &[u8]); 4] = [
        (2, 0, &[0x1c, 0, 0, 0, 0x1c, 0, 0, 0]),
        (4, 0, &[0x01, 0x30, 0, 0, 0x01, 0x30, 0, 0]),
        (8, 1, &[1, 0, 1, 1, 1, 3, 0, 0, 0, 3, 0, 1, 3, 0, 0, 1]),
        (4, 2, &[3, 0x01, 0, 0, 0, 3, 0x13, 0x10, 0, 1]),
    ];
    let mut tried = 0;
    for (bits, coding, pixels) in ways {
        let telling = of(b"abc\0def\0Can\0jkl\0", bits, coding, pixels);
        let cases = [
            ("blanked", of(b"abc\0def\0\0\0\0\0jkl\0", bits, coding, pixels), "cleared"),
            ("not blanked", telling.clone(), "residue"),
            ("another colour in its place", of(b"abc\0def\0naC\0jkl\0", bits, coding, pixels), "samples-changed"),
            ("a colour that is used", of(b"abc\0def\0\0\0\0\0jkm\0", bits, coding, pixels), "samples-changed"),
        ];
        tried += assert_words(Format::Bmp, &telling, &cases);
    }
    assert_eq!(tried, 16);
}

#[test]
fn runs_end_where_all_rows_are_painted() {
    let of = |runs: &[u8]| dib(3, 2, 8, 1, &[0, 0, 2, 0], &[1, 2, 3, 0, 4, 5, 6, 0], runs);
    let painted = [3, 1, 0, 0, 3, 1];
    assert_eq!(word(Format::Bmp, &of(&[&painted[..], b"Canary"].concat()), &of(&painted)), "cleared");
    assert_eq!(word(Format::Bmp, &of(&painted), &of(&[&painted[..], b"Canary"].concat())), "residue");
}
