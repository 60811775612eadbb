//! Proves a redacted WebP: the coded pictures of both are decoded one by one by the image-webp crate, animation or not.

use super::Task;
use super::raster::{Covered, Rows};
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use crate::inspect::exif::quietly;
use crate::inspect::webp::frames::{Frame, shown as pictures};
use crate::place::Area;
use image_webp::WebPDecoder;
use std::io::Cursor;

/// The largest coded picture that is read, and the largest picture in bytes.
const LARGEST: usize = 256 << 20;

pub(super) fn prove(shown: &Task<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(shown.cleaned), Bytes::new(shown.output));
    let (before, after) = (pictures(&mut original)?, pictures(&mut output)?);
    if before.canvas != after.canvas || before.animation != after.animation || before.frames.len() != after.frames.len()
    {
        return Err(Trouble::SamplesChanged);
    }
    shown.has_frames(before.frames.len())?;
    let mut compared = 0;
    for (index, (old, new)) in before.frames.iter().zip(&after.frames).enumerate() {
        if old.header != new.header {
            return Err(Trouble::SamplesChanged);
        }
        let (old, new) = (decode(&mut original, old)?, decode(&mut output, new)?);
        let rows = |(place, bytes)| Rows { place, pixel: 4, bytes };
        compared += Covered::of(shown, index).prove(rows((old.0, &old.1)), rows((new.0, &new.1)))?;
    }
    Ok(compared)
}

/// Where a picture stands, and its red, green, blue and transparency.
fn decode(bytes: &mut Bytes<'_>, frame: &Frame) -> Result<(Area, Vec<u8>), Trouble> {
    let damaged = Trouble::Damaged("the picture cannot be decoded");
    let (Some((lossless, data)), Some((width, height))) = (&frame.picture, frame.size(bytes)?) else {
        return Err(damaged);
    };
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) * 4 > LARGEST as u64 {
        return Err(Trouble::TooLarge("a picture of more than any real one has"));
    }
    let mut chunks = Vec::new();
    let mut put = |name: &[u8; 4], data: &[u8]| {
        chunks.extend_from_slice(name);
        chunks.extend_from_slice(&(data.len() as u32).to_le_bytes());
        chunks.extend_from_slice(data);
        chunks.resize(chunks.len().next_multiple_of(2), 0);
    };
    if let Some(alpha) = frame.alpha.clone().filter(|_| !lossless) {
        let (w, h) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
        put(b"VP8X", &[&[0x10, 0, 0, 0], &w[..3], &h[..3]].concat());
        put(b"ALPH", &bytes.copy(alpha, LARGEST)?);
    }
    put(if *lossless { b"VP8L" } else { b"VP8 " }, &bytes.copy(data.clone(), LARGEST)?);
    let file = [&b"RIFF"[..], &(chunks.len() as u32 + 4).to_le_bytes(), b"WEBP", &chunks].concat();
    let samples = quietly(|| {
        let mut decoder = WebPDecoder::new(Cursor::new(file)).ok()?;
        decoder.set_memory_limit(LARGEST);
        let mut samples = vec![0; decoder.output_buffer_size()?];
        decoder.read_image(&mut samples).ok()?;
        let all = decoder.has_alpha();
        Some(if all { samples } else { samples.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect() })
    });
    let corner = frame.header.map_or((0, 0), |header| {
        let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], 0]);
        (number(0) * 2, number(3) * 2)
    });
    Ok((Area::new(corner.0, corner.1, width, height), samples.ok_or(damaged)?))
}
