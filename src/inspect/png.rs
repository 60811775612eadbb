//! The witness's own account of a PNG or APNG: every byte of it belongs to one chunk, or to none.
//!
//! W3C PNG (third edition) sections 5 (datastream structure), 8 (interlacing), 10 (compression), 11 (chunks).

pub(super) mod cleared;
pub(super) mod findings;
mod kind;

pub(super) use cleared::witness;
pub(super) use findings::{discover, year};

use super::Trouble;
use super::bytes::{Bytes, be32};
use flate2::{Decompress, FlushDecompress, Status};
use std::ops::Range;

pub(super) const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";

/// One chunk, or bytes that are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A chunk: its type, all of it, its data, and whether the file ends within it.
    Chunk { kind: [u8; 4], range: Range<u64>, data: Range<u64>, whole: bool },
    /// All bytes after IEND.
    Behind(Range<u64>),
}

/// Walks the chunks that follow the signature.
#[derive(Debug)]
pub(super) struct Walk {
    at: u64,
    ended: bool,
}

impl Walk {
    pub(super) fn new(bytes: &mut Bytes<'_>) -> Result<Self, Trouble> {
        if bytes.get(0, 8)? != Some(SIGNATURE) {
            return Err(Trouble::Damaged("it does not begin as a PNG does"));
        }
        Ok(Self { at: 8, ended: false })
    }

    pub(super) fn next(&mut self, bytes: &mut Bytes<'_>) -> Result<Option<Part>, Trouble> {
        let (at, end) = (self.at, bytes.len());
        if at >= end {
            return Ok(None);
        }
        self.at = end;
        if self.ended {
            return Ok(Some(Part::Behind(at..end)));
        }
        let Some(head) = bytes.get(at, 8)? else {
            return Ok(Some(Part::Chunk { kind: *b"????", range: at..end, data: at..end, whole: false }));
        };
        let kind = [head[4], head[5], head[6], head[7]];
        let length = u64::from(be32(head, 0).unwrap_or(0));
        let (data, next) = (at + 8..at + 8 + length, at + 12 + length);
        let whole = next <= end;
        self.ended = &kind == b"IEND" && whole;
        self.at = next.min(end);
        Ok(Some(Part::Chunk { kind, range: at..next.min(end), data: data.start.min(end)..data.end.min(end), whole }))
    }

    /// Whether IEND has been passed.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }
}

/// IHDR (11.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    bits: u64,
    pub(super) colour: u8,
    interlaced: bool,
}

impl Header {
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let (width, height) = (be32(data, 0)?, be32(data, 4)?);
        let [depth, colour, 0, 0, interlace @ (0 | 1)] = *data.get(8..13)? else { return None };
        let channels = match colour {
            0 | 3 => 1,
            4 => 2,
            2 => 3,
            6 => 4,
            _ => return None,
        };
        let fits = matches!(depth, 1 | 2 | 4 | 8 | 16)
            && (matches!(colour, 0 | 3) || depth >= 8)
            && !(colour == 3 && depth == 16);
        let bits = u64::from(depth) * channels;
        (fits && width > 0 && height > 0 && data.len() == 13).then_some(Self {
            width,
            height,
            bits,
            colour,
            interlaced: interlace == 1,
        })
    }

    /// Bytes that a picture of this kind inflates to: filter bytes and rows, of each pass where it is interlaced (8.2).
    pub(super) fn inflated(&self, width: u32, height: u32) -> u64 {
        const PASSES: [(u32, u32, u32, u32); 7] =
            [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
        let pass = |w: u32, h: u32| {
            let row = (u64::from(w) * self.bits).div_ceil(8) + 1;
            if w == 0 { 0 } else { row.saturating_mul(u64::from(h)) }
        };
        if !self.interlaced {
            return pass(width, height);
        }
        let size = |n: u32, start: u32, step: u32| n.saturating_sub(start).div_ceil(step);
        let sum = |n: u64, (x, y, dx, dy)| n.saturating_add(pass(size(width, x, dx), size(height, y, dy)));
        PASSES.into_iter().fold(0, sum)
    }
}

/// How the compressed stream of a picture ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stream {
    /// Bytes of the chunks that the stream takes, up to and with its check sum; none when it does not end.
    pub(super) taken: Option<u64>,
    /// Bytes that it inflates to, as far as was read.
    pub(super) inflated: u64,
}

/// Inflates the data of `ranges`, no further than a little over `enough` bytes, and hands the bytes to `visit`.
pub(super) fn stream(
    bytes: &mut Bytes<'_>,
    ranges: &[Range<u64>],
    enough: u64,
    mut visit: impl FnMut(&[u8]),
) -> Result<Stream, Trouble> {
    let mut state = Decompress::new(true);
    let mut buffer = vec![0u8; 64 * 1024];
    let (mut ended, mut broken) = (false, false);
    for range in ranges {
        bytes.each(range.clone(), |mut part| {
            while !ended && !broken {
                let (before_in, before_out) = (state.total_in(), state.total_out());
                let result = state.decompress(part, &mut buffer, FlushDecompress::None);
                let (read, made) = ((state.total_in() - before_in) as usize, (state.total_out() - before_out) as usize);
                visit(&buffer[..made]);
                part = &part[read..];
                match result {
                    Ok(Status::StreamEnd) => ended = true,
                    Ok(_) if state.total_out() > enough => broken = true,
                    Ok(_) if read == 0 && made == 0 => break,
                    Ok(_) => {}
                    Err(_) => broken = true,
                }
            }
            Ok(())
        })?;
        if ended || broken {
            break;
        }
    }
    Ok(Stream { taken: ended.then(|| state.total_in()), inflated: state.total_out() })
}

