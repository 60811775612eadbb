//! PNG and APNG: fills in stored samples (palette indices, 1 to 16 bits, interlaced or not), every row filtered as it was.
//!
//! W3C PNG (third edition), 10 (compression) and 11.3.6 (fcTL, fdAT). Transparency inside becomes opaque.

use super::fill::{self, Manner};
use super::{covered_in_all, shut};
use crate::cut::{Cut, Source};
use crate::pixels::{How, Redaction};
use crate::place::Covering;
use crate::plan::Refusal;
use crate::recording::Format;
use crate::strip::png::chunk::written;
use crate::strip::png::picture::{Pictures, Stored};

/// Bytes of coded data in one chunk.
const CHUNK: usize = 1 << 20;
const WHY: &str = "coded samples, parts of them covered";

/// Covers areas of a PNG: those of a still, and of every frame of an animation, since its frames show one another.
pub(super) fn redact(cleaned: &dyn Source, covering: &Covering) -> Result<Redaction, Refusal> {
    let mut pictures = Pictures::read(cleaned)?;
    let (colour, depth) = pictures.kind();
    let opaque = matches!(colour, 4 | 6).then(|| (if colour == 4 { 1 } else { 3 }, (1_u64 << depth) - 1));
    let manner = Manner { named: colour == 3, opaque };
    let mut cut = Cut::new();
    // Frames are numbered anew, since their data may take another number of chunks.
    let (mut number, mut at, mut next) = (0_u32, 0, 0);
    let chunks = std::mem::take(&mut pictures.chunks);
    for chunk in &chunks {
        let first = pictures.frames.get(next).and_then(|frame| frame.chunks.first());
        let opens = first.is_some_and(|first| first.range() == chunk.range());
        match &chunk.kind {
            b"fcTL" => {
                cut.keep(at..chunk.range().start, "listed parts");
                let data = pictures.read_chunk(chunk)?;
                let body = [&number.to_be_bytes()[..], data.get(4..).unwrap_or_default()].concat();
                cut.write(written(b"fcTL", &body), "fcTL");
                number = number.wrapping_add(1);
            }
            b"IDAT" | b"fdAT" => {
                cut.keep(at..chunk.range().start, "listed parts");
                if opens {
                    let place = pictures.frames[next].place;
                    let areas = fill::areas_in(covering.in_any(), (place.x, place.y), (place.width, place.height));
                    let mut stored: Stored = pictures.samples(next)?;
                    fill::fill(&mut stored, &areas, manner);
                    for part in stored.compressed()?.chunks(CHUNK) {
                        let head = if chunk.kind == *b"IDAT" { Vec::new() } else { number.to_be_bytes().to_vec() };
                        number = number.wrapping_add(u32::from(!head.is_empty()));
                        cut.write(written(&chunk.kind, &[&head[..], part].concat()), WHY);
                    }
                    next += 1;
                }
            }
            _ => continue,
        }
        at = chunk.range().end;
    }
    cut.keep(at..cleaned.len(), "listed parts");
    let count = u32::try_from(pictures.frames.len()).unwrap_or(u32::MAX);
    let covered = covered_in_all(covering, pictures.size(), count);
    Ok(Redaction { cut: shut(Format::Png, cleaned, cut)?, covered, how: How::Lossless })
}
