//! Facts from several sources: who goes first, what is never lost, and what custody is told of it.

use super::*;
use crate::consent::Pattern;
use crate::recording::terms::{Kind, Scope};

fn today() -> Date {
    Date::iso("2026-11-20").expect("a date")
}

fn gathered() -> Gathered {
    Gathered::new(Purpose::Teaching, today())
}

fn kind(kind: Kind) -> Offered {
    Offered { kind: Some(kind), ..Offered::default() }
}

fn statement(no_marks: bool) -> Assessment {
    let mut statement = Assessment::not_identifiable(Pattern::new("**").expect("a glob"), "A. Canary".into(), today());
    statement.no_marks = no_marks;
    statement
}

const CHECKED: Seen = Seen { metadata_proved: true, pixels: PixelState::Checked, ..Seen::NOTHING };
const UNCHECKED: Seen = Seen { metadata_proved: true, pixels: PixelState::Unchecked, ..Seen::NOTHING };

#[test]
fn the_weightier_source_wins_in_any_order() {
    let offers =
        [(Origin::Attributes, Kind::XRay), (Origin::Profile, Kind::Endoscopic), (Origin::CommandLine, Kind::Video)];
    let mut forwards = gathered();
    offers.iter().for_each(|&(origin, k)| _ = forwards.offer(origin, kind(k)));
    let mut backwards = gathered();
    offers.iter().rev().for_each(|&(origin, k)| _ = backwards.offer(origin, kind(k)));
    for gathered in [forwards, backwards] {
        assert_eq!((gathered.facts().kind, gathered.origin("kind")), (Kind::Video, Origin::CommandLine));
    }
    assert_eq!(gathered().origin("kind"), Origin::Default);
}

#[test]
fn an_embedded_date_never_proves_before_1997() {
    let era = |era| Offered { made_when: Some(era), ..Offered::default() };
    let mut g = gathered();
    assert_eq!(g.offer(Origin::Attributes, era(MadeWhen::Before1997)).facts().made_when, MadeWhen::Unknown);
    assert_eq!(g.offer(Origin::Attributes, era(MadeWhen::From1997)).facts().made_when, MadeWhen::From1997);
    assert_eq!(g.offer(Origin::Profile, era(MadeWhen::Before1997)).facts().made_when, MadeWhen::Before1997);
}

#[test]
fn a_photograph_may_be_recognised_until_someone_states_otherwise() {
    let mut g = gathered();
    assert_eq!(g.see(CHECKED).facts().identifiable, Identifiable::MayBe);
    assert_eq!(g.assessor(), None);
    let said = statement(false);
    g.assessments(Origin::Profile, &[&said]).see(CHECKED);
    assert!(g.facts().is_anonymised());
    assert_eq!((g.assessor(), g.assessed_on()), (Some(Assessor::Reviewer), Some(today())));
}

#[test]
fn an_x_ray_is_anonymised_only_once_pixels_and_metadata_are_proved() {
    let mut g = gathered();
    g.offer(Origin::Attributes, kind(Kind::XRay));
    assert_eq!(g.see(UNCHECKED).facts().identifiable, Identifiable::MayBe);
    assert!(!g.facts().cleaned);
    assert!(g.see(CHECKED).facts().is_anonymised());
    assert!(!g.see(Seen { metadata_proved: false, ..CHECKED }).facts().is_anonymised());
}

#[test]
fn a_statement_of_no_marks_answers_for_unchecked_pixels_but_not_for_found_writing() {
    let said = statement(true);
    let mut g = gathered();
    g.assessments(Origin::Profile, &[&said]);
    assert!(g.see(UNCHECKED).facts().cleaned);
    assert_eq!(g.seen().pixels, PixelState::NoMarks);
    assert!(!g.see(Seen { pixels: PixelState::NeedsEyes, ..CHECKED }).facts().cleaned);
}

#[test]
fn the_registers_own_row_answers_a_detector_and_a_patients_row_does_not() {
    let mut answer = Match::default();
    answer.statement.identifiable = Some(Identifiable::No);
    for (answers, expected) in [(true, Identifiable::No), (false, Identifiable::Yes)] {
        answer.answers_findings = answers;
        let mut g = gathered();
        g.register(&answer).see(Seen { found: Some(Identifiable::Yes), ..CHECKED });
        assert_eq!(g.facts().identifiable, expected);
    }
}

#[test]
fn a_statement_does_not_silence_a_detector() {
    let said = statement(true);
    let mut g = gathered();
    g.assessments(Origin::Profile, &[&said]).see(Seen { found: Some(Identifiable::Yes), ..CHECKED });
    assert_eq!((g.facts().identifiable, g.origin("identifiable")), (Identifiable::Yes, Origin::Detector));
}

#[test]
fn consent_of_the_recording_itself_counts_below_the_register_and_says_where_it_is_from() {
    use crate::consent::Statement;
    use crate::recording::terms::ConsentStatus;
    let consent = |status| Consent { status, ..Consent::default() };
    let cases = [
        (None, ConsentStatus::Given, ConsentStatus::Given, Origin::Attributes),
        (None, ConsentStatus::Refused, ConsentStatus::Refused, Origin::Attributes),
        (Some(ConsentStatus::Given), ConsentStatus::Refused, ConsentStatus::Refused, Origin::Attributes),
        (Some(ConsentStatus::Withdrawn), ConsentStatus::Given, ConsentStatus::Withdrawn, Origin::Register),
        (Some(ConsentStatus::Withdrawn), ConsentStatus::Refused, ConsentStatus::Refused, Origin::Attributes),
    ];
    for (register, own, status, origin) in cases {
        let statement = Statement { consent: register.map(consent), ..Statement::default() };
        let mut gathered = Gathered::new(Purpose::Teaching, today());
        gathered.register(&Match { statement, ..Match::default() }).own_consent(Some(&consent(own)));
        assert_eq!((gathered.facts().consent.status, gathered.origin("consent")), (status, origin), "{register:?}");
    }
    assert_eq!(Gathered::new(Purpose::Teaching, today()).own_consent(None).origin("consent"), Origin::Default);
}

