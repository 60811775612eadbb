//! What a film or sound recording holds beside its pictures and sound, in the words of people.
//!
//! ISO/IEC 14496-12, 8.2.2 and 8.10; 3GPP TS 26.244, 8 (`loci` and other user data); QuickTime File Format, "User Data
//! Atoms" and "Metadata Structure"; GoPro's and Apple's metadata tracks by their sample entries.

use super::cleared::film;
use super::clock::Clock;
use super::kind::Kind;
use super::track::{Track, boxes, tracks};
use super::{NEEDED, WORDS};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::boxes::{Box4, Walk, is_zero, name};
use crate::inspect::bytes::{Bytes, be32};
use crate::inspect::trailer::size;
use crate::inspect::{Discovery, Trouble};
use crate::place::Place;
use crate::recording::Identifier;

/// Seconds from 1904, from which films count, to 1970, and in a year.
const FROM_1904: u64 = 2_082_844_800;
/// The longest text that is shown.
const SHOWN: usize = 256;
/// How deep metadata may be nested.
const DEEPEST: u8 = 8;

/// The year of making, from the film's own header or its metadata.
pub(in crate::inspect) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut out = Discovery::default();
    discover(source, &mut out)?;
    Ok(out.year)
}

/// Lists what a file holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let mut walk = Walk::new(0..bytes.len());
    let (mut first, mut jumps) = (true, None);
    while let Some(found) = walk.next(&mut bytes)? {
        match &found.kind {
            b"moov" => inside(&mut bytes, &found, DEEPEST, out)?,
            b"ftyp" if first => {}
            b"mfra" if found.whole => jumps = Some(found.clone()),
            b"mdat" | b"moof" | b"styp" | b"sidx" | b"mfra" => {}
            _ if !found.whole => {
                let length = found.range.end - found.range.start;
                let label = format!("data of {} behind the film", size(length));
                tell(out, Code::Trailer, &label, "trailer", &found);
            }
            _ => other(&mut bytes, &found, DEEPEST, out)?,
        }
        first = false;
    }
    let Some(film) = film(&mut bytes)? else { return Ok(()) };
    let all = tracks(&mut bytes, &film)?;
    let chapters: Vec<u32> = all.iter().flat_map(|track| track.chapters.iter().copied()).collect();
    dates(source, &mut bytes, (&film, jumps), (&all, &chapters), out)?;
    let has = |handler: &[u8; 4]| all.iter().any(|track| &track.handler == handler && !chapters.contains(&track.id));
    out.both = has(b"soun") && has(b"vide");
    for track in &all {
        self::track(source, &mut bytes, track, chapters.contains(&track.id), out)?;
    }
    Ok(())
}

/// Times that count from a date: in the tracks and their fragments, or in the list of places to jump to.
fn dates(
    source: &dyn Source,
    bytes: &mut Bytes<'_>,
    (film, jumps): (&Box4, Option<Box4>),
    (tracks, chapters): (&[Track], &[u32]),
    out: &mut Discovery,
) -> Result<(), Trouble> {
    let needed = |track: &Track| {
        let chapter = chapters.contains(&track.id) && &track.handler != b"soun";
        !chapter && (NEEDED.contains(&&track.handler) || WORDS.contains(&&track.handler))
    };
    let clock = Clock::of(bytes, film, tracks, needed)?;
    let mut dated = clock.has_date();
    for list in jumps.map_or(Ok(Vec::new()), |jumps| boxes(bytes, jumps.data))? {
        dated |= &list.kind == b"tfra" && clock.jumps_to_date(source, &list).unwrap_or(false);
    }
    if dated {
        tell(out, Code::Time, "date in the times of the film", "film", film);
    }
    Ok(())
}

fn tell(out: &mut Discovery, code: Code, label: &str, part: &str, found: &Box4) {
    let place = Place::bytes(part, found.range.start, found.range.end - found.range.start);
    let action = if code == Code::Time { Action::Replace } else { Action::Remove };
    out.push(Finding::new(code, place, action).labelled(label));
}

fn tell_with(out: &mut Discovery, code: Code, label: &str, found: &Box4, value: &[u8]) {
    let place = Place::bytes(found.name(), found.range.start, found.range.end - found.range.start);
    let value = Identifier::new(&value[..value.len().min(SHOWN)]);
    out.push_with(Finding::new(code, place, Action::Remove).labelled(label), value);
}

