//! The `meta` box: which items there are, where their bytes lie, what is said of them.
//!
//! ISO/IEC 14496-12 sections 8.11.1 (meta), 8.11.3 (iloc), 8.11.4 (pitm), 8.11.6 (iinf), 8.11.11 (idat), 8.11.12 (iref),
//! 8.18 (grpl); ISO/IEC 23008-12 section 9.3 (iprp, ipco, ipma). What is not as these say is noted as a fault.

use crate::inspect::Trouble;
use crate::inspect::boxes::{Box4, Numbers, list};
use std::collections::HashMap;
use std::ops::Range;

/// The longest box that is read into memory.
pub(super) const LONGEST: u64 = 16 << 20;

/// The most entries of any one table.
const MOST: usize = 65_536;

/// An item (`infe`).
#[derive(Debug, Clone, Default)]
pub(super) struct Item {
    pub(super) id: u32,
    pub(super) kind: [u8; 4],
    pub(super) hidden: bool,
    /// Where its name lies in the box.
    pub(super) name: Range<usize>,
    /// The content type of a `mime` item, or the name of a `uri ` item's type.
    pub(super) content: Range<usize>,
}

/// Where an item's bytes lie (`iloc`).
#[derive(Debug, Clone, Default)]
pub(super) struct Location {
    /// Construction method: 0 in the file, 1 in `idat`, 2 in another item.
    pub(super) method: u8,
    /// Ranges of the file, where the method is 0 or 1.
    pub(super) ranges: Vec<Range<u64>>,
}

/// A property (`ipco`): its type, and where its content lies in the box.
#[derive(Debug, Clone)]
pub(super) struct Property {
    pub(super) kind: [u8; 4],
    pub(super) data: Range<usize>,
}

/// A reference (`iref`): its type, from which item, to which.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) kind: [u8; 4],
    pub(super) from: u32,
    pub(super) to: Vec<u32>,
}

/// What a `meta` box holds.
#[derive(Debug, Default)]
pub(super) struct Meta {
    /// Its bytes after its head.
    pub(super) data: Vec<u8>,
    /// Where they begin in the file.
    pub(super) start: u64,
    /// Its children.
    pub(super) boxes: Vec<Box4>,
    pub(super) primary: Option<u32>,
    pub(super) items: Vec<Item>,
    /// Where in the list the item of a number is.
    index: HashMap<u32, usize>,
    pub(super) locations: HashMap<u32, Location>,
    pub(super) properties: Vec<Property>,
    /// For each item the numbers of its properties, from 1, and whether they are essential.
    pub(super) associations: HashMap<u32, Vec<(usize, bool)>>,
    pub(super) references: Vec<Reference>,
    /// Groups: the items of each.
    pub(super) groups: Vec<([u8; 4], Vec<u32>)>,
    /// The content of `idat`, in the file.
    pub(super) idat: Option<Range<u64>>,
    /// Where the name of the handler lies in the box.
    pub(super) handler_name: Range<usize>,
    /// What is not as the standard says, and where in the box.
    pub(super) faults: Vec<(&'static str, Range<usize>)>,
    /// Items that have a name or more to them than their kind.
    pub(super) telling: Vec<Range<usize>>,
    /// Total of all entries read, so that no file asks for more than real ones do.
    entries: usize,
}

impl Meta {
    /// Reads the bytes after the head of a `meta` box that begin at `start` of a file of `length` bytes.
    pub(super) fn read(data: Vec<u8>, start: u64, length: u64) -> Result<Self, Trouble> {
        let mut meta = Meta { start, ..Meta::default() };
        let whole = 0..data.len();
        if data.get(..4) != Some(&[0; 4]) {
            meta.fault("a meta box of an unknown version", 0..data.len().min(4));
        }
        let (boxes, filled) = list(&data, 4.min(data.len())..data.len())?;
        if !filled {
            meta.fault("bytes in the meta box that are no box", whole);
        }
        let mut seen: Vec<[u8; 4]> = Vec::new();
        // Where items lie in idat can be told only once it has been seen.
        let idat = boxes.iter().find(|b| &b.kind == b"idat").map(|b| start + b.data.start..start + b.data.end);
        meta.idat = idat;
        for found in &boxes {
            let range = found.data.start as usize..found.data.end as usize;
            let part = data.get(range.clone()).unwrap_or_default();
            if seen.contains(&found.kind) && &found.kind != b"free" {
                meta.fault("a part of the meta box that is there twice", range.clone());
                continue;
            }
            seen.push(found.kind);
            match &found.kind {
                b"hdlr" => meta.handler(part, range.start),
                b"pitm" => meta.primary(part, range),
                b"iinf" => meta.items(part, range.start)?,
                b"iloc" => meta.locations(part, range, length)?,
                b"iref" => meta.references(part, range.start)?,
                b"iprp" => meta.properties(part, range.start)?,
                b"grpl" => meta.groups(part, range.start)?,
                _ => {}
            }
        }
        meta.boxes = boxes;
        meta.data = data;
        Ok(meta)
    }

