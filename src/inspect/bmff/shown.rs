//! What players leave out of a track: the witness's own account of an edit list and of the times of samples.
//!
//! ISO/IEC 14496-12, 8.6.1, 8.6.6 and 8.8; QuickTime File Format, "Edit Atoms".

use super::track::{Rows, Track, boxes};
use crate::cut::Source;
use crate::inspect::Trouble;
use crate::inspect::boxes::Box4;
use crate::inspect::bytes::{Bytes, be32};
use std::ops::Range;

/// The times of a track that an edit list shows, in ticks of the track's clock, and what lay outside of them so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    times: Vec<(i128, i128)>,
    ticks: u32,
    clock: i128,
    pictures: u64,
    time: i128,
}

pub(super) fn whole(bytes: &[u8], at: usize, long: bool) -> Option<u64> {
    let low = be32(bytes, if long { at + 4 } else { at })?;
    Some(if long { u64::from(be32(bytes, at)?) << 32 } else { 0 } | u64::from(low))
}

/// The clock of a header of this kind.
pub(super) fn ticks(bytes: &mut Bytes<'_>, header: &Box4) -> Result<u32, Trouble> {
    let content = bytes.copy(header.data.clone(), 32)?;
    Ok(be32(&content, if content.first() == Some(&1) { 20 } else { 12 }).unwrap_or(0))
}

/// What is shown of each of these tracks, in their order; none of those without an edit list.
pub(super) fn of(
    source: &dyn Source,
    bytes: &mut Bytes<'_>,
    film: &Box4,
    tracks: &[Track],
) -> Result<Vec<Option<Shown>>, Trouble> {
    let headers = boxes(bytes, film.data.clone())?;
    let film = headers.iter().find(|found| &found.kind == b"mvhd").map_or(Ok(0), |header| ticks(bytes, header))?;
    tracks.iter().map(|track| one(source, bytes, film, track)).collect()
}

fn one(source: &dyn Source, bytes: &mut Bytes<'_>, film: u32, track: &Track) -> Result<Option<Shown>, Trouble> {
    let (Some(list), Some(clock)) = (&track.edits, &track.clock) else { return Ok(None) };
    let content = bytes.copy(list.data.clone(), 1 << 20)?;
    let long = content.first() == Some(&1);
    let each = if long { 20 } else { 12 };
    let mut shown = Shown { ticks: ticks(bytes, clock)?, ..Shown::default() };
    let count = be32(&content, 4).unwrap_or(0) as usize;
    let rows = content.get(8..).unwrap_or_default().chunks_exact(each).take(count);
    let last = rows.len();
    for (index, row) in rows.enumerate() {
        let second = if long { 8 } else { 4 };
        let (Some(length), Some(from)) = (whole(row, 0, long), whole(row, second, long)) else { continue };
        let from = if long { i128::from(from as i64) } else { i128::from(from as u32 as i32) };
        let rate = be32(row, each - 4).map_or(0, |rate| i128::from((rate as i32).unsigned_abs()));
        let own = i128::from(length) * i128::from(shown.ticks);
        let end = match (length, rate) {
            (0, _) if shown.times.is_empty() && index + 1 == last => i128::MAX,
            (0, _) => from,
            (_, 0) => from + 1,
            // Rounded up, first to the track's clock.
            _ => from + ((own + i128::from(film.max(1)) - 1) / i128::from(film.max(1)) * rate + 0xFFFF) / 0x1_0000,
        };
        if from >= 0 && end > from {
            shown.times.push((from, end));
        }
    }
    if count == 0 {
        return Ok(None);
    }
    shown.times.sort_unstable();
    shown.times.dedup_by(|next, one| {
        let joins = next.0 <= one.1;
        one.1 = if joins { one.1.max(next.1) } else { one.1 };
        joins
    });
    if shown.times.len() > 500 {
        return Err(Trouble::TooLarge("cuts without end"));
    }
    if let Some(lengths) = &track.lengths {
        let mut lengths = Pairs::new(source, lengths)?;
        let mut delays = track.delays.as_ref().map(|delays| Pairs::new(source, delays)).transpose()?;
        while lengths.left()? {
            let more = delays.as_mut().map_or(Ok(false), Pairs::left)?;
            let behind = delays.as_mut().filter(|_| more);
            let (many, delay) = behind.as_ref().map_or((lengths.many, 0), |d| (d.many.min(lengths.many), d.value));
            shown.samples(many, lengths.value, delay as i32);
            lengths.many -= many;
            if let Some(delays) = behind {
                delays.many -= many;
            }
        }
    }
    Ok(Some(shown))
}

