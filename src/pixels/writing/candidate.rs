//! What may be writing, in pixels of the picture, how sure that is, and which of them are the same.

use super::glyph::{Glyph, ramp};
use super::line::Line;
use super::rule;
use super::shape::Shape;

/// A line, a pair or a single glyph that was seen at one level or more.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// Left, top, right, bottom in pixels of the picture.
    pub(super) bounds: [f32; 4],
    /// How many letters.
    pub(super) letters: f32,
    /// Height of a letter in pixels of the picture.
    pub(super) height: f32,
    /// How sure it is writing.
    pub(super) score: f32,
    /// How much the mean glyph is like one, 0 to 1.
    pub(super) like: f32,
    /// Whether the border of the picture cuts it.
    pub(super) cut: bool,
    /// Whether it is a row of equal bars at equal distances.
    pub(super) scale: bool,
    /// Whether it is one shape over and over at equal distances.
    pub(super) repeated: bool,
    /// Planes, polarities and levels that show it.
    pub(super) seen: u32,
    /// Whether it runs down the picture.
    pub(super) upright: bool,
    /// Whether it is a letter in a ring.
    pub(super) ringed: bool,
    /// The shapes of its glyphs, from the left, where they are one or two.
    pub(super) shapes: Vec<Shape>,
}

impl Candidate {
    /// A line as a candidate; `times` is the size of a pixel of its level.
    pub(super) fn of(line: &Line, times: [f32; 2]) -> Self {
        let n = line.glyphs.len() as f32;
        let mean = |value: fn(&Glyph) -> f32| line.glyphs.iter().map(value).sum::<f32>() / n;
        let bars = line.glyphs.iter().all(|g| weight(g) < 1.0);
        let sum: f32 = line.glyphs.iter().map(|g| g.like * g.letters().min(3.0) * weight(g)).sum();
        let (like, clear, mottle) = (mean(|g| g.like), mean(|g| g.clear), mean(|g| g.mottle));
        let strong = ramp(like, rule::LIKE, rule::VERY_LIKE) * ramp(clear, rule::CLEAR, 2.0 * rule::CLEAR);
        let score = sum.min(rule::MOST_LETTERS) * line.regular * line.regular
            + rule::STRONG_BONUS * strong * line.regular
            + rule::FLAT_BONUS * ramp(mottle, rule::FLAT, 0.5 * rule::FLAT) * like;
        let all_cut = line.glyphs.iter().all(|g| g.cut) && line.letters() < 4.0 && n > 1.0;
        let score = if bars { score * rule::ALL_BARS } else { score };
        let score = if all_cut { score - rule::ALL_CUT } else { score };
        let ringed = if line.glyphs.len() == 1 && line.glyphs[0].ringed { rule::RING_BONUS } else { 0.0 };
        let [x0, y0, x1, y1] = line.bounds();
        Self {
            bounds: [x0 * times[0], y0 * times[1], x1 * times[0], y1 * times[1]],
            letters: if ringed > 0.0 { 1.0 } else { line.letters() },
            height: line.height * times[usize::from(!line.upright)],
            score: if line.upright { score * rule::UPRIGHT } else { score } + ringed,
            like,
            cut: line.glyphs.iter().any(|g| g.cut),
            scale: line.is_scale(),
            repeated: line.is_repeated(),
            seen: 1,
            upright: line.upright,
            ringed: line.glyphs.len() == 1 && line.glyphs[0].ringed,
            shapes: line.shapes(),
        }
    }

    pub(super) fn w(&self) -> f32 {
        self.bounds[2] - self.bounds[0]
    }

    pub(super) fn h(&self) -> f32 {
        self.bounds[3] - self.bounds[1]
    }

    pub(super) fn area(&self) -> f32 {
        self.w() * self.h()
    }

    /// Part of the smaller box that is in the other too.
    pub(super) fn shared(&self, other: &Candidate) -> f32 {
        common(&self.bounds, &other.bounds) / self.area().min(other.area()).max(1.0)
    }

    /// Its box as its line runs.
    pub(super) fn along(&self, upright: bool) -> [f32; 4] {
        let [x0, y0, x1, y1] = self.bounds;
        if upright { [y0, x0, y1, x1] } else { self.bounds }
    }

    /// Widens it by another.
    pub(super) fn take_in(&mut self, other: &Candidate) {
        let [a, b] = [self.bounds, other.bounds];
        self.bounds = [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])];
        self.cut |= other.cut;
        self.scale |= other.scale;
        self.letters = self.letters.max(other.letters);
    }
}

