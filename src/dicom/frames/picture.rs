//! The picture that stored samples make for those who look.
//!
//! DICOM PS3.3 C.7.6.3.1.2 (photometric interpretations).

use super::cells::{Cells, Colour, Frame, value};
use super::palette::Palette;
use super::shape::{Photometric, Shape};
use crate::pixels::{Picture, Samples};

/// The picture that a frame makes; none where the palette is missing.
pub(super) fn picture(frame: &Frame, shape: &Shape, palette: Option<&Palette>) -> Option<Picture> {
    let picture = |channels, bits, samples| Picture::new(shape.columns, shape.rows, channels, bits, samples);
    if shape.photometric == Photometric::Palette {
        let (bits, samples) = palette?.resolve(&frame.cells, shape);
        return picture(3, bits, samples);
    }
    let samples = values(frame, shape);
    let samples = if frame.colour == Colour::Ybr { rgb(samples, shape.stored) } else { samples };
    let inverted = shape.photometric == Photometric::Monochrome1;
    Some(picture(shape.samples, shape.stored, samples)?.inverted(inverted))
}

fn values(frame: &Frame, shape: &Shape) -> Samples {
    let plain = !shape.signed && shape.shift == 0;
    match &frame.cells {
        Cells::Octets(cells) if plain && shape.stored == 8 => Samples::U8(cells.clone()),
        Cells::Words(cells) if plain && shape.stored == 16 => Samples::U16(cells.clone()),
        Cells::Octets(cells) => Samples::U8(cells.iter().map(|c| value(u16::from(*c), shape) as u8).collect()),
        Cells::Words(cells) if shape.stored <= 8 => Samples::U8(cells.iter().map(|c| value(*c, shape) as u8).collect()),
        Cells::Words(cells) => Samples::U16(cells.iter().map(|c| value(*c, shape)).collect()),
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
