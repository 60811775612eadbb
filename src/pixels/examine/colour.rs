//! Whether a frame shows colour, or is a grey picture that is stored as RGB with a few coloured marks in it.
//!
//! Ultrasound is stored as RGB as a rule (DICOM PS3.3 C.8.5.6.1.2), grey echoes with yellow figures beside them. Skin in a
//! photograph is coloured all over, however pale.

use crate::pixels::{Picture, Samples};

/// Part of the range of values by which a coloured pixel's channels differ at least: rounding of YCbCr makes less.
const PART: u32 = 20;
/// Coloured pixels, at least one of so many.
const FEW: u64 = 50;
/// Rows that are asked, at most, evenly over the picture.
const ROWS: usize = 512;

/// Whether at least one of fifty pixels is coloured.
pub(super) fn shows(picture: &Picture) -> bool {
    let least = (((1_u32 << picture.bits()) - 1) / PART).max(1);
    let width = picture.width() as usize * usize::from(picture.channels());
    picture.channels() == 3
        && match picture.samples() {
            Samples::U8(samples) => is_coloured(samples, width, least),
            Samples::U16(samples) => is_coloured(samples, width, least),
        }
}

fn is_coloured<T: Copy + Into<u32>>(samples: &[T], width: usize, least: u32) -> bool {
    let rows = samples.chunks_exact(width.max(1));
    let step = rows.len().div_ceil(ROWS).max(1);
    let (mut coloured, mut all) = (0_u64, 0_u64);
    for row in rows.step_by(step) {
        for pixel in row.as_chunks::<3>().0 {
            let [r, g, b] = pixel.map(Into::into);
            coloured += u64::from(r.max(g).max(b) - r.min(g).min(b) >= least);
        }
        all += (width / 3) as u64;
    }
    FEW * coloured >= all && coloured > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_with_a_few_coloured_figures_is_grey_and_pale_skin_is_colour() {
        let picture = |pixel: &dyn Fn(usize) -> [u8; 3]| {
            let samples = (0..100 * 80).flat_map(pixel).collect();
            Picture::new(100, 80, 3, 8, Samples::U8(samples)).expect("a picture")
        };
        let grey = |n: usize| (n * 7 % 256) as u8;
        let cases = [
            (picture(&|n| [grey(n); 3]), false),
            (picture(&|n| [grey(n), grey(n).saturating_add(3), grey(n).saturating_sub(4)]), false),
            (picture(&|n| if n % 100 == 3 { [240, 220, 40] } else { [grey(n); 3] }), false),
            (picture(&|n| if n % 25 == 3 { [240, 220, 40] } else { [grey(n); 3] }), true),
            (picture(&|_| [222, 205, 196]), true),
            (Picture::new(9, 9, 1, 8, Samples::U8(vec![5; 81])).expect("a picture"), false),
            (Picture::new(2, 1, 3, 12, Samples::U16(vec![5, 5, 5, 900, 400, 400])).expect("a picture"), true),
        ];
        let got: Vec<bool> = cases.iter().map(|(picture, _)| shows(picture)).collect();
        assert_eq!(got, cases.each_ref().map(|case| case.1));
    }
}
