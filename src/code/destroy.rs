//! Destroys the key: coding secret, key files and the secrets of releases; the ledger's part is the ledger's.
//!
//! The order is what makes it safe to interrupt: the audit's line, then a mark from which on nobody opens this custody,
//! then the secrets. Each step may be done twice, so the same call goes on where a killed one stopped.

use super::audit::{self, Act, AuditError, Deed};
use super::custody::{self, CustodyError, DESTROYED, Lock, guardian};
use super::{erase, forget, permission};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const MARK: &str = "\
The key of this custody was destroyed. Its codes can no longer be turned back into patients, and nothing can be coded with
it any more. audit.jsonl says who did it and when. Held recordings and reports were left where they are.
";

/// Why the key could not be destroyed, or not to the end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DestroyError {
    /// It is no custody.
    #[error("the folder is not a custody")]
    NotACustody,
    /// The custody could not be taken.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// The line in the audit could not be written, so nothing was destroyed.
    #[error("nothing was destroyed, since it could not be noted in the audit")]
    Audit(#[source] AuditError),
    /// The disk refused.
    #[error("the key is not destroyed to its end ({})", .0.kind())]
    Io(#[from] io::Error),
}

impl DestroyError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            DestroyError::NotACustody => "Name the folder that holds `coding-secret`.",
            DestroyError::Custody(error) => error.advice(),
            DestroyError::Audit(error) => error.advice(),
            DestroyError::Io(_) => {
                "Check that custody is on a disk that you may write to, then start the command again."
            }
        }
    }
}

/// A custody whose key is being destroyed: nobody else uses it meanwhile.
#[derive(Debug)]
pub struct Doomed {
    dir: PathBuf,
    _lock: Lock,
}

/// Takes a custody in order to destroy its key; one of which the key was half destroyed is taken again.
///
/// # Errors
/// When it is no custody, or another run is using it. Nothing was changed.
pub fn take(dir: &Path) -> Result<Doomed, DestroyError> {
    let is_file = |name: &str| dir.join(name).symlink_metadata().is_ok_and(|found| found.is_file());
    if !is_file("coding-secret") && !is_file(DESTROYED) {
        return Err(DestroyError::NotACustody);
    }
    Ok(Doomed { dir: dir.to_owned(), _lock: custody::lock_dir(dir)? })
}

impl Doomed {
    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether an earlier call had begun already.
    pub fn was_begun(&self) -> bool {
        self.dir.join(DESTROYED).symlink_metadata().is_ok()
    }

    /// Notes it in the audit, marks the custody, and erases the coding secret, the secrets of releases, and every key
    /// file. Durable on return. Returns how many files were erased.
    ///
    /// # Errors
    /// When the audit could not be written: nothing was destroyed. When the disk refuses: the same call goes on.
    pub fn erase(&self, why: Option<&str>) -> Result<u64, DestroyError> {
        let act = Act { why: why.map(str::to_owned), ..Act::new(Deed::Destroyed, []) };
        audit::append_at(&self.dir, &act).map_err(DestroyError::Audit)?;
        self.mark()?;
        let mut erased = 0u64;
        for folder in [forget::FOLDER, "key"] {
            if folder == "key" {
                erase::erase(&self.dir.join("coding-secret"))?;
                permission::sync_dir(&self.dir)?;
            }
            erased = erased.saturating_add(erase::erase_dir(&self.dir.join(folder))?);
        }
        erased = erased.saturating_add(erase::erase_dir(&guardian::stage(&self.dir))?);
        erase::erase(&self.dir.join(custody::SHARD))?;
        permission::sync_dir(&self.dir)?;
        Ok(erased)
    }

    fn mark(&self) -> io::Result<()> {
        if self.was_begun() {
            return Ok(());
        }
        let plain = |error: io::Error| io::Error::from(error.kind());
        let mut file = tempfile::NamedTempFile::new_in(&self.dir).map_err(plain)?;
        file.write_all(MARK.as_bytes()).map_err(plain)?;
        file.as_file().sync_all()?;
        file.persist(self.dir.join(DESTROYED)).map_err(|error| plain(error.error))?;
        permission::sync_dir(&self.dir)
    }
}
