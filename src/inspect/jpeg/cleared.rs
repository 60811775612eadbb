//! The proof of a JPEG: nothing but coded samples and five kinds of listed parts, each with listed content.
//!
//! JFIF 1.02 (ECMA TR/98); Adobe TN 5116 section 18; ICC.1:2022 Annex B.4; Exif 2.32 section 4.5.4.

use super::gain;
use super::samples::Samples;
use super::{EOI, Part, SOS, Walk, coded_length};
use crate::cut::Source;
use crate::inspect::bytes::{Bytes, compare, total};
use crate::inspect::residue::Haystack;
use crate::inspect::{Evidence, Left, Trouble, exif, icc};
use crate::place::Place;
use std::ops::Range;

/// The most segments before the first scan.
const MOST_SEGMENTS: usize = 4096;

/// The most pictures of an original in which a gain map is looked for.
const MOST_PICTURES: usize = 16;

/// What is known of an output while it is read.
#[derive(Debug, Default)]
struct Output {
    samples: Samples,
    frames: usize,
    header: Vec<(u8, usize)>,
    profile: Vec<u8>,
    profiles: Option<(u8, u8)>,
    seen: Vec<u8>,
    scans: usize,
    left: Left,
    hay: Haystack,
    said: gain::Said,
    /// Whether this is a gain map, not a first picture.
    is_map: bool,
    behind: Option<Range<u64>>,
}

/// Proves an output; the number is how many bytes of samples were compared.
pub(in crate::inspect) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (compared, read) = prove(evidence, evidence.original, evidence.output, false)?;
    let Some(range) = read.behind else { return Ok(compared) };
    // A gain map is announced there: a picture of its own, and one that stands behind the first in the original.
    let map = gain::Part { whole: evidence.output, range };
    let mut original = Bytes::new(evidence.original);
    let (length, mut from) = (original.len(), end_of(&mut original)?);
    for _ in 0..MOST_PICTURES {
        let Some(start) = next_picture(&mut original, from, length)? else { break };
        let part = gain::Part { whole: evidence.original, range: start..length };
        match prove(evidence, &part, &map, true) {
            Ok((more, _)) => return Ok(compared + more),
            Err(Trouble::SamplesChanged | Trouble::Damaged(_)) => from = start + 2,
            Err(trouble) => return Err(trouble),
        }
    }
    Err(Trouble::SamplesChanged)
}

/// Where the first picture of a file ends.
fn end_of(bytes: &mut Bytes<'_>) -> Result<u64, Trouble> {
    let mut walk = Walk::new(0..bytes.len());
    while let Some(part) = walk.next(bytes)? {
        if let Part::End(range) = part {
            return Ok(range.end);
        }
    }
    Ok(bytes.len())
}

fn next_picture(bytes: &mut Bytes<'_>, mut from: u64, end: u64) -> Result<Option<u64>, Trouble> {
    while let Some(at) = bytes.find(0xff, from, end)? {
        if bytes.get(at, 3)? == Some(&[0xff, super::SOI, 0xff]) {
            return Ok(Some(at));
        }
        from = at + 1;
    }
    Ok(None)
}

/// Proves one picture.
fn prove(
    evidence: &Evidence<'_>,
    original: &dyn Source,
    output: &dyn Source,
    is_map: bool,
) -> Result<(u64, Output), Trouble> {
    let (mut original, mut output) = (Bytes::new(original), Bytes::new(output));
    let mut read = Output { is_map, ..Output::default() };
    read.account(&mut output)?;
    read.colours()?;
    read.announced();
    second_opinion(&mut output, &read.header, &mut read.left)?;
    if read.hay.survivor(&mut Bytes::new(evidence.original), evidence.dropped)?.is_some() {
        read.left.note("a string that was removed", Place::Whole {});
    }
    std::mem::take(&mut read.left).none()?;
    if !read.profile.is_empty() && !has_profile(&mut original, &read.profile)? {
        let place = Place::bytes("APP2 ICC_PROFILE", 0, read.profile.len() as u64);
        return Err(Trouble::Unaccounted("a colour profile that the original does not have", place));
    }
    let kept = &read.samples;
    let before = Samples::of(&mut original, &mut output, &kept.data)?;
    let before = before.first(kept.scans()).ok_or(Trouble::SamplesChanged)?;
    if !compare((&mut output, &kept.ranges), (&mut original, before))? {
        return Err(Trouble::SamplesChanged);
    }
    Ok((total(&kept.ranges), read))
}

