//! Decodes a JPEG picture for those who look at it: grey or RGB, before any orientation.
//!
//! ITU-T T.81; colours by ITU-T T.871 (JFIF) and T.872, 6.5.3 (Adobe): a file with JFIF's header is YCbCr, else Adobe's
//! transform decides, else the names of the components.

use crate::cut::Source;
use crate::pixels::{Frames, MOST_SAMPLES, Picture, Samples, Unseen, codec};
use crate::strip::redact::jpeg::held;
use jpeg_decoder::{ColorTransform, Decoder, Error, ImageInfo, PixelFormat};
use std::borrow::Cow;

/// Scans of a picture that are decoded at most; real ones have some twenty.
const SCANS: usize = 400;

/// Opens a JPEG picture. A gain map behind it is no frame of its own.
///
/// # Errors
/// Where it is larger than may be held.
pub(super) fn open(source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    let bytes = held(source).map_err(|refusal| Unseen { code: refusal.code, what: refusal.what })?;
    Ok(Box::new(Jpeg { bytes }))
}

struct Jpeg<'s> {
    bytes: Cow<'s, [u8]>,
}

impl Frames for Jpeg<'_> {
    fn count(&self) -> u32 {
        1
    }

    fn frame(&mut self, _: u32) -> Result<Picture, Unseen> {
        if memchr::memmem::find_iter(&self.bytes, b"\xFF\xDA").take(SCANS + 1).count() > SCANS {
            return Err(Unseen::too_large("the picture has more scans than any real one"));
        }
        if precision(&self.bytes) == Some(12) {
            return twelve(&self.bytes);
        }
        let mut decoder = Decoder::new(&*self.bytes);
        decoder.read_info().map_err(unseen)?;
        let info = decoder.info().ok_or_else(|| Unseen::damaged("the picture has no size"))?;
        let pixels = u64::from(info.width) * u64::from(info.height);
        if pixels * info.pixel_format.pixel_bytes() as u64 > MOST_SAMPLES {
            return Err(Unseen::too_large("the picture is larger than may be held in memory"));
        }
        decoder.set_max_decoding_buffer_size(2 * MOST_SAMPLES as usize);
        if let Some(transform) = transform(&self.bytes, info.pixel_format) {
            decoder.set_color_transform(transform);
        }
        let samples = decoder.decode().map_err(unseen)?;
        picture(&info, samples).ok_or_else(|| Unseen::damaged("the picture is not of the size that it says"))
    }
}

/// Bits of a sample, as the frame header says.
fn precision(bytes: &[u8]) -> Option<u8> {
    let mut at = 2;
    while let [0xFF, marker, high, low, first] = bytes.get(at..at + 5)? {
        match marker {
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB => return Some(*first),
            0xFF => at += 1,
            _ => at += 2 + usize::from(u16::from_be_bytes([*high, *low])),
        }
    }
    None
}

/// Samples of 12 bits, which the library does not decode; grey alone, since what colours they would be nobody says.
fn twelve(bytes: &[u8]) -> Result<Picture, Unseen> {
    let decoded = codec::jpeg::samples(bytes).map_err(|broken| match broken {
        codec::jpeg::Broken::Kind(_) => Unseen::no_decoder("no decoder for JPEG pictures of this kind is built in"),
        codec::jpeg::Broken::TooLarge(what) => Unseen::too_large(what),
        _ => Unseen::damaged("the JPEG picture cannot be decoded"),
    })?;
    if decoded.components != 1 {
        return Err(Unseen::no_decoder("no decoder for JPEG pictures of this kind is built in"));
    }
    let picture = Picture::new(decoded.width, decoded.height, 1, decoded.bits, Samples::U16(decoded.samples));
    picture.ok_or_else(|| Unseen::damaged("the picture is not of the size that it says"))
}

fn picture(info: &ImageInfo, samples: Vec<u8>) -> Option<Picture> {
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    match info.pixel_format {
        PixelFormat::L8 => Picture::new(width, height, 1, 8, Samples::U8(samples)),
        PixelFormat::RGB24 => Picture::new(width, height, 3, 8, Samples::U8(samples)),
        PixelFormat::CMYK32 => Picture::new(width, height, 3, 8, Samples::U8(without_black(&samples))),
        PixelFormat::L16 => {
            let samples: Vec<u16> = samples.as_chunks().0.iter().map(|pair| u16::from_ne_bytes(*pair)).collect();
            let bits = samples.iter().fold(0, |all, sample| all | sample);
            let bits = (16 - bits.leading_zeros()).max(9) as u8;
            Picture::new(width, height, 1, bits, Samples::U16(samples))
        }
    }
}

/// Ink to light: good enough to look at, without a profile.
fn without_black(ink: &[u8]) -> Vec<u8> {
    let light = |ink: u8, black: u8| (u16::from(255 - ink) * u16::from(255 - black) / 255) as u8;
    ink.as_chunks::<4>().0.iter().flat_map(|[c, m, y, k]| [light(*c, *k), light(*m, *k), light(*y, *k)]).collect()
}

/// How colours are coded, where the decoder would ask the components' names first.
fn transform(bytes: &[u8], format: PixelFormat) -> Option<ColorTransform> {
    if format != PixelFormat::RGB24 {
        return None;
    }
    let (mut at, mut jfif, mut adobe) = (2, false, None);
    while let Some([0xFF, marker, high, low]) = bytes.get(at..at + 4) {
        let data = bytes.get(at + 4..at + 2 + usize::from(u16::from_be_bytes([*high, *low])))?;
        match marker {
            0xE0 => jfif |= data.starts_with(b"JFIF\0"),
            0xEE if data.starts_with(b"Adobe") => adobe = data.get(11).copied(),
            0xC0..=0xC3 => {
                return match (jfif, adobe, data.get(6..)?) {
                    (true, ..) | (false, Some(1..), _) => Some(ColorTransform::YCbCr),
                    (false, Some(0), _) | (_, _, [b'R', _, _, b'G', _, _, b'B', ..]) => Some(ColorTransform::RGB),
                    _ => Some(ColorTransform::YCbCr),
                };
            }
            _ => {}
        }
        at += 4 + data.len();
    }
    None
}

fn unseen(error: Error) -> Unseen {
    match error {
        Error::Unsupported(_) => Unseen::no_decoder("no decoder for JPEG pictures of this kind is built in"),
        _ => Unseen::damaged("the JPEG picture cannot be decoded"),
    }
}
