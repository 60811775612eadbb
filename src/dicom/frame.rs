//! Finds what stands in compressed frames beside their samples: comments, application data, bytes behind a frame's end.
//!
//! DICOM PS3.5 A.4 (fragments), 8.2 (compression schemes) and Annex G (run lengths). It is zeroed where it stands: no
//! fragment changes its length, so offset tables stay true, and decoders step over it as they did.

mod jpeg;
mod jpeg2000;
mod rle;

use super::syntax::Encoding;
use super::window::Window;
use crate::finding::Code;
use crate::plan::Refusal;
use std::ops::Range;

/// Bytes looked at together.
const STRETCH: u64 = 4096;
/// Parts of one frame's header, at most: real ones have some fifty.
const PARTS: usize = 10_000;
/// Stretches to be zeroed in one object, at most.
const EXTRAS: usize = 500_000;

/// How frames are compressed, as far as cleaning goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// JPEG, JPEG-LS, JPEG 2000.
    Markers,
    /// Run lengths.
    Runs,
    /// JPEG XL, of which codestreams alone have no room for other things.
    JpegXl,
    /// Video and what is to come: not looked into.
    Other,
}

fn scheme(syntax: &str) -> Scheme {
    let number = syntax.strip_prefix("1.2.840.10008.1.2.4.").and_then(|n| n.parse::<u16>().ok());
    match number {
        _ if syntax == "1.2.840.10008.1.2.5" => Scheme::Runs,
        Some(50..=81 | 90..=93 | 201..=203) => Scheme::Markers,
        Some(110..=112) => Scheme::JpegXl,
        _ => Scheme::Other,
    }
}

/// A stretch of the source that is no sample.
pub(super) type Extra = (Code, Range<u64>);

/// What stands in the fragments of `frames` beside samples, in the order of the source; a frame has so many pixels.
pub(super) fn extras(
    window: &mut Window<'_>,
    frames: Range<u64>,
    encoding: Encoding,
    syntax: &str,
    pixels: Option<u64>,
) -> Result<Vec<Extra>, Refusal> {
    let scheme = scheme(syntax);
    let (mut out, mut frame) = (Vec::new(), Vec::new());
    let mut at = frames.start;
    while scheme != Scheme::Other && frames.end.saturating_sub(at) >= 8 {
        let length = window.bytes(at + 4..at + 8)?.try_into().map_or(0, |b| encoding.u32(b));
        let fragment = at + 8..(at + 8).saturating_add(u64::from(length)).min(frames.end);
        at = fragment.end;
        if begins(window, &fragment, scheme)? {
            look(window, &frame, scheme, pixels, &mut out)?;
            frame.clear();
        }
        frame.push(fragment);
    }
    look(window, &frame, scheme, pixels, &mut out)?;
    Ok(out)
}

/// Whether a fragment begins a frame; others go on with one. A frame of run lengths is one fragment (A.4.2).
fn begins(window: &mut Window<'_>, fragment: &Range<u64>, scheme: Scheme) -> Result<bool, Refusal> {
    if fragment.end - fragment.start < 4 {
        return Ok(false);
    }
    let start = window.bytes(fragment.start..fragment.start + 4)?;
    Ok(match scheme {
        Scheme::Runs => matches!(start, [1..=15, 0, 0, 0]),
        Scheme::JpegXl => start.starts_with(&[0xFF, 0x0A]),
        _ => matches!(start, [0xFF, 0xD8, 0xFF, _] | [0xFF, 0x4F, 0xFF, 0x51]),
    })
}

