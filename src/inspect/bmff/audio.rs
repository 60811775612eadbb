//! What a decoder of AAC is told, as the witness reads it: no comment, and nothing behind what is needed.
//!
//! ISO/IEC 14496-3, 1.6.2.1, 4.4.1 and table 4.2 (program_config_element).

use super::unit::{is_wide, wordy};

/// The longest settings of a coding that is not followed here.
const OTHER: usize = 64;

/// Whether settings of sound say nothing but how to decode it.
pub(in crate::inspect) fn is_quiet(config: &[u8]) -> bool {
    let bits: Vec<bool> = config.iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n & 1 == 1)).collect();
    let mut tape = Tape { bits: &bits, at: 0, quiet: true };
    if tape.settings().is_none() {
        return config.len() <= OTHER && !wordy(config) && !is_wide(config);
    }
    // Behind the settings zeros may stand, and once what says that bands are made of others.
    let rest = &bits[tape.at..];
    let Some(first) = rest.iter().position(|bit| *bit) else { return tape.quiet };
    // Its mark begins with a nought.
    let start = (tape.at + first).saturating_sub(1).max(tape.at);
    let mut more = Tape { bits: &bits, at: start, quiet: true };
    more.bands();
    tape.quiet && bits[more.at..].iter().all(|bit| !bit)
}

/// Bits that are read one after the other.
struct Tape<'b> {
    bits: &'b [bool],
    at: usize,
    /// Whether no comment was seen.
    quiet: bool,
}

impl Tape<'_> {
    fn number(&mut self, count: usize) -> Option<usize> {
        let part = self.bits.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(part.iter().fold(0, |sum, bit| sum << 1 | usize::from(*bit)))
    }

    fn flag(&mut self) -> Option<bool> {
        self.number(1).map(|bit| bit == 1)
    }

    fn object(&mut self) -> Option<usize> {
        match self.number(5)? {
            31 => self.number(6).map(|more| more + 32),
            kind => Some(kind),
        }
    }

    fn rate(&mut self) -> Option<usize> {
        match self.number(4)? {
            15 => self.number(24),
            index => Some(index),
        }
    }

    fn settings(&mut self) -> Option<()> {
        let mut kind = self.object()?;
        self.rate()?;
        let channels = self.number(4)?;
        if kind == 5 || kind == 29 {
            self.rate()?;
            kind = self.object()?;
            self.number(if kind == 22 { 4 } else { 0 })?;
        }
        match kind {
            1 | 2 | 3 | 4 | 6 | 7 | 17 | 19..=23 => self.spectrum(kind, channels)?,
            32..=34 => self.at += 1,
            39 if self.number(9)? & 31 == 0 => {}
            _ => return None,
        }
        // How it is protected against errors: not, or outside of what is read here.
        let resilient = kind == 17 || (19..=27).contains(&kind) || kind == 39;
        (!resilient || self.number(2)? < 2).then_some(())
    }

    fn spectrum(&mut self, kind: usize, channels: usize) -> Option<()> {
        self.flag()?;
        if self.flag()? {
            self.number(14)?;
        }
        let more = self.flag()?;
        if channels == 0 {
            self.layout()?;
        }
        self.number(if kind == 6 || kind == 20 { 3 } else { 0 })?;
        let own = match kind {
            22 => 17,
            17 | 19 | 20 | 23 => 4,
            _ => 1,
        };
        self.number(if more { own } else { 0 }).map(drop)
    }

    fn layout(&mut self) -> Option<()> {
        self.number(4 + 2 + 4)?;
        let (front, side, back) = (self.number(4)?, self.number(4)?, self.number(4)?);
        let (low, data, coupled) = (self.number(2)?, self.number(3)?, self.number(4)?);
        for width in [4, 4, 3] {
            let there = self.flag()?;
            self.at += if there { width } else { 0 };
        }
        self.at += 5 * (front + side + back + coupled) + 4 * (low + data);
        self.at = self.at.div_ceil(8) * 8;
        for _ in 0..self.number(8)? {
            self.quiet &= self.number(8)? == 0;
        }
        Some(())
    }

    /// That bands are made of others, and perhaps two channels of one; stops where it is not that.
    fn bands(&mut self) {
        let mark = |tape: &Self, mark: usize| {
            let bits = tape.bits.get(tape.at..tape.at + 11);
            bits.is_some_and(|bits| bits.iter().fold(0, |sum, bit| sum << 1 | usize::from(*bit)) == mark)
        };
        if !mark(self, 0x2B7) {
            return;
        }
        let start = self.at;
        self.at += 11;
        let kind = self.object();
        let ended = match kind {
            Some(5 | 22) => self.flag().and_then(|there| if there { self.rate() } else { Some(0) }),
            _ => None,
        };
        if ended.is_none() || kind == Some(22) && self.number(4).is_none() {
            self.at = start;
            return;
        }
        if kind == Some(5) && mark(self, 0x548) && self.at + 12 <= self.bits.len() {
            self.at += 12;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_and_bytes_behind_are_heard() {
        let layout = |comment: &[u8]| [&[0x12, 0, 5, 4, 4, 0, 0x21, 0x10, comment.len() as u8][..], comment].concat();
        let cases: [(Vec<u8>, bool); 14] = [
            (vec![0x12, 0x10], true),
            (vec![0x12, 0x10, 0, 0], true),
            (vec![0x12, 0x10, b'P'], false),
            (vec![0x12, 0x10, 0x56, 0xE5, 0x9D, 0x48, 0x80], true),
            (vec![0x12, 0x10, 0, 0x56, 0xE5, 0], true),
            (vec![0x12, 0x10, 0x56, 0xE5, 0, b'P'], false),
            (layout(&[]), true),
            (layout(&[0; 7]), true),
            (layout(b"CANARYX"), false),
            ([&layout(&[0; 7])[..], &[0x56, 0xE5, 0]].concat(), true),
            (vec![0xF9, 0x46, 0x40, 0x11], true),
            (b"\xF9\x46P\0A\0T\0Z\0".to_vec(), false),
            (b"\xF9\x46CANARYXY".to_vec(), false),
            (vec![0xF9; 65], false),
        ];
        let mut tried = 0;
        for (config, quiet) in cases {
            assert_eq!(is_quiet(&config), quiet, "{config:X?}");
            tried += 1;
        }
        assert_eq!(tried, 14);
    }
}
