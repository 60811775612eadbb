//! The stored samples of TIFF pages, strip by strip or tile by tile: decoded, and coded again in the same way.
//!
//! TIFF 6.0, sections 3, 7, 8, 9 (PackBits), 13 (LZW), 14 (predictor), 15 (tiles); Adobe's deflate (8).

use super::chain;
use super::entry::{Directory, Entry, Form, size};
use super::fate::Fate;
use super::geometry::Geometry;
use crate::cut::Source;
use crate::pixels::MOST_SAMPLES;
use crate::place::Area;
use crate::plan::Refusal;
use crate::strip::operation::{Operation, broken};
use crate::strip::redact::fill::Grid;
use crate::strip::redact::packed;
use crate::strip::tiff::coding::{self, Row};
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of samples that are held at once.
const LARGEST: u64 = 2 * MOST_SAMPLES;

/// Samples beyond the colour that are looked at: pictures of microscopes have some.
pub(in crate::strip) const BEYOND: usize = 16;

/// A page.
pub(in crate::strip) struct Page {
    /// Which directory of the chain it is.
    pub(in crate::strip) directory: usize,
    /// Width and height in pixels.
    pub(in crate::strip) size: (u32, u32),
    /// How samples are coded.
    pub(in crate::strip) compression: u64,
    /// What samples mean.
    pub(in crate::strip) photometric: u64,
    /// Bits of a sample.
    pub(in crate::strip) bits: u32,
    /// Samples of a pixel.
    pub(in crate::strip) channels: usize,
    /// What the samples beyond the colour are (ExtraSamples); 0 where nothing is said.
    pub(in crate::strip) extra: Vec<u64>,
    /// 1 unsigned, 2 signed, 3 floating point, 4 undefined.
    pub(in crate::strip) format: u64,
    /// Red, then green, then blue of all palette entries.
    pub(in crate::strip) palette: Vec<u64>,
    predictor: u64,
    odd: bool,
    planar: bool,
    geometry: Geometry,
    unit: (u64, u64),
    starts: (Entry, Vec<u64>),
    lengths: (Entry, Vec<u64>),
}

/// A TIFF file's pages.
pub(in crate::strip) struct Pages<'s> {
    operation: Operation<'s>,
    form: Form,
    /// The pages that stay.
    pub(in crate::strip) pages: Vec<Page>,
}

impl<'s> Pages<'s> {
    /// Reads what stands beside the samples.
    ///
    /// # Errors
    /// Where the file is damaged, or no picture that is cleaned here.
    pub(in crate::strip) fn read(source: &'s dyn Source) -> Result<Self, Refusal> {
        let mut operation = Operation::new(source);
        let (form, first) = Form::read(&mut operation.reader)?;
        let directories = chain::read(&mut operation, form, first)?;
        let fates = chain::fates(&mut operation, form, &directories)?;
        let mut pages = Vec::new();
        for (index, (directory, fate)) in directories.iter().zip(&fates).enumerate() {
            if matches!(fate, Fate::Stays) {
                pages.push(Page::read(&mut operation, form, index, directory)?);
            }
        }
        Ok(Self { operation, form, pages })
    }

    /// Samples beyond the colour, by page and channel: they are looked at as frames behind all pages. Where there are more
    /// than can be looked at, the first of those stands for them.
    pub(in crate::strip) fn beyond(&self) -> Vec<(usize, usize)> {
        let each = |(index, page): (usize, &Page)| {
            (page.channels - page.extra.len()..page.channels).map(move |channel| (index, channel)).take(BEYOND + 1)
        };
        self.pages.iter().enumerate().flat_map(each).collect()
    }

    /// The frames that show samples of each page.
    pub(in crate::strip) fn frames(&self) -> Vec<Vec<u32>> {
        let mut frames: Vec<Vec<u32>> = (0..self.pages.len() as u32).map(|page| vec![page]).collect();
        for (n, (page, _)) in self.beyond().into_iter().enumerate() {
            frames[page].push((self.pages.len() + n) as u32);
        }
        frames
    }

    /// Decodes one strip or tile; and whether its data have all of its samples. What is missing is 0.
    fn unit(&mut self, page: usize, unit: usize) -> Result<(Vec<u8>, bool), Refusal> {
        let page = &self.pages[page];
        let (Some(start), Some(length)) = (page.starts.1.get(unit), page.lengths.1.get(unit)) else {
            return Err(Refusal::truncated("the file ends before its picture does"));
        };
        let needed = page.geometry.plain_bytes(page.geometry.rows(unit as u64))?;
        if needed > LARGEST {
            return Err(Refusal::too_large("the picture is larger than any real one"));
        }
        let end = start.saturating_add(*length).min(self.operation.reader.length());
        let mut coded = self.operation.reader.read(*start..end, LARGEST)?;
        if page.geometry.reversed {
            coded.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        }
        let mut bytes = coding::decode(page.compression, coded, needed as usize).ok_or_else(|| broken(UNREAD))?;
        let whole = bytes.len() as u64 == needed;
        bytes.resize(needed as usize, 0);
        coding::undo(page.predictor, &mut bytes, page.row(), self.form.little).ok_or_else(|| broken(UNREAD))?;
        Ok((bytes, whole))
    }

