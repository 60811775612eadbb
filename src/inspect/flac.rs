//! The witness's own account of FLAC: an output is a description, perhaps places to jump to, and frames to its last byte.
//!
//! RFC 9639 sections 8 and 9.

mod frame;

use super::bytes::{Bytes, be16, be32, compare};
use super::residue::Haystack;
use super::{Discovery, Evidence, Left, Trouble, mp3, vorbis};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use crate::recording::Identifier;
use std::ops::Range;

/// The most blocks, and the most bytes of a block of texts, that are read.
const MOST: usize = 20_000;
const TEXTS: usize = 1 << 20;
/// The most bytes of a table of places.
const TABLE: usize = 16 << 20;
/// The longest frame.
const LONGEST: u64 = 4 << 20;

/// A block: its kind, and its body.
#[derive(Debug)]
struct Block {
    kind: u8,
    body: Range<u64>,
}

/// Where the file proper begins behind tags, its blocks, and where its frames begin.
fn blocks(bytes: &mut Bytes<'_>) -> Result<(u64, Vec<Block>, u64), Trouble> {
    let mut at = 0;
    while let Some(length) = mp3::tag_length(bytes, at)? {
        at += length;
    }
    if bytes.get(at, 4)? != Some(b"fLaC") {
        return Err(Trouble::Damaged("the file does not begin as a FLAC file does"));
    }
    let start = at;
    at += 4;
    let mut out = Vec::new();
    while out.len() < MOST {
        let head = bytes.get(at, 4)?.and_then(|b| be32(b, 0)).ok_or(Trouble::Damaged("the file ends in its header"))?;
        let body = at + 4..at + 4 + u64::from(head & 0x00ff_ffff);
        at = body.end;
        out.push(Block { kind: (head >> 24) as u8 & 0x7f, body });
        if head >> 31 == 1 {
            return Ok((start, out, at));
        }
    }
    Err(Trouble::TooLarge("blocks without end"))
}

/// Lists what a FLAC file holds.
pub(super) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let (start, all, _) = blocks(&mut bytes)?;
    mp3::tags_before(&mut bytes, 0..start, out)?;
    for block in &all {
        let length = block.body.end.min(bytes.len()).saturating_sub(block.body.start);
        let text = bytes.copy(block.body.clone(), if block.kind == 4 { TEXTS } else { 4096 })?;
        let (code, label) = match block.kind {
            0 | 3 => continue,
            1 if text.iter().all(|b| *b == 0) => (Code::Junk, "filling"),
            1 => (Code::HiddenBytes, "bytes in the filling"),
            4 => {
                vorbis::discover(&text, "VORBIS_COMMENT", block.body.start, out);
                continue;
            }
            5 => (Code::Marker, "tracks of a disc"),
            6 => (Code::TagPicture, "cover picture"),
            _ => (Code::ApplicationData, "program's data"),
        };
        let place = Place::bytes(label, block.body.start, length);
        out.push_with(Finding::new(code, place, Action::Remove).labelled(label), Identifier::new(text));
    }
    mp3::tags_behind(&mut bytes, start, out)
}

/// The year that the comments state.
pub(super) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut out = Discovery::default();
    discover(source, &mut out)?;
    Ok(out.year)
}

/// Proves an output: the number is how many bytes of sound were compared.
pub(super) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let (mut left, mut hay) = (Left::default(), Haystack::default());
    let (start, after, sound) = blocks(&mut output)?;
    let (_, before, old_sound) = blocks(&mut original)?;
    let kinds: Vec<u8> = after.iter().map(|b| b.kind).collect();
    if start != 0 || !matches!(kinds[..], [0] | [0, 3]) {
        return Err(Trouble::Unaccounted("blocks on no list", Place::bytes("FLAC", 0, sound)));
    }
    if let Some(table) = after.get(1) {
        let points = output.copy(table.body.clone(), TABLE)?;
        if !follow(&points) {
            left.note("places that do not follow one another", Place::bytes("SEEKTABLE", table.body.start, 0));
        }
        let old = before.iter().find(|b| b.kind == 3).ok_or(Trouble::SamplesChanged)?;
        let old = original.copy(old.body.clone(), TABLE)?;
        let alike = old.len() == points.len()
            && old.chunks(18).zip(points.chunks(18)).all(|(old, new)| old == new || new.starts_with(&[0xff; 8]));
        if !alike {
            return Err(Trouble::SamplesChanged);
        }
        hay.add(&points)?;
    }
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    let described = [&before[..], &after[..]].map(|all| all.first().map(|b| b.body.clone()).unwrap_or(0..0));
    let [old, new] = described;
    let description = output.copy(new, 64)?;
    if description.len() != 34 || original.copy(old, 64)? != description {
        return Err(Trouble::SamplesChanged);
    }
    let depth = be16(&description, 12).map_or(0, |n| usize::from(n >> 4 & 31) + 1);
    frames(&mut output, sound, depth)?;
    let kept = kept(&mut original, old_sound, evidence.dropped)?;
    let end = output.len();
    let same = compare((&mut output, std::slice::from_ref(&(sound..end))), (&mut original, &kept))?;
    if same { Ok(end - sound) } else { Err(Trouble::SamplesChanged) }
}

