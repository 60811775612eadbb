//! Image sequences: the `moov` box is blanked in place; tracks of pictures stay, all others go with their samples.
//!
//! ISO/IEC 14496-12, 8.2 to 8.8; ISO/IEC 23008-12, 7 (sequences).

mod entry;
mod table;

use super::config::Codec;
use super::extent::{self, Patches, Stream};
use super::nal::{self, Count};
use super::obu;
use super::part::{self, Part};
use super::{meta, rule};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::ops::Range;

/// A picture sequence.
pub(super) struct Movie {
    part: Part,
    tape: Tape,
    tracks: Vec<(Codec, Vec<Range<u64>>)>,
    /// Width and height of the first track.
    pub(super) size: (u32, u32),
    /// Ranges of samples that stay.
    pub(super) used: Vec<Range<u64>>,
    /// Ranges of samples that go.
    pub(super) gone: Vec<Range<u64>>,
}

/// The bytes of the box as they change, and what was changed.
struct Tape {
    bytes: Vec<u8>,
    told: Vec<(Code, &'static str, String, Range<u64>)>,
}

impl Tape {
    fn tell(&mut self, code: Code, label: &'static str, part: &Part) {
        self.told.push((code, label, part.name(), part.range()));
    }

    fn payload(&self, part: &Part) -> &[u8] {
        self.bytes.get(part.body as usize..part.end as usize).unwrap_or_default()
    }

    fn children(&self, part: &Part, skip: u64) -> Result<Vec<Part>, Refusal> {
        part::inside(&self.bytes, (part.body + skip) as usize..part.end as usize)
    }

    /// The child of this type.
    fn child(&self, part: &Part, kind: &[u8; 4]) -> Option<Part> {
        self.children(part, 0).ok()?.into_iter().find(|child| child.kind == *kind)
    }

    /// Zeros a range of a part's payload; says whether something stood there.
    fn clear(&mut self, part: &Part, range: Range<usize>) -> bool {
        let end = part.end.min(part.body.saturating_add(range.end as u64)) as usize;
        let start = (part.body as usize).saturating_add(range.start).min(end);
        let hole = &mut self.bytes[start..end];
        let stood = hole.iter().any(|b| *b != 0);
        hole.fill(0);
        stood
    }

    /// Ends a box after `end` bytes of its payload, with a `free` box behind it where one fits and zeros where none does:
    /// some readers count the entries of a table by the size of its box.
    fn trim(&mut self, part: &Part, end: usize) {
        let from = part.body.saturating_add(end as u64);
        if from >= part.end {
            return;
        }
        if self.clear(part, end..usize::MAX) {
            self.tell(Code::HiddenBytes, "bytes behind a table", part);
        }
        let left = part.end - from;
        if left < 8 {
            return;
        }
        let (short, rest) = (Part { end: from, ..part.clone() }, Part { start: from, body: from + 8, ..part.clone() });
        for (part, kind) in [(short, part.kind), (rest, *b"free")] {
            let header = part.header(&kind);
            let start = part.start as usize;
            self.bytes[start..start + header.len()].copy_from_slice(&header);
        }
    }

    /// Turns a box into a `free` box of the same size.
    fn free(&mut self, part: &Part) {
        let stood = self.clear(part, 0..usize::MAX);
        if stood || part.kind != *b"free" {
            let (code, label) = rule::gone(&part.kind);
            self.tell(code, label, part);
        }
        self.bytes[part.start as usize + 4..part.start as usize + 8].copy_from_slice(b"free");
    }
}

fn damaged() -> Refusal {
    Refusal::not_understood("the description of the sequence is damaged")
}

impl Movie {
    /// Reads the `moov` box `part`, whose bytes these are, and blanks what goes in it.
    pub(super) fn read(source: &dyn Source, part: Part, bytes: Vec<u8>) -> Result<Self, Refusal> {
        let mut tape = Tape { bytes, told: Vec::new() };
        let top =
            Part { kind: part.kind, start: 0, body: part.body - part.start, end: part.end - part.start, cut: false };
        let (mut tracks, mut gone, mut size) = (Vec::new(), Vec::new(), (0, 0));
        let children = tape.children(&top, 0)?;
        let shown = children.iter().filter(|child| child.kind == *b"trak" && stays(&tape, child));
        let ids: Vec<u32> = shown.filter_map(|track| id(&tape, track)).collect();
        for child in children {
            match &child.kind {
                b"mvhd" => movie_header(&mut tape, &child)?,
                b"mvex" => {
                    return Err(Refusal::not_understood("the sequence is in fragments, which are not cleaned here"));
                }
                b"trak" if stays(&tape, &child) => {
                    let track = track(&mut tape, &child, &ids, source.len())?;
                    if tracks.is_empty() {
                        size = track.size;
                    }
                    tracks.push((track.codec, track.samples));
                }
                b"trak" => {
                    gone.extend(samples_of(&tape, &child, source.len()).unwrap_or_default());
                    tape.free(&child);
                }
                _ => tape.free(&child),
            }
        }
        if tracks.is_empty() {
            return Err(Refusal::not_understood("the sequence has no pictures"));
        }
        table::check_words(&tape, &top)?;
        let whole = tracks.iter().flat_map(|(_, samples)| samples).map(|sample| sample.end - sample.start);
        extent::check_shared(whole.fold(0, u64::saturating_add), source.len())?;
        let used = extent::joined(tracks.iter().flat_map(|(_, samples)| samples.iter().cloned()).collect());
        Ok(Self { part, tape, tracks, size, used, gone: extent::joined(gone) })
    }

