//! What a recording holds beside its picture, and, where asked, what is in the picture.

use super::Remark;
use crate::consent::{Date, Register};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::inspect;
use crate::recording::terms::{Identifiable, PixelState, Purpose};
use crate::recording::{Family, Format};
use crate::{dicom, pixels, strip};

/// What is asked of every file.
#[derive(Debug)]
pub struct Asking<'a> {
    /// What the recordings are to be used for.
    pub purpose: Purpose,
    /// The day for which the verdict is asked.
    pub as_of: Date,
    /// The register, where there is one.
    pub register: Option<&'a Register>,
    /// Whether the pictures themselves are looked at too.
    pub pixels: bool,
}

/// What pixels told.
pub(super) struct Pixels {
    pub(super) state: PixelState,
    pub(super) found: Option<Identifiable>,
}

/// What a recording holds beside its picture, and, where asked, what is in the picture.
pub(super) fn content(source: &dyn Source, format: Format, asking: &Asking<'_>, remarks: &mut Vec<Remark>) -> Pixels {
    if !inspect::supports(format) {
        remarks.push(Remark::whole(Code::NotLooked, format!("{} files are not looked into", format.name())));
        return Pixels { state: PixelState::Unchecked, found: None };
    }
    match inspect::inspect(source, format) {
        Ok(inspection) => {
            let told = inspection.findings.into_iter();
            let told = told.filter(|f| f.action != Action::Keep && f.code != Code::PixelsUnchecked);
            remarks.extend(told.map(Remark::new));
        }
        Err(trouble) => remarks.push(Remark::whole(Code::NotLooked, format!("not looked into: {trouble}"))),
    }
    if asking.pixels { picture(source, format, remarks) } else { Pixels { state: PixelState::Unchecked, found: None } }
}

/// What is in the picture itself.
fn picture(source: &dyn Source, format: Format, remarks: &mut Vec<Remark>) -> Pixels {
    let frames = match format {
        Format::Dicom => dicom::frames(source),
        _ if format.family() == Family::Picture => strip::frames(format, source),
        _ => return Pixels { state: PixelState::Unchecked, found: None },
    };
    let ground = if format == Format::Dicom { pixels::Ground::Radiograph } else { pixels::Ground::Photograph };
    let rules = pixels::Rules { ground, regions: Vec::new(), ..pixels::Rules::default() };
    let seen = frames.and_then(|mut frames| pixels::examine(&mut *frames, &rules));
    match seen {
        Ok(seen) => {
            let told = seen.marks.iter().filter(|mark| mark.action != Action::Keep);
            remarks.extend(told.map(|mark| Remark::new(mark.finding())));
            let marked = seen.marks.iter().any(|mark| matches!(mark.action, Action::Cover | Action::Look));
            let state = if marked { PixelState::NeedsEyes } else { PixelState::Checked };
            Pixels { state, found: seen.found() }
        }
        Err(unseen) => {
            remarks
                .push(Remark::whole(Code::PixelsUnchecked, format!("the picture itself was not looked at: {unseen}")));
            Pixels { state: PixelState::Unchecked, found: None }
        }
    }
}
