//! The marker segments of a JPEG 2000 codestream: which of them may stay, and how long each may be by what it says.
//!
//! ISO/IEC 15444-1, annex A (table A.2 and the segments' own tables); 15444-15, annex A (CAP, CPF for HTJ2K).

/// SOT: start of a tile part.
pub(super) const SOT: u8 = 0x90;
/// SOD: start of a tile part's data.
pub(super) const SOD: u8 = 0x93;
/// EOC: end of the codestream.
pub(super) const EOC: u8 = 0xD9;
/// COM: comment.
pub(super) const COM: u8 = 0x64;
/// TLM: lengths of tile parts.
pub(super) const TLM: u8 = 0x55;
/// PPM: packet headers of all tile parts.
pub(super) const PPM: u8 = 0x60;
/// PLM and PLT: lengths of packets, which speed a reader up and which none needs.
pub(super) const PLM: u8 = 0x57;
/// See [`PLM`].
pub(super) const PLT: u8 = 0x58;
/// CRG: how components were registered, which informs and changes no sample (A.9.1).
pub(super) const CRG: u8 = 0x63;
/// COD and COC: coding style.
pub(super) const COD: u8 = 0x52;
/// See [`COD`].
pub(super) const COC: u8 = 0x53;

/// Parts of the standard that add to codestreams and have a bit in CAP: 2 and 15, counted from the highest bit (table A.11).
const PARTS: u32 = 1 << 30 | 1 << 17;
/// Components of one picture (table A.9).
const COMPONENTS: u16 = 16_384;
/// Levels of decomposition (table A.15).
const LEVELS: u8 = 32;

/// The picture as its SIZ segment describes it (A.5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: u16,
    pub(super) tiles: u64,
}

impl Size {
    /// Reads the segment behind its length; none where it contradicts itself.
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let number = |at: usize| data.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
        let [right, bottom, left, top] = [number(2)?, number(6)?, number(10)?, number(14)?];
        let [across, down, tile_left, tile_top] = [number(18)?, number(22)?, number(26)?, number(30)?];
        let components = u16::from_be_bytes(data.get(34..36)?.try_into().ok()?);
        let sides = |from: u32, to: u32| to.checked_sub(from).filter(|side| *side > 0);
        let (width, height) = (sides(left, right)?, sides(top, bottom)?);
        let tiles = |from: u32, to: u32, each: u32| {
            (each > 0).then(|| u64::from(to.saturating_sub(from)).div_ceil(u64::from(each)))
        };
        let tiles = tiles(tile_left, right, across)?.checked_mul(tiles(tile_top, bottom, down)?)?;
        let samples = data.get(36..)?;
        let sound = (1..=COMPONENTS).contains(&components)
            && samples.len() == usize::from(components) * 3
            && samples.chunks(3).all(|c| c[0] & 0x7F < 38 && c[1] > 0 && c[2] > 0)
            && (1..=65_535).contains(&tiles);
        sound.then_some(Self { width, height, components, tiles })
    }

    /// Bytes that number a component (A.6.2).
    fn index(self) -> usize {
        if self.components < 257 { 1 } else { 2 }
    }
}

/// What a segment's grammar says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ruling {
    /// It stays as it is.
    Keep,
    /// It stays up to this many bytes of its data; the rest is no part of it.
    Cut(usize),
    /// It is on no list, or is not what it should be.
    Refuse,
}

/// What is known when a segment is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    pub(super) size: Size,
    /// The most levels of decomposition that any segment so far has stated.
    pub(super) levels: u8,
}

impl State {
    /// Judges a segment of a header by its marker and the data behind its length.
    pub(super) fn rule(&mut self, marker: u8, data: &[u8], in_tile: bool) -> Ruling {
        let index = self.size.index();
        let exact = |length: usize| if data.len() == length { Ruling::Keep } else { Ruling::Refuse };
        match marker {
            // Numbers of capabilities, one for each bit that is set (15444-1, A.5.2).
            0x50 if !in_tile => match data.get(..4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes) {
                Some(bits) if bits & !PARTS == 0 => exact(4 + 2 * bits.count_ones() as usize),
                _ => Ruling::Refuse,
            },
            // PRF, CPF: the number of a profile.
            0x56 | 0x59 if !in_tile => {
                if matches!(data.len(), 2 | 4) {
                    Ruling::Keep
                } else {
                    Ruling::Refuse
                }
            }
            COD => self.style(data, 0, 5),
            COC => self.style(data, index, index + 1),
            // RGN: component, style, shift.
            0x5E => exact(index + 2),
            // QCD and QCC: how coarse.
            0x5C => quantisation(data, 0, self.levels),
            0x5D => quantisation(data, index, self.levels),
            // POC: another order.
            0x5F => order(data, index),
            // PPM, PPT: packet headers, coded.
            PPM if !in_tile => Ruling::Keep,
            0x61 if in_tile => Ruling::Keep,
            _ => Ruling::Refuse,
        }
    }

    /// A coding style (tables A.13 and A.23): `flags` is where its flags stand, `at` where its parameters begin.
    fn style(&mut self, data: &[u8], flags: usize, at: usize) -> Ruling {
        let (Some(flags), Some(levels)) = (data.get(flags), data.get(at)) else { return Ruling::Refuse };
        if *levels > LEVELS {
            return Ruling::Refuse;
        }
        self.levels = self.levels.max(*levels);
        let precincts = if flags & 1 == 1 { usize::from(*levels) + 1 } else { 0 };
        // Readers refuse a segment of any other length.
        if data.len() == at + 5 + precincts { Ruling::Keep } else { Ruling::Refuse }
    }
}

/// Step sizes: one for each band of each level, or one for all (table A.28).
fn quantisation(data: &[u8], at: usize, levels: u8) -> Ruling {
    let Some(style) = data.get(at) else { return Ruling::Refuse };
    let bands = 3 * usize::from(levels) + 1;
    let (each, most) = match style & 0x1F {
        0 => (1, bands),
        1 => (2, 1),
        2 => (2, bands),
        _ => return Ruling::Refuse,
    };
    let steps = &data[at + 1..];
    let known = &steps[..steps.len().min(each * most)];
    // Of a reversible step there is an exponent alone, in the upper five bits.
    let sound =
        known.len() >= each && known.len().is_multiple_of(each) && (each > 1 || known.iter().all(|step| step & 7 == 0));
    match sound {
        false => Ruling::Refuse,
        true if known.len() < steps.len() => Ruling::Cut(at + 1 + known.len()),
        true => Ruling::Keep,
    }
}

/// Whether packed packet headers, all segments together, are what they should be: a length, then so many bytes, again
/// and again (A.7.4).
pub(super) fn packed(mut headers: &[u8]) -> bool {
    while let Some((length, rest)) = headers.split_first_chunk::<4>() {
        let Some((_, rest)) = rest.split_at_checked(u32::from_be_bytes(*length) as usize) else { return false };
        headers = rest;
    }
    headers.is_empty()
}

/// Changes of the order of packets (table A.32).
fn order(data: &[u8], index: usize) -> Ruling {
    let each = 5 + 2 * index;
    let sound = |change: &[u8]| {
        let (first, last) = (change[0], change[3 + index]);
        first < last && last <= LEVELS + 1 && change.last().is_some_and(|order| *order <= 4)
    };
    let whole = !data.is_empty() && data.len().is_multiple_of(each) && data.chunks(each).all(sound);
    if whole { Ruling::Keep } else { Ruling::Refuse }
}
