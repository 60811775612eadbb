//! What a decoder of AAC is told: read bit by bit; the comment in it becomes zeros, and so does what stands behind it.
//!
//! ISO/IEC 14496-3, 1.6.2.1 (AudioSpecificConfig), 4.4.1 (GASpecificConfig), 4.4.1.1 (program_config_element), 4.6.20 (ELD).

use crate::strip::heif::rule::tells;
use std::ops::Range;

/// The longest settings of a coding that is not read here.
const OTHER: usize = 64;

/// Blanks what no decoder needs; false where settings that are not understood may hold words.
#[must_use]
pub(in crate::strip) fn blank(config: &mut [u8]) -> bool {
    let Some(Parts { needed, comment }) = parts(config) else { return config.len() <= OTHER && !tells(config) };
    if let Some(comment) = comment {
        config[comment].fill(0);
    }
    for at in (0..config.len() * 8).filter(|at| !needed.iter().any(|range| range.contains(at))) {
        config[at / 8] &= !(0x80 >> (at % 8));
    }
    true
}

/// What settings are made of.
struct Parts {
    /// Bits that decoders read.
    needed: [Range<usize>; 2],
    /// Bytes of the comment.
    comment: Option<Range<usize>>,
}

/// Bits, the highest of each byte first.
struct Bits<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u32::from(*self.bytes.get(self.at / 8)? >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// An object type.
    fn object(&mut self) -> Option<u32> {
        let kind = self.take(5)?;
        if kind == 31 { Some(32 + self.take(6)?) } else { Some(kind) }
    }

    /// A sampling rate: its number, or itself.
    fn rate(&mut self) -> Option<()> {
        if self.take(4)? == 15 {
            self.take(24)?;
        }
        Some(())
    }
}

fn parts(config: &[u8]) -> Option<Parts> {
    let (mut bits, mut comment) = (Bits { bytes: config, at: 0 }, None);
    let mut kind = bits.object()?;
    bits.rate()?;
    let channels = bits.take(4)?;
    // Said at once: that bands are to be made of others (SBR), and perhaps two channels of one.
    let said = matches!(kind, 5 | 29);
    if said {
        bits.rate()?;
        kind = bits.object()?;
        if kind == 22 {
            bits.take(4)?;
        }
    }
    match kind {
        1..=4 | 6 | 7 | 17 | 19..=23 => comment = general(&mut bits, kind, channels)?,
        32..=34 => drop(bits.take(1)?),
        // ELD without bands made of others and without extensions.
        39 => {
            bits.take(4)?;
            if bits.take(5)? != 0 {
                return None;
            }
        }
        _ => return None,
    }
    if matches!(kind, 17 | 19..=27 | 39) && bits.take(2)? > 1 {
        return None;
    }
    let first = 0..bits.at;
    let second = if said { 0..0 } else { extension(config, bits.at) };
    Some(Parts { needed: [first, second], comment })
}

/// The settings of AAC proper; where the comment of a channel layout stands in them.
fn general(bits: &mut Bits<'_>, kind: u32, channels: u32) -> Option<Option<Range<usize>>> {
    bits.take(1)?;
    if bits.take(1)? == 1 {
        bits.take(14)?;
    }
    let extended = bits.take(1)? == 1;
    let comment = if channels == 0 { Some(layout(bits)?) } else { None };
    if matches!(kind, 6 | 20) {
        bits.take(3)?;
    }
    if extended {
        match kind {
            22 => drop(bits.take(16)?),
            17 | 19 | 20 | 23 => drop(bits.take(3)?),
            _ => {}
        }
        bits.take(1)?;
    }
    Some(comment)
}

