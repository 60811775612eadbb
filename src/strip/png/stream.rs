//! Picture data: one zlib stream over the chunks of a picture or frame; where it really ends, and what goes.
//!
//! W3C PNG (third edition), 10.1 (zlib over IDAT), 11.2.3 (IDAT), APNG fdAT; RFC 1950, RFC 1951. The stream is inflated
//! a buffer at a time and never further than the picture has bytes.

use super::chunk::{self, Chunk};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use crate::strip::reader::Reader;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use std::io::{self, Write};
use std::ops::Range;

/// Bytes inflated at once.
const BUFFER: usize = 64 * 1024;
/// The largest picture that is compressed anew, in bytes of samples.
const REBUILT: u64 = 1 << 30;
/// Data of one chunk that is written.
const CHUNK: usize = 1 << 20;

/// The chunks of one picture or frame.
#[derive(Debug)]
pub(super) struct Stream {
    /// Bytes of samples that it must hold.
    pub(super) needed: u64,
    /// Its chunks, and whether their checksums are right.
    pieces: Vec<(Chunk, bool)>,
    /// How it ends.
    end: End,
}

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// After so many compressed bytes, with just the samples it must have.
    Sound(u64),
    /// The samples are all there, but more or something broken stands behind them.
    Odd,
    /// Before all samples are there.
    Short,
}

/// The bytes of a chunk's data that belong to the zlib stream: in fdAT, four bytes of sequence number come first.
pub(super) fn payload(chunk: &Chunk) -> Range<u64> {
    let data = chunk.data();
    match &chunk.kind {
        b"fdAT" => (data.start + 4).min(data.end)..data.end,
        _ => data,
    }
}

impl Stream {
    /// Inflates the stream over these chunks to see where it ends.
    ///
    /// # Errors
    /// Where the source cannot be read, or the samples are not all there.
    pub(super) fn read(operation: &mut Operation<'_>, chunks: Vec<Chunk>, needed: u64) -> Result<Self, Refusal> {
        let mut stream = Self { needed, pieces: Vec::with_capacity(chunks.len()), end: End::Short };
        let mut inflate = Inflate::new(needed);
        for piece in chunks {
            let mut hasher = crc32fast::Hasher::new();
            hasher.update(&piece.kind);
            let (data, body) = (piece.data(), payload(&piece));
            hasher.update(&operation.reader.read(data.start..body.start, 4)?);
            windows(&mut operation.reader, body, |window| {
                hasher.update(window);
                inflate.feed(window, &mut |_| Ok(()))
            })?;
            let sound = piece.has_checksum(&mut operation.reader, hasher.finalize())?;
            stream.pieces.push((piece, sound));
        }
        stream.end = inflate.end();
        match stream.end {
            End::Short => Err(Refusal::truncated("the picture data end before the picture does")),
            _ => Ok(stream),
        }
    }

    /// Lays the stream: its chunks as they are, cut where the stream ends, or compressed anew where nothing else helps.
    pub(super) fn lay(&self, operation: &mut Operation<'_>, sequence: &mut Sequence) -> Result<(), Refusal> {
        match self.end {
            End::Sound(length) => self.lay_pieces(operation, length, sequence),
            _ => self.rebuild(operation, sequence),
        }
    }

    fn lay_pieces(&self, operation: &mut Operation<'_>, mut left: u64, sequence: &mut Sequence) -> Result<(), Refusal> {
        for (piece, sound) in &self.pieces {
            let body = payload(piece);
            let taken = left.min(body.end - body.start);
            left -= taken;
            let name = piece.name();
            if taken < body.end - body.start {
                operation.found(Code::HiddenBytes, name, body.start + taken..body.end, Action::Remove);
            } else if !sound {
                operation.found_as(Code::Junk, "wrong checksum", &name, piece.range(), Action::Replace);
            }
            if taken == 0 {
                continue;
            }
            let head = sequence.next(&piece.kind);
            let kept = body.start..body.start + taken;
            let same = *sound && kept == body && operation.reader.holds(piece.data().start, &head)?;
            if same {
                operation.keep(piece.range(), "coded samples");
                continue;
            }
            let mut start = piece.kind.to_vec();
            start.extend_from_slice(&head);
            let checksum = chunk::checksum_of(&mut operation.reader, &start, kept.clone())?;
            let length = (taken + head.len() as u64) as u32;
            operation.write([&length.to_be_bytes()[..], &start].concat(), "IDAT frame");
            operation.keep(kept, "coded samples");
            operation.write(checksum.to_be_bytes(), "IDAT frame");
        }
        Ok(())
    }

