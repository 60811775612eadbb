//! What a camera writes into a corner is told from a scene and from what is marked already.

use super::*;
use crate::pixels::{Ground, writing};

const ORANGE: [u8; 3] = [244, 90, 40];

/// A scene of 640 × 480 with rows of figures of seven bars, 14 × 24, in these places and colours.
fn scene(rows: &[(u32, u32, [u8; 3])]) -> Picture {
    let mut samples: Vec<u8> = (0..480_u32)
        .flat_map(|y| (0..640_u32).map(move |x| (x, y)))
        .flat_map(|(x, y)| {
            let grain = ((x / 4 * 7_919 + y / 4 * 104_729) % 31) as u8;
            [70 + grain + (y / 8) as u8, 74 + grain + (x / 12) as u8, 80 + grain]
        })
        .collect();
    // Top, upper left, upper right, middle, lower left, lower right, foot.
    const BARS: [(u32, u32, u32, u32); 7] =
        [(0, 0, 14, 3), (0, 0, 3, 13), (11, 0, 3, 13), (0, 11, 14, 3), (0, 12, 3, 12), (11, 12, 3, 12), (0, 21, 14, 3)];
    let figures: [&[usize]; 8] = [
        &[0, 2, 3, 4, 6],
        &[0, 1, 2, 4, 5, 6],
        &[0, 1, 3, 5, 6],
        &[1, 2, 3, 5],
        &[0, 2, 3, 5, 6],
        &[0, 1, 2, 3, 5, 6],
        &[0, 1, 3, 4, 5, 6],
        &[0, 1, 2, 3, 4, 5, 6],
    ];
    for (left, top, colour) in rows {
        for (at, figure) in (0_u32..).zip(figures) {
            for (x, y, w, h) in figure.iter().map(|bar| BARS[*bar]) {
                for (x, y) in (y..y + h).flat_map(|y| (x..x + w).map(move |x| (x, y))) {
                    let place = 3 * ((top + y) * 640 + left + 20 * at + x) as usize;
                    samples[place..place + 3].copy_from_slice(colour);
                }
            }
        }
    }
    Picture::new(640, 480, 3, 8, Samples::U8(samples)).expect("a picture")
}

fn found(picture: &Picture, marks: &[Mark]) -> Vec<Mark> {
    rows(picture, marks, |alone| writing::find(alone, Ground::Radiograph, true))
}

#[test]
fn a_date_in_the_colour_of_a_camera_is_put_before_a_person_wherever_it_stands_in_the_margins() {
    let mut tried = 0;
    for (x, y, colour) in [(460, 430, ORANGE), (20, 430, [250, 200, 60]), (460, 20, [230, 40, 30])] {
        let marks = found(&scene(&[(x, y, colour)]), &[]);
        let whole = Area::new(x, y, 154, 24);
        assert!(marks.iter().any(|mark| mark.area.common(&whole) == Some(whole)), "{x} {y}: {marks:?}");
        assert!(marks.iter().all(|mark| mark.action == Action::Look));
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn a_row_in_the_middle_a_scene_and_what_is_marked_already_are_none() {
    assert_eq!(found(&scene(&[]), &[]), []);
    assert_eq!(found(&scene(&[(240, 220, ORANGE)]), &[]), []);
    assert_eq!(found(&scene(&[(460, 430, [90, 200, 250])]), &[]), []);
    let known =
        Mark { frame: 0, area: Area::new(400, 400, 240, 80), class: Class::Line, score: 7.0, action: Action::Look };
    assert_eq!(found(&scene(&[(460, 430, ORANGE)]), &[known]), []);
}

#[test]
fn a_red_scene_and_a_grey_one_are_not_looked_at_again() {
    let plain = |pixel: &[u8], channels| {
        Picture::new(640, 480, channels, 8, Samples::U8(pixel.repeat(640 * 480))).expect("a picture")
    };
    let pictures = [plain(&ORANGE, 3), plain(&[90], 1), plain(&[90, 90, 90], 3)];
    let asked = pictures.iter().filter(|picture| alone(picture).is_some()).count();
    assert_eq!((pictures.len(), asked), (3, 0));
    for (width, height) in [(1, 1), (3, 2), (1, 400)] {
        let samples = Samples::U8(ORANGE.repeat((width * height) as usize));
        assert_eq!(found(&Picture::new(width, height, 3, 8, samples).expect("a picture"), &[]), []);
    }
}