    fn fault(&mut self, what: &'static str, range: Range<usize>) {
        if self.faults.len() < 100 {
            self.faults.push((what, range));
        }
    }

    fn count(&mut self, n: usize) -> Result<(), Trouble> {
        self.entries = self.entries.saturating_add(n);
        if self.entries > 4 * MOST {
            Err(Trouble::TooLarge("more than a quarter of a million entries of items"))
        } else {
            Ok(())
        }
    }

    fn handler(&mut self, part: &[u8], at: usize) {
        let known = part.get(..8) == Some(&[0; 8]) && part.get(8..12) == Some(b"pict");
        if !known || part.get(12..24) != Some(&[0; 12]) {
            self.fault("a handler that is none of pictures", at..at + part.len().min(24));
        }
        self.handler_name = at + part.len().min(24)..at + part.len();
    }

    fn primary(&mut self, part: &[u8], range: Range<usize>) {
        let mut numbers = Numbers::new(part);
        let size = if numbers.number(4) >> 24 == 0 { 2 } else { 4 };
        self.primary = Some(numbers.number(size) as u32);
        if !numbers.ended() || !matches!(part.first(), Some(0 | 1)) || part.get(1..4) != Some(&[0; 3]) {
            self.fault("a primary item that is stated wrongly", range);
        }
    }

    fn items(&mut self, part: &[u8], at: usize) -> Result<(), Trouble> {
        let mut numbers = Numbers::new(part);
        let version = numbers.number(4);
        let size = if version == 0 { 2 } else { 4 };
        let count = numbers.number(size) as usize;
        let (boxes, filled) = list(part, (4 + size).min(part.len())..part.len())?;
        if !filled || version > 2 << 24 || version & 0xff_ffff != 0 || count != boxes.len() {
            self.fault("a list of items that is not as long as it says", at..at + part.len());
        }
        self.count(boxes.len())?;
        for found in boxes {
            let range = found.data.start as usize..found.data.end as usize;
            let infe = part.get(range.clone()).unwrap_or_default();
            let place = at + range.start..at + range.end;
            let Some((item, plain)) = item(infe, at + range.start).filter(|_| &found.kind == b"infe") else {
                self.fault("an item that cannot be read", place);
                continue;
            };
            if !plain {
                self.telling.push(place.clone());
            }
            if self.index.insert(item.id, self.items.len()).is_some() {
                self.fault("two items of one number", place);
            }
            self.items.push(item);
        }
        Ok(())
    }

    fn locations(&mut self, part: &[u8], range: Range<usize>, length: u64) -> Result<(), Trouble> {
        let mut numbers = Numbers::new(part);
        let head = numbers.number(4);
        let version = head >> 24;
        let sizes = numbers.number(2);
        let nibble = |shift: u32| (sizes >> shift & 15) as usize;
        let (offset, size, base, index) = (nibble(12), nibble(8), nibble(4), nibble(0));
        let count = numbers.number(if version < 2 { 2 } else { 4 }) as usize;
        let plain = [offset, size, base, index].iter().all(|n| matches!(n, 0 | 4 | 8));
        if version > 2 || head & 0xff_ffff != 0 || !plain || (version == 0 && index != 0) {
            self.fault("places of items that cannot be read", range);
            return Ok(());
        }
        for _ in 0..count {
            if numbers.past() || numbers.remaining() == 0 {
                break;
            }
            let id = numbers.number(if version < 2 { 2 } else { 4 }) as u32;
            let method = if version > 0 { numbers.number(2) } else { 0 };
            let elsewhere = numbers.number(2);
            let from = numbers.number(base);
            let extents = numbers.number(2) as usize;
            let each = offset + size + if version > 0 { index } else { 0 };
            if method > 2 || elsewhere != 0 || (each == 0 && extents > 1) {
                self.fault("an item whose bytes lie elsewhere", range.clone());
            }
            let mut location = Location { method: (method & 15) as u8, ranges: Vec::new() };
            self.count(extents.min(numbers.remaining() / each.max(1)) + 1)?;
            for _ in 0..extents {
                if numbers.past() || (each == 0 && !location.ranges.is_empty()) {
                    break;
                }
                numbers.take(if version > 0 { index } else { 0 });
                let (start, n) = (numbers.number(offset), numbers.number(size));
                let found = self.place(method, from.saturating_add(start), n, length);
                if found.is_none() && method < 2 {
                    self.fault("an item whose bytes lie outside of the file", range.clone());
                }
                location.ranges.extend(found);
            }
            if self.locations.insert(id, location).is_some() {
                self.fault("an item with two places", range.clone());
            }
        }
        if !numbers.ended() || self.locations.len() != count {
            self.fault("places of items that are not as many as it says", range);
        }
        Ok(())
    }

