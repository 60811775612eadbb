//! What the options of PS3.15 E.3 and a user's deviations change of the Basic Profile.
//!
//! PS3.15 Table E.1-1 (option columns) and E.3. Where several options speak of one attribute, the one that cleans goes
//! before those that keep: a kept value would undo what the other option promises, as the true date of a calibration
//! beside moved dates would.

use super::choice::Choice;
use super::dates;
use super::table::Row;
use crate::recording::{DicomOption, Treatment};

/// The options that are carried out here. One that is not yet is neither done nor claimed.
pub(super) const CARRIED_OUT: &[DicomOption] = &[
    DicomOption::RetainSafePrivate,
    DicomOption::RetainUids,
    DicomOption::RetainDeviceIdentity,
    DicomOption::RetainInstitutionIdentity,
    DicomOption::RetainPatientCharacteristics,
    DicomOption::RetainLongitudinalFullDates,
    DicomOption::RetainLongitudinalModifiedDates,
    DicomOption::CleanDescriptors,
    DicomOption::CleanStructuredContent,
    DicomOption::CleanGraphics,
];

/// What the chosen options make of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// K: it stays.
    Keep,
    /// C of the modified dates: it moves.
    Move,
    /// C of another option, the first of the table's columns that was asked for.
    Clean(DicomOption),
}

/// What the chosen options say of a row; none where the Basic Profile stands.
pub(super) fn answer(row: &Row, tag: u32, choice: Choice) -> Option<Answer> {
    // A signature's timestamp is bound to the values that were, and names who gave it.
    const CERTIFIED_TIMESTAMP: u32 = 0x0400_0310;
    if row.cleans.meets(choice) {
        if row.cleans.has(DicomOption::RetainLongitudinalModifiedDates) {
            return dates::may_move(tag).then_some(Answer::Move);
        }
        let asked = |option: &&DicomOption| row.cleans.has(**option) && choice.has(**option);
        return DicomOption::ALL.iter().find(asked).map(|option| Answer::Clean(*option));
    }
    (row.keeps.meets(choice) && tag != CERTIFIED_TIMESTAMP).then_some(Answer::Keep)
}

/// Attributes that describe the picture's bytes, the text's encoding or the object itself, which the file meta
/// information repeats: another value, or none, would make what stays unreadable. Sorted.
const STRUCTURE: [u32; 13] = [
    0x0008_0005,
    0x0008_0016,
    0x0008_0018,
    0x0028_0002,
    0x0028_0004,
    0x0028_0006,
    0x0028_0008,
    0x0028_0010,
    0x0028_0011,
    0x0028_0100,
    0x0028_0101,
    0x0028_0102,
    0x0028_0103,
];
/// What is claimed of an object: identity removed, how, what of pixels and dates.
const CLAIMS: [u32; 6] = [0x0012_0062, 0x0012_0063, 0x0012_0064, 0x0028_0301, 0x0028_0302, 0x0028_0303];

/// Whether a user's deviation is carried out for this attribute.
///
/// Not for claims and structure, pixel data, private attributes (whose meaning depends on their creator, PS3.15 E.3.10),
/// overlays, groups that are no part of a stored object, group lengths, and padding.
pub fn may_deviate(tag: u32) -> bool {
    let (group, element) = (tag >> 16, tag & 0xFFFF);
    let layered = matches!(group, 0x5000..=0x50FF | 0x6000..=0x60FF);
    group >= 8
        && group & 1 == 0
        && element != 0
        && !layered
        && !matches!(group, 0x7FE0 | 0xFFFA | 0xFFFC | 0xFFFE)
        && STRUCTURE.binary_search(&tag).is_err()
        && !CLAIMS.contains(&tag)
}

/// The word for a treatment.
pub(super) fn word(treatment: &Treatment) -> &'static str {
    match treatment {
        Treatment::Keep => "keep",
        Treatment::Remove => "remove",
        Treatment::Replace(_) => "replace",
    }
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::*;
    use crate::recording::Deidentification;
    use DicomOption::*;

    fn of(tag: u32, options: &[DicomOption]) -> Option<Answer> {
        let all = Deidentification::new(options.iter().copied().collect(), Default::default());
        answer(table::row(tag).unwrap(), tag, Choice::of(&all))
    }

    #[test]
    fn cleaning_goes_before_keeping() {
        let cases: [(u32, &[DicomOption], Option<Answer>); 15] = [
            (0x0008_0020, &[], None),
            (0x0008_0020, &[RetainUids], None),
            (0x0008_0020, &[RetainLongitudinalFullDates], Some(Answer::Keep)),
            (0x0008_0020, &[RetainLongitudinalModifiedDates], Some(Answer::Move)),
            (0x0008_0020, &[RetainLongitudinalFullDates, RetainLongitudinalModifiedDates], Some(Answer::Move)),
            (0x0018_1200, &[RetainDeviceIdentity], Some(Answer::Keep)),
            (0x0018_1200, &[RetainLongitudinalFullDates], Some(Answer::Keep)),
            (0x0018_1200, &[RetainDeviceIdentity, RetainLongitudinalModifiedDates], None),
            (0x300C_0127, &[RetainDeviceIdentity, RetainLongitudinalModifiedDates], Some(Answer::Move)),
            (0x0018_1002, &[RetainUids], Some(Answer::Keep)),
            (0x0018_1002, &[RetainDeviceIdentity], Some(Answer::Keep)),
            (0x0010_2110, &[RetainPatientCharacteristics], Some(Answer::Clean(RetainPatientCharacteristics))),
            (0x0010_2110, &[CleanDescriptors], Some(Answer::Clean(CleanDescriptors))),
            (0x0010_0030, DicomOption::ALL, None),
            (0x0400_0310, &[RetainLongitudinalFullDates], None),
        ];
        let mut tried = 0;
        for (tag, options, expected) in cases {
            assert_eq!(of(tag, options), expected, "{tag:08X} {options:?}");
            tried += 1;
        }
        assert_eq!(tried, 15);
    }

    #[test]
    fn no_deviation_touches_a_claim_or_the_picture() {
        assert!(STRUCTURE.windows(2).all(|w| w[0] < w[1]));
        for tag in CLAIMS.iter().chain(&STRUCTURE) {
            assert!(!may_deviate(*tag), "{tag:08X}");
        }
        for tag in [0x0002_0016, 0x0009_0010, 0x6000_3000, 0x7FE0_0010, 0xFFFA_FFFA, 0x0010_0000, 0x0004_1500] {
            assert!(!may_deviate(tag), "{tag:08X}");
        }
        assert!(may_deviate(0x0010_0010) && may_deviate(0x0008_1030));
    }
}
