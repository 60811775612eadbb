//! What a connected part is like, and how much it is like a glyph: size, stroke, flatness of value, sharpness of edge.

use super::component::{Part, Parts, Run};
use super::hat;
use super::noise::Noise;
use super::plane::Plane;
use super::rule;
use super::shape::Shape;

/// A part that may be a glyph, measured in pixels of its level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyph {
    pub(super) x0: f32,
    pub(super) y0: f32,
    pub(super) x1: f32,
    pub(super) y1: f32,
    /// Pixels of the box that are on, 0 to 1.
    pub(super) fill: f32,
    /// Mean width of the stroke.
    pub(super) stroke: f32,
    /// Deviation of the stroke's width in parts of its mean.
    pub(super) uneven: f32,
    /// Mean grey value along the middle of the stroke.
    pub(super) value: f32,
    /// Deviation of that value, or of the contrast where that varies less, in parts of the contrast.
    pub(super) mottle: f32,
    /// Mean hat along the middle of the stroke.
    pub(super) contrast: f32,
    /// Contrast in parts of the noise.
    pub(super) clear: f32,
    /// Step of the value over two pixels at the edge in parts of the contrast.
    pub(super) sharp: f32,
    /// Runs per row: 1 for a bar, 2 for an O, more for glyphs that touch.
    pub(super) crossings: f32,
    /// Whether it touches the border of the picture.
    pub(super) cut: bool,
    /// Whether it is a letter in a ring.
    pub(super) ringed: bool,
    /// Which of its cells are on.
    pub(super) shape: Shape,
    /// How much it is like a glyph, 0 to 1.
    pub(super) like: f32,
}

impl Glyph {
    pub(super) fn w(&self) -> f32 {
        self.x1 - self.x0
    }

    pub(super) fn h(&self) -> f32 {
        self.y1 - self.y0
    }

    /// The glyph with rows for columns.
    pub(super) fn turned(self) -> Glyph {
        Glyph { x0: self.y0, y0: self.x0, x1: self.y1, y1: self.x1, ..self }
    }

    /// How many letters it may be: more than one where they touch.
    pub(super) fn letters(&self) -> f32 {
        let long = self.w() / self.h();
        if long > 1.6 && self.crossings > 1.2 * long { (long / 0.9).floor() } else { 1.0 }
    }
}

/// From 0 at `from` to 1 at `to`.
pub(super) fn ramp(value: f32, from: f32, to: f32) -> f32 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

/// The parts of a plane that may be glyphs. `finest` is the level of full size, where small glyphs count.
pub(super) fn glyphs(plane: &Plane, hat: &Plane, noise: &Noise, finest: bool) -> Vec<Glyph> {
    let parts = Parts::of(hat, noise);
    let mut bench = Bench::default();
    let may_be = |part: &&Part| has_size(part, plane, finest);
    let mut glyph = |part| bench.glyph(part, parts.runs(part), plane, hat, noise);
    parts.parts.iter().filter(may_be).filter_map(&mut glyph).collect()
}

/// Every part of a plane, however small and whatever its strokes are like: `like` says how much it is like ink.
pub(super) fn pieces(plane: &Plane, noise: &Noise) -> Vec<Glyph> {
    let hat = hat::white(plane);
    let parts = Parts::of(&hat, noise);
    let mut bench = Bench::default();
    let mut piece = |part: &Part| {
        let glyph = bench.measure(part, parts.runs(part), plane, &hat, noise);
        let (w, h) = ((part.x1 - part.x0) as usize, (part.y1 - part.y0) as usize);
        Glyph { like: inkness(&glyph), shape: bench.shape(w, h, glyph.stroke), ..glyph }
    };
    parts.parts.iter().map(&mut piece).collect()
}

fn has_size(part: &Part, plane: &Plane, finest: bool) -> bool {
    let (w, h) = ((part.x1 - part.x0) as f32, (part.y1 - part.y0) as f32);
    let cut = touches(part, plane);
    let least = if finest { rule::LEAST_GLYPH } else { rule::LEAST_GLYPH_COARSE };
    let least = if cut { least * 0.6 } else { least };
    let fill = part.pixels as f32 / (w * h);
    let long = w.max(h) / w.min(h);
    w.max(h) >= least && w.min(h) <= rule::MOST_GLYPH && long <= rule::LONGEST && fill >= rule::LEAST_FILL
}

