//! What happens to a picture after it was made: compression, shrinking, a photograph of the screen.

use crate::canvas::Canvas;
use crate::rng::Rng;
use image::{DynamicImage, ExtendedColorType, ImageFormat, codecs::jpeg::JpegEncoder};

/// Through JPEG and back; the quality is libjpeg's scale.
pub(crate) fn jpeg(canvas: &mut Canvas, quality: u8) {
    let (width, height) = (canvas.width as u32, canvas.height as u32);
    let colour = if canvas.planes.len() == 3 { ExtendedColorType::Rgb8 } else { ExtendedColorType::L8 };
    let mut file = Vec::new();
    let coded = JpegEncoder::new_with_quality(&mut file, quality).encode(&canvas.bytes(), width, height, colour);
    let decoded = coded.and_then(|()| image::load_from_memory_with_format(&file, ImageFormat::Jpeg));
    let bytes = match decoded {
        Ok(DynamicImage::ImageLuma8(grey)) => grey.into_raw(),
        Ok(DynamicImage::ImageRgb8(rgb)) => rgb.into_raw(),
        _ => return,
    };
    let channels = canvas.planes.len();
    for (channel, plane) in canvas.planes.iter_mut().enumerate() {
        for (at, value) in plane.iter_mut().enumerate() {
            *value = f32::from(bytes[at * channels + channel]) / 255.0;
        }
    }
}

/// Darker or brighter in the middle of the scale.
pub(crate) fn gamma(canvas: &mut Canvas, exponent: f32) {
    canvas.map(|_, _, value| value.powf(exponent));
}

/// As a telephone sees a screen: two lattices beating, a slight blur, a shine, noise.
pub(crate) fn photographed(canvas: &mut Canvas, rng: &mut Rng) {
    (0..rng.whole(1, 2)).for_each(|_| canvas.blurred());
    let (ax, ay, bx, by) = (rng.range(0.1, 0.6), rng.range(-0.1, 0.1), rng.range(-0.1, 0.1), rng.range(0.1, 0.6));
    let (strength, lift, noise) = (rng.range(0.01, 0.035), rng.range(0.02, 0.1), rng.range(0.004, 0.012));
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    let shine = (rng.range(0.0, width), rng.range(0.0, height), rng.range(0.0, 0.12));
    canvas.map(|x, y, value| {
        let (x, y) = (x as f32, y as f32);
        let beat = (ax * x + ay * y).sin() + (bx * x + by * y).sin();
        let far = ((x - shine.0) / width).powi(2) + ((y - shine.1) / height).powi(2);
        let lit = lift + value * (0.92 - lift) + shine.2 * (-far * 8.0).exp();
        lit * (1.0 + beat * strength) + rng.normal() * noise
    });
}
