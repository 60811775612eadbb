//! The surgeon for FLAC: what the sound is, the places to jump to and the frames stay; every other block goes.
//!
//! RFC 9639.

mod block;
mod frame;

pub(super) use block::is_info;

use super::Options;
use super::operation::{Operation, broken};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use frame::Stream;
use std::ops::Range;

/// Why a part stays.
const WHY: &str = "frames of sound and what decoding them needs";
/// Blocks before the sound, and stretches of frames.
const MOST: usize = 20_000;
/// Bytes of a table of places to jump to.
const TABLE: u64 = 16 << 20;

/// What blocks that go are found as.
const KNOWN: &[(Code, &str)] = &[
    (Code::HiddenBytes, "second description"),
    (Code::Junk, "filling"),
    (Code::ApplicationData, "program's data"),
    (Code::Marker, "places to jump to that are damaged"),
    (Code::TagText, "title, artist and other texts"),
    (Code::Marker, "tracks of a disc"),
    (Code::TagPicture, "cover picture"),
];

/// Plans the cleaning of a FLAC file.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    let mut walk = Walk::default();
    let start = walk.blocks(&mut operation)?;
    let Some((_, info)) = &walk.info else { return Err(broken("the file does not say what its sound is")) };
    let mut stream = Stream::new(info);
    let runs = stream.run(&mut operation, start)?;
    if runs.is_empty() {
        return Err(broken("there is no sound in this file"));
    }
    walk.lay(&mut operation, runs)?;
    Ok(operation.close_unsized("keep-list", Format::Flac))
}

/// A block that stays: its range with header, and its bytes.
type Part = (Range<u64>, Vec<u8>);

/// What was found on the way.
#[derive(Debug, Default)]
struct Walk {
    magic: u64,
    info: Option<Part>,
    table: Option<Part>,
}

impl Walk {
    /// Reads the blocks; where the frames begin.
    fn blocks(&mut self, operation: &mut Operation<'_>) -> Result<u64, Refusal> {
        let mut at = 0;
        while let Some(head) = operation.reader.peek::<10>(at)? {
            if &head[..3] != b"ID3" {
                break;
            }
            let length = head[6..].iter().fold(0, |length, byte| length << 7 | u64::from(byte & 0x7F));
            let footer = if head[5] & 0x10 != 0 { 10 } else { 0 };
            let end = at + 10 + length + footer;
            operation.found_as(Code::TagText, "ID3 tag", "ID3v2", at..end, Action::Remove);
            at = end;
        }
        if !operation.reader.holds(at, b"fLaC")? {
            return Err(broken("the file does not begin as a FLAC file does"));
        }
        self.magic = at;
        at += 4;
        for _ in 0..MOST {
            let head = operation.reader.peek::<4>(at)?.ok_or_else(short)?;
            let length = u64::from(u32::from_be_bytes([0, head[1], head[2], head[3]]));
            let range = at..at + 4 + length;
            if range.end > operation.reader.length() {
                return Err(short());
            }
            self.block(operation, head[0] & 0x7F, range.clone())?;
            at = range.end;
            if head[0] & 0x80 != 0 {
                return Ok(at);
            }
        }
        Err(Refusal::too_large("the file has more parts than any real one"))
    }

    fn block(&mut self, operation: &mut Operation<'_>, kind: u8, range: Range<u64>) -> Result<(), Refusal> {
        let body = range.start + 4..range.end;
        if kind == 0 && self.info.is_none() {
            let bytes = operation.reader.read(body, 64)?;
            if !is_info(&bytes) {
                return Err(broken("the description of the sound is damaged"));
            }
            self.info = Some((range, bytes));
            return Ok(());
        }
        if kind == 3 && self.table.is_none() {
            let bytes = operation.reader.read(body, TABLE)?;
            if let Some(clean) = block::table(&bytes) {
                if clean != bytes {
                    operation.found(Code::HiddenBytes, "SEEKTABLE", range.clone(), Action::Replace);
                }
                self.table = Some((range, clean));
                return Ok(());
            }
        }
        let (code, label) =
            KNOWN.get(usize::from(kind)).copied().unwrap_or((Code::ApplicationData, "block on no list"));
        operation.found_as(code, label, label, range, Action::Remove);
        Ok(())
    }

    fn lay(self, operation: &mut Operation<'_>, runs: Vec<Range<u64>>) -> Result<(), Refusal> {
        operation.keep(self.magic..self.magic + 4, WHY);
        let last = self.table.is_none();
        for (n, (range, bytes)) in self.info.into_iter().chain(self.table).enumerate() {
            let kind = if n == 0 { u8::from(last) << 7 } else { 0x83 };
            let length = (bytes.len() as u32).to_be_bytes();
            operation.put(range, [&[kind], &length[1..], &bytes].concat(), WHY)?;
        }
        for run in runs {
            operation.keep(run, WHY);
        }
        Ok(())
    }
}

fn short() -> Refusal {
    Refusal::truncated("the file ends before its sound does")
}
