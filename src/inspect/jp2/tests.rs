//! Planted leaks and near misses for JPEG 2000, and rough treatment.

use crate::inspect::fixture::icc;
use crate::inspect::{Evidence, Trouble, inspect, witness};
use crate::recording::Format;

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    [&[0xff, marker], &(content.len() as u16 + 2).to_be_bytes()[..], content].concat()
}

const SIZ: &[u8] = b"\0\0\0\0\0\x08\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0\x04\0\0\0\0\0\0\0\0\0\x01\x07\x01\x01";
const COD: &[u8] = &[0, 0, 0, 1, 0, 1, 2, 2, 0, 1];
const QCD: &[u8] = &[0x40, 8, 16, 16, 24];

/// A codestream of two tile-parts with a comment in the main header and one in a tile-part.
fn stream(main: &[u8], tile: &[u8], more: &[u8], data: &[u8], behind: &[u8]) -> Vec<u8> {
    let comment = |text: &[u8]| if text.is_empty() { Vec::new() } else { segment(0x64, &[b"\0\x01", text].concat()) };
    let part = |head: &[u8], number: u8, open: bool| {
        let length = if open { 0 } else { 12 + head.len() + 2 + data.len() };
        let sot = [&[0xff, 0x90, 0, 10, 0, 0][..], &(length as u32).to_be_bytes(), &[number, 2]].concat();
        [&sot[..], head, &[0xff, 0x93], data].concat()
    };
    [
        &[0xff, 0x4f][..],
        &segment(0x51, SIZ),
        &segment(0x52, COD),
        &segment(0x5c, QCD),
        &comment(main),
        more,
        &part(&comment(tile), 0, false),
        &part(b"", 1, true),
        &[0xff, 0xd9],
        behind,
    ]
    .concat()
}

const SAMPLES: &[u8] = &[0xcf, 0x10, 0xff, 0x7f, 5, 6];

fn clean_stream() -> Vec<u8> {
    stream(&[0; 6], &[0; 4], b"", SAMPLES, b"")
}

fn original_stream() -> Vec<u8> {
    stream(b"Canary", b"Cana", b"", SAMPLES, b"Canary behind")
}

fn ihdr() -> Vec<u8> {
    boxed(b"ihdr", &[0, 0, 0, 4, 0, 0, 0, 8, 0, 1, 7, 7, 0, 0])
}

fn profile(description: &str) -> Vec<u8> {
    boxed(b"colr", &[&[2, 0, 0][..], &icc(description, "")].concat())
}

fn resolution() -> Vec<u8> {
    boxed(b"res ", &boxed(b"resc", &[0, 118, 0, 1, 0, 118, 0, 1, 2, 2]))
}

fn head() -> Vec<u8> {
    [super::SIGNATURE.to_vec(), boxed(b"ftyp", b"jp2 \0\0\0\0jp2 ")].concat()
}

fn file(header: &[Vec<u8>], parts: &[Vec<u8>]) -> Vec<u8> {
    [head(), boxed(b"jp2h", &header.concat()), parts.concat()].concat()
}

fn clean_header() -> Vec<Vec<u8>> {
    vec![ihdr(), profile("sRGB"), resolution()]
}

fn original() -> Vec<u8> {
    let exif = [
        &b"JpgTiffExif->JP2"[..],
        b"II*\0\x08\0\0\0\x01\0\x32\x01\x02\0\x14\0\0\0\x1a\0\0\0\0\0\0\0",
        b"2019:05:12 11:22:33\0",
    ];
    file(
        &[ihdr(), profile("Canary"), resolution()],
        &[
            boxed(b"jp2c", &original_stream()),
            boxed(b"xml ", b"<name>Canary</name>"),
            boxed(b"uuid", &exif.concat()),
            boxed(b"asoc", b"Canary"),
            boxed(b"jp2i", b"Canary"),
            boxed(b"uinf", b"Canary"),
            boxed(b"free", b"Canary"),
        ],
    )
}

