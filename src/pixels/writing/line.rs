//! Glyphs side by side, joined to lines.

use super::glyph::{Glyph, ramp};
use super::rule;
use super::shape::Shape;

/// Glyphs that follow each other.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) glyphs: Vec<Glyph>,
    /// Whether it runs down the picture; its glyphs then have rows for columns.
    pub(super) upright: bool,
    /// How regular it is, 0 to 1.
    pub(super) regular: f32,
    /// Median height of its glyphs.
    pub(super) height: f32,
}

/// Lines of a level, each of one glyph or more; `glyphs` are turned for lines that run down the picture.
pub(super) fn lines(mut glyphs: Vec<Glyph>, upright: bool) -> Vec<Line> {
    if upright {
        glyphs = glyphs.into_iter().map(Glyph::turned).collect();
    }
    glyphs.sort_by(|a, b| b.like.total_cmp(&a.like));
    glyphs.truncate(rule::MOST_GLYPHS);
    glyphs.sort_by(|a, b| a.x0.total_cmp(&b.x0).then(a.y0.total_cmp(&b.y0)));
    let tallest = glyphs.iter().map(Glyph::h).fold(0.0, f32::max);
    let mut group: Vec<usize> = (0..glyphs.len()).collect();
    for i in 0..glyphs.len() {
        for j in i + 1..glyphs.len() {
            if glyphs[j].x0 - glyphs[i].x1 > rule::GAP * tallest {
                break;
            }
            if follow(&glyphs[i], &glyphs[j]) {
                let (a, b) = (top(&group, i), top(&group, j));
                group[a.max(b)] = a.min(b);
            }
        }
    }
    let mut grouped: Vec<Vec<Glyph>> = vec![Vec::new(); glyphs.len()];
    for (at, glyph) in glyphs.iter().enumerate() {
        grouped[top(&group, at)].push(*glyph);
    }
    grouped.into_iter().filter(|glyphs| !glyphs.is_empty()).map(|glyphs| Line::new(glyphs, upright)).collect()
}

fn top(group: &[usize], mut at: usize) -> usize {
    while group[at] != at {
        at = group[at];
    }
    at
}

fn follow(a: &Glyph, b: &Glyph) -> bool {
    let (low, high) = (a.h().min(b.h()), a.h().max(b.h()));
    let gap = b.x0.max(a.x0) - a.x1.min(b.x1);
    let shared = a.y1.min(b.y1) - a.y0.max(b.y0);
    let alike = |x: f32, y: f32, times: f32| x.max(y) <= times * x.min(y).max(1.0);
    let edge = a.cut && b.cut && (a.y0 == b.y0 || a.y1 == b.y1);
    gap <= rule::GAP * high
        && !a.ringed
        && !b.ringed
        && gap > -0.6 * low
        && shared >= rule::OVERLAP * low
        && high <= if edge { rule::CUT_HEIGHTS } else { rule::HEIGHTS } * low
        && (gap <= rule::WORD_GAP * high || high <= rule::CAPITALS * low)
        && alike(a.stroke, b.stroke, rule::STROKES)
        && alike(a.contrast, b.contrast, rule::CONTRASTS)
        && (a.value - b.value).abs().min((a.contrast - b.contrast).abs()) <= rule::VALUES * a.contrast.max(b.contrast)
}

pub(super) fn mean(values: impl Iterator<Item = f32> + Clone) -> f32 {
    values.clone().sum::<f32>() / values.count().max(1) as f32
}

fn spread(values: impl Iterator<Item = f32> + Clone) -> f32 {
    let middle = mean(values.clone());
    mean(values.map(|v| (v - middle) * (v - middle))).sqrt()
}

impl Line {
    fn new(glyphs: Vec<Glyph>, upright: bool) -> Line {
        let mut heights: Vec<f32> = glyphs.iter().map(Glyph::h).collect();
        heights.sort_by(f32::total_cmp);
        let height = heights[heights.len() / 2];
        let mut line = Line { glyphs, upright, regular: 1.0, height };
        line.regular = line.regularity();
        line
    }

    /// How alike its glyphs are, and how straight their feet (or heads) stand.
    fn regularity(&self) -> f32 {
        if self.glyphs.len() == 1 {
            return 1.0;
        }
        let [heights, strokes, values, feet] = self.unlike();
        let parts = [ramp(heights, 0.5, 0.2), ramp(strokes, 0.45, 0.2), ramp(values, 0.3, 0.08), ramp(feet, 0.35, 0.1)];
        let worst = parts.iter().copied().fold(1.0, f32::min);
        parts.iter().sum::<f32>() / 4.0 * (rule::WORST_LEAVES + (1.0 - rule::WORST_LEAVES) * worst)
    }

    /// Deviation of heights and strokes in parts of their mean, of values in parts of the contrast (or of the contrast, where
    /// that varies less: letters added to a ground that varies), and of the feet (or heads) in heights.
    pub(super) fn unlike(&self) -> [f32; 4] {
        let each = || self.glyphs.iter();
        let contrast = mean(each().map(|g| g.contrast));
        let values = spread(each().map(|g| g.value)).min(spread(each().map(|g| g.contrast)));
        let feet =
            self.unevenness(|g| g.y1).min(self.unevenness(|g| g.y0)).min(self.unevenness(|g| (g.y0 + g.y1) / 2.0));
        [
            spread(each().map(Glyph::h)) / mean(each().map(Glyph::h)),
            spread(each().map(|g| g.stroke)) / mean(each().map(|g| g.stroke)),
            values / contrast,
            feet / self.height,
        ]
    }

