//! What other releases of this custody know of a code: by it a sidecar that comes back is known or not.

use super::column::Json;
use super::{Digest, Ledger, LedgerError};
use crate::code::RecordingCode;
use crate::ledger::entry::Entry;

impl Ledger {
    /// The entries of this code in all releases but one: the one that is being written changes while a run goes on.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn entries_elsewhere(&self, release: &Digest, code: &RecordingCode) -> Result<Vec<Entry>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT entry FROM entry
             WHERE release IN (SELECT id FROM release WHERE digest <> ?1) AND code = ?2 ORDER BY release",
        )?;
        let rows = statement.query_map((release, code.as_str()), |row| row.get::<_, Json<Entry>>(0))?;
        Ok(rows.map(|entry| entry.map(|entry| entry.0)).collect::<Result<_, _>>()?)
    }
}
