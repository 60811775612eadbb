//! Finds what stands in compressed frames beside their samples: comments, application data, bytes behind a frame's end.
//!
//! DICOM PS3.5 A.4 (fragments), 8.2 (compression schemes) and Annex G (run lengths). It is zeroed where it stands: no
//! fragment changes its length, so offset tables stay true, and decoders step over it as they did.

mod deflated;
mod jpeg;
mod jpeg2000;
mod rle;
mod tail;
mod video;

use super::syntax::Encoding;
use super::window::Window;
use crate::finding::Code;
use crate::plan::Refusal;
use std::ops::Range;

/// Bytes looked at together.
const STRETCH: u64 = 4096;
/// Parts of one frame's header, at most: real ones have some fifty.
const PARTS: usize = 10_000;
/// Fragments of one frame or video, at most.
const FRAGMENTS: usize = 1 << 20;
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
    /// Each frame deflated.
    Deflated,
    /// Video: one stream in all fragments.
    Video(video::Family),
}

fn scheme(syntax: &str) -> Result<Scheme, Refusal> {
    let number = syntax.strip_prefix("1.2.840.10008.1.2.4.").unwrap_or_default();
    let family = video::family(number).map(Scheme::Video);
    let known = match number.parse::<u16>() {
        _ if syntax == "1.2.840.10008.1.2.5" => Some(Scheme::Runs),
        _ if syntax == "1.2.840.10008.1.2.8.1" => Some(Scheme::Deflated),
        Ok(50..=81 | 90..=93 | 201..=203) => Some(Scheme::Markers),
        Ok(110..=112) => Some(Scheme::JpegXl),
        _ => family,
    };
    known.ok_or_else(|| Refusal {
        code: "compression-unknown",
        what: "the picture is compressed in a way that scrubs does not look into".to_owned(),
        advice: "Export it uncompressed, or as JPEG, JPEG 2000 or run lengths, then run scrubs again.",
    })
}

/// A stretch of the source that is no sample, and what takes the place of each of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extra {
    pub(super) code: Code,
    pub(super) range: Range<u64>,
    pub(super) fill: u8,
}

impl Extra {
    fn zeros(code: Code, range: Range<u64>) -> Self {
        Self { code, range, fill: 0 }
    }
}

/// What the header says of the frames.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said<'s> {
    /// The transfer syntax.
    pub(super) syntax: &'s str,
    /// Pixels of one frame.
    pub(super) pixels: Option<u64>,
    /// Bytes of one frame, uncompressed.
    pub(super) bytes: Option<u64>,
    /// How many frames there are.
    pub(super) frames: u64,
}

/// What stands in the fragments of `frames` beside samples, in the order of the source.
///
/// # Errors
/// When frames are compressed or wrapped in a way that is not looked into, or hold more than any real ones.
pub(super) fn extras(
    window: &mut Window<'_>,
    frames: Range<u64>,
    encoding: Encoding,
    said: Said<'_>,
) -> Result<Vec<Extra>, Refusal> {
    let scheme = scheme(said.syntax)?;
    let (mut out, mut frame, mut count) = (Vec::new(), Vec::new(), 0);
    let mut at = frames.start;
    while frames.end.saturating_sub(at) >= 8 {
        let length = window.bytes(at + 4..at + 8)?.try_into().map_or(0, |b| encoding.u32(b));
        let fragment = at + 8..(at + 8).saturating_add(u64::from(length)).min(frames.end);
        at = fragment.end;
        if begins(window, &fragment, scheme)? {
            look(window, &frame, scheme, said, &mut out)?;
            count += u64::from(!frame.is_empty());
            frame.clear();
        }
        // Behind the last frame that the header knows of, no viewer shows anything.
        if count >= said.frames && !matches!(scheme, Scheme::Video(_)) {
            surplus(window, fragment, &mut out)?;
            continue;
        }
        if frame.len() >= FRAGMENTS {
            return Err(Refusal::too_large("a compressed frame is in more pieces than any real one"));
        }
        frame.push(fragment);
    }
    look(window, &frame, scheme, said, &mut out)?;
    Ok(out)
}

