//! What a detector said of a frame, so that a frame that comes again is not looked at again.
//!
//! After covering a recording is looked at anew, and most frames of a clip may be what they were. A frame is known by the
//! digest (BLAKE3) of its size, its samples and what it was looked at as, so nothing is taken from one frame for another.

use crate::pixels::{Ground, Mark, Picture, Samples};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Marks that are remembered, at most, in frames that are, at most: some 4 MB.
const MOST: usize = 65_536;
const MOST_FRAMES: usize = 16_384;
/// Samples of 16 bits that are digested at once.
const PART: usize = 4_096;

/// What was found in frames that were looked at. Debug shows no mark.
#[derive(Default)]
pub struct Memory(Mutex<Known>);

#[derive(Default)]
struct Known {
    frames: HashMap<[u8; 32], Vec<Mark>>,
    marks: usize,
}

impl Memory {
    /// What was found in this picture before when it was looked at as this, with side markers kept or not; what `look` finds
    /// now where it was not.
    pub(super) fn recall(
        &self,
        picture: &Picture,
        (ground, keep_markers): (Ground, bool),
        look: impl FnOnce() -> Vec<Mark>,
    ) -> Vec<Mark> {
        let name = name(picture, ground, keep_markers);
        let known = self.known().frames.get(&name).cloned();
        known.unwrap_or_else(|| {
            let found = look();
            let mut known = self.known();
            let room = known.marks + found.len() <= MOST && known.frames.len() < MOST_FRAMES;
            // Two workers may have looked at the same frame at once.
            if room && known.frames.insert(name, found.clone()).is_none() {
                known.marks += found.len();
            }
            found
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} frames that were looked at", self.known().frames.len())
    }
}

/// The digest of all that a detector is asked about.
fn name(picture: &Picture, ground: Ground, keep_markers: bool) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&picture.width().to_le_bytes()).update(&picture.height().to_le_bytes());
    let markers = u8::from(keep_markers);
    hasher.update(&[picture.channels(), picture.bits(), u8::from(picture.is_inverted()), ground as u8, markers]);
    match picture.samples() {
        Samples::U8(samples) => _ = hasher.update(samples),
        Samples::U16(samples) => {
            let mut bytes = Vec::with_capacity(2 * PART);
            for part in samples.chunks(PART) {
                bytes.clear();
                bytes.extend(part.iter().flat_map(|sample| sample.to_le_bytes()));
                hasher.update(&bytes);
            }
        }
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Action;
    use crate::pixels::Class;
    use crate::place::Area;

    #[test]
    fn a_frame_is_looked_at_once_and_whatever_differs_is_another() {
        let picture = |samples: Samples, bits| Picture::new(4, 2, 1, bits, samples).expect("a picture");
        let one = picture(Samples::U8(vec![7; 8]), 8);
        let (radiograph, photograph) = ((Ground::Radiograph, true), (Ground::Photograph, true));
        let without = (Ground::Radiograph, false);
        let wide = Picture::new(8, 1, 1, 8, Samples::U8(vec![7; 8])).expect("a picture");
        let mut other = vec![7; 8];
        other[7] = 8;
        let cases = [
            (one.clone(), radiograph),
            (one.clone(), photograph),
            (one.clone(), without),
            (one.clone().inverted(true), radiograph),
            (wide, radiograph),
            (picture(Samples::U8(other), 8), radiograph),
            (picture(Samples::U8(vec![7; 8]), 7), radiograph),
            (picture(Samples::U16(vec![7; 8]), 12), radiograph),
        ];
        let memory = Memory::default();
        let mut looks = 0;
        for (n, (picture, looked_at_as)) in cases.iter().chain(&cases).enumerate() {
            let area = Area::new((n % cases.len()) as u32, 0, 1, 1);
            let mark = Mark { frame: 0, area, class: Class::Line, score: 5.0, action: Action::Cover };
            let found = memory.recall(picture, *looked_at_as, || {
                looks += 1;
                vec![mark]
            });
            assert_eq!(found, [mark], "{n}");
        }
        assert_eq!((looks, format!("{memory:?}")), (8, "8 frames that were looked at".to_owned()));
    }
}
