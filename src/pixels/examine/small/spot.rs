//! Small detail that stands out from its surroundings: what narrow strokes of writing are made of, whatever else is too.
//!
//! White and black top-hats (J. Serra, *Image Analysis and Mathematical Morphology*, 1982) in grey and in each colour. Slopes,
//! broad edges, and grain below the noise of the picture have none.

use crate::pixels::{Picture, Samples};
use crate::place::Area;

/// A hat below this, of 255, is not seen by eye.
const LEAST_HAT: i32 = 14;
/// So many times the noise (the median difference of neighbours) no grain reaches in several pixels side by side.
const NOISES: i32 = 5;
/// Half the side of the square that a hat is taken in: strokes of up to 6 pixels are narrower.
const REACH: usize = 3;
/// Pixels of the least spot: the figure 1 at five pixels.
const LEAST_PIXELS: usize = 5;
/// Width or height of the least spot.
const LEAST_SIDE: u32 = 4;
/// Heights of figures that the detector misses.
const FIGURE: std::ops::RangeInclusive<u32> = 5..=14;
/// Mean hat of figures in a row, of 255.
const CLEAR: i32 = 24;
/// So many spots beside one are compared with it: a picture is small, but its texture may be fine.
const MOST_NEAR: usize = 200;

/// What stands out: where, and how far on the whole.
#[derive(Debug, Clone, Copy)]
struct Spot {
    area: Area,
    pixels: usize,
    hat: i32,
}

/// How closely is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closely {
    /// At all that stands out, however small.
    Every,
    /// At all that is as large as the figure 1 of five pixels.
    Glyphs,
    /// At such that stand in a row like figures of a number.
    Rows,
}

/// Boxes of all that stands out.
pub(super) fn spots(picture: &Picture, closely: Closely) -> Vec<Area> {
    let (w, h) = (picture.width() as usize, picture.height() as usize);
    let mut all = Vec::new();
    for plane in planes(picture) {
        let least = LEAST_HAT.max(NOISES * noise(&plane, w));
        for sign in [1, -1] {
            let lit: Vec<i32> = plane.iter().map(|v| v * sign).collect();
            let hats = hat(&lit, w, h);
            let on: Vec<bool> = hats.iter().map(|hat| *hat >= least).collect();
            let found = components(on, &hats, (w, h));
            all.extend(match closely {
                Closely::Every => found.into_iter().filter(|spot| spot.pixels >= 2).map(|spot| spot.area).collect(),
                Closely::Glyphs => found.into_iter().filter(Spot::is_glyph).map(|spot| spot.area).collect(),
                Closely::Rows => rows(&found),
            });
        }
    }
    all
}

/// Grey, and each channel of a picture in colour, as values of 0 to 255 over the range that the picture has.
fn planes(picture: &Picture) -> Vec<Vec<i32>> {
    let samples: Vec<u32> = match picture.samples() {
        Samples::U8(samples) => samples.iter().map(|v| u32::from(*v)).collect(),
        Samples::U16(samples) => samples.iter().map(|v| u32::from(*v)).collect(),
    };
    let channels = usize::from(picture.channels());
    let deep = picture.bits() > 8;
    let (least, most) = samples.iter().fold((u32::MAX, 0), |(a, b), v| (a.min(*v), b.max(*v)));
    // Eight bits are shown as they are; of more, a window is shown.
    let (low, range) = if deep { (least, (most - least.min(most)).max(255)) } else { (0, (1 << picture.bits()) - 1) };
    let value = |v: u32| (v.saturating_sub(low) * 255 / range.max(1)) as i32;
    (0..channels).map(|c| samples.iter().skip(c).step_by(channels).map(|v| value(*v)).collect()).collect()
}

/// The median difference of neighbours in a row.
fn noise(plane: &[i32], w: usize) -> i32 {
    let mut counts = [0usize; 256];
    let mut all = 0;
    for row in plane.chunks_exact(w.max(1)) {
        for pair in row.windows(2) {
            if let Some(count) = counts.get_mut(pair[0].abs_diff(pair[1]) as usize) {
                *count += 1;
                all += 1;
            }
        }
    }
    let mut below = 0;
    let median = counts.iter().position(|count| {
        below += count;
        2 * below >= all
    });
    median.map_or(0, |at| at as i32)
}

