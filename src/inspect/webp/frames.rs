//! What is shown of a WebP: canvas, animation, and the coded samples of each frame.
//!
//! RFC 9649 sections 2.5 to 2.7; 3.4 (VP8L header); RFC 6386 section 9.1.

use super::{Walk, stated_end};
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use crate::inspect::little::{le16, le24, le32};
use std::ops::Range;

/// One picture: the still one, or a frame of an animation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::inspect) struct Frame {
    /// Place, size, duration and flags of a frame of an animation.
    pub(in crate::inspect) header: Option<[u8; 16]>,
    /// Coded transparency.
    pub(in crate::inspect) alpha: Option<Range<u64>>,
    /// Coded picture, and whether it is lossless.
    pub(in crate::inspect) picture: Option<(bool, Range<u64>)>,
}

/// Everything that is shown.
#[derive(Debug, Default)]
pub(in crate::inspect) struct Shown {
    pub(in crate::inspect) canvas: Option<(u32, u32)>,
    pub(in crate::inspect) flags: Option<u8>,
    /// Background and count of repetitions.
    pub(in crate::inspect) animation: Option<[u8; 6]>,
    pub(in crate::inspect) frames: Vec<Frame>,
    pub(in crate::inspect) profile: Option<Range<u64>>,
    pub(in crate::inspect) exif: Option<Range<u64>>,
    pub(in crate::inspect) xmp: Option<Range<u64>>,
    /// Whether the file ends within a chunk that is shown.
    pub(in crate::inspect) cut: bool,
}

impl Shown {
    /// Whether VP8X announces a kind of chunk by this flag.
    pub(in crate::inspect) fn announces(&self, flag: u8) -> bool {
        self.flags.is_some_and(|flags| flags & flag != 0)
    }
}

/// What is shown of a whole file, by its header's length, or by the file's where the header's says nothing of a picture.
pub(in crate::inspect) fn shown(bytes: &mut Bytes<'_>) -> Result<Shown, Trouble> {
    let (stated, length) = (stated_end(bytes)?, bytes.len());
    let shown = shown_until(bytes, stated.min(length))?;
    let whole = !shown.cut && shown.frames.iter().any(|f| f.picture.is_some());
    if whole || stated >= length { Ok(shown) } else { shown_until(bytes, length) }
}

fn shown_until(bytes: &mut Bytes<'_>, end: u64) -> Result<Shown, Trouble> {
    let mut walk = Walk::over(12..end);
    let mut shown = Shown::default();
    let mut still = Frame::default();
    while let Some(chunk) = walk.next(bytes)? {
        let data = chunk.data.clone();
        let shows = match &chunk.name {
            b"VP8X" if shown.flags.is_none() => {
                let head = bytes.copy(data, 10)?;
                if let (Some(flags), Some(w), Some(h)) = (head.first(), le24(&head, 4), le24(&head, 7)) {
                    (shown.flags, shown.canvas) = (Some(*flags), Some((w + 1, h + 1)));
                }
                true
            }
            b"ANIM" if shown.animation.is_none() => {
                shown.animation = bytes.get(data.start, 6)?.map(|b| [b[0], b[1], b[2], b[3], b[4], b[5]]);
                true
            }
            b"ANMF" => {
                shown.frames.push(frame(bytes, data)?);
                true
            }
            b"ICCP" if shown.profile.is_none() => {
                shown.profile = Some(data);
                false
            }
            b"EXIF" if shown.exif.is_none() => {
                shown.exif = Some(data);
                false
            }
            b"XMP " if shown.xmp.is_none() => {
                shown.xmp = Some(data);
                false
            }
            _ => still.take(&chunk.name, data),
        };
        shown.cut |= shows && !chunk.whole;
    }
    if shown.frames.is_empty() && still.picture.is_some() {
        shown.frames.push(still);
    }
    Ok(shown)
}

impl Frame {
    /// Takes a chunk of coded samples, the first of each kind.
    fn take(&mut self, name: &[u8; 4], data: Range<u64>) -> bool {
        match name {
            b"ALPH" if self.alpha.is_none() && self.picture.is_none() => self.alpha = Some(data),
            b"VP8 " if self.picture.is_none() => self.picture = Some((false, data)),
            b"VP8L" if self.picture.is_none() => self.picture = Some((true, data)),
            _ => return false,
        }
        true
    }

    /// Width and height by the coded picture's own header.
    pub(in crate::inspect) fn size(&self, bytes: &mut Bytes<'_>) -> Result<Option<(u32, u32)>, Trouble> {
        let Some((lossless, data)) = &self.picture else { return Ok(None) };
        let head = bytes.copy(data.clone(), 10)?;
        if *lossless {
            let size = le32(&head, 1).filter(|_| head[0] == 0x2f);
            return Ok(size.map(|s| ((s & 0x3fff) + 1, (s >> 14 & 0x3fff) + 1)));
        }
        let (Some(width), Some(height)) = (le16(&head, 6), le16(&head, 8)) else { return Ok(None) };
        let key = head[0] & 1 == 0 && head[3..6] == [0x9d, 0x01, 0x2a];
        Ok(key.then_some((u32::from(width & 0x3fff), u32::from(height & 0x3fff))))
    }

    /// The coded transparency as far as it is read: a value a pixel behind its first byte, where it is not compressed.
    pub(in crate::inspect) fn transparency(&self, bytes: &mut Bytes<'_>) -> Result<Option<Range<u64>>, Trouble> {
        let Some(range) = self.alpha.clone() else { return Ok(None) };
        let raw = bytes.get(range.start, 1)?.is_some_and(|head| head[0] & 3 == 0);
        let Some((width, height)) = self.size(bytes)?.filter(|_| raw) else { return Ok(Some(range)) };
        let needed = 1 + u64::from(width) * u64::from(height);
        Ok(Some(range.start..range.end.min(range.start + needed)))
    }

    /// Whether the coded picture says that it is transparent somewhere.
    pub(in crate::inspect) fn is_transparent(&self, bytes: &mut Bytes<'_>) -> Result<bool, Trouble> {
        let Some((true, data)) = &self.picture else { return Ok(self.alpha.is_some()) };
        let head = bytes.copy(data.clone(), 5)?;
        Ok(self.alpha.is_some() || le32(&head, 1).is_some_and(|s| s >> 28 & 1 == 1))
    }
}

fn frame(bytes: &mut Bytes<'_>, data: Range<u64>) -> Result<Frame, Trouble> {
    let mut frame = Frame::default();
    let head = bytes.copy(data.clone(), 16)?;
    let mut header = [0; 16];
    if head.len() == 16 {
        header.copy_from_slice(&head);
        // Six bits are reserved.
        header[15] &= 3;
        frame.header = Some(header);
    }
    let mut walk = Walk::over((data.start + 16).min(data.end)..data.end);
    while let Some(chunk) = walk.next(bytes)? {
        frame.take(&chunk.name, chunk.data);
    }
    Ok(frame)
}
