//! Films in fragments: each says again where samples lie; messages and times of recording between them go.
//!
//! ISO/IEC 14496-12, 8.8 (`moof`, `traf`, `trun`, `mfra`), 8.16.3 (`sidx`).

use super::clock::lasts;
use super::coding::Coding;
use super::part::{Part, Walk, number, wide};
use super::sample::{Looked, check_taken};
use super::shown::Shown;
use super::table::Rows;
use super::{Film, SMALL, refused};
use crate::finding::Code;
use crate::plan::Refusal;

/// Samples of one fragment; more would be a film.
const SAMPLES: u32 = 1 << 20;

fn damaged() -> Refusal {
    refused("a fragment of the film is damaged")
}

/// What a fragment says of the samples of one track.
struct Header {
    id: u32,
    base: Option<u64>,
    /// How long a sample lasts, and its size, where that is not said of each.
    length: u32,
    size: u32,
    /// Whether offsets count from the fragment.
    own: bool,
}

impl Film<'_> {
    /// A `moof` box.
    pub(super) fn fragment(&mut self, fragment: &Part) -> Result<(), Refusal> {
        self.keep_head(fragment)?;
        self.counted();
        let mut end_of_last = fragment.start;
        let mut walk = Walk::inside(fragment.body..fragment.end);
        while let Some(part) = walk.next(self.source)? {
            match &part.kind {
                b"mfhd" => self.number(&part)?,
                b"traf" => end_of_last = self.run(fragment, &part, end_of_last)?,
                b"pssh" => return Err(refused("the film is locked (encrypted)")),
                _ => self.free(&part)?,
            }
        }
        Ok(())
    }

    /// The samples of one track in a fragment; says where they end.
    fn run(&mut self, fragment: &Part, part: &Part, last: u64) -> Result<u64, Refusal> {
        let header = super::part::child(self.source, part.body..part.end, b"tfhd")?.ok_or_else(damaged)?;
        let header = self.run_header(&header)?;
        let track = self.tracks.iter().find(|track| track.id == header.id);
        let coding = track.and_then(|track| track.sort.and(track.coding));
        let track_ticks = track.map_or(0, |track| track.ticks);
        let stays = coding.is_some();
        let mut shown = self.shown_of(header.id).and_then(Option::take);
        if stays {
            self.keep_head(part)?;
        }
        let base = header.base.unwrap_or(if header.own { fragment.start } else { last });
        let mut looked = Looked::new(self.source, coding.unwrap_or(Coding::Plain(None)));
        let mut at = base;
        let mut walk = Walk::inside(part.body..part.end);
        while let Some(child) = walk.next(self.source)? {
            match &child.kind {
                b"trun" => {
                    at = self.samples_of(&child, &header, (base, at), &mut looked)?;
                    if let Some(shown) = &mut shown {
                        self.times_of(&child, &header, shown)?;
                    }
                    if stays {
                        self.run_table(&child)?;
                    }
                }
                _ if !stays => {}
                b"tfhd" => self.sheet.keep(child.range())?,
                b"tfdt" => {
                    let time = self.decode_time(&child, track_ticks)?;
                    if let Some(shown) = &mut shown {
                        shown.decoded_from(time);
                    }
                }
                b"sbgp" | b"sgpd" => self.groups(&child)?,
                b"senc" => return Err(refused("the film is locked (encrypted)")),
                _ => self.free(&child)?,
            }
        }
        if let Some(place) = self.shown_of(header.id) {
            *place = shown;
        }
        if stays {
            self.absorb(looked)?;
        } else {
            looked.drop_into(&mut self.sheet)?;
            self.free_as(part, crate::finding::Code::MetadataTrack, "fragment of a track that goes")?;
        }
        Ok(at)
    }

    fn run_header(&mut self, part: &Part) -> Result<Header, Refusal> {
        let bytes = self.read(part, SMALL)?;
        let flags = number(&bytes, 0).ok_or_else(damaged)? & 0xFF_FFFF;
        let id = number(&bytes, 4).ok_or_else(damaged)?;
        let mut at = 8;
        let mut base = None;
        if flags & 1 != 0 {
            base = Some(wide(&bytes, at).ok_or_else(damaged)?);
            at += 8;
        }
        at += if flags & 2 != 0 { 4 } else { 0 };
        let track = self.tracks.iter().find(|track| track.id == id);
        let (mut length, mut size) = track.map_or((0, 0), |track| (track.default_length, track.default_size));
        if flags & 8 != 0 {
            length = number(&bytes, at).ok_or_else(damaged)?;
            at += 4;
        }
        if flags & 16 != 0 {
            size = number(&bytes, at).ok_or_else(damaged)?;
            at += 4;
        }
        at += if flags & 32 != 0 { 4 } else { 0 };
        if at != bytes.len() {
            return Err(damaged());
        }
        Ok(Header { id, base, length, size, own: flags & 0x2_0000 != 0 })
    }

    /// How long a row of a `trun` is, where its rows begin, and how many there are.
    fn rows(&self, part: &Part) -> Result<(u32, u64, u64, u32), Refusal> {
        let mut head = [0; 16];
        let read = part.length().min(16) as usize;
        self.source.read_exact_at(part.body, &mut head[..read])?;
        let flags = number(&head[..read], 0).ok_or_else(damaged)? & 0xFF_FFFF;
        let count = number(&head[..read], 4).ok_or_else(damaged)?;
        let from = 8 + u64::from(flags & 1) * 4 + u64::from(flags >> 2 & 1) * 4;
        let each = u64::from((flags & 0xF00).count_ones()) * 4;
        if count > SAMPLES || from + each * u64::from(count) > part.length() {
            return Err(damaged());
        }
        Ok((flags, from, each, count))
    }

    fn run_table(&mut self, part: &Part) -> Result<(), Refusal> {
        let (_, from, each, count) = self.rows(part)?;
        self.table(part, from + each * u64::from(count))
    }

    fn samples_of(
        &mut self,
        part: &Part,
        header: &Header,
        (base, last): (u64, u64),
        looked: &mut Looked<'_>,
    ) -> Result<u64, Refusal> {
        let (flags, from, each, count) = self.rows(part)?;
        let mut at = last;
        if flags & 1 != 0 {
            let mut offset = [0; 4];
            self.source.read_exact_at(part.body + 8, &mut offset)?;
            at = base.checked_add_signed(i64::from(i32::from_be_bytes(offset))).ok_or_else(damaged)?;
        }
        if each == 0 {
            self.lasted(header.id, u64::from(count).saturating_mul(lasts(header.length)))?;
        }
        if flags & 0x200 == 0 && each == 0 && header.size == 0 {
            return Ok(at);
        }
        let mut row = [0; 16];
        let row = &mut row[..each as usize];
        for index in 0..u64::from(count) {
            self.source.read_exact_at(part.body + from + index * each, row)?;
            let (length, behind) = if flags & 0x100 != 0 { (number(row, 0), 4) } else { (None, 0) };
            let size = if flags & 0x200 != 0 { number(row, behind) } else { None };
            if each > 0 {
                self.lasted(header.id, lasts(length.unwrap_or(header.length)))?;
            }
            let end = at.checked_add(u64::from(size.unwrap_or(header.size))).filter(|end| *end <= self.end);
            let end = end.ok_or_else(|| Refusal::truncated("the file ends before its film does"))?;
            self.taken = self.taken.saturating_add(end - at);
            check_taken(self.taken, self.source.len())?;
            looked.sample(at..end)?;
            at = end;
        }
        Ok(at)
    }

    /// What a fragment's track shows, where an edit list says so.
    fn shown_of(&mut self, id: u32) -> Option<&mut Option<Shown>> {
        self.tracks.iter_mut().find(|track| track.id == id).map(|track| &mut track.shown)
    }

    /// Takes the samples of a `trun` by their times.
    fn times_of(&self, part: &Part, header: &Header, shown: &mut Shown) -> Result<(), Refusal> {
        let (flags, from, each, count) = self.rows(part)?;
        let mut row = [0; 16];
        for index in 0..u64::from(count) {
            let row = &mut row[..each as usize];
            self.source.read_exact_at(part.body + from + index * each, row)?;
            let length = if flags & 0x100 != 0 { number(row, 0) } else { Some(header.length) };
            let later = if flags & 0x800 != 0 { number(row, row.len() - 4) } else { Some(0) };
            shown.take(1, length.unwrap_or(0), later.unwrap_or(0) as i32);
        }
        Ok(())
    }

    /// `sidx`: where segments begin, nothing but numbers.
    pub(super) fn index(&mut self, part: &Part) -> Result<(), Refusal> {
        let mut head = [0; 32];
        let read = part.length().min(32) as usize;
        self.source.read_exact_at(part.body, &mut head[..read])?;
        let from = if head[0] == 0 { 24 } else { 32 };
        let count = super::part::short(&head[..read], from - 2).map_or(u64::MAX, u64::from);
        let track =
            number(&head, 4).is_some_and(|id| self.tracks.iter().any(|track| track.id == id && track.sort.is_some()));
        if part.cut || !track || count.saturating_mul(12).saturating_add(from as u64) != part.length() {
            return self.free(part);
        }
        if !self.is_index(part, &head, (from as u64, count))? {
            return self.free_as(part, Code::HiddenBytes, "list of segments that are not there");
        }
        self.first_shown(part, &head)
    }

    /// Whether the segments of a list lie in the file one behind the other, and each begins as soon as it does.
    fn is_index(&self, part: &Part, head: &[u8], (from, count): (u64, u64)) -> Result<bool, Refusal> {
        let mut rows = Rows::new(self.source, part.body..part.end);
        let gap = if from == 24 { number(head, 16).map(u64::from) } else { wide(head, 20) };
        let mut at = part.end.saturating_add(gap.unwrap_or(0));
        for row in 0..count {
            let mut next = |column: u64| rows.number(from + row * 12 + column * 4).map(Option::unwrap_or_default);
            let (size, length, access) = (next(0)? & 0x7FFF_FFFF, next(1)?, next(2)?);
            at = at.saturating_add(u64::from(size));
            if access & 0xFFF_FFFF > length || access >> 28 & 7 > 6 {
                return Ok(false);
            }
        }
        Ok(at <= self.end)
    }

    /// `mfra`: where fragments begin, of tracks that stay.
    pub(super) fn random_access(&mut self, part: &Part) -> Result<(), Refusal> {
        if part.cut {
            return self.free(part);
        }
        let mut children = Vec::new();
        let mut walk = Walk::inside(part.body..part.end);
        while let Ok(Some(child)) = walk.next(self.source) {
            if children.len() >= 1_000 {
                return self.free(part);
            }
            children.push(child);
        }
        self.keep_head(part)?;
        for child in children {
            match &child.kind {
                b"mfro" if child.length() == 8 => self.sheet.keep(child.range())?,
                b"tfra" if self.is_access(&child)? => self.access(&child)?,
                _ => self.free(&child)?,
            }
        }
        Ok(())
    }

    fn is_access(&self, part: &Part) -> Result<bool, Refusal> {
        let mut head = [0; 16];
        let read = part.length().min(16) as usize;
        self.source.read_exact_at(part.body, &mut head[..read])?;
        let (Some(id), Some(sizes), Some(count)) =
            (number(&head[..read], 4), number(&head, 8), number(&head[..read], 12))
        else {
            return Ok(false);
        };
        let numbers = (sizes & 3) + (sizes >> 2 & 3) + (sizes >> 4 & 3) + 3;
        let each = u64::from(numbers) + if head[0] == 1 { 16 } else { 8 };
        let track = self.tracks.iter().any(|track| track.id == id && track.sort.is_some());
        Ok(track && sizes < 64 && 16 + each * u64::from(count) == part.length())
    }
}
