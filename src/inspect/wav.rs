//! The witness's own account of WAV, RF64 and BW64: chunks one after the other, and which of them sound needs.
//!
//! Microsoft's RIFF and WAVEFORMATEX; EBU Tech 3306 (RF64); EBU Tech 3285 (bext: the date of origination).

pub(super) mod open;

use super::bytes::{Bytes, compare};
use super::little::{le16, le32};
use super::residue::Haystack;
use super::{Discovery, Evidence, Left, Trouble};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use crate::recording::Identifier;
use std::ops::Range;

/// The most chunks that are read.
const MOST: usize = 100_000;
/// How much of a text is shown.
const SHOWN: usize = 4096;

/// A chunk: its name, where it begins, and its body as far as the file has it.
#[derive(Debug, Clone)]
struct Chunk {
    id: [u8; 4],
    size: u32,
    body: Range<u64>,
    next: u64,
    /// Whether it is sound that does not say how long it is, or says more than there is.
    open: bool,
}

fn form(bytes: &mut Bytes<'_>) -> Result<[u8; 12], Trouble> {
    let head = bytes.get(0, 12)?.and_then(|b| <[u8; 12]>::try_from(b).ok());
    let head = head.ok_or(Trouble::Damaged("the file ends in its header"))?;
    let known = matches!(&head[..4], b"RIFF" | b"RF64" | b"BW64") && &head[8..] == b"WAVE";
    if known { Ok(head) } else { Err(Trouble::Damaged("the file does not begin as a WAV file does")) }
}

/// All chunks of a file. `long` is the length of the sound as the 64-bit chunk states it.
fn chunks(bytes: &mut Bytes<'_>) -> Result<Vec<Chunk>, Trouble> {
    let (mut out, mut at, mut long) = (Vec::new(), 12u64, None);
    while let Some(head) = bytes.get(at, 8)? {
        if out.len() >= MOST {
            return Err(Trouble::TooLarge("chunks without end"));
        }
        let (id, size) = ([head[0], head[1], head[2], head[3]], le32(head, 4).unwrap_or(0));
        let body = at + 8;
        let is_unsaid = &id == b"data" && matches!((size, long), (0, _) | (u32::MAX, None));
        let stated = match (&id, long) {
            (b"data", Some(long)) if size == u32::MAX => long,
            (b"data", None) if is_unsaid => unended(bytes, body)?,
            _ => u64::from(size),
        };
        if &id == b"ds64" {
            let low = bytes.get(body + 8, 8)?.and_then(|b| Some(u64::from(le32(b, 4)?) << 32 | u64::from(le32(b, 0)?)));
            long = low.filter(|n| *n != 0 && *n != u64::from(u32::MAX)).or(long);
        }
        let end = body.saturating_add(stated).min(bytes.len());
        let next = end.saturating_add(stated & 1).min(bytes.len());
        let open = &id == b"data" && (is_unsaid || body.saturating_add(stated) > bytes.len());
        out.push(Chunk { id, size, body: body..end, next, open });
        at = next;
    }
    Ok(out)
}

/// The length of sound that does not state one: none where chunks follow at once, else all the rest.
fn unended(bytes: &mut Bytes<'_>, body: u64) -> Result<u64, Trouble> {
    let rest = bytes.len().saturating_sub(body);
    let next = bytes.get(body, 8)?.map(|b| (b.to_vec(), le32(b, 4).unwrap_or(0)));
    let follows = next.is_some_and(|(b, n)| b[..4].iter().all(u8::is_ascii_graphic) && u64::from(n) <= rest);
    Ok(if follows { 0 } else { rest })
}

/// The year in the broadcast description.
pub(super) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut bytes = Bytes::new(source);
    form(&mut bytes)?;
    for chunk in chunks(&mut bytes)? {
        if &chunk.id == b"bext" {
            return originated(&mut bytes, &chunk);
        }
    }
    Ok(None)
}

/// EBU Tech 3285: OriginationDate stands behind description, originator and its reference.
fn originated(bytes: &mut Bytes<'_>, chunk: &Chunk) -> Result<Option<u16>, Trouble> {
    let date = bytes.copy(chunk.body.start + 320..chunk.body.end, 4)?;
    Ok(std::str::from_utf8(&date).ok().and_then(|digits| digits.parse().ok()))
}

