//! Frames of a recording, decoded one at a time or, of small ones, a few: memory is bounded however many there are.

use super::Picture;
use std::ops::Range;

/// Why a picture could not be looked at. The text names no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Unseen {
    /// A stable kebab-case word: `no-decoder`, `too-large`, `damaged` …
    pub code: &'static str,
    /// What is wrong, in words a doctor understands.
    pub what: String,
}

impl Unseen {
    /// No decoder for this kind of picture is built in.
    pub fn no_decoder(what: impl Into<String>) -> Self {
        Self { code: "no-decoder", what: what.into() }
    }

    /// The decoder gave up on it.
    pub fn damaged(what: impl Into<String>) -> Self {
        Self { code: "damaged", what: what.into() }
    }

    /// It asks for more memory than a worker may have.
    pub fn too_large(what: impl Into<String>) -> Self {
        Self { code: "too-large", what: what.into() }
    }
}

/// Frames (pages of a TIFF, pictures of an animation, frames of a DICOM object) of one recording.
pub trait Frames {
    /// How many there are.
    fn count(&self) -> u32;

    /// The frame of which frame `index` shows the transparency, or another channel that is no colour; none where it is a picture
    /// of its own. Frames of this kind stand behind all others.
    fn transparency_of(&self, index: u32) -> Option<u32> {
        let _ = index;
        None
    }

    /// Whether frame `index`, which belongs to another, is transparency, so that nobody sees what it is 0 over. Of a channel that
    /// a file says nothing of that is not known, so it is none.
    fn hides(&self, index: u32) -> bool {
        self.transparency_of(index).is_some()
    }

    /// Decodes frame `index`, from 0; asked for in rising order, and any of them may be asked for again.
    ///
    /// # Errors
    /// An [`Unseen`] where it cannot be decoded: then nothing is known of the whole recording.
    fn frame(&mut self, index: u32) -> Result<Picture, Unseen>;

    /// Width and height of each frame, and the bytes that its samples take once they are decoded, where all are alike and several may be
    /// decoded at once.
    fn alike(&self) -> Option<(u32, u32, u64)> {
        None
    }

    /// Decodes a few frames, at once where there are workers for it; for each what [`Frames::frame`] gives.
    fn several(&mut self, indices: Range<u32>) -> Vec<Result<Picture, Unseen>> {
        indices.map(|index| self.frame(index)).collect()
    }
}

/// A single picture in memory.
impl Frames for Picture {
    fn count(&self) -> u32 {
        1
    }

    fn frame(&mut self, _: u32) -> Result<Picture, Unseen> {
        Ok(self.clone())
    }
}
