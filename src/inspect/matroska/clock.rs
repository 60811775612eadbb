//! The witness's own reading of times that count from a date.
//!
//! RFC 9559 sections 5.1.2.9, 5.1.3.1 and 5.1.5.1.1.

use super::element;
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use std::ops::Range;

/// Times of clusters and of cues.
pub(super) const TIMES: [u64; 2] = [0xe7, 0xb3];

/// The first cluster's time, where it lies more than three years behind 0; else 0.
pub(super) fn since(bytes: &mut Bytes<'_>) -> Result<u64, Trouble> {
    let (mut at, mut end, mut nanoseconds) = (0, bytes.len(), 1_000_000);
    while let Some(found) = element(bytes, at, end)? {
        match found.id {
            0x1853_8067 => {
                (at, end) = (found.body.start, found.body.end);
                continue;
            }
            0x1549_a966 => nanoseconds = first(bytes, found.body.clone(), 0x2a_d7b1)?.unwrap_or(1_000_000),
            0x1f43_b675 => {
                let time = first(bytes, found.body, TIMES[0])?.unwrap_or(0);
                let years = u128::from(time) * u128::from(nanoseconds) / (366 * 86_400 * 1_000_000_000);
                return Ok(if years >= 3 { time } else { 0 });
            }
            _ => {}
        }
        at = found.body.end;
    }
    Ok(0)
}

fn first(bytes: &mut Bytes<'_>, range: Range<u64>, id: u64) -> Result<Option<u64>, Trouble> {
    let mut at = range.start;
    while let Some(found) = element(bytes, at, range.end)? {
        if found.id == id {
            return Ok(Some(number(bytes, found.body)?));
        }
        at = found.body.end;
    }
    Ok(None)
}

/// A number in as many bytes as there are.
pub(super) fn number(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<u64, Trouble> {
    Ok(bytes.copy(range, 8)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
