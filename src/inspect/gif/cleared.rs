//! The proof of a GIF: header, tables, graphic controls before images, images whose data ends, a count of repetitions.
//!
//! GIF89a sections 18 to 27; the looping extension has a sub-block of three bytes and no more.

use super::frames::{Ending, Shown, ending, repeats, shown};
use super::{Part, Screen, Walk, content, data};
use crate::finding::{Action, Code, Finding};
use crate::inspect::bytes::{Bytes, compare, total};
use crate::inspect::lzw::State;
use crate::inspect::residue::Haystack;
use crate::inspect::stream::Stream;
use crate::inspect::{Evidence, Left, Trouble, exif};
use crate::place::Place;
use std::io::BufReader;
use std::ops::Range;

/// Proves an output; the number is how many bytes of samples were compared.
pub(in crate::inspect) fn witness(evidence: &Evidence<'_>) -> Result<u64, Trouble> {
    let (mut original, mut output) = (Bytes::new(evidence.original), Bytes::new(evidence.output));
    let (mut left, mut hay) = (Left::default(), Haystack::default());
    account(&mut output, &mut left, &mut hay)?;
    let after = shown(&mut output)?;
    second_opinion(evidence, &after, &mut left);
    if hay.survivor(&mut original, evidence.dropped)?.is_some() {
        left.note("a string that was removed", Place::Whole {});
    }
    left.none()?;
    let before = shown(&mut original)?;
    same(&mut original, &before, &mut output, &after)
}

/// Accounts for every byte.
fn account(bytes: &mut Bytes<'_>, left: &mut Left, hay: &mut Haystack) -> Result<(), Trouble> {
    let mut walk = Walk::new(bytes)?;
    let (mut control, mut frames) = (None, 0);
    let screen = walk.screen;
    if screen.packed & 0x80 == 0 && (screen.packed & 7 != 0 || screen.background != 0) {
        left.note("a background without colours", Place::bytes("GIF", 10, 2));
    }
    while let Some(part) = walk.next(bytes)? {
        let place = |r: &Range<u64>| Place::bytes("GIF", r.start, r.end - r.start);
        if let Some(range) = control.take_if(|_| !matches!(part, Part::Image { .. })) {
            left.note("a graphic control without an image", place(&range));
        }
        match part {
            Part::Extension { label: 0xf9, range, blocks } => {
                let all = bytes.copy(blocks.clone(), 8)?;
                let plain = matches!(all[..], [4, packed, _, _, colour]
                    if packed & 0xe0 == 0 && (packed & 1 == 1 || colour == 0));
                if blocks.end - blocks.start != 5 || !plain {
                    left.note("more than a graphic control", place(&range));
                }
                control = Some(range);
            }
            Part::Extension { label: 0xff, range, blocks } => {
                let counted = repeats(bytes, &blocks)?.is_some() && blocks.end - blocks.start == 16;
                let length = bytes.get(blocks.start + 12, 1)?.map(|b| b[0]);
                if !counted || length != Some(3) {
                    left.note("application data", place(&range));
                }
            }
            Part::Extension { label, range, blocks } => {
                let what = if label == 0xfe { "comment" } else { "an extension on no list" };
                left.note(what, place(&range));
                hay.add(&content(bytes, &blocks, 1 << 16)?)?;
            }
            Part::Image { range, descriptor, blocks, .. } => {
                frames += 1;
                control = None;
                let unread = if descriptor[8] & 0x80 == 0 { 0xbf } else { 0x18 };
                if descriptor[8] & unread != 0 {
                    left.note("reserved bits of an image", place(&range));
                }
                if blocks.end == range.end {
                    return Err(Trouble::Damaged("the picture has no end"));
                }
            }
            Part::End(_) => {}
            Part::Junk(range) | Part::Broken(range) => {
                return Err(Trouble::Unaccounted("bytes between the blocks", place(&range)));
            }
            Part::Behind(range) => {
                left.note("data behind the picture", Place::bytes("trailer", range.start, range.end - range.start));
            }
        }
    }
    if !walk.ended() || frames == 0 {
        return Err(Trouble::Damaged("the picture has no end"));
    }
    Ok(())
}

