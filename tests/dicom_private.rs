//! Safe private attributes (PS3.15 E.3.10): what stays under which creator, and that nothing hides in it.
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::ptr_arg)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::dicom::{Coding, read};
use scrubs::inspect::{Evidence, witness_object};
use scrubs::recording::{Deidentification, DicomOption, Format};
use std::path::Path;
use support::{Element, FORMS, Form, elements, file, image, items, laid_open, open, text, with};

const TABLE: &str = include_str!("../src/dicom/private_2026c.tsv");

fn rows() -> Vec<Vec<&'static str>> {
    TABLE.lines().skip(2).map(|l| l.split('\t').collect()).collect()
}

fn chosen(options: &[DicomOption]) -> Deidentification {
    Deidentification::new(options.iter().copied().collect(), Default::default())
}

fn safe() -> Deidentification {
    chosen(&[DicomOption::RetainSafePrivate])
}

/// The output of an object with these elements, which the witness clears and a second cleaning leaves as it is.
fn clean(form: Form, new: Vec<Element>, how: &Deidentification) -> Vec<u8> {
    let source = file(form, &[], &[], &with(image(), new), &[]);
    let output = once(&source, how);
    let evidence = Evidence { format: Format::Dicom, original: &source, output: &output, dropped: &[] };
    witness_object(&evidence, how).unwrap();
    output
}

