//! The witness's own account of AIFF and AIFF-C: chunks one after the other, and which of them sound needs.
//!
//! Apple's AIFF 1.3 and AIFF-C of 1991; times count from 1904 (AIFF, "Comments Chunk").

use super::bytes::{Bytes, be16, be32, compare};
use super::residue::Haystack;
use super::wav::open;
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

/// Texts behind sound that says it is longer than the file.
const TEXTS: open::Form = open::Form {
    number: be32,
    words: &[
        (b"NAME", b"", 0xffff),
        (b"AUTH", b"", 0xffff),
        (b"(c) ", b"", 0xffff),
        (b"ANNO", b"", 0xffff),
        (b"COMT", b"", 0xffff),
        (b"ID3 ", b"ID3", u32::MAX),
        (b"id3 ", b"ID3", u32::MAX),
    ],
};

/// A chunk: its name, its body as far as the file has it, and where the next begins.
#[derive(Debug)]
struct Chunk {
    id: [u8; 4],
    size: u32,
    body: Range<u64>,
    next: u64,
}

/// Whether it is AIFF-C, and the chunks.
fn chunks(bytes: &mut Bytes<'_>) -> Result<(bool, Vec<Chunk>), Trouble> {
    let head = bytes.get(0, 12)?.ok_or(Trouble::Damaged("the file ends in its header"))?;
    let compressed = &head[8..] == b"AIFC";
    if &head[..4] != b"FORM" || !(compressed || &head[8..] == b"AIFF") {
        return Err(Trouble::Damaged("the file does not begin as an AIFF file does"));
    }
    let (mut out, mut at) = (Vec::new(), 12u64);
    while let Some(head) = bytes.get(at, 8)? {
        if out.len() >= MOST {
            return Err(Trouble::TooLarge("chunks without end"));
        }
        let size = be32(head, 4).unwrap_or(0);
        let id = [head[0], head[1], head[2], head[3]];
        // Sound has eight bytes before it: a length of none is that of a stream.
        let stated = if &id == b"SSND" && size == 0 { u64::from(u32::MAX) } else { u64::from(size) };
        let end = (at + 8 + stated).min(bytes.len());
        let next = (end + u64::from(size & 1)).min(bytes.len());
        out.push(Chunk { id, size, body: at + 8..end, next });
        at = next;
    }
    Ok((compressed, out))
}

/// The year of the first comment: seconds from 1904, as years of 365.2425 days.
pub(super) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut bytes = Bytes::new(source);
    let (_, all) = chunks(&mut bytes)?;
    let Some(comment) = all.iter().find(|c| &c.id == b"COMT") else { return Ok(None) };
    let time = bytes.get(comment.body.start + 2, 4)?.and_then(|b| be32(b, 0)).unwrap_or(0);
    Ok((time > 0).then(|| 1904 + (u64::from(time) / 31_556_952) as u16))
}

fn named(id: &[u8; 4]) -> Option<(Code, &'static str)> {
    Some(match id {
        b"NAME" | b"AUTH" | b"(c) " | b"ANNO" => (Code::TagText, "title, author or remark"),
        b"COMT" => (Code::Comment, "comments with their times"),
        b"ID3 " | b"id3 " => (Code::TagText, "ID3 tag"),
        b"MARK" | b"INST" => (Code::Marker, "marks or loops"),
        b"COMM" | b"SSND" | b"FVER" | b"CHAN" => return None,
        _ => (Code::ApplicationData, "chunk that sound does not need"),
    })
}

/// Lists what an AIFF file holds.
pub(super) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let (_, all) = chunks(&mut bytes)?;
    let mut at = 12;
    for chunk in &all {
        at = chunk.next;
        let Some((code, label)) = named(&chunk.id) else { continue };
        let text = bytes.copy(chunk.body.clone(), SHOWN)?;
        let place = Place::bytes(label, chunk.body.start, chunk.next - chunk.body.start);
        out.push_with(Finding::new(code, place, Action::Remove).labelled(label), Identifier::new(text));
    }
    if at < bytes.len() {
        out.push(Finding::new(Code::Trailer, Place::bytes("trailer", at, bytes.len() - at), Action::Remove));
    }
    if let Some(year) = year(source)? {
        out.made_in(year);
    }
    Ok(())
}

