//! The marker segments of a JPEG 2000 frame: which of them may stand, and how long each is by what it says.
//!
//! ISO/IEC 15444-1 Annex A (table A.2 and the segments' own tables), 15444-15 Annex A (CAP, CPF). Packet headers that were
//! moved out of the packets (PPM, PPT), and what part 2 adds, are on no list: whether they are coded cannot be told here.

use super::{COM, TLM};

const SIZ: u8 = 0x51;
const COD: u8 = 0x52;
const COC: u8 = 0x53;

/// Parts of the standard that add to codestreams and have a bit in CAP: 2 and 15, counted from the highest bit.
const PARTS: u32 = 1 << 30 | 1 << 17;
/// Levels of decomposition (table A.15).
const LEVELS: u8 = 32;

/// What is to become of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ruling {
    /// It stays as it is.
    Keep,
    /// Behind so many bytes of its data nothing is said.
    Surplus(usize),
    /// It lists lengths, and stays if they are true.
    List,
    /// It informs, and changes no sample.
    Blank,
    /// A comment.
    Comment,
    /// It is on no list, or is not what it should be.
    Refuse,
}

/// What is known when a segment is judged.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// How many tiles there are.
    pub(super) tiles: u64,
    components: u16,
    /// Bytes that number a component (A.6.2).
    index: usize,
    /// The most levels of decomposition that any segment so far has stated.
    levels: u8,
}

impl State {
    /// Reads the first segment, which must be the picture's size, and of its length (A.5.1).
    pub(super) fn of(marker: u8, data: &[u8]) -> Option<Self> {
        let number = |at: usize| data.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
        let [right, bottom, left, top] = [number(2)?, number(6)?, number(10)?, number(14)?];
        let [across, down, tile_left, tile_top] = [number(18)?, number(22)?, number(26)?, number(30)?];
        let components = u16::from_be_bytes(data.get(34..36)?.try_into().ok()?);
        let tiles = |from: u32, to: u32, each: u32| {
            (each > 0 && from < to).then(|| u64::from(to - from).div_ceil(u64::from(each)))
        };
        let tiles = tiles(tile_left, right, across)?.checked_mul(tiles(tile_top, bottom, down)?)?;
        let samples = data.get(36..)?;
        let sound = marker == SIZ
            && left < right
            && top < bottom
            && (1..=16_384).contains(&components)
            && samples.len() == 3 * usize::from(components)
            && samples.chunks_exact(3).all(|c| c[0] & 0x7F < 38 && c[1] > 0 && c[2] > 0)
            && (1..=65_535).contains(&tiles);
        sound.then_some(Self { tiles, components, index: if components < 257 { 1 } else { 2 }, levels: 0 })
    }

    /// Takes in how many levels a coding style has.
    pub(super) fn style(&mut self, marker: u8, data: &[u8]) {
        let at = match marker {
            COD => 5,
            COC => self.index + 1,
            _ => return,
        };
        self.levels = self.levels.max(data.get(at).copied().unwrap_or(0).min(LEVELS));
    }

    /// Judges a segment of a header by its marker and the data behind its length.
    pub(super) fn rule(&self, marker: u8, data: &[u8], in_tile: bool) -> Ruling {
        let keep = |sound: bool| if sound { Ruling::Keep } else { Ruling::Refuse };
        match marker {
            // Numbers of capabilities, one for each bit that is set (A.5.2).
            0x50 if !in_tile => {
                let bits = data.first_chunk::<4>().map(|b| u32::from_be_bytes(*b));
                keep(bits.is_some_and(|bits| bits & !PARTS == 0 && data.len() == 4 + 2 * bits.count_ones() as usize))
            }
            // PRF, CPF: the number of a profile.
            0x56 | 0x59 if !in_tile => keep(matches!(data.len(), 2 | 4)),
            COD => keep(is_style(data, 0, 5)),
            COC => keep(self.has_component(data) && is_style(data, self.index, self.index + 1)),
            // RGN: component, style, shift.
            0x5E => keep(self.has_component(data) && data.len() == self.index + 2),
            0x5C => self.steps(data, 0),
            0x5D if self.has_component(data) => self.steps(data, self.index),
            // POC: other orders, each a range of levels, layers and components.
            0x5F => keep(!data.is_empty() && data.chunks(5 + 2 * self.index).all(|change| self.is_order(change))),
            TLM if !in_tile => Ruling::List,
            // PLM, CRG and PLT: lengths of packets, which no reader needs, and how components were registered.
            0x57 | 0x63 if !in_tile => Ruling::Blank,
            0x58 if in_tile => Ruling::Blank,
            COM if data.len() >= 2 => Ruling::Comment,
            _ => Ruling::Refuse,
        }
    }

    /// Whether the component that a segment is of is one of the picture's.
    fn has_component(&self, data: &[u8]) -> bool {
        let number = data.get(..self.index).map(|b| b.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte)));
        number.is_some_and(|number| number < self.components)
    }

    /// Step sizes: one for each band of each level, or one for all (table A.28).
    fn steps(&self, data: &[u8], at: usize) -> Ruling {
        let Some(style) = data.get(at) else { return Ruling::Refuse };
        let bands = 3 * usize::from(self.levels) + 1;
        let (each, most) = match style & 0x1F {
            0 => (1, bands),
            1 => (2, 1),
            2 => (2, bands),
            _ => return Ruling::Refuse,
        };
        let steps = &data[at + 1..];
        let known = &steps[..steps.len().min(each * most)];
        // Of a reversible step there is an exponent alone, in the upper five bits.
        let exponents = each > 1 || known.iter().all(|step| step & 7 == 0);
        match known.len() >= each && known.len().is_multiple_of(each) && exponents {
            false => Ruling::Refuse,
            true if known.len() < steps.len() => Ruling::Surplus(at + 1 + known.len()),
            true => Ruling::Keep,
        }
    }

    fn is_order(&self, change: &[u8]) -> bool {
        let whole = change.len() == 5 + 2 * self.index;
        whole
            && change[0] < change[3 + self.index]
            && change[3 + self.index] <= LEVELS + 1
            && change[4 + 2 * self.index] <= 4
    }
}

/// A coding style (tables A.13 and A.23): where its flags stand, and where its parameters begin.
fn is_style(data: &[u8], flags: usize, at: usize) -> bool {
    let (Some(flags), Some(levels)) = (data.get(flags), data.get(at)) else { return false };
    let precincts = if flags & 1 == 1 { usize::from(*levels) + 1 } else { 0 };
    *levels <= LEVELS && data.len() == at + 5 + precincts
}
