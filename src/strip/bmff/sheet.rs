//! The sheet that is laid over a film: what stays, what is written anew, and zeros wherever neither was said.
//!
//! Whatever no rule has kept is blanked, so that a part that nobody thought of goes.

use super::refused;
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::io;
use std::iter::Peekable;
use std::ops::Range;
use std::vec::IntoIter;

/// Ranges that do not touch each other; a film that is cut into more is refused, since they are held in memory.
const MOST: usize = 400_000;
/// Notes in coded samples: two hours of one in every picture at 30 a second.
const NOTES: usize = 250_000;

/// Ranges of a file, joined where they touch.
#[derive(Debug)]
pub(super) struct Ranges {
    list: Vec<Range<u64>>,
    full: usize,
}

impl Default for Ranges {
    fn default() -> Self {
        Self { list: Vec::new(), full: 65_536 }
    }
}

impl Ranges {
    /// Takes a range in.
    ///
    /// # Errors
    /// Where there are more ranges apart than any real film has.
    pub(super) fn push(&mut self, range: Range<u64>) -> Result<(), Refusal> {
        if range.start >= range.end {
            return Ok(());
        }
        if let Some(last) = self.list.last_mut()
            && last.start <= range.start
            && range.start <= last.end
        {
            last.end = last.end.max(range.end);
            return Ok(());
        }
        self.list.push(range);
        if self.list.len() >= self.full {
            self.join();
            if self.list.len() > MOST {
                return Err(Refusal::too_large("the film lies in more pieces than any real one"));
            }
            self.full = (self.list.len() * 2).max(65_536);
        }
        Ok(())
    }

    /// Sorts and joins.
    pub(super) fn join(&mut self) -> &[Range<u64>] {
        self.list.sort_unstable_by_key(|range| (range.start, range.end));
        self.list.dedup_by(|next, last| {
            let touch = next.start <= last.end;
            if touch {
                last.end = last.end.max(next.end);
            }
            touch
        });
        &self.list
    }

    fn into_list(mut self) -> Vec<Range<u64>> {
        self.join();
        self.list
    }

    /// What of `within` lies in none of these, which are joined.
    fn gaps(&self, within: Range<u64>) -> Vec<Range<u64>> {
        let (mut at, mut out) = (within.start, Vec::new());
        let first = self.list.partition_point(|range| range.end <= within.start);
        for range in self.list[first..].iter().take_while(|range| range.start < within.end) {
            if range.start > at {
                out.push(at..range.start);
            }
            at = at.max(range.end);
        }
        if at < within.end {
            out.push(at..within.end);
        }
        out
    }
}

/// New bytes in the place of a range: these, and zeros behind them.
struct New {
    range: Range<u64>,
    bytes: Vec<u8>,
    note: bool,
}

/// What becomes of each byte of a film.
#[derive(Default)]
pub(super) struct Sheet {
    parts: Ranges,
    samples: Ranges,
    media: Ranges,
    gone: Ranges,
    foreign: Ranges,
    new: Vec<New>,
    notes: usize,
    /// Bytes of all samples that stay; what several of them share counts each time.
    taken: u64,
}

impl Sheet {
    /// A listed part stays.
    pub(super) fn keep(&mut self, range: Range<u64>) -> Result<(), Refusal> {
        self.parts.push(range)
    }

    /// Coded samples stay.
    pub(super) fn keep_samples(&mut self, range: Range<u64>) -> Result<(), Refusal> {
        self.samples.push(range)
    }

    /// Counts bytes of samples that stay.
    pub(super) fn take(&mut self, bytes: u64) {
        self.taken = self.taken.saturating_add(bytes);
    }

    /// Here samples may lie.
    pub(super) fn media(&mut self, range: Range<u64>) -> Result<(), Refusal> {
        self.media.push(range)
    }

    /// These bytes go, and it has been told.
    pub(super) fn gone(&mut self, range: Range<u64>) -> Result<(), Refusal> {
        self.gone.push(range)
    }

    /// Samples of a track that goes: no sample that stays may lie there.
    pub(super) fn foreign(&mut self, range: Range<u64>) -> Result<(), Refusal> {
        self.gone.push(range.clone())?;
        self.foreign.push(range)
    }

    /// New bytes for a listed part.
    pub(super) fn write(&mut self, at: u64, bytes: Vec<u8>) {
        self.new.push(New { range: at..at + bytes.len() as u64, bytes, note: false });
    }

    /// A note among coded samples becomes these bytes and zeros.
    pub(super) fn note(&mut self, range: Range<u64>, bytes: Vec<u8>) -> Result<(), Refusal> {
        self.notes += 1;
        if self.notes > NOTES {
            return Err(Refusal::too_large("the film holds more notes of its encoder than can be blanked here"));
        }
        self.new.push(New { range, bytes, note: true });
        Ok(())
    }

