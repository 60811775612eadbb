//! Image sequences: the tracks of a `moov` box.
//!
//! ISO/IEC 14496-12 sections 8.2 to 8.8; ISO/IEC 23008-12 section 7.

use super::cleared::{Output, unaccounted};
use crate::finding::{Action, Code, Finding};
use crate::inspect::boxes::Box4;
use crate::inspect::bytes::Bytes;
use crate::inspect::{Discovery, Trouble};
use crate::place::Place;

/// The tracks of a file.
#[derive(Debug)]
pub(super) struct Film;

pub(super) fn read(_bytes: &mut Bytes<'_>, boxes: &[Box4], _output: &mut Output) -> Result<Option<Film>, Trouble> {
    match boxes.iter().find(|b| &b.kind == b"moov") {
        Some(found) => Err(unaccounted("an image sequence", found.range.clone())),
        None => Ok(None),
    }
}

pub(super) fn same(
    _original: (&mut Bytes<'_>, &[Box4]),
    _output: (&mut Bytes<'_>, Option<Film>),
) -> Result<(), Trouble> {
    Ok(())
}

pub(super) fn discover(_bytes: &mut Bytes<'_>, found: &Box4, out: &mut Discovery) -> Result<(), Trouble> {
    let place = Place::bytes("moov", found.range.start, found.range.end - found.range.start);
    out.push(Finding::new(Code::Time, place, Action::Replace).labelled("times of an image sequence"));
    Ok(())
}
