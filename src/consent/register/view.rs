//! The rows of a register one by one, for whoever looks the register itself over (GMC paras 18–25).

use super::{Register, Statement};
use crate::consent::Pattern;

/// A row of the register.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its line, from 1.
    pub line: u64,
    /// The path or glob it names; none where it speaks of a patient.
    pub recording: Option<&'a Pattern>,
    /// What it says.
    pub statement: &'a Statement,
}

impl Entry<'_> {
    /// Whether it names recordings by a glob.
    pub fn is_glob(&self) -> bool {
        self.recording.is_some_and(|pattern| pattern.literal().is_none())
    }
}

impl Register {
    /// Every row, in the order of the lines; one that only repeats an earlier one is left out.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.rows.iter().map(|row| Entry {
            line: row.line,
            recording: row.recording.as_ref(),
            statement: &row.statement,
        })
    }
}
