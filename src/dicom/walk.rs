//! Walks a data set and lists its elements without copying a value: tag, representation, where it lies, how it nests.
//!
//! DICOM PS3.5 7 (elements, sequences, items), A.4 (fragments), CP-246 (UN of undefined length). Every length is checked
//! against what encloses it; nesting and counts are limited; what cannot be read inside a sequence of defined length
//! makes that sequence opaque, so that it goes as a whole.

use super::dictionary;
use super::safe;
use super::syntax::Encoding;
use super::vr::Vr;
use super::window::Window;
use crate::plan::Refusal;
use std::ops::Range;

/// Sequences in sequences, at most.
const DEPTH: u8 = 64;
/// Elements and items in one object, at most.
const COUNT: usize = 1_500_000;

pub(super) const ITEM: u32 = 0xFFFE_E000;
pub(super) const ITEM_END: u32 = 0xFFFE_E00D;
pub(super) const SEQUENCE_END: u32 = 0xFFFE_E0DD;
pub(super) const PIXEL_DATA: u32 = 0x7FE0_0010;

/// What an entry of the list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// An element with a value.
    Value,
    /// A sequence; its items follow.
    Sequence,
    /// An item of a sequence; its elements follow.
    Item,
    /// Pixel data in fragments (PS3.5 A.4).
    Fragments,
    /// A sequence that could not be read.
    Opaque,
}

/// One entry. Entries stand in the order of the file; `next` leads past an entry's children.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Where its header begins.
    pub(super) start: u64,
    /// Where its value ends, delimiter not counted.
    pub(super) value_end: u64,
    /// The index of the entry behind it and its children.
    pub(super) next: u32,
    /// Group and element.
    pub(super) tag: u32,
    /// The representation found, or the dictionary's where none is written.
    pub(super) vr: Vr,
    /// Length of its header in bytes.
    pub(super) header: u8,
    /// Whether its length was undefined.
    pub(super) undefined: bool,
    /// How it is encoded.
    pub(super) encoding: Encoding,
    /// What it is.
    pub(super) shape: Shape,
}

impl Node {
    /// The range of its value.
    pub(super) fn value(&self) -> Range<u64> {
        self.start + u64::from(self.header)..self.value_end
    }

    /// Length of its value.
    pub(super) fn len(&self) -> u64 {
        self.value_end - self.start - u64::from(self.header)
    }

    /// Where it ends, delimiter included.
    pub(super) fn end(&self) -> u64 {
        self.value_end + if self.undefined { 8 } else { 0 }
    }
}

/// The list of a data set.
#[derive(Debug, Default)]
pub(super) struct List {
    /// Its entries.
    pub(super) nodes: Vec<Node>,
    /// Where the data set ends: everything behind is not part of it.
    pub(super) end: u64,
    /// Whether its last element was cut short (and left out).
    pub(super) cut_short: bool,
    /// Of the pixel data in fragments: the value of the offset table, and the fragments behind it.
    pub(super) fragments: Option<(Range<u64>, Range<u64>)>,
}

struct Header {
    tag: u32,
    vr: Vr,
    length: u32,
    size: u8,
    encoding: Encoding,
}

const UNDEFINED: u32 = u32::MAX;

struct Walker<'w, 'a> {
    window: &'w mut Window<'a>,
    list: List,
}

/// Lists the data set that begins at `start`.
pub(super) fn walk(window: &mut Window<'_>, start: u64, encoding: Encoding) -> Result<List, Refusal> {
    let mut walker = Walker { window, list: List::default() };
    walker.top(start, encoding)?;
    Ok(walker.list)
}

/// Lists the elements of group 0002 that begin at `start` (PS3.10 7.1: explicit, little endian), however many groups of
/// them there are, whatever length they claim.
pub(super) fn walk_meta(window: &mut Window<'_>, start: u64) -> Result<List, Refusal> {
    let mut walker = Walker { window, list: List::default() };
    let end = walker.window.len();
    let mut at = start;
    while end - at >= 8 {
        let bytes = walker.window.bytes(at..at + 4)?;
        if bytes == b"DICM" {
            at += 4;
            continue;
        }
        if bytes[..2] != [2, 0] {
            break;
        }
        at = walker.element(at, end, Encoding::Explicit, 0)?;
        if walker.list.nodes.len() > 1000 {
            return Err(Refusal::too_large("the file header has more entries than any real one"));
        }
    }
    walker.list.end = at;
    Ok(walker.list)
}

