//! The one idea of the house: a cleaned recording is a list of pieces of its source.
//!
//! A surgeon reads its [`Source`] and returns a [`Cut`]. Nothing is copied while planning; a writer streams the pieces
//! out. That every kept byte is picture or a listed part can be read off the list.

mod over;

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;

/// A positioned reader: a length, and bytes at an offset. Surgeons and the witness see nothing else of the disk.
pub trait Source: Send + Sync {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Whether there are no bytes at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads up to `buf.len()` bytes at `offset`; 0 only at or past the end.
    ///
    /// # Errors
    /// Whatever the medium says.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// All bytes, where they lie in memory already.
    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    /// Where the bytes from `offset` on are another source's as they stand there, which source that is. Sources are known
    /// again by their place in memory: one that holds another by value must show the same bytes.
    fn taken(&self, _offset: u64) -> Option<Taken<'_>> {
        None
    }

    /// Fills `buf` from `offset`.
    ///
    /// # Errors
    /// `UnexpectedEof` when the source ends before `buf` is full.
    fn read_exact_at(&self, mut offset: u64, mut buf: &mut [u8]) -> io::Result<()> {
        while !buf.is_empty() {
            match self.read_at(offset, buf)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => {
                    offset += n as u64;
                    buf = &mut buf[n..];
                }
            }
        }
        Ok(())
    }

    /// The bytes of `range`, refused when it reaches past the end or is longer than `limit`: no allocation ever follows
    /// a length that a file merely declares.
    ///
    /// # Errors
    /// `UnexpectedEof` past the end, `InvalidInput` over the limit.
    fn read_range(&self, range: Range<u64>, limit: u64) -> io::Result<Vec<u8>> {
        if range.start > range.end || range.end > self.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let length = range.end - range.start;
        if length > limit {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "longer than what may be read at once"));
        }
        let mut bytes = vec![0; length as usize];
        self.read_exact_at(range.start, &mut bytes)?;
        Ok(bytes)
    }
}

/// A stretch of one source that another shows as its own.
pub struct Taken<'a> {
    /// Whose bytes they are.
    pub source: &'a dyn Source,
    /// Where they begin there.
    pub at: u64,
    /// How many there are.
    pub length: u64,
}

impl fmt::Debug for Taken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes at {} of another source", self.length, self.at)
    }
}

impl Source for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(<[u8]>::len(self));
        let n = buf.len().min(<[u8]>::len(self) - start);
        buf[..n].copy_from_slice(&self[start..start + n]);
        Ok(n)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        Source::read_at(self.as_slice(), offset, buf)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// A file opened for reading, with the length it had when it was opened.
#[derive(Debug)]
pub struct FileSource {
    file: File,
    length: u64,
}

impl FileSource {
    /// Wraps an open file.
    ///
    /// # Errors
    /// When the file's length cannot be read.
    pub fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.length
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buf, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buf, offset)
    }
}

/// One piece of a cleaned recording.
#[derive(Clone, PartialEq, Eq)]
pub enum Piece {
    /// Bytes of the source, unchanged.
    Keep {
        /// Which bytes of the source.
        range: Range<u64>,
        /// The keep-list entry that allows them.
        why: &'static str,
    },
    /// New bytes.
    Write {
        /// The bytes.
        bytes: Vec<u8>,
        /// The keep-list entry that allows them.
        why: &'static str,
    },
    /// Zeros, where bytes were blanked in place.
    Blank {
        /// How many.
        length: u64,
        /// What was blanked.
        why: &'static str,
    },
}

impl Piece {
    /// Length in bytes of what this piece puts into the output.
    pub fn len(&self) -> u64 {
        match self {
            Piece::Keep { range, .. } => range.end.saturating_sub(range.start),
            Piece::Write { bytes, .. } => bytes.len() as u64,
            Piece::Blank { length, .. } => *length,
        }
    }

    /// Whether this piece puts nothing into the output.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The reason it stands in the output.
    pub fn why(&self) -> &'static str {
        match self {
            Piece::Keep { why, .. } | Piece::Write { why, .. } | Piece::Blank { why, .. } => why,
        }
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Piece::Keep { range, why } => write!(f, "keep {}..{} ({why})", range.start, range.end),
            Piece::Write { bytes, why } => write!(f, "write {} bytes ({why})", bytes.len()),
            Piece::Blank { length, why } => write!(f, "blank {length} bytes ({why})"),
        }
    }
}

