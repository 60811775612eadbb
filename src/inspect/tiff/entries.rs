//! The entries of an output's directories: each on the list, of a listed type, as long as listed, and the same as before.
//!
//! TIFF 6.0 section 2: values of up to four bytes (eight in BigTIFF) stand in the entry, and the rest of it is zero.

use super::keep::{Count, RULES, rule_of};
use super::page::Page;
use super::{Directory, Entry, Order, size_of};
use crate::inspect::bytes::{Bytes, compare};
use crate::inspect::jpeg::cleared::colours;
use crate::inspect::residue::Haystack;
use crate::inspect::{Left, Trouble, icc};
use crate::place::Place;

const PROFILE: u16 = 34_675;
const TABLES: u16 = 347;
/// NewSubfileType: a smaller copy, one of several pages, a mask.
const KIND: u16 = 254;

/// Notes every entry that may not stand in an output.
pub(super) fn check(
    bytes: &mut Bytes<'_>,
    directory: &Directory,
    page: &Page,
    left: &mut Left,
    hay: &mut Haystack,
) -> Result<(), Trouble> {
    let mut last = None;
    for entry in &directory.entries {
        let place =
            || Place::bytes(format!("tag {}", entry.tag), entry.field.start, entry.field.end - entry.field.start);
        let allowed = rule_of(entry.tag).is_some_and(|r| r.allows(entry.kind, entry.count, page.samples));
        if !allowed || !entry.whole || last >= Some(entry.tag) {
            left.note(super::findings::label_of(entry.tag), place());
        }
        last = Some(entry.tag);
        if entry.is_inline() {
            let rest = bytes.copy(entry.value.end..entry.field.end, 8)?;
            if rest.iter().any(|b| *b != 0) {
                left.note("bytes behind the value of an entry", place());
            }
        }
        if entry.tag == PROFILE && allowed {
            colours(&bytes.copy(entry.value.clone(), icc::LONGEST + 1)?, "ICC profile", left, hay)?;
        }
    }
    if page.surplus || !page.measured {
        let place = Place::bytes("directory", directory.range.start, directory.range.end - directory.range.start);
        left.note("strips or tiles that the picture does not have", place);
    }
    Ok(())
}

/// Whether what decoding and viewing need is the same before and after.
pub(super) fn same(
    (original, old, before): (&mut Bytes<'_>, &Directory, &Page),
    (output, new): (&mut Bytes<'_>, &Directory),
    order: &Order,
) -> Result<bool, Trouble> {
    for entry in &new.entries {
        let Some(rule) = rule_of(entry.tag) else { return Ok(false) };
        if rule.count == Count::Segments || matches!(entry.tag, PROFILE | TABLES) {
            continue;
        }
        let same = match old.get(entry.tag) {
            Some(was) if entry.tag == KIND && loses_bits(original, was, output, entry, order)? => true,
            Some(was) => same_entry(original, was, output, entry, order)?,
            None => is_default(output, entry, rule.default, order)?,
        };
        if !same {
            return Ok(false);
        }
    }
    for rule in RULES.iter().filter(|r| r.needed && new.get(r.tag).is_none()) {
        let Some(was) = old.get(rule.tag) else { continue };
        let sound = was.whole && rule.allows(was.kind, was.count, before.samples);
        if sound && heeded(original, was, before, order)? && !is_default(original, was, rule.default, order)? {
            return Ok(false);
        }
    }
    if let (Some(was), None) = (old.get(PROFILE), new.get(PROFILE)) {
        let profile = original.copy(was.value.clone(), icc::LONGEST + 1)?;
        return Ok(icc::account(&profile).fault.is_some());
    }
    Ok(true)
}

/// Whether a directory says less of what kind it is than before, and nothing else.
fn loses_bits(
    original: &mut Bytes<'_>,
    old: &Entry,
    output: &mut Bytes<'_>,
    new: &Entry,
    order: &Order,
) -> Result<bool, Trouble> {
    let (before, after) = (order.numbers(original, old, 1)?, order.numbers(output, new, 1)?);
    Ok(matches!((&before[..], &after[..]), ([before], [after]) if after & !before == 0))
}

/// Whether a reader heeds an entry: not the colour numbers of another way of writing samples, nor values that cannot be.
fn heeded(bytes: &mut Bytes<'_>, entry: &Entry, page: &Page, order: &Order) -> Result<bool, Trouble> {
    let first = order.numbers(bytes, entry, 1)?.first().copied();
    Ok(match entry.tag {
        274 => matches!(first, Some(1..=8)),
        278 => !page.tiled,
        282 | 283 => !is_nothing(bytes, entry)?,
        292 => page.compression == 3,
        293 => page.compression == 4,
        317 => !matches!(page.compression, 1..=4 | 6 | 7 | 32_773),
        320 => page.photometric() == 3,
        322 | 323 | 32_998 => page.tiled,
        332 | 334 | 336 => page.photometric() == 5,
        529..=531 => page.photometric() == 6,
        532 => matches!(page.photometric(), 2 | 6),
        _ => true,
    })
}

/// A rational number with a zero above or below.
fn is_nothing(bytes: &mut Bytes<'_>, entry: &Entry) -> Result<bool, Trouble> {
    let value = bytes.copy(entry.value.clone(), 8)?;
    Ok(value.len() < 8 || value[..4] == [0; 4] || value[4..] == [0; 4])
}

fn is_default(bytes: &mut Bytes<'_>, entry: &Entry, default: Option<u64>, order: &Order) -> Result<bool, Trouble> {
    let Some(default) = default else { return Ok(false) };
    let numbers = order.numbers(bytes, entry, 65_536)?;
    Ok(!numbers.is_empty() && numbers.iter().all(|n| *n == default))
}

/// Whether two entries hold the same numbers. Where the original's is not as the standard has it, the output's may be
/// shorter or longer by what was put right.
fn same_entry(
    original: &mut Bytes<'_>,
    old: &Entry,
    output: &mut Bytes<'_>,
    new: &Entry,
    order: &Order,
) -> Result<bool, Trouble> {
    let sound = old.whole && rule_of(old.tag).is_some_and(|r| r.kinds.contains(&old.kind));
    if sound && old.kind == new.kind && old.count == new.count {
        let (x, y) = (std::slice::from_ref(&new.value), std::slice::from_ref(&old.value));
        return compare((output, x), (original, y));
    }
    if new.kind == 5 && matches!(old.kind, 3 | 4) && old.count <= 6 {
        // Whole numbers where the standard has fractions: over one, they are the same.
        let over_one: Vec<u64> = order.numbers(original, old, 6)?.into_iter().flat_map(|n| [n, 1]).collect();
        let fractions = output.copy(new.value.clone(), 8 * 6)?;
        return Ok(fractions.chunks(4).map(|bytes| order.number(bytes)).eq(over_one));
    }
    let whole = |kind| matches!(kind, 1 | 3 | 4 | 16);
    if !whole(old.kind) || !whole(new.kind) || size_of(old.kind) == 0 {
        return Ok(false);
    }
    let before = order.numbers(original, old, 3 * 65_536)?;
    let after = order.numbers(output, new, 3 * 65_536)?;
    let n = before.len().min(after.len());
    // The last number is repeated where one was stated for all samples.
    let rest = after.get(n..).unwrap_or_default();
    Ok(n > 0 && before[..n] == after[..n] && rest.iter().all(|m| Some(m) == before.last()))
}
