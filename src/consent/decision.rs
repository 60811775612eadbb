//! What a reviewer decides about a held recording: shown to them, bound to what they saw, and kept.
//!
//! GMC, *Making and using visual and audio recordings of patients*, paras 12, 17, 23 and 24. A decision answers for the very bytes
//! that were looked at, and overrules no prohibition.

use super::{Consent, Date};
use crate::code::RecordingCode;
use crate::place::Area;
use crate::recording::Identifier;
use crate::recording::terms::Identifiable;
use serde::{Deserialize, Serialize};

/// What shall become of the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// It is judged again with what the reviewer states, and released if the verdict lets it.
    Release,
    /// It stays in custody, whatever the detectors say.
    Hold,
    /// What was decided before is taken back.
    Undo,
}

/// An area of one frame, or of every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Marked {
    /// The frame, from 0; none for every frame.
    pub frame: Option<u32>,
    /// Where, in stored samples.
    pub area: Area,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The recording.
    pub recording: RecordingCode,
    /// SHA-256 (64 hexadecimal digits) of the held output that was looked at: of any other it says nothing.
    pub sha256: String,
    /// What shall become of it.
    pub act: Act,
    /// Whether the patient can be recognised, as the reviewer states.
    pub identifiable: Option<Identifiable>,
    /// Whether the reviewer states that the picture bears no marks once `cover` is covered.
    pub no_marks: bool,
    /// What is to be covered.
    pub cover: Vec<Marked>,
    /// What a detector took for writing and is none: left as it is, also in later runs.
    pub keep: Vec<Marked>,
    /// A consent that the reviewer has in hand.
    pub consent: Option<Consent>,
    /// Who decided; kept in custody alone.
    pub by: Identifier,
    /// The day of it.
    pub on: Date,
}
