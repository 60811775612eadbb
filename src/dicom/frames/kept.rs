//! Decoded frames of one object, kept so that they are not decoded again each time that they are looked at or covered.

use super::cells::{Cells, Frame};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

/// Bytes of frames that are kept, at most: a clip of some 30 frames of 800 × 600 in colour.
const MOST: usize = 48 << 20;

/// Decoded frames of one object, as many as fit into 48 MB. Debug shows no sample.
#[derive(Default)]
pub struct Kept(RefCell<Inner>);

#[derive(Default)]
struct Inner {
    frames: BTreeMap<u32, Frame>,
    bytes: usize,
}

impl Kept {
    /// The frame, if it was kept.
    pub(super) fn get(&self, index: u32) -> Option<Frame> {
        self.0.borrow().frames.get(&index).cloned()
    }

    /// Keeps a frame where there is room.
    pub(super) fn put(&self, index: u32, frame: &Frame) {
        let mut inner = self.0.borrow_mut();
        let bytes = match &frame.cells {
            Cells::Octets(cells) => cells.len(),
            Cells::Words(cells) => 2 * cells.len(),
        };
        if inner.bytes.saturating_add(bytes) <= MOST && !inner.frames.contains_key(&index) {
            inner.bytes += bytes;
            inner.frames.insert(index, frame.clone());
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} decoded frames", self.0.borrow().frames.len())
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
}
