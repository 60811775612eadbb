//! Decodes JPEG frames of 8 bits, sequential and progressive, without turning their colours.
//!
//! ISO/IEC 10918-1; PS3.5 8.2.1. Which colours the components are, the object says.

use super::marker::Header;
use super::shape::Shape;
use crate::pixels::Unseen;
use jpeg_decoder::{ColorTransform, Decoder};

/// Decodes a frame into samples side by side.
pub(super) fn decode(stream: &[u8], shape: &Shape) -> Result<Vec<u8>, Unseen> {
    let header = Header::find(stream, shape)?;
    if header.precision != 8 {
        return Err(Unseen::no_decoder(format!("no decoder for JPEG frames of {} bits is built in", header.precision)));
    }
    let mut decoder = Decoder::new(stream);
    // RGB is: components side by side, as they are.
    decoder.set_color_transform(if header.components == 1 { ColorTransform::Grayscale } else { ColorTransform::RGB });
    decoder.set_max_decoding_buffer_size(shape.cells());
    let damaged = |_| Unseen::damaged("a JPEG frame is damaged");
    let samples = super::caught(|| decoder.decode())?.map_err(damaged)?;
    if samples.len() == shape.cells() { Ok(samples) } else { Err(Unseen::damaged("a JPEG frame is of another size")) }
}
