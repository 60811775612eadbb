//! A sidecar read back as facts gives the verdict that it states.

use super::*;
use crate::code::Coder;
use crate::code::coder::{CodingSecret, Instance};
use crate::consent::sidecar::{Anonymisation, ConsentNoted, IdentifiableNoted, MadeBy, SCHEMA_ID};
use crate::guidance::judge;
use crate::recording::known::Fact;
use crate::recording::terms::{Coding, ConsentForm, Scope};

/// How many fact sets are drawn.
const DRAWN: usize = 12_000;

fn day(text: &str) -> Date {
    Date::iso(text).expect("a date")
}

/// A small generator (Marsaglia's xorshift), so that the sets are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll<T: Clone>(&mut self, values: &[T]) -> T {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        values[(self.0 >> 11) as usize % values.len()].clone()
    }

    /// One of the values, or oftener the first.
    fn often<T: Clone>(&mut self, first: T, values: &[T]) -> T {
        if self.roll(&[true, true, false]) { first } else { self.roll(values) }
    }
}

fn drawn(dice: &mut Dice) -> Facts {
    let dates = [None, Some(day("2026-10-02")), Some(day("2026-11-05")), Some(day("2026-11-25")), Some(day("2030-01"))];
    let scopes: &[&[Scope]] = &[&[], &[Scope::Care], &[Scope::Teaching, Scope::Training], Scope::ALL];
    let given_by: Vec<Option<GivenBy>> = GivenBy::ALL.iter().copied().map(Some).chain([None, None]).collect();
    let bases = [None, None, None, Some(AuthorityBasis::CourtDirection), Some(AuthorityBasis::ResearchExemption)];
    let circumstances: Vec<Option<Circumstance>> = Circumstance::ALL.iter().copied().map(Some).collect();
    Facts {
        kind: dice.roll(Kind::ALL),
        made_for: dice.roll(MadeFor::ALL),
        made_when: dice.roll(MadeWhen::ALL),
        existing_collection: dice.roll(&[true, false]),
        identifiable: dice.roll(Identifiable::ALL),
        cleaned: dice.roll(&[true, true, false]),
        coding: dice.roll(Coding::ALL),
        consent: Consent {
            status: dice.roll(ConsentStatus::ALL),
            scopes: dice.roll(scopes).iter().copied().collect(),
            form: dice.roll(&[None, Some(ConsentForm::Oral), Some(ConsentForm::Written)]),
            given_by: dice.often(Some(GivenBy::Patient), &given_by),
            given_on: dice.roll(&dates),
            expires_on: dice.roll(&dates),
            conditions: dice.roll(&[vec![], vec!["no-copies".to_owned()]]).into_iter().collect(),
        },
        subject: dice.roll(Subject::ALL),
        adult_from: dice.roll(&dates),
        circumstances: dice.often(None, &circumstances).into_iter().collect(),
        authority: dice.roll(&bases).map(Authority::new),
        purpose: dice.roll(Purpose::ALL),
        as_of: day("2026-11-20"),
        retention_date: dice.roll(&dates),
        ownership: dice.roll(Ownership::ALL),
    }
}

/// The sidecar that a run writes for these facts.
fn sidecar(facts: &Facts) -> Sidecar {
    let coder = Coder::new(&CodingSecret::new([7; 32]));
    let patient = coder.patient(b"", b"CANARY");
    let verdict = judge(facts);
    Sidecar {
        schema: SCHEMA_ID.to_owned(),
        schema_version: 1,
        recording: coder.recording(&patient, Instance::Content(&[1; 32])),
        patient,
        sha256: "0a".repeat(32),
        media_type: "image/jpeg".to_owned(),
        kind: facts.kind,
        made_for: facts.made_for,
        made_when: facts.made_when,
        consent: ConsentNoted::from(&facts.consent),
        identifiable: IdentifiableNoted {
            value: facts.identifiable,
            evidence: vec![],
            counts: std::collections::BTreeMap::new(),
            assessed_by: Some(Assessor::Reviewer),
            assessed_on: None,
        },
        anonymisation: Anonymisation {
            metadata_removed: 1,
            regions_redacted: 0,
            remaining: vec![],
            pixels: if facts.cleaned { PixelState::Checked } else { PixelState::Unchecked },
            coding: facts.coding,
            method: vec![],
            regions: Vec::new(),
        },
        verdict: verdict.noted(facts.purpose),
        made_by: MadeBy::scrubs("default", None),
        retention_date: facts.retention_date.map(Date::month),
        ownership: (facts.ownership != Ownership::NotStated).then_some(facts.ownership),
    }
}

