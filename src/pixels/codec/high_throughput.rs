//! High-throughput JPEG 2000 codestreams, decoded at their own depth.
//!
//! ISO/IEC 15444-15 (HT code blocks: bit 14 of Rsiz and a CAP segment), ISO/IEC 15444-1 A.5.1 (SIZ), A.6.1 and A.6.2 (COD,
//! COC). The decoder is a library's; before it is asked, the headers say how much it will hold in memory.

use crate::pixels::Unseen;
use dicom_toolkit_jpeg2000::{DecodeSettings, Image};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Samples of a picture, at most: the decoder holds each as a floating-point number, three times.
const MOST: u64 = 16 << 20;
/// Tiles of a picture, at most; and its quality layers.
const TILES: u64 = 4_096;
const LAYERS: u16 = 64;
/// Precincts have sides of at least so many samples, as an exponent of 2.
const PRECINCT: u8 = 5;
/// Why irreversible codestreams of more than 8 bits are not decoded: other decoders differ from this one by too much.
const ROUNDED: &str = "a lossy high-throughput JPEG 2000 picture of more than 8 bits, whose values are not certain";
/// Marker segments before the first tile, and parts of tiles, at most.
const SEGMENTS: usize = 20_000;

/// A decoded picture, components side by side.
#[derive(Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Components of a pixel.
    pub components: u16,
    /// Bits of a sample, 1 to 16.
    pub bits: u8,
    /// Whether samples are signed: then they are in two's complement, in 16 bits.
    pub signed: bool,
    /// Row by row.
    pub samples: Vec<u16>,
}

impl std::fmt::Debug for Decoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JPEG 2000 picture of {}×{}, {} × {} bits", self.width, self.height, self.components, self.bits)
    }
}

/// What the main header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    width: u32,
    height: u32,
    components: u16,
    bits: u8,
    signed: bool,
}

/// Whether a codestream says that it holds HT code blocks.
pub fn is_high_throughput(codestream: &[u8]) -> bool {
    codestream.starts_with(&[0xFF, 0x4F, 0xFF, 0x51]) && codestream.get(6).is_some_and(|rsiz| rsiz & 0x40 != 0)
}

/// Decodes a codestream, from SOC to EOC.
///
/// # Errors
/// An [`Unseen`]: `too-large` where it takes more memory than a worker may have, `no-decoder` where it is made up as no ordinary
/// one is, `damaged` where the decoder gives up.
pub fn decode(codestream: &[u8]) -> Result<Decoded, Unseen> {
    let Header { width, height, components, bits, signed } = header(codestream)?;
    let damaged = || Unseen::damaged("a JPEG 2000 picture is damaged");
    let settings = DecodeSettings { resolve_palette_indices: false, strict: true, target_resolution: None };
    let decode = || Image::new(codestream, &settings).ok()?.decode_native().ok();
    let raw = catch_unwind(AssertUnwindSafe(decode)).ok().flatten().ok_or_else(damaged)?;
    let count = u64::from(width) * u64::from(height) * u64::from(components);
    let sound =
        (raw.width, raw.height, u16::from(raw.num_components), raw.bit_depth) == (width, height, components, bits);
    if !sound || raw.data.len() as u64 != count * u64::from(raw.bytes_per_sample) {
        return Err(damaged());
    }
    let mut samples: Vec<u16> = match raw.bytes_per_sample {
        1 => raw.data.into_iter().map(u16::from).collect(),
        _ => raw.data.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect(),
    };
    if signed {
        // The decoder gives all values an offset that makes the smallest one 0.
        samples.iter_mut().for_each(|sample| *sample = sample.wrapping_sub(1 << (bits - 1)));
    }
    Ok(Decoded { width, height, components, bits, signed, samples })
}

fn header(codestream: &[u8]) -> Result<Header, Unseen> {
    let unread = || Unseen::damaged("a JPEG 2000 picture has no header that can be read");
    let odd = || Unseen::no_decoder("a JPEG 2000 picture that is made up as no ordinary one is");
    let mut at = 2;
    let (mut found, mut rounded) = (None, false);
    for _ in 0..SEGMENTS {
        let [0xFF, marker, high, low] = *codestream.get(at..at + 4).ok_or_else(unread)? else { return Err(unread()) };
        let content =
            codestream.get(at + 4..at + 2 + usize::from(u16::from_be_bytes([high, low]))).ok_or_else(unread)?;
        match marker {
            0x51 => found = Some(size(content).ok_or_else(unread)??),
            0x52 => rounded |= coding(content, 5, content.first().copied()).ok_or_else(odd)?,
            0x53 => {
                let skip = if found.is_some_and(|header: Header| header.components > 256) { 2 } else { 1 };
                let content = content.get(skip..).unwrap_or_default();
                rounded |= coding(content, 1, content.first().copied()).ok_or_else(odd)?;
            }
            // The first tile.
            0x90 if !tiles_are_plain(codestream, at) => return Err(odd()),
            0x90 => {
                let header: Header = found.ok_or_else(unread)?;
                let known = !rounded || header.bits <= 8;
                return known.then_some(header).ok_or_else(|| Unseen::no_decoder(ROUNDED));
            }
            _ => {}
        }
        at += 4 + content.len();
    }
    Err(odd())
}

