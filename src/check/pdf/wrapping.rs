//! Takes the wrapping off a picture that is a file of its own inside a PDF.
//!
//! ISO 32000-1, 7.4: ASCIIHexDecode, ASCII85Decode and FlateDecode may lie around DCTDecode and JPXDecode, as some programs write them.

use hayro_syntax::object::{Array, Name, Stream};
use std::io::Read;

/// The largest picture or attached file that is unwrapped, in bytes.
const LARGEST: u64 = 256 << 20;

/// The names of a stream's filters, the outermost first.
fn filters(stream: &Stream<'_>) -> Vec<Vec<u8>> {
    let names: Vec<Name<'_>> = match stream.dict().get::<Array<'_>>("Filter") {
        Some(several) => several.iter::<Name<'_>>().take(8).collect(),
        None => stream.dict().get::<Name<'_>>("Filter").into_iter().collect(),
    };
    names.iter().map(|name| name.as_ref().to_vec()).collect()
}

fn is_picture(filter: &[u8]) -> bool {
    matches!(filter, b"DCTDecode" | b"DCT" | b"JPXDecode")
}

/// Whether a file of its own lies in it, however it is wrapped.
pub(super) fn is_a_file(stream: &Stream<'_>) -> bool {
    filters(stream).last().is_some_and(|last| is_picture(last))
}

/// The bytes of the file that it holds; none where it holds samples, or its wrapping is not read.
pub(super) fn unwrap(stream: &Stream<'_>) -> Option<Vec<u8>> {
    let picture = stream.dict().get::<Name<'_>>("Subtype").is_some_and(|kind| kind.as_ref() == b"Image");
    if picture && !is_a_file(stream) {
        return None;
    }
    let mut bytes = stream.raw_data().into_owned();
    for filter in filters(stream) {
        bytes = match &filter[..] {
            last if is_picture(last) => return Some(bytes),
            b"FlateDecode" | b"Fl" => inflate(&bytes, LARGEST)?,
            b"ASCII85Decode" | b"A85" => ascii_85(&bytes),
            b"ASCIIHexDecode" | b"AHx" => ascii_hex(&bytes),
            b"Crypt" => bytes,
            _ => return None,
        };
    }
    Some(bytes)
}

/// The beginning of a page's own stream, up to `most` bytes.
pub(super) fn beginning(stream: &Stream<'_>, most: u64) -> Vec<u8> {
    let mut bytes = stream.raw_data().into_owned();
    for filter in filters(stream) {
        bytes = match &filter[..] {
            b"FlateDecode" | b"Fl" => inflate(&bytes, most).unwrap_or_default(),
            b"ASCII85Decode" | b"A85" => ascii_85(&bytes),
            b"ASCIIHexDecode" | b"AHx" => ascii_hex(&bytes),
            _ => return Vec::new(),
        };
    }
    bytes
}

/// As much as can be unpacked, up to `most` bytes; none where nothing can.
fn inflate(bytes: &[u8], most: u64) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let whole = flate2::read::ZlibDecoder::new(bytes).take(most).read_to_end(&mut out);
    (whole.is_ok() || !out.is_empty()).then_some(out)
}

fn ascii_hex(text: &[u8]) -> Vec<u8> {
    let digits = text.iter().take_while(|byte| **byte != b'>');
    let digits: Vec<u8> = digits.filter_map(|byte| u8::try_from(char::from(*byte).to_digit(16)?).ok()).collect();
    digits.chunks(2).map(|pair| pair.first().copied().unwrap_or(0) << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}

fn ascii_85(text: &[u8]) -> Vec<u8> {
    let text = text.strip_prefix(b"<~").unwrap_or(text);
    let (mut out, mut group) = (Vec::new(), Vec::with_capacity(5));
    for byte in text.iter().take_while(|byte| **byte != b'~') {
        match byte {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            _ => {}
        }
        if group.len() == 5 {
            out.extend(word(&group).to_be_bytes());
            group.clear();
        }
    }
    if group.len() > 1 {
        let kept = group.len() - 1;
        group.resize(5, 84);
        out.extend(word(&group).to_be_bytes().into_iter().take(kept));
    }
    out
}

fn word(group: &[u8]) -> u32 {
    group.iter().fold(0_u32, |word, digit| word.wrapping_mul(85).wrapping_add(u32::from(*digit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrappings_come_off() {
        assert_eq!(ascii_hex(b"48 65 6C6c 6F7>41"), b"Hellop");
        assert_eq!(ascii_85(b"<~87cURD]i,\"Ebo80~>"), b"Hello World!");
        assert_eq!(ascii_85(b"87cURDZ~>z"), b"Hello");
        assert_eq!(ascii_85(b"z"), [0; 4]);
        assert_eq!(inflate(b"no", 9), None);
    }
}
