//! Structured content: which content items stay, become dummies or go, by the name of their concept.
//!
//! PS3.15 E.3.4 and Table E.3.4-1 (`sr_concepts_2026c.tsv`: every column of the standard's). A concept that the table lists
//! is treated as it says: X goes, D keeps its shape with values that say nothing, and what a further option keeps (K) or
//! cleans (C) stays, its texts cleaned, which is more than K asks. Items of other concepts stay with their texts cleaned.
//! Ages in weeks or less do not stay where dates do or move. Names of persons are dummies and dates follow the date options whatever the concept. An item that goes is made a dummy
//! instead where others hang on it, where items point at each other by their place, or where none would be left.

use super::choice::Choice;
use super::rule::Level;
use super::surgeon::Surgeon;
use super::table::lines;
use super::value;
use super::walk::{Node, Shape};
use crate::recording::DicomOption;
use std::ops::Range;
use std::sync::OnceLock;

const TABLE: &str = include_str!("sr_concepts_2026c.tsv");
/// Where the columns of options begin, and the options they are of.
const OPTIONS: usize = 7;
const COLUMNS: [DicomOption; 7] = [
    DicomOption::RetainUids,
    DicomOption::RetainDeviceIdentity,
    DicomOption::RetainInstitutionIdentity,
    DicomOption::RetainPatientCharacteristics,
    DicomOption::RetainLongitudinalFullDates,
    DicomOption::RetainLongitudinalModifiedDates,
    DicomOption::CleanDescriptors,
];
/// Value Type, Concept Name Code Sequence, Content Sequence, Referenced Content Item Identifier.
const VALUE_TYPE: u32 = 0x0040_A040;
const CONCEPT_NAME: u32 = 0x0040_A043;
const CONTENT: u32 = 0x0040_A730;
/// Measured Value Sequence, Measurement Units Code Sequence, Code Value.
const MEASURED: u32 = 0x0040_A300;
const UNITS: u32 = 0x0040_08EA;
const CODE_VALUE: u32 = 0x0008_0100;
/// Codes of an age (DCM, SCT, LN), and units of one that beside a date tells the day of birth (UCUM).
const AGES: [&[u8]; 5] = [b"121033", b"424144002", b"397669002", b"29553-5", b"30525-0"];
const FINE_UNITS: [&[u8]; 5] = [b"s", b"min", b"h", b"d", b"wk"];
const REFERENCED_ITEM: u32 = 0x0040_DB73;

/// What becomes of a content item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays, its texts cleaned.
    Stays,
    /// It keeps its shape.
    Dummy,
    /// It goes.
    Goes,
}

/// A row of the table.
struct Concept {
    scheme: &'static str,
    code: &'static str,
    kind: &'static str,
    goes: bool,
    stays: Choice,
}

fn concepts() -> &'static [Concept] {
    static CONCEPTS: OnceLock<Vec<Concept>> = OnceLock::new();
    CONCEPTS.get_or_init(|| lines(TABLE).skip(1).filter_map(parse).collect())
}

fn parse(line: &'static str) -> Option<Concept> {
    let cells: Vec<&str> = line.split('\t').collect();
    let options = cells.iter().skip(OPTIONS).zip(COLUMNS);
    let stays =
        options.filter(|(cell, _)| !cell.is_empty()).fold(Choice::NONE, |choice, (_, option)| choice.with(option));
    // Schemes are written with their edition: `NCDR [2.0b]`.
    let scheme = cells.get(2)?.split(' ').next()?;
    Some(Concept { scheme, code: cells.get(1)?, kind: cells.get(3)?, goes: *cells.get(6)? == "X", stays })
}

/// What the table says of a concept and kind of value, with these options.
fn fate(scheme: &[u8], code: &[u8], kind: &[u8], choice: Choice) -> Fate {
    let scheme = scheme.split(|b| *b == b' ').next().unwrap_or_default();
    let of = |c: &&Concept| c.code.as_bytes() == code && c.scheme.as_bytes() == scheme && c.kind.as_bytes() == kind;
    match concepts().iter().find(of) {
        None => Fate::Stays,
        Some(concept) if concept.stays.meets(choice) => Fate::Stays,
        Some(concept) if concept.goes => Fate::Goes,
        Some(_) => Fate::Dummy,
    }
}

