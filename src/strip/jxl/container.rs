//! The boxes of a JPEG XL file: which of them hold the codestream, and what the others are called.
//!
//! ISO/IEC 18181-2, clause 9; box structure after ISO/IEC 14496-12, 4.2.

use super::super::exif;
use super::super::operation::{Operation, broken};
use super::stream::Stream;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use std::ops::Range;

/// Boxes of one file; real ones have up to a dozen.
const BOXES: usize = 100_000;
/// The largest Exif block that is read for its findings.
const READ: u64 = 1 << 20;

/// A box: its type, and where it and its contents lie.
pub(super) struct Box {
    pub(super) kind: [u8; 4],
    pub(super) start: u64,
    pub(super) data: Range<u64>,
}

impl Box {
    pub(super) fn range(&self) -> Range<u64> {
        self.start..self.data.end
    }

    fn length(&self) -> u64 {
        self.data.end - self.data.start
    }
}

/// What a box that goes is reported as.
fn gone(kind: &[u8; 4], wrapped: Option<[u8; 4]>) -> (Code, &'static str) {
    match (kind, wrapped) {
        (b"Exif", _) => (Code::ExifOther, "Exif block"),
        (b"xml ", _) => (Code::Xmp, "XMP block"),
        (b"brob", Some(inner)) if inner != *b"brob" => gone(&inner, None),
        (b"jumb", _) => (Code::Provenance, "content credentials"),
        (b"jbrd", _) => (Code::Reconstruction, "data for rebuilding the old JPEG"),
        (b"jhgm", _) => (Code::GainMap, "gain map"),
        (b"jxli", _) => (Code::ApplicationData, "index of frames"),
        (b"jxlc" | b"jxlp", _) => (Code::MultiPicture, "second picture"),
        (b"free" | b"skip", _) => (Code::Junk, "free space"),
        _ => (Code::ApplicationData, "application data"),
    }
}

/// The boxes of a file that begins as one, up to where no further box begins.
pub(super) fn boxes(operation: &mut Operation<'_>) -> Result<Vec<Box>, Refusal> {
    let end = operation.reader.length();
    let mut boxes: Vec<Box> = Vec::new();
    let mut at = 0;
    while at < end {
        let Some(found) = next(operation, at)? else {
            // What follows a whole picture without being a box is a tail; before it, nobody knows where it lies.
            operation.found(Code::Trailer, "trailer", at..end, Action::Remove);
            break;
        };
        at = found.data.end;
        boxes.push(found);
        if boxes.len() > BOXES {
            return Err(Refusal::too_large("the file has more parts than any real one"));
        }
    }
    Ok(boxes)
}

/// The box that begins at a place; none where its length cannot be.
fn next(operation: &mut Operation<'_>, at: u64) -> Result<Option<Box>, Refusal> {
    let end = operation.reader.length();
    let Some(head) = operation.reader.peek::<8>(at)? else { return Ok(None) };
    let [a, b, c, d, kind @ ..] = head;
    let (header, length) = match u32::from_be_bytes([a, b, c, d]) {
        0 => (8, end - at),
        1 => match operation.reader.peek::<16>(at)? {
            Some([_, _, _, _, _, _, _, _, long @ ..]) => (16, u64::from_be_bytes(long)),
            None => return Ok(None),
        },
        length => (8, u64::from(length)),
    };
    let last = at.checked_add(length).filter(|last| length >= header && *last <= end);
    let codestream = matches!(&kind, b"jxlc" | b"jxlp");
    match last {
        Some(last) => Ok(Some(Box { kind, start: at, data: at + header..last })),
        // A picture cut short is one all the same where its codestream is whole; the walk over it tells.
        None if codestream && length >= header => Ok(Some(Box { kind, start: at, data: at + header..end })),
        None => Ok(None),
    }
}

/// The box that holds the codestream, or all that do; the rest is noted as going.
pub(super) struct Sorted {
    /// The file type.
    pub(super) brand: Range<u64>,
    /// The level of the codestream (9.2).
    pub(super) level: Option<(Range<u64>, u8)>,
    /// Where the first box with a part of the codestream begins, and where its contents do.
    pub(super) head: Range<u64>,
    pub(super) stream: Stream,
}

