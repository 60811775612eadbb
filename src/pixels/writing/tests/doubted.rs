//! What stands beside letters, goes on where a cover ends, or says how the patient lies.

use super::*;

/// A film with the letters of orientation at the middle of three edges.
fn oriented(left: &str, above: &str, below: &str) -> Drawing {
    Drawing::new(512, 512).write(left, (2, 249), 2, 250).write(above, (251, 4), 2, 250).write(below, (251, 494), 2, 250)
}

#[test]
fn letters_of_orientation_stay_and_figures_at_their_places_do_not() {
    let marks = oriented("R", "A", "L").marks();
    for (x, y) in [(2, 249), (251, 4), (251, 494)] {
        assert!(has(&marks, Keep, text(1, x, y, 2)), "{x} {y} {marks:?}");
    }
    assert!(marks.iter().all(|mark| mark.action == Keep), "{marks:?}");
    let marks = oriented("R", "4", "L").marks();
    assert!(
        !marks.iter().any(|mark| mark.action == Keep && mark.area.common(&text(1, 251, 4, 2)).is_some()),
        "{marks:?}"
    );
    assert!(has(&marks, Keep, text(1, 2, 249, 2)), "{marks:?}");
}

#[test]
fn a_letter_of_orientation_beside_other_letters_goes_with_them() {
    let marks = oriented("R", "ANNA", "L").marks();
    assert!(has(&marks, Cover, text(4, 251, 4, 2)), "{marks:?}");
}

#[test]
fn two_letters_that_name_a_side_stay_and_any_other_two_go() {
    let marks = Drawing::new(800, 600).write("DX", (640, 60), 4, 250).marks();
    assert!(marks.iter().all(|mark| mark.action == Keep && mark.class == Class::Marker), "{marks:?}");
    let marks = film().write("RA", (340, 20), 2, 250).marks();
    let pair = text(2, 340, 20, 2);
    assert!(has(&marks, Cover, pair) || has(&marks, Look, pair), "{marks:?}");
}

#[test]
fn dashes_under_a_line_are_covered_with_it() {
    let dashes = |film: Drawing, y: u32| (0..3).fold(film, |film, n| film.bar(Area::new(12 + 5 * n, y, 4, 2), 250));
    let row = |y| Area::new(12, y, 14, 2);
    let marks = dashes(film().write("NAME 204", (12, 30), 2, 250), 58).marks();
    assert!(has(&marks, Cover, row(58)), "{marks:?}");
}

#[test]
fn what_goes_on_after_a_space_is_put_before_a_person() {
    // Strokes of a word that no line takes: of half the contrast, after a space of three heights.
    let strokes = |film: Drawing| (0..3).fold(film, |film, n| film.bar(Area::new(160 + 9 * n, 31, 3, 13), 170));
    let marks = strokes(film().write("NAME 204", (12, 30), 2, 250)).marks();
    let rest = Area::new(160, 31, 21, 13);
    assert!(has(&marks, Cover, rest) || has(&marks, Look, rest), "{marks:?}");
}

#[test]
fn words_of_one_row_are_covered_with_the_space_between_them() {
    let marks = film().write("NAME", (12, 30), 2, 250).write("2047", (92, 30), 2, 250).marks();
    assert!(has(&marks, Cover, Area::new(12, 30, 126, 14)), "{marks:?}");
}

#[test]
fn a_row_of_like_figures_is_covered() {
    let marks = film().write("4404", (30, 20), 3, 250).marks();
    assert!(has(&marks, Cover, text(4, 30, 20, 3)), "{marks:?}");
}

#[test]
fn a_letter_of_a_row_that_reads_as_a_marker_is_looked_at() {
    let marks = film().write("NAME 204", (12, 30), 2, 250).write("L", (118, 26), 3, 250).marks();
    let letter = text(1, 118, 26, 3);
    assert!(has(&marks, Look, letter) || has(&marks, Cover, letter), "{marks:?}");
}
