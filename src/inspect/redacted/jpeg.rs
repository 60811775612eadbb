//! Proves a redacted JPEG picture, component by component as they are coded: flat inside, equal outside.
//!
//! Decoded by a library that shares nothing with the surgeon, without turning colours. Components of full size (luminance
//! among them) are compared exactly, sample by sample. A component of half size is interpolated by the decoder, which lets one
//! pixel beside a border take up to 7/16 of its value from across it (weights 9, 3, 3 and 1 of 16; ITU-T T.871, clause 8, the
//! triangle filter that decoders use): in that ring alone values may differ, and by no more than that.

mod before;
mod blocks;

use super::Task;
use super::raster::holds;
use crate::cut::Source;
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use crate::inspect::jpeg::{Part, SOS, Walk, is_frame};
use crate::place::{Area, Place};
use crate::recording::Format;
use before::{Before, is_near};
use jpeg_decoder::{ColorTransform, Decoder, Error, PixelFormat};
use std::borrow::Cow;
use std::ops::Range;

/// Samples of a picture, and bytes of a file, that are held in memory at most.
const MOST: u64 = 128 << 20;
/// Scans of a picture that are decoded at most.
const SCANS: usize = 400;
/// What a ring pixel can take from across the border: 7/16 of 255, rounded up.
const BLED: u8 = 112;

/// Proves both pictures: the picture itself, and the gain map behind it, if there is one, at the same places in proportion.
pub(super) fn prove(shown: &Task<'_>) -> Result<u64, Trouble> {
    let (before, after) = (held(shown.cleaned)?, held(shown.output)?);
    let (first, second) = (pictures(shown.cleaned)?, pictures(shown.output)?);
    if first.len() != second.len() {
        return Err(Trouble::SamplesChanged);
    }
    if first.iter().any(|found| found.header.first() == Some(&12)) {
        return twelve((&before, &after), (&first, &second), shown);
    }
    let mut whole = None;
    let mut compared = 0;
    for (index, (first, second)) in first.iter().zip(&second).enumerate() {
        let old = Decoded::new(&before, first)?;
        let (width, height) = *whole.get_or_insert((old.width, old.height));
        let covered = shown.covered.of(0).filter_map(|area| area.within(width, height));
        let covered: Vec<Area> = match index {
            0 => covered.collect(),
            _ => covered.filter_map(|area| old.share(&area, width, height)).collect(),
        };
        if index == 0 {
            all_held((width, height), &shown.asked.of(0).collect::<Vec<Area>>(), &covered)?;
        }
        let old = Before::new(old, &covered);
        let new = Decoded::new(&after, second)?;
        if old.picture.shape() != new.shape() {
            return Err(Trouble::SamplesChanged);
        }
        compared += new.compare(&old, &covered)?;
    }
    shown.has_frames(1)?;
    Ok(compared)
}

/// Pictures of 12 bits, of which a file has one alone.
fn twelve(files: (&[u8], &[u8]), found: (&[Found], &[Found]), shown: &Task<'_>) -> Result<u64, Trouble> {
    let ([first], [second]) = found else { return Err(Trouble::Unsupported(Format::Jpeg)) };
    let stream = |range: &Range<u64>| range.start as usize..range.end as usize;
    let streams = files.0.get(stream(&first.range)).zip(files.1.get(stream(&second.range)));
    let (before, after) = streams.ok_or(Trouble::Damaged("the picture cannot be decoded"))?;
    let side = |at: usize| first.header.get(at..at + 2).map_or(0, |b| u32::from(u16::from_be_bytes([b[0], b[1]])));
    let (width, height) = (side(3), side(1));
    let covered: Vec<Area> = shown.covered.of(0).filter_map(|area| area.within(width, height)).collect();
    all_held((width, height), &shown.asked.of(0).collect::<Vec<Area>>(), &covered)?;
    let compared = blocks::prove(before, after, &covered)?;
    shown.has_frames(1)?;
    Ok(compared)
}

/// Whether what was asked for was covered.
fn all_held((width, height): (u32, u32), asked: &[Area], covered: &[Area]) -> Result<(), Trouble> {
    let whole = Area::new(0, 0, width, height);
    let mut row = vec![false; width as usize];
    for y in 0..height {
        row.fill(false);
        for area in covered.iter().filter(|area| y >= area.y && y < area.bottom()) {
            row[area.x as usize..area.right() as usize].fill(true);
        }
        holds(0, asked, &whole, y, &row)?;
    }
    Ok(())
}

