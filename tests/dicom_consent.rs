//! Consent to distribute in DICOM objects: read below the register, written from it when asked, and nothing else there.
#![allow(clippy::unwrap_used, clippy::ptr_arg, clippy::print_stderr)]

#[path = "support/dicom.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "the makers are shared, and this file uses a part of them")]
mod dicom;
#[path = "support/running.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "the runners are shared, and this file uses a part of them")]
mod running;

use dicom::{Element, FORMS, Form, elements, file, image, items, laid_open, open, text, with};
use running::{Home, holders, tree};
use scrubs::code::coder::{Coder, CodingSecret};
use scrubs::consent::Date;
use scrubs::dicom::{Coding, read};
use scrubs::inspect::{Evidence, witness_object};
use scrubs::recording::terms::ConsentStatus;
use scrubs::recording::{Deidentification, Distribution, DistributionFlag, DistributionType, Format, Treatment};
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

const CLEARED: &str = "[[assessment]]\nrecordings = \"**\"\nidentifiable = \"no\"\npixels = \"no-marks\"\n\
                       by = \"A. Consultant\"\non = \"2026-11-20\"\n";

/// Type and flag of each item.
type Items = &'static [(&'static str, &'static str)];

/// An item as a trial writes it, with the protocol's number.
fn item(kind: &str, flag: &str) -> Vec<Element> {
    let mut item = vec![text(0x0012_0020, "LO", "CANARYPROTOCOL-7"), text(0x0012_0022, "LO", "CanaryIssuer")];
    item.extend((!kind.is_empty()).then(|| text(0x0012_0084, "CS", kind)));
    item.push(text(0x0012_0085, "CS", flag));
    item
}

fn source(form: Form, consent: Vec<Element>) -> Vec<u8> {
    let more = [text(0x0012_0086, "DA", "20190514"), text(0x0012_0087, "DA", "20290514")];
    file(form, &[], &[], &with(image(), consent.into_iter().chain(more).collect()), &[])
}

fn one(kind: DistributionType, flag: DistributionFlag) -> Distribution {
    Distribution { flag, kind: Some(kind) }
}

fn clean(source: &Vec<u8>, how: &Deidentification) -> Vec<u8> {
    let coder = Coder::new(&CodingSecret::new([5; 32]));
    let patient = coder.patient(b"", b"ID 17");
    let coding = Coding { coder: &coder, patient: &patient, deidentification: how };
    let plan = read(source).unwrap().plan(&coding).unwrap().comprehensive(source.len() as u64).unwrap();
    let mut out = Vec::new();
    plan.plan().cut.write_to(source, &mut out).unwrap();
    out
}

fn witnessed(source: &Vec<u8>, output: &Vec<u8>, how: &Deidentification) -> bool {
    witness_object(&Evidence { format: Format::Dicom, original: source, output, dropped: &[] }, how).is_ok()
}

/// The sequence's value in an output in explicit little endian.
fn stated(output: &[u8]) -> Option<Vec<u8>> {
    elements(output).into_iter().find(|e| e.0 == 0x0012_0083).map(|e| e.2)
}

