//! What an electronic book says of itself.
//!
//! EPUB 3.3, section 5.5 (metadata of the package document).

use super::Remark;
use super::office::filled;
use super::package::{Placed, Zip, part};
use crate::finding::Code;

const PROPERTIES: &[(&str, &str)] = &[
    ("creator", "author"),
    ("contributor", "who contributed"),
    ("publisher", "publisher"),
    ("title", "title"),
    ("subject", "subject"),
    ("description", "description"),
    ("identifier", "identifier"),
    ("date", "date"),
    ("source", "source"),
    ("rights", "rights"),
];

/// Looks at the package documents of a book.
pub(super) fn look(zip: &mut Zip<'_>, remarks: &mut Vec<Remark>) -> Placed {
    let mut placed = Placed { document: true, ..Placed::default() };
    let names: Vec<String> = zip.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    for name in names.iter().filter(|name| name.to_lowercase().ends_with(".opf")).take(16) {
        let Some(bytes) = part(zip, name) else {
            placed.broken = true;
            continue;
        };
        for name in filled(&bytes) {
            if let Some((_, label)) = PROPERTIES.iter().find(|(known, _)| *known == name) {
                remarks.push(Remark::whole(Code::DocumentProperty, format!("property of the document: {label}")));
            }
        }
    }
    placed
}
