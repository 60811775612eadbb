//! What a compressed frame holds beside its samples: comments, application segments, bytes before, between and behind.
//!
//! PS3.5 A.4 (fragments) and Annex G (run lengths); ISO/IEC 10918-1 Annex B (JPEG), ISO/IEC 14495-1 Annex C (JPEG-LS),
//! ISO/IEC 15444-1 Annex A (JPEG 2000). A frame in several fragments is read as one.

mod jpeg;
mod jpeg2000;
mod rle;
mod video;
mod words;

use crate::finding::Code;
use crate::inspect::Trouble;
use crate::inspect::bytes::{Bytes, total};
use crate::inspect::{jpeg as picture, jxl};
use std::io::Read;
use std::ops::Range;

/// How comments begin that codecs write of themselves.
const CODECS: &[&[u8]] = &[
    b"Kakadu-",
    b"Kdu-Layer-Info:",
    b"Created by OpenJPEG",
    b"Created by GDCM/OpenJPEG",
    b"Creator: JasPer",
    b"OpenJPH Ver",
    b"LEAD Technologies Inc.",
    b"MITRA_DICOM_STANDARD",
    b"Intel(R) JPEG Library",
    b"Intel(R) IPP",
    b"Lavc",
    b"Aware",
    b"charls",
    b"DCMTK",
];
/// Words that stand behind those beginnings.
const CODEC_WORDS: &[&str] = &[
    "version", "ver", "log", "delta", "squared", "error", "bytes", "jpeg", "library", "inc", "image", "codec", "dicom",
    "standard", "ipp",
];

/// The most parts of one frame's header that are looked at.
const MOST_PARTS: usize = 10_000;
/// A frame in several fragments is put together up to this length.
const LONGEST: u64 = 64 << 20;

/// Something beside the samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extra {
    pub(super) code: Code,
    /// What a person calls it.
    pub(super) label: &'static str,
    pub(super) range: Range<u64>,
    /// Whether it may stand: it is blank, or what codecs write of themselves.
    pub(super) harmless: bool,
}

impl Extra {
    fn new(code: Code, label: &'static str, range: Range<u64>, harmless: bool) -> Self {
        Self { code, label, range, harmless }
    }
}

/// How frames are compressed, by the transfer syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Coding {
    /// Not known: nothing so compressed is cleared.
    #[default]
    Other,
    /// Video: one stream in all fragments.
    Video(video::Kind),
    /// Each frame deflated, from so many bytes.
    Deflated(Option<u64>),
    /// JPEG, JPEG-LS or JPEG 2000: every frame begins with its marker.
    Marked,
    /// Run lengths.
    Runs,
    /// JPEG XL: codestreams, which have no room for other things.
    JpegXl,
}

impl Coding {
    /// What a transfer syntax UID says (PS3.5 10, A.4.1 to A.4.4).
    pub(super) fn of(uid: &str) -> Self {
        let number = uid.strip_prefix("1.2.840.10008.1.2.4.").and_then(|n| n.parse().ok());
        match number {
            _ if uid == "1.2.840.10008.1.2.5" => Coding::Runs,
            Some(110..=112) => Coding::JpegXl,
            Some(50..=70 | 80 | 81 | 90..=93 | 201..=203) => Coding::Marked,
            _ if uid == "1.2.840.10008.1.2.8.1" => Coding::Deflated(None),
            _ => video::kind(uid).map_or(Coding::Other, Coding::Video),
        }
    }

    /// The same, of frames of so many bytes.
    pub(super) fn sized(self, bytes: Option<u64>) -> Self {
        if let Coding::Deflated(_) = self { Coding::Deflated(bytes) } else { self }
    }
}

/// What the header says of frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frames {
    /// Pixels of each.
    pub(super) pixels: u64,
    /// Bytes of each pixel, with all its samples.
    pub(super) planes: u64,
    /// How many there are.
    pub(super) count: u64,
}

