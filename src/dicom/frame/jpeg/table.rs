//! The tables of a JPEG frame: which of them a scan uses; the others are where bytes hide.
//!
//! ISO/IEC 10918-1 B.2.4.1 (DQT) and B.2.4.2 (DHT). A segment of which no table is used becomes an empty comment; of one
//! that has others too, the values of an unused table go.

use super::header::{Picture, QUANTISATION, Scan};
use super::{COM, Extra};
use crate::finding::Code;
use std::ops::Range;

/// The tables so far.
#[derive(Debug, Default)]
pub(super) struct Tables {
    segments: Vec<Segment>,
    /// The table that stands in each place: of each class and number, the segment and the table in it.
    places: [[Option<(usize, usize)>; 4]; 3],
}

#[derive(Debug)]
struct Segment {
    payload: Range<u64>,
    tables: Vec<Table>,
}

#[derive(Debug)]
struct Table {
    /// Where its values stand.
    values: Range<u64>,
    /// What stands in their place where nothing uses them, so that no decoder stumbles.
    fill: u8,
    filled: bool,
    used: bool,
    /// Whether it lists symbols twice, as no encoder does and a text does.
    doubled: bool,
}

impl Tables {
    /// Takes in a segment; says whether it is tables to its end.
    pub(super) fn take(&mut self, marker: u8, start: u64, data: &[u8]) -> bool {
        let (mut at, mut tables, mut places) = (0, Vec::new(), Vec::new());
        while let Some(head) = data.get(at) {
            let (class, number) = if marker == 0xDB { (QUANTISATION, head & 15) } else { (head >> 4, head & 15) };
            let (skip, length) = match marker {
                0xDB if head >> 4 <= 1 => (1, 64 * (1 + usize::from(head >> 4))),
                0xC4 if class <= 1 => (17, symbols(data.get(at + 1..at + 17)).unwrap_or(usize::MAX)),
                _ => return false,
            };
            let Some(values) = length.checked_add(at + skip).and_then(|end| data.get(at + skip..end)) else {
                return false;
            };
            if number > 3 {
                return false;
            }
            let fill = u8::from(marker == 0xDB);
            let from = start + (at + skip) as u64;
            places.push((usize::from(class), usize::from(number)));
            tables.push(Table {
                values: from..from + length as u64,
                fill,
                filled: values.iter().all(|b| *b == fill),
                used: false,
                doubled: marker == 0xC4 && is_doubled(class, values),
            });
            at += skip + length;
        }
        for (index, (class, number)) in places.into_iter().enumerate() {
            self.places[class][number] = Some((self.segments.len(), index));
        }
        self.segments.push(Segment { payload: start..start + data.len() as u64, tables });
        true
    }

    /// Marks what a scan uses; says whether one of those lists symbols twice.
    pub(super) fn mark(&mut self, picture: &Picture, scan: &Scan) -> bool {
        let mut doubled = false;
        for (class, number) in picture.uses(scan) {
            let Some((segment, table)) = self.places[usize::from(class)][usize::from(number & 3)] else { continue };
            let table = &mut self.segments[segment].tables[table];
            table.used = true;
            doubled |= table.doubled;
        }
        doubled
    }

    /// Lists what nothing uses.
    pub(super) fn unused(&self, out: &mut Vec<Extra>) {
        let extra = |range: Range<u64>, fill: u8| Extra { code: Code::HiddenBytes, range, fill };
        for Segment { payload, tables } in &self.segments {
            if tables.iter().all(|table| !table.used) {
                out.push(extra(payload.start - 3..payload.start - 2, COM));
                out.push(extra(payload.clone(), 0));
                continue;
            }
            let idle = tables.iter().filter(|table| !table.used && !table.filled);
            out.extend(idle.map(|table| extra(table.values.clone(), table.fill)));
        }
    }
}

/// How many symbols the counts of a table of codes say; none where no prefix code has such counts (C.2).
fn symbols(counts: Option<&[u8]>) -> Option<usize> {
    let room =
        counts?.iter().try_fold(1_i32, |room, count| Some(room * 2 - i32::from(*count)).filter(|room| *room >= 0));
    let total = counts?.iter().map(|count| usize::from(*count)).sum();
    room.filter(|_| total <= 256).map(|_| total)
}

/// Whether more than one symbol is a repeat, or for DC (class 0) a category beyond 16 that no difference has (F.1.2.1,
/// H.1.2.2); a single one is what a flipped bit makes.
fn is_doubled(class: u8, symbols: &[u8]) -> bool {
    let mut seen = [false; 256];
    let odd = |symbol: &u8| std::mem::replace(&mut seen[usize::from(*symbol)], true) || (class == 0 && *symbol > 16);
    symbols.iter().copied().filter(odd).count() > 1
}