impl Walker<'_, '_> {
    /// The elements of the outermost data set. Behind the pixel data, what is no element is no part of the data set.
    fn top(&mut self, start: u64, encoding: Encoding) -> Result<(), Refusal> {
        let end = self.window.len();
        let mut at = start;
        let mut pixels = false;
        while end - at >= 8 {
            let listed = self.list.nodes.len();
            let (header, step) = match self.header(at, end, encoding) {
                Ok(header) => (header.tag, self.element(at, end, encoding, 0)),
                Err(_) if pixels => break,
                Err(refusal) if listed == 0 => return Err(refusal),
                Err(_) => {
                    self.list.cut_short = true;
                    break;
                }
            };
            if pixels && header <= PIXEL_DATA || header == 0 || header == ITEM_END || header == SEQUENCE_END {
                self.list.nodes.truncate(listed);
                break;
            }
            match step {
                Ok(next) => at = next,
                Err(_) if pixels => {
                    self.list.nodes.truncate(listed);
                    break;
                }
                Err(refusal) if refusal.code == "truncated" && listed > 0 && header != PIXEL_DATA => {
                    self.list.nodes.truncate(listed);
                    self.list.cut_short = true;
                    break;
                }
                Err(refusal) => return Err(refusal),
            }
            pixels |= header == PIXEL_DATA;
        }
        self.list.end = at;
        Ok(())
    }

    /// One element with all it holds; gives where the next begins.
    fn element(&mut self, at: u64, end: u64, encoding: Encoding, depth: u8) -> Result<u64, Refusal> {
        let header = self.header(at, end, encoding)?;
        let start = at + u64::from(header.size);
        let index = self.push(at, &header, Shape::Value)?;
        if header.length == UNDEFINED {
            if header.tag == PIXEL_DATA || header.vr == Vr::OB || header.vr == Vr(*b"OW") {
                return self.fragments(index, start, end, header.encoding, depth);
            }
            let inner = if header.vr == Vr::UN { Encoding::Implicit } else { header.encoding };
            return self.sequence(index, start, end, inner, depth);
        }
        let value_end = start + u64::from(header.length);
        if value_end > end {
            return Err(if end == self.window.len() {
                Refusal::truncated("an element is longer than what is left of the file")
            } else {
                Refusal::not_understood("an element is longer than the item that holds it")
            });
        }
        self.list.nodes[index].value_end = value_end;
        let known = match header.vr {
            Vr::UN if safe::may_be_sequence(header.tag) => Some(Vr::SQ),
            Vr::UN => dictionary::vr(header.tag),
            vr => Some(vr),
        };
        if known == Some(Vr::SQ) {
            let inner = if header.vr == Vr::UN { Encoding::Implicit } else { header.encoding };
            if let Err(refusal) = self.items(index, start, value_end, inner, depth) {
                if self.list.nodes.len() >= COUNT {
                    return Err(refusal);
                }
                self.list.nodes.truncate(index + 1);
                // Another creator's attribute of the same number need not be a sequence.
                let private = safe::may_be_sequence(header.tag);
                self.list.nodes[index].shape = if private { Shape::Value } else { Shape::Opaque };
            }
        }
        self.list.nodes[index].next = self.list.nodes.len() as u32;
        Ok(value_end)
    }

    /// A sequence of undefined length: items up to the delimiter.
    fn sequence(&mut self, index: usize, start: u64, end: u64, inner: Encoding, depth: u8) -> Result<u64, Refusal> {
        self.list.nodes[index].undefined = true;
        let value_end = self.items(index, start, end, inner, depth)?;
        let next = self.list.nodes.len() as u32;
        let node = &mut self.list.nodes[index];
        node.value_end = value_end;
        node.next = next;
        Ok(value_end + 8)
    }

    /// The items of a sequence; gives where they end (before the delimiter, where the length is undefined).
    fn items(&mut self, index: usize, start: u64, end: u64, encoding: Encoding, depth: u8) -> Result<u64, Refusal> {
        if depth >= DEPTH {
            return Err(Refusal::too_large("sequences are nested deeper than in any real recording"));
        }
        self.list.nodes[index].shape = Shape::Sequence;
        let undefined = self.list.nodes[index].undefined;
        let mut at = start;
        while undefined || at < end {
            let (tag, length) = self.mark(at, end, encoding)?;
            if tag == SEQUENCE_END && undefined {
                return Ok(at);
            }
            if tag != ITEM {
                return Err(Refusal::not_understood("a sequence holds something that is not an item"));
            }
            let header = Header { tag, vr: Vr::UN, length, size: 8, encoding };
            let item = self.push(at, &header, Shape::Item)?;
            at = self.item(item, at + 8, end, length, encoding, depth)?;
        }
        Ok(at)
    }

