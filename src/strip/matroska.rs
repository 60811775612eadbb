//! The surgeon for Matroska and WebM: tracks, clusters and cues stay where they stand; titles, tags, attachments,
//! chapters, times and names are blanked in place, so that nothing moves.
//!
//! RFC 8794 (EBML), RFC 9559 (Matroska).

mod block;
mod clock;
mod codec;
mod element;
pub(super) mod motion;
mod number;
mod table;

use super::Options;
use super::operation::{Operation, broken, joined};
use crate::cut::Source;
use crate::finding::{Action, Code};
use crate::plan::{Plan, Refusal};
use crate::recording::Format;
use codec::Track;
use element::Element;
use std::ops::Range;
use table::{Rule, rule};

/// Why a part stays.
const WHY: &str = "tracks, clusters and places to jump to";
/// Elements that are blanked: each is a piece of the output.
const MOST: usize = 150_000;
/// Nesting of elements that stay.
const DEEPEST: usize = 8;
/// The largest element that is read as a whole.
const LARGEST: u64 = 1 << 20;
/// Identifiers of elements that something here depends on.
const EBML: u32 = 0x1A45_DFA3;
const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1F43_B675;
const TRACK: u32 = 0xAE;
const BLOCK: u32 = 0xA1;
const BLOCK_GROUP: u32 = 0xA0;
const VOID: u32 = 0xEC;
const SEEK: u32 = 0x4DBB;

/// Plans the cleaning of a Matroska or WebM file.
pub(super) fn plan(source: &dyn Source, _options: &Options) -> Result<Plan, Refusal> {
    let mut operation = Operation::new(source);
    Walk::default().run(&mut operation)?;
    Ok(operation.close_unsized("blank-in-place", Format::Matroska))
}

/// Bytes that stand in the place of others: these, and zeros behind them.
#[derive(Debug)]
struct Edit {
    range: Range<u64>,
    head: Vec<u8>,
}

/// What was found on the way.
#[derive(Debug, Default)]
struct Walk {
    tracks: Vec<Track>,
    edits: Vec<Edit>,
    blocks: u64,
    segments: usize,
    /// What is taken from the times of clusters and cues.
    since: u64,
}

impl Walk {
    fn run(mut self, operation: &mut Operation<'_>) -> Result<(), Refusal> {
        let file = operation.reader.length();
        let head = element::read(operation, 0, file)?.filter(|e| e.id == EBML);
        let head = head.ok_or_else(|| broken("the file does not begin as a Matroska file does"))?;
        let mut at = 0;
        while let Some(element) = element::read(operation, at, file)? {
            let known = matches!(element.id, EBML | SEGMENT) && (element.id != EBML || element.start == head.start);
            if !known || self.segments > 0 {
                break;
            }
            let end = element.end.unwrap_or(file).min(file);
            if element.id == SEGMENT {
                self.segments += 1;
                self.since = clock::since(operation, &element, end)?;
                if element.end.is_some_and(|end| end > file) {
                    operation.found(Code::Truncated, "segment", file..file, Action::Keep);
                }
            }
            self.children(operation, &element, end, 0)?;
            at = end;
        }
        if self.blocks == 0 {
            return Err(broken("there is no sound or picture of a known kind in this file"));
        }
        if at < file {
            if element::read(operation, at, file)?.is_some_and(|next| matches!(next.id, EBML | SEGMENT)) {
                return Err(joined());
            }
            operation.found(Code::Trailer, "trailer", at..file, Action::Remove);
        }
        self.lay(operation, at);
        Ok(())
    }

    /// Lays the file with all that is blanked or replaced in it.
    fn lay(mut self, operation: &mut Operation<'_>, end: u64) {
        self.edits.sort_by_key(|edit| edit.range.start);
        let mut at = 0;
        for edit in self.edits {
            if edit.range.start < at {
                continue;
            }
            operation.keep(at..edit.range.start, WHY);
            let blank = (edit.range.end - edit.range.start).saturating_sub(edit.head.len() as u64);
            operation.write(edit.head, "blank element or neutral value");
            operation.blank(blank, "blank element or neutral value");
            at = edit.range.end;
        }
        operation.keep(at..end, WHY);
    }

