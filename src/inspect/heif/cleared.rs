//! The proof of a HEIF or AVIF file: coded items and listed boxes of listed content, and zeros everywhere else.
//!
//! ISO/IEC 14496-12 sections 4.3 (ftyp), 8.1 (mdat, free), 8.7 (dinf), 8.11; ISO/IEC 23008-12 sections 6.6.2 (grid, iovl,
//! iden), 10; ISO 21496-1 Annex C (tmap).

use super::coded::{self, Codec};
use super::derived::derivation;
use super::meta::Meta;
use super::output::{Output, SAME_FILE, unaccounted};
use super::property::{Hevc, is_allowed, wordy};
use super::{CODED, DERIVED, sequence, top};
use crate::cut::Source;
use crate::finding::Action;
use crate::inspect::boxes::{Box4, Spans};
use crate::inspect::bytes::{Bytes, total};
use crate::inspect::{Discovery, Evidence, Left, Trouble, exif, icc, jp2, jpeg};
use crate::place::Place;
use std::collections::HashSet;
use std::ops::Range;

/// Brands that a file type box may name (14496-12 Annex E; 23008-12 section 10; AVIF 1.1 section 6; MIAF).
const BRANDS: &[&[u8; 4]] = &[
    b"avif", b"avis", b"avio", b"mif1", b"mif2", b"mif3", b"msf1", b"miaf", b"MA1A", b"MA1B", b"MiHA", b"MiHB",
    b"MiHE", b"MiPr", b"MiAn", b"MiBu", b"MiCm", b"MiAB", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx",
    b"hevm", b"hevs", b"heif", b"jpeg", b"jpgs", b"j2ki", b"j2is", b"avci", b"avcs", b"vvic", b"unif", b"tmap",
    b"1pic", b"pred", b"geo1", b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9",
    b"mp41", b"mp42", b"SHIF",
];

/// References that may stand between items (23008-12 sections 6.4 and 6.6; 14496-12 8.11.12).
const REFERENCES: &[&[u8; 4]] = &[b"dimg", b"auxl", b"base", b"prem"];

/// Groups of items that may stand (14496-12 8.18.3; 23008-12 section 6.8).
const GROUPS: &[&[u8; 4]] = &[b"altr", b"ster", b"eqiv"];

/// The longest JPEG item that is looked into.
const LONGEST_JPEG: u64 = 64 << 20;

/// Proves an output; the number is how many bytes of samples were compared.
pub(in crate::inspect) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let mut read = Output::default();
    let boxes = top(&mut output)?;
    let before_boxes = top(&mut original)?;
    let before = super::meta(&mut original, &before_boxes)?;
    read.top(&mut output, &boxes)?;
    let meta = super::meta(&mut output, &boxes)?;
    let film = sequence::read(&mut output, &boxes, &mut read)?;
    let small = super::mini::read(&mut output, &boxes, &mut read)?;
    if meta.is_none() && film.is_none() && small.is_none() {
        return Err(Trouble::Damaged("it holds no picture"));
    }
    if let Some(meta) = &meta {
        read.meta(&mut output, meta, before.as_ref())?;
    }
    read.zeros(&mut output)?;
    second_opinion(evidence.output, &mut read.left);
    if read.hay.survivor(&mut original, evidence.dropped)?.is_some() {
        read.left.note("a string that was removed", Place::Whole {});
    }
    super::same::lists(before.as_ref(), meta.as_ref(), &mut read.left)?;
    read.left.none()?;
    if let (Some(before), Some(after)) = (&before, &meta) {
        super::same::items((&mut original, before), (&mut output, after))?;
    }
    sequence::same((&mut original, &before_boxes), (&mut output, film))?;
    super::mini::same((&mut original, &before_boxes), (&mut output, small))?;
    Ok(total(&read.taken))
}

impl Output {
    fn top(&mut self, bytes: &mut Bytes<'_>, boxes: &[Box4]) -> Result<(), Trouble> {
        let last = boxes.len().saturating_sub(1);
        let mut seen: Vec<[u8; 4]> = Vec::new();
        for (i, found) in boxes.iter().enumerate() {
            if !found.whole {
                return Err(unaccounted("bytes that are no box", found.range.clone()));
            }
            if !(found.stated || i == last && &found.kind == b"mdat") {
                return Err(unaccounted("a box without a length", found.range.clone()));
            }
            let again = matches!(&found.kind, b"ftyp" | b"meta" | b"moov" | b"mini") && seen.contains(&found.kind);
            seen.push(found.kind);
            match &found.kind {
                b"ftyp" if i == 0 => self.brands(bytes, found)?,
                b"mdat" => self.media.push(found.data.clone()),
                b"free" | b"skip" => self.blank(bytes, found)?,
                b"meta" | b"moov" | b"mini" if !again => {}
                _ => self.note(format!("{} box", found.name()), &found.name(), &found.range),
            }
        }
        Ok(())
    }

