//! Where fax-coded data end: decoded line by line, runs only, to the last line and the end codes behind it.
//!
//! ITU-T T.4 (one and two dimensions) and T.6; TIFF 6.0, sections 10 (modified Huffman) and 11 (T4Options, T6Options).

mod code;

use super::geometry::Geometry;
use crate::plan::Refusal;
use crate::strip::operation::broken;
use crate::strip::reader::Reader;
use code::{BLACKS, LONGEST, Mode, Runs, WHITES};
use std::ops::Range;

/// Bytes taken from the source at once.
const BUFFER: usize = 16 * 1024;
/// End-of-line codes that end a page (T.4, 4.1.4).
const LINES: usize = 6;

/// The end of the coded data of `rows` lines that begin with `range`.
pub(super) fn end(reader: &mut Reader<'_>, range: Range<u64>, geometry: &Geometry, rows: u64) -> Result<u64, Refusal> {
    let damaged = || broken("the coded samples of the picture are damaged");
    let width = i64::try_from(geometry.across()).map_err(|_| damaged())?;
    if geometry.samples.bits != 1 || geometry.samples.count != 1 || geometry.options & 2 == 2 {
        return Err(broken("a fax picture in more than black and white is not understood"));
    }
    let mut bits = Bits::new(reader, range.clone(), geometry.reversed);
    let (mut above, mut line) = (vec![width], Vec::new());
    let mut row = 0;
    while row < rows {
        line.clear();
        let two = match geometry.compression {
            2 => {
                bits.align();
                false
            }
            3 => match open_line(&mut bits, geometry.options & 1 == 1)? {
                Line::One => false,
                Line::Two => true,
                Line::Last => break,
            },
            _ if bits.peek(24)? == 0x00_1001 => break,
            _ => true,
        };
        let sound = match two {
            true => two_dimensions(&mut bits, &above, &mut line, width)?,
            false => one_dimension(&mut bits, &mut line, width)?,
        };
        if bits.overrun() {
            return Err(Refusal::truncated("the coded samples end before the picture does"));
        }
        if !sound {
            return Err(damaged());
        }
        line.push(width);
        std::mem::swap(&mut above, &mut line);
        row += 1;
    }
    if row == 0 {
        return Err(damaged());
    }
    match geometry.compression {
        3 => bits.end_lines(geometry.options & 1 == 1)?,
        4 if bits.peek(24)? == 0x00_1001 => bits.skip(24),
        // A line's end is marked once by some programs, where two such codes are the rule.
        4 if bits.peek(12)? == 1 => bits.skip(12),
        _ => {}
    }
    Ok(bits.end())
}

/// How a line of T.4 is coded.
enum Line {
    One,
    Two,
    /// None follows.
    Last,
}

/// Passes over the end-of-line code before a line, where there is one.
fn open_line(bits: &mut Bits<'_, '_>, mixed: bool) -> Result<Line, Refusal> {
    let mut codes = 0;
    while bits.peek(11)? == 0 && !bits.overrun() {
        bits.zeros()?;
        codes += 1;
        if !mixed {
            continue;
        }
        let one = bits.peek(1)? == 1;
        bits.skip(1);
        if bits.peek(11)? != 0 {
            return Ok(if one { Line::One } else { Line::Two });
        }
    }
    Ok(if codes >= 2 { Line::Last } else { Line::One })
}

/// Runs of white and black in turn, up to the width.
fn one_dimension(bits: &mut Bits<'_, '_>, line: &mut Vec<i64>, width: i64) -> Result<bool, Refusal> {
    let (mut at, mut black) = (0, false);
    while at < width {
        let Some(run) = run(bits, black)? else { return Ok(false) };
        at += run;
        if line.len() as i64 > 2 * width {
            return Ok(false);
        }
        line.push(at.min(width));
        black = !black;
    }
    Ok(true)
}

/// One run: make-up codes, then a terminating one.
fn run(bits: &mut Bits<'_, '_>, black: bool) -> Result<Option<i64>, Refusal> {
    let table: &Runs = if black { &BLACKS } else { &WHITES };
    let mut total = 0;
    loop {
        let index = bits.peek(LONGEST)? as usize;
        let Some((run, length)) = table.get(index).filter(|(_, length)| *length > 0) else { return Ok(None) };
        bits.skip(u32::from(*length));
        total += i64::from(*run);
        if *run < 64 {
            return Ok(Some(total));
        }
        if bits.overrun() {
            return Ok(None);
        }
    }
}

