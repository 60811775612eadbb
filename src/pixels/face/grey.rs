//! A small grey copy of a frame, as the face detector wants it: 8 bits, light values light.

use crate::pixels::{Picture, Samples};

/// Values that lie no further apart than this are one, but for noise.
const PLAIN: u8 = 8;

/// Grey samples of 8 bits, row by row.
#[derive(Clone)]
pub(super) struct Grey {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) samples: Vec<u8>,
}

impl Grey {
    /// A copy of at most `most` pixels: every pixel of it is the mean of those that it stands for.
    pub(super) fn of(picture: &Picture, most: u32) -> Self {
        let channels = usize::from(picture.channels());
        match picture.samples() {
            Samples::U8(samples) => {
                let top = u32::from(u8::MAX >> (8 - picture.bits().clamp(1, 8)));
                let tone = |sum: u32| (sum * 255 / top).min(255);
                let light = |at: &[u8]| tone(luminance(at.iter().map(|s| u32::from(*s)), channels));
                shrink((picture.width(), picture.height()), most, picture.is_inverted(), |at| {
                    samples.get(at * channels..(at + 1) * channels).map_or(0, light)
                })
            }
            Samples::U16(samples) => {
                // Of many bits few are used: what is shown is what lies between the extremes.
                let (low, high) = extremes(samples);
                let tone = |value: u32| u64::from(value.clamp(low, high) - low) * 255 / u64::from((high - low).max(1));
                let light = |at: &[u16]| tone(luminance(at.iter().map(|s| u32::from(*s)), channels)) as u32;
                shrink((picture.width(), picture.height()), most, picture.is_inverted(), |at| {
                    samples.get(at * channels..(at + 1) * channels).map_or(0, light)
                })
            }
        }
    }

    /// The same with at most so many pixels.
    pub(super) fn reduced(&self, most: u32) -> Self {
        shrink((self.width, self.height), most, false, |at| u32::from(self.samples.get(at).copied().unwrap_or(0)))
    }

    /// A quarter turn to the right.
    pub(super) fn turned(&self) -> Self {
        let (width, height) = (self.width as usize, self.height as usize);
        let mut samples = vec![0; self.samples.len()];
        for (y, row) in self.samples.chunks_exact(width.max(1)).enumerate() {
            for (x, sample) in row.iter().enumerate() {
                samples[x * height + (height - 1 - y)] = *sample;
            }
        }
        Self { width: self.height, height: self.width, samples }
    }

    /// Whether the outermost pixels all have about one value: then the border cuts nothing in two.
    pub(super) fn is_plain_around(&self) -> bool {
        let width = self.width.max(1) as usize;
        let last = self.height.saturating_sub(1) as usize;
        let rows = self.samples.chunks_exact(width).enumerate();
        let around = rows.flat_map(|(y, row)| match y == 0 || y == last {
            true => row.iter().step_by(1),
            false => row.iter().step_by((width - 1).max(1)),
        });
        let (low, high) = around.fold((u8::MAX, 0), |(low, high), at| (low.min(*at), high.max(*at)));
        high.saturating_sub(low) <= PLAIN
    }

    /// With `edge` pixels more on each side, as a mirror there would show them; `edge` is smaller than either side.
    pub(super) fn mirrored(&self, edge: u32) -> Self {
        let fold = |at: u32, length: u32| {
            let from = i64::from(at) - i64::from(edge);
            let last = i64::from(length) - 1;
            let inside = if from < 0 {
                -from - 1
            } else if from > last {
                2 * last + 1 - from
            } else {
                from
            };
            inside.clamp(0, last) as usize
        };
        let (width, height) = (self.width + 2 * edge, self.height + 2 * edge);
        let columns: Vec<usize> = (0..width).map(|x| fold(x, self.width)).collect();
        let mut samples = Vec::with_capacity(width as usize * height as usize);
        for y in 0..height {
            let row = fold(y, self.height) * self.width as usize;
            samples.extend(columns.iter().map(|x| self.samples[row + x]));
        }
        Self { width, height, samples }
    }
}

/// ITU-R BT.601 luma of RGB, or the grey value itself.
fn luminance(mut samples: impl Iterator<Item = u32>, channels: usize) -> u32 {
    let mut next = || samples.next().unwrap_or(0);
    if channels == 3 { (299 * next() + 587 * next() + 114 * next()) / 1000 } else { next() }
}

