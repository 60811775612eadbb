//! Reads bits of the coded segments of JPEG and JPEG-LS, stuffing taken out.
//!
//! ISO/IEC 10918-1 F.2.2.5 (a zero byte follows 0xFF), ISO/IEC 14495-1 A.1 (a zero bit does).

/// What follows a byte of ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stuffing {
    /// A byte of zeros.
    Byte,
    /// A single zero.
    Bit,
}

/// A reader of bits; behind the end of the coded segment there are zeros, which are counted.
#[derive(Debug)]
pub(super) struct Bits<'b> {
    bytes: &'b [u8],
    at: usize,
    held: u64,
    count: u32,
    stuffing: Stuffing,
    after_ones: bool,
    /// Bits that were made up behind the end.
    missing: u32,
}

impl<'b> Bits<'b> {
    pub(super) fn new(bytes: &'b [u8], at: usize, stuffing: Stuffing) -> Self {
        Self { bytes, at, held: 0, count: 0, stuffing, after_ones: false, missing: 0 }
    }

    /// Takes in several bytes at once, if none of them is one of ones.
    fn fill_at_once(&mut self) -> bool {
        let next = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<8>());
        let Some(next) = next.filter(|_| !self.after_ones) else { return false };
        let (next, n) = (u64::from_be_bytes(*next), ((64 - self.count) / 8).min(7));
        let taken = next >> (64 - 8 * n);
        // A byte of ones is one of zeros in the complement: Mycroft's test, in which a borrow may only err to the safe side.
        let turned = !next | (u64::MAX >> (8 * n));
        if turned.wrapping_sub(0x0101_0101_0101_0101) & !turned & 0x8080_8080_8080_8080 != 0 {
            return false;
        }
        self.held = self.held << (8 * n) | taken;
        self.count += 8 * n;
        self.at += n as usize;
        true
    }

    /// Fills up to at least 32 bits.
    fn fill(&mut self) {
        if self.count <= 48 && self.fill_at_once() {
            return;
        }
        while self.count <= 48 {
            let next = self.bytes.get(self.at).copied();
            let ends = match (next, self.stuffing) {
                (None, _) => true,
                (Some(0xFF), Stuffing::Byte) => self.bytes.get(self.at + 1) != Some(&0),
                (Some(byte), Stuffing::Bit) => self.after_ones && byte >= 0x80,
                _ => false,
            };
            let Some(byte) = next.filter(|_| !ends) else {
                self.held <<= 8;
                self.count += 8;
                self.missing = self.missing.saturating_add(8);
                continue;
            };
            self.at += 1;
            let bits = if self.after_ones && self.stuffing == Stuffing::Bit { 7 } else { 8 };
            self.after_ones = byte == 0xFF;
            if byte == 0xFF && self.stuffing == Stuffing::Byte {
                self.at += 1;
            }
            self.held = self.held << bits | u64::from(byte);
            self.count += bits;
        }
    }

    /// The next `n` bits (at most 32), which stay.
    pub(super) fn peek(&mut self, n: u32) -> u32 {
        if self.count < n {
            self.fill();
        }
        if n == 0 { 0 } else { (self.held >> (self.count - n)) as u32 & (u32::MAX >> (32 - n)) }
    }

    /// Steps over bits that were peeked at.
    pub(super) fn skip(&mut self, n: u32) {
        self.count = self.count.saturating_sub(n);
    }

    /// The next `n` bits, at most 32.
    pub(super) fn take(&mut self, n: u32) -> u32 {
        let bits = self.peek(n);
        self.skip(n);
        bits
    }

    /// Whether more bits were taken than there are.
    pub(super) fn is_exhausted(&self) -> bool {
        self.missing > self.count
    }

    /// Leaves what is held, and steps over a restart marker, if the next thing is one.
    pub(super) fn restart(&mut self) -> bool {
        let marker = self.bytes.get(self.at..self.at + 2);
        let found = matches!(marker, Some([0xFF, 0xD0..=0xD7])) && self.count.saturating_sub(self.missing) < 8;
        if found {
            self.at += 2;
            (self.held, self.count, self.missing, self.after_ones) = (0, 0, 0, false);
        }
        found
    }

    /// Where the coded segment ends: the next marker.
    pub(super) fn end(&self) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let marker = rest
            .windows(2)
            .position(|w| w[0] == 0xFF && w[1] >= 0x80 && !(0xD0..=0xD7).contains(&w[1]) && w[1] != 0xFF);
        self.at + marker.unwrap_or(rest.len())
    }
}
