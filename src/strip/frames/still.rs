//! Pictures of one frame that a library decodes: BMP, JPEG 2000 and JPEG XL share this.

use crate::pixels::{Frames, Picture, Unseen};

/// A picture, and its transparency behind it.
pub(super) struct Still(pub(super) Vec<Picture>);

impl Frames for Still {
    fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    fn frame(&mut self, index: u32) -> Result<Picture, Unseen> {
        self.0.get(index as usize).cloned().ok_or_else(|| Unseen::damaged("the picture has fewer frames than it says"))
    }
}
