//! A consent record and an authority, as the judge weighs them (GMC paras 15, 18, 21, 24, 32–35, 47).

use super::date::Date;
use crate::recording::Identifier;
use crate::recording::terms::{AuthorityBasis, ConsentForm, ConsentStatus, GivenBy, Purpose, Scope, Subject};
use std::collections::BTreeSet;

/// What is on record of a patient's consent. The default is that nothing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// What became of the question.
    pub status: ConsentStatus,
    /// What it covers.
    pub scopes: BTreeSet<Scope>,
    /// Written or oral; where nothing is said it is treated as oral.
    pub form: Option<ConsentForm>,
    /// Who gave it; where nothing is said, the patient.
    pub given_by: Option<GivenBy>,
    /// When it was given.
    pub given_on: Option<Date>,
    /// The last day or month it holds.
    pub expires_on: Option<Date>,
    /// What it is tied to: words of [`super::condition::CONDITIONS`] or of the profile.
    pub conditions: BTreeSet<String>,
}

impl Default for Consent {
    fn default() -> Self {
        Self {
            status: ConsentStatus::NoRecord,
            scopes: BTreeSet::new(),
            form: None,
            given_by: None,
            given_on: None,
            expires_on: None,
            conditions: BTreeSet::new(),
        }
    }
}

impl Consent {
    /// Whether it was given by one entitled to give it (paras 18, 21, 32, 34). A record that does not say who gave it is
    /// read as the patient's own, so it does not stand where only somebody else can give it. From `adult_from` on nobody consents
    /// for the child any more (para 35); what was given before stands.
    pub fn is_by_one_entitled(&self, subject: Subject, adult_from: Option<Date>) -> bool {
        let by = self.given_by.unwrap_or(GivenBy::Patient);
        match subject {
            Subject::Adult | Subject::ChildWithCapacity | Subject::Unknown => by == GivenBy::Patient,
            Subject::ChildWithoutCapacity => {
                let late = adult_from.zip(self.given_on).is_some_and(|(adult, given)| adult.is_past(given));
                by == GivenBy::ParentalResponsibility && !late
            }
            Subject::AdultWithoutCapacity => by == GivenBy::PersonWithAuthority,
            Subject::Deceased => matches!(by, GivenBy::Patient | GivenBy::PersonWithAuthority | GivenBy::Family),
        }
    }

    /// Whether its last day or month lies behind `as_of`.
    pub fn is_expired(&self, as_of: Date) -> bool {
        self.expires_on.is_some_and(|date| date.is_past(as_of))
    }

    /// Given, by one entitled, not expired, and not of a date still to come.
    pub fn is_valid(&self, subject: Subject, adult_from: Option<Date>, as_of: Date) -> bool {
        self.status == ConsentStatus::Given
            && self.is_by_one_entitled(subject, adult_from)
            && !self.is_expired(as_of)
            && !self.given_on.is_some_and(|date| date.is_future(as_of))
    }

    /// Whether nothing counts as being on record: no entry, or a consent given by somebody not entitled to it.
    pub fn is_no_record(&self, subject: Subject, adult_from: Option<Date>) -> bool {
        match self.status {
            ConsentStatus::NoRecord => true,
            ConsentStatus::Given => !self.is_by_one_entitled(subject, adult_from),
            ConsentStatus::Refused | ConsentStatus::Withdrawn | ConsentStatus::ClearlyNotGiven => false,
        }
    }

    /// Whether its scopes contain the purpose.
    pub fn covers(&self, purpose: Purpose) -> bool {
        self.scopes.contains(&purpose.scope())
    }

    /// The scopes of the three levels that departments of medical illustration record: 1 record only, 2 teaching,
    /// 3 publication. Research and public media always need to be named.
    pub fn level_scopes(level: u8) -> Option<&'static [Scope]> {
        const LEVELS: &[Scope] =
            &[Scope::Care, Scope::Teaching, Scope::Training, Scope::Assessment, Scope::Publication];
        match level {
            1 => LEVELS.get(..1),
            2 => LEVELS.get(..4),
            3 => Some(LEVELS),
            _ => None,
        }
    }
}

