//! What is told of marks, and what is done where something is left after covering.

use super::*;
use crate::pixels::Class;
use crate::recording::terms::PixelState;

fn mark(frame: u32, x: u32, class: Class, action: Action) -> Mark {
    Mark { frame, area: Area::new(x, 0, 10, 5), class, score: 5.0, action }
}

#[test]
fn a_look_is_told_in_kinds_and_places() {
    let seen = Examination {
        frames: 3,
        looked: true,
        marks: vec![
            mark(1, 0, Class::Face, Action::Flag),
            mark(1, 50, Class::Face, Action::Flag),
            mark(2, 70, Class::Line, Action::Look),
            mark(2, 90, Class::Marker, Action::Keep),
        ],
        everywhere: vec![mark(0, 0, Class::Band, Action::Cover), mark(0, 20, Class::Line, Action::Cover)],
    };
    let sight = told::sight(&seen, None);
    assert_eq!((sight.pixels, sight.writing, sight.redacted), (PixelState::NeedsEyes, 1, 2));
    let evidence: Vec<_> = sight.evidence.iter().map(|(word, n)| (&**word, *n)).collect();
    assert_eq!(evidence, [("burned-in-text", 1), ("face", 2)]);
    let frames: Vec<_> = sight.regions.iter().map(|region| (region.frame, &*region.action)).collect();
    assert_eq!(frames, [(None, "cover"), (None, "cover"), (Some(1), "flag"), (Some(1), "flag"), (Some(2), "look")]);
    let many = Examination { marks: vec![mark(0, 0, Class::Line, Action::Cover); 900], frames: 1, ..seen };
    assert_eq!(told::sight(&many, None).regions.len(), 200);
}

#[test]
fn what_is_found_after_covering_counts_unless_it_lies_in_the_fill() {
    let mut covered = Covering::default();
    covered.everywhere(Area::new(0, 0, 30, 8));
    let left = Examination {
        frames: 2,
        looked: true,
        marks: vec![mark(0, 5, Class::Line, Action::Cover), mark(1, 28, Class::Line, Action::Cover)],
        everywhere: vec![mark(0, 60, Class::Line, Action::Cover), mark(0, 90, Class::Line, Action::Look)],
    };
    let more = still_shown(&left, &covered, &[]);
    assert_eq!(more.iter().map(|(mark, all)| (mark.area.x, *all)).collect::<Vec<_>>(), [(60, true), (28, false)]);
    let mut seen = Examination { frames: 2, looked: true, ..Examination::default() };
    take(&mut seen, more.clone(), false);
    assert_eq!((seen.state(), seen.covering().regions()), (PixelState::Checked, 2));
    take(&mut seen, more, true);
    assert_eq!((seen.state(), seen.covering().regions()), (PixelState::NeedsEyes, 2));
}

#[test]
fn letters_beside_a_fill_are_no_edge_of_it() {
    let mut covered = Covering::default();
    covered.everywhere(Area::new(100, 50, 60, 20));
    covered.everywhere(Area::new(165, 50, 60, 20));
    let seen = |x, y, width, height| {
        let one = Mark { area: Area::new(x, y, width, height), ..mark(0, 0, Class::Line, Action::Cover) };
        still_shown(&Examination { marks: vec![one], frames: 1, ..Examination::default() }, &covered, &[]).len()
    };
    // In a fill, on its edge, over two fills and the gap between them; then with letters behind, before and below them, and
    // around a whole fill.
    let cases = [
        (105, 55, 40, 10, 0),
        (96, 47, 68, 26, 0),
        (102, 50, 120, 20, 0),
        (100, 50, 90, 20, 0),
        (165, 50, 100, 20, 1),
        (60, 48, 100, 24, 1),
        (100, 50, 60, 60, 1),
        (60, 20, 200, 80, 1),
        (300, 50, 20, 20, 1),
    ];
    let got: Vec<usize> = cases.iter().map(|(x, y, w, h, _)| seen(*x, *y, *w, *h)).collect();
    assert_eq!(got, cases.map(|case| case.4));
}

#[test]
fn a_mark_that_covering_brought_to_light_is_put_before_a_person() {
    let mut covered = Covering::default();
    covered.everywhere(Area::new(0, 0, 30, 8));
    let seen = Examination {
        frames: 2,
        looked: true,
        marks: vec![mark(0, 90, Class::Pair, Action::Look), mark(1, 120, Class::Marker, Action::Keep)],
        everywhere: vec![mark(0, 2, Class::Line, Action::Cover), mark(0, 150, Class::Pair, Action::Look)],
    };
    // In the fill; known in this frame, in another, in all; beside what was kept; a lone marker as before.
    let one = |frame, x, action| Examination {
        marks: vec![mark(frame, x, Class::Pair, action)],
        frames: 2,
        looked: true,
        ..Examination::default()
    };
    let cases = [
        (one(0, 10, Action::Look), 0),
        (one(0, 28, Action::Look), 0),
        (one(0, 34, Action::Look), 1),
        (one(0, 92, Action::Look), 0),
        (one(1, 92, Action::Look), 1),
        (one(1, 152, Action::Look), 0),
        (one(1, 120, Action::Look), 0),
        (one(1, 123, Action::Look), 1),
        (one(0, 60, Action::Look), 1),
        (one(0, 60, Action::Flag), 1),
        (one(0, 60, Action::Keep), 0),
        (one(0, 90, Action::Flag), 1),
    ];
    let got: Vec<usize> = cases.iter().map(|(left, _)| newly_unsure(&seen, left, &covered, &[]).len()).collect();
    assert_eq!(got, cases.each_ref().map(|case| case.1));
    let mut checked = Examination { frames: 2, looked: true, ..Examination::default() };
    take(&mut checked, newly_unsure(&seen, &cases[8].0, &covered, &[]), true);
    assert_eq!((checked.state(), checked.covering().regions()), (PixelState::NeedsEyes, 0));
}

#[test]
fn a_covered_region_is_told_by_what_was_filled() {
    let seen = Examination {
        frames: 1,
        looked: true,
        marks: vec![mark(0, 3, Class::Line, Action::Cover), mark(0, 3, Class::Line, Action::Look)],
        everywhere: Vec::new(),
    };
    let mut filled = Covering::default();
    filled.in_frame(0, Area::new(0, 0, 16, 8));
    filled.in_frame(0, Area::new(8, 0, 40, 8));
    let told = told::sight(&seen, Some(&filled)).regions;
    assert_eq!(told.iter().map(|r| (r.frame, r.x, r.width)).collect::<Vec<_>>(), [(Some(0), 0, 16), (Some(0), 3, 10)]);
}
