//! Quantisation and Huffman tables: which of them a segment holds, and which of them a scan uses.
//!
//! ITU-T T.81, B.2.4.1 (DQT), B.2.4.2 (DHT). A table that is replaced before any scan uses it, or that none ever uses,
//! is a place to hide bytes and goes.

use super::frame::{Frame, ScanHeader};
use crate::strip::operation::Operation;
use std::ops::Range;

/// A segment of tables.
#[derive(Debug)]
pub(super) struct Tables {
    /// The whole segment, from its marker.
    pub(super) range: Range<u64>,
    marker: u8,
    tables: Vec<Table>,
    /// Bytes behind the last table.
    pub(super) trailing: Range<u64>,
}

#[derive(Debug)]
struct Table {
    slot: usize,
    range: Range<u64>,
    used: bool,
    /// Whether it lists symbols twice, as no encoder does and a text does.
    doubled: bool,
}

/// Which table each slot holds at this point of the file: 4 for quantisation, 4 + 4 for Huffman codes.
#[derive(Debug, Default)]
pub(super) struct Slots([Option<(usize, usize)>; 12]);

impl Tables {
    /// Reads a DQT or DHT segment. None where it breaks off inside a table or names a table that cannot be.
    pub(super) fn read(marker: u8, range: Range<u64>, data: &[u8]) -> Option<Self> {
        let mut tables = Vec::new();
        let mut at = 0;
        while let Some(head) = data.get(at) {
            let taken = match marker {
                0xDB => quantisation(*head),
                _ => huffman(data.get(at..)?),
            };
            let end = taken.map(|(slot, length)| (slot, at + length)).filter(|(_, end)| *end <= data.len());
            let Some((slot, end)) = end else { break };
            let start = range.start + 4;
            let doubled = marker == 0xC4 && is_doubled(*head >> 4, data.get(at + 17..end).unwrap_or_default());
            tables.push(Table { slot, range: start + at as u64..start + end as u64, used: false, doubled });
            at = end;
        }
        let trailing = range.start + 4 + at as u64..range.end;
        (!tables.is_empty()).then_some(Self { range, marker, tables, trailing })
    }

    /// Marks every table as used.
    pub(super) fn use_all(&mut self) {
        self.tables.iter_mut().for_each(|table| table.used = true);
    }

    /// Whether a table is in it that nothing uses.
    pub(super) fn has_unused(&self) -> bool {
        self.tables.iter().any(|table| !table.used)
    }

    /// Whether a table that a scan uses lists symbols twice: only one code of a symbol is ever used, and what stands for
    /// the others may be anything.
    pub(super) fn is_doubled(&self) -> bool {
        self.tables.iter().any(|table| table.used && table.doubled)
    }

    /// Keeps the tables that are used: the segment as it is, or under a new length.
    pub(super) fn lay(&self, operation: &mut Operation<'_>) {
        let why = if self.marker == 0xDB { "DQT" } else { "DHT" };
        if !self.has_unused() && self.trailing.is_empty() {
            return operation.keep(self.range.clone(), why);
        }
        let used = || self.tables.iter().filter(|table| table.used);
        let length: u64 = used().map(|table| table.range.end - table.range.start).sum();
        if length == 0 {
            return;
        }
        let length = (length + 2) as u16;
        operation.write([&[0xFF, self.marker], &length.to_be_bytes()[..]].concat(), why);
        for table in used() {
            operation.keep(table.range.clone(), why);
        }
    }
}

/// Slot and length of a quantisation table: precision and number, then 64 values.
fn quantisation(head: u8) -> Option<(usize, usize)> {
    let (precision, number) = (head >> 4, head & 15);
    (precision <= 1 && number <= 3).then(|| (usize::from(number), 1 + 64 * (1 + usize::from(precision))))
}

