//! Sound whose original does not say how long it is, of WAV and of AIFF: what was cut off behind it is chunks, and none is
//! left in it.
//!
//! Microsoft's RIFF; EA IFF 85; EBU Tech 3285 (bext); the ID3, APE and GUANO descriptions for how their texts begin.

use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use crate::inspect::little::le32;
use std::ops::Range;

/// Bytes of sound that are looked through at once, and how far the last chunk may reach back.
const PART: u64 = 1 << 20;
const BACK: u64 = 4 << 20;
/// Chunks behind the sound.
const MOST: usize = 100_000;

/// How a kind of container writes lengths, and how texts begin that programs put behind its sound: a word, what follows
/// its length, and the greatest length.
pub(in crate::inspect) struct Form {
    pub(in crate::inspect) number: fn(&[u8], usize) -> Option<u32>,
    pub(in crate::inspect) words: &'static [(&'static [u8], &'static [u8], u32)],
}

/// WAV and its longer kinds.
pub(super) const WAVE: Form = Form {
    number: le32,
    words: &[
        (b"LIST", b"INFO", u32::MAX),
        (b"LIST", b"adtl", u32::MAX),
        (b"LIST", b"exif", u32::MAX),
        (b"iXML", b"<", 0xff_ffff),
        (b"axml", b"<", 0xff_ffff),
        (b"_PMX", b"<", 0xff_ffff),
        (b"id3 ", b"ID3", u32::MAX),
        (b"ID3 ", b"ID3", u32::MAX),
        (b"guan", b"GUANO", u32::MAX),
        (b"bext", b"", 0xffff),
        (b"cart", b"0", 0xffff),
    ],
};

/// Whether `range`, which was cut off behind the sound, is chunks to the end of the file.
pub(in crate::inspect) fn is_chunks(bytes: &mut Bytes<'_>, range: Range<u64>, form: &Form) -> Result<bool, Trouble> {
    let mut at = range.start;
    for _ in 0..MOST {
        if at + 7 >= range.end {
            return Ok(at > range.start);
        }
        let Some(size) = bytes.get(at, 8)?.filter(|head| is_name(head)).and_then(|head| (form.number)(head, 4)) else {
            return Ok(false);
        };
        let end = at + 8 + u64::from(size);
        let filled = size & 1 == 1 && bytes.get(end, 1)?.is_none_or(|byte| byte == [0]);
        at = end + u64::from(filled);
    }
    Ok(false)
}

/// Where in the sound of an output a text or a last chunk begins.
pub(in crate::inspect) fn left(bytes: &mut Bytes<'_>, sound: Range<u64>, form: &Form) -> Result<Option<u64>, Trouble> {
    let mut at = sound.start;
    while at < sound.end {
        let part = bytes.copy(at..sound.end.min(at + PART + 16), PART as usize + 16)?;
        for (word, body, most) in form.words {
            let is_text = |from: &usize| {
                (form.number)(&part, from + 4).is_some_and(|size| size <= *most)
                    && part.get(from + 8..).is_some_and(|rest| rest.starts_with(body))
            };
            if let Some(found) = memchr::memmem::find_iter(&part, word).find(is_text) {
                return Ok(Some(at + found as u64));
            }
        }
        for word in [&b"APETAGEX"[..], b"LYRICSBEGIN"] {
            if let Some(found) = memchr::memmem::find(&part, word) {
                return Ok(Some(at + found as u64));
            }
        }
        if at + PART + BACK >= sound.end
            && let Some(found) = last(&part[..part.len().min(PART as usize + 7)], at, sound.end, form)
        {
            return Ok(Some(found));
        }
        at += PART;
    }
    let tag = sound.end.saturating_sub(128).max(sound.start);
    Ok((bytes.get(tag, 3)? == Some(b"TAG")).then_some(tag))
}

/// Where a chunk begins that ends with the sound, or some bytes before.
fn last(part: &[u8], at: u64, end: u64, form: &Form) -> Option<u64> {
    let ends = |n: usize, eight: &[u8]| {
        let size = u64::from((form.number)(eight, 4).unwrap_or(0));
        let behind = at + n as u64 + 8 + size;
        is_name(eight) && size <= BACK && behind <= end && end - behind <= 7
    };
    part.windows(8).enumerate().find(|(n, eight)| ends(*n, eight)).map(|(n, _)| at + n as u64)
}

fn is_name(head: &[u8]) -> bool {
    head[..4].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'-' | b'.' | b'(' | b')'))
}