    /// The range of the file that an extent is; a length of 0 runs to the end (8.11.3.3).
    fn place(&self, method: u64, start: u64, n: u64, length: u64) -> Option<Range<u64>> {
        let whole = match method {
            0 => 0..length,
            1 => self.idat.clone()?,
            _ => return None,
        };
        let start = whole.start.checked_add(start)?;
        let end = if n == 0 { whole.end } else { start.checked_add(n)? };
        (start <= end && end <= whole.end).then_some(start..end)
    }

    fn references(&mut self, part: &[u8], at: usize) -> Result<(), Trouble> {
        let version = part.first().copied().unwrap_or(9);
        let size = if version == 0 { 2 } else { 4 };
        let (boxes, filled) = list(part, 4.min(part.len())..part.len())?;
        if !filled || version > 1 || part.get(1..4) != Some(&[0; 3]) {
            self.fault("references between items that cannot be read", at..at + part.len());
        }
        for found in boxes {
            let range = found.data.start as usize..found.data.end as usize;
            let mut numbers = Numbers::new(part.get(range.clone()).unwrap_or_default());
            let (from, count) = (numbers.number(size) as u32, numbers.number(2) as usize);
            let to: Vec<u32> =
                (0..count.min(numbers.remaining() / size)).map(|_| numbers.number(size) as u32).collect();
            self.count(to.len() + 1)?;
            if !numbers.ended() || to.len() != count {
                self.fault(
                    "a reference between items that is not as long as it says",
                    at + range.start..at + range.end,
                );
            }
            self.references.push(Reference { kind: found.kind, from, to });
        }
        Ok(())
    }

    fn properties(&mut self, part: &[u8], at: usize) -> Result<(), Trouble> {
        let (boxes, filled) = list(part, 0..part.len())?;
        if !filled {
            self.fault("bytes among the properties that are no box", at..at + part.len());
        }
        let mut containers = 0;
        for found in boxes {
            let range = found.data.start as usize..found.data.end as usize;
            let inner = part.get(range.clone()).unwrap_or_default();
            match &found.kind {
                b"ipco" if containers == 0 => {
                    containers += 1;
                    let (boxes, filled) = list(inner, 0..inner.len())?;
                    if !filled {
                        self.fault("bytes among the properties that are no box", at + range.start..at + range.end);
                    }
                    self.count(boxes.len())?;
                    let base = at + range.start;
                    self.properties.extend(boxes.into_iter().map(|b| Property {
                        kind: b.kind,
                        data: base + b.data.start as usize..base + b.data.end as usize,
                    }));
                }
                b"ipma" => self.associations(inner, at + range.start)?,
                _ => self.fault("a part among the properties that is on no list", at + range.start..at + range.end),
            }
        }
        Ok(())
    }

