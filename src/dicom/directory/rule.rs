//! Which record an object has in a directory, and which keys that record needs.
//!
//! DICOM PS3.3 F.4 (table F.4-1: which record refers to what), F.5 (keys and their Types).

/// What must stand where the cleaned object has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Type 1: this, which says nothing.
    One(&'static str),
    /// Type 2: an empty value.
    Two,
    /// Type 1C: the key is left out.
    Where,
}

/// A key of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) tag: u32,
    pub(super) vr: &'static [u8; 2],
    pub(super) need: Need,
}

const fn one(tag: u32, vr: &'static [u8; 2], otherwise: &'static str) -> Key {
    Key { tag, vr, need: Need::One(otherwise) }
}

const fn two(tag: u32, vr: &'static [u8; 2]) -> Key {
    Key { tag, vr, need: Need::Two }
}

const fn there(tag: u32, vr: &'static [u8; 2]) -> Key {
    Key { tag, vr, need: Need::Where }
}

/// The first day that an output may name, and midnight: what stands in place of dates and times (Table E.1-1a, D).
const DAY: &str = "19000101";
const MIDNIGHT: &str = "000000";

/// F.5.1; the caller knows the patient's code, so that an ID never lacks.
pub(super) const PATIENT: &[Key] = &[two(0x0010_0010, b"PN"), two(0x0010_0020, b"LO")];
/// F.5.2.
pub(super) const STUDY: &[Key] = &[
    one(0x0008_0020, b"DA", DAY),
    one(0x0008_0030, b"TM", MIDNIGHT),
    two(0x0008_0050, b"SH"),
    two(0x0008_1030, b"LO"),
    two(STUDY_UID, b"UI"),
    one(0x0020_0010, b"SH", "1"),
];
/// F.5.3.
pub(super) const SERIES: &[Key] =
    &[one(0x0008_0060, b"CS", "OT"), two(SERIES_UID, b"UI"), one(0x0020_0011, b"IS", "0")];
pub(super) const PATIENT_ID: u32 = 0x0010_0020;
pub(super) const STUDY_UID: u32 = 0x0020_000D;
pub(super) const SERIES_UID: u32 = 0x0020_000E;
pub(super) const SERIES_NUMBER: u32 = 0x0020_0011;
pub(super) const INSTANCE_NUMBER: u32 = 0x0020_0013;

const NUMBER: Key = one(INSTANCE_NUMBER, b"IS", "0");
const CONTENT_DATE: Key = one(0x0008_0023, b"DA", DAY);
const CONTENT_TIME: Key = one(0x0008_0033, b"TM", MIDNIGHT);
const CONCEPT: Key = two(0x0040_A043, b"SQ");
/// Content Identification Macro (10.9).
const LABEL: Key = one(0x0070_0080, b"CS", "REMOVED");
const DESCRIPTION: Key = two(0x0070_0081, b"LO");
const CREATOR: Key = two(0x0070_0084, b"PN");

/// Content with a date and a number.
const CONTENT: &[Key] = &[CONTENT_DATE, CONTENT_TIME, NUMBER];
/// The same with a name.
const NAMED: &[Key] = &[CONTENT_DATE, CONTENT_TIME, NUMBER, LABEL, DESCRIPTION, CREATOR];

/// Record types below a series, with their keys in the order of the tags (F.5.4 to F.5.47).
const RECORDS: &[(&str, &[Key])] = &[
    ("IMAGE", &[NUMBER]),
    ("RT DOSE", &[NUMBER, one(0x3004_000A, b"CS", "PLAN")]),
    (
        "RT STRUCTURE SET",
        &[NUMBER, one(0x3006_0002, b"SH", "REMOVED"), two(0x3006_0008, b"DA"), two(0x3006_0009, b"TM")],
    ),
    ("RT PLAN", &[NUMBER, one(0x300A_0002, b"SH", "REMOVED"), two(0x300A_0006, b"DA"), two(0x300A_0007, b"TM")]),
    ("RT TREAT RECORD", &[NUMBER, two(0x3008_0250, b"DA"), two(0x3008_0251, b"TM")]),
    (
        "PRESENTATION",
        &[
            there(0x0008_1115, b"SQ"),
            NUMBER,
            LABEL,
            DESCRIPTION,
            one(0x0070_0082, b"DA", DAY),
            one(0x0070_0083, b"TM", MIDNIGHT),
            CREATOR,
        ],
    ),
    ("WAVEFORM", CONTENT),
    (
        "SR DOCUMENT",
        &[
            CONTENT_DATE,
            CONTENT_TIME,
            NUMBER,
            CONCEPT,
            one(0x0040_A491, b"CS", "PARTIAL"),
            one(0x0040_A493, b"CS", "UNVERIFIED"),
        ],
    ),
    ("KEY OBJECT DOC", &[CONTENT_DATE, CONTENT_TIME, NUMBER, CONCEPT]),
    ("RAW DATA", CONTENT),
    ("REGISTRATION", NAMED),
    ("FIDUCIAL", NAMED),
    (
        "ENCAP DOC",
        &[
            two(0x0008_0023, b"DA"),
            two(0x0008_0033, b"TM"),
            NUMBER,
            CONCEPT,
            there(0x0040_E001, b"ST"),
            two(0x0042_0010, b"ST"),
            one(0x0042_0012, b"LO", "application/octet-stream"),
        ],
    ),
    ("VALUE MAP", NAMED),
    ("STEREOMETRIC", &[]),
    ("MEASUREMENT", NAMED),
    ("SURFACE", NAMED),
    ("SURFACE SCAN", &[CONTENT_DATE, CONTENT_TIME]),
    ("TRACT", NAMED),
    ("ASSESSMENT", &[one(0x0008_0012, b"DA", DAY), two(0x0008_0013, b"TM"), NUMBER]),
];

