//! Whether a file that nobody says anything of may be an X-ray, a scan, or a view of a console or an endoscope.
//!
//! Such pictures have no colour, or stand on black. What is written on them was written by a machine or on a film, so it is
//! covered as in a radiograph. In a photograph of a room or a person there is colour, or a face, and the edges are seldom
//! black (`docs/pixels.md`, Slices and captures).

use crate::pixels::{Ground, Picture, Samples};

/// The part of width and height along each edge that is looked at, as a divisor.
const EDGE: u32 = 12;
/// Black, in parts of the whole range, as a divisor: what compression leaves of it.
const BLACK: u32 = 8;
/// How much of the edges is black, in percent.
const MOSTLY: u64 = 70;
/// How far red, green and blue may be apart where there is no colour, in parts of the whole range, as a divisor.
const GREY: u32 = 16;
/// One pixel in so many may be further apart: compression leaves some.
const FEW: usize = 1_000;

/// What writing in a picture is looked for as, by what is known of the recording, and whether a face was seen in it.
pub(super) fn ground(picture: &Picture, known: Ground, portrait: bool) -> Ground {
    let photograph = match known {
        Ground::Radiograph => false,
        Ground::Capture | Ground::Photograph if portrait => !is_black(picture),
        Ground::Capture => false,
        Ground::Photograph => !is_grey(picture) && !is_black(picture),
    };
    if photograph { Ground::Photograph } else { Ground::Radiograph }
}

fn is_grey(picture: &Picture) -> bool {
    if picture.channels() == 1 {
        return true;
    }
    let apart = (1_u32 << picture.bits()) / GREY;
    let coloured = match picture.samples() {
        Samples::U8(samples) => coloured(samples, apart),
        Samples::U16(samples) => coloured(samples, apart),
    };
    coloured <= picture.samples().len() / 3 / FEW
}

/// Pixels of which the channels are further apart than this.
fn coloured<T: Copy + Ord + Into<u32>>(samples: &[T], apart: u32) -> usize {
    let span = |pixel: &[T]| -> u32 {
        let each = || pixel.iter().copied().map(Into::into);
        each().max().unwrap_or(0_u32) - each().min().unwrap_or(0_u32)
    };
    samples.chunks_exact(3).filter(|pixel| span(pixel) > apart).count()
}

/// Whether most of the picture's edges are black.
fn is_black(picture: &Picture) -> bool {
    let (width, height) = (picture.width(), picture.height());
    let channels = usize::from(picture.channels());
    let most = 1_u32 << picture.bits();
    let limit = most / BLACK;
    let value = |at: usize| match picture.samples() {
        Samples::U8(samples) => samples.get(at).copied().map_or(0, u32::from),
        Samples::U16(samples) => samples.get(at).copied().map_or(0, u32::from),
    };
    let shown = |at: usize| if picture.is_inverted() { (most - 1).saturating_sub(value(at)) } else { value(at) };
    let (beside, above) = ((width / EDGE).max(1), (height / EDGE).max(1));
    let (mut black, mut all) = (0_u64, 0_u64);
    let mut count = |x: u32, y: u32| {
        let at = (y as usize * width as usize + x as usize) * channels;
        all += 1;
        black += u64::from((at..at + channels).all(|at| shown(at) <= limit));
    };
    for y in 0..height {
        if y < above || y >= height.saturating_sub(above) {
            (0..width).for_each(|x| count(x, y));
        } else {
            (0..beside.min(width)).chain(width.saturating_sub(beside).max(beside)..width).for_each(|x| count(x, y));
        }
    }
    black * 100 >= all * MOSTLY
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey disc of this radius on a ground, 120 × 96.
    fn disc(radius: i32, ground: u8) -> Vec<u8> {
        let each = (0..120 * 96).map(|at| (at % 120 - 60, at / 120 - 48));
        each.map(|(x, y)| if x * x + y * y <= radius * radius { 160 } else { ground }).collect()
    }

    #[test]
    fn a_view_on_black_is_one_and_a_photograph_that_reaches_the_edges_is_none() {
        let picture = |samples| Picture::new(120, 96, 1, 8, Samples::U8(samples)).expect("a picture");
        let seen = [disc(44, 4), disc(44, 30), disc(44, 60), disc(90, 4)].map(|samples| is_black(&picture(samples)));
        assert_eq!(seen, [true, true, false, false]);
        let white = picture(disc(44, 250)).inverted(true);
        assert!(is_black(&white), "shown black");
        let rgb: Vec<u8> = disc(44, 4).iter().flat_map(|v| [*v, *v, *v]).collect();
        assert!(is_black(&Picture::new(120, 96, 3, 8, Samples::U8(rgb)).expect("a picture")));
        let blue: Vec<u8> = disc(44, 4).iter().flat_map(|v| [*v, *v, 200]).collect();
        assert!(!is_black(&Picture::new(120, 96, 3, 8, Samples::U8(blue)).expect("a picture")));
        let deep: Vec<u16> = disc(44, 4).iter().map(|v| u16::from(*v) << 4).collect();
        assert!(is_black(&Picture::new(120, 96, 1, 12, Samples::U16(deep)).expect("a picture")));
    }

    #[test]
    fn a_picture_without_colour_may_be_an_x_ray_and_one_with_some_colour_is_a_photograph() {
        let rgb = |coloured: usize| {
            let each = disc(90, 60).into_iter().enumerate();
            let samples = each.flat_map(|(at, v)| if at < coloured { [v, v / 2, v / 2] } else { [v, v + 3, v] });
            Picture::new(120, 96, 3, 8, Samples::U8(samples.collect())).expect("a picture")
        };
        assert_eq!([0, 11, 12, 3000].map(|coloured| is_grey(&rgb(coloured))), [true, true, false, false]);
        let grey = Picture::new(120, 96, 1, 8, Samples::U8(disc(90, 60))).expect("a picture");
        let black = Picture::new(120, 96, 1, 8, Samples::U8(disc(44, 4))).expect("a picture");
        let (r, p, c) = (Ground::Radiograph, Ground::Photograph, Ground::Capture);
        let cases = [
            (&grey, p, false, r),
            (&grey, p, true, p),
            (&grey, c, false, r),
            (&grey, c, true, p),
            (&grey, r, true, r),
            (&black, p, true, r),
            (&black, c, true, r),
            (&rgb(3000), p, false, p),
            (&rgb(3000), c, false, r),
        ];
        let mut tried = 0;
        for (picture, known, portrait, expected) in cases {
            assert_eq!(ground(picture, known, portrait), expected, "{tried}");
            tried += 1;
        }
        assert_eq!(tried, 9);
    }

    #[test]
    fn the_smallest_pictures_have_edges_too() {
        let mut tried = 0;
        for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 2), (24, 12)] {
            let samples = Samples::U8(vec![0; (width * height) as usize]);
            assert!(is_black(&Picture::new(width, height, 1, 8, samples).expect("a picture")), "{width} × {height}");
            tried += 1;
        }
        assert_eq!(tried, 5);
    }
}
