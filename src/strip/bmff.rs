//! The surgeon for films and sound in ISO base media (MP4, MOV, M4V, 3GP, M4A): blanks in place, so that no offset in the
//! file ever moves. What no rule keeps is zero afterwards, metadata tracks and their samples included.
//!
//! ISO/IEC 14496-12 (boxes, tracks, fragments), 14496-14 (MP4), 14496-15 (H.264 and H.265 in it), QuickTime File Format
//! (Apple, 2012), 3GPP TS 26.244.

pub(super) mod audio;
mod clock;
pub(super) mod coding;
mod descriptor;
mod entry;
mod fragment;
mod header;
pub(super) mod motion;
mod movie;
pub(super) mod mpeg;
pub(super) mod note;
mod part;
mod rule;
pub(super) mod sample;
pub(super) mod setting;
mod sheet;
mod shown;
mod stream;
mod table;
mod text;
mod track;

use super::Options;
use super::operation::Operation;
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use clock::Clock;
use part::{Part, Walk};
use sheet::{Sheet, is_blank};
use track::Track;

/// The longest list of brands, and the longest small part that is read whole.
const SMALL: u64 = 64 * 1024;

/// Why a film is not cleaned, with advice for films.
fn refused(what: &str) -> Refusal {
    Refusal {
        code: "not-understood",
        what: what.to_owned(),
        advice: "Open the recording in the program that made it and save it as an ordinary MP4, then run scrubs again.",
    }
}

/// A description that contradicts itself.
fn undescribed() -> Refusal {
    refused("the film does not say rightly how it is coded")
}

/// One film in work.
struct Film<'a> {
    source: &'a dyn Source,
    operation: Operation<'a>,
    sheet: Sheet,
    tracks: Vec<Track>,
    /// Bytes of samples so far; samples that share bytes count each time.
    taken: u64,
    /// Where the last box of the file ends: what stands behind it goes, so no sample may lie there.
    end: u64,
    size: (u32, u32),
    /// Ticks in a second of the film's clock.
    scale: u32,
    /// What is taken from times that count from a date.
    clock: Clock,
}

/// A film of which nothing is known yet.
fn begun(source: &dyn Source) -> Film<'_> {
    Film {
        source,
        operation: Operation::new(source),
        sheet: Sheet::default(),
        tracks: Vec::new(),
        taken: 0,
        end: source.len(),
        size: (0, 0),
        scale: 0,
        clock: Clock::default(),
    }
}

/// Plans the cleaning of a film or of a sound recording.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut film = begun(source);
    let format = film.survey()?;
    film.lay_parts()?;
    film.is_shown()?;
    let Film { mut operation, sheet, size, end, .. } = film;
    sheet.lay(&mut operation, source, end)?;
    let behind = end..source.len();
    if !behind.is_empty() && !is_blank(source, behind.clone())? {
        operation.found_as(Code::Trailer, "data behind the film", "trailer", behind, Action::Remove);
    }
    let mut plan = operation.close_by("blank-in-place", format, size.0, size.1);
    if size == (0, 0) {
        (plan.width, plan.height) = (None, None);
    }
    Ok(plan)
}