/// Compares all that is shown, and proves that the data of each image ends where its sub-blocks do.
fn same(original: &mut Bytes<'_>, before: &Shown, output: &mut Bytes<'_>, after: &Shown) -> Result<u64, Trouble> {
    let mut compared = 0;
    let repeated = after.loops.iter().all(|l| Some(l) == before.loops.first() || Some(l) == before.loops.last());
    let counted = before.loops.is_empty() == after.loops.is_empty() && repeated;
    if shape(before) != shape(after) || !counted || before.frames.len() != after.frames.len() {
        return Err(Trouble::SamplesChanged);
    }
    if after.loops.len() > 2 {
        return Err(Trouble::Unaccounted("more than one count of repetitions", Place::bytes("GIF", 0, 0)));
    }
    // Viewers that find no background fall back to the first colour.
    let mut colours = [false; 256];
    (colours[0], colours[usize::from(after.screen.background)]) = (true, true);
    for (old, new) in before.frames.iter().zip(&after.frames) {
        if old.descriptor != new.descriptor || old.bits != new.bits || old.control != new.control {
            return Err(Trouble::SamplesChanged);
        }
        let (before, after) = (data(original, &old.blocks)?, data(output, &new.blocks)?);
        let ours = ending(output, new)?;
        // Data of the same bytes comes to the same end, and need not be followed twice.
        let alike = compare((&mut *output, &after), (&mut *original, &before))?;
        let theirs = if alike { ours } else { ending(original, old)? };
        ended(&ours, &theirs, new.blocks.clone())?;
        let mut own = ours.colours;
        new.transparent().into_iter().for_each(|colour| own[usize::from(colour)] = true);
        if new.table.is_empty() {
            colours.iter_mut().zip(own).for_each(|(all, own)| *all |= own);
        }
        own[0] = true;
        compared += same_table((&mut *original, &old.table), (&mut *output, &new.table), &own)?;
        same_data((&mut *original, &before), (&mut *output, &after), theirs.bits)?;
        compared += total(&after);
    }
    Ok(compared + same_table((original, &before.table), (output, &after.table), &colours)?)
}

/// What is read of the screen: not the sort flag, not the colour resolution of the display that it was made on, and
/// without a table neither its size nor the background.
fn shape(shown: &Shown) -> Screen {
    let tabled = shown.screen.packed & 0x80 != 0;
    let packed = if tabled { shown.screen.packed & 0x87 } else { 0 };
    Screen { packed, background: if tabled { shown.screen.background } else { 0 }, ..shown.screen }
}

/// Whether nothing stands behind the end of an image's data, and none of its data is missing.
fn ended(ours: &Ending, theirs: &Ending, blocks: Range<u64>) -> Result<(), Trouble> {
    let place = Place::bytes("image data", blocks.start, blocks.end - blocks.start);
    match ours.state {
        State::Broken => return Err(Trouble::Damaged("a code that cannot be in the compressed picture")),
        // Zeros that fill up the last byte read as the first colour.
        State::Over if ours.taken == ours.length && ours.rest.0 < 8 && !ours.rest.1 => {}
        State::Over => return Err(Trouble::Unaccounted("samples behind the picture", place)),
        State::Ended if ours.taken != ours.length || ours.rest.1 => {
            return Err(Trouble::Unaccounted("bytes after the compressed picture", place));
        }
        _ => {}
    }
    // A stream that is cut off before its end code is so only where the samples are all there, or where the original's
    // is or goes on with a code that cannot be.
    if ours.state == State::Open && !ours.full && ours.bits < theirs.bits {
        return Err(Trouble::SamplesChanged);
    }
    Ok(())
}

