//! Strips and tiles of the lossless codings that can be written again, and the predictor.
//!
//! TIFF 6.0, sections 9 (PackBits), 13 (LZW), 14 (horizontal differencing); Adobe Photoshop TIFF Technical Notes (deflate).

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use std::io::{Read, Write};
use weezl::{BitOrder, decode, encode};

/// A row of a strip or tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Its length in bytes.
    pub(super) bytes: usize,
    /// Samples of a pixel.
    pub(super) channels: usize,
    /// Bits of a sample.
    pub(super) bits: u32,
}

/// Decodes up to `needed` bytes; none where the coding is unknown or nothing can be made of the data.
pub(super) fn decode(compression: u64, mut coded: Vec<u8>, needed: usize) -> Option<Vec<u8>> {
    match compression {
        1 => {
            coded.truncate(needed);
            Some(coded)
        }
        5 => lzw(&coded, needed),
        8 | 32_946 => {
            let mut bytes = Vec::new();
            // What came before the damage counts, as it does for readers.
            let _ = ZlibDecoder::new(&coded[..]).take(needed as u64).read_to_end(&mut bytes);
            Some(bytes)
        }
        32_773 => Some(unpack(&coded, needed)),
        _ => None,
    }
}

/// Codes the bytes of a strip or tile; none where the coding is unknown.
pub(super) fn encode(compression: u64, bytes: &[u8], row: usize) -> Option<Vec<u8>> {
    match compression {
        1 => Some(bytes.to_vec()),
        5 => encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(bytes).ok(),
        8 | 32_946 => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes).ok()?;
            encoder.finish().ok()
        }
        32_773 => Some(bytes.chunks(row.max(1)).flat_map(pack).collect()),
        _ => None,
    }
}

/// LZW with its codes from the highest bit on; the older manner, from the lowest, is not read.
fn lzw(coded: &[u8], needed: usize) -> Option<Vec<u8>> {
    if coded.first() == Some(&0) && coded.get(1).is_some_and(|second| second & 1 == 1) {
        return None;
    }
    let mut decoder = decode::Configuration::with_tiff_size_switch(BitOrder::Msb, 8).build();
    let (mut bytes, mut buffer, mut rest) = (Vec::new(), vec![0; 64 * 1024], coded);
    while bytes.len() < needed {
        let room = buffer.len().min(needed - bytes.len());
        let result = decoder.decode_bytes(rest, &mut buffer[..room]);
        bytes.extend_from_slice(&buffer[..result.consumed_out]);
        rest = rest.get(result.consumed_in..).unwrap_or_default();
        if !matches!(result.status, Ok(weezl::LzwStatus::Ok)) || (result.consumed_in == 0 && result.consumed_out == 0) {
            break;
        }
    }
    Some(bytes)
}

fn unpack(coded: &[u8], needed: usize) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), coded);
    while bytes.len() < needed {
        let Some((head, behind)) = rest.split_first() else { break };
        rest = match *head as i8 {
            -128 => behind,
            count @ 0.. => {
                let length = (usize::from(count as u8) + 1).min(behind.len());
                bytes.extend_from_slice(&behind[..length]);
                &behind[length..]
            }
            count => {
                let Some((value, behind)) = behind.split_first() else { break };
                bytes.extend(std::iter::repeat_n(*value, 1 + usize::from(count.unsigned_abs())));
                behind
            }
        };
    }
    bytes.truncate(needed);
    bytes
}

/// One row in runs and literals of up to 128 bytes.
fn pack(row: &[u8]) -> Vec<u8> {
    let (mut coded, mut literal) = (Vec::new(), 0..0);
    let flush = |coded: &mut Vec<u8>, literal: &std::ops::Range<usize>| {
        for part in row[literal.clone()].chunks(128) {
            coded.push((part.len() - 1) as u8);
            coded.extend_from_slice(part);
        }
    };
    let mut at = 0;
    while at < row.len() {
        let run = row[at..].iter().take(128).take_while(|byte| **byte == row[at]).count();
        if run >= 3 {
            flush(&mut coded, &literal);
            coded.extend([(1_i16 - run as i16) as u8, row[at]]);
            literal = at + run..at + run;
        } else {
            literal.end = at + run;
        }
        at += run;
    }
    flush(&mut coded, &literal);
    coded
}

/// Undoes the differences between neighbours; none where the samples are of a width that has none.
pub(super) fn undo(predictor: u64, bytes: &mut [u8], row: Row, little: bool) -> Option<()> {
    sum(predictor, bytes, row, little, false)
}

/// Takes the differences between neighbours.
pub(super) fn redo(predictor: u64, bytes: &mut [u8], row: Row, little: bool) {
    let _ = sum(predictor, bytes, row, little, true);
}

fn sum(predictor: u64, bytes: &mut [u8], row: Row, little: bool, differ: bool) -> Option<()> {
    if predictor == 1 {
        return Some(());
    }
    let size = match row.bits {
        8 | 16 | 32 | 64 => row.bits as usize / 8,
        _ => return None,
    };
    let step = row.channels * size;
    for row in bytes.chunks_exact_mut(row.bytes.max(1)) {
        let count = row.len() / size;
        let mut one = |n: usize| {
            let (before, from) = row.split_at_mut(n * size);
            let left = &before[n * size - step..n * size - step + size];
            add(&mut from[..size], left, little, differ);
        };
        match differ {
            true => (row_start(step, size)..count).rev().for_each(&mut one),
            false => (row_start(step, size)..count).for_each(&mut one),
        }
    }
    Some(())
}

/// The first sample that has a left neighbour.
fn row_start(step: usize, size: usize) -> usize {
    step / size
}

/// Adds (or takes away) a number of whole bytes, whatever their order.
fn add(target: &mut [u8], left: &[u8], little: bool, differ: bool) {
    let join = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    let number = |bytes: &[u8]| if little { bytes.iter().rev().fold(0, join) } else { bytes.iter().fold(0, join) };
    let (a, b) = (number(target), number(left));
    let value = if differ { a.wrapping_sub(b) } else { a.wrapping_add(b) };
    let size = target.len();
    for (n, byte) in target.iter_mut().enumerate() {
        let place = if little { n } else { size - 1 - n };
        *byte = (value >> (8 * place)) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_coded_is_decoded_again() {
        let mut seed = 7_u32;
        let mut noise = |n: usize| -> Vec<u8> {
            (0..n)
                .map(|at| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if at % 300 < 150 { 9 } else { (seed >> 24) as u8 }
                })
                .collect()
        };
        let mut tried = 0;
        for compression in [1, 5, 8, 32_773, 32_946] {
            for length in [1, 2, 127, 128, 129, 130, 1_000, 70_000] {
                let bytes = noise(length);
                let coded = encode(compression, &bytes, 64).expect("a known coding");
                assert_eq!(decode(compression, coded, length), Some(bytes));
                tried += 1;
            }
        }
        assert_eq!(tried, 40);
        for (bits, little) in [(8, true), (16, true), (16, false), (32, false), (64, true)] {
            let row = Row { bytes: 48, channels: 3, bits };
            let bytes = noise(480);
            let mut coded = bytes.clone();
            redo(2, &mut coded, row, little);
            assert_ne!(coded, bytes);
            assert_eq!(undo(2, &mut coded, row, little), Some(()));
            assert_eq!(coded, bytes);
        }
        assert_eq!(undo(2, &mut [0; 6], Row { bytes: 6, channels: 1, bits: 12 }, true), None);
    }
}
