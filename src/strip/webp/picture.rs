//! The pictures of a WebP, each decoded by itself, and written again without loss.
//!
//! RFC 9649, 2.5 to 2.7. Lossy pictures cannot be coded anew with the same samples: what they decode to is written as VP8L.

use super::chunk::{self, Chunk, HEAD};
use super::frame;
use crate::cut::Source;
use crate::pixels::MOST_SAMPLES;
use crate::place::Area;
use crate::plan::Refusal;
use crate::strip::frames::canvas::Disposal;
use crate::strip::frames::guard::guarded;
use crate::strip::operation::{Operation, broken};
use crate::strip::redact::fill::Grid;
use image_webp::{ColorType, WebPDecoder, WebPEncoder};
use std::io::Cursor;
use std::ops::Range;

/// The largest coded picture that is decoded, in bytes.
const LARGEST: u64 = 256 << 20;

/// A picture, or a frame of an animation.
#[derive(Debug)]
pub(in crate::strip) struct Frame {
    /// Where it stands on the canvas.
    pub(in crate::strip) place: Area,
    /// What becomes of it.
    pub(in crate::strip) disposal: Disposal,
    /// Whether what is below shows through.
    pub(in crate::strip) blends: bool,
    /// Its whole chunk and its 16 bytes of numbers, where it is a frame of an animation.
    pub(in crate::strip) numbers: Option<(Range<u64>, Vec<u8>)>,
    picture: frame::Picture,
}

impl Frame {
    /// Whether its samples were coded with loss.
    pub(in crate::strip) fn is_lossy(&self) -> bool {
        &self.picture.samples.kind == b"VP8 "
    }

    /// Where its coded samples and its transparency stand, chunk by chunk.
    pub(in crate::strip) fn chunks(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        let padded = |chunk: &Chunk| chunk.at..chunk.at + HEAD + chunk.size + (chunk.size & 1);
        self.picture.alpha.iter().chain([&self.picture.samples]).map(padded)
    }
}

/// A WebP file's pictures.
pub(in crate::strip) struct Pictures<'s> {
    operation: Operation<'s>,
    /// Width and height of the canvas.
    pub(in crate::strip) size: (u32, u32),
    /// The still, or the frames.
    pub(in crate::strip) frames: Vec<Frame>,
    /// The range of the flags of the extended header, and the flags.
    pub(in crate::strip) flags: Option<(Range<u64>, u8)>,
}

