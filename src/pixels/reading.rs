//! What a program that reads letters makes of marks: words of the trade that may stay, and known identifiers that must go.
//!
//! It reads crops of what the detector marked, nothing else, and decides in one direction only where it is sure: a box of
//! which every word is on the list of radiography's terms ([`TERMS`]) stays; a box that holds something the recording or the
//! register calls the patient by goes, whatever the detector thought of it. What is not read stays as the detector left it.
//! GMC, *Making and using visual and audio recordings of patients*, paras 12 and 17.

mod crop;
mod known;
mod term;

pub use crop::Crop;
pub use term::{TERMS, Term};

use super::{Class, Examination, Frames, Mark, Unseen};
use crate::finding::Action;
use crate::place::Area;
use crate::recording::Identifier;
use known::Known;
use term::Terms;

/// A word from this confidence on, in percent, is read.
const SURE: u8 = 85;
/// A word from this confidence on may be what an identifier is known by: what is covered in vain costs little.
const LIKELY: u8 = 20;
/// The most boxes of one recording that are read; the rest stays as the detector left it.
const MOST: usize = 120;

/// A word as it was read, with the box it stands in, in pixels of the crop.
#[derive(Debug, Clone)]
pub struct Word {
    /// The word. It may be a name: it is used in memory and dropped.
    pub text: Identifier,
    /// How sure the program is, 0 to 100.
    pub confidence: u8,
    /// Where.
    pub area: Area,
}

/// A program that reads one line of letters.
pub trait Reader: Sync + std::fmt::Debug {
    /// The words of a crop, from left to right.
    ///
    /// # Errors
    /// An [`Unseen`] where it gave no answer that can be understood.
    fn read(&self, crop: &Crop) -> Result<Vec<Word>, Unseen>;
}

/// What is asked about words.
#[derive(Debug, Default)]
pub struct Asked {
    known: Known,
    terms: Terms,
}

impl Asked {
    /// What the patient is called and numbered by, and the words that a profile lets stay besides the table's.
    pub fn new(identifiers: &[Identifier], terms: &[String]) -> Self {
        Self { known: Known::of(identifiers), terms: Terms::with(terms) }
    }
}

/// Reads marks and decides anew about them; returns how many terms stay.
///
/// In a recording of several frames nothing is released, since one frame says nothing of the next.
///
/// # Errors
/// An [`Unseen`] where a frame cannot be decoded again, or the reader gave no answer: then nothing is known.
pub fn read(
    seen: &mut Examination,
    frames: &mut dyn Frames,
    reader: &dyn Reader,
    asked: &Asked,
) -> Result<usize, Unseen> {
    let single = seen.frames == 1;
    let mut kept = 0;
    let mut picture = None;
    let all = seen.everywhere.iter_mut().chain(&mut seen.marks).filter(|mark| is_read(mark));
    for mark in all.take(MOST) {
        if picture.as_ref().is_none_or(|(frame, _)| *frame != mark.frame) {
            picture = Some((mark.frame, frames.frame(mark.frame)?));
        }
        let Some((_, picture)) = &picture else { continue };
        let Some(crop) = Crop::of(picture, mark.area) else { continue };
        let words = reader.read(&crop)?;
        let likely: Vec<&Word> = words.iter().filter(|word| word.confidence >= LIKELY).collect();
        if asked.known.is_in(likely.iter().map(|word| &word.text)) {
            if mark.action != Action::Cover {
                mark.area = mark.area.padded(2, picture.width(), picture.height());
                (mark.action, mark.class) = (Action::Cover, Class::Line);
            }
            continue;
        }
        let sure = !words.is_empty() && words.iter().all(|word| word.confidence >= SURE);
        let may_stay = single && matches!(mark.action, Action::Cover | Action::Look) && sure;
        if may_stay && asked.terms.allow(words.iter().map(|word| &word.text)) && crop.is_all_in(&words) {
            (mark.action, mark.class) = (Action::Keep, Class::Term);
            kept += 1;
        }
    }
    Ok(kept)
}

/// Whether a mark is of writing that a line can be read from.
fn is_read(mark: &Mark) -> bool {
    let of_writing = !mark.class.is_of_face() && !matches!(mark.class, Class::Band | Class::Block | Class::CutByBorder);
    of_writing && matches!(mark.action, Action::Cover | Action::Look | Action::Keep)
}

#[cfg(test)]
mod tests;
