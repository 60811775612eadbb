//! The sidecar against its schema: what it writes is valid, and near misses are refused by schema and reader alike.

use super::*;
use crate::code::Coder;
use crate::code::coder::{CodingSecret, Instance};
use proptest::prelude::*;
use serde_json::{Value, json};

fn sidecar() -> Sidecar {
    let coder = Coder::new(&CodingSecret::new([7; 32]));
    let patient = coder.patient(b"", b"CANARY");
    let rule = RuleCited {
        id: "G2".to_owned(),
        cites: vec!["GMC para 10".to_owned(), "GMC para 12".to_owned()],
        says: "An X-ray, anonymised.".to_owned(),
    };
    Sidecar {
        schema: SCHEMA_ID.to_owned(),
        schema_version: 1,
        recording: coder.recording(&patient, Instance::Content(&[1; 32])),
        patient,
        sha256: "0a".repeat(32),
        media_type: "image/jpeg".to_owned(),
        kind: Kind::XRay,
        made_for: MadeFor::Care,
        made_when: MadeWhen::From1997,
        consent: ConsentNoted {
            status: ConsentStatus::Given,
            scopes: [Scope::Care, Scope::Teaching].into(),
            form: Some(ConsentForm::Written),
            given_on: Month::new(2019, 5),
            expires_on: None,
            conditions: ["no-online-use".to_owned()].into(),
        },
        identifiable: IdentifiableNoted {
            value: Identifiable::No,
            evidence: vec![],
            counts: BTreeMap::new(),
            assessed_by: Some(Assessor::Reviewer),
            assessed_on: Month::new(2026, 11),
        },
        anonymisation: Anonymisation {
            metadata_removed: 41,
            regions_redacted: 2,
            remaining: vec!["burned-in-text".to_owned()],
            pixels: PixelState::Checked,
            coding: Coding::Coded,
            method: vec!["113100".to_owned(), "metadata-removed".to_owned()],
            regions: Vec::new(),
        },
        verdict: VerdictNoted {
            outcome: Usability::Usable,
            purpose: Purpose::Teaching,
            rules: vec![rule],
            conditions: vec![],
        },
        made_by: MadeBy::scrubs("default", Some("2026c")),
        retention_date: None,
        ownership: None,
    }
}

fn schema() -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::from_str::<Value>(SCHEMA).expect("JSON")).expect("a schema")
}

fn written(sidecar: &Sidecar) -> Value {
    serde_json::from_slice(&sidecar.write().expect("a sidecar")).expect("JSON")
}

