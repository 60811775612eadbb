//! The witness's lists of attributes: what may not stand in an output, and where what kind of text or bulk may.
//!
//! PS3.15 Table E.1-1, edition 2026c (`removed.txt`, `replaced.txt`); PS3.3 for the attributes named here.

use std::collections::HashSet;
use std::sync::OnceLock;

fn tags(text: &'static str) -> HashSet<u32> {
    let lines = text.lines().filter(|l| !l.starts_with('#'));
    lines.flat_map(str::split_whitespace).filter_map(|t| u32::from_str_radix(t, 16).ok()).collect()
}

/// Attributes that the Basic Profile removes, whatever the object.
pub(super) fn is_removed(tag: u32) -> bool {
    static LIST: OnceLock<HashSet<u32>> = OnceLock::new();
    LIST.get_or_init(|| tags(include_str!("removed.txt"))).contains(&tag)
}

/// Attributes that the Basic Profile empties, replaces or remaps.
pub(super) fn is_replaced(tag: u32) -> bool {
    static LIST: OnceLock<HashSet<u32>> = OnceLock::new();
    LIST.get_or_init(|| tags(include_str!("replaced.txt"))).contains(&tag)
}

/// Words of four letters and more that code strings are made of.
pub(super) fn is_word(word: &str) -> bool {
    static LIST: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let read = || {
        let lines = include_str!("words.txt").lines().filter(|l| !l.starts_with('#'));
        lines.flat_map(str::split_whitespace).collect()
    };
    LIST.get_or_init(read).contains(word)
}

/// Whether a whole group may not stand in an output, whatever is in it.
pub(super) fn is_outlawed(tag: u32) -> bool {
    let group = tag >> 16;
    group % 2 == 1 || group < 8 || matches!(group, 0x5000..=0x50ff | 0x6000..=0x60ff | 0xfffa | 0xfffc | 0xfffe)
}

/// Attributes in which a short technical text may stand: maker, model, kernel, coil and their like.
pub(super) const TECHNICAL: &[u32] = &[
    0x0008_0070,
    0x0008_1090,
    0x0018_0024,
    0x0018_0085,
    0x0018_1016,
    0x0018_1018,
    0x0018_1019,
    0x0018_1020,
    0x0018_1160,
    0x0018_1210,
    0x0018_1250,
    0x0018_1251,
    0x0018_1260,
    0x0018_1261,
    0x0018_5010,
    0x0018_5020,
    0x0018_9005,
    0x0018_9041,
    0x0018_9050,
    0x0020_9056,
    0x0020_9421,
    0x0028_1054,
    0x0028_3004,
    0x0048_0106,
    0x0054_1101,
    0x0054_1103,
    0x0054_1105,
    0x0066_0031,
    0x2010_0010,
];

/// Attributes with short texts that people type: words of the lists alone.
pub(super) const TYPED: &[u32] = &[0x0018_0031, 0x0018_1040, 0x0020_1040];

/// Parts of a code: value, scheme, version, meaning (PS3.3 8.8); only inside an item that has a value and a scheme.
pub(super) const CODED: &[u32] = &[0x0008_0100, 0x0008_0102, 0x0008_0103, 0x0008_0104, 0x0008_0119, 0x0008_0120];

/// Words that De-identification Method is made of (PS3.16 CID 7050), beside versions.
pub(super) const METHOD_WORDS: &[&str] = &[
    "scrubs",
    "PS",
    "c",
    "Basic",
    "Application",
    "Confidentiality",
    "Profile",
    "Clean",
    "Pixel",
    "Data",
    "Recognizable",
    "Visual",
    "Features",
    "Graphics",
    "Structured",
    "Content",
    "Descriptors",
    "Retain",
    "Longitudinal",
    "Temporal",
    "Information",
    "Full",
    "Modified",
    "Dates",
    "Patient",
    "Characteristics",
    "Device",
    "Institution",
    "Identity",
    "UIDs",
    "Safe",
    "Private",
    "With",
    "Option",
    "and",
    "further",
    "deviations",
];
/// De-identification Method.
pub(super) const METHOD: u32 = 0x0012_0063;
/// Patient ID.
pub(super) const PATIENT_ID: u32 = 0x0010_0020;
/// ICC Profile.
pub(super) const PROFILE: u32 = 0x0028_2000;

