//! The register: what its rows say of a recording, and every way in which a bad one is refused.

use super::*;
use crate::consent::Pattern;
use crate::recording::Identifier;
use crate::recording::terms::{
    AuthorityBasis, Circumstance, ConsentForm, ConsentStatus, GivenBy, Identifiable, Kind, MadeFor, Ownership, Scope,
    Subject,
};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn reading() -> Reading {
    Reading::on(Date::iso("2026-11-20").expect("a date"))
}

fn register(text: &str) -> Register {
    match Register::read(text.as_bytes(), &reading()) {
        Ok(register) => register,
        Err(problems) => panic!("{problems}"),
    }
}

fn problems(text: &str) -> Vec<String> {
    let found = Register::read(text.as_bytes(), &reading()).expect_err("problems");
    assert!(!found.to_string().to_lowercase().contains("canary"), "a value is repeated: {found}");
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
fn every_column_is_read() {
    let header = Register::template();
    let row = "943 476 5919,NHS,wounds/a.jpg,2,research,given,written,patient,17/05/2019,2030-01,,\
               no-online-use;hide-face,form 7,adult,,1980-04-02,,no,A. Canary,2026-11-01,no-marks,photograph,care,1997-or-later,no,\
               genetic-or-family-information,public-interest; Guardian; because,2040-01,ours,a note\n";
    let register = register(&(header + row));
    let found = register.find(None, "wounds/a.jpg");
    let said = &found.statement;
    let consent = said.consent.as_ref().expect("a consent");
    assert_eq!(consent.status, ConsentStatus::Given);
    assert_eq!((consent.form, consent.given_by), (Some(ConsentForm::Written), Some(GivenBy::Patient)));
    assert_eq!(consent.given_on.map(Date::exact).as_deref(), Some("2019-05-17"));
    assert_eq!(scopes(&found).len(), 5, "level 2 and research");
    assert_eq!(consent.conditions.len(), 2);
    assert_eq!((said.kind, said.made_for), (Some(Kind::Photograph), Some(MadeFor::Care)));
    assert_eq!((said.identifiable, said.no_marks), (Some(Identifiable::No), true));
    assert_eq!(said.authority.as_ref().map(|a| a.basis), Some(AuthorityBasis::PublicInterest));
    let by = said.authority.as_ref().and_then(|a| a.by.as_ref());
    assert_eq!(by.map(Identifier::reveal_text).as_deref(), Some("Guardian"));
    assert_eq!(said.existing_collection, Some(false));
    assert_eq!(said.ownership, Some(Ownership::Ours));
    assert!(said.circumstances.contains(&Circumstance::GeneticOrFamilyInformation));
    assert_eq!(said.patient, Some(patient("nhs", "943 476 5919")));
    assert_eq!(found.provenance().as_deref(), Some("register, line 2"));
    assert!(found.answers_findings && !format!("{found:?}").contains("Canary"));
}

#[test]
fn columns_may_stand_in_any_order_with_any_delimiter_and_encoding() {
    let windows = b"level;notes;patient_id\r\n2;M\xFCller;7\r\n".to_vec();
    let utf16 = |text: &str| {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xFF, 0xFE].into_iter().chain(units).collect::<Vec<u8>>()
    };
    let files = [
        windows,
        b"patient_id,level\n7,2\n".to_vec(),
        b"\xEF\xBB\xBFpatient_id\tlevel\r\n7\t2".to_vec(),
        b"sep=;\r\nlevel;patient_id\r\n2;7\r\n".to_vec(),
        b"Patient ID,Level,,\n7,2,,\n,,,\n".to_vec(),
        utf16("patient_id\tlevel\r\n7\t2\r\n"),
    ];
    let tried = files.len();
    for (n, bytes) in files.iter().enumerate() {
        let register = Register::read(bytes, &reading()).unwrap_or_else(|e| panic!("file {n}: {e}"));
        assert_eq!(scopes(&register.find(Some(&patient("", "7")), "a.jpg")).len(), 4, "file {n}");
        assert_eq!(register.len(), 1);
    }
    assert_eq!(tried, 6);
}

