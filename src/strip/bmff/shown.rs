//! What of a track is shown. An edit list may leave out samples that stay in the file: a film that was cut on a telephone
//! still holds what was cut away, and nobody who watches it sees that.
//!
//! ISO/IEC 14496-12, 8.6.1 (times of samples), 8.6.6 (edit lists), 8.8.7, 8.8.8 and 8.8.12 (times in fragments); QuickTime File
//! Format, "Edit Atoms".

use super::part::{Part, child, number, wide};
use super::rule::Sort;
use super::table::Rows;
use super::{Film, SMALL};
use crate::cut::Source;
use crate::plan::Refusal;
use std::ops::Range;

/// Sound that may be left out: one part in so many of a second. Coders put some 2,112 samples of silence in front of sound
/// (and twice as many where half of the rate is coded), and fill the last frame.
const SOUND: u128 = 4;
/// Two frames in front and one behind are as much as half a second at the low rates of dictation.
const FRAMES: u128 = 3;
/// Stretches that one list shows; more make no real film.
const STRETCHES: usize = 500;

/// Which times of a track are shown, and how much was found that is not. Times are in ticks of the track's clock.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// In order, none touching the next.
    ranges: Vec<Range<i128>>,
    ticks: u32,
    sound: bool,
    /// When the next sample is decoded.
    at: i128,
    samples: u128,
    hidden: u128,
}

impl Shown {
    /// What an edit list shows; none where it lists nothing. `seconds` are ticks of the film's and of the track's clock.
    fn of(list: &[u8], sound: bool, (film, ticks): (u32, u32)) -> Option<Self> {
        let (each, long) = if list.first() == Some(&1) { (20, true) } else { (12, false) };
        let rows: Vec<&[u8]> = list.get(8..)?.chunks_exact(each).take(number(list, 4)? as usize).collect();
        let mut ranges = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let (length, from) = match long {
                true => (wide(row, 0)?, wide(row, 8)? as i64),
                false => (u64::from(number(row, 0)?), i64::from(number(row, 4)? as i32)),
            };
            let rate = number(row, each - 4)?;
            // Nothing is shown for a while.
            if from < 0 {
                continue;
            }
            let from = i128::from(from);
            let own = (u128::from(length) * u128::from(ticks)).div_ceil(u128::from(film.max(1)));
            let speed = u128::from((rate as i32).unsigned_abs());
            ranges.push(match (length, rate) {
                // Fragments that follow are shown to their end, where nothing is shown before.
                (0, _) if ranges.is_empty() && index + 1 == rows.len() => from..i128::MAX,
                (0, _) => continue,
                // One picture stands still.
                (_, 0) => from..from + 1,
                // 16.16: how many times as fast it is shown.
                _ => from..from + (own * speed).div_ceil(1 << 16) as i128,
            });
        }
        ranges.sort_by_key(|range| range.start);
        let mut joined: Vec<Range<i128>> = Vec::new();
        for range in ranges {
            match joined.last_mut() {
                Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        (!rows.is_empty()).then_some(Self { ranges: joined, ticks, sound, at: 0, samples: 0, hidden: 0 })
    }

    /// Takes samples that follow those taken: how many, how long each lasts, and how much later each is shown than decoded.
    pub(super) fn take(&mut self, count: u64, each: u32, later: i32) {
        let start = self.at + i128::from(later);
        let each = i128::from(each);
        let end = start + i128::from(count) * each;
        self.at += i128::from(count) * each;
        if each == 0 {
            return;
        }
        let mut from = start;
        let first = self.ranges.partition_point(|range| range.end <= start);
        let behind = i128::MAX..i128::MAX;
        let mut whole = 0;
        for range in self.ranges[first..].iter().chain([&behind]) {
            let gap = from..range.start.min(end);
            // A sample of which anything is shown is.
            let in_it = (gap.end - start) / each - (gap.start - start + each - 1) / each;
            whole += if gap.is_empty() { 0 } else { in_it.max(0) };
            from = range.end;
            if from >= end || range.start >= end {
                break;
            }
        }
        self.samples += whole.unsigned_abs();
        self.hidden += whole.unsigned_abs() * each.unsigned_abs();
    }

    /// From here on samples are decoded at this time.
    pub(super) fn decoded_from(&mut self, time: u64) {
        self.at = i128::from(time);
    }

    /// Whether more is left out than coders need.
    fn hides(&self) -> bool {
        let beyond = |part: u128| self.hidden * part > u128::from(self.ticks);
        if self.sound { beyond(SOUND) && (self.samples > FRAMES || beyond(2)) } else { self.samples > 0 }
    }
}

impl Film<'_> {
    /// Looks at what is shown of a track that stays.
    pub(super) fn shown(&mut self, index: usize) -> Result<(), Refusal> {
        let track = self.tracks[index].clone();
        let inside = track.part.body..track.part.end;
        let Some(edits) = child(self.source, inside, b"edts")? else { return Ok(()) };
        let Some(list) = child(self.source, edits.body..edits.end, b"elst")? else { return Ok(()) };
        let list = self.read(&list, SMALL)?;
        let Some(mut shown) = Shown::of(&list, track.sort == Some(Sort::Sound), (self.scale, track.ticks)) else {
            return Ok(());
        };
        if shown.ranges.len() > STRETCHES {
            return Err(Refusal::too_large("the film is cut together of more pieces than any real one"));
        }
        if let Some(table) = &track.table {
            times(self.source, table, &mut shown)?;
        }
        self.tracks[index].shown = Some(shown);
        Ok(())
    }

