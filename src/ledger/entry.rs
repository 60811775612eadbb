//! What the ledger says of one recording: the row that reports are made from.

use crate::code::{PatientCode, RecordingCode};
use crate::finding::Code;
use crate::recording::terms::{Kind, PixelState, Purpose, Usability};
use crate::recording::{Format, Known, Outcome};
pub use crate::recording::{Reason, RuleCited};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One recording, as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its code. Every source has one, also what could not be cleaned or read.
    pub code: RecordingCode,
    /// Its patient's code.
    pub patient: PatientCode,
    /// What became of it.
    pub outcome: Outcome,
    /// Its format, by content.
    pub format: Format,
    /// What it is of.
    pub kind: Kind,
    /// The purpose it was judged for.
    pub purpose: Purpose,
    /// What the guidance says; none where the recording was not cleaned.
    pub usability: Option<Usability>,
    /// The rules the verdict rests on.
    pub rules: Vec<RuleCited>,
    /// What must be kept to when it is used: words of a closed vocabulary.
    pub conditions: Vec<String>,
    /// Why it is not released; empty when it is.
    pub reasons: Vec<Reason>,
    /// SHA-256 of the output in hex; none where there is no output.
    pub sha256: Option<String>,
    /// Where the output lies, from the root of the release (released) or of custody (held), `/` between names.
    pub path: Option<String>,
    /// Length of the source in bytes.
    pub bytes_in: u64,
    /// Length of the output in bytes.
    pub bytes_out: u64,
    /// How many findings of each code were dealt with.
    pub findings: BTreeMap<String, u32>,
    /// How far the pixels were looked at.
    pub pixels: PixelState,
    /// How many further sources have the same content and patient.
    pub duplicates: u32,
    /// Whether nothing tied it to a patient, so that it is its own.
    pub own_patient: bool,
    /// The facts behind the verdict, with where each came from: for custody alone.
    #[serde(default, skip_serializing_if = "Known::is_empty")]
    pub known: Known,
}

impl Entry {
    /// How many findings outside the picture itself were removed or replaced.
    pub fn metadata_findings(&self) -> u32 {
        let pixels = Code::BurnedInText.word();
        let counts = self.findings.iter().filter(|(code, _)| *code != pixels).map(|(_, count)| *count);
        counts.fold(0, u32::saturating_add)
    }
}
