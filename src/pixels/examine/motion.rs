//! What moves in a clip is no writing that was burnt in: that stands still, or changes in place while nothing around it moves.
//!
//! Echoes of tissue make speckle, which looks like letters now here, now there, and is another in every frame (DICOM PS3.3
//! C.8.5: an ultrasound clip is a sequence in time). A mark is taken for such where all of this holds: its place and what
//! is around it change from frame to frame throughout the clip; its strokes are those of neither neighbouring frame; the
//! same place is not marked in many frames; and the frame is no other scene than its neighbours. Where its strokes have one value
//! besides, as a computer draws letters, or the detector is very sure, it is not taken for speckle.

use super::together::are_of_one_row;
use crate::crew;
use crate::finding::Action;
use crate::pixels::{Mark, Picture, Samples};
use crate::place::Area;

/// Fewer frames than this show no motion that can be told from a change of what is shown.
const LEAST_FRAMES: u32 = 5;
/// Pixels across and down a block.
const BLOCK: u32 = 8;
/// More pixels of a block than these have changed where it has.
const GRAIN: u32 = 3;
/// The part of the span of a frame's values, as a divisor, that counts as a change.
const PART: u32 = 16;
/// In so many of three steps from frame to frame a block changes that moves throughout.
const OFTEN: (u32, u32) = (2, 3);
/// In percent: so much of a mark, and of what is around it, moves throughout where it is taken for speckle. Around a
/// counter that stands in a margin nothing moves; beyond the edge of a sector half of it does not.
const MOSTLY: (u64, u64) = (60, 25);
/// In percent: strokes that are those of the next frame stand still. Of a clock one or two figures change at a
/// time; of what is too large for a line all must stand, since slow speckle does in part.
const STILL: (usize, usize) = (75, 95);
/// In parts of a thousand: so much more of a mark than of what is around it has one value where letters were drawn.
const DRAWN: u32 = 100;
/// Pixels of the fewest strokes that anything is said of.
const LEAST_STROKES: usize = 8;
/// One frame in so many: what is marked at its place so often is seen again, whatever changes in it.
const AGAIN: u32 = 3;
/// In percent, what two marks of one place have in common of the larger: in so many frames, and in any two.
const HALF: u64 = 50;
const NEARLY: u64 = 70;
/// A frame is another scene where so many times as much of it changes, to it and from it, as usual.
const SCENE: f32 = 1.4;
/// In percent of the frame's shorter side: letters that are higher than this with what they are padded with are none.
const LARGE: u32 = 12;
/// Frames of more samples are not remembered: then nothing is said of motion.
const MOST: usize = 16 * 1024 * 1024;
/// Marks of one clip that are compared with each other; of more, nothing is left out.
const MOST_MARKS: usize = 2_048;

/// What is known of one mark.
#[derive(Debug, Clone, Copy, Default)]
struct Stroke {
    /// How many of its strokes are those of a neighbouring frame, in percent; none where it was held against no other frame.
    still: Option<usize>,
    /// How much more often one light value is there than around it, in parts of a thousand.
    drawn: u32,
}

/// The motion of a clip, frame by frame.
pub(super) struct Motion {
    on: bool,
    /// The frame before, with the span of its values.
    before: Option<(Picture, Span)>,
    /// How often each block changed, and how many steps there were.
    changes: Vec<u32>,
    steps: u32,
    /// What part of the blocks changed on the way to each frame.
    parts: Vec<f32>,
    /// For each mark seen.
    strokes: Vec<Stroke>,
    /// The first mark of the frame before.
    from: usize,
}

impl Motion {
    /// Of a recording with so many frames; `cine` where they follow each other in time.
    pub(super) fn of(count: u32, cine: bool) -> Self {
        let on = cine && count >= LEAST_FRAMES;
        Self { on, before: None, changes: Vec::new(), steps: 0, parts: Vec::new(), strokes: Vec::new(), from: 0 }
    }

