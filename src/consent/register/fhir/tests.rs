//! FHIR: the project's own examples of R4 and R5, every code of the tables, and what is refused rather than guessed.

use super::*;
use crate::consent::{Match, Patient};
use crate::recording::terms::{ConsentForm, ConsentStatus, GivenBy, Scope, Subject};
use serde_json::{Value, json};

const V3: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const NHS: &str = "https://fhir.nhs.uk/Id/nhs-number";

fn reading() -> Reading {
    Reading::on(Date::iso("2026-11-20").expect("a date"))
}

fn open(text: &str) -> Register {
    match Register::read(text.as_bytes(), &reading()) {
        Ok(register) => register,
        Err(problems) => panic!("{problems}"),
    }
}

fn problems(value: &Value) -> Vec<String> {
    let found = Register::read(value.to_string().as_bytes(), &reading()).expect_err("problems");
    assert!(!found.to_string().to_lowercase().contains("canary"), "a value is repeated: {found}");
    found.problems.iter().map(Problem::to_string).collect()
}

fn find(register: &Register, issuer: &str, id: &str) -> Match {
    register.find(Some(&Patient::new(issuer, id).expect("a patient")), "a.jpg")
}

fn said(value: &Value) -> (Option<ConsentStatus>, Vec<Scope>) {
    let found = find(&open(&value.to_string()), "NHS", "9434765919");
    let consent = found.statement.consent;
    (consent.as_ref().map(|c| c.status), consent.map(|c| c.scopes.into_iter().collect()).unwrap_or_default())
}

fn v3(code: &str) -> Value {
    json!({"system": V3, "code": code})
}

fn own(code: &str) -> Value {
    json!({"system": SCOPE_SYSTEM, "code": code})
}

fn r4(provision: Value) -> Value {
    json!({
        "resourceType": "Consent", "id": "c1", "status": "active", "text": {"status": "generated", "div": "<div>Canary</div>"},
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/p1", "identifier": {"system": NHS, "value": "943 476 5919"}},
        "dateTime": "2019-05-17T09:30:00+01:00",
        "performer": [{"reference": "Patient/p1"}],
        "sourceAttachment": {"url": "https://archive.example/Canary-form.pdf"},
        "verification": [{"verified": true, "verificationDate": "2019-05-17"}],
        "provision": provision,
    })
}

fn r5(decision: &str, provisions: Value) -> Value {
    json!({
        "resourceType": "Consent", "status": "active",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IDSCL"}]}],
        "subject": {"identifier": {"system": NHS, "value": "9434765919"}, "type": "Patient"},
        "date": "2019-05-17", "period": {"start": "2019-05-17", "end": "2030-05-31"},
        "grantor": [{"type": "Patient", "identifier": {"value": "9434765919"}}],
        "decision": decision, "provision": provisions,
    })
}

fn with(mut consent: Value, name: &str, value: Value) -> Value {
    consent[name] = value;
    consent
}

#[test]
fn the_examples_of_r4_and_r5_come_to_the_same_scopes() {
    let purposes = json!([v3("TRAIN"), v3("TREAT"), own("publication")]);
    let four =
        r4(json!({"type": "permit", "period": {"start": "2019-05-17", "end": "2030-05-31"}, "purpose": purposes}));
    let five = r5("deny", json!([{"purpose": purposes}]));
    let expected = vec![Scope::Care, Scope::Teaching, Scope::Training, Scope::Publication];
    for consent in [&four, &five] {
        assert_eq!(said(consent), (Some(ConsentStatus::Given), expected.clone()));
        let found = find(&open(&consent.to_string()), "NHS", "9434765919");
        let record = found.statement.consent.expect("a consent");
        assert_eq!(record.given_on.map(Date::exact).as_deref(), Some("2019-05-17"));
        assert_eq!(record.expires_on.map(Date::exact).as_deref(), Some("2030-05-31"));
        assert_eq!(record.given_by, Some(GivenBy::Patient));
    }
    let form = find(&open(&four.to_string()), "NHS", "9434765919").statement.consent.and_then(|c| c.form);
    assert_eq!(form, Some(ConsentForm::Written));
}

