//! The units of which coded items are made: every byte belongs to a unit, and units that are no picture hold no text.
//!
//! ISO/IEC 14496-15 section 4.3.2 (NAL units with their lengths), ISO/IEC 23008-2 sections 7.3.1 and 7.3.5 (headers,
//! SEI), D.2.7 and D.2.8 (user data); AV1 bitstream specification sections 5.3 (OBU), 5.8 (metadata), 6.2.2.

use super::property::wordy;
use crate::inspect::Trouble;
use crate::inspect::boxes::{Numbers, Spans};
use crate::inspect::bytes::{Bytes, compare};
use std::ops::Range;

/// The most units of one item.
const MOST: usize = 1 << 20;

/// The longest unit, other than one of picture, that is read.
const LONGEST: u64 = 1 << 20;

/// How an item is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::inspect) enum Codec {
    /// NAL units of HEVC, each behind a length of so many bytes.
    Hevc(usize),
    /// OBUs of AV1.
    Av1,
}

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Picture.
    Picture,
    /// The parameters that decoding needs.
    Settings,
    /// Messages, padding: no decoder needs them.
    Aside,
    /// On no list.
    Strange,
}

/// A part of an item's stream that may differ from the original's where it was blanked.
type Asides = Vec<Range<u64>>;

/// The units of a stream that are no picture; an error where the units do not fill the stream.
fn asides(bytes: &mut Bytes<'_>, spans: &Spans, codec: Codec) -> Result<Option<(Asides, bool)>, Trouble> {
    let (mut at, mut out, mut strange) = (0, Vec::new(), false);
    for _ in 0..MOST {
        if at >= spans.len() {
            return Ok(Some((out, strange)));
        }
        let head = spans.copy(bytes, at, 16)?;
        let Some((kind, unit, next)) = unit(&head, codec, at, spans.len()).filter(|(_, _, next)| *next <= spans.len())
        else {
            return Ok(None);
        };
        match kind {
            Kind::Picture => {}
            Kind::Settings => {
                let n = (unit.end - unit.start).min(LONGEST) as usize;
                strange |= wordy(&spans.copy(bytes, unit.start, n)?, 8);
            }
            Kind::Aside => out.push(unit),
            Kind::Strange => {
                strange = true;
                out.push(unit);
            }
        }
        at = next;
    }
    Err(Trouble::TooLarge("a coded picture of more than a million units"))
}

/// The unit at `at`: its kind, where it lies without its length, where the next begins.
fn unit(head: &[u8], codec: Codec, at: u64, end: u64) -> Option<(Kind, Range<u64>, u64)> {
    let mut numbers = Numbers::new(head);
    match codec {
        Codec::Hevc(size) => {
            let length = numbers.number(size);
            let (first, second) = (numbers.number(1), numbers.number(1));
            if numbers.past() || length < 2 {
                return None;
            }
            let kind = match (first >> 1 & 63, length) {
                (38..=40, _) => Kind::Aside,
                // Units of other layers than the first are shown by nobody.
                _ if first & 0x81 != 0 || second >> 3 != 0 => Kind::Strange,
                (0..=9 | 16..=21, _) | (35, ..=3) | (36 | 37, 2) => Kind::Picture,
                (32..=34, _) => Kind::Settings,
                _ => Kind::Strange,
            };
            let start = at + size as u64;
            let next = start.checked_add(length)?;
            Some((kind, start..next, next))
        }
        Codec::Av1 => {
            let first = numbers.number(1);
            if numbers.past() || first & 0x81 != 0 {
                return None;
            }
            numbers.take((first >> 2 & 1) as usize);
            let length = if first & 2 == 2 {
                leb128(&mut numbers)?
            } else {
                end.checked_sub(at)?.checked_sub(1 + (first >> 2 & 1))?
            };
            let kind = match first >> 3 & 15 {
                1 => Kind::Settings,
                2 if length == 0 => Kind::Picture,
                3 | 4 | 6 => Kind::Picture,
                5 | 7 | 15 => Kind::Aside,
                _ => Kind::Strange,
            };
            let next = at.checked_add((head.len() - numbers.remaining()) as u64)?.checked_add(length)?;
            Some((kind, at..next, next))
        }
    }
}

/// A number of AV1 (4.10.5).
fn leb128(numbers: &mut Numbers<'_>) -> Option<u64> {
    let mut value = 0;
    for i in 0..8 {
        let byte = numbers.number(1);
        value |= (byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            return (!numbers.past()).then_some(value);
        }
    }
    None
}

/// A byte that may stand where something was blanked: zeros, the mark that keeps start codes out, trailing bits, filler.
fn is_neutral(byte: u8) -> bool {
    matches!(byte, 0 | 1 | 3 | 0x20 | 0x80 | 0xff)
}

