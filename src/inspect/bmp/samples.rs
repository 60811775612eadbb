//! The samples of a bitmap: where its runs end, which colours they point to, and whether they are the original's.
//!
//! Microsoft, BITMAPINFOHEADER (rows fill a multiple of four bytes) and "Bitmap Compression" (runs); IBM, OS/2 2.0
//! (runs of 24 bits).

use super::{Coding, Layout};
use crate::inspect::Trouble;
use crate::inspect::bytes::{Bytes, compare};
use std::ops::Range;

/// Rows that are compared together.
const ROWS: usize = 4096;

/// Bytes that are compared together: whole pixels.
const COMPARED: u64 = 1 << 16;

/// A run: all of it, its samples, and the byte that evens it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) range: Range<u64>,
    pub(super) samples: Range<u64>,
    pub(super) pad: Option<u64>,
    /// Whether samples are passed over, which show the first colour.
    jump: bool,
}

/// Follows runs until all rows are painted, an end is stated, or the file ends.
#[derive(Debug)]
pub(super) struct Runs {
    pub(super) at: u64,
    x: u64,
    y: u64,
    size: (u64, u64),
    bits: u16,
    ended: bool,
}

impl Runs {
    pub(super) fn new(at: u64, size: (u32, u32), bits: u16) -> Self {
        Self { at, x: 0, y: 0, size: (u64::from(size.0), u64::from(size.1)), bits, ended: false }
    }

    fn is_full(&self) -> bool {
        let (width, height) = self.size;
        self.y >= height || (self.y + 1 == height && self.x >= width)
    }

    /// Whether an end was stated or all rows are painted.
    pub(super) fn is_complete(&self) -> bool {
        self.ended || self.is_full()
    }

    pub(super) fn next(&mut self, bytes: &mut Bytes<'_>) -> Result<Option<Run>, Trouble> {
        let at = self.at;
        let Some([first, second]) = bytes.get(at, 2)?.filter(|_| !self.ended).map(|b| [b[0], b[1]]) else {
            return Ok(None);
        };
        let (mut run, end) = (Run { range: at..at + 2, samples: at..at, pad: None, jump: false }, bytes.len());
        match (first, second) {
            (0, 1) => self.ended = true,
            (0, 0) if self.y < self.size.1 => (self.x, self.y) = (0, self.y + 1),
            _ if self.is_full() => return Ok(None),
            (0, 2) => {
                let Some([right, up]) = bytes.get(at + 2, 2)?.map(|b| [b[0], b[1]]) else { return Ok(None) };
                (self.x, self.y) = (self.x + u64::from(right), self.y + u64::from(up));
                (run.range.end, run.jump) = (at + 4, true);
            }
            (0, count) => {
                let count = u64::from(count);
                let length = (count * u64::from(self.bits)).div_ceil(8);
                run.samples = at + 2..at + 2 + length;
                if run.samples.end > end {
                    return Ok(None);
                }
                run.pad = Some(run.samples.end).filter(|pad| length % 2 == 1 && *pad < end);
                run.range.end = run.samples.end + u64::from(run.pad.is_some());
                self.x += count;
            }
            (count, _) => {
                let length = if self.bits == 24 { 3 } else { 1 };
                run.samples = at + 1..(at + 1 + length).min(end);
                run.range.end = run.samples.end;
                self.x += u64::from(count);
            }
        }
        self.at = run.range.end;
        Ok(Some(run))
    }
}

/// The colours that samples point to; the first one always, since viewers show it where samples are missing.
pub(super) fn colours(bytes: &mut Bytes<'_>, layout: &Layout) -> Result<[bool; 256], Trouble> {
    let mut colours = [false; 256];
    colours[0] = true;
    match layout.coding {
        Coding::Runs(bits) => {
            let mut runs = Runs::new(layout.pixels.start, (layout.width, layout.height), bits);
            while let Some(run) = runs.next(bytes)? {
                colours[0] |= run.jump;
                bytes.each(run.samples, |part| {
                    part.iter().for_each(|byte| note(&mut colours, *byte, bits, 2));
                    Ok(())
                })?;
            }
        }
        Coding::Plain if layout.shape.2 <= 8 => {
            let (samples, stride) = layout.row;
            let bits = layout.shape.2;
            let per_byte = 8 / u64::from(bits.max(1));
            let last = u64::from(layout.width) - (samples - 1) * per_byte;
            let mut row = layout.pixels.start;
            while row < layout.pixels.end {
                let whole = (row + samples - 1).min(layout.pixels.end);
                bytes.each(row..whole, |part| {
                    part.iter().for_each(|byte| note(&mut colours, *byte, bits, per_byte));
                    Ok(())
                })?;
                bytes.each(whole..(row + samples).min(layout.pixels.end), |part| {
                    part.iter().for_each(|byte| note(&mut colours, *byte, bits, last));
                    Ok(())
                })?;
                row += stride;
            }
        }
        Coding::Plain => {}
    }
    Ok(colours)
}

/// Notes the first `count` samples of a byte.
fn note(colours: &mut [bool; 256], byte: u8, bits: u16, count: u64) {
    match bits {
        8 => colours[usize::from(byte)] = true,
        1 | 2 | 4 => {
            for n in 0..count.min(8 / u64::from(bits)) as u16 {
                let sample = u16::from(byte) >> (8 - bits * (n + 1)) & ((1 << bits) - 1);
                colours[usize::from(sample)] = true;
            }
        }
        _ => {}
    }
}

