//! The surgeon for PNG and APNG: keeps the chunks on its list, writes colour profile and orientation anew, cuts picture
//! data where their zlib stream ends, and lets all else go.
//!
//! W3C PNG, third edition (2025), which includes APNG.

mod animation;
pub(super) mod chunk;
mod header;
pub(super) mod picture;
mod rule;
mod stream;
mod text;

use super::operation::{Operation, broken};
use super::{Options, exif};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::icc;
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use animation::Animation;
use chunk::{Chunk, List};
use header::Header;
use rule::Before;
use std::ops::Range;
use stream::{Sequence, Stream};
use text::Turn;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Text chunks that are read for an orientation; the rest go unread.
const TEXTS: usize = 100;
/// The name that a colour profile gets.
const PROFILE: &[u8] = b"ICC profile\0\0";

/// Plans the cleaning of a PNG picture.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    if !operation.reader.holds(0, SIGNATURE)? {
        return Err(broken("the file does not begin as a PNG picture does"));
    }
    let List { chunks, end, tail } = chunk::list(&mut operation)?;
    let header = header_of(&mut operation, &chunks)?;
    let mut walk = Walk::new(header);
    for chunk in &chunks {
        walk.take(&mut operation, chunk)?;
    }
    operation.keep(0..8, "signature");
    walk.lay(&mut operation)?;
    match &end {
        Some(end) => operation.put(end.range(), chunk::written(b"IEND", &[]), "IEND")?,
        None => {
            operation.found(Code::Truncated, "IEND", tail.start..tail.start, Action::Replace);
            operation.write(chunk::written(b"IEND", &[]), "IEND");
        }
    }
    if let Some(end) = end.filter(|end| !end.data().is_empty()) {
        operation.found(Code::HiddenBytes, "IEND", end.data(), Action::Remove);
    }
    if !tail.is_empty() {
        operation.found(Code::Trailer, "trailer", tail, Action::Remove);
    }
    Ok(operation.close(Format::Png, header.width, header.height))
}

/// The header, which must be the first chunk and sound.
fn header_of(operation: &mut Operation<'_>, chunks: &[Chunk]) -> Result<Header, Refusal> {
    let first = chunks.first().ok_or_else(|| Refusal::truncated("the file ends before its picture does"))?;
    if first.kind == *b"CgBI" {
        return Err(Refusal {
            code: "not-understood",
            what: "this is Apple's own variant of PNG, which other programs cannot show".to_owned(),
            advice: "Open it on a Mac or an iPhone and export it as an ordinary PNG or JPEG, then run scrubs again.",
        });
    }
    if first.kind != *b"IHDR" || !first.is_sound(&mut operation.reader)? {
        return Err(broken("the description of the picture is damaged"));
    }
    let data = first.read(&mut operation.reader)?;
    Header::read(&data).ok_or_else(|| broken("the description of the picture is damaged"))
}

/// A part of the picture that stays.
enum Part {
    /// A chunk, or what stands in its place.
    Chunk(Range<u64>, Vec<u8>, &'static str),
    /// The animation's control.
    Control(Range<u64>),
    /// The picture itself, from where its data begin.
    Picture(u64),
}

struct Walk {
    header: Header,
    palette: usize,
    seen: Vec<[u8; 4]>,
    picture: Vec<Chunk>,
    animation: Option<Animation>,
    leads: bool,
    parts: Vec<Part>,
    exif_turn: Option<u8>,
    exif_spoke: bool,
    raw_turn: Option<u8>,
    raw_spoke: bool,
    xmp_turn: Option<u8>,
    turn_at: Range<u64>,
    resolution: Option<exif::Resolution>,
    texts: usize,
}

impl Walk {
    fn new(header: Header) -> Self {
        Self {
            header,
            palette: 0,
            seen: Vec::new(),
            picture: Vec::new(),
            animation: None,
            leads: false,
            parts: Vec::new(),
            exif_turn: None,
            exif_spoke: false,
            raw_turn: None,
            raw_spoke: false,
            xmp_turn: None,
            turn_at: 0..0,
            resolution: None,
            texts: 0,
        }
    }

    fn take(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        match &chunk.kind {
            b"IHDR" if self.seen.is_empty() => {
                self.seen.push(chunk.kind);
                self.keep(operation, chunk, "IHDR")
            }
            b"IDAT" => {
                if self.picture.is_empty() {
                    self.parts.push(Part::Picture(chunk.range().start));
                }
                self.picture.push(chunk.clone());
                Ok(())
            }
            b"PLTE" => self.palette(operation, chunk),
            b"iCCP" => self.profile(operation, chunk),
            b"eXIf" => self.exif(operation, chunk),
            b"tEXt" | b"zTXt" | b"iTXt" => self.text(operation, chunk),
            b"acTL" | b"fcTL" | b"fdAT" => self.animate(operation, chunk),
            kind => match rule::rule(kind) {
                Some(rule) => self.ancillary(operation, chunk, rule),
                // Behind the picture data nothing can change the picture any more.
                None if chunk.is_critical() && self.picture.is_empty() => {
                    Err(broken("the PNG file has a part that no standard names"))
                }
                None => drop(operation, chunk),
            },
        }
    }

