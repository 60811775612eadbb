//! The `meta` box: its items, where they lie, how they refer to each other and which properties they have.
//!
//! ISO/IEC 14496-12, 8.11 (meta, iloc, pitm, iinf, iref, iprp) and 8.18 (grpl).

use super::part::{self, Cursor, Part};
use crate::plan::Refusal;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Extents of all items together; a grid of 65,536 tiles has that many.
const EXTENTS: usize = 1 << 20;

/// What `infe` says of an item.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) id: u32,
    /// Its type; zeros in versions 0 and 1, which have none.
    pub(super) kind: [u8; 4],
    pub(super) hidden: bool,
    /// Whether it is encrypted.
    pub(super) protected: bool,
    /// Whether it has a name or says more than nothing behind its type.
    pub(super) named: bool,
    /// Whether its content type is that of XMP.
    pub(super) xmp: bool,
    /// Whether its number is written in 32 bits.
    pub(super) long: bool,
    /// Where its entry lies, from the start of the `meta` box.
    pub(super) at: Range<u64>,
}

/// What `iloc` says of an item.
#[derive(Debug, Clone)]
pub(super) struct Location {
    pub(super) id: u32,
    pub(super) method: u8,
    pub(super) source: u16,
    pub(super) base: u64,
    /// Offset from the base, and length.
    pub(super) extents: Vec<(u64, u64)>,
}

/// The form of an `iloc` box.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Form {
    pub(super) version: u8,
    pub(super) offset: usize,
    pub(super) length: usize,
    pub(super) base: usize,
    index: usize,
}

/// A reference from one item to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) kind: [u8; 4],
    pub(super) from: u32,
    pub(super) to: Vec<u32>,
}

/// A group of entities.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) kind: [u8; 4],
    pub(super) id: u32,
    pub(super) members: Vec<u32>,
}

/// A `meta` box taken apart.
#[derive(Debug, Default)]
pub(super) struct Meta {
    /// Its boxes, in order; places count from the start of the `meta` box.
    pub(super) parts: Vec<Part>,
    /// Its handler.
    pub(super) handler: [u8; 4],
    pub(super) primary: Option<u32>,
    pub(super) items: Vec<Item>,
    pub(super) form: Form,
    pub(super) locations: BTreeMap<u32, Location>,
    pub(super) references: Vec<Reference>,
    pub(super) long_references: bool,
    /// The property boxes, in order.
    pub(super) properties: Vec<Part>,
    /// Which properties an item has: whether each is essential, and its number from 1.
    pub(super) associations: BTreeMap<u32, Vec<(bool, u16)>>,
    pub(super) groups: Vec<Group>,
    /// The `idat` payload, from the start of the `meta` box.
    pub(super) data: Option<Range<u64>>,
    /// Whether the data references are all this file itself.
    pub(super) own: bool,
}

fn damaged() -> Refusal {
    Refusal::not_understood("the list of pictures in the file is damaged")
}

/// The handler of a `meta` box, whose bytes these are, from its header on.
pub(super) fn handler(bytes: &[u8], body: usize) -> Option<[u8; 4]> {
    let parts = part::inside(bytes, body + 4..bytes.len()).ok()?;
    let part = parts.iter().find(|part| part.kind == *b"hdlr")?;
    bytes.get(part.body as usize + 8..part.body as usize + 12)?.try_into().ok()
}

impl Meta {
    /// Reads a `meta` box whose bytes these are; its payload begins at `body`.
    ///
    /// # Errors
    /// Where a table in it is damaged or stands twice.
    pub(super) fn read(bytes: &[u8], body: usize) -> Result<Self, Refusal> {
        if part::number(bytes, body) != Some(0) {
            return Err(damaged());
        }
        let mut meta = Meta { parts: part::inside(bytes, body + 4..bytes.len())?, own: true, ..Self::default() };
        let mut seen = BTreeSet::new();
        for part in meta.parts.clone() {
            let payload = &bytes[part.body as usize..part.end as usize];
            let once =
                matches!(&part.kind, b"hdlr" | b"pitm" | b"iinf" | b"iloc" | b"iref" | b"iprp" | b"idat" | b"grpl");
            if once && !seen.insert(part.kind) {
                return Err(damaged());
            }
            let read = match &part.kind {
                b"hdlr" => payload.get(8..12).and_then(|b| b.try_into().ok()).map(|kind| meta.handler = kind),
                b"pitm" => primary(payload).map(|id| meta.primary = Some(id)),
                b"iinf" => meta.information(bytes, &part)?,
                b"iloc" => meta.locate(payload)?,
                b"iref" => meta.refer(bytes, &part)?,
                b"iprp" => meta.describe(bytes, &part)?,
                b"grpl" => meta.group(bytes, &part)?,
                b"dinf" => {
                    meta.own = is_own(bytes, &part);
                    Some(())
                }
                b"idat" => {
                    meta.data = Some(part.payload());
                    Some(())
                }
                _ => Some(()),
            };
            read.ok_or_else(damaged)?;
        }
        Ok(meta)
    }

