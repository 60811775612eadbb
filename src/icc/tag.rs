//! The keep-list of ICC tags, and the grammars by which their data are read and built anew.
//!
//! ICC.1:2022 sections 9 and 10: XYZType 10.31, curveType 10.6, parametricCurveType 10.18, lut8Type 10.11, lut16Type
//! 10.10, lutAToBType 10.12, lutBToAType 10.13, s15Fixed16ArrayType 10.22, cicpType 10.3.

use super::{number, part};

/// What type of data a tag may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Three coordinates.
    Xyz,
    /// A curve, sampled or parametric.
    Curve,
    /// Nine numbers of a matrix.
    Matrix,
    /// A table from device colours to the connection space.
    ToConnection,
    /// A table from the connection space to device colours.
    FromConnection,
    /// Four code points of ITU-T H.273.
    CodePoints,
}

/// The tags that say how colours look; no other tag is kept.
const RULES: &[([u8; 4], Rule)] = &[
    (*b"wtpt", Rule::Xyz),
    (*b"bkpt", Rule::Xyz),
    (*b"rXYZ", Rule::Xyz),
    (*b"gXYZ", Rule::Xyz),
    (*b"bXYZ", Rule::Xyz),
    (*b"rTRC", Rule::Curve),
    (*b"gTRC", Rule::Curve),
    (*b"bTRC", Rule::Curve),
    (*b"kTRC", Rule::Curve),
    (*b"chad", Rule::Matrix),
    (*b"A2B0", Rule::ToConnection),
    (*b"A2B1", Rule::ToConnection),
    (*b"A2B2", Rule::ToConnection),
    (*b"B2A0", Rule::FromConnection),
    (*b"B2A1", Rule::FromConnection),
    (*b"B2A2", Rule::FromConnection),
    (*b"gamt", Rule::FromConnection),
    (*b"cicp", Rule::CodePoints),
];

/// The rule of a tag on the keep-list.
pub(super) fn rule(signature: &[u8; 4]) -> Option<Rule> {
    RULES.iter().find(|(known, _)| known == signature).map(|(_, rule)| *rule)
}

impl Rule {
    /// The tag's data built anew: what its grammar names and not a byte more. None where the data are broken.
    pub(super) fn rebuild(self, data: &[u8], channels: u8) -> Option<Vec<u8>> {
        let kind = part(data, 0)?;
        match (self, &kind) {
            (Rule::Xyz, b"XYZ ") => fixed(data, kind, 3),
            (Rule::Matrix, b"sf32") => fixed(data, kind, 9),
            (Rule::Curve, b"curv" | b"para") => curve(data).map(|(bytes, _)| bytes),
            (Rule::ToConnection, b"mft1" | b"mft2") => table(data, channels, 3),
            (Rule::FromConnection, b"mft1" | b"mft2") => table(data, 3, 0),
            (Rule::ToConnection, b"mAB ") => stages(data, kind, channels, 3),
            (Rule::FromConnection, b"mBA ") => stages(data, kind, 3, 0),
            (Rule::CodePoints, b"cicp") => Some([&b"cicp\0\0\0\0"[..], data.get(8..12)?].concat()),
            _ => None,
        }
    }
}

/// `count` s15Fixed16 numbers. No coordinate, matrix or curve parameter of a real profile reaches 128, and text read as
/// such a number always does.
fn numbers(bytes: &[u8]) -> Option<&[u8]> {
    let small = |n: &[u8]| matches!(n, [0x00, 0x00..=0x7F, ..] | [0xFF, 0x80..=0xFF, ..]);
    bytes.chunks(4).all(small).then_some(bytes)
}

/// Readable bytes in a row, and how often they leap up and down, by which the samples of one curve hold text: a tone
/// curve goes one way.
const CURVE: (usize, usize) = (8, 1);
/// The same for several tables one behind the other, where the next begins low again.
const TABLES: (usize, usize) = (12, 2);

/// Whether samples, numbers of `width` bytes, hold text: so many printable bytes that leap up and down so often, as no
/// measured curve does.
fn spells(values: &[u8], width: usize, (span, leaps): (usize, usize)) -> bool {
    let text = |span: &[u8]| {
        let steps = |up: bool| {
            let pairs = span.chunks_exact(width).zip(span.chunks_exact(width).skip(1));
            pairs.filter(|(a, b)| if up { a[0] + 2 < b[0] } else { b[0] + 2 < a[0] }).count()
        };
        span.iter().all(|b| matches!(b, 0x20..=0x7E)) && steps(true) >= leaps && steps(false) >= leaps
    };
    values.windows(span).step_by(width).any(text)
}

fn fixed(data: &[u8], kind: [u8; 4], count: usize) -> Option<Vec<u8>> {
    let values = numbers(data.get(8..8 + count * 4)?)?;
    Some([&kind[..], &[0; 4], values].concat())
}

