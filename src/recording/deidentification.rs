//! How DICOM objects are de-identified beyond the Basic Profile: the standard's options, and a user's own deviations.
//!
//! DICOM PS3.15 E.3 (options), PS3.16 CID 7050 (their codes). Nothing here is done: `dicom` does it, the witness checks it.

use super::distribution::{Approval, Distribution};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

macro_rules! options {
    ($($(#[$doc:meta])* $variant:ident: $word:literal, $code:literal, $meaning:literal, $column:literal;)+) => {
        /// An option of PS3.15 E.3.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DicomOption { $($(#[$doc])* $variant),+ }

        impl DicomOption {
            /// Every option, in the order of Table E.1-1's columns, and behind them those about pixels.
            pub const ALL: &'static [DicomOption] = &[$(DicomOption::$variant),+];

            /// The word by which a profile or the command line asks for it.
            pub fn word(self) -> &'static str { match self { $(DicomOption::$variant => $word),+ } }

            /// Its code in CID 7050 (scheme DCM).
            pub fn code(self) -> &'static str { match self { $(DicomOption::$variant => $code),+ } }

            /// What the code means, as CID 7050 spells it.
            pub fn meaning(self) -> &'static str { match self { $(DicomOption::$variant => $meaning),+ } }

            /// The column of Table E.1-1 that says what it changes, as the standard's own data name it; empty where there is none.
            pub fn column(self) -> &'static str { match self { $(DicomOption::$variant => $column),+ } }
        }
    };
}

options! {
    /// E.3.10: private attributes known to be safe stay.
    RetainSafePrivate: "retain-safe-private", "113111", "Retain Safe Private Option", "rtnSafePrivOpt";
    /// E.3.9: UIDs stay as they are.
    RetainUids: "retain-uids", "113110", "Retain UIDs Option", "rtnUIDsOpt";
    /// E.3.8: what names the device stays.
    RetainDeviceIdentity: "retain-device-identity", "113109", "Retain Device Identity Option", "rtnDevIdOpt";
    /// E.3.11: what names the institution stays.
    RetainInstitutionIdentity:
        "retain-institution-identity", "113112", "Retain Institution Identity Option", "rtnInstIdOpt";
    /// E.3.7: age, sex, size, weight and their like stay.
    RetainPatientCharacteristics:
        "retain-patient-characteristics", "113108", "Retain Patient Characteristics Option", "rtnPatCharsOpt";
    /// E.3.6: dates and times stay as they are.
    RetainLongitudinalFullDates: "retain-longitudinal-full-dates", "113106",
        "Retain Longitudinal Temporal Information Full Dates Option", "rtnLongFullDatesOpt";
    /// E.3.6: dates move by a number of whole weeks that is the patient's own.
    RetainLongitudinalModifiedDates: "retain-longitudinal-modified-dates", "113107",
        "Retain Longitudinal Temporal Information Modified Dates Option", "rtnLongModifDatesOpt";
    /// E.3.5: descriptions stay, cleaned of what identifies.
    CleanDescriptors: "clean-descriptors", "113105", "Clean Descriptors Option", "cleanDescOpt";
    /// E.3.4: the content of structured reports stays, cleaned.
    CleanStructuredContent:
        "clean-structured-content", "113104", "Clean Structured Content Option", "cleanStructContOpt";
    /// E.3.3: graphics, text annotations and overlays stay, cleaned.
    CleanGraphics: "clean-graphics", "113103", "Clean Graphics Option", "cleanGraphOpt";
    /// E.3.1: what is burned into the pixels and identifies is gone. It is no column of the table.
    CleanPixelData: "clean-pixel-data", "113101", "Clean Pixel Data Option", "";
    /// E.3.2: nobody is recognised in the pixels. It is no column of the table.
    CleanRecognizableVisualFeatures: "clean-recognizable-visual-features", "113102",
        "Clean Recognizable Visual Features Option", "";
}

impl DicomOption {
    /// The options that Table E.1-1 has a column for; the others are about pixels, which the table does not list.
    pub fn in_table() -> impl Iterator<Item = DicomOption> {
        DicomOption::ALL.iter().copied().filter(|option| !option.column().is_empty())
    }
}

/// What an object says of its pixels. Each may be said only after the look that shows it (PS3.15 E.3.1, E.3.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PixelClaims {
    /// Nothing that identifies is burned in: 113101, and (0028,0301) NO.
    pub clean: bool,
    /// Nobody can be recognised: 113102, and (0028,0302) NO.
    pub featureless: bool,
}

impl PixelClaims {
    /// That nothing is burned in, and no more.
    pub const CLEAN: Self = Self { clean: true, featureless: false };

    /// The options that were carried out, in the order in which they are named.
    pub fn options(self) -> impl Iterator<Item = DicomOption> {
        let clean = self.clean.then_some(DicomOption::CleanPixelData);
        clean.into_iter().chain(self.featureless.then_some(DicomOption::CleanRecognizableVisualFeatures))
    }
}

impl FromStr for DicomOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = DicomOption::ALL.iter().copied().find(|option| option.word() == text);
        found.ok_or_else(|| {
            let words: Vec<_> = DicomOption::ALL.iter().map(|option| option.word()).collect();
            format!("not one of: {}", words.join(", "))
        })
    }
}

