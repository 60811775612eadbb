//! Samples that lie uncompressed, and the places of their bytes.
//!
//! DICOM PS3.5 8.1 and D (order of bits, bytes and samples), PS3.3 C.7.6.3.1.3 (planar configuration).

use super::super::syntax::Encoding;
use super::cells::{Cells, Colour, Frame};
use super::shape::Shape;

/// The frame that `bytes` make; `skip` of the first bits are of the frame before.
pub(in crate::dicom) fn frame(mut bytes: Vec<u8>, shape: &Shape, encoding: Encoding, skip: u32) -> Frame {
    let colour = match () {
        () if shape.samples == 1 => Colour::Single,
        () if shape.photometric.is_ybr() => Colour::Ybr,
        () => Colour::Rgb,
    };
    let cells = match shape.allocated {
        1 => Cells::Octets((0..shape.cells()).map(|i| bit(&bytes, i + skip as usize)).collect()),
        8 if shape.is_halved() => Cells::Octets(doubled(&bytes)),
        8 => {
            bytes.truncate(shape.cells());
            Cells::Octets(if shape.planar { interleaved(&bytes) } else { bytes })
        }
        _ => {
            let words: Vec<u16> = bytes.chunks_exact(2).map(|b| encoding.u16([b[0], b[1]])).collect();
            Cells::Words(if shape.planar { interleaved(&words) } else { words })
        }
    };
    Frame { cells, colour }
}

fn bit(bytes: &[u8], index: usize) -> u8 {
    bytes.get(index / 8).map_or(0, |b| b >> (index % 8) & 1)
}

/// Chrominance of every second column, for every column (two luminances, then blue, then red).
fn doubled(bytes: &[u8]) -> Vec<u8> {
    bytes.chunks_exact(4).flat_map(|b| [b[0], b[2], b[3], b[1], b[2], b[3]]).collect()
}

/// Three planes side by side.
pub(super) fn interleaved<T: Copy>(planes: &[T]) -> Vec<T> {
    let n = planes.len() / 3;
    (0..n).flat_map(|i| [planes[i], planes[n + i], planes[2 * n + i]]).collect()
}

/// Puts the bytes of words into their other order.
pub(in crate::dicom) fn swap(bytes: &mut [u8]) {
    bytes.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
}
