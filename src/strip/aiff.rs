//! The surgeon for AIFF and AIFF-C: the description of the sound and the sound stay; every other chunk goes.
//!
//! Apple, "Audio Interchange File Format AIFF", version 1.3, and "AIFF-C", draft of 1991.

use super::Options;
use super::operation::{Operation, broken};
use super::wav::tail;
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use std::ops::Range;

/// Why a part stays.
const WHY: &str = "sound and what decoding it needs";
/// Chunks of one file.
const MOST: usize = 100_000;
/// The one version of AIFF-C there is.
const VERSION: [u8; 4] = [0xA2, 0x80, 0x51, 0x40];
/// Codings that hold nothing but samples, and the bytes of a sample, or of what is counted as one; none where the
/// description says how many bits it has.
const CODINGS: &[(&[u8; 4], u64)] = &[
    (b"NONE", 0),
    (b"twos", 0),
    (b"sowt", 0),
    (b"raw ", 0),
    (b"in24", 3),
    (b"42ni", 3),
    (b"in32", 4),
    (b"23ni", 4),
    (b"fl32", 4),
    (b"FL32", 4),
    (b"fl64", 8),
    (b"FL64", 8),
    (b"alaw", 1),
    (b"ALAW", 1),
    (b"ulaw", 1),
    (b"ULAW", 1),
    // Packets: of 64 samples, and of six.
    (b"ima4", 34),
    (b"MAC3", 2),
    (b"MAC6", 1),
];
/// How chunks look behind sound that says it is longer than the file.
const CHUNKS: tail::Kind = tail::Kind {
    length: u32::from_be_bytes,
    is_known: |name| KNOWN.iter().any(|(known, ..)| known.as_slice() == name),
    signs: &[
        (b"NAME", 0xFFFF, b""),
        (b"AUTH", 0xFFFF, b""),
        (b"(c) ", 0xFFFF, b""),
        (b"ANNO", 0xFFFF, b""),
        (b"COMT", 0xFFFF, b""),
        (b"ID3 ", u32::MAX, b"ID3"),
        (b"id3 ", u32::MAX, b"ID3"),
    ],
};

/// What chunks that go are found as.
const KNOWN: &[(&[u8; 4], Code, &str)] = &[
    (b"NAME", Code::TagText, "title"),
    (b"AUTH", Code::TagText, "author"),
    (b"(c) ", Code::TagText, "copyright"),
    (b"ANNO", Code::TagText, "annotation"),
    (b"COMT", Code::Comment, "comments with their times"),
    (b"APPL", Code::ApplicationData, "program's data"),
    (b"MARK", Code::Marker, "marks"),
    (b"INST", Code::Marker, "instrument"),
    (b"MIDI", Code::ApplicationData, "MIDI data"),
    (b"AESD", Code::ApplicationData, "recorder's data"),
    (b"ID3 ", Code::TagText, "ID3 tag"),
    (b"id3 ", Code::TagText, "ID3 tag"),
    (b"bext", Code::TagText, "broadcast description"),
    (b"FLLR", Code::Junk, "filling"),
];

/// Plans the cleaning of an AIFF file.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    let mut walk = Walk::default();
    walk.run(&mut operation)?;
    walk.lay(&mut operation)?;
    Ok(operation.close_unsized("keep-list", Format::Aiff))
}

/// A chunk that stays: its range with header and padding, and what it becomes.
type Part = (Range<u64>, Vec<u8>);

/// What was found on the way.
#[derive(Debug, Default)]
struct Walk {
    compressed: bool,
    /// Small chunks that stay, in their order before or behind the sound.
    before: Vec<Part>,
    behind: Vec<Part>,
    described: bool,
    /// Bytes of sound that the description speaks of; none where it does not say.
    stated: Option<u64>,
    versioned: bool,
    laid_out: bool,
    /// The chunk of the sound and the sound in it, and whether it says that there is more.
    sound: Option<(u64, Range<u64>)>,
    claims: bool,
    /// Whether it says nothing of its length at all.
    streamed: bool,
    /// Bytes of one sample of all channels; 0 where the description does not say.
    block: u64,
}

/// More bytes behind the samples that a description speaks of may be sound that it forgot: an interrupted recording.
const MOST_BEHIND: u64 = 4_096;

