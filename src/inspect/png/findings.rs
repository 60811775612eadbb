//! What a PNG or APNG holds beside its picture, in the words of people.
//!
//! W3C PNG (third edition) sections 4.7 and 11.3; PNG-EXTENSIONS 1.5; ImageMagick's "Raw profile type" texts.

use super::kind::{KNOWN, name};
use super::{Part, Walk, coded, stream};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::bytes::{Bytes, total};
use crate::inspect::jpeg::findings::colours;
use crate::inspect::residue::inflate;
use crate::inspect::{Discovery, Trouble, exif, icc, trailer};
use crate::place::Place;
use crate::recording::Identifier;

/// What a text chunk's keyword says of it.
const KEYWORDS: &[(&[u8], Code, &str)] = &[
    (b"XML:com.adobe.xmp", Code::Xmp, "XMP block"),
    (b"Raw profile type exif", Code::ExifOther, "Exif block as text"),
    (b"Raw profile type APP1", Code::ExifOther, "Exif block as text"),
    (b"Raw profile type iptc", Code::Iptc, "IPTC block as text"),
    (b"Raw profile type 8bim", Code::Iptc, "Photoshop block as text"),
    (b"Raw profile type xmp", Code::Xmp, "XMP block as text"),
    (b"Comment", Code::Comment, "comment"),
    (b"Author", Code::Text, "author"),
    (b"Copyright", Code::Text, "copyright"),
    (b"Creation Time", Code::Time, "time of making"),
    (b"date:", Code::Time, "time of a file"),
    (b"Software", Code::Text, "software"),
    (b"Title", Code::Text, "title"),
    (b"Description", Code::Text, "description"),
];

/// The most that is inflated to look for bytes behind a compressed picture.
const MOST_INFLATED: u64 = 1 << 30;

/// The year of making, from the Exif chunk.
pub(in crate::inspect) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut bytes = Bytes::new(source);
    let mut walk = Walk::new(&mut bytes)?;
    while let Some(part) = walk.next(&mut bytes)? {
        if let Part::Chunk { kind: [b'e', b'X', b'I', b'f'], data, .. } = part {
            return Ok(exif::year(&bytes.copy(data, 1 << 20)?));
        }
    }
    Ok(None)
}

/// Lists what a PNG holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let mut walk = Walk::new(&mut bytes)?;
    while let Some(part) = walk.next(&mut bytes)? {
        let (kind, range, data, whole) = match part {
            Part::Chunk { kind, range, data, whole } => (kind, range, data, whole),
            Part::Behind(range) => {
                trailer::discover(&mut bytes, range, out)?;
                break;
            }
        };
        let place = Place::bytes(name(kind), range.start, range.end - range.start);
        let Some((_, known)) = KNOWN.iter().find(|(k, _)| **k == kind) else {
            let (code, label) =
                if whole { (Code::ApplicationData, "private chunk") } else { (Code::Junk, "broken chunk") };
            out.push(Finding::new(code, place, Action::Remove).labelled(label));
            continue;
        };
        match (&kind, known) {
            (b"tEXt" | b"zTXt" | b"iTXt", _) => {
                let content = bytes.copy(data, 1 << 16)?;
                text(&content, &kind, place, out);
            }
            (b"eXIf", _) => {
                let content = bytes.copy(data.clone(), exif::LONGEST)?;
                let block = content.strip_prefix(b"Exif\0\0").unwrap_or(&content);
                exif::discover(block, "eXIf", data.start + (content.len() - block.len()) as u64, out)?;
            }
            (b"iCCP", _) => profile(&bytes.copy(data, icc::LONGEST)?, place, out),
            (_, Some((code, label))) => out.push(Finding::new(*code, place, Action::Remove).labelled(*label)),
            (_, None) => {}
        }
    }
    hidden(&mut bytes, out)
}

fn text(content: &[u8], kind: &[u8; 4], place: Place, out: &mut Discovery) {
    let kept = KEYWORDS.iter().find(|(word, ..)| content.starts_with(word));
    let (code, label) = kept.map_or((Code::Text, "text"), |(_, code, label)| (*code, *label));
    let value = match memchr::memchr(0x78, content).filter(|_| kind != b"tEXt") {
        Some(at) => inflate(&content[at..], 4096).0,
        None => content.to_vec(),
    };
    let shown = Identifier::new(&value[..value.len().min(256)]);
    out.push_with(Finding::new(code, place, Action::Remove).labelled(label), shown);
}

fn profile(content: &[u8], place: Place, out: &mut Discovery) {
    let end = memchr::memchr(0, content).unwrap_or(content.len()).min(79);
    let title: String = content[..end].iter().map(|b| char::from(*b)).collect();
    let packed = content.get(end + 2..).unwrap_or_default();
    let (inflated, taken) = inflate(packed, icc::LONGEST as u64);
    let before = out.findings.len();
    colours(&inflated, place.clone(), out);
    let plain = icc::is_neutral(&title) && taken == Some(packed.len());
    if out.findings.len() == before && !plain {
        out.push(Finding::new(Code::IccDescription, place, Action::Replace).labelled("name of the colour profile"));
    }
}

/// Bytes after the end of a compressed picture, inside its chunks.
fn hidden(bytes: &mut Bytes<'_>, out: &mut Discovery) -> Result<(), Trouble> {
    let coded = coded(bytes)?;
    let Some(header) = coded.header else { return Ok(()) };
    out.size = Some((header.width, header.height));
    let mut budget = MOST_INFLATED;
    for frame in &coded.frames {
        let needed = header.inflated(frame.size.0, frame.size.1);
        let read = stream(bytes, &frame.data, needed.min(budget), |_| {})?;
        budget = budget.saturating_sub(read.inflated);
        let (start, length) = (frame.data.first().map_or(0, |r| r.start), total(&frame.data));
        let behind = read.taken.map_or(0, |taken| length.saturating_sub(taken));
        if behind > 0 || (read.inflated > needed && budget > 0) {
            let label = if behind > 0 { "bytes behind the compressed picture" } else { "rows behind the picture" };
            out.push(
                Finding::new(Code::HiddenBytes, Place::bytes("IDAT", start, length), Action::Remove).labelled(label),
            );
        }
        if budget == 0 {
            break;
        }
    }
    Ok(())
}
