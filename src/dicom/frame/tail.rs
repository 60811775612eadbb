//! Whether text stands where coded samples end, which a decoder steps over on its way to the next marker.
//!
//! Where the last sample ends is not known without decoding; text is told from samples by what it is made of.

use super::{Joined, strange};
use crate::plan::Refusal;
use std::ops::Range;

/// Bytes before an end that are looked at: behind the last sample nothing is short that is worth hiding.
const REACH: u64 = 4096;
/// As many before a restart marker, of which a frame may have a hundred thousand.
const CLOSE: u64 = 64;
/// So many letters, digits and what joins them in a row are text. Of random bytes 13 come once in 500,000 ends.
pub(super) const LAST: usize = 13;
/// As many where there are many ends, and further ahead: 20 come once in 10^9.
pub(super) const INTERVAL: usize = 20;
/// How many of them must differ.
const DIFFERENT: usize = 8;
/// So many digits in a row are a date or a number; chance brings as many together once in 10^9 ends.
const DIGITS: usize = 8;
/// How many of them must differ.
const DIFFERENT_DIGITS: u32 = 4;

/// Looks at where coded samples end, for so many letters at `least` right there, and for more of them further ahead.
///
/// # Errors
/// When text stands there.
pub(super) fn check(frame: &mut Joined<'_, '_>, samples: Range<u64>, least: usize) -> Result<(), Refusal> {
    let reach = if least == LAST { REACH } else { CLOSE };
    let ahead = frame.copy(samples.start.max(samples.end.saturating_sub(reach))..samples.end)?;
    // Filling may stand behind what is written.
    let filling = ahead.iter().rev().take_while(|byte| matches!(byte, 0 | 0xFF)).count();
    let ahead = &ahead[..ahead.len() - filling];
    let close = &ahead[ahead.len().saturating_sub(CLOSE as usize)..];
    let found = has_words(close, least) || has_words(ahead, INTERVAL) || has_number(close);
    if found { Err(strange("text among its samples")) } else { Ok(()) }
}

/// Whether there is a run of letters and digits, of Latin script or another, no few of which are the same.
fn has_words(bytes: &[u8], least: usize) -> bool {
    let (mut at, mut run, mut seen) = (0, 0, 0_u128);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let length = letter(rest);
        (run, seen) = match length {
            0 => (0, 0),
            _ => (run + length, seen | 1 << (rest[length - 1] & 0x7F)),
        };
        if run >= least && seen.count_ones() as usize >= DIFFERENT {
            return true;
        }
        at += length.max(1);
    }
    false
}

/// Whether there is a run of digits, as dates and numbers of patients are, no few of which are different.
fn has_number(bytes: &[u8]) -> bool {
    let (mut run, mut seen) = (0, 0_u16);
    bytes.iter().any(|byte| {
        (run, seen) = if byte.is_ascii_digit() { (run + 1, seen | 1 << (byte - b'0')) } else { (0, 0) };
        run >= DIGITS && seen.count_ones() >= DIFFERENT_DIGITS
    })
}

/// How many bytes the letter, digit or mark at the beginning takes, in UTF-8; 0 where there is none.
fn letter(bytes: &[u8]) -> usize {
    let goes_on = |at: usize| matches!(bytes.get(at), Some(0x80..=0xBF));
    match bytes.first() {
        Some(b' ' | b'-' | b'^' | b'_' | b',' | b'.' | b'/' | b':') => 1,
        Some(byte) if byte.is_ascii_alphanumeric() => 1,
        // Latin letters with marks, Greek, Cyrillic, Hebrew, Arabic; then Chinese, Japanese and Korean.
        Some(0xC3..=0xDB) if goes_on(1) => 2,
        Some(0xE3..=0xED) if goes_on(1) && goes_on(2) => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_seen_in_any_script() {
        let cases = [
            ("CANARY-Hoeflich-1957", INTERVAL, true),
            ("CANARY-Hoeflich-195", INTERVAL, false),
            ("CANARY-Hoeflich", LAST, true),
            ("Hoeflich1957", LAST, false),
            ("Иванов Пётр", LAST, true),
            ("山田 太郎 昭和三十二年", LAST, true),
            ("DDDDDDDDDDDDDDDDDDDDDDDD", LAST, false),
        ];
        let mut tried = 0;
        for (words, least, expected) in cases {
            let bytes = [&[0x9C, 0xFF, 0, 0x81][..], words.as_bytes(), &[0xE3]].concat();
            assert_eq!(has_words(&bytes, least), expected, "{words}");
            tried += 1;
        }
        assert_eq!(tried, 7);
        assert!(has_number(b"\x9c19490312\xe3") && !has_number(b"\x9c1949031\x002") && !has_number(&[b'4'; 64]));
    }
}
