//! A withdrawal of consent, from the command to the letters: what leaves, what stays, and what an interruption leaves.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use scrubs::code::custody::Custody;
use scrubs::consent::Date;
use scrubs::consent::Withdrawal;
use scrubs::consent::withdrawal::{Coded, Whom};
use scrubs::ledger::Ledger;
use scrubs::pipeline::withdraw;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use support::collection::collection;
use support::running::{Home, copy, holders, string, text, tree};

/// The folders name the patients; these numbers stand nowhere else.
const ANN: &str = "CANARYNHS-7001";
const BEN: &str = "CANARYNHS-7002";
/// The patient of the CT slices.
const CT: &str = "CANARYMRN-0001";

const PROFILE: &str = r#"
name = "ward"
[[patient-from]]
recordings = "*/*.jpg"
folder = 1
[[made-for]]
recordings = "**"
made-for = "care"
[[assessment]]
recordings = "**"
identifiable = "yes"
pixels = "no-marks"
by = "A. Canary"
on = "2026-11-01"
[[assessment]]
recordings = "*/IM*"
pixels = "no-marks"
by = "A. Canary"
on = "2026-11-01"
"#;

/// A register in which these patients have consented, one of them otherwise than the rest.
fn register(other: &str) -> String {
    let mut rows = "patient_id,level,status,form,given_by,given_on,withdrawn_on\n".to_owned();
    for patient in [ANN, BEN, CT] {
        let row = format!("{patient},3,given,written,patient,2019-05-14,\n");
        rows.push_str(if other.starts_with(patient) { other } else { &row });
    }
    rows
}

/// Two photographs of Ann, two of Ben, three slices of another patient; a profile and a register beside them.
fn home() -> Home {
    let home = Home::new();
    let all: BTreeMap<&str, Vec<u8>> = collection().into_iter().map(|f| (f.path, f.bytes)).collect();
    let put = |name: String, from: &str| {
        fs::create_dir_all(home.at(&name).parent().unwrap()).unwrap();
        fs::write(home.at(&name), &all[from]).unwrap();
    };
    put(format!("pictures/{ANN}/1.jpg"), "wounds/leg-ulcer-1.jpg");
    put(format!("pictures/{ANN}/2.jpg"), "wounds/leg-ulcer-2.jpg");
    put(format!("pictures/{BEN}/1.jpg"), "faces/portrait.jpg");
    put(format!("pictures/{BEN}/2.jpg"), "faces/portrait refused.jpg");
    for n in 1..4 {
        put(format!("pictures/ct/IM00000{n}"), &format!("dicom/ct/IM00000{n}"));
    }
    put("later/3.jpg".to_owned(), "hands/llaw chwith ŵ 左手.jpg");
    fs::write(home.at("scrubs.toml"), PROFILE).unwrap();
    fs::write(home.at("register.csv"), register("")).unwrap();
    home
}

fn clean(home: &Home, release: &str, more: &[&str], exit: i32) -> Value {
    let mut all = vec!["pictures", "--to", release, "--custody", "custody", "--profile", "scrubs.toml"];
    if !more.contains(&"--register") {
        all.extend(["--register", "register.csv"]);
    }
    all.extend(more);
    home.clean(&all, exit)
}

/// The code of the patient whose sources lie in this folder.
fn patient(home: &Home, folder: &str) -> String {
    let codes = home.reveal("custody");
    let code = codes.iter().find(|(source, _)| source.contains(&format!("/{folder}/"))).unwrap().1;
    code[..14].to_owned()
}

fn withdraw(home: &Home, code: &str, more: &[&str]) -> Output {
    let mut all = vec!["consent", "withdraw", code, "--custody", "custody"];
    if !more.contains(&"--on") {
        all.extend(["--on", "2026-11-10"]);
    }
    if !more.contains(&"--release") {
        all.extend(["--release", "release"]);
    }
    all.extend(more);
    home.run(&all)
}

