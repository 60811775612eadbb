//! Whether a picture is full of edges, as a photograph of leaves, stones or folds is, and radiographs and drawings are not.
//!
//! Of 26 radiographs at most 16 in a hundred squares of 8 × 8 of a copy are full of contrast, the highest of them a
//! photograph of a screen; of most photographs without colour 22 and more. Drawings and pages have as many, and most of
//! the rest in one value.

use crate::pixels::{Picture, Samples};

/// The longer side of the copy at most, in pixels, and the side of its squares.
const LONG: u32 = 960;
const SIDE: usize = 8;
/// Parts along each edge that are left out, as a divisor: writing stands there.
const EDGE: usize = 6;
/// Of 64 values of a square so many are left out at either end.
const ENDS: usize = 3;
/// Of 256 values those that a square spans where it is full of contrast, and those that it spans where it is flat.
const FULL: u32 = 48;
const FLAT: u32 = 3;
/// In a hundred squares so many are full of contrast in a picture full of edges, and so many flat in one that was drawn.
const BUSY: usize = 18;
const DRAWN: usize = 40;
/// Fewer squares than these (of a picture of 240 × 240) say nothing: a thumbnail of anything is full of edges.
const LEAST: usize = 400;

/// Whether it is full of edges.
pub(super) fn is(picture: &Picture) -> bool {
    let copy = match picture.samples() {
        Samples::U8(samples) => Copy::of(samples, picture),
        Samples::U16(samples) => Copy::of(samples, picture),
    };
    let spans: Vec<u32> = copy.inner().collect();
    let share = |count: usize, percent: usize| 100 * count > percent * spans.len();
    let busy = spans.iter().filter(|span| **span > FULL).count();
    let flat = spans.iter().filter(|span| **span <= FLAT).count();
    spans.len() >= LEAST && share(busy, BUSY) && !share(flat, DRAWN)
}

/// A grey copy of at most [`LONG`] pixels a side, of 256 values.
struct Copy {
    width: usize,
    height: usize,
    values: Vec<u32>,
}

impl Copy {
    fn of<T: std::marker::Copy + Into<u32>>(samples: &[T], picture: &Picture) -> Self {
        let times = picture.width().max(picture.height()).div_ceil(LONG).max(1) as usize;
        let channels = usize::from(picture.channels());
        let row = picture.width() as usize * channels;
        let (width, height) = (picture.width() as usize / times, picture.height() as usize / times);
        let mut values = Vec::with_capacity(width * height);
        let per = (times * times * channels) as u64;
        let mut sums = vec![0_u64; width];
        for rows in samples.chunks_exact((row * times).max(1)).take(height) {
            sums.fill(0);
            for line in rows.chunks_exact(row.max(1)) {
                for (sum, part) in sums.iter_mut().zip(line.chunks_exact((times * channels).max(1))) {
                    *sum += part.iter().map(|sample| u64::from((*sample).into())).sum::<u64>();
                }
            }
            values.extend(sums.iter().map(|sum| (sum / per.max(1)) as u32));
        }
        Self { width, height, values }.of_8_bits(picture.bits())
    }

    /// Deep samples seldom fill their range: the values that are there are spread over 256.
    fn of_8_bits(mut self, bits: u8) -> Self {
        let (low, high) = match bits {
            ..=8 => (0, (1_u32 << bits) - 1),
            _ => (self.values.iter().min().copied().unwrap_or(0), self.values.iter().max().copied().unwrap_or(0)),
        };
        let span = high.saturating_sub(low).max(1);
        self.values.iter_mut().for_each(|value| *value = value.saturating_sub(low) * 255 / span);
        self
    }

    /// How many values each square spans that is not along an edge.
    fn inner(&self) -> impl Iterator<Item = u32> + '_ {
        let (across, down) = (self.width / SIDE, self.height / SIDE);
        let within = |all: usize| all / EDGE..all - all / EDGE;
        within(down).flat_map(move |y| within(across).map(move |x| self.span(x * SIDE, y * SIDE)))
    }

    fn span(&self, x: usize, y: usize) -> u32 {
        let row = |y: usize| self.values.get(y * self.width + x..y * self.width + x + SIDE).unwrap_or_default();
        let mut square: Vec<u32> = (y..y + SIDE).flat_map(row).copied().collect();
        square.sort_unstable();
        match square.get(ENDS..square.len().saturating_sub(ENDS)) {
            Some([low, .., high]) => high - low,
            _ => 0,
        }
    }
}
