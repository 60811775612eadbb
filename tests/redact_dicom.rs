//! Writing in the frames of DICOM objects is covered: exactly where it was to be, and nothing else changes.
#![allow(clippy::unwrap_used, clippy::ptr_arg, clippy::print_stderr)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::cut::{FileSource, Source};
use scrubs::dicom::{Coding, frames, read, redact, redact_claiming, scan_regions};
use scrubs::inspect::{Redacted, redacted, redacted_claiming, reread};
use scrubs::pixels::{How, Picture, Redaction, Samples};
use scrubs::place::{Area, Covering};
use scrubs::recording::{Deidentification, Format, PixelClaims};
use support::{Element, FORMS, Form, Value, encode, file, image, items, number, text, with};

const RLE: &str = "1.2.840.10008.1.2.5";
const BASELINE: &str = "1.2.840.10008.1.2.4.50";
const WIDTH: u32 = 34;
const HEIGHT: u32 = 32;

/// A kind of samples.
#[derive(Debug, Clone, Copy)]
struct Kind {
    photometric: &'static str,
    samples: u16,
    allocated: u16,
    stored: u16,
    signed: bool,
    planar: u16,
}

const GREY: Kind = Kind { photometric: "MONOCHROME2", samples: 1, allocated: 8, stored: 8, signed: false, planar: 0 };
const RGB: Kind = Kind { photometric: "RGB", samples: 3, ..GREY };

const KINDS: [Kind; 11] = [
    GREY,
    Kind { photometric: "MONOCHROME1", ..GREY },
    Kind { stored: 7, ..GREY },
    Kind { allocated: 16, stored: 12, ..GREY },
    Kind { allocated: 16, stored: 16, ..GREY },
    Kind { allocated: 16, stored: 16, signed: true, ..GREY },
    Kind { allocated: 16, stored: 12, signed: true, ..GREY },
    RGB,
    Kind { planar: 1, ..RGB },
    Kind { photometric: "YBR_FULL", ..RGB },
    Kind { allocated: 16, stored: 16, ..RGB },
];

/// The value of a sample of the coded frames: they were made so.
fn value(x: u32, y: u32, c: u32, kind: Kind) -> i64 {
    let n = i64::from(x * x * 3 + y * 11 + c * 31 + (x * y) % 5 * 9);
    let size = 1i64 << kind.stored;
    let n = if kind.stored <= 8 { n } else { n * 37 } % size;
    if kind.signed { n - size / 2 } else { n }
}

/// The cells of a frame, those of a pixel side by side.
fn cells(kind: Kind, frame: u32) -> Vec<u16> {
    let mut out = Vec::new();
    for (y, x) in (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (y, x))) {
        (0..u32::from(kind.samples)).for_each(|c| out.push(value(x, y + frame, c, kind) as u16));
    }
    out
}

/// The bytes of a frame, uncompressed.
fn bytes(kind: Kind, frame: u32, big: bool) -> Vec<u8> {
    let cells = cells(kind, frame);
    let cells =
        if kind.planar == 1 { (0..3).flat_map(|c| cells.iter().skip(c).step_by(3).copied()).collect() } else { cells };
    let put = |v: u16| if big { v.to_be_bytes() } else { v.to_le_bytes() };
    if kind.allocated == 8 {
        cells.iter().map(|v| *v as u8).collect()
    } else {
        cells.into_iter().flat_map(put).collect()
    }
}

fn header(kind: Kind, frames: u32) -> Vec<Element> {
    let mut new = vec![
        number(0x0028_0002, kind.samples),
        text(0x0028_0004, "CS", kind.photometric),
        text(0x0028_0008, "IS", frames.to_string()),
        number(0x0028_0010, HEIGHT as u16),
        number(0x0028_0011, WIDTH as u16),
        number(0x0028_0100, kind.allocated),
        number(0x0028_0101, kind.stored),
        number(0x0028_0102, kind.stored - 1),
        number(0x0028_0103, u16::from(kind.signed)),
        text(0x0028_0301, "CS", "YES"),
        text(0x0028_2110, "CS", "01"),
        text(0x0028_2112, "DS", "12.5"),
        text(0x0028_2114, "CS", "ISO_10918_1"),
    ];
    if kind.samples == 3 {
        new.push(number(0x0028_0006, kind.planar));
    }
    let mut data = with(image(), new);
    data.retain(|e| e.tag != 0x7FE0_0010);
    data
}

