//! What a JPEG 2000 frame holds beside its samples: comments in main and tile-part headers, bytes behind its end.
//!
//! ISO/IEC 15444-1 Annex A (A.4 delimiting markers, A.9.2 comments), ISO/IEC 15444-15 Annex A (high throughput).

use super::{Extra, Joined, PARTS};
use crate::finding::Code;
use crate::plan::Refusal;

const COM: u8 = 0x64;
const SOT: u8 = 0x90;
const SOD: u8 = 0x93;
const EOC: u8 = 0xD9;
/// Tile-parts of one frame, at most: 65,535 tiles of up to 255 each, of which no picture has so many.
const TILES: usize = 1 << 20;

/// Lists what may go. A frame that breaks the grammar is listed up to there; the proof of the output refuses it.
pub(super) fn extras(frame: &mut Joined<'_, '_>) -> Result<Vec<Extra>, Refusal> {
    let mut out = Vec::new();
    let mut at = 2;
    for _ in 0..TILES {
        let Some((start, marker)) = headers(frame, at, &mut out)? else { return Ok(out) };
        if marker == EOC {
            out.push(Extra::zeros(Code::DicomPadding, start + 2..frame.len()));
            return Ok(out);
        }
        if marker != SOT {
            return Ok(out);
        }
        // SOT, its length, the tile's number, then the length of the tile-part from SOT on (A.4.2).
        let Some(length) = frame.bytes(start + 6)?.map(u32::from_be_bytes) else { return Ok(out) };
        let Some((data, SOD)) = headers(frame, start + 12, &mut out)? else { return Ok(out) };
        at = match u64::from(length) {
            0 => end(frame, data + 2)?,
            length => start + length,
        };
        if at < data + 2 || at > frame.len() {
            return Ok(out);
        }
    }
    Err(Refusal::too_large("a compressed frame has more tiles than any real one"))
}

/// The segments of a header up to one that ends it, and where that stands.
fn headers(frame: &mut Joined<'_, '_>, mut at: u64, out: &mut Vec<Extra>) -> Result<Option<(u64, u8)>, Refusal> {
    for _ in 0..PARTS {
        let Some([0xFF, marker]) = frame.bytes(at)? else { return Ok(None) };
        if matches!(marker, SOT | SOD | EOC) {
            return Ok(Some((at, marker)));
        }
        let length = frame.bytes(at + 2)?.map_or(0, |b| u64::from(u16::from_be_bytes(b)));
        let next = at + 2 + length;
        if length < 2 || next > frame.len() {
            return Ok(None);
        }
        // What a comment's registration says stays: whether it is text.
        if marker == COM && length > 4 {
            out.push(Extra::zeros(Code::Comment, at + 6..next));
        }
        at = next;
    }
    Err(Refusal::too_large("a compressed frame has more parts than any real one"))
}

/// The end marker of a codestream whose last tile-part leaves its length open: no packet holds one (B.10.1).
fn end(frame: &mut Joined<'_, '_>, mut at: u64) -> Result<u64, Refusal> {
    while let Some(ff) = frame.find_ff(at)? {
        if frame.bytes(ff + 1)? == Some([EOC]) {
            return Ok(ff);
        }
        at = ff + 1;
    }
    Ok(frame.len())
}