/// The boxes of the film's description that tell something.
fn inside(bytes: &mut Bytes<'_>, found: &Box4, depth: u8, out: &mut Discovery) -> Result<(), Trouble> {
    if depth == 0 {
        return Ok(());
    }
    for part in boxes(bytes, found.data.clone())? {
        match &part.kind {
            b"trak" | b"mdia" | b"minf" | b"stbl" | b"edts" => inside(bytes, &part, depth - 1, out)?,
            b"mvhd" | b"tkhd" | b"mdhd" => header(bytes, &part, out)?,
            b"hdlr" => handler(bytes, &part, out)?,
            b"stsd" => compressor(bytes, &part, out)?,
            b"free" | b"skip" | b"wide" | b"udta" | b"meta" | b"uuid" => other(bytes, &part, depth - 1, out)?,
            _ => {}
        }
    }
    Ok(())
}

fn header(bytes: &mut Bytes<'_>, part: &Box4, out: &mut Discovery) -> Result<(), Trouble> {
    let content = bytes.copy(part.data.clone(), 112)?;
    let (made, end) = match content.first() {
        Some(1) => (be32(&content, 4).map_or(0, u64::from) << 32 | be32(&content, 8).map_or(0, u64::from), 20),
        _ => (be32(&content, 4).map_or(0, u64::from), 12),
    };
    if content.get(4..end).is_some_and(|times| times.iter().any(|b| *b != 0)) {
        tell(out, Code::Time, "time of making or change", &part.name(), part);
    }
    if let Some(since) = made.checked_sub(FROM_1904) {
        // Days since 1970 to a year; a day of error at a new year does not matter for the era.
        let year = 1970 + since / 86_400 * 400 / 146_097;
        if let Some(year) = u16::try_from(year).ok().filter(|year| *year > 1970) {
            out.made_in(year);
        }
    }
    if &part.kind == b"tkhd" && out.size.is_none() && content.len() >= end + 72 {
        let at = content.len().min(if end == 20 { 96 } else { 84 }) - 8;
        let side = |at| be32(&content, at).map_or(0, |side: u32| side >> 16);
        if side(at) > 0 && side(at + 4) > 0 {
            out.size = Some((side(at), side(at + 4)));
        }
    }
    Ok(())
}

fn handler(bytes: &mut Bytes<'_>, part: &Box4, out: &mut Discovery) -> Result<(), Trouble> {
    let content = bytes.copy(part.data.clone(), 4096)?;
    let text = content.get(24.min(content.len())..).unwrap_or_default();
    if text.iter().any(|b| *b != 0) {
        tell_with(out, Code::ItemName, "name of a handler", part, text);
    }
    Ok(())
}

fn compressor(bytes: &mut Bytes<'_>, part: &Box4, out: &mut Discovery) -> Result<(), Trouble> {
    let content = bytes.copy(part.data.clone(), 102)?;
    let visual =
        content.get(12..16).is_some_and(|kind| matches!(kind, b"avc1" | b"hvc1" | b"hev1" | b"mp4v" | b"jpeg"));
    if visual && let Some(text) = content.get(66..98).filter(|text| text.iter().any(|b| *b != 0)) {
        tell_with(out, Code::EncoderNote, "name of the compressor", part, text);
    }
    Ok(())
}

/// What user data of this type say: code and label.
fn user_data(kind: &[u8; 4]) -> (Code, &'static str) {
    match kind {
        b"\xa9xyz" | b"loci" | b"GPS " | b"\xa9gps" => (Code::Position, "GPS position"),
        b"\xa9mak" | b"\xa9mod" | b"\xa9swr" | b"\xa9too" | b"manu" | b"modl" | b"FIRM" | b"LENS" | b"CAME"
        | b"\xa9enc" => (Code::Device, "device or program"),
        b"\xa9day" | b"date" | b"yrrc" => (Code::Time, "time of recording"),
        b"covr" => (Code::CoverArt, "cover picture"),
        b"chpl" => (Code::Text, "list of chapters"),
        b"\xa9cmt" | b"desc" | b"ldes" | b"\xa9inf" => (Code::Comment, "comment"),
        b"\xa9ART" | b"\xa9aut" | b"\xa9wrt" | b"auth" | b"perf" | b"aART" => (Code::Text, "name of a person"),
        b"\xa9nam" | b"titl" => (Code::Text, "title"),
        b"XMP_" => (Code::Xmp, "XMP block"),
        [0xA9, ..] => (Code::Text, "text"),
        _ => (Code::ApplicationData, "application data"),
    }
}

