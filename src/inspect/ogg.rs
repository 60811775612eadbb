//! The witness's own account of Ogg: an output is pages from its first byte to its last, each of a track on the list,
//! with no comments, and each the original's but for those.
//!
//! RFC 3533; RFC 7845 section 5; Vorbis I sections 4.2 and 5; Theora section 6; RFC 9639 section 10.1.

mod pages;
mod sound;

use super::bytes::Bytes;
use super::residue::Haystack;
use super::{Discovery, Evidence, Left, Trouble, vorbis};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use pages::{Page, page};
use sound::Sound;
use std::collections::{HashMap, HashSet};

/// The most pages of headers that are read for a listing, and the most bytes of comments.
const HEADERS: usize = 2_000;
const TEXTS: usize = 1 << 20;
/// The most tracks.
const TRACKS: usize = 10_000;

/// What a track is, by its first packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Vorbis,
    Opus,
    Speex,
    Flac,
    Theora,
    Other,
}

fn kind(packet: &[u8]) -> Kind {
    let starts = |text: &[u8]| packet.starts_with(text);
    match packet.len() {
        30 if starts(b"\x01vorbis") => Kind::Vorbis,
        80 if starts(b"Speex   ") => Kind::Speex,
        51 if starts(b"\x7fFLAC\x01") && packet[9..17] == *b"fLaC\0\0\0\x22" => Kind::Flac,
        42 if starts(b"\x80theora") => Kind::Theora,
        n if starts(b"OpusHead") && n >= 19 => {
            let mapped = packet[18] != 0;
            let whole = if mapped { 21 + usize::from(packet[9]) } else { 19 };
            if n == whole { Kind::Opus } else { Kind::Other }
        }
        _ => Kind::Other,
    }
}

/// The next page at or after `at` that is one by its check sum, where such a page is.
fn next(bytes: &mut Bytes<'_>, mut at: u64, failures: &mut u32) -> Result<Option<Page>, Trouble> {
    while let Some(found) = bytes.find(b'O', at, bytes.len())? {
        if bytes.get(found, 4)? == Some(b"OggS") {
            if let Some(page) = page(bytes, found)? {
                return Ok(Some(page));
            }
            *failures += 1;
            if *failures > 8_192 {
                return Err(Trouble::TooLarge("more damaged pages than can be read"));
            }
        }
        at = found + 1;
    }
    Ok(None)
}

/// Lists what an Ogg file holds.
pub(super) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let (mut at, mut failures) = (0, 0);
    let mut open: HashMap<u32, (Kind, usize, Vec<u8>, u64)> = HashMap::new();
    for _ in 0..HEADERS {
        let Some(page) = next(&mut bytes, at, &mut failures)? else { break };
        if page.start > at {
            out.push(Finding::new(Code::Junk, Place::bytes("between pages", at, page.start - at), Action::Remove));
        }
        at = page.end;
        if page.begins() && open.len() < TRACKS {
            let kind = kind(&page.body);
            out.both |= kind == Kind::Theora;
            if kind == Kind::Other {
                let place = Place::bytes("track", page.start, page.end - page.start);
                out.push(Finding::new(Code::TextTrack, place, Action::Remove));
            }
            open.insert(page.serial(), (kind, 0, Vec::new(), page.start));
        }
        let Some((kind, count, packet, start)) = open.get_mut(&page.serial()) else { continue };
        for (range, whole) in page.packets() {
            if *count == 1 && packet.len() < TEXTS || *kind == Kind::Flac && (1..64).contains(count) {
                packet.extend(&page.body[range]);
            }
            if !whole {
                continue;
            }
            match (*kind, *count) {
                (Kind::Vorbis | Kind::Theora, 1) => {
                    vorbis::discover(packet.get(7..).unwrap_or_default(), "comments", *start, out)
                }
                (Kind::Opus, 1) => vorbis::discover(packet.get(8..).unwrap_or_default(), "comments", *start, out),
                (Kind::Speex, 1) => vorbis::discover(packet, "comments", *start, out),
                (Kind::Flac, 1..) if packet.first().is_some_and(|b| b & 0x7f == 4) => {
                    vorbis::discover(&packet[4.min(packet.len())..], "comments", *start, out);
                }
                (Kind::Flac, 1..) if packet.first().is_some_and(|b| b & 0x7f == 6) => {
                    let place = Place::bytes("picture", page.start, packet.len() as u64);
                    out.push(Finding::new(Code::TagPicture, place, Action::Remove));
                }
                _ => {}
            }
            (*count, *start) = (*count + 1, page.end);
            packet.clear();
        }
    }
    Ok(())
}

