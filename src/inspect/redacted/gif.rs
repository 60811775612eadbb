//! Proves a redacted GIF: both are decoded by the gif crate, frame by frame, as palette indices.

use super::Task;
use super::raster::{Covered, Rows};
use crate::cut::Source;
use crate::inspect::Trouble;
use crate::inspect::exif::quietly;
use crate::inspect::stream::Stream;
use crate::place::Area;
use ::gif::{ColorOutput, DecodeOptions, Decoder, Frame, MemoryLimit};
use std::io::BufReader;
use std::num::NonZeroU64;

/// Memory that a frame may take, in bytes.
const MEMORY: u64 = 256 << 20;

type Open<'s> = Decoder<BufReader<Stream<'s>>>;

pub(super) fn prove(shown: &Task<'_>) -> Result<u64, Trouble> {
    let (mut before, mut after) = (open(shown.cleaned)?, open(shown.output)?);
    let size = |decoder: &Open<'_>| (decoder.width(), decoder.height(), decoder.bg_color(), decoder.repeat());
    if size(&before) != size(&after) {
        return Err(Trouble::SamplesChanged);
    }
    let (mut index, mut compared) = (0, 0);
    loop {
        let (old, new) = match (next(&mut before)?, next(&mut after)?) {
            (Some(old), Some(new)) => (old, new),
            (None, None) => {
                shown.has_frames(index)?;
                return Ok(compared);
            }
            _ => return Err(Trouble::SamplesChanged),
        };
        let control = |f: &Frame<'_>| (f.delay, f.dispose, f.transparent, f.needs_user_input, f.interlaced);
        if control(&old) != control(&new) {
            return Err(Trouble::SamplesChanged);
        }
        compared += Covered::of(shown, index).prove(rows(&old), rows(&new))?;
        same_colours((&before, &old), (&after, &new))?;
        index += 1;
    }
}

fn open(source: &dyn Source) -> Result<Open<'_>, Trouble> {
    let budget = source.len().saturating_mul(2).saturating_add(1 << 20);
    let decoder = quietly(|| {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        options.set_memory_limit(MemoryLimit::Bytes(NonZeroU64::new(MEMORY)?));
        options.read_info(BufReader::new(Stream::new(source, budget))).ok()
    });
    decoder.ok_or(Trouble::Damaged("the picture cannot be decoded"))
}

fn next(decoder: &mut Open<'_>) -> Result<Option<Frame<'static>>, Trouble> {
    let frame = quietly(|| decoder.read_next_frame().ok().map(|frame| frame.cloned()));
    frame.ok_or(Trouble::Damaged("the picture cannot be decoded"))
}

fn rows<'f>(frame: &'f Frame<'_>) -> Rows<'f> {
    let [left, top, width, height] = [frame.left, frame.top, frame.width, frame.height].map(u32::from);
    Rows { place: Area::new(left, top, width, height), pixel: 1, bytes: &frame.buffer }
}

/// Every index that is left has the colour that it had.
fn same_colours(before: (&Open<'_>, &Frame<'_>), after: (&Open<'_>, &Frame<'_>)) -> Result<(), Trouble> {
    let mut used = [false; 256];
    after.1.buffer.iter().for_each(|index| used[usize::from(*index)] = true);
    let colour = |(decoder, frame): (&Open<'_>, &Frame<'_>), index: usize| {
        let palette = frame.palette.as_deref().or_else(|| decoder.global_palette());
        palette.and_then(|palette| palette.get(3 * index..3 * index + 3)).map(<[u8]>::to_vec)
    };
    let own = before.1.palette.is_some() == after.1.palette.is_some();
    let same = (0..256).filter(|index| used[*index]).all(|index| colour(before, index) == colour(after, index));
    if own && same { Ok(()) } else { Err(Trouble::SamplesChanged) }
}