#[test]
fn exactly_the_items_ordered_are_written_in_every_encoding_and_nothing_of_the_source() {
    use DistributionFlag::*;
    use DistributionType::*;
    let basic = Deidentification::default();
    let orders: [Vec<Distribution>; 4] = [
        vec![one(PublicRelease, Yes)],
        vec![one(RestrictedReuse, Yes)],
        vec![Distribution { flag: No, kind: None }],
        vec![one(RestrictedReuse, Withdrawn), one(PublicRelease, Withdrawn)],
    ];
    let mut tried = 0;
    for form in FORMS {
        let sources = [
            source(form, vec![]),
            source(form, vec![items(0x0012_0083, vec![item("NAMED_PROTOCOL", "YES"), item("", "NO")])]),
            source(form, vec![open(0x0012_0083, vec![item("PUBLIC_RELEASE", "WITHDRAWN")])]),
        ];
        for source in &sources {
            let plain = clean(source, &basic);
            assert!(witnessed(source, &plain, &basic));
            for order in &orders {
                let how = basic.stating(order.clone());
                let output = clean(source, &how);
                assert!(witnessed(source, &output, &how), "{form:?} {order:?}");
                assert!(!witnessed(source, &output, &basic), "nobody ordered it: {form:?} {order:?}");
                assert!(!witnessed(source, &plain, &how), "it is missing: {form:?} {order:?}");
                for other in orders.iter().filter(|other| *other != order) {
                    assert!(!witnessed(source, &output, &basic.stating(other.clone())), "{order:?} as {other:?}");
                }
                let laid = laid_open(form, &output);
                for planted in [&b"CANARYPROTOCOL"[..], b"CanaryIssuer", b"20190514", b"NAMED_PROTOCOL"] {
                    assert!(!laid.windows(planted.len()).any(|w| w == planted), "{form:?}");
                }
                tried += 1;
            }
            assert!(!laid_open(form, &plain).windows(4).any(|w| w == b"\x12\0\x83\0" || w == b"\0\x12\0\x83"));
        }
    }
    assert_eq!(tried, 48);
    let output = clean(&source(Form::Explicit, vec![]), &basic.stating(orders[0].clone()));
    let expected =
        dicom::encode(Form::Explicit, &[text(0x0012_0084, "CS", "PUBLIC_RELEASE"), text(0x0012_0085, "CS", "YES")]);
    let value = stated(&output).unwrap();
    assert_eq!(value[8..], expected);
    assert_eq!(value[..8], [&b"\xfe\xff\0\xe0"[..], &(expected.len() as u32).to_le_bytes()].concat());
}

/// An object of a trial, with the dates of its committee's approval.
fn of_a_trial(form: Form, start: &str, end: &str) -> Vec<u8> {
    let trial = vec![
        text(0x0012_0010, "LO", "CanarySponsor"),
        text(0x0012_0020, "LO", "CANARYPROTOCOL-7"),
        items(0x0012_0083, vec![item("PUBLIC_RELEASE", "YES")]),
        text(0x0012_0086, "DA", start),
        text(0x0012_0087, "DA", end),
    ];
    file(form, &[], &[], &with(image(), trial), &[])
}

#[test]
fn of_a_committees_approval_only_the_months_are_stated_and_only_where_they_were_ordered() {
    let order = vec![one(DistributionType::PublicRelease, DistributionFlag::Yes)];
    let mut tried = 0;
    for form in FORMS {
        for (start, end) in [("20190514", "20290520"), ("20190501", "20290501")] {
            let source = of_a_trial(form, start, end);
            let approval = read(&source).unwrap().identity().approval.months();
            let plain = Deidentification::default().stating(order.clone());
            let how = plain.clone().approved(approval);
            let output = clean(&source, &how);
            let laid = laid_open(form, &output);
            let holds = |text: &[u8]| laid.windows(text.len()).any(|w| w == text);
            assert!(holds(b"20190501") && holds(b"20290501"), "{form:?}");
            assert!(start.ends_with("01") || !holds(start.as_bytes()) && !holds(end.as_bytes()));
            assert!(!holds(b"CANARYPROTOCOL") && !holds(b"CanarySponsor"));
            assert!(witnessed(&source, &output, &how), "{form:?} {start}");
            assert!(!witnessed(&source, &output, &plain), "nobody ordered it: {form:?}");
            let without = clean(&source, &plain);
            assert!(witnessed(&source, &without, &plain));
            assert!(!laid_open(form, &without).windows(4).any(|w| w == b"2029"), "{form:?}");
            tried += 1;
        }
        // Outside a trial's module the dates would stand alone, so nothing is stated.
        let how = Deidentification::default().stating(order.clone());
        let source = source(form, vec![]);
        let how = how.approved(read(&source).unwrap().identity().approval.months());
        let output = clean(&source, &how);
        assert!(witnessed(&source, &output, &how));
        assert!(!laid_open(form, &output).windows(8).any(|w| w == b"20290501"));
    }
    assert_eq!(tried, 8);
}

