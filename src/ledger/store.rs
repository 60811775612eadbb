//! The ledger on disk: sources as they were seen, entries of recordings, runs, and what a run is about to write.
//!
//! SQLite 3 with a write-ahead log, `synchronous = FULL`: what is committed is durable. All keys are keyed digests
//! ([`Coder::ledger_digest`](crate::code::Coder::ledger_digest)); no source name and no identifier is ever stored.

mod again;
mod batch;
mod bearer;
mod census;
mod column;
mod decision;
mod elsewhere;
mod forget;
mod handed;
mod schema;
mod seen;
mod waiting;
mod withdrawal;

pub use again::{Glance, NEVER, Seen};
pub use batch::{Batch, Intent};
pub use bearer::{BIRTH, Bearer, NUMBER};
pub use census::Census;
pub use decision::{Decided, Moving, Standing};
pub(super) use forget::unlined;
pub use handed::HandedOn;
pub use waiting::{MOST_WAITING, Wanted};
pub use withdrawal::Recorded;

use super::entry::Entry;
use crate::code::{RecordingCode, permission};
use crate::recording::Outcome;
use column::{Code, Json, Number, Rank, source_row};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, TransactionBehavior, ffi};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

/// A keyed digest: HMAC-SHA-256.
pub type Digest = [u8; 32];

/// How long a connection waits for another one that is writing.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the ledger could not be read or written. No text repeats a path or a stored value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A later scrubs wrote it.
    #[error("the ledger was written by a later version of scrubs (its schema is {found}, this version knows {known})")]
    Newer {
        /// The schema's number.
        found: i64,
        /// The last one known here.
        known: i64,
    },
    /// It is something else.
    #[error("the file is not a ledger of scrubs")]
    NotALedger,
    /// What is in it cannot be so.
    #[error("the ledger is damaged")]
    Damaged,
    /// Another process is writing.
    #[error("another process is using the ledger")]
    Busy,
    /// The disk is full.
    #[error("there is no space left for the ledger")]
    Full,
    /// A source without an entry: a fault of ours.
    #[error("a source would be left without its entry")]
    Orphan,
    /// A path to be written that leads out of its root: a fault of ours, or a ledger that somebody changed.
    #[error("a path in the ledger leads out of its folder")]
    Path,
    /// SQLite says something else.
    #[error("the ledger could not be read or written")]
    Sqlite(#[source] ffi::Error),
    /// The disk refused.
    #[error("the ledger could not be read or written ({})", .0.kind())]
    Io(#[from] io::Error),
}

impl LedgerError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            LedgerError::Newer { .. } => "Use the version of scrubs that wrote it, or a later one.",
            LedgerError::NotALedger => "Check that custody is the right folder. The file was left as it is.",
            LedgerError::Damaged | LedgerError::Path => {
                "Put custody's ledger.sqlite back from a backup, together with the files that begin with its name."
            }
            LedgerError::Busy => "Wait until the other run has ended, then start the same command again.",
            LedgerError::Full => "Make space on the disk of custody, then start the same command again.",
            LedgerError::Orphan => "This is a fault of scrubs; please report it. Nothing of this batch was stored.",
            LedgerError::Sqlite(_) | LedgerError::Io(_) => {
                "Check that custody is on a disk that is connected and that you may write to."
            }
        }
    }
}

impl From<rusqlite::Error> for LedgerError {
    /// Only SQLite's own words go on: the text around them may name the file.
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(code, _) = error else { return LedgerError::Damaged };
        match code.code {
            ErrorCode::NotADatabase => LedgerError::NotALedger,
            ErrorCode::DatabaseCorrupt => LedgerError::Damaged,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => LedgerError::Busy,
            ErrorCode::DiskFull => LedgerError::Full,
            ErrorCode::ConstraintViolation => LedgerError::Orphan,
            _ => LedgerError::Sqlite(code),
        }
    }
}

/// A source as a run saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    /// Length in bytes.
    pub size: u64,
    /// When it was last changed, in nanoseconds from 1970 (negative before).
    pub mtime_ns: i64,
    /// Keyed digest of its content.
    pub content: Digest,
    /// Keyed digest of everything that decides what becomes of it: profile, register row, version.
    pub settings: Digest,
    /// The recording it became.
    pub code: RecordingCode,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether another source of the same content and patient stands for it.
    pub duplicate: bool,
    /// How cautious its own verdict is, whatever became of the recording; the higher, the more cautious.
    pub caution: u8,
    /// On what its verdict rests that other sources may put in doubt: [`BIRTH`], [`NUMBER`].
    pub rests: u8,
    /// What of that was in doubt when it was judged.
    pub doubt: u8,
}