    /// Takes the next frame, of which all marks from the last frame's on have been seen now.
    pub(super) fn take(&mut self, picture: &Picture, seen: &[Mark]) {
        if !self.on {
            return;
        }
        let alike = self.before.as_ref().is_none_or(|(before, _)| shape(before) == shape(picture));
        if !alike || picture.samples().len() > MOST {
            (self.on, self.before) = (false, None);
            return;
        }
        let own = self.strokes.len();
        let span = Span::of(picture.samples());
        let view = View::of(picture, span);
        let new: Vec<&Mark> = seen.iter().skip(own).collect();
        let drawn = crew::each(new, |mark| view.drawn(&mark.area));
        self.strokes.extend(drawn.into_iter().map(|drawn| Stroke { drawn, ..Stroke::default() }));
        if let Some((before, span)) = self.before.take() {
            let old = View::of(&before, span);
            self.step(&old, &view);
            let number = self.parts.len();
            let marks: Vec<&Mark> = seen.iter().skip(self.from).collect();
            let still = crew::each(marks, |mark| {
                let (this, other) = if mark.frame as usize + 1 == number { (&old, &view) } else { (&view, &old) };
                this.strokes(&mark.area).iter().map(|strokes| this.still(strokes, other)).max()
            });
            for (stroke, still) in self.strokes.iter_mut().skip(self.from).zip(still) {
                stroke.still = stroke.still.max(Some(still.unwrap_or(0)));
            }
        } else {
            self.parts.push(0.0);
        }
        self.from = own;
        self.before = Some((picture.clone(), span));
    }

    /// Notes which blocks have changed.
    fn step(&mut self, old: &View<'_>, new: &View<'_>) {
        let across = new.width.div_ceil(BLOCK) as usize;
        self.changes.resize(across * new.height.div_ceil(BLOCK) as usize, 0);
        let least = new.least.max(old.least);
        let changed = match (old.samples, new.samples) {
            (Samples::U8(old), Samples::U8(other)) => self.compare(old, other, new, least),
            (Samples::U16(old), Samples::U16(other)) => self.compare(old, other, new, least),
            _ => 0,
        };
        self.steps += 1;
        self.parts.push(changed as f32 / (new.width as f32 * new.height as f32));
    }

    /// Notes which blocks of two frames differ; in how many pixels they do.
    fn compare<T: Sample>(&mut self, old: &[T], new: &[T], shape: &View<'_>, least: u32) -> u64 {
        let (channels, least) = (shape.channels.max(1), T::of(least));
        let row = shape.width as usize * channels;
        let bands = old.chunks(BLOCK as usize * row).zip(new.chunks(BLOCK as usize * row));
        let bands = self.changes.chunks_mut(shape.width.div_ceil(BLOCK) as usize).zip(bands);
        let changed = crew::each(bands.collect(), |(changes, (old, new))| {
            let (mut counts, mut apart) = (vec![0_u32; changes.len()], vec![0_u8; row]);
            for (old, new) in old.chunks_exact(row).zip(new.chunks_exact(row)).filter(|(old, new)| old != new) {
                // By samples first, which a processor does many at a time.
                apart.iter_mut().zip(old.iter().zip(new)).for_each(|(apart, (a, b))| *apart = a.is_apart(*b, least));
                for (count, block) in counts.iter_mut().zip(apart.chunks(BLOCK as usize * channels)) {
                    *count += match channels {
                        1 => block.iter().map(|apart| u32::from(*apart)).sum::<u32>(),
                        3 => block.as_chunks::<3>().0.iter().map(|[a, b, c]| u32::from(a | b | c)).sum(),
                        _ => block.chunks_exact(channels).map(|pixel| u32::from(pixel.contains(&1))).sum(),
                    };
                }
            }
            changes.iter_mut().zip(&counts).for_each(|(block, count)| *block += u32::from(*count > GRAIN));
            counts.into_iter().map(u64::from).sum::<u64>()
        });
        changed.into_iter().sum()
    }

