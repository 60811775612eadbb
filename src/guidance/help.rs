//! What would make a recording usable: changes of one fact, tried on the judge itself, so that no advice misleads.
//!
//! A patient who refused or withdrew is not to be asked again (GMC paras 9, 25), so no consent is proposed there.

use super::facts::Facts;
use super::rule::rules;
use super::verdict::{Help, weigh};
use crate::consent::Consent;
use crate::recording::terms::{
    Coding, ConsentForm, ConsentStatus, GivenBy, Identifiable, MadeFor, Purpose, Subject, Usability,
};

/// A change to try.
struct Change {
    code: &'static str,
    says: &'static str,
    /// The changed facts, where the change makes sense.
    make: fn(&Facts) -> Option<Facts>,
}

const CLEANING: Change = Change {
    code: "cleaning",
    says: "Everything that identifies is removed and the picture itself has been checked for writing.",
    make: |f| {
        // Nobody can be recognised in a para 10 kind once its metadata and marks are gone.
        let open = f.identifiable == Identifiable::MayBe && f.kind.is_para_10();
        let identifiable = if open { Identifiable::No } else { f.identifiable };
        (!f.cleaned).then(|| Facts { cleaned: true, identifiable, ..f.clone() })
    },
};

const CHANGES: &[Change] = &[
    Change {
        code: "consent",
        says: "A consent for this purpose, by the patient or whoever may decide for them, is on record.",
        make: |f| (!f.has_valid_consent()).then(|| with_consent(f)).flatten(),
    },
    Change {
        code: "further-consent",
        says: "The consent on record is extended to this purpose.",
        make: |f| (f.has_valid_consent() && !f.is_covered()).then(|| with_consent(f)).flatten(),
    },
    Change {
        code: "assessment",
        says: "A named person states that the patient cannot be recognised.",
        make: |f| {
            let open = f.identifiable == Identifiable::MayBe;
            open.then(|| Facts { identifiable: Identifiable::No, ..f.clone() })
        },
    },
    CLEANING,
    Change {
        code: "made-for-care",
        says: "If it was made as part of the patient's care, the register or the profile says so.",
        make: |f| (f.made_for == MadeFor::Unknown).then(|| Facts { made_for: MadeFor::Care, ..f.clone() }),
    },
    Change {
        code: "forget-key",
        says: "No key is kept that leads back to the patient.",
        make: |f| (f.coding == Coding::Coded).then(|| Facts { coding: Coding::None, ..f.clone() }),
    },
    Change {
        code: "teaching-only",
        says: "It is used for teaching and not for this purpose.",
        make: |f| (f.purpose != Purpose::Teaching).then(|| Facts { purpose: Purpose::Teaching, ..f.clone() }),
    },
];

/// The changes that would make it usable; where no single one does, those that do together with cleaning.
pub(super) fn would_help(facts: &Facts, outcome: Usability) -> Vec<Help> {
    if outcome <= Usability::UsableWithConditions {
        return Vec::new();
    }
    let single = tried(CHANGES.iter().filter_map(|change| Some((change, (change.make)(facts)?))), false);
    if !single.is_empty() {
        return single;
    }
    let Some(cleaned) = (CLEANING.make)(facts) else { return Vec::new() };
    tried(CHANGES.iter().filter_map(|change| Some((change, (change.make)(&cleaned)?))), true)
}

fn tried<'a>(changed: impl Iterator<Item = (&'a Change, Facts)>, cleaned: bool) -> Vec<Help> {
    let help = |(change, facts): (&Change, Facts)| {
        let (outcome, _) = weigh(&facts, rules());
        (outcome <= Usability::UsableWithConditions).then(|| match cleaned {
            false => Help { code: change.code.to_owned(), says: change.says.to_owned(), outcome },
            true => Help {
                code: format!("{}-and-{}", CLEANING.code, change.code),
                says: format!("{} And: {}", CLEANING.says, change.says),
                outcome,
            },
        })
    };
    changed.filter_map(help).collect()
}

/// The facts with a consent that covers the purpose, where asking for one is proper.
fn with_consent(facts: &Facts) -> Option<Facts> {
    if matches!(facts.consent.status, ConsentStatus::Refused | ConsentStatus::Withdrawn) {
        return None;
    }
    let given_by = match facts.subject {
        Subject::Adult | Subject::ChildWithCapacity | Subject::Unknown => GivenBy::Patient,
        Subject::ChildWithoutCapacity => GivenBy::ParentalResponsibility,
        Subject::AdultWithoutCapacity | Subject::Deceased => GivenBy::PersonWithAuthority,
    };
    let mut scopes = facts.consent.scopes.clone();
    scopes.insert(facts.purpose.scope());
    let consent = Consent {
        status: ConsentStatus::Given,
        scopes,
        form: Some(ConsentForm::Written),
        given_by: Some(given_by),
        given_on: None,
        expires_on: None,
        conditions: facts.consent.conditions.clone(),
    };
    Some(Facts { consent, ..facts.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::Date;
    use crate::guidance::judge;
    use crate::recording::terms::{Kind, Scope};

    #[test]
    fn an_x_ray_that_nobody_has_looked_at_needs_no_more_than_that() {
        let consent = Consent { status: ConsentStatus::Given, scopes: [Scope::Teaching].into(), ..Consent::default() };
        let as_of = Date::iso("2026-11-20").expect("a date");
        let facts = Facts { kind: Kind::XRay, consent, purpose: Purpose::Research, ..Facts::cautious(as_of) };
        let codes = |facts: &Facts| judge(facts).would_help.into_iter().map(|help| help.code).collect::<Vec<_>>();
        assert_eq!(codes(&facts), ["cleaning"]);
        // Of a photograph somebody must say, too, whether the patient can be recognised.
        let photograph = Facts { kind: Kind::Photograph, made_for: MadeFor::Care, ..facts.clone() };
        assert!(!codes(&photograph).iter().any(|code| code == "cleaning"));
        let recognised = Facts { identifiable: Identifiable::Yes, ..facts };
        assert!(!codes(&recognised).iter().any(|code| code == "cleaning"));
    }
}
