//! Carries out what a reviewer decides about a recording: covers, proves, judges again, and moves it to where that sends it.
//!
//! GMC, *Making and using visual and audio recordings of patients*, paras 12, 17, 23 and 24. A decision speaks of the bytes that
//! were looked at and overrules no prohibition. It is durable before anything moves, and every later run over the source honours
//! it: what is done here to the held recording is done there to the cleaned source, step by step, so that both come to the same
//! bytes. No identity, no source and no register is needed here.

mod error;
mod judge;
mod moving;

pub use error::DecideError;
pub(crate) use moving::recover;

use super::bench::Shelves;
use super::commit::{self, CommitError, at};
use super::load::{Loaded, hex};
use super::prove::{self, Proved, WriteFault};
use super::ruled::{add_methods, claims_after, cover, keep, unanswered};
use super::shelf::{Shelf, release_digest};
use super::withdraw::carry;
use super::{beside, disk, look, reason};
use crate::code::audit::{self, Act as Line, Deed};
use crate::code::custody::{Custody, Lock};
use crate::consent::decision::{Act, Decision, Marked};
use crate::consent::ruling::{Ruling, covering};
use crate::consent::withdrawal::Whom;
use crate::cut::Cut;
use crate::ledger::store::{Ledger, Moving, Standing};
use crate::ledger::{Entry, Made};
use crate::pixels::Class;
use crate::plan::{Comprehensive, Plan};
use crate::recording::{Format, Outcome, PixelClaims};
use judge::Judged;
use std::path::{Path, PathBuf};

/// No more areas are taken with one decision.
const MOST_AREAS: usize = 200;
/// And no more decisions that cover, one upon another.
const MOST_STEPS: usize = 40;

/// Carries out a decision, or takes the last one back, while no run uses this custody: `lock` says so. Hands back the
/// recording's entry as it is then. Reports and the list of digests are for the caller to write anew.
///
/// # Errors
/// [`DecideError`]; nothing has changed then, or the next decision, withdrawal or run ends what a full disk interrupted.
pub fn decide(
    custody: &Custody,
    _lock: &Lock,
    ledger: &mut Ledger,
    release: &Path,
    decision: &Decision,
) -> Result<Entry, DecideError> {
    let release = release.canonicalize().map_err(DecideError::Closed)?;
    let digest = release_digest(custody, &release);
    if !ledger.knows_release(&digest)? {
        return Err(DecideError::NoRelease);
    }
    let shelves = Shelves {
        release: Shelf::open(&release).map_err(DecideError::Closed)?,
        custody: Shelf::open(custody.dir()).map_err(DecideError::Closed)?,
        one_file_system: disk::is_one_file_system(&release, custody.dir()),
    };
    let done = attempt(custody, ledger, &shelves, &digest, decision);
    let closed = shelves.release.close().and(shelves.custody.close());
    let entry = done?;
    closed.map_err(CommitError::Release)?;
    Ok(entry)
}

fn attempt(
    custody: &Custody,
    ledger: &mut Ledger,
    shelves: &Shelves,
    release: &[u8; 32],
    decision: &Decision,
) -> Result<Entry, DecideError> {
    commit::recover(ledger, release, shelves)?;
    recover(ledger, release, shelves)?;
    carry::carry_out(ledger, shelves, release)?;
    let (entry, _) = ledger.entry(release, &decision.recording)?.ok_or(DecideError::NoRecording)?;
    let desk = Desk { custody, shelves, release, decision };
    match decision.act {
        Act::Undo => desk.undo(ledger, entry),
        Act::Release | Act::Hold => desk.rule(ledger, entry),
    }
}

/// A decision, and where it is carried out.
struct Desk<'a> {
    custody: &'a Custody,
    shelves: &'a Shelves,
    release: &'a [u8; 32],
    decision: &'a Decision,
}

