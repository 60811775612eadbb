//! What a surgeon did about what was to be covered.

use crate::cut::Cut;
use crate::place::Covering;

/// What covering did to the samples outside the covered areas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// Every sample outside is as it was, and coded as before or in an equal, lossless way.
    Lossless,
    /// Every block of coefficients outside the touched blocks is as it was (JPEG).
    Blocks,
    /// Samples outside were coded anew with loss, at the source's own quality.
    Reencoded,
    /// The object is now stored uncompressed, every sample outside as it decoded before (DICOM).
    Decompressed,
}

impl How {
    /// The word in the sidecar's `anonymisation.method`.
    pub fn word(self) -> &'static str {
        match self {
            How::Lossless => "redacted-losslessly",
            How::Blocks => "redacted-by-block",
            How::Reencoded => "redacted-and-re-encoded",
            How::Decompressed => "redacted-and-decompressed",
        }
    }
}

/// A redacted recording.
#[derive(Debug, Clone)]
pub struct Redaction {
    /// The pieces of the output, of the cleaned recording that was given (not of the original source).
    pub cut: Cut,
    /// What was filled in fact: at least what was asked for, grown to whole blocks where the coding has them.
    pub covered: Covering,
    /// What became of the rest.
    pub how: How,
}
