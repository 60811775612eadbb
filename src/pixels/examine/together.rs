//! Draws together marks that stand at the same place in several frames of a clip: what stands in several stands in all, though
//! the detector may have missed it where the picture behind it is light.

use super::Examination;
use crate::finding::Action;
use crate::pixels::{Class, Mark};
use crate::place::Area;
use std::collections::BTreeSet;

/// Marks are of one row where their heights have so much of the greater in common, in a hundred: a line of writing is as high in
/// every frame, however much of it is seen, while what speckle looks like comes in all heights.
const ROW: u64 = 60;
/// Covers become one where it holds at most so many pixels, in a hundred, of what they hold together.
const WASTE: u64 = 115;
/// Of more covers than this none are joined: that would take too long.
const MOST_JOINED: usize = 256;

/// Marks at one place.
struct Group {
    mark: Mark,
    frames: BTreeSet<u32>,
    /// Whether it was seen in frames drawn together.
    stands: bool,
    marks: Vec<Mark>,
}

impl Group {
    /// Whether a mark is of this place: half of the smaller is common to both, both are of one kind, and they are of one row
    /// or column, of a block of lines, or faces.
    fn holds(&self, mark: &Mark) -> bool {
        let (one, other) = (&self.mark, mark);
        let common = one.area.common(&other.area).map_or(0, |common| common.pixels());
        one.action == other.action
            && one.class.is_of_face() == other.class.is_of_face()
            && 2 * common >= one.area.pixels().min(other.area.pixels())
            && common > 0
            && (one.class.is_of_face()
                || [one.class, other.class].contains(&Class::Block)
                || are_of_one_row(&one.area, &other.area))
    }
}

/// Whether two areas stand in one row, or in one column.
pub(super) fn are_of_one_row(one: &Area, other: &Area) -> bool {
    let Some(common) = one.common(other) else { return false };
    let alike = |common: u32, one: u32, other: u32| 100 * u64::from(common) >= ROW * u64::from(one.max(other));
    alike(common.height, one.height, other.height) || alike(common.width, one.width, other.width)
}

/// Puts what stands in `needed` frames, or where there are `many` frames in any of those looked at, into every frame; the rest
/// stays where it was seen. Faces move, and stay where they are seen.
pub(super) fn draw(seen: Vec<Mark>, needed: u32, many: bool, out: &mut Examination) {
    let mut groups: Vec<Group> = Vec::new();
    let standing = std::mem::take(&mut out.everywhere);
    let standing = standing.into_iter().map(|mark| (mark, true));
    for (mark, everywhere) in standing.chain(seen.into_iter().map(|mark| (mark, many && !mark.class.is_of_face()))) {
        let group = match groups.iter_mut().position(|group| group.holds(&mark)) {
            Some(at) => &mut groups[at],
            None => {
                groups.push(Group { mark, frames: BTreeSet::new(), stands: false, marks: Vec::new() });
                let last = groups.len() - 1;
                &mut groups[last]
            }
        };
        group.mark.area = group.mark.area.around(&mark.area);
        group.mark.score = group.mark.score.max(mark.score);
        group.mark.class = group.mark.class.min(mark.class);
        match everywhere {
            true => group.stands = true,
            false => _ = group.frames.insert(mark.frame),
        }
        group.marks.push(mark);
    }
    for group in groups {
        let writing = !group.mark.class.is_of_face() && group.mark.action != Action::Flag;
        if writing && (group.stands || group.frames.len() >= needed as usize) {
            out.everywhere.push(Mark { frame: 0, ..group.mark });
        } else {
            out.marks.extend(group.marks);
        }
    }
    join(&mut out.everywhere);
    // What is covered in every frame need not be covered in one again.
    let covers = out.everywhere.iter().filter(|mark| mark.action == Action::Cover);
    let covers: Vec<Area> = covers.map(|mark| mark.area).take(MOST_JOINED).collect();
    let inside = |mark: &Mark| covers.iter().any(|area| mark.area.common(area) == Some(mark.area));
    out.marks.retain(|mark| mark.action != Action::Cover || !inside(mark));
    out.marks.sort_by_key(|mark| (mark.frame, mark.area.y, mark.area.x));
}

