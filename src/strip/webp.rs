//! The surgeon for WebP: keeps coded pictures, transparency and the animation's numbers, writes headers, colour profile
//! and orientation anew, and lets all else go.
//!
//! RFC 9649, 2.5 to 2.7 (simple and extended layouts). Where a file breaks the order of chunks, libwebp's reading counts,
//! since that is what viewers show.

mod chunk;
mod frame;
mod layout;
pub(super) mod picture;

use super::operation::{Operation, broken};
use super::{Options, exif, xmp};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::icc;
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use chunk::{Chunk, HEAD};
use frame::Picture;
use layout::Layout;
use std::ops::Range;

/// The largest block of metadata that is read.
const READ: u64 = 1 << 20;
/// Flags of the extended header (2.7.1).
const PROFILE: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;
const ANIMATION: u8 = 0x02;
/// More pixels than this no decoder opens (2.7.1: the product must be below 2^32).
const CANVAS: u64 = u32::MAX as u64;

/// Plans the cleaning of a WebP picture.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    if !operation.reader.holds(0, b"RIFF")? || !operation.reader.holds(8, b"WEBP")? {
        return Err(broken("the file does not begin as a WebP picture does"));
    }
    let file = operation.reader.length();
    let declared = operation.reader.peek::<4>(4)?.map_or(0, u32::from_le_bytes);
    // A length that cannot hold one chunk is none: the file's own end counts.
    let declared = if declared < 12 { file } else { (HEAD + u64::from(declared)).min(file) };
    let (chunks, tail) = chunk::list(&mut operation.reader, 12..declared, file)?;
    let mut walk = Walk::default();
    for chunk in &chunks {
        walk.take(&mut operation, chunk)?;
    }
    if !tail.is_empty() {
        operation.found(Code::Trailer, "trailer", tail, Action::Remove);
    }
    let (width, height) = walk.lay(&mut operation)?;
    Ok(operation.close(Format::WebP, width, height))
}

/// The extended header: its flags, and the canvas.
#[derive(Debug)]
struct Canvas {
    range: Range<u64>,
    flags: u8,
    width: u32,
    height: u32,
}

/// A frame of an animation: its 16 bytes of numbers, and what it shows.
#[derive(Debug)]
struct Frame {
    range: Range<u64>,
    numbers: Vec<u8>,
    picture: Picture,
}

#[derive(Debug, Default)]
struct Walk {
    first: Option<[u8; 4]>,
    canvas: Option<Canvas>,
    profile: Option<(Range<u64>, Vec<u8>)>,
    alpha: Option<Chunk>,
    still: Option<Picture>,
    animation: Option<(Range<u64>, Vec<u8>)>,
    frames: Vec<Frame>,
    exif_spoke: bool,
    exif_seen: bool,
    turn: Option<u8>,
    resolution: Option<exif::Resolution>,
    turn_at: Range<u64>,
}

impl Walk {
    fn flag(&self, flag: u8) -> bool {
        self.canvas.as_ref().is_some_and(|canvas| canvas.flags & flag != 0)
    }

    fn take(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        let first = self.first.is_none();
        self.first = self.first.or(Some(chunk.kind));
        let animated = self.flag(ANIMATION);
        match &chunk.kind {
            b"VP8X" if first => self.canvas(operation, chunk)?,
            b"VP8 " | b"VP8L" if !animated && self.still.is_none() => {
                let alpha = self.alpha.take();
                self.still = Some(Picture::read(&mut operation.reader, chunk, alpha)?);
            }
            // Decoders heed transparency wherever there is an extended header, and the rest only where that announces it.
            b"ALPH" if self.canvas.is_some() && !animated && self.still.is_none() && self.alpha.is_none() => {
                self.alpha = Some(chunk.clone());
                return Ok(());
            }
            b"ANIM" if animated && self.animation.is_none() && chunk.size >= 6 => self.animation(operation, chunk)?,
            b"ANMF" if animated && self.animation.is_some() && chunk.size >= 16 => self.frame(operation, chunk)?,
            b"ICCP" => self.profile(operation, chunk)?,
            b"EXIF" => self.exif(operation, chunk)?,
            b"XMP " => self.xmp(operation, chunk)?,
            _ => drop(operation, chunk),
        }
        pad(operation, chunk)
    }

