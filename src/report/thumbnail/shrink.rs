//! A picture made small: means over rectangles, a window where samples have more than 8 bits or are stored inverted.
//!
//! In whole numbers throughout, so that every machine makes the same bytes. Windows by percentiles, as viewers do that have
//! no word from the recording itself (DICOM PS3.3 C.11.2.1.2 leaves it to them).

use crate::pixels::{Picture, Samples};

/// Per mille of samples at either end that a window leaves out.
const LEFT_OUT: usize = 5;

/// Grey or RGB samples of 8 bits, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Small {
    /// Width in pixels.
    pub(super) width: u32,
    /// Height in pixels.
    pub(super) height: u32,
    /// 1 or 3.
    pub(super) channels: u8,
    /// The samples.
    pub(super) samples: Vec<u8>,
}

/// The picture with its longer side at most `side` pixels, as it is shown.
pub(super) fn shrink(picture: &Picture, side: u32) -> Small {
    let (width, height) = (picture.width(), picture.height());
    let long = width.max(height).max(side);
    let scaled =
        |n: u32| ((u64::from(n) * u64::from(side) * 2 + u64::from(long)) / (2 * u64::from(long))).max(1) as u32;
    let (small_width, small_height) = (scaled(width), scaled(height));
    let channels = picture.channels();
    let means = match picture.samples() {
        Samples::U8(samples) => means(samples, picture, small_width, small_height),
        Samples::U16(samples) => means(samples, picture, small_width, small_height),
    };
    Small { width: small_width, height: small_height, channels, samples: shown(means, picture) }
}

/// The mean of every rectangle that becomes a pixel, channel by channel.
fn means<T: Copy + Into<u64>>(samples: &[T], picture: &Picture, width: u32, height: u32) -> Vec<u16> {
    let channels = usize::from(picture.channels());
    let (from_width, from_height) = (picture.width() as usize, picture.height() as usize);
    let (width, height) = (width as usize, height as usize);
    let edge = |at: usize, of: usize, whole: usize| at * whole / of;
    let mut out = Vec::with_capacity(width * height * channels);
    for y in 0..height {
        let rows = edge(y, height, from_height)..edge(y + 1, height, from_height);
        for x in 0..width {
            let columns = edge(x, width, from_width)..edge(x + 1, width, from_width);
            let count = (rows.len() * columns.len()).max(1) as u64;
            for channel in 0..channels {
                let row_sum = |row: usize| {
                    let at = |column: usize| (row * from_width + column) * channels + channel;
                    columns.clone().filter_map(|column| samples.get(at(column))).map(|s| (*s).into()).sum::<u64>()
                };
                let sum: u64 = rows.clone().map(row_sum).sum();
                out.push(u16::try_from((sum + count / 2) / count).unwrap_or(u16::MAX));
            }
        }
    }
    out
}

/// Samples as they are shown, in 8 bits.
fn shown(means: Vec<u16>, picture: &Picture) -> Vec<u8> {
    let full = (1u32 << picture.bits().clamp(1, 16)) - 1;
    let (mut low, mut high) = (0, full);
    if picture.bits() > 8 || picture.is_inverted() {
        let mut sorted = means.clone();
        sorted.sort_unstable();
        let cut = sorted.len() * LEFT_OUT / 1000;
        let ends = (sorted.get(cut), sorted.iter().rev().nth(cut));
        if let (Some(first), Some(last)) = ends
            && first < last
        {
            (low, high) = (u32::from(*first), u32::from(*last));
        }
    }
    let tone = |mean: u16| {
        let value = (u32::from(mean).clamp(low, high) - low) * 255 / (high - low).max(1);
        let value = u8::try_from(value).unwrap_or(u8::MAX);
        if picture.is_inverted() { u8::MAX - value } else { value }
    };
    means.into_iter().map(tone).collect()
}

