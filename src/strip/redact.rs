//! Covers areas of a cleaned picture file in stored samples: one row for each format that can be written again.

mod bmp;
pub(super) mod fill;
mod gif;
pub(super) mod jpeg;
pub(super) mod packed;
mod png;
mod tiff;
mod webp;

use super::Options;
use crate::cut::{Cut, CutSource, Source};
use crate::pixels::Redaction;
use crate::place::Covering;
use crate::plan::Refusal;
use crate::recording::Format;
use std::ops::Range;

/// Covers areas of a cleaned picture.
type Redactor = fn(&dyn Source, &Covering) -> Result<Redaction, Refusal>;

/// The formats that can be redacted, and who does it.
const REDACTORS: &[(Format, Redactor)] = &[
    (Format::Jpeg, jpeg::redact),
    (Format::Png, png::redact),
    (Format::WebP, webp::redact),
    (Format::Gif, gif::redact),
    (Format::Tiff, tiff::tiff),
    (Format::BigTiff, tiff::big_tiff),
    (Format::Bmp, bmp::redact),
];

/// Covers what is to be covered. `cleaned` is the output of [`plan`](super::plan); the cut that comes back is of it.
///
/// Areas are in stored samples of the frames that [`frames`](super::frames) hands out; those that reach past a frame are cut
/// to it. Samples that are not to be covered stay as they are. Frames of an animation show one another's samples, so what
/// is covered in one is covered in all.
///
/// # Errors
/// A [`Refusal`] when the format cannot be written again here, or when the picture is damaged.
pub fn redact(format: Format, cleaned: &dyn Source, covering: &Covering) -> Result<Redaction, Refusal> {
    let redactor = REDACTORS.iter().find(|(known, _)| *known == format).map(|(_, redactor)| redactor);
    match redactor {
        Some(redactor) => redactor(cleaned, covering),
        None => Err(cannot(format!("parts of {} pictures cannot be covered here", format.name()))),
    }
}

/// The refusal of a picture that cannot be written again.
fn cannot(what: impl Into<String>) -> Refusal {
    Refusal {
        code: "cannot-cover",
        what: what.into(),
        advice: "Cover the writing in a picture editor, save the picture as PNG, and run scrubs again.",
    }
}

/// Cleans what was covered once more: colours that only the writing had are to go, and parts that moved are to close up.
fn shut(format: Format, cleaned: &dyn Source, cut: Cut) -> Result<Cut, Refusal> {
    let again = super::plan(format, &CutSource::new(&cut, cleaned), &Options { keep_gain_map: true })?;
    Ok(again.cut.over(&cut))
}

/// The source with other bytes in the place of some ranges, which do not meet.
fn edited(length: u64, mut edits: Vec<(Range<u64>, Vec<u8>)>, kept: &'static str, written: &'static str) -> Cut {
    edits.sort_by_key(|(range, _)| range.start);
    let (mut cut, mut at) = (Cut::new(), 0);
    for (range, bytes) in edits {
        cut.keep(at..range.start.min(length), kept);
        cut.write(bytes, written);
        at = at.max(range.end.min(length));
    }
    cut.keep(at..length, kept);
    cut
}

/// What was covered, where every frame of `count` has it.
fn covered_in_all(covering: &Covering, (width, height): (u32, u32), count: u32) -> Covering {
    let mut covered = Covering::default();
    for area in covering.in_any().filter_map(|area| area.within(width, height)) {
        match count {
            0 | 1 => covered.in_frame(0, area),
            _ => covered.everywhere(area),
        }
    }
    covered
}
