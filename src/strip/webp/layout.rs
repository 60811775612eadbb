//! The chunks of the output in the order of the RFC, with the lengths that stand above them.
//!
//! RFC 9649, 2.3 (padding) and 2.7 (order: VP8X, ICCP, ANIM, pictures, EXIF).

use super::chunk::{Chunk, HEAD};
use super::frame::Picture;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::ops::Range;

const SAMPLES: &str = "coded samples";

/// A part of the output.
#[derive(Debug)]
enum Part {
    /// Bytes, and the range of the source that they stand for.
    Bytes(Range<u64>, Vec<u8>, &'static str),
    /// A range of the source.
    Source(Range<u64>),
}

impl Part {
    fn len(&self) -> u64 {
        match self {
            Part::Bytes(_, bytes, _) => bytes.len() as u64,
            Part::Source(range) => range.end - range.start,
        }
    }
}

/// The parts in their order.
#[derive(Debug, Default)]
pub(super) struct Layout {
    parts: Vec<Part>,
}

fn head(kind: &[u8; 4], size: u64) -> Result<Vec<u8>, Refusal> {
    let size = u32::try_from(size).map_err(|_| Refusal::too_large("the picture is larger than any real one"))?;
    Ok([&kind[..], &size.to_le_bytes()].concat())
}

fn even(size: u64) -> u64 {
    size + (size & 1)
}

impl Layout {
    /// A chunk with data of our own, in the place of a range.
    pub(super) fn written(&mut self, kind: &[u8; 4], range: Range<u64>, data: &[u8], why: &'static str) {
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
        let padding: &[u8] = if data.len() % 2 == 1 { &[0] } else { &[] };
        let end = range.end + padding.len() as u64;
        self.parts.push(Part::Bytes(range.start..end, [&kind[..], &length, data, padding].concat(), why));
    }

    /// A picture: its transparency and its samples.
    pub(super) fn picture(&mut self, operation: &mut Operation<'_>, picture: &Picture) -> Result<(), Refusal> {
        let alpha = picture.alpha_length(&mut operation.reader)?;
        if let Some(chunk) = &picture.alpha {
            if alpha < chunk.size {
                let surplus = chunk.data().start + alpha..chunk.data().end;
                operation.found(Code::HiddenBytes, "ALPH", surplus, Action::Remove);
            }
            self.samples(chunk, alpha)?;
        }
        self.samples(&picture.samples, picture.samples.size)
    }

    /// The first bytes of a chunk's data.
    fn samples(&mut self, chunk: &Chunk, length: u64) -> Result<(), Refusal> {
        let start = chunk.data().start;
        self.parts.push(Part::Bytes(chunk.at..start, head(&chunk.kind, length)?, SAMPLES));
        self.parts.push(Part::Source(start..start + length));
        if length & 1 == 1 {
            self.parts.push(Part::Bytes(start + length..start + length + 1, vec![0], SAMPLES));
        }
        Ok(())
    }

    /// A frame of an animation.
    pub(super) fn frame(
        &mut self,
        operation: &mut Operation<'_>,
        range: Range<u64>,
        numbers: &[u8],
        picture: &Picture,
    ) -> Result<(), Refusal> {
        let alpha = picture.alpha_length(&mut operation.reader)?;
        let alpha = if picture.alpha.is_some() { HEAD + even(alpha) } else { 0 };
        let size = numbers.len() as u64 + alpha + HEAD + even(picture.samples.size);
        let bytes = [&head(b"ANMF", size)?, numbers].concat();
        self.parts.push(Part::Bytes(range.start..range.start + bytes.len() as u64, bytes, SAMPLES));
        self.picture(operation, picture)
    }

    /// Puts all of it into the cut, the file header first.
    pub(super) fn lay(self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let size = 4 + self.parts.iter().map(Part::len).sum::<u64>();
        let file = [&head(b"RIFF", size)?, &b"WEBP"[..]].concat();
        operation.put(0..12, file, "RIFF header with the right length")?;
        for part in self.parts {
            match part {
                Part::Bytes(range, bytes, why) => operation.put(range, bytes, why)?,
                Part::Source(range) => operation.keep(range, SAMPLES),
            }
        }
        Ok(())
    }
}
