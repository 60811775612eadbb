//! A track that stays: its headers, its references, its media.
//!
//! ISO/IEC 14496-12, 8.3 to 8.5 and 12; QuickTime File Format, "Track Atoms".

use super::coding::Coding;
use super::part::{Part, Walk, number};
use super::rule::{self, Sort};
use super::shown::Shown;
use super::{Film, SMALL, refused};
use crate::finding::{Action, Code};
use crate::plan::Refusal;

/// What is known of a track.
#[derive(Debug, Clone)]
pub(super) struct Track {
    pub(super) part: Part,
    pub(super) id: u32,
    pub(super) handler: [u8; 4],
    /// Type of the first sample entry.
    pub(super) entry: [u8; 4],
    /// What stays it as; none where it goes.
    pub(super) sort: Option<Sort>,
    pub(super) chapter: bool,
    /// Tracks that hold this one's chapters.
    pub(super) chapters: Vec<u32>,
    pub(super) table: Option<Part>,
    /// Size of a sample in fragments that do not say one.
    pub(super) default_size: u32,
    /// How long it lasts where they do not say that.
    pub(super) default_length: u32,
    /// Ticks in a second of its clock.
    pub(super) ticks: u32,
    /// How many of them its samples in fragments last so far.
    pub(super) lasted: u64,
    /// How its samples are read; known once its entries are.
    pub(super) coding: Option<Coding>,
    /// What of it is shown, where an edit list says so.
    pub(super) shown: Option<Shown>,
}

impl Track {
    pub(super) fn new(part: Part, id: u32) -> Self {
        Self {
            part,
            id,
            handler: [0; 4],
            entry: [0; 4],
            sort: None,
            chapter: false,
            chapters: Vec::new(),
            table: None,
            default_size: 0,
            default_length: 0,
            ticks: 0,
            lasted: 0,
            coding: None,
            shown: None,
        }
    }

    /// What a person would call a track that goes.
    pub(super) fn what(&self) -> (Code, &'static str) {
        match (&self.entry, &self.handler) {
            _ if self.chapter => (Code::Text, "list of chapters"),
            (b"gpmd" | b"camm" | b"mebx" | b"rtmd" | b"mett" | b"metx" | b"urim", _) => {
                (Code::MetadataTrack, "track of positions, movements or settings")
            }
            (b"tmcd", _) => (Code::MetadataTrack, "track of timecodes"),
            (_, b"text" | b"sbtl" | b"subt" | b"clcp") => (Code::Text, "track of texts"),
            _ => (Code::MetadataTrack, "track of metadata"),
        }
    }
}

impl Film<'_> {
    /// Says what becomes of a track that stays.
    pub(super) fn track(&mut self, index: usize, track: &Track, sort: Sort) -> Result<(), Refusal> {
        self.keep_head(&track.part)?;
        let (mut media, mut edits) = (false, false);
        let mut walk = Walk::inside(track.part.body..track.part.end);
        while let Some(part) = walk.next(self.source)? {
            match &part.kind {
                b"tkhd" => {
                    let header = self.header(&part)?;
                    self.measure(&header, sort);
                }
                b"edts" if !edits => {
                    edits = true;
                    self.edits(&part, track.ticks)?;
                }
                b"tapt" => self.aperture(&part)?,
                b"tref" => self.relations(&part)?,
                b"mdia" if !media => {
                    media = true;
                    self.media(index, &part, sort)?;
                }
                _ => self.free(&part)?,
            }
        }
        if sort == Sort::Subtitle {
            let range = track.part.range();
            self.operation.found_as(Code::Subtitles, "subtitles, which stay", "trak", range, Action::Keep);
        }
        Ok(())
    }

    /// The size of the first picture track, in whole pixels.
    fn measure(&mut self, header: &[u8], sort: Sort) {
        let end = if header.first() == Some(&1) { 96 } else { 84 };
        let size = |at| number(header, at).map_or(0, |size: u32| size >> 16);
        if sort == Sort::Video && self.size == (0, 0) {
            self.size = (size(end - 8), size(end - 4));
        }
    }

    /// References to tracks that stay; all others go.
    fn relations(&mut self, part: &Part) -> Result<(), Refusal> {
        let mut kept = Vec::new();
        let mut walk = Walk::inside(part.body..part.end);
        while let Some(child) = walk.next(self.source)? {
            let listed = rule::REFERENCES.contains(&&child.kind) && child.length() <= SMALL;
            let ids = if listed { self.read(&child, SMALL)? } else { Vec::new() };
            let stays = |id: &[u8]| {
                let id = number(id, 0).unwrap_or(0);
                self.tracks.iter().any(|track| track.id == id && track.sort.is_some())
            };
            let whole = listed && !ids.is_empty() && ids.len().is_multiple_of(4) && ids.chunks_exact(4).all(stays);
            kept.push((child, whole));
        }
        if !kept.iter().any(|(_, stays)| *stays) {
            return self.free_as(part, Code::ApplicationData, "reference to a track that goes");
        }
        self.keep_head(part)?;
        for (child, stays) in kept {
            if stays {
                self.sheet.keep(child.range())?;
            } else {
                self.free_as(&child, Code::ApplicationData, "reference to a track that goes")?;
            }
        }
        Ok(())
    }

    fn media(&mut self, index: usize, part: &Part, sort: Sort) -> Result<(), Refusal> {
        self.keep_head(part)?;
        let mut information = false;
        let mut walk = Walk::inside(part.body..part.end);
        while let Some(child) = walk.next(self.source)? {
            match &child.kind {
                b"mdhd" => drop(self.header(&child)?),
                b"hdlr" => self.handler(&child)?,
                b"minf" if !information => {
                    information = true;
                    self.information(index, &child, sort)?;
                }
                _ => self.free(&child)?,
            }
        }
        Ok(())
    }

    fn information(&mut self, index: usize, part: &Part, sort: Sort) -> Result<(), Refusal> {
        self.keep_head(part)?;
        let mut used = Vec::new();
        let mut references = None;
        let mut walk = Walk::inside(part.body..part.end);
        let mut tables = 0;
        while let Some(child) = walk.next(self.source)? {
            match &child.kind {
                // Version and flags, graphics mode, colours.
                b"vmhd" => self.fixed(&child, 12, std::slice::from_ref(&(6..12)))?,
                // Version and flags, balance, reserved.
                b"smhd" => self.fixed(&child, 8, std::slice::from_ref(&(6..8)))?,
                b"nmhd" | b"sthd" => self.fixed(&child, 4, &[])?,
                b"gmhd" => self.general(&child)?,
                b"hdlr" => self.handler(&child)?,
                b"dinf" if references.is_none() => references = Some(child),
                b"stbl" if tables == 0 => {
                    tables += 1;
                    used = self.samples(index, &child, sort)?;
                }
                _ => self.free(&child)?,
            }
        }
        match references {
            Some(part) => self.references(&part, &used),
            None => Err(refused("the film does not say where its samples lie")),
        }
    }

    /// `gmhd` of texts in QuickTime: general numbers and a matrix.
    fn general(&mut self, part: &Part) -> Result<(), Refusal> {
        self.keep_head(part)?;
        let mut walk = Walk::inside(part.body..part.end);
        while let Some(child) = walk.next(self.source)? {
            match &child.kind {
                b"gmin" => self.fixed(&child, 16, std::slice::from_ref(&(14..16)))?,
                b"text" => self.fixed(&child, 36, &[])?,
                _ => self.free(&child)?,
            }
        }
        Ok(())
    }
}