    /// What is taken for speckle is not covered but put before a person: a name may stand over speckle in one frame.
    pub(super) fn settle(&self, seen: &mut [Mark]) {
        if !self.on || self.steps + 1 < LEAST_FRAMES || seen.len() > MOST_MARKS || seen.len() != self.strokes.len() {
            return;
        }
        let throughout = |changes: &u32| changes * OFTEN.1 >= self.steps * OFTEN.0;
        let mut parts = self.parts.get(1..).unwrap_or_default().to_vec();
        parts.sort_by(f32::total_cmp);
        let usual = parts.get(parts.len() / 2).copied().unwrap_or(0.0);
        let other_scene = |frame: u32| {
            let part = |at: usize| self.parts.get(at).copied();
            let (to, from) = (part(frame as usize).filter(|_| frame > 0), part(frame as usize + 1));
            to.into_iter().chain(from).fold(f32::INFINITY, f32::min) > SCENE * usual
        };
        let side = self.before.as_ref().map_or(0, |(before, _)| before.width().min(before.height()));
        let large = |mark: &Mark| 100 * mark.area.width.min(mark.area.height) > LARGE * side;
        let again = |mark: &Mark| {
            let frames = |percent: u64| {
                let same = seen.iter().filter(|other| are_at_one_place(mark, other, percent));
                let mut frames: Vec<u32> = same.map(|other| other.frame).collect();
                frames.dedup();
                frames.len() as u32
            };
            !large(mark) && (frames(NEARLY) > 1 || frames(HALF) > self.parts.len() as u32 / AGAIN)
        };
        let speckle = |mark: &Mark, stroke: &Stroke| {
            let writing = matches!(mark.action, Action::Cover | Action::Look) && !mark.class.is_of_face();
            writing
                && mark.score > 0.0
                && stroke.still.is_some_and(|percent| percent < if large(mark) { STILL.1 } else { STILL.0 })
                && stroke.drawn < DRAWN
                && self.moves(&mark.area, throughout)
                && !other_scene(mark.frame)
                && !again(mark)
        };
        let found: Vec<bool> = seen.iter().zip(&self.strokes).map(|(mark, stroke)| speckle(mark, stroke)).collect();
        for (mark, _) in seen.iter_mut().zip(found).filter(|(_, speckle)| *speckle) {
            mark.action = Action::Look;
        }
    }

    /// Whether most of a mark moves, and enough of what is around it.
    fn moves(&self, area: &Area, throughout: impl Fn(&u32) -> bool) -> bool {
        let Some((before, _)) = &self.before else { return false };
        let (width, height) = (before.width(), before.height());
        let count = |area: &Area| {
            let across = width.div_ceil(BLOCK);
            let rows = area.y / BLOCK..area.bottom().min(height).div_ceil(BLOCK);
            let columns = area.x / BLOCK..area.right().min(width).div_ceil(BLOCK);
            let all =
                u64::from(rows.end.saturating_sub(rows.start)) * u64::from(columns.end.saturating_sub(columns.start));
            let blocks = rows.flat_map(|y| columns.clone().map(move |x| (y * across + x) as usize));
            let moving = blocks.filter(|at| self.changes.get(*at).is_some_and(&throughout)).count() as u64;
            (moving, all)
        };
        let (own, all) = count(area);
        let (more, larger) = count(&area.padded(area.width.min(area.height), width, height));
        all > 0 && 100 * own >= MOSTLY.0 * all && 100 * (more - own) >= MOSTLY.1 * (larger - all)
    }
}

/// Whether two marks are of one place and one row.
fn are_at_one_place(one: &Mark, other: &Mark, percent: u64) -> bool {
    let common = one.area.common(&other.area).map_or(0, |common| common.pixels());
    common > 0
        && 100 * common >= percent * one.area.pixels().max(other.area.pixels())
        && are_of_one_row(&one.area, &other.area)
        && !other.class.is_of_face()
}

fn shape(picture: &Picture) -> (u32, u32, u8, u8, bool) {
    (picture.width(), picture.height(), picture.channels(), picture.bits(), picture.is_inverted())
}

/// The least and the greatest value of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    low: u32,
    high: u32,
}

