//! Joins shards: their releases, held recordings, ledgers and key files, to what one run over everything comes to.
//!
//! Nothing is taken from the shards: all is copied, in the order of `commit`: the key first, then a note of what is
//! about to appear, the files under temporary names, the moves, and the ledger's entries with the note cleared. What lies
//! in its place already is compared and never overwritten, so the same command continues after a crash.

mod carry;
mod check;

use super::commit::{self, CommitError};
use super::load::hex;
use super::note::{Note, NoteError};
use super::order::UnsafePaths;
use super::{bench::Shelves, disk, order, shelf::Shelf};
use crate::code::RecordingCode;
use crate::code::custody::{Custody, Lock};
use crate::code::key::{self, KeyError};
use crate::ledger::store::{Ledger, LedgerError};
use std::io;
use std::path::{Path, PathBuf};

/// One shard: its release, and the custody that belongs to it.
#[derive(Debug)]
pub struct Part {
    /// Where its release lies now.
    pub release: PathBuf,
    /// Its custody.
    pub custody: Custody,
}

/// What was joined.
#[derive(Debug)]
pub struct Merged {
    /// How many recordings.
    pub recordings: u64,
    /// How many of them were in their places already.
    pub there: u64,
    /// The note of one of the shards: what the reports say above them is the same for all.
    pub note: Note,
}

