//! Blocks of samples: those of tracks that go are blanked, and so are the notes of an encoder between pictures.
//!
//! RFC 9559 section 10; ITU-T H.264 and H.265 section 7.3.2.3 (supplemental enhancement information) and annex D.

use super::element::{self, Element};
use super::{BLOCK, Walk};
use crate::finding::Code;
use crate::plan::Refusal;
use crate::strip::operation::Operation;

/// The largest unit of supplemental information that is read.
const NOTES: u64 = 1 << 20;
/// Units of one sample.
const UNITS: usize = 65_536;

impl Walk {
    /// A block: kept, or blanked with its track.
    pub(super) fn block(&mut self, operation: &mut Operation<'_>, child: &Element, end: u64) -> Result<(), Refusal> {
        let head = operation.reader.read(child.body..end.min(child.body + 12), 12)?;
        let Some((Some(number), size)) = element::number(&head) else {
            return self.void(operation, child, end, Code::Junk, "samples of no track");
        };
        let track = self.tracks.iter().find(|track| track.number == number);
        let Some(track) = track.filter(|track| track.goes.is_none()) else {
            return self.void(operation, child, end, Code::TextTrack, "samples of a track that goes");
        };
        self.blocks += 1;
        let Some((width, hevc)) = track.units else { return Ok(()) };
        let flags = head.get(size + 2).copied().unwrap_or(0);
        if flags & 6 != 0 {
            return Err(super::broken("pictures are packed in a way that is on no list"));
        }
        self.units(operation, child.body + size as u64 + 3, end, width, hevc)
    }

    /// Blanks notes in the units of a picture.
    fn units(
        &mut self,
        operation: &mut Operation<'_>,
        mut at: u64,
        end: u64,
        width: usize,
        hevc: bool,
    ) -> Result<(), Refusal> {
        for _ in 0..UNITS {
            if at + width as u64 + 1 > end {
                break;
            }
            let head = operation.reader.read(at..at + width as u64 + 1, 8)?;
            let length = head[..width].iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
            let unit = at + width as u64..at + width as u64 + length;
            if unit.end > end {
                return Ok(());
            }
            let first = head[width];
            let notes = if hevc { matches!(first >> 1 & 0x3F, 39 | 40) } else { first & 0x1F == 6 };
            if notes {
                let mut bytes = operation.reader.read(unit.clone(), NOTES)?;
                blank(&mut bytes, hevc);
                self.put(operation, unit.clone(), bytes, Code::TagDevice, "encoder's notes between pictures")?;
            }
            at = unit.end;
        }
        Ok(())
    }

    /// Whether a group's block is of a track that goes.
    pub(super) fn group_goes(&self, operation: &mut Operation<'_>, group: &Element, end: u64) -> Result<bool, Refusal> {
        let mut at = group.body;
        while let Some(child) = element::read(operation, at, end)? {
            let Some(stop) = child.end.filter(|stop| *stop <= end) else { break };
            if child.id == BLOCK {
                let head = operation.reader.read(child.body..stop.min(child.body + 8), 8)?;
                let number = element::number(&head).and_then(|(number, _)| number);
                return Ok(self.tracks.iter().any(|track| Some(track.number) == number && track.goes.is_some()));
            }
            at = stop;
        }
        Ok(false)
    }
}

/// Blanks the texts in a unit of supplemental information: messages that users register or leave unregistered. Where a
/// message's own length is not to be had, the rest of the unit goes.
pub(super) fn blank(unit: &mut [u8], hevc: bool) {
    let start = if hevc { 2 } else { 1 };
    let is_notes = unit.first().is_some_and(|b| if hevc { matches!(b >> 1 & 0x3F, 39 | 40) } else { b & 0x1F == 6 });
    if !is_notes {
        return;
    }
    let mut at = start;
    while at + 2 < unit.len() {
        let Some((kind, next)) = coded(unit, at) else { break };
        let Some((length, body)) = coded(unit, next) else { break };
        // Bytes that guard against start codes are not counted in the length.
        let mut end = body;
        let (mut count, mut zeros) = (0, 0);
        while count < length && end < unit.len() {
            if zeros >= 2 && unit[end] == 3 {
                zeros = 0;
                end += 1;
                continue;
            }
            zeros = if unit[end] == 0 { zeros + 1 } else { 0 };
            (count, end) = (count + 1, end + 1);
        }
        if count < length {
            unit[body..].fill(0xFF);
            return;
        }
        if kind == 5 {
            fill(&mut unit[body..end]);
        }
        at = end;
    }
}

/// Puts ones in the place of a message, but for the bytes that guard against start codes: its length stays the same.
fn fill(message: &mut [u8]) {
    let mut zeros = 0;
    for byte in message {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        if *byte != 0 {
            *byte = 0xFF;
        }
    }
}

/// A number written as bytes of 255 and a last one.
fn coded(unit: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut value = 0;
    loop {
        let byte = *unit.get(at)?;
        at += 1;
        value += usize::from(byte);
        if byte < 255 {
            return Some((value, at));
        }
    }
}
