//! Planted leaks in GIF: for each check an output that must be held, and near misses that must be cleared.

use crate::inspect::leaf::{codes, frame, gif_parts, samples};
use crate::inspect::planted::{assert_words, other, with, word};
use crate::recording::Format;

#[test]
fn what_is_planted_in_a_gif_is_held_and_near_misses_are_not() {
    let parts = gif_parts;
    let clean = parts().concat();
    let stream = samples([0, 1, 1, 0]);
    let image = |stream: &[u8]| other(parts(), 2, frame(10, stream));
    let blocks = |more: &[u8]| {
        let mut all = frame(10, &stream);
        all.pop();
        other(parts(), 2, [&all[..], more].concat())
    };
    let control = |bytes: &[u8]| other(parts(), 2, [bytes, &frame(10, &stream)[8..]].concat());
    let mut table = parts()[0].clone();
    table[13] = 1;
    let mut bits = frame(10, &stream);
    bits[8 + 9] = 0x08;
    let cases = [
        ("as it is", clean.clone(), "cleared"),
        ("comment", with(parts(), 1, b"\x21\xfe\x06Canary\0"), "residue"),
        ("comment behind an image", with(parts(), 3, b"\x21\xfe\x06Canary\0"), "residue"),
        ("comment of nothing", with(parts(), 3, b"\x21\xfe\0"), "residue"),
        ("plain text", with(parts(), 3, b"\x21\x01\x0c\0\0\0\0\x01\0\x01\0\x01\x01\0\0\x06Canary\0"), "residue"),
        ("XMP", with(parts(), 1, b"\x21\xff\x0bXMP DataXMP\x06Canary\0"), "residue"),
        ("another application", with(parts(), 1, b"\x21\xff\x0bCANARYAPP10\x03\x01\0\0\0"), "residue"),
        (
            "a second sub-block of the loop",
            other(parts(), 1, b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\x06Canary\0"),
            "residue",
        ),
        ("a longer sub-block of the loop", other(parts(), 1, b"\x21\xff\x0bNETSCAPE2.0\x06\x01\0\0Can\0"), "residue"),
        ("no loop", other(parts(), 1, ""), "samples-changed"),
        ("another loop", other(parts(), 1, b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x05\0\0"), "samples-changed"),
        ("the loop's other name", other(parts(), 1, b"\x21\xff\x0bANIMEXTS1.0\x03\x01\0\0\0"), "cleared"),
        ("a long graphic control", control(b"\x21\xf9\x0a\x05\x0a\0\x01Canary\0"), "residue"),
        ("a second sub-block of a graphic control", control(b"\x21\xf9\x04\x05\x0a\0\x01\x06Canary\0"), "residue"),
        ("reserved bits of a graphic control", control(b"\x21\xf9\x04\x85\x0a\0\x01\0"), "residue"),
        ("a graphic control without an image", with(parts(), 4, b"\x21\xf9\x04\x05\x0a\0\x01\0"), "residue"),
        ("another delay", other(parts(), 2, frame(11, &stream)), "samples-changed"),
        ("reserved bits of an image", other(parts(), 2, bits), "residue"),
        ("bytes behind the stream", image(&[&stream[..], b"Canary"].concat()), "unaccounted"),
        ("a sub-block that nothing reads", blocks(b"\x06Canary\0"), "unaccounted"),
        ("samples behind the picture", image(&codes(&[256, 0, 1, 1, 0, 67, 97, 257], false)), "unaccounted"),
        ("the stream in two sub-blocks", blocks(b"\0"), "cleared"),
        ("a changed sample", image(&samples([1, 1, 1, 0])), "samples-changed"),
        ("a stream that breaks off", image(&stream[..4]), "samples-changed"),
        ("a changed colour", other(parts(), 0, table), "samples-changed"),
        ("a frame less", other(parts(), 3, ""), "samples-changed"),
        ("trailer", with(parts(), 5, "Canary"), "residue"),
        ("junk between blocks", with(parts(), 3, "Canary"), "unaccounted"),
        ("no end", other(parts(), 4, ""), "damaged"),
    ];
    assert_eq!(assert_words(Format::Gif, &clean, &cases), 29);
}

#[test]
fn an_original_with_more_in_it_shows_what_its_output_shows() {
    let stream = samples([0, 1, 1, 0]);
    let originals = [
        with(gif_parts(), 1, b"\x21\xfe\x06Canary\0"),
        with(gif_parts(), 5, "Canary"),
        other(gif_parts(), 4, ""),
        other(gif_parts(), 2, frame(10, &[&stream[..], b"Canary"].concat())),
        with(gif_parts(), 3, b"\x21\xf9\x04\0\x07\0\0\0\x21\x01\x0c\0\0\0\0\x01\0\x01\0\x01\x01\0\0\x06Canary\0"),
    ];
    for (i, original) in originals.iter().enumerate() {
        assert_eq!(word(Format::Gif, original, &gif_parts().concat()), "cleared", "{i}");
    }
    assert_eq!(originals.len(), 5);
}

#[test]
fn colours_that_no_sample_points_to_are_blank_and_the_others_stay() {
    let of = |colours: &[u8; 12]| {
        let screen = [&b"GIF89a"[..], &[2, 0, 2, 0, 0x81, 0, 0], colours].concat();
        other(gif_parts(), 0, screen)
    };
    let telling = of(b"abcdefCanary");
    let cases = [
        ("blanked", of(b"abcdef\0\0\0\0\0\0"), "cleared"),
        ("not blanked", telling.clone(), "residue"),
        ("half blanked", of(b"abcdefCan\0\0\0"), "residue"),
        ("other colours in their place", of(b"abcdefyranaC"), "samples-changed"),
        ("a colour that is used", of(b"abcdeg\0\0\0\0\0\0"), "samples-changed"),
        ("a colour that is used blanked", of(b"abc\0\0\0\0\0\0\0\0\0"), "samples-changed"),
    ];
    assert_eq!(assert_words(Format::Gif, &telling, &cases), 6);
}

#[test]
fn what_viewers_pass_over_changes_nothing_of_what_is_shown() {
    let stream = samples([0, 1, 1, 0]);
    let mut filled = stream.clone();
    // Six codes of nine bits leave two bits of the last byte.
    *filled.last_mut().unwrap() |= 0xc0;
    let beyond = codes(&[256, 0, 1, 1, 0, 66, 257], false);
    let mut open = codes(&[256, 0, 1, 1, 0], false);
    open[5] &= 0x1f;
    let clean = gif_parts().concat();
    let image = |stream: &[u8]| other(gif_parts(), 2, frame(10, stream));
    let cases = [
        ("zeros between blocks", with(gif_parts(), 3, "\0\0"), clean.clone(), "cleared"),
        ("bits behind the end", image(&filled), clean.clone(), "cleared"),
        ("bits behind the end, kept", image(&filled), image(&filled), "unaccounted"),
        ("samples too many", image(&beyond), image(&open), "cleared"),
        ("samples too many, kept", image(&beyond), image(&beyond), "unaccounted"),
        ("no end", image(&open), image(&open), "cleared"),
    ];
    for (name, original, output, expected) in cases {
        assert_eq!(word(Format::Gif, &original, &output), expected, "{name}");
    }
}
