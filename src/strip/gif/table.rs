//! Colour tables: where they stand, which of their entries anything uses, and the table with the others blanked.
//!
//! GIF89a, 19 (global) and 21 (local colour table).

use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::ops::Range;

/// A colour table.
#[derive(Debug)]
pub(super) struct Table {
    /// Its bytes in the source.
    pub(super) range: Range<u64>,
    used: [bool; 256],
}

impl Table {
    /// The table that follows a packed field, where the field announces one.
    pub(super) fn after(packed: u8, at: u64) -> Option<Self> {
        let range = at..at + (3 << ((packed & 7) + 1));
        let mut used = [false; 256];
        // Decoders that find no background fall back to the first entry.
        used[0] = true;
        (packed & 0x80 != 0).then_some(Self { range, used })
    }

    /// Notes the use of one entry.
    pub(super) fn uses(&mut self, index: u8) {
        self.used[usize::from(index)] = true;
    }

    /// Notes the use of the entries of a frame.
    pub(super) fn uses_all(&mut self, used: &[bool; 256]) {
        self.used.iter_mut().zip(used).for_each(|(own, frame)| *own |= frame);
    }

    /// The table with zeros where no pixel points: 768 bytes can hold a page of text.
    pub(super) fn lay(&self, operation: &mut Operation<'_>, part: &str, why: &'static str) -> Result<(), Refusal> {
        let mut colours = operation.reader.read(self.range.clone(), 768)?;
        let unused = colours.chunks_exact_mut(3).zip(&self.used).filter(|(_, used)| !**used);
        let mut telling = false;
        for (colour, _) in unused {
            telling |= colour != [0; 3];
            colour.fill(0);
        }
        if telling {
            let label = "colours that no pixel has";
            operation.found_as(Code::HiddenBytes, label, part, self.range.clone(), Action::Remove);
        }
        Ok(operation.put(self.range.clone(), colours, why)?)
    }
}
