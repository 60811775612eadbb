//! Text chunks: all of them go; two kinds are read before for the one thing a viewer takes from them, the orientation.
//!
//! W3C PNG (third edition), 11.3.3 (tEXt, zTXt, iTXt); Adobe XMP part 3, 1.1.5; the hexadecimal "Raw profile type"
//! blocks that ImageMagick writes and viewers read.

use super::stream::inflate_all;
use crate::finding::Code;
use crate::strip::{exif, xmp};

/// The longest text that is read for an orientation.
pub(super) const READ: u64 = 1 << 20;

/// What a text chunk is, and which orientation it states.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// As an Exif block: whether it states one, and which if it is valid.
    Exif(bool, Option<u8>),
    /// As XMP.
    Xmp(Option<u8>),
    /// Not at all.
    No,
}

/// Reads a text chunk: what it is found as, and what it says of orientation.
pub(super) fn read(kind: &[u8; 4], data: &[u8]) -> (Code, Turn) {
    let Some(at) = data.iter().take(80).position(|b| *b == 0) else { return (Code::Text, Turn::No) };
    let (keyword, rest) = (&data[..at], &data[at + 1..]);
    if keyword == b"XML:com.adobe.xmp" {
        let turn = value(kind, rest).and_then(|packet| xmp::orientation(&packet));
        return (Code::Xmp, Turn::Xmp(turn));
    }
    let Some(profile) = keyword.strip_prefix(b"Raw profile type ") else { return (Code::Text, Turn::No) };
    match profile {
        b"exif" | b"APP1" | b"app1" => match value(kind, rest).and_then(|text| raw_profile(&text)) {
            Some(tiff) => {
                let block = exif::read(&tiff);
                (Code::ExifOther, Turn::Exif(block.orientation.is_some(), block.turn()))
            }
            None => (Code::ExifOther, Turn::No),
        },
        b"xmp" => (Code::Xmp, Turn::No),
        b"iptc" | b"8bim" => (Code::Iptc, Turn::No),
        _ => (Code::Text, Turn::No),
    }
}

/// The text of a chunk, inflated where it is compressed.
fn value(kind: &[u8; 4], rest: &[u8]) -> Option<Vec<u8>> {
    match kind {
        b"tEXt" => Some(rest.to_vec()),
        b"zTXt" => inflate_all(rest.strip_prefix(&[0])?, READ),
        _ => {
            let (compressed, rest) = (*rest.first()?, rest.get(2..)?);
            let rest = rest.splitn(3, |b| *b == 0).nth(2)?;
            if compressed == 1 { inflate_all(rest, READ) } else { Some(rest.to_vec()) }
        }
    }
}

/// The bytes of a raw profile: a line with its name, a line with its length, then hexadecimal digits.
fn raw_profile(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.splitn(4, |b| *b == b'\n').nth(3)?.iter().copied().filter(u8::is_ascii_hexdigit).collect();
    let digit = |d: u8| char::from(d).to_digit(16).unwrap_or(0) as u8;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
    let bytes = bytes.strip_prefix(b"Exif\0\0").map(<[u8]>::to_vec).unwrap_or(bytes);
    Some(bytes)
}
