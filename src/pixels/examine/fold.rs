//! Draws many frames together: the lightest and the darkest that stood at each place in a run of frames. Writing that stands
//! in any of them shows in one of the two, so not every frame has to be looked at by itself.

use crate::pixels::{Picture, Samples};

/// In how many runs a recording is drawn together.
const RUNS: u32 = 16;
/// Frames of more samples are not drawn together, since up to five frames lie in memory while they are.
const MOST: usize = 16 * 1024 * 1024;

/// Two pictures drawn from a run of frames.
pub(super) struct Fold {
    run: u32,
    count: u32,
    pictures: Option<(Picture, Picture)>,
}

impl Fold {
    /// For so many frames.
    pub(super) fn of(count: u32) -> Self {
        Self { run: count.div_ceil(RUNS).max(1), count, pictures: None }
    }

    /// Takes a frame; false where it is not like those before, or too large.
    pub(super) fn take(&mut self, picture: &Picture) -> bool {
        if picture.samples().len() > MOST {
            return false;
        }
        let Some((light, dark)) = &mut self.pictures else {
            self.pictures = Some((picture.clone(), picture.clone()));
            return true;
        };
        let shape = |p: &Picture| (p.width(), p.height(), p.channels(), p.bits(), p.is_inverted());
        if shape(light) != shape(picture) {
            return false;
        }
        let lighter = drawn(light, picture, false);
        let darker = drawn(dark, picture, true);
        match (lighter, darker) {
            (Some(lighter), Some(darker)) => {
                (*light, *dark) = (lighter, darker);
                true
            }
            _ => false,
        }
    }

    /// Whether the run ends with this frame.
    pub(super) fn is_full(&self, index: u32) -> bool {
        (index + 1).is_multiple_of(self.run) || index + 1 == self.count
    }

    /// The two pictures; the next run begins.
    pub(super) fn pictures(&mut self) -> Vec<Picture> {
        self.pictures.take().into_iter().flat_map(|(light, dark)| [light, dark]).collect()
    }
}

/// The higher or lower of the two at each place.
fn drawn(one: &Picture, other: &Picture, lower: bool) -> Option<Picture> {
    fn each<T: Ord + Copy>(one: &[T], other: &[T], lower: bool) -> Vec<T> {
        let pairs = one.iter().zip(other);
        if lower { pairs.map(|(a, b)| *a.min(b)).collect() } else { pairs.map(|(a, b)| *a.max(b)).collect() }
    }
    let samples = match (one.samples(), other.samples()) {
        (Samples::U8(one), Samples::U8(other)) => Samples::U8(each(one, other, lower)),
        (Samples::U16(one), Samples::U16(other)) => Samples::U16(each(one, other, lower)),
        _ => return None,
    };
    let picture = Picture::new(one.width(), one.height(), one.channels(), one.bits(), samples)?;
    Some(picture.inverted(one.is_inverted()).displayed(one.displays().to_vec()))
}
