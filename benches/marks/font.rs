//! A small stroke font of the project's own: each glyph is a few polylines on a grid, drawn with a pen of any width.
//!
//! Grid: x to the right, y downwards; capitals stand from 0 to 6, small letters from 2, descenders reach 8. A point is two
//! digits, a stroke is points, `~` before a stroke rounds its corners, a stroke of one point twice is a dot.

mod glyph;
mod script;

use crate::rng::Rng;
use glyph::GLYPHS;

/// In units of the height of a capital.
pub(crate) type Point = (f32, f32);

/// One movement of the pen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) points: Vec<Point>,
    /// How wide it is against the other strokes.
    pub(crate) weight: f32,
}

impl Stroke {
    /// A stroke of the common width.
    pub(crate) fn new(points: Vec<Point>) -> Self {
        Self { points, weight: 1.0 }
    }
}

/// How letters look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Sans,
    Serif,
    /// Dots on a lattice, as old cameras and printers write.
    Dots,
    /// Joined and unsteady.
    Hand,
    /// Look-alikes that are drawn by rule and say nothing: squares full of strokes.
    Cjk,
    /// Look-alikes: joined along the foot, with teeth, bows and dots.
    Arabic,
    /// Look-alikes: hanging from a bar.
    Devanagari,
}

/// A line of writing from x = 0; capitals from y = 0 to y = 1.
pub(crate) fn line(face: Face, text: &str, rng: &mut Rng) -> Vec<Stroke> {
    match face {
        Face::Cjk => script::cjk(text, rng),
        Face::Arabic => script::arabic(text, rng),
        Face::Devanagari => script::devanagari(text, rng),
        Face::Hand => script::hand(latin(text, 0.12), rng),
        Face::Sans => latin(text, 0.26),
        Face::Serif => latin(text, 0.34).into_iter().flat_map(serifed).collect(),
        Face::Dots => dotted(text),
    }
}

/// A pen's way between letters, and the width of a space, in capitals.
const SPACE: f32 = 0.5;

fn latin(text: &str, gap: f32) -> Vec<Stroke> {
    let (mut strokes, mut x) = (Vec::new(), 0.0);
    for letter in text.chars() {
        let Some(glyph) = glyph(letter) else {
            x += SPACE;
            continue;
        };
        let width = glyph.iter().flat_map(|stroke| &stroke.points).fold(0.0, |width, point| f32::max(width, point.0));
        strokes.extend(glyph.into_iter().map(|stroke| shifted(stroke, x)));
        x += width + gap;
    }
    strokes
}

fn shifted(mut stroke: Stroke, by: f32) -> Stroke {
    stroke.points.iter_mut().for_each(|point| point.0 += by);
    stroke
}

fn glyph(letter: char) -> Option<Vec<Stroke>> {
    let (_, drawn) = GLYPHS.iter().find(|(known, _)| *known == letter)?;
    Some(drawn.split(';').map(|stroke| Stroke::new(points(stroke.trim()))).collect())
}

fn points(drawn: &str) -> Vec<Point> {
    let (round, drawn) = drawn.strip_prefix('~').map_or((false, drawn), |drawn| (true, drawn));
    let number = |byte: u8| f32::from(byte.wrapping_sub(b'0')) / 6.0;
    let points = drawn.split(' ').filter(|word| word.len() == 2).map(|word| {
        let bytes = word.as_bytes();
        (number(bytes[0]) * 0.85, number(bytes[1]))
    });
    let points: Vec<Point> = points.collect();
    if round { rounded(&rounded(&points)) } else { points }
}

/// Corners cut once (Chaikin 1974), at most a ninth of a capital from each.
pub(crate) fn rounded(points: &[Point]) -> Vec<Point> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let closed = first == last && points.len() > 2;
    let mut out = if closed { Vec::new() } else { vec![*first] };
    for (at, pair) in points.windows(2).enumerate() {
        let (a, b) = (pair[0], pair[1]);
        let length = (b.0 - a.0).hypot(b.1 - a.1).max(1e-3);
        let t = (0.11 / length).min(0.25);
        let between = |t: f32| (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
        if at > 0 || closed {
            out.push(between(t));
        }
        if at + 2 < points.len() || closed {
            out.push(between(1.0 - t));
        }
    }
    out.push(if closed { out[0] } else { *last });
    out
}

