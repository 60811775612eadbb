//! Exif blocks: what is in them by kind, the orientation and the resolution they state, and the small block that carries
//! these on.
//!
//! CIPA DC-008 (Exif 3.0) and TIFF 6.0, section 2. The reader is bounded: no more than 2,000 entries and 8 directories,
//! and it never follows an offset out of the block. What it cannot read is removed all the same.

mod resolution;
mod tag;

pub(super) use resolution::Resolution;

use crate::finding::Code;
use std::ops::Range;

/// Entries read from one block; real ones hold a hundred or two.
const ENTRIES: usize = 2_000;
/// Directories read from one block: 0th, 1st, Exif, GPS, interoperability.
const DIRECTORIES: usize = 8;

/// What an Exif block holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// What was found, with the bytes inside the block that hold it.
    pub(super) finds: Vec<(Code, Range<u64>)>,
    /// The orientation of the 0th directory as it stands there, valid or not.
    pub(super) orientation: Option<u32>,
    /// The resolution of the 0th directory, where it is complete and one that a picture can have.
    pub(super) resolution: Option<Resolution>,
    /// Whether it says that the colours are those of Adobe RGB (DCF 2.0, 5.6: "R03" and no calibrated space).
    pub(super) adobe_rgb: bool,
}

impl Block {
    /// The orientation, where it is one of the eight that exist.
    pub(super) fn turn(&self) -> Option<u8> {
        self.orientation.and_then(|value| u8::try_from(value).ok()).filter(|value| (1..=8).contains(value))
    }
}

/// A block of one entry, big-endian: orientation (274), SHORT, and no next directory. 26 bytes.
pub(super) fn minimal(orientation: u8) -> [u8; 26] {
    [b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
}

/// What kind of thing an entry of a directory is.
pub(super) fn kind(directory: Directory, tag: u16) -> Code {
    tag::code(directory, tag)
}

/// A block that carries on a turn (2 to 8), a resolution or both, and nothing else; none where there is neither.
///
/// Big-endian, the directory first and the two numbers of the resolution behind it: 26, 66 or 78 bytes.
pub(super) fn carrying(turn: Option<u8>, resolution: Option<Resolution>) -> Option<Vec<u8>> {
    let turn = turn.filter(|turn| (2..=8).contains(turn));
    let Some(resolution) = resolution else { return turn.map(|turn| minimal(turn).to_vec()) };
    let count: u8 = if turn.is_some() { 4 } else { 3 };
    let values = 8 + 2 + count * 12 + 4;
    let mut block = vec![b'M', b'M', 0, 42, 0, 0, 0, 8, 0, count];
    if let Some(turn) = turn {
        block.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, turn, 0, 0]);
    }
    block.extend([0x01, 0x1A, 0, 5, 0, 0, 0, 1, 0, 0, 0, values]);
    block.extend([0x01, 0x1B, 0, 5, 0, 0, 0, 1, 0, 0, 0, values + 8]);
    block.extend([0x01, 0x28, 0, 3, 0, 0, 0, 1, 0, resolution.unit(), 0, 0, 0, 0, 0, 0]);
    block.extend(resolution.rationals());
    Some(block)
}

/// Whether this is a block that [`minimal`] or [`carrying`] makes: nothing in it but a turn and a resolution.
pub(super) fn is_minimal(tiff: &[u8]) -> bool {
    if tiff.len() > 78 {
        return false;
    }
    let block = read(tiff);
    carrying(block.turn(), block.resolution).is_some_and(|minimal| minimal == tiff)
}

/// Which directory an entry stands in: the same number means different things in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directory {
    /// The picture's own (0th), and that of its thumbnail (1st).
    Image(u8),
    /// Exif.
    Exif,
    /// GPS.
    Gps,
    /// Interoperability.
    Interoperability,
}

/// Reads a block that begins with its TIFF header. What cannot be read is one find of its own: the whole block.
pub(super) fn read(tiff: &[u8]) -> Block {
    let mut block = Block::default();
    let mut walk = Walk {
        tiff,
        little: tiff.starts_with(b"II"),
        entries: 0,
        seen: Vec::new(),
        stated: resolution::Stated::default(),
        uncalibrated: false,
        optional: false,
    };
    let known = tiff.starts_with(b"II") || tiff.starts_with(b"MM");
    let first = if known { walk.u32(4) } else { None };
    match first {
        Some(offset) => walk.directories(offset, &mut block),
        None => block.finds.push((Code::ExifOther, 0..tiff.len() as u64)),
    }
    block.resolution = walk.stated.settle();
    block.adobe_rgb = walk.uncalibrated && walk.optional;
    if block.finds.is_empty() {
        block.finds.push((Code::ExifOther, 0..tiff.len() as u64));
    }
    block
}

