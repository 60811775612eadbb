//! Counts over all releases of a custody, for whoever wants to know what a key holds without opening it.

use super::column::{Code, Number, Rank};
use super::{Digest, Ledger, LedgerError};
use crate::code::RecordingCode;
use crate::recording::Outcome;
use std::collections::BTreeMap;

/// How much a ledger knows of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Releases that were ever begun.
    pub releases: u64,
    /// Patient codes.
    pub patients: u64,
    /// Recordings by outcome, counted once for each release; outcomes without any are left out.
    pub recordings: BTreeMap<Outcome, u64>,
}

impl Ledger {
    /// Counts releases, patients and recordings.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn census(&self) -> Result<Census, LedgerError> {
        let count = |sql: &str| self.connection.query_row(sql, [], |row| Ok(row.get::<_, Number>(0)?.0));
        let mut statement = self.connection.prepare_cached("SELECT outcome, count(*) FROM entry GROUP BY outcome")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, Rank>(0)?.0, row.get::<_, Number>(1)?.0)))?;
        Ok(Census {
            releases: count("SELECT count(*) FROM release")?,
            patients: count("SELECT count(DISTINCT patient) FROM entry")?,
            recordings: rows.collect::<Result<_, _>>()?,
        })
    }

    /// Every code with what became of it, in the order of the codes, one at a time; once for each release that has it.
    ///
    /// # Errors
    /// When the ledger cannot be read, or whatever `each` returns, which ends it.
    pub fn each_code<E: From<LedgerError>>(
        &self,
        mut each: impl FnMut(RecordingCode, Outcome) -> Result<(), E>,
    ) -> Result<(), E> {
        let ours = |error: rusqlite::Error| E::from(LedgerError::from(error));
        let sql = "SELECT code, outcome FROM entry ORDER BY code, release";
        let mut statement = self.connection.prepare_cached(sql).map_err(ours)?;
        let mut rows = statement.query([]).map_err(ours)?;
        while let Some(row) = rows.next().map_err(ours)? {
            let code = row.get::<_, Code>(0).map_err(ours)?.0;
            each(code, row.get::<_, Rank>(1).map_err(ours)?.0)?;
        }
        Ok(())
    }

    /// Whether this ledger knows of a release.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn knows_release(&self, release: &Digest) -> Result<bool, LedgerError> {
        let mut statement = self.connection.prepare_cached("SELECT count(*) FROM release WHERE digest = ?1")?;
        Ok(statement.query_row([release], |row| row.get::<_, Number>(0))?.0 > 0)
    }
}
