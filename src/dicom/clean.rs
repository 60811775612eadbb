//! Carries the decisions out: walks the list of elements and puts the cleaned data set together.
//!
//! DICOM PS3.15 E.1.1: nested data sets are treated like the outermost one, to any depth. Elements are written in the
//! order of their tags (PS3.5 7.1), each at most once.

use super::choice::{Choice, NAMING};
use super::content::Fate;
use super::dictionary;
use super::emit::KEPT;
use super::keep::{self, Fallback};
use super::pixel;
use super::rule::{self, Level, Step};
use super::safe;
use super::surgeon::{Surgeon, representation};
use super::syntax::Encoding;
use super::table;
use super::value;
use super::vr::{Class, Vr};
use super::walk::{ITEM, Node, Shape};
use crate::finding::{Action, Code, Finding};
use crate::place::Place;
use crate::plan::Refusal;
use crate::recording::DicomOption;
use std::fmt::Write as _;
use std::ops::Range;

/// Parts that the source has out of order are copied up to this length.
const COPIED: u64 = 16 << 20;

/// Text Value of a content item, and Unformatted Text Value of a text object or waveform annotation.
const TEXT_VALUE: u32 = 0x0040_A160;
const UNFORMATTED_TEXT: u32 = 0x0070_0006;

/// An element that we put into the data set.
pub(super) enum Addition {
    /// An element with a value.
    Value(u32, Vr, Vec<u8>),
    /// A length: UL, in the byte order of the data set.
    Length(u32, u32),
    /// A sequence of items with these elements.
    Items(u32, Vec<Vec<(u32, Vr, Vec<u8>)>>),
}

impl Addition {
    /// Its tag, by which additions are in order.
    pub(super) fn tag(&self) -> u32 {
        match self {
            Addition::Value(tag, ..) | Addition::Length(tag, _) | Addition::Items(tag, _) => *tag,
        }
    }
}

