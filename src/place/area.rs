//! A rectangle of stored samples.

use serde::{Deserialize, Serialize};

/// A rectangle in pixels of a stored frame, from its top left corner; never empty in what a detector returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Area {
    /// Pixels from the left edge.
    pub x: u32,
    /// Pixels from the top edge.
    pub y: u32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Area {
    /// A rectangle by its corner and size.
    pub fn new(x: u32, y: u32, width: u32, height: u32) -> Self {
        Self { x, y, width, height }
    }

    /// The first column to the right of it.
    pub fn right(&self) -> u32 {
        self.x.saturating_add(self.width)
    }

    /// The first row below it.
    pub fn bottom(&self) -> u32 {
        self.y.saturating_add(self.height)
    }

    /// Pixels in it.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Whether there is no pixel in it.
    pub fn is_empty(&self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Whether a pixel lies in it.
    pub fn contains(&self, x: u32, y: u32) -> bool {
        x >= self.x && x < self.right() && y >= self.y && y < self.bottom()
    }

    /// What it has in common with another; none where they do not touch.
    pub fn common(&self, other: &Self) -> Option<Self> {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let (right, bottom) = (self.right().min(other.right()), self.bottom().min(other.bottom()));
        (x < right && y < bottom).then(|| Self::new(x, y, right - x, bottom - y))
    }

    /// What is left of it without another: at most four rectangles.
    pub fn without(&self, other: &Self) -> Vec<Self> {
        let Some(common) = self.common(other) else { return vec![*self] };
        let pieces = [
            Self::new(self.x, self.y, self.width, common.y - self.y),
            Self::new(self.x, common.bottom(), self.width, self.bottom() - common.bottom()),
            Self::new(self.x, common.y, common.x - self.x, common.height),
            Self::new(common.right(), common.y, self.right() - common.right(), common.height),
        ];
        pieces.into_iter().filter(|piece| !piece.is_empty()).collect()
    }

    /// The smallest rectangle around both.
    pub fn around(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self::new(x, y, self.right().max(other.right()) - x, self.bottom().max(other.bottom()) - y)
    }

    /// Grown by so many pixels on each side, and cut to a frame of this size.
    pub fn padded(&self, by: u32, width: u32, height: u32) -> Self {
        let (x, y) = (self.x.saturating_sub(by).min(width), self.y.saturating_sub(by).min(height));
        let (right, bottom) =
            (self.right().saturating_add(by).min(width), self.bottom().saturating_add(by).min(height));
        Self::new(x, y, right.saturating_sub(x), bottom.saturating_sub(y))
    }

    /// The part of it that lies in a frame of this size; none where no pixel does.
    pub fn within(&self, width: u32, height: u32) -> Option<Self> {
        self.common(&Self::new(0, 0, width, height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_meet_grow_and_stay_in_their_frame() {
        let (a, b) = (Area::new(2, 3, 10, 4), Area::new(8, 1, 10, 4));
        assert_eq!(a.common(&b), Some(Area::new(8, 3, 4, 2)));
        assert_eq!(a.around(&b), Area::new(2, 1, 16, 6));
        assert_eq!(a.padded(5, 14, 9), Area::new(0, 0, 14, 9));
        assert_eq!(Area::new(u32::MAX, 0, 9, 9).within(20, 20), None);
        assert_eq!(Area::new(15, 15, u32::MAX, u32::MAX).within(20, 20), Some(Area::new(15, 15, 5, 5)));
        assert!(a.contains(11, 6) && !a.contains(12, 6) && !a.contains(11, 7));
    }
}
