//! Every property of the guidance page, over the product of facts, against the table and against a second judge.

use super::facts::Facts;
use super::judge;
use super::naive;
use super::rule::{Rule, rules};
use super::verdict::{decide, weigh};
use crate::consent::{Authority, Consent, Date};
use crate::recording::terms::{
    AuthorityBasis, Circumstance, Coding, ConsentForm, ConsentStatus, GivenBy, Identifiable, Kind, MadeFor, MadeWhen,
    Ownership, Purpose, Scope, Subject, Usability,
};
use rayon::prelude::*;
use std::collections::BTreeSet;

const KINDS: [Kind; 3] = [Kind::XRay, Kind::PathologySlideImage, Kind::Photograph];
const MADE_FOR: [MadeFor; 3] = [MadeFor::Care, MadeFor::Unknown, MadeFor::PublicMedia];
const SUBJECTS: [Subject; 4] =
    [Subject::Unknown, Subject::AdultWithoutCapacity, Subject::ChildWithCapacity, Subject::Deceased];
const AUTHORITIES: [Option<AuthorityBasis>; 4] = [
    None,
    Some(AuthorityBasis::CourtDirection),
    Some(AuthorityBasis::ResearchExemption),
    Some(AuthorityBasis::CovertAuthorised),
];
/// No record, refused, withdrawn, clearly not given, given by another, expired; valid: care, teaching, all, all with
/// conditions.
const CONSENTS: usize = 10;
const FIRST_VALID: usize = 6;

/// The length of each axis: identifiable, consent and purpose first, whose neighbours the properties compare.
const AXES: [usize; 11] = [
    3,
    CONSENTS,
    Purpose::ALL.len(),
    KINDS.len(),
    MADE_FOR.len(),
    2,
    2,
    2,
    SUBJECTS.len(),
    Circumstance::ALL.len() + 1,
    AUTHORITIES.len(),
];
const COUNT: usize = 1_866_240;

fn date(text: &str) -> Date {
    Date::iso(text).expect("a date")
}

fn split(mut n: usize) -> [usize; 11] {
    AXES.map(|length| {
        let at = n % length;
        n /= length;
        at
    })
}

fn join(at: [usize; 11]) -> usize {
    at.iter().zip(AXES).rev().fold(0, |n, (at, length)| n * length + at)
}

fn consent(n: usize, subject: Subject) -> Consent {
    let status = match n {
        0 => ConsentStatus::NoRecord,
        1 => ConsentStatus::Refused,
        2 => ConsentStatus::Withdrawn,
        3 => ConsentStatus::ClearlyNotGiven,
        _ => ConsentStatus::Given,
    };
    let entitled = match subject {
        Subject::AdultWithoutCapacity => GivenBy::PersonWithAuthority,
        _ => GivenBy::Patient,
    };
    let scopes: &[Scope] = match n {
        0..4 => &[],
        6 => &[Scope::Care],
        7 => &[Scope::Care, Scope::Teaching],
        _ => Scope::ALL,
    };
    Consent {
        status,
        scopes: scopes.iter().copied().collect(),
        form: Some(if n == 9 { ConsentForm::Oral } else { ConsentForm::Written }),
        given_by: Some(if n == 4 { GivenBy::Other } else { entitled }),
        given_on: None,
        expires_on: (n == 5).then(|| date("2026-10")),
        conditions: (n == 9).then(|| "no-online-use".to_owned()).into_iter().collect(),
    }
}

fn facts(n: usize) -> Facts {
    let [identifiable, c, purpose, kind, made_for, era, cleaned, coding, subject, circumstance, authority] = split(n);
    let subject = SUBJECTS[subject];
    Facts {
        kind: KINDS[kind],
        made_for: MADE_FOR[made_for],
        made_when: if era == 1 { MadeWhen::Before1997 } else { MadeWhen::Unknown },
        existing_collection: era == 1,
        identifiable: Identifiable::ALL[identifiable],
        cleaned: cleaned == 1,
        coding: Coding::ALL[coding],
        consent: consent(c, subject),
        subject,
        adult_from: Some(date("2026-11")),
        circumstances: circumstance.checked_sub(1).map(|n| Circumstance::ALL[n]).into_iter().collect(),
        authority: AUTHORITIES[authority].map(Authority::new),
        purpose: Purpose::ALL[purpose],
        as_of: date("2026-11"),
        retention_date: None,
        ownership: Ownership::NotStated,
    }
}

fn outcome(facts: &Facts) -> Usability {
    weigh(facts, rules()).0
}

#[test]
fn every_property_holds_for_every_combination_and_two_judges_agree() {
    assert_eq!(AXES.iter().product::<usize>(), COUNT);
    let outcomes: Vec<Usability> = (0..COUNT)
        .into_par_iter()
        .map(|n| {
            let facts = facts(n);
            let (outcome, cited) = weigh(&facts, rules());
            assert!(!cited.is_empty(), "no rule cited: {facts:?}");
            assert_eq!(outcome, naive::outcome(&facts), "the judges differ: {facts:?}");
            outcome
        })
        .collect();
    let compared: usize = (0..COUNT).into_par_iter().map(|n| properties(n, &outcomes)).sum();
    assert!(compared > COUNT, "compared only {compared}");
}

