//! The minimised picture: one coded picture, perhaps with transparency, behind a header of bits.
//!
//! ISO/IEC 23008-12:2025 section 9.9 (MinimizedImageBox). Only what has no Exif, no XMP and no gain map can be cleared:
//! their absence is told by bits, and blanking them in place would leave the bits.

use super::coded::{self, Codec};
use super::output::Output;
use super::property::{self, Hevc};
use crate::finding::{Action, Code, Finding};
use crate::inspect::boxes::{Box4, Spans};
use crate::inspect::bytes::{Bytes, compare};
use crate::inspect::jpeg;
use crate::inspect::{Discovery, Trouble, icc};
use crate::place::Place;
use std::ops::Range;

/// More than header, settings and colour profile can take: two settings of 4 KiB and a profile of 1 MiB.
const LONGEST_HEAD: usize = (1 << 20) + (16 << 10);

/// What a minimised picture says of itself; ranges are of the box's content.
#[derive(Debug, Default)]
pub(super) struct Mini {
    size: (u32, u32),
    /// Header and settings.
    head: Vec<u8>,
    codec: Option<Codec>,
    /// Whether the settings are as their kind is.
    settings: bool,
    profile: Option<Vec<u8>>,
    /// The coded pictures in the file: transparency, then the picture.
    pictures: Vec<Range<u64>>,
    /// Exif, XMP, and what is not understood.
    telling: Vec<(Code, &'static str)>,
    end: u64,
}

/// Bits, highest first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, n: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..n {
            let byte = self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    fn flag(&mut self) -> Option<bool> {
        self.take(1).map(|b| b == 1)
    }
}

/// Reads the box; none where it breaks off.
fn parse(content: &[u8], start: u64, brand: [u8; 4]) -> Option<Mini> {
    let mut mini = Mini::default();
    let mut bits = Bits { bytes: content, at: 0 };
    let version = bits.take(2)?;
    let [typed, float, _full, alpha, cicp, hdr, profiled, exif, xmp] = flags(&mut bits)?;
    let (chroma, _turn) = (bits.take(2)?, bits.take(3)?);
    let side = if bits.flag()? { 15 } else { 7 };
    mini.size = (bits.take(side)? + 1, bits.take(side)? + 1);
    bits.take(match chroma {
        1 => 2,
        2 => 1,
        _ => 0,
    })?;
    if float {
        bits.take(2)?;
    } else if bits.flag()? {
        bits.take(3)?;
    }
    bits.take(usize::from(alpha))?;
    if cicp {
        bits.take(if chroma == 0 { 16 } else { 24 })?;
    }
    let mut kind = brand;
    if typed {
        kind = bits.take(32)?.to_be_bytes();
        bits.take(32)?;
    }
    if version != 0 || hdr {
        mini.telling.push((Code::ApplicationData, "minimised picture of an unknown kind"));
        return Some(mini);
    }
    let few = (profiled || exif || xmp) && bits.flag()?;
    let (few_settings, few_data) = (bits.flag()?, bits.flag()?);
    let metadata = if few { 10 } else { 20 };
    let (settings, data) = (if few_settings { 3 } else { 12 }, if few_data { 15 } else { 28 });
    let profile_length = if profiled { bits.take(metadata)? + 1 } else { 0 };
    let (main_settings, main) = (bits.take(settings)?, bits.take(data)? + 1);
    let alpha_length = if alpha { bits.take(data)? } else { 0 };
    let alpha_settings = if alpha_length > 0 { bits.take(settings)? } else { 0 };
    for (there, code, label) in [(exif, Code::ExifOther, "Exif block"), (xmp, Code::Xmp, "XMP block")] {
        if there {
            mini.telling.push((code, label));
            bits.take(metadata)?;
        }
    }
    while !bits.at.is_multiple_of(8) {
        if bits.flag()? {
            mini.telling.push((Code::Junk, "bits that belong to nothing"));
        }
    }
    let mut at = bits.at / 8;
    let mut chunk = |n: u32| {
        let part = content.get(at..at.checked_add(n as usize)?)?;
        at += n as usize;
        Some(part)
    };
    let (of_alpha, of_main) = (chunk(alpha_settings)?, chunk(main_settings)?);
    let profile = chunk(profile_length)?;
    mini.profile = profiled.then(|| profile.to_vec());
    mini.head = content.get(..at - profile.len())?.to_vec();
    let first = start + at as u64;
    let second = first + u64::from(alpha_length);
    mini.end = second + u64::from(main);
    mini.pictures = [first..second, second..mini.end].into_iter().filter(|r| !r.is_empty()).collect();
    let config = match &kind {
        b"avif" | b"av01" => b"av1C",
        _ => b"hvcC",
    };
    mini.codec = match config {
        b"av1C" => Some(Codec::Av1),
        _ => Hevc::read(of_main).map(|c| Codec::Hevc(c.length_size())),
    };
    let plain = |part: &[u8]| {
        let units = part.get(4..).unwrap_or_default();
        let spans = Spans::new(Some(0..units.len() as u64));
        let quiet = || matches!(coded::fault(&mut Bytes::over(units), &spans, Codec::Av1), Ok(None));
        property::is_allowed(config, part) && (config != b"av1C" || quiet())
    };
    mini.settings = plain(of_main) && (of_alpha.is_empty() || plain(of_alpha));
    Some(mini)
}

