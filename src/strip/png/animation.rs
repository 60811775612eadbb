//! Animation: frames with their control and data chunks, numbered anew where something went.
//!
//! W3C PNG (third edition), 4.9 (APNG) and 11.3.6 (acTL, fcTL, fdAT).

use super::chunk::{self, Chunk};
use super::header::Header;
use super::stream::{Sequence, Stream};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::{Operation, broken};
use std::ops::Range;

/// More loops than this is "for ever", which is written as 0.
const PLAYS: u32 = 0xFFFF;

/// What an animation has besides the picture that every viewer shows.
pub(super) struct Animation {
    header: Header,
    declared: u32,
    plays: u32,
    /// Whether the picture itself is the first frame.
    leads: bool,
    frames: Vec<Frame>,
}

struct Frame {
    control: Range<u64>,
    data: Vec<u8>,
    needed: u64,
    chunks: Vec<Chunk>,
}

impl Animation {
    /// Reads an acTL chunk that stands before the picture; none where it says nothing sensible.
    pub(super) fn read(header: Header, data: &[u8]) -> Option<Self> {
        let [f3, f2, f1, f0, p3, p2, p1, p0] = data else { return None };
        let (declared, plays) = (u32::from_be_bytes([*f3, *f2, *f1, *f0]), u32::from_be_bytes([*p3, *p2, *p1, *p0]));
        let plays = if plays > PLAYS { 0 } else { plays };
        (1..=0x7FFF_FFFF).contains(&declared).then_some(Self {
            header,
            declared,
            plays,
            leads: false,
            frames: Vec::new(),
        })
    }

    /// The data of the acTL chunk that is written: as many frames as there are.
    pub(super) fn control(&self) -> Vec<u8> {
        let count = self.frames.len() as u64 + u64::from(self.leads);
        let count = u32::try_from(count).unwrap_or(u32::MAX).min(self.declared);
        [count.to_be_bytes(), self.plays.to_be_bytes()].concat()
    }

    /// How many frames come after the picture.
    pub(super) fn frames(&self) -> usize {
        let most = (self.declared as usize).saturating_sub(usize::from(self.leads));
        self.frames.len().min(most)
    }

    /// Takes the fcTL chunk that makes the picture itself the first frame, and gives it back numbered 0.
    pub(super) fn lead(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<Vec<u8>, Refusal> {
        if self.leads {
            return Err(broken("the animation has two first frames"));
        }
        self.leads = true;
        let (data, _) = self.control_of(operation, chunk)?;
        Ok(chunk::written(b"fcTL", &[&[0; 4], &data[4..]].concat()))
    }

    /// Takes a chunk behind the picture.
    pub(super) fn take(&mut self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(), Refusal> {
        if chunk.kind == *b"fcTL" {
            let (data, needed) = self.control_of(operation, chunk)?;
            self.frames.push(Frame { control: chunk.range(), data, needed, chunks: Vec::new() });
            return Ok(());
        }
        match self.frames.last_mut() {
            Some(frame) if chunk.data().end - chunk.data().start >= 4 => frame.chunks.push(chunk.clone()),
            _ => operation.found(Code::ApplicationData, chunk.name(), chunk.range(), Action::Remove),
        }
        Ok(())
    }

    /// The 26 bytes of a frame's control, checked, and how many bytes of samples the frame has.
    fn control_of(&self, operation: &mut Operation<'_>, chunk: &Chunk) -> Result<(Vec<u8>, u64), Refusal> {
        let damaged = || broken("a frame of the animation is damaged");
        let data = chunk.read(&mut operation.reader)?;
        if data.len() != 26 || !chunk.is_sound(&mut operation.reader)? {
            return Err(damaged());
        }
        let number = |at: usize| data.get(at..at + 4).map_or(0, |n| u32::from_be_bytes([n[0], n[1], n[2], n[3]]));
        let (width, height, x, y) = (number(4), number(8), number(12), number(16));
        let inside =
            |offset: u32, size: u32, whole: u32| size > 0 && offset.checked_add(size).is_some_and(|end| end <= whole);
        let sound = inside(x, width, self.header.width)
            && inside(y, height, self.header.height)
            && data[24] <= 2
            && data[25] <= 1;
        let needed = self.header.bytes(width, height).filter(|_| sound).ok_or_else(damaged)?;
        Ok((data, needed))
    }

    /// Lays the frames behind the picture.
    pub(super) fn lay(self, operation: &mut Operation<'_>, sequence: &mut Sequence) -> Result<(), Refusal> {
        let shown = self.frames();
        for (index, frame) in self.frames.into_iter().enumerate() {
            if index >= shown {
                let end = frame.chunks.last().map_or(frame.control.end, |chunk| chunk.range().end);
                let (label, whole) = ("frame that no viewer shows", frame.control.start..end);
                operation.found_as(Code::HiddenBytes, label, "fcTL", whole, Action::Remove);
                continue;
            }
            let data = [&sequence.next(b"fcTL")[..], &frame.data[4..]].concat();
            operation.put(frame.control, chunk::written(b"fcTL", &data), "fcTL")?;
            Stream::read(operation, frame.chunks, frame.needed)?.lay(operation, sequence)?;
        }
        Ok(())
    }
}
