//! One prefix code, and the symbols read with it.
//!
//! ISO/IEC 18181-1, C.2.4; the codes are those of Brotli (RFC 7932, section 3).

use super::super::bits::{Bits, Stop};

/// The longest code, in bits.
const LONGEST: usize = 15;
/// The order in which lengths of length codes stand (RFC 7932, 3.5).
const ORDER: [usize; 18] = [1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// How many symbols a code has.
pub(super) fn size(bits: &mut Bits<'_>) -> Result<usize, Stop> {
    if !bits.flag()? {
        return Ok(1);
    }
    let width = bits.read(4)?;
    let size = 1 + (1 << width) + bits.read(width)? as usize;
    if size > 1 << LONGEST {
        return Err(Stop::Broken);
    }
    Ok(size)
}

/// A canonical code: the symbols by length, and how many there are of each.
pub(super) struct Code {
    counts: [usize; LONGEST + 1],
    symbols: Vec<u16>,
}

impl Code {
    /// Reads a code of so many symbols, at most 32,768.
    pub(super) fn parse(bits: &mut Bits<'_>, size: usize) -> Result<Self, Stop> {
        if size == 1 {
            return Ok(Self::only(0));
        }
        match bits.read(2)? {
            1 => Self::simple(bits, size),
            skipped => Self::full(bits, size, skipped as usize),
        }
    }

    fn only(symbol: u16) -> Self {
        Self { counts: [0; LONGEST + 1], symbols: vec![symbol] }
    }

    /// Up to four symbols, named one by one.
    fn simple(bits: &mut Bits<'_>, size: usize) -> Result<Self, Stop> {
        let width = usize::BITS - (size - 1).leading_zeros();
        let count = bits.read(2)? as usize + 1;
        let mut named = Vec::new();
        for _ in 0..count {
            let symbol = bits.read(width)? as usize;
            if symbol >= size || named.contains(&symbol) {
                return Err(Stop::Broken);
            }
            named.push(symbol);
        }
        let lengths: &[u8] = match count {
            1 => return Ok(Self::only(named[0] as u16)),
            2 => &[1, 1],
            3 => &[1, 2, 2],
            _ if bits.flag()? => &[1, 2, 3, 3],
            _ => &[2, 2, 2, 2],
        };
        let mut all = vec![0; size];
        for (symbol, length) in named.iter().zip(lengths) {
            all[*symbol] = *length;
        }
        Self::of(&all)
    }

    /// The length of each symbol's code, itself in a prefix code.
    fn full(bits: &mut Bits<'_>, size: usize, skipped: usize) -> Result<Self, Stop> {
        let mut inner = [0; ORDER.len()];
        let mut space = 32_i32;
        for place in ORDER.iter().skip(skipped) {
            let length = inner_length(bits)?;
            inner[*place] = length;
            if length > 0 {
                space -= 32 >> length;
            }
            if space <= 0 {
                break;
            }
        }
        let used: Vec<usize> = (0..ORDER.len()).filter(|place| inner[*place] > 0).collect();
        let inner = match used.as_slice() {
            [only] => Self::only(*only as u16),
            _ if space == 0 => Self::of(&inner)?,
            _ => return Err(Stop::Broken),
        };
        Self::of(&lengths(bits, size, &inner)?)
    }

    /// The canonical code of these lengths, which must leave no code unused.
    fn of(lengths: &[u8]) -> Result<Self, Stop> {
        let mut counts = [0; LONGEST + 1];
        let mut space = 0;
        for length in lengths.iter().filter(|length| **length > 0) {
            *counts.get_mut(usize::from(*length)).ok_or(Stop::Broken)? += 1;
            space += 1 << (LONGEST - usize::from(*length));
        }
        if space != 1 << LONGEST {
            return Err(Stop::Broken);
        }
        let mut symbols: Vec<u16> = (0..lengths.len()).filter(|s| lengths[*s] > 0).map(|s| s as u16).collect();
        symbols.sort_by_key(|symbol| (lengths[usize::from(*symbol)], *symbol));
        Ok(Self { counts, symbols })
    }

    /// The next symbol.
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u32, Stop> {
        if let [only] = self.symbols.as_slice() {
            return Ok(u32::from(*only));
        }
        let (mut code, mut first, mut index) = (0_usize, 0_usize, 0_usize);
        for count in &self.counts[1..] {
            code = code << 1 | bits.read(1)? as usize;
            first <<= 1;
            if code < first + count {
                let symbol = self.symbols.get(index + code - first).ok_or(Stop::Broken)?;
                return Ok(u32::from(*symbol));
            }
            index += count;
            first += count;
        }
        Err(Stop::Broken)
    }
}

/// The length of one code of the inner code, in a fixed code of its own.
fn inner_length(bits: &mut Bits<'_>) -> Result<u8, Stop> {
    Ok(match bits.read(2)? {
        0 => 0,
        1 => 4,
        2 => 3,
        _ if !bits.flag()? => 2,
        _ if !bits.flag()? => 1,
        _ => 5,
    })
}

/// The lengths of all codes: 16 repeats the last length, 17 repeats none (RFC 7932, 3.5).
fn lengths(bits: &mut Bits<'_>, size: usize, inner: &Code) -> Result<Vec<u8>, Stop> {
    let mut lengths = vec![0_u8; size];
    let (mut at, mut space) = (0, 1_i64 << LONGEST);
    let (mut last, mut repeated, mut repeats) = (8_u8, 0_u8, 0_usize);
    while at < size && space > 0 {
        let symbol = inner.symbol(bits)? as u8;
        if symbol < 16 {
            (lengths[at], repeats) = (symbol, 0);
            at += 1;
            if symbol > 0 {
                last = symbol;
                space -= 1 << (LONGEST - usize::from(symbol));
            }
            continue;
        }
        let (width, length) = if symbol == 16 { (2, last) } else { (3, 0) };
        if repeated != symbol {
            repeats = 0;
        }
        repeated = symbol;
        let before = repeats;
        if repeats > 0 {
            repeats = (repeats - 2) << width;
        }
        repeats += bits.read(width)? as usize + 3;
        let end = at + (repeats - before);
        lengths.get_mut(at..end).ok_or(Stop::Broken)?.fill(length);
        if length > 0 {
            space -= ((end - at) as i64) << (LONGEST - usize::from(length));
        }
        at = end;
    }
    Ok(lengths)
}
