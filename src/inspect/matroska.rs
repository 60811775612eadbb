//! The witness's own account of Matroska and WebM: an output is the original, byte for byte and place for place, but
//! for blank elements and a few neutral values, and holds nothing but what its list allows.
//!
//! RFC 8794 (EBML), RFC 9559 (Matroska).

mod clock;
mod findings;
mod list;
mod tracks;

pub(super) use findings::{discover, year};

use super::bmff::kind::Kind;
use super::bmff::sample::Samples;
use super::bmff::unit;
use super::bytes::{Bytes, same};
use super::residue::Haystack;
use super::{Evidence, Left, Trouble};
use crate::place::Place;
use list::{Allowed, allowed};
use std::ops::Range;
use tracks::Track;

/// An element: identifier, header, body. Without a length it goes on to the end of what holds it.
#[derive(Debug, Clone)]
struct Element {
    id: u64,
    start: u64,
    body: Range<u64>,
    sized: bool,
}

/// The element at `at`, as far as `end`.
fn element(bytes: &mut Bytes<'_>, at: u64, end: u64) -> Result<Option<Element>, Trouble> {
    let head = bytes.copy(at..end.min(at + 12), 12)?;
    let Some((id, first)) = vint(&head, false) else { return Ok(None) };
    let Some((size, second)) = head.get(first..).and_then(|rest| vint(rest, true)) else { return Ok(None) };
    let body = at + (first + second) as u64;
    let unknown = size == (1u64 << (7 * second)) - 1;
    let stop = if unknown { end } else { body.saturating_add(size).min(end) };
    if first > 4 || (!unknown && body.saturating_add(size) > end && end != bytes.len()) {
        return Err(Trouble::Damaged("an element is longer than what holds it"));
    }
    Ok(Some(Element { id, start: at, body: body..stop, sized: !unknown }))
}

/// A number of one to eight bytes, with or without the mark of its length.
fn vint(bytes: &[u8], cut: bool) -> Option<(u64, usize)> {
    let length = bytes.first()?.leading_zeros() as usize + 1;
    let all = bytes.get(..length).filter(|_| length <= 8)?;
    let value = all.iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
    Some((if cut { value & ((1u64 << (7 * length)) - 1) } else { value }, length))
}

/// What the walk over an output gathers.
struct Walk<'a, 'b> {
    original: &'b mut Bytes<'a>,
    output: &'b mut Bytes<'a>,
    left: Left,
    hay: Haystack,
    tracks: Vec<Track>,
    samples: Samples<'a>,
    compared: u64,
    count: u64,
    since: u64,
}

/// Proves an output: the number is how many bytes were compared.
pub(super) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let (end, before) = (output.len(), original.len());
    if end > before {
        return Err(Trouble::SamplesChanged);
    }
    let since = clock::since(&mut original)?;
    let mut walk = Walk {
        original: &mut original,
        output: &mut output,
        left: Left::default(),
        hay: Haystack::default(),
        tracks: Vec::new(),
        samples: Samples::new(evidence.original, evidence.output),
        compared: 0,
        count: 0,
        since,
    };
    walk.children(0, 0..end, 0)?;
    walk.samples.compare()?;
    let Walk { mut left, hay, compared, tracks, samples, .. } = walk;
    if tracks.iter().all(|track| track.blocks == 0) {
        return Err(Trouble::Damaged("there is no sound or picture"));
    }
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    if end < before {
        // Behind the end nothing may stand that plays.
        let behind = element(&mut original, end, before)?;
        if behind.is_some_and(|e| matches!(e.id, 0x1f43_b675 | 0x1654_ae6b | 0x1a45_dfa3 | 0x1853_8067)) {
            return Err(Trouble::SamplesChanged);
        }
    }
    Ok(compared + samples.compared)
}

