//! Bytes of frames that belong to no sound: what an encoder fills a frame up with, often its own name.
//!
//! ISO/IEC 11172-3 section 2.4.1.7 (main_data_begin) and 2.4.3.4: sound may begin in frames before its own, and between
//! the end of one frame's sound and the beginning of the next stand ancillary data, which decoders pass over.

use super::frame::Header;
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::collections::VecDeque;
use std::ops::Range;

/// How far back sound may begin.
const BACK: u64 = 512;

/// The sound of all frames as one stream, and what of it is spare.
#[derive(Debug, Default)]
pub(super) struct Spare {
    /// Bodies of the last frames: where in the stream, and where in the file.
    bodies: VecDeque<(u64, Range<u64>)>,
    /// Length of the stream so far, and where the last sound of it ends.
    length: u64,
    used: u64,
    /// Ranges of the file that are to be blanked.
    pub(super) blanks: Vec<Range<u64>>,
}

impl Spare {
    /// Takes a frame in.
    pub(super) fn frame(&mut self, operation: &mut Operation<'_>, header: &Header, at: u64) -> Result<(), Refusal> {
        let body = at + header.body();
        let side = operation.reader.read(body - header.side()..body, 64)?;
        let (back, bits) = header.sound(&side);
        let start = self.length.saturating_sub(back);
        self.gap(operation, start)?;
        self.bodies.push_back((self.length, body..at + header.length));
        self.length += header.length - header.body();
        let end = (self.length - (header.length - header.body()) + bits.div_ceil(8)).saturating_sub(back);
        self.used = self.used.max(end).min(self.length);
        while self
            .bodies
            .front()
            .is_some_and(|(from, range)| from + (range.end - range.start) + BACK < self.length.min(self.used + BACK))
        {
            self.bodies.pop_front();
        }
        Ok(())
    }

    /// The end of the sound.
    pub(super) fn finish(&mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        self.gap(operation, self.length)
    }

    /// Blanks what lies between the last sound and `start`, where it is not blank.
    fn gap(&mut self, operation: &mut Operation<'_>, start: u64) -> Result<(), Refusal> {
        for (from, range) in &self.bodies {
            let length = range.end - range.start;
            let first = self.used.max(*from);
            let last = start.min(from + length);
            if first >= last {
                continue;
            }
            let blank = range.start + (first - from)..range.start + (last - from);
            let bytes = operation.reader.read(blank.clone(), 8192)?;
            if bytes.iter().any(|byte| *byte != 0) {
                self.blanks.push(blank);
            }
        }
        if 2 * self.blanks.len() > super::MOST {
            return Err(super::too_many());
        }
        self.used = self.used.max(start);
        Ok(())
    }
}
