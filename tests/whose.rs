//! Whose a recording is: one number that may stand for two people releases neither, whatever comes first.
#![allow(clippy::unwrap_used, clippy::ptr_arg, clippy::print_stderr)]

#[path = "support/dicom.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "the makers are shared, and this file uses a part of them")]
mod dicom;
#[path = "support/running.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "the runners are shared, and this file uses a part of them")]
mod running;

use dicom::{Form, file, image, text, with};
use running::{Home, holders, tree};
use scrubs::consent::register::Reading;
use scrubs::consent::{Date, Patient, Register};
use scrubs::recording::terms::ConsentStatus;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::Stdio;

const CLEARED: &str = "[[assessment]]\nrecordings = \"**\"\nidentifiable = \"no\"\npixels = \"no-marks\"\n\
                       by = \"A. Consultant\"\non = \"2026-11-20\"\n";
const GIVEN: &str = "patient_id,status,scopes\nCANARY-17,given,teaching\n";
const RUN: &[&str] = &["study", "--to", "release", "--custody", "custody", "--profile", "scrubs.toml"];

/// An object of a patient, in a file of that name.
fn object(home: &Home, name: &str, id: &str, issuer: &str, born: &str) {
    let uid = format!("1.2.999.47.{}", name.bytes().fold(7u64, |n, b| (n * 31 + u64::from(b)) % 1_000_000_007));
    let mut new = vec![text(0x0008_0018, "UI", uid), text(0x0010_0020, "LO", id)];
    new.extend((!issuer.is_empty()).then(|| text(0x0010_0021, "LO", issuer)));
    new.extend((!born.is_empty()).then(|| text(0x0010_0030, "DA", born)));
    let path = home.at("study").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, file(Form::Explicit, &[], &[], &with(image(), new), &[])).unwrap();
}

fn home(register: &str) -> Home {
    let home = Home::new();
    fs::create_dir_all(home.at("study")).unwrap();
    fs::write(home.at("scrubs.toml"), CLEARED).unwrap();
    fs::write(home.at("register.csv"), register).unwrap();
    home
}

/// Runs, and gives the reasons of every source by its name: none where it is released.
fn run(home: &Home, more: &[&str], exit: i32) -> BTreeMap<String, Vec<String>> {
    home.clean(&[RUN, &["--register", "register.csv"], more].concat(), exit);
    reasons(home)
}

fn reasons(home: &Home) -> BTreeMap<String, Vec<String>> {
    let rows = fs::read_to_string(home.at("custody/report/recordings.jsonl")).unwrap();
    let rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let mut found = BTreeMap::new();
    for (source, code) in home.reveal("custody") {
        let Some(row) = rows.iter().find(|row| row["recording"] == code.as_str()) else { continue };
        let codes = row["reasons"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap().to_owned());
        let name = source.split("/study/").nth(1).unwrap().to_owned();
        found.insert(name, codes.collect());
    }
    found
}

fn held_for(code: &str) -> Vec<String> {
    vec![code.to_owned()]
}

