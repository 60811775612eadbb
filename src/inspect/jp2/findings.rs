//! What a JPEG 2000 file holds beside its picture, in the words of people.
//!
//! ISO/IEC 15444-1 I.6 (jp2i), I.7 (xml, uuid, uinf), A.9.2 (COM); 15444-2 M.11 (asoc, lbl, mdat, free); XMP part 3
//! 1.1.4; ISO/IEC 19566-5 (jumb).

use super::{codestream, header, is_bare, top};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::boxes::{Box4, Spans, is_zero};
use crate::inspect::bytes::Bytes;
use crate::inspect::jpeg::findings::colours;
use crate::inspect::{Discovery, Trouble, exif, trailer};
use crate::place::Place;
use crate::recording::Identifier;

/// `uuid` boxes that have a kind of their own.
const KNOWN: &[(&[u8; 16], Code, &str)] = &[
    (b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac", Code::Xmp, "XMP block"),
    (b"\x33\xc7\xa4\xd2\xb8\x1d\x47\x23\xa0\xba\xf1\xa3\xe0\x97\xad\x38", Code::Iptc, "IPTC record"),
    (b"\x2c\x4c\x01\x00\x85\x04\x40\xb9\xa0\x3e\x56\x21\x48\xd6\xdf\xeb", Code::Iptc, "Photoshop block"),
    (b"\xb1\x4b\xf8\xbd\x08\x3d\x4b\x43\xa5\xae\x8c\xd7\xd5\xa6\xce\x03", Code::ExifGps, "position on the map"),
    (b"\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81", Code::Provenance, "content credentials"),
];

/// `uuid` boxes that hold Exif.
const EXIF: &[&[u8; 16]] = &[b"JpgTiffExif->JP2", b"\x05\x37\xcd\xab\x9d\x0c\x44\x31\xa7\x2a\xfa\x56\x1f\x2a\x11\x3e"];

/// Boxes by type: code, and what a person calls them.
const BOXES: &[(&[u8; 4], Code, &str)] = &[
    (b"xml ", Code::Text, "XML text"),
    (b"jp2i", Code::Text, "statement of rights"),
    (b"uinf", Code::Text, "web address"),
    (b"asoc", Code::Text, "label"),
    (b"lbl ", Code::Text, "label"),
    (b"nlst", Code::Text, "label"),
    (b"jumb", Code::Provenance, "content credentials"),
    (b"cref", Code::FilePath, "path of another file"),
    (b"dtbl", Code::FilePath, "path of another file"),
];

/// The year of making, from the Exif box.
pub(in crate::inspect) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut bytes = Bytes::new(source);
    if is_bare(&mut bytes)? {
        return Ok(None);
    }
    for found in top(&mut bytes)?.iter().filter(|b| &b.kind == b"uuid") {
        if let Some((_, block)) = exif_block(&mut bytes, found)? {
            return Ok(exif::year(&block));
        }
    }
    Ok(None)
}

/// The Exif block of a `uuid` box, and where it begins.
fn exif_block(bytes: &mut Bytes<'_>, found: &Box4) -> Result<Option<(u64, Vec<u8>)>, Trouble> {
    let content = bytes.copy(found.data.clone(), exif::LONGEST)?;
    let is_exif = EXIF.iter().any(|id| content.starts_with(*id));
    let skip = if content.get(16..22) == Some(b"Exif\0\0") { 22 } else { 16 };
    Ok(content.get(skip..).filter(|_| is_exif).map(|b| (found.data.start + skip as u64, b.to_vec())))
}

/// Lists what a file holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    if is_bare(&mut bytes)? {
        let length = bytes.len();
        return picture(&mut bytes, 0..length, out);
    }
    for (i, found) in top(&mut bytes)?.iter().enumerate() {
        match &found.kind {
            b"jP  " if i == 0 => {}
            b"ftyp" if i < 2 => {}
            b"rreq" => {}
            b"jp2h" | b"jpch" | b"jplh" => header_box(&mut bytes, found, out)?,
            b"jp2c" => picture(&mut bytes, found.data.clone(), out)?,
            b"uuid" => uuid(&mut bytes, found, out)?,
            b"free" | b"skip" if is_zero(&mut bytes, found.data.clone())? => {}
            _ if !found.whole && &found.kind == b"????" => trailer::discover(&mut bytes, found.range.clone(), out)?,
            _ => other(&mut bytes, found, out)?,
        }
    }
    Ok(())
}

