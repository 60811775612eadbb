//! What follows from marks in one frame and in many, with detectors that see what a test paints.

use super::*;
use crate::pixels::Samples;
use crate::recording::terms::{Identifiable, PixelState};

pub(super) fn examine_with(
    frames: &mut dyn Frames,
    rules: &Rules,
    detectors: &Detectors,
) -> Result<Examination, Unseen> {
    examine_within(frames, rules, detectors, &BOUNDS, &Memory::default())
}

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
    let cases: [Case; 21] = [
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
            [0, 0, 0],
        ),
        (
            "two of many",
            1_000,
            |n| if n % 500 == 277 { vec![(COVER, NAME)] } else { vec![] },
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
    assert_eq!(tried, 21);
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

/// A clip of which several frames may be decoded at once.
struct Shared(Clip);

impl Frames for Shared {
    fn count(&self) -> u32 {
        self.0.count()
    }

    fn frame(&mut self, index: u32) -> Result<Picture, Unseen> {
        if index == 777 { Err(Unseen::damaged("made up")) } else { self.0.frame(index) }
    }

    fn alike(&self) -> Option<(u32, u32, u64)> {
        Some((400, 30, 12_000))
    }
}

#[test]
fn frames_that_several_workers_look_at_show_what_they_show_to_one() {
    fn painted(n: u32) -> Vec<(u8, Area)> {
        let lower = Area::new(n % 13, 20, 6, 4);
        match n % 5 {
            0 => vec![(COVER, NAME), (FACE, lower)],
            1 => vec![(LOOK, NAME), (KEEP, lower)],
            2 => vec![(PERHAPS, ELSEWHERE)],
            3 => vec![(COVER, lower)],
            _ => vec![],
        }
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("a pool");
    let grounds = [Ground::Radiograph, Ground::Photograph, Ground::Capture];
    let mut tried = 0;
    for frames in [1, 2, 3, 4, 7, 50, 777, 778] {
        for (ground, look_for_faces) in grounds.into_iter().flat_map(|ground| [(ground, true), (ground, false)]) {
            let rules = Rules { ground, look_for_faces, cine: true, ..Rules::default() };
            let clip = || Shared(Clip { frames, painted, width: |_| 400 });
            let alone = examine_with(&mut clip(), &rules, &DETECTORS);
            let shared = pool.install(|| crew::sharing(|| examine_with(&mut clip(), &rules, &DETECTORS)));
            assert_eq!(shared, alone, "{frames}");
            assert_eq!(alone.is_err(), frames > 777);
            tried += 1;
        }
    }
    assert_eq!(tried, 48);
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

/// Looks at a clip within bounds; what was seen, and how many frames were looked at.
fn counted(clip: &mut Clip, rules: &Rules, bounds: &Bounds) -> (Examination, u32) {
    use std::cell::Cell;
    thread_local! { static LOOKS: Cell<u32> = const { Cell::new(0) }; }
    let counting = Detectors {
        writing: |picture, ground, keep| {
            LOOKS.set(LOOKS.get() + 1);
            (DETECTORS.writing)(picture, ground, keep)
        },
        faces: DETECTORS.faces,
        besides: false,
    };
    LOOKS.set(0);
    let seen = examine_within(clip, rules, &counting, bounds, &Memory::default()).expect("looked at");
    (seen, LOOKS.get())
}

// These clips are so wide that no enlarged copy of them is looked at.
#[test]
fn every_frame_of_many_low_ones_is_looked_at_by_itself() {
    let mut clip = Clip {
        frames: 2_000,
        painted: |n| if n == 1_321 { vec![(COVER, ELSEWHERE)] } else { vec![(COVER, Area::new(n % 7, 2, 9, 3))] },
        width: |_| 400,
    };
    let (seen, looks) = counted(&mut clip, &Rules::default(), &BOUNDS);
    assert_eq!(looks, 2_000);
    assert_eq!(covered(&seen, 1_234), [Area::new(0, 2, 15, 3)], "more marks than are kept are one in every frame");
    assert_eq!(covered(&seen, 1_321), [Area::new(0, 2, 15, 3), ELSEWHERE], "and one that stands alone is found");
    // Pages of ever different sizes cannot be drawn together, and are not looked at without end.
    let mut pages = Clip { frames: 30_000, painted: |_| vec![], width: |n| 400 + n % 3 };
    assert_eq!(examine_with(&mut pages, &Rules::default(), &DETECTORS).map_err(|e| e.code), Err("too-large"));
    let mut endless = Clip { frames: u32::MAX, painted: |_| vec![], width: |_| 400 };
    assert_eq!(examine_with(&mut endless, &Rules::default(), &DETECTORS).map_err(|e| e.code), Err("too-large"));
    let crowd = |n| if n < 1_500 { vec![(COVER, NAME)] } else { vec![] };
    let mut pages = Clip { frames: 1_501, painted: crowd, width: |n| if n == 1_500 { 410 } else { 400 } };
    assert_eq!(examine_with(&mut pages, &Rules::default(), &DETECTORS).map_err(|e| e.code), Err("too-large"));
}

#[test]
fn of_a_clip_too_long_for_that_every_frame_is_looked_at_whose_margins_are_new() {
    // Writing over light ground, in one frame of many: neither the lightest nor the darkest of a run shows it.
    fn painted(n: u32) -> Vec<(u8, Area)> {
        let ground = (if n.is_multiple_of(2) { 10 } else { 11 }, Area::new(15, 10, 3, 3));
        if n == 1_777 { vec![ground, (COVER, NAME)] } else { vec![ground, (250, NAME)] }
    }
    let bounds = Bounds { each: 10_000_000, new: 10_000_000 };
    let mut clip = Clip { frames: 3_000, painted, width: |_| 400 };
    let (seen, looks) = counted(&mut clip, &Rules::default(), &bounds);
    assert_eq!(covered(&seen, 1_777).len(), 1);
    assert_eq!(seen.state(), PixelState::Checked);
    assert!((48..120).contains(&looks), "{looks}");
    // Where more is new than can be looked at, a person must look.
    let changing = |n: u32| vec![((n % 200) as u8, Area::new(0, 0, 400, 5))];
    let mut clip = Clip { frames: 3_000, painted: changing, width: |_| 400 };
    let (seen, looks) = counted(&mut clip, &Rules::default(), &bounds);
    assert_eq!(seen.state(), PixelState::NeedsEyes);
    assert!((400..1_000).contains(&looks), "{looks}");
}

/// A picture, and its transparency as a further frame.
struct Layered(Vec<Picture>);

impl Frames for Layered {
    fn count(&self) -> u32 {
        self.0.len() as u32
    }

    fn transparency_of(&self, index: u32) -> Option<u32> {
        (index > 0).then_some(0)
    }

    fn frame(&mut self, index: u32) -> Result<Picture, Unseen> {
        Ok(self.0[index as usize].clone())
    }
}

#[test]
fn what_stands_in_transparency_is_told_of_its_picture_and_what_it_hides_is_covered() {
    let layer = |ground: u8, painted: &[(u8, Area)]| {
        let mut samples = vec![ground; 1_200];
        for (value, area) in painted {
            for (x, y) in (area.y..area.bottom()).flat_map(|y| (area.x..area.right()).map(move |x| (x, y))) {
                samples[(y * 40 + x) as usize] = *value;
            }
        }
        Picture::new(40, 30, 1, 8, Samples::U8(samples)).expect("a picture")
    };
    let rules = Rules { ground: Ground::Photograph, ..Rules::default() };
    let look = |layers: Vec<Picture>| examine_with(&mut Layered(layers), &rules, &DETECTORS).expect("looked at");
    // In transparency alone; in both; in colours that transparency hides altogether, or not altogether.
    let alone = look(vec![layer(10, &[]), layer(200, &[(COVER, NAME)])]);
    assert_eq!((alone.frames, covered(&alone, 0), alone.marks.len()), (1, vec![NAME], 1));
    let both = look(vec![layer(10, &[(COVER, NAME)]), layer(200, &[(COVER, NAME)])]);
    assert_eq!((covered(&both, 0), both.marks.len()), (vec![NAME], 1));
    let unsure = vec![(LOOK, NAME)];
    let hidden = look(vec![layer(10, &unsure), layer(200, &[(0, NAME.padded(1, 40, 30))])]);
    assert_eq!((hidden.state(), covered(&hidden, 0)), (PixelState::Checked, vec![NAME]));
    let half = look(vec![layer(10, &unsure), layer(200, &[(0, Area { width: 4, ..NAME })])]);
    assert_eq!((half.state(), covered(&half, 0)), (PixelState::NeedsEyes, vec![]));
    // What a mark is padded with may be shown, and what is nearly see-through shows nothing.
    let inked = vec![(LOOK, NAME), (90, Area::new(NAME.x + 1, NAME.y + 1, 1, 1))];
    let padded = look(vec![layer(10, &inked), layer(200, &[(9, Area { width: 6, ..NAME })])]);
    assert_eq!((padded.state(), covered(&padded, 0)), (PixelState::Checked, vec![NAME]));
    // Where all that is hidden has one value, what was seen is what is shown: a label on a see-through ground.
    let label = look(vec![layer(10, &unsure), layer(200, &[(9, Area { width: 6, ..NAME })])]);
    assert_eq!((label.state(), covered(&label, 0)), (PixelState::NeedsEyes, vec![]));
    let faint = look(vec![layer(10, &unsure), layer(200, &[(30, NAME)])]);
    assert_eq!((faint.state(), covered(&faint, 0)), (PixelState::NeedsEyes, vec![]));
    // A face that was rubbed out is covered, and a person is told; one that shows is flagged.
    let rubbed = look(vec![layer(10, &[(FACE, ELSEWHERE)]), layer(200, &[(0, ELSEWHERE)])]);
    let told = (rubbed.state(), rubbed.found(), covered(&rubbed, 0));
    assert_eq!(told, (PixelState::NeedsEyes, Some(Identifiable::Yes), vec![ELSEWHERE]));
    let nothing = look(vec![layer(10, &[(FACE, ELSEWHERE)]), layer(0, &[])]);
    assert_eq!((nothing.state(), covered(&nothing, 0)), (PixelState::NeedsEyes, vec![]));
    let shown = look(vec![layer(10, &[(FACE, ELSEWHERE)]), layer(200, &[(0, NAME)])]);
    assert_eq!(
        (shown.state(), shown.found(), covered(&shown, 0)),
        (PixelState::Checked, Some(Identifiable::Yes), vec![])
    );
    let face = look(vec![layer(10, &[]), layer(200, &[(FACE, ELSEWHERE)])]);
    assert_eq!(face.marks.iter().map(|mark| (mark.frame, mark.class)).collect::<Vec<_>>(), [(0, Class::Face)]);
}

#[test]
fn a_grey_slice_has_no_face_and_a_colour_picture_may_have_one_whatever_it_says_it_is() {
    let rules = Rules { look_for_grey_faces: false, ..Rules::default() };
    let mut tried = 0;
    // Grey; in colour; grey that is stored as RGB.
    let cases = [(1_u8, [FACE; 3], None), (3, [FACE, 90, 70], Some(Identifiable::Yes)), (3, [FACE; 3], None)];
    for (channels, pixel, found) in cases {
        let samples = pixel.repeat(1_200 * usize::from(channels) / 3);
        let mut picture = Picture::new(40, 30, channels, 8, Samples::U8(samples)).expect("a picture");
        let detectors = Detectors {
            writing: |_, _, _| Vec::new(),
            faces: |_| vec![Mark { frame: 0, area: NAME, class: Class::Face, score: 9.0, action: Action::Flag }],
            besides: false,
        };
        let seen = examine_with(&mut picture, &rules, &detectors).expect("looked at");
        assert_eq!(seen.found(), found, "{channels}");
        tried += 1;
    }
    assert_eq!(tried, 3);
}