fn flags(bits: &mut Bits<'_>) -> Option<[bool; 9]> {
    let mut out = [false; 9];
    for flag in &mut out {
        *flag = bits.flag()?;
    }
    Some(out)
}

fn find(bytes: &mut Bytes<'_>, boxes: &[Box4]) -> Result<Option<Mini>, Trouble> {
    let Some(found) = boxes.iter().find(|b| &b.kind == b"mini") else { return Ok(None) };
    let content = bytes.copy(found.data.clone(), LONGEST_HEAD)?;
    // The codec is that of the minor version of the file type box, which is a brand here.
    let brand = bytes.get(12, 4)?.map_or([0; 4], |b| [b[0], b[1], b[2], b[3]]);
    let damaged = Trouble::Damaged("a minimised picture that breaks off");
    let mini = parse(&content, found.data.start, brand).ok_or(damaged)?;
    Ok(Some(mini))
}

/// Reads the minimised picture of an output, and accounts for all that stands in it.
pub(super) fn read(bytes: &mut Bytes<'_>, boxes: &[Box4], output: &mut Output) -> Result<Option<Mini>, Trouble> {
    let Some(mini) = find(bytes, boxes)? else { return Ok(None) };
    let range = boxes.iter().find(|b| &b.kind == b"mini").map_or(0..0, |b| b.range.clone());
    for (_, label) in &mini.telling {
        output.note(*label, "mini", &range);
    }
    let Some(codec) = mini.codec.filter(|_| mini.settings && mini.telling.is_empty()) else {
        output.note("minimised picture without settings", "mini", &range);
        return Ok(Some(mini));
    };
    if mini.end != range.end {
        output.note("bytes behind the picture", "mini", &range);
    }
    if let Some(profile) = &mini.profile {
        jpeg::cleared::colours(profile, "mini", &mut output.left, &mut output.hay)?;
    }
    for picture in &mini.pictures {
        if let Some(what) = coded::fault(bytes, &Spans::new(Some(picture.clone())), codec)? {
            output.note(what, "mini", picture);
        }
        output.media.push(picture.clone());
        output.taken.push(picture.clone());
    }
    Ok(Some(mini))
}

/// Whether an output's minimised picture is the original's.
pub(super) fn same(original: (&mut Bytes<'_>, &[Box4]), output: (&mut Bytes<'_>, Option<Mini>)) -> Result<(), Trouble> {
    let ((before, boxes), (after, new)) = (original, output);
    let (old, new) = match (find(before, boxes)?, new) {
        (None, None) => return Ok(()),
        (Some(old), Some(new)) => (old, new),
        _ => return Err(Trouble::SamplesChanged),
    };
    let profiles = match (&old.profile, &new.profile) {
        (Some(x), Some(y)) => x.get(16..20) == y.get(16..20) || icc::account(x).fault.is_some(),
        (x, y) => x.is_none() && y.is_none(),
    };
    if old.head != new.head || !profiles || old.pictures.len() != new.pictures.len() {
        return Err(Trouble::SamplesChanged);
    }
    for (x, y) in old.pictures.iter().zip(&new.pictures) {
        let (x, y) = (Spans::new(Some(x.clone())), Spans::new(Some(y.clone())));
        let same = match old.codec {
            Some(codec) => coded::same((&mut *before, &x), (&mut *after, &y), codec)?,
            None => compare((&mut *before, x.ranges()), (&mut *after, y.ranges()))?,
        };
        if !same {
            return Err(Trouble::SamplesChanged);
        }
    }
    Ok(())
}

