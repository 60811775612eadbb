//! The profile: what it reads, what it refuses, and that schema, keys and reader agree.

use super::*;
use crate::consent::Date;
use crate::consent::assessment::together;
use crate::recording::terms::Identifiable;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const FULL: &str = r#"
name = "dermatology"
purpose = "publication"
keep-gain-map = true
dicom-mapping = true
dicom-write-consent = true
dicom-file-set = true

[[patient-from]]
recordings = "wards/**"
folder = 2
issuer = "St Canary"
[[patient-from]]
pattern = '^[^/]*_(?<patient>\d+)_'

[[kind]]
recordings = "scans/**"
kind = "x-ray"
[[kind]]
modality = "US"
kind = "ultrasound"
[[kind]]
recordings = "**"
kind = "photograph"

[[made-for]]
recordings = "**"
modality = "CR"
made-for = "care"
[[made-when]]
recordings = "old/**"
made-when = "before-1997"
[[existing-collection]]
recordings = "old/**"
existing-collection = "yes"
[[existing-collection]]
recordings = "new/**"
existing-collection = false

[[assessment]]
recordings = "wounds/**"
identifiable = "no"
pixels = "no-marks"
by = "A. Canary"
on = "2025-11-20"
[[assessment]]
recordings = "wounds/face/**"
identifiable = "may-be"
by = "A. Canary"
on = 2025-11-20

[[condition]]
code = "dermatology-course-only"
says = "Use it only in the dermatology course."
"#;

fn full() -> Profile {
    Profile::read(FULL).expect("a profile")
}

fn id(patient: Option<Patient>) -> Option<(String, String)> {
    patient.map(|p| (p.issuer().reveal_text(), p.id().reveal_text()))
}

fn lines(text: &str) -> Vec<usize> {
    Profile::read(text).expect_err("faults").faults.iter().map(|fault| fault.line).collect()
}

#[test]
fn the_first_rule_that_speaks_of_a_recording_counts() {
    let profile = full();
    assert_eq!((profile.name(), profile.purpose()), ("dermatology", Some(Purpose::Publication)));
    assert!(profile.keeps_gain_map() && !Profile::default().keeps_gain_map());
    assert!(profile.makes_file_set() && !Profile::default().makes_file_set());
    assert_ne!(Profile::read("dicom-file-set = true").expect("a profile").digest(), Profile::default().digest());
    assert_ne!(Profile::read("keep-gain-map = true").expect("a profile").digest(), Profile::default().digest());
    assert!(profile.maps_dicom() && !Profile::default().maps_dicom());
    assert!(profile.writes_consent() && !Profile::default().writes_consent());
    for key in ["dicom-mapping = true", "dicom-write-consent = 'yes'"] {
        assert_ne!(Profile::read(key).expect("a profile").digest(), Profile::default().digest());
    }
    assert_eq!(profile.kind_of("scans/a.png", Some("US")), Some(Kind::XRay));
    assert_eq!(profile.kind_of("a.dcm", Some("US ")), Some(Kind::Ultrasound));
    assert_eq!(profile.kind_of("a.jpg", None), Some(Kind::Photograph));
    assert_eq!(profile.made_for_of("a.dcm", Some("CR")), Some(MadeFor::Care));
    assert_eq!(profile.made_for_of("a.jpg", None), None, "both parts of a rule must hold");
    assert_eq!(profile.made_when_of("old/a.jpg", None), Some(MadeWhen::Before1997));
    assert_eq!(profile.existing_collection_of("old/a.jpg", None), Some(true));
    assert_eq!(profile.existing_collection_of("new/a.jpg", None), Some(false));
    assert_eq!(profile.offered("x", None), Offered { kind: Some(Kind::Photograph), ..Offered::default() });
    assert!(profile.condition_words().contains("dermatology-course-only"));
}

#[test]
fn the_patient_comes_from_a_folder_or_a_pattern() {
    let profile = full();
    let found = |issuer: &str, number: &str| Some((issuer.to_owned(), number.to_owned()));
    assert_eq!(id(profile.patient_of("wards/ab  12/x/a.jpg")), found("ST CANARY", "AB 12"));
    assert_eq!(id(profile.patient_of("wards/a.jpg")), None, "a file's name is not a folder");
    assert_eq!(id(profile.patient_of("img_0047_1.jpg")), found("", "0047"));
    assert_eq!(id(profile.patient_of("a.jpg")), None);
    assert_eq!(id(Profile::default().patient_of("a/b/c.jpg")), None);
}

#[test]
fn all_assessments_of_a_recording_count_and_name_nobody() {
    let profile = full();
    assert_eq!(together(profile.assessments_of("wounds/a.jpg")), (Some(Identifiable::No), true));
    assert_eq!(together(profile.assessments_of("wounds/face/a.jpg")), (Some(Identifiable::MayBe), true));
    assert_eq!(profile.assessments_of("a.jpg").len(), 0);
    assert_eq!(profile.assessments_of("wounds/face/a.jpg")[1].on.map(Date::exact).as_deref(), Some("2025-11-20"));
    assert!(!format!("{:?}", profile.assessments_of("wounds/a.jpg")).contains("Canary"));
}

