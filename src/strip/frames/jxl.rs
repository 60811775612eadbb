//! JPEG XL, as jxl-oxide decodes it: every frame, in the orientation in which it is shown.
//!
//! Its decoder holds samples as floating-point numbers, so a picture is decoded in bands and each turned to whole numbers
//! before the next. Frames that need others are decoded whole, and are held back where that takes too much.

use super::guard::guarded;
use super::stream::Stream;
use crate::cut::Source;
use crate::pixels::{Frames, Picture, Samples, Unseen};
use jxl_oxide::image::BitDepth;
use jxl_oxide::{AllocTracker, CropInfo, JxlImage, JxlThreadPool};
use std::io::BufReader;

/// Memory that its decoder may take, in bytes.
const MEMORY: usize = 160 << 20;
/// Bytes of the samples of a picture, at most.
const LARGEST: u64 = 160 << 20;
/// Rows of a band: some groups of 256.
const BAND: u32 = 512;
/// Of more frames than this each is decoded whole, for a band of one may need all before it.
const FEW: usize = 3;

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
    if image.pixel_format().has_black() {
        return Err(Unseen::no_decoder("no decoder for JPEG XL pictures of inks is built in"));
    }
    let colours = if image.pixel_format().is_grayscale() { 1 } else { 3 };
    let beyond = u32::try_from(image.image_header().metadata.ec_info.len()).unwrap_or(u32::MAX);
    let pixels = u64::from(image.width()) * u64::from(image.height());
    let bytes = pixels.saturating_mul(colours as u64 * if bits(&image) > 8 { 2 } else { 1 });
    if bytes > LARGEST {
        return Err(Unseen::too_large("the picture is larger than what is decoded of JPEG XL here"));
    }
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
        let (plane, index) = (index / self.frames, index % self.frames);
        let taken = match plane {
            0 => 0..self.colours,
            _ => self.colours + plane as usize - 1..self.colours + plane as usize,
        };
        let shown = guarded(|| self.decoded(index as usize, taken));
        shown
            .flatten()
            .ok_or_else(|| Unseen::damaged("the picture data are damaged, or take too much memory to decode"))
    }
}

impl Shown {
    /// Some channels of a frame, band by band; none where it cannot be decoded.
    fn decoded(&mut self, index: usize, taken: std::ops::Range<usize>) -> Option<Picture> {
        let (width, height, bits) = (self.image.width(), self.image.height(), bits(&self.image));
        let most = ((1_u32 << bits) - 1) as f32;
        let band = if self.image.num_loaded_frames() > FEW { height } else { BAND };
        let (mut narrow, mut wide) = (Vec::new(), Vec::new());
        for top in (0..height).step_by(band.max(1) as usize) {
            let rows = band.min(height - top);
            if band < height {
                self.image.set_image_region(CropInfo { width, height: rows, left: 0, top });
            }
            let render = self.image.render_frame(index).ok()?;
            let all = render.image_all_channels();
            if (all.width(), all.height()) != (width as usize, rows as usize) || taken.end > all.channels() {
                return None;
            }
            let pixels = all.buf().chunks_exact(all.channels());
            let values = pixels.flat_map(|pixel| &pixel[taken.clone()]).map(|v| (v * most).round().clamp(0.0, most));
            match bits {
                1..=8 => narrow.extend(values.map(|v| v as u8)),
                _ => wide.extend(values.map(|v| v as u16)),
            }
        }
        let samples = if bits > 8 { Samples::U16(wide) } else { Samples::U8(narrow) };
        Picture::new(width, height, taken.len() as u8, bits, samples)
    }
}

/// Bits of a sample as they are looked at.
fn bits(image: &JxlImage) -> u8 {
    match image.image_header().metadata.bit_depth {
        BitDepth::IntegerSample { bits_per_sample } => bits_per_sample.clamp(1, 16) as u8,
        BitDepth::FloatSample { .. } => 16,
    }
}