    /// Refuses a film of which players do not show everything.
    pub(super) fn is_shown(&self) -> Result<(), Refusal> {
        let hides = |sound: bool| {
            self.tracks
                .iter()
                .filter_map(|track| track.shown.as_ref())
                .any(|shown| shown.sound == sound && shown.hides())
        };
        let what = match (hides(false), hides(true)) {
            (true, _) => "the film was cut, and the pictures that players leave out are in it still",
            (false, true) => "the recording was cut, and the sound that players leave out is in it still",
            (false, false) => return Ok(()),
        };
        Err(Refusal {
            code: "not-understood",
            what: what.to_owned(),
            advice: "Save the cut as a new recording in a program that codes it anew (\"export\"), and run scrubs on that. Or \
                     undo the cut, look at the whole, and run scrubs on the whole.",
        })
    }
}

/// Takes all samples of a sample table by their times.
fn times(source: &dyn Source, table: &Part, shown: &mut Shown) -> Result<(), Refusal> {
    let inside = table.body..table.end;
    let Some(durations) = child(source, inside.clone(), b"stts")? else { return Ok(()) };
    let mut durations = Runs::new(source, &durations)?;
    let mut delays = match child(source, inside, b"ctts")? {
        Some(delays) => Some(Runs::new(source, &delays)?),
        None => None,
    };
    while let Some((count, each)) = durations.run()? {
        let (count, later) = match &mut delays {
            None => (count, 0),
            Some(delays) => match delays.run()? {
                Some((also, later)) => (count.min(also), later as i32),
                None => (count, 0),
            },
        };
        shown.take(count, each, later);
        durations.done(count);
        if let Some(delays) = &mut delays {
            delays.done(count);
        }
    }
    Ok(())
}

/// Rows of a table that say a number of samples and what is true of each.
pub(super) struct Runs<'s> {
    rows: Rows<'s>,
    row: u64,
    count: u64,
    /// What is left of the row that is read.
    left: Option<(u64, u32)>,
}

impl<'s> Runs<'s> {
    pub(super) fn new(source: &'s dyn Source, part: &Part) -> Result<Self, Refusal> {
        let mut rows = Rows::new(source, part.body..part.end);
        let count = u64::from(rows.number(4)?.unwrap_or(0));
        Ok(Self { rows, row: 0, count, left: None })
    }

    /// The samples that are left of a row.
    pub(super) fn run(&mut self) -> Result<Option<(u64, u32)>, Refusal> {
        while self.left.is_none_or(|(count, _)| count == 0) {
            if self.row >= self.count {
                return Ok(None);
            }
            let at = 8 + self.row * 8;
            let (Some(count), Some(value)) = (self.rows.number(at)?, self.rows.number(at + 4)?) else {
                return Ok(None);
            };
            self.left = Some((u64::from(count), value));
            self.row += 1;
        }
        Ok(self.left)
    }

