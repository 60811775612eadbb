//! Indices: every entry leads to a chunk that stays, or it goes.
//!
//! Microsoft, "AVIOLDINDEX" (idx1); OpenDML 1.02, section 3 (indx, ix##).

use super::Film;
use super::header::Header;
use super::stream::Stream;
use super::walk::{self, Chunk, peek};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use std::io;

/// The longest index that is read whole: half a million pictures.
const LONGEST: u64 = 4 << 20;
/// The longest old index: two million chunks.
const OLD: u64 = 32 << 20;
/// Bytes before the first entry.
const HEAD: usize = 24;

fn le32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

fn le64(bytes: &[u8], at: usize) -> u64 {
    u64::from(le32(bytes, at)) | u64::from(le32(bytes, at + 4)) << 32
}

/// What the first bytes of an index say.
struct Head {
    /// Bytes of an entry.
    width: usize,
    /// 0: of indices; 1: of chunks.
    kind: u8,
    entries: usize,
    id: [u8; 4],
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        let head = bytes.get(..HEAD)?;
        let width = usize::from(u16::from_le_bytes([head[0], head[1]])) * 4;
        let entries = usize::try_from(le32(head, 4)).ok()?;
        let id = [head[8], head[9], head[10], head[11]];
        let known = matches!((width, head[2], head[3]), (16, 0 | 1, 0) | (8, 0, 1) | (12, 1, 1));
        known.then_some(Self { width, kind: head[3], entries, id })
    }

    /// Whether it is of chunks of a stream that stays.
    fn is_of(&self, number: usize, streams: &[Stream]) -> bool {
        walk::samples(&self.id).is_some_and(|(of, _)| of == number) && streams.get(number).is_some_and(|s| s.kept)
    }
}

