//! The proof of a bitmap: headers whose reserved fields are zero, masks, palette, pixels, a neutral profile, no more.
//!
//! Microsoft's BITMAPV5HEADER: which field is read for which bV5CSType, and which must be zero.

use super::samples::{are_idle_bits_plain, colours as pointed_to, is_padding_blank, same};
use super::{EMBEDDED, FILE_HEADER, FINEST, LINKED, Layout, layout};
use crate::finding::{Action, Code, Finding};
use crate::inspect::bytes::Bytes;
use crate::inspect::jpeg::cleared::colours;
use crate::inspect::little::le32;
use crate::inspect::residue::Haystack;
use crate::inspect::{Evidence, Left, Trouble, icc};
use crate::place::Place;
use std::ops::Range;

/// Proves an output; the number is how many bytes of samples were compared.
pub(in crate::inspect) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let (mut left, mut hay) = (Left::default(), Haystack::default());
    let after = layout(&mut output)?;
    header(&after, output.len(), &mut left);
    account(&mut output, &after, &mut left)?;
    if let Some((false, range)) = &after.profile {
        let profile = output.copy(range.clone(), icc::LONGEST)?;
        colours(&profile, "BMP profile", &mut left, &mut hay)?;
    }
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    let before = layout(&mut original)?;
    same_meaning(&mut original, &before, &mut output, &after)?;
    same((&mut original, &before), (&mut output, &after))
}

/// Every field of the headers that decoding does not read is zero.
fn header(layout: &Layout, length: u64, left: &mut Left) {
    let mut zero = |range: Range<usize>, what: &str| {
        if layout.head.get(range.clone()).is_some_and(|b| b.iter().any(|b| *b != 0)) {
            left.note(what, Place::bytes("header", range.start as u64, range.len() as u64));
        }
    };
    zero(6..10, "reserved fields of the header");
    if layout.is_os2() {
        zero(54.min(layout.head.len())..layout.head.len(), "fields of the header that nothing reads");
    }
    let space = layout.space();
    if space.is_some_and(|s| s != 0) {
        zero(74..122, "colours of the header that nothing reads");
    }
    if layout.header() >= 52 && layout.masks.is_none() {
        zero(54..70.min(layout.head.len()), "masks that nothing reads");
    }
    if layout.header() == 124 {
        zero(134..138, "reserved fields of the header");
        if layout.profile.is_none() {
            zero(126..134, "place of a colour profile that is not there");
        }
    }
    let mut wrong = |is: bool, what: &str, at: u64| {
        if is {
            left.note(what, Place::bytes("header", at, 4));
        }
    };
    wrong(u64::from(layout.number(2)) != length, "a length of the file that is not its length", 2);
    let planes = layout.number(if layout.header() == 12 { 22 } else { 26 }) & 0xffff;
    wrong(planes != 1, "a number of planes that is not one", 26);
    let finest = layout.header() > 12 && layout.number(38).max(layout.number(42)) > FINEST;
    wrong(finest, "a resolution that is none", 38);
    wrong(layout.profile.as_ref().is_some_and(|p| p.0) || space == Some(LINKED), "path of a file", 126);
    let intents = [0, 1, 2, 4, 8];
    wrong(layout.header() == 124 && !intents.contains(&layout.number(122)), "a rendering intent on no list", 122);
    let spaces = [0, EMBEDDED, 0x7352_4742, 0x5769_6e20];
    wrong(space.is_some_and(|s| !spaces.contains(&s)), "a colour space on no list", 70);
    if layout.header() > 12 {
        let size = layout.pixels.end - layout.pixels.start;
        let stated = u64::from(layout.number(34));
        // Where the file ends before its rows, their length in full says nothing that the headers do not.
        let full = layout.row.1.saturating_mul(u64::from(layout.height));
        wrong(stated != 0 && stated != size && stated != full, "a length of the pixels that is not theirs", 34);
        let entries = (layout.palette.end - layout.palette.start) / layout.entry;
        let used = u64::from(layout.number(46));
        wrong(used != 0 && used != entries, "a palette that no pixel can point to", 46);
        wrong(u64::from(layout.number(50)) > entries, "a number of important colours without colours", 50);
    }
}