    fn brands(&mut self, bytes: &mut Bytes<'_>, found: &Box4) -> Result<(), Trouble> {
        let content = bytes.copy(found.data.clone(), 4096)?;
        let known = |b: &[u8]| BRANDS.iter().any(|k| *k == b);
        let brands = content.chunks(4).enumerate();
        let fits = found.length() >= 8 && found.length() <= 512;
        if !fits
            || !brands.into_iter().all(|(i, b)| if i == 1 { (b[0] == 0 || known(b)) && b.len() == 4 } else { known(b) })
        {
            self.note("brand on no list", "ftyp", &found.range);
        }
        Ok(())
    }

    fn meta(&mut self, bytes: &mut Bytes<'_>, meta: &Meta, before: Option<&Meta>) -> Result<(), Trouble> {
        let place = |r: &Range<usize>| meta.start + r.start as u64..meta.start + r.end as u64;
        if let Some((what, range)) = meta.faults.first() {
            return Err(unaccounted(what, place(range)));
        }
        let part = |b: &Box4| meta.data.get(b.data.start as usize..b.data.end as usize).unwrap_or_default();
        for found in &meta.boxes {
            let range = place(&(found.range.start as usize..found.range.end as usize));
            let allowed = match &found.kind {
                b"iinf" | b"iref" => !wordy(part(found), 8),
                b"hdlr" | b"pitm" | b"iprp" => true,
                b"iloc" => self.hay.add(part(found)).map(|()| true)?,
                b"idat" => meta.idat.clone().map(|idat| self.media.push(idat)).is_some(),
                b"grpl" => meta.groups.iter().all(|(kind, _)| GROUPS.contains(&kind)) && !wordy(part(found), 8),
                b"dinf" => part(found) == SAME_FILE,
                b"free" | b"skip" => part(found).iter().all(|b| *b == 0),
                _ => false,
            };
            if !allowed {
                self.note(format!("{} box", found.name()), &found.name(), &range);
            }
        }
        if meta.data.get(meta.handler_name.clone()).unwrap_or_default().iter().any(|b| *b != 0) {
            self.note("name of a handler", "hdlr", &place(&meta.handler_name));
        }
        for range in &meta.telling {
            self.note("name of an item", "infe", &place(range));
        }
        self.relations(meta);
        self.properties(meta, before)?;
        self.taken.extend(meta.taken(bytes.len())?);
        for item in &meta.items {
            self.item(bytes, meta, item.id, item.kind)?;
        }
        Ok(())
    }

    fn relations(&mut self, meta: &Meta) {
        let whole = meta.start..meta.start + meta.data.len() as u64;
        let is_item = |id: &u32| meta.item(*id).is_some();
        for reference in &meta.references {
            let listed = REFERENCES.contains(&&reference.kind);
            if !listed || !is_item(&reference.from) || !reference.to.iter().all(is_item) {
                self.note(
                    format!("reference of an item ({})", crate::inspect::boxes::name(reference.kind)),
                    "iref",
                    &whole,
                );
            }
        }
        if !meta.groups.iter().flat_map(|(_, ids)| ids).all(is_item) {
            self.note("group of what is not there", "grpl", &whole);
        }
        if !meta.locations.keys().all(is_item) {
            self.note("place of an item that is not there", "iloc", &whole);
        }
        let numbered = |(id, all): (&u32, &Vec<(usize, bool)>)| {
            is_item(id) && all.iter().all(|(n, _)| *n <= meta.properties.len())
        };
        if !meta.associations.iter().all(numbered) {
            self.note("properties of an item that is not there", "ipma", &whole);
        }
        if !meta.primary.is_some_and(|id| is_item(&id)) {
            self.note("no primary picture", "pitm", &whole);
        }
    }

    fn properties(&mut self, meta: &Meta, before: Option<&Meta>) -> Result<(), Trouble> {
        // What the original says in the same words was kept, not removed: numbers of six bytes may look like a string.
        let kept: HashSet<_> =
            before.iter().flat_map(|m| m.properties.iter().map(|p| (p.kind, m.content(p)))).collect();
        for property in &meta.properties {
            let content = meta.content(property);
            let range = meta.start + property.data.start as u64..meta.start + property.data.end as u64;
            let name = crate::inspect::boxes::name(property.kind);
            let blank = matches!(&property.kind, b"free" | b"skip") && content.iter().all(|b| *b == 0);
            if !blank && !is_allowed(&property.kind, content) {
                self.note(format!("property of an item ({name})"), &name, &range);
                continue;
            }
            match &property.kind {
                b"colr" if content.get(..4) != Some(b"nclx") => {
                    for open in icc::account(&content[4..]).open {
                        self.hay.add(content.get(4 + open.start..4 + open.end).unwrap_or_default())?;
                    }
                }
                b"hvcC" if !is_quiet_config(content) => self.note("message in the decoder's settings", &name, &range),
                b"av1C" => {
                    let units = content.get(4..).unwrap_or_default();
                    let spans = Spans::new(Some(0..units.len() as u64));
                    if coded::fault(&mut Bytes::over(units), &spans, Codec::Av1)?.is_some() {
                        self.note("message in the decoder's settings", &name, &range);
                    }
                }
                b"auxC" | b"hvcC" => {}
                _ if kept.contains(&(property.kind, content)) => {}
                _ => self.hay.add(content)?,
            }
        }
        Ok(())
    }

