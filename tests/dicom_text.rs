//! The options that clean texts, as a user meets them: what stays of descriptions, reports and annotations, in every
//! character set, and that no name comes through.
#![allow(clippy::unwrap_used, clippy::ptr_arg, clippy::print_stderr, clippy::type_complexity)]

#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod support;

use DicomOption::*;
use dicom_core::Tag;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;
use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::dicom::{Coding, read};
use scrubs::inspect::{Evidence, witness_object};
use scrubs::recording::{Deidentification, DicomOption, Format, Identifier};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use support::{Element, FORMS, Form, elements, file, image, items, laid_open, text, with};

const CLEANING: [DicomOption; 3] = [CleanDescriptors, CleanStructuredContent, CleanGraphics];
const REPORT: &str = "1.2.840.10008.5.1.4.1.1.88.22";

fn chosen(options: &[DicomOption]) -> Deidentification {
    Deidentification::new(options.iter().copied().collect(), Default::default())
}

fn cleaned_knowing(source: &Vec<u8>, how: &Deidentification, identifiers: &[Identifier]) -> Option<Vec<u8>> {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    let coding = Coding { coder: &coder, patient: &patient, deidentification: how };
    let plan = read(source).ok()?.plan_knowing(&coding, identifiers).ok()?;
    let mut out = Vec::new();
    plan.cut.write_to(source, &mut out).ok()?;
    Some(out)
}

fn cleaned(source: &Vec<u8>, how: &Deidentification) -> Vec<u8> {
    cleaned_knowing(source, how, &[]).unwrap()
}

fn clean(form: Form, new: Vec<Element>, how: &Deidentification) -> Vec<u8> {
    cleaned(&file(form, &[], &[], &with(image(), new), &[]), how)
}

fn bytes_of(tag: u32, out: &[u8]) -> Option<Vec<u8>> {
    elements(out).into_iter().find(|e| e.0 == tag).map(|e| e.2)
}

fn value(tag: u32, new: Vec<Element>, options: &[DicomOption]) -> Option<String> {
    let found = bytes_of(tag, &clean(Form::Explicit, new, &chosen(options)))?;
    Some(String::from_utf8_lossy(&found).trim_end_matches([' ', '\0']).to_owned())
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}

fn witnessed(source: &Vec<u8>, output: &Vec<u8>, how: &Deidentification) -> bool {
    let evidence = Evidence { original: source, output, format: Format::Dicom, dropped: &[] };
    witness_object(&evidence, how).is_ok()
}

fn vr_of(tag: u32) -> Option<&'static str> {
    StandardDataDictionary.by_tag(Tag((tag >> 16) as u16, tag as u16)).map(|e| e.vr().relaxed().to_string())
}

/// The tags of Table E.1-1 with a C in this column.
fn rows(column: &str) -> Vec<u32> {
    let table = include_str!("../src/dicom/ps315_2026c.tsv");
    let at = table.lines().nth(1).unwrap().split('\t').position(|c| c == column).unwrap();
    let listed = table.lines().skip(2).map(|l| l.split('\t').collect::<Vec<_>>());
    let listed = listed.filter(|cells| cells.get(at) == Some(&"C"));
    listed
        .filter_map(|cells| u32::from_str_radix(&cells[1].trim_matches(['(', ')']).replace(',', ""), 16).ok())
        .collect()
}

#[test]
fn every_descriptor_stays_cleaned_and_goes_without_the_option() {
    let (mut texts, mut sequences, mut others) = (0, 0, Vec::new());
    for tag in rows("cleanDescOpt") {
        let vr = vr_of(tag).unwrap_or("SQ");
        if vr == "SQ" {
            let item =
                vec![text(0x0008_0100, "SH", "T-1"), text(0x0008_0102, "SH", "SCT"), text(0x0008_0104, "LO", "Doe")];
            let new = || vec![items(tag, vec![item.clone()])];
            let out = clean(Form::Explicit, new(), &chosen(&[CleanDescriptors]));
            assert!(!find(&out, b"Doe"), "{tag:08X}");
            sequences += usize::from(find(&bytes_of(tag, &out).unwrap_or_default(), b"SCT"));
            continue;
        }
        let new = || vec![text(tag, vr, "Doe knee 5 mm")];
        let stays = value(tag, new(), &[CleanDescriptors]);
        let basic = value(tag, new(), &[]);
        assert!(!basic.is_some_and(|v| v.contains("knee")), "{tag:08X}");
        match stays.as_deref() {
            Some("[removed] knee 5 mm" | "[-] knee 5 mm") => texts += 1,
            _ => others.push((tag, vr)),
        }
    }
    assert_eq!((texts, sequences), (128, 9), "{others:08X?}");
    // A code string, and bytes that only one maker understands.
    assert_eq!(others, [(0x0016_004B, "OB"), (0x0016_002B, "OB"), (0x0400_0565, "CS")]);
}