/// What a key of Apple's metadata is about.
fn keyed(key: &[u8]) -> (Code, &'static str) {
    let has = |word: &[u8]| memchr::memmem::find(key, word).is_some();
    match () {
        () if has(b"location") => (Code::Position, "GPS position"),
        () if has(b"make") || has(b"model") || has(b"software") => (Code::Device, "device or program"),
        () if has(b"date") => (Code::Time, "time of recording"),
        () if has(b"identifier") => (Code::ApplicationData, "identifier of the recording"),
        () if has(b"artwork") => (Code::CoverArt, "cover picture"),
        () => (Code::Text, "text"),
    }
}

/// A box that is no part of the film itself.
fn other(bytes: &mut Bytes<'_>, found: &Box4, depth: u8, out: &mut Discovery) -> Result<(), Trouble> {
    match &found.kind {
        b"free" | b"skip" | b"wide" => {
            if !is_zero(bytes, found.data.clone())? {
                tell(out, Code::Junk, "bytes in free space", &found.name(), found);
            }
        }
        b"udta" if depth > 0 => {
            for part in boxes(bytes, found.data.clone())? {
                match &part.kind {
                    b"meta" => other(bytes, &part, depth - 1, out)?,
                    b"free" | b"skip" => {}
                    kind => user(bytes, kind, &part, out)?,
                }
            }
        }
        b"meta" if depth > 0 => meta(bytes, found, out)?,
        b"uuid" => {
            let id = bytes.copy(found.data.clone(), 4)?;
            let (code, label) = match id.as_slice() {
                [0xBE, 0x7A, 0xCF, 0xCB] => (Code::Xmp, "XMP block"),
                [0xD8, 0xFE, 0xC3, 0xD6] => (Code::Provenance, "content credentials"),
                _ => (Code::ApplicationData, "application data"),
            };
            tell(out, code, label, "uuid", found);
        }
        b"emsg" => tell(out, Code::ApplicationData, "messages among the fragments", "emsg", found),
        b"prft" => tell(out, Code::Time, "time of recording of a fragment", "prft", found),
        _ => tell(out, Code::ApplicationData, "application data", &found.name(), found),
    }
    Ok(())
}

fn user(bytes: &mut Bytes<'_>, kind: &[u8; 4], part: &Box4, out: &mut Discovery) -> Result<(), Trouble> {
    let value = bytes.copy(part.data.clone(), SHOWN)?;
    if value.iter().all(|b| *b == 0) {
        return Ok(());
    }
    let (code, label) = user_data(kind);
    if matches!(kind, b"\xa9day") {
        stated_year(&value, out);
    }
    tell_with(out, code, label, part, &value);
    Ok(())
}

/// The first four digits in a row.
fn stated_year(value: &[u8], out: &mut Discovery) {
    let digits = value.windows(4).find(|four| four.iter().all(u8::is_ascii_digit));
    if let Some(year) = digits.and_then(|four| std::str::from_utf8(four).ok()?.parse().ok()) {
        out.made_in(year);
    }
}