fn native(kind: Kind, form: Form, frames: u32) -> Vec<u8> {
    let all: Vec<u8> = (0..frames).flat_map(|f| bytes(kind, f, form == Form::Big)).collect();
    let vr = if kind.allocated == 8 && form != Form::Implicit { "OB" } else { "OW" };
    let data = with(header(kind, frames), vec![Element { tag: 0x7FE0_0010, vr, value: Value::Bytes(all) }]);
    file(form, &[], &[], &data, &[])
}

/// An object of frames in fragments, one each, with an offset table that fits.
fn encapsulated(kind: Kind, syntax: &str, fragments: &[Vec<u8>]) -> Vec<u8> {
    let meta = encode(Form::Explicit, &[text(0x0002_0010, "UI", syntax)]);
    let length = Element { tag: 0x0002_0000, vr: "UL", value: Value::Bytes((meta.len() as u32).to_le_bytes().into()) };
    let mut out = [&[0; 128][..], b"DICM", &encode(Form::Explicit, &[length]), &meta].concat();
    out.extend(encode(Form::Explicit, &header(kind, fragments.len() as u32)));
    out.extend_from_slice(b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF");
    let padded: Vec<Vec<u8>> = fragments.iter().map(|f| [&f[..], &[0][..f.len() % 2]].concat()).collect();
    let table: Vec<u8> = padded
        .iter()
        .scan(0u32, |at, f| Some(std::mem::replace(at, *at + 8 + f.len() as u32)))
        .flat_map(u32::to_le_bytes)
        .collect();
    for item in [vec![table], padded].concat() {
        out.extend_from_slice(b"\xFE\xFF\x00\xE0");
        out.extend_from_slice(&(item.len() as u32).to_le_bytes());
        out.extend_from_slice(&item);
    }
    out.extend_from_slice(b"\xFE\xFF\xDD\xE0\0\0\0\0");
    out
}

/// Run lengths, all of them literal.
fn runs(kind: Kind, frame: u32) -> Vec<u8> {
    let (samples, depth) = (usize::from(kind.samples), usize::from(kind.allocated / 8));
    let cells = cells(kind, frame);
    let mut offsets = vec![(samples * depth) as u32];
    let mut body = Vec::new();
    for plane in 0..samples * depth {
        offsets.push(64 + body.len() as u32);
        let (sample, shift) = (plane / depth, 8 * (depth - 1 - plane % depth));
        let plane: Vec<u8> = cells.iter().skip(sample).step_by(samples).map(|v| (v >> shift) as u8).collect();
        for row in plane.chunks(WIDTH as usize) {
            body.push(row.len() as u8 - 1);
            body.extend_from_slice(row);
        }
    }
    offsets.resize(16, 0);
    [offsets.into_iter().flat_map(u32::to_le_bytes).collect(), body].concat()
}

fn jpeg(kind: Kind, frame: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let colour = if kind.samples == 1 { image::ExtendedColorType::L8 } else { image::ExtendedColorType::Rgb8 };
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 90);
    image::ImageEncoder::write_image(encoder, &bytes(kind, frame, false), WIDTH, HEIGHT, colour).unwrap();
    out
}

fn clean(source: &dyn Source) -> Option<Vec<u8>> {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    let how = Deidentification::default();
    let object = read(source).ok()?;
    let plan = object.plan(&Coding { coder: &coder, patient: &patient, deidentification: &how }).ok()?;
    let mut out = Vec::new();
    plan.cut.write_to(source, &mut out).unwrap();
    Some(out)
}

fn pictures(source: &dyn Source) -> Vec<Picture> {
    let mut all = frames(source).unwrap();
    (0..all.count()).map(|i| all.frame(i).unwrap()).collect()
}

