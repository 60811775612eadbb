//! The ledger's part in destroying a key: all keyed digests go, counts and outcomes stay.

use super::store::{Ledger, LedgerError};
use crate::code::destroy::{DestroyError, Doomed};

/// What a destroyed key leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destroyed {
    /// How many files of the key were erased by this call.
    pub files: u64,
    /// How many sources this call made the ledger forget.
    pub sources: u64,
}

/// Why a key was not destroyed, or not to the end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Custody's part failed.
    #[error(transparent)]
    Key(#[from] DestroyError),
    /// The key is destroyed, and the digests are not.
    #[error("the coding secret and the key are gone, and the digests are not yet: {0}")]
    Ledger(#[from] LedgerError),
}

impl Fault {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Fault::Key(error) => error.advice(),
            Fault::Ledger(LedgerError::Damaged | LedgerError::NotALedger) => {
                "The ledger cannot be read. Delete ledger.sqlite and the files that begin with its name; codes and \
                 counts go with it."
            }
            Fault::Ledger(error) => error.advice(),
        }
    }
}

/// Destroys the key of a custody: the audit's line, coding secret, key files, then the ledger's digests with all free
/// pages and the log. A killed call is ended by the same call. Held recordings and reports stay.
///
/// # Errors
/// When the audit, the disk or the ledger refuses.
pub fn destroy(doomed: &Doomed, why: Option<&str>) -> Result<Destroyed, Fault> {
    let files = doomed.erase(why)?;
    let path = doomed.dir().join("ledger.sqlite");
    if path.symlink_metadata().is_err() {
        return Ok(Destroyed { files, sources: 0 });
    }
    let sources = Ledger::open(&path)?.forget_digests()?;
    Ok(Destroyed { files, sources })
}