/// Attributes whose bytes are picture, lookup table, surface or waveform.
pub(super) fn is_samples(tag: u32) -> bool {
    matches!(
        tag,
        0x0028_1200..=0x0028_1224
            | 0x0028_1407
            | 0x0028_1408
            | 0x0028_3006
            | 0x0060_3020
            | 0x0064_0009
            | 0x0066_0016..=0x0066_0029
            | 0x0066_0040..=0x0066_0043
            | 0x0066_0125
            | 0x0066_0129
            | 0x006a_0020
            | 0x5400_0110
            | 0x5400_0112
            | 0x5400_100a
            | 0x5400_1010
            | 0x7fe0_0001..=0x7fe0_0003
            | 0x7fe0_0008..=0x7fe0_0010
    )
}

/// Texts that say nothing, and may stand wherever a text must.
pub(super) const NEUTRAL: &[&str] = &[
    "REMOVED",
    "Removed",
    "ANONYMOUS",
    "ANONYMIZED",
    "SEGMENT",
    "ALGORITHM",
    "TRACKING",
    "CONTENT",
    "STANDARD",
    "UNKNOWN",
    "NONE",
    "US",
    "1",
    "99SCRUBS",
    "urn:oid:2.25.0",
];

/// UIDs under the standard's root that look as those of PS3.6 Annex A do: at most nine short numbers, of which one may have three
/// digits, or four where it is a context group's (6.1).
pub(super) fn is_well_known(uid: &str) -> bool {
    let Some(rest) = uid.strip_prefix("1.2.840.10008.") else { return false };
    let (mut numbers, mut long) = (0, 0);
    for number in rest.split('.') {
        let length = number.len();
        let longest = if rest.starts_with("6.1.") { 4 } else { 3 };
        if length == 0 || length > longest || !number.bytes().all(|b| b.is_ascii_digit()) {
            return false;
        }
        numbers += 1;
        long += usize::from(length >= 3);
    }
    numbers <= 9 && long <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_standard_never_assigned_is_not_well_known() {
        let (known, unknown) = (
            ["1.2", "1.2.4.205", "5.1.4.1.1.481.23", "6.1.1380", "1.4.1.1", "15.0.3.28"],
            [
                "1.4.19490.312",
                "1.4.1949.3.12",
                "6.1.1949.312",
                "48577.73456",
                "5.1.485.777",
                "1..2",
                "1.a",
                "1.2.3.4.5.6.7.8.9.1",
            ],
        );
        let is = |rest: &&str| is_well_known(&format!("1.2.840.10008.{rest}"));
        assert_eq!((known.iter().filter(|n| is(n)).count(), unknown.iter().filter(|n| is(n)).count()), (6, 0));
    }

    #[test]
    fn the_lists_are_whole() {
        assert!(is_removed(0x0010_1001) && is_removed(0x0008_1030) && !is_removed(0x0010_0010));
        assert!(is_replaced(0x0010_0010) && is_replaced(0x0020_000d) && !is_replaced(0x0028_0010));
        assert_eq!(tags(include_str!("removed.txt")).len() + tags(include_str!("replaced.txt")).len(), 652);
        assert!(is_word("ABDOMEN") && is_word("PRIMARY") && !is_word("CANARY"));
        assert!(
            is_outlawed(0x0009_0010)
                && is_outlawed(0x6002_3000)
                && is_outlawed(0x0004_1130)
                && !is_outlawed(0x0008_0005)
        );
    }
}
