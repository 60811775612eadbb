//! Boxes, the nested parts of HEIF, AVIF, JPEG XL and JPEG 2000 files, walked with bounds.
//!
//! ISO/IEC 14496-12 section 4.2; ISO/IEC 15444-1 Annex I.4; ISO/IEC 18181-2 section 4. A length of 0 runs to the end of
//! the file, a length of 1 is followed by one of eight bytes.

use super::Trouble;
use super::bytes::{Bytes, be32};
use std::ops::Range;

/// The most boxes of one level that are read.
const MOST: usize = 100_000;

/// One box, or bytes that are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Box4 {
    /// Its type; four question marks where the bytes are no box.
    pub(super) kind: [u8; 4],
    /// All of it.
    pub(super) range: Range<u64>,
    /// What follows its head.
    pub(super) data: Range<u64>,
    /// Whether all of it is there.
    pub(super) whole: bool,
    /// Whether it states its length; else it runs to the end.
    pub(super) stated: bool,
}

impl Box4 {
    /// Length in bytes of what follows the head.
    pub(super) fn length(&self) -> u64 {
        self.data.end - self.data.start
    }

    /// The type as text, odd bytes replaced.
    pub(super) fn name(&self) -> String {
        name(self.kind)
    }
}

/// A type of four bytes as text; what is not a plain sign becomes a question mark.
pub(super) fn name(kind: [u8; 4]) -> String {
    kind.iter().map(|b| if (0x20..0x7f).contains(b) { char::from(*b) } else { '?' }).collect()
}

/// Whether the bytes of a type are such as types are made of.
fn is_type(kind: &[u8]) -> bool {
    kind.iter().all(|b| (0x20..0x7f).contains(b) || *b == 0xa9)
}

/// The boxes of one level, one after another.
#[derive(Debug)]
pub(super) struct Walk {
    at: u64,
    end: u64,
    read: usize,
}

impl Walk {
    pub(super) fn new(range: Range<u64>) -> Self {
        Self { at: range.start, end: range.end, read: 0 }
    }

    /// The next box; bytes that are none come as one last part that is not whole.
    pub(super) fn next(&mut self, bytes: &mut Bytes<'_>) -> Result<Option<Box4>, Trouble> {
        let (at, end) = (self.at, self.end.min(bytes.len()));
        if at >= end {
            return Ok(None);
        }
        self.read += 1;
        if self.read > MOST {
            return Err(Trouble::TooLarge("more than a hundred thousand boxes"));
        }
        let broken = Box4 { kind: *b"????", range: at..end, data: at..end, whole: false, stated: false };
        self.at = end;
        let n = (end - at).min(16) as usize;
        let Some(head) = bytes.get(at, n)? else { return Ok(Some(broken)) };
        let (Some(short), Some(kind)) = (be32(head, 0), head.get(4..8)) else { return Ok(Some(broken)) };
        let kind = [kind[0], kind[1], kind[2], kind[3]];
        if !is_type(&kind) {
            return Ok(Some(broken));
        }
        let (length, head) = match short {
            0 => (end - at, 8),
            1 => match (be32(head, 8), be32(head, 12)) {
                (Some(high), Some(low)) => (u64::from(high) << 32 | u64::from(low), 16),
                _ => return Ok(Some(broken)),
            },
            n => (u64::from(n), 8),
        };
        if length < head {
            return Ok(Some(broken));
        }
        let stop = at.saturating_add(length);
        let whole = stop <= end;
        self.at = stop.min(end);
        Ok(Some(Box4 { kind, range: at..self.at, data: at + head..self.at, whole, stated: short != 0 }))
    }
}

/// The boxes of one level of a part in memory, as far as they are whole, and whether they fill it.
pub(super) fn list(part: &[u8], range: Range<usize>) -> Result<(Vec<Box4>, bool), Trouble> {
    let mut bytes = Bytes::over(part);
    let mut walk = Walk::new(range.start as u64..range.end as u64);
    let mut out = Vec::new();
    while let Some(found) = walk.next(&mut bytes)? {
        if !found.whole || !found.stated {
            return Ok((out, false));
        }
        out.push(found);
    }
    Ok((out, true))
}

/// A reader of big-endian numbers from a part in memory; once past its end it stays there.
#[derive(Debug, Clone)]
pub(super) struct Numbers<'a> {
    left: &'a [u8],
    past: bool,
}

impl<'a> Numbers<'a> {
    pub(super) fn new(left: &'a [u8]) -> Self {
        Self { left, past: false }
    }

    /// The next `n` bytes; none when there are fewer.
    pub(super) fn take(&mut self, n: usize) -> &'a [u8] {
        match self.left.split_at_checked(n) {
            Some((head, rest)) => {
                self.left = rest;
                head
            }
            None => {
                self.past = true;
                self.left = &[];
                &[]
            }
        }
    }

    /// The number in the next `n` bytes, of which there may be none to eight.
    pub(super) fn number(&mut self, n: usize) -> u64 {
        self.take(n).iter().take(8).fold(0, |sum, b| sum << 8 | u64::from(*b))
    }

    /// Whether every byte was read and none beyond.
    pub(super) fn ended(&self) -> bool {
        !self.past && self.left.is_empty()
    }

    /// Whether more was asked for than there was.
    pub(super) fn past(&self) -> bool {
        self.past
    }

    /// How many bytes are left.
    pub(super) fn remaining(&self) -> usize {
        self.left.len()
    }
}

