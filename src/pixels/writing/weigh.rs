//! How surely a line of glyphs is writing: a sum of what was measured of it, each with a weight.
//!
//! The weights are those of a logistic regression on lines of made pictures and of the real radiographs that may be tuned
//! on; `docs/pixels.md` says how they are found again. What is summed is what a reader can check by eye: how many glyphs
//! there are, how alike, how clear, how straight, how far from the edge.

use super::line::{Line, mean};

/// How many measures of a line are weighed.
pub const MEASURES: usize = 34;

/// For lines of three glyphs and more, for two glyphs, and for lines that run down; of each first what is added to all.
pub(super) const WEIGHTS: [[f32; MEASURES + 1]; 3] = include!("weights.in");

/// What is summed, in the order of the weights. `bounds` and `height` are in pixels of the picture, `size` is its width and
/// height.
pub(super) fn measures(line: &Line, evidence: f32, bounds: [f32; 4], height: f32, size: [f32; 2]) -> [f32; MEASURES] {
    let each = || line.glyphs.iter();
    let [x0, y0, x1, y1] = bounds;
    let [w, h] = size;
    let outer = (x0 / w).min(y0 / h).min(1.0 - x1 / w).min(1.0 - y1 / h).clamp(0.0, 1.0);
    let nearer = |middle: f32| middle.min(1.0 - middle);
    let inner = nearer((x0 + x1) / 2.0 / w).min(nearer((y0 + y1) / 2.0 / h));
    let many = (line.glyphs.len() as f32).clamp(1.0, 12.0).ln();
    let like = mean(each().map(|g| g.like));
    let clear = mean(each().map(|g| g.clear)).clamp(1.0, 40.0).ln();
    let contrast = mean(each().map(|g| g.contrast)).clamp(8.0, 120.0).ln();
    let tall = (height / w.min(h)).clamp(0.004, 0.2).ln();
    let [heights, strokes, values, feet] = line.unlike().map(|part| part.clamp(0.0, 1.0));
    let [gap, widest] = line.gaps();
    let (same, even) = (line.sameness(), line.evenness());
    let edge = if outer < 0.04 { 1.0 } else { 0.0 };
    [
        many,
        line.regular,
        line.regular * line.regular,
        heights,
        strokes,
        values,
        feet,
        like,
        like.sqrt(),
        clear,
        contrast,
        mean(each().map(|g| g.sharp)).clamp(0.0, 1.2),
        mean(each().map(|g| g.mottle)).clamp(0.0, 0.6),
        mean(each().map(|g| g.uneven)).clamp(0.0, 1.0),
        mean(each().map(|g| g.fill)),
        mean(each().map(|g| g.crossings)).clamp(1.0, 4.0),
        gap.clamp(-1.0, 1.5),
        widest.clamp(-1.0, 2.0),
        tall,
        outer,
        inner,
        edge,
        if each().any(|g| g.cut) { 1.0 } else { 0.0 },
        many * outer,
        many * line.regular,
        many * like.sqrt(),
        many * tall,
        line.regular * clear,
        evidence.clamp(-1.0, 8.0),
        evidence.clamp(-1.0, 8.0) * outer,
        same,
        even,
        same * even,
        same * many,
    ]
}

/// The natural logarithm of the odds that it is writing.
pub(super) fn odds(line: &Line, measures: &[f32; MEASURES]) -> f32 {
    let [across, pair, down] = &WEIGHTS;
    let weights = match line.glyphs.len() {
        _ if line.upright => down,
        2 => pair,
        _ => across,
    };
    weights[0] + weights[1..].iter().zip(measures).map(|(weight, measure)| weight * measure).sum::<f32>()
}
