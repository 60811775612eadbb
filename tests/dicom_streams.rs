//! Video, JPEG-LS, JPEG XL, high-throughput JPEG 2000 and deflated frames, and wrapped documents: each is cleaned in place,
//! replaced, or held by a name.
#![allow(clippy::unwrap_used, clippy::ptr_arg)]

mod support;

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod made;

use made::{Element, FORMS, Form, Value, encode, file, image, number, text, with};
use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::dicom::{Coding, read};
use scrubs::inspect::{Evidence, witness_object};
use scrubs::recording::terms::Kind;
use scrubs::recording::{Deidentification, Format};
use std::io::Read;
use support::jxl;
use support::running::holds;

const CANARY: &str = "Canary^Jane^19770102";

/// An object whose pixel data are these fragments.
fn object(syntax: &str, fragments: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![0; 128];
    out.extend_from_slice(b"DICM");
    let meta = encode(Form::Explicit, &[text(0x0002_0010, "UI", syntax)]);
    let length = Element { tag: 0x0002_0000, vr: "UL", value: Value::Bytes((meta.len() as u32).to_le_bytes().into()) };
    out.extend_from_slice(&encode(Form::Explicit, &[length]));
    out.extend_from_slice(&meta);
    let cells = [number(0x0028_0100, 8), number(0x0028_0101, 8), number(0x0028_0102, 7), number(0x0028_0010, 32)];
    let mut data = with(image(), [&cells[..], &[number(0x0028_0011, 32)]].concat());
    data.retain(|e| e.tag != 0x7FE0_0010);
    out.extend_from_slice(&encode(Form::Explicit, &data));
    out.extend_from_slice(b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\x00\xE0\0\0\0\0");
    for item in fragments {
        let padded = [item, &[0][..item.len() % 2]].concat();
        out.extend_from_slice(b"\xFE\xFF\x00\xE0");
        out.extend_from_slice(&(padded.len() as u32).to_le_bytes());
        out.extend_from_slice(&padded);
    }
    out.extend_from_slice(b"\xFE\xFF\xDD\xE0\0\0\0\0");
    out
}

/// The output, or the word of the refusal; `Err("witness")` where the witness does not clear it.
fn clean(source: &Vec<u8>) -> Result<Vec<u8>, &'static str> {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    let how = Deidentification::default();
    let plan = read(source).unwrap().plan(&Coding { coder: &coder, patient: &patient, deidentification: &how });
    let plan = plan.map_err(|r| r.code)?.comprehensive(source.len() as u64).unwrap();
    let mut out = Vec::new();
    plan.plan().cut.write_to(source, &mut out).unwrap();
    let evidence = Evidence { format: Format::Dicom, original: source, output: &out, dropped: &[] };
    witness_object(&evidence, &how).map_err(|_| "witness")?;
    Ok(out)
}

/// Whether the witness clears what a surgeon that looks into nothing would have made of it.
fn unlooked(source: &Vec<u8>, planted: &[u8], cleaned: &Vec<u8>, spared: &[u8]) -> bool {
    let (there, gone) = (source.windows(planted.len()), vec![0; planted.len()]);
    assert!(there.clone().filter(|w| *w == planted).count() == 1);
    let start = cleaned.windows(spared.len()).position(|w| w == spared).unwrap() + spared.len();
    assert_eq!(cleaned[start..start + planted.len()], gone[..]);
    let mut output = cleaned.clone();
    output[start..start + planted.len()].copy_from_slice(planted);
    let evidence = Evidence { format: Format::Dicom, original: source, output: &output, dropped: &[] };
    witness_object(&evidence, &Deidentification::default()).is_ok()
}

fn unit(head: &[u8], body: &[u8]) -> Vec<u8> {
    [&[0, 0, 1], head, body, &[0x80]].concat()
}

/// Syntax, how a stream of it begins, a picture, and what may not stand between them, by name.
type Video = (&'static str, Vec<u8>, Vec<u8>, Vec<(&'static str, Vec<u8>)>);

