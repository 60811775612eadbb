//! The surgeon for GIF: keeps screen, colours, timing, loops and coded samples, and lets every other extension go.
//!
//! GIF89a (CompuServe, 1990) and GIF87a. Where a file breaks its grammar, what viewers show counts.

mod block;
mod frame;
mod lzw;
pub(super) mod picture;
mod table;

use super::Options;
use super::operation::{Operation, broken};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use block::Extension;
use frame::{Control, Frame, Read};
use std::ops::Range;
use table::Table;

/// Frames of one animation: an hour at 50 a second has 180,000.
const MOST: usize = 200_000;
/// Why a part of the picture stays.
const WHY: &str = "screen, colours, timing and coded samples";

/// Plans the cleaning of a GIF picture.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    let Some(head) = operation.reader.peek::<13>(0)? else {
        return Err(Refusal::truncated("the file ends before its picture does"));
    };
    if !matches!(&head[..6], b"GIF87a" | b"GIF89a") {
        return Err(broken("the file does not begin as a GIF picture does"));
    }
    let mut walk = Walk::new(head);
    if walk.at > operation.reader.length() {
        return Err(Refusal::truncated("the file ends before its picture does"));
    }
    walk.run(&mut operation)?;
    let (width, height) = (u16::from_le_bytes([head[6], head[7]]), u16::from_le_bytes([head[8], head[9]]));
    walk.lay(&mut operation, &head)?;
    Ok(operation.close(Format::Gif, u32::from(width), u32::from(height)))
}

/// A part of the picture that stays.
#[derive(Debug)]
enum Part {
    /// The number of loops.
    Loops(Range<u64>, [u8; 2]),
    /// A frame.
    Frame(Box<Frame>),
}

#[derive(Debug)]
struct Walk {
    at: u64,
    table: Option<Table>,
    control: Option<Control>,
    parts: Vec<Part>,
    frames: usize,
    /// Where the trailer stands.
    trailer: Option<u64>,
}

impl Walk {
    fn new(head: [u8; 13]) -> Self {
        let mut table = Table::after(head[10], 13);
        table.iter_mut().for_each(|table| table.uses(head[11]));
        let at = table.as_ref().map_or(13, |table| table.range.end);
        Self { at, table, control: None, parts: Vec::new(), frames: 0, trailer: None }
    }

    fn run(&mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let file = operation.reader.length();
        while let Some([byte]) = operation.reader.peek::<1>(self.at)? {
            match byte {
                0x21 => self.extension(operation)?,
                0x2C => {
                    if !self.frame(operation)? {
                        break;
                    }
                }
                0x3B => {
                    self.trailer = Some(self.at);
                    self.at += 1;
                    break;
                }
                _ => self.junk(operation)?,
            }
            frame::too_many(self.parts.len())?;
        }
        if self.frames == 0 {
            return Err(match self.at >= file {
                true => Refusal::truncated("the file ends before its picture does"),
                false => broken("there is no picture in this GIF file"),
            });
        }
        if let Some(control) = self.control.take() {
            operation.found(Code::ApplicationData, "graphic control", control.range, Action::Remove);
        }
        if self.trailer.is_none() {
            operation.found(Code::Truncated, "trailer", file..file, Action::Replace);
        }
        if self.at < file {
            operation.found(Code::Trailer, "trailer", self.at..file, Action::Remove);
        }
        Ok(())
    }

    /// Bytes between blocks, which viewers pass over.
    fn junk(&mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let start = self.at;
        loop {
            let window = operation.reader.rest(self.at, 1)?;
            let found = window.iter().position(|byte| matches!(byte, 0x21 | 0x2C | 0x3B));
            self.at += found.unwrap_or(window.len()) as u64;
            if found.is_some() || window.is_empty() {
                break;
            }
        }
        operation.found(Code::Junk, "between blocks", start..self.at, Action::Remove);
        Ok(())
    }

