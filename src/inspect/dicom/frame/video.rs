//! What stands in a video stream beside its pictures, read byte by byte from one end to the other.
//!
//! ISO/IEC 13818-2, 6.2 and table 6-1 (MPEG-2 start codes); ITU-T H.264 7.4.1 and H.265 7.4.2 (units), Annexes B and D.

use super::{Extra, spread};
use crate::finding::Code;
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use std::ops::Range;

/// Which standard a stream is written after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::inspect::dicom) enum Kind {
    /// ISO/IEC 13818-2.
    Mpeg2,
    /// ITU-T H.264.
    H264,
    /// ITU-T H.265.
    H265,
}

/// Bytes kept of the beginning of each unit: a sequence header says behind its first table whether a second follows.
const HEAD: usize = 80;
/// Units beside pictures, at most.
const MOST: usize = 500_000;

/// The kind of stream that a transfer syntax UID is for.
pub(super) fn kind(uid: &str) -> Option<Kind> {
    let last = uid.strip_prefix("1.2.840.10008.1.2.4.")?;
    let number: u32 = last.split('.').next()?.parse().ok()?;
    match number {
        100 | 101 => Some(Kind::Mpeg2),
        102..=106 => Some(Kind::H264),
        107 | 108 => Some(Kind::H265),
        _ => None,
    }
}

/// A unit as far as it has been read: where its start code is, its first bytes, and how long it is without zeros behind.
#[derive(Debug, Default)]
struct Unit {
    start: u64,
    head: Vec<u8>,
    size: u64,
    /// Where the first byte stands behind three zeros, which end a unit.
    behind: Option<u64>,
    /// Letters in a row, now and at most.
    letters: (u32, u32),
}

