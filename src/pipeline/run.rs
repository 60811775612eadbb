//! One run from its first source to its last.

use super::bench::{Bench, Sealer, Shelves};
use super::beside::Beside;
use super::commit::{self, CommitError, Committer};
use super::decide;
use super::disk;
use super::feed;
use super::flow::Fed;
use super::forget::{self, ForgetError};
use super::load::hex;
use super::mend;
use super::note::{self, Note as ShardNote, ShardError};
use super::order::{self, Order, Paths, UnsafePaths};
use super::ruled::Decisions;
use super::settings::Settings;
use super::shelf::{Shelf, release_digest};
use super::tesseract::{NoTesseract, Tesseract};
use super::watch::Watch;
use super::withdraw::carry;
use super::withdrawn::Withdrawn;
use crate::code::custody::{Custody, Lock};
use crate::code::key::{self, KeyError};
use crate::ledger::store::{Ledger, LedgerError, Run as Note};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a run has done.
#[derive(Debug)]
pub struct Run {
    /// How many sources were worked on.
    pub worked: u64,
    /// How many sources were skipped, since nothing about them has changed.
    pub unchanged: u64,
    /// How many sources an earlier run found below the places that this one walks and this one did not. What became of them stays as it is. None where
    /// the run was ended before all was walked.
    pub not_seen: Option<u64>,
    /// How many sources that were not met, below the places that this run walks or below others, were judged under other terms
    /// than today's: their recordings stand on yesterday's word.
    pub stale: u64,
    /// How many sources were worked on again since a key file that explained them was damaged or gone.
    pub sealed_again: u64,
    /// Whether the run was ended from outside before all sources were seen.
    pub interrupted: bool,
}

