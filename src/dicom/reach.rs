//! Which entries of a palette samples can reach, by the bits that they have.
//!
//! DICOM PS3.3 C.7.6.3.1.5: samples below the first value that is mapped take the first entry, those above the last one take the
//! last. Only of uncompressed samples without a sign and without padding values is it certain what they can be.

use super::surgeon::Surgeon;
use super::walk::{PIXEL_DATA, Shape};
use crate::plan::Refusal;
use std::ops::Range;

const BITS_STORED: u32 = 0x0028_0101;
const REPRESENTATION: u32 = 0x0028_0103;
const PADDING: [u32; 2] = [0x0028_0120, 0x0028_0121];

impl Surgeon<'_> {
    /// How many bytes of a palette of so many entries samples reach, from the first value that is mapped on; none where that is
    /// not certain.
    pub(super) fn reached(
        &mut self,
        index: u32,
        length: u64,
        [entries, first]: [u64; 2],
    ) -> Result<Option<u64>, Refusal> {
        let nodes = self.nodes;
        let is_there = |tag: u32| nodes.iter().any(|node| node.tag == tag);
        let native = nodes.iter().any(|node| node.tag == PIXEL_DATA && node.shape == Shape::Value);
        if !self.path.is_empty() || !native || PADDING.into_iter().any(is_there) {
            return Ok(None);
        }
        let bits = self.sibling(index, BITS_STORED, 0)?.filter(|bits| (1..=16).contains(bits));
        let plain = self.sibling(index, REPRESENTATION, 0)? == Some(0);
        let whole = length == entries || length == 2 * entries;
        let Some(bits) = bits.filter(|_| plain && whole && entries > 0) else { return Ok(None) };
        let last = ((1 << bits) - 1_u64).saturating_sub(first).min(entries - 1);
        Ok(Some((last + 1) * (length / entries)))
    }

    /// Whether there is nothing in a stretch of a table but zeros.
    pub(super) fn is_blank(&mut self, range: Range<u64>) -> Result<bool, Refusal> {
        Ok(self.window.bytes(range)?.iter().all(|b| *b == 0))
    }
}
