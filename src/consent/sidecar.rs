//! The sidecar beside each recording, `<recording>.consent.json`: what a user of the recording needs to know.
//!
//! GMC para 24 (the record of consent is kept with the recording). Its JSON Schema (draft 2020-12) is [`SCHEMA`]. It
//! holds words, codes and months: no name, no exact date, no free text; those stay in custody.

use super::condition;
use super::date::Month;
use super::record::Consent;
use crate::code::{PatientCode, RecordingCode};
use crate::recording::sight::MOST_REGIONS;
use crate::recording::terms::{
    Assessor, Coding, ConsentForm, ConsentStatus, Identifiable, Kind, MadeFor, MadeWhen, Ownership, PixelState,
    Purpose, Scope, Usability,
};
use crate::recording::{Region, RuleCited};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The schema that sidecars follow; `$schema` of each is [`SCHEMA_ID`].
pub const SCHEMA: &str = include_str!("consent-sidecar.schema.json");

/// The name of the schema. Nothing is fetched from it: names under `.invalid` lead nowhere (RFC 2606).
pub const SCHEMA_ID: &str = "https://scrubs.invalid/schema/consent-sidecar.schema.json";

/// The longest sidecar that is read, in bytes.
pub const LONGEST: usize = 1 << 20;

/// What lies beside a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sidecar {
    /// [`SCHEMA_ID`].
    #[serde(rename = "$schema")]
    pub schema: String,
    /// 1.
    pub schema_version: u32,
    /// The recording's code.
    pub recording: RecordingCode,
    /// The patient's code.
    pub patient: PatientCode,
    /// SHA-256 of the recording beside it, in lower-case hex.
    pub sha256: String,
    /// Its media type.
    pub media_type: String,
    /// What it is of.
    pub kind: Kind,
    /// Why it was made.
    pub made_for: MadeFor,
    /// In which era.
    pub made_when: MadeWhen,
    /// The consent on record.
    pub consent: ConsentNoted,
    /// Whether the patient can be recognised.
    pub identifiable: IdentifiableNoted,
    /// What cleaning did.
    pub anonymisation: Anonymisation,
    /// What the guidance says.
    pub verdict: VerdictNoted,
    /// What made it.
    pub made_by: MadeBy,
    /// Until when it may be kept (para 59).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_date: Option<Month>,
    /// Who owns it or holds the copyright (paras 57, 58).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership: Option<Ownership>,
}

/// The consent, as far as it leaves custody: not who gave it, and no day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentNoted {
    /// What became of the question.
    pub status: ConsentStatus,
    /// What it covers.
    pub scopes: BTreeSet<Scope>,
    /// Written or oral.
    pub form: Option<ConsentForm>,
    /// The month in which it was given.
    pub given_on: Option<Month>,
    /// The last month it holds.
    pub expires_on: Option<Month>,
    /// What it is tied to.
    pub conditions: BTreeSet<String>,
}

impl From<&Consent> for ConsentNoted {
    fn from(consent: &Consent) -> Self {
        Self {
            status: consent.status,
            scopes: consent.scopes.clone(),
            form: consent.form,
            given_on: consent.given_on.map(|date| date.month()),
            expires_on: consent.expires_on.map(|date| date.month()),
            conditions: consent.conditions.clone(),
        }
    }
}

/// Whether the patient can be recognised, and on what that rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentifiableNoted {
    /// The answer.
    pub value: Identifiable,
    /// Codes of findings that speak for it.
    pub evidence: Vec<String>,
    /// How many times each of them was seen, where it was counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u32>,
    /// Who answered, as a role: the name stays in custody.
    pub assessed_by: Option<Assessor>,
    /// In which month.
    pub assessed_on: Option<Month>,
}

/// What cleaning did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anonymisation {
    /// How many metadata findings were removed or replaced.
    pub metadata_removed: u32,
    /// How many regions of the picture were covered.
    pub regions_redacted: u32,
    /// Codes of findings that remain.
    pub remaining: Vec<String>,
    /// How far the pixels were looked at.
    pub pixels: PixelState,
    /// Whether a key is kept.
    pub coding: Coding,
    /// CID 7050 codes (DICOM) or short words.
    pub method: Vec<String>,
    /// Regions of the picture that were covered or flagged: kinds and places, never what is written there. The first 200.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
}

/// What the guidance says, for which purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictNoted {
    /// The outcome.
    pub outcome: Usability,
    /// The purpose it was judged for.
    pub purpose: Purpose,
    /// The rules it rests on.
    pub rules: Vec<RuleCited>,
    /// What must be kept to.
    pub conditions: Vec<String>,
}

/// What made the sidecar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeBy {
    /// `scrubs`.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// The profile's name.
    pub profile: String,
    /// The edition of the DICOM standard, for DICOM.
    pub dicom_edition: Option<String>,
}

impl MadeBy {
    /// This program, with a profile's name.
    pub fn scrubs(profile: &str, dicom_edition: Option<&str>) -> Self {
        Self {
            tool: "scrubs".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            profile: profile.to_owned(),
            dicom_edition: dicom_edition.map(str::to_owned),
        }
    }
}

