//! Open bitstream units of AV1: metadata and padding are blanked at equal length, pictures stay as they are.
//!
//! AV1 Bitstream & Decoding Process Specification, 5.3 (header), 5.7 (padding), 5.8 (metadata), 6.2.2 (types).

use super::extent::{Patches, Stream};
use super::nal::Count;
use super::rule;
use crate::cut::Source;
use crate::plan::Refusal;
use std::ops::Range;

/// The longest metadata unit; real ones have some hundred bytes.
const NOTE: u64 = 1 << 20;
/// The type of padding.
const PADDING: u8 = 15;

/// A unit's header: type, length of the header with its size field, length of the payload.
struct Head {
    kind: u8,
    length: u64,
    size: u64,
}

/// Reads a header of a unit in what has `rest` bytes left.
fn head(bytes: &[u8], rest: u64) -> Option<Head> {
    let first = *bytes.first()?;
    let mut length = if first & 4 == 0 { 1 } else { 2 };
    let kind = first >> 3 & 15;
    if first & 0x80 != 0 {
        return None;
    }
    if first & 2 == 0 {
        return Some(Head { kind, length, size: rest.checked_sub(length)? });
    }
    let mut size = 0;
    for index in 0..8 {
        let byte = *bytes.get(length as usize)?;
        length += 1;
        size |= u64::from(byte & 0x7F) << (index * 7);
        if byte & 0x80 == 0 {
            return (size <= rest.checked_sub(length)?).then_some(Head { kind, length, size });
        }
    }
    None
}

/// A unit without its note, or none where it may stay as it is. `length` is that of the header.
fn blanked(unit: &[u8], length: usize) -> Option<Vec<u8>> {
    let kind = unit.first()? >> 3 & 15;
    let payload = unit.get(length..)?;
    let stays = match kind {
        1 | 3 | 4 | 6 => true,
        2 => payload.is_empty(),
        // Metadata: content light level (1) and mastering display (2), each with one trailing byte.
        5 => match payload {
            [1, light @ .., 0x80] => rule::light(light),
            [2, volume @ .., 0x80] => volume.len() == 24 && rule::plain(volume),
            _ => false,
        },
        _ => false,
    };
    if stays {
        return None;
    }
    let mut new = unit[..length].to_vec();
    new[0] = new[0] & 0x87 | PADDING << 3;
    new.resize(unit.len(), 0);
    if !payload.is_empty() {
        *new.last_mut()? = 0x80;
    }
    (new != unit).then_some(new)
}

/// Walks the units of a stream and lays patches over its notes. Says where notes were.
///
/// # Errors
/// Where the units do not fill the stream.
pub(in crate::strip) fn walk(
    source: &dyn Source,
    stream: &Stream,
    patches: &mut Patches,
    count: &mut Count,
) -> Result<Vec<Range<u64>>, Refusal> {
    let (mut at, mut notes) = (0, Vec::new());
    while at < stream.length() {
        count.more()?;
        let mut bytes = [0; 10];
        let read = stream.read(source, at, &mut bytes)?;
        let head = head(&bytes[..read], stream.length() - at);
        let head = head.ok_or_else(|| Refusal::truncated("the coded picture is damaged or incomplete"))?;
        let end = at + head.length + head.size;
        if !matches!(head.kind, 3 | 4 | 6) {
            if head.size > NOTE {
                return Err(Refusal::too_large("a note inside the coded picture is longer than any real one"));
            }
            let mut unit = vec![0; (end - at) as usize];
            stream.read(source, at, &mut unit)?;
            if head.kind == 1 && rule::tells(&unit) {
                return Err(Refusal::not_understood("words stand among the settings of the coded picture"));
            }
            if let Some(new) = blanked(&unit, head.length as usize) {
                patches.lay(stream, at, &new)?;
                notes.extend(stream.place(at..end).into_iter().take(1));
            }
        }
        at = end;
    }
    Ok(notes)
}

/// Blanks the notes among the units of a decoder configuration; false where they do not fill it.
pub(super) fn blank(units: &mut [u8]) -> bool {
    let mut at = 0;
    while at < units.len() {
        let Some(head) = head(&units[at..], (units.len() - at) as u64) else { return false };
        let end = at + (head.length + head.size) as usize;
        if let Some(new) = blanked(&units[at..end], head.length as usize) {
            units[at..end].copy_from_slice(&new);
        }
        at = end;
    }
    true
}

/// Fills bytes with one unit of padding.
pub(super) fn fill(bytes: &mut [u8]) {
    bytes.fill(0);
    if let [first, rest @ ..] = bytes {
        *first = PADDING << 3;
        rest.last_mut().into_iter().for_each(|last| *last = 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_becomes_padding_and_light_levels_stay() {
        let cases: [(&[u8], Option<&[u8]>); 6] = [
            (&[0x2A, 6, 4, b'T', b'.', b'3', b'5', 0x80], Some(&[0x7A, 6, 0, 0, 0, 0, 0, 0x80])),
            (&[0x7A, 3, b'a', b'b', b'c'], Some(&[0x7A, 3, 0, 0, 0x80])),
            (&[0x7A, 3, 0, 0, 0x80], None),
            (&[0x2A, 6, 1, 3, 0xE8, 1, 0x90, 0x80], None),
            (&[0x0A, 2, b'a', b'b'], None),
            (&[0x4A, 1, b'a'], Some(&[0x7A, 1, 0x80])),
        ];
        let mut tried = 0;
        for (unit, expected) in cases {
            assert_eq!(blanked(unit, 2).as_deref(), expected);
            tried += 1;
        }
        assert_eq!(tried, 6);
    }
}