/// Whether an original has a colour profile of its own, or says in Exif alone that its colours are those of `profile`,
/// which is Adobe RGB's.
fn has_profile(original: &mut Bytes<'_>, profile: &[u8]) -> Result<bool, Trouble> {
    let mut walk = Walk::new(0..original.len());
    let mut stated = false;
    while let Some(part) = walk.next(original)? {
        let Part::Segment { marker: marker @ (0xe1 | 0xe2 | SOS), payload, .. } = part else { continue };
        let content = original.get(payload.start, (payload.end - payload.start) as usize)?.unwrap_or_default();
        match marker {
            SOS => break,
            0xe2 if content.starts_with(b"ICC_PROFILE\0") => return Ok(true),
            0xe1 if content.starts_with(b"Exif\0") => {
                stated |= exif::is_in_adobe_rgb(content.get(6..).unwrap_or_default());
            }
            _ => {}
        }
    }
    Ok(stated && icc::is_adobe_rgb(profile))
}

impl Output {
    fn account(&mut self, bytes: &mut Bytes<'_>) -> Result<(), Trouble> {
        let length = bytes.len();
        let mut walk = Walk::new(0..length);
        while let Some(part) = walk.next(bytes)? {
            match part {
                Part::Start(_) | Part::End(_) | Part::ScanFill(_) => {}
                Part::Scan(range) => self.samples.scan(range)?,
                Part::Segment { marker, range, payload } => self.segment(bytes, marker, range, payload)?,
                Part::Fill(r) => return Err(unaccounted("fill bytes between segments", r)),
                Part::Junk(r) => return Err(unaccounted("bytes between segments", r)),
                Part::Bare(_, r) => return Err(unaccounted("a marker where none belongs", r)),
                Part::Behind(r) if !self.is_map && self.said.names(&r) => self.behind = Some(r),
                Part::Behind(r) => {
                    self.left.note("data behind the picture", Place::bytes("trailer", r.start, r.end - r.start));
                }
            }
        }
        if !walk.ended() || self.scans == 0 || self.frames != 1 {
            return Err(Trouble::Damaged("the picture has no end"));
        }
        self.samples.finish();
        if let Some(range) = self.samples.unused() {
            return Err(unaccounted("a table that no scan uses", range));
        }
        Ok(())
    }

    fn segment(
        &mut self,
        bytes: &mut Bytes<'_>,
        marker: u8,
        range: Range<u64>,
        payload: Range<u64>,
    ) -> Result<(), Trouble> {
        let n = (payload.end - payload.start) as usize;
        if self.scans == 0 {
            self.header.push((marker, n));
            if self.header.len() > MOST_SEGMENTS {
                return Err(Trouble::TooLarge("a JPEG of more than four thousand segments"));
            }
        }
        let content = bytes.get(payload.start, n)?.unwrap_or_default();
        if let Some(read) = coded_length(marker, content) {
            if read != n {
                return Err(unaccounted("bytes behind a table", payload.start + read as u64..payload.end));
            }
            self.scans += usize::from(marker == SOS);
            self.frames += usize::from(super::is_frame(marker));
            self.samples.segment(marker, range.start, payload.start, content);
            return Ok(());
        }
        let told = match marker {
            0xe1 => self.said.packet(content, self.is_map),
            0xe2 if !self.is_map => content.starts_with(b"MPF\0") && self.said.index(content, payload.start),
            _ => false,
        };
        if told && self.scans == 0 {
            return Ok(());
        }
        let again = self.seen.contains(&marker);
        if !again {
            self.seen.push(marker);
        }
        let allowed = match marker {
            0xe0 => !again && is_plain_jfif(content),
            0xe1 => !again && content.strip_prefix(b"Exif\0\0").is_some_and(exif::is_orientation_only),
            0xe2 => self.profile_part(content),
            0xee => !again && content.len() == 12 && content.starts_with(b"Adobe") && content[11] <= 2,
            _ => false,
        };
        // Versions, densities and flags are numbers: six bytes of them in a row are searched like any open field.
        if allowed && matches!(marker, 0xe0 | 0xee) {
            self.hay.add(&content[5..content.len() - 1])?;
        }
        if !allowed || self.scans > 0 {
            let what = if marker == super::COM { "comment".to_owned() } else { name(marker) };
            self.left.note(what, Place::bytes(name(marker), range.start, range.end - range.start));
        }
        Ok(())
    }

