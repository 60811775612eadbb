//! Run lengths: a walk that finds where they end, which colours they use, and the bytes that even them out.
//!
//! Microsoft, "Bitmap compression" (BI_RLE8, BI_RLE4); OS/2 2.0, RLE24.

use super::header::Header;
use super::row::Part;
use super::table::Used;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::ops::Range;

/// Evening bytes that must be written anew.
const PADS: usize = 200_000;

/// What a walk over run lengths came to.
#[derive(Debug)]
pub(super) struct Runs {
    /// What is to be laid.
    pub(super) parts: Vec<Part>,
    /// Where the coded samples end.
    pub(super) end: u64,
    /// Whether the file ends before them.
    pub(super) short: bool,
}

/// Walks the run lengths in `range`.
pub(super) fn walk(
    operation: &mut Operation<'_>,
    header: &Header,
    range: Range<u64>,
    depth: u16,
    used: &mut Used,
) -> Result<Runs, Refusal> {
    let mut runs = Runs { parts: Vec::new(), end: range.start, short: false };
    let (mut from, mut x, mut y) = (range.start, 0_u64, 0_u64);
    let (width, height) = (u64::from(header.width), u64::from(header.height));
    let size = if depth == 24 { 3 } else { 1 };
    while let Some([count, value]) = operation.reader.peek::<2>(runs.end)?.filter(|_| runs.end + 2 <= range.end) {
        let at = runs.end;
        let full = y >= height || (y + 1 == height && x >= width);
        let length = match (count, value) {
            (0, 1) => {
                runs.end = at + 2;
                break;
            }
            (0, 0) if y < height => {
                (x, y) = (0, y + 1);
                2
            }
            _ if full => break,
            (0, 2) => {
                let Some([right, up]) = operation.reader.peek::<2>(at + 2)?.filter(|_| at + 4 <= range.end) else {
                    runs.short = true;
                    break;
                };
                (x, y) = (x + u64::from(right), y + u64::from(up));
                // What is passed over shows the first colour.
                used.note(0);
                4
            }
            (0, count) => {
                let bytes = match depth {
                    4 => u64::from(count).div_ceil(2),
                    _ => u64::from(count) * size,
                };
                let end = at + 2 + bytes;
                if end > range.end {
                    runs.short = true;
                    break;
                }
                let samples = operation.reader.read(at + 2..end, 1_024)?;
                note(used, depth, &samples);
                if bytes % 2 == 1 {
                    match operation.reader.peek::<1>(end)?.filter(|_| end < range.end) {
                        Some([0]) | None => {}
                        Some(_) => {
                            if runs.parts.is_empty() {
                                operation.found(Code::HiddenBytes, "run padding", end..end + 1, Action::Remove);
                            }
                            runs.parts.push(Part::Keep(from..end));
                            runs.parts.push(Part::Write(end..end + 1, vec![0]));
                            from = end + 1;
                        }
                    }
                }
                x += u64::from(count);
                2 + bytes + bytes % 2
            }
            (count, value) => {
                if size == 1 {
                    note(used, depth, &[value]);
                }
                x += u64::from(count);
                1 + size
            }
        };
        if runs.parts.len() > 2 * PADS {
            return Err(Refusal::too_large("the picture's run lengths are filled with other data"));
        }
        runs.end = (at + length).min(range.end);
    }
    let full = y >= height || (y + 1 == height && x >= width);
    runs.short |= runs.end >= range.end && !full && !operation.reader.holds(runs.end.saturating_sub(2), &[0, 1])?;
    runs.parts.push(Part::Keep(from..runs.end));
    Ok(runs)
}

fn note(used: &mut Used, depth: u16, samples: &[u8]) {
    for byte in samples {
        match depth {
            4 => [byte >> 4, byte & 15].into_iter().for_each(|colour| used.note(colour)),
            8 => used.note(*byte),
            _ => {}
        }
    }
}