/// Whether what fills the rows up to four bytes is zero, down to the bits of their last samples.
pub(super) fn is_padding_blank(bytes: &mut Bytes<'_>, layout: &Layout) -> Result<bool, Trouble> {
    let (samples, stride) = layout.row;
    let spare = layout.spare();
    if layout.coding != Coding::Plain || (samples == stride && spare == 0) {
        return Ok(true);
    }
    let mut row = layout.pixels.start;
    while row < layout.pixels.end {
        let end = (row + stride).min(layout.pixels.end);
        let last = bytes.copy((row + samples - 1).min(end)..end, 8)?;
        let (last, pad) = last.split_at(last.len().min(1));
        if last.iter().any(|byte| byte & spare != 0) || pad.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        row += stride;
    }
    Ok(true)
}

/// Whether the bits of pixels that belong to no colour are the same in all of them, nought or one: then they say nothing.
pub(super) fn are_idle_bits_plain(bytes: &mut Bytes<'_>, layout: &Layout) -> Result<bool, Trouble> {
    let (idle, unit) = (layout.idle().to_le_bytes(), usize::from(layout.shape.2 / 8));
    if idle == [0; 4] {
        return Ok(true);
    }
    let (mut none, mut all) = (true, true);
    let (samples, stride) = layout.row;
    let mut row = layout.pixels.start;
    while row < layout.pixels.end && (none || all) {
        let mut place = 0;
        bytes.each(row..(row + samples).min(layout.pixels.end), |part| {
            for byte in part {
                none &= byte & idle[place] == 0;
                all &= byte & idle[place] == idle[place];
                place = (place + 1) % unit;
            }
            Ok(())
        })?;
        row += stride;
    }
    Ok(none || all)
}

/// Row by row, the bits that belong to colours.
fn same_colours(original: (&mut Bytes<'_>, &Layout), output: (&mut Bytes<'_>, &Layout)) -> Result<u64, Trouble> {
    let ((original, before), (output, after)) = (original, output);
    let (idle, unit) = (after.idle().to_le_bytes(), usize::from(after.shape.2 / 8));
    let (length, (samples, stride)) = (after.pixels.end - after.pixels.start, after.row);
    let (mut row, mut compared) = (0, 0);
    while row < length {
        let (mut at, end) = (row, (row + samples).min(length));
        while at < end {
            let next = (at + COMPARED).min(end);
            let old = original.copy(before.pixels.start + at..before.pixels.start + next, COMPARED as usize)?;
            let new = output.copy(after.pixels.start + at..after.pixels.start + next, COMPARED as usize)?;
            let differs = |(n, (old, new)): (usize, (&u8, &u8))| (old ^ new) & !idle[n % unit] != 0;
            if old.len() != new.len() || old.iter().zip(&new).enumerate().any(differs) {
                return Err(Trouble::SamplesChanged);
            }
            compared += next - at;
            at = next;
        }
        row += stride;
    }
    Ok(compared)
}

/// Row by row, or run by run; what pads them is not compared.
pub(super) fn same(original: (&mut Bytes<'_>, &Layout), output: (&mut Bytes<'_>, &Layout)) -> Result<u64, Trouble> {
    let ((original, before), (output, after)) = (original, output);
    if let Coding::Runs(bits) = after.coding {
        return same_runs((original, before), (output, after), bits);
    }
    let length = before.pixels.end - before.pixels.start;
    if length != after.pixels.end - after.pixels.start {
        return Err(Trouble::SamplesChanged);
    }
    if after.idle() != 0 {
        return same_colours((original, before), (output, after));
    }
    let (samples, stride) = after.row;
    let spare = after.spare();
    let (samples, stride, spare) =
        if samples == stride && spare == 0 { (1 << 20, 1 << 20, 0) } else { (samples, stride, spare) };
    // Bits behind the last sample of a row are compared apart.
    let whole = samples - u64::from(spare != 0);
    let (mut at, mut compared) = (0, 0);
    while at < length {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        while at < length && old.len() < ROWS {
            let end = (at + whole).min(length);
            old.push(before.pixels.start + at..before.pixels.start + end);
            new.push(after.pixels.start + at..after.pixels.start + end);
            if spare != 0 && end < length {
                let theirs = original.get(before.pixels.start + end, 1)?.map(|b| b[0] & !spare);
                let ours = output.get(after.pixels.start + end, 1)?.map(|b| b[0] & !spare);
                if theirs != ours {
                    return Err(Trouble::SamplesChanged);
                }
            }
            compared += end - at;
            at += stride;
        }
        if !compare((&mut *output, &new), (&mut *original, &old))? {
            return Err(Trouble::SamplesChanged);
        }
    }
    Ok(compared)
}

fn same_runs(
    original: (&mut Bytes<'_>, &Layout),
    output: (&mut Bytes<'_>, &Layout),
    bits: u16,
) -> Result<u64, Trouble> {
    let ((original, before), (output, after)) = (original, output);
    let length = after.pixels.end - after.pixels.start;
    if length != before.pixels.end - before.pixels.start {
        return Err(Trouble::SamplesChanged);
    }
    let mut runs = Runs::new(after.pixels.start, (after.width, after.height), bits);
    let (mut old, mut new) = (Vec::new(), Vec::new());
    let mut from = after.pixels.start;
    let there = |range: &Range<u64>| {
        let start = before.pixels.start + (range.start - after.pixels.start);
        start..start + (range.end - range.start)
    };
    loop {
        let run = runs.next(output)?;
        let more = run.is_some();
        let pad = run.and_then(|run| run.pad);
        if pad.is_some() || !more {
            let range = from..pad.unwrap_or(after.pixels.end);
            old.push(there(&range));
            new.push(range);
            from = pad.map_or(after.pixels.end, |pad| pad + 1);
        }
        if old.len() >= ROWS || !more {
            if !compare((&mut *output, &new), (&mut *original, &old))? {
                return Err(Trouble::SamplesChanged);
            }
            (old, new) = (Vec::new(), Vec::new());
        }
        if !more {
            return Ok(length);
        }
    }
}
