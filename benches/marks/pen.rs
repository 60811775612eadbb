//! Turns strokes into masks of ink: by the distance from the middle of the pen's way.

use crate::canvas::Mask;
use crate::font::{Point, Stroke};

/// How strokes are put on paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pen {
    /// Height of a capital in pixels.
    pub(crate) height: f32,
    /// Width of the pen in pixels.
    pub(crate) width: f32,
    /// Pixels over which the edge fades; 1 is plain anti-aliasing, 0 leaves steps.
    pub(crate) soft: f32,
    /// Turned so far, in degrees, clockwise as shown.
    pub(crate) angle: f32,
    /// As seen from behind.
    pub(crate) mirrored: bool,
}

impl Pen {
    /// A sharp upright pen, width and height in pixels.
    pub(crate) fn new(height: f32, width: f32) -> Self {
        Self { height, width, soft: 1.0, angle: 0.0, mirrored: false }
    }

    /// A pen for shapes that are given in pixels.
    pub(crate) fn pixels(width: f32, soft: f32) -> Self {
        Self { soft, ..Self::new(1.0, width) }
    }

    /// Where a point of the font comes to lie, in pixels from the line's beginning.
    pub(crate) fn place(&self, (x, y): Point) -> Point {
        let (x, y) = (x * self.height * if self.mirrored { -1.0 } else { 1.0 }, y * self.height);
        let (sin, cos) = self.angle.to_radians().sin_cos();
        (x * cos - y * sin, x * sin + y * cos)
    }

    /// The ink of these strokes.
    pub(crate) fn draw(&self, strokes: &[Stroke]) -> Mask {
        let placed: Vec<(Vec<Point>, f32)> = strokes
            .iter()
            .filter(|stroke| !stroke.points.is_empty())
            .map(|stroke| (stroke.points.iter().map(|point| self.place(*point)).collect(), stroke.weight))
            .collect();
        let (mut low, mut high) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
        for (x, y) in placed.iter().flat_map(|(points, _)| points) {
            (low, high) = ((low.0.min(*x), low.1.min(*y)), (high.0.max(*x), high.1.max(*y)));
        }
        if placed.is_empty() {
            return Mask::new(0, 0, 1, 1);
        }
        let room = self.width + self.soft + 2.0;
        let (x, y) = ((low.0 - room).floor() as i32, (low.1 - room).floor() as i32);
        let (width, height) = ((high.0 + room).ceil() as i32 - x, (high.1 + room).ceil() as i32 - y);
        let mut mask = Mask::new(x, y, width as usize, height as usize);
        for (points, weight) in &placed {
            let radius = (self.width * weight / 2.0).max(0.5);
            let single = [points[0], points[0]];
            let points = if points.len() == 1 { &single[..] } else { points };
            points.windows(2).for_each(|pair| self.segment(&mut mask, pair[0], pair[1], radius));
        }
        mask
    }

    /// One straight piece, cut into short ones so that only pixels near it are looked at.
    fn segment(&self, mask: &mut Mask, a: Point, b: Point, radius: f32) {
        let pieces = ((b.0 - a.0).hypot(b.1 - a.1) / (radius * 6.0).max(24.0)).ceil().max(1.0);
        let at = |t: f32| (a.0 + (b.0 - a.0) * t / pieces, a.1 + (b.1 - a.1) * t / pieces);
        for piece in 0..pieces as i32 {
            self.piece(mask, at(piece as f32), at((piece + 1) as f32), radius);
        }
    }

    fn piece(&self, mask: &mut Mask, a: Point, b: Point, radius: f32) {
        let reach = radius + self.soft / 2.0 + 1.0;
        let from = |low: f32, origin: i32| ((low - reach).floor() as i32 - origin).max(0) as usize;
        let to =
            |high: f32, origin: i32, side: usize| (((high + reach).ceil() as i32 - origin).max(0) as usize).min(side);
        let columns = from(a.0.min(b.0), mask.x)..to(a.0.max(b.0), mask.x, mask.width);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let squared = (dx * dx + dy * dy).max(1e-6);
        for row in from(a.1.min(b.1), mask.y)..to(a.1.max(b.1), mask.y, mask.height) {
            for column in columns.clone() {
                let (px, py) = ((column as i32 + mask.x) as f32 + 0.5 - a.0, (row as i32 + mask.y) as f32 + 0.5 - a.1);
                let along = ((px * dx + py * dy) / squared).clamp(0.0, 1.0);
                let (ox, oy) = (px - along * dx, py - along * dy);
                let inside = radius - (ox * ox + oy * oy).sqrt();
                let ink = match self.soft {
                    0.0 => f32::from(u8::from(inside >= 0.0)),
                    soft => (inside / soft + 0.5).clamp(0.0, 1.0),
                };
                let value = &mut mask.alpha[row * mask.width + column];
                *value = value.max(ink);
            }
        }
    }
}

/// A ring of strokes around a middle, in the units of its radius.
pub(crate) fn ring(middle: Point, radius: f32) -> Stroke {
    let at = |step: i32| {
        let (sin, cos) = (step as f32 * std::f32::consts::TAU / 28.0).sin_cos();
        (middle.0 + cos * radius, middle.1 + sin * radius)
    };
    Stroke::new((0..=28).map(at).collect())
}
