//! TIFF and BigTIFF: fills in the strips or tiles that an area reaches into, and codes those again as they were coded.
//!
//! TIFF 6.0, sections 3, 8, 13 to 15. All other strips and tiles are kept by range.

use super::fill::{self, Manner};
use super::{cannot, edited, shut};
use crate::cut::Source;
use crate::pixels::{How, Redaction};
use crate::place::Covering;
use crate::plan::Refusal;
use crate::recording::Format;
use crate::strip::tiff::picture::Pages;

/// Covers areas of a TIFF.
pub(super) fn tiff(cleaned: &dyn Source, covering: &Covering) -> Result<Redaction, Refusal> {
    redact(Format::Tiff, cleaned, covering)
}

/// Covers areas of a BigTIFF.
pub(super) fn big_tiff(cleaned: &dyn Source, covering: &Covering) -> Result<Redaction, Refusal> {
    redact(Format::BigTiff, cleaned, covering)
}

fn redact(format: Format, cleaned: &dyn Source, covering: &Covering) -> Result<Redaction, Refusal> {
    let mut pages = Pages::read(cleaned)?;
    let (mut edits, mut data, mut end) = (Vec::new(), Vec::new(), cleaned.len());
    let (mut covered, frames) = (Covering::default(), pages.frames());
    for (index, frames) in frames.iter().enumerate() {
        let size = pages.pages[index].size;
        let asked = frames.iter().flat_map(|frame| covering.of(*frame));
        let areas = fill::areas_in(asked, (0, 0), size);
        if areas.is_empty() {
            continue;
        }
        areas.iter().for_each(|area| covered.in_frame(index as u32, *area));
        let page = &pages.pages[index];
        page.is_plain().map_err(|_| cannot("parts of a TIFF page that is coded in this way cannot be covered here"))?;
        let first = page.channels - page.extra.len();
        let clear = page.extra.iter().position(|kind| matches!(kind, 1 | 2)).map(|n| first + n);
        let opaque = clear.filter(|_| page.format == 1).map(|channel| (channel, u64::MAX >> (64 - page.bits.min(64))));
        let manner = Manner { named: page.photometric == 3, opaque };
        let reached: Vec<_> = areas.iter().map(|area| fill::reach(area, size)).collect();
        let (mut stored, whole) = pages.samples(index, &reached)?;
        if !whole {
            return Err(Refusal::truncated("the coded samples end before the picture does"));
        }
        fill::fill(&mut stored, &areas, manner);
        let changed = stored.edits(&areas, &mut end)?;
        edits.extend(changed.fields);
        data.extend(changed.data);
    }
    let mut cut = edited(cleaned.len(), edits, "listed parts", "places of strips and tiles");
    cut.write(data, "coded samples, parts of them covered");
    Ok(Redaction { cut: shut(format, cleaned, cut)?, covered, how: How::Lossless })
}
