//! The facts that a verdict needs of one recording, and what follows from them.
//!
//! GMC paras 5–12, 15–25, 36, 47–56. What is not known is read cautiously.

use crate::consent::{Authority, Consent, Date};
use crate::recording::terms::{
    AuthorityBasis, Circumstance, Coding, Identifiable, Kind, MadeFor, MadeWhen, Ownership, Purpose, Subject,
};
use std::collections::BTreeSet;

/// Everything the judge looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What the recording is of; a photograph where nothing says more.
    pub kind: Kind,
    /// Why it was made.
    pub made_for: MadeFor,
    /// In which era.
    pub made_when: MadeWhen,
    /// Whether it belongs to a collection held solely for teaching within a medical setting.
    pub existing_collection: bool,
    /// Whether the patient can be recognised; *may-be* where nobody has assessed it.
    pub identifiable: Identifiable,
    /// Whether names and marks are gone: metadata proved gone, pixels checked.
    pub cleaned: bool,
    /// Whether a key is kept.
    pub coding: Coding,
    /// What is on record of consent.
    pub consent: Consent,
    /// Who the patient is, as far as consent goes.
    pub subject: Subject,
    /// From when a child decides for themselves.
    pub adult_from: Option<Date>,
    /// What else is known of the making.
    pub circumstances: BTreeSet<Circumstance>,
    /// An authority to use it without consent.
    pub authority: Option<Authority>,
    /// What it is to be used for.
    pub purpose: Purpose,
    /// The day for which the verdict is asked.
    pub as_of: Date,
    /// Until when the records policy lets it be kept.
    pub retention_date: Option<Date>,
    /// Who owns it or holds the copyright.
    pub ownership: Ownership,
}

impl Facts {
    /// The cautious reading of everything, for teaching.
    pub fn cautious(as_of: Date) -> Self {
        Self {
            kind: Kind::Photograph,
            made_for: MadeFor::Unknown,
            made_when: MadeWhen::Unknown,
            existing_collection: false,
            identifiable: Identifiable::MayBe,
            cleaned: false,
            coding: Coding::Coded,
            consent: Consent::default(),
            subject: Subject::Unknown,
            adult_from: None,
            circumstances: BTreeSet::new(),
            authority: None,
            purpose: Purpose::Teaching,
            as_of,
            retention_date: None,
            ownership: Ownership::NotStated,
        }
    }

    /// Cleaned, and nobody can recognise the patient (paras 7, 12, 17).
    pub fn is_anonymised(&self) -> bool {
        self.cleaned && self.identifiable == Identifiable::No
    }

    /// Whether the patient is, or may be, recognised (para 23).
    pub fn may_be_recognised(&self) -> bool {
        self.identifiable != Identifiable::No
    }

    /// Whether a consent stands that one entitled to it gave and that has not run out (paras 18, 21, 32, 34).
    pub fn has_valid_consent(&self) -> bool {
        self.consent.is_valid(self.subject, self.adult_from, self.as_of)
    }

    /// Whether a valid consent covers the purpose.
    pub fn is_covered(&self) -> bool {
        self.has_valid_consent() && self.consent.covers(self.purpose)
    }

    /// Whether an authority on record reaches this use.
    pub fn has_authority(&self) -> bool {
        self.authority.as_ref().is_some_and(|authority| authority.reaches(self.purpose))
    }

    /// Whether the covert making was authorised (para 54).
    pub fn is_covert_authorised(&self) -> bool {
        self.authority.as_ref().is_some_and(|authority| authority.basis == AuthorityBasis::CovertAuthorised)
    }

    /// Whether a circumstance is on record.
    pub fn has(&self, circumstance: Circumstance) -> bool {
        self.circumstances.contains(&circumstance)
    }

    /// Whether it was made before 1997 for a collection held solely for teaching (para 22).
    pub fn is_old_collection(&self) -> bool {
        self.made_when == MadeWhen::Before1997 && self.existing_collection
    }

    /// Whether the patient was a child when consent was given and decides for themselves by now (paras 35, 47).
    pub fn is_grown_up(&self) -> bool {
        matches!(self.subject, Subject::ChildWithCapacity | Subject::ChildWithoutCapacity)
            && self.adult_from.is_some_and(|date| date.has_begun(self.as_of))
    }
}
