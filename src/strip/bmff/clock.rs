//! Times that count from a date: what was recorded from a live stream may say of each fragment how long after 1970 it was
//! sent, or begin with a pause of decades. The same whole seconds are taken from the times of all tracks, so that pictures and
//! sound stay together; a duration that says nothing else becomes unknown, and a list of places that does goes. Fragments are
//! numbered anew, since those of a stream may be numbered since 1970, too.
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
    /// Fragments that were numbered.
    numbered: u32,
}

impl Clock {
    fn both(self) -> u64 {
        self.pause.saturating_add(self.fragments)
    }
}

/// A row of an edit list: how long, in the film's ticks, and from when on, in the track's; below 0 is a pause.
struct Edit {
    length: u64,
    from: i64,
    /// Where the row is.
    at: u64,
}

/// Rows of an edit list, beyond which it makes no real film.
const ROWS: u64 = 65_536;

fn seconds(time: u64, ticks: u32) -> u64 {
    time / u64::from(ticks.max(1))
}

fn is_date(time: u64, ticks: u32) -> bool {
    seconds(time, ticks) >= LONGEST
}

fn dated() -> Refusal {
    refused("the times of the film count from a date, and not all from one")
}

/// How long a sample lasts; broken films have lengths below 0.
pub(super) fn lasts(each: u32) -> u64 {
    if each >> 31 == 1 { 0 } else { u64::from(each) }
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
        let (mut pauses, mut kept, mut first) = (Vec::new(), Vec::new(), 0);
        for track in self.tracks.clone().iter().filter(|track| track.sort.is_some()) {
            kept.push((track.id, track.ticks));
            let inside = track.part.body..track.part.end;
            let list = match child(self.source, inside, b"edts")? {
                Some(edits) => child(self.source, edits.body..edits.end, b"elst")?,
                None => None,
            };
            let rows = list.map_or(Ok(Vec::new()), |list| self.edits_of(&list))?;
            pauses.push(rows.first().filter(|row| row.from == -1).map_or(0, |row| seconds(row.length, self.scale)));
            for row in rows.iter().filter(|row| row.from > 0) {
                first = first.max(row.from.unsigned_abs().div_ceil(u64::from(track.ticks.max(1))));
            }
            if let Some(table) = &track.table
                && let Some(durations) = child(self.source, table.body..table.end, b"stts")?
            {
                let (mut runs, mut sum) = (Runs::new(self.source, &durations)?, 0_u64);
                while let Some((count, each)) = runs.run()? {
                    sum = sum.saturating_add(count.saturating_mul(lasts(each)));
                    runs.done(count);
                }
                if is_date(sum, track.ticks) {
                    return Err(dated());
                }
            }
        }
        // What is shown first is to be there yet: a list of edits counts from where the samples do.
        let begun = first_of(&self.beginnings(&kept)?);
        self.clock = Clock { pause: first_of(&pauses), fragments: begun.saturating_sub(first), numbered: 0 };
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
                if &run.kind != b"traf" {
                    continue;
                }
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
        let (ticks, taken) = if media { (own, self.clock.fragments) } else { (self.scale, self.clock.both()) };
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

    fn edits_of(&self, list: &Part) -> Result<Vec<Edit>, Refusal> {
        let mut rows = Rows::new(self.source, list.body..list.end);
        let (long, count) = (row(&mut rows, 0, false)? >> 24 == 1, row(&mut rows, 4, false)?);
        let each = if long { 20 } else { 12 };
        if count > ROWS {
            return Err(Refusal::too_large("the film is cut together of more pieces than any real one"));
        }
        let mut out = Vec::new();
        for index in 0..count.min(list.length().saturating_sub(8) / each) {
            let at = 8 + index * each;
            let (length, from) = (row(&mut rows, at, long)?, row(&mut rows, at + each / 2 - 2, long)?);
            let from = if long { from as i64 } else { i64::from(from as u32 as i32) };
            out.push(Edit { length, from, at });
        }
        Ok(out)
    }

    /// The pause at the head of an edit list. `ticks` are those of the track's clock.
    ///
    /// # Errors
    /// Where more of it counts from a date.
    pub(super) fn first_edit(&mut self, list: &Part, ticks: u32) -> Result<(), Refusal> {
        let mut long = [0];
        self.source.read_exact_at(list.body, &mut long)?;
        for (index, Edit { length, from, at }) in self.edits_of(list)?.into_iter().enumerate() {
            if is_date(from.unsigned_abs(), ticks) {
                return Err(dated());
            }
            // All ones: it is not known how long.
            if length == u64::MAX || !is_date(length, self.scale) {
                continue;
            }
            let moved = Self::moved(length, self.clock.pause, self.scale).filter(|_| index == 0 && from == -1);
            let moved = moved.ok_or_else(dated)?;
            let mut bytes = vec![0; if long == [1] { 8 } else { 4 }];
            put(&mut bytes, 0, long == [1], moved);
            self.place_time(list, list.body + at, bytes);
        }
        Ok(())
    }

    fn place_time(&mut self, part: &Part, start: u64, bytes: Vec<u8>) {
        let range = start..start + bytes.len() as u64;
        self.operation.found_as(Code::Time, LABEL, &part.name(), range, crate::finding::Action::Replace);
        self.sheet.write(start, bytes);
    }

    /// A further fragment of the film.
    pub(super) fn counted(&mut self) {
        self.clock.numbered = self.clock.numbered.saturating_add(1);
    }

    /// `mfhd`: the fragments of a film are numbered from 1.
    pub(super) fn number(&mut self, part: &Part) -> Result<(), Refusal> {
        if part.length() < 8 || part.length() > SMALL {
            return self.free(part);
        }
        let old = self.read(part, SMALL)?;
        let mut new = old.clone();
        put(&mut new, 4, false, u64::from(self.clock.numbered));
        new[8..].fill(0);
        self.replace(part, &old, new, Code::ApplicationData, "number of a fragment")
    }

    /// Takes note of how long the samples of a fragment last, in ticks.
    ///
    /// # Errors
    /// Where the samples of a track last for years.
    pub(super) fn lasted(&mut self, id: u32, length: u64) -> Result<(), Refusal> {
        let Some(track) = self.tracks.iter_mut().find(|track| track.id == id && track.sort.is_some()) else {
            return Ok(());
        };
        track.lasted = track.lasted.saturating_add(length);
        if is_date(track.lasted, track.ticks) { Err(dated()) } else { Ok(()) }
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
        match Self::moved(old, self.clock.both(), ticks) {
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
