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

fn inner(content: &[u8], range: Range<usize>, depth: usize, out: &mut Vec<Leaf>) -> bool {
    let Ok((boxes, true)) = list(content, range) else { return false };
    if depth == 0 {
        return false;
    }
    boxes.into_iter().all(|found| {
        let range = found.data.start as usize..found.data.end as usize;
        if OUTER.contains(&&found.kind) {
            return inner(content, range, depth - 1, out);
        }
        out.push((found.kind, range));
        true
    })
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
        _ => false,
    }
}

fn is_colour(content: &[u8]) -> bool {
    match content {
        [1, _, _, rest @ ..] => rest.len() == 4 || (rest.len() == 32 && rest.starts_with(&[0, 0, 0, 14])),
        [2 | 3, _, _, profile @ ..] => icc::account(profile).is_neutral(),
        [5, _, _, rest @ ..] => rest.len() == 7,
        _ => false,
    }
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
