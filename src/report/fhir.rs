//! Consents as FHIR `Consent` resources, one a line, for systems that read those: `report/consent.fhir.ndjson`.
//!
//! HL7 FHIR R4, Consent (status, scope, category, policyRule, provision); NDJSON as the Bulk Data guide has it. Made from the
//! sidecars, so it says no more than they do: codes, words and months. A recording of which no consent is on record has no
//! resource: FHIR has no word for that, and a resource would read as a decision.

use super::part::{self, Part};
use crate::consent::register::{CONDITION_EXTENSION, SCOPE_SYSTEM};
use crate::consent::sidecar::{LONGEST, Sidecar};
use crate::ledger::Entry;
use crate::recording::Outcome;
use crate::recording::terms::{ConsentStatus, Scope};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

/// Its name in the folder `report`.
pub const NAME: &str = "consent.fhir.ndjson";

/// Writes the resources of what lies under `root`, the folder of the release or of custody: released recordings there, held
/// ones here. How many there are.
///
/// # Errors
/// When the file cannot be written or `entries` fails. Nothing half-written is left under its name.
pub fn write(root: &Path, outcome: Outcome, entries: &mut super::Entries<'_>) -> io::Result<u64> {
    let dir = root.join("report");
    part::create_dir(&dir)?;
    let mut out = BufWriter::new(Part::create(&dir, NAME)?);
    let mut count = 0;
    entries(&mut |entry| {
        let Some(resource) = read(root, entry, outcome).as_ref().and_then(resource) else { return Ok(()) };
        serde_json::to_writer(&mut out, &resource)?;
        count += 1;
        out.write_all(b"\n")
    })?;
    out.into_inner()?.finish()?;
    Ok(count)
}

/// The sidecar of an entry, where it lies under this root.
fn read(root: &Path, entry: &Entry, outcome: Outcome) -> Option<Sidecar> {
    let path = entry.path.as_ref().filter(|_| entry.outcome == outcome)?;
    let mut bytes = Vec::new();
    let file = File::open(root.join(path).with_extension("consent.json")).ok()?;
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).ok()?;
    Sidecar::read(&bytes).ok()
}

/// The names of our own words in FHIR. Nothing is fetched from them: names under `.invalid` lead nowhere (RFC 2606).
fn system(what: &str) -> String {
    format!("https://scrubs.invalid/fhir/{what}")
}

/// A sidecar's consent as a resource; none where nothing is on record.
pub fn resource(sidecar: &Sidecar) -> Option<Value> {
    let consent = &sidecar.consent;
    let (status, permits) = match consent.status {
        ConsentStatus::Given => ("active", true),
        ConsentStatus::Refused | ConsentStatus::ClearlyNotGiven => ("rejected", false),
        ConsentStatus::Withdrawn => ("inactive", false),
        ConsentStatus::NoRecord => return None,
    };
    // A permission that names no purpose would permit every one.
    let permits = permits && !consent.scopes.is_empty();
    let mut provision = json!({ "type": if permits { "permit" } else { "deny" } });
    if permits {
        provision["purpose"] = purposes(&consent.scopes).into();
        // What restricts must be understood by whoever reads the rest.
        let tie = |word: &String| json!({ "url": CONDITION_EXTENSION, "valueCode": word });
        if !consent.conditions.is_empty() {
            provision["modifierExtension"] = consent.conditions.iter().map(tie).collect::<Vec<_>>().into();
        }
        if let Some(end) = consent.expires_on {
            provision["period"] = json!({ "end": end.to_string() });
        }
    }
    let scope = if consent.scopes.iter().eq([&Scope::Research]) { "research" } else { "patient-privacy" };
    let mut resource = json!({
        "resourceType": "Consent",
        "id": sidecar.recording.as_str(),
        "identifier": [{ "system": system("recording"), "value": sidecar.recording.as_str() }],
        "status": status,
        "scope": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": scope }] },
        "category": [{ "coding": [{ "system": "http://loinc.org", "code": "59284-0" }] }],
        "patient": { "identifier": { "system": system("patient"), "value": sidecar.patient.as_str() } },
        "policyRule": { "text": "General Medical Council, Making and using visual and audio recordings of patients" },
        "provision": provision,
    });
    if let Some(given_on) = consent.given_on {
        resource["dateTime"] = given_on.to_string().into();
    }
    Some(resource)
}

/// Scopes in our own words, and in HL7's (v3-ActReason) where a word of theirs says no more than was given: TRAIN is
/// teaching and training.
fn purposes(scopes: &BTreeSet<Scope>) -> Vec<Value> {
    let hl7: [(&str, &[Scope]); 3] =
        [("TREAT", &[Scope::Care]), ("TRAIN", &[Scope::Teaching, Scope::Training]), ("HRESCH", &[Scope::Research])];
    let known = hl7.iter().filter(|(_, all)| all.iter().all(|scope| scopes.contains(scope)));
    let known =
        known.map(|(code, _)| json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": code }));
    scopes.iter().map(|scope| json!({ "system": SCOPE_SYSTEM, "code": scope.word() })).chain(known).collect()
}
