//! The surgeon for AVI (RIFF AVI, and OpenDML with its further segments): blanks in place, so that every index stays right.
//! What no rule keeps becomes filling (`JUNK`) of zeros; what stands behind the last segment goes.
//!
//! Microsoft, "AVI RIFF File Reference"; OpenDML AVI File Format Extensions 1.02; Microsoft, BITMAPINFOHEADER and
//! WAVEFORMATEX.

mod header;
mod index;
pub(super) mod motion;
mod picture;
mod rule;
mod sample;
mod stream;
mod survey;
mod unit;
mod walk;

use super::Options;
use super::heif::extent::is_blank;
use super::operation::{Operation, joined};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use std::ops::Range;
use stream::Stream;
use survey::Media;
use walk::Chunk;

/// Why a part stays.
const WHY: &str = "coded samples, and what playing them needs";
const BLANKED: &str = "blanked in place";
/// Ranges of the output that are written anew: each is a piece, and they are held in memory.
const MOST: usize = 200_000;
/// The longest description of a film; real ones have some kilobytes, a hundred with large indices.
const HEADER: u64 = 4 << 20;
/// Bytes between two changes that are written with them instead of being a piece of their own.
const NEAR: usize = 16;

/// Why a film is not cleaned, with advice for films.
fn refused(what: &str) -> Refusal {
    Refusal {
        code: "not-understood",
        what: what.to_owned(),
        advice: "Open the film in a video program and save it as an ordinary MP4, then run scrubs again.",
    }
}

/// One film in work.
struct Film<'a> {
    source: &'a dyn Source,
    operation: Operation<'a>,
    streams: Vec<Stream>,
    media: Media,
    /// Up to where the output is laid.
    at: u64,
    changes: usize,
    size: Option<(u32, u32)>,
    /// Notes in coded samples that were told.
    told: usize,
}

/// Plans the cleaning of a film.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut film = Film {
        source,
        operation: Operation::new(source),
        streams: Vec::new(),
        media: Media::default(),
        at: 0,
        changes: 0,
        size: None,
        told: 0,
    };
    let segments = walk::segments(source)?;
    let header = film.describe(&segments)?;
    film.media = survey::survey(source, &segments, &film.streams)?;
    if film.media.samples == 0 {
        return Err(Refusal::truncated("there are no pictures and no sound in this film"));
    }
    for (number, segment) in segments.iter().enumerate() {
        film.segment(segment, number == 0, &header)?;
    }
    let end = film.at;
    if end < source.len() {
        if walk::peek::<12>(source, end)?.is_some_and(|head| head.starts_with(b"RIFF") && head.ends_with(b"AVI ")) {
            return Err(joined());
        }
        film.operation.found_as(Code::Trailer, "data behind the film", "trailer", end..source.len(), Action::Remove);
    }
    let size = film.size.unwrap_or((0, 0));
    let mut plan = film.operation.close_by("blank-in-place", Format::Avi, size.0, size.1);
    if size == (0, 0) {
        (plan.width, plan.height) = (None, None);
    }
    Ok(plan)
}

