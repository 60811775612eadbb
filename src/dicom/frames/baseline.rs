//! Decodes JPEG frames of 8 and 12 bits, sequential and progressive, without turning their colours.
//!
//! ISO/IEC 10918-1; PS3.5 8.2.1. Which colours the components are, the object says.

use super::marker::Header;
use super::shape::Shape;
use crate::pixels::Unseen;
use crate::pixels::codec::jpeg::{self, Broken};
use jpeg_decoder::{ColorTransform, Decoder};

/// Decodes a frame into samples side by side; gives their bits too.
pub(super) fn decode(stream: &[u8], shape: &Shape) -> Result<(Vec<u16>, u8), Unseen> {
    let header = Header::find(stream, shape)?;
    match header.precision {
        8 => Ok((octets(stream, shape, header)?.into_iter().map(u16::from).collect(), 8)),
        12 => Ok((words(stream, shape)?, 12)),
        bits => Err(Unseen::no_decoder(format!("no decoder for JPEG frames of {bits} bits is built in"))),
    }
}

/// Samples of 12 bits, which the library does not decode.
fn words(stream: &[u8], shape: &Shape) -> Result<Vec<u16>, Unseen> {
    let decoded = jpeg::samples(stream).map_err(|broken| match broken {
        Broken::Kind(_) => Unseen::no_decoder("no decoder for JPEG frames of this kind is built in"),
        Broken::TooLarge(what) => Unseen::too_large(what),
        _ => Unseen::damaged("a JPEG frame is damaged"),
    })?;
    let samples = decoded.samples;
    if samples.len() == shape.cells() { Ok(samples) } else { Err(Unseen::damaged("a JPEG frame is of another size")) }
}

fn octets(stream: &[u8], shape: &Shape, header: Header) -> Result<Vec<u8>, Unseen> {
    let mut decoder = Decoder::new(stream);
    // RGB is: components side by side, as they are.
    decoder.set_color_transform(if header.components == 1 { ColorTransform::Grayscale } else { ColorTransform::RGB });
    decoder.set_max_decoding_buffer_size(shape.cells());
    let damaged = |_| Unseen::damaged("a JPEG frame is damaged");
    let samples = super::caught(|| decoder.decode())?.map_err(damaged)?;
    if samples.len() == shape.cells() { Ok(samples) } else { Err(Unseen::damaged("a JPEG frame is of another size")) }
}
