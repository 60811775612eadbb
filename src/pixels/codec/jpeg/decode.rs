//! Scans to quantised coefficients, each block's in zigzag order.
//!
//! ITU-T T.81, F.2.2 (sequential), G.2 (progressive: spectral selection and successive approximation).

use super::Broken;
use super::bits::BitReader;
use super::frame::{Member, Scan, Visit};
use super::header::Layout;
use super::huffman::Decoder;

/// Coefficients of a picture: for each component 64 for each of its blocks.
pub(super) struct Planes(pub(super) Vec<Vec<i16>>);

/// A block.
pub(super) type Block = [i16; 64];

/// Where coefficients are held from scan to scan.
pub(super) trait Hold {
    /// Works on a block of a component.
    fn work(
        &mut self,
        component: usize,
        block: usize,
        pass: Pass,
        work: impl FnOnce(&mut Block) -> Result<(), Broken>,
    ) -> Result<(), Broken>;
}

impl Hold for Planes {
    fn work(
        &mut self,
        component: usize,
        block: usize,
        _: Pass,
        work: impl FnOnce(&mut Block) -> Result<(), Broken>,
    ) -> Result<(), Broken> {
        work(self.block(component, block)?)
    }
}

impl Planes {
    /// A block of a component.
    pub(super) fn block(&mut self, component: usize, block: usize) -> Result<&mut Block, Broken> {
        let blocks = self.0.get_mut(component).map(|plane| plane.as_chunks_mut::<64>().0);
        blocks.and_then(|blocks| blocks.get_mut(block)).ok_or(Broken::Damaged("a block lies outside the picture"))
    }

    /// A check number of all of them.
    pub(super) fn digest(&self) -> u32 {
        let mut digest = crc32fast::Hasher::new();
        for block in self.0.iter().flat_map(|plane| plane.as_chunks::<64>().0) {
            let mut bytes = [0; 128];
            for (to, from) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(block) {
                *to = from.to_le_bytes();
            }
            digest.update(&bytes);
        }
        digest.finalize()
    }
}

/// Decodes every scan.
///
/// # Errors
/// Where data are missing or make no sense; where the picture is larger than may be held, or so large that its data
/// cannot hold it.
pub(super) fn decode(stream: &[u8], layout: &Layout, most: u64) -> Result<Planes, Broken> {
    let frame = &layout.frame;
    if frame.blocks().saturating_mul(64) > most {
        return Err(Broken::TooLarge("the picture is larger than may be held in memory"));
    }
    are_borne_out(layout)?;
    let sizes = frame.components.iter().map(|component| component.wide * component.high * 64);
    let mut planes = Planes(sizes.map(|size| vec![0; size]).collect());
    for scan in &layout.scans {
        Scanner::new(stream, layout, scan)?.run(layout, &mut planes)?;
    }
    Ok(planes)
}

/// Fails where scans visit more blocks than a real picture's, or have less data than their blocks take.
pub(super) fn are_borne_out(layout: &Layout) -> Result<(), Broken> {
    let frame = &layout.frame;
    let visits: u64 = layout.scans.iter().map(|scan| frame.blocks_of(scan)).sum();
    if visits > frame.blocks().saturating_mul(64) {
        return Err(Broken::TooLarge("the picture has more scans than any real one"));
    }
    // No block takes less than a bit, in the scan of its component that comes first.
    let begun = |scan: &&Scan| !frame.progressive || (scan.band.0 == 0 && scan.bits.0 == 0);
    for scan in layout.scans.iter().filter(begun) {
        if frame.blocks_of(scan) > 8 * scan.data.len() as u64 {
            return Err(Broken::Truncated);
        }
    }
    Ok(())
}

/// What is done with the blocks of a scan.
#[derive(Clone, Copy)]
pub(super) enum Pass {
    Sequential,
    DcFirst,
    DcMore,
    AcFirst,
    AcMore,
}

impl Pass {
    pub(super) fn of(progressive: bool, scan: &Scan) -> Self {
        match (progressive, scan.band.0, scan.bits.0) {
            (false, ..) => Pass::Sequential,
            (true, 0, 0) => Pass::DcFirst,
            (true, 0, _) => Pass::DcMore,
            (true, _, 0) => Pass::AcFirst,
            (true, ..) => Pass::AcMore,
        }
    }