/// What a user's profile lays down for one attribute, whatever the table says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Treatment {
    /// It stays as it is. The user answers for it.
    Keep,
    /// It goes.
    Remove,
    /// This value stands in its place.
    Replace(String),
}

/// How DICOM objects are de-identified beyond the Basic Profile; the default is the Basic Profile alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deidentification {
    options: BTreeSet<DicomOption>,
    deviations: BTreeMap<u32, Treatment>,
    stated: Vec<Distribution>,
    approval: Approval,
}

impl Deidentification {
    /// The Basic Profile with these options and deviations.
    pub fn new(options: BTreeSet<DicomOption>, deviations: BTreeMap<u32, Treatment>) -> Self {
        Self { options, deviations, stated: Vec::new(), approval: Approval::default() }
    }

    /// Whether an option was asked for.
    pub fn has(&self, option: DicomOption) -> bool {
        self.options.contains(&option)
    }

    /// The options asked for, in the order of the table's columns; those about pixels follow.
    pub fn options(&self) -> impl Iterator<Item = DicomOption> + '_ {
        self.options.iter().copied()
    }

    /// Asks for a further option.
    pub fn ask(&mut self, option: DicomOption) {
        self.options.insert(option);
    }

    /// What is laid down for the attribute with this tag (`0xGGGGEEEE`), at any depth.
    pub fn treatment(&self, tag: u32) -> Option<&Treatment> {
        self.deviations.get(&tag)
    }

    /// Every deviation, by tag.
    pub fn deviations(&self) -> impl Iterator<Item = (u32, &Treatment)> + '_ {
        self.deviations.iter().map(|(tag, treatment)| (*tag, treatment))
    }

    /// The same, with consent to be stated in one object: the items of its Consent for Clinical Trial Use Sequence.
    #[must_use]
    pub fn stating(&self, stated: Vec<Distribution>) -> Self {
        Self { stated, ..self.clone() }
    }

    /// The consent to be stated; none where there is no item.
    pub fn stated(&self) -> &[Distribution] {
        &self.stated
    }

    /// The same, with the months to be stated in which the approval of the object's own ethics committee starts and ends.
    /// Where the dates are kept by an option, they stand as they are and nothing is stated beside them.
    #[must_use]
    pub fn approved(self, approval: Approval) -> Self {
        let kept = self.has(DicomOption::RetainLongitudinalFullDates);
        Self { approval: if kept { Approval::default() } else { approval }, ..self }
    }

    /// The approval to be stated.
    pub fn approval(&self) -> Approval {
        self.approval
    }

    /// Two options that cannot both be had (PS3.15 E.3.6: dates stay or are moved).
    pub fn contradiction(&self) -> Option<(DicomOption, DicomOption)> {
        let (full, moved) = (DicomOption::RetainLongitudinalFullDates, DicomOption::RetainLongitudinalModifiedDates);
        (self.has(full) && self.has(moved)).then_some((full, moved))
    }

    /// All that a run chose in one line of words, the same for the same choice: what runs compare. The consent stated in
    /// an object is no choice of the run.
    pub fn line(&self) -> String {
        let options = self.options.iter().map(|option| option.word().to_owned());
        let deviations = self.deviations.iter().map(|(tag, treatment)| match treatment {
            Treatment::Keep => format!("{tag:08X}=keep"),
            Treatment::Remove => format!("{tag:08X}=remove"),
            Treatment::Replace(value) => format!("{tag:08X}=replace:{}:{value}", value.len()),
        });
        options.chain(deviations).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_has_a_word_a_code_and_a_column_of_its_own() {
        for (pick, expected) in [
            (DicomOption::word as fn(DicomOption) -> &'static str, 12),
            (DicomOption::code, 12),
            (DicomOption::meaning, 12),
            // Ten columns, and none for the two that are about pixels.
            (DicomOption::column, 11),
        ] {
            let mut all: Vec<_> = DicomOption::ALL.iter().map(|option| pick(*option)).collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), expected);
        }
        assert_eq!(DicomOption::in_table().count(), 10);
        for option in DicomOption::ALL {
            assert_eq!(option.word().parse(), Ok(*option));
        }
        assert!("retain".parse::<DicomOption>().is_err());
    }

    #[test]
    fn another_choice_is_another_line() {
        let mut one = Deidentification::default();
        assert_eq!(one.line(), "");
        one.ask(DicomOption::RetainUids);
        assert_eq!(one.line(), "retain-uids");
        let keep = Deidentification::new(BTreeSet::new(), BTreeMap::from([(0x0008_0080, Treatment::Keep)]));
        assert_eq!(keep.line(), "00080080=keep");
        assert_eq!(one.contradiction(), None);
        one.ask(DicomOption::RetainLongitudinalFullDates);
        one.ask(DicomOption::RetainLongitudinalModifiedDates);
        assert!(one.contradiction().is_some());
    }
}
