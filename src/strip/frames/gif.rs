//! GIF: every frame on the canvas that it is shown on.

use super::canvas::{Canvas, Moving, Raw};
use super::unseen;
use crate::cut::Source;
use crate::pixels::{Frames, Samples, Unseen};
use crate::strip::gif::picture::Pictures;
use crate::strip::redact::fill::Grid;

/// Opens a GIF.
pub(super) fn open(source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    let pictures = Pictures::read(source).map_err(unseen)?;
    Ok(Box::new(Canvas::new(pictures)?))
}

impl Moving for Pictures<'_> {
    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn shape(&self) -> (u8, u8) {
        (3, 8)
    }

    fn count(&self) -> u32 {
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }

    fn has_alpha(&self) -> bool {
        self.frames.iter().any(|frame| frame.transparent.is_some())
    }

    fn raw(&mut self, index: u32) -> Result<Raw, Unseen> {
        let (stored, _) = self.samples(index as usize).map_err(unseen)?;
        let colours = self.colours(index as usize).map_err(unseen)?;
        let frame = &self.frames[index as usize];
        let (width, height) = stored.size();
        let count = width as usize * height as usize;
        let (mut samples, mut alpha) = (Vec::with_capacity(count * 3), Vec::new());
        for y in 0..height {
            for x in 0..width {
                let index = stored.get(x, y, 0) as u8;
                samples.extend_from_slice(colours.get(usize::from(index)).unwrap_or(&[0; 3]));
                if let Some(transparent) = frame.transparent {
                    alpha.push(if index == transparent { 0 } else { 255 });
                }
            }
        }
        let alpha = frame.transparent.is_some().then_some(alpha);
        Ok(Raw { place: frame.place, samples: Samples::U8(samples), alpha, blends: true, disposal: frame.disposal })
    }
}
