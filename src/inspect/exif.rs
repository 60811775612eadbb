//! Exif blocks: the witness's own list of their entries, and kamadak-exif's reading of what they say.
//!
//! Exif 2.32 (CIPA DC-008) section 4.6; TIFF 6.0 section 2. The library sees a block only after the own list has shown
//! that it is small: at most 1 MiB, 2,000 entries, and values of no more than twice the block's length.

use super::bytes::Bytes;
use super::jpeg;
use super::{Discovery, Trouble};
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use crate::recording::Identifier;
use std::ops::Range;

/// The longest block that is read.
pub(super) const LONGEST: usize = 1 << 20;
const MOST_ENTRIES: usize = 2_000;
const MOST_DIRECTORIES: usize = 16;

/// Which directory an entry stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directory {
    Main,
    Thumbnail,
    Exif,
    Gps,
    Interoperability,
}

#[derive(Debug, Clone)]
struct Entry {
    directory: Directory,
    tag: u16,
    value: Range<usize>,
}

/// What the entries are: directory, tag, kind, and what a person calls it. Whatever is not named here is an other entry.
const NAMED: &[(Directory, u16, Code, &str)] = {
    use Code::{ExifDate, ExifDevice, ExifMakerNote, ExifOrientation, ExifPerson, ExifSerial, ExifText, Iptc, Xmp};
    use Directory::{Exif, Gps, Main};
    &[
        (Main, 0x010e, ExifText, "picture description"),
        (Main, 0x010f, ExifDevice, "camera make"),
        (Main, 0x0110, ExifDevice, "camera model"),
        (Main, 0x0112, ExifOrientation, "orientation"),
        (Main, 0x0131, ExifDevice, "software"),
        (Main, 0x0132, ExifDate, "date of change"),
        (Main, 0x013b, ExifPerson, "artist"),
        (Main, 0x013c, ExifDevice, "host computer"),
        (Main, 0x02bc, Xmp, "XMP block in Exif"),
        (Main, 0x8298, ExifPerson, "copyright"),
        (Main, 0x83bb, Iptc, "IPTC block in Exif"),
        (Main, 0x8649, Iptc, "Photoshop block in Exif"),
        (Main, 0x9c9b, ExifText, "title"),
        (Main, 0x9c9c, ExifText, "comment"),
        (Main, 0x9c9d, ExifPerson, "author"),
        (Main, 0x9c9e, ExifText, "keywords"),
        (Main, 0x9c9f, ExifText, "subject"),
        (Main, 0xc614, ExifDevice, "camera model"),
        (Main, 0xc62f, ExifSerial, "camera serial number"),
        (Exif, 0x9003, ExifDate, "date and time taken"),
        (Exif, 0x9004, ExifDate, "date and time digitised"),
        (Exif, 0x9010, ExifDate, "time zone"),
        (Exif, 0x9011, ExifDate, "time zone"),
        (Exif, 0x9012, ExifDate, "time zone"),
        (Exif, 0x9290, ExifDate, "fraction of a second"),
        (Exif, 0x9291, ExifDate, "fraction of a second"),
        (Exif, 0x9292, ExifDate, "fraction of a second"),
        (Exif, 0x927c, ExifMakerNote, "maker note"),
        (Exif, 0x9286, ExifText, "user comment"),
        (Exif, 0xa004, ExifText, "related sound file"),
        (Exif, 0xa420, ExifSerial, "unique picture number"),
        (Exif, 0xa430, ExifPerson, "camera owner"),
        (Exif, 0xa431, ExifSerial, "camera serial number"),
        (Exif, 0xa433, ExifDevice, "lens make"),
        (Exif, 0xa434, ExifDevice, "lens model"),
        (Exif, 0xa435, ExifSerial, "lens serial number"),
        (Exif, 0xa436, ExifText, "picture title"),
        (Exif, 0xa437, ExifPerson, "photographer"),
        (Exif, 0xa438, ExifPerson, "picture editor"),
        (Gps, 0x001d, ExifDate, "GPS date"),
    ]
};

