//! Application segments: which of them pictures need, which name they go by, and what is found in them.
//!
//! JFIF 1.02; CIPA DC-008 (Exif), 4.7.2; Adobe XMP part 3, 1.1.3; ICC.1 annex B.4; CIPA DC-007 (MPF); ISO/IEC 19566-5
//! (JUMBF); ITU-T T.872, 6.5.3 (Adobe).

use crate::finding::{Action, Code};
use crate::icc;
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use crate::strip::{exif, xmp};
use std::ops::Range;

/// Bytes that a segment's data can have.
const SEGMENT: u64 = 65_533;

/// A segment that is written, and the range of the source it stands for.
pub(super) type Written = (Range<u64>, Vec<u8>);

/// What is carried over from the application segments before the first scan.
#[derive(Default)]
pub(super) struct Header {
    /// JFIF, cut to 14 bytes of data.
    pub(super) jfif: Option<Written>,
    /// Adobe's colour transform, cut to 12 bytes of data.
    pub(super) adobe: Option<Written>,
    /// The colour profile's segments.
    pub(super) profile: Vec<Written>,
    /// The orientation that viewers go by.
    pub(super) turn: Option<u8>,
    /// Where the orientation stood.
    pub(super) turn_at: Range<u64>,
    /// The resolution that an Exif block states.
    pub(super) resolution: Option<exif::Resolution>,
    /// Segments that are written whatever the source has, and where the source has them already.
    pub(super) expected: Vec<(Range<u64>, Vec<u8>, &'static str)>,
    exif_spoke: bool,
    /// The Exif block that says the colours are those of Adobe RGB.
    adobe_rgb: Option<Range<u64>>,
    chunks: Vec<Chunk>,
    profiled: bool,
}

/// One segment of a colour profile.
struct Chunk {
    number: u8,
    of: u8,
    range: Range<u64>,
}

/// What an application segment begins with, what it is, and what it is called.
const KNOWN: &[(u8, &[u8], Code, &str)] = &[
    (0xE0, b"JFXX\0", Code::Thumbnail, "APP0 JFXX"),
    (0xE0, b"AVI1", Code::ApplicationData, "APP0 AVI1"),
    (0xE1, b"http://ns.adobe.com/xap/", Code::Xmp, "APP1 XMP"),
    (0xE1, b"http://ns.adobe.com/xmp/", Code::Xmp, "APP1 extended XMP"),
    (0xE1, b"<?xpacket", Code::Xmp, "APP1 XMP"),
    (0xE1, b"FLIR\0", Code::ApplicationData, "APP1 FLIR"),
    (0xE2, b"MPF\0", Code::MultiPicture, "APP2 MPF"),
    (0xE2, b"FPXR\0", Code::Preview, "APP2 FPXR"),
    (0xE2, b"ICC_PROFILE\0", Code::IccDropped, "APP2 ICC_PROFILE"),
    (0xEB, b"JP", Code::Provenance, "APP11 JUMBF"),
    (0xED, b"Photoshop", Code::Iptc, "APP13 Photoshop"),
    (0xED, b"Adobe_CM", Code::ApplicationData, "APP13 Adobe_CM"),
];

/// The names of application segments by their number.
const NAMES: [&str; 16] = [
    "APP0", "APP1", "APP2", "APP3", "APP4", "APP5", "APP6", "APP7", "APP8", "APP9", "APP10", "APP11", "APP12", "APP13",
    "APP14", "APP15",
];

/// A segment: marker, length, data.
pub(super) fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap_or(u16::MAX);
    [&[0xFF, marker], &length.to_be_bytes()[..], data].concat()
}

