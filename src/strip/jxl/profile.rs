//! The colour profile inside a codestream: read out of its entropy-coded form, cleaned, and written plainly.
//!
//! ISO/IEC 18181-1, annex E.4 (encoded ICC stream).

use super::bits::{Bits, Stop};
use super::entropy::Numbers;
use crate::icc;

/// Contexts of the entropy-coded stream (E.4.1).
const CONTEXTS: usize = 41;
/// How many bytes of a profile one byte may hold; more are a bomb, for which there is never enough to read.
const DENSEST: u64 = 1024;
/// Bytes of an ICC header.
const HEADER: usize = 128;
/// Tags by their number in a command, from 2 on (E.4.4).
const TAGS: [&[u8; 4]; 19] = [
    b"rTRC", b"rXYZ", b"cprt", b"wtpt", b"bkpt", b"rXYZ", b"gXYZ", b"bXYZ", b"kXYZ", b"rTRC", b"gTRC", b"bTRC",
    b"kTRC", b"chad", b"desc", b"chrm", b"dmnd", b"dmdd", b"lumi",
];
/// Types by their number in a command, from 16 on (E.4.5).
const TYPES: [&[u8; 4]; 8] = [b"XYZ ", b"desc", b"text", b"mluc", b"para", b"curv", b"sf32", b"gbd "];

/// Reads the entropy-coded stream and puts the profile together; none where it is larger than any profile may be or
/// its parts do not fit.
///
/// # Errors
/// When even the entropy-coded stream cannot be read, so that nobody knows where it ends.
pub(super) fn read(bits: &mut Bits<'_>) -> Result<Option<Vec<u8>>, Stop> {
    let length = bits.u64()?;
    if length > icc::LARGEST {
        return Err(Stop::Large);
    }
    if length / DENSEST > bits.bytes_left() {
        return Err(Stop::End);
    }
    let mut numbers = Numbers::parse(bits, CONTEXTS)?;
    let mut stream: Vec<u8> = Vec::new();
    for at in 0..length as usize {
        let back = |by: usize| at.checked_sub(by).and_then(|at| stream.get(at)).copied().unwrap_or(0);
        let context = if at > HEADER { context(back(1), back(2)) } else { 0 };
        stream.push(u8::try_from(numbers.next(bits, context)?).map_err(|_| Stop::Broken)?);
    }
    numbers.end()?;
    Ok(assembled(&stream))
}

/// The context of a byte, by the two before it (E.4.1).
fn context(last: u8, before: u8) -> usize {
    let kind = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' => Some(0),
        b'0'..=b'9' | b'.' | b',' => Some(1),
        _ => None,
    };
    let last = kind(last).unwrap_or(match last {
        0 => 2,
        1 => 3,
        2..=15 => 4,
        241..=254 => 5,
        255 => 6,
        _ => 7,
    });
    let before = kind(before).unwrap_or(match before {
        0..=15 => 2,
        241..=255 => 3,
        _ => 4,
    });
    1 + last + 8 * before
}

/// Bytes that are taken from the front.
struct Supply<'a>(&'a [u8]);

impl<'a> Supply<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    /// A number in groups of seven bits, low ones first.
    fn number(&mut self) -> Option<usize> {
        let mut value = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(value).ok();
            }
        }
        None
    }
}

/// Puts a profile together from its commands and data (E.4.2 to E.4.5).
fn assembled(stream: &[u8]) -> Option<Vec<u8>> {
    let mut supply = Supply(stream);
    let length = supply.number().filter(|length| *length as u64 <= icc::LARGEST)?;
    let commands = supply.number()?;
    let mut assembly = Assembly { commands: Supply(supply.take(commands)?), data: supply, length, profile: Vec::new() };
    assembly.header()?;
    if length > HEADER {
        assembly.tags()?;
        assembly.contents()?;
    }
    Some(assembly.profile).filter(|profile| profile.len() == length)
}

struct Assembly<'a> {
    commands: Supply<'a>,
    data: Supply<'a>,
    length: usize,
    profile: Vec<u8>,
}

