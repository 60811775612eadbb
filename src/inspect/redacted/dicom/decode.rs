//! Decodes one frame for the witness: native samples, run lengths, lossless JPEG, JPEG 2000, JPEG-LS.
//!
//! PS3.5 8.1 and Annex G; the libraries that decode JPEG and JPEG 2000 are third parties' own.

use super::cells::Cells;
use super::jpegls;
use super::object::{Object, Shape};
use crate::inspect::Trouble;
use crate::inspect::exif::quietly;
use crate::recording::Format;

const RLE: &str = "1.2.840.10008.1.2.5";
const DAMAGED: Trouble = Trouble::Damaged("a frame of it cannot be decoded");

/// The samples of a frame, those of a pixel side by side.
pub(super) fn cells(object: &Object<'_>, shape: &Shape, index: u32) -> Result<Cells, Trouble> {
    let stream = object.stream(shape, index)?;
    if !object.is_encapsulated() {
        return native(stream, shape, index);
    }
    let number = object.syntax_number();
    let decoded = match number {
        _ if object.opening.syntax == RLE => runs(&stream, shape),
        Some(57..=70) => quietly(|| lossless(&stream, shape)),
        Some(80 | 81) => quietly(|| jpegls::decode(&stream, shape).map(Cells::from)),
        Some(90..=93 | 201..=203) if fast(&stream) => quietly(|| throughput(&stream, shape).map(Cells::from)),
        Some(90..=93 | 201..=203) => quietly(|| wavelet(&stream, shape).map(Cells::from)),
        Some(50..=56) => quietly(|| lossless(&stream, shape)),
        _ => return Err(Trouble::Unsupported(Format::Dicom)),
    };
    decoded.filter(|cells| cells.len() == shape.cells()).ok_or(DAMAGED)
}

fn native(mut stream: Vec<u8>, shape: &Shape, index: u32) -> Result<Cells, Trouble> {
    let skip = (shape.bits() * u64::from(index) % 8) as usize;
    // Bytes in words of the other order.
    let swapped = shape.big && shape.words && shape.allocated < 16;
    if swapped && (skip > 0 || stream.len() % 2 == 1) {
        return Err(Trouble::Unsupported(Format::Dicom));
    }
    if shape.allocated == 8 && !swapped && !shape.halved && (!shape.planar || shape.samples == 1) {
        // What is short reads as nought, as below.
        stream.resize(shape.cells(), 0);
        return Ok(Cells::Narrow(stream));
    }
    let byte = |at: usize| stream.get(if swapped { at ^ 1 } else { at }).copied().unwrap_or(0);
    let word = |at: usize| {
        let pair = [byte(2 * at), byte(2 * at + 1)];
        if shape.big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    };
    let (samples, pixels) = (usize::from(shape.samples), shape.cells() / usize::from(shape.samples));
    let place = |pixel: usize, c: usize| if shape.planar { c * pixels + pixel } else { pixel * samples + c };
    let cell = |pixel: usize, c: usize| match shape.allocated {
        1 => u16::from(byte((skip + pixel) / 8) >> ((skip + pixel) % 8) & 1),
        8 if shape.halved => u16::from(byte(pixel / 2 * 4 + if c == 0 { pixel % 2 } else { c + 1 })),
        8 => u16::from(byte(place(pixel, c))),
        _ => word(place(pixel, c)),
    };
    let each = (0..pixels).flat_map(|pixel| (0..samples).map(move |c| (pixel, c))).map(|(pixel, c)| cell(pixel, c));
    if shape.allocated <= 8 {
        let mut cells = Vec::with_capacity(shape.cells());
        cells.extend(each.map(|cell| cell as u8));
        return Ok(Cells::Narrow(cells));
    }
    let mut cells = Vec::with_capacity(shape.cells());
    cells.extend(each);
    Ok(Cells::Wide(cells))
}

/// Run lengths (PS3.5 Annex G).
fn runs(stream: &[u8], shape: &Shape) -> Option<Cells> {
    let header: Vec<usize> =
        stream.get(..64)?.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize).collect();
    let (samples, depth) = (usize::from(shape.samples), usize::from(shape.allocated.div_ceil(8)));
    let planes = samples * depth;
    let pixels = shape.cells() / samples;
    if header[0] != planes || planes > 15 {
        return None;
    }
    let mut out = Cells::blank(shape.cells(), depth);
    for plane in 0..planes {
        let mut rest = stream.get(header[plane + 1]..)?;
        let (sample, shift) = (plane / depth, 8 * (depth - 1 - plane % depth));
        let mut pixel = 0;
        let mut put = |value: u8| {
            if pixel < pixels {
                out.set(pixel * samples + sample, value, shift);
            }
            pixel += 1;
            pixel < pixels
        };
        loop {
            let (control, behind) = rest.split_first()?;
            let more = match *control as i8 {
                -128 => (rest = behind, true).1,
                n if n >= 0 => {
                    let (run, behind) = behind.split_at_checked(n as usize + 1)?;
                    rest = behind;
                    run.iter().all(|value| put(*value))
                }
                n => {
                    let (value, behind) = behind.split_first()?;
                    rest = behind;
                    (0..1 - i32::from(n)).all(|_| put(*value))
                }
            };
            if !more {
                break;
            }
        }
    }
    Some(out)
}

