//! The colour tables of objects whose samples are numbers of colours.
//!
//! DICOM PS3.3 C.7.6.3.1.5 and .6 (descriptors, data), C.7.9.2 (tables in segments).

use super::super::Object;
use super::cells::{Cells, value};
use super::shape::Shape;
use crate::pixels::Samples;

/// A table is read up to this length.
const LONGEST: u64 = 4 << 20;
/// Entries of a table, at most.
const ENTRIES: usize = 65_536;

/// Three tables of colours, resolved.
#[derive(Debug)]
pub(in crate::dicom) struct Palette {
    tables: [Vec<u16>; 3],
    /// The value that stands for the first entry.
    first: i32,
    bits: u8,
}

impl Palette {
    /// The palette of an object; none where it has none that can be read.
    pub(in crate::dicom) fn of(object: &Object<'_>) -> Option<Self> {
        let (mut tables, mut first, mut widest) = ([const { Vec::new() }; 3], 0, 8);
        for (i, table) in tables.iter_mut().enumerate() {
            let [entries, start, bits] = descriptor(object, 0x0028_1101 + i as u32)?;
            let entries = if entries == 0 { ENTRIES } else { usize::from(entries) };
            if i == 0 {
                let signed = object.number(0x0028_0103) == Some(1);
                first = if signed { i32::from(start as i16) } else { i32::from(start) };
            }
            let narrow = bits <= 8;
            widest = widest.max(bits.min(16) as u8);
            *table = match words(object, 0x0028_1201 + i as u32, narrow.then_some(entries)) {
                Some(words) => words,
                None => segments(&words(object, 0x0028_1221 + i as u32, None)?, entries)?,
            };
            if table.len() < entries {
                return None;
            }
            table.truncate(entries);
            if narrow && table.iter().any(|v| *v > 255) {
                table.iter_mut().for_each(|v| *v >>= 8);
            }
        }
        Some(Self { tables, first, bits: if widest > 8 { 16 } else { 8 } })
    }

    /// Red, green and blue of a value, from 0 for the smallest that its bits can say.
    pub(in crate::dicom) fn entry(&self, value: u16, shape: &Shape) -> [u16; 3] {
        let offset = if shape.signed { 1i32 << (shape.stored - 1) } else { 0 };
        let index = i32::from(value) - offset - self.first;
        let pick = |table: &Vec<u16>| {
            let last = table.len().saturating_sub(1);
            table.get((index.max(0) as usize).min(last)).copied().unwrap_or(0)
        };
        [pick(&self.tables[0]), pick(&self.tables[1]), pick(&self.tables[2])]
    }

    /// Samples as red, green and blue, and their bits.
    pub(in crate::dicom) fn resolve(&self, cells: &Cells, shape: &Shape) -> (u8, Samples) {
        let all = (0..cells.len()).flat_map(|i| self.entry(value(cells.get(i), shape), shape));
        if self.bits == 8 {
            (8, Samples::U8(all.map(|v| v as u8).collect()))
        } else {
            (16, Samples::U16(all.collect()))
        }
    }
}

fn descriptor(object: &Object<'_>, tag: u32) -> Option<[u16; 3]> {
    let node = object.node(tag)?;
    let bytes = object.text(tag)?;
    let mut words = bytes.chunks_exact(2).map(|b| node.encoding.u16([b[0], b[1]]));
    Some([words.next()?, words.next()?, words.next()?])
}

/// The words of a table; of one of bytes, where it has no more than `octets` of them, its bytes.
fn words(object: &Object<'_>, tag: u32, octets: Option<usize>) -> Option<Vec<u16>> {
    let node = object.node(tag)?;
    let bytes = object.body().read_range(node.value(), LONGEST).ok()?;
    let words = bytes.chunks_exact(2).map(|b| node.encoding.u16([b[0], b[1]]));
    if octets.is_some_and(|n| bytes.len() < 2 * n) {
        return Some(words.flat_map(|w| [w & 0xFF, w >> 8]).collect());
    }
    Some(words.collect())
}

/// A table in segments: discrete, linear, or indirect.
fn segments(data: &[u16], entries: usize) -> Option<Vec<u16>> {
    let mut out: Vec<u16> = Vec::new();
    let mut at = 0;
    while out.len() < entries && at + 1 < data.len() {
        at += segment(data, at, entries, &mut out, true)?;
    }
    Some(out)
}

/// One segment at `at`; gives how many words it takes up.
fn segment(data: &[u16], at: usize, entries: usize, out: &mut Vec<u16>, indirect: bool) -> Option<usize> {
    let (kind, count) = (*data.get(at)?, usize::from(*data.get(at + 1)?));
    match kind {
        0 => {
            out.extend(data.get(at + 2..at + 2 + count)?);
            Some(2 + count)
        }
        1 => {
            let (from, to) = (f64::from(*out.last()?), f64::from(*data.get(at + 2)?));
            let step = |i: usize| (from + (to - from) * i as f64 / count as f64).round() as u16;
            out.extend((1..=count.min(entries)).map(step));
            Some(3)
        }
        2 if indirect => {
            let mut inner = usize::from(*data.get(at + 2)?) | usize::from(*data.get(at + 3)?) << 16;
            for _ in 0..count {
                if out.len() >= entries {
                    break;
                }
                inner += segment(data, inner, entries, out, false)?;
            }
            Some(4)
        }
        _ => None,
    }
}