    /// The properties of an item with a type, in order.
    pub(super) fn properties_of(&self, id: u32) -> impl Iterator<Item = (bool, usize, &Part)> {
        let list = self.associations.get(&id).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|(essential, number)| {
            let index = usize::from(*number).checked_sub(1)?;
            self.properties.get(index).map(|part| (*essential, index, part))
        })
    }

    fn information(&mut self, bytes: &[u8], part: &Part) -> Result<Option<()>, Refusal> {
        let start = part.body as usize;
        let first = match bytes.get(start) {
            Some(0) => start + 6,
            // Some writers say version 2, and mean version 1.
            Some(1 | 2) => start + 8,
            _ => return Ok(None),
        };
        let mut seen = BTreeSet::new();
        for entry in part::inside(bytes, first..part.end as usize)? {
            if entry.kind != *b"infe" {
                continue;
            }
            let Some(item) = item(&bytes[entry.body as usize..entry.end as usize], &entry) else { return Ok(None) };
            if !seen.insert(item.id) {
                return Err(damaged());
            }
            self.items.push(item);
        }
        Ok(Some(()))
    }

    fn locate(&mut self, payload: &[u8]) -> Result<Option<()>, Refusal> {
        let mut cursor = Cursor::new(payload);
        let Some((form, count)) = form(&mut cursor) else { return Ok(None) };
        self.form = form;
        let mut extents = 0;
        for _ in 0..count {
            let Some(location) = location(&mut cursor, form) else { return Ok(None) };
            extents += location.extents.len();
            if extents > EXTENTS {
                return Err(Refusal::too_large("the pictures in the file lie in more pieces than any real ones"));
            }
            if self.locations.insert(location.id, location).is_some() {
                return Err(damaged());
            }
        }
        Ok(Some(()))
    }

    fn refer(&mut self, bytes: &[u8], part: &Part) -> Result<Option<()>, Refusal> {
        let start = part.body as usize;
        let Some(version @ 0..=1) = bytes.get(start).copied() else { return Ok(None) };
        self.long_references = version == 1;
        for child in part::inside(bytes, start + 4..part.end as usize)? {
            let mut cursor = Cursor::new(&bytes[child.body as usize..child.end as usize]);
            let read = (|| {
                let from = cursor.id(version == 1)?;
                let count = cursor.number(2)?;
                let to = (0..count).map(|_| cursor.id(version == 1)).collect::<Option<Vec<_>>>()?;
                Some(Reference { kind: child.kind, from, to })
            })();
            match read {
                Some(reference) => self.references.push(reference),
                None => return Ok(None),
            }
        }
        Ok(Some(()))
    }

    fn describe(&mut self, bytes: &[u8], part: &Part) -> Result<Option<()>, Refusal> {
        let mut container = false;
        for child in part::inside(bytes, part.body as usize..part.end as usize)? {
            match &child.kind {
                b"ipco" if container => return Ok(None),
                b"ipco" => {
                    container = true;
                    self.properties = part::inside(bytes, child.body as usize..child.end as usize)?;
                }
                b"ipma" if self.associate(&bytes[child.body as usize..child.end as usize]).is_none() => {
                    return Ok(None);
                }
                _ => {}
            }
        }
        Ok(Some(()))
    }

    fn associate(&mut self, payload: &[u8]) -> Option<()> {
        let mut cursor = Cursor::new(payload);
        let version = cursor.number(1).filter(|version| *version <= 1)?;
        let wide = cursor.number(3)? & 1 == 1;
        let count = cursor.number(4)?;
        for _ in 0..count {
            let id = cursor.id(version == 1)?;
            let list = self.associations.entry(id).or_default();
            for _ in 0..cursor.number(1)? {
                let value = cursor.number(if wide { 2 } else { 1 })?;
                let essential = value >> if wide { 15 } else { 7 } == 1;
                let number = (value & if wide { 0x7FFF } else { 0x7F }) as u16;
                if number != 0 {
                    list.push((essential, number));
                }
            }
        }
        Some(())
    }

    fn group(&mut self, bytes: &[u8], part: &Part) -> Result<Option<()>, Refusal> {
        for child in part::inside(bytes, part.body as usize..part.end as usize)? {
            let mut cursor = Cursor::new(&bytes[child.body as usize..child.end as usize]);
            let read = (|| {
                cursor.number(4)?;
                let id = cursor.id(true)?;
                let count = cursor.number(4)?;
                let members = (0..count).map(|_| cursor.id(true)).collect::<Option<Vec<_>>>()?;
                Some(Group { kind: child.kind, id, members })
            })();
            self.groups.extend(read);
        }
        Ok(Some(()))
    }
}

