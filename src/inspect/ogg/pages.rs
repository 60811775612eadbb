//! Pages of Ogg as the witness reads them.
//!
//! RFC 3533 section 6.

use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use crate::inspect::little::le32;
use std::ops::Range;

/// A page whose check sum is right.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
}

impl Page {
    pub(super) fn begins(&self) -> bool {
        self.head[5] & 2 != 0
    }

    /// Samples or pictures up to its end, or so many before the beginning; one before it where it says none.
    pub(super) fn time(&self) -> u64 {
        let time = self.head[6..14].iter().rev().fold(0_u64, |time, byte| time << 8 | u64::from(*byte));
        if time >> 63 == 1 { time.wrapping_neg() } else { time }
    }

    /// Whether it goes on with a packet.
    pub(super) fn goes_on(&self) -> bool {
        self.head[5] & 1 != 0
    }

    /// Whether it says that it is the last of its track.
    pub(super) fn ends(&self) -> bool {
        self.head[5] & 4 != 0
    }

    pub(super) fn serial(&self) -> u32 {
        le32(&self.head, 14).unwrap_or(0)
    }

    /// Packets and parts of packets, and whether each comes to its end here.
    pub(super) fn packets(&self) -> Vec<(Range<usize>, bool)> {
        let (mut out, mut start, mut end) = (Vec::new(), 0, 0);
        for lace in &self.head[27..] {
            end += usize::from(*lace);
            if *lace != 255 {
                out.push((start..end, true));
                start = end;
            }
        }
        if end > start {
            out.push((start..end, false));
        }
        out
    }
}

/// The page that begins at `at`.
pub(super) fn page(bytes: &mut Bytes<'_>, at: u64) -> Result<Option<Page>, Trouble> {
    let fixed = bytes.copy(at..at + 27, 27)?;
    if fixed.len() < 27 || !fixed.starts_with(b"OggS\0") || fixed[5] & 0xf8 != 0 {
        return Ok(None);
    }
    let from = at + 27 + u64::from(fixed[26]);
    let head = bytes.copy(at..from, 300)?;
    let length: u64 = head[27..].iter().map(|n| u64::from(*n)).sum();
    let body = bytes.copy(from..from + length, 1 << 16)?;
    if from + length > bytes.len() {
        return Ok(None);
    }
    let mut blank = head.clone();
    blank[22..26].fill(0);
    let right = le32(&head, 22) == Some(crc(crc(0, &blank), &body));
    Ok(right.then_some(Page { start: at, end: from + length, head, body }))
}

/// CRC-32, the polynomial 0x04c11db7 unreflected.
fn crc(mut sum: u32, bytes: &[u8]) -> u32 {
    for byte in bytes {
        sum = sum << 8 ^ TABLE[(sum >> 24 ^ u32::from(*byte)) as usize & 255];
    }
    sum
}

const TABLE: [u32; 256] = {
    let mut table = [0u32; 256];
    let mut n = 0usize;
    while n < 256 {
        let (mut value, mut step) = ((n as u32) << 24, 0);
        while step < 8 {
            value = (value << 1) ^ ((value >> 31) * 0x04c1_1db7);
            step += 1;
        }
        table[n] = value;
        n += 1;
    }
    table
};
