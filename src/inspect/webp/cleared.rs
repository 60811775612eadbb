//! The proof of a WebP: the picture's chunks and a neutral profile, a turn, flags that tell of just these, no more.
//!
//! RFC 9649 section 2.7: which flag of VP8X tells of which chunk; reserved bits and pad bytes are zero.

use super::frames::{Shown, shown};
use super::{Chunk, Walk, stated_end};
use crate::inspect::bytes::{Bytes, compare, total};
use crate::inspect::jpeg::cleared::colours;
use crate::inspect::residue::Haystack;
use crate::inspect::stream::Stream;
use crate::inspect::tiff::turn;
use crate::inspect::{Evidence, Left, Trouble, exif, icc};
use crate::place::Place;
use std::io::BufReader;
use std::ops::Range;

/// Flags of VP8X.
const PROFILE: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;
const ANIMATION: u8 = 0x02;

/// Proves an output; the number is how many bytes of samples were compared.
pub(in crate::inspect) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let (mut left, mut hay) = (Left::default(), Haystack::default());
    if stated_end(&mut output)? != output.len() {
        return Err(Trouble::Unaccounted("bytes that the header does not count", Place::bytes("RIFF", 4, 4)));
    }
    account(&mut output, &mut left, &mut hay)?;
    let after = shown(&mut output)?;
    flags(&mut output, &after, &mut left)?;
    second_opinion(evidence, &after, &mut left);
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    let before = shown(&mut original)?;
    same(&mut original, &before, &mut output, &after)
}

/// Accounts for every byte.
fn account(bytes: &mut Bytes<'_>, left: &mut Left, hay: &mut Haystack) -> Result<(), Trouble> {
    let length = bytes.len();
    let mut walk = Walk::over(12..length);
    let mut seen: Vec<[u8; 4]> = Vec::new();
    while let Some(chunk) = walk.next(bytes)? {
        check(bytes, &chunk)?;
        let size = chunk.data.end - chunk.data.start;
        let again = seen.contains(&chunk.name);
        if !again && &chunk.name != b"ANMF" {
            seen.push(chunk.name);
        }
        let allowed = match &chunk.name {
            b"VP8X" => size == 10 && chunk.range.start == 12,
            b"ANIM" => size == 6,
            b"VP8 " => !seen.contains(b"ANIM"),
            // Transparency of its own belongs to a lossy picture, and stands before it.
            b"VP8L" => !seen.contains(b"ANIM") && !seen.contains(b"ALPH"),
            b"ALPH" => !seen.contains(b"ANIM") && !seen.contains(b"VP8 ") && !seen.contains(b"VP8L"),
            b"ICCP" => {
                colours(&bytes.copy(chunk.data.clone(), icc::LONGEST + 1)?, "ICCP", left, hay)?;
                true
            }
            b"EXIF" => is_minimal(&bytes.copy(chunk.data.clone(), 256)?) && size <= 256,
            b"ANMF" => frame(bytes, &chunk, left)?,
            _ => false,
        };
        if again || !allowed {
            left.note(what(&chunk.name), place(&chunk));
        }
    }
    if seen.contains(b"VP8 ") && seen.contains(b"VP8L") {
        left.note("a second picture", Place::bytes("WebP", 0, length));
    }
    Ok(())
}

/// The chunks of one frame of an animation.
fn frame(bytes: &mut Bytes<'_>, chunk: &Chunk, left: &mut Left) -> Result<bool, Trouble> {
    let head = bytes.copy(chunk.data.clone(), 16)?;
    if head.len() < 16 || head[15] & 0xfc != 0 {
        return Ok(false);
    }
    let mut walk = Walk::over(chunk.data.start + 16..chunk.data.end);
    let (mut alpha, mut pictures) = (false, 0);
    while let Some(part) = walk.next(bytes)? {
        check(bytes, &part)?;
        let allowed = match &part.name {
            b"ALPH" => !alpha && pictures == 0,
            b"VP8 " => pictures == 0,
            b"VP8L" => pictures == 0 && !alpha,
            _ => false,
        };
        alpha |= &part.name == b"ALPH";
        pictures += u32::from(matches!(&part.name, b"VP8 " | b"VP8L"));
        if !allowed {
            left.note(what(&part.name), place(&part));
        }
    }
    Ok(pictures == 1)
}

