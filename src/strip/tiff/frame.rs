//! Compressed frames that say their own length: Zstandard and xz.
//!
//! RFC 8878, section 3 (Zstandard frames and blocks); the .xz file format 1.1, sections 2 and 4.

use crate::plan::Refusal;
use crate::strip::operation::broken;
use crate::strip::reader::Reader;
use std::ops::Range;

/// Blocks of one stream that are walked.
const BLOCKS: usize = 1 << 20;

fn damaged() -> Refusal {
    broken("the coded samples of the picture are damaged")
}

/// The end of the Zstandard frame that begins with `range`.
pub(super) fn zstd(reader: &mut Reader<'_>, range: Range<u64>) -> Result<u64, Refusal> {
    let head = reader.peek::<5>(range.start)?.ok_or_else(damaged)?;
    if head[..4] != [0x28, 0xB5, 0x2F, 0xFD] {
        return Err(damaged());
    }
    let flags = head[4];
    let single = flags >> 5 & 1 == 1;
    let content = match (flags >> 6, single) {
        (0, false) => 0,
        (0, true) => 1,
        (size, _) => 1 << size,
    };
    let dictionary = [0, 1, 2, 4][usize::from(flags & 3)];
    let mut at = range.start + 5 + u64::from(!single) + dictionary + content;
    for _ in 0..BLOCKS {
        let block = reader.peek::<3>(at)?.ok_or_else(damaged)?;
        let number = u32::from_le_bytes([block[0], block[1], block[2], 0]);
        let size = match number >> 1 & 3 {
            0 | 2 => u64::from(number >> 3),
            1 => 1,
            _ => return Err(damaged()),
        };
        at += 3 + size;
        if at > range.end {
            return Err(Refusal::truncated("the coded samples end before the picture does"));
        }
        if number & 1 == 1 {
            at += if flags >> 2 & 1 == 1 { 4 } else { 0 };
            return if at <= range.end { Ok(at) } else { Err(damaged()) };
        }
    }
    Err(Refusal::too_large("the coded samples have more parts than any real ones"))
}

/// The end of the xz stream that fills `range`: its footer, and an index whose sizes add up to all that is before it.
pub(super) fn xz(reader: &mut Reader<'_>, range: Range<u64>) -> Result<u64, Refusal> {
    let length = range.end - range.start;
    let footer = reader.peek::<12>(range.end.saturating_sub(12))?.filter(|_| length >= 32).ok_or_else(damaged)?;
    let sound = reader.holds(range.start, b"\xFD7zXZ\0")? && footer[10..] == *b"YZ";
    let backward = (u64::from(u32::from_le_bytes([footer[4], footer[5], footer[6], footer[7]])) + 1) * 4;
    if !sound || backward + 24 > length {
        return Err(damaged());
    }
    let index = reader.read(range.end - 12 - backward..range.end - 12, 1 << 20)?;
    let mut rest = index.split_first().filter(|(mark, _)| **mark == 0).map(|(_, rest)| rest).ok_or_else(damaged)?;
    let mut number = || {
        let mut value = 0_u64;
        for shift in 0..9 {
            let (byte, more) = rest.split_first()?;
            rest = more;
            value |= u64::from(byte & 0x7F) << (7 * shift);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    };
    let mut total = 24 + backward;
    for _ in 0..number().ok_or_else(damaged)? {
        let (unpadded, _) = number().zip(number()).ok_or_else(damaged)?;
        total = total.saturating_add(unpadded.saturating_add(3) & !3);
    }
    if total == length { Ok(range.end) } else { Err(damaged()) }
}
