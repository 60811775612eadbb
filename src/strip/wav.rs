//! The surgeon for WAV, RF64 and BW64: the format, the number of samples and the sound stay; every other chunk goes.
//!
//! Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0" (RIFF, WAVE); EBU Tech 3306 (RF64);
//! ITU-R BS.2088 (BW64).

pub(super) mod layout;
pub(super) mod tail;

use super::Options;
use super::operation::{Operation, broken};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use std::ops::Range;

/// Why a part stays.
const WHY: &str = "sound and what decoding it needs";
/// Chunks of one file; recorders write a dozen.
const MOST: usize = 100_000;
/// The largest size that a RIFF header can state.
const RIFF_LIMIT: u64 = u32::MAX as u64;
/// What chunks that go are found as.
const KNOWN: &[(&[u8; 4], Code, &str)] = &[
    (b"LIST", Code::TagText, "list of texts or marks"),
    (b"bext", Code::TagText, "broadcast description"),
    (b"iXML", Code::TagText, "recorder's notes (iXML)"),
    (b"axml", Code::TagText, "recorder's notes (axml)"),
    (b"cart", Code::TagText, "cart description"),
    (b"id3 ", Code::TagText, "ID3 tag"),
    (b"ID3 ", Code::TagText, "ID3 tag"),
    (b"DISP", Code::TagText, "title"),
    (b"chna", Code::TagText, "names of channels"),
    (b"umid", Code::TagText, "unique identifier of the recording"),
    (b"aXML", Code::TagText, "recorder's notes"),
    (b"_PMX", Code::Xmp, "XMP block"),
    (b"cue ", Code::Marker, "marks"),
    (b"smpl", Code::Marker, "loops"),
    (b"inst", Code::Marker, "instrument"),
    (b"plst", Code::Marker, "order of marks"),
    (b"afsp", Code::TagText, "program's notes"),
    (b"JUNK", Code::Junk, "filling"),
    (b"junk", Code::Junk, "filling"),
    (b"FLLR", Code::Junk, "filling"),
    (b"PAD ", Code::Junk, "filling"),
    (b"PEAK", Code::ApplicationData, "peaks, with the time of making"),
    (b"levl", Code::ApplicationData, "peaks"),
    (b"MD5 ", Code::ApplicationData, "digest"),
    (b"bxml", Code::TagText, "recorder's notes"),
    (b"strc", Code::ApplicationData, "program's notes"),
    (b"acid", Code::Marker, "loops"),
];

/// How chunks look behind sound whose length is not stated.
const CHUNKS: tail::Kind = tail::Kind {
    length: u32::from_le_bytes,
    is_known: |name| KNOWN.iter().any(|(known, ..)| known.as_slice() == name),
    signs: &[
        (b"LIST", u32::MAX, b"INFO"),
        (b"LIST", u32::MAX, b"adtl"),
        (b"LIST", u32::MAX, b"exif"),
        (b"bext", 0xFFFF, b""),
        (b"iXML", 0xFF_FFFF, b"<"),
        (b"axml", 0xFF_FFFF, b"<"),
        (b"_PMX", 0xFF_FFFF, b"<"),
        (b"id3 ", u32::MAX, b"ID3"),
        (b"ID3 ", u32::MAX, b"ID3"),
        (b"cart", 0xFFFF, b"0"),
        (b"guan", u32::MAX, b"GUANO"),
    ],
};

/// Plans the cleaning of a WAV file.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    let mut walk = Walk::default();
    walk.run(&mut operation)?;
    walk.lay(&mut operation)?;
    Ok(operation.close_unsized("keep-list", Format::Wav))
}

/// What was found on the way.
#[derive(Debug, Default)]
struct Walk {
    magic: [u8; 4],
    /// Length of the sound as the 64-bit chunk states it.
    stated: Option<u64>,
    /// The 64-bit chunk, where it stands first.
    ds64: Option<Range<u64>>,
    format: Option<(Range<u64>, Vec<u8>)>,
    fact: Option<(Range<u64>, Vec<u8>)>,
    data: Option<Range<u64>>,
}

