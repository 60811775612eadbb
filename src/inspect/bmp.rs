//! The witness's own account of a Windows or OS/2 bitmap: headers, masks, palette, pixels, and perhaps a profile.
//!
//! Microsoft's BITMAPFILEHEADER, BITMAPCOREHEADER, BITMAPINFOHEADER, BITMAPV4HEADER and BITMAPV5HEADER; run lengths
//! after "Bitmap Compression" there; the longer OS/2 headers after IBM's BITMAPINFOHEADER2.

mod cleared;
mod findings;
#[cfg(test)]
mod planted;
mod samples;

pub(super) use cleared::witness;
pub(super) use findings::{discover, year};

use super::Trouble;
use super::bytes::Bytes;
use super::little::{le16, le32};
use std::ops::Range;

/// Length of the file header.
const FILE_HEADER: u64 = 14;

/// Lengths of Microsoft's headers behind the core header: info, with masks, with colours, with a profile. All others of
/// 16 to 64 bytes are OS/2's, which may be cut off behind any field.
const HEADERS: &[u64] = &[40, 52, 56, 108, 124];

/// How pixels are written (biCompression).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Rows of samples.
    Plain,
    /// Run lengths of this many bits a pixel.
    Runs(u16),
}

/// Where everything lies, as the headers say.
#[derive(Debug)]
pub(super) struct Layout {
    /// The two headers together.
    pub(super) head: Vec<u8>,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Width, height with its sign, bits: what the rows mean.
    pub(super) shape: (i64, i64, u16),
    pub(super) coding: Coding,
    /// Colour masks, wherever they stand: red, green, blue, alpha.
    pub(super) masks: Option<[u32; 4]>,
    /// Masks behind a header of 40 bytes.
    pub(super) masks_behind: Range<u64>,
    /// Palette entries that samples can point to.
    pub(super) palette: Range<u64>,
    /// Bytes of an entry: 4, or 3 behind a core header.
    pub(super) entry: u64,
    /// The pixels, up to the end of the last row or run, as far as the file has them.
    pub(super) pixels: Range<u64>,
    /// Whether all the rows, or the end of the runs, are there.
    pub(super) complete: bool,
    /// Bytes of samples in a row, and from row to row.
    pub(super) row: (u64, u64),
    /// A profile or the path of one: whether it is linked, and where.
    pub(super) profile: Option<(bool, Range<u64>)>,
    /// Bytes that pad runs to an even length and are not zero.
    pub(super) pads: u64,
}

impl Layout {
    /// Length of the picture header.
    pub(super) fn header(&self) -> u64 {
        self.head.len() as u64 - FILE_HEADER
    }

    /// Whether it is one of OS/2's.
    pub(super) fn is_os2(&self) -> bool {
        !HEADERS.contains(&self.header())
    }

    /// The bits of the last byte of a row that belong to no sample.
    pub(super) fn spare(&self) -> u8 {
        let used = self.shape.0 as u64 * u64::from(self.shape.2) % 8;
        if used == 0 { 0 } else { 0xff >> used }
    }

    /// The bits of a pixel of 16 or 32 that belong to no colour; nought for other pixels. Where masks name none, viewers
    /// take those that hold without masks.
    pub(super) fn idle(&self) -> u32 {
        let (all, usual) = match (self.shape.2, self.coding) {
            (16, Coding::Plain) => (0xffff, 0x7fff),
            (32, Coding::Plain) => (u32::MAX, 0x00ff_ffff),
            _ => return 0,
        };
        let named = self.masks.unwrap_or_default().into_iter().fold(0, |all, mask| all | mask);
        all & !(if named == 0 { usual } else { named })
    }

    /// The number at `at` of the file.
    pub(super) fn number(&self, at: usize) -> u32 {
        le32(&self.head, at).unwrap_or(0)
    }

    /// Colour space of a V4 or V5 header.
    pub(super) fn space(&self) -> Option<u32> {
        (self.header() >= 108).then(|| self.number(70))
    }

    /// Horizontal and vertical pixels a metre, as far as they can be that.
    pub(super) fn resolution(&self) -> (u32, u32) {
        let sound = |at: usize| Some(self.number(at)).filter(|n| *n <= FINEST).unwrap_or(0);
        if self.header() == 12 { (0, 0) } else { (sound(38), sound(42)) }
    }
}

/// The finest resolution in pixels a metre: 25,400 an inch. More is no resolution.
const FINEST: u32 = 1_000_000;

/// bV5CSType: an embedded profile, and the path of one.
const EMBEDDED: u32 = 0x4d42_4544;
const LINKED: u32 = 0x4c49_4e4b;

