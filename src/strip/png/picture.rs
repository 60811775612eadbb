//! The stored samples of a PNG or of a frame of an APNG: inflated, unfiltered, and packed again.
//!
//! W3C PNG (third edition), 7.2 (scanlines), 8.1 (Adam7), 9 (filtering), 11.3.6 (APNG).

use super::chunk::{self, Chunk};
use super::header::{Header, PASSES};
use super::stream::{Inflate, payload, windows};
use super::{SIGNATURE, header_of};
use crate::cut::Source;
use crate::pixels::MOST_SAMPLES;
use crate::place::Area;
use crate::plan::Refusal;
use crate::strip::frames::canvas::Disposal;
use crate::strip::operation::{Operation, broken};
use crate::strip::redact::{fill::Grid, packed};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

/// The largest frame that is decoded, in bytes of samples.
const LARGEST: u64 = 2 * MOST_SAMPLES;
/// Frames of one animation: an hour at 50 a second has 180,000.
const FRAMES: usize = 200_000;

/// A picture or a frame of an animation.
#[derive(Debug)]
pub(in crate::strip) struct Frame {
    /// Where it stands on the canvas.
    pub(in crate::strip) place: Area,
    /// What becomes of it.
    pub(in crate::strip) disposal: Disposal,
    /// Whether what is below shows through.
    pub(in crate::strip) blends: bool,
    /// Its data chunks, IDAT or fdAT.
    pub(in crate::strip) chunks: Vec<Chunk>,
}

/// A PNG file's pictures.
pub(in crate::strip) struct Pictures<'s> {
    operation: Operation<'s>,
    header: Header,
    /// Red, green and blue of each palette entry.
    pub(in crate::strip) palette: Vec<[u8; 3]>,
    /// What tRNS says.
    pub(in crate::strip) transparent: Vec<u8>,
    /// The picture and the frames behind it.
    pub(in crate::strip) frames: Vec<Frame>,
    /// All chunks before the end.
    pub(in crate::strip) chunks: Vec<Chunk>,
}

impl<'s> Pictures<'s> {
    /// Reads what stands beside the samples.
    ///
    /// # Errors
    /// Where the picture is damaged or has more frames than any real one.
    pub(in crate::strip) fn read(source: &'s dyn Source) -> Result<Self, Refusal> {
        let mut operation = Operation::new(source);
        if !operation.reader.holds(0, SIGNATURE)? {
            return Err(broken("the file does not begin as a PNG picture does"));
        }
        let list = chunk::list(&mut operation)?;
        let header = header_of(&mut operation, &list.chunks)?;
        let mut pictures = Self {
            operation,
            header,
            palette: Vec::new(),
            transparent: Vec::new(),
            frames: Vec::new(),
            chunks: list.chunks,
        };
        pictures.walk()?;
        match pictures.frames.is_empty() {
            true => Err(Refusal::truncated("the file ends before its picture does")),
            false => Ok(pictures),
        }
    }

    fn walk(&mut self) -> Result<(), Refusal> {
        let whole = Area::new(0, 0, self.header.width, self.header.height);
        let (mut lead, mut begun, mut open) = (None, false, false);
        for chunk in &self.chunks {
            let reader = &mut self.operation.reader;
            match &chunk.kind {
                b"PLTE" if !begun => {
                    let data = chunk.read(reader)?;
                    self.palette = data.chunks_exact(3).take(256).map(|c| [c[0], c[1], c[2]]).collect();
                }
                b"tRNS" if !begun => self.transparent = chunk.read(reader)?,
                b"fcTL" => {
                    let (place, disposal, blends) = control(&chunk.read(reader)?, &whole)?;
                    open = true;
                    match begun {
                        true => self.frames.push(Frame { place, disposal, blends, chunks: Vec::new() }),
                        false => lead = Some(disposal),
                    }
                }
                b"IDAT" => {
                    if !begun {
                        // A picture that is no frame is not there when the animation begins.
                        let disposal = lead.unwrap_or(Disposal::Empty);
                        self.frames.push(Frame { place: whole, disposal, blends: false, chunks: Vec::new() });
                    }
                    (begun, open) = (true, false);
                    self.frames[0].chunks.push(chunk.clone());
                }
                b"fdAT" if open && begun => {
                    self.frames.last_mut().into_iter().for_each(|frame| frame.chunks.push(chunk.clone()));
                }
                _ => {}
            }
            if self.frames.len() > FRAMES {
                return Err(Refusal::too_large("the animation has more frames than any real one"));
            }
        }
        self.frames.retain(|frame| !frame.chunks.is_empty());
        Ok(())
    }

