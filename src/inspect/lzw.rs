//! Where an LZW stream ends and which samples it has: its codes are counted, and nothing is written.
//!
//! GIF89a Appendix F (least bit first, a code grows when it must) and TIFF 6.0 section 13 (most bit first, a code grows
//! one early); streams of TIFF before 5.0 are written as in GIF, with codes of nine bits at least.

/// A way of writing LZW.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    /// Whether codes begin at the most significant bit of a byte.
    most_first: bool,
    /// Whether codes grow one code before they must.
    early: bool,
    /// Bits of a sample: the first code has one more.
    bits: u32,
}

impl Manner {
    /// GIF, by the byte before the stream.
    pub(super) fn gif(bits: u8) -> Option<Self> {
        (1..=11).contains(&bits).then_some(Self { most_first: false, early: false, bits: u32::from(bits) })
    }

    /// TIFF, by the first two bytes of the stream: the first code is always 256.
    pub(super) fn tiff(first: [u8; 2]) -> Self {
        let old = first[0] == 0 && first[1] & 1 == 1;
        Self { most_first: !old, early: !old, bits: 8 }
    }
}

/// How far a stream has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It goes on.
    Open,
    /// The end code has been read.
    Ended,
    /// A code comes though every byte of the picture has been made.
    Over,
    /// A code that cannot be.
    Broken,
}

/// A reader of codes.
#[derive(Debug)]
pub(super) struct Lzw {
    manner: Manner,
    lengths: Vec<u16>,
    width: u32,
    last: Option<u16>,
    held: u32,
    bits: u32,
    needed: u64,
    made: u64,
    state: State,
    samples: [bool; 256],
    read: u64,
}

const LARGEST: usize = 4096;

impl Lzw {
    /// A stream that should make `needed` bytes.
    pub(super) fn new(manner: Manner, needed: u64) -> Self {
        let mut lzw = Self {
            manner,
            lengths: Vec::with_capacity(LARGEST),
            width: 0,
            last: None,
            held: 0,
            bits: 0,
            needed,
            made: 0,
            state: State::Open,
            samples: [false; 256],
            read: 0,
        };
        lzw.clear();
        lzw
    }

    fn clear(&mut self) {
        self.lengths.clear();
        // Samples are codes of one byte; the two after them are the clear code and the end code.
        self.lengths.resize((1 << self.manner.bits) + 2, 1);
        self.width = self.manner.bits + 1;
        self.last = None;
    }

    /// Takes bytes until the stream ends; how many were taken.
    pub(super) fn push(&mut self, bytes: &[u8]) -> usize {
        for (i, byte) in bytes.iter().enumerate() {
            if self.state != State::Open {
                return i;
            }
            if self.manner.most_first {
                self.held = self.held << 8 | u32::from(*byte);
            } else {
                self.held |= u32::from(*byte) << self.bits;
            }
            self.bits += 8;
            while self.bits >= self.width && self.state == State::Open {
                self.code();
            }
        }
        bytes.len()
    }

    fn code(&mut self) {
        let mask = (1 << self.width) - 1;
        let code = if self.manner.most_first { self.held >> (self.bits - self.width) & mask } else { self.held & mask };
        let (code, clear) = (code as u16, 1u16 << self.manner.bits);
        if self.is_full() && code != clear && code != clear + 1 {
            self.state = State::Over;
            return;
        }
        if self.manner.most_first {
            self.held &= (1 << (self.bits - self.width)) - 1;
        } else {
            self.held >>= self.width;
        }
        self.bits -= self.width;
        let read = self.width;
        if code == clear {
            self.read += u64::from(read);
            self.clear();
            return;
        }
        if code == clear + 1 {
            self.read += u64::from(read);
            self.state = State::Ended;
            return;
        }
        let next = self.lengths.len();
        let length = match (self.lengths.get(usize::from(code)), self.last) {
            (Some(length), _) => *length,
            // The code that is only just being made is the string before it and one byte more.
            (None, Some(last)) if usize::from(code) == next && next < LARGEST => last.saturating_add(1),
            _ => {
                self.state = State::Broken;
                return;
            }
        };
        if code < clear {
            // Every sample that comes out was at some time a code of its own: strings are made of those before them.
            self.samples[usize::from(code & 0xff)] = true;
        }
        self.read += u64::from(read);
        if let Some(last) = self.last.filter(|_| next < LARGEST) {
            self.lengths.push(last.saturating_add(1));
        }
        self.last = Some(length);
        self.made += u64::from(length);
        let grows_at = (1usize << self.width) - usize::from(self.manner.early);
        if self.lengths.len() >= grows_at && self.width < 12 {
            self.width += 1;
        }
    }

    /// How far it has come.
    pub(super) fn state(&self) -> State {
        self.state
    }

    /// How many bytes come out, as far as it has come.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    /// Which samples come out, as far as it has come.
    pub(super) fn samples(&self) -> &[bool; 256] {
        &self.samples
    }

    /// How many bits the codes have that were followed, those that cannot be or are too many left out.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// How many bits are left of the bytes taken, at most those of one code, and whether any of them is set.
    pub(super) fn rest(&self) -> (u32, bool) {
        (self.bits, self.held != 0)
    }

    /// Whether every byte of the picture has been made.
    pub(super) fn is_full(&self) -> bool {
        self.made >= self.needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_both_manners_end_where_their_end_code_is() {
        // Codes of three bits: clear 4, samples 1 and 2, end 5.
        let gif = (4u16 | 1 << 3 | 2 << 6 | 5 << 9).to_le_bytes();
        let mut lzw = Lzw::new(Manner::gif(2).unwrap(), 2);
        lzw.push(&gif);
        assert_eq!((lzw.state(), lzw.is_full()), (State::Ended, true));
        // TIFF: clear 256, sample 7, sample 8, end 257, each of nine bits.
        let mut bits = 0u64;
        for code in [256u64, 7, 8, 257] {
            bits = bits << 9 | code;
        }
        let bytes: Vec<u8> = (bits << 4).to_be_bytes()[3..].to_vec();
        let mut lzw = Lzw::new(Manner::tiff([bytes[0], bytes[1]]), 2);
        assert_eq!(lzw.push(&[&bytes[..], b"Canary"].concat()), 5);
        assert_eq!((lzw.state(), lzw.is_full()), (State::Ended, true));
        let mut lzw = Lzw::new(Manner::tiff([bytes[0], bytes[1]]), 1);
        lzw.push(&bytes);
        assert_eq!(lzw.state(), State::Over);
        let mut lzw = Lzw::new(Manner::tiff([0x80, 0]), 9);
        lzw.push(&[0x80, 0x7f, 0xff, 0xff]);
        assert_eq!(lzw.state(), State::Broken);
    }
}
