//! Samples of an output against those of the original, each in its old place: pictures and sound byte for byte, and
//! nothing said between them.
//!
//! ISO/IEC 14496-15, 4.3.2; 3GPP TS 26.245, 5.17.

use super::kind::Kind;
use super::unit::{self, Use};
use crate::cut::Source;
use crate::inspect::boxes::Spans;
use crate::inspect::bytes::{Bytes, be32, compare};
use crate::inspect::heif::coded;
use crate::inspect::{Left, Trouble};
use crate::place::Place;
use std::ops::Range;

/// Ranges that may lie apart before they are joined.
const APART: usize = 1 << 19;
/// How much may wait to be compared.
const MOST_WAITING: usize = 1 << 15;
const MOST_WAITING_BYTES: u64 = 256 << 20;
/// The longest unit that is no picture.
const LONGEST: usize = 1 << 20;

/// The samples of an output as they are gone through.
pub(in crate::inspect) struct Samples<'s> {
    sources: [&'s dyn Source; 2],
    pub(super) output: Bytes<'s>,
    pub(super) original: Bytes<'s>,
    /// The heads of units, each far from the last.
    heads: Bytes<'s>,
    /// Bytes that must be the same, not compared yet, and how many.
    waiting: Vec<Range<u64>>,
    waiting_bytes: u64,
    /// What of the file is taken by samples, joined as far as it came in order.
    pub(in crate::inspect) taken: Vec<Range<u64>>,
    /// How many bytes were the same.
    pub(in crate::inspect) compared: u64,
    seen: u64,
}

impl<'s> Samples<'s> {
    pub(in crate::inspect) fn new(original: &'s dyn Source, output: &'s dyn Source) -> Self {
        Self {
            sources: [original, output],
            output: Bytes::new(output),
            original: Bytes::new(original),
            heads: Bytes::new(output),
            waiting: Vec::new(),
            waiting_bytes: 0,
            taken: Vec::new(),
            compared: 0,
            seen: 0,
        }
    }