impl Walk<'_, '_> {
    fn children(&mut self, parent: u64, range: Range<u64>, depth: usize) -> Result<u64, Trouble> {
        if depth > 10 {
            return Err(Trouble::TooLarge("nesting without end"));
        }
        let mut at = range.start;
        while at < range.end {
            let Some(child) = element(self.output, at, range.end)? else {
                self.zero(at..range.end, "bytes between elements")?;
                return Ok(range.end);
            };
            // A cluster without a length ends where another part of the segment begins.
            if parent == 0x1f43_b675 && list::TOP.contains(&child.id) {
                return Ok(at);
            }
            self.count += 1;
            self.same(child.start..child.body.start, child.id)?;
            let what = allowed(parent, child.id);
            if !child.sized && !matches!(child.id, 0x1853_8067 | 0x1f43_b675) {
                return Err(Trouble::Damaged("an element does not say how long it is"));
            }
            at = match what {
                Allowed::Inside => {
                    if child.id == 0xae {
                        let track = Track::read(self.output, child.body.clone())?;
                        self.tracks.push(track);
                        if self.tracks.len() > 1_000 {
                            return Err(Trouble::TooLarge("tracks without end"));
                        }
                    }
                    let end = self.children(child.id, child.body.clone(), depth + 1)?;
                    if child.sized { child.body.end } else { end }
                }
                _ => {
                    self.leaf(&child, what)?;
                    child.body.end
                }
            };
        }
        Ok(range.end)
    }

    fn leaf(&mut self, child: &Element, what: Allowed) -> Result<(), Trouble> {
        let length = child.body.end - child.body.start;
        let place = || Place::bytes("Matroska", child.start, child.body.end - child.start);
        match what {
            Allowed::Void => {
                self.lost(child)?;
                return self.zero(child.body.clone(), "bytes in a blank element");
            }
            Allowed::Empty => return self.zero(child.body.clone(), "name of a program"),
            Allowed::Number if length <= 8 && self.since > 0 && clock::TIMES.contains(&child.id) => {
                let [old, new] = [
                    clock::number(self.original, child.body.clone())?,
                    clock::number(self.output, child.body.clone())?,
                ];
                if old.checked_sub(self.since) != Some(new) {
                    self.left.note("date in the times of the film", place());
                }
                return Ok(());
            }
            Allowed::Number if length <= 8 => {
                let bytes = self.output.copy(child.body.clone(), 8)?;
                if !list::is_plausible(child.id, &bytes) {
                    self.left.note("number that no recording has", place());
                }
            }
            Allowed::Word if length <= 16 => self.word(child)?,
            Allowed::Uid if length <= 8 => {
                let bytes = self.output.copy(child.body.clone(), 8)?;
                let value = bytes.iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
                let number = self.tracks.last().map_or(0, |track| track.number.max(1));
                if value != number {
                    self.left.note("random number of a track", place());
                }
                return Ok(());
            }
            Allowed::Codec | Allowed::Private => return self.described(child, what),
            Allowed::Block => return self.block(child),
            Allowed::Additions if self.tracks.iter().any(|track| track.alpha) => {}
            _ => return Err(Trouble::Unaccounted("an element on no list", place())),
        }
        self.same(child.body.clone(), child.id)
    }

    /// What was blanked held no samples of a track that stays.
    fn lost(&mut self, child: &Element) -> Result<(), Trouble> {
        let end = self.original.len();
        let Some(old) = element(self.original, child.start, end)? else { return Ok(()) };
        let mut block = Some(old.body.start).filter(|_| old.id == 0xa3);
        let mut at = old.body.start;
        while old.id == 0xa0 && block.is_none() && at < old.body.end {
            let Some(inner) = element(self.original, at, old.body.end)? else { break };
            block = Some(inner.body.start).filter(|_| inner.id == 0xa1);
            at = inner.body.end;
        }
        let head = block.map_or(Ok(Vec::new()), |at| self.original.copy(at..at + 8, 8))?;
        let number = vint(&head, true).map(|(number, _)| number);
        let stays = self.tracks.iter().any(|track| Some(track.number) == number);
        if stays || matches!(old.id, 0x1f43_b675 | 0x1654_ae6b) { Err(Trouble::SamplesChanged) } else { Ok(()) }
    }