#[test]
fn every_fault_is_told_with_its_line_and_no_value() {
    let text = r#"
name = "Dr Canary"
jobs = 4
purpose = "fun"
[[patient-from]]
folder = 0
[[patient-from]]
pattern = "canary"
[[patient-from]]
recordings = "**"
[[kind]]
kind = "x-ray"
[[kind]]
recordings = "../canary"
modality = "canary"
kind = "canary"
[[assessment]]
recordings = "**"
pixels = "checked"
by = ""
on = "2999-01-01"
[dicom]
keep = "canary"
[[condition]]
code = "no-copies"
"#;
    assert_eq!(lines(text), [2, 3, 4, 6, 8, 9, 11, 14, 15, 16, 19, 20, 21, 22, 24, 25]);
    let told = Profile::read(text).expect_err("faults").to_string();
    assert!(!told.to_lowercase().contains("canary"), "{told}");
}

#[test]
fn broken_toml_is_told_by_its_lines() {
    assert_eq!(lines("name = \n"), [1]);
    assert_eq!(lines("name = \"a\"\nname = \"b\"\n"), [2]);
    assert_eq!(lines("\n\nname = \"canary"), [3]);
    assert_eq!(lines("kind = \"x-ray\""), [1]);
    assert_eq!(lines("kind = [1]"), [1]);
    assert!(Profile::read(&format!("name = {}", "[".repeat(100_000))).is_err());
    assert!(Profile::read("").is_ok() && Profile::read("\u{feff}name = \"a\"").is_ok());
}

#[test]
fn a_pattern_that_would_take_much_memory_is_refused() {
    let text = "[[patient-from]]\npattern = '(?<patient>(((a{100}){100}){100}){100})'";
    assert_eq!(lines(text), [2]);
}

#[test]
fn the_digest_changes_with_what_is_said_and_not_with_the_layout() {
    let digest = |text: &str| Profile::read(text).expect("a profile").digest();
    assert_eq!(digest(FULL), digest(&format!("# a comment\n{FULL}\n\n")));
    assert_eq!(digest(""), Profile::default().digest());
    let changes = [
        ("\"dermatology\"", "\"surgery\""),
        ("publication", "teaching"),
        ("folder = 2", "folder = 1"),
        ("St Canary", "St Other"),
        (r"\d+", r"\d"),
        ("\"US\"", "\"CR\""),
        ("\"ultrasound\"", "\"endoscopic\""),
        ("\"care\"", "\"secondary\""),
        ("before-1997", "1997-or-later"),
        ("false", "true"),
        ("identifiable = \"no\"", "identifiable = \"yes\""),
        ("pixels = \"no-marks\"", ""),
        ("by = \"A. Canary\"", "by = \"B. Canary\""),
        ("\"2025-11-20\"", "\"2025-11-21\""),
        ("dermatology-course-only", "course-only"),
    ];
    let digests: BTreeSet<[u8; 32]> = changes
        .iter()
        .map(|(from, to)| {
            assert!(FULL.contains(from), "{from}");
            digest(&FULL.replacen(from, to, 1))
        })
        .chain([digest(FULL)])
        .collect();
    assert_eq!(digests.len(), 16);
}

#[test]
fn schema_and_keys_agree() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let properties = |at: &str| -> BTreeSet<String> {
        let object = schema.pointer(at).and_then(Value::as_object).expect("properties");
        object.keys().cloned().collect()
    };
    let mut keys: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for key in KEYS {
        keys.entry(key.table).or_default().insert(key.name.to_owned());
        assert!(key.says.ends_with('.') || key.says.ends_with('…'), "{}", key.name);
    }
    let tables = keys.keys().filter(|table| !table.is_empty() && !table.contains('.')).map(|table| (*table).to_owned());
    let top: BTreeSet<String> = keys[""].iter().cloned().chain(tables).collect();
    assert_eq!(properties("/properties"), top);
    let mut compared = 0;
    for (table, names) in keys.iter().filter(|(table, _)| !table.is_empty()) {
        let (at, more) = match *table {
            "pixels" => ("/properties/pixels/properties".to_owned(), Some("rule".to_owned())),
            "pixels.rule" => ("/properties/pixels/properties/rule/items/properties".to_owned(), None),
            "report" => ("/properties/report/properties".to_owned(), None),
            table => (format!("/properties/{table}/items/properties"), None),
        };
        let names: BTreeSet<String> = names.iter().cloned().chain(more).collect();
        assert_eq!(properties(&at), names, "{table}");
        compared += 1;
    }
    assert_eq!((compared, KEYS.len()), (11, 56));
}