/// A layout of channels, element by element; where its comment stands.
fn layout(bits: &mut Bits<'_>) -> Option<Range<usize>> {
    bits.take(10)?;
    let mut counts = [0; 6];
    for (count, width) in counts.iter_mut().zip([4, 4, 4, 2, 3, 4]) {
        *count = bits.take(width)?;
    }
    for width in [4, 4, 3] {
        if bits.take(1)? == 1 {
            bits.take(width)?;
        }
    }
    for (count, width) in counts.into_iter().zip([5, 5, 5, 4, 4, 5]) {
        bits.take(count as usize * width)?;
    }
    bits.at = bits.at.next_multiple_of(8);
    let length = bits.take(8)? as usize;
    let start = bits.at / 8;
    bits.take(length * 8)?;
    Some(start..start + length)
}

/// The bits behind the settings that say that bands are to be made of others; decoders look for them from `from` on.
fn extension(config: &[u8], from: usize) -> Range<usize> {
    let read = |at: usize| {
        let mut bits = Bits { bytes: config, at };
        if bits.take(11)? != 0x2B7 {
            return None;
        }
        let kind = bits.object()?;
        if !matches!(kind, 5 | 22) {
            return None;
        }
        if bits.take(1)? == 1 {
            bits.rate()?;
        }
        if kind == 22 {
            bits.take(4)?;
        }
        let end = bits.at;
        let paired = kind == 5 && bits.take(11) == Some(0x548) && bits.take(1).is_some();
        Some(at..if paired { bits.at } else { end })
    };
    (from..config.len() * 8).find_map(read).unwrap_or(0..0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings of AAC-LC with a layout of two pairs in front and behind, and this comment.
    fn with_layout(comment: &[u8]) -> Vec<u8> {
        // Type 2, rate 4, no channels; three flags; then tag 0, type 1, rate 4, one in front, none beside, one behind.
        let bits = "00010 0100 0000 000 0000 01 0100 0001 0000 0001 00 000 0000 0 0 0 10000 10001";
        let bits: Vec<u8> = bits.bytes().filter(|b| *b != b' ').map(|b| b - b'0').collect();
        let mut bytes: Vec<u8> =
            bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0, |sum, (n, bit)| sum | bit << (7 - n))).collect();
        bytes.push(comment.len() as u8);
        bytes.extend(comment);
        bytes
    }

    #[test]
    fn a_comment_and_what_stands_behind_goes_and_all_else_stays() {
        let low = [0x12, 0x10];
        let bands = [0x12, 0x10, 0x56, 0xE5, 0x9D, 0x48, 0x80];
        let early = [&low[..], &[0, 0], &bands[2..]].concat();
        let layout = with_layout(&[0; 7]);
        let cases: [(&[u8], &[u8], &[u8]); 9] = [
            (&low, b"", b""),
            (&low, b"PATZ", &[0; 4]),
            (&low, b"P\0a\0t\0z\0", &[0; 8]),
            (&bands, b"PATZ", &[0; 4]),
            (&early, b"PATZ", &[0; 4]),
            (&[0x2B, 0x11, 0x88, 0], b"PATZ", &[0; 4]),
            (&[0xF8, 0xE8, 0x50, 0], b"PATZ", &[0; 4]),
            (&layout, b"PATZ", &[0; 4]),
            (&with_layout(&[]), b"PATZ", &[0; 4]),
        ];
        let mut tried = 0;
        for (settings, behind, zeros) in cases {
            let mut config = [settings, behind].concat();
            assert!(blank(&mut config));
            assert_eq!(config, [settings, zeros].concat(), "{settings:X?}");
            tried += 1;
        }
        assert_eq!(tried, 9);
        let mut config = with_layout(b"CANARYX");
        assert!(blank(&mut config) && config == layout);
        // Codings that are not read here stay where nothing reads as words.
        assert!(blank(&mut [0xF9, 0x46, 0x40, 0x11, 0x22]));
        assert!(!blank(&mut [0xF9, 0x46, b'P', b'A', b'T', b'Z', b'Y', b'X', b'W']));
        assert!(!blank(&mut [0xF9; 65]));
    }
}
