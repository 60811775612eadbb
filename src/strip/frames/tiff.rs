//! TIFF and BigTIFF: every page, in samples as they are stored where they are whole numbers of up to 16 bits.
//!
//! TIFF 6.0, sections 4 to 6, 16 (CMYK), 21 (YCbCr). JPEG and fax pages are decoded by the tiff crate.

use super::guard::guarded;
use super::stream::Stream;
use super::unseen;
use crate::cut::Source;
use crate::pixels::{Frames, MOST_SAMPLES, Picture, Samples, Unseen};
use crate::place::Area;
use crate::strip::redact::fill::Grid;
use crate::strip::tiff::picture::{BEYOND, Page, Pages, Stored};
use std::io::BufReader;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};

/// A TIFF's pages; behind them, the samples of each that are beyond its colour.
struct Shown<'s> {
    pages: Pages<'s>,
    source: &'s dyn Source,
    beyond: Vec<(usize, usize)>,
}

/// Opens a TIFF.
pub(super) fn open(source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    let pages = Pages::read(source).map_err(unseen)?;
    let beyond = pages.beyond();
    Ok(Box::new(Shown { pages, source, beyond }))
}

impl Frames for Shown<'_> {
    fn count(&self) -> u32 {
        u32::try_from(self.pages.pages.len() + self.beyond.len()).unwrap_or(u32::MAX)
    }

    fn transparency_of(&self, index: u32) -> Option<u32> {
        let beyond = (index as usize).checked_sub(self.pages.pages.len())?;
        self.beyond.get(beyond).and_then(|(page, _)| u32::try_from(*page).ok())
    }

    /// ExtraSamples 1 and 2 are transparency, 0 is not said (TIFF 6.0, section 18).
    fn hides(&self, index: u32) -> bool {
        let beyond = (index as usize).checked_sub(self.pages.pages.len()).and_then(|n| self.beyond.get(n));
        beyond.and_then(|(page, channel)| Some((self.pages.pages.get(*page)?, *channel))).is_some_and(
            |(page, channel)| {
                let colours = page.channels.saturating_sub(page.extra.len());
                channel.checked_sub(colours).and_then(|n| page.extra.get(n)).is_some_and(|kind| matches!(kind, 1 | 2))
            },
        )
    }

    fn frame(&mut self, index: u32) -> Result<Picture, Unseen> {
        let index = index as usize;
        let pages = self.pages.pages.len();
        let (index, beyond) = match index.checked_sub(pages).and_then(|n| self.beyond.get(n)) {
            Some((page, channel)) => (*page, Some(*channel)),
            None => (index.min(pages.saturating_sub(1)), None),
        };
        let page = &self.pages.pages[index];
        let (width, height) = page.size;
        if u64::from(width) * u64::from(height) * page.channels.max(3) as u64 > MOST_SAMPLES {
            return Err(Unseen::too_large("the picture is larger than any real one"));
        }
        if beyond.is_some_and(|channel| channel >= page.channels - page.extra.len() + BEYOND) {
            return Err(Unseen::too_large("the picture has more channels than can be looked at"));
        }
        if page.is_plain().is_err() {
            return self.by_library(index);
        }
        let (palette, inverted) = (page.palette.clone(), page.photometric == 0);
        let form = Form::of(page, beyond)?;
        let whole = [Area::new(0, 0, width, height)];
        let (stored, _) = self.pages.samples(index, &whole).map_err(unseen)?;
        let samples = form.samples(&stored, &palette);
        let (channels, bits) = form.shape();
        let picture = Picture::new(width, height, channels, bits, samples);
        let picture = picture.ok_or_else(|| Unseen::damaged("the picture has no samples"))?;
        Ok(picture.inverted(inverted && beyond.is_none()))
    }
}

/// How samples become a picture.
enum Form {
    /// Samples from a channel on, as many as channels are shown, with bits, and what is added to signed ones.
    Plain { first: usize, channels: u8, bits: u32, signed: bool },
    /// Palette indices; whether the palette's values are of 8 bits.
    Palette { narrow: bool },
    /// Inks of so many bits.
    Inks(u32),
    /// Luminance and two of chrominance, 8 bits.
    Luminance,
}

impl Form {
    fn of(page: &Page, beyond: Option<usize>) -> Result<Self, Unseen> {
        let unusual = || Unseen::no_decoder("no decoder for TIFF pages with samples of this kind is built in");
        if !matches!(page.format, 1 | 2 | 4) || page.bits > 16 {
            return Err(unusual());
        }
        let (bits, signed) = (page.bits, page.format == 2);
        if let Some(channel) = beyond {
            return Ok(Form::Plain { first: channel, channels: 1, bits, signed });
        }
        match page.photometric {
            0 | 1 => Ok(Form::Plain { first: 0, channels: 1, bits, signed }),
            2 if page.channels >= 3 => Ok(Form::Plain { first: 0, channels: 3, bits, signed }),
            3 if page.palette.len() >= 3 << bits => {
                Ok(Form::Palette { narrow: page.palette.iter().all(|value| *value < 256) })
            }
            5 if page.channels >= 4 && matches!(bits, 8 | 16) => Ok(Form::Inks(bits)),
            6 if page.channels >= 3 && bits == 8 => Ok(Form::Luminance),
            _ => Err(unusual()),
        }
    }

