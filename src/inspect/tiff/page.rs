//! One page: its size, how its samples are written, and where its strips or tiles lie.
//!
//! TIFF 6.0 sections 8 (strips), 15 (tiles), 21 (subsampled YCbCr), 22 (JPEG); PlanarConfiguration 2 has strips of its own
//! for each sample.

use super::{Directory, Order};
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use std::ops::Range;

/// The most strips or tiles of a page: a slide of 370,000 pixels a side.
pub(in crate::inspect) const MOST_SEGMENTS: usize = 1 << 21;

/// What decoding needs to know of a page.
#[derive(Debug)]
pub(in crate::inspect) struct Page {
    pub(in crate::inspect) width: u64,
    pub(in crate::inspect) height: u64,
    pub(in crate::inspect) compression: u64,
    pub(in crate::inspect) tiled: bool,
    pub(in crate::inspect) fill: u64,
    pub(in crate::inspect) samples: u64,
    pub(in crate::inspect) tables: Option<Range<u64>>,
    /// Strips or tiles that the size asks for, as far as the file has them.
    pub(in crate::inspect) segments: Vec<Range<u64>>,
    /// Whether more of them are listed than the size asks for.
    pub(in crate::inspect) surplus: bool,
    /// Whether each listed length is there and lies within the file.
    pub(in crate::inspect) measured: bool,
    photometric: u64,
    bits: Vec<u64>,
    planar: bool,
    /// Width and height of a strip or tile.
    segment: (u64, u64),
    subsampling: (u64, u64),
    deep: bool,
}

impl Page {
    /// Reads a directory; none where it has no size.
    pub(in crate::inspect) fn read(
        bytes: &mut Bytes<'_>,
        order: &Order,
        directory: &Directory,
    ) -> Result<Option<Self>, Trouble> {
        let mut number =
            |tag: u16, default: u64| Ok::<u64, Trouble>(order.first_of(bytes, directory, tag)?.unwrap_or(default));
        let (width, height) = (number(256, 0)?, number(257, 0)?);
        if width == 0 || height == 0 {
            return Ok(None);
        }
        let (compression, photometric) = (number(259, 1)?, number(262, 0)?);
        // A JPEG says of itself how many samples it has; directories of colour that leave it out mean three.
        let three = matches!((compression, photometric), (6 | 7, 2 | 6));
        let samples = number(277, if three { 3 } else { 1 })?;
        let (planar, fill) = (number(284, 1)? == 2, number(266, 1)?);
        let tile = (number(322, 0)?, number(323, 0)?);
        let deep = number(32997, 1)? > 1 || number(32998, 1)? > 1;
        let rows = number(278, u64::MAX)?.clamp(1, height);
        let tiled = tile.0 > 0 && tile.1 > 0 && directory.get(324).is_some();
        let listed = |bytes: &mut Bytes<'_>, tag, most| match directory.get(tag) {
            Some(entry) => order.numbers(bytes, entry, most),
            None => Ok(Vec::new()),
        };
        let mut bits = listed(bytes, 258, 64)?;
        let stated = bits.first().copied().unwrap_or(1);
        bits.resize(samples.clamp(1, 64) as usize, stated);
        let subsampling = match listed(bytes, 530, 2)?[..] {
            [across, down] if across > 0 && down > 0 => (across, down),
            _ => (2, 2),
        };
        let segment = if tiled { tile } else { (width, rows) };
        let mut page = Self {
            width,
            height,
            compression,
            tiled,
            fill,
            samples,
            tables: directory.get(347).filter(|_| compression == 7).map(|e| e.value.clone()),
            segments: Vec::new(),
            surplus: false,
            measured: true,
            photometric,
            bits,
            planar,
            segment,
            subsampling,
            deep,
        };
        let (places, counts) = if tiled { (324, 325) } else { (273, 279) };
        let asked = page.asked();
        let most = asked.min(MOST_SEGMENTS as u64) as usize;
        if asked > MOST_SEGMENTS as u64 && directory.get(places).is_some_and(|e| e.count > MOST_SEGMENTS as u64) {
            return Err(Trouble::TooLarge("a TIFF of more than two million strips or tiles"));
        }
        page.surplus = directory.get(places).is_some_and(|e| e.count > asked);
        let (places, counts) = (listed(bytes, places, most)?, listed(bytes, counts, most)?);
        page.take(bytes.len(), &places, &counts);
        if compression == 6 {
            let stream = order.first_of(bytes, directory, 513)?.filter(|at| *at > 0);
            page.take_stream(bytes.len(), stream);
        }
        Ok(Some(page))
    }

    /// A page of the old kind (section 22) is one stream, at JPEGInterchangeFormat where that is stated, whatever the
    /// strip says; its end is its own.
    fn take_stream(&mut self, end: u64, at: Option<u64>) {
        if let (Some(at), 1, false) = (at, self.segments.len(), self.tiled) {
            self.segments.fill(at.min(end)..end);
        }
    }

    fn take(&mut self, end: u64, places: &[u64], counts: &[u64]) {
        for (i, start) in places.iter().enumerate() {
            let count = counts.get(i).copied().filter(|n| *n > 0 || *start == 0);
            // Where no length is stated, samples that are not compressed have the one that they need.
            let length = count.or_else(|| self.needed(i).filter(|_| self.compression == 1));
            let stop = length.map_or(end, |n| start.saturating_add(n));
            self.measured &= count.is_some() && stop <= end;
            self.segments.push((*start).min(end)..stop.min(end));
        }
        self.measured &= places.len() as u64 == self.asked();
    }

    /// How many strips or tiles of one plane the size asks for.
    fn per_plane(&self) -> u64 {
        let across = if self.tiled { self.width.div_ceil(self.segment.0) } else { 1 };
        across.saturating_mul(self.height.div_ceil(self.segment.1))
    }

    /// How many strips or tiles the size asks for.
    pub(in crate::inspect) fn asked(&self) -> u64 {
        let planes = if self.planar { self.samples.max(1) } else { 1 };
        self.per_plane().saturating_mul(planes)
    }

    /// How many bytes strip or tile `i` makes; none where that cannot be told.
    pub(in crate::inspect) fn needed(&self, i: usize) -> Option<u64> {
        if self.deep {
            return None;
        }
        let per_plane = self.per_plane();
        let (plane, at) = (i as u64 / per_plane, i as u64 % per_plane);
        let (width, rows) = self.segment;
        let rows = if self.tiled { rows } else { rows.min(self.height.saturating_sub(at.checked_mul(rows)?)) };
        if self.photometric == 6 && self.samples == 3 && !self.planar && self.compression != 7 {
            let (across, down) = self.subsampling;
            let blocks = width.div_ceil(across).checked_mul(rows.div_ceil(down))?;
            return blocks.checked_mul(across.checked_mul(down)? + 2);
        }
        let bits = if self.planar { *self.bits.get(plane as usize)? } else { self.bits.iter().sum() };
        if !self.planar && self.samples > 64 {
            return None;
        }
        width.checked_mul(bits)?.div_ceil(8).checked_mul(rows)
    }
}