fn sample(picture: &Picture, x: u32, y: u32) -> Vec<u16> {
    let n = usize::from(picture.channels());
    let at = (y as usize * picture.width() as usize + x as usize) * n;
    match picture.samples() {
        Samples::U8(all) => all[at..at + n].iter().map(|v| u16::from(*v)).collect(),
        Samples::U16(all) => all[at..at + n].to_vec(),
    }
}

/// Two areas in each frame, two that overlap in the first.
fn covering() -> Covering {
    let mut covering = Covering::default();
    covering.everywhere(Area::new(3, 2, 9, 5));
    covering.everywhere(Area::new(20, 30, 100, 100));
    covering.in_frame(0, Area::new(10, 5, 7, 7));
    covering
}

/// Cleans, covers, proves, and compares what is decoded; gives the redaction and its output.
fn covered(source: &Vec<u8>, name: &str) -> (Vec<u8>, Redaction, Vec<u8>) {
    let cleaned = clean(source).unwrap();
    let redaction = redact(&cleaned, &covering()).unwrap_or_else(|r| panic!("{name}: {r:?}"));
    let mut output = Vec::new();
    redaction.cut.write_to(&cleaned, &mut output).unwrap();
    let (before, after) = (pictures(&cleaned), pictures(&output));
    assert_eq!(before.len(), after.len(), "{name}");
    for (frame, (before, after)) in (0u32..).zip(before.iter().zip(&after)) {
        let areas: Vec<Area> = redaction.covered.of(frame).collect();
        for asked in covering().of(frame).filter_map(|a| a.within(WIDTH, HEIGHT)) {
            let inside = |x, y| areas.iter().any(|a| a.contains(x, y));
            assert!((asked.y..asked.bottom()).all(|y| (asked.x..asked.right()).all(|x| inside(x, y))), "{name}");
        }
        for (y, x) in (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (y, x))) {
            match areas.iter().find(|a| a.contains(x, y)) {
                Some(_) if redaction.how == How::Blocks => {}
                Some(area) => assert_eq!(sample(after, x, y), sample(after, area.x, area.y), "{name} {x},{y}"),
                None => assert_eq!(sample(after, x, y), sample(before, x, y), "{name} {x},{y}"),
            }
        }
    }
    let shown = Redacted { format: Format::Dicom, cleaned: &cleaned, output: &output, covered: &redaction.covered };
    assert!(redacted(&shown).unwrap_or_else(|t| panic!("{name}: {t:?}")) > 0);
    reread(&output, Format::Dicom, &Deidentification::default()).unwrap_or_else(|t| panic!("{name}: {t:?}"));
    // The library that opens it here does not inflate.
    if !output.windows(22).any(|w| w == b"1.2.840.10008.1.2.1.99") {
        dicom_object::OpenFileOptions::new().from_reader(&output[..]).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    (cleaned, redaction, output)
}

