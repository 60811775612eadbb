//! Which covers stay in a picture that only looks like an X-ray, and which a person is asked about.

use super::*;
use crate::pixels::{Ground, Rules, Samples};

/// A picture of 960 × 640 of which each pixel has the value that its place is given.
fn picture(value: impl Fn(u32, u32) -> u8) -> Picture {
    let samples = (0..640).flat_map(|y| (0..960).map(move |x| (x, y))).map(|(x, y)| value(x, y)).collect();
    Picture::new(960, 640, 1, 8, Samples::U8(samples)).expect("a picture")
}

/// As a radiograph is: shadows without edges.
fn calm() -> Picture {
    picture(|x, y| (60 + x / 12 + y / 10) as u8)
}

/// As leaves and stones are: patches of all greys.
fn leaves() -> Picture {
    picture(|x, y| ((x / 3 * 7_919 + y / 3 * 104_729) % 251) as u8)
}

fn cover(x: u32, y: u32, width: u32, height: u32, score: f32) -> Mark {
    Mark { frame: 0, area: Area::new(x, y, width, height), class: Class::Line, score, action: Action::Cover }
}

fn actions(picture: &Picture, marks: Vec<Mark>, filled: &[Area]) -> Vec<Action> {
    doubted(picture, marks, filled).iter().map(|mark| mark.action).collect()
}

const COVER: Action = Action::Cover;
const LOOK: Action = Action::Look;

