//! What a HEIF or AVIF file holds beside its pictures, in the words of people.
//!
//! ISO/IEC 23008-12 Annex A (Exif, XMP items), section 6.5.20 (udes); Samsung's mpvd and sefd boxes; C2PA 2.1 A.3
//! (content credentials in a uuid box); ISO/IEC 14496-12 8.10 (udta), 8.1.2 (free).

use super::meta::{Item, Meta, Property};
use super::property::{Auxiliary, is_listed};
use super::{coded, top};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::boxes::{Box4, gaps, is_zero, name};
use crate::inspect::bytes::{Bytes, be32};
use crate::inspect::jpeg::findings::colours;
use crate::inspect::trailer::{self, size};
use crate::inspect::{Discovery, Trouble, exif};
use crate::place::Place;
use crate::recording::Identifier;
use std::ops::Range;

/// Content credentials in a `uuid` box.
const C2PA: &[u8; 16] = b"\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81";

/// XMP in a `uuid` box.
const XMP: &[u8; 16] = b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac";

/// The most bytes of coded pictures that are looked through for messages, and of media data for what belongs to nothing.
const MOST_SEARCHED: u64 = 1 << 30;

/// The year of making, from the Exif items.
pub(in crate::inspect) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut bytes = Bytes::new(source);
    let boxes = top(&mut bytes)?;
    let Some(meta) = super::meta(&mut bytes, &boxes)? else { return Ok(None) };
    for item in meta.items.iter().filter(|i| &i.kind == b"Exif").take(16) {
        if let Some(year) = exif::year(&exif_block(&mut bytes, &meta, item)?.1) {
            return Ok(Some(year));
        }
    }
    Ok(None)
}

/// The TIFF header and what follows it in an Exif item, behind an offset of four bytes (A.2.1); and where it begins.
fn exif_block(bytes: &mut Bytes<'_>, meta: &Meta, item: &Item) -> Result<(u64, Vec<u8>), Trouble> {
    let stream = meta.stream(item.id);
    let content = stream.copy(bytes, 0, exif::LONGEST)?;
    let skip = be32(&content, 0).map_or(0, |n| (n as usize).saturating_add(4));
    let is_block = |at: usize| content.get(at..at + 4).is_some_and(|b| b == b"II*\0" || b == b"MM\0*");
    // Some writers state a wrong offset.
    let at = [skip, 10, 4, 6, 0].into_iter().find(|at| *at < content.len() && is_block(*at)).unwrap_or(0);
    let start = stream.ranges().first().map_or(0, |r| r.start + at as u64);
    Ok((start, content.get(at..).unwrap_or_default().to_vec()))
}

/// Lists what a file holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let boxes = top(&mut bytes)?;
    let meta = super::meta(&mut bytes, &boxes)?;
    let mut taken =
        meta.as_ref().map_or_else(Vec::new, |m| m.locations.values().flat_map(|l| l.ranges.clone()).collect());
    for (i, found) in boxes.iter().enumerate() {
        match &found.kind {
            b"ftyp" if i == 0 => {}
            b"meta" | b"mdat" => {}
            b"mini" => super::mini::discover(&mut bytes, &boxes, found, out)?,
            b"moov" => taken.extend(super::sequence::discover(&mut bytes, found, out)?),
            _ => other(&mut bytes, found, &boxes[i..], out)?,
        }
        // A second file behind the first is one finding.
        if &found.kind == b"ftyp" && i > 0 {
            break;
        }
    }
    media(&mut bytes, &boxes, taken, out)?;
    let Some(meta) = meta else { return Ok(()) };
    out.size = meta.primary.and_then(|id| meta.size(id));
    let handler = meta.data.get(meta.handler_name.clone()).unwrap_or_default();
    named(&meta, "hdlr", handler, &meta.handler_name, "name of a handler", out);
    let thumbnails = meta.thumbnails();
    for item in &meta.items {
        let text = meta.data.get(item.name.clone()).unwrap_or_default();
        named(&meta, "infe", text, &item.name, "name of an item", out);
        self::item(&mut bytes, &meta, item, thumbnails.contains(&item.id), out)?;
    }
    properties(&meta, out);
    parts(&meta, out);
    messages(&mut bytes, &meta, out)
}

