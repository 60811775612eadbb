//! What options and deviations let stand that the Basic Profile does not, held against the original.
//!
//! PS3.15 Table E.1-1 (`options.txt`) and E.3: what is kept must be what the original had in the same place, and name
//! nobody; texts that were cleaned must be plain words (`spoken`); dates must all have moved back by one number of whole weeks, and times of day not at all.

use super::original::Original;
use super::stamped::is_stamped;
use super::{lists, name, value};
use crate::recording::{Deidentification, DicomOption, Treatment};
use std::collections::HashMap;
use std::sync::OnceLock;

/// The letters of `options.txt`, and the options they stand for.
const LETTERS: [(u8, DicomOption); 10] = [
    (b'U', DicomOption::RetainUids),
    (b'D', DicomOption::RetainDeviceIdentity),
    (b'I', DicomOption::RetainInstitutionIdentity),
    (b'P', DicomOption::RetainPatientCharacteristics),
    (b'F', DicomOption::RetainLongitudinalFullDates),
    (b'M', DicomOption::RetainLongitudinalModifiedDates),
    (b'C', DicomOption::CleanDescriptors),
    (b'S', DicomOption::CleanStructuredContent),
    (b'G', DicomOption::CleanGraphics),
    (b'T', DicomOption::RetainPatientCharacteristics),
];
/// Letters of options that let cleaned texts stand.
const SPOKEN: [u8; 4] = *b"CSGT";
/// Code Meaning.
const MEANING: u32 = 0x0008_0104;
/// The most weeks that dates move: thirty years.
const MOST_WEEKS: i64 = 1560;
/// Longitudinal Temporal Information Modified.
const DATES: u32 = 0x0028_0303;
/// Code Value.
const CODE_VALUE: u32 = 0x0008_0100;
/// DateTime, Date and Time of a content item (PS3.3 C.17.3).
const CONTENT_DATES: [u32; 3] = [0x0040_a120, 0x0040_a121, 0x0040_a122];
/// Timezone Offset From UTC.
const TIMEZONE: u32 = 0x0008_0201;

/// The letters that each tag has.
fn table() -> &'static HashMap<u32, Vec<u8>> {
    static TABLE: OnceLock<HashMap<u32, Vec<u8>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: HashMap<u32, Vec<u8>> = HashMap::new();
        for line in include_str!("options.txt").lines().filter(|l| !l.starts_with('#')) {
            let (letter, tags) = line.split_at(1);
            for tag in tags.split_whitespace().filter_map(|t| u32::from_str_radix(t, 16).ok()) {
                table.entry(tag).or_default().push(letter.as_bytes()[0]);
            }
        }
        table
    })
}

/// What may become of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grant {
    Nothing,
    Kept,
    Moved,
    /// A text of plain words, or a sequence of what may stand.
    Spoken,
}

/// What was asked for, and by how much the dates seen so far have moved.
#[derive(Debug)]
pub(super) struct Grants<'a> {
    how: &'a Deidentification,
    asked: Vec<u8>,
    deviates: bool,
    weeks: Option<i64>,
    /// The content item whose concept was read last, and its code.
    concept: (String, Vec<u8>),
}

impl<'a> Grants<'a> {
    /// What this choice lets stand.
    pub(super) fn of(how: &'a Deidentification) -> Self {
        let moves = how.has(DicomOption::RetainLongitudinalModifiedDates);
        let asked = LETTERS.iter().filter(|(letter, option)| how.has(*option) && !(moves && *letter == b'F'));
        let asked = asked.map(|(letter, _)| *letter).collect();
        Self { how, asked, deviates: how.deviations().next().is_some(), weeks: None, concept: Default::default() }
    }

    /// The same for an output that is read again without its original: how far dates have moved cannot be asked, so they
    /// are what they are.
    pub(super) fn rereading(how: &'a Deidentification) -> Self {
        Self { weeks: Some(0), ..Self::of(how) }
    }

    /// Whether nothing is let stand.
    fn is_none(&self) -> bool {
        self.asked.is_empty() && !self.deviates
    }

    fn asks(&self, letter: u8) -> bool {
        self.asked.contains(&letter)
    }

