//! JPEG 2000 (JP2 and bare codestreams), as hayro-jpeg2000 decodes it.

use super::guard::guarded;
use super::still::{Still, picture};
use crate::cut::Source;
use crate::pixels::{Frames, MOST_SAMPLES, Unseen};
use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

/// The largest file that is read into memory.
const LARGEST: u64 = 256 << 20;

/// Opens a JPEG 2000 picture. Channels beyond the colour are frames of their own.
pub(super) fn open(source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    let damaged = || Unseen::damaged("the picture data are damaged");
    let large = || Unseen::too_large("the picture is larger than any real one");
    if source.len() > LARGEST {
        return Err(large());
    }
    let bytes = source.read_range(0..source.len(), LARGEST).map_err(|_| damaged())?;
    let image = guarded(|| Image::new(&bytes, &DecodeSettings::default()).ok()).flatten().ok_or_else(damaged)?;
    let colours = usize::from(image.color_space().num_channels());
    let (width, height) = (image.width(), image.height());
    // Its decoder holds samples as floating-point numbers.
    let channels = colours as u64 + u64::from(image.has_alpha());
    if u64::from(width) * u64::from(height) * channels > MOST_SAMPLES / 2 {
        return Err(large());
    }
    let mut context = DecoderContext::default();
    let pictures = guarded(|| {
        let decoded = image.decode(&mut context).ok()?;
        let components = decoded.components();
        let shown = colours.min(components.len());
        let groups = [&components[..shown]].into_iter().chain(components[shown..].chunks(1));
        let each = groups.filter(|group| !group.is_empty()).map(|group| {
            let bits = group.iter().map(|component| component.bit_depth()).max()?;
            let same = group.iter().all(|component| component.bit_depth() == bits);
            let planes: Vec<&[f32]> = group.iter().map(|component| component.samples()).collect();
            picture((width, height), u32::from(bits), 1.0, &planes).filter(|_| same)
        });
        each.collect::<Option<Vec<_>>>()
    });
    Ok(Box::new(Still(pictures.flatten().ok_or_else(damaged)?)))
}