impl Film<'_> {
    /// Reads what the file is, where its last box ends, where its media data lie, and its tracks.
    fn survey(&mut self) -> Result<Format, Refusal> {
        let (mut walk, mut movie, mut format, mut first) = (Walk::top(self.source), None, Format::Mov, true);
        while let Some(part) = walk.next(self.source)? {
            match &part.kind {
                b"ftyp" if first => format = self.brands(&part)?,
                b"moov" if part.cut => {
                    return Err(Refusal::truncated("the file ends inside the description of its tracks"));
                }
                b"moov" if movie.is_some() => return Err(refused("the film is described twice")),
                b"moov" => movie = Some(part.clone()),
                b"moof" if part.cut => return Err(Refusal::truncated("the file ends inside a fragment")),
                b"mdat" => self.sheet.media(part.body..part.end)?,
                _ => {}
            }
            first = false;
        }
        self.end = walk.at();
        let movie = movie.ok_or_else(|| refused("the file does not describe its film"))?;
        self.movie(&movie)?;
        Ok(format)
    }

    /// The brands stay that are known; a format is told by the first.
    fn brands(&mut self, part: &Part) -> Result<Format, Refusal> {
        let old = self.read(part, SMALL)?;
        let mut new = old.clone();
        if new.len() < 8 {
            return Err(refused("the file does not begin as a film does"));
        }
        let whole = new.len() / 4 * 4;
        new[whole..].fill(0);
        let format = rule::format(&new[..4]);
        // The minor version is a number of the writer's choosing; QuickTime's are dates of its standard.
        new[4..8].fill(0);
        for (index, brand) in new[..whole].chunks_exact_mut(4).enumerate().filter(|(index, _)| *index != 1) {
            if !rule::is_brand(brand) {
                brand.copy_from_slice(if index == 0 { rule::major(format) } else { b"isom" });
            }
        }
        if new != old {
            let version = new[..4] == old[..4] && new[8..] == old[8..];
            let label = if version { "version of the writer" } else { "brand on no list" };
            let code = Code::ApplicationData;
            self.operation.found_as(code, label, &part.name(), part.range(), Action::Replace);
        }
        self.keep_head(part)?;
        self.sheet.write(part.body, new);
        Ok(format)
    }

    /// Says what becomes of each box of the file but the description of the film.
    fn lay_parts(&mut self) -> Result<(), Refusal> {
        let mut walk = Walk::top(self.source);
        let mut first = true;
        while let Some(part) = walk.next(self.source)? {
            match &part.kind {
                b"ftyp" if first => {}
                b"moov" => {}
                b"mdat" if part.cut => {
                    self.operation.found(Code::Truncated, "mdat", part.range(), Action::Replace);
                    self.sheet.write(part.start, part.header(*b"mdat"));
                }
                b"mdat" => self.keep_head(&part)?,
                b"moof" => self.fragment(&part)?,
                b"styp" => self.segment(&part)?,
                b"sidx" => self.index(&part)?,
                b"mfra" => self.random_access(&part)?,
                _ => self.free(&part)?,
            }
            first = false;
        }
        Ok(())
    }

    /// The brands of a segment, each of them known.
    fn segment(&mut self, part: &Part) -> Result<(), Refusal> {
        let bytes = if part.length() <= SMALL { self.read(part, SMALL)? } else { Vec::new() };
        let known = bytes.len() >= 8
            && bytes.len().is_multiple_of(4)
            && bytes
                .chunks_exact(4)
                .enumerate()
                .all(|(i, brand)| if i == 1 { brand == [0; 4] } else { rule::is_brand(brand) });
        if known { self.sheet.keep(part.range()) } else { self.free(part) }
    }

    /// The payload of a small part.
    fn read(&mut self, part: &Part, limit: u64) -> Result<Vec<u8>, Refusal> {
        if part.length() > limit {
            return Err(Refusal::too_large("a part of the film's description is larger than any real one"));
        }
        self.operation.reader.read(part.body..part.end, limit)
    }

    /// Keeps the header of a part.
    fn keep_head(&mut self, part: &Part) -> Result<(), Refusal> {
        self.sheet.keep(part.start..part.body)
    }

    /// Turns a part into free space of the same size.
    fn free(&mut self, part: &Part) -> Result<(), Refusal> {
        let (code, label) = rule::gone(&part.kind);
        self.free_as(part, code, label)
    }

    /// Turns a part into free space of the same size, and tells what it was.
    fn free_as(&mut self, part: &Part, code: Code, label: &str) -> Result<(), Refusal> {
        let space = matches!(&part.kind, b"free" | b"skip" | b"wide") && !part.cut;
        if space && is_blank(self.source, part.body..part.end)? {
            return self.sheet.keep(part.range());
        }
        let (code, label) = match &part.kind {
            b"uuid" if !part.cut => {
                let mut id = [0; 16];
                let read = self.source.read_at(part.body, &mut id)?;
                rule::unique(&id[..read]).unwrap_or((code, label))
            }
            // What reaches past the end of the file is no box: other bytes that read like one.
            _ if part.cut => (Code::Trailer, "data behind the film"),
            _ => (code, label),
        };
        self.operation.found_as(code, label, &part.name(), part.range(), Action::Remove);
        self.sheet.gone(part.range())?;
        self.sheet.write(part.start, part.header(if space { part.kind } else { *b"free" }));
        Ok(())
    }

    /// Puts a part's new payload in its place, which has the same length; tells where it differs.
    fn replace(&mut self, part: &Part, old: &[u8], new: Vec<u8>, code: Code, label: &str) -> Result<(), Refusal> {
        if old != new {
            self.operation.found_as(code, label, &part.name(), part.range(), Action::Replace);
        }
        self.keep_head(part)?;
        self.sheet.write(part.body, new);
        Ok(())
    }
}
