//! Properties of items: the list of those that may stand in an output, each with the grammar of its content.
//!
//! ISO/IEC 23008-12 section 6.5; ISO/IEC 14496-12 section 12.1 (pasp, clap, colr, clli, mdcv); ISO/IEC 14496-15 section
//! 8.3.3.1 (hvcC); AV1-ISOBMFF section 2.3 (av1C); AVIF 1.1 section 2.3; ISO/IEC 23001-17 (cmpd, uncC); ISO/IEC 15444-16
//! (j2kH).

use crate::inspect::boxes::Numbers;
use crate::inspect::bytes::be32;
use crate::inspect::{icc, jp2};

/// Auxiliary pictures that may stay, by their URN: transparency, depth, gain maps, and the masks of portrait pictures.
pub(super) const AUXILIARY: &[(&[u8], Auxiliary)] = &[
    (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", Auxiliary::Alpha),
    (b"urn:mpeg:hevc:2015:auxid:1", Auxiliary::Alpha),
    (b"urn:mpeg:avc:2015:auxid:1", Auxiliary::Alpha),
    (b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth", Auxiliary::Depth),
    (b"urn:mpeg:hevc:2015:auxid:2", Auxiliary::Depth),
    (b"urn:com:apple:photo:2020:aux:hdrgainmap", Auxiliary::GainMap),
    (b"urn:com:photo:aux:hdrgainmap", Auxiliary::GainMap),
    (b"urn:com:apple:photo:2018:aux:portraiteffectsmatte", Auxiliary::Mask),
    (b"urn:com:apple:photo:2019:aux:semanticskinmatte", Auxiliary::Mask),
    (b"urn:com:apple:photo:2019:aux:semantichairmatte", Auxiliary::Mask),
    (b"urn:com:apple:photo:2019:aux:semanticteethmatte", Auxiliary::Mask),
    (b"urn:com:apple:photo:2020:aux:semanticglassesmatte", Auxiliary::Mask),
    (b"urn:com:apple:photo:2020:aux:semanticskymatte", Auxiliary::Mask),
];

/// Whether numbers read as words: so many characters of names, dates and record numbers in a row, three of them
/// different.
pub(super) fn wordy(content: &[u8], row: usize) -> bool {
    let mut run: Vec<u8> = Vec::new();
    content.iter().chain([&0]).any(|byte| {
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'.' | b'-' | b':' | b'/' | b'_' | b'@' | b'^')) {
            run.clear();
            return false;
        }
        run.push(*byte);
        let mut last = run[run.len().saturating_sub(row)..].to_vec();
        last.sort_unstable();
        last.dedup();
        run.len() >= row && last.len() > 2
    })
}

/// What an auxiliary picture is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Auxiliary {
    Alpha,
    Depth,
    GainMap,
    Mask,
}

/// What an `auxC` says that its item is for.
pub(super) fn auxiliary(content: &[u8]) -> Option<Auxiliary> {
    let urn = content.get(4..)?;
    let end = memchr::memchr(0, urn).unwrap_or(urn.len());
    AUXILIARY.iter().find(|(known, _)| *known == &urn[..end]).map(|(_, kind)| *kind)
}

/// Properties whose whole grammar is a length and, for full boxes, a version and flags of 0.
const PLAIN: &[(&[u8; 4], bool, &[usize])] = &[
    (b"ispe", true, &[8]),
    (b"pasp", false, &[8]),
    (b"clap", false, &[32]),
    (b"rloc", true, &[8]),
    (b"iscl", true, &[8]),
    (b"clli", false, &[4]),
    (b"mdcv", false, &[24]),
    (b"amve", false, &[8]),
    (b"ndwt", true, &[4]),
    (b"lsel", false, &[2]),
    (b"a1op", false, &[1]),
    (b"a1lx", false, &[7, 13]),
];

/// Whether a property is on the list.
pub(super) fn is_listed(kind: &[u8; 4]) -> bool {
    const OTHERS: &[&[u8; 4]] =
        &[b"pixi", b"colr", b"irot", b"imir", b"auxC", b"hvcC", b"av1C", b"uncC", b"cmpd", b"j2kH"];
    PLAIN.iter().any(|(k, ..)| *k == kind) || OTHERS.contains(&kind)
}

/// Whether a property may go where its content is not as its grammar says: no viewer needs it to show the picture.
pub(super) fn is_spare(kind: &[u8; 4]) -> bool {
    matches!(kind, b"pixi" | b"pasp" | b"rloc" | b"clli" | b"mdcv" | b"amve" | b"ndwt" | b"colr")
}

