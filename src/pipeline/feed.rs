//! Feeds all that is to be worked on through the workers to the committer, and a second time what later turned out to need it.

use super::bench::Bench;
use super::commit::{CommitError, Committer};
use super::flow::{self, Fed};
use super::order::Paths;
use super::walk::{Known, Walk};
use super::watch::Watch;
use crate::ledger::Entry;
use crate::ledger::store::{Ledger, Seen};
use std::path::Path;
use std::sync::atomic::Ordering;

/// Feeds all sources through, and those a second time that something later sheds another light on. Every batch that reached the committer before a fault is in its place afterwards.
pub(crate) fn feed(
    bench: &Bench<'_>,
    paths: &Paths,
    pool: &rayon::ThreadPool,
    reader: &mut Ledger,
    committer: &mut Committer<'_>,
    watch: &dyn Watch,
) -> Result<Fed, CommitError> {
    let stopped = || bench.order.stop.load(Ordering::Relaxed);
    let (known, mut seen) = (reader.count_sources(&committer.release)?, reader.seen()?);
    let mut fed = feed_once(bench, paths, pool, reader, committer, watch, &mut seen)?;
    if !stopped() {
        fed.not_seen = Some(0);
        if known > seen.count() {
            committer.forget_moved(&seen)?;
            let (missed, stale) = reader.count_missed(&committer.release, &seen, &bench.settings.marks())?;
            (fed.not_seen, fed.stale) = (Some(missed), stale);
        }
    }
    if std::mem::take(&mut committer.again) && !stopped() {
        fed.worked += feed_once(bench, paths, pool, reader, committer, &Again(watch), &mut seen)?.worked;
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
    seen: &mut Seen,
) -> Result<Fed, CommitError> {
    let known = Known { ledger: reader, release: committer.release, run: committer.run.clone(), seen };
    let walk = Walk::new(bench, &paths.sources, Some(known), watch);
    flow::drive(walk, pool, |batch, unchanged| {
        watch.unchanged(unchanged);
        let placed = committer.commit(batch)?;
        placed.iter().for_each(|done| watch.done(&done.shown, &done.entry));
        Ok(())
    })
}

/// A dry run: works on all sources and tells of each; nothing is written.
pub(crate) fn look(
    bench: &Bench<'_>,
    paths: &Paths,
    pool: &rayon::ThreadPool,
    watch: &dyn Watch,
) -> Result<Fed, CommitError> {
    flow::drive(Walk::new(bench, &paths.sources, None, watch), pool, |batch, _| {
        batch.iter().for_each(|done| watch.done(&done.shown, &done.entry));
        Ok(())
    })
}
