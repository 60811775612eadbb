//! Image sequences: the tracks of a `moov` box, of pictures alone, without times or names.
//!
//! ISO/IEC 14496-12 sections 8.2 to 8.8 (moov, trak, mdia, minf, stbl), 12.1 (video tracks); ISO/IEC 23008-12 section 7
//! (pict tracks, ccst, auxi).

use super::coded::{self, Codec};
use super::output::{Output, unaccounted};
use super::property::{self, Hevc};
use crate::finding::{Action, Code, Finding};
use crate::inspect::boxes::{Box4, Numbers, Spans, list, name};
use crate::inspect::bytes::Bytes;
use crate::inspect::{Discovery, Trouble};
use crate::place::Place;
use std::ops::Range;

mod table;

#[cfg(test)]
mod tests;

/// The longest `moov` box that is read.
const LONGEST: u64 = 16 << 20;

/// The most samples of one file.
const MOST_SAMPLES: usize = 1 << 18;

/// How deep boxes may be nested.
const DEEPEST: usize = 8;

/// Tracks of pictures: sequences, video, and what goes with them (14496-12 12.1.1; 23008-12 7.2).
const HANDLERS: &[&[u8; 4]] = &[b"pict", b"vide", b"auxv"];

/// Which boxes stand in which.
const INNER: &[(&[u8; 4], &[&[u8; 4]])] = &[
    (b"moov", &[b"mvhd", b"trak"]),
    (b"trak", &[b"tkhd", b"edts", b"tref", b"mdia"]),
    (b"edts", &[b"elst"]),
    (b"mdia", &[b"mdhd", b"hdlr", b"minf"]),
    (b"minf", &[b"vmhd", b"nmhd", b"dinf", b"stbl"]),
    (
        b"stbl",
        &[b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stco", b"co64", b"stss", b"sdtp", b"sbgp", b"sgpd"],
    ),
];

/// What viewers heed of a track: how it is shown, when, and how it is coded.
const HEEDED: &[&[u8; 4]] = &[b"tkhd", b"elst", b"mdhd", b"stts", b"ctts", b"stss"];

/// One track.
#[derive(Debug, Default, PartialEq, Eq)]
struct Track {
    handler: [u8; 4],
    codec: Option<Codec>,
    /// Each sample in the file.
    samples: Vec<Range<u64>>,
    /// What viewers heed, without times.
    looks: Vec<([u8; 4], Vec<u8>)>,
    tables: table::Tables,
}

/// The tracks of a file.
#[derive(Debug, Default)]
pub(super) struct Film {
    tracks: Vec<Track>,
    header: Vec<u8>,
    /// What should not be there: its kind, what a person calls it, where in the box.
    told: Vec<(Code, String, Range<usize>)>,
    /// Numbers that are searched for removed strings.
    numbers: Vec<Range<usize>>,
}

/// Reads the tracks of an output, and accounts for all that stands in them.
pub(super) fn read(bytes: &mut Bytes<'_>, boxes: &[Box4], output: &mut Output) -> Result<Option<Film>, Trouble> {
    let Some(found) = boxes.iter().find(|b| &b.kind == b"moov") else { return Ok(None) };
    let (film, data) = film(bytes, found)?;
    for (_, label, range) in &film.told {
        let start = found.data.start;
        output.note(label.clone(), "moov", &(start + range.start as u64..start + range.end as u64));
    }
    for range in &film.numbers {
        output.hay.add(data.get(range.clone()).unwrap_or_default())?;
    }
    if film.tracks.is_empty() {
        return Err(unaccounted("an image sequence without tracks", found.range.clone()));
    }
    for track in &film.tracks {
        let Some(codec) = track.codec else { continue };
        for sample in &track.samples {
            if let Some(what) = coded::fault(bytes, &Spans::new(Some(sample.clone())), codec)? {
                output.note(what, "sample", sample);
            }
        }
        output.taken.extend(track.samples.iter().cloned());
    }
    Ok(Some(film))
}

/// Whether an output's tracks are the original's: all tracks of pictures, shown the same, with the same samples.
pub(super) fn same(original: (&mut Bytes<'_>, &[Box4]), output: (&mut Bytes<'_>, Option<Film>)) -> Result<(), Trouble> {
    let ((before, boxes), (after, new)) = (original, output);
    let old = match boxes.iter().find(|b| &b.kind == b"moov") {
        Some(found) => Some(film(before, found)?.0),
        None => None,
    };
    let (Some(old), Some(new)) = (&old, &new) else {
        return if old.is_none() && new.is_none() { Ok(()) } else { Err(Trouble::SamplesChanged) };
    };
    let pictures: Vec<&Track> = old.tracks.iter().filter(|t| HANDLERS.contains(&&t.handler)).collect();
    if pictures.len() != new.tracks.len() || old.header != new.header {
        return Err(Trouble::SamplesChanged);
    }
    for (x, y) in pictures.into_iter().zip(&new.tracks) {
        if x.handler != y.handler || x.codec != y.codec || x.looks != y.looks || x.samples.len() != y.samples.len() {
            return Err(Trouble::SamplesChanged);
        }
        let codec = x.codec.ok_or(Trouble::SamplesChanged)?;
        for (a, b) in x.samples.iter().zip(&y.samples) {
            let (a, b) = (Spans::new(Some(a.clone())), Spans::new(Some(b.clone())));
            if !coded::same((&mut *before, &a), (&mut *after, &b), codec)? {
                return Err(Trouble::SamplesChanged);
            }
        }
    }
    Ok(())
}

/// Lists what the tracks hold beside pictures; gives what of the media data their samples take.
pub(super) fn discover(bytes: &mut Bytes<'_>, found: &Box4, out: &mut Discovery) -> Result<Vec<Range<u64>>, Trouble> {
    let (film, _) = film(bytes, found)?;
    for (code, label, range) in film.told {
        let place = Place::bytes("moov", found.data.start + range.start as u64, range.len() as u64);
        let action = if code == Code::Time { Action::Replace } else { Action::Remove };
        out.push(Finding::new(code, place, action).labelled(label));
    }
    Ok(film.tracks.into_iter().flat_map(|t| t.samples).collect())
}

fn film(bytes: &mut Bytes<'_>, found: &Box4) -> Result<(Film, Vec<u8>), Trouble> {
    if found.length() > LONGEST {
        return Err(Trouble::TooLarge("a moov box of more than 16 MB"));
    }
    let data = bytes.copy(found.data.clone(), LONGEST as usize)?;
    let mut film = Film::default();
    film.inner(&data, b"moov", 0..data.len(), DEEPEST)?;
    let (length, mut all, mut taken) = (bytes.len(), 0, 0u64);
    for track in film.tracks.iter_mut().filter(|t| HANDLERS.contains(&&t.handler)) {
        let samples = track.tables.samples(MOST_SAMPLES.saturating_sub(all));
        let samples = samples.ok_or(Trouble::Damaged("samples that cannot be found"))?;
        all += samples.len();
        taken = samples.iter().fold(taken, |sum, r| sum.saturating_add(r.end - r.start));
        if samples.iter().any(|r| r.end > length) {
            return Err(Trouble::Damaged("samples that lie outside of the file"));
        }
        if taken > length.saturating_mul(4) {
            return Err(Trouble::TooLarge("samples that overlap many times"));
        }
        track.samples = samples;
    }
    Ok((film, data))
}

impl Film {
    fn tell(&mut self, code: Code, label: impl Into<String>, range: &Range<usize>) {
        if self.told.len() < 200 {
            self.told.push((code, label.into(), range.clone()));
        }
    }

    fn inner(&mut self, data: &[u8], kind: &[u8; 4], range: Range<usize>, depth: usize) -> Result<(), Trouble> {
        let allowed = INNER.iter().find(|(k, _)| *k == kind).map_or(&[][..], |(_, inner)| *inner);
        let (boxes, filled) = list(data, range.clone())?;
        if !filled || depth == 0 {
            self.tell(Code::Junk, "bytes among the tracks that are no box", &range);
            return Ok(());
        }
        for found in boxes {
            let range = found.data.start as usize..found.data.end as usize;
            let content = data.get(range.clone()).unwrap_or_default();
            let kind = &found.kind;
            if matches!(kind, b"free" | b"skip") {
                if content.iter().any(|b| *b != 0) {
                    self.tell(Code::Junk, "bytes in free space", &range);
                }
            } else if !allowed.contains(&kind) {
                let (code, label) = match kind {
                    b"udta" => (Code::Text, "user data".to_owned()),
                    _ => (Code::ApplicationData, format!("part of a track on no list ({})", name(*kind))),
                };
                self.tell(code, label, &range);
            } else if INNER.iter().any(|(k, _)| *k == kind) {
                if kind == b"trak" {
                    self.tracks.push(Track::default());
                }
                self.inner(data, kind, range, depth - 1)?;
            } else {
                self.leaf(kind, content, range)?;
            }
        }
        Ok(())
    }

    fn leaf(&mut self, kind: &[u8; 4], content: &[u8], range: Range<usize>) -> Result<(), Trouble> {
        if !table::is_allowed(kind, content) {
            self.tell(
                Code::ApplicationData,
                format!("part of a track that is not as its kind is ({})", name(*kind)),
                &range,
            );
        }
        let times = match (kind, content.first()) {
            (b"mvhd" | b"tkhd" | b"mdhd", Some(0)) => 4..12,
            (b"mvhd" | b"tkhd" | b"mdhd", _) => 4..20,
            _ => 0..0,
        };
        if content.get(times.clone()).is_some_and(|t| t.iter().any(|b| *b != 0)) {
            self.tell(Code::Time, "time of making of a track", &range);
        }
        let timeless = table::heeded(kind, content);
        if kind == b"mvhd" {
            self.header = timeless;
            return Ok(());
        }
        if kind == b"hdlr" {
            self.handler(content, &range);
        } else if !matches!(kind, b"stsd" | b"dinf") && property::wordy(content, 8) {
            self.tell(Code::Text, "words among the numbers of a track", &range);
        }
        let Some(track) = self.tracks.last_mut() else { return Ok(()) };
        if kind == b"tref" {
            // Others than these go.
            let (boxes, _) = list(content, 0..content.len())?;
            let shown = boxes.into_iter().filter(|b| matches!(&b.kind, b"auxl" | b"prem"));
            let of =
                |b: Box4| content.get(b.data.start as usize..b.data.end as usize).map(|ids| (b.kind, ids.to_vec()));
            track.looks.extend(shown.filter_map(of));
        } else if HEEDED.contains(&kind) {
            track.looks.push((*kind, timeless));
        }
        track.tables.take(kind, content);
        if kind == b"stsd" {
            return self.descriptions(content, range.start);
        }
        self.numbers.push(range);
        Ok(())
    }

    fn handler(&mut self, content: &[u8], range: &Range<usize>) {
        let kind: [u8; 4] = content.get(8..12).and_then(|k| k.try_into().ok()).unwrap_or_default();
        match &kind {
            _ if HANDLERS.contains(&&kind) => {}
            b"soun" => self.tell(Code::EmbeddedVideo, "sound", range),
            _ => self.tell(Code::ApplicationData, format!("track that is no picture ({})", name(kind)), range),
        }
        if content.get(24..).is_some_and(|n| n.iter().any(|b| *b != 0)) {
            self.tell(Code::ItemName, "name of a handler", range);
        }
        if let Some(track) = self.tracks.last_mut() {
            track.handler = kind;
        }
    }

    /// How samples are coded: one kind, with settings and properties that are on the list (8.5.2, 12.1.3).
    fn descriptions(&mut self, content: &[u8], at: usize) -> Result<(), Trouble> {
        let (boxes, filled) = list(content, 8.min(content.len())..content.len())?;
        let shift = |r: &Range<u64>| at + r.start as usize..at + r.end as usize;
        if !filled || boxes.len() != 1 || content.get(..8) != Some(&[0, 0, 0, 0, 0, 0, 0, 1]) {
            self.tell(Code::ApplicationData, "samples of more than one kind", &(at..at + content.len()));
        }
        for found in boxes {
            let entry = content.get(found.data.start as usize..found.data.end as usize).unwrap_or_default();
            let zero = |r: Range<usize>| entry.get(r).is_some_and(|b| b.iter().all(|b| *b == 0));
            if !(matches!(&found.kind, b"hvc1" | b"av01") && zero(0..6) && zero(8..24)) {
                self.tell(Code::ApplicationData, "samples of a kind on no list", &shift(&found.range));
            }
            if property::wordy(entry.get(24..42).unwrap_or_default(), 8) {
                self.tell(Code::Text, "words among the numbers of a track", &shift(&found.range));
            }
            if !zero(42..74) {
                self.tell(Code::ItemName, "name of the encoder", &shift(&found.range));
            }
            let (inner, filled) = list(entry, 78.min(entry.len())..entry.len())?;
            if !filled {
                self.tell(Code::Junk, "bytes among the tracks that are no box", &shift(&found.range));
            }
            let start = found.data.start as usize;
            let mut looks = vec![(found.kind, entry.get(24..42).unwrap_or_default().to_vec())];
            let mut codec = (&found.kind == b"av01").then_some(Codec::Av1);
            for part in inner {
                let range = start + part.data.start as usize..start + part.data.end as usize;
                let content = content.get(range.clone()).unwrap_or_default();
                if let (b"hvcC", Some(config)) = (&part.kind, Hevc::read(content)) {
                    codec = Some(Codec::Hevc(config.length_size()));
                }
                self.setting(&part.kind, content, at + range.start..at + range.end);
                if matches!(&part.kind, b"irot" | b"imir" | b"clap" | b"pasp" | b"ccst" | b"auxi") {
                    looks.push((part.kind, content.to_vec()));
                }
            }
            if let Some(track) = self.tracks.last_mut() {
                track.codec = codec;
                track.looks.extend(looks);
            }
        }
        Ok(())
    }

    fn setting(&mut self, kind: &[u8; 4], content: &[u8], range: Range<usize>) {
        let plain = match kind {
            b"ccst" => content.len() == 8,
            b"btrt" => content.len() == 12,
            b"fiel" => content.len() == 2,
            b"auxi" => property::is_allowed(b"auxC", content),
            b"free" | b"skip" => content.iter().all(|b| *b == 0),
            b"av1C" => {
                let units = content.get(4..).unwrap_or_default();
                let spans = Spans::new(Some(0..units.len() as u64));
                property::is_allowed(kind, content)
                    && matches!(coded::fault(&mut Bytes::over(units), &spans, Codec::Av1), Ok(None))
            }
            _ => property::is_allowed(kind, content),
        };
        if !plain && kind == b"colr" {
            self.tell(Code::IccDescription, Code::IccDescription.label(), &range);
        } else if !plain {
            self.tell(Code::ApplicationData, format!("setting of a track on no list ({})", name(*kind)), &range);
        }
        if matches!(kind, b"ccst" | b"btrt" | b"pasp" | b"clap") {
            self.numbers.push(range);
        }
    }
}

/// A table of `count` rows of `row` bytes behind a full box's head and the count.
fn is_table(content: &[u8], row: usize) -> bool {
    let mut numbers = Numbers::new(content);
    numbers.number(4);
    let count = numbers.number(4) as usize;
    !numbers.past() && numbers.remaining() == count.saturating_mul(row)
}
