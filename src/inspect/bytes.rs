//! Bounded reading for the witness: a whole slice where there is one, else a window of at most 256 KiB over the source,
//! small after a leap and growing as long as the reading goes on.

mod compared;

use super::Trouble;
use crate::cut::Source;
use std::io;
use std::ops::Range;

pub(super) use compared::compare;

/// Bytes held at most at a time of a source that does not lie in memory.
const WINDOW: usize = 256 * 1024;

/// Bytes read after a leap, since most may be passed over.
const GLANCE: usize = 1024;

/// A reader of one source; it never holds more than [`WINDOW`] bytes, and nothing at all of a source in memory.
pub(super) struct Bytes<'a> {
    source: Option<&'a dyn Source>,
    whole: Option<&'a [u8]>,
    length: u64,
    window: Vec<u8>,
    /// Bytes that were read last.
    reach: usize,
    at: u64,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(source: &'a dyn Source) -> Self {
        let whole = source.as_slice();
        let length = whole.map_or_else(|| source.len(), |w| w.len() as u64);
        Self { source: Some(source), whole, length, window: Vec::new(), reach: GLANCE, at: 0 }
    }

    /// A reader of bytes in memory.
    pub(super) fn over(whole: &'a [u8]) -> Self {
        Self { source: None, whole: Some(whole), length: whole.len() as u64, window: Vec::new(), reach: GLANCE, at: 0 }
    }

    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// As many bytes from `offset` as are at hand, at least one before the end of the source, and at least `least` where
    /// the source has them and `least` is no more than a window.
    pub(super) fn slice_at(&mut self, offset: u64, least: usize) -> Result<&[u8], Trouble> {
        if let Some(whole) = self.whole {
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(whole.len());
            return Ok(&whole[start..]);
        }
        let wanted = self.length.saturating_sub(offset).min(least.clamp(1, WINDOW) as u64);
        let end = self.at + self.window.len() as u64;
        if offset < self.at || offset + wanted > end {
            self.fill(offset, wanted)?;
        }
        let start = (offset - self.at) as usize;
        Ok(self.window.get(start..).unwrap_or_default())
    }

    /// The beginning of a range all of which is wanted, as much of it as is at hand, and what follows it there.
    fn part(&mut self, range: Range<u64>) -> Result<&[u8], Trouble> {
        let held = self.at..self.at + self.window.len() as u64;
        let wanted = if held.contains(&range.start) { 1 } else { range.end.saturating_sub(range.start) };
        self.slice_at(range.start, wanted.min(WINDOW as u64) as usize)
    }

    fn fill(&mut self, offset: u64, wanted: u64) -> Result<(), Trouble> {
        let goes_on = (self.at..=self.at + self.window.len() as u64).contains(&offset);
        self.reach = if goes_on { WINDOW.min(self.reach * 2) } else { GLANCE };
        let n = self.length.saturating_sub(offset).min(wanted.max(self.reach as u64)) as usize;
        self.window.resize(n, 0);
        self.at = offset;
        let read = self.source.map_or(Ok(()), |source| source.read_exact_at(offset, &mut self.window));
        if let Err(error) = read {
            self.window.clear();
            return Err(error.into());
        }
        Ok(())
    }

    /// Exactly `n` bytes at `offset`, or none where the source ends before.
    pub(super) fn get(&mut self, offset: u64, n: usize) -> Result<Option<&[u8]>, Trouble> {
        debug_assert!(n <= WINDOW, "no more than a window is asked for at once");
        Ok(self.slice_at(offset, n)?.get(..n))
    }

    /// The next place of `byte` at or after `from` and before `to`.
    pub(super) fn find(&mut self, byte: u8, from: u64, to: u64) -> Result<Option<u64>, Trouble> {
        let mut at = from;
        let to = to.min(self.length);
        while at < to {
            let slice = self.slice_at(at, 1)?;
            let n = (slice.len() as u64).min(to - at);
            if n == 0 {
                break;
            }
            if let Some(found) = memchr::memchr(byte, &slice[..n as usize]) {
                return Ok(Some(at + found as u64));
            }
            at += n;
        }
        Ok(None)
    }

    /// A copy of `range`, at most `cap` bytes of it; what lies past the end is left out.
    pub(super) fn copy(&mut self, range: Range<u64>, cap: usize) -> Result<Vec<u8>, Trouble> {
        let end = range.end.min(self.length).min(range.start.saturating_add(cap as u64));
        let mut out = Vec::new();
        self.each(range.start..end, |part| {
            out.extend_from_slice(part);
            Ok(())
        })?;
        Ok(out)
    }

    /// Hands `range` to `visit` a part at a time.
    pub(super) fn each(
        &mut self,
        range: Range<u64>,
        mut visit: impl FnMut(&[u8]) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let mut at = range.start;
        let end = range.end.min(self.length);
        while at < end {
            let slice = self.part(at..end)?;
            let n = (slice.len() as u64).min(end - at) as usize;
            if n == 0 {
                return Err(Trouble::Unreadable(io::ErrorKind::UnexpectedEof));
            }
            visit(&slice[..n])?;
            at += n as u64;
        }
        Ok(())
    }
}

