//! The proof of a JPEG XL file: the boxes that decoding needs, and a codestream without names or a tail.
//!
//! ISO/IEC 18181-2 section 9; 18181-1 Annexes D and F, by the crates of jxl-oxide.

use super::codestream::{self, Account};
use super::{SIGNATURE, is_bare, stream, top};
use crate::inspect::boxes::{Box4, Spans};
use crate::inspect::bytes::{Bytes, compare};
use crate::inspect::jpeg::cleared::colours;
use crate::inspect::residue::Haystack;
use crate::inspect::{Evidence, Left, Trouble, icc};
use crate::place::Place;
use std::ops::Range;

/// The file type box: one brand, no version, compatible with itself (9.2).
const FILE_TYPE: &[u8] = b"jxl \0\0\0\0jxl ";

/// The longest index of frames that is read.
const LONGEST_INDEX: u64 = 1 << 20;

/// Proves an output; the number is how many bytes of samples were compared.
pub(in crate::inspect) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let (mut left, mut hay) = (Left::default(), Haystack::default());
    let new = codestream_of(&mut output, |bytes, boxes| account(bytes, boxes, &mut left, &mut hay))?;
    let (new, ordered) = new;
    if !ordered {
        return Err(Trouble::Damaged("the parts of the picture are not in order"));
    }
    let after = codestream::account(&mut output, &new)?;
    match &after {
        Some(after) => judge(after, &new, &mut left, &mut hay)?,
        None => left.note("a codestream that another reader cannot read", Place::bytes("codestream", 0, new.len())),
    }
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    let (old, _) = codestream_of(&mut original, |_, _| Ok(()))?;
    let after = after.ok_or(Trouble::SamplesChanged)?;
    same((&mut original, &old), (&mut output, &new, &after))?;
    Ok(new.len())
}