impl Assembly<'_> {
    /// The header, told as differences from what is expected there (E.4.3).
    fn header(&mut self) -> Option<()> {
        for (at, byte) in self.data.take(self.length.min(HEADER))?.iter().enumerate() {
            let expected = expected(at, self.length, &self.profile);
            self.profile.push(byte.wrapping_add(expected));
        }
        Some(())
    }

    /// The table of tags (E.4.4).
    fn tags(&mut self) -> Option<()> {
        let Some(count) = self.commands.number()?.checked_sub(1) else { return Some(()) };
        if count > self.length / 12 {
            return None;
        }
        self.profile.extend((count as u32).to_be_bytes());
        let (mut start, mut size) = (HEADER + count * 12, 0);
        while self.profile.len() <= self.length {
            let Some(command) = self.commands.byte() else { break };
            let tag = match command & 63 {
                0 => break,
                1 => self.data.take(4)?.try_into().ok()?,
                number => *TAGS.get(usize::from(number) - 2)?,
            };
            start = if command & 64 == 0 { start.checked_add(size)? } else { self.commands.number()? };
            size = match tag {
                _ if command & 128 != 0 => self.commands.number()?,
                b"rXYZ" | b"gXYZ" | b"bXYZ" | b"kXYZ" | b"wtpt" | b"bkpt" | b"lumi" => 20,
                _ => size,
            };
            self.entry(tag, start, size)?;
            match command & 63 {
                2 => {
                    self.entry(b"gTRC", start, size)?;
                    self.entry(b"bTRC", start, size)?;
                }
                3 => {
                    self.entry(b"gXYZ", start.checked_add(size)?, size)?;
                    self.entry(b"bXYZ", size.checked_mul(2)?.checked_add(start)?, size)?;
                }
                _ => {}
            }
        }
        Some(())
    }

    fn entry(&mut self, tag: &[u8; 4], start: usize, size: usize) -> Option<()> {
        self.profile.extend(tag);
        self.profile.extend(u32::try_from(start).ok()?.to_be_bytes());
        self.profile.extend(u32::try_from(size).ok()?.to_be_bytes());
        Some(())
    }

    /// What the tags hold (E.4.5).
    fn contents(&mut self) -> Option<()> {
        while let Some(command) = self.commands.byte() {
            match command {
                1..=3 => {
                    let count = self.commands.number()?;
                    let bytes = self.data.take(count)?;
                    self.profile.extend(shuffled(bytes, [1, 2, 4][usize::from(command) - 1]));
                }
                4 => self.predicted()?,
                10 => {
                    self.profile.extend(b"XYZ \0\0\0\0");
                    self.profile.extend(self.data.take(12)?);
                }
                16..=23 => {
                    self.profile.extend(TYPES[usize::from(command) - 16]);
                    self.profile.extend([0; 4]);
                }
                _ => return None,
            }
            if self.profile.len() > self.length {
                return None;
            }
        }
        Some(())
    }

    /// Numbers told as differences from what the ones before them let expect.
    fn predicted(&mut self) -> Option<()> {
        let flags = self.commands.byte()?;
        let width = usize::from(flags & 3) + 1;
        let order = usize::from(flags >> 2 & 3);
        let stride = if flags & 16 == 0 { width } else { self.commands.number()? };
        if width == 3 || order == 3 || stride < width || stride.checked_mul(4)? >= self.profile.len() {
            return None;
        }
        let count = self.commands.number()?;
        let bytes = shuffled(self.data.take(count)?, width);
        for group in bytes.chunks(width) {
            let before = |steps: usize| -> Option<u32> {
                let at = self.profile.len().checked_sub(stride * steps)?;
                let number = self.profile.get(at..at + width)?;
                Some(number.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)))
            };
            let expected = match order {
                0 => before(1)?,
                1 => before(1)?.wrapping_mul(2).wrapping_sub(before(2)?),
                _ => before(1)?.wrapping_sub(before(2)?).wrapping_mul(3).wrapping_add(before(3)?),
            };
            for (index, byte) in group.iter().enumerate() {
                let part = expected >> (8 * (width - 1 - index));
                self.profile.push(byte.wrapping_add(part as u8));
            }
        }
        Some(())
    }
}

