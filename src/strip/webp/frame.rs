//! What a picture's own data say of it: size, transparency, and whether words stand behind them.
//!
//! RFC 6386, 9.1 (VP8 frame header); RFC 9649, 2.7.1.2 (alpha) and 3.4 (VP8L image header).

use super::chunk::Chunk;
use crate::plan::Refusal;
use crate::strip::operation::broken;
use crate::strip::reader::Reader;

/// How many printable characters at the end of the data are taken for words: coded data end so by chance once in ten
/// million pictures.
const WORDS: usize = 24;
/// How far back from their end words are looked for.
const TAIL: u64 = 4_096;

/// A picture of the file: a still, or what a frame shows.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    /// Its transparency, where it stands in a chunk of its own.
    pub(super) alpha: Option<Chunk>,
    /// Its coded samples.
    pub(super) samples: Chunk,
    /// Width in pixels.
    pub(super) width: u32,
    /// Height in pixels.
    pub(super) height: u32,
}

impl Picture {
    /// Reads the header of coded samples, with the transparency that stood before them.
    ///
    /// # Errors
    /// Where the header is none that a decoder takes, or where words stand behind the samples.
    pub(super) fn read(reader: &mut Reader<'_>, samples: &Chunk, alpha: Option<Chunk>) -> Result<Self, Refusal> {
        let size = match &samples.kind {
            b"VP8L" => lossless(reader, samples)?,
            _ => lossy(reader, samples)?,
        };
        let (width, height) = size.ok_or_else(|| broken("the picture's own header is damaged"))?;
        // Lossless data have their own transparency, and decoders take a further one for damage.
        let alpha = alpha.filter(|_| &samples.kind == b"VP8 ");
        let picture = Self { alpha, samples: samples.clone(), width, height };
        let coded = picture.alpha.as_ref().filter(|alpha| !is_raw(reader, alpha).unwrap_or(false));
        for chunk in coded.into_iter().chain([samples]) {
            if ends_in_words(reader, chunk)? {
                return Err(broken("there is text behind the picture's coded data"));
            }
        }
        Ok(picture)
    }

    /// How many bytes of the transparency's data a decoder reads, where that can be told: raw values, one a pixel.
    pub(super) fn alpha_length(&self, reader: &mut Reader<'_>) -> Result<u64, Refusal> {
        let Some(alpha) = &self.alpha else { return Ok(0) };
        let raw = is_raw(reader, alpha)?;
        let needed = 1 + u64::from(self.width) * u64::from(self.height);
        Ok(if raw { alpha.size.min(needed) } else { alpha.size })
    }
}

/// Whether transparency is not coded: a value a pixel.
fn is_raw(reader: &mut Reader<'_>, alpha: &Chunk) -> Result<bool, Refusal> {
    Ok(reader.peek::<1>(alpha.data().start)?.is_some_and(|[header]| header & 3 == 0))
}

fn lossy(reader: &mut Reader<'_>, chunk: &Chunk) -> Result<Option<(u32, u32)>, Refusal> {
    let Some([t0, t1, t2, 0x9D, 0x01, 0x2A, w0, w1, h0, h1]) = reader.peek::<10>(chunk.data().start)? else {
        return Ok(None);
    };
    let tag = u32::from_le_bytes([t0, t1, t2, 0]);
    let (key, shown, first) = (tag & 1 == 0, tag >> 4 & 1 == 1, u64::from(tag >> 5));
    let (width, height) = (u16::from_le_bytes([w0, w1]) & 0x3FFF, u16::from_le_bytes([h0, h1]) & 0x3FFF);
    let sound = chunk.size >= 10 && key && shown && first <= chunk.size - 10 && width > 0 && height > 0;
    Ok(sound.then_some((u32::from(width), u32::from(height))))
}

fn lossless(reader: &mut Reader<'_>, chunk: &Chunk) -> Result<Option<(u32, u32)>, Refusal> {
    let Some([0x2F, a, b, c, d]) = reader.peek::<5>(chunk.data().start)? else { return Ok(None) };
    let bits = u32::from_le_bytes([a, b, c, d]);
    let sound = chunk.size > 5 && bits >> 29 == 0;
    Ok(sound.then_some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)))
}

/// Whether the data end in writing, be it ASCII or UTF-16. A decoder stops where the picture is complete, so what stands
/// behind that cannot be told from samples by their length alone.
fn ends_in_words(reader: &mut Reader<'_>, chunk: &Chunk) -> Result<bool, Refusal> {
    let end = chunk.data().end;
    let last = reader.read(end - chunk.size.min(TAIL)..end, TAIL)?;
    // Zeros behind the words would hide them.
    let written = last.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    let last = &last[..written];
    let wide = |odd: usize| last.iter().rev().skip(odd).step_by(2).copied().take(WORDS).collect::<Vec<u8>>();
    let narrow = last.iter().rev().copied().take(WORDS).collect::<Vec<u8>>();
    let zeros = |bytes: &[u8]| bytes.len() == WORDS && bytes[..WORDS - 1].iter().all(|byte| *byte == 0);
    Ok(are_words(&narrow) || (are_words(&wide(0)) && zeros(&wide(1))))
}

/// Whether all of these are printable, and not a few of them over and over again.
fn are_words(bytes: &[u8]) -> bool {
    let distinct = (0..=255_u8).filter(|byte| bytes.contains(byte)).count();
    bytes.len() == WORDS
        && distinct >= 8
        && bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n'))
}
