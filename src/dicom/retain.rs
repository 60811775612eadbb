//! Carries out what the options of PS3.15 E.3 keep or move, and a user's deviations.
//!
//! PS3.15 Table E.1-1a: K is unchanged, C cleaned. A value is kept only if it is of the kind its attribute has and bears
//! nothing that identifies the patient in this object: a name of a station that is a patient's goes as under the Basic
//! Profile. Ages above 89 years are stated as 90, as 45 CFR 164.514(b)(2)(i)(C) demands.

use super::choice::Choice;
use super::dates;
use super::dictionary;
use super::keep::Fallback;
use super::option;
use super::rule::{Level, Step};
use super::stamp;
use super::surgeon::Surgeon;
use super::table::lines;
use super::value;
use super::vr::{Class, Vr};
use super::walk::{Node, Shape};
use crate::finding::{Action, Code};
use crate::plan::Refusal;
use crate::recording::{DicomOption, Treatment};
use std::ops::Range;

/// A kept text is at most so long: no attribute that the options keep needs more (PS3.5 6.2).
const LONGEST: u64 = 1024;
/// Time kept in binary is at most so long.
const TIMESTAMP: u64 = 16;
/// Timezone Offset From UTC, which is no date but stands in the table's date columns.
const TIMEZONE: u32 = 0x0008_0201;
/// Table E.3.4-1 as data, as far as it speaks of dates.
const CONCEPTS: &str = include_str!("sr_dates_2026c.tsv");

/// Enumerated values and defined terms of code strings that the options keep (PS3.3 C.7.1.1, C.7.1.4, C.7.2.2).
const TERMS: [(u32, &[&str]); 3] = [
    (0x0010_0040, &["M", "F", "O", "U", "UNKNOWN"]),
    (0x0010_2203, &["ALTERED", "UNALTERED", "YES", "NO", "UNKNOWN"]),
    (0x0010_21A0, &["YES", "NO", "UNKNOWN"]),
];

/// What may stand of a value that an option keeps.
enum Stays {
    Whole,
    As(Vec<u8>),
    Nothing,
}