fn held(source: &dyn Source) -> Result<Cow<'_, [u8]>, Trouble> {
    if source.len() > MOST {
        return Err(Trouble::TooLarge("a JPEG file of this length"));
    }
    Ok(match source.as_slice() {
        Some(bytes) => Cow::Borrowed(bytes),
        None => Cow::Owned(source.read_range(0..source.len(), MOST)?),
    })
}

/// A picture of a file: where it stands, and its frame header.
struct Found {
    range: Range<u64>,
    header: Vec<u8>,
}

/// The pictures of a file, which stand one behind the other.
fn pictures(source: &dyn Source) -> Result<Vec<Found>, Trouble> {
    let mut bytes = Bytes::new(source);
    let mut found = Vec::new();
    let mut start = 0;
    while start < source.len() {
        if found.len() == 2 {
            return Err(Trouble::Damaged("more than two pictures stand in it"));
        }
        let mut walk = Walk::new(start..source.len());
        let (mut header, mut scans, mut end) = (None, 0, None);
        while let (Some(part), None) = (walk.next(&mut bytes)?, end) {
            match part {
                Part::Segment { marker, payload, .. } if is_frame(marker) && header.is_none() => {
                    header = bytes.get(payload.start, (payload.end - payload.start) as usize)?.map(<[u8]>::to_vec);
                }
                Part::Segment { marker: SOS, .. } => scans += 1,
                Part::End(range) => end = Some(range.end),
                _ => {}
            }
            if scans > SCANS {
                return Err(Trouble::TooLarge("so many scans"));
            }
        }
        let (Some(header), Some(end)) = (header, end) else {
            return Err(Trouble::Damaged("a picture in it has no end"));
        };
        found.push(Found { range: start..end, header });
        start = end;
    }
    Ok(found)
}

/// A picture decoded, its components side by side and not turned to colours.
struct Decoded {
    width: u32,
    height: u32,
    channels: usize,
    samples: Vec<u8>,
    /// Pixels across and down an MCU.
    unit: (u32, u32),
    /// Whether each component is of full size.
    full: Vec<bool>,
}

impl Decoded {
    fn new(file: &[u8], found: &Found) -> Result<Self, Trouble> {
        let stream = file.get(found.range.start as usize..found.range.end as usize).unwrap_or_default();
        let factors =
            found.header.get(6..).unwrap_or_default().chunks_exact(3).map(|entry| (entry[1] >> 4, entry[1] & 15));
        let mut factors: Vec<(u8, u8)> = factors.collect();
        if factors.len() == 1 {
            factors = vec![(1, 1)];
        }
        let most = factors.iter().fold((1, 1), |most, factor| (most.0.max(factor.0), most.1.max(factor.1)));
        let mut decoder = Decoder::new(stream);
        decoder.read_info().map_err(trouble)?;
        let info = decoder.info().ok_or(Trouble::Damaged("the picture cannot be decoded"))?;
        match info.pixel_format {
            PixelFormat::L8 => {}
            // As they are coded, under the names that the library leaves alone.
            PixelFormat::RGB24 => decoder.set_color_transform(ColorTransform::RGB),
            PixelFormat::CMYK32 => decoder.set_color_transform(ColorTransform::CMYK),
            PixelFormat::L16 => return Err(Trouble::Unsupported(Format::Jpeg)),
        }
        let (width, height, channels) =
            (u32::from(info.width), u32::from(info.height), info.pixel_format.pixel_bytes());
        let expected = u64::from(width) * u64::from(height) * channels as u64;
        if expected > MOST {
            return Err(Trouble::TooLarge("a picture of this size"));
        }
        decoder.set_max_decoding_buffer_size(MOST as usize);
        let samples = decoder.decode().map_err(trouble)?;
        if samples.len() as u64 != expected || factors.len() != channels || expected == 0 {
            return Err(Trouble::Damaged("the picture cannot be decoded"));
        }
        let full = factors.iter().map(|factor| *factor == most).collect();
        let unit = (8 * u32::from(most.0), 8 * u32::from(most.1));
        Ok(Self { width, height, channels, samples, unit, full })
    }

    fn shape(&self) -> (u32, u32, usize, (u32, u32), &[bool]) {
        (self.width, self.height, self.channels, self.unit, &self.full)
    }

