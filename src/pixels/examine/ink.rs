//! Whether something in a slice can be writing at all.
//!
//! A scanner's computer writes in one value: the pixels of its letters have it exactly, or nearly so where an edge was smoothed.
//! Anatomy and noise have every value between, each about as often as the next. Rows of slices in a mosaic, trabeculae and
//! folds look like rows of glyphs and are told from writing by that. Held against 191 marks in real MR slices (none of them
//! writing: the strongest value stood out 4.0 times at most) and writing in real CT (43 times and more). An organ whose grey hardly
//! varies stands out like letters do among all that a wide window holds; but it fills squares that no stroke fills.

mod patch;

use crate::finding::Action;
use crate::pixels::{Class, Mark, Picture, Samples};
use crate::place::Area;
use patch::Patch;
use std::ops::RangeInclusive;

/// Slices of no more bits than this are converted pictures, which may have been anything before.
const LEAST_BITS: u8 = 9;
/// How often a value must be there, in parts of the area, and at least.
const PART: usize = 200;
const LEAST: usize = 8;
/// How many times as often as those beside it.
const STANDS_OUT: usize = 5;
/// So few values that are no ground are those of something drawn.
const FEW: usize = 12;
/// Values on either side that it is held against.
const BESIDE: usize = 6;
/// Parts of the span above its darkest hundredth that count as ground.
const GROUND: f32 = 0.15;
/// A value smoothed a little: in so many steps of the span.
const STEPS: f32 = 100.0;
/// So many steps beside a smoothed value belong to it where it is asked whether it fills an area.
const SLOPE: u16 = 2;
/// The side of a square that no stroke of a letter fills, in parts of the height of a mark, as a divisor, and in pixels at least and
/// at most.
const STROKE: (u32, u32, u32) = (5, 5, 9);
/// In percent: such a square counts as full, and what lies in full ones is an organ of one grey rather than strokes.
const FULL: u32 = 90;
const SOLID: usize = 50;
/// In percent: where so much of what touches pixels of a value is lighter, they are gaps that were set to one value.
const DARKER: usize = 60;
/// In percent: little of what touches letters that stand by themselves is lighter.
const LIGHTER: usize = 30;
/// In percent: so many pixels of letters have another of the same value beside them; in noise few do.
const JOINED: usize = 70;
/// Letters are among the lightest samples: of so many one.
const TENTH: usize = 10;
/// A line of writing with what it is padded with is no thicker than this, in percent of the slice's shorter side, and in pixels where
/// that is more.
const THICK: (u32, u32) = (15, 40);
/// Width and height of the parts in which letters are looked for by their value alone, and the most of them.
const TILE: (u32, u32) = (128, 64);
const MOST_TILES: u32 = 4_096;
/// More pixels than this are not gone through: it may be writing.
const MOST: u64 = 4 << 20;

/// What of marks in a slice may be writing, and what stands there in the values of its letters by themselves: over anatomy a
/// detector may take both for one line, and miss where the letters end.
pub(super) fn of(picture: &Picture, marks: Vec<Mark>, look: impl FnOnce(&Picture) -> Vec<Mark>) -> Vec<Mark> {
    let (mut kept, mut values) = (Vec::new(), Vec::new());
    for mark in marks {
        match ink(picture, &mark.area) {
            Ink::None => {}
            Ink::Unsaid => kept.push(mark),
            Ink::Values(mut found) => {
                values.append(&mut found);
                // Letters in it are covered by themselves.
                kept.push(no_thicker(picture, mark));
            }
        }
    }
    values.extend(everywhere(picture));
    if let Some(letters) = alone(picture, &values) {
        kept.extend(look(&letters));
    }
    kept
}

/// A mark in a slice, put before a person where it would be covered and is thicker than any line: it holds more than letters.
pub(super) fn no_thicker(picture: &Picture, mark: Mark) -> Mark {
    let most = (picture.width().min(picture.height()) / 100 * THICK.0).max(THICK.1);
    let thick = mark.class != Class::Block && mark.area.width.min(mark.area.height) > most;
    let action = if thick && mark.action == Action::Cover { Action::Look } else { mark.action };
    Mark { action, ..mark }
}

