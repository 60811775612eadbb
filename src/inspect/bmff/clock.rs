//! The witness's own reading of times that count from a date, and what may have been taken from them.
//!
//! ISO/IEC 14496-12, 8.2.2, 8.3.2, 8.4.2, 8.6.1.2, 8.6.6, 8.8.2, 8.8.10, 8.8.12 and 8.16.3.

use super::shown::{ticks, whole};
use super::track::{Rows, Track, boxes};
use crate::cut::Source;
use crate::inspect::Trouble;
use crate::inspect::boxes::{Box4, Walk};
use crate::inspect::bytes::{Bytes, be32};
use std::ops::Range;

/// Three years of seconds: no recording is as long.
const YEARS: u64 = 3 * 366 * 86_400;

/// The clocks of a film, and the whole seconds by which its times may be less than the original's.
#[derive(Debug, Default)]
pub(super) struct Clock {
    film: u32,
    tracks: Vec<(u32, u32)>,
    /// The clock of the track whose fragment is read.
    now: u32,
    paused: u64,
    begun: u64,
    /// Fragments that went by.
    fragments: u32,
    /// How long the samples of each track last in them.
    lasted: Vec<u64>,
}

/// A box's one time: where it is, the ticks of its clock, the seconds that may have gone, and whether it may be unknown.
type Field = (usize, u32, u64, bool);

fn dated(time: u64, ticks: u32) -> bool {
    time / u64::from(ticks.max(1)) >= YEARS
}

fn least(times: &[u64]) -> u64 {
    if times.iter().any(|time| *time >= YEARS) { times.iter().min().copied().unwrap_or(0) } else { 0 }
}

/// How long a sample lasts: nothing where it says less than that.
fn lasting(each: u64) -> u64 {
    if each > 0x7fff_ffff { 0 } else { each }
}

/// The number of a table at this place.
fn cell(rows: &mut Rows<'_>, at: u64, long: bool) -> Result<u64, Trouble> {
    rows.at(at, if long { 8 } else { 4 })
}

/// The rows of an edit list: how long, and from when on.
fn edits(bytes: &mut Bytes<'_>, list: &Box4) -> Result<Vec<(u64, i64)>, Trouble> {
    let content = bytes.copy(list.data.clone(), 8 + 20 * 65_536)?;
    let long = content.first() == Some(&1);
    let (each, second) = if long { (20, 8) } else { (12, 4) };
    let count = be32(&content, 4).unwrap_or(0) as usize;
    let mut out = Vec::new();
    for row in content.get(8..).unwrap_or_default().chunks_exact(each).take(count) {
        let (Some(length), Some(from)) = (whole(row, 0, long), whole(row, second, long)) else { break };
        out.push((length, if long { from as i64 } else { i64::from(from as u32 as i32) }));
    }
    Ok(out)
}

impl Clock {
    /// Reads an original: the clocks of the tracks that `stays` tells of, and from when they count.
    pub(super) fn of(
        bytes: &mut Bytes<'_>,
        film: &Box4,
        tracks: &[Track],
        stays: impl Fn(&Track) -> bool,
    ) -> Result<Self, Trouble> {
        let mut clock = Self::default();
        if let Some(header) = boxes(bytes, film.data.clone())?.iter().find(|found| &found.kind == b"mvhd") {
            clock.film = ticks(bytes, header)?;
        }
        let (mut pauses, mut first) = (Vec::new(), 0);
        for track in tracks.iter().filter(|track| stays(track)) {
            let own = track.clock.as_ref().map_or(Ok(0), |header| ticks(bytes, header))?;
            clock.tracks.push((track.id, own));
            let rows = track.edits.as_ref().map_or(Ok(Vec::new()), |list| edits(bytes, list))?;
            pauses.push(match rows.first() {
                Some((length, -1)) => length / u64::from(clock.film.max(1)),
                _ => 0,
            });
            let own = u64::from(own.max(1));
            first = rows.iter().map(|(_, from)| (*from).max(0).unsigned_abs().div_ceil(own)).fold(first, u64::max);
        }
        clock.paused = least(&pauses);
        clock.begun = least(&clock.beginnings(bytes)?).saturating_sub(first);
        clock.lasted = vec![0; clock.tracks.len()];
        Ok(clock)
    }