/// Whether the bytes from `at` are those of `range` in another file.
pub(super) fn same(
    bytes: &mut Bytes<'_>,
    mut at: u64,
    other: &mut Bytes<'_>,
    range: Range<u64>,
) -> Result<bool, Trouble> {
    let mut left = range;
    while left.start < left.end {
        let x = bytes.part(at..at.saturating_add(left.end - left.start))?;
        let y = other.part(left.clone())?;
        let n = (x.len() as u64).min(y.len() as u64).min(left.end - left.start) as usize;
        if n == 0 || x[..n] != y[..n] {
            return Ok(false);
        }
        at += n as u64;
        left.start += n as u64;
    }
    Ok(true)
}

/// Length in bytes of all ranges together.
pub(super) fn total(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().fold(0, |sum, r| sum.saturating_add(r.end.saturating_sub(r.start)))
}

/// The big-endian number in two bytes at `at`.
pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?).map(|b| u16::from_be_bytes([b[0], b[1]]))
}

/// The big-endian number in four bytes at `at`.
pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source that is not in memory, as far as anyone can see.
    struct Far(Vec<u8>);

    impl Source for Far {
        fn len(&self) -> u64 {
            self.0.len() as u64
        }
        fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
            Source::read_at(self.0.as_slice(), offset, buf)
        }
    }

    fn noise(n: usize) -> Vec<u8> {
        let mut x = 1u32;
        (0..n)
            .map(|_| {
                x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (x >> 24) as u8
            })
            .collect()
    }

    #[test]
    fn a_windowed_source_reads_as_a_slice_does() {
        let data = noise(3 * WINDOW + 17);
        let far = Far(data.clone());
        let (mut near, mut far) = (Bytes::new(&data), Bytes::new(&far));
        let mut tried = 0;
        for at in (0..data.len() as u64 + 40).step_by(7919) {
            for n in [1usize, 6, 4096, WINDOW] {
                assert_eq!(near.get(at, n).unwrap(), far.get(at, n).unwrap(), "{n} at {at}");
                tried += 1;
            }
            assert_eq!(near.find(0xff, at, u64::MAX).unwrap(), far.find(0xff, at, u64::MAX).unwrap());
        }
        assert!(tried > 100);
        let all = 0..data.len() as u64;
        assert_eq!(far.copy(all.clone(), usize::MAX).unwrap(), data);
        let (pieces, whole) = ([0..100, 100..WINDOW as u64 * 2, WINDOW as u64 * 2..data.len() as u64], [all]);
        assert!(compare((&mut near, &pieces), (&mut far, &whole)).unwrap());
    }
}
