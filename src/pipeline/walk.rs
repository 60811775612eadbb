//! What there is to work on: every recording that the walk meets and that has changed since the last run.

use super::bench::{Bench, Job};
use super::commit::sidecar_path;
use super::same::is_another_patient;
use crate::ledger::store::{Ledger, LedgerError};
use crate::recording::Outcome;
use crate::scan::{self, Found};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// The ledger as it was when the run began, and the release's digest in it.
pub(super) struct Known<'a> {
    pub(super) ledger: &'a mut Ledger,
    pub(super) release: [u8; 32],
}

/// The walk over the sources, as the jobs that it comes to.
pub(super) struct Walk<'a> {
    pub(super) bench: &'a Bench<'a>,
    /// None in a dry run.
    known: Option<Known<'a>>,
    found: Box<dyn Iterator<Item = Found> + Send + 'a>,
    number: u64,
    met: u64,
    /// Of the keyed digest of each place, and of each length.
    sources: blake3::Hasher,
}

impl<'a> Walk<'a> {
    pub(super) fn new(bench: &'a Bench<'a>, sources: &'a [PathBuf], known: Option<Known<'a>>) -> Self {
        Self { bench, known, found: Box::new(scan::walk(sources)), number: 0, met: 0, sources: blake3::Hasher::new() }
    }

    /// How many sources were met so far, and a digest of their places and lengths.
    pub(super) fn met(&self) -> (u64, [u8; 32]) {
        (self.met, self.sources.finalize().into())
    }

    /// The next recording to work on, and how many were passed over on the way to it, since nothing about them has
    /// changed.
    pub(super) fn next(&mut self) -> Result<(Option<Job>, u64), LedgerError> {
        let mut unchanged = 0;
        for found in self.found.by_ref() {
            let path = self.bench.source_digest(&found.path);
            self.met += 1;
            self.sources.update(&path).update(&super::bench::measure(&found.met).0.to_be_bytes());
            if is_unchanged(self.bench, self.known.as_ref(), &found, &path)? {
                unchanged += 1;
                if self.bench.order.stop.load(Ordering::Relaxed) {
                    break;
                }
                continue;
            }
            self.number += 1;
            return Ok((Some(Job { number: self.number, found, path }), unchanged));
        }
        Ok((None, unchanged))
    }
}

/// Whether the source's size, time and settings are those of the last run, and its output still lies in its place.
/// What failed is tried again.
fn is_unchanged(
    bench: &Bench<'_>,
    known: Option<&Known<'_>>,
    found: &Found,
    path: &[u8; 32],
) -> Result<bool, LedgerError> {
    let (Some(Known { ledger, release }), Some(shelves)) = (known, &bench.shelves) else { return Ok(false) };
    let Some(row) = ledger.source(release, path)? else { return Ok(false) };
    let (length, changed) = super::bench::measure(&found.met);
    let same = row.size == length && row.mtime_ns == changed && bench.settings.still_hold(&row.settings);
    if !same || row.outcome == Outcome::Failed {
        return Ok(false);
    }
    // The source that stood for it has gone or is another now, so this one does.
    if row.duplicate && ledger.is_only_source(release, &row.code)? {
        return Ok(false);
    }
    let Some((entry, _)) = ledger.entry(release, &row.code)? else { return Ok(false) };
    if entry.outcome == Outcome::Released && !entry.own_patient {
        let same = ledger.entries_with_content(release, &row.content)?;
        if same.iter().any(|other| is_another_patient(other, &entry)) {
            return Ok(false);
        }
    }
    let shelf = shelves.of_outcome(entry.outcome);
    Ok(entry.path.as_ref().is_none_or(|path| shelf.has(path) && shelf.has(&sidecar_path(path))))
}
