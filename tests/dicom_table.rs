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
use scrubs::recording::Deidentification;
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
