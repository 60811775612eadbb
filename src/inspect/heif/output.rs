//! What is known of an output of HEIF or AVIF while it is read: what is left, and what of the media data is taken.
//!
//! ISO/IEC 14496-12 sections 8.1 (mdat, free) and 8.7.2 (dref).

use crate::inspect::boxes::{Box4, gaps, is_zero};
use crate::inspect::bytes::Bytes;
use crate::inspect::residue::Haystack;
use crate::inspect::{Left, Trouble};
use crate::place::Place;
use std::ops::Range;

/// The data reference that says no more than that the data are in the same file (14496-12 8.7.2).
pub(super) const SAME_FILE: &[u8] = b"\0\0\0\x1cdref\0\0\0\0\0\0\0\x01\0\0\0\x0curl \0\0\0\x01";

/// What is known of an output while it is read.
#[derive(Default)]
pub(super) struct Output {
    pub(super) left: Left,
    pub(super) hay: Haystack,
    /// Where media data lie.
    pub(super) media: Vec<Range<u64>>,
    /// What of it is taken by kept items and samples.
    pub(super) taken: Vec<Range<u64>>,
}

pub(super) fn unaccounted(what: &'static str, range: Range<u64>) -> Trouble {
    Trouble::Unaccounted(what, Place::bytes("HEIF", range.start, range.end - range.start))
}

impl Output {
    pub(super) fn note(&mut self, what: impl Into<String>, part: &str, range: &Range<u64>) {
        self.left.note(what, Place::bytes(part, range.start, range.end - range.start));
    }

    /// A `free` box, or another of its kind, that must be empty.
    pub(super) fn blank(&mut self, bytes: &mut Bytes<'_>, found: &Box4) -> Result<(), Trouble> {
        if !is_zero(bytes, found.data.clone())? {
            self.note("bytes in free space", &found.name(), &found.range);
        }
        Ok(())
    }

    /// All media data that no kept item or sample takes must be zero; all that is taken must be media data.
    pub(super) fn zeros(&mut self, bytes: &mut Bytes<'_>) -> Result<(), Trouble> {
        let mut taken = std::mem::take(&mut self.taken);
        let mut media = std::mem::take(&mut self.media);
        media.sort_by_key(|m| m.start);
        taken.sort_by_key(|r| (r.start, r.end));
        for range in &taken {
            let i = media.partition_point(|m| m.end < range.end);
            if media.get(i).is_none_or(|m| m.start > range.start) {
                return Err(unaccounted("a picture that lies outside of the media data", range.clone()));
            }
        }
        let taken = merged(taken);
        for whole in &media {
            let first = taken.partition_point(|r| r.end <= whole.start);
            let until = taken.partition_point(|r| r.start < whole.end);
            let mut inside = taken.get(first..until).unwrap_or_default().to_vec();
            for gap in gaps(whole.clone(), &mut inside) {
                if !is_zero(bytes, gap.clone())? {
                    self.note("bytes that no picture refers to", "mdat", &gap);
                }
            }
        }
        self.taken = taken;
        Ok(())
    }
}

/// Ranges in order, those that overlap or touch made one.
fn merged(sorted: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let mut out: Vec<Range<u64>> = Vec::new();
    for range in sorted {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}
