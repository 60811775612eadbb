//! Ink that is plainly of a line though no glyph of it was taken for a letter: tails over and under joined words, dots beside
//! them, and a letter at the end of a row that is exactly as high as the row.
//!
//! Nothing is asked of how much such ink is like a letter: that it has the line's contrast and stands where its letters do
//! says it. GMC para 12.

use super::ink::Piece;
use super::rule;

/// A row of letters as it was seen: left, head, right and foot, the height of a letter, and how much lighter its ink is than
/// what lies around it. All in one frame of pixels, in which the row runs across.
pub(super) struct Row {
    pub(super) bounds: [f32; 4],
    pub(super) height: f32,
    pub(super) contrast: f32,
}

impl Row {
    /// Whether a piece stands over or under the row, or goes through it, and is near enough to be of one of its letters.
    pub(super) fn has_tail(&self, piece: &Piece) -> bool {
        let ([x0, y0, x1, y1], [px0, py0, px1, py1]) = (self.bounds, piece.bounds);
        let (middle, most) = ((px0 + px1) / 2.0, rule::LONGEST_TAIL * self.height);
        self.has_contrast(piece, rule::TAIL_ALIKE)
            && piece.like >= rule::TAIL_LIKE
            && (x0..=x1).contains(&middle)
            && py0 >= y0 - most
            && py1 <= y1 + most
            && py0.max(y0) - py1.min(y1) <= rule::TAIL_GAP * self.height
    }

    /// Whether a piece stands right before or behind the row with its head and foot where the row has them.
    pub(super) fn ends_with(&self, piece: &Piece) -> bool {
        let ([x0, y0, x1, y1], [px0, py0, px1, py1]) = (self.bounds, piece.bounds);
        let off = (rule::END_OFF * self.height).max(rule::END_OFF_LEAST);
        let (gap, wide) = ((px0 - x1).max(x0 - px1), (px1 - px0) / self.height);
        self.has_contrast(piece, rule::END_ALIKE)
            && (py0 - y0).abs() <= off
            && (py1 - y1).abs() <= off
            && (rule::END_NARROWEST..=rule::END_WIDEST).contains(&wide)
            && (-0.5 * self.height..=rule::END_GAP * self.height).contains(&gap)
    }

    /// Whether its contrast is at least this part of the row's, and the row's of its own.
    fn has_contrast(&self, piece: &Piece, alike: f32) -> bool {
        (alike * self.contrast..=self.contrast / alike).contains(&piece.contrast)
    }
}
