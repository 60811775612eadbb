//! What is asked once more where nothing else is written, and what the border or a column says of a few letters.

use super::*;

/// Strokes from the upper left to the lower right, or the other way, `thick` pixels wide.
fn stroke(mut film: Drawing, from: (i32, i32), to: (i32, i32), thick: i32, value: u8) -> Drawing {
    let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1);
    for step in 0..=steps {
        let (x, y) = (from.0 + (to.0 - from.0) * step / steps, from.1 + (to.1 - from.1) * step / steps);
        (0..thick * thick).for_each(|at| film.dot(x + at % thick, y + at / thick, value));
    }
    film
}

/// A film of so many pixels that is nearly black.
fn black(w: usize, h: usize) -> Drawing {
    let film = Drawing::new(w, h);
    Drawing { px: film.px.iter().map(|value| value / 6).collect(), ..film }
}

#[test]
fn the_gaps_of_a_ruler_are_put_before_a_person_where_nothing_else_is_written() {
    let tick = |film: Drawing, n: u32| {
        let (y, long) = ((223.5 + 18.625 * n as f32) as u32, if n.is_multiple_of(5) { 18 } else { 10 });
        film.bar(Area::new(8, y, long, 2), 240)
    };
    let marks = (0..11).fold(black(805, 745).bar(Area::new(8, 223, 2, 188), 240), tick).marks();
    assert!(marks.iter().all(|mark| mark.action != Cover), "{marks:?}");
}

#[test]
fn wires_that_cross_are_put_before_a_person_where_nothing_else_is_written() {
    let film = black(700, 600);
    let film = stroke(film, (97, 250), (58, 211), 3, 220);
    let film = stroke(film, (19, 228), (70, 278), 4, 200);
    let film = stroke(film, (87, 239), (48, 290), 3, 180);
    let marks = film.marks();
    assert!(marks.iter().all(|mark| mark.action != Cover), "{marks:?}");
}

#[test]
fn what_the_border_leaves_of_a_letter_is_put_before_a_person() {
    let marks = Drawing::new(800, 700).write("O", (300, -7), 2, 250).marks();
    assert!(has(&marks, Look, Area::new(300, 0, 10, 7)), "{marks:?}");
    // What is left of a letter far along the border is of the same line.
    let marks = Drawing::new(800, 700).write("O", (300, -7), 2, 250).write("O", (390, -7), 2, 250).marks();
    assert!(has(&marks, Look, Area::new(300, 0, 100, 7)), "{marks:?}");
    let wire = stroke(Drawing::new(800, 700), (300, 0), (380, 120), 3, 250).marks();
    assert!(wire.iter().all(|mark| mark.action != Cover), "{wire:?}");
}

#[test]
fn a_row_of_one_figure_under_a_line_is_no_ruler() {
    let down = |across: Drawing| {
        let (w, h) = (across.h, across.w);
        let px = (0..w * h).map(|at| across.px[(w - 1 - at % w) * h + at / w]).collect();
        Drawing { w, h, px }
    };
    let column = |text: &str| Drawing::new(300, 400).write(text, (20, 14), 2, 250).write("0000", (20, 36), 2, 250);
    let row = Area::new(400 - 36 - 14, 20, 14, 46);
    assert!(has(&down(column("NAME 204")).marks(), Cover, row), "{:?}", down(column("NAME 204")).marks());
    assert!(!has(&down(column("")).marks(), Cover, row), "{:?}", down(column("")).marks());
}

#[test]
fn two_figures_at_the_border_are_covered() {
    let mut tried = 0;
    for number in ["24", "42", "20", "07"] {
        let mut black = film();
        black.px.iter_mut().for_each(|value| *value /= 8);
        let marks = black.write(number, (1, 1), 4, 250).marks();
        assert!(has(&marks, Cover, text(2, 1, 1, 4)), "{number} {marks:?}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn speckle_around_a_cover_is_not_what_goes_on() {
    let spot = |film: Drawing, n: u32| {
        let at = n.wrapping_mul(2_654_435_761) >> 8;
        let place = Area::new(112 + at % 270, 2 + at / 270 % 80, 2 + n % 3, 2 + n % 2);
        film.bar(place, 170 + (n * 29 % 60) as u8)
    };
    let marks = (0..200).fold(film(), spot).write("NAME 204", (12, 30), 2, 250).marks();
    assert!(has(&marks, Cover, text(8, 12, 30, 2)), "{marks:?}");
    assert!(marks.iter().all(|mark| mark.action != Look), "{marks:?}");
}
