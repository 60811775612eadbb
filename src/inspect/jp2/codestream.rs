//! A JPEG 2000 codestream, marker by marker: comments in any header, and where the picture ends.
//!
//! ISO/IEC 15444-1 Annex A (A.3 headers, A.4 delimiting, A.7.1 lists of lengths, A.8 markers in packets), B.10.1.

use super::segment::{
    COMMENT, DATA, END, Length, PACKET_LENGTHS, REGISTRATION, SIZE, STEPS, STEPS_OF_ONE, TILE_LENGTHS, TILE_PART,
    heeded, is_allowed, lengths, levels,
};
use crate::inspect::Trouble;
use crate::inspect::boxes::{Numbers, Spans};
use crate::inspect::bytes::{Bytes, compare};
use std::ops::Range;

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
    /// Whether it ends before it should.
    pub(in crate::inspect) truncated: bool,
    /// What is not as the standard says.
    pub(in crate::inspect) fault: Option<&'static str>,
    /// Whether nothing behind the fault can be read.
    broken: bool,
    /// Whether the stream ends inside what was being read.
    short: bool,
    segments: usize,
    /// What a cleaning may blank or leave out: whole segments, and what stands behind the numbers of step sizes.
    loose: Vec<Loose>,
    /// Step sizes of the header being read, whose levels are not known before its end: marker and content.
    steps: Vec<(u8, Range<u64>)>,
    levels: u8,
    /// The tile-parts: tile and length.
    parts: Vec<(u16, u64)>,
    /// What the lists of lengths say of them.
    told: Vec<Length>,
    lists: u8,
}

/// A range of the stream from which no picture is made.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Loose {
    range: Range<u64>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A segment in whose place a blank comment may stand.
    Blanked,
    /// A segment of the main header that may go, since no length counts it.
    Gone,
    /// Bytes behind the numbers of a segment, in whose place zeros may stand.
    Surplus,
}

