//! Consents that scrubs writes as FHIR are read back by its own register as the same consents, and never as more.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

use scrubs::consent::register::{Reading, Register};
use scrubs::consent::sidecar::Sidecar;
use scrubs::consent::{Consent, Date, Patient};
use scrubs::recording::terms::{ConsentStatus, Scope};
use scrubs::report::fhir;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PATIENT: &str = "P-7K3M9Q2FXH4T";

fn sidecar(consent: &Value) -> Sidecar {
    let paper = json!({
        "$schema": "https://scrubs.invalid/schema/consent-sidecar.schema.json", "schema_version": 1,
        "recording": format!("{PATIENT}-4DQ8ZN1K"), "patient": PATIENT, "sha256": "0".repeat(64),
        "media_type": "image/jpeg", "kind": "photograph", "made_for": "care", "made_when": "1997-or-later",
        "consent": consent,
        "identifiable": { "value": "no", "evidence": [], "assessed_by": "reviewer", "assessed_on": "2026-11" },
        "anonymisation": { "metadata_removed": 0, "regions_redacted": 0, "remaining": [], "pixels": "no-marks",
                           "coding": "coded", "method": [] },
        "verdict": { "outcome": "usable", "purpose": "teaching", "rules": [], "conditions": [] },
        "made_by": { "tool": "scrubs", "version": "0.1.0", "profile": "default", "dicom_edition": null },
    });
    serde_json::from_value(paper).unwrap()
}

fn read_back(resource: &Value) -> Consent {
    let reading = Reading::on(Date::iso("2026-11-20").unwrap());
    let register = Register::read(resource.to_string().as_bytes(), &reading).unwrap_or_else(|p| panic!("{p}"));
    let system = resource["patient"]["identifier"]["system"].as_str().unwrap();
    let patient = Patient::new(system, PATIENT).unwrap();
    register.find(Some(&patient), "a.jpg").statement.consent.expect("a consent")
}

#[test]
fn every_set_of_purposes_conditions_and_ends_reads_back_as_it_was() {
    let ties: [&[&str]; 3] = [&[], &["no-online-use"], &["hide-face", "no-copies"]];
    let ends = [None, Some("2029-05")];
    let mut tried = 0;
    for bits in 0..1_u32 << Scope::ALL.len() {
        let scopes: BTreeSet<Scope> =
            Scope::ALL.iter().enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, scope)| *scope).collect();
        for ties in ties {
            for end in ends {
                let words: Vec<&str> = scopes.iter().map(|scope| scope.word()).collect();
                let consent = json!({ "status": "given", "scopes": words, "form": "written", "given_on": "2019-05",
                                      "expires_on": end, "conditions": ties });
                let back = read_back(&fhir::resource(&sidecar(&consent)).unwrap());
                assert_eq!(back.scopes, scopes, "{words:?}");
                if scopes.is_empty() {
                    assert_eq!(back.status, ConsentStatus::Refused, "what opens nothing is no permission");
                } else {
                    assert_eq!(back.status, ConsentStatus::Given, "{words:?}");
                    assert!(back.conditions.iter().map(String::as_str).eq(ties.iter().copied()), "{words:?}");
                    assert_eq!(back.expires_on.map(|date| date.to_string()).as_deref(), end, "{words:?}");
                }
                assert_eq!(back.given_on.map(|date| date.to_string()).as_deref(), Some("2019-05"));
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 128 * 6);
}

#[test]
fn a_refusal_and_a_withdrawal_read_back_as_refusals_and_no_record_is_not_written() {
    let mut tried = 0;
    for status in ["refused", "clearly-not-given", "withdrawn"] {
        let consent = json!({ "status": status, "scopes": ["teaching"], "form": null, "given_on": "2019-05",
                              "expires_on": null, "conditions": ["hide-face"] });
        let back = read_back(&fhir::resource(&sidecar(&consent)).unwrap());
        assert!(matches!(back.status, ConsentStatus::Refused | ConsentStatus::Withdrawn), "{status}");
        assert!(back.scopes.is_empty(), "{status}");
        tried += 1;
    }
    let nothing = json!({ "status": "no-record", "scopes": [], "form": null, "given_on": null, "expires_on": null, "conditions": [] });
    assert!(fhir::resource(&sidecar(&nothing)).is_none());
    assert_eq!(tried, 3);
}
