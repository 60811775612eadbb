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
use crate::place::{Covering, Place};
use crate::recording::{Format, PixelClaims};

/// Proves a redaction of one format; how many samples outside the covered areas were compared.
type Prover = fn(&Task<'_>) -> Result<u64, Trouble>;

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
    redacted_as_asked(shown, shown.covered, claims)
}

/// The same, and that what was filled holds all that was `asked` for, in every frame: the surgeon's own account of what it
/// filled proves nothing of what it was to fill.
///
/// # Errors
/// As [`redacted_claiming`], and where a part of what was asked for was not filled, or was asked for in a frame that is not
/// there.
pub fn redacted_as_asked(shown: &Redacted<'_>, asked: &Covering, claims: PixelClaims) -> Result<u64, Trouble> {
    let Redacted { cleaned, output, covered, .. } = *shown;
    let task = Task { cleaned, output, covered, asked };
    if shown.format == Format::Dicom {
        return dicom::prove(&task, claims);
    }
    let prover = PROVERS.iter().find(|(known, _)| *known == shown.format).map(|(_, prover)| prover);
    prover.ok_or(Trouble::Unsupported(shown.format))?(&task)
}

/// Proves that every area of which somebody says that it is filled is of one colour in a recording.
///
/// # Errors
/// Where something shows in one of them, or the recording cannot be decoded.
pub fn filled(recording: &dyn Source, format: Format, covered: &Covering) -> Result<(), Trouble> {
    let shown = Redacted { format, cleaned: recording, output: recording, covered };
    redacted_claiming(&shown, PixelClaims::default()).map(drop)
}

/// What a prover is given: both files, what was filled, and what was asked for.
struct Task<'a> {
    cleaned: &'a dyn Source,
    output: &'a dyn Source,
    covered: &'a Covering,
    asked: &'a Covering,
}

impl Task<'_> {
    /// Says no where something was asked for in a frame of its own that is not among `count` frames.
    fn has_frames(&self, count: usize) -> Result<(), Trouble> {
        match self.asked.last_frame() {
            Some(frame) if frame as usize >= count => Err(Trouble::NotCovered(Place::Whole {})),
            _ => Ok(()),
        }
    }
}
