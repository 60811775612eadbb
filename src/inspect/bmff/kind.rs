//! How the samples of a track are to be read.
//!
//! ISO/IEC 14496-12, 8.5.2.

use crate::inspect::bytes::be16;

/// How samples are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::inspect) enum Kind {
    /// H.264 units with lengths of so many bytes.
    Avc(usize),
    /// H.265 units.
    Hevc(usize),
    Av1,
    /// MPEG-4 Part 2, or else MPEG-1 and MPEG-2, between start codes.
    StartCodes(bool),
    Jpeg,
    /// Sound of so many bytes for so many samples, where the table says one size for all.
    Sound(u64, u64),
    Words,
    Cues,
    #[default]
    Plain,
}

/// A number of two bytes, or none at all.
pub(super) fn small(bytes: &[u8], at: usize) -> u64 {
    be16(bytes, at).map_or(0, u64::from)
}
