//! The nouns: what a recording is, in which format it is written, and what became of it.

pub mod deidentification;
pub mod distribution;
pub mod fault;
pub mod format;
pub mod head;
pub mod identifier;
pub mod instant;
pub mod known;
pub mod letters;
pub mod reason;
pub mod rule;
pub mod sight;
pub mod terms;

pub use deidentification::{Deidentification, DicomOption, PixelClaims, Treatment};
pub use distribution::{Approval, Distribution, DistributionFlag, DistributionType};
pub use format::{Family, Format};
pub use head::Head;
pub use identifier::Identifier;
pub use known::Known;
pub use reason::Reason;
pub use rule::RuleCited;
pub use sight::{Region, Sight};

use serde::{Deserialize, Serialize};

/// What became of a recording in a run. Refusal is not an error: see `docs/architecture.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Cleaned, proved, permitted, and now in the release.
    Released,
    /// Kept back in custody, cleaned or not at all, for the reasons given.
    Held,
    /// A format that scrubs does not clean; listed, never copied.
    Unsupported,
    /// Could not be read or written; listed, never copied.
    Failed,
    /// Not a recording but a system file or a sidecar of another program; listed, never copied.
    Listed,
}

impl Outcome {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Released => "released",
            Outcome::Held => "held",
            Outcome::Unsupported => "unsupported",
            Outcome::Failed => "failed",
            Outcome::Listed => "listed",
        }
    }
}
