//! Entropy-coded numbers of a codestream: those of a colour profile and of a table of contents in another order.
//!
//! ISO/IEC 18181-1, annex C: LZ77 (C.2.3), clusters (C.2.2), hybrid integers (C.2.3), prefix codes and ANS.

mod ans;
mod prefix;

use super::bits::{Bits, Stop};

/// How far back a copy reaches (C.2.3).
const WINDOW: usize = 1 << 20;
/// The state in which an ANS stream must end (C.2.5).
const LAST: u32 = 0x13_0000;

/// How a number is put together from a symbol and further bits.
#[derive(Debug, Clone, Copy)]
struct Hybrid {
    split: u32,
    high: u32,
    low: u32,
}

impl Hybrid {
    fn parse(bits: &mut Bits<'_>, alphabet: u32) -> Result<Self, Stop> {
        let split = bits.read(width(alphabet))?;
        if split == alphabet {
            return Ok(Self { split, high: 0, low: 0 });
        }
        let high = bits.read(width(split))?;
        let rest = split.checked_sub(high).ok_or(Stop::Broken)?;
        let low = bits.read(width(rest))?;
        if low > rest {
            return Err(Stop::Broken);
        }
        Ok(Self { split, high, low })
    }

    fn number(self, bits: &mut Bits<'_>, symbol: u32) -> Result<u32, Stop> {
        let direct = 1_u32.checked_shl(self.split).ok_or(Stop::Broken)?;
        if symbol < direct {
            return Ok(symbol);
        }
        let inside = self.high + self.low;
        let more = self.split - inside + ((symbol - direct) >> inside);
        if more > 30 {
            return Err(Stop::Broken);
        }
        let low = symbol & ((1 << self.low) - 1);
        let high = (symbol >> self.low) & ((1 << self.high) - 1) | 1 << self.high;
        let value = ((u64::from(high) << more | u64::from(bits.read(more)?)) << self.low) | u64::from(low);
        u32::try_from(value).map_err(|_| Stop::Broken)
    }
}

/// Bits that hold the numbers 0 to `most`.
fn width(most: u32) -> u32 {
    u32::BITS - most.leading_zeros()
}

enum Code {
    Prefix(Vec<prefix::Code>),
    Ans(Vec<ans::Code>, Option<u32>),
}

impl Code {
    fn symbol(&mut self, bits: &mut Bits<'_>, cluster: usize) -> Result<u32, Stop> {
        match self {
            Code::Prefix(codes) => codes.get(cluster).ok_or(Stop::Broken)?.symbol(bits),
            Code::Ans(codes, state) => {
                let now = match *state {
                    Some(state) => state,
                    None => bits.read(32)?,
                };
                let (symbol, next) = codes.get(cluster).ok_or(Stop::Broken)?.symbol(bits, now)?;
                *state = Some(next);
                Ok(symbol)
            }
        }
    }
}

/// Copies of what was read before.
struct Copies {
    from: u32,
    least: u32,
    length: Hybrid,
    window: Vec<u32>,
    read: usize,
    left: u32,
    at: usize,
}

/// A decoder of numbers, each in one of several contexts.
pub(super) struct Numbers {
    clusters: Vec<u8>,
    hybrids: Vec<Hybrid>,
    code: Code,
    copies: Option<Copies>,
}

impl Numbers {
    /// Reads the description of a stream with so many contexts.
    pub(super) fn parse(bits: &mut Bits<'_>, contexts: usize) -> Result<Self, Stop> {
        Self::parse_within(bits, contexts, true)
    }

