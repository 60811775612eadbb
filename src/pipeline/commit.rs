//! Puts finished recordings in their places, a batch at a time, so that a crash at any moment loses nothing.
//!
//! The order is what makes it safe: (1) the key entries are sealed and durable; (2) the ledger notes which files are
//! about to appear, and doubts the sources whose files are about to be replaced; (3) the files' bytes are made durable under their temporary names; (4) they are moved to their
//! places; (5) the moves are made durable; (6) the ledger's entries are committed, and the note is cleared with them.
//! A run that finds a note from before (see [`recover`]) takes those files away and works on their sources again.

use super::bench::{Bench, Done, Files, Shelves, Stop};
use super::settings::Settings;
use super::shelf::Side;
use super::{disk, file_set, load, reason};
use crate::code::RecordingCode;
use crate::code::custody::Custody;
use crate::code::key::{self, KeyEntry, KeyError, Mapping};
use crate::cut::FileSource;
use crate::ledger::Entry;
use crate::ledger::store::{Intent, Ledger, LedgerError, Seen, SourceRow};
use crate::recording::{Format, Outcome};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};

/// Why a batch could not be put in its place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The retained key could not be written.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The ledger could not be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The release could not be written.
    #[error("the release cannot be written ({})", .0.kind())]
    Release(#[source] io::Error),
    /// Custody could not be written.
    #[error("custody cannot be written ({})", .0.kind())]
    Custody(#[source] io::Error),
    /// Two different recordings have the same code.
    #[error("two different recordings have the code {0}: the run stops before one could take the other's place")]
    Collision(RecordingCode),
    /// A fault of scrubs itself.
    #[error("a fault in scrubs itself stopped the run")]
    Fault,
}

impl From<Stop> for CommitError {
    fn from(stop: Stop) -> Self {
        at(stop.side)(stop.error)
    }
}

pub(crate) fn at(side: Side) -> fn(io::Error) -> CommitError {
    match side {
        Side::Release => CommitError::Release,
        Side::Custody => CommitError::Custody,
    }
}

/// Puts batches in their places, one after another.
pub(crate) struct Committer<'a> {
    pub(crate) bench: &'a Bench<'a>,
    pub(crate) shelves: &'a Shelves,
    pub(crate) custody: &'a Custody,
    pub(crate) ledger: Ledger,
    pub(crate) release: [u8; 32],
    pub(crate) run: String,
    pub(crate) batch: u32,
    /// Whether something in its place already must be worked on again, for what came after it.
    pub(crate) again: bool,
}

/// What one recording asks for, once it is clear which code it bears and what lies in its place already.
pub(crate) struct Move {
    pub(crate) done: Done,
    /// The entry that it takes the place of, with its files.
    pub(crate) old: Option<Entry>,
    /// Whether it is a further copy of a recording that is in its place already.
    pub(crate) duplicate: bool,
}