    /// The mean gap between its glyphs and the widest, in heights; glyphs stand in the order of their left sides.
    pub(super) fn gaps(&self) -> [f32; 2] {
        let gaps = || self.glyphs.windows(2).map(|pair| (pair[1].x0 - pair[0].x1) / self.height);
        [mean(gaps()), gaps().fold(-1.0, f32::max)]
    }

    /// Deviation of a side from a straight line that may slant.
    fn unevenness(&self, side: impl Fn(&Glyph) -> f32) -> f32 {
        let x = |g: &Glyph| (g.x0 + g.x1) / 2.0;
        let (mx, my) = (mean(self.glyphs.iter().map(x)), mean(self.glyphs.iter().map(&side)));
        let (mut xx, mut xy) = (0.0, 0.0);
        for g in &self.glyphs {
            xx += (x(g) - mx) * (x(g) - mx);
            xy += (x(g) - mx) * (side(g) - my);
        }
        let slope = if self.glyphs.len() > 2 && xx > 0.0 { (xy / xx).clamp(-0.4, 0.4) } else { 0.0 };
        let off = |g: &Glyph| side(g) - my - slope * (x(g) - mx);
        mean(self.glyphs.iter().map(|g| off(g) * off(g))).sqrt()
    }

    /// How alike neighbours are in shape, 0 to 1: letters differ, ticks and staples do not.
    pub(super) fn sameness(&self) -> f32 {
        mean(self.glyphs.windows(2).map(|pair| pair[0].shape.likeness_to(pair[1].shape)))
    }

    /// How even the steps from glyph to glyph are, 0 to 1.
    pub(super) fn evenness(&self) -> f32 {
        let steps = || self.glyphs.windows(2).map(|pair| (pair[1].x0 + pair[1].x1 - pair[0].x0 - pair[0].x1) / 2.0);
        if self.glyphs.len() < 3 { 0.0 } else { ramp(spread(steps()) / mean(steps()).max(1.0), 0.5, 0.0) }
    }

    /// Whether it is a ruler: bars of one height at equal distances.
    pub(super) fn is_scale(&self) -> bool {
        let cut = self.glyphs.iter().filter(|g| g.cut).count();
        if self.glyphs.len() < 5 || 2 * cut > self.glyphs.len() {
            return false;
        }
        let bar = |g: &Glyph| g.w() <= 0.45 * g.h() && g.fill > 0.6 || g.w() < 3.5 || g.fill > 0.75;
        let mut middles: Vec<f32> = self.glyphs.iter().map(|g| (g.x0 + g.x1) / 2.0).collect();
        middles.sort_by(f32::total_cmp);
        let gaps: Vec<f32> = middles.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let least = gaps.iter().copied().fold(f32::MAX, f32::min).max(1.0);
        let even = |gap: &&f32| (*gap / least - (*gap / least).round()).abs() <= 0.2;
        let bars = self.glyphs.iter().filter(|g| bar(g)).count();
        let widest = self.glyphs.iter().map(Glyph::w).fold(0.0, f32::max);
        let regular = least > 1.5 * widest.min(4.0) && gaps.iter().filter(even).count() * 10 >= gaps.len() * 9;
        let sparse = gaps.iter().sum::<f32>() >= 1.5 * self.height * gaps.len() as f32;
        (regular || sparse) && bars * 10 >= self.glyphs.len() * 9
    }

    /// Whether it is one shape over and over at equal distances, as staples are: words and numbers are not.
    pub(super) fn is_repeated(&self) -> bool {
        let [first, .., last] = &self.glyphs[..] else { return false };
        let n = self.glyphs.len();
        let step = (last.x0 - first.x0) / (n - 1) as f32;
        let sizes = [Glyph::w, Glyph::h].map(|size| spread(self.glyphs.iter().map(size)));
        let steps = self
            .glyphs
            .windows(2)
            .all(|pair| (pair[1].x0 - pair[0].x0 - step).abs() <= (rule::REPEATS_WITHIN * step).max(rule::PIXEL_OFF));
        let same = self.glyphs.iter().filter(|g| g.shape.likeness_to(first.shape) >= rule::SAME_SHAPE).count();
        n >= if self.upright { rule::REPEATED_DOWN } else { rule::REPEATED }
            && steps
            && sizes.iter().all(|size| *size <= (rule::REPEATS_WITHIN * self.height).max(rule::PIXEL_OFF))
            && same >= n - n / 6
    }

    /// The shapes of its glyphs, from the left, where they are one or two and stand beside each other.
    pub(super) fn shapes(&self) -> Vec<Shape> {
        let joined = self.glyphs.len() == 2 && self.glyphs.iter().any(|g| g.letters() > 1.0 || g.w() > 1.6 * g.h());
        if self.glyphs.len() > 2 || self.upright && self.glyphs.len() > 1 || joined {
            return Vec::new();
        }
        self.glyphs.iter().map(|g| g.shape).collect()
    }

    /// How many letters it holds.
    pub(super) fn letters(&self) -> f32 {
        self.glyphs.iter().map(Glyph::letters).sum()
    }

    /// Its box, as the picture lies: left, top, right, bottom.
    pub(super) fn bounds(&self) -> [f32; 4] {
        let least = |f: fn(&Glyph) -> f32| self.glyphs.iter().map(f).fold(f32::MAX, f32::min);
        let most = |f: fn(&Glyph) -> f32| self.glyphs.iter().map(f).fold(0.0, f32::max);
        let [x0, y0, x1, y1] = [least(|g| g.x0), least(|g| g.y0), most(|g| g.x1), most(|g| g.y1)];
        if self.upright { [y0, x0, y1, x1] } else { [x0, y0, x1, y1] }
    }
}
