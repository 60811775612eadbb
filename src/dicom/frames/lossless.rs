//! Decodes lossless JPEG frames: Huffman-coded differences of predicted samples, of 2 to 16 bits.
//!
//! ISO/IEC 10918-1 Annex H (lossless mode), Annex C and F.2.2 (Huffman decoding). PS3.5 8.2.1: process 14.

use super::bits::{Bits, Stuffing};
use super::marker::{Header, Segments};
use super::shape::Shape;
use crate::pixels::Unseen;

/// A Huffman table: a quick way for codes of up to nine bits, and the limits of each length for longer ones.
#[derive(Debug, Clone)]
struct Table {
    quick: Vec<(u8, u8)>,
    /// Of each length: behind the last code, the first code, and the index of its value.
    lengths: [(u32, u32, usize); 17],
    values: Vec<u8>,
}

const QUICK: u32 = 9;

impl Table {
    /// Reads one table; gives how many bytes it takes up.
    fn read(content: &[u8]) -> Option<(Self, usize)> {
        let counts = content.get(..16)?;
        let total: usize = counts.iter().map(|n| usize::from(*n)).sum();
        let values = content.get(16..16 + total)?.to_vec();
        let (mut quick, mut lengths) = (vec![(0, 0); 1 << QUICK], [(0, 0, 0); 17]);
        let (mut code, mut index) = (0u32, 0);
        for length in 1..=16u32 {
            let count = u32::from(counts[length as usize - 1]);
            lengths[length as usize] = (code + count, code, index);
            if code + count > 1 << length {
                return None;
            }
            for n in 0..count {
                if length <= QUICK {
                    let from = ((code + n) << (QUICK - length)) as usize;
                    quick[from..from + (1 << (QUICK - length))].fill((length as u8, values[index + n as usize]));
                }
            }
            index += count as usize;
            code = (code + count) << 1;
        }
        Some((Self { quick, lengths, values }, 16 + total))
    }

    fn decode(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let (length, value) = self.quick[bits.peek(QUICK) as usize];
        if length > 0 {
            bits.skip(u32::from(length));
            return Some(value);
        }
        let code = bits.peek(16);
        for length in QUICK + 1..=16 {
            let (behind, first, index) = self.lengths[length as usize];
            let here = code >> (16 - length);
            if here < behind && here >= first {
                bits.skip(length);
                return self.values.get(index + (here - first) as usize).copied();
            }
        }
        None
    }
}

/// Decodes a frame into samples side by side; gives their bits too.
pub(super) fn decode(stream: &[u8], shape: &Shape) -> Result<(Vec<u16>, u8), Unseen> {
    let damaged = || Unseen::damaged("a lossless JPEG frame is damaged");
    let mut tables: [Option<Table>; 4] = [const { None }; 4];
    let (mut header, mut names, mut restart) = (None::<Header>, Vec::new(), 0usize);
    let mut out = Vec::new();
    let mut done = 0;
    let mut segments = Segments::new(stream);
    while let Some(segment) = segments.next() {
        match segment.marker {
            0xC3 if header.is_none() => {
                let found = Header::of(segment.content, 0xC3, shape)?;
                if found.subsampled {
                    return Err(Unseen::no_decoder("a lossless JPEG with colours of another size than its brightness"));
                }
                names = segment.content[6..].chunks_exact(3).map(|c| c[0]).collect();
                header = Some(found);
                out = vec![0; shape.cells()];
            }
            0xC0..=0xC2 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Err(Unseen::no_decoder("a JPEG frame of a process for which no decoder is built in"));
            }
            0xC4 => take_tables(segment.content, &mut tables).ok_or_else(damaged)?,
            0xDD => {
                let &[a, b] = segment.content else { return Err(damaged()) };
                restart = usize::from(u16::from_be_bytes([a, b]));
            }
            0xDA => {
                let header = header.ok_or_else(damaged)?;
                let scan = Scan::of(segment.content, &names, &tables, header.precision, restart).ok_or_else(damaged)?;
                let end = scan.decode(stream, segment.end, shape, &mut out).ok_or_else(damaged)?;
                done += scan.parts.len();
                segments.skip_to(end);
            }
            _ => {}
        }
    }
    match header {
        Some(header) if done == usize::from(shape.samples) => Ok((out, header.precision)),
        _ => Err(damaged()),
    }
}

