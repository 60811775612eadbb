//! Boxes of a film, read one after the other where they stand: nothing is listed, so that a film of a million fragments
//! takes no more memory than one of ten.
//!
//! ISO/IEC 14496-12, 4.2: size and type, 64-bit sizes (size 1), size 0 for "to the end".

use super::refused;
use crate::cut::Source;
use crate::plan::Refusal;
use std::ops::Range;

/// Boxes read from one container; a film has some dozens of tracks, a folder of fragments some hundred thousand.
const MOST: u32 = 1 << 21;

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
    /// Whether it says no size and reaches to the end of the file.
    pub(super) open: bool,
}

impl Part {
    /// All its bytes.
    pub(super) fn range(&self) -> Range<u64> {
        self.start..self.end
    }

    /// Length of its payload in bytes.
    pub(super) fn length(&self) -> u64 {
        self.end - self.body
    }

    /// Its type as text.
    pub(super) fn name(&self) -> String {
        self.kind.iter().map(|b| if b.is_ascii_graphic() { char::from(*b) } else { '?' }).collect()
    }

    /// A header of the same length for another type.
    pub(super) fn header(&self, kind: [u8; 4]) -> Vec<u8> {
        let size = self.end - self.start;
        match (self.body - self.start, u32::try_from(size)) {
            (8, _) if self.open => [[0; 4], kind].concat(),
            (8, Ok(size)) => [size.to_be_bytes(), kind].concat(),
            (8, Err(_)) => [[0; 4], kind].concat(),
            _ => [&[0, 0, 0, 1], &kind[..], &size.to_be_bytes()].concat(),
        }
    }
}

/// The boxes of a range, in order.
pub(super) struct Walk {
    at: u64,
    end: u64,
    read: u32,
    top: bool,
}

impl Walk {
    /// The boxes of a file.
    pub(super) fn top(source: &dyn Source) -> Self {
        Self { at: 0, end: source.len(), read: 0, top: true }
    }

    /// The boxes inside another one.
    pub(super) fn inside(range: Range<u64>) -> Self {
        Self { at: range.start, end: range.end, read: 0, top: false }
    }

    /// Where the last box ended.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The next box; none at the end, or where what follows is no box.
    ///
    /// # Errors
    /// Inside another box, where one reaches out of it.
    pub(super) fn next(&mut self, source: &dyn Source) -> Result<Option<Part>, Refusal> {
        if self.end.saturating_sub(self.at) < 8 {
            return Ok(None);
        }
        self.read += 1;
        if self.read > MOST {
            return Err(Refusal::too_large("the file has more parts than any real recording"));
        }
        let mut head = [0; 16];
        let length = (self.end - self.at).min(16) as usize;
        source.read_exact_at(self.at, &mut head[..length])?;
        let (small, kind) = (number(&head, 0), [head[4], head[5], head[6], head[7]]);
        let (size, before) = match small {
            Some(0) if self.top => (self.end - self.at, 8),
            Some(0) => return Ok(None),
            Some(1) if length == 16 => (wide(&head, 8).unwrap_or(0), 16),
            size => (u64::from(size.unwrap_or(0)), 8),
        };
        let named = kind.iter().all(|b| (0x20..0x7F).contains(b) || *b == 0xA9) || !self.top;
        if size < before || !named {
            return if self.top { Ok(None) } else { Err(refused("a part of the film's description is damaged")) };
        }
        let reach = self.at.saturating_add(size);
        let cut = reach > self.end;
        if cut && !self.top {
            return Err(refused("a part of the film's description is damaged"));
        }
        let end = reach.min(self.end);
        let part = Part { kind, start: self.at, body: self.at + before, end, cut, open: small == Some(0) };
        self.at = end;
        Ok(Some(part))
    }
}

/// The first box of a type inside another one.
pub(super) fn child(source: &dyn Source, range: Range<u64>, kind: &[u8; 4]) -> Result<Option<Part>, Refusal> {
    let mut walk = Walk::inside(range);
    while let Some(part) = walk.next(source)? {
        if part.kind == *kind {
            return Ok(Some(part));
        }
    }
    Ok(None)
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
