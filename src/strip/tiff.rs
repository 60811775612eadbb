//! The surgeon for TIFF and BigTIFF: writes header, directories and their values anew, keeps strips and tiles in the
//! order of the source, cut to what decoding needs, and lets all else go.
//!
//! TIFF 6.0 (1992), sections 2 to 21; BigTIFF; TIFF Technical Notes 1 and 2 (SubIFDs, JPEG); the layouts of whole-slide
//! scanners as `slide` lists them.

mod chain;
mod coding;
mod entry;
mod fate;
mod fax;
mod frame;
mod geometry;
mod gone;
mod jpeg;
mod jpeg2000;
mod layout;
mod page;
mod part;
pub(super) mod picture;
mod rule;
mod samples;
mod slide;
mod text;
mod walk;
mod webp;

use super::Options;
use super::operation::{Operation, broken};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use entry::Form;
use fate::Fate;
use layout::Layout;
use page::{Page, Shared};
use std::ops::Range;

/// Bytes of a gap that are looked at: one with nothing but zeros in it is alignment.
const LOOKED: u64 = 64 * 1024;

/// Plans the cleaning of a TIFF picture.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    let (form, first) = Form::read(&mut operation.reader)?;
    let directories = chain::read(&mut operation, form, first)?;
    let fates = chain::fates(&mut operation, form, &directories)?;
    let header = 0..form.header_size();
    let mut shared = Shared { claimed: vec![header], ..Shared::default() };
    for directory in &directories {
        shared.starts.push(directory.range.start);
        shared.barred.push(directory.range.clone());
        shared.claimed.push(directory.range.clone());
        let values = directory.entries.iter().chain(&directory.repeated).filter(|entry| !entry.is_inline());
        shared.claimed.extend(values.filter_map(|entry| entry.value.clone()));
    }
    let mut pages = Vec::new();
    for (index, (directory, fate)) in directories.iter().zip(&fates).enumerate() {
        match fate {
            Fate::Stays => pages.push(Page::read(&mut operation, form, index, directory, &mut shared)?),
            Fate::Goes(code, label) => {
                let part = gone::part(index, "directory");
                operation.found_as(*code, label, &part, directory.range.clone(), Action::Remove);
                let texts =
                    directory.entries.iter().filter(|entry| matches!(entry.kind, 1 | 2 | 7) && !entry.is_inline());
                shared.barred.extend(texts.filter_map(|entry| entry.value.clone()));
                chain::claim(&mut operation, form, directory, &mut shared.claimed)?;
            }
        }
    }
    let (Some(width), Some(height)) = (pages.first().map(|page| page.width), pages.first().map(|page| page.height))
    else {
        return Err(broken("there is no picture in this TIFF file"));
    };
    let layout = Layout::of(&pages, &shared.pieces)?;
    layout.bar(&mut shared.barred)?;
    layout.lay(&mut operation, form, &pages, &shared.pieces)?;
    shared.claimed.extend(layout.ranges());
    gaps(&mut operation, shared.claimed)?;
    let format = if form.big { Format::BigTiff } else { Format::Tiff };
    Ok(operation.close(format, width as u32, height as u32))
}

/// Tells of the bytes that belong to nothing.
fn gaps(operation: &mut Operation<'_>, mut claimed: Vec<Range<u64>>) -> Result<(), Refusal> {
    let file = operation.reader.length();
    claimed.sort_unstable_by_key(|range| range.start);
    let mut at = 0;
    for range in claimed {
        if range.start > at {
            gap(operation, at..range.start, Code::Junk, "between the parts")?;
        }
        at = at.max(range.end);
    }
    if at < file {
        gap(operation, at..file, Code::Trailer, "trailer")?;
    }
    Ok(())
}

fn gap(operation: &mut Operation<'_>, range: Range<u64>, code: Code, part: &str) -> Result<(), Refusal> {
    let length = range.end - range.start;
    let empty = length <= LOOKED && operation.reader.read(range.clone(), LOOKED)?.iter().all(|byte| *byte == 0);
    if !empty {
        operation.found(code, part, range, Action::Remove);
    }
    Ok(())
}

/// Camera raw data under the name of TIFF.
fn raw() -> Refusal {
    Refusal {
        code: "unsupported",
        what: "this is a camera's raw picture, which is not cleaned here".to_owned(),
        advice: "Develop it in the camera's own program or another one, save it as JPEG or TIFF, and run scrubs on that.",
    }
}
