//! Table E.1-1 of PS3.15 2026c is whole, is what the standard's data say, and every row of it is applied.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

use dicom_core::Tag;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;
use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::dicom::{Coding, EDITION, read};
use scrubs::recording::{Deidentification, DicomOption};
use std::collections::BTreeMap;
use std::path::Path;
use support::{Element, Form, Value, elements, file, image, items, text, with};

const TABLE: &str = include_str!("../src/dicom/ps315_2026c.tsv");

/// The rows: cells by column.
fn rows() -> Vec<Vec<&'static str>> {
    TABLE.lines().skip(2).map(|l| l.split('\t').collect()).collect()
}

#[test]
fn the_table_is_of_the_edition_and_whole() {
    assert_eq!(EDITION, "2026c");
    assert!(TABLE.lines().next().unwrap().contains("PS3.15 2026c"));
    assert_eq!(rows().len(), 656);
    assert_eq!(TABLE.lines().nth(1).unwrap().split('\t').count(), 15);
}

#[test]
fn the_table_is_what_the_standard_says() {
    let path = Path::new("../shared/standards/ps315_2026c.json");
    let Ok(json) = std::fs::read(path) else {
        eprintln!("the standard's data are not here: the table was not compared");
        return;
    };
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let columns: Vec<&str> = json["columns"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
    assert_eq!(TABLE.lines().nth(1).unwrap().split('\t').collect::<Vec<_>>(), columns);
    let listed = json["rows_E_1_1"].as_array().unwrap();
    assert_eq!(listed.len(), 656);
    for (row, listed) in rows().iter().zip(listed) {
        for (i, column) in columns.iter().enumerate() {
            let cell = row.get(i).copied().unwrap_or_default();
            assert_eq!(cell, listed.get(column).and_then(|c| c.as_str()).unwrap_or_default(), "{row:?}");
        }
    }
}

/// The tags a row is about: one, or samples of a mask.
fn tags(cell: &str) -> Vec<u32> {
    match cell {
        "(50xx,xxxx)" => vec![0x5000_0005, 0x5002_3000, 0x50FE_0010],
        "(60xx,3000)" => vec![0x6000_3000, 0x6012_3000, 0x601E_3000, 0x60FE_3000],
        "(60xx,4000)" => vec![0x6000_4000, 0x6002_4000],
        cell if cell.contains("odd") => vec![0x0009_0010, 0x0009_1001, 0x7FE1_1010],
        cell => {
            let (group, element) = cell.trim_matches(['(', ')']).split_once(',').unwrap();
            vec![u32::from_str_radix(group, 16).unwrap() << 16 | u32::from_str_radix(element, 16).unwrap()]
        }
    }
}

const CANARY: &str = "CnryRow";

/// An element of this tag with a value that must not come through.
fn planted(tag: u32, name: &str) -> (Element, Vec<u8>) {
    let vr = StandardDataDictionary.by_tag(Tag((tag >> 16) as u16, tag as u16)).map(|e| e.vr().relaxed().to_string());
    let vr = vr.unwrap_or(if name.ends_with("Sequence") { "SQ" } else { "LO" });
    let value: Vec<u8> = match vr {
        "SQ" => {
            let item = vec![text(0x0010_4000, "LT", CANARY), text(0x0008_1155, "UI", "1.2.999.42")];
            return (items(tag, vec![item]), CANARY.into());
        }
        "DA" => b"20311117".into(),
        "DT" => b"20311117101112".into(),
        "TM" => b"101112.131".into(),
        "UI" => b"1.2.999.43.1".into(),
        "AS" => b"043Y".into(),
        "DS" | "IS" => b"70311".into(),
        "FL" | "UL" | "SL" | "OF" | "AT" => b"Cnry".into(),
        "FD" | "OD" | "SV" | "UV" => b"CnryRow!".into(),
        "US" | "SS" => b"Cy".into(),
        _ => CANARY.into(),
    };
    (Element { tag, vr, value: Value::Bytes(value.clone()) }, value)
}

#[test]
fn every_row_is_applied() {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"x");
    let (mut applied, mut tried, mut refused) = (0, 0, 0);
    for row in rows() {
        let (name, cell, action) = (row[0], row[1], row[4]);
        for tag in tags(cell) {
            for class in ["1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.88.22"] {
                let (element, canary) = planted(tag, name);
                let meta = tag >> 16 == 2;
                let (mut data, mut header) = (with(image(), vec![text(0x0008_0016, "UI", class)]), Vec::new());
                if meta {
                    header.push(element)
                } else {
                    data = with(data, vec![element])
                }
                let source = file(Form::Explicit, &[], &header, &data, &[]);
                let planned = read(&source).and_then(|o| {
                    o.plan(&Coding { coder: &coder, patient: &patient, deidentification: &Deidentification::default() })
                });
                tried += 1;
                let plan = match planned {
                    Ok(plan) => plan,
                    Err(refusal) => {
                        assert!(["encapsulated-document", "dicom-directory"].contains(&refusal.code), "{row:?}");
                        refused += 1;
                        continue;
                    }
                };
                let mut out = Vec::new();
                plan.cut.write_to(&source, &mut out).unwrap();
                let found = elements(&out).into_iter().find(|e| e.0 == tag).map(|e| e.2);
                let holds = found.as_ref().is_some_and(|v| v.windows(canary.len()).any(|w| w == canary));
                assert!(!holds, "{name} {cell} {action} keeps its value in {class}");
                let hidden = out.windows(canary.len()).any(|w| w == canary);
                assert!(!hidden || canary.len() < 4, "{name} {cell}: its value is elsewhere in the output");
                check(action, tag, found.as_deref(), &row);
            }
        }
        applied += 1;
    }
    assert_eq!(applied, 656);
    eprintln!("656 rows applied in {tried} objects, {refused} refused");
    assert!(refused <= 9, "{refused}");
}