#[test]
fn no_canary_comes_through_any_text() {
    let hidden = [
        "Doe",
        "DOE",
        "doe_jane",
        "JaneDoe",
        "Doe^Jane",
        "J.Doe",
        "ID17",
        "ID 17",
        "Canary",
        "19770102",
        "02/01/1977",
        "2 Jan 1977",
        "+49 30 1234567",
        "943 476 5919",
        "jane@doe.org",
        "Dr Canary",
        "1.2.840.113619.2.55",
        "Str\u{e4}\u{df}chen",
    ];
    let all: Vec<(u32, &str)> = [
        (0x0008_1030, "LO"),
        (0x0018_0010, "LO"),
        (0x0040_0007, "LO"),
        (0x0020_4000, "LT"),
        (0x0018_4000, "LT"),
        (0x0040_0310, "ST"),
        (0x0008_2111, "ST"),
        (0x0032_1066, "UT"),
        (0x300A_0002, "SH"),
        (0x3006_0002, "SH"),
        (0x3010_000F, "UT"),
        (0x0040_0602, "UT"),
    ]
    .into();
    let mut tried = 0;
    for (tag, vr) in &all {
        for canary in hidden {
            for form in FORMS {
                let vr = vr_of(*tag).unwrap_or(vr);
                let given = format!("knee {canary} left");
                let out = laid_open(form, &clean(form, vec![text(*tag, vr, &given)], &chosen(&CLEANING)));
                assert!(!find(&out, canary.as_bytes()), "{tag:08X} {canary}");
                let telling = canary.split([' ', '^', '.', '/', '@']).filter(|w| w.len() >= 4);
                for part in telling {
                    assert!(!find(&out, part.as_bytes()), "{tag:08X} {part} of {canary}");
                }
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 12 * 18 * 4);
}

/// A small generator of numbers, the same in every run.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 11) as usize
}

#[test]
fn no_part_of_a_name_survives_in_a_description() {
    // Names made of syllables, and names that are words of radiology.
    let syllables = ["ka", "mo", "ri", "sen", "tal", "ber", "lou", "dan", "ga", "nor"];
    let words = ["Brain", "Knee", "Long", "Foot", "Chest", "Axial", "Flair", "Hand", "Left", "Routine"];
    let templates = [
        "{} knee",
        "CT {}_{} chest",
        "axial t2 {}",
        "{}, {}",
        "MR {}{} left",
        "[{}] 5mm {}",
        "{}-{}^brain",
        "head/{}/{}",
    ];
    let (mut state, mut tried, mut useful) = (0x5eed_u64, 0, 0);
    for round in 0..600 {
        let mut name = || match next(&mut state) % 3 {
            0 => words[next(&mut state) % words.len()].to_owned(),
            _ => (0..2 + next(&mut state) % 2).map(|_| syllables[next(&mut state) % syllables.len()]).collect(),
        };
        let (family, given) = (name(), name());
        let mut description = templates[round % templates.len()].to_owned();
        for part in [&family, &given] {
            description =
                description.replacen("{}", &if round % 2 == 0 { part.to_uppercase() } else { part.clone() }, 1);
        }
        let person = text(0x0010_0010, "PN", format!("{family}^{given}"));
        let new = vec![person, text(0x0008_103E, "LO", &description)];
        let found = value(0x0008_103E, new, &[CleanDescriptors]).unwrap_or_default();
        for part in [&family, &given].into_iter().filter(|p| p.len() >= 3) {
            let words = found.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase);
            assert!(!words.into_iter().any(|w| w == part.to_lowercase()), "{description} -> {found}");
        }
        useful += usize::from(!found.is_empty());
        tried += 1;
    }
    assert_eq!(tried, 600);
    assert!(useful > 300, "{useful}");
}