/// Checks one combination against its neighbours; how many comparisons were made.
fn properties(n: usize, outcomes: &[Usability]) -> usize {
    let at = split(n);
    let [identifiable, c, purpose, ..] = at;
    let facts = facts(n);
    let here = outcomes[n];
    let other = |axis: usize, value: usize| {
        let mut at = at;
        at[axis] = value;
        outcomes[join(at)]
    };
    let mut compared = 0;
    let mut never_worse = |better: Usability, worse: Usability, what: &str| {
        assert!(better <= worse, "{what}: {facts:?}");
        compared += 1;
    };
    if identifiable > 0 {
        never_worse(other(0, identifiable - 1), here, "more identifiable is never better");
    }
    if c < FIRST_VALID {
        for valid in FIRST_VALID..CONSENTS {
            never_worse(other(1, valid), here, "adding a valid consent never makes it worse");
        }
    }
    if c == 6 || c == 7 {
        never_worse(other(1, c + 1), here, "widening the scopes never makes it worse");
    }
    if c < FIRST_VALID {
        let at = |purpose: Purpose| other(2, Purpose::ALL.iter().position(|&p| p == purpose).expect("a purpose"));
        match Purpose::ALL[purpose] {
            Purpose::PublicMedia => never_worse(at(Purpose::Publication), here, "public media is never easier"),
            Purpose::Publication => never_worse(at(Purpose::Teaching), here, "publication is never easier"),
            _ => {}
        }
    }
    let usable = here <= Usability::UsableWithConditions;
    if facts.authority.is_none() && facts.may_be_recognised() {
        if c == 0 {
            assert!(!usable, "no record, may be recognised: {facts:?}");
        }
        if c == 2 || (c == 0 && facts.identifiable == Identifiable::Yes) {
            assert_eq!(here, Usability::MustNotUse, "{facts:?}");
        }
    }
    if !facts.cleaned && facts.authority.is_none() {
        assert!(!usable, "not cleaned: {facts:?}");
    }
    compared
}

#[test]
fn the_order_of_evaluation_does_not_matter() {
    let backwards: Vec<Rule> = rules().iter().rev().copied().collect();
    let mut shuffled: Vec<Rule> = rules().iter().step_by(3).copied().collect();
    shuffled.extend(rules().iter().skip(1).step_by(3).copied());
    shuffled.extend(rules().iter().skip(2).step_by(3).copied());
    assert_eq!(shuffled.len(), rules().len());
    let tried = (0..COUNT).step_by(31).map(|n| {
        let facts = facts(n);
        let verdict = decide(&facts, rules());
        let conditional = verdict.outcome == Usability::UsableWithConditions;
        assert!(!conditional || !verdict.conditions.is_empty(), "no condition named: {facts:?}");
        assert!(verdict.outcome != Usability::Usable || verdict.conditions.is_empty(), "conditions: {facts:?}");
        assert_eq!(verdict, decide(&facts, &backwards));
        assert_eq!(verdict, decide(&facts, &shuffled));
    });
    assert_eq!(tried.count(), COUNT.div_ceil(31));
}

#[test]
fn each_rule_fires_and_each_has_a_near_miss() {
    let mut fired: BTreeSet<String> = BTreeSet::new();
    for n in (0..COUNT).step_by(7) {
        fired.extend(decide(&facts(n), rules()).rules.into_iter().map(|rule| rule.id));
    }
    let cautious = Facts::cautious(date("2026-11"));
    let usable = Facts { kind: Kind::XRay, cleaned: true, identifiable: Identifiable::No, ..cautious.clone() };
    for facts in [
        Facts { retention_date: Some(date("2026-10")), ..usable.clone() },
        Facts { ownership: Ownership::SomeoneElse, ..usable.clone() },
    ] {
        assert_eq!(outcome(&facts), Usability::UsableWithConditions);
        assert_eq!(naive::outcome(&facts), Usability::UsableWithConditions);
        fired.extend(judge(&facts).rules.into_iter().map(|rule| rule.id));
    }
    let all: BTreeSet<String> = rules().iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(fired, all);
    assert_eq!(all.len(), 6 + 9 + 7 + 4);
    assert_eq!(outcome(&Facts { retention_date: Some(date("2026-11")), ..usable.clone() }), Usability::Usable);
    assert_eq!(outcome(&Facts { ownership: Ownership::Ours, ..usable }), Usability::Usable);
}