#[test]
fn faint_lines_are_covered_where_the_picture_bears_writing_and_put_before_a_person_where_it_may_bear_none() {
    let (sure, faint) = (cover(10, 10, 300, 40, 5.6), cover(700, 580, 60, 30, 3.2));
    let cases: [(Vec<Mark>, &[Action]); 5] = [
        (vec![sure, faint], &[COVER, COVER]),
        (vec![faint], &[LOOK]),
        (vec![cover(700, 580, 60, 30, 3.7)], &[LOOK]),
        (vec![cover(700, 580, 60, 30, 3.9), cover(10, 10, 40, 30, 1.8)], &[COVER, COVER]),
        (vec![], &[]),
    ];
    let mut tried = 0;
    for (marks, expected) in cases {
        assert_eq!(actions(&calm(), marks, &[]), expected, "{tried}");
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn in_a_picture_full_of_edges_only_sure_lines_and_what_is_near_them_are_covered() {
    let (sure, near, far) = (cover(10, 10, 300, 40, 7.1), cover(12, 70, 90, 30, 3.1), cover(700, 580, 60, 30, 3.9));
    assert_eq!(actions(&leaves(), vec![sure, near, far], &[]), [COVER, COVER, LOOK]);
    assert_eq!(actions(&calm(), vec![sure, near, far], &[]), [COVER, COVER, COVER]);
    assert_eq!(actions(&leaves(), vec![cover(10, 10, 300, 40, 4.1), far], &[]), [LOOK, LOOK]);
    // What was covered in the round before is writing still.
    assert_eq!(actions(&leaves(), vec![near, far], &[sure.area]), [COVER, LOOK]);
    assert_eq!(actions(&calm(), vec![near, far], &[sure.area]), [COVER, COVER]);
}

#[test]
fn what_is_thicker_than_writing_is_put_before_a_person_and_a_block_of_lines_is_covered() {
    let size = (960, 640);
    let block = |score| Mark { class: Class::Block, ..cover(0, 0, 500, 300, score) };
    let rule = Mark { class: Class::Band, ..cover(0, 0, 960, 300, 0.0) };
    let cases = [
        (cover(0, 0, 500, 115, 6.0), COVER),
        (cover(0, 0, 500, 116, 6.0), LOOK),
        (cover(0, 0, 116, 500, 9.0), LOOK),
        (block(5.2), COVER),
        (block(4.1), LOOK),
        (rule, COVER),
        (Mark { class: Class::Face, ..cover(0, 0, 300, 300, 4.0) }, COVER),
        (Mark { action: Action::Keep, ..cover(0, 0, 300, 300, 4.0) }, Action::Keep),
    ];
    let mut tried = 0;
    for (mark, expected) in cases {
        assert_eq!(no_thicker(mark, size).action, expected, "{tried}");
        tried += 1;
    }
    assert_eq!(tried, 8);
    // In a thumbnail a line takes a large part of it.
    let seen = [24, 25].map(|height| no_thicker(cover(0, 0, 60, height, 4.0), (100, 75)).action);
    assert_eq!(seen, [COVER, LOOK]);
}

#[test]
fn nothing_is_left_out_and_what_a_rule_covers_stays_covered() {
    let rule = Mark { class: Class::Band, ..cover(0, 0, 960, 30, 0.0) };
    let face = Mark { class: Class::Face, action: Action::Flag, ..cover(300, 300, 90, 90, 4.0) };
    let kept = Mark { class: Class::Marker, action: Action::Keep, ..cover(500, 20, 30, 30, 4.0) };
    let seen = actions(&leaves(), vec![rule, face, kept, cover(700, 580, 60, 30, 3.1)], &[]);
    assert_eq!(seen, [COVER, Action::Flag, Action::Keep, LOOK]);
}

#[test]
fn leaves_are_full_of_edges_and_shadows_pages_and_thumbnails_are_not() {
    let page = picture(|x, y| if x % 40 < 4 && y % 40 < 28 { 0 } else { 255 });
    let deep: Vec<u16> = match leaves().samples() {
        Samples::U8(samples) => samples.iter().map(|sample| 900 + 4 * u16::from(*sample)).collect(),
        Samples::U16(_) => Vec::new(),
    };
    let deep = Picture::new(960, 640, 1, 16, Samples::U16(deep)).expect("a picture");
    let rgb = match leaves().samples() {
        Samples::U8(samples) => samples.iter().flat_map(|sample| [*sample, *sample / 2, 9]).collect(),
        Samples::U16(_) => Vec::new(),
    };
    let rgb = Picture::new(960, 640, 3, 8, Samples::U8(rgb)).expect("a picture");
    let small: Vec<u8> = (0..100 * 80_u32).map(|n| (n * 7_919 % 251) as u8).collect();
    let small = Picture::new(100, 80, 1, 8, Samples::U8(small)).expect("a picture");
    // Larger than the copy: three pixels are one there.
    let large: Vec<u8> = (0..2_880 * 1_000_u32)
        .map(|n| (n % 2_880 / 9 * 7_919 + n / 2_880 / 9 * 104_729) % 251)
        .map(|v| v as u8)
        .collect();
    let large = Picture::new(2_880, 1_000, 1, 8, Samples::U8(large)).expect("a picture");
    let cases =
        [(leaves(), true), (calm(), false), (page, false), (deep, true), (rgb, true), (small, false), (large, true)];
    let got: Vec<bool> = cases.iter().map(|(picture, _)| restless::is(picture)).collect();
    assert_eq!(got, cases.each_ref().map(|case| case.1));
}

#[test]
fn the_smallest_pictures_are_not_full_of_edges() {
    let mut tried = 0;
    for (width, height) in [(1, 1), (1, 2_000), (2_000, 1), (8, 8), (7, 3_000)] {
        let samples = Samples::U8((0..width * height).map(|n| (n * 97 % 251) as u8).collect());
        let picture = Picture::new(width, height, 1, 8, samples).expect("a picture");
        assert!(!restless::is(&picture), "{width} × {height}");
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn only_what_is_taken_for_an_x_ray_by_its_looks_is_doubted() {
    use crate::pixels::examine::Detectors;
    use crate::pixels::examine::tests::examine_with;
    let detectors =
        Detectors { writing: |_, _, _| vec![cover(700, 580, 60, 30, 3.2)], faces: |_| Vec::new(), besides: false };
    let mut tried = 0;
    for (ground, expected) in [(Ground::Radiograph, COVER), (Ground::Photograph, LOOK), (Ground::Capture, LOOK)] {
        let rules = Rules { ground, ..Rules::default() };
        let seen = examine_with(&mut calm(), &rules, &detectors).expect("looked at");
        assert_eq!(seen.marks.iter().map(|mark| mark.action).collect::<Vec<_>>(), [expected]);
        tried += 1;
    }
    assert_eq!(tried, 3);
}