/// Walks a codestream to its end or to what is not understood.
pub(in crate::inspect) fn account(bytes: &mut Bytes<'_>, stream: &Spans) -> Result<Account, Trouble> {
    let mut account = Account::default();
    if stream.copy(bytes, 0, 4)? != b"\xff\x4f\xff\x51" {
        account.fault = Some("a codestream that does not begin as one");
        account.broken = true;
        return Ok(account);
    }
    account.end = 2;
    let mut next = account.header(bytes, stream, false)?;
    let main = account.levels;
    while !account.broken {
        match next {
            Some(TILE_PART) => {
                let (start, loose, comments) = (account.end, account.loose.len(), account.comments.len());
                let fault = account.fault;
                account.tile_part(bytes, stream, main)?;
                // Cut short inside its header, a tile-part is none, and the picture ends before it.
                if account.short && !account.parts.is_empty() {
                    (account.end, account.fault, account.broken, account.truncated) = (start, fault, false, true);
                    account.loose.truncate(loose);
                    account.comments.truncate(comments);
                }
            }
            Some(END) if !account.parts.is_empty() => {
                account.end += 2;
                break;
            }
            // Some encoders leave the end marker out; and a picture may be cut short anywhere.
            _ if !account.parts.is_empty() => {
                account.truncated = true;
                break;
            }
            _ => account.breaks("a marker of a codestream that is on no list"),
        }
        next = match stream.copy(bytes, account.end, 2)?[..] {
            [0xff, marker] if !account.truncated => Some(marker),
            _ => None,
        };
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
    fn header(&mut self, bytes: &mut Bytes<'_>, stream: &Spans, in_tile: bool) -> Result<Option<u8>, Trouble> {
        let stop = loop {
            self.segments += 1;
            if self.segments > MOST {
                return Err(Trouble::TooLarge("a codestream of more than a million segments"));
            }
            let head = stream.copy(bytes, self.end, 4)?;
            self.short = head.len() < 2;
            let marker = match head[..] {
                [0xff, marker, ..] => marker,
                _ => break None,
            };
            if matches!(marker, TILE_PART | DATA | END) {
                break Some(marker);
            }
            let length = if let [_, _, high, low] = head[..] { u64::from(high) << 8 | u64::from(low) } else { 2 };
            let next = self.end + 2 + length;
            if length < 2 || next > stream.len() {
                self.short = length >= 2;
                self.breaks("a codestream that breaks off");
                return Ok(None);
            }
            let content = stream.copy(bytes, self.end + 4, (length - 2) as usize)?;
            self.segment(marker, self.end..next, &content, in_tile);
            self.end = next;
        };
        for (marker, range) in std::mem::take(&mut self.steps) {
            let content = stream.copy(bytes, range.start, (range.end - range.start) as usize)?;
            let heeded = heeded(marker, &content, self.components, self.levels);
            if heeded < content.len() {
                self.loose.push(Loose { range: range.start + heeded as u64..range.end, kind: Kind::Surplus });
            }
        }
        Ok(stop)
    }

    /// One segment of a header.
    fn segment(&mut self, marker: u8, range: Range<u64>, content: &[u8], in_tile: bool) {
        if marker == SIZE && self.size.is_none() {
            let mut numbers = Numbers::new(content);
            numbers.take(2);
            let [x1, y1, x0, y0] = [0; 4].map(|_| numbers.number(4) as u32);
            numbers.take(16);
            self.components = numbers.number(2);
            self.size = Some((x1.saturating_sub(x0), y1.saturating_sub(y0)));
        }
        if !is_allowed(marker, content, self.components, in_tile) {
            self.fault.get_or_insert("a segment of a codestream that is not as its kind is");
        }
        self.levels = self.levels.max(levels(marker, content, self.components).unwrap_or(0));
        match marker {
            COMMENT => {
                self.comments.push((range.start + 6).min(range.end)..range.end);
                let kind = if in_tile { Kind::Blanked } else { Kind::Gone };
                self.loose.push(Loose { range, kind });
            }
            STEPS | STEPS_OF_ONE => self.steps.push((marker, range.start + 4..range.end)),
            TILE_LENGTHS if !in_tile => {
                match lengths(content).filter(|(number, _)| *number == self.lists) {
                    Some((_, said)) if self.told.len() + said.len() <= MOST => self.told.extend(said),
                    _ => drop(self.fault.get_or_insert("a list of lengths that is not as its kind is")),
                }
                self.lists = self.lists.wrapping_add(1);
                self.loose.push(Loose { range, kind: Kind::Gone });
            }
            REGISTRATION => self.loose.push(Loose { range, kind: Kind::Gone }),
            _ if PACKET_LENGTHS.contains(&marker) => {
                let kind = if in_tile { Kind::Blanked } else { Kind::Gone };
                self.loose.push(Loose { range, kind });
            }
            _ => {}
        }
    }

    /// A tile-part: its own header, its data (A.4.2).
    fn tile_part(&mut self, bytes: &mut Bytes<'_>, stream: &Spans, main: u8) -> Result<(), Trouble> {
        let start = self.end;
        let head = stream.copy(bytes, start, 12)?;
        let mut numbers = Numbers::new(&head);
        numbers.take(2);
        let length = numbers.number(2);
        let tile = numbers.number(2) as u16;
        let part = numbers.number(4);
        if numbers.past() || length != 10 || head.len() < 12 || self.size.is_none() {
            self.short = head.len() < 12;
            self.breaks("a tile that cannot be read");
            return Ok(());
        }
        self.end = start + 12;
        self.levels = main;
        if self.header(bytes, stream, true)? != Some(DATA) {
            self.breaks("a tile without data");
            return Ok(());
        }
        let data = self.end + 2;
        // The last tile-part may leave its length open: its data end where the codestream does.
        let stated = if part == 0 { stream.len() } else { start.saturating_add(part) };
        if stated < data || data > stream.len() {
            self.breaks("a codestream that breaks off");
            return Ok(());
        }
        let limit = stated.min(stream.len());
        let end = end_of_data(bytes, stream, data..limit)?;
        if end.is_some() && part != 0 && stated <= stream.len() {
            self.breaks("a tile that does not end where it says");
            return Ok(());
        }
        self.truncated = end.is_none() && part != 0 && stated > stream.len();
        self.end = end.unwrap_or(limit);
        self.parts.push((tile, self.end - start));
        Ok(())
    }

    /// Whether the lists of lengths say what is so, where there are any (A.7.1).
    fn tells_the_truth(&self) -> bool {
        let alike = |(told, is): (&Length, &(u16, u64))| told.1 == is.1 && told.0.is_none_or(|t| t == is.0);
        self.told.is_empty() || self.told.len() == self.parts.len() && self.told.iter().zip(&self.parts).all(alike)
    }

    /// The ranges from which a picture is made.
    fn heeded(&self) -> Vec<Range<u64>> {
        let mut at = 0;
        let mut out = Vec::new();
        let mut loose: Vec<&Range<u64>> = self.loose.iter().map(|l| &l.range).collect();
        loose.sort_by_key(|range| range.start);
        for range in loose {
            out.push(at..range.start);
            at = range.end;
        }
        out.push(at..self.end);
        out
    }

    /// What stands in the place of what may be blanked: its kind and length.
    fn staying(&self) -> impl Iterator<Item = (Kind, u64)> + '_ {
        self.loose.iter().filter(|l| l.kind != Kind::Gone).map(|l| (l.kind, l.range.end - l.range.start))
    }
}

