//! Sample tables: where the samples of a track lie, read a little at a time, and which of its tables stay.
//!
//! ISO/IEC 14496-12, 8.6 (times), 8.7 (sizes and chunks), 8.9 (groups); QuickTime File Format, "Sample Size Atoms".

use super::coding::{Coding, Frame};
use super::part::{Part, Walk, child, number, short};
use super::rule::{self, Sort};
use super::{Film, SMALL, refused};
use crate::cut::Source;
use crate::finding::Code;
use crate::plan::Refusal;
use std::ops::Range;

/// Bytes of a table that are held at a time.
const HELD: usize = 64 * 1024;

fn damaged() -> Refusal {
    refused("a sample table of the film is damaged")
}

/// What is done with a chunk: its number and place, and how many samples lie in it.
type Visit<'v> = dyn FnMut(u64, Range<u64>, u64) -> Result<(), Refusal> + 'v;

/// The rows of a table, read a little at a time.
pub(super) struct Rows<'s> {
    source: &'s dyn Source,
    range: Range<u64>,
    held: Vec<u8>,
    start: u64,
}

impl<'s> Rows<'s> {
    pub(super) fn new(source: &'s dyn Source, range: Range<u64>) -> Self {
        Self { source, range, held: Vec::new(), start: 0 }
    }

    /// `N` bytes at `at` of the table.
    fn get<const N: usize>(&mut self, at: u64) -> Result<Option<[u8; N]>, Refusal> {
        let from = self.range.start.saturating_add(at);
        if from.saturating_add(N as u64) > self.range.end {
            return Ok(None);
        }
        if from < self.start || from + N as u64 > self.start + self.held.len() as u64 {
            let length = (self.range.end - from).min(HELD as u64) as usize;
            self.held.resize(length, 0);
            self.start = from;
            self.source.read_exact_at(from, &mut self.held)?;
        }
        let inside = (from - self.start) as usize;
        Ok(self.held.get(inside..inside + N).and_then(|bytes| bytes.try_into().ok()))
    }

    pub(super) fn number(&mut self, at: u64) -> Result<Option<u32>, Refusal> {
        Ok(self.get::<4>(at)?.map(u32::from_be_bytes))
    }
}

/// The sizes of samples.
struct Sizes<'s> {
    rows: Rows<'s>,
    same: u32,
    count: u64,
    /// Bits of an entry.
    bits: u64,
}

impl<'s> Sizes<'s> {
    fn new(source: &'s dyn Source, part: &Part) -> Result<Self, Refusal> {
        let mut rows = Rows::new(source, part.body..part.end);
        let (same, count) = (rows.number(4)?.ok_or_else(damaged)?, rows.number(8)?.ok_or_else(damaged)?);
        let compact = part.kind == *b"stz2";
        let (same, bits) = match (compact, same & 255) {
            (false, _) if same != 0 => (same, 0),
            (false, _) => (0, 32),
            (true, bits @ (4 | 8 | 16)) => (0, u64::from(bits)),
            _ => return Err(damaged()),
        };
        let sizes = Self { rows, same, count: u64::from(count), bits };
        if sizes.end() > part.length() { Err(damaged()) } else { Ok(sizes) }
    }

    /// Where the table ends in its payload.
    fn end(&self) -> u64 {
        12 + (self.count * self.bits).div_ceil(8)
    }

    fn size(&mut self, index: u64) -> Result<u64, Refusal> {
        let size = match self.bits {
            0 => Some(u64::from(self.same)),
            32 => self.rows.number(12 + index * 4)?.map(u64::from),
            16 => self.rows.get::<2>(12 + index * 2)?.map(|two| u64::from(u16::from_be_bytes(two))),
            8 => self.rows.get::<1>(12 + index)?.map(|one| u64::from(one[0])),
            _ => self.rows.get::<1>(12 + index / 2)?.map(|two| u64::from(two[0] >> (4 - index % 2 * 4) & 15)),
        };
        size.ok_or_else(damaged)
    }
}

/// Tables that stay: type, bytes before their entries, bytes of an entry.
const TABLES: &[([u8; 4], u64, u64)] = &[
    (*b"stts", 8, 8),
    (*b"ctts", 8, 8),
    (*b"stsc", 8, 12),
    (*b"stss", 8, 4),
    (*b"stps", 8, 4),
    (*b"stco", 8, 4),
    (*b"co64", 8, 8),
];

