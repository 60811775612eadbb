//! Looks at the values that may stay, and keeps, neutralises or removes them.
//!
//! DICOM PS3.15 Table E.1-1 (action U), PS3.5 6.2 (grammars), PS3.3 8 (codes).

use super::charset::{self, Folding};
use super::keep::{self, Fallback};
use super::pattern::titled;
use super::rule::{self, Check, Level};
use super::spelled::{self, Least};
use super::spelling;
use super::surgeon::{Surgeon, representation};
use super::table;
use super::value::{self, Words};
use super::vocabulary;
use super::vr::Vr;
use super::walk::{Node, Shape};
use crate::finding::{Action, Code};
use crate::icc;
use crate::plan::Refusal;

/// A value is looked at up to this length; a longer text goes, longer numbers are looked at piece by piece.
const LONGEST: u64 = 1 << 20;
/// Code Meaning.
const MEANING: u32 = 0x0008_0104;
/// Long Code Value, URN Code Value, Coding Scheme Version.
const LONG_CODE: u32 = 0x0008_0119;
const URN: u32 = 0x0008_0120;
const VERSION: u32 = 0x0008_0103;
/// Numbers in binary are searched for names up to this length.
const SHORT: u64 = 4096;

impl Surgeon<'_> {
    /// Replaces UIDs, each of several; those that the standard assigns stay.
    pub(super) fn uids(
        &mut self,
        index: u32,
        vr: Vr,
        code: Code,
        stays: impl Fn(&[u8]) -> bool,
    ) -> Result<(), Refusal> {
        let node = &self.nodes[index as usize];
        if node.len() > LONGEST {
            return self.stand_in(index, vr, Fallback::Remove, code);
        }
        let bytes = self.window.bytes(node.value())?;
        let uids = || bytes.split(|b| *b == b'\\').map(value::trim);
        if uids().all(|u| u.is_empty() || stays(u)) && is_text_clean(bytes) {
            return self.keep(index, vr);
        }
        let new: Vec<String> = uids()
            .map(|u| match u {
                [] => String::new(),
                u if stays(u) => String::from_utf8_lossy(u).into_owned(),
                u => self.coder.uid(u),
            })
            .collect();
        if self.mapping.is_some() {
            let old: Vec<Vec<u8>> = uids().map(<[u8]>::to_vec).collect();
            for (old, new) in old.iter().zip(&new).filter(|(old, new)| !old.is_empty() && old[..] != *new.as_bytes()) {
                self.note_uid(old, new)?;
            }
        }
        self.found(index, code, Action::Replace);
        self.emit.element(node.tag, vr, new.join("\\").as_bytes())
    }

    /// Keeps a value that passes its check; else what stands instead.
    pub(super) fn check(
        &mut self,
        index: u32,
        vr: Vr,
        check: Check,
        fallback: Fallback,
        level: Level,
    ) -> Result<(), Refusal> {
        let node = &self.nodes[index as usize];
        if let Check::Binary(size) = check {
            return match self.is_measured(node, size)? {
                true => self.keep(index, vr),
                false => self.stand_in(index, vr, Fallback::Remove, Code::DicomUnlisted),
            };
        }
        if check == Check::Class {
            return self.uids(index, vr, Code::DicomUid, keep::is_well_known);
        }
        if check == Check::Icc {
            return self.profile(index, vr);
        }
        if node.len() > LONGEST {
            return self.stand_in(index, vr, fallback, Code::DicomUnlisted);
        }
        let bytes = self.window.bytes(node.value())?.to_vec();
        let values = || bytes.split(|b| *b == b'\\').map(value::trim);
        let passes = match check {
            Check::Terms => values().all(|v| v.is_empty() || keep::is_term(v)),
            Check::Digits => values().all(|v| v.len() <= 5 && v.iter().all(u8::is_ascii_digit)),
            Check::Numbers => {
                let named = has_long_run(&bytes) && self.words()?.touch(&bytes) || self.counts(&bytes)?;
                !named && value::is_number(&bytes) && !value::is_personal(&bytes, vr == Vr(*b"IS"))
            }
            Check::Yes => value::trim(&bytes) == b"YES",
            Check::Text => match (level.code, node.tag) {
                (Some(true), 0x0008_0100) => self.is_code(value::trim(&bytes))?,
                (Some(true), LONG_CODE | URN | VERSION) => {
                    is_part_of_code(node.tag, value::trim(&bytes)) && !self.words()?.touch(&bytes)
                }
                (Some(true), MEANING) if !values().all(keep::is_plain) || !self.is_meaning(&bytes)? => {
                    return self.meaning(index, vr, fallback);
                }
                _ => values().all(|v| keep::is_plain(v) && !titled(v)) && !self.words()?.tell(&bytes),
            },
            Check::Words => {
                values().all(|v| keep::is_plain(v) && vocabulary::is_remark(v)) && !self.words()?.tell(&bytes)
            }
            _ => false,
        };
        if passes && is_text_clean(&bytes) {
            return self.keep(index, vr);
        }
        match check {
            Check::Age => match value::age(&bytes)
                .map(|age| if level.choice.dates() { value::age_beside_dates(age) } else { age })
            {
                Some(age) if age[..] == *value::trim(&bytes) => self.keep(index, vr),
                Some(age) => self.replace(index, vr, &age),
                None => self.stand_in(index, vr, fallback, Code::DicomUnlisted),
            },
            Check::SomeTerms => {
                let kept = rule::some_terms(&bytes);
                if kept == trim_each(&bytes) { self.keep(index, vr) } else { self.replace(index, vr, &kept) }
            }
            // Passed, but with odd bytes around the values.
            _ if passes => self.replace(index, vr, &trim_each(&bytes)),
            _ => self.stand_in(index, vr, fallback, Code::DicomUnlisted),
        }
    }

    /// Whether a code of a known scheme may stand.
    pub(super) fn is_code(&mut self, value: &[u8]) -> Result<bool, Refusal> {
        Ok(is_code_value(value) && !self.words()?.touch(value))
    }

    fn replace(&mut self, index: u32, vr: Vr, value: &[u8]) -> Result<(), Refusal> {
        self.found(index, Code::DicomUnlisted, Action::Replace);
        self.emit.element(self.nodes[index as usize].tag, vr, value)
    }

    /// A colour profile, cleaned; left out where it cannot be understood.
    fn profile(&mut self, index: u32, vr: Vr) -> Result<(), Refusal> {
        let node = &self.nodes[index as usize];
        let cleaned = if node.len() > 16 * LONGEST {
            None
        } else {
            icc::clean(self.window.bytes(node.value())?).map(|c| c.profile)
        };
        let Some(cleaned) = cleaned else { return self.stand_in(index, vr, Fallback::Remove, Code::IccDropped) };
        if spelled::spells(&cleaned, self.words()?, Least::PROFILE) {
            return self.stand_in(index, vr, Fallback::Remove, Code::IccDropped);
        }
        self.found(index, Code::IccDescription, Action::Replace);
        self.emit.element(node.tag, vr, &cleaned)
    }

    /// Whether a value is whole numbers of `size` bytes, does not look like writing, and names nobody.
    pub(super) fn is_measured(&mut self, node: &Node, size: u8) -> Result<bool, Refusal> {
        let named = (6..=SHORT).contains(&node.len()) && {
            let bytes = self.window.bytes(node.value())?.to_vec();
            self.words()?.touch(&bytes)
        };
        let measured = !named && self.is_numeric(node, size)? && !self.counts_binary(node, size)?;
        // Of fewer bytes none is a name in every second of them.
        let spelled = measured && size <= 4 && node.len() >= 16 && self.spells(node.value(), Least::MEASURED)?;
        Ok(measured && !spelled)
    }

    /// Whether a value is whole numbers of `size` bytes and does not look like writing.
    fn is_numeric(&mut self, node: &Node, size: u8) -> Result<bool, Refusal> {
        if !node.len().is_multiple_of(u64::from(size)) {
            return Ok(false);
        }
        let value = node.value();
        let mut at = value.start;
        while node.len() >= 8 && at < value.end {
            let end = (at + 32 * 1024).min(value.end);
            if value::looks_written(self.window.bytes(at..end)?, node.len()) {
                return Ok(false);
            }
            at = end;
        }
        Ok(true)
    }

    /// Removes, empties or neutralises, as the fallback says.
    pub(super) fn stand_in(&mut self, index: u32, vr: Vr, fallback: Fallback, code: Code) -> Result<(), Refusal> {
        let tag = self.nodes[index as usize].tag;
        let action = if fallback == Fallback::Remove { Action::Remove } else { Action::Replace };
        self.found(index, code, action);
        match fallback {
            Fallback::Remove => Ok(()),
            Fallback::Empty => self.emit.element(tag, vr, b""),
            Fallback::Value(value) => self.emit.element(tag, vr, value.as_bytes()),
        }
    }

    /// The words that identify in this object: of names, numbers and places, to any depth.
    pub(super) fn words(&mut self) -> Result<&Words, Refusal> {
        if self.words.is_none() {
            let mut words = Words::default();
            let declared = self.declared(self.charset(0, self.nodes.len() as u32))?;
            for node in self.nodes {
                if node.shape != Shape::Value || node.len() == 0 || node.len() > 256 {
                    continue;
                }
                let name = representation(node) == Vr(*b"PN");
                let row = table::row(node.tag);
                // What an option keeps is no secret of this object.
                let code = row.filter(|r| !r.keeps.meets(self.choice)).map(|r| r.code);
                if code.is_some() && [Vr(*b"DA"), Vr(*b"DT")].contains(&representation(node)) {
                    words.add_spellings(spelling::of_day(&String::from_utf8_lossy(self.window.bytes(node.value())?)));
                    continue;
                }
                if name || matches!(code, Some(Code::DicomName | Code::DicomId | Code::DicomInstitution)) {
                    let bytes = self.window.bytes(node.value())?;
                    words.add(bytes, if name { 3 } else { 4 });
                    if name {
                        words.add_spellings(spelling::of_name(&String::from_utf8_lossy(bytes)));
                    }
                    if name && !bytes.is_ascii() {
                        for reading in charset::readings(bytes, &declared) {
                            for folding in [Folding::Base, Folding::Digraph] {
                                let folded = charset::fold(&reading, folding);
                                words.add(folded.as_bytes(), 3);
                                words.add_spellings(spelling::of_name(&folded));
                            }
                        }
                    }
                    if code == Some(Code::DicomId) {
                        bytes.split(|b| *b == b'\\').for_each(|number| words.add_joined(number));
                    }
                }
            }
            // What is known from elsewhere may stand in this object's texts too.
            for identifier in self.wording.identifiers {
                let text = identifier.reveal_text();
                words.add(text.as_bytes(), 4);
                words.add_joined(text.as_bytes());
                words.add_spellings(spelling::of_name(&text));
            }
            words.sort();
            self.words = Some(words);
        }
        Ok(self.words.get_or_insert_default())
    }
}

