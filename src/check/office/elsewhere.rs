//! Pictures that Office documents show elsewhere than on a slide or in the text, links to files, and data of forms.
//!
//! ECMA-376 part 2, 6.5 (relationships); part 1, 11.3 (headers, footnotes, comments), 13.3 (notes, masters), 14.2 (charts, diagrams).

use super::super::Remark;
use super::super::package::{Placed, Zip, part};
use super::{attribute, each_tag, filled, is_part, relations};
use crate::finding::Code;

/// Which part shows a picture, by how its path begins and by what is in it, and what a person would call that.
const PLACES: &[(&str, &str)] = &[
    ("ppt/slideLayouts/", "background of the slides"),
    ("ppt/slideMasters/", "background of the slides"),
    ("ppt/notesSlides/", "speaker notes"),
    ("ppt/notesMasters/", "background of the notes"),
    ("ppt/handoutMasters/", "background of the handouts"),
    ("word/header", "header or footer"),
    ("word/footer", "header or footer"),
    ("word/footnotes", "footnote"),
    ("word/endnotes", "footnote"),
    ("word/comments", "comment"),
    ("/comments/", "comment"),
    ("/charts/", "chart"),
    ("/diagrams/", "diagram"),
    ("/theme/", "background"),
    ("xl/drawings/", "sheet"),
    ("visio/pages/", "page of the drawing"),
    ("/glossary/", "building block"),
];

/// The most parts whose relationships are followed.
const MOST_PARTS: usize = 20_000;

/// Looks at every part that leads to others.
pub(super) fn look(zip: &mut Zip<'_>, names: &[String], placed: &mut Placed, remarks: &mut Vec<Remark>) {
    let mut linked = 0_u32;
    for rels in names.iter().filter(|name| name.ends_with(".rels")).take(MOST_PARTS) {
        let Some((folder, file)) = rels.rsplit_once("_rels/") else { continue };
        let of = format!("{folder}{}", file.trim_end_matches(".rels"));
        linked += links(zip, rels, placed);
        if of.is_empty() || is_part(&of, "ppt/slides/") || of == "word/document.xml" {
            continue;
        }
        let known =
            PLACES.iter().find(|(begins, _)| of.starts_with(begins) || begins.starts_with('/') && of.contains(begins));
        let at = known.map_or("elsewhere in the document", |(_, at)| at);
        let kept = |target: &String| ["/media/", "/embeddings/"].iter().any(|folder| target.contains(folder));
        for target in relations(zip, &of).into_values().filter(kept) {
            placed.otherwise(target, at);
        }
    }
    if linked > 0 {
        let label = "paths of files on a computer or server, to which the document links";
        remarks.push(Remark::whole(Code::DocumentProperty, label));
    }
    let mut data = names.iter().filter(|name| name.starts_with("customXml/item") && !name.contains("Props"));
    if data.any(|name| part(zip, name).is_none_or(|bytes| !filled(&bytes).is_empty())) {
        remarks.push(Remark::whole(Code::DocumentProperty, "data that a form or a program added"));
    }
}

/// How many links lead to files outside the document, rather than to the web.
fn links(zip: &mut Zip<'_>, rels: &str, placed: &mut Placed) -> u32 {
    let Some(bytes) = part(zip, rels) else {
        placed.broken = true;
        return 0;
    };
    let mut found = 0;
    placed.broken |= !each_tag(&bytes, |tag| {
        let outside = attribute(tag, "TargetMode").is_some_and(|mode| mode == "External");
        let target = attribute(tag, "Target").unwrap_or_default().to_lowercase();
        let web =
            ["http:", "https:", "mailto:", "ftp:", "tel:", "#", "ppaction:"].iter().any(|way| target.starts_with(way));
        found += u32::from(outside && !web && !target.is_empty());
    });
    found
}
