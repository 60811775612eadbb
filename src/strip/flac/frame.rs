//! Frames of FLAC one after the other: where each ends is known by reading its sound, and by its check sums.
//!
//! RFC 9639 section 9.

mod measure;

use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::{Operation, broken};
use measure::End;
use std::ops::Range;

/// The longest header, with its check sum.
const HEADER: usize = 16;
/// The longest frame that is looked at: 65,535 samples of eight channels of 32 bits, and some.
const LONGEST: u64 = 3 << 20;
/// Beginnings of frames that come to no end, each of which is followed that far.
const FAILURES: usize = 200;

/// What the frames of one stream share.
#[derive(Debug)]
pub(super) struct Stream {
    /// Bits of a sample where a frame does not say.
    depth: u32,
    /// Whether frames state the number of their first sample; known with the first.
    strategy: Option<u8>,
}

/// A frame's header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) length: usize,
    strategy: u8,
    pub(super) block: usize,
    pub(super) channels: u8,
    pub(super) depth: u32,
}

impl Stream {
    pub(super) fn new(info: &[u8]) -> Self {
        let depth = u32::from(info[12] & 1) << 4 | u32::from(info[13] >> 4);
        Self { depth: depth + 1, strategy: None }
    }

    /// The stretches of frames from `at` to the end of the file.
    pub(super) fn run(&mut self, operation: &mut Operation<'_>, mut at: u64) -> Result<Vec<Range<u64>>, Refusal> {
        let file = operation.reader.length();
        let mut runs: Vec<Range<u64>> = Vec::new();
        let mut failures = 0;
        while at < file {
            let Some(start) = self.search(operation, at)? else { break };
            let end = self.end(operation, start)?;
            failures += usize::from(end.is_none());
            if failures > FAILURES {
                return Err(Refusal::too_large("the file has more damaged parts than any real one"));
            }
            match end {
                Some(end) => {
                    if start > at {
                        operation.found(Code::Junk, "between frames", at..start, Action::Remove);
                    }
                    match runs.last_mut() {
                        Some(run) if run.end == start => run.end = end,
                        _ => runs.push(start..end),
                    }
                    at = end;
                }
                None if start == at && !runs.is_empty() => {
                    // A frame that breaks off, or bytes that look like one.
                    let next = self.search(operation, start + 1)?;
                    // The sound alone says where the last frame ends.
                    if next.is_none() && self.measured(operation, start)? == Some(End::Damaged) {
                        return Err(damaged());
                    }
                    let next = next.unwrap_or(file);
                    operation.found(Code::Truncated, "frame", start..next, Action::Remove);
                    at = next;
                }
                None => {
                    operation.found(Code::Junk, "between frames", at..start + 1, Action::Remove);
                    at = start + 1;
                }
            }
            if runs.len() > super::MOST {
                return Err(Refusal::too_large("the file has more parts than any real one"));
            }
        }
        if at < file {
            operation.found(Code::Trailer, "trailer", at..file, Action::Remove);
        }
        Ok(runs)
    }

    /// The next header at or after `at`.
    fn search(&self, operation: &mut Operation<'_>, mut at: u64) -> Result<Option<u64>, Refusal> {
        loop {
            let window = operation.reader.rest(at, HEADER)?;
            if window.len() < 6 {
                return Ok(None);
            }
            let whole = window.len().min(64 * 1024);
            let found = memchr::memchr_iter(0xFF, &window[..whole])
                .find(|found| self.header(&window[*found..]).is_some_and(|h| self.fits(&h)));
            match found {
                Some(found) => return Ok(Some(at + found as u64)),
                None if whole == window.len() => return Ok(None),
                None => at += (whole - HEADER) as u64,
            }
        }
    }

    fn fits(&self, header: &Header) -> bool {
        self.strategy.is_none_or(|strategy| strategy == header.strategy)
    }

