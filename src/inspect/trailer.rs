//! What the bytes behind a picture are: further pictures with their sizes, a phone's video, a maker's block, or no more than
//! what their first and last bytes tell.
//!
//! CIPA DC-007 (pictures one after the other), ISO/IEC 14496-12 section 4.2 (boxes of a video).

use super::bytes::{Bytes, be32};
use super::{Discovery, Trouble, exif};
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use std::ops::Range;

/// How far into a trailer its kind is looked for.
const LOOKED_AT: u64 = 64 * 1024;

/// What a trailer that begins so is, and its code.
const BEGINS: &[(&[u8], Code, &str)] = &[
    (b"\x89PNG\r\n\x1a\n", Code::MultiPicture, "second picture"),
    (b"PK\x03\x04", Code::Trailer, "ZIP archive"),
    (b"%PDF", Code::Trailer, "PDF document"),
    (b"RIFF", Code::Trailer, "video or sound"),
    (b"<?xpacket", Code::Xmp, "XMP block"),
    (b"<x:xmpmeta", Code::Xmp, "XMP block"),
    (b"Exif\0\0", Code::Trailer, "Exif block"),
    (b"CANON OPTIONAL DATA\0", Code::Trailer, "camera maker's data"),
];

/// What a trailer is that has these bytes within it.
const CONTAINS: &[(&[u8], Code, &str)] = &[
    (b"MotionPhoto_Data", Code::Trailer, "camera maker's data"),
    (b"SEFT", Code::Trailer, "camera maker's data"),
    (b"SEFH", Code::Trailer, "camera maker's data"),
    (b"AXS!", Code::Trailer, "camera maker's data"),
    (b"<x:xmpmeta", Code::Xmp, "XMP block"),
];

/// Further pictures that are told apart; phones write up to four.
const MOST_PICTURES: usize = 16;

/// Places that look like the start of a picture that are looked at.
const MOST_STARTS: usize = 10_000;

/// Boxes that are walked to find the end of a video.
const MOST_BOXES: usize = 10_000;

/// What a gain map says of itself in its XMP (ISO 21496-1's forerunners).
const GAIN_MAPS: &[&[u8]] = &[b"hdrgm:", b"HDRGainMap", b"hdrgainmap", b"urn:iso:std:iso:ts:21496"];

/// Findings for all bytes after the end of the picture.
pub(super) fn discover(bytes: &mut Bytes<'_>, range: Range<u64>, out: &mut Discovery) -> Result<(), Trouble> {
    let Some(video) = video(bytes, &range)? else { return still(bytes, range, out) };
    still(bytes, range.start..video.start, out)?;
    // Zeros behind it are its padding.
    let rest = bytes.copy(video.end..range.end, LOOKED_AT as usize)?;
    let padded = range.end - video.end <= LOOKED_AT && rest.iter().all(|b| *b == 0);
    let video = video.start..if padded { range.end } else { video.end };
    let length = video.end - video.start;
    let label = format!("video of {} behind the picture", size(length));
    let place = Place::bytes("trailer", video.start, length);
    out.push(Finding::new(Code::EmbeddedVideo, place, Action::Remove).labelled(label));
    still(bytes, video.end..range.end, out)
}

/// The first video: a `ftyp` box and those that follow it.
fn video(bytes: &mut Bytes<'_>, range: &Range<u64>) -> Result<Option<Range<u64>>, Trouble> {
    let mut from = range.start;
    while let Some(name) = find(bytes, from..range.end, b"ftyp")? {
        let start = name.saturating_sub(4);
        let length = bytes.get(start, 4)?.and_then(|b| be32(b, 0)).unwrap_or(0);
        if start >= range.start && (16..=512).contains(&length) && length % 4 == 0 {
            return Ok(Some(start..boxes(bytes, start, range.end)?));
        }
        from = name + 4;
    }
    Ok(None)
}

/// Where the boxes that begin at `at` end: before what has no name of four printable characters or no length.
fn boxes(bytes: &mut Bytes<'_>, start: u64, end: u64) -> Result<u64, Trouble> {
    let mut at = start;
    for _ in 0..MOST_BOXES {
        let Some(head) = bytes.get(at, 16)?.filter(|h| h[4..8].iter().all(|b| matches!(b, 0x20..=0x7e | 0xa9))) else {
            break;
        };
        let length = match be32(head, 0) {
            Some(0) => end - at,
            Some(1) => be32(head, 8).map_or(0, u64::from) << 32 | be32(head, 12).map_or(0, u64::from),
            short => short.map_or(0, u64::from),
        };
        if length < 8 || length > end - at {
            break;
        }
        at += length;
    }
    // A video that is cut off goes to the end of the file.
    Ok(if at == start { end } else { at })
}

