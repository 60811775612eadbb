//! Which tags may stand in an output, of which types, how many numbers, and which may not be lost.
//!
//! TIFF 6.0 sections 8 to 23; Adobe's TIFF Technical Notes (1995, 2002); ICC.1:2022 Annex B.4; SGI's ImageDepth.

/// How many numbers an entry may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    /// So many.
    Exactly(u64),
    /// One for each sample of a pixel, or one for all.
    Samples,
    /// One for each strip or tile.
    Segments,
    /// So many at most.
    UpTo(u64),
}

/// A tag that may stand in an output.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) tag: u16,
    pub(super) kinds: &'static [u16],
    pub(super) count: Count,
    /// Whether the picture looks otherwise, or is not as large, without it.
    pub(super) needed: bool,
    /// What a reader takes where the tag is not there.
    pub(super) default: Option<u64>,
}

const SHORT: &[u16] = &[3];
const LONG: &[u16] = &[3, 4, 16];
const PLACES: &[u16] = &[3, 4, 13, 16, 18];
const RATIONAL: &[u16] = &[5];
const OPAQUE: &[u16] = &[1, 7];
const ANY: &[u16] = &[1, 3, 4, 6, 8, 9, 11, 12];

const fn rule(tag: u16, kinds: &'static [u16], count: Count, needed: bool, default: Option<u64>) -> Rule {
    Rule { tag, kinds, count, needed, default }
}

/// The list. The names are those of the standard.
pub(super) const RULES: &[Rule] = {
    use Count::{Exactly, Samples, Segments, UpTo};
    &[
        rule(254, LONG, Exactly(1), false, Some(0)),          // NewSubfileType
        rule(255, SHORT, Exactly(1), false, None),            // SubfileType
        rule(256, LONG, Exactly(1), true, None),              // ImageWidth
        rule(257, LONG, Exactly(1), true, None),              // ImageLength
        rule(258, SHORT, Samples, true, Some(1)),             // BitsPerSample
        rule(259, SHORT, Exactly(1), true, Some(1)),          // Compression
        rule(262, SHORT, Exactly(1), true, None),             // PhotometricInterpretation
        rule(263, SHORT, Exactly(1), false, Some(1)),         // Threshholding
        rule(264, SHORT, Exactly(1), false, None),            // CellWidth
        rule(265, SHORT, Exactly(1), false, None),            // CellLength
        rule(266, SHORT, Exactly(1), true, Some(1)),          // FillOrder
        rule(273, PLACES, Segments, false, None),             // StripOffsets
        rule(274, SHORT, Exactly(1), true, Some(1)),          // Orientation
        rule(277, SHORT, Exactly(1), true, Some(1)),          // SamplesPerPixel
        rule(278, LONG, Exactly(1), true, Some(0xffff_ffff)), // RowsPerStrip
        rule(279, PLACES, Segments, false, None),             // StripByteCounts
        rule(280, SHORT, Samples, false, None),               // MinSampleValue
        rule(281, SHORT, Samples, false, None),               // MaxSampleValue
        rule(282, RATIONAL, Exactly(1), true, None),          // XResolution
        rule(283, RATIONAL, Exactly(1), true, None),          // YResolution
        rule(284, SHORT, Exactly(1), true, Some(1)),          // PlanarConfiguration
        rule(286, RATIONAL, Exactly(1), false, None),         // XPosition
        rule(287, RATIONAL, Exactly(1), false, None),         // YPosition
        rule(290, SHORT, Exactly(1), false, Some(2)),         // GrayResponseUnit
        rule(291, SHORT, UpTo(65_536), false, None),          // GrayResponseCurve
        rule(292, &[4], Exactly(1), true, Some(0)),           // T4Options
        rule(293, &[4], Exactly(1), true, Some(0)),           // T6Options
        rule(296, SHORT, Exactly(1), true, Some(2)),          // ResolutionUnit
        rule(297, SHORT, Exactly(2), false, None),            // PageNumber
        rule(301, SHORT, UpTo(3 * 65_536), true, None),       // TransferFunction
        rule(317, SHORT, Exactly(1), true, Some(1)),          // Predictor
        rule(318, RATIONAL, Exactly(2), true, None),          // WhitePoint
        rule(319, RATIONAL, Exactly(6), true, None),          // PrimaryChromaticities
        rule(320, SHORT, UpTo(3 * 65_536), true, None),       // ColorMap
        rule(321, SHORT, Exactly(2), false, None),            // HalftoneHints
        rule(322, LONG, Exactly(1), true, None),              // TileWidth
        rule(323, LONG, Exactly(1), true, None),              // TileLength
        rule(324, PLACES, Segments, false, None),             // TileOffsets
        rule(325, PLACES, Segments, false, None),             // TileByteCounts
        rule(326, LONG, Exactly(1), false, None),             // BadFaxLines
        rule(327, SHORT, Exactly(1), false, None),            // CleanFaxData
        rule(328, LONG, Exactly(1), false, None),             // ConsecutiveBadFaxLines
        rule(332, SHORT, Exactly(1), true, Some(1)),          // InkSet
        rule(334, SHORT, Exactly(1), true, Some(4)),          // NumberOfInks
        rule(336, &[1, 3], UpTo(64), true, None),             // DotRange
        rule(338, SHORT, UpTo(64), true, None),               // ExtraSamples
        rule(339, SHORT, Samples, true, Some(1)),             // SampleFormat
        rule(340, ANY, Samples, false, None),                 // SMinSampleValue
        rule(341, ANY, Samples, false, None),                 // SMaxSampleValue
        rule(342, SHORT, Exactly(6), true, None),             // TransferRange
        rule(347, OPAQUE, UpTo(65_536), false, None),         // JPEGTables
        rule(512, SHORT, Exactly(1), false, Some(1)),         // JPEGProc
        rule(529, RATIONAL, Exactly(3), true, None),          // YCbCrCoefficients
        rule(530, SHORT, Exactly(2), true, None),             // YCbCrSubSampling
        rule(531, SHORT, Exactly(1), true, Some(1)),          // YCbCrPositioning
        rule(532, RATIONAL, Exactly(6), true, None),          // ReferenceBlackWhite
        rule(32997, LONG, Exactly(1), true, Some(1)),         // ImageDepth
        rule(32998, LONG, Exactly(1), true, Some(1)),         // TileDepth
        rule(34675, OPAQUE, UpTo(16 << 20), false, None),     // ICC profile
        rule(50674, &[4], Exactly(2), true, None),            // LercParameters
        rule(65420, LONG, Exactly(1), true, None),            // Hamamatsu: that it is a slide
        rule(65421, &[11], Exactly(1), true, None),           // Hamamatsu: magnification
    ]
};

/// The rule for a tag.
pub(super) fn rule_of(tag: u16) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.tag == tag)
}

impl Rule {
    /// Whether an entry of this type and count may be.
    pub(super) fn allows(&self, kind: u16, count: u64, samples: u64) -> bool {
        let counted = match self.count {
            Count::Exactly(n) => count == n,
            Count::Samples => count == samples || count == 1,
            Count::Segments => count > 0,
            Count::UpTo(n) => (1..=n).contains(&count),
        };
        self.kinds.contains(&kind) && counted
    }
}