impl Film<'_> {
    /// Keeps all up to a place.
    fn keep_to(&mut self, to: u64) {
        if self.at < to {
            self.operation.keep(self.at..to, WHY);
            self.at = to;
        }
    }

    /// Puts new bytes in the place of a range of the same length.
    fn write(&mut self, at: u64, bytes: Vec<u8>) -> Result<(), Refusal> {
        self.change(at)?;
        self.at += bytes.len() as u64;
        self.operation.write(bytes, BLANKED);
        Ok(())
    }

    fn change(&mut self, at: u64) -> Result<(), Refusal> {
        self.keep_to(at);
        self.changes += 1;
        if self.changes > MOST {
            return Err(Refusal::too_large("the film holds more notes and filling than can be blanked here"));
        }
        Ok(())
    }

    /// Puts zeros in the place of a range; whether it was anything else.
    fn zero(&mut self, range: Range<u64>) -> Result<bool, Refusal> {
        if range.is_empty() || is_blank(self.source, range.clone())? {
            return Ok(false);
        }
        self.change(range.start)?;
        self.operation.blank(range.end - range.start, BLANKED);
        self.at = range.end;
        Ok(true)
    }

    /// Lays `new` over `old`, which stands at `at` and has the same length: what is the same is kept. Whether they differ.
    fn overlay(&mut self, at: u64, old: &[u8], new: &[u8]) -> Result<bool, Refusal> {
        let mut from = 0;
        let differs = |from: usize| old[from..].iter().zip(&new[from..]).position(|(a, b)| a != b).map(|n| from + n);
        while let Some(first) = differs(from) {
            let mut last = first;
            while let Some(next) = differs(last + 1).filter(|next| next - last <= NEAR) {
                last = next;
            }
            self.write(at + first as u64, new[first..=last].to_vec())?;
            from = last + 1;
        }
        Ok(from > 0)
    }

    /// Turns a chunk or a list into filling of the same length.
    fn junk(&mut self, chunk: &Chunk, code: Code, label: &str) -> Result<(), Refusal> {
        let mut changed = false;
        if chunk.id != *b"JUNK" || chunk.cut {
            let size = u32::try_from(chunk.end - chunk.start - 8)
                .map_err(|_| Refusal::too_large("a part of the film is longer than its header can say"))?;
            self.write(chunk.start, [&b"JUNK"[..], &size.to_le_bytes()].concat())?;
            changed = true;
        }
        changed |= self.zero(chunk.start + 8..chunk.next)?;
        if changed {
            self.operation.found_as(code, label, &chunk.name(), chunk.start..chunk.next, Action::Remove);
        }
        Ok(())
    }

    /// Turns a chunk into filling, by what its kind is known as.
    fn gone(&mut self, chunk: &Chunk) -> Result<(), Refusal> {
        let (code, label) = rule::gone(&chunk.id, chunk.kind);
        self.junk(chunk, code, label)
    }

    /// The filling byte behind a chunk of odd length.
    fn pad(&mut self, chunk: &Chunk) -> Result<(), Refusal> {
        if self.zero(chunk.end..chunk.next)? {
            let label = "filling byte behind a part";
            self.operation.found_as(Code::HiddenBytes, label, &chunk.name(), chunk.end..chunk.next, Action::Replace);
        }
        Ok(())
    }

    /// Reads the description of the film: its streams and how the description shall be.
    fn describe(&mut self, segments: &[walk::Segment]) -> Result<header::Header, Refusal> {
        let first = segments.first().ok_or_else(|| refused("the file does not begin as a film does"))?;
        let chunk = first.chunks.iter().find(|chunk| chunk.is_list(b"hdrl"));
        let chunk = chunk.ok_or_else(|| refused("the film is not described"))?;
        if chunk.cut || chunk.end - chunk.body > HEADER {
            return Err(Refusal::truncated("the file ends inside the description of the film"));
        }
        let old = self.source.read_range(chunk.body..chunk.end, HEADER)?;
        let header = header::read(chunk.clone(), old)?;
        self.streams = header.streams.clone();
        self.size = self.streams.iter().find_map(|stream| stream.size);
        Ok(header)
    }

    /// Lays one segment: RIFF AVI or one that follows.
    fn segment(&mut self, segment: &walk::Segment, first: bool, header: &header::Header) -> Result<(), Refusal> {
        self.length(segment.start, segment.size, segment.end, "RIFF")?;
        let mut listed = None;
        for chunk in &segment.chunks {
            match chunk.kind {
                Some(kind) if &kind == b"hdrl" && first && chunk.start == header.chunk.start => self.header(header)?,
                Some(kind) if &kind == b"movi" => {
                    listed.get_or_insert(chunk.body);
                    self.movie(chunk)?;
                }
                None if &chunk.id == b"idx1" && first && !chunk.cut => match listed {
                    Some(base) => self.old_index(chunk, base)?,
                    None => self.gone(chunk)?,
                },
                _ => self.gone(chunk)?,
            }
        }
        if self.zero(segment.chunks.last().map_or(segment.start + 12, |chunk| chunk.next)..segment.end)? {
            let range = self.at..self.at;
            self.operation.found_as(Code::Junk, "bytes behind the last part", "RIFF", range, Action::Remove);
        }
        self.keep_to(segment.end);
        Ok(())
    }

    /// A length in a header: as it is, or what is there, where it says something else.
    fn length(&mut self, start: u64, stated: u32, end: u64, part: &str) -> Result<(), Refusal> {
        let real = u32::try_from(end - start - 8)
            .map_err(|_| Refusal::too_large("a segment of the film is longer than its header can say"))?;
        if stated == real {
            return Ok(());
        }
        self.write(start + 4, real.to_le_bytes().to_vec())?;
        self.operation.found_as(Code::Truncated, "length of the film", part, start..start + 8, Action::Replace);
        Ok(())
    }

    /// The description of the film, as it shall be.
    fn header(&mut self, header: &header::Header) -> Result<(), Refusal> {
        let new = self.with_indices(header)?;
        let start = header.chunk.body;
        self.overlay(start, &header.old, &new)?;
        for note in &header.notes {
            let place = start + note.range.start as u64..start + note.range.end as u64;
            self.operation.found_as(note.code, note.label, note.part, place, note.action);
        }
        self.pad(&header.chunk)
    }
}
