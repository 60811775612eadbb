//! What tables say of a track: where its samples lie, read a row at a time.
//!
//! ISO/IEC 14496-12, 8.6 and 8.7; QuickTime File Format, "Sound Sample Description (Version 1)".

use super::kind::Kind;
use crate::cut::Source;
use crate::inspect::Trouble;
use crate::inspect::boxes::{Box4, Walk};
use crate::inspect::bytes::{Bytes, be32};
use std::ops::Range;

/// One track.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    pub(super) range: Range<u64>,
    pub(super) id: u32,
    pub(super) handler: [u8; 4],
    pub(super) entry: [u8; 4],
    pub(super) kind: Kind,
    pub(super) chapters: Vec<u32>,
    pub(super) default_size: u32,
    pub(super) default_length: u32,
    /// Its edit list, its header with the clock, and the tables that say when samples are decoded and shown.
    pub(super) edits: Option<Box4>,
    pub(super) clock: Option<Box4>,
    pub(super) lengths: Option<Box4>,
    pub(super) delays: Option<Box4>,
    /// Pictures with which decoding may begin.
    pub(super) syncs: Vec<Box4>,
    /// Whether every sample lasts one tick of the clock.
    single: bool,
    sizes: Option<Box4>,
    runs: Option<Box4>,
    chunks: Option<Box4>,
}

/// The boxes inside a range, whole ones.
pub(super) fn boxes(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<Vec<Box4>, Trouble> {
    let (mut walk, mut out) = (Walk::new(range), Vec::new());
    while let Some(found) = walk.next(bytes)? {
        if found.whole && found.stated {
            out.push(found);
        }
    }
    Ok(out)
}

fn first(bytes: &mut Bytes<'_>, range: Range<u64>, kind: &[u8; 4]) -> Result<Option<Box4>, Trouble> {
    Ok(boxes(bytes, range)?.into_iter().find(|found| found.kind == *kind))
}

/// The tracks of a film.
pub(super) fn tracks(bytes: &mut Bytes<'_>, film: &Box4) -> Result<Vec<Track>, Trouble> {
    let mut out: Vec<Track> = Vec::new();
    let mut defaults = Vec::new();
    for found in boxes(bytes, film.data.clone())? {
        if &found.kind == b"mvex" {
            for part in boxes(bytes, found.data.clone())?.iter().filter(|part| &part.kind == b"trex").take(300) {
                let content = bytes.copy(part.data.clone(), 24)?;
                defaults.push((be32(&content, 4), be32(&content, 12), be32(&content, 16)));
            }
        }
        if &found.kind != b"trak" {
            continue;
        }
        if out.len() > 300 {
            return Err(Trouble::TooLarge("more than three hundred tracks"));
        }
        out.push(track(bytes, &found)?);
    }
    for track in &mut out {
        let own = defaults.iter().find(|(id, ..)| *id == Some(track.id));
        track.default_length = own.and_then(|(_, length, _)| *length).unwrap_or(0);
        track.default_size = own.and_then(|(.., size)| *size).unwrap_or(0);
    }
    Ok(out)
}

fn track(bytes: &mut Bytes<'_>, found: &Box4) -> Result<Track, Trouble> {
    let mut track = Track { range: found.range.clone(), ..Track::default() };
    for part in boxes(bytes, found.data.clone())? {
        match &part.kind {
            b"tkhd" => {
                let content = bytes.copy(part.data.clone(), 32)?;
                track.id = be32(&content, if content.first() == Some(&1) { 20 } else { 12 }).unwrap_or(0);
            }
            b"tref" => {
                if let Some(list) = first(bytes, part.data.clone(), b"chap")? {
                    let ids = bytes.copy(list.data, 4096)?;
                    track.chapters = ids.chunks_exact(4).filter_map(|id| be32(id, 0)).collect();
                }
            }
            b"edts" if track.edits.is_none() => track.edits = first(bytes, part.data.clone(), b"elst")?,
            b"mdia" => media(bytes, &part, &mut track)?,
            _ => {}
        }
    }
    Ok(track)
}

fn media(bytes: &mut Bytes<'_>, part: &Box4, track: &mut Track) -> Result<(), Trouble> {
    if let Some(handler) = first(bytes, part.data.clone(), b"hdlr")? {
        let content = bytes.copy(handler.data, 12)?;
        track.handler = content.get(8..12).and_then(|kind| kind.try_into().ok()).unwrap_or_default();
    }
    track.clock = first(bytes, part.data.clone(), b"mdhd")?;
    let Some(inner) = first(bytes, part.data.clone(), b"minf")? else { return Ok(()) };
    let Some(table) = first(bytes, inner.data, b"stbl")? else { return Ok(()) };
    for found in boxes(bytes, table.data)? {
        match &found.kind {
            b"stsd" => {
                let content = bytes.copy(found.data.clone(), 4 << 20)?;
                track.entry = content.get(12..16).and_then(|kind| kind.try_into().ok()).unwrap_or_default();
                track.kind = super::entry::kind(&track.handler, &content);
            }
            b"stts" => {
                let content = bytes.copy(found.data.clone(), 16)?;
                track.single = be32(&content, 4) == Some(1) && be32(&content, 12) == Some(1);
                track.lengths = Some(found);
            }
            b"ctts" => track.delays = Some(found),
            b"stss" | b"stps" => track.syncs.push(found),
            b"stsz" | b"stz2" => track.sizes = Some(found),
            b"stsc" => track.runs = Some(found),
            b"stco" | b"co64" => track.chunks = Some(found),
            _ => {}
        }
    }
    Ok(())
}

/// Big-endian rows of one box.
pub(super) struct Rows<'s> {
    bytes: Bytes<'s>,
    range: Range<u64>,
}