/// What opening with a square takes away. Beyond its border the picture goes on as it rose or fell, so that slopes have none.
fn hat(plane: &[i32], w: usize, h: usize) -> Vec<i32> {
    const RIM: usize = 2 * REACH;
    let (wide, high) = (w + 2 * RIM, h + 2 * RIM);
    let across: Vec<i32> = (0..h).flat_map(|y| (0..wide).map(move |x| beyond(|n| plane[y * w + n], w, x))).collect();
    let all: Vec<i32> = (0..wide * high).map(|at| beyond(|n| across[n * wide + at % wide], h, at / wide)).collect();
    let opened = spread(&spread(&all, wide, high, i32::min), wide, high, i32::max);
    let inner = |at: usize| opened[(at / w + RIM) * wide + at % w + RIM];
    plane.iter().enumerate().map(|(at, v)| v - inner(at)).collect()
}

/// The value at a place of a row of `n` that is longer by the rim at either end.
fn beyond(value: impl Fn(usize) -> i32, n: usize, place: usize) -> i32 {
    const RIM: usize = 2 * REACH;
    let last = n - 1;
    match (place.checked_sub(RIM), place.saturating_sub(RIM)) {
        (None, _) => 2 * value(0) - value((RIM - place).min(last)),
        (_, at) if at > last => 2 * value(last) - value(last.saturating_sub(at - last)),
        (_, at) => value(at),
    }
}

/// The least or greatest in the square around each place.
fn spread(plane: &[i32], w: usize, h: usize, of: fn(i32, i32) -> i32) -> Vec<i32> {
    let along = |from: &dyn Fn(usize) -> i32, n: usize, at: usize| {
        let (first, last) = (at.saturating_sub(REACH), (at + REACH).min(n - 1));
        (first..=last).map(from).reduce(of).unwrap_or_default()
    };
    let mut rows = Vec::with_capacity(plane.len());
    for y in 0..h {
        rows.extend((0..w).map(|x| along(&|x| plane[y * w + x], w, x)));
    }
    (0..w * h).map(|at| along(&|y| rows[y * w + at % w], h, at / w)).collect()
}

/// Boxes of what hangs together over sides and corners.
fn components(mut on: Vec<bool>, hats: &[i32], (w, h): (usize, usize)) -> Vec<Spot> {
    let mut found = Vec::new();
    let mut waiting = Vec::new();
    for start in 0..w * h {
        if !std::mem::take(&mut on[start]) {
            continue;
        }
        waiting.push(start);
        let (mut pixels, mut sum, mut area) = (0, 0, Area::new((start % w) as u32, (start / w) as u32, 1, 1));
        while let Some(at) = waiting.pop() {
            let (x, y) = (at % w, at / w);
            pixels += 1;
            sum += hats.get(at).copied().unwrap_or_default();
            area = area.around(&Area::new(x as u32, y as u32, 1, 1));
            for ny in y.saturating_sub(1)..=(y + 1).min(h - 1) {
                for nx in x.saturating_sub(1)..=(x + 1).min(w - 1) {
                    if std::mem::take(&mut on[ny * w + nx]) {
                        waiting.push(ny * w + nx);
                    }
                }
            }
        }
        found.push(Spot { area, pixels, hat: sum / pixels.max(1) as i32 });
    }
    found
}

impl Spot {
    fn is_glyph(&self) -> bool {
        self.pixels >= LEAST_PIXELS && self.area.width.max(self.area.height) >= LEAST_SIDE
    }

    /// Whether it is as high, as narrow and as clear as a figure of small writing.
    fn is_figure(&self) -> bool {
        let Area { width, height, .. } = self.area;
        let fill = self.pixels as u64 * 100 / self.area.pixels().max(1);
        FIGURE.contains(&height) && width <= height + 2 && (18..=92).contains(&fill) && self.hat >= CLEAR
    }

    /// Whether another stands beside it as the next figure of a number does.
    fn is_beside(&self, next: &Spot) -> bool {
        let (one, other) = (&self.area, &next.area);
        let gap = other.x.checked_sub(one.right());
        let level = one.y.abs_diff(other.y) <= 1 && one.bottom().abs_diff(other.bottom()) <= 1;
        let alike = 2 * self.hat.abs_diff(next.hat) <= self.hat.max(next.hat).unsigned_abs();
        gap.is_some_and(|gap| gap <= one.height.max(other.height) * 2 / 3) && level && alike
    }
}

/// Boxes of figures side by side.
fn rows(found: &[Spot]) -> Vec<Area> {
    let mut figures: Vec<&Spot> = found.iter().filter(|spot| spot.is_figure()).collect();
    figures.sort_by_key(|spot| spot.area.x);
    let mut all = Vec::new();
    for (at, one) in figures.iter().enumerate() {
        let near = figures[at + 1..].iter().take_while(|next| next.area.x <= one.area.right() + one.area.height);
        all.extend(near.take(MOST_NEAR).filter(|next| one.is_beside(next)).map(|next| one.area.around(&next.area)));
    }
    all
}