impl Committer<'_> {
    /// Puts one batch in its place and hands it back as it was in the end.
    pub(crate) fn commit(&mut self, batch: Vec<Done>) -> Result<Vec<Done>, CommitError> {
        if batch.is_empty() {
            return Ok(batch);
        }
        self.note_bearers(&batch)?;
        let mut moves = self.settle_codes(batch)?;
        if moves.is_empty() {
            return Ok(Vec::new());
        }
        // An empty batch makes no key file: of a release whose key is forgotten nothing is kept.
        let kept = moves.iter().filter(|_| !self.bench.order.forget_key);
        let keys: Vec<KeyEntry> = kept.map(|m| m.done.key.clone()).collect();
        key::seal(self.custody, &self.run, self.batch, &keys)?;
        let sealed = key::sealed_length(self.custody, &self.run, self.batch)?;
        self.seal_mapping(&mut moves)?;
        self.sign(&mut moves)?;
        let intents = self.intents(&moves);
        let mut tx = self.ledger.begin()?;
        tx.intend(&self.release, &intents)?;
        for one in moves.iter().filter(|m| m.old.is_some()) {
            tx.doubt(&self.release, &one.done.path)?;
        }
        if let Some(length) = sealed {
            tx.put_sealed(&self.run, self.batch, length)?;
        }
        tx.commit()?;
        self.batch += 1;
        self.sync(&moves)?;
        for one in &mut moves {
            self.place(one)?;
        }
        // What a crash loses of these moves, the next run finds missing and does again; a removal must not be lost.
        if moves.iter().any(|m| m.old.is_some()) {
            self.sync(&[])?;
        }
        self.enter(&moves)?;
        Ok(moves.into_iter().map(|m| m.done).collect())
    }

    /// Notes whose the recordings of a batch say they are, before any of them is judged by what others say. It is true of their
    /// sources whatever becomes of the batch.
    fn note_bearers(&mut self, batch: &[Done]) -> Result<(), CommitError> {
        let mut tx = self.ledger.begin()?;
        let mut flips = false;
        for done in batch {
            let Some(bearing) = &done.bearing else { continue };
            flips |= tx.put_bearer(&done.path, bearing.bearer.as_ref())?;
        }
        tx.commit()?;
        // What rests on it and was settled before is worked on again.
        self.again |= flips;
        Ok(())
    }

    /// Seals what was replaced by what in this batch, where that was asked for: each pair once.
    fn seal_mapping(&self, moves: &mut [Move]) -> Result<(), CommitError> {
        let mut all = Mapping::default();
        moves.iter_mut().filter_map(|m| m.done.mapping.take()).for_each(|mapping| all.append(mapping));
        Ok(key::seal_mapping(self.custody, &self.run, &format!("{:06}", self.batch), &all)?)
    }

    /// Notes with each recording which run and batch worked on it, and the digest of the sidecar that will lie beside it.
    fn sign(&self, moves: &mut [Move]) -> Result<(), CommitError> {
        for one in moves {
            let made = &mut one.done.made;
            (made.run, made.batch) = (self.run.clone(), self.batch);
            if made.basis.cleaned_in.is_empty() {
                made.basis.cleaned_in.clone_from(&self.run);
            }
            if let Some(files) = &one.done.files {
                let text = files.paper.write().map_err(|_| CommitError::Fault)?;
                made.sidecar = Some(Sha256::digest(&text).into());
                made.basis.sidecar_bytes = text.len() as u64;
            }
        }
        Ok(())
    }

    /// Forgets sources that were not met where their recording was met in another place, and failures to read what is
    /// not there any more: a folder that could not be opened once is no source where it can be.
    pub(crate) fn forget_moved(&mut self, seen: &Seen) -> Result<(), CommitError> {
        let mut tx = self.ledger.begin()?;
        let (_, again) = tx.forget_moved(&self.release, seen)?;
        for source in tx.missed_failures(&self.release, seen)? {
            let code = self.bench.unread_code(&source);
            // What was released of it when it could be read stays, and so does its source.
            if tx.source(&self.release, &source)?.is_some_and(|row| row.code == code) {
                tx.remove_source(&self.release, &source)?;
            }
            tx.forget_entry(&self.release, &code)?;
        }
        tx.forget_bearers()?;
        tx.commit()?;
        self.again |= again;
        Ok(())
    }

    /// The paths that this batch will create: what a crash would leave behind without an entry.
    fn intents(&self, moves: &[Move]) -> Vec<Intent> {
        let mut intents = Vec::new();
        for one in moves.iter().filter(|m| !m.duplicate) {
            let (Some(files), Some(path)) = (&one.done.files, &one.done.entry.path) else { continue };
            for path in [path.clone(), sidecar_path(path)] {
                if !self.shelves.of(files.side).has(&path) {
                    intents.push(Intent { in_release: files.side == Side::Release, path });
                }
            }
        }
        intents
    }

    fn sync(&self, moves: &[Move]) -> Result<(), CommitError> {
        for side in [Side::Release, Side::Custody] {
            let written: Vec<PathBuf> = moves
                .iter()
                .filter_map(|m| m.done.files.as_ref())
                .filter(|f| f.side == side)
                .flat_map(|f| [f.recording.clone(), f.sidecar.clone()])
                .collect();
            written.iter().try_for_each(|path| disk::neutral_time(path)).map_err(at(side))?;
            if side == Side::Custody && self.shelves.one_file_system {
                continue;
            }
            self.shelves.of(side).sync(&written).map_err(at(side))?;
        }
        Ok(())
    }

    /// Moves a recording and its sidecar to their places, and what they replace away.
    fn place(&self, one: &mut Move) -> Result<(), CommitError> {
        let Some(files) = one.done.files.take() else { return self.clear(one) };
        let shelf = self.shelves.of(files.side);
        let fault = at(files.side);
        if one.duplicate {
            for unwanted in [&files.recording, &files.sidecar] {
                std::fs::remove_file(unwanted).map_err(fault)?;
            }
            return Ok(());
        }
        let Some(path) = one.done.entry.path.clone() else { return Ok(()) };
        let ours = one.old.as_ref().is_some_and(|old| old.path.as_ref() == Some(&path))
            || self.is_same(&files, &path)
            || (files.side == Side::Custody && self.ledger.is_elsewhere(&self.release, &one.done.entry.code, &path)?);
        if ours && files.side == Side::Release {
            unlink(self.shelves, &one.done.entry)?;
        }
        // The sidecar first: a recording never lies in its place without one.
        let parts = [(&files.sidecar, sidecar_path(&path)), (&files.recording, path.clone())];
        for (number, (temporary, path)) in parts.iter().enumerate() {
            match shelf.settle(temporary, path, ours) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    for (_, settled) in &parts[..number] {
                        shelf.remove(settled).map_err(fault)?;
                    }
                    let entry = &mut one.done.entry;
                    entry.outcome = Outcome::Failed;
                    entry.reasons = vec![reason::place_taken()];
                    (entry.path, entry.sha256, entry.bytes_out) = (None, None, 0);
                    break;
                }
                other => other.map_err(fault)?,
            }
        }
        // Also where its own place is taken: what may no longer be released must not stay in the release.
        self.clear(one)
    }

    /// Takes away the files of the entry that this one replaces, where they lie elsewhere.
    fn clear(&self, one: &Move) -> Result<(), CommitError> {
        match &one.old {
            Some(old) if old.path != one.done.entry.path => {
                let path = old.path.as_deref().unwrap_or_default();
                take_away(self.shelves, old, self.ledger.is_elsewhere(&self.release, &old.code, path)?)
            }
            _ => Ok(()),
        }
    }

    /// Whether what lies at `path` already is what is about to be put there: an interrupted run's work.
    fn is_same(&self, files: &Files, path: &str) -> bool {
        let shelf = self.shelves.of(files.side);
        let digest = |path: &Path| load::digest(&FileSource::new(disk::open_source(path)?)?);
        shelf.has(path)
            && matches!((digest(&files.recording), digest(&shelf.root().join(path))), (Ok(a), Ok(b)) if a == b)
    }

    /// Commits the batch's entries, and takes away the files of those that no source stands behind any more: before the
    /// commit, so that no crash leaves them behind.
    fn enter(&mut self, moves: &[Move]) -> Result<(), CommitError> {
        let (release, shelves) = (self.release, self.shelves);
        let mut tx = self.ledger.begin()?;
        let mut touched: Vec<RecordingCode> = Vec::new();
        let mut rows: Vec<&Move> = Vec::new();
        for one in moves {
            let done = &one.done;
            let before = tx.source(&release, &done.path)?;
            if let Some(kept) = before.as_ref().and_then(|before| kept(&self.bench.settings, done, before)) {
                tx.put_entry(&release, &done.entry, &done.content)?;
                tx.put_source(&release, &done.path, &kept)?;
                continue;
            }
            touched.extend(before.map(|before| before.code));
            touched.push(self.bench.unread_code(&done.path));
            touched.push(done.entry.code.clone());
            rows.push(one);
            if !one.duplicate {
                tx.put_entry(&release, &done.entry, &done.content)?;
                tx.put_made(&release, &done.entry.code, &done.made)?;
            }
        }
        for one in &rows {
            tx.put_source(&release, &one.done.path, &row(one))?;
            tx.put_root(&release, &one.done.path, one.done.root)?;
        }
        for one in rows.iter().filter(|m| !m.duplicate) {
            tx.stand_for(&release, &one.done.entry.code, &one.done.path)?;
        }
        touched.sort();
        touched.dedup();
        let mut taken = false;
        for code in &touched {
            let sources = tx.sources_with_code(&release, code)?;
            let Some((mut entry, content)) = tx.entry(&release, code)? else { continue };
            if sources == 0 {
                let path = entry.path.as_deref().unwrap_or_default();
                take_away(shelves, &entry, tx.is_elsewhere(&release, code, path)?)?;
                tx.forget_entry(&release, code)?;
                taken = true;
                continue;
            }
            let duplicates = u32::try_from(sources - 1).unwrap_or(u32::MAX);
            if entry.duplicates != duplicates {
                entry.duplicates = duplicates;
                tx.put_entry(&release, &entry, &content)?;
            }
        }
        if taken {
            shelves.release.sync(&[]).map_err(CommitError::Release)?;
        }
        tx.clear_intents(&release)?;
        Ok(tx.commit()?)
    }
}

