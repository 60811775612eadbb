//! Reads the sound of one frame of FLAC, as far as its length needs it.
//!
//! RFC 9639 sections 9.2 (subframes) and 9.2.7 (residual).

use super::{Header, LONGEST, crc16};
use crate::plan::Refusal;
use crate::strip::operation::Operation;

/// Bytes of most frames; longer ones are read again.
const MOST_FRAMES: usize = 64 * 1024;

/// How the sound of a frame ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Here, with the right check sum.
    Whole(u64),
    /// In the file, but the check sum is wrong.
    Damaged,
    /// Not in the file.
    CutOff,
}

/// Where the frame ends that begins at `start`.
pub(super) fn end(operation: &mut Operation<'_>, start: u64, header: &Header) -> Result<End, Refusal> {
    for most in [MOST_FRAMES, LONGEST as usize] {
        let bytes = operation.reader.rest(start, most)?;
        let bytes = &bytes[..bytes.len().min(most)];
        if let Some(length) = length(bytes, header) {
            let is_right = bytes.get(..length).is_some_and(|frame| crc16(0, frame) == 0);
            return Ok(if is_right { End::Whole(start + length as u64) } else { End::Damaged });
        }
        if bytes.len() < most {
            break;
        }
    }
    Ok(End::CutOff)
}

/// Length in bytes with the check sum behind.
fn length(bytes: &[u8], header: &Header) -> Option<usize> {
    let mut bits = Bits { bytes, at: header.length * 8 };
    let channels = if header.channels < 8 { header.channels + 1 } else { 2 };
    for channel in 0..channels {
        // The difference of two channels needs one bit more.
        let side = matches!((header.channels, channel), (8 | 10, 1) | (9, 0));
        bits.subframe(header.block, header.depth + u32::from(side))?;
    }
    let length = bits.at.div_ceil(8) + 2;
    (length <= bytes.len()).then_some(length)
}

/// Bits one after the other, checked against the end.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0_u32;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count)?;
        (self.at <= self.bytes.len() * 8).then_some(())
    }

    /// Zeros before a one.
    fn unary(&mut self) -> Option<u32> {
        let mut count = 0;
        loop {
            let byte = self.bytes.get(self.at / 8)? << (self.at % 8);
            if byte != 0 {
                self.at += byte.leading_zeros() as usize + 1;
                return Some(count + byte.leading_zeros());
            }
            let left = 8 - self.at % 8;
            self.at += left;
            count += left as u32;
        }
    }

    fn subframe(&mut self, block: usize, depth: u32) -> Option<()> {
        if self.take(1)? != 0 {
            return None;
        }
        let kind = self.take(6)?;
        let wasted = if self.take(1)? == 1 { self.unary()? + 1 } else { 0 };
        let depth = depth.checked_sub(wasted).filter(|depth| *depth > 0)? as usize;
        match kind {
            0 => self.skip(depth),
            1 => self.skip(block.checked_mul(depth)?),
            8..=12 => {
                let order = kind as usize - 8;
                self.skip(order * depth)?;
                self.residual(block, order)
            }
            32..=63 => {
                let order = kind as usize - 31;
                self.skip(order * depth)?;
                let precision = self.take(4)? as usize + 1;
                self.skip(5 + order * precision)?;
                self.residual(block, order)
            }
            _ => None,
        }
    }

    fn residual(&mut self, block: usize, order: usize) -> Option<()> {
        let width = match self.take(2)? {
            0 => 4,
            1 => 5,
            _ => return None,
        };
        let partitions = 1_usize << self.take(4)?;
        let each = block / partitions;
        if !block.is_multiple_of(partitions) || each < order {
            return None;
        }
        for partition in 0..partitions {
            let count = if partition == 0 { each - order } else { each };
            let parameter = self.take(width)?;
            if parameter == (1 << width) - 1 {
                let raw = self.take(5)? as usize;
                self.skip(count.checked_mul(raw)?)?;
                continue;
            }
            for _ in 0..count {
                self.unary()?;
                self.skip(parameter as usize)?;
            }
        }
        Some(())
    }
}