/// An ordered list of pieces: the whole of a cleaned recording.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cut {
    pieces: Vec<Piece>,
}

impl Cut {
    /// A cut with no pieces yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps bytes of the source; joined to the piece before where it goes on from there for the same reason.
    pub fn keep(&mut self, range: Range<u64>, why: &'static str) {
        if range.start >= range.end {
            return;
        }
        if let Some(Piece::Keep { range: last, why: because }) = self.pieces.last_mut()
            && last.end == range.start
            && *because == why
        {
            last.end = range.end;
            return;
        }
        self.pieces.push(Piece::Keep { range, why });
    }

    /// Writes new bytes; joined to the piece before where that writes for the same reason.
    pub fn write(&mut self, new: impl Into<Vec<u8>>, why: &'static str) {
        let new = new.into();
        if new.is_empty() {
            return;
        }
        if let Some(Piece::Write { bytes, why: because }) = self.pieces.last_mut()
            && *because == why
        {
            bytes.extend_from_slice(&new);
            return;
        }
        self.pieces.push(Piece::Write { bytes: new, why });
    }

    /// Puts zeros.
    pub fn blank(&mut self, length: u64, why: &'static str) {
        if length > 0 {
            self.pieces.push(Piece::Blank { length, why });
        }
    }

    /// The pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Length in bytes of the output.
    pub fn len(&self) -> u64 {
        self.pieces.iter().map(Piece::len).sum()
    }

    /// Whether the output would be empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the output is the source, byte for byte, by its ranges alone.
    pub fn is_whole(&self, source_length: u64) -> bool {
        let mut at = 0;
        for piece in &self.pieces {
            match piece {
                Piece::Keep { range, .. } if range.start == at => at = range.end,
                _ => return false,
            }
        }
        at == source_length
    }

    /// The ranges of the source that stand nowhere in the output, in order and joined.
    pub fn dropped(&self, source_length: u64) -> Vec<Range<u64>> {
        let mut kept: Vec<Range<u64>> = self
            .pieces
            .iter()
            .filter_map(|p| match p {
                Piece::Keep { range, .. } => Some(range.clone()),
                _ => None,
            })
            .collect();
        kept.sort_by_key(|r| (r.start, r.end));
        let mut gaps = Vec::new();
        let mut at = 0;
        for range in kept {
            if range.start > at {
                gaps.push(at..range.start);
            }
            at = at.max(range.end);
        }
        if at < source_length {
            gaps.push(at..source_length);
        }
        gaps
    }

    /// Streams the output of this cut over `source` into `out`, a buffer at a time.
    ///
    /// # Errors
    /// Whatever reading or writing says; `UnexpectedEof` when the source has become shorter than it was.
    pub fn write_to(&self, source: &dyn Source, out: &mut dyn Write) -> io::Result<u64> {
        const BUFFER: usize = 256 * 1024;
        let mut buffer = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Write { bytes, .. } => out.write_all(bytes)?,
                Piece::Keep { range, .. } => {
                    if let Some(all) = source.as_slice() {
                        let part = all.get(range.start as usize..range.end as usize);
                        out.write_all(part.ok_or(io::ErrorKind::UnexpectedEof)?)?;
                        continue;
                    }
                    buffer.resize(BUFFER, 0);
                    let mut at = range.start;
                    while at < range.end {
                        let n = (range.end - at).min(BUFFER as u64) as usize;
                        source.read_exact_at(at, &mut buffer[..n])?;
                        out.write_all(&buffer[..n])?;
                        at += n as u64;
                    }
                }
                Piece::Blank { length, .. } => {
                    buffer.clear();
                    buffer.resize((*length).min(BUFFER as u64) as usize, 0);
                    let mut left = *length;
                    while left > 0 {
                        let n = left.min(BUFFER as u64) as usize;
                        out.write_all(&buffer[..n])?;
                        left -= n as u64;
                    }
                    buffer.clear();
                }
            }
        }
        Ok(self.len())
    }
}

/// The output of a cut, read without writing it anywhere: what the witness sees of a recording too large for memory.
pub struct CutSource<'a> {
    cut: &'a Cut,
    source: &'a dyn Source,
    starts: Vec<u64>,
    length: u64,
}

impl fmt::Debug for CutSource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CutSource of {} pieces, {} bytes", self.starts.len(), self.length)
    }
}

