//! Rows of samples: kept as they are, with the bits and bytes that fill them up blanked.
//!
//! Microsoft, BITMAPINFOHEADER: each row fills a multiple of four bytes.

use super::header::Header;
use super::table::Used;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::ops::Range;

/// Rows whose end must be written anew. More than that many with something in it no program writes.
const ROWS: u64 = 200_000;

/// Rows of a picture whose rows must be read one by one.
const LINES: u64 = 4_000_000;

/// A stretch of the samples.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// As it is.
    Keep(Range<u64>),
    /// Other bytes in its place.
    Write(Range<u64>, Vec<u8>),
}

/// Walks the rows of `range` for what fills them up and for the colours they use; says what is to be laid.
pub(super) fn walk(
    operation: &mut Operation<'_>,
    header: &Header,
    range: Range<u64>,
    used: &mut Used,
) -> Result<Vec<Part>, Refusal> {
    let stride = header.stride().unwrap_or(0);
    let whole = header.row_bits() / 8;
    let spare = (header.row_bits() % 8) as u32;
    let needs_reading = header.depth <= 8 || whole < stride;
    if stride == 0 || !needs_reading {
        return Ok(vec![Part::Keep(range)]);
    }
    if (range.end - range.start) / stride > LINES {
        return Err(Refusal::too_large("the picture has more rows than any real one"));
    }
    let (mut parts, mut from, mut written) = (Vec::new(), range.start, 0);
    let mut row = range.start;
    while row < range.end {
        let end = (row + stride).min(range.end);
        if header.depth <= 8 {
            read_colours(operation, header, row..end.min(row + whole + u64::from(spare > 0)), used)?;
        }
        let tail = (row + whole).min(end)..end;
        let old = operation.reader.read(tail.clone(), 8)?;
        let mut new = vec![0; old.len()];
        if let (Some(to), Some(byte), 1..) = (new.first_mut(), old.first(), spare) {
            *to = byte & !(0xFF_u8 >> spare);
        }
        if new != old {
            written += 1;
            if written > ROWS {
                return Err(Refusal::too_large("the ends of the picture's rows are filled with other data"));
            }
            if written == 1 {
                operation.found(Code::HiddenBytes, "row padding", tail.clone(), Action::Remove);
            }
            parts.push(Part::Keep(from..tail.start));
            parts.push(Part::Write(tail.clone(), new));
            from = tail.end;
        }
        row = end;
    }
    parts.push(Part::Keep(from..range.end));
    Ok(parts)
}

/// Notes the colours of a row of samples of 1, 2, 4 or 8 bits.
fn read_colours(
    operation: &mut Operation<'_>,
    header: &Header,
    row: Range<u64>,
    used: &mut Used,
) -> Result<(), Refusal> {
    let mut left = u64::from(header.width);
    let (depth, per_byte) = (u32::from(header.depth), 8 / u64::from(header.depth));
    let mut at = row.start;
    while at < row.end && left > 0 {
        let window = operation.reader.rest(at, 1)?;
        let length = window.len().min(usize::try_from(row.end - at).unwrap_or(usize::MAX));
        if length == 0 {
            return Err(Refusal::truncated("the file ends before its picture does"));
        }
        for byte in &window[..length] {
            match depth {
                8 => used.note(*byte),
                _ => {
                    for place in 0..per_byte.min(left) as u32 {
                        used.note(byte >> (8 - depth * (place + 1)) & ((1 << depth) - 1));
                    }
                }
            }
            left = left.saturating_sub(per_byte);
        }
        at += length as u64;
    }
    Ok(())
}
