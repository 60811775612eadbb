//! Samples that are no picture, lookup tables, waveforms, histograms, surfaces: no more of them than what describes them
//! says, and nothing that reads like words where nothing does.
//!
//! PS3.3 C.7.6.3.1.5 and C.11.1.1 (lookup tables), C.7.9.2 (in segments), C.10.9 (waveforms), C.11.5 (histograms), C.20.3 (grids), C.27.1 (surfaces).

use super::original::Original;
use super::spelled::{self, Limits};
use super::{Element, Walk};
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use std::ops::Range;

/// Elements that say how many samples there are.
const TELLING: [u32; 18] = [
    0x0028_0101,
    0x0028_0103,
    0x0028_1100,
    0x0028_1101,
    0x0028_1102,
    0x0028_1103,
    0x0028_1104,
    0x0028_1407,
    0x0028_3002,
    0x003a_0005,
    0x003a_0010,
    0x0060_3002,
    0x0064_0007,
    0x0066_0015,
    0x0066_001e,
    0x0066_001f,
    0x5400_1004,
    0x7fe0_0003,
];
/// So many bytes are read together.
const PART: usize = 1 << 20;
/// So many letters in a row are no sample of a waveform.
const WORD: usize = 8;
/// So many are no measurements.
const WRITING: usize = 32;

/// What was read of samples so far.
#[derive(Debug, Default)]
pub(super) struct Measures {
    /// The last of each of those elements, and where it stood.
    told: Vec<(u32, String, Vec<u64>)>,
    /// Entries of palettes that no sample of these bits can be.
    unused: Vec<Range<u64>>,
    /// Whether samples may be padding, which has bits of its own.
    padded: bool,
}

impl Measures {
    /// Takes in an element, if it says something of samples.
    pub(super) fn take(&mut self, bytes: &mut Bytes<'_>, walk: &Walk, element: &Element) -> Result<(), Trouble> {
        self.padded |= matches!(element.tag, 0x0028_0120 | 0x0028_0121);
        if matches!(element.tag, 0x0028_1201..=0x0028_1204) {
            self.take_palette(element.tag, &walk.path(), &element.value);
        }
        if !TELLING.contains(&element.tag) {
            return Ok(());
        }
        let size = if matches!(&element.vr, b"UL" | b"OL" | b"SL") { 4 } else { 2 };
        let content = bytes.copy(element.value.clone(), 64)?;
        let number = |part: &[u8]| {
            let join = |n: u64, b: &u8| n << 8 | u64::from(*b);
            if element.big { part.iter().fold(0, join) } else { part.iter().rev().fold(0, join) }
        };
        self.told.retain(|(tag, ..)| *tag != element.tag);
        self.told.push((element.tag, walk.path(), content.chunks_exact(size).map(number).collect()));
        Ok(())
    }

    fn told(&self, tag: u32, path: &str) -> &[u64] {
        self.told.iter().find(|(told, place, _)| *told == tag && place == path).map_or(&[], |(.., n)| n.as_slice())
    }

    /// Takes in which entries of a palette of the outermost data set samples of so many bits without a sign leave unused.
    fn take_palette(&mut self, tag: u32, path: &str, value: &Range<u64>) {
        let (bits, signed) =
            (self.told(0x0028_0101, path).first().copied(), self.told(0x0028_0103, path).first().copied());
        let (Some(bits @ 1..=16), Some(0), "", [entries, first, ..]) =
            (bits, signed, path, self.told(tag - 0x100, path))
        else {
            return;
        };
        let entries = if *entries == 0 { 65_536 } else { *entries };
        let highest = (1u64 << bits) - 1;
        let used = if highest < *first { 1 } else { highest - first + 1 };
        let length = value.end - value.start;
        let unit = [1, 2].into_iter().find(|unit| length == entries * unit || length == entries * unit + 1);
        if let Some(unit) = unit.filter(|_| used < entries) {
            self.unused.push(value.start + used * unit..value.start + entries * unit);
        }
    }

