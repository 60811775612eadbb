//! What a PDF says of itself, and the recordings in it, with the pages that show them.
//!
//! ISO 32000-1: information dictionary (14.3.3), metadata streams (14.3.2), image XObjects (8.9.5), annotations (12.5), embedded
//! files (7.11.4), page boundaries (14.11.2).

mod itself;
mod place;
mod wrapping;

use super::content::{Asking, content};
use super::{Item, Remark};
use crate::cut::Source;
use crate::finding::Code;
use crate::recording::Format;
use crate::scan;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Dict, Name, Object};

/// The largest file that is looked into, in bytes: it is held in memory.
const LARGEST: u64 = 256 << 20;
/// The most pictures of one file that are listed.
const MOST_PICTURES: usize = 20_000;

/// Looks at a PDF: what it says of itself goes to `item`, its pictures to `inner`.
pub(super) fn look(source: &dyn Source, asking: &Asking<'_>, item: &mut Item, inner: &mut Vec<Item>) {
    let Ok(bytes) = source.read_range(0..source.len(), LARGEST) else {
        item.remarks.push(Remark::whole(Code::NotLooked, "larger than a PDF that is looked into"));
        return;
    };
    let before = inner.len();
    // A file made for reading page by page has two ends from the first (ISO 32000-1, annex F).
    let paged = memchr::memmem::find(&bytes[..bytes.len().min(1024)], b"/Linearized").is_some();
    let versions = memchr::memmem::find_iter(&bytes, b"%%EOF").take(64).count().saturating_sub(usize::from(paged));
    // The parser is made for files that can be opened; on those that attack it the fault is caught here.
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match Pdf::new(bytes) {
        Ok(pdf) => {
            itself::look(&pdf, versions, &mut item.remarks);
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

fn is(dict: &Dict<'_>, key: &str, name: &[u8]) -> bool {
    dict.get::<Name<'_>>(key).is_some_and(|found| found.as_ref() == name)
}

/// The pictures that are files of their own inside the PDF: JPEG and JPEG 2000. Others hold samples and nothing else.
fn pictures(pdf: &Pdf, asking: &Asking<'_>, item: &mut Item, inner: &mut Vec<Item>) {
    let places = place::places(pdf);
    let (mut bare, mut wrapped) = (0_u32, places.in_pages);
    for object in pdf.objects() {
        let Object::Stream(stream) = object else { continue };
        let (picture, file) = (is(stream.dict(), "Subtype", b"Image"), is(stream.dict(), "Type", b"EmbeddedFile"));
        if !picture && !file {
            continue;
        }
        if inner.len() >= MOST_PICTURES {
            item.remarks.push(Remark::whole(Code::NotLooked, "more pictures than are listed"));
            return;
        }
        let at = places.of(stream.obj_id());
        match wrapping::unwrap(&stream) {
            Some(bytes) if picture => inner.extend(one(bytes, at, asking, item)),
            Some(bytes) => inner.extend(attached(bytes, asking, item)),
            None if file || wrapping::is_a_file(&stream) => wrapped += 1,
            None => bare += 1,
        }
    }
    if wrapped > 0 {
        let label = format!("{wrapped} pictures or files packed in a way that is not read: not looked into");
        item.remarks.push(Remark::whole(Code::NotLooked, label));
    }
    if bare > 0 && asking.pixels {
        let label = format!("{bare} pictures without a file format of their own were not looked at for writing");
        item.remarks.push(Remark::whole(Code::NotLooked, label));
    }
}

/// A picture that is a whole JPEG or JPEG 2000 file.
fn one(bytes: Vec<u8>, at: Option<&str>, asking: &Asking<'_>, item: &Item) -> Option<Item> {
    let format = scan::sniff(&bytes).ok()?;
    let mut one = Item { member: item.member.clone(), ..Item::new(item.file.clone(), format) };
    one.inside = Some(at.unwrap_or("on no page").to_owned());
    if at.is_none() {
        one.remarks.push(Remark::whole(Code::UnusedPicture, Code::UnusedPicture.label()));
    }
    if format == Format::Unknown {
        one.remarks.push(Remark::whole(Code::NotLooked, "damaged: not looked into"));
    } else {
        content(&bytes, format, asking, &mut one.remarks);
    }
    Some(one)
}

/// A file attached to the document; texts and programs are passed over, but the document tells how many there are.
fn attached(bytes: Vec<u8>, asking: &Asking<'_>, item: &Item) -> Option<Item> {
    let format = scan::sniff(&bytes).ok().filter(|format| *format != Format::Unknown)?;
    let mut one = Item { member: item.member.clone(), ..Item::new(item.file.clone(), format) };
    one.inside = Some("attached file".to_owned());
    content(&bytes, format, asking, &mut one.remarks);
    Some(one)
}
