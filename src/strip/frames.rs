//! Decodes the frames of a picture file for those who look at them: one row for each format that has a decoder.

mod jpeg;

use crate::cut::Source;
use crate::pixels::{Frames, Unseen};
use crate::recording::Format;

/// Opens a decoder.
type Opener = for<'s> fn(&'s dyn Source) -> Result<Box<dyn Frames + 's>, Unseen>;

/// The formats whose pictures can be looked at, and who decodes them.
const OPENERS: &[(Format, Opener)] = &[(Format::Jpeg, jpeg::open)];

/// The frames of a picture: pages of a TIFF, pictures of an animation.
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
