//! Pictures so small that the detector of writing does not see what stands in them: they are looked at on an enlarged copy
//! too, and what stands out in them and nothing accounts for is put before a person.
//!
//! GMC, *Making and using visual and audio recordings of patients*, paras 12 and 17: a number of five by seven pixels names a
//! patient as well as a large one. A picture without hard edges and without small detail holds no writing, and stays checked.

mod enlarged;
mod spot;

use super::Detectors;
use crate::finding::Action;
use crate::pixels::{Class, Mark, Picture, Rules};
use crate::place::Area;
use spot::Closely;

/// Up to this long side, in pixels, a picture is looked at enlarged too: letters in it are 5 to 12 pixels high, and the
/// detector is sure of those from about 14 on.
const ENLARGED: u32 = 320;
/// Up to this long side it is enlarged fourfold, beyond that twofold.
const FOURFOLD: u32 = 160;
/// Up to this long side whatever stands out and no mark holds is looked at by a person; beyond, what stands in a row.
const LOOKED_AT: u32 = 96;
/// Below this short side no detector promises anything: one hard edge that is not covered, and a person looks at it whole.
const NO_PROMISE: u32 = 32;
/// In fewer pixels than these, across and along, no figure can be read: the smallest that are drawn have 3 by 5.
const LEGIBLE: (u32, u32) = (3, 5);

/// Whether a picture is small enough for this module.
pub(super) fn is_small(width: u32, height: u32) -> bool {
    width.max(height) <= ENLARGED || width.min(height) < NO_PROMISE
}

/// How many pixels a look at a picture of this size is at, its enlarged copy among them.
pub(super) fn cost(width: u32, height: u32) -> u64 {
    let enlarged = times(width, height).map_or(0, |times| u64::from(times * times));
    (u64::from(width) * u64::from(height)).saturating_mul(1 + enlarged)
}

/// How much it is enlarged; none where it is not.
fn times(width: u32, height: u32) -> Option<u32> {
    match width.max(height) {
        long if long <= FOURFOLD => Some(4),
        long if long <= ENLARGED => Some(2),
        _ => None,
    }
}

/// What is seen in a small picture: by the detector as it is and enlarged, and what stands out besides.
pub(super) fn marks(picture: &Picture, rules: &Rules, detectors: &Detectors) -> Vec<Mark> {
    let mut marks = (detectors.writing)(picture, rules.ground, rules.keep_markers);
    if let Some((times, copy)) =
        times(picture.width(), picture.height()).and_then(|times| Some((times, enlarged::times(picture, times)?)))
    {
        let more = (detectors.writing)(&copy, rules.ground, rules.keep_markers);
        for mark in more.into_iter().filter_map(|mark| scaled(mark, times, picture)) {
            take(&mut marks, mark);
        }
    }
    if !detectors.besides {
        return marks;
    }
    if let Some(rest) = besides(picture, &marks, &rules.filled) {
        marks.push(rest);
    }
    marks
}

/// What stands out in a picture and lies in no mark and in nothing `filled`, as one area for a person to look at; none where nothing does. Of a
/// picture of which nothing can be promised that is all of it.
pub(super) fn besides(picture: &Picture, marks: &[Mark], filled: &[Area]) -> Option<Mark> {
    let (width, height) = (picture.width(), picture.height());
    if width.min(height) < LEGIBLE.0 || width.max(height) < LEGIBLE.1 {
        return None;
    }
    let tiny = width.min(height) < NO_PROMISE;
    let closely = match (tiny, width.max(height) <= LOOKED_AT) {
        (true, _) => Closely::Every,
        (false, true) => Closely::Glyphs,
        (false, false) => Closely::Rows,
    };
    let held = |by: &Area, area: &Area| by.common(area) == Some(*area);
    let accounted = |area: &Area| {
        marks.iter().any(|mark| mark.action != Action::Keep && held(&mark.area, area))
            || filled.iter().any(|fill| held(fill, area))
    };
    let spots = spot::spots(picture, closely);
    let rest = spots.into_iter().filter(|area| !accounted(area)).reduce(|one, other| one.around(&other))?;
    let area = if tiny { Area::new(0, 0, width, height) } else { rest };
    Some(Mark { frame: 0, area, class: Class::Pair, score: 0.0, action: Action::Look })
}

/// A mark of the enlarged copy in pixels of the picture, rounded outwards.
fn scaled(mark: Mark, times: u32, picture: &Picture) -> Option<Mark> {
    let (x, y) = (mark.area.x / times, mark.area.y / times);
    let (right, bottom) = (mark.area.right().div_ceil(times), mark.area.bottom().div_ceil(times));
    let area = Area::new(x, y, right.saturating_sub(x), bottom.saturating_sub(y));
    Some(Mark { area: area.within(picture.width(), picture.height())?, ..mark })
}

/// Adds a mark, unless one that does as much holds it. What is to be covered goes before what is to be looked at, and that
/// before what is kept.
fn take(marks: &mut Vec<Mark>, mark: Mark) {
    let rank = |mark: &Mark| match mark.action {
        Action::Cover => 0,
        Action::Look => 1,
        _ => 2,
    };
    let holds = |one: &Mark, other: &Mark| rank(one) <= rank(other) && one.area.common(&other.area) == Some(other.area);
    if marks.iter().any(|one| holds(one, &mark)) {
        return;
    }
    // What is kept at one size and covered at the other is covered.
    let touched = |one: &Mark| one.area.common(&mark.area).is_some();
    if mark.action == Action::Keep && marks.iter().any(touched) {
        return;
    }
    marks.retain(|one| {
        !(holds(&mark, one) || (one.action == Action::Keep && mark.action != Action::Keep && touched(one)))
    });
    marks.push(mark);
}

#[cfg(test)]
mod tests;