    /// The samples of a page, as far as they lie in these areas, and whether they are all there.
    ///
    /// # Errors
    /// Where they are coded in a way that is not read, damaged, or more than a worker has memory for.
    pub(in crate::strip) fn samples(&mut self, page: usize, areas: &[Area]) -> Result<(Stored<'_>, bool), Refusal> {
        self.pages[page].is_plain()?;
        let (mut units, mut whole, mut held) = (BTreeMap::new(), true, 0);
        for area in areas {
            for unit in self.pages[page].units(area) {
                if units.contains_key(&unit) {
                    continue;
                }
                let (bytes, complete) = self.unit(page, unit)?;
                held += bytes.len() as u64;
                if held > LARGEST {
                    return Err(Refusal::too_large("the picture is larger than any real one"));
                }
                whole &= complete;
                units.insert(unit, bytes);
            }
        }
        Ok((Stored { page: &self.pages[page], little: self.form.little, units }, whole))
    }
}

/// Words for samples that cannot be decoded.
const UNREAD: &str = "the samples of the picture are coded in a way that is not read here";

impl Page {
    fn read(operation: &mut Operation<'_>, form: Form, index: usize, directory: &Directory) -> Result<Self, Refusal> {
        let damaged = || broken("the description of the picture is damaged");
        let geometry = Geometry::read(&mut operation.reader, form, directory)?.ok_or_else(damaged)?;
        let mut numbers = |tag: u16| match directory.find(tag) {
            Some(entry) => Ok::<_, Refusal>(entry.numbers(&mut operation.reader, form, 16 << 20)?.unwrap_or_default()),
            None => Ok(Vec::new()),
        };
        let (starts, lengths) = if geometry.tiled { (324, 325) } else { (273, 279) };
        let (bits, formats, extra) = (numbers(258)?, numbers(339)?, numbers(338)?);
        let (places, counts, palette) = (numbers(starts)?, numbers(lengths)?, numbers(320)?);
        let (predictor, planar) = (numbers(317)?, numbers(284)?.first() == Some(&2));
        let entry = |tag: u16| directory.find(tag).cloned().ok_or_else(damaged);
        let photometric = geometry.photometric.unwrap_or(if geometry.samples.count >= 3 { 2 } else { 1 });
        let colours = match photometric {
            2 | 6 | 8..=10 => 3,
            5 => 4,
            _ => 1,
        };
        let channels = geometry.samples.count;
        let extra = (0..channels.saturating_sub(colours)).map(|n| extra.get(n).copied().unwrap_or(0)).collect();
        let odd = bits.iter().take(channels).any(|other| *other != u64::from(geometry.samples.bits))
            || formats.iter().take(channels).any(|other| Some(other) != formats.first());
        let width = u32::try_from(geometry.width).map_err(|_| damaged())?;
        let height = u32::try_from(geometry.height).map_err(|_| damaged())?;
        Ok(Self {
            directory: index,
            size: (width, height),
            compression: geometry.compression,
            photometric,
            bits: geometry.samples.bits,
            channels,
            extra,
            format: formats.first().copied().unwrap_or(1),
            palette,
            predictor: predictor.first().copied().unwrap_or(1),
            odd,
            planar,
            unit: (geometry.across(), geometry.unit_rows()),
            starts: (entry(starts)?, places),
            lengths: (entry(lengths)?, counts),
            geometry,
        })
    }

    /// Whether its samples can be decoded and coded here.
    ///
    /// # Errors
    /// Where they cannot.
    pub(in crate::strip) fn is_plain(&self) -> Result<(), Refusal> {
        let coded = matches!(self.compression, 1 | 5 | 8 | 32_773 | 32_946);
        match coded && !self.odd && !self.geometry.is_subsampled() && matches!(self.predictor, 1 | 2) {
            true => Ok(()),
            false => Err(broken(UNREAD)),
        }
    }

    fn row(&self) -> Row {
        let channels = if self.planar { 1 } else { self.channels };
        let bits = self.unit.0 * channels as u64 * u64::from(self.bits);
        Row { bytes: bits.div_ceil(8) as usize, channels, bits: self.bits }
    }

