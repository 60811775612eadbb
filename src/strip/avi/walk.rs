//! The walk over an AVI file: its segments, and their chunks one after the other.
//!
//! Microsoft, "AVI RIFF File Reference", "RIFF File Format"; OpenDML 1.02, section 4.

use super::refused;
use crate::cut::Source;
use crate::plan::Refusal;
use crate::strip::heif::extent::is_blank;
use std::io;
use std::ops::Range;

/// Segments of one film; each may hold a gigabyte.
const SEGMENTS: usize = 4_096;
/// Chunks beside the samples of one segment.
const PARTS: usize = 10_000;

/// A chunk or a list, as far as the file has it.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    pub(super) id: [u8; 4],
    /// Of a list, what kind it is.
    pub(super) kind: Option<[u8; 4]>,
    pub(super) start: u64,
    pub(super) body: u64,
    pub(super) end: u64,
    /// Where the next one begins.
    pub(super) next: u64,
    /// The length that its header states.
    pub(super) size: u32,
    /// Whether it reaches past the end of what holds it.
    pub(super) cut: bool,
}

impl Chunk {
    /// Its name for a place; what are no letters is left out.
    pub(super) fn name(&self) -> String {
        let name = self.kind.unwrap_or(self.id);
        if name.iter().all(u8::is_ascii_graphic) { String::from_utf8_lossy(&name).into_owned() } else { "part".into() }
    }

    pub(super) fn is_list(&self, kind: &[u8; 4]) -> bool {
        self.kind.as_ref() == Some(kind)
    }
}

/// A segment: RIFF AVI, or RIFF AVIX.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) size: u32,
    pub(super) chunks: Vec<Chunk>,
}

/// `N` bytes at a place; none where the file ends before.
pub(super) fn peek<const N: usize>(source: &dyn Source, at: u64) -> io::Result<Option<[u8; N]>> {
    if at.checked_add(N as u64).is_none_or(|end| end > source.len()) {
        return Ok(None);
    }
    let mut bytes = [0; N];
    source.read_exact_at(at, &mut bytes)?;
    Ok(Some(bytes))
}

/// The chunk at a place inside something that ends at `end`.
pub(super) fn chunk(source: &dyn Source, at: u64, end: u64) -> Result<Option<Chunk>, Refusal> {
    let Some(head) = peek::<8>(source, at)?.filter(|_| at + 8 <= end) else { return Ok(None) };
    let id = [head[0], head[1], head[2], head[3]];
    let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    let list = matches!(&id, b"LIST" | b"RIFF") && at + 12 <= end;
    // A list too short for its kind is none; that of samples has no length in a film that broke off.
    let kind = if list { peek::<4>(source, at + 8)?.filter(|kind| size >= 4 || kind == b"movi") } else { None };
    let body = at + 8;
    let stated = body + u64::from(size);
    // Or it has one past the end.
    let open = kind == Some(*b"movi") && size < 4;
    let cut = stated > end || open;
    let stop = if cut { end } else { stated };
    let next = padded(source, stop, size, end)?;
    Ok(Some(Chunk {
        id,
        kind,
        start: at,
        body: if kind.is_some() { at + 12 } else { body },
        end: stop,
        next,
        size,
        cut,
    }))
}

/// Chunks of odd length have a byte of filling behind them; some writers leave it out.
fn padded(source: &dyn Source, stop: u64, size: u32, end: u64) -> io::Result<u64> {
    if size & 1 == 0 || stop >= end {
        return Ok(stop);
    }
    let left_out = match peek::<8>(source, stop)? {
        Some(head) => {
            let known = matches!(&head[..4], b"LIST" | b"JUNK" | b"idx1" | b"RIFF") || samples(&head[..4]).is_some();
            known && stop + 8 + u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]])) <= end
        }
        None => false,
    };
    Ok(if left_out { stop } else { stop + 1 })
}

/// The number of the stream that a chunk of samples belongs to, and what is in it.
pub(super) fn samples(id: &[u8]) -> Option<(usize, [u8; 2])> {
    let [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] = id else { return None };
    let kind = <[u8; 2]>::try_from(rest).ok()?;
    Some((usize::from(tens - b'0') * 10 + usize::from(ones - b'0'), kind))
}

/// The segments of a film with the chunks of their top level.
pub(super) fn segments(source: &dyn Source) -> Result<Vec<Segment>, Refusal> {
    let (mut out, mut at, file) = (Vec::new(), 0, source.len());
    while let Some(head) = peek::<12>(source, at)? {
        let first = out.is_empty();
        if &head[..4] != b"RIFF" || &head[8..] != if first { b"AVI " } else { b"AVIX" } {
            break;
        }
        if out.len() >= SEGMENTS {
            return Err(Refusal::too_large("the film has more segments than any real one"));
        }
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let segment = segment(source, at, size, file)?;
        at = segment.end;
        out.push(segment);
    }
    if out.is_empty() {
        return Err(refused("the file does not begin as a film does"));
    }
    Ok(out)
}

/// One segment. Where its length is wrong, it goes on as long as its parts do.
fn segment(source: &dyn Source, start: u64, size: u32, file: u64) -> Result<Segment, Refusal> {
    let stated = start + 8 + u64::from(size);
    let open = size < 4 || stated > file;
    let (mut at, mut chunks) = (start + 12, Vec::new());
    let mut end = if open { file } else { stated.max(start + 12) };
    while let Some(chunk) = self::chunk(source, at, file)? {
        let behind = at >= end && (&chunk.id != b"idx1" || chunk.cut);
        if behind || &chunk.id == b"RIFF" {
            end = end.min(at).max(start + 12);
            break;
        }
        if chunks.len() >= PARTS {
            return Err(Refusal::too_large("the film has more parts than any real one"));
        }
        if !chunk.id.iter().all(|b| matches!(b, 0x20..=0x7E)) {
            if is_blank(source, at..end)? {
                break;
            }
            return Err(refused("bytes that belong to nothing stand among the parts of the film"));
        }
        at = chunk.next;
        end = end.max(at);
        chunks.push(chunk);
    }
    Ok(Segment { start, end, size, chunks })
}

/// What stands in a list of samples, one after the other.
pub(super) enum Found {
    /// A chunk, or a group of them that is gone into.
    Chunk(Chunk),
    Group(Chunk),
    /// Zeros to the end.
    Zeros(Range<u64>),
}

/// The chunk or group at a place of a list of samples, and where the next one stands.
pub(super) fn next(source: &dyn Source, at: u64, end: u64) -> Result<Option<(Found, u64)>, Refusal> {
    if at >= end {
        return Ok(None);
    }
    let Some(chunk) = chunk(source, at, end)? else { return Ok(Some((Found::Zeros(at..end), end))) };
    if !chunk.id.iter().all(|b| matches!(b, 0x20..=0x7E)) {
        if is_blank(source, at..end)? {
            return Ok(Some((Found::Zeros(at..end), end)));
        }
        return Err(refused("bytes that belong to nothing stand among the pictures of the film"));
    }
    let next = chunk.next;
    if chunk.is_list(b"rec ") && !chunk.cut {
        let body = chunk.body;
        return Ok(Some((Found::Group(chunk), body)));
    }
    Ok(Some((Found::Chunk(chunk), next)))
}