fn proof(original: &[u8], output: &[u8]) -> Result<u64, Trouble> {
    let (original, output) = (original.to_vec(), output.to_vec());
    let format = if output.starts_with(&[0xff]) { Format::J2k } else { Format::Jp2 };
    witness(&Evidence { format, original: &original, output: &output, dropped: &[] }).map(|c| c.samples())
}

fn word(original: &[u8], output: &[u8]) -> &'static str {
    proof(original, output).map_or_else(|t| t.code(), |_| "cleared")
}

#[test]
fn what_is_planted_in_a_file_is_held_and_near_misses_are_not() {
    let jp2c = || boxed(b"jp2c", &clean_stream());
    let open = [&[0, 0, 0, 0][..], b"jp2c", &clean_stream()].concat();
    let with = |part: Vec<u8>| file(&clean_header(), &[part, jp2c()]);
    let headed = |header: Vec<Vec<u8>>| file(&header, &[jp2c()]);
    let more = |part: Vec<u8>| headed([clean_header(), vec![part]].concat());
    let rreq =
        |vendor: u8| [&[1, 0x80, 0x80, 0, 1, 0, 5, 0x80, 0, vendor][..], &vec![7; 17 * usize::from(vendor)]].concat();
    let palette = [&[0, 2, 3, 7, 7, 7][..], &[9; 6]].concat();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("as it is", file(&clean_header(), &[jp2c()]), "cleared"),
        ("without a length", file(&clean_header(), &[open]), "cleared"),
        ("requirements", with(boxed(b"rreq", &rreq(0))), "cleared"),
        ("requirements of a vendor", with(boxed(b"rreq", &rreq(1))), "residue"),
        ("xml", with(boxed(b"xml ", b"")), "residue"),
        ("uuid", with(boxed(b"uuid", &[0; 16])), "residue"),
        ("uinf", with(boxed(b"uinf", b"")), "residue"),
        ("label", with(boxed(b"asoc", b"")), "residue"),
        ("rights", with(boxed(b"jp2i", b"")), "residue"),
        ("jumb", with(boxed(b"jumb", b"")), "residue"),
        ("free space", with(boxed(b"free", b"\0\0")), "residue"),
        ("box behind", file(&clean_header(), &[jp2c(), boxed(b"xml ", b"Canary")]), "residue"),
        ("bytes behind", file(&clean_header(), &[jp2c(), b"Canary".to_vec()]), "unaccounted"),
        ("box in the header", more(boxed(b"lbl ", b"Canary")), "residue"),
        ("long header", headed(vec![boxed(b"ihdr", b"\0\0\0\x04\0\0\0\x08\0\x01\x07\x07\0\0Canary")]), "residue"),
        ("telling profile", headed(vec![ihdr(), profile("Canary"), resolution()]), "residue"),
        ("another neutral profile", headed(vec![ihdr(), profile("Colour profile"), resolution()]), "cleared"),
        ("lost profile", headed(vec![ihdr(), resolution()]), "samples-changed"),
        ("lost resolution", headed(vec![ihdr(), profile("sRGB")]), "samples-changed"),
        ("long resolution", more(boxed(b"res ", &boxed(b"resd", b"Canary12345"))), "residue"),
        ("new palette", more(boxed(b"pclr", &palette)), "samples-changed"),
        ("palette with more", more(boxed(b"pclr", &[&palette[..], b"Canary"].concat())), "residue"),
        (
            "brand",
            [
                super::SIGNATURE.to_vec(),
                boxed(b"ftyp", b"jp2 \0\0\0\0caNy"),
                boxed(b"jp2h", &clean_header().concat()),
                jp2c(),
            ]
            .concat(),
            "residue",
        ),
        ("no header", [head(), jp2c()].concat(), "damaged"),
        ("no picture", file(&clean_header(), &[]), "damaged"),
        (
            "comment",
            file(&clean_header(), &[boxed(b"jp2c", &stream(b"Canary", &[0; 4], b"", SAMPLES, b""))]),
            "residue",
        ),
        (
            "another size",
            headed(vec![boxed(b"ihdr", &[0, 0, 0, 8, 0, 0, 0, 8, 0, 1, 7, 7, 0, 0]), profile("sRGB"), resolution()]),
            "samples-changed",
        ),
    ];
    let mut tried = 0;
    for (name, output, expected) in &cases {
        assert_eq!(word(&original(), output), *expected, "{name}: {:?}", proof(&original(), output));
        tried += 1;
    }
    assert_eq!(tried, 27);
}

