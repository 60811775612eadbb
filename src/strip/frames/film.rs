//! Films whose frames are JPEG pictures (Motion JPEG): some of their frames, decoded here.

use crate::cut::Source;
use crate::pixels::{Sampled, Unseen};
use crate::recording::Format;

/// Some frames of a film; none where its frames are coded in a way that nothing here decodes.
pub fn film(_format: Format, _source: &dyn Source) -> Option<Result<Sampled<'_>, Unseen>> {
    None
}