/// A fragment behind the last frame goes.
fn surplus(window: &mut Window<'_>, fragment: Range<u64>, out: &mut Vec<Extra>) -> Result<(), Refusal> {
    let whole = [fragment.clone()];
    if !Joined::new(window, &whole).is_blank(0..fragment.end - fragment.start)? {
        out.push(Extra::zeros(Code::DicomPadding, fragment));
    }
    if out.len() > EXTRAS {
        return Err(Refusal::too_large("the picture has more pieces behind its last frame than any real one"));
    }
    Ok(())
}

/// Whether a fragment begins a frame; others go on with one. A frame of run lengths is one fragment (A.4.2).
fn begins(window: &mut Window<'_>, fragment: &Range<u64>, scheme: Scheme) -> Result<bool, Refusal> {
    match scheme {
        Scheme::Deflated => return Ok(true),
        Scheme::Video(_) => return Ok(false),
        _ if fragment.end - fragment.start < 4 => return Ok(false),
        _ => {}
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
    said: Said<'_>,
    out: &mut Vec<Extra>,
) -> Result<(), Refusal> {
    let mut joined = Joined::new(window, frame);
    let Some(start) = joined.bytes::<4>(0)? else { return Ok(()) };
    let mut found = match (scheme, start) {
        (Scheme::Runs, _) => rle::extras(&mut joined, said)?,
        (Scheme::Deflated, _) => deflated::extras(&mut joined, said.bytes)?,
        (Scheme::Video(family), _) => video::extras(&mut joined, family)?,
        (Scheme::JpegXl, [first, second, ..]) if [first, second] != [0xFF, 0x0A] => {
            return Err(wrapped("a JPEG XL frame is wrapped in a container, which is not cleaned inside"));
        }
        // The signature of a JP2 file (ISO/IEC 15444-1 I.5.1).
        (Scheme::Markers, [0, 0, 0, 0x0C]) => {
            return Err(wrapped("a JPEG 2000 frame is wrapped in a JP2 file, which is not cleaned inside"));
        }
        (Scheme::Markers, [0xFF, 0xD8, ..]) => jpeg::extras(&mut joined)?,
        (Scheme::Markers, [0xFF, 0x4F, ..]) => jpeg2000::extras(&mut joined)?,
        _ => Vec::new(),
    };
    // What is zero already need not be zeroed.
    let mut kept = Vec::with_capacity(found.len());
    for extra in found.drain(..) {
        if extra.fill != 0 || !joined.is_blank(extra.range.clone())? {
            kept.push(extra);
        }
    }
    for extra in kept {
        out.extend(joined.places(extra.range.clone()).map(|range| Extra { range, ..extra }));
        if out.len() > EXTRAS {
            return Err(Refusal::too_large("compressed frames hold more comments than those of any real recording"));
        }
    }
    Ok(())
}

/// A frame has what is on no list, or what its kind has not.
fn strange(what: &str) -> Refusal {
    Refusal {
        code: "not-understood",
        what: format!("a compressed frame of the picture has {what}"),
        advice: "Export the picture again with another program, or uncompressed, then run scrubs again.",
    }
}

fn wrapped(what: &str) -> Refusal {
    Refusal {
        code: "wrapped-frame",
        what: what.to_owned(),
        advice: "Export the picture again with plain codestreams, as the standard demands, or uncompressed.",
    }
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

    /// The bytes of a range, as far as they are there; ranges are those of segments, or of that order.
    fn copy(&mut self, range: Range<u64>) -> Result<Vec<u8>, Refusal> {
        let (mut out, mut at) = (Vec::new(), range.start);
        loop {
            let stretch = self.stretch(at, range.end)?;
            if stretch.is_empty() {
                return Ok(out);
            }
            out.extend_from_slice(stretch);
            at += stretch.len() as u64;
        }
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
