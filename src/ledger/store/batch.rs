//! Writing to the ledger: a batch is one transaction.
//!
//! The order that keeps a killed run undoable: intend (own commit), write the files, make them durable, then put sources
//! and entries and clear the intents in one commit.

use super::column::{Json, Number, Rank};
use super::{Digest, LedgerError, Run, SourceRow};
use crate::code::RecordingCode;
use crate::ledger::entry::Entry;
use crate::recording::Outcome;
use rusqlite::{Connection, OptionalExtension, Transaction};
use std::collections::BTreeMap;
use std::fmt;

/// A file that is about to appear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Whether it lies in the release, else in custody.
    pub in_release: bool,
    /// Where, from that root, `/` between names. It bears codes, never a source's name.
    pub path: String,
}

impl Intent {
    /// Whether it stays below its root: whoever undoes it deletes what it names.
    fn is_inside(&self) -> bool {
        let names_only = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
        self.path.split('/').all(names_only)
    }
}

/// A batch of changes. Dropped without [`Batch::commit`], nothing of it is stored.
pub struct Batch<'a> {
    pub(super) transaction: Transaction<'a>,
    /// The release that was written last, and its number.
    release: Option<(Digest, i64)>,
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Batch")
    }
}

impl<'a> Batch<'a> {
    pub(super) fn new(transaction: Transaction<'a>) -> Self {
        Batch { transaction, release: None }
    }

