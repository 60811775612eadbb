//! What a scheduled run tells: one line of JSON, metrics that Prometheus reads, and no name of anything in either.
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod support;

use regex::Regex;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use support::running::{Home, copy, text, tree};

const PAGE: &str = include_str!("../docs/scheduled.md");

/// A home with the shipped collection: pictures released, held, unsupported and failed.
fn home() -> Home {
    let home = Home::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    copy(&fixtures.join("collection"), &home.at("pictures"));
    for name in ["register.csv", "scrubs.toml"] {
        fs::copy(fixtures.join(name), home.at(name)).expect("copied");
    }
    fs::create_dir(home.at("metrics")).expect("made");
    home
}

const RUN: &[&str] = &[
    "clean",
    "pictures",
    "--to",
    "release",
    "--custody",
    "custody",
    "--register",
    "register.csv",
    "--profile",
    "scrubs.toml",
];

fn run(home: &Home, more: &[&str]) -> Output {
    home.run(&[RUN, more].concat())
}

fn line(output: &Output) -> Value {
    let printed = text(&output.stdout);
    assert_eq!(printed.lines().count(), 1, "{printed}");
    serde_json::from_str(&printed).expect("one line of JSON")
}

#[test]
fn a_run_record_is_one_line_with_counts_seconds_and_the_exit_code() {
    let home = home();
    let first = run(&home, &["--run-record"]);
    let record = line(&first);
    assert_eq!(first.status.code(), Some(1));
    assert_eq!((&record["exit"], &record["command"]), (&1.into(), &"clean".into()));
    assert_eq!((&record["worked"], &record["unchanged"]), (&31.into(), &0.into()));
    let totals = &record["recordings"];
    assert_eq!((&totals["released"], &totals["held"], &totals["failed"]), (&20.into(), &5.into(), &1.into()));
    assert_eq!(record["duplicates"], 1);
    assert!(record["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0));
    let again = line(&run(&home, &["--run-record", "--fail-on", "never"]));
    assert_eq!((&again["exit"], &again["unchanged"], &again["meaning"]), (&0.into(), &30.into(), &"complete".into()));
    let refused = run(&home, &["--run-record", "--profile", "nowhere.toml", "--to", "pictures/x"]);
    assert_eq!(refused.status.code(), Some(2));
    let dry = line(&run(&home, &["--run-record", "--dry-run"]));
    assert_eq!(dry["dry_run"], true);
    let nothing = home.run(&["clean", "pictures", "--to", "pictures/x", "--run-record"]);
    let record = line(&nothing);
    assert_eq!((&record["exit"], &record["meaning"]), (&2.into(), &"nothing was done".into()));
    assert_eq!(record["recordings"], Value::Null);
}

#[test]
fn fail_on_decides_what_makes_the_exit_code_one() {
    let home = home();
    let exit = |how: &str| run(&home, &["--fail-on", how]).status.code();
    assert_eq!((exit("held"), exit("failed"), exit("never")), (Some(1), Some(1), Some(0)));
    // Without the empty file nothing fails, and much is held.
    fs::remove_file(home.at("pictures/old/empty.png")).expect("removed");
    let exit = |how: &str| {
        let other = ["--fail-on", how, "--to", "release2", "--custody", "custody2"];
        let all: Vec<&str> = ["clean", "pictures", "--register", "register.csv", "--profile", "scrubs.toml"]
            .into_iter()
            .chain(other)
            .collect();
        home.run(&all).status.code()
    };
    assert_eq!((exit("held"), exit("failed"), exit("never")), (Some(1), Some(0), Some(0)));
    let refused = |how: &str| home.run(&["clean", "nowhere", "--to", "release3", "--fail-on", how]).status.code();
    let all = ["held", "failed", "never"].map(refused);
    assert_eq!(all, [Some(2); 3], "what was not done is never well");
}

#[test]
fn metrics_are_what_prometheus_reads_and_the_last_success_outlives_a_failure() {
    let home = home();
    let metrics = ["--metrics", "metrics/scrubs.prom"];
    assert_eq!(run(&home, &metrics).status.code(), Some(1));
    let read = || fs::read_to_string(home.at("metrics/scrubs.prom")).expect("there");
    let first = read();
    let value = |text: &str, name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).map(str::to_owned)
    };
    let sample = Regex::new(r#"^(scrubs_[a-z_]+)(\{[a-z]+="[^"\\]*"\})? [0-9]+(\.[0-9]+)?$"#).expect("a pattern");
    let mut samples = 0;
    for line in first.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            assert!(rest.starts_with("HELP scrubs_") || rest.starts_with("TYPE scrubs_"), "{line}");
            continue;
        }
        let name = &sample.captures(line).unwrap_or_else(|| panic!("{line}"))[1];
        assert!(first.contains(&format!("# HELP {name} ")) && first.contains(&format!("# TYPE {name} gauge\n")));
        assert!(PAGE.contains(&format!("`{name}")), "{name} is not in the page");
        samples += 1;
    }
    assert_eq!(samples, 13);
    assert!(first.ends_with('\n'));
    assert_eq!(value(&first, "scrubs_recordings{outcome=\"released\"}").as_deref(), Some("20"));
    assert_eq!(value(&first, "scrubs_run_exit_code").as_deref(), Some("1"));
    let success = value(&first, "scrubs_last_success_timestamp_seconds").expect("a time");
    // A run that fails says so, and keeps the time of the last good one.
    let failed = home.run(&["clean", "pictures", "--to", "pictures/x", "--metrics", "metrics/scrubs.prom"]);
    assert_eq!(failed.status.code(), Some(2));
    let second = read();
    assert_eq!(value(&second, "scrubs_run_exit_code").as_deref(), Some("2"));
    assert_eq!(value(&second, "scrubs_last_success_timestamp_seconds"), Some(success));
    assert!(!second.contains("scrubs_recordings"));
    let left: Vec<_> = fs::read_dir(home.at("metrics")).expect("there").collect();
    assert_eq!(left.len(), 1, "no part is left");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(home.at("metrics/scrubs.prom")).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o644, "the exporter is another user");
    }
}