    /// Takes a part of the colour profile; parts must be whole and in order.
    fn profile_part(&mut self, content: &[u8]) -> bool {
        let Some([number, count, part @ ..]) = content.strip_prefix(b"ICC_PROFILE\0") else { return false };
        let expected = self.profiles.map_or(1, |(last, _)| last.saturating_add(1));
        let whole = *number == expected && number <= count && self.profiles.is_none_or(|(_, c)| c == *count);
        self.profiles = Some((*number, *count));
        self.profile.extend_from_slice(part);
        whole && self.profile.len() <= icc::LONGEST
    }

    /// A gain map must have its numbers, and what announces one must have it.
    fn announced(&mut self) {
        if self.is_map != self.said.numbers || self.said.announces() != self.behind.is_some() {
            self.left.note("words about a gain map that is not there", Place::Whole {});
        }
    }

    fn colours(&mut self) -> Result<(), Trouble> {
        let Some((last, count)) = self.profiles else { return Ok(()) };
        if last != count {
            self.left.note("part of a colour profile", Place::bytes("APP2 ICC_PROFILE", 0, self.profile.len() as u64));
        }
        colours(&self.profile, "APP2 ICC_PROFILE", &mut self.left, &mut self.hay)
    }
}

/// Notes what a profile has in it beside colours.
pub(in crate::inspect) fn colours(
    profile: &[u8],
    part: &str,
    left: &mut Left,
    hay: &mut Haystack,
) -> Result<(), Trouble> {
    let account = icc::account(profile);
    for (what, range) in account.fault.iter().chain(&account.telling) {
        left.note(*what, Place::bytes(part, range.start as u64, range.len() as u64));
    }
    for range in account.open {
        hay.add(profile.get(range).unwrap_or_default())?;
    }
    Ok(())
}

/// Fourteen bytes, and no thumbnail.
fn is_plain_jfif(content: &[u8]) -> bool {
    content.len() == 14 && content.starts_with(b"JFIF\0\x01") && content[7] <= 2 && content[12..] == [0, 0]
}

fn unaccounted(what: &'static str, range: Range<u64>) -> Trouble {
    Trouble::Unaccounted(what, Place::bytes("JPEG", range.start, range.end - range.start))
}

/// The name of a marker, as ISO/IEC 10918-1 Table B.1 spells it.
pub(in crate::inspect) fn name(marker: u8) -> String {
    match marker {
        super::COM => "COM".to_owned(),
        0xe0..=0xef => format!("APP{}", marker - 0xe0),
        0xf0..=0xfd => format!("JPG{}", marker - 0xf0),
        SOS => "SOS".to_owned(),
        0xc4 => "DHT".to_owned(),
        0xcc => "DAC".to_owned(),
        0xdb => "DQT".to_owned(),
        0xdd => "DRI".to_owned(),
        0xdc => "DNL".to_owned(),
        EOI => "EOI".to_owned(),
        0xc0..=0xcf => format!("SOF{}", marker - 0xc0),
        _ => format!("marker {marker:02X}"),
    }
}

/// img-parts must see the same segments before the first scan, and no Exif or profile that was not seen here.
fn second_opinion(output: &mut Bytes<'_>, own: &[(u8, usize)], left: &mut Left) -> Result<(), Trouble> {
    let length: u64 = own.iter().map(|(_, n)| *n as u64 + 4).sum::<u64>() + 2;
    let mut header = output.copy(0..length, 2 * icc::LONGEST)?;
    // It takes what follows the first scan's header for the scan; an end is enough.
    header.extend([0xff, EOI]);
    let theirs = exif::quietly(|| {
        let jpeg = img_parts::jpeg::Jpeg::from_bytes(header.into()).ok()?;
        Some(jpeg.segments().iter().map(|s| (s.marker(), s.contents().len())).collect::<Vec<_>>())
    });
    if theirs.is_none_or(|theirs| theirs != own) {
        left.note("segments that another reader sees otherwise", Place::bytes("JPEG", 0, length));
    }
    Ok(())
}
