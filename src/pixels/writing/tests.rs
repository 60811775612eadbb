//! What the detector of writing is to find and to leave alone, on small drawn pictures.
#![allow(clippy::expect_used, reason = "a test that expects fails loudly, which is what a test is for")]

use super::{find, rule};
use crate::finding::Action::{Cover, Keep, Look};
use crate::pixels::{Class, Ground, Mark, Picture, Samples};
use crate::place::Area;

/// Columns of a few letters and figures, seven rows each, drawn for these tests.
const FONT: &[(char, [u8; 7])] = &[
    ('A', [14, 17, 17, 31, 17, 17, 17]),
    ('D', [30, 17, 17, 17, 17, 17, 30]),
    ('E', [31, 16, 16, 30, 16, 16, 31]),
    ('L', [16, 16, 16, 16, 16, 16, 31]),
    ('M', [17, 27, 21, 21, 17, 17, 17]),
    ('N', [17, 25, 25, 21, 19, 19, 17]),
    ('O', [14, 17, 17, 17, 17, 17, 14]),
    ('R', [30, 17, 17, 30, 20, 18, 17]),
    ('S', [15, 16, 16, 14, 1, 1, 30]),
    ('T', [31, 4, 4, 4, 4, 4, 4]),
    ('X', [17, 17, 10, 4, 10, 17, 17]),
    ('2', [14, 17, 1, 6, 8, 16, 31]),
    ('0', [14, 17, 17, 17, 17, 17, 14]),
    ('4', [2, 6, 10, 18, 31, 2, 2]),
    ('7', [31, 1, 2, 2, 4, 4, 4]),
];

/// A drawn picture of 8 bits with a slope of grey, as film has.
struct Drawing {
    w: usize,
    h: usize,
    px: Vec<u8>,
}

impl Drawing {
    fn new(w: usize, h: usize) -> Self {
        let grain = |x: usize, y: usize| (x * 7919 + y * 104_729 + x * y * 31) % 5;
        let px = (0..w * h).map(|at| (60 + 40 * (at / w) / h + grain(at % w, at / w)) as u8).collect();
        Self { w, h, px }
    }

    fn dot(&mut self, x: i32, y: i32, value: u8) {
        if (0..self.w as i32).contains(&x) && (0..self.h as i32).contains(&y) {
            self.px[y as usize * self.w + x as usize] = value;
        }
    }

    /// Writes from the left, each dot of a letter `dot` pixels wide.
    fn write(mut self, text: &str, (x, y): (i32, i32), dot: i32, value: u8) -> Self {
        for (n, letter) in text.chars().enumerate() {
            let rows = FONT.iter().find(|(drawn, _)| *drawn == letter).map_or([0; 7], |(_, rows)| *rows);
            for at in 0..35 * dot * dot {
                let (column, row) = (at % (5 * dot), at / (5 * dot));
                if rows[(row / dot) as usize] >> (4 - column / dot) & 1 == 1 {
                    self.dot(x + n as i32 * 6 * dot + column, y + row, value);
                }
            }
        }
        self
    }

    fn bar(mut self, area: Area, value: u8) -> Self {
        for at in 0..area.pixels() as u32 {
            self.dot((area.x + at % area.width) as i32, (area.y + at / area.width) as i32, value);
        }
        self
    }

    fn ring(mut self, (x, y): (i32, i32), radius: i32, value: u8) -> Self {
        for (dx, dy) in (-radius..=radius).flat_map(|dy| (-radius..=radius).map(move |dx| (dx, dy))) {
            if ((radius - 2).pow(2)..=radius.pow(2)).contains(&(dx * dx + dy * dy)) {
                self.dot(x + dx, y + dy, value);
            }
        }
        self
    }

    fn picture(&self) -> Picture {
        Picture::new(self.w as u32, self.h as u32, 1, 8, Samples::U8(self.px.clone())).expect("a picture")
    }

    /// The same in 12 of 16 bits.
    fn deep(&self) -> Picture {
        let deep = self.px.iter().map(|v| u16::from(*v) * 16).collect();
        Picture::new(self.w as u32, self.h as u32, 1, 12, Samples::U16(deep)).expect("a picture")
    }

