//! What a later run asks: whether a source is as it was, what its output was made of, and which sources it did not meet.

use super::batch::Batch;
use super::bearer::DOUBT;
use super::column::{Json, Number, Rank, source_row};
use super::{Digest, Ledger, LedgerError, SourceRow};
use crate::code::{PatientCode, RecordingCode};
use crate::ledger::entry::Entry;
use crate::ledger::made::{Basis, Made};
use crate::recording::Outcome;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The time of change of a source that is to be worked on again, whatever it looks like: no file bears it.
pub const NEVER: i64 = i64::MIN;

/// A source as it was last seen, with as much of its recording as tells whether anything has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Its number in this ledger.
    pub id: i64,
    /// The source.
    pub row: SourceRow,
    /// What became of the recording.
    pub outcome: Outcome,
    /// Where its output lies; none where there is none.
    pub path: Option<String>,
    /// Length of the output in bytes.
    pub bytes_out: u64,
    /// Length of its sidecar; none where an earlier version of scrubs wrote it.
    pub sidecar_bytes: Option<u64>,
    /// Its patient's code.
    pub patient: PatientCode,
    /// Whether it is its own patient.
    pub own_patient: bool,
    /// Whether another recording of this release has the same content.
    pub twin: bool,
    /// What of that on which its verdict rests is in doubt now.
    pub doubt: u8,
}

/// The part of an entry that a glance needs; the rest of the row is passed over.
#[derive(Deserialize)]
struct Place {
    patient: PatientCode,
    path: Option<String>,
    bytes_out: u64,
    own_patient: bool,
}

#[derive(Deserialize)]
struct Length {
    sidecar_bytes: u64,
}

/// Which of the sources that the ledger knew when the run began it has met: one bit for each.
#[derive(Debug, Default)]
pub struct Seen {
    bits: Vec<u64>,
    count: u64,
    last: i64,
    roots: BTreeSet<i64>,
}

impl Seen {
    /// Notes that a source was met. One that came in after the run began counts as met anyway.
    pub fn mark(&mut self, id: i64) {
        let (true, Ok(at)) = (id <= self.last, usize::try_from(id)) else { return };
        if let Some(word) = self.bits.get_mut(at / 64) {
            self.count += u64::from(*word & 1 << (at % 64) == 0);
            *word |= 1 << (at % 64);
        }
    }

    /// Whether it was met.
    pub fn has(&self, id: i64) -> bool {
        let at = usize::try_from(id).unwrap_or(usize::MAX);
        self.is_new(id) || self.bits.get(at / 64).is_some_and(|word| word & 1 << (at % 64) != 0)
    }

    /// Whether it came in after the run began.
    pub fn is_new(&self, id: i64) -> bool {
        id > self.last
    }

    /// Notes that this run walks the source folder or file of this number (see [`Batch::put_root`]).
    pub fn walks(&mut self, root: i64) {
        self.roots.insert(root);
    }

    /// Whether a source that was not met should have been: it was found below a place that this run walks. What lies
    /// below another is not there for other reasons.
    fn misses(&self, id: i64, root: Option<i64>) -> bool {
        !self.has(id) && root.is_some_and(|root| self.roots.contains(&root))
    }

    /// How many were met of those that were known.
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl Ledger {
    /// A source of a release as it was last seen, and its recording, in one question.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn glance(&self, release: &Digest, source: &Digest) -> Result<Option<Glance>, LedgerError> {
        let sql = format!(
            "SELECT source.id, size, mtime_ns, content, settings, code, source.outcome, duplicate, caution, rests, doubt,
                    entry.outcome, entry.entry, entry.basis,
                    EXISTS (SELECT 1 FROM entry AS other INDEXED BY entry_by_content
                            WHERE other.release = source.release AND other.instance = source.content
                            AND other.id <> entry.id), {DOUBT}
             FROM source JOIN entry ON entry.id = source.entry LEFT JOIN bearer ON bearer.source = source.source
             WHERE source.release = (SELECT id FROM release WHERE digest = ?1) AND source.source = ?2"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row((release, source), glance).optional()?)
    }

    /// An empty note of which sources of this ledger a run meets.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn seen(&self) -> Result<Seen, LedgerError> {
        let last: i64 = self.connection.query_row("SELECT ifnull(max(id), 0) FROM source", [], |row| row.get(0))?;
        let words = usize::try_from(last).map_err(|_| LedgerError::Damaged)? / 64 + 1;
        // Rows are numbered one after another, so this is an eighth of a byte for each source there ever was.
        Ok(Seen { bits: vec![0; words], count: 0, last, roots: BTreeSet::new() })
    }

