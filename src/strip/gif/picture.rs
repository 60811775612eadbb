//! The stored samples of GIF frames: palette indices, decoded and coded again.
//!
//! GIF89a, 20 to 23 and appendix F (variable-length-code LZW).

use super::block::{self, Block, Extension};
use super::frame::too_many;
use crate::cut::Source;
use crate::pixels::MOST_SAMPLES;
use crate::place::Area;
use crate::plan::Refusal;
use crate::strip::frames::canvas::Disposal;
use crate::strip::operation::{Operation, broken};
use crate::strip::redact::fill::Grid;
use std::ops::Range;
use weezl::{BitOrder, LzwStatus, decode, encode};

/// Indices decoded at once.
const BUFFER: usize = 64 * 1024;

/// A frame.
#[derive(Debug, Clone)]
pub(in crate::strip) struct Frame {
    /// Where it stands on the canvas.
    pub(in crate::strip) place: Area,
    /// What becomes of it.
    pub(in crate::strip) disposal: Disposal,
    /// The index that is see-through.
    pub(in crate::strip) transparent: Option<u8>,
    /// From the byte that says how wide codes are to the terminator of the last sub-block.
    pub(in crate::strip) data: Range<u64>,
    /// Bits of the narrowest codes.
    bits: u8,
    interlaced: bool,
    table: Option<Range<u64>>,
}

/// A GIF file's frames.
pub(in crate::strip) struct Pictures<'s> {
    operation: Operation<'s>,
    /// Width and height of the canvas: the screen, or more where a frame reaches past it.
    pub(in crate::strip) size: (u32, u32),
    /// The frames.
    pub(in crate::strip) frames: Vec<Frame>,
    table: Option<Range<u64>>,
}

fn table(packed: u8, at: u64) -> Option<Range<u64>> {
    (packed & 0x80 != 0).then(|| at..at + (3 << ((packed & 7) + 1)))
}

impl<'s> Pictures<'s> {
    /// Reads what stands beside the samples.
    ///
    /// # Errors
    /// Where the picture is damaged or has more frames than any real one.
    pub(in crate::strip) fn read(source: &'s dyn Source) -> Result<Self, Refusal> {
        let mut operation = Operation::new(source);
        let short = || Refusal::truncated("the file ends before its picture does");
        let head = operation.reader.peek::<13>(0)?.ok_or_else(short)?;
        if !head.starts_with(b"GIF8") {
            return Err(broken("the file does not begin as a GIF picture does"));
        }
        let global = table(head[10], 13);
        let size = (u16::from_le_bytes([head[6], head[7]]), u16::from_le_bytes([head[8], head[9]]));
        let at = global.as_ref().map_or(13, |table| table.end);
        let size = (u32::from(size.0), u32::from(size.1));
        let mut pictures = Self { operation, size, frames: Vec::new(), table: global };
        pictures.walk(at)?;
        match pictures.frames.is_empty() {
            true => Err(short()),
            false => Ok(pictures),
        }
    }

    fn walk(&mut self, mut at: u64) -> Result<(), Refusal> {
        let mut control = [0_u8; 4];
        while let Some([byte]) = self.operation.reader.peek::<1>(at)? {
            match byte {
                0x21 => {
                    let extension = Extension::read(&mut self.operation, at)?;
                    if let (0xF9, Some(data)) = (extension.label, extension.first.first_chunk::<4>()) {
                        control = *data;
                    }
                    at = extension.range.end;
                }
                0x2C => {
                    let Some(next) = self.frame(at, std::mem::take(&mut control))? else { break };
                    at = next;
                }
                0x3B => break,
                _ => at += 1,
            }
            too_many(self.frames.len())?;
        }
        Ok(())
    }

    /// Takes in a frame; where the next block is, or none where the file ends in it.
    fn frame(&mut self, at: u64, control: [u8; 4]) -> Result<Option<u64>, Refusal> {
        let Some([_, head @ ..]) = self.operation.reader.peek::<10>(at)? else { return Ok(None) };
        let number = |n: usize| u32::from(u16::from_le_bytes([head[n], head[n + 1]]));
        let place = Area::new(number(0), number(2), number(4), number(6));
        let own = table(head[8], at + 10);
        let start = own.as_ref().map_or(at + 10, |table| table.end);
        let Some([bits]) = self.operation.reader.peek::<1>(start)? else { return Ok(None) };
        let mut end = start + 1;
        loop {
            match block::sub(&mut self.operation, end)? {
                Block::Data(data) => end += 1 + data.len() as u64,
                Block::End => break,
                Block::Short(_) => return Err(Refusal::truncated("the file ends before its picture does")),
            }
        }
        let disposal = match control[0] >> 2 & 7 {
            2 => Disposal::Empty,
            3 => Disposal::Restore,
            _ => Disposal::Keep,
        };
        let transparent = (control[0] & 1 == 1).then_some(control[3]);
        let interlaced = head[8] & 0x40 != 0;
        if !place.is_empty() {
            self.size = (self.size.0.max(place.right()), self.size.1.max(place.bottom()));
            let data = start..end + 1;
            self.frames.push(Frame { place, disposal, transparent, data, bits, interlaced, table: own });
        }
        Ok(Some(end + 1))
    }

