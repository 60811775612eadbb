//! Histories: which of several statements counts, and rows that cannot be put in an order.

use crate::consent::register::{Match, Problem, Reading, Register};
use crate::consent::{Date, Patient};
use crate::recording::terms::{Circumstance, ConsentStatus, Identifiable, Scope, Subject};

fn reading() -> Reading {
    Reading::on(Date::iso("2026-11-20").expect("a date"))
}

fn register(text: &str) -> Register {
    Register::read(text.as_bytes(), &reading()).unwrap_or_else(|problems| panic!("{problems}"))
}

fn problems(text: &str) -> Vec<String> {
    let found = Register::read(text.as_bytes(), &reading()).expect_err("problems");
    found.problems.iter().map(Problem::to_string).collect()
}

fn patient(issuer: &str, id: &str) -> Patient {
    Patient::new(issuer, id).expect("a patient")
}

fn status(found: &Match) -> Option<ConsentStatus> {
    found.statement.consent.as_ref().map(|consent| consent.status)
}

fn scopes(found: &Match) -> Vec<Scope> {
    found.statement.consent.iter().flat_map(|consent| consent.scopes.iter().copied()).collect()
}

#[test]
fn the_latest_statement_that_is_valid_decides() {
    // Rows of one patient (status, level, given_on, expires_on, withdrawn_on), and what counts on 20 November 2026.
    let cases: [(&[&str], ConsentStatus, usize, &[u64]); 14] = [
        (&["given,2,2015-03-01,,", "given,3,2020-03-01,,"], ConsentStatus::Given, 5, &[3, 2]),
        (&["given,3,2020-03-01,,", "given,1,2021,,"], ConsentStatus::NoRecord, 0, &[]),
        (&["given,3,2020-03-01,,", "given,1,2021-02,,"], ConsentStatus::Given, 1, &[3, 2]),
        (&["given,3,2021-03-01,,", "refused,,2020-03-01,,"], ConsentStatus::Given, 5, &[2, 3]),
        (&["given,3,2015-03-01,,", "refused,,2020-03-01,,"], ConsentStatus::Refused, 0, &[3, 2]),
        (&["given,3,2015-03-01,,", "withdrawn,,,,01/04/2020"], ConsentStatus::Withdrawn, 0, &[3, 2]),
        (&["given,2,2015-03-01,,2018-01", "given,3,2020-03-01,,"], ConsentStatus::Given, 5, &[3, 2]),
        (&["given,2,2015-03-01,,2022-01", "given,3,2020-03-01,,"], ConsentStatus::Withdrawn, 4, &[2, 3]),
        // An expired consent leaves the earlier one in force, as far as it went itself.
        (&["given,2,2015-03-01,,", "given,3,2020-03-01,2022-03,"], ConsentStatus::Given, 4, &[2, 3]),
        (&["given,3,2015-03-01,,", "given,1,2020-03-01,2022-03,"], ConsentStatus::Given, 1, &[2, 3]),
        (&["refused,,2015-03-01,,", "given,3,2020-03-01,2022-03,"], ConsentStatus::Refused, 0, &[2, 3]),
        (&["given,3,2015-03-01,2016-01,", "given,2,2020-03-01,2022-03,"], ConsentStatus::Given, 4, &[3, 2]),
        (&["given,2,2019-05-01,,", "given,3,2019-05-02,,", "given,1,2019-06,,"], ConsentStatus::Given, 1, &[4, 3, 2]),
        (&["given,2,2019-05-01,,", "given,2,2019-05-01,,"], ConsentStatus::Given, 4, &[2]),
    ];
    let mut tried = 0;
    for (rows, expected, count, lines) in cases {
        let text: String = rows.iter().map(|row| format!("1,{row}\n")).collect();
        let text = format!("patient_id,status,level,given_on,expires_on,withdrawn_on\n{text}");
        match Register::read(text.as_bytes(), &reading()) {
            Ok(register) => {
                let found = register.find(Some(&patient("", "1")), "a");
                assert_eq!((status(&found), scopes(&found).len()), (Some(expected), count), "{rows:?}");
                assert_eq!(found.lines, lines, "{rows:?}");
                assert!(register.unmatched().is_empty());
            }
            Err(problems) => assert!(lines.is_empty(), "{rows:?}: {problems}"),
        }
        tried += 1;
    }
    assert_eq!(tried, 14);
}

