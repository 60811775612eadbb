//! The keep-list of PNG chunks: which ancillary chunks stay, where they must stand, and what may stand in them.
//!
//! W3C PNG (third edition), 5.6 (order) and 11.3 (ancillary chunks). Numbers are held to what real pictures have, so
//! that no text passes for one.

use super::header::Header;
use crate::finding::Code;

/// Where a chunk must stand to be heeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Before the palette and the picture data.
    Palette,
    /// Before the picture data.
    Data,
}

/// A chunk that stays as it is.
pub(super) struct Rule {
    kind: [u8; 4],
    /// Where it must stand.
    pub(super) before: Before,
    /// What it is kept for.
    pub(super) why: &'static str,
    check: fn(&[u8], &Header, usize) -> bool,
}

/// Chunks that stay. `check` sees the data, the header and the number of palette entries so far.
const RULES: &[Rule] = &[
    Rule { kind: *b"gAMA", before: Before::Palette, why: "gAMA", check: |d, _, _| numbers(d, 1, 1, 10_000_000) },
    Rule { kind: *b"cHRM", before: Before::Palette, why: "cHRM", check: |d, _, _| numbers(d, 8, 0, 200_000) },
    Rule { kind: *b"sRGB", before: Before::Palette, why: "sRGB", check: |d, _, _| matches!(d, [0..=3]) },
    Rule { kind: *b"sBIT", before: Before::Palette, why: "sBIT", check: significant_bits },
    Rule {
        kind: *b"cICP",
        before: Before::Palette,
        why: "cICP",
        check: |d, _, _| matches!(d, [0..=22, 0..=18, 0..=15, 0 | 1]),
    },
    Rule { kind: *b"mDCV", before: Before::Palette, why: "mDCV", check: mastering },
    Rule { kind: *b"cLLI", before: Before::Palette, why: "cLLI", check: |d, _, _| numbers(d, 2, 0, 100_000_000) },
    Rule { kind: *b"bKGD", before: Before::Data, why: "bKGD", check: background },
    Rule { kind: *b"tRNS", before: Before::Data, why: "tRNS", check: transparency },
    Rule { kind: *b"pHYs", before: Before::Data, why: "pHYs", check: density },
];

/// What a chunk that goes is found as.
const GONE: &[([u8; 4], Code)] = &[
    (*b"tEXt", Code::Text),
    (*b"zTXt", Code::Text),
    (*b"iTXt", Code::Text),
    (*b"tIME", Code::Time),
    (*b"caBX", Code::Provenance),
    (*b"eXIf", Code::ExifOther),
    (*b"zxIf", Code::ExifOther),
    (*b"iCCP", Code::IccDropped),
];

/// The rule of a chunk that may stay.
pub(super) fn rule(kind: &[u8; 4]) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.kind == *kind)
}

/// What a chunk on no list is found as.
pub(super) fn gone(kind: &[u8; 4]) -> Code {
    GONE.iter().find(|(known, _)| known == kind).map_or(Code::ApplicationData, |(_, code)| *code)
}

impl Rule {
    /// Whether these data are what the chunk may hold.
    pub(super) fn allows(&self, data: &[u8], header: &Header, palette: usize) -> bool {
        (self.check)(data, header, palette) && (self.kind == *b"tRNS" || !spells(data))
    }
}

/// Whether numbers read as three different letters in a row: real ones are smaller or rounder, and no picture changes
/// where such a chunk goes. (In tRNS they say what is transparent.)
fn spells(data: &[u8]) -> bool {
    let differ = |w: &[u8]| w[0] != w[1] && w[1] != w[2] && w[0] != w[2];
    data.windows(3).any(|three| three.iter().all(u8::is_ascii_alphabetic) && differ(three))
}

/// Exactly `count` numbers of four bytes, each between the two bounds.
fn numbers(data: &[u8], count: usize, least: u32, most: u32) -> bool {
    data.len() == count * 4
        && data.chunks_exact(4).all(|n| (least..=most).contains(&u32::from_be_bytes([n[0], n[1], n[2], n[3]])))
}

fn significant_bits(data: &[u8], header: &Header, _: usize) -> bool {
    let (count, depth) = match header.colour {
        0 => (1, header.depth),
        2 => (3, header.depth),
        3 => (3, 8),
        4 => (2, header.depth),
        _ => (4, header.depth),
    };
    data.len() == count && data.iter().all(|bits| (1..=depth).contains(bits))
}

/// Eight chromaticities in steps of 0.00002 and two luminances in steps of 0.0001 cd/m².
fn mastering(data: &[u8], _: &Header, _: usize) -> bool {
    let Some((primaries, luminances)) = data.split_at_checked(16) else { return false };
    primaries.chunks_exact(2).all(|n| u16::from_be_bytes([n[0], n[1]]) <= 50_000)
        && numbers(luminances, 2, 0, 100_000_000)
}

fn samples(data: &[u8], header: &Header, count: usize) -> bool {
    let most = if header.depth == 16 { u16::MAX } else { (1 << header.depth) - 1 };
    data.len() == count * 2 && data.chunks_exact(2).all(|n| u16::from_be_bytes([n[0], n[1]]) <= most)
}

fn background(data: &[u8], header: &Header, palette: usize) -> bool {
    match header.colour {
        3 => matches!(data, [index] if usize::from(*index) < palette),
        0 | 4 => samples(data, header, 1),
        _ => samples(data, header, 3),
    }
}

fn transparency(data: &[u8], header: &Header, palette: usize) -> bool {
    match header.colour {
        3 => !data.is_empty() && data.len() <= palette,
        0 => samples(data, header, 1),
        2 => samples(data, header, 3),
        _ => false,
    }
}

/// Pixels per metre or an aspect ratio: no scanner reaches ten million per metre.
fn density(data: &[u8], _: &Header, _: usize) -> bool {
    matches!(data, [numbers_ @ .., 0 | 1] if numbers(numbers_, 2, 0, 10_000_000))
}
