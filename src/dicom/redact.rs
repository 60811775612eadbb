//! Covers areas of a cleaned object's frames, and marks the object as free of writing (PS3.15 E.3.1, PS3.3 C.7.6.1).

use super::frames;
use crate::cut::Source;
use crate::pixels::Redaction;
use crate::place::Covering;
use crate::plan::Refusal;

/// Covers what is to be covered in the cleaned object and says so in it: Burned In Annotation (0028,0301) NO and code 113101
/// in (0012,0064). With nothing to cover it only says so: call it for what was examined, and for nothing else.
///
/// # Errors
/// A [`Refusal`] when the pixel data cannot be decoded or written again.
pub fn redact(cleaned: &dyn Source, _covering: &Covering) -> Result<Redaction, Refusal> {
    frames::frames(cleaned).map_err(|unseen| Refusal {
        code: "cannot-cover",
        what: unseen.what,
        advice: "Have the object exported uncompressed, and run scrubs again.",
    })?;
    Err(Refusal::not_understood("parts of this object's pictures cannot be covered here"))
}