/// What an ICC header is expected to hold at a place, knowing what stands before it (E.4.3).
fn expected(at: usize, length: usize, header: &[u8]) -> u8 {
    let platform = |name: &[u8; 4]| {
        let known = if name[0] == b'S' { 2 } else { 1 };
        (at >= 40 + known && header.get(40..40 + known) == Some(&name[..known])).then(|| name[at - 40])
    };
    match at {
        0..=3 => (length as u32).to_be_bytes()[at],
        8 => 4,
        12..=23 => b"mntrRGB XYZ "[at - 12],
        36..=39 => b"acsp"[at - 36],
        41..=43 => [b"APPL", b"MSFT", b"SGI ", b"SUNW"].into_iter().find_map(platform).unwrap_or(0),
        70 => 246,
        71 => 214,
        73 => 1,
        78 => 211,
        79 => 45,
        80..=83 => header.get(at - 76).copied().unwrap_or(0),
        _ => 0,
    }
}

/// Bytes that stand in `rows` rows one after the other, read column by column (E.4.5).
fn shuffled(bytes: &[u8], rows: usize) -> Vec<u8> {
    let columns = bytes.len().div_ceil(rows);
    let full = if bytes.len().is_multiple_of(rows) { rows } else { bytes.len() % rows };
    let start = |row: usize| row.min(full) * columns + row.saturating_sub(full) * columns.saturating_sub(1);
    let mut out = Vec::with_capacity(bytes.len());
    for column in 0..columns {
        for row in 0..rows {
            if column + 1 < columns || row < full {
                out.extend(bytes.get(start(row) + column));
            }
        }
    }
    out
}

/// Writes a profile as a stream that needs no codes but bytes: one cluster, one prefix code in which each byte has
/// eight bits, and one command that copies everything behind the header.
pub(super) fn write(bits: &mut Bits<'_>, profile: &[u8]) {
    let mut commands = Vec::new();
    if let Some(rest) = profile.len().checked_sub(HEADER).filter(|rest| *rest > 0) {
        commands.extend([0, 1]);
        commands.extend(number(rest));
    }
    let mut stream = [number(profile.len()), number(commands.len()), commands].concat();
    for (at, byte) in profile.iter().enumerate() {
        let expected = if at < HEADER { expected(at, profile.len(), profile) } else { 0 };
        stream.push(byte.wrapping_sub(expected));
    }
    emit_length(bits, stream.len() as u64);
    // No copies; all contexts in one cluster (simple form, 0 bits each); prefix codes.
    bits.emit(0b1_0010, 5);
    // Symbols below 2^8 stand for themselves: split exponent 8, no bits of others in the symbol.
    bits.emit(8, 4);
    bits.emit(0, 4);
    bits.emit(0, 4);
    // 256 symbols: 1 + 2^7 + 127.
    bits.emit(1, 1);
    bits.emit(7, 4);
    bits.emit(127, 7);
    // The full form; of the inner code only the length 8 occurs, at its eleventh place, so that all codes have it.
    bits.emit(0, 2);
    for place in 0..18 {
        bits.emit(if place == 10 { 1 } else { 0 }, 2);
    }
    for byte in stream {
        bits.emit(u32::from(byte.reverse_bits()), 8);
    }
}

fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7F {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A `U64` field.
fn emit_length(bits: &mut Bits<'_>, value: u64) {
    bits.emit(3, 2);
    bits.emit((value & 0xFFF) as u32, 12);
    let mut rest = value >> 12;
    while rest > 0 {
        bits.emit(1, 1);
        bits.emit((rest & 0xFF) as u32, 8);
        rest >>= 8;
    }
    bits.emit(0, 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut tried = 0;
        for length in [1, 127, 128, 129, 200, 3_000, 70_000] {
            let profile: Vec<u8> = (0..length).map(|n: u32| (n * 7 % 251) as u8).collect();
            let mut bits = Bits::new(&[]);
            write(&mut bits, &profile);
            let written = bits.into_written();
            assert_eq!(read(&mut Bits::new(&written)), Ok(Some(profile)));
            tried += 1;
        }
        assert_eq!(tried, 7);
    }

    #[test]
    fn rows_are_read_by_column() {
        assert_eq!(shuffled(b"ACEBDF", 2), b"ABCDEF");
        assert_eq!(shuffled(b"ACEBD", 2), b"ABCDE");
        assert_eq!(shuffled(b"AEBFCGDH", 4), b"ABCDEFGH");
        assert_eq!(shuffled(b"AEIBFJCGDH", 4), b"ABCDEFGHIJ");
        assert_eq!(shuffled(b"AEBCD", 4), b"ABCDE");
        assert_eq!(shuffled(b"", 4), b"");
    }
}
