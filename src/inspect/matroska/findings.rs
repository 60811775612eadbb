//! What a Matroska file holds beside its tracks, in the words of people.
//!
//! RFC 9559 section 5.1; DateUTC counts nanoseconds from 2001.

use super::{Element, element};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::bytes::Bytes;
use crate::inspect::{Discovery, Trouble};
use crate::place::Place;
use crate::recording::Identifier;

/// The most elements that are gone into.
const MOST: usize = 200_000;

/// What elements are.
fn named(id: u64) -> Option<(Code, &'static str)> {
    Some(match id {
        0x7ba9 => (Code::TagText, "title"),
        0x4461 => (Code::Time, "time of recording"),
        0x4d80 | 0x5741 => (Code::TagDevice, "program"),
        0x73a4 => (Code::TagText, "unique identifier of the recording"),
        0x7384 | 0x3c_83ab | 0x3e_83bb => (Code::FilePath, "name of a file"),
        0x536e => (Code::ItemName, "name of a track"),
        0x25_8688 => (Code::TagDevice, "name of a codec"),
        0x1254_c367 => (Code::TagText, "tags"),
        0x1941_a469 => (Code::Attachment, "attached files"),
        0x1043_a770 => (Code::Marker, "chapters"),
        _ => return None,
    })
}

/// Lists what a Matroska file holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let end = bytes.len();
    let first = element(&mut bytes, 0, end)?.filter(|e| e.id == 0x1a45_dfa3);
    let mut at = first.ok_or(Trouble::Damaged("the file does not begin as a Matroska file does"))?.body.end;
    let mut left = MOST;
    while let Some(segment) = element(&mut bytes, at, end)?.filter(|e| e.id == 0x1853_8067) {
        level(&mut bytes, &segment, 0, &mut left, out)?;
        at = segment.body.end;
    }
    if at < end {
        out.push(Finding::new(Code::Trailer, Place::bytes("trailer", at, end - at), Action::Remove));
    }
    Ok(())
}

fn level(
    bytes: &mut Bytes<'_>,
    parent: &Element,
    depth: usize,
    left: &mut usize,
    out: &mut Discovery,
) -> Result<(), Trouble> {
    let mut at = parent.body.start;
    while let Some(child) = element(bytes, at, parent.body.end)? {
        *left = left.saturating_sub(1);
        if *left == 0 || depth > 4 {
            return Ok(());
        }
        at = child.body.end;
        let place = Place::bytes("Matroska", child.start, child.body.end - child.start);
        if let Some((code, label)) = named(child.id) {
            let text = bytes.copy(child.body.clone(), 4096)?;
            if text.iter().all(|b| *b == 0) {
                continue;
            }
            if child.id == 0x4461
                && let Some(time) = text.get(..8).and_then(|b| b.try_into().ok()).map(i64::from_be_bytes)
            {
                out.made_in((2001 + time / 1_000_000_000 / 31_556_952).clamp(0, 3000) as u16);
            }
            let action = if code == Code::TagDevice { Action::Replace } else { Action::Remove };
            out.push_with(Finding::new(code, place, action).labelled(label), Identifier::new(text));
            continue;
        }
        match child.id {
            0x1549_a966 | 0x1654_ae6b | 0xae => level(bytes, &child, depth + 1, left, out)?,
            0x83 => out.both |= bytes.copy(child.body.clone(), 8)?.last() == Some(&2),
            0xe0 => size(bytes, &child, out)?,
            0xec if !blank(bytes, &child)? => {
                out.push(Finding::new(Code::HiddenBytes, place, Action::Remove).labelled("bytes in a blank element"));
            }
            // A cluster without a length is gone through like its parent.
            0x1f43_b675 if !child.sized => at = child.body.start,
            _ => {}
        }
    }
    Ok(())
}

fn size(bytes: &mut Bytes<'_>, video: &Element, out: &mut Discovery) -> Result<(), Trouble> {
    let (mut at, mut sides) = (video.body.start, [0u32; 2]);
    while let Some(child) = element(bytes, at, video.body.end)? {
        let number = bytes.copy(child.body.clone(), 4)?.iter().fold(0, |n, b| n << 8 | u32::from(*b));
        match child.id {
            0xb0 => sides[0] = number,
            0xba => sides[1] = number,
            _ => {}
        }
        at = child.body.end;
    }
    out.size = out.size.or(Some((sides[0], sides[1])));
    Ok(())
}

fn blank(bytes: &mut Bytes<'_>, element: &Element) -> Result<bool, Trouble> {
    let mut blank = true;
    bytes.each(element.body.clone(), |part| {
        blank &= part.iter().all(|b| *b == 0);
        Ok(())
    })?;
    Ok(blank)
}

/// The year in which the recording says it was made.
pub(in crate::inspect) fn year(source: &dyn Source) -> Result<Option<u16>, Trouble> {
    let mut out = Discovery::default();
    discover(source, &mut out)?;
    Ok(out.year)
}
