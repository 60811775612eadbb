//! Compares what the detector found in one picture with what is truly there. Each definition is in `docs/pixels.md`.

use crate::case::{Kind, Truth};
use scrubs::finding::Action;
use scrubs::pixels::Mark;
use scrubs::place::Area;

/// A box of writing counts as covered from this part of its pixels on.
const COVERED: f64 = 0.9;
/// A marker or scale counts as kept below this part of its pixels.
const KEPT: f64 = 0.1;
/// A miss is on the look list where covers and looks together hold this part of its pixels.
const LOOKED_AT: f64 = 0.5;
/// The part of width and height in the middle that holds anatomy and hardly ever writing.
const MIDDLE: f64 = 0.6;

/// Pixels around a box that may be covered too: a cover is padded by 3 px or 0.3 of the height, and half as much again is
/// granted for how tightly a box is drawn.
fn granted(area: &Area) -> u32 {
    let side = f64::from(area.width.min(area.height));
    (side * 0.45).ceil().max(5.0) as u32
}

/// One truth box and what became of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Met {
    /// Which of the picture's boxes, from 0.
    pub(crate) index: usize,
    pub(crate) kind: Kind,
    pub(crate) area: Area,
    /// Part of its pixels that is covered, 0 to 1.
    pub(crate) covered: f64,
    /// Part of its pixels that is covered or put before a person.
    pub(crate) seen: f64,
}

impl Met {
    /// Whether it is dealt with as its kind asks: writing covered, all else kept.
    pub(crate) fn is_right(&self) -> bool {
        if self.kind.is_writing() { self.covered >= COVERED } else { self.covered < KEPT }
    }

    /// Whether a person would be shown it.
    pub(crate) fn is_on_the_look_list(&self) -> bool {
        self.seen >= LOOKED_AT && self.seen > self.covered
    }
}

/// One picture's score; all areas in pixels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Score {
    pub(crate) boxes: Vec<Met>,
    pub(crate) covers: usize,
    pub(crate) looks: usize,
    /// Covers that share no pixel with any truth box, of whatever kind.
    pub(crate) false_boxes: Vec<Area>,
    pub(crate) pixels: u64,
    /// Union of the boxes of writing, and how much of it is covered.
    pub(crate) written: u64,
    pub(crate) written_covered: u64,
    /// Covered outside every truth box and what is granted around it; in the whole picture and in its middle.
    pub(crate) wrong: u64,
    pub(crate) wrong_in_middle: u64,
    /// Covered outside every truth box, nothing granted.
    pub(crate) outside: u64,
    pub(crate) middle: u64,
    pub(crate) seconds: f64,
}

impl Score {
    /// Compares `marks` with `truth` in a picture of this size.
    pub(crate) fn of(marks: &[Mark], truth: &[Truth], width: u32, height: u32, seconds: f64) -> Self {
        let areas = |action| {
            let marked = marks.iter().filter(move |mark| mark.action == action && !mark.class.is_of_face());
            marked.filter_map(|mark| mark.area.within(width, height)).collect::<Vec<_>>()
        };
        let (covers, looks) = (areas(Action::Cover), areas(Action::Look));
        let mut map = Map::new(width, height);
        covers.iter().for_each(|area| map.paint(area, COVER));
        looks.iter().for_each(|area| map.paint(area, LOOK));
        for Truth { kind, area } in truth {
            map.paint(&area.padded(granted(area), width, height), GRANTED);
            map.paint(area, if kind.is_writing() { BOX | WRITING } else { BOX });
        }
        let boxes = truth.iter().enumerate().map(|(index, Truth { kind, area })| {
            let part = |wanted| map.count(area, |bits| bits & wanted != 0) as f64 / area.pixels().max(1) as f64;
            Met { index, kind: *kind, area: *area, covered: part(COVER), seen: part(COVER | LOOK) }
        });
        let boxes = boxes.collect();
        let whole = Area::new(0, 0, width, height);
        let middle = middle(width, height);
        let wrong = |bits: u8| bits & (COVER | GRANTED) == COVER;
        let touches_none = |cover: &&Area| truth.iter().all(|truth| truth.area.common(cover).is_none());
        Self {
            boxes,
            covers: covers.len(),
            looks: looks.len(),
            false_boxes: covers.iter().filter(touches_none).copied().collect(),
            pixels: whole.pixels(),
            written: map.count(&whole, |bits| bits & WRITING != 0),
            written_covered: map.count(&whole, |bits| bits & WRITING != 0 && bits & COVER != 0),
            wrong: map.count(&whole, wrong),
            wrong_in_middle: map.count(&middle, wrong),
            outside: map.count(&whole, |bits| bits & (COVER | BOX) == COVER),
            middle: middle.pixels(),
            seconds,
        }
    }

