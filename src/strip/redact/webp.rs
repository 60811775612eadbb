//! WebP: fills in decoded samples and writes them as VP8L, without loss.
//!
//! RFC 9649. A lossy picture is written without loss too, so that every sample outside stays as it decoded before.

use super::fill::{self, Manner};
use super::{covered_in_all, edited, shut};
use crate::cut::Source;
use crate::pixels::{How, Redaction};
use crate::place::Covering;
use crate::plan::Refusal;
use crate::recording::Format;
use crate::strip::webp::picture::{Pictures, boxed};

/// The flag of the extended header that announces transparency.
const ALPHA: u8 = 0x10;

/// Covers areas of a WebP, in every frame of an animation.
pub(super) fn redact(cleaned: &dyn Source, covering: &Covering) -> Result<Redaction, Refusal> {
    let mut pictures = Pictures::read(cleaned)?;
    let (mut edits, mut how, mut transparent) = (Vec::new(), How::Lossless, false);
    for index in 0..pictures.frames.len() {
        let place = pictures.frames[index].place;
        let areas = fill::areas_in(covering.in_any(), (place.x, place.y), (place.width, place.height));
        if areas.is_empty() {
            continue;
        }
        let mut stored = pictures.samples(index)?;
        let opaque = pictures.is_transparent(index)?.then_some((3, 255));
        transparent |= opaque.is_some();
        fill::fill(&mut stored, &areas, Manner { named: false, opaque });
        let coded = stored.coded()?;
        let frame = &pictures.frames[index];
        if frame.is_lossy() {
            how = How::Decompressed;
        }
        match &frame.numbers {
            Some((whole, numbers)) => edits.push((whole.clone(), boxed(b"ANMF", &[numbers, &coded[..]].concat()))),
            None => {
                edits.extend(frame.chunks().map(|range| (range, Vec::new())));
                edits.last_mut().into_iter().for_each(|(_, bytes)| bytes.clone_from(&coded));
            }
        }
    }
    if let Some((range, flags)) = pictures.flags.clone().filter(|_| transparent) {
        edits.push((range, vec![flags | ALPHA]));
    }
    let length = edits.iter().fold(cleaned.len(), |length, (range, bytes)| {
        (length + bytes.len() as u64).saturating_sub(range.end.min(cleaned.len()).saturating_sub(range.start))
    });
    let length = u32::try_from(length.saturating_sub(8));
    let length = length.map_err(|_| Refusal::too_large("the picture is larger than any real one"))?;
    edits.push((4..8, length.to_le_bytes().to_vec()));
    let cut = edited(cleaned.len(), edits, "listed parts", "coded samples, parts of them covered");
    let count = u32::try_from(pictures.frames.len()).unwrap_or(u32::MAX);
    let covered = covered_in_all(covering, pictures.size, count);
    Ok(Redaction { cut: shut(Format::WebP, cleaned, cut)?, covered, how })
}