/// A run, as reports name it in custody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its name, which key files bear too.
    pub id: String,
    /// The release it wrote to.
    pub release: Digest,
    /// When it began, in UTC (RFC 3339).
    pub started: String,
    /// When it ended; none while it runs or when it was killed.
    pub finished: Option<String>,
    /// How many recordings had which outcome.
    pub counts: BTreeMap<Outcome, u64>,
    /// The version of scrubs.
    pub tool: String,
    /// Keyed digest of the profile.
    pub profile: Digest,
}

/// The ledger, opened. One connection: a run keeps it in one place and asks it from there.
pub struct Ledger {
    connection: Connection,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ledger")
    }
}

impl Ledger {
    /// Opens the ledger, or makes it for its owner alone (0600) where there is none; an older schema is brought up to
    /// date.
    ///
    /// # Errors
    /// When it is no ledger, damaged, or written by a later scrubs: it is left as it is then.
    pub fn open(path: &Path) -> Result<Ledger, LedgerError> {
        match path.symlink_metadata() {
            Ok(found) if !found.is_file() => return Err(LedgerError::NotALedger),
            Ok(found) if !permission::is_private(&found) => permission::make_private(path)?,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => drop(permission::open_file(path)?),
            Err(error) => return Err(error.into()),
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(32);
        // Plans do not depend on the values bound, so that a cached statement is never planned anew.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        schema::prepare(&mut connection)?;
        Ok(Ledger { connection })
    }

    /// A source as it was last seen for this release.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn source(&self, release: &Digest, source: &Digest) -> Result<Option<SourceRow>, LedgerError> {
        batch::source(&self.connection, release, source)
    }

