//! What the ledger keeps beside an entry so that a later run can judge the recording again without cleaning it again.
//!
//! None of it tells whose or what the recording is: keyed digests, words of closed lists, and names of runs.

use super::store::Digest;
use crate::recording::Sight;
use serde::{Deserialize, Serialize};

/// How a recording's output came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Keyed digest of all that the output's bytes depend on besides the source.
    pub making: Digest,
    /// Keyed digest of the plan: which ranges were kept, what was written, and why. None where there was no plan.
    pub plan: Option<Digest>,
    /// SHA-256 of the sidecar beside the output. None where there is no output.
    pub sidecar: Option<Digest>,
    /// The run that worked on it last, which the key's file is named after too.
    pub run: String,
    /// The batch of that run, which the key's file is named after too.
    pub batch: u32,
    /// What else is needed to judge it again.
    pub basis: Basis,
}

/// What a verdict rests on that only the source says and that its output does not say any more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// Whether the source's own date proves 1997 or later. The date itself is not kept.
    pub from_1997: bool,
    /// What the cleaning did, as the sidecar's `anonymisation.method` says it.
    pub method: Vec<String>,
    /// Length of the sidecar in bytes; 0 where there is none.
    pub sidecar_bytes: u64,
    /// The run that wrote the output's bytes; later runs may have judged it again.
    pub cleaned_in: String,
    /// What was seen in its pixels.
    #[serde(default)]
    pub sight: Sight,
}