impl Page {
    /// PhotometricInterpretation.
    pub(in crate::inspect) fn photometric(&self) -> u64 {
        self.photometric
    }

    /// Bits of each sample of a pixel.
    pub(in crate::inspect) fn bits(&self) -> &[u64] {
        &self.bits
    }

    /// Whether each sample has strips or tiles of its own.
    pub(in crate::inspect) fn is_planar(&self) -> bool {
        self.planar
    }

    /// Strips or tiles across, and rows of one that is not cut short.
    pub(in crate::inspect) fn grid(&self) -> (u64, u64) {
        (if self.tiled { self.width.div_ceil(self.segment.0) } else { 1 }, self.segment.1)
    }

    /// Whether the end of a strip's data can be told from the data.
    pub(in crate::inspect) fn is_measurable(&self) -> bool {
        matches!(self.compression, 1 | 4 | 5 | 7 | 8 | 32_946 | 32_773) && self.needed(0).is_some()
    }

    /// Whether each strip or tile is a JPEG: as Technical Note 2 has it, or of the old kind (section 22).
    pub(in crate::inspect) fn is_jpeg(&self) -> bool {
        matches!(self.compression, 6 | 7)
    }

    /// Whether each strip or tile is a zlib stream.
    pub(in crate::inspect) fn is_deflated(&self) -> bool {
        matches!(self.compression, 8 | 32_946) && self.fill != 2
    }

    /// Whether each strip or tile is a JPEG 2000 stream.
    pub(in crate::inspect) fn is_wavelet(&self) -> bool {
        matches!(self.compression, 33_003 | 33_005 | 34_712)
    }

    /// Pixels across and rows of strip or tile `i`.
    pub(in crate::inspect) fn extent(&self, i: usize) -> (u64, u64) {
        let (width, rows) = self.segment;
        let above = (i as u64 % self.per_plane().max(1)).saturating_mul(rows);
        (width, if self.tiled { rows } else { rows.min(self.height.saturating_sub(above)) })
    }

    /// What two pages have in common when one is a copy of the other.
    pub(in crate::inspect) fn shape(&self) -> (u64, u64, u64, u64, bool, usize) {
        (self.width, self.height, self.compression, self.samples, self.tiled, self.segments.len())
    }
}