/// What an entry is, where it is one that a person has a name for.
pub(super) fn named(directory: Directory, tag: u16) -> Option<(Code, &'static str)> {
    let entry = NAMED.iter().find(|(d, t, ..)| *d == directory && *t == tag);
    entry.map(|(.., code, label)| (*code, *label))
}

/// A block and the byte order that it declares.
#[derive(Debug)]
struct Block<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl Block<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        let b = self.bytes.get(at..at.checked_add(2)?)?;
        Some(if self.little { u16::from_le_bytes([b[0], b[1]]) } else { u16::from_be_bytes([b[0], b[1]]) })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let b = self.bytes.get(at..at.checked_add(4)?)?;
        let b = [b[0], b[1], b[2], b[3]];
        Some(if self.little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) })
    }

    /// Every entry of every directory. The flag says whether the block is small enough for a library to read.
    fn entries(&self) -> (Vec<Entry>, bool) {
        let mut entries = Vec::new();
        let mut waiting = vec![(Directory::Main, self.u32(4).unwrap_or(0))];
        let (mut directories, mut valued) = (0, 0usize);
        while let Some((directory, offset)) = waiting.pop() {
            directories += 1;
            if directories > MOST_DIRECTORIES {
                return (entries, false);
            }
            let start = offset as usize;
            let count = usize::from(self.u16(start).unwrap_or(0));
            for at in (0..count).map(|i| start + 2 + 12 * i) {
                let (Some(tag), Some(kind), Some(n)) = (self.u16(at), self.u16(at + 2), self.u32(at + 4)) else {
                    break;
                };
                if entries.len() >= MOST_ENTRIES {
                    return (entries, false);
                }
                let length = size_of_type(kind).saturating_mul(n as usize);
                let value = if length <= 4 { at + 8 } else { self.u32(at + 8).unwrap_or(0) as usize };
                let end = value.saturating_add(length).min(self.bytes.len());
                valued = valued.saturating_add(end.saturating_sub(value));
                match (tag, self.u32(at + 8)) {
                    (0x8769, Some(to)) => waiting.push((Directory::Exif, to)),
                    (0x8825, Some(to)) => waiting.push((Directory::Gps, to)),
                    (0xa005, Some(to)) => waiting.push((Directory::Interoperability, to)),
                    _ => entries.push(Entry { directory, tag, value: value.min(end)..end }),
                }
            }
            if matches!(directory, Directory::Main | Directory::Thumbnail)
                && let Some(next @ 1..) = self.u32(start + 2 + 12 * count)
            {
                waiting.push((Directory::Thumbnail, next));
            }
        }
        (entries, valued <= 2 * self.bytes.len() + 4096)
    }
}

fn size_of_type(kind: u16) -> usize {
    match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 => 8,
        _ => 0,
    }
}

fn block(bytes: &[u8]) -> Option<Block<'_>> {
    let little = match bytes.get(..4)? {
        [b'I', b'I', 42, 0] => true,
        [b'M', b'M', 0, 42] => false,
        _ => return None,
    };
    Some(Block { bytes, little })
}

