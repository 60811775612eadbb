//! What a JPEG or JPEG-LS frame holds beside its samples.
//!
//! ISO/IEC 10918-1 Annex B (markers and segments), ISO/IEC 14495-1 Annex C and A.1 (JPEG-LS, and how it stuffs bits).

use super::{Extra, Joined, PARTS};
use crate::finding::Code;
use crate::plan::Refusal;

const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const COM: u8 = 0xFE;
/// The frame header of JPEG-LS.
const SOF55: u8 = 0xF7;

/// Lists what may go. A frame that breaks the grammar is listed up to there; the proof of the output refuses it.
pub(super) fn extras(frame: &mut Joined<'_, '_>) -> Result<Vec<Extra>, Refusal> {
    let mut out = Vec::new();
    let (mut at, mut lossless) = (2, false);
    for _ in 0..PARTS {
        let Some(ff) = frame.find_ff(at)? else {
            out.push(Extra::zeros(Code::ApplicationData, at..frame.len()));
            return Ok(out);
        };
        if ff > at {
            out.push(Extra::zeros(Code::ApplicationData, at..ff));
        }
        at = ff;
        while frame.bytes(at + 1)? == Some([0xFF]) {
            at += 1;
        }
        let Some([marker]) = frame.bytes(at + 1)? else { return Ok(out) };
        match marker {
            0 => out.push(Extra::zeros(Code::ApplicationData, at..at + 2)),
            EOI => {
                out.push(Extra::zeros(Code::DicomPadding, at + 2..frame.len()));
                return Ok(out);
            }
            _ => {}
        }
        if matches!(marker, 0..=1 | 0xD0..=0xD8) {
            at += 2;
            continue;
        }
        let length = frame.bytes(at + 2)?.map_or(0, |b| u64::from(u16::from_be_bytes(b)));
        let (payload, end) = (at + 4, at + 2 + length);
        if length < 2 || end > frame.len() {
            return Ok(out);
        }
        lossless |= marker == SOF55;
        match marker {
            COM => out.push(Extra::zeros(Code::Comment, payload..end)),
            0xE0..=0xEF | 0xF0..=0xF6 | 0xF9..=0xFD => {
                let stays = header(frame, marker, payload, end)?;
                out.push(Extra::zeros(Code::ApplicationData, payload + stays..end));
            }
            _ => {}
        }
        at = if marker == SOS { scan(frame, end, lossless)? } else { end };
    }
    Err(Refusal::too_large("a compressed frame has more parts than any real one"))
}

/// How much of an application segment decoders need: JFIF without thumbnail, SPIFF, colour transforms.
fn header(frame: &mut Joined<'_, '_>, marker: u8, payload: u64, end: u64) -> Result<u64, Refusal> {
    let length = end - payload;
    let start = frame.bytes::<6>(payload)?.filter(|_| length >= 6);
    let five = frame.bytes::<5>(payload)?.filter(|_| length >= 5);
    Ok(match (marker, start.as_ref().map(|s| &s[..]), five.as_ref().map(|s| &s[..])) {
        (0xE0, Some(b"JFIF\0\x01"), _) if length >= 14 => 14,
        // What a maker of lossless coders writes in its place.
        (0xE0, Some(b"LJIF\0\x01"), _) => 6,
        (0xE8, Some(b"SPIFF\0"), _) if length >= 30 => 30,
        (0xE8, Some([0, 0, 0, 1, 0xFF, 0xD8]), _) => 6,
        // The colour transform of JPEG-LS.
        (0xE8, _, Some([b'm', b'r', b'f', b'x', 0..=5])) => 5,
        (0xEE, _, Some(b"Adobe")) if length >= 12 => 12,
        _ => 0,
    })
}

/// Where the entropy-coded data end that begin here: at the next marker.
fn scan(frame: &mut Joined<'_, '_>, mut at: u64, lossless: bool) -> Result<u64, Refusal> {
    while let Some(ff) = frame.find_ff(at)? {
        at = match frame.bytes(ff + 1)? {
            Some([0 | 0xD0..=0xD7]) => ff + 2,
            Some([0..=0x7F]) if lossless => ff + 2,
            Some([0xFF]) => ff + 1,
            _ => return Ok(ff),
        };
    }
    Ok(frame.len())
}