    /// The same in colour, `value` shown in green.
    fn coloured(&self, value: u8) -> Picture {
        let pixels = self.px.iter().flat_map(|v| if *v == value { [40, 230, 60] } else { [*v; 3] }).collect();
        Picture::new(self.w as u32, self.h as u32, 3, 8, Samples::U8(pixels)).expect("a picture")
    }

    fn marks(&self) -> Vec<Mark> {
        find(&self.picture(), Ground::Radiograph, true)
    }
}

/// Whether marks with this action cover all of an area.
fn has(marks: &[Mark], action: crate::finding::Action, area: Area) -> bool {
    marks.iter().any(|mark| mark.action == action && mark.area.common(&area) == Some(area))
}

/// Where `write` puts a text.
fn text(letters: u32, x: u32, y: u32, dot: u32) -> Area {
    Area::new(x, y, (6 * letters - 1) * dot, 7 * dot)
}

fn film() -> Drawing {
    Drawing::new(400, 300)
}

#[test]
fn a_line_in_the_margin_is_covered_with_padding_whatever_its_polarity_and_depth() {
    let line = text(8, 20, 14, 2);
    let (light, dark) = (film().write("NAME 204", (20, 14), 2, 250), film().write("NAME 204", (20, 14), 2, 2));
    let pictures = [light.picture(), dark.picture(), light.deep(), dark.deep().inverted(true), light.coloured(250)];
    let mut tried = 0;
    for picture in &pictures {
        let marks = find(picture, Ground::Radiograph, true);
        let padded = Area::new(line.x - 4, line.y - 4, line.width + 8, line.height + 8);
        assert!(has(&marks, Cover, padded), "{picture:?}: {marks:?}");
        assert!(marks.iter().all(|mark| mark.class == Class::Line && mark.frame == 0), "{tried}: {marks:?}");
        tried += 1;
    }
    assert_eq!(tried, 5);
}