    /// Reads the coded samples and lays patches over notes in them.
    pub(super) fn examine(
        &self,
        operation: &mut Operation<'_>,
        source: &dyn Source,
        patches: &mut Patches,
        count: &mut Count,
    ) -> Result<(), Refusal> {
        for (codec, samples) in &self.tracks {
            for sample in samples {
                let stream = Stream::new([sample.clone()]);
                let notes = match codec {
                    Codec::Units(family, field) => nal::walk(source, &stream, *family, *field, patches, count)?,
                    Codec::Obus => obu::walk(source, &stream, patches, count)?,
                };
                for note in notes {
                    let label = "note of the encoder in the coded picture";
                    operation.found_as(Code::ApplicationData, label, "coded samples", note, Action::Remove);
                }
            }
        }
        Ok(())
    }

    /// The samples, each as often as a track has it.
    pub(super) fn samples(&self) -> impl Iterator<Item = Range<u64>> {
        self.tracks.iter().flat_map(|(_, samples)| samples.iter().cloned())
    }

    /// Tells what goes.
    pub(super) fn tell(&self, operation: &mut Operation<'_>) {
        for (code, label, name, range) in &self.tape.told {
            let place = self.part.start + range.start..self.part.start + range.end;
            operation.found_as(*code, label, name, place, Action::Remove);
        }
    }