#[test]
fn the_more_specific_row_wins() {
    let register = register(
        "patient_id,issuer,recording,level,subject,circumstances\n\
         1,,,1,deceased,\n\
         1,NHS,,2,,post-mortem\n\
         ,,wounds/**,3,,\n\
         1,,wounds/a.jpg,2,,genetic-or-family-information\n",
    );
    let (plain, issued) = (patient("", "1"), patient("nhs", " 1"));
    assert_eq!(register.find(Some(&issued), "x.jpg").lines, [3, 2]);
    assert_eq!(register.find(Some(&issued), "wounds/b.jpg").lines, [4, 3, 2]);
    let own = register.find(Some(&issued), "wounds/a.jpg");
    assert_eq!(own.lines[..2], [5, 4], "the row's own patient counts, not the recording's");
    assert_eq!(scopes(&own).len(), 4);
    assert_eq!(own.specificity, Some(Specificity::Recording));
    let glob = register.find(Some(&issued), "wounds/b.jpg");
    assert_eq!((glob.specificity, scopes(&glob).len()), (Some(Specificity::Glob), 5));
    assert_eq!(glob.statement.subject, Some(Subject::Deceased), "what the glob is silent about comes from the patient");
    assert!(glob.statement.circumstances.contains(&Circumstance::PostMortem));
    assert_eq!(glob.provenance().as_deref(), Some("register, lines 4, 3, 2"));
    assert!(!register.find(None, "x.jpg").is_known());
    let unknown = register.find(Some(&plain), "x.jpg");
    assert_eq!(unknown.conflict, Some(Conflict::IssuerUnknown(vec![2, 3])));
}

#[test]
fn only_a_row_that_itself_assesses_the_recording_answers_what_was_found_in_it() {
    let register = register(
        "patient_id,recording,status,identifiable,assessed_by\n\
         1,,no-record,no,A. Canary\n\
         1,a.jpg,no-record,,\n\
         1,b.jpg,no-record,no,A. Canary\n",
    );
    let find = |path: &str| register.find(Some(&patient("", "1")), path);
    assert_eq!(["a.jpg", "b.jpg", "c.jpg"].map(|path| find(path).answers_findings), [false, true, false]);
    let all = ["a.jpg", "b.jpg", "c.jpg"].map(|path| find(path).statement.identifiable);
    assert_eq!(all, [Some(Identifiable::No); 3]);
}

#[test]
fn an_authority_and_a_consent_never_come_from_a_broader_row() {
    let register = register(
        "patient_id,recording,status,scopes,authority\n1,,given,research,research-exemption\n,a.jpg,no-record,,\n",
    );
    let found = register.find(Some(&patient("", "1")), "a.jpg");
    assert_eq!((status(&found), found.statement.authority.clone()), (Some(ConsentStatus::NoRecord), None));
    assert_eq!(found.lines, [3, 2]);
}

#[test]
fn globs_that_disagree_hold_the_recording_and_read_cautiously() {
    let register = register(
        "recording,level,status,circumstances,identifiable,assessed_by\n\
         wounds/**,3,,covert,no,A. Canary\n\
         **/face*,,refused,,,\n\
         wounds/*,3,,covert,no,A. Canary\n",
    );
    let found = register.find(None, "wounds/face.jpg");
    assert_eq!(found.conflict, Some(Conflict::Globs(vec![2, 3, 4])));
    assert_eq!(status(&found), Some(ConsentStatus::Refused));
    assert_eq!(found.statement.identifiable, None);
    assert!(found.statement.circumstances.contains(&Circumstance::Covert));
    assert_eq!(found.conflict.map(|c| c.reason().code).as_deref(), Some("register-conflict"));
    let agreed = register.find(None, "wounds/hand.jpg");
    assert_eq!((agreed.conflict.clone(), agreed.lines.clone()), (None, vec![2, 4]), "globs that agree do no harm");
    assert_eq!(status(&register.find(None, "other/face.jpg")), Some(ConsentStatus::Refused));
}

#[test]
fn a_number_whose_issuer_is_unknown_never_reads_as_no_record() {
    let register = register("patient_id,issuer,status\n7,NHS,refused\n");
    assert_eq!(status(&register.find(Some(&patient("NHS", "7")), "a")), Some(ConsentStatus::Refused));
    assert!(!register.find(Some(&patient("OTHER", "7")), "a").is_known());
    let unknown = register.find(Some(&patient("", "7")), "a");
    assert_eq!(
        (status(&unknown), unknown.conflict),
        (Some(ConsentStatus::Refused), Some(Conflict::IssuerUnknown(vec![2])))
    );
}