    /// The extended header: flags, three reserved bytes, and the size of the canvas less one.
    fn canvas(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        let damaged = || broken("the description of the picture is damaged");
        let [flags, r0, r1, r2, w0, w1, w2, h0, h1, h2] =
            operation.reader.peek::<10>(chunk.data().start)?.filter(|_| chunk.size >= 10).ok_or_else(damaged)?;
        let (width, height) = (u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1);
        if u64::from(width) * u64::from(height) > CANVAS {
            return Err(Refusal::too_large("the picture is larger than any real one"));
        }
        if [flags & 0xC1, r0, r1, r2] != [0; 4] {
            let reserved = chunk.data().start..chunk.data().start + 4;
            operation.found(Code::HiddenBytes, "VP8X", reserved, Action::Replace);
        }
        if chunk.size > 10 {
            let surplus = chunk.data().start + 10..chunk.data().end;
            operation.found(Code::HiddenBytes, "VP8X", surplus, Action::Remove);
        }
        self.canvas = Some(Canvas { range: chunk.range(), flags, width, height });
        Ok(())
    }

    /// The animation's background and number of loops.
    fn animation(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        let data = operation.reader.read(chunk.data().start..chunk.data().start + 6, 6)?;
        if chunk.size > 6 {
            let surplus = chunk.data().start + 6..chunk.data().end;
            operation.found(Code::HiddenBytes, "ANIM", surplus, Action::Remove);
        }
        self.animation = Some((chunk.range(), data));
        Ok(())
    }

    /// A frame: where it stands, how long it shows, and the chunks of its picture.
    fn frame(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        let start = chunk.data().start;
        let mut numbers = operation.reader.read(start..start + 16, 16)?;
        // Six of the last eight bits are reserved (2.7.1.1).
        numbers[15] &= 3;
        let (parts, tail) = chunk::list(&mut operation.reader, start + 16..chunk.data().end, chunk.data().end)?;
        let (mut alpha, mut picture) = (None, None);
        for part in &parts {
            match &part.kind {
                b"ALPH" if alpha.is_none() && picture.is_none() => alpha = Some(part.clone()),
                b"VP8 " | b"VP8L" if picture.is_none() => {
                    picture = Some(Picture::read(&mut operation.reader, part, alpha.clone())?);
                }
                _ => drop(operation, part),
            }
            pad(operation, part)?;
        }
        if !tail.is_empty() {
            operation.found(Code::Junk, "ANMF", tail, Action::Remove);
        }
        let damaged = || broken("a frame of the animation is damaged");
        let picture = picture.ok_or_else(damaged)?;
        let number = |at: usize| {
            numbers.get(at..at + 3).map_or(0, |n| u32::from(n[0]) | u32::from(n[1]) << 8 | u32::from(n[2]) << 16)
        };
        let canvas = self.canvas.as_ref().ok_or_else(damaged)?;
        let inside = number(0) * 2 + picture.width <= canvas.width && number(3) * 2 + picture.height <= canvas.height;
        if (number(6) + 1, number(9) + 1) != (picture.width, picture.height) || !inside {
            return Err(damaged());
        }
        self.frames.push(Frame { range: chunk.range(), numbers, picture });
        Ok(())
    }

    /// A colour profile counts where the header announces it, the first time.
    fn profile(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        if !self.flag(PROFILE) || self.profile.is_some() || chunk.size > icc::LARGEST {
            drop(operation, chunk);
            return Ok(());
        }
        let old = operation.reader.read(chunk.data(), icc::LARGEST)?;
        let Some(cleaned) = icc::clean(&old) else {
            drop(operation, chunk);
            return Ok(());
        };
        if cleaned.profile != old {
            operation.found(Code::IccDescription, "ICCP", chunk.range(), Action::Replace);
        }
        self.profile = Some((chunk.range(), cleaned.profile));
        Ok(())
    }

    /// Exif: names what is in it and reads the orientation, where the header announces the chunk. Readers pass over the
    /// prefix that JPEG puts before a block.
    fn exif(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        if chunk.size > READ {
            drop(operation, chunk);
            return Ok(());
        }
        let data = operation.reader.read(chunk.data(), READ)?;
        let mut tiff = &data[..];
        while let Some(rest) = tiff.strip_prefix(b"Exif\0\0") {
            tiff = rest;
        }
        let at = chunk.data().end - tiff.len() as u64;
        let block = exif::read(tiff);
        let decides = self.flag(EXIF) && !self.exif_seen;
        if decides {
            self.exif_seen = true;
            self.exif_spoke = block.orientation.is_some();
            (self.turn, self.resolution) = (block.turn(), block.resolution);
            self.turn_at = chunk.range();
            if exif::is_minimal(&data) {
                return Ok(());
            }
        }
        for (code, place) in block.finds {
            operation.found(code, "EXIF", at + place.start..at + place.end, Action::Remove);
        }
        Ok(())
    }