    /// Width and height of the canvas.
    pub(in crate::strip) fn size(&self) -> (u32, u32) {
        (self.header.width, self.header.height)
    }

    /// Colour type and bits of a sample.
    pub(in crate::strip) fn kind(&self) -> (u8, u8) {
        (self.header.colour, self.header.depth)
    }

    /// The data of a chunk.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub(in crate::strip) fn read_chunk(&mut self, chunk: &Chunk) -> Result<Vec<u8>, Refusal> {
        chunk.read(&mut self.operation.reader)
    }

    /// Decodes the samples of a frame.
    ///
    /// # Errors
    /// Where they are damaged, or more than a worker has memory for.
    pub(in crate::strip) fn samples(&mut self, index: usize) -> Result<Stored, Refusal> {
        let frame = self.frames.get(index).ok_or_else(|| broken("the picture has fewer frames than it says"))?;
        let (width, height) = (frame.place.width, frame.place.height);
        let needed = self.header.bytes(width, height).filter(|needed| *needed <= LARGEST);
        let needed = needed.ok_or_else(|| Refusal::too_large("the picture is larger than any real one"))?;
        let (mut inflate, mut bytes) = (Inflate::new(needed), Vec::new());
        for chunk in &frame.chunks {
            windows(&mut self.operation.reader, payload(chunk), |window| {
                inflate.feed(window, &mut |samples| {
                    bytes.extend_from_slice(samples);
                    Ok(())
                })
            })?;
        }
        if !inflate.is_full() {
            return Err(Refusal::truncated("the picture data end before the picture does"));
        }
        let mut stored = Stored::new(&self.header, (width, height), bytes);
        stored.unfilter()?;
        Ok(stored)
    }
}

fn control(data: &[u8], whole: &Area) -> Result<(Area, Disposal, bool), Refusal> {
    let damaged = || broken("a frame of the animation is damaged");
    let number = |at: usize| data.get(at..at + 4).map_or(0, |n| u32::from_be_bytes([n[0], n[1], n[2], n[3]]));
    let place = Area::new(number(12), number(16), number(4), number(8));
    if data.len() != 26 || place.is_empty() || place.common(whole) != Some(place) {
        return Err(damaged());
    }
    let disposal = match data[24] {
        0 => Disposal::Keep,
        1 => Disposal::Empty,
        2 => Disposal::Restore,
        _ => return Err(damaged()),
    };
    Ok((place, disposal, data[25] == 1))
}

/// One pass of an interlaced picture, or all of a plain one.
#[derive(Debug, Clone, Copy)]
struct Pass {
    /// Where its first row begins, at the byte of its filter.
    at: usize,
    /// Bytes of a row without that.
    stride: usize,
    rows: usize,
    first: (u32, u32),
    step: (u32, u32),
}

/// Samples of a frame as they are stored, unfiltered; the filter byte of each row still stands before it.
#[derive(Debug)]
pub(in crate::strip) struct Stored {
    bytes: Vec<u8>,
    passes: Vec<Pass>,
    size: (u32, u32),
    channels: usize,
    depth: u32,
}

impl Stored {
    fn new(header: &Header, size: (u32, u32), bytes: Vec<u8>) -> Self {
        let channels = header.channels() as usize;
        let steps: &[(u32, u32, u32, u32)] = if header.interlaced { &PASSES } else { &[(0, 0, 1, 1)] };
        let (mut at, mut passes) = (0, Vec::new());
        for (left, top, across, down) in steps.iter().copied() {
            let columns = size.0.saturating_sub(left).div_ceil(across) as usize;
            let rows = if columns == 0 { 0 } else { size.1.saturating_sub(top).div_ceil(down) as usize };
            let stride = (columns * channels * usize::from(header.depth)).div_ceil(8);
            passes.push(Pass { at, stride, rows, first: (left, top), step: (across, down) });
            at += rows * (stride + 1);
        }
        Self { bytes, passes, size, channels, depth: u32::from(header.depth) }
    }

    /// Bytes from a sample to the one that filters take for its left neighbour.
    fn back(&self) -> usize {
        (self.channels * self.depth as usize / 8).max(1)
    }