    fn grant(&self, tag: u32, vr: [u8; 2]) -> Grant {
        let letters = table().get(&tag).map(Vec::as_slice).unwrap_or_default();
        let granted = |letter: &u8| self.asked.contains(letter);
        match () {
            () if letters.contains(&b'M') && self.asks(b'M') => Grant::Moved,
            // Where dates move, no other option keeps one as it was.
            () if letters.contains(&b'F') && self.asks(b'M') => Grant::Nothing,
            () if letters.iter().any(|l| SPOKEN.contains(l) && granted(l)) => Grant::Spoken,
            () if letters.iter().any(granted) || &vr == b"UI" && self.asks(b'U') => Grant::Kept,
            () => Grant::Nothing,
        }
    }

    /// What the user laid down for an attribute that is open to it: no claim, no header, no private group.
    fn deviation(&self, tag: u32) -> Option<&'a Treatment> {
        let how = self.how;
        if !self.deviates {
            return None;
        }
        let closed = lists::is_outlawed(tag) || tag & 0xffff == 0 || matches!(tag, 0x0012_0062..=0x0012_0064 | DATES);
        let closed = closed || matches!(tag, 0x0028_0301 | 0x0028_0302 | 0x7fe0_0000..=0x7fe0_ffff);
        how.treatment(tag).filter(|_| !closed)
    }

    /// Whether an attribute may stand that must go under the Basic Profile.
    pub(super) fn may_stand(&self, tag: u32, vr: [u8; 2]) -> bool {
        !self.is_none()
            && match self.deviation(tag) {
                Some(treatment) => *treatment != Treatment::Remove,
                None => self.grant(tag, vr) != Grant::Nothing,
            }
    }

    /// Whether the user had an attribute removed.
    pub(super) fn must_go(&self, tag: u32) -> bool {
        self.deviation(tag) == Some(&Treatment::Remove)
    }

    /// Whether the original's value of an attribute must be known.
    pub(super) fn compares(&self, tag: u32, vr: [u8; 2]) -> bool {
        !self.is_none()
            && (self.deviation(tag).is_some() || !matches!(self.grant(tag, vr), Grant::Nothing | Grant::Spoken))
    }

    /// Whether UIDs of the file meta information must be known.
    pub(super) fn compares_header(&self) -> bool {
        self.asks(b'U')
    }

    /// Whether the UID of the file meta information may be the original's.
    pub(super) fn keeps_uid(&self, uid: &str, original: &Original) -> bool {
        let dated = self.asks(b'M') && is_stamped(uid.as_bytes());
        self.asks(b'U') && is_uid(uid.as_bytes()) && original.has_uid(uid) && !dated
    }

    /// Whether safe private attributes may stand.
    pub(super) fn has_private(&self) -> bool {
        self.how.has(DicomOption::RetainSafePrivate)
    }

    /// Whether a UID may be one of the source's, in an attribute that the original does not show as one.
    pub(super) fn keeps_private_uid(&self, uid: &[u8]) -> bool {
        self.asks(b'U') && is_uid(uid) && !(self.asks(b'M') && is_stamped(uid))
    }

    /// Takes in the code of a content item's concept, if that is what this element is. `path` is of its item.
    pub(super) fn note(&mut self, tag: u32, path: impl FnOnce() -> String, value: &[u8]) {
        if tag != CODE_VALUE || self.is_none() {
            return;
        }
        if let Some(item) = path().strip_suffix("(0040,A043)[0]") {
            self.concept = (item.to_owned(), trim(value).to_vec());
        }
    }

    /// Whether a date of a content item is of a concept whose date may stand; the day of birth is none.
    fn may_be_dated(&self, tag: u32, place: &str) -> bool {
        if !CONTENT_DATES.contains(&tag) {
            return true;
        }
        let here = place.len().checked_sub(name(tag).len()).and_then(|end| place.get(..end)) == Some(&self.concept.0);
        let lines = include_str!("dated.txt").lines().filter(|l| !l.starts_with('#'));
        here && lines.flat_map(str::split_whitespace).any(|code| code.as_bytes() == self.concept.1)
    }

    /// What a mark must say, where it must say one thing.
    pub(super) fn contradicts(&self, tag: u32, value: &[u8]) -> bool {
        let said = match () {
            () if self.asks(b'M') => "MODIFIED",
            () if self.asks(b'F') => "UNMODIFIED",
            () => "REMOVED",
        };
        tag == DATES && trim(value) != said.as_bytes()
    }

    /// Whether a value may stand that the Basic Profile would not leave, in this place of the data set.
    pub(super) fn excuses(&mut self, tag: u32, vr: [u8; 2], path: &str, value: &[u8], original: &Original) -> bool {
        if self.is_none() {
            return false;
        }
        let before = original.value(path);
        match (self.deviation(tag), self.grant(tag, vr)) {
            (Some(Treatment::Keep), _) => before.is_some_and(|old| same(old, value)),
            (Some(Treatment::Replace(text)), _) => same(ascii(text).as_bytes(), value),
            // Where an option keeps what is named, so does it the local words for it.
            (None, Grant::Nothing) if tag == MEANING && !original.named_in(value) => {
                value::is_plain(value) && [b'D', b'I', b'P'].iter().any(|letter| self.asks(*letter))
            }
            (Some(Treatment::Remove), _) | (None, Grant::Nothing) => false,
            (None, _) if !self.may_be_dated(tag, path) => false,
            (None, Grant::Kept) if &vr == b"UI" => {
                let (old, new) = (values(before.unwrap_or_default()), values(value));
                if self.asks(b'S') && path.starts_with("(0040,A730)") {
                    let had = |uid: &[u8]| std::str::from_utf8(uid).is_ok_and(|uid| self.keeps_uid(uid, original));
                    let free = |uid: &[u8]| std::str::from_utf8(uid).is_ok_and(|uid| value::is_free_uid(uid, original));
                    return new.iter().all(|uid| had(uid) || free(uid));
                }
                let free = |uid: &[u8]| std::str::from_utf8(uid).is_ok_and(|uid| value::is_free_uid(uid, original));
                let kept = |old: &[u8], new: &[u8]| old == new && is_uid(new) && !(self.asks(b'M') && is_stamped(new));
                old.len() == new.len() && old.iter().zip(new).all(|(old, new)| kept(old, new) || free(new))
            }
            // Among content items of which some went, places are not what they were.
            (None, Grant::Kept) if CONTENT_DATES.contains(&tag) && self.asks(b'S') => {
                is_kind(tag, vr, value) && original.values_of(&name(tag)).any(|old| same(old, value))
            }
            (None, Grant::Kept) => {
                let equal = before.is_some_and(|old| same(old, value));
                equal && is_kind(tag, vr, value) && !original.named_in(value)
            }
            (None, Grant::Spoken) => is_writing(vr) && original.lets_speak(value),
            (None, Grant::Moved) if CONTENT_DATES.contains(&tag) && self.asks(b'S') => {
                original.values_of(&name(tag)).any(|old| self.has_moved(tag, vr, old, value))
            }
            (None, Grant::Moved) => before.is_some_and(|old| self.has_moved(tag, vr, old, value)),
        }
    }

    fn has_moved(&mut self, tag: u32, vr: [u8; 2], old: &[u8], new: &[u8]) -> bool {
        if &vr == b"TM" || tag == TIMEZONE {
            return same(old, new) && is_kind(tag, vr, new);
        }
        let (old, new) = (values(old), values(new));
        old.len() == new.len() && old.iter().zip(new).all(|(old, new)| self.step(old, new))
    }

    /// Whether every day of one value stands as many weeks earlier as all others, and the rest as it stood.
    fn step(&mut self, old: &[u8], new: &[u8]) -> bool {
        let (mut at, mut days) = (0, 0);
        while at < old.len() {
            let begins = at == 0 || old[at - 1] == b'-';
            if let Some((before, length)) = begins.then(|| day(&old[at..])).flatten() {
                let Some((after, _)) = new.get(at..).and_then(day).filter(|(_, l)| *l == length) else { return false };
                let (weeks, odd) = ((before - after) / 7, (before - after) % 7);
                let plausible = (1..=MOST_WEEKS).contains(&weeks) || self.weeks == Some(0);
                if odd != 0 || !plausible || *self.weeks.get_or_insert(weeks) != weeks {
                    return false;
                }
                days += 1;
                at += length;
                continue;
            }
            if new.get(at) != Some(&old[at]) {
                return false;
            }
            at += 1;
        }
        old.len() == new.len() && (days > 0 || old.is_empty())
    }
}