impl Surgeon<'_> {
    /// Carries out what an option says; false where the Basic Profile must stand, as it must for every `Step::Clean` that
    /// nobody carries out: those come here first, sequences among them, with the option that asks.
    pub(super) fn grant(&mut self, index: u32, vr: Vr, step: Step, level: Level) -> Result<bool, Refusal> {
        let node = &self.nodes[index as usize];
        if let Step::Clean(option, code) = step {
            return self.cleanse(index, vr, option, code, level);
        }
        let known = dictionary::vr(node.tag).map_or(vr.class(), Vr::class);
        if node.shape != Shape::Value || known != vr.class() {
            return Ok(false);
        }
        let (stays, code) = match step {
            Step::Retain(code) if vr.class() == Class::Uid => {
                let choice = self.choice;
                self.uids(index, vr, code, |uid| may_stay(uid, choice))?;
                return Ok(true);
            }
            Step::Retain(_) | Step::Move(_) if node.len() == 0 => (Stays::Whole, Code::DicomText),
            Step::Retain(code) => (self.stays(index, vr)?, code),
            Step::Move(code) => (self.moves(index, vr)?, code),
            _ => (Stays::Nothing, Code::DicomText),
        };
        match stays {
            Stays::Whole => self.keep(index, vr)?,
            Stays::As(value) => {
                self.found(index, code, Action::Replace);
                self.emit.element(self.nodes[index as usize].tag, vr, &value)?;
            }
            Stays::Nothing => return Ok(false),
        }
        Ok(true)
    }

    fn stays(&mut self, index: u32, vr: Vr) -> Result<Stays, Refusal> {
        let node = &self.nodes[index as usize];
        if let Class::Binary(size) = vr.class() {
            return Ok(if self.is_measured(node, size)? { Stays::Whole } else { Stays::Nothing });
        }
        if node.len() > LONGEST || vr.class() == Class::Bulk && node.len() > TIMESTAMP {
            return Ok(Stays::Nothing);
        }
        let bytes = self.window.bytes(node.value())?.to_vec();
        if vr.class() == Class::Age {
            let dated = self.choice.dates();
            return Ok(match value::age(&bytes).map(|age| if dated { value::age_beside_dates(age) } else { age }) {
                Some(age) if age[..] == *value::trim(&bytes) => Stays::Whole,
                Some(age) => Stays::As(age.to_vec()),
                None => Stays::Nothing,
            });
        }
        let holds = match vr.class() {
            Class::Date => dates::moved(vr, &bytes, 0).is_some(),
            Class::Code => is_code_string(node.tag, &bytes) && !self.words()?.touch(&bytes),
            Class::Number => {
                value::is_number(&bytes) && !value::is_personal(&bytes, vr == Vr(*b"IS")) && !self.counts(&bytes)?
            }
            Class::Text if node.tag == TIMEZONE => dates::is_zone(value::trim(&bytes)),
            Class::Text => is_writing(&bytes) && !self.words()?.touch(&bytes),
            Class::Bulk => !value::looks_written(&bytes, node.len()),
            _ => false,
        };
        Ok(match holds {
            true if vr.class() == Class::Bulk || is_padded_once(&bytes) => Stays::Whole,
            true => Stays::As(bytes.split(|b| *b == b'\\').map(value::trim).collect::<Vec<_>>().join(&b'\\')),
            false => Stays::Nothing,
        })
    }

    /// A date or time, moved with all others of the patient.
    fn moves(&mut self, index: u32, vr: Vr) -> Result<Stays, Refusal> {
        let node = &self.nodes[index as usize];
        if node.len() > LONGEST {
            return Ok(Stays::Nothing);
        }
        let bytes = self.window.bytes(node.value())?;
        if node.tag == TIMEZONE {
            // The clock of the place: what the moved dates and times are to be read by.
            return Ok(if dates::is_zone(value::trim(bytes)) { Stays::Whole } else { Stays::Nothing });
        }
        Ok(match dates::moved(vr, bytes, self.weeks) {
            Some(moved) if moved == value::trim(bytes) && is_padded_once(bytes) => Stays::Whole,
            Some(moved) => Stays::As(moved),
            None => Stays::Nothing,
        })
    }

    /// Whether an item is a content item whose concept Table E.3.4-1 lists with a date that the options keep or move.
    pub(super) fn is_dated(&mut self, range: Range<u32>) -> bool {
        const CONCEPT_NAME: u32 = 0x0040_A043;
        let nodes = self.nodes;
        let find = |range: Range<u32>, tag: u32| {
            let mut at = range.start;
            while at < range.end && nodes[at as usize].tag < tag {
                at = nodes[at as usize].next;
            }
            (at < range.end && nodes[at as usize].tag == tag).then_some(at)
        };
        let Some(name) = find(range, CONCEPT_NAME).filter(|n| nodes[*n as usize].next > n + 1) else { return false };
        let item = name + 2..nodes[name as usize + 1].next;
        let mut text = |tag| {
            let node: &Node = &nodes[find(item.clone(), tag)? as usize];
            let short = node.len() <= 64 && node.shape == Shape::Value;
            short.then(|| self.window.bytes(node.value()).map(|v| value::trim(v).to_vec()).ok()).flatten()
        };
        let (Some(code), Some(scheme)) = (text(0x0008_0100), text(0x0008_0102)) else { return false };
        let moved = self.choice.has(DicomOption::RetainLongitudinalModifiedDates);
        lines(CONCEPTS).any(|line| {
            let mut cells = line.split('\t');
            cells.next().is_some_and(|c| c.as_bytes() == scheme.split(|b| *b == b' ').next().unwrap_or_default())
                && cells.next().is_some_and(|c| c.as_bytes() == code)
                && (cells.nth(1) == Some("yes") || !moved)
        })
    }

    /// Does what the user laid down for an attribute; false where nothing is, or nothing may be.
    pub(super) fn deviate(&mut self, index: u32, vr: Vr, level: Level) -> Result<bool, Refusal> {
        let node = &self.nodes[index as usize];
        let deidentification = self.deidentification;
        let Some(treatment) = deidentification.treatment(node.tag).filter(|_| option::may_deviate(node.tag)) else {
            return Ok(false);
        };
        let code = super::table::row(node.tag).map_or(Code::DicomUnlisted, |r| r.code);
        let written = match treatment {
            Treatment::Remove => None,
            Treatment::Keep if node.shape == Shape::Sequence => {
                self.sequence(index, false, code, level)?;
                return Ok(true);
            }
            Treatment::Keep if node.shape == Shape::Value => {
                self.keep(index, vr)?;
                return Ok(true);
            }
            Treatment::Keep => None,
            Treatment::Replace(text) => {
                let vr = dictionary::vr(node.tag).unwrap_or(vr);
                replacement(text, vr, |n| self.emit.encoding().put16(n), |n| self.emit.encoding().put32(n))
                    .map(|value| (vr, value))
            }
        };
        let Some((vr, value)) = written else {
            self.stand_in(index, vr, Fallback::Remove, code)?;
            return Ok(true);
        };
        self.found(index, code, Action::Replace);
        self.emit.element(self.nodes[index as usize].tag, vr, &value)?;
        Ok(true)
    }
}

