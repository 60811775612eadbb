//! Finds the source of a code again, from the sources at hand and the ledger, without opening the key.
//!
//! The ledger knows each source by keyed digests of its path and of its content; both are computed again here.

use super::load;
use crate::code::custody::Custody;
use crate::code::{PatientCode, RecordingCode};
use crate::ledger::store::{Ledger, LedgerError};
use crate::scan::{self, Met};
use std::collections::HashSet;
use std::path::PathBuf;

/// A source that bears one of the codes asked for.
#[derive(Debug)]
pub struct Traced {
    /// The recording's code.
    pub code: RecordingCode,
    /// Where its source lies now.
    pub source: PathBuf,
}

/// Which codes to find.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// One recording.
    Recording(RecordingCode),
    /// All recordings of one patient.
    Patient(PatientCode),
}

/// Walks `sources` and returns those whose recordings bear a wanted code in any release of this custody.
///
/// # Errors
/// When the ledger cannot be read.
pub fn trace(sources: &[PathBuf], custody: &Custody, wanted: &[Wanted]) -> Result<Vec<Traced>, LedgerError> {
    let ledger = Ledger::open(&custody.dir().join("ledger.sqlite"))?;
    let coder = custody.coder();
    let wanted: HashSet<&Wanted> = wanted.iter().collect();
    let is_wanted = |code: &RecordingCode| {
        wanted.contains(&Wanted::Recording(code.clone())) || wanted.contains(&Wanted::Patient(code.patient()))
    };
    let mut traced = Vec::new();
    let sources: Vec<PathBuf> = sources.iter().map(|s| s.canonicalize().unwrap_or_else(|_| s.clone())).collect();
    for found in scan::walk(&sources) {
        if !matches!(found.met, Met::File { .. }) {
            continue;
        }
        let path = coder.ledger_digest("source", &[found.path.as_os_str().as_encoded_bytes()]);
        let mut codes = ledger.codes_of_path(&path)?;
        if codes.is_empty() {
            let Ok(loaded) = load::Loaded::open(&found.path) else { continue };
            codes = ledger.codes_of_content(&coder.ledger_digest("content", &[&loaded.digest()]))?;
        }
        codes.sort();
        codes.dedup();
        for code in codes.into_iter().filter(|c| is_wanted(c)) {
            traced.push(Traced { code, source: found.path.clone() });
        }
    }
    Ok(traced)
}
