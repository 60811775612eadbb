//! The proof of an AVI film: segment by segment, chunk by chunk, each in its old place.
//!
//! Microsoft, "AVI RIFF File Reference", "AVIOLDINDEX"; OpenDML 1.02, sections 3 and 4.

use super::format::{Reading, Track};
use super::{Chunk, bytes_at, chunk, picture, stream_of, unit};
use crate::inspect::bmff::kind::Kind;
use crate::inspect::bmff::sample::Samples;
use crate::inspect::boxes::is_zero;
use crate::inspect::bytes::Bytes;
use crate::inspect::little::{le16, le32};
use crate::inspect::residue::Haystack;
use crate::inspect::{Evidence, Left, Trouble};
use crate::place::Place;
use std::ops::Range;

/// The longest sample that is looked into.
const LARGEST: u64 = 16 << 20;
/// The most chunks of a film.
const MOST: u64 = 5_000_000;

/// What is known of an output on the way through it.
pub(super) struct Account<'a> {
    pub(super) evidence: &'a Evidence<'a>,
    pub(super) output: Bytes<'a>,
    pub(super) original: Bytes<'a>,
    pub(super) left: Left,
    pub(super) hay: Haystack,
    pub(super) tracks: Vec<Track>,
    samples: Samples<'a>,
    looked: u64,
    chunks: u64,
    taken: u64,
    described: bool,
}

/// Proves an output: the number is how many bytes of samples were compared.
pub(in crate::inspect) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let mut account = Account {
        evidence,
        output: Bytes::new(evidence.output),
        original: Bytes::new(evidence.original),
        left: Left::default(),
        hay: Haystack::default(),
        tracks: Vec::new(),
        samples: Samples::new(evidence.original, evidence.output),
        looked: 0,
        chunks: 0,
        taken: 0,
        described: false,
    };
    let (end, before) = (evidence.output.len(), evidence.original.len());
    account.alike(end <= before)?;
    let mut at = 0;
    while at < end {
        let segment = chunk(evidence.output, at, end)?;
        let kind: &[u8; 4] = if at == 0 { b"AVI " } else { b"AVIX" };
        let riff = bytes_at::<4>(evidence.output, at)?;
        let segment = segment.filter(|s| riff == Some(*b"RIFF") && s.is(kind, true));
        let segment = segment.ok_or_else(|| unaccounted("bytes that are no segment of a film", at..end))?;
        if !segment.whole {
            return Err(Trouble::Damaged("a segment claims more than there is"));
        }
        account.segment(&segment, at == 0)?;
        at = segment.next;
    }
    account.samples.compare()?;
    if account.taken == 0 {
        return Err(Trouble::Damaged("there are no pictures and no sound"));
    }
    account.behind(end)?;
    let Account { hay, mut original, mut left, samples, looked, .. } = account;
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    Ok(samples.compared + looked)
}

fn unaccounted(what: &'static str, range: Range<u64>) -> Trouble {
    Trouble::Unaccounted(what, Place::bytes("film", range.start, range.end - range.start))
}