/// The values that 1 in 1,000 samples lie below and above, of at most a million samples.
fn extremes(samples: &[u16]) -> (u32, u32) {
    let mut counts = vec![0_u32; 1 << 16];
    let step = (samples.len() >> 20).max(1) | 1;
    let mut all = 0;
    for sample in samples.iter().step_by(step) {
        counts[usize::from(*sample)] += 1;
        all += 1;
    }
    let beyond = all / 1000;
    (beyond_first(&counts, 0..counts.len(), beyond), beyond_first(&counts, (0..counts.len()).rev(), beyond))
}

/// The first value, in the order given, before which more than `left` samples have gone by.
fn beyond_first(counts: &[u32], values: impl Iterator<Item = usize>, mut left: u32) -> u32 {
    for value in values {
        match left.checked_sub(counts[value]) {
            Some(fewer) => left = fewer,
            None => return value as u32,
        }
    }
    0
}

/// Means over boxes of whole pixels, so that no more than `most` are left; a smaller picture stays as it is.
fn shrink((width, height): (u32, u32), most: u32, inverted: bool, value: impl Fn(usize) -> u32) -> Grey {
    let ratio = (f64::from(most) / (f64::from(width) * f64::from(height))).sqrt().min(1.0);
    let side = |length: u32| ((f64::from(length) * ratio) as u32).clamp(1, length);
    let (to_width, to_height) = (side(width), side(height));
    let edges = |from: u32, to: u32| -> Vec<usize> {
        (0..=u64::from(to)).map(|n| (n * u64::from(from) / u64::from(to)) as usize).collect()
    };
    let (columns, rows) = (edges(width, to_width), edges(height, to_height));
    let mut samples = Vec::with_capacity(to_width as usize * to_height as usize);
    let mut sums = vec![0_u32; to_width as usize];
    for band in rows.windows(2) {
        sums.fill(0);
        for y in band[0]..band[1] {
            for (sum, column) in sums.iter_mut().zip(columns.windows(2)) {
                *sum += (column[0]..column[1]).map(|x| value(y * width as usize + x)).sum::<u32>();
            }
        }
        for (sum, column) in sums.iter().zip(columns.windows(2)) {
            let mean = (*sum / ((column[1] - column[0]) * (band[1] - band[0])).max(1) as u32).min(255) as u8;
            samples.push(if inverted { 255 - mean } else { mean });
        }
    }
    Grey { width: to_width, height: to_height, samples }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_quarter_turns_are_none_and_mirrors_show_what_lies_at_the_edge() {
        let picture = Picture::new(3, 2, 1, 8, Samples::U8(vec![1, 2, 3, 4, 5, 6])).expect("a picture");
        let grey = Grey::of(&picture, 100);
        assert_eq!(grey.turned().samples, [4, 1, 5, 2, 6, 3]);
        assert_eq!(grey.turned().turned().turned().turned().samples, grey.samples);
        let mirrored = grey.mirrored(1);
        assert_eq!((mirrored.width, mirrored.height), (5, 4));
        assert_eq!(mirrored.samples, [1, 1, 2, 3, 3, 1, 1, 2, 3, 3, 4, 4, 5, 6, 6, 4, 4, 5, 6, 6]);
    }

    #[test]
    fn a_border_that_anything_reaches_is_not_plain() {
        let (width, height) = (5, 4);
        let mut tried = 0;
        for at in 0..20_usize {
            let mut grey = Grey { width, height, samples: vec![16; 20] };
            assert!(grey.is_plain_around());
            grey.samples[at] += PLAIN;
            assert!(grey.is_plain_around(), "{at}");
            grey.samples[at] += 1;
            let (x, y) = (at % 5, at / 5);
            assert_eq!(grey.is_plain_around(), (1..4).contains(&x) && (1..3).contains(&y), "{at}");
            tried += 1;
        }
        assert_eq!(tried, 20);
    }

    #[test]
    fn a_copy_is_bounded_spans_its_range_and_shows_light_as_light() {
        let deep: Vec<u16> = (0..90_000_u32).map(|n| 1_000 + (n % 300) as u16).collect();
        let picture = Picture::new(300, 300, 1, 12, Samples::U16(deep)).expect("a picture");
        let grey = Grey::of(&picture, 90_000);
        assert_eq!((grey.samples[0], grey.samples[299]), (0, 255));
        let inverted = Grey::of(&picture.inverted(true), 900);
        assert_eq!((inverted.width, inverted.height), (30, 30));
        assert!(inverted.samples[0] > 240 && inverted.samples[29] < 15);
        let long = Picture::new(5_000, 1, 3, 8, Samples::U8(vec![255; 15_000])).expect("a picture");
        let grey = Grey::of(&long, 100);
        assert!(grey.samples.iter().all(|sample| *sample == 255) && grey.samples.len() <= 5_000);
    }
}
