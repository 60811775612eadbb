//! Planted leaks: for each check of the witness an output that must be held, and a near miss that must be cleared.

use super::fixture::{self, chunk, element, orientation, segment, sequence, zlib};
use super::{Evidence, Trouble, witness};
use crate::recording::Format;
use std::ops::Range;

pub(super) fn proof(format: Format, original: &[u8], output: &[u8], dropped: &[Range<u64>]) -> Result<u64, Trouble> {
    let (original, output) = (original.to_vec(), output.to_vec());
    witness(&Evidence { format, original: &original, output: &output, dropped }).map(|c| c.samples())
}

/// The code of what holds an output, or `cleared`.
pub(super) fn word(format: Format, original: &[u8], output: &[u8]) -> &'static str {
    proof(format, original, output, &[]).map_or_else(|t| t.code(), |_| "cleared")
}

/// The parts with one more before the part at `at`.
pub(super) fn with(mut parts: Vec<Vec<u8>>, at: usize, part: impl Into<Vec<u8>>) -> Vec<u8> {
    parts.insert(at, part.into());
    parts.concat()
}

/// The parts with the one at `at` replaced.
pub(super) fn other(mut parts: Vec<Vec<u8>>, at: usize, part: impl Into<Vec<u8>>) -> Vec<u8> {
    parts[at] = part.into();
    parts.concat()
}

pub(super) fn assert_words(format: Format, original: &[u8], cases: &[(&str, Vec<u8>, &str)]) -> usize {
    for (name, output, expected) in cases {
        assert_eq!(word(format, original, output), *expected, "{name}");
    }
    cases.len()
}