impl Walk {
    fn run(&mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let head = operation.reader.peek::<12>(0)?.ok_or_else(short)?;
        self.compressed = &head[8..] == b"AIFC";
        if &head[..4] != b"FORM" || !(self.compressed || &head[8..] == b"AIFF") {
            return Err(broken("the file does not begin as an AIFF file does"));
        }
        let file = operation.reader.length();
        let (mut at, mut count) = (12, 0);
        while let Some(head) = operation.reader.peek::<8>(at)? {
            count += 1;
            if count > MOST {
                return Err(Refusal::too_large("the file has more parts than any real one"));
            }
            let id = [head[0], head[1], head[2], head[3]];
            let size = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
            at = self.chunk(operation, at, id, size)?;
        }
        if at < file {
            operation.found(Code::Trailer, "trailer", at..file, Action::Remove);
        }
        Ok(())
    }

    /// Takes one chunk in; where the next begins.
    fn chunk(&mut self, operation: &mut Operation<'_>, at: u64, id: [u8; 4], size: u32) -> Result<u64, Refusal> {
        let file = operation.reader.length();
        // What was written as a stream states no lengths.
        let is_streamed = &id == b"SSND" && size == 0 && self.described && self.stated.is_none() && self.block > 0;
        let size = if is_streamed { u32::MAX } else { size };
        let end = (at + 8 + u64::from(size)).min(file);
        let next = (at + 8 + u64::from(size) + u64::from(size & 1)).min(file);
        let body = at + 8..end;
        match &id {
            b"SSND" if self.sound.is_none() => {
                self.streamed = is_streamed;
                self.sound(operation, at, size, end)?;
                if next > end && !operation.reader.holds(end, &[0])? {
                    operation.found(Code::HiddenBytes, "filling byte behind the sound", end..next, Action::Remove);
                }
            }
            b"COMM" if !self.described => {
                let bytes = operation.reader.read(body.clone(), 4096)?;
                let clean = self.description(&bytes)?;
                if clean != bytes {
                    operation.found_as(Code::TagText, "name of the coding", "COMM", body, Action::Replace);
                }
                self.described = true;
                self.small(at..next, b"COMM", &clean);
            }
            b"FVER" if self.compressed && !self.versioned && operation.reader.holds(at + 8, &VERSION)? => {
                if size != 4 {
                    operation.found(Code::HiddenBytes, "FVER", body, Action::Replace);
                }
                self.versioned = true;
                self.small(at..next, b"FVER", &VERSION);
            }
            // A layout by its number alone; one that describes each channel has room for text.
            b"CHAN" if !self.laid_out && size == 12 && operation.reader.holds(at + 12, &[0; 8])? => {
                let bytes = operation.reader.read(body, 12)?;
                self.laid_out = true;
                self.small(at..next, b"CHAN", &bytes);
            }
            _ => {
                let known = KNOWN.iter().find(|(known, ..)| **known == id);
                let (code, label) = known.map_or((Code::ApplicationData, "chunk on no list"), |k| (k.1, k.2));
                operation.found_as(code, label, label, at..next, Action::Remove);
            }
        }
        Ok(next)
    }

    fn small(&mut self, range: Range<u64>, id: &[u8; 4], body: &[u8]) {
        let part = (range, chunk(id, body));
        if self.sound.is_none() { self.before.push(part) } else { self.behind.push(part) }
    }

    fn sound(&mut self, operation: &mut Operation<'_>, at: u64, size: u32, end: u64) -> Result<(), Refusal> {
        let head = operation.reader.peek::<8>(at + 8)?.ok_or_else(short)?;
        let offset = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
        let start = at + 16 + offset;
        if start > end || size < 8 {
            return Err(broken("the description of the sound is damaged"));
        }
        if offset > 0 {
            operation.found(Code::HiddenBytes, "SSND", at + 16..start, Action::Remove);
        } else if head != [0; 8] {
            operation.found(Code::HiddenBytes, "SSND", at + 8..at + 16, Action::Replace);
        }
        if end < at + 8 + u64::from(size) {
            if !self.streamed {
                operation.found(Code::Truncated, "sound", end..end, Action::Keep);
            }
            self.claims = true;
        }
        self.sound = Some((at, start..end));
        Ok(())
    }

    /// The description without the name that a program gave to the coding.
    fn description(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        let damaged = || broken("the description of the sound is damaged");
        let plain = bytes.get(..18).ok_or_else(damaged)?;
        if !self.compressed {
            (self.block, self.stated) = stated(plain, 0);
            return Ok(plain.to_vec());
        }
        let coding: &[u8; 4] = bytes.get(18..22).and_then(|b| b.try_into().ok()).ok_or_else(damaged)?;
        let known = CODINGS.iter().find(|(known, _)| *known == coding);
        (self.block, self.stated) = known.map_or((0, None), |(_, each)| stated(plain, *each));
        if known.is_none() {
            return Err(Refusal {
                code: "not-understood",
                what: "the sound is coded in a way that is on no list".to_owned(),
                advice: "Open the file in a sound program and save it as an ordinary WAV or FLAC file, then run scrubs again.",
            });
        }
        Ok([plain, coding, &[0, 0]].concat())
    }

