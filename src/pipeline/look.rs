//! Looks at the pixels of a cleaned recording, and covers what is to be covered.
//!
//! Writing in the margins and what rules name is covered in the cleaned recording, which is looked at again afterwards: what
//! is still found is covered too, and what three rounds do not cover is put before a person. GMC, *Making and using visual
//! and audio recordings of patients*, paras 12, 17 and 23.

mod decided;
mod told;

pub(crate) use decided::Decided;

use super::reason;
use crate::cut::{CutSource, Source};
use crate::dicom;
use crate::finding::Action;
use crate::ledger::Reason;
use crate::pixels::{self, Examination, Frames, How, Mark, Redaction, Rules, Unseen};
use crate::place::Covering;
use crate::plan::{Comprehensive, Plan, Refusal};
use crate::recording::terms::PixelState;
use crate::recording::{Family, Format, Sight};
use crate::strip;

/// How often what is still found after covering is covered too.
const ROUNDS: u32 = 3;

/// What was seen, and what follows.
pub(crate) struct Looked {
    pub(crate) sight: Sight,
    /// The recording with its writing covered, or marked as free of it; none where nothing is to be done to it.
    pub(crate) redacted: Option<Redacted>,
}

/// A redacted recording, not yet proved.
pub(crate) struct Redacted {
    pub(crate) plan: Comprehensive,
    /// What was filled.
    pub(crate) covered: Covering,
    /// What is to be said of it in the sidecar's method.
    pub(crate) method: Vec<String>,
}

/// Looks at `cleaned`, which is what `plan` makes of `original`.
///
/// # Errors
/// The reason to hold it where something must be covered and cannot be.
pub(crate) fn look(
    decided: &Decided,
    plan: &Plan,
    original: &dyn Source,
    cleaned: &dyn Source,
) -> Result<Looked, Reason> {
    let unseen = |why: Option<String>| Ok(Looked { sight: Sight::unchecked(why.map(Into::into)), redacted: None });
    if !decided.looks() {
        return unseen(None);
    }
    let rules = decided.rules(original, plan.format);
    let mut seen = match examine(plan.format, cleaned, &rules) {
        Ok(seen) => seen,
        Err(why) if rules.margins > 0 || !rules.boxes.is_empty() => return Err(reason::cannot_cover(&why.what)),
        Err(why) => return unseen(Some(why.what)),
    };
    decided.leave(&mut seen);
    let redacted = match seen.covering().is_empty() {
        true => mark(plan, original, cleaned, &seen),
        false => Some(cover(decided, (plan, original, cleaned), &rules, &mut seen)?),
    };
    Ok(Looked { sight: told::sight(&seen), redacted })
}

/// Opens the frames of a recording and examines them. Decoders are other people's: one that panics has understood nothing.
pub(crate) fn examine(format: Format, source: &dyn Source, rules: &Rules) -> Result<Examination, Unseen> {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut frames = frames(format, source)?;
        pixels::examine(&mut *frames, rules)
    }));
    caught.unwrap_or_else(|_| Err(Unseen::damaged("the decoder gave up on the picture")))
}

fn frames(format: Format, source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    match format {
        Format::Dicom => dicom::frames(source),
        _ if format.family() == Family::Sound => {
            Err(Unseen::no_decoder("nothing listens for names that are spoken in a recording"))
        }
        _ => strip::frames(format, source),
    }
}

/// Covers what a reviewer named in `cleaned`, which is what `plan` makes of `original`.
///
/// # Errors
/// The reason to hold it where that cannot be covered.
pub(crate) fn cover_also(
    plan: &Plan,
    original: &dyn Source,
    cleaned: &dyn Source,
    covering: &Covering,
) -> Result<Redacted, Reason> {
    let redaction = match plan.format {
        Format::Dicom => dicom::redact(cleaned, covering),
        format => strip::redact(format, cleaned, covering),
    };
    over(plan, original, redaction.map_err(|refusal| reason::cannot_cover(&refusal.what))?)
}

