//! Covers areas of a cleaned picture file in stored samples: one row for each format that can be written again.

pub(super) mod jpeg;

use crate::cut::Source;
use crate::pixels::Redaction;
use crate::place::Covering;
use crate::plan::Refusal;
use crate::recording::Format;

/// Covers areas of a cleaned picture.
type Redactor = fn(&dyn Source, &Covering) -> Result<Redaction, Refusal>;

/// The formats that can be redacted, and who does it.
const REDACTORS: &[(Format, Redactor)] = &[(Format::Jpeg, jpeg::redact)];

/// Covers what is to be covered. `cleaned` is the output of [`plan`](super::plan); the cut that comes back is of it.
///
/// Areas are in stored samples of the frames that [`frames`](super::frames) hands out; those that reach past a frame are cut
/// to it. Frames and samples that are not to be covered stay as they are.
///
/// # Errors
/// A [`Refusal`] when the format cannot be written again here, or when the picture is damaged.
pub fn redact(format: Format, cleaned: &dyn Source, covering: &Covering) -> Result<Redaction, Refusal> {
    let redactor = REDACTORS.iter().find(|(known, _)| *known == format).map(|(_, redactor)| redactor);
    match redactor {
        Some(redactor) => redactor(cleaned, covering),
        None => Err(Refusal {
            code: "cannot-cover",
            what: format!("parts of {} pictures cannot be covered here", format.name()),
            advice: "Cover the writing in a picture editor, save the picture as PNG, and run scrubs again.",
        }),
    }
}