    /// Compresses the samples anew, and no byte beyond them.
    fn rebuild(&self, operation: &mut Operation<'_>, sequence: &mut Sequence) -> Result<(), Refusal> {
        let Some((first, _)) = self.pieces.first() else { return Ok(()) };
        if self.needed > REBUILT {
            return Err(Refusal::too_large("the picture is too large to be compressed anew"));
        }
        let whole = self.pieces.iter().map(|(piece, _)| piece.range());
        let whole = whole.reduce(|a, b| a.start..b.end).unwrap_or_default();
        let label = "bytes behind the samples; the picture is compressed anew, its pixels unchanged";
        operation.found_as(Code::HiddenBytes, label, &first.name(), whole, Action::Replace);
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        let mut inflate = Inflate::new(self.needed);
        for (piece, _) in &self.pieces {
            windows(&mut operation.reader, payload(piece), |window| {
                inflate.feed(window, &mut |samples| encoder.write_all(samples))
            })?;
        }
        let data = encoder.finish()?;
        for part in data.chunks(CHUNK) {
            let body = [&sequence.next(&first.kind)[..], part].concat();
            operation.write(chunk::written(&first.kind, &body), "coded samples, compressed anew");
        }
        Ok(())
    }
}

/// The sequence numbers of APNG, which count frame control and frame data chunks alike.
#[derive(Debug, Default)]
pub(super) struct Sequence(u32);

impl Sequence {
    /// Counting from 0, or from 1 where the picture itself is the first frame.
    pub(super) fn after(leads: bool) -> Self {
        Self(u32::from(leads))
    }

    /// The number that a chunk of this kind begins with: four bytes, or none for IDAT.
    pub(super) fn next(&mut self, kind: &[u8; 4]) -> Vec<u8> {
        if kind == b"IDAT" {
            return Vec::new();
        }
        let number = self.0.to_be_bytes().to_vec();
        self.0 = self.0.wrapping_add(1);
        number
    }
}

/// Hands the bytes of a range to `take`, a window at a time.
pub(super) fn windows(
    reader: &mut Reader<'_>,
    range: Range<u64>,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut at = range.start;
    while at < range.end {
        let window = reader.rest(at, 1)?;
        let length = window.len().min(usize::try_from(range.end - at).unwrap_or(usize::MAX));
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        take(&window[..length])?;
        at += length as u64;
    }
    Ok(())
}

/// An inflater that stops at one byte more than is needed.
pub(super) struct Inflate {
    state: Decompress,
    buffer: Vec<u8>,
    needed: u64,
    end: Option<End>,
}

impl Inflate {
    pub(super) fn new(needed: u64) -> Self {
        Self { state: Decompress::new(true), buffer: vec![0; BUFFER], needed, end: None }
    }

    /// Takes compressed bytes; hands on the samples, as many as are needed.
    pub(super) fn feed(&mut self, mut input: &[u8], take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        while self.end.is_none() {
            let (read, made) = (self.state.total_in(), self.state.total_out());
            let room = (self.needed - made).saturating_add(1).min(BUFFER as u64) as usize;
            let status = self.state.decompress(input, &mut self.buffer[..room], FlushDecompress::None);
            let consumed = (self.state.total_in() - read) as usize;
            let produced = self.state.total_out() - made;
            let wanted = produced.min(self.needed - made) as usize;
            take(&self.buffer[..wanted])?;
            input = input.get(consumed..).unwrap_or_default();
            let full = self.state.total_out() == self.needed;
            self.end = match status {
                _ if self.state.total_out() > self.needed => Some(End::Odd),
                Ok(Status::StreamEnd) if full => Some(End::Sound(self.state.total_in())),
                Ok(Status::StreamEnd) => Some(End::Short),
                Err(_) if full => Some(End::Odd),
                Err(_) => Some(End::Short),
                Ok(_) => None,
            };
            if consumed == 0 && produced == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Whether all the samples that are needed came.
    pub(super) fn is_full(&self) -> bool {
        self.state.total_out() >= self.needed
    }

    fn end(&self) -> End {
        let full = self.state.total_out() == self.needed;
        self.end.unwrap_or(if full { End::Odd } else { End::Short })
    }
}

/// Inflates a short zlib stream whole; none where it is broken or longer than `limit`.
pub(super) fn inflate_all(data: &[u8], limit: u64) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    let reader = io::Read::take(flate2::read::ZlibDecoder::new(data), limit + 1);
    io::copy(&mut { reader }, &mut whole).ok()?;
    (whole.len() as u64 <= limit).then_some(whole)
}

/// Compresses a few bytes, always to the same bytes.
pub(super) fn deflate_all(data: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data)?;
    encoder.finish()
}
