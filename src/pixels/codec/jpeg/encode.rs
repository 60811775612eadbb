//! Quantised coefficients back to scans: counted once for the best tables, then written.
//!
//! ITU-T T.81, F.1.2 (sequential), G.1.2 (progressive), K.2 (tables).

use super::Broken;
use super::bits::BitWriter;
use super::decode::{Pass, Planes};
use super::frame::{Frame, Scan, Visit};
use super::huffman::Encoder;

/// Correction bits that are held back at most, so that a run of ended bands stays short.
const HELD: usize = 1 << 16;

/// The longest run of ended bands (G.1.2.2).
const RUN: u32 = 0x7FFF;

/// Codes a scan: the DHT segment that it needs, if any, and its data.
///
/// # Errors
/// Where a value has more bits than there is a code for.
pub(super) fn scan(frame: &Frame, scan: &Scan, planes: &mut Planes) -> Result<(Vec<u8>, Vec<u8>), Broken> {
    let mut counted = Counter([[0; 256]; 8]);
    Coder::new(frame, scan, &mut counted).run(frame, planes)?;
    let mut written = Writer { bits: BitWriter::default(), tables: [const { None }; 8] };
    let mut listed = Vec::new();
    for (slot, often) in (0_u8..).zip(&counted.0) {
        let Some(table) = Encoder::best(often) else { continue };
        listed.push((slot >> 2) << 4 | (slot & 3));
        listed.extend(table.listed());
        written.tables[usize::from(slot)] = Some(table);
    }
    Coder::new(frame, scan, &mut written).run(frame, planes)?;
    let length = u16::try_from(listed.len() + 2).unwrap_or(u16::MAX).to_be_bytes();
    let listed = if listed.is_empty() { listed } else { [&[0xFF, 0xC4], &length[..], &listed].concat() };
    Ok((listed, written.bits.finish()))
}

/// Where symbols and bits go.
trait Sink {
    fn symbol(&mut self, slot: usize, symbol: u8);
    fn bits(&mut self, value: u32, bits: u32);
    fn restart(&mut self, number: u8);
}

/// Counts symbols.
struct Counter([[u64; 256]; 8]);

impl Sink for Counter {
    fn symbol(&mut self, slot: usize, symbol: u8) {
        self.0[slot][usize::from(symbol)] += 1;
    }

    fn bits(&mut self, _: u32, _: u32) {}

    fn restart(&mut self, _: u8) {}
}

/// Writes them.
struct Writer {
    bits: BitWriter,
    tables: [Option<Encoder>; 8],
}

impl Sink for Writer {
    fn symbol(&mut self, slot: usize, symbol: u8) {
        if let Some(table) = &self.tables[slot] {
            let (code, length) = table.code(symbol);
            self.bits.put(u32::from(code), u32::from(length));
        }
    }

    fn bits(&mut self, value: u32, bits: u32) {
        self.bits.put(value, bits);
    }

    fn restart(&mut self, number: u8) {
        self.bits.restart(number);
    }
}

struct Coder<'a, S: Sink> {
    sink: &'a mut S,
    scan: &'a Scan,
    pass: Pass,
    /// The DC value that each member's next is told from.
    last: Vec<i32>,
    /// Blocks whose band has ended and which are not told yet.
    ended: u32,
    /// Correction bits of those blocks.
    held: Vec<bool>,
}

impl<'a, S: Sink> Coder<'a, S> {
    fn new(frame: &Frame, scan: &'a Scan, sink: &'a mut S) -> Self {
        let pass = Pass::of(frame.progressive, scan);
        Self { sink, scan, pass, last: vec![0; scan.members.len()], ended: 0, held: Vec::new() }
    }

    fn run(mut self, frame: &Frame, planes: &mut Planes) -> Result<(), Broken> {
        let scan = self.scan;
        frame.walk(scan, |visit| match visit {
            Visit::Restart(number) => {
                self.tell_ended();
                self.last.fill(0);
                self.sink.restart(number);
                Ok(())
            }
            Visit::Block { member, block } => {
                let of = scan.members[member];
                let block = planes.block(of.index, block)?;
                match self.pass {
                    Pass::Sequential => {
                        self.dc(member, of.dc, i32::from(block[0]))?;
                        self.ac(4 + of.ac, block)
                    }
                    Pass::DcFirst => self.dc(member, of.dc, i32::from(block[0] >> scan.bits.1)),
                    Pass::DcMore => {
                        self.sink.bits((block[0] >> scan.bits.1) as u32 & 1, 1);
                        Ok(())
                    }
                    Pass::AcFirst => self.ac_first(4 + of.ac, block),
                    Pass::AcMore => self.ac_more(4 + of.ac, block),
                }
            }
        })?;
        self.tell_ended();
        Ok(())
    }