    /// The part of this picture that lies where an area lies in a picture of another size, grown to whole MCUs.
    fn share(&self, area: &Area, width: u32, height: u32) -> Option<Area> {
        let down = |at: u32, of: u32, by: u32, unit: u32| {
            let at = u64::from(at) * u64::from(by) / u64::from(of.max(1));
            at as u32 / unit * unit
        };
        let up = |at: u32, of: u32, by: u32, unit: u32| {
            let at = (u64::from(at) * u64::from(by)).div_ceil(u64::from(of.max(1)));
            (at as u32).div_ceil(unit) * unit
        };
        let (x, y) = (down(area.x, width, self.width, self.unit.0), down(area.y, height, self.height, self.unit.1));
        let right = up(area.right(), width, self.width, self.unit.0);
        let bottom = up(area.bottom(), height, self.height, self.unit.1);
        Area::new(x, y, right.saturating_sub(x), bottom.saturating_sub(y)).within(self.width, self.height)
    }

    fn at(&self, x: u32, y: u32, channel: usize) -> u8 {
        let at = (y as usize * self.width as usize + x as usize) * self.channels + channel;
        self.samples.get(at).copied().unwrap_or_default()
    }

    /// How many samples outside are equal to what they were; both are of one shape.
    fn compare(&self, old: &Before, covered: &[Area]) -> Result<u64, Trouble> {
        let pixels = u64::from(self.width) * u64::from(self.height);
        if covered.iter().map(Area::pixels).sum::<u64>() > 64 * pixels {
            return Err(Trouble::TooLarge("so many covered areas"));
        }
        for area in covered {
            self.is_flat(area)?;
        }
        let mut compared = 0;
        for y in 0..self.height {
            let near: Vec<&Area> = covered.iter().filter(|area| is_near(area, y)).collect();
            let length = self.width as usize * self.channels;
            let row = self.samples.get(y as usize * length..(y as usize + 1) * length).unwrap_or_default();
            if near.is_empty() {
                if !old.is_same(y, row) {
                    return Err(Trouble::SamplesChanged);
                }
                compared += row.len() as u64;
                continue;
            }
            let mut kinds = vec![Kind::Outside; self.width as usize];
            for (ring, area) in [true, false].into_iter().flat_map(|ring| near.iter().map(move |area| (ring, *area))) {
                let area = if ring { area.padded(1, self.width, self.height) } else { *area };
                if y >= area.y && y < area.bottom() {
                    kinds[area.x as usize..area.right() as usize].fill(if ring { Kind::Ring } else { Kind::Inside });
                }
            }
            let was = old.row(y).filter(|was| was.len() == row.len()).ok_or(Trouble::SamplesChanged)?;
            for (pixel, kind) in was.chunks_exact(self.channels).zip(row.chunks_exact(self.channels)).zip(&kinds) {
                if *kind == Kind::Inside {
                    continue;
                }
                for ((old, new), full) in pixel.0.iter().zip(pixel.1).zip(&self.full) {
                    let may = if *kind == Kind::Ring && !full { BLED } else { 0 };
                    if old.abs_diff(*new) > may {
                        return Err(Trouble::SamplesChanged);
                    }
                    compared += u64::from(may == 0);
                }
            }
        }
        Ok(compared)
    }

    /// Whether each component has one value in the area; a component of half size, but for the pixels beside its border.
    fn is_flat(&self, area: &Area) -> Result<(), Trouble> {
        for (channel, full) in self.full.iter().enumerate() {
            let inset = u32::from(!full);
            let (left, top) = (area.x + inset * u32::from(area.x > 0), area.y + inset * u32::from(area.y > 0));
            let right = area.right() - inset * u32::from(area.right() < self.width);
            let bottom = area.bottom() - inset * u32::from(area.bottom() < self.height);
            let fill = self.at(left.min(self.width - 1), top.min(self.height - 1), channel);
            for y in area.y..area.bottom() {
                for x in area.x..area.right() {
                    let deep = x >= left && x < right && y >= top && y < bottom;
                    let may = if deep { 0 } else { BLED };
                    if self.at(x, y, channel).abs_diff(fill) > may {
                        let Area { x, y, width, height } = *area;
                        return Err(Trouble::ShowsThrough(Place::Region { frame: 0, x, y, width, height }));
                    }
                }
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Outside,
    Ring,
    Inside,
}

fn trouble(error: Error) -> Trouble {
    match error {
        Error::Unsupported(_) => Trouble::Unsupported(Format::Jpeg),
        Error::Io(error) => Trouble::Unreadable(error.kind()),
        _ => Trouble::Damaged("the picture cannot be decoded"),
    }
}