#[test]
fn a_refusal_counts_from_the_lightest_source_and_is_told_whatever_the_order_of_the_calls() {
    use crate::consent::Statement;
    use crate::recording::terms::{ConsentStatus, Scope};
    let given = Consent { status: ConsentStatus::Given, scopes: [Scope::Teaching].into(), ..Consent::default() };
    let gone = Consent { status: ConsentStatus::Withdrawn, ..Consent::default() };
    let found = Match {
        statement: Statement { consent: Some(given.clone()), ..Statement::default() },
        lines: vec![3, 12],
        ..Match::default()
    };
    let mut forwards = gathered();
    forwards.register(&found).own_consent(Some(&gone));
    let mut backwards = gathered();
    backwards.own_consent(Some(&gone)).register(&found);
    for gathered in [&forwards, &backwards] {
        assert_eq!(gathered.facts().consent.status, ConsentStatus::Withdrawn);
        let told = gathered.disagreements();
        assert_eq!(told.len(), 1);
        assert_eq!((&*told[0].taken, &*told[0].against), ("recording's own attributes", "register"));
    }
    // Silence, or the same answer, is no disagreement; of a given consent the weightier source's terms stand.
    let mut same = gathered();
    same.register(&found).own_consent(Some(&Consent { scopes: Scope::ALL.iter().copied().collect(), ..given }));
    assert_eq!((same.disagreements(), same.facts().consent.scopes.len()), (vec![], 1));
    let noted = same.noted();
    let consent = noted.iter().find(|fact| fact.fact == "consent").expect("always noted");
    assert_eq!((&*consent.value, &*consent.from), ("given: teaching", "register, lines 3, 12"));
}

#[test]
fn of_several_statements_the_most_cautious_counts_unless_the_registers_row_names_the_recording() {
    let says = |value| {
        let mut statement = statement(false);
        statement.identifiable = Some(value);
        statement
    };
    let (yes, no) = (says(Identifiable::Yes), says(Identifiable::No));
    let mut found = Match::default();
    found.statement.identifiable = Some(Identifiable::No);
    for (own, counts, origin) in
        [(false, Identifiable::Yes, Origin::Profile), (true, Identifiable::No, Origin::Register)]
    {
        found.answers_findings = own;
        let mut g = gathered();
        g.assessments(Origin::CommandLine, &[&no]).assessments(Origin::Profile, &[&yes]).register(&found).see(CHECKED);
        assert_eq!((g.facts().identifiable, g.origin("identifiable")), (counts, origin));
        assert!(g.disagreements().iter().all(|told| told.fact == "identifiable") && !g.disagreements().is_empty());
    }
}

#[test]
fn writing_that_was_covered_against_a_statement_is_held_until_the_recordings_own_row_answers() {
    let covered = Seen { covered: true, ..CHECKED };
    let said = statement(true);
    let mut own = Match::default();
    own.statement.no_marks = true;
    let cases = [
        (false, None, PixelState::Checked, false),
        (true, None, PixelState::NeedsEyes, true),
        (false, Some(false), PixelState::NeedsEyes, true),
        (true, Some(true), PixelState::Checked, false),
    ];
    let mut tried = 0;
    for (profile, row, pixels, against) in cases {
        let mut g = gathered();
        if profile {
            g.assessments(Origin::Profile, &[&said]);
        }
        if let Some(answers) = row {
            own.answers_findings = answers;
            g.register(&own);
        }
        g.see(covered);
        assert_eq!((g.seen().pixels, g.seen().against_statement), (pixels, against), "{profile} {row:?}");
        assert_eq!(g.facts().cleaned, pixels == PixelState::Checked);
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn a_head_may_be_recognised_until_somebody_states_otherwise() {
    let mut g = gathered();
    g.offer(Origin::Attributes, kind(Kind::InternalStructure)).head(true);
    assert_eq!(g.see(CHECKED).facts().identifiable, Identifiable::MayBe);
    let said = statement(false);
    g.assessments(Origin::Profile, &[&said]);
    assert!(g.see(CHECKED).facts().is_anonymised());
}

#[test]
fn a_reviewer_answers_a_statement_only_as_long_as_the_attached_consent_reaches_the_use() {
    let recognised = Assessment { identifiable: Some(Identifiable::Yes), ..statement(false) };
    let given = || Consent { status: ConsentStatus::Given, scopes: [Scope::Teaching].into(), ..Consent::default() };
    let mut tried = 0;
    for (stated, consent, counts) in [
        (true, None, Identifiable::Yes),
        (true, Some(Consent::default()), Identifiable::Yes),
        (true, Some(Consent { scopes: [Scope::Research].into(), ..given() }), Identifiable::Yes),
        (true, Some(Consent { expires_on: Date::iso("2026-10-31").ok(), ..given() }), Identifiable::Yes),
        (true, Some(given()), Identifiable::No),
        (false, None, Identifiable::No),
    ] {
        let mut g = gathered();
        g.reviewer((Some(Identifiable::No), true), Some(today()), consent.as_ref());
        if stated {
            g.assessments(Origin::Profile, &[&recognised]);
        }
        assert_eq!(g.see(CHECKED).facts().identifiable, counts, "{tried}");
        tried += 1;
    }
    assert_eq!(tried, 6);
}