/// Whether points of a table follow one another, and placeholders are blank.
fn follow(points: &[u8]) -> bool {
    let mut last: Option<(&[u8], &[u8])> = None;
    points.len().is_multiple_of(18)
        && points.chunks(18).all(|point| {
            if point[..8] == [0xff; 8] {
                return point[8..].iter().all(|b| *b == 0);
            }
            let (sample, offset) = (&point[..8], &point[8..16]);
            let grows = last.is_none_or(|(before, place)| before < sample && place <= offset);
            last = Some((sample, offset));
            grows && point[..3] == [0; 3] && offset[..2] == [0; 2]
        })
}

/// From `at` to the end of the file, frames follow one another, each with both check sums right and sound up to them.
fn frames(output: &mut Bytes<'_>, mut at: u64, depth: usize) -> Result<(), Trouble> {
    while at < output.len() {
        let unaccounted = || Trouble::Unaccounted("bytes between frames", Place::bytes("frames", at, 1));
        if !begins(output, at)? {
            return Err(unaccounted());
        }
        let end = ends(output, at)?.ok_or_else(unaccounted)?;
        let whole = output.copy(at..end, LONGEST as usize)?;
        if frame::length(&whole, depth) != Some(whole.len()) {
            return Err(Trouble::Unaccounted("bytes behind a frame's sound", Place::bytes("frames", at, end - at)));
        }
        at = end;
    }
    Ok(())
}

/// Where the frame that begins at `start` ends: before the next header with the sum at zero, or with the file.
fn ends(output: &mut Bytes<'_>, start: u64) -> Result<Option<u64>, Trouble> {
    let (mut at, mut sum) = (start, 0);
    while at - start < LONGEST {
        let next = output.find(0xff, at.max(start + 1), output.len())?.unwrap_or(output.len());
        output.each(at..next, |part| {
            sum = sums(sum, part);
            Ok(())
        })?;
        if sum == 0 && next > start && (next == output.len() || begins(output, next)?) {
            return Ok(Some(next));
        }
        if next == output.len() {
            break;
        }
        sum = sums(sum, &[0xff]);
        at = next + 1;
    }
    Ok(None)
}

/// Whether a frame's header begins at `at`: its sync word, its number and its own check sum.
fn begins(bytes: &mut Bytes<'_>, at: u64) -> Result<bool, Trouble> {
    let head = bytes.copy(at..at + 16, 16)?;
    if be16(&head, 0).is_none_or(|sync| sync & 0xfffe != 0xfff8) || head.len() < 6 {
        return Ok(false);
    }
    let number = match head[4].leading_ones() {
        0 => 1,
        n @ 2..=7 => n as usize,
        _ => return Ok(false),
    };
    let size = [0, 0, 0, 0, 0, 0, 1, 2].get(usize::from(head[2] >> 4)).copied().unwrap_or(0);
    let rate = [1, 2, 2].get(usize::from(head[2] & 15).wrapping_sub(12)).copied().unwrap_or(0);
    let length = 4 + number + size + rate;
    let mut sum = 0u8;
    for byte in head.get(..length).unwrap_or_default() {
        sum ^= byte;
        for _ in 0..8 {
            sum = if sum >> 7 == 1 { (sum << 1) ^ 0x07 } else { sum << 1 };
        }
    }
    Ok(head.get(length) == Some(&sum))
}

/// CRC-16 (0x8005), four bits at a time.
fn sums(mut sum: u16, bytes: &[u8]) -> u16 {
    const NIBBLES: [u16; 16] = [
        0x0000, 0x8005, 0x800f, 0x000a, 0x801b, 0x001e, 0x0014, 0x8011, 0x8033, 0x0036, 0x003c, 0x8039, 0x0028, 0x802d,
        0x8027, 0x0022,
    ];
    for byte in bytes {
        sum = sum << 4 ^ NIBBLES[usize::from(sum >> 12 ^ u16::from(byte >> 4))];
        sum = sum << 4 ^ NIBBLES[usize::from(sum >> 12 ^ u16::from(byte & 15))];
    }
    sum
}

/// The ranges of the original's sound that were not left out; what was left out is no whole frame.
fn kept(original: &mut Bytes<'_>, start: u64, dropped: &[Range<u64>]) -> Result<Vec<Range<u64>>, Trouble> {
    let (mut out, mut at, mut tries) = (Vec::new(), start, 200);
    for range in dropped.iter().filter(|r| r.end > start) {
        if range.start > at {
            out.push(at..range.start);
        }
        at = range.end;
        let mut from = range.start.max(start);
        while let Some(found) = original.find(0xff, from, range.end)? {
            from = found + 1;
            if !begins(original, found)? {
                continue;
            }
            tries -= 1;
            if tries == 0 {
                return Err(Trouble::TooLarge("more damaged parts than can be compared"));
            }
            if ends(original, found)?.is_some_and(|end| end <= range.end && end < original.len()) {
                return Err(Trouble::SamplesChanged);
            }
        }
    }
    if at < original.len() {
        out.push(at..original.len());
    }
    Ok(out)
}
