//! What Word, PowerPoint and Excel documents say of themselves, and where they show their pictures.
//!
//! ECMA-376 part 1: core, extended and custom properties (part 2, 8; 22.2, 22.3), DrawingML pictures (20.2; crop `srcRect` 20.1.8.55),
//! slides (19.3), comments and notes; relationships (part 2, 6.5).

mod elsewhere;

use super::Remark;
use super::package::{Placed, Shown, Zip, part};
use crate::finding::Code;
use crate::recording::Format;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::collections::BTreeMap;

/// Properties that tell something, and what a person would call each.
const PROPERTIES: &[(&str, &str)] = &[
    ("creator", "author"),
    ("lastModifiedBy", "who changed it last"),
    ("title", "title"),
    ("subject", "subject"),
    ("description", "description"),
    ("keywords", "keywords"),
    ("category", "category"),
    ("created", "when it was made"),
    ("modified", "when it was changed"),
    ("lastPrinted", "when it was printed"),
    ("Company", "company or institution"),
    ("Manager", "manager"),
    ("Template", "template"),
    ("HyperlinkBase", "path of linked files"),
];

/// Looks at a document's own parts, and says where its pictures are shown.
pub(super) fn look(zip: &mut Zip<'_>, format: Format, remarks: &mut Vec<Remark>) -> Placed {
    let names: Vec<String> = zip.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    let lists_all = matches!(format, Format::Pptx | Format::Docx);
    let mut placed = Placed { lists_all, document: true, ..Placed::default() };
    for name in ["docProps/core.xml", "docProps/app.xml"] {
        if let Some(bytes) = part(zip, name) {
            placed.broken |= !properties(&bytes, remarks);
        } else {
            placed.broken |= names.iter().any(|there| there == name);
        }
    }
    if names.iter().any(|name| name == "docProps/custom.xml") {
        remarks.push(Remark::whole(Code::DocumentProperty, "properties that somebody or a program added"));
    }
    notes(zip, &names, remarks);
    match format {
        Format::Pptx => {
            for (n, slide) in slides(zip, &names).iter().enumerate() {
                shown(zip, slide, Some(n + 1), &mut placed, remarks);
            }
        }
        Format::Docx => shown(zip, "word/document.xml", None, &mut placed, remarks),
        _ => {}
    }
    elsewhere::look(zip, &names, &mut placed, remarks);
    placed
}

/// Whether a path is a part in this folder, and not what belongs to one.
pub(super) fn is_part(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| !rest.contains('/') && rest.ends_with(".xml"))
}

/// A tag's name without its prefix.
pub(super) fn local(tag: &BytesStart<'_>) -> String {
    tag.local_name().as_ref().to_owned()
}

/// An attribute's value by its name without a prefix.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|a| a.key.local_name().as_ref() == name)?;
    Some(found.value.into_owned())
}

/// Hands over each tag that opens, and says whether the XML was read to its end. What stands in it a second time for older programs
/// (ECMA-376 part 3, 7.7: `Fallback`) is left out.
pub(super) fn each_tag(bytes: &[u8], mut each: impl FnMut(&BytesStart<'_>)) -> bool {
    let mut reader = Reader::from_reader(bytes);
    let mut twice = 0_u32;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) if twice > 0 || local(&tag) == "Fallback" => twice += 1,
            Ok(Event::End(_)) if twice > 0 => twice -= 1,
            Ok(Event::Start(tag) | Event::Empty(tag)) if twice == 0 => each(&tag),
            Ok(Event::Eof) => return true,
            Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// Names the elements that hold text, each once.
pub(super) fn filled(bytes: &[u8]) -> Vec<String> {
    let mut reader = Reader::from_reader(bytes);
    let (mut inside, mut names) = (String::new(), Vec::new());
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => inside = local(&tag),
            Ok(Event::Text(text)) if !text.trim().is_empty() => {
                if !inside.is_empty() && !names.contains(&inside) {
                    names.push(inside.clone());
                }
            }
            Ok(Event::End(_)) => inside.clear(),
            Ok(Event::Eof) | Err(_) => return names,
            Ok(_) => {}
        }
    }
}

fn properties(bytes: &[u8], remarks: &mut Vec<Remark>) -> bool {
    for name in filled(bytes) {
        if let Some((_, label)) = PROPERTIES.iter().find(|(known, _)| *known == name) {
            remarks.push(Remark::whole(Code::DocumentProperty, format!("property of the document: {label}")));
        }
    }
    each_tag(bytes, |_| {})
}

/// Speaker notes, comments, tracked changes.
fn notes(zip: &mut Zip<'_>, names: &[String], remarks: &mut Vec<Remark>) {
    let mut note = |what: String| remarks.push(Remark::whole(Code::DocumentNote, what));
    let mut notes = 0;
    for name in names.iter().filter(|name| is_part(name, "ppt/notesSlides/")) {
        notes += usize::from(part(zip, name).is_some_and(|bytes| filled(&bytes).iter().any(|element| element == "t")));
    }
    if notes > 0 {
        note(format!("speaker notes on {notes} {}", if notes == 1 { "slide" } else { "slides" }));
    }
    let comments = |name: &&String| {
        let name = name.rsplit_once('/').map_or(name.as_str(), |(_, file)| file).to_lowercase();
        name.ends_with(".xml")
            && !name.starts_with("commentauthors")
            && (name.starts_with("comment") || name.starts_with("moderncomment") || name.starts_with("threadedcomment"))
    };
    if names.iter().any(|name| comments(&name)) {
        note("comments, with who wrote them".to_owned());
    }
    let mut changes = 0_u32;
    if let Some(bytes) = part(zip, "word/document.xml") {
        each_tag(&bytes, |tag| {
            changes += u32::from(
                matches!(local(tag).as_str(), "ins" | "del" | "moveFrom" | "moveTo")
                    && attribute(tag, "author").is_some(),
            )
        });
    }
    let people = |name: &&String| {
        matches!(name.as_str(), "word/people.xml" | "ppt/authors.xml" | "ppt/commentAuthors.xml")
            || name.starts_with("xl/persons/")
    };
    if names.iter().any(|name| people(&name)) {
        note("names of those who commented on it or changed it".to_owned());
    }
    if changes > 0 {
        note(format!("{changes} tracked changes, with who made them"));
    }
}

