//! What a video stream holds beside its pictures: users' data, encoders' messages, filling, times of day.
//!
//! DICOM PS3.5 8.2.5 to 8.2.8; ISO/IEC 13818-2, 6.2 (MPEG-2 start codes); ITU-T H.264 and H.265, 7.3.1 (units), Annex B
//! (byte streams), Annex D (messages). A unit that goes becomes zeros together with its start code: zeros before a start
//! code are filling in all three (`next_start_code`, `trailing_zero_8bits`).

use super::{Extra, Joined};
use crate::finding::Code;
use crate::plan::Refusal;
use std::ops::Range;

/// Which standard a stream is written after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Mpeg2,
    Avc,
    Hevc,
}

/// A recovery point is a number and few flags; a longer message is none.
const RECOVERY_POINT: u8 = 6;
const LONGEST_RECOVERY_POINT: u64 = 5;

/// So many letters in a row are writing.
const WRITTEN: u32 = 8;

/// What becomes of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Goes(Code),
    /// Of a group of pictures: its clock is set to zero.
    Clock,
}

/// The family of a transfer syntax (PS3.5 10, A.4.5 to A.4.8), if it is one of video.
pub(super) fn family(number: &str) -> Option<Family> {
    // The forms in which a stream may lie in several fragments end in `.1`.
    match number.strip_suffix(".1").unwrap_or(number) {
        "100" | "101" => Some(Family::Mpeg2),
        "102" | "103" | "104" | "105" | "106" => Some(Family::Avc),
        "107" | "108" => Some(Family::Hevc),
        _ => None,
    }
}

/// Lists what may go from a stream.
///
/// # Errors
/// When it is wrapped in a container, which has places of its own and often sound, or is no such stream at all.
pub(super) fn extras(stream: &mut Joined<'_, '_>, family: Family) -> Result<Vec<Extra>, Refusal> {
    let Some((first, _)) = start_code(stream, 0)? else { return Err(container()) };
    if !is_zero(stream, 0..first)? || !begins_well(stream, first, family)? {
        return Err(container());
    }
    let mut out = Vec::new();
    let mut at = first;
    loop {
        let next = start_code(stream, at + 3)?;
        // The zero byte that may stand before a start code belongs to that.
        let end = next.map_or(stream.len(), |(at, _)| at);
        match fate(stream, at, end, family)? {
            Fate::Stays => {
                if let Some(stop) = stop(stream, at, end, family)? {
                    out.push(Extra::zeros(Code::ApplicationData, stop..end));
                }
            }
            Fate::Goes(code) => out.push(Extra::zeros(code, at..end)),
            Fate::Clock => {
                clock(stream, at, &mut out)?;
                out.push(Extra::zeros(Code::ApplicationData, (at + 8).min(end)..end));
            }
        }
        if out.len() > super::EXTRAS {
            return Err(Refusal::too_large("a video holds more messages beside its pictures than any real one"));
        }
        match next {
            Some((next, _)) => at = next,
            None => return Ok(out),
        }
    }
}

/// The next start code at or after a place: where it stands, and the byte behind it.
fn start_code(stream: &mut Joined<'_, '_>, mut at: u64) -> Result<Option<(u64, u8)>, Refusal> {
    loop {
        let (found, length) = {
            let stretch = stream.stretch(at, u64::MAX)?;
            (memchr::memmem::find(stretch, &[0, 0, 1]), stretch.len() as u64)
        };
        if length == 0 {
            return Ok(None);
        }
        if let Some(found) = found {
            let at = at + found as u64;
            return Ok(stream.bytes::<1>(at + 3)?.map(|[byte]| (at, byte)));
        }
        // A start code may lie over the end of a stretch, and of a fragment.
        for before in (1..=2u64.min(length)).rev() {
            let place = at + length - before;
            if stream.bytes(place)? == Some([0, 0, 1])
                && let Some([byte]) = stream.bytes(place + 3)?
            {
                return Ok(Some((place, byte)));
            }
        }
        at += length;
    }
}

/// Whether a stream begins as one of its family: with a sequence header, or a unit that may begin one.
fn begins_well(stream: &mut Joined<'_, '_>, at: u64, family: Family) -> Result<bool, Refusal> {
    let Some([byte]) = stream.bytes(at + 3)? else { return Ok(false) };
    Ok(match family {
        Family::Mpeg2 => byte == 0xB3,
        Family::Avc => byte & 0x80 == 0 && matches!(byte & 31, 6 | 7 | 9),
        Family::Hevc => byte & 0x81 == 0 && matches!(byte >> 1, 32 | 33 | 35 | 39),
    })
}

fn fate(stream: &mut Joined<'_, '_>, at: u64, end: u64, family: Family) -> Result<Fate, Refusal> {
    let Some(head) = stream.bytes::<2>(at + 3)?.or(stream.bytes::<1>(at + 3)?.map(|[b]| [b, 0])) else {
        return Ok(Fate::Goes(Code::ApplicationData));
    };
    let size = end - at - 3;
    let gone = Fate::Goes(Code::ApplicationData);
    Ok(match family {
        Family::Mpeg2 => match head[0] {
            // Pictures, slices, sequence headers, errors, extensions, the end.
            0x00..=0xAF | 0xB3..=0xB5 | 0xB7 => Fate::Stays,
            0xB8 => Fate::Clock,
            0xB2 => Fate::Goes(Code::Comment),
            _ => gone,
        },
        Family::Avc => match head[0] & 31 {
            _ if head[0] & 0x80 != 0 => gone,
            6 => message(stream, at + 4, end)?,
            // Pictures, parameters, and what the second view of a stereo stream needs.
            1..=5 | 7 | 8 | 13..=15 | 19..=20 => Fate::Stays,
            9 if body(stream, at, end)? <= 2 => Fate::Stays,
            10 | 11 if body(stream, at, end)? <= 1 => Fate::Stays,
            _ => gone,
        },
        Family::Hevc => match head[0] >> 1 {
            // Layers beside the first are no part of what these syntaxes are for.
            _ if head[0] & 0x81 != 0 || head[1] >> 3 != 0 || size < 2 => gone,
            39 | 40 => message(stream, at + 5, end)?,
            0..=9 | 16..=21 | 32..=34 => Fate::Stays,
            35 if body(stream, at, end)? <= 3 => Fate::Stays,
            36 | 37 if body(stream, at, end)? <= 2 => Fate::Stays,
            _ => gone,
        },
    })
}

