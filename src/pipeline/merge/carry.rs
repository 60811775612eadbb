//! Carries what one shard has into the whole, a batch at a time: files first, then the ledger's rows.

use super::{MergeError, Opened, digits};
use crate::consent::Sidecar;
use crate::ledger::Entry;
use crate::ledger::store::{Intent, Ledger, LedgerError, Run, SourceRow};
use crate::pipeline::bench::Shelves;
use crate::pipeline::commit::{CommitError, at, sidecar_path};
use crate::pipeline::disk;
use crate::pipeline::load::STEP;
use crate::pipeline::shelf::Side;
use crate::recording::Outcome;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// How many recordings are put in their places at once, and how many sources are entered at once.
const BATCH: usize = 512;
const ROWS: usize = 4096;
/// No sidecar is longer than this.
const LONGEST_SIDECAR: u64 = 1 << 20;

/// Puts recordings of shards in their places in the whole.
pub(super) struct Carrier<'a> {
    pub(super) ledger: Ledger,
    pub(super) shelves: &'a Shelves,
    /// The whole release's digest in the ledger.
    pub(super) release: [u8; 32],
    pub(super) number: u64,
    pub(super) recordings: u64,
    pub(super) there: u64,
}

/// Carries both kinds of faults out of a walk over a ledger's rows.
struct Fault(MergeError);

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Fault(CommitError::from(error).into())
    }
}

impl From<MergeError> for Fault {
    fn from(error: MergeError) -> Self {
        Fault(error)
    }
}

/// A file on its way: under its temporary name, and where it goes.
struct Moving {
    side: Side,
    temporary: PathBuf,
    path: String,
    /// Whether another release of this custody has the recording at that place, as `commit` replaces it too.
    ours: bool,
}

