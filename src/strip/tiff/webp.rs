//! WebP pictures in strips and tiles (libtiff's compression 50001): the picture's chunks stay, all others go.
//!
//! RFC 9649 (WebP), sections 2.3 to 2.7.

use super::part::Parts;
use crate::plan::Refusal;
use crate::strip::operation::broken;
use crate::strip::reader::Reader;
use std::ops::Range;

/// Chunks of one picture.
const CHUNKS: usize = 64;
/// Of VP8X, the flag that says there is transparency; the others speak of chunks that go.
const ALPHA: u8 = 0x10;

/// Walks the picture that begins with `range`; gives what stays, and where it ends.
pub(super) fn clean(reader: &mut Reader<'_>, range: Range<u64>) -> Result<(Parts, u64), Refusal> {
    let damaged = || broken("a WebP picture inside the TIFF file is damaged");
    let head = reader.peek::<12>(range.start)?.ok_or_else(damaged)?;
    let declared = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
    let end = range.start + 8 + declared;
    if &head[..4] != b"RIFF" || &head[8..] != b"WEBP" || end > range.end {
        return Err(damaged());
    }
    let (mut kept, mut extended): (Vec<Range<u64>>, Option<[u8; 10]>) = (Vec::new(), None);
    let mut at = range.start + 12;
    for _ in 0..CHUNKS {
        if at + 8 > end {
            break;
        }
        let chunk = reader.peek::<8>(at)?.ok_or_else(damaged)?;
        let size = u64::from(u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]));
        let next = (at + 8 + size + size % 2).min(end);
        if at + 8 + size > end {
            return Err(damaged());
        }
        match &chunk[..4] {
            b"VP8 " | b"VP8L" | b"ALPH" => kept.push(at..next),
            b"VP8X" => extended = reader.peek::<10>(at + 8)?.filter(|_| size >= 10),
            _ => {}
        }
        at = next;
    }
    if kept.is_empty() {
        return Err(damaged());
    }
    let mut body = b"WEBP".to_vec();
    if let Some(mut data) = extended {
        data[0] &= ALPHA;
        data[1..4].fill(0);
        body.extend_from_slice(b"VP8X\x0A\0\0\0");
        body.extend_from_slice(&data);
    }
    let length = body.len() as u64 + kept.iter().map(|range| range.end - range.start).sum::<u64>();
    let start = [&b"RIFF"[..], &(length as u32).to_le_bytes(), &body].concat();
    let mut parts = Parts::default();
    let first = range.start + start.len() as u64;
    match reader.holds(range.start, &start)? && kept.first().is_some_and(|range| range.start == first) {
        true => parts.keep(range.start..first),
        false => parts.write(start),
    }
    kept.into_iter().for_each(|range| parts.keep(range));
    Ok((parts, end))
}