/// Makes one of covers that meet, where it is hardly larger than they are together: a line that is seen in pieces.
pub(super) fn join(marks: &mut Vec<Mark>) {
    let writing = |mark: &Mark| {
        mark.action == Action::Cover && !mark.class.is_of_face() && !matches!(mark.class, Class::Band | Class::Term)
    };
    if marks.len() > MOST_JOINED {
        return;
    }
    let mut at = 0;
    while at < marks.len() {
        let found = (0..marks.len()).filter(|other| *other != at).find(|other| {
            let (one, other) = (&marks[at], &marks[*other]);
            writing(one) && writing(other) && is_one(&one.area, &other.area)
        });
        let Some(other) = found else {
            at += 1;
            continue;
        };
        let gone = marks.remove(at.max(other));
        let kept = &mut marks[at.min(other)];
        kept.area = kept.area.around(&gone.area);
        kept.score = kept.score.max(gone.score);
        kept.class = kept.class.min(gone.class);
        at = 0;
    }
}

/// Whether what holds both is hardly larger than both.
fn is_one(one: &Area, other: &Area) -> bool {
    let Some(common) = one.common(other) else { return false };
    let both = one.pixels() + other.pixels() - common.pixels();
    100 * one.around(other).pixels() <= WASTE * both
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(frame: u32, x: u32, y: u32, width: u32, height: u32) -> Mark {
        Mark { frame, area: Area::new(x, y, width, height), class: Class::Line, score: 5.0, action: Action::Cover }
    }

    fn drawn(seen: Vec<Mark>, needed: u32) -> Examination {
        let mut out = Examination::default();
        draw(seen, needed, false, &mut out);
        out
    }

    #[test]
    fn a_line_that_is_seen_in_pieces_is_one_cover_in_every_frame() {
        // The whole, its beginning, its end, and its end a little lower.
        let pieces = [(6, 2, 400, 30), (6, 2, 180, 30), (230, 2, 176, 30), (300, 4, 106, 28)];
        let seen: Vec<Mark> = (0..).zip(pieces).map(|(frame, (x, y, w, h))| line(frame, x, y, w, h)).collect();
        let out = drawn(seen, 2);
        assert_eq!(out.everywhere.iter().map(|mark| mark.area).collect::<Vec<_>>(), [Area::new(6, 2, 400, 30)]);
        assert!(out.marks.is_empty());
        // Pieces that meet and are never seen as a whole.
        let seen = (0..8).map(|frame| line(frame, 6 + 90 * (frame % 4), 2, 120, 30)).collect();
        let out = drawn(seen, 2);
        assert_eq!(out.everywhere.iter().map(|mark| mark.area).collect::<Vec<_>>(), [Area::new(6, 2, 390, 30)]);
    }

    #[test]
    fn what_overlaps_by_chance_does_not_grow_into_one_and_stays_where_it_was_seen() {
        // Each holds most of the one before and is far larger: together they were one of 440 × 380 in every frame.
        let seen = vec![line(0, 300, 200, 26, 26), line(3, 280, 190, 90, 86), line(7, 200, 120, 240, 180)];
        let out = drawn(seen.clone(), 2);
        assert_eq!((out.everywhere.len(), out.marks), (0, seen));
        // A block of lines, and one of its lines in another frame, stand in every frame.
        let block = Mark { class: Class::Block, ..line(0, 6, 2, 400, 120) };
        let out = drawn(vec![block, line(4, 6, 42, 300, 30)], 2);
        assert_eq!(out.everywhere.iter().map(|mark| mark.area).collect::<Vec<_>>(), [block.area]);
    }

    #[test]
    fn covers_across_each_other_stay_two_and_faces_stay_where_they_were_seen() {
        let mut cross = vec![line(0, 0, 100, 400, 30), line(0, 150, 0, 30, 300)];
        join(&mut cross);
        assert_eq!(cross.len(), 2);
        let face = |frame| Mark { class: Class::Face, action: Action::Flag, ..line(frame, 50, 50, 90, 90) };
        let out = drawn(vec![face(0), face(1), face(2)], 2);
        assert_eq!((out.everywhere.len(), out.marks.len()), (0, 3));
        let mut many: Vec<Mark> = (0..400).map(|n| line(0, n, 2, 40, 30)).collect();
        join(&mut many);
        assert_eq!(many.len(), 400);
    }
}