/// The day that a text begins with, counted from a day long ago, and how many characters it takes.
fn day(text: &[u8]) -> Option<(i64, usize)> {
    let dotted = text.len() >= 10 && text[4] == b'.' && text[7] == b'.';
    let (parts, length) = if dotted { ([0..4, 5..7, 8..10], 10) } else { ([0..4, 4..6, 6..8], 8) };
    let number = |r: std::ops::Range<usize>| {
        let digits = text.get(r).filter(|d| d.iter().all(u8::is_ascii_digit))?;
        Some(digits.iter().fold(0i64, |n, d| n * 10 + i64::from(d - b'0')))
    };
    let [year, month, date] = parts.map(number);
    let (year, month, date) = (year?, month?, date?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return None;
    }
    // Years are counted from March, so that the day of a leap year comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some((365 * year + leaps + (153 * month + 2) / 5 + date, length))
}

/// Whether a representation is of texts in which words may stand.
fn is_writing(vr: [u8; 2]) -> bool {
    matches!(&vr, b"LO" | b"LT" | b"SH" | b"ST" | b"UC" | b"UT")
}

/// Whether a kept value is of the kind its representation says.
fn is_kind(tag: u32, vr: [u8; 2], value: &[u8]) -> bool {
    let text = values(value).concat();
    let among = |more: &[u8]| text.iter().all(|b| b.is_ascii_digit() || more.contains(b));
    match &vr {
        b"DA" | b"DT" => among(b".+-"),
        b"TM" => among(b".:-"),
        b"AS" => false,
        b"DS" | b"IS" => among(b".+-eE"),
        b"CS" => text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b" _".contains(b)),
        b"OB" | b"OW" => value.len() <= 16,
        _ if tag == TIMEZONE => text.len() == 5 && among(b"+-"),
        _ => !text.contains(&0),
    }
}