#[test]
fn two_birth_dates_under_one_number_hold_all_of_it_whatever_comes_first_and_whoever_works() {
    let mut tried = 0;
    for (names, jobs) in [(["a", "b", "c", "d"], "1"), (["d", "c", "b", "a"], "1"), (["b", "a", "d", "c"], "4")] {
        let home = home(GIVEN);
        for (name, born) in names.iter().zip(["19500102", "19500102", "19800304", ""]) {
            object(&home, name, "CANARY-17", "", born);
        }
        object(&home, "other", "CANARY-18", "", "19700506");
        let found = run(&home, &["--jobs", jobs], 1);
        for name in names {
            assert_eq!(found[name], held_for("birth-dates-differ"), "{name} of {names:?}");
        }
        assert_eq!(found["other"], Vec::<String>::new(), "one date contradicts nothing");
        assert_eq!(tree(&home.at("release/recordings")).len(), 2);
        assert_eq!(home.clean(&[RUN, &["--register", "register.csv"]].concat(), 1)["worked"], 0);
        for planted in ["19500102", "1950-01-02", "19800304", "CANARY-17"] {
            assert!(holders(&home.at("release"), planted).is_empty(), "{planted}");
            assert!(holders(&home.at("custody"), planted).is_empty(), "{planted}");
        }
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn a_later_run_takes_back_what_an_earlier_one_released_and_a_mended_date_gives_it_back() {
    let home = home(GIVEN);
    object(&home, "a", "CANARY-17", "", "19500102");
    object(&home, "b", "CANARY-17", "", "");
    assert!(run(&home, &[], 0).values().all(Vec::is_empty));
    object(&home, "z", "CANARY-17", "", "19800304");
    let found = run(&home, &[], 1);
    assert_eq!(found.len(), 3);
    assert!(found.values().all(|reasons| *reasons == held_for("birth-dates-differ")), "{found:?}");
    assert!(tree(&home.at("release/recordings")).is_empty());
    object(&home, "z", "CANARY-17", "", "19500102");
    assert!(run(&home, &[], 0).values().all(Vec::is_empty));
}

#[test]
fn another_release_of_the_custody_remembers() {
    let home = home(GIVEN);
    object(&home, "a", "CANARY-17", "", "19500102");
    run(&home, &[], 0);
    fs::remove_file(home.at("study/a")).unwrap();
    object(&home, "b", "CANARY-17", "", "19800304");
    let mut other = RUN.to_vec();
    other[2] = "second";
    home.clean(&[&other[..], &["--register", "register.csv"]].concat(), 1);
    assert!(!home.at("second/recordings").exists(), "none is released");
    // What the run did not meet stays, and the run says that it stands on yesterday's word.
    let told = home.clean(&[RUN, &["--register", "register.csv"]].concat(), 1);
    assert_eq!(told["stale"], 1, "{told}");
}

#[test]
fn the_register_settles_whose_it_is_by_the_date_of_birth_or_by_the_path() {
    let home = home("patient_id,status,scopes,born_on\nCANARY-17,given,teaching,1950-01\n");
    object(&home, "mine", "CANARY-17", "", "19500102");
    object(&home, "another's", "CANARY-17", "", "19800304");
    object(&home, "undated", "CANARY-17", "", "");
    let found = run(&home, &[], 1);
    assert_eq!(found["mine"], Vec::<String>::new());
    assert_eq!(found["another's"][0], "birth-dates-differ");
    assert!(found["another's"].contains(&"other-birth-date".to_owned()));
    assert_eq!(found["undated"], held_for("birth-dates-differ"));
    let register = format!("recording,{GIVEN}").replace("CANARY-17", ",CANARY-17");
    fs::write(home.at("register.csv"), format!("{register}another's,CANARY-17,given,teaching\n")).unwrap();
    assert!(run(&home, &[], 0).values().all(Vec::is_empty));
    assert_eq!(reasons(&home).len(), 3);
}

#[test]
fn a_row_without_issuer_releases_nobody_whose_number_has_two_issuers_and_forbids_both() {
    let home = home(GIVEN);
    object(&home, "a", "CANARY-17", "NORTH", "");
    assert!(run(&home, &[], 0).values().all(Vec::is_empty));
    object(&home, "b", "CANARY-17", "SOUTH", "");
    object(&home, "c", "CANARY-17", "", "");
    let found = run(&home, &[], 1);
    assert_eq!(found.len(), 3);
    assert!(found.values().all(|reasons| *reasons == held_for("register-issuer-needed")), "{found:?}");
    fs::write(home.at("register.csv"), "patient_id,status\nCANARY-17,refused\n").unwrap();
    let found = run(&home, &[], 1);
    assert!(found.values().all(|reasons| reasons[0] != "register-issuer-needed" && !reasons.is_empty()), "{found:?}");
    let named = "patient_id,issuer,status,scopes\nCANARY-17,NORTH,given,teaching\nCANARY-17,SOUTH,refused,\n";
    fs::write(home.at("register.csv"), named).unwrap();
    let found = run(&home, &[], 1);
    assert_eq!(found["a"], Vec::<String>::new());
    assert!(!found["b"].is_empty() && found["c"][0] == "register-issuer-unknown", "{found:?}");
}

#[test]
fn shards_that_cannot_see_each_others_birth_dates_are_not_joined() {
    let home = home(GIVEN);
    let names: Vec<String> = (0..12).map(|n| format!("f{n}")).collect();
    for (n, name) in names.iter().enumerate() {
        object(&home, name, "CANARY-17", "", if n == 0 { "19800304" } else { "19500102" });
    }
    object(&home, "other", "CANARY-18", "", "19700506");
    fs::create_dir(home.at("nothing")).unwrap();
    for custody in ["c1", "c2"] {
        home.clean(&["nothing", "--to", &format!("void-{custody}"), "--custody", custody], 0);
    }
    fs::write(home.at("c2/coding-secret"), fs::read(home.at("c1/coding-secret")).unwrap()).unwrap();
    for shard in ["1", "2"] {
        let (release, custody, part) = (format!("r{shard}"), format!("c{shard}"), format!("{shard}/2"));
        let run = ["clean", "study", "--to", &release, "--custody", &custody, "--profile", "scrubs.toml", "--register"];
        let output = home.run(&[&run[..], &["register.csv", "--shard", &part]].concat());
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", running::text(&output.stderr));
    }
    let output = home.run(&["merge", "r1", "r2", "--custody", "c1", "c2", "--to", "joined"]);
    let told = running::text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("state different dates of birth") && told.contains("--shard"), "{told}");
    assert!(!home.at("joined/recordings").exists());
}

fn withdraw(home: &Home, number: &str) -> std::process::Output {
    let mut command = home.command(&[
        "consent",
        "withdraw",
        "--patient-from-stdin",
        "--on",
        "10/11/2026",
        "--custody",
        "custody",
        "--release",
        "release",
        "--yes",
    ]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(number.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_withdrawal_that_names_no_issuer_reaches_whoever_has_the_number_now_and_later() {
    let register = "patient_id,issuer,status,scopes\nCANARY-17,NORTH,given,teaching\nCANARY-17,SOUTH,given,teaching\n\
                    CANARY-17,EAST,given,teaching\nCANARY-18,NORTH,given,teaching\n";
    let home = home(register);
    for (name, issuer) in [("a", "NORTH"), ("b", "SOUTH")] {
        object(&home, name, "CANARY-17", issuer, "");
    }
    object(&home, "other", "CANARY-18", "NORTH", "");
    assert!(run(&home, &[], 0).values().all(Vec::is_empty));
    let output = withdraw(&home, "CANARY-17\n");
    assert_eq!(output.status.code(), Some(0), "{}", running::text(&output.stderr));
    assert_eq!(tree(&home.at("release/recordings")).len(), 2, "the other patient's alone are left");
    object(&home, "later", "CANARY-17", "EAST", "");
    let found = run(&home, &[], 1);
    assert_eq!(found.len(), 4);
    for name in ["a", "b", "later"] {
        assert_eq!(found[name], held_for("consent-withdrawn"), "{name}");
    }
    assert_eq!(found["other"], Vec::<String>::new());
    // With the issuer it is one patient's.
    let output = withdraw(&home, "SOUTH|CANARY-18\n");
    assert_eq!(output.status.code(), Some(2), "another issuer's number is another patient");
}

/// What a register says became of a recording's consent.
fn status(register: &Register, patient: Option<(&str, &str)>, path: &str) -> Option<ConsentStatus> {
    let patient = patient.and_then(|(issuer, id)| Patient::new(issuer, id));
    register.find(patient.as_ref(), path).statement.consent.map(|consent| consent.status)
}

fn register(csv: &str) -> Register {
    Register::read(csv.as_bytes(), &Reading::on(Date::iso("2026-11-20").unwrap())).unwrap()
}

#[test]
fn no_folders_consent_beats_what_the_patient_refused_and_only_a_later_word_of_their_own_does() {
    use ConsentStatus::{Given, Refused, Withdrawn};
    let head = "patient_id,issuer,recording,status,scopes,given_on,withdrawn_on\n";
    let given = |who: &str, what: &str, on: &str| format!("{who},{what},given,teaching,{on},\n");
    let refused = |who: &str, on: &str| format!("{who},,refused,,{on},\n");
    let mut tried = 0;
    for (rows, expected) in [
        // Everything, and a folder, are nobody's own words.
        (given(",", "**", "") + &refused("17,", ""), Refused),
        (given(",", "a/**", "2024-01-01") + &refused("17,", "2019-01-01"), Refused),
        (given(",", "a", "") + &refused("17,", ""), Refused),
        (given(",", "**", "") + "17,,,withdrawn,,,2026-01-02\n", Withdrawn),
        (given(",", "**", "") + &refused("17,NORTH", ""), Refused),
        // What names the patient, or this very recording, is closer, unless the patient's word is later.
        (given("17,", "a/**", "") + &refused("17,", ""), Given),
        (given(",", "a/x.jpg", "") + &refused("17,", ""), Given),
        (given(",", "a/x.jpg", "2019-01-01") + "17,,,withdrawn,,,2026-01-02\n", Withdrawn),
        (given(",", "a/x.jpg", "2026-01-03") + "17,,,withdrawn,,,2026-01-02\n", Given),
        // What is forbidden without an issuer is forbidden for each, until a later word.
        (given("17,NORTH", "", "2019-01-01") + &refused("17,", "2020-01-01"), Refused),
        (given("17,NORTH", "", "2019-01-01") + &refused("17,", ""), Refused),
        (given("17,NORTH", "", "2021-01-01") + &refused("17,", "2020-01-01"), Given),
    ] {
        let register = register(&format!("{head}{rows}"));
        assert_eq!(status(&register, Some(("NORTH", "17")), "a/x.jpg"), Some(expected), "{rows}");
        tried += 1;
    }
    assert_eq!(tried, 12);
    let unknown = register(&format!("{head}{}{}", given(",", "**", ""), refused("17,NORTH", "")));
    assert_eq!(status(&unknown, Some(("", "17")), "a/x.jpg"), Some(Refused), "it may be the one who refused");
    assert_eq!(status(&unknown, Some(("", "18")), "a/x.jpg"), Some(Given));
}

#[test]
fn a_name_means_the_same_with_its_marks_apart_and_a_folder_the_same_without_a_slash() {
    let (one, two) = ("S\u{ee}an J\u{f3}s", "Si\u{302}an Jo\u{301}s");
    let mut tried = 0;
    for (written, there) in [(one, two), (two, one), (two, two)] {
        for row in [format!("{written}/a.jpg"), format!("{written}/*"), format!("{written}/"), written.to_owned()] {
            let register = register(&format!("recording,status\n{row},refused\n"));
            assert_eq!(status(&register, None, &format!("{there}/a.jpg")), Some(ConsentStatus::Refused), "{row:?}");
            assert_eq!(status(&register, None, "other/a.jpg"), None);
            tried += 1;
        }
        let register = register(&format!("patient_id,status\n{written},refused\n"));
        assert_eq!(status(&register, Some(("", there)), "a.jpg"), Some(ConsentStatus::Refused));
    }
    assert_eq!(tried, 12);
    // As the program meets them: the folders name the patients.
    let home = home(&format!("patient_id,recording,status\n{one},,refused\n,nobody,refused\n"));
    let profile = format!("{CLEARED}[[patient-from]]\nfolder = 1\nrecordings = \"S\u{ee}an*/**\"\n");
    fs::write(home.at("scrubs.toml"), profile).unwrap();
    object(&home, &format!("{two}/a"), "", "", "");
    object(&home, "free", "", "", "");
    for worked in [2, 0] {
        let output = home.run(&[&["clean"], RUN, &["--register", "register.csv", "--format", "json"]].concat());
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&told["worked"], &told["summary"]["recordings"]["held"]), (&worked.into(), &1.into()), "{told}");
        let said = running::text(&output.stderr);
        assert!(said.contains("1 row of the register spoke of no recording here: line 3"), "in every run: {said}");
    }
    assert_eq!(reasons(&home)[&format!("{two}/a")], held_for("consent-refused"));
}
