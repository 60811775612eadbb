//! Samples of one frame as they are stored, and the picture that they make.
//!
//! DICOM PS3.5 8.1.1 (bits stored, high bit), PS3.3 C.7.6.3.1.2 (photometric interpretations).

use super::palette::Palette;
use super::shape::{Photometric, Shape};
use crate::pixels::{Picture, Samples};

/// Samples side by side, every bit of them as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dicom) enum Cells {
    /// Of up to 8 bits.
    Octets(Vec<u8>),
    /// Of 16 bits.
    Words(Vec<u16>),
}

impl Cells {
    /// One sample.
    pub(in crate::dicom) fn get(&self, index: usize) -> u16 {
        match self {
            Cells::Octets(cells) => cells.get(index).copied().map_or(0, u16::from),
            Cells::Words(cells) => cells.get(index).copied().unwrap_or(0),
        }
    }

    /// Sets one sample.
    pub(in crate::dicom) fn set(&mut self, index: usize, value: u16) {
        match self {
            Cells::Octets(cells) => {
                if let Some(cell) = cells.get_mut(index) {
                    *cell = value as u8;
                }
            }
            Cells::Words(cells) => {
                if let Some(cell) = cells.get_mut(index) {
                    *cell = value;
                }
            }
        }
    }

    /// How many there are.
    pub(in crate::dicom) fn len(&self) -> usize {
        match self {
            Cells::Octets(cells) => cells.len(),
            Cells::Words(cells) => cells.len(),
        }
    }

    /// Decoded values of so many bits, as an object of this shape would store them: in its size of cells, signed where
    /// it is signed.
    pub(in crate::dicom) fn of(values: Vec<u16>, precision: u8, shape: &Shape) -> Self {
        if shape.allocated <= 8 {
            return Cells::Octets(values.into_iter().map(|v| v as u8).collect());
        }
        if !shape.signed || precision >= 16 || precision == 0 {
            return Cells::Words(values);
        }
        let empty = 16 - precision;
        Cells::Words(values.into_iter().map(|v| (((v << empty) as i16) >> empty) as u16).collect())
    }
}

/// What the samples of a frame are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dicom) enum Colour {
    /// One sample a pixel: grey, or a number of a colour.
    Single,
    /// Red, green, blue.
    Rgb,
    /// Luminance and chrominance.
    Ybr,
}

/// A frame as it is stored.
#[derive(Debug, Clone)]
pub(in crate::dicom) struct Frame {
    /// Its samples, those of a pixel side by side.
    pub(in crate::dicom) cells: Cells,
    /// What they are.
    pub(in crate::dicom) colour: Colour,
}

/// The bits of a cell that are used, as an unsigned number that rises with the value.
pub(in crate::dicom) fn value(cell: u16, shape: &Shape) -> u16 {
    let mask = ((1u32 << shape.stored) - 1) as u16;
    let value = (cell >> shape.shift) & mask;
    if shape.signed { value ^ (1u16 << (shape.stored - 1)) } else { value }
}

impl Frame {
    /// The picture that it makes; none where the palette is missing.
    pub(in crate::dicom) fn picture(&self, shape: &Shape, palette: Option<&Palette>) -> Option<Picture> {
        let picture = |channels, bits, samples| Picture::new(shape.columns, shape.rows, channels, bits, samples);
        if shape.photometric == Photometric::Palette {
            let (bits, samples) = palette?.resolve(&self.cells, shape);
            return picture(3, bits, samples);
        }
        let samples = self.values(shape);
        let samples = if self.colour == Colour::Ybr { rgb(samples, shape.stored) } else { samples };
        let inverted = shape.photometric == Photometric::Monochrome1;
        Some(picture(shape.samples, shape.stored, samples)?.inverted(inverted))
    }

    fn values(&self, shape: &Shape) -> Samples {
        let plain = !shape.signed && shape.shift == 0;
        match &self.cells {
            Cells::Octets(cells) if plain && shape.stored == 8 => Samples::U8(cells.clone()),
            Cells::Words(cells) if plain && shape.stored == 16 => Samples::U16(cells.clone()),
            Cells::Octets(cells) => Samples::U8(cells.iter().map(|c| value(u16::from(*c), shape) as u8).collect()),
            Cells::Words(cells) if shape.stored <= 8 => {
                Samples::U8(cells.iter().map(|c| value(*c, shape) as u8).collect())
            }
            Cells::Words(cells) => Samples::U16(cells.iter().map(|c| value(*c, shape)).collect()),
        }
    }
}

/// Luminance and chrominance to red, green and blue (PS3.3 C.7.6.3.1.2, YBR_FULL).
fn rgb(samples: Samples, bits: u8) -> Samples {
    let (most, middle) = (((1u32 << bits) - 1) as f32, (1u32 << (bits - 1)) as f32);
    let turn = |y: f32, b: f32, r: f32| {
        let (b, r) = (b - middle, r - middle);
        [y + 1.402 * r, y - 0.344_136 * b - 0.714_136 * r, y + 1.772 * b].map(|v| v.round().clamp(0.0, most))
    };
    match samples {
        Samples::U8(mut all) => {
            for p in all.chunks_exact_mut(3) {
                p.copy_from_slice(&turn(f32::from(p[0]), f32::from(p[1]), f32::from(p[2])).map(|v| v as u8));
            }
            Samples::U8(all)
        }
        Samples::U16(mut all) => {
            for p in all.chunks_exact_mut(3) {
                p.copy_from_slice(&turn(f32::from(p[0]), f32::from(p[1]), f32::from(p[2])).map(|v| v as u16));
            }
            Samples::U16(all)
        }
    }
}
