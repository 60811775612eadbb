//! How noisy each part of a plane is: 1.48 × the median of |value − mean of its neighbours|, by blocks.

use super::plane::Plane;
use super::rule::NOISE_BLOCK as BLOCK;

/// Noise by blocks, in grey values.
pub(super) struct Noise {
    across: usize,
    blocks: Vec<f32>,
}

impl Noise {
    /// Measures a plane.
    pub(super) fn of(plane: &Plane) -> Self {
        let (across, down) = (plane.w.div_ceil(BLOCK), plane.h.div_ceil(BLOCK));
        let blocks = (0..across * down).map(|i| block(plane, i % across * BLOCK, i / across * BLOCK)).collect();
        Self { across, blocks }
    }

    /// The noise of most blocks, in grey values.
    pub(super) fn typical(&self) -> f32 {
        let mut blocks = self.blocks.clone();
        blocks.sort_by(f32::total_cmp);
        blocks.get(blocks.len() / 2).copied().unwrap_or_default()
    }

    /// So much less, or more, of it.
    pub(super) fn times(&self, part: f32) -> Self {
        Self { across: self.across, blocks: self.blocks.iter().map(|noise| noise * part).collect() }
    }

    /// Noise at a place.
    pub(super) fn at(&self, x: usize, y: usize) -> f32 {
        self.blocks.get(y / BLOCK * self.across + x / BLOCK).copied().unwrap_or_default()
    }

    /// The noise of the blocks that a row runs through.
    pub(super) fn row(&self, y: usize) -> &[f32] {
        let from = y / BLOCK * self.across;
        self.blocks.get(from..from + self.across).unwrap_or_default()
    }
}

fn block(plane: &Plane, x0: usize, y0: usize) -> f32 {
    let (mut counts, mut n) = ([0u32; 256], 0);
    let (x1, y1) = ((x0 + BLOCK).min(plane.w), (y0 + BLOCK).min(plane.h));
    for y in (y0..y1).step_by(3) {
        let (above, here, below) = (plane.row(y.saturating_sub(1)), plane.row(y), plane.row((y + 1).min(plane.h - 1)));
        for x in (x0..x1).step_by(2) {
            let sides = u16::from(here[x.saturating_sub(1)]) + u16::from(here[(x + 1).min(plane.w - 1)]);
            let mean = (sides + u16::from(above[x]) + u16::from(below[x]) + 2) / 4;
            counts[usize::from(mean.abs_diff(u16::from(here[x])).min(255))] += 1;
            n += 1;
        }
    }
    let mut seen = 0;
    let median = counts.iter().position(|count| {
        seen += count;
        2 * seen >= n
    });
    // Of pure noise, the difference from the mean of four neighbours has 1.12 times its deviation.
    1.48 / 1.12 * median.unwrap_or_default() as f32
}
