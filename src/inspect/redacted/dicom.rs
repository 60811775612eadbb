//! Proves a redacted DICOM object: its header says what was done and nothing else new, areas are flat, the rest is equal.
//!
//! PS3.15 E.3.1 (Clean Pixel Data Option), PS3.3 C.7.6.1 (Burned In Annotation), C.7.6.3 (Image Pixel Module). Both
//! objects are walked by the witness's own account, and decoded a frame or a few at a time. A frame in which nothing was covered
//! must be what it was, byte for byte, unless the object is now stored uncompressed.

mod cells;
mod decode;
mod header;
mod jpegls;
mod loss;
mod object;

use super::Task;
use super::raster::holds;
use crate::crew;
use crate::inspect::Trouble;
use crate::inspect::bytes::{Bytes, compare, total};
use crate::place::{Area, Covering, Place};
use crate::recording::PixelClaims;
use cells::Cells;
use object::Object;

/// Proves a redaction; how many samples outside the covered areas were compared.
pub(super) fn prove(shown: &Task<'_>, claims: PixelClaims) -> Result<u64, Trouble> {
    let (old, new) = (Object::read(shown.cleaned)?, Object::read(shown.output)?);
    let decompressed = old.is_encapsulated() && !new.is_encapsulated();
    header::prove(&old, &new, decompressed, claims)?;
    let touched = !shown.covered.is_empty() || !shown.asked.is_empty();
    loss::prove(&old, &new, touched && old.is_encapsulated())?;
    if !old.has_pixels() {
        return if shown.covered.is_empty() && shown.asked.is_empty() { Ok(0) } else { Err(Trouble::SamplesChanged) };
    }
    new.check_table()?;
    let (mut before, mut after) = (Bytes::new(old.data()), Bytes::new(new.data()));
    if shown.covered.is_empty() && shown.asked.is_empty() {
        let same = compare((&mut before, &old.samples), (&mut after, &new.samples))?;
        return if same { Ok(total(&new.samples)) } else { Err(Trouble::SamplesChanged) };
    }
    let shape = old.shape()?;
    shown.has_frames(shape.frames as usize)?;
    let mut compared = 0;
    for part in crew::parts(0..shape.frames, crew::at_once(shape.bits() / 8)) {
        let frames: Vec<(u32, [Vec<Area>; 2])> = part.map(|index| (index, areas(shown, &shape, index))).collect();
        let is_untouched = |[areas, asked]: &[Vec<Area>; 2]| areas.is_empty() && asked.is_empty() && !decompressed;
        let covered = frames.iter().filter(|(_, areas)| !is_untouched(areas)).collect();
        let mut proved = crew::each(covered, |(index, areas)| frame([&old, &new], &shape, *index, areas)).into_iter();
        for (index, areas) in &frames {
            if !is_untouched(areas) {
                compared += proved.next().unwrap_or(Err(Trouble::SamplesChanged))?;
                continue;
            }
            let (first, second) = (old.frame(&shape, *index)?, new.frame(&shape, *index)?);
            if !compare((&mut before, &first), (&mut after, &second))? {
                return Err(Trouble::SamplesChanged);
            }
            compared += shape.cells() as u64;
        }
    }
    Ok(compared)
}

/// What was covered in a frame, and what was asked for.
fn areas(shown: &Task<'_>, shape: &object::Shape, index: u32) -> [Vec<Area>; 2] {
    [shown.covered, shown.asked]
        .map(|covering| covering.of(index).filter_map(|area| area.within(shape.columns, shape.rows)).collect())
}

/// Proves one frame.
fn frame(
    [old, new]: [&Object<'_>; 2],
    shape: &object::Shape,
    index: u32,
    [areas, asked]: &[Vec<Area>; 2],
) -> Result<u64, Trouble> {
    if old.is_jpeg() && new.is_jpeg() {
        let streams = [old.stream(shape, index)?, new.stream(shape, index)?];
        let of = |areas: &[Area]| {
            let mut covering = Covering::default();
            areas.iter().for_each(|area| covering.in_frame(0, *area));
            covering
        };
        let [cleaned, output] = &streams;
        return super::jpeg::prove(&Task { cleaned, output, covered: &of(areas), asked: &of(asked) });
    }
    let before = decode::cells(old, shape, index)?;
    // Colours may be laid out anew where the object is stored uncompressed now.
    let shape_after = new.shape()?;
    let after = decode::cells(new, &shape_after, index)?;
    let mask = if old.is_encapsulated() == new.is_encapsulated() { u16::MAX } else { shape.mask() };
    outside((&before, &after), shape, index, [areas, asked], mask)
        .and_then(|compared| flat(&after, shape, areas, mask, index).map(|()| compared))
}

/// Whether everything outside areas is equal, and all that was asked for lies inside; how many samples are outside.
fn outside(
    (before, after): (&Cells, &Cells),
    shape: &object::Shape,
    index: u32,
    [areas, asked]: [&[Area]; 2],
    mask: u16,
) -> Result<u64, Trouble> {
    let wanted = shape.cells();
    if before.len() != wanted || after.len() != wanted {
        return Err(Trouble::SamplesChanged);
    }
    let (samples, columns) = (usize::from(shape.samples), shape.columns as usize);
    let (mut old_row, mut new_row) = (Vec::new(), Vec::new());
    let mut compared = 0;
    for y in 0..shape.rows {
        let mut inside = vec![false; columns];
        for area in areas.iter().filter(|a| y >= a.y && y < a.bottom()) {
            inside[area.x as usize..area.right() as usize].fill(true);
        }
        holds(index, asked, &Area::new(0, 0, shape.columns, shape.rows), y, &inside)?;
        let row = y as usize * columns * samples..(y as usize + 1) * columns * samples;
        before.read(row.clone(), &mut old_row);
        after.read(row, &mut new_row);
        let pixels = old_row.chunks_exact(samples).zip(new_row.chunks_exact(samples));
        for ((old, new), _) in pixels.zip(&inside).filter(|(_, inside)| !**inside) {
            if old.iter().zip(new).any(|(a, b)| a & mask != b & mask) {
                return Err(Trouble::SamplesChanged);
            }
            compared += samples as u64;
        }
    }
    Ok(compared)
}

/// Whether areas are of one colour each.
fn flat(after: &Cells, shape: &object::Shape, areas: &[Area], mask: u16, index: u32) -> Result<(), Trouble> {
    let (samples, columns) = (usize::from(shape.samples), shape.columns as usize);
    for area in areas {
        let pixel = |x: u32, y: u32| {
            let at = (y as usize * columns + x as usize) * samples;
            (at..at + samples).map_while(|at| after.get(at)).map(move |v| v & mask)
        };
        for y in area.y..area.bottom() {
            if (area.x..area.right()).any(|x| !pixel(x, y).eq(pixel(area.x, area.y))) {
                let Area { x, y, width, height } = *area;
                return Err(Trouble::ShowsThrough(Place::Region { frame: index, x, y, width, height }));
            }
        }
    }
    Ok(())
}