#[test]
fn a_sidecar_reads_back_follows_its_schema_and_ends_with_a_newline() {
    let plain = sidecar();
    let full = Sidecar { retention_date: Month::new(2040, 1), ownership: Some(Ownership::Ours), ..sidecar() };
    for sidecar in [plain, full] {
        let bytes = sidecar.write().expect("a sidecar");
        assert_eq!(Sidecar::read(&bytes), Ok(sidecar.clone()));
        assert_eq!(bytes, sidecar.clone().write().expect("a sidecar"));
        assert!(bytes.ends_with(b"}\n"));
        let errors: Vec<String> = schema().iter_errors(&written(&sidecar)).map(|e| e.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
}

#[test]
fn a_near_miss_is_refused_by_schema_and_reader_alike() {
    let good = written(&sidecar());
    let changes: Vec<(&str, Value)> = vec![
        ("/$schema", json!("https://json-schema.org")),
        ("/schema_version", json!(2)),
        ("/recording", json!("p-7k3m9q2fxh4t-4dq8zn1k")),
        ("/recording", json!("P-7K3M9Q2FXH4U-4DQ8ZN1K")),
        ("/recording", json!("P-7K3M9Q2FXH4T")),
        ("/patient", json!("P-7K3M9Q2FXH4T-4DQ8ZN1K")),
        ("/patient", json!("Canary")),
        ("/sha256", json!("0A".repeat(32))),
        ("/sha256", json!("0a")),
        ("/media_type", json!("jpeg")),
        ("/kind", json!("photo")),
        ("/made_for", json!(null)),
        ("/made_when", json!("1996")),
        ("/consent/status", json!("Given")),
        ("/consent/scopes", json!(["everything"])),
        ("/consent/given_on", json!("2019-05-17")),
        ("/consent/given_on", json!("2019-13")),
        ("/consent/given_on", json!("2019")),
        ("/consent/form", json!("spoken")),
        ("/consent/conditions", json!(["Ask Mrs Canary"])),
        ("/identifiable/value", json!("maybe")),
        ("/identifiable/assessed_by", json!("A. Canary")),
        ("/identifiable/assessed_on", json!("2026-11-20")),
        ("/identifiable/evidence", json!(["A Face"])),
        ("/anonymisation/metadata_removed", json!(-1)),
        ("/anonymisation/metadata_removed", json!(1.5)),
        ("/anonymisation/pixels", json!("yes")),
        ("/anonymisation/method", json!(["by hand"])),
        ("/anonymisation/coding", json!("key")),
        ("/verdict/outcome", json!("fine")),
        ("/verdict/rules", json!([])),
        ("/verdict/rules/0/id", json!("Q1")),
        ("/verdict/rules/0/cites", json!([])),
        ("/verdict/rules/0/cites", json!(["para 10"])),
        ("/verdict/rules/0/says", json!("")),
        ("/verdict/conditions", json!(["free text"])),
        ("/made_by/tool", json!("hand")),
        ("/made_by/profile", json!("/home/canary/profile.toml")),
        ("/made_by/version", json!("")),
    ];
    let schema = schema();
    let mut tried = 0;
    for (at, value) in changes {
        let mut bad = good.clone();
        *bad.pointer_mut(at).expect("a field") = value;
        assert!(!schema.is_valid(&bad), "the schema lets through {at} number {tried}");
        assert!(Sidecar::read(bad.to_string().as_bytes()).is_err(), "the reader lets through {at} number {tried}");
        tried += 1;
    }
    assert_eq!(tried, 39);
}

#[test]
fn an_unknown_or_missing_field_is_refused_at_every_level() {
    let good = written(&sidecar());
    let schema = schema();
    let mut tried = 0;
    for at in ["", "/consent", "/identifiable", "/anonymisation", "/verdict", "/verdict/rules/0", "/made_by"] {
        let mut more = good.clone();
        let object = more.pointer_mut(at).and_then(Value::as_object_mut).expect("an object");
        object.insert("source".to_owned(), json!("x"));
        assert!(!schema.is_valid(&more) && Sidecar::read(more.to_string().as_bytes()).is_err(), "{at}");
        let names: Vec<String> =
            good.pointer(at).and_then(Value::as_object).expect("an object").keys().cloned().collect();
        for name in names {
            let mut less = good.clone();
            less.pointer_mut(at).and_then(Value::as_object_mut).expect("an object").remove(&name);
            assert!(!schema.is_valid(&less), "the schema does without {at}/{name}");
            tried += 1;
        }
    }
    assert_eq!(tried, 14 + 6 + 4 + 6 + 4 + 3 + 4);
}

#[test]
fn a_sidecar_whose_recording_is_another_patients_is_neither_written_nor_read() {
    let other = Coder::new(&CodingSecret::new([8; 32])).patient(b"", b"OTHER");
    let crossed = Sidecar { patient: other, ..sidecar() };
    assert_eq!(crossed.write(), Err(SidecarError::Value { field: "recording" }));
}

#[test]
fn a_consent_loses_its_day_and_its_giver_on_the_way_out() {
    let consent = Consent {
        given_on: "17/05/2019".parse().ok(),
        given_by: Some(crate::recording::terms::GivenBy::Family),
        ..Consent::default()
    };
    let noted = serde_json::to_string(&ConsentNoted::from(&consent)).expect("JSON");
    assert!(noted.contains("\"2019-05\"") && !noted.contains("17") && !noted.contains("family"));
}

proptest! {
    #[test]
    fn every_sidecar_reads_back(
        kind in 0usize..11, status in 0usize..5, scopes in 0usize..128, value in 0usize..3, removed: u32,
        month in proptest::option::of((1900u16..2100, 1u8..=12)), word in "[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,3}",
    ) {
        let mut one = sidecar();
        one.kind = Kind::ALL[kind];
        one.consent.status = ConsentStatus::ALL[status];
        one.consent.scopes = Scope::ALL.iter().enumerate().filter(|(n, _)| scopes >> n & 1 == 1).map(|(_, s)| *s).collect();
        one.consent.expires_on = month.and_then(|(year, month)| Month::new(year, month));
        one.identifiable.value = Identifiable::ALL[value];
        one.anonymisation.metadata_removed = removed;
        one.verdict.conditions = vec![word];
        prop_assert!(schema().is_valid(&written(&one)));
        prop_assert_eq!(Sidecar::read(&one.write().expect("a sidecar")), Ok(one));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Sidecar::read(&bytes).is_err());
    }
}