/// Lists what a minimised picture holds beside its samples.
pub(super) fn discover(
    bytes: &mut Bytes<'_>,
    boxes: &[Box4],
    found: &Box4,
    out: &mut Discovery,
) -> Result<(), Trouble> {
    let place = || Place::bytes("mini", found.range.start, found.range.end - found.range.start);
    let Ok(Some(mini)) = find(bytes, boxes) else {
        out.push(Finding::new(Code::Truncated, place(), Action::Flag));
        return Ok(());
    };
    out.size = Some(mini.size);
    for (code, label) in &mini.telling {
        out.push(Finding::new(*code, place(), Action::Remove).labelled(*label));
    }
    if let Some(profile) = &mini.profile {
        jpeg::findings::colours(profile, place(), out);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::inspect::{Evidence, inspect, witness};
    use crate::recording::Format;

    /// A picture of 64 by 48 pixels in AV1: bits of the header, the settings, one frame, and what may follow.
    fn file(exif: bool, frame: &[u8], behind: &[u8]) -> Vec<u8> {
        let mut bits = String::from("00");
        bits += if exif { "000000010" } else { "000000000" };
        bits += "01"; // Chroma 4:2:0.
        bits += "000"; // Not turned.
        bits += "0"; // Small.
        bits += &format!("{:07b}{:07b}", 63, 47);
        bits += "000"; // Chroma places, eight bits.
        bits += if exif { "111" } else { "11" };
        bits += &format!("{:03b}{:015b}", 4, frame.len() - 1);
        if exif {
            bits += &format!("{:010b}", behind.len() - 1);
        }
        while bits.len() % 8 != 0 {
            bits.push('0');
        }
        let head: Vec<u8> =
            bits.as_bytes().chunks(8).map(|b| b.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0'))).collect();
        let content = [&head[..], &[0x81, 0, 0, 0], frame, behind].concat();
        let mini = [&(content.len() as u32 + 8).to_be_bytes()[..], b"mini", &content].concat();
        [&b"\0\0\0\x14ftypmif3avifmif3"[..], &mini].concat()
    }

    fn word(original: &Vec<u8>, output: &Vec<u8>) -> &'static str {
        let held = witness(&Evidence { format: Format::Heif, original, output, dropped: &[] });
        held.map_or_else(|t| t.code(), |_| "cleared")
    }

    #[test]
    fn a_minimised_picture_clears_only_without_exif_and_a_tail() {
        let frame: &[u8] = &[0x32, 3, 1, 2, 3];
        let clean = file(false, frame, b"");
        assert_eq!(word(&clean, &clean), "cleared");
        let cases = [
            (file(true, frame, b"Canary"), "residue"),
            (file(false, frame, b"Canary"), "residue"),
            (file(false, &[0x2a, 3, 4, b'C', b'a'], b""), "residue"),
            (file(false, &[0x32, 3, 1, 2, 4], b""), "samples-changed"),
        ];
        let mut tried = 0;
        for (output, expected) in &cases {
            assert_eq!(word(&clean, output), *expected, "{tried}");
            tried += 1;
        }
        assert_eq!(tried, 4);
        let found = inspect(&file(true, frame, b"Canary"), Format::Heif).unwrap();
        assert_eq!((found.width, found.height, found.findings[0].label.as_str()), (Some(64), Some(48), "Exif block"));
        for bit in 0..clean.len() * 8 {
            let mut bad = clean.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let _ = (word(&clean, &bad), word(&bad, &clean), inspect(&bad, Format::Heif));
            assert_ne!(word(&clean, &clean[..bit / 8].to_vec()), "cleared");
        }
    }
}
