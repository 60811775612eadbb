//! Consent to distribute as DICOM states it, read as a consent record below the register, and stated from the register.
//!
//! DICOM PS3.3 C.7.2.3.1.2; GMC paras 8, 9, 24, 35–37. The terms say less than a record does, so each is read as the least
//! that it can mean, and written only where the record says all that it means.

use super::Date;
use super::record::Consent;
use crate::recording::terms::{ConsentStatus, Scope, Subject};
use crate::recording::{Distribution, DistributionFlag, DistributionType};
use std::collections::BTreeSet;

/// What the public, and so everyone, may do with what was released to it without restriction. Public media always need
/// to be named (GMC paras 36, 37), and care needs no such consent.
const PUBLIC: &[Scope] = &[Scope::Teaching, Scope::Training, Scope::Assessment, Scope::Research, Scope::Publication];
/// The condition of the vocabulary under which a consent stands that does not speak of the face.
const HIDE_FACE: &str = "hide-face";
/// Every use but the patient's own care.
const SECONDARY: &[Scope] =
    &[Scope::Teaching, Scope::Training, Scope::Assessment, Scope::Research, Scope::Publication, Scope::PublicMedia];

/// Reads one item's terms; none where it does not answer the question. Whatever is no YES and no WITHDRAWN is a NO: a
/// slip of the pen must not become a yes, nor a refusal nothing.
pub fn item(flag: &str, kind: &str) -> Option<Distribution> {
    let (flag, kind) = (plain(flag), plain(kind));
    let kind = DistributionType::ALL.into_iter().find(|term| term.term() == kind);
    let known = DistributionFlag::ALL.into_iter().find(|value| value.term() == flag);
    (!flag.is_empty()).then(|| Distribution { flag: known.unwrap_or(DistributionFlag::No), kind })
}

fn plain(text: &str) -> String {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_ascii_uppercase()
}

/// The consent record that an object's items amount to; none where there is none.
///
/// NO is a refusal and WITHDRAWN a withdrawal, whatever other items say; of the two the refusal counts. YES gives: for
/// PUBLIC_RELEASE what the public may do, though no item tells whether the face may be shown; for RESTRICTED_REUSE and
/// NAMED_PROTOCOL, which do not say for what, and for any other term, no use that could be relied on.
pub fn read(items: &[Distribution]) -> Option<Consent> {
    let gravest = items.iter().map(|item| item.flag).max()?;
    let status = match gravest {
        DistributionFlag::Yes => ConsentStatus::Given,
        DistributionFlag::Withdrawn => ConsentStatus::Withdrawn,
        DistributionFlag::No => ConsentStatus::Refused,
    };
    let mut consent = Consent { status, ..Consent::default() };
    let public = items.iter().any(|item| item.kind == Some(DistributionType::PublicRelease));
    if gravest == DistributionFlag::Yes && public {
        consent.scopes.extend(PUBLIC);
        consent.conditions.insert(HIDE_FACE.to_owned());
    }
    Some(consent)
}

/// The items that state a record of the register; none where it says nothing that could be stated: no record, one that has
/// expired, one given by somebody not entitled to it, or a consent to care alone, which refuses nothing.
///
/// PUBLIC_RELEASE is stated only where every use is covered and tied to nothing, NAMED_PROTOCOL never: no protocol is
/// named. A withdrawal takes back both other terms. Only a refusal is a NO.
pub fn state(consent: &Consent, subject: Subject, adult_from: Option<Date>, as_of: Date) -> Vec<Distribution> {
    use DistributionType::{PublicRelease, RestrictedReuse};
    let one = |flag, kind| Distribution { flag, kind };
    match consent.status {
        ConsentStatus::NoRecord => Vec::new(),
        ConsentStatus::Refused | ConsentStatus::ClearlyNotGiven => vec![one(DistributionFlag::No, None)],
        ConsentStatus::Withdrawn => {
            [RestrictedReuse, PublicRelease].map(|kind| one(DistributionFlag::Withdrawn, Some(kind))).to_vec()
        }
        ConsentStatus::Given if !consent.is_valid(subject, adult_from, as_of) => Vec::new(),
        ConsentStatus::Given => {
            let covers = |scopes: &[Scope]| scopes.iter().copied().collect::<BTreeSet<_>>().is_subset(&consent.scopes);
            match () {
                () if covers(SECONDARY) && consent.conditions.is_empty() => {
                    vec![one(DistributionFlag::Yes, Some(PublicRelease))]
                }
                () if SECONDARY.iter().any(|scope| consent.scopes.contains(scope)) => {
                    vec![one(DistributionFlag::Yes, Some(RestrictedReuse))]
                }
                () => Vec::new(),
            }
        }
    }
}

/// What counts where two sources speak, the weightier one first: that one, but of two refusals the graver, and a refusal
/// whatever the weightier one says. Neither says when the other was written, so the cautious reading wins (GMC paras 8, 9).
pub fn together(weightier: &Consent, other: &Consent) -> Consent {
    match (gravity(weightier.status), gravity(other.status)) {
        (Some(said), Some(other_said)) if other_said > said => Consent { status: other.status, ..weightier.clone() },
        (None, Some(_)) => other.clone(),
        _ => weightier.clone(),
    }
}