fn touches(part: &Part, plane: &Plane) -> bool {
    part.x0 == 0 || part.y0 == 0 || part.x1 as usize == plane.w || part.y1 as usize == plane.h
}

/// Room to measure a part in, used again for the next.
#[derive(Default)]
struct Bench {
    far: Vec<u16>,
}

/// Sums along the middle of a stroke.
#[derive(Default)]
struct Sums {
    n: f32,
    stroke: f32,
    stroke2: f32,
    value: f32,
    value2: f32,
    hat: f32,
    hat2: f32,
}

impl Bench {
    fn glyph(&mut self, part: &Part, runs: &[Run], plane: &Plane, hat: &Plane, noise: &Noise) -> Option<Glyph> {
        let mut glyph = self.measure(part, runs, plane, hat, noise);
        glyph.like = likeness(&glyph);
        if glyph.like <= rule::LEAST_LIKENESS {
            return None;
        }
        let (w, h) = ((part.x1 - part.x0) as usize, (part.y1 - part.y0) as usize);
        glyph.shape = self.shape(w, h, glyph.stroke);
        Some(glyph)
    }

    fn measure(&mut self, part: &Part, runs: &[Run], plane: &Plane, hat: &Plane, noise: &Noise) -> Glyph {
        let (w, h) = ((part.x1 - part.x0) as usize, (part.y1 - part.y0) as usize);
        self.distances(part, runs, w, h);
        let sums = self.middle(part, runs, w, plane, hat);
        let stroke = sums.stroke / sums.n;
        let value = sums.value / sums.n;
        let contrast = (sums.hat / sums.n).max(1.0);
        let deviation = |square: f32, mean: f32| (square / sums.n - mean * mean).max(0.0).sqrt();
        let (x, y) = ((part.x0 + part.x1) / 2, (part.y0 + part.y1) / 2);
        Glyph {
            x0: part.x0 as f32,
            y0: part.y0 as f32,
            x1: part.x1 as f32,
            y1: part.y1 as f32,
            fill: part.pixels as f32 / (w * h) as f32,
            stroke,
            uneven: deviation(sums.stroke2, stroke) / stroke,
            value,
            mottle: deviation(sums.value2, value).min(deviation(sums.hat2, sums.hat / sums.n)) / contrast,
            contrast,
            clear: contrast / noise.at(x as usize, y as usize).max(1.0),
            sharp: self.edge(part, runs, w, plane) / contrast,
            crossings: runs.len() as f32 / h as f32,
            cut: touches(part, plane),
            ringed: false,
            shape: Shape::default(),
            like: 0.0,
        }
    }

    /// Distance of each place to the nearest that is off, in thirds of a pixel (chamfer 3-4, G. Borgefors 1986).
    fn distances(&mut self, part: &Part, runs: &[Run], w: usize, h: usize) {
        let wide = w + 2;
        self.far.clear();
        self.far.resize(wide * (h + 2), 0);
        for run in runs {
            let row = (run.y - part.y0 + 1) as usize * wide + 1;
            self.far[row + (run.x0 - part.x0) as usize..row + (run.x1 - part.x0) as usize].fill(u16::MAX - 8);
        }
        for at in wide + 1..self.far.len() - wide - 1 {
            if self.far[at] > 0 {
                let beside = self.far[at - 1].min(self.far[at - wide]) + 3;
                let askew = self.far[at - wide - 1].min(self.far[at - wide + 1]) + 4;
                self.far[at] = self.far[at].min(beside).min(askew);
            }
        }
        for at in (wide + 1..self.far.len() - wide - 1).rev() {
            if self.far[at] > 0 {
                let beside = self.far[at + 1].min(self.far[at + wide]) + 3;
                let askew = self.far[at + wide + 1].min(self.far[at + wide - 1]) + 4;
                self.far[at] = self.far[at].min(beside).min(askew);
            }
        }
    }

