//! Sub-blocks and extensions: how far they reach, and what they begin with.
//!
//! GIF89a, 15 (data sub-blocks), 16 (block terminator), 23 to 26 (extensions).

use crate::plan::Refusal;
use crate::strip::operation::Operation;
use std::ops::Range;

/// What stands where a sub-block should.
#[derive(Debug)]
pub(super) enum Block<'r> {
    /// A sub-block: its data, without the byte that counts them.
    Data(&'r [u8]),
    /// The terminator.
    End,
    /// The file ends here, or inside a sub-block: what there is of it, its count included.
    Short(Range<u64>),
}

/// The sub-block at `at`.
pub(super) fn sub<'r>(operation: &'r mut Operation<'_>, at: u64) -> Result<Block<'r>, Refusal> {
    let file = operation.reader.length();
    let Some([count]) = operation.reader.peek::<1>(at)? else { return Ok(Block::Short(file..file)) };
    if count == 0 {
        return Ok(Block::End);
    }
    let length = usize::from(count);
    if at + 1 + u64::from(count) > file {
        return Ok(Block::Short(at..file));
    }
    let bytes = operation.reader.rest(at + 1, length)?;
    Ok(Block::Data(bytes.get(..length).unwrap_or_default()))
}

/// An extension: its label, its first two sub-blocks, and how far it reaches.
#[derive(Debug)]
pub(super) struct Extension {
    /// What kind it is.
    pub(super) label: u8,
    /// Its bytes in the source, from the introducer to the terminator.
    pub(super) range: Range<u64>,
    /// Its first sub-block.
    pub(super) first: Vec<u8>,
    /// Its second sub-block.
    pub(super) second: Vec<u8>,
    /// How many sub-blocks it has.
    pub(super) count: u64,
}

impl Extension {
    /// Reads the extension whose introducer is at `at`; its end is the file's where that comes first.
    pub(super) fn read(operation: &mut Operation<'_>, at: u64) -> Result<Self, Refusal> {
        let file = operation.reader.length();
        let Some([_, label]) = operation.reader.peek::<2>(at)? else {
            return Ok(Self { label: 0, range: at..file, first: Vec::new(), second: Vec::new(), count: 0 });
        };
        let mut extension = Self { label, range: at..file, first: Vec::new(), second: Vec::new(), count: 0 };
        let mut next = at + 2;
        loop {
            match sub(operation, next)? {
                Block::Data(bytes) => {
                    match extension.count {
                        0 => extension.first = bytes.to_vec(),
                        1 => extension.second = bytes.to_vec(),
                        _ => {}
                    }
                    extension.count += 1;
                    next += 1 + bytes.len() as u64;
                }
                Block::End => {
                    extension.range.end = next + 1;
                    return Ok(extension);
                }
                Block::Short(_) => return Ok(extension),
            }
        }
    }

    /// The number of loops, where this is the extension that states it (Netscape Navigator 2.0).
    pub(super) fn loops(&self) -> Option<[u8; 2]> {
        let named = self.label == 0xFF && matches!(&self.first[..], b"NETSCAPE2.0" | b"ANIMEXTS1.0");
        match &self.second[..] {
            [1, low, high, ..] if named => Some([*low, *high]),
            _ => None,
        }
    }
}
