//! What is remembered while one recording is looked at and covered in rounds: decoded frames, and what was seen in them.

use super::{Opened, frames};
use crate::cut::Source;
use crate::dicom;
use crate::pixels::{self, Examination, Rules, Unseen};
use crate::recording::Format;

/// Of one cleaned recording.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Its frames, where they are costly to decode.
    pub(super) decoded: dicom::Kept,
    seen: pixels::Memory,
}

impl Memory {
    /// Examines the recording itself.
    pub(super) fn examine(&self, format: Format, cleaned: &dyn Source, rules: &Rules) -> Result<Examination, Unseen> {
        let open = || -> Opened<'_> {
            match format {
                Format::Dicom => dicom::frames_kept(cleaned, &self.decoded),
                _ => frames(format, cleaned),
            }
        };
        super::examine(open, rules, &self.seen)
    }

    /// Examines what was made of it. Frames that are as they were are not looked at again.
    pub(super) fn examine_output(
        &self,
        format: Format,
        output: &dyn Source,
        rules: &Rules,
    ) -> Result<Examination, Unseen> {
        super::examine(|| frames(format, output), rules, &self.seen)
    }
}