impl Span {
    fn of(samples: &Samples) -> Self {
        fn ends<T: Sample>(samples: &[T]) -> Span {
            let Some(first) = samples.first() else { return Span { low: 0, high: 0 } };
            let low = samples.iter().fold(*first, |low, sample| low.min(*sample));
            let high = samples.iter().fold(*first, |high, sample| high.max(*sample));
            Span { low: low.into(), high: high.into() }
        }
        match samples {
            Samples::U8(samples) => ends(samples),
            Samples::U16(samples) => ends(samples),
        }
    }
}

/// A sample of 8 or 16 bits.
trait Sample: Copy + Ord + Into<u32> + Send + Sync {
    /// The value, or the greatest that there is.
    fn of(value: u32) -> Self;
    /// 1 where another is at least so far away, else 0.
    fn is_apart(self, other: Self, least: Self) -> u8;
}

impl Sample for u8 {
    fn of(value: u32) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }

    fn is_apart(self, other: Self, least: Self) -> u8 {
        u8::from(self.abs_diff(other) >= least)
    }
}

impl Sample for u16 {
    fn of(value: u32) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }

    fn is_apart(self, other: Self, least: Self) -> u8 {
        u8::from(self.abs_diff(other) >= least)
    }
}

/// A frame with what counts as a change in it.
struct View<'a> {
    samples: &'a Samples,
    width: u32,
    height: u32,
    channels: usize,
    /// The middle of the frame's span, and what counts as a change.
    middle: u32,
    least: u32,
}

/// Places of pixels.
type Places = Vec<(u32, u32)>;

impl<'a> View<'a> {
    fn of(picture: &'a Picture, Span { low, high }: Span) -> Self {
        let (width, height, channels) = (picture.width(), picture.height(), usize::from(picture.channels()));
        let (middle, least) = (low + (high - low) / 2, ((high - low) / PART).max(1));
        Self { samples: picture.samples(), width, height, channels, middle, least }
    }

    fn sample(&self, at: usize) -> u32 {
        match self.samples {
            Samples::U8(samples) => samples.get(at).copied().map_or(0, u32::from),
            Samples::U16(samples) => samples.get(at).copied().map_or(0, u32::from),
        }
    }

