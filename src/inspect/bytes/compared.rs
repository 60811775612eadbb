//! Whether two readers hold the same bytes; long stretches are compared by two threads.
//!
//! Where both show a long stretch of one and the same file, the ends of it are read: what lies between was read with them
//! when the file was digested, and is read and compared byte for byte where the output is written.

use super::{Bytes, total};
use crate::cut::Taken;
use crate::inspect::Trouble;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{Builder, ScopedJoinHandle, scope};

/// From so many bytes on, half of the work is worth a thread.
const WORTH: u64 = 8 << 20;
/// Bytes that a thread takes at a time.
const UNIT: u64 = 2 << 20;

/// A stretch of one file that both sides show is looked at from both ends if it is so long.
const LONG: u64 = 16 << 10;
/// How much of each end.
const END: usize = 512;

/// A reader and what of it is read, from one end to the other.
type Side<'b, 'a> = (&'b mut Bytes<'a>, &'b [Range<u64>]);

/// Whether two lists of ranges, each read from one end to the other, hold the same bytes.
///
/// # Errors
/// Where one of the two cannot be read.
pub(in crate::inspect) fn compare(a: Side<'_, '_>, b: Side<'_, '_>) -> Result<bool, Trouble> {
    let all = total(a.1);
    if all != total(b.1) {
        return Ok(false);
    }
    let sources = a.0.source.zip(b.0.source).filter(|_| all >= WORTH);
    let Some((one, other)) = sources else { return here(a, b) };
    let (next, left, right) = (AtomicU64::new(0), a.1, b.1);
    let work = || {
        let (mut one, mut other) = (Bytes::new(one), Bytes::new(other));
        loop {
            let from = next.fetch_add(UNIT, Ordering::Relaxed);
            if from >= all {
                return Ok(true);
            }
            let (left, right) = (part(left, from), part(right, from));
            if !here((&mut one, &left), (&mut other, &right))? {
                next.store(all, Ordering::Relaxed);
                return Ok(false);
            }
        }
    };
    scope(|scope| {
        // Where there can be no further thread, this one does all of it.
        let aside = Builder::new().spawn_scoped(scope, work).ok();
        let mine = work();
        let ended =
            |aside: ScopedJoinHandle<'_, _>| aside.join().unwrap_or(Err(Trouble::Unreadable(io::ErrorKind::Other)));
        let others = aside.map_or(Ok(true), ended);
        Ok(mine? && others?)
    })
}

fn here((left, left_ranges): Side<'_, '_>, (right, right_ranges): Side<'_, '_>) -> Result<bool, Trouble> {
    let mut others = right_ranges.iter().filter(|r| !r.is_empty()).cloned();
    let mut other = others.next().unwrap_or(0..0);
    for range in left_ranges {
        let mut at = range.start;
        while at < range.end {
            if other.is_empty() {
                other = others.next().unwrap_or(0..0);
            }
            let most = (range.end - at).min(other.end - other.start);
            let shown = shared((left, at), (right, other.start)).min(most);
            let n = if shown >= LONG {
                let last = shown - END as u64;
                if !end(left, at, right, other.start)? || !end(left, at + last, right, other.start + last)? {
                    return Ok(false);
                }
                shown
            } else {
                let x = left.part(at..range.end)?;
                let y = right.part(other.clone())?;
                let n = (x.len() as u64).min(y.len() as u64).min(most) as usize;
                if n == 0 || x[..n] != y[..n] {
                    return Ok(false);
                }
                n as u64
            };
            at += n;
            other.start += n;
        }
    }
    Ok(true)
}

/// Whether the [`END`] bytes at two places are the same, read past what is at hand.
fn end(left: &Bytes<'_>, x: u64, right: &Bytes<'_>, y: u64) -> Result<bool, Trouble> {
    let mut ends = [[0; END]; 2];
    for (bytes, at, into) in [(left, x, 0), (right, y, 1)] {
        bytes.source.map_or(Ok(()), |source| source.read_exact_at(at, &mut ends[into]))?;
    }
    Ok(ends[0] == ends[1])
}

/// How many bytes from two places on are one stretch of one file.
fn shared(left: (&Bytes<'_>, u64), right: (&Bytes<'_>, u64)) -> u64 {
    let origin = |(bytes, at): (&Bytes<'_>, u64)| {
        let mut from = Taken { source: bytes.source?, at, length: bytes.len().saturating_sub(at) };
        while let Some(below) = from.source.taken(from.at) {
            from = Taken { length: from.length.min(below.length), ..below };
        }
        Some((std::ptr::from_ref(from.source).cast::<()>(), from.at, from.length))
    };
    match (origin(left), origin(right)) {
        (Some((one, x, n)), Some((other, y, m))) if one == other && x == y => n.min(m),
        _ => 0,
    }
}

/// What lies in these ranges from the `from`-th of their bytes on, at most [`UNIT`] bytes of it.
fn part(ranges: &[Range<u64>], from: u64) -> Vec<Range<u64>> {
    let (mut part, mut before, mut left) = (Vec::new(), from, UNIT);
    for range in ranges {
        let length = range.end.saturating_sub(range.start);
        let start = range.start + length.min(before);
        before -= length.min(before);
        let end = range.end.min(start.saturating_add(left));
        if start < end {
            left -= end - start;
            part.push(start..end);
        }
        if left == 0 {
            break;
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cut::{Cut, CutSource, Source};

    #[test]
    fn parts_hold_every_byte_once_and_in_order() {
        let ranges = [3..10, 20..20, 30..30 + UNIT, UNIT + 40..3 * UNIT + 52, 4 * UNIT..4 * UNIT + 9];
        let all = total(&ranges);
        let mut joined: Vec<Range<u64>> = Vec::new();
        let mut tried = 0;
        for from in (0..all).step_by(UNIT as usize) {
            let part = part(&ranges, from);
            assert_eq!(total(&part), UNIT.min(all - from));
            for range in part {
                match joined.last_mut() {
                    Some(last) if last.end == range.start => last.end = range.end,
                    _ => joined.push(range),
                }
            }
            tried += 1;
        }
        let some: Vec<_> = ranges.iter().filter(|range| !range.is_empty()).cloned().collect();
        assert_eq!(joined, some);
        assert_eq!(tried, 4);
    }

    #[test]
    fn one_byte_that_differs_is_seen_wherever_it_is_and_none_outside_of_the_ranges() {
        let length = WORTH + 1000;
        let a = vec![7; length as usize + 10];
        let (ranges, moved) = ([0..100, 200..length], [1..5, 5..101, 201..length + 1]);
        let mut tried = 0;
        for (at, is_seen) in
            [(0, true), (99, true), (100, false), (199, false), (200, true), (length - 1, true), (length, false)]
        {
            let mut b = a.clone();
            b[at as usize + 1] = 8;
            let same = compare((&mut Bytes::new(&a), &ranges), (&mut Bytes::new(&b), &moved)).expect("in memory");
            assert_eq!(same, !is_seen, "{at}");
            tried += 1;
        }
        assert_eq!(tried, 7);
    }

    #[test]
    fn a_stretch_of_one_file_is_the_same_at_its_own_place_only() {
        let length = WORTH as usize + 1000;
        let file: Vec<u8> = (1..=length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let mut tried = 0;
        for (from, to, written, is_same) in [
            (0, length, 0, true),
            (1, length, 1, false),
            (0, length / 2, length - length / 2, false),
            (0, length - 1, 1, false),
            (1, length - 1, 0, false),
        ] {
            let mut cut = Cut::new();
            cut.write(vec![0; if from > 0 { written } else { 0 }], "moved");
            cut.keep(from as u64..to as u64, "kept");
            cut.write(vec![0; if from > 0 { 0 } else { written }], "added");
            let output = CutSource::new(&cut, &file);
            let ranges = [0..10, 10..output.len().min(length as u64)];
            let seen = compare((&mut Bytes::new(&output), &ranges), (&mut Bytes::new(&file), &ranges));
            assert_eq!(seen.expect("in memory"), is_same, "{from} {to} {written}");
            tried += 1;
        }
        assert_eq!(tried, 5);
    }

    #[test]
    fn a_side_that_ends_early_is_not_the_same() {
        let length = WORTH + 1000;
        let (a, b) = (vec![7; length as usize], vec![7; length as usize - 1]);
        let whole = 0..length;
        let ranges = std::slice::from_ref(&whole);
        let seen = compare((&mut Bytes::new(&a), ranges), (&mut Bytes::new(&b), ranges));
        assert!(!seen.is_ok_and(|same| same));
    }
}
