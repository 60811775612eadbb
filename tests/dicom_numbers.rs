//! The patient's number and days as numbers: without their zeros, in any order, in seconds, in text or in binary. Values that
//! are one of them go or are emptied, their neighbours stay, and the witness sees by itself what stays.
#![allow(clippy::unwrap_used, clippy::ptr_arg)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

#[path = "support/cleaned.rs"]
mod cleaned;

use DicomOption::*;
use cleaned::{chosen, clean, is_cleared};
use scrubs::recording::{Deidentification, DicomOption};
use support::{Element, FORMS, Form, elements, file, image, laid_open, text, with};

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

fn object(form: Form, new: Vec<Element>) -> Vec<u8> {
    let patient = vec![
        text(0x0010_0020, "LO", "00485777"),
        text(0x0008_0050, "SH", "485 777 3456"),
        text(0x0010_0030, "DA", "19570314"),
        text(0x0008_0020, "DA", "20190512"),
    ];
    file(form, &[], &[], &with(with(image(), patient), new), &[])
}

/// The bytes of a number in this encoding.
fn put<const N: usize>(form: Form, little: [u8; N]) -> Vec<u8> {
    let mut bytes = little.to_vec();
    if form == Form::Big {
        bytes.reverse();
    }
    bytes
}

/// Attributes with a value that is the patient's, and with one beside it that is not.
fn cases(form: Form) -> Vec<(u32, &'static str, Vec<u8>, Vec<u8>)> {
    let written = |text: &str| text.as_bytes().to_vec();
    let (ul, sl) = (|n: u32| put(form, n.to_le_bytes()), |n: i32| put(form, n.to_le_bytes()));
    let (fl, fd) = (|n: f32| put(form, n.to_le_bytes()), |n: f64| put(form, n.to_le_bytes()));
    vec![
        (0x0018_1150, "IS", written("485777"), written("485778")),
        (0x0018_1150, "IS", written("-404006400"), written("-404006401")),
        (0x0018_0060, "DS", written("4.85777e5"), written("4.85778e5")),
        (0x0018_0060, "DS", written("14031957"), written("14031958")),
        (0x0018_0060, "DS", written("12\\485777.0"), written("12\\485777.5")),
        (0x0018_0060, "DS", written("12052019"), written("12052018")),
        (0x0018_6018, "UL", ul(485_777), ul(485_778)),
        (0x0018_6018, "UL", ul(19_570_314), ul(19_570_315)),
        (0x0018_6020, "SL", sl(-404_006_400), sl(-404_006_401)),
        (0x0018_9461, "FL", fl(485_777.0), fl(485_778.0)),
        (0x0018_602C, "FD", fd(4_857_773_456.0), fd(4_857_773_457.0)),
        (0x0018_602C, "FD", fd(-404_006_400_000.0), fd(-404_006_400_001.0)),
        (0x0018_602C, "FD", fd(2_435_912.0), fd(2_435_911.0)),
        (0x0018_9087, "FD", [fd(1.0), fd(485_777.0)].concat(), [fd(1.0), fd(485_777.5)].concat()),
        (
            0x0028_0009,
            "AT",
            [put(form, [7, 0]), put(form, [0x91, 0x69])].concat(),
            [put(form, [0x18, 0]), put(form, [0x63, 0x10])].concat(),
        ),
    ]
}

#[test]
fn a_number_of_the_patient_goes_in_every_representation_and_its_neighbour_stays() {
    let how = Deidentification::default();
    let mut tried = 0;
    for form in FORMS {
        for (tag, vr, own, other) in cases(form) {
            let source = object(form, vec![text(tag, vr, &own)]);
            let out = clean(&source, &how);
            assert!(!find(&laid_open(form, &out), &own), "{tag:08X} {own:?} {form:?}");
            assert!(is_cleared(&source, &out, &how), "{tag:08X} {own:?} {form:?}");
            let source = object(form, vec![text(tag, vr, &other)]);
            let out = clean(&source, &how);
            assert!(find(&laid_open(form, &out), &other), "{tag:08X} {other:?} {form:?}");
            assert!(is_cleared(&source, &out, &how), "{tag:08X} {other:?} {form:?}");
            tried += 1;
        }
    }
    assert_eq!(tried, 4 * 15);
}

#[test]
fn the_witness_sees_a_number_that_stayed() {
    let how = Deidentification::default();
    let mut tried = 0;
    for (tag, vr, own, other) in cases(Form::Explicit) {
        // The day of the study is the surgeon's to know.
        if own == b"12052019" || own.len() != other.len() {
            continue;
        }
        let mut forged = clean(&object(Form::Explicit, vec![text(tag, vr, &other)]), &how);
        let at = forged.windows(other.len()).position(|w| w == other).unwrap();
        forged[at..at + own.len()].copy_from_slice(&own);
        assert!(!is_cleared(&object(Form::Explicit, vec![text(tag, vr, &own)]), &forged, &how), "{tag:08X} {own:?}");
        tried += 1;
    }
    assert_eq!(tried, 14);
}

#[test]
fn short_and_round_numbers_are_measurements() {
    let how = Deidentification::default();
    let mut tried = 0;
    for (id, measured) in [("00012345", "12345"), ("100000", "100000"), ("4700000", "4700000.0"), ("512", "512")] {
        let new =
            vec![text(0x0010_0020, "LO", id), text(0x0018_602C, "FD", measured.parse::<f64>().unwrap().to_le_bytes())];
        let source = object(Form::Explicit, new);
        let out = clean(&source, &how);
        assert!(elements(&out).iter().any(|e| e.0 == 0x0018_602C), "{id}");
        assert!(is_cleared(&source, &out, &how), "{id}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn options_and_safe_private_attributes_keep_no_number_of_the_patient() {
    let how = chosen(&[RetainPatientCharacteristics, RetainSafePrivate]);
    let safe = |value: &str| {
        vec![
            text(0x0010_1030, "DS", value),
            text(0x0019_0010, "LO", "SIEMENS MR HEADER"),
            text(0x0019_100C, "IS", value),
            text(0x0019_100E, "FD", [value.parse::<f64>().unwrap().to_le_bytes(); 3].concat()),
        ]
    };
    let own = object(Form::Explicit, safe("485777"));
    let out = clean(&own, &how);
    assert!(is_cleared(&own, &out, &how));
    assert!(!find(&out, b"485777") && !find(&out, &485_777f64.to_le_bytes()));
    let other = object(Form::Explicit, safe("485778"));
    let out = clean(&other, &how);
    assert!(is_cleared(&other, &out, &how));
    assert_eq!(out.windows(6).filter(|w| w == b"485778").count(), 2);
    assert!(find(&out, &485_778f64.to_le_bytes()));
}
