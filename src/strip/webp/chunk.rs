//! RIFF chunks: the list of them, bounded by the file and by what the RIFF header declares.
//!
//! RFC 9649, 2.3 (RIFF file format) and 2.4 (WebP file header).

use crate::plan::Refusal;
use crate::strip::reader::Reader;
use std::ops::Range;

/// Chunks in one list. An animation of an hour has 100,000 frames.
const CHUNKS: usize = 200_000;
/// Bytes of a chunk's header: its four letters and its length.
pub(super) const HEAD: u64 = 8;

/// A chunk, by its place in the source.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    /// Its four letters.
    pub(super) kind: [u8; 4],
    /// Where its letters stand.
    pub(super) at: u64,
    /// Length of its data in bytes.
    pub(super) size: u64,
}

impl Chunk {
    /// The range of its data.
    pub(super) fn data(&self) -> Range<u64> {
        self.at + HEAD..self.at + HEAD + self.size
    }

    /// The range of the chunk without the byte that evens it out.
    pub(super) fn range(&self) -> Range<u64> {
        self.at..self.at + HEAD + self.size
    }

    /// Where the next chunk begins.
    fn next(&self) -> u64 {
        self.at + HEAD + self.size + (self.size & 1)
    }

    /// Its letters as text.
    pub(super) fn name(&self) -> String {
        self.kind.iter().map(|b| if b.is_ascii_graphic() { char::from(*b) } else { ' ' }).collect::<String>()
    }

    /// Whether it holds a picture.
    pub(super) fn is_picture(&self) -> bool {
        matches!(&self.kind, b"VP8 " | b"VP8L")
    }
}

/// Lists the chunks of `inside`; and what is left of it where no chunk can be made out any more.
///
/// A chunk that begins inside and reaches past `inside` is listed where `most` still holds it: encoders have written RIFF
/// lengths that are too short by the last byte.
///
/// # Errors
/// Where a picture's data end before their chunk does, or where there are too many chunks.
pub(super) fn list(
    reader: &mut Reader<'_>,
    inside: Range<u64>,
    most: u64,
) -> Result<(Vec<Chunk>, Range<u64>), Refusal> {
    let (mut at, mut chunks) = (inside.start, Vec::new());
    while at < inside.end && at + HEAD <= most {
        let Some([a, b, c, d, size @ ..]) = reader.peek::<8>(at)? else { break };
        let chunk = Chunk { kind: [a, b, c, d], at, size: u64::from(u32::from_le_bytes(size)) };
        if chunk.range().end > most {
            if chunk.is_picture() || &chunk.kind == b"ANMF" || &chunk.kind == b"ALPH" {
                return Err(Refusal::truncated("the file ends before its picture does"));
            }
            break;
        }
        at = chunk.next().min(most);
        chunks.push(chunk);
        if chunks.len() > CHUNKS {
            return Err(Refusal::too_large("the WebP file has more parts than any real one"));
        }
    }
    Ok((chunks, at..most.max(at)))
}
