//! Samples that stay: each is read as its coding asks, and notes in it are blanked at equal length.
//!
//! ISO/IEC 14496-15 (NAL units with lengths), AV1 in ISO base media; ISO/IEC 13818-2 and 14496-2 (start codes).

use super::coding::Coding;
use super::note::{self, Blank};
use super::sheet::{Ranges, Sheet};
use super::{Film, refused, stream, text};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::heif::nal::Family;
use crate::strip::heif::rule::tells;
use std::io;
use std::ops::Range;

/// The longest unit other than a picture that is read.
const NOTE: u64 = 1 << 20;
/// Notes that are told one by one.
const TOLD: usize = 20;

/// Refuses films whose tracks share so many bytes that reading all samples would be reading the file many times.
pub(super) fn check_taken(taken: u64, file: u64) -> Result<(), Refusal> {
    if taken > file.saturating_mul(2).saturating_add(1 << 20) {
        return Err(Refusal::too_large("the tracks of the film share their samples more often than any real ones"));
    }
    Ok(())
}

/// A few bytes around a place: what lies between is sought over, not read.
#[derive(Debug, Default)]
pub(super) struct Near {
    held: Vec<u8>,
    start: u64,
}

impl Near {
    const HELD: u64 = 4_096;

    /// Up to `n` bytes at `at`, fewer only before `end`.
    pub(super) fn get(&mut self, source: &dyn Source, at: u64, n: usize, end: u64) -> io::Result<&[u8]> {
        let n = (n as u64).min(end.saturating_sub(at));
        if at < self.start || at + n > self.start + self.held.len() as u64 {
            let length = Self::HELD.max(n).min(source.len().saturating_sub(at)) as usize;
            self.held.resize(length, 0);
            self.start = at;
            source.read_exact_at(at, &mut self.held)?;
        }
        let from = (at - self.start) as usize;
        Ok(self.held.get(from..from + n as usize).unwrap_or_default())
    }
}

/// Samples of one track that were looked into.
pub(super) struct Looked<'s> {
    source: &'s dyn Source,
    coding: Coding,
    near: Near,
    kept: Ranges,
    notes: Vec<(Range<u64>, Blank)>,
    /// Bytes that its notes take in memory.
    bytes: usize,
    /// Bytes of its samples.
    taken: u64,
}

/// What goes of one sample, each with what it begins with afterwards; zeros follow. Other containers ask, too.
///
/// # Errors
/// When the sample is damaged, or holds what can neither stay nor go.
pub(in crate::strip) fn notes(
    source: &dyn Source,
    coding: Coding,
    range: Range<u64>,
) -> Result<Vec<(Range<u64>, Blank)>, Refusal> {
    let mut looked = Looked::new(source, coding);
    looked.sample(range)?;
    Ok(looked.notes)
}

fn damaged() -> Refusal {
    Refusal::truncated("the coded film is damaged or incomplete")
}

/// Pictures in parts: what a player that joins none passes over could say anything.
pub(in crate::strip) fn parted() -> Refusal {
    refused("the film has its pictures in parts that hardly any player joins")
}

impl<'s> Looked<'s> {
    pub(super) fn new(source: &'s dyn Source, coding: Coding) -> Self {
        let (kept, notes) = (Ranges::default(), Vec::new());
        Self { source, coding, near: Near::default(), kept, notes, bytes: 0, taken: 0 }
    }

    /// Looks into one sample.
    pub(super) fn sample(&mut self, range: Range<u64>) -> Result<(), Refusal> {
        match self.coding {
            Coding::Units(family, field) => self.units(range.clone(), family, field)?,
            Coding::Plain(_) => {}
            Coding::Text => {
                for part in text::notes(self.source, range.clone())? {
                    self.note(part.0, part.1)?;
                }
            }
            Coding::Cues => {
                for part in text::cue_notes(self.source, range.clone())? {
                    self.note(part.0, part.1)?;
                }
            }
            coding => {
                for (place, blank) in stream::notes(self.source, range.clone(), coding)? {
                    self.note(place, blank)?;
                }
            }
        }
        self.taken = self.taken.saturating_add(range.end.saturating_sub(range.start));
        self.kept.push(range)
    }

    /// These samples go.
    pub(super) fn drop_into(mut self, sheet: &mut Sheet) -> Result<(), Refusal> {
        self.kept.join().iter().try_for_each(|range| sheet.foreign(range.clone()))
    }

    fn note(&mut self, range: Range<u64>, blank: Blank) -> Result<(), Refusal> {
        self.bytes += blank.len() + 96;
        if self.bytes > 32 << 20 {
            return Err(Refusal::too_large("the film holds more notes of its encoder than can be blanked here"));
        }
        self.notes.push((range, blank));
        Ok(())
    }

    /// The NAL units of a sample.
    fn units(&mut self, range: Range<u64>, family: Family, field: usize) -> Result<(), Refusal> {
        let (mut at, mut behind) = (range.start, false);
        while at < range.end {
            let head = self.near.get(self.source, at, field + 2, range.end)?;
            if head.len() < field {
                // A length field that is cut off: nothing reads it.
                return if head.iter().all(|b| *b == 0) { Ok(()) } else { Err(damaged()) };
            }
            let size = head[..field].iter().fold(0, |sum, b| sum << 8 | u64::from(*b));
            let first = [head.get(field).copied().unwrap_or(0), head.get(field + 1).copied().unwrap_or(0)];
            let start = at + field as u64;
            if size > range.end - start {
                return Err(damaged());
            }
            at = start + size;
            if size == 0 {
                continue;
            }
            let kind = note::kind(family, first, size);
            if kind == note::Kind::Picture {
                behind = true;
                continue;
            }
            if kind == note::Kind::Parted {
                return Err(parted());
            }
            if kind == note::Kind::Other || size > NOTE {
                if kind == note::Kind::Need {
                    return Err(Refusal::too_large("a setting inside the coded film is longer than any real one"));
                }
                let blank = note::empty(family, size as usize, behind);
                if !note::is_empty(self.source, start..at, &blank)? {
                    self.note(start..at, blank)?;
                }
                continue;
            }
            let unit = self.near.get(self.source, start, size as usize, range.end)?;
            if kind == note::Kind::Need {
                if tells(unit) {
                    return Err(refused("words stand among the settings of the coded film"));
                }
            } else if let Some(blank) = note::blanked(family, kind, unit, behind) {
                self.note(start..at, blank)?;
            }
        }
        Ok(())
    }
}

impl Film<'_> {
    /// Counts bytes of samples.
    pub(super) fn take(&mut self, bytes: u64) -> Result<(), Refusal> {
        self.taken = self.taken.saturating_add(bytes);
        check_taken(self.taken, self.source.len())
    }

    /// Takes in what was found in the samples of a track.
    pub(super) fn absorb(&mut self, mut looked: Looked<'_>) -> Result<(), Refusal> {
        for range in looked.kept.join() {
            self.sheet.keep_samples(range.clone())?;
        }
        self.sheet.take(looked.taken);
        let count = looked.notes.len();
        for (index, (range, blank)) in looked.notes.into_iter().enumerate() {
            if index < TOLD {
                let (code, label) = (Code::EncoderNote, "note in the coded samples");
                let label = if index + 1 == TOLD && count > TOLD {
                    format!("{} further notes in the coded samples", count - index)
                } else {
                    label.to_owned()
                };
                self.operation.found_as(code, &label, "coded samples", range.clone(), Action::Remove);
            }
            self.sheet.note(range, blank)?;
        }
        Ok(())
    }
}