#[test]
fn a_permission_lasts_no_longer_than_the_committees_approval_and_a_refusal_needs_none() {
    let on = |day: &str| Date::iso(day).unwrap();
    let given = of_a_trial(Form::Explicit, "20190514", "20290520");
    let identity = read(&given).unwrap().identity();
    let cases =
        [("2019-05-13", None), ("2019-05-14", Some(false)), ("2029-05-20", Some(false)), ("2029-05-21", Some(true))];
    for (day, expired) in cases {
        let consent = identity.consent_on(on(day));
        assert_eq!(consent.map(|consent| consent.is_expired(on(day))), expired, "{day}");
    }
    assert_eq!(cases.len(), 4);
    let refused = source(Form::Explicit, vec![items(0x0012_0083, vec![item("", "NO")])]);
    let consent = read(&refused).unwrap().identity().consent_on(on("2018-01-01")).unwrap();
    assert_eq!(consent.status, ConsentStatus::Refused);
}

#[test]
fn a_deviation_that_keeps_them_is_the_users_own_and_the_profile_cannot_ask_for_both() {
    let keep = [0x0012_0083, 0x0012_0084, 0x0012_0085].map(|tag| (tag, Treatment::Keep));
    let how = Deidentification::new(Default::default(), keep.into_iter().collect());
    let bare = vec![text(0x0012_0084, "CS", "PUBLIC_RELEASE"), text(0x0012_0085, "CS", "YES")];
    let source = source(Form::Explicit, vec![items(0x0012_0083, vec![bare])]);
    let output = clean(&source, &how);
    assert!(stated(&output).is_some() && witnessed(&source, &output, &how));
    let profile = "dicom-write-consent = true\n[[dicom-attribute]]\nattribute = \"(0012,0083)\"\naction = \"keep\"\n";
    let refused = scrubs::plan::Profile::read(profile).unwrap_err();
    assert!(refused.to_string().contains("dicom-write-consent"), "{refused}");
}

/// One patient for each case, in a file of that name.
fn patient(home: &Home, name: &str, consent: &[(&str, &str)]) {
    let mut new = vec![
        text(0x0008_0018, "UI", format!("1.2.999.46.{}", name.bytes().map(u32::from).sum::<u32>())),
        text(0x0010_0010, "PN", "CanaryTrial^Siwan"),
        text(0x0010_0020, "LO", name),
    ];
    if !consent.is_empty() {
        new.push(items(0x0012_0083, consent.iter().map(|(kind, flag)| item(kind, flag)).collect()));
    }
    fs::create_dir_all(home.at("study")).unwrap();
    fs::write(home.at("study").join(name), file(Form::Explicit, &[], &[], &with(image(), new), &[])).unwrap();
}

/// Runs, and gives of each patient the sidecar's consent, its shelf, and the cleaned object.
fn run(
    home: &Home,
    profile: &str,
    register: &str,
    exit: i32,
) -> BTreeMap<String, (serde_json::Value, String, Vec<u8>)> {
    fs::write(home.at("scrubs.toml"), format!("{profile}\n{CLEARED}")).unwrap();
    fs::write(home.at("register.csv"), register).unwrap();
    let mut arguments = vec!["study", "--to", "release", "--custody", "custody", "--profile", "scrubs.toml"];
    if !register.is_empty() {
        arguments.extend(["--register", "register.csv"]);
    }
    home.clean(&arguments, exit);
    let mut found = BTreeMap::new();
    for (source, code) in home.reveal("custody") {
        let name = source.rsplit('/').next().unwrap().to_owned();
        let patient = &code[..14];
        for shelf in ["release/recordings", "custody/held"] {
            let base = home.at(shelf).join(patient).join(&code);
            if let Ok(sidecar) = fs::read(base.with_extension("consent.json")) {
                let sidecar: serde_json::Value = serde_json::from_slice(&sidecar).unwrap();
                let object = fs::read(base.with_extension("dcm")).unwrap();
                found.insert(name.clone(), (sidecar["consent"].clone(), shelf.to_owned(), object));
            }
        }
    }
    found
}

