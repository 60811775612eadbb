//! Frames: descriptor, own colour table and coded samples, cut where the samples end.
//!
//! GIF89a, 20 (image descriptor), 21 (local colour table), 22 (image data), 23 (graphic control).

use super::block::{self, Block};
use super::lzw::{State, Walk};
use super::table::Table;
use super::{MOST, WHY};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::ops::Range;

/// A graphic control: its whole extension in the source, and its four bytes.
#[derive(Debug, Clone)]
pub(super) struct Control {
    /// The extension in the source.
    pub(super) range: Range<u64>,
    /// Flags, delay in hundredths of a second, transparent colour.
    pub(super) data: [u8; 4],
}

/// A frame.
#[derive(Debug)]
pub(super) struct Frame {
    control: Option<Control>,
    /// From the separator on.
    descriptor: Range<u64>,
    data: [u8; 10],
    /// Its own colours.
    pub(super) table: Option<Table>,
    /// Where the code size stands.
    samples: u64,
    /// The sub-blocks that stay as they are, joined.
    whole: Range<u64>,
    /// The last one: its range in the source with the terminator, and its bytes.
    last: Option<(Range<u64>, Vec<u8>)>,
}

impl Control {
    /// The transparent colour, where there is one.
    pub(super) fn transparent(&self) -> Option<u8> {
        (self.data[0] & 1 == 1).then_some(self.data[3])
    }

    /// The extension as it is written: reserved bits and a transparent colour that is none are 0.
    fn written(&self) -> Vec<u8> {
        let [flags, low, high, transparent] = self.data;
        let transparent = if flags & 1 == 1 { transparent } else { 0 };
        vec![0x21, 0xF9, 4, flags & 0x1F, low, high, transparent, 0]
    }
}

/// What reading a frame came to.
#[derive(Debug)]
pub(super) enum Read {
    /// A frame, where the next block begins, and the colours it uses.
    Frame(Box<Frame>, u64, Box<[bool; 256]>),
    /// The file ends in it before any of its samples.
    Short,
    /// It is no frame that a decoder shows.
    Broken,
}

impl Frame {
    /// Reads the frame whose separator is at `at`.
    pub(super) fn read(operation: &mut Operation<'_>, at: u64, control: Option<Control>) -> Result<Read, Refusal> {
        let Some(mut data) = operation.reader.peek::<10>(at)? else { return Ok(Read::Short) };
        let table = Table::after(data[9], at + 10);
        let samples = table.as_ref().map_or(at + 10, |table| table.range.end);
        // The table's order and two further bits mean nothing to a viewer; without a table, nor does its size.
        data[9] &= if table.is_some() { 0xC7 } else { 0x40 };
        let Some([least]) = operation.reader.peek::<1>(samples)? else { return Ok(Read::Short) };
        let (width, height) = (u16::from_le_bytes([data[5], data[6]]), u16::from_le_bytes([data[7], data[8]]));
        let pixels = u64::from(width) * u64::from(height);
        let Some(mut walk) = Walk::new(least, if pixels == 0 { u64::MAX } else { pixels }) else {
            return Ok(Read::Broken);
        };
        let mut frame = Self {
            control,
            descriptor: at..at + 10,
            data,
            table,
            samples,
            whole: samples + 1..samples + 1,
            last: None,
        };
        let next = frame.follow(operation, &mut walk)?;
        if frame.whole.is_empty() && frame.last.is_none() && next >= operation.reader.length() {
            return Ok(Read::Short);
        }
        let used = walk.used();
        if let (Some(table), control) = (&mut frame.table, &frame.control) {
            table.uses_all(&used);
            control.as_ref().and_then(Control::transparent).into_iter().for_each(|index| table.uses(index));
        }
        Ok(Read::Frame(Box::new(frame), next, Box::new(used)))
    }

