//! Covers areas of samples that lie uncompressed: only the bytes of the areas are new.
//!
//! DICOM PS3.5 8.1, PS3.3 C.7.6.3.1.3.

use super::super::frames::Stored;
use super::super::frames::lie::Lie;
use super::super::frames::native;
use super::super::frames::shape::Shape;
use super::super::syntax::Encoding;
use super::edit::{Edits, FILLED};
use super::fill::{self, Fill};
use super::refused;
use crate::place::Area;
use crate::plan::Refusal;
use std::ops::Range;

/// Covers areas of one frame.
pub(super) fn cover(stored: &Stored<'_>, index: u32, areas: &[Area], edits: &mut Edits) -> Result<(), Refusal> {
    let Lie::Native { value, encoding, swapped } = &stored.lie else {
        return Err(Refusal::not_understood("the picture is compressed"));
    };
    let shape = &stored.shape;
    let (range, skip) = Lie::native_range(value, shape, index);
    let frame = stored.stored(index).map_err(refused)?;
    let fills = fill::fills(&frame, shape, areas);
    let mut patches = Vec::new();
    for y in 0..shape.rows {
        for (from, to, colour) in fill::spans(&fills, y) {
            patches.extend(patch(shape, *encoding, y, from..to, colour));
        }
    }
    if !swapped && shape.allocated > 1 {
        patches.sort_by_key(|(at, _)| *at);
        return patches.into_iter().try_for_each(|(at, bytes)| {
            let place = range.start + at..range.start + at + bytes.len() as u64;
            if bytes.iter().all(|b| *b == 0) { edits.zero(place) } else { edits.replace(place, bytes, FILLED) }
        });
    }
    // Samples that share bytes with those of other frames cannot be changed by themselves.
    if skip > 0 || !shape.native_bits().is_multiple_of(if *swapped { 16 } else { 8 }) {
        return Err(Refusal {
            code: "cannot-cover",
            what: "the frames of this object share bytes, so parts of them cannot be covered by themselves".to_owned(),
            advice: "Export it with one frame in an object, or in another transfer syntax, and run scrubs again.",
        });
    }
    let (mut bytes, _) = stored.native_bytes(index).map_err(refused)?;
    if shape.allocated == 1 {
        bits(&mut bytes, shape, &fills);
    }
    for (at, new) in patches {
        bytes[at as usize..at as usize + new.len()].copy_from_slice(&new);
    }
    if *swapped {
        native::swap(&mut bytes);
    }
    edits.replace(range, bytes, FILLED)
}

/// The bytes of a stretch of a row: where in the frame, and what.
fn patch(shape: &Shape, encoding: Encoding, y: u32, columns: Range<u32>, colour: [u16; 3]) -> Vec<(u64, Vec<u8>)> {
    let (row, n) = (u64::from(y) * u64::from(shape.columns), (columns.end - columns.start) as usize);
    let first = row + u64::from(columns.start);
    let octets = colour.map(|c| c as u8);
    let samples = u64::from(shape.samples);
    let words = colour.map(|c| encoding.put16(c));
    match shape.allocated {
        1 => Vec::new(),
        8 if shape.is_halved() => vec![(2 * first, [octets[0], octets[0], octets[1], octets[2]].repeat(n / 2))],
        8 if shape.planar => {
            (0u64..3).map(|c| (c * shape.pixels() as u64 + first, vec![octets[c as usize]; n])).collect()
        }
        8 => vec![(samples * first, octets[..samples as usize].repeat(n))],
        _ if shape.planar => {
            (0u64..3).map(|c| (2 * (c * shape.pixels() as u64 + first), words[c as usize].repeat(n))).collect()
        }
        _ => vec![(2 * samples * first, words[..samples as usize].concat().repeat(n))],
    }
}

/// Fills single bits.
fn bits(bytes: &mut [u8], shape: &Shape, fills: &[Fill]) {
    for y in 0..shape.rows {
        for (from, to, colour) in fill::spans(fills, y) {
            for x in from..to {
                let at = y as usize * shape.columns as usize + x as usize;
                let bit = 1 << (at % 8);
                bytes[at / 8] = if colour[0] & 1 == 1 { bytes[at / 8] | bit } else { bytes[at / 8] & !bit };
            }
        }
    }
}
