//! The witness's own reading of TIFF and BigTIFF: directories, entries and numbers, whatever the file's size.
//!
//! TIFF 6.0 (Adobe, 1992) section 2; BigTIFF (AWare Systems, 2008): version 43, offsets of eight bytes.

mod cleared;
mod coded;
mod common;
mod compared;
mod entries;
mod findings;
mod keep;
mod opinion;
pub(super) mod page;
#[cfg(test)]
mod planted;
mod slide;
mod wavelet;

pub(super) use cleared::witness;
pub(super) use findings::{discover, year};

use super::Trouble;
use super::bytes::Bytes;
use std::collections::HashSet;
use std::ops::Range;

/// The most directories in a chain: frames of an hour of microscopy at 18 a second.
const MOST_DIRECTORIES: usize = 1 << 16;

/// The most entries of one directory; real ones have up to 80.
const MOST_ENTRIES: u64 = 4096;

/// The most entries of all directories of a chain together; directories may lie over one another.
const MOST_TOGETHER: usize = 1 << 21;

/// A file's byte order and width of offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) little: bool,
    pub(super) big: bool,
    /// Place of the first directory.
    pub(super) first: u64,
}

/// One entry of a directory.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) tag: u16,
    pub(super) kind: u16,
    pub(super) count: u64,
    /// Its value, in the entry or elsewhere, as far as the file has it.
    pub(super) value: Range<u64>,
    /// Whether the file has all of the value.
    pub(super) whole: bool,
    /// Bytes of the entry that hold the value or its place.
    pub(super) field: Range<u64>,
}

impl Entry {
    /// Whether the value stands in the entry itself.
    pub(super) fn is_inline(&self) -> bool {
        self.field.start <= self.value.start && self.value.end <= self.field.end
    }
}

/// One directory.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    pub(super) range: Range<u64>,
    pub(super) entries: Vec<Entry>,
    pub(super) next: u64,
    /// Whether the file has all of it, and it has no more entries than are read.
    pub(super) whole: bool,
}

impl Directory {
    /// The first entry with this tag.
    pub(super) fn get(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|e| e.tag == tag)
    }
}

/// Bytes of one number of a type (TIFF 6.0 section 2, BigTIFF); 0 for a type that is none.
pub(super) fn size_of(kind: u16) -> u64 {
    match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 0,
    }
}

impl Order {
    /// Reads the header.
    pub(super) fn read(bytes: &mut Bytes<'_>) -> Result<Self, Trouble> {
        let head = bytes.copy(0..16, 16)?;
        let little = head.starts_with(b"II");
        let known = little || head.starts_with(b"MM");
        let order = Self { little, big: false, first: 0 };
        match order.number(head.get(2..4).unwrap_or_default()) {
            42 if known && head.len() >= 8 => Ok(Self { first: order.number(&head[4..8]), ..order }),
            43 if known && head.len() == 16 && order.number(&head[4..6]) == 8 => {
                Ok(Self { first: order.number(&head[8..16]), big: true, ..order })
            }
            _ => Err(Trouble::Damaged("it does not begin as a TIFF does")),
        }
    }

    /// Length of the header.
    pub(super) fn header(&self) -> u64 {
        if self.big { 16 } else { 8 }
    }

    /// The number that up to eight bytes are.
    pub(super) fn number(&self, bytes: &[u8]) -> u64 {
        let push = |n: u64, b: &u8| n << 8 | u64::from(*b);
        if self.little { bytes.iter().rev().fold(0, push) } else { bytes.iter().fold(0, push) }
    }

