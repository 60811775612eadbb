//! The parts of a run-length coded frame: its header, its segments, and nothing between or behind them.
//!
//! PS3.5 Annex G (G.3 the algorithm, G.5 the header).

use super::{Extra, Frames};
use crate::finding::Code;
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use std::ops::Range;

const HEADER: u64 = 64;

/// Lists what a frame holds beside its samples.
pub(super) fn extras(bytes: &mut Bytes<'_>, range: Range<u64>, frames: Frames) -> Result<Vec<Extra>, Trouble> {
    let Some(numbers) = header(bytes, &range)? else {
        return Err(Trouble::Damaged("a compressed frame breaks off"));
    };
    let mut out = Vec::new();
    let Some(offsets) = offsets(&numbers) else {
        return Err(Trouble::Damaged("a compressed frame does not begin as one of its kind"));
    };
    if numbers[1 + offsets.len()..].iter().any(|n| *n != 0) {
        let unused = range.start + 4 * (1 + offsets.len() as u64)..range.start + HEADER;
        let label = "writing in the header of a compressed frame";
        out.push(Extra::new(Code::DicomPadding, label, unused, false));
    }
    for (i, offset) in offsets.iter().enumerate() {
        let end = offsets.get(i + 1).map_or(range.end, |next| range.start + next);
        let runs = if i as u64 >= frames.planes { 0 } else { frames.pixels };
        let stop = segment(bytes, range.start + offset, end, runs)?;
        out.extend(super::behind(bytes, "bytes behind the samples of a compressed frame", stop..end)?);
    }
    Ok(out)
}

/// Whether a fragment begins a frame.
pub(super) fn begins(bytes: &mut Bytes<'_>, range: &Range<u64>) -> Result<bool, Trouble> {
    Ok(header(bytes, range)?.is_some_and(|numbers| offsets(&numbers).is_some()))
}

/// The sixteen numbers of a header.
fn header(bytes: &mut Bytes<'_>, range: &Range<u64>) -> Result<Option<Vec<u64>>, Trouble> {
    let header = bytes.get(range.start, HEADER as usize)?.filter(|_| range.end - range.start >= HEADER);
    let number = |b: &[u8]| u64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    Ok(header.map(|h| h.chunks_exact(4).map(number).collect()))
}

/// Where its segments begin: the first behind the header, the others behind one another.
fn offsets(numbers: &[u64]) -> Option<&[u64]> {
    let count = usize::try_from(*numbers.first()?).ok().filter(|n| (1..=15).contains(n))?;
    numbers.get(1..1 + count).filter(|o| o[0] == HEADER && o.windows(2).all(|w| w[0] < w[1]))
}

/// Where the runs end that make up a segment of so many bytes.
fn segment(bytes: &mut Bytes<'_>, start: u64, end: u64, pixels: u64) -> Result<u64, Trouble> {
    let (mut at, mut made) = (start, 0);
    while made < pixels && at < end {
        let rest = bytes.slice_at(at, 1)?;
        let Some(control) = rest.first() else { break };
        let (length, takes) = match *control {
            n @ 0..=127 => (u64::from(n) + 1, u64::from(n) + 2),
            128 => (0, 1),
            n => (257 - u64::from(n), 2),
        };
        made += length;
        at += takes;
        // A run of different bytes may go on beyond the last pixel: those are none.
        if *control <= 127 && made > pixels {
            at -= made - pixels;
        }
    }
    Ok(at.min(end))
}
