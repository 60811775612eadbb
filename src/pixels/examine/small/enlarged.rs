//! An enlarged copy of a picture, between its samples by the nearness of each.

use crate::pixels::{Picture, Samples};

/// A copy so many times as wide and as high; none where that would be too large.
pub(super) fn times(picture: &Picture, times: u32) -> Option<Picture> {
    let (width, height) = (picture.width().checked_mul(times)?, picture.height().checked_mul(times)?);
    let samples = match picture.samples() {
        Samples::U8(samples) => Samples::U8(of(samples, picture, times as usize, |v| v as u8)),
        Samples::U16(samples) => Samples::U16(of(samples, picture, times as usize, |v| v as u16)),
    };
    let copy = Picture::new(width, height, picture.channels(), picture.bits(), samples)?;
    Some(copy.inverted(picture.is_inverted()).displayed(picture.displays().to_vec()))
}

/// Two neighbours of each place along one side: the first, the next, and how far on the way between them, in parts of
/// `2 * times`.
fn neighbours(length: usize, times: usize) -> Vec<(usize, usize, u32)> {
    let last = length.saturating_sub(1);
    let place = |at: usize| {
        // Centres of samples lie half a sample inwards.
        let shifted = (2 * at + 1).saturating_sub(times);
        let first = (shifted / (2 * times)).min(last);
        (first, (first + 1).min(last), (shifted % (2 * times)) as u32)
    };
    (0..length * times).map(place).collect()
}

fn of<T: Copy + Into<u32>>(samples: &[T], picture: &Picture, times: usize, back: fn(u32) -> T) -> Vec<T> {
    let channels = usize::from(picture.channels());
    let columns = neighbours(picture.width() as usize, times);
    let stride = picture.width() as usize * channels;
    let whole = 2 * times as u32;
    let mut out = Vec::with_capacity(samples.len() * times * times);
    for (upper, lower, down) in neighbours(picture.height() as usize, times) {
        let (Some(upper), Some(lower)) =
            (samples.get(upper * stride..(upper + 1) * stride), samples.get(lower * stride..(lower + 1) * stride))
        else {
            continue;
        };
        for &(left, right, along) in &columns {
            for channel in 0..channels {
                let value = |row: &[T]| {
                    let (a, b): (u32, u32) =
                        (row[left * channels + channel].into(), row[right * channels + channel].into());
                    a * (whole - along) + b * along
                };
                out.push(back(
                    (value(upper) * (whole - down) + value(lower) * down + whole * whole / 2) / (whole * whole),
                ));
            }
        }
    }
    out
}