    fn keep(&mut self, operation: &mut Operation<'_>, chunk: &Chunk, why: &'static str) -> Result<(), Refusal> {
        let data = chunk.read(&mut operation.reader)?;
        self.parts.push(Part::Chunk(chunk.range(), chunk::written(&chunk.kind, &data), why));
        Ok(())
    }

    /// Whether a chunk stands where viewers heed it, for the first time, with a right checksum.
    fn heeded(&mut self, operation: &mut Operation<'_>, chunk: &Chunk, before: Before) -> Result<bool, Refusal> {
        let late = !self.picture.is_empty() || (before == Before::Palette && self.seen.contains(b"PLTE"));
        if late || self.seen.contains(&chunk.kind) || !chunk.is_sound(&mut operation.reader)? {
            return Ok(false);
        }
        self.seen.push(chunk.kind);
        Ok(true)
    }

    /// A palette stays in pictures that index it; in others it is a hint that no viewer needs.
    fn palette(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        if self.header.colour != 3 {
            return drop(operation, chunk);
        }
        let mut data = chunk.read(&mut operation.reader)?;
        let sound = self.heeded(operation, chunk, Before::Data)?
            && !data.is_empty()
            && data.len() % 3 == 0
            && data.len() <= 768;
        if !sound {
            return Err(broken("the palette of the picture is damaged"));
        }
        let most = 3 << self.header.depth;
        if data.len() > most {
            let start = chunk.data().start;
            operation.found(Code::HiddenBytes, "PLTE", start + most as u64..chunk.data().end, Action::Remove);
            data.truncate(most);
        }
        self.palette = data.len() / 3;
        self.parts.push(Part::Chunk(chunk.range(), chunk::written(b"PLTE", &data), "PLTE"));
        Ok(())
    }

    fn ancillary(
        &mut self,
        operation: &mut Operation<'_>,
        chunk: &Chunk,
        rule: &'static rule::Rule,
    ) -> Result<(), Refusal> {
        if chunk.data().end - chunk.data().start > 1_024 || !self.heeded(operation, chunk, rule.before)? {
            return drop(operation, chunk);
        }
        let mut data = chunk.read(&mut operation.reader)?;
        if chunk.kind == *b"tRNS" && self.header.colour == 3 && data.len() > self.palette {
            operation.found(Code::HiddenBytes, "tRNS", chunk.data(), Action::Remove);
            data.truncate(self.palette);
        }
        if !rule.allows(&data, &self.header, self.palette) {
            return drop(operation, chunk);
        }
        self.parts.push(Part::Chunk(chunk.range(), chunk::written(&chunk.kind, &data), rule.why));
        Ok(())
    }

    /// A colour profile gets a neutral name, is cleaned and compressed anew.
    fn profile(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        if !self.heeded(operation, chunk, Before::Palette)? {
            return drop(operation, chunk);
        }
        let data = chunk.read(&mut operation.reader)?;
        let name = data.iter().take(80).position(|b| *b == 0);
        let old = name.and_then(|at| data.get(at + 2..)).and_then(|zlib| stream::inflate_all(zlib, icc::LARGEST));
        let Some(cleaned) = old.as_deref().and_then(icc::clean) else { return drop(operation, chunk) };
        let new = [PROFILE, &stream::deflate_all(&cleaned.profile)?].concat();
        if new != data {
            operation.found(Code::IccDescription, "iCCP", chunk.range(), Action::Replace);
        }
        self.parts.push(Part::Chunk(chunk.range(), chunk::written(b"iCCP", &new), "ICC colour profile, cleaned"));
        Ok(())
    }

    fn exif(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        if chunk.data().end - chunk.data().start > text::READ {
            return drop(operation, chunk);
        }
        let data = chunk.read(&mut operation.reader)?;
        let tiff = data.strip_prefix(b"Exif\0\0").unwrap_or(&data);
        let at = chunk.data().end - tiff.len() as u64;
        let block = exif::read(tiff);
        let decides = self.exif_turn.is_none();
        self.exif_spoke |= block.orientation.is_some();
        self.resolution = self.resolution.or(block.resolution);
        if let Some(turn) = block.turn().filter(|_| decides) {
            (self.exif_turn, self.turn_at) = (Some(turn), chunk.range());
        }
        if decides && exif::is_minimal(&data) {
            return Ok(());
        }
        for (code, place) in block.finds {
            operation.found(code, "eXIf", at + place.start..at + place.end, Action::Remove);
        }
        Ok(())
    }

    fn text(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        self.texts += 1;
        let long = self.texts > TEXTS || chunk.data().end - chunk.data().start > text::READ;
        let data = if long { Vec::new() } else { chunk.read(&mut operation.reader)? };
        let (code, turn) = text::read(&chunk.kind, &data);
        match turn {
            Turn::Exif(spoke, turn) => {
                self.raw_spoke |= spoke;
                self.raw_turn = self.raw_turn.or(turn);
            }
            Turn::Xmp(turn) => self.xmp_turn = self.xmp_turn.or(turn),
            Turn::No => {}
        }
        operation.found(code, chunk.name(), chunk.range(), Action::Remove);
        Ok(())
    }

