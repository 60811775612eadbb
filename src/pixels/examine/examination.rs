//! What was seen in a recording, and what follows from it.

use super::together;
use crate::finding::Action;
use crate::pixels::{Class, Mark};
use crate::place::{Area, Covering};
use crate::recording::terms::{Identifiable, PixelState};

/// What was seen in a recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Examination {
    /// Frames in it.
    pub frames: u32,
    /// Whether writing was looked for.
    pub looked: bool,
    /// What was seen in single frames, and what is covered in them by rule.
    pub marks: Vec<Mark>,
    /// What stands in every frame, and what is covered in every frame by rule; `frame` of each is 0.
    pub everywhere: Vec<Mark>,
}

impl Examination {
    /// All that was seen or is covered, in single frames and in every frame.
    pub fn all(&self) -> impl Iterator<Item = &Mark> {
        self.everywhere.iter().chain(&self.marks)
    }

    /// What is to be covered.
    pub fn covering(&self) -> Covering {
        let mut covering = Covering::default();
        for mark in self.everywhere.iter().filter(|mark| mark.action == Action::Cover) {
            covering.everywhere(mark.area);
        }
        for mark in self.marks.iter().filter(|mark| mark.action == Action::Cover) {
            covering.in_frame(mark.frame, mark.area);
        }
        covering
    }

    /// Makes one of covers in every frame that meet, where it is hardly larger than they are together.
    pub fn join(&mut self) {
        together::join(&mut self.everywhere);
    }

    /// How far the pixels count as looked at, once what is to be covered is covered and proved so.
    pub fn state(&self) -> PixelState {
        let unsure = self.all().any(|mark| mark.action == Action::Look);
        match (self.looked, unsure) {
            (false, _) => PixelState::Unchecked,
            (true, true) => PixelState::NeedsEyes,
            (true, false) => PixelState::Checked,
        }
    }

    /// What faces say of whether the patient can be recognised; none where none is left. "No face found" never means that
    /// the patient cannot be recognised.
    pub fn found(&self) -> Option<Identifiable> {
        let face = |class| self.all().any(|mark| mark.class == class && mark.action != Action::Cover);
        match (face(Class::Face), face(Class::PartialFace) || face(Class::PerhapsFace)) {
            (true, _) => Some(Identifiable::Yes),
            (false, true) => Some(Identifiable::MayBe),
            (false, false) => None,
        }
    }

    /// Whether there is a face in it.
    pub fn shows_face(&self) -> bool {
        self.all().any(|mark| matches!(mark.class, Class::Face | Class::PartialFace))
    }

    /// Whether a detector, not a rule, found writing that is covered.
    pub fn covers_writing(&self) -> bool {
        let writing = |mark: &&Mark| !mark.class.is_of_face() && mark.class != Class::Band;
        self.all().filter(writing).any(|mark| mark.action == Action::Cover)
    }

    /// Faces are covered with hair and ears. Where not every frame was looked at, they are in all frames, and a person looks.
    pub(super) fn cover_faces(&mut self, many: bool, (width, height): (u32, u32)) {
        let sure = |mark: &Mark| matches!(mark.class, Class::Face | Class::PartialFace);
        let mut moved = Vec::new();
        for mark in self.marks.iter_mut().chain(&mut self.everywhere).filter(|mark| sure(mark)) {
            let by = mark.area.width.max(mark.area.height) / 4;
            mark.area = mark.area.padded(by, u32::MAX, u32::MAX);
            mark.action = Action::Cover;
            moved.push(Mark { frame: 0, ..*mark });
        }
        if many && !moved.is_empty() {
            self.marks.retain(|mark| !sure(mark));
            self.everywhere.append(&mut moved);
            let (area, class) = (Area::new(0, 0, width, height), Class::PerhapsFace);
            self.everywhere.push(Mark { frame: 0, area, class, score: 0.0, action: Action::Look });
        }
    }

    /// What a rule covers whole need not be told again.
    pub(super) fn settle(&mut self) {
        let all: Vec<Area> = self.everywhere.iter().filter(|m| m.class == Class::Band).map(|m| m.area).collect();
        let single: Vec<(u32, Area)> =
            self.marks.iter().filter(|m| m.class == Class::Band).map(|m| (m.frame, m.area)).collect();
        let inside = |mark: &Mark, area: &Area| mark.area.common(area) == Some(mark.area);
        let covered = |mark: &Mark| mark.class != Class::Band && all.iter().any(|area| inside(mark, area));
        self.everywhere.retain(|mark| !covered(mark));
        self.marks.retain(|mark| {
            let from = single.partition_point(|(frame, _)| *frame < mark.frame);
            let own = single[from..].iter().take_while(|(frame, _)| *frame == mark.frame);
            !covered(mark) && (mark.class == Class::Band || !own.into_iter().any(|(_, area)| inside(mark, area)))
        });
    }
}