#[test]
fn every_character_set_is_read_and_written_truly() {
    let name = |bytes: &[u8]| text(0x0010_0010, "PN", bytes);
    let cases: [(&str, &[u8], &[u8], &[u8]); 11] = [
        ("ISO_IR 100", b"M\xfcller^Ute", b"Sch\xe4del M\xfcller", b"Sch\xe4del [removed]"),
        ("ISO_IR 100", b"M\xfcller^Ute", b"Sch\xe4del MUELLER, Muller", b"Sch\xe4del [removed]"),
        (
            "ISO_IR 192",
            "M\u{fc}ller".as_bytes(),
            "Sch\u{e4}del M\u{fc}ller".as_bytes(),
            "Sch\u{e4}del [removed]".as_bytes(),
        ),
        // Declared wrongly: Latin-1 under no declaration, UTF-8 under Latin-1, Latin-1 under UTF-8.
        ("", b"M\xfcller", b"Sch\xe4del M\xfcller", b"Schaedel [removed]"),
        ("ISO_IR 100", "M\u{fc}ller".as_bytes(), "Sch\u{e4}del M\u{fc}ller".as_bytes(), b"Sch\xe4del [removed]"),
        ("ISO_IR 192", b"M\xfcller", b"Sch\xe4del M\xfcller", "Sch\u{e4}del [removed]".as_bytes()),
        ("\\ISO 2022 IR 87", b"Yamada=\x1b$B;3ED\x1b(B", b"axial \x1b$B;3ED\x1b(B CT", b"axial [removed] CT"),
        ("\\ISO 2022 IR 149", b"Hong=\x1b$)C\xfb\xf3", b"axial \x1b$)C\xfb\xf3 CT", b"axial [removed] CT"),
        ("GB18030", b"Wang=\xcd\xf5", b"axial \xcd\xf5\x81\x5c CT", b"axial [removed] CT"),
        ("ISO_IR 13", b"X=\x8eR\x93c", b"axial \x8eR\x93c CT", b"axial [removed] CT"),
        ("ISO_IR 144", b"\xbb\xee\xda", b"knee \xbb\xee\xda CT", b"knee [removed] CT"),
    ];
    let mut tried = 0;
    for (declared, person, given, expected) in cases {
        let new = vec![text(0x0008_0005, "CS", declared), name(person), text(0x0008_1030, "LO", given)];
        let source = file(Form::Explicit, &[], &[], &with(image(), new), &[]);
        let out = cleaned(&source, &chosen(&[CleanDescriptors]));
        let found = bytes_of(0x0008_1030, &out).unwrap();
        assert_eq!(found.trim_ascii_end(), expected, "{declared} {}", String::from_utf8_lossy(&found));
        assert!(witnessed(&source, &out, &chosen(&[CleanDescriptors])), "{declared}");
        tried += 1;
    }
    assert_eq!(tried, 11);
}

#[test]
fn what_the_register_knows_goes_too() {
    let source = file(Form::Explicit, &[], &[], &with(image(), vec![text(0x0008_1030, "LO", "knee 4711 flair")]), &[]);
    let how = chosen(&[CleanDescriptors]);
    let found = |known: &[Identifier]| {
        let out = cleaned_knowing(&source, &how, known).unwrap();
        String::from_utf8(bytes_of(0x0008_1030, &out).unwrap()).unwrap().trim_end().to_owned()
    };
    assert_eq!(found(&[]), "knee 4711 flair");
    assert_eq!(found(&[Identifier::from("4711")]), "knee [removed] flair");
    assert_eq!(found(&[Identifier::from("4711"), Identifier::from("Flair^Ann")]), "knee [removed]");
}

