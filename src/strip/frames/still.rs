//! Pictures of one frame that a library decodes: BMP, JPEG 2000 and JPEG XL share this.

use crate::pixels::{Frames, Picture, Samples, Unseen};

/// A picture, and its transparency behind it.
pub(super) struct Still(pub(super) Vec<Picture>);

impl Frames for Still {
    fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    fn transparency_of(&self, index: u32) -> Option<u32> {
        (index > 0).then_some(0)
    }

    fn frame(&mut self, index: u32) -> Result<Picture, Unseen> {
        self.0.get(index as usize).cloned().ok_or_else(|| Unseen::damaged("the picture has fewer frames than it says"))
    }
}

/// A picture of one or three planes of floating-point samples, which `scale` makes into numbers of so many bits; more than
/// 16 bits are cut to those.
pub(super) fn picture((width, height): (u32, u32), bits: u32, scale: f32, planes: &[&[f32]]) -> Option<Picture> {
    let count = (width as usize).checked_mul(height as usize)?;
    if !matches!(planes.len(), 1 | 3 | 4) || planes.iter().any(|plane| plane.len() != count) {
        return None;
    }
    let (kept, scale) = (bits.clamp(1, 16), scale / (1_u64 << bits.saturating_sub(16).min(40)) as f32);
    let most = ((1_u32 << kept) - 1) as f32;
    let value = |plane: &[f32], n: usize| (plane[n] * scale).round().clamp(0.0, most);
    // Four planes are inks, of which the last darkens the others.
    let shown = |n: usize| {
        let dark = planes.get(3).map_or(1.0, |plane| 1.0 - value(plane, n) / most);
        let light = move |v: f32| if planes.len() == 4 { (most - v) * dark } else { v };
        planes.iter().take(3).map(move |plane| light(value(plane, n)))
    };
    let samples = match kept {
        1..=8 => Samples::U8((0..count).flat_map(shown).map(|v| v as u8).collect()),
        _ => Samples::U16((0..count).flat_map(shown).map(|v| v as u16).collect()),
    };
    Picture::new(width, height, if planes.len() == 1 { 1 } else { 3 }, kept as u8, samples)
}
