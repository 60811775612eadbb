//! Places in which identity stays behind in DICOM objects after a careful cleaning: each is cleaned, or holds the object.
// A `Vec` is a `Source` as it is; a bare slice, being unsized, cannot be passed as one.
#![allow(clippy::unwrap_used, clippy::ptr_arg)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::dicom::{Coding, read};
use scrubs::inspect::{Evidence, witness_object};
use scrubs::plan::Refusal;
use scrubs::recording::{Deidentification, Format};
use support::{Element, FORMS, Form, Value, elements, file, image, items, laid_open, number, text, with};

fn clean(bytes: &Vec<u8>) -> Result<Vec<u8>, Refusal> {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    let plan = read(bytes)?
        .plan(&Coding { coder: &coder, patient: &patient, deidentification: &Deidentification::default() })?
        .comprehensive(bytes.len() as u64);
    let mut out = Vec::new();
    plan.unwrap().plan().cut.write_to(bytes, &mut out).unwrap();
    Ok(out)
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

fn value_of(out: &[u8], tag: u32) -> Option<Vec<u8>> {
    elements(out).into_iter().find(|e| e.0 == tag).map(|e| e.2)
}

#[test]
fn numbers_that_are_a_persons_go_and_measurements_stay() {
    let id = text(0x0010_0020, "LO", "111 222 3334");
    let mut tried = 0;
    for (vr, tag, number, stays) in [
        ("IS", 0x0020_0012, "1112223334", false),
        ("IS", 0x0020_0012, "9434765919", false),
        ("IS", 0x0020_0012, "19450609", false),
        ("DS", 0x0018_1152, "5\\19450609", false),
        ("IS", 0x0020_0012, "1112223335", true),
        ("IS", 0x0020_0012, "19451309", true),
        ("DS", 0x0018_1152, "370000000", true),
    ] {
        let data = with(image(), vec![id.clone(), text(tag, vr, number)]);
        for form in FORMS {
            let out = laid_open(form, &clean(&file(form, &[], &[], &data, &[])).unwrap());
            let told = number.split('\\').next_back().unwrap();
            assert_eq!(find(&out, told.as_bytes()), stays, "{form:?} {number}");
            tried += 1;
        }
    }
    assert_eq!(tried, 7 * FORMS.len());
}

#[test]
fn names_in_few_binary_numbers_go() {
    let mut tried = 0;
    for (tag, vr, written) in [
        (0x0018_9073, "FD", "Zx8Smith"),
        (0x0028_0009, "AT", "Zx9Smith"),
        (0x0028_0106, "US", "Zx9SmithJane"),
        // Too short to be seen as writing, but it is the patient's.
        (0x0028_0106, "US", "\0Mooni\0"),
    ] {
        let name = text(0x0010_0010, "PN", "Mooni^Q");
        let plant = Element { tag, vr, value: Value::Bytes(written.into()) };
        let out = clean(&file(Form::Explicit, &[], &[], &with(image(), vec![name, plant]), &[])).unwrap();
        assert!(!find(&out, written.trim_matches('\0').as_bytes()), "{written}");
        tried += 1;
    }
    let near = Element { tag: 0x0028_0009, vr: "AT", value: Value::Bytes(b"\x18\0\x63\x10\x18\0\x65\x10".to_vec()) };
    let out = clean(&file(Form::Explicit, &[], &[], &with(image(), vec![near]), &[])).unwrap();
    assert!(find(&out, b"\x18\0\x63\x10\x18\0\x65\x10"));
    assert_eq!(tried, 4);
}

#[test]
fn a_code_that_is_the_patients_number_or_could_be_a_name_goes() {
    let id = text(0x0010_0020, "LO", "BID-550123");
    let code = |value: &str| {
        let parts = [(0x0008_0100, "SH", value), (0x0008_0102, "SH", "SRT"), (0x0008_0104, "LO", "Abdomen")];
        items(0x0008_2218, vec![parts.map(|(tag, vr, v)| text(tag, vr, v)).to_vec()])
    };
    let out =
        |value| clean(&file(Form::Explicit, &[], &[], &with(image(), vec![id.clone(), code(value)]), &[])).unwrap();
    assert!(!find(&out("BID-550123"), b"BID-550123"));
    assert!(!find(&out("Jeqetuvaf"), b"Jeqetuvaf"));
    for own in ["T-D4000", "121324", "RTSTRUCT", "[degF]", "mm[Hg]"] {
        assert!(find(&out(own), own.as_bytes()), "{own}");
    }
}

#[test]
fn a_text_in_the_wrong_representation_is_replaced_in_the_right_one() {
    let mut tried = 0;
    for (tag, vr, right) in [
        (0x0010_0010, "OB", "PN"),
        (0x0010_0020, "OB", "LO"),
        (0x0020_000D, "LO", "UI"),
        (0x0008_0016, "LO", "UI"),
        (0x0008_0020, "LO", "DA"),
    ] {
        let plant = Element { tag, vr, value: Value::Bytes(b"Canary".to_vec()) };
        let out = clean(&file(Form::Explicit, &[], &[], &with(image(), vec![plant]), &[])).unwrap();
        assert!(!find(&out, b"Canary"));
        assert_eq!(elements(&out).iter().find(|e| e.0 == tag).map(|e| e.1.as_str()), Some(right), "{tag:08X}");
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn an_overlay_drawn_in_unused_bits_holds_the_object() {
    let overlay = |position: u16| {
        vec![number(0x6002_0010, 4), number(0x6002_0011, 4), number(0x6002_0100, 16), number(0x6002_0102, position)]
    };
    let object = |sample: u16, position| {
        let mut samples = vec![7u16; 16];
        samples[5] = sample;
        let pixels = Element { tag: 0x7FE0_0010, vr: "OW", value: Value::Numbers(samples) };
        let bits = [(0x0028_0100, 16), (0x0028_0101, 12), (0x0028_0102, 11)].map(|(tag, n)| number(tag, n));
        let size = [(0x0028_0010, 4), (0x0028_0011, 4)].map(|(tag, n)| number(tag, n));
        with(image(), [vec![pixels], bits.to_vec(), size.to_vec(), overlay(position)].concat())
    };
    let mut tried = 0;
    for form in FORMS {
        let result = |sample, position| clean(&file(form, &[], &[], &object(sample, position), &[]));
        assert_eq!(result(0x8007, 15).unwrap_err().code, "overlay-in-pixels", "{form:?}");
        // Nothing is drawn; the bit is another; the bit is of the samples.
        assert!(result(0x0007, 15).is_ok() && result(0x0FFF, 3).is_ok());
        // A bit that no overlay claims is no sample either.
        assert_eq!(result(0x4007, 15).unwrap_err().code, "unused-bits");
        tried += 1;
    }
    assert_eq!(tried, FORMS.len());
}

#[test]
fn entries_behind_a_lookup_table_go() {
    let table = |tag, extra: &[u8]| {
        let entries = [&[1u8, 2, 3, 4, 5, 6, 7, 8][..], extra].concat();
        [
            Element { tag: tag - 0x100, vr: "US", value: Value::Numbers(vec![4, 0, 16]) },
            Element { tag, vr: "OW", value: Value::Bytes(entries) },
        ]
    };
    let object = |extra: &[u8]| with(image(), [0x0028_1201, 0x0028_1202].map(|tag| table(tag, extra)).concat());
    let out = |extra| clean(&file(Form::Explicit, &[], &[], &object(extra), &[])).unwrap();
    assert_eq!(out(b"Canary^Q"), out(b""));
    assert_eq!(value_of(&out(b"Canary^Q"), 0x0028_1202).as_deref(), Some(&[1, 2, 3, 4, 5, 6, 7, 8][..]));
}

#[test]
fn an_extended_offset_table_that_is_none_goes() {
    let mark = |tag: u32, length: u32| [[0xFE, 0xFF, tag as u8, (tag >> 8) as u8], length.to_le_bytes()].concat();
    let frames = [mark(0xE000, 0), mark(0xE000, 8), vec![1; 8], mark(0xE000, 8), vec![2; 8], mark(0xE0DD, 0)].concat();
    let object = |offsets: &[u8], lengths: &[u8]| {
        let table = |tag, value: &[u8]| Element { tag, vr: "OV", value: Value::Bytes(value.to_vec()) };
        let data = with(image(), vec![table(0x7FE0_0001, offsets), table(0x7FE0_0002, lengths)]);
        let data: Vec<Element> = data.into_iter().filter(|e| e.tag != 0x7FE0_0010).collect();
        let mut source = file(Form::Explicit, &[], &[], &data, &[]);
        let at = source.windows(19).position(|w| w == b"1.2.840.10008.1.2.1").unwrap();
        source[at..at + 20].copy_from_slice(b"1.2.840.10008.1.2.5\0");
        source.extend_from_slice(b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff");
        source.extend_from_slice(&frames);
        clean(&source).unwrap()
    };
    let numbers = |list: &[u64]| list.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let (good, lengths) = (numbers(&[0, 16]), numbers(&[8, 8]));
    let header = b"\xe0\x7f\x01\0OV\0\0\x10\0\0\0";
    assert!(find(&object(&good, &lengths), &[header, &good[..]].concat()));
    for (offsets, lengths) in
        [(&b"\0\0\0\0\0\0\0\0Canary^Q"[..], &lengths[..]), (&good, b"Canary^QCanary^J"), (&good, b"")]
    {
        let out = object(offsets, lengths);
        assert!(!find(&out, b"Canary") && !find(&out, &header[..6]) && !find(&out, b"\xe0\x7f\x02\0OV"));
        assert!(out.ends_with(&frames));
    }
}

#[test]
fn a_selector_whose_own_representation_is_unknown_is_replaced_and_the_second_reader_lets_it_pass() {
    let mut tried = 0;
    for form in FORMS {
        let selector = Element { tag: 0x0072_006D, vr: "UN", value: Value::Bytes(b"Canary^Q".to_vec()) };
        let source = file(form, &[], &[], &with(image(), vec![selector]), &[]);
        let output = clean(&source).unwrap();
        assert!(!find(&output, b"Canary"), "{form:?}");
        let evidence = Evidence { format: Format::Dicom, original: &source, output: &output, dropped: &[] };
        let told = witness_object(&evidence, &Deidentification::default());
        assert!(told.is_ok(), "{form:?}: {told:?}");
        tried += 1;
    }
    assert_eq!(tried, FORMS.len());
}
