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
}

/// A box's one time: where it is, the ticks of its clock, the seconds that may have gone, and whether it may be unknown.
type Field = (usize, u32, u64, bool);

fn dated(time: u64, ticks: u32) -> bool {
    time / u64::from(ticks.max(1)) >= YEARS
}

fn least(times: &[u64]) -> u64 {
    if times.iter().any(|time| *time >= YEARS) { times.iter().min().copied().unwrap_or(0) } else { 0 }
}

/// The number of a table at this place.
fn cell(rows: &mut Rows<'_>, at: u64, long: bool) -> Result<u64, Trouble> {
    rows.at(at, if long { 8 } else { 4 })
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
        let mut pauses = Vec::new();
        for track in tracks.iter().filter(|track| stays(track)) {
            let own = track.clock.as_ref().map_or(Ok(0), |header| ticks(bytes, header))?;
            clock.tracks.push((track.id, own));
            let head = track.edits.as_ref().map_or(Ok(Vec::new()), |list| bytes.copy(list.data.clone(), 24))?;
            let long = head.first() == Some(&1);
            let from = if long { head.get(16..24) } else { head.get(12..16) };
            let empty = from.is_some_and(|from| from.iter().all(|byte| *byte == 0xff));
            let length = whole(&head, 8, long).filter(|_| empty).unwrap_or(0);
            pauses.push(length / u64::from(clock.film.max(1)));
        }
        clock.paused = least(&pauses);
        clock.begun = least(&clock.beginnings(bytes)?);
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
        let all = self.paused + self.begun;
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
        if let Some(list) = &track.edits {
            let mut rows = Rows::new(source, list);
            let long = rows.at(0, 1)? == 1;
            let each = if long { 20 } else { 12 };
            for index in 0..rows.at(4, 4)? {
                let at = 8 + index * each;
                let (length, from) = (cell(&mut rows, at, long)?, cell(&mut rows, at + (each - 4) / 2, long)?);
                let empty = from == if long { u64::MAX } else { 0xffff_ffff };
                if length != u64::MAX && dated(length, self.film) || !empty && dated(from, own) {
                    return Ok(true);
                }
            }
        }
        let mut sum = 0_u64;
        if let Some(lengths) = &track.lengths {
            let mut rows = Rows::new(source, lengths);
            for index in 0..rows.at(4, 4)? {
                let (many, each) = (rows.at(8 + index * 8, 4)?, rows.at(12 + index * 8, 4)?);
                sum = sum.saturating_add(many * each);
            }
        }
        Ok(dated(sum, own))
    }

    /// Whether a list of places to jump to tells a date.
    pub(super) fn jumps_to_date(&self, source: &dyn Source, found: &Box4) -> Result<bool, Trouble> {
        let mut rows = Rows::new(source, found);
        let (long, id, sizes) = (rows.at(0, 1)? == 1, rows.at(4, 4)?, rows.at(8, 4)?);
        let own = self.tracks.iter().find(|(track, _)| u64::from(*track) == id).map_or(0, |(_, own)| *own);
        let each = if long { 19 } else { 11 } + (sizes & 3) + (sizes >> 2 & 3) + (sizes >> 4 & 3);
        for index in 0..rows.at(12, 4)? {
            if dated(cell(&mut rows, 16 + index * each, long)?, own) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
