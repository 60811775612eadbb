//! Says in the object that its picture was compressed with losses, where its coded frames show that and it does not.
//!
//! DICOM PS3.3 C.7.6.1.1.5 (Lossy Image Compression and its methods). A cosine transform loses (ISO/IEC 10918-1), and so do
//! a point transform before lossless coding there (H.1.2.1), near-lossless coding (NEAR, ISO/IEC 14495-1 C.2.3) and the
//! irreversible wavelet (ISO/IEC 15444-1 A.6.1).

use super::super::frames::{Coding, Stored};
use super::super::value::trim;
use super::super::vr::Vr;
use super::edit::Edits;
use super::element::put;
use super::refused;
use crate::plan::Refusal;

const LOSSY: u32 = 0x0028_2110;
const METHOD: u32 = 0x0028_2114;

/// States a loss that a coded frame shows. What the object says of the method and of the ratio stays.
pub(super) fn state(stored: &Stored<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    if !matches!(stored.coding, Coding::Jpeg | Coding::Lossless | Coding::JpegLs | Coding::Jpeg2000) {
        return Ok(());
    }
    let object = &stored.object;
    let says = |tag| object.text(tag).map(|value| trim(&value).to_vec()).unwrap_or_default();
    let (lossy, method) = (says(LOSSY), says(METHOD));
    if lossy == b"01" && !method.is_empty() {
        return Ok(());
    }
    for index in 0..stored.shape.frames {
        let Some(lost) = lost(&stored.lie.joined(object, index).map_err(refused)?) else { continue };
        if lossy != b"01" {
            put(object, edits, LOSSY, Vr::CS, b"01")?;
        }
        if method.is_empty() {
            put(object, edits, METHOD, Vr::CS, lost.as_bytes())?;
        }
        return Ok(());
    }
    Ok(())
}

/// By what a coded frame lost something, as PS3.3 names it.
fn lost(stream: &[u8]) -> Option<&'static str> {
    if stream.starts_with(&[0xFF, 0xD8]) {
        return Segments { stream, at: 2 }.find_map(jpeg());
    }
    let start = memchr::memmem::find(stream, &[0xFF, 0x4F, 0xFF, 0x51])?;
    Segments { stream: &stream[start..], at: 2 }.find_map(wavelet())
}

/// Looks at segments of JPEG and JPEG-LS.
fn jpeg() -> impl FnMut((u8, &[u8])) -> Option<&'static str> {
    let mut near = false;
    move |(marker, content)| {
        let behind = 1 + 2 * usize::from(content.first().copied().unwrap_or(0));
        match marker {
            0xC0..=0xC2 | 0xC5 | 0xC6 | 0xC9 | 0xCA | 0xCD | 0xCE => Some("ISO_10918_1"),
            0xF7 => {
                near = true;
                None
            }
            0xDA if near => content.get(behind).filter(|near| **near > 0).map(|_| "ISO_14495_1"),
            0xDA => content.get(behind + 2).filter(|bits| **bits & 15 > 0).map(|_| "ISO_10918_1"),
            _ => None,
        }
    }
}

/// Looks at segments of JPEG 2000: the transformation of all components, and of one.
fn wavelet() -> impl FnMut((u8, &[u8])) -> Option<&'static str> {
    let mut name = "ISO_15444_1";
    move |(marker, content)| {
        let transformation = match marker {
            0x51 if content.first().is_some_and(|capabilities| capabilities & 0x40 != 0) => {
                name = "ISO_15444_15";
                None
            }
            0x52 => content.get(9),
            0x53 => content.get(6),
            _ => None,
        };
        transformation.filter(|kind| **kind == 0).map(|_| name)
    }
}

/// Marker segments: the second byte of the marker, and the content. Coded data between them are passed over; a tile of
/// JPEG 2000 ends them.
struct Segments<'s> {
    stream: &'s [u8],
    at: usize,
}

impl<'s> Iterator for Segments<'s> {
    type Item = (u8, &'s [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while self.stream.get(self.at..self.at + 2)? == [0xFF, 0xFF] {
            self.at += 1;
        }
        let &[0xFF, marker, high, low] = self.stream.get(self.at..self.at + 4)? else { return None };
        if matches!(marker, 0xD9 | 0x90) {
            return None;
        }
        let end = self.at + 2 + usize::from(u16::from_be_bytes([high, low]));
        let content = self.stream.get(self.at + 4..end)?;
        self.at = end;
        if marker == 0xDA {
            let data = &self.stream[end..];
            let ends = |at: &usize| matches!(data.get(at + 1), Some(0x80..=0xCF | 0xD8..=0xFE));
            self.at = end + memchr::memchr_iter(0xFF, data).find(ends)?;
        }
        Some((marker, content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
        [&[0xFF, marker][..], &(content.len() as u16 + 2).to_be_bytes(), content].concat()
    }

    #[test]
    fn a_loss_is_told_by_what_the_stream_says_of_itself() {
        let frame = [8, 0, 1, 0, 1, 1, 1, 0x11, 0];
        let jpeg = |marker: u8, scans: &[&[u8]]| {
            let scans: Vec<u8> = scans.iter().flat_map(|s| [segment(0xDA, s), vec![7, 0xFF, 0, 9]].concat()).collect();
            [&[0xFF, 0xD8][..], &segment(0xFE, b"words"), &segment(marker, &frame), &scans, &[0xFF, 0xD9]].concat()
        };
        let cod = |kind: u8| segment(0x52, &[0, 0, 0, 1, 0, 5, 4, 4, 0, kind]);
        let coc = |kind: u8| segment(0x53, &[1, 0, 5, 4, 4, 0, kind]);
        let j2k = |fast: u8, parts: &[Vec<u8>]| {
            [&[0xFF, 0x4F][..], &segment(0x51, &[fast; 40]), &parts.concat(), &segment(0x90, &[0; 8])].concat()
        };
        let none: Option<&str> = None;
        let cases = [
            (jpeg(0xC0, &[&[1, 1, 0, 0, 63, 0]]), Some("ISO_10918_1")),
            (jpeg(0xC2, &[&[1, 1, 0, 0, 0, 1]]), Some("ISO_10918_1")),
            (jpeg(0xC3, &[&[1, 1, 0, 1, 0, 0]]), none),
            (jpeg(0xC3, &[&[1, 1, 0, 1, 0, 2]]), Some("ISO_10918_1")),
            (jpeg(0xF7, &[&[1, 1, 0, 0, 0, 0]]), none),
            (jpeg(0xF7, &[&[1, 1, 0, 3, 0, 0]]), Some("ISO_14495_1")),
            (jpeg(0xF7, &[&[1, 1, 0, 0, 0, 0], &[1, 2, 0, 2, 0, 0]]), Some("ISO_14495_1")),
            (j2k(0, &[cod(1)]), none),
            (j2k(0, &[cod(0)]), Some("ISO_15444_1")),
            (j2k(0x40, &[cod(0)]), Some("ISO_15444_15")),
            (j2k(0, &[cod(1), coc(0)]), Some("ISO_15444_1")),
            (j2k(0, &[cod(1), coc(1)]), none),
            ([b"\0\0\0\x0CjP  \r\n\x87\n".to_vec(), j2k(0, &[cod(0)])].concat(), Some("ISO_15444_1")),
            (Vec::new(), none),
            (vec![0xFF, 0xD8, 0xFF], none),
        ];
        let mut tried = 0;
        for (stream, expected) in cases {
            assert_eq!(lost(&stream), expected, "case {tried}");
            tried += 1;
        }
        assert_eq!(tried, 15);
    }
}
