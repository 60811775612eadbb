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
    let middle = 1u16 << (bits - 1);
    match samples {
        Samples::U8(mut all) => {
            // What has no colour is what it was, and most of most clips of ultrasound has none.
            for p in all.as_chunks_mut::<3>().0 {
                match *p {
                    [y, b, r] if u16::from(b) == middle && u16::from(r) == middle => *p = [y; 3],
                    [y, b, r] => *p = turned([y.into(), b.into(), r.into()], bits).map(|v| v as u8),
                }
            }
            Samples::U8(all)
        }
        Samples::U16(mut all) => {
            for p in all.as_chunks_mut::<3>().0 {
                *p = turned(*p, bits);
            }
            Samples::U16(all)
        }
    }
}

/// One pixel.
#[inline]
fn turned([y, b, r]: [u16; 3], bits: u8) -> [u16; 3] {
    let (most, middle) = (((1u32 << bits) - 1) as f32, (1u32 << (bits - 1)) as f32);
    let (y, b, r) = (f32::from(y), f32::from(b) - middle, f32::from(r) - middle);
    let green = nearest(y - 0.344_136 * b - 0.714_136 * r, most);
    [nearest(y + 1.402 * r, most), green, nearest(y + 1.772 * b, most)]
}

/// The whole number nearest to a value, within 0 and `most`: `round` without a call of a function for each sample.
#[inline]
pub(super) fn nearest(value: f32, most: f32) -> u16 {
    let value = value.clamp(0.0, most);
    let whole = value as u16;
    // What is cut off is exact, so this rounds as `round` does.
    whole + u16::from(value - f32::from(whole) >= 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_number_is_what_rounding_gives() {
        let mut tried = 0;
        for most in [255.0, 4_095.0, 65_535.0] {
            let near = |whole: f32| [whole.next_down(), whole, whole.next_up()];
            let values = (-8..=2 * 65_540).flat_map(|half| near(half as f32 / 2.0));
            for value in values.chain([f32::MIN, f32::MAX, f32::INFINITY, f32::NEG_INFINITY, 0.499_999_97, -0.0]) {
                assert_eq!(nearest(value, most), value.round().clamp(0.0, most) as u16, "{value} of {most}");
                tried += 1;
            }
        }
        assert_eq!(tried, 3 * (3 * 131_089 + 6));
    }

    #[test]
    fn every_colour_is_turned_as_the_standard_says() {
        let most = 255.0;
        let mut tried = 0;
        for (b, r) in (0..=255_u8).step_by(3).flat_map(|b| (0..=255_u8).map(move |r| (b, r))) {
            let ys: Vec<u8> = (0..=255).step_by(5).collect();
            let Samples::U8(turned) = rgb(Samples::U8(ys.iter().flat_map(|y| [*y, b, r]).collect()), 8) else {
                panic!("bytes stay bytes")
            };
            for (y, turned) in ys.iter().zip(turned.as_chunks::<3>().0) {
                let (y, b, r) = (f32::from(*y), f32::from(b) - 128.0, f32::from(r) - 128.0);
                let wanted = [y + 1.402 * r, y - 0.344_136 * b - 0.714_136 * r, y + 1.772 * b];
                assert_eq!(*turned, wanted.map(|v| v.round().clamp(0.0, most) as u8));
                tried += 1;
            }
        }
        assert_eq!(tried, 86 * 256 * 52);
    }
}