/// Lists what stands in a stream, which lies in these fragments, beside its pictures.
pub(super) fn extras(bytes: &mut Bytes<'_>, fragments: &[Range<u64>], kind: Kind) -> Result<Vec<Extra>, Trouble> {
    let mut starts = Vec::with_capacity(fragments.len());
    let mut found: Vec<(Code, &'static str, Range<u64>)> = Vec::new();
    let (mut at, mut zeros) = (0u64, 0u64);
    let mut unit: Option<Unit> = None;
    let mut first = true;
    for fragment in fragments {
        starts.push(at);
        bytes.each(fragment.clone(), |part| {
            for byte in part {
                if *byte == 1 && zeros >= 2 {
                    let start = at - 2;
                    if let Some(unit) = unit.take() {
                        first &= end(&unit, start, kind, first, &mut found)?;
                    }
                    unit = Some(Unit { start, ..Unit::default() });
                } else if let Some(unit) = &mut unit {
                    if unit.head.len() < HEAD {
                        unit.head.push(*byte);
                    }
                    if *byte != 0 {
                        unit.size = at + 1 - unit.start - 3;
                    }
                    if *byte != 0 && zeros >= 3 && at > unit.start + 5 {
                        unit.behind.get_or_insert(at);
                    }
                    let letter = unit.behind.is_none() && (byte.is_ascii_alphabetic() || b" ^".contains(byte));
                    unit.letters.0 = if letter { unit.letters.0 + 1 } else { 0 };
                    unit.letters.1 = unit.letters.1.max(unit.letters.0);
                } else if *byte != 0 {
                    return Err(Trouble::Damaged("a video that does not begin as one of its kind"));
                }
                zeros = if *byte == 0 { zeros + 1 } else { 0 };
                at += 1;
            }
            Ok(())
        })?;
    }
    match unit {
        Some(unit) => end(&unit, at, kind, first, &mut found)?,
        None if at == 0 => return Ok(Vec::new()),
        None => return Err(Trouble::Damaged("a video that does not begin as one of its kind")),
    };
    let placed = found.iter().flat_map(|(code, label, range)| {
        spread(range, fragments, &starts).map(|range| Extra::new(*code, label, range, false))
    });
    Ok(placed.collect())
}

/// Takes a unit that ends where the next begins; gives whether the next is the first still, which it never is.
fn end(
    unit: &Unit,
    next: u64,
    kind: Kind,
    first: bool,
    found: &mut Vec<(Code, &'static str, Range<u64>)>,
) -> Result<bool, Trouble> {
    let head = |i: usize| unit.head.get(i).copied().unwrap_or(0);
    let begins = match kind {
        Kind::Mpeg2 => head(0) == 0xb3,
        Kind::H264 => matches!(head(0) & 0x9f, 6 | 7 | 9),
        Kind::H265 => matches!(head(0) & 0x81, 0) && matches!(head(0) >> 1, 32 | 33 | 35 | 39),
    };
    if first && !begins {
        return Err(Trouble::Damaged("a video that does not begin as one of its kind"));
    }
    if found.len() >= MOST {
        return Err(Trouble::TooLarge("more messages in a video than any real one has"));
    }
    let whole = unit.start..next;
    let before = found.len();
    if is_parameters(unit, kind) && unit.letters.1 >= 8 {
        return Err(Trouble::Damaged("writing among the parameters of a video"));
    }
    let code = unit.head.first().copied().unwrap_or(0);
    match (kind, code) {
        (Kind::Mpeg2, 0xb8) => {
            // The clock: 25 bits, of which one is a marker.
            let stands = head(1) == 0 && head(2) == 8 && head(3) == 0 && head(4) & 0x9f == 0 && unit.size <= 5;
            if !stands {
                let clock = unit.start + 4..(unit.start + 8).min(next);
                found.push((Code::ApplicationData, "time of day in a video", clock));
                if unit.size > 5 {
                    found.push((Code::ApplicationData, "bytes behind a part of a video", unit.start + 8..next));
                }
            }
        }
        (Kind::Mpeg2, 0xb2) => found.push((Code::Comment, "user data in a video", whole)),
        (Kind::Mpeg2, 0xb6 | 0xb9..=0xff) => {
            found.push((Code::ApplicationData, "a part that is none of a video", whole))
        }
        (Kind::Mpeg2, _) => {}
        (Kind::H264, _) if code & 0x9f == 6 && is_recovery_point(unit, 1) => {}
        (Kind::H264, _) if code & 0x9f == 6 => found.push((Code::Comment, "message in a video", whole)),
        (Kind::H265, _) if matches!(code, 78 | 80) && head(1) >> 3 == 0 && is_recovery_point(unit, 2) => {}
        (Kind::H265, _) if matches!(code, 78 | 80) && head(1) >> 3 == 0 => {
            found.push((Code::Comment, "message in a video", whole));
        }
        _ if !is_needed(unit, kind, code) => {
            found.push((Code::ApplicationData, "a part of a video that is no picture", whole));
        }
        _ => {}
    }
    // Of a unit that may stand, what stands behind it may not.
    let longest = longest(unit, kind);
    let over = (unit.size > longest).then(|| unit.start + 3 + longest);
    if let Some(behind) = unit.behind.into_iter().chain(over).min().filter(|_| found.len() == before) {
        found.push((Code::ApplicationData, "bytes behind a part of a video", behind..next));
    }
    Ok(false)
}

/// How long a part of MPEG-2 other than a picture can be, with the byte that names it (6.2.2, 6.2.3).
fn longest(unit: &Unit, kind: Kind) -> u64 {
    match (kind, &unit.head[..]) {
        (Kind::Mpeg2, [0xb3, ..]) => {
            let bit = |i: usize, bit: u8| unit.head.get(i).is_some_and(|b| b & bit != 0);
            match (bit(8, 2), bit(8, 1), bit(72, 1)) {
                (false, false, _) => 9,
                (false, true, _) | (true, _, false) => 9 + 64,
                (true, _, true) => 9 + 128,
            }
        }
        (Kind::Mpeg2, [0xb4 | 0xb7, ..]) => 1,
        (Kind::Mpeg2, [0xb5, id, ..]) if id >> 4 != 3 => 17,
        (Kind::Mpeg2, [0xb5, ..]) => 261,
        _ => u64::MAX,
    }
}

/// Whether a unit holds the parameters of a stream.
fn is_parameters(unit: &Unit, kind: Kind) -> bool {
    let code = unit.head.first().copied().unwrap_or(0);
    match kind {
        Kind::Mpeg2 => false,
        Kind::H264 => matches!(code & 31, 7 | 8 | 13 | 15),
        Kind::H265 => matches!(code >> 1, 32..=34),
    }
}

/// Whether decoding needs a unit: pictures, their parameters, and short marks without content.
fn is_needed(unit: &Unit, kind: Kind, code: u8) -> bool {
    if kind == Kind::H264 {
        return code & 0x80 == 0
            && match code & 31 {
                1..=5 | 7 | 8 | 13 | 14 | 15 | 19 | 20 => true,
                9 => unit.size <= 2,
                10 | 11 => unit.size <= 1,
                _ => false,
            };
    }
    let base = code & 0x81 == 0 && unit.head.get(1).is_some_and(|b| b >> 3 == 0);
    base && match code >> 1 {
        0..=9 | 16..=21 | 32..=34 => true,
        35 => unit.size <= 3,
        36 | 37 => unit.size <= 2,
        _ => false,
    }
}

/// Whether messages are one recovery point alone: kind 6, at most five bytes, and the bit that ends the unit.
fn is_recovery_point(unit: &Unit, header: usize) -> bool {
    let Some([6, size @ 0..=5]) = unit.head.get(header..header + 2) else { return false };
    let stop = header + 2 + usize::from(*size);
    unit.head.get(stop) == Some(&0x80) && unit.size == stop as u64 + 1
}
