//! The header of a frame of layer III, and how much sound its frame describes.
//!
//! ISO/IEC 11172-3 section 2.4.1.3 and 2.4.1.7; ISO/IEC 13818-3 section 2.4.1.7; version 2.5 as decoders read it.

/// Kilobits a second, by the number in the header: version 1, versions 2 and 2.5.
const RATES: [[u64; 15]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
/// Samples a second of version 1.
const SAMPLING: [u64; 3] = [44_100, 48_000, 32_000];

/// A frame's header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    word: u32,
    /// Length of the frame in bytes, header included.
    pub(super) length: u64,
    /// Whether it is of version 1.
    first: bool,
    mono: bool,
    /// Whether two bytes of check sum follow.
    pub(super) checked: bool,
}

impl Header {
    pub(super) fn read(bytes: [u8; 4]) -> Option<Self> {
        let word = u32::from_be_bytes(bytes);
        let (version, layer) = (word >> 19 & 3, word >> 17 & 3);
        let (rate, sampling) = ((word >> 12 & 15) as usize, (word >> 10 & 3) as usize);
        if word >> 21 != 0x7FF || version == 1 || layer != 1 || word & 3 == 2 {
            return None;
        }
        let first = version == 3;
        let rate = *RATES[usize::from(!first)].get(rate).filter(|rate| **rate > 0)?;
        let sampling = SAMPLING.get(sampling)? >> [2, 0, 1, 0][version as usize];
        let length = if first { 144_000 } else { 72_000 } * rate / sampling + u64::from(word >> 9 & 1);
        let mono = word >> 6 & 3 == 3;
        let header = Self { word, length, first, mono, checked: word >> 16 & 1 == 0 };
        (length >= header.body()).then_some(header)
    }

    /// What all frames of a recording share.
    pub(super) fn kind(&self) -> u32 {
        self.word & 0xFFFE_0C00
    }

    /// Length of the side information.
    pub(super) fn side(&self) -> u64 {
        match (self.first, self.mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        }
    }

    /// Where the sound begins in the frame.
    pub(super) fn body(&self) -> u64 {
        4 + if self.checked { 2 } else { 0 } + self.side()
    }

    /// How many bytes before this frame's own its sound begins, and how many bits it has, by its side information.
    pub(super) fn sound(&self, side: &[u8]) -> (u64, u64) {
        let bits = |at: usize, count: usize| -> u64 {
            (at..at + count)
                .fold(0, |n, i| n << 1 | u64::from(side.get(i / 8).copied().unwrap_or(0) >> (7 - i % 8) & 1))
        };
        let channels = if self.mono { 1 } else { 2 };
        let (begin, start, step, granules) = match (self.first, self.mono) {
            (true, true) => (9, 9 + 5 + 4, 59, 2),
            (true, false) => (9, 9 + 3 + 8, 59, 2),
            (false, true) => (8, 8 + 1, 63, 1),
            (false, false) => (8, 8 + 2, 63, 1),
        };
        let length = (0..granules * channels).map(|n| bits(start + n * step, 12)).sum();
        (bits(0, begin), length)
    }
}