/// Whether a bare codestream is a picture and nothing beside; one zero may stand behind it.
pub(in crate::inspect) fn is_plain(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<bool, Trouble> {
    let mut stream = Spans::new(Some(range.clone()));
    let Some(account) = codestream::account(bytes, &stream)? else { return Ok(false) };
    let padded = account.end == Some(stream.len().saturating_sub(1));
    if padded && bytes.get(range.end.saturating_sub(1), 1)? == Some(&[0]) {
        stream = Spans::new(Some(range.start..range.end - 1));
    }
    let mut left = Left::default();
    judge(&account, &stream, &mut left, &mut Haystack::default())?;
    Ok(left.none().is_ok())
}

fn codestream_of(
    bytes: &mut Bytes<'_>,
    mut visit: impl FnMut(&mut Bytes<'_>, &[Box4]) -> Result<(), Trouble>,
) -> Result<(Spans, bool), Trouble> {
    if is_bare(bytes)? {
        return stream(bytes, None);
    }
    let boxes = top(bytes)?;
    visit(bytes, &boxes)?;
    stream(bytes, Some(&boxes))
}

fn unaccounted(what: &'static str, range: &Range<u64>) -> Trouble {
    Trouble::Unaccounted(what, Place::bytes("JPEG XL", range.start, range.end - range.start))
}

fn account(bytes: &mut Bytes<'_>, boxes: &[Box4], left: &mut Left, hay: &mut Haystack) -> Result<(), Trouble> {
    let last = boxes.len().saturating_sub(1);
    let mut seen: Vec<[u8; 4]> = Vec::new();
    for (i, found) in boxes.iter().enumerate() {
        if !found.whole {
            return Err(unaccounted("bytes that are no box", &found.range));
        }
        let is_picture = matches!(&found.kind, b"jxlc" | b"jxlp");
        if !(found.stated || i == last && is_picture) {
            return Err(unaccounted("a box without a length", &found.range));
        }
        let again = seen.contains(&found.kind);
        seen.push(found.kind);
        let content = bytes.copy(found.data.clone(), 64)?;
        let allowed = match &found.kind {
            b"JXL " => i == 0 && bytes.get(0, 12)? == Some(SIGNATURE),
            b"ftyp" => i == 1 && content == FILE_TYPE,
            b"jxll" => !again && matches!(content[..], [5 | 10]),
            b"jxlc" => !again && !seen.contains(b"jxlp"),
            b"jxlp" => !seen.contains(b"jxlc"),
            b"jxli" => !again && index(bytes, found, hay)?,
            _ => false,
        };
        if !allowed {
            let place = Place::bytes(found.name(), found.range.start, found.range.end - found.range.start);
            left.note(format!("{} box", found.name()), place);
        }
    }
    if !seen.starts_with(&[*b"JXL ", *b"ftyp"]) {
        return Err(Trouble::Damaged("it does not begin as a JPEG XL file does"));
    }
    Ok(())
}

/// An index of frames: how many, a length of time, and three numbers for each (9.12).
fn index(bytes: &mut Bytes<'_>, found: &Box4, hay: &mut Haystack) -> Result<bool, Trouble> {
    if found.length() > LONGEST_INDEX {
        return Ok(false);
    }
    let content = bytes.copy(found.data.clone(), LONGEST_INDEX as usize)?;
    hay.add(&content)?;
    let mut left = &content[..];
    let Some(count) = varint(&mut left) else { return Ok(false) };
    let Some((_, rest)) = left.split_at_checked(8) else { return Ok(false) };
    left = rest;
    for _ in 0..count.saturating_mul(3) {
        if varint(&mut left).is_none() {
            return Ok(false);
        }
    }
    Ok(left.is_empty())
}

/// A number of up to nine bytes, seven bits in each (18181-2 9.12).
fn varint(left: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for i in 0..9 {
        let (byte, rest) = left.split_first()?;
        *left = rest;
        value |= u64::from(byte & 0x7f) << (7 * i);
        if *byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// A codestream has no names, no extensions, no preview, no telling colour profile, and nothing behind its last frame.
fn judge(account: &Account, stream: &Spans, left: &mut Left, hay: &mut Haystack) -> Result<(), Trouble> {
    let whole = || Place::bytes("codestream", stream.ranges().first().map_or(0, |r| r.start), stream.len());
    for (what, _) in account.names.iter().take(10) {
        left.note(*what, whole());
    }
    if account.extended {
        left.note("extension of the codestream", whole());
    }
    if account.timed {
        left.note("times of frames", whole());
    }
    if account.preview.is_some() {
        left.note("embedded preview", whole());
    }
    if let Some(profile) = &account.profile {
        colours(profile, "codestream", left, hay)?;
    }
    match account.end {
        Some(end) if end == stream.len() => {}
        Some(_) => left.note("bytes behind the codestream", whole()),
        None => left.note("a codestream whose end cannot be found", whole()),
    }
    Ok(())
}

/// The output's codestream is the beginning of the original's; or, where headers were written anew without names and
/// profile texts, says the same and has the same samples in every frame.
fn same(original: (&mut Bytes<'_>, &Spans), output: (&mut Bytes<'_>, &Spans, &Account)) -> Result<(), Trouble> {
    let ((before, old), (after, new, account)) = (original, output);
    if old.len() >= new.len() && compare((&mut *before, &old.sub(0..new.len())), (&mut *after, new.ranges()))? {
        return Ok(());
    }
    let was = codestream::account(before, old)?.ok_or(Trouble::SamplesChanged)?;
    let profiles = match (&was.profile, &account.profile) {
        (None, None) => true,
        (Some(x), Some(y)) => x.get(16..20) == y.get(16..20) || icc::account(x).fault.is_some(),
        _ => false,
    };
    if !profiles || !was.looks_like(account) {
        return Err(Trouble::SamplesChanged);
    }
    for (x, y) in was.frames.iter().zip(&account.frames) {
        if !compare((&mut *before, &old.sub(x.data.clone())), (&mut *after, &new.sub(y.data.clone())))? {
            return Err(Trouble::SamplesChanged);
        }
    }
    Ok(())
}