/// Sorts the boxes of a file.
pub(super) fn sort(operation: &mut Operation<'_>, boxes: &[Box]) -> Result<Sorted, Refusal> {
    let brand = match boxes {
        [_, brand, ..] if brand.kind == *b"ftyp" => brand.range(),
        _ => return Err(broken("the file does not say that it is a JPEG XL picture")),
    };
    let first = boxes.iter().find(|b| matches!(&b.kind, b"jxlc" | b"jxlp"));
    let first = first.ok_or_else(|| Refusal::truncated("the file ends before its picture does"))?;
    let mut sorted = Sorted { brand, level: None, head: first.start..first.data.start, stream: Stream::new([]) };
    let (mut ranges, mut ended) = (Vec::new(), false);
    for found in &boxes[2..] {
        if found.kind == first.kind && !ended {
            ranges.push(part(operation, found, ranges.len(), &mut ended)?);
            continue;
        }
        if found.kind == *b"jxll" && found.length() == 1 && sorted.level.is_none() {
            let level = operation.reader.peek::<1>(found.data.start)?.map_or(0, |level| level[0]);
            if matches!(level, 5 | 10) {
                sorted.level = Some((found.range(), level));
                continue;
            }
        }
        if found.kind == *b"Exif" && found.length() <= READ {
            gone_exif(operation, found)?;
            continue;
        }
        let wrapped = if found.length() >= 4 { operation.reader.peek::<4>(found.data.start)? } else { None };
        let (code, label) = gone(&found.kind, wrapped);
        operation.found_as(code, label, &name(&found.kind), found.range(), Action::Remove);
    }
    sorted.stream = Stream::new(ranges);
    Ok(sorted)
}

/// Notes what an Exif block holds; four bytes say where in the box it begins (9.4).
fn gone_exif(operation: &mut Operation<'_>, found: &Box) -> Result<(), Refusal> {
    let data = operation.reader.read(found.data.clone(), READ)?;
    let offset = data.get(..4).and_then(|b| b.try_into().ok()).map_or(0, |b| u32::from_be_bytes(b) as usize);
    let block = |at: usize| data.get(at..).filter(|tiff| tiff.starts_with(b"II") || tiff.starts_with(b"MM"));
    let starts = [offset.saturating_add(4), offset.saturating_add(10), 4, 10, 0];
    let Some((at, tiff)) = starts.into_iter().find_map(|at| Some((at as u64, block(at)?))) else {
        operation.found(Code::ExifOther, "Exif", found.range(), Action::Remove);
        return Ok(());
    };
    for (code, place) in exif::read(tiff).finds {
        let at = found.data.start + at;
        operation.found(code, "Exif", at + place.start..at + place.end, Action::Remove);
    }
    Ok(())
}

/// The part of the codestream that a box holds: all of it in `jxlc`, what follows its number in `jxlp` (9.9).
fn part(operation: &mut Operation<'_>, found: &Box, before: usize, ended: &mut bool) -> Result<Range<u64>, Refusal> {
    if found.kind == *b"jxlc" {
        *ended = true;
        return Ok(found.data.clone());
    }
    let number = operation.reader.peek::<4>(found.data.start)?.filter(|_| found.length() >= 4);
    let number = u32::from_be_bytes(number.ok_or_else(|| broken("a part of the picture is damaged"))?);
    if (number & 0x7FFF_FFFF) as usize != before {
        return Err(broken("the parts of the picture do not follow each other"));
    }
    *ended = number >> 31 == 1;
    Ok(found.data.start + 4..found.data.end)
}

/// The name of a box as the standard spells it, where it is one; a name made up by somebody is not repeated.
fn name(kind: &[u8; 4]) -> String {
    const NAMES: [&[u8; 4]; 14] = [
        b"Exif", b"xml ", b"brob", b"jumb", b"jbrd", b"jhgm", b"jxli", b"jxlc", b"jxlp", b"jxll", b"free", b"skip",
        b"uuid", b"ftyp",
    ];
    match NAMES.contains(&kind) {
        true => String::from_utf8_lossy(kind).trim_end().to_owned(),
        false => "box".to_owned(),
    }
}