/// What a glyph counts for: a dash says less than a letter, and so does a wire.
fn weight(glyph: &Glyph) -> f32 {
    if glyph.letters() > 1.0 {
        return 1.0;
    }
    let solid = glyph.fill > 0.65 || glyph.crossings < 1.15 || glyph.h() < 2.0 * glyph.stroke;
    match glyph.w() / glyph.h() {
        flat if flat > rule::DASH && solid => rule::DASH_COUNTS,
        flat if flat < rule::BAR => rule::BAR_COUNTS,
        _ => 1.0,
    }
}

/// Leaves out what lies in something surer.
pub(super) fn outermost(mut all: Vec<Candidate>) -> Vec<Candidate> {
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Candidate> = Vec::new();
    for one in all {
        let inside = |other: &Candidate| {
            if other.letters < 2.0 && one.letters >= 3.0 {
                return false;
            }
            let pad = 0.3 * other.height;
            let [x0, y0, x1, y1] = other.bounds;
            common(&one.bounds, &[x0 - pad, y0 - pad, x1 + pad, y1 + pad]) >= rule::INSIDE * one.area()
        };
        let crossed: f32 = kept
            .iter()
            .filter(|other| other.upright != one.upright && other.letters >= 3.0)
            .map(|other| common(&one.bounds, &other.bounds))
            .sum();
        let wider = |other: &&mut Candidate| inside(other) && completes(&one, other);
        if let Some(other) = kept.iter_mut().find(wider) {
            other.take_in(&one);
            continue;
        }
        if !kept.iter().any(inside) && crossed < rule::CROSSED * one.area() {
            kept.push(one);
        }
    }
    kept
}

/// Whether a sighting that is nearly as sure shows more of the same line.
fn completes(one: &Candidate, other: &Candidate) -> bool {
    let tall = one.h().max(other.h());
    let both = one.bounds[3].max(other.bounds[3]) - one.bounds[1].min(other.bounds[1]);
    let is_line =
        |line: &Candidate| line.letters >= 3.0 && !line.upright && !line.scale && !line.repeated && !line.ringed;
    is_line(one) && is_line(other) && one.score >= rule::COMPLETES * other.score && both <= 1.2 * tall
}

/// Pixels in both boxes.
pub(super) fn common(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    (a[2].min(b[2]) - a[0].max(b[0])).max(0.0) * (a[3].min(b[3]) - a[1].max(b[1])).max(0.0)
}

/// One candidate for each piece of writing, the surest first. Lower ones that say the same widen it and make it surer.
pub(super) fn merged(mut all: Vec<Candidate>) -> Vec<Candidate> {
    // Two letters one above the other are more often a marker over a line.
    all.retain(|one| one.score >= rule::LEAST_SCORE && (!one.upright || one.letters < 2.0 || one.letters >= 3.0));
    all.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.bounds[0].total_cmp(&b.bounds[0])));
    all.truncate(rule::MOST_CANDIDATES);
    let mut kept: Vec<Candidate> = Vec::new();
    for one in all {
        let same = kept.iter_mut().find(|other| {
            let tall = one.height.max(other.height) / one.height.min(other.height).max(1.0);
            let within = common(&one.bounds, &other.bounds) >= 0.8 * one.area();
            let of_a_letter = other.letters < 2.0 && one.letters >= if within || other.ringed { 3.0 } else { 2.0 };
            one.shared(other) >= rule::SAME && tall <= rule::SAME_HEIGHT && !of_a_letter
        });
        match same {
            Some(other) => {
                let alike = one.upright == other.upright && one.score >= rule::WIDENS * other.score;
                let inside = common(&one.bounds, &other.bounds) >= 0.6 * one.area();
                if alike && one.letters > 1.0 && other.letters > 1.0 {
                    let (letters, area) = (other.letters, other.area());
                    other.take_in(&one);
                    // Where a lesser sighting adds nothing to the box, its parts are no more letters.
                    if other.area() <= 1.15 * area {
                        other.letters = letters;
                    }
                }
                if alike || inside {
                    other.seen += 1;
                }
            }
            None => kept.push(one),
        }
    }
    for one in &mut kept {
        one.score += rule::SEEN_BONUS * (one.seen - 1).min(2) as f32;
    }
    kept
}
