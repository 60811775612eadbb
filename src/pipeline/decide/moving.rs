//! Moves a recording to where a decision sends it, so that a crash at any moment leaves it as it was or as it is to be.
//!
//! (1) A new recording is written under a temporary name and read back; (2) the ledger has the decision and a note of what is moved,
//! with how the recording stood and will stand; (3) sidecar and recording are made durable and get their names; (4) the ledger has the entry; (5) the old files go;
//! (6) the note goes. What a crash interrupts is ended from the note where the new recording lies whole in its place, and taken back
//! where it does not.

use crate::consent::withdrawal::Whom;
use crate::cut::FileSource;
use crate::ledger::store::{Ledger, Moving, Standing};
use crate::ledger::{Entry, Made};
use crate::pipeline::bench::Shelves;
use crate::pipeline::beside::{self, paper_digest};
use crate::pipeline::commit::{CommitError, at, sidecar_path};
use crate::pipeline::shelf::Side;
use crate::pipeline::{disk, file_set, reason};
use crate::recording::{Format, Outcome};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::PathBuf;

/// The number of temporary files: one decision is carried out at a time.
pub(super) const NUMBER: u64 = 0;

pub(super) fn side_of(entry: &Entry) -> Side {
    if entry.outcome == Outcome::Released { Side::Release } else { Side::Custody }
}

fn side(standing: &Standing) -> Side {
    side_of(&standing.entry)
}

/// Writes a sidecar under a temporary name in the shelf it goes to.
fn begin_sidecar(shelves: &Shelves, standing: &Standing) -> Result<Option<PathBuf>, CommitError> {
    let Some(text) = &standing.sidecar else { return Ok(None) };
    let fault = at(side(standing));
    let (path, mut file) = shelves.of(side(standing)).begin(NUMBER, "sidecar").map_err(fault)?;
    file.write_all(text.as_bytes()).and_then(|()| disk::neutral_time(&path)).map_err(fault)?;
    Ok(Some(path))
}

/// Puts all in its place, after the decision and the note are durable. `recording` lies under a temporary name where it is new
/// in its place.
pub(super) fn carry_out(
    ledger: &mut Ledger,
    shelves: &Shelves,
    release: &[u8; 32],
    moving: &Moving,
    recording: Option<PathBuf>,
) -> Result<(), CommitError> {
    let after = &moving.after;
    let (shelf, fault) = (shelves.of(side(after)), at(side(after)));
    let Some(path) = &after.entry.path else { return Err(CommitError::Fault) };
    let sidecar = begin_sidecar(shelves, after)?;
    let written: Vec<PathBuf> = sidecar.iter().chain(&recording).cloned().collect();
    shelf.sync(&written).map_err(fault)?;
    // The sidecar first: a recording never lies in its place without one.
    if let Some(sidecar) = &sidecar {
        shelf.settle(sidecar, &sidecar_path(path), true).map_err(fault)?;
    }
    if let Some(recording) = &recording {
        shelf.settle(recording, path, true).map_err(fault)?;
    }
    end(ledger, shelves, release, moving)
}

/// Ends a move of which the new files lie in their places.
fn end(ledger: &mut Ledger, shelves: &Shelves, release: &[u8; 32], moving: &Moving) -> Result<(), CommitError> {
    let (before, after) = (&moving.before, &moving.after);
    let Some(path) = &after.entry.path else { return Err(CommitError::Fault) };
    let shelf = shelves.of(side(after));
    let settled = [path.clone(), sidecar_path(path)].map(|path| shelf.root().join(path));
    shelf.sync(&settled).map_err(at(side(after)))?;
    let code = &after.entry.code;
    let instance = ledger.entry(release, code)?.ok_or(CommitError::Fault)?.1;
    let made = ledger.made(release, code)?;
    let mut batch = ledger.begin()?;
    batch.put_entry(release, &after.entry, &instance)?;
    if let Some(made) = made {
        let sidecar = after.sidecar.as_ref().map(|text| Sha256::digest(text).into());
        batch.put_made(release, code, &Made { sidecar, basis: after.basis.clone(), ..made })?;
    }
    let again = reason::to_be_cleaned_again().code;
    if after.entry.reasons.iter().any(|reason| reason.code == again) {
        // Its bytes are not what the next run over its source would make of it.
        batch.forget_made(release, code)?;
    }
    batch.commit()?;
    if before.entry.path != after.entry.path {
        take_away(ledger, shelves, release, before)?;
    }
    let mut batch = ledger.begin()?;
    batch.end_moving(moving, moving.undoes)?;
    Ok(batch.commit()?)
}

/// Takes a recording's files away, durably; held ones stay while another release of this custody holds them too.
fn take_away(ledger: &Ledger, shelves: &Shelves, release: &[u8; 32], standing: &Standing) -> Result<(), CommitError> {
    let (entry, side) = (&standing.entry, side(standing));
    let Some(path) = &entry.path else { return Ok(()) };
    if side == Side::Custody && ledger.is_elsewhere(release, &entry.code, path)? {
        return Ok(());
    }
    let second = (side == Side::Release && entry.format == Format::Dicom).then(|| file_set::place_of(&entry.code));
    for path in second.into_iter().chain([path.clone(), sidecar_path(path)]) {
        shelves.of(side).remove(&path).map_err(at(side))?;
    }
    shelves.of(side).sync(&[]).map_err(at(side))
}

/// Ends or takes back what an interrupted decision left.
///
/// # Errors
/// When release, custody or ledger cannot be written.
pub(crate) fn recover(ledger: &mut Ledger, release: &[u8; 32], shelves: &Shelves) -> Result<(), CommitError> {
    for moving in ledger.moving(release)? {
        if lies_whole(shelves, &moving.after) {
            restore_sidecar(shelves, &moving.after)?;
            end(ledger, shelves, release, &moving)?;
            continue;
        }
        if moving.before.entry.path == moving.after.entry.path {
            restore_sidecar(shelves, &moving.before)?;
        } else {
            take_away(ledger, shelves, release, &moving.after)?;
        }
        let mut batch = ledger.begin()?;
        batch.judge_anew(&Whom::Recording(moving.before.entry.code.clone()))?;
        batch.end_moving(&moving, !moving.undoes)?;
        batch.commit()?;
    }
    Ok(())
}

/// Whether a recording lies in its place, to the last byte.
fn lies_whole(shelves: &Shelves, standing: &Standing) -> bool {
    let Some(path) = &standing.entry.path else { return false };
    let file = disk::open_source(&shelves.of(side(standing)).root().join(path)).and_then(FileSource::new);
    file.and_then(|file| beside::sha256(&file)).is_ok_and(|digest| Some(digest) == standing.entry.sha256)
}

/// Puts a sidecar in its place, whatever lies there.
fn restore_sidecar(shelves: &Shelves, standing: &Standing) -> Result<(), CommitError> {
    let (Some(path), Some(sidecar)) = (&standing.entry.path, begin_sidecar(shelves, standing)?) else { return Ok(()) };
    let (shelf, fault) = (shelves.of(side(standing)), at(side(standing)));
    shelf.sync(std::slice::from_ref(&sidecar)).map_err(fault)?;
    shelf.settle(&sidecar, &sidecar_path(path), true).map_err(fault)
}

/// The digest by which custody knows a standing's sidecar again.
pub(super) fn digest_of(text: &str) -> String {
    paper_digest(text.as_bytes())
}