/// The first place of `needle` in `range`.
fn find(bytes: &mut Bytes<'_>, range: Range<u64>, needle: &[u8]) -> Result<Option<u64>, Trouble> {
    let mut at = range.start;
    while let Some(found) = bytes.find(needle[0], at, range.end)? {
        if found + needle.len() as u64 <= range.end && bytes.get(found, needle.len())? == Some(needle) {
            return Ok(Some(found));
        }
        at = found + 1;
    }
    Ok(None)
}

/// Findings for what is no video: pictures one after the other, and one for the rest.
fn still(bytes: &mut Bytes<'_>, mut range: Range<u64>, out: &mut Discovery) -> Result<(), Trouble> {
    for _ in 0..MOST_PICTURES {
        // Cameras put zeros before each, so that it begins at a round offset.
        let Some(start) = behind_zeros(bytes, &range)? else { break };
        let next = next_picture(bytes, start + 3..range.end)?.unwrap_or(range.end);
        picture(bytes, start..next, out)?;
        range.start = next;
    }
    if range.is_empty() { Ok(()) } else { rest(bytes, range, out) }
}

/// Where a picture begins that has nothing but zeros before it.
fn behind_zeros(bytes: &mut Bytes<'_>, range: &Range<u64>) -> Result<Option<u64>, Trouble> {
    let head = bytes.copy(range.start..range.end.min(range.start + LOOKED_AT), LOOKED_AT as usize)?;
    let zeros = head.iter().take_while(|b| **b == 0).count();
    Ok(head[zeros..].starts_with(b"\xff\xd8\xff").then_some(range.start + zeros as u64))
}

/// Where the next picture begins: a thumbnail within is followed by its picture's next segment, a whole picture by the
/// next, with zeros between them or none.
fn next_picture(bytes: &mut Bytes<'_>, mut range: Range<u64>) -> Result<Option<u64>, Trouble> {
    const PADDING: u64 = 4096;
    for _ in 0..MOST_STARTS {
        let Some(start) = find(bytes, range.clone(), b"\xff\xd8\xff")? else { return Ok(None) };
        let before = bytes.copy(start.saturating_sub(PADDING).max(range.start)..start, PADDING as usize)?;
        let zeros = before.iter().rev().take_while(|b| **b == 0).count();
        if before[..before.len() - zeros].ends_with(b"\xff\xd9") {
            return Ok(Some(start));
        }
        range.start = start + 3;
    }
    Ok(None)
}

/// A further picture: a gain map by its own words, a preview when it is smaller than the picture, else a second one.
fn picture(bytes: &mut Bytes<'_>, range: Range<u64>, out: &mut Discovery) -> Result<(), Trouble> {
    let length = range.end - range.start;
    let head = bytes.copy(range.clone(), LOOKED_AT as usize)?;
    let size_of = exif::picture_size(&head)?;
    let is_gain_map = GAIN_MAPS.iter().any(|words| memchr::memmem::find(&head, words).is_some());
    let is_smaller = size_of.zip(out.size).is_some_and(|(own, main)| own.0 < main.0 || own.1 < main.1);
    let (code, what) = match (is_gain_map, is_smaller) {
        (true, _) => (Code::GainMap, "gain map"),
        (false, true) => (Code::Preview, "embedded preview"),
        (false, false) => (Code::MultiPicture, "second picture"),
    };
    let label = match size_of {
        Some((w, h)) => format!("{what} {w}×{h} of {} behind the picture", size(length)),
        None => format!("{what} of {} behind the picture", size(length)),
    };
    out.push(Finding::new(code, Place::bytes("trailer", range.start, length), Action::Remove).labelled(label));
    Ok(())
}