    /// How many sources the ledger knows of a release.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn count_sources(&self, release: &Digest) -> Result<u64, LedgerError> {
        let sql = "SELECT count(*) FROM source WHERE release = (SELECT id FROM release WHERE digest = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([release], |row| row.get::<_, Number>(0))?.0)
    }

    /// How many sources of a release should have been met and were not; and how many that were not met, wherever they lie, were
    /// judged under none of these settings, or on what has come into doubt since.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn count_missed(&self, release: &Digest, seen: &Seen, marks: &[Digest; 3]) -> Result<(u64, u64), LedgerError> {
        let sql = format!(
            "SELECT source.id, root, settings, doubt <> {DOUBT} FROM source LEFT JOIN bearer ON bearer.source = source.source
             WHERE release = (SELECT id FROM release WHERE digest = ?1)"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([release])?;
        let (mut missed, mut stale) = (0, 0);
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            missed += u64::from(seen.misses(id, row.get(1)?));
            // What lies below other places is in the release all the same.
            stale += u64::from(!seen.has(id) && (!marks.contains(&row.get(2)?) || row.get(3)?));
        }
        Ok((missed, stale))
    }

    /// The recordings of a release that have this content by another source than this one, as far as one such source was
    /// judged under these settings: more than one where it is filed under several patients. What was judged under others
    /// says whose it was then.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn others_with_content(
        &self,
        release: &Digest,
        content: &Digest,
        source: &Digest,
        marks: &[Digest; 3],
    ) -> Result<Vec<Entry>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT entry FROM entry INDEXED BY entry_by_content
             WHERE release = (SELECT id FROM release WHERE digest = ?1) AND instance = ?2
             AND EXISTS (SELECT 1 FROM source WHERE source.entry = entry.id AND source <> ?3 AND settings IN (?4, ?5, ?6))
             ORDER BY code",
        )?;
        let bound = (release, content, source, marks[0], marks[1], marks[2]);
        let rows = statement.query_map(bound, |row| row.get::<_, Json<Entry>>(0))?;
        Ok(rows.map(|entry| entry.map(|entry| entry.0)).collect::<Result<_, _>>()?)
    }

    /// How a recording's output came to be; none where an earlier version of scrubs noted nothing of it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn made(&self, release: &Digest, code: &RecordingCode) -> Result<Option<Made>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT making, plan, sidecar, run, batch, basis FROM entry
             WHERE release = (SELECT id FROM release WHERE digest = ?1) AND code = ?2 AND making IS NOT NULL",
        )?;
        let made = |row: &Row<'_>| {
            Ok(Made {
                making: row.get(0)?,
                plan: row.get(1)?,
                sidecar: row.get(2)?,
                run: row.get(3)?,
                batch: row.get(4)?,
                basis: row.get::<_, Json<Basis>>(5)?.0,
            })
        };
        Ok(statement.query_row((release, code.as_str()), made).optional()?)
    }

    /// The number that stands for the source folder or file which a source was found below (see [`Batch::put_root`]).
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn root(&self, release: &Digest, source: &Digest) -> Result<Option<i64>, LedgerError> {
        let sql = "SELECT root FROM source WHERE release = (SELECT id FROM release WHERE digest = ?1) AND source = ?2";
        let root = self.connection.prepare_cached(sql)?.query_row((release, source), |row| row.get(0)).optional()?;
        Ok(root.flatten())
    }

    /// Every key file that the ledger knows to be whole: its run, its batch, and the length of what is sealed in it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn sealed(&self) -> Result<Vec<(String, u32, u64)>, LedgerError> {
        let mut statement =
            self.connection.prepare_cached("SELECT run, batch, length FROM sealed ORDER BY run, batch")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Number>(2)?.0)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn glance(row: &Row<'_>) -> rusqlite::Result<Glance> {
    let place = row.get::<_, Json<Place>>(12)?.0;
    Ok(Glance {
        id: row.get(0)?,
        row: source_row(row, 1)?,
        outcome: row.get::<_, Rank>(11)?.0,
        path: place.path,
        bytes_out: place.bytes_out,
        sidecar_bytes: row.get::<_, Option<Json<Length>>>(13)?.map(|length| length.0.sidecar_bytes),
        patient: place.patient,
        own_patient: place.own_patient,
        twin: row.get(14)?,
        doubt: row.get(15)?,
    })
}

