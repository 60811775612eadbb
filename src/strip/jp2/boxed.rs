//! The boxes of a JPEG 2000 file: where they lie, and what those that go are called.
//!
//! ISO/IEC 15444-1, I.4 (box structure); 15444-2, annexes M and N for the names.

use super::super::exif;
use super::super::operation::Operation;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use std::ops::Range;

/// Boxes of one parent; a JPX file of many pages has some thousand.
const BOXES: usize = 100_000;
/// The largest Exif block that is read for its findings.
const READ: u64 = 1 << 20;
/// The identifier of an Exif block (as several programs write it).
const EXIF: &[u8; 16] = b"JpgTiffExif->JP2";

/// A box: its type, where it begins, and where its contents lie.
#[derive(Debug, Clone)]
pub(super) struct Box {
    pub(super) kind: [u8; 4],
    pub(super) start: u64,
    pub(super) data: Range<u64>,
}

impl Box {
    pub(super) fn range(&self) -> Range<u64> {
        self.start..self.data.end
    }

    /// Bytes of its contents.
    pub(super) fn length(&self) -> u64 {
        self.data.end - self.data.start
    }

    pub(super) fn read(&self, operation: &mut Operation<'_>, limit: u64) -> Result<Vec<u8>, Refusal> {
        operation.reader.read(self.data.clone(), limit)
    }

    /// Notes what stands behind the fields of a box.
    pub(super) fn surplus(&self, operation: &mut Operation<'_>, fields: u64) {
        if self.length() > fields {
            let range = self.data.start + fields..self.data.end;
            operation.found(Code::HiddenBytes, self.name(), range, Action::Remove);
        }
    }

    /// Notes that the box goes.
    pub(super) fn gone(&self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let (code, label) = match &self.kind {
            b"xml " => (Code::Xmp, "XML block"),
            b"uuid" => return self.gone_uuid(operation),
            b"uinf" | b"ulst" | b"url " => (Code::ApplicationData, "web address"),
            b"asoc" | b"lbl " | b"nlst" => (Code::ItemName, "label"),
            b"jp2i" => (Code::ApplicationData, "statement of rights"),
            b"jumb" => (Code::Provenance, "content credentials"),
            b"free" => (Code::Junk, "free space"),
            b"mdat" => (Code::ApplicationData, "media data"),
            b"rreq" => (Code::ApplicationData, "requirements on readers"),
            b"jp2c" => (Code::MultiPicture, "second picture"),
            _ => (Code::ApplicationData, "application data"),
        };
        operation.found_as(code, label, self.name(), self.range(), Action::Remove);
        Ok(())
    }

    /// Notes that a block with an identifier of its own goes.
    fn gone_uuid(&self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        const XMP: [u8; 16] = *b"\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";
        const IPTC: [u8; 16] = *b"\x33\xC7\xA4\xD2\xB8\x1D\x47\x23\xA0\xBA\xF1\xA3\xE0\x97\xAD\x38";
        const GEO: [u8; 16] = *b"\xB1\x4B\xF8\xBD\x08\x3D\x4B\x43\xA5\xAE\x8C\xD7\xD5\xA6\xCE\x03";
        let id = operation.reader.peek::<16>(self.data.start)?.filter(|_| self.length() >= 16);
        let (code, label) = match id {
            Some(id) if id == *EXIF && self.length() <= READ => return self.gone_exif(operation),
            Some(id) if id == *EXIF => (Code::ExifOther, "Exif block"),
            Some(XMP) => (Code::Xmp, "XMP block"),
            Some(IPTC) => (Code::Iptc, "IPTC or Photoshop block"),
            Some(GEO) => (Code::ExifGps, "position on the map"),
            _ => (Code::ApplicationData, "application data"),
        };
        operation.found_as(code, label, "uuid", self.range(), Action::Remove);
        Ok(())
    }

    fn gone_exif(&self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let data = self.read(operation, READ)?;
        let tiff = data.get(16..).unwrap_or_default();
        let skipped = if tiff.starts_with(b"Exif\0\0") { 6 } else { 0 };
        let at = self.data.start + 16 + skipped as u64;
        for (code, place) in exif::read(&tiff[skipped..]).finds {
            operation.found(code, "uuid Exif", at + place.start..at + place.end, Action::Remove);
        }
        Ok(())
    }