    /// Whether something stands in an entry of a palette that no sample can be, in an object whose samples lie plain.
    pub(super) fn has_hidden(&self, bytes: &mut Bytes<'_>) -> Result<bool, Trouble> {
        if self.padded {
            return Ok(false);
        }
        for range in &self.unused {
            if bytes.copy(range.clone(), PART)?.iter().any(|b| *b != 0) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Why samples may not stand, for people; none where they may.
    pub(super) fn objection(
        &self,
        bytes: &mut Bytes<'_>,
        walk: &Walk,
        element: &Element,
        original: &Original,
    ) -> Result<Option<&'static str>, Trouble> {
        let table = matches!(element.tag, 0x0028_1200..=0x0028_1224 | 0x0028_1408 | 0x0028_3006);
        let (path, length) = (walk.path(), element.value.end - element.value.start);
        let first = |tag| self.told(tag, &path).first().copied();
        let times = |tags: &[u32], unit: u64| {
            let product = tags.iter().try_fold(unit, |n, tag| n.checked_mul(first(*tag)?));
            product.filter(|n| *n > 0)
        };
        let limits = if table { Limits::table(length) } else { Limits::CURVE };
        if spelled::in_element(bytes, element.value.clone(), limits, original)? {
            return Ok(Some("name, number or writing"));
        }
        let most = match element.tag {
            _ if length == 0 => return Ok(None),
            tag @ 0x0028_1200..=0x0028_1204 => self.table(bytes, element, tag - 0x100, &path)?,
            tag @ 0x0028_1221..=0x0028_1224 => {
                let told = self.told(tag - 0x120, &path);
                let narrow = told.get(2).is_some_and(|bits| *bits <= 8);
                let (words, octets) = (segments(bytes, element, told, 2)?, segments(bytes, element, told, 1)?);
                let most = if narrow { words.max(octets) } else { words };
                if most.is_none() {
                    return Ok(Some("colours that are more or fewer than there are said to be"));
                }
                most
            }
            0x0028_1408 => self.table(bytes, element, 0x0028_1407, &path)?,
            0x0028_3006 => self.table(bytes, element, 0x0028_3002, &path)?,
            0x5400_1010 => times(&[0x003a_0005, 0x003a_0010, 0x5400_1004], 1).map(|bits| bits / 8),
            0x5400_100a => first(0x5400_1004).map(|bits| (bits / 8).min(8)),
            0x0060_3020 => times(&[0x0060_3002], 4),
            0x0066_0016 => times(&[0x0066_0015], 12),
            0x0066_0021 => times(&[0x0066_001e, 0x0066_001f], 4),
            0x0064_0009 => self.sides(&path),
            0x7fe0_0003 | 0x5400_0110 | 0x5400_0112 => Some(8),
            0x0028_1407 => Some(6),
            // Offsets have a proof of their own.
            0x7fe0_0001 | 0x7fe0_0002 => return Ok(None),
            // Places in 16 bits spell words by chance.
            _ if &element.vr == b"OW" => return Ok(None),
            _ => return Ok(is_spelled(bytes, element, WRITING)?.then_some("writing among samples")),
        };
        Ok(match most {
            None => Some("samples that nothing describes"),
            Some(most) if length > most + most % 2 => Some("more samples than there are said to be"),
            Some(most) if most <= 8 && is_spelled(bytes, element, WORD)? => Some("writing in place of a sample"),
            Some(_) => None,
        })
    }

    /// Bytes of a lookup table of one or two bytes an entry; 0 entries are 65,536. Entries of 8 bits are bytes, or words of
    /// which one half is empty or repeats the other; where neither is so, words that spell nothing are believed.
    fn table(
        &self,
        bytes: &mut Bytes<'_>,
        element: &Element,
        descriptor: u32,
        path: &str,
    ) -> Result<Option<u64>, Trouble> {
        let told = self.told(descriptor, path);
        let Some(entries) = told.first().map(|n| if *n == 0 { 65_536 } else { *n }) else { return Ok(None) };
        if told.get(2).is_none_or(|bits| *bits > 8) {
            return Ok(Some(2 * entries));
        }
        let content = bytes.copy(element.value.clone(), 2 * entries as usize)?;
        let Some((_, behind)) =
            content.split_at_checked(entries as usize).filter(|_| content.len() as u64 == 2 * entries)
        else {
            return Ok(Some(entries));
        };
        let words = content.chunks_exact(2).all(|w| w[0] == w[1] || w[0] == 0 || w[1] == 0);
        Ok(Some(if words || !spells(behind, WORD) { 2 * entries } else { entries }))
    }

    /// Bytes of a grid of three floats a point.
    fn sides(&self, path: &str) -> Option<u64> {
        let told = self.told(0x0064_0007, path);
        let points = told.get(..3)?.iter().try_fold(12u64, |n, side| n.checked_mul(*side));
        points.filter(|n| *n > 0)
    }
}

/// Whether letters, figures and the signs of names and numbers follow one another as measurements never have them.
fn is_spelled(bytes: &mut Bytes<'_>, element: &Element, most: usize) -> Result<bool, Trouble> {
    let mut at = element.value.start;
    while at < element.value.end {
        let end = (at + PART as u64).min(element.value.end);
        let part = bytes.copy(at..end, PART)?;
        if spells(&part, most) {
            return Ok(true);
        }
        at = end;
    }
    Ok(false)
}

fn spells(bytes: &[u8], most: usize) -> bool {
    let other = |b: &u8| !b.is_ascii_alphanumeric() && !b" ^=-_./".contains(b);
    bytes.split(other).any(|run| run.len() >= most)
}

/// Bytes of a lookup table in segments, whose numbers are of so many bytes; none where they make more or fewer entries than
/// there are said to be.
fn segments(bytes: &mut Bytes<'_>, element: &Element, told: &[u64], unit: usize) -> Result<Option<u64>, Trouble> {
    let Some(entries) = told.first().map(|n| if *n == 0 { 65_536 } else { *n }) else { return Ok(None) };
    let content = bytes.copy(element.value.clone(), PART)?;
    let numbers: Vec<u64> = content
        .chunks_exact(unit)
        .map(|part| match (part, element.big) {
            ([a, b], true) => u64::from(u16::from_be_bytes([*a, *b])),
            ([a, b], false) => u64::from(u16::from_le_bytes([*a, *b])),
            _ => u64::from(part[0]),
        })
        .collect();
    // Places of segments that are repeated are in bytes, or in numbers.
    let used = unroll(&numbers, entries, unit, unit).or_else(|| unroll(&numbers, entries, unit, 1));
    Ok(used.map(|used| (used * unit) as u64))
}

/// How many numbers of so many bytes make just so many entries; a number's place is its index times `scale`.
fn unroll(numbers: &[u64], entries: u64, unit: usize, scale: usize) -> Option<usize> {
    // Where each segment begins, and what it makes of its own.
    let mut starts: Vec<(usize, Option<u64>)> = Vec::new();
    let (mut at, mut left) = (0, entries);
    while left > 0 {
        let [kind, count] = *numbers.get(at..at + 2)? else { return None };
        let (used, makes) = match kind {
            0 => (count as usize, Some(count)),
            1 if at > 0 => (1, Some(count)),
            2 => (4 / unit, None),
            _ => return None,
        };
        let next = at + 2 + used;
        let rest = numbers.get(at + 2..next)?;
        let made = makes.or_else(|| {
            let target = rest.iter().rev().fold(0, |n, part| n << (8 * unit) | part);
            let from = starts.iter().position(|(start, _)| (start * scale) as u64 == target)?;
            let again = starts.get(from..from.checked_add(count as usize)?)?;
            again.iter().map(|(_, makes)| *makes).sum()
        });
        left = left.checked_sub(made.filter(|made| *made > 0)?)?;
        starts.push((at, makes));
        at = next;
    }
    Some(at)
}
