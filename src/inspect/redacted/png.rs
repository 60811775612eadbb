//! Proves a redacted PNG or APNG: both are decoded by the png crate, frame by frame, in samples as they are stored.

use super::Task;
use super::raster::{Covered, Rows, spread};
use crate::cut::Source;
use crate::inspect::Trouble;
use crate::inspect::exif::quietly;
use crate::inspect::stream::Stream;
use crate::place::Area;
use png::{BlendOp, ColorType, Decoder, DisposeOp, Limits, Reader, Transformations};
use std::io::BufReader;

/// Memory that a decoder may take, in bytes.
const MEMORY: usize = 512 << 20;

type Open<'s> = Reader<BufReader<Stream<'s>>>;

/// What a frame says of itself: its timing, and what becomes of it.
type Control = (u16, u16, DisposeOp, BlendOp);

/// A frame.
struct Frame {
    place: Area,
    control: Option<Control>,
    pixel: usize,
    bytes: Vec<u8>,
}

impl Frame {
    fn rows(&self) -> Rows<'_> {
        Rows { place: self.place, pixel: self.pixel, bytes: &self.bytes }
    }
}

pub(super) fn prove(shown: &Task<'_>) -> Result<u64, Trouble> {
    let (mut before, mut after) = (open(shown.cleaned)?, open(shown.output)?);
    let same = {
        let (old, new) = (before.info(), after.info());
        let header = |info: &png::Info<'_>| (info.width, info.height, info.color_type, info.bit_depth, info.interlaced);
        header(old) == header(new) && old.palette == new.palette && old.trns == new.trns
    };
    let count = frames(&before);
    if !same || count != frames(&after) {
        return Err(Trouble::SamplesChanged);
    }
    shown.has_frames(count)?;
    let mut compared = 0;
    for index in 0..count {
        let (old, new) = (next(&mut before)?, next(&mut after)?);
        if old.control != new.control {
            return Err(Trouble::SamplesChanged);
        }
        compared += Covered::of(shown, index).prove(old.rows(), new.rows())?;
    }
    Ok(compared)
}

fn open(source: &dyn Source) -> Result<Open<'_>, Trouble> {
    let budget = source.len().saturating_mul(4).saturating_add(1 << 20);
    let reader = quietly(|| {
        let reader = BufReader::new(Stream::new(source, budget));
        let mut decoder = Decoder::new_with_limits(reader, Limits { bytes: MEMORY });
        decoder.set_transformations(Transformations::IDENTITY);
        decoder.read_info().ok()
    });
    reader.ok_or(Trouble::Damaged("the picture cannot be decoded"))
}

/// How many pictures there are: the still one, where it is no frame, and the frames.
fn frames(reader: &Open<'_>) -> usize {
    let info = reader.info();
    let still = usize::from(info.frame_control.is_none());
    info.animation_control.map_or(1, |control| control.num_frames as usize + still)
}

fn next(reader: &mut Open<'_>) -> Result<Frame, Trouble> {
    let length = reader.output_buffer_size().filter(|length| *length <= MEMORY);
    let mut bytes = vec![0; length.ok_or(Trouble::TooLarge("a picture of more than any real one has"))?];
    let info =
        quietly(|| reader.next_frame(&mut bytes).ok()).ok_or(Trouble::Damaged("the picture cannot be decoded"))?;
    bytes.truncate(info.buffer_size());
    let control = reader.info().frame_control;
    let (x, y) = control.map_or((0, 0), |control| (control.x_offset, control.y_offset));
    let bits = info.bit_depth as u32;
    let channels = match info.color_type {
        ColorType::Grayscale | ColorType::Indexed => 1,
        ColorType::GrayscaleAlpha => 2,
        ColorType::Rgb => 3,
        ColorType::Rgba => 4,
    };
    let (bytes, pixel) = spread(bytes, info.width, channels, bits);
    let control = control.map(|c| (c.delay_num, c.delay_den, c.dispose_op, c.blend_op));
    Ok(Frame { place: Area::new(x, y, info.width, info.height), control, pixel, bytes })
}