/// Whether a block is a TIFF header and one directory with an orientation, a resolution or both, and not a byte more;
/// kamadak-exif must read the same.
pub(super) fn is_orientation_only(bytes: &[u8]) -> bool {
    let Some(block) = block(bytes) else { return false };
    let Some(count @ (1 | 3 | 4)) = block.u16(8).filter(|_| block.u32(4) == Some(8)) else { return false };
    let end = 10 + 12 * usize::from(count);
    let values = if count > 1 { 16 } else { 0 };
    if bytes.len() != end + 4 + values || block.u32(end) != Some(0) {
        return false;
    }
    let mut at = 10;
    let mut own = true;
    if count != 3 {
        own &= is_short(&block, at, 0x0112, 1..=8);
        at += 12;
    }
    if count > 1 {
        own &= is_density(&block, at, 0x011a, end + 4) && is_density(&block, at + 12, 0x011b, end + 12);
        own &= is_short(&block, at + 24, 0x0128, 1..=3);
    }
    own && quietly(|| {
        let exif = exif::Reader::new().read_raw(bytes.to_vec()).ok()?;
        let listed =
            [exif::Tag::Orientation, exif::Tag::XResolution, exif::Tag::YResolution, exif::Tag::ResolutionUnit];
        let known = |f: &exif::Field| f.ifd_num == exif::In::PRIMARY && listed.contains(&f.tag);
        (exif.fields().count() == usize::from(count) && exif.fields().all(known)).then_some(())
    })
    .is_some()
}

/// One SHORT in the entry itself, and zeros behind it.
fn is_short(block: &Block<'_>, at: usize, tag: u16, values: std::ops::RangeInclusive<u16>) -> bool {
    (block.u16(at), block.u16(at + 2), block.u32(at + 4)) == (Some(tag), Some(3), Some(1))
        && block.u16(at + 8).is_some_and(|value| values.contains(&value))
        && block.u16(at + 10) == Some(0)
}

/// One RATIONAL in its place behind the directory, of a size that pictures have: no more than two million over 1 or 100,
/// or ten thousand over itself. Such numbers have at most two bytes in a row that could be letters.
fn is_density(block: &Block<'_>, at: usize, tag: u16, value: usize) -> bool {
    let entry = (block.u16(at), block.u16(at + 2), block.u32(at + 4)) == (Some(tag), Some(5), Some(1))
        && block.u32(at + 8).is_some_and(|offset| offset as usize == value);
    let below = block.u32(value + 4).filter(|below| matches!(below, 1 | 100 | 10_000));
    entry
        && block.u32(value).zip(below).is_some_and(|(above, below)| {
            let most = if below == 10_000 { 10_000 } else { 2_000_000 };
            (1..=most).contains(&above)
        })
}

/// Runs a library over bytes that have been checked; should it still panic, it has simply seen nothing.
pub(super) fn quietly<T>(read: impl FnOnce() -> Option<T>) -> Option<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).ok().flatten()
}

/// Lists what a block at `offset` of the file holds.
pub(super) fn discover(bytes: &[u8], part: &str, offset: u64, out: &mut Discovery) -> Result<(), Trouble> {
    let Some(block) = block(bytes) else {
        let place = Place::bytes(part, offset, bytes.len() as u64);
        out.push(Finding::new(Code::ExifOther, place, Action::Remove).labelled("unreadable Exif block"));
        return Ok(());
    };
    let (entries, small) = block.entries();
    let said = if small && bytes.len() <= LONGEST { read(bytes, out) } else { Vec::new() };
    let place = |r: &Range<usize>| Place::bytes(part, offset + r.start as u64, r.len() as u64);
    let value = |tag: u16, directory: Directory, r: &Range<usize>| {
        let said = said.iter().find(|(d, t, _)| *d == directory && *t == tag).map(|(_, _, text)| text.clone());
        said.unwrap_or_else(|| Identifier::new(&bytes[r.start..r.end.min(r.start + 256)]))
    };
    let (mut others, mut gps) = (0u64, false);
    for entry in &entries {
        let named = NAMED.iter().find(|(d, t, ..)| *d == entry.directory && *t == entry.tag);
        if let Some((directory, tag, code, label)) = named {
            let action = if *code == Code::ExifOrientation { Action::Keep } else { Action::Remove };
            let finding = Finding::new(*code, place(&entry.value), action).labelled(*label);
            out.push_with(finding, value(*tag, *directory, &entry.value));
        } else if entry.directory == Directory::Gps {
            if !gps {
                let label = if (1..=4).contains(&entry.tag) { "GPS position" } else { "GPS entries" };
                let finding =
                    Finding::new(Code::ExifGps, Place::bytes(part, offset, bytes.len() as u64), Action::Remove);
                let text = position(&said).unwrap_or_else(|| value(entry.tag, Directory::Gps, &entry.value));
                out.push_with(finding.labelled(label), text);
            }
            gps = true;
        } else {
            others += 1;
        }
    }
    if others > 0 {
        let label = format!("{others} other Exif {}", if others == 1 { "entry" } else { "entries" });
        let place = Place::bytes(part, offset, bytes.len() as u64);
        out.push(Finding::new(Code::ExifOther, place, Action::Remove).labelled(label));
    }
    thumbnail(&block, &entries, part, offset, out)
}

