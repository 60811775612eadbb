//! Bits of the pixels that no sample uses: overlays and other things that stand in them are seen, so that such an object is
//! held.
//!
//! DICOM PS3.3 C.9.2 (overlay plane, retired use of (60xx,0102)), PS3.5 8.1.1 and 8.1.2 (bits allocated and stored). Taking
//! away an overlay's attributes would leave its drawing, often a name or a number, in the samples. Clearing the bits would
//! change what readers that do not mask them show, so a person decides.

use super::Object;
use super::syntax::{self, Encoding};
use super::walk::{self, Shape};
use crate::plan::Refusal;
use std::collections::BTreeSet;

/// Bytes of pixels that are looked at together.
const CHUNK: u64 = 64 << 10;

/// Refuses an object with anything in bits of its pixels that no sample uses, but for copies of the sign and the values
/// that it declares as padding (PS3.3 C.7.5.1.1.2).
pub(super) fn refuse(object: &Object<'_>) -> Result<(), Refusal> {
    let bits = bits(object);
    if bits != 0 && is_drawn(object, bits)? {
        return Err(Refusal {
            code: "overlay-in-pixels",
            what: "a drawing or writing (an overlay) stands in unused bits of the picture itself, and cannot be taken out of it yet"
                .to_owned(),
            advice: "Open it in the viewer that made it, switch the overlay off, and export the picture anew.",
        });
    }
    if !is_plain(object)? {
        return Err(Refusal { code: "unused-bits", what: UNUSED.to_owned(), advice: EXPORT });
    }
    Ok(())
}

/// What is said of bits that hold more than samples.
pub(super) const UNUSED: &str =
    "something stands in bits of the picture that its samples do not use, where a drawing or writing could be";
const EXPORT: &str = "Open it in the viewer that made it and export the picture anew, with all its bits declared.";

/// What was seen in the bits that no sample uses.
#[derive(Default)]
struct Spare {
    /// Negative samples with copies of their sign above them, and without.
    signs: [bool; 2],
}

/// How samples lie in the cells that hold them.
struct Cell {
    bits: u64,
    high: u64,
    /// The bits of a sample.
    mask: u64,
    signed: bool,
    big: bool,
    padding: Vec<u64>,
}

impl Cell {
    fn of(object: &Object<'_>, encoding: Encoding) -> Option<Self> {
        let bits = object.number(0x0028_0100).filter(|n| [8, 16, 32].contains(n))?;
        let stored = object.number(0x0028_0101).filter(|n| (1..bits).contains(n))?;
        let high = object.number(0x0028_0102).unwrap_or(stored - 1).min(bits - 1);
        let lowest = (high + 1).checked_sub(stored)?;
        let ends = [0x0028_0120, 0x0028_0121].map(|tag| object.text(tag));
        let padding = ends.iter().flatten().filter_map(|v| v.get(..2)?.try_into().ok());
        let padding = padding.map(|v| u64::from(encoding.u16(v)));
        let big = encoding == Encoding::BigEndian || object.syntax == syntax::PRIVATE_IMPLICIT;
        let signed = object.number(0x0028_0103) == Some(1);
        let cell = Self { bits, high, mask: ((1 << stored) - 1) << lowest, signed, big, padding: Vec::new() };
        // What no sample with a copy of its sign can be is no padding but a drawing.
        let padding = padding.filter(|number| cell.rest(*number) == cell.above()).collect();
        Some(Self { padding, ..cell })
    }

    /// The bits above a sample.
    fn above(&self) -> u64 {
        ((1 << self.bits) - 1) & !((2 << self.high) - 1)
    }

    /// What stands beside a sample.
    fn rest(&self, number: u64) -> u64 {
        number & ((1 << self.bits) - 1) & !self.mask
    }

    fn number(&self, cell: &[u8]) -> u64 {
        let shift = |n: u64, b: &u8| n << 8 | u64::from(*b);
        if self.big { cell.iter().fold(0, shift) } else { cell.iter().rev().fold(0, shift) }
    }

    /// Whether nothing but the sample stands in a cell: a copy of its sign, where it has one, or zeros; and the same in all
    /// cells, for copies here and none there can draw.
    fn is_plain(&self, number: u64, spare: &mut Spare) -> bool {
        let rest = self.rest(number);
        let negative = self.signed && number >> self.high & 1 == 1;
        if negative && (rest == 0 || rest == self.above()) {
            spare.signs[usize::from(rest == 0)] = true;
            return spare.signs != [true; 2];
        }
        rest == 0 || self.padding.contains(&number)
    }
}