impl Surgeon<'_> {
    /// What becomes of each item of a sequence of structured content.
    pub(super) fn fates(&mut self, sequence: u32, level: Level) -> Vec<Fate> {
        let nodes = self.nodes;
        let end = nodes[sequence as usize].next;
        let mut fates = Vec::new();
        let mut at = sequence + 1;
        while at < end {
            let next = nodes[at as usize].next;
            fates.push(if level.content && !level.dummy { self.fate(at + 1..next, level) } else { Fate::Stays });
            at = next;
        }
        if fates.contains(&Fate::Goes) && (fates.iter().all(|f| *f == Fate::Goes) || self.refers()) {
            fates.iter_mut().filter(|f| **f == Fate::Goes).for_each(|f| *f = Fate::Dummy);
        }
        fates
    }

    fn fate(&mut self, item: Range<u32>, level: Level) -> Fate {
        let nodes = self.nodes;
        let Some(name) = self.child(&item, CONCEPT_NAME).filter(|n| nodes[*n as usize].next > n + 1) else {
            return Fate::Stays;
        };
        let concept = name + 2..nodes[name as usize + 1].next;
        let code = self.brief(&concept, CODE_VALUE).unwrap_or_default();
        let scheme = self.brief(&concept, 0x0008_0102).unwrap_or_default();
        let kind = self.brief(&item, VALUE_TYPE).unwrap_or_default();
        match fate(&scheme, &code, &kind, level.choice) {
            Fate::Stays if level.choice.dates() && AGES.contains(&&code[..]) && self.is_fine(&item) => {
                if self.child(&item, CONTENT).is_some() { Fate::Dummy } else { Fate::Goes }
            }
            Fate::Goes if self.child(&item, CONTENT).is_some() => Fate::Dummy,
            fate => fate,
        }
    }

    /// Whether a content item's value is measured in weeks or less.
    fn is_fine(&mut self, item: &Range<u32>) -> bool {
        let nodes = self.nodes;
        let mut inside = item.clone();
        for sequence in [MEASURED, UNITS] {
            let Some(at) = self.child(&inside, sequence).filter(|at| nodes[*at as usize].next > at + 1) else {
                return false;
            };
            inside = at + 2..nodes[at as usize + 1].next;
        }
        self.brief(&inside, CODE_VALUE).is_some_and(|unit| FINE_UNITS.contains(&&unit[..]))
    }

    /// Whether content items point at others by their place.
    fn refers(&mut self) -> bool {
        let nodes = self.nodes;
        *self.wording.refers.get_or_insert_with(|| nodes.iter().any(|n| n.tag == REFERENCED_ITEM))
    }

    /// The element with this tag in a data set.
    fn child(&self, range: &Range<u32>, tag: u32) -> Option<u32> {
        let mut at = range.start;
        while at < range.end && self.nodes[at as usize].tag < tag {
            at = self.nodes[at as usize].next;
        }
        (at < range.end && self.nodes[at as usize].tag == tag).then_some(at)
    }

    /// The value of a short element.
    fn brief(&mut self, range: &Range<u32>, tag: u32) -> Option<Vec<u8>> {
        let node: &Node = &self.nodes[self.child(range, tag)? as usize];
        let short = node.len() <= 64 && node.shape == Shape::Value;
        short.then(|| self.window.bytes(node.value()).map(|v| value::trim(v).to_vec()).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_214_concepts_and_its_columns_are_read() {
        assert_eq!(concepts().len(), 214);
        let header: Vec<&str> = lines(TABLE).next().unwrap().split('\t').collect();
        assert_eq!(header.len(), OPTIONS + COLUMNS.len());
        assert_eq!((header[6], header[13]), ("Basic Prof.", "Clean Desc. Opt."));
        let kinds = [
            "TEXT",
            "IMAGE",
            "DATE",
            "TIME",
            "DATETIME",
            "WAVEFORM",
            "PNAME",
            "COMPOSITE",
            "UIDREF",
            "NUM",
            "CODE",
            "CONTAINER",
        ];
        assert!(concepts().iter().all(|c| kinds.contains(&c.kind) && !c.code.is_empty()));
    }

    #[test]
    fn concepts_are_treated_as_their_row_says() {
        use DicomOption::*;
        let cases: [(&str, &str, &str, &[DicomOption], Fate); 12] = [
            ("DCM", "121071", "TEXT", &[], Fate::Dummy),
            ("DCM", "121071", "TEXT", &[CleanDescriptors], Fate::Stays),
            ("DCM", "121071", "CODE", &[], Fate::Stays),
            ("DCM", "121022", "TEXT", &[CleanDescriptors], Fate::Goes),
            ("DCM", "113870", "PNAME", &[], Fate::Dummy),
            ("DCM", "121033", "NUM", &[], Fate::Goes),
            ("DCM", "121033", "NUM", &[RetainPatientCharacteristics], Fate::Stays),
            ("DCM", "126201", "DATE", &[RetainLongitudinalModifiedDates], Fate::Stays),
            ("DCM", "121031", "DATE", &[RetainLongitudinalFullDates], Fate::Goes),
            ("NCDR", "52", "DATETIME", &[], Fate::Dummy),
            ("99LOCAL", "121022", "TEXT", &[], Fate::Stays),
            ("DCM", "121012", "UIDREF", &[RetainDeviceIdentity], Fate::Stays),
        ];
        let mut tried = 0;
        for (scheme, code, kind, options, expected) in cases {
            let choice = options.iter().fold(Choice::NONE, |choice, option| choice.with(*option));
            assert_eq!(fate(scheme.as_bytes(), code.as_bytes(), kind.as_bytes(), choice), expected, "{code} {kind}");
            tried += 1;
        }
        assert_eq!(tried, 12);
    }
}
