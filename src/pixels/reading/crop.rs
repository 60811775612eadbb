//! A box of a picture as a reader of letters likes it: grey, dark on light, letters about 40 pixels high, with a light rim.

use super::Word;
use crate::pixels::{Picture, Samples};
use crate::place::Area;

/// Height of letters in a crop, in pixels: readers do best at 30 to 50.
const LETTER: f64 = 40.0;
/// Height of a mark of one line by that of its letters: the detector pads it by 0.42 above and below.
const PADDED: f64 = 1.84;
/// Enlarged and shrunk at most so much.
const TIMES: (f64, f64) = (0.1, 8.0);
/// The most pixels of a crop.
const MOST: f64 = 1_500_000.0;
/// The rim, in pixels.
const RIM: usize = 12;
/// What is darker than this, of 255, is ink.
const INK: u8 = 110;
/// How far ink may reach over the box of its word, in pixels of the crop.
const OVER: u32 = 6;

/// A crop of 8 bits.
#[derive(Clone)]
pub struct Crop {
    width: usize,
    height: usize,
    grey: Vec<u8>,
}

/// Debug shows no sample: a name may stand there.
impl std::fmt::Debug for Crop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "crop of {}×{}", self.width, self.height)
    }
}

impl Crop {
    /// The part of a picture, enlarged; none where it lies outside, is much higher than wide, or is flat.
    pub fn of(picture: &Picture, area: Area) -> Option<Self> {
        let area = area.within(picture.width(), picture.height())?;
        if area.is_empty() || u64::from(area.height) > 3 * u64::from(area.width) {
            return None;
        }
        let grey = cut(picture, area);
        let (low, high) = (*grey.iter().min()?, *grey.iter().max()?);
        if high - low < 8 {
            return None;
        }
        // What stands around letters is more than they are.
        let mut sorted = grey.clone();
        sorted.sort_unstable();
        let middle = sorted.get(sorted.len() / 2).copied()?;
        let dark_ground = middle - low < high - middle;
        let shown = |v: u32| {
            let v = ((v - low) * 255 / (high - low)) as u8;
            if dark_ground { 255 - v } else { v }
        };
        let grey: Vec<u8> = grey.into_iter().map(shown).collect();
        let (w, h) = (area.width as usize, area.height as usize);
        let times = (LETTER * PADDED / h as f64).clamp(TIMES.0, TIMES.1);
        let times = times.min((MOST / (w as f64 * h as f64)).sqrt());
        Some(Self { width: w, height: h, grey }.enlarged(times).rimmed())
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// As a portable grey map (netpbm `pgm`, form P5).
    pub fn pgm(&self) -> Vec<u8> {
        let mut out = format!("P5\n{} {}\n255\n", self.width, self.height).into_bytes();
        out.extend_from_slice(&self.grey);
        out
    }

    /// Whether all ink lies in the words' boxes, so that nothing in the crop was passed over.
    pub(super) fn is_all_in(&self, words: &[Word]) -> bool {
        let boxes: Vec<Area> =
            words.iter().map(|word| word.area.padded(OVER, self.width as u32, self.height as u32)).collect();
        let inked = self.grey.iter().enumerate().filter(|(_, v)| **v < INK);
        let mut places = inked.map(|(at, _)| ((at % self.width) as u32, (at / self.width) as u32));
        places.all(|(x, y)| boxes.iter().any(|area| area.contains(x, y)))
    }

    fn enlarged(&self, times: f64) -> Self {
        let side = |n: usize| ((n as f64 * times).round() as usize).max(1);
        let (width, height) = (side(self.width), side(self.height));
        let mut grey = Vec::with_capacity(width * height);
        let place = |at: usize, length: usize| {
            let exact = ((at as f64 + 0.5) / times - 0.5).clamp(0.0, (length - 1) as f64);
            let first = exact as usize;
            (first, (first + 1).min(length - 1), exact - first as f64)
        };
        for y in 0..height {
            let (upper, lower, down) = place(y, self.height);
            for x in 0..width {
                let (left, right, along) = place(x, self.width);
                let at = |x: usize, y: usize| f64::from(self.grey.get(y * self.width + x).copied().unwrap_or(255));
                let row = |y: usize| at(left, y) * (1.0 - along) + at(right, y) * along;
                grey.push((row(upper) * (1.0 - down) + row(lower) * down).round() as u8);
            }
        }
        Self { width, height, grey }
    }

    fn rimmed(&self) -> Self {
        let (width, height) = (self.width + 2 * RIM, self.height + 2 * RIM);
        let mut grey = vec![255; width * height];
        let inner = self.grey.chunks_exact(self.width);
        for (row, line) in grey.chunks_exact_mut(width).skip(RIM).zip(inner) {
            row[RIM..RIM + self.width].copy_from_slice(line);
        }
        Self { width, height, grey }
    }
}

/// The grey values of an area; of a colour the channel that differs most, so that red on green of one lightness is seen.
fn cut(picture: &Picture, area: Area) -> Vec<u32> {
    let samples = |at: usize| match picture.samples() {
        Samples::U8(samples) => samples.get(at).map_or(0, |v| u32::from(*v)),
        Samples::U16(samples) => samples.get(at).map_or(0, |v| u32::from(*v)),
    };
    let channels = usize::from(picture.channels());
    let plane = |channel: usize| -> Vec<u32> {
        let rows = area.y..area.bottom();
        let pixels = rows.flat_map(|y| (area.x..area.right()).map(move |x| (x as usize, y as usize)));
        pixels.map(|(x, y)| samples((y * picture.width() as usize + x) * channels + channel)).collect()
    };
    let spread = |plane: &Vec<u32>| plane.iter().max().unwrap_or(&0) - plane.iter().min().unwrap_or(&0);
    (0..channels).map(plane).max_by_key(spread).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_shown_dark_on_light_about_forty_pixels_high_whatever_they_were() {
        let mut tried = 0;
        for (ground, ink) in [(20u8, 230u8), (230, 20), (100, 140)] {
            for height in [10u32, 18, 60] {
                let (w, letter) = (4 * height, height * 100 / 184);
                let pixels = (0..w * height).map(|at| (at % w, at / w));
                let inside = |(x, y): (u32, u32)| {
                    (height..height + letter / 4 + 1).contains(&x)
                        && ((height - letter) / 2..(height + letter) / 2).contains(&y)
                };
                let px = pixels.map(|at| if inside(at) { ink } else { ground }).collect();
                let picture = Picture::new(w, height, 1, 8, Samples::U8(px)).expect("a picture");
                let crop = Crop::of(&picture, Area::new(0, 0, w, height)).expect("a crop");
                assert_eq!((crop.grey[0], crop.grey.iter().min()), (255, Some(&0)));
                let inked =
                    (0..crop.height).filter(|y| crop.grey[y * crop.width..][..crop.width].iter().any(|v| *v < INK));
                let high = inked.count();
                assert!((30..=52).contains(&high), "{ground} {height}: {high}");
                assert!(crop.pgm().starts_with(format!("P5\n{} {}\n255\n", crop.width, crop.height).as_bytes()));
                assert!(format!("{crop:?}").starts_with("crop of "));
                tried += 1;
            }
        }
        assert_eq!(tried, 9);
        let flat = Picture::new(9, 9, 1, 8, Samples::U8(vec![7; 81])).expect("a picture");
        assert!(Crop::of(&flat, Area::new(0, 0, 9, 9)).is_none(), "nothing stands there");
        assert!(Crop::of(&flat, Area::new(50, 0, 9, 9)).is_none(), "it lies outside");
    }
}
