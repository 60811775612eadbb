//! Frames of a still or moving picture as they are looked at: each on the canvas that it is shown on, and its
//! transparency as a further frame.
//!
//! W3C PNG (third edition), 13.1 (disposal and blending); GIF89a, 23; RFC 9649, 2.7.1.1. Transparency is left out, so that
//! what lies under it is seen; and since writing may stand in transparency alone, that is shown too, as grey.

use crate::pixels::{Frames, MOST_SAMPLES, Picture, Samples, Unseen};
use crate::place::Area;

/// Samples that an animation's frames have together on their canvas: an hour of ultrasound has half as many.
const TOGETHER: u64 = 1 << 36;

/// What becomes of a frame when its time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::strip) enum Disposal {
    /// It stays.
    #[default]
    Keep,
    /// Its place is emptied.
    Empty,
    /// What was there before comes back.
    Restore,
}

/// A frame as it is stored.
#[derive(Debug)]
pub(super) struct Raw {
    /// Where it stands on the canvas.
    pub(super) place: Area,
    /// Its samples without transparency.
    pub(super) samples: Samples,
    /// Its transparency: 0 is see-through.
    pub(super) alpha: Option<Vec<u8>>,
    /// Whether what is below shows through.
    pub(super) blends: bool,
    /// What becomes of it.
    pub(super) disposal: Disposal,
}

/// A picture of one or more frames, each decoded by itself.
pub(super) trait Moving {
    /// Width and height of the canvas.
    fn size(&self) -> (u32, u32);
    /// Channels (1 or 3) and significant bits.
    fn shape(&self) -> (u8, u8);
    /// How many frames.
    fn count(&self) -> u32;
    /// Whether they have transparency of more than one colour.
    fn has_alpha(&self) -> bool;
    /// Decodes one.
    fn raw(&mut self, index: u32) -> Result<Raw, Unseen>;
}

/// Frames on their canvas.
pub(super) struct Canvas<M> {
    moving: M,
    below: Option<Samples>,
    before: Option<Samples>,
    last: Option<(Area, Disposal)>,
    next: u32,
}

impl<M: Moving> Canvas<M> {
    /// Checks that a worker has the memory for it.
    pub(super) fn new(moving: M) -> Result<Self, Unseen> {
        let ((width, height), (channels, _)) = (moving.size(), moving.shape());
        let samples = u64::from(width) * u64::from(height) * u64::from(channels);
        let together = samples.saturating_mul(u64::from(moving.count()));
        if samples > MOST_SAMPLES || (moving.count() > 1 && together > TOGETHER) {
            return Err(Unseen::too_large("the picture is larger than any real one"));
        }
        Ok(Self { moving, below: None, before: None, last: None, next: 0 })
    }

    fn area(&self) -> Area {
        let (width, height) = self.moving.size();
        Area::new(0, 0, width, height)
    }

    fn picture(&self, channels: u8, bits: u8, samples: Samples) -> Result<Picture, Unseen> {
        let whole = self.area();
        let picture = Picture::new(whole.width, whole.height, channels, bits, samples);
        picture.ok_or_else(|| Unseen::damaged("the picture has no samples"))
    }

    /// The transparency of a frame.
    fn alpha(&mut self, index: u32) -> Result<Picture, Unseen> {
        let raw = self.moving.raw(index)?;
        let whole = self.area();
        let alpha = raw.alpha.unwrap_or_else(|| vec![255; raw.samples.len() / usize::from(self.moving.shape().0)]);
        if raw.place == whole {
            return self.picture(1, 8, Samples::U8(alpha));
        }
        let mut canvas = Samples::U8(vec![0; (whole.width as usize) * whole.height as usize]);
        paste(&mut canvas, whole.width, 1, &raw.place, &Samples::U8(alpha), None);
        self.picture(1, 8, canvas)
    }