/// Why a file is not a sidecar, or a sidecar must not be written. No value is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SidecarError {
    /// It does not have the shape that the schema gives, from this line and column on.
    #[error("the sidecar does not have the shape of its schema, at line {line}, column {column}")]
    Shape {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A field has the right shape but not a value that it may have.
    #[error("the sidecar's field {field} does not hold what it may")]
    Value {
        /// The field.
        field: &'static str,
    },
    /// More than a sidecar can be.
    #[error("the sidecar is longer than any sidecar is")]
    TooLong,
}

impl SidecarError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        "Sidecars are not edited by hand: change the register and run again, which writes it anew."
    }
}

impl Sidecar {
    /// Reads a sidecar and checks what the schema checks.
    ///
    /// # Errors
    /// When it is too long, has another shape, an unknown field, or a value that a field may not have.
    pub fn read(bytes: &[u8]) -> Result<Self, SidecarError> {
        if bytes.len() > LONGEST {
            return Err(SidecarError::TooLong);
        }
        let sidecar: Self =
            serde_json::from_slice(bytes).map_err(|e| SidecarError::Shape { line: e.line(), column: e.column() })?;
        sidecar.check()?;
        Ok(sidecar)
    }

    /// The file: JSON on several lines with a newline at its end, the same bytes for the same sidecar.
    ///
    /// # Errors
    /// When a field holds what it may not, such as free text among the conditions.
    pub fn write(&self) -> Result<Vec<u8>, SidecarError> {
        self.check()?;
        let shape = |e: serde_json::Error| SidecarError::Shape { line: e.line(), column: e.column() };
        let mut bytes = serde_json::to_vec_pretty(self).map_err(shape)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    fn check(&self) -> Result<(), SidecarError> {
        let patient = PatientCode::parse(self.patient.as_str());
        let recording = RecordingCode::parse(self.recording.as_str());
        let words = |list: &[String]| list.iter().all(|word| condition::has_shape(word));
        let method = |word: &String| !word.is_empty() && word.len() <= 64 && word.bytes().all(is_plain);
        let checks = [
            ("$schema", self.schema == SCHEMA_ID),
            ("schema_version", self.schema_version == 1),
            ("patient", patient.as_ref() == Some(&self.patient) && self.patient.as_str().len() == 14),
            ("recording", recording.as_ref() == Some(&self.recording) && self.recording.patient() == self.patient),
            ("sha256", self.sha256.len() == 64 && self.sha256.bytes().all(is_hex)),
            ("media_type", is_media_type(&self.media_type)),
            ("consent.conditions", self.consent.conditions.iter().all(|word| condition::has_shape(word))),
            ("identifiable.evidence", words(&self.identifiable.evidence)),
            ("identifiable.counts", self.identifiable.counts.keys().all(|word| condition::has_shape(word))),
            ("anonymisation.regions", self.anonymisation.regions.iter().all(is_region)),
            ("anonymisation.regions", self.anonymisation.regions.len() <= MOST_REGIONS),
            ("anonymisation.remaining", words(&self.anonymisation.remaining)),
            ("anonymisation.method", self.anonymisation.method.iter().all(method)),
            ("verdict.rules", !self.verdict.rules.is_empty() && self.verdict.rules.iter().all(is_rule)),
            ("verdict.conditions", words(&self.verdict.conditions)),
            ("made_by.tool", self.made_by.tool == "scrubs"),
            ("made_by.version", is_short(&self.made_by.version)),
            ("made_by.profile", condition::has_shape(&self.made_by.profile)),
            ("made_by.dicom_edition", self.made_by.dicom_edition.as_deref().is_none_or(is_short)),
        ];
        match checks.into_iter().find(|(_, holds)| !holds) {
            Some((field, _)) => Err(SidecarError::Value { field }),
            None => Ok(()),
        }
    }
}

/// A region that is not empty, of a class and an action that are words of closed lists elsewhere.
fn is_region(region: &Region) -> bool {
    let action = matches!(&*region.action, "cover" | "look" | "flag" | "keep");
    action && condition::has_shape(&region.class) && region.width > 0 && region.height > 0
}

fn is_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+')
}

fn is_short(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(is_plain)
}

fn is_media_type(text: &str) -> bool {
    let part =
        |part: &str| (1..=100).contains(&part.len()) && part.bytes().all(|b| is_plain(b) && !b.is_ascii_uppercase());
    text.split_once('/').is_some_and(|(main, sub)| part(main) && part(sub))
}

fn is_rule(rule: &RuleCited) -> bool {
    let mut id = rule.id.bytes();
    let letter = id.next().is_some_and(|b| b"PGNC".contains(&b));
    let cites = |cite: &String| {
        cite.strip_prefix("GMC para ")
            .is_some_and(|n| (1..=2).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let digit = rule.id.len() == 2 && id.all(|b| b.is_ascii_digit());
    letter
        && digit
        && !rule.cites.is_empty()
        && rule.cites.iter().all(cites)
        && (1..=300).contains(&rule.says.chars().count())
}

#[cfg(test)]
mod tests;
