//! Proves a redacted output by decoding it: every covered area is filled, and outside nothing has changed.

mod bmp;
mod dicom;
mod gif;
mod jpeg;
mod png;
mod raster;
mod tiff;
mod webp;

use super::Trouble;
use crate::cut::Source;
use crate::place::Covering;
use crate::recording::{Format, PixelClaims};

/// Proves a redaction of one format; how many samples outside the covered areas were compared.
type Prover = fn(&Redacted<'_>) -> Result<u64, Trouble>;

/// The formats whose redactions are proved, and who decodes both files for it: one row for each format. DICOM
/// objects say something of their pixels besides, and have no row.
const PROVERS: &[(Format, Prover)] = &[
    (Format::Jpeg, jpeg::prove),
    (Format::Png, png::prove),
    (Format::WebP, webp::prove),
    (Format::Gif, gif::prove),
    (Format::Tiff, tiff::prove),
    (Format::BigTiff, tiff::prove),
    (Format::Bmp, bmp::prove),
];

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
    redacted_claiming(shown, PixelClaims::CLEAN)
}

/// The same, where a DICOM object says this of its pixels, and nothing else.
///
/// # Errors
/// As [`redacted`], and where the object says more or less of its pixels.
pub fn redacted_claiming(shown: &Redacted<'_>, claims: PixelClaims) -> Result<u64, Trouble> {
    if shown.format == Format::Dicom {
        return dicom::prove(shown, claims);
    }
    let prover = PROVERS.iter().find(|(known, _)| *known == shown.format).map(|(_, prover)| prover);
    prover.ok_or(Trouble::Unsupported(shown.format))?(shown)
}
