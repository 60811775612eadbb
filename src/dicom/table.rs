//! DICOM PS3.15 Table E.1-1, edition 2026c: the Basic Profile, what the options change of it, and how its compound actions
//! are resolved.
//!
//! The table is data (`ps315_2026c.tsv`: every column of the standard's); so is the resolution (`resolve.tsv`).

use super::choice::Choice;
use super::dictionary;
use super::iod::{COLUMNS, Iod};
use super::vr::{Class, Vr};
use crate::finding::Code;
use crate::recording::DicomOption;
use std::sync::OnceLock;

/// The edition of the standard that the table is of.
pub const EDITION: &str = "2026c";

/// Table E.1-1 as data: one row per attribute after two header lines.
const TABLE: &str = include_str!("ps315_2026c.tsv");
/// How compound actions resolve, by the attribute's Type.
const RESOLVE: &str = include_str!("resolve.tsv");

/// What the Basic Profile does to an attribute, after compound actions are resolved (PS3.15 Table E.1-1a).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// X: it goes.
    Remove,
    /// Z: emptied.
    Empty,
    /// D: a value that says nothing; a sequence keeps its shape and all its values become such.
    Dummy,
    /// U: another UID, the same everywhere; a sequence has its items cleaned.
    Uid,
}

/// One row, ready for use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    tag: u32,
    /// By family of IODs.
    actions: [Action; COLUMNS],
    /// What a finding about it is called.
    pub(super) code: Code,
    /// Options that keep it (K).
    pub(super) keeps: Choice,
    /// Options that clean it (C).
    pub(super) cleans: Choice,
}

impl Row {
    /// What the Basic Profile does in this family of IODs.
    pub(super) fn action(&self, iod: Iod) -> Action {
        self.actions[iod.column()]
    }
}

/// The first of the option columns, which follow one another in the order of [`DicomOption::in_table`].
const OPTIONS: usize = 5;

/// The row of a tag, if the table lists it by its full tag.
pub(super) fn row(tag: u32) -> Option<&'static Row> {
    let rows = rows();
    rows.binary_search_by_key(&tag, |r| r.tag).ok().map(|i| &rows[i])
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let mut rows: Vec<Row> = lines(TABLE).skip(1).filter_map(parse).collect();
        for line in lines(RESOLVE) {
            let mut cells = line.split('\t');
            let tag = cells.next().and_then(parse_tag);
            for row in rows.iter_mut().filter(|r| Some(r.tag) == tag) {
                for (action, cell) in row.actions.iter_mut().zip(&mut cells) {
                    *action = plain(cell);
                }
            }
        }
        rows.sort_by_key(|r| r.tag);
        rows
    })
}

/// The lines of a data file, comments left out.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|l| !l.is_empty() && !l.starts_with('#'))
}

/// Reads `(gggg,eeee)`; none for the rows with a mask, which whole groups answer (see `rule`).
pub(super) fn parse_tag(cell: &str) -> Option<u32> {
    let (group, element) = cell.strip_prefix('(')?.strip_suffix(')')?.split_once(',')?;
    if group.len() != 4 || element.len() != 4 {
        return None;
    }
    Some(u32::from_str_radix(group, 16).ok()? << 16 | u32::from_str_radix(element, 16).ok()?)
}

fn parse(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.split('\t').collect();
    let name = cells.first()?;
    let tag = parse_tag(cells.get(1)?)?;
    let action = plain(cells.get(4)?);
    let choice = |letter: &str| {
        let columns = cells.iter().skip(OPTIONS).zip(DicomOption::in_table());
        columns.filter(|(cell, _)| **cell == letter).fold(Choice::NONE, |choice, (_, option)| choice.with(option))
    };
    let code = code(name, dictionary::vr(tag));
    Some(Row { tag, actions: [action; COLUMNS], code, keeps: choice("K"), cleans: choice("C") })
}

/// An action code of the table; compound ones as they resolve where `resolve.tsv` does not say otherwise.
fn plain(action: &str) -> Action {
    match action {
        "Z" | "X/Z" => Action::Empty,
        "D" | "X/D" | "Z/D" => Action::Dummy,
        "X/Z/D" => Action::Empty,
        "U" | "X/Z/U*" => Action::Uid,
        _ => Action::Remove,
    }
}