/// Takes a recording and its sidecar away; a held one stays while another release of this custody holds it too.
fn take_away(shelves: &Shelves, entry: &Entry, elsewhere: bool) -> Result<(), CommitError> {
    let Some(path) = &entry.path else { return Ok(()) };
    let side = if entry.outcome == Outcome::Released { Side::Release } else { Side::Custody };
    if side == Side::Custody && elsewhere {
        return Ok(());
    }
    if side == Side::Release {
        unlink(shelves, entry)?;
    }
    for path in [path.clone(), sidecar_path(path)] {
        shelves.of(side).remove(&path).map_err(at(side))?;
    }
    Ok(())
}

/// Takes away the second name that a recording has in the file-set: it must not outlive the first.
fn unlink(shelves: &Shelves, entry: &Entry) -> Result<(), CommitError> {
    if entry.format != Format::Dicom {
        return Ok(());
    }
    shelves.release.remove(&file_set::place_of(&entry.code)).map_err(CommitError::Release)
}

/// What the ledger keeps of a source that cannot be read today, where nothing else has changed: a disk that fails must
/// not take away what was released from it. The failure has an entry of its own, and the source is tried again.
fn kept(settings: &Settings, done: &Done, before: &SourceRow) -> Option<SourceRow> {
    let same = settings.marks().contains(&before.settings) && before.code != done.entry.code;
    (done.unread && same).then(|| SourceRow { outcome: Outcome::Failed, ..before.clone() })
}

/// A source as this run saw it.
fn row(one: &Move) -> SourceRow {
    let done = &one.done;
    SourceRow {
        size: done.length,
        mtime_ns: done.changed,
        content: done.content,
        settings: done.settings,
        code: done.entry.code.clone(),
        outcome: done.entry.outcome,
        duplicate: one.duplicate,
        caution: done.caution(),
        rests: done.bearing.as_ref().map_or(0, |bearing| bearing.rests),
        doubt: done.bearing.as_ref().map_or(0, |bearing| bearing.doubt),
    }
}

/// The sidecar's path beside a recording's.
pub(crate) fn sidecar_path(path: &str) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    format!("{stem}.consent.json")
}

/// Takes away what an interrupted batch left in its places without an entry in the ledger.
pub(crate) fn recover(ledger: &mut Ledger, release: &[u8; 32], shelves: &Shelves) -> Result<(), CommitError> {
    for intent in ledger.intents(release)? {
        let side = if intent.in_release { Side::Release } else { Side::Custody };
        shelves.of(side).remove(&intent.path).map_err(at(side))?;
    }
    Ok(ledger.clear_intents(release)?)
}
