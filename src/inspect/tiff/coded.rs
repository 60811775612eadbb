//! Where the data of a strip or tile ends, and that nothing is hidden in or behind it.
//!
//! TIFF 6.0 sections 9 (PackBits), 11 and ITU-T T.6 (fax), 13 (LZW); Adobe Photoshop TIFF Technical Notes (deflate).

use super::page::Page;
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use crate::inspect::lzw::{Lzw, Manner, State};
use crate::inspect::png::stream;
use fax::decoder::{DecodeError, DecodeStatus, Group4Decoder};
use std::cell::Cell;
use std::ops::Range;

/// What the data of a strip or tile comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// Bytes up to and with the end of the data.
    pub(super) taken: u64,
    /// Whether it makes all the samples, or says that it ends.
    pub(super) complete: bool,
    /// Whether it makes more than the samples.
    pub(super) over: bool,
}

/// Bytes that a stream may make beyond the picture: fewer than the shortest string that is searched for. Some writers
/// make one too many.
const SLACK: u64 = 5;

/// Compressions whose data is compared whole, since its end is not written anywhere else: older fax, the wavelets, Zstandard
/// and the like.
const OPAQUE: &[u64] = &[
    2, 3, 32_766, 32_771, 32_809, 33_003, 33_004, 33_005, 34_661, 34_676, 34_677, 34_712, 34_887, 34_925, 50_000,
    50_001, 50_002,
];

/// Bytes that are inflated in one file at most, and how many more for each of its bytes: strips may lie over one another,
/// and a small one can say that it is large. Two thousand million are three seconds of work.
const INFLATED: u64 = 2 << 30;
const RATIO: u64 = 64;

/// What was spent on a file so far.
#[derive(Debug, Default)]
pub(super) struct Spent {
    inflated: u64,
}

impl Spent {
    /// Counts a stream that is to be inflated.
    pub(super) fn inflates(&mut self, bytes: u64, file: u64) -> Result<(), Trouble> {
        self.inflated = self.inflated.saturating_add(bytes);
        match self.inflated > file.saturating_mul(RATIO).saturating_add(INFLATED) {
            true => Err(Trouble::TooLarge("a TIFF that inflates to more than any real one")),
            false => Ok(()),
        }
    }
}

/// Where the data of segment `i` ends, other than that of a JPEG.
pub(super) fn end(bytes: &mut Bytes<'_>, page: &Page, i: usize, spent: &mut Spent) -> Result<End, Trouble> {
    let range = page.segments.get(i).cloned().unwrap_or(0..0);
    let length = range.end - range.start;
    let whole = End { taken: length, complete: true, over: false };
    let Some(needed) = page.needed(i) else { return Ok(whole) };
    match page.compression {
        1 => Ok(End { taken: length.min(needed), complete: length >= needed, over: false }),
        // Bits in the other order are compared as they stand; nothing of them may be missing.
        5 | 32_773 | 8 | 32_946 if page.fill == 2 => Ok(End { complete: false, ..whole }),
        4 => fax(bytes, page, range, i),
        5 => lzw(bytes, range, needed),
        8 | 32_946 => {
            let most = needed.saturating_add(SLACK);
            spent.inflates(most, bytes.len())?;
            let read = stream(bytes, std::slice::from_ref(&range), most, |_| {})?;
            let taken = read.taken.unwrap_or(length);
            Ok(End { taken, complete: read.taken.is_some(), over: read.inflated > most })
        }
        32_773 => packed(bytes, range, needed),
        other if OPAQUE.contains(&other) => Ok(whole),
        _ => Err(Trouble::Damaged("a TIFF whose samples are written in a way that is not read")),
    }
}

/// Group 4 fax, line by line, as the fax crate reads it. What it does not read is compared whole.
fn fax(bytes: &mut Bytes<'_>, page: &Page, range: Range<u64>, i: usize) -> Result<End, Trouble> {
    let length = range.end - range.start;
    let unread = End { taken: length, complete: false, over: false };
    let (width, rows) = page.extent(i);
    let Ok(width) = u16::try_from(width) else { return Ok(unread) };
    let taken = Cell::new(0);
    let mut decoder = Group4Decoder::new(Fed { bytes, range, reversed: page.fill == 2, taken: &taken }, width)?;
    for _ in 0..rows {
        match decoder.advance() {
            Ok(DecodeStatus::Incomplete) => {}
            Ok(DecodeStatus::End) => break,
            Err(DecodeError::Reader(trouble)) => return Err(trouble),
            Err(_) => return Ok(unread),
        }
    }
    // The decoder holds two or three bytes that it has not read; the code for the end of the page has as many.
    Ok(End { taken: length.min(taken.get() + 2), complete: true, over: false })
}

/// Bytes of a range, one by one, counted.
struct Fed<'b, 'a> {
    bytes: &'b mut Bytes<'a>,
    range: Range<u64>,
    reversed: bool,
    taken: &'b Cell<u64>,
}

impl Iterator for Fed<'_, '_> {
    type Item = Result<u8, Trouble>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.range.next()?;
        self.taken.set(self.taken.get() + 1);
        let byte = self.bytes.slice_at(at, 1).map(|rest| rest.first().copied().unwrap_or(0));
        Some(byte.map(|byte| if self.reversed { byte.reverse_bits() } else { byte }))
    }
}

fn lzw(bytes: &mut Bytes<'_>, range: Range<u64>, needed: u64) -> Result<End, Trouble> {
    let first = bytes.copy(range.clone(), 2)?;
    let Ok(first) = <[u8; 2]>::try_from(first) else {
        return Ok(End { taken: range.end - range.start, complete: false, over: false });
    };
    let mut lzw = Lzw::new(Manner::tiff(first), needed.saturating_add(SLACK));
    let mut taken = 0;
    bytes.each(range.clone(), |part| {
        taken += lzw.push(part) as u64;
        Ok(())
    })?;
    match lzw.state() {
        // Readers stop at a code that cannot be, as at the end of the file: what is before it is shown.
        State::Broken => Ok(End { taken: range.end - range.start, complete: false, over: false }),
        state => {
            let complete = state != State::Open || lzw.made() >= needed;
            Ok(End { taken, complete, over: state == State::Over })
        }
    }
}

fn packed(bytes: &mut Bytes<'_>, range: Range<u64>, needed: u64) -> Result<End, Trouble> {
    let (mut at, mut made) = (range.start, 0u64);
    while at < range.end && made < needed {
        let Some(head) = bytes.get(at, 1)?.map(|b| b[0] as i8) else { break };
        match head {
            0.. => {
                at += 2 + head as u64;
                made += 1 + head as u64;
            }
            -128 => at += 1,
            _ => {
                at += 2;
                made += (1 - i64::from(head)) as u64;
            }
        }
    }
    let taken = at.min(range.end) - range.start;
    Ok(End { taken, complete: made >= needed && at <= range.end, over: made > needed.saturating_add(SLACK) })
}

/// Whether there is nothing but zeros in `range`.
pub(super) fn is_blank(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<bool, Trouble> {
    let mut blank = true;
    bytes.each(range, |part| {
        blank &= part.iter().all(|b| *b == 0);
        Ok(())
    })?;
    Ok(blank)
}