/// The year that the comments state.
pub(super) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut out = Discovery::default();
    discover(source, &mut out)?;
    Ok(out.year)
}

/// A track of the output as its headers go by.
struct Track {
    kind: Kind,
    /// Its first packet.
    first: Vec<u8>,
    count: usize,
    inside: usize,
    done: bool,
    last: bool,
    filling: bool,
    sound: Sound,
}

impl Track {
    /// Whether a page that ends at this time does so three years or more behind the beginning.
    fn is_dated(&self, time: u64) -> bool {
        let number = |at: usize, bytes: usize, little: bool| {
            let part = self.first.get(at..at + bytes).unwrap_or_default();
            let add = |sum: u128, byte: &u8| sum << 8 | u128::from(*byte);
            if little { part.iter().rev().fold(0, add) } else { part.iter().fold(0, add) }
        };
        let (rate, over, shift) = match self.kind {
            Kind::Vorbis => (number(12, 4, true).min(768_000), 1, 0),
            Kind::Speex => (number(36, 4, true).min(768_000), 1, 0),
            Kind::Flac => (number(27, 3, false) >> 4, 1, 0),
            Kind::Theora => {
                let over = number(26, 4, false).max(1);
                (number(22, 4, false).min(1_000 * over), over, number(40, 2, false) >> 5 & 31)
            }
            Kind::Opus | Kind::Other => (48_000, 1, 0),
        };
        // Of pictures the last that needs no other, and how many stand behind it.
        let time = u128::from(time);
        let parts = [time >> shift, time - (time >> shift << shift)];
        parts.iter().any(|ticks| ticks * over / rate.max(1) >= 3 * 366 * 86_400)
    }
}