/// Where in the data of a tile-part an end marker is: packets hold no marker above 0xFF8F (B.10.1) but those of their own
/// start (A.8.1), whose number may look like an end, alone or with the byte behind it.
fn end_of_data(bytes: &mut Bytes<'_>, stream: &Spans, data: Range<u64>) -> Result<Option<u64>, Trouble> {
    const START: &[u8] = &[0xff, 0x91, 0, 4];
    let mut base = data.start;
    for range in stream.sub(data.clone()) {
        let mut at = range.start;
        while let Some(place) = bytes.find(0xff, at, range.end)? {
            let here = base + (place - range.start);
            let pair = if place + 1 < range.end {
                bytes.get(place, 2)?.map(|b| b[1])
            } else {
                stream.copy(bytes, here + 1, 1)?.first().copied()
            };
            if pair == Some(END) && here + 2 <= data.end {
                let from = here.saturating_sub(5).max(data.start);
                let before = stream.copy(bytes, from, (here - from) as usize)?;
                if !before.ends_with(START) && before.get(..4).is_none_or(|b| b != START || before.len() < 5) {
                    return Ok(Some(here));
                }
            }
            at = place + 1;
        }
        base += range.end - range.start;
    }
    Ok(None)
}

/// What there is to say against a codestream of an output; none when it is samples to its last byte, its comments are
/// blank, and its lists of lengths are true.
pub(in crate::inspect) fn fault(bytes: &mut Bytes<'_>, stream: &Spans) -> Result<Option<&'static str>, Trouble> {
    let account = account(bytes, stream)?;
    if account.fault.is_some() {
        return Ok(account.fault);
    }
    let zero = |bytes: &mut Bytes<'_>, range: &Range<u64>| -> Result<bool, Trouble> {
        let text = stream.copy(bytes, range.start, (range.end - range.start) as usize)?;
        Ok(text.iter().all(|b| *b == 0))
    };
    for comment in &account.comments {
        if !zero(bytes, comment)? {
            return Ok(Some("comment in the codestream"));
        }
    }
    for loose in account.loose.iter().filter(|loose| loose.kind == Kind::Surplus) {
        if !zero(bytes, &loose.range)? {
            return Ok(Some("bytes behind the numbers of a segment"));
        }
    }
    if !account.tells_the_truth() {
        return Ok(Some("a list of lengths that is not true"));
    }
    Ok((account.end != stream.len()).then_some("bytes behind the codestream"))
}

/// Whether an output's codestream is the original's, up to its end, but for what may be blanked or left out.
pub(in crate::inspect) fn same(
    original: (&mut Bytes<'_>, &Spans),
    output: (&mut Bytes<'_>, &Spans),
) -> Result<bool, Trouble> {
    let ((before, old), (after, new)) = (original, output);
    let (was, is) = (account(before, old)?, account(after, new)?);
    if was.broken || is.broken || !was.staying().eq(is.staying()) || was.parts.len() != is.parts.len() {
        return Ok(false);
    }
    let ranges = |account: &Account, spans: &Spans| -> Vec<Range<u64>> {
        account.heeded().into_iter().flat_map(|range| spans.sub(range)).collect()
    };
    let (x, y) = (ranges(&was, old), ranges(&is, new));
    compare((before, &x), (after, &y))
}
