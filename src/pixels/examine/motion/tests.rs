//! What is taken for speckle in a clip, with a detector that marks what a test says.

use super::*;
use crate::pixels::Class;

const WIDE: u32 = 160;
const HIGH: u32 = 120;
const FRAMES: u32 = 12;

/// Whether a place is ink of a line of figures like combs in this area.
fn is_ink(area: &Area, x: u32, y: u32) -> bool {
    let (dx, dy) = (x.wrapping_sub(area.x + 3), y.wrapping_sub(area.y + 3));
    let inside = dx < area.width - 6 && dy < area.height - 6;
    inside && (dx % 6 < 2 || dy % 6 < 2 && dx % 12 < 8)
}

/// A frame: a margin of black and, from x = 40 on, grain that is another in every frame; and figures in some areas.
fn frame(number: u32, moves: bool, written: &[Area]) -> Picture {
    let mut state = 77 + if moves { number * 7_919 } else { 0 };
    let each = (0..WIDE * HIGH).map(|n| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (x, y) = (n % WIDE, n / WIDE);
        match written.iter().any(|area| is_ink(area, x, y)) {
            true => 240,
            false if x < 40 => 3,
            false => 20 + (state >> 24) as u8 % 190,
        }
    });
    Picture::new(WIDE, HIGH, 1, 8, Samples::U8(each.collect())).expect("a picture")
}

fn mark(frame: u32, area: Area, score: f32, action: Action) -> Mark {
    Mark { frame, area, class: Class::Line, score, action }
}

/// What is left of marks in a clip of which the frames are made so.
fn settled(cine: bool, frames: impl Fn(u32) -> Picture, marks: &[Mark]) -> Vec<Mark> {
    let mut motion = Motion::of(FRAMES, cine);
    let mut seen = Vec::new();
    for number in 0..FRAMES {
        seen.extend(marks.iter().filter(|mark| mark.frame == number));
        motion.take(&frames(number), &seen);
    }
    motion.settle(&mut seen);
    seen
}

const INSIDE: Area = Area { x: 60, y: 40, width: 60, height: 14 };
const MARGIN: Area = Area { x: 2, y: 10, width: 36, height: 14 };