/// Values of letters that no mark holds: of each part of the slice by itself, since a line is little of the whole.
fn everywhere(picture: &Picture) -> Vec<RangeInclusive<u16>> {
    let mut out: Vec<RangeInclusive<u16>> = Vec::new();
    let (across, down) = (picture.width().div_ceil(TILE.0), picture.height().div_ceil(TILE.1));
    if across.saturating_mul(down) > MOST_TILES {
        return out;
    }
    let Samples::U16(samples) = picture.samples() else { return out };
    let light = lightest(samples);
    for (x, y) in (0..down).flat_map(|y| (0..across).map(move |x| (x * TILE.0, y * TILE.1))) {
        let Some(area) = Area::new(x, y, TILE.0, TILE.1).within(picture.width(), picture.height()) else { continue };
        let Ink::Values(found) = ink(picture, &area) else { continue };
        let patch = Patch { samples, width: picture.width() as usize, area };
        let is_letter = |range: &RangeInclusive<u16>| {
            let exact = range.start() == range.end() && *range.start() >= light;
            exact && patch.lighter_beside(range) <= LIGHTER && patch.joined(range) >= JOINED
        };
        for range in found {
            if is_letter(&range) && !out.contains(&range) {
                out.push(range);
            }
        }
    }
    out
}

/// The value from which a tenth of the samples is as light.
fn lightest(samples: &[u16]) -> u16 {
    let mut counts = vec![0_usize; 1 << 16];
    samples.iter().for_each(|sample| counts[usize::from(*sample)] += 1);
    let mut above = 0;
    let at = counts.iter().rposition(|count| {
        above += count;
        TENTH * above >= samples.len()
    });
    at.and_then(|at| u16::try_from(at).ok()).unwrap_or(0)
}

/// The letters of these values, white on black; none where there are no such values.
fn alone(picture: &Picture, values: &[RangeInclusive<u16>]) -> Option<Picture> {
    let Samples::U16(samples) = picture.samples() else { return None };
    if values.is_empty() {
        return None;
    }
    let shown = |sample: &u16| if values.iter().any(|range| range.contains(sample)) { 255 } else { 0 };
    Picture::new(picture.width(), picture.height(), 1, 8, Samples::U8(samples.iter().map(shown).collect()))
}

/// What is known of ink in an area.
enum Ink {
    None,
    /// This cannot be said.
    Unsaid,
    /// Values that stand out.
    Values(Vec<RangeInclusive<u16>>),
}

/// Whether values stand out among the lighter ones of an area, as those of letters would.
fn ink(picture: &Picture, area: &Area) -> Ink {
    let Samples::U16(samples) = picture.samples() else { return Ink::Unsaid };
    if picture.bits() < LEAST_BITS || picture.channels() != 1 || picture.is_inverted() || area.pixels() > MOST {
        return Ink::Unsaid;
    }
    let width = picture.width() as usize;
    let (from, to) = (area.x as usize, (area.x as usize + area.width as usize).min(width));
    let rows = samples.chunks_exact(width).skip(area.y as usize).take(area.height as usize);
    let mut values: Vec<u16> = rows.flat_map(|row| row.get(from..to).unwrap_or_default()).copied().collect();
    values.sort_unstable();
    let (Some(highest), Some(lowest)) = (values.last().copied(), values.get(values.len() / 100).copied()) else {
        return Ink::Unsaid;
    };
    let span = f32::from(highest) - f32::from(lowest);
    let ground = f32::from(lowest) + GROUND * span;
    let lighter = &values[values.partition_point(|value| f32::from(*value) <= ground)..];
    let least = LEAST.max(values.len() / PART);
    let exact = counted(lighter.iter().copied());
    let step = (span / STEPS).max(1.0);
    let smoothed = counted(lighter.iter().map(|value| ((f32::from(*value) - f32::from(lowest)) / step) as u16));
    if exact.len() < FEW {
        let most = smoothed.iter().map(|(_, count)| *count).max().unwrap_or(0);
        return if most >= LEAST || lighter.is_empty() { Ink::Unsaid } else { Ink::None };
    }
    let back = |steps: u16| (f32::from(lowest) + f32::from(steps) * step) as u16;
    let patch = Patch { samples, width, area: Area::new(area.x, area.y, (to - from) as u32, area.height) };
    let mut found: Vec<RangeInclusive<u16>> = standing_out(&exact, least).map(|value| value..=value).collect();
    found.retain(|range| !patch.is_solid(range) && patch.lighter_beside(range) < DARKER);
    for range in joined(standing_out(&smoothed, least)) {
        let (first, last) = (*range.start(), *range.end());
        let around = back(first.saturating_sub(SLOPE))..=back(last.saturating_add(1 + SLOPE));
        if !patch.is_solid(&around) && patch.lighter_beside(&(back(first)..=back(last.saturating_add(1)))) < DARKER {
            found.push(back(first)..=back(last.saturating_add(1)));
        }
    }
    if found.is_empty() { Ink::None } else { Ink::Values(found) }
}

