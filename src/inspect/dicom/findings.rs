//! What a DICOM object holds beside its samples, in the words of people.
//!
//! PS3.6 names the attributes, PS3.15 Table E.1-1 says which of them identify, PS3.5 6.2 what a value is.

use super::original::{Original, Shape, with_data_set};
use super::{Element, Event, Opening, PIXEL_DATA, Walk, frame, guess, lists, name, value, vr};
use crate::cut::Source;
use crate::finding::{Action, Code, Finding};
use crate::inspect::bytes::Bytes;
use crate::inspect::{Discovery, Trouble, icc, jpeg, trailer};
use crate::place::Place;
use crate::recording::Identifier;
use dicom_core::Tag;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;
use std::collections::BTreeMap;
use std::ops::Range;

/// What the words of an attribute's name say of its kind; the first that matches counts.
const KINDS: &[(&str, Code)] = &[
    ("institution", Code::DicomInstitution),
    ("address", Code::DicomInstitution),
    ("department", Code::DicomInstitution),
    ("location", Code::DicomInstitution),
    ("telephone", Code::DicomInstitution),
    ("country", Code::DicomInstitution),
    ("region of residence", Code::DicomInstitution),
    ("station", Code::DicomDevice),
    ("device", Code::DicomDevice),
    ("serial number", Code::DicomDevice),
    ("detector", Code::DicomDevice),
    ("gantry", Code::DicomDevice),
    ("plate", Code::DicomDevice),
    ("protocol", Code::DicomText),
    ("description", Code::DicomText),
    ("comment", Code::DicomText),
    ("patient sex", Code::DicomCharacteristic),
    ("patient age", Code::DicomCharacteristic),
    ("patient size", Code::DicomCharacteristic),
    ("patient weight", Code::DicomCharacteristic),
    ("ethnic", Code::DicomCharacteristic),
    ("smoking", Code::DicomCharacteristic),
    ("pregnancy", Code::DicomCharacteristic),
    ("occupation", Code::DicomCharacteristic),
    ("military", Code::DicomCharacteristic),
    (" id", Code::DicomId),
    ("ids", Code::DicomId),
    ("number", Code::DicomId),
    ("identifier", Code::DicomId),
    ("name", Code::DicomName),
    ("physician", Code::DicomName),
];

/// Lists what a DICOM object holds.
pub(in crate::inspect) fn discover(source: &dyn Source, out: &mut Discovery) -> Result<(), Trouble> {
    with_data_set(source, |opening, bytes, at| {
        header(opening, out);
        let mut survey =
            Survey { private: BTreeMap::new(), shape: Shape::default(), native: None, nobody: Original::default() };
        let mut walk = Walk::new(at..bytes.len(), guess(bytes, at)?);
        let (mut in_pixels, mut fragments) = (false, Vec::new());
        while let Some(event) = walk.next(bytes)? {
            match event {
                Event::Element(element) => survey.element(bytes, &walk, &element, out)?,
                Event::Sequence { tag, head } => survey.sequence(tag, head, &walk, out),
                Event::Fragments { tag, .. } => {
                    in_pixels = tag == PIXEL_DATA && walk.depth() == 0;
                }
                Event::Fragment(range) => fragments.extend(Some(range).filter(|_| in_pixels)),
                Event::Close(_) if in_pixels => {
                    in_pixels = false;
                    let coding = frame::Coding::of(&opening.syntax).sized(survey.shape.frame());
                    // The first is the offset table.
                    let frames = fragments.get(1..).unwrap_or_default();
                    // A damaged frame is for the proof of the output to refuse.
                    let found = frame::in_frames(bytes, frames, coding, survey.shape.frames());
                    for extra in found.unwrap_or_default().into_iter().filter(|e| !e.harmless) {
                        let (start, length) = (extra.range.start, extra.range.end - extra.range.start);
                        let place = Place::attribute(name(PIXEL_DATA), start, length);
                        out.push(Finding::new(extra.code, place, Action::Remove).labelled(extra.label));
                    }
                }
                Event::Close(_) => {}
                Event::Broken(range) => {
                    let place = Place::bytes("data set", range.start, range.end - range.start);
                    out.push(
                        Finding::new(Code::DicomPadding, place, Action::Remove).labelled("bytes that cannot be read"),
                    );
                }
            }
        }
        survey.finish(out);
        Ok(())
    })
}

fn header(opening: &Opening, out: &mut Discovery) {
    if opening.preamble == Some(true) {
        let place = Place::bytes("preamble", 0, 128);
        out.push(Finding::new(Code::DicomHeader, place, Action::Replace).labelled("bytes in the preamble"));
    }
    for element in &opening.meta {
        let label = match element.tag {
            0x0002_0003 => "instance UID in the file header",
            0x0002_0012 | 0x0002_0013 => "program that wrote the file",
            0x0002_0016..=0x0002_0018 => "application entity in the file header",
            0x0002_0026..=0x0002_0028 => "network address in the file header",
            0x0002_0100 | 0x0002_0102 => "private part of the file header",
            _ => continue,
        };
        let place = Place::attribute(name(element.tag), element.head, element.value.end - element.value.start);
        out.push(Finding::new(Code::DicomHeader, place, Action::Replace).labelled(label));
    }
}

struct Survey {
    private: BTreeMap<u32, (u64, u64, u64)>,
    shape: Shape,
    native: Option<Range<u64>>,
    nobody: Original,
}

