//! The coded samples of one strip or tile, cut to what decoding needs.
//!
//! TIFF 6.0, sections 3, 9 to 11, 13; Adobe Photoshop TIFF Technical Notes (deflate); TIFF Technical Note 2 (JPEG); the
//! registered compressions of libtiff. A compression whose data have no end that can be told is refused.

use super::geometry::Geometry;
use super::part::{Part, Parts};
use super::walk::{self, Inflate, Inflater, Lzw, PackBits};
use super::{fax, frame, jpeg, jpeg2000, webp};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::{Operation, broken};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::{self, Read, Write};
use std::ops::Range;

/// Bytes of samples that are compressed anew in one file.
const REBUILT: u64 = 64 << 20;

/// Where the data of a strip or tile begin, and what the file says of their length.
#[derive(Debug, Clone)]
pub(super) struct Stated {
    /// From where they begin to where they end at the latest.
    pub(super) range: Range<u64>,
    /// Whether that end is the file's own word.
    pub(super) told: bool,
}

/// What stays of a strip or tile.
pub(super) enum Coded {
    /// One range of the source.
    Range(Range<u64>),
    /// Several pieces, and where they end in the source.
    Parts(Parts, u64),
}

/// What was spent on a file so far: strips may lie over one another, so that a small file has much to decode.
#[derive(Debug, Default)]
pub(super) struct Spent {
    /// Coded bytes walked.
    coded: u64,
    /// Bytes inflated.
    inflated: u64,
    /// Bytes compressed anew.
    rebuilt: u64,
    /// What inflating needs.
    inflater: Inflater,
}

/// Bytes that may be inflated in any file, and how many more for each of its bytes.
const INFLATED: u64 = 2 << 30;
const RATIO: u64 = 64;

impl Spent {
    /// Counts a strip whose data were walked.
    pub(super) fn walked(&mut self, bytes: u64, file: u64) -> Result<(), Refusal> {
        self.coded = self.coded.saturating_add(bytes);
        match self.coded > file.saturating_mul(2).saturating_add(1 << 20) {
            true => Err(broken("parts of the picture lie over one another in the file")),
            false => Ok(()),
        }
    }

    fn inflates(&mut self, bytes: u64, file: u64) -> Result<(), Refusal> {
        self.inflated = self.inflated.saturating_add(bytes);
        match self.inflated > file.saturating_mul(RATIO).saturating_add(INFLATED) {
            true => Err(Refusal::too_large("the picture is larger than any real one")),
            false => Ok(()),
        }
    }
}

/// Cuts a strip or tile to what decoding needs.
pub(super) fn cut(
    operation: &mut Operation<'_>,
    geometry: &Geometry,
    unit: u64,
    stated: &Stated,
    spent: &mut Spent,
) -> Result<Coded, Refusal> {
    let range = stated.range.clone();
    let rows = geometry.rows(unit);
    let needed = geometry.bytes(rows)?;
    let reader = &mut operation.reader;
    let end = match geometry.compression {
        1 => {
            let plain = geometry.plain_bytes(rows)?;
            let needed = if stated.told && range.end - range.start >= plain { plain } else { needed };
            let end = range.start.checked_add(needed).filter(|end| *end <= reader.length());
            end.ok_or_else(|| Refusal::truncated("the file ends before its picture does"))?
        }
        2..=4 => fax::end(reader, range.clone(), geometry, rows)?,
        5 => walk::end(reader, range.clone(), geometry.reversed, &mut Lzw::new(needed))?,
        32773 => walk::end(reader, range.clone(), geometry.reversed, &mut PackBits::new(needed))?,
        8 | 32946 => {
            spent.inflates(needed, reader.length())?;
            let mut inflate = Inflate::new(&mut spent.inflater, needed);
            let end = walk::end(reader, range.clone(), geometry.reversed, &mut inflate)?;
            if inflate.hides && geometry.reversed {
                return Err(broken("samples stand behind the picture, in an order of bits that is not written here"));
            }
            if inflate.hides {
                return rebuild(operation, range, needed, spent);
            }
            end
        }
        6 | 7 => return coded_jpeg(operation, range),
        33003 | 33005 | 34712 => {
            let (parts, end, gone) = jpeg2000::clean(reader, range)?;
            for range in gone {
                operation.found(Code::Comment, "JPEG 2000 COM", range, Action::Remove);
            }
            return Ok(settle(parts, end));
        }
        34925 => frame::xz(reader, range.clone())?,
        50000 => frame::zstd(reader, range.clone())?,
        50001 => {
            let (parts, end) = webp::clean(reader, range)?;
            return Ok(settle(parts, end));
        }
        32770 | 32867 | 34713 | 34892 | 65000 | 65535 => return Err(super::raw()),
        _ => return Err(broken("the samples of the TIFF file are coded in a way that is not understood")),
    };
    Ok(Coded::Range(range.start..end))
}

/// Pieces that are one range are told as one.
fn settle(parts: Parts, end: u64) -> Coded {
    match parts.range() {
        Some(range) => Coded::Range(range),
        None => Coded::Parts(parts, end),
    }
}

fn coded_jpeg(operation: &mut Operation<'_>, range: Range<u64>) -> Result<Coded, Refusal> {
    let stream = jpeg::clean(&mut operation.reader, range)?;
    if stream.scans == 0 {
        return Err(Refusal::truncated("a JPEG stream inside the TIFF file ends before its picture does"));
    }
    for (range, comment) in stream.gone {
        let code = if comment { Code::Comment } else { Code::ApplicationData };
        operation.found(code, "JPEG stream", range, Action::Remove);
    }
    Ok(settle(stream.parts, stream.end))
}

/// Compresses the samples of a strip anew, and no byte beyond them.
fn rebuild(operation: &mut Operation<'_>, range: Range<u64>, needed: u64, spent: &mut Spent) -> Result<Coded, Refusal> {
    spent.rebuilt = spent.rebuilt.saturating_add(needed);
    if spent.rebuilt > REBUILT {
        return Err(Refusal::too_large("the picture is too large to be compressed anew"));
    }
    let label = "samples behind the picture; the strip is compressed anew, its pixels unchanged";
    operation.found_as(Code::HiddenBytes, label, "strip", range.clone(), Action::Replace);
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let source = Window { operation, range: range.clone() };
    let mut samples = flate2::read::ZlibDecoder::new(source).take(needed);
    if io::copy(&mut samples, &mut encoder)? < needed {
        return Err(Refusal::truncated("the coded samples end before the picture does"));
    }
    encoder.flush()?;
    let mut parts = Parts::default();
    parts.write(encoder.finish()?);
    Ok(Coded::Parts(parts, range.end))
}

/// A range of the source as a stream.
struct Window<'o, 'a> {
    operation: &'o mut Operation<'a>,
    range: Range<u64>,
}

impl Read for Window<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.range.end - self.range.start;
        if left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let window = self.operation.reader.rest(self.range.start, 1)?;
        let length = window.len().min(buffer.len()).min(usize::try_from(left).unwrap_or(usize::MAX));
        buffer[..length].copy_from_slice(&window[..length]);
        self.range.start += length as u64;
        Ok(length)
    }
}

/// Lays the pieces of a strip or tile into the cut.
pub(super) fn lay(operation: &mut Operation<'_>, parts: &Parts, why: &'static str) {
    for part in parts.pieces() {
        match part {
            Part::Keep(range) => operation.keep(range.clone(), why),
            Part::Write(bytes) => operation.write(bytes.clone(), why),
        }
    }
}
