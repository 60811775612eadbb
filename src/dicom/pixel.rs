//! Carries pixel data over by range, undecoded: frames stay, bytes behind the last frame go.
//!
//! DICOM PS3.3 C.7.6.3 (Image Pixel Module), PS3.5 8 and A.4 (native and encapsulated pixel data).

use super::emit::PIXELS;
use super::frame;
use super::surgeon::{Surgeon, representation};
use super::syntax::Encoding;
use super::vr::Vr;
use super::walk::{ITEM, PIXEL_DATA, SEQUENCE_END, Shape};
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use crate::plan::Refusal;
use std::ops::Range;

/// An offset table is looked at up to this length; a longer one is emptied, which readers must accept.
const LONGEST_TABLE: u64 = 16 << 20;

/// What the length of native frames follows from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frames {
    /// (0028,0010)
    pub(super) rows: u64,
    /// (0028,0011)
    pub(super) columns: u64,
    /// (0028,0002)
    pub(super) samples: u64,
    /// (0028,0100)
    pub(super) bits: u64,
    /// (0028,0008)
    pub(super) frames: u64,
    /// Whether chrominance is stored for every second column only (0028,0004).
    pub(super) halved: bool,
}

impl Frames {
    /// Their length in bytes; none where a number is missing or absurd.
    pub(super) fn length(self) -> Option<u64> {
        let samples = if self.halved && self.samples == 3 { 2 } else { self.samples };
        let bits = self.rows.checked_mul(self.columns)?.checked_mul(samples)?.checked_mul(self.bits)?;
        let bits = bits.checked_mul(self.frames)?;
        (bits > 0).then(|| bits.div_ceil(8))
    }
}

/// Whether a tag is of the pixels of the outermost data set: samples in integers, floats or doubles.
pub(super) fn is_pixel_data(tag: u32) -> bool {
    matches!(tag, PIXEL_DATA | 0x7FE0_0008 | 0x7FE0_0009)
}

/// Carries an element of pixel data over.
pub(super) fn element(surgeon: &mut Surgeon<'_>, index: u32) -> Result<(), Refusal> {
    let node = &surgeon.nodes[index as usize];
    if !surgeon.emit.may_keep(&(node.start..node.end())) {
        return Err(Refusal::not_understood("the picture stands before the header that describes it"));
    }
    if node.shape == Shape::Fragments {
        return fragments(surgeon, index);
    }
    if node.shape != Shape::Value {
        return Err(Refusal::not_understood("the picture is not stored as a picture"));
    }
    native(surgeon, index)
}

/// Native pixel data: the frames, one byte of padding where they need it, and nothing more.
fn native(surgeon: &mut Surgeon<'_>, index: u32) -> Result<(), Refusal> {
    let node = &surgeon.nodes[index as usize];
    let value = node.value();
    let vr = match representation(node) {
        vr if node.tag != PIXEL_DATA => vr,
        Vr::OB if node.encoding != Encoding::Implicit => Vr::OB,
        _ => Vr(*b"OW"),
    };
    let length = surgeon.pixels.native.filter(|n| *n < node.len()).unwrap_or(node.len());
    let swapped = (node.encoding == Encoding::BigEndian) != (surgeon.emit.encoding() == Encoding::BigEndian);
    if swapped {
        return Err(Refusal::not_understood("the picture is encoded in another byte order than its header"));
    }
    if length == node.len() && length.is_multiple_of(2) {
        let header = surgeon.window.bytes(node.start..value.start)?;
        let reserved = header.len() != 12 || header[6..8] == [0, 0];
        if node.vr == vr && node.encoding == surgeon.emit.encoding() && reserved {
            surgeon.emit.keep(node.start..value.start, super::emit::KEPT);
        } else {
            surgeon.emit.header(node.tag, vr, length)?;
        }
        surgeon.emit.keep(value, PIXELS);
        return Ok(());
    }
    if node.len() > length + length % 2 {
        surgeon.found(index, Code::DicomPadding, Action::Remove);
    }
    surgeon.emit.header(node.tag, vr, length + length % 2)?;
    surgeon.emit.keep(value.start..value.start + length, PIXELS);
    if length % 2 == 1 {
        surgeon.emit.write(&[0]);
    }
    Ok(())
}