/// Rows of a number of samples and a value of each.
struct Pairs<'s> {
    rows: Rows<'s>,
    next: u64,
    count: u64,
    many: u64,
    value: u32,
}

impl<'s> Pairs<'s> {
    fn new(source: &'s dyn Source, found: &Box4) -> Result<Self, Trouble> {
        let mut rows = Rows::new(source, found);
        let count = rows.at(4, 4)?;
        Ok(Self { rows, next: 0, count, many: 0, value: 0 })
    }

    /// Whether a sample is left.
    fn left(&mut self) -> Result<bool, Trouble> {
        while self.many == 0 && self.next < self.count {
            self.many = self.rows.at(8 + self.next * 8, 4)?;
            self.value = self.rows.at(12 + self.next * 8, 4)? as u32;
            self.next += 1;
        }
        Ok(self.many > 0)
    }
}

impl Shown {
    /// So many samples of one length follow.
    fn samples(&mut self, many: u64, length: u32, delay: i32) {
        let (first, each) = (self.clock + i128::from(delay), i128::from(length));
        let last = first + each * i128::from(many);
        self.clock += each * i128::from(many);
        if each == 0 {
            return;
        }
        // The times between what is shown, and in each the samples that begin and end there.
        let mut open = first;
        for (from, to) in self.times.iter().copied().filter(|(_, to)| *to > first).chain([(last, last)]) {
            let stop = from.min(last);
            if stop > open {
                let begins = (open - first + each - 1).div_euclid(each);
                let ends = (stop - first).div_euclid(each);
                let inside = (ends - begins).max(0);
                self.pictures = self.pictures.saturating_add(u64::try_from(inside).unwrap_or(u64::MAX));
                self.time += inside * each;
            }
            open = open.max(to);
            if from >= last || open >= last {
                break;
            }
        }
    }

    /// The samples of a fragment's track; `length` is what they last where it is not said.
    pub(super) fn fragment(&mut self, bytes: &mut Bytes<'_>, part: &Box4, default: u32) -> Result<(), Trouble> {
        let mut usual = default;
        for found in boxes(bytes, part.data.clone())? {
            let head = bytes.copy(found.data.clone(), 24)?;
            let flags = be32(&head, 0).unwrap_or(0);
            match &found.kind {
                b"tfhd" if flags & 8 != 0 => {
                    let at = 8 + (flags as usize & 1) * 8 + (flags as usize >> 1 & 1) * 4;
                    usual = be32(&head, at).unwrap_or(default);
                }
                b"tfdt" => self.clock = whole(&head, 4, head.first() == Some(&1)).map_or(0, i128::from),
                b"trun" => self.run(bytes, found.data.clone(), &head, usual)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn run(&mut self, bytes: &mut Bytes<'_>, data: Range<u64>, head: &[u8], usual: u32) -> Result<(), Trouble> {
        let (flags, many) = (be32(head, 0).unwrap_or(0), be32(head, 4).unwrap_or(0));
        let each = (flags & 0xF00).count_ones() as usize * 4;
        let mut at = data.start + 8 + u64::from((flags & 1) * 4 + (flags >> 2 & 1) * 4);
        for _ in 0..many.min(1 << 20) {
            let row = bytes.get(at, each)?.ok_or(Trouble::Damaged("a fragment that is too short"))?;
            let length = if flags & 0x100 != 0 { be32(row, 0) } else { None };
            let delay = if flags & 0x800 != 0 { be32(row, each - 4) } else { None };
            let (length, delay) = (length.unwrap_or(usual), delay.unwrap_or(0) as i32);
            self.samples(1, length, delay);
            at += each as u64;
        }
        Ok(())
    }

    /// Whether more is left out than the quarter of a second that coders of sound put before and behind it.
    pub(super) fn leaves_out(&self, sound: bool) -> bool {
        let ticks = i128::from(self.ticks);
        // Of three frames at the most half a second passes: the rates of dictation.
        if sound { self.time * 4 > ticks && (self.pictures > 3 || self.time * 2 > ticks) } else { self.pictures > 0 }
    }
}