fn place(found: &Box4) -> Place {
    Place::bytes(found.name(), found.range.start, found.range.end - found.range.start)
}

fn named(meta: &Meta, part: &str, text: &[u8], range: &Range<usize>, label: &str, out: &mut Discovery) {
    if text.iter().all(|b| *b == 0) {
        return;
    }
    let place = Place::bytes(part, meta.start + range.start as u64, range.len() as u64);
    let value = Identifier::new(&text[..text.len().min(256)]);
    out.push_with(Finding::new(Code::ItemName, place, Action::Remove).labelled(label), value);
}

/// A box at the top that no picture needs.
fn other(bytes: &mut Bytes<'_>, found: &Box4, rest: &[Box4], out: &mut Discovery) -> Result<(), Trouble> {
    let end = rest.last().map_or(found.range.end, |b| b.range.end);
    let head = bytes.copy(found.data.clone(), 16)?;
    let behind = |range: &Range<u64>| format!("video of {} behind the picture", size(range.end - range.start));
    let (code, label) = match &found.kind {
        b"mpvd" => (Code::EmbeddedVideo, behind(&found.range)),
        b"ftyp" => (Code::EmbeddedVideo, behind(&(found.range.start..end))),
        b"uuid" if head == C2PA => (Code::Provenance, "content credentials".to_owned()),
        b"uuid" if head == XMP => (Code::Xmp, "XMP block".to_owned()),
        b"jumb" => (Code::Provenance, "content credentials".to_owned()),
        b"sefd" => (Code::ApplicationData, "camera maker's data".to_owned()),
        b"udta" => (Code::Text, "user data".to_owned()),
        b"free" | b"skip" | b"wide" => {
            if is_zero(bytes, found.data.clone())? {
                return Ok(());
            }
            (Code::Junk, "bytes in free space".to_owned())
        }
        b"????" => return trailer::discover(bytes, found.range.clone(), out),
        _ => (Code::ApplicationData, format!("application data ({})", found.name())),
    };
    let place = if &found.kind == b"ftyp" {
        Place::bytes("trailer", found.range.start, end - found.range.start)
    } else {
        place(found)
    };
    out.push(Finding::new(code, place, Action::Remove).labelled(label));
    Ok(())
}

/// Media data that neither items nor samples take.
fn media(
    bytes: &mut Bytes<'_>,
    boxes: &[Box4],
    mut taken: Vec<Range<u64>>,
    out: &mut Discovery,
) -> Result<(), Trouble> {
    taken.sort_by_key(|r| (r.start, r.end));
    // In a second file behind the first there are media data of another table.
    let first = boxes.iter().enumerate().take_while(|(i, b)| *i == 0 || &b.kind != b"ftyp").map(|(_, b)| b);
    for found in first.filter(|b| &b.kind == b"mdat" && b.length() <= MOST_SEARCHED).take(64) {
        for gap in gaps(found.data.clone(), &mut taken) {
            if !is_zero(bytes, gap.clone())? {
                let place = Place::bytes("mdat", gap.start, gap.end - gap.start);
                out.push(Finding::new(Code::Junk, place, Action::Remove));
            }
        }
    }
    Ok(())
}