/// Whether a unit beside the picture says nothing: listed messages of numbers, or blanked ones.
fn is_silent(unit: &[u8], codec: Codec) -> bool {
    match codec {
        Codec::Hevc(_) => match unit.first().map(|b| b >> 1 & 63) {
            Some(38) => unit.iter().skip(2).all(|b| is_neutral(*b)),
            Some(39 | 40) => messages_are_silent(unit),
            _ => false,
        },
        Codec::Av1 => obu_is_silent(unit),
    }
}

/// SEI messages that hold numbers of fixed meaning (23008-2 Annex D): buffering, timing, recovery, mastering display,
/// content light level, alternative transfer, ambient light, alpha.
const NUMBERS: &[u64] = &[0, 1, 6, 129, 130, 132, 136, 137, 144, 147, 148, 149, 165];

fn messages_are_silent(unit: &[u8]) -> bool {
    let payload = without_marks(unit.get(2..).unwrap_or_default());
    payload.iter().all(|b| is_neutral(*b))
        || messages_are(&payload, |kind, message| {
            message.iter().all(|b| is_neutral(*b)) || NUMBERS.contains(&kind) && message.len() <= 64
        })
}

/// Whether each SEI message is such as `rule` asks for, and nothing stands behind the last but one bit and zeros.
fn messages_are(payload: &[u8], rule: impl Fn(u64, &[u8]) -> bool) -> bool {
    let mut numbers = Numbers::new(payload);
    while numbers.remaining() > 0 {
        // What follows the last message is one bit and zeros.
        let left = payload.len() - numbers.remaining();
        if payload[left] == 0x80 && payload[left + 1..].iter().all(|b| *b == 0) {
            return true;
        }
        let mut long = || {
            let mut sum = 0;
            loop {
                match numbers.number(1) {
                    255 => sum += 255,
                    n => return sum + n,
                }
            }
        };
        let (kind, length) = (long(), long());
        let message = numbers.take(length as usize);
        if numbers.past() || !rule(kind, message) {
            return false;
        }
    }
    true
}

/// A unit's bytes without the marks that keep start codes out (23008-2 section 7.4.2).
fn without_marks(unit: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(unit.len());
    let mut zeros = 0;
    for byte in unit {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        out.push(*byte);
    }
    out
}

fn obu_is_silent(unit: &[u8]) -> bool {
    let mut numbers = Numbers::new(unit);
    let first = numbers.number(1);
    numbers.take((first >> 2 & 1) as usize);
    if first & 2 == 2 && leb128(&mut numbers).is_none() {
        return false;
    }
    let payload = &unit[unit.len() - numbers.remaining()..];
    let fixed = match (first >> 3 & 15, leb128(&mut numbers)) {
        // Content light level, mastering display (6.7.3, 6.7.4), with trailing bits.
        (5, Some(1)) => numbers.remaining() <= 6,
        (5, Some(2)) => numbers.remaining() <= 26,
        (5 | 15, _) => false,
        _ => return false,
    };
    fixed || payload.iter().all(|b| is_neutral(*b))
}

/// What there is to say against a coded item of an output; none when its units fill it and say nothing beside it.
pub(in crate::inspect) fn fault(
    bytes: &mut Bytes<'_>,
    spans: &Spans,
    codec: Codec,
) -> Result<Option<&'static str>, Trouble> {
    let Some((asides, strange)) = asides(bytes, spans, codec)? else {
        return Ok(Some("a coded picture whose units do not fill it"));
    };
    if strange {
        return Ok(Some("a part of the coded picture that is no part of a picture"));
    }
    for aside in asides {
        if aside.end - aside.start > LONGEST {
            return Ok(Some("a long message in the coded picture"));
        }
        let unit = spans.copy(bytes, aside.start, (aside.end - aside.start) as usize)?;
        if !is_silent(&unit, codec) {
            return Ok(Some("a message in the coded picture"));
        }
    }
    Ok(None)
}

/// Whether a coded item holds messages that say something.
pub(super) fn tells(bytes: &mut Bytes<'_>, spans: &Spans, codec: Codec) -> Result<bool, Trouble> {
    Ok(matches!(fault(bytes, spans, codec)?, Some(what) if what.contains("message")))
}

