//! What an AVI film holds beside its tracks, in the words of people.
//!
//! Microsoft, "Multimedia Programming Interface and Data Specifications 1.0" (INFO); OpenDML 1.02; the tags of cameras.

use super::format::{self, Reading};
use super::{Chunk, chunk, picture, stream_of};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::boxes::is_zero;
use crate::inspect::bytes::Bytes;
use crate::inspect::little::le32;
use crate::inspect::{Discovery, Trouble, jpeg};
use crate::place::Place;
use crate::recording::Identifier;

/// The most chunks that are gone through.
const MOST: u64 = 2_000_000;
/// How much of a text is shown.
const SHOWN: usize = 4_096;
/// Pictures that are looked into for notes.
const LOOKED: usize = 8;
/// The largest of them.
const LARGEST: u64 = 16 << 20;

/// What parts are.
fn named(part: &Chunk) -> (Code, &'static str) {
    match (&part.id, part.list) {
        (b"INFO", true) => (Code::TagText, "title, author, program and other texts"),
        (b"hydt" | b"pntx" | b"ncdt", true) | (b"strd" | b"CNM ", false) => {
            (Code::Device, "maker's data of the device")
        }
        (b"exif", true) => (Code::ExifOther, "Exif block"),
        (b"Tdat", true) | (b"ISMP" | b"tdat" | b"tcdl", false) => (Code::Time, "timecode of recording"),
        (b"IDIT", false) => (Code::Time, "time of recording"),
        (b"strn", false) => (Code::ItemName, "name of a track"),
        (b"_PMX", false) => (Code::Xmp, "XMP block"),
        (b"DISP", false) => (Code::TagText, "title or small picture"),
        (b"JUNK" | b"junk" | b"JUNQ", false) => (Code::HiddenBytes, "bytes in filling"),
        _ => (Code::ApplicationData, "part that the film does not need"),
    }
}

/// What the walk gathers.
struct Walk<'a, 'd> {
    source: &'a dyn Source,
    bytes: Bytes<'a>,
    out: &'d mut Discovery,
    /// The tracks: those that stay, with how their pictures are read.
    tracks: Vec<Option<Reading>>,
    left: u64,
    looked: usize,
    /// Samples of tracks that go: how many, and where the first stands.
    foreign: Option<(u64, Chunk)>,
}

/// Lists what a film holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let end = source.len();
    let (bytes, tracks) = (Bytes::new(source), Vec::new());
    let mut walk = Walk { source, bytes, out, tracks, left: MOST, looked: 0, foreign: None };
    let mut at = 0;
    while let Some(segment) = chunk(source, at, end)?.filter(|s| s.list && matches!(&s.id, b"AVI " | b"AVIX")) {
        // A film that broke off says that it has no length.
        let stop = if segment.size < 4 { end } else { segment.body.end };
        at = walk.parts(segment.body.start, stop, 0)?.max(if segment.whole { segment.next } else { end });
    }
    if at == 0 {
        return Err(Trouble::Damaged("the file does not begin as a film does"));
    }
    if let Some((count, first)) = walk.foreign.take() {
        let label = format!("samples of a track that goes, {count} of them");
        walk.out.push(Finding::new(Code::TextTrack, first.place(), Action::Remove).labelled(label));
    }
    if at < end {
        let place = Place::bytes("trailer", at, end - at);
        walk.out.push(Finding::new(Code::Trailer, place, Action::Remove).labelled("data behind the film"));
    }
    Ok(())
}

/// The year in which the film says it was made.
pub(in crate::inspect) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut out = Discovery::default();
    let (bytes, tracks) = (Bytes::new(source), Vec::new());
    let mut walk = Walk { source, bytes, out: &mut out, tracks, left: MOST, looked: LOOKED, foreign: None };
    if let Some(segment) = chunk(source, 0, source.len())?.filter(|s| s.is(b"AVI ", true)) {
        walk.parts(segment.body.start, if segment.size < 4 { source.len() } else { segment.body.end }, 0)?;
    }
    Ok(out.year)
}

impl Walk<'_, '_> {
    /// The parts of a list; where it ends.
    fn parts(&mut self, from: u64, end: u64, depth: u8) -> Result<u64, Trouble> {
        let mut at = from;
        while let Some(part) = chunk(self.source, at, end)? {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 || depth > 4 || part.id == [0; 4] {
                return Ok(end);
            }
            let open = part.is(b"movi", true) && part.size < 4;
            at = if open { end } else { part.next };
            match (&part.id, part.list) {
                (b"hdrl" | b"odml" | b"movi" | b"rec ", true) => {
                    self.parts(part.body.start, if open { end } else { part.body.end }, depth + 1)?;
                }
                (b"strl", true) => self.track(&part, depth)?,
                (b"INFO", true) => self.texts(&part)?,
                (b"avih" | b"dmlh" | b"idx1" | b"vprp" | b"strh" | b"strf" | b"indx", false) => {}
                ([b'i', b'x', b'0'..=b'9', b'0'..=b'9'], false) => {}
                (id, false) if stream_of(id).is_some() => self.sample(&part)?,
                _ => self.part(&part)?,
            }
        }
        Ok(at)
    }

