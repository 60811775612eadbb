//! The pictures of a `meta` box: what stays, where its samples lie, and the box that describes it anew.
//!
//! ISO/IEC 23008-12, 6 (pictures as items); ISO/IEC 14496-12, 8.11.3 (construction methods).

use super::build::{self, Plan};
use super::choice::{self, Choice};
use super::config::Codec;
use super::derived;
use super::embedded;
use super::extent::{self, Patches, Stream};
use super::meta::{Item, Meta};
use super::nal::{self, Count};
use super::obu;
use super::part::{self, Part};
use super::property::{self, Kept};
use super::rule::{self, Coding};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::exif;
use crate::strip::operation::Operation;
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of Exif blocks that are read for the report.
const EXIF: u64 = 8 << 20;

/// The pictures of a file.
pub(super) struct Still {
    part: Part,
    bytes: Vec<u8>,
    meta: Meta,
    choice: Choice,
    streams: BTreeMap<u32, Stream>,
    /// How many pictures a derived picture is made of.
    inputs: BTreeMap<u32, usize>,
    kept: Kept,
    /// Ranges of the file that hold samples of kept items, `idat` included.
    pub(super) used: Vec<Range<u64>>,
    /// Ranges of items that go.
    pub(super) gone: Vec<Range<u64>>,
}

impl Still {
    /// Reads the `meta` box `part`, whose bytes these are, and chooses what stays.
    pub(super) fn read(source: &dyn Source, part: Part, bytes: Vec<u8>) -> Result<Self, Refusal> {
        let meta = Meta::read(&bytes, (part.body - part.start) as usize)?;
        let streams = streams(source, &part, &meta);
        let sound = |id: u32| {
            let payload =
                streams.get(&id).and_then(|stream| stream.as_ref().ok()?.all(source, derived::TONE_MAP).ok()?);
            payload.is_some_and(|payload| derived::length(Coding::ToneMap, &payload, 0).is_some())
        };
        let choice = choice::choose(&meta, &bytes, sound)?;
        let mut open = BTreeMap::new();
        for (id, stream) in streams {
            match stream {
                Ok(stream) => drop(open.insert(id, stream)),
                Err(refusal) if choice.kept.contains_key(&id) => return Err(refusal),
                Err(_) => {}
            }
        }
        let kept = property::keep(&meta, &choice, &bytes)?;
        let ranges = |keep: bool| {
            let of = open.iter().filter(|(id, _)| choice.kept.contains_key(id) == keep);
            of.flat_map(|(_, stream)| stream.ranges()).collect::<Vec<_>>()
        };
        let (used, gone) = (extent::joined(ranges(true)), extent::joined(ranges(false)));
        let whole = open
            .iter()
            .filter(|(id, _)| choice.kept.contains_key(id))
            .map(|(_, s)| s.length())
            .fold(0, u64::saturating_add);
        extent::check_shared(whole, source.len())?;
        let mut inputs = BTreeMap::new();
        for reference in meta.references.iter().filter(|reference| reference.kind == *b"dimg") {
            *inputs.entry(reference.from).or_default() += reference.to.len();
        }
        let still = Self { part, bytes, choice, streams: open, inputs, kept, used, gone, meta };
        still.shares_nothing()?;
        Ok(still)
    }

    /// Width and height of the primary picture, as coded.
    pub(super) fn size(&self) -> (u32, u32) {
        let primary = self.meta.primary.unwrap_or_default();
        let ispe = self.meta.properties_of(primary).find(|(_, _, part)| part.kind == *b"ispe");
        let at = ispe.map_or(0, |(_, _, part)| part.body as usize);
        let size = |at| part::number(&self.bytes, at).unwrap_or_default();
        if at == 0 { (0, 0) } else { (size(at + 4), size(at + 8)) }
    }

    /// No metadata may lie among the samples that stay.
    fn shares_nothing(&self) -> Result<(), Refusal> {
        for (index, ..) in &self.choice.gone {
            let item = &self.meta.items[*index];
            let picture = rule::coding(&item.kind).is_some() || rule::FOREIGN.contains(&item.kind);
            let ranges = self.streams.get(&item.id).into_iter().flat_map(Stream::ranges);
            for range in ranges.filter(|_| !picture) {
                let covered = range.end - range.start
                    > extent::gaps(range.clone(), &self.used).iter().map(|gap| gap.end - gap.start).sum::<u64>();
                if covered {
                    return Err(Refusal::not_understood("a block of metadata lies inside the picture itself"));
                }
            }
        }
        Ok(())
    }

    /// Where `idat` lies in the file.
    pub(super) fn data(&self) -> Option<Range<u64>> {
        self.meta.data.clone().map(|range| self.part.start + range.start..self.part.start + range.end)
    }

