//! Looks at every frame of a recording, and draws together what follows for the verdict and for the surgeon.

use super::{Class, Frames, Mark, Rules, Unseen, face, writing};
use crate::finding::Action;
use crate::place::Covering;
use crate::recording::terms::{Identifiable, PixelState};

/// What was seen in a recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Examination {
    /// Frames looked at.
    pub frames: u32,
    /// What was seen, by frame.
    pub marks: Vec<Mark>,
}

/// Looks at every frame.
///
/// # Errors
/// An [`Unseen`] where a frame cannot be decoded: then nothing is known of the recording.
pub fn examine(frames: &mut dyn Frames, rules: &Rules) -> Result<Examination, Unseen> {
    let mut seen = Examination { frames: frames.count(), marks: Vec::new() };
    for index in 0..seen.frames {
        let picture = frames.frame(index)?;
        let written = writing::find(&picture, rules.ground, rules.keep_markers);
        seen.marks.extend(written.into_iter().chain(face::find(&picture)).map(|mark| Mark { frame: index, ..mark }));
    }
    Ok(seen)
}

impl Examination {
    /// What is to be covered.
    pub fn covering(&self) -> Covering {
        let mut covering = Covering::default();
        for mark in self.marks.iter().filter(|mark| mark.action == Action::Cover) {
            covering.in_frame(mark.frame, mark.area);
        }
        covering
    }

    /// How far the pixels count as looked at, once what is to be covered is covered and proved so.
    pub fn state(&self) -> PixelState {
        let unsure = self.marks.iter().any(|mark| mark.action == Action::Look);
        if unsure { PixelState::NeedsEyes } else { PixelState::Checked }
    }

    /// What faces say of whether the patient can be recognised; none where none was seen. "No face found" never means that
    /// the patient cannot be recognised.
    pub fn found(&self) -> Option<Identifiable> {
        let face = |class| self.marks.iter().any(|mark| mark.class == class);
        match (face(Class::Face), face(Class::PartialFace) || face(Class::PerhapsFace)) {
            (true, _) => Some(Identifiable::Yes),
            (false, true) => Some(Identifiable::MayBe),
            (false, false) => None,
        }
    }
}
