//! Finds writing in a frame: a classical detector, without a model.
//!
//! Planes of 8 bits (windows of the stored values, and colour) are looked at in both polarities and at three sizes. What is
//! narrow and lighter than its surroundings is parted into glyphs, glyphs are joined to lines, lines seen more than once
//! become one candidate, and each candidate is judged by how sure it is and where it lies. Every threshold stands in
//! `writing/rule.rs` with its reason. GMC paras 12 and 17.

mod area;
mod beside;
mod candidate;
mod chain;
mod component;
mod glyph;
mod hat;
mod judge;
mod line;
mod noise;
mod plane;
mod ring;
mod rule;
mod shape;

use super::{Ground, Mark, Picture};
use candidate::Candidate;
use judge::Judge;
use plane::Plane;

/// The writing in a frame: what is to be covered, kept (side markers, rulers) or looked at, with areas that are padded
/// already. `frame` of each mark is 0.
pub fn find(picture: &Picture, ground: Ground, keep_markers: bool) -> Vec<Mark> {
    let judge = Judge { size: [picture.width() as f32, picture.height() as f32], ground, keep_markers };
    area::marks(judge.judged(survey(picture)), picture)
}

/// All that may be writing.
fn survey(picture: &Picture) -> Vec<Candidate> {
    let mut all = Vec::new();
    for plane in plane::planes(picture) {
        let inverted = plane.inverted();
        look(plane, picture, &mut all);
        look(inverted, picture, &mut all);
    }
    candidate::merged(all)
}

/// Looks for light writing at every level of a plane; at half size once more with small gaps closed, for letters of dots.
fn look(plane: Plane, picture: &Picture, all: &mut Vec<Candidate>) {
    let half = plane.halved();
    let quarter = half.halved();
    let closed = hat::closed(&half);
    for (finest, level) in [(true, plane), (false, half), (false, closed), (false, quarter)] {
        let noise = noise::Noise::of(&level);
        let glyphs = ring::closed(glyph::glyphs(&level, &hat::white(&level), &noise, finest));
        let times = [picture.width() as f32 / level.w as f32, picture.height() as f32 / level.h as f32];
        for upright in [false, true] {
            all.extend(line::lines(glyphs.clone(), upright).iter().map(|line| Candidate::of(line, times)));
        }
    }
}

#[cfg(test)]
mod tests;