/// Headers, masks, palette, pixels and profile tile the file; between them there are zeros at most.
fn account(bytes: &mut Bytes<'_>, layout: &Layout, left: &mut Left) -> Result<(), Trouble> {
    let headers = 0..FILE_HEADER + layout.header();
    let mut claims = vec![headers, layout.masks_behind.clone(), layout.palette.clone(), layout.pixels.clone()];
    claims.extend(layout.profile.iter().map(|p| p.1.clone()));
    claims.sort_by_key(|r| r.start);
    let mut at = 0;
    for claim in claims {
        if claim.is_empty() {
            continue;
        }
        if claim.start < at {
            return Err(Trouble::Unaccounted("parts that lie over one another", Place::bytes("BMP", claim.start, 0)));
        }
        if !is_blank(bytes, at..claim.start)? {
            let place = Place::bytes("BMP", at, claim.start - at);
            return Err(Trouble::Unaccounted("bytes between the parts", place));
        }
        at = claim.end;
    }
    if at < bytes.len() {
        left.note("data behind the picture", Place::bytes("trailer", at, bytes.len() - at));
    }
    if layout.entry == 4 {
        let palette = bytes.copy(layout.palette.clone(), 1024)?;
        if palette.chunks_exact(4).any(|c| c[3] != 0) {
            let place = Place::bytes("palette", layout.palette.start, palette.len() as u64);
            left.note("reserved bytes of the palette", place);
        }
    }
    if layout.pads > 0 || !is_padding_blank(bytes, layout)? {
        let place = Place::bytes("pixels", layout.pixels.start, layout.pixels.end - layout.pixels.start);
        left.note("bytes that pad the rows", place);
    }
    if !are_idle_bits_plain(bytes, layout)? {
        let place = Place::bytes("pixels", layout.pixels.start, layout.pixels.end - layout.pixels.start);
        left.note("bits of pixels that no colour uses", place);
    }
    Ok(())
}

pub(super) fn is_blank(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<bool, Trouble> {
    let mut blank = true;
    bytes.each(range, |part| {
        blank &= part.iter().all(|b| *b == 0);
        Ok(())
    })?;
    Ok(blank)
}

/// What the samples mean: size, depth, masks, palette, resolution and colours.
fn same_meaning(
    original: &mut Bytes<'_>,
    before: &Layout,
    output: &mut Bytes<'_>,
    after: &Layout,
) -> Result<(), Trouble> {
    let alike = before.shape == after.shape
        && before.coding == after.coding
        && before.masks == after.masks
        && before.resolution() == after.resolution();
    if !alike {
        return Err(Trouble::SamplesChanged);
    }
    same_palette((&mut *original, before), (&mut *output, after))?;
    let calibrated = before.space() == Some(0) && before.head.get(74..122).is_some_and(are_colours);
    if calibrated && before.head.get(74..122) != after.head.get(74..122) {
        return Err(Trouble::SamplesChanged);
    }
    if after.space() == Some(0) && !calibrated && after.head[74..122].iter().any(|b| *b != 0) {
        return Err(Trouble::SamplesChanged);
    }
    let Some((false, range)) = &before.profile else { return Ok(()) };
    let sound = icc::account(&original.copy(range.clone(), icc::LONGEST)?).fault.is_none();
    if sound && after.profile.is_none() { Err(Trouble::SamplesChanged) } else { Ok(()) }
}

/// Whether these are coordinates of three colours (2.30, each up to 1) and three gammas (16.16, up to 16), not all zero.
fn are_colours(bytes: &[u8]) -> bool {
    let sound = |(i, b): (usize, &[u8])| le32(b, 0).is_some_and(|n| n <= if i < 9 { 1 << 30 } else { 16 << 16 });
    bytes.iter().any(|b| *b != 0) && bytes.chunks_exact(4).enumerate().all(sound)
}

/// Colours that samples point to are the same; the others are zero, since a palette can hold a page of text.
fn same_palette(original: (&mut Bytes<'_>, &Layout), output: (&mut Bytes<'_>, &Layout)) -> Result<(), Trouble> {
    let colours = |(bytes, layout): (&mut Bytes<'_>, &Layout)| {
        let palette = bytes.copy(layout.palette.clone(), 1024)?;
        let entries = palette.chunks_exact(layout.entry as usize);
        Ok::<_, Trouble>(entries.map(|c| [c[0], c[1], c[2]]).collect::<Vec<_>>())
    };
    let (bytes, after) = output;
    let used = pointed_to(bytes, after)?;
    let (old, new) = (colours(original)?, colours((&mut *bytes, after))?);
    for (i, used) in used.iter().enumerate() {
        let at = |colours: &[[u8; 3]]| colours.get(i).copied().unwrap_or_default();
        let (old, new) = (at(&old), at(&new));
        if old == new && (*used || new == [0; 3]) || (!used && new == [0; 3]) {
            continue;
        }
        if *used || old != new {
            return Err(Trouble::SamplesChanged);
        }
        let place = Place::bytes("palette", after.palette.start, after.palette.end - after.palette.start);
        let left = Finding::new(Code::Residue, place, Action::Look).labelled("colours that no sample points to");
        return Err(Trouble::Residue(vec![left]));
    }
    Ok(())
}