    /// The samples of what stays, each as often as an item has it.
    pub(super) fn samples(&self) -> impl Iterator<Item = Range<u64>> {
        self.choice.kept.keys().filter_map(|id| self.streams.get(id)).flat_map(Stream::ranges)
    }

    /// Reads the coded samples of what stays and lays patches over notes in them.
    pub(super) fn examine(
        &self,
        operation: &mut Operation<'_>,
        source: &dyn Source,
        patches: &mut Patches,
        count: &mut Count,
    ) -> Result<(), Refusal> {
        for (id, coding) in &self.choice.kept {
            let empty = Stream::default();
            let stream = self.streams.get(id).unwrap_or(&empty);
            let needs = !matches!(coding, Coding::Identity);
            if needs && stream.length() == 0 {
                return Err(Refusal::truncated("a picture in the file has no samples"));
            }
            let notes = match coding {
                Coding::Hevc | Coding::Avc | Coding::Av1 => match self.kept.codecs.get(id) {
                    Some(Codec::Units(family, field)) => nal::walk(source, stream, *family, *field, patches, count)?,
                    Some(Codec::Obus) => obu::walk(source, stream, patches, count)?,
                    None => return Err(Refusal::not_understood("a picture does not say how it is coded")),
                },
                Coding::Jpeg => embedded::jpeg(source, stream, patches)?,
                Coding::Jpeg2000 => embedded::jpeg2000(source, stream, patches, count)?,
                Coding::Plain => Vec::new(),
                _ => self.derived(source, *id, *coding, stream, patches)?,
            };
            for note in notes {
                let label = "note of the encoder in the coded picture";
                operation.found_as(Code::ApplicationData, label, "coded samples", note, Action::Remove);
            }
        }
        Ok(())
    }

    fn derived(
        &self,
        source: &dyn Source,
        id: u32,
        coding: Coding,
        stream: &Stream,
        patches: &mut Patches,
    ) -> Result<Vec<Range<u64>>, Refusal> {
        let payload = stream.all(source, derived::LONGEST)?;
        let inputs = self.inputs.get(&id).copied().unwrap_or_default();
        let length = payload.as_deref().and_then(|payload| derived::length(coding, payload, inputs));
        let (Some(payload), Some(length)) = (payload, length) else {
            return Err(Refusal::not_understood("the file does not say rightly how the picture is put together"));
        };
        if payload[length..].iter().all(|b| *b == 0) {
            return Ok(Vec::new());
        }
        patches.lay(stream, length as u64, &vec![0; payload.len() - length])?;
        Ok(stream.place(length as u64..payload.len() as u64))
    }

    /// Puts the new box in the place of the old one, which may reach to `end` where a box behind it goes as well.
    pub(super) fn lay(&self, operation: &mut Operation<'_>, patches: &Patches, end: u64) -> Result<(), Refusal> {
        let mut data = Vec::new();
        if let (Some(range), Some(place)) = (self.meta.data.clone(), self.data()) {
            data = self.bytes[range.start as usize..range.end as usize].to_vec();
            for gap in extent::gaps(place.clone(), &self.used) {
                let hole = &mut data[(gap.start - place.start) as usize..(gap.end - place.start) as usize];
                if hole.iter().any(|b| *b != 0) && extent::gaps(gap.clone(), &self.gone).contains(&gap) {
                    operation.found(Code::Junk, "idat", gap, Action::Remove);
                }
                hole.fill(0);
            }
            patches.apply(place.start, &mut data);
        }
        let plan = Plan { meta: &self.meta, choice: &self.choice, properties: self.kept.properties.clone(), data };
        let part = Part { end, ..self.part.clone() };
        let new = build::build(&plan, &part)?;
        let new = new.ok_or_else(|| Refusal::not_understood("the picture's description has no room to be cleaned"))?;
        operation.put(part.range(), new, "description of the pictures, by keep-list")?;
        Ok(())
    }

    /// Whether the new box fits into the old one.
    pub(super) fn fits(&self, end: u64) -> Result<bool, Refusal> {
        let length = self.meta.data.as_ref().map_or(0, |range| range.end - range.start);
        let data = vec![0; length as usize];
        let plan = Plan { meta: &self.meta, choice: &self.choice, properties: self.kept.properties.clone(), data };
        Ok(build::build(&plan, &Part { end, ..self.part.clone() })?.is_some())
    }

