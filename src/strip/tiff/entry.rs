//! Headers, directories and entries of TIFF files, read tolerantly: what a declared count or offset says is checked
//! against the file before anything is read.
//!
//! TIFF 6.0, section 2; BigTIFF (the specification by S. Carlsson and others, as libtiff 4 reads it).

use crate::plan::Refusal;
use crate::strip::operation::broken;
use crate::strip::reader::Reader;
use std::collections::HashSet;
use std::ops::Range;

/// Entries of one directory. libtiff takes more for damage.
const ENTRIES: u64 = 4096;
/// Bytes of one value that is read: the offsets of a million tiles, or a large colour profile.
pub(super) const VALUE: u64 = 16 << 20;

pub(super) const SHORT: u16 = 3;
pub(super) const LONG: u16 = 4;
pub(super) const RATIONAL: u16 = 5;
pub(super) const UNDEFINED: u16 = 7;
pub(super) const LONG8: u16 = 16;

/// Bytes of one value of a type, for the types that exist (TIFF 6.0, page 15; BigTIFF's 16 to 18).
pub(super) fn size(kind: u16) -> Option<u64> {
    match kind {
        1 | 2 | 6 | 7 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 | 13 => Some(4),
        5 | 10 | 12 | 16..=18 => Some(8),
        _ => None,
    }
}

/// Byte order and width of offsets, which the output shares with the source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// Whether the least byte comes first.
    pub(super) little: bool,
    /// Whether this is BigTIFF.
    pub(super) big: bool,
}

impl Form {
    /// Reads the header: the form, and where the first directory stands.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<(Self, u64), Refusal> {
        let wrong = || broken("the file does not begin as a TIFF picture does");
        let start = reader.peek::<8>(0)?.ok_or_else(wrong)?;
        let little = match &start[..2] {
            b"II" => true,
            b"MM" => false,
            _ => return Err(wrong()),
        };
        let form = Self { little, big: false };
        match form.number(&start[2..4]) {
            42 => Ok((form, form.number(&start[4..8]))),
            43 if form.number(&start[4..6]) == 8 => {
                let first = reader.peek::<8>(8)?.ok_or_else(wrong)?;
                Ok((Self { little, big: true }, form.number(&first)))
            }
            _ => Err(wrong()),
        }
    }

    /// An unsigned number of up to 8 bytes.
    pub(super) fn number(self, bytes: &[u8]) -> u64 {
        let join = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match self.little {
            true => bytes.iter().rev().fold(0, join),
            false => bytes.iter().fold(0, join),
        }
    }

    /// Appends a number in `size` bytes.
    pub(super) fn put(self, out: &mut Vec<u8>, number: u64, size: usize) {
        let (little, big) = (number.to_le_bytes(), number.to_be_bytes());
        match self.little {
            true => out.extend_from_slice(&little[..size.min(8)]),
            false => out.extend_from_slice(&big[8 - size.min(8)..]),
        }
    }

    /// Bytes of an entry's value field, and of an offset.
    pub(super) fn offset_size(self) -> usize {
        if self.big { 8 } else { 4 }
    }

    /// Bytes of an entry.
    pub(super) fn entry_size(self) -> u64 {
        if self.big { 20 } else { 12 }
    }

    /// Bytes of a directory's count of entries.
    pub(super) fn count_size(self) -> u64 {
        if self.big { 8 } else { 2 }
    }

    /// Bytes of the header.
    pub(super) fn header_size(self) -> u64 {
        if self.big { 16 } else { 8 }
    }
}

/// An entry of a directory.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its tag.
    pub(super) tag: u16,
    /// The type of its values.
    pub(super) kind: u16,
    /// How many values it claims.
    pub(super) count: u64,
    /// The entry itself.
    pub(super) range: Range<u64>,
    /// Where its values lie; none where their type does not exist or they reach past the end of the file.
    pub(super) value: Option<Range<u64>>,
    /// Whether a byte of the value field that no value takes is not zero.
    pub(super) spare: bool,
}

impl Entry {
    /// Whether its values stand in the entry itself.
    pub(super) fn is_inline(&self) -> bool {
        self.value.as_ref().is_some_and(|value| value.start >= self.range.start && value.end <= self.range.end)
    }

    /// The bytes that belong to it alone: its value, or the entry where that holds it.
    pub(super) fn bytes(&self) -> Range<u64> {
        match &self.value {
            Some(value) if !self.is_inline() => value.clone(),
            _ => self.range.clone(),
        }
    }

