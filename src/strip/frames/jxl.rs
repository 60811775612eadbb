//! JPEG XL, as jxl-oxide decodes it: every frame, in the orientation in which it is shown.

use super::guard::guarded;
use super::still::picture;
use super::stream::Stream;
use crate::cut::Source;
use crate::pixels::{Frames, MOST_SAMPLES, Picture, Unseen};
use jxl_oxide::image::BitDepth;
use jxl_oxide::{AllocTracker, JxlImage, JxlThreadPool};
use std::io::BufReader;

/// Memory that its decoder may take, in bytes: it holds samples as floating-point numbers, twice.
const MEMORY: usize = 768 << 20;

/// An opened picture.
struct Shown {
    image: JxlImage,
    frames: u32,
    colours: usize,
    beyond: u32,
}

/// Opens a JPEG XL picture. Channels beyond the colour are frames of their own, behind all others.
pub(super) fn open(source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    let damaged = || Unseen::damaged("the picture data are damaged");
    let image = guarded(|| {
        let builder = JxlImage::builder().pool(JxlThreadPool::none()).alloc_tracker(AllocTracker::with_limit(MEMORY));
        builder.read(BufReader::new(Stream::new(source))).ok()
    });
    let image = image.flatten().ok_or_else(damaged)?;
    if u64::from(image.width()) * u64::from(image.height()) * 3 > MOST_SAMPLES {
        return Err(Unseen::too_large("the picture is larger than any real one"));
    }
    if image.pixel_format().has_black() {
        return Err(Unseen::no_decoder("no decoder for JPEG XL pictures of inks is built in"));
    }
    let colours = if image.pixel_format().is_grayscale() { 1 } else { 3 };
    let beyond = u32::try_from(image.image_header().metadata.ec_info.len()).unwrap_or(u32::MAX);
    let frames = u32::try_from(image.num_loaded_keyframes()).unwrap_or(u32::MAX);
    match frames {
        0 => Err(damaged()),
        _ => Ok(Box::new(Shown { image, frames, colours, beyond })),
    }
}

impl Frames for Shown {
    fn count(&self) -> u32 {
        self.frames.saturating_mul(self.beyond.saturating_add(1))
    }

    fn transparency_of(&self, index: u32) -> Option<u32> {
        (index >= self.frames).then(|| index % self.frames.max(1))
    }

    fn frame(&mut self, index: u32) -> Result<Picture, Unseen> {
        let bits = match self.image.image_header().metadata.bit_depth {
            BitDepth::IntegerSample { bits_per_sample } => bits_per_sample.clamp(1, 16),
            BitDepth::FloatSample { .. } => 16,
        };
        let (plane, index) = (index / self.frames, index % self.frames);
        let shown = guarded(|| {
            let render = self.image.render_frame(index as usize).ok()?;
            let all = render.image_all_channels();
            let (channels, buffer) = (all.channels(), all.buf());
            let taken = match plane {
                0 => 0..self.colours,
                _ => self.colours + plane as usize - 1..self.colours + plane as usize,
            };
            let planes: Vec<Vec<f32>> = taken
                .map(|n| buffer.chunks_exact(channels.max(1)).filter_map(|p| p.get(n)).copied().collect())
                .collect();
            let planes: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
            let size = (u32::try_from(all.width()).ok()?, u32::try_from(all.height()).ok()?);
            picture(size, bits, ((1_u32 << bits) - 1) as f32, &planes)
        });
        shown.flatten().ok_or_else(|| Unseen::damaged("the picture data are damaged"))
    }
}