impl<'s> Pictures<'s> {
    /// Reads what stands beside the samples.
    ///
    /// # Errors
    /// Where the picture is damaged.
    pub(in crate::strip) fn read(source: &'s dyn Source) -> Result<Self, Refusal> {
        let mut operation = Operation::new(source);
        if !operation.reader.holds(0, b"RIFF")? || !operation.reader.holds(8, b"WEBP")? {
            return Err(broken("the file does not begin as a WebP picture does"));
        }
        let file = operation.reader.length();
        let (chunks, _) = chunk::list(&mut operation.reader, 12..file, file)?;
        let mut pictures = Self { operation, size: (0, 0), frames: Vec::new(), flags: None };
        let mut alpha = None;
        for chunk in &chunks {
            match &chunk.kind {
                b"VP8X" if pictures.flags.is_none() => {
                    let head = pictures.operation.reader.peek::<10>(chunk.data().start)?.unwrap_or_default();
                    let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], 0]) + 1;
                    pictures.size = (number(4), number(7));
                    pictures.flags = Some((chunk.data().start..chunk.data().start + 1, head[0]));
                }
                b"ALPH" => alpha = Some(chunk.clone()),
                b"VP8 " | b"VP8L" if pictures.frames.is_empty() => pictures.still(chunk, alpha.take())?,
                b"ANMF" if chunk.size >= 16 => pictures.frame(chunk)?,
                _ => {}
            }
        }
        match pictures.frames.is_empty() {
            true => Err(Refusal::truncated("the file ends before its picture does")),
            false => Ok(pictures),
        }
    }

    fn still(&mut self, chunk: &Chunk, alpha: Option<Chunk>) -> Result<(), Refusal> {
        let picture = frame::Picture::read(&mut self.operation.reader, chunk, alpha)?;
        self.size = (picture.width, picture.height);
        let place = Area::new(0, 0, picture.width, picture.height);
        self.frames.push(Frame { place, disposal: Disposal::Keep, blends: false, numbers: None, picture });
        Ok(())
    }

    fn frame(&mut self, chunk: &Chunk) -> Result<(), Refusal> {
        let start = chunk.data().start;
        let numbers = self.operation.reader.read(start..start + 16, 16)?;
        let (parts, _) = chunk::list(&mut self.operation.reader, start + 16..chunk.data().end, chunk.data().end)?;
        let (mut alpha, mut picture) = (None, None);
        for part in &parts {
            match &part.kind {
                b"ALPH" if alpha.is_none() => alpha = Some(part.clone()),
                b"VP8 " | b"VP8L" if picture.is_none() => {
                    picture = Some(frame::Picture::read(&mut self.operation.reader, part, alpha.take())?);
                }
                _ => {}
            }
        }
        let picture = picture.ok_or_else(|| broken("a frame of the animation is damaged"))?;
        let number = |at: usize| u32::from_le_bytes([numbers[at], numbers[at + 1], numbers[at + 2], 0]);
        let place = Area::new(number(0) * 2, number(3) * 2, picture.width, picture.height);
        if place.within(self.size.0, self.size.1) != Some(place) {
            return Err(broken("a frame of the animation is damaged"));
        }
        let disposal = if numbers[15] & 1 == 1 { Disposal::Empty } else { Disposal::Keep };
        let blends = numbers[15] & 2 == 0;
        let whole = chunk.at..chunk.at + HEAD + chunk.size + (chunk.size & 1);
        self.frames.push(Frame { place, disposal, blends, numbers: Some((whole, numbers)), picture });
        Ok(())
    }

    /// Whether a frame has transparency.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub(in crate::strip) fn is_transparent(&mut self, index: usize) -> Result<bool, Refusal> {
        let Some(frame) = self.frames.get(index) else { return Ok(false) };
        if frame.is_lossy() {
            return Ok(frame.picture.alpha.is_some());
        }
        let head = self.operation.reader.peek::<5>(frame.picture.samples.data().start)?;
        Ok(head.is_some_and(|head| head[4] & 0x10 != 0))
    }

    /// Decodes a frame.
    ///
    /// # Errors
    /// Where the data are damaged, or the frame is more than a worker has memory for.
    pub(in crate::strip) fn samples(&mut self, index: usize) -> Result<Stored, Refusal> {
        let transparent = self.is_transparent(index)?;
        let frame = self.frames.get(index).ok_or_else(|| broken("the picture has fewer frames than it says"))?;
        let (width, height) = (frame.place.width, frame.place.height);
        if frame.place.pixels().saturating_mul(3) > MOST_SAMPLES {
            return Err(Refusal::too_large("the picture is larger than any real one"));
        }
        let mut chunks = Vec::new();
        if frame.is_lossy() && transparent {
            let (w, h) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
            chunks.extend(boxed(b"VP8X", &[&[0x10, 0, 0, 0], &w[..3], &h[..3]].concat()));
        }
        for part in frame.picture.alpha.iter().chain([&frame.picture.samples]) {
            chunks.extend(boxed(&part.kind, &self.operation.reader.read(part.data(), LARGEST)?));
        }
        let file = [&b"RIFF"[..], &(chunks.len() as u32 + 4).to_le_bytes(), b"WEBP", &chunks].concat();
        drop(chunks);
        let damaged = || broken("the picture data are damaged");
        let channels = if transparent { 4 } else { 3 };
        let decoded = guarded(|| {
            let mut decoder = WebPDecoder::new(Cursor::new(file)).ok()?;
            decoder.set_memory_limit(LARGEST as usize);
            let agrees = decoder.dimensions() == (width, height) && decoder.has_alpha() == transparent;
            let length = decoder.output_buffer_size().filter(|_| agrees)?;
            let mut bytes = vec![0; length];
            decoder.read_image(&mut bytes).ok()?;
            Some(bytes)
        });
        let bytes = decoded.flatten().ok_or_else(damaged)?;
        Ok(Stored { bytes, size: (width, height), channels })
    }
}

/// A chunk as it is written.
pub(in crate::strip) fn boxed(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
    let padding: &[u8] = if data.len() % 2 == 1 { &[0] } else { &[] };
    [&kind[..], &length, data, padding].concat()
}

/// Red, green, blue and perhaps transparency of each pixel.
#[derive(Debug)]
pub(in crate::strip) struct Stored {
    /// The samples.
    pub(in crate::strip) bytes: Vec<u8>,
    size: (u32, u32),
    channels: usize,
}

impl Stored {
    /// The VP8L chunk of it.
    ///
    /// # Errors
    /// Where it is larger than the format allows.
    pub(in crate::strip) fn coded(&self) -> Result<Vec<u8>, Refusal> {
        let colour = if self.channels == 4 { ColorType::Rgba8 } else { ColorType::Rgb8 };
        let mut file = Vec::new();
        let encoder = WebPEncoder::new(&mut file);
        let written = encoder.encode(&self.bytes, self.size.0, self.size.1, colour);
        written.map_err(|_| broken("the picture cannot be written as WebP"))?;
        Ok(file.get(12..).unwrap_or_default().to_vec())
    }

    fn place(&self, x: u32, y: u32, channel: usize) -> usize {
        (y as usize * self.size.0 as usize + x as usize) * self.channels + channel
    }
}

impl Grid for Stored {
    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn channels(&self) -> usize {
        self.channels
    }

    fn get(&self, x: u32, y: u32, channel: usize) -> u64 {
        self.bytes.get(self.place(x, y, channel)).map_or(0, |sample| u64::from(*sample))
    }

    fn set(&mut self, x: u32, y: u32, channel: usize, value: u64) {
        let place = self.place(x, y, channel);
        if let Some(sample) = self.bytes.get_mut(place) {
            *sample = value as u8;
        }
    }
}
