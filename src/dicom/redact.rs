//! Covers areas of a cleaned object's frames, and marks the object as free of writing (PS3.15 E.3.1, PS3.3 C.7.6.1).
//!
//! Uncompressed samples stay where they are, and only those of the areas are new; frames of run lengths that are touched
//! are coded anew, JPEG frames by block; other frames are written uncompressed. Overlays and icon images are not looked for
//! here: cleaning leaves none.

mod edit;
mod element;
mod fill;
mod fragments;
mod loss;
mod native;
mod plain;

use super::frames::{Coding, Kept, Stored, rle};
use crate::crew;
use crate::cut::Source;
use crate::pixels::codec::jpeg;
use crate::pixels::{How, Redaction, Unseen};
use crate::place::{Area, Covering};
use crate::plan::Refusal;
use crate::recording::PixelClaims;
use edit::Edits;
use fragments::Renewed;

/// Covers what is to be covered in the cleaned object and says so in it: Burned In Annotation (0028,0301) NO and code 113101
/// in (0012,0064). With nothing to cover it only says so: call it for what was examined, and for nothing else. An object
/// without pixels stays as it is.
///
/// # Errors
/// A [`Refusal`] when the pixel data cannot be decoded or written again.
pub fn redact(cleaned: &dyn Source, covering: &Covering) -> Result<Redaction, Refusal> {
    redact_claiming(cleaned, covering, PixelClaims::CLEAN)
}

/// The same, with what the object is to say of its pixels then: of what nothing has looked at, or a person must, nothing.
///
/// # Errors
/// As [`redact`].
pub fn redact_claiming(cleaned: &dyn Source, covering: &Covering, claims: PixelClaims) -> Result<Redaction, Refusal> {
    redact_kept(cleaned, covering, claims, &Kept::default())
}

/// The same, with decoded frames taken from those of this very object that were kept, and kept there.
///
/// # Errors
/// As [`redact`].
pub fn redact_kept(
    cleaned: &dyn Source,
    covering: &Covering,
    claims: PixelClaims,
    kept: &Kept,
) -> Result<Redaction, Refusal> {
    let object = super::read(cleaned)?;
    let mut edits = Edits::default();
    if !object.has_pixels() {
        let nothing = covering.is_empty();
        let refusal = || Refusal::not_understood("there is no picture in which parts could be covered");
        let cut = if nothing { edits.finish(&object) } else { Err(refusal()) }?;
        return Ok(Redaction { cut, covered: Covering::default(), how: How::Lossless });
    }
    if covering.is_empty() {
        element::mark(&object, claims, &mut edits)?;
        let cut = edits.finish(&object)?;
        return Ok(Redaction { cut, covered: Covering::default(), how: How::Lossless });
    }
    let stored = Stored::of(object).map_err(refused)?;
    let stored =
        stored.ok_or_else(|| Refusal::not_understood("there is no picture in which parts could be covered"))?;
    let stored = Stored { kept: Some(kept), ..stored };
    let pairs = stored.shape.is_halved() && stored.coding == Coding::Native;
    let mut areas: Vec<Vec<Area>> =
        (0..stored.shape.frames).map(|frame| fill::areas(covering.of(frame), &stored.shape, pairs)).collect();
    let how = match stored.coding {
        Coding::Native => {
            each(&areas, |index, areas| native::cover(&stored, index, areas, &mut edits))?;
            How::Lossless
        }
        Coding::Runs => {
            runs(&stored, &areas, &mut edits)?;
            How::Lossless
        }
        Coding::Jpeg if blocks(&stored, &mut areas, &mut edits)? => How::Blocks,
        _ => {
            plain::cover(&stored, &areas, &mut edits)?;
            How::Decompressed
        }
    };
    // Last, for what is put in stands in the order in which it was put there.
    element::mark(&stored.object, claims, &mut edits)?;
    loss::state(&stored, &mut edits)?;
    let cut = edits.finish(&stored.object)?;
    Ok(Redaction { cut, covered: covered(areas), how })
}

/// Does something for every frame of which parts are covered.
fn each(areas: &[Vec<Area>], mut cover: impl FnMut(u32, &[Area]) -> Result<(), Refusal>) -> Result<(), Refusal> {
    let touched = (0u32..).zip(areas).filter(|(_, areas)| !areas.is_empty());
    touched.into_iter().try_for_each(|(index, areas)| cover(index, areas))
}

/// Frames of run lengths.
fn runs(stored: &Stored<'_>, areas: &[Vec<Area>], edits: &mut Edits) -> Result<(), Refusal> {
    let mut renewed = Renewed::default();
    each(areas, |index, areas| {
        let mut frame = stored.stored(index).map_err(refused)?;
        let fills = fill::fills(&frame, &stored.shape, areas);
        fill::paint(&mut frame, &stored.shape, &fills);
        let stream = rle::encode(&frame.cells, &stored.shape).ok_or_else(edit::too_large)?;
        renewed.put(stored, index, stream, edits)
    })?;
    renewed.tables(stored, edits)
}

/// JPEG frames, by block; whether they are of a kind that can be. Areas grow to whole blocks.
fn blocks(stored: &Stored<'_>, areas: &mut [Vec<Area>], edits: &mut Edits) -> Result<bool, Refusal> {
    let mut renewed = Renewed::default();
    for part in crew::parts(0..stored.shape.frames, crew::at_once(stored.shape.native_bits() / 8)) {
        let touched: Vec<u32> = part.filter(|index| !areas[*index as usize].is_empty()).collect();
        let redacted = crew::each(touched, |index| (index, block(stored, index, &areas[index as usize])));
        for (index, redacted) in redacted {
            let redacted = match redacted? {
                Err(refusal) if refusal.code() == "cannot-cover" && renewed.is_empty() => return Ok(false),
                redacted => redacted?,
            };
            renewed.put(stored, index, redacted.bytes, edits)?;
            areas[index as usize] = redacted.covered;
        }
    }
    renewed.tables(stored, edits)?;
    Ok(true)
}

/// One JPEG frame with areas covered by block, taken from what was kept where they are those of the last time; or why that
/// cannot be done to what was read.
fn block(stored: &Stored<'_>, index: u32, areas: &[Area]) -> Result<Result<jpeg::Redacted, jpeg::Broken>, Refusal> {
    if let Some(redacted) = stored.kept.and_then(|kept| kept.coded(index, areas)) {
        return Ok(Ok(redacted));
    }
    let stream = stored.lie.joined(&stored.object, index).map_err(refused)?;
    let redacted = jpeg::redact(&stream, areas);
    if let (Some(kept), Ok(redacted)) = (stored.kept, &redacted) {
        kept.put_coded(index, areas, redacted);
    }
    Ok(redacted)
}

/// What was filled, said once where it is the same in every frame.
fn covered(areas: Vec<Vec<Area>>) -> Covering {
    let mut covering = Covering::default();
    let same = areas.windows(2).all(|pair| pair[0] == pair[1]);
    if same && areas.len() > 1 {
        areas.into_iter().take(1).flatten().for_each(|area| covering.everywhere(area));
        return covering;
    }
    for (index, areas) in (0u32..).zip(areas) {
        areas.into_iter().for_each(|area| covering.in_frame(index, area));
    }
    covering
}

/// What cannot be decoded cannot be covered.
fn refused(unseen: Unseen) -> Refusal {
    Refusal {
        code: "cannot-cover",
        what: format!("parts of the picture are to be covered and cannot be: {}", unseen.what),
        advice: "Have the object exported uncompressed, and run scrubs again.",
    }
}