    /// XMP goes; where no Exif block states an orientation, viewers fall back to the one in it.
    fn xmp(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        if self.flag(XMP) && !self.exif_spoke && chunk.size <= READ {
            let packet = operation.reader.read(chunk.data(), READ)?;
            self.turn = self.turn.or(xmp::orientation(&packet));
        }
        operation.found(Code::Xmp, "XMP", chunk.range(), Action::Remove);
        Ok(())
    }

    fn lay(mut self, operation: &mut Operation<'_>) -> Result<(u32, u32), Refusal> {
        if let Some(alpha) = self.alpha.take() {
            drop(operation, &alpha);
        }
        let (width, height) = match (&self.still, &self.canvas) {
            (Some(picture), _) => (picture.width, picture.height),
            (None, Some(canvas)) if !self.frames.is_empty() => (canvas.width, canvas.height),
            _ => return Err(broken("there is no picture in this WebP file")),
        };
        let block = exif::carrying(self.turn, self.resolution).filter(|_| self.canvas.is_some());
        if let Some(block) = &block {
            let same = operation.reader.holds(self.turn_at.start + HEAD, block)?
                && self.turn_at.end - self.turn_at.start == HEAD + block.len() as u64;
            let action = if same { Action::Keep } else { Action::Replace };
            if self.turn.is_some_and(|turn| turn != 1) {
                operation.found(Code::ExifOrientation, "EXIF", self.turn_at.clone(), action);
            }
        }
        let mut layout = Layout::default();
        if let Some(canvas) = &self.canvas {
            let mut flags = canvas.flags & ALPHA;
            for (flag, set) in
                [(PROFILE, self.profile.is_some()), (EXIF, block.is_some()), (ANIMATION, self.still.is_none())]
            {
                flags |= if set { flag } else { 0 };
            }
            let (w, h) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
            let data = [&[flags, 0, 0, 0][..], &w[..3], &h[..3]].concat();
            layout.written(b"VP8X", canvas.range.clone(), &data, "VP8X with the flags of what is left");
        }
        if let Some((range, profile)) = &self.profile {
            layout.written(b"ICCP", range.clone(), profile, "ICC colour profile, cleaned");
        }
        if let Some((range, data)) = self.animation.as_ref().filter(|_| self.still.is_none()) {
            layout.written(b"ANIM", range.clone(), data, "ANIM");
        }
        if let Some(picture) = &self.still {
            layout.picture(operation, picture)?;
        }
        for frame in self.frames.iter().filter(|_| self.still.is_none()) {
            layout.frame(operation, frame.range.clone(), &frame.numbers, &frame.picture)?;
        }
        if let Some(block) = &block {
            layout.written(b"EXIF", self.turn_at.clone(), block, "Exif with orientation and resolution alone");
        }
        layout.lay(operation)?;
        Ok((width, height))
    }
}

/// A byte that evens a chunk out must be 0.
fn pad(operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
    let end = chunk.range().end;
    if chunk.size & 1 == 1 && operation.reader.peek::<1>(end)?.is_some_and(|[byte]| byte != 0) {
        operation.found(Code::HiddenBytes, chunk.name(), end..end + 1, Action::Remove);
    }
    Ok(())
}

/// Notes that a chunk goes.
fn drop(operation: &mut Operation<'_>, chunk: &Chunk) {
    let code = match &chunk.kind {
        b"ICCP" => Code::IccDropped,
        b"EXIF" => Code::ExifOther,
        b"LIST" | b"INFO" => Code::Text,
        b"VP8 " | b"VP8L" | b"ANMF" => Code::Preview,
        b"ALPH" | b"ANIM" | b"VP8X" => Code::HiddenBytes,
        b"C2PA" | b"JUMB" => Code::Provenance,
        b"JUNK" => Code::Junk,
        kind if kind.starts_with(b"XMP") => Code::Xmp,
        _ => Code::ApplicationData,
    };
    operation.found(code, chunk.name(), chunk.range(), Action::Remove);
}