/// The effect must be one that the row's action allows.
fn check(action: &str, tag: u32, found: Option<&[u8]>, row: &[&str]) {
    // Groups that are no part of a stored object's data set go whatever the table says of them.
    if [0x0000, 0x0004].contains(&(tag >> 16)) {
        return assert!(found.is_none(), "{row:?}");
    }
    let effect = match found {
        None => "X",
        Some([]) => "Z",
        Some(value) if value.starts_with(b"2.25.") && value != b"2.25.0" => "U",
        Some(_) => "D",
    };
    let allowed = match action {
        // A zero-length value may be a dummy instead (Table E.1-1a).
        "Z" => ["Z", "D", "D"],
        "D" => ["D", "U", "D"],
        "X/Z/D" => ["X", "Z", "D"],
        // The UIDs inside are replaced; the sequence stays.
        "X/Z/U*" => ["D", "D", "D"],
        "U" => ["U", "U", "U"],
        "X/Z" => ["X", "Z", "Z"],
        "X/D" => ["X", "D", "D"],
        "Z/D" => ["Z", "D", "D"],
        "X" => ["X", "X", "X"],
        other => panic!("an action that no one tests: {other}"),
    };
    assert!(allowed.contains(&effect), "{row:?}: {effect}");
}

/// An element of this tag with a value as the attribute should have.
fn lawful(tag: u32, name: &str) -> Element {
    let vr = StandardDataDictionary.by_tag(Tag((tag >> 16) as u16, tag as u16)).map(|e| e.vr().relaxed().to_string());
    let vr = vr.unwrap_or(match name {
        name if name.ends_with("Sequence") => "SQ",
        name if name.ends_with("DateTime") => "DT",
        _ => "LO",
    });
    let value: Vec<u8> = match (vr, tag) {
        ("SQ", _) => {
            let local = [(0x0008_0100, "SH", "W7"), (0x0008_0102, "SH", "99LOCAL"), (0x0008_0104, "LO", "Ward")];
            let mut item: Vec<_> = local.iter().map(|(tag, vr, value)| text(*tag, vr, value)).collect();
            item.push(text(0x0010_4000, "LT", CANARY));
            return items(tag, vec![item]);
        }
        ("DA", _) => b"20311117".into(),
        ("DT", _) => b"20311117101112.5+0100 ".into(),
        ("TM", _) => b"101112.131".into(),
        ("UI", _) => b"1.2.999.43.1".into(),
        ("AS", _) => b"043Y".into(),
        ("DS" | "IS", _) => b"70".into(),
        ("CS", 0x0010_0040) => b"F ".into(),
        ("CS", 0x0010_2203) => b"ALTERED ".into(),
        ("CS", 0x0010_21A0) => b"NO".into(),
        ("CS", _) => b"DEVICE_7".into(),
        ("FD" | "OD" | "SV" | "UV" | "OB", _) => b"\0\x01\0\0\0\x02\0\0".into(),
        ("FL" | "UL" | "SL" | "OF" | "AT", _) => b"\x01\0\x02\0".into(),
        ("US" | "SS", _) => b"\x03\0".into(),
        ("SH", 0x0008_0201) => b"+0100 ".into(),
        _ => b"Ward 7 B".into(),
    };
    Element { tag, vr, value: Value::Bytes(value) }
}

