//! Where the coded samples of a frame end, and which colours they use: a walk over LZW codes that decodes no pixel.
//!
//! GIF89a (CompuServe, 1990), 22 (image data) and appendix F. A string is known by its length alone: that is enough to
//! count pixels, and every colour that is shown was at some time a code of its own.

/// Codes have at most twelve bits.
const MOST: usize = 4_096;

/// What a step of the walk came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// More codes are needed.
    Hungry,
    /// The picture is complete; the bit behind its last code, counted from the first byte of the data.
    Complete(u64),
    /// A code that means nothing; the bit at which it begins.
    Lost(u64),
}

/// The walk.
#[derive(Debug)]
pub(super) struct Walk {
    /// Colours that are used, by their place in the table.
    pub(super) used: [bool; 256],
    least: u32,
    width: u32,
    next: usize,
    last: Option<usize>,
    lengths: Vec<u32>,
    pixels: u64,
    needed: u64,
    buffer: u64,
    held: u32,
    read: u64,
}

impl Walk {
    /// A walk over a frame of so many pixels, or none where the code size is not one of 1 to 11: more
    /// than 8 is against the standard, but viewers show it.
    pub(super) fn new(least: u8, needed: u64) -> Option<Self> {
        if !(1..=11).contains(&least) {
            return None;
        }
        let least = u32::from(least);
        let mut lengths = vec![0; MOST];
        lengths[..1 << least].fill(1);
        Some(Self {
            used: [false; 256],
            least,
            width: least + 1,
            next: (1 << least) + 2,
            last: None,
            lengths,
            pixels: 0,
            needed,
            buffer: 0,
            held: 0,
            read: 0,
        })
    }

    /// Takes in more bytes of the data.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> State {
        for byte in bytes {
            self.buffer |= u64::from(*byte) << self.held;
            self.held += 8;
            while self.held >= self.width {
                let code = (self.buffer & ((1 << self.width) - 1)) as usize;
                let at = self.read;
                if self.pixels >= self.needed && code != self.end() {
                    return State::Complete(at);
                }
                self.buffer >>= self.width;
                self.held -= self.width;
                self.read += u64::from(self.width);
                if code == self.end() {
                    return State::Complete(self.read);
                }
                if !self.step(code) {
                    return State::Lost(at);
                }
            }
        }
        State::Hungry
    }

    fn end(&self) -> usize {
        (1 << self.least) + 1
    }

    /// Follows one code; whether it means something.
    fn step(&mut self, code: usize) -> bool {
        let clear = 1 << self.least;
        if code == clear {
            (self.width, self.next, self.last) = (self.least + 1, clear + 2, None);
            return true;
        }
        if code < clear {
            self.used[code & 255] = true;
        }
        let Some(last) = self.last else {
            self.last = Some(code);
            self.pixels += 1;
            return code < clear;
        };
        if code > self.next || (code == self.next && self.next >= MOST) {
            return false;
        }
        if self.next < MOST {
            self.lengths[self.next] = self.lengths[last].saturating_add(1);
            self.next += 1;
            if self.next == 1 << self.width && self.width < 12 {
                self.width += 1;
            }
        }
        self.pixels += u64::from(self.lengths[code]);
        self.last = Some(code);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs codes of given widths.
    fn packed(codes: &[(u32, u32)]) -> Vec<u8> {
        let (mut buffer, mut held, mut bytes) = (0_u64, 0, Vec::new());
        for (code, width) in codes {
            buffer |= u64::from(*code) << held;
            held += width;
            while held >= 8 {
                bytes.push(buffer as u8);
                buffer >>= 8;
                held -= 8;
            }
        }
        bytes.push(buffer as u8);
        bytes
    }

    #[test]
    fn the_walk_ends_at_the_end_code_at_the_last_pixel_or_at_nonsense() {
        // Clear, colour 1, the string of two that this makes (6), end.
        let whole = packed(&[(4, 3), (1, 3), (6, 3), (5, 3)]);
        let mut walk = Walk::new(2, 3).expect("a code size");
        assert_eq!(walk.feed(&whole), State::Complete(12));
        assert_eq!(walk.used.iter().filter(|used| **used).count(), 1);
        let endless = packed(&[(4, 3), (1, 3), (6, 3), (1, 3), (1, 3)]);
        assert_eq!(Walk::new(2, 3).expect("a code size").feed(&endless), State::Complete(9));
        let nonsense = packed(&[(4, 3), (1, 3), (7, 3), (1, 3)]);
        assert_eq!(Walk::new(2, 9).expect("a code size").feed(&nonsense), State::Lost(6));
        assert_eq!(Walk::new(2, 9).expect("a code size").feed(&whole[..1]), State::Hungry);
        assert!(Walk::new(0, 1).is_none() && Walk::new(12, 1).is_none());
    }
}
