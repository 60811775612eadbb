//! Finds some frames of an AVI film whose frames are JPEG pictures (`MJPG`), where they stand.
//!
//! Microsoft, "AVI RIFF File Reference", "Stream Data"; OpenDML 1.02, section 5 (of the two fields of a frame the first is
//! shown).

use super::walk::{self, Chunk, Found, Segment, chunk, peek, samples};
use crate::cut::Source;
use crate::pixels::sample;
use crate::plan::Refusal;
use std::ops::Range;

/// What says in the description of a stream that its frames are JPEG pictures.
const KINDS: [[u8; 4]; 4] = [*b"MJPG", *b"mjpg", *b"JPEG", *b"jpeg"];
/// Kinds of chunks that hold a frame: compressed, and, as some writers call it, uncompressed.
const FRAMES: [[u8; 2]; 2] = [*b"dc", *b"db"];
/// More frames than this no film has.
const MOST: u64 = 9_000_000;
/// Parts of a description that are looked at.
const PARTS: usize = 4_096;

/// Numbers and places of frames.
type Places = Option<Vec<(u64, Range<u64>)>>;

/// Numbers and places of at most `most` frames; none where pictures are coded in another way, or there is more than one
/// stream of them. A frame of no length, which repeats the one before, has a number and is not chosen.
///
/// # Errors
/// Where the file cannot be read, or has more frames than any real one.
pub(in crate::strip) fn pictures(source: &dyn Source, most: u32) -> Result<Places, Refusal> {
    let segments = walk::segments(source)?;
    let Some(stream) = stream(source, &segments)? else { return Ok(None) };
    let mut count = 0;
    each(source, &segments, stream, &mut |_, _| count += 1)?;
    let (wanted, mut chosen, mut at) = (sample(count, most), Vec::new(), 0);
    each(source, &segments, stream, &mut |number, range| {
        if wanted.binary_search(&at).is_ok() {
            chosen.push((number, range));
        }
        at += 1;
    })?;
    Ok((!chosen.is_empty()).then_some(chosen))
}

/// Hands over every frame that has a length, in order.
fn each(
    source: &dyn Source,
    segments: &[Segment],
    stream: usize,
    visit: &mut dyn FnMut(u64, Range<u64>),
) -> Result<(), Refusal> {
    let mut number = 0;
    for list in segments.iter().flat_map(|segment| &segment.chunks).filter(|chunk| chunk.is_list(b"movi")) {
        let mut at = list.body;
        while let Some((found, next)) = walk::next(source, at, list.end)? {
            at = next;
            let Found::Chunk(chunk) = found else { continue };
            let own = samples(&chunk.id).is_some_and(|(of, kind)| of == stream && FRAMES.contains(&kind));
            if !own || chunk.cut {
                continue;
            }
            if number >= MOST {
                return Err(Refusal::too_large("the film has more frames than any real one"));
            }
            if chunk.body < chunk.end {
                visit(number, chunk.body..chunk.end);
            }
            number += 1;
        }
    }
    Ok(())
}

/// The number of the one stream of pictures, where they are JPEG; none where there are others.
fn stream(source: &dyn Source, segments: &[Segment]) -> Result<Option<usize>, Refusal> {
    let lists = segments.first().into_iter().flat_map(|segment| &segment.chunks);
    let Some(description) = lists.into_iter().find(|chunk| chunk.is_list(b"hdrl")) else { return Ok(None) };
    let (mut found, mut number) = (None, 0);
    for list in parts(source, description)?.iter().filter(|chunk| chunk.is_list(b"strl")) {
        let own = parts(source, list)?;
        let head = |id: &[u8; 4]| own.iter().find(|chunk| &chunk.id == id && !chunk.cut);
        let kind = head(b"strh").map(|chunk| peek::<4>(source, chunk.body)).transpose()?.flatten();
        if kind == Some(*b"vids") {
            let format = head(b"strf").filter(|chunk| chunk.end - chunk.body >= 20);
            let coding = format.map(|chunk| peek::<4>(source, chunk.body + 16)).transpose()?.flatten();
            if found.is_some() || !coding.is_some_and(|coding| KINDS.contains(&coding)) {
                return Ok(None);
            }
            found = Some(number);
        }
        number += 1;
    }
    Ok(found)
}

/// What stands in a list.
fn parts(source: &dyn Source, list: &Chunk) -> Result<Vec<Chunk>, Refusal> {
    let (mut out, mut at) = (Vec::new(), list.body);
    while let Some(part) = chunk(source, at, list.end)? {
        if out.len() >= PARTS {
            return Err(Refusal::too_large("the film has more parts than any real one"));
        }
        at = part.next;
        out.push(part);
    }
    Ok(out)
}