/// Streams of each family.
fn videos() -> Vec<Video> {
    let text = CANARY.as_bytes();
    let avc = vec![
        ("user data", unit(&[6, 5, 36], &[&[7; 16][..], text].concat())),
        ("message of several", unit(&[6, 6, 1, 0xC4, 5, 20], text)),
        ("long recovery point", unit(&[6, 6, 20], text)),
        ("filling", unit(&[12], text)),
        ("reserved", unit(&[24], text)),
        ("long delimiter", unit(&[9], text)),
        ("long end", unit(&[11], text)),
        ("forbidden", unit(&[0x85], text)),
    ];
    let hevc = vec![
        ("user data", unit(&[78, 1, 5, 36], &[&[7; 16][..], text].concat())),
        ("message behind", unit(&[80, 1, 5, 20], text)),
        ("filling", unit(&[76, 1], text)),
        ("unspecified", unit(&[100, 1], text)),
        ("another layer", unit(&[38, 9], text)),
        ("long delimiter", unit(&[70, 1], text)),
    ];
    let mpeg =
        vec![("user data", unit(&[0xB2], text)), ("reserved", unit(&[0xB6], text)), ("system", unit(&[0xBF], text))];
    vec![
        ("1.2.840.10008.1.2.4.102", unit(&[0x67, 66, 0, 40], &[1; 8]), unit(&[0x65], &[9; 40]), avc),
        ("1.2.840.10008.1.2.4.107", unit(&[64, 1, 12], &[1; 8]), unit(&[38, 1], &[9; 40]), hevc),
        ("1.2.840.10008.1.2.4.100.1", unit(&[0xB3], &[1; 8]), unit(&[1], &[9; 40]), mpeg),
    ]
}

