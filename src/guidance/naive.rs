//! A second judge for the tests, written from the page as plain branches and sharing nothing with the table.

use super::facts::Facts;
use crate::recording::terms::{
    AuthorityBasis as A, Circumstance as Ci, Coding, ConsentForm, ConsentStatus as S, GivenBy as G, Identifiable as I,
    Kind, MadeFor, MadeWhen, Ownership, Purpose as P, Subject as Su, Usability as U,
};

pub(super) fn outcome(f: &Facts) -> U {
    let c = &f.consent;
    let by = c.given_by.unwrap_or(G::Patient);
    let entitled = match f.subject {
        Su::Adult | Su::ChildWithCapacity | Su::Unknown => by == G::Patient,
        Su::ChildWithoutCapacity => by == G::ParentalResponsibility,
        Su::AdultWithoutCapacity => by == G::PersonWithAuthority,
        Su::Deceased => by != G::ParentalResponsibility && by != G::Other,
    };
    let status = if c.status == S::Given && !entitled { S::NoRecord } else { c.status };
    let expired = c.expires_on.is_some_and(|d| d.month() < f.as_of.month());
    let valid = status == S::Given && !expired;
    let covers = valid && c.scopes.iter().any(|s| s.word() == f.purpose.word());
    let authority = match f.authority.as_ref().map(|a| a.basis) {
        Some(A::RequiredByLaw | A::CourtDirection | A::PublicInterest) => true,
        Some(A::ResearchExemption) => f.purpose == P::Research,
        _ => false,
    };
    let covert_ok = f.authority.as_ref().map(|a| a.basis) == Some(A::CovertAuthorised);
    let has = |x: Ci| f.circumstances.contains(&x);
    let para_10 = matches!(
        f.kind,
        Kind::XRay
            | Kind::Ultrasound
            | Kind::Endoscopic
            | Kind::InternalStructure
            | Kind::OrganFunction
            | Kind::PathologySlideImage
    );
    let public = f.purpose == P::Publication || f.purpose == P::PublicMedia;
    let taught = f.purpose == P::Teaching || f.purpose == P::Training;
    let anonymised = f.cleaned && f.identifiable == I::No;

    // 3a
    let mut floor = U::Usable;
    let mut raise = |to: U| floor = floor.max(to);
    if has(Ci::ObjectionOrDistress) || has(Ci::BelievedHarmful) {
        raise(U::MustNotUse);
    }
    if has(Ci::CallersNotInformed) || (has(Ci::Covert) && !covert_ok) {
        raise(U::MustNotUse);
    }
    if status == S::Refused && !authority {
        raise(U::MustNotUse);
    }
    if status == S::Withdrawn {
        raise(if f.identifiable != I::No && !authority { U::MustNotUse } else { U::HoldForReview });
    }
    if !authority && (status == S::ClearlyNotGiven || (status == S::NoRecord && has(Ci::ContextShowsNoConsent))) {
        raise(U::MustNotUse);
    }
    if f.made_for == MadeFor::PublicMedia && !para_10 && !valid && !authority {
        raise(if f.purpose == P::PublicMedia { U::MustNotUse } else { U::HoldForReview });
    }

    // 3b
    let mut grounds = Vec::new();
    let with = |conditions: bool| if conditions { U::UsableWithConditions } else { U::Usable };
    if covers && f.cleaned {
        let child = matches!(f.subject, Su::ChildWithCapacity | Su::ChildWithoutCapacity);
        let grown = child && f.adult_from.is_some_and(|d| d.month() <= f.as_of.month());
        let oral = c.form != Some(ConsentForm::Written) && f.purpose == P::PublicMedia;
        grounds.push(with(!c.conditions.is_empty() || oral || grown));
    }
    if para_10 && anonymised {
        grounds.push(with(public));
    }
    if f.made_for == MadeFor::Care && anonymised {
        grounds.push(with(public));
    }
    let old = f.made_when == MadeWhen::Before1997 && f.existing_collection && taught;
    if old && anonymised {
        grounds.push(U::Usable);
    }
    if old && valid && f.cleaned {
        grounds.push(U::Usable);
    }
    if f.kind == Kind::PathologySlideImage && anonymised && (!public || f.coding == Coding::None) {
        grounds.push(U::Usable);
    }
    if f.subject == Su::Deceased && anonymised {
        grounds.push(U::Usable);
    }
    if has(Ci::PostMortem) && !has(Ci::PostMortemCoroner) && anonymised {
        grounds.push(U::Usable);
    }
    if authority {
        grounds.push(U::UsableWithConditions);
    }

    // 3c, 3d
    let mut outcome = match grounds.into_iter().min() {
        Some(best) => best,
        None if f.identifiable != I::No && !covers => U::MustNotUse,
        None => U::HoldForReview,
    };
    if f.subject == Su::Deceased && (public || f.identifiable != I::No || has(Ci::GeneticOrFamilyInformation)) {
        outcome = outcome.max(U::HoldForReview);
    }
    if has(Ci::PostMortemCoroner) {
        outcome = outcome.max(U::HoldForReview);
    }
    if f.retention_date.is_some_and(|d| d.month() < f.as_of.month()) || f.ownership == Ownership::SomeoneElse {
        outcome = outcome.max(U::UsableWithConditions);
    }
    outcome.max(floor)
}
