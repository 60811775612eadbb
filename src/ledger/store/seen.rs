//! Entries together with what was seen in the recordings' pixels: for reports.

use super::column::Json;
use super::{Digest, Ledger, LedgerError};
use crate::ledger::{Basis, Entry};
use crate::recording::Sight;

impl Ledger {
    /// Hands every recording of a release to `each`, one at a time, as [`Ledger::entries`] does, with what was seen in its
    /// pixels. Where an earlier version of scrubs noted nothing of that, nothing was.
    ///
    /// # Errors
    /// When the ledger cannot be read, and what `each` itself returns.
    pub fn entries_seen<E: From<LedgerError>>(
        &self,
        release: &Digest,
        mut each: impl FnMut(Entry, Sight) -> Result<(), E>,
    ) -> Result<(), E> {
        self.stream(
            "SELECT entry, basis FROM entry
             WHERE release = (SELECT id FROM release WHERE digest = ?1) ORDER BY outcome, code",
            release,
            |row| Ok((row.get::<_, Json<Entry>>(0)?.0, row.get::<_, Option<Json<Basis>>>(1)?)),
            |(entry, basis)| each(entry, basis.map(|basis| basis.0.sight).unwrap_or_default()),
        )
    }
}
