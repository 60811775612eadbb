//! Which items stay: the pictures that are shown, what they are made of, their transparency and gain maps.
//!
//! ISO/IEC 23008-12, 6.4 (thumbnails, auxiliary and hidden pictures) and 6.6 (derived pictures).

use super::meta::{Item, Meta};
use super::rule::{self, Auxiliary, Coding};
use crate::finding::Code;
use crate::plan::Refusal;
use std::collections::{BTreeMap, BTreeSet};

/// What stays and what goes.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// Items that stay, and how they are coded.
    pub(super) kept: BTreeMap<u32, Coding>,
    /// Items that stay as gain maps.
    pub(super) gain_maps: BTreeSet<u32>,
    /// Places in `Meta::items` of items that go, and what they are found as.
    pub(super) gone: Vec<(usize, Code, &'static str)>,
}

/// Chooses. `sound` says whether an item's tone map can be read.
///
/// # Errors
/// Where a picture that must be shown is on no list.
pub(super) fn choose(meta: &Meta, bytes: &[u8], sound: impl Fn(u32) -> bool) -> Result<Choice, Refusal> {
    let known: BTreeMap<u32, &Item> = meta.items.iter().map(|item| (item.id, item)).collect();
    let primary = meta.primary.filter(|id| known.contains_key(id));
    let primary = primary.ok_or_else(|| Refusal::not_understood("the file does not say which picture to show"))?;
    let roles = Roles::read(meta, bytes);
    let mut choice = Choice::default();
    let mut queue: Vec<u32> = vec![primary];
    for item in &meta.items {
        let picture = rule::coding(&item.kind).is_some_and(|coding| coding != Coding::ToneMap || sound(item.id));
        let shown = !item.hidden && !roles.small.contains(&item.id) && !roles.auxiliary.contains_key(&item.id);
        if picture && shown && !roles.parts.contains(&item.id) {
            queue.push(item.id);
        }
    }
    while let Some(id) = queue.pop() {
        if choice.kept.contains_key(&id) {
            continue;
        }
        let item = known.get(&id).ok_or_else(|| Refusal::not_understood("a part of the picture is missing"))?;
        choice.kept.insert(id, coding(item)?);
        queue.extend(roles.dimg.get(&id).into_iter().flatten());
        for helper in roles.helpers.get(&id).into_iter().flatten() {
            match roles.auxiliary.get(helper) {
                Some(Some(Auxiliary::GainMap)) => {
                    choice.gain_maps.insert(*helper);
                    queue.push(*helper);
                }
                Some(Some(Auxiliary::Alpha)) => queue.push(*helper),
                _ => {}
            }
        }
        if item.kind == *b"tmap" {
            choice.gain_maps.extend(roles.dimg.get(&id).into_iter().flatten().skip(1));
        }
    }
    for (index, item) in meta.items.iter().enumerate().filter(|(_, item)| !choice.kept.contains_key(&item.id)) {
        let (code, label) = roles.found(item);
        choice.gone.push((index, code, label));
    }
    Ok(choice)
}

fn coding(item: &Item) -> Result<Coding, Refusal> {
    if item.protected {
        return Err(Refusal::not_understood("the picture is encrypted"));
    }
    if rule::FOREIGN.contains(&item.kind) {
        return Err(Refusal::not_understood("the picture is coded in a way that is not cleaned here"));
    }
    rule::coding(&item.kind).ok_or_else(|| Refusal::not_understood("a part of the picture is of an unknown kind"))
}

/// What items are to each other.
#[derive(Default)]
struct Roles {
    /// Thumbnails.
    small: BTreeSet<u32>,
    /// Auxiliary pictures, and what for, if that is on the list.
    auxiliary: BTreeMap<u32, Option<Auxiliary>>,
    /// The auxiliary pictures of a picture.
    helpers: BTreeMap<u32, Vec<u32>>,
    /// What a picture is made of.
    dimg: BTreeMap<u32, Vec<u32>>,
    /// Pictures that others are made of.
    parts: BTreeSet<u32>,
}

impl Roles {
    fn read(meta: &Meta, bytes: &[u8]) -> Self {
        let mut roles = Roles::default();
        for id in meta.associations.keys() {
            for (_, _, part) in meta.properties_of(*id).filter(|(_, _, part)| part.kind == *b"auxC") {
                let kind = rule::auxiliary(&bytes[part.body as usize..part.end as usize]).map(|(kind, _)| kind);
                roles.auxiliary.insert(*id, kind);
            }
        }
        for reference in &meta.references {
            match &reference.kind {
                b"thmb" => {
                    roles.small.insert(reference.from);
                }
                b"auxl" => {
                    roles.auxiliary.entry(reference.from).or_default();
                    for to in &reference.to {
                        roles.helpers.entry(*to).or_default().push(reference.from);
                    }
                }
                b"dimg" => {
                    roles.dimg.entry(reference.from).or_default().extend(&reference.to);
                    roles.parts.extend(&reference.to);
                }
                _ => {}
            }
        }
        roles
    }

    /// What an item that goes is found as.
    fn found(&self, item: &Item) -> (Code, &'static str) {
        match &item.kind {
            b"Exif" => (Code::ExifOther, "Exif block"),
            b"mime" if item.xmp => (Code::Xmp, "XMP block"),
            b"mime" => (Code::ApplicationData, "data of a program"),
            b"uri " => (Code::ApplicationData, "data of a program"),
            _ if self.small.contains(&item.id) => (Code::Thumbnail, "embedded thumbnail"),
            _ if self.auxiliary.contains_key(&item.id) => {
                (Code::MultiPicture, "depth map, matte or other helper picture")
            }
            kind if rule::coding(kind).is_some() => (Code::MultiPicture, "picture that is not shown"),
            _ => (Code::ApplicationData, "application data"),
        }
    }
}
