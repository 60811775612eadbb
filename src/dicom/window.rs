//! Reads small stretches of a source with few calls: the head of the file at once, the rest a chunk at a time.

use crate::cut::Source;
use crate::plan::Refusal;
use std::ops::Range;

/// How much of a file is read at once.
const CHUNK: u64 = 64 * 1024;
/// How much is read after a leap, when only the next header is wanted.
const GLANCE: u64 = 1024;

/// A reader over a source that holds the last chunk it read.
pub(super) struct Window<'a> {
    source: &'a dyn Source,
    head: &'a [u8],
    chunk: Vec<u8>,
    at: u64,
}

/// The first bytes of a source, in one read; nothing where they lie in memory already.
pub(super) fn head(source: &dyn Source) -> Result<Vec<u8>, Refusal> {
    if source.as_slice().is_some() {
        return Ok(Vec::new());
    }
    Ok(source.read_range(0..source.len().min(CHUNK), CHUNK)?)
}

impl<'a> Window<'a> {
    /// A reader over `source`, of which `head` was read before.
    pub(super) fn new(source: &'a dyn Source, head: &'a [u8]) -> Self {
        Self { source, head: source.as_slice().unwrap_or(head), chunk: Vec::new(), at: 0 }
    }

    /// Length of the source.
    pub(super) fn len(&self) -> u64 {
        self.source.len()
    }

    /// The bytes of `range`, which the caller keeps short; refused past the end.
    pub(super) fn bytes(&mut self, range: Range<u64>) -> Result<&[u8], Refusal> {
        if range.start > range.end || range.end > self.source.len() {
            return Err(Refusal::truncated("a part of the file reaches past its end"));
        }
        if range.end <= self.head.len() as u64 {
            return Ok(&self.head[range.start as usize..range.end as usize]);
        }
        let held = self.at + self.chunk.len() as u64;
        if range.start < self.at || range.end > held {
            let near = range.start <= held.saturating_add(CHUNK) || range.start <= self.head.len() as u64;
            let wanted = (range.end - range.start).max(if near { CHUNK } else { GLANCE });
            let end = range.start.saturating_add(wanted).min(self.source.len());
            self.chunk = self.source.read_range(range.start..end, wanted)?;
            self.at = range.start;
        }
        let start = (range.start - self.at) as usize;
        Ok(&self.chunk[start..start + (range.end - range.start) as usize])
    }
}