    /// Where the sound ends: with the samples that the description speaks of, or before chunks that the sound claims.
    fn end(&self, operation: &mut Operation<'_>, sound: &Range<u64>) -> Result<u64, Refusal> {
        let stated = self.stated.map(|stated| sound.start.saturating_add(stated));
        let end = match stated {
            Some(stated) if stated <= sound.end && sound.end - stated > MOST_BEHIND => {
                return Err(Refusal {
                    code: "not-understood",
                    what: "the file speaks of less sound than it holds".to_owned(),
                    advice: "Open it in a sound program, listen whether all is there, and save it as an ordinary WAV or FLAC \
                             file, then run scrubs again.",
                });
            }
            Some(stated) if stated <= sound.end => stated,
            _ if self.streamed => {
                let end = tail::end(operation, sound.start, &CHUNKS)?;
                end - (end - sound.start) % self.block
            }
            _ if self.claims => tail::end(operation, sound.start, &CHUNKS)?,
            _ => sound.end,
        };
        if end < sound.end {
            operation.found_as(Code::HiddenBytes, "bytes behind the sound", "SSND", end..sound.end, Action::Remove);
        }
        Ok(end)
    }

    /// States in the description how many samples there are.
    fn count(&mut self, length: u64) -> Result<(), Refusal> {
        let samples = u32::try_from(length / self.block).map_err(|_| too_long())?;
        for (_, bytes) in self.before.iter_mut().filter(|(_, bytes)| bytes.starts_with(b"COMM")) {
            bytes[10..14].copy_from_slice(&samples.to_be_bytes());
        }
        Ok(())
    }

    fn lay(mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let (chunk_at, sound) = self.sound.clone().ok_or_else(|| broken("there is no sound in this file"))?;
        if !self.described {
            return Err(broken("the file does not say what its sound is"));
        }
        let sound = sound.start..self.end(operation, &sound)?;
        let length = sound.end - sound.start;
        if self.streamed {
            self.count(length)?;
        }
        let small: u64 = self.before.iter().chain(&self.behind).map(|(_, bytes)| bytes.len() as u64).sum();
        let whole = 4 + small + 16 + length + (length & 1);
        let Ok(whole) = u32::try_from(whole) else {
            return Err(too_long());
        };
        let kind: &[u8] = if self.compressed { b"AIFC" } else { b"AIFF" };
        let head = [b"FORM", &whole.to_be_bytes()[..], kind].concat();
        if !operation.reader.holds(0, &head)? {
            operation.found_as(Code::HiddenBytes, "length in the header", "FORM", 0..12, Action::Replace);
        }
        operation.put(0..12, head, WHY)?;
        for (range, bytes) in self.before {
            operation.put(range, bytes, WHY)?;
        }
        let start = [b"SSND", &(length as u32 + 8).to_be_bytes()[..], &[0; 8]].concat();
        operation.put(chunk_at..chunk_at + 16, start, WHY)?;
        operation.keep(sound.clone(), WHY);
        if length & 1 == 1 {
            operation.put(sound.end..sound.end + 1, vec![0], WHY)?;
        }
        for (range, bytes) in self.behind {
            operation.put(range, bytes, WHY)?;
        }
        Ok(())
    }
}

/// Bytes of one sample of all channels, of `each` bytes in one, and of all the sound that a description speaks of.
fn stated(plain: &[u8], each: u64) -> (u64, Option<u64>) {
    let number = |range: Range<usize>| plain[range].iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
    let each = if each == 0 { number(6..8).div_ceil(8) } else { each };
    let block = number(0..2) * each;
    (block, Some(number(2..6) * block).filter(|all| *all > 0))
}

/// A chunk with its length, filled up to an even one.
fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut all = [&id[..], &(body.len() as u32).to_be_bytes(), body].concat();
    all.extend_from_slice(&[0][..body.len() & 1]);
    all
}

fn too_long() -> Refusal {
    Refusal::too_large("the sound is longer than an AIFF file can state")
}

fn short() -> Refusal {
    Refusal::truncated("the file ends before its sound does")
}
