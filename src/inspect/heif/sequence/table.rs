//! The tables of a track: how long each may be, and where they say that samples lie.
//!
//! ISO/IEC 14496-12 sections 8.2.2 (mvhd), 8.3.2 (tkhd), 8.4.2 (mdhd), 8.4.3 (hdlr), 8.6 (stts, ctts, cslg, stss, sdtp,
//! elst), 8.7 (dref, stsz, stsc, stco, co64), 8.9 (sbgp, sgpd), 12.1.2 (vmhd).

use super::is_table;
use crate::inspect::boxes::{Box4, Numbers, list};
use std::ops::Range;

/// Whether a box has the length and the fixed bytes that its kind has.
pub(super) fn is_allowed(kind: &[u8; 4], content: &[u8]) -> bool {
    let n = content.len();
    let version = content.first().copied().unwrap_or(9);
    let zero = |r: Range<usize>| content.get(r).is_some_and(|b| b.iter().all(|b| *b == 0));
    match (kind, version) {
        (b"mvhd", 0) => n == 100 && zero(26..36) && zero(72..96),
        (b"mvhd", 1) => n == 112 && zero(38..48) && zero(84..108),
        (b"tkhd", 0) => n == 84 && zero(16..20) && zero(24..32) && zero(38..40),
        (b"tkhd", 1) => n == 96 && zero(24..28) && zero(36..44) && zero(50..52),
        (b"mdhd", 0) => n == 24 && zero(22..24),
        (b"mdhd", 1) => n == 36 && zero(34..36),
        (b"hdlr", 0) => n >= 24 && zero(1..8) && zero(12..24),
        (b"vmhd", 0) => n == 12 && zero(4..12),
        (b"nmhd", 0) => n == 4 && zero(0..4),
        (b"dinf", _) => content == crate::inspect::heif::output::SAME_FILE,
        (b"elst", 0) => is_table(content, 12),
        (b"elst", 1) => is_table(content, 20),
        (b"tref", _) => list(content, 0..n).is_ok_and(|(boxes, filled)| {
            let zero = |b: &Box4| content[b.data.start as usize..b.data.end as usize].iter().all(|b| *b == 0);
            let of =
                |b: &Box4| matches!(&b.kind, b"auxl" | b"prem") && b.length() == 4 || &b.kind == b"free" && zero(b);
            filled && boxes.iter().all(of)
        }),
        (b"stsd", 0) => n >= 8,
        (b"stts" | b"ctts", 0) | (b"ctts", 1) => is_table(content, 8),
        (b"cslg", 0) => n == 24,
        (b"stsc", 0) => is_table(content, 12),
        (b"stco" | b"stss", 0) => is_table(content, 4),
        (b"co64", 0) => is_table(content, 8),
        (b"stsz", 0) => {
            let mut numbers = Numbers::new(content);
            numbers.number(4);
            let (size, count) = (numbers.number(4), numbers.number(4) as usize);
            let rows = if size == 0 { count } else { 0 };
            !numbers.past() && numbers.remaining() == rows.saturating_mul(4)
        }
        (b"sdtp", 0) => n >= 4,
        (b"sbgp", 0) => content.get(4..).is_some_and(|table| is_table(table, 8)),
        (b"sgpd", 1 | 2) => {
            let mut numbers = Numbers::new(content);
            numbers.number(8);
            let (size, count) = (numbers.number(4) as usize, numbers.number(4) as usize);
            !numbers.past() && size > 0 && numbers.remaining() == size.saturating_mul(count)
        }
        _ => false,
    }
}

/// What viewers heed of a header: no times, no language, no reserved bytes (8.2.2, 8.3.2, 8.4.2). All of other boxes.
pub(super) fn heeded(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let long = content.first() == Some(&1);
    let parts: &[Range<usize>] = match (kind, long) {
        (b"mvhd", false) => &[0..4, 12..26, 36..72, 96..100],
        (b"mvhd", true) => &[0..4, 20..38, 48..84, 108..112],
        (b"tkhd", false) => &[0..4, 12..16, 20..24, 32..38, 40..84],
        (b"tkhd", true) => &[0..4, 20..24, 28..36, 44..50, 52..96],
        (b"mdhd", false) => &[0..4, 12..20],
        (b"mdhd", true) => &[0..4, 20..32],
        _ => return content.to_vec(),
    };
    parts.iter().filter_map(|part| content.get(part.clone())).flatten().copied().collect()
}

/// Where samples lie, as the tables of a track say it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tables {
    /// The size of all samples, or 0 and the size of each.
    size: u32,
    count: u32,
    sizes: Vec<u32>,
    /// First chunk and samples in each, from that on.
    runs: Vec<(u32, u32)>,
    chunks: Vec<u64>,
}

impl Tables {
    /// Takes what a box of the track says.
    pub(super) fn take(&mut self, kind: &[u8; 4], content: &[u8]) {
        let mut numbers = Numbers::new(content);
        numbers.number(4);
        match kind {
            b"stsz" => {
                self.size = numbers.number(4) as u32;
                self.count = numbers.number(4) as u32;
                self.sizes = (0..numbers.remaining() / 4).map(|_| numbers.number(4) as u32).collect();
            }
            b"stsc" => {
                numbers.number(4);
                self.runs = (0..numbers.remaining() / 12)
                    .map(|_| {
                        let run = (numbers.number(4) as u32, numbers.number(4) as u32);
                        numbers.number(4);
                        run
                    })
                    .collect();
            }
            b"stco" | b"co64" => {
                numbers.number(4);
                let size = if kind == b"stco" { 4 } else { 8 };
                self.chunks = (0..numbers.remaining() / size).map(|_| numbers.number(size)).collect();
            }
            _ => {}
        }
    }

    /// Every sample, at most so many; none where the tables contradict each other.
    pub(super) fn samples(&self, most: usize) -> Option<Vec<Range<u64>>> {
        let count = self.count as usize;
        if count > most || (self.size == 0 && self.sizes.len() != count) {
            return None;
        }
        let mut out = Vec::new();
        let mut run = 0;
        for (i, start) in self.chunks.iter().enumerate() {
            let number = i as u64 + 1;
            while self.runs.get(run + 1).is_some_and(|(first, _)| u64::from(*first) <= number) {
                run += 1;
            }
            let (_, each) = self.runs.get(run)?;
            let mut at = *start;
            for _ in 0..*each {
                if out.len() >= count {
                    return None;
                }
                let size = if self.size > 0 { self.size } else { *self.sizes.get(out.len())? };
                let end = at.checked_add(u64::from(size))?;
                out.push(at..end);
                at = end;
            }
        }
        (out.len() == count).then_some(out)
    }
}
