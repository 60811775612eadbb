//! Decodes the frames of a picture file for those who look at them: one row for each format that has a decoder.
//!
//! What the files hold is decoded, not what viewers make of it: colour that transparency hides is seen, and transparency
//! is handed out behind all other frames, since writing may stand in it alone.

mod bmp;
pub(super) mod canvas;
mod film;
mod gif;
pub(super) mod guard;
mod jp2;
mod jxl;
mod png;
mod still;
mod stream;
mod tiff;
mod webp;

mod jpeg;

pub use film::film;

use crate::cut::Source;
use crate::pixels::{Frames, Unseen};
use crate::plan::Refusal;
use crate::recording::Format;

/// Opens a decoder.
type Opener = for<'s> fn(&'s dyn Source) -> Result<Box<dyn Frames + 's>, Unseen>;

/// The formats whose pictures can be looked at, and who decodes them.
const OPENERS: &[(Format, Opener)] = &[
    (Format::Jpeg, jpeg::open),
    (Format::Png, png::open),
    (Format::WebP, webp::open),
    (Format::Gif, gif::open),
    (Format::Tiff, tiff::open),
    (Format::BigTiff, tiff::open),
    (Format::Bmp, bmp::open),
    (Format::JpegXl, jxl::open),
    (Format::JpegXlCodestream, jxl::open),
    (Format::Jp2, jp2::open),
    (Format::J2k, jp2::open),
];

/// The frames of a picture: pages of a TIFF, pictures of an animation, and behind them the transparency of those that
/// have it.
///
/// # Errors
/// An [`Unseen`] when no decoder for the format is built in, when the picture is damaged, or when it asks for more memory
/// than a worker may have.
pub fn frames(format: Format, source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    let opener = OPENERS.iter().find(|(known, _)| *known == format).map(|(_, opener)| opener);
    match opener {
        Some(opener) => opener(source),
        None => Err(Unseen::no_decoder(format!("no decoder for {} pictures is built in", format.name()))),
    }
}

/// What a surgeon refuses, as a reason for not having looked.
fn unseen(refusal: Refusal) -> Unseen {
    Unseen { code: refusal.code, what: refusal.what }
}