    /// Follows the samples through their sub-blocks to their end; says where the next block of the file begins.
    fn follow(&mut self, operation: &mut Operation<'_>, walk: &mut Walk) -> Result<u64, Refusal> {
        let (mut at, mut state, mut fed) = (self.samples + 1, State::Hungry, 0_u64);
        let mut behind: Option<u64> = None;
        loop {
            match block::sub(operation, at)? {
                Block::Data(bytes) if state == State::Hungry => {
                    let length = bytes.len() as u64;
                    state = walk.feed(bytes);
                    let next = at + 1 + length;
                    match state {
                        State::Hungry => self.whole.end = next,
                        State::Complete(bit) | State::Lost(bit) => {
                            self.cut(operation, at, bit.saturating_sub(fed * 8), length)?;
                            behind = Some(next);
                        }
                    }
                    (at, fed) = (next, fed + length);
                }
                Block::Data(bytes) => at += 1 + bytes.len() as u64,
                Block::End => {
                    self.behind(operation, behind, at);
                    if self.last.is_none() {
                        self.last = Some((at..at + 1, vec![0]));
                    }
                    return Ok(at + 1);
                }
                Block::Short(range) => {
                    self.behind(operation, behind, range.start);
                    if state == State::Hungry {
                        self.broken_off(operation, range.clone(), walk, fed)?;
                    }
                    return Ok(range.end);
                }
            }
        }
    }

    /// Cuts the sub-block at `at` behind so many bits of it.
    fn cut(&mut self, operation: &mut Operation<'_>, at: u64, bits: u64, length: u64) -> Result<(), Refusal> {
        let stay = bits.div_ceil(8).min(length);
        let mut bytes = operation.reader.read(at + 1..at + 1 + stay, 255)?;
        if let (Some(last), 1..=7) = (bytes.last_mut(), bits % 8) {
            *last &= (1 << (bits % 8)) - 1;
        }
        if stay < length {
            let surplus = at + 1 + stay..at + 1 + length;
            operation.found(Code::HiddenBytes, "image data", surplus, Action::Remove);
        }
        let block = if stay == 0 { vec![0] } else { [&[stay as u8][..], &bytes, &[0]].concat() };
        self.last = Some((at..at + block.len() as u64, block));
        Ok(())
    }

    /// Notes what stands behind the last sub-block of samples.
    fn behind(&self, operation: &mut Operation<'_>, from: Option<u64>, to: u64) {
        if let Some(from) = from.filter(|from| *from < to) {
            operation.found(Code::HiddenBytes, "image data", from..to, Action::Remove);
        }
    }

    /// The file ends inside the samples: what there is of them stays, and is ended.
    fn broken_off(
        &mut self,
        operation: &mut Operation<'_>,
        rest: Range<u64>,
        walk: &mut Walk,
        fed: u64,
    ) -> Result<(), Refusal> {
        operation.found(Code::Truncated, "image data", rest.end..rest.end, Action::Replace);
        let bytes = operation.reader.read((rest.start + 1).min(rest.end)..rest.end, 255)?;
        if let State::Complete(bit) | State::Lost(bit) = walk.feed(&bytes) {
            return self.cut(operation, rest.start, bit.saturating_sub(fed * 8), bytes.len() as u64);
        }
        let block = if bytes.is_empty() { vec![0] } else { [&[bytes.len() as u8][..], &bytes, &[0]].concat() };
        self.last = Some((rest.start..rest.start + block.len() as u64, block));
        Ok(())
    }

    /// Puts the frame into the cut.
    pub(super) fn lay(self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        if let Some(control) = &self.control {
            let written = control.written();
            operation.put(control.range.start..control.range.start + written.len() as u64, written, WHY)?;
        }
        operation.put(self.descriptor, self.data.to_vec(), WHY)?;
        if let Some(table) = &self.table {
            table.lay(operation, "local colour table", WHY)?;
        }
        operation.keep(self.samples..self.samples + 1, WHY);
        operation.keep(self.whole, WHY);
        match self.last {
            Some((range, bytes)) => Ok(operation.put(range, bytes, WHY)?),
            None => Ok(()),
        }
    }
}

/// Whether there are more frames than any real animation has.
pub(super) fn too_many(frames: usize) -> Result<(), Refusal> {
    if frames > MOST {
        return Err(Refusal::too_large("the animation has more frames than any real one"));
    }
    Ok(())
}
