//! What decoding reads of a JPEG: frame header, and for each scan the tables it uses, its header and its data.
//!
//! ISO/IEC 10918-1 B.2.2 to B.2.5 and G.1.1.1. A table that no scan uses is not part of the picture, and neither is a scan
//! after the picture is complete; both are places where bytes hide, so an output may not have the first, and the second
//! is not missed.

use super::{Part, SOS, Walk, coded_length, is_frame};
use crate::inspect::Trouble;
use crate::inspect::bytes::Bytes;
use std::ops::Range;

/// The most ranges of one file: a JPEG has some tens, or one more per restart interval where fill bytes stand.
const MOST: usize = 1 << 20;

/// A table at its place in the file.
#[derive(Debug, Clone)]
struct Table {
    range: Range<u64>,
    used: bool,
}

/// A component of the frame.
#[derive(Debug, Clone)]
struct Component {
    id: u8,
    quantisation: usize,
    begun: bool,
    /// Bits still to come of each coefficient; 255 before its first scan (progressive only).
    missing: Vec<u8>,
}

/// The parts of the file that decoding reads, in its order.
#[derive(Debug, Default)]
pub(in crate::inspect) struct Samples {
    /// The bytes read.
    pub(in crate::inspect) ranges: Vec<Range<u64>>,
    /// Entropy-coded data alone.
    pub(in crate::inspect) data: Vec<Range<u64>>,
    /// Where in `ranges` each scan ends.
    ends: Vec<usize>,
    /// How many scans it takes until every coefficient has all its bits.
    complete: Option<usize>,
    frame: Option<u8>,
    open_height: bool,
    components: Vec<Component>,
    tables: Vec<Table>,
    /// The first table that no scan has taken, where it cannot be told which does.
    untold: usize,
    quantisation: [Option<usize>; 4],
    huffman: [[Option<usize>; 4]; 2],
    interval: Option<Range<u64>>,
}

impl Samples {
    /// Reads a whole file, with the help of another whose scans are most likely the same.
    pub(in crate::inspect) fn of(
        bytes: &mut Bytes<'_>,
        other: &mut Bytes<'_>,
        scans: &[Range<u64>],
    ) -> Result<Self, Trouble> {
        let mut samples = Self::default();
        let mut walk = Walk::new(0..bytes.len());
        let mut scans = scans.iter();
        let mut likely = scans.next();
        loop {
            let same = match likely {
                Some(scan) => walk.same_scan(bytes, other, scan)?,
                None => None,
            };
            if same.is_some() {
                likely = scans.next();
            }
            let next = match same {
                Some(part) => Some(part),
                None => walk.next(bytes)?,
            };
            let Some(part) = next else { break };
            match part {
                Part::Scan(range) => samples.scan(range)?,
                Part::Segment { marker: marker @ (0xc0..=0xcf | 0xda..=0xdd), range, payload } => {
                    let n = (payload.end - payload.start) as usize;
                    samples.segment(
                        marker,
                        range.start,
                        payload.start,
                        bytes.get(payload.start, n)?.unwrap_or_default(),
                    );
                }
                Part::End(_) => break,
                _ => {}
            }
        }
        samples.close();
        Ok(samples)
    }

    /// Takes in entropy-coded data.
    pub(in crate::inspect) fn scan(&mut self, range: Range<u64>) -> Result<(), Trouble> {
        self.data.push(range.clone());
        self.ranges.push(range);
        if self.ranges.len() > MOST {
            return Err(Trouble::TooLarge("a JPEG of more than a million parts"));
        }
        Ok(())
    }

