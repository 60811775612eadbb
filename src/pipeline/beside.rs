//! The sidecars of an earlier run that lie beside sources: which of them are believed.
//!
//! GMC para 24. A sidecar is believed only when custody's ledger knows its SHA-256 as that of the sidecar it wrote last for
//! this recording, and when it belongs to the very file beside it. Whatever else looks like one is listed and ignored; but
//! that its code was withdrawn counts all the same.

use super::disk;
use super::load::{STEP, hex};
use crate::consent::sidecar::{LONGEST, Sidecar};
use crate::cut::{FileSource, Source};
use crate::ledger::Entry;
use crate::ledger::store::Ledger;
use crate::recording::{Format, Known};
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How its name ends, behind the name that it shares with its recording.
const ENDING: &str = "consent.json";

/// Asks custody which sidecars are its own.
pub(crate) struct Beside {
    ledger: Mutex<Ledger>,
    /// The release that is being written: what the ledger says of it changes while the run goes on.
    release: [u8; 32],
}

/// A sidecar beside a recording.
pub(crate) enum Paper {
    /// Custody wrote it, and it belongs to this recording.
    Believed(Box<Sidecar>, Box<Known>),
    /// It belongs to this recording, but custody does not know it, or no longer.
    Unknown(Box<Sidecar>),
    /// It is no sidecar, or another recording's.
    Foreign,
}

/// How a sidecar that the walk met stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is believed.
    Believed,
    /// Custody knows it, but not its recording: that is gone or was changed.
    Apart,
    /// Custody does not know it.
    Unknown,
}

/// Whether anything like a sidecar lies beside the recording at `path`.
pub(crate) fn lies_beside(path: &Path) -> bool {
    path.with_extension(ENDING).symlink_metadata().is_ok()
}

impl Beside {
    pub(crate) fn new(ledger: Ledger, release: [u8; 32]) -> Self {
        Self { ledger: Mutex::new(ledger), release }
    }

    /// What lies beside the recording at `path`; none where nothing does.
    pub(crate) fn look(&self, path: &Path, recording: &dyn Source) -> Option<Paper> {
        let bytes = match read(&path.with_extension(ENDING)) {
            Ok(bytes) => bytes,
            // Where the name would be too long for a file, none can lie there.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidFilename) => {
                return None;
            }
            Err(_) => return Some(Paper::Foreign),
        };
        let Ok(sidecar) = Sidecar::read(&bytes) else { return Some(Paper::Foreign) };
        if !sha256(recording).is_ok_and(|digest| digest == sidecar.sha256) {
            return Some(Paper::Foreign);
        }
        let sidecar = Box::new(sidecar);
        Some(match self.known(&sidecar, &bytes) {
            Some(known) => Paper::Believed(sidecar, Box::new(known)),
            None => Paper::Unknown(sidecar),
        })
    }

    /// How the sidecar at `path` stands.
    pub(crate) fn standing(&self, path: &Path) -> Standing {
        let Ok(bytes) = read(path) else { return Standing::Unknown };
        let Ok(sidecar) = Sidecar::read(&bytes) else { return Standing::Unknown };
        if self.known(&sidecar, &bytes).is_none() {
            return Standing::Unknown;
        }
        let own = |path: PathBuf| {
            let digest = disk::open_source(&path).and_then(FileSource::new).and_then(|file| sha256(&file));
            digest.is_ok_and(|digest| digest == sidecar.sha256)
        };
        let stem = path.with_extension("").with_extension("");
        let formats = Format::ALL.iter().filter(|format| format.media_type() == sidecar.media_type);
        let mut beside = formats.map(|format| stem.with_extension(format.extension()));
        if beside.any(own) { Standing::Believed } else { Standing::Apart }
    }

    /// What the ledger knows besides, where it has this as the sidecar of its recording. A ledger that cannot be read knows
    /// nothing.
    fn known(&self, sidecar: &Sidecar, bytes: &[u8]) -> Option<Known> {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = ledger.entries_elsewhere(&self.release, &sidecar.recording).ok()?;
        let digest = paper_digest(bytes);
        let own = |entry: &Entry| {
            entry.known.sidecar.as_ref() == Some(&digest) && entry.sha256.as_ref() == Some(&sidecar.sha256)
        };
        entries.into_iter().find(own).map(|entry| entry.known)
    }
}

/// The digest by which custody knows a sidecar again.
pub(crate) fn paper_digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    disk::open_source(path)?.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The digest of a whole recording, which sidecars state.
pub(crate) fn sha256(source: &dyn Source) -> io::Result<String> {
    let mut digest = Sha256::new();
    if let Some(bytes) = source.as_slice() {
        return Ok(hex(&digest.chain_update(bytes).finalize()));
    }
    let mut buffer = vec![0; STEP];
    let mut at = 0;
    while at < source.len() {
        let n = source.read_at(at, &mut buffer)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        digest.update(buffer.get(..n).unwrap_or_default());
        at = at.saturating_add(n as u64);
    }
    Ok(hex(&digest.finalize()))
}
