//! A release is proved again without custody, and every way of breaking it is found.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use support::collection::collection;
use support::running::{Home, copy, text, tree};

/// A release of the whole collection: photographs, objects, most formats.
fn home() -> Home {
    let home = Home::new();
    for fixture in collection() {
        let path = home.at("pictures").join(fixture.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, fixture.bytes).unwrap();
    }
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for name in ["scrubs.toml", "register.csv"] {
        fs::copy(shipped.join(name), home.at(name)).unwrap();
    }
    let with = ["--custody", "custody", "--profile", "scrubs.toml", "--register", "register.csv"];
    home.clean(&[&["pictures", "--to", "release"][..], &with].concat(), 1);
    home
}

fn verify(home: &Home, release: &str, more: &[&str]) -> (Option<i32>, String) {
    let output = home.run(&[&["verify", release], more].concat());
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

fn told(home: &Home, release: &str) -> (Option<i32>, Vec<String>, u64) {
    let (exit, told) = verify(home, release, &["--format", "json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    let codes = told["broken"].as_array().unwrap().iter().map(|b| b["code"].as_str().unwrap().to_owned());
    (exit, codes.collect(), told["recordings"].as_u64().unwrap())
}

/// The files of a release with this ending, by their paths below it.
fn ending(root: &Path, ending: &str) -> Vec<PathBuf> {
    tree(root).into_keys().filter(|path| path.to_string_lossy().ends_with(ending)).collect()
}

/// Makes the list of digests true again, as somebody would who wants to hide what they did.
fn sum_again(release: &Path) {
    let mut lines: Vec<(Vec<String>, String)> = Vec::new();
    for (path, bytes) in tree(release) {
        let name = path.to_string_lossy().into_owned();
        if name != "SHA256SUMS" {
            let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
            lines.push((name.split('/').map(str::to_owned).collect(), format!("{digest}  {name}\n")));
        }
    }
    lines.sort();
    fs::write(release.join("SHA256SUMS"), lines.into_iter().map(|(_, line)| line).collect::<String>()).unwrap();
}

#[test]
fn a_release_is_proved_again_wherever_it_lies_and_each_way_of_breaking_it_is_found() {
    let home = home();
    copy(&home.at("release"), &home.at("elsewhere"));
    fs::rename(home.at("custody"), home.at("away")).unwrap();
    let recordings = ending(&home.at("elsewhere"), ".consent.json").len() as u64;
    assert!(recordings > 15, "{recordings}");
    for jobs in ["1", "3"] {
        let (exit, said) = verify(&home, "elsewhere", &["--jobs", jobs]);
        assert_eq!((exit, said.contains(&format!("Verified {recordings} recordings"))), (Some(0), true), "{said}");
    }
    assert_eq!(told(&home, "elsewhere"), (Some(0), vec![], recordings));

    type Break = fn(&Path);
    let cases: [(&str, &str, Break); 17] = [
        ("a byte of a recording", "digest-differs", |r| {
            let path = r.join(&ending(r, ".jpg")[0]);
            let mut bytes = fs::read(&path).unwrap();
            let last = bytes.len() - 20;
            bytes[last] ^= 1;
            fs::write(path, bytes).unwrap();
        }),
        ("a recording that is gone", "missing", |r| fs::remove_file(r.join(&ending(r, ".png")[0])).unwrap()),
        ("a recording taken out of the list too", "recording-missing", |r| {
            fs::remove_file(r.join(&ending(r, ".png")[0])).unwrap();
            sum_again(r);
        }),
        ("a sidecar that is gone", "sidecar-missing", |r| {
            fs::remove_file(r.join(&ending(r, ".consent.json")[0])).unwrap();
            sum_again(r);
        }),
        ("a file more", "foreign-file", |r| fs::write(r.join("Canary names.txt"), "x").unwrap()),
        ("a recording more that the list has", "foreign-file", |r| {
            let from = r.join(&ending(r, ".jpg")[0]);
            fs::copy(&from, from.with_file_name("Canary.jpg")).unwrap();
            sum_again(r);
        }),
        ("a comment in a photograph", "residue", |r| {
            let path = r.join(&ending(r, ".jpg")[0]);
            let mut bytes = fs::read(&path).unwrap();
            let comment = b"\xff\xfe\x00\x0dCanaryPlace";
            bytes.splice(2..2, comment.iter().copied());
            let digest = |b: &[u8]| Sha256::digest(b).iter().map(|b| format!("{b:02x}")).collect::<String>();
            let sidecar = path.with_extension("consent.json");
            let said = fs::read_to_string(&sidecar).unwrap();
            fs::write(&sidecar, said.replace(&digest(&fs::read(&path).unwrap()), &digest(&bytes))).unwrap();
            fs::write(&path, bytes).unwrap();
            sum_again(r);
        }),
        ("a verdict that does not let it be used", "not-usable", |r| {
            change(r, "\"outcome\": \"usable\"", "\"outcome\": \"must-not-use\"");
        }),
        ("a refusal beside a verdict that lets it be used", "verdict-differs", |r| {
            change(r, "\"status\": \"given\"", "\"status\": \"refused\"");
        }),
        ("a consent for another purpose alone", "verdict-differs", |r| {
            // Of one in which nobody can be recognised the verdict rests on no consent.
            let scopes = "\"care\",\n      \"teaching\"";
            let rests_on_it = |said: &str| said.contains(scopes) && !said.contains("\"value\": \"no\"");
            change_where(r, rests_on_it, scopes, "\"care\"");
        }),
        ("a face beside a verdict that rests on none being seen", "verdict-differs", |r| {
            // A recording that somebody consented to may be used with a face, too.
            let value = "\"value\": \"no\"";
            let is_without = |said: &str| said.contains(value) && !said.contains("\"status\": \"given\"");
            change_where(r, is_without, value, "\"value\": \"yes\"");
        }),
        ("a paragraph that the rule does not cite", "rule-unknown", |r| {
            change(r, "\"GMC para ", "\"GMC para 58\", \"GMC para ");
        }),
        ("a field that the schema does not have", "sidecar-broken", |r| {
            change(r, "\"schema_version\": 1", "\"schema_version\": 1, \"name\": \"Canary\"");
        }),
        ("another recording's digest", "sidecar-of-another", |r| change(r, "\"sha256\": \"", "\"sha256\": \"00")),
        ("another purpose", "purpose-differs", |r| {
            change(r, "\"purpose\": \"teaching\"", "\"purpose\": \"publication\"");
        }),
        ("a list without its last line", "not-listed", |r| {
            let list = fs::read_to_string(r.join("SHA256SUMS")).unwrap();
            let lines: Vec<&str> = list.lines().collect();
            fs::write(r.join("SHA256SUMS"), lines[..lines.len() - 1].join("\n") + "\n").unwrap();
        }),
        ("a list with a line of somebody else", "list-broken", |r| {
            let list = fs::read_to_string(r.join("SHA256SUMS")).unwrap();
            fs::write(r.join("SHA256SUMS"), format!("# Canary\n{list}")).unwrap();
        }),
    ];
    let mut tried = 0;
    for (what, code, harm) in cases {
        let release = home.at("broken");
        let _ = fs::remove_dir_all(&release);
        copy(&home.at("elsewhere"), &release);
        harm(&release);
        let (exit, codes, _) = told(&home, "broken");
        assert_eq!(exit, Some(1), "{what}");
        assert!(codes.iter().any(|c| c == code), "{what}: {codes:?}");
        let (_, said) = verify(&home, "broken", &[]);
        assert!(!said.contains("Canary") && said.contains(code), "{what}: {said}");
        tried += 1;
    }
    assert_eq!(tried, 17);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(home.at("away"), home.at("elsewhere/recordings/custody")).unwrap();
        assert!(told(&home, "elsewhere").1.contains(&"not-a-file".to_owned()));
    }
}

/// Changes the first sidecar that can be changed so, and makes everything else fit.
fn change(release: &Path, from: &str, to: &str) {
    change_where(release, |said| said.contains(from), from, to);
}

/// The same in the first sidecar of which something is true: codes, and so which one is the first, differ from run to run.
fn change_where(release: &Path, is_meant: impl Fn(&str) -> bool, from: &str, to: &str) {
    let sidecars = ending(release, ".consent.json").into_iter().map(|path| release.join(path));
    let mut read = sidecars.map(|path| (fs::read_to_string(&path).unwrap(), path));
    let (said, path) = read.find(|(said, _)| is_meant(said)).unwrap();
    let mut changed = said.replacen(from, to, 1);
    if from.contains("sha256") {
        let at = changed.find(to).unwrap() + to.len();
        changed.replace_range(at + 62..at + 64, "");
    }
    fs::write(&path, changed).unwrap();
    sum_again(release);
}

#[test]
fn objects_that_were_cleaned_with_options_are_read_again_with_those_that_their_sidecars_name() {
    let home = home();
    let choices: [&[&str]; 4] = [
        &["retain-uids"],
        &["retain-longitudinal-modified-dates", "clean-descriptors"],
        &["retain-longitudinal-full-dates", "retain-device-identity", "retain-patient-characteristics"],
        &["retain-institution-identity", "retain-safe-private", "clean-graphics"],
    ];
    let mut tried = 0;
    for (n, choice) in choices.into_iter().enumerate() {
        let release = format!("release-{n}");
        let options: Vec<&str> = choice.iter().flat_map(|option| ["--dicom-option", option]).collect();
        let with = ["--custody", "custody", "--profile", "scrubs.toml", "--register", "register.csv"];
        home.clean(&[&["pictures", "--to", &release][..], &with, &options].concat(), 1);
        assert!(ending(&home.at(&release), ".dcm").len() > 1);
        let (exit, said) = verify(&home, &release, &[]);
        assert_eq!(exit, Some(0), "{choice:?}: {said}");
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn what_is_no_release_is_refused() {
    let home = Home::new();
    fs::create_dir(home.at("empty")).unwrap();
    for (path, says) in [("empty", "not a release"), ("nowhere", "cannot be read")] {
        let (exit, said) = verify(&home, path, &[]);
        assert_eq!((exit, said.contains(says)), (Some(2), true), "{said}");
    }
}