#[test]
fn what_is_planted_in_a_codestream_is_held_and_near_misses_are_not() {
    let of = |more: &[u8]| stream(&[0; 6], &[0; 4], more, SAMPLES, b"");
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("as it is", clean_stream(), "cleared"),
        ("comment", stream(b"Canary", &[0; 4], b"", SAMPLES, b""), "residue"),
        ("comment of a tile", stream(&[0; 6], b"Cana", b"", SAMPLES, b""), "residue"),
        ("comment left out", stream(b"", &[0; 4], b"", SAMPLES, b""), "cleared"),
        ("comment of a tile left out", stream(&[0; 6], b"", b"", SAMPLES, b""), "samples-changed"),
        ("bytes behind", stream(&[0; 6], &[0; 4], b"", SAMPLES, b"Canary"), "residue"),
        ("unknown segment", of(&segment(0x6f, b"Canary")), "residue"),
        ("long quantisation", of(&segment(0x5d, b"\0\x40\x08Canary!")), "residue"),
        ("long style", of(&segment(0x53, b"\0\0\x01\x02\x02\0\x01Canary")), "residue"),
        ("more of the picture's own", of(&segment(0x5e, &[0, 0, 1])), "samples-changed"),
        ("changed sample", stream(&[0; 6], &[0; 4], b"", &[0xcf, 0x10, 0xff, 0x7f, 5, 7], b""), "samples-changed"),
        ("another original", file(&clean_header(), &[boxed(b"jp2c", &clean_stream())]), "samples-changed"),
    ];
    let mut tried = 0;
    for (name, output, expected) in &cases {
        assert_eq!(word(&original_stream(), output), *expected, "{name}");
        tried += 1;
    }
    assert_eq!(tried, 12);
}

#[test]
fn what_a_person_would_name_is_named() {
    let found = inspect(&original(), Format::Jp2).unwrap();
    let labels: Vec<&str> = found.findings.iter().map(|f| f.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "colour profile text",
            "comment",
            "comment",
            "data of 13 bytes behind the picture",
            "XML text",
            "date of change",
            "label",
            "statement of rights",
            "web address",
            "bytes in free space",
            "pixels not checked"
        ]
    );
    assert_eq!((found.width, found.height, found.year()), (Some(8), Some(4), Some(2019)));
    assert_eq!(crate::inspect::year(&original(), Format::Jp2), Some(2019));
    assert!(!format!("{found:?}").contains("Canary"));
    let values: Vec<String> = found.values().map(|(_, value)| value.reveal_text()).collect();
    assert_eq!(values[0], "Canary");
}

#[test]
fn rough_treatment_never_panics_and_never_clears_what_is_cut_off() {
    let clean = file(&clean_header(), &[boxed(b"jp2c", &clean_stream())]);
    let mut tried = 0;
    for (source, whole) in [(original(), clean), (original_stream(), clean_stream())] {
        for n in 0..whole.len() {
            // Without its end marker alone a codestream is still whole, and yet not the same.
            assert_ne!(word(&source, &whole[..n]), "cleared", "{n}");
            let _ = inspect(&source[..source.len() * n / whole.len()].to_vec(), Format::Jp2);
            tried += 1;
        }
        for bit in (0..whole.len() * 8).step_by(3) {
            let mut bad = whole.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let _ = word(&source, &bad);
            let _ = word(&bad, &whole);
            let _ = inspect(&bad, Format::Jp2);
            tried += 1;
        }
    }
    assert!(tried > 2_000, "{tried}");
}