/// Pixel data in fragments: the offset table where it is one, the fragments as they lie, a delimiter of our own.
fn fragments(surgeon: &mut Surgeon<'_>, index: u32) -> Result<(), Refusal> {
    let node = &surgeon.nodes[index as usize];
    let Some((table, frames)) = surgeon.pixels.fragments.clone() else {
        return Err(Refusal::not_understood("the compressed picture is not stored as one"));
    };
    let encoding = surgeon.emit.encoding();
    if node.encoding != encoding || encoding == Encoding::BigEndian {
        return Err(Refusal::not_understood("the compressed picture is encoded in another way than its header"));
    }
    surgeon.emit.header(node.tag, Vr::OB, u64::from(u32::MAX))?;
    if is_offset_table(surgeon, &table, frames.end - frames.start)? {
        surgeon.emit.write(&mark(encoding, ITEM, (table.end - table.start) as u32));
        surgeon.emit.keep(table, super::emit::KEPT);
    } else {
        let place = Place::bytes("offset table", table.start, table.end - table.start);
        surgeon.findings.push(Finding::new(Code::DicomPadding, place, Action::Remove));
        surgeon.emit.write(&mark(encoding, ITEM, 0));
    }
    let layout = &surgeon.pixels;
    let said =
        frame::Said { syntax: &layout.syntax, pixels: layout.pixels, bytes: layout.frame, frames: layout.frames };
    let extras = frame::extras(&mut surgeon.window, frames.clone(), encoding, said)?;
    let mut at = frames.start;
    for frame::Extra { code, range, fill } in extras {
        let place = Place::attribute("(7FE0,0010)".to_owned(), range.start, range.end - range.start);
        surgeon.note(Finding::new(code, place, Action::Remove));
        surgeon.emit.keep(at..range.start, PIXELS);
        at = range.end;
        match fill {
            0 => surgeon.emit.blank(range),
            fill => surgeon.emit.write(&vec![fill; (range.end - range.start) as usize]),
        }
    }
    surgeon.emit.keep(at..frames.end, PIXELS);
    surgeon.emit.write(&mark(encoding, SEQUENCE_END, 0));
    Ok(())
}

/// Whether the extended offset table is one (PS3.3 C.7.6.3.1.8): 64-bit offsets rising from zero, and as many lengths, all
/// inside the fragments.
pub(super) fn are_offsets(surgeon: &mut Surgeon<'_>) -> Result<bool, Refusal> {
    let Some((_, frames)) = surgeon.pixels.fragments.clone() else { return Ok(false) };
    let mut tables = Vec::new();
    for tag in [0x7FE0_0001, 0x7FE0_0002] {
        let Some(node) = super::open::outermost(surgeon.nodes, tag) else { return Ok(false) };
        if node.shape != Shape::Value || node.len() > LONGEST_TABLE || !node.len().is_multiple_of(8) {
            return Ok(false);
        }
        let bytes = surgeon.window.bytes(node.value())?;
        let number = |b: &[u8]| b.iter().rev().fold(0u64, |n, b| n << 8 | u64::from(*b));
        tables.push(bytes.chunks_exact(8).map(number).collect::<Vec<u64>>());
    }
    let room = frames.end - frames.start;
    let (offsets, lengths) = (&tables[0], &tables[1]);
    let rising = offsets.first() == Some(&0) && offsets.windows(2).all(|w| w[0] < w[1]);
    Ok(rising && offsets.len() == lengths.len() && offsets.iter().chain(lengths).all(|n| *n < room))
}

/// Whether the first item is an offset table (PS3.5 A.4): 32-bit offsets, rising from zero, inside the fragments.
fn is_offset_table(surgeon: &mut Surgeon<'_>, table: &Range<u64>, room: u64) -> Result<bool, Refusal> {
    let length = table.end - table.start;
    if !length.is_multiple_of(4) || length > LONGEST_TABLE {
        return Ok(false);
    }
    let bytes = surgeon.window.bytes(table.clone())?;
    let mut last = None;
    Ok(bytes.chunks_exact(4).all(|b| {
        let offset = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let rises = last.is_none_or(|l| offset > l) && u64::from(offset) < room;
        let first = last.is_some() || offset == 0;
        last = Some(offset);
        rises && first
    }))
}

fn mark(encoding: Encoding, tag: u32, length: u32) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..2].copy_from_slice(&encoding.put16((tag >> 16) as u16));
    bytes[2..4].copy_from_slice(&encoding.put16(tag as u16));
    bytes[4..].copy_from_slice(&encoding.put32(length));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_the_length_that_the_header_says() {
        let frames = Frames { rows: 3, columns: 5, samples: 1, bits: 8, frames: 1, halved: false };
        assert_eq!(frames.length(), Some(15));
        assert_eq!(Frames { bits: 1, ..frames }.length(), Some(2));
        assert_eq!(Frames { samples: 3, halved: true, columns: 4, ..frames }.length(), Some(24));
        assert_eq!(Frames { rows: 0, ..frames }.length(), None);
        assert_eq!(Frames { rows: u64::MAX, ..frames }.length(), None);
    }
}
