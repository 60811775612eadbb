//! Sample tables: where the samples of a track lie, and which of its tables stay.
//!
//! ISO/IEC 14496-12, 8.6 (times and edits) and 8.7 (sizes and chunks).

use super::super::config::Codec;
use super::super::part::{self, Part, number};
use super::super::rule;
use super::{Tape, damaged, entry};
use crate::plan::Refusal;
use std::ops::Range;

/// Samples of one track: almost five hours at 60 pictures a second.
const SAMPLES: u64 = 1 << 20;

/// The ranges of the file that hold the samples of a table.
///
/// # Errors
/// Where they reach past the end of the file, or the tables contradict each other.
pub(super) fn samples(tape: &Tape, table: &Part, length: u64) -> Result<Vec<Range<u64>>, Refusal> {
    let children = tape.children(table, 0)?;
    let find = |kind: &[u8; 4]| children.iter().find(|child| child.kind == *kind).map(|child| tape.payload(child));
    let sizes = sizes(find(b"stsz"), find(b"stz2"))?;
    let chunks = chunks(find(b"stco"), find(b"co64"))?;
    let runs = find(b"stsc").ok_or_else(damaged)?;
    let count = number(runs, 4).ok_or_else(damaged)? as usize;
    let mut samples = Vec::new();
    let mut next = sizes.iter();
    let run = |index: usize| Some((number(runs, 8 + index * 12)?, number(runs, 12 + index * 12)?));
    let mut index = 0;
    for (chunk, start) in chunks.iter().enumerate() {
        while index + 1 < count && run(index + 1).is_some_and(|(first, _)| first as usize <= chunk + 1) {
            index += 1;
        }
        let (_, each) = run(index).filter(|_| index < count).ok_or_else(damaged)?;
        let mut at = *start;
        for size in next.by_ref().take(each as usize) {
            let end = at.checked_add(*size).filter(|end| *end <= length);
            let end = end.ok_or_else(|| Refusal::truncated("the file ends before its sequence does"))?;
            samples.push(at..end);
            at = end;
        }
    }
    if next.next().is_some() {
        return Err(damaged());
    }
    Ok(samples)
}

fn sizes(whole: Option<&[u8]>, compact: Option<&[u8]>) -> Result<Vec<u64>, Refusal> {
    let table = whole.or(compact).ok_or_else(damaged)?;
    let count = u64::from(number(table, 8).ok_or_else(damaged)?);
    if count > SAMPLES {
        return Err(Refusal::too_large("the sequence has more pictures than any real one"));
    }
    let count = count as usize;
    let same = number(table, 4).ok_or_else(damaged)?;
    if whole.is_some() && same != 0 {
        return Ok(vec![u64::from(same); count]);
    }
    let size = |index: usize| match (whole.is_some(), same) {
        (true, _) => number(table, 12 + index * 4).map(u64::from),
        (false, 16) => part::short(table, 12 + index * 2).map(u64::from),
        (false, 8) => table.get(12 + index).map(|size| u64::from(*size)),
        (false, 4) => table.get(12 + index / 2).map(|two| u64::from(two >> (4 - index % 2 * 4) & 15)),
        _ => None,
    };
    (0..count).map(size).collect::<Option<_>>().ok_or_else(damaged)
}

fn chunks(short: Option<&[u8]>, long: Option<&[u8]>) -> Result<Vec<u64>, Refusal> {
    let table = short.or(long).ok_or_else(damaged)?;
    let count = u64::from(number(table, 4).ok_or_else(damaged)?);
    if count > SAMPLES {
        return Err(Refusal::too_large("the sequence has more pictures than any real one"));
    }
    let chunk = |index: usize| match short.is_some() {
        true => number(table, 8 + index * 4).map(u64::from),
        false => part::wide(table, 8 + index * 8),
    };
    (0..count as usize).map(chunk).collect::<Option<_>>().ok_or_else(damaged)
}

/// Tables that stay: type, bytes before their entries, bytes of an entry.
const TABLES: &[([u8; 4], usize, usize)] =
    &[(*b"stts", 8, 8), (*b"ctts", 8, 8), (*b"stsc", 8, 12), (*b"stss", 8, 4), (*b"stco", 8, 4), (*b"co64", 8, 8)];

/// Refuses tracks whose numbers read as words: times, places, sizes and the matrix are whatever a writer chose.
pub(super) fn check_words(tape: &Tape, part: &Part) -> Result<(), Refusal> {
    for child in tape.children(part, 0)? {
        match &child.kind {
            b"trak" | b"edts" | b"mdia" | b"minf" | b"stbl" => check_words(tape, &child)?,
            b"hdlr" | b"dinf" | b"stsd" => {}
            _ if rule::spells(tape.payload(&child)) => {
                return Err(Refusal::not_understood("the numbers of the sequence read as words"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Cleans a sample table in place; says how its samples are coded.
pub(super) fn clean(tape: &mut Tape, table: &Part, samples: usize) -> Result<Option<Codec>, Refusal> {
    let mut codec = None;
    for child in tape.children(table, 0)? {
        if child.kind == *b"stsd" {
            codec = entry::clean(tape, &child)?;
            continue;
        }
        let payload = tape.payload(&child);
        let end = match (&child.kind, TABLES.iter().find(|(kind, ..)| *kind == child.kind)) {
            (b"stsz", _) if number(payload, 4) == Some(0) => 12 + samples * 4,
            (b"stsz", _) => 12,
            (b"stz2", _) => 12 + (samples * number(payload, 4).unwrap_or_default() as usize).div_ceil(8),
            (b"cslg", _) if payload.len() >= 24 => 24,
            (_, Some((_, before, each))) => {
                let count = number(payload, 4).ok_or_else(damaged)? as usize;
                // An entry stands for one sample at least; more entries than samples could hold anything.
                if count > samples.max(1) {
                    return Err(damaged());
                }
                before + count * each
            }
            _ => {
                tape.free(&child);
                continue;
            }
        };
        if end > payload.len() {
            return Err(damaged());
        }
        tape.trim(&child, end);
    }
    Ok(codec)
}

/// An edit list with nothing behind its entries.
pub(super) fn edits(tape: &mut Tape, list: &Part) -> Result<(), Refusal> {
    let payload = tape.payload(list);
    let each = if payload.first() == Some(&1) { 20 } else { 12 };
    let count = number(payload, 4).ok_or_else(damaged)? as usize;
    let end = count.checked_mul(each).and_then(|length| length.checked_add(8)).filter(|end| *end <= payload.len());
    tape.trim(list, end.ok_or_else(damaged)?);
    Ok(())
}