#[test]
fn rows_become_resources_and_the_same_rows_again() {
    // Each set of scopes as an R4 and an R5 resource of scrubs' own codes.
    let mut tried = 0;
    for set in 0..1u32 << Scope::ALL.len() {
        let scopes: Vec<Scope> = (0..).zip(Scope::ALL).filter(|(n, _)| set >> n & 1 == 1).map(|(_, s)| *s).collect();
        let purposes: Vec<Value> = scopes.iter().map(|scope| own(scope.word())).collect();
        let expected = if scopes.is_empty() { ConsentStatus::Refused } else { ConsentStatus::Given };
        let four =
            if scopes.is_empty() { json!({"type": "deny"}) } else { json!({"type": "permit", "purpose": purposes}) };
        let five = if scopes.is_empty() { json!([]) } else { json!([{"purpose": purposes}]) };
        assert_eq!(said(&r4(four)), (Some(expected), scopes.clone()));
        assert_eq!(said(&r5("deny", five)), (Some(expected), scopes));
        tried += 1;
    }
    assert_eq!(tried, 128);
}

#[test]
fn every_purpose_opens_and_closes_what_the_table_says() {
    let all: Vec<Value> = Scope::ALL.iter().map(|scope| own(scope.word())).collect();
    let mut tried = 0;
    for (code, reach) in code::purposes() {
        let (_, opened) = said(&r4(json!({"type": "permit", "purpose": [v3(code)]})));
        assert_eq!(opened, reach.opens, "{code}");
        let denied = json!({"type": "permit", "purpose": all, "provision": [{"type": "deny", "purpose": [v3(code)]}]});
        let (_, left) = said(&r4(denied));
        let expected: Vec<Scope> = Scope::ALL.iter().copied().filter(|s| !reach.closes.contains(s)).collect();
        assert_eq!(left, expected, "{code}");
        assert!(reach.opens.iter().all(|scope| reach.closes.contains(scope)), "{code} opens what its denial leaves");
        tried += 1;
    }
    assert_eq!(tried, 58);
}

#[test]
fn nested_provisions_are_exceptions_and_a_denial_wins_over_what_stands_beside_it() {
    let both = json!([v3("TRAIN"), v3("HRESCH")]);
    let cases = [
        (r4(json!({"type": "permit", "purpose": both, "provision": [{"type": "deny", "purpose": [v3("HRESCH")]}]})), 2),
        (
            r4(json!({"type": "permit", "purpose": both, "provision": [
            {"type": "deny", "purpose": [v3("HRESCH")]}, {"type": "permit", "purpose": [v3("HRESCH")]}]})),
            2,
        ),
        (r4(json!({"type": "deny", "provision": [{"type": "permit", "purpose": both}]})), 3),
        (r4(json!({"type": "permit", "purpose": both, "provision": [{"type": "deny"}]})), 0),
        (r4(json!({"provision": [{"type": "permit", "purpose": both}]})), 3),
        (
            r4(json!({"type": "permit", "purpose": both, "provision": [
            {"type": "permit", "purpose": [v3("TREAT")], "period": {"end": "2020-01-01"}}]})),
            3,
        ),
        (r5("deny", json!([{"purpose": both, "provision": [{"purpose": [v3("CLINTRCH")]}]}])), 2),
        (r5("deny", json!([{"purpose": both, "action": [{"coding": [{"code": "use"}]}]}])), 3),
        (r5("deny", json!([{"purpose": [own("publication")], "action": [{"coding": [{"code": "use"}]}]}])), 0),
        (
            with(
                r5("permit", json!([])),
                "category",
                json!([{"coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/consentcategorycodes", "code": "research"}]}]),
            ),
            1,
        ),
        (
            with(
                with(r4(Value::Null), "provision", Value::Null),
                "policyRule",
                json!({"coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTOUT"}]}),
            ),
            0,
        ),
    ];
    let mut tried = 0;
    for (consent, count) in cases {
        let mut consent = consent;
        if let Some(map) = consent.as_object_mut() {
            map.retain(|_, value| !value.is_null());
        }
        let (status, scopes) = said(&consent);
        assert_eq!(scopes.len(), count, "{consent}");
        assert_eq!(status == Some(ConsentStatus::Refused), count == 0, "{consent}");
        tried += 1;
    }
    assert_eq!(tried, 11);
}

