//! Frames of layer III as the witness reads them: their lengths, and where in them no sound is.
//!
//! ISO/IEC 11172-3 section 2.4.1 and 2.4.2; ISO/IEC 13818-3 section 2.4; LAME's "Mp3 Info Tag".

use super::blank;
use crate::inspect::Trouble;
use crate::inspect::bytes::{Bytes, be16, be32};
use std::ops::Range;

/// Kilobits a second of version 1; those of the lower rates.
const HIGH: &[u32] = &[32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const LOW: &[u32] = &[8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/// One frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) length: u64,
    /// Version, layer, rate of sampling.
    pub(super) kind: u32,
    high: bool,
    channels: usize,
    sum: bool,
}

impl Frame {
    fn side(&self) -> usize {
        match (self.high, self.channels) {
            (true, 2) => 32,
            (false, 1) => 9,
            _ => 17,
        }
    }

    fn head(&self) -> usize {
        if self.sum { 6 } else { 4 }
    }
}

/// The frame that begins at `at`, by its header.
pub(super) fn frame(bytes: &mut Bytes<'_>, at: u64) -> Result<Option<Frame>, Trouble> {
    Ok(bytes.get(at, 4)?.and_then(|b| be32(b, 0)).and_then(parse))
}

fn parse(word: u32) -> Option<Frame> {
    if word & 0xffe6_0000 != 0xffe2_0000 || word & 0x0018_0000 == 0x0008_0000 || word & 3 == 2 {
        return None;
    }
    let high = word & 0x0008_0000 != 0;
    let quarter = word & 0x0010_0000 == 0;
    let rate = ((word >> 12) & 15).checked_sub(1)?;
    let kilobits = *if high { HIGH } else { LOW }.get(rate as usize)?;
    let base = match (word >> 10) & 3 {
        0 => 44_100,
        1 => 48_000,
        2 => 32_000,
        _ => return None,
    };
    let hertz = if high {
        base
    } else if quarter {
        base / 4
    } else {
        base / 2
    };
    let slots = if high { 144 } else { 72 } * kilobits * 1000 / hertz;
    let channels = if word & 0xc0 == 0xc0 { 1 } else { 2 };
    let sum = word & 0x0001_0000 == 0;
    let frame = Frame { length: u64::from(slots + (word >> 9 & 1)), kind: word & 0x001e_0c00, high, channels, sum };
    (frame.length >= (frame.head() + frame.side()) as u64).then_some(frame)
}

/// Bits one after the other.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> u64 {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8).copied().unwrap_or(0);
            value = value << 1 | u64::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        value
    }
}

/// Ranges of a file that hold no sound.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    pub(super) ranges: Vec<Range<u64>>,
}

impl Gaps {
    pub(super) fn add(&mut self, range: Range<u64>) -> Result<(), Trouble> {
        if self.ranges.len() >= 2_000_000 {
            return Err(Trouble::TooLarge("more parts than can be compared"));
        }
        match self.ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.ranges.push(range),
        }
        Ok(())
    }
}

/// What of a file of frames from `at` on holds no sound; all of it must be zero.
pub(super) fn spare(output: &mut Bytes<'_>, mut at: u64, first: &Frame) -> Result<Gaps, Trouble> {
    let mut gaps = Gaps::default();
    // The part of the stream of all bodies that may still be spare: where in the file it stands.
    let mut open: Vec<Range<u64>> = Vec::new();
    while at < output.len() {
        let Some(frame) = frame(output, at)?.filter(|f| f.kind == first.kind) else { break };
        let side = output.copy(at + frame.head() as u64..at + (frame.head() + frame.side()) as u64, 32)?;
        let mut bits = Bits { bytes: &side, at: 0 };
        let back = bits.take(if frame.high { 9 } else { 8 });
        let flags = match (frame.high, frame.channels) {
            (true, 1) => 5 + 4,
            (true, _) => 3 + 8,
            (false, 1) => 1,
            (false, _) => 2,
        };
        bits.take(flags);
        let mut length = 0;
        for _ in 0..frame.channels * if frame.high { 2 } else { 1 } {
            length += bits.take(12);
            bits.take(if frame.high { 47 } else { 51 });
        }
        // What is open beyond the reach of this frame belongs to nobody.
        let held: u64 = open.iter().map(|r| r.end - r.start).sum();
        let surplus = held.saturating_sub(back);
        for range in take(&mut open, surplus) {
            blank(output, &range, &mut gaps)?;
        }
        let body = at + (frame.head() + frame.side()) as u64..(at + frame.length).min(output.len());
        // Where the sound begins before what is open, that part of it was used by a frame before.
        let before = back.saturating_sub(held.min(back));
        open.push(body);
        take(&mut open, length.div_ceil(8).saturating_sub(before));
        at += frame.length;
    }
    for range in open {
        blank(output, &range, &mut gaps)?;
    }
    Ok(gaps)
}

/// Takes the first `count` bytes off.
fn take(open: &mut Vec<Range<u64>>, mut count: u64) -> Vec<Range<u64>> {
    let mut out = Vec::new();
    while count > 0 && !open.is_empty() {
        let n = count.min(open[0].end - open[0].start);
        out.push(open[0].start..open[0].start + n);
        open[0].start += n;
        count -= n;
        if open[0].is_empty() {
            open.remove(0);
        }
    }
    out.retain(|r| !r.is_empty());
    out
}

