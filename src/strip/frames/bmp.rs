//! BMP, as the image crate decodes it.

use super::guard::guarded;
use super::still::Still;
use super::stream::Stream;
use crate::cut::Source;
use crate::pixels::{Frames, MOST_SAMPLES, Picture, Samples, Unseen};
use image::{ColorType, ImageDecoder, codecs::bmp::BmpDecoder};
use std::io::BufReader;

/// Opens a BMP.
pub(super) fn open(source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    let damaged = || Unseen::damaged("the picture data are damaged");
    let decoder = guarded(|| BmpDecoder::new(BufReader::new(Stream::new(source))).ok());
    let decoder = decoder.flatten().ok_or_else(damaged)?;
    let (width, height) = decoder.dimensions();
    if decoder.total_bytes() > MOST_SAMPLES {
        return Err(Unseen::too_large("the picture is larger than any real one"));
    }
    let (colour, mut bytes) = (decoder.color_type(), vec![0; decoder.total_bytes() as usize]);
    let pictures = guarded(|| {
        decoder.read_image(&mut bytes).ok()?;
        let picture = |channels, samples| Picture::new(width, height, channels, 8, Samples::U8(samples));
        match colour {
            ColorType::L8 => Some(vec![picture(1, bytes)?]),
            ColorType::Rgb8 => Some(vec![picture(3, bytes)?]),
            ColorType::Rgba8 => {
                let colours = bytes.chunks_exact(4).flat_map(|pixel| pixel[..3].iter().copied()).collect();
                let alpha = bytes.chunks_exact(4).map(|pixel| pixel[3]).collect();
                Some(vec![picture(3, colours)?, picture(1, alpha)?])
            }
            _ => None,
        }
    });
    Ok(Box::new(Still(pictures.flatten().ok_or_else(damaged)?)))
}