    fn unfilter(&mut self) -> Result<(), Refusal> {
        let back = self.back();
        for pass in &self.passes {
            for row in 0..pass.rows {
                let (above, kind, this) = rows(&mut self.bytes, pass, row).ok_or_else(damaged)?;
                undo(kind, this, above, back)?;
            }
        }
        Ok(())
    }

    /// Filters each row as it was filtered, and compresses all of it.
    ///
    /// # Errors
    /// None that a file can cause.
    pub(in crate::strip) fn compressed(mut self) -> Result<Vec<u8>, Refusal> {
        let back = self.back();
        for pass in &self.passes {
            // From below, since a row is filtered by what stands above it unfiltered.
            for row in (0..pass.rows).rev() {
                let (above, kind, this) = rows(&mut self.bytes, pass, row).ok_or_else(damaged)?;
                redo(kind, this, above, back);
            }
        }
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.bytes)?;
        Ok(encoder.finish()?)
    }

    /// A row of a picture without passes: its bytes.
    pub(in crate::strip) fn row(&self, y: u32) -> Option<&[u8]> {
        let [pass] = self.passes[..] else { return None };
        let start = pass.at + y as usize * (pass.stride + 1) + 1;
        self.bytes.get(start..start + pass.stride)
    }

    /// Which byte and bit a sample begins at, in bits.
    fn place(&self, x: u32, y: u32, channel: usize) -> Option<u64> {
        let here = |pass: &&Pass| {
            let (left, top) = pass.first;
            x >= left && y >= top && (x - left).is_multiple_of(pass.step.0) && (y - top).is_multiple_of(pass.step.1)
        };
        let pass = self.passes.iter().find(here)?;
        let (column, row) = ((x - pass.first.0) / pass.step.0, (y - pass.first.1) / pass.step.1);
        let start = pass.at + row as usize * (pass.stride + 1) + 1;
        let sample = column as usize * self.channels + channel;
        Some(start as u64 * 8 + sample as u64 * u64::from(self.depth))
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
        self.place(x, y, channel).map_or(0, |at| packed::get(&self.bytes, at, self.depth, false))
    }

    fn set(&mut self, x: u32, y: u32, channel: usize, value: u64) {
        if let Some(at) = self.place(x, y, channel) {
            packed::set(&mut self.bytes, at, self.depth, false, value);
        }
    }
}

fn damaged() -> Refusal {
    broken("the picture data are damaged")
}

/// The row above (empty above the first), the filter of a row, and the row.
fn rows<'b>(bytes: &'b mut [u8], pass: &Pass, row: usize) -> Option<(&'b [u8], u8, &'b mut [u8])> {
    let start = pass.at + row * (pass.stride + 1);
    let (before, from) = bytes.split_at_mut_checked(start)?;
    let above = if row == 0 { &[] } else { before.get(start - pass.stride..)? };
    let (kind, rest) = from.split_first_mut()?;
    Some((above, *kind, rest.get_mut(..pass.stride)?))
}

fn undo(kind: u8, this: &mut [u8], above: &[u8], back: usize) -> Result<(), Refusal> {
    if kind > 4 {
        return Err(damaged());
    }
    match kind {
        0 => {}
        1 => (back..this.len()).for_each(|n| this[n] = this[n].wrapping_add(this[n - back])),
        2 => this.iter_mut().zip(above).for_each(|(byte, up)| *byte = byte.wrapping_add(*up)),
        _ => (0..this.len()).for_each(|n| this[n] = this[n].wrapping_add(guess(kind, this, above, back, n))),
    }
    Ok(())
}

fn redo(kind: u8, this: &mut [u8], above: &[u8], back: usize) {
    if matches!(kind, 1..=4) {
        (0..this.len()).rev().for_each(|n| this[n] = this[n].wrapping_sub(guess(kind, this, above, back, n)));
    }
}

/// What a filter takes byte `n` of a row for (9.2).
fn guess(kind: u8, this: &[u8], above: &[u8], back: usize, n: usize) -> u8 {
    let left = if n >= back { this[n - back] } else { 0 };
    let up = above.get(n).copied().unwrap_or(0);
    match kind {
        1 => left,
        2 => up,
        3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
        _ => {
            let corner = if n >= back { above.get(n - back).copied().unwrap_or(0) } else { 0 };
            let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
            let (pa, pb, pc) = ((b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs());
            if pa <= pb && pa <= pc {
                left
            } else if pb <= pc {
                up
            } else {
                corner
            }
        }
    }
}