    /// Goes through the elements inside one that stays.
    fn children(
        &mut self,
        operation: &mut Operation<'_>,
        parent: &Element,
        end: u64,
        depth: usize,
    ) -> Result<(), Refusal> {
        if depth > DEEPEST {
            return Err(Refusal::too_large("the file nests deeper than any real one"));
        }
        let mut at = parent.body;
        while at < end {
            let Some(child) = element::read(operation, at, end)? else {
                // Less than an element at the end of a file that breaks off, or of its parent.
                self.bytes(operation, at..end)?;
                break;
            };
            // What has no length ends with its parent, or where another of its kind begins.
            let stop = match child.end {
                Some(stop) if stop <= end => stop,
                Some(_) if end == operation.reader.length() => {
                    self.cut_off(operation, &child, end)?;
                    break;
                }
                Some(_) => return Err(broken("a part of the file is longer than what holds it")),
                None if child.id == CLUSTER && parent.id == SEGMENT => self.open_end(operation, &child, end)?,
                None => return Err(broken("a part of the file does not say how long it is")),
            };
            self.child(operation, parent, &child, stop, depth)?;
            at = stop;
        }
        Ok(())
    }

    /// Where a cluster without a length ends.
    fn open_end(&mut self, operation: &mut Operation<'_>, cluster: &Element, end: u64) -> Result<u64, Refusal> {
        let mut at = cluster.body;
        while let Some(child) = element::read(operation, at, end)? {
            let Some(stop) = child.end.filter(|_| !table::is_top(child.id)) else { break };
            if stop > end {
                return Ok(end);
            }
            at = stop;
        }
        Ok(at)
    }

    /// The last element of a file that breaks off: a cluster is gone into, all else blanked.
    fn cut_off(&mut self, operation: &mut Operation<'_>, child: &Element, end: u64) -> Result<(), Refusal> {
        operation.found(Code::Truncated, "cluster", end..end, Action::Keep);
        if child.id == CLUSTER || child.id == BLOCK_GROUP {
            return self.children(operation, child, end, DEEPEST - 1);
        }
        self.bytes(operation, child.start..end)
    }

    /// Puts zeros in the place of bytes that are no element.
    fn bytes(&mut self, operation: &mut Operation<'_>, range: Range<u64>) -> Result<(), Refusal> {
        let mut blank = true;
        let mut at = range.start;
        while at < range.end && blank {
            let window = operation.reader.rest(at, 1)?;
            let count = (window.len() as u64).min(range.end - at);
            blank = window[..count as usize].iter().all(|byte| *byte == 0);
            at += count.max(1);
        }
        if blank {
            return Ok(());
        }
        operation.found(Code::Junk, "between elements", range.clone(), Action::Remove);
        self.edit(range, Vec::new())
    }

    fn child(
        &mut self,
        operation: &mut Operation<'_>,
        parent: &Element,
        child: &Element,
        end: u64,
        depth: usize,
    ) -> Result<(), Refusal> {
        match rule(parent.id, child.id) {
            Rule::Inside if child.id == TRACK => self.track(operation, child, end, depth),
            Rule::Inside if child.id == SEEK && !self.leads(operation, child, end)? => {
                self.void(operation, child, end, Code::HiddenBytes, "place of what goes")
            }
            Rule::Inside if child.id == BLOCK_GROUP && self.group_goes(operation, child, end)? => {
                self.void(operation, child, end, Code::TextTrack, "samples of a track that goes")
            }
            Rule::Inside => self.children(operation, child, end, depth + 1),
            Rule::Number if self.is_number(operation, child, end)? => match clock::TIMES.contains(&child.id) {
                true => self.time(operation, child.body..end),
                false => Ok(()),
            },
            Rule::Word if self.is_word(operation, child, end)? => Ok(()),
            Rule::Zero => self.replace(operation, child.body..end, Code::TagDevice, "program"),
            Rule::Seen => Ok(()),
            Rule::Block => self.block(operation, child, end),
            Rule::Additions if self.tracks.iter().any(|track| track.alpha) => Ok(()),
            Rule::Refuse(what) => Err(broken(what)),
            Rule::Number | Rule::Word | Rule::Additions | Rule::Gone(..) => {
                let (code, label) = match rule(parent.id, child.id) {
                    Rule::Gone(code, label) => (code, label),
                    _ => (Code::HiddenBytes, "element that is not as it should be"),
                };
                self.void(operation, child, end, code, label)
            }
        }
    }