    /// A type of document or a language.
    fn word(&mut self, child: &Element) -> Result<(), Trouble> {
        let word = self.output.copy(child.body.clone(), 16)?;
        let listed = match child.id {
            0x4282 => matches!(&word[..], b"matroska" | b"webm"),
            0x22_b59c => word.len() == 3 && word.iter().all(u8::is_ascii_lowercase),
            _ => word.split(|b| *b == b'-').all(|part| part.len() <= 4 && part.iter().all(u8::is_ascii_alphanumeric)),
        };
        if !listed {
            self.left.note("a text in the place of a word", Place::bytes("Matroska", child.start, word.len() as u64));
        }
        Ok(())
    }

    /// A codec's name and private data.
    fn described(&mut self, child: &Element, what: Allowed) -> Result<(), Trouble> {
        let new = self.output.copy(child.body.clone(), 1 << 20)?;
        let old = self.original.copy(child.body.clone(), 1 << 20)?;
        let place = Place::bytes("CodecPrivate", child.body.start, new.len() as u64);
        // What was blanked is zero, ones, or a mark of filling; all else is the original's.
        let byte = |(old, new): (&u8, &u8)| {
            old == new
                || matches!(new, 0 | 1 | 0x81 | 0xb2 | 0xff)
                || what == Allowed::Private && new.is_ascii_alphanumeric()
        };
        let alike = match self.tracks.last().map(|track| track.kind).filter(|_| what == Allowed::Private) {
            Some(Kind::Avc(_)) => unit::alike(false, &old, &new),
            Some(Kind::Hevc(_)) => unit::alike(true, &old, &new),
            _ => old.len() == new.len() && old.iter().zip(&new).all(byte),
        };
        if !alike {
            return Err(Trouble::SamplesChanged);
        }
        if what == Allowed::Private {
            let track = self.tracks.last();
            if track.is_some_and(|track| !track.is_plain(&new)) {
                self.left.note("more than decoding needs", place);
            }
            // Vorbis's and Theora's packets are words of their own and tables; their comments were looked at.
            if !track.is_some_and(Track::is_of_xiph) {
                self.hay.add(&new)?;
            }
        }
        Ok(())
    }

    /// Samples of a track.
    fn block(&mut self, child: &Element) -> Result<(), Trouble> {
        let head = self.output.copy(child.body.start..child.body.end.min(child.body.start + 12), 12)?;
        let place = || Place::bytes("block", child.start, child.body.end - child.start);
        let Some((number, size)) = vint(&head, true) else {
            return Err(Trouble::Unaccounted("samples of no track", place()));
        };
        let Some(track) = self.tracks.iter_mut().find(|track| track.number == number) else {
            return Err(Trouble::Unaccounted("samples of no track", place()));
        };
        track.blocks += 1;
        let kind = track.kind;
        if kind == Kind::Plain {
            return self.samples.take(child.body.clone(), kind, &mut self.left);
        }
        let at = child.body.start + size as u64 + 3;
        if at > child.body.end || head.get(size + 2).is_none_or(|flags| flags & 6 != 0) {
            return Err(Trouble::Unaccounted("pictures that are packed", place()));
        }
        self.same(child.body.start..at, child.id)?;
        // That nothing overlaps is plain here, since samples stand inside their blocks.
        self.samples.taken.clear();
        self.samples.take(at..child.body.end, kind, &mut self.left)
    }

    /// The same bytes stand in the original at the same place; headers of blank elements are ours.
    fn same(&mut self, range: Range<u64>, id: u64) -> Result<(), Trouble> {
        if id == 0xec {
            return Ok(());
        }
        self.compared += range.end - range.start;
        let alike = same(self.original, range.start, self.output, range)?;
        if alike { Ok(()) } else { Err(Trouble::SamplesChanged) }
    }

    fn zero(&mut self, range: Range<u64>, what: &str) -> Result<(), Trouble> {
        let mut zero = true;
        self.output.each(range.clone(), |part| {
            zero &= part.iter().all(|b| *b == 0);
            Ok(())
        })?;
        if !zero {
            self.left.note(what, Place::bytes("Matroska", range.start, range.end - range.start));
        }
        Ok(())
    }
}
