//! The pieces of one strip or tile: ranges of the source, and bytes written between them.

use std::ops::Range;

/// A piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Bytes of the source.
    Keep(Range<u64>),
    /// New bytes.
    Write(Vec<u8>),
}

impl Part {
    fn len(&self) -> u64 {
        match self {
            Part::Keep(range) => range.end - range.start,
            Part::Write(bytes) => bytes.len() as u64,
        }
    }
}

/// The pieces of a strip or tile, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parts(Vec<Part>);

impl Parts {
    /// Keeps a range; joined to the one before where it goes on from there.
    pub(super) fn keep(&mut self, range: Range<u64>) {
        if range.start >= range.end {
            return;
        }
        match self.0.last_mut() {
            Some(Part::Keep(last)) if last.end == range.start => last.end = range.end,
            _ => self.0.push(Part::Keep(range)),
        }
    }

    /// Writes new bytes.
    pub(super) fn write(&mut self, bytes: impl Into<Vec<u8>>) {
        match self.0.last_mut() {
            Some(Part::Write(last)) => last.extend(bytes.into()),
            _ => self.0.push(Part::Write(bytes.into())),
        }
    }

    /// The pieces.
    pub(super) fn pieces(&self) -> &[Part] {
        &self.0
    }

    /// Bytes that they put into the output.
    pub(super) fn len(&self) -> u64 {
        self.0.iter().map(Part::len).sum()
    }

    /// The one range that they are, if they are one.
    pub(super) fn range(&self) -> Option<Range<u64>> {
        match self.0.as_slice() {
            [Part::Keep(range)] => Some(range.clone()),
            _ => None,
        }
    }
}
