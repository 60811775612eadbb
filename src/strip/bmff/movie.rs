//! The description of a film: which tracks stay, what each box of it may hold, and what goes.
//!
//! ISO/IEC 14496-12, 8.2 to 8.8; QuickTime File Format, "Movie Atoms".

use super::part::{Part, Walk, child, number};
use super::rule::{self, Sort};
use super::sheet::Ranges;
use super::track::Track;
use super::{Film, SMALL, refused};
use crate::finding::Action;
use crate::plan::Refusal;
use std::ops::Range;

/// Tracks of one film; real ones have fewer than twenty.
const TRACKS: usize = 256;

impl Film<'_> {
    /// Reads the `moov` box and says what becomes of all that is in it.
    pub(super) fn movie(&mut self, movie: &Part) -> Result<(), Refusal> {
        self.keep_head(movie)?;
        let mut tracks = Vec::new();
        let mut walk = Walk::inside(movie.body..movie.end);
        let (mut defaults, mut headers, mut extends) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(part) = walk.next(self.source)? {
            match &part.kind {
                b"cmov" => return Err(refused("the film's description is compressed, which is not cleaned here")),
                b"rmra" => return Err(refused("the file only points to other files")),
                b"pssh" => return Err(refused("the film is locked (encrypted)")),
                b"trak" if tracks.len() >= TRACKS => {
                    return Err(Refusal::too_large("the film has more tracks than any real one"));
                }
                b"trak" => tracks.push(part),
                b"mvhd" if !headers.is_empty() => return Err(refused("the film is described twice")),
                b"mvhd" => headers.push(part),
                b"mvex" => {
                    defaults = self.defaults(&part)?;
                    extends.push(part);
                }
                _ => self.free(&part)?,
            }
        }
        for header in &headers {
            let header = self.read(header, SMALL)?;
            self.scale = number(&header, if header.first() == Some(&1) { 20 } else { 12 }).unwrap_or(0);
        }
        self.survey_tracks(&tracks, &defaults)?;
        self.read_clock()?;
        for header in &headers {
            self.header(header)?;
        }
        for part in &extends {
            self.extends(part)?;
        }
        let kept = self.tracks.iter().filter(|track| track.sort.is_some()).count();
        if kept == 0 || self.tracks.iter().all(|track| !matches!(track.sort, Some(Sort::Video | Sort::Sound))) {
            return Err(refused("the file holds neither pictures nor sound"));
        }
        for index in 0..self.tracks.len() {
            let track = self.tracks[index].clone();
            match track.sort {
                Some(sort) => {
                    self.shown(index)?;
                    self.track(index, &track, sort)?;
                }
                None => self.drop_track(&track)?,
            }
        }
        Ok(())
    }

    /// Says of each track whether it stays.
    fn survey_tracks(&mut self, parts: &[Part], defaults: &[(u32, u32, u32)]) -> Result<(), Refusal> {
        let mut chapters = Vec::new();
        for part in parts {
            let mut track = self.outline(part)?;
            let own = defaults.iter().find(|(id, ..)| *id == track.id);
            (track.default_length, track.default_size) = own.map_or((0, 0), |(_, length, size)| (*length, *size));
            chapters.extend(track.chapters.iter().copied());
            if self.tracks.iter().any(|other| other.id == track.id) {
                return Err(refused("two tracks of the film have the same number"));
            }
            self.tracks.push(track);
        }
        // Titles of chapters are a list of texts; their pictures are small copies from the film.
        for track in self.tracks.iter_mut().filter(|track| chapters.contains(&track.id)) {
            if track.sort != Some(Sort::Sound) {
                track.sort = None;
                track.chapter = true;
            }
        }
        Ok(())
    }

    /// What a track is, without going into its samples.
    fn outline(&mut self, part: &Part) -> Result<Track, Refusal> {
        let inside = part.body..part.end;
        let broken = || refused("a track of the film is damaged");
        let header = child(self.source, inside.clone(), b"tkhd")?.ok_or_else(broken)?;
        let header = self.read(&header, SMALL)?;
        let id = number(&header, if header.first() == Some(&1) { 20 } else { 12 }).ok_or_else(broken)?;
        let mut track = Track::new(part.clone(), id);
        if let Some(references) = child(self.source, inside.clone(), b"tref")?
            && let Some(chapters) = child(self.source, references.body..references.end, b"chap")?
        {
            let ids = self.read(&chapters, SMALL)?;
            track.chapters = ids.chunks_exact(4).filter_map(|id| number(id, 0)).collect();
        }
        let Some(media) = child(self.source, inside, b"mdia")? else { return Ok(track) };
        let media = media.body..media.end;
        if let Some(header) = child(self.source, media.clone(), b"mdhd")? {
            let header = self.read(&header, SMALL)?;
            track.ticks = number(&header, if header.first() == Some(&1) { 20 } else { 12 }).unwrap_or(0);
        }
        if let Some(handler) = child(self.source, media.clone(), b"hdlr")? {
            let handler = self.read(&handler, SMALL)?;
            track.handler = handler.get(8..12).and_then(|kind| kind.try_into().ok()).unwrap_or_default();
        }
        track.table = self.sample_table(media)?;
        track.sort = rule::sort(&track.handler);
        let kind = self.first_entry(&track)?;
        track.entry = kind.unwrap_or_default();
        // Of texts only subtitles of two kinds are understood; all others go as metadata do.
        if track.sort == Some(Sort::Subtitle) && rule::manner(Sort::Subtitle, &track.entry).is_none() {
            track.sort = None;
        }
        // Some writers leave a track behind in which there is nothing.
        if kind.is_none() && track.sort.is_some() {
            track.sort = None;
        }
        Ok(track)
    }

    fn sample_table(&self, media: Range<u64>) -> Result<Option<Part>, Refusal> {
        let Some(information) = child(self.source, media, b"minf")? else { return Ok(None) };
        child(self.source, information.body..information.end, b"stbl")
    }

    fn first_entry(&self, track: &Track) -> Result<Option<[u8; 4]>, Refusal> {
        let Some(table) = &track.table else { return Ok(None) };
        let Some(list) = child(self.source, table.body..table.end, b"stsd")? else { return Ok(None) };
        let first = Walk::inside(list.body.saturating_add(8)..list.end).next(self.source)?;
        Ok(first.map(|entry| entry.kind))
    }

    /// Defaults of fragments: track, and default length and size of a sample.
    fn defaults(&mut self, part: &Part) -> Result<Vec<(u32, u32, u32)>, Refusal> {
        let mut defaults = Vec::new();
        let mut walk = Walk::inside(part.body..part.end);
        while let Some(child) = walk.next(self.source)? {
            if &child.kind == b"trex" && child.length() >= 24 && defaults.len() < TRACKS {
                let bytes = self.read(&child, SMALL)?;
                let at = |at| number(&bytes, at).unwrap_or(0);
                defaults.push((at(4), at(12), at(16)));
            }
        }
        Ok(defaults)
    }

    /// `mvex`: defaults of fragments, and how long they are together.
    fn extends(&mut self, part: &Part) -> Result<(), Refusal> {
        self.keep_head(part)?;
        let mut walk = Walk::inside(part.body..part.end);
        let mut told = 0;
        while let Some(child) = walk.next(self.source)? {
            match &child.kind {
                b"trex" if child.length() >= 24 && told < TRACKS => {
                    told += 1;
                    self.fixed(&child, 24, &[])?;
                }
                b"mehd" => self.whole_length(&child)?,
                _ => self.free(&child)?,
            }
        }
        Ok(())
    }

    /// A track that goes: its description becomes free space, and its samples with everything else that nobody keeps.
    fn drop_track(&mut self, track: &Track) -> Result<(), Refusal> {
        let mut ranges = Ranges::default();
        let mut count = 0_u64;
        // Whatever cannot be followed in it is blanked all the same, since nothing keeps it.
        let samples = track.table.as_ref().map(|table| {
            self.each_chunk(table, None, None, &mut |_, range, samples| {
                count += samples;
                ranges.push(range)
            })
        });
        if let Some(Ok(())) = samples {
            for range in ranges.join() {
                self.sheet.foreign(range.clone())?;
            }
        }
        let (code, what) = track.what();
        let label = if count > 0 { format!("{what}, {count} records") } else { what.to_owned() };
        let part = &track.part;
        self.operation.found_as(code, &label, &part.name(), part.range(), Action::Remove);
        self.sheet.gone(part.range())?;
        self.sheet.write(part.start, part.header(*b"free"));
        Ok(())
    }
}
