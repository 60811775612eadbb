//! The witness's own account of AVI films: an output is the original, place for place, but for filling of zeros and a few
//! neutral values; every chunk is on a list, every entry of an index leads to one, and pictures hold nothing but pictures.
//!
//! Microsoft, "AVI RIFF File Reference"; OpenDML AVI File Format Extensions 1.02.

mod cleared;
mod findings;
mod format;
mod header;
mod picture;
mod unit;

pub(super) use cleared::witness;
pub(super) use findings::{discover, year};

use super::Trouble;
use crate::cut::Source;
use crate::place::Place;
use std::ops::Range;

/// A chunk or list: its name (of a list: what it is a list of), its place, and its content as far as the file has it.
#[derive(Debug, Clone)]
struct Chunk {
    id: [u8; 4],
    list: bool,
    start: u64,
    size: u32,
    body: Range<u64>,
    next: u64,
    /// Whether all of it is there.
    whole: bool,
}

impl Chunk {
    fn name(&self) -> String {
        self.id.iter().map(|b| if b.is_ascii_graphic() { char::from(*b) } else { '_' }).collect()
    }

    fn place(&self) -> Place {
        Place::bytes(self.name(), self.start, self.next - self.start)
    }

    fn is(&self, id: &[u8; 4], list: bool) -> bool {
        self.id == *id && self.list == list
    }
}

/// A few bytes at a place, without a window: chunks lie far apart.
fn bytes_at<const N: usize>(source: &dyn Source, at: u64) -> Result<Option<[u8; N]>, Trouble> {
    let mut bytes = [0; N];
    if at > source.len().saturating_sub(N as u64) || source.len() < N as u64 {
        return Ok(None);
    }
    source.read_exact_at(at, &mut bytes)?;
    Ok(Some(bytes))
}

/// The chunk at a place of what ends at `end`.
fn chunk(source: &dyn Source, start: u64, end: u64) -> Result<Option<Chunk>, Trouble> {
    if start.saturating_add(8) > end {
        return Ok(None);
    }
    let Some(head) = bytes_at::<8>(source, start)? else { return Ok(None) };
    let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    let (mut id, mut from) = ([head[0], head[1], head[2], head[3]], start + 8);
    let list = matches!(&id, b"LIST" | b"RIFF");
    let inner = if list && start + 12 <= end { bytes_at::<4>(source, start + 8)? } else { None };
    if let Some(inner) = inner {
        (id, from) = (inner, start + 12);
    }
    let stop = start + 8 + u64::from(size);
    let whole = stop <= end && stop >= from;
    let stop = if whole { stop } else { end.max(from) };
    let mut next = stop;
    if whole && size % 2 == 1 && stop < end {
        // Where a writer left out the byte of filling, the next chunk begins at once.
        let begins = bytes_at::<8>(source, stop)?.is_some_and(|b| {
            let named = b[..4] == *b"LIST" || b[..4] == *b"JUNK" || b[..4] == *b"idx1" || b[..4] == *b"RIFF";
            let length = u64::from(u32::from_le_bytes([b[4], b[5], b[6], b[7]]));
            (named || stream_of(&b[..4]).is_some()) && stop + 8 + length <= end
        });
        next = if begins { stop } else { stop + 1 };
    }
    Ok(Some(Chunk { id, list: inner.is_some(), start, size, body: from..stop, next, whole }))
}

/// The stream whose samples a chunk of this name holds.
fn stream_of(id: &[u8]) -> Option<usize> {
    let digits = id.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