    /// Strips or tiles across, and in a plane.
    fn grid(&self) -> (u64, u64) {
        let across = u64::from(self.size.0).div_ceil(self.unit.0.max(1));
        (across, across * u64::from(self.size.1).div_ceil(self.unit.1.max(1)))
    }

    /// The strips or tiles, of all planes, that an area reaches into.
    fn units(&self, area: &Area) -> Vec<usize> {
        let Some(area) = area.within(self.size.0, self.size.1) else { return Vec::new() };
        let (across, plane) = self.grid();
        let columns = u64::from(area.x) / self.unit.0..=u64::from(area.right() - 1) / self.unit.0;
        let rows = u64::from(area.y) / self.unit.1..=u64::from(area.bottom() - 1) / self.unit.1;
        let planes = if self.planar { self.channels as u64 } else { 1 };
        (0..planes)
            .flat_map(|n| rows.clone().map(move |row| n * plane + row * across))
            .flat_map(|first| columns.clone().map(move |column| (first + column) as usize))
            .collect()
    }
}

/// Samples of some strips or tiles of a page.
pub(in crate::strip) struct Stored<'p> {
    page: &'p Page,
    little: bool,
    units: BTreeMap<usize, Vec<u8>>,
}

impl Stored<'_> {
    /// The unit that a sample is in, and the bit where it begins there.
    fn place(&self, x: u32, y: u32, channel: usize) -> (usize, u64) {
        let (page, (across, plane)) = (self.page, self.page.grid());
        let (column, row) = (u64::from(x) / page.unit.0, u64::from(y) / page.unit.1);
        let (left, top) = (u64::from(x) % page.unit.0, u64::from(y) % page.unit.1);
        let (plane, channel) = if page.planar { (plane * channel as u64, 0) } else { (0, channel) };
        let form = page.row();
        let sample = left * form.channels as u64 + channel as u64;
        let bit = top * form.bytes as u64 * 8 + sample * u64::from(page.bits);
        ((plane + row * across + column) as usize, bit)
    }

    /// Codes the units that these areas reach into, and says what is to change in the file: new data belongs at its end.
    ///
    /// # Errors
    /// Where the new places do not fit into the file's numbers.
    pub(in crate::strip) fn edits(&self, areas: &[Area], end: &mut u64) -> Result<Edits, Refusal> {
        let large = || Refusal::too_large("the picture is larger than any real one");
        let mut edits = Edits::default();
        let mut touched: Vec<usize> = areas.iter().flat_map(|area| self.page.units(area)).collect();
        touched.sort_unstable();
        touched.dedup();
        let form = Form { little: self.little, big: false };
        for unit in touched {
            let mut bytes = self.units.get(&unit).cloned().ok_or_else(large)?;
            let rows = self.page.row();
            coding::redo(self.page.predictor, &mut bytes, rows, self.little);
            let mut coded = coding::encode(self.page.compression, &bytes, rows.bytes).ok_or_else(|| broken(UNREAD))?;
            if self.page.geometry.reversed {
                coded.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
            }
            for ((entry, _), number) in [(&self.page.starts, *end), (&self.page.lengths, coded.len() as u64)] {
                let size = size(entry.kind).unwrap_or(4);
                let start = entry.value.as_ref().ok_or_else(large)?.start + unit as u64 * size;
                if size < 8 && number >> (8 * size) != 0 {
                    return Err(large());
                }
                let mut value = Vec::new();
                form.put(&mut value, number, size as usize);
                edits.fields.push((start..start + size, value));
            }
            *end += coded.len() as u64;
            edits.data.extend(coded);
        }
        Ok(edits)
    }
}

/// What is to change in a file.
#[derive(Debug, Default)]
pub(in crate::strip) struct Edits {
    /// Fields that say where strips or tiles are, and how long.
    pub(in crate::strip) fields: Vec<(Range<u64>, Vec<u8>)>,
    /// What is to stand at the end.
    pub(in crate::strip) data: Vec<u8>,
}

impl Grid for Stored<'_> {
    fn size(&self) -> (u32, u32) {
        self.page.size
    }

    fn channels(&self) -> usize {
        self.page.channels
    }

    fn get(&self, x: u32, y: u32, channel: usize) -> u64 {
        let (unit, bit) = self.place(x, y, channel);
        self.units.get(&unit).map_or(0, |bytes| packed::get(bytes, bit, self.page.bits, self.little))
    }

    fn set(&mut self, x: u32, y: u32, channel: usize, value: u64) {
        let (unit, bit) = self.place(x, y, channel);
        if let Some(bytes) = self.units.get_mut(&unit) {
            packed::set(bytes, bit, self.page.bits, self.little, value);
        }
    }
}
