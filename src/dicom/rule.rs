//! Decides what becomes of one element: Table E.1-1 first, then the keep-list, then the representation; fail closed.
//!
//! DICOM PS3.15 E.1.1 and Table E.1-1; PS3.5 6.2.

use super::choice::Choice;
use super::iod::Iod;
use super::keep::{self, Fallback, Rule};
use super::option::{self, Answer};
use super::table::{self, Action};
use super::vr::{Class, Vr};
use super::{dictionary, value};
use crate::finding::Code;
use crate::recording::DicomOption;

/// What becomes of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It stays if its value passes the check, else the fallback stands.
    Check(Check, Fallback),
    /// It stays as it is.
    Keep,
    /// It goes.
    Remove(Code),
    /// It is emptied.
    Empty(Code),
    /// A value that says nothing.
    Dummy(Code),
    /// The patient's code stands in.
    Patient(Code),
    /// Its UIDs are replaced.
    Uids(Code),
    /// Its items are cleaned by the same rules; values inside a dummied sequence become dummies.
    Items(bool, Code),
    /// An option keeps it, if its value is of its kind; else the Basic Profile stands (see `retain`).
    Retain(Code),
    /// Its dates move, if they are dates; else the Basic Profile stands.
    Move(Code),
    /// An option cleans it. Where that is not carried out yet, the Basic Profile stands.
    Clean(DicomOption, Code),
}

/// What a value must be to stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Defined terms only.
    Terms,
    /// Defined terms; others among them go or are neutralised.
    SomeTerms,
    /// Plain technical text without a word that identifies.
    Text,
    /// The same, of known words.
    Words,
    /// Nothing stays.
    Never,
    /// Well-known UIDs; others are replaced.
    Class,
    /// A short number.
    Digits,
    /// Numbers as text.
    Numbers,
    /// Binary numbers of that size.
    Binary(u8),
    /// An age.
    Age,
    /// A colour profile.
    Icc,
    /// `YES` and nothing else.
    Yes,
}

/// Where an element stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    /// Whether it is the outermost data set.
    pub(super) top: bool,
    /// Whether it is inside a sequence whose values all become dummies.
    pub(super) dummy: bool,
    /// Whether it is an item that is a code, and if so of a scheme that means the same everywhere.
    pub(super) code: Option<bool>,
    /// Whether it is a content item with coordinates in space.
    pub(super) spatial: bool,
    /// Whether it is inside a sequence that an option keeps for what it names.
    pub(super) named: bool,
    /// Whether it is a content item whose date an option keeps or moves.
    pub(super) dated: bool,
    /// Whether it is inside structured content that an option cleans.
    pub(super) content: bool,
    /// Whether its texts are cleaned, for what holds them is.
    pub(super) words: bool,
    /// The element that declares the character set.
    pub(super) charset: Option<u32>,
    /// The options asked for.
    pub(super) choice: Choice,
    /// Whose Types hold.
    pub(super) iod: Iod,
}

const PATIENT_NAME: u32 = 0x0010_0010;
const PATIENT_ID: u32 = 0x0010_0020;
const BURNED_IN: u32 = 0x0028_0301;
pub(super) const GRAPHIC_DATA: u32 = 0x0070_0022;
pub(super) const GRAPHIC_TYPE: u32 = 0x0070_0023;
pub(super) const PIXEL_ORIGIN: u32 = 0x0048_0301;
const RECOGNIZABLE: u32 = 0x0028_0302;

/// Groups of which nothing stays that neither the table nor the keep-list names: patient, clinical trial, encapsulated
/// document, security, text and results.
const CLOSED: [u32; 6] = [0x0010, 0x0012, 0x0042, 0x0400, 0x4000, 0x4008];

/// UID of a content item (PS3.3 C.17.3).
const CONTENT_UID: u32 = 0x0040_A124;
/// Values of content items that are dates (PS3.3 C.17.3): kept or moved for concepts of Table E.3.4-1 alone.
const CONTENT_DATES: [u32; 3] = [0x0040_A120, 0x0040_A121, 0x0040_A122];

/// The decision for an element without any option.
pub(super) fn basic(tag: u32, found: Vr, level: Level) -> Step {
    step(tag, found, Level { choice: Choice::NONE, ..level })
}

/// What the chosen options make of an attribute of the table.
fn chosen(row: &table::Row, tag: u32, sequence: bool, level: Level) -> Option<Step> {
    if level.choice == Choice::NONE || CONTENT_DATES.contains(&tag) && !level.dated {
        return None;
    }
    Some(match option::answer(row, tag, level.choice)? {
        // K is: unchanged, and of sequences: cleaned (Table E.1-1a).
        Answer::Keep if sequence => Step::Items(level.dummy, row.code),
        Answer::Keep => Step::Retain(row.code),
        Answer::Move => Step::Move(row.code),
        Answer::Clean(option) => Step::Clean(option, row.code),
    })
}

