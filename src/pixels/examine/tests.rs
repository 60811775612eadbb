//! What follows from marks in one frame and in many, with detectors that see what a test paints.

use super::*;
use crate::pixels::Samples;

/// Values that the detectors of these tests see: writing to cover, to look at and to keep, and faces.
const COVER: u8 = 255;
const LOOK: u8 = 254;
const KEEP: u8 = 253;
const FACE: u8 = 252;
const PERHAPS: u8 = 251;

fn boxed(picture: &Picture, value: u8) -> Option<Area> {
    let Samples::U8(samples) = picture.samples() else { return None };
    let at = |n: usize| (n as u32 % picture.width(), n as u32 / picture.width());
    let all = samples.iter().enumerate().filter(|(_, s)| **s == value).map(|(n, _)| at(n));
    all.map(|(x, y)| Area::new(x, y, 1, 1)).reduce(|one, other| one.around(&other))
}

fn seen(picture: &Picture, kinds: &[(u8, Class, Action)]) -> Vec<Mark> {
    let mark = |(value, class, action): &(u8, Class, Action)| {
        let area = boxed(picture, *value)?;
        Some(Mark { frame: 0, area, class: *class, score: 5.0, action: *action })
    };
    kinds.iter().filter_map(mark).collect()
}

const DETECTORS: Detectors = Detectors {
    writing: |picture, _, _| {
        let kinds = [
            (COVER, Class::Line, Action::Cover),
            (LOOK, Class::Pair, Action::Look),
            (KEEP, Class::Marker, Action::Keep),
        ];
        seen(picture, &kinds)
    },
    faces: |picture| seen(picture, &[(FACE, Class::Face, Action::Flag), (PERHAPS, Class::PerhapsFace, Action::Flag)]),
    besides: false,
};

/// Frames of 40 × 30 in which some areas bear a value.
struct Clip {
    frames: u32,
    painted: fn(u32) -> Vec<(u8, Area)>,
    width: fn(u32) -> u32,
}

impl Frames for Clip {
    fn count(&self) -> u32 {
        self.frames
    }

    fn frame(&mut self, index: u32) -> Result<Picture, Unseen> {
        let width = (self.width)(index);
        let mut samples = vec![10; width as usize * 30];
        for (value, area) in (self.painted)(index) {
            for (x, y) in (area.y..area.bottom()).flat_map(|y| (area.x..area.right()).map(move |x| (x, y))) {
                samples[(y * width + x) as usize] = value;
            }
        }
        Picture::new(width, 30, 1, 8, Samples::U8(samples)).ok_or_else(|| Unseen::damaged("no picture"))
    }
}

fn look(frames: u32, painted: fn(u32) -> Vec<(u8, Area)>, rules: &Rules) -> Examination {
    let mut clip = Clip { frames, painted, width: |_| 40 };
    examine_with(&mut clip, rules, &DETECTORS).expect("looked at")
}

fn covered(seen: &Examination, frame: u32) -> Vec<Area> {
    let mut all: Vec<Area> = seen.covering().of(frame).collect();
    all.sort_unstable();
    all
}

const NAME: Area = Area { x: 1, y: 2, width: 8, height: 3 };
const ELSEWHERE: Area = Area { x: 20, y: 20, width: 8, height: 3 };