    pub(super) fn done(&mut self, count: u64) {
        if let Some((left, _)) = &mut self.left {
            *left = left.saturating_sub(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Length in the film's ticks, first time shown, rate.
    type Row = (u64, i64, u32);

    /// An edit list.
    fn list(long: bool, rows: &[Row]) -> Vec<u8> {
        let mut out = vec![u8::from(long), 0, 0, 0];
        out.extend((rows.len() as u32).to_be_bytes());
        for (length, from, rate) in rows {
            match long {
                true => out.extend([length.to_be_bytes(), from.to_be_bytes()].concat()),
                false => out.extend([(*length as u32).to_be_bytes(), (*from as i32).to_be_bytes()].concat()),
            }
            out.extend(rate.to_be_bytes());
        }
        out
    }

    const ONE: u32 = 0x1_0000;

    #[test]
    fn samples_of_which_nothing_is_shown_are_counted_and_no_others() {
        // A film of 10 pictures of 100 ticks each; its clock has 1,000 ticks, the film's 500.
        let told: [(&[Row], u128); 16] = [
            (&[(500, 0, ONE)], 0),
            (&[(250, 0, ONE)], 5),
            (&[(251, 0, ONE)], 4),
            (&[(500, 300, ONE)], 3),
            (&[(500, 301, ONE)], 3),
            (&[(500, 399, ONE)], 3),
            (&[(100, -1, ONE), (0, 400, ONE)], 4),
            (&[(50, 0, ONE), (50, 900, ONE)], 8),
            (&[(50, 900, ONE), (450, 0, ONE)], 0),
            (&[(100, 450, 0)], 9),
            (&[(100, -1, ONE)], 10),
            (&[(1, 5_000, ONE)], 10),
            // Twice and half as fast; nothing at the end of a list, and something behind it.
            (&[(250, 0, 2 * ONE)], 0),
            (&[(500, 0, ONE / 2)], 5),
            (&[(250, 0, ONE), (0, 500, ONE)], 5),
            (&[(0, 500, ONE), (250, 0, ONE)], 5),
        ];
        let mut tried = 0;
        for (rows, hidden) in told {
            for long in [false, true] {
                for runs in [vec![10], vec![1; 10], vec![3, 4, 3]] {
                    let mut shown = Shown::of(&list(long, rows), false, (500, 1_000)).expect("a list");
                    runs.iter().for_each(|count| shown.take(*count, 100, 0));
                    assert_eq!((shown.samples, shown.hidden), (hidden, hidden * 100), "{rows:?} {runs:?}");
                    assert_eq!(shown.hides(), hidden > 0);
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, 96);
        assert!(Shown::of(&list(false, &[]), false, (500, 1_000)).is_none());
    }

    #[test]
    fn what_coders_put_in_front_of_sound_and_what_is_shown_later_than_decoded_is_no_cut() {
        let sound = |rate: u32, count: u64, list: &[u8]| {
            let mut shown = Shown::of(list, true, (1_000, rate)).expect("a list");
            shown.take(count, 1_024, 0);
            shown.hides()
        };
        assert!(!sound(48_000, 50, &list(false, &[(1_000, 4_224, ONE)])));
        assert!(sound(48_000, 60, &list(false, &[(1_000, 12_288 + 1_024, ONE)])));
        // Dictation of a second: two frames in front and one behind go, four do not.
        for rate in [8_000, 12_000, 16_000] {
            let frames = u64::from(rate).div_ceil(1_024) + 3;
            assert!(!sound(rate, frames, &list(false, &[(1_000, 2_112, ONE)])), "{rate}");
            assert!(sound(rate, frames + 6, &list(false, &[(1_000, 2_112, ONE)])), "{rate}");
        }
        // Pictures in the order I P B: shown from the delay of the first on.
        let mut shown = Shown::of(&list(false, &[(300, 100, ONE)]), false, (1_000, 1_000)).expect("a list");
        for later in [100, 200, 0] {
            shown.take(1, 100, later);
        }
        assert!(!shown.hides());
        shown.decoded_from(90_000);
        shown.take(1, 100, 0);
        assert!(shown.hides());
    }

    #[test]
    fn tables_that_claim_more_than_there_is_end_soon() {
        for (row, hides) in [((u64::MAX, i64::MAX, ONE), false), ((1, 0, ONE), true), ((0, 5, ONE), false)] {
            let mut shown = Shown::of(&list(true, &[row]), false, (1, u32::MAX)).expect("a list");
            for later in [i32::MAX, i32::MIN] {
                shown.decoded_from(u64::MAX);
                shown.take(u64::from(u32::MAX), u32::MAX, later);
            }
            assert_eq!(shown.hides(), hides, "{row:?}");
        }
    }
}
