//! What a PDF says of itself, and the recordings in it, with the pages that show them.
//!
//! ISO 32000-1: information dictionary (14.3.3), metadata streams (14.3.2), image XObjects (8.9.5), annotations (12.5), embedded
//! files (7.11.4), page boundaries (14.11.2).

use super::content::{Asking, content};
use super::{Item, Remark};
use crate::cut::Source;
use crate::finding::Code;
use crate::scan;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, Stream, String as Text};
use hayro_syntax::page::Resources;
use std::collections::BTreeMap;

/// The largest file that is looked into, in bytes: it is held in memory.
const LARGEST: u64 = 256 << 20;
/// Forms may draw forms; so deep they are followed.
const DEEPEST: u32 = 4;
/// The most pictures of one file that are listed.
const MOST_PICTURES: usize = 20_000;

/// Looks at a PDF: what it says of itself goes to `item`, its pictures to `inner`.
pub(super) fn look(source: &dyn Source, asking: &Asking<'_>, item: &mut Item, inner: &mut Vec<Item>) {
    let Ok(bytes) = source.read_range(0..source.len(), LARGEST) else {
        item.remarks.push(Remark::whole(Code::NotLooked, "larger than a PDF that is looked into"));
        return;
    };
    let before = inner.len();
    let versions = memchr::memmem::find_iter(&bytes, b"%%EOF").take(64).count();
    // The parser is made for files that can be opened; on those that attack it the fault is caught here.
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match Pdf::new(bytes) {
        Ok(pdf) => {
            itself(&pdf, versions, &mut item.remarks);
            pictures(&pdf, asking, item, inner);
            true
        }
        Err(_) => false,
    }));
    if !read.unwrap_or(false) {
        inner.truncate(before);
        item.remarks.push(Remark::whole(Code::NotLooked, "damaged, or protected by a password: not looked into"));
    }
}

/// The document's own properties, notes and files.
fn itself(pdf: &Pdf, versions: usize, remarks: &mut Vec<Remark>) {
    let told = pdf.metadata();
    let filled =
        |text: &Option<Box<[u8]>>| text.as_ref().is_some_and(|text| text.iter().any(|b| !b.is_ascii_whitespace()));
    let properties = [
        (filled(&told.author), "author"),
        (filled(&told.title), "title"),
        (filled(&told.subject), "subject"),
        (filled(&told.keywords), "keywords"),
        (filled(&told.creator), "program that wrote it"),
        (filled(&told.producer), "program that made the PDF"),
        (told.creation_date.is_some(), "when it was made"),
        (told.modification_date.is_some(), "when it was changed"),
    ];
    for (_, label) in properties.iter().filter(|(there, _)| *there) {
        remarks.push(Remark::whole(Code::DocumentProperty, format!("property of the document: {label}")));
    }
    let (mut xmp, mut notes, mut files) = (0, 0, 0);
    for object in pdf.objects() {
        let (dict, stream) = match &object {
            Object::Dict(dict) => (dict.clone(), false),
            Object::Stream(stream) => (stream.dict().clone(), true),
            _ => continue,
        };
        xmp += u32::from(stream && is(&dict, "Type", b"Metadata"));
        files += u32::from(stream && is(&dict, "Type", b"EmbeddedFile"));
        let comment = [&b"Text"[..], b"FreeText", b"Highlight", b"StrikeOut", b"Underline", b"Ink", b"Stamp", b"Caret"];
        let said = dict.get::<Text<'_>>("Contents").is_some_and(|text| !text.as_bytes().is_empty());
        notes += u32::from(said && comment.iter().any(|kind| is(&dict, "Subtype", kind)));
    }
    let counted = [
        (xmp, Code::Xmp, "XMP blocks"),
        (notes, Code::DocumentNote, "comments, with who wrote them"),
        (files, Code::EmbeddedFile, "files inside the document"),
    ];
    for (count, code, what) in counted.into_iter().filter(|(count, ..)| *count > 0) {
        remarks.push(Remark::whole(code, format!("{count} {what}")));
    }
    if versions > 2 {
        remarks.push(Remark::whole(Code::HiddenBytes, "earlier versions of the document, which can be brought back"));
    }
    let cut = |(x0, y0, x1, y1): (f64, f64, f64, f64)| (x1 - x0) * (y1 - y0);
    let cropped = pdf.pages().iter().enumerate().filter(|(_, page)| {
        let (media, crop) = (page.media_box(), page.crop_box());
        let area = |r: hayro_syntax::object::Rect| cut((r.x0, r.y0, r.x1, r.y1));
        area(crop) < area(media) * 0.9
    });
    for (n, _) in cropped.take(50) {
        let label = format!("page {}, cropped: what lies outside is still there", n + 1);
        remarks.push(Remark::whole(Code::CroppedPicture, label));
    }
}