#[test]
fn what_an_object_says_counts_below_the_register_and_a_refusal_is_never_lost() {
    let home = Home::new();
    let cases: [(&str, Items, &str); 10] = [
        ("SILENT", &[], "no-record"),
        ("PUBLIC", &[("PUBLIC_RELEASE", "YES")], "given"),
        ("NAMED", &[("NAMED_PROTOCOL", "YES")], "given"),
        ("REFUSED", &[("PUBLIC_RELEASE", "NO")], "refused"),
        ("TAKENBACK", &[("RESTRICTED_REUSE", "YES"), ("PUBLIC_RELEASE", "WITHDRAWN")], "withdrawn"),
        ("SLIP", &[("PUBLIC_RELEASE", "Yess")], "refused"),
        // The register speaks of these too.
        ("GIVENOVER", &[("PUBLIC_RELEASE", "NO")], "refused"),
        ("BOTHGRAVE", &[("PUBLIC_RELEASE", "NO")], "refused"),
        ("STILLGONE", &[("PUBLIC_RELEASE", "YES")], "withdrawn"),
        ("GRAVERHERE", &[("RESTRICTED_REUSE", "WITHDRAWN")], "refused"),
    ];
    for (name, consent, _) in cases {
        patient(&home, name, consent);
    }
    let register = "patient_id,status,scopes,withdrawn_on\nGIVENOVER,given,teaching,\nBOTHGRAVE,withdrawn,,2026-01-02\n\
                    STILLGONE,withdrawn,,2026-01-02\nGRAVERHERE,refused,,\n";
    let found = run(&home, "", register, 1);
    for (name, _, status) in cases {
        assert_eq!(found[name].0["status"], status, "{name}");
        let held = ["refused", "withdrawn"].contains(&status);
        assert_eq!(found[name].1 == "custody/held", held, "{name}");
        assert_eq!(stated(&found[name].2), None, "{name}: nobody asked for it to be written");
    }
    assert_eq!(found.len(), 10);
    let scopes = |name: &str| found[name].0["scopes"].as_array().unwrap().len();
    assert_eq!((scopes("PUBLIC"), scopes("NAMED"), scopes("GIVENOVER"), scopes("TAKENBACK")), (5, 0, 0, 0));
    assert_eq!(found["PUBLIC"].0["conditions"], serde_json::json!(["hide-face"]));
    for planted in ["CANARYPROTOCOL", "CanaryIssuer", "CanaryTrial"] {
        assert!(holders(&home.at("release"), planted).is_empty() && holders(&home.at("custody"), planted).is_empty());
    }
}

#[test]
fn a_consent_that_only_the_object_states_releases_nobody_who_may_be_recognised() {
    let home = Home::new();
    patient(&home, "FACE", &[("PUBLIC_RELEASE", "YES")]);
    let mut photograph = fs::read(home.at("study/FACE")).unwrap();
    let modality = photograph.windows(10).position(|w| w == b"\x08\0\x60\0CS\x02\0MR").unwrap();
    photograph[modality + 8..modality + 10].copy_from_slice(b"XC");
    fs::write(home.at("study/FACE"), photograph).unwrap();
    let unassessed = CLEARED.replace("identifiable = \"no\"\n", "");
    fs::write(home.at("scrubs.toml"), unassessed).unwrap();
    home.clean(&["study", "--to", "release", "--custody", "custody", "--profile", "scrubs.toml"], 1);
    let report = fs::read_to_string(home.at("custody/report/recordings.jsonl")).unwrap();
    assert!(report.contains("\"consent-not-in-register\"") && report.contains("\"held\""), "{report}");
    // The same in the register is what the guidance asks for.
    fs::write(home.at("register.csv"), "patient_id,status,scopes\nFACE,given,teaching\n").unwrap();
    let arguments = ["study", "--to", "release", "--custody", "custody", "--profile", "scrubs.toml", "--register"];
    home.clean(&[&arguments[..], &["register.csv"]].concat(), 0);
}