    /// A part that goes.
    fn part(&mut self, part: &Chunk) -> Result<(), Trouble> {
        let (code, label) = named(part);
        if &part.id == b"JUNK" && is_zero(&mut self.bytes, part.body.clone())? {
            return Ok(());
        }
        let text = self.bytes.copy(part.body.clone(), SHOWN)?;
        if code == Code::Time || matches!(&part.id, b"hydt" | b"strd") {
            self.made(&text);
        }
        self.out.push_with(Finding::new(code, part.place(), Action::Remove).labelled(label), Identifier::new(text));
        Ok(())
    }

    /// The first four figures in a row that are a year.
    fn made(&mut self, text: &[u8]) {
        let groups = text.split(|b| !b.is_ascii_digit()).filter(|figures| figures.len() == 4);
        let years = groups.filter_map(|figures| std::str::from_utf8(figures).ok()?.parse::<u16>().ok());
        if let Some(year) = years.into_iter().find(|year| (1970..=2200).contains(year)) {
            self.out.made_in(year);
        }
    }

    fn texts(&mut self, list: &Chunk) -> Result<(), Trouble> {
        let (mut at, mut some) = (list.body.start, false);
        while let Some(part) = chunk(self.source, at, list.body.end)?.filter(|_| self.left > 0) {
            self.left -= 1;
            (at, some) = (part.next, true);
            let text = self.bytes.copy(part.body.clone(), SHOWN)?;
            let (code, label) = match &part.id {
                b"ISFT" | b"ITCH" | b"ISRC" | b"ISRF" => (Code::TagDevice, "program or device"),
                b"ICRD" | b"IDIT" => (Code::TagText, "date"),
                _ => (Code::TagText, "text"),
            };
            if label == "date" {
                self.made(&text);
            }
            let finding = Finding::new(code, part.place(), Action::Remove).labelled(label);
            self.out.push_with(finding, Identifier::new(text));
        }
        if some { Ok(()) } else { self.part(list) }
    }

    /// A track, with what stands in its description.
    fn track(&mut self, list: &Chunk, depth: u8) -> Result<(), Trouble> {
        let (mut at, mut kind, mut format) = (list.body.start, Vec::new(), Vec::new());
        while let Some(part) = chunk(self.source, at, list.body.end)?.filter(|_| self.left > 0) {
            self.left -= 1;
            at = part.next;
            match &part.id {
                b"strh" if kind.is_empty() => kind = self.bytes.copy(part.body, 4)?,
                b"strf" if format.is_empty() => format = self.bytes.copy(part.body, SHOWN)?,
                _ => {}
            }
        }
        let reading = match &kind[..] {
            b"vids" => {
                let size = (le32(&format, 4), le32(&format, 8).map(|height| (height as i32).unsigned_abs()));
                if let (Some(width), Some(height), None) = (size.0, size.1, self.out.size) {
                    self.out.size = Some((width, height));
                }
                Some(format::pictures(&format).map_or(Reading::Rows(0), |track| track.reading))
            }
            b"auds" => {
                self.out.both = true;
                Some(Reading::Rows(0))
            }
            _ => {
                let label = "track of text or data";
                self.out.push(Finding::new(Code::TextTrack, list.place(), Action::Remove).labelled(label));
                None
            }
        };
        if self.tracks.len() < 100 {
            self.tracks.push(reading);
        }
        if reading.is_some() {
            self.parts(list.body.start, list.body.end, depth + 1)?;
        }
        Ok(())
    }

    /// A chunk of samples: counted where its track goes, and the first pictures looked into.
    fn sample(&mut self, part: &Chunk) -> Result<(), Trouble> {
        let track = stream_of(&part.id).and_then(|number| self.tracks.get(number)).copied().flatten();
        let Some(reading) = track else {
            let (count, _) = self.foreign.get_or_insert_with(|| (0, part.clone()));
            *count += 1;
            return Ok(());
        };
        let Reading::Jpeg(rows) = reading else { return Ok(()) };
        let length = part.body.end - part.body.start;
        if self.looked >= LOOKED || length > LARGEST || length == 0 || !part.whole {
            return Ok(());
        }
        self.looked += 1;
        let sample = self.bytes.copy(part.body.clone(), length as usize)?;
        // A damaged picture is told by whoever cleans it.
        let Ok(fields) = picture::fields(&sample, rows) else { return Ok(()) };
        for (range, _) in fields {
            let bytes = sample[range.clone()].to_vec();
            let mut inside = Discovery::default();
            if jpeg::discover(&bytes, &mut inside).is_err() {
                continue;
            }
            for mut finding in inside.findings.into_iter().filter(|f| f.action != Action::Keep) {
                let mut filled = false;
                if let Place::Bytes { offset, length, .. } = &mut finding.place {
                    let place = *offset as usize..offset.saturating_add(*length) as usize;
                    filled =
                        bytes.get(place).is_some_and(|b| b.iter().all(|b| *b == 0xff) || b.iter().all(|b| *b == 0));
                    filled |= *offset == 2 && bytes.get(6..10) == Some(b"AVI1");
                    *offset += part.body.start + range.start as u64;
                }
                finding.label.push_str(", in a picture of the film");
                let told = self.out.findings.iter().any(|f| f.code == finding.code && f.label == finding.label);
                if !filled && !told {
                    self.out.push(finding);
                }
            }
        }
        Ok(())
    }
}