/// Lists what stands in encapsulated frames beside their samples.
pub(super) fn in_frames(
    bytes: &mut Bytes<'_>,
    fragments: &[Range<u64>],
    coding: Coding,
    frames: Frames,
) -> Result<Vec<Extra>, Trouble> {
    let mut count = frames.count;
    let mut out = Vec::new();
    let mut rest = fragments;
    match coding {
        Coding::Video(kind) => return video::extras(bytes, fragments, kind),
        Coding::Other if !fragments.is_empty() => {
            return Err(Trouble::Damaged("a compression that is not looked into"));
        }
        _ => {}
    }
    while let Some(first) = rest.first() {
        if count == 0 {
            // More fragments than the frames that the header knows of: nothing may stand in them.
            for fragment in rest {
                out.extend(behind(bytes, "bytes behind the last frame", fragment.clone())?);
            }
            break;
        }
        count -= 1;
        let mut parts = 1;
        while !matches!(coding, Coding::Deflated(_)) && parts < rest.len() && !begins(bytes, &rest[parts], coding)? {
            parts += 1;
        }
        let (frame, behind) = rest.split_at(parts);
        rest = behind;
        if parts == 1 {
            out.extend(extras(bytes, first.clone(), coding, frames)?);
            continue;
        }
        if total(frame) > LONGEST {
            return Err(Trouble::TooLarge("a frame of more than 64 MB in several fragments"));
        }
        let (mut whole, mut starts) = (Vec::new(), Vec::with_capacity(frame.len()));
        for fragment in frame {
            starts.push(whole.len() as u64);
            whole.extend(bytes.copy(fragment.clone(), LONGEST as usize)?);
        }
        let length = whole.len() as u64;
        let found = extras(&mut Bytes::over(&whole), 0..length, coding, frames)?;
        for extra in found {
            out.extend(spread(&extra.range, frame, &starts).map(|range| Extra { range, ..extra.clone() }));
        }
    }
    Ok(out)
}

/// Where a stretch of a frame put together lies in its fragments, which begin at `starts` in the whole.
fn spread<'f>(
    range: &Range<u64>,
    fragments: &'f [Range<u64>],
    starts: &'f [u64],
) -> impl Iterator<Item = Range<u64>> + use<'f> {
    let range = range.clone();
    let first = starts.partition_point(|s| *s <= range.start).saturating_sub(1);
    let near = fragments[first..].iter().zip(&starts[first..]).take_while(move |(_, s)| **s < range.end);
    near.filter_map(move |(f, start)| {
        let length = f.end - f.start;
        let from = range.start.saturating_sub(*start).min(length);
        let to = range.end.saturating_sub(*start).min(length);
        (from < to).then(|| f.start + from..f.start + to)
    })
}

/// The fragments without what is no sample, and the same stretches of another file's fragments; none where those are not
/// of the same lengths.
pub(super) fn without(
    extras: &[Extra],
    fragments: &[Range<u64>],
    others: &[Range<u64>],
) -> Option<[Vec<Range<u64>>; 2]> {
    let alike = fragments.len() == others.len()
        && fragments.iter().zip(others).all(|(a, b)| a.end - a.start == b.end - b.start);
    let (mut own, mut theirs) = (Vec::new(), Vec::new());
    let mut extras = extras.iter().map(|e| &e.range).peekable();
    for (fragment, other) in fragments.iter().zip(others).filter(|_| alike) {
        let mut at = fragment.start;
        let mut keep = |range: Range<u64>| {
            if range.start < range.end {
                theirs.push(other.start + (range.start - fragment.start)..other.start + (range.end - fragment.start));
                own.push(range);
            }
        };
        while let Some(extra) = extras.next_if(|e| e.start < fragment.end) {
            keep(at..extra.start);
            at = extra.end.max(at);
        }
        keep(at..fragment.end);
    }
    alike.then_some([own, theirs])
}