fn is_uid(value: &[u8]) -> bool {
    value.len() <= 64 && value.iter().all(|b| b.is_ascii_digit() || *b == b'.')
}

fn ascii(text: &str) -> String {
    text.chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect()
}

fn same(old: &[u8], new: &[u8]) -> bool {
    values(old) == values(new)
}

fn values(text: &[u8]) -> Vec<&[u8]> {
    text.split(|b| *b == b'\\').map(trim).collect()
}

fn trim(value: &[u8]) -> &[u8] {
    let start = value.iter().position(|b| !matches!(b, 0 | b' ')).unwrap_or(value.len());
    let end = value.iter().rposition(|b| !matches!(b, 0 | b' ')).map_or(start, |e| e + 1);
    &value[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use DicomOption::*;

    #[test]
    fn the_table_has_as_many_rows_as_the_standard_lets_stand() {
        let count = |letter| table().values().filter(|letters| letters.contains(&letter)).count();
        // Without groups 0000, 0002 and 0004, a signature's timestamp, and the dates that many share.
        assert_eq!([b'U', b'D', b'I', b'P', b'F', b'M'].map(count), [56, 48, 10, 14, 168, 139]);
    }

    fn original(values: &[(&str, &str)]) -> Original {
        Original::with_values(&[b"Canary^Jane"], values)
    }

    #[test]
    fn dates_must_move_by_one_step_and_nothing_else_may() {
        let how = Deidentification::new([RetainLongitudinalModifiedDates].into(), Default::default());
        let old = original(&[
            ("a", "20240302"),
            ("b", "2024.03.09"),
            ("c", "20240302101112.5-0330"),
            ("d", "101112"),
            ("e", "20240302-20240309"),
            ("f", "20030108"),
        ]);
        let mut tried = 0;
        for (tag, vr, path, value, stands) in [
            (0x0008_0020, b"DA", "a", "20240224", true),
            (0x0008_0020, b"DA", "a", "20240302", false),
            (0x0008_0020, b"DA", "a", "20240217", false),
            (0x0008_0020, b"DA", "a", "20240309", false),
            (0x0008_0021, b"DA", "b", "2024.03.02 ", true),
            (0x0008_0021, b"DA", "b", "20240302", false),
            (0x0008_002a, b"DT", "c", "20240224101112.5-0330", true),
            (0x0008_002a, b"DT", "c", "20240224101113.5-0330", false),
            (0x0008_002a, b"DT", "c", "20240224", false),
            (0x0008_0030, b"TM", "d", "101112", true),
            (0x0008_0030, b"TM", "d", "101113", false),
            (0x0008_0020, b"DA", "e", "20240224-20240302", true),
            (0x0008_0020, b"DA", "e", "20240224-20240309", false),
            (0x0008_0020, b"DA", "none", "20240224", false),
            (0x0018_1204, b"DA", "f", "20030101", false),
            (0x0010_0030, b"DA", "a", "20240224", false),
        ] {
            let mut grants = Grants::of(&how);
            assert!(grants.excuses(0x0008_0022, *b"DA", "a", b"20240224", &old));
            assert_eq!(grants.excuses(tag, *vr, path, value.as_bytes(), &old), stands, "{tag:08x} {value}");
            tried += 1;
        }
        assert_eq!(tried, 16);
    }

    #[test]
    fn a_day_of_birth_is_no_date_that_may_stand() {
        let how = Deidentification::new([RetainLongitudinalFullDates].into(), Default::default());
        let old = original(&[("(0040,A730)[0](0040,A121)", "19500507"), ("(0040,A730)[1](0040,A121)", "19500507")]);
        let mut grants = Grants::of(&how);
        let mut stands = |concept: &[u8], place: &str| {
            grants.note(CODE_VALUE, || "(0040,A730)[0](0040,A043)[0]".to_owned(), concept);
            grants.excuses(0x0040_a121, *b"DA", place, b"19500507", &old)
        };
        assert!(stands(b"111060", "(0040,A730)[0](0040,A121)"));
        assert!(!stands(b"121031", "(0040,A730)[0](0040,A121)"));
        assert!(!stands(b"111060", "(0040,A730)[1](0040,A121)"));
    }

    #[test]
    fn what_is_kept_must_be_what_was_and_name_nobody() {
        let how = Deidentification::new([RetainUids, RetainDeviceIdentity].into(), Default::default());
        let old = original(&[("a", "1.2.3"), ("b", "CT 3"), ("c", "CT Canary"), ("d", "20030108")]);
        let mut grants = Grants::of(&how);
        let mut tried = 0;
        for (tag, vr, path, value, stands) in [
            (0x0020_000d, b"UI", "a", "1.2.3\0", true),
            (0x0020_000d, b"UI", "a", "1.2.4", false),
            (0x0099_0001, b"UI", "a", "1.2.3", true),
            (0x0008_1010, b"SH", "b", "CT 3", true),
            (0x0008_1010, b"SH", "b", "CT 4", false),
            (0x0008_1010, b"SH", "c", "CT Canary", false),
            (0x0008_0080, b"LO", "b", "CT 3", false),
            (0x0018_1204, b"DA", "d", "20030108", true),
            (0x0008_0020, b"DA", "d", "20030108", false),
        ] {
            assert_eq!(grants.excuses(tag, *vr, path, value.as_bytes(), &old), stands, "{tag:08x} {value}");
            tried += 1;
        }
        assert_eq!(tried, 9);
    }

    #[test]
    fn deviations_are_what_the_user_laid_down() {
        let deviations = [
            (0x0010_0010, Treatment::Keep),
            (0x0008_1030, Treatment::Replace("Case\u{e9}".to_owned())),
            (0x0008_103e, Treatment::Remove),
            (0x0012_0062, Treatment::Keep),
        ];
        let how = Deidentification::new(Default::default(), deviations.into_iter().collect());
        let old = original(&[("a", "Canary^Jane")]);
        let mut grants = Grants::of(&how);
        assert!(grants.excuses(0x0010_0010, *b"PN", "a", b"Canary^Jane ", &old));
        assert!(!grants.excuses(0x0010_0010, *b"PN", "a", b"Canary^June", &old));
        assert!(grants.excuses(0x0008_1030, *b"LO", "b", b"Case?", &old) && grants.may_stand(0x0008_1030, *b"LO"));
        assert!(!grants.excuses(0x0008_1030, *b"LO", "b", b"Canary", &old));
        assert!(grants.must_go(0x0008_103e) && !grants.may_stand(0x0008_103e, *b"LO"));
        assert!(!grants.excuses(0x0012_0062, *b"CS", "a", b"Canary^Jane", &old));
        assert!(grants.contradicts(DATES, b"MODIFIED") && !grants.contradicts(DATES, b"REMOVED "));
    }
}