#[test]
fn what_the_register_knows_goes_from_technical_texts_too() {
    let coil = text(0x0018_1250, "SH", "Greymarsh 8CH");
    let source = file(Form::Explicit, &[], &[], &with(image(), vec![coil]), &[]);
    let found = |known: &[Identifier]| bytes_of(0x0018_1250, &cleaned_knowing(&source, &chosen(&[]), known).unwrap());
    assert!(found(&[]).is_some());
    assert_eq!(found(&[Identifier::from("Greymarsh^Ann")]), None);
}

#[test]
fn whoever_the_object_is_of_goes_from_technical_texts_however_it_is_spelt() {
    let mut tried = 0;
    for (name, number, texts) in [
        ("CANAR^ANN", "4857773456", &["485 777 3456", "485-777-3456", "CANARA", "BCanar", "ANNCANAR", "v2 ACanar"][..]),
        ("NG^LI", "ID-1", &["NG LI", "Li-Ng", "LING 2"]),
        ("O'CANARY^Mary-Kate", "A 12-34", &["OCANARY", "MARYKATE 1.2", "A1234"]),
        ("VAN DER CANAR", "ID-1", &["VANDERCANAR"]),
        ("CANUELLER^JUERGEN", "ID-1", &["CANULLER", "Jurgen"]),
        ("Canada^Tarou", "ID-1", &["TarouC"]),
        ("Canary^Jane", "ID-1", &["12.03.1949", "1949-03-12", "12Mar1949", "12 03 49", "12 3 1949", "v12.03.49"]),
        ("Canary^Jane", "ID-1", &["Mrs A Doe 12 High St", "Dr John Doe", "Prof. Doe"]),
    ] {
        for given in texts {
            let person = [text(0x0010_0010, "PN", name), text(0x0010_0020, "LO", number)];
            let new = [&person[..], &[text(0x0010_0030, "DA", "19490312"), text(0x0018_1250, "SH", *given)]].concat();
            let source = file(Form::Explicit, &[], &[], &with(image(), new), &[]);
            let out = cleaned(&source, &chosen(&[]));
            assert_eq!(bytes_of(0x0018_1250, &out), None, "{given}");
            assert!(witnessed(&source, &out, &chosen(&[])), "{given}");
            tried += 1;
        }
    }
    assert_eq!(tried, 25);
    for stays in ["MR Software release:DV26.0_R01", "syngo 4.12.3", "8CH HEAD 10 ms", "B30f", "Mr1.5", "DR 3500"] {
        let new = vec![text(0x0010_0030, "DA", "19490312"), text(0x0018_1250, "SH", stays)];
        assert_eq!(value(0x0018_1250, new, &[]).as_deref(), Some(stays));
        tried += 1;
    }
    assert_eq!(tried, 31);
}

#[test]
fn days_go_from_descriptions_also_where_they_are_glued_to_a_word() {
    let mut tried = 0;
    for (given, stays) in [
        ("hand12-03-49 knee", Some("[removed] knee")),
        ("CT12-03-49 knee", Some("[removed] knee")),
        ("hand 12 03 49", Some("hand [removed]")),
        ("hand 12 3 49", Some("hand [removed]")),
        ("hand 12 03", Some("hand [removed]")),
        ("knee hand1949", Some("knee [removed]")),
        ("knee 1949hand", Some("knee [removed]")),
        ("knee hand2019", Some("knee [removed]")),
        ("knee hand12.03.1949", Some("knee [removed]")),
        ("knee 12.3.1949hand", Some("knee [removed]")),
        ("2048x2048 knee b2000 T11/12", Some("2048x2048 knee b2000 T11/12")),
        ("knee 5 10 3 T12-L1", Some("knee 5 10 3 T12-L1")),
    ] {
        let new = vec![text(0x0010_0030, "DA", "19490312"), text(0x0008_1030, "LO", given)];
        assert_eq!(value(0x0008_1030, new, &[CleanDescriptors]).as_deref(), stays, "{given}");
        tried += 1;
    }
    assert_eq!(tried, 12);
}