/// The file has all of a chunk, and its pad byte is zero.
fn check(bytes: &mut Bytes<'_>, chunk: &Chunk) -> Result<(), Trouble> {
    if !chunk.whole || (chunk.range.end - chunk.range.start) % 2 == 1 {
        return Err(Trouble::Unaccounted("a chunk that the file ends in", place(chunk)));
    }
    let pad = bytes.copy(chunk.pad(), 1)?;
    if pad.iter().any(|b| *b != 0) {
        return Err(Trouble::Unaccounted("a byte behind a chunk", place(chunk)));
    }
    Ok(())
}

fn place(chunk: &Chunk) -> Place {
    Place::bytes("WebP", chunk.range.start, chunk.range.end - chunk.range.start)
}

fn what(name: &[u8; 4]) -> &'static str {
    match name {
        b"XMP " => "XMP block",
        b"EXIF" => "Exif block",
        b"ICCP" => "ICCP chunk",
        b"VP8X" | b"ANIM" | b"ANMF" | b"ALPH" | b"VP8 " | b"VP8L" => "a chunk of the picture out of its place",
        _ => "chunk on no list",
    }
}

/// Whether an Exif block holds a turn, or what else stands on that list, and no more.
fn is_minimal(block: &[u8]) -> bool {
    exif::is_orientation_only(block)
}

/// The flags and reserved bytes of VP8X.
fn flags(bytes: &mut Bytes<'_>, shown: &Shown, left: &mut Left) -> Result<(), Trouble> {
    let mut transparent = false;
    for frame in &shown.frames {
        transparent |= frame.is_transparent(bytes)?;
        if frame.header.is_none() && shown.canvas.is_some() && frame.size(bytes)? != shown.canvas {
            left.note("a canvas that is not the picture's", Place::bytes("VP8X", 12, 18));
        }
    }
    let Some(flags) = shown.flags else {
        let extended = shown.profile.is_some() || shown.exif.is_some() || shown.animation.is_some();
        if extended || shown.frames.iter().any(|f| f.alpha.is_some() || f.header.is_some()) {
            left.note("chunks that need a header of their own", Place::bytes("WebP", 12, 8));
        }
        return Ok(());
    };
    let animated = shown.animation.is_some() || shown.frames.iter().any(|f| f.header.is_some());
    let told = [(PROFILE, shown.profile.is_some()), (EXIF, shown.exif.is_some()), (ANIMATION, animated)];
    let wrong = told.iter().any(|(flag, is)| (flags & flag != 0) != *is);
    let reserved = bytes.copy(21..24, 3)?;
    // A lossless picture may be called transparent though no pixel of it is: viewers look at the pixels.
    let alpha = flags & ALPHA != 0 || !transparent;
    if wrong || !alpha || flags & !(PROFILE | ALPHA | EXIF | ANIMATION) != 0 || reserved != [0; 3] {
        left.note("flags of parts that are not there", Place::bytes("VP8X", 12, 18));
    }
    Ok(())
}