    fn dc(&mut self, member: usize, slot: usize, value: i32) -> Result<(), Broken> {
        let step = value - self.last[member];
        self.last[member] = value;
        self.value(slot, 0, step)
    }

    /// The symbol of a run of zeros and the size of what follows it, and what follows.
    fn value(&mut self, slot: usize, zeros: u8, value: i32) -> Result<(), Broken> {
        let bits = 32 - value.unsigned_abs().leading_zeros();
        if bits > 15 {
            return Err(Broken::Damaged("a value of the picture is out of bounds"));
        }
        self.sink.symbol(slot, zeros << 4 | bits as u8);
        if bits > 0 {
            // Negative values stand as their ones' complement (F.1.2.1.1).
            let value = if value < 0 { value - 1 } else { value };
            self.sink.bits(value as u32, bits);
        }
        Ok(())
    }

    fn ac(&mut self, slot: usize, block: &[i16; 64]) -> Result<(), Broken> {
        let mut zeros = 0_u8;
        for value in &block[1..] {
            if *value == 0 {
                zeros += 1;
                continue;
            }
            while zeros > 15 {
                self.sink.symbol(slot, 0xF0);
                zeros -= 16;
            }
            self.value(slot, zeros, i32::from(*value))?;
            zeros = 0;
        }
        if zeros > 0 {
            self.sink.symbol(slot, 0);
        }
        Ok(())
    }

    fn ac_first(&mut self, slot: usize, block: &[i16; 64]) -> Result<(), Broken> {
        let (first, last) = self.scan.band;
        let mut zeros = 0_u8;
        for value in &block[first..=last] {
            // Towards zero, unlike DC values (G.1.2.2).
            let value = i32::from(*value) / (1 << self.scan.bits.1);
            if value == 0 {
                zeros += 1;
                continue;
            }
            self.tell_ended();
            while zeros > 15 {
                self.sink.symbol(slot, 0xF0);
                zeros -= 16;
            }
            self.value(slot, zeros, value)?;
            zeros = 0;
        }
        if zeros > 0 {
            self.end_band(&[]);
        }
        Ok(())
    }

    fn ac_more(&mut self, slot: usize, block: &[i16; 64]) -> Result<(), Broken> {
        let (first, last) = self.scan.band;
        let size = |value: i16| value.unsigned_abs() >> self.scan.bits.1;
        let fresh = (first..=last).rev().find(|k| size(block[*k]) == 1);
        let (mut zeros, mut bits) = (0_u8, Vec::new());
        for (k, value) in block.iter().enumerate().take(last + 1).skip(first) {
            match size(*value) {
                0 => zeros += 1,
                one => {
                    while zeros > 15 && fresh.is_some_and(|fresh| k <= fresh) {
                        self.tell_ended();
                        self.sink.symbol(slot, 0xF0);
                        self.tell(&mut bits);
                        zeros -= 16;
                    }
                    if one > 1 {
                        bits.push(one & 1 == 1);
                        continue;
                    }
                    self.tell_ended();
                    self.sink.symbol(slot, zeros << 4 | 1);
                    self.sink.bits(u32::from(*value > 0), 1);
                    self.tell(&mut bits);
                    zeros = 0;
                }
            }
        }
        if zeros > 0 || !bits.is_empty() {
            self.end_band(&bits);
        }
        Ok(())
    }

    fn tell(&mut self, bits: &mut Vec<bool>) {
        bits.drain(..).for_each(|bit| self.sink.bits(u32::from(bit), 1));
    }

    /// The band of one more block has ended.
    fn end_band(&mut self, bits: &[bool]) {
        self.ended += 1;
        self.held.extend(bits);
        if self.ended == RUN || self.held.len() > HELD {
            self.tell_ended();
        }
    }

    /// Tells how many bands have ended, and their correction bits.
    fn tell_ended(&mut self) {
        if self.ended == 0 {
            return;
        }
        let bits = self.ended.ilog2();
        // Bands of AC values have one member alone.
        let slot = 4 + self.scan.members[0].ac;
        self.sink.symbol(slot, (bits as u8) << 4);
        self.sink.bits(self.ended, bits);
        self.ended = 0;
        let mut held = std::mem::take(&mut self.held);
        self.tell(&mut held);
        self.held = held;
    }
}
