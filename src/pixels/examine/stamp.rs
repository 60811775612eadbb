//! The date that a camera writes into a corner of a photograph, in red, orange or yellow.
//!
//! In a photograph writing is put before a person from a high score on, since a scene is full of what looks like letters; the
//! thin segments of such figures over a scene do not reach it. But they have a colour of their own. So what has that colour is
//! looked at by itself where little of the margins has it, and rows there are put before a person. GMC, *Making
//! and using visual and audio recordings of patients*, para 12.

use crate::finding::Action;
use crate::pixels::{Class, Mark, Picture, Samples};
use crate::place::Area;

/// In 256ths of the range: red is at least so light, and so much lighter than blue.
const RED: u32 = 150;
const OVER_BLUE: u32 = 80;
/// Of so many pixels at most one has the colour in the margins, and at least so many pixels have it: else the scene itself is red, or nothing
/// is written.
const RARE: usize = 50;
const LEAST: usize = 40;
/// From this score on a row of the colour by itself is one of figures: petals, leaves and roof tiles in a row have 4.5 at most.
const SCORE: f32 = 4.6;
/// The margin along each edge that a camera writes into, in parts of height, as a divisor; such a row is at most so high,
/// and at least so many times as long as it is high.
const MARGIN: u32 = 5;
const HIGHEST: u32 = 8;
const LONGER: u32 = 3;

/// Rows of that colour in the margins, for a person to look at, but where a mark is already.
pub(super) fn rows(picture: &Picture, marks: &[Mark], look: impl FnOnce(&Picture) -> Vec<Mark>) -> Vec<Mark> {
    let Some(alone) = alone(picture) else { return Vec::new() };
    let (width, height) = (picture.width(), picture.height());
    let is_row = |area: &Area| {
        let (above, below) = (area.bottom() <= height / MARGIN, area.y >= height - height / MARGIN);
        (above || below) && area.height <= height / HIGHEST && area.width >= area.height.saturating_mul(LONGER)
    };
    let known = |area: &Area| {
        let told = marks.iter().filter(|mark| matches!(mark.action, Action::Cover | Action::Look));
        told.filter_map(|mark| mark.area.common(area)).any(|common| common == *area)
    };
    let found = look(&alone).into_iter();
    let told = |mark: &Mark| matches!(mark.action, Action::Cover | Action::Look) && mark.class == Class::Line;
    let rows = found.filter(|mark| told(mark) && mark.score >= SCORE);
    let rows =
        rows.filter_map(|mark| Some(Mark { area: mark.area.within(width, height)?, action: Action::Look, ..mark }));
    rows.filter(|mark| is_row(&mark.area) && !known(&mark.area)).collect()
}

/// What has the colour, white on black; none where too much or too little has it.
fn alone(picture: &Picture) -> Option<Picture> {
    if picture.channels() != 3 || picture.is_inverted() {
        return None;
    }
    let mut samples = match picture.samples() {
        Samples::U8(samples) => shown(samples, picture.bits()),
        Samples::U16(samples) => shown(samples, picture.bits()),
    };
    let (row, rows) = (picture.width() as usize, picture.height() as usize);
    let margin = rows / MARGIN as usize;
    samples.get_mut(margin * row..(rows - margin) * row)?.fill(0);
    let count = samples.iter().filter(|sample| **sample > 0).count();
    let rare = (LEAST..=samples.len() / RARE).contains(&count);
    if rare { Picture::new(picture.width(), picture.height(), 1, 8, Samples::U8(samples)) } else { None }
}

fn shown<T: Copy + Into<u32>>(samples: &[T], bits: u8) -> Vec<u8> {
    let all = 1_u32 << bits;
    let (red, over) = (RED * all / 256, OVER_BLUE * all / 256);
    let is = |pixel: &[T; 3]| {
        let [r, g, b] = pixel.map(Into::into);
        r >= red && r >= g && r >= b.saturating_add(over)
    };
    samples.as_chunks::<3>().0.iter().map(|pixel| if is(pixel) { 255 } else { 0 }).collect()
}

#[cfg(test)]
mod tests;
