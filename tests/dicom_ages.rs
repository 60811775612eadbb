//! Ages beside dates: in days and weeks they would tell the day of birth, or by how much dates have moved, so they are whole
//! months there; above 89 years they are 90. The witness objects to finer ones.
#![allow(clippy::unwrap_used, clippy::ptr_arg)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

#[path = "support/cleaned.rs"]
mod cleaned;

use DicomOption::*;
use cleaned::{chosen, clean, is_cleared};
use scrubs::recording::{Deidentification, DicomOption, Treatment};
use support::{Element, Form, elements, file, image, items, text, with};

fn of_age(age: &str) -> Vec<u8> {
    let new =
        vec![text(0x0008_0020, "DA", "20190512"), text(0x0010_0030, "DA", "20190419"), text(0x0010_1010, "AS", age)];
    file(Form::Explicit, &[], &[], &with(image(), new), &[])
}

fn age(file: &[u8]) -> Option<String> {
    let found = elements(file).into_iter().find(|e| e.0 == 0x0010_1010)?;
    Some(String::from_utf8_lossy(&found.2).into_owned())
}

#[test]
fn an_age_beside_dates_is_in_months_or_years_and_never_above_90() {
    let (alone, full, moved) = (
        chosen(&[RetainPatientCharacteristics]),
        chosen(&[RetainPatientCharacteristics, RetainLongitudinalFullDates]),
        chosen(&[RetainPatientCharacteristics, RetainLongitudinalModifiedDates]),
    );
    let mut tried = 0;
    for (stated, kept, dated) in [
        ("023D", "023D", "000M"),
        ("004W", "004W", "000M"),
        ("013W", "013W", "002M"),
        ("400D", "400D", "013M"),
        ("011M", "011M", "011M"),
        ("045Y", "045Y", "045Y"),
        ("089Y", "089Y", "089Y"),
        ("093Y", "090Y", "090Y"),
        ("999M", "999M", "999M"),
    ] {
        for (how, expected) in [(&alone, kept), (&full, dated), (&moved, dated)] {
            let source = of_age(stated);
            let out = clean(&source, how);
            assert_eq!(age(&out).as_deref(), Some(expected), "{stated}");
            assert!(is_cleared(&source, &out, how), "{stated}");
            tried += 1;
        }
        assert_eq!(age(&clean(&of_age(stated), &chosen(&[]))), None, "the Basic Profile removes it");
    }
    assert_eq!(tried, 27);
}

#[test]
fn the_witness_objects_to_days_beside_dates_unless_the_user_keeps_them() {
    let mut tried = 0;
    for date in [RetainLongitudinalFullDates, RetainLongitudinalModifiedDates] {
        let how = chosen(&[RetainPatientCharacteristics, date]);
        for fine in ["023D", "004W"] {
            let source = of_age(fine);
            let mut forged = clean(&source, &how);
            let at = forged.windows(4).position(|w| w == b"000M").unwrap();
            forged[at..at + 4].copy_from_slice(fine.as_bytes());
            assert!(!is_cleared(&source, &forged, &how), "{fine}");
            // Whoever keeps the attribute by name has it as it was, and no claim of the profile.
            let keeps = Deidentification::new([date].into(), [(0x0010_1010, Treatment::Keep)].into());
            let out = clean(&source, &keeps);
            assert_eq!(age(&out).as_deref(), Some(fine));
            assert!(is_cleared(&source, &out, &keeps), "{fine}");
            tried += 1;
        }
    }
    assert_eq!(tried, 4);
}

/// A report that states an age in this unit, coded thus.
fn report(concept: (&str, &str), unit: &str) -> Vec<u8> {
    let code = |scheme: &str, value: &str, meaning: &str| {
        vec![text(0x0008_0100, "SH", value), text(0x0008_0102, "SH", scheme), text(0x0008_0104, "LO", meaning)]
    };
    let number = vec![items(0x0040_08EA, vec![code("UCUM", unit, "day")]), text(0x0040_A30A, "DS", "23.5")];
    let item = vec![
        text(0x0040_A040, "CS", "NUM"),
        items(0x0040_A043, vec![code(concept.0, concept.1, "Age")]),
        items(0x0040_A300, vec![number]),
    ];
    let other = vec![text(0x0040_A040, "CS", "CONTAINER"), items(0x0040_A043, vec![code("DCM", "121070", "Findings")])];
    let new: Vec<Element> = vec![
        text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.88.22"),
        text(0x0008_0020, "DA", "20190512"),
        text(0x0008_0060, "CS", "SR"),
        items(0x0040_A730, vec![item, other]),
    ];
    let base = image().into_iter().filter(|e| ![0x0028, 0x7FE0].contains(&(e.tag >> 16)));
    let new = with(base.collect(), new);
    file(Form::Explicit, &[], &[], &new, &[])
}

#[test]
fn an_age_of_a_report_in_days_goes_beside_dates() {
    let has = |out: &[u8]| out.windows(4).any(|w| w == b"23.5");
    let base = [RetainPatientCharacteristics, CleanStructuredContent];
    let mut tried = 0;
    for concept in [("DCM", "121033"), ("SCT", "424144002"), ("LN", "29553-5")] {
        for (unit, fine) in [("d", true), ("wk", true), ("mo", false), ("a", false)] {
            for date in [None, Some(RetainLongitudinalFullDates), Some(RetainLongitudinalModifiedDates)] {
                let how = chosen(&base.into_iter().chain(date).collect::<Vec<_>>());
                let source = report(concept, unit);
                let out = clean(&source, &how);
                assert_eq!(has(&out), !(fine && date.is_some()), "{concept:?} {unit} {date:?}");
                assert!(is_cleared(&source, &out, &how), "{concept:?} {unit} {date:?}");
                // An output of months that says days.
                if unit == "mo" && date.is_some() {
                    let at = out.windows(10).position(|w| w == b"\x08\0\0\x01SH\x02\0mo").unwrap();
                    let mut forged = out;
                    forged[at + 8..at + 10].copy_from_slice(b"d ");
                    assert!(!is_cleared(&report(concept, "d"), &forged, &how), "{concept:?} {date:?}");
                    forged[at + 8..at + 10].copy_from_slice(b"a ");
                    assert!(is_cleared(&report(concept, "a"), &forged, &how), "{concept:?} {date:?}");
                }
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 36);
}
