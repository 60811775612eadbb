//! How the samples of a track are read, and how long a sample of sound is.
//!
//! ISO/IEC 14496-15, 14496-12, 8.7.3; QuickTime File Format, "Sound Sample Description (Version 1)".

use super::mpeg::Mpeg;
use crate::strip::heif::nal::Family;

/// How the samples of a track are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::strip) enum Coding {
    /// NAL units with length fields of so many bytes.
    Units(Family, usize),
    /// Open bitstream units.
    Obus,
    /// Start codes of MPEG.
    StartCodes(Mpeg),
    /// JPEG pictures.
    Jpeg,
    /// Nothing in them is looked at; sound has a size of its own.
    Plain(Option<Frame>),
    /// Timed text of 3GPP.
    Text,
    /// WebVTT cues.
    Cues,
}

impl Coding {
    /// Whether nothing in its samples is looked at.
    pub(super) fn is_plain(self) -> bool {
        matches!(self, Coding::Plain(_))
    }

    pub(super) fn frame(self) -> Option<Frame> {
        if let Coding::Plain(frame) = self { frame } else { None }
    }
}

/// What a sample of sound is where all have one size: so many bytes for so many samples. QuickTime's tables count a
/// sample as one byte there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::strip) struct Frame {
    pub(super) bytes: u64,
    pub(super) samples: u64,
}

impl Frame {
    /// Bytes of so many samples that the table says to have `size` bytes each. `ticks`: each lasts one tick of the clock,
    /// so that samples of sound are counted and not packets of them.
    pub(super) fn length(frame: Option<Frame>, samples: u64, size: u64, ticks: bool) -> u64 {
        match frame {
            Some(frame) if frame.samples > 1 && frame.bytes > 0 && (ticks || size <= 1) => {
                samples.div_ceil(frame.samples).saturating_mul(frame.bytes)
            }
            Some(frame) if frame.samples <= 1 => samples.saturating_mul(frame.bytes.max(size)),
            // Packets of one size, as the table says it: ADPCM and MP3 of newer writers.
            _ => samples.saturating_mul(size),
        }
    }
}
