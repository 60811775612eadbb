//! What a TIFF holds beside its pages, in the words of people.
//!
//! TIFF 6.0 section 8; Exif 2.32 section 4.6 (the Exif and GPS directories); Adobe's TIFF Technical Notes; the private
//! tags of GDAL, ImageJ, Zeiss, Hamamatsu and Photoshop as libtiff's registry names them.

use super::page::{MOST_SEGMENTS, Page};
use super::slide::{self, Maker};
use super::{Directory, Entry, Order, coded, keep};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::bytes::Bytes;
use crate::inspect::exif::{self, Directory as Kind};
use crate::inspect::jpeg::findings::colours;
use crate::inspect::{Discovery, Trouble, icc, trailer};
use crate::place::Place;
use crate::recording::Identifier;
use std::collections::HashSet;
use std::ops::Range;

/// What tags are that Exif has no name for; Photoshop's picture resources and others' private ones among them.
const NAMED: &[(u16, Code, &str)] = &[
    (269, Code::ExifText, "name of the document"),
    (285, Code::ExifText, "name of the page"),
    (333, Code::ExifText, "names of inks"),
    (337, Code::ExifDevice, "printer"),
    (700, Code::Xmp, "XMP block"),
    (32_781, Code::ExifSerial, "number of the picture"),
    (33_723, Code::Iptc, "IPTC block"),
    (34_377, Code::Iptc, "Photoshop block"),
    (37_724, Code::ApplicationData, "layers of Photoshop"),
    (34_118, Code::ApplicationData, "microscope's data"),
    (34_412, Code::ApplicationData, "microscope's data"),
    (42_112, Code::ExifText, "text of GDAL"),
    (50_838, Code::ApplicationData, "data of ImageJ"),
    (50_839, Code::ApplicationData, "data of ImageJ"),
    (50_740, Code::ExifMakerNote, "camera maker's private data"),
    (51_023, Code::ExifText, "description of the microscope's file"),
    (65_427, Code::ExifText, "reference of the slide"),
    (65_442, Code::ExifSerial, "serial number of the scanner"),
    (65_449, Code::ExifText, "properties of the slide"),
];

/// What a person calls a tag, where it has a name.
pub(super) fn label_of(tag: u16) -> String {
    match name(Kind::Main, tag) {
        Some((_, label)) => label.to_owned(),
        None => format!("entry with tag {tag}"),
    }
}

fn name(kind: Kind, tag: u16) -> Option<(Code, &'static str)> {
    let own = NAMED.iter().find(|(t, ..)| *t == tag && kind == Kind::Main);
    own.map(|(_, code, label)| (*code, *label)).or_else(|| exif::named(kind, tag))
}

/// The most directories beside the chain: previews, Exif, GPS, and what is in them.
const MOST_BRANCHES: usize = 256;
/// The most findings of single entries: a file of many pages says the same of each.
const MOST_PAGES: usize = 64;

/// The year of making: when it was taken, digitised, or changed.
pub(in crate::inspect) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut bytes = Bytes::new(source);
    let order = Order::read(&mut bytes)?;
    let Some(first) = order.directory(&mut bytes, order.first)? else { return Ok(None) };
    stated_year(&mut bytes, &order, &first)
}

fn stated_year(bytes: &mut Bytes<'_>, order: &Order, first: &Directory) -> Result<Option<u16>, Trouble> {
    let exif = match order.first_of(bytes, first, 0x8769)? {
        Some(at) => order.directory(bytes, at)?,
        None => None,
    };
    let entries = [(exif.as_ref(), 0x9003), (exif.as_ref(), 0x9004), (Some(first), 306)];
    for entry in entries.into_iter().filter_map(|(directory, tag)| directory?.get(tag)) {
        let text = bytes.copy(entry.value.clone(), 4)?;
        let year = std::str::from_utf8(&text).ok().and_then(|t| t.parse().ok());
        if let Some(year @ 1..) = year {
            return Ok(Some(year));
        }
    }
    Ok(None)
}

/// What is known while a file is read.
struct Reading<'o> {
    order: Order,
    out: &'o mut Discovery,
    claims: Vec<Range<u64>>,
    seen: HashSet<u64>,
    branches: Vec<(Kind, u64)>,
    maker: Option<Maker>,
}

