//! A withdrawal of consent that custody has on record, and what it does to a consent that a register still states.
//!
//! GMC paras 8, 25, 35, 47: consent can be withdrawn at any time. The cautious reading wins: only a consent that was
//! given after the withdrawal stands against it.

use super::{Consent, Date};
use crate::code::{PatientCode, RecordingCode};
use crate::recording::terms::{ConsentStatus, Purpose, Scope};
use std::collections::BTreeSet;

/// Whose consent: a patient's for all recordings, or that for a single one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whom {
    /// All recordings of a patient.
    Patient(PatientCode),
    /// One recording.
    Recording(RecordingCode),
}

impl Whom {
    /// Reads either kind of code as a user types it.
    pub fn parse(text: &str) -> Option<Self> {
        let recording = RecordingCode::parse(text).map(Whom::Recording);
        recording.or_else(|| PatientCode::parse(text).map(Whom::Patient))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        match self {
            Whom::Patient(code) => code.as_str(),
            Whom::Recording(code) => code.as_str(),
        }
    }

    /// Whether it speaks of this recording.
    pub fn is(&self, code: &RecordingCode) -> bool {
        match self {
            Whom::Patient(patient) => code.patient() == *patient,
            Whom::Recording(recording) => code == recording,
        }
    }
}

/// A code, and the release whose sub-keys it comes from; none where it is custody's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coded {
    /// The code.
    pub whom: Whom,
    /// Keyed digest of the release.
    pub release: Option<[u8; 32]>,
}

/// A withdrawal on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Every code under which it is known whose it is.
    pub codes: BTreeSet<Coded>,
    /// When it was withdrawn.
    pub on: Date,
    /// What was withdrawn; empty where all was.
    pub scopes: BTreeSet<Scope>,
}

impl Withdrawal {
    /// Whether it speaks of this recording.
    pub fn is_of(&self, code: &RecordingCode) -> bool {
        self.codes.iter().any(|coded| coded.whom.is(code))
    }

    /// Whether everything was withdrawn, or at least what this purpose needs.
    pub fn reaches(&self, purpose: Purpose) -> bool {
        self.scopes.is_empty() || self.scopes.contains(&purpose.scope())
    }

    /// Lays it upon what is on record otherwise. A consent given after it stands; a refusal stays a refusal. Where only
    /// other purposes were withdrawn the consent stands without them. Whether it changed anything.
    pub fn lay_upon(&self, consent: &mut Consent, purpose: Purpose) -> bool {
        let later = consent.given_on.is_some_and(|given_on| given_on.is_future(self.on));
        if consent.status == ConsentStatus::Given && later {
            return false;
        }
        let before = (consent.status, consent.scopes.len());
        if self.scopes.is_empty() {
            consent.scopes.clear();
        } else {
            consent.scopes.retain(|scope| !self.scopes.contains(scope));
        }
        let graver = matches!(consent.status, ConsentStatus::Refused | ConsentStatus::ClearlyNotGiven);
        if self.reaches(purpose) && !graver {
            consent.status = ConsentStatus::Withdrawn;
        }
        before != (consent.status, consent.scopes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn withdrawal(scopes: &[Scope]) -> Withdrawal {
        let on = Date::iso("2026-11-10").unwrap_or_else(|_| Date::today());
        Withdrawal { codes: BTreeSet::new(), on, scopes: scopes.iter().copied().collect() }
    }

    fn consent(status: ConsentStatus, given_on: Option<&str>) -> Consent {
        let scopes = Consent::level_scopes(2).unwrap_or_default().iter().copied().collect();
        let given_on = given_on.and_then(|text| Date::iso(text).ok());
        Consent { status, scopes, given_on, ..Consent::default() }
    }

    #[test]
    fn only_a_consent_that_is_certainly_later_stands_against_a_withdrawal() {
        let cases = [
            (None, ConsentStatus::Withdrawn),
            (Some("2019-05-14"), ConsentStatus::Withdrawn),
            (Some("2026-11-10"), ConsentStatus::Withdrawn),
            (Some("2026-11"), ConsentStatus::Withdrawn),
            (Some("2026-11-11"), ConsentStatus::Given),
            (Some("2026-12"), ConsentStatus::Given),
        ];
        let mut tried = 0;
        for (given_on, status) in cases {
            let mut consent = consent(ConsentStatus::Given, given_on);
            withdrawal(&[]).lay_upon(&mut consent, Purpose::Teaching);
            assert_eq!((consent.status, consent.scopes.is_empty()), (status, status == ConsentStatus::Withdrawn));
            tried += 1;
        }
        assert_eq!(tried, 6);
    }

    #[test]
    fn what_is_graver_stays_and_silence_becomes_a_withdrawal() {
        for (before, after) in [
            (ConsentStatus::Refused, ConsentStatus::Refused),
            (ConsentStatus::ClearlyNotGiven, ConsentStatus::ClearlyNotGiven),
            (ConsentStatus::NoRecord, ConsentStatus::Withdrawn),
            (ConsentStatus::Withdrawn, ConsentStatus::Withdrawn),
        ] {
            let mut consent = consent(before, Some("2027-01"));
            withdrawal(&[]).lay_upon(&mut consent, Purpose::Teaching);
            assert_eq!(consent.status, after);
        }
    }

    #[test]
    fn what_is_withdrawn_for_one_purpose_stands_for_another() {
        let of = |purpose| {
            let mut consent = consent(ConsentStatus::Given, None);
            assert!(withdrawal(&[Scope::Teaching]).lay_upon(&mut consent, purpose));
            assert!(!withdrawal(&[Scope::Teaching]).lay_upon(&mut consent, purpose), "once is enough");
            (consent.status, consent.scopes.contains(&Scope::Teaching), consent.scopes.contains(&Scope::Care))
        };
        assert_eq!(of(Purpose::Teaching), (ConsentStatus::Withdrawn, false, true));
        assert_eq!(of(Purpose::Training), (ConsentStatus::Given, false, true));
    }
}
