//! Finds writing in a frame: a classical detector, without a model.
//!
//! Planes of 8 bits (windows of the stored values, and colour) are looked at in both polarities and at three sizes. What is
//! narrow and lighter than its surroundings is parted into glyphs, glyphs are joined to lines, lines seen more than once
//! become one candidate, and each candidate is judged by how sure it is and where it lies. Lines are weighed by the weights
//! of `writing/weights.in`; every threshold stands in `writing/rule.rs` with its reason. GMC paras 12 and 17.

mod area;
mod beside;
mod candidate;
mod chain;
mod column;
mod component;
mod cross;
mod doubt;
mod glyph;
mod hat;
mod ink;
mod judge;
mod line;
mod lone;
mod noise;
mod orientation;
mod pair;
mod plane;
mod rest;
mod ring;
mod row;
mod rule;
mod shape;
mod tail;
mod weigh;

use super::{Ground, Mark, Picture};
use candidate::Candidate;
use judge::Judge;
use line::Line;
use noise::Noise;
use plane::Plane;
pub use weigh::MEASURES;

/// The writing in a frame: what is to be covered, kept (side markers, rulers) or looked at, with areas that are padded
/// already. `frame` of each mark is 0.
pub fn find(picture: &Picture, ground: Ground, keep_markers: bool) -> Vec<Mark> {
    let judge = Judge { size: [picture.width() as f32, picture.height() as f32], ground, keep_markers };
    let planes = plane::planes(picture);
    let mut judged = judge.judged(survey(picture, &planes));
    if ground == Ground::Radiograph {
        doubt::heard(&mut judged, &planes, judge.size, keep_markers);
        pair::read(&mut judged, &planes, judge.size, keep_markers);
        lone::asked(&mut judged, &planes, judge.size);
        rest::repeated_in_columns(&mut judged);
        row::completed(&mut judged, &planes, judge.size);
        rest::markers_in_rows(&mut judged);
        rest::dashes(&mut judged, &planes, judge.size);
        rest::shown(&mut judged, &planes, judge.size);
        if keep_markers {
            orientation::kept(&mut judged, &planes, judge.size);
        }
    }
    area::marks(judged, picture)
}

/// A line of two glyphs or more at one level of one plane, with what is weighed of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Left, top, right and bottom in pixels of the picture.
    pub bounds: [f32; 4],
    /// Whether it runs down the picture.
    pub upright: bool,
    /// How many glyphs.
    pub glyphs: usize,
    /// What the weights are for, in their order.
    pub measures: [f32; MEASURES],
}

/// Every line that the detector weighs in a frame: of these the weights are found again (`docs/pixels.md`).
pub fn measured(picture: &Picture) -> Vec<Measured> {
    let mut all = Vec::new();
    for_each_line(picture, &plane::planes(picture), &mut |line, times, size, shown| {
        let one = Candidate::of(line, times, size, shown);
        if one.weighed {
            let measures = weigh::measures(line, one.evidence, one.bounds, one.height, size);
            all.push(Measured { bounds: one.bounds, upright: one.upright, glyphs: line.glyphs.len(), measures });
        }
    });
    all
}

/// All that may be writing.
fn survey(picture: &Picture, planes: &[Plane]) -> Vec<Candidate> {
    let mut all = Vec::new();
    for_each_line(picture, planes, &mut |line, times, size, shown| all.push(Candidate::of(line, times, size, shown)));
    candidate::merged(all)
}

/// What is done with a line: with the size of a pixel of its level, that of the picture, and what shows it (twice the number
/// of its plane, and one more for dark writing).
type Take<'a> = &'a mut dyn FnMut(&Line, [f32; 2], [f32; 2], usize);

/// Looks for lines in every plane, light ones and dark ones.
fn for_each_line(picture: &Picture, planes: &[Plane], take: Take) {
    for (at, plane) in planes.iter().enumerate() {
        look(plane, picture, &mut |line, times, size, _| take(line, times, size, 2 * at));
        look(&plane.inverted(), picture, &mut |line, times, size, _| take(line, times, size, 2 * at + 1));
    }
}

/// Looks for light writing at every level of a plane; at half size once more with small gaps closed, for letters of dots; at
/// full size once more smoothed where there is noise, for faint letters.
fn look(plane: &Plane, picture: &Picture, take: Take) {
    let half = plane.halved();
    let quarter = half.halved();
    let closed = hat::closed(&half);
    let noise = Noise::of(plane);
    if noise.typical() >= rule::NOISY {
        look_at(&plane.smoothed(), &noise.times(rule::SMOOTHED_NOISE), true, picture, take);
    }
    look_at(plane, &noise, true, picture, take);
    for level in [half, closed, quarter] {
        look_at(&level, &Noise::of(&level), false, picture, take);
    }
}

/// Looks for light writing at one level; `finest` where small glyphs count.
fn look_at(level: &Plane, noise: &Noise, finest: bool, picture: &Picture, take: Take) {
    let glyphs = ring::closed(glyph::glyphs(level, &hat::white(level), noise, finest));
    let size = [picture.width() as f32, picture.height() as f32];
    let times = [size[0] / level.w as f32, size[1] / level.h as f32];
    for upright in [false, true] {
        line::lines(glyphs.clone(), upright).iter().for_each(|line| take(line, times, size, 0));
    }
}

#[cfg(test)]
mod tests;
