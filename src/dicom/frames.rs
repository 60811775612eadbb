//! Decodes the frames of an object for those who look at them (PS3.5 section 8 and Annex A).
//!
//! One frame at a time is read and decoded, or a few small ones; nothing is decoded whose size was not checked first.

mod baseline;
mod bits;
pub(super) mod cells;
mod display;
mod jpeg2000;
mod jpegls;
mod kept;
pub(super) mod lie;
mod lossless;
mod marker;
pub(super) mod native;
mod palette;
mod picture;
mod region;
pub(super) mod rle;
pub(super) mod shape;

pub use kept::Kept;
pub use region::scan_regions;

use super::Object;
use super::{overlay, syntax};
use crate::crew;
use crate::cut::Source;
use crate::pixels::{Frames, Picture, Unseen};
use cells::{Cells, Colour, Frame};
use display::Displays;
use flate2::read::DeflateDecoder;
use lie::Lie;
use palette::Palette;
use shape::{Photometric, Shape};
use std::io::Read;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(super) const RLE: &str = "1.2.840.10008.1.2.5";
const DEFLATED_FRAMES: &str = "1.2.840.10008.1.2.8.1";
const JPEG: &str = "1.2.840.10008.1.2.4.";

/// The frames of an object, original or cleaned; none (`count` 0) where it has no pixel data.
///
/// # Errors
/// An [`Unseen`] when the object cannot be read or its transfer syntax has no decoder here.
pub fn frames(source: &dyn Source) -> Result<Box<dyn Frames + '_>, Unseen> {
    opened(source, None)
}

/// The same, with compressed frames taken from those of this very object that were kept, and kept there once decoded.
///
/// # Errors
/// As [`frames`].
pub fn frames_kept<'s>(source: &'s dyn Source, kept: &'s Kept) -> Result<Box<dyn Frames + 's>, Unseen> {
    opened(source, Some(kept))
}

fn opened<'s>(source: &'s dyn Source, kept: Option<&'s Kept>) -> Result<Box<dyn Frames + 's>, Unseen> {
    let object = super::read(source).map_err(|refusal| Unseen { code: "damaged", what: refusal.what })?;
    match Stored::of(object)? {
        None => Ok(Box::new(NoFrames)),
        Some(stored) => Ok(Box::new(Stored { kept, ..stored })),
    }
}

/// An object without pixels.
struct NoFrames;

impl Frames for NoFrames {
    fn count(&self) -> u32 {
        0
    }

    fn frame(&mut self, _: u32) -> Result<Picture, Unseen> {
        Err(Unseen::damaged("the object has no picture"))
    }
}

/// The frames of an object, as they are stored.
#[derive(Debug)]
pub(super) struct Stored<'a> {
    pub(super) object: Object<'a>,
    pub(super) shape: Shape,
    pub(super) lie: Lie,
    pub(super) coding: Coding,
    pub(super) palette: Option<Palette>,
    pub(super) displays: Displays,
    pub(super) kept: Option<&'a Kept>,
}

/// How frames are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Uncompressed.
    Native,
    /// Run lengths.
    Runs,
    /// Each deflated.
    Deflated,
    /// JPEG with discrete cosine transform.
    Jpeg,
    /// Lossless JPEG.
    Lossless,
    /// JPEG-LS.
    JpegLs,
    /// JPEG 2000.
    Jpeg2000,
}

fn coding(uid: &str) -> Result<Coding, Unseen> {
    if !syntax::is_encapsulated(uid) {
        return Ok(Coding::Native);
    }
    let number = uid.strip_prefix(JPEG).and_then(|n| n.parse::<u16>().ok());
    Ok(match number {
        _ if uid == RLE => Coding::Runs,
        _ if uid == DEFLATED_FRAMES => Coding::Deflated,
        Some(50..=56) => Coding::Jpeg,
        Some(57..=70) => Coding::Lossless,
        Some(80 | 81) => Coding::JpegLs,
        Some(90..=93 | 201..=203) => Coding::Jpeg2000,
        Some(110..=112) => return Err(Unseen::no_decoder("no decoder for JPEG XL inside DICOM objects is built in")),
        Some(100..=108) => return Err(Unseen::no_decoder("no decoder for videos inside DICOM objects is built in")),
        _ => return Err(Unseen::no_decoder("no decoder for the pictures of this object is built in")),
    })
}

impl<'a> Stored<'a> {
    /// The frames of an object; none where it has no pixels.
    pub(super) fn of(object: Object<'a>) -> Result<Option<Self>, Unseen> {
        if !object.has_pixels() {
            let torn = object.list.cut_short && object.number(0x0028_0010).is_some_and(|n| n > 0);
            return if torn { Err(Unseen::damaged("the file breaks off before its picture")) } else { Ok(None) };
        }
        if object.node(super::walk::PIXEL_DATA).is_none() {
            return Err(Unseen::no_decoder("samples in floating point are not looked at here"));
        }
        let shape = Shape::of(&object)?;
        let lie = Lie::of(&object, &shape)?;
        let coding = match lie {
            Lie::Native { .. } => Coding::Native,
            Lie::Fragments { .. } => coding(&object.syntax)?,
        };
        if coding == Coding::Native && matches!(lie, Lie::Fragments { .. }) {
            return Err(Unseen::damaged("the object does not say how its picture is compressed"));
        }
        let palette = if shape.photometric == Photometric::Palette { Palette::of(&object) } else { None };
        if shape.photometric == Photometric::Palette && palette.is_none() {
            return Err(Unseen::damaged("the table of colours is missing, or cannot be read"));
        }
        let displays = Displays::of(&object, &shape)?;
        Ok(Some(Self { object, shape, lie, coding, palette, displays, kept: None }))
    }

