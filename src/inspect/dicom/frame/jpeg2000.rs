//! The parts of a JPEG 2000 codestream: comments in any header, bytes behind its end, markers that none should have.
//!
//! ISO/IEC 15444-1 Annex A (markers; A.4.2 tile-parts; A.7.1 lists of lengths), 15444-15 A (high throughput).

use super::{Extra, MOST_PARTS, is_blank, words};
use crate::finding::Code;
use crate::inspect::Trouble;
use crate::inspect::bytes::{Bytes, be16, be32};
use std::collections::HashMap;
use std::ops::Range;

const COMMENT: u8 = 0x64;
const SIZE: u8 = 0x51;
const STYLE: u8 = 0x52;
const STYLE_OF_ONE: u8 = 0x53;
const STEPS: u8 = 0x5c;
const STEPS_OF_ONE: u8 = 0x5d;
const TILE_LENGTHS: u8 = 0x55;
const TILE_PART: u8 = 0x90;
const DATA: u8 = 0x93;
const END: u8 = 0xd9;
/// The most tile-parts of one frame.
const MOST_TILES: usize = 1 << 20;
/// Where there are no more tile-parts, the end of each is looked at closely.
const FEW_TILES: usize = 16;

/// Lists what a codestream holds beside its samples.
pub(super) fn extras(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<Vec<Extra>, Trouble> {
    let mut stream = Stream::default();
    stream.walk(bytes, range)?;
    if !stream.is_true() {
        let label = "a list of lengths in a compressed frame that is not true";
        let lists = stream.lists.iter();
        stream.out.extend(lists.map(|(range, _)| Extra::new(Code::ApplicationData, label, range.clone(), false)));
    }
    stream.out.sort_by_key(|extra| extra.range.start);
    Ok(stream.out)
}

/// A marker segment of a header: its marker, its place, its content.
type Segment = (u8, Range<u64>, Vec<u8>);

/// What a list of lengths says of a tile-part: its tile, where it is named, and its length.
type Length = (Option<u64>, u64);

/// What is known of a codestream while it is read.
#[derive(Debug, Default)]
struct Stream {
    out: Vec<Extra>,
    components: u64,
    tiles: u64,
    /// The most levels of the main header, then of that of the tile-part.
    levels: u8,
    /// The lists of lengths, and what each says.
    lists: Vec<(Range<u64>, Vec<Length>)>,
    /// The tile-parts as they are.
    parts: Vec<(u64, u64)>,
    /// Of each tile: parts so far, and of how many.
    seen: HashMap<u64, (u8, u8)>,
}

impl Stream {
    fn walk(&mut self, bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<(), Trouble> {
        let mut at = self.header(bytes, range.start + 2, range.end, false)?;
        let levels = self.levels;
        for _ in 0..MOST_TILES {
            let (stop, marker) = at;
            match marker {
                Some(TILE_PART) => {}
                Some(END) => {
                    let label = "bytes behind a compressed frame";
                    self.out.extend(super::behind(bytes, label, stop + 2..range.end)?);
                    return Ok(());
                }
                _ => {
                    self.out.push(strange(stop..range.end));
                    return Ok(());
                }
            }
            self.levels = levels;
            let Some(next) = self.tile_part(bytes, stop, range.end)? else { return Ok(()) };
            // Some encoders leave the end marker out.
            if next == range.end {
                return Ok(());
            }
            let marker = bytes.get(next, 2)?.filter(|b| b[0] == 0xff).map(|b| b[1]);
            at = (next, marker);
        }
        Err(Trouble::TooLarge("a compressed frame of more than a million tiles"))
    }

    /// A tile-part; gives where it ends, if it can be read.
    fn tile_part(&mut self, bytes: &mut Bytes<'_>, start: u64, end: u64) -> Result<Option<u64>, Trouble> {
        let Some(head) = bytes.get(start, 12)?.map(<[u8]>::to_vec) else { return Ok(None) };
        let tile = be16(&head, 4).map_or(0, u64::from);
        let length = be32(&head, 6).map_or(0, u64::from);
        let (number, count) = (head[10], head[11]);
        let (before, of) = self.seen.get(&tile).copied().unwrap_or((0, 0));
        let of = if of == 0 { count } else { of };
        let fits = tile < self.tiles && number == before && (count == 0 || count == of) && (of == 0 || number < of);
        if be16(&head, 2) != Some(10) || !fits {
            self.out.push(strange(start..end));
            return Ok(None);
        }
        self.seen.insert(tile, (before.saturating_add(1), of));
        let (data, marker) = self.header(bytes, start + 12, end, true)?;
        if marker != Some(DATA) {
            self.out.push(strange(data..end));
            return Ok(None);
        }
        let next = match length {
            // The last tile-part may leave its length open: its data end where the codestream does.
            0 => end_of_data(bytes, data + 2, end)?,
            length => start + length,
        };
        if next < data + 2 || next > end {
            return Err(Trouble::Damaged("a compressed frame breaks off"));
        }
        let many = self.parts.len() >= FEW_TILES;
        self.out.extend(words::before(bytes, data + 2..next, many)?);
        self.parts.push((tile, next - start));
        Ok(Some(next))
    }

    /// The segments of a header; gives where it stops and at what marker.
    fn header(
        &mut self,
        bytes: &mut Bytes<'_>,
        mut at: u64,
        end: u64,
        in_tile: bool,
    ) -> Result<(u64, Option<u8>), Trouble> {
        let mut segments: Vec<Segment> = Vec::new();
        let stop = loop {
            if segments.len() >= MOST_PARTS {
                return Err(Trouble::TooLarge("a compressed frame of more than ten thousand segments"));
            }
            let Some([0xff, marker]) = bytes.get(at, 2)?.map(|b| [b[0], b[1]]) else { break None };
            if matches!(marker, TILE_PART | DATA | END) {
                break Some(marker);
            }
            let length = bytes.get(at + 2, 2)?.and_then(|b| be16(b, 0)).map_or(0, u64::from);
            let next = at + 2 + length;
            if length < 2 || next > end {
                break None;
            }
            segments.push((marker, at..next, bytes.copy(at + 4..next, 1 << 16)?));
            at = next;
        };
        for (number, (marker, _, content)) in segments.iter().enumerate() {
            match *marker {
                SIZE if number == 0 && !in_tile => self.size(content),
                STYLE => self.levels = self.levels.max(content.get(5).copied().unwrap_or(0)),
                STYLE_OF_ONE => self.levels = self.levels.max(content.get(self.index() + 1).copied().unwrap_or(0)),
                _ => {}
            }
        }
        for (number, segment) in segments.into_iter().enumerate() {
            self.segment(bytes, segment, number == 0 && !in_tile, in_tile)?;
        }
        Ok((at, stop))
    }

    fn size(&mut self, content: &[u8]) {
        let of = |at: usize| be32(content, at).map_or(0, u64::from);
        let along = |from: usize, to: usize, each: usize| match of(each) {
            0 => 0,
            each => of(to).saturating_sub(of(from)).div_ceil(each),
        };
        self.tiles = along(26, 2, 18).saturating_mul(along(30, 6, 22));
        self.components = be16(content, 34).map_or(0, u64::from);
    }

    /// Bytes that number a component.
    fn index(&self) -> usize {
        if self.components < 257 { 1 } else { 2 }
    }

    /// Whether a segment is of a component that there is.
    fn names(&self, content: &[u8]) -> bool {
        let number = content.iter().take(self.index()).fold(0, |sum, b| sum << 8 | u64::from(*b));
        content.len() >= self.index() && number < self.components
    }

    fn segment(&mut self, bytes: &mut Bytes<'_>, segment: Segment, first: bool, in_tile: bool) -> Result<(), Trouble> {
        let (marker, range, content) = segment;
        let text = (range.start + 6).min(range.end)..range.end;
        match marker {
            // What a comment is said to be: bytes or text.
            COMMENT if matches!(content[..], [0, 0 | 1, ..]) => self.out.extend(super::comment(bytes, range, text)?),
            TILE_LENGTHS if !in_tile => match lengths(&content, self.lists.len()) {
                Some(said) => self.lists.push((range, said)),
                None => self.out.push(strange(range)),
            },
            STEPS | STEPS_OF_ONE => match self.steps(marker, &content) {
                Some(heeded) if heeded < content.len() => {
                    let rest = range.start + 4 + heeded as u64..range.end;
                    let label = "bytes behind the numbers of a compressed frame";
                    let blank = is_blank(bytes, rest.clone())?;
                    self.out.extend((!blank).then(|| Extra::new(Code::HiddenBytes, label, rest, false)));
                }
                Some(_) => {}
                None => self.out.push(strange(range)),
            },
            _ if self.is_listed(marker, &content, first, in_tile) => {}
            _ => self.out.push(strange(range)),
        }
        Ok(())
    }

    /// Whether a segment is one of those that a picture is made with, and as long as its numbers say.
    fn is_listed(&self, marker: u8, content: &[u8], first: bool, in_tile: bool) -> bool {
        let (n, index) = (content.len(), self.index());
        let byte = |at: usize| content.get(at).copied().unwrap_or(0);
        let precincts = |flags: u8, levels: u8| if flags & 1 == 1 { usize::from(levels) + 1 } else { 0 };
        match marker {
            SIZE => first && self.components > 0 && n as u64 == 36 + 3 * self.components && self.tiles <= 65_535,
            STYLE => byte(5) <= 32 && n == 10 + precincts(byte(0), byte(5)),
            STYLE_OF_ONE => {
                self.names(content) && byte(index + 1) <= 32 && n == index + 6 + precincts(byte(index), byte(index + 1))
            }
            0x5e => self.names(content) && n == index + 2,
            0x5f => n > 0 && n.is_multiple_of(5 + 2 * index),
            // Capabilities of parts 2 and 15, each with two bytes.
            0x50 => {
                let parts = be32(content, 0).unwrap_or(u32::MAX);
                !in_tile && parts & !(1 << 30 | 1 << 17) == 0 && n == 4 + 2 * parts.count_ones() as usize
            }
            0x56 | 0x59 => !in_tile && matches!(n, 2 | 4),
            _ => false,
        }
    }

    /// How many bytes of step sizes are read at so many levels; none where they are none (table A.28).
    fn steps(&self, marker: u8, content: &[u8]) -> Option<usize> {
        let at = if marker == STEPS { 0 } else { self.index() };
        if at > 0 && !self.names(content) {
            return None;
        }
        let most = 3 * usize::from(self.levels) + 1;
        let (size, most) = match content.get(at)? & 31 {
            0 => (1, most),
            1 => (2, 1),
            2 => (2, most),
            _ => return None,
        };
        let steps = (content.len() - at - 1).min(size * most);
        (steps >= size && steps.is_multiple_of(size)).then_some(at + 1 + steps)
    }

    /// Whether the lists of lengths, where there are any, say what is so.
    fn is_true(&self) -> bool {
        let said: Vec<_> = self.lists.iter().flat_map(|(_, said)| said).collect();
        let mut pairs = said.iter().zip(&self.parts);
        let alike = pairs.all(|((of, long), (tile, length))| long == length && of.is_none_or(|of| of == *tile));
        self.lists.is_empty() || alike && said.len() == self.parts.len()
    }
}

/// What a list of lengths of tile-parts says, if it is the one of this number (A.7.1).
fn lengths(content: &[u8], number: usize) -> Option<Vec<Length>> {
    let [own, form, entries @ ..] = content else { return None };
    let (tile, length) = (usize::from(form >> 4 & 3), if form & 0x40 == 0 { 2 } else { 4 });
    if usize::from(*own) != number || form & 0x8f != 0 || tile == 3 || entries.is_empty() {
        return None;
    }
    let value = |bytes: &[u8]| bytes.iter().fold(0u64, |sum, b| sum << 8 | u64::from(*b));
    let entry = |e: &[u8]| ((tile > 0).then(|| value(&e[..tile])), value(&e[tile..]));
    let whole = entries.len().is_multiple_of(tile + length);
    whole.then(|| entries.chunks_exact(tile + length).map(entry).collect())
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
