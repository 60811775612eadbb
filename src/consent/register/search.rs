//! Which rows speak of a recording: its own path, a glob, its patient with the issuer, its patient.

use super::Statement;
use super::row::Row;
use crate::consent::{Patient, Pattern};
use crate::recording::Identifier;
use std::collections::HashMap;

/// The most globs of a free shape that one register may have; `folder/*` and `folder/**` do not count.
const MOST_GLOBS: usize = 2_000;

/// Rows by what they speak of. Numbers are positions in the list of rows.
#[derive(Debug, Default)]
pub(super) struct Index {
    literal: HashMap<String, usize>,
    below: HashMap<String, usize>,
    within: HashMap<String, usize>,
    globs: HashMap<String, usize>,
    free: Vec<(Pattern, usize)>,
    patients: HashMap<Identifier, Issuers>,
}

/// The rows of one number. Nearly always one issuer uses it: a map for each would double the memory of a register.
#[derive(Debug, Default)]
struct Issuers {
    any: Option<usize>,
    first: Option<(Identifier, usize)>,
    more: HashMap<Identifier, usize>,
}

impl Issuers {
    fn by(&self, issuer: &Identifier) -> Option<usize> {
        match &self.first {
            Some((first, at)) if first == issuer => Some(*at),
            _ => self.more.get(issuer).copied(),
        }
    }

    fn add(&mut self, issuer: &Identifier, at: usize) {
        if self.first.is_none() {
            self.first = Some((issuer.clone(), at));
        } else {
            self.more.insert(issuer.clone(), at);
        }
    }

    /// Every row with an issuer.
    fn issued(&self) -> impl Iterator<Item = usize> {
        self.first.iter().map(|(_, at)| *at).chain(self.more.values().copied())
    }
}

/// The rows of a patient, or why it cannot be told which they are.
pub(super) enum PatientRows {
    /// The row with the issuer, then the row without.
    Rows(Option<usize>, Option<usize>),
    /// The recording does not say who issued the number, and the register has it under an issuer.
    IssuerUnknown(Vec<usize>),
}

impl Index {
    /// Adds a row. Where an earlier one speaks of the same, it tells which, and adds nothing.
    pub(super) fn add(&mut self, at: usize, row: &Row) -> Result<Option<usize>, String> {
        match (&row.recording, &row.statement.patient) {
            (Some(pattern), _) => self.add_pattern(at, pattern),
            (None, Some(patient)) => Ok(self.add_patient(at, patient)),
            (None, None) => Ok(None),
        }
    }

    /// The row that has the pattern already, if any.
    fn add_pattern(&mut self, at: usize, pattern: &Pattern) -> Result<Option<usize>, String> {
        let (map, key) = if let Some(path) = pattern.literal() {
            (&mut self.literal, path)
        } else if let Some(folder) = pattern.below() {
            (&mut self.below, folder)
        } else if let Some(folder) = pattern.within() {
            (&mut self.within, folder)
        } else {
            (&mut self.globs, pattern.reveal())
        };
        if let Some(&other) = map.get(key) {
            return Ok(Some(other));
        }
        map.insert(key.to_owned(), at);
        if pattern.is_free() {
            if self.free.len() >= MOST_GLOBS {
                return Err(format!(
                    "is one glob more than {MOST_GLOBS}; name folders (folder/** or folder/*) or single recordings"
                ));
            }
            self.free.push((pattern.clone(), at));
        }
        Ok(None)
    }

    fn add_patient(&mut self, at: usize, patient: &Patient) -> Option<usize> {
        let issuers = self.patients.entry(patient.id().clone()).or_default();
        if !patient.has_issuer() {
            return match issuers.any {
                Some(other) => Some(other),
                None => {
                    issuers.any = Some(at);
                    None
                }
            };
        }
        let other = issuers.by(patient.issuer());
        if other.is_none() {
            issuers.add(patient.issuer(), at);
        }
        other
    }

    /// Every path that a row names exactly, with the row's position.
    pub(super) fn literals(&self) -> impl Iterator<Item = (&str, usize)> {
        self.literal.iter().map(|(path, at)| (path.as_str(), *at))
    }

    /// The row of exactly this path.
    pub(super) fn literal(&self, path: &str) -> Option<usize> {
        self.literal.get(path).copied()
    }

    /// The rows of globs that match it, by position.
    pub(super) fn globs(&self, path: &str) -> Vec<usize> {
        let mut found: Vec<usize> = self.free.iter().filter(|(p, _)| p.matches(path)).map(|(_, at)| *at).collect();
        if let Some((parent, _)) = path.rsplit_once('/') {
            found.extend(self.within.get(parent));
        }
        for folder in path.match_indices('/').filter_map(|(end, _)| path.get(..end)) {
            found.extend(self.below.get(folder));
            // A folder named without the slash behind it.
            found.extend(self.literal.get(folder));
        }
        found.sort_unstable();
        found
    }

    /// The rows of this patient.
    pub(super) fn patient(&self, patient: &Patient) -> PatientRows {
        let Some(issuers) = self.patients.get(patient.id()) else { return PatientRows::Rows(None, None) };
        if patient.has_issuer() || issuers.first.is_none() {
            return PatientRows::Rows(issuers.by(patient.issuer()), issuers.any);
        }
        let mut rows: Vec<usize> = issuers.issued().chain(issuers.any).collect();
        rows.sort_unstable();
        PatientRows::IssuerUnknown(rows)
    }
}

/// Whether all rows say the same.
pub(super) fn all_agree(statements: &[&Statement]) -> bool {
    statements.windows(2).all(|pair| matches!(pair, [a, b] if a.agrees(b)))
}
