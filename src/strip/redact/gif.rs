//! GIF: fills with a palette index that stands around the area, in every frame that reaches into it.
//!
//! GIF89a, 20 to 22. Positions are of the canvas.

use super::fill::{self, Manner};
use super::{covered_in_all, shut};
use crate::cut::{Cut, Source};
use crate::pixels::{How, Redaction};
use crate::place::Covering;
use crate::plan::Refusal;
use crate::recording::Format;
use crate::strip::gif::picture::Pictures;

/// Covers areas of a GIF in every frame: a frame may leave what an earlier one drew, and bring back what it had drawn over.
pub(super) fn redact(cleaned: &dyn Source, covering: &Covering) -> Result<Redaction, Refusal> {
    let mut pictures = Pictures::read(cleaned)?;
    let (mut cut, mut at) = (Cut::new(), 0);
    for index in 0..pictures.frames.len() {
        let (place, data) = (pictures.frames[index].place, pictures.frames[index].data.clone());
        let areas = fill::areas_in(covering.in_any(), (place.x, place.y), (place.width, place.height));
        if areas.is_empty() {
            continue;
        }
        let (mut stored, whole) = pictures.samples(index)?;
        if !whole {
            return Err(Refusal::truncated("the picture data end before the picture does"));
        }
        fill::fill(&mut stored, &areas, Manner { named: true, opaque: None });
        cut.keep(at..data.start, "screen, colours and timing");
        cut.write(stored.coded()?, "coded samples, parts of them covered");
        at = data.end;
    }
    cut.keep(at..cleaned.len(), "screen, colours and timing");
    let count = u32::try_from(pictures.frames.len()).unwrap_or(u32::MAX);
    let covered = covered_in_all(covering, pictures.size, count);
    Ok(Redaction { cut: shut(Format::Gif, cleaned, cut)?, covered, how: How::Lossless })
}