/// Compares all that is shown.
fn same(original: &mut Bytes<'_>, before: &Shown, output: &mut Bytes<'_>, after: &Shown) -> Result<u64, Trouble> {
    let no_picture = after.frames.is_empty() || after.frames.iter().any(|f| f.picture.is_none());
    if no_picture || after.cut {
        return Err(Trouble::Damaged("the picture has no end"));
    }
    let canvas = |shown: &Shown, bytes: &mut Bytes<'_>| match shown.canvas {
        Some(size) => Ok(Some(size)),
        None => shown.frames.first().map_or(Ok(None), |f| f.size(bytes)),
    };
    if canvas(before, original)? != canvas(after, output)?
        || before.frames.len() != after.frames.len()
        || (before.frames.iter().any(|f| f.header.is_some()) && before.animation != after.animation)
    {
        return Err(Trouble::SamplesChanged);
    }
    let mut compared = 0;
    for (old, new) in before.frames.iter().zip(&after.frames) {
        let kinds = |f: &super::frames::Frame| (f.header, f.alpha.is_some(), f.picture.as_ref().map(|p| p.0));
        let ranges = |f: &super::frames::Frame, bytes: &mut Bytes<'_>| -> Result<Vec<Range<u64>>, Trouble> {
            Ok(f.transparency(bytes)?.into_iter().chain(f.picture.iter().map(|p| p.1.clone())).collect())
        };
        let (theirs, ours) = (ranges(old, original)?, ranges(new, output)?);
        if kinds(old) != kinds(new) || !compare((&mut *output, &ours), (&mut *original, &theirs))? {
            return Err(Trouble::SamplesChanged);
        }
        if let (Some(all), Some(read)) = (&new.alpha, ours.first())
            && all.end != read.end
        {
            let place = Place::bytes("ALPH", read.end, all.end - read.end);
            return Err(Trouble::Unaccounted("bytes behind the transparency", place));
        }
        compared += total(&ours);
    }
    if let (Some(range), None) = (&before.profile, &after.profile)
        && before.announces(PROFILE)
        && icc::account(&original.copy(range.clone(), icc::LONGEST + 1)?).fault.is_none()
    {
        return Err(Trouble::SamplesChanged);
    }
    let (old, new) = (orientation(original, before)?, orientation(output, after)?);
    // Few viewers heed a turn behind the six bytes that a JPEG has before it: with or without it, it looks the same.
    let same_turn = old.0 == new.0 || (old.1 && new.0 == 1);
    if same_turn { Ok(compared) } else { Err(Trouble::SamplesChanged) }
}

/// The turn that the Exif chunk states, or XMP where that states none, 1 where neither does; and whether it stands behind
/// a JPEG's prefix. What VP8X does not announce, viewers do not heed.
fn orientation(bytes: &mut Bytes<'_>, shown: &Shown) -> Result<(u8, bool), Trouble> {
    if let Some(range) = shown.exif.as_ref().filter(|_| shown.announces(EXIF)) {
        let block = bytes.copy(range.clone(), exif::LONGEST)?;
        let inner = block.strip_prefix(b"Exif\0\0");
        if let Some(turn) = turn(inner.unwrap_or(&block)) {
            return Ok((turn, inner.is_some()));
        }
    }
    let Some(range) = shown.xmp.as_ref().filter(|_| shown.announces(XMP)) else { return Ok((1, false)) };
    Ok((stated_turn(&bytes.copy(range.clone(), exif::LONGEST)?).unwrap_or(1), false))
}

/// The turn in an XMP packet (XMP Specification Part 2, `tiff:Orientation`): the first that is one digit, as an
/// attribute or as an element.
fn stated_turn(packet: &[u8]) -> Option<u8> {
    let mut rest = packet;
    while let Some(at) = memchr::memmem::find(rest, b"tiff:Orientation") {
        rest = &rest[at + 16..];
        match rest {
            [b'=', b'"' | b'\'', digit @ b'0'..=b'9', ..] | [b'>', digit @ b'0'..=b'9', ..] => {
                return (b'1'..=b'8').contains(digit).then_some(digit - b'0');
            }
            _ => {}
        }
    }
    None
}

/// image-webp must see the same canvas, frames, profile and Exif block, and no XMP.
fn second_opinion(evidence: &Evidence<'_>, own: &Shown, left: &mut Left) {
    let seen = exif::quietly(|| {
        let budget = evidence.output.len().saturating_mul(2).saturating_add(1 << 20);
        let mut theirs = image_webp::WebPDecoder::new(BufReader::new(Stream::new(evidence.output, budget))).ok()?;
        theirs.set_memory_limit(icc::LONGEST);
        let frames = if theirs.is_animated() { theirs.num_frames() as usize } else { 1 };
        let canvas = own.canvas.is_none_or(|size| theirs.dimensions() == size);
        let length = |r: &Option<Range<u64>>| r.as_ref().map(|r| (r.end - r.start) as usize);
        let profile = theirs.icc_profile().ok()?.map(|p| p.len()) == length(&own.profile);
        let block = theirs.exif_metadata().ok()?.map(|p| p.len()) == length(&own.exif);
        let plain = theirs.xmp_metadata().ok()?.is_none();
        (frames == own.frames.len() && canvas && profile && block && plain).then_some(())
    });
    if seen.is_none() {
        left.note("chunks that another reader sees otherwise", Place::bytes("WebP", 0, evidence.output.len()));
    }
}
