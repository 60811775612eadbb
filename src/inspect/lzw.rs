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

const LARGEST: usize = 4096;

/// A reader of codes.
#[derive(Debug)]
pub(super) struct Lzw {
    manner: Manner,
    needed: u64,
    /// The length of every string; those from `count` on are of a table before.
    lengths: Box<[u16; LARGEST]>,
    /// Codes that came, each marked without asking whether it is that of a sample.
    came: Box<[bool; LARGEST]>,
    run: Run,
    state: State,
}

/// What changes with every code, kept apart so that a loop can have it in registers.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Bits taken and not followed: the next code is the highest of them, or the lowest.
    held: u64,
    bits: u32,
    width: u32,
    /// Strings in the table.
    count: usize,
    /// Length of the string before, of which the next one is made; none behind a clear code.
    last: Option<u16>,
    made: u64,
    read: u64,
}

impl Lzw {
    /// A stream that should make `needed` bytes.
    pub(super) fn new(manner: Manner, needed: u64) -> Self {
        let mut run = Run { held: 0, bits: 0, width: 0, count: 0, last: None, made: 0, read: 0 };
        run.clear(manner);
        let (lengths, came) = (Box::new([1; LARGEST]), Box::new([false; LARGEST]));
        Self { manner, needed, lengths, came, run, state: State::Open }
    }

    /// Takes bytes until the stream ends; how many were taken.
    pub(super) fn push(&mut self, bytes: &[u8]) -> usize {
        if self.manner.most_first { self.take::<true>(bytes) } else { self.take::<false>(bytes) }
    }

    fn take<const MOST_FIRST: bool>(&mut self, bytes: &[u8]) -> usize {
        let (mut run, mut rest) = (self.run, bytes);
        while self.state == State::Open && !rest.is_empty() {
            // What is left of the bytes before is less than a code: four more fit beside it.
            if let Some((four, behind)) = rest.split_first_chunk::<4>() {
                let four = if MOST_FIRST { u32::from_be_bytes(*four) } else { u32::from_le_bytes(*four) };
                run.add::<MOST_FIRST>(four, 32);
                rest = behind;
            } else {
                run.add::<MOST_FIRST>(u32::from(rest[0]), 8);
                rest = &rest[1..];
            }
            while self.state == State::Open && run.bits >= run.width {
                self.state = self.code::<MOST_FIRST>(&mut run);
            }
        }
        let ahead = self.ahead(&run);
        run.give_back::<MOST_FIRST>(ahead * 8);
        self.run = run;
        bytes.len() - rest.len() - ahead as usize
    }

    /// How many whole bytes were taken beyond the code that ended the stream.
    fn ahead(&self, run: &Run) -> u32 {
        match self.state {
            State::Open => 0,
            // The code that is too many stays among the bits.
            State::Over => run.bits.saturating_sub(run.width) / 8,
            State::Ended | State::Broken => run.bits / 8,
        }
    }

    #[inline]
    fn code<const MOST_FIRST: bool>(&mut self, run: &mut Run) -> State {
        let (code, clear) = (run.peek::<MOST_FIRST>(), 1_usize << self.manner.bits);
        if run.made >= self.needed && code != clear && code != clear + 1 {
            return State::Over;
        }
        let read = run.width;
        run.pass::<MOST_FIRST>();
        if code == clear || code == clear + 1 {
            run.read += u64::from(read);
            if code == clear {
                run.clear(self.manner);
                return State::Open;
            }
            return State::Ended;
        }
        // The string before and one byte more: also what a code means that is only just being made.
        if let Some(last) = run.last.filter(|_| run.count < LARGEST) {
            self.lengths[run.count] = last.saturating_add(1);
            run.count += 1;
        }
        if code >= run.count {
            return State::Broken;
        }
        self.came[code % LARGEST] = true;
        run.read += u64::from(read);
        let length = self.lengths[code % LARGEST];
        run.last = Some(length);
        run.made += u64::from(length);
        let grows_at = (1_usize << run.width) - usize::from(self.manner.early);
        if run.count >= grows_at && run.width < 12 {
            run.width += 1;
        }
        State::Open
    }

    /// How far it has come.
    pub(super) fn state(&self) -> State {
        self.state
    }

    /// How many bytes come out, as far as it has come.
    pub(super) fn made(&self) -> u64 {
        self.run.made
    }

    /// Which samples come out, as far as it has come.
    pub(super) fn samples(&self) -> [bool; 256] {
        // Every sample that comes out was at some time a code of its own: strings are made of those before them.
        let mut samples = [false; 256];
        for (code, came) in self.came[..1 << self.manner.bits].iter().enumerate() {
            samples[code & 0xff] |= came;
        }
        samples
    }

    /// How many bits the codes have that were followed, those that cannot be or are too many left out.
    pub(super) fn read(&self) -> u64 {
        self.run.read
    }

    /// How many bits are left of the bytes taken, at most those of one code, and whether any of them is set.
    pub(super) fn rest(&self) -> (u32, bool) {
        (self.run.bits, self.run.held != 0)
    }

    /// Whether every byte of the picture has been made.
    pub(super) fn is_full(&self) -> bool {
        self.run.made >= self.needed
    }
}

impl Run {
    /// An empty table: samples are codes of one byte, and the two after them are the clear code and the end code.
    fn clear(&mut self, manner: Manner) {
        (self.count, self.width, self.last) = ((1 << manner.bits) + 2, manner.bits + 1, None);
    }

    /// Adds bits behind those at hand.
    fn add<const MOST_FIRST: bool>(&mut self, new: u32, bits: u32) {
        self.held =
            if MOST_FIRST { self.held << bits | u64::from(new) } else { self.held | u64::from(new) << self.bits };
        self.bits += bits;
    }

    /// The next code, which is at hand.
    fn peek<const MOST_FIRST: bool>(&self) -> usize {
        let down = if MOST_FIRST { self.bits - self.width } else { 0 };
        (self.held >> down) as usize & ((1 << self.width) - 1)
    }

    /// Takes the next code away.
    fn pass<const MOST_FIRST: bool>(&mut self) {
        self.bits -= self.width;
        self.held = if MOST_FIRST { self.held & ((1 << self.bits) - 1) } else { self.held >> self.width };
    }

    /// Takes bits away that were added last.
    fn give_back<const MOST_FIRST: bool>(&mut self, bits: u32) {
        self.bits -= bits;
        self.held = if MOST_FIRST { self.held >> bits } else { self.held & ((1 << self.bits) - 1) };
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