    /// A source as it was last seen, with what this batch has changed.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn source(&self, release: &Digest, source: &Digest) -> Result<Option<SourceRow>, LedgerError> {
        self::source(&self.transaction, release, source)
    }

    /// A recording's entry and the keyed digest of what makes it the one it is, with what this batch has changed.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn entry(&self, release: &Digest, code: &RecordingCode) -> Result<Option<(Entry, Digest)>, LedgerError> {
        self::entry(&self.transaction, release, code)
    }

    /// Whether another release has a recording of this code at the same path, with what this batch has changed.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn is_elsewhere(&self, release: &Digest, code: &RecordingCode, path: &str) -> Result<bool, LedgerError> {
        self::is_elsewhere(&self.transaction, release, code, path)
    }

    /// Stores a source as it was seen, in place of what was stored of it before. Its entry is put first.
    ///
    /// # Errors
    /// [`LedgerError::Orphan`] when there is no entry with its code; when the ledger cannot be written.
    pub fn put_source(&mut self, release: &Digest, source: &Digest, row: &SourceRow) -> Result<(), LedgerError> {
        let release = self.number(release)?;
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO source (release, source, size, mtime_ns, content, settings, entry, outcome, duplicate, caution, rests,
             doubt)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT id FROM entry WHERE release = ?1 AND code = ?7), ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns, content = excluded.content,
             settings = excluded.settings, entry = excluded.entry, outcome = excluded.outcome,
             duplicate = excluded.duplicate, caution = excluded.caution, rests = excluded.rests, doubt = excluded.doubt",
        )?;
        let outcome = Rank(row.outcome);
        statement.execute((
            release,
            source,
            Number(row.size),
            row.mtime_ns,
            row.content,
            row.settings,
            row.code.as_str(),
            outcome,
            row.duplicate,
            row.caution,
            row.rests,
            row.doubt,
        ))?;
        Ok(())
    }

    /// Stores a recording's entry, in place of the one with its code. `instance` is the keyed digest of what makes the
    /// recording the one it is; whoever calls this has looked first whether another one has the code.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn put_entry(&mut self, release: &Digest, entry: &Entry, instance: &Digest) -> Result<(), LedgerError> {
        let release = self.number(release)?;
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO entry (release, code, patient, outcome, usability, instance, entry)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET patient = excluded.patient, outcome = excluded.outcome,
             usability = excluded.usability, instance = excluded.instance, entry = excluded.entry",
        )?;
        statement.execute((
            release,
            entry.code.as_str(),
            entry.patient.as_str(),
            Rank(entry.outcome),
            entry.usability.map(|usability| usability.word()),
            instance,
            Json(entry),
        ))?;
        Ok(())
    }

    /// Notes that one source stands for a recording: all its others are further copies.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn stand_for(&mut self, release: &Digest, code: &RecordingCode, source: &Digest) -> Result<(), LedgerError> {
        let release = self.number(release)?;
        let mut statement = self.transaction.prepare_cached(
            "UPDATE source SET duplicate = 1 WHERE duplicate = 0 AND source <> ?3
             AND entry = (SELECT id FROM entry WHERE release = ?1 AND code = ?2)",
        )?;
        statement.execute((release, code.as_str(), source))?;
        Ok(())
    }

    /// Forgets a source that is no longer there; whether it was known.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn remove_source(&mut self, release: &Digest, source: &Digest) -> Result<bool, LedgerError> {
        let release = self.number(release)?;
        let mut statement = self.transaction.prepare_cached("DELETE FROM source WHERE release = ?1 AND source = ?2")?;
        Ok(statement.execute((release, source))? > 0)
    }

    /// Forgets a recording; whether it was known. By the commit no source may name it.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn forget_entry(&mut self, release: &Digest, code: &RecordingCode) -> Result<bool, LedgerError> {
        let release = self.number(release)?;
        let mut statement = self.transaction.prepare_cached("DELETE FROM entry WHERE release = ?1 AND code = ?2")?;
        Ok(statement.execute((release, code.as_str()))? > 0)
    }

    /// How many sources of a release became this recording, with what this batch has changed.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn sources_with_code(&self, release: &Digest, code: &RecordingCode) -> Result<u64, LedgerError> {
        sources_with_code(&self.transaction, release, code)
    }

    /// Notes which files are about to appear.
    ///
    /// # Errors
    /// [`LedgerError::Path`] when one leads out of its root; when the ledger cannot be written.
    pub fn intend(&mut self, release: &Digest, paths: &[Intent]) -> Result<(), LedgerError> {
        if !paths.iter().all(Intent::is_inside) {
            return Err(LedgerError::Path);
        }
        let release = self.number(release)?;
        let mut statement =
            self.transaction.prepare_cached("INSERT INTO intent (release, in_release, path) VALUES (?1, ?2, ?3)")?;
        for intent in paths {
            statement.execute((release, intent.in_release, &intent.path))?;
        }
        Ok(())
    }

    /// Forgets what was about to appear, since this batch says that it is there.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn clear_intents(&mut self, release: &Digest) -> Result<(), LedgerError> {
        let release = self.number(release)?;
        self.transaction.prepare_cached("DELETE FROM intent WHERE release = ?1")?.execute([release])?;
        Ok(())
    }

    /// Notes a run, or what has become of it.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn record_run(&mut self, run: &Run) -> Result<(), LedgerError> {
        let release = self.number(&run.release)?;
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO run (id, release, started, finished, counts, tool, profile) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET release = excluded.release, started = excluded.started,
             finished = excluded.finished, counts = excluded.counts, tool = excluded.tool, profile = excluded.profile",
        )?;
        statement.execute((
            &run.id,
            release,
            &run.started,
            &run.finished,
            Json(&run.counts),
            &run.tool,
            run.profile,
        ))?;
        Ok(())
    }

    /// Stores the batch. Durable on return.
    ///
    /// # Errors
    /// [`LedgerError::Orphan`] when a source has no entry; when the ledger cannot be written. Nothing is stored then.
    pub fn commit(self) -> Result<(), LedgerError> {
        Ok(self.transaction.commit()?)
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.transaction
    }

    /// The number that stands for a release in every row; a new one for a new release.
    pub(super) fn number(&mut self, release: &Digest) -> Result<i64, LedgerError> {
        if let Some((known, number)) = &self.release
            && known == release
        {
            return Ok(*number);
        }
        let select = "SELECT id FROM release WHERE digest = ?1";
        let known = self.transaction.prepare_cached(select)?.query_row([release], |row| row.get(0)).optional()?;
        let number = match known {
            Some(number) => number,
            None => self.transaction.prepare_cached("INSERT INTO release (digest) VALUES (?1)")?.insert([release])?,
        };
        self.release = Some((*release, number));
        Ok(number)
    }
}