/// The decision for an element with this tag and representation.
pub(super) fn step(tag: u32, found: Vr, level: Level) -> Step {
    if let Some(code) = outlawed(tag) {
        return Step::Remove(code);
    }
    match tag {
        PATIENT_NAME => return Step::Patient(Code::DicomName),
        PATIENT_ID => return Step::Patient(Code::DicomId),
        // What the source says of its pixels is not believed unless it warns; where it must be said, we warn.
        BURNED_IN if level.iod == Iod::Unmarked => return Step::Check(Check::Terms, Fallback::Remove),
        BURNED_IN if level.iod.states_burned_in() => return Step::Check(Check::Yes, Fallback::Value("YES")),
        BURNED_IN | RECOGNIZABLE => return Step::Check(Check::Yes, Fallback::Remove),
        GRAPHIC_TYPE | GRAPHIC_DATA | PIXEL_ORIGIN if level.dummy => return Step::Dummy(Code::DicomOverlay),
        // Table E.3.4-1 keeps what Table E.1-1, which knows no concepts, replaces.
        CONTENT_UID if level.content && !level.dummy && level.choice.has(DicomOption::RetainUids) => {
            return Step::Retain(Code::DicomUid);
        }
        _ => {}
    }
    let listed = dictionary::vr(tag);
    let sequence = found == Vr::SQ;
    if let Some(row) = table::row(tag) {
        if let Some(step) = chosen(row, tag, sequence, level) {
            return step;
        }
        return match row.action(level.iod) {
            Action::Remove => Step::Remove(row.code),
            Action::Empty => Step::Empty(row.code),
            Action::Dummy if sequence => Step::Items(true, row.code),
            Action::Dummy => Step::Dummy(row.code),
            Action::Uid if sequence => Step::Items(level.dummy, row.code),
            Action::Uid => Step::Uids(row.code),
        };
    }
    let Some(listed) = listed else { return Step::Remove(Code::DicomUnlisted) };
    if (found == Vr::SQ) != (listed == Vr::SQ) {
        return Step::Remove(Code::DicomUnlisted);
    }
    if let Some(entry) = keep::entry(tag) {
        return kept(entry.rule, entry.fallback, found, level);
    }
    if CLOSED.contains(&(tag >> 16)) {
        return Step::Remove(Code::DicomUnlisted);
    }
    unlisted(found, listed, level)
}

/// Parts of an object that never stay, whatever they hold.
fn outlawed(tag: u32) -> Option<Code> {
    let (group, element) = (tag >> 16, tag & 0xFFFF);
    match group {
        _ if group & 1 == 1 => Some(Code::DicomPrivate),
        0x0000..=0x0007 => Some(Code::DicomHeader),
        0x5000..=0x50FF | 0x6000..=0x60FF => Some(Code::DicomOverlay),
        0xFFFC | 0xFFFE => Some(Code::DicomPadding),
        _ if element == 0 => Some(Code::DicomHeader),
        // Marks of an earlier de-identification: ours are written, others' are not carried over.
        0x0012 if (0x62..=0x64).contains(&element) => Some(Code::DicomText),
        0x0028 if element == 0x0303 => Some(Code::DicomText),
        0x7FE0 if element > 0x0010 => Some(Code::DicomUnlisted),
        _ => None,
    }
}

/// What the keep-list says.
fn kept(rule: Rule, fallback: Fallback, found: Vr, level: Level) -> Step {
    let check = match rule {
        Rule::Samples if level.dummy => return Step::Dummy(Code::DicomUnlisted),
        Rule::Samples => return if is_bulk(found) { Step::Keep } else { Step::Remove(Code::DicomUnlisted) },
        Rule::Term => Check::Terms,
        Rule::Terms => Check::SomeTerms,
        Rule::Text | Rule::Words if level.dummy => Check::Never,
        Rule::Text => Check::Text,
        Rule::Words => Check::Words,
        Rule::Neutral => Check::Never,
        Rule::Gone => return Step::Remove(Code::DicomId),
        Rule::Class if level.choice.has(DicomOption::RetainUids) => return Step::Retain(Code::DicomUid),
        Rule::Class => Check::Class,
        Rule::Number => Check::Digits,
        Rule::Icc => Check::Icc,
        Rule::Coded => match level.code {
            Some(true) => Check::Text,
            Some(false) if level.named && !level.dummy => Check::Text,
            Some(false) => Check::Never,
            None => return Step::Remove(Code::DicomUnlisted),
        },
    };
    Step::Check(check, fallback)
}