/// Lists what a TIFF holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let order = Order::read(&mut bytes)?;
    let claims = Vec::from_iter(Some(0..order.header()));
    let mut reading = Reading { order, out, claims, seen: HashSet::new(), branches: Vec::new(), maker: None };
    let (places, ends) = order.chain(&mut bytes)?;
    for (i, at) in places.iter().enumerate() {
        let Some(directory) = order.directory(&mut bytes, *at)? else { continue };
        reading.seen.insert(*at);
        if i == 0 {
            reading.maker = slide::maker(&mut bytes, &directory)?;
            if let Some(year) = stated_year(&mut bytes, &order, &directory)? {
                reading.out.made_in(year);
            }
        }
        reading.page(&mut bytes, i, &directory)?;
    }
    let mut branches = 0;
    while let Some((kind, at)) = reading.branches.pop() {
        branches += 1;
        if branches > MOST_BRANCHES || !reading.seen.insert(at) {
            continue;
        }
        let Some(directory) = order.directory(&mut bytes, at)? else { continue };
        reading.branch(&mut bytes, kind, &directory)?;
    }
    if !ends {
        let found = Finding::new(Code::Truncated, Place::bytes("directories", order.first, 0), Action::Look);
        reading.out.push(found.labelled("pages that do not end"));
    }
    reading.unclaimed(&mut bytes)
}

