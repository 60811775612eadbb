//! The first frame of many files, which holds no sound but describes the file: length, places to jump to, and how many
//! samples to leave out at both ends.
//!
//! Xing's VBR header; "Mp3 Info Tag revision 1" (LAME); Fraunhofer's VBRI header.

use super::frame::Header;
use crate::plan::Refusal;
use crate::strip::operation::{Operation, broken};

/// What stands for the name of an encoder: decoders heed the delays behind `LAME` and doubt them behind others.
const NEUTRAL: &[u8; 9] = b"LAME\0\0\0\0\0";
const OTHER: &[u8; 9] = b"none\0\0\0\0\0";
/// Length of LAME's part with its check sum.
const LAME: usize = 36;
/// Where Fraunhofer's header stands, and its length without the table.
const VBRI: usize = 36;
const VBRI_FIXED: usize = 26;

/// The frame without names, where it is one that describes the file; lengths are set by [`finish`].
pub(super) fn read(operation: &mut Operation<'_>, header: &Header, at: u64) -> Result<Option<Vec<u8>>, Refusal> {
    let Ok(bytes) = operation.reader.read(at..at + header.length, 8192) else { return Ok(None) };
    if let Some(offset) = xing(&bytes) {
        return clean(&bytes, offset).map(Some).ok_or_else(|| broken("the description of the sound is damaged"));
    }
    let fixed = VBRI + VBRI_FIXED;
    if bytes.get(VBRI..VBRI + 4) != Some(b"VBRI") || bytes.len() < fixed {
        return Ok(None);
    }
    let mut out = vec![0; bytes.len()];
    out[..4].copy_from_slice(&bytes[..4]);
    out[VBRI..fixed].copy_from_slice(&bytes[VBRI..fixed]);
    // The table is judged when the length is known.
    if let Some(table) = table(&bytes) {
        out[fixed..fixed + table.len()].copy_from_slice(table);
    }
    Ok(Some(out))
}

/// The table of lengths of Fraunhofer's header, as far as it fits.
fn table(frame: &[u8]) -> Option<&[u8]> {
    let number = |at: usize| frame.get(VBRI + at..VBRI + at + 2).map(|b| usize::from(b[0]) << 8 | usize::from(b[1]));
    let (count, size) = (number(18)?, number(22)?);
    let start = VBRI + VBRI_FIXED;
    if matches!(size, 1..=4) { frame.get(start..start + count * size) } else { None }
}

/// Whether the lengths in the table add up to about `total`: a text does not.
fn adds_up(frame: &[u8], total: u64) -> Option<bool> {
    let scale = u64::from(u16::from_be_bytes([*frame.get(VBRI + 20)?, *frame.get(VBRI + 21)?]));
    let size = usize::from(*frame.get(VBRI + 23)?);
    let entries = table(frame)?.chunks_exact(size.max(1));
    let sum: u64 = entries.map(|entry| entry.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte))).sum();
    let sum = sum.saturating_mul(scale);
    Some(sum >= total - total / 10 && sum <= total + total / 10)
}

/// Where Xing's header stands: behind the side information.
fn xing(bytes: &[u8]) -> Option<usize> {
    let header = Header::read(bytes.get(..4)?.try_into().ok()?)?;
    let plain = 4 + header.side() as usize;
    let offsets = if header.checked { vec![plain, plain + 2] } else { vec![plain] };
    offsets.into_iter().find(|at| matches!(bytes.get(*at..at + 4), Some(b"Xing" | b"Info")))
}

/// Where the fields of Xing's header stand: frames, bytes, table, and LAME's part.
struct Fields {
    frames: Option<usize>,
    bytes: Option<usize>,
    table: Option<usize>,
    quality: Option<usize>,
    lame: usize,
}

fn fields(flags: u32, start: usize) -> Fields {
    let mut at = start + 8;
    let mut take = |flag: u32, length: usize| {
        (flags & flag != 0).then(|| {
            at += length;
            at - length
        })
    };
    let (frames, bytes, table, quality) = (take(1, 4), take(2, 4), take(4, 100), take(8, 4));
    Fields { frames, bytes, table, quality, lame: at }
}

