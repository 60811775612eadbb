//! The witness's own reading of the coefficients of a JPEG picture coded with Huffman codes, sequential or progressive.
//!
//! ITU-T T.81, B.2 (segments), F.2.2 (sequential decoding), G.1.2 and G.2 (progressive), written from the standard alone.

use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use crate::inspect::jpeg::{Part as Piece, SOS, Walk};
use crate::recording::Format;
use std::ops::Range;

/// Coefficients that are held at most.
const MOST: usize = 128 << 20;
const DAMAGED: Trouble = Trouble::Damaged("the picture cannot be decoded");
const UNUSUAL: Trouble = Trouble::Unsupported(Format::Jpeg);

/// The quantised coefficients of a block, in zigzag order.
type Block = [i16; 64];

/// One component.
pub(super) struct Part {
    name: u8,
    /// Blocks of it in an MCU.
    pub(super) across: usize,
    pub(super) down: usize,
    /// All of them, those beyond the picture included, row by row.
    pub(super) blocks: Vec<Block>,
}

/// A picture as it is coded.
pub(super) struct Coded<'f> {
    /// What is said of samples besides the codes: frame, tables of quantisation, colours, lines.
    pub(super) said: Vec<(u8, &'f [u8])>,
    pub(super) width: u32,
    pub(super) height: u32,
    /// The most blocks that a component has across and down an MCU.
    pub(super) most: (usize, usize),
    /// MCUs across and down.
    pub(super) units: (usize, usize),
    pub(super) parts: Vec<Part>,
    progressive: bool,
}

/// What holds for the next scan.
#[derive(Default)]
struct Standing {
    /// Codes of DC values, then of others.
    codes: [Option<Codes>; 8],
    interval: usize,
    visited: usize,
}

impl<'f> Coded<'f> {
    /// Reads a stream from SOI to EOI.
    pub(super) fn read(file: &'f [u8]) -> Result<Self, Trouble> {
        let (mut bytes, mut walk) = (Bytes::over(file), Walk::new(0..file.len() as u64));
        let (mut said, mut coded, mut standing) = (Vec::new(), None::<Self>, Standing::default());
        let mut scan: Option<(&[u8], Option<Range<usize>>)> = None;
        while let Some(piece) = walk.next(&mut bytes)? {
            if let (Piece::Scan(range), Some((_, data))) = (&piece, &mut scan) {
                let begun = data.as_ref().map_or(range.start as usize, |data| data.start);
                *data = Some(begun..range.end as usize);
                continue;
            }
            if let Some((header, data)) = scan.take() {
                let data = data.and_then(|range| file.get(range)).ok_or(DAMAGED)?;
                coded.as_mut().ok_or(DAMAGED)?.scan(header, data, &mut standing)?;
            }
            let Piece::Segment { marker, payload, .. } = piece else {
                match piece {
                    Piece::ScanFill(_) | Piece::Junk(_) | Piece::Bare(..) => return Err(UNUSUAL),
                    Piece::End(_) => break,
                    _ => continue,
                }
            };
            let content = file.get(payload.start as usize..payload.end as usize).ok_or(DAMAGED)?;
            match marker {
                SOS => scan = Some((content, None)),
                0xc4 => codes(content, &mut standing.codes).ok_or(DAMAGED)?,
                0xdd => standing.interval = word(content, 0).ok_or(DAMAGED)?,
                0xc1 | 0xc2 if coded.is_none() => {
                    coded = Some(Self::framed(content, marker == 0xc2, file.len())?);
                    said.push((marker, content));
                }
                // Tables and lines that come late hold for a part of the scans only.
                0xdb if standing.visited > 0 => return Err(UNUSUAL),
                0xdc | 0xc0..=0xcf => return Err(UNUSUAL),
                0xdb | 0xe0..=0xef => said.push((marker, content)),
                _ => {}
            }
        }
        let mut coded = coded.filter(|_| standing.visited > 0 && scan.is_none()).ok_or(DAMAGED)?;
        coded.said = said;
        Ok(coded)
    }

