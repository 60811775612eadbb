//! Looks whether a name, a number or a line of writing is spelled in the bytes of a table or a curve of an output.
//!
//! PS3.3 C.7.6.3.1.6 and C.11.1.1: entries are of 8 or of 16 bits, so that letters stand side by side, in turned pairs or
//! in every second byte. Where numbers follow an even slope, letters in their order are no writing.

use super::original::Original;
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use memchr::memmem;
use std::ops::Range;

/// So many bytes are looked at together, and as many of those before as a name may be long.
const PART: u64 = 1 << 16;
const OVERLAP: u64 = 128;
/// From so many letters on a name need not stand by itself.
const LONG: usize = 6;

/// How many letters are no chance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Of names and numbers of the original.
    pub(super) own: usize,
    /// Of writing, where there cannot be any.
    pub(super) line: Option<usize>,
}

impl Limits {
    /// Of waveforms and other measurements.
    pub(super) const CURVE: Self = Self { own: 8, line: None };
    /// Of a colour profile, which has words of its own.
    pub(super) const PROFILE: Self = Self { own: LONG, line: None };

    /// Of a lookup table of so many bytes.
    pub(super) fn table(length: u64) -> Self {
        match length {
            0..=4096 => Self { own: 4, line: Some(13) },
            _ => Self { own: 5, line: Some(17) },
        }
    }
}

/// Whether an element's value spells something.
pub(super) fn in_element(
    bytes: &mut Bytes<'_>,
    value: Range<u64>,
    limits: Limits,
    original: &Original,
) -> Result<bool, Trouble> {
    let mut at = value.start;
    while at < value.end {
        let end = (at + PART).min(value.end);
        let from = at.saturating_sub(OVERLAP).max(value.start);
        if in_bytes(&bytes.copy(from..end, (PART + OVERLAP) as usize)?, limits, original) {
            return Ok(true);
        }
        at = end;
    }
    Ok(false)
}

/// Whether these bytes spell something.
pub(super) fn in_bytes(bytes: &[u8], limits: Limits, original: &Original) -> bool {
    let halves = [0, 1].map(|skip| bytes.iter().skip(skip).step_by(2).copied().collect::<Vec<u8>>());
    let turned = [0, 1].map(|skip| {
        let mut turned = bytes.get(skip..).unwrap_or_default().to_vec();
        turned.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
        turned
    });
    let ([even, odd], [turned, shifted]) = (halves, turned);
    [bytes.to_vec(), turned, shifted, even, odd].iter_mut().any(|lane| {
        let written = limits.line.is_some_and(|least| has_line(lane, least));
        lane.make_ascii_uppercase();
        written || has_name(lane, limits.own, original)
    })
}

