//! Where coded samples lie: ranges of the file read as one stream, the set of ranges that stay, and patches of equal
//! length over them.
//!
//! ISO/IEC 14496-12, 8.11.3 (item extents) and 8.7 (sample tables).

use crate::cut::Source;
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

/// Bytes of all patches of a file; they are held in memory.
const PATCHES: u64 = 32 << 20;

/// Ranges of the file that are read one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::strip) struct Stream {
    runs: Vec<(u64, Range<u64>)>,
    length: u64,
}

impl Stream {
    pub(in crate::strip) fn new(ranges: impl IntoIterator<Item = Range<u64>>) -> Self {
        let mut stream = Self::default();
        for range in ranges.into_iter().filter(|range| range.start < range.end) {
            stream.runs.push((stream.length, range.clone()));
            stream.length = stream.length.saturating_add(range.end - range.start);
        }
        stream
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The ranges of the file.
    pub(super) fn ranges(&self) -> impl Iterator<Item = Range<u64>> {
        self.runs.iter().map(|(_, range)| range.clone())
    }

    /// Where bytes of the stream lie in the file.
    pub(super) fn place(&self, range: Range<u64>) -> Vec<Range<u64>> {
        let first = self.runs.partition_point(|(at, run)| at + (run.end - run.start) <= range.start);
        let mut places = Vec::new();
        for (at, run) in &self.runs[first..] {
            if *at >= range.end {
                break;
            }
            let from = range.start.max(*at) - at;
            let to = range.end.min(at + (run.end - run.start)) - at;
            places.push(run.start + from..run.start + to);
        }
        places
    }

    /// Reads up to `buffer.len()` bytes at `at`; fewer only at the end of the stream.
    pub(super) fn read(&self, source: &dyn Source, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let end = at.saturating_add(buffer.len() as u64).min(self.length);
        let mut done = 0;
        for place in self.place(at.min(end)..end) {
            let length = (place.end - place.start) as usize;
            source.read_exact_at(place.start, &mut buffer[done..done + length])?;
            done += length;
        }
        Ok(done)
    }

    /// All bytes of the stream, or none where there are more than `limit`.
    pub(super) fn all(&self, source: &dyn Source, limit: u64) -> io::Result<Option<Vec<u8>>> {
        if self.length > limit {
            return Ok(None);
        }
        let mut bytes = vec![0; self.length as usize];
        self.read(source, 0, &mut bytes)?;
        Ok(Some(bytes))
    }
}

/// Refuses pictures that share so many bytes that reading each of them would be reading the file many times.
pub(super) fn check_shared(samples: u64, file: u64) -> Result<(), Refusal> {
    if samples > file.saturating_mul(2).saturating_add(1 << 20) {
        return Err(Refusal::too_large("the pictures in the file share their samples more often than any real ones"));
    }
    Ok(())
}

/// Sorted and joined.
pub(super) fn joined(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.retain(|range| range.start < range.end);
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out: Vec<Range<u64>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// The parts of `within` that none of the joined ranges covers.
pub(super) fn gaps(within: Range<u64>, ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut at = within.start;
    let mut out = Vec::new();
    let first = ranges.partition_point(|range| range.end <= within.start);
    for range in ranges[first..].iter().take_while(|range| range.start < within.end) {
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

/// New bytes of equal length over bytes that stay, by their place in the file.
#[derive(Debug, Default)]
pub(in crate::strip) struct Patches {
    by_place: BTreeMap<u64, Vec<u8>>,
    /// How many times each patch was laid, by its place.
    times: BTreeMap<u64, usize>,
    length: u64,
}

impl Patches {
    /// Lays `bytes` over a range of a stream.
    ///
    /// # Errors
    /// Where another patch lies there that is not the same.
    pub(super) fn lay(&mut self, stream: &Stream, at: u64, bytes: &[u8]) -> Result<(), Refusal> {
        let mut done = 0;
        for place in stream.place(at..at + bytes.len() as u64) {
            let length = (place.end - place.start) as usize;
            self.put(place.start, &bytes[done..done + length])?;
            done += length;
        }
        Ok(())
    }

    fn put(&mut self, at: u64, bytes: &[u8]) -> Result<(), Refusal> {
        let end = at + bytes.len() as u64;
        let overlaps = self.by_place.range(..end).next_back().is_some_and(|(start, old)| start + old.len() as u64 > at);
        if !overlaps {
            self.length += bytes.len() as u64;
            if self.length > PATCHES {
                return Err(Refusal::too_large("the picture holds more notes of its encoder than any real one"));
            }
            self.by_place.insert(at, bytes.to_vec());
            self.times.insert(at, 1);
            return Ok(());
        }
        if self.by_place.get(&at).is_some_and(|old| old == bytes) {
            *self.times.entry(at).or_default() += 1;
            return Ok(());
        }
        Err(disagreement())
    }

    /// Refuses patches over bytes that a further picture reads as something else. `samples` are the ranges of all pictures,
    /// each as often as it is read.
    pub(super) fn check_agreed(&self, samples: impl Iterator<Item = Range<u64>>) -> Result<(), Refusal> {
        let mut read: BTreeMap<u64, usize> = BTreeMap::new();
        for range in samples.filter(|_| !self.times.is_empty()) {
            let first = self.by_place.range(..range.start).next_back();
            let first =
                first.filter(|(at, bytes)| *at + bytes.len() as u64 > range.start).map_or(range.start, |(at, _)| *at);
            for (at, _) in self.by_place.range(first..range.end.max(first)) {
                *read.entry(*at).or_default() += 1;
            }
        }
        if read != self.times { Err(disagreement()) } else { Ok(()) }
    }

    /// The patches in a range, each as far as it lies there.
    pub(in crate::strip) fn within(&self, range: Range<u64>) -> impl Iterator<Item = (u64, &[u8])> {
        self.by_place.range(range).map(|(at, bytes)| (*at, bytes.as_slice()))
    }

    /// Applies the patches to bytes that begin at `start` in the file.
    pub(super) fn apply(&self, start: u64, bytes: &mut [u8]) {
        for (at, new) in self.within(start..start + bytes.len() as u64) {
            let from = (at - start) as usize;
            let length = new.len().min(bytes.len() - from);
            bytes[from..from + length].copy_from_slice(&new[..length]);
        }
    }
}

fn disagreement() -> Refusal {
    Refusal::not_understood("two pictures in the file share bytes and disagree about what they mean")
}

/// Whether a range of the source is all zeros.
pub(in crate::strip) fn is_blank(source: &dyn Source, range: Range<u64>) -> io::Result<bool> {
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

/// Keeps a range where it is blank already, puts zeros in its place otherwise; says whether it was blank.
pub(super) fn blank(operation: &mut Operation<'_>, source: &dyn Source, range: Range<u64>) -> io::Result<bool> {
    let blank = is_blank(source, range.clone())?;
    if blank {
        operation.keep(range, "zeros");
    } else {
        operation.blank(range.end - range.start, "blanked in place");
    }
    Ok(blank)
}

/// Lays a range of samples: what is used stays, with its patches; the rest is blanked. Returns what was blanked and was
/// not blank before.
pub(super) fn lay(
    operation: &mut Operation<'_>,
    source: &dyn Source,
    area: Range<u64>,
    used: &[Range<u64>],
    patches: &Patches,
) -> Result<Vec<Range<u64>>, Refusal> {
    let mut blanked = Vec::new();
    let mut at = area.start;
    let gaps = gaps(area.clone(), used);
    let ends = std::iter::once(area.end..area.end);
    for gap in gaps.into_iter().chain(ends) {
        let mut from = at;
        for (place, bytes) in patches.within(at..gap.start) {
            operation.keep(from..place, "coded samples");
            from = place + bytes.len() as u64;
            operation.put(place..from, bytes.to_vec(), "coded samples, notes blanked")?;
        }
        operation.keep(from..gap.start, "coded samples");
        if gap.start < gap.end && !blank(operation, source, gap.clone())? {
            blanked.push(gap.clone());
        }
        at = gap.end;
    }
    Ok(blanked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_blanked_only_where_every_picture_reads_it_as_one() {
        let mut once = Patches::default();
        assert!(once.lay(&Stream::new(std::iter::once(0..100)), 10, &[0; 3]).is_ok());
        let mut twice = Patches::default();
        assert!(twice.lay(&Stream::new(std::iter::once(0..100)), 10, &[0; 3]).is_ok());
        assert!(twice.lay(&Stream::new([0..50, 60..90]), 10, &[0; 3]).is_ok());
        let whole: Range<u64> = 0..100;
        let cases: [(&Patches, &[Range<u64>], bool); 8] = [
            (&once, std::slice::from_ref(&whole), true),
            (&once, &[0..100, 13..20], true),
            (&once, &[0..100, 0..10], true),
            (&once, &[0..100, 12..20], false),
            (&once, &[0..100, 5..11], false),
            (&once, &[0..100, 0..100], false),
            (&twice, &[0..100, 0..50, 60..90], true),
            (&Patches::default(), &[0..100, 12..20], true),
        ];
        let mut tried = 0;
        for (patches, samples, agreed) in cases {
            assert_eq!(patches.check_agreed(samples.iter().cloned()).is_ok(), agreed, "{samples:?}");
            tried += 1;
        }
        assert_eq!(tried, 8);
    }
}
