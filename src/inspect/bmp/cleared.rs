//! The proof of a bitmap: headers whose reserved fields are zero, masks, palette, pixels, a neutral profile, no more.
//!
//! Microsoft's BITMAPV5HEADER: which field is read for which bV5CSType, and which must be zero.

use super::{Coding, EMBEDDED, FILE_HEADER, LINKED, Layout, layout};
use crate::inspect::bytes::{Bytes, compare};
use crate::inspect::jpeg::cleared::colours;
use crate::inspect::residue::Haystack;
use crate::inspect::{Evidence, Left, Trouble, icc};
use crate::place::Place;
use std::ops::Range;

/// Rows that are compared together.
const ROWS: usize = 4096;

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
    same_samples(&mut original, &before, &mut output, &after)
}

/// Every field of the headers that decoding does not read is zero.
fn header(layout: &Layout, length: u64, left: &mut Left) {
    let mut zero = |range: Range<usize>, what: &str| {
        if layout.head.get(range.clone()).is_some_and(|b| b.iter().any(|b| *b != 0)) {
            left.note(what, Place::bytes("header", range.start as u64, range.len() as u64));
        }
    };
    zero(6..10, "reserved fields of the header");
    if layout.header() == 16 || layout.header() == 64 {
        zero(54..78, "fields of the header that nothing reads");
    }
    let space = layout.space();
    if space.is_some_and(|s| s != 0) {
        zero(74..122, "colours of the header that nothing reads");
    }
    if layout.header() >= 52 && layout.masks.is_none() {
        zero(54..70, "masks that nothing reads");
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
    wrong(layout.number(26) & 0xffff != 1 && layout.header() >= 40, "a number of planes that is not one", 26);
    wrong(layout.profile.as_ref().is_some_and(|p| p.0) || space == Some(LINKED), "path of a file", 126);
    let intents = [0, 1, 2, 4, 8];
    wrong(layout.header() == 124 && !intents.contains(&layout.number(122)), "a rendering intent on no list", 122);
    let spaces = [0, EMBEDDED, 0x7352_4742, 0x5769_6e20];
    wrong(space.is_some_and(|s| !spaces.contains(&s)), "a colour space on no list", 70);
    if layout.header() >= 40 {
        let size = layout.pixels.end - layout.pixels.start;
        let stated = u64::from(layout.number(34));
        wrong(stated != 0 && stated != size, "a length of the pixels that is not theirs", 34);
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

/// Whether the bytes at the end of each row are zero (rows are padded to four bytes).
pub(super) fn is_padding_blank(bytes: &mut Bytes<'_>, layout: &Layout) -> Result<bool, Trouble> {
    let (samples, stride) = layout.row;
    if layout.coding != Coding::Plain || samples == stride {
        return Ok(true);
    }
    let mut at = layout.pixels.start + samples;
    let pad = (stride - samples) as usize;
    while at + pad as u64 <= layout.pixels.end {
        if bytes.get(at, pad)?.is_some_and(|b| b.iter().any(|b| *b != 0)) {
            return Ok(false);
        }
        at += stride;
    }
    Ok(true)
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
    let colours = |bytes: &mut Bytes<'_>, layout: &Layout| {
        let palette = bytes.copy(layout.palette.clone(), 1024)?;
        let entry = layout.entry as usize;
        Ok::<_, Trouble>(palette.chunks_exact(entry).flat_map(|c| c[..3].to_vec()).collect::<Vec<u8>>())
    };
    let (old, new) = (colours(original, before)?, colours(output, after)?);
    if !new.starts_with(&old) || new[old.len()..].iter().any(|b| *b != 0) {
        return Err(Trouble::SamplesChanged);
    }
    let calibrated = before.space() == Some(0) && before.head.get(74..122).is_some_and(|b| b.iter().any(|b| *b != 0));
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

/// Row by row, or run by run; the bytes that pad them are not compared.
fn same_samples(
    original: &mut Bytes<'_>,
    before: &Layout,
    output: &mut Bytes<'_>,
    after: &Layout,
) -> Result<u64, Trouble> {
    let whole = |layout: &Layout| layout.pixels.end - layout.pixels.start;
    let (samples, stride) = after.row;
    if matches!(after.coding, Coding::Runs(_)) {
        return same_runs(original, before, output, after);
    }
    // Where the original lacks rows, the output lacks them too or has zeros in their place.
    if whole(after) < whole(before) {
        return Err(Trouble::SamplesChanged);
    }
    if !is_blank(output, after.pixels.start + whole(before)..after.pixels.end)? {
        return Err(Trouble::SamplesChanged);
    }
    let (samples, stride) = if samples == stride { (1 << 20, 1 << 20) } else { (samples, stride) };
    let (mut at, mut compared) = (0, 0);
    while at < whole(before) {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        while at < whole(before) && old.len() < ROWS {
            let end = (at + samples).min(whole(before));
            old.push(before.pixels.start + at..before.pixels.start + end);
            new.push(after.pixels.start + at..after.pixels.start + end);
            compared += end - at;
            at += stride;
        }
        if !compare((&mut *output, &new), (&mut *original, &old))? {
            return Err(Trouble::SamplesChanged);
        }
    }
    Ok(compared)
}

fn same_runs(
    original: &mut Bytes<'_>,
    before: &Layout,
    output: &mut Bytes<'_>,
    after: &Layout,
) -> Result<u64, Trouble> {
    let Coding::Runs(bits) = after.coding else { return Err(Trouble::SamplesChanged) };
    let length = after.pixels.end - after.pixels.start;
    if length != before.pixels.end - before.pixels.start {
        return Err(Trouble::SamplesChanged);
    }
    if before.pads == 0 {
        let same = compare(
            (&mut *output, std::slice::from_ref(&after.pixels)),
            (&mut *original, std::slice::from_ref(&before.pixels)),
        )?;
        return if same { Ok(length) } else { Err(Trouble::SamplesChanged) };
    }
    let mut at = 0;
    while at + 2 <= length {
        let pair = output.get(after.pixels.start + at, 2)?.map(|b| [b[0], b[1]]).unwrap_or_default();
        let n = match pair {
            [0, 2] => 4,
            [0, n] if n > 2 && bits == 4 => 2 + u64::from(n).div_ceil(2),
            [0, n] if n > 2 => 2 + u64::from(n),
            _ => 2,
        };
        let n = n.min(length - at);
        let new = after.pixels.start + at..after.pixels.start + at + n;
        let old = before.pixels.start + at..before.pixels.start + at + n;
        if !compare((&mut *output, &[new]), (&mut *original, &[old]))? {
            return Err(Trouble::SamplesChanged);
        }
        at += n + n % 2;
    }
    Ok(length)
}