#[test]
fn grain_that_moves_is_not_covered_but_put_before_a_person() {
    let plain = |number| frame(number, true, &[]);
    let mut tried = 0;
    for (score, action) in [(2.5, Action::Look), (2.0, Action::Cover), (5.0, Action::Cover)] {
        let found = mark(4, INSIDE, score, action);
        assert_eq!(settled(true, plain, &[found]), [Mark { action: Action::Look, ..found }]);
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn figures_that_stand_over_moving_grain_are_writing_in_however_few_frames_they_stand() {
    let mut tried = 0;
    for frames in [3..6, 0..2, 10..12, 0..12] {
        let shown = frames.clone();
        let clip = move |number| frame(number, true, if shown.contains(&number) { &[INSIDE] } else { &[] });
        // Found in one of them only.
        let found = mark(frames.start, INSIDE, 3.5, Action::Cover);
        assert_eq!(settled(true, clip, &[found]), [found], "{frames:?}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn figures_in_one_frame_are_never_silently_left_out_wherever_they_stand() {
    // In the margin, where nothing moves; over grain that stands still; in a still picture between frames that move.
    let found = |area| mark(6, area, 3.5, Action::Cover);
    let once = |area: Area, moves| {
        move |number| if number == 6 { frame(number, moves, &[area]) } else { frame(number, moves, &[]) }
    };
    assert_eq!(settled(true, once(MARGIN, true), &[found(MARGIN)]), [found(MARGIN)]);
    assert_eq!(settled(true, once(INSIDE, false), &[found(INSIDE)]), [found(INSIDE)]);
    let sheet = |number: u32| match number {
        6 => {
            let each = (0..WIDE * HIGH).map(|n| if is_ink(&INSIDE, n % WIDE, n / WIDE) { 240 } else { 255 });
            Picture::new(WIDE, HIGH, 1, 8, Samples::U8(each.collect())).expect("a picture")
        }
        _ => frame(number, true, &[]),
    };
    assert_eq!(settled(true, sheet, &[found(INSIDE)]), [found(INSIDE)]);
    // Over moving grain it is drawn in one value, unlike all around it.
    let left = settled(true, once(INSIDE, true), &[found(INSIDE)]);
    assert_eq!(left, [found(INSIDE)]);
}

#[test]
fn a_clock_that_changes_in_every_frame_is_writing_in_a_margin_and_where_it_is_found_again() {
    let shifted = |number: u32, area: Area| Area { x: area.x + number % 5, width: area.width - 5, ..area };
    let clip = move |area: Area| move |number| frame(number, true, &[shifted(number, area)]);
    let all = |area: Area| (0..FRAMES).map(|n| mark(n, area, 2.5, Action::Look)).collect::<Vec<_>>();
    assert_eq!(settled(true, clip(MARGIN), &all(MARGIN)[5..6]).len(), 1);
    assert_eq!(settled(true, clip(INSIDE), &all(INSIDE)).len(), FRAMES as usize);
}

#[test]
fn nothing_is_left_out_of_pages_of_few_frames_and_of_frames_of_several_sizes() {
    let marks = [mark(2, INSIDE, 2.5, Action::Look)];
    assert_eq!(settled(false, |number| frame(number, true, &[]), &marks), marks, "pages");
    let sizes = |number: u32| match number {
        9 => Picture::new(8, 8, 1, 8, Samples::U8(vec![0; 64])).expect("a picture"),
        _ => frame(number, true, &[]),
    };
    assert_eq!(settled(true, sizes, &marks), marks);
    let mut motion = Motion::of(LEAST_FRAMES - 1, true);
    let mut seen = marks.to_vec();
    (0..LEAST_FRAMES - 1)
        .for_each(|number| motion.take(&frame(number, true, &[]), if number < 2 { &[] } else { &marks }));
    motion.settle(&mut seen);
    assert_eq!(seen, marks);
    // A person decides over faces, and side markers stay.
    let face = Mark { class: Class::Face, action: Action::Flag, ..marks[0] };
    let marker = Mark { class: Class::Marker, action: Action::Keep, ..marks[0] };
    assert_eq!(settled(true, |number| frame(number, true, &[]), &[face, marker]), [face, marker]);
}

/// Pixel by pixel, as the rule says it.
fn counted(old: &Picture, new: &Picture) -> (u64, Vec<u32>) {
    let least = [old, new].map(|picture| View::of(picture, Span::of(picture.samples())).least);
    let least = least[0].max(least[1]);
    let across = new.width().div_ceil(BLOCK);
    let mut counts = vec![0; (across * new.height().div_ceil(BLOCK)) as usize];
    let [before, after] = [old, new].map(|picture| View::of(picture, Span::of(picture.samples())));
    let places = (0..new.height()).flat_map(|y| (0..new.width()).map(move |x| (x, y)));
    for (x, y) in places.filter(|(x, y)| after.differs(&before, *x, *y, least)) {
        counts[(y / BLOCK * across + x / BLOCK) as usize] += 1;
    }
    (counts.iter().map(|count| u64::from(*count)).sum(), counts.iter().map(|count| u32::from(*count > GRAIN)).collect())
}

#[test]
fn frames_that_are_compared_by_rows_differ_where_their_pixels_do() {
    let mut state = 9_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    let mut tried = 0;
    for (width, height, channels, bits) in
        [(16, 16, 1, 8), (17, 9, 3, 8), (8, 8, 1, 12), (23, 31, 3, 16), (1, 1, 1, 8), (7, 40, 1, 16), (64, 3, 3, 8)]
    {
        let count = (width * height * u32::from(channels)) as usize;
        let mut samples: Vec<u16> = (0..count).map(|_| (next() >> (16 - bits)) as u16).collect();
        let picture = |samples: &[u16]| {
            let samples = match bits {
                8 => Samples::U8(samples.iter().map(|sample| *sample as u8).collect()),
                _ => Samples::U16(samples.to_vec()),
            };
            Picture::new(width, height, channels, bits, samples).expect("a picture")
        };
        for changes in [0, 1, 4, 40, 400, 4_000] {
            let old = picture(&samples);
            for _ in 0..changes {
                let at = next() as usize % count;
                samples[at] = (u32::from(samples[at]) + (next() >> (18 - bits))) as u16 & ((1_u32 << bits) - 1) as u16;
            }
            let new = picture(&samples);
            let mut motion = Motion::of(FRAMES, true);
            motion.take(&old, &[]);
            motion.take(&new, &[]);
            let (changed, blocks) = counted(&old, &new);
            assert_eq!(motion.changes, blocks, "{width} x {height}");
            assert_eq!(motion.parts[1], changed as f32 / (width as f32 * height as f32));
            tried += 1;
        }
    }
    assert_eq!(tried, 42);
}
