//! That an output's items are the original's: the same pictures, coded the same, shown the same.
//!
//! ISO/IEC 23008-12 sections 6.4 and 6.5; ISO/IEC 23000-22 (MIAF) section 7.

use super::meta::Meta;
use super::property::{Hevc, is_allowed, is_listed, is_spare};
use super::{DERIVED, coded};
use crate::inspect::bytes::{Bytes, be32, compare};
use crate::inspect::{Left, Trouble, icc, jpeg};
use crate::place::Place;
use std::collections::{HashMap, HashSet};

/// The longest content of a derived picture; an overlay of 65,535 pictures has less than that.
const LONGEST: usize = 1 << 20;

/// Compares the lists of items: what a viewer needs is there, what it does not need and the original had aside is not.
pub(super) fn lists(before: Option<&Meta>, after: Option<&Meta>, left: &mut Left) -> Result<(), Trouble> {
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) => (before, after),
        (None, None) => return Ok(()),
        _ => return Err(Trouble::SamplesChanged),
    };
    let needed = before.needed();
    let thumbnails = before.thumbnails();
    for item in &after.items {
        if thumbnails.contains(&item.id) && !needed.contains(&item.id) {
            left.note("embedded thumbnail", Place::bytes("item", after.start, after.data.len() as u64));
        }
    }
    Ok(())
}

/// Compares every item of an output with the original's of the same number.
pub(super) fn items(original: (&mut Bytes<'_>, &Meta), output: (&mut Bytes<'_>, &Meta)) -> Result<(), Trouble> {
    let ((old_bytes, before), (new_bytes, after)) = (original, output);
    let kept: HashSet<u32> = after.items.iter().map(|i| i.id).collect();
    if before.primary != after.primary || !before.needed().is_subset(&kept) {
        return Err(Trouble::SamplesChanged);
    }
    let (old_links, new_links) = (links(before, &kept), links(after, &kept));
    for item in &after.items {
        let id = item.id;
        let old = before.item(id).ok_or(Trouble::SamplesChanged)?;
        let same = old.kind == item.kind
            && old.hidden == item.hidden
            && old_links.get(&id) == new_links.get(&id)
            && looks(before, id) == looks(after, id)
            && colours(before, after, id);
        if !same {
            return Err(Trouble::SamplesChanged);
        }
        let (x, y) = (before.stream(id), after.stream(id));
        let same = match (before.codec(id), &item.kind) {
            (Some(codec), _) => coded::same((&mut *old_bytes, &x), (&mut *new_bytes, &y), codec)?,
            (None, kind) if DERIVED.contains(&kind) => {
                let (x, y) = (x.copy(old_bytes, 0, LONGEST)?, y.copy(new_bytes, 0, LONGEST)?);
                // Behind the end of its grammar it may have been blanked.
                let length = super::derived::derivation(kind, &y, after.parts(id)).unwrap_or(y.len());
                x.len() == y.len() && x[..length] == y[..length]
            }
            (None, b"j2k1") => crate::inspect::jp2::codestream::same((&mut *old_bytes, &x), (&mut *new_bytes, &y))?,
            (None, b"jpeg") => {
                let both = [x.copy(old_bytes, 0, LONGEST_JPEG)?, y.copy(new_bytes, 0, LONGEST_JPEG)?];
                jpeg::same_in_place(&both[0], &both[1])?
            }
            (None, _) => compare((&mut *old_bytes, x.ranges()), (&mut *new_bytes, y.ranges()))?,
        };
        if !same {
            return Err(Trouble::SamplesChanged);
        }
    }
    Ok(())
}

/// The longest JPEG item that is looked into.
const LONGEST_JPEG: usize = 64 << 20;

type Links<'a> = HashMap<u32, Vec<(&'a [u8; 4], Vec<u32>)>>;