/// Xing's header without names; none where its fields do not fit into the frame.
fn clean(bytes: &[u8], start: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; bytes.len()];
    out[..4].copy_from_slice(&bytes[..4]);
    let flags = u32::from(bytes.get(start + 7)? & 15);
    let fields = fields(flags, start);
    if fields.lame > bytes.len() {
        return None;
    }
    out[start..fields.lame].copy_from_slice(&bytes[start..fields.lame]);
    out[start + 4..start + 8].copy_from_slice(&flags.to_be_bytes());
    if let Some(at) = fields.table {
        // Places grow from the first to the last, which no text does.
        let table = &mut out[at..at + 100];
        if !table.windows(2).all(|pair| pair[0] <= pair[1]) {
            table.iter_mut().enumerate().for_each(|(n, place)| *place = (n * 256 / 100) as u8);
        }
    }
    if let Some(at) = fields.quality
        && u32::from_be_bytes([out[at], out[at + 1], out[at + 2], out[at + 3]]) > 100
    {
        out[at..at + 4].fill(0);
    }
    if let Some(lame) = bytes.get(fields.lame..fields.lame + LAME).filter(|lame| lame[0] != 0) {
        let known = [&b"LAME"[..], b"Lavf", b"Lavc"].iter().any(|name| lame.starts_with(name));
        let new = &mut out[fields.lame..fields.lame + LAME];
        new[..9].copy_from_slice(if known { NEUTRAL } else { OTHER });
        // Method, loudness, delays; not the encoder's settings.
        new[9] = lame[9];
        new[11..19].copy_from_slice(&lame[11..19]);
        new[21..24].copy_from_slice(&lame[21..24]);
    }
    Some(out)
}

/// Sets the lengths, `sound` bytes and `frames` frames behind this one, and the check sum over what stands before it.
///
/// A number of frames that is too great stays, since players then play all there are. One that is too small comes from
/// files that were joined: the samples to leave out at the end were the first one's.
pub(super) fn finish(mut frame: Vec<u8>, sound: u64, frames: u64) -> Vec<u8> {
    let total = u32::try_from(sound + frame.len() as u64).unwrap_or(u32::MAX).to_be_bytes();
    let Some(start) = xing(&frame) else {
        if adds_up(&frame, sound + frame.len() as u64) != Some(true) {
            frame[VBRI + VBRI_FIXED..].fill(0);
            frame[VBRI + 18..VBRI + 20].fill(0);
        }
        put(&mut frame, VBRI + 10, total);
        count(&mut frame, VBRI + 14, frames);
        return frame;
    };
    let flags = frame.get(start + 7).copied().map_or(0, u32::from);
    let fields = fields(flags, start);
    if let Some(at) = fields.bytes {
        put(&mut frame, at, total);
    }
    let joined = fields.frames.is_some_and(|at| count(&mut frame, at, frames));
    let at = fields.lame;
    if frame.get(at).is_some_and(|byte| *byte != 0) && frame.len() >= at + LAME {
        if joined {
            frame[at + 22] &= 0xF0;
            frame[at + 23] = 0;
        }
        put(&mut frame, at + 28, total);
        let sum = check(&frame[..at + 34]);
        frame[at + 34..at + 36].copy_from_slice(&sum.to_be_bytes());
    }
    frame
}

fn put(frame: &mut [u8], at: usize, number: [u8; 4]) {
    if let Some(field) = frame.get_mut(at..at + 4) {
        field.copy_from_slice(&number);
    }
}

/// Sets a number of frames that is too small by more than one, as which some encoders count; whether it was.
fn count(frame: &mut [u8], at: usize, frames: u64) -> bool {
    let stated = frame.get(at..at + 4).map(|b| u64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]])));
    let is_less = stated.is_some_and(|stated| stated + 1 < frames);
    if is_less {
        put(frame, at, u32::try_from(frames).unwrap_or(u32::MAX).to_be_bytes());
    }
    is_less
}

/// CRC-16 with the polynomial x^16 + x^15 + x^2 + 1, lowest bit first.
fn check(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xA001 } else { sum >> 1 })
    })
}
