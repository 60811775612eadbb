//! The marker segments of JPEG and JPEG-LS frames, and what their frame header says.
//!
//! ISO/IEC 10918-1 B.1 and B.2.2, ISO/IEC 14495-1 Annex C.

use super::shape::Shape;
use crate::pixels::Unseen;

/// Segments of one frame, at most.
const SEGMENTS: usize = 10_000;

/// A marker segment: its second byte, and its content.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'s> {
    pub(super) marker: u8,
    pub(super) content: &'s [u8],
    /// Where it ends.
    pub(super) end: usize,
}

/// Reads segments one by one.
#[derive(Debug)]
pub(super) struct Segments<'s> {
    stream: &'s [u8],
    at: usize,
    left: usize,
}

impl<'s> Segments<'s> {
    pub(super) fn new(stream: &'s [u8]) -> Self {
        Self { stream, at: if stream.starts_with(&[0xFF, 0xD8]) { 2 } else { stream.len() }, left: SEGMENTS }
    }

    /// Goes on behind a coded segment.
    pub(super) fn skip_to(&mut self, at: usize) {
        self.at = at;
    }
}

impl<'s> Iterator for Segments<'s> {
    type Item = Segment<'s>;

    fn next(&mut self) -> Option<Segment<'s>> {
        self.left = self.left.checked_sub(1)?;
        while self.stream.get(self.at..self.at + 2)? == [0xFF, 0xFF] {
            self.at += 1;
        }
        let &[0xFF, marker] = self.stream.get(self.at..self.at + 2)? else { return None };
        if marker == 0xD9 {
            return None;
        }
        let length = self.stream.get(self.at + 2..self.at + 4)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let end = self.at + 2 + length;
        let content = self.stream.get(self.at + 4..end)?;
        self.at = end;
        Some(Segment { marker, content, end })
    }
}

/// What the frame header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// The marker: the process.
    pub(super) process: u8,
    /// Bits of a sample.
    pub(super) precision: u8,
    /// Components.
    pub(super) components: u8,
    /// Whether one of them has fewer samples than another.
    pub(super) subsampled: bool,
}

impl Header {
    /// The frame header, if it is of the size that the object says.
    pub(super) fn of(content: &[u8], process: u8, shape: &Shape) -> Result<Self, Unseen> {
        let damaged = || Unseen::damaged("a compressed frame has no header that can be read");
        let &[precision, y0, y1, x0, x1, components, ref rest @ ..] = content else { return Err(damaged()) };
        let size = [u16::from_be_bytes([x0, x1]), u16::from_be_bytes([y0, y1])].map(u32::from);
        if size != [shape.columns, shape.rows] || components != shape.samples {
            return Err(Unseen::damaged("a compressed frame is of another size than its object says"));
        }
        if rest.len() < 3 * usize::from(components) || !(2..=16).contains(&precision) {
            return Err(damaged());
        }
        let subsampled = rest.chunks_exact(3).take(usize::from(components)).any(|c| c[1] != rest[1]);
        Ok(Self { process, precision, components, subsampled })
    }

    /// The header of a frame.
    pub(super) fn find(stream: &[u8], shape: &Shape) -> Result<Self, Unseen> {
        let is_header = |m: u8| matches!(m, 0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xF7);
        let header = Segments::new(stream).find(|s| is_header(s.marker));
        let header = header.ok_or_else(|| Unseen::damaged("a compressed frame has no header that can be read"))?;
        Self::of(header.content, header.marker, shape)
    }
}