fn place(found: &Box4) -> Place {
    Place::bytes(found.name(), found.range.start, found.range.end - found.range.start)
}

fn other(bytes: &mut Bytes<'_>, found: &Box4, out: &mut Discovery) -> Result<(), Trouble> {
    let content = bytes.copy(found.data.clone(), 256)?;
    let known = BOXES.iter().find(|(kind, ..)| *kind == &found.kind);
    let (code, label) = known.map_or_else(
        || match &found.kind {
            b"free" | b"skip" => (Code::Junk, "bytes in free space".to_owned()),
            _ => (Code::ApplicationData, format!("application data ({})", found.name())),
        },
        |(_, code, label)| (*code, (*label).to_owned()),
    );
    let looks_like_xmp = &found.kind == b"xml " && memchr::memmem::find(&content, b"xmpmeta").is_some();
    let (code, label) = if looks_like_xmp { (Code::Xmp, "XMP block".to_owned()) } else { (code, label) };
    out.push_with(Finding::new(code, place(found), Action::Remove).labelled(label), Identifier::new(content));
    Ok(())
}

fn uuid(bytes: &mut Bytes<'_>, found: &Box4, out: &mut Discovery) -> Result<(), Trouble> {
    if let Some((at, block)) = exif_block(bytes, found)? {
        return exif::discover(&block, "uuid Exif", at, out);
    }
    let content = bytes.copy(found.data.clone(), 16)?;
    let known = KNOWN.iter().find(|(id, ..)| content.starts_with(*id));
    let (code, label) = known.map_or((Code::ApplicationData, "application data (uuid)"), |(_, c, l)| (*c, *l));
    out.push(Finding::new(code, place(found), Action::Remove).labelled(label));
    Ok(())
}

fn header_box(bytes: &mut Bytes<'_>, found: &Box4, out: &mut Discovery) -> Result<(), Trouble> {
    let content = bytes.copy(found.data.clone(), 16 << 20)?;
    let Some(leaves) = header::leaves(&content) else {
        let finding = Finding::new(Code::Junk, place(found), Action::Remove);
        out.push(finding.labelled("parts of the header that cannot be read"));
        return Ok(());
    };
    for (kind, range) in leaves {
        let leaf = &content[range.clone()];
        let start = found.data.start + range.start as u64;
        let at = Place::bytes(crate::inspect::boxes::name(kind), start, leaf.len() as u64);
        match &kind {
            b"ihdr" if out.size.is_none() && leaf.len() == 14 => {
                let side = |at| crate::inspect::bytes::be32(leaf, at).unwrap_or(0);
                out.size = Some((side(4), side(0)));
            }
            b"colr" => {
                if let Some(profile) = header::profile(leaf) {
                    colours(profile, at, out);
                }
            }
            b"ihdr" | b"bpcc" | b"pclr" | b"cmap" | b"cdef" | b"resc" | b"resd" | b"opct" => {}
            b"lbl " | b"xml " => out.push(Finding::new(Code::Text, at, Action::Remove).labelled("label")),
            _ => out.push(
                Finding::new(Code::ApplicationData, at, Action::Remove).labelled("part of the header on no list"),
            ),
        }
    }
    Ok(())
}

/// The comments of a codestream, and what follows it.
fn picture(bytes: &mut Bytes<'_>, range: std::ops::Range<u64>, out: &mut Discovery) -> Result<(), Trouble> {
    let stream = Spans::new(Some(range.clone()));
    let account = codestream::account(bytes, &stream)?;
    if out.size.is_none() {
        out.size = account.size;
    }
    for comment in &account.comments {
        let text = stream.copy(bytes, comment.start, 256)?;
        if text.iter().all(|b| *b == 0) {
            continue;
        }
        let at = Place::bytes("COM", range.start + comment.start, comment.end - comment.start);
        let length = (comment.end - comment.start).min(256) as usize;
        let value = Identifier::new(text.get(..length).unwrap_or_default());
        out.push_with(Finding::new(Code::Comment, at, Action::Remove), value);
    }
    if account.truncated || account.fault == Some("a codestream that breaks off") {
        let at = Place::bytes("codestream", range.start, stream.len());
        out.push(Finding::new(Code::Truncated, at, Action::Flag));
    }
    if account.fault.is_none() && account.end < stream.len() {
        trailer::discover(bytes, range.start + account.end..range.end, out)?;
    }
    Ok(())
}
