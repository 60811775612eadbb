//! Overlays that stand in bits of the pixels that no sample uses: seen, so that such an object is held.
//!
//! DICOM PS3.3 C.9.2 (overlay plane, retired use of (60xx,0102)), PS3.5 8.1.2. Taking away the overlay's attributes would
//! leave its drawing, often a name or a number, in the samples.

use super::Object;
use super::syntax::Encoding;
use super::walk::{self, Shape};
use crate::plan::Refusal;

/// Bytes of pixels that are looked at together.
const CHUNK: u64 = 64 << 10;

/// Refuses an object that has an overlay in its pixels with anything drawn in it.
pub(super) fn refuse(object: &Object<'_>) -> Result<(), Refusal> {
    let bits = bits(object);
    if bits == 0 || !is_drawn(object, bits)? {
        return Ok(());
    }
    Err(Refusal {
        code: "overlay-in-pixels",
        what: "a drawing or writing (an overlay) stands in unused bits of the picture itself, and cannot be taken out of it yet"
            .to_owned(),
        advice: "Open it in the viewer that made it, switch the overlay off, and export the picture anew.",
    })
}

/// The bits of a pixel that overlays claim and samples do not use.
fn bits(object: &Object<'_>) -> u64 {
    let allocated = object.number(0x0028_0100).unwrap_or(0).min(64);
    let stored = object.number(0x0028_0101).unwrap_or(allocated);
    let high = object.number(0x0028_0102).unwrap_or(stored.saturating_sub(1));
    let lowest = (high + 1).saturating_sub(stored);
    (0x6000..=0x60FE_u32)
        .step_by(2)
        .filter_map(|group| {
            let own = object.node(group << 16 | 0x3000).is_some();
            let allocates = object.number(group << 16 | 0x0100)?;
            let position = object.number(group << 16 | 0x0102).unwrap_or(0);
            let within = (lowest..=high).contains(&position);
            (!own && allocates > 1 && !within && position < allocated).then(|| 1 << position)
        })
        .fold(0, |all, bit: u64| all | bit)
}

/// Whether one of the bits is set in a pixel. Compressed pixels are not looked into.
fn is_drawn(object: &Object<'_>, bits: u64) -> Result<bool, Refusal> {
    let Some(node) = object.node(walk::PIXEL_DATA) else { return Ok(false) };
    let size = match object.number(0x0028_0100) {
        Some(8) => 1,
        Some(16) => 2,
        Some(32) => 4,
        _ => return Ok(true),
    };
    if node.shape != Shape::Value {
        return Ok(true);
    }
    let mut window = object.window();
    let value = node.value();
    let mut at = value.start;
    while at < value.end {
        let end = (at + CHUNK).min(value.end);
        let drawn = window.bytes(at..end)?.chunks_exact(size).any(|pixel| {
            let shift = |n: u64, b: &u8| n << 8 | u64::from(*b);
            let number = match node.encoding {
                Encoding::BigEndian => pixel.iter().fold(0, shift),
                _ => pixel.iter().rev().fold(0, shift),
            };
            number & bits != 0
        });
        if drawn {
            return Ok(true);
        }
        at = end;
    }
    Ok(false)
}
