//! Which frames of a film are looked at, and the frames so chosen.
//!
//! GMC, *Making and using visual and audio recordings of patients*, paras 12, 17 and 23. A sample finds writing that stands in
//! a film for long; that it finds none says nothing of the frames between, so a person is asked all the same.

use super::{Frames, Unseen};
use std::fmt;

/// The most frames of a film that are looked at: about ten seconds of work for each film.
pub const MOST_SAMPLED: u32 = 12;

/// Frames of a film, chosen by [`sample`], or the pictures of a file that another program decoded.
pub struct Sampled<'s> {
    /// The frames.
    pub frames: Box<dyn Frames + 's>,
    /// The number in the film of each, from 0; empty where every picture of the file is there.
    pub numbers: Vec<u32>,
    /// Which program decoded them, with its version; none where it was scrubs itself.
    pub by: Option<String>,
}

impl fmt::Debug for Sampled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} frames", self.frames.count())
    }
}

impl Sampled<'_> {
    /// The number in the film of a frame that was looked at.
    pub fn number(&self, frame: u32) -> u32 {
        self.numbers.get(frame as usize).copied().unwrap_or(frame)
    }
}

/// The numbers of the frames that are looked at: the first, the last, and others evenly between, at most `most`.
pub fn sample(frames: u64, most: u32) -> Vec<u64> {
    let most = u64::from(most);
    match (frames, most) {
        (0, _) | (_, 0) => Vec::new(),
        (_, 1) => vec![0],
        _ if frames <= most => (0..frames).collect(),
        _ => (0..most).map(|n| (u128::from(n) * u128::from(frames - 1) / u128::from(most - 1)) as u64).collect(),
    }
}

/// Decodes one frame of a film on demand: its number among those chosen.
pub struct OnDemand<F>(pub u32, pub F);

impl<F> fmt::Debug for OnDemand<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} frames", self.0)
    }
}

impl<F: FnMut(u32) -> Result<super::Picture, Unseen>> Frames for OnDemand<F> {
    fn count(&self) -> u32 {
        self.0
    }

    fn frame(&mut self, index: u32) -> Result<super::Picture, Unseen> {
        (self.1)(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_the_last_and_evenly_between_are_looked_at() {
        assert_eq!(sample(0, 12), [0; 0]);
        assert_eq!(sample(1, 12), [0]);
        assert_eq!(sample(5, 12), [0, 1, 2, 3, 4]);
        assert_eq!(sample(101, 5), [0, 25, 50, 75, 100]);
        assert_eq!(sample(100, 1), [0]);
        let long = sample(u64::MAX, 12);
        assert_eq!((long.len(), long[0], long[11]), (12, 0, u64::MAX - 1));
        assert!(long.is_sorted());
    }
}