    /// Tells what goes.
    pub(super) fn tell(&self, operation: &mut Operation<'_>, source: &dyn Source) -> Result<(), Refusal> {
        let mut left = EXIF;
        for (index, code, label) in &self.choice.gone {
            let item = &self.meta.items[*index];
            let place = self.streams.get(&item.id).and_then(|stream| stream.ranges().next());
            let place = place.unwrap_or(self.part.start + item.at.start..self.part.start + item.at.end);
            match &item.kind {
                b"Exif" => left -= self.tell_exif(operation, source, item, place, left)?,
                _ => operation.found_as(*code, label, &name(item), place, Action::Remove),
            }
        }
        for item in self.meta.items.iter().filter(|item| item.named && self.choice.kept.contains_key(&item.id)) {
            let place = self.part.start + item.at.start..self.part.start + item.at.end;
            operation.found(Code::ItemName, "infe", place, Action::Remove);
        }
        for id in &self.choice.gain_maps {
            let place = self.streams.get(id).and_then(|stream| stream.ranges().next()).unwrap_or(self.part.range());
            operation.found(Code::GainMap, "item", place, Action::Keep);
        }
        for (code, label, name, range) in &self.kept.told {
            let place = self.part.start + range.start..self.part.start + range.end;
            operation.found_as(*code, label, name, place, Action::Remove);
        }
        self.tell_parts(operation);
        Ok(())
    }

    /// Tells what is in an Exif block of at most `left` bytes; says how many were read.
    fn tell_exif(
        &self,
        operation: &mut Operation<'_>,
        source: &dyn Source,
        item: &Item,
        place: Range<u64>,
        left: u64,
    ) -> Result<u64, Refusal> {
        let stream = self.streams.get(&item.id).cloned().unwrap_or_default();
        let payload = stream.all(source, left)?.unwrap_or_default();
        let skip = part::number(&payload, 0).map_or(usize::MAX, |skip| (skip as usize).saturating_add(4));
        let Some(tiff) = payload.get(skip..) else {
            operation.found(Code::ExifOther, "Exif item", place, Action::Remove);
            return Ok(payload.len() as u64);
        };
        for (code, find) in exif::read(tiff).finds {
            let range = skip as u64 + find.start..skip as u64 + find.end;
            let place = stream.place(range).into_iter().next().unwrap_or(place.clone());
            operation.found(code, "Exif item", place, Action::Remove);
        }
        Ok(payload.len() as u64)
    }

    /// Boxes of `meta` that go, and texts in those that stay.
    fn tell_parts(&self, operation: &mut Operation<'_>) {
        const KNOWN: &[[u8; 4]] =
            &[*b"pitm", *b"iinf", *b"iloc", *b"iref", *b"iprp", *b"grpl", *b"idat", *b"dinf", *b"hdlr"];
        for part in &self.meta.parts {
            let payload = &self.bytes[part.body as usize..part.end as usize];
            let place = self.part.start + part.start..self.part.start + part.end;
            if part.kind == *b"hdlr" {
                let rest = payload.get(12..).unwrap_or_default();
                if rest.iter().any(|b| *b != 0) {
                    operation.found_as(Code::Text, "name of a program", "hdlr", place, Action::Remove);
                }
            } else if !KNOWN.contains(&part.kind) && payload.iter().any(|b| *b != 0) {
                let (code, label) = rule::gone(&part.kind);
                operation.found_as(code, label, &part.name(), place, Action::Remove);
            }
        }
    }
}

fn name(item: &Item) -> String {
    let kind = item.kind.iter().map(|b| if b.is_ascii_graphic() { char::from(*b) } else { ' ' });
    format!("{} item", kind.collect::<String>().trim_end())
}

/// Where the items lie: offsets of the file (method 0) or of `idat` (method 1).
fn streams(source: &dyn Source, part: &Part, meta: &Meta) -> BTreeMap<u32, Result<Stream, Refusal>> {
    let mut streams = BTreeMap::new();
    for location in meta.locations.values() {
        let whole = match (location.method, &meta.data) {
            (0, _) if location.source == 0 || meta.own => Some(0..source.len()),
            (1, Some(data)) => Some(part.start + data.start..part.start + data.end),
            _ => None,
        };
        let stream = match whole {
            None => Err(Refusal::not_understood("the picture lies in another file or inside another part")),
            Some(whole) => place(location, whole),
        };
        streams.insert(location.id, stream);
    }
    streams
}

fn place(location: &super::meta::Location, whole: Range<u64>) -> Result<Stream, Refusal> {
    let mut ranges = Vec::with_capacity(location.extents.len());
    for (offset, length) in &location.extents {
        let start = whole.start.checked_add(location.base).and_then(|start| start.checked_add(*offset));
        let end = start.and_then(|start| start.checked_add(*length)).filter(|end| *end <= whole.end);
        match (start, end) {
            (Some(start), Some(end)) => ranges.push(start..end),
            _ => return Err(Refusal::truncated("the file ends before its picture does")),
        }
    }
    Ok(Stream::new(ranges))
}