#[test]
fn parts_of_a_code_have_the_form_of_such() {
    let scheme = text(0x0008_0102, "SH", "SCT");
    let mut tried = 0;
    for (tag, vr, given, stays) in [
        (0x0008_0103, "SH", "2.19 b", true),
        (0x0008_0103, "SH", "Canary", false),
        (0x0008_0119, "UC", "123456789012345678", true),
        (0x0008_0119, "UC", "Canary Jane", false),
        (0x0008_0120, "UR", "urn:oid:1.2.840.10008.6.1.1", true),
        (0x0008_0120, "UR", "urn:x:Canary", false),
    ] {
        let mut item = vec![scheme.clone(), text(tag, vr, given)];
        item.sort_by_key(|e| e.tag);
        let source = file(Form::Explicit, &[], &[], &with(image(), vec![items(0x0008_2218, vec![item])]), &[]);
        let out = cleaned(&source, &chosen(&[]));
        assert_eq!(find(&out, given.as_bytes()), stays, "{given}");
        assert!(witnessed(&source, &out, &chosen(&[])), "{given}");
        tried += 1;
    }
    assert_eq!(tried, 6);
}

fn code(value: &str, meaning: &str) -> Vec<Element> {
    vec![text(0x0008_0100, "SH", value), text(0x0008_0102, "SH", "DCM"), text(0x0008_0104, "LO", meaning)]
}

fn content(kind: &str, concept: &str, tag: u32, vr: &'static str, given: &str) -> Vec<Element> {
    let name = items(0x0040_A043, vec![code(concept, "Finding")]);
    vec![text(0x0040_A010, "CS", "CONTAINS"), text(0x0040_A040, "CS", kind), name, text(tag, vr, given)]
}

#[test]
fn content_items_are_treated_by_their_concept() {
    let number = vec![text(0x0040_A30A, "DS", "12.5"), items(0x0040_08EA, vec![code("mm", "mm")])];
    let mut measured = content("NUM", "121206", 0x0040_A010, "CS", "CONTAINS");
    measured.remove(0);
    measured.push(items(0x0040_A300, vec![number]));
    let list = || {
        vec![
            content("TEXT", "121071", 0x0040_A160, "UT", "Nodule of Doe, 5 mm"),
            content("TEXT", "999001", 0x0040_A160, "UT", "mass left lung Canary"),
            content("TEXT", "121022", 0x0040_A160, "UT", "acute knee"),
            content("PNAME", "113870", 0x0040_A123, "PN", "Canary^Jack"),
            content("DATE", "121031", 0x0040_A121, "DA", "19770102"),
            content("DATE", "111060", 0x0040_A121, "DA", "20240302"),
            content("UIDREF", "112002", 0x0040_A124, "UI", "1.2.999.77"),
            measured.clone(),
        ]
    };
    let report = |more: Vec<Element>| {
        let mut new =
            vec![text(0x0008_0016, "UI", REPORT), text(0x0040_A040, "CS", "CONTAINER"), items(0x0040_A730, list())];
        new.extend(more);
        let base = image().into_iter().filter(|e| e.tag >> 16 != 0x7FE0 && e.tag >> 16 != 0x28).collect();
        file(Form::Explicit, &[], &[], &with(base, new), &[])
    };
    let source = report(Vec::new());
    let has = |options: &[DicomOption], words: &[&str], lacks: &[&str]| {
        let how = chosen(options);
        let out = cleaned(&source, &how);
        words.iter().for_each(|w| assert!(find(&out, w.as_bytes()), "{options:?} has {w}"));
        lacks.iter().for_each(|w| assert!(!find(&out, w.as_bytes()), "{options:?} lacks {w}"));
        assert!(witnessed(&source, &out, &how), "{options:?}");
    };
    let never = ["Doe", "Canary", "19770102", "acute knee", "1.2.999.77"];
    has(&[], &["REMOVED"], &[&never[..], &["Nodule", "mass left"]].concat());
    has(
        &[CleanStructuredContent],
        &["mass left lung [removed]", "12.5"],
        &[&never[..], &["Nodule", "20240302"]].concat(),
    );
    has(&CLEANING, &["Nodule of [removed], 5 mm", "mass left lung"], &[&never[..], &["20240302", "121022"]].concat());
    has(&[CleanStructuredContent, RetainLongitudinalFullDates], &["20240302"], &never);
    has(&[CleanStructuredContent, RetainLongitudinalModifiedDates], &["12.5"], &[&never[..], &["20240302"]].concat());
    has(&[CleanStructuredContent, RetainUids], &["1.2.999.77"], &never[..4]);
    // Where items point at each other by place, none goes: the one that should says nothing.
    let pointing =
        items(0x0040_0555, vec![vec![text(0x0040_A040, "CS", "TEXT"), text(0x0040_DB73, "UL", b"\x01\0\0\0")]]);
    let out = cleaned(&report(vec![pointing]), &chosen(&CLEANING));
    assert!(find(&out, b"121022") && !find(&out, b"acute knee"));
}

