//! What an MP3 file holds beside its sound, in the words of people.

use super::frames::{describes, frame};
use super::tags::{Field, fields, items, length};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::bytes::Bytes;
use crate::inspect::little::le32;
use crate::inspect::{Discovery, Trouble};
use crate::place::Place;
use crate::recording::Identifier;
use std::ops::Range;

/// How much of a text is shown.
const SHOWN: usize = 4096;
/// How far behind its tags the first frame is looked for.
const AHEAD: u64 = 1 << 20;
/// How much of the end is looked through for tags.
const END: u64 = 1 << 20;

/// Lists what an MP3 file holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let length = bytes.len();
    let at = tags_before(&mut bytes, 0..length, out)?;
    let start = first(&mut bytes, at)?;
    if start > at {
        ape(&mut bytes, at..start, out)?;
        out.push(Finding::new(Code::Junk, Place::bytes("before the sound", at, start - at), Action::Remove));
    }
    if let Some(first) = frame(&mut bytes, start)? {
        let head = bytes.copy(start..start + first.length, 8192)?;
        let names: [&[u8]; 4] = [b"LAME", b"Lavf", b"Lavc", b"GOGO"];
        let named = names.iter().find_map(|name| memchr::memmem::find(&head, name));
        if describes(&head, &first)
            && let Some(at) = named.filter(|at| head.get(at + 4).is_some_and(|b| *b != 0))
        {
            let place = Place::bytes("first frame", start, first.length);
            let text = head.get(at..at + 9).unwrap_or_default();
            out.push_with(
                Finding::new(Code::TagDevice, place, Action::Replace).labelled("encoder"),
                Identifier::new(text),
            );
        }
    }
    ends(&mut bytes, start, out)
}

/// Lists the ID3v2 tags that a range begins with; where they end.
pub(in crate::inspect) fn tags_before(
    bytes: &mut Bytes<'_>,
    range: Range<u64>,
    out: &mut Discovery,
) -> Result<u64, Trouble> {
    let mut at = range.start;
    while let Some(length) = length(bytes, at)?.filter(|_| at < range.end) {
        let end = (at + length).min(range.end);
        tag(bytes, at..end, out)?;
        at = end;
    }
    Ok(at)
}

/// The year that a tag states.
pub(in crate::inspect) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut out = Discovery::default();
    discover(source, &mut out)?;
    Ok(out.year)
}

/// Where frames begin at or after `at`.
fn first(bytes: &mut Bytes<'_>, mut at: u64) -> Result<u64, Trouble> {
    let end = bytes.len().min(at.saturating_add(AHEAD));
    let from = at;
    while let Some(found) = bytes.find(0xff, at, end)? {
        if let Some(one) = frame(bytes, found)? {
            let next = found + one.length;
            if next >= bytes.len() || frame(bytes, next)?.is_some_and(|f| f.kind == one.kind) {
                return Ok(found);
            }
        }
        at = found + 1;
    }
    Ok(from)
}

fn tag(bytes: &mut Bytes<'_>, range: Range<u64>, out: &mut Discovery) -> Result<(), Trouble> {
    let all = fields(bytes, range.clone())?;
    if all.is_empty() {
        let place = Place::bytes("ID3v2", range.start, range.end - range.start);
        out.push(Finding::new(Code::TagText, place, Action::Remove).labelled("ID3 tag"));
    }
    tell(bytes, all, "ID3v2", out)
}

fn tell(bytes: &mut Bytes<'_>, all: Vec<Field>, part: &str, out: &mut Discovery) -> Result<(), Trouble> {
    for field in all {
        let text = bytes.copy(field.range.clone(), SHOWN)?;
        if field.dated {
            stated(&text).into_iter().for_each(|year| out.made_in(year));
        }
        let place = Place::bytes(part, field.range.start, field.range.end - field.range.start);
        out.push_with(Finding::new(field.code, place, Action::Remove).labelled(field.label), Identifier::new(text));
    }
    Ok(())
}

/// The first four digits of a text in any of ID3's codings.
fn stated(text: &[u8]) -> Option<u16> {
    let digits: String = text.iter().filter(|b| b.is_ascii_digit()).take(4).map(|b| char::from(*b)).collect();
    digits.parse().ok().filter(|_| digits.len() == 4)
}

/// Tags at the end of the file: ID3 of version 1, APE, lyrics, and a second ID3v2.
pub(in crate::inspect) fn ends(bytes: &mut Bytes<'_>, start: u64, out: &mut Discovery) -> Result<(), Trouble> {
    let length_of_all = bytes.len();
    let from = length_of_all.saturating_sub(END).max(start);
    let tail = bytes.copy(from..length_of_all, END as usize)?;
    let place = |name: &str, at: usize, length: usize| Place::bytes(name, from + at as u64, length as u64);
    for (name, label) in
        [(&b"LYRICSBEGIN"[..], "lyrics"), (b"3DI", "ID3 tag"), (b"TAG+", "ID3 tag of version 1, longer")]
    {
        if let Some(at) = memchr::memmem::rfind(&tail, name) {
            let text = tail[at..tail.len().min(at + SHOWN)].to_vec();
            let finding =
                Finding::new(Code::TagText, place(label, at, tail.len() - at), Action::Remove).labelled(label);
            out.push_with(finding, Identifier::new(text));
        }
    }
    if let Some(at) = memchr::memmem::find(&tail, b"ID3").filter(|at| tail.get(at + 3).is_some_and(|v| *v < 5)) {
        let begin = from + at as u64;
        if let Some(length) = length(bytes, begin)?.filter(|n| begin + n <= length_of_all) {
            tag(bytes, begin..begin + length, out)?;
        }
    }
    if memchr::memmem::find(&tail, b"APETAGEX").is_some() {
        ape(bytes, from..length_of_all, out)?;
    }
    if tail.len() >= 128 && tail[tail.len() - 128..].starts_with(b"TAG") {
        let at = tail.len() - 128;
        stated(&tail[at + 93..at + 97]).into_iter().for_each(|year| out.made_in(year));
        let finding = Finding::new(Code::TagText, place("ID3v1", at, 128), Action::Remove);
        out.push_with(finding.labelled("title, artist, album, year, comment"), Identifier::new(&tail[at + 3..]));
    }
    Ok(())
}

/// The items of the APE tag in a range: behind its header, or before its footer.
fn ape(bytes: &mut Bytes<'_>, range: Range<u64>, out: &mut Discovery) -> Result<(), Trouble> {
    let all = bytes.copy(range.clone(), END as usize)?;
    let Some(at) = memchr::memmem::find(&all, b"APETAGEX") else { return Ok(()) };
    let size = le32(&all, at + 12).map_or(0, u64::from);
    let here = range.start + at as u64;
    let header = le32(&all, at + 20).is_some_and(|flags| flags & 0x2000_0000 != 0);
    let items_at = if header {
        here + 32..(here + size).min(range.end)
    } else {
        here.saturating_sub(size.saturating_sub(32)).max(range.start)..here
    };
    let found = items(bytes, items_at)?;
    tell(bytes, found, "APE", out)
}
