//! The first look over the samples of a film: where the chunks stand that stay, so that indices can be held against them.
//!
//! Microsoft, "AVI RIFF File Reference", "Stream Data"; OpenDML 1.02, section 4.

use super::stream::Stream;
use super::walk::{Chunk, Found, Segment, next, peek, samples};
use super::{index, refused};
use crate::cut::Source;
use crate::plan::Refusal;
use std::io;

/// Chunks of samples: 18 hours of 30 pictures a second.
const CHUNKS: usize = 2_000_000;

/// Where the chunks of samples and of their indices stand that stay, in order.
#[derive(Debug, Default)]
pub(super) struct Media {
    places: Vec<u64>,
    pub(super) samples: u64,
}

impl Media {
    pub(super) fn has(&self, place: u64) -> bool {
        self.places.binary_search(&place).is_ok()
    }

    fn push(&mut self, place: u64) -> Result<(), Refusal> {
        if self.places.len() >= CHUNKS {
            return Err(Refusal::too_large("the film lies in more pieces than any real one"));
        }
        self.places.push(place);
        Ok(())
    }
}

/// Whether a chunk among the samples stays.
pub(super) fn stays(source: &dyn Source, chunk: &Chunk, streams: &[Stream]) -> Result<bool, Refusal> {
    if chunk.cut || chunk.kind.is_some() {
        return Ok(false);
    }
    if chunk.id.starts_with(b"ix") {
        return index::is_sound(source, chunk, streams);
    }
    let Some((number, kind)) = samples(&chunk.id) else { return Ok(false) };
    let Some(stream) = streams.get(number).filter(|stream| stream.kept) else { return Ok(false) };
    let taken = stream.takes(kind).map_err(|()| refused("the film has samples of a kind that is on no list"))?;
    Ok(taken && (&kind != b"pc" || is_palette(source, chunk)?))
}

/// Whether a change of colours is as long as it says: its first colour, how many, and four bytes for each.
fn is_palette(source: &dyn Source, chunk: &Chunk) -> io::Result<bool> {
    let count = peek::<4>(source, chunk.body)?.map_or(0, |head| if head[1] == 0 { 256 } else { u64::from(head[1]) });
    Ok(count > 0 && chunk.end - chunk.body == 4 + 4 * count)
}

/// Gathers where the chunks stand that stay.
pub(super) fn survey(source: &dyn Source, segments: &[Segment], streams: &[Stream]) -> Result<Media, Refusal> {
    let mut media = Media::default();
    for list in segments.iter().flat_map(|segment| &segment.chunks).filter(|chunk| chunk.is_list(b"movi")) {
        let mut at = list.body;
        while let Some((found, next)) = next(source, at, list.end)? {
            match found {
                Found::Chunk(chunk) if stays(source, &chunk, streams)? => {
                    media.push(chunk.start)?;
                    media.samples += u64::from(samples(&chunk.id).is_some() && chunk.size > 0);
                }
                Found::Group(chunk) => media.push(chunk.start)?,
                _ => {}
            }
            at = next;
        }
    }
    Ok(media)
}
