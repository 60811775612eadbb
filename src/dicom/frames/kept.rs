//! Decoded frames of one object, and JPEG streams in which areas of them were covered, kept so that frames are not decoded
//! again each time that they are looked at, nor coded again where the same areas are covered once more.

use super::cells::{Cells, Frame};
use crate::pixels::codec::jpeg::Redacted;
use crate::place::Area;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of frames that are kept, at most: a clip of some 30 frames of 800 × 600 in colour.
const MOST: usize = 48 << 20;

/// Decoded frames of one object, and those that were coded anew, as many as fit into 48 MB. Debug shows no sample.
#[derive(Default)]
pub struct Kept(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    frames: BTreeMap<u32, Frame>,
    /// For a frame the areas that were asked for last, and the stream.
    coded: BTreeMap<u32, (Vec<Area>, Redacted)>,
    bytes: usize,
}

impl Kept {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The frame, if it was kept.
    pub(super) fn get(&self, index: u32) -> Option<Frame> {
        self.inner().frames.get(&index).cloned()
    }

    /// Keeps a frame where there is room.
    pub(super) fn put(&self, index: u32, frame: &Frame) {
        let mut inner = self.inner();
        let bytes = match &frame.cells {
            Cells::Octets(cells) => cells.len(),
            Cells::Words(cells) => 2 * cells.len(),
        };
        if inner.bytes.saturating_add(bytes) <= MOST && !inner.frames.contains_key(&index) {
            inner.bytes += bytes;
            inner.frames.insert(index, frame.clone());
        }
    }

    /// The stream of a frame with these very areas covered, if it was kept.
    pub(in crate::dicom) fn coded(&self, index: u32, areas: &[Area]) -> Option<Redacted> {
        let inner = self.inner();
        let (asked, redacted) = inner.coded.get(&index)?;
        (asked == areas).then(|| redacted.clone())
    }

    /// Keeps the stream of a frame with areas covered where there is room, in the place of what was kept of it.
    pub(in crate::dicom) fn put_coded(&self, index: u32, areas: &[Area], redacted: &Redacted) {
        let mut inner = self.inner();
        if let Some((_, old)) = inner.coded.remove(&index) {
            inner.bytes = inner.bytes.saturating_sub(old.bytes.len());
        }
        if inner.bytes.saturating_add(redacted.bytes.len()) <= MOST {
            inner.bytes += redacted.bytes.len();
            inner.coded.insert(index, (areas.to_vec(), redacted.clone()));
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} decoded frames", self.inner().frames.len())
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::Colour;
    use super::*;

    #[test]
    fn frames_are_kept_as_long_as_there_is_room_and_come_back_as_they_were() {
        let frame = |value: u16| Frame { cells: Cells::Words(vec![value; 5 << 20]), colour: Colour::Single };
        let kept = Kept::default();
        (0..6).for_each(|index| kept.put(index, &frame(index as u16)));
        kept.put(0, &frame(9));
        let same = |index: u16| kept.get(index.into()).is_some_and(|kept| kept.cells == frame(index).cells);
        let back: Vec<bool> = (0..6).map(same).collect();
        assert_eq!(back, [true, true, true, true, false, false]);
        assert_eq!(format!("{kept:?}"), "4 decoded frames");
    }

    #[test]
    fn a_stream_is_used_again_for_the_very_same_areas_of_its_frame_alone() {
        let area = |x: u32| Area::new(x, 0, 8, 8);
        let stream = |value: u8, length: usize| Redacted { bytes: vec![value; length], covered: vec![area(0)] };
        let kept = Kept::default();
        kept.put_coded(3, &[area(1), area(9)], &stream(1, 100));
        assert_eq!(kept.coded(3, &[area(1), area(9)]), Some(stream(1, 100)));
        let others: [(u32, Vec<Area>); 4] =
            [(2, vec![area(1), area(9)]), (3, vec![area(1)]), (3, vec![area(1), area(8)]), (3, vec![])];
        for (frame, areas) in &others {
            assert_eq!(kept.coded(*frame, areas), None, "{frame}");
        }
        // What comes later takes its place, and what has no room is not kept, nor is what it was to take the place of.
        for _ in 0..3 {
            kept.put_coded(3, &[area(1)], &stream(2, 40 << 20));
        }
        assert_eq!(kept.coded(3, &[area(1)]).map(|kept| kept.bytes[0]), Some(2));
        assert_eq!(kept.coded(3, &[area(1), area(9)]), None);
        kept.put_coded(4, &[area(1)], &stream(3, 9 << 20));
        assert_eq!(kept.coded(4, &[area(1)]), None);
        kept.put_coded(3, &[area(2)], &stream(4, 49 << 20));
        assert_eq!((kept.coded(3, &[area(1)]), kept.coded(3, &[area(2)])), (None, None));
        kept.put_coded(4, &[area(1)], &stream(3, 48 << 20));
        assert_eq!(kept.coded(4, &[area(1)]).map(|kept| kept.bytes[0]), Some(3));
    }
}