/// One finding for bytes that are neither.
fn rest(bytes: &mut Bytes<'_>, range: Range<u64>, out: &mut Discovery) -> Result<(), Trouble> {
    let length = range.end - range.start;
    let head = bytes.copy(range.start..range.end, LOOKED_AT as usize)?;
    let tail = bytes.copy(range.end.saturating_sub(LOOKED_AT).max(range.start)..range.end, LOOKED_AT as usize)?;
    let begins = BEGINS.iter().find(|(start, ..)| head.starts_with(start));
    let within = |needle: &[u8]| [&head, &tail].iter().any(|part| memchr::memmem::find(part, needle).is_some());
    let kind = begins.or_else(|| CONTAINS.iter().find(|(needle, ..)| within(needle)));
    let blank = head.iter().chain(&tail).all(|b| *b == 0);
    let (code, what) = match kind {
        Some((_, code, what)) => (*code, *what),
        None if blank => (Code::Trailer, "padding"),
        None => (Code::Trailer, "data"),
    };
    let label = format!("{what} of {} behind the picture", size(length));
    out.push(Finding::new(code, Place::bytes("trailer", range.start, length), Action::Remove).labelled(label));
    Ok(())
}

/// A number of bytes as people write it.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=999_499 => format!("{} KB", (bytes + 500) / 1000),
        _ => format!("{}.{} MB", (bytes + 50_000) / 1_000_000, (bytes + 50_000) / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailer_is_named_for_what_it_is() {
        let of = |data: &[u8]| {
            let mut out = Discovery::default();
            discover(&mut Bytes::over(data), 0..data.len() as u64, &mut out).unwrap();
            (out.findings[0].code, out.findings[0].label.clone())
        };
        let mut film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
        film.extend((2_100_000_u32 - 24).to_be_bytes());
        film.extend(b"mdat");
        film.resize(2_100_000, 7);
        assert_eq!(of(&film), (Code::EmbeddedVideo, "video of 2.1 MB behind the picture".to_owned()));
        assert_eq!(of(b"\xff\xd8\xff\xe1").0, Code::MultiPicture);
        assert_eq!(of(&[0; 12_000]).1, "padding of 12 KB behind the picture");
        assert_eq!(of(b"note").1, "data of 4 bytes behind the picture");
    }

    /// A frame header alone: enough to tell a size by.
    fn jpeg(width: u8, height: u8, words: &[u8]) -> Vec<u8> {
        let comment = [&[0xff, 0xfe, 0, words.len() as u8 + 2], words].concat();
        let frame = [0xff, 0xc0, 0, 11, 8, 0, height, 0, width, 1, 1, 0x11, 0];
        [&[0xff, 0xd8], &comment[..], &frame, &[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3, 0xff, 0xd9]].concat()
    }

    #[test]
    fn pictures_and_a_video_one_after_the_other_are_told_apart() {
        let film = [&b"\0\0\0\x10ftypmp42\0\0\0\0\0\0\0\x64moov"[..], &[7; 92]].concat();
        let padded = [&[0; 37][..], &jpeg(60, 40, b"")].concat();
        let thumbed = [&jpeg(90, 80, b"\xff\xd8\xff\xe0\xff\xd9")[..], &[0; 11]].concat();
        let parts = [padded, jpeg(30, 20, b"hdrgm:Version"), thumbed, film, b"SEFHxxxxSEFT".to_vec()];
        let expected = [
            (Code::Preview, "embedded preview 60×40"),
            (Code::GainMap, "gain map 30×20"),
            (Code::MultiPicture, "second picture 90×80"),
            (Code::EmbeddedVideo, "video of 116 bytes"),
            (Code::Trailer, "camera maker's data of 12 bytes"),
        ];
        let data = parts.concat();
        let mut out = Discovery { size: Some((80, 60)), ..Discovery::default() };
        discover(&mut Bytes::over(&data), 0..data.len() as u64, &mut out).unwrap();
        assert_eq!(out.findings.len(), expected.len());
        let mut at = 0;
        for ((finding, (code, label)), part) in out.findings.iter().zip(expected).zip(&parts) {
            assert!(finding.code == code && finding.label.starts_with(label), "{}", finding.label);
            let zeros = part.iter().take_while(|b| **b == 0).count() as u64;
            let zeros = if code == Code::EmbeddedVideo { 0 } else { zeros };
            assert_eq!(finding.place, Place::bytes("trailer", at + zeros, part.len() as u64 - zeros));
            at += part.len() as u64;
        }
        assert_eq!(at, data.len() as u64);
    }
}
