//! What may be writing, in pixels of the picture, how sure that is, and which of them are the same.

use super::glyph::{Glyph, ramp};
use super::line::Line;
use super::rule;
use super::shape::Shape;
use super::weigh;

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
    /// What its glyphs, taken by themselves, add to that.
    pub(super) evidence: f32,
    /// Whether it was weighed as a line, which takes its place and size into account.
    pub(super) weighed: bool,
    /// How much the mean glyph is like one, 0 to 1.
    pub(super) like: f32,
    /// Whether the border of the picture cuts it.
    pub(super) cut: bool,
    /// Whether it is a row of equal bars at equal distances.
    pub(super) scale: bool,
    /// Whether it is one shape over and over at equal distances.
    pub(super) repeated: bool,
    /// Sightings of all of it, and those of them that are a scale or repeat one shape.
    pub(super) votes: [u32; 2],
    /// Which plane shows it best, and in which polarity: twice the plane's number, one more for dark writing.
    pub(super) shown: usize,
    /// Planes, polarities and levels that show it.
    pub(super) seen: u32,
    /// Whether it runs down the picture.
    pub(super) upright: bool,
    /// Whether it is a letter in a ring.
    pub(super) ringed: bool,
    /// The shapes of its glyphs, from the left, where they are one or two.
    pub(super) shapes: Vec<Shape>,
    /// How two glyphs look at other levels.
    pub(super) pairs: Vec<[Shape; 2]>,
    /// Head, foot and height of a letter of the surest sighting, across the line.
    pub(super) core: [f32; 3],
    /// Its glyphs as the surest sighting shows them, where they are two or more.
    pub(super) parts: Vec<Part>,
}

/// A glyph of a candidate: its box in pixels of the picture, and its shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) bounds: [f32; 4],
    pub(super) shape: Shape,
}

impl Candidate {
    /// A line as a candidate; `times` is the size of a pixel of its level, `size` that of the picture.
    pub(super) fn of(line: &Line, times: [f32; 2], size: [f32; 2], shown: usize) -> Self {
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
        let bounds = [x0 * times[0], y0 * times[1], x1 * times[0], y1 * times[1]];
        let height = line.height * times[usize::from(!line.upright)];
        let evidence = if line.upright { score * rule::UPRIGHT } else { score } + ringed;
        let (scale, repeated) = (line.is_scale(), line.is_repeated());
        let is_weighed = line.glyphs.len() > if line.upright { 2 } else { 1 } && !scale && !repeated;
        let odds = || weigh::odds(line, &weigh::measures(line, evidence, bounds, height, size));
        let score = if is_weighed { rule::EVEN_ODDS + rule::OF_ODDS * odds() } else { evidence };
        Self {
            bounds,
            letters: if ringed > 0.0 { 1.0 } else { line.letters() },
            height,
            score,
            evidence,
            weighed: is_weighed,
            like,
            cut: line.glyphs.iter().any(|g| g.cut),
            scale,
            repeated,
            votes: [1, u32::from(scale || repeated)],
            shown,
            seen: 1,
            upright: line.upright,
            ringed: line.glyphs.len() == 1 && line.glyphs[0].ringed,
            pairs: <[Shape; 2]>::try_from(line.shapes()).into_iter().collect(),
            shapes: line.shapes(),
            parts: parts(line, times),
            core: if line.upright { [bounds[0], bounds[2], height] } else { [bounds[1], bounds[3], height] },
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

    /// Size of its box across its line.
    fn thickness(&self) -> f32 {
        let [_, top, _, foot] = self.along(self.upright);
        foot - top
    }

    /// Whether it would still be one line with another: no thicker than a line with its accents and its slant.
    pub(super) fn may_take_in(&self, other: &Candidate) -> bool {
        let ([_, a0, _, a1], [_, b0, _, b1]) = (self.along(self.upright), other.along(self.upright));
        let thick = a1.max(b1) - a0.min(b0);
        thick <= rule::THICK_LINE * self.height || thick <= 1.05 * (a1 - a0)
    }

    /// Whether another sighting reaches not much further above and below than its own.
    fn is_near_core(&self, other: &Candidate) -> bool {
        let [_, y0, _, y1] = other.along(self.upright);
        let [head, foot, height] = self.core;
        self.parts.len() < rule::CORE_PARTS || y0 >= head - rule::GROWS * height && y1 <= foot + rule::GROWS * height
    }

    /// How much thicker it would be with another.
    fn growth(&self, other: &Candidate) -> f32 {
        let ([_, a0, _, a1], [_, b0, _, b1]) = (self.along(self.upright), other.along(self.upright));
        (a1.max(b1) - a0.min(b0)) - (a1 - a0)
    }

    /// Widens it by another.
    pub(super) fn take_in(&mut self, other: &Candidate) {
        let [a, b] = [self.bounds, other.bounds];
        self.bounds = [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])];
        self.cut |= other.cut;
        self.letters = self.letters.max(other.letters);
    }
}

