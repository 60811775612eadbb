//! Finds writing in a frame: a classical detector, without a model.

mod area;
mod beside;
pub mod candidate;
mod component;
pub mod glyph;
mod hat;
mod judge;
mod line;
mod noise;
mod plane;
mod ring;
mod rule;
pub mod shape;

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
pub fn survey(picture: &Picture) -> Vec<Candidate> {
    let mut all = Vec::new();
    for (p, plane) in plane::planes(picture).into_iter().enumerate() {
        let inverted = plane.inverted();
        let before = all.len();
        look(plane, picture, &mut all);
        all[before..].iter_mut().for_each(|c| c.trace = p as u32 * 10);
        let before = all.len();
        look(inverted, picture, &mut all);
        all[before..].iter_mut().for_each(|c| c.trace = p as u32 * 10 + 1);
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