#[test]
fn annotations_keep_their_place_and_lose_their_names() {
    let corners = || 1.5f32.to_le_bytes().repeat(2);
    let note = vec![
        text(0x0070_0006, "ST", "Cyst, Dr Canary"),
        text(0x0070_0010, "FL", corners()),
        text(0x0070_0011, "FL", corners()),
        text(0x0070_0012, "CS", "LEFT"),
    ];
    let annotation = || vec![items(0x0070_0001, vec![vec![items(0x0070_0008, vec![note.clone()])]])];
    let class = || text(0x0008_0016, "UI", "1.2.840.10008.5.1.4.1.1.11.1");
    let source = |more: Vec<Element>| {
        let all = [vec![class()], annotation(), more].concat();
        file(Form::Explicit, &[], &[], &with(image(), all), &[])
    };
    let overlay = vec![text(0x6000_3000, "OW", "CanaryOverlay..."), text(0x6000_4000, "LT", "knee")];
    let source = source(overlay);
    let out = cleaned(&source, &chosen(&[CleanGraphics]));
    assert!(find(&out, b"Cyst, [removed]") && find(&out, &corners()) && find(&out, b"113103"));
    assert!(!find(&out, b"Canary") && !find(&out, b"\x00\x60\x00\x30"), "no overlay is proved free of writing");
    assert!(witnessed(&source, &out, &chosen(&[CleanGraphics])) && !witnessed(&source, &out, &chosen(&[])));
    let basic = cleaned(&source, &chosen(&[]));
    assert!(!find(&basic, b"Cyst"));
    let descriptors = cleaned(&source, &chosen(&[CleanDescriptors]));
    assert!(!find(&descriptors, b"Cyst"), "annotations are for the other option");
}

#[test]
fn meanings_of_codes_name_nobody() {
    let meaning = |code: &str, given: &str| {
        let item = vec![text(0x0008_0100, "SH", code), text(0x0008_0102, "SH", "SCT"), text(0x0008_0104, "LO", given)];
        let source = file(Form::Explicit, &[], &[], &with(image(), vec![items(0x0008_2218, vec![item])]), &[]);
        let out = cleaned(&source, &chosen(&[]));
        assert!(witnessed(&source, &out, &chosen(&[])), "{given}");
        let found = bytes_of(0x0008_2218, &out).unwrap();
        let at = found.windows(6).position(|w| w == b"\x08\0\x04\x01LO").unwrap();
        String::from_utf8(found[at + 8..].to_vec()).unwrap().trim_end().to_owned()
    };
    let cases = [
        ("T-D4000", "Abdomen", "Abdomen"),
        ("T-D4000", "Left ventricular ejection fraction", "Left ventricular ejection fraction"),
        ("T-D4000", "Abdomen of Smith", "T-D4000"),
        ("T-D4000", "Canary", "T-D4000"),
        ("T-D4000", "Smith^Peter", "T-D4000"),
        ("T-D4000", "Abdomen 19770102", "T-D4000"),
        ("T-D4000", "Jane", "T-D4000"),
        ("Canary", "Smith", "Removed"),
    ];
    let mut tried = 0;
    for (code, given, expected) in cases {
        assert_eq!(meaning(code, given), expected, "{given}");
        tried += 1;
    }
    assert_eq!(tried, 8);
}

