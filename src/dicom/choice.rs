//! The options asked for, as a set that is looked at for every attribute.
//!
//! DICOM PS3.15 E.3. Of the two date options, of which E.3.6 lets nobody have both, the one that moves counts.

use crate::recording::{Deidentification, DicomOption};

/// Options, as a set that is asked for every attribute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Choice(u16);

impl Choice {
    /// The Basic Profile alone.
    pub(super) const NONE: Choice = Choice(0);

    /// The options asked for.
    pub(super) fn of(deidentification: &Deidentification) -> Self {
        let mut choice = deidentification.options().fold(Choice::NONE, Choice::with);
        if choice.has(DicomOption::RetainLongitudinalModifiedDates) {
            choice.0 &= !bit(DicomOption::RetainLongitudinalFullDates);
        }
        choice
    }

    /// With one more.
    #[must_use]
    pub(super) fn with(self, option: DicomOption) -> Self {
        Choice(self.0 | bit(option))
    }

    /// Whether an option is among them.
    pub(super) fn has(self, option: DicomOption) -> bool {
        self.0 & bit(option) != 0
    }

    /// Whether any of `others` is.
    pub(super) fn meets(self, others: Choice) -> bool {
        self.0 & others.0 != 0
    }

    /// Those that are in `others` too.
    #[must_use]
    pub(super) fn and(self, others: Choice) -> Self {
        Choice(self.0 & others.0)
    }

    /// Whether dates stay or move.
    pub(super) fn dates(self) -> bool {
        self.has(DicomOption::RetainLongitudinalFullDates) || self.has(DicomOption::RetainLongitudinalModifiedDates)
    }
}

fn bit(option: DicomOption) -> u16 {
    1 << option as u16
}

/// Options by which sequences keep codes of local schemes: what they name is the device, the place or the trait itself.
pub(super) const NAMING: Choice = Choice(
    1 << DicomOption::RetainDeviceIdentity as u16
        | 1 << DicomOption::RetainInstitutionIdentity as u16
        | 1 << DicomOption::RetainPatientCharacteristics as u16,
);