/// The glyphs of a line of two or more, as the picture lies.
fn parts(line: &Line, times: [f32; 2]) -> Vec<Part> {
    if line.glyphs.len() < 2 {
        return Vec::new();
    }
    let part = |glyph: &Glyph| {
        let glyph = if line.upright { glyph.turned() } else { *glyph };
        let bounds = [glyph.x0 * times[0], glyph.y0 * times[1], glyph.x1 * times[0], glyph.y1 * times[1]];
        Part { bounds, shape: glyph.shape }
    };
    line.glyphs.iter().take(rule::MOST_PARTS).map(part).collect()
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
        let wider = |other: &&mut Candidate| inside(other) && (completes(&one, other) || sticks_out(&one, other));
        if let Some(other) = kept.iter_mut().find(wider) {
            other.take_in(&one);
            continue;
        }
        if one.letters >= 2.0 && is_of_words(&one, &kept) {
            continue;
        }
        let sure = one.weighed && one.score >= rule::COVER;
        if !kept.iter().any(inside) && (sure || crossed < rule::CROSSED * one.area()) {
            kept.push(one);
        }
    }
    kept
}

/// Whether the glyphs of a line are the words of two or more surer ones, one beside the other.
fn is_of_words(one: &Candidate, kept: &[Candidate]) -> bool {
    let thick = one.thickness();
    let is_word = |line: &&Candidate| {
        line.letters >= 3.0
            && thick > rule::WORDS * line.thickness()
            && common(&line.bounds, &one.bounds) >= rule::INSIDE * line.area()
    };
    let words: Vec<[f32; 4]> = kept.iter().filter(is_word).map(|line| line.along(line.upright)).collect();
    let filled: f32 = words.iter().map(|[x0, y0, x1, y1]| (x1 - x0) * (y1 - y0)).sum();
    let head = words.iter().map(|word| word[3]).fold(f32::MAX, f32::min);
    let foot = words.iter().map(|word| word[1]).fold(f32::MIN, f32::max);
    filled >= rule::OF_WORDS * one.area() && foot >= head
}

/// Whether a sighting that is nearly as sure shows more of the same line.
fn completes(one: &Candidate, other: &Candidate) -> bool {
    let tall = one.h().max(other.h());
    let both = one.bounds[3].max(other.bounds[3]) - one.bounds[1].min(other.bounds[1]);
    let is_line =
        |line: &Candidate| line.letters >= 3.0 && !line.upright && !line.scale && !line.repeated && !line.ringed;
    (other.cut || !one.cut)
        && is_line(one)
        && is_line(other)
        && one.score >= rule::COMPLETES * other.score
        && both <= 1.2 * tall
}

/// Whether a piece of a line reaches above or below it: strokes of joined words, accents, letters on a slant.
fn sticks_out(one: &Candidate, line: &Candidate) -> bool {
    let is_line = line.letters >= 3.0 && !line.scale && !line.repeated && !line.ringed && line.score >= rule::COVER;
    is_line
        && (line.cut || !one.cut)
        && one.like >= rule::LIKE_IN_ROW
        && !one.ringed
        && !one.scale
        && line.may_take_in(one)
}

/// Pixels in both boxes.
pub(super) fn common(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    (a[2].min(b[2]) - a[0].max(b[0])).max(0.0) * (a[3].min(b[3]) - a[1].max(b[1])).max(0.0)
}

