//! Sample entries: how the samples of a track are coded, with the name of the compressor blanked.
//!
//! ISO/IEC 14496-12, 8.5.2 and 12.1.3; ISO/IEC 23008-12, 7.2 (`ccst`, `auxi`).

use super::super::config::{self, Codec};
use super::super::part::{Part, number};
use super::super::{property, rule};
use super::{Tape, damaged};
use crate::finding::Code;
use crate::plan::Refusal;

/// Bytes of a visual sample entry before its boxes.
pub(super) const FIELDS: u64 = 78;

/// The first sample entry of a track's media.
pub(super) fn first(tape: &Tape, media: &Part) -> Option<Part> {
    let table = tape.child(&tape.child(media, b"minf")?, b"stbl")?;
    let list = tape.child(&table, b"stsd")?;
    tape.children(&list, 8).ok()?.into_iter().next()
}

/// Cleans the sample entries of a track; says how its samples are coded.
pub(super) fn clean(tape: &mut Tape, list: &Part) -> Result<Option<Codec>, Refusal> {
    let mut codec = None;
    for entry in tape.children(list, 8)? {
        if !matches!(&entry.kind, b"hvc1" | b"hev1" | b"avc1" | b"avc3" | b"av01") || entry.end - entry.body < FIELDS {
            return Err(Refusal::not_understood("the sequence is coded in a way that is not cleaned here"));
        }
        // Width, height and resolution are whatever a writer chose.
        if tape.payload(&entry).get(24..42).is_some_and(rule::spells) {
            return Err(damaged());
        }
        if tape.clear(&entry, 42..74) {
            tape.tell(Code::Text, "name of a program", &entry);
        }
        if tape.clear(&entry, 0..6) | tape.clear(&entry, 8..24) | tape.clear(&entry, 36..40) {
            tape.tell(Code::HiddenBytes, "bytes hidden in a header", &entry);
        }
        let children = tape.children(&entry, FIELDS)?;
        let end = children.last().map_or(entry.body + FIELDS, |child| child.end) - entry.body;
        tape.clear(&entry, end as usize..usize::MAX);
        for child in children {
            let found = child_of(tape, &child)?;
            if codec.is_some() && found.is_some() && codec != found {
                return Err(damaged());
            }
            codec = codec.or(found);
        }
    }
    Ok(codec)
}

/// One box of a sample entry.
fn child_of(tape: &mut Tape, part: &Part) -> Result<Option<Codec>, Refusal> {
    let mut payload = tape.payload(part).to_vec();
    let mut codec = None;
    let new = match &part.kind {
        kind if config::is_configuration(kind) => {
            codec = Some(config::clean(kind, &mut payload).ok_or_else(damaged)?);
            Some(payload)
        }
        b"colr" => property::cleaned_colour(&payload).and_then(|new| padded(new, payload.len())),
        b"auxi" => rule::auxiliary(&payload).map(|(_, new)| new),
        b"ccst" => (payload.len() == 8 && number(&payload, 0) == Some(0)).then(|| {
            // Two flags and a count of four bits (7.2.3); the rest is reserved.
            vec![0, 0, 0, 0, payload[4] & 0xFC, 0, 0, 0]
        }),
        b"btrt" => (payload.len() == 12 && rule::plain(&payload)).then_some(payload),
        kind @ (b"pasp" | b"clap" | b"clli" | b"mdcv" | b"amve") => {
            rule::rule(kind).and_then(|rule| rule.allow(&payload))
        }
        _ => None,
    };
    let Some(mut new) = new else {
        tape.free(part);
        return Ok(codec);
    };
    let hole = part.body as usize..part.end as usize;
    new.resize(hole.len(), 0);
    if tape.bytes[hole.clone()] != new {
        let code = if part.kind == *b"colr" { Code::IccDescription } else { Code::HiddenBytes };
        tape.tell(code, code.label(), part);
        tape.bytes[hole].copy_from_slice(&new);
    }
    Ok(codec)
}

/// A `colr` payload made longer to the length it had: the profile says so in its own size field. None where it is too
/// long.
fn padded(mut payload: Vec<u8>, length: usize) -> Option<Vec<u8>> {
    if payload.len() > length {
        return None;
    }
    if payload.len() < length && matches!(payload.get(..4), Some(b"prof" | b"rICC")) {
        payload.resize(length, 0);
        let size = (length - 4) as u32;
        payload.get_mut(4..8)?.copy_from_slice(&size.to_be_bytes());
    }
    Some(payload)
}