    /// Takes in a segment whose marker is at `start` and whose payload begins at `at`.
    pub(in crate::inspect) fn segment(&mut self, marker: u8, start: u64, at: u64, payload: &[u8]) {
        let Some(length) = coded_length(marker, payload) else { return };
        let head = start..start + 2;
        let whole = at..at + length as u64;
        match marker {
            0xdb | 0xc4 => self.take_tables(marker, at, &payload[..length]),
            0xdd => self.interval = (payload[..2] != [0, 0]).then_some(whole),
            0xdc if self.open_height && self.ends.is_empty() && !self.ranges.is_empty() => {
                self.ranges.extend([head, whole])
            }
            0xdc => {}
            SOS => self.header(head, whole, payload),
            _ if is_frame(marker) && self.frame.is_none() => {
                self.frame = Some(marker);
                self.open_height = payload[1..3] == [0, 0];
                self.components = payload[6..length].chunks_exact(3).map(component).collect();
                self.ranges.extend([head, whole]);
            }
            0xcc => self.ranges.extend([head, whole]),
            _ => {}
        }
    }

    /// Whether it can be told which scan uses which table: in every frame that is not differential.
    fn is_told(&self) -> bool {
        matches!(self.frame, None | Some(0xc0..=0xc3 | 0xc9..=0xcb))
    }

    fn take_tables(&mut self, marker: u8, at: u64, payload: &[u8]) {
        let mut from = 0;
        while let Some(first) = payload.get(from).filter(|_| self.tables.len() < MOST) {
            let (high, slot) = (usize::from(first >> 4), usize::from(first & 3));
            let length = if marker == 0xdb {
                1 + 64 * (1 + high)
            } else {
                17 + payload.get(from + 1..from + 17).unwrap_or_default().iter().map(|n| usize::from(*n)).sum::<usize>()
            };
            let number = self.tables.len();
            self.tables.push(Table { range: at + from as u64..at + (from + length) as u64, used: false });
            match marker {
                0xdb => self.quantisation[slot] = Some(number),
                _ => self.huffman[high & 1][slot] = Some(number),
            }
            from += length;
        }
    }

    fn header(&mut self, head: Range<u64>, whole: Range<u64>, payload: &[u8]) {
        self.close();
        let count = usize::from(payload[0]);
        let [first, last, bits] = [1, 2, 3].map(|n| payload.get(2 * count + n).copied().unwrap_or(0));
        let (before, after) = (bits >> 4, bits & 15);
        let mut uses = Vec::new();
        for pair in payload[1..1 + 2 * count].chunks_exact(2) {
            let (dc, ac) = (usize::from(pair[1] >> 4 & 3), usize::from(pair[1] & 3));
            let wants = match self.frame {
                Some(0xc2) => [first == 0 && before == 0, first > 0],
                // Arithmetic coding has no code tables.
                Some(0xc9..=0xcb) => [false, false],
                _ => [true, true],
            };
            uses.extend(self.huffman[0][dc].filter(|_| wants[0]));
            uses.extend(self.huffman[1][ac].filter(|_| wants[1]));
            let Some(component) = self.components.iter_mut().find(|c| c.id == pair[0]) else { continue };
            if !component.begun {
                component.begun = true;
                uses.extend(self.quantisation[component.quantisation]);
            }
            if matches!(self.frame, Some(0xc2 | 0xca)) {
                let coefficients = usize::from(first)..usize::from(last.min(63)) + 1;
                component.missing.get_mut(coefficients).unwrap_or_default().fill(after);
            } else {
                component.missing.fill(0);
            }
        }
        if !self.is_told() {
            uses = (self.untold..self.tables.len()).collect();
            self.untold = self.tables.len();
        }
        for number in uses {
            self.tables[number].used = true;
            self.ranges.push(self.tables[number].range.clone());
        }
        self.ranges.extend(self.interval.clone());
        self.ranges.extend([head, whole]);
    }

    /// Ends the scan before this place.
    fn close(&mut self) {
        let begun = self.components.iter().any(|c| c.begun);
        if begun && self.ends.last() != Some(&self.ranges.len()) {
            self.ends.push(self.ranges.len());
            let whole = self.components.iter().all(|c| c.missing.iter().all(|m| *m == 0));
            if whole && self.complete.is_none() {
                self.complete = Some(self.ends.len());
            }
        }
    }