    fn shape(&self) -> (u8, u8) {
        match self {
            Form::Plain { channels, bits, .. } => (*channels, *bits as u8),
            _ => (3, 8),
        }
    }

    fn samples(&self, stored: &Stored<'_>, palette: &[u64]) -> Samples {
        let (width, height) = stored.size();
        let count = width as usize * height as usize;
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        match self {
            Form::Plain { first, channels, bits, signed } => {
                let flip = if *signed { 1 << (bits - 1) } else { 0 };
                let channels = *first..first + usize::from(*channels);
                let each = pixels.flat_map(|(x, y)| channels.clone().map(move |channel| (x, y, channel)));
                if *bits <= 8 {
                    let mut all = Vec::with_capacity(count * channels.len());
                    all.extend(each.map(|(x, y, channel)| (stored.get(x, y, channel) ^ flip) as u8));
                    return Samples::U8(all);
                }
                let mut all = Vec::with_capacity(count * channels.len());
                all.extend(each.map(|(x, y, channel)| (stored.get(x, y, channel) ^ flip) as u16));
                Samples::U16(all)
            }
            Form::Palette { narrow } => {
                let (levels, shift) = (palette.len() / 3, if *narrow { 0 } else { 8 });
                let mut all = Vec::with_capacity(count * 3);
                for (x, y) in pixels {
                    let index = stored.get(x, y, 0) as usize;
                    all.extend((0..3).map(|n| (palette.get(n * levels + index).unwrap_or(&0) >> shift) as u8));
                }
                Samples::U8(all)
            }
            Form::Inks(bits) => {
                let mut all = Vec::with_capacity(count * 3);
                for (x, y) in pixels {
                    let ink = |channel| 255 - (stored.get(x, y, channel) >> (bits - 8));
                    all.extend((0..3).map(|channel| (ink(channel) * ink(3) / 255) as u8));
                }
                Samples::U8(all)
            }
            Form::Luminance => {
                let mut all = Vec::with_capacity(count * 3);
                for (x, y) in pixels {
                    let sample = |channel| stored.get(x, y, channel) as f32;
                    all.extend(coloured(sample(0), sample(1) - 128.0, sample(2) - 128.0));
                }
                Samples::U8(all)
            }
        }
    }
}

/// RGB of luminance and chrominance (ITU-R BT.601).
fn coloured(y: f32, cb: f32, cr: f32) -> [u8; 3] {
    [y + 1.402 * cr, y - 0.344 * cb - 0.714 * cr, y + 1.772 * cb].map(|value| value.round().clamp(0.0, 255.0) as u8)
}

impl Shown<'_> {
    /// A page that the tiff crate decodes.
    fn by_library(&self, index: usize) -> Result<Picture, Unseen> {
        let page = &self.pages.pages[index];
        let (width, height) = page.size;
        let unread = || Unseen::no_decoder("no decoder for TIFF pages that are coded in this way is built in");
        let result = guarded(|| {
            let mut limits = Limits::default();
            limits.decoding_buffer_size = 2 * MOST_SAMPLES as usize;
            limits.intermediate_buffer_size = MOST_SAMPLES as usize;
            let mut decoder = Decoder::new(BufReader::new(Stream::new(self.source))).ok()?.with_limits(limits);
            decoder.seek_to_image(page.directory).ok()?;
            Some((decoder.colortype().ok()?, decoder.read_image().ok()?))
        });
        let (colour, result) = result.flatten().ok_or_else(unread)?;
        let samples = match (colour, result) {
            (ColorType::Gray(8) | ColorType::RGB(8), DecodingResult::U8(samples)) => samples,
            (ColorType::YCbCr(8), DecodingResult::U8(samples)) => samples
                .chunks_exact(3)
                .flat_map(|p| coloured(f32::from(p[0]), f32::from(p[1]) - 128.0, f32::from(p[2]) - 128.0))
                .collect(),
            (ColorType::CMYK(8), DecodingResult::U8(samples)) => samples
                .chunks_exact(4)
                .flat_map(|p| [p[0], p[1], p[2]].map(|ink| (u16::from(255 - ink) * u16::from(255 - p[3]) / 255) as u8))
                .collect(),
            (ColorType::Gray(1), DecodingResult::U8(rows)) => {
                let stride = (width as usize).div_ceil(8);
                let row = |row: &[u8]| (0..width as usize).map(|x| row[x / 8] >> (7 - x % 8) & 1).collect::<Vec<u8>>();
                let samples: Vec<u8> = rows.chunks_exact(stride).flat_map(row).collect();
                let picture = Picture::new(width, height, 1, 1, Samples::U8(samples));
                return picture.ok_or_else(unread);
            }
            _ => return Err(unread()),
        };
        let channels = if samples.len() as u64 == u64::from(width) * u64::from(height) { 1 } else { 3 };
        Picture::new(width, height, channels, 8, Samples::U8(samples)).ok_or_else(unread)
    }
}