#[test]
fn a_recording_may_be_given_to_another_patient_and_that_is_told() {
    let register = register("recording,patient_id,level\na.jpg,1,2\n");
    assert!(register.find(Some(&patient("", "2")), "a.jpg").patient_differs);
    assert!(!register.find(Some(&patient("", "1")), "a.jpg").patient_differs);
    assert_eq!(register.find(None, "a.jpg").statement.patient, Some(patient("", "1")));
}

#[test]
fn levels_map_to_scopes_and_research_is_always_named() {
    let register = register(
        "recording,level,scopes,status\na,1,,\nb,2,,\nc,3,,\nd,3,research; public media,\ne,,Teaching,\nf,2,,withdrawn\ng,,,given\n",
    );
    assert_eq!(register.notices(), ["line 8 says given, but neither level nor scopes: it covers nothing"]);
    let count = |path: &str| scopes(&register.find(None, path)).len();
    assert_eq!(["a", "b", "c", "d", "e", "f", "g"].map(count), [1, 4, 5, 7, 1, 4, 0]);
    assert_eq!(status(&register.find(None, "f")), Some(ConsentStatus::Withdrawn));
    assert_eq!(status(&register.find(None, "e")), Some(ConsentStatus::Given));
}

#[test]
fn a_date_of_withdrawal_withdraws() {
    let register = register(
        "recording,status,level,given_on,withdrawn_on\na,given,2,2020-01,2021-01\nb,,2,,2021-01\nc,,,,2021-01\n",
    );
    for path in ["a", "b", "c"] {
        assert_eq!(status(&register.find(None, path)), Some(ConsentStatus::Withdrawn), "{path}");
    }
}

#[test]
fn every_fault_of_every_row_is_told_at_once_and_no_value_is() {
    let header = "patient_id,recording,level,scopes,status,given_on,expires_on,withdrawn_on,conditions,subject,\
                  identifiable,assessed_by,assessed_on,kind,authority,pixels,existing_collection\n";
    let rows = [
        (",,2,,,,,,,,,,,,,,", "line 2: names neither a patient nor a recording"),
        ("1,,,,,,,,,,,,,,,,", "line 3: states neither level nor scopes nor status"),
        ("2,,4,,,,,,,,,,,,,,", "line 4, level: is not 1, 2 or 3"),
        ("3,,,Canary,,,,,,,,,,,,,", "line 5, scopes: not one of: care"),
        ("4,,,,Canary,,,,,,,,,,,,", "line 6, status: not one of: given"),
        ("5,,2,,,2026-11-21,,,,,,,,,,,", "line 7, given_on: lies in the future"),
        ("6,,2,,,31/02/2020,,,,,,,,,,,", "line 8, given_on: is a day or month that does not exist"),
        ("7,,2,,,Canary,,,,,,,,,,,", "line 9, given_on: is not a date"),
        ("8,,2,,,2020-05,2020-04,,,,,,,,,,", "line 10, expires_on: lies before given_on"),
        ("9,,2,,,2020-05,,2020-04,,,,,,,,,", "line 11, withdrawn_on: lies before given_on"),
        ("10,,2,,,,,2027-01,,,,,,,,,", "line 12, withdrawn_on: lies in the future"),
        ("11,,2,,,,,,ask Mrs Canary,,,,,,,,", "line 13, conditions: not one of: no-online-use"),
        ("12,,2,,,,,,,Canary,,,,,,,", "line 14, subject: not one of: adult"),
        ("13,,2,,,,,,,,no,,,,,,", "line 15, assessed_by: is empty"),
        ("14,,2,,,,,,,,no,X,2999-01,,,,", "line 16, assessed_on: lies in the future"),
        ("15,,2,,,,,,,,,,,canary,,,", "line 17, kind: not one of: x-ray"),
        ("16,,2,,,,,,,,,,,,Canary; because,,", "line 18, authority: not one of: required-by-law"),
        ("17,,2,,refused,,,,,,,,,,,,", "line 19, level: contradicts the status"),
        ("18,,,,refused,,,2020-01,,,,,,,,,", "line 20, withdrawn_on: contradicts the status"),
        ("19,,1,teaching,,,,,,,,,,,,,", "line 21, scopes: names more than the level gives"),
        (",../canary,2,,,,,,,,,,,,,,", "line 22, recording: must not contain '..'"),
        (",/canary,2,,,,,,,,,,,,,,", "line 23, recording: must be relative to SOURCE"),
        ("20,,2,,,0999-01,,,,,,,,,,,", "line 24, given_on: is a day or month that does not exist"),
        ("21,,2,,,1899-01,,,,,,,,,,,", "line 25, given_on: lies before 1900"),
        ("22,,2,,,,,,,,,,,,,,Canary", "line 26, existing_collection: not one of: yes, no"),
        ("23,,2,,,,,,,,,,,,,checked,", "line 27, pixels: not one of: no-marks"),
        ("24,,2,,,,,,,,,,,,,no-marks,", "line 28, assessed_by: is empty"),
        ("Canary,2,,,", "line 29: has 5 fields, but the header has 17"),
        ("25,,2,,,,,,,,,,,,,,,Canary", "line 30: has 18 fields, but the header has 17"),
        ("26,\"Canary\nCanary\",2,,,,,,,,,,,,,,", "line 31: has a field that runs over several lines"),
    ];
    let text = rows.iter().fold(header.to_owned(), |text, (row, _)| text + row + "\n");
    let told = problems(&text);
    assert_eq!(told.len(), rows.len(), "{told:#?}");
    for (told, (_, expected)) in told.iter().zip(&rows) {
        assert!(told.starts_with(expected), "{told} is not {expected}");
    }
    assert_eq!(rows.len(), 30);
}