    /// Whether it reads DC and AC codes.
    fn codes(self) -> (bool, bool) {
        match self {
            Pass::Sequential => (true, true),
            Pass::DcFirst => (true, false),
            Pass::DcMore => (false, false),
            Pass::AcFirst | Pass::AcMore => (false, true),
        }
    }
}

/// The tables of a member of a scan, as places in the scanner's list, and what its DC values are told from.
struct Told {
    component: usize,
    dc: usize,
    ac: usize,
    last: i32,
}

pub(super) struct Scanner<'a> {
    reader: BitReader<'a>,
    scan: &'a Scan,
    pass: Pass,
    tables: [Option<Decoder>; 8],
    told: Vec<Told>,
    /// Blocks whose band ends before it begins.
    ended: u32,
    /// Whether every interval so far had no more data than its blocks take.
    exact: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(stream: &'a [u8], layout: &Layout, scan: &'a Scan) -> Result<Self, Broken> {
        let pass = Pass::of(layout.frame.progressive, scan);
        let mut tables = [const { None }; 8];
        for member in &scan.members {
            let wanted = [(pass.codes().0, member.dc), (pass.codes().1, 4 + member.ac)];
            for slot in wanted.into_iter().filter(|(wanted, _)| *wanted).map(|(_, slot)| slot) {
                if tables[slot].is_none() {
                    tables[slot] = Some(table(stream, scan, slot)?);
                }
            }
        }
        let told = |m: &Member| Told { component: m.index, dc: m.dc, ac: 4 + m.ac, last: 0 };
        let data = stream.get(scan.data.clone()).unwrap_or_default();
        let told = scan.members.iter().map(told).collect();
        Ok(Self { reader: BitReader::new(data), scan, pass, tables, told, ended: 0, exact: true })
    }

    /// Goes through the scan; whether its data, and those of each interval, end with the last bit of their last block.
    pub(super) fn run(&mut self, layout: &Layout, hold: &mut impl Hold) -> Result<bool, Broken> {
        let (pass, low) = (self.pass, self.scan.bits.1);
        layout.frame.walk(self.scan, |visit| match visit {
            Visit::Restart(number) => {
                self.told.iter_mut().for_each(|told| told.last = 0);
                self.ended = 0;
                self.exact &= self.reader.restart(number)?;
                Ok(())
            }
            Visit::Block { member, block } => hold.work(self.told[member].component, block, pass, |block| match pass {
                Pass::Sequential => self.dc(member, block, 0).and_then(|()| self.ac(member, block)),
                Pass::DcFirst => self.dc(member, block, low),
                Pass::DcMore => {
                    block[0] |= (self.reader.take(1)? as i16) << low;
                    Ok(())
                }
                Pass::AcFirst => self.ac_first(member, block),
                Pass::AcMore => self.ac_more(member, block),
            }),
        })?;
        // Blocks that end in advance must be there.
        Ok(self.exact && self.ended == 0 && self.reader.is_spent())
    }

    fn symbol(&mut self, slot: usize) -> Result<(usize, u32), Broken> {
        let table = self.tables[slot].as_ref().ok_or(Broken::Damaged("a code table is missing"))?;
        let symbol = table.symbol(&mut self.reader)?;
        Ok((usize::from(symbol >> 4), u32::from(symbol & 15)))
    }

    /// A value of so many bits (F.2.2.1, EXTEND).
    fn value(&mut self, bits: u32) -> Result<i32, Broken> {
        let value = self.reader.take(bits)? as i32;
        Ok(if bits > 0 && value < 1 << (bits - 1) { value - (1 << bits) + 1 } else { value })
    }

    fn dc(&mut self, member: usize, block: &mut Block, low: u32) -> Result<(), Broken> {
        let (high, bits) = self.symbol(self.told[member].dc)?;
        if high > 0 {
            return Err(Broken::Damaged("a value of the picture is out of bounds"));
        }
        let told = self.told[member].last + self.value(bits)?;
        self.told[member].last = told;
        block[0] = bounded(told, low)?;
        Ok(())
    }

    fn ac(&mut self, member: usize, block: &mut Block) -> Result<(), Broken> {
        let slot = self.told[member].ac;
        let mut k = 1;
        while k < 64 {
            match self.symbol(slot)? {
                (15, 0) => k += 16,
                (_, 0) => return Ok(()),
                (run, bits) => {
                    k += run;
                    let value = self.value(bits)? as i16;
                    *block.get_mut(k).ok_or(Broken::Damaged("a block holds too many values"))? = value;
                    k += 1;
                }
            }
        }
        Ok(())
    }

    /// How many blocks end, this one included (G.1.2.2).
    fn end_of_band(&mut self, run: usize) -> Result<u32, Broken> {
        Ok((1 << run) + self.reader.take(run as u32)?)
    }

    fn ac_first(&mut self, member: usize, block: &mut Block) -> Result<(), Broken> {
        if self.ended > 0 {
            self.ended -= 1;
            return Ok(());
        }
        let (mut k, last) = self.scan.band;
        while k <= last {
            match self.symbol(self.told[member].ac)? {
                (15, 0) => k += 16,
                (run, 0) => {
                    self.ended = self.end_of_band(run)? - 1;
                    return Ok(());
                }
                (run, bits) => {
                    k += run;
                    let value = bounded(self.value(bits)?, self.scan.bits.1)?;
                    let place = block.get_mut(..=last).and_then(|band| band.get_mut(k));
                    *place.ok_or(Broken::Damaged("a block holds too many values"))? = value;
                    k += 1;
                }
            }
        }
        Ok(())
    }

    fn ac_more(&mut self, member: usize, block: &mut Block) -> Result<(), Broken> {
        let (mut k, last) = self.scan.band;
        let bit = 1_i16 << self.scan.bits.1;
        while k <= last && self.ended == 0 {
            let (mut zeros, fresh) = match self.symbol(self.told[member].ac)? {
                (15, 0) => (15, 0),
                (run, 0) => {
                    self.ended = self.end_of_band(run)?;
                    break;
                }
                (run, 1) => (run, if self.reader.take(1)? == 1 { bit } else { -bit }),
                _ => return Err(Broken::Damaged("a correction of the picture makes no sense")),
            };
            while k <= last {
                if block[k] != 0 {
                    self.correct(&mut block[k], bit)?;
                } else if zeros == 0 {
                    break;
                } else {
                    zeros -= 1;
                }
                k += 1;
            }
            match block.get_mut(..=last).and_then(|band| band.get_mut(k)) {
                Some(place) if fresh != 0 => *place = fresh,
                None if fresh != 0 => return Err(Broken::Damaged("a block holds too many values")),
                _ => {}
            }
            k += 1;
        }
        if self.ended > 0 {
            for value in block.iter_mut().take(last + 1).skip(k).filter(|value| **value != 0) {
                self.correct(value, bit)?;
            }
            self.ended -= 1;
        }
        Ok(())
    }

    /// Takes in one more bit of a value that is not zero.
    fn correct(&mut self, value: &mut i16, bit: i16) -> Result<(), Broken> {
        if self.reader.take(1)? == 1 && value.unsigned_abs() & bit as u16 == 0 {
            *value += bit * value.signum();
        }
        Ok(())
    }
}

/// The table that a scan finds in a slot.
fn table(stream: &[u8], scan: &Scan, slot: usize) -> Result<Decoder, Broken> {
    let listed = scan.tables[slot].and_then(|(start, end)| stream.get(start..end));
    let listed = listed.and_then(|listed| listed.split_first_chunk::<16>());
    let (counts, symbols) = listed.ok_or(Broken::Damaged("a code table is missing"))?;
    Decoder::new(counts, symbols)
}

/// A value at its bit position, of a size whose sign can be turned.
fn bounded(value: i32, low: u32) -> Result<i16, Broken> {
    let value = value.checked_shl(low).filter(|shifted| value.abs() < 1 << 16 && shifted.abs() <= i32::from(i16::MAX));
    value.and_then(|value| value.try_into().ok()).ok_or(Broken::Damaged("a value of the picture is out of bounds"))
}