/// What the representation says of an attribute on no list. The dictionary's must be of the same kind.
fn unlisted(found: Vr, listed: Vr, level: Level) -> Step {
    let is_numeric = |c: Class| matches!(c, Class::Number | Class::Binary(_));
    let (class, known) = (found.class(), listed.class());
    let alike = class == known || is_numeric(class) && is_numeric(known) || dictionary::agrees(found, listed);
    match class {
        _ if !alike => Step::Remove(Code::DicomUnlisted),
        Class::Sequence => Step::Items(level.dummy, Code::DicomSequence),
        Class::Code => Step::Check(Check::Terms, Fallback::Empty),
        Class::Binary(size) => Step::Check(Check::Binary(size), Fallback::Remove),
        Class::Uid if level.choice.has(DicomOption::RetainUids) => Step::Retain(Code::DicomUid),
        Class::Uid => Step::Check(Check::Class, Fallback::Remove),
        Class::Number | Class::Text | Class::Date | Class::Age if level.dummy => Step::Dummy(Code::DicomUnlisted),
        // What a cleaned sequence cannot be without stays as a text that says nothing.
        Class::Text if level.words => Step::Dummy(Code::DicomUnlisted),
        Class::Number => Step::Check(Check::Numbers, Fallback::Empty),
        Class::Age => Step::Check(Check::Age, Fallback::Remove),
        Class::Bulk | Class::Text | Class::Date => Step::Remove(Code::DicomUnlisted),
    }
}

fn is_bulk(vr: Vr) -> bool {
    matches!(vr.class(), Class::Bulk | Class::Binary(_))
}

/// What a list of values becomes when some of them may not stay: none where all go.
///
/// Image Type keeps its first three places (PS3.3 C.7.6.1.1.2), neutral where they may not stay; further ones go.
pub(super) fn some_terms(value: &[u8]) -> Vec<u8> {
    const PLACES: [&[u8]; 3] = [b"DERIVED", b"SECONDARY", b"OTHER"];
    let terms = value.split(|b| *b == b'\\').map(value::trim).enumerate();
    let kept: Vec<&[u8]> = terms
        .filter_map(
            |(i, term)| {
                if keep::is_term(term) || term.is_empty() { Some(term) } else { PLACES.get(i).copied() }
            },
        )
        .collect();
    kept.join(&b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOP: Level = Level {
        top: true,
        dummy: false,
        code: None,
        spatial: false,
        named: false,
        dated: false,
        content: false,
        words: false,
        charset: None,
        choice: Choice::NONE,
        iod: Iod::Classic,
    };

    #[test]
    fn what_no_list_allows_goes() {
        let cases: [(u32, &[u8; 2], Step); 12] = [
            (0x0009_0010, b"LO", Step::Remove(Code::DicomPrivate)),
            (0x6012_3000, b"OW", Step::Remove(Code::DicomOverlay)),
            (0x601E_0022, b"LO", Step::Remove(Code::DicomOverlay)),
            (0x5004_3000, b"OW", Step::Remove(Code::DicomOverlay)),
            (0x0004_1220, b"SQ", Step::Remove(Code::DicomHeader)),
            (0x0010_0033, b"LO", Step::Remove(Code::DicomUnlisted)),
            (0x0018_991E, b"LO", Step::Remove(Code::DicomUnlisted)),
            (0x0028_1055, b"LO", Step::Remove(Code::DicomUnlisted)),
            (0x0042_0010, b"ST", Step::Remove(Code::DicomUnlisted)),
            (0x4444_0010, b"UL", Step::Remove(Code::DicomUnlisted)),
            (0x0028_0010, b"LO", Step::Remove(Code::DicomUnlisted)),
            (0x0028_0010, b"US", Step::Check(Check::Binary(2), Fallback::Remove)),
        ];
        let mut tried = 0;
        for (tag, vr, expected) in cases {
            assert_eq!(step(tag, Vr(*vr), TOP), expected, "{tag:08X}");
            tried += 1;
        }
        assert_eq!(tried, 12);
    }

    #[test]
    fn types_resolve_compound_actions() {
        let strict = Level { iod: Iod::Strict, ..TOP };
        assert_eq!(step(0x0008_0023, Vr(*b"DA"), TOP), Step::Empty(Code::DicomDate));
        assert_eq!(step(0x0008_0023, Vr(*b"DA"), strict), Step::Dummy(Code::DicomDate));
        assert_eq!(step(0x0040_A730, Vr::SQ, strict), Step::Items(true, Code::DicomSequence));
        assert_eq!(step(0x0008_2112, Vr::SQ, TOP), Step::Items(false, Code::DicomSequence));
    }

    #[test]
    fn image_types_keep_their_places() {
        assert_eq!(some_terms(b"ORIGINAL\\PRIMARY\\AXIAL\\CANARY "), b"ORIGINAL\\PRIMARY\\AXIAL");
        assert_eq!(some_terms(b"ORIGINAL\\CANARY\\JANE\\ND"), b"ORIGINAL\\SECONDARY\\OTHER\\ND");
    }
}
