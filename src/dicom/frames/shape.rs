//! What the header of an object says of its samples, checked before a byte of them is read.
//!
//! DICOM PS3.3 C.7.6.3 (Image Pixel Module), PS3.5 8.1 and 8.2 (native and encapsulated samples).

use super::super::Object;
use super::super::value::trim;
use crate::pixels::{MOST_SAMPLES, Unseen};

/// How samples are turned to light (0028,0004).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dicom) enum Photometric {
    /// High values are dark.
    Monochrome1,
    /// High values are light.
    Monochrome2,
    /// Numbers of colours in a table.
    Palette,
    /// Red, green, blue.
    Rgb,
    /// Luminance and chrominance of the full range.
    YbrFull,
    /// The same, chrominance for every second column where it lies uncompressed.
    YbrFull422,
    /// What a JPEG 2000 codestream turns to red, green and blue itself.
    YbrInside,
}

impl Photometric {
    fn of(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"MONOCHROME1" => Self::Monochrome1,
            b"MONOCHROME2" => Self::Monochrome2,
            b"PALETTE COLOR" => Self::Palette,
            b"RGB" => Self::Rgb,
            b"YBR_FULL" => Self::YbrFull,
            b"YBR_FULL_422" => Self::YbrFull422,
            b"YBR_ICT" | b"YBR_RCT" => Self::YbrInside,
            _ => return None,
        })
    }

    /// Samples of a pixel.
    fn samples(self) -> u8 {
        if matches!(self, Self::Monochrome1 | Self::Monochrome2 | Self::Palette) { 1 } else { 3 }
    }

    /// Whether the samples are luminance and chrominance.
    pub(in crate::dicom) fn is_ybr(self) -> bool {
        matches!(self, Self::YbrFull | Self::YbrFull422)
    }
}

/// The shape of the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dicom) struct Shape {
    /// Pixels in a row (0028,0011).
    pub(in crate::dicom) columns: u32,
    /// Rows (0028,0010).
    pub(in crate::dicom) rows: u32,
    /// Samples of a pixel (0028,0002).
    pub(in crate::dicom) samples: u8,
    /// Bits that a sample takes up (0028,0100): 1, 8 or 16.
    pub(in crate::dicom) allocated: u8,
    /// Bits of it that are used (0028,0101).
    pub(in crate::dicom) stored: u8,
    /// Bits above which none is used: High Bit (0028,0102) and one, less the bits stored.
    pub(in crate::dicom) shift: u8,
    /// Whether values are signed (0028,0103).
    pub(in crate::dicom) signed: bool,
    /// Whether all samples of one colour lie together (0028,0006).
    pub(in crate::dicom) planar: bool,
    /// (0028,0004)
    pub(in crate::dicom) photometric: Photometric,
    /// (0028,0008)
    pub(in crate::dicom) frames: u32,
}

impl Shape {
    /// The shape that an object's header states.
    pub(in crate::dicom) fn of(object: &Object<'_>) -> Result<Self, Unseen> {
        let number = |tag| object.number(tag);
        let side = |tag| number(tag).and_then(|n| u32::try_from(n).ok()).filter(|n| (1..=65_535).contains(n));
        let (Some(rows), Some(columns)) = (side(0x0028_0010), side(0x0028_0011)) else {
            return Err(Unseen::damaged("the object does not say how large its picture is"));
        };
        let word = object.text(0x0028_0004).unwrap_or_default();
        let photometric = Photometric::of(trim(&word)).ok_or_else(|| {
            Unseen::no_decoder(
                "the object says in no known way how its samples are to be seen (photometric interpretation)",
            )
        })?;
        let samples = number(0x0028_0002).unwrap_or(1);
        if samples != u64::from(photometric.samples()) {
            return Err(Unseen::damaged("samples of a pixel and photometric interpretation contradict each other"));
        }
        if u64::from(rows) * u64::from(columns) * samples > MOST_SAMPLES {
            return Err(Unseen::too_large("a frame of the object is larger than what is decoded here"));
        }
        let allocated = match number(0x0028_0100) {
            Some(n @ (1 | 8 | 16)) => n as u8,
            Some(n @ (32 | 64)) => {
                return Err(Unseen::no_decoder(format!("samples of {n} bits are not looked at here")));
            }
            _ => {
                return Err(Unseen::damaged("the object says of no usual size that its samples have (bits allocated)"));
            }
        };
        let contradiction = || Unseen::damaged("the object contradicts itself about the bits of its samples");
        let stored = number(0x0028_0101).unwrap_or(u64::from(allocated));
        let stored = u8::try_from(stored).ok().filter(|n| (1..=allocated).contains(n)).ok_or_else(contradiction)?;
        let high = number(0x0028_0102).unwrap_or(u64::from(stored) - 1);
        let high = u8::try_from(high).ok().filter(|n| *n < allocated && n + 1 >= stored).ok_or_else(contradiction)?;
        let shape = Self {
            columns,
            rows,
            samples: photometric.samples(),
            allocated,
            stored,
            shift: high + 1 - stored,
            signed: number(0x0028_0103) == Some(1),
            planar: number(0x0028_0006) == Some(1) && samples == 3,
            photometric,
            frames: frames(object)?,
        };
        let odd = allocated == 1 && (stored != 1 || samples != 1);
        if odd { Err(contradiction()) } else { Ok(shape) }
    }

    /// Pixels of a frame.
    pub(in crate::dicom) fn pixels(&self) -> usize {
        self.rows as usize * self.columns as usize
    }

    /// Samples of a frame, chrominance in full.
    pub(in crate::dicom) fn cells(&self) -> usize {
        self.pixels() * usize::from(self.samples)
    }

    /// Whether chrominance lies there for every second column only, where the samples lie uncompressed.
    pub(in crate::dicom) fn is_halved(&self) -> bool {
        self.photometric == Photometric::YbrFull422
    }

    /// Bits of a frame that lies uncompressed.
    pub(in crate::dicom) fn native_bits(&self) -> u64 {
        let cells = if self.is_halved() { 2 * self.pixels() } else { self.cells() };
        cells as u64 * u64::from(self.allocated)
    }
}

/// The number of frames: one, where none is stated.
fn frames(object: &Object<'_>) -> Result<u32, Unseen> {
    let stated = object.text(0x0028_0008).is_some_and(|text| !trim(&text).is_empty());
    match object.number(0x0028_0008).map(u32::try_from) {
        Some(Ok(n)) if n > 0 => Ok(n),
        None if !stated => Ok(1),
        _ => Err(Unseen::damaged("the object has a picture and says that it has no frames, or says no number")),
    }
}