    /// The bytes of a native frame, in their order, and how many of the first bits are of the frame before.
    pub(super) fn native_bytes(&self, index: u32) -> Result<(Vec<u8>, u32), Unseen> {
        let Lie::Native { value, swapped, .. } = &self.lie else {
            return Err(Unseen::damaged("the picture is compressed"));
        };
        let (range, skip) = Lie::native_range(value, &self.shape, index);
        if !swapped {
            return Ok((lie::read(&self.object, range)?, skip));
        }
        let from = range.start - (range.start - value.start) % 2;
        let to = (range.end + (range.end - value.start) % 2).min(value.end);
        let mut bytes = lie::read(&self.object, from..to)?;
        native::swap(&mut bytes);
        bytes.drain(..(range.start - from) as usize);
        Ok((bytes, skip))
    }

    /// Frame `index`, as it is stored.
    pub(super) fn stored(&self, index: u32) -> Result<Frame, Unseen> {
        if index >= self.shape.frames {
            return Err(Unseen::damaged("the object has no such frame"));
        }
        if let Lie::Native { encoding, .. } = self.lie {
            let (bytes, skip) = self.native_bytes(index)?;
            return Ok(native::frame(bytes, &self.shape, encoding, skip));
        }
        if let Some(frame) = self.kept.and_then(|kept| kept.get(index)) {
            return Ok(frame);
        }
        let stream = self.lie.joined(&self.object, index)?;
        let frame = self.decoded(&stream)?;
        if let Some(kept) = self.kept {
            kept.put(index, &frame);
        }
        Ok(frame)
    }

    /// Frame `index`, as it is looked at.
    fn picture(&self, index: u32) -> Result<Picture, Unseen> {
        let frame = self.stored(index)?;
        let picture = picture::picture(&frame, &self.shape, self.palette.as_ref());
        let picture =
            picture.ok_or_else(|| Unseen::damaged("the samples make no picture of the size that the object says"))?;
        Ok(picture.displayed(self.displays.frame(&self.object, &self.shape, index)?))
    }

    /// What a compressed frame decodes to.
    fn decoded(&self, stream: &[u8]) -> Result<Frame, Unseen> {
        let shape = &self.shape;
        let of = |(values, precision): (Vec<u16>, u8)| {
            let fits = precision <= shape.allocated;
            fits.then(|| Cells::of(values, precision, shape))
                .ok_or_else(|| Unseen::damaged("a compressed frame has more bits than its object says"))
        };
        let cells = match self.coding {
            Coding::Native => return Err(Unseen::damaged("the picture is not compressed")),
            Coding::Deflated => return self.inflated(stream),
            Coding::Runs => rle::decode(stream, shape)?,
            Coding::Lossless => of(lossless::decode(stream, shape)?)?,
            Coding::JpegLs => of(jpegls::decode(stream, shape)?)?,
            Coding::Jpeg2000 => of(jpeg2000::decode(stream, shape)?)?,
            Coding::Jpeg => match marker::Header::find(stream, shape)?.process {
                0xC3 => of(lossless::decode(stream, shape)?)?,
                _ => of(baseline::decode(stream, shape)?)?,
            },
        };
        if !self.is_plain(&cells) {
            return Err(Unseen { code: "unused-bits", what: overlay::UNUSED.to_owned() });
        }
        let colour = match () {
            () if shape.samples == 1 => Colour::Single,
            () if shape.photometric.is_ybr() => Colour::Ybr,
            () => Colour::Rgb,
        };
        Ok(Frame { cells, colour })
    }

    /// Whether the cells of a decoded frame hold samples and nothing else.
    fn is_plain(&self, cells: &Cells) -> bool {
        if self.shape.stored == self.shape.allocated {
            return true;
        }
        match cells {
            Cells::Octets(cells) => overlay::are_plain(&self.object, 8, cells.iter().copied().map(u16::from)),
            Cells::Words(cells) => overlay::are_plain(&self.object, 16, cells.iter().copied()),
        }
    }

    /// A frame that was deflated (A.4.13).
    fn inflated(&self, stream: &[u8]) -> Result<Frame, Unseen> {
        let length = self.shape.native_bits().div_ceil(8);
        let mut bytes = Vec::new();
        let read = DeflateDecoder::new(stream).take(length).read_to_end(&mut bytes);
        if read.is_err() || bytes.len() as u64 != length {
            return Err(Unseen::damaged("a deflated frame is damaged"));
        }
        let frame = native::frame(bytes, &self.shape, syntax::Encoding::Explicit, 0);
        if !self.is_plain(&frame.cells) {
            return Err(Unseen { code: "unused-bits", what: overlay::UNUSED.to_owned() });
        }
        Ok(frame)
    }
}

impl Frames for Stored<'_> {
    fn count(&self) -> u32 {
        self.shape.frames
    }

    fn frame(&mut self, index: u32) -> Result<Picture, Unseen> {
        self.picture(index)
    }

    fn alike(&self) -> Option<(u32, u32, u64)> {
        let many = self.shape.samples > 1 || self.palette.is_some();
        let deep = self.shape.allocated > 8 || self.palette.is_some();
        let bytes = self.shape.pixels() as u64 * if many { 3 } else { 1 } * if deep { 2 } else { 1 };
        Some((self.shape.columns, self.shape.rows, bytes))
    }

    fn several(&mut self, indices: Range<u32>) -> Vec<Result<Picture, Unseen>> {
        crew::each(indices.collect(), |index| self.picture(index))
    }
}

/// What a decoder of others gives, or what is wrong where it panics.
fn caught<T>(decode: impl FnOnce() -> T) -> Result<T, Unseen> {
    catch_unwind(AssertUnwindSafe(decode)).map_err(|_| Unseen::damaged("the decoder of the picture gave up"))
}
