//! The ink around a piece of writing, whatever its pieces are like: looked at once more in the plane and polarity that
//! showed it best.

use super::glyph::{self, Glyph};
use super::noise::Noise;
use super::plane::Plane;
use super::rule;
use super::shape::Shape;

/// A connected piece of ink: where it is in the picture, how much lighter than its surroundings, how much it is like ink.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) bounds: [f32; 4],
    pub(super) contrast: f32,
    pub(super) like: f32,
    /// Where its strokes run.
    pub(super) shape: Shape,
    /// Pixels of the picture that are on.
    pub(super) pixels: f32,
}

pub(super) fn area(bounds: &[f32; 4]) -> f32 {
    ((bounds[2] - bounds[0]) * (bounds[3] - bounds[1])).max(1.0)
}

pub(super) fn grown([x0, y0, x1, y1]: [f32; 4], by: f32) -> [f32; 4] {
    [x0 - by, y0 - by, x1 + by, y1 + by]
}

pub(super) fn around(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

pub(super) fn turned([x0, y0, x1, y1]: [f32; 4]) -> [f32; 4] {
    [y0, x0, y1, x1]
}

/// A part of a plane, light on dark, brought to a size at which strokes are as narrow as the top-hat asks for.
pub(super) struct Window {
    plane: Plane,
    /// Left and top in pixels of the plane it is of.
    from: [usize; 2],
    /// Pixels of the picture in one of its own.
    times: [f32; 2],
    /// Pixels of the plane in one of its own.
    shrunk: usize,
}

impl Window {
    /// The part of a plane that holds an area of the picture; `height` is that of letters, `size` the picture's.
    pub(super) fn of(plane: &Plane, wanted: [f32; 4], size: [f32; 2], height: f32, inverted: bool) -> Self {
        let scale = [plane.w as f32 / size[0], plane.h as f32 / size[1]];
        let low = |v: f32, scale: f32, most: usize| ((v * scale).max(0.0) as usize).min(most - 1);
        let high = |v: f32, scale: f32, least: usize, most: usize| {
            ((v * scale).ceil().max(0.0) as usize).clamp(least + 1, most)
        };
        let from = [low(wanted[0], scale[0], plane.w), low(wanted[1], scale[1], plane.h)];
        let to = [high(wanted[2], scale[0], from[0], plane.w), high(wanted[3], scale[1], from[1], plane.h)];
        let (w, h) = (to[0] - from[0], to[1] - from[1]);
        let px = (from[1]..to[1]).flat_map(|y| plane.row(y)[from[0]..to[0]].iter().copied());
        let mut part = Plane { w, h, px: px.collect() };
        let (mut shrunk, mut height) = (1, height * scale[1]);
        while height > rule::HIGHEST_SEEN {
            (part, shrunk, height) = (part.halved(), 2 * shrunk, height / 2.0);
        }
        let part = if inverted { part.inverted() } else { part };
        Self { plane: part, from, times: [shrunk as f32 / scale[0], shrunk as f32 / scale[1]], shrunk }
    }

    /// Its ink, in pixels of the picture.
    pub(super) fn pieces(&self) -> Vec<Piece> {
        let place = |v: f32, axis: usize| (v + self.from[axis] as f32 / self.shrunk as f32) * self.times[axis];
        let piece = |glyph: &Glyph| {
            let bounds = [place(glyph.x0, 0), place(glyph.y0, 1), place(glyph.x1, 0), place(glyph.y1, 1)];
            Piece {
                bounds,
                contrast: glyph.contrast,
                like: glyph.like,
                shape: glyph.shape,
                pixels: glyph.fill * glyph.w() * glyph.h() * self.times[0] * self.times[1],
            }
        };
        glyph::pieces(&self.plane, &Noise::of(&self.plane)).iter().map(piece).collect()
    }
}
