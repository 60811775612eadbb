//! The boxes of a JP2 header, each with the grammar of its content.
//!
//! ISO/IEC 15444-1 I.5.3 (ihdr, bpcc, colr, pclr, cmap, cdef, res); 15444-2 M.11.1 (rreq), M.11.5 to M.11.7 (jpch, jplh).

use crate::inspect::boxes::{Numbers, list};
use crate::inspect::icc;
use std::ops::Range;

/// Boxes that hold others.
const OUTER: &[&[u8; 4]] = &[b"res ", b"cgrp"];

/// How deep boxes may be nested.
const DEEPEST: usize = 3;

/// Whether a header (what is inside `jp2h`, `jpch`, `jplh`, `j2kH`) holds nothing but listed boxes of their grammar.
pub(in crate::inspect) fn is_allowed(content: &[u8]) -> bool {
    leaves(content).is_some_and(|all| all.iter().all(|(kind, range)| is_leaf(kind, &content[range.clone()])))
}

/// A box that holds no others: its type, and where its content lies.
pub(in crate::inspect) type Leaf = ([u8; 4], Range<usize>);

/// The boxes of a header that hold no others; none when they do not fill it.
pub(in crate::inspect) fn leaves(content: &[u8]) -> Option<Vec<Leaf>> {
    let mut out = Vec::new();
    inner(content, 0..content.len(), DEEPEST, &mut out).then_some(out)
}

/// The same as far as they can be read.
pub(super) fn leaves_at_all(content: &[u8]) -> Vec<Leaf> {
    let mut out = Vec::new();
    inner(content, 0..content.len(), DEEPEST, &mut out);
    out
}

fn inner(content: &[u8], range: Range<usize>, depth: usize, out: &mut Vec<Leaf>) -> bool {
    let Ok((boxes, mut whole)) = list(content, range) else { return false };
    if depth == 0 {
        return false;
    }
    for found in boxes {
        let range = found.data.start as usize..found.data.end as usize;
        if OUTER.contains(&&found.kind) {
            whole &= inner(content, range, depth - 1, out);
        } else {
            out.push((found.kind, range));
        }
    }
    whole
}

/// What a viewer heeds of a box of a header, without bytes behind its fields; none where it heeds nothing. `components`
/// is how many the picture has.
pub(super) fn heeded(kind: &[u8; 4], content: &[u8], components: usize) -> Option<Vec<u8>> {
    let count = |at: usize| content.get(at..at + 2).map(|b| usize::from(b[0]) << 8 | usize::from(b[1]));
    let length = match kind {
        // Whether the colours are known and whether rights are stated elsewhere changes nothing in the picture.
        b"ihdr" => 11,
        b"bpcc" => components,
        b"resc" | b"resd" => 10,
        b"cdef" => 2 + 6 * count(0).filter(|n| *n > 0)?,
        b"pclr" => {
            let columns = usize::from(*content.get(2)?);
            let row: usize = content.get(3..3 + columns)?.iter().map(|b| (usize::from(b & 0x7f) + 8) / 8).sum();
            3 + columns + row * count(0)?
        }
        b"colr" => match content {
            [1, _, _, 0, 0, 0, 14, ..] if content.len() >= 35 => 35,
            [1, _, _, 0, 0, 0, 19, ..] if content.len() >= 31 => 31,
            [1, _, _, 0, 0, 0, ..] => 7,
            [5, ..] => 10,
            _ => return None,
        },
        b"cmap" | b"opct" | b"creg" | b"copt" | b"inst" => content.len(),
        _ => return None,
    };
    let mut told = content.get(..length)?.to_vec();
    if kind == b"colr" && told[2] > 4 {
        told[2] = 0;
    }
    Some(told)
}

fn is_leaf(kind: &[u8; 4], content: &[u8]) -> bool {
    match kind {
        b"ihdr" => content.len() == 14 && content[11..].iter().zip([7, 1, 1]).all(|(b, most)| *b <= most),
        b"bpcc" => (1..=16_384).contains(&content.len()),
        b"colr" => is_colour(content),
        b"pclr" => is_palette(content),
        b"cmap" => !content.is_empty() && content.len().is_multiple_of(4) && content.len() <= 65_536,
        b"cdef" => {
            let mut numbers = Numbers::new(content);
            let count = numbers.number(2) as usize;
            count > 0 && numbers.remaining() == 6 * count
        }
        b"resc" | b"resd" => content.len() == 10,
        b"opct" => matches!(content.first(), Some(0 | 1) if content.len() == 1),
        b"creg" => content.len() >= 10 && content.len() % 6 == 4 && content.len() <= 4 + 6 * 16_384,
        b"copt" => content.len() == 9,
        b"inst" => is_instructions(content),
        _ => false,
    }
}

fn is_colour(content: &[u8]) -> bool {
    match content {
        [1, _, _, rest @ ..] => match rest {
            [0, 0, 0, 14, ..] if rest.len() == 32 => true,
            [0, 0, 0, 19, ..] if rest.len() == 28 => true,
            [0, 0, 0, _] => true,
            _ => false,
        },
        [2 | 3, _, _, profile @ ..] => icc::account(profile).is_neutral(),
        [5, _, _, rest @ ..] => rest.len() == 7,
        _ => false,
    }
}

/// How layers are laid over each other: a type, repetitions, a tick, then the fields that the type names, again and again
/// (15444-2 M.11.10.2).
fn is_instructions(content: &[u8]) -> bool {
    let mut numbers = Numbers::new(content);
    let kind = numbers.number(2);
    numbers.take(6);
    let each =
        [(1, 8), (2, 8), (4, 8), (32, 16)].iter().filter(|(bit, _)| kind & bit != 0).map(|(_, n)| n).sum::<usize>();
    let left = numbers.remaining();
    !numbers.past() && kind & !39 == 0 && if each == 0 { left == 0 } else { left.is_multiple_of(each) }
}

/// The colour profile of a `colr` box.
pub(in crate::inspect) fn profile(content: &[u8]) -> Option<&[u8]> {
    match content {
        [2 | 3, _, _, profile @ ..] => Some(profile),
        _ => None,
    }
}

fn is_palette(content: &[u8]) -> bool {
    let mut numbers = Numbers::new(content);
    let (entries, columns) = (numbers.number(2) as usize, numbers.number(1) as usize);
    let depths = numbers.take(columns);
    let row: usize = depths.iter().map(|b| (usize::from(b & 0x7f) + 8) / 8).sum();
    !numbers.past() && columns > 0 && numbers.remaining() == entries * row
}

/// Which readers can show the file: masks and numbers of standard features, each once and for one bit at most, and no
/// vendor's (15444-2 M.11.1).
pub(super) fn is_requirements(content: &[u8]) -> bool {
    let mut numbers = Numbers::new(content);
    let width = numbers.number(1) as usize;
    let asked = numbers.number(width) | numbers.number(width);
    let (mut known, mut seen) = (0, Vec::new());
    for _ in 0..numbers.number(2).min(8 * 96) {
        let feature = (numbers.number(2), numbers.number(width));
        if !(1..96).contains(&feature.0) || feature.1.count_ones() > 1 || seen.contains(&feature) {
            return false;
        }
        known |= feature.1;
        seen.push(feature);
    }
    let vendors = numbers.number(2);
    matches!(width, 1 | 2 | 4 | 8) && vendors == 0 && asked & !known == 0 && numbers.ended()
}