#[test]
fn a_column_shifted_by_one_is_refused_and_never_read() {
    let text = "patient_id,level,status,form,given_by\n1,,2,given,written,patient\n2,,2,given,written\n3,2,given,written,patient\n";
    assert_eq!(problems(text).len(), 1 + 3, "one field too many; three words in wrong columns");
}

#[test]
fn a_header_that_is_missing_doubled_or_mistyped_is_refused() {
    assert_eq!(
        problems("1,2\n2,3\n")[0],
        "line 1: is not the header row of a register: it needs patient_id or recording, and level, scopes or status"
    );
    assert!(problems("patient_id,level,level\n1,2,3\n")[0].contains("level: stands twice"));
    assert!(
        problems("patient_id,level,expire_on\n1,2,2020-01\n")[0].contains("column 3 is headed almost like expires_on")
    );
    assert!(problems("")[0].contains("empty"));
    assert!(problems("patient_id\n1\n")[0].contains("not the header row"));
    assert!(problems("PK\x03\x04")[0].contains("a workbook that cannot be read"));
}

#[test]
fn a_column_that_scrubs_does_not_know_is_a_notice() {
    let register = register("ward,patient_id,level,Consultant\nCanary ward,1,2,Dr Canary\n");
    assert_eq!(register.notices().len(), 2);
    assert!(register.notices().iter().all(|n| n.starts_with("column ") && !n.contains("Canary")));
    assert!(register.find(Some(&patient("", "1")), "a").is_known());
}

#[test]
fn rows_of_the_same_patient_that_disagree_are_refused_however_they_are_spelled() {
    let told = problems("patient_id,issuer,level\nab  12,nhs,2\n AB 12 ,NHS,3\nAB 12,,1\n");
    assert_eq!(told, ["line 3: disagrees with line 2, which speaks of the same"]);
    let told = problems("recording,level\nwounds\\a.jpg,2\n./wounds/a.jpg,3\nx/**,2\nx/,1\n*.jpg,2\n*.jpg,3\n");
    assert_eq!(told.len(), 3);
    let same = register("patient_id,level,notes\n1,2,first\n 1 ,2,second\n");
    assert_eq!((same.len(), same.notices().len()), (1, 1));
}

#[test]
fn a_refusal_is_found_however_the_nhs_number_is_grouped() {
    let mut tried = 0;
    for written in ["943 476 5919", "943-476-5919", "9434765919", "\u{200b}943 476 5919"] {
        let register = register(&format!("patient_id,status\n{written},refused\n"));
        for borne in ["9434765919", "943 476 5919"] {
            assert_eq!(status(&register.find(Some(&patient("", borne)), "a")), Some(ConsentStatus::Refused));
            tried += 1;
        }
    }
    assert_eq!(tried, 8);
    let told = problems("patient_id,level\n943 476 5919,2\n9434765919,3\n");
    assert_eq!(told, ["line 3: disagrees with line 2, which speaks of the same"]);
}