#[test]
fn nothing_hides_in_a_video() {
    let mut tried = 0;
    for (syntax, start, picture, planted) in videos() {
        let plain = object(syntax, &[&[&start[..], &picture].concat()]);
        let clean_plain = clean(&plain).unwrap();
        assert!(holds(&clean_plain, "\t\t\t\t\t\t\t\t"), "pictures stay");
        for (name, unit) in planted {
            let stream = [&start[..], &unit, &picture, &picture].concat();
            let cleaned = clean(&object(syntax, &[&stream])).unwrap_or_else(|e| panic!("{syntax} {name}: {e}"));
            assert!(!holds(&cleaned, CANARY), "{syntax} {name}");
            let expected = [&start[..], &vec![0; unit.len()], &picture, &picture].concat();
            assert!(cleaned.windows(expected.len()).any(|w| w == expected), "{syntax} {name}: only that goes");
            assert!(!unlooked(&object(syntax, &[&stream]), &unit, &cleaned, &start), "{syntax} {name}: the witness");
            // The same in pieces that cut start codes and texts through.
            for cut in [start.len() + 1, start.len() + 2, start.len() + 12] {
                let cut = cut + cut % 2;
                let pieces = object(syntax, &[&stream[..cut], &stream[cut..]]);
                let cleaned = clean(&pieces).unwrap_or_else(|e| panic!("{syntax} {name} {cut}: {e}"));
                assert!(!holds(&cleaned, "Canary") && !holds(&cleaned, "19770102"), "{syntax} {name} {cut}");
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 17);
}

#[test]
fn nothing_stands_behind_a_unit_or_among_parameters() {
    let text = CANARY.as_bytes();
    let mut tried = 0;
    for (syntax, start, picture, _) in videos() {
        let behind = [&start[..], &picture, &[0, 0, 0], text, &picture].concat();
        let between = [&start[..], &[0, 0, 0], text, &picture].concat();
        for stream in [behind, between] {
            let cleaned = clean(&object(syntax, &[&stream])).unwrap_or_else(|e| panic!("{syntax}: {e}"));
            assert!(!holds(&cleaned, "Canary") && cleaned.windows(picture.len()).any(|w| w == picture), "{syntax}");
            tried += 1;
        }
        if syntax.ends_with(".100.1") {
            // A sequence header of eight bytes, an extension, a group of pictures: each with its length.
            let own = [0, 0, 1, 0xB3, 0x16, 1, 0x20, 0x13, 0xFF, 0xFF, 0xE0, 0x18];
            for unit in [
                [&own[..], text].concat(),
                [&own[..], &unit(&[0xB5, 0x14], &[&[0x82; 8][..], text].concat())].concat(),
                [&own[..], &[0, 0, 1, 0xB8, 0, 8, 0, 0x40], text].concat(),
            ] {
                let cleaned = clean(&object(syntax, &[&[&unit[..], &picture].concat()])).unwrap();
                assert!(!holds(&cleaned, "Jane^19770102") && !holds(&cleaned, CANARY), "{tried}");
                tried += 1;
            }
            continue;
        }
        let stream = [&start[..], text, &picture].concat();
        assert_eq!(clean(&object(syntax, &[&stream])).err(), Some("video-parameters"), "{syntax}");
        tried += 1;
    }
    assert_eq!(tried, 11);
}

#[test]
fn a_recovery_point_stays_and_a_clock_stops() {
    let (_, start, picture, _) = videos().swap_remove(0);
    let seek = unit(&[6, 6, 1, 0xC4], &[]);
    let cleaned = clean(&object("1.2.840.10008.1.2.4.103", &[&[&start[..], &seek, &picture].concat()])).unwrap();
    assert!(cleaned.windows(seek.len()).any(|w| w == seek));
    let (_, start, picture, _) = videos().swap_remove(2);
    let group = [0, 0, 1, 0xB8, 0x5C, 0xB9, 0x2A, 0xC0];
    let cleaned = clean(&object("1.2.840.10008.1.2.4.101", &[&[&start[..], &group, &picture].concat()])).unwrap();
    let stopped = [0, 0, 1, 0xB8, 0, 8, 0, 0x40, 0, 0, 1];
    assert!(cleaned.windows(stopped.len()).any(|w| w == stopped));
}

#[test]
fn what_is_not_looked_into_is_held_by_name() {
    let jp2 = [&b"\0\0\0\x0cjP  \r\n\x87\n"[..], CANARY.as_bytes()].concat();
    let boxed = [&b"\0\0\0\x0cJXL \r\n\x87\n"[..], CANARY.as_bytes()].concat();
    let transport = [&[0x47, 0x40, 0, 0x10][..], &[0xFF; 184], CANARY.as_bytes()].concat();
    let mp4 = [&b"\0\0\0\x18ftypmp42\0\0\0\0"[..], CANARY.as_bytes()].concat();
    let pack = [&[0, 0, 1, 0xBA][..], CANARY.as_bytes()].concat();
    let mut tried = 0;
    for (syntax, frame, word) in [
        ("1.2.840.10008.1.2.4.90", &jp2, "wrapped-frame"),
        ("1.2.840.10008.1.2.4.201", &jp2, "wrapped-frame"),
        ("1.2.840.10008.1.2.4.112", &boxed, "wrapped-frame"),
        ("1.2.840.10008.1.2.4.102", &transport, "video-container"),
        ("1.2.840.10008.1.2.4.107", &mp4, "video-container"),
        ("1.2.840.10008.1.2.4.100", &pack, "video-container"),
        ("1.2.840.10008.1.2.4.999", &jp2, "compression-unknown"),
        ("1.2.840.10008.1.2.7.1", &jp2, "compression-unknown"),
    ] {
        assert_eq!(clean(&object(syntax, &[frame])).err(), Some(word), "{syntax}");
        tried += 1;
    }
    assert_eq!(tried, 8);
}

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    [&[0xFF, marker], &(payload.len() as u16 + 2).to_be_bytes()[..], payload].concat()
}

#[test]
fn segments_of_a_jpeg_ls_and_comments_of_a_high_throughput_frame_go() {
    let scan = [
        &segment(0xF7, &[8, 0, 32, 0, 32, 1, 1, 0x11, 0])[..],
        &segment(0xDA, &[1, 1, 0, 0, 0, 0]),
        &[0xFF, 0x7F, 9, 9],
    ]
    .concat();
    let text = CANARY.as_bytes();
    let mut tried = 0;
    for extra in
        [segment(0xFE, text), segment(0xE1, text), segment(0xE8, &[b"mrfx\x01", text].concat()), segment(0xE8, text)]
    {
        let frame = [&[0xFF, 0xD8][..], &extra, &scan, &[0xFF, 0xD9]].concat();
        let cleaned = clean(&object("1.2.840.10008.1.2.4.80", &[&frame])).unwrap();
        assert!(!holds(&cleaned, CANARY) && cleaned.windows(scan.len()).any(|w| w == scan));
        tried += 1;
    }
    let comment = [&[0xFF, 0x64], &(text.len() as u16 + 4).to_be_bytes()[..], &[0, 1], text].concat();
    let size = b"\xFF\x4F\xFF\x51\0\x29\0\0\0\0\0\x20\0\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\x20\0\0\0\x20\0\0\0\0\0\0\0\0\0\x01\x07\x01\x01";
    let capability = [0xFF, 0x50, 0, 8, 0, 2, 0, 0, 0, 0];
    let tile = |extra: &[u8]| {
        let length = (14 + extra.len() + 4) as u32;
        [&[0xFF, 0x90, 0, 10, 0, 0][..], &length.to_be_bytes(), &[0, 1], extra, b"\xFF\x93data\xFF\xD9"].concat()
    };
    for (main, part) in [(&comment[..], &b""[..]), (b"", &comment)] {
        for syntax in ["1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"] {
            let frame = [&size[..], &capability, main, &tile(part)].concat();
            let cleaned = clean(&object(syntax, &[&frame])).unwrap_or_else(|e| panic!("{syntax}: {e}"));
            assert!(!holds(&cleaned, CANARY));
            tried += 1;
        }
    }
    assert_eq!(tried, 10);
}

#[test]
fn a_jpeg_xl_frame_passes_if_it_is_a_picture_alone() {
    let plain = jxl::plain();
    let syntax = "1.2.840.10008.1.2.4.110";
    assert!(clean(&object(syntax, &[&plain])).is_ok());
    let tail = [&plain[..], CANARY.as_bytes()].concat();
    assert_eq!(clean(&object(syntax, &[&tail])).err(), Some("witness"));
    assert_eq!(clean(&object(syntax, &[&jxl::bare().bytes])).err(), Some("witness"));
    assert_eq!(clean(&object(syntax, &[b"\xFF\x0ACanary^Jane"])).err(), Some("witness"));
}

#[test]
fn a_deflated_frame_is_as_long_as_its_header_says() {
    let deflated = |bytes: &[u8]| {
        let mut out = Vec::new();
        flate2::read::DeflateEncoder::new(bytes, flate2::Compression::default()).read_to_end(&mut out).unwrap();
        out
    };
    let syntax = "1.2.840.10008.1.2.8.1";
    let plain = deflated(&[7; 1024]);
    let before = clean(&object(syntax, &[&plain])).unwrap();
    assert!(before.windows(plain.len()).any(|w| w == plain));
    let cleaned = clean(&object(syntax, &[&[&plain[..], CANARY.as_bytes()].concat()])).unwrap();
    assert!(!holds(&cleaned, CANARY) && cleaned.windows(plain.len()).any(|w| w == plain));
    let longer = deflated(&[&[7; 1024][..], CANARY.as_bytes()].concat());
    assert_eq!(clean(&object(syntax, &[&longer])).err(), Some("not-understood"));
    assert_eq!(clean(&object(syntax, &[CANARY.as_bytes()])).err(), Some("not-understood"));
}

/// An object that wraps a document.
fn wrapped(form: Form, class: &str, mime: &str, document: &[u8]) -> Vec<u8> {
    let bytes = |tag, vr, value: &[u8]| Element { tag, vr, value: Value::Bytes(value.to_vec()) };
    let length = match form {
        Form::Big => (document.len() as u32).to_be_bytes(),
        _ => (document.len() as u32).to_le_bytes(),
    };
    let document = [
        text(0x0008_0016, "UI", class),
        text(0x0008_0060, "CS", "OT"),
        text(0x0028_0301, "CS", "YES"),
        text(0x0042_0010, "ST", CANARY),
        bytes(0x0042_0011, "OB", document),
        text(0x0042_0012, "LO", mime),
        text(0x0042_0014, "LO", CANARY),
        bytes(0x0042_0015, "UL", &length),
    ];
    let mut data = with(image(), document.to_vec());
    data.retain(|e| !(0x0028_0002..=0x0028_0103).contains(&e.tag) && e.tag != 0x7FE0_0010);
    file(form, &[], &[text(0x0002_0002, "UI", class)], &data, &[])
}

#[test]
fn a_document_is_replaced_by_one_that_says_so() {
    let source = [b"%PDF-1.4 ", CANARY.as_bytes()].concat();
    let mut tried = 0;
    for (class, mime, begins, ends) in [
        ("1.2.840.10008.5.1.4.1.1.104.1", "application/pdf", "%PDF-1.4\n", "%%EOF\n"),
        ("1.2.840.10008.5.1.4.1.1.104.2", "text/XML", "<?xml version=", "</ClinicalDocument>\n"),
    ] {
        for form in FORMS {
            let object = wrapped(form, class, mime, &source);
            assert_eq!(read(&object).unwrap().identity().kind, Some(Kind::Document));
            let cleaned = clean(&object).unwrap_or_else(|e| panic!("{class} {form:?}: {e}"));
            let open = made::laid_open(form, &cleaned);
            assert!(!holds(&open, CANARY));
            for part in [begins, ends, mime] {
                assert!(holds(&open, part), "{class} {form:?} {part}");
            }
            if form == Form::Explicit {
                let elements = made::elements(&cleaned);
                let value = |tag| elements.iter().find(|e| e.0 == tag).map(|e| e.2.clone()).unwrap();
                let length = u32::from_le_bytes(value(0x0042_0015).try_into().unwrap()) as usize;
                assert!(value(0x0042_0011)[..length].ends_with(ends.as_bytes()) && value(0x0042_0010).is_empty());
                // One changed byte of the replacement, its type or its length is seen.
                for part in [ends.as_bytes(), mime.as_bytes(), &(length as u32).to_le_bytes()] {
                    let mut other = cleaned.clone();
                    let at = other.windows(part.len()).rposition(|w| w == part).unwrap();
                    other[at] ^= 1;
                    let evidence = Evidence { format: Format::Dicom, original: &object, output: &other, dropped: &[] };
                    assert!(witness_object(&evidence, &Deidentification::default()).is_err());
                    tried += 1;
                }
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 14);
    for last in ["3", "4", "5", "9"] {
        let class = format!("1.2.840.10008.5.1.4.1.1.104.{last}");
        assert_eq!(clean(&wrapped(Form::Explicit, &class, "model/stl", &source)).err(), Some("encapsulated-document"));
    }
    let image = wrapped(Form::Explicit, "1.2.840.10008.5.1.4.1.1.7", "application/pdf", &source);
    assert_eq!(clean(&image).err(), Some("encapsulated-document"), "a document in an object of another class");
}
