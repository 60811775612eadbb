//! NAL units between start codes: those of pictures are the original's, and all others say nothing.
//!
//! ITU-T H.264 and H.265, annex B.

use crate::inspect::bmff::unit::{self, Use};

/// The units among bytes, without the zeros behind them; none where something else stands before the first.
fn units(bytes: &[u8]) -> Option<Vec<std::ops::Range<usize>>> {
    let starts: Vec<usize> = memchr::memmem::find_iter(bytes, b"\0\0\x01").map(|at| at + 3).collect();
    let before = starts.first().map_or(bytes.len(), |first| first - 3);
    if bytes[..before].iter().any(|b| *b != 0) {
        return None;
    }
    let mut out = Vec::with_capacity(starts.len());
    for (n, start) in starts.iter().enumerate() {
        let mut end = starts.get(n + 1).map_or(bytes.len(), |next| next - 3);
        while end > *start && bytes[end - 1] == 0 {
            end -= 1;
        }
        out.push(*start..end);
    }
    Some(out)
}

fn what(hevc: bool, unit: &[u8]) -> Use {
    unit::of(hevc, [unit[0], unit.get(1).copied().unwrap_or(0)], unit.len() as u64)
}

/// Whether parameter sets and quiet messages stand here, and nothing else.
pub(super) fn are_quiet(bytes: &[u8], hevc: bool) -> bool {
    units(bytes).is_some_and(|units| {
        units.into_iter().map(|range| &bytes[range]).filter(|unit| !unit.is_empty()).all(|unit| {
            match what(hevc, unit) {
                Use::Coded => true,
                Use::Spoken => unit::is_quiet(hevc, unit),
                Use::Foreign => hevc && unit.len() == 1,
            }
        })
    })
}

/// Whether a sample of the output has the original's pictures, each in its place, and no picture less.
pub(super) fn are_same(old: &[u8], new: &[u8], hevc: bool) -> bool {
    let (Some(before), Some(after)) = (units(old), units(new)) else { return false };
    let coded = |bytes: &[u8], range: &std::ops::Range<usize>| {
        let unit = &bytes[range.clone()];
        !unit.is_empty() && what(hevc, unit) == Use::Coded
    };
    let old_ones = before.iter().filter(|range| coded(old, range));
    let new_ones: Vec<_> = after.iter().filter(|range| coded(new, range)).collect();
    let mut count = 0;
    let same = old_ones.zip(&new_ones).all(|(a, b)| {
        count += 1;
        a == *b && old[a.clone()] == new[a.clone()]
    });
    same && count == new_ones.len() && before.iter().filter(|range| coded(old, range)).count() == count
}