impl Reading<'_> {
    /// A directory of the chain.
    fn page(&mut self, bytes: &mut Bytes<'_>, i: usize, directory: &Directory) -> Result<(), Trouble> {
        self.claims.push(directory.range.clone());
        self.entries(bytes, Kind::Main, directory, i < MOST_PAGES)?;
        let Some(page) = Page::read(bytes, &self.order, directory)? else { return Ok(()) };
        let place = Place::bytes("directory", directory.range.start, directory.range.end - directory.range.start);
        if i == 0 {
            self.out.size = Some((page.width.min(u32::MAX.into()) as u32, page.height.min(u32::MAX.into()) as u32));
        } else {
            let standing = slide::standing(bytes, &self.order, self.maker, directory, &page)?;
            let size = format!("{}×{}", page.width, page.height);
            if standing.must_go {
                let found = Finding::new(Code::SlideLabel, place, Action::Remove);
                self.out.push(found.labelled(format!("label or overview of a slide {size}")));
            } else if slide::is_reduced(bytes, &self.order, directory)? {
                self.out
                    .push(Finding::new(Code::Preview, place, Action::Look).labelled(format!("smaller copy {size}")));
            }
        }
        self.strips(bytes, &page)
    }

    /// Claims the strips, and looks behind the samples of those that are not compressed.
    fn strips(&mut self, bytes: &mut Bytes<'_>, page: &Page) -> Result<(), Trouble> {
        let mut hidden = 0u64;
        for (i, range) in page.segments.iter().enumerate() {
            let needed = page.needed(i).filter(|_| page.compression == 1);
            let end = needed.map_or(range.end, |n| range.start.saturating_add(n).min(range.end));
            if end < range.end && !coded::is_blank(bytes, end..range.end)? {
                hidden += range.end - end;
            }
        }
        self.claims.extend(page.segments.iter().cloned());
        if self.claims.len() > 2 * MOST_SEGMENTS {
            return Err(Trouble::TooLarge("a TIFF of more than two million strips or tiles"));
        }
        if hidden > 0 || page.surplus {
            let start = page.segments.first().map_or(0, |r| r.start);
            let found = Finding::new(Code::HiddenBytes, Place::bytes("strips", start, hidden), Action::Remove);
            self.out.push(found.labelled("bytes behind the samples"));
        }
        let Some(tables) = page.tables.clone() else { return Ok(()) };
        let content = bytes.copy(tables.clone(), 1 << 16)?;
        // Comments and blocks of programs among the tables.
        let telling = content.windows(2).any(|pair| pair[0] == 0xff && matches!(pair[1], 0xe1..=0xed | 0xef | 0xfe));
        if telling {
            let place = Place::bytes("JPEGTables", tables.start, tables.end - tables.start);
            self.out.push(Finding::new(Code::Comment, place, Action::Remove));
        }
        Ok(())
    }

    /// A directory that an entry leads to: a preview, or a part of Exif.
    fn branch(&mut self, bytes: &mut Bytes<'_>, kind: Kind, directory: &Directory) -> Result<(), Trouble> {
        self.claims.push(directory.range.clone());
        self.entries(bytes, kind, directory, true)?;
        if kind != Kind::Main && kind != Kind::Thumbnail {
            return Ok(());
        }
        if let Some(page) = Page::read(bytes, &self.order, directory)? {
            let length: u64 = page.segments.iter().map(|s| s.end - s.start).sum();
            let start = page.segments.first().map_or(directory.range.start, |s| s.start);
            let found = Finding::new(Code::Preview, Place::bytes("SubIFD", start, length), Action::Remove);
            self.out.push(found.labelled(format!("embedded preview {}×{}", page.width, page.height)));
            self.claims.extend(page.segments.iter().cloned());
        }
        if directory.next != 0 {
            self.branches.push((kind, directory.next));
        }
        Ok(())
    }

    fn entries(
        &mut self,
        bytes: &mut Bytes<'_>,
        kind: Kind,
        directory: &Directory,
        listed: bool,
    ) -> Result<(), Trouble> {
        let (mut others, mut gps) = (0u64, false);
        for entry in &directory.entries {
            if !entry.is_inline() {
                self.claims.push(entry.value.clone());
            }
            if self.leads_on(bytes, kind, entry)? || !listed {
                continue;
            }
            let place =
                Place::bytes(format!("tag {}", entry.tag), entry.value.start, entry.value.end - entry.value.start);
            match name(kind, entry.tag) {
                Some((Code::ExifOrientation, label)) => {
                    let found = Finding::new(Code::ExifOrientation, place, Action::Keep);
                    self.out.push_with(found.labelled(label), self.value(bytes, entry)?);
                }
                Some((code, label)) => {
                    let found = Finding::new(code, place, Action::Remove).labelled(label);
                    self.out.push_with(found, self.value(bytes, entry)?);
                }
                None if kind == Kind::Gps => gps |= (1..=4).contains(&entry.tag) || entry.tag > 0,
                None if entry.tag == 34_675 && kind == Kind::Main => {
                    colours(&bytes.copy(entry.value.clone(), icc::LONGEST + 1)?, place, self.out);
                }
                None if kind == Kind::Main && keep::rule_of(entry.tag).is_some() => {}
                None if kind == Kind::Main && matches!(entry.tag, 512..=521) => {}
                None => others += 1,
            }
        }
        let place = || Place::bytes("directory", directory.range.start, directory.range.end - directory.range.start);
        if gps {
            let position = directory.get(2).is_some() || directory.get(4).is_some();
            let label = if position { "GPS position" } else { "GPS entries" };
            let found = Finding::new(Code::ExifGps, place(), Action::Remove).labelled(label);
            self.out.push_with(found, self.position(bytes, directory)?);
        }
        if others > 0 && listed {
            let label = format!("{others} other {}", if others == 1 { "entry" } else { "entries" });
            self.out.push(Finding::new(Code::ExifOther, place(), Action::Remove).labelled(label));
        }
        Ok(())
    }

    /// Whether an entry leads to other directories, which are then waited for.
    fn leads_on(&mut self, bytes: &mut Bytes<'_>, kind: Kind, entry: &Entry) -> Result<bool, Trouble> {
        let to = match (kind, entry.tag) {
            (Kind::Main | Kind::Thumbnail, 330) => Kind::Main,
            (Kind::Main | Kind::Thumbnail, 0x8769) => Kind::Exif,
            (Kind::Main | Kind::Thumbnail | Kind::Exif, 0x8825) => Kind::Gps,
            (Kind::Exif, 0xa005) => Kind::Interoperability,
            _ => return Ok(false),
        };
        if self.branches.len() < MOST_BRANCHES {
            let places = self.order.numbers(bytes, entry, 32)?;
            self.branches.extend(places.into_iter().map(|at| (to, at)));
        }
        Ok(true)
    }

    fn value(&self, bytes: &mut Bytes<'_>, entry: &Entry) -> Result<Identifier, Trouble> {
        let text = bytes.copy(entry.value.clone(), 256)?;
        if let (3 | 4, Some(number)) = (entry.kind, self.order.numbers(bytes, entry, 1)?.first()) {
            return Ok(Identifier::from(number.to_string()));
        }
        Ok(Identifier::new(text))
    }

    /// Latitude and longitude, as degrees, minutes and seconds.
    fn position(&self, bytes: &mut Bytes<'_>, directory: &Directory) -> Result<Identifier, Trouble> {
        let mut words = Vec::new();
        for tag in 1..=4 {
            let Some(entry) = directory.get(tag) else { continue };
            let value = bytes.copy(entry.value.clone(), 24)?;
            if entry.kind != 5 {
                words.extend(value.first().map(|b| char::from(*b).to_string()));
                continue;
            }
            for part in value.chunks_exact(8) {
                let (above, below) = (self.order.number(&part[..4]), self.order.number(&part[4..]));
                words.push(format!("{}", above as f64 / below.max(1) as f64));
            }
        }
        Ok(Identifier::from(words.join(" ")))
    }

    /// Bytes that no directory, value or strip claims.
    fn unclaimed(mut self, bytes: &mut Bytes<'_>) -> Result<(), Trouble> {
        self.claims.sort_by_key(|r| r.start);
        let (mut at, mut first, mut junk) = (0, None, 0);
        for range in self.claims {
            if range.start > at && !range.is_empty() && !coded::is_blank(bytes, at..range.start)? {
                first.get_or_insert(at);
                junk += range.start - at;
            }
            at = at.max(range.end);
        }
        if let Some(start) = first {
            self.out.push(Finding::new(Code::Junk, Place::bytes("TIFF", start, junk), Action::Remove));
        }
        if at < bytes.len() {
            trailer::discover(bytes, at..bytes.len(), self.out)?;
        }
        Ok(())
    }
}