/// Whether two codings of an item are the same but for what was blanked at equal length.
pub(in crate::inspect) fn same(
    original: (&mut Bytes<'_>, &Spans),
    output: (&mut Bytes<'_>, &Spans),
    codec: Codec,
) -> Result<bool, Trouble> {
    let ((before, old), (after, new)) = (original, output);
    if old.len() != new.len() {
        return Ok(false);
    }
    // A coding that cannot be read as units must be the same as a whole.
    let asides = asides(before, old, codec)?.map_or_else(Vec::new, |(asides, _)| asides);
    let mut at = 0;
    for aside in asides.iter().chain([&(old.len()..old.len())]) {
        let part = at..aside.start;
        if !compare((&mut *before, &old.sub(part.clone())), (&mut *after, &new.sub(part)))? {
            return Ok(false);
        }
        at = aside.end;
        let n = aside.end - aside.start;
        if n > LONGEST {
            return Ok(false);
        }
        let (x, y) = (old.copy(before, aside.start, n as usize)?, new.copy(after, aside.start, n as usize)?);
        if !is_blanked(&x, &y, codec) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether whatever of a unit was changed is blank, or makes filler of it: a filler unit, or filler messages (D.2.4).
fn is_blanked(old: &[u8], new: &[u8], codec: Codec) -> bool {
    let filler = |kind, message: &[u8]| kind == 3 && message.iter().all(|b| *b == 0xff);
    if let (Codec::Hevc(_), [0x4e, 1, messages @ ..]) = (codec, new)
        && messages_are(messages, filler)
    {
        return old.len() == new.len();
    }
    let header = |i: usize, b: u8| match codec {
        Codec::Hevc(_) => i < 2 && b == [0x4c, 0x01][i],
        Codec::Av1 => i == 0 && b & 0x78 == 0x78,
    };
    old.iter().zip(new).enumerate().all(|(i, (x, y))| x == y || is_neutral(*y) || header(i, *y))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hevc(units: &[&[u8]]) -> Vec<u8> {
        units.iter().flat_map(|u| [&(u.len() as u32).to_be_bytes()[..], u].concat()).collect()
    }

    fn faults(stream: &[u8], codec: Codec) -> Option<&'static str> {
        fault(&mut Bytes::over(stream), &Spans::new(Some(0..stream.len() as u64)), codec).unwrap()
    }

    fn alike(a: &[u8], b: &[u8], codec: Codec) -> bool {
        let (x, y) = (Spans::new(Some(0..a.len() as u64)), Spans::new(Some(0..b.len() as u64)));
        same((&mut Bytes::over(a), &x), (&mut Bytes::over(b), &y), codec).unwrap()
    }

    #[test]
    fn messages_with_text_are_seen_and_blanked_ones_are_not() {
        let slice: &[u8] = &[0x28, 1, 9, 8, 7];
        let text: &[u8] = b"\x4e\x01\x05\x08CanaryQQ\x80";
        let blank: &[u8] = b"\x4e\x01\x05\x08\xff\xff\xff\xff\xff\xff\xff\xff\x80";
        let filler: &[u8] = b"\x4c\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x80";
        let light: &[u8] = b"\x4e\x01\x90\x04\x03\xe8\x01\x90\x80";
        let (four, cases) = (
            Codec::Hevc(4),
            [
                (hevc(&[slice]), None),
                (hevc(&[text, slice]), Some("a message in the coded picture")),
                (hevc(&[blank, slice]), None),
                (hevc(&[filler, slice]), None),
                (hevc(&[light, slice]), None),
                (hevc(&[slice, b"\x7c\x01Canary"]), Some("a part of the coded picture that is no part of a picture")),
                ([hevc(&[slice]), b"Ca".to_vec()].concat(), Some("a coded picture whose units do not fill it")),
                (hevc(&[b"\x4c\x01Canary", slice]), Some("a message in the coded picture")),
            ],
        );
        let mut tried = 0;
        for (stream, expected) in &cases {
            assert_eq!(faults(stream, four), *expected, "{tried}");
            tried += 1;
        }
        assert_eq!(tried, 8);
        assert!(alike(&hevc(&[text, slice]), &hevc(&[blank, slice]), four));
        assert!(alike(&hevc(&[text, slice]), &hevc(&[filler, slice]), four));
        assert!(!alike(&hevc(&[text, slice]), &hevc(&[blank, &[0x28, 1, 9, 8, 0]]), four));
        assert!(!alike(&hevc(&[text]), &hevc(&[b"\x4e\x01\x05\x08CanbryQQ\x80"]), four));
        // Filler of a length that is no neutral byte.
        let long = [&b"\x4e\x01\x05\x99"[..], &[b'C'; 0x99], &[0x80]].concat();
        let filler = [&b"\x4e\x01\x03\x99"[..], &[0xff; 0x99], &[0x80]].concat();
        let words = [&b"\x4e\x01\x03\x99"[..], &[b'D'; 0x99], &[0x80]].concat();
        assert!(alike(&hevc(&[&long, slice]), &hevc(&[&filler, slice]), four));
        assert!(!alike(&hevc(&[&long, slice]), &hevc(&[&words, slice]), four));
    }

    #[test]
    fn metadata_units_of_av1_are_seen() {
        let frame: &[u8] = &[0x32, 3, 1, 2, 3];
        let telling = [&[0x2a, 9, 4][..], b"Canary!!", frame].concat();
        let padding = [&[0x7a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0x80][..], frame].concat();
        let light = [&[0x2a, 6, 1, 3, 232, 1, 144, 0x80][..], frame].concat();
        assert_eq!(faults(&telling, Codec::Av1), Some("a message in the coded picture"));
        assert_eq!(faults(&padding, Codec::Av1), None);
        assert_eq!(faults(&light, Codec::Av1), None);
        assert_eq!(faults(&[0x30, 1, 2, 3], Codec::Av1), None);
        assert!(alike(&telling, &padding, Codec::Av1) && !alike(&padding, &telling, Codec::Av1));
    }
}
