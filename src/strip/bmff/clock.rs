//! Times that count from a date: what was recorded from a live stream may say of each fragment how long after 1970 it was
//! sent, or begin with a pause of decades. Whole seconds are taken from all such times, so that pictures and sound stay
//! together.
//!
//! ISO/IEC 14496-12, 8.2.2, 8.3.2 and 8.4.2 (durations; all ones where one is not known), 8.6.6 (empty edits), 8.8.2 (`mehd`),
//! 8.8.10 (`tfra`), 8.8.12 (`tfdt`), 8.16.3 (`sidx`).

use super::part::{Part, Walk, child, number, wide};
use super::shown::Runs;
use super::table::Rows;
use super::{Film, SMALL, refused};
use crate::finding::Code;
use crate::plan::Refusal;

/// No recording goes on for three years, in seconds: a time beyond counts from a date.
const LONGEST: u64 = 3 * 366 * 86_400;
/// Fragments in which each track has begun.
const BEGINNING: usize = 1_000;
const LABEL: &str = "date in the times of the film";

/// Whole seconds that are taken from times.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    /// From the pause in front of each track.
    pause: u64,
    /// From the times of fragments.
    fragments: u64,
}

fn seconds(time: u64, ticks: u32) -> u64 {
    time / u64::from(ticks.max(1))
}

fn is_date(time: u64, ticks: u32) -> bool {
    seconds(time, ticks) >= LONGEST
}

fn dated() -> Refusal {
    refused("the times of the film count from a date, and not all from one")
}

/// What is taken where any of these counts from a date.
fn first_of(all: &[u64]) -> u64 {
    if all.iter().any(|time| *time >= LONGEST) { all.iter().copied().min().unwrap_or(0) } else { 0 }
}

/// A number of four bytes, or of eight.
fn time(bytes: &[u8], at: usize, long: bool) -> Option<u64> {
    if long { wide(bytes, at) } else { number(bytes, at).map(u64::from) }
}

fn put(bytes: &mut [u8], at: usize, long: bool, time: u64) {
    let (from, width) = if long { (0, 8) } else { (4, 4) };
    bytes[at..at + width].copy_from_slice(&time.to_be_bytes()[from..]);
}

/// A number of four bytes of a table, or of eight.
fn row(rows: &mut Rows<'_>, at: u64, long: bool) -> Result<u64, Refusal> {
    let mut next = |at: u64| rows.number(at).map(|number| u64::from(number.unwrap_or_default()));
    Ok(if long { next(at)? << 32 | next(at + 4)? } else { next(at)? })
}