/// References between pictures, by the item from which they go; those to items that went are left out.
fn links<'a>(meta: &'a Meta, kept: &HashSet<u32>) -> Links<'a> {
    let mut out: Links<'a> = HashMap::new();
    for reference in &meta.references {
        let to: Vec<u32> = match &reference.kind {
            b"dimg" => reference.to.clone(),
            b"auxl" | b"prem" => reference.to.iter().copied().filter(|id| kept.contains(id)).collect(),
            _ => continue,
        };
        if kept.contains(&reference.from) && !to.is_empty() {
            out.entry(reference.from).or_default().push((&reference.kind, to));
        }
    }
    for all in out.values_mut() {
        all.sort();
    }
    out
}

/// What a viewer heeds of an item, in its order; colour profiles are compared by [`colours`].
fn looks(meta: &Meta, id: u32) -> Vec<([u8; 4], bool, Vec<Vec<u8>>)> {
    let heeded = |kind: &[u8; 4], content: &[u8]| {
        let listed = is_listed(kind) && !is_profile(kind, content);
        listed && (!is_spare(kind) || is_allowed(kind, settled(kind, content)))
    };
    let listed = meta.of(id).filter(|(p, _)| heeded(&p.kind, meta.content(p)));
    listed
        .map(|(property, essential)| {
            let content = settled(&property.kind, meta.content(property));
            let told = match &property.kind {
                b"hvcC" => Hevc::read(content).map(|c| {
                    let (head, arrays) = c.needed();
                    let units = arrays.iter().flat_map(|(_, units)| units.iter().map(|u| u.to_vec()));
                    [head.to_vec()].into_iter().chain(units).collect()
                }),
                b"av1C" => content.get(..4).map(|c| vec![c.to_vec()]),
                b"clap" => fractions(content),
                b"irot" => content.first().map(|turn| vec![vec![turn & 3]]),
                b"imir" => content.first().map(|axis| vec![vec![axis & 1]]),
                b"auxC" => super::property::auxiliary(content).map(|kind| vec![vec![kind as u8]]),
                _ => None,
            };
            (property.kind, essential, told.unwrap_or_else(|| vec![content.to_vec()]))
        })
        .collect()
}

/// The content of a property without what may have stood behind it.
fn settled<'a>(kind: &[u8; 4], content: &'a [u8]) -> &'a [u8] {
    match kind {
        b"colr" if content.starts_with(b"nclx") => content.get(..11).unwrap_or(content),
        _ => content,
    }
}

/// The four fractions of a clean aperture in lowest terms (14496-12 12.1.4), however they are written.
fn fractions(content: &[u8]) -> Option<Vec<Vec<u8>>> {
    let number = |at: usize| be32(content, at).map(|n| i64::from(n as i32));
    let lowest = |at: usize| {
        let (top, bottom) = (number(at)?, number(at + 4)?);
        let mut common = (top.abs(), bottom.abs());
        while common.1 != 0 {
            common = (common.1, common.0 % common.1);
        }
        Some([top.checked_div(common.0)?, bottom.checked_div(common.0)?].map(i64::to_be_bytes).concat())
    };
    (0..32).step_by(8).map(lowest).collect()
}

fn is_profile(kind: &[u8; 4], content: &[u8]) -> bool {
    kind == b"colr" && matches!(content.get(..4), Some(b"prof" | b"rICC"))
}

/// A colour profile stays, for the same kind of colours, unless it was broken.
fn colours(before: &Meta, after: &Meta, id: u32) -> bool {
    let profile = |meta: &Meta| {
        let found = meta.of(id).find(|(p, _)| is_profile(&p.kind, meta.content(p)));
        found.and_then(|(p, _)| Some(meta.content(p).get(4..)?.to_vec()))
    };
    match (profile(before), profile(after)) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some(old), None) => icc::account(&old).fault.is_some(),
        (Some(old), Some(new)) => old.get(16..20) == new.get(16..20) || icc::account(&old).fault.is_some(),
    }
}