    /// The seconds at which the tracks begin in the first thousand fragments.
    fn beginnings(&self, bytes: &mut Bytes<'_>) -> Result<Vec<u64>, Trouble> {
        let mut begun: Vec<(u32, u64)> = Vec::new();
        let (mut walk, mut read) = (Walk::new(0..bytes.len()), 0);
        while let Some(found) = walk.next(bytes)? {
            if &found.kind != b"moof" || !found.whole {
                continue;
            }
            for run in boxes(bytes, found.data.clone())?.iter().filter(|part| &part.kind == b"traf") {
                let inner = boxes(bytes, run.data.clone())?;
                let part = |kind: &[u8; 4]| inner.iter().find(|part| &part.kind == kind);
                let (Some(header), Some(time)) = (part(b"tfhd"), part(b"tfdt")) else { continue };
                let id = be32(&bytes.copy(header.data.clone(), 8)?, 4).unwrap_or(0);
                let head = bytes.copy(time.data.clone(), 12)?;
                let time = whole(&head, 4, head.first() == Some(&1)).unwrap_or(0);
                let known = self.tracks.iter().find(|(track, _)| *track == id);
                if let Some((_, own)) = known.filter(|_| begun.iter().all(|(track, _)| *track != id)) {
                    begun.push((id, time / u64::from((*own).max(1))));
                }
            }
            read += 1;
            if begun.len() == self.tracks.len() || read == 1_000 {
                break;
            }
        }
        Ok(begun.into_iter().map(|(_, seconds)| seconds).collect())
    }

    /// Whether any of these times counts from a date.
    pub(super) fn has_date(&self) -> bool {
        self.paused > 0 || self.begun > 0
    }

    fn field(&self, kind: &[u8; 4], head: &[u8], long: bool) -> Option<Field> {
        let by = |short: usize, wide: usize| if long { wide } else { short };
        let all = self.paused.saturating_add(self.begun);
        match kind {
            b"mvhd" => Some((by(16, 24), self.film, all, true)),
            b"tkhd" => Some((by(20, 28), self.film, all, true)),
            b"mdhd" => Some((by(16, 24), be32(head, by(12, 20)).unwrap_or(0), self.begun, true)),
            b"mehd" => Some((4, self.film, 0, false)),
            b"elst" if be32(head, 4) != Some(0) => Some((8, self.film, self.paused, false)),
            b"tfdt" => Some((4, self.now, self.begun, false)),
            b"sidx" => Some((12, be32(head, 8).unwrap_or(0), all, false)),
            _ => None,
        }
    }

    /// Looks at the time in a box, and says whether it tells a date, and which bytes may differ from the original's.
    pub(super) fn look(&mut self, found: &Box4, new: &[u8], old: &[u8]) -> (bool, Option<Range<usize>>) {
        if &found.kind == b"tfhd" {
            let id = be32(new, 4);
            self.now = self.tracks.iter().find(|(track, _)| Some(*track) == id).map_or(0, |(_, own)| *own);
        }
        let version = new.first().copied().unwrap_or(0);
        let long = if &found.kind == b"sidx" { version != 0 } else { version == 1 };
        let Some((at, ticks, taken, open)) = self.field(&found.kind, new, long) else { return (false, None) };
        let (Some(time), Some(before)) = (whole(new, at, long), whole(old, at, long)) else { return (false, None) };
        let width = if long { 8 } else { 4 };
        let unknown = new[at..at + width].iter().all(|byte| *byte == 0xff) && (open || &found.kind == b"elst");
        let less = taken.checked_mul(u64::from(ticks.max(1))).and_then(|taken| before.checked_sub(taken));
        let may = dated(before, ticks) && (less == Some(time) || unknown && open);
        (dated(time, ticks) && !unknown, (time != before && may).then_some(at..at + width))
    }

    /// Whether a row of a track's edit list, or its samples together, reach a date.
    pub(super) fn reaches_date(&self, source: &dyn Source, track: &Track) -> Result<bool, Trouble> {
        let own = self.tracks.iter().find(|(id, _)| *id == track.id).map_or(0, |(_, own)| *own);
        for (length, from) in
            track.edits.as_ref().map_or(Ok(Vec::new()), |list| edits(&mut Bytes::new(source), list))?
        {
            if length != u64::MAX && dated(length, self.film) || dated(from.unsigned_abs(), own) {
                return Ok(true);
            }
        }
        let mut sum = 0_u64;
        if let Some(lengths) = &track.lengths {
            let mut rows = Rows::new(source, lengths);
            for index in 0..rows.at(4, 4)? {
                let (many, each) = (rows.at(8 + index * 8, 4)?, rows.at(12 + index * 8, 4)?);
                sum = sum.saturating_add(many * lasting(each));
            }
        }
        Ok(dated(sum, own))
    }