impl<'a> CutSource<'a> {
    /// Looks at `source` through `cut`.
    pub fn new(cut: &'a Cut, source: &'a dyn Source) -> Self {
        let mut starts = Vec::with_capacity(cut.pieces.len());
        let mut length = 0;
        for piece in &cut.pieces {
            starts.push(length);
            length += piece.len();
        }
        Self { cut, source, starts, length }
    }

    /// The piece in which `offset` lies, and how far inside.
    fn piece(&self, offset: u64) -> Option<(&'a Piece, u64)> {
        if offset >= self.length {
            return None;
        }
        let index = self.starts.partition_point(|start| *start <= offset).checked_sub(1)?;
        Some((self.cut.pieces.get(index)?, offset - self.starts[index]))
    }
}

impl Source for CutSource<'_> {
    fn len(&self) -> u64 {
        self.length
    }

    fn taken(&self, offset: u64) -> Option<Taken<'_>> {
        let (piece, inside) = self.piece(offset)?;
        let Piece::Keep { range, .. } = piece else { return None };
        Some(Taken { source: self.source, at: range.start + inside, length: piece.len() - inside })
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let Some((piece, inside)) = self.piece(offset).filter(|_| !buf.is_empty()) else { return Ok(0) };
        let n = (piece.len() - inside).min(buf.len() as u64) as usize;
        match piece {
            Piece::Keep { range, .. } => self.source.read_exact_at(range.start + inside, &mut buf[..n])?,
            Piece::Write { bytes, .. } => buf[..n].copy_from_slice(&bytes[inside as usize..inside as usize + n]),
            Piece::Blank { .. } => buf[..n].fill(0),
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Vec<u8>, Cut) {
        let source: Vec<u8> = (0..100).collect();
        let mut cut = Cut::new();
        cut.keep(0..10, "head");
        cut.keep(10..20, "head");
        cut.write(vec![200, 201], "new");
        cut.blank(3, "gone");
        cut.keep(50..60, "samples");
        (source, cut)
    }

    #[test]
    fn neighbours_kept_for_the_same_reason_become_one_piece() {
        assert_eq!(sample().1.pieces().len(), 4);
    }

    #[test]
    fn what_is_written_is_what_the_cut_source_reads_at_every_offset() {
        let (source, cut) = sample();
        let mut out = Vec::new();
        assert_eq!(cut.write_to(&source, &mut out).expect("memory"), 35);
        let view = CutSource::new(&cut, &source);
        assert_eq!(view.len(), 35);
        let mut tried = 0;
        for start in 0..35 {
            for end in start..35 {
                let bytes = view.read_range(start..end, 100).expect("inside");
                assert_eq!(bytes, out[start as usize..end as usize]);
                tried += 1;
            }
        }
        assert_eq!(tried, 35 * 36 / 2);
    }

    #[test]
    fn what_is_said_to_be_taken_is_what_lies_there() {
        let (source, cut) = sample();
        let view = CutSource::new(&cut, &source);
        let (mut taken, mut own) = (0, 0);
        for offset in 0..36 {
            let Some(from) = view.taken(offset) else {
                own += 1;
                continue;
            };
            assert!(std::ptr::addr_eq(from.source, &raw const source));
            let there = source[from.at as usize..(from.at + from.length) as usize].to_vec();
            assert_eq!(view.read_range(offset..offset + from.length, 100).expect("inside"), there);
            taken += 1;
        }
        assert_eq!((taken, own), (30, 6));
    }

    #[test]
    fn dropped_ranges_and_kept_ranges_tile_the_source() {
        let (source, cut) = sample();
        assert_eq!(cut.dropped(source.len() as u64), vec![20..50, 60..100]);
        assert!(!cut.is_whole(100));
        let mut whole = Cut::new();
        whole.keep(0..40, "a");
        whole.keep(40..100, "b");
        assert!(whole.is_whole(100));
        assert!(whole.dropped(100).is_empty());
    }

    #[test]
    fn a_declared_length_never_allocates() {
        let source: Vec<u8> = vec![0; 10];
        assert!(source.read_range(0..u64::MAX, u64::MAX).is_err());
        assert!(source.read_range(0..10, 5).is_err());
        let (start, end) = (8, 4);
        assert!(source.read_range(start..end, 5).is_err());
    }
}