/// What chunks are, in the words of people.
fn named(id: &[u8; 4]) -> Option<(Code, &'static str)> {
    Some(match id {
        b"bext" => (Code::TagText, "broadcast description, with recorder, time and place"),
        b"iXML" | b"axml" | b"bxml" => (Code::TagText, "recorder's notes"),
        b"id3 " | b"ID3 " => (Code::TagText, "ID3 tag"),
        b"cart" | b"DISP" | b"umid" | b"chna" => (Code::TagText, "descriptive text"),
        b"_PMX" => (Code::Xmp, "XMP block"),
        b"cue " | b"smpl" | b"inst" | b"plst" => (Code::Marker, "marks or loops"),
        b"JUNK" | b"junk" | b"FLLR" | b"PAD " => (Code::Junk, "filling"),
        b"fmt " | b"data" | b"fact" | b"ds64" => return None,
        _ => (Code::ApplicationData, "chunk that sound does not need"),
    })
}

/// Lists what a WAV file holds.
pub(super) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    form(&mut bytes)?;
    let all = chunks(&mut bytes)?;
    let mut at = 12;
    for chunk in &all {
        let place = Place::bytes(String::from_utf8_lossy(&chunk.id), at, chunk.next - at);
        at = chunk.next;
        if &chunk.id == b"bext"
            && let Some(year) = originated(&mut bytes, chunk)?
        {
            out.made_in(year);
        }
        let text = bytes.copy(chunk.body.clone(), SHOWN)?;
        let finding = match (&chunk.id, text.get(..4)) {
            (b"LIST", Some(b"INFO")) => {
                Finding::new(Code::TagText, place, Action::Remove).labelled("title, artist and other texts")
            }
            (b"LIST", Some(b"adtl")) => Finding::new(Code::Marker, place, Action::Remove).labelled("names of marks"),
            _ => {
                let Some((code, label)) = named(&chunk.id) else { continue };
                Finding::new(code, Place::bytes(label, chunk.body.start, chunk.next - chunk.body.start), Action::Remove)
                    .labelled(label)
            }
        };
        out.push_with(finding, Identifier::new(text));
    }
    if at < bytes.len() {
        out.push(Finding::new(Code::Trailer, Place::bytes("trailer", at, bytes.len() - at), Action::Remove));
    }
    Ok(())
}

/// Proves an output: format, perhaps the number of samples, sound, with right lengths, and nothing else.
pub(super) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let (mut left, mut hay) = (Left::default(), Haystack::default());
    let head = form(&mut output)?;
    let after = chunks(&mut output)?;
    let ids: Vec<&[u8; 4]> = after.iter().map(|c| &c.id).collect();
    let short: &[&[&[u8; 4]]] = &[&[b"fmt ", b"data"], &[b"fmt ", b"fact", b"data"]];
    let is_long = &head[..4] != b"RIFF";
    let rest = if is_long { ids.strip_prefix(&[b"ds64"]).unwrap_or_default() } else { &ids[..] };
    if !short.contains(&rest) {
        return Err(Trouble::Unaccounted("chunks on no list", Place::bytes("RIFF", 0, output.len())));
    }
    lengths(&mut output, &head, &after, &mut left)?;
    let (Some(format), Some(sound)) = (of(&after, b"fmt "), of(&after, b"data")) else {
        return Err(Trouble::Damaged("there is no sound"));
    };
    let spoken = output.copy(format.body.clone(), 64)?;
    if !is_plain(&spoken) {
        left.note("more than a description of the sound", Place::bytes("fmt", format.body.start, spoken.len() as u64));
    }
    hay.add(spoken.get(20..).unwrap_or_default())?;
    for fact in after.iter().filter(|c| &c.id == b"fact") {
        if fact.size != 4 {
            left.note("more than a number of samples", Place::bytes("fact", fact.body.start, u64::from(fact.size)));
        }
    }
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    same(&mut original, &mut output, &after, format, sound)
}

fn of<'c>(chunks: &'c [Chunk], id: &[u8; 4]) -> Option<&'c Chunk> {
    chunks.iter().find(|c| &c.id == id)
}

