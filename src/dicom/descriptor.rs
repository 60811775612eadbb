//! Carries out the options that clean: descriptions, texts of graphic annotations, contents of structured reports.
//!
//! PS3.15 E.3.3, E.3.4, E.3.5 and Table E.1-1 (action C). A sequence that one of the options cleans keeps its shape and has
//! its items cleaned by the same rules as the outermost data set; geometry and numbers stay, texts are cleaned (see
//! `describe`), what names a person is replaced. Overlay planes and curves (60xx, 50xx) are drawings of which nobody can
//! prove that nothing is written in them: they go under every option, as under the Basic Profile.

use super::charset;
use super::describe;
use super::keep::Fallback;
use super::known::Known;
use super::rule::Level;
use super::surgeon::{Surgeon, representation};
use super::table;
use super::value;
use super::vr::{Class, Vr};
use super::walk::{Node, Shape};
use super::{dictionary, vocabulary};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::recording::DicomOption;

/// A longer text than this is no description, and goes.
const LONGEST: u64 = 1 << 16;
/// Values that identify are read up to this length.
const VALUE: u64 = 1024;
/// Reason for the Attribute Modification, a code string among the descriptors.
const REASON: u32 = 0x0400_0565;
const CHARACTER_SET: u32 = 0x0008_0005;