/// Whether a property is on the list and its content is as its grammar says, and holds nothing else.
pub(super) fn is_allowed(kind: &[u8; 4], content: &[u8]) -> bool {
    if let Some((_, full, lengths)) = PLAIN.iter().find(|(k, ..)| *k == kind) {
        let head = if *full { 4 } else { 0 };
        let limit = |most: u32| {
            content.get(head..).unwrap_or_default().chunks(4).all(|n| be32(n, 0).is_some_and(|n| n <= most))
        };
        let small = match kind {
            b"clli" => content.chunks(2).all(|n| matches!(n, [0..=0x26, _] | [0x27, 0..=0x10])),
            b"ndwt" => content.len() > head && limit(100_000_000),
            _ => true,
        };
        return small
            && content.get(..head).is_some_and(|h| h.iter().all(|b| *b == 0))
            && lengths.contains(&(content.len() - head))
            && !wordy(content, 6);
    }
    match kind {
        b"pixi" => {
            content.starts_with(&[0; 4])
                && content.get(4).is_some_and(|n| *n < 6 && content.len() == 5 + usize::from(*n))
                && content[5..].iter().all(|bits| *bits <= 32)
        }
        b"irot" => matches!(content, [0..=3]),
        b"imir" => matches!(content, [0 | 1]),
        b"colr" => match content.get(..4) {
            Some(b"nclx") => content.len() == 11 && content[10] & 0x7f == 0,
            Some(b"prof" | b"rICC") => icc::account(&content[4..]).is_neutral(),
            _ => false,
        },
        b"auxC" => {
            let urn = content.get(4..).unwrap_or_default();
            let end = memchr::memchr(0, urn);
            content.starts_with(&[0; 4])
                && auxiliary(content).is_some()
                && end.is_some_and(|end| urn[end..].iter().all(|b| *b == 0))
        }
        b"hvcC" => Hevc::read(content).is_some_and(|c| {
            c.rest == 0 && c.arrays.iter().all(|(kind, _)| matches!(kind, 32..=34)) && !wordy(content, 8)
        }),
        b"av1C" => content.len() >= 4 && content[0] == 0x81 && !wordy(content, 8),
        b"cmpd" => is_component_list(content),
        b"uncC" => is_uncompressed(content),
        b"j2kH" => jp2::header::is_allowed(content),
        _ => false,
    }
}

/// Component types of uncompressed pictures; those of 0x8000 and above bear a name (23001-17 section 5.1.2).
fn is_component_list(content: &[u8]) -> bool {
    let mut numbers = Numbers::new(content);
    let count = numbers.number(4) as usize;
    if numbers.remaining() != count.saturating_mul(2) {
        return false;
    }
    (0..count).all(|_| numbers.number(2) < 0x8000)
}

/// How uncompressed pictures lie (23001-17 section 5.2.1).
fn is_uncompressed(content: &[u8]) -> bool {
    let mut numbers = Numbers::new(content);
    match numbers.number(4) {
        0x0100_0000 => content.len() == 8,
        0 => {
            numbers.take(4);
            let count = numbers.number(4) as usize;
            numbers.remaining() == count.saturating_mul(5).saturating_add(24) && !wordy(&content[12..], 8)
        }
        _ => false,
    }
}

/// A kind of NAL units, and the units.
pub(super) type Array<'a> = (u8, Vec<&'a [u8]>);

/// The configuration of an HEVC decoder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hevc<'a> {
    /// Everything before the parameter sets.
    pub(super) head: &'a [u8],
    /// NAL units by kind.
    pub(super) arrays: Vec<Array<'a>>,
    /// Bytes behind them.
    rest: usize,
}

impl<'a> Hevc<'a> {
    pub(super) fn read(content: &'a [u8]) -> Option<Self> {
        let mut numbers = Numbers::new(content);
        let head = numbers.take(22);
        let count = numbers.number(1);
        let mut arrays = Vec::new();
        for _ in 0..count {
            let kind = (numbers.number(1) & 0x3f) as u8;
            let n = numbers.number(2) as usize;
            let mut units = Vec::new();
            for _ in 0..n {
                if numbers.past() {
                    return None;
                }
                let length = numbers.number(2) as usize;
                units.push(numbers.take(length));
            }
            arrays.push((kind, units));
        }
        let rest = numbers.remaining();
        (!numbers.past() && head.first() == Some(&1)).then_some(Self { head, arrays, rest })
    }

    /// Bytes of the length before each NAL unit.
    pub(super) fn length_size(&self) -> usize {
        usize::from(self.head.get(21).copied().unwrap_or(3) & 3) + 1
    }

    /// What decoding needs of it: the parameter sets.
    pub(super) fn needed(&self) -> (&'a [u8], Vec<&Array<'a>>) {
        (self.head, self.arrays.iter().filter(|(kind, _)| matches!(kind, 32..=34)).collect())
    }
}
