//! Proves a redacted TIFF or BigTIFF: strips and tiles of pages with covered areas are decoded and compared pixel by pixel,
//! those of other pages byte by byte; everything else that the pages say is the same.
//!
//! TIFF 6.0, sections 9 (PackBits), 13 (LZW), 14 (predictor); deflate by flate2, LZW by weezl.

use super::Task;
use super::raster::{Covered, Rows, spread};
use crate::inspect::Trouble;
use crate::inspect::bytes::{Bytes, compare, total};
use crate::inspect::png::stream;
use crate::inspect::tiff::page::Page;
use crate::inspect::tiff::{Directory, Order};
use crate::place::Area;
use std::ops::Range;
use weezl::{BitOrder, decode::Configuration};

/// Where strips and tiles are, and how long: that changes.
const PLACES: [u16; 4] = [273, 279, 324, 325];
/// The largest strip or tile that is decoded, in bytes.
const LARGEST: u64 = 512 << 20;

/// A page, and what its samples are.
struct Shown {
    directory: Directory,
    page: Page,
    predictor: u64,
    little: bool,
}

pub(super) fn prove(shown: &Task<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(shown.cleaned), Bytes::new(shown.output));
    let (before, after) = (Order::read(&mut original)?, Order::read(&mut output)?);
    let ((old, _), (new, _)) = (before.chain(&mut original)?, after.chain(&mut output)?);
    if old.len() != new.len() || (before.little, before.big) != (after.little, after.big) {
        return Err(Trouble::SamplesChanged);
    }
    shown.has_frames(old.len())?;
    let mut compared = 0;
    for (index, (old, new)) in old.iter().zip(&new).enumerate() {
        let (old, new) = (read(&mut original, &before, *old)?, read(&mut output, &after, *new)?);
        same_entries((&mut original, &old), (&mut output, &new))?;
        let covered = Covered::of(shown, index);
        compared += page(covered, (&mut original, &old), (&mut output, &new))?;
    }
    Ok(compared)
}

fn read(bytes: &mut Bytes<'_>, order: &Order, at: u64) -> Result<Shown, Trouble> {
    let damaged = || Trouble::Damaged("a directory without a picture");
    let directory = order.directory(bytes, at)?.ok_or_else(damaged)?;
    let page = Page::read(bytes, order, &directory)?.ok_or_else(damaged)?;
    let predictor = order.first_of(bytes, &directory, 317)?.unwrap_or(1);
    Ok(Shown { directory, page, predictor, little: order.little })
}

/// All entries but the places of strips and tiles have the values that they had.
fn same_entries(before: (&mut Bytes<'_>, &Shown), after: (&mut Bytes<'_>, &Shown)) -> Result<(), Trouble> {
    let listed = |shown: &Shown| -> Vec<_> {
        let entries = shown.directory.entries.iter().filter(|entry| !PLACES.contains(&entry.tag));
        entries.map(|entry| (entry.tag, entry.kind, entry.count, entry.value.clone())).collect()
    };
    let (old, new) = (listed(before.1), listed(after.1));
    let mut same = old.len() == new.len();
    for (old, new) in old.into_iter().zip(new) {
        same = same && (old.0, old.1, old.2) == (new.0, new.1, new.2);
        same = same && compare((&mut *after.0, &[new.3]), (&mut *before.0, &[old.3]))?;
    }
    if same { Ok(()) } else { Err(Trouble::SamplesChanged) }
}

