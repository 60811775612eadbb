//! Surgeons for the containers of pictures, sound and video: keep-list surgery that never touches coded samples.
//!
//! Each format has one file under `strip/` and one row in the table below. A surgeon walks its container, keeps what
//! its keep-list names, and lets everything else go; what it cannot account for it refuses.

mod aiff;
mod avi;
mod bmff;
mod bmp;
mod exif;
mod flac;
mod frames;
mod gif;
mod heif;
mod jp2;
mod jpeg;
mod jxl;
mod matroska;
mod mp3;
mod ogg;
mod operation;
mod png;
mod reader;
mod redact;
mod text;
mod tiff;
mod wav;
mod webp;
mod xmp;

pub use frames::{film, frames};
pub use redact::redact;

use crate::cut::Source;
use crate::plan::{Plan, Refusal};
use crate::recording::Format;

/// What may stay beyond what a viewer needs.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Options {
    /// Whether a gain map (the second picture from which high dynamic range is made) stays, cleaned like the first.
    pub keep_gain_map: bool,
}

/// A surgeon: source in, plan out.
type Surgeon = fn(&dyn Source, &Options) -> Result<Plan, Refusal>;

/// The formats that can be cleaned, and who cleans them.
const SURGEONS: &[(Format, Surgeon)] = &[
    (Format::Jpeg, jpeg::plan),
    (Format::Png, png::plan),
    (Format::WebP, webp::plan),
    (Format::Gif, gif::plan),
    (Format::Tiff, tiff::plan),
    (Format::BigTiff, tiff::plan),
    (Format::Heif, heif::plan),
    (Format::Avif, heif::plan),
    (Format::JpegXl, jxl::plan),
    (Format::JpegXlCodestream, jxl::plan),
    (Format::Jp2, jp2::plan),
    (Format::J2k, jp2::plan),
    (Format::Bmp, bmp::plan),
    (Format::Mp3, mp3::plan),
    (Format::Flac, flac::plan),
    (Format::Ogg, ogg::plan),
    (Format::Matroska, matroska::plan),
    (Format::Wav, wav::plan),
    (Format::Aiff, aiff::plan),
    (Format::Avi, avi::plan),
    (Format::Mp4, bmff::plan),
    (Format::Mov, bmff::plan),
    (Format::ThreeGp, bmff::plan),
    (Format::M4a, bmff::plan),
];

/// Whether recordings of this format can be cleaned here.
pub fn supports(format: Format) -> bool {
    SURGEONS.iter().any(|(known, _)| *known == format)
}

/// Plans the cleaning of a picture: what is kept by range, what is written anew, and what was found.
///
/// The plan's method is `keep-list`. Coded samples are kept by range; nothing is copied while planning.
///
/// # Errors
/// A [`Refusal`] when the format has no surgeon here, when the picture is incomplete, or when something in it is on no
/// list and cannot be left out either.
pub fn plan(format: Format, source: &dyn Source, options: &Options) -> Result<Plan, Refusal> {
    let surgeon = SURGEONS.iter().find(|(known, _)| *known == format).map(|(_, surgeon)| surgeon);
    match surgeon {
        Some(surgeon) => surgeon(source, options),
        None => Err(Refusal {
            code: "unsupported",
            what: format!("{} files are not cleaned here", format.name()),
            advice: "Save the recording in a format that scrubs cleans, such as JPEG or PNG.",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_without_a_surgeon_is_refused_not_copied() {
        let source: Vec<u8> = b"%PDF-1.7".to_vec();
        assert!(!supports(Format::Pdf));
        assert_eq!(plan(Format::Pdf, &source, &Options::default()).err().map(|r| r.code), Some("unsupported"));
    }
}