impl Account<'_> {
    /// Zeros, and nothing else.
    pub(super) fn zeros(&mut self, range: Range<u64>, what: &str) -> Result<(), Trouble> {
        if !is_zero(&mut self.output, range.clone())? {
            self.left.note(what, Place::bytes("film", range.start, range.end - range.start));
        }
        Ok(())
    }

    /// Behind the end of the output no samples stand that would have played.
    fn behind(&mut self, end: u64) -> Result<(), Trouble> {
        let file = self.evidence.original.len();
        let Some(next) = chunk(self.evidence.original, end, file)?.filter(|next| next.whole) else { return Ok(()) };
        let sample = !next.list && stream_of(&next.id).is_some_and(|n| n < self.tracks.len());
        self.alike(!sample && !next.is(b"AVIX", true) && !next.is(b"AVI ", true) && !next.is(b"movi", true))
    }

    fn segment(&mut self, segment: &Chunk, first: bool) -> Result<(), Trouble> {
        self.zeros(segment.body.end..segment.next, "byte of filling")?;
        let mut listed = None;
        for part in self.parts(segment)? {
            match (&part.id, part.list) {
                (b"JUNK", false) => self.filling(&part, segment.body.end)?,
                (b"hdrl", true) if first && !self.described => {
                    self.described = true;
                    self.described(&part)?;
                }
                (b"movi", true) if self.described => {
                    listed.get_or_insert(part.body.start - 4);
                    self.movie(&part)?;
                }
                (b"idx1", false) if first => match listed {
                    Some(base) => self.old_index(&part, base)?,
                    None => return Err(Trouble::Unaccounted("an index of nothing", part.place())),
                },
                _ => return Err(Trouble::Unaccounted("a part on no list", part.place())),
            }
        }
        Ok(())
    }

    /// Filling is zero, as long as what stood there before, and that was nothing that plays.
    pub(super) fn filling(&mut self, part: &Chunk, end: u64) -> Result<(), Trouble> {
        self.zeros(part.body.clone(), "bytes in filling")?;
        let end = end.min(self.evidence.original.len());
        let Some(old) = chunk(self.evidence.original, part.start, end)? else { return Ok(()) };
        if !old.whole {
            return Ok(());
        }
        let sample = !old.list && old.id[2..] != *b"pc" && stream_of(&old.id).is_some_and(|n| n < self.tracks.len());
        self.alike(!sample && old.size == part.size && !(old.list && matches!(&old.id, b"movi" | b"rec ")))
    }

    /// The list of samples, groups in it included.
    fn movie(&mut self, list: &Chunk) -> Result<(), Trouble> {
        let (mut at, end) = (list.body.start, list.body.end);
        while let Some(part) = chunk(self.evidence.output, at, end)? {
            self.chunks += 1;
            if self.chunks > MOST {
                return Err(Trouble::TooLarge("samples without end"));
            }
            if part.id == [0; 4] && part.size == 0 {
                break;
            }
            if !part.whole {
                return Err(unaccounted("bytes among the samples", at..end));
            }
            if part.is(b"rec ", true) {
                self.same(at..part.body.start)?;
                at = part.body.start;
                continue;
            }
            match (&part.id, part.list) {
                (b"JUNK", false) => self.filling(&part, end)?,
                ([b'i', b'x', ..], false) => self.index(&part, None)?,
                (id, false) => {
                    let track = stream_of(id).and_then(|number| self.tracks.get(number)).copied();
                    let track = track.ok_or_else(|| Trouble::Unaccounted("samples of no track", part.place()))?;
                    self.sample(&part, track)?;
                }
                _ => return Err(Trouble::Unaccounted("a list on no list", part.place())),
            }
            self.zeros(part.body.end..part.next, "byte of filling")?;
            at = part.next;
        }
        self.zeros(at..end, "bytes behind the samples")?;
        self.zeros(end..list.next, "byte of filling")
    }

    /// The same bytes stand at the same place in the original.
    fn same(&mut self, range: Range<u64>) -> Result<(), Trouble> {
        self.samples.taken.clear();
        self.samples.take(range, Kind::Plain, &mut self.left)
    }

    fn sample(&mut self, part: &Chunk, track: Track) -> Result<(), Trouble> {
        let kinds: &[&[u8]] = if track.sound { &[b"wb"] } else { &[b"dc", b"db", b"pc", b"iv", b"__"] };
        if !kinds.contains(&&part.id[2..]) {
            return Err(Trouble::Unaccounted("samples on no list", part.place()));
        }
        self.same(part.start..part.body.start)?;
        self.taken += part.body.end - part.body.start;
        let body = part.body.clone();
        if part.id.ends_with(b"pc") {
            return self.palette(part);
        }
        match track.reading {
            Reading::As(kind) => {
                self.samples.taken.clear();
                self.samples.take(body, kind, &mut self.left)
            }
            Reading::Rows(rows) if body.start < body.end && (rows == 0 || body.end - body.start < rows) => {
                Err(Trouble::Unaccounted("pictures that are fewer bytes than their rows", part.place()))
            }
            Reading::Rows(rows) => {
                let end = body.end.min(body.start.saturating_add(rows));
                self.zeros(end..body.end, "bytes behind the rows of a picture")?;
                self.same(body.start..end)
            }
            Reading::Jpeg(_) | Reading::Between(_) => self.inside(part, track.reading),
        }
    }

    /// A sample that is read as a whole.
    fn inside(&mut self, part: &Chunk, reading: Reading) -> Result<(), Trouble> {
        let length = part.body.end - part.body.start;
        if length > LARGEST {
            return Err(Trouble::TooLarge("a picture of a film"));
        }
        let old = self.original.copy(part.body.clone(), length as usize)?;
        let new = self.output.copy(part.body.clone(), length as usize)?;
        self.looked += length;
        if let Reading::Between(hevc) = reading {
            if !unit::are_quiet(&new, hevc) {
                self.left.note("message in a coded picture", part.place());
            }
            return self.alike(unit::are_same(&old, &new, hevc));
        }
        let rows = if let Reading::Jpeg(rows) = reading { rows } else { 0 };
        match picture::fault(&old, &new, rows)? {
            Some(picture::Fault::Changed) => Err(Trouble::SamplesChanged),
            Some(picture::Fault::Left(what)) => {
                self.left.note(what, part.place());
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A change of colours: the first, how many, no flags, and the colours.
    fn palette(&mut self, part: &Chunk) -> Result<(), Trouble> {
        let (old, new) = (self.original.copy(part.body.clone(), 2048)?, self.output.copy(part.body.clone(), 2048)?);
        let count = new.get(1).map_or(0, |n| if *n == 0 { 256 } else { usize::from(*n) });
        let quiet = new.chunks_exact(4).skip(1).all(|colour| colour[3] == 0) && new.get(2..4) == Some(&[0, 0]);
        if part.body.end - part.body.start != 4 + 4 * count as u64 || !quiet {
            self.left.note("change of colours with more in it", part.place());
        }
        self.alike(old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| old == new || *new == 0))
    }

    /// Whether a chunk of this name and length stands at a place.
    fn stands(&self, at: u64, id: &[u8], size: u32) -> Result<bool, Trouble> {
        let head = bytes_at::<8>(self.evidence.output, at)?;
        Ok(head.is_some_and(|head| head[..4] == *id && le32(&head, 4) == Some(size)))
    }

    /// The old index: entries of nothing but zeros, or such as lead to a chunk of their name.
    fn old_index(&mut self, part: &Chunk, base: u64) -> Result<(), Trouble> {
        let (mut at, mut wrong, mut counted_from) = (part.body.start, false, None);
        while at < part.body.end {
            let entry = self.output.copy(at..part.body.end.min(at + 16), 16)?;
            at += entry.len().max(1) as u64;
            if entry.iter().all(|b| *b == 0) {
                continue;
            }
            let (Some(flags), Some(offset), Some(size)) = (le32(&entry, 4), le32(&entry, 8), le32(&entry, 12)) else {
                wrong = true;
                continue;
            };
            let group = entry[..4] == *b"rec ";
            let origins = counted_from.map_or([base, 0], |origin| [origin; 2]);
            let mut leads = false;
            for origin in origins {
                let place = origin + u64::from(offset);
                let led = match group {
                    true => bytes_at::<12>(self.evidence.output, place)?
                        .is_some_and(|head| head[..4] == *b"LIST" && head[8..] == *b"rec "),
                    false => stream_of(&entry).is_some() && self.stands(place, &entry[..4], size)?,
                };
                if led {
                    (leads, counted_from) = (true, Some(origin));
                    break;
                }
            }
            wrong |= !leads || flags & !(1 | 0x10 | 0x20 | 0x40 | 0x100) != 0;
        }
        if wrong {
            self.left.note("entry of an index that leads nowhere", part.place());
        }
        Ok(())
    }

    /// An index of OpenDML: of indices in the description of a track, of chunks there or among the samples.
    pub(super) fn index(&mut self, part: &Chunk, track: Option<usize>) -> Result<(), Trouble> {
        let length = part.body.end - part.body.start;
        let head = self.output.copy(part.body.clone(), 24)?;
        let (Some(longs), Some(count), 24) = (le16(&head, 0), le32(&head, 4), head.len()) else {
            return Err(Trouble::Unaccounted("an index on no list", part.place()));
        };
        let width = u64::from(longs) * 4;
        let own = track.or_else(|| stream_of(&part.id[2..]));
        let of = stream_of(&head[8..12]);
        let listed = matches!((longs, head[2], head[3]), (4, 0 | 1, 0) | (2, 0, 1) | (3, 1, 1));
        let size = 24 + u64::from(count).saturating_mul(width);
        if !listed || size > length || of != own || track.is_none() && head[3] == 0 {
            return Err(Trouble::Unaccounted("an index on no list", part.place()));
        }
        let base = u64::from(le32(&head, 12).unwrap_or(0)) | u64::from(le32(&head, 16).unwrap_or(0)) << 32;
        let used = if head[3] == 0 || count == 0 { 12 } else { 20 };
        let mut wrong = head[used..].iter().any(|b| *b != 0);
        let mut at = part.body.start + 24;
        for _ in 0..count {
            let entry = self.output.copy(at..at + width, 16)?;
            at += width;
            let number = |at: usize| le32(&entry, at).unwrap_or(0);
            wrong |= if head[3] == 0 {
                let place = u64::from(number(0)) | u64::from(number(4)) << 32;
                let id = [b'i', b'x', head[8], head[9]];
                !self.stands(place, &id, number(8).wrapping_sub(8))? && !self.stands(place, &id, number(8))?
            } else {
                let place = base.checked_add(u64::from(number(0))).and_then(|place| place.checked_sub(8));
                let size = number(4) & 0x7fff_ffff;
                let second = longs == 3 && number(8) > size;
                second || !place.map_or(Ok(false), |place| self.stands(place, &head[8..12], size))?
            };
        }
        if wrong {
            self.left.note("entry of an index that leads nowhere", part.place());
        }
        self.zeros(at..part.body.end, "bytes behind an index")
    }
}