    /// The elements of one item; gives where the next item begins.
    fn item(
        &mut self,
        index: usize,
        start: u64,
        end: u64,
        length: u32,
        encoding: Encoding,
        depth: u8,
    ) -> Result<u64, Refusal> {
        let undefined = length == UNDEFINED;
        let inner_end = if undefined { end } else { start + u64::from(length) };
        if inner_end > end {
            return Err(Refusal::not_understood("an item is longer than its sequence"));
        }
        let mut at = start;
        loop {
            if !undefined && at >= inner_end {
                break;
            }
            if undefined && self.mark(at, end, encoding)?.0 == ITEM_END {
                break;
            }
            at = self.element(at, inner_end, encoding, depth + 1)?;
        }
        let next = self.list.nodes.len() as u32;
        let node = &mut self.list.nodes[index];
        node.undefined = undefined;
        node.value_end = at;
        node.next = next;
        Ok(at + if undefined { 8 } else { 0 })
    }

    /// Pixel data in fragments: the offset table, then fragments up to the delimiter.
    fn fragments(&mut self, index: usize, start: u64, end: u64, encoding: Encoding, depth: u8) -> Result<u64, Refusal> {
        let mut at = start;
        let mut table = None;
        let mut count = 0usize;
        loop {
            let (tag, length) = self.mark(at, end, encoding)?;
            if tag == SEQUENCE_END {
                break;
            }
            let next = at + 8 + u64::from(length);
            if tag != ITEM || length == UNDEFINED {
                return Err(Refusal::not_understood("the compressed picture is not made of fragments"));
            }
            if next > end {
                return Err(Refusal::truncated("the compressed picture breaks off"));
            }
            table.get_or_insert(at + 8..next);
            at = next;
            count += 1;
            if count > COUNT {
                return Err(too_many());
            }
        }
        let table = table.unwrap_or(start..start);
        let node = &mut self.list.nodes[index];
        node.shape = Shape::Fragments;
        node.undefined = true;
        node.value_end = at;
        node.next = index as u32 + 1;
        if depth == 0 && node.tag == PIXEL_DATA && self.list.fragments.is_none() {
            self.list.fragments = Some((table.clone(), table.end.max(start)..at));
        }
        Ok(at + 8)
    }

    /// An item or delimiter: tag and length.
    fn mark(&mut self, at: u64, end: u64, encoding: Encoding) -> Result<(u32, u32), Refusal> {
        if end - at < 8 {
            return Err(Refusal::truncated("a sequence breaks off"));
        }
        let bytes = self.window.bytes(at..at + 8)?;
        let tag = encoding.tag([bytes[0], bytes[1], bytes[2], bytes[3]]);
        Ok((tag, encoding.u32([bytes[4], bytes[5], bytes[6], bytes[7]])))
    }

    /// An element's header. Where letters should stand and none do, the element is read as an implicit one, as some
    /// programs write them.
    fn header(&mut self, at: u64, end: u64, encoding: Encoding) -> Result<Header, Refusal> {
        if end - at < 8 {
            return Err(Refusal::truncated("an element breaks off"));
        }
        let room = (end - at).min(12);
        let mut b = [0u8; 12];
        b[..room as usize].copy_from_slice(self.window.bytes(at..at + room)?);
        let tag = encoding.tag([b[0], b[1], b[2], b[3]]);
        let vr = Vr([b[4], b[5]]);
        if encoding == Encoding::Implicit || !vr.is_lettered() {
            let encoding = if encoding == Encoding::Explicit { Encoding::Implicit } else { encoding };
            let length = encoding.u32([b[4], b[5], b[6], b[7]]);
            let vr = dictionary::vr(tag).unwrap_or(Vr::UN);
            return Ok(Header { tag, vr, length, size: 8, encoding });
        }
        if !vr.is_long() {
            return Ok(Header { tag, vr, length: u32::from(encoding.u16([b[6], b[7]])), size: 8, encoding });
        }
        if room < 12 {
            return Err(Refusal::truncated("an element breaks off"));
        }
        Ok(Header { tag, vr, length: encoding.u32([b[8], b[9], b[10], b[11]]), size: 12, encoding })
    }

    fn push(&mut self, start: u64, header: &Header, shape: Shape) -> Result<usize, Refusal> {
        let index = self.list.nodes.len();
        if index >= COUNT {
            return Err(too_many());
        }
        self.list.nodes.push(Node {
            start,
            value_end: start + u64::from(header.size),
            next: index as u32 + 1,
            tag: header.tag,
            vr: header.vr,
            header: header.size,
            undefined: false,
            encoding: header.encoding,
            shape,
        });
        Ok(index)
    }
}

fn too_many() -> Refusal {
    Refusal::too_large("the file has more elements than any real recording")
}