/// Whether a chunk among the samples is an index of chunks of a stream that stays.
pub(super) fn is_sound(source: &dyn Source, chunk: &Chunk, streams: &[Stream]) -> Result<bool, Refusal> {
    let [b'i', b'x', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = chunk.id else { return Ok(false) };
    let length = chunk.end - chunk.body;
    let Some(head) = peek::<HEAD>(source, chunk.body)?.filter(|_| (HEAD as u64..=LONGEST).contains(&length)) else {
        return Ok(false);
    };
    let number = usize::from(tens - b'0') * 10 + usize::from(ones - b'0');
    Ok(Head::read(&head).is_some_and(|head| {
        let room = (length as usize - HEAD) / head.width;
        head.kind == 1 && head.entries <= room && head.is_of(number, streams)
    }))
}

impl Film<'_> {
    /// Whether a chunk that stays stands at a place, of this name and length.
    fn leads(&self, place: u64, id: &[u8], size: u32) -> io::Result<bool> {
        if !self.media.has(place) {
            return Ok(false);
        }
        Ok(peek::<8>(self.source, place)?.is_some_and(|head| &head[..4] == id && le32(&head, 4) == size))
    }

    /// The old index, of a segment whose list of samples begins at `base`: its entries count from there or from the
    /// beginning of the file.
    pub(super) fn old_index(&mut self, chunk: &Chunk, base: u64) -> Result<(), Refusal> {
        if chunk.end - chunk.body > OLD {
            return Err(Refusal::too_large("the index of the film is longer than any real one"));
        }
        let (mut at, mut origin, mut changed) = (chunk.body, None, false);
        // Entries are read a window at a time.
        while at < chunk.end {
            let length = (chunk.end - at).min(64 * 1024);
            let old = self.source.read_range(at..at + length, length)?;
            let mut new = old.clone();
            for entry in new.chunks_mut(16) {
                let Some(origin) = (if entry.len() == 16 { self.origin(&mut origin, base, entry)? } else { None })
                else {
                    entry.fill(0);
                    continue;
                };
                let place = origin + u64::from(le32(entry, 8));
                let group = entry.starts_with(b"rec ");
                let (id, size) =
                    (if group { *b"LIST" } else { [entry[0], entry[1], entry[2], entry[3]] }, le32(entry, 12));
                // List, key frame, first and last part, no time; the compressor's own flags are not carried over.
                let flags = le32(entry, 4) & 0x0171;
                if self.leads(place, &id, size)? || group && self.media.has(place) {
                    entry[4..8].copy_from_slice(&flags.to_le_bytes());
                } else {
                    entry.fill(0);
                }
            }
            changed |= self.overlay(at, &old, &new)?;
            at += length;
        }
        if changed {
            let (label, range) = ("entries of the index that lead nowhere", chunk.start..chunk.next);
            self.operation.found_as(Code::HiddenBytes, label, "idx1", range, Action::Replace);
        }
        self.pad(chunk)
    }

    /// Where the offsets of the old index count from, as the first entry that leads anywhere shows.
    fn origin(&self, known: &mut Option<u64>, base: u64, entry: &[u8]) -> Result<Option<u64>, Refusal> {
        if known.is_some() {
            return Ok(*known);
        }
        let offset = u64::from(le32(entry, 8));
        for origin in [base - 4, 0] {
            if self.leads(origin + offset, &entry[..4], le32(entry, 12))?
                || entry.starts_with(b"rec ") && self.media.has(origin + offset)
            {
                *known = Some(origin);
            }
            if known.is_some() {
                break;
            }
        }
        Ok(*known)
    }

    /// An index of chunks, inside the samples or the description. Entries that lead nowhere go, and the others close up.
    pub(super) fn index(&self, old: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(head) = Head::read(old) else { return Ok(None) };
        let mut new = vec![0; old.len()];
        new[..12].copy_from_slice(&old[..12]);
        let base = le64(old, 12);
        if head.kind == 1 {
            new[12..20].copy_from_slice(&old[12..20]);
        }
        let mut count = 0_usize;
        for entry in old[HEAD..].chunks_exact(head.width).take(head.entries) {
            let stays = if head.kind == 0 {
                let id = [b'i', b'x', head.id[0], head.id[1]];
                let size = le32(entry, 8);
                // Writers state the length of the index with its header or without.
                let place = le64(entry, 0);
                self.leads(place, &id, size.wrapping_sub(8))? || self.leads(place, &id, size)?
            } else {
                let (offset, size) = (u64::from(le32(entry, 0)), le32(entry, 4) & 0x7FFF_FFFF);
                let place = base.checked_add(offset).and_then(|place| place.checked_sub(8));
                match place {
                    Some(place) => self.leads(place, &head.id, size)?,
                    None => false,
                }
            };
            if !stays {
                continue;
            }
            let to = HEAD + count * head.width;
            new[to..to + head.width].copy_from_slice(entry);
            if head.width == 12 && le32(entry, 8) > le32(entry, 4) & 0x7FFF_FFFF {
                new[to + 8..to + 12].fill(0);
            }
            count += 1;
        }
        new[4..8].copy_from_slice(&(count as u32).to_le_bytes());
        // What no entry uses needs no place to count from.
        if count == 0 {
            new[12..20].fill(0);
        }
        Ok(Some(new))
    }

    /// An index among the samples.
    pub(super) fn lay_index(&mut self, chunk: &Chunk) -> Result<(), Refusal> {
        let old = self.source.read_range(chunk.body..chunk.end, LONGEST)?;
        let Some(new) = self.index(&old)? else { return self.gone(chunk) };
        if self.overlay(chunk.body, &old, &new)? {
            let label = "entries of an index that lead nowhere, or bytes behind them";
            self.operation.found_as(Code::HiddenBytes, label, "ix", chunk.start..chunk.next, Action::Replace);
        }
        self.pad(chunk)
    }

    /// The description with its indices as they shall be.
    pub(super) fn with_indices(&mut self, header: &Header) -> Result<Vec<u8>, Refusal> {
        let mut new = header.new.clone();
        for place in &header.indices {
            let old = &header.old[place.range.clone()];
            let kept = Head::read(old).filter(|head| head.is_of(place.stream, &self.streams));
            let index = if kept.is_some() { self.index(old)? } else { None };
            let index = index.filter(|index| le32(index, 4) > 0);
            let label = match &index {
                Some(index) if index == old => continue,
                Some(_) => "entries of an index that lead nowhere, or bytes behind them",
                None => "index that leads nowhere",
            };
            match index {
                Some(index) => new[place.range.clone()].copy_from_slice(&index),
                None => {
                    new[place.range.start - 8..place.range.start - 4].copy_from_slice(b"JUNK");
                    new[place.range.clone()].fill(0);
                }
            }
            let at = header.chunk.body;
            let range = at + place.range.start as u64..at + place.range.end as u64;
            self.operation.found_as(Code::HiddenBytes, label, "indx", range, Action::Replace);
        }
        Ok(new)
    }
}
