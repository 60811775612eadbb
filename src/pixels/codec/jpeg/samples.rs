//! Coefficients to samples, for those who look at pictures of more than 8 bits.
//!
//! ITU-T T.81, A.3.1 (level shift), A.3.3 (inverse DCT), A.3.4 (dequantisation), A.3.6 (zigzag order), B.2.4.1 (DQT). What is
//! written anew never goes through here: it keeps its coefficients.

use super::header::{self, Layout, Part};
use super::{Broken, decode};
use crate::pixels::MOST_SAMPLES;

/// A decoded picture, components side by side and not turned to other colours.
#[derive(Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Components of a pixel.
    pub components: u8,
    /// Bits of a sample: 8 or 12.
    pub bits: u8,
    /// Row by row.
    pub samples: Vec<u16>,
}

impl std::fmt::Debug for Decoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JPEG picture of {}×{}, {} × {} bits", self.width, self.height, self.components, self.bits)
    }
}

/// Where the coefficients of a block stand in its rows, in zigzag order (figure A.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// Decodes a picture whose components are all of one size, of 8 or 12 bits, sequential or progressive.
///
/// # Errors
/// As [`recode`](super::recode), and for components of several sizes.
pub fn samples(stream: &[u8]) -> Result<Decoded, Broken> {
    let layout = header::layout(stream)?;
    let frame = &layout.frame;
    let first = &frame.components[0];
    if frame.components.iter().any(|component| (component.across, component.down) != (first.across, first.down)) {
        return Err(Broken::Kind("JPEG with colours of several sizes and more than 8 bits"));
    }
    let tables = tables(stream, &layout)?;
    let planes = decode::decode(stream, &layout, MOST_SAMPLES)?;
    let (width, height, step) = (frame.width, frame.height, frame.components.len());
    let mut samples = vec![0_u16; width * height * step];
    let (cosines, middle) = (cosines(), (1_i32 << (frame.precision - 1)) as f32);
    let most = ((1_i32 << frame.precision) - 1) as f32;
    for (index, ((component, table), plane)) in frame.components.iter().zip(&tables).zip(&planes.0).enumerate() {
        for (number, block) in plane.as_chunks::<64>().0.iter().enumerate() {
            let (x, y) = (number % component.wide * 8, number / component.wide * 8);
            if x >= width || y >= height {
                continue;
            }
            let values = inverse(block, table, &cosines);
            for (row, line) in values.chunks_exact(8).enumerate().take(height - y) {
                for (column, value) in line.iter().enumerate().take(width - x) {
                    let at = ((y + row) * width + x + column) * step + index;
                    samples[at] = (value + middle).round().clamp(0.0, most) as u16;
                }
            }
        }
    }
    let (width, height) = (width as u32, height as u32);
    Ok(Decoded { width, height, components: step as u8, bits: frame.precision, samples })
}

/// For each component the quantisation table that holds when its first scan begins, in zigzag order.
fn tables(stream: &[u8], layout: &Layout) -> Result<Vec<[f32; 64]>, Broken> {
    const MISSING: Broken = Broken::Damaged("a table of quantisation is missing");
    let mut known: [Option<[f32; 64]>; 4] = [None; 4];
    let mut numbers = Vec::new();
    let mut found = vec![None; layout.frame.components.len()];
    for part in &layout.parts {
        let range = match part {
            Part::Keep(range) => range,
            Part::Scan(index) => {
                for member in &layout.scans[*index].members {
                    let number = numbers.get(member.index).copied().unwrap_or(usize::MAX);
                    found[member.index] = found[member.index].or(known.get(number).copied().flatten());
                }
                continue;
            }
        };
        let segment = stream.get(range.clone()).unwrap_or_default();
        let start = segment.iter().position(|byte| *byte != 0xFF).unwrap_or(segment.len());
        let (Some(marker), Some(content)) = (segment.get(start), segment.get(start + 3..)) else { continue };
        match marker {
            0xC0..=0xC2 => {
                let listed = content.get(6..).unwrap_or_default().chunks_exact(3);
                numbers = listed.map(|entry| usize::from(entry[2])).collect();
            }
            0xDB => quantisation(content, &mut known).ok_or(MISSING)?,
            _ => {}
        }
    }
    found.into_iter().collect::<Option<_>>().ok_or(MISSING)
}

/// Takes in the tables of a DQT segment.
fn quantisation(mut content: &[u8], known: &mut [Option<[f32; 64]>; 4]) -> Option<()> {
    while let Some((head, rest)) = content.split_first() {
        let wide = head >> 4 != 0;
        let (values, behind) = rest.split_at_checked(if wide { 128 } else { 64 })?;
        let mut table = [0.0; 64];
        for (n, step) in table.iter_mut().enumerate() {
            *step = match wide {
                true => f32::from(u16::from_be_bytes([values[2 * n], values[2 * n + 1]])),
                false => f32::from(values[n]),
            };
        }
        *known.get_mut(usize::from(head & 15))? = Some(table);
        content = behind;
    }
    Some(())
}

/// For each place and frequency, half of the cosine with its factor.
fn cosines() -> [[f32; 8]; 8] {
    std::array::from_fn(|x| {
        std::array::from_fn(|u| {
            let factor = if u == 0 { std::f32::consts::FRAC_1_SQRT_2 } else { 1.0 };
            let angle = (2 * x + 1) as f32 * u as f32 * std::f32::consts::PI / 16.0;
            factor * angle.cos() / 2.0
        })
    })
}

/// The samples of a block around zero, row by row.
fn inverse(block: &[i16; 64], table: &[f32; 64], cosines: &[[f32; 8]; 8]) -> [f32; 64] {
    let mut values = [0.0_f32; 64];
    let mut used = [false; 8];
    for ((place, value), step) in ZIGZAG.iter().zip(block).zip(table) {
        values[usize::from(*place)] = f32::from(*value) * step;
        used[usize::from(*place / 8)] |= *value != 0;
    }
    // Rows of nothing but zeros, which most are, stay so.
    for (row, _) in values.chunks_exact_mut(8).zip(used).filter(|(_, used)| *used) {
        let of: [f32; 8] = std::array::from_fn(|x| (0..8).map(|u| cosines[x][u] * row[u]).sum());
        row.copy_from_slice(&of);
    }
    let mut out = [0.0; 64];
    for (y, line) in out.chunks_exact_mut(8).enumerate() {
        for (v, row) in values.chunks_exact(8).enumerate().filter(|(v, _)| used[*v]) {
            line.iter_mut().zip(row).for_each(|(sum, value)| *sum += cosines[y][v] * value);
        }
    }
    out
}
