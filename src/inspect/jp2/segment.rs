//! The marker segments of a JPEG 2000 codestream: which an output may have, and how much of each says something.
//!
//! ISO/IEC 15444-1 Annex A (A.5 fixed information, A.6 functional, A.7 pointers, A.9 informational segments); 15444-15
//! A.3 to A.6 (CAP, PRF, CPF).

pub(super) const TILE_PART: u8 = 0x90;
pub(super) const DATA: u8 = 0x93;
pub(super) const END: u8 = 0xd9;
pub(super) const COMMENT: u8 = 0x64;
pub(super) const SIZE: u8 = 0x51;
/// Lengths of tile-parts.
pub(super) const TILE_LENGTHS: u8 = 0x55;
/// Lengths of packets, in the main header and in those of tile-parts.
pub(super) const PACKET_LENGTHS: [u8; 2] = [0x57, 0x58];
/// How components were registered: it informs, and changes no sample (A.9.1).
pub(super) const REGISTRATION: u8 = 0x63;
pub(super) const STEPS: u8 = 0x5c;
pub(super) const STEPS_OF_ONE: u8 = 0x5d;
const STYLE: u8 = 0x52;
const STYLE_OF_ONE: u8 = 0x53;

/// Parts of the standard whose additions a codestream may say that it uses, as bits of CAP: 2 and 15.
const PARTS: u32 = 1 << (32 - 2) | 1 << (32 - 15);

fn byte(content: &[u8], at: usize) -> u8 {
    content.get(at).copied().unwrap_or(0)
}

/// Bytes that number a component.
pub(super) fn index(components: u64) -> usize {
    if components < 257 { 1 } else { 2 }
}

/// Whether a segment is on the list and as long as its own numbers say. Lengths of packets are on no list: no reader
/// needs them, and whether they are true cannot be told without decoding.
pub(super) fn is_allowed(marker: u8, content: &[u8], components: u64, in_tile: bool) -> bool {
    let n = content.len();
    let index = index(components);
    let byte = |at: usize| byte(content, at);
    let precincts = |flags: u8, levels: u8| if flags & 1 == 1 { usize::from(levels) + 1 } else { 0 };
    // Step sizes of one band, or three for each level and one more (A.6.4).
    let steps = |from: usize| {
        let left = n.saturating_sub(from + 1);
        match byte(from) & 31 {
            0 => (1..=97).contains(&left),
            1 => left == 2 || left <= 194 && left > 0 && left.is_multiple_of(2),
            2 => left <= 194 && left > 0 && left.is_multiple_of(2),
            _ => false,
        }
    };
    match marker {
        SIZE => !in_tile && n as u64 == 36 + 3 * components && components > 0,
        0x50 => {
            let parts = content.get(..4).map_or(u32::MAX, |b| b.iter().fold(0, |sum, b| sum << 8 | u32::from(*b)));
            !in_tile && parts & !PARTS == 0 && n == 4 + 2 * parts.count_ones() as usize
        }
        STYLE => n == 10 + precincts(byte(0), byte(5)),
        STYLE_OF_ONE => n == index + 6 + precincts(byte(index), byte(index + 1)),
        STEPS => steps(0),
        STEPS_OF_ONE => n > index && steps(index),
        0x5e => n == index + 2,
        0x5f => n > 0 && n.is_multiple_of(5 + 2 * index),
        TILE_LENGTHS => !in_tile && lengths(content).is_some(),
        0x56 | 0x59 => !in_tile && matches!(n, 2 | 4),
        // Packet headers that were moved to the front: coded data.
        0x60 => !in_tile && n > 1,
        0x61 => in_tile && n > 1,
        COMMENT => n >= 2 && content[0] == 0 && content[1] < 2,
        _ => false,
    }
}

/// How many levels a coding style has (tables A.13 and A.23).
pub(super) fn levels(marker: u8, content: &[u8], components: u64) -> Option<u8> {
    match marker {
        STYLE => Some(byte(content, 5)),
        STYLE_OF_ONE => Some(byte(content, index(components) + 1)),
        _ => None,
    }
}

/// How many bytes of a segment of step sizes say something, at so many levels (A.6.4, table A.28).
pub(super) fn heeded(marker: u8, content: &[u8], components: u64, levels: u8) -> usize {
    let at = if marker == STEPS { 0 } else { index(components) };
    let bands = 3 * usize::from(levels) + 1;
    let steps = match byte(content, at) & 31 {
        0 => bands,
        1 => 2,
        _ => 2 * bands,
    };
    (at + 1 + steps).min(content.len())
}

/// What a list says of one tile-part: its tile, where it is named, and its length.
pub(super) type Length = (Option<u16>, u64);

/// What a list of lengths of tile-parts says: its number, and for each part the tile, where it is named, and the length
/// (A.7.1). None where it is no such list.
pub(super) fn lengths(content: &[u8]) -> Option<(u8, Vec<Length>)> {
    let [number, form, entries @ ..] = content else { return None };
    let (tile, length) = (usize::from(form >> 4 & 3), if form & 0x40 == 0 { 2 } else { 4 });
    if form & 0x8f != 0 || tile == 3 || entries.is_empty() || entries.len() % (tile + length) != 0 {
        return None;
    }
    let value = |bytes: &[u8]| bytes.iter().fold(0u64, |sum, b| sum << 8 | u64::from(*b));
    let entry = |e: &[u8]| ((tile > 0).then(|| value(&e[..tile]) as u16), value(&e[tile..]));
    Some((*number, entries.chunks(tile + length).map(entry).collect()))
}