/// The attribute's value in the output, with these options.
fn treated(element: &Element, class: &str, options: &[DicomOption]) -> Result<Option<Vec<u8>>, &'static str> {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"x");
    let (mut data, mut header) = (with(image(), vec![text(0x0008_0016, "UI", class)]), Vec::new());
    if element.tag >> 16 == 2 {
        header.push(element.clone());
    } else {
        data = with(data, vec![element.clone()]);
    }
    // Dates of content items stay or move by what they are of: here the date of a study (Table E.3.4-1).
    let concept = [(0x0008_0100, "SH", "111060"), (0x0008_0102, "SH", "DCM"), (0x0008_0104, "LO", "Study Date")];
    let concept = concept.iter().map(|(tag, vr, value)| text(*tag, vr, value)).collect();
    if (0x0040_A120..=0x0040_A122).contains(&element.tag) {
        data = with(data, vec![items(0x0040_A043, vec![concept])]);
    }
    let source = file(Form::Explicit, &[], &header, &data, &[]);
    let deidentification = Deidentification::new(options.iter().copied().collect(), Default::default());
    let object = read(&source).map_err(|r| r.code)?;
    let plan = object.plan(&Coding { coder: &coder, patient: &patient, deidentification: &deidentification });
    let mut out = Vec::new();
    plan.map_err(|r| r.code)?.cut.write_to(&source, &mut out).unwrap();
    Ok(elements(&out).into_iter().find(|e| e.0 == element.tag).map(|e| e.2))
}

/// Rows whose K is not carried out, because what they are about is not carried over at all.
const NEVER: [u32; 4] = [0x0000_1000, 0x0000_1001, 0x0004_1511, 0x0400_0310];
/// Rows whose dates many recordings share (see `dates`): the Basic Profile's under moved dates.
const SHARED: usize = 29;

/// Options under which what a row says stays cleaned.
const CLEANING: [DicomOption; 3] =
    [DicomOption::CleanDescriptors, DicomOption::CleanStructuredContent, DicomOption::CleanGraphics];