#[test]
fn the_status_of_a_resource_is_read_cautiously() {
    let train = r4(json!({"type": "permit", "purpose": [v3("TRAIN")]}));
    let status = |word: &str| said(&with(train.clone(), "status", json!(word))).0;
    assert_eq!(status("active"), Some(ConsentStatus::Given));
    assert_eq!(status("inactive"), Some(ConsentStatus::Withdrawn));
    assert_eq!(status("rejected"), Some(ConsentStatus::Refused));
    for word in ["draft", "proposed", "entered-in-error", "not-done"] {
        let register = open(&with(train.clone(), "status", json!(word)).to_string());
        assert_eq!((register.len(), register.notices().len()), (0, 1), "{word}");
    }
    let denied = r4(json!({"type": "deny"}));
    assert_eq!(said(&with(denied, "status", json!("inactive"))).0, Some(ConsentStatus::Refused));
    let unverified = with(train, "verification", json!([{"verified": false}]));
    let register = open(&unverified.to_string());
    assert_eq!(
        (register.len(), register.notices()),
        (0, &["entry 1 is stated not to have been verified: it is not counted".to_owned()][..])
    );
}

#[test]
fn what_is_not_understood_is_a_fault_with_its_place() {
    let permit = |more: Value| {
        let mut provision = json!({"type": "permit", "purpose": [v3("TRAIN")]});
        for (name, value) in more.as_object().expect("an object") {
            provision[name] = value.clone();
        }
        r4(provision)
    };
    let plain = || permit(json!({}));
    let cases = [
        (with(plain(), "status", json!("Canary")), "status: is not a status"),
        (with(plain(), "status", json!("unknown")), "status: is not a status"),
        (with(plain(), "scope", json!({"text": "Canary"})), "scope: has no code"),
        (with(plain(), "category", json!([{"coding": [{"system": "Canary", "code": "x"}]}])), "category: has no code"),
        (with(plain(), "modifierExtension", json!([{"url": "Canary"}])), "modifierExtension: changes the meaning"),
        (with(plain(), "implicitRules", json!("Canary")), "implicitRules: changes the meaning"),
        (with(plain(), "Canary", json!(1)), "Consent: has an element that neither"),
        (with(plain(), "decision", json!("permit")), "Consent: has elements of FHIR R4 and of R5"),
        (with(plain(), "dateTime", json!("2019")), "dateTime: is not a date with at least its month"),
        (with(plain(), "dateTime", json!("2027-01-01")), "dateTime or date: lies in the future"),
        (with(plain(), "patient", json!({"display": "Canary"})), "patient: has no number"),
        (with(plain(), "patient", json!({"reference": "Group/Canary"})), "patient: is not a patient"),
        (permit(json!({"purpose": [{"system": V3, "code": "Canary"}]})), "provision.purpose[0]: is a code"),
        (permit(json!({"purpose": [v3("TRAIN"), {"code": "TRAIN"}]})), "provision.purpose[1]: is a code"),
        (permit(json!({"actor": [{}]})), "provision.actor: narrows"),
        (permit(json!({"class": [{}]})), "provision.class: narrows"),
        (permit(json!({"Canary": 1})), "provision: has an element"),
        (permit(json!({"action": [{"coding": [{"code": "collect"}]}]})), "provision.action: does not name the use"),
        (permit(json!({"period": {"start": "2027-01-01"}})), "provision.period.start: lies in the future"),
        (permit(json!({"provision": [{"purpose": [v3("TRAIN")]}]})), "provision.provision[0].type: is needed"),
        (permit(json!({"provision": [{"type": "deny", "data": [{}]}]})), "provision.provision[0].data: narrows"),
        (r4(json!({"type": "permit"})), "provision: permits without naming a purpose"),
        (r4(json!({"purpose": [v3("TRAIN")]})), "provision: is needed"),
        (r5("permit", json!([])), "decision: permits without naming a purpose"),
        (r5("permit", json!([{"purpose": [v3("HRESCH")]}])), "decision: permits without naming a purpose"),
        (r5("Canary", json!([])), "decision: is needed"),
        (json!({"resourceType": "Observation"}), "neither a FHIR Consent nor a bundle"),
        (json!({"resourceType": "Bundle", "type": "history", "entry": []}), "old versions"),
        (
            json!({"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "next", "url": "Canary"}]}),
            "one page",
        ),
        (
            json!({"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "DELETE"}}]}),
            "entry 1: has no resource",
        ),
    ];
    let mut tried = 0;
    for (consent, expected) in cases {
        let told = problems(&consent);
        assert!(told.iter().any(|told| told.contains(expected)), "{told:?} is not {expected}");
        tried += 1;
    }
    assert_eq!(tried, 30);
    assert!(
        Register::read(br#"{"resourceType":"Consent","status":"active","status":"rejected"}"#, &reading()).is_err()
    );
}

#[test]
fn a_bundle_gives_the_patients_numbers_and_what_their_lives_tell() {
    let patient = json!({
        "resourceType": "Patient", "id": "p1", "birthDate": "1980-03-01", "deceasedDateTime": "2021-02",
        "identifier": [{"system": NHS, "value": "9434765919"}, {"system": "urn:hospital", "value": "H7"}],
    });
    let mut consent = r4(json!({"type": "permit", "purpose": [v3("TRAIN")]}));
    consent["patient"] = json!({"reference": "Patient/p1"});
    let bundle = |consent: &Value| {
        json!({
            "resourceType": "Bundle", "type": "collection",
            "entry": [{"resource": consent}, {"fullUrl": "urn:uuid:1", "resource": patient}, {"resource": {"resourceType": "Organization"}}],
        })
    };
    let register = open(&bundle(&consent).to_string());
    assert_eq!(register.len(), 2);
    assert_eq!(find(&register, "NHS", "9434765919").statement.subject, Some(Subject::Deceased));
    assert!(find(&register, "urn:hospital", "h7").is_known());
    assert!(register.notices()[0].starts_with("1 resource of the register"));
    for (day, expected) in
        [("2022-01-01", "lies after the patient's death"), ("1980-02", "lies before the patient's birth")]
    {
        let told = problems(&bundle(&with(consent.clone(), "dateTime", json!(day))));
        assert!(told[0].starts_with("entry 1, dateTime: ") && told[0].ends_with(expected), "{told:?}");
    }
}

#[test]
fn consents_one_to_a_line_are_a_history_and_keep_their_lines() {
    let given = r4(json!({"type": "permit", "purpose": [v3("TRAIN")]}));
    let refused = with(r4(json!({"type": "deny"})), "dateTime", json!("2024-02-03"));
    let register = open(&format!("{refused}\n\n{given}\n"));
    let found = find(&register, "NHS", "9434765919");
    assert_eq!(found.statement.consent.map(|c| c.status), Some(ConsentStatus::Refused));
    assert_eq!(found.lines, [1, 3]);
    let told = Register::read(
        format!("{given}\n{{\"resourceType\": \"Consent\", \"x\n{}\n", with(given.clone(), "status", json!(1)))
            .as_bytes(),
        &reading(),
    );
    let told: Vec<String> = told.expect_err("problems").problems.iter().map(Problem::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("line 2: is not JSON") && told[1].starts_with("line 3, status: is not"), "{told:?}");
}

#[test]
fn a_relatives_consent_is_not_the_patients() {
    let consent = with(
        r4(json!({"type": "permit", "purpose": [v3("TRAIN")]})),
        "performer",
        json!([{"reference": "RelatedPerson/1"}]),
    );
    let register = open(&consent.to_string());
    let by = find(&register, "NHS", "9434765919").statement.consent.and_then(|c| c.given_by);
    assert_eq!((by, register.notices().len()), (Some(GivenBy::Other), 1));
}

#[test]
fn a_period_that_ends_within_a_day_ends_the_day_before() {
    let ends = |end: &str| {
        let consent = with(r5("deny", json!([{"purpose": [v3("TRAIN")]}])), "period", json!({"end": end}));
        find(&open(&consent.to_string()), "NHS", "9434765919")
            .statement
            .consent
            .and_then(|c| c.expires_on)
            .map(Date::exact)
    };
    assert_eq!(ends("2030-06-01T00:00:00Z").as_deref(), Some("2030-05-31"));
    assert_eq!(ends("2030-06-01T23:59:59Z").as_deref(), Some("2030-06-01"));
    assert_eq!(ends("2030-06").as_deref(), Some("2030-06"));
}
