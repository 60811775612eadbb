//! Marks in what transparency hides or draws: told as marks of the picture that it belongs to, and covered there.
//!
//! Colours that a viewer does not show are in the file all the same, and a viewer that knows no transparency shows them. A
//! frame is looked at without its transparency, and its transparency by itself. Where a picture is see-through, nobody who
//! looks at it sees what there is to decide, so what may be writing there is covered, and so is a face: somebody rubbed it out,
//! and its colours stayed. A person is told of such a face all the same, for where one was rubbed out another may be left.

use crate::finding::Action;
use crate::pixels::{Mark, Picture, Samples};
use crate::place::Area;

/// What is no more opaque than this, in a hundred, shows nothing to anybody.
const UNSEEN: u32 = 4;
/// A mark is hidden where so much of it is, in a hundred: its area is padded, and what it is padded with may be shown.
const HIDDEN: u64 = 60;
/// The same for the whole of a picture, or of a mark of which nothing is shown.
const WHOLE: u64 = 98;

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

/// Covers what a person was to look at where frame `of` hides it. Of a moving picture another frame may show it: there a person
/// must look.
///
/// `beneath` is the frame itself, where it is known.
pub(super) fn cover_hidden(
    (transparency, beneath): (&Picture, Option<&Picture>),
    of: u32,
    moves: bool,
    seen: &mut Vec<Mark>,
) {
    let mut faces = Vec::new();
    // A picture of which nothing at all is shown was not made to be looked at so: whoever opens it sees all of it, faces too.
    let whole = is_hidden(transparency, &Area::new(0, 0, transparency.width(), transparency.height()), WHOLE);
    let empty = |area: &Area| {
        let shown = !is_hidden(transparency, area, WHOLE);
        shown && beneath.is_some_and(|beneath| hides_nothing(transparency, beneath, area))
    };
    let hidden =
        |mark: &&mut Mark| mark.frame == of && is_hidden(transparency, &mark.area, HIDDEN) && !empty(&mark.area);
    for mark in seen.iter_mut().filter(hidden) {
        let face = mark.action == Action::Flag;
        match mark.action {
            Action::Flag => faces.push(Mark { action: Action::Look, ..*mark }),
            Action::Look => {}
            _ => continue,
        }
        if !(moves || face && whole) {
            mark.action = Action::Cover;
        }
    }
    seen.append(&mut faces);
}

/// Whether of so much of an area, in a hundred, nothing is shown.
fn is_hidden(transparency: &Picture, area: &Area, part: u64) -> bool {
    let Some(area) = area.within(transparency.width(), transparency.height()) else { return false };
    if transparency.channels() != 1 || transparency.is_inverted() {
        return false;
    }
    let most = unseen(transparency);
    let width = transparency.width() as usize;
    let hidden = match transparency.samples() {
        Samples::U8(samples) => hidden(samples, width, &area, most),
        Samples::U16(samples) => hidden(samples, width, &area, most),
    };
    100 * hidden >= part * area.pixels()
}

/// How many pixels of an area are no more opaque than `most`.
fn hidden<T: Copy + Into<u32>>(samples: &[T], width: usize, area: &Area, most: u32) -> u64 {
    let row = |y: u32| {
        let from = y as usize * width + area.x as usize;
        samples.get(from..from + area.width as usize).unwrap_or_default()
    };
    (area.y..area.bottom()).map(|y| row(y).iter().filter(|sample| (**sample).into() <= most).count() as u64).sum()
}

/// What is no more opaque than this shows nothing.
fn unseen(transparency: &Picture) -> u32 {
    ((1_u32 << transparency.bits()) - 1) * UNSEEN / 100
}

/// Whether all that is hidden in an area has the very same value: then there is nothing in it.
fn hides_nothing(transparency: &Picture, beneath: &Picture, area: &Area) -> bool {
    let size = |picture: &Picture| (picture.width(), picture.height());
    let Some(area) = area.within(beneath.width(), beneath.height()) else { return false };
    let Samples::U8(opaque) = transparency.samples() else { return false };
    let plain = transparency.channels() == 1 && !transparency.is_inverted();
    if !plain || size(transparency) != size(beneath) {
        return false;
    }
    let most = unseen(transparency);
    let channels = usize::from(beneath.channels());
    match beneath.samples() {
        Samples::U8(samples) => is_one(samples, channels, &area, beneath.width(), |at| is_unseen(opaque, at, most)),
        Samples::U16(samples) => is_one(samples, channels, &area, beneath.width(), |at| is_unseen(opaque, at, most)),
    }
}

fn is_unseen(opaque: &[u8], at: usize, most: u32) -> bool {
    opaque.get(at).is_none_or(|sample| u32::from(*sample) <= most)
}

/// Whether all pixels of an area that are `hidden` have one value.
fn is_one<T: PartialEq>(
    samples: &[T],
    channels: usize,
    area: &Area,
    width: u32,
    hidden: impl Fn(usize) -> bool,
) -> bool {
    let places = (area.y..area.bottom())
        .flat_map(|y| (area.x..area.right()).map(move |x| y as usize * width as usize + x as usize))
        .filter(|at| hidden(*at));
    let mut first = None;
    places.map(|at| samples.get(at * channels..(at + 1) * channels)).all(|pixel| {
        let known = *first.get_or_insert(pixel);
        pixel.is_some() && known == pixel
    })
}