/// A file, and a range or ranges of it.
type Of<'a, 'b, R> = (&'a mut Bytes<'b>, &'a R);

/// Colours that samples point to are the same; the others are zero, since 768 bytes can hold a page of text.
fn same_table(
    before: Of<'_, '_, Range<u64>>,
    after: Of<'_, '_, Range<u64>>,
    used: &[bool; 256],
) -> Result<u64, Trouble> {
    let (old, new) = (before.0.copy(before.1.clone(), 768)?, after.0.copy(after.1.clone(), 768)?);
    let changed = || Err(Trouble::SamplesChanged);
    if old.len() != new.len() {
        return changed();
    }
    for ((old, new), used) in old.chunks_exact(3).zip(new.chunks_exact(3)).zip(used) {
        if new == [0; 3] && !*used {
            continue;
        }
        if old != new {
            return changed();
        }
        if !*used {
            let place = Place::bytes("colour table", after.1.start, new.len() as u64);
            let left = Finding::new(Code::Residue, place, Action::Look).labelled("colours that no sample points to");
            return Err(Trouble::Residue(vec![left]));
        }
    }
    Ok(new.len() as u64)
}

/// The data is the original's up to its end, the bit `bits`; what fills its last byte up may have been blanked.
fn same_data(
    before: Of<'_, '_, Vec<Range<u64>>>,
    after: Of<'_, '_, Vec<Range<u64>>>,
    bits: u64,
) -> Result<(), Trouble> {
    let length = total(after.1);
    let (Some(whole), true) = (length.checked_sub(1), length <= total(before.1)) else {
        return if length == 0 { Ok(()) } else { Err(Trouble::SamplesChanged) };
    };
    let mut same = compare((&mut *after.0, &first(after.1, whole)), (&mut *before.0, &first(before.1, whole)))?;
    let last = |(bytes, ranges): Of<'_, '_, Vec<Range<u64>>>| {
        let at = first(ranges, length).into_iter().rfind(|range| !range.is_empty()).map_or(0, |range| range.end - 1);
        bytes.copy(at..at + 1, 1)
    };
    let (old, new) = (last(before)?, last(after)?);
    if let ([old], [new]) = (&old[..], &new[..]) {
        let unread = 0xff_u8.checked_shl(bits.saturating_sub(whole * 8).min(8) as u32).unwrap_or(0);
        same &= old == new || (old & !unread == *new && unread != 0xff);
    }
    if same { Ok(()) } else { Err(Trouble::SamplesChanged) }
}

/// The first `length` bytes of a list of ranges.
fn first(ranges: &[Range<u64>], mut length: u64) -> Vec<Range<u64>> {
    let mut out = Vec::new();
    for range in ranges {
        let n = length.min(range.end - range.start);
        out.push(range.start..range.start + n);
        length -= n;
    }
    out
}

/// The gif crate must see the same frames, timing and repetitions, and no XMP or profile.
fn second_opinion(evidence: &Evidence<'_>, own: &Shown, left: &mut Left) {
    let seen = exif::quietly(|| {
        let mut options = ::gif::DecodeOptions::new();
        options.skip_frame_decoding(true);
        let budget = evidence.output.len().saturating_add(1 << 16);
        let reader = BufReader::new(Stream::new(evidence.output, budget));
        let mut theirs = options.read_info(reader).ok()?;
        let mut frames = 0;
        while let Some(frame) = theirs.next_frame_info().ok()? {
            let mine = own.frames.get(frames)?;
            let number = |at: usize| u16::from_le_bytes([mine.descriptor[at], mine.descriptor[at + 1]]);
            let (_, delay, colour) = mine.control.unwrap_or((0, [0, 0], None));
            let same = (frame.left, frame.top, frame.width, frame.height)
                == (number(0), number(2), number(4), number(6))
                && frame.delay == u16::from_le_bytes(delay)
                && frame.transparent == colour;
            if !same {
                return None;
            }
            frames += 1;
        }
        let plain = theirs.xmp_metadata().is_none() && theirs.icc_profile().is_none();
        let sized = (theirs.width(), theirs.height()) == (own.screen.width, own.screen.height);
        (plain && sized && frames == own.frames.len()).then_some(())
    });
    if seen.is_none() {
        left.note("blocks that another reader sees otherwise", Place::bytes("GIF", 0, evidence.output.len()));
    }
}
