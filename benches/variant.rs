//! Pictures of other formats to be written many times: drawn here, or found in a folder, each file with bytes of its own
//! that a cleaner takes out.
//!
//! W3C PNG 11.3.3 (tEXt), GIF89a section 24 (comments), RIFF as WebP uses it, ISO/IEC 14496-12 section 8.1.2 (free).

use crate::picture::Noise;
use image::{DynamicImage, ImageFormat, RgbImage};
use std::error::Error;
use std::io::Cursor;
use std::path::Path;

/// A file with words of its own in it.
type Vary = fn(&[u8], &str) -> Vec<u8>;

/// A picture and how its variants are made.
pub(crate) struct Seed {
    bytes: Vec<u8>,
    vary: Vary,
}

impl Seed {
    /// Four pictures of one to a few megabytes in a format that the `image` crate writes.
    pub(crate) fn drawn(set: &str) -> Result<Vec<Self>, Box<dyn Error>> {
        let (format, vary, width): (_, Vary, u32) = match set {
            "png" => (ImageFormat::Png, in_png, 1200),
            "webp" => (ImageFormat::WebP, in_webp, 1200),
            "gif" => (ImageFormat::Gif, in_gif, 1000),
            "tiff" => (ImageFormat::Tiff, behind, 1200),
            "bmp" => (ImageFormat::Bmp, behind, 1200),
            _ => return Err("nothing here draws that format".into()),
        };
        let draw = |seed: u64| -> Result<Self, Box<dyn Error>> {
            let mut out = Cursor::new(Vec::new());
            drawing(width + 16 * seed as u32, width * 3 / 4, seed).write_to(&mut out, format)?;
            Ok(Self { bytes: out.into_inner(), vary })
        };
        (1..=4).map(draw).collect()
    }

    /// The files of that ending in a folder which are made of boxes.
    pub(crate) fn found(set: &str, folder: &Path) -> Result<Vec<Self>, Box<dyn Error>> {
        let mut paths: Vec<_> =
            std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        paths.retain(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(set)));
        paths.sort();
        let mut seeds = Vec::new();
        for path in paths {
            let bytes = std::fs::read(path)?;
            let boxed = matches!(bytes.get(4..8), Some(b"ftyp" | b"JXL " | b"jP  "));
            if boxed {
                seeds.push(Self { bytes, vary: in_box });
            }
        }
        if seeds.is_empty() { Err("the folder of seeds has none of this format".into()) } else { Ok(seeds) }
    }

    /// The file of the `number`th recording.
    pub(crate) fn file(&self, number: u64) -> Vec<u8> {
        (self.vary)(&self.bytes, &format!("Madeup^Patient{number:06} left knee"))
    }
}

/// A soft gradient with noise on it.
fn drawing(width: u32, height: u32, seed: u64) -> DynamicImage {
    let mut noise = Noise::new(seed);
    let grain = noise.bytes(4096);
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        let grain = |channel: u32| grain[(x * 3 + y * 67 + channel) as usize % 4096] % 16;
        let light = |part: u32, whole: u32| (part * 200 / whole) as u8;
        image::Rgb([light(x, width) + grain(0) + 30, light(y, height) + grain(1), 90 + grain(2)])
    }))
}

/// A text chunk behind the header.
fn in_png(bytes: &[u8], words: &str) -> Vec<u8> {
    let data = [b"tEXtComment\0", words.as_bytes()].concat();
    let sum = crc32fast::hash(&data);
    let chunk = [&(data.len() as u32 - 4).to_be_bytes(), &data[..], &sum.to_be_bytes()].concat();
    [&bytes[..33], &chunk, &bytes[33..]].concat()
}

/// A comment before the end.
fn in_gif(bytes: &[u8], words: &str) -> Vec<u8> {
    let comment = [&[0x21, 0xFE, words.len() as u8], words.as_bytes(), &[0, 0x3B]].concat();
    [&bytes[..bytes.len() - 1], &comment].concat()
}

/// An XMP chunk at the end, counted in the file's length.
fn in_webp(bytes: &[u8], words: &str) -> Vec<u8> {
    let mut out = [bytes, b"XMP ", &(words.len() as u32).to_le_bytes(), words.as_bytes()].concat();
    out.resize(out.len().next_multiple_of(2), 0);
    let length = (out.len() as u32 - 8).to_le_bytes();
    out[4..8].copy_from_slice(&length);
    out
}

/// Bytes that belong to nothing.
fn behind(bytes: &[u8], words: &str) -> Vec<u8> {
    [bytes, words.as_bytes()].concat()
}

/// A box that stands for nothing.
fn in_box(bytes: &[u8], words: &str) -> Vec<u8> {
    [bytes, &(words.len() as u32 + 8).to_be_bytes(), b"free", words.as_bytes()].concat()
}
