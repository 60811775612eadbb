//! A window that moves over a source: the one place where surgeons read, each read checked against the source's end.

use crate::cut::Source;
use crate::plan::Refusal;
use std::io;
use std::ops::Range;

/// Bytes read at once at most where the source is not in memory.
const WINDOW: u64 = 256 * 1024;

/// Bytes read after a leap, since most may be passed over.
const GLANCE: u64 = 1024;

/// A reader with one window of at most 256 KiB, small after a leap and growing as long as the reading goes on; or none
/// where the source lies in memory.
pub(super) struct Reader<'a> {
    source: &'a dyn Source,
    memory: Option<&'a [u8]>,
    length: u64,
    window: Vec<u8>,
    start: u64,
    /// Bytes that were read last.
    reach: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a dyn Source) -> Self {
        Self { source, memory: source.as_slice(), length: source.len(), window: Vec::new(), start: 0, reach: GLANCE }
    }

    /// What is read.
    pub(super) fn source(&self) -> &'a dyn Source {
        self.source
    }

    /// Length of the source in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Bytes from `at` on: at least `least`, or all there are before the end of the source.
    pub(super) fn rest(&mut self, at: u64, least: usize) -> io::Result<&[u8]> {
        if let Some(all) = self.memory {
            let from = usize::try_from(at).unwrap_or(usize::MAX).min(all.len());
            return Ok(&all[from..]);
        }
        if at >= self.length {
            return Ok(&[]);
        }
        let wanted = (least.max(1) as u64).min(self.length - at);
        let held = self.start + self.window.len() as u64;
        if at < self.start || at + wanted > held {
            self.reach = if (self.start..=held).contains(&at) { WINDOW.min(self.reach * 2) } else { GLANCE };
            let size = self.reach.max(wanted).min(self.length - at);
            self.window.resize(size as usize, 0);
            self.start = at;
            if let Err(error) = self.source.read_exact_at(at, &mut self.window) {
                self.window.clear();
                return Err(error);
            }
        }
        Ok(&self.window[(at - self.start) as usize..])
    }

    /// `N` bytes at `at`, or none where the source ends before them.
    pub(super) fn peek<const N: usize>(&mut self, at: u64) -> io::Result<Option<[u8; N]>> {
        let bytes = self.rest(at, N)?;
        Ok(bytes.get(..N).and_then(|b| b.try_into().ok()))
    }

    /// The bytes of a range, if it lies in the source and is no longer than `limit`.
    ///
    /// # Errors
    /// Truncated past the end, too large over the limit, unreadable where the medium fails.
    pub(super) fn read(&mut self, range: Range<u64>, limit: u64) -> Result<Vec<u8>, Refusal> {
        if range.start <= range.end && range.end <= self.length && range.end - range.start > limit {
            return Err(Refusal::too_large("a part of the file is larger than any real one"));
        }
        let length = range.end.saturating_sub(range.start);
        if length <= WINDOW {
            let bytes = self.rest(range.start, length as usize)?;
            return bytes
                .get(..length as usize)
                .map(<[u8]>::to_vec)
                .ok_or_else(|| Refusal::truncated("the file ends inside one of its parts"));
        }
        Ok(self.source.read_range(range, limit)?)
    }

    /// Whether the bytes from `at` on are exactly these.
    pub(super) fn holds(&mut self, at: u64, bytes: &[u8]) -> io::Result<bool> {
        Ok(self.rest(at, bytes.len())?.get(..bytes.len()) == Some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source that shows no slice, so that the window is used.
    struct Far(Vec<u8>);

    impl Source for Far {
        fn len(&self) -> u64 {
            self.0.len() as u64
        }
        fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
            Source::read_at(self.0.as_slice(), offset, buf)
        }
    }

    #[test]
    fn the_window_reads_what_memory_reads_at_every_step() {
        let bytes: Vec<u8> = (0..700_000_u32).map(|n| (n % 251) as u8).collect();
        let far = Far(bytes.clone());
        let (mut near, mut window) = (Reader::new(&bytes), Reader::new(&far));
        let mut tried = 0;
        for at in (0..700_010).step_by(9_973) {
            assert_eq!(near.peek::<4>(at).expect("memory"), window.peek::<4>(at).expect("memory"));
            let range = at..at + 300_000;
            assert_eq!(near.read(range.clone(), 400_000), window.read(range, 400_000));
            tried += 1;
        }
        assert_eq!(tried, 71);
    }

    #[test]
    fn a_declared_length_is_checked_before_it_is_used() {
        let bytes = vec![0_u8; 100];
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.read(0..50, 10).err().map(|r| r.code), Some("too-large"));
        assert_eq!(reader.read(50..u64::MAX, u64::MAX).err().map(|r| r.code), Some("truncated"));
        let (start, end) = (50, 40);
        assert_eq!(reader.read(start..end, 10), Ok(Vec::new()));
    }
}
