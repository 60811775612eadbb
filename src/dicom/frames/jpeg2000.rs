//! Decodes JPEG 2000 frames, reversible and irreversible, at their own depth.
//!
//! ISO/IEC 15444-1 A.5.1 (the size segment), 15444-15 (high throughput); PS3.5 8.2.4. What the codestream turns from
//! luminance and chrominance itself comes back as red, green and blue.

use super::picture::nearest;
use super::shape::Shape;
use crate::pixels::Unseen;
use crate::pixels::codec::high_throughput;
use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

/// Tiles of a frame, at most.
const TILES: u64 = 65_535;

/// Decodes a frame into samples side by side; gives their bits too. Values of signed components are in two's complement.
pub(super) fn decode(stream: &[u8], shape: &Shape) -> Result<(Vec<u16>, u8), Unseen> {
    if high_throughput::is_high_throughput(stream) {
        return throughput(stream, shape);
    }
    let size = Size::of(stream).ok_or_else(|| Unseen::damaged("a JPEG 2000 frame has no header that can be read"))?;
    if [size.width, size.height] != [shape.columns, shape.rows] || size.components != u16::from(shape.samples) {
        return Err(Unseen::damaged("a compressed frame is of another size than its object says"));
    }
    if size.tiles > TILES || size.subsampled || !(1..=16).contains(&size.depth) {
        return Err(Unseen::no_decoder("a JPEG 2000 frame that is made up as no ordinary one is"));
    }
    let damaged = || Unseen::damaged("a JPEG 2000 frame is damaged");
    let settings = DecodeSettings { resolve_palette_indices: false, strict: false, target_resolution: None };
    let values = super::caught(|| {
        let image = Image::new(stream, &settings).ok()?;
        let mut context = DecoderContext::default();
        let decoded = image.decode(&mut context).ok()?;
        let components = decoded.components();
        let (step, pixels) = (usize::from(shape.samples), shape.pixels());
        if components.len() != step || components.iter().any(|c| c.samples().len() != pixels) {
            return None;
        }
        let mut out = vec![0u16; shape.cells()];
        let most = ((1u32 << size.depth) - 1) as f32;
        let middle = if size.signed { 1u16 << (size.depth - 1) } else { 0 };
        for (c, component) in components.iter().enumerate() {
            for (i, value) in component.samples().iter().enumerate() {
                out[i * step + c] = nearest(*value, most).wrapping_sub(middle);
            }
        }
        Some(out)
    })?;
    Ok((values.ok_or_else(damaged)?, size.depth))
}

/// The same for frames of high throughput.
fn throughput(stream: &[u8], shape: &Shape) -> Result<(Vec<u16>, u8), Unseen> {
    let decoded = high_throughput::decode(stream)?;
    let size = (decoded.width, decoded.height, decoded.components);
    if size != (shape.columns, shape.rows, u16::from(shape.samples)) {
        return Err(Unseen::damaged("a compressed frame is of another size than its object says"));
    }
    Ok((decoded.samples, decoded.bits))
}

/// What the size segment says.
#[derive(Debug, Clone, Copy)]
struct Size {
    width: u32,
    height: u32,
    components: u16,
    depth: u8,
    signed: bool,
    subsampled: bool,
    tiles: u64,
}

impl Size {
    fn of(stream: &[u8]) -> Option<Self> {
        let content = stream.strip_prefix(&[0xFF, 0x4F, 0xFF, 0x51])?;
        let short = |at: usize| Some(u16::from_be_bytes(content.get(at..at + 2)?.try_into().ok()?));
        let long = |at: usize| Some(u32::from_be_bytes(content.get(at..at + 4)?.try_into().ok()?));
        let sides = |to: usize, from: usize| long(to)?.checked_sub(long(from)?).filter(|n| *n > 0);
        let across = |to: usize, from: usize, by: usize| {
            Some(u64::from(long(to)?.checked_sub(long(from)?)?).div_ceil(u64::from(long(by)?).max(1)))
        };
        let components = short(36)?;
        let parts = content.get(38..38 + 3 * usize::from(components))?;
        let first = parts.get(..3)?;
        Some(Self {
            width: sides(4, 12)?,
            height: sides(8, 16)?,
            components,
            depth: (first[0] & 0x7F) + 1,
            signed: first[0] & 0x80 != 0,
            subsampled: parts.chunks_exact(3).any(|c| c != [first[0], 1, 1]),
            tiles: across(4, 28, 20)?.saturating_mul(across(8, 32, 24)?),
        })
    }
}
