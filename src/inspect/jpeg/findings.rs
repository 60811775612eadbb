//! What a JPEG holds beside its picture, in the words of people.
//!
//! Exif 2.32 4.5.4; XMP part 3 1.1.3; ICC.1:2022 B.4; CIPA DC-007 (MPF); ISO/IEC 19566-5 (JUMBF); Photoshop file formats,
//! "Image resource blocks"; JFIF 1.02.

use super::cleared::name;
use super::{Part, Walk, coded, is_frame, size};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::bytes::{Bytes, be16, be32};
use crate::inspect::{Discovery, Trouble, exif, icc, trailer};
use crate::place::Place;
use crate::recording::Identifier;
use std::ops::Range;

/// Segments by marker and signature: what they are called, and their kind.
const SEGMENTS: &[(u8, &[u8], &str, Code, &str)] = &[
    (0xe0, b"JFXX\0", "APP0 JFXX", Code::Thumbnail, "embedded thumbnail"),
    (0xe1, b"http://ns.adobe.com/xap/1.0/\0", "APP1 XMP", Code::Xmp, "XMP block"),
    (0xe1, b"http://ns.adobe.com/xmp/extension/\0", "APP1 extended XMP", Code::Xmp, "extended XMP block"),
    (0xe2, b"MPF\0", "APP2 MPF", Code::MultiPicture, "index of further pictures"),
    (0xeb, b"JP", "APP11 JUMBF", Code::Provenance, "content credentials"),
];

/// Photoshop image resources that have a kind of their own (Adobe, "Image resource IDs").
const RESOURCES: &[(u16, Code, &str)] = &[
    (1028, Code::Iptc, "IPTC record"),
    (1033, Code::Thumbnail, "embedded Photoshop thumbnail"),
    (1036, Code::Thumbnail, "embedded Photoshop thumbnail"),
    (1058, Code::ExifOther, "Exif block in Photoshop block"),
    (1059, Code::ExifOther, "Exif block in Photoshop block"),
    (1060, Code::Xmp, "XMP block in Photoshop block"),
];

/// Lists what a JPEG holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let end = bytes.len();
    let mut profile = Vec::new();
    let mut profile_at: Option<Range<u64>> = None;
    let mut adobe_rgb: Option<Range<u64>> = None;
    let mut walk = Walk::new(0..end);
    while let Some(part) = walk.next(&mut bytes)? {
        match part {
            Part::Segment { marker, range, payload } => {
                let content = bytes.copy(payload.clone(), 1 << 16)?;
                if marker == 0xe2 && content.starts_with(b"ICC_PROFILE\0") && profile.len() < icc::LONGEST {
                    profile.extend_from_slice(content.get(14..).unwrap_or_default());
                    profile_at = Some(profile_at.map_or(range.start, |r| r.start)..range.end);
                } else {
                    if marker == 0xe1
                        && content.starts_with(b"Exif\0")
                        && exif::is_in_adobe_rgb(content.get(6..).unwrap_or_default())
                    {
                        adobe_rgb.get_or_insert(range.clone());
                    }
                    segment(&mut bytes, marker, &range, &payload, &content, out)?;
                }
            }
            Part::Fill(r) => junk("fill bytes between segments", &r, out),
            Part::Junk(r) => junk("bytes that belong to nothing", &r, out),
            Part::Bare(_, r) => junk("marker that belongs to nothing", &r, out),
            Part::Behind(r) => trailer::discover(&mut bytes, r, out)?,
            Part::Start(_) | Part::Scan(_) | Part::ScanFill(_) | Part::End(_) => {}
        }
    }
    if let Some(range) = adobe_rgb.filter(|_| profile_at.is_none()) {
        let place = Place::bytes("APP1 Exif", range.start, range.end - range.start);
        let label = "colours of Adobe RGB, stated by Exif alone";
        out.push(Finding::new(Code::ExifOther, place, Action::Replace).labelled(label));
    }
    if let Some(place) = profile_at {
        colours(&profile, Place::bytes("APP2 ICC_PROFILE", place.start, place.end - place.start), out);
    }
    Ok(())
}

/// The year of making, from the Exif blocks before the first scan.
pub(in crate::inspect) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut bytes = Bytes::new(source);
    let mut walk = Walk::new(0..bytes.len());
    while let Some(part) = walk.next(&mut bytes)? {
        match part {
            Part::Segment { marker: 0xe1, payload, .. } => {
                let content = bytes.copy(payload.clone(), 1 << 16)?;
                let stated = content.strip_prefix(b"Exif\0\0").and_then(exif::year);
                if stated.is_some() {
                    return Ok(stated);
                }
            }
            Part::Scan(_) | Part::Behind(_) => break,
            _ => {}
        }
    }
    Ok(None)
}

