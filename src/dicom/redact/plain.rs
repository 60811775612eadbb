//! Writes compressed frames uncompressed, with areas covered, and makes the header fit.
//!
//! DICOM PS3.5 A.2 (Explicit VR Little Endian), 8.1; PS3.3 C.7.6.3 (Image Pixel Module).

use super::super::emit::{NEW, PIXELS};
use super::super::frames::Stored;
use super::super::frames::cells::{Cells, Frame};
use super::super::frames::shape::{Photometric, Shape};
use super::super::syntax::{EXPLICIT, Encoding};
use super::super::vr::Vr;
use super::super::walk::{self, PIXEL_DATA};
use super::edit::{Edits, too_large};
use super::element::{element, header, put};
use super::fill;
use super::fragments::drop_extended;
use super::refused;
use crate::crew;
use crate::place::Area;
use crate::plan::Refusal;

/// Samples written in one object, at most.
const MOST: u64 = 224 << 20;

/// Decodes every frame, covers areas, and puts the samples in the place of the fragments.
pub(super) fn cover(stored: &Stored<'_>, areas: &[Vec<Area>], edits: &mut Edits) -> Result<(), Refusal> {
    let (object, shape) = (&stored.object, &stored.shape);
    if object.encoding != Encoding::Explicit || shape.allocated < 8 {
        return Err(Refusal::not_understood("the compressed frames cannot be written uncompressed"));
    }
    let length = shape.cells() as u64 * u64::from(shape.allocated / 8) * u64::from(shape.frames);
    if length > MOST {
        return Err(too_large());
    }
    let Some(node) = object.node(PIXEL_DATA) else { return Err(Refusal::not_understood("there is no picture")) };
    let vr = if shape.allocated <= 8 { Vr::OB } else { Vr(*b"OW") };
    let padded = length + length % 2;
    let mut bytes = Vec::with_capacity(padded as usize);
    for part in crew::parts(0..shape.frames, crew::at_once(shape.native_bits() / 8)) {
        let frames = part.clone().zip(areas.get(part.start as usize..).unwrap_or_default()).collect();
        for frame in crew::each(frames, |(index, areas)| painted(stored, index, areas)) {
            match frame?.cells {
                Cells::Octets(cells) => bytes.extend(cells),
                Cells::Words(cells) => bytes.extend(cells.into_iter().flat_map(u16::to_le_bytes)),
            }
        }
    }
    bytes.resize(padded as usize, 0);
    describe(stored, edits)?;
    drop_extended(object, edits)?;
    let value = node.value();
    edits.replace(node.start..value.start, header(Encoding::Explicit, PIXEL_DATA, vr, padded as u32), NEW)?;
    edits.replace(value.start..node.end(), bytes, PIXELS)
}

/// A frame with areas covered.
fn painted(stored: &Stored<'_>, index: u32, areas: &[Area]) -> Result<Frame, Refusal> {
    let mut frame = stored.stored(index).map_err(refused)?;
    if !areas.is_empty() {
        let fills = fill::fills(&frame, &stored.shape, areas);
        fill::paint(&mut frame, &stored.shape, &fills);
    }
    Ok(frame)
}

/// The header of uncompressed samples.
fn describe(stored: &Stored<'_>, edits: &mut Edits) -> Result<(), Refusal> {
    let (object, shape) = (&stored.object, &stored.shape);
    if shape.samples == 3 {
        put(object, edits, 0x0028_0004, Vr::CS, photometric(shape))?;
        put(object, edits, 0x0028_0006, Vr(*b"US"), &[0, 0])?;
    }
    let head = object.source.read_range(0..object.start, 1 << 20)?;
    let mut window = super::super::window::Window::new(&head, &[]);
    let meta = walk::walk_meta(&mut window, 132)?;
    let find = |tag: u32| meta.nodes.iter().find(|n| n.tag == tag);
    let (Some(group), Some(syntax)) = (find(0x0002_0000), find(0x0002_0010)) else {
        return Err(Refusal::not_understood("the object has no file header"));
    };
    let new = element(Encoding::Explicit, 0x0002_0010, Vr::UI, EXPLICIT.as_bytes());
    let behind = object.start - group.end();
    let length = (behind + new.len() as u64).checked_sub(syntax.end() - syntax.start);
    let length = length.and_then(|n| u32::try_from(n).ok());
    let length = length.ok_or_else(|| Refusal::not_understood("the file header contradicts itself"))?;
    edits.replace_head(
        group.start..group.end(),
        element(Encoding::Explicit, 0x0002_0000, Vr(*b"UL"), &length.to_le_bytes()),
    );
    edits.replace_head(syntax.start..syntax.end(), new);
    Ok(())
}

/// What decoded samples of three colours are.
fn photometric(shape: &Shape) -> &'static [u8] {
    match shape.photometric {
        Photometric::YbrFull | Photometric::YbrFull422 => b"YBR_FULL",
        _ => b"RGB",
    }
}