#[test]
fn the_registers_consent_is_written_when_the_profile_says_so_and_reads_back_as_no_more() {
    let home = Home::new();
    let all = "care;teaching;training;assessment;research;publication;public-media";
    let cases: [(&str, &str, Items); 6] = [
        ("ALL", all, &[("PUBLIC_RELEASE", "YES")]),
        ("TEACH", "teaching", &[("RESTRICTED_REUSE", "YES")]),
        ("CARE", "care", &[]),
        ("PAST", "teaching", &[]),
        ("NOROW", "", &[]),
        ("BACK", "", &[("RESTRICTED_REUSE", "WITHDRAWN"), ("PUBLIC_RELEASE", "WITHDRAWN")]),
    ];
    let mut register = String::from("patient_id,status,scopes,expires_on,withdrawn_on\n");
    for (name, scopes, _) in cases {
        patient(&home, name, &[("NAMED_PROTOCOL", "YES")]);
        match name {
            "NOROW" => {}
            "PAST" => register.push_str(&format!("{name},given,{scopes},2020-01-31,\n")),
            "BACK" => register.push_str(&format!("{name},withdrawn,,,2026-01-02\n")),
            _ => register.push_str(&format!("{name},given,{scopes},,\n")),
        }
    }
    let found = run(&home, "dicom-write-consent = true", &register, 1);
    for (name, _, expected) in cases {
        let elements = |(kind, flag): &(&str, &str)| vec![text(0x0012_0084, "CS", kind), text(0x0012_0085, "CS", flag)];
        let order = items(0x0012_0083, expected.iter().map(elements).collect());
        let whole = dicom::encode(Form::Explicit, &[order]);
        let expected = (!expected.is_empty()).then(|| whole[12..].to_vec());
        assert_eq!(stated(&found[name].2), expected, "{name}");
    }
    assert_eq!(found.len(), 6);
    assert!(holders(&home.at("release"), "CANARYPROTOCOL").is_empty());
    // Taken for a source of its own, without a register, an output says no more than the register did.
    let away = Home::new();
    fs::create_dir_all(away.at("study")).unwrap();
    for name in ["ALL", "TEACH", "BACK"] {
        fs::write(away.at("study").join(name), &found[name].2).unwrap();
    }
    let again = run(&away, "", "", 1);
    assert_eq!(again["ALL"].0["scopes"].as_array().unwrap().len(), 5);
    assert_eq!(
        (&again["TEACH"].0["status"], again["TEACH"].0["scopes"].as_array().unwrap().len()),
        (&"given".into(), 0)
    );
    assert_eq!(again["BACK"].0["status"], "withdrawn");
    assert!(tree(&away.at("release/recordings")).keys().count() == 4);
}

#[test]
fn written_consent_brings_no_error_that_dciodvfy_finds() {
    if Command::new("dciodvfy").output().is_err() {
        eprintln!("dciodvfy is not installed: nothing was tried");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let source = source(Form::Explicit, vec![]);
    let basic = Deidentification::default();
    let errors = |name: &str, bytes: &[u8]| {
        fs::write(dir.path().join(name), bytes).unwrap();
        let told = Command::new("dciodvfy").arg(dir.path().join(name)).output().unwrap();
        let told = running::text(&told.stderr);
        // It says so of every such sequence with another type, also where the attribute that it names is not there.
        let unfounded = |line: &str| {
            line.ends_with("DistributionType is NAMED_PROTOCOL - attribute <ClinicalTrialProtocolID>")
                && !bytes.windows(6).any(|w| w == b"\x12\0\x20\0LO")
        };
        let errors = told.lines().filter(|line| line.starts_with("Error") && !unfounded(line));
        errors.map(str::to_owned).collect::<Vec<_>>()
    };
    let before = errors("plain", &clean(&source, &basic));
    let mut tried = 0;
    for order in [
        vec![one(DistributionType::PublicRelease, DistributionFlag::Yes)],
        vec![one(DistributionType::RestrictedReuse, DistributionFlag::Withdrawn)],
        vec![Distribution { flag: DistributionFlag::No, kind: None }],
    ] {
        assert_eq!(errors("stated", &clean(&source, &basic.stating(order))), before);
        tried += 1;
    }
    assert_eq!(tried, 3);
}
