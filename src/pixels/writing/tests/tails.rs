//! How far a cover reaches: over all that is plainly of its line, and not over what only touches it.

use super::*;
use crate::pixels::writing::beside::stands_beside;
use crate::pixels::writing::ink::Piece;
use crate::pixels::writing::shape::Shape;
use crate::pixels::writing::tail::Row;

/// A row of letters 20 pixels high, and a piece of ink in the same pixels.
const ROW: Row = Row { bounds: [100.0, 50.0, 300.0, 70.0], height: 20.0, contrast: 100.0 };

fn piece(bounds: [f32; 4], contrast: f32, like: f32) -> Piece {
    Piece { bounds, contrast, like, shape: Shape::default(), pixels: 40.0 }
}

#[test]
fn strokes_and_dots_over_and_under_a_row_are_of_it() {
    let (dot, through) = ([150.0, 42.0, 154.0, 46.0], [200.0, 30.0, 206.0, 90.0]);
    let far_over = [150.0, 20.0, 154.0, 60.0];
    let tried = [
        (piece(through, 100.0, 0.9), true, "a stroke that goes through the row and 1 height beyond it"),
        (piece(dot, 70.0, 0.4), true, "a dot of nearly the same contrast, a fifth of a height over it"),
        (piece(dot, 50.0, 0.4), false, "half the contrast: another ink"),
        (piece(dot, 70.0, 0.2), false, "soft as anatomy"),
        (piece([150.0, 36.0, 154.0, 40.0], 100.0, 0.9), false, "half a height away: another row's"),
        (piece(far_over, 100.0, 0.9), false, "reaches 1.5 heights beyond the row"),
        (piece([310.0, 50.0, 330.0, 90.0], 100.0, 0.9), false, "beside the row"),
    ];
    for (piece, is_tail, why) in &tried {
        assert_eq!(ROW.has_tail(piece), *is_tail, "{why}");
    }
    assert_eq!(tried.len(), 7);
}

#[test]
fn what_is_as_high_as_a_row_and_follows_it_is_covered_whatever_it_is_like() {
    let block = Area::new(85, 14, 12, 14);
    let marks = film().write("NAME", (20, 14), 2, 250).bar(block, 250).marks();
    assert!(has(&marks, Cover, text(4, 20, 14, 2)) && has(&marks, Cover, block), "{marks:?}");
    let lower = Area::new(85, 22, 12, 14);
    let marks = film().write("NAME", (20, 14), 2, 250).bar(lower, 250).marks();
    assert!(!has(&marks, Cover, lower), "its head and foot are not the row's: {marks:?}");
}

#[test]
fn letters_of_a_third_of_the_picture_are_looked_at_and_not_covered() {
    let film = Drawing::new(1100, 990).write("NNNN", (0, 690), 43, 200);
    let marks = film.marks();
    let covered: u64 = marks.iter().filter(|mark| mark.action == Cover).map(|mark| mark.area.pixels()).sum();
    assert!(covered * 50 <= film.px.len() as u64, "{marks:?}");
    let is_large = |mark: &&Mark| mark.area.pixels() * 4 >= film.px.len() as u64;
    assert_eq!(marks.iter().filter(is_large).map(|mark| mark.action).collect::<Vec<_>>(), [Look], "{marks:?}");
}

#[test]
fn what_only_reaches_a_corner_of_a_line_does_not_stand_beside_it() {
    let line = [938.0, 95.0, 1258.0, 144.0];
    let tried = [
        ([1000.0, 150.0, 1300.0, 190.0], true, "under it"),
        ([860.0, 100.0, 930.0, 140.0], true, "before it"),
        ([485.0, 164.0, 954.0, 253.0], false, "under its corner, and on into the picture"),
        ([1240.0, 20.0, 1290.0, 100.0], false, "over its other corner"),
    ];
    for (one, beside, why) in &tried {
        assert_eq!(stands_beside(one, &line), *beside, "{why}");
    }
    assert_eq!(tried.len(), 4);
}