/// `meta`, with or without a version before its boxes: keys, and the list of values.
fn meta(bytes: &mut Bytes<'_>, found: &Box4, out: &mut Discovery) -> Result<(), Trouble> {
    let head = bytes.copy(found.data.clone(), 8)?;
    let skip = if head.get(4..8).is_some_and(|kind| kind == b"hdlr") { 0 } else { 4 };
    let start = (found.data.start + skip).min(found.data.end);
    let (mut keys, mut told) = (Vec::new(), false);
    for part in boxes(bytes, start..found.data.end)? {
        match &part.kind {
            b"keys" => {
                let inner = (part.data.start + 8).min(part.data.end)..part.data.end;
                for key in boxes(bytes, inner)?.into_iter().take(1_000) {
                    keys.push(bytes.copy(key.data, 128)?);
                }
            }
            b"ilst" => {
                for item in boxes(bytes, part.data.clone())?.into_iter().take(2_000) {
                    told = true;
                    let index = u32::from_be_bytes(item.kind) as usize;
                    let (code, label) = match index.checked_sub(1).and_then(|index| keys.get(index)) {
                        Some(key) => keyed(key),
                        None => user_data(&item.kind),
                    };
                    let value = bytes.copy((item.data.start + 16).min(item.data.end)..item.data.end, SHOWN)?;
                    if code == Code::Time {
                        stated_year(&value, out);
                    }
                    tell_with(out, code, label, &part, &value);
                }
            }
            b"xml " | b"bxml" => tell(out, Code::Xmp, "XML block", &part.name(), &part),
            _ => {}
        }
    }
    if !told {
        tell(out, Code::Text, "metadata of the file", "meta", found);
    }
    Ok(())
}

/// A track: what it is where it goes, and what its samples say where it stays.
fn track(
    source: &dyn Source,
    bytes: &mut Bytes<'_>,
    track: &Track,
    chapter: bool,
    out: &mut Discovery,
) -> Result<(), Trouble> {
    let place = Place::bytes("trak", track.range.start, track.range.end - track.range.start);
    let needed = NEEDED.contains(&&track.handler);
    if WORDS.contains(&&track.handler) && !chapter && matches!(&track.entry, b"tx3g" | b"wvtt") {
        out.push(Finding::new(Code::Subtitles, place, Action::Keep).labelled("subtitles, which stay"));
        return Ok(());
    }
    if needed && (!chapter || &track.handler == b"soun") {
        return messages(source, bytes, track, out);
    }
    let count = track.count(source);
    let (code, what) = match &track.entry {
        _ if chapter => (Code::Text, "list of chapters".to_owned()),
        b"gpmd" | b"camm" => (Code::Position, format!("GPS track of {count} records")),
        b"tmcd" => (Code::MetadataTrack, "track of timecodes".to_owned()),
        b"mebx" | b"rtmd" | b"mett" | b"metx" => (Code::MetadataTrack, format!("track of metadata, {count} records")),
        _ if WORDS.contains(&&track.handler) => (Code::Text, format!("track of texts, {count} records")),
        kind => (Code::MetadataTrack, format!("track of metadata ({}), {count} records", name(*kind).trim())),
    };
    out.push(Finding::new(code, place, Action::Remove).labelled(what));
    Ok(())
}

/// Messages in the first pictures, where encoders introduce themselves.
fn messages(source: &dyn Source, bytes: &mut Bytes<'_>, track: &Track, out: &mut Discovery) -> Result<(), Trouble> {
    const LOOKED_AT: u32 = 64;
    let (hevc, field) = match track.kind {
        Kind::Avc(field) => (false, field),
        Kind::Hevc(field) => (true, field),
        _ => return Ok(()),
    };
    let (mut looked, mut told) = (0, 0);
    let done = track.each(source, &mut |range| {
        looked += 1;
        if looked > LOOKED_AT || told > 0 {
            return Err(Trouble::TooLarge("enough was seen"));
        }
        let mut at = range.start;
        while at + field as u64 + 2 <= range.end.min(bytes.len()) {
            let Some(head) = bytes.get(at, field + 2)? else { break };
            let length = head[..field].iter().fold(0, |sum, b| sum << 8 | u64::from(*b));
            let kind = [head[field], head[field + 1]];
            let start = at + field as u64;
            at = start.saturating_add(length);
            let spoken = super::unit::of(hevc, kind, length) == super::unit::Use::Spoken;
            if spoken && at <= range.end && !super::unit::is_quiet(hevc, &bytes.copy(start..at, 65_536)?) {
                told += 1;
                let place = Place::bytes("coded samples", start, length);
                let finding = Finding::new(Code::EncoderNote, place, Action::Remove);
                out.push(finding.labelled("note in the coded samples"));
            }
        }
        Ok(())
    });
    match done {
        Err(Trouble::TooLarge(_)) | Ok(()) => Ok(()),
        // What cannot be followed is the surgeon's to refuse.
        Err(Trouble::Damaged(_)) => Ok(()),
        Err(other) => Err(other),
    }
}