/// A `curv` or `para` element, and how many bytes it took.
fn curve(data: &[u8]) -> Option<(Vec<u8>, usize)> {
    match &part(data, 0)? {
        b"curv" => {
            let count = number(data, 8)? as usize;
            let end = count.checked_mul(2)?.checked_add(12)?;
            let values = data.get(12..end).filter(|values| !spells(values, 2, CURVE))?;
            Some(([&b"curv\0\0\0\0"[..], &(count as u32).to_be_bytes(), values].concat(), end))
        }
        b"para" => {
            let function = *data.get(9)?;
            let count = *[1_usize, 3, 4, 5, 7].get(usize::from(function)).filter(|_| data[8] == 0)?;
            let end = 12 + count * 4;
            let values = numbers(data.get(12..end)?)?;
            Some(([&b"para\0\0\0\0\0"[..], &[function, 0, 0], values].concat(), end))
        }
        _ => None,
    }
}

/// `lut8Type` and `lut16Type`: channels, grid, matrix, input tables, colour table, output tables.
fn table(data: &[u8], inputs: u8, outputs: u8) -> Option<Vec<u8>> {
    let kind = part(data, 0)?;
    let (i, o, grid) = (*data.get(8)?, *data.get(9)?, *data.get(10)?);
    if i != inputs || o == 0 || (outputs != 0 && o != outputs) || o > 15 {
        return None;
    }
    let points = usize::from(grid).checked_pow(u32::from(i))?.checked_mul(usize::from(o))?;
    let (i, o) = (usize::from(i), usize::from(o));
    let entries = |at: usize| data.get(at..at + 2).map(|b| usize::from(u16::from_be_bytes([b[0], b[1]])));
    let (head, width, n, m) = match &kind {
        b"mft1" => (48, 1, 256, 256),
        _ => (52, 2, entries(48)?, entries(50)?),
    };
    numbers(data.get(12..48)?)?;
    let first = n * i * width;
    let last = first.checked_add(points.checked_mul(width)?)?;
    let whole = data.get(..last.checked_add(m * o * width)?.checked_add(head)?)?;
    if spells(&whole[head..head + first], width, TABLES) || spells(&whole[head + last..], width, TABLES) {
        return None;
    }
    let mut new = whole.to_vec();
    new[4..8].fill(0);
    new[11] = 0;
    Some(new)
}

/// `lutAToBType` and `lutBToAType`: up to five stages at offsets of their own, laid out anew one after the other.
fn stages(data: &[u8], kind: [u8; 4], inputs: u8, outputs: u8) -> Option<Vec<u8>> {
    let (i, o) = (*data.get(8)?, *data.get(9)?);
    if i != inputs || o == 0 || o > 15 || (outputs != 0 && o != outputs) {
        return None;
    }
    // The B and M curves stand at the connection space's side, the A curves at the device's.
    let (near, far) = if kind == *b"mAB " { (o, i) } else { (i, o) };
    let mut new = [&kind[..], &[0, 0, 0, 0, i, o], &[0; 22]].concat();
    let mut stage = |slot: usize, read: &dyn Fn(&[u8]) -> Option<Vec<u8>>| -> Option<()> {
        let offset = number(data, 12 + slot * 4)? as usize;
        if offset == 0 {
            return Some(());
        }
        let bytes = read(data.get(offset..)?)?;
        let at = u32::try_from(new.len()).ok()?;
        new[12 + slot * 4..16 + slot * 4].copy_from_slice(&at.to_be_bytes());
        new.extend_from_slice(&bytes);
        new.resize(new.len().next_multiple_of(4), 0);
        Some(())
    };
    stage(0, &|bytes| curves(bytes, near))?;
    stage(1, &|bytes| numbers(bytes.get(..48)?).map(<[u8]>::to_vec))?;
    stage(2, &|bytes| curves(bytes, near))?;
    stage(3, &|bytes| colour_table(bytes, i, o))?;
    stage(4, &|bytes| curves(bytes, far))?;
    Some(new)
}

/// Curves one after the other, each beginning at a multiple of four.
fn curves(data: &[u8], count: u8) -> Option<Vec<u8>> {
    let mut new = Vec::new();
    let mut at = 0_usize;
    for _ in 0..count {
        let (bytes, taken) = curve(data.get(at..)?)?;
        new.extend_from_slice(&bytes);
        new.resize(new.len().next_multiple_of(4), 0);
        at = at.checked_add(taken)?.checked_next_multiple_of(4)?;
    }
    Some(new)
}

/// The colour table of a staged table: sixteen grid sizes, a precision of 1 or 2 bytes, and the points.
fn colour_table(data: &[u8], inputs: u8, outputs: u8) -> Option<Vec<u8>> {
    let grid = data.get(..usize::from(inputs).min(16))?;
    let precision = *data.get(16).filter(|p| matches!(p, 1 | 2))?;
    let mut size = usize::from(outputs).checked_mul(usize::from(precision))?;
    for points in grid {
        size = size.checked_mul(usize::from(*points))?;
    }
    let values = data.get(20..size.checked_add(20)?)?;
    let mut new = grid.to_vec();
    new.resize(16, 0);
    new.extend_from_slice(&[precision, 0, 0, 0]);
    new.extend_from_slice(values);
    Some(new)
}