fn is(dict: &Dict<'_>, key: &str, name: &[u8]) -> bool {
    dict.get::<Name<'_>>(key).is_some_and(|found| found.as_ref() == name)
}

/// The pictures that are files of their own inside the PDF: JPEG and JPEG 2000. Others hold samples and nothing else.
fn pictures(pdf: &Pdf, asking: &Asking<'_>, item: &mut Item, inner: &mut Vec<Item>) {
    let mut places: BTreeMap<ObjectIdentifier, String> = BTreeMap::new();
    for (n, page) in pdf.pages().iter().enumerate() {
        let mut number = 0;
        place(page.resources(), &mut |id| {
            number += 1;
            places.entry(id).or_insert_with(|| format!("page {}, picture {number}", n + 1));
        });
    }
    let mut bare = 0_u32;
    for object in pdf.objects() {
        let Object::Stream(stream) = object else { continue };
        if !is(stream.dict(), "Subtype", b"Image") {
            continue;
        }
        if inner.len() >= MOST_PICTURES {
            item.remarks.push(Remark::whole(Code::NotLooked, "more pictures than are listed"));
            return;
        }
        match picture(&stream, places.get(&stream.obj_id()), asking, item) {
            Some(one) => inner.push(one),
            None => bare += 1,
        }
    }
    if bare > 0 && asking.pixels {
        let label = format!("{bare} pictures without a file format of their own were not looked at for writing");
        item.remarks.push(Remark::whole(Code::NotLooked, label));
    }
}

/// Hands over the pictures that a page draws, in the order of their names.
fn place(resources: &Resources<'_>, each: &mut dyn FnMut(ObjectIdentifier)) {
    fn walk(objects: &Dict<'_>, depth: u32, each: &mut dyn FnMut(ObjectIdentifier)) {
        for (name, value) in objects.entries() {
            let MaybeRef::Ref(_) = value else { continue };
            let Some(stream) = objects.get::<Stream<'_>>(&*name) else { continue };
            if is(stream.dict(), "Subtype", b"Image") {
                each(stream.obj_id());
            } else if depth < DEEPEST
                && let Some(resources) = stream.dict().get::<Dict<'_>>("Resources")
                && let Some(inner) = resources.get::<Dict<'_>>("XObject")
            {
                walk(&inner, depth + 1, each);
            }
        }
    }
    walk(&resources.x_objects, 0, each);
}

/// A picture that is a whole JPEG or JPEG 2000 file.
fn picture(stream: &Stream<'_>, at: Option<&String>, asking: &Asking<'_>, item: &Item) -> Option<Item> {
    let filters: Vec<Name<'_>> = match stream.dict().get::<Array<'_>>("Filter") {
        Some(several) => several.iter::<Name<'_>>().collect(),
        None => stream.dict().get::<Name<'_>>("Filter").into_iter().collect(),
    };
    let [only] = &filters[..] else { return None };
    if !matches!(only.as_ref(), b"DCTDecode" | b"JPXDecode") {
        return None;
    }
    let bytes = stream.raw_data().into_owned();
    let format = scan::sniff(&bytes).ok()?;
    let mut one = Item { member: item.member.clone(), ..Item::new(item.file.clone(), format) };
    one.inside = Some(at.cloned().unwrap_or_else(|| "on no page".to_owned()));
    if at.is_none() {
        one.remarks.push(Remark::whole(Code::UnusedPicture, Code::UnusedPicture.label()));
    }
    content(&bytes, format, asking, &mut one.remarks);
    Some(one)
}