/// Whether a block says that the colours are those of Adobe RGB: no calibrated space, and the optional file of DCF 2.0.
pub(super) fn is_in_adobe_rgb(bytes: &[u8]) -> bool {
    let Some(block) = block(bytes) else { return false };
    let (entries, _) = block.entries();
    let of = |directory: Directory, tag: u16| entries.iter().find(|e| (e.directory, e.tag) == (directory, tag));
    let space = of(Directory::Exif, 0xa001).and_then(|e| block.u16(e.value.start));
    let index = of(Directory::Interoperability, 1).and_then(|e| bytes.get(e.value.clone()));
    space == Some(0xffff) && index.is_some_and(|index| index.starts_with(b"R03"))
}

/// The year of making that a block states, and nothing else of it.
pub(super) fn year(bytes: &[u8]) -> Option<u16> {
    let (_, small) = block(bytes)?.entries();
    if !small || bytes.len() > LONGEST {
        return None;
    }
    quietly(|| year_of(&parse(bytes)?))
}

fn parse(bytes: &[u8]) -> Option<exif::Exif> {
    let mut reader = exif::Reader::new();
    reader.continue_on_error(true);
    let exif = reader.read_raw(bytes.to_vec());
    exif.or_else(|error| error.distill_partial_result(|_| {})).ok()
}

fn year_of(exif: &exif::Exif) -> Option<u16> {
    let tags = [exif::Tag::DateTimeOriginal, exif::Tag::DateTimeDigitized, exif::Tag::DateTime];
    tags.iter().find_map(|tag| match &exif.get_field(*tag, exif::In::PRIMARY)?.value {
        exif::Value::Ascii(texts) => Some(exif::DateTime::from_ascii(texts.first()?).ok()?.year),
        _ => None,
    })
}

/// What kamadak-exif reads; also the year of making, for the era.
fn read(bytes: &[u8], out: &mut Discovery) -> Vec<(Directory, u16, Identifier)> {
    quietly(|| {
        let exif = parse(bytes)?;
        out.made_in(year_of(&exif).unwrap_or(0));
        let fields = exif.fields().filter_map(|field| {
            let directory = match (field.tag.context(), field.ifd_num) {
                (exif::Context::Tiff, exif::In::PRIMARY) => Directory::Main,
                (exif::Context::Tiff, _) => Directory::Thumbnail,
                (exif::Context::Exif, _) => Directory::Exif,
                (exif::Context::Gps, _) => Directory::Gps,
                _ => return None,
            };
            let short = match &field.value {
                exif::Value::Ascii(texts) => texts.iter().map(Vec::len).sum::<usize>() <= 4096,
                exif::Value::Undefined(bytes, _) => bytes.len() <= 4096,
                exif::Value::Byte(bytes) => bytes.len() <= 4096,
                _ => true,
            };
            let text = if short { field.display_value().to_string() } else { "…".to_owned() };
            Some((directory, field.tag.number(), Identifier::from(text)))
        });
        Some(fields.collect())
    })
    .unwrap_or_default()
}

