//! Entropy-coded data: where a scan ends.
//!
//! ITU-T T.81, B.1.1.5: a byte FF in the data is followed by 00; FF followed by anything but 00 and RST0 to RST7 ends
//! the scan. FF may be filled in before a marker (B.1.1.2). Where no restart interval is defined RST ends it too (B.2.4.4):
//! no decoder reads what stands behind it.

use crate::pixels::codec::{jpeg, text::has_words};
use crate::strip::reader::Reader;
use crate::strip::text;
use std::io;
use std::ops::Range;

/// Where the data of a scan end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End {
    /// One past the last byte of the data.
    pub(super) data: u64,
    /// Where the marker behind them stands, if the file does not end first.
    pub(super) marker: Option<u64>,
}

/// Walks entropy-coded data from `at` on, which have `restarts` or not.
pub(super) fn end(reader: &mut Reader<'_>, mut at: u64, restarts: bool) -> io::Result<End> {
    loop {
        let window = reader.rest(at, 1)?;
        if window.is_empty() {
            return Ok(End { data: at, marker: None });
        }
        let Some(found) = first_marker(window, restarts) else {
            at += window.len() as u64;
            continue;
        };
        let data = at + found as u64;
        // From here on byte by byte, since the window may end inside a run of fill bytes.
        let mut marker = data;
        let code = loop {
            match reader.peek::<1>(marker + 1)? {
                Some([0xFF]) => marker += 1,
                Some([code]) => break Some(code),
                None => break None,
            }
        };
        match code {
            Some(0x00) => at = marker + 2,
            Some(0xD0..=0xD7) if restarts => at = marker + 2,
            Some(_) => return Ok(End { data, marker: Some(marker) }),
            None => return Ok(End { data, marker: None }),
        }
    }
}

/// Pairs of bytes looked at together.
const BLOCK: usize = 1024;

/// The first FF that is neither a stuffed byte nor a restart marker, as far as this window shows.
///
/// One byte in 256 of a scan is a stuffed FF, so a search for FF would stop all the time: whole blocks without a marker
/// are passed over first, by a loop that compilers turn into wide instructions.
fn first_marker(window: &[u8], restarts: bool) -> Option<usize> {
    let mut start = 0;
    while let (Some(firsts), Some(seconds)) =
        (window.get(start..start + BLOCK), window.get(start + 1..start + BLOCK + 1))
    {
        let marks = |a: u8, b: u8| u8::from(a == 0xFF) & u8::from(b != 0) & u8::from((b & 0xF8 != 0xD0) | !restarts);
        if firsts.iter().zip(seconds).fold(0, |any, (a, b)| any | marks(*a, *b)) != 0 {
            break;
        }
        start += BLOCK;
    }
    let is_marker = |at: &usize| match window.get(at + 1) {
        Some(0x00) => false,
        Some(0xD0..=0xD7) => !restarts,
        _ => true,
    };
    memchr::memchr_iter(0xFF, &window[start..]).map(|at| at + start).find(is_marker)
}

/// Bytes before a scan's end that are looked at for text.
const TAIL: u64 = 4 * 1024;
/// As many where the file has no end marker: then a trailer cannot be told from samples.
const OPEN_TAIL: u64 = 64 * 1024;

/// Bytes before a restart marker or a scan's end that are looked at more closely: behind the last sample of an interval
/// a decoder skips whatever stands there.
const CLOSE: usize = 64;
/// Bytes of letters, digits and what joins them, so many in a row, are text at the end of a scan. Of random bytes 13 come
/// once in 500,000 scans.
const WORD: usize = 13;
/// As many at the end of an interval, of which cameras write up to a hundred thousand in one picture: 20 come once in
/// 10^9 intervals.
const INTERVAL_WORD: usize = 20;

/// What the end of a scan's data looks like, and the ends of its restart intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Samples.
    Samples,
    /// Text, or samples of smooth areas: decoding tells.
    Doubtful,
    /// Text.
    Text,
}

/// Looks for text where the walk cannot tell it from samples.
pub(super) fn look(reader: &mut Reader<'_>, start: u64, end: &End) -> io::Result<Look> {
    match tail(reader, start, end, text::has_long_run)? {
        true if tail(reader, start, end, text::has_varied_run)? => Ok(Look::Text),
        true => Ok(Look::Doubtful),
        false if ends_in_words(reader, start, end.data)? => Ok(Look::Doubtful),
        false => Ok(Look::Samples),
    }
}

/// Bytes of a picture that are decoded at most to see where its samples end.
const DECODED: u64 = 24 * 1024 * 1024;

/// Where scans stand whose every byte is samples, as decoding shows; none where the picture cannot be decoded.
pub(super) fn exact(reader: &mut Reader<'_>) -> io::Result<Vec<Range<u64>>> {
    let source = reader.source();
    let read = match source.as_slice() {
        Some(all) => jpeg::exact(all),
        None => jpeg::exact(&source.read_range(0..DECODED.min(reader.length()), DECODED)?),
    };
    let scans = read.unwrap_or_default().into_iter();
    Ok(scans.map(|scan| scan.start as u64..scan.end as u64).collect())
}

