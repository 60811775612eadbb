//! Carries out withdrawals in a release: recordings go from it to what is held, with their sidecars judged again.
//!
//! A batch at a time: (1) copies lie in custody, durably; (2) the ledger says that they are held; (3) the release's own
//! files go; (4) the ledger notes that nothing is left to do. A crash before (4) leaves the note, and each step can be
//! taken again: what is held has the same place below `held` as it had below `recordings`.

use super::again::{self, Judged};
use crate::code::RecordingCode;
use crate::consent::{Date, Sidecar, Withdrawal};
use crate::ledger::Entry;
use crate::ledger::store::{Ledger, LedgerError};
use crate::pipeline::bench::Shelves;
use crate::pipeline::beside::paper_digest;
use crate::pipeline::commit::{CommitError, at, sidecar_path};
use crate::pipeline::load::{STEP, hex};
use crate::pipeline::shelf::Side;
use crate::pipeline::{disk, file_set};
use crate::recording::{Format, Outcome};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// How many recordings are moved at once.
const BATCH: usize = 256;

/// A recording of the release that withdrawals speak of.
struct Case {
    entry: Entry,
    instance: [u8; 32],
}

/// What becomes of one.
struct Change {
    judged: Judged,
    instance: [u8; 32],
    /// Its sidecar, and its recording where that moves, under temporary names in the shelf they go to; no sidecar where
    /// there is no recording any more.
    sidecar: Option<PathBuf>,
    recording: Option<PathBuf>,
    /// Whether it leaves the release.
    leaves: bool,
}

/// Carries out all withdrawals that wait in this release. How many recordings left it.
pub(crate) fn carry_out(ledger: &mut Ledger, shelves: &Shelves, release: &[u8; 32]) -> Result<u64, CommitError> {
    let awaited = ledger.awaited_withdrawals(release)?;
    if awaited.is_empty() {
        return Ok(0);
    }
    let all = ledger.withdrawals()?;
    let waiting: Vec<&Withdrawal> = all.iter().filter(|r| awaited.contains(&r.id)).map(|r| &r.withdrawal).collect();
    let cases = cases(ledger, release, &waiting)?;
    let (mut moved, mut number) = (0, 0);
    for batch in cases.chunks(BATCH) {
        let mut changes = Vec::new();
        for case in batch {
            number += 1;
            changes.extend(prepare(shelves, case, &waiting, number)?);
        }
        moved += place(ledger, shelves, release, changes)?;
    }
    // What lies in the release still though it is held: left by a batch of this or of an interrupted call.
    for case in &cases {
        let now = ledger.entry(release, &case.entry.code)?.map(|(entry, _)| entry);
        for entry in now.iter().filter(|entry| entry.outcome == Outcome::Held && entry.usability.is_some()) {
            for path in left_behind(entry) {
                shelves.release.remove(&path).map_err(CommitError::Release)?;
            }
        }
    }
    shelves.release.sync(&[]).map_err(CommitError::Release)?;
    let mut batch = ledger.begin()?;
    for id in awaited {
        batch.withdrawn(release, id)?;
    }
    batch.commit()?;
    Ok(moved)
}

/// The recordings that any of the withdrawals speaks of, each once.
fn cases(ledger: &Ledger, release: &[u8; 32], withdrawals: &[&Withdrawal]) -> Result<Vec<Case>, LedgerError> {
    let mut cases: BTreeMap<RecordingCode, Case> = BTreeMap::new();
    for coded in withdrawals.iter().flat_map(|w| &w.codes) {
        for (entry, instance) in ledger.entries_of(release, &coded.whom)? {
            cases.insert(entry.code.clone(), Case { entry, instance });
        }
    }
    Ok(cases.into_values().collect())
}

/// Where a held recording lay while it was released: itself, an object's second name in the file-set, and last the sidecar.
fn left_behind(entry: &Entry) -> Vec<String> {
    let own = format!("recordings/{}/{}.{}", entry.patient, entry.code, entry.format.extension());
    let second = (entry.format == Format::Dicom).then(|| file_set::place_of(&entry.code));
    let paper = sidecar_path(&own);
    [own].into_iter().chain(second).chain([paper]).collect()
}

