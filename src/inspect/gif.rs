//! The witness's own account of a GIF: every byte of it belongs to one block, or to none.
//!
//! CompuServe GIF89a (1990) sections 17 to 27 and Appendix F; Netscape's looping extension.

mod cleared;
mod findings;
mod frames;
#[cfg(test)]
mod planted;

pub(super) use cleared::witness;
pub(super) use findings::{discover, year};

use super::Trouble;
use super::bytes::Bytes;
use super::little::le16;
use std::ops::Range;

/// The most blocks that are walked: a frame each of more than nine hours.
const MOST: usize = 1 << 20;

/// Header and logical screen descriptor (17, 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Screen {
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) packed: u8,
    pub(super) background: u8,
    pub(super) aspect: u8,
}

/// Length of a colour table (19, 21) by its packed field.
pub(super) fn table_length(packed: u8) -> u64 {
    if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) }
}

/// One block, or bytes that are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// An extension: its label, all of it, and its sub-blocks with the length bytes, the terminator left out.
    Extension { label: u8, range: Range<u64>, blocks: Range<u64> },
    /// An image: all of it, its descriptor, its colour table, the byte before its stream, its sub-blocks.
    Image { range: Range<u64>, descriptor: [u8; 9], table: Range<u64>, bits: u8, blocks: Range<u64> },
    /// The trailer.
    End(Range<u64>),
    /// Bytes that begin no block, which viewers pass over.
    Junk(Range<u64>),
    /// A block that the file ends in.
    Broken(Range<u64>),
    /// All bytes after the trailer.
    Behind(Range<u64>),
}

/// Walks the blocks behind the global colour table.
#[derive(Debug)]
pub(super) struct Walk {
    pub(super) screen: Screen,
    /// The global colour table.
    pub(super) table: Range<u64>,
    at: u64,
    ended: bool,
    blocks: usize,
}

impl Walk {
    pub(super) fn new(bytes: &mut Bytes<'_>) -> Result<Self, Trouble> {
        let head = bytes.copy(0..13, 13)?;
        if head.len() < 13 || !(head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a")) {
            return Err(Trouble::Damaged("it does not begin as a GIF does"));
        }
        let screen = Screen {
            width: le16(&head, 6).unwrap_or(0),
            height: le16(&head, 8).unwrap_or(0),
            packed: head[10],
            background: head[11],
            aspect: head[12],
        };
        let table = 13..(13 + table_length(screen.packed)).min(bytes.len());
        Ok(Self { screen, at: table.end, table, ended: false, blocks: 0 })
    }

    /// Whether the trailer has been passed.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    pub(super) fn next(&mut self, bytes: &mut Bytes<'_>) -> Result<Option<Part>, Trouble> {
        let (at, end) = (self.at, bytes.len());
        if at >= end {
            return Ok(None);
        }
        self.blocks += 1;
        if self.blocks > MOST {
            return Err(Trouble::TooLarge("a GIF of more than a million blocks"));
        }
        self.at = end;
        if self.ended {
            return Ok(Some(Part::Behind(at..end)));
        }
        let part = match bytes.get(at, 1)?.map(|b| b[0]) {
            Some(0x3b) => {
                self.ended = true;
                Some(Part::End(at..at + 1))
            }
            Some(0x21) => self.extension(bytes, at)?,
            Some(0x2c) => self.image(bytes, at)?,
            _ => Some(Part::Junk(at..junk(bytes, at)?)),
        };
        let part = part.unwrap_or(Part::Broken(at..end));
        self.at = match &part {
            Part::Extension { range, .. } | Part::Image { range, .. } | Part::End(range) => range.end,
            Part::Junk(range) | Part::Broken(range) | Part::Behind(range) => range.end,
        };
        Ok(Some(part))
    }

    fn extension(&self, bytes: &mut Bytes<'_>, at: u64) -> Result<Option<Part>, Trouble> {
        let Some(label) = bytes.get(at, 2)?.map(|b| b[1]) else { return Ok(None) };
        let Some(end) = skip(bytes, at + 2)? else { return Ok(None) };
        Ok(Some(Part::Extension { label, range: at..end + 1, blocks: at + 2..end }))
    }

    fn image(&self, bytes: &mut Bytes<'_>, at: u64) -> Result<Option<Part>, Trouble> {
        let Some(head) = bytes.get(at, 10)? else { return Ok(None) };
        let mut descriptor = [0; 9];
        descriptor.copy_from_slice(&head[1..]);
        let table = at + 10..at + 10 + table_length(descriptor[8]);
        let Some(bits) = bytes.get(table.end, 1)?.map(|b| b[0]) else { return Ok(None) };
        let start = table.end + 1;
        // An image that the file ends in has what there is of it.
        let (end, next) = match skip(bytes, start)? {
            Some(end) => (end, end + 1),
            None => (bytes.len(), bytes.len()),
        };
        Ok(Some(Part::Image { range: at..next, descriptor, table, bits, blocks: start..end }))
    }
}

/// Where the bytes that begin no block end.
fn junk(bytes: &mut Bytes<'_>, mut at: u64) -> Result<u64, Trouble> {
    while at < bytes.len() {
        let slice = bytes.slice_at(at, 1)?;
        if let Some(found) = slice.iter().position(|byte| matches!(byte, 0x21 | 0x2c | 0x3b)) {
            return Ok(at + found as u64);
        }
        at += slice.len().max(1) as u64;
    }
    Ok(bytes.len())
}

/// The place of the terminator of the sub-blocks that begin at `at`.
fn skip(bytes: &mut Bytes<'_>, mut at: u64) -> Result<Option<u64>, Trouble> {
    loop {
        match bytes.get(at, 1)?.map(|b| b[0]) {
            None => return Ok(None),
            Some(0) => return Ok(Some(at)),
            Some(n) => at += 1 + u64::from(n),
        }
    }
}

/// The data of sub-blocks, without their length bytes, as far as the file has it.
pub(super) fn data(bytes: &mut Bytes<'_>, blocks: &Range<u64>) -> Result<Vec<Range<u64>>, Trouble> {
    let mut out = Vec::new();
    let mut at = blocks.start;
    while at < blocks.end {
        let n = bytes.get(at, 1)?.map_or(0, |b| u64::from(b[0]));
        if n > 0 {
            out.push(at + 1..(at + 1 + n).min(blocks.end));
        }
        at += 1 + n;
    }
    Ok(out)
}

/// The data of sub-blocks together, at most `cap` bytes of it.
pub(super) fn content(bytes: &mut Bytes<'_>, blocks: &Range<u64>, cap: usize) -> Result<Vec<u8>, Trouble> {
    let mut out = Vec::new();
    let mut at = blocks.start;
    while at < blocks.end && out.len() < cap {
        let n = bytes.get(at, 1)?.map_or(0, |b| u64::from(b[0]));
        out.extend(bytes.copy(at + 1..at + 1 + n, cap - out.len())?);
        at += 1 + n;
    }
    Ok(out)
}
