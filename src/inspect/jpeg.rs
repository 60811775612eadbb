//! The witness's own account of a JPEG: every byte of it belongs to one part.
//!
//! ISO/IEC 10918-1 Annex B (markers, segments, entropy-coded data), read as decoders do: bytes that are no marker are
//! skipped between segments, and the picture ends at the first EOI of the top level.

pub(super) mod cleared;
pub(super) mod findings;
mod gain;
pub(super) mod samples;

pub(super) use samples::same_in_place;

pub(super) use cleared::witness;
pub(super) use findings::{discover, year};

use super::Trouble;
use super::bytes::{Bytes, same};
use std::ops::Range;

pub(super) const SOI: u8 = 0xd8;
pub(super) const EOI: u8 = 0xd9;
pub(super) const SOS: u8 = 0xda;
pub(super) const COM: u8 = 0xfe;

/// One part of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// SOI.
    Start(Range<u64>),
    /// A marker with a length: all of it, and what follows the length.
    Segment { marker: u8, range: Range<u64>, payload: Range<u64> },
    /// A marker without a length where none belongs.
    Bare(u8, Range<u64>),
    /// 0xFF bytes before a marker.
    Fill(Range<u64>),
    /// Bytes between segments that no decoder reads.
    Junk(Range<u64>),
    /// Entropy-coded data with its restart markers.
    Scan(Range<u64>),
    /// 0xFF bytes within entropy-coded data, which decoders skip.
    ScanFill(Range<u64>),
    /// EOI.
    End(Range<u64>),
    /// All bytes after EOI.
    Behind(Range<u64>),
}