/// Where a unit that stays ends before the next start code, if it does: no unit has three zeros in a row in it, and a
/// sequence header of MPEG-2, its tables and its extensions have their lengths (6.2.2.1, 6.2.2.3, 6.2.3.2).
///
/// # Errors
/// When something is written among the parameters of a stream, whose end nobody sees without reading them all.
fn stop(stream: &mut Joined<'_, '_>, at: u64, end: u64, family: Family) -> Result<Option<u64>, Refusal> {
    let Some([head, next]) = stream.bytes::<2>(at + 3)? else { return Ok(None) };
    let most = match (family, head) {
        (Family::Mpeg2, 0xB3) => {
            let flags = stream.bytes::<1>(at + 11)?.map_or(0, |[b]| b);
            let own = if flags & 2 != 0 { stream.bytes::<1>(at + 75)?.map_or(0, |[b]| b & 1) } else { flags & 1 };
            8 + 64 * u64::from(flags >> 1 & 1) + 64 * u64::from(own)
        }
        (Family::Mpeg2, 0xB4 | 0xB7) => 0,
        (Family::Mpeg2, 0xB5) if next >> 4 == 3 => 260,
        (Family::Mpeg2, 0xB5) => 16,
        _ => u64::MAX,
    };
    let parameters = match family {
        Family::Mpeg2 => false,
        Family::Avc => matches!(head & 31, 7 | 8 | 13 | 15),
        Family::Hevc => matches!(head >> 1, 32..=34),
    };
    let (mut place, mut zeros, mut letters) = (at + 4, 0, 0);
    let most = place.saturating_add(most);
    while place < end {
        let stretch = stream.stretch(place, end)?;
        for (i, byte) in stretch.iter().enumerate() {
            zeros = if *byte == 0 { zeros + 1 } else { 0 };
            letters = if byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'^') { letters + 1 } else { 0 };
            let here = place + i as u64;
            if zeros == 3 || here >= most {
                return Ok(Some(here));
            }
            if parameters && letters == WRITTEN {
                return Err(written());
            }
        }
        place += stretch.len() as u64;
    }
    Ok(None)
}

fn written() -> Refusal {
    Refusal {
        code: "video-parameters",
        what: "something is written among the parameters of a video, where no writing belongs".to_owned(),
        advice: "Export the video again with another program, or take still pictures of it.",
    }
}

/// The length of a unit without the zeros behind it, as far as it matters.
fn body(stream: &mut Joined<'_, '_>, at: u64, end: u64) -> Result<u64, Refusal> {
    let mut length = end - at - 3;
    while length > 4 {
        let stop = at + 3 + length;
        if !is_zero(stream, stop - 1..stop)? {
            return Ok(length);
        }
        length = match is_zero(stream, at + 7..stop)? {
            true => 4,
            false => return Ok(length),
        };
    }
    while length > 0 && is_zero(stream, at + 2 + length..at + 3 + length)? {
        length -= 1;
    }
    Ok(length)
}

/// A message unit stays if it is one recovery point and nothing else: seeking needs that.
fn message(stream: &mut Joined<'_, '_>, at: u64, end: u64) -> Result<Fate, Refusal> {
    let gone = Fate::Goes(Code::Comment);
    let Some([kind, size]) = stream.bytes(at)? else { return Ok(gone) };
    let (size, stop) = (u64::from(size), at + 2 + u64::from(size));
    let single = kind == RECOVERY_POINT && size <= LONGEST_RECOVERY_POINT && stop < end;
    // Behind it, the bit that ends the unit and zeros.
    let ends = single && stream.bytes(stop)? == Some([0x80]) && is_zero(stream, stop + 1..end)?;
    Ok(if ends { Fate::Stays } else { gone })
}

/// The time code of a group of pictures may be the time of day: 25 bits, one of which is always set (6.2.2.6).
fn clock(stream: &mut Joined<'_, '_>, at: u64, out: &mut Vec<Extra>) -> Result<(), Refusal> {
    let Some([a, b, c, d]) = stream.bytes(at + 4)? else { return Ok(()) };
    for (i, (is, must)) in [(a, 0), (b, 0x08), (c, 0), (d, d & 0x60)].into_iter().enumerate() {
        let place = at + 4 + i as u64;
        if is != must {
            out.push(Extra { code: Code::ApplicationData, range: place..place + 1, fill: must });
        }
    }
    Ok(())
}

fn is_zero(stream: &mut Joined<'_, '_>, range: Range<u64>) -> Result<bool, Refusal> {
    stream.is_blank(range)
}

fn container() -> Refusal {
    Refusal {
        code: "video-container",
        what:
            "the video is wrapped in a container (a transport or program stream, or MP4), which is not cleaned inside"
                .to_owned(),
        advice: "Export it as a plain video stream without sound, or take still pictures of it.",
    }
}