/// How grave a refusal is; none for what is none.
fn gravity(status: ConsentStatus) -> Option<u8> {
    match status {
        ConsentStatus::Given | ConsentStatus::NoRecord => None,
        ConsentStatus::ClearlyNotGiven => Some(1),
        ConsentStatus::Withdrawn => Some(2),
        ConsentStatus::Refused => Some(3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::condition;
    use crate::recording::terms::GivenBy;

    fn today() -> Date {
        Date::iso("2026-11-20").expect("a date")
    }

    fn given(scopes: &[Scope]) -> Consent {
        Consent { status: ConsentStatus::Given, scopes: scopes.iter().copied().collect(), ..Consent::default() }
    }

    fn terms(items: &[Distribution]) -> Vec<(&'static str, Option<&'static str>)> {
        items.iter().map(|item| (item.flag.term(), item.kind.map(DistributionType::term))).collect()
    }

    #[test]
    fn whatever_is_no_yes_is_read_as_the_graver_answer() {
        type Case = (&'static [(&'static str, &'static str)], Option<ConsentStatus>, usize);
        let cases: [Case; 11] = [
            (&[], None, 0),
            (&[("", "PUBLIC_RELEASE")], None, 0),
            (&[("YES", "PUBLIC_RELEASE")], Some(ConsentStatus::Given), 5),
            (&[("yes \0", " public_release")], Some(ConsentStatus::Given), 5),
            (&[("YES", "RESTRICTED_REUSE")], Some(ConsentStatus::Given), 0),
            (&[("YES", "NAMED_PROTOCOL")], Some(ConsentStatus::Given), 0),
            (&[("YES", "ANYTHING")], Some(ConsentStatus::Given), 0),
            (&[("YES", "PUBLIC_RELEASE"), ("NO", "")], Some(ConsentStatus::Refused), 0),
            (&[("YES", "PUBLIC_RELEASE"), ("WITHDRAWN", "NAMED_PROTOCOL")], Some(ConsentStatus::Withdrawn), 0),
            (&[("WITHDRAWN", ""), ("NO", "")], Some(ConsentStatus::Refused), 0),
            (&[("MAYBE", "PUBLIC_RELEASE")], Some(ConsentStatus::Refused), 0),
        ];
        for (n, (items, status, scopes)) in cases.into_iter().enumerate() {
            let items: Vec<_> = items.iter().filter_map(|(flag, kind)| item(flag, kind)).collect();
            let consent = read(&items);
            assert_eq!(consent.as_ref().map(|c| c.status), status, "case {n}");
            assert_eq!(consent.map_or(0, |c| c.scopes.len()), scopes, "case {n}");
        }
    }

    #[test]
    fn only_what_a_record_says_in_full_is_stated() {
        let all = given(SECONDARY);
        let tied = Consent { conditions: BTreeSet::from(["no-online-use".to_owned()]), ..all.clone() };
        let past = Consent { expires_on: Date::iso("2026-10").ok(), ..all.clone() };
        let family = Consent { given_by: Some(GivenBy::Family), ..all.clone() };
        let status = |status| Consent { status, ..Consent::default() };
        let yes = |term| vec![("YES", Some(term))];
        let cases = [
            (all, yes("PUBLIC_RELEASE")),
            (tied, yes("RESTRICTED_REUSE")),
            (given(&[Scope::Teaching]), yes("RESTRICTED_REUSE")),
            (given(PUBLIC), yes("RESTRICTED_REUSE")),
            (given(&[Scope::Care]), vec![]),
            (past, vec![]),
            (family, vec![]),
            (status(ConsentStatus::NoRecord), vec![]),
            (status(ConsentStatus::Refused), vec![("NO", None)]),
            (status(ConsentStatus::ClearlyNotGiven), vec![("NO", None)]),
            (
                status(ConsentStatus::Withdrawn),
                vec![("WITHDRAWN", Some("RESTRICTED_REUSE")), ("WITHDRAWN", Some("PUBLIC_RELEASE"))],
            ),
        ];
        let mut tried = 0;
        for (consent, expected) in cases {
            let items = state(&consent, Subject::Adult, None, today());
            assert_eq!(terms(&items), expected, "case {tried}");
            // What is stated never reads as more than the record was, and a refusal never as less.
            let back = read(&items).unwrap_or_default();
            assert!(back.scopes.is_subset(&consent.scopes), "case {tried}");
            assert_eq!(gravity(consent.status).is_some(), gravity(back.status).is_some(), "case {tried}");
            assert!(back.conditions.iter().all(|word| condition::says(word).is_some()));
            tried += 1;
        }
        assert_eq!(tried, 11);
    }

    #[test]
    fn a_refusal_counts_whoever_knows_of_it_and_of_two_the_graver() {
        use ConsentStatus::*;
        let cases = [
            (Given, Refused, Refused),
            (Given, Withdrawn, Withdrawn),
            (Refused, Given, Refused),
            (Withdrawn, Given, Withdrawn),
            (Withdrawn, Refused, Refused),
            (Refused, Withdrawn, Refused),
            (ClearlyNotGiven, Withdrawn, Withdrawn),
            (NoRecord, Refused, Refused),
            (NoRecord, Withdrawn, Withdrawn),
            (NoRecord, Given, NoRecord),
        ];
        let consent = |status| Consent { status, ..Consent::default() };
        for (register, own, expected) in cases {
            assert_eq!(together(&consent(register), &consent(own)).status, expected, "{register:?} {own:?}");
        }
        assert_eq!(cases.len(), 10);
    }
}
