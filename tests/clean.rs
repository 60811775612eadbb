//! The main job, end to end, on the shipped collection: what is released, what is held, and that nothing planted is left.

mod support;

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use support::collection::collection;
use support::running::{Home, copy, holders, string, text, tree};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn path(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// A home with a copy of the collection in `pictures`, cleaned once into `release` and `custody`.
fn cleaned() -> (Home, serde_json::Value) {
    let home = Home::new();
    copy(&fixtures().join("collection"), &home.at("pictures"));
    let told = clean(&home, &["pictures", "--to", "release"]);
    (home, told)
}

fn clean(home: &Home, more: &[&str]) -> serde_json::Value {
    let (register, profile) = (path(&fixtures().join("register.csv")), path(&fixtures().join("scrubs.toml")));
    let mut all = vec!["--custody", "custody", "--register", &register, "--profile", &profile];
    all.extend(more);
    home.clean(&all, 1)
}

/// Outcome and first reason of every recording, by code, from the guardian's report.
fn outcomes(home: &Home) -> BTreeMap<String, (String, String)> {
    let lines = fs::read_to_string(home.at("custody/report/recordings.jsonl")).expect("a report");
    let rows = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    rows.map(|r| (string(&r["recording"]), (string(&r["outcome"]), string(&r["reasons"][0]["code"])))).collect()
}

#[test]
fn every_file_of_the_collection_comes_out_as_the_manifest_says() {
    let (home, told) = cleaned();
    let (codes, outcomes) = (home.reveal("custody"), outcomes(&home));
    let mut compared = 0;
    for fixture in collection() {
        let source = home.at("pictures").canonicalize().expect("there").join(fixture.path);
        let code = codes.get(&path(&source)).unwrap_or_else(|| panic!("no code: {}", fixture.path));
        let (outcome, reason) = outcomes.get(code).unwrap_or_else(|| panic!("no entry: {}", fixture.path));
        assert_eq!((outcome.as_str(), reason.as_str()), (fixture.outcome, fixture.reason), "{}", fixture.path);
        compared += 1;
    }
    assert_eq!(compared, 31);
    let totals = &told["summary"]["recordings"];
    assert_eq!((totals["released"].as_u64(), totals["listed"].as_u64()), (Some(20), Some(2)));
    assert_eq!(told["summary"]["duplicates"], 1);
}

#[test]
fn nothing_planted_is_left_anywhere_outside_the_sealed_key() {
    let (home, _) = cleaned();
    let mut searched = 0;
    for fixture in collection() {
        for planted in &fixture.planted {
            let source = fs::read(home.at("pictures").join(fixture.path)).expect("there");
            let there = support::running::holds(&source, planted) || fixture.path.contains(planted);
            assert!(there, "not planted at all: {planted}");
            for root in ["release", "custody"] {
                assert_eq!(holders(&home.at(root), planted), Vec::<PathBuf>::new(), "{planted} in {root}");
            }
            searched += 1;
        }
    }
    assert_eq!(searched, 605);
    for name in ["unseen", "leg-ulcer", "IM000001", "A. Consultant"] {
        assert_eq!(holders(&home.at("release"), name), Vec::<PathBuf>::new(), "{name}");
    }
}

#[test]
fn a_release_holds_what_the_contract_says_and_its_digests_are_true() {
    let (home, _) = cleaned();
    let files = tree(&home.at("release"));
    let sums = text(&files[Path::new("SHA256SUMS")]);
    let mut checked = 0;
    for line in sums.lines() {
        let (digest, name) = line.split_once("  ").expect("digest and name");
        let hex: String = Sha256::digest(&files[Path::new(name)]).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, digest, "{name}");
        checked += 1;
    }
    assert_eq!(checked, files.len() - 1);
    let schema: serde_json::Value = serde_json::from_str(scrubs::consent::sidecar::SCHEMA).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let mut papers = 0;
    for (name, bytes) in files.iter().filter(|(name, _)| path(name).ends_with(".consent.json")) {
        let paper: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
        assert!(schema.is_valid(&paper), "{}", name.display());
        assert!(paper["verdict"]["rules"].as_array().is_some_and(|r| !r.is_empty()), "every verdict cites");
        papers += 1;
    }
    assert_eq!(papers, 20);
    assert!(!home.at("release/.partial").exists() && !home.at("custody/.partial").exists());
}

#[cfg(unix)]
#[test]
fn outputs_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (home, _) = cleaned();
    let mut looked = 0;
    for root in ["release", "custody"] {
        for entry in walkdir::WalkDir::new(home.at(root)) {
            let entry = entry.expect("readable");
            let mode = entry.metadata().expect("readable").permissions().mode() & 0o777;
            let expected = if entry.file_type().is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode, expected, "{}", entry.path().display());
            looked += 1;
        }
    }
    assert!(looked > 50, "{looked}");
}

#[test]
fn a_second_run_over_unchanged_sources_does_nothing_and_says_so() {
    let (home, first) = cleaned();
    let before = tree(&home.at("release"));
    let keys = fs::read_dir(home.at("custody/key")).expect("there").count();
    let second = clean(&home, &["pictures", "--to", "release"]);
    // The empty file failed, and what failed is tried again.
    assert_eq!((second["worked"].as_u64(), second["unchanged"].as_u64()), (Some(1), Some(30)));
    assert_eq!(first["summary"], second["summary"]);
    assert!(before == tree(&home.at("release")));
    assert_eq!(fs::read_dir(home.at("custody/key")).expect("there").count(), keys + 1);
    fs::remove_file(home.at("pictures/old/empty.png")).expect("removed");
    let (register, profile) = (path(&fixtures().join("register.csv")), path(&fixtures().join("scrubs.toml")));
    let third = home.run(&[
        "clean",
        "pictures",
        "--to",
        "release",
        "--custody",
        "custody",
        "--register",
        &register,
        "--profile",
        &profile,
    ]);
    assert!(text(&third.stdout).contains("Nothing to do"), "{}", text(&third.stdout));
}