/// A DICOM object that was looked at and needs no covering says so in itself. Where that cannot be written it stays unsaid.
fn mark(plan: &Plan, original: &dyn Source, cleaned: &dyn Source, seen: &Examination) -> Option<Redacted> {
    if plan.format != Format::Dicom || seen.frames == 0 || seen.state() != PixelState::Checked {
        return None;
    }
    let redaction = dicom::redact(cleaned, &Covering::default()).ok()?;
    over(plan, original, redaction).ok()
}

/// Covers what is to be covered, and what is found afterwards, in a few rounds.
fn cover(
    decided: &Decided,
    (plan, original, cleaned): (&Plan, &dyn Source, &dyn Source),
    rules: &Rules,
    seen: &mut Examination,
) -> Result<Redacted, Reason> {
    // Rules are carried out by then, and the witness proves the fill.
    let again = Rules {
        margins: 0,
        boxes: Vec::new(),
        regions: Vec::new(),
        look_for_faces: rules.look_for_faces && rules.cover_faces,
        ..rules.clone()
    };
    let mut round = 1;
    loop {
        let refused = |refusal: Refusal| reason::cannot_cover(&refusal.what);
        let redaction = match plan.format {
            Format::Dicom => dicom::redact(cleaned, &seen.covering()).map_err(refused)?,
            format => strip::redact(format, cleaned, &seen.covering()).map_err(refused)?,
        };
        let covered = redaction.covered.clone();
        let output = CutSource::new(&redaction.cut, cleaned);
        let mut left = match again.look_for_writing || again.look_for_faces {
            true => examine(plan.format, &output, &again).map_err(|why| reason::cannot_cover(&why.what))?,
            false => Examination::default(),
        };
        decided.leave(&mut left);
        let more = still_shown(&left, &covered);
        if more.is_empty() {
            return over(plan, original, redaction);
        }
        take(seen, more, round == ROUNDS);
        if round == ROUNDS {
            return over(plan, original, redaction);
        }
        round += 1;
    }
}

/// What would be covered now: the mark, and whether it stands in every frame. What lies mostly in a fill, or has most of a
/// fill in it, is the fill's own edge; that nothing shows through is the witness's to prove.
fn still_shown(left: &Examination, covered: &Covering) -> Vec<(Mark, bool)> {
    let is_edge = |mark: &Mark| {
        covered.of(mark.frame).any(|fill| {
            let common = mark.area.common(&fill).map_or(0, |common| common.pixels());
            common > 0 && (2 * common >= mark.area.pixels() || 2 * common >= fill.pixels())
        })
    };
    let marks = left.everywhere.iter().map(|mark| (*mark, true)).chain(left.marks.iter().map(|mark| (*mark, false)));
    marks.filter(|(mark, _)| mark.action == Action::Cover && !is_edge(mark)).collect()
}

/// Adds what was found after covering: to be covered too, or in the last round for a person to look at.
fn take(seen: &mut Examination, more: Vec<(Mark, bool)>, last: bool) {
    for (mut mark, everywhere) in more {
        if last {
            mark.action = Action::Look;
        }
        if everywhere { seen.everywhere.push(mark) } else { seen.marks.push(mark) }
    }
}

/// The redaction as a plan of the original.
fn over(plan: &Plan, original: &dyn Source, redaction: Redaction) -> Result<Redacted, Reason> {
    let Redaction { cut, covered, how } = redaction;
    let plan = Plan { cut: cut.over(&plan.cut), ..plan.clone() };
    let mut method = Vec::new();
    if plan.format == Format::Dicom {
        // Clean Pixel Data Option, PS3.15 E.3.1.
        method.push("113101".to_owned());
    }
    if !covered.is_empty() || how == How::Decompressed {
        method.push(how.word().to_owned());
    }
    let plan = plan.comprehensive(original.len()).map_err(|gap| reason::incomplete(&gap))?;
    Ok(Redacted { plan, covered, method })
}

#[cfg(test)]
mod tests;
