//! Times that count from a date: what a camera streams may say of each cluster how long after 1970 it was recorded, to the
//! millisecond. Such times count from the first cluster afterwards.
//!
//! RFC 9559 sections 5.1.3.1 (Timestamp of a cluster), 5.1.5.1.1 (CueTime), 5.1.2.9 (TimestampScale).

use super::element::{self, Element};
use super::{CLUSTER, Walk};
use crate::finding::Code;
use crate::plan::Refusal;
use crate::strip::operation::{Operation, broken};
use std::ops::Range;

/// Timestamp of a cluster, and of a cue.
pub(super) const TIMES: [u32; 2] = [0xE7, 0xB3];
const INFO: u32 = 0x1549_A966;
const SCALE: u32 = 0x2A_D7B1;
/// Nanoseconds of a tick where a file does not say it.
const USUAL: u64 = 1_000_000;
/// No recording goes on for three years: a time beyond counts from a date.
const LONGEST: u128 = 3 * 366 * 86_400 * 1_000_000_000;

/// What is to be taken from every time of a segment: the time of its first cluster where that counts from a date, or 0.
pub(super) fn since(operation: &mut Operation<'_>, segment: &Element, end: u64) -> Result<u64, Refusal> {
    let (mut scale, mut at) = (USUAL, segment.body);
    while let Some(child) = element::read(operation, at, end)? {
        let stop = child.end.unwrap_or(end).min(end);
        match child.id {
            INFO => scale = inside(operation, &child, stop, SCALE)?.unwrap_or(USUAL),
            CLUSTER => {
                let time = inside(operation, &child, stop, TIMES[0])?.unwrap_or(0);
                return Ok(if u128::from(time) * u128::from(scale) > LONGEST { time } else { 0 });
            }
            _ => {}
        }
        at = stop;
    }
    Ok(0)
}

/// The first number of this kind right inside an element.
fn inside(operation: &mut Operation<'_>, parent: &Element, end: u64, id: u32) -> Result<Option<u64>, Refusal> {
    let mut at = parent.body;
    while let Some(child) = element::read(operation, at, end)? {
        let Some(stop) = child.end.filter(|stop| *stop <= end) else { break };
        if child.id == id && stop - child.body <= 8 {
            return Ok(Some(number(operation, child.body..stop)?));
        }
        at = stop;
    }
    Ok(None)
}

fn number(operation: &mut Operation<'_>, range: Range<u64>) -> Result<u64, Refusal> {
    Ok(operation.reader.read(range, 8)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

impl Walk {
    /// A time of a cluster or a cue, in as many bytes as it has.
    pub(super) fn time(&mut self, operation: &mut Operation<'_>, range: Range<u64>) -> Result<(), Refusal> {
        if self.since == 0 {
            return Ok(());
        }
        let time = number(operation, range.clone())?;
        let time = time.checked_sub(self.since).ok_or_else(|| broken("the times of the film lead back"))?;
        let bytes = time.to_be_bytes()[8 - (range.end - range.start) as usize..].to_vec();
        self.put(operation, range, bytes, Code::Time, "date in the times of the film")
    }
}