    /// The bytes of its values, as they stand in the file.
    pub(super) fn read(&self, reader: &mut Reader<'_>, limit: u64) -> Result<Option<Vec<u8>>, Refusal> {
        match &self.value {
            Some(value) if value.end - value.start <= limit => Ok(Some(reader.read(value.clone(), limit)?)),
            _ => Ok(None),
        }
    }

    /// Its values as unsigned numbers; none where they are no such numbers or more than `limit` bytes.
    pub(super) fn numbers(&self, reader: &mut Reader<'_>, form: Form, limit: u64) -> Result<Option<Vec<u64>>, Refusal> {
        let size = match self.kind {
            1 => 1,
            3 | 8 => 2,
            4 | 9 | 13 => 4,
            16..=18 => 8,
            _ => return Ok(None),
        };
        let Some(bytes) = self.read(reader, limit)? else { return Ok(None) };
        Ok(Some(bytes.chunks_exact(size).map(|bytes| form.number(bytes)).collect()))
    }
}

/// A directory of the file.
#[derive(Debug)]
pub(super) struct Directory {
    /// The bytes it takes, without its entries' values.
    pub(super) range: Range<u64>,
    /// Its entries, the first of each tag.
    pub(super) entries: Vec<Entry>,
    /// Entries that repeat a tag.
    pub(super) repeated: Vec<Entry>,
    /// Where the next directory stands; 0 for none.
    pub(super) next: u64,
}

impl Directory {
    /// Reads the directory at `at`; none where there can be none. One that the end of the file cuts short has the
    /// entries that are there.
    pub(super) fn read(reader: &mut Reader<'_>, form: Form, at: u64) -> Result<Option<Self>, Refusal> {
        let length = reader.length();
        let (counted, size) = (form.count_size(), form.entry_size());
        if at < form.header_size() || at.checked_add(counted).is_none_or(|end| end > length) {
            return Ok(None);
        }
        let count = form.number(&reader.read(at..at + counted, 8)?);
        let there = count.min((length - at - counted) / size);
        if there == 0 {
            return Ok(None);
        }
        if there > ENTRIES {
            return Err(Refusal::too_large("a directory of the TIFF file has more entries than any real one"));
        }
        let start = at + counted;
        let end = start + there * size;
        let bytes = reader.read(start..end, ENTRIES * 20)?;
        let (mut entries, mut repeated): (Vec<Entry>, Vec<Entry>) = (Vec::new(), Vec::new());
        let mut seen = HashSet::with_capacity(there as usize);
        for (index, bytes) in (0..).zip(bytes.chunks_exact(size as usize)) {
            let entry = entry(form, bytes, start + index * size, length);
            match seen.insert(entry.tag) {
                true => entries.push(entry),
                false => repeated.push(entry),
            }
        }
        let width = form.offset_size() as u64;
        let whole = there == count && end + width <= length;
        let next = if whole { form.number(&reader.read(end..end + width, 8)?) } else { 0 };
        let range = at..if whole { end + width } else { end };
        Ok(Some(Self { range, entries, repeated, next }))
    }

    /// The entry of a tag.
    pub(super) fn find(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    /// The first value of a tag, where it is an unsigned number.
    pub(super) fn number(&self, reader: &mut Reader<'_>, form: Form, tag: u16) -> Result<Option<u64>, Refusal> {
        let Some(entry) = self.find(tag) else { return Ok(None) };
        let Some(size) = size(entry.kind).filter(|_| matches!(entry.kind, 1 | 3 | 4 | 8 | 9 | 13 | 16..=18)) else {
            return Ok(None);
        };
        let Some(value) = entry.value.as_ref().filter(|value| value.end - value.start >= size) else {
            return Ok(None);
        };
        Ok(Some(form.number(&reader.read(value.start..value.start + size, 8)?)))
    }
}

fn entry(form: Form, bytes: &[u8], at: u64, length: u64) -> Entry {
    let width = form.offset_size();
    let (tag, kind) = (form.number(&bytes[..2]) as u16, form.number(&bytes[2..4]) as u16);
    let (count, field) = (form.number(&bytes[4..4 + width]), &bytes[4 + width..]);
    let range = at..at + bytes.len() as u64;
    let taken = size(kind).and_then(|size| count.checked_mul(size));
    let (value, spare) = match taken {
        Some(taken) if taken <= width as u64 => {
            let start = range.end - width as u64;
            (Some(start..start + taken), field[taken as usize..].iter().any(|byte| *byte != 0))
        }
        Some(taken) => {
            let start = form.number(field);
            let end = start.checked_add(taken).filter(|end| *end <= length && start > 0);
            (end.map(|end| start..end), false)
        }
        None => (None, false),
    };
    Entry { tag, kind, count, range, value, spare }
}
