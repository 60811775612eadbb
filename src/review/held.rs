//! What is held: pages of the list from the ledger, and outputs opened in custody by their code.

use crate::code::RecordingCode;
use crate::consent::sidecar::{self, Sidecar};
use crate::cut::FileSource;
use crate::ledger::Entry;
use crate::ledger::store::{Ledger, LedgerError};
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

/// The folder of custody that held outputs lie in.
const HELD: &str = "held";

/// What is held of one release.
pub(super) struct Held {
    custody: PathBuf,
    release: [u8; 32],
    ledger: Mutex<Ledger>,
}

impl Held {
    /// # Errors
    /// When the ledger cannot be opened.
    pub(super) fn open(custody: &Path, release: [u8; 32]) -> Result<Self, LedgerError> {
        let ledger = Mutex::new(Ledger::open(&custody.join("ledger.sqlite"))?);
        Ok(Self { custody: custody.to_owned(), release, ledger })
    }

    /// Where unfinished files of custody lie: what a kill leaves there, the next run clears away.
    pub(super) fn working_area(&self) -> PathBuf {
        self.custody.join(".partial")
    }

    /// The release.
    pub(super) fn release(&self) -> &[u8; 32] {
        &self.release
    }

    /// The ledger, for one question.
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(|held| held.into_inner())
    }

    /// The entry of a code.
    pub(super) fn entry(&self, code: &RecordingCode) -> Result<Option<Entry>, LedgerError> {
        Ok(self.ledger().entry(&self.release, code)?.map(|(entry, _)| entry))
    }

    /// The held output of an entry; none where there is none.
    pub(super) fn output(&self, entry: &Entry) -> Option<FileSource> {
        FileSource::new(File::open(self.place(entry)?).ok()?).ok()
    }

    /// The sidecar beside it.
    pub(super) fn sidecar(&self, entry: &Entry) -> Option<Sidecar> {
        let place = self.place(entry)?.with_file_name(format!("{}.consent.json", entry.code));
        let file = File::open(place).ok()?;
        let mut bytes = Vec::new();
        file.take(sidecar::LONGEST as u64 + 1).read_to_end(&mut bytes).ok()?;
        Sidecar::read(&bytes).ok()
    }

    /// Where an output lies. The ledger says it; it is believed only as far as it leads to a file below what is held.
    fn place(&self, entry: &Entry) -> Option<PathBuf> {
        let path = Path::new(entry.path.as_deref()?);
        let mut parts = path.components();
        let first = matches!(parts.next(), Some(Component::Normal(name)) if name == HELD);
        if !first || !parts.all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        let root = self.custody.join(HELD).canonicalize().ok()?;
        let place = self.custody.join(path).canonicalize().ok()?;
        (place.starts_with(&root) && place.is_file()).then_some(place)
    }
}

/// A code as the page has it: spelled as codes are, and in no other way.
pub(super) fn code(text: &str) -> Option<RecordingCode> {
    RecordingCode::parse(text).filter(|code| code.as_str() == text)
}
