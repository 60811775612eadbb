//! Why the witness does not clear an output, or cannot read a file at all.

use crate::finding::Finding;
use crate::place::Place;
use crate::recording::Format;
use std::io;

/// What stands in the way. The texts hold kinds and places, never a value.
#[derive(thiserror::Error, Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// The bytes could not be read.
    #[error("the file could not be read ({0})")]
    Unreadable(io::ErrorKind),
    /// The file is not what its format's standard says it should be.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
    /// Something that could identify is still there.
    #[error("the second reading found {} that should have gone: {}", things(.0.len()), labels(.0))]
    Residue(Vec<Finding>),
    /// Bytes that are neither coded samples nor a part on the witness's list.
    #[error("the second reading found bytes that it cannot account for: {0} ({1})")]
    Unaccounted(&'static str, Place),
    /// The coded samples differ from those of the original.
    #[error("the coded picture is not the same as before")]
    SamplesChanged,
    /// What was to be covered can still be made out.
    #[error("what was to be covered can still be made out ({0})")]
    ShowsThrough(Place),
    /// A part of what was to be covered was not.
    #[error("a part of what was to be covered was not covered ({0})")]
    NotCovered(Place),
    /// The witness does not read this format.
    #[error("{} files are not read by the witness", .0.name())]
    Unsupported(Format),
    /// More parts, nesting or bytes than any real recording has.
    #[error("the file asks for more than any real recording does: {0}")]
    TooLarge(&'static str),
}

fn things(n: usize) -> String {
    if n == 1 { "one thing".to_owned() } else { format!("{n} things") }
}

fn labels(findings: &[Finding]) -> String {
    let mut all: Vec<&str> = findings.iter().map(|f| f.label.as_str()).collect();
    all.dedup();
    let more = all.len().saturating_sub(3);
    all.truncate(3);
    let mut text = all.join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

impl Trouble {
    /// A stable kebab-case word, by which reports group.
    pub fn code(&self) -> &'static str {
        match self {
            Trouble::Unreadable(_) => "unreadable",
            Trouble::Damaged(_) => "damaged",
            Trouble::Residue(_) => "residue",
            Trouble::Unaccounted(..) => "unaccounted",
            Trouble::SamplesChanged => "samples-changed",
            Trouble::ShowsThrough(_) => "shows-through",
            Trouble::NotCovered(_) => "not-covered",
            Trouble::Unsupported(_) => "unsupported-format",
            Trouble::TooLarge(_) => "too-large",
        }
    }

    /// What a person can do about it, in one sentence.
    pub fn advice(&self) -> &'static str {
        match self {
            Trouble::Unreadable(_) => {
                "Check that the disk is connected and that you may read the file, then run scrubs again."
            }
            Trouble::Damaged(_) => {
                "Fetch the file again from where it came from, or open it in a viewer and save it anew, then run scrubs again."
            }
            // Compressed frames are carried over as they are: what stands in them is the source's.
            Trouble::Residue(found) if found.iter().all(|f| f.label.contains("compressed frame")) => {
                "Open it in a viewer and save it anew as a DICOM object without compression, then run scrubs again."
            }
            Trouble::Residue(_)
            | Trouble::Unaccounted(..)
            | Trouble::SamplesChanged
            | Trouble::ShowsThrough(_)
            | Trouble::NotCovered(_) => {
                "The recording is held back. Open the source in a viewer. Where it does not show whole, fetch it again from where it came from; where it does, this is a fault of scrubs: please report it, with the format and the maker of the device but without the file."
            }
            Trouble::Unsupported(_) => "Save the recording as JPEG, PNG or DICOM, then run scrubs again.",
            Trouble::TooLarge(_) => "Check where the file came from before opening it anywhere.",
        }
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Unreadable(error.kind())
    }
}
