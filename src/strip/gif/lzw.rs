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
    least: u32,
    needed: u64,
    /// Of every string its length. Indices are masked to its size, which spares a check for each code.
    lengths: Box<[u32; MOST]>,
    /// Which codes have come.
    seen: Box<[bool; MOST]>,
    point: Point,
}

/// How far the walk has come: taken out of it for the length of a block, so that it lies in registers.
#[derive(Debug, Clone, Copy)]
struct Point {
    width: u32,
    next: usize,
    /// Length of the string before; 0 where the table has only just begun.
    last: u32,
    pixels: u64,
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
        let mut lengths = Box::new([0; MOST]);
        lengths[..1 << least].fill(1);
        let next = (1 << least) + 2;
        let point = Point { width: least + 1, next, last: 0, pixels: 0, buffer: 0, held: 0, read: 0 };
        Some(Self { least, needed, lengths, seen: Box::new([false; MOST]), point })
    }

    /// Colours that are used, by their place in the table.
    pub(super) fn used(&self) -> [bool; 256] {
        let mut used = [false; 256];
        for (code, seen) in self.seen[..1 << self.least].iter().enumerate() {
            used[code & 255] |= seen;
        }
        used
    }

    /// Takes in more bytes of the data.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> State {
        let (mut point, mut rest, mut state) = (self.point, bytes, State::Hungry);
        while !rest.is_empty() && state == State::Hungry {
            // Four bytes at a time where there are four: what is left of the last ones has fewer than twelve bits.
            match rest.split_first_chunk::<4>() {
                Some((four, behind)) => {
                    point.buffer |= u64::from(u32::from_le_bytes(*four)) << point.held;
                    (point.held, rest) = (point.held + 32, behind);
                }
                None => {
                    point.buffer |= u64::from(rest[0]) << point.held;
                    (point.held, rest) = (point.held + 8, &rest[1..]);
                }
            }
            state = self.follow(&mut point);
        }
        self.point = point;
        state
    }

    /// Follows all codes at hand.
    #[inline]
    fn follow(&mut self, point: &mut Point) -> State {
        let clear = 1_usize << self.least;
        let end = clear + 1;
        while point.held >= point.width {
            let code = (point.buffer & ((1 << point.width) - 1)) as usize;
            let at = point.read;
            if point.pixels >= self.needed && code != end {
                return State::Complete(at);
            }
            point.buffer >>= point.width;
            point.held -= point.width;
            point.read += u64::from(point.width);
            if code == end {
                return State::Complete(point.read);
            }
            if code == clear {
                (point.width, point.next, point.last) = (self.least + 1, clear + 2, 0);
                continue;
            }
            self.seen[code % MOST] = true;
            if !point.step(code, clear, &mut self.lengths) {
                return State::Lost(at);
            }
        }
        State::Hungry
    }
}

impl Point {
    /// Follows the code of a string; whether it means something.
    #[inline]
    fn step(&mut self, code: usize, clear: usize, lengths: &mut [u32; MOST]) -> bool {
        if self.last == 0 {
            (self.last, self.pixels) = (1, self.pixels + 1);
            return code < clear;
        }
        if code > self.next || (code == self.next && self.next >= MOST) {
            return false;
        }
        if self.next < MOST {
            lengths[self.next] = self.last + 1;
            self.next += 1;
            if self.next == 1 << self.width && self.width < 12 {
                self.width += 1;
            }
        }
        self.last = lengths[code % MOST];
        self.pixels += u64::from(self.last);
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
        assert_eq!(walk.used().iter().filter(|used| **used).count(), 1);
        let endless = packed(&[(4, 3), (1, 3), (6, 3), (1, 3), (1, 3)]);
        assert_eq!(Walk::new(2, 3).expect("a code size").feed(&endless), State::Complete(9));
        let nonsense = packed(&[(4, 3), (1, 3), (7, 3), (1, 3)]);
        assert_eq!(Walk::new(2, 9).expect("a code size").feed(&nonsense), State::Lost(6));
        assert_eq!(Walk::new(2, 9).expect("a code size").feed(&whole[..1]), State::Hungry);
        assert!(Walk::new(0, 1).is_none() && Walk::new(12, 1).is_none());
    }
}