    /// Whether a place to jump to leads to something that stays.
    fn leads(&self, operation: &mut Operation<'_>, seek: &Element, end: u64) -> Result<bool, Refusal> {
        let bytes = operation.reader.read(seek.body..end, 64)?;
        // Info, Tracks, Cues, Cluster, SeekHead.
        let ids: [&[u8]; 5] =
            [b"\x15\x49\xA9\x66", b"\x16\x54\xAE\x6B", b"\x1C\x53\xBB\x6B", b"\x1F\x43\xB6\x75", b"\x11\x4D\x9B\x74"];
        Ok(ids.iter().any(|id| memchr::memmem::find(&bytes, &[b"\x53\xAB\x84", *id].concat()).is_some()))
    }

    /// Whether a number is one that a recording may have.
    fn is_number(&self, operation: &mut Operation<'_>, child: &Element, end: u64) -> Result<bool, Refusal> {
        if end - child.body > 8 {
            return Ok(false);
        }
        Ok(self.since > 0 && clock::TIMES.contains(&child.id)
            || number::is_real(child.id, &operation.reader.read(child.body..end, 8)?))
    }

    /// Whether a short text is one of its kind: letters, digits and hyphens of a language or a type of document.
    fn is_word(&self, operation: &mut Operation<'_>, child: &Element, end: u64) -> Result<bool, Refusal> {
        if end - child.body > 16 {
            return Ok(false);
        }
        let bytes = operation.reader.read(child.body..end, 16)?;
        let listed = match child.id {
            0x4282 => bytes == b"matroska" || bytes == b"webm",
            0x22B59C => bytes.len() == 3 && bytes.iter().all(u8::is_ascii_lowercase),
            _ => bytes.split(|b| *b == b'-').all(|part| part.len() <= 4 && part.iter().all(u8::is_ascii_alphanumeric)),
        };
        Ok(listed)
    }

    /// Turns an element into a blank one of the same length.
    fn void(
        &mut self,
        operation: &mut Operation<'_>,
        child: &Element,
        end: u64,
        code: Code,
        label: &'static str,
    ) -> Result<(), Refusal> {
        let length = end - child.start;
        let head = element::void(length);
        let body = child.start + head.len() as u64..end;
        if child.id == VOID && operation.reader.holds(child.start, &head)? {
            return self.bytes(operation, body);
        }
        operation.found_as(code, label, label, child.start..end, Action::Remove);
        self.edit(child.start..end, head)
    }

    /// Puts zeros in the place of a text that must be there.
    fn replace(
        &mut self,
        operation: &mut Operation<'_>,
        range: Range<u64>,
        code: Code,
        label: &'static str,
    ) -> Result<(), Refusal> {
        let bytes = operation.reader.read(range.clone(), LARGEST)?;
        self.put(operation, range, vec![0; bytes.len()], code, label)
    }

    /// Puts other bytes of the same length in the place of a range.
    fn put(
        &mut self,
        operation: &mut Operation<'_>,
        range: Range<u64>,
        bytes: Vec<u8>,
        code: Code,
        label: &'static str,
    ) -> Result<(), Refusal> {
        let old = operation.reader.read(range.clone(), LARGEST)?;
        let differs = |(old, new): (&u8, &u8)| old != new;
        let Some(first) = old.iter().zip(&bytes).position(differs) else { return Ok(()) };
        let last = old.iter().zip(&bytes).rposition(differs).unwrap_or(first);
        operation.found_as(code, label, label, range.clone(), Action::Replace);
        // What is the same on both sides is kept.
        let changed = range.start + first as u64..range.start + last as u64 + 1;
        self.edit(changed, bytes[first..=last].to_vec())
    }

    fn edit(&mut self, range: Range<u64>, head: Vec<u8>) -> Result<(), Refusal> {
        if self.edits.len() >= MOST {
            return Err(Refusal::too_large("the file has more parts than can be cleaned at once"));
        }
        self.edits.push(Edit { range, head });
        Ok(())
    }

    fn track(&mut self, operation: &mut Operation<'_>, child: &Element, end: u64, depth: usize) -> Result<(), Refusal> {
        let track = Track::read(operation, child, end)?;
        if let Some(what) = track.goes {
            self.tracks.push(track);
            return self.void(operation, child, end, Code::TextTrack, what);
        }
        for (range, bytes) in &track.written {
            self.put(operation, range.clone(), bytes.clone(), Code::TagDevice, "encoder's notes")?;
        }
        if self.tracks.len() > 256 {
            return Err(Refusal::too_large("the file has more tracks than any real one"));
        }
        self.tracks.push(track);
        self.children(operation, child, end, depth + 1)
    }
}