/// Whether a text value has nothing around its values but one byte of padding.
fn is_text_clean(bytes: &[u8]) -> bool {
    let end = bytes.strip_suffix(b" ").or_else(|| bytes.strip_suffix(b"\0")).unwrap_or(bytes);
    !end.contains(&0) && bytes.len() <= 1024
}

fn trim_each(bytes: &[u8]) -> Vec<u8> {
    bytes.split(|b| *b == b'\\').map(value::trim).collect::<Vec<_>>().join(&b'\\')
}

/// Whether a code is of the form that codes of listed schemes have. Those of five letters and nothing else are defined
/// terms, such as modalities; others could be a name.
fn is_code_value(value: &[u8]) -> bool {
    let is_word = value.len() >= 5 && value.iter().all(u8::is_ascii_alphabetic);
    (!is_word || keep::is_term(value))
        && value.len() <= 18
        && value.iter().all(|b| b.is_ascii_alphanumeric() || b"_.-{}/%*()[]'+^\"#".contains(b))
}

/// Whether a value has the form of the part of a code that its attribute is: a code longer than 16 characters, one of the
/// standard's own numbers, a version. Words are none of these.
fn is_part_of_code(tag: u32, value: &[u8]) -> bool {
    let letters = |most| value.split(|b| !b.is_ascii_alphabetic()).all(|run| run.len() <= most);
    match tag {
        URN => value.strip_prefix(b"urn:oid:").is_some_and(keep::is_well_known),
        VERSION => value.len() <= 16 && value.is_ascii() && keep::is_plain(value) && letters(2) || value.is_empty(),
        _ => value.len() <= 64 && value.iter().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(b)) && letters(4),
    }
}

/// Whether six digits follow one another.
fn has_long_run(bytes: &[u8]) -> bool {
    bytes.split(|b| !b.is_ascii_digit()).any(|run| run.len() >= 6)
}