    /// Reads the directory at `at`, as far as the file has it; none where there is not even a count.
    pub(super) fn directory(&self, bytes: &mut Bytes<'_>, at: u64) -> Result<Option<Directory>, Trouble> {
        let (counter, size, offset) = if self.big { (8u64, 20u64, 8u64) } else { (2, 12, 4) };
        if at < self.header() || at >= bytes.len() {
            return Ok(None);
        }
        let Some(count) = bytes.get(at, counter as usize)?.map(|b| self.number(b)) else { return Ok(None) };
        let start = at + counter;
        let there = ((bytes.len() - start) / size).min(count).min(MOST_ENTRIES);
        let mut entries = Vec::with_capacity(there as usize);
        for from in (0..there).map(|i| start + i * size) {
            let Some(entry) = bytes.get(from, size as usize)?.map(<[u8]>::to_vec) else { break };
            entries.push(self.entry(bytes.len(), from, &entry));
        }
        let end = start + there * size;
        let next = bytes.get(end, offset as usize)?.map(|b| self.number(b));
        let whole = there == count && next.is_some();
        let range = at..(end + offset).min(bytes.len());
        Ok(Some(Directory { range, entries, next: next.filter(|_| whole).unwrap_or(0), whole }))
    }

    fn entry(&self, length: u64, from: u64, bytes: &[u8]) -> Entry {
        let (kind, wide) = (self.number(&bytes[2..4]) as u16, bytes.len() == 20);
        let (count, field) = if wide { (&bytes[4..12], 12usize) } else { (&bytes[4..8], 8) };
        let count = self.number(count);
        let size = size_of(kind).saturating_mul(count);
        let room = (bytes.len() - field) as u64;
        let start = if size <= room { from + field as u64 } else { self.number(&bytes[field..]) };
        let end = start.saturating_add(size);
        let value = start.min(length)..end.min(length);
        let field = from + field as u64..from + bytes.len() as u64;
        Entry { tag: self.number(&bytes[..2]) as u16, kind, count, value, whole: end <= length, field }
    }

    /// The places of the directories in the chain, and whether it ends as it should.
    pub(super) fn chain(&self, bytes: &mut Bytes<'_>) -> Result<(Vec<u64>, bool), Trouble> {
        let (mut places, mut seen) = (Vec::new(), HashSet::new());
        let (mut at, mut entries) = (self.first, 0);
        while at != 0 {
            if places.len() >= MOST_DIRECTORIES || entries > MOST_TOGETHER {
                return Err(Trouble::TooLarge("a TIFF of more than sixty-five thousand pages"));
            }
            let Some(directory) = self.directory(bytes, at)?.filter(|_| seen.insert(at)) else {
                return Ok((places, false));
            };
            places.push(at);
            entries += directory.entries.len();
            if !directory.whole {
                return Ok((places, false));
            }
            at = directory.next;
        }
        Ok((places, true))
    }

    /// The whole numbers of an entry, at most `most` of them; none for a type that holds none.
    pub(super) fn numbers(&self, bytes: &mut Bytes<'_>, entry: &Entry, most: usize) -> Result<Vec<u64>, Trouble> {
        let size = size_of(entry.kind);
        if !matches!(entry.kind, 1 | 3 | 4 | 6 | 8 | 9 | 13 | 16 | 17 | 18) {
            return Ok(Vec::new());
        }
        let count = ((entry.value.end - entry.value.start) / size).min(most as u64);
        let (mut out, mut held) = (Vec::with_capacity(count as usize), Vec::new());
        bytes.each(entry.value.start..entry.value.start + count * size, |part| {
            for byte in part {
                held.push(*byte);
                if held.len() as u64 == size {
                    out.push(self.number(&held));
                    held.clear();
                }
            }
            Ok(())
        })?;
        Ok(out)
    }

    /// The first whole number of the entry with this tag.
    pub(super) fn first_of(
        &self,
        bytes: &mut Bytes<'_>,
        directory: &Directory,
        tag: u16,
    ) -> Result<Option<u64>, Trouble> {
        match directory.get(tag) {
            Some(entry) => Ok(self.numbers(bytes, entry, 1)?.first().copied()),
            None => Ok(None),
        }
    }
}

/// The turn that the first directory of an Exif block states.
pub(super) fn turn(block: &[u8]) -> Option<u8> {
    let mut bytes = Bytes::over(block);
    let order = Order::read(&mut bytes).ok()?;
    let directory = order.directory(&mut bytes, order.first).ok()??;
    let turn = order.first_of(&mut bytes, &directory, 0x0112).ok()??;
    u8::try_from(turn).ok().filter(|t| (1..=8).contains(t))
}
