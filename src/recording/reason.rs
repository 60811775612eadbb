//! Why a recording is not in the release, and what a person can do about it.

use serde::{Deserialize, Serialize};

/// Why a recording is not in the release, in words a doctor reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reason {
    /// A stable kebab-case word, by which reports group: `no-consent-record`, `pixels-unchecked`, `unsupported-format` …
    pub code: String,
    /// What is the matter, in one sentence. Never a value, a name or a path.
    pub says: String,
    /// The next step, in one sentence.
    pub next: String,
}

impl Reason {
    /// A reason from its three parts.
    pub fn new(code: impl Into<String>, says: impl Into<String>, next: impl Into<String>) -> Self {
        Self { code: code.into(), says: says.into(), next: next.into() }
    }
}
