//! Whether pixels of some values fill squares of an area that no stroke of a letter fills.
//!
//! An opening with a square (J. Serra, *Image Analysis and Mathematical Morphology*, 1982), in which a few pixels may be missing.

use super::{FULL, SOLID, STROKE};
use crate::place::Area;
use std::ops::RangeInclusive;

/// An area of a picture of one channel, which lies within it.
pub(super) struct Patch<'a> {
    pub(super) samples: &'a [u16],
    pub(super) width: usize,
    pub(super) area: Area,
}

impl Patch<'_> {
    fn value(&self, x: usize, y: usize) -> Option<u16> {
        if x >= self.area.width as usize || y >= self.area.height as usize {
            return None;
        }
        let (x, y) = (self.area.x as usize + x, self.area.y as usize + y);
        self.samples.get(y * self.width + x).copied()
    }

    /// How many of the pixels with these values have another one beside them, in percent.
    pub(super) fn joined(&self, values: &RangeInclusive<u16>) -> usize {
        let on = |x: usize, y: usize| self.value(x, y).is_some_and(|value| values.contains(&value));
        let (mut joined, mut all) = (0_usize, 0_usize);
        for (x, y) in (0..self.area.height as usize).flat_map(|y| (0..self.area.width as usize).map(move |x| (x, y))) {
            if on(x, y) {
                let beside = [(x + 1, y), (x, y + 1), (x.wrapping_sub(1), y), (x, y.wrapping_sub(1))];
                all += 1;
                joined += usize::from(beside.iter().any(|(x, y)| on(*x, *y)));
            }
        }
        100 * joined / all.max(1)
    }

    /// How much of what touches pixels with these values is lighter than they are, in percent.
    pub(super) fn lighter_beside(&self, values: &RangeInclusive<u16>) -> usize {
        let (mut lighter, mut all) = (0_usize, 0_usize);
        for (x, y) in (0..self.area.height as usize).flat_map(|y| (0..self.area.width as usize).map(move |x| (x, y))) {
            if !self.value(x, y).is_some_and(|value| values.contains(&value)) {
                continue;
            }
            let beside = [(x + 1, y), (x, y + 1), (x.wrapping_sub(1), y), (x, y.wrapping_sub(1))];
            for value in beside.iter().filter_map(|(x, y)| self.value(*x, *y)).filter(|v| !values.contains(v)) {
                all += 1;
                lighter += usize::from(value > *values.end());
            }
        }
        100 * lighter / all.max(1)
    }

    /// Whether half of the pixels with these values lie in squares that are full of them.
    pub(super) fn is_solid(&self, values: &RangeInclusive<u16>) -> bool {
        let (w, h) = (self.area.width as usize, self.area.height as usize);
        let side = (self.area.width.min(self.area.height) / STROKE.0).clamp(STROKE.1, STROKE.2) as usize;
        if w < side || h < side {
            return false;
        }
        let on = |x: usize, y: usize| self.value(x, y).is_some_and(|value| values.contains(&value));
        let sums = summed(w, h, on);
        let enough = FULL * (side * side) as u32;
        // The squares that are full, and then which places lie in one.
        let full = |x: usize, y: usize| 100 * held(&sums, w, (x, y), (x + side, y + side)) >= enough;
        let corners = summed(w, h, |x, y| x + side <= w && y + side <= h && full(x, y));
        let lies = |x: usize, y: usize| {
            let from = (x.saturating_sub(side - 1), y.saturating_sub(side - 1));
            held(&corners, w, from, (x + 1, y + 1)) > 0
        };
        let (mut all, mut inside) = (0_usize, 0_usize);
        for (x, y) in (0..h).flat_map(|y| (0..w).map(move |x| (x, y))).filter(|(x, y)| on(*x, *y)) {
            all += 1;
            inside += usize::from(lies(x, y));
        }
        100 * inside > SOLID * all
    }
}

/// Sums over all places above and to the left, with a row and a column of noughts before.
fn summed(w: usize, h: usize, on: impl Fn(usize, usize) -> bool) -> Vec<u32> {
    let mut sums = vec![0_u32; (w + 1) * (h + 1)];
    for y in 0..h {
        let mut row = 0;
        for x in 0..w {
            row += u32::from(on(x, y));
            sums[(y + 1) * (w + 1) + x + 1] = sums[y * (w + 1) + x + 1] + row;
        }
    }
    sums
}

/// How many of a rectangle are on.
fn held(sums: &[u32], w: usize, from: (usize, usize), to: (usize, usize)) -> u32 {
    let at = |x: usize, y: usize| sums.get(y * (w + 1) + x).copied().unwrap_or(0);
    (at(to.0, to.1) + at(from.0, from.1)).saturating_sub(at(from.0, to.1) + at(to.0, from.1))
}