#[test]
fn what_the_reader_takes_the_schema_takes_and_near_misses_neither() {
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    // The one date of TOML's own becomes text in JSON.
    let text = FULL.replace("on = 2025-11-20", "on = \"2025-11-20\"");
    let good = serde_json::to_value(text.parse::<toml::Table>().expect("TOML")).expect("JSON");
    assert!(validator.is_valid(&good));
    let changes = [
        ("/name", json!("Dr Canary")),
        ("/purpose", json!("fun")),
        ("/keep-gain-map", json!("maybe")),
        ("/dicom-mapping", json!("maybe")),
        ("/dicom-write-consent", json!(1)),
        ("/patient-from/0/folder", json!(0)),
        ("/patient-from/0/folder", json!("2")),
        ("/kind/0/kind", json!("photo")),
        ("/kind/1/modality", json!("us")),
        ("/made-for/0/made-for", json!("fun")),
        ("/made-when/0/made-when", json!("1996")),
        ("/existing-collection/0/existing-collection", json!("maybe")),
        ("/assessment/0/identifiable", json!("never")),
        ("/assessment/0/pixels", json!("checked")),
        ("/assessment/0/by", json!("")),
        ("/condition/0/code", json!("Free text")),
    ];
    for (at, value) in &changes {
        let mut bad = good.clone();
        *bad.pointer_mut(at).expect("a key") = value.clone();
        assert!(!validator.is_valid(&bad), "the schema lets through {at}");
        let toml = toml_of(&bad);
        assert!(Profile::read(&toml).is_err(), "the reader lets through {at}");
    }
    assert!(Profile::read(&toml_of(&good)).is_ok());
    assert_eq!(changes.len(), 16);
}

/// A JSON value as inline TOML, for the shapes that a profile has.
fn toml_of(value: &Value) -> String {
    fn inline(value: &Value) -> String {
        match value {
            Value::Object(o) => {
                format!("{{{}}}", o.iter().map(|(k, v)| format!("{k}={}", inline(v))).collect::<Vec<_>>().join(","))
            }
            Value::Array(a) => format!("[{}]", a.iter().map(inline).collect::<Vec<_>>().join(",")),
            other => other.to_string(),
        }
    }
    let top = value.as_object().expect("an object");
    top.iter().map(|(k, v)| format!("{k} = {}\n", inline(v))).collect()
}

#[test]
fn the_template_is_a_profile_that_says_nothing() {
    let template = Profile::template();
    assert_eq!(Profile::read(&template).map(|p| p.digest()), Ok(Profile::default().digest()));
    assert_eq!(KEYS.iter().filter(|key| template.contains(key.says)).count(), KEYS.len());
}

#[test]
fn every_line_of_the_template_is_a_line_of_a_profile() {
    let template = Profile::template();
    let bare: Vec<&str> = template.lines().map(|line| line.strip_prefix("# ").unwrap_or(line)).collect();
    let whole = bare.join("\n");
    let profile = Profile::read(&whole).unwrap_or_else(|faults| panic!("{faults}\n{whole}"));
    assert_ne!(profile.digest(), Profile::default().digest());
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let json = serde_json::to_value(whole.parse::<toml::Table>().expect("TOML")).expect("JSON");
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&json), "{whole}");
    let mut alone = 0;
    for line in bare.iter().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        assert_eq!(line.parse::<toml::Table>().map(|table| table.len()), Ok(1), "{line}");
        alone += usize::from(!line.starts_with('['));
    }
    assert_eq!(alone, KEYS.len());
}

#[test]
fn a_key_that_is_nearly_one_is_named_with_the_one_that_is_meant() {
    let cases = [
        ("[pixels]\nmargin = 5\n", "line 2, [pixels]: `margin` is not a key; did you mean `margins`?"),
        (
            "[[made-for]]\nrecordings = \"**\"\nmade_for = \"care\"\n",
            "line 3, [[made-for]]: `made_for` is not a key; did you mean `made-for`?",
        ),
        ("[[asessment]]\nby = \"A\"\n", "line 1: `asessment` is not a key; did you mean `assessment`?"),
        ("Name = \"ward\"\n", "line 1: `Name` is not a key; did you mean `name`?"),
    ];
    for (text, told) in cases {
        let faults = Profile::read(text).expect_err("a fault").to_string();
        assert!(faults.lines().any(|line| line == told), "{faults}");
    }
    // What is like no key may be anything, a name too: it is not shown.
    for text in ["canary = 1", "\"na\\u001bme\" = 1", "[[kind]]\nCanary = 1"] {
        let told = Profile::read(text).expect_err("a fault").to_string();
        assert!(told.contains("is not a key here; the keys are ") && !told.to_lowercase().contains("canary"), "{told}");
        assert!(!told.contains('\u{1b}'), "{told}");
    }
    assert_eq!(cases.len(), 4);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\[\\[kind\\]\\]\n|kind ?=|[\\[\\]\"'=a-z0-9.\n# -]){0,40}") {
        let _ = Profile::read(&text);
    }
}
