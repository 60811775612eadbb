//! Subtitles: their words stay, since viewers read them; links and what else stands behind the words goes.
//!
//! 3GPP TS 26.245, 5.17 (timed text: samples and modifiers); ISO/IEC 14496-30, 6 (WebVTT cues).

use super::note::Blank;
use super::refused;
use crate::cut::Source;
use crate::plan::Refusal;
use std::ops::Range;

/// The longest subtitle.
const LONGEST: u64 = 256 * 1024;

/// Modifiers that stay: styles, highlights, karaoke, delays, boxes, blinking, wrapping.
const MODIFIERS: &[&[u8; 4]] = &[b"styl", b"hlit", b"hclr", b"krok", b"dlay", b"tbox", b"blnk", b"twrp"];
/// Parts of a cue that stay: its words and settings, and that there is none.
const CUES: &[&[u8; 4]] = &[b"payl", b"sttg", b"vtte"];

fn damaged() -> Refusal {
    refused("a subtitle of the film is damaged")
}

/// What goes of a sample of timed text.
pub(super) fn notes(source: &dyn Source, range: Range<u64>) -> Result<Vec<(Range<u64>, Blank)>, Refusal> {
    let bytes = read(source, &range)?;
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let length = usize::from(super::part::short(&bytes, 0).ok_or_else(damaged)?);
    let behind = 2 + length;
    if behind > bytes.len() {
        return Err(damaged());
    }
    // That the words are in UTF-8 or UTF-16 stands in a box of its own, `encd`.
    boxes(&bytes, behind, range.start, &|kind| MODIFIERS.contains(&kind) || kind == b"encd")
}

/// What goes of a WebVTT sample.
pub(super) fn cue_notes(source: &dyn Source, range: Range<u64>) -> Result<Vec<(Range<u64>, Blank)>, Refusal> {
    let bytes = read(source, &range)?;
    let mut out = Vec::new();
    for (kind, part) in list(&bytes, 0)? {
        if &kind == b"vttc" {
            let inside = &bytes[..part.end];
            out.extend(boxes(inside, part.start + 8, range.start, &|kind| CUES.contains(&kind))?);
        } else if !CUES.contains(&&kind) {
            out.extend(blank(&bytes, part, range.start));
        }
    }
    Ok(out)
}

fn read(source: &dyn Source, range: &Range<u64>) -> Result<Vec<u8>, Refusal> {
    if range.end - range.start > LONGEST {
        return Err(Refusal::too_large("a subtitle of the film is longer than any real one"));
    }
    Ok(source.read_range(range.clone(), LONGEST)?)
}

fn boxes(
    bytes: &[u8],
    from: usize,
    place: u64,
    stays: &dyn Fn(&[u8; 4]) -> bool,
) -> Result<Vec<(Range<u64>, Blank)>, Refusal> {
    let gone = list(bytes, from)?.into_iter().filter(|(kind, _)| !stays(kind));
    Ok(gone.flat_map(|(_, part)| blank(bytes, part, place)).collect())
}

/// A box as free space; none where it is already.
fn blank(bytes: &[u8], part: Range<usize>, place: u64) -> Option<(Range<u64>, Blank)> {
    let old = &bytes[part.clone()];
    let new = [&old[..4], b"free"].concat();
    let blank = old.starts_with(&new) && old[8..].iter().all(|b| *b == 0);
    (!blank).then(|| (place + part.start as u64..place + part.end as u64, new))
}

/// A box in a sample: its type and its bytes.
type Found = ([u8; 4], Range<usize>);

fn list(bytes: &[u8], from: usize) -> Result<Vec<Found>, Refusal> {
    let (mut at, mut out) = (from, Vec::new());
    while at < bytes.len() {
        let size = super::part::number(bytes, at).ok_or_else(damaged)? as usize;
        let kind = bytes.get(at + 4..at + 8).and_then(|kind| kind.try_into().ok()).ok_or_else(damaged)?;
        let end = at.checked_add(size).filter(|end| size >= 8 && *end <= bytes.len()).ok_or_else(damaged)?;
        out.push((kind, at..end));
        at = end;
    }
    Ok(out)
}