fn position(said: &[(Directory, u16, Identifier)]) -> Option<Identifier> {
    let of =
        |tag| said.iter().find(|(d, t, _)| *d == Directory::Gps && *t == tag).map(|(_, _, text)| text.reveal_text());
    let text = [1, 2, 3, 4].iter().filter_map(|tag| of(*tag)).collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then(|| Identifier::from(text))
}

fn thumbnail(
    block: &Block<'_>,
    entries: &[Entry],
    part: &str,
    offset: u64,
    out: &mut Discovery,
) -> Result<(), Trouble> {
    let number = |tag| {
        let entry = entries.iter().find(|e| e.directory == Directory::Thumbnail && e.tag == tag)?;
        block.u32(entry.value.start).map(|n| n as usize)
    };
    let (Some(start), Some(length)) = (number(0x0201), number(0x0202)) else { return Ok(()) };
    let end = start.saturating_add(length).min(block.bytes.len());
    let picture = block.bytes.get(start..end).unwrap_or_default();
    let size = picture_size(picture)?;
    let label = size.map_or("embedded thumbnail".to_owned(), |(w, h)| format!("embedded thumbnail {w}×{h}"));
    let place = Place::bytes(part, offset + start.min(end) as u64, picture.len() as u64);
    out.push(Finding::new(Code::Thumbnail, place, Action::Remove).labelled(label));
    Ok(())
}

/// Width and height of a JPEG in memory, if it is one.
pub(super) fn picture_size(picture: &[u8]) -> Result<Option<(u32, u32)>, Trouble> {
    if !picture.starts_with(&[0xff, 0xd8]) {
        return Ok(None);
    }
    let mut bytes = Bytes::over(picture);
    let mut walk = jpeg::Walk::new(0..picture.len() as u64);
    while let Some(part) = walk.next(&mut bytes)? {
        if let jpeg::Part::Segment { marker, payload, .. } = part
            && jpeg::is_frame(marker)
        {
            return Ok(jpeg::size(&picture[payload.start as usize..payload.end as usize]));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolution_of_plausible_numbers_may_stand_with_it() {
        let entry = |tag: u16, kind: u16, value: u32| {
            [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &[0, 0, 0, 1], &value.to_be_bytes()].concat()
        };
        let made = |above: u32, below: u32, unit: u32| {
            let values = [above, below, above, below].map(u32::to_be_bytes).concat();
            [
                &b"MM\0*\0\0\0\x08\0\x04"[..],
                &entry(0x0112, 3, 6 << 16),
                &entry(0x011a, 5, 62),
                &entry(0x011b, 5, 70),
                &entry(0x0128, 3, unit << 16),
                &[0; 4],
                &values,
            ]
            .concat()
        };
        let letters = u32::from_be_bytes(*b"CANA");
        let cases = [
            (made(300, 1, 2), true),
            (made(7_201, 100, 2), true),
            (made(118, 1, 3), true),
            (made(300, 1, 4), false),
            (made(300, 7, 2), false),
            (made(letters, 1, 2), false),
            (made(letters, letters, 2), false),
            (made(0, 1, 2), false),
            ([made(300, 1, 2), b"x".to_vec()].concat(), false),
        ];
        let mut tried = 0;
        for (block, expected) in cases {
            assert_eq!(is_orientation_only(&block), expected, "{tried}");
            tried += 1;
        }
        assert_eq!(tried, 9);
    }

    #[test]
    fn only_an_orientation_and_nothing_else_is_an_orientation() {
        let good = super::super::fixture::orientation(6);
        assert!(is_orientation_only(&good));
        let mut tried = 0;
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                // The values 1 to 8 are all orientations.
                assert_eq!(is_orientation_only(&bad), at == 18 && (1..=8).contains(&bad[18]), "{at} {bit}");
                tried += 1;
            }
        }
        assert_eq!(tried, 26 * 8);
        assert!(!is_orientation_only(&[&good[..], b"x"].concat()) && !is_orientation_only(&good[..25]));
    }
}
