//! PNG and APNG: samples as they are stored, palettes resolved.

use super::canvas::{Canvas, Moving, Raw};
use super::unseen;
use crate::cut::Source;
use crate::pixels::{Frames, Samples, Unseen};
use crate::strip::png::picture::{Pictures, Stored};
use crate::strip::redact::fill::Grid;

/// Opens a PNG.
pub(super) fn open(source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    let pictures = Pictures::read(source).map_err(unseen)?;
    Ok(Box::new(Canvas::new(pictures)?))
}

impl Moving for Pictures<'_> {
    fn size(&self) -> (u32, u32) {
        Pictures::size(self)
    }

    fn shape(&self) -> (u8, u8) {
        match self.kind() {
            (3, _) => (3, 8),
            (0 | 4, depth) => (1, depth),
            (_, depth) => (3, depth),
        }
    }

    fn count(&self) -> u32 {
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }

    fn has_alpha(&self) -> bool {
        matches!(self.kind().0, 4 | 6) || !self.transparent.is_empty()
    }

    fn raw(&mut self, index: u32) -> Result<Raw, Unseen> {
        let stored = self.samples(index as usize).map_err(unseen)?;
        let (colour, depth) = self.kind();
        let (samples, alpha) = match colour {
            3 => self.coloured(&stored),
            _ => split(&stored, colour, depth),
        };
        let alpha = alpha.or_else(|| self.keyed(&samples, colour));
        let frame = &self.frames[index as usize];
        Ok(Raw { place: frame.place, samples, alpha, blends: frame.blends, disposal: frame.disposal })
    }
}

impl Pictures<'_> {
    /// Colours and transparency of palette indices.
    fn coloured(&self, stored: &Stored) -> (Samples, Option<Vec<u8>>) {
        let (width, height) = stored.size();
        let count = width as usize * height as usize;
        let (mut colours, mut alpha) = (Vec::with_capacity(count * 3), Vec::new());
        for y in 0..height {
            for x in 0..width {
                let index = stored.get(x, y, 0) as usize;
                colours.extend_from_slice(self.palette.get(index).unwrap_or(&[0; 3]));
                if !self.transparent.is_empty() {
                    alpha.push(self.transparent.get(index).copied().unwrap_or(255));
                }
            }
        }
        (Samples::U8(colours), (!self.transparent.is_empty()).then_some(alpha))
    }

    /// Transparency of the one colour that tRNS names.
    fn keyed(&self, samples: &Samples, colour: u8) -> Option<Vec<u8>> {
        let channels = match colour {
            0 => 1,
            2 => 3,
            _ => return None,
        };
        let key: Vec<u16> = self.transparent.chunks_exact(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect();
        if key.len() != channels {
            return None;
        }
        let seen = |same: bool| if same { 0 } else { 255 };
        Some(match samples {
            Samples::U8(all) => all
                .chunks_exact(channels)
                .map(|pixel| seen(pixel.iter().zip(&key).all(|(sample, key)| u16::from(*sample) == *key)))
                .collect(),
            Samples::U16(all) => all.chunks_exact(channels).map(|pixel| seen(pixel == key)).collect(),
        })
    }
}

/// Colour and transparency of pixels that hold both.
fn split(stored: &Stored, colour: u8, depth: u8) -> (Samples, Option<Vec<u8>>) {
    let (width, height) = stored.size();
    let all = stored.channels();
    let shown = if matches!(colour, 4 | 6) { all - 1 } else { all };
    let count = width as usize * height as usize;
    let (mut narrow, mut wide, mut alpha) = (Vec::new(), Vec::new(), Vec::new());
    match depth {
        16 => wide.reserve(count * shown),
        _ => narrow.reserve(count * shown),
    }
    for y in 0..height {
        match (stored.row(y), depth) {
            (Some(row), 8) => {
                for pixel in row.chunks_exact(all) {
                    narrow.extend_from_slice(&pixel[..shown]);
                    alpha.extend_from_slice(&pixel[shown..]);
                }
            }
            (Some(row), 16) => {
                for pixel in row.chunks_exact(2 * all) {
                    wide.extend(pixel[..2 * shown].chunks_exact(2).map(|b| u16::from_be_bytes([b[0], b[1]])));
                    alpha.extend(pixel[2 * shown..].first());
                }
            }
            _ => {
                for x in 0..width {
                    let sample = |channel| stored.get(x, y, channel);
                    match depth {
                        16 => wide.extend((0..shown).map(|channel| sample(channel) as u16)),
                        _ => narrow.extend((0..shown).map(|channel| sample(channel) as u8)),
                    }
                    alpha.extend((shown..all).map(|channel| (sample(channel) >> (depth - 8)) as u8));
                }
            }
        }
    }
    let samples = if depth == 16 { Samples::U16(wide) } else { Samples::U8(narrow) };
    (samples, (shown < all).then_some(alpha))
}
