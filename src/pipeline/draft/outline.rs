//! What a plan does, without the bytes it writes.

use crate::cut::Piece;
use crate::plan::Plan;

/// What a plan does, without the bytes it writes: the same for the same plan.
pub(super) fn outline(plan: &Plan) -> Vec<u8> {
    let mut outline = Vec::new();
    for piece in plan.cut.pieces() {
        let kind: (u8, u64) = match piece {
            Piece::Keep { range, .. } => (b'k', range.start),
            Piece::Write { .. } => (b'w', 0),
            Piece::Blank { .. } => (b'b', 0),
        };
        outline.push(kind.0);
        outline.extend(kind.1.to_be_bytes());
        outline.extend(piece.len().to_be_bytes());
        outline.extend((piece.why().len() as u64).to_be_bytes());
        outline.extend(piece.why().as_bytes());
    }
    outline
}