/// Why shards could not be joined. No text repeats a path or a value; shards are counted in the order they were named in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// There is not one custody for each release.
    #[error("there are {releases} releases and {custodies} custody folders: each release needs its own")]
    Pairs {
        /// How many releases were named.
        releases: usize,
        /// How many custody folders.
        custodies: usize,
    },
    /// A custody belongs to no shard.
    #[error("custody number {0} is not that of a shard")]
    NoShard(usize),
    /// A shard's run has not ended.
    #[error("the run of shard {0} is not complete")]
    Unfinished(u32),
    /// Another coding secret: the codes do not fit together.
    #[error("custody number {0} has another coding secret")]
    Secret(usize),
    /// Something else was decided about the run.
    #[error(
        "shard {0} was made with other settings, another register, profile or version of scrubs, or in another month"
    )]
    Settings(u32),
    /// Another number of shards.
    #[error("shard {index} is one of {count}, the first named is one of {first}")]
    Count {
        /// Which shard.
        index: u32,
        /// Of how many it is one.
        count: u32,
        /// Of how many the first is one.
        first: u32,
    },
    /// A shard is not there.
    #[error("shard {0} is missing")]
    Missing(u32),
    /// A shard is there twice.
    #[error("shard {0} is there twice")]
    Twice(u32),
    /// The sources were not the same for all.
    #[error("shard {0} did not meet the same sources in the same places")]
    Sources(u32),
    /// The shards together have not taken every source, or one of them more than once.
    #[error("the shards met {met} sources and took {own}: a source was changed or could not be read in between")]
    Gap {
        /// How many sources there are.
        met: u64,
        /// How many were taken.
        own: u64,
    },
    /// Two shards have worked on one source.
    #[error("shards {0} and {1} have both taken the same source: it was changed in between")]
    Overlap(u32, u32),
    /// A patient has withdrawn, and a shard that has their recordings does not know it, or has not carried it out.
    #[error("a withdrawn consent that reaches recordings of shard {0} was not carried out there")]
    Withdrawal(u32),
    /// Sources of several shards state two dates of birth under one number, or two issuers of one, and each shard alone could not
    /// see it.
    #[error(
        "recordings of several shards have one patient's number and state different dates of birth, or issuers of it"
    )]
    Doubt,
    /// Two different recordings have the same code.
    #[error("two different recordings have the code {0}: neither may take the other's place")]
    Collision(RecordingCode),
    /// Paths that must not be used together.
    #[error("the places to read from and to write to must lie apart: {0}")]
    Paths(#[source] UnsafePaths),
    /// The release holds something that these shards do not.
    #[error("the release named with --to holds other recordings than these shards")]
    Other,
    /// The ledger of a shard does not say what scrubs writes.
    #[error("the ledger of shard {0} is damaged")]
    Damaged(u32),
    /// A place that outputs go to is closed.
    #[error("the release or custody cannot be written ({})", .0.kind())]
    Closed(#[source] io::Error),
    /// A shard's note cannot be read.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A ledger cannot be read; nothing was done.
    #[error("a ledger cannot be opened or read: {0}")]
    Ledger(#[source] LedgerError),
    /// A file of a shard is not what its ledger says.
    #[error("a file of shard {0} is missing, cannot be read or is not what its ledger says")]
    File(u32),
    /// A file that nobody knows lies where a recording should go.
    #[error("another file lies already where a recording should go, and nothing is ever overwritten")]
    Taken,
    /// The key files could not be joined.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The target failed.
    #[error(transparent)]
    Stopped(#[from] CommitError),
}

impl MergeError {
    /// Whether something had been done by then (exit code 3) or nothing (exit code 2).
    pub fn had_begun(&self) -> bool {
        use MergeError::{File, Key, Stopped, Taken};
        matches!(self, File(_) | Taken | Key(_) | Stopped(_))
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            MergeError::Pairs { .. } => "Name the custody folders after --custody in the order of their releases.",
            MergeError::NoShard(_) => {
                "Name the custody that the run with --shard was given, in the order of the releases."
            }
            MergeError::Unfinished(_) => "Run the shard's command again until it ends, then merge.",
            MergeError::Secret(_) => {
                "Shards must share one `coding-secret`: copy it into the shard's custody before its first run."
            }
            MergeError::Settings(_) | MergeError::Count { .. } => {
                "Run every shard by the same command, with the same N, register and profile, in the same month."
            }
            MergeError::Missing(_) => "Name every shard, from 1 to N; nothing is joined in part.",
            MergeError::Twice(_) => "Name each shard once.",
            MergeError::Sources(_) => {
                "Let every machine see the same sources under the same paths, then run that shard again."
            }
            MergeError::Gap { .. } | MergeError::Overlap(..) => {
                "Leave the sources alone while shards run. Run all shards again, in new folders."
            }
            MergeError::Withdrawal(_) => {
                "Withdraw there too, on the same day and for the same purposes: `scrubs consent withdraw` with that \
                 shard's release and custody, then merge."
            }
            MergeError::Doubt => {
                "Whose these recordings are is not clear. Clean all sources in one run, without --shard: its report says which they \
                 are and what to do; then run the shards again."
            }
            MergeError::Collision(_) => "Release the two recordings into two releases, each with a custody of its own.",
            MergeError::Paths(_) => "Name a new folder with --to, outside the shards' releases and custodies.",
            MergeError::Other | MergeError::Taken => "Name a new or empty folder with --to.",
            MergeError::Damaged(_) => {
                "Put that shard's custody back from a backup, or run the shard again in new folders."
            }
            MergeError::File(_) => {
                "Name releases and custodies in the same order. If they are, put that shard's folders back from a \
                 backup, or run the shard again in new folders; then run the same command again."
            }
            MergeError::Closed(_) => "Check that the folders named with --to and --into are yours and may be written.",
            MergeError::Note(error) => error.advice(),
            MergeError::Ledger(error) => error.advice(),
            MergeError::Key(KeyError::Exists) => {
                "Two key files of one name differ: one of them is damaged. Put it back from a backup."
            }
            MergeError::Key(error) => error.advice(),
            MergeError::Stopped(_) => {
                "Make room or connect the disk again, then run the same command: it goes on where it stopped."
            }
        }
    }
}

/// A shard, ready to be read.
pub(crate) struct Opened<'a> {
    pub(crate) part: &'a Part,
    pub(crate) note: Note,
    pub(crate) ledger: Ledger,
    /// The release's digest in that ledger.
    pub(crate) release: [u8; 32],
}

/// Joins shards into the release at `to` and the custody `into`, which nobody else uses meanwhile, nor the shards'.
/// `into` may be the custody of the first of them.
///
/// # Errors
/// Shards that do not fit together or are not all there, unsafe paths: nothing was done. A full disk, a lost mount, a
/// damaged file: what is in its place stays, and the same call continues.
pub fn merge(parts: &[Part], to: &Path, into: &Custody, lock: &Lock) -> Result<Merged, MergeError> {
    let opened = check::open(parts, into)?;
    let target = order::paths(&others(parts, into), to, into.dir()).map_err(MergeError::Paths)?.release;
    let digest = super::shelf::release_digest(into, &target);
    check::disjoint(&opened)?;
    let mut ledger = Ledger::open(&into.dir().join("ledger.sqlite")).map_err(MergeError::Ledger)?;
    check::target(&opened, &ledger, &digest)?;
    check::withdrawals(&opened, &ledger).map_err(|fault| fault.plain())?;
    check::doubts(&opened)?;
    let shelves = Shelves {
        release: Shelf::open(&target).map_err(MergeError::Closed)?,
        custody: Shelf::open(into.dir()).map_err(MergeError::Closed)?,
        one_file_system: disk::is_one_file_system(&target, into.dir()),
    };
    key::sweep(into, lock)?;
    commit::recover(&mut ledger, &digest, &shelves)?;
    for part in parts.iter().filter(|part| !is_into(part, into)) {
        key::join(&part.custody, into, lock)?;
    }
    let mut carrier = carry::Carrier { ledger, shelves: &shelves, release: digest, number: 0, recordings: 0, there: 0 };
    let carried = opened.iter().try_for_each(|one| carrier.carry(one, is_into(one.part, into)));
    let closed = shelves.release.close().and(shelves.custody.close());
    carried?;
    closed.map_err(CommitError::Release)?;
    let note = opened.into_iter().next().map(|one| one.note).ok_or(MergeError::Missing(1))?;
    Ok(Merged { recordings: carrier.recordings, there: carrier.there, note })
}

/// Whether a shard's custody is the one that all goes to.
fn is_into(part: &Part, into: &Custody) -> bool {
    let canonical = |custody: &Custody| custody.dir().canonicalize().unwrap_or_else(|_| custody.dir().to_path_buf());
    canonical(&part.custody) == canonical(into)
}

/// What is only read.
fn others(parts: &[Part], into: &Custody) -> Vec<PathBuf> {
    let custodies = parts.iter().filter(|part| !is_into(part, into)).map(|part| part.custody.dir().to_path_buf());
    parts.iter().map(|part| part.release.clone()).chain(custodies).collect()
}

/// Digits of a digest, for comparing with what an entry says.
pub(crate) fn digits(sha256: [u8; 32]) -> String {
    hex(&sha256)
}
