//! The parts of a JPEG 2000 codestream: comments in any header, bytes behind its end, markers that none should have.
//!
//! ISO/IEC 15444-1 Annex A (markers; A.4.2 tile-parts), 15444-15 A (high throughput).

use super::{Extra, MOST_PARTS};
use crate::finding::Code;
use crate::inspect::Trouble;
use crate::inspect::bytes::{Bytes, be16, be32};
use std::ops::Range;

const COMMENT: u8 = 0x64;
const TILE_PART: u8 = 0x90;
const DATA: u8 = 0x93;
const END: u8 = 0xd9;
/// Segments that hold numbers only, in main headers or tile-part headers (A.2; 15444-2 A.3; 15444-15 A.2).
const PLAIN: [u8; 24] = [
    0x50, 0x51, 0x52, 0x53, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x61, 0x63, 0x72, 0x73, 0x74,
    0x75, 0x76, 0x77, 0x78, 0x79,
];
/// The most tile-parts of one frame.
const MOST_TILES: usize = 1 << 20;

/// Lists what a codestream holds beside its samples.
pub(super) fn extras(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<Vec<Extra>, Trouble> {
    let mut out = Vec::new();
    let mut at = range.start + 2;
    for _ in 0..MOST_TILES {
        let (stop, marker) = header(bytes, at, range.end, &mut out)?;
        match marker {
            Some(TILE_PART) => {}
            Some(END) => {
                out.extend(super::behind(bytes, "bytes behind a compressed frame", stop + 2..range.end)?);
                return Ok(out);
            }
            _ => {
                out.push(strange(stop..range.end));
                return Ok(out);
            }
        }
        let Some(head) = bytes.get(stop, 12)?.and_then(|b| be32(b, 6)) else { return Ok(out) };
        let (data, marker) = header(bytes, stop + 12, range.end, &mut out)?;
        if marker != Some(DATA) {
            out.push(strange(data..range.end));
            return Ok(out);
        }
        at = match u64::from(head) {
            // The last tile-part may leave its length open: its data end where the codestream does.
            0 => end_of_data(bytes, data + 2, range.end)?,
            length => stop + length,
        };
        if at < data + 2 || at > range.end {
            return Err(Trouble::Damaged("a compressed frame breaks off"));
        }
        // Some encoders leave the end marker out.
        if at == range.end {
            return Ok(out);
        }
    }
    Err(Trouble::TooLarge("a compressed frame of more than a million tiles"))
}

/// The segments of a header; gives where it stops and at what marker.
fn header(bytes: &mut Bytes<'_>, mut at: u64, end: u64, out: &mut Vec<Extra>) -> Result<(u64, Option<u8>), Trouble> {
    for _ in 0..MOST_PARTS {
        let Some([0xff, marker]) = bytes.get(at, 2)?.map(|b| [b[0], b[1]]) else { return Ok((at, None)) };
        if matches!(marker, TILE_PART | DATA | END) {
            return Ok((at, Some(marker)));
        }
        let length = bytes.get(at + 2, 2)?.and_then(|b| be16(b, 0)).map_or(0, u64::from);
        let next = at + 2 + length;
        if length < 2 || next > end || marker != COMMENT && !PLAIN.contains(&marker) {
            return Ok((at, None));
        }
        if marker == COMMENT {
            out.extend(super::comment(bytes, at..next, (at + 6).min(next)..next)?);
        }
        at = next;
    }
    Err(Trouble::TooLarge("a compressed frame of more than ten thousand segments"))
}

/// Where the end marker is: packet data hold no marker above 0xFF8F (B.10.1).
fn end_of_data(bytes: &mut Bytes<'_>, from: u64, end: u64) -> Result<u64, Trouble> {
    let mut at = from;
    while let Some(ff) = bytes.find(0xff, at, end)? {
        if bytes.get(ff, 2)?.is_some_and(|b| b[1] == END) {
            return Ok(ff);
        }
        at = ff + 1;
    }
    Ok(end)
}

fn strange(range: Range<u64>) -> Extra {
    Extra::new(Code::ApplicationData, "a part of a compressed frame that is no part of a picture", range, false)
}
