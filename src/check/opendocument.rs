//! What OpenDocument texts and presentations say of themselves, and where they show their pictures.
//!
//! OASIS OpenDocument 1.3 part 3: `meta.xml` (4.3), annotations (14.1), frames and images (10.4), `fo:clip` (20.194).

use super::Remark;
use super::office::{attribute, each_tag, filled, local};
use super::package::{Placed, Shown, Zip, part};
use crate::finding::Code;
use std::collections::BTreeSet;

/// The most charts and formulas of a document that are opened.
const MOST_OBJECTS: usize = 2_000;

const PROPERTIES: &[(&str, &str)] = &[
    ("initial-creator", "author"),
    ("creator", "who changed it last"),
    ("printed-by", "who printed it"),
    ("title", "title"),
    ("subject", "subject"),
    ("description", "description"),
    ("keyword", "keywords"),
    ("creation-date", "when it was made"),
    ("date", "when it was changed"),
    ("print-date", "when it was printed"),
    ("generator", "program that made it"),
    ("user-defined", "properties that somebody added"),
];

/// Looks at a document's own parts, and says where its pictures are shown.
pub(super) fn look(zip: &mut Zip<'_>, remarks: &mut Vec<Remark>) -> Placed {
    // Part 2, 3.4: with a password everything but the list of parts is enciphered.
    let locked = |bytes: Vec<u8>| memchr::memmem::find(&bytes, b"encryption-data").is_some();
    if part(zip, "META-INF/manifest.xml").is_some_and(locked) {
        remarks.push(Remark::whole(Code::NotLooked, "protected by a password: not looked into"));
        return Placed { document: true, ..Placed::default() };
    }
    if let Some(bytes) = part(zip, "meta.xml") {
        for name in filled(&bytes) {
            if let Some((_, label)) = PROPERTIES.iter().find(|(known, _)| *known == name) {
                remarks.push(Remark::whole(Code::DocumentProperty, format!("property of the document: {label}")));
            }
        }
    }
    let mut placed = Placed { lists_all: true, document: true, ..Placed::default() };
    let mut clipped = BTreeSet::new();
    if let Some(bytes) = part(zip, "styles.xml") {
        pictures(&bytes, &mut clipped, "style of the document", &mut placed, remarks);
    }
    match part(zip, "content.xml") {
        Some(bytes) => pictures(&bytes, &mut clipped, "", &mut placed, remarks),
        None => placed.broken = true,
    }
    // Charts and formulas are documents in the document, each with a picture of itself.
    let names: Vec<String> = zip.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    for name in names.iter().filter(|name| name.contains('/') && name.ends_with("/content.xml")).take(MOST_OBJECTS) {
        if let Some(bytes) = part(zip, name) {
            let mut within = Placed::default();
            pictures(&bytes, &mut clipped, "chart or object", &mut within, remarks);
            let folder = name.trim_end_matches("content.xml");
            for target in within.shown.into_keys() {
                placed.otherwise(format!("{folder}{target}"), "chart or object");
            }
        }
    }
    placed
}

/// Walks one part: styles that crop, pages, frames with pictures, notes and comments.
fn pictures(bytes: &[u8], clipped: &mut BTreeSet<String>, at: &str, placed: &mut Placed, remarks: &mut Vec<Remark>) {
    let (mut style, mut page, mut number, mut frame) = (String::new(), 0, 0, String::new());
    let (mut notes, mut comments, mut changes) = (0, 0, 0);
    let whole = each_tag(bytes, |tag| match local(tag).as_str() {
        "style" => style = attribute(tag, "name").unwrap_or_default(),
        "graphic-properties" => {
            let clip = attribute(tag, "clip").unwrap_or_default();
            if clip.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
                clipped.insert(style.clone());
            }
        }
        // `text:page` is another thing: a field of a text.
        "page" if !tag.name().as_ref().starts_with("text:") => (page, number) = (page + 1, 0),
        "frame" => frame = attribute(tag, "style-name").unwrap_or_default(),
        "image" => {
            let Some(target) = attribute(tag, "href") else { return };
            number += 1;
            let at = match (at, page) {
                ("", 0) => format!("picture {number}"),
                ("", page) => format!("slide {page}, picture {number}"),
                (at, _) => at.to_owned(),
            };
            let target = target.trim_start_matches("./").to_owned();
            placed.shown.entry(target).or_default().push(Shown { at, cropped: clipped.contains(&frame) });
        }
        "fill-image" | "background-image" | "plugin" | "object-ole" => {
            if let Some(target) = attribute(tag, "href") {
                let at = if page == 0 { "background or film".to_owned() } else { format!("slide {page}") };
                placed.otherwise(target.trim_start_matches("./").to_owned(), &at);
            }
        }
        "annotation" => comments += 1,
        "notes" => notes += 1,
        "changed-region" => changes += 1,
        _ => {}
    });
    placed.broken |= !whole;
    let told = [
        (comments, "comments, with who wrote them"),
        (notes, "pages of notes"),
        (changes, "tracked changes, with who made them"),
    ];
    for (count, what) in told.into_iter().filter(|(count, _)| *count > 0) {
        remarks.push(Remark::whole(Code::DocumentNote, format!("{count} {what}")));
    }
}