#[test]
fn what_a_spreadsheet_has_done_to_a_number_is_refused() {
    let told = problems("patient_id,level\n9.43477E+09,2\n9E+09,2\n1,02\n2,+2\n3,2.0\n");
    assert_eq!(told.len(), 5);
    assert!(told[..2].iter().all(|t| t.contains("patient_id: is a long number that a spreadsheet")), "{told:?}");
    assert!(told[2..].iter().all(|t| t.ends_with("level: is not 1, 2 or 3")), "{told:?}");
    assert_eq!(register("patient_id,level\nE+09,2\n9E09,2\n1.2e-3,2\n").len(), 3);
}

#[test]
fn a_status_that_cannot_be_read_is_one_fault_and_not_two() {
    let told = problems("patient_id,level,status\n1,2,gvien\n");
    assert_eq!(told, ["line 2, status: not one of: given, refused, withdrawn, clearly-not-given, no-record"]);
    let told = problems("patient_id,level,status\n1,2,refused\n");
    assert_eq!(told, ["line 2, level: contradicts the status: nothing was given"]);
}

#[test]
fn a_quote_that_is_missing_never_hides_a_row() {
    let swallowed = "patient_id,level,notes\n1,2,\"Canary\n2,2,x\n3,2,y\n4,2,\"\n5,2,z\n";
    assert_eq!(
        problems(swallowed),
        ["line 2: has a field that runs over several lines: a quotation mark may be missing"]
    );
    let open = "patient_id,level,notes\n1,2,\"Canary\n2,2,x\n";
    assert_eq!(problems(open), ["line 2: has a quotation mark that is not closed"]);
    let fine = register("patient_id,level,notes\n1,2,\"two\nlines, and a \"\"word\"\"\"\n2,2,5\" scar\n");
    assert_eq!(fine.len(), 2);
}

#[test]
fn rows_that_nothing_met_are_told() {
    let register = register("patient_id,recording,level\n1,,2\n2,,2\n,a.jpg,2\n,b.jpg,2\n,c/**,2\n,d/*,2\n,e?,2\n");
    register.find(Some(&patient("", "1")), "a.jpg");
    register.find(None, "c/x/y.jpg");
    register.find(None, "e1");
    assert_eq!(register.unmatched(), [3, 5, 7]);
}

#[test]
fn conditions_may_be_the_profiles_own() {
    let text = b"patient_id,level,conditions\n1,2,course-only;no-copies\n";
    assert!(Register::read(text, &reading()).is_err());
    let own = Reading { conditions: ["course-only".to_owned()].into(), ..reading() };
    assert!(Register::read(text, &own).is_ok());
}

#[test]
fn a_number_that_nobody_knew_is_a_fault_of_its_row() {
    let found = Register::read(b"patient_id,level\nUNKNOWN,2\n12,2\n", &reading()).expect_err("problems");
    assert_eq!((found.problems.len(), found.more), (1, 0));
    assert!(found.to_string().contains("stands for a number that nobody knew"), "{found}");
}

#[test]
fn a_closer_row_that_bears_no_marks_leaves_standing_that_somebody_can_be_recognised() {
    let row = |said: &str| format!("recording,patient_id,level,identifiable,pixels,assessed_by,assessed_on\n{said}");
    let said = |text: String| {
        let register = Register::read(text.as_bytes(), &reading()).expect("a register");
        register.find(Some(&patient("", "1")), "p/a.jpg").statement.identifiable
    };
    let (broad, close) = (",1,2,yes,,Dr C,2026-01-02\n", "p/*,,2,,no-marks,Dr B,2026-01-02\n");
    assert_eq!(said(row(broad)), Some(Identifiable::Yes));
    assert_eq!(said(row(&format!("{broad}{close}"))), Some(Identifiable::Yes));
    // What permits stands with its own row.
    assert_eq!(said(row(&format!("{}{close}", broad.replace("yes", "no")))), None);
}

#[test]
fn many_problems_are_counted_and_the_first_are_told() {
    let rows: String = (1..=5_000).map(|n| format!("{n},9\n")).collect();
    let found = Register::read(format!("patient_id,level\n{rows}").as_bytes(), &reading()).expect_err("problems");
    assert_eq!((found.problems.len(), found.more), (1_000, 4_000));
    assert!(found.to_string().ends_with("and 4000 more"));
}

#[test]
fn too_many_free_globs_are_refused_but_folders_are_not() {
    let globs: String = (0..2_001).map(|n| format!("{n}/a*.jpg,2\n")).collect();
    assert_eq!(problems(&format!("recording,level\n{globs}")).len(), 1);
    let folders: String = (0..3_000).map(|n| format!("{n}/**,2\n")).collect();
    let register = register(&format!("recording,level\n{folders}"));
    assert!(register.find(None, "2999/deep/er.jpg").is_known());
}