fn page(
    covered: Covered,
    (original, before): (&mut Bytes<'_>, &Shown),
    (output, after): (&mut Bytes<'_>, &Shown),
) -> Result<u64, Trouble> {
    let (old, new) = (&before.page.segments, &after.page.segments);
    if old.len() != new.len() {
        return Err(Trouble::SamplesChanged);
    }
    if covered.is_empty() {
        return match compare((&mut *output, new), (&mut *original, old))? {
            true => Ok(total(new)),
            false => Err(Trouble::SamplesChanged),
        };
    }
    let planes = before.page.planes();
    let mut covered: Vec<Covered> = (0..planes).map(|_| covered.again()).collect();
    let mut compared = 0;
    for unit in 0..old.len() {
        let (place, plane) = before.page.place(unit);
        let (channels, bits) = before.page.pixel().ok_or(Trouble::Damaged("samples of different widths"))?;
        let (theirs, ours) = (decode(original, before, unit)?, decode(output, after, unit)?);
        let (theirs, pixel) = spread(theirs, place.width, channels, bits);
        let (ours, _) = spread(ours, place.width, channels, bits);
        let covered = covered.get_mut(plane).ok_or(Trouble::SamplesChanged)?;
        let rows = |bytes| Rows { place, pixel, bytes };
        compared += covered.prove(rows(&theirs), rows(&ours))?;
    }
    Ok(compared)
}

/// The samples of a strip or tile.
fn decode(bytes: &mut Bytes<'_>, shown: &Shown, unit: usize) -> Result<Vec<u8>, Trouble> {
    let damaged = || Trouble::Damaged("samples that cannot be decoded");
    let needed = shown.page.needed(unit).filter(|needed| *needed <= LARGEST).ok_or_else(damaged)? as usize;
    let range: Range<u64> = shown.page.segments.get(unit).cloned().unwrap_or(0..0);
    let mut samples = Vec::new();
    let reversed = shown.page.fill == 2;
    match shown.page.compression {
        8 | 32_946 if !reversed => {
            stream(bytes, &[range], needed as u64, |part| samples.extend_from_slice(part))?;
        }
        compression => {
            let mut coded = bytes.copy(range, LARGEST as usize)?;
            if reversed {
                coded.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
            }
            samples = match compression {
                1 => coded,
                5 => {
                    let mut decoder = Configuration::with_tiff_size_switch(BitOrder::Msb, 8).build();
                    let _ = decoder.into_vec(&mut samples).decode(&coded);
                    samples
                }
                32_773 => packed(&coded),
                8 | 32_946 => {
                    let whole = 0..coded.len() as u64;
                    stream(&mut Bytes::over(&coded), std::slice::from_ref(&whole), needed as u64, |part| {
                        samples.extend_from_slice(part);
                    })?;
                    samples
                }
                _ => return Err(damaged()),
            }
        }
    }
    if samples.len() < needed {
        return Err(damaged());
    }
    samples.truncate(needed);
    let (channels, bits) = shown.page.pixel().ok_or_else(damaged)?;
    match (shown.predictor, bits) {
        (1, _) => {}
        (2, 8 | 16 | 32 | 64) => {
            let (width, _) = shown.page.extent(unit);
            let size = bits as usize / 8;
            for row in samples.chunks_exact_mut(width as usize * channels * size) {
                add_up(row, channels * size, size, shown.little);
            }
        }
        _ => return Err(damaged()),
    }
    Ok(samples)
}

/// Each sample is the difference to the one of the pixel before.
fn add_up(row: &mut [u8], pixel: usize, size: usize, little: bool) {
    for at in (pixel..row.len()).step_by(size) {
        let mut carry = 0_u16;
        for n in 0..size {
            let n = if little { n } else { size - 1 - n };
            let sum = u16::from(row[at + n]) + u16::from(row[at + n - pixel]) + carry;
            (row[at + n], carry) = (sum as u8, sum >> 8);
        }
    }
}

fn packed(coded: &[u8]) -> Vec<u8> {
    let (mut samples, mut at) = (Vec::new(), 0);
    while let Some(head) = coded.get(at).map(|byte| usize::from(*byte)) {
        at += 1;
        match head {
            0..128 => {
                let end = (at + head + 1).min(coded.len());
                samples.extend_from_slice(&coded[at..end]);
                at = end;
            }
            128 => {}
            _ => {
                let value = coded.get(at).copied().unwrap_or(0);
                samples.extend(std::iter::repeat_n(value, 257 - head));
                at += 1;
            }
        }
    }
    samples
}

impl Page {
    /// Planes that have strips or tiles of their own.
    fn planes(&self) -> usize {
        if self.is_planar() { self.samples as usize } else { 1 }
    }

    /// Samples of a pixel in a plane, and their bits; none where those differ.
    fn pixel(&self) -> Option<(usize, u32)> {
        let bits = u32::try_from(self.bits().first().copied()?).ok().filter(|bits| (1..=64).contains(bits))?;
        let same = self.bits().iter().all(|other| *other == u64::from(bits)) && (bits % 8 == 0 || bits <= 16);
        let channels = if self.is_planar() { 1 } else { self.samples as usize };
        (same && (1..=64).contains(&self.samples)).then_some((channels, bits))
    }

    /// Where a strip or tile stands on the page, and in which plane.
    fn place(&self, unit: usize) -> (Area, usize) {
        let (width, rows) = self.extent(unit);
        let (across, full) = self.grid();
        let per_plane = (self.segments.len() / self.planes().max(1)).max(1);
        let at = (unit % per_plane) as u64;
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let (x, y) = (at % across.max(1) * width, at / across.max(1) * full);
        (Area::new(number(x), number(y), number(width), number(rows)), unit / per_plane)
    }
}
