//! Feeds recordings to the workers, a batch at a time, and finished batches to the committer, which works beside them.

use super::bench::{Bench, Done, Job, Stop};
use super::commit::{CommitError, Committer, sidecar_path};
use super::order::Paths;
use super::same::is_another_patient;
use super::work;
use crate::ledger::Entry;
use crate::ledger::store::{Ledger, LedgerError};
use crate::recording::Outcome;
use crate::scan::{self, Found, Met};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

/// How many recordings are put in their places at once, and how many bytes of them.
const BATCH: usize = 512;
const BATCH_BYTES: u64 = 512 * 1024 * 1024;

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
    reader: &Ledger,
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
    reader: &Ledger,
    committer: &mut Committer<'_>,
    watch: &dyn Watch,
) -> Result<Fed, CommitError> {
    let failed = AtomicBool::new(false);
    let release = committer.release;
    let (send, receive) = mpsc::sync_channel::<Vec<Done>>(1);
    std::thread::scope(|scope| {
        let putting = scope.spawn(|| {
            let failed = &failed;
            for batch in receive {
                let placed = committer.commit(batch).inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
                placed.iter().for_each(|done| watch.done(&done.shown, &done.entry));
            }
            Ok(())
        });
        let mut batches = Batches::new(bench, &paths.sources, Some((reader, release)));
        let fed = batches.drive(pool, |unchanged, done| {
            watch.unchanged(unchanged);
            Ok(!failed.load(Ordering::Relaxed) && (done.is_empty() || send.send(done).is_ok()))
        });
        drop(send);
        let put = putting.join().unwrap_or(Err(CommitError::Fault));
        put.and(fed)
    })
}

/// A dry run: works on all sources and hands each result on; nothing is written.
pub(crate) fn look(
    bench: &Bench<'_>,
    paths: &Paths,
    pool: &rayon::ThreadPool,
    mut each: impl FnMut(Done),
) -> Result<Fed, CommitError> {
    Batches::new(bench, &paths.sources, None).drive(pool, |_, done| {
        done.into_iter().for_each(&mut each);
        Ok(true)
    })
}

/// The walk, cut into batches of what has changed.
struct Batches<'a> {
    bench: &'a Bench<'a>,
    /// The ledger as it was when the run began, and the release's digest in it; none in a dry run.
    reader: Option<(&'a Ledger, [u8; 32])>,
    found: Box<dyn Iterator<Item = Found> + 'a>,
    number: u64,
}

impl<'a> Batches<'a> {
    fn new(bench: &'a Bench<'a>, sources: &'a [PathBuf], reader: Option<(&'a Ledger, [u8; 32])>) -> Self {
        Self { bench, reader, found: Box::new(scan::walk(sources)), number: 0 }
    }

    /// Works on one batch after another until the walk ends, the user stops it, or `hand_on` says that it is enough.
    fn drive(
        &mut self,
        pool: &rayon::ThreadPool,
        mut hand_on: impl FnMut(u64, Vec<Done>) -> Result<bool, CommitError>,
    ) -> Result<Fed, CommitError> {
        let mut fed = Fed::default();
        while !self.bench.order.stop.load(Ordering::Relaxed) {
            let (batch, unchanged) = self.next_batch()?;
            let last = batch.is_empty();
            let bench = self.bench;
            let done: Result<Vec<Done>, Stop> =
                pool.install(|| batch.into_par_iter().map(|job| work::work(bench, job)).collect());
            let done = done?;
            fed.worked += done.len() as u64;
            fed.unchanged += unchanged;
            if !hand_on(unchanged, done)? || last {
                break;
            }
        }
        Ok(fed)
    }

    /// The next recordings to work on, and how many were passed over on the way to them.
    fn next_batch(&mut self) -> Result<(Vec<Job>, u64), LedgerError> {
        let (mut batch, mut bytes, mut unchanged) = (Vec::new(), 0, 0);
        while batch.len() < BATCH && bytes < BATCH_BYTES {
            let Some(found) = self.found.next() else { break };
            let path = self.bench.source_digest(&found.path);
            if self.is_unchanged(&found, &path)? {
                unchanged += 1;
                continue;
            }
            if let Met::File { length, .. } = found.met {
                bytes += length;
            }
            self.number += 1;
            batch.push(Job { number: self.number, found, path });
        }
        Ok((batch, unchanged))
    }

    /// Whether the source's size, time and settings are those of the last run, and its output still lies in its place.
    /// What failed is tried again.
    fn is_unchanged(&self, found: &Found, path: &[u8; 32]) -> Result<bool, LedgerError> {
        let (Some((reader, release)), Some(shelves)) = (self.reader, &self.bench.shelves) else { return Ok(false) };
        let Some(row) = reader.source(&release, path)? else { return Ok(false) };
        let (length, changed) = super::bench::measure(&found.met);
        let same = row.size == length && row.mtime_ns == changed && self.bench.settings.still_hold(&row.settings);
        if !same || row.outcome == Outcome::Failed {
            return Ok(false);
        }
        // The source that stood for it has gone or is another now, so this one does.
        if row.duplicate && reader.is_only_source(&release, &row.code)? {
            return Ok(false);
        }
        let Some((entry, _)) = reader.entry(&release, &row.code)? else { return Ok(false) };
        if entry.outcome == Outcome::Released && !entry.own_patient {
            let same = reader.entries_with_content(&release, &row.content)?;
            if same.iter().any(|other| is_another_patient(other, &entry)) {
                return Ok(false);
            }
        }
        let shelf = shelves.of_outcome(entry.outcome);
        Ok(entry.path.as_ref().is_none_or(|path| shelf.has(path) && shelf.has(&sidecar_path(path))))
    }
}
