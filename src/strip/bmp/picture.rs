//! The stored samples of a BMP: rows as they lie in the file, runs of lengths unrolled.
//!
//! Microsoft, "Bitmap storage", "Bitmap compression" (RLE4 and RLE8).

use super::header::{Coding, FILE, Header};
use super::{masks, samples_start};
use crate::cut::Source;
use crate::pixels::MOST_SAMPLES;
use crate::plan::Refusal;
use crate::strip::operation::{Operation, broken};
use crate::strip::reader::Reader;
use crate::strip::redact::{fill::Grid, packed};
use std::ops::Range;

/// The largest picture that is decoded, in bytes.
const LARGEST: u64 = 2 * MOST_SAMPLES;

/// A BMP file's picture.
#[derive(Debug)]
pub(in crate::strip) struct Stored {
    /// The rows.
    pub(in crate::strip) bytes: Vec<u8>,
    /// Where samples stand in the file.
    pub(in crate::strip) range: Range<u64>,
    /// Whether they were written as runs.
    pub(in crate::strip) unrolled: bool,
    size: (u32, u32),
    stride: usize,
    depth: u32,
    /// Samples of a pixel: 3 or 4 of whole bytes, or one of all its bits.
    channels: usize,
    upwards: bool,
}

impl Stored {
    /// Reads the samples.
    ///
    /// # Errors
    /// Where they are damaged or cut short, or more than a worker has memory for.
    pub(in crate::strip) fn read(source: &dyn Source) -> Result<Self, Refusal> {
        let mut operation = Operation::new(source);
        let short = || Refusal::truncated("the file ends before its picture does");
        let file: [u8; FILE] = operation.reader.peek(0)?.ok_or_else(short)?;
        let size = operation.reader.peek::<4>(FILE as u64)?.map_or(0, u32::from_le_bytes);
        let head = FILE as u64..FILE as u64 + u64::from(size);
        let bytes = operation.reader.read(head.clone(), 124)?;
        let header = Header::read(&bytes)?;
        masks(&mut operation, &header, head.end)?;
        let table = head.end + header.masks as u64;
        let table = table..table + header.colours * header.entry;
        let offset = u64::from(u32::from_le_bytes([file[10], file[11], file[12], file[13]]));
        let start = samples_start(offset, &header, &head, &table);
        let (upwards, fields) = match bytes.len() {
            12 => (true, false),
            _ => (bytes[11] & 0x80 == 0, bytes.get(16).is_some_and(|coding| *coding != 0)),
        };
        let depth = u32::from(header.depth);
        let stride = (u64::from(header.width) * u64::from(depth)).div_ceil(32) * 4;
        let length = stride.saturating_mul(u64::from(header.height));
        if length > LARGEST || u64::from(header.width) * u64::from(header.height) > MOST_SAMPLES {
            return Err(Refusal::too_large("the picture is larger than any real one"));
        }
        let channels = match depth {
            24 => 3,
            32 if !fields => 4,
            _ => 1,
        };
        let mut stored = Self {
            bytes: Vec::new(),
            range: start..start + length,
            unrolled: false,
            size: (header.width, header.height),
            stride: stride as usize,
            depth,
            channels,
            upwards,
        };
        match header.coding {
            Coding::Rows => stored.bytes = operation.reader.read(stored.range.clone(), LARGEST)?,
            // Where the header is too short to say how long samples are, nothing of it can be put right.
            Coding::Runs(4 | 8) if upwards && bytes.len() >= 24 => {
                stored.unrolled = true;
                stored.bytes = vec![0; length as usize];
                stored.range.end = stored.unroll(&mut operation.reader, start)?;
            }
            Coding::Runs(_) => return Err(broken("run lengths of this kind are not understood")),
        }
        Ok(stored)
    }

    /// Unrolls runs; where they end.
    fn unroll(&mut self, reader: &mut Reader<'_>, start: u64) -> Result<u64, Refusal> {
        let (width, height) = self.size;
        let (mut at, mut x, mut y) = (start, 0_u32, 0_u32);
        let wide = self.depth == 8;
        while let Some([count, value]) = reader.peek::<2>(at)? {
            at += 2;
            match (count, value) {
                (0, 0) => (x, y) = (0, y.saturating_add(1)),
                (0, 1) => return Ok(at),
                (0, 2) => {
                    let [right, up] = reader.peek::<2>(at)?.unwrap_or_default();
                    at += 2;
                    (x, y) = (x.saturating_add(u32::from(right)), y.saturating_add(u32::from(up)));
                }
                (0, length) => {
                    let bytes = if wide { u64::from(length) } else { u64::from(length).div_ceil(2) };
                    let data = reader.read(at..at + bytes, 256)?;
                    at += bytes + (bytes & 1);
                    for n in 0..u32::from(length) {
                        let byte = data[if wide { n } else { n / 2 } as usize];
                        let index = if wide { byte } else { byte >> (4 * (1 - n % 2)) & 15 };
                        self.put(&mut x, y, index);
                    }
                }
                (length, value) => {
                    for n in 0..u32::from(length) {
                        let index = if wide { value } else { value >> (4 * (1 - n % 2)) & 15 };
                        self.put(&mut x, y, index);
                    }
                }
            }
            if y > height || x > width.saturating_add(1 << 16) {
                break;
            }
        }
        Ok(at.min(reader.length()))
    }

    /// Writes one index; rows are counted from below, as runs are.
    fn put(&mut self, x: &mut u32, y: u32, index: u8) {
        if *x < self.size.0 && y < self.size.1 {
            self.set(*x, self.size.1 - 1 - y, 0, u64::from(index));
        }
        *x = x.saturating_add(1);
    }

    /// Whether a pixel is one sample that names a colour or holds several of odd widths.
    pub(in crate::strip) fn is_named(&self) -> bool {
        self.channels == 1
    }

    fn bits(&self) -> u32 {
        if self.channels == 1 { self.depth } else { 8 }
    }

    fn place(&self, x: u32, y: u32, channel: usize) -> u64 {
        let row = if self.upwards { self.size.1 - 1 - y.min(self.size.1 - 1) } else { y };
        let start = row as u64 * self.stride as u64 * 8;
        start + u64::from(x) * u64::from(self.depth) + channel as u64 * 8
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
        packed::get(&self.bytes, self.place(x, y, channel), self.bits(), true)
    }

    fn set(&mut self, x: u32, y: u32, channel: usize, value: u64) {
        let (at, bits) = (self.place(x, y, channel), self.bits());
        packed::set(&mut self.bytes, at, bits, true, value);
    }
}