/// Judges one again and writes what is new of it under temporary names.
fn prepare(
    shelves: &Shelves,
    case: &Case,
    withdrawals: &[&Withdrawal],
    number: u64,
) -> Result<Option<Change>, CommitError> {
    let from = shelves.of_outcome(case.entry.outcome);
    let paper = case.entry.path.as_ref().and_then(|path| read_paper(&from.root().join(sidecar_path(path))));
    let theirs: Vec<&Withdrawal> = withdrawals.iter().copied().filter(|w| w.is_of(&case.entry.code)).collect();
    let Some(mut judged) = again::judge(&case.entry, paper, &theirs, Date::today()) else { return Ok(None) };
    let leaves = case.entry.outcome == Outcome::Released && judged.entry.outcome == Outcome::Held;
    let mut recording = None;
    if let (true, Some(path)) = (leaves, &case.entry.path) {
        let copied = copy(&from.root().join(path), shelves, number)?;
        if let Some((_, sha256, length)) = &copied {
            judged.paper.sha256.clone_from(sha256);
            judged.entry.sha256 = Some(sha256.clone());
            judged.entry.bytes_out = *length;
            judged.entry.path = Some(path.replacen("recordings/", "held/", 1));
        } else {
            // Somebody has taken it away: there is nothing to hold, and the next run makes it again from its source.
            (judged.entry.sha256, judged.entry.path, judged.entry.bytes_out) = (None, None, 0);
        }
        recording = copied.map(|(temporary, _, _)| temporary);
    }
    let sidecar = judged.entry.path.is_some().then(|| write_paper(shelves, &judged, number)).transpose()?;
    let (sidecar, digest) = sidecar.unzip();
    judged.entry.known.sidecar = digest;
    Ok(Some(Change { judged, instance: case.instance, sidecar, recording, leaves }))
}

/// Writes a sidecar under a temporary name in the shelf it goes to, and digests it.
fn write_paper(shelves: &Shelves, judged: &Judged, number: u64) -> Result<(PathBuf, String), CommitError> {
    let side = side(&judged.entry);
    let text = judged.paper.write().map_err(|_| CommitError::Fault)?;
    let (sidecar, mut file) = shelves.of(side).begin(number, "sidecar").map_err(at(side))?;
    file.write_all(&text).and_then(|()| disk::neutral_time(&sidecar)).map_err(at(side))?;
    Ok((sidecar, paper_digest(&text)))
}

fn side(entry: &Entry) -> Side {
    if entry.outcome == Outcome::Released { Side::Release } else { Side::Custody }
}

/// A sidecar that can be read; none where it is gone or is none.
fn read_paper(path: &Path) -> Option<Sidecar> {
    let mut bytes = Vec::new();
    disk::open_source(path).ok()?.take(crate::consent::sidecar::LONGEST as u64 + 1).read_to_end(&mut bytes).ok()?;
    Sidecar::read(&bytes).ok()
}

/// Copies a recording to custody under a temporary name, with its digest and length; none where it is not there.
fn copy(from: &Path, shelves: &Shelves, number: u64) -> Result<Option<(PathBuf, String, u64)>, CommitError> {
    let mut source = match disk::open_source(from) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(CommitError::Release(error)),
    };
    let (temporary, mut to) = shelves.custody.begin(number, "recording").map_err(CommitError::Custody)?;
    let (mut digest, mut length, mut buffer) = (Sha256::new(), 0, vec![0; STEP]);
    loop {
        let n = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CommitError::Release(error)),
        };
        let part = buffer.get(..n).unwrap_or_default();
        digest.update(part);
        length += n as u64;
        to.write_all(part).map_err(CommitError::Custody)?;
    }
    disk::neutral_time(&temporary).map_err(CommitError::Custody)?;
    Ok(Some((temporary, hex(&digest.finalize()), length)))
}

/// Puts a batch in its places and tells the ledger. How many recordings are to leave the release.
fn place(ledger: &mut Ledger, shelves: &Shelves, release: &[u8; 32], changes: Vec<Change>) -> Result<u64, CommitError> {
    for side in [Side::Release, Side::Custody] {
        let written: Vec<PathBuf> = changes
            .iter()
            .filter(|change| self::side(&change.judged.entry) == side)
            .flat_map(|change| change.sidecar.iter().chain(&change.recording).cloned())
            .collect();
        shelves.of(side).sync(&written).map_err(at(side))?;
    }
    for change in &changes {
        let side = side(&change.judged.entry);
        let Some(path) = &change.judged.entry.path else { continue };
        let shelf = shelves.of(side);
        // The sidecar first: a recording never lies in its place without one.
        if let Some(sidecar) = &change.sidecar {
            shelf.settle(sidecar, &sidecar_path(path), true).map_err(at(side))?;
        }
        if let Some(recording) = &change.recording {
            shelf.settle(recording, path, true).map_err(at(side))?;
        }
    }
    for side in [Side::Release, Side::Custody] {
        let shelf = shelves.of(side);
        let settled = changes.iter().filter(|change| self::side(&change.judged.entry) == side);
        let settled = settled.filter_map(|change| change.judged.entry.path.as_ref());
        let settled: Vec<PathBuf> =
            settled.flat_map(|path| [path.clone(), sidecar_path(path)]).map(|path| shelf.root().join(path)).collect();
        shelf.sync(&settled).map_err(at(side))?;
    }
    let mut batch = ledger.begin()?;
    for change in &changes {
        batch.put_entry(release, &change.judged.entry, &change.instance)?;
        // Its sidecar is another now, and its output may be gone.
        batch.forget_made(release, &change.judged.entry.code)?;
    }
    batch.commit()?;
    Ok(changes.iter().filter(|change| change.leaves).count() as u64)
}