/// An authority to use a recording without consent (paras 15, 16, 31–33, 45, 46, 54).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// On what it rests.
    pub basis: AuthorityBasis,
    /// Whose decision it is, as a role.
    pub by: Option<Identifier>,
    /// Why, as recorded.
    pub reason: Option<Identifier>,
}

impl Authority {
    /// An authority of which only the basis is known.
    pub fn new(basis: AuthorityBasis) -> Self {
        Self { basis, by: None, reason: None }
    }

    /// Whether it reaches a use for this purpose: a research exemption reaches research alone, and the authority to
    /// record covertly reaches no later use.
    pub fn reaches(&self, purpose: Purpose) -> bool {
        match self.basis {
            AuthorityBasis::RequiredByLaw | AuthorityBasis::CourtDirection | AuthorityBasis::PublicInterest => true,
            AuthorityBasis::ResearchExemption => purpose == Purpose::Research,
            AuthorityBasis::CovertAuthorised => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> Consent {
        Consent { status: ConsentStatus::Given, ..Consent::default() }
    }

    fn date(text: &str) -> Option<Date> {
        Date::iso(text).ok()
    }

    #[test]
    fn a_consent_stands_from_the_day_it_is_given_to_its_last() {
        let as_of = Date::iso("2026-11-20").expect("a date");
        let cases = [
            (None, None, true),
            (date("2026-11-20"), None, true),
            (date("2026-11"), None, true),
            (date("2026-11-21"), None, false),
            (date("2026-12"), None, false),
            (None, date("2026-11-20"), true),
            (None, date("2026-11"), true),
            (None, date("2026-11-19"), false),
            (None, date("2026-10"), false),
        ];
        for (n, (given_on, expires_on, stands)) in cases.into_iter().enumerate() {
            let consent = Consent { given_on, expires_on, ..given() };
            assert_eq!(consent.is_valid(Subject::Adult, None, as_of), stands, "case {n}");
        }
    }

    #[test]
    fn a_record_that_does_not_say_who_gave_it_stands_only_where_the_patient_could() {
        let stands = Subject::ALL.iter().filter(|&&subject| given().is_by_one_entitled(subject, None));
        let expected = [Subject::Adult, Subject::ChildWithCapacity, Subject::Deceased, Subject::Unknown];
        assert_eq!(stands.copied().collect::<Vec<_>>(), expected);
        assert!(
            given().is_no_record(Subject::ChildWithoutCapacity, None) && !given().is_no_record(Subject::Adult, None)
        );
    }

    #[test]
    fn nobody_consents_for_a_child_from_the_day_on_that_it_decides_for_itself() {
        let on = |text: &str| Date::iso(text).ok();
        let mut tried = 0;
        for (given_on, stands) in
            [(on("2019-05-14"), true), (on("2020-06-01"), true), (on("2020-06-02"), false), (None, true)]
        {
            let consent = Consent { given_by: Some(GivenBy::ParentalResponsibility), given_on, ..given() };
            let adult_from = on("2020-06-01");
            assert_eq!(consent.is_by_one_entitled(Subject::ChildWithoutCapacity, adult_from), stands);
            assert_eq!(consent.is_valid(Subject::ChildWithoutCapacity, adult_from, Date::today()), stands);
            tried += 1;
        }
        assert_eq!(tried, 4);
    }

    #[test]
    fn an_authority_reaches_only_what_it_is_for() {
        let reached = |basis| Purpose::ALL.iter().filter(|&&purpose| Authority::new(basis).reaches(purpose)).count();
        let counts: Vec<usize> = AuthorityBasis::ALL.iter().map(|&basis| reached(basis)).collect();
        assert_eq!(counts, [6, 6, 6, 1, 0]);
    }

    #[test]
    fn a_level_never_names_research_or_public_media() {
        for level in 1..=3 {
            let scopes = Consent::level_scopes(level).expect("a level");
            assert!(scopes.contains(&Scope::Care));
            assert!(!scopes.contains(&Scope::Research) && !scopes.contains(&Scope::PublicMedia));
        }
        assert_eq!(Consent::level_scopes(2).map(<[Scope]>::len), Some(4));
        assert_eq!((Consent::level_scopes(0), Consent::level_scopes(4)), (None, None));
    }
}