impl Small {
    /// Turned and mirrored as Exif's Orientation says.
    pub(super) fn turned(self, orientation: u32) -> Self {
        if !(2..=8).contains(&orientation) {
            return self;
        }
        let (width, height) = (self.width as usize, self.height as usize);
        let (new_width, new_height) = if orientation >= 5 { (height, width) } else { (width, height) };
        let channels = usize::from(self.channels);
        let mut samples = Vec::with_capacity(self.samples.len());
        for y in 0..new_height {
            for x in 0..new_width {
                let (column, row) = match orientation {
                    2 => (width - 1 - x, y),
                    3 => (width - 1 - x, height - 1 - y),
                    4 => (x, height - 1 - y),
                    5 => (y, x),
                    6 => (y, height - 1 - x),
                    7 => (width - 1 - y, height - 1 - x),
                    _ => (width - 1 - y, x),
                };
                let at = (row * width + column) * channels;
                samples.extend(self.samples.get(at..at + channels).unwrap_or_default());
            }
        }
        Self { width: new_width as u32, height: new_height as u32, samples, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_made_small_by_means_and_keeps_its_shape() {
        let samples: Vec<u8> = (0..640 * 320).map(|at| if at % 640 < 320 { 10 } else { 200 }).collect();
        let small = shrink(&Picture::new(640, 320, 1, 8, Samples::U8(samples)).unwrap(), 160);
        assert_eq!((small.width, small.height, small.samples.len()), (160, 80, 160 * 80));
        assert_eq!((small.samples[0], small.samples[159]), (10, 200));
        let one = shrink(&Picture::new(9000, 1, 3, 8, Samples::U8(vec![7; 27_000])).unwrap(), 160);
        assert_eq!((one.width, one.height, one.samples.len()), (160, 1, 480));
        let tiny = shrink(&Picture::new(3, 2, 1, 1, Samples::U8(vec![0, 1, 0, 1, 0, 1])).unwrap(), 160);
        assert_eq!((tiny.width, tiny.height, tiny.samples), (3, 2, vec![0, 255, 0, 255, 0, 255]));
    }

    #[test]
    fn deep_samples_are_windowed_and_inverted_ones_turned_round() {
        let samples: Vec<u16> = (0..400).map(|at| 1000 + at).collect();
        let picture = |inverted| Picture::new(20, 20, 1, 12, Samples::U16(samples.clone())).unwrap().inverted(inverted);
        let (plain, turned) = (shrink(&picture(false), 160), shrink(&picture(true), 160));
        assert_eq!((plain.samples[0], plain.samples[399]), (0, 255));
        assert_eq!((turned.samples[0], turned.samples[399]), (255, 0));
        let flat = Picture::new(4, 4, 1, 16, Samples::U16(vec![500; 16])).unwrap();
        assert_eq!(shrink(&flat, 160).samples, [1; 16]);
    }

    #[test]
    fn every_orientation_of_exif_is_turned_upright() {
        // A picture of 3 × 2 whose samples are their own places.
        let small = Small { width: 3, height: 2, channels: 1, samples: vec![0, 1, 2, 3, 4, 5] };
        let expected: [(u32, &[u8]); 8] = [
            (1, &[0, 1, 2, 3, 4, 5]),
            (2, &[2, 1, 0, 5, 4, 3]),
            (3, &[5, 4, 3, 2, 1, 0]),
            (4, &[3, 4, 5, 0, 1, 2]),
            (5, &[0, 3, 1, 4, 2, 5]),
            (6, &[3, 0, 4, 1, 5, 2]),
            (7, &[5, 2, 4, 1, 3, 0]),
            (8, &[2, 5, 1, 4, 0, 3]),
        ];
        let mut tried = 0;
        for (orientation, samples) in expected {
            assert_eq!(small.clone().turned(orientation).samples, samples, "{orientation}");
            tried += 1;
        }
        assert_eq!(tried, 8);
    }
}