/// Why a run could not be started, or ended before its time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Paths that must not be used together.
    #[error(transparent)]
    Paths(#[from] UnsafePaths),
    /// The release cannot be written at all; nothing was done.
    #[error("the release cannot be written ({})", .0.kind())]
    ReleaseClosed(#[source] io::Error),
    /// Custody cannot be written at all; nothing was done.
    #[error("custody cannot be written ({})", .0.kind())]
    CustodyClosed(#[source] io::Error),
    /// The ledger cannot be opened; nothing was done.
    #[error("the ledger in custody cannot be used: {0}")]
    Ledger(#[source] LedgerError),
    /// The release cannot be continued in this way; nothing was done.
    #[error(transparent)]
    Forget(#[from] ForgetError),
    /// The folder of the key cannot be used; nothing was done.
    #[error(transparent)]
    Key(KeyError),
    /// It cannot be a shard, or must be one; nothing was done.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// What is to read letters cannot; nothing was done.
    #[error(transparent)]
    Reader(#[from] NoTesseract),
    /// The workers could not be started; nothing was done.
    #[error("the workers cannot be started")]
    Workers,
    /// The run ended before its time; what was put in its place until then stays.
    #[error(transparent)]
    Stopped(#[from] CommitError),
}

impl RunError {
    /// Whether something had been done by then (exit code 3) or nothing (exit code 2).
    pub fn had_begun(&self) -> bool {
        matches!(self, RunError::Stopped(_))
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            RunError::Paths(paths) => paths.advice(),
            RunError::ReleaseClosed(_) => "Check that the folder named with --to may be written, or name another.",
            RunError::CustodyClosed(_) => "Check that the custody folder is yours and may be written.",
            RunError::Ledger(error) => error.advice(),
            RunError::Forget(error) => error.advice(),
            RunError::Key(error) => error.advice(),
            RunError::Shard(error) => error.advice(),
            RunError::Reader(error) => error.advice(),
            RunError::Workers => "Try again with a smaller number after --jobs.",
            RunError::Stopped(CommitError::Collision(_)) => {
                "Release the two recordings into two releases, each with a custody of its own."
            }
            RunError::Stopped(_) => {
                "Make room or connect the disk again, then run the same command: it goes on where it stopped."
            }
        }
    }
}

/// What reads letters, where command line or profile ask for it.
///
/// # Errors
/// A [`NoTesseract`] where it cannot.
pub fn reader(order: &Order<'_>) -> Result<Option<Tesseract>, NoTesseract> {
    match order.pixels.ocr.unwrap_or_else(|| order.profile.reads_pixels()) {
        true => Tesseract::find().map(Some),
        false => Ok(None),
    }
}

/// Carries out an order with the keys and the ledger of `custody`, which nobody else uses meanwhile: `lock` says so.
///
/// # Errors
/// Unsafe paths, closed targets, a ledger that cannot be read: nothing was done. A full disk or a lost mount in the
/// middle: what is in its place stays, and running the same order again continues.
pub fn run(order: &Order<'_>, custody: &Custody, lock: &Lock, watch: &dyn Watch) -> Result<Run, RunError> {
    let paths = order::paths(&order.sources, &order.release, custody.dir())?;
    order::check_register(&order.sources, order.register)?;
    let reader = reader(order)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(order.jobs)
        .stack_size(8 * 1024 * 1024)
        .build()
        .map_err(|_| RunError::Workers)?;
    let release = release_digest(custody, &paths.release);
    note::check(order, custody, &release)?;
    let ledger_path = custody.dir().join("ledger.sqlite");
    let mut ledger = Ledger::open(&ledger_path).map_err(RunError::Ledger)?;
    let withdrawn = Withdrawn::load(&ledger, custody).map_err(RunError::Ledger)?;
    // A withdrawal has sources judged anew by their codes, and to those of a key that is to be forgotten no code leads.
    let settings = match withdrawn.digest().filter(|_| order.forget_key) {
        Some(digest) => Settings::of(order).after(&digest),
        None => Settings::of(order),
    };
    let settings = match &reader {
        Some(reader) => settings.reading(reader.version()),
        None => settings,
    };
    let beside = Beside::new(Ledger::open(&ledger_path).map_err(RunError::Ledger)?, release);
    let decisions =
        Decisions::new(Ledger::open(&ledger_path).map_err(RunError::Ledger)?, release).map_err(RunError::Ledger)?;
    if order.dry_run {
        let coder = forget::coder(order, custody, &release, &ledger, false)?;
        let bench = Bench { order, coder, settings, withdrawn, decisions, beside, reader, shelves: None, sealer: None };
        return Ok(finish(&look(&bench, &paths, &pool, watch)?, order, 0));
    }
    forget::end_pending(custody, lock, &mut ledger)?;
    let coder = forget::coder(order, custody, &release, &ledger, true)?;
    let shelves = shelves(&paths, custody)?;
    key::sweep(custody, lock).map_err(RunError::Key)?;
    commit::recover(&mut ledger, &release, &shelves)?;
    decide::recover(&mut ledger, &release, &shelves)?;
    carry::carry_out(&mut ledger, &shelves, &release)?;
    let sealed_again = mend::mend(&mut ledger, custody)?;
    let run = run_id();
    let bench = Bench {
        order,
        coder,
        settings,
        withdrawn,
        decisions,
        beside,
        reader,
        shelves: Some(shelves),
        sealer: Some(Sealer { custody, run: run.clone(), sealed: AtomicU64::new(0) }),
    };
    let Some(shelves) = &bench.shelves else { return Err(RunError::Workers) };
    let mut reader = Ledger::open(&ledger_path).map_err(RunError::Ledger)?;
    let mut note = Note {
        id: run.clone(),
        release,
        started: now(),
        finished: None,
        counts: BTreeMap::new(),
        tool: tool(),
        profile: note_of(custody, order),
    };
    ledger.record_run(&note).map_err(RunError::Ledger)?;
    let part = note::begin(order, custody, &release)?;
    let mut committer = Committer { bench: &bench, shelves, custody, ledger, release, run, batch: 0, again: false };
    let fed = feed::feed(&bench, &paths, &pool, &mut reader, &mut committer, watch);
    drop(committer);
    let closed = shelves.release.close().and(shelves.custody.close());
    let fed = fed?;
    closed.map_err(CommitError::Release)?;
    let mut ledger = reader;
    note.finished = Some(now());
    note.counts = ledger.counts(&release).map_err(CommitError::Ledger)?;
    ledger.record_run(&note).map_err(CommitError::Ledger)?;
    if let Some(part) = part {
        let own = fed.met.saturating_sub(fed.foreign);
        let finished = !order.stop.load(Ordering::Relaxed);
        let part = ShardNote { finished, met: fed.met, own, sources: hex(&fed.sources), ..part };
        part.store(custody).map_err(CommitError::Custody)?;
    }
    Ok(finish(&fed, order, sealed_again))
}

fn finish(fed: &Fed, order: &Order<'_>, sealed_again: u64) -> Run {
    Run {
        worked: fed.worked,
        unchanged: fed.unchanged,
        not_seen: fed.not_seen,
        stale: fed.stale,
        sealed_again,
        interrupted: order.stop.load(Ordering::Relaxed),
    }
}

fn shelves(paths: &Paths, custody: &Custody) -> Result<Shelves, RunError> {
    Ok(Shelves {
        release: Shelf::open(&paths.release).map_err(RunError::ReleaseClosed)?,
        custody: Shelf::open(custody.dir()).map_err(RunError::CustodyClosed)?,
        one_file_system: disk::is_one_file_system(&paths.release, custody.dir()),
    })
}

/// A dry run: everything but writing.
fn look(bench: &Bench<'_>, paths: &Paths, pool: &rayon::ThreadPool, watch: &dyn Watch) -> Result<Fed, CommitError> {
    feed::look(bench, paths, pool, watch)
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn tool() -> String {
    format!("scrubs {}", env!("CARGO_PKG_VERSION"))
}

/// The profile, as the ledger knows it: under a keyed digest.
fn note_of(custody: &Custody, order: &Order<'_>) -> [u8; 32] {
    custody.coder().ledger_digest("profile", &[&order.profile.digest()])
}

/// A name for this run in custody: when, and four random digits. It never reaches the release.
fn run_id() -> String {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut random = [0u8; 4];
    // Only uniqueness is at stake: key files are never overwritten, whatever their names.
    let _ = getrandom::fill(&mut random);
    format!("{now}-{}", hex(&random))
}