/// Proves an output: what the sound is, and the sound, with right lengths, and nothing else.
pub(super) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let (mut left, mut hay) = (Left::default(), Haystack::default());
    let (compressed, after) = chunks(&mut output)?;
    let (was_compressed, before) = chunks(&mut original)?;
    let length = output.get(4, 4)?.and_then(|b| be32(b, 0)).map(u64::from);
    let mut wrong = length != Some(output.len() - 8) || after.last().is_none_or(|c| c.next != output.len());
    let mut seen: Vec<&[u8; 4]> = Vec::new();
    for chunk in &after {
        let body = output.copy(chunk.body.clone(), 64)?;
        let listed = match &chunk.id {
            b"COMM" if compressed => body.len() == 24 && chunk.size == 24 && body[22..] == [0, 0],
            b"COMM" => chunk.size == 18,
            b"FVER" => compressed && body == [0xa2, 0x80, 0x51, 0x40],
            b"CHAN" => chunk.size == 12 && body.get(4..) == Some(&[0; 8]),
            b"SSND" => body.get(..8) == Some(&[0; 8]),
            _ => false,
        };
        if !listed || seen.contains(&&chunk.id) {
            return Err(Trouble::Unaccounted("a chunk on no list", Place::bytes("FORM", chunk.body.start, 0)));
        }
        seen.push(&chunk.id);
        wrong |= u64::from(chunk.size) != chunk.body.end - chunk.body.start;
        wrong |= chunk.next - chunk.body.end != u64::from(chunk.size & 1);
        wrong |= output.copy(chunk.body.end..chunk.next, 1)?.iter().any(|b| *b != 0);
    }
    if wrong {
        left.note("lengths that are not those of the parts", Place::bytes("FORM", 0, 12));
    }
    let of = |chunks: &[Chunk], id: &[u8; 4]| chunks.iter().find(|c| &c.id == id).map(|c| c.body.clone());
    let (Some(described), Some(sound)) = (of(&after, b"COMM"), of(&after, b"SSND")) else {
        return Err(Trouble::Damaged("there is no sound"));
    };
    let description = output.copy(described.clone(), 24)?;
    if compressed && !description[18..22].iter().all(|b| b.is_ascii_alphanumeric() || *b == b' ') {
        left.note("a coding that is none", Place::bytes("COMM", described.start, 24));
    }
    hay.add(&description[..18.min(description.len())])?;
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    let changed = || Err(Trouble::SamplesChanged);
    let (Some(old), Some(spoken)) = (of(&before, b"SSND"), of(&before, b"COMM")) else { return changed() };
    let fields = if compressed { 22 } else { 18 };
    let (was, mut is) = (original.copy(spoken, fields)?, output.copy(described, fields)?);
    let streamed = before.iter().any(|c| c.body == old && c.size == 0) && was.get(2..6) == Some(&[0; 4]);
    if streamed && let Some(samples) = is.get_mut(2..6) {
        samples.fill(0);
    }
    let alike = was == is;
    let layouts = [of(&before, b"CHAN"), of(&after, b"CHAN")];
    if let [was, Some(is)] = layouts
        && original.copy(was.unwrap_or(0..0), 12)? != output.copy(is, 12)?
    {
        return changed();
    }
    let offset = original.get(old.start, 4)?.and_then(|b| be32(b, 0)).map_or(0, u64::from);
    let from = old.start + 8 + offset;
    if !alike || compressed != was_compressed || from > old.end || be16(&description, 0).is_none() {
        return changed();
    }
    let sound = sound.start + 8..sound.end;
    let length = sound.end - sound.start;
    let most = stated(&description);
    if most.is_some_and(|most| length > most) {
        return Err(residue(sound.start));
    }
    let mut end = most.map_or(old.end, |most| old.end.min(from.saturating_add(most)));
    // Sound that claims more than there is may be followed by chunks, of which none may be left.
    if streamed {
        let samples = be32(&description, 2).map_or(0, u64::from);
        let rest = from + length..old.end;
        let is_part = rest.end - rest.start < length.checked_div(samples).unwrap_or(0);
        if most != Some(length) || !is_part && !open::is_chunks(&mut original, rest, &TEXTS)? {
            return changed();
        }
    }
    let claims = before.iter().any(|c| c.body == old && u64::from(c.size) > old.end - old.start);
    let claims = claims && most.is_none_or(|most| from.saturating_add(most) > old.end);
    if claims || streamed {
        if from + length < end && open::is_chunks(&mut original, from + length..end, &TEXTS)? {
            end = from + length;
        }
        if let Some(at) = open::left(&mut output, sound.clone(), &TEXTS)? {
            return Err(residue(at));
        }
    }
    let old = from..end;
    let same = compare((&mut output, std::slice::from_ref(&sound)), (&mut original, std::slice::from_ref(&old)))?;
    if same { Ok(length) } else { changed() }
}

/// The most bytes that the sound of a description has; none where it does not say.
fn stated(description: &[u8]) -> Option<u64> {
    let (channels, depth) = (u64::from(be16(description, 0)?), u64::from(be16(description, 6)?));
    let each = match description.get(18..22) {
        None | Some(b"NONE" | b"twos" | b"sowt" | b"raw ") => depth.div_ceil(8),
        Some(b"alaw" | b"ALAW" | b"ulaw" | b"ULAW" | b"MAC6") => 1,
        Some(b"MAC3") => 2,
        Some(b"in24" | b"42ni") => 3,
        Some(b"in32" | b"23ni" | b"fl32" | b"FL32") => 4,
        Some(b"fl64" | b"FL64") => 8,
        Some(b"ima4") => 34,
        _ => return None,
    };
    let all = u64::from(be32(description, 2)?) * channels * each;
    (all > 0).then_some(all)
}

fn residue(at: u64) -> Trouble {
    let mut left = Left::default();
    left.note("bytes behind the sound", Place::bytes("SSND", at, 8));
    left.none().err().unwrap_or(Trouble::SamplesChanged)
}
