//! Changes to a cleaned object: ranges of it, and what stands in their place.

use super::super::Object;
use super::super::emit::{KEPT, PIXELS};
use super::super::walk::PIXEL_DATA;
use crate::cut::Cut;
use crate::plan::Refusal;
use std::ops::Range;

/// Why filled samples stand in the output.
pub(super) const FILLED: &str = "writing covered";
/// Changes in one object, at most; and their bytes.
const MOST: usize = 1_500_000;
const MOST_BYTES: u64 = 256 << 20;

/// What stands in the place of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
enum New {
    Bytes(Vec<u8>),
    Zeros(u64),
}

#[derive(Debug)]
struct Edit {
    range: Range<u64>,
    new: New,
    why: &'static str,
}

/// The changes, of the data set and of what stands before it.
#[derive(Debug, Default)]
pub(super) struct Edits {
    body: Vec<Edit>,
    head: Vec<Edit>,
    bytes: u64,
}

impl Edits {
    /// Puts bytes in the place of a range of the data set.
    pub(super) fn replace(&mut self, range: Range<u64>, bytes: Vec<u8>, why: &'static str) -> Result<(), Refusal> {
        self.bytes += bytes.len() as u64;
        if let Some(last) = self.body.last_mut()
            && last.range.end == range.start
            && !range.is_empty()
            && last.why == why
            && let New::Bytes(before) = &mut last.new
        {
            before.extend_from_slice(&bytes);
            last.range.end = range.end;
        } else {
            self.body.push(Edit { range, new: New::Bytes(bytes), why });
        }
        self.checked()
    }

    /// Puts zeros in the place of as many bytes.
    pub(super) fn zero(&mut self, range: Range<u64>) -> Result<(), Refusal> {
        let length = range.end - range.start;
        if let Some(Edit { range: last, new: New::Zeros(n), .. }) = self.body.last_mut()
            && last.end == range.start
        {
            (last.end, *n) = (range.end, *n + length);
        } else {
            self.body.push(Edit { range, new: New::Zeros(length), why: FILLED });
        }
        self.checked()
    }

    /// Puts bytes in the place of a range of what stands before the data set.
    pub(super) fn replace_head(&mut self, range: Range<u64>, bytes: Vec<u8>) {
        self.head.push(Edit { range, new: New::Bytes(bytes), why: super::super::emit::NEW });
    }

    fn checked(&self) -> Result<(), Refusal> {
        if self.body.len() <= MOST && self.bytes <= MOST_BYTES {
            return Ok(());
        }
        Err(too_large())
    }

    /// The pieces of the output.
    pub(super) fn finish(mut self, object: &Object<'_>) -> Result<Cut, Refusal> {
        let mut cut = Cut::new();
        put(&mut cut, std::mem::take(&mut self.head), 0..object.start, u64::MAX)?;
        let pixels = object.node(PIXEL_DATA).map_or(u64::MAX, |node| node.value().start);
        let Some(inflated) = &object.inflated else {
            put(&mut cut, self.body, object.start..object.source.len(), pixels)?;
            return Ok(cut);
        };
        let mut inner = Cut::new();
        put(&mut inner, self.body, 0..inflated.len() as u64, pixels)?;
        let mut bytes = Vec::new();
        inner.write_to(inflated, &mut bytes)?;
        cut.write(super::super::deflated(&bytes)?, "the covered data set, deflated again");
        Ok(cut)
    }
}

/// A refusal to hold more in memory than a worker may.
pub(super) fn too_large() -> Refusal {
    Refusal {
        code: "too-large",
        what: "covering parts of this object's frames would take more memory than there may be".to_owned(),
        advice: "Export it with fewer frames in an object, or uncompressed, and run scrubs again.",
    }
}

/// Puts a stretch of the source into a cut, with its changes.
fn put(cut: &mut Cut, mut edits: Vec<Edit>, whole: Range<u64>, pixels: u64) -> Result<(), Refusal> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut at = whole.start;
    let keep = |cut: &mut Cut, range: Range<u64>| {
        cut.keep(range.start..range.end.min(pixels), KEPT);
        cut.keep(range.start.max(pixels)..range.end, PIXELS);
    };
    for edit in edits {
        if edit.range.start < at || edit.range.end > whole.end {
            return Err(Refusal::not_understood("the parts to be covered do not lie as the header says"));
        }
        keep(cut, at..edit.range.start);
        at = edit.range.end;
        match edit.new {
            New::Bytes(bytes) => cut.write(bytes, edit.why),
            New::Zeros(length) => cut.blank(length, edit.why),
        }
    }
    keep(cut, at..whole.end);
    Ok(())
}