#[test]
fn what_is_planted_in_a_jpeg_is_held_and_near_misses_are_not() {
    let parts = fixture::jpeg_parts;
    let clean = fixture::jpeg();
    let icc = |profile: &[u8], number: u8, count: u8| {
        segment(0xe2, &[b"ICC_PROFILE\0", &[number, count][..], profile].concat())
    };
    let neutral = fixture::icc("sRGB", "");
    let mut scan = parts()[9].clone();
    scan[1] ^= 1;
    let mut table = parts()[5][4..].to_vec();
    let mut unused = table.clone();
    unused[0] = 1;
    table.extend(b"Canary");
    let progressive = segment(super::jpeg::COM, b"Canary");
    let cases = [
        ("as it is", clean.clone(), "cleared"),
        ("comment", with(parts(), 3, segment(0xfe, b"Canary")), "residue"),
        ("comment of nothing", with(parts(), 3, segment(0xfe, b"")), "residue"),
        ("comment behind a scan", with(parts(), 10, progressive), "residue"),
        (
            "second Exif",
            with(parts(), 3, [&[0xff, 0xe1, 0, 34], &b"Exif\0\0"[..], &orientation(6)].concat()),
            "residue",
        ),
        (
            "Exif with more",
            other(parts(), 2, segment(0xe1, &[&b"Exif\0\0"[..], &orientation(6), b"Canary"].concat())),
            "residue",
        ),
        (
            "another orientation",
            other(parts(), 2, segment(0xe1, &[&b"Exif\0\0"[..], &orientation(3)].concat())),
            "cleared",
        ),
        ("no orientation", other(parts(), 2, ""), "cleared"),
        ("XMP", with(parts(), 2, segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0<x/>")), "residue"),
        (
            "JFIF with a thumbnail",
            other(parts(), 1, segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x01\x01abc")),
            "residue",
        ),
        ("JFXX", with(parts(), 2, segment(0xe0, b"JFXX\0\x10")), "residue"),
        ("Adobe with more", other(parts(), 4, segment(0xee, b"Adobe\0\x64\0\0\0\0\x01Canary")), "residue"),
        ("JPG0", with(parts(), 3, segment(0xf0, b"Canary")), "residue"),
        ("trailer", with(parts(), 11, "Canary"), "residue"),
        ("a byte behind", with(parts(), 11, [0]), "residue"),
        ("junk between segments", with(parts(), 5, "Canary"), "unaccounted"),
        ("fill between segments", with(parts(), 5, [0xff]), "unaccounted"),
        ("bytes behind a table", other(parts(), 5, segment(0xdb, &table)), "unaccounted"),
        ("a table that nothing uses", with(parts(), 5, segment(0xdb, &unused)), "unaccounted"),
        ("ICC with a name", other(parts(), 3, icc(&fixture::icc("Canary's screen", ""), 1, 1)), "residue"),
        ("ICC with a copyright", other(parts(), 3, icc(&fixture::icc("sRGB", "Canary"), 1, 1)), "residue"),
        ("ICC that breaks off", other(parts(), 3, icc(&neutral[..200], 1, 1)), "residue"),
        ("ICC that lacks a part", other(parts(), 3, icc(&neutral, 1, 2)), "residue"),
        (
            "ICC in two parts",
            other(parts(), 3, [icc(&neutral[..50], 1, 2), icc(&neutral[50..], 2, 2)].concat()),
            "cleared",
        ),
        ("no ICC", other(parts(), 3, ""), "cleared"),
        ("a changed sample", other(parts(), 9, scan), "samples-changed"),
        (
            "a changed table",
            other(parts(), 5, {
                let mut t = parts()[5].clone();
                t[9] ^= 2;
                t
            }),
            "samples-changed",
        ),
        ("no end", other(parts(), 10, ""), "damaged"),
    ];
    assert_eq!(assert_words(Format::Jpeg, &clean, &cases), 28);
}

#[test]
fn an_original_with_more_in_it_has_the_samples_of_its_output() {
    let parts = fixture::jpeg_parts;
    let clean = fixture::jpeg();
    let mut unused = parts()[5][4..].to_vec();
    unused[0] = 1;
    let originals = [
        with(parts(), 3, segment(0xfe, b"Canary")),
        with(parts(), 5, "Canary"),
        with(parts(), 10, [0xff, 0xff]),
        with(parts(), 11, [&b"Canary"[..], &clean].concat()),
        with(parts(), 5, segment(0xdb, &unused)),
        other(parts(), 10, ""),
        with(parts(), 10, [&segment(0xda, &[1, 1, 0, 0, 63, 0])[..], &[9, 9]].concat()),
    ];
    let digest = proof(Format::Jpeg, &clean, &clean, &[]).unwrap();
    let mut tried = 0;
    for original in &originals {
        assert_eq!(proof(Format::Jpeg, original, &clean, &[]), Ok(digest), "{tried}");
        tried += 1;
    }
    assert_eq!(tried, 7);
}

#[test]
fn a_removed_string_in_an_open_field_is_held() {
    // The profile attributes are eight bytes that are no text; here they spell a part of a removed one.
    let mut profile = fixture::icc("sRGB", "");
    profile[56..64].copy_from_slice(b"Canary12");
    let part = segment(0xe2, &[&b"ICC_PROFILE\0\x01\x01"[..], &profile].concat());
    let output = other(fixture::jpeg_parts(), 3, part);
    let note = segment(0xfe, b"seen by Canary123");
    let original = with(fixture::jpeg_parts(), 1, note.clone());
    let dropped = 2..2 + note.len() as u64;
    assert!(proof(Format::Jpeg, &original, &output, &[]).is_ok());
    let held = proof(Format::Jpeg, &original, &output, std::slice::from_ref(&dropped));
    assert_eq!(held.map_err(|t| t.code()), Err("residue"));
    assert!(proof(Format::Jpeg, &original, &fixture::jpeg(), std::slice::from_ref(&dropped)).is_ok());
}

#[test]
fn what_is_planted_in_a_png_is_held_and_near_misses_are_not() {
    let parts = fixture::png_parts;
    let clean = fixture::png();
    let profile =
        |name: &[u8], profile: &[u8], more: &[u8]| chunk(b"iCCP", &[name, b"\0\0", &zlib(profile), more].concat());
    let neutral = fixture::icc("sRGB", "");
    let picture = fixture::png_picture(b"");
    let mut wrong_sum = chunk(b"gAMA", &45455u32.to_be_bytes());
    wrong_sum[12] ^= 1;
    let recompressed =
        chunk(b"IDAT", &[&[0x78, 1, 1, 18, 0, 0xed, 0xff][..], &raw_rows(), &adler(&raw_rows())].concat());
    let changed = {
        let mut rows = raw_rows();
        rows[3] ^= 1;
        chunk(b"IDAT", &zlib(&rows))
    };
    let mut parts_of_one = parts();
    parts_of_one.remove(6);
    let one = |idat: Vec<u8>| other(parts_of_one.clone(), 5, idat);
    let cases = [
        ("as it is", clean.clone(), "cleared"),
        ("text", with(parts(), 2, chunk(b"tEXt", b"Comment\0Canary")), "residue"),
        (
            "compressed text",
            with(parts(), 2, chunk(b"zTXt", &[&b"Author\0\0"[..], &zlib(b"Canary")].concat())),
            "residue",
        ),
        ("time", with(parts(), 2, chunk(b"tIME", &[7, 227, 5, 12, 1, 1, 1])), "residue"),
        ("private chunk", with(parts(), 2, chunk(b"caNy", b"")), "residue"),
        ("a chunk twice", with(parts(), 3, parts()[3].clone()), "residue"),
        ("a long gAMA", other(parts(), 3, chunk(b"gAMA", b"\0\0\0\0Canary")), "residue"),
        ("Exif with more", other(parts(), 4, chunk(b"eXIf", &[&orientation(3)[..], b"x"].concat())), "residue"),
        ("another orientation", other(parts(), 4, chunk(b"eXIf", &orientation(8))), "cleared"),
        ("named profile", other(parts(), 2, profile(b"Canary", &neutral, b"")), "residue"),
        ("telling profile", other(parts(), 2, profile(b"sRGB", &fixture::icc("Canary", ""), b"")), "residue"),
        ("bytes behind a profile", other(parts(), 2, profile(b"sRGB", &neutral, b"Canary")), "residue"),
        (
            "another neutral profile",
            other(parts(), 2, profile(b"Colour profile", &fixture::icc("Colour profile", "None"), b"")),
            "cleared",
        ),
        ("wrong check sum", other(parts(), 3, wrong_sum), "unaccounted"),
        ("trailer", with(parts(), 8, "Canary"), "residue"),
        ("bytes behind the picture's stream", one(chunk(b"IDAT", &[&picture[..], b"Canary"].concat())), "unaccounted"),
        ("rows behind the picture", one(chunk(b"IDAT", &fixture::png_picture(b"Canary"))), "damaged"),
        ("one chunk instead of two", one(chunk(b"IDAT", &picture)), "cleared"),
        ("compressed anew", one(recompressed), "cleared"),
        ("a changed sample", one(changed), "samples-changed"),
        ("no end", other(parts(), 7, ""), "damaged"),
    ];
    assert_eq!(assert_words(Format::Png, &clean, &cases), 21);
    let hidden = one(chunk(b"IDAT", &[&picture[..], b"Canary"].concat()));
    assert_eq!(word(Format::Png, &hidden, &clean), "cleared");
}

fn raw_rows() -> Vec<u8> {
    (0..18).map(|n| if n % 6 == 0 { 0 } else { n * 7 }).collect()
}

fn adler(data: &[u8]) -> [u8; 4] {
    let (mut a, mut b) = (1u32, 0u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16 | a).to_be_bytes()
}

#[test]
fn what_is_planted_in_a_dicom_object_is_held_and_near_misses_are_not() {
    let elements = fixture::dicom_elements;
    let original = fixture::dicom_original();
    let file = |data: Vec<u8>| [fixture::dicom_head(&[]), data].concat();
    let put = |at: usize, tag: u32, vr: &[u8; 2], value: &[u8]| file(with(elements(), at, element(tag, vr, value)));
    let set = |at: usize, tag: u32, vr: &[u8; 2], value: &[u8]| file(other(elements(), at, element(tag, vr, value)));
    let nested = |part: Vec<u8>| file(other(elements(), 5, sequence(0x0008_2218, &[part])));
    let mut preamble = fixture::dicom();
    preamble[7] = b'C';
    let ae = element(0x0002_0016, b"AE", b"CANARY");
    let cases = [
        ("as it is", fixture::dicom(), "cleared"),
        ("preamble", preamble, "residue"),
        ("file header", [fixture::dicom_head(&[ae]), elements().concat()].concat(), "residue"),
        ("name", set(6, 0x0010_0010, b"PN", b"Hoeflich^Canary"), "residue"),
        ("no name", set(6, 0x0010_0010, b"PN", b""), "cleared"),
        ("number", set(7, 0x0010_0020, b"LO", b"9434765919"), "residue"),
        ("date", set(3, 0x0008_0020, b"DA", b"20190512"), "residue"),
        ("neutral date", set(3, 0x0008_0020, b"DA", b"19000101"), "cleared"),
        ("UID of the source", set(2, 0x0008_0018, b"UI", b"2.25.77777"), "residue"),
        ("UID of another root", set(2, 0x0008_0018, b"UI", b"1.2.826.0.1.3"), "residue"),
        ("private attribute", put(4, 0x0009_0010, b"LO", b"CANARY"), "unaccounted"),
        ("private attribute in order", put(6, 0x0009_0010, b"LO", b"CANARY"), "residue"),
        ("attribute of the table", put(6, 0x0008_4000, b"LT", b""), "residue"),
        ("comments, even empty ones", put(11, 0x0020_4000, b"LT", b""), "residue"),
        ("unknown attribute", put(6, 0x0008_fff0, b"LO", b""), "residue"),
        ("overlay", put(15, 0x6002_3000, b"OW", b"\0\0"), "residue"),
        ("text in a maker", set(4, 0x0008_0070, b"LO", b"ACME for Hoeflich"), "residue"),
        ("term", set(0, 0x0008_0008, b"CS", b"ORIGINAL\\CANARY"), "residue"),
        ("other terms", set(0, 0x0008_0008, b"CS", b"DERIVED\\SECONDARY\\MPR"), "cleared"),
        ("letters in a number", set(9, 0x0018_0050, b"DS", b"Canary"), "residue"),
        ("number of the patient", set(9, 0x0018_0050, b"DS", b"9434765919"), "residue"),
        ("offsets that are none", put(15, 0x7fe0_0001, b"OB", b"CanaryQQ"), "residue"),
        ("name two levels down", nested(sequence(0x0008_2218, &[element(0x0010_0010, b"PN", b"Canary")])), "residue"),
        ("code two levels down", nested(sequence(0x0008_2218, &[element(0x0008_0100, b"SH", b"T-1")])), "cleared"),
        ("meaning with a name", nested(element(0x0008_0104, b"LO", b"Abdomen of Canary")), "residue"),
        ("unknown representation", put(12, 0x0028_0006, b"UN", b"Canary"), "residue"),
        ("bytes behind", file([elements().concat(), b"Canary".to_vec()].concat()), "unaccounted"),
        ("padding behind", file([elements().concat(), element(0xfffc_fffc, b"OB", &[0; 8])].concat()), "residue"),
        ("a changed sample", set(15, 0x7fe0_0010, b"OB", b"\x01\x80\x02\x07\x11\x0f\x33\x71"), "samples-changed"),
        (
            "bytes behind the last frame",
            set(15, 0x7fe0_0010, b"OB", &[fixture::PIXELS, b"Ca"].concat()),
            "samples-changed",
        ),
    ];
    assert_eq!(assert_words(Format::Dicom, &original, &cases), 30);
}

/// A source that does not lie in memory.
pub(super) struct Far(pub(super) Vec<u8>);

impl crate::cut::Source for Far {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        // A few bytes at a time, as a pipe or a slow disk gives them.
        let n = buf.len().min(1000);
        crate::cut::Source::read_at(self.0.as_slice(), offset, &mut buf[..n])
    }
}

#[test]
fn files_on_disk_are_proved_as_files_in_memory_are() {
    let mut parts = fixture::jpeg_parts();
    parts[9] = (0..700_000u32).flat_map(|n| [n as u8 & 0x7f, (n >> 8) as u8 & 0x7f, 0xff, 0]).collect();
    let output = parts.concat();
    let original = with(parts, 2, segment(0xfe, b"Canary"));
    let mut tried = 0;
    for (format, original, output) in [
        (Format::Jpeg, original, output),
        (Format::Png, fixture::png(), fixture::png()),
        (Format::Dicom, fixture::dicom_original(), fixture::dicom()),
    ] {
        let near = proof(format, &original, &output, &[]);
        let (original, output) = (Far(original), Far(output));
        let far = witness(&Evidence { format, original: &original, output: &output, dropped: &[] });
        assert_eq!(near, far.map(|c| c.samples()), "{format:?}");
        assert!(near.is_ok(), "{format:?}");
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn a_held_output_names_no_value() {
    let bad = [
        fixture::dicom_head(&[]),
        other(fixture::dicom_elements(), 6, element(0x0010_0010, b"PN", b"Hoeflich^Canary")),
    ]
    .concat();
    let trouble = proof(Format::Dicom, &fixture::dicom_original(), &bad, &[]).unwrap_err();
    let text = format!("{trouble} {trouble:?} {}", trouble.advice());
    assert!(!text.contains("Canary") && text.contains("(0010,0010)"), "{text}");
}