/// What a test says of one case.
type Case = (&'static str, u32, fn(u32) -> Vec<(u8, Area)>, Rules, PixelState, Option<Identifiable>, [usize; 3]);

#[test]
fn what_is_seen_decides_what_is_covered_who_must_look_and_who_may_be_recognised() {
    let rules = Rules::default;
    let photograph = || Rules { ground: Ground::Photograph, ..Rules::default() };
    let faces = || Rules { cover_faces: true, ..Rules::default() };
    let boxed = || Rules { boxes: vec![NAME], ..Rules::default() };
    let blind = || Rules { look_for_writing: false, look_for_faces: false, boxes: vec![NAME], ..Rules::default() };
    let (checked, eyes) = (PixelState::Checked, PixelState::NeedsEyes);
    let (yes, may_be) = (Some(Identifiable::Yes), Some(Identifiable::MayBe));
    // The areas covered in the first, second and last frame.
    let cases: [Case; 20] = [
        ("nothing", 1, |_| vec![], rules(), checked, None, [0, 0, 0]),
        ("no frames", 0, |_| vec![], rules(), checked, None, [0, 0, 0]),
        ("a name", 1, |_| vec![(COVER, NAME)], rules(), checked, None, [1, 0, 1]),
        ("unsure", 1, |_| vec![(LOOK, NAME)], rules(), eyes, None, [0, 0, 0]),
        ("a side marker", 1, |_| vec![(KEEP, NAME)], rules(), checked, None, [0, 0, 0]),
        ("a face", 1, |_| vec![(FACE, NAME)], rules(), checked, yes, [0, 0, 0]),
        ("perhaps a face", 1, |_| vec![(PERHAPS, NAME)], photograph(), checked, may_be, [0, 0, 0]),
        ("a bone like a face", 1, |_| vec![(PERHAPS, NAME)], rules(), checked, None, [0, 0, 0]),
        ("a face to cover", 1, |_| vec![(FACE, NAME)], faces(), checked, None, [1, 0, 1]),
        ("unsure inside a box", 1, |_| vec![(LOOK, NAME)], boxed(), checked, None, [1, 1, 1]),
        ("unsure beside a box", 1, |_| vec![(LOOK, ELSEWHERE)], boxed(), eyes, None, [1, 1, 1]),
        ("a face inside a box", 1, |_| vec![(FACE, NAME)], boxed(), checked, None, [1, 1, 1]),
        ("not looked for", 1, |_| vec![(COVER, ELSEWHERE)], blind(), PixelState::Unchecked, None, [1, 1, 1]),
        ("a clip", 5, |_| vec![(COVER, NAME)], rules(), checked, None, [1, 1, 1]),
        ("missed in some", 5, |n| if n == 1 { vec![] } else { vec![(COVER, NAME)] }, rules(), checked, None, [1, 1, 1]),
        (
            "one frame alone",
            5,
            |n| if n == 1 { vec![(COVER, NAME)] } else { vec![] },
            rules(),
            checked,
            None,
            [0, 1, 0],
        ),
        ("two of five", 5, |n| if n < 2 { vec![(COVER, NAME)] } else { vec![] }, rules(), checked, None, [1, 1, 1]),
        (
            "two of five pages",
            5,
            |n| if n < 2 { vec![(COVER, NAME)] } else { vec![] },
            photograph(),
            checked,
            None,
            [1, 1, 0],
        ),
        (
            "one frame of many",
            1_000,
            |n| if n == 777 { vec![(COVER, NAME)] } else { vec![] },
            rules(),
            checked,
            None,
            [1, 1, 1],
        ),
        (
            "unsure in one of many",
            1_000,
            |n| if n == 777 { vec![(LOOK, NAME)] } else { vec![] },
            rules(),
            eyes,
            None,
            [0, 0, 0],
        ),
    ];
    let mut tried = 0;
    for (what, frames, painted, rules, state, found, expected) in cases {
        let seen = look(frames, painted, &rules);
        let got = [0, 1, frames.saturating_sub(1)].map(|frame| covered(&seen, frame).len());
        assert_eq!((seen.state(), seen.found(), got), (state, found, expected), "{what}");
        tried += 1;
    }
    assert_eq!(tried, 20);
}

#[test]
fn margins_boxes_and_what_lies_outside_the_scan_are_bands_in_every_frame() {
    let rules = Rules { margins: 10, regions: vec![Area::new(5, 5, 30, 20)], boxes: vec![NAME], ..Rules::default() };
    let seen = look(3, |_| vec![], &rules);
    assert!(seen.marks.is_empty() && seen.everywhere.iter().all(|mark| mark.class == Class::Band));
    assert!(!seen.covers_writing());
    let all = covered(&seen, 2);
    for (x, y, inside) in [(0, 0, true), (4, 15, true), (36, 15, true), (20, 27, true), (20, 15, false), (6, 6, false)]
    {
        assert_eq!(all.iter().any(|area| area.contains(x, y)), inside, "{x},{y}");
    }
    // Pages of different sizes have margins of their own.
    let mut pages = Clip { frames: 2, painted: |_| vec![], width: |n| 40 + 40 * n };
    let rules = Rules { margins: 10, ..Rules::default() };
    let seen = examine_with(&mut pages, &rules, &DETECTORS).expect("looked at");
    let right = |frame, x| covered(&seen, frame).iter().any(|area| area.contains(x, 15));
    assert!(right(0, 37) && !right(1, 37) && right(1, 75));
}

#[test]
fn a_box_covers_what_of_it_lies_in_a_frame_and_nothing_is_said_of_the_rest() {
    let boxes = vec![Area::new(35, 25, 90, 90), Area::new(500, 500, 4, 4)];
    let rules = Rules { boxes, ..Rules::default() };
    let seen = look(3, |_| vec![], &rules);
    assert_eq!(covered(&seen, 2), [Area::new(35, 25, 5, 5)]);
    assert_eq!(seen.all().count(), 1);
    let mut pages = Clip { frames: 2, painted: |_| vec![], width: |n| 30 + 40 * n };
    let seen = examine_with(&mut pages, &rules, &DETECTORS).expect("looked at");
    assert_eq!((covered(&seen, 0), covered(&seen, 1)), (vec![], vec![Area::new(35, 25, 35, 5)]));
    // What has no picture has nothing to cover.
    assert!(look(0, |_| vec![], &rules).covering().is_empty());
}

#[test]
fn faces_are_covered_with_what_surrounds_them_and_in_many_frames_a_person_looks_too() {
    let rules = Rules { cover_faces: true, ..Rules::default() };
    let seen = look(1, |_| vec![(FACE, ELSEWHERE)], &rules);
    assert_eq!(covered(&seen, 0), [Area::new(18, 18, 12, 7)]);
    let seen = look(500, |_| vec![(FACE, ELSEWHERE)], &rules);
    assert_eq!(covered(&seen, 499), [Area::new(18, 18, 12, 7)]);
    assert_eq!(seen.state(), PixelState::NeedsEyes);
}

#[test]
fn thirty_thousand_frames_cost_a_bounded_number_of_looks() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static LOOKS: AtomicU32 = AtomicU32::new(0);
    let counting = Detectors {
        writing: |picture, ground, keep| {
            LOOKS.fetch_add(1, Ordering::Relaxed);
            (DETECTORS.writing)(picture, ground, keep)
        },
        faces: DETECTORS.faces,
        besides: false,
    };
    let mut clip = Clip { frames: 30_000, painted: |n| vec![(COVER, Area::new(n % 7, 2, 9, 3))], width: |_| 40 };
    let seen = examine_with(&mut clip, &Rules::default(), &counting).expect("looked at");
    assert_eq!(covered(&seen, 12_345), [Area::new(0, 2, 15, 3)]);
    let looks = LOOKS.load(Ordering::Relaxed);
    // Small pictures are looked at twice, as they are and enlarged.
    assert!((64..=200).contains(&looks), "{looks}");
    // Pages of ever different sizes cannot be drawn together, and are not looked at without end.
    let mut pages = Clip { frames: 30_000, painted: |_| vec![], width: |n| 40 + n % 3 };
    assert_eq!(examine_with(&mut pages, &Rules::default(), &DETECTORS).map_err(|e| e.code), Err("too-large"));
    let mut endless = Clip { frames: u32::MAX, painted: |_| vec![], width: |_| 40 };
    assert_eq!(examine_with(&mut endless, &Rules::default(), &DETECTORS).map_err(|e| e.code), Err("too-large"));
}