/// A replacement's bytes; none where the attribute cannot hold it. Writing beyond ASCII would depend on each object's
/// character set, so `?` stands for it.
fn replacement(text: &str, vr: Vr, put16: impl Fn(u16) -> [u8; 2], put32: impl Fn(u32) -> [u8; 4]) -> Option<Vec<u8>> {
    let numbers = || text.split('\\').map(str::trim);
    match (vr.class(), &vr.0) {
        (Class::Sequence | Class::Bulk, _) => None,
        (_, b"US") => numbers().map(|n| n.parse().ok().map(&put16)).collect::<Option<Vec<_>>>().map(|n| n.concat()),
        (_, b"SS") => numbers()
            .map(|n| n.parse().ok().map(|n: i16| put16(n as u16)))
            .collect::<Option<Vec<_>>>()
            .map(|n| n.concat()),
        (_, b"UL") => numbers().map(|n| n.parse().ok().map(&put32)).collect::<Option<Vec<_>>>().map(|n| n.concat()),
        (_, b"SL") => numbers()
            .map(|n| n.parse().ok().map(|n: i32| put32(n as u32)))
            .collect::<Option<Vec<_>>>()
            .map(|n| n.concat()),
        (_, b"FL") => numbers()
            .map(|n| n.parse().ok().map(|n: f32| put32(n.to_bits())))
            .collect::<Option<Vec<_>>>()
            .map(|n| n.concat()),
        (Class::Binary(_), _) => None,
        _ => Some(text.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c as u8 } else { b'?' }).collect()),
    }
}

/// Whether UIDs stay, and this one does.
pub(super) fn keeps_uid(uid: &[u8], choice: Choice) -> bool {
    choice.has(DicomOption::RetainUids) && may_stay(uid, choice)
}

/// Whether a UID can stay as it is. Not where dates move and it has a time in it, as devices write them: that would be the
/// true day beside the moved one. Only the UID itself decides, so that it is the same in every object.
fn may_stay(uid: &[u8], choice: Choice) -> bool {
    let moves = choice.has(DicomOption::RetainLongitudinalModifiedDates);
    is_uid(uid) && !(moves && stamp::is_stamped(uid))
}

/// A UID as PS3.5 9.1 has it, and no longer; or none.
fn is_uid(value: &[u8]) -> bool {
    value.len() <= 64
        && (value.is_empty()
            || value.split(|b| *b == b'.').all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit)))
}

/// Capitals, digits, spaces and underscores, sixteen at most (PS3.5 6.2, CS); of the attribute's terms where it has some.
fn is_code_string(tag: u32, bytes: &[u8]) -> bool {
    let terms = TERMS.iter().find(|(listed, _)| *listed == tag).map(|(_, terms)| *terms);
    bytes.split(|b| *b == b'\\').map(value::trim).all(|v| {
        let plain =
            v.len() <= 16 && v.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b" _".contains(b));
        plain && terms.is_none_or(|terms| v.is_empty() || terms.iter().any(|t| t.as_bytes() == v))
    })
}

/// Text without control characters, but for line ends, tabulators and the escapes of character sets (PS3.5 6.1.3).
fn is_writing(bytes: &[u8]) -> bool {
    let text = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    text.iter().all(|b| !b.is_ascii_control() || b"\t\n\x0C\r\x1B".contains(b))
}

/// Whether no NUL stands in a value but the one that makes its length even.
pub(super) fn is_padded_once(bytes: &[u8]) -> bool {
    !bytes.strip_suffix(b"\0").unwrap_or(bytes).contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_concepts_with_dates_are_counted() {
        let rows: Vec<Vec<&str>> = lines(CONCEPTS).map(|l| l.split('\t').collect()).collect();
        assert_eq!(rows.len(), 44);
        assert!(rows.iter().all(|r| r.len() == 5 && ["DATE", "DATETIME", "TIME"].contains(&r[2])));
        assert!(!rows.iter().any(|r| r[1] == "121031"), "the day of birth");
        assert_eq!(rows.iter().filter(|r| r[3] == "no").count(), 1);
    }

    #[test]
    fn replacements_take_the_form_of_their_attribute() {
        let put = |text, vr| replacement(text, Vr(vr), u16::to_le_bytes, u32::to_le_bytes);
        assert_eq!(put("Ward", *b"LO"), Some(b"Ward".to_vec()));
        assert_eq!(put("K\u{f6}ln\n", *b"LO"), Some(b"K?ln?".to_vec()));
        assert_eq!(put("1\\258", *b"US"), Some(vec![1, 0, 2, 1]));
        assert_eq!(put("-1", *b"SS"), Some(vec![255, 255]));
        assert_eq!(put("7", *b"UL"), Some(vec![7, 0, 0, 0]));
        assert_eq!(put("1", *b"FL"), Some(1f32.to_le_bytes().to_vec()));
        for (text, vr) in [("Ward", b"US"), ("x", b"OB"), ("x", b"SQ"), ("1", b"FD"), ("70000", b"US")] {
            assert_eq!(put(text, *vr), None, "{text}");
        }
    }

    #[test]
    fn kept_values_are_of_their_kind() {
        assert!(
            is_uid(b"1.2.840.1") && is_uid(b"") && !is_uid(b"1.2.Jane") && !is_uid(b"1..2") && !is_uid(&[b'1'; 65])
        );
        assert!(is_code_string(0x0010_0040, b"F ") && !is_code_string(0x0010_0040, b"CANARY"));
        assert!(is_code_string(0x0020_3401, b"DEV_7") && !is_code_string(0x0020_3401, b"Jane"));
        assert!(
            is_writing(b"Ward 7\0") && is_writing(b"\x1B$)CX") && !is_writing(b"Ward\0Jane") && !is_writing(b"\x07")
        );
    }
}
