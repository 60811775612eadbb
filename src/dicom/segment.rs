//! Decodes a palette in segments as far as to know how long it is, and that it makes as many entries as it should.
//!
//! DICOM PS3.3 C.7.9.2: segments of discrete values (0), of a line (1), and of earlier segments again (2), whose place is
//! counted in bytes; some programs count numbers.

/// How a palette's numbers are encoded: in how many bytes, and which first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Units {
    pub(super) size: usize,
    pub(super) big: bool,
}

/// A segment: where it begins, and how many entries it makes; none where it repeats others.
struct Segment {
    start: usize,
    entries: Option<u64>,
}

/// How many bytes the segments are that make so many entries; none where no segments make just as many.
pub(super) fn length(bytes: &[u8], entries: u64, units: Units) -> Option<u64> {
    let by = |place: usize| decode(bytes, entries, units, place);
    by(units.size).or_else(|| by(1))
}

/// The same, with places counted in so many bytes.
fn decode(bytes: &[u8], entries: u64, units: Units, place: usize) -> Option<u64> {
    let number = |at: usize| units.number(bytes.get(at * units.size..(at + 1) * units.size)?);
    let (mut at, mut made) = (0, 0);
    let mut list: Vec<Segment> = Vec::new();
    while made < entries {
        let (kind, count) = (number(at)?, number(at + 1)?);
        let (length, own) = match kind {
            0 => (2 + count as usize, Some(count)),
            1 if !list.is_empty() => (3, Some(count)),
            2 => (2 + 4 / units.size, None),
            _ => return None,
        };
        let more = match own {
            Some(count) => count,
            None => {
                let parts = (0..4 / units.size).map(|i| Some(number(at + 2 + i)? << (8 * units.size * i)));
                let offset = parts.sum::<Option<u64>>()? as usize;
                let first = list.iter().position(|s| s.start * place == offset)?;
                let copied = list.get(first..first.checked_add(count as usize)?)?;
                copied.iter().map(|segment| segment.entries).sum::<Option<u64>>()?
            }
        };
        list.push(Segment { start: at, entries: own });
        (at, made) = (at + length, made + more);
        if at * units.size > bytes.len() || more == 0 {
            return None;
        }
    }
    (made == entries).then_some((at * units.size) as u64)
}

impl Units {
    fn number(self, bytes: &[u8]) -> Option<u64> {
        Some(match *bytes {
            [byte] => u64::from(byte),
            [a, b] if self.big => u64::from(u16::from_be_bytes([a, b])),
            [a, b] => u64::from(u16::from_le_bytes([a, b])),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_make_as_many_entries_as_they_should_and_no_more() {
        let wide = |numbers: &[u16]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        let (one, two) = (Units { size: 1, big: false }, Units { size: 2, big: false });
        let repeated = wide(&[0, 3, 7, 8, 9, 1, 3, 20, 2, 2, 0, 0]);
        let in_numbers = wide(&[0, 2, 7, 8, 0, 1, 9, 2, 1, 4, 0]);
        let cases: [(&[u8], u64, Units, Option<u64>); 12] = [
            (&wide(&[0, 3, 7, 8, 9]), 3, two, Some(10)),
            (&wide(&[0, 3, 7, 8, 9, 0x6143, 0x7972]), 3, two, Some(10)),
            (&wide(&[0, 3, 7, 8, 9]), 4, two, None),
            (&wide(&[0, 3, 7, 8, 9]), 2, two, None),
            (&wide(&[1, 3, 20]), 3, two, None),
            (&repeated, 12, two, Some(24)),
            (&in_numbers, 4, two, Some(22)),
            (&wide(&[0, 2, 7, 8, 2, 1, 6, 0]), 4, two, None),
            (&wide(&[0, 2, 7, 8, 2, 9, 0, 0]), 4, two, None),
            (&[0, 2, 7, 8, 2, 1, 0, 0, 0, 0], 4, one, Some(10)),
            (&[0, 2, 7, 8, 1, 250, 9], 252, one, Some(7)),
            (&[0, 0, 0, 0], 4, one, None),
        ];
        let mut tried = 0;
        for (bytes, entries, units, expected) in cases {
            assert_eq!(length(bytes, entries, units), expected, "{bytes:?}");
            tried += 1;
        }
        assert_eq!(tried, 12);
        let big: Vec<u8> = [0u16, 2, 7, 8].iter().flat_map(|n| n.to_be_bytes()).collect();
        assert_eq!(length(&big, 2, Units { size: 2, big: true }), Some(8));
    }
}
