//! Looks at the pixels of a cleaned recording, and covers what is to be covered.
//!
//! Writing in the margins and what rules name is covered in the cleaned recording, which is looked at again afterwards: what
//! is still found is covered too, and what three rounds do not cover is put before a person. GMC, *Making and using visual
//! and audio recordings of patients*, paras 12, 17 and 23.

mod decided;
mod faceless;
mod memory;
mod outside;
mod read;
mod told;

pub(crate) use decided::Decided;
use memory::Memory;
pub(crate) use read::Reading;

use super::reason;
use crate::cut::{CutSource, Source};
use crate::dicom;
use crate::finding::Action;
use crate::ledger::Reason;
use crate::pixels::{self, Examination, Frames, How, Mark, Redaction, Rules, Unseen};
use crate::place::{Area, Covering};
use crate::plan::{Comprehensive, Plan, Refusal};
use crate::recording::{Family, Format, PixelClaims, Sight};
use crate::strip;

/// How often what is still found after covering is covered too.
const ROUNDS: u32 = 3;
/// How far at least and at most a mark found in a fill may reach over its edge, in pixels.
const EDGE: (u32, u32) = (5, 24);
/// Pieces that a mark may be left in by fills.
const PIECES: usize = 256;

/// What was seen, and what follows.
pub(crate) struct Looked {
    pub(crate) sight: Sight,
    /// The recording with its writing covered, or marked as free of it; none where nothing is to be done to it.
    pub(crate) redacted: Option<Redacted>,
    /// What is to be said in the sidecar's method of how it was looked at, and of words that were read and stay.
    pub(crate) method: Vec<String>,
}

/// A redacted recording, not yet proved.
pub(crate) struct Redacted {
    pub(crate) plan: Comprehensive,
    /// What was to be covered, whatever the surgeon says of it.
    pub(crate) asked: Covering,
    /// What was filled.
    pub(crate) covered: Covering,
    /// What is to be said of it in the sidecar's method.
    pub(crate) method: Vec<String>,
    /// What a DICOM object says of its pixels.
    pub(crate) claims: PixelClaims,
}

/// Looks at `cleaned`, which is what `plan` makes of `original`.
///
/// # Errors
/// The reason to hold it where something must be covered and cannot be.
pub(crate) fn look(
    decided: &Decided,
    reading: Option<&Reading<'_>>,
    (plan, original, cleaned): (&Plan, &dyn Source, &dyn Source),
) -> Result<Looked, Reason> {
    let unseen = |why: Option<String>| {
        Ok(Looked { sight: Sight::unchecked(why.map(Into::into)), redacted: None, method: Vec::new() })
    };
    if !decided.looks() {
        return unseen(None);
    }
    let rules = decided.rules(original, plan.format);
    if let Some(looked) = outside::look(decided, plan.format, cleaned, &rules) {
        return looked;
    }
    let memory = Memory::default();
    let mut seen = match memory.examine(plan.format, cleaned, &rules) {
        Ok(seen) => seen,
        Err(why) if rules.margins > 0 || !rules.boxes.is_empty() => return Err(reason::cannot_cover(&why.what)),
        Err(why) => return unseen(Some(why.what)),
    };
    decided.leave(&mut seen);
    if let Some(reading) = reading {
        reading.read(plan.format, cleaned, &mut seen)?;
    }
    let redacted = match seen.covering().is_empty() {
        true => mark(decided, plan, original, cleaned, &seen),
        false => Some(cover(decided, (plan, original, cleaned), &rules, &mut seen, &memory)?),
    };
    let sight = told::sight(&seen, redacted.as_ref().map(|redacted| &redacted.covered));
    Ok(Looked { sight, redacted, method: read::method(&seen) })
}

/// Opens the frames of a recording and examines them. Decoders are other people's: one that panics has understood nothing.
fn examine<'s>(open: impl FnOnce() -> Opened<'s>, rules: &Rules, seen: &pixels::Memory) -> Result<Examination, Unseen> {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut frames = open()?;
        pixels::examine_again(&mut *frames, rules, seen)
    }));
    caught.unwrap_or_else(|_| Err(Unseen::damaged("the decoder gave up on the picture")))
}

/// Frames, or why there are none.
type Opened<'s> = Result<Box<dyn Frames + 's>, Unseen>;

