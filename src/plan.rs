//! What shall be done to a recording: a plan is a value, and only a comprehensive one can be carried out.

pub mod profile;

pub use profile::Profile;

use crate::cut::{Cut, Piece};
use crate::finding::Finding;
use crate::recording::Format;
use crate::recording::fault::why;
use std::ops::Range;

/// What a surgeon proposes for one recording.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the recording is, by its content.
    pub format: Format,
    /// Width in pixels, where the format says.
    pub width: Option<u32>,
    /// Height in pixels, where the format says.
    pub height: Option<u32>,
    /// The pieces of the output.
    pub cut: Cut,
    /// What was found, and what the cut does about it.
    pub findings: Vec<Finding>,
    /// What the cleaning did, as CID 7050 codes (DICOM) or short words, for the sidecar's `anonymisation.method`.
    pub method: Vec<String>,
}

/// A plan of which every piece has been checked against the source: the only thing a writer takes.
#[derive(Debug)]
pub struct Comprehensive(Plan);

/// Why a plan is not comprehensive: always a fault of ours, so the recording is held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Gap {
    /// A piece keeps bytes that the source does not have.
    #[error("a kept range reaches past the end of the source")]
    OutOfSource,
    /// Two pieces keep the same bytes, or keep them out of order.
    #[error("two kept ranges overlap or are out of order")]
    Overlap,
    /// A piece has no reason.
    #[error("a piece is kept for no stated reason")]
    NoReason,
    /// There is nothing to write.
    #[error("the plan writes nothing")]
    Empty,
}

impl Plan {
    /// Checks that every kept range lies in the source, in order, once, and for a stated reason.
    ///
    /// # Errors
    /// The first gap found.
    pub fn comprehensive(self, source_length: u64) -> Result<Comprehensive, Gap> {
        let mut at = 0;
        for piece in self.cut.pieces() {
            if piece.why().is_empty() {
                return Err(Gap::NoReason);
            }
            if let Piece::Keep { range, .. } = piece {
                if range.end > source_length || range.start > range.end {
                    return Err(Gap::OutOfSource);
                }
                if range.start < at {
                    return Err(Gap::Overlap);
                }
                at = range.end;
            }
        }
        if self.cut.is_empty() {
            return Err(Gap::Empty);
        }
        Ok(Comprehensive(self))
    }
}

impl Comprehensive {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.0
    }

    /// The ranges of a source of `length` bytes that go.
    pub fn dropped(&self, length: u64) -> Vec<Range<u64>> {
        self.0.cut.dropped(length)
    }
}

/// Why a surgeon will not cut. The text names no value; `advice` says what a person can do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Refusal {
    /// A stable kebab-case word: `truncated`, `not-understood`, `too-large` …
    pub code: &'static str,
    /// What is wrong, in words a doctor understands.
    pub what: String,
    /// What to do about it.
    pub advice: &'static str,
}

impl Refusal {
    /// The file ends before its picture does.
    pub fn truncated(what: impl Into<String>) -> Self {
        Self {
            code: "truncated",
            what: what.into(),
            advice: "The file is incomplete. Fetch it again from where it came from, or open it in a viewer and save it anew.",
        }
    }

    /// Something in the file is not on any list, so nothing can be promised about it.
    pub fn not_understood(what: impl Into<String>) -> Self {
        Self {
            code: "not-understood",
            what: what.into(),
            advice: "Open the file in the program that made it and save it as an ordinary picture, then run scrubs again.",
        }
    }

    /// More nesting, parts or bytes than any real recording has.
    pub fn too_large(what: impl Into<String>) -> Self {
        Self {
            code: "too-large",
            what: what.into(),
            advice: "The file asks for more than any real recording does. Check where it came from before opening it anywhere.",
        }
    }

    /// The bytes could not be read.
    pub fn unreadable(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::UnexpectedEof {
            return Self::truncated("the file ends too early");
        }
        Self {
            code: "unreadable",
            what: format!("the file could not be read ({})", why(error.kind())),
            advice: "Check that the disk is connected and that you may read the file, then run scrubs again.",
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::unreadable(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(pieces: &[(u64, u64)]) -> Plan {
        let mut cut = Cut::new();
        for (start, end) in pieces {
            cut.write(vec![0], "separator");
            cut.keep(*start..*end, "samples");
        }
        Plan { format: Format::Jpeg, width: None, height: None, cut, findings: Vec::new(), method: Vec::new() }
    }

    #[test]
    fn only_ordered_ranges_inside_the_source_are_comprehensive() {
        assert!(plan(&[(0, 10), (20, 30)]).comprehensive(30).is_ok());
        assert_eq!(plan(&[(0, 10), (20, 31)]).comprehensive(30).err(), Some(Gap::OutOfSource));
        assert_eq!(plan(&[(0, 10), (9, 30)]).comprehensive(30).err(), Some(Gap::Overlap));
        assert_eq!(plan(&[]).comprehensive(30).err(), Some(Gap::Empty));
    }
}