#[test]
fn metrics_do_not_go_among_sources_or_outputs() {
    let home = home();
    run(&home, &[]);
    let before = (tree(&home.at("release")), tree(&home.at("pictures")));
    let mut tried = 0;
    for file in ["release/scrubs.prom", "release/recordings/x", "custody/x", "pictures/x", "nowhere/x", "/"] {
        let output = run(&home, &["--metrics", file]);
        assert_eq!(output.status.code(), Some(2), "{file}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("folder of its own"), "{}", text(&output.stderr));
        tried += 1;
    }
    assert_eq!(tried, 6);
    assert!(before == (tree(&home.at("release")), tree(&home.at("pictures"))));
}

#[test]
fn a_log_names_no_source_and_nobody() {
    let home = Home::new();
    let planted = ["CanaryGwen", "CANARY-943476", "CanaryWard", "CanaryLlŷr"];
    let folder = home.at("CanaryWard");
    fs::create_dir(&folder).expect("made");
    let bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/collection/wounds/leg-ulcer-1.jpg"));
    let bytes = bytes.expect("there");
    fs::write(folder.join("CanaryGwen CANARY-943476.jpg"), &bytes).expect("written");
    fs::write(folder.join("CanaryLlŷr cut.jpg"), &bytes[..400]).expect("written");
    fs::write(folder.join("CanaryGwen empty.jpg"), b"").expect("written");
    fs::write(folder.join("CanaryGwen.docx"), b"PK\x03\x04CanaryGwen").expect("written");
    fs::write(home.at("bad.csv"), "patient_id,status\nCanaryGwen,perhaps\n").expect("written");
    fs::write(home.at("bad.toml"), "[[assessment]]\nby = \"CanaryGwen\"\nrecordings = \"../CanaryWard\"\n")
        .expect("written");
    let mut tried = 0;
    for more in [
        &[][..],
        &["--run-record"],
        &["--format", "json"],
        &["--dry-run"],
        &["--not-identifiable", "**", "--assessed-by", "CanaryGwen"],
        &["--register", "bad.csv"],
        &["--profile", "bad.toml"],
        &["--to", "CanaryWard/release"],
        &["--metrics", "CanaryWard/x"],
        &["--shard", "1/2", "--to", "part", "--custody", "part-custody"],
    ] {
        let mut all = vec!["clean", "CanaryWard", "--to", "release", "--custody", "custody"];
        if more.contains(&"--to") {
            all.truncate(2);
            all.extend(["--custody", "custody"].into_iter().filter(|_| !more.contains(&"--custody")));
        }
        all.extend(more);
        let output = home.run(&all);
        for word in planted {
            let said = text(&output.stdout) + &text(&output.stderr);
            // The release that the user names on the command line is told as it was named.
            assert!(!said.contains(word), "{more:?}: {said}");
        }
        tried += 1;
    }
    assert_eq!(tried, 10);
    let shown = home.run(&["clean", "CanaryWard", "--to", "release", "--custody", "custody", "--show-sources"]);
    assert!(text(&shown.stderr).contains("CanaryGwen empty.jpg"), "what failed is named where it is asked for");
}

/// The unit files of the page, in a folder, with the program that is being tested.
fn units(dir: &Path) -> Vec<String> {
    let blocks: Vec<&str> = PAGE.split("```ini\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 2);
    let mut names = Vec::new();
    for (name, block) in ["scrubs.service", "scrubs.timer"].into_iter().zip(blocks) {
        let block = block.replace("/usr/local/bin/scrubs", env!("CARGO_BIN_EXE_scrubs"));
        let block = block.replace("Documentation=man:scrubs(1)\n", "").replace("User=scrubs", "User=root");
        fs::write(dir.join(name), block).expect("written");
        names.push(dir.join(name).to_str().expect("UTF-8").to_owned());
    }
    names
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units_of_the_page() {
    let home = Home::new();
    let names = units(&home.at(""));
    let Ok(output) = Command::new("systemd-analyze").arg("verify").args(&names).output() else {
        eprintln!("no systemd-analyze here: the units were not verified");
        return;
    };
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("scrubs."), "{said}");
}
