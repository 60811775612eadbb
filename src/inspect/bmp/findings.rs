//! What a bitmap holds beside its picture, in the words of people.
//!
//! Microsoft's BITMAPFILEHEADER and BITMAPV5HEADER.

use super::cleared::is_blank;
use super::samples::{are_idle_bits_plain, is_padding_blank};
use super::{FILE_HEADER, layout};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::bytes::Bytes;
use crate::inspect::jpeg::findings::colours;
use crate::inspect::{Discovery, Trouble, icc, trailer};
use crate::place::Place;
use crate::recording::Identifier;

/// A bitmap does not say when it was made.
pub(in crate::inspect) fn year(_source: &dyn Source) -> Result<Option<u16>, Trouble> {
    Ok(None)
}

/// Lists what a bitmap holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    let mut bytes = Bytes::new(source);
    let layout = layout(&mut bytes)?;
    out.size = Some((layout.width, layout.height));
    if layout.head[6..10].iter().any(|b| *b != 0) {
        let found = Finding::new(Code::HiddenBytes, Place::bytes("header", 6, 4), Action::Remove);
        out.push(found.labelled("reserved fields of the header"));
    }
    let profile = layout.profile.as_ref().map(|p| p.1.clone());
    match &layout.profile {
        Some((true, range)) => {
            let path = bytes.copy(range.clone(), 256)?;
            let place = Place::bytes("profile", range.start, range.end - range.start);
            out.push_with(Finding::new(Code::FilePath, place, Action::Remove), Identifier::new(path));
        }
        Some((false, range)) => {
            let place = Place::bytes("profile", range.start, range.end - range.start);
            colours(&bytes.copy(range.clone(), icc::LONGEST)?, place, out);
        }
        None => {}
    }
    let palette = bytes.copy(layout.palette.clone(), 1024)?;
    if layout.entry == 4 && palette.chunks_exact(4).any(|c| c[3] != 0) {
        let place = Place::bytes("palette", layout.palette.start, palette.len() as u64);
        out.push(Finding::new(Code::HiddenBytes, place, Action::Remove).labelled("reserved bytes of the palette"));
    }
    let mut claims = vec![0..FILE_HEADER + layout.header(), layout.masks_behind.clone(), layout.palette.clone()];
    claims.push(layout.pixels.clone());
    claims.extend(profile);
    claims.sort_by_key(|r| r.start);
    let mut at = 0;
    for claim in claims {
        if claim.start > at && !is_blank(&mut bytes, at..claim.start)? {
            out.push(Finding::new(Code::Junk, Place::bytes("BMP", at, claim.start - at), Action::Remove));
        }
        at = at.max(claim.end);
    }
    if layout.pads > 0 || !is_padding_blank(&mut bytes, &layout)? {
        let place = Place::bytes("pixels", layout.pixels.start, layout.pixels.end - layout.pixels.start);
        out.push(Finding::new(Code::HiddenBytes, place, Action::Remove).labelled("bytes that pad the rows"));
    }
    if !are_idle_bits_plain(&mut bytes, &layout)? {
        let place = Place::bytes("pixels", layout.pixels.start, layout.pixels.end - layout.pixels.start);
        out.push(Finding::new(Code::HiddenBytes, place, Action::Remove).labelled("bits of pixels that no colour uses"));
    }
    if !layout.complete {
        let place = Place::bytes("pixels", layout.pixels.start, layout.pixels.end - layout.pixels.start);
        out.push(Finding::new(Code::Truncated, place, Action::Look));
    }
    if at < bytes.len() {
        trailer::discover(&mut bytes, at..source.len(), out)?;
    }
    Ok(())
}