impl Carrier<'_> {
    /// Carries all that a shard has. With `home`, its custody is the one that all goes to.
    pub(super) fn carry(&mut self, one: &Opened<'_>, home: bool) -> Result<(), MergeError> {
        let mut batch: Vec<Entry> = Vec::new();
        let entries = one.ledger.entries::<Fault>(&one.release, |entry| {
            batch.push(entry);
            if batch.len() >= BATCH {
                self.place(one, home, &std::mem::take(&mut batch))?;
            }
            Ok(())
        });
        entries.map_err(|fault| fault.0)?;
        self.place(one, home, &batch)?;
        // Each recording falls to one shard, so no two decisions can be about the same.
        let mut tx = self.ledger.begin().map_err(CommitError::Ledger)?;
        tx.take_decisions(&one.ledger, &one.release, &self.release).map_err(CommitError::Ledger)?;
        tx.commit().map_err(CommitError::Ledger)?;
        let mut rows: Vec<([u8; 32], SourceRow)> = Vec::new();
        let sources = one.ledger.sources_of::<Fault>(&one.release, |source, row| {
            rows.push((source, row));
            if rows.len() >= ROWS {
                self.enter(one, &std::mem::take(&mut rows))?;
            }
            Ok(())
        });
        sources.map_err(|fault| fault.0)?;
        self.enter(one, &rows)?;
        if !home {
            for run in one.ledger.runs(&one.release).map_err(CommitError::Ledger)? {
                self.ledger.record_run(&Run { release: self.release, ..run }).map_err(CommitError::Ledger)?;
            }
            let mut tx = self.ledger.begin().map_err(CommitError::Ledger)?;
            for (run, batch, length) in one.ledger.sealed().map_err(CommitError::Ledger)? {
                tx.put_sealed(&run, batch, length).map_err(CommitError::Ledger)?;
            }
            tx.take_handed(&one.ledger, &one.release).map_err(CommitError::Ledger)?;
            tx.commit().map_err(CommitError::Ledger)?;
            self.take_withdrawals(&one.ledger).map_err(CommitError::Ledger)?;
        }
        Ok(())
    }

    /// Takes over what patients have withdrawn. It has been carried out in the shard already; later runs judge by it.
    fn take_withdrawals(&mut self, from: &Ledger) -> Result<(), LedgerError> {
        let told_here: BTreeMap<i64, bool> = self.ledger.withdrawals()?.iter().map(|r| (r.id, r.told)).collect();
        let mut tx = self.ledger.begin()?;
        for recorded in from.withdrawals()? {
            let id = tx.withdraw(&recorded.withdrawal)?;
            if recorded.told && told_here.get(&id).copied().unwrap_or(true) {
                tx.told(id)?;
            }
        }
        tx.commit()
    }

    /// Puts a batch of recordings in their places and enters them.
    fn place(&mut self, one: &Opened<'_>, home: bool, batch: &[Entry]) -> Result<(), MergeError> {
        let mut moving = Vec::new();
        let mut intents = Vec::new();
        for entry in batch {
            self.recordings += 1;
            let Some(path) = &entry.path else { continue };
            let known = self.ledger.entry(&self.release, &entry.code).map_err(CommitError::Ledger)?.is_some();
            let side = if entry.outcome == Outcome::Released { Side::Release } else { Side::Custody };
            let shelf = self.shelves.of(side);
            if known && shelf.has(path) && shelf.has(&sidecar_path(path)) {
                self.there += 1;
                continue;
            }
            let paths = [path.clone(), sidecar_path(path)];
            intents.extend(
                paths
                    .into_iter()
                    .filter(|path| !shelf.has(path))
                    .map(|path| Intent { in_release: side == Side::Release, path }),
            );
            // In the custody that it was held in, a recording is in its place already.
            if !(home && side == Side::Custody) {
                moving.extend(self.copy(one, entry, path, side)?);
            }
        }
        self.ledger.intend(&self.release, &intents).map_err(CommitError::Ledger)?;
        for side in [Side::Release, Side::Custody] {
            let written: Vec<PathBuf> = moving.iter().filter(|m| m.side == side).map(|m| m.temporary.clone()).collect();
            written.iter().try_for_each(|path| disk::neutral_time(path)).map_err(at(side))?;
            self.shelves.of(side).sync(&written).map_err(at(side))?;
        }
        moving.iter().try_for_each(|one| self.settle(one))?;
        let mut tx = self.ledger.begin().map_err(CommitError::Ledger)?;
        for entry in batch {
            let (_, content) = one
                .ledger
                .entry(&one.release, &entry.code)
                .map_err(CommitError::Ledger)?
                .ok_or(MergeError::Damaged(one.note.index))?;
            tx.put_entry(&self.release, entry, &content).map_err(CommitError::Ledger)?;
            if let Some(made) = one.ledger.made(&one.release, &entry.code).map_err(CommitError::Ledger)? {
                tx.put_made(&self.release, &entry.code, &made).map_err(CommitError::Ledger)?;
            }
        }
        tx.clear_intents(&self.release).map_err(CommitError::Ledger)?;
        Ok(tx.commit().map_err(CommitError::Ledger)?)
    }

    /// Copies a recording and its sidecar under temporary names, and proves that they are what the ledger says. The sidecar
    /// is to be moved first: a recording never lies in its place without one.
    fn copy(&mut self, one: &Opened<'_>, entry: &Entry, path: &str, side: Side) -> Result<[Moving; 2], MergeError> {
        self.number += 1;
        let root = if side == Side::Release { &one.part.release } else { one.part.custody.dir() };
        let shelf = self.shelves.of(side);
        let wrong = || MergeError::File(one.note.index);
        let (temporary, mut file) = shelf.begin(self.number, "recording").map_err(at(side))?;
        let sha256 = copy_digesting(&root.join(path), &mut file).map_err(|fault| match fault {
            CopyFault::Source => wrong(),
            CopyFault::Target(error) => at(side)(error).into(),
        })?;
        if entry.sha256.as_ref() != Some(&digits(sha256)) {
            return Err(wrong());
        }
        let beside = sidecar_path(path);
        let bytes = read_short(&root.join(&beside)).map_err(|_| wrong())?;
        let paper = Sidecar::read(&bytes).map_err(|_| wrong())?;
        if paper.recording != entry.code || Some(&paper.sha256) != entry.sha256.as_ref() {
            return Err(wrong());
        }
        let (paper, mut file) = shelf.begin(self.number, "sidecar").map_err(at(side))?;
        file.write_all(&bytes).map_err(at(side))?;
        let elsewhere = self.ledger.is_elsewhere(&self.release, &entry.code, path).map_err(CommitError::Ledger)?;
        let ours = side == Side::Custody && elsewhere;
        Ok([
            Moving { side, temporary: paper, path: beside, ours },
            Moving { side, temporary, path: path.to_owned(), ours },
        ])
    }

    /// Moves a file to its place. What lies there already must be the same.
    fn settle(&self, one: &Moving) -> Result<(), MergeError> {
        let shelf = self.shelves.of(one.side);
        match shelf.settle(&one.temporary, &one.path, one.ours) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let digest = |path: &Path| copy_digesting(path, &mut io::sink());
                match (digest(&one.temporary), digest(&shelf.root().join(&one.path))) {
                    (Ok(new), Ok(there)) if new == there => {
                        Ok(std::fs::remove_file(&one.temporary).map_err(at(one.side))?)
                    }
                    _ => Err(MergeError::Taken),
                }
            }
            other => Ok(other.map_err(at(one.side))?),
        }
    }

    /// Enters sources, whose recordings are entered already.
    fn enter(&mut self, one: &Opened<'_>, rows: &[([u8; 32], SourceRow)]) -> Result<(), MergeError> {
        let mut tx = self.ledger.begin().map_err(CommitError::Ledger)?;
        for (source, row) in rows {
            tx.put_source(&self.release, source, row).map_err(CommitError::Ledger)?;
            let bearer = one.ledger.bearer(source).map_err(CommitError::Ledger)?;
            tx.put_bearer(source, bearer.as_ref()).map_err(CommitError::Ledger)?;
            if let Some(root) = one.ledger.root(&one.release, source).map_err(CommitError::Ledger)? {
                tx.put_root(&self.release, source, root).map_err(CommitError::Ledger)?;
            }
        }
        Ok(tx.commit().map_err(CommitError::Ledger)?)
    }
}

enum CopyFault {
    Source,
    Target(io::Error),
}

/// Copies a file and returns the SHA-256 of what was copied.
fn copy_digesting(from: &Path, to: &mut dyn Write) -> Result<[u8; 32], CopyFault> {
    let mut file = disk::open_source(from).map_err(|_| CopyFault::Source)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; STEP];
    loop {
        let n = file.read(&mut buffer).map_err(|_| CopyFault::Source)?;
        if n == 0 {
            return Ok(digest.finalize().into());
        }
        digest.update(&buffer[..n]);
        to.write_all(&buffer[..n]).map_err(CopyFault::Target)?;
    }
}

fn read_short(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    disk::open_source(path)?.take(LONGEST_SIDECAR).read_to_end(&mut bytes)?;
    Ok(bytes)
}
