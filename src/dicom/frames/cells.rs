//! Samples of one frame as they are stored.
//!
//! DICOM PS3.5 8.1.1 (bits stored, high bit).

use super::shape::Shape;

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