/// Lossless JPEG, whose header must say the size before anything is decoded.
fn lossless(stream: &[u8], shape: &Shape) -> Option<Cells> {
    use jpeg_decoder::{CodingProcess, ColorTransform, Decoder};
    let mut decoder = Decoder::new(stream);
    decoder.read_info().ok()?;
    let precision_and_size = stream.windows(9).find(|w| w[0] == 0xff && w[1] == 0xc3)?;
    let components = stream.windows(10).find(|w| w[0] == 0xff && w[1] == 0xc3)?[9];
    let (precision, size) = (precision_and_size[4], &precision_and_size[5..9]);
    let size = [u16::from_be_bytes([size[2], size[3]]), u16::from_be_bytes([size[0], size[1]])].map(u32::from);
    if size != [shape.columns, shape.rows] || components != shape.samples {
        return None;
    }
    let info = decoder.info()?;
    if info.coding_process != CodingProcess::Lossless || [u32::from(info.width), u32::from(info.height)] != size {
        return None;
    }
    if components == 3 {
        decoder.set_color_transform(ColorTransform::RGB);
    }
    let bytes = decoder.decode().ok()?;
    if precision == 8 {
        return Some(Cells::Narrow(bytes));
    }
    Some(Cells::Wide(bytes.chunks_exact(2).map(|b| u16::from_ne_bytes([b[0], b[1]])).collect()))
}

/// JPEG 2000 (ISO/IEC 15444-1 A.5.1: size, depth and sign).
fn wavelet(stream: &[u8], shape: &Shape) -> Option<Vec<u16>> {
    use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};
    let long = |at: usize| Some(u32::from_be_bytes(stream.get(at..at + 4)?.try_into().ok()?));
    let size = [long(8)?.checked_sub(long(16)?)?, long(12)?.checked_sub(long(20)?)?];
    let tiles = u64::from(size[0] / long(24)?.max(1) + 1) * u64::from(size[1] / long(28)?.max(1) + 1);
    if size != [shape.columns, shape.rows] || tiles > 100_000 {
        return None;
    }
    let depth = stream.get(42)?;
    let sign = if depth & 0x80 == 0 { 0 } else { 1i64 << (depth & 0x7f) };
    let settings = DecodeSettings { resolve_palette_indices: false, ..DecodeSettings::default() };
    let image = Image::new(stream, &settings).ok()?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).ok()?;
    let planes: Vec<&[f32]> = decoded.components().iter().map(|c| c.samples()).collect();
    if planes.len() != usize::from(shape.samples) || planes.iter().any(|p| p.len() * planes.len() != shape.cells()) {
        return None;
    }
    let most = (2i64 << (depth & 0x7f).min(30)) - 1;
    let mut cells = vec![0; shape.cells()];
    for (first, plane) in planes.iter().enumerate() {
        for (cell, value) in cells.iter_mut().skip(first).step_by(planes.len()).zip(*plane) {
            // As `round`, which is a call for every sample: what is cut off is exact, and nothing is below 0 but by noise.
            let cut = i64::from(*value as i32);
            let whole = cut + i64::from(value - cut as f32 >= 0.5);
            *cell = (whole.clamp(0, most) - sign) as u16;
        }
    }
    Some(cells)
}

/// Whether the size segment calls for high throughput (ISO/IEC 15444-15 A.2).
fn fast(stream: &[u8]) -> bool {
    matches!(stream.get(..8), Some([0xff, 0x4f, 0xff, 0x51, _, _, capabilities, _]) if capabilities & 0x40 != 0)
}

/// High-throughput JPEG 2000: no other decoder of it is both written in Rust without unsafe code and right.
fn throughput(stream: &[u8], shape: &Shape) -> Option<Vec<u16>> {
    use dicom_toolkit_jpeg2000::{DecodeSettings, Image};
    let side = |at: usize| Some(u32::from_be_bytes(stream.get(at..at + 4)?.try_into().ok()?));
    let size = [side(8)?.checked_sub(side(16)?)?, side(12)?.checked_sub(side(20)?)?];
    if size != [shape.columns, shape.rows] {
        return None;
    }
    let image = Image::new(stream, &DecodeSettings { resolve_palette_indices: false, ..Default::default() }).ok()?;
    let raw = image.decode_native().ok()?;
    let depth = stream.get(42)?;
    let sign = if depth & 0x80 == 0 { 0 } else { 1_u16.checked_shl(u32::from(depth & 0x7f))? };
    let wide = usize::from(raw.bytes_per_sample);
    let word = |bytes: &[u8]| bytes.iter().rev().fold(0_u16, |n, byte| n << 8 | u16::from(*byte)).wrapping_sub(sign);
    (raw.num_components == shape.samples).then(|| raw.data.chunks_exact(wide).map(word).collect())
}