impl Film<'_> {
    /// Hands every chunk of a sample table to `visit`, and every sample to `each` where one is given. `frame` is what a
    /// sample of sound is where all have one size.
    pub(super) fn each_chunk(
        &self,
        table: &Part,
        frame: Option<Frame>,
        mut each: Option<&mut Visit<'_>>,
        visit: &mut Visit<'_>,
    ) -> Result<(), Refusal> {
        let (mut sizes, mut chunks, mut runs, mut ticks) = (None, None, None, None);
        let mut walk = Walk::inside(table.body..table.end);
        while let Some(part) = walk.next(self.source)? {
            match &part.kind {
                b"stts" if ticks.is_none() => ticks = Some(counts_ticks(self.source, &part)?),
                b"stsz" | b"stz2" if sizes.is_none() => sizes = Some(Sizes::new(self.source, &part)?),
                b"stco" | b"co64" if chunks.is_none() => chunks = Some(part),
                b"stsc" if runs.is_none() => runs = Some(part),
                _ => {}
            }
        }
        let (Some(mut sizes), Some(chunks), Some(runs)) = (sizes, chunks, runs) else {
            // A film of fragments may say nothing of samples here.
            return Ok(());
        };
        let long = chunks.kind == *b"co64";
        let mut places = Rows::new(self.source, chunks.body..chunks.end);
        let mut runs = Rows::new(self.source, runs.body..runs.end);
        let count = places.number(4)?.ok_or_else(damaged)?;
        let kinds = u64::from(runs.number(4)?.ok_or_else(damaged)?);
        let (mut done, mut run) = (0_u64, 0_u64);
        for chunk in 0..u64::from(count) {
            let place = if long { places.get::<8>(8 + chunk * 8)? } else { None };
            let start = match (long, place) {
                (true, Some(place)) => u64::from_be_bytes(place),
                (false, _) => u64::from(places.number(8 + chunk * 4)?.ok_or_else(damaged)?),
                _ => return Err(damaged()),
            };
            while run + 1 < kinds && runs.number(8 + (run + 1) * 12)?.is_some_and(|first| u64::from(first) <= chunk + 1)
            {
                run += 1;
            }
            let samples = runs.number(12 + run * 12)?.filter(|_| run < kinds).ok_or_else(damaged)?;
            let samples = u64::from(samples).min(sizes.count - done);
            let mut at = start;
            if sizes.same != 0 && each.is_none() {
                at = at.saturating_add(Frame::length(frame, samples, u64::from(sizes.same), ticks == Some(true)));
            } else {
                for index in done..done + samples {
                    let end = at.checked_add(sizes.size(index)?).filter(|end| *end <= self.end);
                    let end = end.ok_or_else(|| Refusal::truncated("the file ends before its film does"))?;
                    if let Some(each) = each.as_mut() {
                        each(index, at..end, 1)?;
                    }
                    at = end;
                }
            }
            done += samples;
            if at > self.end {
                return Err(Refusal::truncated("the file ends before its film does"));
            }
            visit(chunk, start..at, samples)?;
        }
        Ok(())
    }

    /// Whether a list of sync samples names samples of its table, in their order, and how many the table has.
    fn names_samples(&self, table: &Part, list: &Part, count: u64) -> Result<(bool, u64), Refusal> {
        let mut sizes = child(self.source, table.body..table.end, b"stsz")?;
        if sizes.is_none() {
            sizes = child(self.source, table.body..table.end, b"stz2")?;
        }
        let all = sizes.map_or(Ok(0), |sizes| Sizes::new(self.source, &sizes).map(|sizes| sizes.count))?;
        let (mut rows, mut last) = (Rows::new(self.source, list.body..list.end), 0);
        for index in 0..count {
            let next = u64::from(rows.number(8 + index * 4)?.ok_or_else(damaged)?);
            if next < last || next > all {
                return Ok((false, all));
            }
            last = next;
        }
        Ok((true, all))
    }

    /// Cleans a sample table and keeps its samples; returns which data references they use.
    pub(super) fn samples(&mut self, index: usize, table: &Part, sort: Sort) -> Result<Vec<u16>, Refusal> {
        self.keep_head(table)?;
        let (mut coding, mut used) = (None, Vec::new());
        let mut seen: Vec<[u8; 4]> = Vec::new();
        let mut walk = Walk::inside(table.body..table.end);
        while let Some(part) = walk.next(self.source)? {
            let again = seen.contains(&part.kind) && !matches!(&part.kind, b"sbgp" | b"sgpd");
            seen.push(part.kind);
            if again || seen.len() > 1_000 {
                self.free(&part)?;
                continue;
            }
            match &part.kind {
                b"stsd" => (coding, used) = self.entries(&part, sort)?,
                b"stsz" | b"stz2" => {
                    let end = Sizes::new(self.source, &part)?.end();
                    self.table(&part, end)?;
                }
                b"cslg" => self.fixed(&part, 24, &[])?,
                b"sdtp" => self.dependencies(&part)?,
                b"sbgp" | b"sgpd" => self.groups(&part)?,
                kind => match TABLES.iter().find(|(known, ..)| known == kind) {
                    Some((_, before, each)) => {
                        let mut head = [0; 8];
                        self.source.read_exact_at(part.body, &mut head)?;
                        let count = u64::from(number(&head, 4).unwrap_or(0));
                        if matches!(kind, b"stss" | b"stps") {
                            let (fits, all) = self.names_samples(table, &part, count)?;
                            if !fits && kind == b"stss" && all > 0 {
                                // Without the list players would begin anywhere, with pictures that need others.
                                return Err(refused("the film lists pictures to begin with that are not there"));
                            }
                            if !fits {
                                self.free_as(&part, Code::HiddenBytes, "list of pictures that are not there")?;
                                continue;
                            }
                        }
                        self.table(&part, before + count * each)?;
                    }
                    None => self.free(&part)?,
                },
            }
        }
        let coding = coding.ok_or_else(|| refused("a track of the film does not say how it is coded"))?;
        self.tracks[index].coding = Some(coding);
        self.keep_all(table, coding)?;
        Ok(used)
    }

    /// Keeps every sample of a table, and looks into those that may hold notes.
    fn keep_all(&mut self, table: &Part, coding: Coding) -> Result<(), Refusal> {
        let frame = coding.frame();
        // What is found is gathered first, a chunk at a time, since looking into samples needs the whole film.
        let mut chunks = super::sheet::Ranges::default();
        if coding.is_plain() {
            let mut taken = 0_u64;
            self.each_chunk(table, frame, None, &mut |_, range, _| {
                taken = taken.saturating_add(range.end - range.start);
                chunks.push(range)
            })?;
            self.take(taken)?;
            self.sheet.take(taken);
            for range in chunks.join() {
                self.sheet.keep_samples(range.clone())?;
            }
            return Ok(());
        }
        let mut looked = super::sample::Looked::new(self.source, coding);
        let mut taken = 0_u64;
        let length = self.source.len();
        self.each_chunk(
            table,
            frame,
            Some(&mut |_, range, _| {
                taken = taken.saturating_add(range.end - range.start);
                super::sample::check_taken(taken, length)?;
                looked.sample(range)
            }),
            &mut |_, _, _| Ok(()),
        )?;
        self.take(taken)?;
        self.absorb(looked)
    }

    /// `sdtp`: each byte is four numbers of two bits, of which three never are 3 (8.6.4).
    fn dependencies(&mut self, part: &Part) -> Result<(), Refusal> {
        let mut rows = Rows::new(self.source, part.body..part.end);
        let mut sound = part.length() >= 4 && rows.number(0)? == Some(0);
        for at in 4..part.length() {
            let byte = rows.get::<1>(at)?.unwrap_or([0xFF])[0];
            sound &= (0..3).all(|pair| byte >> (pair * 2) & 3 != 3);
            if !sound {
                break;
            }
        }
        if sound { self.sheet.keep(part.range()) } else { self.free(part) }
    }

    /// `sbgp` and `sgpd` of the groups on the list, with nothing behind their entries.
    pub(super) fn groups(&mut self, part: &Part) -> Result<(), Refusal> {
        let mut head = [0; 20];
        let read = part.length().min(20) as usize;
        self.source.read_exact_at(part.body, &mut head[..read])?;
        let kind: [u8; 4] = [head[4], head[5], head[6], head[7]];
        let Some((_, each)) = rule::GROUPS.iter().find(|(known, _)| **known == kind) else { return self.free(part) };
        let at = |at: usize| u64::from(number(&head[..read], at).unwrap_or(u32::MAX));
        let length = match (&part.kind, head[0]) {
            (b"sbgp", 0) => 12 + at(8) * 8,
            (b"sgpd", 1) if at(8) == u64::from(*each) => 16 + at(12) * u64::from(*each),
            (b"sgpd", 2) if at(8) == u64::from(*each) => 16 + at(12) * u64::from(*each),
            _ => return self.free(part),
        };
        if length > part.length() || length > SMALL && part.kind == *b"sgpd" {
            return self.free(part);
        }
        self.table(part, length)
    }
}

/// Whether all samples of a track last one tick of its clock (8.6.1.2).
fn counts_ticks(source: &dyn Source, part: &Part) -> Result<bool, Refusal> {
    let mut rows = Rows::new(source, part.body..part.end);
    Ok(rows.number(4)? == Some(1) && rows.number(12)? == Some(1))
}

/// The data references that entries use, from the sixth byte of each.
pub(super) fn reference(entry: &[u8]) -> u16 {
    short(entry, 6).unwrap_or(0)
}
