//! Bits of pixels that no colour uses: all of them nought or all of them one throughout the picture, as programs write
//! them, and whatever differs from that is put right.
//!
//! Microsoft, BITMAPINFOHEADER: of 16 bits the highest and of 32 the highest byte are not used without masks (BI_RGB);
//! with them (BI_BITFIELDS) those that no mask names.

use super::header::Header;
use super::row::Part;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::ops::Range;

/// Bytes of samples that are written anew at most.
const MOST: usize = 32 * 1024 * 1024;
/// Stretches that are written anew at most before those that follow are joined.
const STRETCHES: usize = 50_000;
/// So many bytes that stay end a stretch.
const GAP: u64 = 256;

/// Walks pixels of 16 or 32 bits, of which `used` are colours'; says what is to be laid.
pub(super) fn walk(
    operation: &mut Operation<'_>,
    header: &Header,
    used: u32,
    range: Range<u64>,
) -> Result<Vec<Part>, Refusal> {
    let (unit, whole) = (usize::from(header.depth / 8), header.row_bits() / 8);
    let stride = header.stride().unwrap_or(whole);
    let spare = !used & if unit == 2 { 0xFFFF } else { u32::MAX };
    if (spare == 0 && whole == stride) || range.is_empty() {
        return Ok(vec![Part::Keep(range)]);
    }
    let first = operation.reader.rest(range.start, unit)?;
    let first = first.iter().take(unit).rev().fold(0, |pixel, byte| pixel << 8 | u32::from(*byte));
    let (keep, fill) = (used.to_le_bytes(), if first & spare == spare { spare } else { 0 }.to_le_bytes());
    let mut stretches = Stretches::new(range.start);
    let (mut at, mut in_row) = (range.start, 0);
    let (mut in_pixels, mut in_padding) = (None, None);
    while at < range.end {
        let window = operation.reader.rest(at, 1)?;
        let window = &window[..window.len().min(usize::try_from(range.end - at).unwrap_or(usize::MAX))];
        if window.is_empty() {
            return Err(Refusal::truncated("the file ends before its picture does"));
        }
        for old in window {
            let place = in_row as usize % unit;
            let (new, found) = match in_row < whole {
                true => (old & keep[place] | fill[place], &mut in_pixels),
                false => (0, &mut in_padding),
            };
            if new != *old {
                found.get_or_insert(at);
            }
            stretches.take(at, *old, new);
            at += 1;
            in_row = if in_row + 1 == stride { 0 } else { in_row + 1 };
        }
        if stretches.written > MOST {
            return Err(Refusal {
                code: "too-large",
                what: "bits that no colour uses hold other data throughout a large picture".to_owned(),
                advice: "Open the file in a picture editor and save it as PNG, then run scrubs again.",
            });
        }
    }
    for (label, found) in [("bits of pixels that no colour uses", in_pixels), ("row padding", in_padding)] {
        if let Some(at) = found {
            operation.found_as(Code::HiddenBytes, label, "samples", at..range.end, Action::Remove);
        }
    }
    Ok(stretches.close(range.end))
}

/// What stays, and stretches that are written anew.
struct Stretches {
    parts: Vec<Part>,
    /// Where what stays begins.
    from: u64,
    /// The stretch that is written: where it begins, its bytes, and how many of them up to the last that differs.
    open: Option<(u64, Vec<u8>, usize)>,
    written: usize,
}

impl Stretches {
    fn new(from: u64) -> Self {
        Self { parts: Vec::new(), from, open: None, written: 0 }
    }

    /// Takes the next byte.
    fn take(&mut self, at: u64, old: u8, new: u8) {
        if self.open.is_none() && new == old {
            return;
        }
        let (start, bytes, length) = self.open.get_or_insert_with(|| (at, Vec::new(), 0));
        bytes.push(new);
        self.written += 1;
        if new != old {
            *length = bytes.len();
        } else if at - *start - *length as u64 >= GAP && self.parts.len() < 2 * STRETCHES {
            self.shut();
        }
    }

    /// Ends the stretch that is written.
    fn shut(&mut self) {
        let Some((start, mut bytes, length)) = self.open.take() else { return };
        bytes.truncate(length);
        let end = start + length as u64;
        self.parts.push(Part::Keep(self.from..start));
        self.parts.push(Part::Write(start..end, bytes));
        self.from = end;
    }

    fn close(mut self, end: u64) -> Vec<Part> {
        self.shut();
        self.parts.push(Part::Keep(self.from..end));
        self.parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_tile_what_they_were_taken_from_and_say_what_is_new() {
        let old: Vec<u8> = (0..5_000_u32).map(|n| n as u8 % 7).collect();
        let mut tried = 0;
        for changed in [&[][..], &[0], &[4_999], &[9, 10, 200, 2_000], &[40, 40 + GAP as usize, 42 + 2 * GAP as usize]]
        {
            let mut new = old.clone();
            changed.iter().for_each(|at| new[*at] = 9);
            let mut stretches = Stretches::new(0);
            (0..).zip(old.iter().zip(&new)).for_each(|(at, (old, new))| stretches.take(at, *old, *new));
            let (mut laid, mut written) = (Vec::new(), 0);
            for part in stretches.close(5_000) {
                match part {
                    Part::Keep(range) => laid.extend(&old[range.start as usize..range.end as usize]),
                    Part::Write(range, bytes) => {
                        assert_eq!((range.start, range.end), (laid.len() as u64, (laid.len() + bytes.len()) as u64));
                        written += bytes.len();
                        laid.extend(bytes);
                    }
                }
            }
            assert_eq!(laid, new);
            assert!(written <= changed.len() * GAP as usize, "{written}");
            tried += 1;
        }
        assert_eq!(tried, 5);
    }
}