/// Slot and length of a Huffman table: class and number, 16 counts, and as many symbols as they say. Counts that no
/// prefix code can have are refused.
fn huffman(data: &[u8]) -> Option<(usize, usize)> {
    let (class, number) = (data.first()? >> 4, data.first()? & 15);
    let counts = data.get(1..17)?;
    let symbols: usize = counts.iter().map(|count| usize::from(*count)).sum();
    let mut room = 1_i32;
    for count in counts {
        room = room * 2 - i32::from(*count);
        if room < 0 {
            return None;
        }
    }
    (class <= 1 && number <= 3 && symbols <= 256).then(|| (4 + usize::from(class * 4 + number), 17 + symbols))
}

/// Whether more than one symbol is a repeat, or for DC (class 0) a category beyond 16 that no difference has (F.1.2.1,
/// H.1.2.2); a single one is what a flipped bit makes.
fn is_doubled(class: u8, symbols: &[u8]) -> bool {
    let mut seen = [false; 256];
    let odd = |symbol: &u8| std::mem::replace(&mut seen[usize::from(*symbol)], true) || (class == 0 && *symbol > 16);
    symbols.iter().copied().filter(odd).count() > 1
}

impl Slots {
    /// The tables of the segment that has just been read stand in their slots from here on.
    pub(super) fn define(&mut self, segment: usize, tables: &Tables) {
        for (index, table) in tables.tables.iter().enumerate() {
            if let Some(slot) = self.0.get_mut(table.slot) {
                *slot = Some((segment, index));
            }
        }
    }

    /// The tables that this scan uses: for Huffman codes the two of each of its components, for quantisation that of
    /// each component whose first scan this is (what a decoder holds on to from then on).
    pub(super) fn mark(&self, segments: &mut [Tables], frame: &Frame, scan: &ScanHeader) {
        for component in &scan.components {
            // A scan that refines DC values reads bare bits (G.1.2.1).
            let dc = (!frame.is_progressive() || (scan.first == 0 && scan.high == 0)).then_some(4 + component.dc);
            let ac = (!frame.is_progressive() || scan.last > 0).then_some(8 + component.ac);
            let (dc, ac) = (dc.filter(|_| frame.is_huffman()), ac.filter(|_| frame.is_huffman()));
            let quantisation = frame.first_scan_of(component.id);
            for slot in [dc, ac, quantisation].into_iter().flatten() {
                let Some(Some((segment, index))) = self.0.get(slot) else { continue };
                if let Some(table) = segments.get_mut(*segment).and_then(|s| s.tables.get_mut(*index)) {
                    table.used = true;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_tile_their_segment_and_what_is_left_is_told() {
        let data = [vec![0_u8], vec![1; 64], vec![0x11], vec![1; 128], b"CANARY".to_vec()].concat();
        let range = 100..104 + data.len() as u64;
        let tables = Tables::read(0xDB, range.clone(), &data).expect("two tables");
        assert_eq!(tables.tables.len(), 2);
        assert_eq!(tables.trailing, range.end - 6..range.end);
        assert!(Tables::read(0xDB, 0..70, &data[..60]).is_none());
    }

    #[test]
    fn text_does_not_pass_for_symbols() {
        let cases: [(u8, &[u8], bool); 5] = [
            (0, b"\0\x01\x02\x03\x0b\x10", false),
            (0, b"\0\x01CANRY", true),
            (1, b"\x01\x02\x03!1AQa", false),
            (1, b"\x01\x02\x02", false),
            (1, b"CANARY-CANARY", true),
        ];
        let mut tried = 0;
        for (class, symbols, expected) in cases {
            assert_eq!(is_doubled(class, symbols), expected, "{tried}");
            tried += 1;
        }
        assert_eq!(tried, 5);
    }

    #[test]
    fn a_huffman_table_that_no_code_can_have_is_none() {
        let mut data = vec![0_u8; 17];
        data[1] = 3;
        data.extend([0; 3]);
        assert!(Tables::read(0xC4, 0..24, &data).is_none());
        data[1] = 2;
        assert!(Tables::read(0xC4, 0..24, &data).is_some());
    }
}
