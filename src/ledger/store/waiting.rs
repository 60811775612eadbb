//! What is held of a release, in pages, for a person who works through it; however much there is, a page at a time is read.

use super::column::{Json, Number, Rank};
use super::{Digest, Ledger, LedgerError};
use crate::code::RecordingCode;
use crate::ledger::entry::Entry;
use crate::recording::Outcome;
use crate::recording::terms::Kind;
use std::collections::BTreeMap;

/// The most entries of a page.
pub const MOST_WAITING: u32 = 500;

/// Which of the held recordings are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Those behind this code.
    pub after: Option<&'a RecordingCode>,
    /// Those held for a reason of this code.
    pub reason: Option<&'a str>,
    /// Those of this kind.
    pub kind: Option<Kind>,
    /// Only those about which nothing was decided.
    pub undecided: bool,
}

impl Ledger {
    /// Held recordings of a release in the order of their codes, at most `limit` and at most [`MOST_WAITING`].
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn waiting(&self, release: &Digest, wanted: &Wanted<'_>, limit: u32) -> Result<Vec<Entry>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT entry FROM entry
             WHERE release = (SELECT id FROM release WHERE digest = ?1) AND outcome = ?2 AND code > ?3
               AND (?4 IS NULL OR json_extract(entry, '$.kind') = ?4)
               AND (?5 IS NULL OR EXISTS (SELECT 1 FROM json_each(entry, '$.reasons') AS reason
                                          WHERE json_extract(reason.value, '$.code') = ?5))
               AND (NOT ?7 OR NOT EXISTS (SELECT 1 FROM decision WHERE decision.release = entry.release
                                          AND decision.code = entry.code))
             ORDER BY code LIMIT ?6",
        )?;
        let after = wanted.after.map_or("", |code| code.as_str());
        let kind = wanted.kind.map(Kind::word);
        let limit = limit.min(MOST_WAITING);
        let rows = statement
            .query_map((release, Rank(Outcome::Held), after, kind, wanted.reason, limit, wanted.undecided), |row| {
                row.get::<_, Json<Entry>>(0)
            })?;
        Ok(rows.map(|entry| entry.map(|entry| entry.0)).collect::<Result<_, _>>()?)
    }

    /// How many recordings of a release something was decided about, and how many of them are held.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn decided_count(&self, release: &Digest) -> Result<(u64, u64), LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*), coalesce(sum(entry.outcome = ?2), 0)
             FROM (SELECT DISTINCT release, code FROM decision
                   WHERE release = (SELECT id FROM release WHERE digest = ?1)) AS decided
             JOIN entry ON entry.release = decided.release AND entry.code = decided.code",
        )?;
        let counts = statement.query_row((release, Rank(Outcome::Held)), |row| {
            Ok((row.get::<_, Number>(0)?.0, row.get::<_, Number>(1)?.0))
        });
        Ok(counts?)
    }

    /// How many held recordings of a release there are for each reason, and of each kind.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn waiting_by(&self, release: &Digest) -> Result<[BTreeMap<String, u64>; 2], LedgerError> {
        let count = |sql: &str| -> Result<BTreeMap<String, u64>, LedgerError> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement
                .query_map((release, Rank(Outcome::Held)), |row| Ok((row.get(0)?, row.get::<_, Number>(1)?.0)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        Ok([
            count(
                "SELECT json_extract(reason.value, '$.code'), count(DISTINCT entry.id)
                 FROM entry, json_each(entry.entry, '$.reasons') AS reason
                 WHERE release = (SELECT id FROM release WHERE digest = ?1) AND outcome = ?2 GROUP BY 1",
            )?,
            count(
                "SELECT json_extract(entry, '$.kind'), count(*) FROM entry
                 WHERE release = (SELECT id FROM release WHERE digest = ?1) AND outcome = ?2 GROUP BY 1",
            )?,
        ])
    }
}