    /// Lays the sheet over the source up to `end`.
    ///
    /// # Errors
    /// Where samples lie outside of the media data or share bytes of which some go, or new bytes lie over one another.
    pub(super) fn lay(mut self, operation: &mut Operation<'_>, source: &dyn Source, end: u64) -> Result<(), Refusal> {
        self.media.join();
        self.samples.join();
        self.gone.join();
        self.foreign.join();
        for range in &self.samples.list {
            let index = self.media.list.partition_point(|media| media.end < range.end);
            if self.media.list.get(index).is_none_or(|media| media.start > range.start) {
                return Err(refused("samples of the film lie where none may lie"));
            }
        }
        // What is a note in one sample may be sound in another, or the middle of another note.
        let alone: u64 = self.samples.list.iter().map(|range| range.end - range.start).sum();
        if self.notes > 0 && self.taken > alone {
            return Err(refused("samples of the film share bytes, and notes of its encoder stand among them"));
        }
        for range in &self.foreign.list {
            let index = self.samples.list.partition_point(|sample| sample.end <= range.start);
            if self.samples.list.get(index).is_some_and(|sample| sample.start < range.end) {
                return Err(refused("a track of metadata lies among the pictures or the sound"));
            }
        }
        self.new.sort_by_key(|new| (new.range.start, new.range.end));
        self.new.dedup_by(|next, last| next.range == last.range && next.bytes == last.bytes);
        let gone = self.gone;
        let mut pen = Pen { operation, source, gone: &gone, at: 0, new: self.new.into_iter().peekable() };
        let (mut parts, mut samples) =
            (self.parts.into_list().into_iter().peekable(), self.samples.into_list().into_iter().peekable());
        loop {
            let sample_first = match (parts.peek(), samples.peek()) {
                (Some(part), Some(sample)) => sample.start < part.start,
                (None, Some(_)) => true,
                (Some(_), None) => false,
                (None, None) => break,
            };
            let (next, why) =
                if sample_first { (samples.next(), "coded samples") } else { (parts.next(), "part of the film") };
            if let Some(range) = next {
                pen.blank_to(range.start)?;
                pen.keep_to(range.end, why)?;
            }
        }
        pen.blank_to(end)
    }
}

struct Pen<'p, 'a> {
    operation: &'p mut Operation<'a>,
    source: &'p dyn Source,
    gone: &'p Ranges,
    at: u64,
    new: Peekable<IntoIter<New>>,
}

impl Pen<'_, '_> {
    /// New bytes that begin before `to`.
    fn next_new(&mut self, to: u64) -> Option<New> {
        self.new.next_if(|new| new.range.start < to)
    }

    fn put(&mut self, new: New) -> Result<(), Refusal> {
        if new.range.start < self.at {
            return Err(refused("two parts of the film lie over one another"));
        }
        let zeros = (new.range.end - new.range.start).saturating_sub(new.bytes.len() as u64);
        let middle = new.range.end - zeros;
        let why = if new.note { "coded samples, notes blanked" } else { "part of the film" };
        self.operation.put(new.range.start..middle, new.bytes, why)?;
        self.at = new.range.end;
        self.operation.blank(zeros, "note blanked in place");
        Ok(())
    }

    fn keep_to(&mut self, to: u64, why: &'static str) -> Result<(), Refusal> {
        while let Some(new) = self.next_new(to) {
            self.operation.keep(self.at.min(new.range.start)..new.range.start, why);
            self.put(new)?;
        }
        if self.at < to {
            self.operation.keep(self.at..to, why);
            self.at = to;
        }
        Ok(())
    }

    fn blank_to(&mut self, to: u64) -> Result<(), Refusal> {
        while let Some(new) = self.next_new(to) {
            self.blank(new.range.start)?;
            self.put(new)?;
        }
        self.blank(to)
    }

    fn blank(&mut self, to: u64) -> Result<(), Refusal> {
        if self.at >= to {
            return Ok(());
        }
        let range = self.at..to;
        self.at = to;
        if is_blank(self.source, range.clone())? {
            self.operation.keep(range, "zeros");
            return Ok(());
        }
        self.operation.blank(range.end - range.start, "blanked in place");
        for junk in self.gone.gaps(range) {
            if !is_blank(self.source, junk.clone())? {
                self.operation.found(Code::Junk, "mdat", junk, Action::Remove);
            }
        }
        Ok(())
    }
}

/// Whether a range of the source is all zeros.
pub(super) fn is_blank(source: &dyn Source, range: Range<u64>) -> io::Result<bool> {
    let mut buffer = vec![0; (64 * 1024).min(range.end.saturating_sub(range.start)) as usize];
    let mut at = range.start;
    while at < range.end {
        // A first look at few bytes: what is not blank mostly shows at once.
        let most = if at == range.start { 64 } else { buffer.len() as u64 };
        let length = (range.end - at).min(most) as usize;
        source.read_exact_at(at, &mut buffer[..length])?;
        if buffer[..length].iter().any(|b| *b != 0) {
            return Ok(false);
        }
        at += length as u64;
    }
    Ok(true)
}