impl Batch<'_> {
    /// Notes how a recording's output came to be. Its entry is put first.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn put_made(&mut self, release: &Digest, code: &RecordingCode, made: &Made) -> Result<(), LedgerError> {
        let release = self.number(release)?;
        let mut statement = self.connection().prepare_cached(
            "UPDATE entry SET making = ?3, plan = ?4, sidecar = ?5, run = ?6, batch = ?7, basis = ?8
             WHERE release = ?1 AND code = ?2",
        )?;
        statement.execute((
            release,
            code.as_str(),
            made.making,
            made.plan,
            made.sidecar,
            &made.run,
            made.batch,
            Json(&made.basis),
        ))?;
        Ok(())
    }

    /// Forgets how a recording's output came to be, so that the next run reads and cleans its source again.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn forget_made(&mut self, release: &Digest, code: &RecordingCode) -> Result<(), LedgerError> {
        let release = self.number(release)?;
        let sql = "UPDATE entry SET making = NULL, sidecar = NULL WHERE release = ?1 AND code = ?2";
        self.connection().prepare_cached(sql)?.execute((release, code.as_str()))?;
        Ok(())
    }

    /// Notes below which source folder or file a source was found: a number drawn from a keyed digest of its path.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn put_root(&mut self, release: &Digest, source: &Digest, root: i64) -> Result<(), LedgerError> {
        let release = self.number(release)?;
        let sql = "UPDATE source SET root = ?3 WHERE release = ?1 AND source = ?2";
        self.connection().prepare_cached(sql)?.execute((release, source, root))?;
        Ok(())
    }

    /// Notes that a key file is whole, and how much is sealed in it.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn put_sealed(&mut self, run: &str, batch: u32, length: u64) -> Result<(), LedgerError> {
        let sql = "INSERT INTO sealed (run, batch, length) VALUES (?1, ?2, ?3)
                   ON CONFLICT DO UPDATE SET length = excluded.length";
        self.connection().prepare_cached(sql)?.execute((run, batch, Number(length)))?;
        Ok(())
    }

    /// Has a source worked on again unless this batch is followed by one that stores it anew: what lies in its
    /// recording's place is about to be replaced, and a crash would leave it replaced in part.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn doubt(&mut self, release: &Digest, source: &Digest) -> Result<(), LedgerError> {
        let release = self.number(release)?;
        let sql = "UPDATE source SET mtime_ns = ?3 WHERE release = ?1 AND source = ?2";
        self.connection().prepare_cached(sql)?.execute((release, source, NEVER))?;
        Ok(())
    }

    /// Has every source worked on again whose recording a lost key file explained; how many there are. The file is
    /// forgotten, so that this happens once.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn seal_again(&mut self, run: &str, batch: u32) -> Result<u64, LedgerError> {
        let sql = "UPDATE source SET mtime_ns = ?3 WHERE entry IN (SELECT id FROM entry WHERE run = ?1 AND batch = ?2)";
        let sources = self.connection().prepare_cached(sql)?.execute((run, batch, NEVER))?;
        let sql = "DELETE FROM sealed WHERE run = ?1 AND batch = ?2";
        self.connection().prepare_cached(sql)?.execute((run, batch))?;
        Ok(u64::try_from(sources).unwrap_or(u64::MAX))
    }

    /// The sources of a release that could not be read when they were last met, and that should have been met now and
    /// were not.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn missed_failures(&mut self, release: &Digest, seen: &Seen) -> Result<Vec<Digest>, LedgerError> {
        let release = self.number(release)?;
        let sql = "SELECT id, root, source FROM source WHERE release = ?1 AND outcome = ?2";
        let mut statement = self.connection().prepare_cached(sql)?;
        let mut rows = statement.query((release, Rank(Outcome::Failed)))?;
        let mut missed = Vec::new();
        while let Some(row) = rows.next()? {
            if seen.misses(row.get(0)?, row.get(1)?) {
                missed.push(row.get(2)?);
            }
        }
        Ok(missed)
    }

    /// Forgets sources that were not met where the same recording was met in another place: it has moved, or one of its
    /// copies is gone. The copy that calls for most caution stands for it from now on. Returns how many were forgotten,
    /// and whether a recording must be worked on again, since another source stands for it.
    ///
    /// A copy that calls for more caution than those that were met stays, unless the recording was met in a new place:
    /// its disk may only be disconnected. Nothing is forgotten that lies below a place which this run does not walk.
    ///
    /// # Errors
    /// When the ledger cannot be read or written.
    pub fn forget_moved(&mut self, release: &Digest, seen: &Seen) -> Result<(u64, bool), LedgerError> {
        let number = self.number(release)?;
        let (mut gone, mut again) = (0, false);
        for lost in lost(self.connection(), number, seen)? {
            let copies = copies(self.connection(), lost.entry)?;
            let here = || copies.iter().filter(|copy| copy.id != lost.id && seen.has(copy.id));
            let moved = here().any(|copy| seen.is_new(copy.id));
            let Some(next) = here().max_by_key(|copy| (copy.caution, -copy.id)) else { continue };
            if !moved && lost.caution > next.caution {
                continue;
            }
            self.connection().prepare_cached("DELETE FROM source WHERE id = ?1")?.execute([lost.id])?;
            gone += 1;
            let sql = "SELECT entry FROM entry WHERE id = ?1";
            let entry: Json<Entry> =
                self.connection().prepare_cached(sql)?.query_row([lost.entry], |row| row.get(0))?;
            let entry = Entry { duplicates: entry.0.duplicates.saturating_sub(1), ..entry.0 };
            let sql = "UPDATE entry SET entry = ?2 WHERE id = ?1";
            self.connection().prepare_cached(sql)?.execute((lost.entry, Json(&entry)))?;
            if !lost.duplicate {
                let sql = "UPDATE source SET duplicate = 0, mtime_ns = ?2 WHERE id = ?1";
                self.connection().prepare_cached(sql)?.execute((next.id, NEVER))?;
                again = true;
            }
        }
        Ok((gone, again))
    }
}

/// A source of a recording that has several.
struct Copy {
    id: i64,
    entry: i64,
    duplicate: bool,
    caution: u8,
}

fn copy(row: &Row<'_>) -> rusqlite::Result<Copy> {
    Ok(Copy { id: row.get(0)?, entry: row.get(1)?, duplicate: row.get(2)?, caution: row.get(3)? })
}

/// The sources that were not met and whose recording has others.
fn lost(connection: &Connection, release: i64, seen: &Seen) -> Result<Vec<Copy>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, entry, duplicate, caution, root FROM source WHERE release = ?1
         AND EXISTS (SELECT 1 FROM source AS other WHERE other.entry = source.entry AND other.id <> source.id)",
    )?;
    let mut rows = statement.query([release])?;
    let mut lost = Vec::new();
    while let Some(row) = rows.next()? {
        if seen.misses(row.get(0)?, row.get(4)?) {
            lost.push(copy(row)?);
        }
    }
    Ok(lost)
}

fn copies(connection: &Connection, entry: i64) -> Result<Vec<Copy>, LedgerError> {
    let sql = "SELECT id, entry, duplicate, caution FROM source WHERE entry = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_map([entry], copy)?.collect::<Result<_, _>>()?)
}