    fn each(&self, x: u32, y: u32) -> impl Iterator<Item = u32> + '_ {
        let at = (y as usize * self.width as usize + x as usize) * self.channels;
        (at..at + self.channels).map(|at| self.sample(at))
    }

    /// The lightest channel of each pixel of an area, row by row: by it coloured figures are as light as white ones.
    fn lights(&self, area: &Area) -> Vec<u32> {
        fn of<T: Sample>(samples: &[T], across: usize, channels: usize, area: &Area) -> Vec<u32> {
            let columns = area.x as usize * channels..area.right() as usize * channels;
            let rows = samples.chunks_exact(across * channels).take(area.bottom() as usize).skip(area.y as usize);
            let mut lights = Vec::with_capacity(area.width as usize * area.height as usize);
            // Row by row: the compiler sees through each of these, and not through rows and pixels in one.
            for row in rows.filter_map(|row| row.get(columns.clone())) {
                match channels {
                    1 => lights.extend(row.iter().map(|light| (*light).into())),
                    3 => lights.extend(row.as_chunks::<3>().0.iter().map(|[r, g, b]| (*r.max(g).max(b)).into())),
                    _ => lights.extend(
                        row.chunks_exact(channels).map(|pixel| pixel.iter().max().copied().map_or(0, Into::into)),
                    ),
                }
            }
            lights
        }
        let (across, channels) = (self.width as usize, self.channels.max(1));
        match self.samples {
            Samples::U8(samples) => of(samples, across, channels, area),
            Samples::U16(samples) => of(samples, across, channels, area),
        }
    }

    fn differs(&self, other: &View<'_>, x: u32, y: u32, least: u32) -> bool {
        self.each(x, y).zip(other.each(x, y)).any(|(one, other)| one.abs_diff(other) >= least)
    }

    /// The light strokes in an area and the dark ones, of each that there are: what is further from its middle value than half of the
    /// furthest.
    fn strokes(&self, area: &Area) -> Vec<Places> {
        let Some(area) = area.within(self.width, self.height) else { return Vec::new() };
        let lights = self.lights(&area);
        let tally = Tally::of(&lights);
        let at = |percent: usize| tally.at(lights.len() * percent / 100);
        let (low, middle, high) = (at(2), at(50), at(98));
        let places = |is_of: &dyn Fn(u32) -> bool| -> Places {
            let mut found = Vec::new();
            for (row, y) in lights.chunks_exact(area.width.max(1) as usize).zip(area.y..) {
                found.extend(row.iter().zip(area.x..).filter(|(light, _)| is_of(**light)).map(|(_, x)| (x, y)));
            }
            found
        };
        let mut out = Vec::new();
        if high - middle >= 2 * self.least {
            let limit = middle + (high - middle) / 2;
            out.push(places(&|light| light >= limit));
        }
        // Black between echoes stands still too; dark figures stand on light ground.
        if middle - low >= 2 * self.least && middle >= self.middle {
            let limit = middle - (middle - low) / 2;
            out.push(places(&|light| light <= limit));
        }
        out.retain(|strokes: &Places| strokes.len() >= LEAST_STROKES);
        out
    }

    /// How many of these pixels are in another frame what they are here, to half of a change, in percent.
    fn still(&self, strokes: &Places, other: &View<'_>) -> usize {
        let least = (self.least.max(other.least) / 2).max(1);
        let same = strokes.iter().filter(|(x, y)| !self.differs(other, *x, *y, least)).count();
        100 * same / strokes.len().max(1)
    }

    /// How much more often, in parts of a thousand, one light value is there in an area than around it: letters are drawn in one, and
    /// speckle is alike in and around a mark.
    fn drawn(&self, area: &Area) -> u32 {
        let around = area.padded(area.width.min(area.height), self.width, self.height);
        let own = area.within(self.width, self.height).map_or_else(Vec::new, |area| self.lights(&area));
        let (own, all) = (Tally::of(&own), Tally::of(&self.lights(&around)));
        let within = |from: u32| {
            let to = from.saturating_add(self.least / 2);
            let (own, all) = (own.within(from, to), all.within(from, to));
            (own, all - own)
        };
        let (many, others) = (own.count(), all.count() - own.count());
        let most = |from: u32| {
            let (own, other) = within(from);
            (1_000 * own / many.max(1)).saturating_sub(1_000 * other / others.max(1))
        };
        own.values_over(own.at(many as usize / 2)).map(most).max().unwrap_or(0)
    }
}

/// How many values of an area are no greater than each value there is.
struct Tally(Vec<u32>);

impl Tally {
    fn of(values: &[u32]) -> Self {
        let mut counts = vec![0_u32; values.iter().max().map_or(0, |most| *most as usize + 1)];
        for value in values {
            counts[*value as usize] += 1;
        }
        let mut sum = 0;
        for count in &mut counts {
            sum += *count;
            *count = sum;
        }
        Self(counts)
    }

    fn count(&self) -> u32 {
        self.0.last().copied().unwrap_or(0)
    }

    fn up_to(&self, value: u32) -> u32 {
        self.0.get(value as usize).copied().unwrap_or_else(|| self.count())
    }

    /// How many values lie from one to another.
    fn within(&self, from: u32, to: u32) -> u32 {
        self.up_to(to) - from.checked_sub(1).map_or(0, |below| self.up_to(below))
    }

    /// The value at a place, were all sorted; 0 where there is none.
    fn at(&self, place: usize) -> u32 {
        let value = self.0.partition_point(|up_to| *up_to as usize <= place);
        if value < self.0.len() { value as u32 } else { 0 }
    }

    /// The values that there are over one.
    fn values_over(&self, value: u32) -> impl Iterator<Item = u32> {
        let from = value.saturating_add(1);
        (from..self.0.len() as u32).filter(|value| self.within(*value, *value) > 0)
    }
}

#[cfg(test)]
mod tests;
