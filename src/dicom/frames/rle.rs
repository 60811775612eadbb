//! Run lengths: decodes frames, and codes them again.
//!
//! DICOM PS3.5 Annex G. Each byte of a sample is a segment of its own, the highest first; rows are coded by themselves.

use super::cells::Cells;
use super::shape::Shape;
use crate::pixels::Unseen;

/// Decodes a frame into samples side by side.
pub(super) fn decode(frame: &[u8], shape: &Shape) -> Result<Cells, Unseen> {
    let damaged = || Unseen::damaged("a frame of run lengths is damaged");
    let number = |i: usize| frame.get(4 * i..4 * i + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    let depth = usize::from(shape.allocated.div_ceil(8));
    let segments = usize::from(shape.samples) * depth;
    if shape.allocated < 8 || number(0).is_none_or(|n| n as usize != segments) {
        return Err(damaged());
    }
    let (pixels, samples) = (shape.pixels(), usize::from(shape.samples));
    let mut octets = vec![0u8; if depth == 1 { shape.cells() } else { 0 }];
    let mut words = vec![0u16; if depth == 2 { shape.cells() } else { 0 }];
    for segment in 0..segments {
        let start = number(segment + 1).ok_or_else(damaged)? as usize;
        let end = if segment + 1 < segments { number(segment + 2).ok_or_else(damaged)? as usize } else { frame.len() };
        let plane = unpack(frame.get(start..end).ok_or_else(damaged)?, pixels).ok_or_else(damaged)?;
        let (sample, high) = (segment / depth, segment % depth + 1 < depth);
        if depth == 1 {
            plane.iter().enumerate().for_each(|(i, b)| octets[i * samples + sample] = *b);
        } else {
            let shift = if high { 8 } else { 0 };
            plane.iter().enumerate().for_each(|(i, b)| words[i * samples + sample] |= u16::from(*b) << shift);
        }
    }
    Ok(if depth == 1 { Cells::Octets(octets) } else { Cells::Words(words) })
}

/// One segment, of which exactly `length` bytes are wanted; none where there are fewer.
fn unpack(mut coded: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(length);
    while out.len() < length {
        let (control, rest) = coded.split_first()?;
        match *control {
            n @ 0..=127 => {
                let (run, behind) = rest.split_at_checked(usize::from(n) + 1)?;
                out.extend_from_slice(run);
                coded = behind;
            }
            128 => coded = rest,
            n => {
                let (value, behind) = rest.split_first()?;
                out.resize(out.len() + 257 - usize::from(n), *value);
                coded = behind;
            }
        }
    }
    out.truncate(length);
    Some(out)
}

/// Codes a frame; none where it becomes longer than a fragment may be.
pub(in crate::dicom) fn encode(cells: &Cells, shape: &Shape) -> Option<Vec<u8>> {
    let samples = usize::from(shape.samples);
    let depth = usize::from(shape.allocated.div_ceil(8));
    let mut header = [0u32; 16];
    header[0] = (samples * depth) as u32;
    let mut out = vec![0; 64];
    for segment in 0..samples * depth {
        let (sample, shift) = (segment / depth, 8 * (depth - 1 - segment % depth));
        *header.get_mut(segment + 1)? = u32::try_from(out.len()).ok()?;
        let plane: Vec<u8> = (0..shape.pixels()).map(|i| (cells.get(i * samples + sample) >> shift) as u8).collect();
        plane.chunks(shape.columns as usize).for_each(|row| pack(row, &mut out));
        if out.len() % 2 == 1 {
            out.push(0);
        }
    }
    for (place, n) in out.chunks_exact_mut(4).zip(header) {
        place.copy_from_slice(&n.to_le_bytes());
    }
    u32::try_from(out.len()).is_ok().then_some(out)
}

/// Codes one row (G.3.1).
fn pack(row: &[u8], out: &mut Vec<u8>) {
    let run = |at: usize| row[at..].iter().take(128).take_while(|b| **b == row[at]).count();
    let mut at = 0;
    while at < row.len() {
        let same = run(at);
        if same >= 2 {
            out.extend([(257 - same) as u8, row[at]]);
            at += same;
            continue;
        }
        let from = at;
        while at < row.len() && at - from < 128 && (run(at) < 3) {
            at += 1;
        }
        out.push((at - from - 1) as u8);
        out.extend_from_slice(&row[from..at]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let mut tried = 0;
        for length in [1usize, 2, 3, 127, 128, 129, 300, 1000] {
            for period in [1usize, 2, 3, 5, 200] {
                let row: Vec<u8> = (0..length).map(|i| (i / period * 7 % 256) as u8).collect();
                let mut packed = Vec::new();
                pack(&row, &mut packed);
                assert_eq!(unpack(&packed, length).as_deref(), Some(&row[..]));
                assert!(unpack(&packed[..packed.len() - 1], length).is_none());
                tried += 1;
            }
        }
        assert_eq!(tried, 40);
    }
}
