//! The ledger's part in destroying a key: all keyed digests go, counts and outcomes stay.

use super::store::{Ledger, LedgerError, unlined};
use crate::code::destroy::{DestroyError, Doomed};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

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
/// pages and the log. A killed call is ended by the same call. Held recordings and reports stay, but for the lines of the
/// register that custody's report names.
///
/// # Errors
/// When the audit, the disk or the ledger refuses.
pub fn destroy(doomed: &Doomed, why: Option<&str>) -> Result<Destroyed, Fault> {
    let files = doomed.erase(why)?;
    unline(&doomed.dir().join("report")).map_err(DestroyError::Io)?;
    let path = doomed.dir().join("ledger.sqlite");
    if path.symlink_metadata().is_err() {
        return Ok(Destroyed { files, sources: 0 });
    }
    let sources = Ledger::open(&path)?.forget_digests()?;
    Ok(Destroyed { files, sources })
}

/// Writes the files of a folder anew without the lines of the register that they name; a folder that is not there has none.
fn unline(folder: &Path) -> io::Result<()> {
    let plain = |error: io::Error| io::Error::from(error.kind());
    let files = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        files => files.map_err(plain)?,
    };
    for file in files {
        let path = file.map_err(plain)?.path();
        if !path.symlink_metadata().map_err(plain)?.is_file() {
            continue;
        }
        let mut new = tempfile::NamedTempFile::new_in(folder).map_err(plain)?;
        let mut out = BufWriter::new(new.as_file_mut());
        let mut lines = BufReader::new(File::open(&path).map_err(plain)?);
        let mut line = String::new();
        while lines.read_line(&mut line).map_err(plain)? > 0 {
            out.write_all(unlined(&line).as_bytes())?;
            line.clear();
        }
        out.flush()?;
        drop(out);
        new.as_file().sync_all()?;
        new.persist(&path).map_err(|error| plain(error.error))?;
    }
    Ok(())
}