fn once(source: &Vec<u8>, how: &Deidentification) -> Vec<u8> {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    let plan = read(source).unwrap().plan(&Coding { coder: &coder, patient: &patient, deidentification: how }).unwrap();
    let plan = plan.comprehensive(source.len() as u64).unwrap();
    let mut out = Vec::new();
    plan.plan().cut.write_to(source, &mut out).unwrap();
    out
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

#[test]
fn the_table_is_what_the_standard_says() {
    assert_eq!(rows().len(), 479);
    let Ok(json) = std::fs::read(Path::new("../shared/standards/ps315_2026c.json")) else {
        eprintln!("the standard's data are not here: the table was not compared");
        return;
    };
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let listed = json["safe_private_E_3_10_1"]["rows"].as_array().unwrap();
    assert_eq!(listed.len(), 479);
    for (row, listed) in rows().iter().zip(listed) {
        let listed: Vec<&str> = listed.as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
        assert_eq!(*row, listed);
    }
}

/// A value that may stay, in bytes as they stand; none for a representation whose values go.
fn lawful(vr: &str) -> Option<(&str, Vec<u8>)> {
    Some(match vr {
        "DS" => ("DS", b"12.5".to_vec()),
        "IS" => ("IS", b"1217".to_vec()),
        "CS" => ("CS", b"DIRECTIONAL ".to_vec()),
        "LO" | "SH" | "ST" | "LT" => (vr, b"Sagittal 2.1".to_vec()),
        "US" | "SS" => (vr, vec![0x12, 0x34]),
        "FL" | "UL" | "SL" | "AT" => (vr, vec![0x12, 0, 0x34, 0]),
        "FD" | "" => ("FD", vec![0x12, 0, 0x34, 0, 0x56, 0, 0x78, 0]),
        "UI" => ("UI", b"1.2.999.77".to_vec()),
        _ => return None,
    })
}

#[test]
fn every_row_stays_under_its_creator_and_under_no_other() {
    let (mut kept, mut gone, mut nested) = (0, 0, 0);
    for (i, row) in rows().iter().enumerate() {
        let group = u32::from_str_radix(&row[0][1..5], 16).unwrap();
        let tag = group << 16 | 0xA300 | u32::from_str_radix(&row[0][8..10], 16).unwrap();
        let form = FORMS[i % 4];
        let element = match (row[2], lawful(row[2])) {
            ("SQ", _) => items(tag, vec![vec![text(0x0010_0010, "PN", "Doe^Jane"), text(0x0018_0050, "DS", "7.25")]]),
            (_, Some((vr, value))) => text(tag, vr, value),
            _ => text(tag, "OB", vec![7; 64]),
        };
        for (creator, stays) in [(row[1], true), ("Canary 1.0", false), (&row[1].to_lowercase()[..], false)] {
            let new = vec![text(group << 16 | 0xA3, "LO", creator), element.clone()];
            let source = with(image(), new.clone());
            let laid = laid_open(form, &clean(form, new.clone(), &safe()));
            let basic = laid_open(form, &clean(form, new, &Deidentification::default()));
            let is_there = |out: &[u8]| {
                let head = |n: u16| if form == Form::Big { n.to_be_bytes() } else { n.to_le_bytes() };
                find(out, &[head(group as u16), head(tag as u16)].concat())
            };
            // Without any representation, nobody knows what a value is.
            let bulk = matches!(row[2], "OB" | "OW" | "OW/OB") || row[2].is_empty() && form == Form::Implicit;
            assert!(!is_there(&basic) && !find(&basic, creator.as_bytes()), "{row:?}");
            assert_eq!(is_there(&laid), stays && !bulk, "{row:?} {form:?} {creator} {}", source.len());
            assert_eq!(find(&laid, creator.as_bytes()), stays && !bulk, "{row:?}");
            assert!(!find(&laid, b"Jane") && !find(&laid, b"1.2.999.77"), "{row:?}");
            kept += usize::from(stays && !bulk);
            gone += usize::from(!stays || bulk);
            nested += usize::from(stays && row[2] == "SQ" && find(&laid, b"7.25"));
        }
    }
    assert_eq!((kept, gone, nested), (458, 979, 55));
}

const MR: &str = "SIEMENS MR HEADER";

#[test]
fn values_of_safe_attributes_are_looked_at_like_all_others() {
    let cases: [(u32, &str, &str, Option<&str>); 25] = [
        (0x0019_100C, "IS", "1000", Some("1000")),
        (0x0019_100C, "IS", "Doe^Jane", None),
        (0x0019_100C, "IS", "20240302", None),
        (0x0019_100C, "DS", "1000.5", Some("1000.5")),
        (0x0019_100C, "LO", "1000", None),
        (0x0019_100C, "PN", "Doe^Jane", None),
        (0x0019_100C, "DA", "20240302", None),
        (0x0019_100C, "UN", "1000", Some("1000")),
        (0x0019_100C, "UN", "Jane", None),
        (0x0019_100D, "CS", "DIRECTIONAL", Some("DIRECTIONAL")),
        (0x0019_100D, "CS", "SCAN OF JANE", None),
        (0x0019_100D, "CS", "X\\DOE", None),
        (0x0019_100D, "UN", "BVALUE", Some("BVALUE")),
        (0x0019_100D, "OB", "BVALUE", None),
        (0x0019_1008, "CS", "IMAGE NUM 4", None),
        (0x0019_1000, "IS", "1", None),
        (0x0019_100C, "IS", "", Some("")),
        (0x0019_100D, "CS", "A\0JANE", None),
        (0x0019_100D, "LO", "18 Sep 2003", None),
        (0x0019_100D, "LO", "14.05.2019", None),
        (0x0019_100D, "LO", "Greymarsh", None),
        (0x0019_100D, "LO", "Head 4 ch", Some("Head 4 ch")),
        (0x0019_100D, "LO", "Room 123456", None),
        (0x0019_100D, "LO", "http://host/x", None),
        (0x0019_110C, "IS", "1000", None),
    ];
    let mut tried = 0;
    for (tag, vr, given, expected) in cases {
        let new = vec![text(0x0019_0010, "LO", MR), text(0x0019_100E, "FD", [0; 24]), text(tag, vr, given)];
        let out = clean(Form::Explicit, new, &safe());
        let found = elements(&out).into_iter().find(|e| e.0 == tag).map(|e| e.2);
        let found = found.map(|v| String::from_utf8(v).unwrap().trim_end_matches([' ', '\0']).to_owned());
        assert_eq!(found.as_deref(), expected, "{tag:08X} {vr} {given}");
        assert!(elements(&out).iter().any(|e| e.0 == 0x0019_0010), "the block stays");
        tried += 1;
    }
    assert_eq!(tried, 25);
}

#[test]
fn a_block_of_which_nothing_stays_goes_with_its_creator() {
    let mut tried = 0;
    for new in [
        vec![text(0x0019_0010, "LO", MR)],
        vec![text(0x0019_0010, "LO", MR), text(0x0019_1008, "CS", "IMAGE NUM 4")],
        vec![text(0x0019_0010, "LO", MR), text(0x0019_100D, "CS", "JANE")],
        vec![text(0x0019_0010, "LO", MR), text(0x0019_100C, "OB", "4711 Jane")],
        vec![text(0x0019_0010, "LO", "SIEMENS MR HEADERS"), text(0x0019_100C, "IS", "4711")],
        vec![text(0x0019_0010, "LO", format!("{MR}\\Jane")), text(0x0019_100C, "IS", "4711")],
        vec![text(0x0019_0011, "LO", MR), text(0x0019_100C, "IS", "4711")],
        vec![text(0x0019_100C, "IS", "4711")],
        vec![text(0x0019_0001, "LO", MR), text(0x0019_0100, "IS", "4711")],
    ] {
        for form in FORMS {
            let out = laid_open(form, &clean(form, new.clone(), &safe()));
            assert!(!find(&out, MR.as_bytes()) && !find(&out, b"4711"), "{new:?} {form:?}");
            tried += 1;
        }
    }
    assert_eq!(tried, 36);
}

#[test]
fn two_blocks_in_one_group_are_told_apart() {
    let new = vec![
        text(0x0019_0010, "LO", "Canary maker"),
        text(0x0019_0011, "LO", format!("{MR}   ")),
        text(0x0019_0012, "LO", "GEMS_ACQU_01"),
        text(0x0019_0013, "LO", MR),
        text(0x0019_100C, "IS", "1001"),
        text(0x0019_110C, "IS", "1002"),
        text(0x0019_1124, "DS", "1003"),
        text(0x0019_120C, "IS", "1004"),
        text(0x0019_1224, "DS", "1005"),
        text(0x0019_130C, "IS", "1006"),
        text(0x0019_140C, "IS", "1007"),
    ];
    let out = clean(Form::Explicit, new, &safe());
    let there: Vec<u32> = elements(&out).iter().map(|e| e.0).filter(|t| t >> 16 & 1 == 1).collect();
    let kept = [0x0019_0011, 0x0019_0012, 0x0019_0013, 0x0019_110C, 0x0019_1224, 0x0019_130C];
    assert_eq!(there, kept);
    let creator = elements(&out).into_iter().find(|e| e.0 == 0x0019_0011).unwrap();
    assert_eq!(creator.2, b"SIEMENS MR HEADER ");
    assert!(!find(&out, b"Canary"));
    assert!(find(&out, b"113111"));
}

#[test]
fn private_sequences_are_parsed_and_only_what_is_listed_stays_in_them() {
    let creator = || text(0x2001_0010, "LO", "Philips Imaging DD 001");
    let inner = || {
        vec![
            creator(),
            text(0x2001_0011, "LO", "Canary maker"),
            text(0x2001_102D, "SS", [5, 0]),
            text(0x2001_10EE, "LO", "Canary of nothing"),
            text(0x2001_112D, "SS", [7, 7]),
            text(0x0008_0020, "DA", "20240302"),
            text(0x0010_0010, "PN", "Doe^Jane"),
            text(0x0020_000E, "UI", "1.2.999.1.3"),
            text(0x0018_0050, "DS", "7.25"),
        ]
    };
    let mut tried = 0;
    for form in FORMS {
        for vr in ["SQ", "UN"] {
            for laid in [items as fn(u32, Vec<Vec<Element>>) -> Element, open] {
                let orphan = vec![text(0x2001_102D, "SS", [9, 9]), text(0x0018_0050, "DS", "8.25")];
                let sequence = Element { vr, ..laid(0x2001_105F, vec![inner(), orphan]) };
                let out = laid_open(form, &clean(form, vec![creator(), sequence], &safe()));
                for gone in ["Canary", "Jane", "20240302", "1.2.999.1.3"] {
                    assert!(!find(&out, gone.as_bytes()), "{gone} {form:?} {vr}");
                }
                assert!(find(&out, b"7.25") && find(&out, b"8.25"), "{form:?} {vr}");
                let count = out.windows(22).filter(|w| *w == b"Philips Imaging DD 001").count();
                // Numbers under UN are little endian, and are not turned round for a big-endian file.
                let turned = form == Form::Big && vr == "UN";
                assert_eq!(count, if turned { 1 } else { 2 }, "{form:?} {vr}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 16);
}

#[test]
fn uids_of_safe_attributes_follow_the_option_for_uids() {
    let new = || vec![text(0x0099_0010, "LO", "NQHeader"), text(0x0099_1002, "UI", "1.2.999.1.3")];
    let mut tried = 0;
    for form in FORMS {
        let out = laid_open(form, &clean(form, new(), &safe()));
        assert!(!find(&out, b"1.2.999.1.3") && find(&out, b"NQHeader"), "{form:?}");
        let both = chosen(&[DicomOption::RetainSafePrivate, DicomOption::RetainUids]);
        let out = laid_open(form, &clean(form, new(), &both));
        assert_eq!(out.windows(11).filter(|w| *w == b"1.2.999.1.3").count(), 2, "{form:?}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn the_witness_does_not_clear_what_nobody_asked_for() {
    let new = vec![text(0x0019_0010, "LO", MR), text(0x0019_100C, "IS", "1000")];
    let source = file(Form::Explicit, &[], &[], &with(image(), new), &[]);
    let output = once(&source, &safe());
    let evidence = Evidence { format: Format::Dicom, original: &source, output: &output, dropped: &[] };
    assert!(witness_object(&evidence, &safe()).is_ok());
    assert!(witness_object(&evidence, &Deidentification::default()).is_err());
    let again = once(&output, &safe());
    assert_eq!(elements(&again).iter().filter(|e| e.0 >> 16 == 0x19).count(), 2);
}
