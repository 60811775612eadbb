//! The witness's own account of JPEG XL: the boxes of a container, and where its codestream lies.
//!
//! ISO/IEC 18181-2 sections 4 and 9 (container, boxes); 18181-1 (codestream), read by the crates of jxl-oxide.

mod cleared;
mod codestream;
mod findings;

#[cfg(test)]
mod tests;

pub(super) use cleared::{is_plain, witness};
pub(super) use findings::{discover, year};

use super::Trouble;
use super::boxes::{Box4, Spans, Walk};
use super::bytes::{Bytes, be32};

/// The signature box (18181-2 9.1).
const SIGNATURE: &[u8; 12] = b"\0\0\0\x0cJXL \r\n\x87\n";

/// Whether the file is a bare codestream.
fn is_bare(bytes: &mut Bytes<'_>) -> Result<bool, Trouble> {
    Ok(bytes.get(0, 2)?.is_some_and(|b| b == b"\xff\x0a"))
}

/// The boxes of a container.
fn top(bytes: &mut Bytes<'_>) -> Result<Vec<Box4>, Trouble> {
    if bytes.get(0, 12)?.is_none_or(|b| b != SIGNATURE && &b[4..8] != b"ftyp") {
        return Err(Trouble::Damaged("it does not begin as a JPEG XL file does"));
    }
    let mut walk = Walk::new(0..bytes.len());
    let mut out = Vec::new();
    while let Some(found) = walk.next(bytes)? {
        out.push(found);
    }
    Ok(out)
}

/// Where the codestream of a file lies: all of a bare one, the one `jxlc`, or every `jxlp` behind its number, in order.
/// The flag says whether the parts are numbered in order and the last is marked as such (9.10).
fn stream(bytes: &mut Bytes<'_>, boxes: Option<&[Box4]>) -> Result<(Spans, bool), Trouble> {
    let Some(boxes) = boxes else { return Ok((Spans::new(Some(0..bytes.len())), true)) };
    let (mut ranges, mut ordered, mut ended, mut number) = (Vec::new(), true, false, 0u32);
    for found in boxes {
        match &found.kind {
            b"jxlc" => {
                ordered &= ranges.is_empty();
                ended = true;
                ranges.push(found.data.clone());
            }
            b"jxlp" => {
                let index = bytes.get(found.data.start, 4)?.and_then(|b| be32(b, 0));
                ordered &= !ended && found.length() >= 4 && index.map(|n| n & 0x7fff_ffff) == Some(number);
                ended = index.is_some_and(|n| n >> 31 == 1);
                number += 1;
                ranges.push((found.data.start + 4).min(found.data.end)..found.data.end);
            }
            _ => {}
        }
    }
    Ok((Spans::new(ranges), ordered && ended))
}
