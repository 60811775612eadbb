//! How the samples of a page lie in strips or tiles, and how many bytes each of them holds when it is decoded.
//!
//! TIFF 6.0, sections 3 (strips), 15 (tiles), 8 (planar configuration), 21 (subsampled YCbCr).

use super::entry::{Directory, Form};
use super::rule::Samples;
use crate::plan::Refusal;
use crate::strip::operation::broken;
use crate::strip::reader::Reader;

/// Strips or tiles of all pages together. A slide of 100,000 × 200,000 pixels in tiles of 256 has 300,000.
pub(super) const UNITS: u64 = 1_000_000;

/// The layout of one page.
#[derive(Debug, Clone)]
pub(super) struct Geometry {
    /// Width in pixels.
    pub(super) width: u64,
    /// Height in pixels.
    pub(super) height: u64,
    /// How the samples are coded.
    pub(super) compression: u64,
    /// What the samples mean.
    pub(super) photometric: Option<u64>,
    /// Samples of a pixel and bits of a sample.
    pub(super) samples: Samples,
    /// Whether the bits of each byte of coded data stand in reverse.
    pub(super) reversed: bool,
    /// Options of fax coding: T4Options or T6Options.
    pub(super) options: u64,
    /// Whether in tiles.
    pub(super) tiled: bool,
    planes: u64,
    pixel: u64,
    bits: u64,
    unit: (u64, u64),
    subsampling: Option<(u64, u64)>,
}

impl Geometry {
    /// Reads the layout that a directory describes; none where it describes no picture.
    pub(super) fn read(reader: &mut Reader<'_>, form: Form, directory: &Directory) -> Result<Option<Self>, Refusal> {
        let mut number = |tag| directory.number(reader, form, tag);
        let (Some(width), Some(height)) = (number(256)?, number(257)?) else { return Ok(None) };
        let compression = number(259)?.unwrap_or(1);
        let photometric = number(262)?;
        let planar = number(284)?.unwrap_or(1) == 2;
        let stated = number(277)?;
        let (reversed, depth) = (number(266)? == Some(2), number(32997)?.unwrap_or(1));
        let options = number(if compression == 4 { 293 } else { 292 })?.unwrap_or(0);
        let (tile_width, tile_height) = (number(322)?, number(323)?);
        let rows = number(278)?.filter(|rows| *rows > 0).unwrap_or(height);
        let bits = match directory.find(258) {
            Some(entry) => entry.numbers(reader, form, 1 << 16)?.unwrap_or_default(),
            None => Vec::new(),
        };
        let sampling = match directory.find(530) {
            Some(entry) => entry.numbers(reader, form, 64)?.unwrap_or_default(),
            None => Vec::new(),
        };
        let of_jpeg = if matches!(photometric, Some(2 | 6)) && matches!(compression, 6 | 7) { 3 } else { 1 };
        let count = stated.unwrap_or(of_jpeg);
        let sane = (1..1 << 31).contains(&width) && (1..1 << 31).contains(&height) && (1..=65_535).contains(&count);
        if !sane {
            return Err(broken("the description of the picture is damaged"));
        }
        if depth != 1 {
            return Err(broken("a TIFF file with pictures of three dimensions is not understood"));
        }
        let first = bits.first().copied().unwrap_or(1);
        let pixel = match bits.get(..count as usize) {
            Some(all) if !planar => all.iter().fold(0_u64, |sum, bits| sum.saturating_add(*bits)),
            _ => first.saturating_mul(if planar { 1 } else { count }),
        };
        if !(1..=64).contains(&first) || pixel == 0 || pixel > 64 * 65_535 {
            return Err(broken("the description of the picture is damaged"));
        }
        let tiled = directory.find(324).is_some() || (tile_width.is_some() && directory.find(273).is_none());
        let unit = match (tiled, tile_width, tile_height) {
            (true, Some(w), Some(h)) if w > 0 && h > 0 && w < 1 << 31 && h < 1 << 31 => (w, h),
            (true, ..) => return Err(broken("the tiles of the picture have no size")),
            _ => (width, rows.min(height)),
        };
        let subsampled = photometric == Some(6) && !planar && count == 3;
        let pair = (sampling.first().copied().unwrap_or(2), sampling.get(1).copied().unwrap_or(2));
        if subsampled && !matches!(pair, (1 | 2 | 4, 1 | 2 | 4)) {
            return Err(broken("the description of the picture is damaged"));
        }
        let subsampling = subsampled.then_some(pair);
        Ok(Some(Self {
            width,
            height,
            compression,
            photometric,
            samples: Samples { count: count as usize, bits: first as u32 },
            reversed,
            options,
            tiled,
            planes: if planar { count } else { 1 },
            pixel,
            bits: first,
            unit,
            subsampling,
        }))
    }

    /// Units across and down in each plane.
    fn grid(&self) -> (u64, u64) {
        (self.width.div_ceil(self.unit.0), self.height.div_ceil(self.unit.1))
    }

    /// How many strips or tiles the page has.
    pub(super) fn units(&self) -> u64 {
        let (across, down) = self.grid();
        across.saturating_mul(down).saturating_mul(self.planes)
    }

    /// Rows of a strip or tile: a tile has them all, the last strip what is left.
    pub(super) fn rows(&self, unit: u64) -> u64 {
        let (_, down) = self.grid();
        match self.tiled {
            true => self.unit.1,
            false => self.unit.1.min(self.height - (unit % down.max(1)) * self.unit.1),
        }
    }

    /// Pixels of a row of a strip or tile.
    pub(super) fn across(&self) -> u64 {
        self.unit.0
    }

    /// Rows of a strip or tile that is not cut short.
    pub(super) fn unit_rows(&self) -> u64 {
        self.unit.1
    }

    /// Whether pixels share samples of colour.
    pub(super) fn is_subsampled(&self) -> bool {
        self.subsampling.is_some_and(|pair| pair != (1, 1))
    }

    /// Bytes that so many rows of a strip or tile hold when they are decoded.
    pub(super) fn bytes(&self, rows: u64) -> Result<u64, Refusal> {
        let total = match self.subsampling {
            // A data unit holds all samples of its block of pixels (section 21).
            Some((across, down)) => {
                let row = self.unit.0.div_ceil(across).checked_mul(across * down + 2);
                let row = row.and_then(|samples| samples.checked_mul(self.bits)).map(|bits| bits.div_ceil(8));
                row.and_then(|row| row.checked_mul(rows.div_ceil(down)))
            }
            None => return self.plain_bytes(rows),
        };
        total.ok_or_else(|| Refusal::too_large("the picture is larger than any real one"))
    }

    /// Bytes that so many rows hold where no sample is left out, as some programs write YCbCr without saying so.
    pub(super) fn plain_bytes(&self, rows: u64) -> Result<u64, Refusal> {
        let row = self.unit.0.checked_mul(self.pixel).map(|bits| bits.div_ceil(8));
        let total = row.and_then(|row| row.checked_mul(rows));
        total.ok_or_else(|| Refusal::too_large("the picture is larger than any real one"))
    }
}