impl Survey {
    fn element(
        &mut self,
        bytes: &mut Bytes<'_>,
        walk: &Walk,
        element: &Element,
        out: &mut Discovery,
    ) -> Result<(), Trouble> {
        let tag = element.tag;
        let length = element.value.end - element.value.start;
        if tag == PIXEL_DATA && walk.depth() == 0 {
            self.native = Some(element.value.clone());
            return Ok(());
        }
        let group = tag >> 16;
        if group % 2 == 1 {
            let seen = self.private.entry(group).or_insert((0, element.head, 0));
            *seen = (seen.0 + 1, seen.1, element.value.end);
            return Ok(());
        }
        if length == 0 || lists::is_samples(tag) || tag & 0xffff == 0 {
            return Ok(());
        }
        let content = bytes.copy(element.value.clone(), 4096)?;
        if walk.depth() == 0 {
            self.shape.take(element, &content);
        }
        if matches!(tag, 0x0008_0020..=0x0008_0023) {
            let year = content.get(..4).and_then(|y| std::str::from_utf8(y).ok()).and_then(|y| y.parse().ok());
            out.made_in(year.unwrap_or(0));
        }
        let place = Place::attribute(format!("{}{}", walk.path(), name(tag)), element.head, length);
        if tag == lists::PROFILE {
            let profile = bytes.copy(element.value.clone(), icc::LONGEST)?;
            jpeg::findings::colours(&profile, place, out);
            return Ok(());
        }
        if let Some((code, action)) = self.kind(tag, element.vr, &content) {
            let finding = Finding::new(code, place, action).labelled(label(tag, code));
            let text = !matches!(&element.vr, b"OB" | b"OW" | b"UN" | b"OF" | b"OD" | b"OL");
            if text {
                out.push_with(finding, Identifier::new(&content[..content.len().min(256)]));
            } else {
                out.push(finding);
            }
        }
        Ok(())
    }

    /// What kind of thing an attribute tells; none where it may stay.
    fn kind(&self, tag: u32, stated: [u8; 2], content: &[u8]) -> Option<(Code, Action)> {
        let group = tag >> 16;
        if matches!(group, 0x5000..=0x50ff | 0x6000..=0x60ff) {
            return Some((Code::DicomOverlay, Action::Remove));
        }
        if group == 0xfffc {
            return Some((Code::DicomPadding, Action::Remove));
        }
        let (removed, replaced) = (lists::is_removed(tag), lists::is_replaced(tag));
        let blank = content.iter().all(|b| matches!(b, b' ' | 0));
        let objection = value::objection(tag, stated, content, &self.nobody);
        if blank && !removed || !removed && !replaced && objection.is_none() {
            return None;
        }
        if replaced && objection.is_none() && &stated != b"UI" {
            return None;
        }
        let action = if replaced { Action::Replace } else { Action::Remove };
        let code = match &stated {
            b"PN" => Code::DicomName,
            b"DA" | b"DT" | b"TM" => Code::DicomDate,
            b"UI"
                if String::from_utf8_lossy(content)
                    .split('\\')
                    .all(|u| lists::is_well_known(u.trim_matches(['\0', ' ']))) =>
            {
                return None;
            }
            b"UI" => return Some((Code::DicomUid, Action::Replace)),
            b"AE" => Code::DicomDevice,
            b"AS" => Code::DicomCharacteristic,
            _ => {
                let words = words(tag);
                let listed = KINDS.iter().find(|(word, _)| words.contains(word)).map(|(_, code)| *code);
                let other = if removed || replaced { Code::DicomText } else { Code::DicomUnlisted };
                listed.filter(|_| removed || replaced).unwrap_or(other)
            }
        };
        Some((code, action))
    }

    fn sequence(&mut self, tag: u32, head: u64, walk: &Walk, out: &mut Discovery) {
        let group = tag >> 16;
        if group % 2 == 1 {
            let seen = self.private.entry(group).or_insert((0, head, head));
            seen.0 += 1;
        } else if lists::is_removed(tag) || &vr(tag) == b"UN" {
            let place = Place::attribute(name(tag), head, 0);
            let _ = walk;
            out.push(
                Finding::new(Code::DicomSequence, place, Action::Remove).labelled(label(tag, Code::DicomSequence)),
            );
        }
    }

    fn finish(self, out: &mut Discovery) {
        for (group, (count, start, end)) in &self.private {
            let label = format!("{count} private attributes of group {group:04X}");
            let place = Place::attribute(format!("({group:04X},…)"), *start, end.saturating_sub(*start));
            out.push(Finding::new(Code::DicomPrivate, place, Action::Remove).labelled(label));
        }
        out.size = self.shape.size();
        if let (Some(range), Some(length)) = (self.native, self.shape.length()) {
            let behind = (range.end - range.start).saturating_sub(length + length % 2);
            if behind > 0 {
                let label = format!("{} behind the last frame", trailer::size(behind));
                let place = Place::attribute(name(PIXEL_DATA), range.start + length, behind);
                out.push(Finding::new(Code::DicomPadding, place, Action::Remove).labelled(label));
            }
        }
    }
}

/// An attribute's name in words, as PS3.6 has it; of an attribute that it has not, its code's words.
fn label(tag: u32, code: Code) -> String {
    let words = words(tag);
    if words.is_empty() { code.label().to_owned() } else { words }
}

fn words(tag: u32) -> String {
    let entry = StandardDataDictionary.by_tag(Tag((tag >> 16) as u16, tag as u16));
    let keyword = entry.map_or("", |e| e.alias());
    let mut out = String::new();
    let letters: Vec<char> = keyword.chars().collect();
    for (i, c) in letters.iter().enumerate() {
        let starts = c.is_ascii_uppercase() && i > 0;
        let after_lower = i > 0 && letters[i - 1].is_ascii_lowercase();
        let before_lower = letters.get(i + 1).is_some_and(char::is_ascii_lowercase);
        if starts && (after_lower || before_lower) {
            out.push(' ');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