/// What to call a finding about an attribute, by its name and representation.
fn code(name: &str, vr: Option<Vr>) -> Code {
    const PLACES: [&str; 5] = ["Institution", "Location", "Address", "Department", "Organization"];
    const DEVICES: [&str; 6] = ["Station", "Device", "Detector", "Serial", "AE", "Machine"];
    const NUMBERS: [&str; 5] = [" ID", "Identifier", "Number", "Issuer", "Accession"];
    const TRAITS: [&str; 8] = ["Age", "Sex", "Size", "Weight", "Ethnic", "Smoking", "Pregnan", "Gender"];
    let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
    match vr.map(Vr::class) {
        Some(Class::Date) => Code::DicomDate,
        Some(Class::Uid) => Code::DicomUid,
        Some(Class::Sequence) => Code::DicomSequence,
        _ if vr == Some(Vr(*b"PN")) || name.ends_with("Name") && name.contains("Physician") => Code::DicomName,
        _ if has(&["Overlay", "Curve", "Graphic"]) => Code::DicomOverlay,
        _ if has(&PLACES) => Code::DicomInstitution,
        _ if has(&DEVICES) => Code::DicomDevice,
        _ if has(&NUMBERS) => Code::DicomId,
        _ if has(&TRAITS) => Code::DicomCharacteristic,
        _ => Code::DicomText,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_656_rows_four_of_them_masks() {
        assert_eq!(lines(TABLE).skip(1).count(), 656);
        assert_eq!(rows().len(), 652);
        assert!(rows().windows(2).all(|w| w[0].tag < w[1].tag));
        assert!(TABLE.lines().next().is_some_and(|l| l.contains(EDITION)));
    }

    #[test]
    fn the_option_columns_are_where_they_are_read() {
        let header: Vec<&str> = lines(TABLE).next().unwrap().split('\t').collect();
        let mut read = Vec::new();
        for (i, option) in DicomOption::in_table().enumerate() {
            assert_eq!(header[OPTIONS + i], option.column());
            let count = |pick: fn(&Row) -> Choice| rows().iter().filter(|r| pick(r).has(option)).count();
            read.push((count(|r| r.keeps), count(|r| r.cleans)));
        }
        // Rows with a mask, which have no entry of their own, are the private attributes and two kinds of overlay.
        let expected = [(0, 0), (60, 0), (48, 11), (10, 0), (14, 5), (169, 0), (0, 169), (0, 140), (0, 4), (0, 1)];
        assert_eq!(read, expected);
    }

    #[test]
    fn every_resolution_is_one_the_standard_allows() {
        let mut tried = 0;
        for line in lines(RESOLVE) {
            let cells: Vec<_> = line.split('\t').collect();
            let listed = lines(TABLE).find(|l| l.split('\t').nth(1) == Some(cells[0])).unwrap();
            let listed = listed.split('\t').nth(4).unwrap();
            assert!(listed.contains('/'), "{} is not compound", cells[0]);
            assert_eq!(cells.len(), COLUMNS + 2, "{line}");
            for action in &cells[1..=COLUMNS] {
                // Replacing the UIDs inside a sequence is a D of that sequence.
                assert!(listed.contains(action) || *action == "U" && listed.contains('D'), "{line}");
            }
            tried += 1;
        }
        assert!(tried >= 25, "{tried}");
    }

    #[test]
    fn findings_are_named_by_what_they_are_about() {
        assert_eq!(row(0x0010_0010).map(|r| r.code), Some(Code::DicomName));
        assert_eq!(row(0x0008_0080).map(|r| r.code), Some(Code::DicomInstitution));
        assert_eq!(row(0x0010_0040).map(|r| r.code), Some(Code::DicomCharacteristic));
        assert_eq!(row(0x0008_0050).map(|r| r.code), Some(Code::DicomId));
        assert!(row(0x0028_0010).is_none());
    }
}
