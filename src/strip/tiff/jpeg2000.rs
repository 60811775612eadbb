//! JPEG 2000 codestreams in tiles (Aperio's 33003 and 33005, Leadtools' 34712): comments of the main header go, those of
//! tile-parts are emptied where they stand, and the data end at the end marker.
//!
//! ISO/IEC 15444-1, annex A: A.4 (delimiting markers), A.4.2 (SOT), A.9.2 (COM).

use super::part::Parts;
use crate::plan::Refusal;
use crate::strip::operation::broken;
use crate::strip::reader::Reader;
use std::ops::Range;

/// Segments and tile-parts of one codestream.
const PARTS: usize = 100_000;

/// Walks the codestream that begins with `range`; gives what stays, where it ends, and which comments go.
pub(super) fn clean(reader: &mut Reader<'_>, range: Range<u64>) -> Result<(Parts, u64, Vec<Range<u64>>), Refusal> {
    let damaged = || broken("a JPEG 2000 stream inside the TIFF file is damaged");
    if !reader.holds(range.start, &[0xFF, 0x4F, 0xFF, 0x51])? {
        return Err(damaged());
    }
    let (mut parts, mut gone) = (Parts::default(), Vec::new());
    parts.keep(range.start..range.start + 2);
    let mut at = range.start + 2;
    let mut part_end = None;
    for _ in 0..PARTS {
        let head = reader.peek::<2>(at)?.filter(|_| at + 2 <= range.end).ok_or_else(damaged)?;
        if head == [0xFF, 0xD9] {
            parts.keep(at..at + 2);
            return Ok((parts, at + 2, gone));
        }
        if head == [0xFF, 0x93] {
            // The data of the tile-part; one of length 0 reaches to the end marker (A.4.2).
            let end = match part_end {
                Some(0) => last_marker(reader, at..range.end)?.ok_or_else(damaged)?,
                Some(end) if end >= at + 2 && end <= range.end => end,
                _ => return Err(damaged()),
            };
            parts.keep(at..end);
            at = end;
            continue;
        }
        let length = u64::from(reader.peek::<2>(at + 2)?.map_or(0, u16::from_be_bytes));
        let end = at + 2 + length;
        if head[0] != 0xFF || length < 2 || end > range.end {
            return Err(damaged());
        }
        match head[1] {
            0x64 if part_end.is_none() => gone.push(at..end),
            0x64 => {
                let body = reader.read(at + 4..end, 1 << 16)?;
                let empty: Vec<u8> = body.iter().enumerate().map(|(i, b)| if i < 2 { *b } else { 0 }).collect();
                parts.keep(at..at + 4);
                match empty == body {
                    true => parts.keep(at + 4..end),
                    false => {
                        gone.push(at..end);
                        parts.write(empty);
                    }
                }
            }
            0x90 => {
                let bytes = reader.peek::<12>(at)?.ok_or_else(damaged)?;
                let size = u64::from(u32::from_be_bytes([bytes[6], bytes[7], bytes[8], bytes[9]]));
                part_end = Some(if size == 0 { 0 } else { at + size });
                parts.keep(at..end);
            }
            0x51..=0x53 | 0x55 | 0x57 | 0x58 | 0x5C..=0x61 | 0x63 | 0x50 => parts.keep(at..end),
            _ => return Err(damaged()),
        }
        at = end;
    }
    Err(Refusal::too_large("a JPEG 2000 stream inside the TIFF file has more parts than any real one"))
}

/// Where the end marker stands, looked for from the end of the range.
fn last_marker(reader: &mut Reader<'_>, range: Range<u64>) -> Result<Option<u64>, Refusal> {
    let from = range.start.max(range.end.saturating_sub(4096));
    let tail = reader.read(from..range.end, 4096)?;
    Ok(memchr::memmem::rfind(&tail, &[0xFF, 0xD9]).map(|found| from + found as u64))
}
