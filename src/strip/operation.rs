//! One operation on one source: the reader, the cut as it grows, and what was found on the way.

use super::reader::Reader;
use crate::cut::{Cut, Source};
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use std::io;
use std::ops::Range;

/// Findings that are told one by one; what comes after them is counted. A report with more helps nobody, and a hostile
/// file could otherwise make millions.
const TOLD: usize = 2_000;

/// A plan in the making.
pub(super) struct Operation<'a> {
    /// Where the surgeon reads.
    pub(super) reader: Reader<'a>,
    cut: Cut,
    kept_to: u64,
    findings: Vec<Finding>,
    untold: u64,
}

impl<'a> Operation<'a> {
    pub(super) fn new(source: &'a dyn Source) -> Self {
        Self { reader: Reader::new(source), cut: Cut::new(), kept_to: 0, findings: Vec::new(), untold: 0 }
    }

    /// Notes that a part of the file was found.
    pub(super) fn found(&mut self, code: Code, part: impl Into<String>, range: Range<u64>, action: Action) {
        self.note(Finding::new(code, place(part, range), action));
    }

    /// Notes that a part of the file was found, in words of its own.
    pub(super) fn found_as(&mut self, code: Code, label: &str, part: &str, range: Range<u64>, action: Action) {
        self.note(Finding::new(code, place(part, range), action).labelled(label));
    }

    fn note(&mut self, finding: Finding) {
        if self.findings.len() < TOLD {
            self.findings.push(finding);
        } else {
            self.untold += 1;
        }
    }

    /// Keeps bytes of the source.
    pub(super) fn keep(&mut self, range: Range<u64>, why: &'static str) {
        self.kept_to = self.kept_to.max(range.end);
        self.cut.keep(range, why);
    }

    /// Writes new bytes.
    pub(super) fn write(&mut self, bytes: impl Into<Vec<u8>>, why: &'static str) {
        self.cut.write(bytes, why);
    }

    /// Puts `bytes` in the place of `range`: kept where the source holds just these bytes there and nothing behind them
    /// was kept yet, written otherwise.
    pub(super) fn put(&mut self, range: Range<u64>, bytes: Vec<u8>, why: &'static str) -> io::Result<()> {
        let same = range.end.saturating_sub(range.start) == bytes.len() as u64
            && range.start >= self.kept_to
            && self.reader.holds(range.start, &bytes)?;
        if same {
            self.keep(range, why);
        } else {
            self.write(bytes, why);
        }
        Ok(())
    }

    /// Puts zeros in the place of bytes that are blanked where they stand.
    pub(super) fn blank(&mut self, length: u64, why: &'static str) {
        self.cut.blank(length, why);
    }

    /// The plan, by keep-list.
    pub(super) fn close(self, format: Format, width: u32, height: u32) -> Plan {
        self.close_by("keep-list", format, width, height)
    }

    /// The plan of a recording that has no width and height of its own: sound, and video whose tracks have sizes.
    pub(super) fn close_unsized(self, method: &str, format: Format) -> Plan {
        Plan { width: None, height: None, ..self.close_by(method, format, 0, 0) }
    }

    /// The plan, with a method of its own: `keep-list` or `blank-in-place`.
    pub(super) fn close_by(mut self, method: &str, format: Format, width: u32, height: u32) -> Plan {
        if self.untold > 0 {
            let label = format!("{} further parts", self.untold);
            self.findings.push(Finding::new(Code::Junk, Place::Whole {}, Action::Remove).labelled(label));
        }
        Plan {
            format,
            width: Some(width),
            height: Some(height),
            cut: self.cut,
            findings: self.findings,
            method: vec![method.to_owned()],
        }
    }
}

fn place(part: impl Into<String>, range: Range<u64>) -> Place {
    Place::bytes(part, range.start, range.end.saturating_sub(range.start))
}

/// A part that should be there is not.
pub(super) fn broken(what: &str) -> Refusal {
    Refusal::not_understood(what)
}

/// Behind the end of a recording another one begins: some players go on with it, so it is no waste that may go.
pub(super) fn joined() -> Refusal {
    Refusal {
        code: "not-understood",
        what: "two recordings stand in this file, one behind the other".to_owned(),
        advice: "Part them, or save both as one recording in a program that codes it anew (\"export\"), and run scrubs on that.",
    }
}