/// Whether no header of a part of a tile changes how it is coded. ISO/IEC 15444-1 A.4.2, A.4.3.
fn tiles_are_plain(codestream: &[u8], mut at: usize) -> bool {
    let word = |at: usize| Some(u16::from_be_bytes(codestream.get(at..at + 2)?.try_into().ok()?));
    for _ in 0..SEGMENTS {
        let Some([0xFF, 0x90, _, _, _, _, a, b, c, d]) = codestream.get(at..at + 10) else {
            return codestream.get(at..).is_none_or(|rest| rest.is_empty() || rest.starts_with(&[0xFF, 0xD9]));
        };
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let mut segment = at + 12;
        loop {
            match (word(segment), word(segment.saturating_add(2))) {
                (Some(0xFF93), _) => break,
                (Some(0xFF52 | 0xFF53) | None, _) | (_, None | Some(0 | 1)) => return false,
                (Some(marker), _) if marker >> 8 != 0xFF => return false,
                (_, Some(length)) => segment += 2 + usize::from(length),
            }
        }
        match length {
            // The last part, up to the end.
            0 => return true,
            length if length < 14 => return false,
            length => at = at.saturating_add(length),
        }
    }
    false
}

/// What the size segment says; none where it is too short.
fn size(content: &[u8]) -> Option<Result<Header, Unseen>> {
    let short = |at: usize| Some(u16::from_be_bytes(content.get(at..at + 2)?.try_into().ok()?));
    let long = |at: usize| Some(u32::from_be_bytes(content.get(at..at + 4)?.try_into().ok()?));
    let (width, height) = (long(2)?.checked_sub(long(10)?)?, long(6)?.checked_sub(long(14)?)?);
    let tiles = |to: usize, tile: usize, from: usize| {
        Some(u64::from(long(to)?.checked_sub(long(from)?)?).div_ceil(u64::from(long(tile)?.max(1))))
    };
    let tiles = tiles(2, 18, 26)?.saturating_mul(tiles(6, 22, 30)?);
    let components = short(34)?;
    let listed = content.get(36..36 + 3 * usize::from(components))?;
    let first = *listed.first()?;
    let (bits, signed) = ((first & 0x7F) + 1, first & 0x80 != 0);
    let samples = u64::from(width) * u64::from(height) * u64::from(components);
    let header = Header { width, height, components, bits, signed };
    Some(match () {
        () if samples == 0 => return None,
        () if samples > MOST => Err(Unseen::too_large("a JPEG 2000 picture larger than is decoded here")),
        () if tiles > TILES || bits > 16 || listed.chunks_exact(3).any(|c| c != [first, 1, 1]) => {
            Err(Unseen::no_decoder("a JPEG 2000 picture that is made up as no ordinary one is"))
        }
        () => Ok(header),
    })
}

/// Whether its wavelet is the irreversible one; none where a coding style asks for more than is done here. `at` is where its
/// parameters begin; `style` says whether precincts are listed behind them.
fn coding(content: &[u8], at: usize, style: Option<u8>) -> Option<bool> {
    let parameters = content.get(at..at + 5)?;
    if at == 5 && u16::from_be_bytes([content[2], content[3]]) > LAYERS {
        return None;
    }
    let blocks = [parameters[1], parameters[2]].map(|exponent| u32::from(exponent & 15) + 2);
    let small = |precinct: &u8| precinct & 15 < PRECINCT || precinct >> 4 < PRECINCT;
    let listed = if style? & 1 == 1 { content.get(at + 5..)? } else { &[] };
    let sound = parameters[0] <= 32 && blocks[0] + blocks[1] >= 6 && !listed.iter().any(small);
    sound.then_some(parameters[4] == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
        [&[0xFF, marker], &(content.len() as u16 + 2).to_be_bytes()[..], content].concat()
    }

    /// A grey codestream of 8 by 8 without any data: its bits, whether its wavelet is the irreversible one, and what the
    /// header of its only tile holds.
    fn bare(bits: u8, irreversible: bool, in_tile: &[u8]) -> Vec<u8> {
        let mut size = vec![0x40, 0];
        for number in [8_u32, 8, 0, 0, 8, 8, 0, 0] {
            size.extend(number.to_be_bytes());
        }
        size.extend([0, 1, bits - 1, 1, 1]);
        let coding = [0, 0, 0, 1, 0, 1, 4, 4, 0x40, u8::from(!irreversible)];
        let length = 14 + in_tile.len() as u32;
        let tile = [&[0, 0], &length.to_be_bytes()[..], &[0, 1]].concat();
        let head = [vec![0xFF, 0x4F], segment(0x51, &size), segment(0x52, &coding), segment(0x90, &tile)].concat();
        [&head[..], in_tile, &[0xFF, 0x93, 0xFF, 0xD9]].concat()
    }

    #[test]
    fn lossy_codestreams_of_more_than_8_bits_and_tiles_with_a_coding_of_their_own_are_not_decoded() {
        let own = segment(0x52, &[0, 0, 0, 1, 0, 1, 4, 4, 0x40, 0]);
        let comment = segment(0x64, &[0, 1, b'c']);
        let cases: [(&str, Vec<u8>, Option<&str>); 7] = [
            ("8 bits, exact", bare(8, false, &[]), None),
            ("8 bits, lossy", bare(8, true, &[]), None),
            ("12 bits, exact", bare(12, false, &[]), None),
            ("12 bits, exact, with a comment", bare(12, false, &comment), None),
            ("12 bits, lossy", bare(12, true, &[]), Some("no-decoder")),
            ("12 bits, lossy in its tile", bare(12, false, &own), Some("no-decoder")),
            ("cut short", bare(12, false, &[0xFF, 0x52, 0]), Some("no-decoder")),
        ];
        let mut tried = 0;
        for (what, stream, refused) in cases {
            assert!(is_high_throughput(&stream), "{what}");
            assert_eq!(header(&stream).err().map(|why| why.code), refused, "{what}");
            tried += 1;
        }
        assert_eq!(tried, 7);
    }
}
