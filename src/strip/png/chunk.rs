//! Chunks: the list of them, their checksums, and how a new one is written.
//!
//! W3C PNG (third edition), 5.3 (chunk layout), 5.5 (CRC).

use crate::plan::Refusal;
use crate::strip::operation::Operation;
use crate::strip::reader::Reader;
use std::io;
use std::ops::Range;

/// Chunks in one file. A picture of a gigabyte in chunks of 8 KiB has 131,072.
const CHUNKS: usize = 1_000_000;
/// The largest chunk other than picture data that is read.
pub(super) const READ: u64 = 16 << 20;

/// A chunk, by its place in the source.
#[derive(Debug, Clone)]
pub(in crate::strip) struct Chunk {
    /// Its four letters.
    pub(in crate::strip) kind: [u8; 4],
    /// Where its length stands.
    at: u64,
    /// Where its data end; before the declared end where the file ends first.
    end: u64,
    /// Whether all of it is there, its checksum too.
    whole: bool,
}

/// The chunks of a file.
#[derive(Debug)]
pub(super) struct List {
    /// All chunks before the end of the picture.
    pub(super) chunks: Vec<Chunk>,
    /// The end chunk, where the file has one.
    pub(super) end: Option<Chunk>,
    /// What stands behind.
    pub(super) tail: Range<u64>,
}

impl Chunk {
    /// The range of the whole chunk, checksum included.
    pub(in crate::strip) fn range(&self) -> Range<u64> {
        self.at..self.end + if self.whole { 4 } else { 0 }
    }

    /// The range of its data.
    pub(super) fn data(&self) -> Range<u64> {
        self.at + 8..self.end
    }

    /// Its letters as text.
    pub(super) fn name(&self) -> String {
        String::from_utf8_lossy(&self.kind).into_owned()
    }

    /// Whether a decoder that does not know it must give up (5.4).
    pub(super) fn is_critical(&self) -> bool {
        self.kind[0].is_ascii_uppercase()
    }

    /// Its data, if they are not more than any chunk that is read may have.
    pub(super) fn read(&self, reader: &mut Reader<'_>) -> Result<Vec<u8>, Refusal> {
        reader.read(self.data(), READ)
    }

    /// Whether the checksum that stands behind its data is this one.
    pub(super) fn has_checksum(&self, reader: &mut Reader<'_>, checksum: u32) -> io::Result<bool> {
        Ok(self.whole && reader.peek::<4>(self.end)? == Some(checksum.to_be_bytes()))
    }

    /// Whether its checksum is right.
    pub(super) fn is_sound(&self, reader: &mut Reader<'_>) -> io::Result<bool> {
        let checksum = checksum_of(reader, &self.kind, self.data())?;
        self.has_checksum(reader, checksum)
    }
}

/// The checksum of a chunk of this kind with these bytes of the source as data.
pub(super) fn checksum_of(reader: &mut Reader<'_>, kind: &[u8], data: Range<u64>) -> io::Result<u32> {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(kind);
    let mut at = data.start;
    while at < data.end {
        let window = reader.rest(at, 1)?;
        let length = window.len().min(usize::try_from(data.end - at).unwrap_or(usize::MAX));
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(&window[..length]);
        at += length as u64;
    }
    Ok(hasher.finalize())
}

/// A chunk as it is written.
pub(in crate::strip) fn written(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(kind);
    hasher.update(data);
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], kind, data, &hasher.finalize().to_be_bytes()].concat()
}

/// Lists the chunks behind the signature, up to the end chunk or to where no chunk can be made out any more.
pub(super) fn list(operation: &mut Operation<'_>) -> Result<List, Refusal> {
    let file = operation.reader.length();
    let (mut at, mut chunks) = (8, Vec::new());
    while let Some([a, b, c, d, kind @ ..]) = operation.reader.peek::<8>(at)? {
        let declared = u64::from(u32::from_be_bytes([a, b, c, d]));
        if declared > 0x7FFF_FFFF || !kind.iter().all(u8::is_ascii_alphabetic) {
            break;
        }
        let whole = at + 12 + declared <= file;
        let chunk = Chunk { kind, at, end: (at + 8 + declared).min(file), whole };
        at = chunk.range().end;
        if kind == *b"IEND" {
            return Ok(List { chunks, end: Some(chunk), tail: at..file });
        }
        if !whole && kind != *b"IDAT" && kind != *b"fdAT" {
            at = chunk.at;
            break;
        }
        chunks.push(chunk);
        if !whole {
            break;
        }
        if chunks.len() > CHUNKS {
            return Err(Refusal::too_large("the PNG file has more parts than any real one"));
        }
    }
    Ok(List { chunks, end: None, tail: at..file })
}