/// Whether names or numbers of the original stand here: one by itself or a long one anywhere, or two with one sign between.
fn has_name(lane: &[u8], least: usize, original: &Original) -> bool {
    let letter = |at: Option<usize>| at.and_then(|at| lane.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    let mut apart: Vec<Range<usize>> = Vec::new();
    for word in original.names().filter(|word| word.len() >= 4) {
        let (low, high) = climbs(word);
        // A table that climbs by one, or by one now and then, passes all ten figures together.
        let alone = high - low > 1 || word.len() < 10 && low.abs() < 2 && high.abs() < 2 && (low, high) != (0, 0);
        for start in memmem::find_iter(lane, word) {
            let end = start + word.len();
            let by_itself = !letter(start.checked_sub(1)) && !letter(Some(end));
            if word.len() >= least && (by_itself && alone || word.len() >= LONG && high - low > 1) {
                return true;
            }
            if by_itself && alone {
                apart.push(start..end);
            }
        }
    }
    // Of a name that stands there over and over each is held against what follows it alone.
    apart.sort_unstable_by_key(|one| one.start);
    let follows = |one: &Range<usize>| {
        let from = apart.partition_point(|other| other.start <= one.end);
        let next = apart[from..].iter().take_while(|other| other.start == one.end + 1);
        next.into_iter().any(|other| one.len() + other.len() >= least)
    };
    apart.iter().any(|one| lane.get(one.end).is_some_and(u8::is_ascii_punctuation) && follows(one))
}

/// How far each letter is from the one before, at least and at most; of an even slope these are the same, give or take one.
fn climbs(word: &[u8]) -> (i32, i32) {
    let mut steps = word.windows(2).map(|w| i32::from(w[1]) - i32::from(w[0]));
    let first = steps.next().unwrap_or(0);
    steps.fold((first, first), |(low, high), step| (low.min(step), high.max(step)))
}

/// Whether so many letters, figures and signs stand in a row, of eight kinds at least, that change their direction by far, as
/// words do and as neither numbers of one slope nor of two do, and seldom from letters to figures or from small to large.
fn has_line(lane: &[u8], least: usize) -> bool {
    let sign = |b: &u8| b.is_ascii_alphanumeric() || b" ^-_,./:=".contains(b);
    let kind = |b: u8| match b {
        b'0'..=b'9' => 1,
        b'A'..=b'Z' => 2,
        b'a'..=b'z' => 3,
        _ => 0,
    };
    let mixed = |pair: &[u8]| matches!((kind(pair[0]), kind(pair[1])), (1, 2 | 3) | (2 | 3, 1) | (3, 2));
    let far =
        |row: &[u8]| row.windows(2).map(|w| u32::from(w[0].abs_diff(w[1]))).sum::<u32>() as usize + 5 >= 5 * row.len();
    let is_line = |row: &[u8]| {
        let mut kinds = row.to_vec();
        kinds.sort_unstable();
        kinds.dedup();
        let half = |skip: usize| row.iter().skip(skip).step_by(2).copied().collect::<Vec<u8>>();
        let figures = row.iter().filter(|b| kind(**b) > 0).count();
        let plain = row.windows(2).filter(|pair| mixed(pair)).count() * 4 <= row.len();
        let bent = [half(0), half(1)].iter().all(|half| bends(half) > 0 && far(half));
        kinds.len() > 7 && figures * 4 >= row.len() * 3 && plain && far(row) && bends(row) * 4 >= row.len() && bent
    };
    lane.split(|b| !sign(b)).any(|run| run.len() >= least && run.windows(least).any(is_line))
}

/// How often a row of numbers turns from rising to falling or back.
fn bends(row: &[u8]) -> usize {
    let (mut count, mut last) = (0, 0);
    for pair in row.windows(2) {
        let step = (i32::from(pair[1]) - i32::from(pair[0])).signum();
        if step != 0 {
            count += usize::from(last == -step);
            last = step;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spelled_is_seen_and_slopes_are_not() {
        let original = Original::naming(&[b"CNRY^JANE", b"CNRY77123", b"123456", b"0123456789", b"0369"], &[]);
        let small = Limits::table(100);
        let wide = |text: &[u8]| text.iter().flat_map(|b| [*b, 0]).collect::<Vec<u8>>();
        let turned = b"NCYRJ^NA E".to_vec();
        let mut tried = 0;
        for hidden in [
            b"Cnry^Jane".to_vec(),
            wide(b"cnry"),
            turned,
            b"xcnry77123x".to_vec(),
            b"123456".to_vec(),
            wide(b"Seen by Dr Hoeflich"),
        ] {
            assert!(in_bytes(&[&[0xF0; 2][..], &hidden, &[0xF0]].concat(), small, &original), "{hidden:?}");
            tried += 1;
        }
        for (bytes, limits) in [
            ((0..=255).collect::<Vec<u8>>(), small),
            ((0..85).map(|n| n * 3).collect(), small),
            ((0..4096u16).flat_map(|n| (n * 16).to_le_bytes()).collect(), small),
            ((0..=u16::MAX).flat_map(u16::to_be_bytes).collect(), Limits::table(1 << 17)),
            (b"\x01cnry\x01".to_vec(), Limits::CURVE),
        ] {
            assert!(!in_bytes(&bytes, limits, &original), "{tried}");
            tried += 1;
        }
        assert!(in_bytes(b"\x01cnry-jane\x01", Limits::CURVE, &original));
        let over_and_over = b"jane  cnry  ".repeat(5000);
        assert!(!in_bytes(&over_and_over, Limits::CURVE, &original));
        assert!(in_bytes(&[&over_and_over[..], b"cnry^jane  "].concat(), Limits::CURVE, &original));
        assert_eq!(tried, 11);
    }
}