    fn extension(&mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let extension = Extension::read(operation, self.at)?;
        self.at = extension.range.end;
        if let (0xF9, [flags, low, high, transparent, ..]) = (extension.label, &extension.first[..]) {
            self.control(operation, &extension, [*flags, *low, *high, *transparent]);
            return Ok(());
        }
        if let Some(loops) = extension.loops() {
            // Of several the last counts, but some viewers heed only what stands before the first frame.
            if let Some(Part::Loops(earlier, _)) = self.parts.last() {
                operation.found(Code::ApplicationData, "number of loops", earlier.clone(), Action::Remove);
                self.parts.pop();
            }
            if extension.count > 2 || extension.second.len() > 3 {
                operation.found(Code::HiddenBytes, "NETSCAPE2.0", extension.range.clone(), Action::Replace);
            }
            self.parts.push(Part::Loops(extension.range, loops));
            return Ok(());
        }
        let (code, part) = kind(&extension);
        operation.found(code, part, extension.range, Action::Remove);
        Ok(())
    }

    /// A graphic control waits for its frame; a further one takes its place.
    fn control(&mut self, operation: &mut Operation<'_>, extension: &Extension, data: [u8; 4]) {
        if extension.first.len() > 4 || extension.count > 1 {
            operation.found(Code::HiddenBytes, "graphic control", extension.range.clone(), Action::Replace);
        }
        let control = Control { range: extension.range.clone(), data };
        if let Some(earlier) = self.control.replace(control) {
            operation.found(Code::ApplicationData, "graphic control", earlier.range, Action::Remove);
        }
    }

    /// Takes in a frame; whether there was one.
    fn frame(&mut self, operation: &mut Operation<'_>) -> Result<bool, Refusal> {
        let control = self.control.take();
        let transparent = control.as_ref().and_then(Control::transparent);
        match Frame::read(operation, self.at, control)? {
            Read::Frame(frame, next, used) => {
                if let Some(table) = self.table.as_mut().filter(|_| frame.table.is_none()) {
                    table.uses_all(&used);
                    transparent.into_iter().for_each(|index| table.uses(index));
                }
                self.parts.push(Part::Frame(frame));
                self.frames += 1;
                self.at = next;
                Ok(true)
            }
            Read::Short | Read::Broken => Ok(false),
        }
    }

    fn lay(self, operation: &mut Operation<'_>, head: &[u8; 13]) -> Result<(), Refusal> {
        let mut head = *head;
        if self.table.is_none() {
            // Without a table its size and order say nothing, nor does the background.
            head[10] &= 0x70;
            head[11] = 0;
        }
        operation.put(0..13, head.to_vec(), WHY)?;
        if let Some(table) = &self.table {
            table.lay(operation, "global colour table", WHY)?;
        }
        let mut said = self.parts.iter().filter_map(|part| match part {
            Part::Loops(range, _) => Some(range.start),
            Part::Frame(_) => None,
        });
        let (first, last) = (said.clone().next(), said.next_back());
        for part in self.parts {
            match part {
                // Viewers heed the first or the last of several; some programs say it before every frame.
                Part::Loops(range, _) if Some(range.start) != first && Some(range.start) != last => {
                    operation.found(Code::ApplicationData, "number of loops", range, Action::Remove);
                }
                Part::Loops(range, [low, high]) => {
                    let named = operation.reader.holds(range.start + 3, b"ANIMEXTS1.0")?;
                    let name: &[u8] = if named { b"ANIMEXTS1.0" } else { b"NETSCAPE2.0" };
                    let bytes = [&[0x21, 0xFF, 11], name, &[3, 1, low, high, 0]].concat();
                    operation.put(range.start..range.start + bytes.len() as u64, bytes, WHY)?;
                }
                Part::Frame(frame) => frame.lay(operation)?,
            }
        }
        match self.trailer {
            Some(at) => operation.keep(at..at + 1, WHY),
            None => operation.write([0x3B], "trailer"),
        }
        Ok(())
    }
}

/// What an extension that goes is found as.
fn kind(extension: &Extension) -> (Code, &'static str) {
    match (extension.label, &extension.first[..]) {
        (0xFE, _) => (Code::Comment, "comment extension"),
        (0x01, _) => (Code::Text, "plain text extension"),
        (0xF9, _) => (Code::ApplicationData, "graphic control"),
        (0xFF, [b'X', b'M', b'P', ..]) => (Code::Xmp, "XMP extension"),
        (0xFF, [b'I', b'C', b'C', ..]) => (Code::IccDropped, "ICC extension"),
        (0xFF, [b'C', b'2', b'P', b'A', ..]) => (Code::Provenance, "C2PA extension"),
        (0xFF, _) => (Code::ApplicationData, "application extension"),
        _ => (Code::ApplicationData, "unknown extension"),
    }
}