fn done(home: &Home, code: &str, more: &[&str], exit: i32) -> Value {
    let output = withdraw(home, code, &[&["--yes", "--format", "json"], more].concat());
    assert_eq!(output.status.code(), Some(exit), "{}{}", text(&output.stdout), text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn hand_on(home: &Home, to: &str) {
    let output = home.run(&["handed-on", "release", "--to", to, "--custody", "custody", "--on", "2026-11-02"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

/// Sidecars below a folder that begin with a code, each valid against the schema.
fn papers(root: &Path, code: &str) -> Vec<Value> {
    let schema: Value = serde_json::from_str(scrubs::consent::sidecar::SCHEMA).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let mut papers = Vec::new();
    for (path, bytes) in tree(root) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with(code) && name.ends_with(".consent.json") {
            let paper: Value = serde_json::from_slice(&bytes).unwrap();
            assert!(schema.is_valid(&paper), "{}", path.display());
            papers.push(paper);
        }
    }
    papers
}

fn check_sums(release: &Path) {
    let files = tree(release);
    let mut checked = 0;
    for line in text(&files[Path::new("SHA256SUMS")]).lines() {
        let (digest, name) = line.split_once("  ").unwrap();
        use sha2::Digest;
        let hex: String = sha2::Sha256::digest(&files[Path::new(name)]).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, digest, "{name}");
        checked += 1;
    }
    assert_eq!(checked, files.len() - 1);
}

#[test]
fn what_is_withdrawn_leaves_the_release_and_whoever_received_it_is_written_to() {
    let home = home();
    clean(&home, "release", &[], 0);
    let ann = patient(&home, ANN);
    hand_on(&home, "Ysgol Feddygol");
    fs::copy(home.at("later/3.jpg"), home.at(&format!("pictures/{ANN}/3.jpg"))).unwrap();
    clean(&home, "release", &[], 0);
    hand_on(&home, "Coleg Nyrsio");
    assert!(!holders(&home.at("release"), &ann).is_empty());

    let told = done(&home, &ann, &[], 0);
    assert_eq!((told["moved"].as_u64(), told["letters"].as_array().map(Vec::len)), (Some(3), Some(2)));
    assert_eq!(told["places"][0]["handed_on"].as_array().map(Vec::len), Some(2));
    assert_eq!(holders(&home.at("release"), &ann), Vec::<PathBuf>::new());
    check_sums(&home.at("release"));
    let papers = papers(&home.at("custody/held"), &ann);
    assert_eq!(papers.len(), 3);
    for paper in &papers {
        assert_eq!(
            (&paper["consent"]["status"], &paper["verdict"]["rules"][0]["id"]),
            (&"withdrawn".into(), &"P4".into())
        );
        assert_eq!(paper["verdict"]["outcome"], "must-not-use");
    }
    let letters: Vec<String> = (1..3)
        .map(|n| fs::read_to_string(home.at(&format!("custody/notices/withdrawal-1-letter-{n}.md"))).unwrap())
        .collect();
    for (letter, (name, recordings)) in letters.iter().zip([("Ysgol Feddygol", 2), ("Coleg Nyrsio", 3)]) {
        assert!(letter.contains(&format!("To: {name}\n")) && letter.contains("paras 8, 25, 35 and 47"));
        assert_eq!(letter.matches(&format!("- `{ann}-")).count(), recordings, "{letter}");
        assert!(!letter.contains("2026-11-10"), "a letter tells the month");
    }
    assert!(holders(&home.at("release"), "Ysgol").is_empty() && holders(&home.at("release"), "2026-11-10").is_empty());

    // An old register still says given, and the sources are all there.
    let before = tree(&home.at("release"));
    let told = clean(&home, "release", &[], 1);
    assert_eq!((told["worked"].as_u64(), told["unchanged"].as_u64()), (Some(3), Some(5)));
    assert_eq!(tree(&home.at("release")), before);
    let told = clean(&home, "release", &[], 1);
    assert_eq!(told["worked"].as_u64(), Some(0), "once is enough");

    // A custody with the same secret in which the register has said so from the beginning.
    for name in ["coding-secret", "guardians.txt"] {
        fs::create_dir_all(home.at("custody2")).unwrap();
        fs::copy(home.at("custody").join(name), home.at("custody2").join(name)).unwrap();
    }
    #[cfg(unix)]
    fs::set_permissions(home.at("custody2"), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let row = format!("{ANN},3,withdrawn,written,patient,2019-05-14,2026-11-10\n");
    fs::write(home.at("register2.csv"), register(&row)).unwrap();
    let all = ["pictures", "--to", "release2", "--custody", "custody2", "--profile", "scrubs.toml"];
    home.clean(&[&all[..], &["--register", "register2.csv"]].concat(), 1);
    assert_eq!(tree(&home.at("release2")), before);
}

fn from_stdin(home: &Home, input: &str, more: &[&str]) -> Output {
    let all = ["consent", "withdraw", "--patient-from-stdin", "--on", "10/11/2026", "--custody", "custody"];
    let mut command = home.command(&[&all[..], more].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_patient_is_found_by_number_in_every_release_and_the_number_is_shown_nowhere() {
    let home = home();
    clean(&home, "release", &[], 0);
    let ann = patient(&home, ANN);
    clean(&home, "public", &["--purpose", "publication"], 0);
    let input = format!("  {}\n", ANN.to_lowercase());
    let show = |output: &Output| format!("{}{}", text(&output.stdout), text(&output.stderr));
    let shown = from_stdin(&home, &input, &["--release", "release", "--dry-run"]);
    assert_eq!(shown.status.code(), Some(0), "{}", show(&shown));
    assert!(show(&shown).contains("The recordings went to 2 releases."), "{}", show(&shown));
    let unsure = from_stdin(&home, &input, &["--release", "release"]);
    assert_eq!(unsure.status.code(), Some(2), "a script must say --yes");
    let unknown = from_stdin(&home, &format!("NHS|{ANN}"), &["--release", "release", "--yes"]);
    assert_eq!(unknown.status.code(), Some(2), "another issuer's number is another patient");
    let one = from_stdin(&home, &input, &["--release", "release", "--yes", "--format", "json"]);
    assert_eq!(one.status.code(), Some(1), "the publication is left: {}", show(&one));
    let told: Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!(told["moved"].as_u64(), Some(2));
    let command = string(&told["remaining"][0]["command"]);
    assert!(command.contains("/public") && !command.contains(&ann), "the publication has codes of its own: {command}");
    let mut outputs = vec![shown, unsure, unknown, one];
    let arguments: Vec<String> = command.split(' ').skip(1).map(str::to_owned).collect();
    outputs.push(home.run(&[arguments, vec!["--yes".to_owned()]].concat()));
    assert_eq!(outputs[4].status.code(), Some(0), "{}", show(&outputs[4]));
    for code in told["codes"].as_array().unwrap() {
        let code = string(code);
        assert!(holders(&home.at("release"), &code).is_empty() && holders(&home.at("public"), &code).is_empty());
    }
    assert_eq!(tree(&home.at("public/recordings")).len(), 10, "Ben's and the slices stay");
    let mut searched = 0;
    for output in &outputs {
        let shown = show(output).to_uppercase();
        assert!(!shown.contains(ANN) && !shown.contains("7001"), "{shown}");
        searched += 1;
    }
    assert_eq!(searched, 5);
    for root in ["custody", "release", "public"] {
        assert_eq!(holders(&home.at(root), ANN), Vec::<PathBuf>::new());
    }
    // Further releases; the codes of the second are its own, so that nobody has seen them yet.
    clean(&home, "training", &["--purpose", "training"], 1);
    clean(&home, "journal", &["--purpose", "publication"], 1);
    assert_eq!(["training", "journal"].map(|name| tree(&home.at(name).join("recordings")).len()), [10, 10]);
}

#[test]
fn a_code_leads_to_the_publication_that_has_codes_of_its_own_and_back() {
    for from in ["release", "public"] {
        let home = home();
        clean(&home, "release", &[], 0);
        let first = patient(&home, BEN);
        clean(&home, "public", &["--purpose", "publication"], 0);
        let of = |release: &str| {
            let mut patients: Vec<String> = fs::read_dir(home.at(release).join("recordings"))
                .unwrap()
                .map(|folder| folder.unwrap().file_name().to_string_lossy().into_owned())
                .collect();
            patients.sort();
            patients
        };
        let code = if from == "release" {
            first
        } else {
            let sums = |p: &str| tree(&home.at("release/recordings").join(p)).into_values().collect::<BTreeSet<_>>();
            let ben: BTreeSet<_> = sums(&first).into_iter().filter(|b| b.starts_with(b"\xff\xd8")).collect();
            let same = |p: &String| {
                tree(&home.at("public/recordings").join(p)).into_values().any(|bytes| ben.contains(&bytes))
            };
            of("public").into_iter().find(same).unwrap()
        };
        let told = done(&home, &code, &["--release", from, "--all-releases"], 0);
        assert_eq!(told["moved"].as_u64(), Some(4), "{told:#}");
        assert_eq!((of("release").len(), of("public").len()), (2, 2));
        check_sums(&home.at("release"));
        check_sums(&home.at("public"));
    }
}

#[test]
fn one_recording_may_be_withdrawn_and_a_purpose_alone() {
    let home = home();
    clean(&home, "release", &[], 0);
    let slice = {
        let codes = home.reveal("custody");
        codes.iter().find(|(source, _)| source.ends_with("IM000002")).unwrap().1.clone()
    };
    let told = done(&home, &slice.to_lowercase(), &[], 0);
    assert_eq!(told["moved"].as_u64(), Some(1));
    let paper = &papers(&home.at("custody/held"), &slice)[0];
    assert_eq!(paper["consent"]["status"], "withdrawn");
    let rest = papers(&home.at("release"), &slice[..14]);
    assert!(rest.len() == 2 && rest.iter().all(|paper| paper["consent"]["status"] == "given"));

    // Publication is withdrawn from a release for teaching: the recordings stay, and say so.
    let ben = patient(&home, BEN);
    let told = done(&home, &ben, &["--scope", "publication"], 0);
    assert_eq!(told["moved"].as_u64(), Some(0));
    let stay = papers(&home.at("release"), &ben);
    assert_eq!(stay.len(), 2);
    for paper in &stay {
        assert_eq!(paper["consent"]["scopes"], serde_json::json!(["care", "teaching", "training", "assessment"]));
        assert_eq!((&paper["consent"]["status"], &paper["verdict"]["outcome"]), (&"given".into(), &"usable".into()));
    }
    check_sums(&home.at("release"));
    let before = tree(&home.at("release"));
    clean(&home, "release", &[], 1);
    assert_eq!(tree(&home.at("release")), before);
    clean(&home, "public", &["--purpose", "publication"], 1);
    assert_eq!(fs::read_dir(home.at("public/recordings")).unwrap().count(), 2, "Ben's are held there");

    // Teaching is withdrawn and care stays: they leave a release for teaching.
    let told = done(&home, &ben, &["--scope", "teaching", "--scope", "publication"], 0);
    assert_eq!(told["moved"].as_u64(), Some(2));
    let held = papers(&home.at("custody/held"), &ben);
    assert_eq!(held.len(), 2);
    for paper in &held {
        assert_eq!(paper["consent"]["scopes"], serde_json::json!(["care", "training", "assessment"]));
        assert_eq!(paper["consent"]["status"], "withdrawn");
    }
    clean(&home, "training", &["--purpose", "training"], 1);
    assert_eq!(fs::read_dir(home.at("training/recordings")).unwrap().count(), 3, "training was not withdrawn");
}

#[test]
fn a_later_consent_gives_back_what_an_old_register_does_not() {
    let home = home();
    clean(&home, "release", &[], 0);
    let ann = patient(&home, ANN);
    done(&home, &ann, &[], 0);
    let mut tried = 0;
    for (given_on, comes_back) in
        [("2026-11", false), ("2026-11-10", false), ("2026-11-11", true), ("2018-01-01", false)]
    {
        let row = format!("{ANN},2,given,written,patient,{given_on},\n");
        fs::write(home.at("register.csv"), register(&row)).unwrap();
        clean(&home, "release", &[], i32::from(!comes_back));
        assert_eq!(!holders(&home.at("release"), &ann).is_empty(), comes_back, "{given_on}");
        tried += 1;
    }
    assert_eq!(tried, 4);
    // Also without any register, and for a source that comes only now.
    fs::copy(home.at("later/3.jpg"), home.at(&format!("pictures/{ANN}/3.jpg"))).unwrap();
    let home_register = home.at("none.csv");
    fs::write(&home_register, "patient_id,level,status\n").unwrap();
    clean(&home, "release", &["--register", "none.csv"], 1);
    assert!(holders(&home.at("release"), &ann).is_empty());
    assert!(papers(&home.at("custody/held"), &ann).iter().all(|p| p["consent"]["status"] == "withdrawn"));
}

#[test]
fn what_cannot_be_done_is_said_and_changes_nothing() {
    let home = home();
    clean(&home, "release", &[], 0);
    let ann = patient(&home, ANN);
    let keep = |name: &str| -> BTreeMap<PathBuf, Vec<u8>> {
        tree(&home.at(name)).into_iter().filter(|(p, _)| !p.to_string_lossy().contains("ledger.sqlite")).collect()
    };
    let before = (keep("release"), keep("custody"));
    fs::create_dir(home.at("elsewhere")).unwrap();
    let cases: &[(&str, &[&str], &str)] = &[
        ("P-0000000000ZZ", &["--yes"], "no release of this custody has it"),
        ("Gwenllian", &["--yes"], "no code"),
        (&ann, &["--yes", "--on", "2999-01-01"], "still to come"),
        (&ann, &["--yes", "--on", "2026-02-30"], "does not exist"),
        (&ann, &["--yes", "--on", "yesterday"], "is not a date"),
        (&ann, &["--yes", "--release", "elsewhere"], "knows no release"),
        (&ann, &["--yes", "--release", "nowhere"], "knows no release"),
        (&ann, &["--yes", "--scope", "everything"], "invalid value"),
        (&ann, &[], "not confirmed"),
    ];
    for (code, more, says) in cases {
        let output = withdraw(&home, code, more);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(says) && !said.contains("Gwenllian"), "{says}: {said}");
    }
    let shown = withdraw(&home, &ann, &["--dry-run"]);
    assert_eq!((shown.status.code(), cases.len()), (Some(0), 9));
    assert!(text(&shown.stdout).contains("handed-on"), "{}", text(&shown.stdout));
    assert_eq!((keep("release"), keep("custody")), before);
    let told = clean(&home, "release", &[], 0);
    assert_eq!(told["worked"].as_u64(), Some(0));
}

/// A home in which Ann's recordings were released and handed on, and what the release is after the withdrawal.
fn before_and_after() -> (Home, String, BTreeMap<PathBuf, Vec<u8>>) {
    let home = home();
    clean(&home, "release", &[], 0);
    let ann = patient(&home, ANN);
    hand_on(&home, "Ysgol Feddygol");
    copy(&home.at("release"), &home.at("kept/release"));
    copy(&home.at("custody"), &home.at("kept/custody"));
    done(&home, &ann, &[], 0);
    let after = tree(&home.at("release"));
    restore(&home);
    (home, ann, after)
}

/// Puts release and custody back to where they were before the withdrawal.
fn restore(home: &Home) {
    for name in ["release", "custody"] {
        fs::remove_dir_all(home.at(name)).unwrap();
        copy(&home.at("kept").join(name), &home.at(name));
        for entry in walkdir::WalkDir::new(home.at(name)) {
            let entry = entry.unwrap();
            let mode = if entry.file_type().is_dir() { 0o700 } else { 0o600 };
            #[cfg(unix)]
            fs::set_permissions(entry.path(), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        }
    }
    for folder in ["key", "held", "report"] {
        fs::create_dir_all(home.at("custody").join(folder)).unwrap();
    }
}

fn letters(home: &Home) -> usize {
    fs::read_dir(home.at("custody/notices")).map_or(0, Iterator::count)
}

#[cfg(unix)]
#[test]
fn killed_at_any_moment_the_same_command_or_the_next_run_finishes() {
    let (home, ann, after) = before_and_after();
    let arguments = ["consent", "withdraw", &ann, "--on", "2026-11-10", "--custody", "custody", "--release", "release"];
    let (mut killed, mut tried) = (0, 0);
    for step in 0..24u64 {
        restore(&home);
        let mut child = home
            .command(&[&arguments[..], &["--yes"]].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(2 + step * 3));
        let _ = child.kill();
        killed += usize::from(!child.wait().unwrap().success());
        let recorded = !Ledger::open(&home.at("custody/ledger.sqlite")).unwrap().withdrawals().unwrap().is_empty();
        if step % 2 == 0 || !recorded {
            done(&home, &ann, &[], 0);
        } else {
            clean(&home, "release", &[], 1);
        }
        assert_eq!(tree(&home.at("release")), after, "killed after {} ms", 2 + step * 3);
        assert_eq!((letters(&home), papers(&home.at("custody/held"), &ann).len()), (1, 2));
        tried += 1;
    }
    assert!(tried == 24 && killed > 0, "{killed} of {tried} were killed");
}

#[test]
fn every_half_way_state_is_finished_also_without_the_sources() {
    let (home, ann, after) = before_and_after();
    fs::create_dir(home.at("empty")).unwrap();
    let on = Date::iso("2026-11-10").unwrap();
    let codes = BTreeSet::from([Coded { whom: Whom::parse(&ann).unwrap(), release: None }]);
    let withdrawal = Withdrawal { codes: codes.clone(), on, scopes: BTreeSet::new() };
    let recorded = || {
        restore(&home);
        let mut ledger = Ledger::open(&home.at("custody/ledger.sqlite")).unwrap();
        let places = withdraw::places(&ledger, &codes).unwrap();
        assert_eq!(places.len(), 1);
        (withdraw::record(&mut ledger, &withdrawal, &places).unwrap(), ledger)
    };
    let held = |part: &str| {
        let from = home.at("release/recordings").join(&ann);
        for (path, bytes) in tree(&from) {
            if path.to_string_lossy().ends_with(part) {
                fs::create_dir_all(home.at("custody/held").join(&ann)).unwrap();
                fs::write(home.at("custody/held").join(&ann).join(path), bytes).unwrap();
            }
        }
    };
    // Nothing has moved; sidecars have; recordings have; the release's own files were still there or came back.
    let states: [&dyn Fn(); 4] = [
        &|| drop(recorded()),
        &|| {
            drop(recorded());
            held(".consent.json");
        },
        &|| {
            drop(recorded());
            held("");
        },
        &|| {
            let (id, mut ledger) = recorded();
            let custody = Custody::open(&home.at("custody")).unwrap();
            let lock = custody.lock().unwrap();
            withdraw::withdraw(&custody, &lock, &mut ledger, &home.at("release")).unwrap();
            copy(&home.at("kept/release"), &home.at("release"));
            let digest = withdraw::digest_of(&custody, &home.at("release")).unwrap();
            let mut batch = ledger.begin().unwrap();
            batch.await_withdrawal(&digest, id).unwrap();
            batch.commit().unwrap();
        },
    ];
    let mut tried = 0;
    for (number, state) in states.iter().enumerate() {
        for by_run in [false, true] {
            state();
            if by_run {
                let all = ["empty", "--to", "release", "--custody", "custody", "--profile", "scrubs.toml"];
                home.clean(&[&all[..], &["--register", "register.csv"]].concat(), 1);
            } else {
                done(&home, &ann, &[], 0);
            }
            assert!(tree(&home.at("release")) == after, "state {number}, by a run: {by_run}");
            assert_eq!((letters(&home), papers(&home.at("custody/held"), &ann).len()), (1, 2), "state {number}");
            tried += 1;
        }
    }
    assert_eq!(tried, 8);
}

#[test]
fn a_sidecar_that_somebody_changed_keeps_nothing_in_the_release() {
    let home = home();
    clean(&home, "release", &[], 0);
    let ann = patient(&home, ANN);
    let mut changes = 0;
    let edits: [&dyn Fn(&str) -> String; 3] =
        [&|paper| paper.replace("2019-05", "2999-05"), &|paper| paper.replace("\"given\"", "\"withdrawn\""), &|_| {
            "Gwenllian".to_owned()
        }];
    copy(&home.at("release"), &home.at("kept/release"));
    copy(&home.at("custody"), &home.at("kept/custody"));
    for edit in edits {
        restore(&home);
        for (path, bytes) in tree(&home.at("release")) {
            if path.to_string_lossy().contains(&ann) && path.to_string_lossy().ends_with(".consent.json") {
                fs::write(home.at("release").join(path), edit(&text(&bytes))).unwrap();
            }
        }
        done(&home, &ann, &[], 0);
        assert!(holders(&home.at("release"), &ann).is_empty());
        assert_eq!(papers(&home.at("custody/held"), &ann).len(), 2);
        assert!(holders(&home.at("custody"), "Gwenllian").is_empty());
        changes += 1;
    }
    assert_eq!(changes, 3);
}

#[test]
fn a_picture_that_is_filed_under_another_patient_too_goes_by_itself() {
    let home = home();
    clean(&home, "release", &[], 0);
    let ann = patient(&home, ANN);
    fs::create_dir(home.at("wrong")).unwrap();
    copy(&home.at(&format!("pictures/{BEN}")), &home.at(&format!("wrong/{BEN}")));
    fs::copy(home.at(&format!("pictures/{ANN}/1.jpg")), home.at(&format!("wrong/{BEN}/misfiled.jpg"))).unwrap();
    let all = ["wrong", "--to", "other", "--custody", "custody", "--profile", "scrubs.toml"];
    home.clean(&[&all[..], &["--register", "register.csv"]].concat(), 0);
    let ben = patient(&home, BEN);
    assert_eq!(papers(&home.at("other"), &ben).len(), 3);
    let told = done(&home, &ann, &["--all-releases"], 0);
    assert_eq!(told["moved"].as_u64(), Some(3));
    assert_eq!((papers(&home.at("other"), &ben).len(), papers(&home.at("release"), &ben).len()), (2, 2));
    home.clean(&[&all[..], &["--register", "register.csv"]].concat(), 1);
    assert_eq!(papers(&home.at("other"), &ben).len(), 2);
}

#[test]
fn the_same_command_again_changes_nothing_and_a_file_that_is_gone_stops_nothing() {
    let home = home();
    clean(&home, "release", &[], 0);
    let ann = patient(&home, ANN);
    hand_on(&home, "Ysgol Feddygol");
    let folder = home.at("release/recordings").join(&ann);
    let gone = tree(&folder).into_keys().find(|path| path.extension().is_some_and(|e| e == "jpg")).unwrap();
    fs::remove_file(folder.join(&gone)).unwrap();
    assert_eq!(done(&home, &ann, &[], 0)["moved"].as_u64(), Some(2));
    assert!(holders(&home.at("release"), &ann).is_empty());
    let state = || {
        let ledger = Ledger::open(&home.at("custody/ledger.sqlite")).unwrap();
        (
            tree(&home.at("release")),
            tree(&home.at("custody/held")),
            tree(&home.at("custody/notices")),
            ledger.withdrawals().unwrap(),
        )
    };
    let before = state();
    assert_eq!(before.3.len(), 1);
    let told = done(&home, &ann, &[], 0);
    assert_eq!((told["moved"].as_u64(), told["letters"].as_array().map(Vec::len)), (Some(0), Some(0)));
    assert!(state() == before);
    clean(&home, "release", &[], 1);
    assert_eq!(papers(&home.at("custody/held"), &ann).len(), 2, "the run makes it again from its source");
    assert!(holders(&home.at("release"), &ann).is_empty());
}

#[test]
fn a_withdrawn_picture_stays_out_also_under_another_number_of_its_patient() {
    const OTHER: &str = "CANARYNHS-7009";
    let home = home();
    clean(&home, "release", &[], 0);
    let ann = patient(&home, ANN);
    done(&home, &ann, &[], 0);
    fs::rename(home.at(&format!("pictures/{ANN}")), home.at(&format!("pictures/{OTHER}"))).unwrap();
    let given = format!("{}{OTHER},3,given,written,patient,2019-05-14,\n", register(""));
    fs::write(home.at("register.csv"), &given).unwrap();
    clean(&home, "release", &[], 1);
    let other = patient(&home, OTHER);
    assert_ne!(ann, other);
    assert_eq!((papers(&home.at("release"), &other).len(), papers(&home.at("custody/held"), &other).len()), (0, 2));
    // A consent that was given after the withdrawal gives them back.
    fs::write(
        home.at("register.csv"),
        given.replace(
            &format!("{OTHER},3,given,written,patient,2019-05-14"),
            &format!("{OTHER},3,given,written,patient,2026-11-15"),
        ),
    )
    .unwrap();
    // What lay under the old number is counted as held still.
    clean(&home, "release", &[], 1);
    assert_eq!(papers(&home.at("release"), &other).len(), 2);
}
