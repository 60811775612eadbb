//! What a WebP holds beside its picture, in the words of people.
//!
//! RFC 9649 section 2.7; the Exif chunk is read with and without the prefix that some programs put before it.

use super::frames::shown;
use super::{Chunk, Walk, stated_end};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::bytes::Bytes;
use crate::inspect::jpeg::findings::colours;
use crate::inspect::{Discovery, Trouble, exif, icc, trailer};
use crate::place::Place;
use crate::recording::Identifier;

/// The year of making, from the Exif chunk.
pub(in crate::inspect) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut bytes = Bytes::new(source);
    stated_end(&mut bytes)?;
    let mut walk = Walk::over(12..source.len());
    while let Some(chunk) = walk.next(&mut bytes)? {
        if &chunk.name == b"EXIF" {
            let content = bytes.copy(chunk.data, exif::LONGEST)?;
            return Ok(exif::year(content.strip_prefix(b"Exif\0\0").unwrap_or(&content)));
        }
    }
    Ok(None)
}

/// Lists what a WebP holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let (stated, length) = (stated_end(&mut bytes)?, source.len());
    let shown = shown(&mut bytes)?;
    out.size = shown.canvas;
    if let (None, Some(frame)) = (shown.canvas, shown.frames.first()) {
        out.size = frame.size(&mut bytes)?;
    }
    let end = stated.min(length);
    let mut walk = Walk::over(12..end);
    while let Some(chunk) = walk.next(&mut bytes)? {
        discover_chunk(&mut bytes, &chunk, false, out)?;
        if &chunk.name == b"ANMF" {
            let mut parts = Walk::over((chunk.data.start + 16).min(chunk.data.end)..chunk.data.end);
            while let Some(part) = parts.next(&mut bytes)? {
                discover_chunk(&mut bytes, &part, true, out)?;
            }
        }
    }
    if shown.frames.is_empty() || shown.cut || stated > length + 1 {
        out.push(Finding::new(Code::Truncated, Place::bytes("RIFF", length, 0), Action::Look));
    }
    if end < length {
        trailer::discover(&mut bytes, end..length, out)?;
    }
    Ok(())
}

fn discover_chunk(bytes: &mut Bytes<'_>, chunk: &Chunk, within: bool, out: &mut Discovery) -> Result<(), Trouble> {
    let place = |part: &str| Place::bytes(part, chunk.range.start, chunk.range.end - chunk.range.start);
    match &chunk.name {
        b"EXIF" => {
            let content = bytes.copy(chunk.data.clone(), exif::LONGEST)?;
            let block = content.strip_prefix(b"Exif\0\0").unwrap_or(&content);
            let offset = chunk.data.start + (content.len() - block.len()) as u64;
            exif::discover(block, "EXIF", offset, out)?;
        }
        b"XMP " => {
            let text = bytes.copy(chunk.data.clone(), 256)?;
            out.push_with(Finding::new(Code::Xmp, place("XMP"), Action::Remove), Identifier::new(text));
        }
        b"ICCP" => colours(&bytes.copy(chunk.data.clone(), icc::LONGEST + 1)?, place("ICCP"), out),
        b"VP8X" | b"ANIM" | b"ANMF" if !within => {}
        b"VP8 " | b"VP8L" | b"ALPH" => {}
        b"LIST" => {
            let text = bytes.copy(chunk.data.clone(), 256)?;
            out.push_with(Finding::new(Code::Text, place("LIST"), Action::Remove), Identifier::new(text));
        }
        b"C2PA" => out.push(Finding::new(Code::Provenance, place("C2PA"), Action::Remove)),
        _ if !chunk.whole => out.push(Finding::new(Code::Junk, place("WebP"), Action::Remove).labelled("broken chunk")),
        _ => {
            let found = Finding::new(Code::ApplicationData, place("private"), Action::Remove);
            out.push(found.labelled("private chunk"));
        }
    }
    let pad = bytes.copy(chunk.pad(), 1)?;
    if pad.iter().any(|b| *b != 0) {
        out.push(Finding::new(Code::HiddenBytes, place("WebP"), Action::Remove).labelled("byte behind a chunk"));
    }
    Ok(())
}