    /// The boxes of one kind.
    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Met> {
        self.boxes.iter().filter(move |met| met.kind == kind)
    }

    /// Whether there is anything in it that is to be covered.
    pub(crate) fn has_writing(&self) -> bool {
        self.boxes.iter().any(|met| met.kind.is_writing())
    }
}

fn middle(width: u32, height: u32) -> Area {
    let edge = |side: u32| (f64::from(side) * (1.0 - MIDDLE) / 2.0) as u32;
    let (x, y) = (edge(width), edge(height));
    Area::new(x, y, width - 2 * x, height - 2 * y)
}

const COVER: u8 = 1;
const LOOK: u8 = 2;
const GRANTED: u8 = 4;
const BOX: u8 = 8;
const WRITING: u8 = 16;

/// A few bits for each pixel, so that unions are counted once.
struct Map {
    width: usize,
    bits: Vec<u8>,
}

impl Map {
    fn new(width: u32, height: u32) -> Self {
        Self { width: width as usize, bits: vec![0; width as usize * height as usize] }
    }

    fn rows(&self, area: &Area) -> impl Iterator<Item = std::ops::Range<usize>> + use<> {
        let (width, x, right) = (self.width, area.x as usize, area.right() as usize);
        (area.y as usize..area.bottom() as usize).map(move |y| y * width + x..y * width + right)
    }

    fn paint(&mut self, area: &Area, bits: u8) {
        for row in self.rows(area) {
            self.bits[row].iter_mut().for_each(|pixel| *pixel |= bits);
        }
    }

    fn count(&self, area: &Area, wanted: impl Fn(u8) -> bool) -> u64 {
        self.rows(area).map(|row| self.bits[row].iter().filter(|bits| wanted(**bits)).count() as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scrubs::pixels::Class;

    fn mark(x: u32, y: u32, width: u32, height: u32, action: Action) -> Mark {
        Mark { frame: 0, area: Area::new(x, y, width, height), class: Class::Line, score: 5.0, action }
    }

    fn truth(kind: Kind, x: u32, y: u32, width: u32, height: u32) -> Truth {
        Truth { kind, area: Area::new(x, y, width, height) }
    }

    #[test]
    fn two_covers_of_half_a_box_each_cover_the_box_once() {
        let written = [truth(Kind::Identifying, 10, 10, 40, 10)];
        let halves = [mark(8, 8, 24, 14, Action::Cover), mark(28, 8, 24, 14, Action::Cover)];
        let score = Score::of(&halves, &written, 200, 100, 0.0);
        assert!((score.boxes[0].covered - 1.0).abs() < 1e-9 && score.boxes[0].is_right());
        assert_eq!((score.written, score.written_covered), (400, 400));
        assert_eq!((score.wrong, score.false_boxes.len()), (0, 0), "the padding is granted");
        assert_eq!(score.outside, 44 * 14 - 400);
    }

    #[test]
    fn a_cover_that_touches_nothing_is_false_and_a_covered_marker_is_not_kept() {
        let there = [truth(Kind::Marker, 0, 0, 10, 10), truth(Kind::Text, 180, 90, 20, 10)];
        let found =
            [mark(0, 0, 10, 1, Action::Cover), mark(90, 40, 10, 10, Action::Cover), mark(180, 90, 20, 6, Action::Look)];
        let score = Score::of(&found, &there, 200, 100, 0.0);
        assert!(!score.boxes[0].is_right(), "a tenth of it is covered");
        assert!(!score.boxes[1].is_right() && score.boxes[1].is_on_the_look_list());
        assert_eq!(score.false_boxes, [Area::new(90, 40, 10, 10)]);
        assert_eq!((score.wrong, score.wrong_in_middle, score.covers, score.looks), (100, 100, 2, 1));
    }

    #[test]
    fn what_was_not_found_counts_as_not_covered() {
        let score = Score::of(&[], &[truth(Kind::Text, 0, 0, 9, 9), truth(Kind::Marker, 50, 0, 9, 9)], 99, 99, 0.0);
        assert_eq!(score.boxes.iter().map(Met::is_right).collect::<Vec<_>>(), [false, true]);
        assert!(score.has_writing() && score.boxes.iter().all(|met| !met.is_on_the_look_list()));
    }
}
