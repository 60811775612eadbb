//! Looks at files before something is published: what in them would give a patient away, and what the guidance says.
//!
//! Read-only; knows no custody and no key. Recordings inside archives and documents are looked at where they lie. GMC, *Making and
//! using visual and audio recordings of patients*, paras 12, 17, 23 and 36.

mod archive;
mod content;
mod epub;
mod look;
mod name;
mod office;
mod opendocument;
mod other;
mod package;
mod pdf;
mod severity;
mod verdict;

pub use content::Asking;
pub use look::{Looked, look};
pub use severity::Severity;

use crate::finding::{Action, Code, Finding};
use crate::guidance::Verdict;
use crate::place::Place;
use crate::recording::{Format, Reason};
use std::path::PathBuf;

/// One thing that was looked at: a file, or a recording inside one.
#[derive(Clone)]
pub struct Item {
    /// The file as the user named it.
    pub file: PathBuf,
    /// Where in the file it is, as a person would say it: `slide 7, picture 2`; none for the file itself.
    pub inside: Option<String>,
    /// Its path inside an archive; none for the file itself.
    pub member: Option<String>,
    /// What it is by content.
    pub format: Format,
    /// What was found, the gravest first.
    pub remarks: Vec<Remark>,
    /// What the guidance says, where a register or a sidecar says something of consent; with why it may not be used.
    pub verdict: Option<(Verdict, Vec<Reason>)>,
}

/// A path is the user's own and may name a patient: Debug shows none.
impl std::fmt::Debug for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Item").field("format", &self.format).field("remarks", &self.remarks).finish_non_exhaustive()
    }
}

/// A finding with its weight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What was found; never a value.
    pub finding: Finding,
    /// How grave it is.
    pub severity: Severity,
}

impl Remark {
    /// A finding with the weight of its kind.
    pub fn new(finding: Finding) -> Self {
        Self { severity: Severity::of(finding.code), finding }
    }

    /// A finding about the whole of a thing.
    fn whole(code: Code, label: impl Into<String>) -> Self {
        Self::new(Finding::new(code, Place::Whole {}, Action::Look).labelled(label))
    }
}

impl Item {
    fn new(file: PathBuf, format: Format) -> Self {
        Self { file, inside: None, member: None, format, remarks: Vec::new(), verdict: None }
    }

    /// The gravest of what was found; none where nothing was.
    pub fn gravest(&self) -> Option<Severity> {
        self.remarks.iter().map(|remark| remark.severity).max()
    }

    /// Whether nothing speaks against it.
    pub fn is_clear(&self) -> bool {
        self.remarks.is_empty() && self.verdict.as_ref().is_none_or(|(verdict, _)| verdict.is_usable())
    }
}