#[test]
fn the_witness_sees_a_word_that_should_have_gone() {
    let new = vec![text(0x0008_1030, "LO", "knee Canary left 5 mm")];
    let source = file(Form::Explicit, &[], &[], &with(image(), new), &[]);
    let how = chosen(&[CleanDescriptors]);
    let output = cleaned(&source, &how);
    assert!(witnessed(&source, &output, &how) && !witnessed(&source, &output, &chosen(&[])));
    assert!(!witnessed(&source, &output, &chosen(&[CleanGraphics])));
    let at = output.windows(4).position(|w| w == b"knee").unwrap();
    let mut tried = 0;
    for other in ["JANE", "doe ", "Xyzw", "1977", "a@b ", "\u{1b}$B "] {
        let mut changed = output.clone();
        changed[at..at + 4].copy_from_slice(other.as_bytes());
        assert!(!witnessed(&source, &changed, &how), "{other}");
        tried += 1;
    }
    assert_eq!(tried, 6);
}

#[test]
fn the_witness_knows_every_word_that_may_be_left() {
    let words = |text: &'static str| text.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace);
    let own: BTreeSet<&str> = words(include_str!("../src/inspect/dicom/spoken.txt")).collect();
    let terms: BTreeSet<String> =
        words(include_str!("../src/inspect/dicom/words.txt")).map(str::to_lowercase).collect();
    let mut missing = Vec::new();
    let mut tried = 0;
    let lists = [include_str!("../src/dicom/vocabulary.txt"), include_str!("../src/dicom/meanings.txt")];
    for word in lists.into_iter().flat_map(words).filter(|w| w.is_ascii() && w.len() > 1 && !w.starts_with('!')) {
        if !own.contains(word) && !terms.contains(word) {
            missing.push(word);
        }
        tried += 1;
    }
    assert!(tried > 6000, "{tried}");
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_concepts_are_what_the_standard_says() {
    let table = include_str!("../src/dicom/sr_concepts_2026c.tsv");
    assert!(table.lines().next().unwrap().contains("PS3.15 2026c"));
    assert_eq!(table.lines().count(), 216);
    let Ok(json) = std::fs::read(Path::new("../shared/standards/ps315_2026c.json")) else {
        eprintln!("the standard's data are not here: the concepts were not compared");
        return;
    };
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let [columns, rows] = ["columns", "rows"].map(|part| json["sr_codes_E_3_4_1"][part].as_array().unwrap());
    let strings = |list: &serde_json::Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned()).collect()
    };
    let header: Vec<&str> = table.lines().nth(1).unwrap().split('\t').collect();
    assert_eq!(columns.iter().map(|c| c.as_str().unwrap()).collect::<Vec<_>>(), header);
    assert_eq!(rows.len(), 214);
    for (row, line) in rows.iter().zip(table.lines().skip(2)) {
        assert_eq!(strings(row).join("\t").trim_end_matches('\t'), line);
    }
}

fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("SCRUBS_CORPUS").map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    Some(root.join("dicom")).filter(|p| p.is_dir())
}

#[test]
fn real_objects_keep_useful_descriptions_and_the_witness_clears_them() {
    let Some(folder) = corpus() else {
        eprintln!("no corpus here: real objects were not tried");
        return;
    };
    let (basic, how) = (chosen(&[]), chosen(&CLEANING));
    let (mut tried, mut held, mut useful, mut given) = (0, Vec::new(), 0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = std::fs::read(&path).unwrap();
        let Some(plain) = cleaned_knowing(&source, &basic, &[]) else { continue };
        let out = cleaned_knowing(&source, &how, &[]).unwrap();
        tried += 1;
        if witnessed(&source, &plain, &basic) && !witnessed(&source, &out, &how) {
            held.push(path);
        }
        let object = |tag: &[u8; 6], bytes: &Vec<u8>| bytes.windows(6).any(|w| w == tag);
        given += usize::from(object(b"\x08\0\x3e\x10LO", &source));
        useful += usize::from(object(b"\x08\0\x3e\x10LO", &out));
    }
    eprintln!("{tried} real objects cleaned; series descriptions: {given} given, {useful} left; {} held", held.len());
    assert!(tried > 150 && held.is_empty(), "{held:?}");
}
