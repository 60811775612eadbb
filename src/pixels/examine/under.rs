//! Marks in what transparency hides or draws: told as marks of the picture that it belongs to, and covered there.
//!
//! Colours that a viewer does not show are in the file all the same, and a viewer that knows no transparency shows them. A
//! frame is looked at without its transparency, and its transparency by itself. Where a picture is see-through altogether,
//! nobody who looks at it sees what there is to decide, so what may be writing there is covered.

use crate::finding::Action;
use crate::pixels::{Mark, Picture, Samples};
use crate::place::Area;

/// Takes the marks that were seen in the transparency of frame `of` among those of the frame itself: once where both show the
/// same.
pub(super) fn take(found: Vec<Mark>, of: u32, seen: &mut Vec<Mark>) {
    for mark in found {
        let mark = Mark { frame: of, ..mark };
        let same = |other: &&mut Mark| {
            let common = other.area.common(&mark.area).map_or(0, |common| common.pixels());
            other.frame == of
                && other.action == mark.action
                && 2 * common >= other.area.pixels().min(mark.area.pixels())
        };
        match seen.iter_mut().find(same) {
            Some(other) => other.area = other.area.around(&mark.area),
            None => seen.push(mark),
        }
    }
}

/// Covers what a person was to look at where frame `of` is see-through altogether.
pub(super) fn cover_hidden(transparency: &Picture, of: u32, seen: &mut [Mark]) {
    let writing = |mark: &&mut Mark| mark.frame == of && mark.action == Action::Look && !mark.class.is_of_face();
    for mark in seen.iter_mut().filter(writing).filter(|mark| is_hidden(transparency, &mark.area)) {
        mark.action = Action::Cover;
    }
}

/// Whether nothing of an area is shown.
fn is_hidden(transparency: &Picture, area: &Area) -> bool {
    let (Samples::U8(samples), Some(area)) =
        (transparency.samples(), area.within(transparency.width(), transparency.height()))
    else {
        return false;
    };
    let width = transparency.width() as usize;
    let row = |y: u32| {
        let from = y as usize * width + area.x as usize;
        samples.get(from..from + area.width as usize)
    };
    transparency.channels() == 1
        && !transparency.is_inverted()
        && (area.y..area.bottom()).all(|y| row(y).is_some_and(|row| row.iter().all(|sample| *sample == 0)))
}
