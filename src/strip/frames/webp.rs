//! WebP, lossy or lossless: every frame on the canvas that it is shown on.

use super::canvas::{Canvas, Moving, Raw};
use super::unseen;
use crate::cut::Source;
use crate::pixels::{Frames, Samples, Unseen};
use crate::strip::redact::fill::Grid;
use crate::strip::webp::picture::Pictures;

/// A WebP file's pictures, and whether any of them has transparency.
struct Shown<'s>(Pictures<'s>, bool);

/// Opens a WebP.
pub(super) fn open(source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    let mut pictures = Pictures::read(source).map_err(unseen)?;
    let mut alpha = false;
    for index in 0..pictures.frames.len() {
        alpha |= pictures.is_transparent(index).map_err(unseen)?;
    }
    Ok(Box::new(Canvas::new(Shown(pictures, alpha))?))
}

impl Moving for Shown<'_> {
    fn size(&self) -> (u32, u32) {
        self.0.size
    }

    fn shape(&self) -> (u8, u8) {
        (3, 8)
    }

    fn count(&self) -> u32 {
        u32::try_from(self.0.frames.len()).unwrap_or(u32::MAX)
    }

    fn has_alpha(&self) -> bool {
        self.1
    }

    fn raw(&mut self, index: u32) -> Result<Raw, Unseen> {
        let stored = self.0.samples(index as usize).map_err(unseen)?;
        let frame = &self.0.frames[index as usize];
        let (samples, alpha) = match stored.channels() {
            4 => {
                let mut colours = Vec::with_capacity(stored.bytes.len() / 4 * 3);
                stored.bytes.chunks_exact(4).for_each(|pixel| colours.extend_from_slice(&pixel[..3]));
                (colours, Some(stored.bytes.chunks_exact(4).map(|pixel| pixel[3]).collect()))
            }
            _ => (stored.bytes, None),
        };
        let (place, blends, disposal) = (frame.place, frame.blends, frame.disposal);
        Ok(Raw { place, samples: Samples::U8(samples), alpha, blends, disposal })
    }
}