fn take_tables(mut content: &[u8], tables: &mut [Option<Table>; 4]) -> Option<()> {
    while let Some((kind, rest)) = content.split_first() {
        let (table, length) = Table::read(rest)?;
        // Tables of the other class are for frames of another process.
        if kind >> 4 == 0 {
            *tables.get_mut(usize::from(kind & 15))? = Some(table);
        }
        content = &rest[length..];
    }
    Some(())
}

/// One scan: the components in it, each with its table.
#[derive(Debug)]
struct Scan<'t> {
    parts: Vec<(usize, &'t Table)>,
    predictor: u8,
    transform: u8,
    precision: u8,
    restart: usize,
}

impl<'t> Scan<'t> {
    fn of(content: &[u8], names: &[u8], tables: &'t [Option<Table>; 4], precision: u8, restart: usize) -> Option<Self> {
        let count = usize::from(*content.first()?);
        let rest = content.get(1 + 2 * count..1 + 2 * count + 3)?;
        let part = |c: &[u8]| {
            let index = names.iter().position(|name| *name == c[0])?;
            Some((index, tables.get(usize::from(c[1] >> 4))?.as_ref()?))
        };
        let parts: Vec<_> = content[1..1 + 2 * count].chunks_exact(2).map(part).collect::<Option<_>>()?;
        let (predictor, transform) = (rest[0], rest[2] & 15);
        let sound = (1..=7).contains(&predictor) && transform < precision && !parts.is_empty();
        sound.then_some(Self { parts, predictor, transform, precision, restart })
    }

    /// Decodes the coded segment at `at`; gives where it ends.
    fn decode(&self, stream: &[u8], at: usize, shape: &Shape, out: &mut [u16]) -> Option<usize> {
        let mut bits = Bits::new(stream, at, Stuffing::Byte);
        let (width, height, step) = (shape.columns as usize, shape.rows as usize, usize::from(shape.samples));
        let start = 1i32 << (self.precision - self.transform - 1);
        let mut left = self.restart;
        // The row in which the last restart began: its first row has nothing above it (H.1.1).
        let mut first = (0, 0);
        for y in 0..height {
            for x in 0..width {
                if self.restart > 0 && left == 0 {
                    if !bits.restart() {
                        return None;
                    }
                    (left, first) = (self.restart, (x, y));
                }
                left = left.wrapping_sub(1);
                for (part, table) in &self.parts {
                    let difference = difference(&mut bits, table)?;
                    let here = (y * width + x) * step + part;
                    let stored = |back: usize| i32::from(out[here - back] >> self.transform);
                    let prediction = match () {
                        () if (x, y) == first => start,
                        () if y == first.1 => stored(step),
                        () if x == 0 => stored(width * step),
                        () => self.predict(stored(step), stored(width * step), stored((width + 1) * step)),
                    };
                    out[here] = ((prediction + difference) as u16) << self.transform;
                }
            }
            if bits.is_exhausted() {
                return None;
            }
        }
        Some(bits.end())
    }

    /// Table H.1.
    fn predict(&self, a: i32, b: i32, c: i32) -> i32 {
        match self.predictor {
            1 => a,
            2 => b,
            3 => c,
            4 => a + b - c,
            5 => a + ((b - c) >> 1),
            6 => b + ((a - c) >> 1),
            _ => (a + b) >> 1,
        }
    }
}

/// A difference: its class, then as many bits (H.1.2.2).
fn difference(bits: &mut Bits<'_>, table: &Table) -> Option<i32> {
    let class = u32::from(table.decode(bits)?);
    match class {
        0 => Some(0),
        1..=15 => {
            let value = bits.take(class) as i32;
            Some(if value < 1 << (class - 1) { value - (1 << class) + 1 } else { value })
        }
        16 => Some(32_768),
        _ => None,
    }
}