/// Where Xing's words stand in a describing frame.
fn xing(bytes: &[u8], frame: &Frame) -> Option<usize> {
    let places = [4 + frame.side(), frame.head() + frame.side()];
    places.into_iter().find(|at| matches!(bytes.get(*at..at + 4), Some(b"Xing" | b"Info")))
}

/// Whether a frame describes the file instead of holding sound.
pub(super) fn describes(bytes: &[u8], frame: &Frame) -> bool {
    xing(bytes, frame).is_some() || bytes.get(36..40) == Some(b"VBRI")
}

/// Where the encoder's part of Xing's header begins.
fn encoder(bytes: &[u8], start: usize) -> usize {
    let flags = be32(bytes, start + 4).unwrap_or(0);
    let lengths = [(1, 4), (2, 4), (4, 100), (8, 4)];
    start + 8 + lengths.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, length)| length).sum::<usize>()
}

/// What a describing frame holds that no list allows.
pub(super) fn fault(bytes: &[u8], frame: &Frame, total: u64) -> Option<&'static str> {
    let Some(start) = xing(bytes, frame) else { return table(bytes, total) };
    let flags = be32(bytes, start + 4)?;
    let at = encoder(bytes, start);
    if bytes[4..start].iter().any(|b| *b != 0) || flags > 15 || at > bytes.len() {
        return Some("bytes where a describing frame has none");
    }
    let mut place = start + 8 + if flags & 1 != 0 { 4 } else { 0 };
    if flags & 2 != 0 {
        if be32(bytes, place).map(u64::from) != Some(total.min(u64::from(u32::MAX))) {
            return Some("a length that is not the file's");
        }
        place += 4;
    }
    let places = if flags & 4 != 0 { bytes.get(place..place + 100).unwrap_or_default() } else { &[] };
    if places.windows(2).any(|p| p[0] > p[1]) || flags & 8 != 0 && be32(bytes, at - 4)? > 100 {
        return Some("places that do not follow one another");
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let known = rest.starts_with(b"LAME\0\0\0\0\0") || rest.starts_with(b"none\0\0\0\0\0");
    if !known || rest.len() < 36 {
        return rest.iter().any(|b| *b != 0).then_some("the name of an encoder");
    }
    let set = |range: Range<usize>| rest[range].iter().any(|b| *b != 0);
    if set(10..11) || set(19..21) || set(24..28) || set(32..34) || set(36..rest.len()) {
        return Some("settings of an encoder");
    }
    let sum = crc(&bytes[..at + 34]);
    let right = be16(rest, 34) == Some(sum) && be32(rest, 28).map(u64::from) == Some(total.min(u64::from(u32::MAX)));
    (!right).then_some("a check sum or length that is not the file's")
}

/// How many frames a describing frame speaks of, where it does.
pub(super) fn stated(bytes: &[u8], frame: &Frame) -> Option<u64> {
    let Some(start) = xing(bytes, frame) else { return be32(bytes, 50).map(u64::from) };
    let has = be32(bytes, start + 4)? & 1 != 0;
    be32(bytes, start + 8).filter(|_| has).map(u64::from)
}

/// Fraunhofer's header: the lengths in its table add up to the file's.
fn table(bytes: &[u8], total: u64) -> Option<&'static str> {
    let number = |at: usize| be16(bytes, at).map_or(0, u64::from);
    let (count, scale, size) = (number(54), number(56), number(58));
    let length = if size <= 4 { (count * size) as usize } else { 0 };
    let rest = bytes.get(62..).unwrap_or_default();
    let (table, behind) = rest.split_at(length.min(rest.len()));
    if bytes[4..36].iter().chain(behind).any(|b| *b != 0) {
        return Some("bytes where a describing frame has none");
    }
    if be32(bytes, 46).map(u64::from) != Some(total.min(u64::from(u32::MAX))) {
        return Some("a length that is not the file's");
    }
    let entries = table.chunks_exact(size.max(1) as usize);
    let sum = entries.map(|e| e.iter().fold(0u64, |n, b| n * 256 + u64::from(*b))).sum::<u64>().saturating_mul(scale);
    let near = sum >= total - total / 10 && sum <= total + total / 10;
    (!table.is_empty() && !near).then_some("places that do not follow one another")
}

/// The bytes of a describing frame beside its fixed words and numbers.
pub(super) fn unlisted(bytes: &[u8], frame: &Frame) -> Vec<u8> {
    match xing(bytes, frame) {
        Some(start) => bytes.get(encoder(bytes, start) + 36..).unwrap_or_default().to_vec(),
        None => bytes.get(62..).unwrap_or_default().to_vec(),
    }
}

/// CRC-16/ARC.
fn crc(bytes: &[u8]) -> u16 {
    let mut sum = 0u16;
    for byte in bytes {
        sum ^= u16::from(*byte);
        for _ in 0..8 {
            let carry = sum & 1;
            sum >>= 1;
            if carry == 1 {
                sum ^= 0xa001;
            }
        }
    }
    sum
}