/// Whether a fragment begins a frame: many begin one, some go on with one (A.4, last paragraph).
fn begins(bytes: &mut Bytes<'_>, range: &Range<u64>, coding: Coding) -> Result<bool, Trouble> {
    if coding == Coding::Runs {
        return rle::begins(bytes, range);
    }
    let start = bytes.get(range.start, 4)?.filter(|_| range.end - range.start >= 4);
    if coding == Coding::JpegXl {
        return Ok(matches!(start, Some([0xff, 0x0a, ..])));
    }
    Ok(matches!(start, Some([0xff, picture::SOI, 0xff, _] | [0xff, 0x4f, 0xff, 0x51])))
}

/// Lists what stands in one frame beside its samples.
fn extras(bytes: &mut Bytes<'_>, range: Range<u64>, coding: Coding, frames: Frames) -> Result<Vec<Extra>, Trouble> {
    if let Coding::Deflated(length) = coding {
        return Ok(deflated(bytes, range, length)?.into_iter().collect());
    }
    match bytes.get(range.start, 4)? {
        _ if coding == Coding::Runs => rle::extras(bytes, range, frames),
        Some([0xff, picture::SOI, ..]) => jpeg::extras(bytes, range),
        Some([0xff, 0x4f, 0xff, 0x51]) => jpeg2000::extras(bytes, range),
        Some([0xff, 0x0a, ..]) if coding == Coding::JpegXl => {
            let label = "something beside the picture in a JPEG XL frame";
            let plain = jxl::is_plain(bytes, range.clone())?;
            Ok(if plain { Vec::new() } else { vec![Extra::new(Code::ApplicationData, label, range, false)] })
        }
        _ if coding != Coding::Other && !range.is_empty() => {
            Err(Trouble::Damaged("a compressed frame does not begin as one of its kind"))
        }
        _ => Ok(Vec::new()),
    }
}