/// A line by its differences from the one above.
fn two_dimensions(bits: &mut Bits<'_, '_>, above: &[i64], line: &mut Vec<i64>, width: i64) -> Result<bool, Refusal> {
    let (mut at, mut black, mut index) = (-1_i64, false, 0_usize);
    while at < width {
        let Some((mode, length)) = code::mode(bits.peek(7)?) else { return Ok(false) };
        bits.skip(length);
        // The first change of the line above behind this place, to the colour that this run does not have.
        while index > 0 && above[index - 1] > at {
            index -= 1;
        }
        while index < above.len() && (above[index] <= at || index % 2 != usize::from(black)) {
            index += 1;
        }
        let first = above.get(index).copied().unwrap_or(width);
        match mode {
            Mode::Pass => at = above.get(index + 1).copied().unwrap_or(width),
            Mode::Horizontal => {
                let (Some(one), Some(two)) = (run(bits, black)?, run(bits, !black)?) else { return Ok(false) };
                let start = at.max(0);
                line.push((start + one).min(width));
                line.push((start + one + two).min(width));
                at = start + one + two;
            }
            Mode::Vertical(step) => {
                let change = (first + i64::from(step)).clamp(at.max(0), width);
                line.push(change);
                (at, black) = (change, !black);
            }
        }
        if bits.overrun() || line.len() as i64 > 2 * width + 4 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Bits of the source, in the order in which they were coded.
struct Bits<'r, 'a> {
    reader: &'r mut Reader<'a>,
    range: Range<u64>,
    reversed: bool,
    buffer: Vec<u8>,
    next: usize,
    /// Where the buffer ends in the source.
    at: u64,
    held: u64,
    count: u32,
    taken: u64,
}

impl<'r, 'a> Bits<'r, 'a> {
    fn new(reader: &'r mut Reader<'a>, range: Range<u64>, reversed: bool) -> Self {
        let at = range.start;
        Self { reader, range, reversed, buffer: Vec::new(), next: 0, at, held: 0, count: 0, taken: 0 }
    }

    /// The next bits, up to 24; zeros behind the end.
    fn peek(&mut self, bits: u32) -> Result<u32, Refusal> {
        while self.count < bits {
            if self.next == self.buffer.len() {
                self.fill()?;
            }
            let byte = self.buffer.get(self.next).copied().unwrap_or(0);
            self.next = (self.next + 1).min(self.buffer.len());
            let byte = if self.reversed { byte.reverse_bits() } else { byte };
            self.held = self.held << 8 | u64::from(byte);
            self.count += 8;
        }
        Ok((self.held >> (self.count - bits) & ((1 << bits) - 1)) as u32)
    }

    fn fill(&mut self) -> Result<(), Refusal> {
        self.buffer.clear();
        self.next = 0;
        let left = self.range.end - self.at;
        if left > 0 {
            let window = self.reader.rest(self.at, 1)?;
            let length = window.len().min(BUFFER).min(usize::try_from(left).unwrap_or(usize::MAX));
            self.buffer.extend_from_slice(&window[..length]);
            self.at += length as u64;
        }
        Ok(())
    }

    /// Passes over bits that were peeked at.
    fn skip(&mut self, bits: u32) {
        self.count -= bits.min(self.count);
        self.taken += u64::from(bits);
    }

    /// Passes over zeros and the 1 behind them.
    fn zeros(&mut self) -> Result<(), Refusal> {
        while !self.overrun() {
            let one = self.peek(1)? == 1;
            self.skip(1);
            if one {
                break;
            }
        }
        Ok(())
    }

    /// Goes on at the next byte.
    fn align(&mut self) {
        let rest = (8 - (self.taken % 8) as u32) % 8;
        self.skip(rest);
    }

    /// Passes over the end-of-line codes behind the last line.
    fn end_lines(&mut self, mixed: bool) -> Result<(), Refusal> {
        for _ in 0..LINES {
            // Fill bits may come before each code; more zeros than that, or the end, is no code.
            let mut zeros = 0;
            while zeros < 24 && self.peek(zeros + 1)? == 0 {
                zeros += 1;
            }
            let length = zeros + 1 + u32::from(mixed);
            if !(11..24).contains(&zeros) || self.taken + u64::from(length) > (self.range.end - self.range.start) * 8 {
                break;
            }
            self.peek(length)?;
            self.skip(length);
        }
        Ok(())
    }

    /// Whether more bits were taken than there are.
    fn overrun(&self) -> bool {
        self.taken > (self.range.end - self.range.start) * 8
    }

    /// Behind the byte of the last bit that was taken.
    fn end(&self) -> u64 {
        self.range.end.min(self.range.start + self.taken.div_ceil(8))
    }
}
