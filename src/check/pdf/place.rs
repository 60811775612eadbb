//! On which page each picture of a PDF is shown, and as which.
//!
//! ISO 32000-1: content streams (7.8), external objects (8.8), patterns (8.7), annotations' appearances (12.5.5), thumbnails (12.3.4).

use super::is;
use super::wrapping::beginning;
use hayro_syntax::Pdf;
use hayro_syntax::object::{Array, Dict, MaybeRef, Object, ObjectIdentifier, Stream};
use std::collections::{BTreeMap, BTreeSet};

/// Objects lead to objects; so deep they are followed.
const DEEPEST: u32 = 16;
/// How much of a page's own stream is read for the order of its pictures, in bytes.
const READ: u64 = 4 << 20;
/// And of all pages together: they may share one stream.
const READ_ALL: u64 = 256 << 20;
/// How many steps from object to object are taken in all.
const MOST_STEPS: u32 = 5_000_000;
/// What leads from a page to other pages, or back.
const AWAY: [&[u8]; 10] = [b"Parent", b"P", b"Dest", b"D", b"A", b"AA", b"B", b"Popup", b"IRT", b"StructParent"];

/// Where pictures are shown.
#[derive(Debug, Default)]
pub(super) struct Places {
    at: BTreeMap<ObjectIdentifier, (String, u32)>,
    /// How many pictures that are files stand in the pages' own streams.
    pub(super) in_pages: u32,
}

impl Places {
    /// Where a picture is shown first.
    pub(super) fn of(&self, id: ObjectIdentifier) -> Option<&str> {
        self.at.get(&id).map(|(at, _)| at.as_str())
    }
}

/// The place of every picture that a page leads to.
pub(super) fn places(pdf: &Pdf) -> Places {
    let mut walk = Walk {
        pdf,
        places: Places::default(),
        seen: BTreeSet::new(),
        number: 0,
        page: 0,
        left: READ_ALL,
        steps: MOST_STEPS,
    };
    for (n, page) in pdf.pages().iter().enumerate() {
        (walk.page, walk.number) = (n + 1, 0);
        let drawn = &page.resources().x_objects;
        for name in walk.order(page.raw()) {
            walk.one(drawn, &name, 0);
        }
        for name in drawn.keys() {
            walk.one(drawn, name.as_ref(), 0);
        }
        let resources = page.resources();
        for others in [&resources.patterns, &resources.fonts, &resources.ext_g_states] {
            walk.within(others, "", 0);
        }
        walk.within(page.raw(), "", 0);
    }
    walk.places
}

struct Walk<'p> {
    pdf: &'p Pdf,
    places: Places,
    seen: BTreeSet<ObjectIdentifier>,
    number: u32,
    page: usize,
    /// How much of the pages' streams may still be read.
    left: u64,
    /// How many steps may still be taken.
    steps: u32,
}

impl<'p> Walk<'p> {
    /// The names of what a page draws, in the order in which it does.
    fn order(&mut self, page: &Dict<'_>) -> Vec<Vec<u8>> {
        let streams: Vec<Stream<'_>> = match page.get::<Array<'_>>("Contents") {
            Some(several) => several.iter::<Stream<'_>>().take(1_000).collect(),
            None => page.get::<Stream<'_>>("Contents").into_iter().collect(),
        };
        let (mut left, mut text) = (READ.min(self.left), Vec::new());
        for stream in streams {
            let packed = stream.raw_data().len() as u64;
            let bytes = if packed <= self.left { beginning(&stream, left) } else { Vec::new() };
            left = left.saturating_sub(bytes.len() as u64);
            self.left = self.left.saturating_sub(packed.max(bytes.len() as u64));
            text.extend(bytes);
            text.push(b'\n');
            if left == 0 {
                break;
            }
        }
        let mut names = Vec::new();
        let (mut last, mut inline) = (&b""[..], false);
        for word in text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
            match word {
                b"Do" => names.extend(last.strip_prefix(b"/").map(<[u8]>::to_vec)),
                b"BI" => inline = true,
                b"ID" | b"EI" => inline = false,
                _ if inline && word.windows(4).any(|part| part == b"/DCT") => self.places.in_pages += 1,
                _ => {}
            }
            last = word.rsplit(|byte| *byte == b'/').next().map_or(word, |name| {
                let from = word.len() - name.len();
                word.get(from.saturating_sub(1)..).unwrap_or(word)
            });
        }
        names
    }

    /// A picture, or a form that draws pictures.
    fn one(&mut self, objects: &Dict<'_>, name: &[u8], depth: u32) {
        if self.steps == 0 {
            return;
        }
        self.steps -= 1;
        let Some(stream) = objects.get::<Stream<'_>>(name) else { return };
        let id = stream.obj_id();
        if is(stream.dict(), "Subtype", b"Image") {
            let page = self.page;
            let new = self.places.at.get(&id).is_none_or(|(_, of)| *of as usize != page);
            if new {
                self.number += 1;
                let at = (format!("page {page}, picture {}", self.number), u32::try_from(page).unwrap_or(u32::MAX));
                self.places.at.entry(id).or_insert(at);
            }
            self.within(stream.dict(), "", depth + 1);
        } else if depth < DEEPEST && self.seen.insert(id) {
            if let Some(resources) = stream.dict().get::<Dict<'_>>("Resources")
                && let Some(inner) = resources.get::<Dict<'_>>("XObject")
            {
                for name in inner.keys() {
                    self.one(&inner, name.as_ref(), depth + 1);
                }
            }
            self.within(stream.dict(), "", depth + 1);
        }
    }

    /// Whatever else an object of the page leads to: appearances of comments, patterns, letters, small pictures of the page.
    fn within(&mut self, dict: &Dict<'_>, as_what: &str, depth: u32) {
        if depth > DEEPEST {
            return;
        }
        // What names pages is an entry of a page or comment; in other dictionaries the same word is a name like any other.
        let named = dict.contains_key("Type") || dict.contains_key("Subtype");
        for (name, value) in dict.entries() {
            if named && AWAY.contains(&name.as_ref()) {
                continue;
            }
            let as_what = match name.as_ref() {
                b"Annots" => ", comment or form",
                b"Thumb" => ", small picture of the page",
                _ => as_what,
            };
            self.follow(value, as_what, depth);
        }
    }

    /// Follows each reference once.
    fn follow(&mut self, value: MaybeRef<Object<'_>>, as_what: &str, depth: u32) {
        match value {
            MaybeRef::NotRef(object) => self.object(object, as_what, depth),
            MaybeRef::Ref(id) => {
                let id = ObjectIdentifier::from(id);
                if self.seen.insert(id)
                    && let Some(object) = self.pdf.xref().get::<Object<'_>>(id)
                {
                    self.object(object, as_what, depth);
                }
            }
        }
    }

    fn object(&mut self, object: Object<'_>, as_what: &str, depth: u32) {
        if self.steps == 0 {
            return;
        }
        self.steps -= 1;
        match object {
            Object::Stream(stream) => {
                if is(stream.dict(), "Subtype", b"Image") {
                    let at = (format!("page {}{as_what}", self.page), 0);
                    self.places.at.entry(stream.obj_id()).or_insert(at);
                }
                self.within(stream.dict(), as_what, depth + 1);
            }
            Object::Dict(dict) if !is(&dict, "Type", b"Page") && !is(&dict, "Type", b"Pages") => {
                self.within(&dict, as_what, depth + 1);
            }
            Object::Array(array) if depth < DEEPEST => {
                for value in array.raw_iter() {
                    self.follow(value, as_what, depth + 1);
                }
            }
            _ => {}
        }
    }
}