impl Part {
    pub(super) fn range(&self) -> &Range<u64> {
        match self {
            Part::Start(r) | Part::Bare(_, r) | Part::Fill(r) | Part::Junk(r) | Part::Scan(r) => r,
            Part::ScanFill(r) | Part::End(r) | Part::Behind(r) | Part::Segment { range: r, .. } => r,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Between,
    Within,
    After,
    Done,
}

/// Bytes of a scan that are looked at together.
const STRETCH: usize = 512;

/// Walks a JPEG part by part, each starting where the one before ended.
#[derive(Debug)]
pub(super) struct Walk {
    at: u64,
    end: u64,
    state: State,
    /// JPEG-LS stuffs a bit where JPEG stuffs a byte (ISO/IEC 14495-1 A.1).
    bit_stuffed: bool,
    /// Whether the last segment began a scan, and whether scans have restart markers.
    scanned: bool,
    restarts: bool,
}

impl Walk {
    /// A walk over the bytes of `range`.
    pub(super) fn new(range: Range<u64>) -> Self {
        Self {
            at: range.start,
            end: range.end,
            state: State::Before,
            bit_stuffed: false,
            scanned: false,
            restarts: false,
        }
    }

    /// The next part; none at the end of the bytes.
    pub(super) fn next(&mut self, bytes: &mut Bytes<'_>) -> Result<Option<Part>, Trouble> {
        if self.at >= self.end {
            return Ok(None);
        }
        let part = match self.state {
            State::Before => {
                if bytes.get(self.at, 2)? != Some(&[0xff, SOI]) {
                    return Err(Trouble::Damaged("it does not begin as a JPEG does"));
                }
                self.state = State::Between;
                Part::Start(self.at..self.at + 2)
            }
            State::Between => self.between(bytes)?,
            State::Within => self.within(bytes)?,
            State::After | State::Done => {
                self.state = State::Done;
                Part::Behind(self.at..self.end)
            }
        };
        self.at = part.range().end;
        Ok(Some(part))
    }

    /// The scan that begins here, when its bytes are those of `scan` in another file that was walked already and a marker
    /// follows: the same answer as [`Walk::next`] gives, without searching for markers again.
    pub(super) fn same_scan(
        &mut self,
        bytes: &mut Bytes<'_>,
        other: &mut Bytes<'_>,
        scan: &Range<u64>,
    ) -> Result<Option<Part>, Trouble> {
        let range = self.at..self.at + (scan.end - scan.start);
        if self.state != State::Within || range.is_empty() || range.end > self.end {
            return Ok(None);
        }
        let marker = [self.byte(bytes, range.end)?, self.byte(bytes, range.end + 1)?];
        if !matches!(marker, [Some(0xff), Some(0x01..=0xcf | 0xd8..=0xfe)])
            || !same(bytes, range.start, other, scan.clone())?
        {
            return Ok(None);
        }
        (self.at, self.state) = (range.end, State::Between);
        Ok(Some(Part::Scan(range)))
    }

    /// Whether EOI has been passed.
    pub(super) fn ended(&self) -> bool {
        matches!(self.state, State::After | State::Done)
    }

    fn byte(&self, bytes: &mut Bytes<'_>, at: u64) -> Result<Option<u8>, Trouble> {
        if at >= self.end {
            return Ok(None);
        }
        Ok(bytes.slice_at(at, 1)?.first().copied())
    }

    fn between(&mut self, bytes: &mut Bytes<'_>) -> Result<Part, Trouble> {
        let at = self.at;
        if self.byte(bytes, at)? != Some(0xff) {
            let end = bytes.find(0xff, at, self.end)?.unwrap_or(self.end);
            return Ok(Part::Junk(at..end));
        }
        let mut code = at + 1;
        while self.byte(bytes, code)? == Some(0xff) {
            code += 1;
        }
        if code > at + 1 {
            return Ok(Part::Fill(at..code - 1));
        }
        match self.byte(bytes, code)? {
            None => Ok(Part::Junk(at..self.end)),
            Some(0) => Ok(Part::Junk(at..code + 1)),
            Some(EOI) => {
                self.state = State::After;
                Ok(Part::End(at..code + 1))
            }
            // Damage to samples makes markers: a decoder looks for the next restart and goes on there (libjpeg, jdmarker.c).
            Some(0xd0..=0xd7) if self.scanned && self.restarts => {
                self.state = State::Within;
                self.within(bytes)
            }
            Some(marker @ 0x02..=0xbf) if self.scanned => Ok(Part::Bare(marker, at..code + 1)),
            Some(marker @ (0x01 | 0xd0..=0xd8)) => Ok(Part::Bare(marker, at..code + 1)),
            Some(marker) => {
                let length = bytes.get(code + 1, 2)?.map(|b| u64::from(u16::from_be_bytes([b[0], b[1]])));
                match length {
                    Some(length) if length >= 2 && code + 1 + length <= self.end => {
                        self.bit_stuffed |= marker == 0xf7;
                        self.scanned = marker == SOS;
                        if self.scanned {
                            self.state = State::Within;
                        }
                        if marker == 0xdd {
                            self.restarts = bytes.get(code + 3, 2)?.is_some_and(|interval| interval != [0, 0]);
                        }
                        let end = code + 1 + length;
                        Ok(Part::Segment { marker, range: at..end, payload: code + 3..end })
                    }
                    _ => Ok(Part::Junk(at..self.end)),
                }
            }
        }
    }

    /// Goes on over stuffed bytes and restart markers as far as the bytes at hand show them: most of a scan, at speed.
    fn skip_stuffed(&self, bytes: &mut Bytes<'_>, from: u64) -> Result<u64, Trouble> {
        let end = self.end;
        let slice = bytes.slice_at(from, 1)?;
        let slice = &slice[..slice.len().min(usize::try_from(end.saturating_sub(from)).unwrap_or(usize::MAX))];
        let (mut at, bare) = (0, !self.restarts);
        // Every neighbour of each byte of the stretch is at hand; without a branch the loop runs on many bytes at once.
        while let Some(stretch) = slice.get(at..at + STRETCH + 1) {
            let ends =
                |n: usize| (stretch[n] == 0xff) & (stretch[n + 1] != 0) & ((stretch[n + 1] >> 3 != 0xd0 >> 3) | bare);
            if (0..STRETCH).fold(false, |any, n| any | ends(n)) {
                break;
            }
            at += STRETCH;
        }
        let first = at;
        for ff in memchr::memchr_iter(0xff, &slice[first..]).map(|ff| first + ff).take(2 * STRETCH) {
            match slice.get(ff + 1) {
                Some(0) => at = ff + 2,
                Some(0xd0..=0xd7) if self.restarts => at = ff + 2,
                _ => break,
            }
        }
        Ok(from + at as u64)
    }

    fn within(&mut self, bytes: &mut Bytes<'_>) -> Result<Part, Trouble> {
        let start = self.at;
        let mut from = start;
        loop {
            from = self.skip_stuffed(bytes, from)?;
            let Some(ff) = bytes.find(0xff, from, self.end)? else {
                return Ok(Part::Scan(start..self.end));
            };
            match self.byte(bytes, ff + 1)? {
                Some(0) => from = ff + 2,
                // Where no interval is defined a decoder reads nothing behind a restart marker (B.2.4.4).
                Some(0xd0..=0xd7) if self.restarts => from = ff + 2,
                Some(0..=0x7f) if self.bit_stuffed => from = ff + 2,
                Some(0xff) => {
                    let mut last = ff + 1;
                    while self.byte(bytes, last + 1)? == Some(0xff) {
                        last += 1;
                    }
                    let goes_on = match self.byte(bytes, last + 1)? {
                        Some(0) => true,
                        Some(0xd0..=0xd7) => self.restarts,
                        _ => false,
                    };
                    if !goes_on {
                        self.state = State::Between;
                    }
                    if ff > start {
                        // The fill is handed out when this place is come to again.
                        return Ok(Part::Scan(start..ff));
                    }
                    return if goes_on { Ok(Part::ScanFill(ff..last)) } else { self.between(bytes) };
                }
                _ => {
                    self.state = State::Between;
                    return if ff > start { Ok(Part::Scan(start..ff)) } else { self.between(bytes) };
                }
            }
        }
    }
}

/// How many bytes of a segment's payload decoding reads, by the grammar of its marker (B.2.2 to B.2.5); none when the
/// marker is not one that decoding needs, or the payload is too short for what it says.
pub(super) fn coded_length(marker: u8, payload: &[u8]) -> Option<usize> {
    let length = match marker {
        0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => 6 + 3 * usize::from(*payload.get(5)?),
        0xc4 => huffman_tables(payload)?,
        0xdb => quantisation_tables(payload)?,
        0xcc => payload.len() & !1,
        0xdc | 0xdd => 2,
        SOS => 4 + 2 * usize::from(*payload.first()?),
        _ => return None,
    };
    (length <= payload.len()).then_some(length)
}

fn huffman_tables(payload: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(counts) = payload.get(at + 1..at + 17) {
        let symbols: usize = counts.iter().map(|n| usize::from(*n)).sum();
        let class_and_place = payload.get(at)?;
        if class_and_place >> 4 > 1 || class_and_place & 15 > 3 || symbols > 256 || at + 17 + symbols > payload.len() {
            break;
        }
        at += 17 + symbols;
    }
    (at > 0).then_some(at)
}

fn quantisation_tables(payload: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(first) = payload.get(at) {
        let size = 1 + 64 * (1 + usize::from(first >> 4));
        if first >> 4 > 1 || first & 15 > 3 || at + size > payload.len() {
            break;
        }
        at += size;
    }
    (at > 0).then_some(at)
}

/// [`coded_length`] of a segment of the file; its marker's payload is read only where decoding needs it.
pub(super) fn coded(bytes: &mut Bytes<'_>, marker: u8, payload: &Range<u64>) -> Result<Option<u64>, Trouble> {
    if !matches!(marker, 0xc0..=0xcf | 0xda..=0xdd) {
        return Ok(None);
    }
    let n = (payload.end - payload.start) as usize;
    let payload = bytes.get(payload.start, n)?.unwrap_or_default();
    Ok(coded_length(marker, payload).map(|n| n as u64))
}

/// Width and height of a frame header's payload (B.2.2).
pub(super) fn size(payload: &[u8]) -> Option<(u32, u32)> {
    let height = super::bytes::be16(payload, 1)?;
    let width = super::bytes::be16(payload, 3)?;
    Some((u32::from(width), u32::from(height)))
}

/// Whether a marker is a frame header.
pub(super) fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(data: &[u8]) -> Vec<Part> {
        let data = data.to_vec();
        let mut bytes = Bytes::new(&data);
        let mut walk = Walk::new(0..data.len() as u64);
        let mut parts = Vec::new();
        while let Some(part) = walk.next(&mut bytes).unwrap() {
            parts.push(part);
        }
        parts
    }

    #[test]
    fn parts_tile_the_file_whatever_it_holds() {
        let sample = super::super::fixture::jpeg();
        let mut tried = 0;
        for cut in 2..sample.len() {
            let parts = walk(&sample[..cut]);
            let mut at = 0;
            for part in &parts {
                assert_eq!(part.range().start, at);
                assert!(part.range().end > at, "{part:?}");
                at = part.range().end;
            }
            assert_eq!(at, cut as u64);
            tried += 1;
        }
        assert_eq!(tried, sample.len() - 2);
    }

    #[test]
    fn fill_bytes_inside_and_behind_scans_are_told_apart() {
        let samples = [0xff, 0xda, 0, 2, 1, 0xff, 0xff, 0xd0, 2, 0xff, 0, 0xff, 0xff, 0xff, 0xd9, 7];
        let data = [&[0xff, 0xd8, 0xff, 0xdd, 0, 4, 0, 9][..], &samples].concat();
        assert_eq!(
            walk(&data)[3..],
            [
                Part::Scan(12..13),
                Part::ScanFill(13..14),
                Part::Scan(14..19),
                Part::Fill(19..21),
                Part::End(21..23),
                Part::Behind(23..24)
            ]
        );
        let unbound = [&[0xff, 0xd8][..], &samples].concat();
        assert_eq!(walk(&unbound)[2..5], [Part::Scan(6..7), Part::Fill(7..8), Part::Bare(0xd0, 8..10)]);
    }

    #[test]
    fn a_marker_that_damage_made_ends_the_samples_until_the_next_restart() {
        let scan = |interval: u8| {
            let head = [0xff, 0xd8, 0xff, 0xdd, 0, 4, 0, interval, 0xff, 0xda, 0, 2, 1, 0xff, 0xae, 0, 9, 9];
            [&head[..], &[0xff, 0xd1, 7, 0xff, 0xd9]].concat()
        };
        let torn = [Part::Scan(12..13), Part::Bare(0xae, 13..15), Part::Junk(15..18)];
        assert_eq!(walk(&scan(5))[3..6], torn);
        assert_eq!(walk(&scan(5))[6..], [Part::Scan(18..21), Part::End(21..23)]);
        assert_eq!(walk(&scan(0))[3..6], torn);
        assert_eq!(walk(&scan(0))[6..], [Part::Bare(0xd1, 18..20), Part::Junk(20..21), Part::End(21..23)]);
    }

    #[test]
    fn tables_are_measured_by_their_grammar() {
        let mut two_tables = vec![0u8; 65];
        two_tables.extend([0x10; 129]);
        assert_eq!(coded_length(0xdb, &two_tables), Some(194));
        two_tables.extend(b"Canary");
        assert_eq!(coded_length(0xdb, &two_tables), Some(194));
        assert_eq!(coded_length(0xdb, &two_tables[..64]), None);
        let mut huffman = vec![0u8; 17];
        huffman[3] = 2;
        huffman.extend([1, 2]);
        assert_eq!(coded_length(0xc4, &huffman), Some(19));
        assert_eq!(coded_length(COM, b"x"), None);
    }
}