#[test]
fn a_sidecar_read_back_as_facts_gives_the_verdict_that_it_states() {
    let mut dice = Dice(0x5C2B_B5EE);
    let mut cited = std::collections::BTreeMap::<String, usize>::new();
    let (mut tried, mut same_rules) = (0, 0);
    for _ in 0..DRAWN {
        let facts = drawn(&mut dice);
        let before = judge(&facts);
        let read = Sidecar::read(&sidecar(&facts).write().expect("a sidecar")).expect("read back");
        let back = judge(&recall(&read, &Known::default(), facts.purpose, facts.as_of).facts);
        assert_eq!(back.outcome, before.outcome, "{:?}\n{:?}\n{facts:#?}", before.rules, back.rules);
        same_rules += usize::from(back.rules == before.rules && back.conditions == before.conditions);
        before.rules.into_iter().for_each(|rule| *cited.entry(rule.id).or_default() += 1);
        tried += 1;
    }
    assert_eq!((tried, same_rules), (DRAWN, DRAWN));
    assert_eq!(cited.len(), super::super::rules().len(), "every rule was among them: {cited:?}");
}

#[test]
fn every_verdict_is_explained_by_its_own_sidecar_for_good_and_none_by_facts_that_forbid_it() {
    let mut dice = Dice(0x0B5E_55ED);
    let (mut tried, mut usable, mut forbidden) = (0, 0, 0);
    for _ in 0..DRAWN {
        let facts = drawn(&mut dice);
        let verdict = judge(&facts);
        let paper = sidecar(&facts);
        let grave = matches!(facts.consent.status, ConsentStatus::Refused | ConsentStatus::ClearlyNotGiven);
        let unseen = verdict.is_usable() && grave && !verdict.rests_on("G9");
        for later in [facts.as_of, day("2027-02-03"), day("2035-06-07")] {
            assert_eq!(explains(&paper, later), !unseen, "{:?}\n{facts:#?}", verdict.rules);
        }
        assert!(!unseen || facts.has_authority());
        tried += 1;
        if !verdict.is_usable() {
            continue;
        }
        usable += 1;
        let mut changed = paper.clone();
        changed.anonymisation.pixels = PixelState::Unchecked;
        assert!(!explains(&changed, facts.as_of) || verdict.rests_on("G9"), "{:?}\n{facts:#?}", verdict.rules);
        for status in [ConsentStatus::Refused, ConsentStatus::Withdrawn, ConsentStatus::ClearlyNotGiven] {
            let mut changed = paper.clone();
            changed.consent.status = status;
            forbidden += usize::from(!explains(&changed, facts.as_of));
            // Only an authority lets what is refused be used.
            assert!(
                verdict.rests_on("G9") || !explains(&changed, facts.as_of),
                "{status:?} {:?}\n{facts:#?}",
                verdict.rules
            );
        }
    }
    assert_eq!(tried, DRAWN);
    assert!(usable > 1000 && forbidden > 1000, "{usable} {forbidden}");
}

/// What custody has on record of these facts besides the sidecar.
fn custody(facts: &Facts) -> Known {
    let circumstances: Vec<&str> = facts.circumstances.iter().map(|circumstance| circumstance.word()).collect();
    let values = [
        ("existing-collection", Some(if facts.existing_collection { "yes" } else { "no" }.to_owned())),
        ("subject", Some(facts.subject.word().to_owned())),
        ("circumstances", (!circumstances.is_empty()).then(|| circumstances.join(", "))),
        ("given-by", facts.consent.given_by.map(|by| by.word().to_owned())),
        ("adult-from", facts.adult_from.map(|date| date.month().to_string())),
    ];
    let stated = values.into_iter().filter_map(|(fact, value)| Some((fact, value?)));
    let facts = stated.map(|(fact, value)| Fact { fact: fact.into(), value: value.into(), from: "register".into() });
    Known { facts: facts.collect(), ..Known::default() }
}

#[test]
fn what_a_sidecar_says_never_makes_another_purpose_easier_than_the_facts_did() {
    let mut dice = Dice(0xFAC7_0001);
    let mut tried = 0;
    for _ in 0..DRAWN {
        let facts = drawn(&mut dice);
        let other = Facts { purpose: dice.roll(Purpose::ALL), ..facts.clone() };
        let back = judge(&recall(&sidecar(&facts), &custody(&facts), other.purpose, other.as_of).facts);
        let told = judge(&other);
        // A prohibition hides which ground there was; what was prohibited stays so.
        if judge(&facts).is_prohibited() {
            assert!(back.is_prohibited() || other.purpose != facts.purpose, "{facts:#?}");
        }
        assert!(back.outcome >= told.outcome, "{:?} {:?} {:?} {other:#?}", judge(&facts).rules, told.rules, back.rules);
        tried += 1;
    }
    assert_eq!(tried, DRAWN);
}
