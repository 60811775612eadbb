//! Joins two cuts into one, where a recording is cut twice: cleaned, and then covered in parts.

use super::{Cut, Piece};
use std::ops::Range;

impl Cut {
    /// This cut, of which the source is itself the output of `below`, as one cut of the source of `below`. A kept range
    /// that reaches past the output of `below` keeps nothing there.
    pub fn over(&self, below: &Cut) -> Cut {
        let mut starts = Vec::with_capacity(below.pieces.len());
        let mut at = 0;
        for piece in &below.pieces {
            starts.push(at);
            at += piece.len();
        }
        let mut whole = Cut::new();
        for piece in &self.pieces {
            match piece {
                Piece::Keep { range, .. } => {
                    let first = starts.partition_point(|start| *start <= range.start).saturating_sub(1);
                    for (start, piece) in starts.iter().zip(&below.pieces).skip(first) {
                        if *start >= range.end {
                            break;
                        }
                        let from = range.start.saturating_sub(*start).min(piece.len());
                        let to = (range.end - start).min(piece.len());
                        whole.part(piece, from..to);
                    }
                }
                Piece::Write { bytes, why } => whole.write(bytes.clone(), why),
                Piece::Blank { length, why } => whole.blank(*length, why),
            }
        }
        whole
    }

    /// Adds a part of another cut's piece.
    fn part(&mut self, piece: &Piece, part: Range<u64>) {
        match piece {
            Piece::Keep { range, why } => self.keep(range.start + part.start..range.start + part.end, why),
            Piece::Write { bytes, why } => {
                self.write(bytes.get(part.start as usize..part.end as usize).unwrap_or_default(), why);
            }
            Piece::Blank { why, .. } => self.blank(part.end.saturating_sub(part.start), why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_of_a_cut_is_one_cut_of_the_source() {
        let source: Vec<u8> = (0..100).collect();
        let mut below = Cut::new();
        below.keep(0..10, "head");
        below.write(vec![200; 7], "new");
        below.blank(5, "blank");
        below.keep(40..90, "samples");
        let mut middle = Vec::new();
        below.write_to(&source, &mut middle).expect("written");
        let mut tried = 0;
        for start in 0..middle.len() as u64 {
            for end in start..=middle.len() as u64 {
                let mut above = Cut::new();
                above.keep(start..end, "kept");
                above.write(vec![9], "more");
                let (mut expected, mut got) = (Vec::new(), Vec::new());
                above.write_to(&middle, &mut expected).expect("written");
                above.over(&below).write_to(&source, &mut got).expect("written");
                assert_eq!(expected, got, "{start}..{end}");
                tried += 1;
            }
        }
        assert_eq!(tried, 2_700);
    }
}