    /// An item's kind must be on the list and its content be of that kind's grammar to the last byte.
    fn item(&mut self, bytes: &mut Bytes<'_>, meta: &Meta, id: u32, kind: [u8; 4]) -> Result<(), Trouble> {
        let stream = meta.stream(id);
        let range = stream.ranges().first().cloned().unwrap_or(0..0);
        let name = crate::inspect::boxes::name(kind);
        if !CODED.iter().chain(DERIVED).any(|k| *k == &kind) {
            self.note(format!("item that is no picture ({name})"), "item", &range);
            return Ok(());
        }
        if meta.locations.get(&id).is_some_and(|l| l.method == 2) {
            return Err(unaccounted("an item that lies in another", range));
        }
        if stream.len() == 0 && &kind != b"iden" {
            return Err(Trouble::Damaged("a picture without data"));
        }
        let fault = match &kind {
            b"hvc1" | b"av01" => match meta.codec(id) {
                Some(codec) => coded::fault(bytes, &stream, codec)?,
                None => Some("a coded picture without settings"),
            },
            b"j2k1" => jp2::codestream::fault(bytes, &stream)?,
            b"jpeg" => jpeg_fault(bytes, &stream)?,
            b"unci" => None,
            _ => {
                let content = stream.copy(bytes, 0, 65_536)?;
                // The numbers of a tone map stand in colour profiles too, which lose them; they are no words.
                if &kind != b"tmap" {
                    self.hay.add(&content)?;
                }
                let length =
                    derivation(&kind, &content, meta.parts(id)).filter(|_| content.len() as u64 == stream.len());
                // What stood behind the grammar's end is zeros now.
                let behind = length.and_then(|length| content.get(length..));
                let fits = behind.is_some_and(|behind| behind.iter().all(|b| *b == 0));
                (!fits).then_some("a picture made of others that is not as its kind is")
            }
        };
        if let Some(what) = fault {
            self.note(what, &name, &range);
        }
        Ok(())
    }
}

/// Whether the settings of an HEVC decoder end where they say; messages in them are not allowed at all.
fn is_quiet_config(content: &[u8]) -> bool {
    Hevc::read(content).is_some()
}

/// What a JPEG item has in it beside its picture.
fn jpeg_fault(bytes: &mut Bytes<'_>, stream: &Spans) -> Result<Option<&'static str>, Trouble> {
    if stream.len() > LONGEST_JPEG {
        return Err(Trouble::TooLarge("a JPEG item of more than 64 MB"));
    }
    let picture = stream.copy(bytes, 0, LONGEST_JPEG as usize)?;
    let mut found = Discovery::default();
    jpeg::discover(&picture, &mut found)?;
    let told = found.findings.iter().any(|f| f.action != Action::Keep) || found.beyond > 0;
    Ok(told.then_some("a JPEG item with more in it than its picture"))
}

/// A source as kamadak-exif reads one. It looks only into files of two brands, so it is shown one of them as the first
/// that the file is compatible with.
struct Stream<'a> {
    source: &'a dyn Source,
    at: u64,
}

impl std::io::Read for Stream<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        const BRAND: &[u8; 4] = b"mif1";
        const PLACE: u64 = 16;
        let n = self.source.read_at(self.at, buf)?;
        for (i, byte) in BRAND.iter().enumerate() {
            let at = (PLACE + i as u64).checked_sub(self.at).and_then(|at| usize::try_from(at).ok());
            if let Some(shown) = at.filter(|at| *at < n).and_then(|at| buf.get_mut(at)) {
                *shown = *byte;
            }
        }
        self.at += n as u64;
        Ok(n)
    }
}

impl std::io::Seek for Stream<'_> {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            std::io::SeekFrom::Start(n) => Some(n),
            std::io::SeekFrom::End(n) => self.source.len().checked_add_signed(n),
            std::io::SeekFrom::Current(n) => self.at.checked_add_signed(n),
        };
        self.at = at.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// kamadak-exif, which walks the boxes itself, must find no Exif.
fn second_opinion(output: &dyn Source, left: &mut Left) {
    let found = exif::quietly(|| {
        let mut stream = std::io::BufReader::new(Stream { source: output, at: 0 });
        let read = ::exif::Reader::new().read_from_container(&mut stream);
        matches!(read, Err(::exif::Error::NotFound(_))).then_some(())
    });
    if found.is_none() {
        left.note("Exif that another reader finds", Place::bytes("HEIF", 0, output.len()));
    }
}