fn look(
    window: &mut Window<'_>,
    frame: &[Range<u64>],
    scheme: Scheme,
    pixels: Option<u64>,
    out: &mut Vec<Extra>,
) -> Result<(), Refusal> {
    let mut joined = Joined::new(window, frame);
    let Some(start) = joined.bytes::<4>(0)? else { return Ok(()) };
    let mut found = match (scheme, start) {
        (Scheme::Runs, _) => rle::extras(&mut joined, pixels.unwrap_or(u64::MAX))?,
        (Scheme::JpegXl, [first, second, ..]) if [first, second] != [0xFF, 0x0A] => {
            return Err(Refusal::not_understood(
                "a JPEG XL frame is wrapped in a container, which is not cleaned inside",
            ));
        }
        (Scheme::Markers, [0xFF, 0xD8, ..]) => jpeg::extras(&mut joined)?,
        (Scheme::Markers, [0xFF, 0x4F, ..]) => jpeg2000::extras(&mut joined)?,
        _ => Vec::new(),
    };
    // What is zero already need not be zeroed.
    let mut kept = Vec::with_capacity(found.len());
    for (code, range) in found.drain(..) {
        if !joined.is_blank(range.clone())? {
            kept.push((code, range));
        }
    }
    for (code, range) in kept {
        out.extend(joined.places(range).map(|place| (code, place)));
        if out.len() > EXTRAS {
            return Err(Refusal::too_large("compressed frames hold more comments than those of any real recording"));
        }
    }
    Ok(())
}

/// The fragments of a frame, read as one.
struct Joined<'j, 'w> {
    window: &'j mut Window<'w>,
    parts: &'j [Range<u64>],
    /// Where each part begins in the whole.
    starts: Vec<u64>,
    length: u64,
}

impl<'j, 'w> Joined<'j, 'w> {
    fn new(window: &'j mut Window<'w>, parts: &'j [Range<u64>]) -> Self {
        let mut length = 0;
        let mut starts = Vec::with_capacity(parts.len());
        for part in parts {
            starts.push(length);
            length += part.end - part.start;
        }
        Self { window, parts, starts, length }
    }

    fn len(&self) -> u64 {
        self.length
    }

    /// The part that a place lies in: its number, and how far into it.
    fn locate(&self, at: u64) -> (usize, u64) {
        let part = self.starts.partition_point(|start| *start <= at).saturating_sub(1);
        (part, at - self.starts.get(part).copied().unwrap_or(0))
    }

    /// Bytes from `at` on that lie together: at least one, at most a stretch; none at the end.
    fn stretch(&mut self, at: u64, end: u64) -> Result<&[u8], Refusal> {
        let end = end.min(self.length);
        if at >= end {
            return Ok(&[]);
        }
        let (part, into) = self.locate(at);
        let range = &self.parts[part];
        let start = range.start + into;
        self.window.bytes(start..range.end.min(start + (end - at).min(STRETCH)))
    }

    /// So many bytes at a place; none where the frame ends before.
    fn bytes<const N: usize>(&mut self, at: u64) -> Result<Option<[u8; N]>, Refusal> {
        let mut out = [0; N];
        let mut filled = 0;
        while filled < N {
            let more = self.stretch(at.saturating_add(filled as u64), u64::MAX)?;
            let n = more.len().min(N - filled);
            if n == 0 {
                return Ok(None);
            }
            out[filled..filled + n].copy_from_slice(&more[..n]);
            filled += n;
        }
        Ok(Some(out))
    }

    /// The next 0xFF from `at` on.
    fn find_ff(&mut self, mut at: u64) -> Result<Option<u64>, Refusal> {
        loop {
            let stretch = self.stretch(at, u64::MAX)?;
            if stretch.is_empty() {
                return Ok(None);
            }
            if let Some(n) = memchr::memchr(0xFF, stretch) {
                return Ok(Some(at + n as u64));
            }
            at += stretch.len() as u64;
        }
    }

    fn is_blank(&mut self, range: Range<u64>) -> Result<bool, Refusal> {
        let mut at = range.start;
        loop {
            let stretch = self.stretch(at, range.end)?;
            if stretch.iter().any(|b| *b != 0) || stretch.is_empty() {
                return Ok(stretch.is_empty());
            }
            at += stretch.len() as u64;
        }
    }

    /// Where a stretch of the whole lies in the source.
    fn places(&self, range: Range<u64>) -> impl Iterator<Item = Range<u64>> + '_ {
        let (first, _) = self.locate(range.start);
        let parts = self.parts.iter().zip(&self.starts).skip(first);
        parts
            .map_while(move |(part, start)| {
                let from = range.start.max(*start);
                let to = range.end.min(start + (part.end - part.start));
                (*start < range.end)
                    .then(|| part.start + (from - start)..part.start + to.saturating_sub(*start).max(from - start))
            })
            .filter(|place| !place.is_empty())
    }
}
