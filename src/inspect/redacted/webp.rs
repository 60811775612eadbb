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
        let pixel = old.pixel().max(new.pixel());
        let (old, new) = (old.of(pixel), new.of(pixel));
        compared += Covered::of(shown, index).prove(old.rows(), new.rows())?;
    }
    Ok(compared)
}

/// A decoded picture: red, green, blue, and transparency where it has any.
struct Decoded {
    place: Area,
    all: bool,
    samples: Vec<u8>,
}

impl Decoded {
    /// Bytes of a pixel.
    fn pixel(&self) -> usize {
        3 + usize::from(self.all)
    }

    /// The same in so many bytes a pixel: what has no transparency hides nothing.
    fn of(self, pixel: usize) -> Self {
        if self.pixel() == pixel {
            return self;
        }
        let samples = self.samples.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
        Self { all: true, samples, ..self }
    }

    fn rows(&self) -> Rows<'_> {
        Rows { place: self.place, pixel: self.pixel(), bytes: &self.samples }
    }
}

fn decode(bytes: &mut Bytes<'_>, frame: &Frame) -> Result<Decoded, Trouble> {
    let damaged = Trouble::Damaged("the picture cannot be decoded");
    let (Some((lossless, data)), Some((width, height))) = (&frame.picture, frame.size(bytes)?) else {
        return Err(damaged);
    };
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) * 4 > LARGEST as u64 {
        return Err(Trouble::TooLarge("a picture of more than any real one has"));
    }
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    let mut put = |name: &[u8; 4], data: &[u8]| {
        file.reserve(data.len() + 9);
        file.extend_from_slice(name);
        file.extend_from_slice(&(data.len() as u32).to_le_bytes());
        file.extend_from_slice(data);
        file.resize(file.len().next_multiple_of(2), 0);
    };
    if let Some(alpha) = frame.alpha.clone().filter(|_| !lossless) {
        let (w, h) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
        put(b"VP8X", &[&[0x10, 0, 0, 0], &w[..3], &h[..3]].concat());
        put(b"ALPH", &bytes.copy(alpha, LARGEST)?);
    }
    put(if *lossless { b"VP8L" } else { b"VP8 " }, &bytes.copy(data.clone(), LARGEST)?);
    let length = (file.len() as u32 - 8).to_le_bytes();
    file[4..8].copy_from_slice(&length);
    let (all, samples) = quietly(|| {
        let mut decoder = WebPDecoder::new(Cursor::new(file)).ok()?;
        decoder.set_memory_limit(LARGEST);
        let mut samples = vec![0; decoder.output_buffer_size()?];
        decoder.read_image(&mut samples).ok()?;
        Some((decoder.has_alpha(), samples))
    })
    .ok_or(damaged)?;
    let corner = frame.header.map_or((0, 0), |header| {
        let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], 0]);
        (number(0) * 2, number(3) * 2)
    });
    Ok(Decoded { place: Area::new(corner.0, corner.1, width, height), all, samples })
}