    fn framed(content: &[u8], progressive: bool, length: usize) -> Result<Self, Trouble> {
        let (&[_, y1, y0, x1, x0, count], listed) = content.split_first_chunk().ok_or(DAMAGED)?;
        let size = [u16::from_be_bytes([x1, x0]), u16::from_be_bytes([y1, y0])].map(usize::from);
        let factors = |entry: &[u8]| (usize::from(entry[1] >> 4), usize::from(entry[1] & 15));
        let entries = listed.chunks_exact(3);
        let sound = entries.clone().all(|e| (1..=4).contains(&factors(e).0) && (1..=4).contains(&factors(e).1));
        if size.contains(&0) || listed.len() != 3 * usize::from(count) || !(1..=4).contains(&count) || !sound {
            return Err(DAMAGED);
        }
        let alone = count == 1;
        let factors = |entry: &[u8]| if alone { (1, 1) } else { factors(entry) };
        let most = entries.clone().map(factors).fold((1, 1), |most, f| (most.0.max(f.0), most.1.max(f.1)));
        let units = (size[0].div_ceil(8 * most.0), size[1].div_ceil(8 * most.1));
        let blocks = |entry: &[u8]| factors(entry).0 * factors(entry).1 * units.0 * units.1;
        let all: usize = entries.clone().map(blocks).sum();
        // No block takes less than a bit, and no component has less than one for an MCU, but where its last lies beyond.
        if all > MOST / 64 || units.0 * units.1 / 4 > length.saturating_mul(8) {
            return Err(Trouble::TooLarge("a picture of this size"));
        }
        let part = |entry: &[u8]| {
            let (across, down) = factors(entry);
            Part { name: entry[0], across, down, blocks: vec![[0; 64]; blocks(entry)] }
        };
        let parts = entries.map(part).collect();
        Ok(Self { said: Vec::new(), width: size[0] as u32, height: size[1] as u32, most, units, parts, progressive })
    }

    /// Blocks of a component that are in the picture, across and down.
    fn seen(&self, part: usize) -> (usize, usize) {
        let part = &self.parts[part];
        let of = |length: u32, factor: usize, most: usize| (length as usize * factor).div_ceil(most).div_ceil(8);
        (of(self.width, part.across, self.most.0), of(self.height, part.down, self.most.1))
    }

    /// Whether a block holds samples of the picture.
    pub(super) fn is_seen(&self, part: usize, x: usize, y: usize) -> bool {
        let (across, down) = self.seen(part);
        x < across && y < down
    }