#[test]
fn letters_that_differ_from_their_ground_in_hue_alone_are_covered() {
    let line = text(8, 20, 14, 2);
    let drawing = film().bar(Area::new(0, 0, 400, 60), 200).write("NAME 204", (20, 14), 2, 250);
    let mut tried = 0;
    for (ground, letters) in
        [([0, 191, 255], [255, 140, 0]), ([255, 215, 0], [0, 255, 255]), ([21, 67, 253], [247, 16, 19])]
    {
        let colour = |v: &u8| match v {
            200 => ground,
            250 => letters,
            _ => [*v; 3],
        };
        let samples = Samples::U8(drawing.px.iter().flat_map(colour).collect());
        let marks = find(&Picture::new(400, 300, 3, 8, samples).expect("a picture"), Ground::Radiograph, true);
        assert!(has(&marks, Cover, line), "{letters:?}: {marks:?}");
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn letters_that_only_a_stated_window_shows_are_covered() {
    let line = text(8, 20, 14, 2);
    let drawing = film().bar(Area::new(0, 0, 400, 60), 1).write("NAME 204", (20, 14), 2, 2);
    let deep = |v: &u8| match v {
        1 => 100,
        2 => 800,
        _ => u16::from(*v) * 160,
    };
    let samples = Samples::U16(drawing.px.iter().map(deep).collect());
    let picture = Picture::new(400, 300, 1, 16, samples).expect("a picture");
    assert_eq!(find(&picture, Ground::Radiograph, true), [], "nobody sees it so");
    let window = (0..=u16::MAX).map(|v| (u32::from(v).min(2_000) * 255 / 2_000) as u8).collect();
    let marks = find(&picture.displayed(vec![window]), Ground::Radiograph, true);
    assert!(has(&marks, Cover, line), "{marks:?}");
}

#[test]
fn an_empty_film_has_no_mark() {
    assert_eq!(film().marks(), []);
    assert_eq!(film().bar(Area::new(150, 0, 60, 300), 160).marks(), [], "an edge is no writing");
}

#[test]
fn two_figures_are_a_pair_and_are_covered() {
    let marks = film().write("47", (20, 20), 3, 250).marks();
    assert!(has(&marks, Cover, text(2, 20, 20, 3)), "{marks:?}");
    assert_eq!(marks[0].class, Class::Pair);
}

#[test]
fn a_lone_figure_is_covered_and_a_lone_marker_stays() {
    let marks = film().write("R", (20, 20), 4, 250).write("4", (350, 20), 4, 250).marks();
    assert!(has(&marks, Cover, text(1, 350, 20, 4)), "{marks:?}");
    let marker = marks.iter().find(|mark| mark.class == Class::Marker).expect("a marker");
    assert_eq!((marker.action, marker.area), (Keep, text(1, 20, 20, 4)));
}

#[test]
fn a_marker_in_a_ring_stays_and_goes_where_markers_are_not_kept() {
    let film = film().write("L", (40, 40), 3, 250).ring((47, 50), 20, 250);
    let kept = film.marks();
    assert!(has(&kept, Keep, text(1, 40, 40, 3)) && kept.len() == 1 && kept[0].class == Class::Marker, "{kept:?}");
    let covered = find(&film.picture(), Ground::Radiograph, false);
    assert!(has(&covered, Cover, text(1, 40, 40, 3)), "{covered:?}");
}

#[test]
fn initials_beside_a_marker_are_covered() {
    let marks = film().write("L", (20, 20), 5, 250).write("AM", (54, 30), 2, 250).marks();
    assert!(has(&marks, Cover, text(2, 54, 30, 2)), "{marks:?}");
    assert!(marks.iter().any(|mark| mark.class == Class::Marker && mark.action == Keep), "{marks:?}");
}

#[test]
fn three_lines_become_a_block() {
    let film = film().write("NAME 204", (12, 10), 2, 250).write("ROSE 407", (12, 32), 2, 250);
    let marks = film.write("SALON 20", (12, 54), 2, 250).marks();
    assert!(has(&marks, Cover, Area::new(12, 10, 94, 58)), "{marks:?}");
    assert!(marks.iter().any(|mark| mark.class == Class::Block), "{marks:?}");
}

#[test]
fn a_word_that_the_border_cuts_is_covered() {
    let marks = film().write("NAME 204", (-7, 100), 3, 250).marks();
    assert!(has(&marks, Cover, Area::new(0, 100, 134, 21)), "{marks:?}");
    assert_eq!(marks[0].class, Class::CutByBorder);
}

#[test]
fn writing_that_runs_down_is_covered() {
    let across = Drawing::new(300, 400).write("NAME 204", (20, 14), 2, 250);
    let turned: Vec<u8> = (0..400 * 300).map(|at| across.px[(399 - at % 400) * 300 + at / 400]).collect();
    let marks = Drawing { w: 400, h: 300, px: turned }.marks();
    assert!(has(&marks, Cover, Area::new(372, 20, 14, 94)), "{marks:?}");
}

#[test]
fn a_ruler_stays() {
    let ruler = (0..12).fold(film(), |film, n| film.bar(Area::new(384, 40 + 12 * n, 10, 2), 250));
    let marks = ruler.marks();
    assert!(marks.iter().any(|mark| mark.class == Class::Scale && mark.action == Keep), "{marks:?}");
    assert!(marks.iter().all(|mark| mark.action == Keep), "{marks:?}");
}

#[test]
fn a_letter_in_the_middle_is_a_figure_mark_and_stays() {
    let marks = film().write("L", (190, 140), 4, 250).marks();
    assert_eq!(marks.iter().map(|mark| (mark.class, mark.action)).collect::<Vec<_>>(), [(Class::FigureMark, Keep)]);
}

#[test]
fn what_is_faint_is_put_before_a_person_rather_than_lost() {
    let faint = film().write("NAME", (20, 120), 1, 108).marks();
    assert!(faint.iter().any(|mark| matches!(mark.action, Look | Cover)), "{faint:?}");
}

#[test]
fn a_poster_in_a_photograph_is_no_caption() {
    let poster = film().write("NAME 204", (150, 120), 2, 250).picture();
    let marks = find(&poster, Ground::Photograph, true);
    assert!(marks.iter().all(|mark| mark.action == Look) && !marks.is_empty(), "{marks:?}");
    let caption = film().write("NAME 204", (290, 280), 2, 250).picture();
    assert!(has(&find(&caption, Ground::Photograph, true), Cover, text(8, 290, 280, 2)));
    let marker = film().write("R", (20, 20), 4, 250).picture();
    assert_eq!(find(&marker, Ground::Photograph, true), []);
}

#[test]
fn the_same_picture_gives_the_same_marks() {
    let film = film().write("NAME 204", (20, 14), 2, 250).write("R", (350, 250), 4, 250);
    assert_eq!(film.marks(), film.marks());
}

#[test]
fn no_size_is_too_odd() {
    let sizes = [(1, 1), (1, 300), (300, 1), (2, 2), (3, 400), (16, 15), (47, 49), (4000, 2)];
    for (w, h) in sizes {
        for value in [0, 255] {
            let flat = Drawing { w, h, px: vec![value; w * h] };
            assert_eq!(flat.marks(), [], "{w}×{h}");
        }
        let checked = Drawing { w, h, px: (0..w * h).map(|at| ((at % w + at / w) % 2 * 255) as u8).collect() };
        let marks = checked.marks();
        assert!(marks.iter().all(|mark| mark.area.within(w as u32, h as u32) == Some(mark.area)), "{w}×{h}: {marks:?}");
    }
    assert_eq!(sizes.len(), 8);
}

#[test]
fn staples_in_a_row_are_no_word() {
    let staple = |film: Drawing, n: u32| {
        let (x, y) = (14, 40 + 26 * n);
        let film = film.bar(Area::new(x, y, 14, 3), 250).bar(Area::new(x, y, 3, 9), 250);
        film.bar(Area::new(x + 11, y, 3, 9), 250)
    };
    let marks = (0..8).fold(film(), staple).marks();
    assert!(marks.iter().all(|mark| mark.action != Cover), "{marks:?}");
}

#[test]
fn letters_beside_a_ring_are_covered_and_the_ring_stays() {
    let film = film().write("L", (40, 40), 3, 250).ring((47, 50), 20, 250).write("NE", (74, 43), 2, 250);
    let marks = film.marks();
    assert!(has(&marks, Cover, text(2, 74, 43, 2)), "{marks:?}");
    let ring = Area::new(32, 35, 30, 30);
    let marker = |mark: &&Mark| mark.class == Class::Marker && mark.area.common(&ring) == Some(ring);
    assert_eq!(marks.iter().filter(marker).map(|mark| mark.action).collect::<Vec<_>>(), [Keep], "{marks:?}");
}

#[test]
fn a_dash_in_a_row_goes_with_its_line() {
    let film = film().write("NAME", (20, 14), 3, 250).bar(Area::new(95, 23, 14, 3), 250);
    let marks = film.write("204", (115, 14), 3, 250).marks();
    assert!(has(&marks, Cover, text(4, 20, 14, 3)) && has(&marks, Cover, text(3, 115, 14, 3)), "{marks:?}");
    let covers = marks.iter().filter(|mark| mark.action == Cover);
    assert!(covers.clone().any(|mark| mark.area.common(&Area::new(95, 23, 14, 3)).is_some()), "{marks:?}");
}

#[test]
fn what_is_a_tenth_of_the_picture_high_is_bone_rather_than_writing() {
    let marks = Drawing::new(600, 500).write("NNNNN", (90, 130), 8, 200).marks();
    assert!(marks.iter().all(|mark| mark.action != Cover), "{marks:?}");
}

#[test]
fn rows_of_labels_are_covered_row_by_row_and_the_marker_over_them_stays() {
    let film = Drawing::new(600, 500).write("L", (500, 20), 6, 250).write("TOAST", (470, 90), 4, 250);
    let film = film.write("ROSE", (482, 140), 4, 250).write("SALON", (476, 190), 4, 250);
    let marks = film.marks();
    let marker = text(1, 500, 20, 6);
    let covers = || marks.iter().filter(|mark| mark.action == Cover);
    assert!(covers().all(|mark| mark.area.common(&marker).is_none()), "{marks:?}");
    assert!(has(&marks, Keep, marker), "{marks:?}");
    for row in [text(5, 470, 90, 4), text(4, 482, 140, 4), text(5, 476, 190, 4)] {
        assert!(has(&marks, Cover, row), "{row:?} {marks:?}");
    }
    // A column of letters across the rows would be padded by what the rows are long.
    let room = Area::new(440, 70, 160, 168);
    assert!(covers().all(|mark| room.common(&mark.area) == Some(mark.area)), "{marks:?}");
}

#[test]
fn three_staples_one_below_the_other_are_no_word() {
    let staple = |film: Drawing, n: u32| {
        let (x, y) = (24, 140 + 26 * n);
        let film = film.bar(Area::new(x, y, 14, 3), 250).bar(Area::new(x, y, 3, 9), 250);
        film.bar(Area::new(x + 11, y, 3, 9), 250)
    };
    let marks = (0..3).fold(film(), staple).marks();
    assert!(marks.iter().all(|mark| mark.action != Cover), "{marks:?}");
}

#[test]
fn the_parts_of_a_ruler_with_a_spine_are_no_word() {
    let parts = |film: Drawing, n: u32| {
        let y = 40 + 22 * n;
        film.bar(Area::new(380, y, 2, 20), 2).bar(Area::new(372, y, 8, 2), 2).bar(Area::new(382, y, 1, 20), 250)
    };
    let marks = (0..9).fold(film(), parts).marks();
    assert!(marks.iter().all(|mark| mark.action != Cover), "{marks:?}");
}

#[test]
fn faint_rows_that_begin_at_one_place_speak_for_each_other() {
    let row = |text: &str, y: i32, film: Drawing| film.write(text, (30, y), 1, 86);
    let score = |film: Drawing| {
        let marks = film.marks();
        let of_row = |mark: &&Mark| mark.area.common(&text(8, 30, 120, 1)).is_some();
        marks.iter().filter(of_row).map(|mark| mark.score).fold(0.0, f32::max)
    };
    let alone = score(row("NAME 204", 120, film()));
    let column = row("SALON 20", 132, row("ROSE 407", 108, row("NAME 204", 120, film())));
    let (others, together) = (alone, score(column));
    assert!(together >= others + rule::ALIGNED_BONUS, "{alone} {together}");
}

#[test]
fn letters_beside_a_bright_ring_without_a_side_in_it_are_no_initials_for_that() {
    let electrode = || film().ring((200, 60), 20, 250).bar(Area::new(194, 54, 12, 12), 250);
    let marks = electrode().bar(Area::new(224, 54, 16, 9), 200).marks();
    assert!(marks.iter().all(|mark| mark.action != Cover), "{marks:?}");
}

#[test]
fn a_row_is_covered_no_higher_for_what_shades_off_above_it() {
    let film = Drawing::new(600, 500).write("TOAST 204", (60, 40), 4, 250);
    let marks = film.write("ROSE", (60, 86), 4, 250).write("NE 70 AM", (60, 132), 4, 250).marks();
    let lines = marks.iter().filter(|mark| mark.action == Cover);
    let top = lines.clone().map(|mark| mark.area.y).min();
    let foot = lines.map(|mark| mark.area.bottom()).max();
    assert!(top >= Some(40 - 18) && foot <= Some(160 + 18), "{marks:?}");
}

#[test]
fn every_threshold_says_why() {
    assert!(rule::TABLE.len() > 60, "only {}", rule::TABLE.len());
    for (name, value, why) in rule::TABLE {
        assert!(value.is_finite() && why.len() > 20, "{name}");
    }
}

#[test]
fn a_joined_word_after_a_sure_one_is_covered_to_its_end_and_the_rows_beside_it_are_not() {
    // Joined strokes with dots above and teeth, a space of 1.4 heights after the line, and one of the same far above it.
    let joined = |film: Drawing, y: u32| {
        let film = (0..5).fold(film, |film, n| {
            film.bar(Area::new(130 + 17 * n, y + 2 * (n % 3), 2, 12 - 2 * (n % 3)), 250)
                .bar(Area::new(136 + 17 * n, y - 4, 3, 3), 250)
        });
        film.bar(Area::new(128, y + 10, 80, 2), 250)
    };
    let marks = joined(joined(film().write("NAME 204", (12, 30), 2, 250), 32), 120).marks();
    assert!(has(&marks, Cover, Area::new(12, 28, 196, 16)), "{marks:?}");
    assert!(marks.iter().all(|mark| mark.action != Cover || mark.area.bottom() < 60), "{marks:?}");
}

#[test]
fn a_number_of_one_figure_is_put_before_a_person() {
    let marks = film().write("0000", (30, 20), 2, 250).marks();
    assert!(has(&marks, Cover, text(4, 30, 20, 2)) || has(&marks, Look, text(4, 30, 20, 2)), "{marks:?}");
}

mod alone;
mod doubted;
mod tails;