    /// Where the frame that begins at `start` ends: where its sound does. One that has a right check sum elsewhere, before
    /// another header, has more in it than its sound.
    fn end(&mut self, operation: &mut Operation<'_>, start: u64) -> Result<Option<u64>, Refusal> {
        let Some(header) = self.header(operation.reader.rest(start, HEADER)?) else { return Ok(None) };
        match measure::end(operation, start, &header)? {
            End::Whole(end) => {
                self.strategy.get_or_insert(header.strategy);
                Ok(Some(end))
            }
            _ if self.next(operation, start)?.is_some() => Err(damaged()),
            _ => Ok(None),
        }
    }

    /// How the sound of a frame ends, where one begins here.
    fn measured(&self, operation: &mut Operation<'_>, start: u64) -> Result<Option<End>, Refusal> {
        let Some(header) = self.header(operation.reader.rest(start, HEADER)?) else { return Ok(None) };
        measure::end(operation, start, &header).map(Some)
    }

    /// The next header before which the check sum of this frame is right.
    fn next(&self, operation: &mut Operation<'_>, start: u64) -> Result<Option<u64>, Refusal> {
        let file = operation.reader.length().min(start + LONGEST);
        let (mut at, mut sum) = (start, 0_u16);
        while at < file {
            let window = operation.reader.rest(at, 64 * 1024)?;
            let window = &window[..window.len().min(256 * 1024)];
            let last = at + window.len() as u64 >= file;
            let usable = if last { window.len() } else { window.len() - HEADER };
            let mut from = 0;
            for found in memchr::memchr_iter(0xFF, &window[..usable]) {
                if at + found as u64 <= start || self.header(&window[found..]).is_none_or(|h| !self.fits(&h)) {
                    continue;
                }
                sum = crc16(sum, &window[from..found]);
                from = found;
                if sum == 0 {
                    return Ok(Some(at + found as u64));
                }
            }
            sum = crc16(sum, &window[from..usable]);
            at += usable.max(1) as u64;
        }
        Ok(None)
    }

    /// A header whose own check sum is right.
    fn header(&self, bytes: &[u8]) -> Option<Header> {
        let head = bytes.get(..4)?;
        if head[0] != 0xFF || head[1] & 0xFE != 0xF8 || head[3] & 1 != 0 {
            return None;
        }
        let (size, rate) = (head[2] >> 4, head[2] & 15);
        let (channels, depth) = (head[3] >> 4, head[3] >> 1 & 7);
        if size == 0 || rate == 15 || channels > 10 || depth == 3 {
            return None;
        }
        let number = match head.len().min(4) {
            4 => bytes.get(4)?.leading_ones() as usize,
            _ => return None,
        };
        let number = match number {
            0 => 1,
            1 | 8 => return None,
            more => more,
        };
        let mut at = 4 + number;
        let block = match size {
            1 => 192,
            2..=5 => 576 << (size - 2),
            6 => usize::from(*bytes.get(at)?) + 1,
            7 => usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])) + 1,
            _ => 256 << (size - 8),
        };
        at += match size {
            6 => 1,
            7 => 2,
            _ => 0,
        };
        at += match rate {
            12 => 1,
            13 | 14 => 2,
            _ => 0,
        };
        if *bytes.get(at)? != crc8(&bytes[..at]) {
            return None;
        }
        let depth = [self.depth, 8, 12, 0, 16, 20, 24, 32][usize::from(depth)];
        Some(Header { length: at + 1, strategy: head[1] & 1, block, channels, depth })
    }
}

fn damaged() -> Refusal {
    broken("a frame of the sound is damaged")
}

/// CRC-8 with the polynomial x^8 + x^2 + x + 1.
fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ byte, |sum: u8, _| if sum & 0x80 != 0 { sum << 1 ^ 7 } else { sum << 1 })
    })
}

/// CRC-16 with the polynomial x^16 + x^15 + x^2 + 1, a byte at a time.
const SUMS: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 0x8000 != 0 { sum << 1 ^ 0x8005 } else { sum << 1 };
            bit += 1;
        }
        table[byte] = sum;
        byte += 1;
    }
    table
};

pub(super) fn crc16(sum: u16, bytes: &[u8]) -> u16 {
    bytes.iter().fold(sum, |sum, byte| sum << 8 ^ SUMS[usize::from((sum >> 8) as u8 ^ byte)])
}
