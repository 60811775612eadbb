//! The witness's own account of JPEG 2000: the boxes of a JP2, JPX or JPH file, or a bare codestream.
//!
//! ISO/IEC 15444-1 Annexes A (codestream) and I (file); 15444-2 Annex M (JPX); 15444-15 (high throughput).

mod cleared;
pub(super) mod codestream;
mod findings;
pub(super) mod header;
mod segment;

#[cfg(test)]
mod tests;

pub(super) use cleared::witness;
pub(super) use findings::{discover, year};

use super::Trouble;
use super::boxes::{Box4, Walk};
use super::bytes::Bytes;

/// The signature box (I.5.1).
const SIGNATURE: &[u8; 12] = b"\0\0\0\x0cjP  \r\n\x87\n";

/// Whether the file is a bare codestream.
fn is_bare(bytes: &mut Bytes<'_>) -> Result<bool, Trouble> {
    Ok(bytes.get(0, 4)?.is_some_and(|b| b == b"\xff\x4f\xff\x51"))
}

/// The boxes at the top of a file.
fn top(bytes: &mut Bytes<'_>) -> Result<Vec<Box4>, Trouble> {
    if bytes.get(0, 12)?.is_none_or(|b| b[4..8] != SIGNATURE[4..8] && &b[4..8] != b"ftyp") {
        return Err(Trouble::Damaged("it does not begin as a JPEG 2000 file does"));
    }
    let mut walk = Walk::new(0..bytes.len());
    let mut out = Vec::new();
    while let Some(found) = walk.next(bytes)? {
        out.push(found);
    }
    Ok(out)
}