/// Reads the headers, and the runs where there are any.
pub(super) fn layout(bytes: &mut Bytes<'_>) -> Result<Layout, Trouble> {
    let length = bytes.len();
    let start = bytes.copy(0..FILE_HEADER + 4, 18)?;
    let Some(header) = le32(&start, 14).map(u64::from).filter(|_| start.starts_with(b"BM")) else {
        return Err(Trouble::Damaged("it does not begin as a bitmap does"));
    };
    let os2 = matches!(header, 12 | 16..=64) && !HEADERS.contains(&header);
    if !os2 && !HEADERS.contains(&header) {
        return Err(Trouble::Damaged("a bitmap's header of a length that no standard has"));
    }
    let head = bytes.copy(0..FILE_HEADER + header, 14 + 124)?;
    if (head.len() as u64) < FILE_HEADER + header {
        return Err(Trouble::Damaged("the file ends in its header"));
    }
    let core = header == 12;
    let short = |at| le16(&head, at).unwrap_or(0);
    let long = |at| le32(&head, at).unwrap_or(0);
    let (width, height, bits) = if core {
        (i64::from(short(18)), i64::from(short(20)), short(24))
    } else {
        (i64::from(long(18) as i32), i64::from(long(22) as i32), short(28))
    };
    let compression = if core { 0 } else { long(30) };
    let coding = match (compression, bits) {
        (0, 1 | 2 | 4 | 8 | 16 | 24 | 32 | 64) => Coding::Plain,
        (1, 8) => Coding::Runs(8),
        (2, 4) => Coding::Runs(4),
        (4, 24) if os2 => Coding::Runs(24),
        (3 | 6, 16 | 32) if !os2 => Coding::Plain,
        _ => return Err(Trouble::Damaged("a bitmap whose pixels are written in a way that is not read")),
    };
    if width <= 0 || height == 0 {
        return Err(Trouble::Damaged("a bitmap without width or height"));
    }
    let behind = match (header, compression) {
        (40, 3) => 12,
        (40, 6) => 16,
        _ => 0,
    };
    let first = FILE_HEADER + header + behind;
    let masks_behind = FILE_HEADER + header..first;
    let masks = masks(bytes, compression, header, &head, masks_behind.clone())?;
    let entry = if core { 3 } else { 4 };
    let stated = if core { 0 } else { u64::from(long(46)) };
    let most = if bits <= 8 { 1u64 << bits } else { 0 };
    let entries = if stated == 0 { most } else { stated.min(most) };
    // A place within the headers is none, nor is the one right behind them where a palette must stand.
    let (place, behind) = (u64::from(long(10)), FILE_HEADER + header);
    let at = if place < behind || (place == behind && bits <= 8) { first + entries * entry } else { place };
    let entries = entries.min(length.saturating_sub(first) / entry);
    let row = ((width as u64 * u64::from(bits)).div_ceil(8), (width as u64 * u64::from(bits)).div_ceil(32) * 4);
    let mut layout = Layout {
        width: width as u32,
        height: u32::try_from(height.unsigned_abs()).unwrap_or(u32::MAX),
        shape: (width, height, bits),
        coding,
        masks,
        masks_behind,
        palette: first..first + entries * entry,
        entry,
        pixels: at..at,
        complete: false,
        row,
        profile: profile(&head, header, length),
        pads: 0,
        head,
    };
    match coding {
        Coding::Plain => {
            let needed = row.1.saturating_mul(height.unsigned_abs());
            layout.complete = at.saturating_add(needed) <= length;
            layout.pixels = at..at.saturating_add(needed).min(length.max(at));
        }
        Coding::Runs(bits) => runs(bytes, bits, &mut layout)?,
    }
    Ok(layout)
}

fn masks(
    bytes: &mut Bytes<'_>,
    compression: u32,
    header: u64,
    head: &[u8],
    behind: Range<u64>,
) -> Result<Option<[u32; 4]>, Trouble> {
    if !matches!(compression, 3 | 6) {
        return Ok(None);
    }
    let mut all = if header == 40 { bytes.copy(behind, 16)? } else { head.get(54..).unwrap_or_default().to_vec() };
    if header == 52 {
        all.truncate(12);
    }
    all.resize(16, 0);
    let mask = |n: usize| le32(&all, 4 * n).unwrap_or(0);
    Ok(Some([mask(0), mask(1), mask(2), mask(3)]))
}

fn profile(head: &[u8], header: u64, length: u64) -> Option<(bool, Range<u64>)> {
    let space = le32(head, 70).filter(|s| header == 124 && matches!(*s, EMBEDDED | LINKED))?;
    let start = FILE_HEADER + u64::from(le32(head, 126)?);
    let end = start.saturating_add(u64::from(le32(head, 130)?)).min(length);
    (start < end).then_some((space == LINKED, start..end))
}

/// Follows the runs to their end.
fn runs(bytes: &mut Bytes<'_>, bits: u16, layout: &mut Layout) -> Result<(), Trouble> {
    let start = layout.pixels.start;
    let mut runs = samples::Runs::new(start, (layout.width, layout.height), bits);
    while let Some(run) = runs.next(bytes)? {
        if let Some(pad) = run.pad {
            layout.pads += u64::from(bytes.get(pad, 1)?.is_some_and(|b| b[0] != 0));
        }
    }
    layout.complete = runs.is_complete();
    layout.pixels = start..runs.at.max(start);
    Ok(())
}