    /// Shows one more frame on the canvas.
    fn step(&mut self, index: u32) -> Result<Samples, Unseen> {
        let raw = self.moving.raw(index)?;
        let (whole, (channels, bits)) = (self.area(), self.moving.shape());
        let length = whole.pixels() as usize * usize::from(channels);
        let mut canvas = self.below.take().unwrap_or_else(|| match bits {
            0..=8 => Samples::U8(vec![0; length]),
            _ => Samples::U16(vec![0; length]),
        });
        match self.last.take() {
            Some((area, Disposal::Empty)) => empty(&mut canvas, whole.width, channels, &area),
            Some((_, Disposal::Restore)) => canvas = self.before.take().unwrap_or(canvas),
            _ => {}
        }
        if raw.disposal == Disposal::Restore {
            self.before = Some(canvas.clone());
        }
        let through = raw.alpha.as_deref().filter(|_| raw.blends && index > 0);
        // Colours that differ where nothing shows them are seen all the same.
        let shown = through.filter(|alpha| hides(&raw.samples, channels, alpha)).map(|_| {
            let mut shown = canvas.clone();
            paste(&mut shown, whole.width, channels, &raw.place, &raw.samples, None);
            shown
        });
        paste(&mut canvas, whole.width, channels, &raw.place, &raw.samples, through);
        self.last = Some((raw.place, raw.disposal));
        self.next = index + 1;
        let shown = shown.unwrap_or_else(|| canvas.clone());
        self.below = Some(canvas);
        Ok(shown)
    }
}

impl<M: Moving> Frames for Canvas<M> {
    fn count(&self) -> u32 {
        let count = self.moving.count();
        if self.moving.has_alpha() { count.saturating_mul(2) } else { count }
    }

    fn transparency_of(&self, index: u32) -> Option<u32> {
        index.checked_sub(self.moving.count())
    }

    fn frame(&mut self, index: u32) -> Result<Picture, Unseen> {
        let (count, (channels, bits)) = (self.moving.count(), self.moving.shape());
        if index >= count {
            return self.alpha((index - count).min(count.saturating_sub(1)));
        }
        if count == 1 {
            let raw = self.moving.raw(0)?;
            if raw.place == self.area() {
                return self.picture(channels, bits, raw.samples);
            }
        }
        if index < self.next {
            (self.below, self.before, self.last, self.next) = (None, None, None, 0);
        }
        let mut shown = self.step(self.next)?;
        while self.next <= index {
            shown = self.step(self.next)?;
        }
        self.picture(channels, bits, shown)
    }
}

/// Whether pixels that are see-through have more than one colour.
fn hides(samples: &Samples, channels: u8, alpha: &[u8]) -> bool {
    fn differ<T: PartialEq>(samples: &[T], channels: usize, alpha: &[u8]) -> bool {
        let mut unseen = samples.chunks_exact(channels).zip(alpha).filter(|(_, alpha)| **alpha == 0);
        let first = unseen.next().map(|(colour, _)| colour);
        unseen.any(|(colour, _)| Some(colour) != first)
    }
    match samples {
        Samples::U8(samples) => differ(samples, usize::from(channels), alpha),
        Samples::U16(samples) => differ(samples, usize::from(channels), alpha),
    }
}

/// Puts a frame onto the canvas, where it is not see-through.
fn paste(canvas: &mut Samples, width: u32, channels: u8, place: &Area, frame: &Samples, alpha: Option<&[u8]>) {
    match (canvas, frame) {
        (Samples::U8(canvas), Samples::U8(frame)) => lay(canvas, width, channels, place, frame, alpha),
        (Samples::U16(canvas), Samples::U16(frame)) => lay(canvas, width, channels, place, frame, alpha),
        _ => {}
    }
}

fn lay<T: Copy>(canvas: &mut [T], width: u32, channels: u8, place: &Area, frame: &[T], alpha: Option<&[u8]>) {
    let (channels, across) = (usize::from(channels), place.width as usize);
    let rows = frame.chunks_exact((across * channels).max(1)).enumerate();
    for (row, samples) in rows.take(place.height as usize) {
        let start = ((place.y as usize + row) * width as usize + place.x as usize) * channels;
        let Some(target) = canvas.get_mut(start..start + samples.len()) else { continue };
        let Some(alpha) = alpha.and_then(|alpha| alpha.get(row * across..(row + 1) * across)) else {
            target.copy_from_slice(samples);
            continue;
        };
        let pixels = target.chunks_exact_mut(channels).zip(samples.chunks_exact(channels)).zip(alpha);
        pixels.filter(|(_, alpha)| **alpha > 0).for_each(|((target, pixel), _)| target.copy_from_slice(pixel));
    }
}

fn empty(canvas: &mut Samples, width: u32, channels: u8, area: &Area) {
    let length = area.pixels() as usize * usize::from(channels);
    let nothing = match canvas {
        Samples::U8(_) => Samples::U8(vec![0; length]),
        Samples::U16(_) => Samples::U16(vec![0; length]),
    };
    paste(canvas, width, channels, area, &nothing, None);
}