impl Surgeon<'_> {
    /// Carries out an option that cleans an attribute; false where the Basic Profile must stand.
    pub(super) fn cleanse(
        &mut self,
        index: u32,
        vr: Vr,
        option: DicomOption,
        code: Code,
        level: Level,
    ) -> Result<bool, Refusal> {
        let node = &self.nodes[index as usize];
        if level.dummy || node.tag == REASON {
            return Ok(false);
        }
        match option {
            DicomOption::CleanDescriptors | DicomOption::RetainPatientCharacteristics
                if node.shape == Shape::Value && vr != Vr::SQ =>
            {
                self.describe(index, vr, level, code)
            }
            DicomOption::CleanDescriptors | DicomOption::CleanStructuredContent | DicomOption::CleanGraphics
                if node.shape == Shape::Sequence && dictionary::vr(node.tag) == Some(Vr::SQ) =>
            {
                let content = level.content || option == DicomOption::CleanStructuredContent;
                let words = level.words || option == DicomOption::CleanGraphics;
                self.sequence(index, false, code, Level { content, words, ..level })?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Cleans a text, value by value; false where nothing of use would be left.
    pub(super) fn describe(&mut self, index: u32, vr: Vr, level: Level, code: Code) -> Result<bool, Refusal> {
        let node = &self.nodes[index as usize];
        let most = match &vr.0 {
            b"SH" => 16,
            b"LO" => 64,
            b"ST" => 1024,
            b"LT" => 10_240,
            b"UC" | b"UT" => LONGEST as usize,
            _ => return Ok(false),
        };
        let known = dictionary::vr(node.tag).map_or(vr.class(), Vr::class);
        if node.shape != Shape::Value || known != Class::Text || node.len() > LONGEST {
            return Ok(false);
        }
        if node.len() == 0 {
            self.keep(index, vr)?;
            return Ok(true);
        }
        let bytes = self.window.bytes(node.value())?.to_vec();
        let declared = self.declared(level.charset)?;
        let text = charset::readings(&bytes, &declared).swap_remove(0);
        let text = text.trim_end_matches(['\0', ' ']);
        let known = self.known()?;
        let single = matches!(&vr.0, b"ST" | b"LT" | b"UT");
        let cleaned: Vec<String> = match single {
            true => describe::cleaned(text, known, most).into_iter().collect(),
            false => text.split('\\').map(|v| describe::cleaned(v, known, most).unwrap_or_default()).collect(),
        };
        if cleaned.iter().all(String::is_empty) {
            return Ok(false);
        }
        let new = charset::encode(&cleaned.join("\\"), &declared);
        let unpadded = bytes.strip_suffix(b"\0").or(bytes.strip_suffix(b" ")).unwrap_or(&bytes);
        if new == bytes || new == unpadded {
            self.keep(index, vr)?;
            return Ok(true);
        }
        self.found(index, code, Action::Replace);
        self.emit.element(self.nodes[index as usize].tag, vr, &new)?;
        Ok(true)
    }

    /// The character set that is declared for a data set, by the element that declares it.
    pub(super) fn declared(&mut self, charset: Option<u32>) -> Result<Vec<u8>, Refusal> {
        let Some(node) = charset.map(|index| &self.nodes[index as usize]).filter(|n| n.len() <= 256) else {
            return Ok(Vec::new());
        };
        Ok(self.window.bytes(node.value())?.to_vec())
    }

    /// The element that declares the character set of the elements from `at` to `end`, if one of them does.
    pub(super) fn charset(&self, mut at: u32, end: u32) -> Option<u32> {
        let nodes = self.nodes;
        while at < end && nodes[at as usize].tag < CHARACTER_SET {
            at = nodes[at as usize].next;
        }
        (at < end && nodes[at as usize].tag == CHARACTER_SET && nodes[at as usize].shape == Shape::Value).then_some(at)
    }

    /// What identifies in this object, to any depth, and in what was handed in with it.
    fn known(&mut self) -> Result<&Known, Refusal> {
        if self.wording.known.is_none() {
            let mut known = Known::default();
            for identifier in self.wording.identifiers {
                let text = identifier.reveal_text();
                known.name(&text);
                known.number(&text);
            }
            let mut declared = self.declared(self.charset(0, self.nodes.len() as u32))?;
            for (index, node) in self.nodes.iter().enumerate() {
                if node.shape != Shape::Value || node.len() == 0 || node.len() > VALUE {
                    continue;
                }
                if node.tag == CHARACTER_SET {
                    declared = self.declared(Some(index as u32))?;
                }
                let code = table::row(node.tag).map(|row| row.code);
                let named = representation(node) == Vr(*b"PN") || code == Some(Code::DicomName);
                let dated = [Vr(*b"DA"), Vr(*b"DT")].contains(&representation(node));
                let take: fn(&mut Known, &str) = match code {
                    _ if named => Known::name,
                    Some(_) if dated => Known::day,
                    Some(Code::DicomId) => Known::number,
                    Some(Code::DicomInstitution) => Known::place,
                    _ => continue,
                };
                let bytes = self.window.bytes(node.value())?;
                charset::readings(bytes, &declared).iter().for_each(|reading| take(&mut known, reading));
            }
            self.wording.known = Some(known);
        }
        Ok(self.wording.known.get_or_insert_default())
    }

    /// The meaning of a code of a known scheme that is not made of known words: the code itself stands in.
    pub(super) fn meaning(&mut self, index: u32, vr: Vr, fallback: Fallback) -> Result<(), Refusal> {
        const CODES: [u32; 3] = [0x0008_0100, 0x0008_0119, 0x0008_0120];
        let nodes = self.nodes;
        let before = &nodes[(index as usize).saturating_sub(CODES.len() + 3)..index as usize];
        let own = |n: &&Node| CODES.contains(&n.tag) && n.shape == Shape::Value && (1..=64).contains(&n.len());
        let value = match before.iter().rev().take_while(|n| n.tag < 0x0008_0104 && n.shape == Shape::Value).find(own) {
            Some(node) => value::trim(self.window.bytes(node.value())?).to_vec(),
            None => Vec::new(),
        };
        if value.is_empty() || !self.is_code(&value)? {
            return self.stand_in(index, vr, fallback, Code::DicomUnlisted);
        }
        self.found(index, Code::DicomText, Action::Replace);
        self.emit.element(nodes[index as usize].tag, vr, &value)
    }

    /// Whether the meaning of a code may stand: words of the lists, and none that is known.
    pub(super) fn is_meaning(&mut self, bytes: &[u8]) -> Result<bool, Refusal> {
        Ok(vocabulary::is_meaning(bytes) && !self.words()?.touch(bytes))
    }
}
