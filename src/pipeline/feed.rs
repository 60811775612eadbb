//! What is fed to the workers: every recording that the walk meets and that has changed since the last run.

use super::bench::{Bench, Done, Job};
use super::commit::{CommitError, Committer, sidecar_path};
use super::flow;
use super::order::Paths;
use super::same::is_another_patient;
use crate::ledger::Entry;
use crate::ledger::store::{Ledger, LedgerError};
use crate::recording::Outcome;
use crate::scan::{self, Found};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// What a run tells while it goes on.
pub trait Watch: Sync {
    /// A recording is in its place, or listed. The path is for the user's own terminal; logs must not show it.
    fn done(&self, source: &Path, entry: &Entry);
    /// Sources were skipped, since nothing about them has changed.
    fn unchanged(&self, sources: u64);
}

/// What was fed.
#[derive(Debug, Default)]
pub(crate) struct Fed {
    pub(crate) worked: u64,
    pub(crate) unchanged: u64,
}

/// Feeds all sources through, and those a second time that something later sheds another light on. Every batch that reached the committer before a fault is in its place afterwards.
pub(crate) fn feed(
    bench: &Bench<'_>,
    paths: &Paths,
    pool: &rayon::ThreadPool,
    reader: &mut Ledger,
    committer: &mut Committer<'_>,
    watch: &dyn Watch,
) -> Result<Fed, CommitError> {
    let mut fed = feed_once(bench, paths, pool, reader, committer, watch)?;
    if std::mem::take(&mut committer.again) && !bench.order.stop.load(Ordering::Relaxed) {
        fed.worked += feed_once(bench, paths, pool, reader, committer, &Again(watch))?.worked;
    }
    Ok(fed)
}

/// Watches a second pass, in which what the first one did is no news.
struct Again<'a>(&'a dyn Watch);

impl Watch for Again<'_> {
    fn done(&self, source: &Path, entry: &Entry) {
        self.0.done(source, entry);
    }

    fn unchanged(&self, _sources: u64) {}
}

fn feed_once(
    bench: &Bench<'_>,
    paths: &Paths,
    pool: &rayon::ThreadPool,
    reader: &mut Ledger,
    committer: &mut Committer<'_>,
    watch: &dyn Watch,
) -> Result<Fed, CommitError> {
    let walk = Walk::new(bench, &paths.sources, Some(Known { ledger: reader, release: committer.release }));
    flow::drive(walk, pool, |batch, unchanged| {
        watch.unchanged(unchanged);
        let placed = committer.commit(batch)?;
        placed.iter().for_each(|done| watch.done(&done.shown, &done.entry));
        Ok(())
    })
}

/// A dry run: works on all sources and hands each result on; nothing is written.
pub(crate) fn look(
    bench: &Bench<'_>,
    paths: &Paths,
    pool: &rayon::ThreadPool,
    mut each: impl FnMut(Done) + Send,
) -> Result<Fed, CommitError> {
    flow::drive(Walk::new(bench, &paths.sources, None), pool, |batch, _| {
        batch.into_iter().for_each(&mut each);
        Ok(())
    })
}

/// The ledger as it was when the run began, and the release's digest in it.
struct Known<'a> {
    ledger: &'a mut Ledger,
    release: [u8; 32],
}

/// The walk over the sources, as the jobs that it comes to.
pub(super) struct Walk<'a> {
    pub(super) bench: &'a Bench<'a>,
    /// None in a dry run.
    known: Option<Known<'a>>,
    found: Box<dyn Iterator<Item = Found> + Send + 'a>,
    number: u64,
}

impl<'a> Walk<'a> {
    fn new(bench: &'a Bench<'a>, sources: &'a [PathBuf], known: Option<Known<'a>>) -> Self {
        Self { bench, known, found: Box::new(scan::walk(sources)), number: 0 }
    }

    /// The next recording to work on, and how many were passed over on the way to it, since nothing about them has
    /// changed.
    pub(super) fn next(&mut self) -> Result<(Option<Job>, u64), LedgerError> {
        let mut unchanged = 0;
        for found in self.found.by_ref() {
            let path = self.bench.source_digest(&found.path);
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
