//! What is shown of a GIF: its images with their colours, timing and samples, and how often they are repeated.
//!
//! GIF89a sections 20 (image descriptor), 22 (image data), 23 (graphic control), Appendix F (where the data ends).

use super::{Part, Screen, Walk, content, data};
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use crate::inspect::lzw::{Lzw, Manner, State};
use std::ops::Range;

/// Graphic control as far as it is read: disposal and transparency, delay, transparent colour.
pub(super) type Control = (u8, [u8; 2], Option<u8>);

/// One image.
#[derive(Debug)]
pub(super) struct Frame {
    /// Left, top, width, height, and the flags that are read.
    pub(super) descriptor: [u8; 9],
    /// Its colour table.
    pub(super) table: Range<u64>,
    /// What stands before its stream.
    pub(super) bits: u8,
    /// Its sub-blocks, with the bytes of their lengths.
    pub(super) blocks: Range<u64>,
    /// What says how it is shown.
    pub(super) control: Option<Control>,
}

impl Frame {
    /// How many samples belong to it.
    fn samples(&self) -> u64 {
        let side = |at: usize| u64::from(u16::from_le_bytes([self.descriptor[at], self.descriptor[at + 1]]));
        // An image without width or height is shown by some viewers, as large as the screen.
        Some(side(4) * side(6)).filter(|samples| *samples > 0).unwrap_or(u64::MAX)
    }

    /// The colour that it does not paint.
    pub(super) fn transparent(&self) -> Option<u8> {
        self.control.and_then(|control| control.2)
    }
}

/// Everything that is shown.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) screen: Screen,
    pub(super) table: Range<u64>,
    pub(super) frames: Vec<Frame>,
    /// How often the frames are repeated, each time it is said.
    pub(super) loops: Vec<[u8; 2]>,
}

/// How the stream of an image ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    /// Bytes of the stream up to and with its end.
    pub(super) taken: u64,
    /// Bytes of the stream in all.
    pub(super) length: u64,
    /// What it came to.
    pub(super) state: State,
    /// Whether all samples were there.
    pub(super) full: bool,
    /// Bits of its codes up to there.
    pub(super) bits: u64,
    /// Bits behind its codes in the bytes taken, and whether any is set.
    pub(super) rest: (u32, bool),
    /// The colours that its samples point to.
    pub(super) colours: [bool; 256],
}

/// The three bytes that say how often frames are repeated, where an extension says it.
pub(super) fn repeats(bytes: &mut Bytes<'_>, blocks: &Range<u64>) -> Result<Option<[u8; 2]>, Trouble> {
    let length = blocks.end - blocks.start;
    if length < 16 {
        return Ok(None);
    }
    let all = bytes.copy(blocks.start..blocks.start + 16, 16)?;
    let named = all.get(..12).is_some_and(|b| b == b"\x0bNETSCAPE2.0" || b == b"\x0bANIMEXTS1.0");
    // Some write the block longer than it should be; its first three bytes are read all the same.
    Ok(match all.get(12..16) {
        Some([n, 1, low, high]) if named && *n >= 3 => Some([*low, *high]),
        _ => None,
    })
}

/// Reads what is shown.
pub(super) fn shown(bytes: &mut Bytes<'_>) -> Result<Shown, Trouble> {
    let mut walk = Walk::new(bytes)?;
    let mut shown = Shown { screen: walk.screen, table: walk.table.clone(), frames: Vec::new(), loops: Vec::new() };
    let mut control = None;
    while let Some(part) = walk.next(bytes)? {
        match part {
            Part::Extension { label: 0xf9, blocks, .. } => {
                if let [packed, low, high, colour, ..] = content(bytes, &blocks, 4)?[..] {
                    control = Some((packed & 0x1f, [low, high], (packed & 1 == 1).then_some(colour)));
                }
            }
            Part::Extension { label: 0xff, blocks, .. } => shown.loops.extend(repeats(bytes, &blocks)?),
            Part::Extension { .. } => {}
            Part::Image { descriptor, table, bits, blocks, .. } => {
                let mut descriptor = descriptor;
                // The sort flag and two reserved bits are not read, nor is the size of a table that is not there.
                descriptor[8] &= if descriptor[8] & 0x80 == 0 { 0x40 } else { 0xc7 };
                shown.frames.push(Frame { descriptor, table, bits, blocks, control: control.take() });
            }
            Part::Junk(_) => {}
            Part::End(_) | Part::Broken(_) | Part::Behind(_) => break,
        }
    }
    Ok(shown)
}

/// Follows the stream of an image to its end.
pub(super) fn ending(bytes: &mut Bytes<'_>, frame: &Frame) -> Result<Ending, Trouble> {
    let Some(manner) = Manner::gif(frame.bits) else {
        return Err(Trouble::Damaged("a GIF whose samples have more bits than they may"));
    };
    let mut lzw = Lzw::new(manner, frame.samples());
    let (mut taken, mut length) = (0, 0);
    for range in data(bytes, &frame.blocks)? {
        length += range.end - range.start;
        bytes.each(range, |part| {
            taken += lzw.push(part) as u64;
            Ok(())
        })?;
    }
    let (full, bits, rest) = (lzw.is_full(), lzw.read(), lzw.rest());
    Ok(Ending { taken, length, state: lzw.state(), full, bits, rest, colours: lzw.samples() })
}
