//! A JPEG 2000 codestream, marker by marker: comments in any header, and where the picture ends.
//!
//! ISO/IEC 15444-1 Annex A (A.4 delimiting, A.5 fixed information, A.6 functional, A.7 pointers, A.9 informational
//! segments), B.10.1; 15444-15 A.5 (CAP, CPF).

use crate::inspect::Trouble;
use crate::inspect::boxes::{Numbers, Spans};
use crate::inspect::bytes::{Bytes, compare};
use std::ops::Range;

const TILE_PART: u8 = 0x90;
const DATA: u8 = 0x93;
const END: u8 = 0xd9;
const COMMENT: u8 = 0x64;
const SIZE: u8 = 0x51;

/// The most segments and tile-parts of one codestream.
const MOST: usize = 1 << 20;

/// What there is in a codestream beside its samples.
#[derive(Debug, Default)]
pub(in crate::inspect) struct Account {
    pub(in crate::inspect) size: Option<(u32, u32)>,
    components: u64,
    /// Where in the stream the texts of comments lie.
    pub(in crate::inspect) comments: Vec<Range<u64>>,
    /// Where the picture ends.
    pub(in crate::inspect) end: u64,
    /// What is not as the standard says.
    pub(in crate::inspect) fault: Option<&'static str>,
    /// Whether nothing behind the fault can be read.
    broken: bool,
    segments: usize,
}

/// Walks a codestream to its end or to what is not understood.
pub(in crate::inspect) fn account(bytes: &mut Bytes<'_>, stream: &Spans) -> Result<Account, Trouble> {
    let mut account = Account::default();
    if stream.copy(bytes, 0, 4)? != b"\xff\x4f\xff\x51" {
        account.fault = Some("a codestream that does not begin as one");
        return Ok(account);
    }
    account.end = 2;
    while !account.broken {
        match account.header(bytes, stream)? {
            Some(TILE_PART) => account.tile_part(bytes, stream)?,
            Some(END) => {
                account.end += 2;
                break;
            }
            // Some encoders leave the end marker out.
            None if account.end == stream.len() && account.size.is_some() => break,
            _ => account.breaks("a marker of a codestream that is on no list"),
        }
    }
    Ok(account)
}

impl Account {
    /// Notes a fault behind which nothing can be read.
    fn breaks(&mut self, what: &'static str) {
        self.fault.get_or_insert(what);
        self.broken = true;
    }

    /// The segments of a header; gives the marker at which it stops.
    fn header(&mut self, bytes: &mut Bytes<'_>, stream: &Spans) -> Result<Option<u8>, Trouble> {
        loop {
            self.segments += 1;
            if self.segments > MOST {
                return Err(Trouble::TooLarge("a codestream of more than a million segments"));
            }
            let head = stream.copy(bytes, self.end, 4)?;
            let marker = match head[..] {
                [0xff, marker, ..] => marker,
                _ => return Ok(None),
            };
            if matches!(marker, TILE_PART | DATA | END) {
                return Ok(Some(marker));
            }
            let [_, _, high, low] = head[..] else { return Ok(None) };
            let length = u64::from(high) << 8 | u64::from(low);
            let next = self.end + 2 + length;
            if length < 2 || next > stream.len() {
                self.breaks("a codestream that breaks off");
                return Ok(None);
            }
            let content = stream.copy(bytes, self.end + 4, (length - 2) as usize)?;
            if marker == SIZE && self.size.is_none() {
                let mut numbers = Numbers::new(&content);
                numbers.take(2);
                let [x1, y1, x0, y0] = [0; 4].map(|_| numbers.number(4) as u32);
                numbers.take(16);
                self.components = numbers.number(2);
                self.size = Some((x1.saturating_sub(x0), y1.saturating_sub(y0)));
            }
            if !is_allowed(marker, &content, self.components) {
                self.fault.get_or_insert("a segment of a codestream that is not as its kind is");
            }
            if marker == COMMENT && length >= 4 {
                self.comments.push(self.end + 6..next);
            }
            self.end = next;
        }
    }

    /// A tile-part: its own header, its data (A.4.2).
    fn tile_part(&mut self, bytes: &mut Bytes<'_>, stream: &Spans) -> Result<(), Trouble> {
        let start = self.end;
        let head = stream.copy(bytes, start, 12)?;
        let mut numbers = Numbers::new(&head);
        numbers.take(2);
        let length = numbers.number(2);
        numbers.take(2);
        let part = numbers.number(4);
        if numbers.past() || length != 10 || head.len() < 12 || self.size.is_none() {
            self.breaks("a tile that cannot be read");
            return Ok(());
        }
        self.end = start + 12;
        if self.header(bytes, stream)? != Some(DATA) {
            self.breaks("a tile without data");
            return Ok(());
        }
        let data = self.end + 2;
        // The last tile-part may leave its length open: its data end where the codestream does.
        let end = if part == 0 { end_of_data(bytes, stream, data)? } else { start.saturating_add(part) };
        if end < data || end > stream.len() {
            self.breaks("a codestream that breaks off");
            return Ok(());
        }
        self.end = end;
        Ok(())
    }
}