    /// Puts the blanked box in the place of the old one.
    pub(super) fn lay(&self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        operation.put(self.part.range(), self.tape.bytes.clone(), "description of the sequence, blanked in place")?;
        Ok(())
    }
}

/// Zeros the two times at the start of a header; the length of what follows the version tells whether it fits.
fn times(tape: &mut Tape, part: &Part, sizes: [usize; 2]) -> Result<bool, Refusal> {
    let payload = tape.payload(part);
    let long = match payload.first() {
        Some(0) => false,
        Some(1) => true,
        _ => return Err(damaged()),
    };
    let size = sizes[usize::from(long)];
    if payload.len() < size {
        return Err(damaged());
    }
    if tape.clear(part, 4..if long { 20 } else { 12 }) {
        tape.tell(Code::Time, Code::Time.label(), part);
    }
    tape.trim(part, size);
    Ok(long)
}

fn movie_header(tape: &mut Tape, part: &Part) -> Result<(), Refusal> {
    let at = if times(tape, part, [100, 112])? { 38 } else { 26 };
    let stood = tape.clear(part, at..at + 10) | tape.clear(part, at + 46..at + 70);
    if stood {
        tape.tell(Code::HiddenBytes, "bytes hidden in a header", part);
    }
    Ok(())
}

/// Whether a track is one of pictures: `pict`, `vide`, or auxiliary pictures on the list.
fn stays(tape: &Tape, track: &Part) -> bool {
    let media = tape.child(track, b"mdia");
    let handler = media.as_ref().and_then(|media| tape.child(media, b"hdlr"));
    let handler = handler.and_then(|handler| tape.payload(&handler).get(8..12).map(<[u8]>::to_vec));
    match handler.as_deref() {
        Some(b"pict" | b"vide") => true,
        Some(b"auxv") => {
            let entry = media.and_then(|media| entry::first(tape, &media));
            let auxiliary = entry.and_then(|entry| {
                let children = tape.children(&entry, entry::FIELDS).ok()?;
                children.into_iter().find(|child| child.kind == *b"auxi")
            });
            auxiliary.is_some_and(|part| rule::auxiliary(tape.payload(&part)).is_some())
        }
        _ => false,
    }
}

/// A track that stays.
struct Track {
    codec: Codec,
    samples: Vec<Range<u64>>,
    size: (u32, u32),
}

/// The sample table of a track.
fn table(tape: &Tape, track: &Part) -> Option<Part> {
    let information = tape.child(&tape.child(track, b"mdia")?, b"minf")?;
    tape.child(&information, b"stbl")
}

fn samples_of(tape: &Tape, track: &Part, length: u64) -> Option<Vec<Range<u64>>> {
    table::samples(tape, &table(tape, track)?, length).ok()
}

/// References to tracks that stay, as transparency is to what it belongs to (8.3.3); all others go.
fn relations(tape: &mut Tape, part: &Part, ids: &[u32]) {
    let stays = |tape: &Tape, child: &Part| {
        let payload = tape.payload(child);
        let known = payload.len() == 4 && part::number(payload, 0).is_some_and(|id| ids.contains(&id));
        known && matches!(&child.kind, b"auxl" | b"prem")
    };
    let children = tape.children(part, 0).unwrap_or_default();
    let end = children.last().map_or(part.body, |child| child.end);
    if end != part.end || !children.iter().any(|child| stays(tape, child)) {
        return tape.free(part);
    }
    for child in &children {
        if !stays(tape, child) {
            tape.free(child);
        }
    }
}

/// The number of a track.
fn id(tape: &Tape, track: &Part) -> Option<u32> {
    let header = tape.child(track, b"tkhd")?;
    let payload = tape.payload(&header);
    part::number(payload, if payload.first() == Some(&1) { 20 } else { 12 })
}

fn track(tape: &mut Tape, track: &Part, ids: &[u32], length: u64) -> Result<Track, Refusal> {
    let table = table(tape, track).ok_or_else(damaged)?;
    let samples = table::samples(tape, &table, length)?;
    let (mut codec, mut size) = (None, (0, 0));
    for child in tape.children(track, 0)? {
        match &child.kind {
            b"tkhd" => size = track_header(tape, &child)?,
            b"edts" => {
                for list in tape.children(&child, 0)? {
                    match &list.kind {
                        b"elst" => table::edits(tape, &list)?,
                        _ => tape.free(&list),
                    }
                }
            }
            b"mdia" => codec = media(tape, &child, samples.len())?,
            b"tref" => relations(tape, &child, ids),
            _ => tape.free(&child),
        }
    }
    Ok(Track { codec: codec.ok_or_else(damaged)?, samples, size })
}

/// `tkhd`, 8.3.2; returns width and height in whole pixels.
fn track_header(tape: &mut Tape, part: &Part) -> Result<(u32, u32), Refusal> {
    let long = times(tape, part, [84, 96])?;
    let (id, end) = if long { (20, 96) } else { (12, 84) };
    let duration = if long { 8 } else { 4 };
    let after = id + 8 + duration;
    if tape.clear(part, id + 4..id + 8) | tape.clear(part, after..after + 8) {
        tape.tell(Code::HiddenBytes, "bytes hidden in a header", part);
    }
    let payload = tape.payload(part);
    let size = |at| part::number(payload, at).map_or(0, |size| size >> 16);
    Ok((size(end - 8), size(end - 4)))
}

fn media(tape: &mut Tape, media: &Part, samples: usize) -> Result<Option<Codec>, Refusal> {
    let mut codec = None;
    for child in tape.children(media, 0)? {
        match &child.kind {
            b"mdhd" => {
                let long = times(tape, &child, [24, 36])?;
                let at = child.body as usize + if long { 32 } else { 20 };
                // No language: "und".
                tape.bytes[at..at + 4].copy_from_slice(&[0x55, 0xC4, 0, 0]);
            }
            b"hdlr" => {
                let stood = tape.clear(&child, 0..8) | tape.clear(&child, 12..usize::MAX);
                if stood {
                    tape.tell(Code::Text, "name of a program", &child);
                }
            }
            b"minf" => codec = information(tape, &child, samples)?,
            _ => tape.free(&child),
        }
    }
    Ok(codec)
}

fn information(tape: &mut Tape, information: &Part, samples: usize) -> Result<Option<Codec>, Refusal> {
    let mut codec = None;
    for child in tape.children(information, 0)? {
        match &child.kind {
            b"vmhd" => {
                if tape.clear(&child, 4..usize::MAX) {
                    tape.tell(Code::HiddenBytes, "bytes hidden in a header", &child);
                }
            }
            b"dinf" => {
                if !meta::is_own(&tape.bytes, &child) {
                    return Err(Refusal::not_understood("the samples of the sequence lie in another file"));
                }
                references(tape, &child)?;
            }
            b"stbl" => codec = table::clean(tape, &child, samples)?,
            _ => tape.free(&child),
        }
    }
    Ok(codec)
}

/// Data references to this file itself, with nothing behind them.
fn references(tape: &mut Tape, information: &Part) -> Result<(), Refusal> {
    for list in tape.children(information, 0)? {
        if list.kind != *b"dref" {
            tape.free(&list);
            continue;
        }
        for entry in tape.children(&list, 8)? {
            if !matches!(&entry.kind, b"url " | b"urn ") {
                return Err(damaged());
            }
            if tape.clear(&entry, 4..usize::MAX) {
                tape.tell(Code::FilePath, Code::FilePath.label(), &entry);
            }
        }
    }
    Ok(())
}