/// One picture's share of the file: of the PNG itself, or of a frame of an APNG.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// Width and height.
    pub(super) size: (u32, u32),
    /// Where its compressed data lies.
    pub(super) data: Vec<Range<u64>>,
}

/// What decoding needs of a PNG.
#[derive(Debug, Default)]
pub(super) struct Coded {
    pub(super) header: Option<Header>,
    /// What is read of IHDR, PLTE, tRNS and every fcTL.
    pub(super) fixed: Vec<Range<u64>>,
    /// The picture, and every frame whose data is in fdAT.
    pub(super) frames: Vec<Frame>,
    palette: u64,
    transparent: bool,
    /// How many frames the animation declares; none where there is no animation that viewers heed.
    animated: Option<u64>,
    controls: u64,
}

impl Coded {
    fn colour(&self) -> Option<u8> {
        self.header.map(|h| h.colour)
    }
}

/// The most chunks whose places are kept.
const CHUNKS: usize = 1 << 20;

/// Collects what decoding needs.
pub(super) fn coded(bytes: &mut Bytes<'_>) -> Result<Coded, Trouble> {
    let mut walk = Walk::new(bytes)?;
    let mut coded = Coded { frames: vec![Frame::default()], ..Coded::default() };
    let (mut control, mut begun, mut shown, mut kept) = (None, false, false, 0);
    while let Some(part) = walk.next(bytes)? {
        let Part::Chunk { kind, range, data, .. } = part else { break };
        match &kind {
            b"IHDR" if coded.header.is_none() => {
                let n = (data.end - data.start).min(64) as usize;
                coded.header = bytes.get(data.start, n)?.and_then(Header::read);
                coded.frames[0].size = coded.header.map_or((0, 0), |h| (h.width, h.height));
                coded.fixed.push(range.start + 4..data.end);
            }
            b"PLTE" if coded.colour() == Some(3) && coded.palette == 0 && !begun => {
                // Entries that no sample can point to are not read (11.2.2).
                let most = coded.header.map_or(0, |h| 1u64 << h.bits.min(8));
                coded.palette = ((data.end - data.start) / 3).min(most);
                coded.fixed.push(data.start..data.start + coded.palette * 3);
            }
            b"tRNS" if !coded.transparent && !begun => {
                let length = data.end - data.start;
                let read = match (coded.colour(), length) {
                    (Some(0), 2) | (Some(2), 6) => length,
                    (Some(3), _) => length.min(coded.palette),
                    _ => 0,
                };
                coded.transparent = true;
                coded.fixed.push(data.start..data.start + read);
            }
            b"acTL" if coded.animated.is_none() && !begun => {
                let count = bytes.get(data.start, 8)?.and_then(|b| be32(b, 0)).map(u64::from);
                let heeded = data.end - data.start == 8 && cleared::is_check_sum_right(bytes, &range)?;
                coded.animated = count.filter(|n| heeded && (1..1 << 31).contains(n));
            }
            b"fcTL" if coded.animated.is_some() => {
                coded.controls += 1;
                (control, shown) = (None, coded.animated >= Some(coded.controls));
                if shown {
                    control = bytes.get(data.start, 12)?.map(|b| (be32(b, 4).unwrap_or(0), be32(b, 8).unwrap_or(0)));
                    // Frames may be numbered anew; what is shown, where and for how long may not change.
                    coded.fixed.push((data.start + 4).min(data.end)..data.end);
                }
            }
            b"IDAT" => {
                (control, begun) = (None, true);
                coded.frames[0].data.push(data);
            }
            // Data of a frame that no control chunk opens, or that is one too many, no viewer shows (4.9).
            b"fdAT" if data.end - data.start >= 4 && begun && shown => {
                if let Some(size) = control.take() {
                    coded.frames.push(Frame { size, data: Vec::new() });
                }
                if let Some(frame) = coded.frames.get_mut(1..).and_then(<[Frame]>::last_mut) {
                    frame.data.push(data.start + 4..data.end);
                }
            }
            _ => {}
        }
        kept += 1;
        if kept > CHUNKS {
            return Err(Trouble::TooLarge("a PNG of more than a million chunks"));
        }
    }
    Ok(coded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_inflates_to_what_its_header_says() {
        let header = |depth, colour, interlace| {
            let mut data = vec![0, 0, 0, 10, 0, 0, 0, 7, depth, colour, 0, 0, interlace];
            let header = Header::read(&data);
            data.push(0);
            assert_eq!(Header::read(&data), None);
            header
        };
        let size = |h: Option<Header>| h.map(|h| h.inflated(10, 7));
        assert_eq!(size(header(8, 2, 0)), Some(31 * 7));
        assert_eq!(size(header(1, 0, 0)), Some(3 * 7));
        // 2×1, 1×1, 3×1, 2×2, 5×2, 5×4, 10×3 pixels of one byte, and a filter byte a row.
        assert_eq!(size(header(8, 0, 1)), Some(3 + 2 + 4 + 6 + 12 + 24 + 33));
        assert_eq!(header(4, 2, 0), None);
    }
}