/// Where the end marker is: packets hold no marker above 0xFF8F (B.10.1).
fn end_of_data(bytes: &mut Bytes<'_>, stream: &Spans, from: u64) -> Result<u64, Trouble> {
    let (mut at, mut last) = (from, 0);
    for range in stream.sub(from..stream.len()) {
        let mut found = None;
        bytes.each(range.clone(), |part| {
            if found.is_none() {
                for (i, byte) in part.iter().enumerate() {
                    if last == 0xff && *byte == END {
                        found = Some(at + i as u64 - 1);
                        return Ok(());
                    }
                    last = *byte;
                }
            }
            at += part.len() as u64;
            Ok(())
        })?;
        if let Some(found) = found {
            return Ok(found);
        }
    }
    Ok(stream.len())
}

/// Whether a segment is on the list and as long as its own numbers say.
fn is_allowed(marker: u8, content: &[u8], components: u64) -> bool {
    let n = content.len();
    let index = if components < 257 { 1 } else { 2 };
    let byte = |at: usize| content.get(at).copied().unwrap_or(0);
    let precincts = |flags: u8, levels: u8| if flags & 1 == 1 { usize::from(levels) + 1 } else { 0 };
    // Step sizes of one band, or three for each level and one more (A.6.4).
    let steps = |from: usize| {
        let left = n.saturating_sub(from + 1);
        match byte(from) & 31 {
            0 => left <= 97 && left % 3 == 1,
            1 => left == 2,
            2 => left <= 194 && left % 6 == 2,
            _ => false,
        }
    };
    match marker {
        SIZE => n as u64 == 36 + 3 * components && components > 0,
        0x50 => n >= 4 && n == 4 + 2 * content[..4].iter().map(|b| b.count_ones() as usize).sum::<usize>(),
        0x52 => n == 10 + precincts(byte(0), byte(5)),
        0x53 => n == index + 6 + precincts(byte(index), byte(index + 1)),
        0x5c => steps(0),
        0x5d => n > index && steps(index),
        0x5e => n == index + 2,
        0x5f => n > 0 && n.is_multiple_of(5 + 2 * index),
        0x55 => {
            let (tile, length) = (usize::from(byte(1) >> 4 & 3), if byte(1) >> 6 & 1 == 1 { 4 } else { 2 });
            n >= 2 && tile < 3 && (n - 2).is_multiple_of(tile + length)
        }
        0x56 | 0x59 => n > 0 && n <= 16 && n.is_multiple_of(2),
        0x63 => n as u64 == 4 * components,
        // Packet lengths, and packet headers that were moved to the front: coded data.
        0x57 | 0x58 => n > 1 && content[n - 1] < 0x80,
        0x60 | 0x61 => n > 1,
        COMMENT => n >= 2 && content[0] == 0 && content[1] < 2,
        _ => false,
    }
}

/// What there is to say against a codestream of an output; none when it is samples to its last byte and its comments are
/// blank.
pub(in crate::inspect) fn fault(bytes: &mut Bytes<'_>, stream: &Spans) -> Result<Option<&'static str>, Trouble> {
    let account = account(bytes, stream)?;
    if account.fault.is_some() {
        return Ok(account.fault);
    }
    for comment in &account.comments {
        let text = stream.copy(bytes, comment.start, (comment.end - comment.start) as usize)?;
        if text.iter().any(|b| *b != 0) {
            return Ok(Some("comment in the codestream"));
        }
    }
    Ok((account.end != stream.len()).then_some("bytes behind the codestream"))
}

/// Whether an output's codestream is the original's, up to its end, but for blanked comments.
pub(in crate::inspect) fn same(
    original: (&mut Bytes<'_>, &Spans),
    output: (&mut Bytes<'_>, &Spans),
) -> Result<bool, Trouble> {
    let ((before, old), (after, new)) = (original, output);
    let account = account(before, old)?;
    if account.fault.is_some() || account.end != new.len() {
        return Ok(false);
    }
    let mut at = 0;
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for comment in account.comments.iter().chain([&(account.end..account.end)]) {
        x.extend(old.sub(at..comment.start));
        y.extend(new.sub(at..comment.start));
        at = comment.end;
    }
    compare((before, &x), (after, &y))
}