    /// The name of a box where a standard gives it one; a name made up by somebody is not repeated.
    pub(super) fn name(&self) -> &'static str {
        const NAMES: [(&[u8; 4], &str); 35] = [
            (b"jP  ", "jP"),
            (b"ftyp", "ftyp"),
            (b"jp2h", "jp2h"),
            (b"ihdr", "ihdr"),
            (b"bpcc", "bpcc"),
            (b"colr", "colr"),
            (b"pclr", "pclr"),
            (b"cmap", "cmap"),
            (b"cdef", "cdef"),
            (b"res ", "res"),
            (b"resc", "resc"),
            (b"resd", "resd"),
            (b"jp2c", "jp2c"),
            (b"jp2i", "jp2i"),
            (b"xml ", "xml"),
            (b"uuid", "uuid"),
            (b"uinf", "uinf"),
            (b"ulst", "ulst"),
            (b"url ", "url"),
            (b"asoc", "asoc"),
            (b"lbl ", "lbl"),
            (b"nlst", "nlst"),
            (b"jumb", "jumb"),
            (b"free", "free"),
            (b"mdat", "mdat"),
            (b"rreq", "rreq"),
            (b"jpch", "jpch"),
            (b"jplh", "jplh"),
            (b"cgrp", "cgrp"),
            (b"comp", "comp"),
            (b"roid", "roid"),
            (b"gtso", "gtso"),
            (b"drep", "drep"),
            (b"cref", "cref"),
            (b"dtbl", "dtbl"),
        ];
        NAMES.iter().find(|(kind, _)| **kind == self.kind).map_or("box", |(_, name)| name)
    }
}

/// The boxes of the file, up to where no further box begins.
pub(super) fn all(operation: &mut Operation<'_>) -> Result<Vec<Box>, Refusal> {
    let end = operation.reader.length();
    list(operation, 0..end, true)
}

/// The boxes inside a box.
pub(super) fn children(operation: &mut Operation<'_>, parent: &Box) -> Result<Vec<Box>, Refusal> {
    list(operation, parent.data.clone(), false)
}

fn list(operation: &mut Operation<'_>, range: Range<u64>, top: bool) -> Result<Vec<Box>, Refusal> {
    let mut boxes: Vec<Box> = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let Some(found) = next(operation, at..range.end, top)? else {
            let code = if top { Code::Trailer } else { Code::Junk };
            operation.found(code, if top { "trailer" } else { "box" }, at..range.end, Action::Remove);
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

/// The box that begins at a place; none where its length or its name cannot be (I.4): names are of letters, figures and
/// signs. A codestream cut short is one all the same.
fn next(operation: &mut Operation<'_>, range: Range<u64>, top: bool) -> Result<Option<Box>, Refusal> {
    let (at, end) = (range.start, range.end);
    if end - at < 8 {
        return Ok(None);
    }
    let Some([a, b, c, d, kind @ ..]) = operation.reader.peek::<8>(at)? else { return Ok(None) };
    if !kind.iter().all(|b| (0x20..0x7F).contains(b) || *b == 0xA9) {
        return Ok(None);
    }
    let (header, length) = match u32::from_be_bytes([a, b, c, d]) {
        0 => (8, end - at),
        1 => match operation.reader.peek::<16>(at)? {
            Some([_, _, _, _, _, _, _, _, long @ ..]) if end - at >= 16 => (16, u64::from_be_bytes(long)),
            _ => return Ok(None),
        },
        length => (8, u64::from(length)),
    };
    if length < header {
        return Ok(None);
    }
    match at.checked_add(length).filter(|last| *last <= end) {
        Some(last) => Ok(Some(Box { kind, start: at, data: at + header..last })),
        None if top && kind == *b"jp2c" => Ok(Some(Box { kind, start: at, data: at + header..end })),
        None => Ok(None),
    }
}

/// A box written anew; those written here are far below 4 GiB.
pub(super) fn written(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&(data.len() as u32 + 8).to_be_bytes()[..], kind, data].concat()
}
