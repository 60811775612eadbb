//! BMP: fills in stored rows; a picture of run lengths is written as plain rows.
//!
//! Microsoft, "Bitmap header types" (biCompression, biSizeImage).

use super::fill::{self, Manner};
use super::{covered_in_all, edited, shut};
use crate::cut::Source;
use crate::pixels::{How, Redaction};
use crate::place::Covering;
use crate::plan::Refusal;
use crate::recording::Format;
use crate::strip::bmp::picture::Stored;
use crate::strip::redact::fill::Grid;

/// Covers areas of a BMP.
pub(super) fn redact(cleaned: &dyn Source, covering: &Covering) -> Result<Redaction, Refusal> {
    let mut stored = Stored::read(cleaned)?;
    let size = stored.size();
    let areas = fill::areas_in(covering.in_any(), (0, 0), size);
    let named = stored.is_named();
    fill::fill(&mut stored, &areas, Manner { named, opaque: None });
    let mut edits = Vec::new();
    if stored.unrolled {
        let length = u32::try_from(stored.bytes.len()).unwrap_or(0);
        edits.push((30..38, [[0; 4], length.to_le_bytes()].concat()));
    }
    edits.push((stored.range, stored.bytes));
    let cut = edited(cleaned.len(), edits, "headers and colour table", "samples, parts of them covered");
    let covered = covered_in_all(covering, size, 1);
    Ok(Redaction { cut: shut(Format::Bmp, cleaned, cut)?, covered, how: How::Lossless })
}