/// Every length is that of what it is the length of, and filling is zero.
fn lengths(output: &mut Bytes<'_>, head: &[u8; 12], after: &[Chunk], left: &mut Left) -> Result<(), Trouble> {
    let whole = output.len() - 8;
    let long = &head[..4] != b"RIFF";
    let mut wrong = after.last().is_none_or(|last| last.next != output.len());
    wrong |= le32(head, 4).map(u64::from) != Some(if long { u64::from(u32::MAX) } else { whole });
    for chunk in after {
        let length = chunk.body.end - chunk.body.start;
        let sound = &chunk.id == b"data";
        wrong |= u64::from(chunk.size) != if long && sound { u64::from(u32::MAX) } else { length };
        wrong |= chunk.next - chunk.body.end != length & 1;
        wrong |= output.copy(chunk.body.end..chunk.next, 1)?.iter().any(|b| *b != 0);
        if &chunk.id == b"ds64" {
            let numbers = output.copy(chunk.body.clone(), 28)?;
            let number = |at: usize| Some(u64::from(le32(&numbers, at + 4)?) << 32 | u64::from(le32(&numbers, at)?));
            let sound = of(after, b"data").map_or(0, |c| c.body.end - c.body.start);
            let block = of(after, b"fmt ").map_or(0, |c| c.body.start + 12);
            let block = output.get(block, 2)?.and_then(|b| le16(b, 0)).map_or(0, u64::from);
            let samples = sound.checked_div(block).unwrap_or(0);
            wrong |= length != 28 || number(0) != Some(whole) || number(8) != Some(sound);
            wrong |= number(16) != Some(samples) || le32(&numbers, 24) != Some(0);
        }
    }
    if wrong {
        left.note("lengths that are not those of the parts", Place::bytes("RIFF", 0, 12));
    }
    Ok(())
}

/// A format with just the fields of its coding.
fn is_plain(format: &[u8]) -> bool {
    let extra = le16(format, 16).map(usize::from);
    let tail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
    match le16(format, 0) {
        Some(1 | 3 | 6 | 7) => format.len() == 16 || format.len() == 18 && extra == Some(0),
        Some(0x11 | 0x31) => format.len() == 20 && extra == Some(2),
        Some(2) => {
            let pairs = [256i16, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232];
            let wanted: Vec<u8> = pairs.iter().flat_map(|n| n.to_le_bytes()).collect();
            format.len() == 50 && extra == Some(32) && le16(format, 20) == Some(7) && format[22..] == wanted
        }
        Some(0xfffe) => {
            let known = matches!(le16(format, 24), Some(1 | 3 | 6 | 7));
            format.len() == 40 && extra == Some(22) && known && format[26..] == tail
        }
        _ => false,
    }
}

/// The sound and its description are the original's.
fn same(
    original: &mut Bytes<'_>,
    output: &mut Bytes<'_>,
    after: &[Chunk],
    format: &Chunk,
    sound: &Chunk,
) -> Result<u64, Trouble> {
    let changed = || Err(Trouble::SamplesChanged);
    form(original)?;
    let before = chunks(original)?;
    let (Some(old_format), Some(old)) = (of(&before, b"fmt "), of(&before, b"data")) else { return changed() };
    let described = format.body.end - format.body.start;
    let old_fields = original.copy(old_format.body.clone(), 64)?;
    let fields = output.copy(format.body.clone(), 64)?;
    let kept = if described == 18 { 16 } else { described as usize };
    if old_fields.get(..kept) != fields.get(..kept) {
        return changed();
    }
    if let Some(fact) = of(after, b"fact") {
        let Some(old) = of(&before, b"fact") else { return changed() };
        if original.copy(old.body.clone(), 4)? != output.copy(fact.body.clone(), 4)? {
            return changed();
        }
    }
    let length = sound.body.end - sound.body.start;
    let had = old.body.end - old.body.start;
    // Where the original does not say how long its sound is, chunks may follow it, and none may be left.
    let rest = old.body.start + length..old.body.end;
    if length != had && !(length < had && old.open && open::is_chunks(original, rest, &open::WAVE)?) {
        return changed();
    }
    if old.open
        && let Some(at) = open::left(output, sound.body.clone(), &open::WAVE)?
    {
        let mut left = Left::default();
        left.note("a part of the file among the sound", Place::bytes("data", at, 8));
        left.none()?;
    }
    let had = old.body.start..old.body.start + length;
    let same = compare((output, std::slice::from_ref(&sound.body)), (original, std::slice::from_ref(&had)))?;
    if same { Ok(length + described) } else { changed() }
}