    /// Whether the samples of a track in its fragments, with those of this one, last for years. `usual` is how long one lasts
    /// where that is not said.
    pub(super) fn goes_on(&mut self, bytes: &mut Bytes<'_>, id: u32, part: &Box4, usual: u32) -> Result<bool, Trouble> {
        let Some(index) = self.tracks.iter().position(|(track, _)| *track == id) else { return Ok(false) };
        let mut usual = u64::from(usual);
        for found in boxes(bytes, part.data.clone())? {
            let head = bytes.copy(found.data.clone(), 24)?;
            let flags = be32(&head, 0).unwrap_or(0);
            if &found.kind == b"tfhd" && flags & 8 != 0 {
                let at = 8 + (flags as usize & 1) * 8 + (flags as usize >> 1 & 1) * 4;
                usual = be32(&head, at).map_or(usual, u64::from);
            }
            if &found.kind != b"trun" {
                continue;
            }
            let (many, each) = (u64::from(be32(&head, 4).unwrap_or(0)), u64::from((flags & 0xF00).count_ones() * 4));
            let start = found.data.start + 8 + u64::from((flags & 1) * 4 + (flags >> 2 & 1) * 4);
            if flags & 0x100 == 0 {
                self.lasted[index] = self.lasted[index].saturating_add(many * lasting(usual));
                continue;
            }
            for row in 0..many.min(1 << 20) {
                let length = bytes.get(start + row * each, 4)?.and_then(|row| be32(row, 0)).unwrap_or(0);
                self.lasted[index] = self.lasted[index].saturating_add(lasting(u64::from(length)));
            }
        }
        Ok(dated(self.lasted[index], self.tracks[index].1))
    }

    /// Counts a fragment.
    pub(super) fn fragment(&mut self) {
        self.fragments = self.fragments.saturating_add(1);
    }

    /// Whether a fragment's header bears its number in the file.
    pub(super) fn is_numbered(&self, head: &[u8]) -> bool {
        be32(head, 4) == Some(self.fragments)
    }

    /// Whether every list of pictures to begin with names samples of the track, in their order.
    pub(super) fn begins_with(source: &dyn Source, track: &Track) -> Result<bool, Trouble> {
        let all = track.count(source);
        for list in &track.syncs {
            let (mut rows, mut before) = (Rows::new(source, list), 0);
            for index in 0..rows.at(4, 4)? {
                let place = rows.at(8 + index * 4, 4)?;
                if !(before..=all).contains(&place) {
                    return Ok(false);
                }
                before = place;
            }
        }
        Ok(true)
    }

    /// Whether a list of segments, `head` being its beginning, leads through the file, with no more in it than that.
    pub(super) fn leads_through(source: &dyn Source, found: &Box4, head: &[u8]) -> Result<bool, Trouble> {
        let mut rows = Rows::new(source, found);
        let long = head.first().is_some_and(|version| *version != 0);
        let (gap, first) = if long { (rows.at(20, 8)?, 32) } else { (rows.at(16, 4)?, 24) };
        let mut reach = u128::from(found.range.end) + u128::from(gap);
        for row in 0..rows.at(first - 2, 2)? {
            let at = first + row * 12;
            let (size, length, access) = (rows.at(at, 4)?, rows.at(at + 4, 4)?, rows.at(at + 8, 4)?);
            reach += u128::from(size & 0x7fff_ffff);
            if (access & 0x0fff_ffff) > length || (access >> 28 & 7) == 7 {
                return Ok(false);
            }
        }
        Ok(reach <= u128::from(source.len()))
    }

    /// Whether a list of places to jump to tells a date.
    pub(super) fn jumps_to_date(&self, source: &dyn Source, found: &Box4) -> Result<bool, Trouble> {
        let mut rows = Rows::new(source, found);
        let (long, id, sizes) = (rows.at(0, 1)? == 1, rows.at(4, 4)?, rows.at(8, 4)?);
        let Some((_, own)) = self.tracks.iter().find(|(track, _)| u64::from(*track) == id) else { return Ok(false) };
        let each = if long { 19 } else { 11 } + (sizes & 3) + (sizes >> 2 & 3) + (sizes >> 4 & 3);
        for index in 0..rows.at(12, 4)? {
            if dated(cell(&mut rows, 16 + index * each, long)?, *own) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