    /// One sample, or one chunk of them.
    pub(in crate::inspect) fn take(&mut self, range: Range<u64>, kind: Kind, left: &mut Left) -> Result<(), Trouble> {
        if range.end > self.output.len() || range.start > range.end {
            return Err(Trouble::Damaged("samples that lie outside of the file"));
        }
        self.seen = self.seen.saturating_add(range.end - range.start);
        if self.seen > self.output.len().saturating_mul(4).saturating_add(1 << 20) {
            return Err(Trouble::TooLarge("samples that overlap many times"));
        }
        match self.taken.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.taken.push(range.clone()),
        }
        if self.taken.len() > APART {
            self.join();
            if self.taken.len() > APART * 3 / 4 {
                return Err(Trouble::TooLarge("samples in more pieces than any real film"));
            }
        }
        match kind {
            Kind::Avc(field) => self.units(range, false, field, left),
            Kind::Hevc(field) => self.units(range, true, field, left),
            Kind::StartCodes(four) => self.start_codes(range, four, left),
            Kind::Av1 => self.stream(range, left),
            Kind::Jpeg => self.picture(range, left),
            Kind::Words => self.words(range, left),
            Kind::Cues => self.cues(range, left),
            Kind::Plain | Kind::Sound(..) => self.same(range),
        }
    }

    /// Sorts and joins what is taken.
    pub(super) fn join(&mut self) {
        self.taken.sort_unstable_by_key(|range| (range.start, range.end));
        self.taken.dedup_by(|next, last| {
            let touches = next.start <= last.end;
            if touches {
                last.end = last.end.max(next.end);
            }
            touches
        });
    }

    /// These bytes must be the original's.
    pub(super) fn same(&mut self, range: Range<u64>) -> Result<(), Trouble> {
        self.waiting_bytes += range.end - range.start;
        match self.waiting.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.waiting.push(range),
        }
        if self.waiting.len() < MOST_WAITING && self.waiting_bytes < MOST_WAITING_BYTES {
            return Ok(());
        }
        self.compare()
    }

    /// Compares what waits.
    pub(in crate::inspect) fn compare(&mut self) -> Result<(), Trouble> {
        self.compared += std::mem::take(&mut self.waiting_bytes);
        let waiting = std::mem::take(&mut self.waiting);
        let [original, output] = self.sources;
        let (mut original, mut output) = (Bytes::new(original), Bytes::new(output));
        if compare((&mut original, &waiting), (&mut output, &waiting))? {
            return Ok(());
        }
        Err(Trouble::SamplesChanged)
    }

    fn units(&mut self, range: Range<u64>, hevc: bool, field: usize, left: &mut Left) -> Result<(), Trouble> {
        let mut at = range.start;
        while at + field as u64 <= range.end {
            let n = (range.end - at).min(field as u64 + 2) as usize;
            let head = self.heads.get(at, n)?.ok_or(Trouble::Damaged("a coded picture that breaks off"))?;
            let size = head[..field].iter().fold(0, |sum, b| sum << 8 | u64::from(*b));
            let kind = [head.get(field).copied().unwrap_or(0), head.get(field + 1).copied().unwrap_or(0)];
            let (start, end) = (at + field as u64, (at + field as u64).saturating_add(size));
            if end > range.end {
                return Err(Trouble::Damaged("a coded picture whose units do not fill it"));
            }
            self.same(at..start)?;
            match unit::of(hevc, kind, size) {
                _ if size == 0 => {}
                Use::Coded => self.same(start..end)?,
                Use::Spoken => self.spoken(start..end, hevc, left)?,
                // A unit too short to be one says nothing.
                Use::Foreign if hevc && size == 1 => {}
                Use::Foreign => left.note("unit of a coded picture on no list", place("sample", &(start..end))),
            }
            at = end;
        }
        self.same(at..range.end)
    }

    /// Messages: quiet now, and no picture in the original.
    fn spoken(&mut self, range: Range<u64>, hevc: bool, left: &mut Left) -> Result<(), Trouble> {
        let length = range.end - range.start;
        let n = length.min(2) as usize;
        let was = self.original.get(range.start, n)?.ok_or(Trouble::SamplesChanged)?;
        let was = [was[0], was.get(1).copied().unwrap_or(0)];
        if unit::of(hevc, was, length) == Use::Coded {
            return Err(Trouble::SamplesChanged);
        }
        let body = self.output.copy(range.clone(), LONGEST)?;
        let behind = range.start + body.len() as u64..range.end;
        if !unit::is_quiet(hevc, &body) || !crate::inspect::boxes::is_zero(&mut self.output, behind)? {
            left.note("message in a coded picture", place("sample", &range));
        }
        Ok(())
    }

    fn stream(&mut self, range: Range<u64>, left: &mut Left) -> Result<(), Trouble> {
        let spans = Spans::new(Some(range.clone()));
        if let Some(what) = coded::fault(&mut self.output, &spans, coded::Codec::Av1)? {
            left.note(what, place("sample", &range));
        }
        self.compared += range.end - range.start;
        let codec = coded::Codec::Av1;
        if !coded::same((&mut self.original, &spans), (&mut self.output, &spans), codec)? {
            return Err(Trouble::SamplesChanged);
        }
        Ok(())
    }

    /// A JPEG picture: as it was, or fill bytes and headers of tables where it was not.
    fn picture(&mut self, range: Range<u64>, left: &mut Left) -> Result<(), Trouble> {
        let length = range.end - range.start;
        if length > 64 << 20 {
            return Err(Trouble::TooLarge("a picture of more than 64 MB in a film"));
        }
        let new = self.output.copy(range.clone(), length as usize)?;
        let old = self.original.copy(range.clone(), length as usize)?;
        if !crate::inspect::jpeg::same_in_place(&old, &new)? {
            return Err(Trouble::SamplesChanged);
        }
        let mut found = crate::inspect::Discovery::default();
        crate::inspect::jpeg::discover(&new, &mut found)?;
        // Metadata become fill bytes, as may stand before any marker.
        let filled = |place: &Place| match place {
            Place::Bytes { offset, length, .. } => {
                let range = *offset as usize..offset.saturating_add(*length) as usize;
                new.get(range).is_some_and(|bytes| bytes.iter().all(|b| *b == 0xFF))
            }
            _ => false,
        };
        let told = |f: &crate::finding::Finding| f.action != crate::finding::Action::Keep && !filled(&f.place);
        if found.findings.iter().any(told) {
            left.note("a JPEG picture with more in it than its picture", place("sample", &range));
        }
        self.compared += length;
        Ok(())
    }

    /// Timed text: its words as they were, and listed boxes behind them.
    fn words(&mut self, range: Range<u64>, left: &mut Left) -> Result<(), Trouble> {
        const LISTED: &[&[u8; 4]] = &[b"styl", b"hlit", b"hclr", b"krok", b"dlay", b"tbox", b"blnk", b"twrp", b"encd"];
        let bytes = self.output.copy(range.clone(), 1 << 18)?;
        let Some(head) = bytes.get(..2) else { return self.same(range) };
        let behind = (2 + usize::from(head[0]) * 256 + usize::from(head[1])).min(bytes.len());
        self.same(range.start..range.start + behind as u64)?;
        self.boxes(&bytes, behind, range.start, LISTED, left)
    }

    fn cues(&mut self, range: Range<u64>, left: &mut Left) -> Result<(), Trouble> {
        let bytes = self.output.copy(range.clone(), 1 << 18)?;
        let mut at = 0;
        while at + 8 <= bytes.len() {
            let size = be32(&bytes, at).map_or(8, |size| size as usize).clamp(8, bytes.len() - at);
            if &bytes[at + 4..at + 8] == b"vttc" {
                self.boxes(&bytes[..at + size], at + 8, range.start, &[b"payl", b"sttg"], left)?;
            } else {
                self.boxes(&bytes[..at + size], at, range.start, &[b"vtte"], left)?;
            }
            at += size;
        }
        Ok(())
    }

    /// Boxes in a sample: those listed as they were, others free and empty.
    fn boxes(
        &mut self,
        bytes: &[u8],
        from: usize,
        start: u64,
        listed: &[&[u8; 4]],
        left: &mut Left,
    ) -> Result<(), Trouble> {
        let mut at = from;
        while at < bytes.len() {
            let size = be32(bytes, at).map_or(0, |size| size as usize);
            let Some(part) = at.checked_add(size).filter(|_| size >= 8).and_then(|end| bytes.get(at..end)) else {
                left.note("bytes behind a subtitle", place("sample", &(start + at as u64..start + bytes.len() as u64)));
                return Ok(());
            };
            let range = start + at as u64..start + (at + size) as u64;
            if listed.iter().any(|kind| part[4..8] == **kind) {
                self.same(range)?;
            } else if &part[4..8] != b"free" || part[8..].iter().any(|b| *b != 0) {
                left.note("part of a subtitle on no list", place("sample", &range));
            }
            at += size;
        }
        Ok(())
    }
}

/// `XviD` with four figures, or `DivX` with a version and a build, `b` between them and perhaps a `p` behind.
pub(in crate::inspect) fn is_version(note: &[u8]) -> bool {
    let text: String = note.iter().map(|b| if b.is_ascii_digit() { '9' } else { char::from(*b) }).collect();
    let shape = text.trim_end_matches('\0');
    if text.len() > shape.len() + 1 {
        return false;
    }
    match (shape.strip_prefix("XviD"), shape.strip_prefix("DivX").and_then(|rest| rest.split_once('b'))) {
        (Some(figures), _) => figures == "9999",
        (_, Some((version, build))) => {
            let build = build.strip_suffix('p').unwrap_or(build);
            matches!(version, "9" | "99" | "999") && matches!(build, "9" | "99" | "999" | "9999")
        }
        _ => false,
    }
}

pub(super) fn place(part: &str, range: &Range<u64>) -> Place {
    Place::bytes(part, range.start, range.end.saturating_sub(range.start))
}