impl Desk<'_> {
    fn rule(&self, ledger: &mut Ledger, entry: Entry) -> Result<Entry, DecideError> {
        let decision = self.decision;
        let (made, path) = self.check(ledger, &entry)?;
        let loaded = Loaded::open(&path).map_err(at(moving::side_of(&entry)))?;
        if beside::sha256(loaded.source()).ok().as_ref() != Some(&decision.sha256) {
            return Err(DecideError::OtherBytes);
        }
        let before = ledger.decided(self.release, &entry.code)?;
        let mut ruling = Ruling::of(decision, before.as_ref().map(|before| &before.ruling));
        if ruling.steps.len() > MOST_STEPS {
            return Err(DecideError::TooMany);
        }
        ruling.uncovers = uncovers(&made, &decision.keep);
        let mut basis = made.basis.clone();
        let claims = claims_after(&basis.sight, &decision.cover, &ruling);
        ruling.note_clear(claims == PixelClaims::CLEAN);
        let whole = whole(entry.format, loaded.source().len())?;
        let written = prove::written(&whole, &loaded).map_err(at(moving::side_of(&entry)))?;
        let redacted = match decision.cover.is_empty() {
            true => None,
            false => Some(
                written
                    .shown(|held| {
                        let asked = covering(&decision.cover);
                        look::cover_also((whole.plan(), loaded.source()), held, &asked, claims)
                    })
                    .map_err(DecideError::CannotCover)?,
            ),
        };
        let proved = match &redacted {
            None => None,
            Some(redacted) => {
                let proved = prove::prove_covered(redacted, &written);
                cover(&mut basis.sight, &decision.cover, &redacted.covered);
                add_methods(&mut basis.method, &redacted.method);
                Some(proved.map_err(DecideError::Unproved)?)
            }
        };
        keep(&mut basis.sight, &ruling.keep);
        // That nothing else identifies anyone is no answer to a place that was marked.
        let left = unanswered(&basis.sight);
        if left > 0 && decision.act == Act::Release && ruling.no_marks {
            return Err(DecideError::Unanswered(left));
        }
        let sidecar = judge::read_sidecar(&path);
        let case = judge::Case { entry: &entry, sidecar: &sidecar, ruling: &ruling, basis: &basis };
        let judged = case.judge(ledger)?;
        if decision.act == Act::Release
            && let Some(prohibition) = judged.prohibition()
        {
            return Err(DecideError::Prohibited(prohibition));
        }
        let before = standing(&entry, &path, &made);
        self.carry(ledger, before, (ruling, judged, basis), proved, &path)
    }

    /// What must be so before anything is decided. How its output was made, and where it lies.
    fn check(&self, ledger: &Ledger, entry: &Entry) -> Result<(Made, PathBuf), DecideError> {
        let decision = self.decision;
        let Some(path) = entry.path.as_ref().filter(|_| entry.usability.is_some()) else {
            return Err(DecideError::NothingHeld);
        };
        if decision.act == Act::Release && entry.outcome == Outcome::Released {
            return Err(DecideError::Released);
        }
        if entry.sha256.as_ref() != Some(&decision.sha256) {
            return Err(DecideError::OtherBytes);
        }
        if decision.cover.len().max(decision.keep.len()) > MOST_AREAS {
            return Err(DecideError::TooMany);
        }
        if decision.act == Act::Release
            && let Some(prohibition) = judge::standing_prohibition(entry, decision.consent.is_some())
        {
            return Err(DecideError::Prohibited(prohibition));
        }
        let again = reason::to_be_cleaned_again().code;
        let made = ledger.made(self.release, &entry.code)?.filter(|_| entry.reasons.iter().all(|r| r.code != again));
        let made = made.ok_or(DecideError::CleanFirst)?;
        Ok((made, self.shelves.of_outcome(entry.outcome).root().join(path)))
    }

    /// Writes what is new under temporary names, records the decision, and moves.
    fn carry(
        &self,
        ledger: &mut Ledger,
        before: Standing,
        (mut ruling, judged, mut basis): (Ruling, Judged, crate::ledger::Basis),
        proved: Option<Proved<'_>>,
        from: &Path,
    ) -> Result<Entry, DecideError> {
        let mut entry = judged.entry(&before.entry);
        let moves = entry.outcome != before.entry.outcome;
        let shelf = self.shelves.of_outcome(entry.outcome);
        let fault = at(moving::side_of(&entry));
        let recording = match proved {
            Some(proved) => {
                let written = proved.write(shelf, moving::NUMBER).map_err(|error| match error {
                    WriteFault::Source(error) => at(moving::side_of(&before.entry))(error),
                    WriteFault::Target(error) => fault(error),
                })?;
                disk::neutral_time(&written.temporary).map_err(fault)?;
                ruling.result = hex(&written.sha256);
                (entry.sha256, entry.bytes_out) = (Some(ruling.result.clone()), written.length);
                Some(written.temporary)
            }
            None if moves => self.adopt(shelf, from, &before.entry)?,
            None => None,
        };
        let text = judged.sidecar(&entry, &basis.method).ok_or(DecideError::NoWord)?;
        basis.sidecar_bytes = text.len() as u64;
        entry.known.sidecar = Some(moving::digest_of(&text));
        let after = Standing { entry: entry.clone(), sidecar: Some(text), basis };
        let released = entry.outcome == Outcome::Released;
        self.note(if released { Deed::Released } else { Deed::Decided })?;
        let by = self.decision.by.reveal_text();
        let mut batch = ledger.begin()?;
        let decision = batch.decide(self.release, &by, &ruling, &before, &after)?;
        let moving = Moving { undoes: false, decision, before, after };
        batch.begin_moving(self.release, &moving)?;
        batch.judge_anew(&Whom::Recording(entry.code.clone()))?;
        batch.commit()?;
        moving::carry_out(ledger, self.shelves, self.release, &moving, recording)?;
        Ok(entry)
    }

    /// A temporary name for the recording as it is, in the shelf that it goes to.
    fn adopt(&self, shelf: &Shelf, from: &Path, entry: &Entry) -> Result<Option<PathBuf>, DecideError> {
        let adopted = shelf.adopt(moving::NUMBER, from, entry).map_err(at(moving::side_of(entry)))?;
        adopted.map(Some).ok_or(DecideError::OtherBytes)
    }

    /// Who decided what, and when, before it is done.
    fn note(&self, deed: Deed) -> Result<(), DecideError> {
        let decision = self.decision;
        let line = Line::new(deed, [decision.recording.as_str().to_owned()]).by(decision.by.reveal_text());
        Ok(audit::append(self.custody, &line)?)
    }

    fn undo(&self, ledger: &mut Ledger, entry: Entry) -> Result<Entry, DecideError> {
        let decided = ledger.decided(self.release, &entry.code)?.ok_or(DecideError::NothingDecided)?;
        let path = entry.path.as_ref().ok_or(DecideError::NothingHeld)?;
        let from = self.shelves.of_outcome(entry.outcome).root().join(path);
        let made = ledger.made(self.release, &entry.code)?;
        let basis = made.map(|made| made.basis).unwrap_or_default();
        let sidecar = judge::read_text(&from);
        let before = Standing { entry: entry.clone(), sidecar, basis };
        let after = match judge::is_same(&entry, &decided.after.entry) && entry.sha256 == decided.before.entry.sha256 {
            true => decided.before,
            false => judge::awaiting(&before).ok_or(DecideError::NoWord)?,
        };
        let moves = after.entry.outcome != entry.outcome;
        let shelf = self.shelves.of_outcome(after.entry.outcome);
        let recording = if moves { self.adopt(shelf, &from, &entry)? } else { None };
        self.note(Deed::TookBack)?;
        let moving = Moving { undoes: true, decision: decided.id, before, after };
        let mut batch = ledger.begin()?;
        batch.begin_moving(self.release, &moving)?;
        batch.judge_anew(&Whom::Recording(entry.code.clone()))?;
        batch.commit()?;
        moving::carry_out(ledger, self.shelves, self.release, &moving, recording)?;
        Ok(moving.after.entry)
    }
}

/// How a recording stands now.
fn standing(entry: &Entry, path: &Path, made: &Made) -> Standing {
    Standing { entry: entry.clone(), sidecar: judge::read_text(path), basis: made.basis.clone() }
}

/// Whether anything that a detector had covered is to be left as it is.
fn uncovers(made: &Made, keep: &[Marked]) -> bool {
    let regions = made.basis.sight.regions.iter();
    let mut covered = regions.filter(|region| region.action == "cover" && region.class != Class::Band.word());
    covered.any(|region| keep.iter().any(|keep| keep.answers(region)))
}

/// The plan that keeps all of a recording.
fn whole(format: Format, length: u64) -> Result<Comprehensive, CommitError> {
    let mut cut = Cut::new();
    cut.keep(0..length, "cleaned and proved before");
    let plan = Plan { format, width: None, height: None, cut, findings: Vec::new(), method: Vec::new() };
    plan.comprehensive(length).map_err(|_| CommitError::Fault)
}
