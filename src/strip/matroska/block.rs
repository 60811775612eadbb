//! Blocks of samples: those of tracks that go are blanked, and so are the notes of an encoder between pictures.
//!
//! RFC 9559 section 10. What a sample may hold is asked of the surgeon of films, whose samples are coded alike.

use super::element::{self, Element};
use super::{BLOCK, Walk};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::bmff::sample;
use crate::strip::operation::Operation;

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
        let Some(coding) = track.coding else { return Ok(()) };
        let flags = head.get(size + 2).copied().unwrap_or(0);
        if flags & 6 != 0 {
            return Err(super::broken("pictures are packed in a way that is on no list"));
        }
        let from = child.body + size as u64 + 3;
        for (range, blank) in sample::notes(operation.reader.source(), coding, from..end.max(from))? {
            let label = "encoder's notes between pictures";
            operation.found_as(Code::TagDevice, label, label, range.clone(), Action::Replace);
            self.edit(range, blank)?;
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
