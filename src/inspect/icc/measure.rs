//! How long the data of an ICC tag is by the grammar of its own type, and which texts it holds (ICC.1:2022 section 10).

use crate::inspect::bytes::{be16, be32};
use std::ops::Range;

/// What was read of a tag.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Bytes that the type accounts for; the rest may only be zero padding.
    pub(super) length: usize,
    /// Its texts.
    pub(super) texts: Vec<String>,
}

/// Reads a tag's data; none where the type is on no list or contradicts itself.
pub(super) fn read(data: &[u8]) -> Option<Reading> {
    if data.get(4..8)? != [0; 4] {
        return None;
    }
    let number = |at| be32(data, at).map(|n| n as usize);
    let short = |at| be16(data, at).map(usize::from);
    let rest = data.len() - 8;
    let length = match data.get(..4)? {
        b"XYZ " => 8 + rest / 12 * 12,
        b"sf32" | b"uf32" | b"ui32" => 8 + rest / 4 * 4,
        b"curv" => number(8)?.checked_mul(2)?.checked_add(12)?,
        b"para" => 12 + 4 * *[1usize, 3, 4, 5, 7].get(short(8)?)?,
        b"sig " | b"cicp" => 12,
        b"meas" | b"view" => 36,
        b"chrm" => short(8)?.checked_mul(8)?.checked_add(12)?,
        b"clro" => number(8)?.checked_add(12)?,
        b"mft1" => {
            let (i, o, g) = (usize::from(*data.get(8)?), usize::from(*data.get(9)?), usize::from(*data.get(10)?));
            48 + 256 * i + grid(g, i)?.checked_mul(o)? + 256 * o
        }
        b"mft2" => {
            let (i, o, g) = (usize::from(*data.get(8)?), usize::from(*data.get(9)?), usize::from(*data.get(10)?));
            let (n, m) = (short(48)?, short(50)?);
            52 + 2 * (n * i + m * o).checked_add(grid(g, i)?.checked_mul(o)?)?
        }
        b"mAB " | b"mBA " => return stages(data),
        b"text" => return text(data),
        b"desc" => return description(data),
        b"mluc" => return languages(data),
        b"clrt" => return colourants(data),
        _ => return None,
    };
    let fixed = match data.get(..4)? {
        b"XYZ " | b"sf32" => data.get(8..length)?,
        b"para" => data.get(12..length)?,
        _ => &[],
    };
    if !fixed.chunks_exact(4).all(is_small) {
        return None;
    }
    (length <= data.len()).then_some(Reading { length, texts: Vec::new() })
}

/// Whether a fixed-point number of 16.16 bits is below 128 on either side of zero, as colours are and words are not.
fn is_small(number: &[u8]) -> bool {
    matches!(number, [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..])
}

fn grid(points: usize, inputs: usize) -> Option<usize> {
    points.checked_pow(u32::try_from(inputs).ok()?)
}

/// lutAToBType and lutBToAType (10.12, 10.13): curves, matrix and table at offsets of their own.
fn stages(data: &[u8]) -> Option<Reading> {
    let (inputs, outputs) = (usize::from(*data.get(8)?), usize::from(*data.get(9)?));
    let is_a_to_b = data.starts_with(b"mAB");
    let (b_count, a_count) = if is_a_to_b { (outputs, inputs) } else { (inputs, outputs) };
    let m_count = 3;
    let mut covered = Vec::from_iter(Some(0..32));
    for (field, count) in [(12, b_count), (20, m_count), (28, a_count)] {
        let mut at = be32(data, field)? as usize;
        for _ in 0..if at == 0 { 0 } else { count } {
            let part = data.get(at..)?;
            let reading = match part.get(..4)? {
                b"curv" | b"para" => read(part)?,
                _ => return None,
            };
            covered.push(at..at + reading.length);
            at = (at + reading.length).next_multiple_of(4);
        }
    }
    let matrix = be32(data, 16)? as usize;
    if matrix != 0 {
        covered.push(matrix..matrix.checked_add(48)?);
    }
    let table = be32(data, 24)? as usize;
    if table != 0 {
        let points = data.get(table..table.checked_add(16)?)?;
        let cells = points.iter().take(inputs).try_fold(1usize, |n, p| n.checked_mul(usize::from(*p)))?;
        let width = usize::from(*data.get(table + 16)?);
        let size = cells.checked_mul(outputs)?.checked_mul(width)?.checked_add(20)?;
        covered.push(table..table.checked_add(size)?);
    }
    tile(data, covered).map(|length| Reading { length, texts: Vec::new() })
}

/// Where `covered` ends, when nothing but zeros lies between its ranges and all of them are in the data.
fn tile(data: &[u8], mut covered: Vec<Range<usize>>) -> Option<usize> {
    covered.sort_by_key(|r| r.start);
    let mut at = 0;
    for range in covered {
        if range.start > at && data.get(at..range.start)?.iter().any(|b| *b != 0) {
            return None;
        }
        at = at.max(range.end);
    }
    (at <= data.len()).then_some(at)
}

/// textType (10.24).
fn text(data: &[u8]) -> Option<Reading> {
    Some(Reading { length: data.len(), texts: vec![latin(data.get(8..)?)] })
}

/// textDescriptionType (ICC.1:2001-04 6.5.17): ASCII, Unicode and ScriptCode, each with its count.
fn description(data: &[u8]) -> Option<Reading> {
    let ascii = be32(data, 8)? as usize;
    let unicode_at = 12usize.checked_add(ascii)?;
    let mut texts = vec![latin(data.get(12..unicode_at)?)];
    // Profiles exist that end here.
    let Some(unicode) = be32(data, unicode_at + 4).map(|n| n as usize) else {
        return Some(Reading { length: unicode_at, texts });
    };
    let script_at = (unicode_at + 8).checked_add(unicode.checked_mul(2)?)?;
    texts.push(wide(data.get(unicode_at + 8..script_at)?));
    let length = data.len().min(script_at + 3 + 67);
    texts.push(latin(data.get((script_at + 3).min(length)..length)?));
    Some(Reading { length, texts })
}

/// multiLocalizedUnicodeType (10.15).
fn languages(data: &[u8]) -> Option<Reading> {
    let count = be32(data, 8)? as usize;
    if be32(data, 12)? != 12 || count > 100 {
        return None;
    }
    let mut covered = Vec::with_capacity(count + 1);
    covered.push(0..16 + 12 * count);
    let mut texts = Vec::new();
    for at in (0..count).map(|i| 16 + 12 * i) {
        let length = be32(data, at + 4)? as usize;
        let start = be32(data, at + 8)? as usize;
        let range = start..start.checked_add(length)?;
        texts.push(wide(data.get(range.clone())?));
        // Language and country are two letters each.
        if !data.get(at..at + 4)?.iter().all(|b| b.is_ascii_alphabetic() || *b == 0) {
            return None;
        }
        covered.push(range);
    }
    tile(data, covered).map(|length| Reading { length, texts })
}

/// colorantTableType (10.5): names of 32 bytes and their colours.
fn colourants(data: &[u8]) -> Option<Reading> {
    let count = be32(data, 8)? as usize;
    let length = count.checked_mul(38)?.checked_add(12)?;
    let names = data.get(12..length)?.chunks_exact(38).map(|c| latin(&c[..32])).collect();
    Some(Reading { length, texts: names })
}

/// Text whose bytes are its characters. What follows the first NUL is text too: it is where words hide.
fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

fn wide(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks(2).map(|c| u16::from_be_bytes([c[0], c.get(1).copied().unwrap_or(0)])).collect();
    String::from_utf16_lossy(&units)
}
