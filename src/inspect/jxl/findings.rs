//! What a JPEG XL file holds beside its picture, in the words of people.
//!
//! ISO/IEC 18181-2 sections 9.4 (Exif), 9.5 (xml), 9.6 (jumb), 9.7 (brob), 9.9 (jbrd); 18181-1 Annexes D and F (names).

use super::{codestream, is_bare, stream, top};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::boxes::{Box4, Spans, is_zero, name};
use crate::inspect::bytes::{Bytes, be32};
use crate::inspect::jpeg::findings::colours;
use crate::inspect::{Discovery, Trouble, exif, trailer};
use crate::place::Place;
use crate::recording::Identifier;

/// The year of making, from the Exif box.
pub(in crate::inspect) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut bytes = Bytes::new(source);
    if is_bare(&mut bytes)? {
        return Ok(None);
    }
    for found in top(&mut bytes)?.iter().filter(|b| &b.kind == b"Exif").take(16) {
        if let Some(year) = exif::year(&exif_block(&mut bytes, found)?.1) {
            return Ok(Some(year));
        }
    }
    Ok(None)
}

/// The TIFF header and what follows it, behind an offset of four bytes; and where it begins.
fn exif_block(bytes: &mut Bytes<'_>, found: &Box4) -> Result<(u64, Vec<u8>), Trouble> {
    let content = bytes.copy(found.data.clone(), exif::LONGEST)?;
    let skip = be32(&content, 0).map_or(0, |n| (n as usize).saturating_add(4));
    let is_block = |at: usize| content.get(at..at + 4).is_some_and(|b| b == b"II*\0" || b == b"MM\0*");
    let at = [skip, 10, 4, 6, 0].into_iter().find(|at| *at < content.len() && is_block(*at)).unwrap_or(0);
    Ok((found.data.start + at as u64, content.get(at..).unwrap_or_default().to_vec()))
}

/// Lists what a file holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    if is_bare(&mut bytes)? {
        let (spans, _) = stream(&mut bytes, None)?;
        return picture(&mut bytes, &spans, out);
    }
    let boxes = top(&mut bytes)?;
    for (i, found) in boxes.iter().enumerate() {
        part(&mut bytes, i, found, out)?;
    }
    let (spans, _) = stream(&mut bytes, Some(&boxes))?;
    picture(&mut bytes, &spans, out)
}

fn part(bytes: &mut Bytes<'_>, i: usize, found: &Box4, out: &mut Discovery) -> Result<(), Trouble> {
    let head = bytes.copy(found.data.clone(), 256)?;
    let (code, label) = match &found.kind {
        b"JXL " if i == 0 => return Ok(()),
        b"ftyp" if i < 2 => return Ok(()),
        b"jxll" | b"jxlc" | b"jxlp" | b"jxli" => return Ok(()),
        b"Exif" => {
            let (start, block) = exif_block(bytes, found)?;
            return exif::discover(&block, "Exif", start, out);
        }
        b"xml " if is_xmp(bytes, found)? => (Code::Xmp, "XMP block".to_owned()),
        b"xml " => (Code::Text, "XML text".to_owned()),
        b"jumb" => (Code::Provenance, "content credentials".to_owned()),
        b"jbrd" => (Code::Reconstruction, Code::Reconstruction.label().to_owned()),
        b"brob" => compressed(&head),
        b"free" | b"skip" => {
            if is_zero(bytes, found.data.clone())? {
                return Ok(());
            }
            (Code::Junk, "bytes in free space".to_owned())
        }
        b"????" => return trailer::discover(bytes, found.range.clone(), out),
        _ => (Code::ApplicationData, format!("application data ({})", found.name())),
    };
    let place = Place::bytes(found.name(), found.range.start, found.range.end - found.range.start);
    out.push_with(Finding::new(code, place, Action::Remove).labelled(label), Identifier::new(head));
    Ok(())
}

fn is_xmp(bytes: &mut Bytes<'_>, found: &Box4) -> Result<bool, Trouble> {
    let content = bytes.copy(found.data.clone(), 4096)?;
    Ok([&b"xmpmeta"[..], b"xpacket", b"rdf:RDF"].iter().any(|n| memchr::memmem::find(&content, n).is_some()))
}

/// A compressed box, by the type of what it wraps.
fn compressed(head: &[u8]) -> (Code, String) {
    match head.get(..4) {
        Some(b"Exif") => (Code::ExifOther, "compressed Exif block".to_owned()),
        Some(b"xml ") => (Code::Xmp, "compressed XMP block".to_owned()),
        Some(b"jumb") => (Code::Provenance, "compressed content credentials".to_owned()),
        Some([a, b, c, d]) => {
            (Code::ApplicationData, format!("compressed application data ({})", name([*a, *b, *c, *d])))
        }
        _ => (Code::ApplicationData, "compressed application data".to_owned()),
    }
}

/// What the codestream says beside its samples.
fn picture(bytes: &mut Bytes<'_>, spans: &Spans, out: &mut Discovery) -> Result<(), Trouble> {
    let start = spans.ranges().first().map_or(0, |r| r.start);
    let place = || Place::bytes("codestream", start, spans.len());
    let Some(account) = codestream::account(bytes, spans)? else {
        let finding = Finding::new(Code::Truncated, place(), Action::Flag);
        out.push(finding.labelled("picture whose header cannot be read"));
        return Ok(());
    };
    out.size = account.size;
    if let Some(profile) = &account.profile {
        colours(profile, place(), out);
    }
    for (label, value) in account.names {
        out.push_with(Finding::new(Code::ItemName, place(), Action::Remove).labelled(label), value);
    }
    if account.extended {
        let finding = Finding::new(Code::ApplicationData, place(), Action::Remove);
        out.push(finding.labelled("extension of the codestream"));
    }
    if account.timed {
        out.push(Finding::new(Code::Time, place(), Action::Remove).labelled("times of frames"));
    }
    if let Some((w, h)) = account.preview {
        out.push(Finding::new(Code::Preview, place(), Action::Remove).labelled(format!("embedded preview {w}×{h}")));
    }
    match (account.end, spans.ranges()) {
        (None, _) => out.push(Finding::new(Code::Truncated, place(), Action::Flag)),
        (Some(end), [one]) if end < spans.len() => trailer::discover(bytes, one.start + end..one.end, out)?,
        (Some(end), _) if end < spans.len() => {
            let at = spans.sub(end..spans.len()).first().map_or(0, |r| r.start);
            out.push(Finding::new(Code::Trailer, Place::bytes("codestream", at, spans.len() - end), Action::Remove));
        }
        _ => {}
    }
    Ok(())
}
