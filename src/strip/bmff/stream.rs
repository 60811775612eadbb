//! Samples that are streams of their own: AV1, JPEG pictures, and MPEG video with user data among its start codes.
//!
//! ISO/IEC 13818-2, 6.2.2.2.2 and ISO/IEC 14496-2, 6.2.2.1 (user data: start code 0xB2); AV1, 5.3 to 5.8.

use super::coding::Coding;
use super::note::Blank;
use super::refused;
use crate::cut::Source;
use crate::plan::Refusal;
use crate::strip::heif::extent::{Patches, Stream};
use crate::strip::heif::nal::Count;
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

/// User data become fill bytes.
fn user_data(source: &dyn Source, range: Range<u64>) -> Result<Vec<(Range<u64>, Blank)>, Refusal> {
    let (mut out, mut at) = (Vec::new(), range.start);
    while let Some(start) = find(source, at..range.end, &[0, 0, 1, 0xB2])? {
        let start = start + 4;
        let end = find(source, start..range.end, &[0, 0, 1])?.unwrap_or(range.end);
        if end - start > NOTE {
            return Err(Refusal::too_large("a note inside the coded film is longer than any real one"));
        }
        let bytes = source.read_range(start..end, NOTE)?;
        if bytes.iter().any(|b| *b != 0xFF) {
            out.push((start..end, vec![0xFF; bytes.len()]));
        }
        at = end;
    }
    Ok(out)
}

/// Blanks user data in bytes at hand.
pub(super) fn blank(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&bytes[at..], &[0, 0, 1, 0xB2]) {
        let start = at + found + 4;
        let end = memchr::memmem::find(&bytes[start..], &[0, 0, 1]).map_or(bytes.len(), |end| start + end);
        bytes[start..end].fill(0xFF);
        at = end;
    }
}

/// The first place of `code` in a range.
fn find(source: &dyn Source, range: Range<u64>, code: &[u8]) -> Result<Option<u64>, Refusal> {
    let mut at = range.start;
    let mut window = Vec::new();
    while at < range.end {
        let length = (range.end - at).min(WINDOW);
        window.resize(length as usize, 0);
        source.read_exact_at(at, &mut window)?;
        if let Some(found) = memchr::memmem::find(&window, code) {
            return Ok(Some(at + found as u64));
        }
        if at + length >= range.end {
            break;
        }
        at += length - (code.len() as u64 - 1);
    }
    Ok(None)
}