impl<'s> Rows<'s> {
    pub(super) fn new(source: &'s dyn Source, found: &Box4) -> Self {
        Self { bytes: Bytes::new(source), range: found.data.clone() }
    }

    pub(super) fn at(&mut self, at: u64, n: usize) -> Result<u64, Trouble> {
        let from = self.range.start.saturating_add(at);
        if from.saturating_add(n as u64) > self.range.end {
            return Err(Trouble::Damaged("a table of the film that is too short"));
        }
        let row = self.bytes.get(from, n)?.ok_or(Trouble::Damaged("a table of the film that is too short"))?;
        Ok(row.iter().fold(0, |sum, b| sum << 8 | u64::from(*b)))
    }
}

impl Track {
    /// How many samples the tables count.
    pub(super) fn count(&self, source: &dyn Source) -> u64 {
        self.sizes.as_ref().and_then(|sizes| Rows::new(source, sizes).at(8, 4).ok()).unwrap_or(0)
    }

    /// Hands every sample to `visit`; of codings without notes, and of sound of one size, every chunk.
    pub(super) fn each(
        &self,
        source: &dyn Source,
        visit: &mut dyn FnMut(Range<u64>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let (Some(sizes), Some(runs), Some(chunks)) = (&self.sizes, &self.runs, &self.chunks) else { return Ok(()) };
        let compact = &sizes.kind == b"stz2";
        let (mut size, mut run, mut place) =
            (Rows::new(source, sizes), Rows::new(source, runs), Rows::new(source, chunks));
        let (same, count) = (size.at(4, 4)?, size.at(8, 4)?);
        let (bits, same) = if compact { (same & 255, 0) } else { (32, same) };
        let (width, kinds) = (if &chunks.kind == b"co64" { 8 } else { 4 }, run.at(4, 4)?);
        let whole = matches!(self.kind, Kind::Plain | Kind::Sound(..));
        let (mut done, mut row) = (0, 0);
        for chunk in 0..place.at(4, 4)? {
            while row + 1 < kinds && run.at(8 + (row + 1) * 12, 4)? <= chunk + 1 {
                row += 1;
            }
            let samples = run.at(12 + row * 12, 4)?.min(count - done);
            let mut at = place.at(8 + chunk * u64::from(width == 8) * 4 + chunk * 4, width)?;
            let start = at;
            if same > 0 && whole {
                let length = match self.kind {
                    Kind::Sound(bytes, each) if each > 1 && bytes > 0 && (same == 1 || self.single) => {
                        samples.div_ceil(each).saturating_mul(bytes)
                    }
                    Kind::Sound(bytes, 0 | 1) => samples.saturating_mul(bytes.max(same)),
                    _ => samples.saturating_mul(same),
                };
                visit(start..start.saturating_add(length))?;
                done += samples;
                continue;
            }
            for index in done..done + samples {
                let length = match (same, bits) {
                    (1.., _) => same,
                    (_, 32) => size.at(12 + index * 4, 4)?,
                    (_, 16) => size.at(12 + index * 2, 2)?,
                    (_, 8) => size.at(12 + index, 1)?,
                    (_, 4) => size.at(12 + index / 2, 1)? >> (4 - index % 2 * 4) & 15,
                    _ => return Err(Trouble::Damaged("sizes of an odd sort")),
                };
                if !whole {
                    visit(at..at.saturating_add(length))?;
                }
                at = at.saturating_add(length);
            }
            if whole {
                visit(start..at)?;
            }
            done += samples;
        }
        Ok(())
    }
}

/// The samples of one track in a fragment (8.8.7, 8.8.8).
pub(super) struct Run {
    pub(super) id: u32,
    pub(super) samples: Vec<Range<u64>>,
    pub(super) end: u64,
}

/// Reads the samples that a `traf` box names.
pub(super) fn run(
    bytes: &mut Bytes<'_>,
    fragment: &Box4,
    part: &Box4,
    last: u64,
    tracks: &[Track],
) -> Result<Run, Trouble> {
    let short = Trouble::Damaged("a fragment that is too short");
    let inner = boxes(bytes, part.data.clone())?;
    let header = inner.iter().find(|found| &found.kind == b"tfhd").ok_or(short.clone())?;
    let head = bytes.copy(header.data.clone(), 64)?;
    let (flags, id) = (be32(&head, 0).ok_or(short.clone())?, be32(&head, 4).ok_or(short.clone())?);
    let mut at = 8;
    let mut base = if flags & 0x2_0000 != 0 { fragment.range.start } else { last };
    if flags & 1 != 0 {
        let high = u64::from(be32(&head, at).ok_or(short.clone())?);
        base = high << 32 | u64::from(be32(&head, at + 4).ok_or(short.clone())?);
        at += 8;
    }
    at += if flags & 2 != 0 { 4 } else { 0 } + if flags & 8 != 0 { 4 } else { 0 };
    let mut size = tracks.iter().find(|track| track.id == id).map_or(0, |track| track.default_size);
    if flags & 16 != 0 {
        size = be32(&head, at).ok_or(short.clone())?;
    }
    let (mut out, mut place) = (Run { id, samples: Vec::new(), end: base }, base);
    for found in inner.iter().filter(|found| &found.kind == b"trun") {
        let head = bytes.copy(found.data.clone(), 16)?;
        let (flags, count) = (be32(&head, 0).ok_or(short.clone())?, be32(&head, 4).ok_or(short.clone())?);
        if flags & 1 != 0 {
            let offset = be32(&head, 8).ok_or(short.clone())? as i32;
            place = base.checked_add_signed(i64::from(offset)).ok_or(short.clone())?;
        }
        let each = (flags & 0xF00).count_ones() * 4;
        let mut at = 8 + u64::from((flags & 1) * 4 + (flags >> 2 & 1) * 4) + u64::from(flags >> 8 & 1) * 4;
        if u64::from(count) * u64::from(each) > found.length() || count > 1 << 20 {
            return Err(short);
        }
        if flags & 0x200 == 0 && size == 0 {
            continue;
        }
        for _ in 0..count {
            let own = if flags & 0x200 != 0 {
                let row = bytes.get(found.data.start + at, 4)?;
                row.and_then(|row| be32(row, 0)).ok_or(short.clone())?
            } else {
                size
            };
            at += u64::from(each);
            out.samples.push(place..place + u64::from(own));
            place += u64::from(own);
        }
    }
    out.end = place;
    Ok(out)
}
