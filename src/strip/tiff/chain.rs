//! The chain of directories, and which of them are pages: those stay, in their order; previews, thumbnails and what is
//! no picture go.
//!
//! TIFF 6.0, sections 2 (chain) and 8 (NewSubfileType); Exif 3.0, 4.5.8 (thumbnails).

use super::entry::{Directory, Form};
use super::fate::{Face, Fate};
use super::slide;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::{Operation, broken};
use std::collections::HashSet;
use std::ops::Range;

/// Pages of one file. Long scans have some hundreds, stacks of a microscope some thousands.
const PAGES: usize = 10_000;
/// Entries of all directories together: directories may lie over one another, so that a small file has many.
const ENTRIES: usize = 400_000;
/// Strips of a directory that goes, whose places are noted for the report.
const NOTED: usize = 4_096;

/// Reads the chain of directories. A chain that runs in a circle or out of the file ends there, as it does for readers.
pub(super) fn read(operation: &mut Operation<'_>, form: Form, first: u64) -> Result<Vec<Directory>, Refusal> {
    let (mut directories, mut entries) = (Vec::new(), 0);
    let mut seen = HashSet::new();
    let mut at = first;
    while at != 0 {
        if directories.len() >= PAGES {
            return Err(Refusal::too_large("the TIFF file has more pages than any real one"));
        }
        let read = if seen.insert(at) { Directory::read(&mut operation.reader, form, at)? } else { None };
        let Some(directory) = read else {
            if directories.is_empty() {
                return Err(Refusal::truncated("the description of the picture lies outside the file"));
            }
            let label = "chain of pages that leads nowhere";
            operation.found_as(Code::Junk, label, "directory", at..at, Action::Remove);
            break;
        };
        at = directory.next;
        entries += directory.entries.len() + directory.repeated.len();
        if entries > ENTRIES {
            return Err(Refusal::too_large("the TIFF file has more entries than any real one"));
        }
        directories.push(directory);
    }
    match directories.is_empty() {
        true => Err(broken("there is no picture in this TIFF file")),
        false => Ok(directories),
    }
}

/// Decides for each directory whether it stays.
///
/// # Errors
/// Camera raw data, and slides whose maker is not known.
pub(super) fn fates(
    operation: &mut Operation<'_>,
    form: Form,
    directories: &[Directory],
) -> Result<Vec<Fate>, Refusal> {
    let mut faces = Vec::with_capacity(directories.len());
    for directory in directories {
        let photometric = directory.number(&mut operation.reader, form, 262)?;
        if directory.find(50706).is_some() || matches!(photometric, Some(32803 | 34892)) {
            return Err(super::raw());
        }
        faces.push(Face::read(operation, form, directory)?);
    }
    if let Some(fates) = slide::fates(operation, form, directories, &faces)? {
        return Ok(fates);
    }
    stack(operation, directories)?;
    let Some(first) = faces.iter().position(|face| face.pictured) else {
        return Err(broken("there is no picture in this TIFF file"));
    };
    let tiled = faces[first].tiled;
    let photograph = directories[first].find(34665).is_some() || directories[first].find(271).is_some();
    let fate = |(index, face): (usize, &Face)| match face {
        _ if index == first => Fate::Stays,
        // A viewer of large pictures goes by the levels, which are tiled as the picture is. A transparency mask is how the
        // page before it is shown.
        Face { pictured: true, reduced: true, tiled: levels, .. } if !(tiled && *levels) => {
            let label = format!("embedded preview {}×{}", face.width, face.height);
            Fate::Goes(Code::Preview, label)
        }
        Face { thumbnail: true, .. } => Fate::Goes(Code::Thumbnail, Code::Thumbnail.label().to_owned()),
        Face { pictured: true, .. } if photograph && face.is_small_copy_of(&faces[first]) => {
            let label = format!("embedded thumbnail {}×{}", face.width, face.height);
            Fate::Goes(Code::Thumbnail, label)
        }
        Face { pictured: true, .. } => Fate::Stays,
        _ if directories[index].find(513).is_some() => Fate::Goes(Code::Thumbnail, Code::Thumbnail.label().to_owned()),
        _ => Fate::Goes(Code::Junk, "directory without a picture".to_owned()),
    };
    Ok(faces.iter().enumerate().map(fate).collect())
}

/// Refuses the stacks that ImageJ and MetaMorph keep under one directory: their further planes would be lost.
fn stack(operation: &mut Operation<'_>, directories: &[Directory]) -> Result<(), Refusal> {
    let [only] = directories else { return Ok(()) };
    let text = slide::text(operation, only, 270, 1 << 16)?;
    let planes = text.strip_prefix("imagej=").and_then(|text| text.split("images=").nth(1));
    let planes = planes.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    let many = planes.is_some_and(|digits| digits.parse::<u64>().is_ok_and(|planes| planes > 1));
    let frames = only.find(33629).is_some_and(|entry| entry.count > 1);
    if many || frames {
        return Err(Refusal {
            code: "not-understood",
            what: "the file holds a stack of pictures but describes only the first".to_owned(),
            advice: "Open it in ImageJ or Fiji and save the pictures one by one, or the stack under 4 GB, then run scrubs again.",
        });
    }
    Ok(())
}

/// Notes what belongs to a directory that goes.
pub(super) fn claim(
    operation: &mut Operation<'_>,
    form: Form,
    directory: &Directory,
    claimed: &mut Vec<Range<u64>>,
) -> Result<(), Refusal> {
    let file = operation.reader.length();
    for (offsets, counts) in [(273, 279), (324, 325), (513, 514)] {
        let (Some(at), Some(long)) = (directory.find(offsets), directory.find(counts)) else { continue };
        let starts = at.numbers(&mut operation.reader, form, 1 << 16)?.unwrap_or_default();
        let lengths = long.numbers(&mut operation.reader, form, 1 << 16)?.unwrap_or_default();
        let ranges = starts.iter().zip(&lengths).take(NOTED);
        claimed.extend(ranges.map(|(start, length)| *start..start.saturating_add(*length)).filter(|r| r.end <= file));
    }
    Ok(())
}