    /// A recording's entry in this release, and the keyed digest of what makes it the one it is. Another digest under the
    /// same code is a collision.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn entry(&self, release: &Digest, code: &RecordingCode) -> Result<Option<(Entry, Digest)>, LedgerError> {
        batch::entry(&self.connection, release, code)
    }

    /// Whether another release of this custody has a recording of this code at the same path, as held ones may.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn is_elsewhere(&self, release: &Digest, code: &RecordingCode, path: &str) -> Result<bool, LedgerError> {
        batch::is_elsewhere(&self.connection, release, code, path)
    }

    /// The codes that the source of this path digest has in any release.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn codes_of_path(&self, source: &Digest) -> Result<Vec<RecordingCode>, LedgerError> {
        self.codes(
            "SELECT DISTINCT code FROM source JOIN entry ON entry.id = source.entry
             WHERE source.release IN (SELECT id FROM release) AND source = ?1 ORDER BY code",
            source,
        )
    }

    /// The codes that sources of this content have in any release.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn codes_of_content(&self, content: &Digest) -> Result<Vec<RecordingCode>, LedgerError> {
        self.codes(
            "SELECT DISTINCT code FROM source JOIN entry ON entry.id = source.entry WHERE content = ?1 ORDER BY code",
            content,
        )
    }

    fn codes(&self, sql: &str, digest: &Digest) -> Result<Vec<RecordingCode>, LedgerError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([digest], |row| Ok(row.get::<_, Code>(0)?.0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every entry of a release, by outcome (in the order of [`Outcome`]) and code, one at a time.
    ///
    /// # Errors
    /// When the ledger cannot be read, or whatever `each` returns, which ends it.
    pub fn entries<E: From<LedgerError>>(
        &self,
        release: &Digest,
        mut each: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        self.stream(
            "SELECT entry FROM entry
             WHERE release = (SELECT id FROM release WHERE digest = ?1) ORDER BY outcome, code",
            release,
            |row| row.get::<_, Json<Entry>>(0),
            |entry| each(entry.0),
        )
    }

    /// Every source of a release with its digest, in the order of the digests, one at a time.
    ///
    /// # Errors
    /// When the ledger cannot be read, or whatever `each` returns, which ends it.
    pub fn sources_of<E: From<LedgerError>>(
        &self,
        release: &Digest,
        mut each: impl FnMut(Digest, SourceRow) -> Result<(), E>,
    ) -> Result<(), E> {
        self.stream(
            "SELECT source, size, mtime_ns, content, settings, code, source.outcome, duplicate, caution, rests, doubt
             FROM source JOIN entry ON entry.id = source.entry
             WHERE source.release = (SELECT id FROM release WHERE digest = ?1) ORDER BY source",
            release,
            |row| Ok((row.get(0)?, source_row(row, 1)?)),
            |(source, row)| each(source, row),
        )
    }

    fn stream<T, E: From<LedgerError>>(
        &self,
        sql: &str,
        release: &Digest,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        mut each: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let ours = |error: rusqlite::Error| E::from(LedgerError::from(error));
        let mut statement = self.connection.prepare_cached(sql).map_err(ours)?;
        let mut rows = statement.query([release]).map_err(ours)?;
        while let Some(row) = rows.next().map_err(ours)? {
            each(read(row).map_err(ours)?)?;
        }
        Ok(())
    }

    /// How many recordings of a release had which outcome. Outcomes without any are left out.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn counts(&self, release: &Digest) -> Result<BTreeMap<Outcome, u64>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT outcome, count(*) FROM entry
             WHERE release = (SELECT id FROM release WHERE digest = ?1) GROUP BY outcome",
        )?;
        let rows = statement.query_map([release], |row| Ok((row.get::<_, Rank>(0)?.0, row.get::<_, Number>(1)?.0)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The recordings of a release that have this content: more than one where it is filed under several patients.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn entries_with_content(&self, release: &Digest, content: &Digest) -> Result<Vec<Entry>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            // Without the name SQLite walks the whole release, to have the order for nothing.
            "SELECT entry FROM entry INDEXED BY entry_by_content
             WHERE release = (SELECT id FROM release WHERE digest = ?1) AND instance = ?2 ORDER BY code",
        )?;
        let rows = statement.query_map((release, content), |row| row.get::<_, Json<Entry>>(0))?;
        Ok(rows.map(|entry| entry.map(|entry| entry.0)).collect::<Result<_, _>>()?)
    }

    /// How many sources of a release became this recording.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn sources_with_code(&self, release: &Digest, code: &RecordingCode) -> Result<u64, LedgerError> {
        batch::sources_with_code(&self.connection, release, code)
    }

    /// The greatest caution among the other sources of a recording that were judged under one of these settings; none
    /// where there is no such source.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn caution_of_others(
        &self,
        release: &Digest,
        code: &RecordingCode,
        source: &Digest,
        settings: &[Digest],
    ) -> Result<Option<u8>, LedgerError> {
        batch::caution_of_others(&self.connection, release, code, source, settings)
    }

    /// Whether a recording of a release has no more than one source.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn is_only_source(&self, release: &Digest, code: &RecordingCode) -> Result<bool, LedgerError> {
        batch::is_only_source(&self.connection, release, code)
    }

    /// Begins a batch: all of it is stored, durably, or nothing.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] when another process writes.
    pub fn begin(&mut self) -> Result<Batch<'_>, LedgerError> {
        Ok(Batch::new(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?))
    }

    /// Notes which files are about to appear for a release, durably, so that a killed run can be undone.
    ///
    /// # Errors
    /// [`LedgerError::Path`] when one leads out of its root; when the ledger cannot be written.
    pub fn intend(&mut self, release: &Digest, paths: &[Intent]) -> Result<(), LedgerError> {
        let mut batch = self.begin()?;
        batch.intend(release, paths)?;
        batch.commit()
    }

    /// What was about to appear for a release and was never committed, in the order it was noted in.
    ///
    /// # Errors
    /// [`LedgerError::Path`] when one leads out of its root; when the ledger cannot be read.
    pub fn intents(&self, release: &Digest) -> Result<Vec<Intent>, LedgerError> {
        batch::intents(&self.connection, release)
    }

    /// Forgets what was about to appear, after it was undone. A batch that carried it out clears it by
    /// [`Batch::clear_intents`], in the same commit.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn clear_intents(&mut self, release: &Digest) -> Result<(), LedgerError> {
        let mut batch = self.begin()?;
        batch.clear_intents(release)?;
        batch.commit()
    }

    /// Notes a run, or what has become of it.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn record_run(&mut self, run: &Run) -> Result<(), LedgerError> {
        let mut batch = self.begin()?;
        batch.record_run(run)?;
        batch.commit()
    }

    /// The runs of a release, in the order they began in.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn runs(&self, release: &Digest) -> Result<Vec<Run>, LedgerError> {
        batch::runs(&self.connection, release)
    }
}

#[cfg(test)]
#[path = "store/tests.rs"]
mod tests;

#[cfg(test)]
#[path = "store/again_tests.rs"]
mod again_tests;
