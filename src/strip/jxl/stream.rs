//! The codestream: one run of bytes, wherever in the file its parts lie, and the walk over its frames.
//!
//! ISO/IEC 18181-1, annexes D and F; 18181-2, 9.9 (partial codestream boxes).

use super::super::operation::{Operation, broken};
use super::bits::Stop;
use super::{frame, image};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use std::ops::Range;

/// Bytes first read of a header; more are read where it is longer.
const FIRST: u64 = 512;
/// The longest header that is read: two million sections of four bytes, and a colour profile.
const LONGEST: u64 = 32 << 20;
/// Frames of one picture: an hour of them at 25 a second.
const FRAMES: u32 = 100_000;
/// The reason under which a codestream's bytes are kept.
const WHY: &str = "JPEG XL codestream";

/// Where the codestream lies in the file, in order.
pub(super) struct Stream {
    parts: Vec<(u64, Range<u64>)>,
    length: u64,
}

/// A part of the cleaned codestream.
enum Part {
    Keep(Range<u64>),
    Write(Vec<u8>),
}

/// A codestream that was walked to its end.
pub(super) struct Walked {
    parts: Vec<Part>,
    /// Bytes of the cleaned codestream.
    pub(super) length: u64,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Stream {
    pub(super) fn new(ranges: impl IntoIterator<Item = Range<u64>>) -> Self {
        let mut parts = Vec::new();
        let mut length = 0;
        for range in ranges.into_iter().filter(|range| range.start < range.end) {
            let start = length;
            length += range.end - range.start;
            parts.push((start, range));
        }
        Self { parts, length }
    }

    /// Where the codestream begins in the file.
    pub(super) fn start(&self) -> u64 {
        self.parts.first().map_or(0, |(_, range)| range.start)
    }

    /// The ranges of the file that hold a range of the codestream.
    fn places(&self, range: Range<u64>) -> impl Iterator<Item = Range<u64>> + '_ {
        let first = self.parts.partition_point(|(start, part)| start + (part.end - part.start) <= range.start);
        self.parts[first..].iter().map_while(move |(start, part)| {
            let from = range.start.max(*start);
            let to = range.end.min(start + (part.end - part.start));
            (from < to).then(|| part.start + (from - start)..part.start + (to - start))
        })
    }

    fn read(&self, operation: &mut Operation<'_>, range: Range<u64>) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        for place in self.places(range.start..range.end.min(self.length)) {
            bytes.extend(operation.reader.read(place, LONGEST)?);
        }
        Ok(bytes)
    }

    /// Reads what begins at a place, with as many bytes as it needs.
    fn parse<T>(
        &self,
        operation: &mut Operation<'_>,
        at: u64,
        parse: impl Fn(&[u8]) -> Result<T, Stop>,
    ) -> Result<(T, Vec<u8>), Refusal> {
        let mut length = FIRST;
        loop {
            let bytes = self.read(operation, at..at.saturating_add(length))?;
            match parse(&bytes) {
                Ok(value) => return Ok((value, bytes)),
                Err(Stop::End) if (bytes.len() as u64) < length => return Err(Stop::End.into()),
                Err(Stop::End) if length >= LONGEST => return Err(Stop::Large.into()),
                Err(Stop::End) => length = (length * 16).min(LONGEST),
                Err(stop) => return Err(stop.into()),
            }
        }
    }

    /// Walks over the picture's header and its frames, and notes what is left out and what stands behind them.
    pub(super) fn walk(&self, operation: &mut Operation<'_>) -> Result<Walked, Refusal> {
        let ((image, end, written), old) = self.parse(operation, 0, image::read)?;
        let mut walk = Walked { parts: Vec::new(), length: 0, width: image.width, height: image.height };
        self.note(operation, &image.found, "image header", 0..end);
        walk.header(0..end, &old, written);
        let mut at = end;
        if let Some(canvas) = image.preview {
            let (preview, _) = self.parse(operation, at, |bytes| frame::read(bytes, &image, canvas))?;
            let end = self.end(at, &preview)?;
            operation.found_as(
                Code::Preview,
                &format!("embedded preview {}×{}", canvas.0, canvas.1),
                "preview frame",
                self.hull(at..end),
                Action::Remove,
            );
            at = end;
        }
        let canvas = (image.width, image.height);
        for _ in 0..FRAMES {
            let (frame, old) = self.parse(operation, at, |bytes| frame::read(bytes, &image, canvas))?;
            let (begin, end) = (at + frame.header, self.end(at, &frame)?);
            self.note(operation, &frame.found, "frame header", at..begin);
            walk.header(at..begin, &old, frame.written);
            walk.keep(begin..end);
            at = end;
            if frame.last {
                // Whatever was taken for a part of the picture but is none has moved all that follows it.
                if at < self.length && self.parts.len() > 1 {
                    return Err(broken("the parts of the picture do not fit together"));
                }
                if at < self.length {
                    operation.found(Code::Trailer, "codestream", self.hull(at..self.length), Action::Remove);
                }
                return Ok(walk);
            }
        }
        Err(Stop::Large.into())
    }

    fn end(&self, at: u64, frame: &frame::Frame) -> Result<u64, Refusal> {
        let end = at.checked_add(frame.header).and_then(|at| at.checked_add(frame.sections));
        end.filter(|end| *end <= self.length).ok_or_else(|| Stop::End.into())
    }

    /// The range of the file from the first to the last byte of a range of the codestream.
    fn hull(&self, range: Range<u64>) -> Range<u64> {
        let mut places = self.places(range);
        let first = places.next().unwrap_or_default();
        let end = places.last().map_or(first.end, |last| last.end);
        first.start..end
    }

    fn note(&self, operation: &mut Operation<'_>, found: &[Code], part: &str, range: Range<u64>) {
        for code in found {
            let action = if *code == Code::IccDescription { Action::Replace } else { Action::Remove };
            operation.found(*code, part, self.hull(range.clone()), action);
        }
    }

    /// Puts the cleaned codestream into the cut.
    pub(super) fn lay(&self, operation: &mut Operation<'_>, walked: Walked) {
        for part in walked.parts {
            match part {
                Part::Write(bytes) => operation.write(bytes, WHY),
                Part::Keep(range) => self.places(range).for_each(|place| operation.keep(place, WHY)),
            }
        }
    }
}

impl Walked {
    /// A header: kept where it is written as it was.
    fn header(&mut self, range: Range<u64>, old: &[u8], new: Vec<u8>) {
        if old.get(..(range.end - range.start) as usize) == Some(&new) {
            return self.keep(range);
        }
        self.length += new.len() as u64;
        self.parts.push(Part::Write(new));
    }

    fn keep(&mut self, range: Range<u64>) {
        self.length += range.end - range.start;
        match self.parts.last_mut() {
            Some(Part::Keep(last)) if last.end == range.start => last.end = range.end,
            _ => self.parts.push(Part::Keep(range)),
        }
    }
}