/// Leaves out rings with words in them, and short lines that took a ring for a letter of theirs: another level shows them
/// without.
fn without_rings(all: &mut Vec<Candidate>) {
    let lines: Vec<[f32; 4]> = all
        .iter()
        .filter(|one| one.weighed && one.letters >= 4.0 && one.score >= rule::COVER)
        .map(|one| one.bounds)
        .collect();
    // What has whole words in it is a gap between lines, or a halo around them.
    all.retain(|one| {
        let holds =
            |line: &[f32; 4]| common(line, &one.bounds) >= rule::INSIDE * (line[2] - line[0]) * (line[3] - line[1]);
        !one.ringed || !lines.iter().any(holds)
    });
    let is_ring = |one: &&Candidate| one.ringed && one.score >= rule::SURE_RING;
    let rings: Vec<[f32; 4]> = all.iter().filter(is_ring).take(rule::MOST_RINGS).map(|ring| ring.bounds).collect();
    all.retain(|one| {
        let holds = |ring: &[f32; 4]| {
            let area = (ring[2] - ring[0]) * (ring[3] - ring[1]);
            common(ring, &one.bounds) >= 0.8 * area && one.area() >= 1.2 * area
        };
        one.ringed || one.letters >= 5.0 || !rings.iter().any(holds)
    });
}

/// One candidate for each piece of writing, the surest first. Lower ones that say the same widen it and make it surer.
pub(super) fn merged(mut all: Vec<Candidate>) -> Vec<Candidate> {
    // Two letters one above the other are more often a marker over a line.
    all.retain(|one| {
        one.score.max(one.evidence) >= rule::LEAST_SCORE && (!one.upright || one.letters < 2.0 || one.letters >= 3.0)
    });
    all.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.bounds[0].total_cmp(&b.bounds[0])));
    all.truncate(rule::MOST_CANDIDATES);
    without_rings(&mut all);
    let mut kept: Vec<Candidate> = Vec::new();
    for one in all {
        let same = kept.iter_mut().find(|other| {
            let tall = one.height.max(other.height) / one.height.min(other.height).max(1.0);
            let within = common(&one.bounds, &other.bounds) >= 0.8 * one.area();
            let of_a_letter = other.letters < 2.0 && one.letters >= if within || other.ringed { 3.0 } else { 2.0 };
            let across = one.upright != other.upright && one.letters >= 2.0 && other.letters >= 2.0;
            !across && one.shared(other) >= rule::SAME && tall <= rule::SAME_HEIGHT && !of_a_letter
        });
        match same {
            Some(other) => {
                let thicker = one.upright == other.upright && other.growth(&one) > rule::THICKER * other.height;
                let widens = if thicker { rule::WIDENS_ACROSS } else { rule::WIDENS };
                let alike = one.upright == other.upright && one.score >= widens * other.score;
                let inside = common(&one.bounds, &other.bounds) >= 0.6 * one.area();
                if alike
                    && one.letters > 1.0
                    && other.letters > 1.0
                    && other.may_take_in(&one)
                    && (one.score >= rule::AS_SURE * other.score || other.is_near_core(&one))
                {
                    let (letters, area, thick) = (other.letters, other.area(), other.thickness());
                    other.take_in(&one);
                    // Parts of letters are lower than the letters that another level shows whole.
                    other.height = other.height.max(one.height.min(thick));
                    // Where a lesser sighting adds nothing to the box, its parts are no more letters.
                    if other.area() <= 1.15 * area {
                        other.letters = letters;
                    }
                }
                let is_whole = common(&one.bounds, &other.bounds) >= rule::WHOLE * one.area().max(other.area());
                if is_whole && one.upright == other.upright && one.letters >= 2.0 {
                    other.votes = [other.votes[0] + one.votes[0], other.votes[1] + one.votes[1]];
                }
                if is_whole && other.pairs.len() < rule::MOST_PAIRS {
                    other.pairs.extend(&one.pairs);
                }
                if alike || inside {
                    other.evidence = other.evidence.max(one.evidence);
                    other.seen += 1;
                }
            }
            None => kept.push(one),
        }
    }
    for one in &mut kept {
        if one.weighed && one.score < rule::NO_REPEAT && one.votes[1] * rule::REPEATS_OF >= one.votes[0] {
            one.repeated = true;
        }
        let bonus = if one.weighed { rule::WEIGHED_SEEN_BONUS } else { rule::SEEN_BONUS };
        one.score += bonus * (one.seen - 1).min(2) as f32;
    }
    kept
}