#[test]
fn rows_that_cannot_be_put_in_order_and_disagree_are_refused() {
    let cases = [
        ("given,2,2019-05-01,", "given,3,2019-05-01,", "of the same day or month"),
        ("given,2,2019-05-01,", "refused,,2019-05,", "of the same day or month"),
        ("given,2,2019-05,", "withdrawn,,,2019-05", "of the same day or month"),
        ("given,2,,", "given,3,2019-05,", "each needs its date"),
        ("given,2,2019-05,", "refused,,,", "each needs its date"),
        ("given,2,2019-05,", "withdrawn,,2020-01,", "each needs its date"),
        ("no-record,,,", "given,3,2019-05,", "each needs its date"),
        ("given,2,,", "given,3,,", "which speaks of the same"),
    ];
    let mut tried = 0;
    for (one, other, expected) in cases {
        for (first, second) in [(one, other), (other, one)] {
            let told = problems(&format!("patient_id,status,level,given_on,withdrawn_on\n1,{first}\n1,{second}\n"));
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].starts_with("line 3: disagrees with line 2,") && told[0].contains(expected), "{told:?}");
            tried += 1;
        }
    }
    assert_eq!(tried, 16);
    let told = problems(
        "recording,patient_id,level,given_on,kind\na,1,2,2019-01,\na,2,2,2020-01,\nb,1,2,2019-01,x-ray\nb,1,2,2020-01,photograph\n",
    );
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|told| told.contains("which no time changes")));
}

#[test]
fn a_history_keeps_what_its_rows_know_beside_consent() {
    let register = register(
        "recording,status,level,given_on,subject,circumstances,identifiable,conditions\n\
         a,given,2,2015-01,child-without-capacity,believed-harmful,yes,no-copies\n\
         a,given,3,2024-01,adult,,,\n",
    );
    let found = register.find(None, "a");
    assert_eq!(found.statement.subject, Some(Subject::Adult));
    assert_eq!(found.statement.identifiable, Some(Identifiable::Yes));
    assert!(found.statement.circumstances.contains(&Circumstance::BelievedHarmful));
    assert!(found.statement.consent.as_ref().is_some_and(|consent| consent.conditions.is_empty()));
    assert_eq!((register.len(), found.provenance().as_deref()), (2, Some("register, lines 3, 2")));
    assert_eq!(register.by_path(), [(3, "a")]);
}

#[test]
fn a_consent_from_before_birth_is_refused_and_one_by_a_parent_too_late_is_told() {
    let told = problems("patient_id,level,given_on,adult_from\n1,2,2001-04-30,2019-05-17\n");
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("line 2, given_on: lies more than 18 years before adult_from"), "{told:?}");
    let lives = problems(
        "patient_id,level,given_by,given_on,born_on,died_on\n1,2,,2001-04-30,2001-05-01,\n2,2,,2019-05-18,,2019-05-17\n\
         3,2,,,2019-05-18,2019-05-17\n4,2,,2019-05,1950,\n",
    );
    let said: Vec<&str> = lives.iter().map(|one| one.split(": ").next().unwrap_or_default()).collect();
    assert_eq!(said, ["line 2, given_on", "line 3, given_on", "line 4, died_on", "line 5, born_on"], "{lives:?}");
    let fine = register(
        "patient_id,level,given_by,given_on,born_on,died_on\n1,2,,2001-05,2001-05-01,\n2,2,,2019-05-17,,17/05/2019\n\
         3,2,family,2020-01-01,,2019-05-17\n",
    );
    assert_eq!(fine.len(), 3);
    let of = |id: &str| fine.find(Some(&Patient::new("", id).expect("a patient")), "a").statement.subject;
    assert_eq!((of("1"), of("2"), of("3")), (None, Some(Subject::Deceased), Some(Subject::Deceased)));
    let register = register(
        "patient_id,level,given_by,given_on,adult_from\n1,2,parental-responsibility,2020-01,2019-05\n\
         2,2,parental-responsibility,2019-05,2019-05\n3,2,patient,2020-01,2019-05\n4,2,patient,2001-05,2019-05\n",
    );
    assert_eq!(register.notices().len(), 1);
    assert!(register.notices()[0].starts_with("line 2 has a consent by somebody else"));
}
