//! Proves a redacted output by decoding it: every covered area is filled, and outside nothing has changed.

use super::Trouble;
use crate::cut::Source;
use crate::place::Covering;
use crate::recording::Format;

/// What the witness is shown of a redaction.
#[derive(Clone, Copy)]
pub struct Redacted<'a> {
    /// What both files are.
    pub format: Format,
    /// The cleaned recording before its writing was covered.
    pub cleaned: &'a dyn Source,
    /// The same with its writing covered, as it will be written.
    pub output: &'a dyn Source,
    /// What was filled, grown to whole blocks.
    pub covered: &'a Covering,
}

impl std::fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redacted of {} bytes of {:?}", self.output.len(), self.format)
    }
}

/// Proves that every covered area is filled with one colour and that every sample outside is what it was; the number is how
/// many samples outside were compared.
///
/// # Errors
/// Where something shows through, something outside has changed, or the output cannot be decoded.
pub fn redacted(shown: &Redacted<'_>) -> Result<u64, Trouble> {
    Err(Trouble::Unsupported(shown.format))
}
