//! The witness's own account of a WebP: every byte of it belongs to one chunk, or to none.
//!
//! RFC 9649 (WebP) sections 2.3 to 2.7 (RIFF, simple and extended layout, chunks); RFC 6386 section 9.1 (VP8 frame
//! header).

mod cleared;
mod findings;
pub(super) mod frames;
#[cfg(test)]
mod planted;

pub(super) use cleared::witness;
pub(super) use findings::{discover, year};

use super::Trouble;
use super::bytes::Bytes;
use super::little::le32;
use std::ops::Range;

/// The most chunks that are walked.
const MOST: usize = 1 << 20;

/// A chunk: its name, all of it with its pad byte, its data, and whether the file has all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) name: [u8; 4],
    pub(super) range: Range<u64>,
    pub(super) data: Range<u64>,
    pub(super) whole: bool,
}

impl Chunk {
    /// The pad byte behind data of odd length, where there is one.
    pub(super) fn pad(&self) -> Range<u64> {
        self.data.end..self.range.end
    }
}

/// Walks the chunks in a range of the file.
#[derive(Debug)]
pub(super) struct Walk {
    at: u64,
    end: u64,
    seen: usize,
}

impl Walk {
    /// The chunks in `range`.
    pub(super) fn over(range: Range<u64>) -> Self {
        Self { at: range.start, end: range.end, seen: 0 }
    }

    pub(super) fn next(&mut self, bytes: &mut Bytes<'_>) -> Result<Option<Chunk>, Trouble> {
        let (at, end) = (self.at, self.end);
        if at >= end {
            return Ok(None);
        }
        self.seen += 1;
        if self.seen > MOST {
            return Err(Trouble::TooLarge("a WebP of more than a million chunks"));
        }
        let head = bytes.get(at, 8)?.filter(|_| end - at >= 8);
        let Some((name, length)) = head.and_then(|h| Some(([h[0], h[1], h[2], h[3]], u64::from(le32(h, 4)?)))) else {
            self.at = end;
            return Ok(Some(Chunk { name: *b"????", range: at..end, data: at..end, whole: false }));
        };
        let (start, next) = (at + 8, at + 8 + length);
        // Some writers leave the pad byte of the last chunk out.
        let padded = (next + length % 2).min(end);
        self.at = padded;
        Ok(Some(Chunk { name, range: at..padded, data: start..next.min(end), whole: next <= end }))
    }
}

/// Where the file ends by its header, which may be wrong.
pub(super) fn stated_end(bytes: &mut Bytes<'_>) -> Result<u64, Trouble> {
    let head = bytes.copy(0..12, 12)?;
    match le32(&head, 4) {
        Some(size) if head.starts_with(b"RIFF") && head.get(8..) == Some(b"WEBP") => Ok(8 + u64::from(size)),
        _ => Err(Trouble::Damaged("it does not begin as a WebP does")),
    }
}