pub(super) fn source(
    connection: &Connection,
    release: &Digest,
    source: &Digest,
) -> Result<Option<SourceRow>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT size, mtime_ns, content, settings, code, source.outcome, duplicate, caution, rests, doubt
         FROM source JOIN entry ON entry.id = source.entry
         WHERE source.release = (SELECT id FROM release WHERE digest = ?1) AND source = ?2",
    )?;
    Ok(statement.query_row((release, source), |row| super::column::source_row(row, 0)).optional()?)
}

pub(super) fn entry(
    connection: &Connection,
    release: &Digest,
    code: &RecordingCode,
) -> Result<Option<(Entry, Digest)>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT entry, instance FROM entry
         WHERE release = (SELECT id FROM release WHERE digest = ?1) AND code = ?2",
    )?;
    let row: Option<(Json<Entry>, Digest)> =
        statement.query_row((release, code.as_str()), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(row.map(|(entry, instance)| (entry.0, instance)))
}

pub(super) fn is_elsewhere(
    connection: &Connection,
    release: &Digest,
    code: &RecordingCode,
    path: &str,
) -> Result<bool, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT entry FROM entry WHERE release IN (SELECT id FROM release WHERE digest <> ?1) AND code = ?2",
    )?;
    let mut rows = statement.query((release, code.as_str()))?;
    while let Some(row) = rows.next()? {
        let entry: Json<Entry> = row.get(0)?;
        if entry.0.path.as_deref() == Some(path) {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn sources_with_code(
    connection: &Connection,
    release: &Digest,
    code: &RecordingCode,
) -> Result<u64, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FROM source WHERE entry =
         (SELECT id FROM entry WHERE release = (SELECT id FROM release WHERE digest = ?1) AND code = ?2)",
    )?;
    Ok(statement.query_row((release, code.as_str()), |row| row.get::<_, Number>(0))?.0)
}

pub(super) fn caution_of_others(
    connection: &Connection,
    release: &Digest,
    code: &RecordingCode,
    source: &Digest,
    settings: &[Digest],
) -> Result<Option<u8>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT caution FROM source WHERE entry =
         (SELECT id FROM entry WHERE release = (SELECT id FROM release WHERE digest = ?1) AND code = ?2)
         AND settings = ?3 AND source <> ?4 ORDER BY caution DESC LIMIT 1",
    )?;
    let mut greatest = None;
    for settings in settings {
        let found = statement.query_row((release, code.as_str(), settings, source), |row| row.get(0)).optional()?;
        greatest = greatest.max(found);
    }
    Ok(greatest)
}

pub(super) fn is_only_source(
    connection: &Connection,
    release: &Digest,
    code: &RecordingCode,
) -> Result<bool, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM source WHERE entry =
         (SELECT id FROM entry WHERE release = (SELECT id FROM release WHERE digest = ?1) AND code = ?2) LIMIT 2)",
    )?;
    Ok(statement.query_row((release, code.as_str()), |row| row.get::<_, Number>(0))?.0 < 2)
}

pub(super) fn intents(connection: &Connection, release: &Digest) -> Result<Vec<Intent>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT in_release, path FROM intent JOIN release ON release.id = intent.release
         WHERE digest = ?1 ORDER BY intent.id",
    )?;
    let rows = statement.query_map([release], |row| Ok(Intent { in_release: row.get(0)?, path: row.get(1)? }))?;
    rows.map(|intent| Ok(intent?).and_then(|i: Intent| if i.is_inside() { Ok(i) } else { Err(LedgerError::Path) }))
        .collect()
}

pub(super) fn runs(connection: &Connection, release: &Digest) -> Result<Vec<Run>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT run.id, started, finished, counts, tool, profile FROM run JOIN release ON release.id = run.release
         WHERE digest = ?1 ORDER BY started, run.id",
    )?;
    let rows = statement.query_map([release], |row| {
        Ok(Run {
            id: row.get(0)?,
            release: *release,
            started: row.get(1)?,
            finished: row.get(2)?,
            counts: row.get::<_, Json<BTreeMap<Outcome, u64>>>(3)?.0,
            tool: row.get(4)?,
            profile: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