#[test]
fn cautions_raise_alike_whatever_is_on_record() {
    let mut tried = 0;
    for n in (0..COUNT).step_by(53) {
        let plain = facts(n);
        for (marked, least) in [
            (Facts { retention_date: Some(date("2020-01")), ..plain.clone() }, Usability::UsableWithConditions),
            (Facts { ownership: Ownership::SomeoneElse, ..plain.clone() }, Usability::UsableWithConditions),
        ] {
            assert_eq!(outcome(&marked), outcome(&plain).max(least));
            assert_eq!(outcome(&marked), naive::outcome(&marked));
            tried += 1;
        }
    }
    assert_eq!(tried, COUNT.div_ceil(53) * 2);
}

#[test]
fn values_of_one_class_are_judged_alike() {
    let mut tried = 0;
    for n in (0..COUNT).step_by(211) {
        let facts = facts(n);
        for &kind in Kind::ALL {
            let alike = match (facts.kind, kind) {
                (Kind::PathologySlideImage, _) | (_, Kind::PathologySlideImage) => facts.kind == kind,
                (of, kind) => of.is_para_10() == kind.is_para_10(),
            };
            let other = Facts { kind, ..facts.clone() };
            assert_eq!(outcome(&other), naive::outcome(&other));
            assert!(!alike || outcome(&other) == outcome(&facts), "{kind}: {facts:?}");
            tried += 1;
        }
        for &made_for in MadeFor::ALL {
            let alike = made_for == MadeFor::Secondary && facts.made_for == MadeFor::Unknown;
            assert!(!alike || outcome(&Facts { made_for, ..facts.clone() }) == outcome(&facts));
            tried += 1;
        }
        for &subject in Subject::ALL {
            for &given_by in GivenBy::ALL {
                let consent = Consent { given_by: Some(given_by), ..facts.consent.clone() };
                let other = Facts { subject, consent, ..facts.clone() };
                assert_eq!(outcome(&other), naive::outcome(&other), "{other:?}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, COUNT.div_ceil(211) * (11 + 4 + 6 * 5));
}

#[test]
fn what_would_help_does() {
    let (mut tried, mut helped) = (0, BTreeSet::new());
    for n in (0..COUNT).step_by(101) {
        let facts = facts(n);
        let verdict = judge(&facts);
        assert!(!verdict.is_usable() || verdict.would_help.is_empty());
        assert!(verdict.would_help.iter().all(|help| help.outcome <= Usability::UsableWithConditions));
        if matches!(facts.consent.status, ConsentStatus::Refused | ConsentStatus::Withdrawn) {
            assert!(verdict.would_help.iter().all(|help| !help.code.ends_with("consent")), "{facts:?}");
        }
        helped.extend(verdict.would_help.into_iter().map(|help| help.code));
        tried += 1;
    }
    assert_eq!(tried, COUNT.div_ceil(101));
    for code in ["consent", "further-consent", "assessment", "cleaning", "made-for-care", "cleaning-and-consent"] {
        assert!(helped.contains(code), "{code} never helps: {helped:?}");
    }
}

#[test]
fn a_refused_recording_stays_prohibited_where_the_authority_does_not_reach_the_use() {
    let consent = Consent { status: ConsentStatus::Refused, ..Consent::default() };
    let refused = |basis, purpose| {
        let authority = Some(Authority::new(basis));
        let base = Facts::cautious(date("2026-11"));
        outcome(&Facts {
            kind: Kind::XRay,
            cleaned: true,
            identifiable: Identifiable::No,
            consent: consent.clone(),
            authority,
            purpose,
            ..base
        })
    };
    assert_eq!(refused(AuthorityBasis::CovertAuthorised, Purpose::Teaching), Usability::MustNotUse);
    assert_eq!(refused(AuthorityBasis::ResearchExemption, Purpose::Teaching), Usability::MustNotUse);
    assert_eq!(refused(AuthorityBasis::ResearchExemption, Purpose::Research), Usability::Usable);
}

#[test]
fn only_what_awaits_assessment_or_review_may_be_released_by_review() {
    let base = Facts::cautious(date("2026-11"));
    let photograph = judge(&base);
    assert!(photograph.until_assessed && photograph.may_be_released_by_review());
    assert!(!judge(&Facts { identifiable: Identifiable::Yes, ..base.clone() }).may_be_released_by_review());
    let objected = Facts { circumstances: [Circumstance::ObjectionOrDistress].into(), ..base };
    assert!(!judge(&objected).may_be_released_by_review());
}

#[test]
fn every_rule_cites_paragraphs_and_speaks_plainly() {
    let mut ids = BTreeSet::new();
    for rule in rules() {
        assert!(ids.insert(rule.id), "{} stands twice", rule.id);
        assert!(rule.cites.iter().all(|c| c.strip_prefix("GMC para ").is_some_and(|n| n.parse::<u8>().is_ok())));
        assert!(!rule.cites.is_empty() && rule.says.ends_with('.') && rule.says.len() < 160, "{}", rule.id);
        let known = |word: &str| crate::consent::condition::says(word).is_some();
        assert!(rule.brings.iter().all(|bring| known(bring.condition)), "{}", rule.id);
    }
    assert_eq!(ids.len(), 26);
}