fn primary(payload: &[u8]) -> Option<u32> {
    match payload.first()? {
        0 => part::short(payload, 4).map(u32::from),
        1 => part::number(payload, 4),
        _ => None,
    }
}

/// An `infe` entry, 8.11.6.
fn item(payload: &[u8], part: &Part) -> Option<Item> {
    let mut cursor = Cursor::new(payload);
    let version = cursor.number(1)?;
    let hidden = cursor.number(3)? & 1 == 1;
    let long = version == 3;
    let id = cursor.id(long)?;
    let protected = cursor.number(2)? != 0;
    let mut kind = [0; 4];
    if version >= 2 {
        kind.copy_from_slice(cursor.take(4)?);
    }
    let rest = cursor.rest();
    let xmp = kind == *b"mime" && rest.split(|b| *b == 0).nth(1).is_some_and(|kind| kind == b"application/rdf+xml");
    let named = rest.iter().any(|b| *b != 0);
    Some(Item { id, kind, hidden, protected, named, xmp, long, at: part.range() })
}

fn form(cursor: &mut Cursor<'_>) -> Option<(Form, u64)> {
    let version = cursor.number(1).filter(|version| *version <= 2)? as u8;
    cursor.number(3)?;
    let sizes = cursor.number(2)?;
    let size = |shift: u16| match sizes >> shift & 15 {
        size @ (0 | 4 | 8) => Some(size as usize),
        _ => None,
    };
    let index = if version == 0 { 0 } else { size(0)? };
    let form = Form { version, offset: size(12)?, length: size(8)?, base: size(4)?, index };
    let count = cursor.number(if version == 2 { 4 } else { 2 })?;
    Some((form, count))
}

fn location(cursor: &mut Cursor<'_>, form: Form) -> Option<Location> {
    let id = cursor.id(form.version == 2)?;
    let method = if form.version == 0 { 0 } else { cursor.number(2)? as u8 & 15 };
    let source = cursor.number(2)? as u16;
    let base = cursor.number(form.base)?;
    let count = cursor.number(2)?;
    let mut extents = Vec::new();
    for _ in 0..count {
        cursor.number(form.index)?;
        extents.push((cursor.number(form.offset)?, cursor.number(form.length)?));
        if form.index + form.offset + form.length == 0 {
            break;
        }
    }
    Some(Location { id, method, source, base, extents })
}

/// Whether each entry of the data references in a `dinf` box is this file itself (8.7.2, flag 1).
pub(super) fn is_own(bytes: &[u8], dinf: &Part) -> bool {
    let Ok(children) = part::inside(bytes, dinf.body as usize..dinf.end as usize) else { return false };
    children.iter().filter(|child| child.kind == *b"dref").all(|dref| {
        let entries = part::inside(bytes, dref.body as usize + 8..dref.end as usize).unwrap_or_default();
        let own = |entry: &Part| part::number(bytes, entry.body as usize).is_some_and(|flags| flags & 1 == 1);
        entries.iter().all(own)
    })
}
