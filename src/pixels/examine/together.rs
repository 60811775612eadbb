//! Draws together marks that stand at the same place in several frames of a clip: what stands in several stands in all, though
//! the detector may have missed it where the picture behind it is light.

use super::Examination;
use crate::finding::Action;
use crate::pixels::Mark;
use std::collections::BTreeSet;

/// Marks at one place.
struct Group {
    mark: Mark,
    frames: BTreeSet<u32>,
    /// Whether it was seen in frames drawn together.
    stands: bool,
    marks: Vec<Mark>,
}

impl Group {
    /// Whether a mark is of this place: half of the smaller is common to both, and both are of one kind.
    fn holds(&self, mark: &Mark) -> bool {
        let (one, other) = (&self.mark, mark);
        let common = one.area.common(&other.area).map_or(0, |common| common.pixels());
        one.action == other.action
            && one.class.is_of_face() == other.class.is_of_face()
            && 2 * common >= one.area.pixels().min(other.area.pixels())
            && common > 0
    }
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
    out.marks.sort_by_key(|mark| (mark.frame, mark.area.y, mark.area.x));
}