    /// Ends the last scan.
    pub(in crate::inspect) fn finish(&mut self) {
        self.close();
    }

    /// How many scans there are.
    pub(in crate::inspect) fn scans(&self) -> usize {
        self.ends.len()
    }

    /// A table that no scan uses.
    pub(in crate::inspect) fn unused(&self) -> Option<Range<u64>> {
        self.tables.iter().find(|t| !t.used).map(|t| t.range.clone())
    }

    /// Every table, and whether a scan uses it.
    pub(in crate::inspect) fn tables(&self) -> impl Iterator<Item = (&Range<u64>, bool)> {
        self.tables.iter().map(|t| (&t.range, t.used))
    }

    /// The ranges of the first `scans` scans, when what follows them adds nothing to a picture that is complete.
    pub(in crate::inspect) fn first(&self, scans: usize) -> Option<&[Range<u64>]> {
        if scans == self.ends.len() {
            return Some(&self.ranges);
        }
        let enough = self.complete.is_some_and(|n| n <= scans);
        let end = *self.ends.get(scans.checked_sub(1)?)?;
        enough.then(|| &self.ranges[..end])
    }
}

/// Whether a picture kept at equal length is the original's: decoding reads the same bytes in the same places, and what
/// else differs are fill bytes (B.1.1.2) and the headers right before what it reads of segments.
pub(in crate::inspect) fn same_in_place(old: &[u8], new: &[u8]) -> Result<bool, Trouble> {
    let of = |bytes: &[u8], other: &[u8]| Samples::of(&mut Bytes::over(bytes), &mut Bytes::over(other), &[]);
    let (before, after) = (of(old, new)?, of(new, old)?);
    let bytes = |all: &[u8], range: &Range<u64>| all.get(range.start as usize..range.end as usize).map(<[u8]>::to_vec);
    let read = before.first(after.scans()) == Some(&after.ranges[..])
        && after.ranges.iter().all(|range| bytes(old, range) == bytes(new, range));
    if !read || old.len() != new.len() || is_followed(old)? {
        return Ok(false);
    }
    // Entropy-coded data have no header; they were taken in as they stand.
    let is_data = |start: u64| after.data.binary_search_by_key(&start, |range| range.start).is_ok();
    let mut starts: Vec<u64> = after.ranges.iter().map(|range| range.start).filter(|start| !is_data(*start)).collect();
    starts.sort_unstable();
    let is_head = |at: u64| {
        let next = starts.get(starts.partition_point(|start| *start <= at)).copied().unwrap_or(u64::MAX);
        next - at <= 4 && matches!(new.get(next as usize - 4..next as usize - 2), Some([0xff, 0xc0..=0xfe]))
    };
    Ok((0_u64..).zip(old.iter().zip(new)).all(|(at, (old, new))| old == new || *new == 0xff || is_head(at)))
}

/// Whether the first thing behind a picture that is not filling is another picture: the second field of two.
fn is_followed(picture: &[u8]) -> Result<bool, Trouble> {
    let mut bytes = Bytes::over(picture);
    let mut walk = Walk::new(0..picture.len() as u64);
    while let Some(part) = walk.next(&mut bytes)? {
        let Part::End(range) = part else { continue };
        let behind = picture.get(range.end as usize..).unwrap_or_default();
        let quiet = behind.iter().take(4_096).take_while(|b| matches!(b, 0 | 0xff)).count();
        return Ok(quiet > 0 && behind.get(quiet - 1..quiet + 2).is_some_and(|b| matches!(b, [0xff, 0xd8, 0xff])));
    }
    Ok(false)
}

fn component(bytes: &[u8]) -> Component {
    Component { id: bytes[0], quantisation: usize::from(bytes[2] & 3), begun: false, missing: vec![255; 64] }
}
