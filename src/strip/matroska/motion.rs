//! Finds some frames of a Matroska film whose frames are JPEG pictures (`V_MJPEG`), where they stand.
//!
//! RFC 9559 sections 5.1 and 10; Matroska codec specifications, 3.5.

use super::element::{self, Element};
use super::{BLOCK, BLOCK_GROUP, CLUSTER, EBML, SEGMENT, TRACK};
use crate::cut::Source;
use crate::pixels::sample;
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::ops::Range;

const TRACKS: u32 = 0x1654_AE6B;
const SIMPLE_BLOCK: u32 = 0xA3;
/// More frames than this no film has.
const MOST: u64 = 9_000_000;

/// Numbers and places of frames.
type Places = Option<Vec<(u64, Range<u64>)>>;

/// Numbers and places of at most `most` frames; none where pictures are coded in another way, or there is more than one
/// track of them.
///
/// # Errors
/// Where the file cannot be read, or has more frames than any real one.
pub(in crate::strip) fn pictures(source: &dyn Source, most: u32) -> Result<Places, Refusal> {
    let mut count = 0;
    if !each(source, &mut |_, _| count += 1)? {
        return Ok(None);
    }
    let (wanted, mut chosen) = (sample(count, most), Vec::new());
    each(source, &mut |index, range| {
        if wanted.binary_search(&index).is_ok() {
            chosen.push((index, range));
        }
    })?;
    Ok((!chosen.is_empty()).then_some(chosen))
}

/// Hands over every frame; says whether the film is one that this can be done with.
fn each(source: &dyn Source, visit: &mut dyn FnMut(u64, Range<u64>)) -> Result<bool, Refusal> {
    let mut operation = Operation::new(source);
    let (length, mut at, mut index) = (source.len(), 0, 0);
    let (mut pictures, mut number) = (0, 0);
    while let Some(element) = element::read(&mut operation, at, length)? {
        let end = element.end.unwrap_or(length).min(length);
        at = match element.id {
            SEGMENT | CLUSTER | BLOCK_GROUP | TRACKS => element.body,
            _ => end,
        };
        match element.id {
            TRACK => {
                let track = Described::read(&mut operation, &element, end)?;
                if track.kind == 1 {
                    pictures += 1;
                    number = track.number;
                    if !track.is_jpeg || pictures > 1 {
                        return Ok(false);
                    }
                }
            }
            BLOCK | SIMPLE_BLOCK => {
                let head = operation.reader.read(element.body..end.min(element.body.saturating_add(12)), 12)?;
                let Some((Some(own), size)) = element::number(&head) else { return Ok(false) };
                if own != number || pictures == 0 {
                    continue;
                }
                let from = element.body + size as u64 + 3;
                // Frames that are laced together are sound as a rule; here nobody takes them apart.
                if head.get(size + 2).is_none_or(|flags| flags & 6 != 0) || from > end {
                    return Ok(false);
                }
                if index >= MOST {
                    return Err(Refusal::too_large("the film has more frames than any real one"));
                }
                visit(index, from..end);
                index += 1;
            }
            EBML if element.start > 0 => break,
            _ => {}
        }
    }
    Ok(index > 0)
}

/// What a track's entry says.
#[derive(Default)]
struct Described {
    number: u64,
    kind: u64,
    is_jpeg: bool,
}

impl Described {
    fn read(operation: &mut Operation<'_>, entry: &Element, end: u64) -> Result<Self, Refusal> {
        let (mut track, mut at) = (Self::default(), entry.body);
        while let Some(child) = element::read(operation, at, end)? {
            let stop = child.end.filter(|stop| *stop <= end);
            let stop = stop.ok_or_else(|| super::broken("the description of a track is damaged"))?;
            let value = |bytes: Vec<u8>| bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
            match child.id {
                0xD7 => track.number = value(operation.reader.read(child.body..stop, 8)?),
                0x83 => track.kind = value(operation.reader.read(child.body..stop, 8)?),
                0x86 => {
                    let codec = operation.reader.read(child.body..stop, 64)?;
                    track.is_jpeg = codec.split(|byte| *byte == 0).next() == Some(b"V_MJPEG");
                }
                _ => {}
            }
            at = stop;
        }
        Ok(track)
    }
}
