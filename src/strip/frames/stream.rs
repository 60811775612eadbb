//! A source as libraries want to read it: from a position that moves.

use crate::cut::Source;
use std::io::{self, Read, Seek, SeekFrom};

/// A moving position over a source.
pub(super) struct Stream<'a> {
    source: &'a dyn Source,
    at: u64,
}

impl<'a> Stream<'a> {
    pub(super) fn new(source: &'a dyn Source) -> Self {
        Self { source, at: 0 }
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read_at(self.at, buf)?;
        self.at = self.at.saturating_add(n as u64);
        Ok(n)
    }
}

impl Seek for Stream<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.source.len().checked_add_signed(by),
        };
        self.at = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