    fn animate(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        let started = !self.picture.is_empty();
        let heeded = chunk.kind == *b"acTL" && self.heeded(operation, chunk, Before::Data)?;
        match (&mut self.animation, &chunk.kind) {
            (None, b"acTL") if heeded => {
                let data = chunk.read(&mut operation.reader)?;
                self.animation = Animation::read(self.header, &data);
                if self.animation.is_none() {
                    return drop(operation, chunk);
                }
                self.parts.push(Part::Control(chunk.range()));
            }
            (Some(animation), b"fcTL") if !started => {
                let bytes = animation.lead(operation, chunk)?;
                self.parts.push(Part::Chunk(chunk.range(), bytes, "fcTL"));
                self.leads = true;
            }
            (Some(animation), b"fcTL" | b"fdAT") if started => animation.take(operation, chunk)?,
            _ => return drop(operation, chunk),
        }
        Ok(())
    }

    /// The orientation that viewers go by: of the Exif chunk, else of an Exif block in a text, else of XMP.
    fn turn(&self) -> Option<u8> {
        let turn = if self.exif_spoke {
            self.exif_turn
        } else if self.raw_spoke {
            self.raw_turn
        } else {
            self.xmp_turn
        };
        turn.filter(|turn| *turn != 1)
    }

    fn lay(mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        if self.picture.is_empty() {
            return Err(Refusal::truncated("the file ends before its picture does"));
        }
        if self.header.colour == 3 && self.palette == 0 {
            return Err(broken("the palette of the picture is missing"));
        }
        let needed = self.header.bytes(self.header.width, self.header.height);
        let needed = needed.ok_or_else(|| Refusal::too_large("the picture is larger than any real one"))?;
        self.place_turn(operation)?;
        self.place_resolution();
        let control = self.animation.as_ref().map(Animation::control).unwrap_or_default();
        let mut sequence = Sequence::after(self.leads);
        for part in self.parts {
            match part {
                Part::Chunk(range, bytes, why) => operation.put(range, bytes, why)?,
                // An animation of no frames at all is none, and to be dropped.
                Part::Control(range) if control.starts_with(&[0; 4]) => {
                    operation.found(Code::ApplicationData, "acTL", range, Action::Remove);
                }
                Part::Control(range) => operation.put(range, chunk::written(b"acTL", &control), "acTL")?,
                Part::Picture(_) => {
                    let picture = std::mem::take(&mut self.picture);
                    Stream::read(operation, picture, needed)?.lay(operation, &mut sequence)?;
                }
            }
        }
        match self.animation {
            Some(animation) => animation.lay(operation, &mut sequence),
            None => Ok(()),
        }
    }

    /// A resolution that only Exif states becomes a pHYs chunk, in pixels per metre.
    fn place_resolution(&mut self) {
        let stated = self.resolution.filter(|_| !self.seen.contains(b"pHYs")).and_then(exif::Resolution::per_inch);
        let Some((x, y)) = stated else { return };
        let number = |value: f64| ((value / 0.0254).round() as u32).to_be_bytes();
        let data = [&number(x)[..], &number(y), &[1]].concat();
        let rule = rule::rule(b"pHYs").filter(|rule| rule.allows(&data, &self.header, self.palette));
        let place = self.parts.iter().position(|part| matches!(part, Part::Picture(_)));
        if let (Some(rule), Some(place)) = (rule, place) {
            self.parts.insert(place, Part::Chunk(0..0, chunk::written(b"pHYs", &data), rule.why));
        }
    }

    /// Puts the orientation among the parts: where its chunk stood, or before the picture.
    fn place_turn(&mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let Some(turn) = self.turn() else { return Ok(()) };
        let bytes = chunk::written(b"eXIf", &exif::minimal(turn));
        let mut range = self.turn_at.clone();
        let same = !range.is_empty() && operation.reader.holds(range.start, &bytes)?;
        let action = if same { Action::Keep } else { Action::Replace };
        operation.found(Code::ExifOrientation, "eXIf", range.clone(), action);
        let picture = |part: &Part| matches!(part, Part::Picture(at) if range.start > *at);
        if self.parts.iter().any(picture) {
            range = 0..0;
        }
        let place = self.parts.iter().position(|part| match part {
            Part::Chunk(other, ..) | Part::Control(other) => !range.is_empty() && other.start > range.start,
            Part::Picture(_) => true,
        });
        let place = place.unwrap_or(self.parts.len());
        self.parts.insert(place, Part::Chunk(range, bytes, "eXIf with the orientation alone"));
        Ok(())
    }
}

/// Notes that a chunk goes.
fn drop(operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
    operation.found(rule::gone(&chunk.kind), chunk.name(), chunk.range(), Action::Remove);
    Ok(())
}