/// The root of the storage classes (PS3.4 B.5).
const ROOT: &str = "1.2.840.10008.5.1.4.1.1.";

/// Classes that are no images, behind the root; one that ends in a full stop stands for all below it.
const CLASSES: &[(&str, &str)] = &[
    ("481.2", "RT DOSE"),
    ("481.3", "RT STRUCTURE SET"),
    ("481.5", "RT PLAN"),
    ("481.8", "RT PLAN"),
    ("481.4", "RT TREAT RECORD"),
    ("481.6", "RT TREAT RECORD"),
    ("481.7", "RT TREAT RECORD"),
    ("481.9", "RT TREAT RECORD"),
    ("11.", "PRESENTATION"),
    ("131", "PRESENTATION"),
    ("9.", "WAVEFORM"),
    ("88.59", "KEY OBJECT DOC"),
    ("88.", "SR DOCUMENT"),
    ("78.6", "SR DOCUMENT"),
    ("79.1", "SR DOCUMENT"),
    ("66", "RAW DATA"),
    ("66.1", "REGISTRATION"),
    ("66.2", "FIDUCIAL"),
    ("66.3", "REGISTRATION"),
    ("66.5", "SURFACE"),
    ("66.6", "TRACT"),
    ("67", "VALUE MAP"),
    ("68.", "SURFACE SCAN"),
    ("77.1.5.3", "STEREOMETRIC"),
    ("78.", "MEASUREMENT"),
    ("80.1", "MEASUREMENT"),
    ("90.1", "ASSESSMENT"),
    ("104.", "ENCAP DOC"),
];

/// The record of an object of this class: its type and keys. None for one that no record is laid down for.
pub(super) fn record(class: &str, is_image: bool) -> Option<(&'static str, &'static [Key])> {
    let known = class.strip_prefix(ROOT).and_then(|rest| {
        let fits = |name: &str| rest == name || name.ends_with('.') && rest.starts_with(name);
        CLASSES.iter().find(|(name, _)| fits(name)).map(|(_, kind)| *kind)
    });
    // What has rows of pixels is an image; that is so of the storage classes yet to come, too.
    let kind = known.or_else(|| (is_image && class.starts_with(ROOT)).then_some("IMAGE"))?;
    RECORDS.iter().find(|(name, _)| *name == kind).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_record_with_keys_in_order() {
        let mut tried = 0;
        for (class, kind) in CLASSES {
            let name = format!("{ROOT}{}", class.strip_suffix('.').map_or((*class).to_owned(), |c| format!("{c}.1")));
            let found = record(&name, false).map(|(kind, _)| kind);
            assert!(found == Some(kind) || class.len() < 4, "{class}");
            tried += 1;
        }
        for (kind, keys) in RECORDS.iter().copied().chain([("PATIENT", PATIENT), ("STUDY", STUDY), ("SERIES", SERIES)])
        {
            assert!(keys.windows(2).all(|w| w[0].tag < w[1].tag), "{kind}");
            tried += 1;
        }
        assert_eq!(tried, 28 + 20 + 3);
    }

    #[test]
    fn images_are_what_has_pixels_and_others_are_left_out() {
        let kind = |class: &str, image| record(class, image).map(|(kind, _)| kind);
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.2", true), Some("IMAGE"));
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.66.4", true), Some("IMAGE"));
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.88.33", false), Some("SR DOCUMENT"));
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.88.59", false), Some("KEY OBJECT DOC"));
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.66.1", false), Some("REGISTRATION"));
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.2", false), None);
        assert_eq!(kind("2.25.1", true), None);
    }
}