/// Runs of neighbouring values.
fn joined(values: impl Iterator<Item = u16>) -> Vec<RangeInclusive<u16>> {
    let mut out: Vec<RangeInclusive<u16>> = Vec::new();
    for value in values {
        match out.last_mut() {
            Some(last) if last.end().saturating_add(1) >= value => *last = *last.start()..=value,
            _ => out.push(value..=value),
        }
    }
    out
}

/// How often each of some sorted values is there.
fn counted(values: impl Iterator<Item = u16>) -> Vec<(u16, usize)> {
    let mut counts: Vec<(u16, usize)> = Vec::new();
    for value in values {
        match counts.last_mut() {
            Some((last, count)) if *last == value => *count += 1,
            _ => counts.push((value, 1)),
        }
    }
    counts
}

fn standing_out(counts: &[(u16, usize)], least: usize) -> impl Iterator<Item = u16> {
    counts
        .iter()
        .enumerate()
        .filter(move |(at, (_, count))| {
            if *count < least {
                return false;
            }
            let before = counts[at.saturating_sub(BESIDE)..*at].iter();
            let mut beside: Vec<usize> =
                before.chain(counts.iter().skip(at + 1).take(BESIDE)).map(|beside| beside.1).collect();
            beside.sort_unstable();
            let usual = beside.get(beside.len() / 2).copied().unwrap_or(0);
            *count >= STANDS_OUT * (usual + 1)
        })
        .map(|(_, (value, _))| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: u32 = 64;

    fn may_be_in(picture: &Picture, area: &Area) -> bool {
        !matches!(ink(picture, area), Ink::None)
    }

    fn is_on(at: &u32) -> bool {
        let (x, y) = (at % SIZE, at / SIZE);
        (20..30).contains(&y) && x % 6 < 2 || y == 25 && x % 12 < 7
    }

    /// Noise with a bright body in it, and letters like combs over that, drawn by `ink`.
    fn slice(ink: impl Fn(u32) -> Option<u16>) -> Picture {
        let mut state = 12_345_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let mut samples = Vec::new();
        for at in 0..SIZE * SIZE {
            let (x, y) = (at % SIZE, at / SIZE);
            let body = if (x / 8 + y / 8).is_multiple_of(2) { 900 + noise() % 700 } else { 20 + noise() % 90 };
            let value = if is_on(&at) { ink(noise()) } else { None };
            samples.push(value.unwrap_or(body as u16));
        }
        Picture::new(SIZE, SIZE, 1, 12, Samples::U16(samples)).expect("a picture")
    }

    #[test]
    fn what_stands_in_one_value_may_be_writing_however_bright_and_anatomy_is_none() {
        let area = Area::new(0, 16, SIZE, 18);
        let mut tried = 0;
        for value in [4095, 2500, 1700, 1200, 700] {
            assert!(may_be_in(&slice(|_| Some(value)), &area), "{value}");
            tried += 1;
        }
        // A little smoothed.
        assert!(may_be_in(&slice(|noise| Some(2000 + (noise % 16) as u16)), &area));
        assert!(!may_be_in(&slice(|_| None), &area), "noise");
        assert!(!may_be_in(&slice(|noise| Some(1200 + (noise % 1500) as u16)), &area), "a row of bodies");
        assert_eq!(tried, 5);
    }

    #[test]
    fn letters_are_looked_at_by_themselves_too_and_nothing_is_where_there_are_none() {
        let whole = Area::new(0, 16, SIZE, 18);
        let mark = Mark { frame: 0, area: whole, class: Class::Line, score: 5.0, action: Action::Cover };
        let small = Mark { area: Area::new(1, 2, 3, 4), ..mark };
        let written = slice(|_| Some(2500));
        let found = of(&written, vec![mark], |letters| {
            let Samples::U8(samples) = letters.samples() else { panic!("not eight bits") };
            assert_eq!(samples.iter().filter(|sample| **sample == 255).count(), (0..SIZE * SIZE).filter(is_on).count());
            vec![small]
        });
        assert_eq!(found, [mark, small]);
        assert_eq!(of(&slice(|_| None), vec![mark], |_| panic!("there are no letters")), []);
    }

    #[test]
    fn a_cover_thicker_than_a_line_is_put_before_a_person() {
        let picture = Picture::new(512, 512, 1, 12, Samples::U16(vec![0; 512 * 512])).expect("a picture");
        let mut tried = 0;
        for (width, height, class, action) in [
            (300, 40, Class::Line, Action::Cover),
            (40, 300, Class::Line, Action::Cover),
            (90, 300, Class::Line, Action::Look),
            (300, 90, Class::Pair, Action::Look),
            (300, 90, Class::Block, Action::Cover),
        ] {
            let mark =
                Mark { frame: 0, area: Area::new(9, 9, width, height), class, score: 5.0, action: Action::Cover };
            assert_eq!(no_thicker(&picture, mark), Mark { action, ..mark }, "{width} {height}");
            tried += 1;
        }
        let kept =
            Mark { frame: 0, area: Area::new(9, 9, 90, 90), class: Class::Marker, score: 5.0, action: Action::Keep };
        assert_eq!((no_thicker(&picture, kept), tried), (kept, 5));
    }

    #[test]
    fn where_it_cannot_be_said_it_may_be_writing() {
        let flat = Picture::new(8, 8, 1, 12, Samples::U16(vec![7; 64])).expect("a picture");
        assert!(may_be_in(&flat, &Area::new(0, 0, 8, 8)));
        assert!(may_be_in(&flat, &Area::new(9, 9, 4, 4)), "beside the picture");
        let grey = Picture::new(8, 8, 1, 8, Samples::U8((0..64).collect())).expect("a picture");
        assert!(may_be_in(&grey, &Area::new(0, 0, 8, 8)), "eight bits");
        let inverted = slice(|_| None).inverted(true);
        assert!(may_be_in(&inverted, &Area::new(0, 16, SIZE, 18)), "black on white");
    }

    /// Marks in a picture of 12 bits of which this says the samples.
    fn marks_of(side: u32, mark: Area, sample: impl Fn(u32, u32) -> u16) -> Vec<Mark> {
        let samples = (0..side * side).map(|n| sample(n % side, n / side)).collect();
        let picture = Picture::new(side, side, 1, 12, Samples::U16(samples)).expect("a picture");
        let mark = Mark { frame: 0, area: mark, class: Class::Pair, score: 5.0, action: Action::Cover };
        of(&picture, vec![mark], |_| Vec::new())
    }

    #[test]
    fn an_organ_of_one_grey_with_gaps_in_it_and_a_few_bright_spots_are_no_letters() {
        let grain = |x: u32, y: u32| (x * 7_919 + y * 104_729 + x * y * 31) % 97;
        let area = Area::new(20, 20, 40, 30);
        // A brain of a narrow grey under a wide window, with dark gaps or with a bone beside it.
        let brain = |x: u32, y: u32| if x % 14 < 2 && y % 11 < 3 { 0 } else { 1_040 + (grain(x, y) % 20) as u16 };
        assert_eq!(marks_of(100, area, |x, y| if x < 24 { 3_900 } else { brain(x, y) }), []);
        let spots = |x: u32, y: u32| if y == 30 && [25, 26, 33, 34].contains(&x) { 900 + x as u16 } else { 3 };
        assert_eq!(marks_of(100, area, spots), []);
        // Two small figures are as small, and are letters.
        let figures = |x: u32, y: u32| if (28..33).contains(&y) && [25, 33].contains(&x) { 900 } else { 3 };
        assert_eq!(marks_of(100, area, figures).len(), 1);
    }

    #[test]
    fn what_is_thicker_than_a_line_is_put_before_a_person_and_its_letters_are_covered_by_themselves() {
        let written = slice(|_| Some(2_500));
        let thick =
            Mark { frame: 0, area: Area::new(0, 0, SIZE, SIZE), class: Class::Pair, score: 5.0, action: Action::Cover };
        let line = Mark { area: Area::new(0, 18, SIZE, 9), class: Class::Line, ..thick };
        let found = of(&written, vec![thick], |_| vec![line]);
        assert_eq!(found, [Mark { action: Action::Look, ..thick }, line]);
    }

    #[test]
    fn letters_that_no_mark_holds_are_found_by_their_value_and_noise_is_not() {
        let letters = everywhere(&slice(|_| Some(2_500)));
        assert_eq!(letters, [2_500..=2_500]);
        assert_eq!(everywhere(&slice(|_| None)), []);
        // Single pixels of one value hang together nowhere.
        let scattered = slice(|noise| noise.is_multiple_of(3).then_some(2_500));
        assert_eq!(everywhere(&scattered), []);
    }
}
