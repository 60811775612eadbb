//! Samples that are streams of their own: AV1, JPEG pictures, and MPEG video with user data among its start codes.
//!
//! ISO/IEC 13818-2, 6.2.2.2.2 and ISO/IEC 14496-2, 6.2.2.1 (user data: start code 0xB2), 13818-2, 6.2.2.6 (clocks); AV1, 5.3 to 5.8.

use super::coding::Coding;
use super::note::Blank;
use super::refused;
use crate::cut::Source;
use crate::plan::Refusal;
use crate::strip::heif::extent::{Patches, Stream};
use crate::strip::heif::nal::Count;
use crate::strip::heif::rule::spells;
use crate::strip::heif::{embedded, obu};
use std::ops::Range;

/// Bytes read at a time.
const WINDOW: u64 = 256 * 1024;
/// The longest user data of one picture.
const NOTE: u64 = 64 * 1024;

/// The notes of a sample, each with what takes its place.
pub(super) fn notes(
    source: &dyn Source,
    range: Range<u64>,
    coding: Coding,
) -> Result<Vec<(Range<u64>, Blank)>, Refusal> {
    let stream = Stream::new([range.clone()]);
    let mut patches = Patches::default();
    match coding {
        Coding::Obus => drop(obu::walk(source, &stream, &mut patches, &mut Count::default())?),
        Coding::Jpeg if range.start < range.end => {
            drop(embedded::jpeg(source, &stream, &mut patches).map_err(|_| {
                refused("a picture of the film is a JPEG that is damaged or holds what cannot be left out")
            })?);
        }
        Coding::StartCodes => return user_data(source, range),
        _ => {}
    }
    Ok(patches.within(range).map(|(at, bytes)| (at..at + bytes.len() as u64, bytes.to_vec())).collect())
}

/// User data become fill bytes, and the clocks of groups of pictures stand still.
fn user_data(source: &dyn Source, range: Range<u64>) -> Result<Vec<(Range<u64>, Blank)>, Refusal> {
    let (mut out, mut open, mut at, mut window) = (Vec::new(), None, range.start, Vec::new());
    while at + 3 < range.end {
        window.resize((range.end - at).min(WINDOW) as usize, 0);
        source.read_exact_at(at, &mut window)?;
        for found in memchr::memmem::find_iter(&window, &[0, 0, 1]) {
            let (code, place) = (window.get(found + 3), at + found as u64);
            // The last code of a window is seen again in the next, whole.
            let Some(code) = code else { break };
            if let Some(start) = open.take() {
                close(source, start..place, &mut out)?;
            }
            match code {
                0xB2 => open = Some(place + 4),
                0xB8 if place + 8 <= range.end => clock(source, place + 4, &mut out)?,
                _ => {}
            }
        }
        at += window.len().saturating_sub(3).max(1) as u64;
    }
    if let Some(start) = open {
        close(source, start..range.end, &mut out)?;
    }
    Ok(out)
}

fn close(source: &dyn Source, note: Range<u64>, out: &mut Vec<(Range<u64>, Blank)>) -> Result<(), Refusal> {
    if note.end - note.start > NOTE {
        return Err(Refusal::too_large("a note inside the coded film is longer than any real one"));
    }
    let bytes = source.read_range(note.clone(), NOTE)?;
    if bytes.iter().any(|b| *b != 0xFF) && !is_version(&bytes) {
        out.push((note, vec![0xFF; bytes.len()]));
    }
    Ok(())
}

/// A group of pictures of MPEG-1 and MPEG-2 has a clock of 25 bits, one of which is always set, and two flags (13818-2,
/// 6.2.2.6): cameras write the time of day there.
fn clock(source: &dyn Source, at: u64, out: &mut Vec<(Range<u64>, Blank)>) -> Result<(), Refusal> {
    let mut old = [0; 4];
    source.read_exact_at(at, &mut old)?;
    let new = [0, 8, 0, old[3] & 0x60];
    if new != old {
        out.push((at..at + 4, new.to_vec()));
    }
    Ok(())
}

/// Blanks user data in bytes at hand, such as stand before the first picture; whether words are left that belong nowhere.
pub(in crate::strip) fn blank(bytes: &mut [u8]) -> bool {
    let (mut at, mut rest) = (0, bytes.to_vec());
    while let Some(found) = memchr::memmem::find(&bytes[at..], &[0, 0, 1, 0xB2]) {
        let start = at + found + 4;
        let end = memchr::memmem::find(&bytes[start..], &[0, 0, 1]).map_or(bytes.len(), |end| start + end);
        rest[start..end].fill(0xFF);
        if !is_version(&bytes[start..end]) {
            bytes[start..end].fill(0xFF);
        }
        at = end;
    }
    spells(&rest)
}

/// Whether user data are the version of XviD or DivX and nothing more, such as `XviD0069` or `DivX503b1393p`: players tell
/// by it how exactly to decode, and without it the pictures come out otherwise.
fn is_version(note: &[u8]) -> bool {
    let note = note.strip_suffix(&[0]).unwrap_or(note);
    let figures = |bytes: &[u8], most: usize| (1..=most).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit);
    if let Some(version) = note.strip_prefix(b"XviD") {
        return version.len() == 4 && figures(version, 4);
    }
    let Some(version) = note.strip_prefix(b"DivX") else { return false };
    let version = version.strip_suffix(b"p").unwrap_or(version);
    let Some(at) = version.iter().position(|b| *b == b'b') else { return false };
    figures(&version[..at], 3) && figures(&version[at + 1..], 4)
}