#[test]
fn a_row_of_the_register_that_spoke_of_nothing_is_told_with_its_line() {
    let home = Home::new();
    copy(&fixtures().join("collection/hands"), &home.at("pictures"));
    let register = "patient_id,recording,status\nCANARY-1,,refused\n,Hands/*.jpg,refused\n,*.jpg,refused\n";
    fs::write(home.at("register.csv"), register).expect("written");
    let run = || {
        let output =
            home.run(&["clean", "pictures", "--to", "out", "--custody", "custody", "--register", "register.csv"]);
        text(&output.stderr)
    };
    let told = run();
    assert!(told.contains("2 rows of the register spoke of no recording here: lines 2, 3."), "{told}");
    assert!(!told.contains("CANARY"));
    let again = run();
    // What has not changed is not read again, so of numbers nothing is known; of paths it is.
    assert!(again.contains("1 row of the register spoke of no recording here: line 3."), "{again}");
}

#[test]
fn the_number_of_workers_does_not_change_a_byte() {
    let home = Home::new();
    copy(&fixtures().join("collection"), &home.at("pictures"));
    fs::create_dir(home.at("nothing")).expect("made");
    home.clean(&["nothing", "--to", "void", "--custody", "custody"], 0);
    let mut trees = Vec::new();
    for jobs in ["1", "8"] {
        let custody = format!("custody-{jobs}");
        copy(&home.at("custody"), &home.at(&custody));
        tighten(&home.at(&custody));
        let release = format!("release-{jobs}");
        let (register, profile) = (path(&fixtures().join("register.csv")), path(&fixtures().join("scrubs.toml")));
        home.clean(
            &[
                "pictures",
                "--to",
                &release,
                "--custody",
                &custody,
                "--jobs",
                jobs,
                "--register",
                &register,
                "--profile",
                &profile,
            ],
            1,
        );
        trees.push((tree(&home.at(&release)), tree(&home.at(&custody).join("held"))));
    }
    assert!(trees[0].0.len() > 20);
    assert!(trees[0] == trees[1]);
}

/// A copied custody is as private as the one it was copied from.
fn tighten(root: &Path) {
    #[cfg(unix)]
    for entry in walkdir::WalkDir::new(root) {
        use std::os::unix::fs::PermissionsExt;
        let entry = entry.expect("readable");
        let mode = if entry.file_type().is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(entry.path(), fs::Permissions::from_mode(mode)).expect("set");
    }
    for folder in ["key", "held", "report"] {
        fs::create_dir_all(root.join(folder)).expect("made");
    }
}

#[test]
fn where_finds_a_source_again_without_an_identity_also_after_it_was_moved() {
    let (home, _) = cleaned();
    let codes = home.reveal("custody");
    let (source, code) = codes.iter().find(|(source, _)| source.ends_with("IM000002")).expect("there");
    let find = |code: &str| {
        let output = home.run(&["where", code, "--source", "pictures", "--custody", "custody"]);
        (output.status.code(), text(&output.stdout))
    };
    assert_eq!(find(code), (Some(0), format!("{code}  {source}\n")));
    fs::rename(home.at("pictures"), home.at("elsewhere")).expect("moved");
    fs::create_dir(home.at("pictures")).expect("made");
    fs::rename(home.at("elsewhere"), home.at("pictures/moved")).expect("moved");
    let (exit, found) = find(&code.to_lowercase());
    assert_eq!(exit, Some(0));
    assert!(found.ends_with("moved/dicom/ct/IM000002\n"), "{found}");
    let (exit, found) = find(&code[..14]);
    assert_eq!((exit, found.lines().count()), (Some(0), 3), "three slices of one patient");
}

#[test]
fn a_dry_run_leaves_nothing_behind() {
    let home = Home::new();
    copy(&fixtures().join("collection"), &home.at("pictures"));
    let told = clean(&home, &["pictures", "--to", "release", "--dry-run"]);
    assert_eq!(told["summary"]["recordings"]["released"], 21, "a dry run does not know duplicates");
    let left: Vec<_> = fs::read_dir(home.at("")).expect("there").map(|e| e.expect("readable").file_name()).collect();
    assert_eq!(left, ["pictures"]);
}

#[test]
fn a_dicomdir_is_listed_and_not_counted_among_the_recordings() {
    let home = Home::new();
    let mut file = vec![0; 128];
    file.extend_from_slice(
        b"DICM\x02\0\x02\0UI\x14\x001.2.840.10008.1.3.10\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0",
    );
    file.extend_from_slice(b"\x04\0\x30\x11CS\x06\0CANARY\x04\0\x20\x12SQ\0\0\0\0\0\0");
    fs::create_dir(home.at("disc")).expect("made");
    fs::write(home.at("disc/DICOMDIR"), file).expect("written");
    let told = home.clean(&["disc", "--to", "release", "--custody", "custody"], 0);
    let totals = &told["summary"]["recordings"];
    assert_eq!((totals["all"].as_u64(), totals["listed"].as_u64()), (Some(0), Some(1)), "{totals}");
    let outcomes: Vec<_> = outcomes(&home).into_values().collect();
    assert_eq!(outcomes, [("listed".to_owned(), "dicom-directory".to_owned())]);
    assert_eq!(holders(&home.at("release"), "CANARY"), Vec::<PathBuf>::new());
}
