//! What is covered in a picture of which nobody says what it is, and which is taken for an X-ray or a console by its looks.
//!
//! A grey photograph and a stage in the dark have no colour or stand on black as well, and rows of leaves, folds and stones
//! look like faint lines there. So a cover stays one only where it is as thin as a line of writing, and where the picture
//! bears writing beyond doubt: of a picture full of edges near that writing, of a calm one anywhere. All else that would be
//! covered is put before a person; nothing is left out. Numbers were set on 452 pictures of a collection in which 118
//! are of this kind, and 27 radiographs (`docs/pixels.md`, Photographs). GMC, *Making and using visual and audio
//! recordings of patients*, paras 12 and 17.

mod restless;

use crate::finding::Action;
use crate::pixels::{Class, Mark, Picture};
use crate::place::Area;

/// A line of writing with what it is padded with is no thicker than this, in percent of the longer side (7 in radiographs, 8
/// on a console), and in pixels where that is more: in thumbnails letters are large.
const THICK: (u32, u32) = (12, 24);
/// A block of lines may be as thick as it likes from this score on (5.2 and more in radiographs, 4.1 and less in folds).
const BLOCK: f32 = 4.3;
/// A calm picture bears writing where one cover has this score (3.9 and more in each of 24 radiographs; 3.7 and less in
/// photographs, noise and drawings).
const SURE: f32 = 3.8;
/// The same of a picture full of edges.
const SURER: f32 = 4.5;
/// What is that near writing, in its heights, is of one text with it.
const NEAR: u32 = 2;

/// Marks in a picture that is taken for an X-ray by its looks; `filled` is what was covered in it already.
pub(super) fn doubted(picture: &Picture, mut marks: Vec<Mark>, filled: &[Area]) -> Vec<Mark> {
    let size = (picture.width(), picture.height());
    marks.iter_mut().for_each(|mark| *mark = no_thicker(*mark, size));
    if marks.iter().all(|mark| mark.action != Action::Cover) {
        return marks;
    }
    let restless = restless::is(picture);
    let sure = |mark: &&Mark| mark.action == Action::Cover && mark.score >= if restless { SURER } else { SURE };
    let texts: Vec<Area> = marks.iter().filter(sure).map(|mark| mark.area).chain(filled.iter().copied()).collect();
    let stays = |mark: &Mark| match restless {
        true => texts.iter().any(|text| is_near(text, &mark.area)),
        false => !texts.is_empty(),
    };
    for mark in marks.iter_mut().filter(|mark| mark.action == Action::Cover && is_writing(mark)) {
        if !stays(mark) {
            mark.action = Action::Look;
        }
    }
    marks
}

/// A mark, put before a person where it would be covered and is thicker than a line of writing in a picture of this size.
pub(super) fn no_thicker(mark: Mark, (width, height): (u32, u32)) -> Mark {
    let most = (u64::from(width.max(height)) * u64::from(THICK.0) / 100).max(u64::from(THICK.1));
    let thick = u64::from(mark.area.width.min(mark.area.height)) > most;
    let block = mark.class == Class::Block && mark.score >= BLOCK;
    let doubted = mark.action == Action::Cover && is_writing(&mark) && thick && !block;
    Mark { action: if doubted { Action::Look } else { mark.action }, ..mark }
}

/// Whether it was found as writing, and is no rule's and no face.
fn is_writing(mark: &Mark) -> bool {
    !mark.class.is_of_face() && mark.class != Class::Band
}

fn is_near(text: &Area, area: &Area) -> bool {
    let reach = text.width.min(text.height).saturating_mul(NEAR);
    text.padded(reach, u32::MAX, u32::MAX).common(area).is_some()
}

#[cfg(test)]
mod tests;