fn item(
    bytes: &mut Bytes<'_>,
    meta: &Meta,
    item: &Item,
    is_thumbnail: bool,
    out: &mut Discovery,
) -> Result<(), Trouble> {
    let stream = meta.stream(item.id);
    let place = || Place::bytes("item", stream.ranges().first().map_or(0, |r| r.start), stream.len());
    let sized = |label: &str| match meta.size(item.id) {
        Some((w, h)) => format!("{label} {w}×{h}"),
        None => label.to_owned(),
    };
    let content = meta.data.get(item.content.clone()).unwrap_or_default();
    if &item.kind == b"Exif" {
        let (start, block) = exif_block(bytes, meta, item)?;
        return exif::discover(&block, "Exif item", start, out);
    }
    let (code, action, label) = match &item.kind {
        b"mime" if content.starts_with(b"application/rdf+xml") => (Code::Xmp, Action::Remove, "XMP block".to_owned()),
        b"mime" if memchr::memmem::find(content, b"c2pa").is_some() => {
            (Code::Provenance, Action::Remove, "content credentials".to_owned())
        }
        b"mime" => (Code::Text, Action::Remove, "text".to_owned()),
        b"uri " => (Code::ApplicationData, Action::Remove, "application data (uri)".to_owned()),
        _ if is_thumbnail => (Code::Thumbnail, Action::Remove, sized("embedded thumbnail")),
        b"tmap" => (Code::GainMap, Action::Keep, "picture with a gain map".to_owned()),
        kind if !super::is_picture(kind) => {
            (Code::ApplicationData, Action::Remove, format!("application data ({})", name(*kind)))
        }
        _ if meta.auxiliary(item.id) == Some(Auxiliary::GainMap) => (Code::GainMap, Action::Keep, sized("gain map")),
        _ => return Ok(()),
    };
    out.push(Finding::new(code, place(), action).labelled(label));
    Ok(())
}

fn properties(meta: &Meta, out: &mut Discovery) {
    for property in &meta.properties {
        let content = meta.content(property);
        let place = |p: &Property| Place::bytes(name(p.kind), meta.start + p.data.start as u64, p.data.len() as u64);
        let (code, label) = match &property.kind {
            b"colr" if matches!(content.get(..4), Some(b"prof" | b"rICC")) => {
                colours(&content[4..], place(property), out);
                continue;
            }
            b"auxC" if super::property::auxiliary(content).is_none() => {
                (Code::ApplicationData, "auxiliary picture of an unknown kind".to_owned())
            }
            b"free" | b"skip" if content.iter().all(|b| *b == 0) => continue,
            b"udes" => (Code::Text, "description of an item".to_owned()),
            b"crtt" | b"mdft" => (Code::Time, "time of making".to_owned()),
            kind if is_listed(kind) => continue,
            kind => (Code::ApplicationData, format!("property on no list ({})", name(*kind))),
        };
        let value = Identifier::new(&content[..content.len().min(256)]);
        out.push_with(Finding::new(code, place(property), Action::Remove).labelled(label), value);
    }
}

/// Parts of the meta box that no picture needs.
fn parts(meta: &Meta, out: &mut Discovery) {
    const PLAIN: &[&[u8; 4]] = &[b"hdlr", b"pitm", b"iinf", b"iloc", b"iref", b"iprp", b"idat", b"grpl", b"dinf"];
    for found in meta.boxes.iter().filter(|b| !PLAIN.contains(&&b.kind)) {
        let content = meta.data.get(found.data.start as usize..found.data.end as usize).unwrap_or_default();
        if matches!(&found.kind, b"free" | b"skip") && content.iter().all(|b| *b == 0) {
            continue;
        }
        let place = Place::bytes(found.name(), meta.start + found.range.start, found.range.end - found.range.start);
        let label = format!("application data ({})", found.name());
        out.push(Finding::new(Code::ApplicationData, place, Action::Remove).labelled(label));
    }
}

/// Messages inside coded pictures: encoders and phones write texts there.
fn messages(bytes: &mut Bytes<'_>, meta: &Meta, out: &mut Discovery) -> Result<(), Trouble> {
    let mut left = MOST_SEARCHED;
    for item in &meta.items {
        let stream = meta.stream(item.id);
        let Some(codec) = meta.codec(item.id).filter(|_| stream.len() <= left) else { continue };
        left -= stream.len();
        if coded::tells(bytes, &stream, codec)? {
            let place = Place::bytes("item", stream.ranges().first().map_or(0, |r| r.start), stream.len());
            out.push(Finding::new(Code::Text, place, Action::Remove).labelled("message in the coded picture"));
        }
    }
    Ok(())
}