    /// Takes in a scan.
    fn scan(&mut self, header: &[u8], data: &[u8], standing: &mut Standing) -> Result<(), Trouble> {
        let count = usize::from(*header.first().ok_or(DAMAGED)?);
        let (members, tail) = header[1..].split_at_checked(2 * count).ok_or(DAMAGED)?;
        let &[first, last, bits] = tail else { return Err(DAMAGED) };
        let mut taken = Vec::new();
        for member in members.chunks_exact(2) {
            let part = self.parts.iter().position(|part| part.name == member[0]).ok_or(DAMAGED)?;
            taken.push((part, usize::from(member[1] >> 4) & 3, 4 + (usize::from(member[1]) & 3)));
        }
        let band = if self.progressive { (usize::from(first), usize::from(last)) } else { (0, 63) };
        let bits = if self.progressive { (bits >> 4, bits & 15) } else { (0, 0) };
        let mixed = self.progressive && band.0 == 0 && band.1 > 0;
        if taken.is_empty() || taken.len() > 4 || band.0 > band.1 || band.1 > 63 || bits.1 > 13 || mixed {
            return Err(DAMAGED);
        }
        if band.0 > 0 && taken.len() > 1 {
            return Err(DAMAGED);
        }
        let way = Way { progressive: self.progressive, band, fresh: bits.0 == 0, low: u32::from(bits.1) };
        let alone = (taken.len() == 1).then(|| self.seen(taken[0].0));
        let (across, down) = alone.unwrap_or(self.units);
        standing.visited = standing.visited.saturating_add(across * down);
        if standing.visited > MOST {
            return Err(Trouble::TooLarge("so many scans"));
        }
        let mut reader = Reader { data, at: 0, held: 0, left: 0, told: [0; 4], ended: 0 };
        for number in 0..across * down {
            if standing.interval > 0 && number > 0 && number.is_multiple_of(standing.interval) {
                reader.restart((number / standing.interval - 1) % 8).ok_or(DAMAGED)?;
            }
            let (column, row) = (number % across, number / across);
            for (place, &(part, dc, ac)) in taken.iter().enumerate() {
                let codes = (standing.codes[dc].as_ref(), standing.codes[ac].as_ref());
                let part = &mut self.parts[part];
                let wide = part.across * self.units.0;
                let (columns, rows) = if alone.is_some() { (1, 1) } else { (part.across, part.down) };
                for y in row * rows..(row + 1) * rows {
                    for x in column * columns..(column + 1) * columns {
                        let block = part.blocks.get_mut(y * wide + x).ok_or(DAMAGED)?;
                        reader.block(block, place, codes, &way).ok_or(DAMAGED)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// How a scan is coded.
struct Way {
    progressive: bool,
    band: (usize, usize),
    /// Whether it is the first to tell of its coefficients.
    fresh: bool,
    low: u32,
}

/// The codes of one table: of each length the code behind the last, and the place of its symbol less the code.
struct Codes {
    ends: [i32; 16],
    places: [i32; 16],
    symbols: Vec<u8>,
}

/// Takes in the tables of a DHT segment.
fn codes(mut content: &[u8], into: &mut [Option<Codes>; 8]) -> Option<()> {
    while let Some((head, rest)) = content.split_first() {
        let (counts, rest) = rest.split_at_checked(16)?;
        let (mut ends, mut places, mut code, mut place) = ([0; 16], [0; 16], 0_i32, 0_i32);
        for (length, count) in counts.iter().enumerate() {
            code *= 2;
            places[length] = place - code;
            code += i32::from(*count);
            place += i32::from(*count);
            ends[length] = code;
            if code > 2 << length {
                return None;
            }
        }
        let (symbols, behind) = rest.split_at_checked(place as usize)?;
        let slot = usize::from(head >> 4) * 4 + usize::from(head & 15);
        let known = if head & 15 < 4 { into.get_mut(slot)? } else { return None };
        *known = Some(Codes { ends, places, symbols: symbols.to_vec() });
        content = behind;
    }
    Some(())
}

fn word(content: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes([*content.get(at)?, *content.get(at + 1)?])))
}

/// Bits of a scan, and what carries over from block to block.
struct Reader<'s> {
    data: &'s [u8],
    at: usize,
    held: u8,
    left: u32,
    /// The last DC value of each component of the scan.
    told: [i32; 4],
    /// Blocks that end before they begin.
    ended: u32,
}

impl Reader<'_> {
    fn bit(&mut self) -> Option<i32> {
        if self.left == 0 {
            self.held = *self.data.get(self.at)?;
            self.at += 1;
            if self.held == 0xff {
                // A marker: no bits are left.
                if *self.data.get(self.at)? != 0 {
                    return None;
                }
                self.at += 1;
            }
            self.left = 8;
        }
        self.left -= 1;
        Some(i32::from(self.held >> self.left & 1))
    }

    fn number(&mut self, bits: u32) -> Option<i32> {
        (0..bits).try_fold(0, |n, _| Some(n << 1 | self.bit()?))
    }

    /// A number whose first bit tells its sign (F.12).
    fn signed(&mut self, bits: u32) -> Option<i32> {
        let number = self.number(bits)?;
        let negative = bits > 0 && number >> (bits - 1) == 0;
        Some(if negative { number - (1 << bits) + 1 } else { number })
    }

    fn symbol(&mut self, codes: Option<&Codes>) -> Option<(usize, u32)> {
        let codes = codes?;
        let mut code = 0;
        for length in 0..16 {
            code = code << 1 | self.bit()?;
            if code < codes.ends[length] {
                let symbol = *codes.symbols.get(usize::try_from(code + codes.places[length]).ok()?)?;
                return Some((usize::from(symbol >> 4), u32::from(symbol & 15)));
            }
        }
        None
    }

    fn restart(&mut self, number: usize) -> Option<()> {
        let marker = self.data.get(self.at..self.at + 2)?;
        if marker[0] != 0xff || usize::from(marker[1]) != 0xd0 + number {
            return None;
        }
        (self.at, self.left, self.told, self.ended) = (self.at + 2, 0, [0; 4], 0);
        Some(())
    }

    fn block(
        &mut self,
        block: &mut Block,
        place: usize,
        codes: (Option<&Codes>, Option<&Codes>),
        way: &Way,
    ) -> Option<()> {
        let (mut k, last) = way.band;
        if k == 0 {
            k = 1;
            if way.fresh {
                let (_, bits) = self.symbol(codes.0)?;
                self.told[place] = self.told[place].checked_add(self.signed(bits)?)?;
                block[0] = i16::try_from(self.told[place].checked_shl(way.low)?).ok()?;
            } else {
                block[0] |= (self.bit()? as i16) << way.low;
            }
        }
        match (way.fresh, self.ended) {
            (true, 0) => self.values(&mut block[..=last], k, codes.1, way),
            (true, _) => {
                self.ended -= 1;
                Some(())
            }
            (false, _) if last == 0 => Some(()),
            (false, _) => self.corrections(&mut block[..=last], k, codes.1, 1 << way.low),
        }
    }

    /// Values that are told for the first time.
    fn values(&mut self, band: &mut [i16], mut k: usize, codes: Option<&Codes>, way: &Way) -> Option<()> {
        while k < band.len() {
            match self.symbol(codes)? {
                (15, 0) => k += 16,
                (run, 0) => {
                    if way.progressive {
                        self.ended = (1 << run) - 1 + self.number(run as u32)? as u32;
                    }
                    return Some(());
                }
                (run, bits) => {
                    k += run;
                    *band.get_mut(k)? = i16::try_from(self.signed(bits)?.checked_mul(1 << way.low)?).ok()?;
                    k += 1;
                }
            }
        }
        Some(())
    }

    /// One more bit of values that were told before, and values that begin with it.
    fn corrections(&mut self, band: &mut [i16], mut k: usize, codes: Option<&Codes>, bit: i16) -> Option<()> {
        while k < band.len() && self.ended == 0 {
            let (mut zeros, bits) = self.symbol(codes)?;
            let begun = match (zeros, bits) {
                (15, 0) => 0,
                (run, 0) => {
                    self.ended = (1 << run) + self.number(run as u32)? as u32;
                    break;
                }
                (_, 1) => [-bit, bit][self.bit()? as usize],
                _ => return None,
            };
            while k < band.len() {
                if band[k] != 0 {
                    self.correct(&mut band[k], bit)?;
                } else if zeros == 0 {
                    band[k] = begun;
                    break;
                } else {
                    zeros -= 1;
                }
                k += 1;
            }
            k += 1;
        }
        if self.ended > 0 {
            self.ended -= 1;
            for value in band.iter_mut().skip(k).filter(|value| **value != 0) {
                self.correct(value, bit)?;
            }
        }
        Some(())
    }

    fn correct(&mut self, value: &mut i16, bit: i16) -> Option<()> {
        if self.bit()? == 1 && value.unsigned_abs() & bit.unsigned_abs() == 0 {
            *value = value.checked_add(if *value < 0 { -bit } else { bit })?;
        }
        Some(())
    }
}
