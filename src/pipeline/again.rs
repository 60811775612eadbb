//! A recording that is known: passed over, or judged again without being cleaned again, where that is sound.
//!
//! It is sound where nothing has changed that the output's bytes depend on (`settings::Settings::making`), where the
//! source is the one that was cleaned, by length and time or by digest, and where the output lies in its place. All else
//! that a verdict rests on is read anew: register, profile, a DICOM object's header (never its pixels). Where any of it
//! is in doubt the recording is read and cleaned again, which gives the same result.

use super::bench::{Before, Bench, Done, Files, Job, Shelves, Stop};
use super::draft::Draft;
use super::load::{self, Loaded, hex};
use super::recheck::Recheck;
use super::{disk, weigh};
use crate::cut::FileSource;
use crate::dicom;
use crate::finding::Code;
use crate::ledger::store::SourceRow;
use crate::recording::{Format, Outcome};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;

/// What came of looking at it.
pub(crate) enum Looked {
    /// Nothing has changed.
    Unchanged,
    /// It was judged again.
    Judged(Box<Done>),
    /// It must be read and cleaned again.
    Changed,
}

/// Looks at a source that is known.
pub(crate) fn look(bench: &Bench<'_>, job: &Job, before: &Before) -> Result<Looked, Stop> {
    let Some(shelves) = &bench.shelves else { return Ok(Looked::Changed) };
    let always = bench.order.recheck == Recheck::Always;
    if (always || !before.same) && !is_same_content(bench, &job.found.path, &before.row) {
        return Ok(Looked::Changed);
    }
    if always && !is_whole(shelves, before) {
        return Ok(Looked::Changed);
    }
    if before.holds && before.same {
        return Ok(Looked::Unchanged);
    }
    let Some(draft) = draft(bench, job, before) else { return Ok(Looked::Changed) };
    if before.entry.path.is_none() {
        // Where there was an output, somebody has taken it away: it is made again.
        if before.entry.usability.is_some() {
            return Ok(Looked::Changed);
        }
        return Ok(Looked::Judged(Box::new(draft.finish(None))));
    }
    judge(bench, shelves, draft, before)
}

fn is_same_content(bench: &Bench<'_>, path: &Path, row: &SourceRow) -> bool {
    Loaded::open(path).is_ok_and(|loaded| bench.content_digest(&loaded.digest()) == row.content)
}

/// Whether the output and its sidecar are on the disk as they were written, to the last byte.
fn is_whole(shelves: &Shelves, before: &Before) -> bool {
    let Some(path) = &before.entry.path else { return true };
    let shelf = shelves.of_outcome(before.entry.outcome);
    let digest = |relative: &str| sha256(&shelf.root().join(relative)).ok();
    let sidecar = before.made.as_ref().and_then(|made| made.sidecar);
    digest(path).map(|digest| hex(&digest)) == before.entry.sha256
        && sidecar.is_none_or(|sidecar| digest(&super::commit::sidecar_path(path)) == Some(sidecar))
}

/// The draft of a recording of which all that its bytes depend on is as it was; none where that is not so, or where the
/// ledger does not know enough.
fn draft<'a>(bench: &'a Bench<'a>, job: &'a Job, before: &Before) -> Option<Draft<'a>> {
    let (entry, made) = (&before.entry, before.made.as_ref()?);
    // What depends on other recordings too is decided anew.
    let entangled = [Code::SameInstance, Code::SameContent].iter().any(|code| entry.findings.contains_key(code.word()));
    let done = matches!(entry.outcome, Outcome::Released | Outcome::Held | Outcome::Unsupported | Outcome::Listed);
    // What an earlier run wrote of it is read with it.
    let paper = super::beside::lies_beside(&job.found.path);
    let fault = paper || entry.reasons.iter().any(|reason| reason.code == "internal-fault");
    if !before.alone || entangled || !done || fault {
        return None;
    }
    let identity = match entry.format {
        Format::Dicom | Format::DicomDir => header(&job.found.path)?,
        _ => dicom::Identity::default(),
    };
    // A withdrawal may name the recording by what it holds.
    let digest = match bench.withdrawn.is_empty() {
        true => None,
        false => Some(Loaded::open(&job.found.path).ok()?.digest()),
    };
    let draft = Draft::known_before(bench, job, before, made, identity, digest);
    (draft.is_whose_it_was(entry) && draft.is_as_decided(entry) && draft.making() == made.making).then_some(draft)
}

/// What a DICOM object says of itself; the header alone is read.
fn header(path: &Path) -> Option<dicom::Identity> {
    let source = FileSource::new(disk::open_source(path).ok()?).ok()?;
    // One that could not be understood said nothing the first time either.
    Some(dicom::read(&source).map(|object| object.identity()).unwrap_or_default())
}

/// Judges it again and lays out its output, under a temporary name, for where the verdict sends it.
fn judge(bench: &Bench<'_>, shelves: &Shelves, mut draft: Draft<'_>, before: &Before) -> Result<Looked, Stop> {
    let Some(old) = &before.entry.path else { return Ok(Looked::Changed) };
    let from = shelves.of_outcome(before.entry.outcome).root().join(old);
    if !from.symlink_metadata().is_ok_and(|m| m.is_file() && m.len() == before.entry.bytes_out) {
        return Ok(Looked::Changed);
    }
    // What is held may be held for another release of this custody too, in the same place and cleaned otherwise.
    let held = before.entry.outcome != Outcome::Released;
    if held && sha256(&from).ok().map(|digest| hex(&digest)) != before.entry.sha256 {
        return Ok(Looked::Changed);
    }
    draft.take_verdict(weigh::weigh(bench.order, &draft.case()));
    let side = draft.side();
    let shelf = shelves.of(side);
    let stop = |error| Stop { side, error };
    draft.take_output(&before.entry);
    let Some((paper, text)) = draft.sidecar() else { return Ok(Looked::Changed) };
    let Some(recording) = shelf.adopt(draft.number(), &from, &before.entry).map_err(stop)? else {
        return Ok(Looked::Changed);
    };
    let (sidecar, mut file) = shelf.begin(draft.number(), "sidecar").map_err(stop)?;
    file.write_all(&text).map_err(stop)?;
    let done = draft.finish(Some(Files { side, recording, sidecar, paper }));
    Ok(Looked::Judged(Box::new(done)))
}

/// The SHA-256 of a file.
fn sha256(path: &Path) -> std::io::Result<[u8; 32]> {
    let source = FileSource::new(disk::open_source(path)?)?;
    let mut digest = Sha256::new();
    load::each_step(&source, |bytes| digest.update(bytes))?;
    Ok(digest.finalize().into())
}
