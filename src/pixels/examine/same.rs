//! Whether a frame of a long clip shows in its margins what the frames that were looked at before it show: then writing that
//! stands there has been seen, and the frame is not looked at by itself.
//!
//! The margins are the outer fifth along each edge, where writing stands (`writing`, its rule of nearness). They are compared
//! in blocks of 16 × 16 pixels with the last few frames that were looked at, never with one that was not, so that slow
//! change adds up. A block differs where more than three of its pixels do, by a sixteenth of what the frame's values span.

use crate::pixels::{Picture, Samples};

/// Pixels across and down a block.
const BLOCK: usize = 16;
/// So many pixels of a block may differ: a dot of grain, and no letter.
const GRAIN: usize = 3;
/// The part of the span of a frame's values that counts as a difference: fainter writing than that is not found either.
const PART: u32 = 16;
/// Frames that were looked at and are remembered: clips flicker between a few states (a blinking dot, a colon of a clock).
const REMEMBERED: usize = 3;
/// Pictures of more samples are not remembered, since several lie in memory.
const MOST: usize = 16 * 1024 * 1024;

/// The frames that were looked at last.
#[derive(Default)]
pub(super) struct Same {
    frames: Vec<Picture>,
}

impl Same {
    /// Whether the margins of a frame are those of one that was looked at. Where they are not, this one counts as looked at
    /// from now on.
    pub(super) fn knows(&mut self, picture: &Picture) -> bool {
        if self.frames.iter().any(|known| are_alike(known, picture)) {
            return true;
        }
        if picture.samples().len() <= MOST {
            self.frames.truncate(REMEMBERED - 1);
            self.frames.insert(0, picture.clone());
        }
        false
    }
}

fn are_alike(one: &Picture, other: &Picture) -> bool {
    let shape = |p: &Picture| (p.width(), p.height(), p.channels(), p.bits(), p.is_inverted());
    if shape(one) != shape(other) {
        return false;
    }
    match (one.samples(), other.samples()) {
        (Samples::U8(a), Samples::U8(b)) => margins_are_alike(one, a, b),
        (Samples::U16(a), Samples::U16(b)) => margins_are_alike(one, a, b),
        _ => false,
    }
}

fn margins_are_alike<T: Copy + Ord + Into<u32>>(shape: &Picture, one: &[T], other: &[T]) -> bool {
    let (width, height) = (shape.width() as usize, shape.height() as usize);
    let channels = usize::from(shape.channels());
    let low = one.iter().min().map_or(0, |low| (*low).into());
    let high = one.iter().max().map_or(0, |high| (*high).into());
    let least = ((high - low) / PART).max(1);
    let (across, down) = (width.div_ceil(5), height.div_ceil(5));
    let differs = |a: &[T], b: &[T]| a.iter().zip(b).any(|(a, b)| (*a).into().abs_diff((*b).into()) >= least);
    let mut counts = vec![0_usize; width.div_ceil(BLOCK)];
    for y in 0..height {
        if y % BLOCK == 0 {
            counts.fill(0);
        }
        let row = y * width * channels..(y + 1) * width * channels;
        let (Some(a), Some(b)) = (one.get(row.clone()), other.get(row)) else { return false };
        let edge = y < down || y >= height - down;
        let columns = if edge { [0..width, 0..0] } else { [0..across, (width - across).max(across)..width] };
        for columns in columns {
            let (a, b) = (
                &a[columns.start * channels..columns.end * channels],
                &b[columns.start * channels..columns.end * channels],
            );
            if a == b {
                continue;
            }
            for (x, (a, b)) in columns.zip(a.chunks_exact(channels).zip(b.chunks_exact(channels))) {
                if differs(a, b) {
                    counts[x / BLOCK] += 1;
                    if counts[x / BLOCK] > GRAIN {
                        return false;
                    }
                }
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(dots: &[(usize, usize)], value: u8) -> Picture {
        let mut samples: Vec<u8> = (0..200 * 100).map(|n| (n % 200 % 160) as u8).collect();
        dots.iter().for_each(|(x, y)| samples[y * 200 + x] = value);
        Picture::new(200, 100, 1, 8, Samples::U8(samples)).expect("a picture")
    }

    #[test]
    fn a_letter_in_the_margin_makes_a_frame_another_one_and_grain_or_the_middle_does_not() {
        let letter = |x: usize, y: usize| (0..6).map(|n| (x, y + n)).collect::<Vec<_>>();
        // Where, and whether the frame is known.
        let cases = [
            (vec![], true),
            (letter(3, 3), false),
            (letter(100, 90), false),
            (letter(195, 50), false),
            (letter(39, 50), false),
            (letter(100, 50), true),
            (vec![(3, 3), (5, 9), (10, 4)], true),
            (vec![(3, 3), (40, 3), (80, 3), (120, 3), (160, 3)], true),
        ];
        let mut same = Same::default();
        assert!(!same.knows(&picture(&[], 0)));
        let got: Vec<bool> =
            cases.iter().map(|(dots, _)| Same { frames: same.frames.clone() }.knows(&picture(dots, 255))).collect();
        assert_eq!(got, cases.each_ref().map(|case| case.1));
        // Slow change adds up, and a frame that comes back is known.
        let steps: Vec<bool> = (0..5).map(|n| same.knows(&picture(&letter(0, 3), 4 * n))).collect();
        assert_eq!(steps, [true, true, true, false, true]);
        assert!(same.knows(&picture(&[], 0)));
        let deep = Picture::new(200, 100, 1, 12, Samples::U16(vec![5; 20_000])).expect("a picture");
        assert!(!same.knows(&deep) && same.knows(&deep));
    }
}
