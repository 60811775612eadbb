//! JPEG 2000 (JP2 and bare codestreams), as hayro-jpeg2000 decodes it; high throughput (JPH) as dicom-toolkit-jpeg2000 does.
//!
//! ISO/IEC 15444-1, Annex I (boxes).

use super::guard::guarded;
use super::still::{Still, picture};
use crate::cut::Source;
use crate::pixels::codec::high_throughput;
use crate::pixels::{Frames, Picture, Samples, Unseen};
use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

/// The largest file that is read into memory.
const LARGEST: u64 = 64 << 20;
/// Samples of a picture, at most: its decoder takes seven bytes for each (measured: 257 MB for 12 megapixels in colour).
const MOST: u64 = 40_000_000;

/// Opens a JPEG 2000 picture. Channels beyond the colour are frames of their own.
pub(super) fn open(source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    let damaged = || Unseen::damaged("the picture data are damaged");
    let large = || Unseen::too_large("the picture is larger than any real one");
    if source.len() > LARGEST {
        return Err(large());
    }
    let bytes = source.read_range(0..source.len(), LARGEST).map_err(|_| damaged())?;
    let codestream = codestream(&bytes);
    if high_throughput::is_high_throughput(codestream) {
        return throughput(&bytes, codestream);
    }
    let image = guarded(|| Image::new(&bytes, &DecodeSettings::default()).ok()).flatten().ok_or_else(damaged)?;
    let colours = usize::from(image.color_space().num_channels());
    let (width, height) = (image.width(), image.height());
    let channels = colours as u64 + u64::from(image.has_alpha());
    if u64::from(width) * u64::from(height) * channels > MOST {
        return Err(Unseen::too_large("the picture is larger than what is decoded of JPEG 2000 here"));
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

/// The codestream of a file: its own bytes, or the content of its first box for one.
fn codestream(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some((head, _)) = rest.split_first_chunk::<8>() {
        let (length, kind) = head.split_at(4);
        let length = length.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
        let (start, length) = match (length, rest.get(8..16)) {
            (0, _) => (8, rest.len() as u64),
            (1, Some(long)) => (16, long.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte))),
            (length, _) => (8, length),
        };
        let Some(end) = usize::try_from(length).ok().filter(|end| *end >= start) else { break };
        if kind == b"jp2c" {
            return rest.get(start..end.min(rest.len())).unwrap_or_default();
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    bytes
}

/// Components of high throughput: grey or RGB, and a frame for each beyond.
fn throughput(file: &[u8], codestream: &[u8]) -> Result<Box<dyn Frames>, Unseen> {
    let before = file.len() - codestream.len();
    if memchr::memmem::find(&file[..before.min(1 << 20)], b"pclr").is_some() || before > 1 << 20 {
        return Err(Unseen::no_decoder("no decoder for high-throughput JPEG 2000 with a table of colours is built in"));
    }
    let decoded = high_throughput::decode(codestream)?;
    let (all, shown) = (usize::from(decoded.components), if decoded.components < 3 { 1 } else { 3 });
    let offset = if decoded.signed { 1_u16 << (decoded.bits - 1) } else { 0 };
    let plane = |channels: std::ops::Range<usize>| {
        let count = channels.len() as u8;
        let pixels = decoded.samples.chunks_exact(all);
        let values = pixels.flat_map(|pixel| pixel[channels.clone()].iter().map(|value| value.wrapping_add(offset)));
        let samples = match decoded.bits {
            1..=8 => Samples::U8(values.map(|value| value as u8).collect()),
            _ => Samples::U16(values.collect()),
        };
        Picture::new(decoded.width, decoded.height, count, decoded.bits, samples)
    };
    let planes = std::iter::once(0..shown).chain((shown..all).map(|n| n..n + 1));
    let pictures = planes.map(plane).collect::<Option<Vec<_>>>();
    Ok(Box::new(Still(pictures.ok_or_else(|| Unseen::damaged("the picture data are damaged"))?)))
}