    fn parse_within(bits: &mut Bits<'_>, contexts: usize, may_copy: bool) -> Result<Self, Stop> {
        let copies = if bits.flag()? {
            let from = bits.u32([(224, 0), (512, 0), (4096, 0), (8, 15)])?;
            let least = bits.u32([(3, 0), (4, 0), (5, 2), (9, 8)])?;
            let length = Hybrid::parse(bits, 8)?;
            Some(Copies { from, least, length, window: Vec::new(), read: 0, left: 0, at: 0 })
        } else {
            None
        };
        if copies.is_some() && !may_copy {
            return Err(Stop::Broken);
        }
        let contexts = contexts + usize::from(copies.is_some());
        let clusters = clusters(bits, contexts)?;
        let count = clusters.iter().max().map_or(0, |last| usize::from(*last) + 1);
        let prefixed = bits.flag()?;
        let alphabet = if prefixed { 15 } else { 5 + bits.read(2)? };
        let hybrids = (0..count).map(|_| Hybrid::parse(bits, alphabet)).collect::<Result<Vec<_>, _>>()?;
        let code = if prefixed {
            let sizes = (0..count).map(|_| prefix::size(bits)).collect::<Result<Vec<_>, _>>()?;
            Code::Prefix(sizes.into_iter().map(|size| prefix::Code::parse(bits, size)).collect::<Result<_, _>>()?)
        } else {
            Code::Ans((0..count).map(|_| ans::Code::parse(bits, alphabet)).collect::<Result<_, _>>()?, None)
        };
        Ok(Self { clusters, hybrids, code, copies })
    }

    /// The next number in a context.
    pub(super) fn next(&mut self, bits: &mut Bits<'_>, context: usize) -> Result<u32, Stop> {
        let value = match self.copied() {
            Some(value) => value,
            None => self.read(bits, context)?,
        };
        if let Some(copies) = &mut self.copies {
            let place = copies.read % WINDOW;
            match copies.window.get_mut(place) {
                Some(old) => *old = value,
                None => copies.window.push(value),
            }
            copies.read += 1;
        }
        Ok(value)
    }

    fn copied(&mut self) -> Option<u32> {
        let copies = self.copies.as_mut().filter(|copies| copies.left > 0)?;
        let value = copies.window.get(copies.at % WINDOW).copied();
        copies.left -= 1;
        copies.at += 1;
        value
    }

    fn read(&mut self, bits: &mut Bits<'_>, context: usize) -> Result<u32, Stop> {
        let cluster = usize::from(*self.clusters.get(context).ok_or(Stop::Broken)?);
        let symbol = self.code.symbol(bits, cluster)?;
        let Some(copies) = self.copies.as_mut().filter(|copies| symbol >= copies.from) else {
            return self.hybrids.get(cluster).ok_or(Stop::Broken)?.number(bits, symbol);
        };
        let length = copies.length.number(bits, symbol - copies.from)?;
        copies.left = length.checked_add(copies.least).ok_or(Stop::Broken)?;
        let distances = usize::from(*self.clusters.last().ok_or(Stop::Broken)?);
        let symbol = self.code.symbol(bits, distances)?;
        let back = self.hybrids.get(distances).ok_or(Stop::Broken)?.number(bits, symbol)? as usize;
        let back = (back + 1).min(WINDOW).min(copies.read);
        if back == 0 {
            return Err(Stop::Broken);
        }
        copies.at = copies.read - back;
        self.copied().ok_or(Stop::Broken)
    }

    /// Whether the stream ended as it must.
    pub(super) fn end(&self) -> Result<(), Stop> {
        match &self.code {
            Code::Ans(_, Some(state)) if *state != LAST => Err(Stop::Broken),
            _ => Ok(()),
        }
    }
}

/// Which contexts share a distribution (C.2.2).
fn clusters(bits: &mut Bits<'_>, contexts: usize) -> Result<Vec<u8>, Stop> {
    if contexts == 1 {
        return Ok(vec![0]);
    }
    let mut clusters = Vec::with_capacity(contexts.min(256));
    if bits.flag()? {
        let width = bits.read(2)?;
        for _ in 0..contexts {
            clusters.push(bits.read(width)? as u8);
        }
    } else {
        let moved = bits.flag()?;
        let mut numbers = Numbers::parse_within(bits, 1, contexts > 2)?;
        for _ in 0..contexts {
            clusters.push(u8::try_from(numbers.next(bits, 0)?).map_err(|_| Stop::Broken)?);
        }
        numbers.end()?;
        if moved {
            move_to_front(&mut clusters);
        }
    }
    let count = clusters.iter().max().map_or(0, |last| usize::from(*last) + 1);
    if (0..count).any(|cluster| !clusters.contains(&(cluster as u8))) {
        return Err(Stop::Broken);
    }
    Ok(clusters)
}

fn move_to_front(values: &mut [u8]) {
    let mut order: Vec<u8> = (0..=255).collect();
    for value in values {
        let moved = order.remove(usize::from(*value));
        order.insert(0, moved);
        *value = moved;
    }
}