#[test]
fn uncompressed_samples_are_covered_where_they_lie() {
    let mut tried = 0;
    for kind in KINDS {
        for form in FORMS {
            for frames in [1, 3] {
                let name = format!("{kind:?} {form:?} {frames}");
                let (cleaned, redaction, output) = covered(&native(kind, form, frames), &name);
                assert_eq!(redaction.how, How::Lossless);
                if form != Form::Deflated {
                    assert!(output.len().abs_diff(cleaned.len()) < 150, "{name}");
                }
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 11 * 4 * 2);
}

#[test]
fn what_is_decoded_is_what_was_stored() {
    let mut tried = 0;
    for kind in KINDS.into_iter().filter(|k| k.photometric != "YBR_FULL") {
        let sources = [native(kind, Form::Explicit, 2), native(kind, Form::Big, 2)];
        let coded = encapsulated(kind, RLE, &[runs(kind, 0), runs(kind, 1)]);
        for source in sources.iter().chain(Some(&coded)) {
            for (frame, picture) in (0..).zip(pictures(source)) {
                assert_eq!(picture.is_inverted(), kind.photometric == "MONOCHROME1");
                let shift = if kind.signed { 1i64 << (kind.stored - 1) } else { 0 };
                for (y, x) in (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (y, x))) {
                    let wanted: Vec<u16> =
                        (0..u32::from(kind.samples)).map(|c| (value(x, y + frame, c, kind) + shift) as u16).collect();
                    assert_eq!(sample(&picture, x, y), wanted, "{kind:?} {x},{y}");
                }
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 10 * 3 * 2);
}

#[test]
fn run_lengths_stay_run_lengths() {
    let mut tried = 0;
    for kind in KINDS {
        for frames in [1, 3] {
            let streams: Vec<Vec<u8>> = (0..frames).map(|f| runs(kind, f)).collect();
            let (_, redaction, output) = covered(&encapsulated(kind, RLE, &streams), &format!("{kind:?} {frames}"));
            assert_eq!(redaction.how, How::Lossless);
            assert!(output.windows(RLE.len()).any(|w| w == RLE.as_bytes()));
            tried += 1;
        }
    }
    assert_eq!(tried, 11 * 2);
}

#[test]
fn jpeg_frames_are_covered_by_block() {
    let mut tried = 0;
    for kind in [GREY, Kind { photometric: "YBR_FULL", ..RGB }, Kind { photometric: "YBR_FULL_422", ..RGB }] {
        for frames in [1, 3] {
            let streams: Vec<Vec<u8>> = (0..frames).map(|f| jpeg(kind, f)).collect();
            let (_, redaction, output) =
                covered(&encapsulated(kind, BASELINE, &streams), &format!("{kind:?} {frames}"));
            assert_eq!(redaction.how, How::Blocks);
            assert!(output.windows(BASELINE.len()).any(|w| w == BASELINE.as_bytes()));
            tried += 1;
        }
    }
    assert_eq!(tried, 6);
}

/// JPEG frames of 12 bits: what was lost in coding is not lost again, and the witness holds coefficients against each other.
#[test]
fn jpeg_frames_of_twelve_bits_are_covered_by_block_and_proved_without_decoding() {
    let mut tried = 0;
    for (_, kind, syntax, frame) in coded().into_iter().filter(|(coding, ..)| coding == "DCT") {
        let source = encapsulated(kind, &syntax, &[frame.clone(), frame]);
        for picture in pictures(&source) {
            assert_eq!(picture.bits(), 12);
            for (y, x) in (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (y, x))) {
                let (found, wanted) = (i64::from(sample(&picture, x, y)[0]), value(x, y, 0, kind));
                assert!((found - wanted).abs() <= 2, "{x},{y}: {found} for {wanted}");
            }
        }
        let (cleaned, redaction, output) = covered(&source, "12 bits");
        assert_eq!(redaction.how, How::Blocks);
        assert!(output.windows(syntax.len()).any(|w| w == syntax.as_bytes()), "it stays in its syntax");
        let told = |covered: &Covering, output: &Vec<u8>| {
            let shown = Redacted { format: Format::Dicom, cleaned: &cleaned, output, covered };
            redacted(&shown).map_err(|trouble| trouble.code())
        };
        assert!(told(&redaction.covered, &output).is_ok_and(|compared| compared > 0));
        // More was covered than is said, less, and something that is no whole block.
        let mut other = Covering::default();
        redaction.covered.of(0).skip(1).for_each(|area| other.in_frame(0, area));
        assert_eq!(told(&other, &output), Err("samples-changed"));
        let mut more = redaction.covered.clone();
        more.in_frame(0, Area::new(0, 16, 8, 8));
        assert_eq!(told(&more, &output), Err("shows-through"));
        more = redaction.covered.clone();
        more.in_frame(0, Area::new(1, 16, 8, 8));
        assert_eq!(told(&more, &output), Err("samples-changed"));
        tried += 1;
    }
    assert_eq!(tried, 1);
}

/// Frames that were made as `value` says, and coded.
fn coded() -> Vec<(String, Kind, String, Vec<u8>)> {
    let unhex =
        |text: &str| (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect();
    let lines = include_str!("support/coded.txt").lines().filter(|l| !l.starts_with('#'));
    let case = |line: &str| {
        let parts: Vec<&str> = line.split(' ').collect();
        let kind = match parts[0] {
            "8" => GREY,
            "12" => Kind { allocated: 16, stored: 12, ..GREY },
            "16s" => Kind { allocated: 16, stored: 16, signed: true, ..GREY },
            _ if parts[3] == "YBR_RCT" => Kind { photometric: "YBR_RCT", ..RGB },
            _ => RGB,
        };
        (parts[1].to_owned(), kind, parts[2].to_owned(), unhex(parts[4]))
    };
    lines.map(case).collect()
}

#[test]
fn other_codings_are_decoded_and_written_uncompressed() {
    let (mut tried, mut exact) = (0, 0);
    for (coding, kind, syntax, frame) in coded().into_iter().filter(|(coding, ..)| coding != "DCT") {
        let name = format!("{coding} {kind:?}");
        let source = encapsulated(kind, &syntax, &[frame.clone(), frame]);
        for picture in pictures(&source) {
            let (shift, near) = (
                if kind.signed { 1i64 << (kind.stored - 1) } else { 0 },
                i64::from(matches!(&*coding, "LS_NEAR" | "J2K_97")) * 2,
            );
            for (y, x) in (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (y, x))) {
                for (c, found) in (0..).zip(sample(&picture, x, y)) {
                    let wanted = value(x, y, c, kind) + shift;
                    assert!((i64::from(found) - wanted).abs() <= near, "{name} {x},{y},{c}: {found} for {wanted}");
                }
            }
            exact += usize::from(near == 0);
        }
        let (_, redaction, output) = covered(&source, &name);
        assert_eq!(redaction.how, How::Decompressed);
        let elements = support::elements(&output);
        let of = |tag| elements.iter().find(|(t, ..)| *t == tag).map(|(_, vr, v)| (vr.clone(), v.clone()));
        assert_eq!(of(0x0002_0010).unwrap().1, b"1.2.840.10008.1.2.1\0");
        assert_eq!(of(0x0028_2110).unwrap().1, b"01", "what was lost stays said");
        let (vr, value) = of(0x7FE0_0010).unwrap();
        assert_eq!(vr, if kind.allocated == 8 { "OB" } else { "OW" });
        assert_eq!(value.len(), 2 * (WIDTH * HEIGHT) as usize * usize::from(kind.samples * kind.allocated / 8));
        if kind.samples == 3 {
            assert_eq!(of(0x0028_0004).unwrap().1, b"RGB ");
        }
        tried += 1;
    }
    assert_eq!((tried, exact), (18, 32));
}

/// An object whose words about losses are these, or none.
fn saying(source: &[u8], lossy: Option<&[u8; 2]>) -> Vec<u8> {
    let at = |tag: [u8; 4]| source.windows(4).position(|four| four == tag).expect("it is there");
    let (first, last) = (at([0x28, 0, 0x10, 0x21]), at([0x28, 0, 0x14, 0x21]));
    let end = last + 8 + usize::from(source[last + 6]);
    let said = lossy.map(|said| [&[0x28, 0, 0x10, 0x21][..], b"CS\x02\0", said].concat()).unwrap_or_default();
    [&source[..first], &said, &source[end..]].concat()
}

#[test]
fn what_coded_frames_lost_is_said_where_the_object_does_not_say_it() {
    let mut cases: Vec<_> = coded().into_iter().filter(|(coding, ..)| coding != "DCT").collect();
    cases.push(("JPEG".to_owned(), GREY, BASELINE.to_owned(), jpeg(GREY, 0)));
    cases.push(("RLE".to_owned(), GREY, RLE.to_owned(), runs(GREY, 0)));
    let (mut tried, mut lossy) = (0, 0);
    for (coding, kind, syntax, frame) in cases {
        let lost = match &*coding {
            "LS_NEAR" => Some("ISO_14495_1"),
            "J2K_97" => Some("ISO_15444_1"),
            "JPEG" => Some("ISO_10918_1"),
            _ => None,
        };
        let full = encapsulated(kind, &syntax, &[frame.clone(), frame]);
        for said in [None, Some(b"00"), Some(b"01")] {
            let name = format!("{coding} {kind:?} {said:?}");
            let (cleaned, redaction, output) = covered(&saying(&full, said), &name);
            let end = output.windows(5).position(|five| five == b"\xE0\x7F\x10\0O").expect("pixels");
            let place = |tag: u16| {
                let head = [&[0x28, 0][..], &tag.to_le_bytes(), b"CS"].concat();
                output[..end].windows(6).position(|six| six == head)
            };
            let of = |tag| {
                let value = &output[place(tag)? + 6..];
                Some(String::from_utf8_lossy(&value[2..2 + usize::from(value[0])]).trim_end().to_owned())
            };
            let before = said.map(|said| String::from_utf8_lossy(said).into_owned());
            assert_eq!(of(0x2110), lost.map(|_| "01".to_owned()).or(before), "{name}");
            assert_eq!(of(0x2114), lost.map(str::to_owned), "{name}");
            assert!(!output.windows(6).any(|six| six == [0x28, 0, 0x12, 0x21, b'D', b'S']), "{name}");
            let order = [place(0x0301), place(0x2110), place(0x2114)];
            assert!(order.into_iter().flatten().is_sorted(), "{name}");
            // The second reader holds what is said against the frames.
            if let Some(at) = place(0x2110) {
                let mut output = output.clone();
                output[at + 9] ^= 1;
                let shown =
                    Redacted { format: Format::Dicom, cleaned: &cleaned, output: &output, covered: &redaction.covered };
                assert!(redacted(&shown).is_err(), "{name}");
            }
            (tried, lossy) = (tried + 1, lossy + usize::from(lost.is_some()));
        }
    }
    assert_eq!((tried, lossy), (20 * 3, 3 * 3));
}

#[test]
fn the_object_says_that_its_pixels_were_cleaned_and_says_it_once() {
    let mut tried = 0;
    for form in FORMS {
        let cleaned = clean(&native(GREY, form, 1)).unwrap();
        let mut once = Vec::new();
        redact(&cleaned, &Covering::default()).unwrap().cut.write_to(&cleaned, &mut once).unwrap();
        let shown = Redacted { format: Format::Dicom, cleaned: &cleaned, output: &once, covered: &Covering::default() };
        redacted(&shown).unwrap();
        reread(&once, Format::Dicom, &Deidentification::default()).unwrap();
        let open = support::laid_open(form, &once);
        let count = |needle: &[u8]| open.windows(needle.len()).filter(|w| *w == needle).count();
        assert_eq!((count(b"113101"), count(b"Clean Pixel Data Option"), count(b"YES ")), (1, 2, 1), "{form:?}");
        let mut twice = Vec::new();
        redact(&once, &Covering::default()).unwrap().cut.write_to(&once, &mut twice).unwrap();
        assert_eq!(once, twice);
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn an_object_says_of_its_pixels_what_was_shown_and_the_witness_takes_nothing_else() {
    let cleaned = clean(&native(GREY, Form::Explicit, 1)).unwrap();
    let all = [(false, false), (true, false), (false, true), (true, true)];
    let all = all.map(|(clean, featureless)| PixelClaims { clean, featureless });
    let mut tried = 0;
    for covering in [Covering::default(), covering()] {
        for claims in all {
            let redaction = redact_claiming(&cleaned, &covering, claims).unwrap();
            let mut output = Vec::new();
            redaction.cut.write_to(&cleaned, &mut output).unwrap();
            reread(&output, Format::Dicom, &Deidentification::default()).unwrap();
            let has = |needle: &[u8]| output.windows(needle.len()).any(|w| w == needle);
            assert_eq!((has(b"113101"), has(b"113102")), (claims.clean, claims.featureless));
            assert_eq!(has(b"Clean Recognizable Visual Features Option"), claims.featureless);
            assert_eq!(has(b"\x28\0\x01\x03CS\x02\0NO"), claims.clean);
            assert_eq!(has(b"\x28\0\x02\x03CS\x02\0NO"), claims.featureless);
            let covered = &redaction.covered;
            let shown = Redacted { format: Format::Dicom, cleaned: &cleaned, output: &output, covered };
            for other in all {
                assert_eq!(redacted_claiming(&shown, other).is_ok(), other == claims, "{claims:?} taken as {other:?}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 32);
}

#[test]
fn the_witness_sees_what_shows_through_and_what_has_changed() {
    let (cleaned, redaction, output) = covered(&native(GREY, Form::Explicit, 1), "plain");
    let start = output.len() - (WIDTH * HEIGHT) as usize;
    let proof = |output: &Vec<u8>| {
        redacted(&Redacted { format: Format::Dicom, cleaned: &cleaned, output, covered: &redaction.covered })
            .map_err(|t| t.code())
    };
    let with = |at: usize| {
        let mut changed = output.clone();
        changed[at] ^= 1;
        proof(&changed)
    };
    assert!(proof(&output).is_ok());
    assert_eq!(with(start + 3 * WIDTH as usize + 5), Err("shows-through"));
    assert_eq!(with(start), Err("samples-changed"));
    let place = |needle: &[u8]| output.windows(needle.len()).position(|w| w == needle).unwrap();
    assert_eq!(with(place(b"113101")), Err("unaccounted"));
    assert_eq!(with(place(b"MONOCHROME2")), Err("unaccounted"));
    assert_eq!(proof(&cleaned), Err("unaccounted"));
}

#[test]
fn claims_that_no_picture_can_keep_are_not_believed() {
    let change = |new: Vec<Element>| {
        let pixels = Element { tag: 0x7FE0_0010, vr: "OB", value: Value::Bytes(bytes(GREY, 0, false)) };
        file(Form::Explicit, &[], &[], &with(with(header(GREY, 1), vec![pixels]), new), &[])
    };
    let cases = [
        (change(vec![number(0x0028_0010, 46_341), number(0x0028_0011, 46_341)]), "too-large"),
        (change(vec![number(0x0028_0010, 0)]), "damaged"),
        (change(vec![text(0x0028_0008, "IS", "0")]), "damaged"),
        (change(vec![text(0x0028_0008, "IS", "30000")]), "damaged"),
        (change(vec![number(0x0028_0101, 12)]), "damaged"),
        (change(vec![number(0x0028_0102, 3)]), "damaged"),
        (change(vec![text(0x0028_0004, "CS", "TURQUOISE")]), "no-decoder"),
        (change(vec![number(0x0028_0002, 3)]), "damaged"),
        (change(vec![number(0x0028_0100, 32)]), "no-decoder"),
        (change(vec![text(0x0028_0004, "CS", "PALETTE COLOR")]), "damaged"),
        (encapsulated(GREY, "1.2.840.10008.1.2.4.201", &[vec![0; 8]]), "damaged"),
        (encapsulated(GREY, "1.2.840.10008.1.2.4.102", &[vec![0; 8]]), "no-decoder"),
    ];
    let mut tried = 0;
    for (source, code) in &cases {
        let seen = frames(source).and_then(|mut all| all.frame(0)).map_err(|unseen| unseen.code);
        assert_eq!(seen.map(|_| ()), Err(*code), "case {tried}");
        tried += 1;
    }
    assert_eq!(tried, 12);
}

#[test]
fn frames_that_break_off_are_damaged_and_nothing_worse() {
    let mut tried = 0;
    let mut sources = coded();
    sources.push(("runs".to_owned(), RGB, RLE.to_owned(), runs(RGB, 0)));
    for (coding, kind, syntax, frame) in sources {
        for part in [1, 3, 20, frame.len() / 2, frame.len() * 3 / 4] {
            let source = encapsulated(kind, &syntax, &[frame[..part].to_vec()]);
            let seen = frames(&source).and_then(|mut all| all.frame(0));
            // A wavelet shows a coarse picture of what is there; all others know that something is missing.
            assert!(coding.starts_with("J2K") || seen.is_err(), "{coding} {part}");
            tried += 1;
        }
        for at in (0..frame.len()).step_by(7) {
            let mut bent = frame.clone();
            bent[at] ^= 0x55;
            let _ = frames(&encapsulated(kind, &syntax, &[bent])).and_then(|mut all| all.frame(0));
        }
    }
    assert_eq!(tried, 20 * 5);
}

#[test]
fn an_object_without_pixels_has_no_frames_and_stays_as_it_is() {
    let mut data = image();
    data.retain(|e| e.tag != 0x7FE0_0010 && e.tag >> 16 != 0x0028);
    let cleaned = clean(&file(Form::Explicit, &[], &[], &data, &[])).unwrap();
    assert_eq!(frames(&cleaned).unwrap().count(), 0);
    let redaction = redact(&cleaned, &Covering::default()).unwrap();
    assert!(redaction.cut.is_whole(cleaned.len() as u64));
    assert!(redact(&cleaned, &covering()).is_err());
}

#[test]
fn regions_of_ultrasound_are_read_with_both_corners() {
    let long = |tag, n: u32| Element { tag, vr: "UL", value: Value::Bytes(n.to_le_bytes().into()) };
    let region = |x0, y0, x1, y1| {
        vec![long(0x0018_6018, x0), long(0x0018_601A, y0), long(0x0018_601C, x1), long(0x0018_601E, y1)]
    };
    let regions = items(0x0018_6011, vec![region(10, 20, 109, 59), region(0, 0, 0, 0), region(5, 5, 6, 6)]);
    let source = file(Form::Explicit, &[], &[], &with(image(), vec![regions]), &[]);
    assert_eq!(scan_regions(&source), [Area::new(10, 20, 100, 40), Area::new(5, 5, 2, 2)]);
    assert_eq!(scan_regions(&native(GREY, Form::Explicit, 1)), []);
}

/// Real objects, where there are any: each that decodes is covered and proved.
#[test]
fn real_objects_are_covered_and_proved() {
    let corpus = std::env::var("SCRUBS_CORPUS").unwrap_or_else(|_| "../shared/corpus".to_owned());
    let Ok(folder) = std::fs::read_dir(std::path::Path::new(&corpus).join("dicom")) else {
        eprintln!("no corpus at hand: nothing was tried");
        return;
    };
    let mut paths: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let (mut covered, mut proved, mut refused, mut unproved) = (0, 0, 0, Vec::new());
    for path in &paths {
        // In a build without optimisation the largest take too long.
        if std::fs::metadata(path).unwrap().len() > 600_000 {
            continue;
        }
        let source = FileSource::new(std::fs::File::open(path).unwrap()).unwrap();
        let Some(cleaned) = clean(&source) else { continue };
        let Ok(mut all) = frames(&cleaned) else { continue };
        let Some(Ok(first)) = (all.count() > 0 && all.count() < 20).then(|| all.frame(0)) else { continue };
        let (w, h) = (first.width(), first.height());
        if u64::from(w) * u64::from(h) > 600_000 {
            continue;
        }
        let mut covering = Covering::default();
        covering.everywhere(Area::new(w / 8, h / 10, w / 4 + 1, h / 6 + 1));
        let Ok(redaction) = redact(&cleaned, &covering) else {
            refused += 1;
            continue;
        };
        let mut output = Vec::new();
        redaction.cut.write_to(&cleaned, &mut output).unwrap();
        covered += 1;
        reread(&output, Format::Dicom, &Deidentification::default()).unwrap();
        let shown = Redacted { format: Format::Dicom, cleaned: &cleaned, output: &output, covered: &redaction.covered };
        match redacted(&shown) {
            Ok(_) => proved += 1,
            Err(trouble) => unproved.push((path.file_name().unwrap().to_owned(), trouble)),
        }
    }
    eprintln!(
        "{} objects: {covered} covered, {proved} proved, {refused} refused; not proved: {unproved:?}",
        paths.len()
    );
    assert!(covered > 50 && proved * 10 > covered * 9, "{covered} {proved} {unproved:?}");
}