/// Whether all bytes of a range are zero.
pub(super) fn is_zero(bytes: &mut Bytes<'_>, range: Range<u64>) -> Result<bool, Trouble> {
    let mut zero = true;
    let mut at = range.start;
    while zero && at < range.end {
        let stop = range.end.min(at.saturating_add(1 << 20));
        bytes.each(at..stop, |part| {
            zero &= part.iter().all(|b| *b == 0);
            Ok(())
        })?;
        at = stop;
    }
    Ok(zero)
}

/// What of `whole` lies in none of `kept`, in order.
pub(super) fn gaps(whole: Range<u64>, kept: &mut [Range<u64>]) -> Vec<Range<u64>> {
    kept.sort_by_key(|r| (r.start, r.end));
    let mut out = Vec::new();
    let mut at = whole.start;
    for range in kept.iter() {
        if range.start > at {
            out.push(at..range.start.min(whole.end));
        }
        at = at.max(range.end);
        if at >= whole.end {
            break;
        }
    }
    if at < whole.end {
        out.push(at..whole.end);
    }
    out
}

/// Ranges of a file that make one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spans {
    ranges: Vec<Range<u64>>,
    /// Where in the stream each range begins.
    starts: Vec<u64>,
    length: u64,
}

impl Spans {
    pub(super) fn new(ranges: impl IntoIterator<Item = Range<u64>>) -> Self {
        let mut spans = Self::default();
        for range in ranges.into_iter().filter(|r| r.start < r.end) {
            spans.starts.push(spans.length);
            spans.length = spans.length.saturating_add(range.end - range.start);
            spans.ranges.push(range);
        }
        spans
    }

    pub(super) fn len(&self) -> u64 {
        self.length
    }

    pub(super) fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }

    /// Where the bytes of a part of the stream lie in the file.
    pub(super) fn sub(&self, part: Range<u64>) -> Vec<Range<u64>> {
        let mut out = Vec::new();
        let mut i = self.starts.partition_point(|start| *start <= part.start).saturating_sub(1);
        let mut at = part.start;
        while at < part.end.min(self.length) {
            let (Some(range), Some(start)) = (self.ranges.get(i), self.starts.get(i)) else { break };
            let from = range.start + (at - start);
            let n = (range.end - from).min(part.end - at);
            out.push(from..from + n);
            at += n;
            i += 1;
        }
        out
    }

    /// A copy of `n` bytes of the stream at `at`; fewer at its end.
    pub(super) fn copy(&self, bytes: &mut Bytes<'_>, at: u64, n: usize) -> Result<Vec<u8>, Trouble> {
        let mut out = Vec::new();
        for range in self.sub(at..at.saturating_add(n as u64)) {
            out.extend(bytes.copy(range, n)?);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(file: &[u8]) -> Vec<(String, u64, bool)> {
        let mut bytes = Bytes::over(file);
        let mut walk = Walk::new(0..file.len() as u64);
        let mut out = Vec::new();
        while let Some(b) = walk.next(&mut bytes).unwrap() {
            out.push((b.name(), b.length(), b.whole));
        }
        out
    }

    #[test]
    fn lengths_of_every_sort_end() {
        let cases: [(&[u8], &str, u64, bool); 8] = [
            (b"\0\0\0\x0aftypxx", "ftyp", 2, true),
            (b"\0\0\0\0mdatxxxx", "mdat", 4, true),
            (b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x12xx", "mdat", 2, true),
            (b"\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xffxx", "mdat", 2, false),
            (b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x02xx", "????", 18, false),
            (b"\0\0\0\x07mdatxx", "????", 10, false),
            (b"\xff\xff\xff\xffmdatxx", "mdat", 2, false),
            (b"\0\0\0", "????", 3, false),
        ];
        let mut tried = 0;
        for (file, kind, length, whole) in cases {
            assert_eq!(kinds(file), [(kind.to_owned(), length, whole)], "{tried}");
            tried += 1;
        }
        assert_eq!(tried, 8);
    }

    #[test]
    fn spans_and_gaps_are_what_they_say() {
        let spans = Spans::new([10..14, 20..20, 30..33]);
        assert_eq!((spans.len(), spans.sub(2..6)), (7, vec![12..14, 30..32]));
        assert_eq!(spans.sub(6..99), vec![32..33]);
        assert_eq!(gaps(0..40, &mut [30..33, 10..14, 12..20]), vec![0..10, 20..30, 33..40]);
        assert_eq!(gaps(0..10, &mut [0..4, 3..10]), vec![]);
    }
}