fn frames(format: Format, source: &dyn Source) -> Opened<'_> {
    match format {
        Format::Dicom => dicom::frames(source),
        _ if format.family() == Family::Sound => {
            Err(Unseen::no_decoder("nothing listens for names that are spoken in a recording"))
        }
        _ if format.family() == Family::Video => Err(Unseen::no_decoder(
            "no decoder for films is built in, and nothing listens for names that are spoken in them",
        )),
        _ => strip::frames(format, source),
    }
}

/// Covers what a reviewer named in `cleaned`, which is what `plan` makes of `original`; an object then says `claims` of its
/// pixels besides what it says already.
///
/// # Errors
/// The reason to hold it where that cannot be covered.
pub(crate) fn cover_also(
    (plan, original): (&Plan, &dyn Source),
    cleaned: &dyn Source,
    asked: &Covering,
    claims: PixelClaims,
) -> Result<Redacted, Reason> {
    let redaction = match plan.format {
        Format::Dicom => dicom::redact_claiming(cleaned, asked, claims),
        format => strip::redact(format, cleaned, asked),
    };
    let redaction = redaction.map_err(|refusal| reason::cannot_cover(&refusal.what))?;
    over(plan, original, redaction, (asked.clone(), claims))
}

/// A DICOM object that was looked at and needs no covering says so in itself. Where that cannot be written it stays unsaid.
fn mark(
    decided: &Decided,
    plan: &Plan,
    original: &dyn Source,
    cleaned: &dyn Source,
    seen: &Examination,
) -> Option<Redacted> {
    let claims = decided.claims(seen);
    if plan.format != Format::Dicom || seen.frames == 0 || claims == PixelClaims::default() {
        return None;
    }
    let redaction = dicom::redact_claiming(cleaned, &Covering::default(), claims).ok()?;
    over(plan, original, redaction, (Covering::default(), claims)).ok()
}

/// Covers what is to be covered, and what is found afterwards, in a few rounds.
fn cover(
    decided: &Decided,
    (plan, original, cleaned): (&Plan, &dyn Source, &dyn Source),
    rules: &Rules,
    seen: &mut Examination,
    memory: &Memory,
) -> Result<Redacted, Reason> {
    // Rules are carried out by then, and the witness proves the fill.
    let again = Rules {
        portrait: seen.shows_face(),
        margins: 0,
        boxes: Vec::new(),
        regions: Vec::new(),
        look_for_faces: rules.look_for_faces && rules.cover_faces,
        ..rules.clone()
    };
    let redact = |seen: &Examination| {
        let (claims, asked) = (decided.claims(seen), seen.covering());
        let redaction = match plan.format {
            Format::Dicom => dicom::redact_kept(cleaned, &asked, claims, &memory.decoded),
            format => strip::redact(format, cleaned, &asked),
        };
        let refused = |refusal: Refusal| reason::cannot_cover(&refusal.what);
        redaction.map(|redaction| (redaction, (asked, claims))).map_err(refused)
    };
    for round in 1..=ROUNDS {
        let (redaction, said) = redact(seen)?;
        let output = CutSource::new(&redaction.cut, cleaned);
        // Of a small picture a fill would stand out as writing does.
        let filled = redaction.covered.of(0).filter(|_| seen.frames == 1).map(|fill| with_edge(&fill)).collect();
        let again = Rules { filled, ..again.clone() };
        let mut left = match again.look_for_writing || again.look_for_faces {
            true => {
                memory.examine_output(plan.format, &output, &again).map_err(|why| reason::cannot_cover(&why.what))?
            }
            false => Examination::default(),
        };
        decided.leave(&mut left);
        let terms = read::terms(seen);
        let more = still_shown(&left, &redaction.covered, &terms);
        let last = more.is_empty() || round == ROUNDS;
        // What covering brought to light and nobody is sure of is for a person, like what was there before.
        let unsure = if last { newly_unsure(seen, &left, &redaction.covered, &terms) } else { Vec::new() };
        if more.is_empty() && unsure.is_empty() {
            return over(plan, original, redaction, said);
        }
        take(seen, more, last);
        take(seen, unsure, last);
        if last {
            break;
        }
    }
    // A person must look now, and the object says less of itself.
    let (redaction, said) = redact(seen)?;
    over(plan, original, redaction, said)
}

/// What would be covered now: the mark, and whether it stands in every frame. What lies in a fill or on its edge is the
/// fill itself, which the witness proves to be whole, and `terms`, words that were read, stay; but letters beside a fill are
/// seen together with it.
fn still_shown(left: &Examination, covered: &Covering, terms: &[Area]) -> Vec<(Mark, bool)> {
    let marks = each(left);
    marks.filter(|(mark, _)| mark.action == Action::Cover && !is_edge(mark, covered, terms)).collect()
}

