//! Proves a redacted BMP: both are decoded by the image crate.

use super::Task;
use super::raster::{Covered, Rows};
use crate::cut::Source;
use crate::inspect::Trouble;
use crate::inspect::exif::quietly;
use crate::inspect::stream::Stream;
use crate::place::Area;
use image::{ImageDecoder, codecs::bmp::BmpDecoder};
use std::io::BufReader;

/// Memory that a picture may take, in bytes.
const MEMORY: u64 = 512 << 20;

pub(super) fn prove(shown: &Task<'_>) -> Result<u64, Trouble> {
    shown.has_frames(1)?;
    let (before, after) = (decode(shown.cleaned)?, decode(shown.output)?);
    let rows = |picture| {
        let (place, pixel, bytes): &(Area, usize, Vec<u8>) = picture;
        Rows { place: *place, pixel: *pixel, bytes }
    };
    Covered::of(shown, 0).prove(rows(&before), rows(&after))
}

fn decode(source: &dyn Source) -> Result<(Area, usize, Vec<u8>), Trouble> {
    let budget = source.len().saturating_mul(4).saturating_add(1 << 20);
    let decoded = quietly(|| {
        let decoder = BmpDecoder::new(BufReader::new(Stream::new(source, budget))).ok()?;
        let (width, height) = decoder.dimensions();
        let length = usize::try_from(decoder.total_bytes()).ok().filter(|_| decoder.total_bytes() <= MEMORY)?;
        let (pixel, mut bytes) = (usize::from(decoder.color_type().bytes_per_pixel()), vec![0; length]);
        decoder.read_image(&mut bytes).ok()?;
        Some((Area::new(0, 0, width, height), pixel, bytes))
    });
    decoded.ok_or(Trouble::Damaged("the picture cannot be decoded"))
}
