//! Pages of Ogg: found by their mark, believed by their check sum.
//!
//! RFC 3533 section 6.

use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::ops::Range;

/// Length of a page's header before its table of segments.
const HEAD: usize = 27;
/// Where a page's check sum stands.
pub(super) const SUM: std::ops::Range<usize> = 22..26;
/// The longest page.
const LONGEST: usize = HEAD + 255 + 255 * 255;
/// Marks that begin no page, each of which is followed as far as a page goes.
const FAILURES: usize = 4_096;

/// A page whose check sum is right. Bodies of pages that need no reading are not copied.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) range: Range<u64>,
    /// The page as it is, where a track may still need its bytes.
    bytes: Vec<u8>,
    head: usize,
}

impl Page {
    /// Whether it is the first of its track.
    pub(super) fn begins(&self) -> bool {
        self.bytes[5] & 2 != 0
    }

    /// Whether it goes on with a packet of the page before.
    pub(super) fn continues(&self) -> bool {
        self.bytes[5] & 1 != 0
    }

    /// Whether it says that it is the last of its track.
    pub(super) fn ends(&self) -> bool {
        self.bytes[5] & 4 != 0
    }

    /// How many samples or pictures end by its end, as its track counts them.
    pub(super) fn time(&self) -> u64 {
        u64::from_le_bytes(self.bytes[6..14].try_into().unwrap_or_default())
    }

    pub(super) fn serial(&self) -> u32 {
        u32::from_le_bytes([self.bytes[14], self.bytes[15], self.bytes[16], self.bytes[17]])
    }

    /// Lengths of the segments.
    pub(super) fn segments(&self) -> &[u8] {
        &self.bytes[HEAD..self.head]
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.bytes[self.head..]
    }

    /// Length of its header.
    pub(super) fn head(&self) -> usize {
        self.head
    }

    /// The check sum that this page has with another body of the same length.
    pub(super) fn sum_with(&self, body: &[u8]) -> [u8; 4] {
        let mut head = self.bytes[..self.head].to_vec();
        head[SUM].fill(0);
        sum(sum(0, &head), body).to_le_bytes()
    }
}

/// The next page at or after `at`.
pub(super) fn next(operation: &mut Operation<'_>, mut at: u64, failures: &mut usize) -> Result<Option<Page>, Refusal> {
    loop {
        let window = operation.reader.rest(at, LONGEST)?;
        if window.len() < HEAD {
            return Ok(None);
        }
        let whole = window.len().min(128 * 1024);
        let Some(found) = memchr::memmem::find(&window[..whole], b"OggS") else {
            at += (whole as u64).saturating_sub(3);
            if whole == window.len() {
                return Ok(None);
            }
            continue;
        };
        at += found as u64;
        let window = operation.reader.rest(at, LONGEST)?;
        if let Some((length, head)) = page(window) {
            return Ok(Some(Page { range: at..at + length as u64, bytes: window[..length].to_vec(), head }));
        }
        *failures += 1;
        if *failures > FAILURES {
            return Err(Refusal::too_large("the file has more damaged parts than any real one"));
        }
        at += 4;
    }
}

/// Length of the page that begins here, and of its header.
fn page(bytes: &[u8]) -> Option<(usize, usize)> {
    let head = bytes.get(..HEAD)?;
    if head[4] != 0 || head[5] > 7 {
        return None;
    }
    let start = HEAD + usize::from(head[26]);
    let length = start + bytes.get(HEAD..start)?.iter().map(|n| usize::from(*n)).sum::<usize>();
    let page = bytes.get(..length)?;
    let sums = sum(sum(sum(0, &page[..22]), &[0; 4]), &page[26..]);
    (sums == u32::from_le_bytes([head[22], head[23], head[24], head[25]])).then_some((length, start))
}

/// CRC-32 with the polynomial 0x04C11DB7, highest bit first, eight bytes at a time.
const SUMS: [[u32; 256]; 8] = {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = (byte as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum >> 31 == 1 { sum << 1 ^ 0x04C1_1DB7 } else { sum << 1 };
            bit += 1;
        }
        tables[0][byte] = sum;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = before << 8 ^ tables[0][(before >> 24) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
};

fn sum(mut sum: u32, bytes: &[u8]) -> u32 {
    let mut eights = bytes.chunks_exact(8);
    for eight in &mut eights {
        let first = (sum ^ u32::from_be_bytes([eight[0], eight[1], eight[2], eight[3]])).to_be_bytes();
        sum = first
            .iter()
            .chain(&eight[4..])
            .zip(SUMS.iter().rev())
            .fold(0, |sum, (byte, table)| sum ^ table[usize::from(*byte)]);
    }
    eights.remainder().iter().fold(sum, |sum, byte| sum << 8 ^ SUMS[0][usize::from((sum >> 24) as u8 ^ byte)])
}