impl Header {
    /// Says which segments will be written.
    pub(super) fn expect(&mut self, segments: &[(Vec<u8>, &'static str)]) {
        self.expected = segments.iter().map(|(bytes, why)| (0..0, bytes.clone(), *why)).collect();
    }

    /// Takes in an application segment before the first scan. `range` begins at its marker.
    pub(super) fn take(&mut self, operation: &mut Operation<'_>, marker: u8, range: Range<u64>) -> Result<(), Refusal> {
        for (at, bytes, _) in self.expected.iter_mut().filter(|(at, ..)| at.is_empty()) {
            if range.end - range.start == bytes.len() as u64 && operation.reader.holds(range.start, bytes)? {
                *at = range;
                return Ok(());
            }
        }
        let start: [u8; 32] = first(operation, range.start + 4..range.end)?;
        match marker {
            0xE0 if start.starts_with(b"JFIF\0") && range.end - range.start >= 18 => {
                self.jfif(operation, &start, range)
            }
            0xE1 if start.starts_with(b"Exif\0") => self.exif(operation, range),
            0xE1 if start.starts_with(b"http://ns.adobe.com/xap/1.0/\0") => self.xmp(operation, range),
            0xE2 if start.starts_with(b"ICC_PROFILE\0") && range.end - range.start >= 18 => {
                self.profiled = true;
                self.chunks.push(Chunk { number: start[12], of: start[13], range });
                Ok(())
            }
            0xEE if start.starts_with(b"Adobe") && range.end - range.start >= 16 => {
                self.adobe(operation, &start, range)
            }
            _ => drop(operation, marker, range),
        }
    }

    /// JFIF: version, density and its unit stay; the thumbnail and what follows go.
    fn jfif(&mut self, operation: &mut Operation<'_>, start: &[u8; 32], range: Range<u64>) -> Result<(), Refusal> {
        let mut data = [0; 14];
        data[..12].copy_from_slice(&start[..12]);
        if data[5] != 1 || data[6] > 2 {
            data[5..7].copy_from_slice(&[1, 1]);
        }
        data[7] = if data[7] > 2 { 0 } else { data[7] };
        let part = "APP0 JFIF";
        if start[12] != 0 && start[13] != 0 {
            operation.found(Code::Thumbnail, part, range.start + 18..range.end, Action::Remove);
        } else if range.end - range.start > 18 {
            operation.found(Code::HiddenBytes, part, range.start + 18..range.end, Action::Remove);
        }
        // No scanner reaches this resolution, and two letters read as a number always do.
        if data[8] >= 0x20 || data[10] >= 0x20 {
            data[7..12].copy_from_slice(&[0, 0, 1, 0, 1]);
            operation.found(Code::HiddenBytes, part, range.start + 11..range.start + 16, Action::Replace);
        }
        // Viewers that find two go by the last.
        self.jfif = Some((range, segment(0xE0, &data)));
        Ok(())
    }

    /// Adobe: the transform stays, and of version and flags what the specification defines.
    fn adobe(&mut self, operation: &mut Operation<'_>, start: &[u8; 32], range: Range<u64>) -> Result<(), Refusal> {
        let mut data = [0; 12];
        data.copy_from_slice(&start[..12]);
        if !(data[5] == 0 && matches!(data[6], 100..=102)) {
            data[5..7].copy_from_slice(&[0, 100]);
        }
        data[7] &= 0xC0;
        data[8..11].fill(0);
        if data[..] != start[..12] || range.end - range.start > 16 {
            operation.found(Code::HiddenBytes, "APP14 Adobe", range.clone(), Action::Remove);
        }
        self.adobe = Some((range, segment(0xEE, &data)));
        Ok(())
    }

    /// Exif: names what is in it and reads the orientation, from the first block that states a valid one.
    fn exif(&mut self, operation: &mut Operation<'_>, range: Range<u64>) -> Result<(), Refusal> {
        let data = operation.reader.read(range.start + 4..range.end, SEGMENT)?;
        let tiff = data.get(6..).unwrap_or_default();
        let at = range.start + 10;
        let block = exif::read(tiff);
        let decides = self.turn.is_none() || !self.exif_spoke;
        let turn = block.turn();
        if let Some(turn) = turn.filter(|_| decides) {
            self.turn = Some(turn);
            self.turn_at = range.clone();
            let action = if exif::is_minimal(tiff) { Action::Keep } else { Action::Replace };
            if turn != 1 {
                operation.found(Code::ExifOrientation, "APP1 Exif", range.clone(), action);
            }
        }
        self.exif_spoke |= block.orientation.is_some();
        if block.adobe_rgb && self.adobe_rgb.is_none() {
            self.adobe_rgb = Some(range.clone());
        }
        if self.resolution.is_none() {
            self.resolution = block.resolution;
            if self.turn_at.is_empty() {
                self.turn_at = range.clone();
            }
        }
        if decides && exif::is_minimal(tiff) {
            return Ok(());
        }
        for (code, place) in block.finds {
            operation.found(code, "APP1 Exif", at + place.start..at + place.end, Action::Remove);
        }
        Ok(())
    }

    /// XMP goes; where no Exif block states an orientation, viewers fall back to the one in it.
    fn xmp(&mut self, operation: &mut Operation<'_>, range: Range<u64>) -> Result<(), Refusal> {
        let packet = operation.reader.read(range.start + 4..range.end, SEGMENT)?;
        if let Some(turn) = xmp::orientation(&packet).filter(|_| !self.exif_spoke) {
            self.turn = Some(turn);
            self.turn_at = range.clone();
        }
        operation.found(Code::Xmp, "APP1 XMP", range, Action::Remove);
        Ok(())
    }

    /// Settles where the resolution goes. Where JFIF states one and Exif another both stay, since some viewers go by the
    /// one and some by the other; where JFIF states none it takes that of Exif if it can hold it, as whole pixels an inch
    /// of pixels that are square.
    pub(super) fn settle_resolution(&mut self) {
        let Some(density) = self.jfif.as_mut().and_then(|(_, bytes)| bytes.get_mut(11..16)) else { return };
        if density[0] != 0 {
            let scale = if density[0] == 2 { 2.54 } else { 1.0 };
            let jfif = |at: usize| f64::from(u16::from_be_bytes([density[at], density[at + 1]])) * scale;
            let (across, down) = (jfif(1), jfif(3));
            let same = |a: f64, b: f64| (a - b).abs() <= scale / 2.0;
            self.resolution = self
                .resolution
                .filter(|exif| exif.per_inch().is_some_and(|(x, y)| !(same(x, across) && same(y, down))));
            return;
        }
        let square = density[1..3] == density[3..5];
        let Some((x, y)) = self.resolution.and_then(exif::Resolution::per_inch).filter(|_| square) else { return };
        let held = |value: f64| (1.0..8_192.0).contains(&value.round()) && (value - value.round()).abs() < value / 1e4;
        if held(x) && held(y) {
            let (x, y) = ((x.round() as u16).to_be_bytes(), (y.round() as u16).to_be_bytes());
            density.copy_from_slice(&[1, x[0], x[1], y[0], y[1]]);
            self.resolution = None;
        }
    }

    /// Settles a colour transform that Adobe does not define (T.872, 6.5.3) as decoders do: by the number of components.
    pub(super) fn settle_transform(&mut self, components: usize) {
        let transform = self.adobe.as_mut().and_then(|(_, bytes)| bytes.last_mut());
        if let Some(transform) = transform.filter(|transform| **transform > 2) {
            *transform = if components == 4 { 2 } else { 1 };
        }
    }

    /// Writes the profile of Adobe RGB where Exif alone said that these are the colours: without it they would look dull.
    pub(super) fn settle_colours(&mut self, operation: &mut Operation<'_>, components: usize) {
        let Some(range) = self.adobe_rgb.clone().filter(|_| !self.profiled && components == 3) else { return };
        let Some(profile) = icc::adobe_rgb() else { return };
        let label = "Adobe RGB, stated in Exif and now by a colour profile";
        operation.found_as(Code::ExifOther, label, "APP1 Exif", range, Action::Replace);
        self.profile.push((0..0, segment(0xE2, &[&b"ICC_PROFILE\0\x01\x01"[..], &profile].concat())));
    }

    /// Puts the colour profile together, cleans it and cuts it into segments again.
    pub(super) fn finish(&mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let chunks = std::mem::take(&mut self.chunks);
        let Some(whole) = chunks.iter().map(|c| c.range.clone()).reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
        else {
            return Ok(());
        };
        let part = "APP2 ICC_PROFILE";
        let old = gather(operation, chunks)?;
        let Some(cleaned) = old.as_deref().and_then(icc::clean) else {
            operation.found(Code::IccDropped, part, whole, Action::Remove);
            return Ok(());
        };
        if old.as_deref() != Some(&cleaned.profile) {
            operation.found(Code::IccDescription, part, whole.clone(), Action::Replace);
        }
        let pieces = cleaned.profile.chunks(65_519);
        let count = u8::try_from(pieces.len()).map_err(|_| Refusal::too_large("the colour profile is too large"))?;
        let mut at = whole.start;
        for (number, piece) in (1..=count).zip(pieces) {
            let bytes = segment(0xE2, &[&b"ICC_PROFILE\0"[..], &[number, count], piece].concat());
            let end = at + bytes.len() as u64;
            self.profile.push((at..end, bytes));
            at = end;
        }
        Ok(())
    }
}

/// The profile's bytes in the order of their numbers; none where a number is missing, doubled or contradicted.
fn gather(operation: &mut Operation<'_>, mut chunks: Vec<Chunk>) -> Result<Option<Vec<u8>>, Refusal> {
    chunks.sort_by_key(|chunk| chunk.number);
    let count = chunks.len();
    let sound =
        chunks.iter().zip(1_usize..).all(|(c, number)| usize::from(c.number) == number && usize::from(c.of) == count);
    if !sound {
        return Ok(None);
    }
    let mut profile = Vec::new();
    for chunk in chunks {
        profile.extend(operation.reader.read(chunk.range.start + 18..chunk.range.end, SEGMENT)?);
    }
    Ok(Some(profile))
}

/// Notes that a segment goes, by the name it bears.
pub(super) fn drop(operation: &mut Operation<'_>, marker: u8, range: Range<u64>) -> Result<(), Refusal> {
    let start: [u8; 32] = first(operation, (range.start + 4).min(range.end)..range.end)?;
    let known = KNOWN.iter().find(|(known, name, ..)| *known == marker && start.starts_with(name));
    let (code, part) = match (marker, known) {
        (_, Some((_, _, code, part))) => (*code, *part),
        (0xE1, None) if start.starts_with(b"Exif") => (Code::ExifOther, "APP1 Exif"),
        (0xFE, None) => (Code::Comment, "COM"),
        (0xE0..=0xEF, None) => (Code::ApplicationData, NAMES[usize::from(marker & 15)]),
        (0xF0..=0xFD, None) => (Code::ApplicationData, "JPGn"),
        _ => (Code::Junk, "reserved marker"),
    };
    operation.found(code, part, range, Action::Remove);
    Ok(())
}

/// The first bytes of a segment's data, zeros where it is shorter.
fn first(operation: &mut Operation<'_>, data: Range<u64>) -> Result<[u8; 32], Refusal> {
    let mut start = [0; 32];
    let length = data.end.saturating_sub(data.start).min(32) as usize;
    let bytes = operation.reader.rest(data.start, length)?;
    let length = length.min(bytes.len());
    start[..length].copy_from_slice(&bytes[..length]);
    Ok(start)
}