impl Walk {
    fn run(&mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let head = operation.reader.peek::<12>(0)?.ok_or_else(short)?;
        self.magic = [head[0], head[1], head[2], head[3]];
        if !matches!(&self.magic, b"RIFF" | b"RF64" | b"BW64") || &head[8..] != b"WAVE" {
            return Err(broken("the file is not a WAV file of a kind that is cleaned here"));
        }
        let file = operation.reader.length();
        let (mut at, mut count) = (12, 0);
        while let Some(head) = operation.reader.peek::<8>(at)? {
            count += 1;
            if count > MOST {
                return Err(Refusal::too_large("the file has more parts than any real one"));
            }
            let id = [head[0], head[1], head[2], head[3]];
            let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
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
        let start = at + 8;
        if &id == b"data" && self.data.is_none() {
            let (end, is_stated) = self.sound(operation, start, size)?;
            self.data = Some(start..end);
            let pad = is_stated && end & 1 != start & 1 && operation.reader.peek::<1>(end)?.is_some();
            if pad && operation.reader.peek::<1>(end)? != Some([0]) {
                operation.found(Code::HiddenBytes, "filling byte behind the sound", end..end + 1, Action::Remove);
            }
            return Ok(end + u64::from(pad));
        }
        let end = start.saturating_add(u64::from(size));
        let body = start..end.min(file);
        let next = (end + u64::from(size & 1)).min(file);
        match &id {
            b"fmt " if self.format.is_none() && self.data.is_none() => {
                let bytes = operation.reader.read(body.clone(), 4096)?;
                let clean = layout::format(&bytes)?;
                if !bytes.starts_with(&clean) || bytes.len() != clean.len() {
                    operation.found(Code::HiddenBytes, "fmt", body.clone(), Action::Replace);
                }
                self.format = Some((at..next, clean));
            }
            b"fact" if self.fact.is_none() && self.data.is_none() && body.end - body.start >= 4 => {
                let bytes = operation.reader.read(start..start + 4, 4)?;
                if size > 4 {
                    operation.found(Code::HiddenBytes, "fact", start + 4..body.end, Action::Remove);
                }
                self.fact = Some((at..next, bytes));
            }
            b"ds64" if self.stated.is_none() && self.magic != *b"RIFF" && self.data.is_none() => {
                let bytes = operation.reader.read(start..body.end.min(start + 28), 28)?;
                let Some(stated) = bytes.get(8..16).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes) else {
                    return Err(broken("the description of the sound is damaged"));
                };
                if size != 28 {
                    operation.found(Code::HiddenBytes, "ds64", body, Action::Replace);
                }
                self.stated = Some(stated);
                self.ds64 = Some(at..next);
            }
            _ => {
                let known = KNOWN.iter().find(|(known, ..)| **known == id);
                let (code, label) = known.map_or((Code::ApplicationData, "chunk on no list"), |k| (k.1, k.2));
                operation.found_as(code, label, label, at..next, Action::Remove);
            }
        }
        Ok(next)
    }

    /// Where the sound ends and whether the header says so; before chunks at the end of the file, where it does not.
    fn sound(&self, operation: &mut Operation<'_>, start: u64, size: u32) -> Result<(u64, bool), Refusal> {
        let file = operation.reader.length();
        let stated = match (size, self.stated) {
            (u32::MAX, Some(stated)) => stated,
            _ => u64::from(size),
        };
        let open = stated == 0 || stated == u64::from(u32::MAX) && size == u32::MAX;
        let end = start.saturating_add(stated);
        if !open && end <= file {
            return Ok((end, true));
        }
        if !open {
            operation.found(Code::Truncated, "sound", file..file, Action::Keep);
        }
        Ok((tail::end(operation, start, &CHUNKS)?, false))
    }

    fn lay(self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let (format_at, format) = self.format.ok_or_else(|| broken("the file does not say what its sound is"))?;
        let data = self.data.ok_or_else(|| broken("there is no sound in this file"))?;
        let length = data.end - data.start;
        let parts =
            layout::Parts { magic: self.magic, format: &format, fact: self.fact.as_ref().map(|f| &f.1[..]), length };
        let (head, long) = parts.head();
        if !operation.reader.holds(0, &head)? {
            let place = 0..12.min(operation.reader.length());
            operation.found_as(Code::HiddenBytes, "lengths in the header", "RIFF", place, Action::Replace);
        }
        operation.put(0..12, head, WHY)?;
        if long {
            let chunk = parts.ds64();
            operation.put(self.ds64.unwrap_or(0..0), chunk, WHY)?;
        }
        operation.put(format_at, layout::chunk(b"fmt ", &format), WHY)?;
        if let Some((range, bytes)) = &self.fact {
            operation.put(range.clone(), layout::chunk(b"fact", bytes), WHY)?;
        }
        let mut start = b"data".to_vec();
        start.extend((if long { u32::MAX } else { length as u32 }).to_le_bytes());
        operation.put(data.start - 8..data.start, start, WHY)?;
        operation.keep(data.clone(), WHY);
        if length & 1 == 1 {
            operation.put(data.end..data.end + 1, vec![0], WHY)?;
        }
        Ok(())
    }
}

fn short() -> Refusal {
    Refusal::truncated("the file ends before its sound does")
}
