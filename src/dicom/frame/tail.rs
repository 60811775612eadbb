//! Whether text stands where coded samples end, which a decoder steps over on its way to the next marker.
//!
//! Where the last sample ends is not known without decoding; text is told from samples by what it is made of.

use super::{Joined, strange};
use crate::pixels::codec::text::has_words;
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

/// Whether there is a run of digits, as dates and numbers of patients are, no few of which are different.
fn has_number(bytes: &[u8]) -> bool {
    let (mut run, mut seen) = (0, 0_u16);
    bytes.iter().any(|byte| {
        (run, seen) = if byte.is_ascii_digit() { (run + 1, seen | 1 << (byte - b'0')) } else { (0, 0) };
        run >= DIGITS && seen.count_ones() >= DIFFERENT_DIGITS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_different_digits_is_seen_and_filling_is_not() {
        assert!(has_number(b"\x9c19490312\xe3") && !has_number(b"\x9c1949031\x002") && !has_number(&[b'4'; 64]));
    }
}
