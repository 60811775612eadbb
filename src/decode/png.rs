//! Reads the PNG pictures that another program wrote, with limits, one at a time.
//!
//! PNG, third edition (W3C 2025). Transparency is a frame of its own behind its picture: writing may stand in it alone.

use super::room::Room;
use crate::pixels::{Frames, MOST_SAMPLES, Picture, Samples, Unseen};
use png::{BitDepth, ColorType, Decoder, Limits, Transformations};
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

/// Which half of a picture a frame is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Colour,
    Transparency,
}

/// The pictures in a room, which is gone with them.
pub(super) struct Pictures {
    frames: Vec<(PathBuf, Half)>,
    _room: Room,
}

impl Pictures {
    /// Those in these files, in their order.
    ///
    /// # Errors
    /// Where one is no PNG, or larger than may be held.
    pub(super) fn open(room: Room, files: Vec<PathBuf>) -> Result<Self, Unseen> {
        let mut frames = Vec::new();
        for file in files {
            let reader = reader(&file)?;
            let transparent = matches!(reader.output_color_type().0, ColorType::GrayscaleAlpha | ColorType::Rgba);
            frames.push((file.clone(), Half::Colour));
            if transparent {
                frames.push((file, Half::Transparency));
            }
        }
        if frames.is_empty() { Err(damaged()) } else { Ok(Self { frames, _room: room }) }
    }
}

impl Frames for Pictures {
    fn count(&self) -> u32 {
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }

    fn frame(&mut self, index: u32) -> Result<Picture, Unseen> {
        let (file, half) = self.frames.get(index as usize).ok_or_else(damaged)?;
        let mut reader = reader(file)?;
        let length = reader.output_buffer_size().ok_or_else(too_large)?;
        let mut bytes = vec![0; length];
        let info = reader.next_frame(&mut bytes).map_err(|_| damaged())?;
        bytes.truncate(info.buffer_size());
        drop(reader);
        let (all, shown) = channels(info.color_type);
        let wanted = if *half == Half::Colour { 0..shown } else { shown..all };
        let channels = wanted.len() as u8;
        let wide = info.bit_depth == BitDepth::Sixteen;
        let samples = match wide {
            true => Samples::U16(
                bytes
                    .chunks_exact(2 * all)
                    .flat_map(|pixel| wanted.clone().map(|n| u16::from_be_bytes([pixel[2 * n], pixel[2 * n + 1]])))
                    .collect(),
            ),
            false if wanted.len() == all => Samples::U8(bytes),
            false => Samples::U8(bytes.chunks_exact(all).flat_map(|pixel| &pixel[wanted.clone()]).copied().collect()),
        };
        Picture::new(info.width, info.height, channels, if wide { 16 } else { 8 }, samples).ok_or_else(damaged)
    }
}

/// Channels in all, and those of colour.
fn channels(colour: ColorType) -> (usize, usize) {
    match colour {
        ColorType::Grayscale | ColorType::Indexed => (1, 1),
        ColorType::GrayscaleAlpha => (2, 1),
        ColorType::Rgb => (3, 3),
        ColorType::Rgba => (4, 3),
    }
}

fn reader(file: &PathBuf) -> Result<png::Reader<BufReader<File>>, Unseen> {
    let file = File::open(file).map_err(|_| damaged())?;
    // Bytes besides the samples: what a decoder writes has no long texts.
    let mut decoder = Decoder::new_with_limits(BufReader::new(file), Limits { bytes: 2 * MOST_SAMPLES as usize });
    decoder.set_transformations(Transformations::EXPAND);
    let reader = decoder.read_info().map_err(|_| damaged())?;
    let info = reader.info();
    let all = channels(reader.output_color_type().0).0 as u64;
    let pixels = u64::from(info.width).checked_mul(u64::from(info.height));
    match pixels.and_then(|pixels| pixels.checked_mul(all)) {
        Some(samples) if samples <= MOST_SAMPLES => Ok(reader),
        _ => Err(too_large()),
    }
}

fn damaged() -> Unseen {
    Unseen::damaged("the installed decoder made no picture of it")
}

fn too_large() -> Unseen {
    Unseen::too_large("the picture is larger than may be held in memory")
}