impl Surgeon<'_> {
    /// The outermost data set, with what we add to it.
    pub(super) fn top(&mut self, additions: &[Addition]) -> Result<(), Refusal> {
        let (choice, iod) = (self.choice, self.iod);
        let dated = choice.dates() && self.is_dated(0..self.nodes.len() as u32);
        let charset = self.charset(0, self.nodes.len() as u32);
        let (dummy, code, spatial, named, content, words) = (false, None, false, false, false, false);
        let level = Level { top: true, dummy, code, spatial, named, dated, content, words, charset, choice, iod };
        let mut additions = additions.iter().peekable();
        let list = self.ordered(0..self.nodes.len() as u32);
        let blocks = self.blocks(&list, false)?;
        self.blocks.push(blocks);
        for index in list {
            let tag = self.nodes[index as usize].tag;
            while let Some(addition) = additions.next_if(|a| a.tag() < tag) {
                self.add(addition)?;
            }
            if additions.peek().is_some_and(|a| a.tag() == tag) {
                let code = table::row(tag).map_or(Code::DicomText, |r| r.code);
                self.found(index, code, Action::Replace);
                continue;
            }
            self.element(index, level)?;
        }
        for addition in additions {
            self.add(addition)?;
        }
        Ok(())
    }

    /// The entries of one data set in the order of their tags; of a tag that comes twice, the first.
    fn ordered(&mut self, range: Range<u32>) -> Vec<u32> {
        let nodes = self.nodes;
        let mut list = Vec::new();
        let mut at = range.start;
        let mut ascending = true;
        while at < range.end {
            ascending &= list.last().is_none_or(|last: &u32| nodes[*last as usize].tag < nodes[at as usize].tag);
            list.push(at);
            at = nodes[at as usize].next;
        }
        if !ascending {
            list.sort_by_key(|i| nodes[*i as usize].tag);
            let mut last = None;
            list.retain(|i| {
                let again = last.replace(nodes[*i as usize].tag) == Some(nodes[*i as usize].tag);
                if again {
                    self.found(*i, Code::DicomUnlisted, Action::Remove);
                }
                !again
            });
        }
        list
    }

    fn add(&mut self, addition: &Addition) -> Result<(), Refusal> {
        match addition {
            Addition::Value(tag, vr, value) => self.emit.element(*tag, *vr, value),
            Addition::Length(tag, length) => {
                let bytes = self.emit.encoding().put32(*length);
                self.emit.element(*tag, Vr(*b"UL"), &bytes)
            }
            Addition::Items(tag, items) => {
                let sequence = self.emit.open(*tag, false, None)?;
                for elements in items {
                    let item = self.emit.open(ITEM, false, None)?;
                    for (tag, vr, value) in elements {
                        self.emit.element(*tag, *vr, value)?;
                    }
                    self.emit.close(item)?;
                }
                self.emit.close(sequence)
            }
        }
    }

    /// One element: the decision, carried out.
    fn element(&mut self, index: u32, level: Level) -> Result<(), Refusal> {
        let node = &self.nodes[index as usize];
        if level.top && pixel::is_pixel_data(node.tag) {
            return pixel::element(self, index);
        }
        if level.top && matches!(node.tag, 0x7FE0_0001 | 0x7FE0_0002) && !pixel::are_offsets(self)? {
            return self.stand_in(index, node.vr, Fallback::Remove, Code::DicomPadding);
        }
        if safe::is_private(node.tag) && self.choice.has(DicomOption::RetainSafePrivate) {
            return self.private(index, level);
        }
        let found = representation(node);
        if self.deviates && self.deviate(index, found, level)? {
            return Ok(());
        }
        let is_text = matches!(node.tag, TEXT_VALUE | UNFORMATTED_TEXT) && level.words && !level.dummy;
        if is_text && self.describe(index, found, level, Code::DicomText)? {
            return Ok(());
        }
        let mut step = rule::step(node.tag, found, level);
        if matches!(step, Step::Retain(_) | Step::Move(_) | Step::Clean(..)) {
            if self.grant(index, found, step, level)? {
                return Ok(());
            }
            step = rule::basic(node.tag, found, level);
        }
        let readable = matches!(node.shape, Shape::Value | Shape::Sequence);
        // What stays or stands in is written as the kind of value that the attribute has.
        let vr = match dictionary::vr(node.tag) {
            Some(listed) if step != Step::Keep && listed.class() != found.class() && listed != Vr::SQ => listed,
            _ => found,
        };
        match step {
            Step::Remove(code) => {
                self.found(index, code, Action::Remove);
                Ok(())
            }
            // A sequence or picture that could not be read, or one where none belongs, is not carried over.
            _ if !readable || (found == Vr::SQ) != (node.shape == Shape::Sequence) => {
                self.stand_in(index, vr, Fallback::Remove, Code::DicomUnlisted)
            }
            Step::Items(dummy, code) => self.sequence(index, dummy, code, level),
            Step::Empty(_) if node.len() == 0 => self.keep(index, vr),
            Step::Empty(code) => self.stand_in(index, vr, Fallback::Empty, code),
            Step::Patient(code) => {
                self.found(index, code, Action::Replace);
                self.emit.element(node.tag, vr, self.patient.as_bytes())
            }
            Step::Keep => self.samples(index, vr),
            Step::Dummy(_) | Step::Uids(_) | Step::Check(..) if node.len() == 0 => self.keep(index, vr),
            Step::Dummy(code) => self.dummy(index, vr, code, level),
            Step::Uids(code) => self.uids(index, vr, code, keep::is_well_known_instance),
            Step::Check(check, fallback) => self.check(index, vr, check, fallback, level),
            // The Basic Profile has none of these.
            Step::Retain(code) | Step::Move(code) | Step::Clean(_, code) => {
                self.stand_in(index, vr, Fallback::Remove, code)
            }
        }
    }

    /// A sequence: its items, cleaned.
    pub(super) fn sequence(&mut self, index: u32, dummy: bool, code: Code, level: Level) -> Result<(), Refusal> {
        let node = &self.nodes[index as usize];
        if dummy && !level.dummy {
            self.found(index, code, Action::Replace);
        }
        // Without a representation in the file, only an undefined length shows that a private attribute is a sequence.
        let shown = safe::is_private(node.tag) && self.emit.encoding() == Encoding::Implicit;
        let open = self.emit.open(node.tag, node.undefined || shown, self.header_of(node, Vr::SQ))?;
        self.path.push((node.tag, None));
        let identity = matches!(node.tag, 0x0040_A168 | 0x0040_1101);
        let choice = level.choice;
        let named = choice != Choice::NONE
            && (level.named || table::row(node.tag).is_some_and(|r| r.keeps.and(choice).meets(NAMING)));
        let fates = if level.content { self.fates(index, Level { dummy, ..level }) } else { Vec::new() };
        let mut at = index + 1;
        let mut number = 0;
        while at < node.next {
            let item = &self.nodes[at as usize];
            let fate = fates.get(number as usize).copied().unwrap_or(Fate::Stays);
            if fate == Fate::Goes {
                self.found(at, Code::DicomText, Action::Remove);
                (at, number) = (item.next, number + 1);
                continue;
            }
            let dummy = dummy || fate == Fate::Dummy;
            if let Some(last) = self.path.last_mut() {
                last.1 = Some(number);
            }
            let code = self.code(at + 1..item.next).map(|known| known && !(dummy && identity));
            let spatial = dummy && self.is_spatial(at + 1..item.next);
            let dated = choice.dates() && self.is_dated(at + 1..item.next);
            let (content, words) = (level.content, level.words || level.content);
            let charset = self.charset(at + 1, item.next).or(level.charset);
            let iod = level.iod;
            let inner = Level { top: false, dummy, code, spatial, named, dated, content, words, charset, choice, iod };
            let opened = self.emit.open(ITEM, item.undefined, self.header_of(item, Vr::UN))?;
            let list = self.ordered(at + 1..item.next);
            let blocks = self.blocks(&list, dummy)?;
            self.blocks.push(blocks);
            for child in list {
                self.element(child, inner)?;
            }
            self.blocks.pop();
            self.emit.close(opened)?;
            at = item.next;
            number += 1;
        }
        self.path.pop();
        self.emit.close(open)
    }

    /// Whether an item is a code (PS3.3 8), and if so, whether its scheme is one that means the same everywhere.
    fn code(&mut self, range: Range<u32>) -> Option<bool> {
        let nodes = self.nodes;
        let mut code = None;
        let mut at = range.start;
        while at < range.end {
            let node = &nodes[at as usize];
            match node.tag {
                0x0008_0100 | 0x0008_0119 | 0x0008_0120 => code = code.or(Some(false)),
                0x0008_0102 if node.len() <= 32 => {
                    code = Some(self.window.bytes(node.value()).is_ok_and(|v| keep::is_scheme(value::trim(v))));
                }
                0x0008_0105.. => break,
                _ => {}
            }
            at = node.next;
        }
        code
    }

    /// Whether an item is a content item with coordinates in space (PS3.3 C.18.9).
    fn is_spatial(&mut self, range: Range<u32>) -> bool {
        const VALUE_TYPE: u32 = 0x0040_A040;
        let nodes = self.nodes;
        let mut at = range.start;
        while at < range.end && nodes[at as usize].tag < VALUE_TYPE {
            at = nodes[at as usize].next;
        }
        let Some(node) = nodes.get(at as usize).filter(|n| at < range.end && n.tag == VALUE_TYPE && n.len() <= 16)
        else {
            return false;
        };
        self.window.bytes(node.value()).is_ok_and(|v| value::trim(v) == b"SCOORD3D")
    }

    /// The header of a sequence or item in the source, where it may stand in the output as it is.
    fn header_of(&self, node: &Node, vr: Vr) -> Option<(u64, u8, u64)> {
        let range = node.start..node.start + u64::from(node.header);
        let alike = node.encoding == self.emit.encoding() && (vr == Vr::UN || node.vr == Vr::SQ);
        (alike && self.emit.may_keep(&range)).then_some((node.start, node.header, node.len()))
    }

    /// Puts a value that says nothing.
    fn dummy(&mut self, index: u32, vr: Vr, code: Code, level: Level) -> Result<(), Refusal> {
        const REASON: u32 = 0x0400_0565;
        let node = &self.nodes[index as usize];
        self.found(index, code, Action::Replace);
        let value: &[u8] = match node.tag {
            REASON => b"CORRECT",
            // An ellipse has four points of two or three coordinates (PS3.3 C.18.6.1.2, C.18.9.1.2).
            rule::GRAPHIC_TYPE => b"ELLIPSE",
            rule::GRAPHIC_DATA if level.spatial => &[0; 48],
            rule::GRAPHIC_DATA => &[0; 32],
            // Coordinates that are none are of the frame (PS3.3 C.18.6.1.1).
            rule::PIXEL_ORIGIN => b"FRAME",
            _ => vr.dummy(),
        };
        self.emit.element(node.tag, vr, value)
    }

    /// Keeps an element: as it lies, where it is encoded as the output is; else under a new header.
    pub(super) fn keep(&mut self, index: u32, vr: Vr) -> Result<(), Refusal> {
        let node = &self.nodes[index as usize];
        if node.shape == Shape::Sequence {
            return self.emit.element(node.tag, Vr::SQ, b"");
        }
        let value = node.value();
        let encoding = self.emit.encoding();
        let same = node.encoding == encoding && (node.vr == vr || encoding == Encoding::Implicit);
        if same && node.len().is_multiple_of(2) && self.emit.may_keep(&(node.start..value.end)) {
            // The two reserved bytes of a long header could hold something (PS3.5 7.1.2: zero).
            if node.header != 12 || self.window.bytes(node.start + 6..node.start + 8)? == [0, 0] {
                self.emit.keep(node.start..value.end, KEPT);
                return Ok(());
            }
        }
        let swapped = (node.encoding == Encoding::BigEndian) != (encoding == Encoding::BigEndian);
        let numeric = matches!(vr.class(), Class::Binary(_) | Class::Bulk);
        if swapped && numeric || vr == Vr::SQ {
            return self.stand_in(index, vr, Fallback::Remove, Code::DicomUnlisted);
        }
        if !vr.is_long() && encoding != Encoding::Implicit && node.len() > 0xFFFE {
            return self.stand_in(index, vr, Fallback::Remove, Code::DicomUnlisted);
        }
        let odd = node.len() % 2;
        self.emit.header(node.tag, vr, node.len() + odd)?;
        self.carry(value)?;
        if odd == 1 {
            self.emit.write(&[vr.pad()]);
        }
        Ok(())
    }

    /// Keeps a range, or copies it where the source has it out of order.
    pub(super) fn carry(&mut self, range: Range<u64>) -> Result<(), Refusal> {
        if self.emit.may_keep(&range) {
            self.emit.keep(range, KEPT);
            return Ok(());
        }
        if range.end - range.start > COPIED {
            return Err(Refusal::not_understood("large parts of the file stand in the wrong order"));
        }
        let bytes = self.window.bytes(range)?.to_vec();
        self.emit.write(&bytes);
        Ok(())
    }

    /// Notes a finding about an element.
    pub(super) fn found(&mut self, index: u32, code: Code, action: Action) {
        let node = &self.nodes[index as usize];
        let mut path = String::with_capacity(12);
        for (tag, item) in &self.path {
            let _ = write!(path, "({:04X},{:04X})[{}]", tag >> 16, tag & 0xFFFF, item.unwrap_or(0));
        }
        let _ = write!(path, "({:04X},{:04X})", node.tag >> 16, node.tag & 0xFFFF);
        self.note(Finding::new(code, Place::attribute(path, node.start, node.len()), action));
    }
}
