//! The witness's own account of HEIF and AVIF: what there is at the top of the file, and the items of its `meta` box.
//!
//! ISO/IEC 14496-12 sections 4 and 8.11; ISO/IEC 23008-12 sections 6, 9 and 10; AV1 Image File Format 1.1.

mod cleared;
pub(super) mod coded;
mod derived;
mod findings;
mod meta;
mod mini;
mod output;
mod property;
mod same;
mod sequence;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;

pub(super) use cleared::witness;
pub(super) use findings::{discover, year};

use super::Trouble;
use super::boxes::{Box4, Spans, Walk};
use super::bytes::Bytes;
use coded::Codec;
use meta::Meta;
use property::{Auxiliary, Hevc};
use std::collections::HashSet;
use std::ops::Range;

/// Items that are coded pictures, by type: 23008-12 Annexes B and H, AVIF 1.1 section 2.1, 15444-16, 23001-17.
const CODED: &[&[u8; 4]] = &[b"hvc1", b"av01", b"jpeg", b"j2k1", b"unci"];

/// Items that are pictures made of others: 23008-12 section 6.6.2, and the tone-mapped picture of ISO 21496-1.
const DERIVED: &[&[u8; 4]] = &[b"grid", b"iovl", b"iden", b"tmap"];

/// Coded pictures that are not on the list, and yet are pictures.
const UNLISTED: &[&[u8; 4]] = &[b"avc1", b"vvc1", b"lhv1", b"evc1", b"hvt1", b"mski"];

fn is_picture(kind: &[u8; 4]) -> bool {
    CODED.iter().chain(DERIVED).chain(UNLISTED).any(|k| *k == kind)
}

/// The boxes at the top of a file.
fn top(bytes: &mut Bytes<'_>) -> Result<Vec<Box4>, Trouble> {
    let mut walk = Walk::new(0..bytes.len());
    let mut out: Vec<Box4> = Vec::new();
    while let Some(found) = walk.next(bytes)? {
        out.push(found);
    }
    if out.first().is_none_or(|b| &b.kind != b"ftyp") {
        return Err(Trouble::Damaged("it does not begin as a HEIF file does"));
    }
    Ok(out)
}

/// The first `meta` box of those at the top.
fn meta(bytes: &mut Bytes<'_>, boxes: &[Box4]) -> Result<Option<Meta>, Trouble> {
    let Some(found) = boxes.iter().find(|b| &b.kind == b"meta") else { return Ok(None) };
    if found.length() > meta::LONGEST {
        return Err(Trouble::TooLarge("a meta box of more than 16 MB"));
    }
    let data = bytes.copy(found.data.clone(), meta::LONGEST as usize)?;
    Meta::read(data, found.data.start, bytes.len()).map(Some)
}

impl Meta {
    /// How an item is coded, where its units can be told apart.
    fn codec(&self, id: u32) -> Option<Codec> {
        match &self.item(id)?.kind {
            b"av01" => Some(Codec::Av1),
            b"hvc1" => {
                let config = self.property(id, b"hvcC").and_then(Hevc::read);
                Some(Codec::Hevc(config.map_or(4, |c| c.length_size())))
            }
            _ => None,
        }
    }

    /// The stream of an item.
    fn stream(&self, id: u32) -> Spans {
        Spans::new(self.locations.get(&id).map_or_else(Vec::new, |l| l.ranges.clone()))
    }

    /// How many pictures a derived picture is made of.
    fn parts(&self, id: u32) -> usize {
        self.references.iter().filter(|r| &r.kind == b"dimg" && r.from == id).map(|r| r.to.len()).sum()
    }

    /// Items that are thumbnails of others.
    fn thumbnails(&self) -> HashSet<u32> {
        self.references.iter().filter(|r| &r.kind == b"thmb").map(|r| r.from).collect()
    }

    /// What an auxiliary item is for, where that is known.
    fn auxiliary(&self, id: u32) -> Option<Auxiliary> {
        property::auxiliary(self.property(id, b"auxC")?)
    }

    /// The pictures that a viewer shows or needs for what it shows: the primary one, all that are not hidden and are no
    /// thumbnail, auxiliary or tone-mapped picture, what these are made of, and their transparency.
    fn needed(&self) -> HashSet<u32> {
        let thumbnails = self.thumbnails();
        let auxiliary: HashSet<u32> = self.references.iter().filter(|r| &r.kind == b"auxl").map(|r| r.from).collect();
        let shown = self.items.iter().filter(|i| {
            let aside = i.hidden || thumbnails.contains(&i.id) || auxiliary.contains(&i.id) || &i.kind == b"tmap";
            is_picture(&i.kind) && (!aside || self.primary == Some(i.id))
        });
        let mut needed: HashSet<u32> = shown.map(|i| i.id).collect();
        let mut parts: std::collections::HashMap<u32, Vec<u32>> = std::collections::HashMap::new();
        for reference in &self.references {
            match &reference.kind {
                b"dimg" => parts.entry(reference.from).or_default().extend(&reference.to),
                b"auxl" if self.auxiliary(reference.from) == Some(Auxiliary::Alpha) => {
                    for master in &reference.to {
                        parts.entry(*master).or_default().push(reference.from);
                    }
                }
                _ => {}
            }
        }
        let mut waiting: Vec<u32> = needed.iter().copied().collect();
        while let Some(id) = waiting.pop() {
            for part in parts.remove(&id).unwrap_or_default() {
                if needed.insert(part) {
                    waiting.push(part);
                }
            }
        }
        needed
    }

    /// All ranges of the file that items take; an error when they are many times the file.
    fn taken(&self, length: u64) -> Result<Vec<Range<u64>>, Trouble> {
        let all: Vec<Range<u64>> = self.locations.values().flat_map(|l| l.ranges.iter().cloned()).collect();
        if super::bytes::total(&all) > length.saturating_mul(4) {
            return Err(Trouble::TooLarge("items that overlap many times"));
        }
        Ok(all)
    }
}