    fn associations(&mut self, part: &[u8], at: usize) -> Result<(), Trouble> {
        let mut numbers = Numbers::new(part);
        let head = numbers.number(4);
        let (version, flags) = (head >> 24, head & 0xff_ffff);
        let count = numbers.number(4) as usize;
        if version > 1 || flags > 1 {
            self.fault("properties of items that cannot be read", at..at + part.len());
        }
        for _ in 0..count {
            if numbers.past() || numbers.remaining() == 0 {
                break;
            }
            let id = numbers.number(if version == 0 { 2 } else { 4 }) as u32;
            let n = numbers.number(1) as usize;
            self.count(n + 1)?;
            let mut all = Vec::new();
            for _ in 0..n {
                let number = numbers.number(if flags == 1 { 2 } else { 1 });
                let top = if flags == 1 { 15 } else { 7 };
                all.push(((number & ((1 << top) - 1)) as usize, number >> top == 1));
            }
            if self.associations.insert(id, all).is_some() {
                self.fault("an item with two lists of properties", at..at + part.len());
            }
        }
        if !numbers.ended() {
            self.fault("properties of items that are not as many as it says", at..at + part.len());
        }
        Ok(())
    }

    fn groups(&mut self, part: &[u8], at: usize) -> Result<(), Trouble> {
        let (boxes, filled) = list(part, 0..part.len())?;
        if !filled {
            self.fault("groups that cannot be read", at..at + part.len());
        }
        for found in boxes {
            let range = found.data.start as usize..found.data.end as usize;
            let mut numbers = Numbers::new(part.get(range.clone()).unwrap_or_default());
            let head = numbers.number(4);
            numbers.number(4);
            let count = numbers.number(4) as usize;
            let ids: Vec<u32> = (0..count.min(numbers.remaining() / 4)).map(|_| numbers.number(4) as u32).collect();
            self.count(ids.len() + 1)?;
            if head != 0 || !numbers.ended() || ids.len() != count {
                self.fault("a group that is not as long as it says", at + range.start..at + range.end);
            }
            self.groups.push((found.kind, ids));
        }
        Ok(())
    }

    /// The item of a number.
    pub(super) fn item(&self, id: u32) -> Option<&Item> {
        self.items.get(*self.index.get(&id)?)
    }

    /// The content of a property.
    pub(super) fn content(&self, property: &Property) -> &[u8] {
        self.data.get(property.data.clone()).unwrap_or_default()
    }

    /// The properties of an item in their order, and whether each is essential.
    pub(super) fn of(&self, id: u32) -> impl Iterator<Item = (&Property, bool)> {
        let all = self.associations.get(&id).map_or(&[][..], |a| a);
        all.iter().filter_map(|(n, essential)| Some((self.properties.get(n.checked_sub(1)?)?, *essential)))
    }

    /// The first property of a kind that an item has.
    pub(super) fn property(&self, id: u32, kind: &[u8; 4]) -> Option<&[u8]> {
        self.of(id).find(|(p, _)| &p.kind == kind).map(|(p, _)| self.content(p))
    }

    /// Width and height of an item (`ispe`).
    pub(super) fn size(&self, id: u32) -> Option<(u32, u32)> {
        let mut numbers = Numbers::new(self.property(id, b"ispe")?);
        numbers.number(4);
        let size = (numbers.number(4) as u32, numbers.number(4) as u32);
        numbers.ended().then_some(size)
    }
}

/// Reads an `infe`; the flag says whether it has nothing in it but number, kind and an empty name.
fn item(part: &[u8], at: usize) -> Option<(Item, bool)> {
    let mut numbers = Numbers::new(part);
    let head = numbers.number(4);
    let (version, flags) = (head >> 24, head & 0xff_ffff);
    let id = numbers.number(if version < 3 { 2 } else { 4 }) as u32;
    let protection = numbers.number(2);
    let kind = if version < 2 { &b"mime"[..] } else { numbers.take(4) };
    let kind: [u8; 4] = kind.try_into().ok()?;
    let rest = part.len() - numbers.remaining();
    let text = |from: usize| {
        let end = part.get(from..).and_then(|t| memchr::memchr(0, t)).map_or(part.len(), |n| from + n);
        from.min(end)..end
    };
    let name = text(rest);
    let content = text((name.end + 1).min(part.len()));
    let plain =
        matches!(version, 2 | 3) && flags < 2 && protection == 0 && is_blank(part.get(rest..).unwrap_or_default());
    let shift = |r: Range<usize>| at + r.start..at + r.end;
    (version < 4 && !numbers.past())
        .then(|| (Item { id, kind, hidden: flags & 1 == 1, name: shift(name), content: shift(content) }, plain))
}

/// An empty name, which may be as long as it was.
fn is_blank(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|b| *b == 0)
}