/// Whether words stand right before a restart marker or the end.
fn ends_in_words(reader: &mut Reader<'_>, start: u64, end: u64) -> io::Result<bool> {
    let mut at = start;
    while at < end {
        let window = reader.rest(at, 1)?;
        let all = window.len() as u64 >= end - at;
        let window = &window[..window.len().min((end - at) as usize)];
        if has_words_before_restarts(window) || (all && has_words(&window[window.len().saturating_sub(CLOSE)..], WORD))
        {
            return Ok(true);
        }
        // Windows overlap, so that no interval's end falls between two of them.
        let step = if all { window.len() } else { window.len().saturating_sub(CLOSE).max(1) };
        at += step as u64;
    }
    Ok(false)
}

/// Whether words stand before one of the restart markers in this window; blocks without a marker are passed over at once.
fn has_words_before_restarts(window: &[u8]) -> bool {
    let mut start = 0;
    while start + 1 < window.len() {
        let block = &window[start..window.len().min(start + BLOCK + 1)];
        let (firsts, seconds) = (&block[..block.len() - 1], &block[1..]);
        let marks = |a: u8, b: u8| u8::from(a == 0xFF) & u8::from(b & 0xF8 == 0xD0);
        if firsts.iter().zip(seconds).fold(0, |any, (a, b)| any | marks(*a, *b)) != 0 {
            let ends = memchr::memchr_iter(0xFF, firsts).filter(|at| seconds[*at] & 0xF8 == 0xD0);
            if ends.map(|at| start + at).any(|at| has_words(&window[at.saturating_sub(CLOSE)..at], INTERVAL_WORD)) {
                return true;
            }
        }
        start += BLOCK;
    }
    false
}

/// What is found at the end of a scan's data.
fn tail(reader: &mut Reader<'_>, start: u64, end: &End, has: fn(&[u8]) -> bool) -> io::Result<bool> {
    let reach = if end.marker.is_some() { TAIL } else { OPEN_TAIL };
    let from = start.max(end.data.saturating_sub(reach));
    let length = (end.data - from) as usize;
    let tail = reader.rest(from, length)?;
    let tail = &tail[..length.min(tail.len())];
    Ok(has(tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_at_the_end_of_samples_is_seen_and_samples_are_not() {
        let text = b"CANARY-behind-the-last-sample-of-all";
        let samples: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8 & 0xFE).collect();
        let plain = b"PEPEPEPE".repeat(100);
        let wide: Vec<u8> = text.iter().flat_map(|b| [*b, 0]).collect();
        let cases: [(&[&[u8]], bool); 5] = [
            (&[&samples], false),
            (&[&samples, &plain], false),
            (&[&samples, text], true),
            (&[&samples, &wide], true),
            (&[], false),
        ];
        let mut tried = 0;
        for (parts, expected) in cases {
            let bytes = parts.concat();
            let end = End { data: bytes.len() as u64, marker: None };
            let found = tail(&mut Reader::new(&bytes), 0, &end, text::has_long_run);
            assert_eq!(found.expect("memory"), expected);
            tried += 1;
        }
        assert_eq!(tried, 5);
    }

    #[test]
    fn noise_in_a_hundred_thousand_intervals_is_no_text() {
        let mut seed = 1_u64;
        let mut noise: Vec<u8> = (0..12_000_000)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                ((seed >> 33) as u8).min(0xFE)
            })
            .collect();
        for at in (0..noise.len() - 1).step_by(120) {
            noise[at..at + 2].copy_from_slice(&[0xFF, 0xD0 + (at / 120 % 8) as u8]);
        }
        assert!(!has_words_before_restarts(&noise));
    }

    fn ends(bytes: &[u8]) -> (u64, Option<u64>) {
        let bytes = bytes.to_vec();
        let End { data, marker } = end(&mut Reader::new(&bytes), 0, true).expect("memory");
        (data, marker)
    }

    #[test]
    fn a_scan_ends_at_the_first_marker_that_is_none_of_its_own() {
        assert_eq!(ends(b"ab\xFF\x00c\xFF\xD0d\xFF\xD9x"), (8, Some(8)));
        assert_eq!(ends(b"ab\xFF\xFF\xFF\xD9"), (2, Some(4)));
        assert_eq!(ends(b"ab\xFF\xFF\x00c\xFF\xFF\xD3d\xFF\xFE"), (10, Some(10)));
        assert_eq!(ends(b"abc"), (3, None));
        assert_eq!(ends(b"abc\xFF\xFF"), (3, None));
        assert_eq!(ends(b""), (0, None));
        let (bytes, far) = (b"ab\xFF\x00c\xFF\xD0d\xFF\xD9".to_vec(), [vec![7; 3_000], b"\xFF\xD0".to_vec()].concat());
        assert_eq!(end(&mut Reader::new(&bytes), 0, false).expect("memory"), End { data: 5, marker: Some(5) });
        assert_eq!(end(&mut Reader::new(&far), 0, false).expect("memory"), End { data: 3_000, marker: Some(3_000) });
    }
}