    fn middle(&self, part: &Part, runs: &[Run], w: usize, plane: &Plane, hat: &Plane) -> Sums {
        let wide = w + 2;
        let mut sums = Sums::default();
        for run in runs {
            let row = (run.y - part.y0 + 1) as usize * wide + 1;
            let (values, hats) = (plane.row(run.y as usize), hat.row(run.y as usize));
            for x in run.x0..run.x1 {
                let at = row + (x - part.x0) as usize;
                let far = self.far[at];
                let around = [at - 1, at + 1, at - wide, at + wide].map(|i| self.far[i]);
                if around.iter().any(|other| *other > far) {
                    continue;
                }
                let stroke = 2.0 * f32::from(far) / 3.0 - 1.0;
                let value = f32::from(values[x as usize]);
                sums.n += 1.0;
                sums.stroke += stroke;
                sums.stroke2 += stroke * stroke;
                sums.value += value;
                sums.value2 += value * value;
                let hat = f32::from(hats[x as usize]);
                sums.hat += hat;
                sums.hat2 += hat * hat;
            }
        }
        sums
    }

    /// Where its strokes run.
    fn shape(&self, w: usize, h: usize, stroke: f32) -> Shape {
        let wide = w + 2;
        let inset = |at: usize, side: usize| {
            let room = side as f32 - stroke;
            if room > 1.0 { (at as f32 + 0.5 - stroke / 2.0) / room } else { 0.5 }
        };
        let middle = |at: &usize| {
            let far = self.far[*at];
            far > 0 && [at - 1, at + 1, at - wide, at + wide].iter().all(|i| self.far[*i] <= far)
        };
        let places = (0..h).flat_map(|y| (0..w).map(move |x| (y + 1) * wide + x + 1)).filter(middle);
        Shape::through(places.map(|at| (inset(at % wide - 1, w), inset(at / wide - 1, h))))
    }

    /// Mean step of the value over the edge.
    fn edge(&self, part: &Part, runs: &[Run], w: usize, plane: &Plane) -> f32 {
        let wide = w + 2;
        let (mut sum, mut n) = (0.0, 0.0);
        for run in runs {
            let row = (run.y - part.y0 + 1) as usize * wide + 1;
            for x in run.x0..run.x1 {
                let at = row + (x - part.x0) as usize;
                let (x, y) = (x as isize, run.y as isize);
                let sides = [(at - 1, -1, 0), (at + 1, 1, 0), (at - wide, 0, -1), (at + wide, 0, 1)];
                for (beside, dx, dy) in sides {
                    let (ox, oy) = (x + dx, y + dy);
                    let outside = ox < 0 || oy < 0 || ox >= plane.w as isize || oy >= plane.h as isize;
                    if self.far[beside] > 0 || outside {
                        continue;
                    }
                    let inner = plane.near(x, y).max(plane.near(x - dx, y - dy));
                    sum += f32::from(inner) - f32::from(plane.near(ox, oy));
                    n += 1.0;
                }
            }
        }
        if n > 0.0 { sum / n } else { 0.0 }
    }
}

/// How much a part is like ink of some shape: a sharp edge, one value, beyond the noise.
fn inkness(glyph: &Glyph) -> f32 {
    let sharp = ramp(glyph.sharp, rule::SOFT, rule::SHARP);
    let flat = ramp(glyph.mottle, rule::MOTTLED, rule::FLAT);
    sharp * (0.3 + 0.7 * flat) * ramp(glyph.clear, rule::UNCLEAR, rule::CLEAR)
}

/// How much a part is like a glyph.
fn likeness(glyph: &Glyph) -> f32 {
    let high = glyph.w().max(glyph.h()).min(glyph.h() * 1.5);
    let thick = glyph.stroke / high;
    if !(rule::THINNEST..=rule::THICKEST).contains(&thick) {
        return 0.0;
    }
    let sharp = ramp(glyph.sharp, rule::SOFT, rule::SHARP);
    let even = ramp(glyph.uneven, rule::UNEVEN, rule::EVEN);
    let flat = ramp(glyph.mottle, rule::MOTTLED, rule::FLAT);
    let clear = ramp(glyph.clear, rule::UNCLEAR, rule::CLEAR) * ramp(glyph.contrast, rule::FAINT, rule::STRONG);
    sharp * (0.4 + 0.6 * even) * (0.3 + 0.7 * flat) * (0.1 + 0.9 * clear)
}