/// Whether nothing but samples stands in the cells of decoded frames; `bits` are those of a cell.
pub(super) fn are_plain(object: &Object<'_>, bits: u64, cells: impl Iterator<Item = u16>) -> bool {
    let Some(cell) = Cell::of(object, Encoding::Explicit).filter(|cell| cell.bits == bits) else { return true };
    let mut spare = Spare::default();
    cells.map(u64::from).all(|number| cell.is_plain(number, &mut spare))
}

/// Whether no cell of native pixel data has anything in it but its sample.
fn is_plain(object: &Object<'_>) -> Result<bool, Refusal> {
    let Some(node) = object.node(walk::PIXEL_DATA).filter(|n| n.shape == Shape::Value) else { return Ok(true) };
    let Some(cell) = Cell::of(object, node.encoding) else { return Ok(true) };
    let value = node.value();
    let end = object.layout().native.map_or(value.end, |n| value.end.min(value.start.saturating_add(n)));
    let mut window = object.window();
    let mut spare = Spare::default();
    let mut at = value.start;
    while at < end {
        let stretch = window.bytes(at..(at + CHUNK).min(end))?;
        at += stretch.len() as u64;
        // Most pictures use none of these bits anywhere, which all cells together show.
        let shorts =
            |read: fn([u8; 2]) -> u16| stretch.chunks_exact(2).fold(0, |any, pair| any | read([pair[0], pair[1]]));
        let any = match cell.bits {
            16 => u64::from(shorts(if cell.big { u16::from_be_bytes } else { u16::from_le_bytes })),
            _ => u64::MAX,
        };
        if any & !cell.mask == 0 {
            // A negative sample without copies of its sign, should there be any.
            spare.signs[1] |= cell.signed && any >> cell.high & 1 == 1;
        } else if !stretch.chunks_exact(cell.bits as usize / 8).all(|c| cell.is_plain(cell.number(c), &mut spare)) {
            return Ok(false);
        }
        if spare.signs == [true; 2] {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The bits of a pixel that overlays claim and samples do not use.
fn bits(object: &Object<'_>) -> u64 {
    let allocated = object.number(0x0028_0100).unwrap_or(0).min(64);
    let stored = object.number(0x0028_0101).unwrap_or(allocated);
    let high = object.number(0x0028_0102).unwrap_or(stored.saturating_sub(1));
    let lowest = (high + 1).saturating_sub(stored);
    // Hardly any object has such groups, and one walk shows it where a look for each of them would take 128.
    let groups: BTreeSet<u32> = object
        .list
        .nodes
        .iter()
        .map(|node| node.tag >> 16)
        .filter(|g| (0x6000..=0x60FE).contains(g) && g % 2 == 0)
        .collect();
    groups
        .into_iter()
        .filter_map(|group| {
            let own = object.node(group << 16 | 0x3000).is_some();
            let allocates = object.number(group << 16 | 0x0100)?;
            let position = object.number(group << 16 | 0x0102).unwrap_or(0);
            let within = (lowest..=high).contains(&position);
            (!own && allocates > 1 && !within && position < allocated).then(|| 1 << position)
        })
        .fold(0, |all, bit: u64| all | bit)
}

/// Whether one of the bits is set in a pixel. Compressed pixels are not looked into.
fn is_drawn(object: &Object<'_>, bits: u64) -> Result<bool, Refusal> {
    let Some(node) = object.node(walk::PIXEL_DATA) else { return Ok(false) };
    let size = match object.number(0x0028_0100) {
        Some(8) => 1,
        Some(16) => 2,
        Some(32) => 4,
        _ => return Ok(true),
    };
    if node.shape != Shape::Value {
        return Ok(true);
    }
    let mut window = object.window();
    let value = node.value();
    let mut at = value.start;
    while at < value.end {
        let end = (at + CHUNK).min(value.end);
        let drawn = window.bytes(at..end)?.chunks_exact(size).any(|pixel| {
            let shift = |n: u64, b: &u8| n << 8 | u64::from(*b);
            let number = match node.encoding {
                Encoding::BigEndian => pixel.iter().fold(0, shift),
                _ => pixel.iter().rev().fold(0, shift),
            };
            number & bits != 0
        });
        if drawn {
            return Ok(true);
        }
        at = end;
    }
    Ok(false)
}