/// Upright strokes thick, others thin, and a short bar at each end on the top or the foot line.
fn serifed(stroke: Stroke) -> Vec<Stroke> {
    let (Some(first), Some(last)) = (stroke.points.first().copied(), stroke.points.last().copied()) else {
        return Vec::new();
    };
    let upright = |a: &Point, b: &Point| (b.1 - a.1).abs() > (b.0 - a.0).abs() * 1.3;
    let straight = stroke.points.len() <= 5;
    let bar = |at: Point| Stroke { points: vec![(at.0 - 0.13, at.1), (at.0 + 0.13, at.1)], weight: 0.6 };
    let ends = [first, last].into_iter().filter(|_| straight && first != last);
    let on_a_line = |at: &Point| [0.0, 2.0 / 6.0, 1.0].iter().any(|line| (at.1 - line).abs() < 0.02);
    let bars: Vec<_> = ends.filter(on_a_line).map(bar).collect();
    let thick = |pair: &[Point]| if upright(&pair[0], &pair[1]) { 1.25 } else { 0.6 };
    let parts = stroke.points.windows(2).map(|pair| Stroke { points: pair.to_vec(), weight: thick(pair) });
    parts.chain(bars).collect()
}

/// Each glyph seen through a lattice of 5 × 7 dots.
fn dotted(text: &str) -> Vec<Stroke> {
    let (mut dots, mut x) = (Vec::new(), 0.0);
    for letter in text.chars() {
        if let Some(glyph) = glyph(letter) {
            for (column, row) in (0..5).flat_map(|column| (0..9).map(move |row| (column, row))) {
                let at = (column as f32 * 0.8 / 4.8 * 0.85, row as f32 / 6.0);
                if glyph.iter().any(|stroke| distance(at, &stroke.points) < 0.075) {
                    dots.push(shifted(Stroke::new(vec![at, at]), x));
                }
            }
        }
        x += 0.95;
    }
    dots
}

/// How far a point is from a polyline.
pub(crate) fn distance(at: Point, points: &[Point]) -> f32 {
    let segment = |pair: &[Point]| {
        let (a, b) = (pair[0], pair[1]);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let along = ((at.0 - a.0) * dx + (at.1 - a.1) * dy) / (dx * dx + dy * dy).max(1e-6);
        let along = along.clamp(0.0, 1.0);
        (at.0 - a.0 - dx * along).hypot(at.1 - a.1 - dy * along)
    };
    points.windows(2).map(segment).fold(f32::MAX, f32::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_glyph_is_drawn_and_every_letter_and_digit_has_one() {
        let mut tried = 0;
        for letter in ('A'..='Z').chain('a'..='z').chain('0'..='9').chain("-.,:/()+#%^=".chars()) {
            let strokes = glyph(letter).expect("a glyph");
            assert!(strokes.iter().all(|stroke| stroke.points.len() >= 2), "{letter}");
            let inside = |point: &Point| (0.0..=1.2).contains(&point.0) && (-0.01..=1.4).contains(&point.1);
            assert!(strokes.iter().flat_map(|stroke| &stroke.points).all(inside), "{letter}");
            tried += 1;
        }
        assert_eq!(tried, 74);
    }

    #[test]
    fn every_face_writes_wider_the_longer_the_text() {
        let faces = [Face::Sans, Face::Serif, Face::Dots, Face::Hand, Face::Cjk, Face::Arabic, Face::Devanagari];
        let width = |strokes: &[Stroke]| strokes.iter().flat_map(|s| &s.points).fold(0.0, |w, p| f32::max(w, p.0));
        for face in faces {
            let (short, long) = (line(face, "AB", &mut Rng::new(1, 2)), line(face, "ABKDEFGH", &mut Rng::new(1, 2)));
            assert!(width(&short) > 0.5 && width(&long) > 2.0 * width(&short), "{face:?}");
        }
        assert_eq!(faces.len(), 7);
    }
}
