//! Samples that are no picture: as many of them stay as what describes them says, whatever length the element claims; and
//! the witness objects to more.
#![allow(clippy::unwrap_used, clippy::ptr_arg)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::dicom::{Coding, read};
use scrubs::inspect::{Evidence, witness_object};
use scrubs::recording::{Deidentification, Format};
use support::{Element, FORMS, Form, Value, file, image, items, laid_open, number, text, with};

const CANARY: &[u8] = b"Cnry^Jane^1977";

fn clean(source: &Vec<u8>) -> Vec<u8> {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    let how = Deidentification::default();
    let plan =
        read(source).unwrap().plan(&Coding { coder: &coder, patient: &patient, deidentification: &how }).unwrap();
    let mut out = Vec::new();
    plan.comprehensive(source.len() as u64).unwrap().plan().cut.write_to(source, &mut out).unwrap();
    out
}

fn is_cleared(source: &Vec<u8>, output: &Vec<u8>) -> bool {
    let evidence = Evidence { format: Format::Dicom, original: source, output, dropped: &[] };
    witness_object(&evidence, &Deidentification::default()).is_ok()
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

fn numbers(tag: u32, vr: &'static str, values: &[u16]) -> Element {
    Element { tag, vr, value: Value::Numbers(values.to_vec()) }
}

fn long(tag: u32, value: u8) -> Element {
    Element { tag, vr: "UL", value: Value::Bytes(vec![value, 0, 0, 0]) }
}

/// Samples: what they are called, their tag, what they are, what describes them, and the sequence they stand in.
type Case = (&'static str, u32, Vec<u16>, Vec<Element>, Option<u32>);

fn cases() -> Vec<Case> {
    let palette = |tag, entries, bits| vec![numbers(tag, "US", &[entries, 0, bits])];
    let wave =
        vec![number(0x003A_0005, 2), long(0x003A_0010, 3), number(0x5400_1004, 16), text(0x5400_1006, "CS", "SS")];
    vec![
        ("palette of words", 0x0028_1201, vec![1, 2, 3, 4], palette(0x0028_1101, 4, 16), None),
        (
            "palette of bytes",
            0x0028_1201,
            vec![0x102, 0x304, 0x506, 0x708, 0x90a, 0xb0c, 0xd0e],
            palette(0x0028_1101, 14, 8),
            None,
        ),
        ("palette of bytes in words", 0x0028_1201, vec![1, 2, 3, 4], palette(0x0028_1101, 4, 8), None),
        ("lookup table", 0x0028_3006, vec![1, 2, 3, 4], palette(0x0028_3002, 4, 16), Some(0x0028_3010)),
        // Three values, then a line of three entries, then the first segment again.
        ("segments", 0x0028_1221, vec![0, 3, 7, 8, 9, 1, 3, 20, 2, 1, 0, 0], palette(0x0028_1101, 9, 16), None),
        ("waveform", 0x5400_1010, vec![1, 2, 3, 4, 5, 6], wave, Some(0x5400_0100)),
        ("histogram", 0x0060_3020, vec![1, 0, 2, 0], vec![number(0x0060_3002, 2)], Some(0x0060_3000)),
    ]
}

/// An object with these samples, `behind` behind them.
fn object(form: Form, case: &Case, behind: &[u8], described: bool) -> Vec<u8> {
    let (_, tag, samples, describing, sequence) = case;
    let order = if form == Form::Big { u16::to_be_bytes } else { u16::to_le_bytes };
    let bytes = samples.iter().flat_map(|n| order(*n)).chain(behind.iter().copied()).collect();
    let vr = if *tag == 0x0060_3020 { "UL" } else { "OW" };
    let mut new = vec![Element { tag: *tag, vr, value: Value::Bytes(bytes) }];
    new.extend(describing.iter().filter(|_| described).cloned());
    let new = sequence.map_or(new.clone(), |sequence| vec![items(sequence, vec![new])]);
    file(form, &[], &[], &with(image(), new), &[])
}

#[test]
fn what_stands_behind_the_last_sample_goes_and_the_samples_stay() {
    let mut tried = 0;
    for case in cases() {
        for form in FORMS {
            // The maker of counts in four bytes knows little endian only.
            if form == Form::Big && case.3.iter().any(|e| e.vr == "UL") {
                continue;
            }
            let plain = object(form, &case, &[], true);
            let clean_plain = clean(&plain);
            assert!(is_cleared(&plain, &clean_plain), "{} {form:?}", case.0);
            let order = if form == Form::Big { u16::to_be_bytes } else { u16::to_le_bytes };
            let samples: Vec<u8> = case.2.iter().flat_map(|n| order(*n)).collect();
            assert!(find(&laid_open(form, &clean_plain), &samples), "{} {form:?}", case.0);
            let planted = object(form, &case, CANARY, true);
            let out = clean(&planted);
            assert!(laid_open(form, &out) == laid_open(form, &clean_plain), "{} {form:?}", case.0);
            assert!(is_cleared(&planted, &out), "{} {form:?}", case.0);
            // Without what describes them nobody can use them, nor tell them from a name.
            let bare = object(form, &case, CANARY, false);
            assert!(!find(&laid_open(form, &clean(&bare)), CANARY), "{} {form:?}", case.0);
            tried += 1;
        }
    }
    assert_eq!(tried, 7 * 4 - 1);
}

#[test]
fn the_witness_objects_to_more_samples_than_there_are() {
    let mut tried = 0;
    for case in cases() {
        for described in [true, false] {
            // An output with the canary still in it, as a surgeon who believed the length would leave it.
            let source = object(Form::Explicit, &case, CANARY, described);
            let plain = clean(&object(Form::Explicit, &case, &[0; 14], described));
            let honest = clean(&object(Form::Explicit, &case, &[], true));
            assert!(is_cleared(&source, &honest), "{}", case.0);
            let order = u16::to_le_bytes;
            let samples: Vec<u8> = case.2.iter().flat_map(|n| order(*n)).collect();
            let Some(at) = honest.windows(samples.len()).position(|w| w == samples) else { continue };
            let mut forged = honest.clone();
            forged.splice(at + samples.len()..at + samples.len(), CANARY.iter().copied());
            lengthen(&mut forged, at, case.4.is_some());
            assert!(!is_cleared(&source, &forged), "{}", case.0);
            assert!(!find(&plain, CANARY));
            tried += 1;
        }
    }
    assert_eq!(tried, 7 * 2);
}

/// Adds the canary's length to the element whose value begins here, and to the item and sequence around it.
fn lengthen(file: &mut [u8], value: usize, nested: bool) {
    let add = |file: &mut [u8], at: usize| file[at] += CANARY.len() as u8;
    add(file, value - 4);
    if nested {
        let item = file[..value].windows(4).rposition(|w| w == b"\xFE\xFF\x00\xE0").unwrap();
        add(file, item + 4);
        add(file, item - 4);
    }
}

#[test]
fn writing_where_nobody_counts_the_samples_goes_and_places_that_spell_by_chance_stay() {
    let written = "Mrs Cnry Jane of High Street in Leeds";
    let surface = |tag, vr, value: Vec<u8>| {
        let element = Element { tag, vr, value: Value::Bytes(value) };
        let out =
            clean(&file(Form::Explicit, &[], &[], &with(image(), vec![items(0x0066_0002, vec![vec![element]])]), &[]));
        find(&out, b"Cnry") || find(&out, b"AAABACADAEAF")
    };
    assert!(!surface(0x0066_0125, "OF", written.as_bytes().iter().copied().chain([b' '; 3]).collect()));
    assert!(!surface(0x0066_0016, "OF", written.as_bytes().iter().copied().chain([b' '; 3]).collect()));
    let places: Vec<u8> = (b'A'..=b'Z').flat_map(|n| [b'A', n]).collect();
    assert!(surface(0x0066_0023, "OW", places));
}