/// Whether there is nothing but zeros.
fn is_blank(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<bool, Trouble> {
    let mut blank = true;
    bytes.each(range, |part| {
        blank &= part.iter().all(|b| *b == 0);
        Ok(())
    })?;
    Ok(blank)
}

/// Bytes that no decoder reads, unless they are zeros; two that are not are padding.
fn behind(bytes: &mut Bytes<'_>, label: &'static str, range: Range<u64>) -> Result<Option<Extra>, Trouble> {
    let harmless = range.end.saturating_sub(range.start) <= 2;
    let blank = range.start >= range.end || is_blank(bytes, range.clone())?;
    Ok((!blank).then_some(Extra::new(Code::DicomPadding, label, range, harmless)))
}

/// A deflated frame must inflate to its length, and nothing may stand behind it (PS3.5 A.4.13).
fn deflated(bytes: &mut Bytes<'_>, range: Range<u64>, length: Option<u64>) -> Result<Option<Extra>, Trouble> {
    let wrong = || Trouble::Damaged("a deflated frame that is not of the length its header says");
    let length = length.ok_or_else(wrong)?;
    let packed = bytes.copy(range.clone(), LONGEST as usize)?;
    let mut stream = flate2::read::DeflateDecoder::new(&packed[..]);
    let made = std::io::copy(&mut stream.by_ref().take(length.saturating_add(2)), &mut std::io::sink());
    let made = made.map_err(|_| wrong())?;
    if packed.len() as u64 != range.end - range.start || made != length && made != length + length % 2 {
        return Err(wrong());
    }
    let end = range.start + stream.total_in();
    behind(bytes, "bytes behind a compressed frame", end..range.end)
}

/// A comment, unless it is blank; what a codec writes of itself may stand.
fn comment(bytes: &mut Bytes<'_>, range: Range<u64>, text: Range<u64>) -> Result<Option<Extra>, Trouble> {
    if text.is_empty() || is_blank(bytes, text.clone())? {
        return Ok(None);
    }
    let short = text.end - text.start <= 4096;
    let harmless = short && is_codec(&bytes.copy(text, 4096)?);
    Ok(Some(Extra::new(Code::Comment, "comment inside a compressed frame", range, harmless)))
}

/// Whether a comment is what a codec writes of itself, and nothing besides: a known beginning, then versions, numbers and
/// few known words.
fn is_codec(text: &[u8]) -> bool {
    let Some(start) = CODECS.iter().find(|start| text.starts_with(start)) else { return text.is_empty() };
    let rest = String::from_utf8_lossy(&text[start.len()..]).to_ascii_lowercase();
    let mut words = rest.split(|c: char| !c.is_ascii_lowercase()).filter(|w| w.len() > 2);
    let numbers = rest.split(|c: char| !c.is_ascii_digit()).all(|n| n.len() < 6);
    numbers && rest.is_ascii() && words.all(|w| CODEC_WORDS.contains(&w))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::fixture;

    const FRAMES: Frames = Frames { pixels: 0, planes: 2, count: 3 };
    /// The start of a JPEG 2000 codestream: 16 by 16 samples in one tile.
    const SIZE: &[u8] = b"\xff\x4f\xff\x51\0\x29\0\0\0\0\0\x10\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0\0\0\0\0\0\0\0\x01\x07\x01\x01";

    #[test]
    fn what_a_frame_holds_beside_its_samples_is_seen() {
        let parts = fixture::jpeg_parts();
        let plain: Vec<u8> = [&parts[0..2].concat()[..], &parts[4..].concat()].concat();
        let of = |data: &[u8]| {
            let mut found = extras(&mut Bytes::over(data), 0..data.len() as u64, Coding::Marked, FRAMES).unwrap();
            found.retain(|e| !e.harmless);
            found
        };
        assert_eq!(of(&plain), []);
        assert_eq!(of(&[&plain[..], &[0]].concat()), []);
        assert_eq!(of(&[&plain[..], b"Canary"].concat()).len(), 1);
        let commented = |text: &[u8]| [&plain[..2], &fixture::segment(picture::COM, text), &plain[2..]].concat();
        assert_eq!(of(&commented(b"LEAD Technologies Inc. V1.01")), []);
        assert_eq!(of(&commented(b"Canary"))[0].code, Code::Comment);
        let j2k = |text: &[u8]| {
            let comment = [&[0xff, 0x64], &(text.len() as u16 + 4).to_be_bytes()[..], &[0, 1], text].concat();
            [SIZE, &comment, &[0xff, 0x90, 0, 10]].concat()
        };
        assert_eq!(of(&j2k(b"Kakadu-v5.2.1")), []);
        assert_eq!(of(&j2k(b"Canary")).len(), 1);
    }

    fn of(fragments: &[&[u8]], coding: Coding, pixels: u64) -> Result<usize, Trouble> {
        let mut at = 0;
        let ranges: Vec<_> = fragments.iter().map(|f| (at, at + f.len() as u64, at += f.len() as u64)).collect();
        let ranges: Vec<_> = ranges.into_iter().map(|(start, end, ())| start..end).collect();
        in_frames(&mut Bytes::over(&fragments.concat()), &ranges, coding, Frames { pixels, ..FRAMES })
            .map(|found| found.iter().filter(|e| !e.harmless).count())
    }

    #[test]
    fn a_frame_is_read_over_all_its_fragments() {
        let parts = fixture::jpeg_parts();
        let plain = [&parts[0..2].concat()[..], &parts[4..].concat()].concat();
        let commented = [&plain[..2], &fixture::segment(picture::COM, b"Canary"), &plain[2..]].concat();
        let junk = [&plain[..2], b"Canary", &plain[2..]].concat();
        let (a, b) = plain.split_at(9);
        assert_eq!(of(&[a, b], Coding::Marked, 0).unwrap(), 0);
        assert_eq!(of(&[&plain, &plain, a, b], Coding::Marked, 0).unwrap(), 0);
        // Once in each fragment that it lies in.
        assert_eq!(of(&[&commented[..3], &commented[3..]], Coding::Marked, 0).unwrap(), 2);
        assert_eq!(of(&[&plain, b"CanaryJane"], Coding::Marked, 0).unwrap(), 1);
        assert_eq!(of(&[&junk], Coding::Marked, 0).unwrap(), 1);
        assert!(of(&[b"Canary", &plain], Coding::Marked, 0).is_err());
    }

    #[test]
    fn nothing_hides_in_a_codecs_own_comment() {
        for own in [&b"LEAD Technologies Inc. V1.01"[..], b"Created by OpenJPEG version 2.5.0", b"Kakadu-v5.2.1", b""] {
            assert!(is_codec(own));
        }
        for other in [&b"LEAD Technologies Inc. Canary"[..], b"DCMTK of Jane", b"Kakadu-19450609", b"Canary"] {
            assert!(!is_codec(other));
        }
    }

    #[test]
    fn every_part_of_a_jpeg_2000_frame_is_seen() {
        let comment = |text: &[u8]| [&[0xff, 0x64], &(text.len() as u16 + 4).to_be_bytes()[..], &[0, 1], text].concat();
        let frame = |main: &[u8], tile: &[u8], tail: &[u8], open: bool| {
            let length = if open { 0 } else { 12 + tile.len() as u32 + 2 + 4 };
            let start = [&[0xff, 0x90, 0, 10, 0, 0][..], &length.to_be_bytes(), &[0, 1]].concat();
            [SIZE, main, &start, tile, b"\xff\x93data\xff\xd9", tail].concat()
        };
        let canary = comment(b"Canary");
        for open in [false, true] {
            let count =
                |main: &[u8], tile: &[u8], tail: &[u8]| of(&[&frame(main, tile, tail, open)], Coding::Marked, 0);
            assert_eq!(count(b"", &comment(b"Kakadu-v5.2.1"), b"\0").unwrap(), 0);
            assert_eq!(count(&canary, b"", b"").unwrap(), 1);
            assert_eq!(count(b"", &canary, b"").unwrap(), 1);
            assert_eq!(count(b"", b"", b"Canary").unwrap(), 1);
            assert_eq!(count(b"\xff\x31\0\x08Canary", b"", b"").unwrap(), 1);
        }
    }

    #[test]
    fn run_lengths_are_followed_to_their_end() {
        let frame = |offsets: &[u32], rest: u32, data: &[u8]| {
            let mut header = vec![offsets.len() as u32];
            header.extend_from_slice(offsets);
            header.resize(16, rest);
            [&header.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>()[..], data].concat()
        };
        let runs = b"\x02abc\xfd\x05";
        let two = [&runs[..], runs].concat();
        let count = |frame: Vec<u8>| of(&[&frame[..70], &frame[70..]], Coding::Runs, 7);
        assert_eq!(count(frame(&[64, 70], 0, &two)).unwrap(), 0);
        assert_eq!(count(frame(&[64, 70], 0, &[&two[..], b"\0"].concat())).unwrap(), 0);
        assert_eq!(count(frame(&[64, 70], 0, &[&two[..], b"Canary"].concat())).unwrap(), 1);
        assert_eq!(count(frame(&[64, 76], 0, &[runs, &b"Canary"[..], runs].concat())).unwrap(), 1);
        assert_eq!(count(frame(&[64, 70], u32::from_le_bytes(*b"Jane"), &two)).unwrap(), 1);
        assert_eq!(
            count(frame(&[64, 70, 76], 0, &[&two[..], runs].concat())).unwrap(),
            1,
            "more planes than a pixel has bytes"
        );
        assert!(count(frame(&[70, 76], 0, &[b"Canary", &two[..]].concat())).is_err());
        assert!(of(&[b"Canary"], Coding::Runs, 7).is_err());
    }
}
