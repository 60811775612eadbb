//! What a PDF says of itself beside its pages: properties, comments, filled forms, files, layers, earlier versions.
//!
//! ISO 32000-1: information dictionary (14.3.3), metadata streams (14.3.2), page-piece dictionaries (14.5), annotations (12.5), form fields
//! (12.7.3), embedded files (7.11.4), optional content (8.11), page boundaries (14.11.2).

use super::super::Remark;
use super::is;
use crate::finding::Code;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, Object, String as Text};

/// Objects in objects; so deep they are followed. References are not: every object is looked at anyway.
const DEEPEST: u32 = 8;
/// Annotations that people write.
const COMMENTS: [&[u8]; 17] = [
    b"Text",
    b"FreeText",
    b"Highlight",
    b"StrikeOut",
    b"Underline",
    b"Squiggly",
    b"Ink",
    b"Stamp",
    b"Caret",
    b"Line",
    b"Square",
    b"Circle",
    b"Polygon",
    b"PolyLine",
    b"FileAttachment",
    b"Sound",
    b"Redact",
];
/// Entries of the information dictionary that have a name of their own here.
const KNOWN: [&[u8]; 9] =
    [b"Author", b"Title", b"Subject", b"Keywords", b"Creator", b"Producer", b"CreationDate", b"ModDate", b"Trapped"];

#[derive(Default)]
struct Counts {
    xmp: u32,
    notes: u32,
    files: u32,
    fields: u32,
    layers: u32,
    pieces: u32,
    own: u32,
}

/// The document's own properties, notes and files.
pub(super) fn look(pdf: &Pdf, versions: usize, remarks: &mut Vec<Remark>) {
    properties(pdf, remarks);
    let mut counts = Counts::default();
    for object in pdf.objects() {
        match object {
            Object::Stream(stream) => {
                counts.xmp += u32::from(is(stream.dict(), "Type", b"Metadata"));
                counts.dict(stream.dict(), 0);
            }
            Object::Dict(dict) => counts.dict(&dict, 0),
            Object::Array(array) => counts.array(&array, 0),
            _ => {}
        }
    }
    let counted = [
        (counts.xmp, Code::Xmp, "XMP blocks"),
        (counts.notes, Code::DocumentNote, "comments, with who wrote them"),
        (counts.fields, Code::DocumentNote, "fields of a form that are filled in"),
        (counts.files, Code::EmbeddedFile, "files inside the document"),
        (counts.layers, Code::HiddenBytes, "layers, which can be shown and hidden"),
        (counts.pieces, Code::HiddenBytes, "blocks of private data of the program that made it"),
        (counts.own, Code::DocumentProperty, "properties that somebody or a program added"),
    ];
    for (count, code, what) in counted.into_iter().filter(|(count, ..)| *count > 0) {
        remarks.push(Remark::whole(code, format!("{count} {what}")));
    }
    if versions > 1 {
        remarks.push(Remark::whole(Code::HiddenBytes, "earlier versions of the document, which can be brought back"));
    }
    cropped(pdf, remarks);
}

fn properties(pdf: &Pdf, remarks: &mut Vec<Remark>) {
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
}

fn cropped(pdf: &Pdf, remarks: &mut Vec<Remark>) {
    let area = |r: hayro_syntax::object::Rect| (r.x1 - r.x0) * (r.y1 - r.y0);
    let cropped =
        pdf.pages().iter().enumerate().filter(|(_, page)| area(page.crop_box()) < area(page.media_box()) * 0.9);
    for (n, _) in cropped.take(50) {
        let label = format!("page {}, cropped: what lies outside is still there", n + 1);
        remarks.push(Remark::whole(Code::CroppedPicture, label));
    }
}

/// Whether a text is there and not empty.
fn says(dict: &Dict<'_>, key: &str) -> bool {
    dict.get::<Text<'_>>(key).is_some_and(|text| !text.as_bytes().is_empty())
}

impl Counts {
    fn dict(&mut self, dict: &Dict<'_>, depth: u32) {
        let comment = COMMENTS.iter().any(|kind| is(dict, "Subtype", kind));
        self.notes += u32::from(comment && (says(dict, "Contents") || says(dict, "T") || says(dict, "RC")));
        self.fields += u32::from(dict.contains_key("FT") && says(dict, "V"));
        self.files += u32::from(dict.contains_key("EF"));
        self.layers += u32::from(is(dict, "Type", b"OCG"));
        self.pieces += u32::from(dict.contains_key("PieceInfo"));
        // The information dictionary is the one of this shape.
        let information = !dict.contains_key("Type")
            && ["Producer", "CreationDate", "ModDate", "Author"].iter().any(|key| says(dict, key));
        if information {
            let own = dict.keys().filter(|key| !KNOWN.contains(&key.as_ref()));
            self.own += u32::try_from(own.count()).unwrap_or(u32::MAX);
        }
        if depth < DEEPEST {
            for (_, value) in dict.entries() {
                if let hayro_syntax::object::MaybeRef::NotRef(object) = value {
                    self.object(&object, depth + 1);
                }
            }
        }
    }

    fn array(&mut self, array: &Array<'_>, depth: u32) {
        if depth < DEEPEST {
            for value in array.raw_iter() {
                if let hayro_syntax::object::MaybeRef::NotRef(object) = value {
                    self.object(&object, depth + 1);
                }
            }
        }
    }

    fn object(&mut self, object: &Object<'_>, depth: u32) {
        match object {
            Object::Dict(dict) => self.dict(dict, depth),
            Object::Array(array) => self.array(array, depth),
            _ => {}
        }
    }
}
