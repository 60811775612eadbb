//! Safe private attributes: which ones stay where the option asks for it, by private creator, and what of their values.
//!
//! DICOM PS3.15 E.3.10 and Table E.3.10-1 (`private_2026c.tsv`); PS3.5 7.8.1 (blocks of private attributes). A block
//! stays where it lies, under the table's own spelling of its creator. Values are looked at as all others are: short texts of
//! known words, numbers, UIDs that are replaced, sequences whose items are cleaned by the same rules. Bulk values stay
//! out although the table has some: what is in them cannot be looked at.

use super::describe;
use super::keep;
use super::retain::{self, keeps_uid};
use super::rule::Level;
use super::safe::{self, Block, is_private};
use super::surgeon::Surgeon;
use super::syntax::Encoding;
use super::value;
use super::vr::{Class, Vr};
use super::walk::Shape;
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::recording::DicomOption;

/// A text or number is read up to this length.
const LONGEST: u64 = 1024;

/// What becomes of a value.
enum Fate {
    Gone,
    Whole,
    As(Vec<u8>),
    Uids,
    Items,
}

fn is_creator(tag: u32) -> bool {
    (0x10..=0xFF).contains(&(tag & 0xFFFF))
}

impl Surgeon<'_> {
    /// The blocks of a data set of which something stays.
    pub(super) fn blocks(&mut self, list: &[u32], dummy: bool) -> Result<Vec<Block>, Refusal> {
        if dummy || !self.choice.has(DicomOption::RetainSafePrivate) {
            return Ok(Vec::new());
        }
        let mut blocks: Vec<(Block, bool)> = Vec::new();
        let nodes = self.nodes;
        let private = || list.iter().copied().filter(|i| is_private(nodes[*i as usize].tag));
        for index in private() {
            let node = &nodes[index as usize];
            let is_text = matches!(node.vr, Vr::LO | Vr::UN) && node.shape == Shape::Value && node.len() <= 64;
            if !is_creator(node.tag) || !is_text {
                continue;
            }
            let name = value::trim(self.window.bytes(node.value())?);
            if let Some(creator) = safe::creator(name) {
                blocks.push((Block { number: node.tag >> 16 << 8 | node.tag & 0xFF, creator }, false));
            }
        }
        for index in private() {
            let tag = nodes[index as usize].tag;
            if tag & 0xFFFF < 0x1000 {
                continue;
            }
            // The list is in the order of tags, and so are the blocks.
            let Ok(at) = blocks.binary_search_by_key(&(tag >> 8), |(block, _)| block.number) else { continue };
            if let Some(vr) = safe::listed(blocks[at].0.creator, tag).filter(|_| !blocks[at].1) {
                blocks[at].1 = !matches!(self.private_fate(index, vr)?, Fate::Gone);
            }
        }
        Ok(blocks.into_iter().filter(|(_, stays)| *stays).map(|(block, _)| block).collect())
    }

    /// A private element: a creator, an attribute that stays, or one that goes.
    pub(super) fn private(&mut self, index: u32, level: Level) -> Result<(), Refusal> {
        let node = &self.nodes[index as usize];
        let (tag, element) = (node.tag, node.tag & 0xFFFF);
        let number = if is_creator(tag) { tag >> 16 << 8 | tag & 0xFF } else { tag >> 8 };
        let blocks = self.blocks.last().map(Vec::as_slice).unwrap_or_default();
        let block = blocks.binary_search_by_key(&number, |b| b.number).ok().map(|i| blocks[i]);
        let Some(block) = block.filter(|_| is_creator(tag) || element >= 0x1000) else { return self.leave_out(index) };
        if is_creator(tag) {
            let bytes = self.window.bytes(node.value())?;
            let plain = bytes.strip_suffix(b" ").unwrap_or(bytes) == block.creator.as_bytes();
            if plain {
                return self.keep(index, Vr::LO);
            }
            self.found(index, Code::DicomPrivate, Action::Replace);
            return self.emit.element(tag, Vr::LO, block.creator.as_bytes());
        }
        let Some(vr) = safe::listed(block.creator, tag) else { return self.leave_out(index) };
        let choice = self.choice;
        match self.private_fate(index, vr)? {
            Fate::Gone => self.leave_out(index),
            Fate::Items => self.sequence(index, false, Code::DicomPrivate, level),
            Fate::Whole => self.keep(index, self.written_as(index, vr)),
            Fate::As(bytes) => {
                self.found(index, Code::DicomPrivate, Action::Replace);
                self.emit.element(tag, self.written_as(index, vr), &bytes)
            }
            Fate::Uids => {
                self.uids(index, vr, Code::DicomUid, |uid| keep::is_well_known_instance(uid) || keeps_uid(uid, choice))
            }
        }
    }

    fn leave_out(&mut self, index: u32) -> Result<(), Refusal> {
        self.found(index, Code::DicomPrivate, Action::Remove);
        Ok(())
    }

    /// The representation a private element is written with: the table's where the file has none.
    fn written_as(&self, index: u32, listed: Vr) -> Vr {
        let found = self.nodes[index as usize].vr;
        if found == Vr::UN || !found.is_known() { listed } else { found }
    }

    /// What becomes of an attribute of the table, by its value.
    fn private_fate(&mut self, index: u32, listed: Vr) -> Result<Fate, Refusal> {
        let node = &self.nodes[index as usize];
        let vr = self.written_as(index, listed);
        let is_numeric = |vr: Vr| matches!(vr.class(), Class::Number | Class::Binary(_));
        let is_written = |vr: Vr| matches!(&vr.0, b"CS" | b"LO" | b"LT" | b"SH" | b"ST" | b"UC" | b"UT");
        let alike = vr.class() == listed.class() && !matches!(vr.class(), Class::Text | Class::Bulk)
            || is_numeric(vr) && (is_numeric(listed) || listed == Vr::UN)
            || is_written(vr) && is_written(listed);
        if vr == Vr::SQ && alike && node.shape == Shape::Sequence {
            return Ok(Fate::Items);
        }
        // A value under UN is little endian, whatever surrounds it (PS3.5 6.2.2).
        let is_big = |encoding| encoding == Encoding::BigEndian;
        let turned = is_big(self.emit.encoding()) && (node.vr == Vr::UN || !is_big(node.encoding));
        let turned = turned && matches!(vr.class(), Class::Binary(_));
        if !alike || turned || node.shape != Shape::Value || vr == Vr::SQ {
            return Ok(Fate::Gone);
        }
        if node.len() == 0 {
            return Ok(Fate::Whole);
        }
        if let Class::Binary(size) = vr.class() {
            return Ok(if self.is_measured(node, size)? { Fate::Whole } else { Fate::Gone });
        }
        if node.len() > LONGEST {
            return Ok(Fate::Gone);
        }
        if vr.class() == Class::Uid {
            return Ok(Fate::Uids);
        }
        let bytes = self.window.bytes(node.value())?.to_vec();
        let values = || bytes.split(|b| *b == b'\\').map(value::trim);
        let holds = match vr.class() {
            Class::Number => {
                value::is_number(&bytes) && !value::is_personal(&bytes, vr == Vr(*b"IS")) && !self.counts(&bytes)?
            }
            _ => values().all(|v| keep::is_plain(v) && (keep::is_term(v) || describe::is_telling_nobody(v))),
        };
        let long = vr.class() != Class::Number || bytes.split(|b| !b.is_ascii_digit()).any(|run| run.len() >= 6);
        if !holds || long && self.words()?.touch(&bytes) {
            return Ok(Fate::Gone);
        }
        let whole = retain::is_padded_once(&bytes);
        Ok(if whole { Fate::Whole } else { Fate::As(values().collect::<Vec<_>>().join(&b'\\')) })
    }
}