#[test]
fn every_row_does_what_its_option_columns_say() {
    let weeks = i64::from({
        let coder = Coder::new(&CodingSecret::new([5; 32]));
        coder.weeks(&coder.patient(b"", b"x"))
    });
    let start = jiff::civil::date(2031, 11, 17);
    let moved = start.checked_sub(jiff::Span::new().weeks(weeks)).unwrap().strftime("%Y%m%d").to_string();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let (mut applied, mut tried) = (0, 0);
    for row in rows() {
        applied += 1;
        let tag = tags(row[1])[0];
        let element = lawful(tag, row[0]);
        for class in ["1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.88.22"] {
            let Ok(basic) = treated(&element, class, &[]) else { continue };
            for (i, option) in DicomOption::in_table().collect::<Vec<_>>().iter().enumerate() {
                let cell = row.get(5 + i).copied().unwrap_or_default();
                let found = treated(&element, class, &[*option]).unwrap();
                tried += 1;
                let Value::Bytes(original) = &element.value else {
                    // K of a sequence is: its items cleaned. A code of a local scheme stays where it is what is named.
                    let holds = |word: &[u8]| found.as_ref().is_some_and(|v| v.windows(word.len()).any(|w| w == word));
                    // Cleaned: the sequence stays, its items cleaned as those of any other are.
                    if CLEANING.contains(option) && cell == "C" {
                        assert!(!holds(CANARY.as_bytes()) && !holds(b"99LOCAL"), "{row:?} {}", option.word());
                        *counts.entry((option.word(), if found.is_some() { "C" } else { "as basic" })).or_default() +=
                            1;
                        continue;
                    }
                    let named = *option != DicomOption::RetainUids;
                    let kept = holds(if named { b"99LOCAL" } else { b"REMOVED" }) && !holds(CANARY.as_bytes());
                    assert!(if cell == "K" { kept } else { found == basic }, "{row:?} {}", option.word());
                    let what = if cell == "C" { "as basic" } else { cell };
                    *counts.entry((option.word(), what)).or_default() += usize::from(!what.is_empty());
                    continue;
                };
                let what = match cell {
                    "" => "",
                    "K" if found.as_ref() == Some(original) => "K",
                    // The header names the object as its data set does.
                    "K" if tag == 0x0002_0003 && found.as_deref() == Some(&b"1.2.999.1.1\0"[..]) => "K",
                    "C" if *option == DicomOption::RetainLongitudinalModifiedDates && found != basic => {
                        let rest = original.strip_prefix(b"20311117");
                        let expected = rest.map_or(original.clone(), |rest| [moved.as_bytes(), rest].concat());
                        assert_eq!(found.as_deref(), Some(&expected[..]), "{row:?}");
                        "C"
                    }
                    "K" => "not kept",
                    _ => "as basic",
                };
                if !["K", "C"].contains(&what) {
                    assert_eq!(found, basic, "{row:?} {} {class}", option.word());
                    assert!(what != "not kept" || NEVER.contains(&tag), "{row:?} {}", option.word());
                }
                *counts.entry((option.word(), what)).or_default() += usize::from(!what.is_empty());
            }
        }
    }
    assert_eq!(applied, 656);
    eprintln!("{tried} objects: {counts:?}");
    counts.retain(|_, n| *n > 0);
    // Each in two objects. Of descriptors, texts have their own test (`dicom_text`): this one's value is none to keep. Not
    // carried out are overlays and curves, which go, and the one row of safe private attributes.
    let expected = [
        ("clean-descriptors", "C", 2 * 9),
        ("clean-descriptors", "as basic", 2 * 131),
        ("clean-graphics", "C", 2),
        ("clean-graphics", "as basic", 2 * 3),
        ("clean-structured-content", "C", 2 * 4),
        ("retain-device-identity", "K", 2 * 48),
        ("retain-device-identity", "as basic", 2 * 11),
        ("retain-institution-identity", "K", 2 * 10),
        ("retain-longitudinal-full-dates", "K", 2 * 168),
        ("retain-longitudinal-full-dates", "not kept", 2),
        ("retain-longitudinal-modified-dates", "C", 2 * (169 - SHARED - 1)),
        ("retain-longitudinal-modified-dates", "as basic", 2 * (SHARED + 1)),
        ("retain-patient-characteristics", "K", 2 * 14),
        ("retain-patient-characteristics", "as basic", 2 * 5),
        ("retain-safe-private", "as basic", 2),
        ("retain-uids", "K", 2 * 57),
        ("retain-uids", "not kept", 2 * 3),
    ];
    for (option, what, count) in expected {
        assert_eq!(counts.remove(&(option, what)), Some(count), "{option} {what}");
    }
    assert!(counts.is_empty(), "{counts:?}");
}
