//! Boxes: their headers, those of a file and those inside another box.
//!
//! ISO/IEC 14496-12, 4.2: size and type, 64-bit sizes (size 1), size 0 for "to the end".

use crate::cut::Source;
use crate::plan::Refusal;
use std::ops::Range;

/// Boxes read from one file's top level; real files have fewer than ten.
const TOP: usize = 4_096;
/// Boxes read from one container.
const CHILDREN: usize = 100_000;

/// A box: where it stands and where its payload begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Its type.
    pub(super) kind: [u8; 4],
    /// First byte of its header.
    pub(super) start: u64,
    /// First byte of its payload.
    pub(super) body: u64,
    /// First byte behind it.
    pub(super) end: u64,
    /// Whether its size reaches past what holds it, and was cut there.
    pub(super) cut: bool,
}

impl Part {
    /// All its bytes.
    pub(super) fn range(&self) -> Range<u64> {
        self.start..self.end
    }

    /// Its payload.
    pub(super) fn payload(&self) -> Range<u64> {
        self.body..self.end
    }

    /// Its type as text.
    pub(super) fn name(&self) -> String {
        self.kind.iter().map(|b| if b.is_ascii_graphic() { char::from(*b) } else { '?' }).collect()
    }

    /// A header of the same length for another type.
    pub(super) fn header(&self, kind: &[u8; 4]) -> Vec<u8> {
        let size = self.end - self.start;
        match (self.body - self.start, u32::try_from(size)) {
            (8, Ok(size)) => [&size.to_be_bytes()[..], kind].concat(),
            (8, Err(_)) => [&[0; 4][..], kind].concat(),
            _ => [&[0, 0, 0, 1], &kind[..], &size.to_be_bytes()].concat(),
        }
    }
}

/// The header that begins at `at` in what ends at `end`; none where there is none.
fn header(head: &[u8], at: u64, end: u64) -> Option<Part> {
    let small = number(head, 0)?;
    let kind: [u8; 4] = head.get(4..8)?.try_into().ok()?;
    let (size, length) = match small {
        0 => (end - at, 8),
        1 => (wide(head, 8)?, 16),
        size => (u64::from(size), 8),
    };
    if size < length {
        return None;
    }
    let reach = at.checked_add(size)?;
    Some(Part { kind, start: at, body: at + length, end: reach.min(end), cut: reach > end })
}

/// The boxes of a file, and where they end: the length of the file, or the first byte that begins no box.
pub(super) fn top(source: &dyn Source) -> Result<(Vec<Part>, u64), Refusal> {
    let (mut parts, mut at) = (Vec::new(), 0);
    while source.len() - at >= 8 {
        let mut head = [0; 16];
        let length = (source.len() - at).min(16) as usize;
        source.read_exact_at(at, &mut head[..length])?;
        let Some(part) = header(&head[..length], at, source.len()) else { break };
        if part.body > part.end || !part.kind.iter().all(|b| (0x20..0x7F).contains(b) || *b == 0xA9) {
            break;
        }
        if parts.len() >= TOP {
            return Err(Refusal::too_large("the file has more parts than any real picture"));
        }
        at = part.end;
        parts.push(part);
    }
    Ok((parts, at))
}

/// The boxes inside `bytes[range]`; places count from the start of `bytes`. What follows the last whole box is left out.
///
/// # Errors
/// Where a box reaches out of what holds it.
pub(super) fn inside(bytes: &[u8], range: Range<usize>) -> Result<Vec<Part>, Refusal> {
    let end = range.end.min(bytes.len());
    let (mut parts, mut at) = (Vec::new(), range.start);
    while at < end && end - at >= 8 {
        let part = header(&bytes[at..end], at as u64, end as u64);
        let Some(part) = part.filter(|part| !part.cut && part.body <= part.end) else {
            return Err(Refusal::not_understood("a part of the file's description is damaged"));
        };
        if parts.len() >= CHILDREN {
            return Err(Refusal::too_large("the file's description has more parts than any real picture"));
        }
        at = part.end as usize;
        parts.push(part);
    }
    Ok(parts)
}

/// A box of this type around a payload.
pub(super) fn boxed(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32 + 8).to_be_bytes()[..], kind, payload].concat()
}

/// A 16-bit number.
pub(super) fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?).map(|b| u16::from_be_bytes([b[0], b[1]]))
}

/// A 32-bit number.
pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
}

/// A 64-bit number.
pub(super) fn wide(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(number(bytes, at)?) << 32 | u64::from(number(bytes, at.checked_add(4)?)?))
}

/// A reader of numbers, one after the other.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let bytes = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(bytes)
    }

    /// The next number of `size` bytes, 0 to 8.
    pub(super) fn number(&mut self, size: usize) -> Option<u64> {
        self.take(size).map(|bytes| bytes.iter().fold(0, |sum, b| sum << 8 | u64::from(*b)))
    }

    /// The next 16-bit number, or 32-bit one.
    pub(super) fn id(&mut self, long: bool) -> Option<u32> {
        self.number(if long { 4 } else { 2 }).map(|id| id as u32)
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}