fn junk(label: &str, range: &Range<u64>, out: &mut Discovery) {
    let place = Place::bytes("JPEG", range.start, range.end - range.start);
    out.push(Finding::new(Code::Junk, place, Action::Remove).labelled(label));
}

fn segment(
    bytes: &mut Bytes<'_>,
    marker: u8,
    range: &Range<u64>,
    payload: &Range<u64>,
    content: &[u8],
    out: &mut Discovery,
) -> Result<(), Trouble> {
    if is_frame(marker) && out.size.is_none() {
        out.size = size(content);
    }
    if let Some(read) = coded(bytes, marker, payload)? {
        if payload.start + read < payload.end {
            junk("bytes behind a table", &(payload.start + read..payload.end), out);
        }
        return Ok(());
    }
    let place = |part: &str| Place::bytes(part, range.start, range.end - range.start);
    let value = || Identifier::new(&content[..content.len().min(256)]);
    if let Some((_, _, part, code, label)) =
        SEGMENTS.iter().find(|(m, start, ..)| *m == marker && content.starts_with(start))
    {
        out.push(Finding::new(*code, place(part), Action::Remove).labelled(*label));
        return Ok(());
    }
    match marker {
        super::COM => out.push_with(Finding::new(Code::Comment, place("COM"), Action::Remove), value()),
        0xe0 if content.starts_with(b"JFIF\0") => {
            if content.len() > 14 {
                let (code, label) = match (content[12], content[13]) {
                    (w @ 1.., h @ 1..) => (Code::Thumbnail, format!("embedded thumbnail {w}×{h}")),
                    _ => (Code::HiddenBytes, "bytes behind the JFIF header".to_owned()),
                };
                out.push(Finding::new(code, place("APP0 JFIF"), Action::Remove).labelled(label));
            }
        }
        0xe1 if content.starts_with(b"Exif\0") => {
            let block = content.get(6..).unwrap_or_default();
            exif::discover(block, "APP1 Exif", payload.start + 6, out)?;
        }
        0xed if content.starts_with(b"Photoshop 3.0\0") => photoshop(content, payload.start, out)?,
        0xee if content.starts_with(b"Adobe") && content.len() == 12 => {}
        _ => {
            let label = format!("application data ({})", name(marker));
            out.push_with(
                Finding::new(Code::ApplicationData, place(&name(marker)), Action::Remove).labelled(label),
                value(),
            );
        }
    }
    Ok(())
}

/// The image resources of a Photoshop block: `8BIM`, number, padded name, length, padded data.
fn photoshop(content: &[u8], offset: u64, out: &mut Discovery) -> Result<(), Trouble> {
    let mut at = 14;
    let mut others = 0;
    while content.get(at..at + 4) == Some(b"8BIM") {
        let Some(number) = be16(content, at + 4) else { break };
        let name = usize::from(content.get(at + 6).copied().unwrap_or(0));
        let data = at + 6 + (name + 2) / 2 * 2;
        let Some(length) = be32(content, data).map(|n| n as usize) else { break };
        let end = (data + 4).saturating_add(length).min(content.len());
        let place = Place::bytes("APP13 8BIM", offset + at as u64, (end - at) as u64);
        match RESOURCES.iter().find(|(n, ..)| *n == number) {
            Some((_, Code::Thumbnail, label)) => {
                let picture = content.get(data + 4 + 28..end).unwrap_or_default();
                let size = exif::picture_size(picture)?.map(|(w, h)| format!("{label} {w}×{h}"));
                let label = size.unwrap_or_else(|| (*label).to_owned());
                out.push(Finding::new(Code::Thumbnail, place, Action::Remove).labelled(label));
            }
            Some((1058 | 1059, _, _)) => {
                exif::discover(
                    content.get(data + 4..end).unwrap_or_default(),
                    "APP13 8BIM",
                    offset + data as u64 + 4,
                    out,
                )?;
            }
            Some((_, code, label)) => out.push(Finding::new(*code, place, Action::Remove).labelled(*label)),
            None => others += 1,
        }
        at = end + (end - data) % 2;
    }
    if others > 0 || at == 14 || at < content.len() {
        let place = Place::bytes("APP13 Photoshop", offset, content.len() as u64);
        out.push(Finding::new(Code::Iptc, place, Action::Remove).labelled("Photoshop block"));
    }
    Ok(())
}

/// A finding for a profile that tells of more than colours.
pub(in crate::inspect) fn colours(profile: &[u8], place: Place, out: &mut Discovery) {
    let account = icc::account(profile);
    if account.fault.is_some() {
        out.push(Finding::new(Code::IccDropped, place, Action::Remove));
    } else if !account.is_neutral() {
        out.push(Finding::new(Code::IccDescription, place, Action::Replace));
    }
}