/// The slides in the order in which they are shown; those that no list names come last.
fn slides(zip: &mut Zip<'_>, names: &[String]) -> Vec<String> {
    let targets = relations(zip, "ppt/presentation.xml");
    let mut order = Vec::new();
    if let Some(bytes) = part(zip, "ppt/presentation.xml") {
        each_tag(&bytes, |tag| {
            if local(tag) == "sldId" {
                // `id` is there twice: the relationship's has a prefix.
                let id = tag.attributes().flatten().filter(|a| a.key.prefix().is_some());
                let id = id.map(|a| a.value.into_owned()).next();
                order.extend(id.and_then(|id| targets.get(&id).cloned()));
            }
        });
    }
    let mut rest: Vec<String> = names.iter().filter(|name| is_part(name, "ppt/slides/")).cloned().collect();
    rest.retain(|name| !order.contains(name));
    rest.sort_by_key(|name| (name.len(), name.clone()));
    order.extend(rest);
    order
}

/// What a part's relationships lead to, by their ids; those that lead out of the document are left out.
pub(super) fn relations(zip: &mut Zip<'_>, of: &str) -> BTreeMap<String, String> {
    let (folder, file) = of.rsplit_once('/').unwrap_or(("", of));
    let mut targets = BTreeMap::new();
    let Some(bytes) = part(zip, &format!("{folder}/_rels/{file}.rels")) else { return targets };
    each_tag(&bytes, |tag| {
        let outside = attribute(tag, "TargetMode").is_some_and(|mode| mode == "External");
        if let (Some(id), Some(target), false) = (attribute(tag, "Id"), attribute(tag, "Target"), outside) {
            targets.insert(id, resolve(folder, &target));
        }
    });
    targets
}

/// A target as a path in the archive.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(root) = target.strip_prefix('/') {
        return root.to_owned();
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for step in target.split('/') {
        match step {
            ".." => drop(parts.pop()),
            "." | "" => {}
            step => parts.push(step),
        }
    }
    parts.join("/")
}

/// The pictures of a slide or document in the order in which they stand in it.
fn shown(zip: &mut Zip<'_>, name: &str, slide: Option<usize>, placed: &mut Placed, remarks: &mut Vec<Remark>) {
    let targets = relations(zip, name);
    let Some(bytes) = part(zip, name) else {
        placed.broken = true;
        return;
    };
    let mut pictures: Vec<(String, bool)> = Vec::new();
    let (mut hidden, mut named) = (false, 0_u32);
    let whole = each_tag(&bytes, |tag| match local(tag).as_str() {
        "sld" => hidden = attribute(tag, "show").is_some_and(|show| matches!(show.as_str(), "0" | "false")),
        "cNvPr" | "docPr" => named += u32::from(attribute(tag, "descr").is_some_and(|text| names_a_file(&text))),
        "blip" | "imagedata" => {
            let id = attribute(tag, "embed").or_else(|| attribute(tag, "id"));
            let target = id.and_then(|id| targets.get(&id).cloned());
            let cropped =
                ["cropleft", "cropright", "croptop", "cropbottom"].iter().any(|side| attribute(tag, side).is_some());
            pictures.extend(target.map(|target| (target, cropped)));
        }
        "srcRect" => {
            let sides = ["l", "t", "r", "b"].iter().filter_map(|side| attribute(tag, side));
            let cropped = sides.filter_map(|by| by.trim_end_matches('%').parse::<f64>().ok()).any(|by| by > 0.0);
            if let Some(last) = pictures.last_mut() {
                last.1 |= cropped;
            }
        }
        _ => {}
    });
    for (n, (target, cropped)) in pictures.into_iter().enumerate() {
        let at = match slide {
            Some(slide) => format!("slide {slide}, picture {}", n + 1),
            None => format!("picture {}", n + 1),
        };
        placed.shown.entry(target).or_default().push(Shown { at, cropped });
    }
    placed.broken |= !whole;
    let at = slide.map_or(String::new(), |slide| format!("slide {slide}: "));
    if hidden {
        remarks.push(Remark::whole(Code::DocumentNote, format!("{at}hidden when it is shown, but in the file")));
    }
    if named > 0 {
        let label = format!("{at}descriptions of {named} pictures hold the names of files");
        remarks.push(Remark::whole(Code::FileName, label));
    }
    // Films and sounds, and what a slide links without drawing it.
    for target in targets.values().filter(|target| target.contains("/media/") || target.contains("/embeddings/")) {
        let at = slide.map_or("in the document".to_owned(), |slide| format!("slide {slide}"));
        placed.otherwise(target.clone(), &at);
    }
}

/// Whether the description of a picture is the file that it was, as programs write there.
fn names_a_file(text: &str) -> bool {
    const ENDS: [&str; 9] = [".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".dcm"];
    let text = text.trim().to_lowercase();
    text.contains(":\\") || ENDS.iter().any(|end| text.ends_with(end))
}