    /// The colours of a frame: red, green and blue of each index.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub(in crate::strip) fn colours(&mut self, index: usize) -> Result<Vec<[u8; 3]>, Refusal> {
        let own = self.frames.get(index).and_then(|frame| frame.table.clone());
        let Some(range) = own.or_else(|| self.table.clone()) else {
            return Ok((0..=255).map(|grey| [grey; 3]).collect());
        };
        let bytes = self.operation.reader.read(range, 768)?;
        Ok(bytes.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect())
    }

    /// Decodes a frame; and whether its data have all of its samples. What is missing is index 0.
    ///
    /// # Errors
    /// Where the data are damaged, or the frame is more than a worker has memory for.
    pub(in crate::strip) fn samples(&mut self, index: usize) -> Result<(Stored, bool), Refusal> {
        let frame = self.frames.get(index).ok_or_else(|| broken("the picture has fewer frames than it says"))?;
        if frame.place.pixels().saturating_mul(3) > MOST_SAMPLES {
            return Err(Refusal::too_large("the picture is larger than any real one"));
        }
        if !(1..=11).contains(&frame.bits) {
            return Err(broken("the picture data are damaged"));
        }
        let needed = frame.place.pixels() as usize;
        let mut decoder = decode::Decoder::new(BitOrder::Lsb, frame.bits);
        let (mut indices, mut buffer) = (Vec::new(), vec![0; BUFFER]);
        let (mut at, mut done) = (frame.data.start + 1, false);
        while !done && indices.len() < needed {
            let Block::Data(mut data) = block::sub(&mut self.operation, at)? else { break };
            at += 1 + data.len() as u64;
            loop {
                let room = buffer.len().min(needed - indices.len());
                if room == 0 {
                    break;
                }
                let result = decoder.decode_bytes(data, &mut buffer[..room]);
                indices.extend_from_slice(&buffer[..result.consumed_out]);
                data = data.get(result.consumed_in..).unwrap_or_default();
                done = !matches!(result.status, Ok(LzwStatus::Ok));
                if done && matches!(result.status, Ok(LzwStatus::NoProgress)) {
                    done = false;
                    break;
                }
                if done || (result.consumed_in == 0 && result.consumed_out == 0) {
                    break;
                }
            }
        }
        let whole = indices.len() == needed;
        indices.resize(needed, 0);
        let size = (frame.place.width, frame.place.height);
        Ok((Stored { indices, size, interlaced: frame.interlaced, bits: frame.bits }, whole))
    }
}

/// Indices of a frame in the order in which they are stored.
#[derive(Debug)]
pub(in crate::strip) struct Stored {
    indices: Vec<u8>,
    size: (u32, u32),
    interlaced: bool,
    bits: u8,
}

impl Stored {
    /// The row that is stored for row `y` (appendix E: four passes).
    fn row(&self, y: u32) -> u32 {
        if !self.interlaced {
            return y;
        }
        let rows = |first: u32, step: u32| self.size.1.saturating_sub(first).div_ceil(step);
        match y % 8 {
            0 => y / 8,
            4 => rows(0, 8) + y / 8,
            2 | 6 => rows(0, 8) + rows(4, 8) + y / 4,
            _ => rows(0, 8) + rows(4, 8) + rows(2, 4) + y / 2,
        }
    }

    fn place(&self, x: u32, y: u32) -> usize {
        self.row(y) as usize * self.size.0 as usize + x as usize
    }

    /// The byte that says how wide codes are, sub-blocks and their terminator.
    ///
    /// # Errors
    /// Where an index is wider than its codes.
    pub(in crate::strip) fn coded(&self) -> Result<Vec<u8>, Refusal> {
        let bits = self.bits.clamp(2, 8);
        let coded = encode::Encoder::new(BitOrder::Lsb, bits).encode(&self.indices);
        let coded = coded.map_err(|_| broken("the picture data are damaged"))?;
        let mut bytes = vec![bits];
        for part in coded.chunks(255) {
            bytes.push(part.len() as u8);
            bytes.extend_from_slice(part);
        }
        bytes.push(0);
        Ok(bytes)
    }
}

impl Grid for Stored {
    fn size(&self) -> (u32, u32) {
        self.size
    }

    fn channels(&self) -> usize {
        1
    }

    fn get(&self, x: u32, y: u32, _: usize) -> u64 {
        self.indices.get(self.place(x, y)).map_or(0, |index| u64::from(*index))
    }

    fn set(&mut self, x: u32, y: u32, _: usize, value: u64) {
        let place = self.place(x, y);
        if let Some(index) = self.indices.get_mut(place) {
            *index = value as u8;
        }
    }
}