struct Walk<'a> {
    tiff: &'a [u8],
    little: bool,
    entries: usize,
    seen: Vec<u32>,
    stated: resolution::Stated,
    /// Whether ColorSpace is 65535, and whether InteroperabilityIndex is "R03".
    uncalibrated: bool,
    optional: bool,
}

/// One entry: its tag, and where its value lies, which may be nowhere.
struct Entry {
    tag: u16,
    kind: u16,
    count: u32,
    at: usize,
    value: Option<Range<usize>>,
}

impl Walk<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        let bytes: [u8; 2] = self.tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let bytes: [u8; 4] = self.tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn directories(&mut self, first: u32, block: &mut Block) {
        let mut queue = vec![(Directory::Image(0), first)];
        let mut other: Option<Range<u64>> = None;
        while let Some((directory, offset)) = queue.pop() {
            if offset == 0 || self.seen.contains(&offset) || self.seen.len() >= DIRECTORIES {
                continue;
            }
            self.seen.push(offset);
            let Some(count) = self.u16(offset as usize) else { continue };
            for index in 0..usize::from(count) {
                self.entries += 1;
                let Some(entry) = self.entry(offset as usize + 2 + index * 12) else { break };
                if self.entries > ENTRIES {
                    break;
                }
                if let Some(next) = self.pointer(directory, &entry) {
                    queue.push(next);
                    continue;
                }
                match (directory, entry.tag) {
                    (Directory::Image(0), _) => self.state(&entry),
                    (Directory::Exif, 0xA001) => self.uncalibrated |= self.number(&entry) == Some(0xFFFF),
                    (Directory::Interoperability, 1) => {
                        let index = entry.value.clone().and_then(|value| self.tiff.get(value));
                        self.optional |= index.is_some_and(|index| index.starts_with(b"R03"));
                    }
                    _ => {}
                }
                self.place(directory, &entry, block, &mut other);
            }
            if let (Directory::Image(0), Some(next)) =
                (directory, self.u32(offset as usize + 2 + usize::from(count) * 12))
            {
                queue.push((Directory::Image(1), next));
            }
        }
        block.finds.extend(other.map(|range| (Code::ExifOther, range)));
    }

    fn entry(&self, at: usize) -> Option<Entry> {
        let (tag, kind, count) = (self.u16(at)?, self.u16(at + 2)?, self.u32(at + 4)?);
        self.u32(at + 8)?;
        let size = match kind {
            1 | 2 | 6 | 7 | 129 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => return Some(Entry { tag, kind, count, at, value: None }),
        };
        let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
        let start = match length {
            Some(0..=4) => at + 8,
            _ => self.u32(at + 8)? as usize,
        };
        let end = length.and_then(|length| start.checked_add(length)).filter(|end| *end <= self.tiff.len());
        Some(Entry { tag, kind, count, at, value: end.map(|end| start..end) })
    }

    /// The directory that an entry points to.
    fn pointer(&self, directory: Directory, entry: &Entry) -> Option<(Directory, u32)> {
        let target = match (directory, entry.tag) {
            (Directory::Image(0), 0x8769) => Directory::Exif,
            (Directory::Image(0), 0x8825) => Directory::Gps,
            (Directory::Exif, 0xA005) => Directory::Interoperability,
            _ => return None,
        };
        self.u32(entry.at + 8).map(|offset| (target, offset))
    }

    fn place(&self, directory: Directory, entry: &Entry, block: &mut Block, other: &mut Option<Range<u64>>) {
        if entry.tag == 0x0112 && directory == Directory::Image(0) {
            if block.orientation.is_none() {
                // Viewers heed a number that stands in the entry itself, one SHORT or LONG, and take another for none.
                let heeded = matches!((entry.kind, entry.count), (3, 0..=2) | (4, 0..=1));
                block.orientation = Some(self.number(entry).filter(|_| heeded).unwrap_or(0));
            }
            return;
        }
        let value = entry.value.clone().unwrap_or(entry.at..entry.at + 12);
        let mut range = value.start as u64..value.end as u64;
        let code = tag::code(directory, entry.tag);
        if code == Code::Thumbnail {
            range = self.thumbnail(entry, directory).unwrap_or(range);
        }
        match code {
            Code::ExifOther => {
                let joined = other.clone().map_or(range.clone(), |o| o.start.min(range.start)..o.end.max(range.end));
                *other = Some(joined);
            }
            Code::ExifGps => match block.finds.iter_mut().find(|(code, _)| *code == Code::ExifGps) {
                Some((_, gps)) => *gps = gps.start.min(range.start)..gps.end.max(range.end),
                None => block.finds.push((code, range)),
            },
            _ => block.finds.push((code, range)),
        }
    }

    /// Notes what an entry says of the resolution (TIFF 6.0, section 8): two RATIONAL and a SHORT. Some programs write
    /// whole numbers, and viewers take them.
    fn state(&mut self, entry: &Entry) {
        let rational = |walk: &Self| match (entry.kind, entry.count) {
            (3 | 4, 1) => Some((walk.number(entry)?, 1)),
            (5 | 10, 1) => {
                let at = entry.value.clone()?.start;
                Some((walk.u32(at)?, walk.u32(at.checked_add(4)?)?))
            }
            _ => None,
        };
        match entry.tag {
            0x011A if self.stated.x.is_none() => self.stated.x = rational(self),
            0x011B if self.stated.y.is_none() => self.stated.y = rational(self),
            0x0128 if self.stated.unit.is_none() && (entry.kind, entry.count) == (3, 1) => {
                self.stated.unit = self.number(entry);
            }
            _ => {}
        }
    }

    fn number(&self, entry: &Entry) -> Option<u32> {
        if entry.count == 0 {
            return None;
        }
        match entry.kind {
            1 | 7 => self.tiff.get(entry.at + 8).map(|b| u32::from(*b)),
            3 => self.u16(entry.at + 8).map(u32::from),
            4 => self.u32(entry.at + 8),
            _ => None,
        }
    }

    /// The bytes of the JPEG thumbnail, from its offset (513) and the length (514) in the entry after it.
    fn thumbnail(&self, entry: &Entry, directory: Directory) -> Option<Range<u64>> {
        let start = self.number(entry)?;
        let next = self.entry(entry.at + 12).filter(|next| next.tag == 0x0202 && directory == Directory::Image(1))?;
        let end = start.checked_add(self.number(&next)?).filter(|end| *end as usize <= self.tiff.len())?;
        Some(u64::from(start)..u64::from(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimal_block_says_the_orientation_and_nothing_else() {
        let mut tried = 0;
        for turn in 1..=8 {
            let block = read(&minimal(turn));
            assert_eq!(block.turn(), Some(turn));
            assert_eq!(is_minimal(&minimal(turn)), turn != 1);
            tried += 1;
        }
        assert_eq!(tried, 8);
    }

    #[test]
    fn a_carrying_block_says_turn_and_resolution_and_is_minimal() {
        let mut tried = 0;
        for (x, y, unit) in [((300, 1), (300, 1), 2), ((28346, 1000), (28346, 1000), 3), ((72_009, 1000), (150, 2), 2)]
        {
            let stated = resolution::Stated { x: Some(x), y: Some(y), unit: Some(unit) }.settle();
            for turn in [None, Some(1), Some(3), Some(8)] {
                let block = carrying(turn, stated).expect("a resolution");
                let again = read(&block);
                assert_eq!((again.turn(), again.resolution), (turn.filter(|turn| *turn != 1), stated));
                assert!(is_minimal(&block) && !is_minimal(&[&block[..], b"x"].concat()));
                tried += 1;
            }
        }
        assert_eq!(tried, 12);
        assert_eq!(carrying(Some(1), None), None);
    }

    #[test]
    fn a_ring_of_directories_ends() {
        let mut ring = minimal(6).to_vec();
        ring[25] = 8;
        assert_eq!(read(&ring).turn(), Some(6));
        let mut self_pointer = minimal(6).to_vec();
        self_pointer[10..12].copy_from_slice(&[0x87, 0x69]);
        self_pointer[18..22].copy_from_slice(&[0, 0, 0, 8]);
        assert_eq!(read(&self_pointer).turn(), None);
    }

    #[test]
    fn rubbish_is_one_find() {
        for rubbish in [&b""[..], b"II", b"MM\0*\xff\xff\xff\xff", b"hello"] {
            assert_eq!(read(rubbish).finds, vec![(Code::ExifOther, 0..rubbish.len() as u64)]);
        }
    }
}
