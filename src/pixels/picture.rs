//! One decoded frame: grey or RGB samples as they are stored, before any window or look-up table.

use std::fmt;
use std::sync::Arc;

/// The most samples of one frame that are decoded (a 16-bit frame of this size takes 256 MB).
pub const MOST_SAMPLES: u64 = 128 * 1024 * 1024;

/// Samples of a frame, row by row, channels side by side.
#[derive(Clone, PartialEq, Eq)]
pub enum Samples {
    /// Up to 8 significant bits.
    U8(Vec<u8>),
    /// 9 to 16 significant bits; signed values with an offset that makes the smallest possible one 0.
    U16(Vec<u16>),
}

impl Samples {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Samples::U8(samples) => samples.len(),
            Samples::U16(samples) => samples.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} samples", self.len())
    }
}

/// How light each stored value of grey is shown, from 0 on: a window or a table that its file states.
pub type Display = Arc<[u8]>;

/// One decoded frame.
///
/// Palettes are resolved to RGB, YCbCr is turned to RGB, and transparency is left out, so that what lies under it is seen
/// too. Debug shows no sample.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    channels: u8,
    bits: u8,
    inverted: bool,
    samples: Samples,
    displays: Vec<Display>,
}

impl Picture {
    /// A frame of `channels` 1 (grey) or 3 (RGB) with `bits` significant bits (1 to 16); none where size, channels and number
    /// of samples do not agree or are more than [`MOST_SAMPLES`].
    pub fn new(width: u32, height: u32, channels: u8, bits: u8, samples: Samples) -> Option<Self> {
        let expected = u64::from(width).checked_mul(u64::from(height))?.checked_mul(u64::from(channels))?;
        let fits = match samples {
            Samples::U8(_) => (1..=8).contains(&bits),
            Samples::U16(_) => (9..=16).contains(&bits),
        };
        let sound = matches!(channels, 1 | 3) && expected > 0 && expected <= MOST_SAMPLES && fits;
        (sound && samples.len() as u64 == expected).then_some(Self {
            width,
            height,
            channels,
            bits,
            inverted: false,
            samples,
            displays: Vec::new(),
        })
    }

    /// The same, shown with high values dark (DICOM MONOCHROME1, TIFF WhiteIsZero).
    pub fn inverted(mut self, inverted: bool) -> Self {
        self.inverted = inverted;
        self
    }

    /// The same, shown by these windows and tables besides: writing in it must not be plain to see by any of them.
    pub fn displayed(mut self, displays: Vec<Display>) -> Self {
        self.displays = displays;
        self
    }

    /// The windows and tables by which it is shown besides.
    pub fn displays(&self) -> &[Display] {
        &self.displays
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// 1 for grey, 3 for RGB.
    pub fn channels(&self) -> u8 {
        self.channels
    }

    /// Significant bits of a sample.
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// Whether high values are shown dark.
    pub fn is_inverted(&self) -> bool {
        self.inverted
    }

    /// The samples.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "picture of {}×{}, {} × {} bits", self.width, self.height, self.channels, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_as_many_samples_as_it_says_and_shows_none() {
        let picture = Picture::new(3, 2, 1, 8, Samples::U8(vec![77; 6])).expect("a picture");
        assert_eq!(format!("{picture:?}"), "picture of 3×2, 1 × 8 bits");
        let refused = [
            Picture::new(3, 2, 1, 8, Samples::U8(vec![0; 5])),
            Picture::new(3, 2, 2, 8, Samples::U8(vec![0; 12])),
            Picture::new(0, 2, 1, 8, Samples::U8(vec![])),
            Picture::new(3, 2, 1, 12, Samples::U8(vec![0; 6])),
            Picture::new(u32::MAX, u32::MAX, 3, 8, Samples::U8(vec![])),
        ];
        assert_eq!(refused.iter().flatten().count(), 0);
        assert_eq!(refused.len(), 5);
    }
}