#[test]
fn two_hundred_thousand_rows_are_read_and_searched_in_seconds() {
    let mut text = String::from("patient_id,issuer,recording,level,given_on\n");
    for n in 0..200_000 {
        match n % 4 {
            0 => text.push_str(&format!("P{n},NHS,,2,01/02/2020\n")),
            1 => text.push_str(&format!("P{n},,,1,2020-02\n")),
            2 => text.push_str(&format!(",,f{n}/a.jpg,3,\n")),
            _ => text.push_str(&format!(",,f{n}/**,2,\n")),
        }
    }
    let started = Instant::now();
    let register = register(&text);
    let known = (0..200_000)
        .filter(|n| {
            let patient = patient("NHS", &format!("p{n}"));
            register.find(Some(&patient), &format!("f{n}/a.jpg")).is_known()
        })
        .count();
    assert_eq!((register.len(), known), (200_000, 200_000));
    assert!(register.unmatched().is_empty());
    // Unoptimised and on a busy machine; a quadratic search would take hours.
    assert!(started.elapsed() < Duration::from_secs(120), "took {:?}", started.elapsed());
}

#[test]
fn slips_that_would_read_as_given_or_as_no_record_are_faults() {
    let cases = [
        // One lost quotation mark joins a refusal to the consent of the next row.
        ("patient_id,notes,status,scopes\n1,\"x,refused,teaching\n2,y\",given,teaching\n", "quotation mark"),
        // The column that says no has another heading.
        ("patient_id,scopes,Consent status\n1,teaching,refused\n", "almost like status"),
        ("patient_id,level,withdrawn\n1,3,2020-01-01\n", "almost like withdrawn_on"),
        ("patient_id,level,Expiry\n1,3,2020-01-01\n", "almost like expires_on"),
        // What a table program makes of a number belongs to nobody.
        ("patient_id,status\n9434765919.0,refused\n", "decimals"),
    ];
    for (text, fault) in cases {
        let problems = Register::read(text.as_bytes(), &reading()).map(|_| ()).expect_err(text);
        assert!(problems.to_string().contains(fault), "{text}: {problems}");
    }
    assert_eq!(cases.len(), 5);
    let told = register("patient_id,status,scopes,notes\n1,given,teaching,\"seen twice,\nonce alone\"\n");
    assert_eq!(told.len(), 1);
    let doubled = register("recording,status,scopes\n**,given,teaching\np//b.png,refused,\n");
    let consent = doubled.find(None, "p/b.png").statement.consent.expect("a consent");
    assert_eq!(consent.status, ConsentStatus::Refused);
}

proptest! {
    #[test]
    fn no_text_makes_the_register_panic(
        header in "(patient_id|recording|level|status|notes|given_on|[,;\"\n]){1,12}", body in "[a-z0-9,;\"\n\r/*.\\[\\{ü-]{0,80}",
    ) {
        if let Ok(register) = Register::read(format!("{header}\n{body}").as_bytes(), &reading()) {
            let _ = register.find(Patient::new("", "1").as_ref(), "a/b.jpg");
        }
    }

    #[test]
    fn no_bytes_make_the_register_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let _ = Register::read(&bytes, &reading());
    }

    #[test]
    fn a_folder_row_matches_as_its_pattern_does(folder in "[ab]{1,2}(/[ab]{1,2}){0,2}", path in "[ab]{1,2}(/[ab]{1,2}){0,4}") {
        for pattern in [format!("{folder}/**"), format!("{folder}/*"), format!("{folder}/[ab]*"), folder] {
            let register = register(&format!("recording,level\n\"{pattern}\",2\n"));
            let expected = Pattern::new(&pattern).expect("a pattern").matches(&path);
            prop_assert_eq!(register.find(None, &path).is_known(), expected);
        }
    }
}

#[test]
fn a_wrong_check_digit_is_told_and_not_refused() {
    let register = register(
        "patient_id,issuer,level\n943 476 5919,,2\n9434765918,,2\n943-476-5917,NHS,2\n9434765916,Canary Hospital,2\nX12345,,2\n",
    );
    let told: Vec<&str> = register.notices().iter().filter_map(|n| n.split(" has a number of ten").next()).collect();
    assert_eq!(told, ["line 3", "line 4"]);
    assert!(!format!("{:?}", register.notices()).contains("94347"));
}
