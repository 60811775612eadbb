//! The witness's own account of MP3: an output is frames from its first byte to its last, and they are the original's.
//!
//! ISO/IEC 11172-3 and 13818-3, layer III; ID3 of versions 1 to 2.4, APE tags and Lyrics3 as their makers describe them.

mod findings;
mod frames;
mod tags;

pub(super) use findings::{discover, ends as tags_behind, tags_before, year};
pub(super) use tags::length as tag_length;

use super::bytes::{Bytes, same};
use super::residue::Haystack;
use super::{Evidence, Left, Trouble};
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use frames::{Gaps, frame};
use std::ops::Range;

/// Frames that follow one another by more than chance.
const RUN: usize = 6;

/// Proves an output: the number is how many bytes of frames were compared.
pub(super) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let first = frame(&mut output, 0)?.ok_or(Trouble::Damaged("the file does not begin with a frame of sound"))?;
    let mut left = Left::default();
    let describes = output.copy(0..first.length, 8192)?;
    let is_info = frames::describes(&describes, &first);
    if let Some(what) = is_info.then(|| frames::fault(&describes, &first, output.len())).flatten() {
        left.note(what, Place::bytes("first frame", 0, first.length));
    }
    let mut hay = Haystack::default();
    if is_info {
        hay.add(&frames::unlisted(&describes, &first))?;
    }
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    let start = if is_info { first.length } else { 0 };
    let gaps = frames::spare(&mut output, start, &first)?;
    let mut other = Other { bytes: original, dropped: evidence.dropped, at: 0, kind: first.kind };
    if is_info {
        other.described()?;
    }
    let (mut at, mut count) = (start, 0);
    let mut gaps = gaps.ranges.iter().peekable();
    while at < output.len() {
        let frame = frame(&mut output, at)?.filter(|f| f.kind == first.kind);
        let frame = frame.ok_or_else(|| Trouble::Unaccounted("bytes between frames", Place::bytes("frames", at, 1)))?;
        let end = at + frame.length;
        if end > output.len() {
            return Err(Trouble::Damaged("the last frame is not all there"));
        }
        let from = other.next(&mut output, at)?;
        let mut here = at;
        while let Some(gap) = gaps.next_if(|gap| gap.start < end) {
            other.same(&mut output, here..gap.start, from + (here - at))?;
            here = gap.end;
        }
        other.same(&mut output, here..end, from + (here - at))?;
        other.at = from + frame.length;
        (at, count) = (end, count + 1);
    }
    if is_info && frames::stated(&describes, &first).is_some_and(|stated| stated + 1 < count) {
        return Err(residue("a length of less than all frames", Place::bytes("first frame", 0, first.length)));
    }
    other.finish()?;
    Ok(output.len() - start)
}

/// The original, followed frame by frame.
struct Other<'a> {
    bytes: Bytes<'a>,
    dropped: &'a [Range<u64>],
    at: u64,
    kind: u32,
}

impl Other<'_> {
    /// Passes over the original's describing frame, where it was kept.
    fn described(&mut self) -> Result<(), Trouble> {
        while let Some(range) = self.dropped_here() {
            self.nothing_in(range.clone())?;
            self.at = range.end;
        }
        if let Some(first) = frame(&mut self.bytes, self.at)? {
            let head = self.bytes.copy(self.at..self.at + first.length, 8192)?;
            if frames::describes(&head, &first) {
                self.at += first.length;
            }
        }
        Ok(())
    }

    /// The range that was left out and holds the place where we are.
    fn dropped_here(&self) -> Option<Range<u64>> {
        let index = self.dropped.partition_point(|r| r.end <= self.at);
        self.dropped.get(index).filter(|r| r.start <= self.at).cloned()
    }

    /// Where the original has the frame that stands at `at` of the output.
    fn next(&mut self, output: &mut Bytes<'_>, at: u64) -> Result<u64, Trouble> {
        for _ in 0..1 << 20 {
            let head = output.copy(at..at + 4, 4)?;
            match self.dropped_here() {
                None if self.bytes.copy(self.at..self.at + 4, 4)? == head => return Ok(self.at),
                None => return Err(Trouble::SamplesChanged),
                Some(range) => {
                    self.nothing_in(range.clone())?;
                    self.at = range.end;
                }
            }
        }
        Err(Trouble::TooLarge("more parts than can be compared"))
    }

    /// What was left out holds no run of frames beyond tags.
    fn nothing_in(&mut self, range: Range<u64>) -> Result<(), Trouble> {
        let mut at = tags::behind(&mut self.bytes, range.clone())?;
        while let Some(found) = self.bytes.find(0xff, at, range.end)? {
            let (mut place, mut count) = (found, 0);
            while count < RUN {
                let next = frame(&mut self.bytes, place)?.filter(|f| f.kind == self.kind);
                match next {
                    Some(frame) if place + frame.length <= range.end => place += frame.length,
                    _ => break,
                }
                count += 1;
            }
            if count == RUN {
                return Err(Trouble::SamplesChanged);
            }
            at = found + 1;
        }
        Ok(())
    }

    fn same(&mut self, output: &mut Bytes<'_>, range: Range<u64>, from: u64) -> Result<(), Trouble> {
        let alike = same(&mut self.bytes, from, output, range)?;
        if alike { Ok(()) } else { Err(Trouble::SamplesChanged) }
    }

    /// What stands behind the last frame.
    fn finish(&mut self) -> Result<(), Trouble> {
        if self.at < self.bytes.len() {
            self.nothing_in(self.at..self.bytes.len())?;
        }
        Ok(())
    }
}

/// A residue of one thing.
fn residue(what: &str, place: Place) -> Trouble {
    Trouble::Residue(vec![Finding::new(Code::Residue, place, Action::Look).labelled(what)])
}

/// Whether gaps of the output are blank.
fn blank(output: &mut Bytes<'_>, gap: &Range<u64>, gaps: &mut Gaps) -> Result<(), Trouble> {
    let mut zero = true;
    output.each(gap.clone(), |part| {
        zero &= part.iter().all(|b| *b == 0);
        Ok(())
    })?;
    if !zero {
        return Err(residue(
            "bytes between the sound of frames",
            Place::bytes("frames", gap.start, gap.end - gap.start),
        ));
    }
    gaps.add(gap.clone())
}