/// Proves an output: the number is how many bytes of pages were compared.
pub(super) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let (mut left, mut hay) = (Left::default(), Haystack::default());
    let mut tracks: HashMap<u32, Track> = HashMap::new();
    let mut gone: HashMap<u32, bool> = HashMap::new();
    // Tracks of the original whose last page went by.
    let mut ended: HashSet<u32> = HashSet::new();
    let (mut at, mut from, mut failures, mut compared) = (0, 0, 0, 0);
    while at < output.len() {
        let start = at;
        let unaccounted = || Trouble::Unaccounted("bytes between pages", Place::bytes("pages", start, 1));
        let page = page(&mut output, at)?.ok_or_else(unaccounted)?;
        at = page.end;
        if page.begins() {
            let kind = kind(&page.body);
            if kind == Kind::Other || tracks.len() >= TRACKS {
                return Err(Trouble::Unaccounted("a track on no list", Place::bytes("pages", page.start, 0)));
            }
            let sound = Sound::default();
            let first = page.body.get(..page.body.len().min(64)).unwrap_or_default().to_vec();
            let track = Track { kind, first, count: 0, inside: 0, done: false, last: false, filling: false, sound };
            if let Some(before) = tracks.insert(page.serial(), track) {
                before.sound.is_over(page.start, &mut left);
            }
        }
        let Some(track) = tracks.get_mut(&page.serial()) else { return Err(unaccounted()) };
        let old = loop {
            let Some(old) = next(&mut original, from, &mut failures)? else { return Err(Trouble::SamplesChanged) };
            from = old.end;
            if old.begins() {
                gone.insert(old.serial(), kind(&old.body) == Kind::Other);
                ended.remove(&old.serial());
            }
            // Pages of no track are no sound, and neither are empty ones behind the last of theirs.
            let is_empty = ended.contains(&old.serial()) && old.body.is_empty();
            if gone.get(&old.serial()) == Some(&false) && !is_empty {
                break old;
            }
        };
        if ended.contains(&old.serial()) {
            return Err(Trouble::Unaccounted("pages behind the last of a track", Place::bytes("pages", page.start, 0)));
        }
        if old.ends() {
            ended.insert(old.serial());
        }
        if page.head[..22] != old.head[..22] || page.head[26..] != old.head[26..] {
            return Err(Trouble::SamplesChanged);
        }
        if track.is_dated(page.time()) {
            left.note("date in the times of the sound", Place::bytes("pages", page.start, page.end - page.start));
        }
        packets(track, &page, &old, &mut left, &mut hay)?;
        compared += page.body.len() as u64;
    }
    while let Some(old) = next(&mut original, from, &mut failures)? {
        from = old.end;
        if old.begins() {
            gone.insert(old.serial(), kind(&old.body) == Kind::Other);
        }
        let is_empty = ended.contains(&old.serial()) && old.body.is_empty();
        if gone.get(&old.serial()) == Some(&false) && !is_empty {
            return Err(Trouble::SamplesChanged);
        }
    }
    tracks.values().for_each(|track| track.sound.is_over(output.len(), &mut left));
    if tracks.is_empty() {
        return Err(Trouble::Damaged("there is no sound"));
    }
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    Ok(compared)
}

/// One page: comments are empty and filled up with zeros; all else is the original's, but for what is no sound.
fn packets(track: &mut Track, page: &Page, old: &Page, left: &mut Left, hay: &mut Haystack) -> Result<(), Trouble> {
    if track.done {
        track.sound.turn(page, left);
    }
    for (range, whole) in page.packets() {
        if track.done {
            track.sound.part(track.kind, (&page.body[range.clone()], &old.body[range]), whole, page.start, left)?;
            continue;
        }
        for (new, old) in page.body[range.clone()].iter().zip(&old.body[range]) {
            let expected = expected(track, *old);
            if expected.is_some_and(|byte| byte != *new) {
                left.note("comments", Place::bytes("comment header", page.start, page.end - page.start));
                hay.add(&page.body[..page.body.len().min(4096)])?;
                return Ok(());
            }
            if expected.is_none() && new != old {
                return Err(Trouble::SamplesChanged);
            }
            track.inside += 1;
        }
        if whole {
            track.done = match track.kind {
                Kind::Vorbis | Kind::Theora => track.count == 2,
                Kind::Flac => track.count > 0 && track.last,
                _ => track.count == 1,
            };
            (track.count, track.inside) = (track.count + 1, 0);
        }
    }
    Ok(())
}

/// What must stand at the next byte of a header; none where it must be the original's.
fn expected(track: &mut Track, old: u8) -> Option<u8> {
    let at = track.inside;
    let word = |word: &[u8]| Some(word.get(at).copied().unwrap_or(0));
    match (track.kind, track.count) {
        // Lengths of the vendor and of the list, and the framing bit.
        (Kind::Vorbis, 1) => {
            if at == 15 {
                Some(1)
            } else {
                word(b"\x03vorbis")
            }
        }
        (Kind::Opus, 1) => word(b"OpusTags"),
        (Kind::Theora, 1) => word(b"\x81theora"),
        (Kind::Speex, 1) => Some(0),
        (Kind::Speex, 0) if (8..28).contains(&at) => Some(0),
        (Kind::Flac, 1..) if at == 0 => {
            track.last = old >> 7 == 1;
            track.filling = old & 0x7f != 4;
            Some(if track.filling { old & 0x80 | 1 } else { old })
        }
        (Kind::Flac, 1..) if at > 3 => Some(0),
        _ => None,
    }
}