/// What a person must look at now, or what flags it, that was neither before nor lies where a marker was recognised or words
/// that stay were read: the mark, and whether it stands in every frame.
fn newly_unsure(seen: &Examination, left: &Examination, covered: &Covering, terms: &[Area]) -> Vec<(Mark, bool)> {
    let known = |mark: &Mark, everywhere: bool| {
        each(seen).any(|(old, all)| {
            let common = old.area.common(&mark.area).map_or(0, |common| common.pixels());
            let same = if old.action == Action::Keep {
                common == mark.area.pixels()
            } else {
                2 * common >= mark.area.pixels()
            };
            let told = old.action == mark.action || old.action == Action::Keep;
            told && same && common > 0 && (all || !everywhere && old.frame == mark.frame)
        })
    };
    let unsure = |mark: &Mark| {
        let left = !is_edge(mark, covered, terms) && !is_of_fill(mark, covered);
        left && matches!(mark.action, Action::Look | Action::Flag)
    };
    each(left).filter(|(mark, everywhere)| unsure(mark) && !known(mark, *everywhere)).collect()
}

/// All marks, and whether each stands in every frame.
fn each(seen: &Examination) -> impl Iterator<Item = (Mark, bool)> + '_ {
    seen.everywhere.iter().map(|mark| (*mark, true)).chain(seen.marks.iter().map(|mark| (*mark, false)))
}

/// Whether a mark is a fill itself, a word that stays, or the edge of these.
fn is_edge(mark: &Mark, covered: &Covering, terms: &[Area]) -> bool {
    let all = covered.of(mark.frame).chain(terms.iter().copied());
    let fills: Vec<Area> = all.filter(|fill| fill.common(&mark.area).is_some()).collect();
    !fills.is_empty() && is_within(mark.area, fills.iter().map(with_edge))
}

/// A fill with what a mark found in it reaches over its edge: marks are padded.
fn with_edge(fill: &Area) -> Area {
    fill.padded((fill.width.min(fill.height) / 3).clamp(EDGE.0, EDGE.1), u32::MAX, u32::MAX)
}

/// Whether at least a third of a mark is fill or its edge. A fill looks like a large letter cut off from its word to a detector
/// that is unsure, with a margin as wide; what stands around it is what it was when the first look saw it.
fn is_of_fill(mark: &Mark, covered: &Covering) -> bool {
    let mut rest = vec![mark.area];
    for fill in covered.of(mark.frame).map(|fill| with_edge(&fill)) {
        rest = rest.into_iter().flat_map(|piece| piece.without(&fill)).collect();
        if rest.len() > PIECES {
            return false;
        }
    }
    3 * rest.iter().map(Area::pixels).sum::<u64>() <= 2 * mark.area.pixels()
}

/// Whether areas hold the whole of another together. Of more pieces than any real mark leaves it is not known, so: no.
fn is_within(area: Area, others: impl Iterator<Item = Area>) -> bool {
    let mut rest = vec![area];
    for other in others {
        rest = rest.into_iter().flat_map(|piece| piece.without(&other)).collect();
        if rest.is_empty() || rest.len() > PIECES {
            break;
        }
    }
    rest.is_empty()
}

/// Adds what was found after covering: to be covered too, or in the last round for a person to look at.
fn take(seen: &mut Examination, more: Vec<(Mark, bool)>, last: bool) {
    for (mut mark, everywhere) in more {
        if last && mark.action == Action::Cover {
            mark.action = Action::Look;
        }
        if everywhere { seen.everywhere.push(mark) } else { seen.marks.push(mark) }
    }
    seen.join();
}

/// The redaction as a plan of the original.
fn over(
    plan: &Plan,
    original: &dyn Source,
    redaction: Redaction,
    (asked, claims): (Covering, PixelClaims),
) -> Result<Redacted, Reason> {
    let Redaction { cut, covered, how } = redaction;
    let plan = Plan { cut: cut.over(&plan.cut), ..plan.clone() };
    let mut method = Vec::new();
    if plan.format == Format::Dicom {
        method.extend(claims.options().map(|option| option.code().to_owned()));
    }
    if !covered.is_empty() || how == How::Decompressed {
        method.push(how.word().to_owned());
    }
    let plan = plan.comprehensive(original.len()).map_err(|gap| reason::incomplete(&gap))?;
    Ok(Redacted { plan, asked, covered, method, claims })
}

#[cfg(test)]
mod tests;