impl Film<'_> {
    /// Finds what is to be taken from the times of the tracks that stay.
    ///
    /// # Errors
    /// Where samples themselves last for years.
    pub(super) fn read_clock(&mut self) -> Result<(), Refusal> {
        let (mut pauses, mut kept) = (Vec::new(), Vec::new());
        for track in self.tracks.clone().iter().filter(|track| track.sort.is_some()) {
            kept.push((track.id, track.ticks));
            let inside = track.part.body..track.part.end;
            let list = match child(self.source, inside, b"edts")? {
                Some(edits) => child(self.source, edits.body..edits.end, b"elst")?,
                None => None,
            };
            let mut head = [0; 24];
            if let Some(list) = list {
                let read = list.length().min(24) as usize;
                self.source.read_exact_at(list.body, &mut head[..read])?;
            }
            let long = head[0] == 1;
            let empty = if long { head[16..] == [0xFF; 8] } else { head[12..16] == [0xFF; 4] };
            pauses.push(if empty { seconds(time(&head, 8, long).unwrap_or(0), self.scale) } else { 0 });
            if let Some(table) = &track.table
                && let Some(durations) = child(self.source, table.body..table.end, b"stts")?
            {
                let (mut runs, mut sum) = (Runs::new(self.source, &durations)?, 0_u64);
                while let Some((count, each)) = runs.run()? {
                    sum = sum.saturating_add(count.saturating_mul(u64::from(each)));
                    runs.done(count);
                }
                if is_date(sum, track.ticks) {
                    return Err(dated());
                }
            }
        }
        self.clock = Clock { pause: first_of(&pauses), fragments: first_of(&self.beginnings(&kept)?) };
        Ok(())
    }

    /// When each of these tracks begins in its fragments, in seconds. What begins later is looked at where it is kept.
    fn beginnings(&self, kept: &[(u32, u32)]) -> Result<Vec<u64>, Refusal> {
        let (mut begun, mut seen, mut fragments) = (Vec::new(), Vec::new(), 0);
        let mut top = Walk::top(self.source);
        while let Some(part) = top.next(self.source)? {
            if &part.kind != b"moof" || part.cut {
                continue;
            }
            fragments += 1;
            let mut walk = Walk::inside(part.body..part.end);
            while let Some(run) = walk.next(self.source)? {
                let inside = run.body..run.end;
                let (Some(header), Some(decoded)) =
                    (child(self.source, inside.clone(), b"tfhd")?, child(self.source, inside, b"tfdt")?)
                else {
                    continue;
                };
                let (mut id, mut head) = ([0; 8], [0; 12]);
                let read = header.length().min(8) as usize;
                self.source.read_exact_at(header.body, &mut id[..read])?;
                let read = decoded.length().min(12) as usize;
                self.source.read_exact_at(decoded.body, &mut head[..read])?;
                let id = number(&id, 4);
                let Some((id, ticks)) = kept.iter().find(|(kept, _)| id == Some(*kept)) else { continue };
                if !seen.contains(id) {
                    seen.push(*id);
                    begun.push(seconds(time(&head, 4, head[0] == 1).unwrap_or(0), *ticks));
                }
            }
            if seen.len() == kept.len() || fragments >= BEGINNING {
                break;
            }
        }
        Ok(begun)
    }

    /// A time of so many ticks a second without the seconds that are taken; none where it counts from a date yet.
    fn moved(time: u64, taken: u64, ticks: u32) -> Option<u64> {
        if !is_date(time, ticks) {
            return Some(time);
        }
        let moved = time.checked_sub(taken.checked_mul(u64::from(ticks.max(1)))?)?;
        (!is_date(moved, ticks)).then_some(moved)
    }

    /// The duration in a header: without the time since a date, or unknown where it says nothing else. Says whether it changed.
    pub(super) fn duration(&self, kind: &[u8; 4], header: &mut [u8]) -> bool {
        let long = header.first() == Some(&1);
        let at = match (kind, long) {
            (b"tkhd", false) => 20,
            (b"tkhd", true) => 28,
            (_, false) => 16,
            (_, true) => 24,
        };
        let media = kind == b"mdhd";
        let own = number(header, if long { 20 } else { 12 }).unwrap_or(0);
        let (ticks, taken) =
            if media { (own, self.clock.fragments) } else { (self.scale, self.clock.pause + self.clock.fragments) };
        let unknown = if long { u64::MAX } else { u64::from(u32::MAX) };
        let Some(old) = time(header, at, long).filter(|old| *old != unknown) else { return false };
        let new = Self::moved(old, taken, ticks).unwrap_or(unknown);
        put(header, at, long, new);
        new != old
    }

    /// `mehd`: how long all fragments are together; goes where it says nothing but a date.
    pub(super) fn whole_length(&mut self, part: &Part) -> Result<(), Refusal> {
        let (mut head, read) = ([0; 12], part.length().min(12) as usize);
        self.source.read_exact_at(part.body, &mut head[..read])?;
        let long = head[0] == 1;
        if is_date(time(&head, 4, long).unwrap_or(0), self.scale) {
            return self.free_as(part, Code::Time, LABEL);
        }
        self.fixed(part, if long { 12 } else { 8 }, &[])
    }

    /// The pause at the head of an edit list.
    ///
    /// # Errors
    /// Where more of it counts from a date.
    pub(super) fn first_edit(&mut self, list: &Part, ticks: u32) -> Result<(), Refusal> {
        let mut rows = Rows::new(self.source, list.body..list.end);
        let (long, count) = (row(&mut rows, 0, false)? >> 24 == 1, row(&mut rows, 4, false)?);
        let (each, empty) = if long { (20, u64::MAX) } else { (12, u64::from(u32::MAX)) };
        for index in 0..count {
            let at = 8 + index * each;
            let (length, from) = (row(&mut rows, at, long)?, row(&mut rows, at + each / 2 - 2, long)?);
            if from != empty && is_date(from, ticks) {
                return Err(dated());
            }
            // All ones: it is not known how long.
            if length == u64::MAX || !is_date(length, self.scale) {
                continue;
            }
            let moved = Self::moved(length, self.clock.pause, self.scale).filter(|_| index == 0 && from == empty);
            let moved = moved.ok_or_else(dated)?;
            let start = list.body + at;
            let mut bytes = vec![0; if long { 8 } else { 4 }];
            put(&mut bytes, 0, long, moved);
            self.place_time(list, start, bytes);
        }
        Ok(())
    }

    fn place_time(&mut self, part: &Part, start: u64, bytes: Vec<u8>) {
        let range = start..start + bytes.len() as u64;
        self.operation.found_as(Code::Time, LABEL, &part.name(), range, crate::finding::Action::Replace);
        self.sheet.write(start, bytes);
    }

    /// `tfdt`: when the first sample of a fragment is decoded, in ticks; gives the time that stays.
    ///
    /// # Errors
    /// Where it counts from another date than those before it.
    pub(super) fn decode_time(&mut self, part: &Part, ticks: u32) -> Result<u64, Refusal> {
        let mut head = [0; 12];
        let read = part.length().min(12) as usize;
        self.source.read_exact_at(part.body, &mut head[..read])?;
        let long = head[0] == 1;
        let length = if long { 12 } else { 8 };
        let old = time(&head, 4, long).unwrap_or(0);
        let new = Self::moved(old, self.clock.fragments, ticks).ok_or_else(dated)?;
        if new == old || part.length() < length {
            self.fixed(part, length, &[])?;
            return Ok(old);
        }
        let bytes = self.read(part, SMALL)?;
        let mut changed = bytes.clone();
        put(&mut changed, 4, long, new);
        changed[length as usize..].fill(0);
        self.replace(part, &bytes, changed, Code::Time, LABEL)?;
        Ok(new)
    }

    /// When the first segment of a `sidx` is shown; the list goes where that cannot be said without a date.
    pub(super) fn first_shown(&mut self, part: &Part, head: &[u8]) -> Result<(), Refusal> {
        let long = head.first() != Some(&0);
        let ticks = number(head, 8).unwrap_or(0);
        let old = time(head, 12, long).unwrap_or(0);
        match Self::moved(old, self.clock.fragments + self.clock.pause, ticks) {
            None => self.free_as(part, Code::Time, LABEL),
            Some(new) => {
                self.sheet.keep(part.range())?;
                if new != old {
                    let mut bytes = vec![0; if long { 8 } else { 4 }];
                    put(&mut bytes, 0, long, new);
                    self.place_time(part, part.body + 12, bytes);
                }
                Ok(())
            }
        }
    }

    /// A `tfra` that is one: goes where it tells a date.
    pub(super) fn access(&mut self, part: &Part) -> Result<(), Refusal> {
        let mut rows = Rows::new(self.source, part.body..part.end);
        let mut next = |at: u64| row(&mut rows, at, false);
        let (long, id, sizes, count) = (next(0)? >> 24 == 1, next(4)?, next(8)?, next(12)?);
        let ticks = self.tracks.iter().find(|track| u64::from(track.id) == id).map_or(0, |track| track.ticks);
        let each = (sizes & 3) + (sizes >> 2 & 3) + (sizes >> 4 & 3) + 3 + if long { 16 } else { 8 };
        for index in 0..count {
            if is_date(row(&mut rows, 16 + index * each, long)?, ticks) {
                return self.free_as(part, Code::Time, LABEL);
            }
        }
        self.sheet.keep(part.range())
    }
}
