//! Facts from several sources: each is told to custody with its origin, disagreements are told and the cautious word
//! counts, a sidecar that comes back is believed only where custody knows it, and purposes are judged each for itself.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use support::collection::collection;
use support::running::{Home, copy, text, tree};

const PROFILE: &str = "[[kind]]\nrecordings = \"films/**\"\nkind = \"x-ray\"\n[[made-for]]\nrecordings = \"**\"\n\
    made-for = \"care\"\n[[assessment]]\nrecordings = \"**\"\nidentifiable = \"no\"\npixels = \"no-marks\"\n\
    by = \"A. Canary\"\non = \"2026-11-01\"\n";

/// A folder of photographs, no two alike.
fn home(names: &[&str]) -> Home {
    let home = Home::new();
    let photographs = collection().into_iter().filter(|f| {
        f.path.ends_with(".jpg") && f.outcome != "held" && !f.path.contains("copy of") || f.path.starts_with("faces/")
    });
    let mut used = 0;
    for (name, fixture) in names.iter().zip(photographs) {
        let path = home.at("pictures").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, fixture.bytes).unwrap();
        used += 1;
    }
    assert_eq!(used, names.len(), "as many photographs as names");
    fs::write(home.at("scrubs.toml"), PROFILE).unwrap();
    home
}

/// The lines of custody's report by the name of the source.
fn report(home: &Home, custody: &str) -> BTreeMap<String, Value> {
    let lines = fs::read_to_string(home.at(custody).join("report/recordings.jsonl")).unwrap();
    let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sources = home.reveal(custody);
    let named = |(source, code): (String, String)| {
        let row = rows.iter().find(|row| row["recording"] == code.as_str())?;
        Some((source.rsplit('/').next().unwrap().to_owned(), row.clone()))
    };
    sources.into_iter().filter_map(named).collect()
}

fn reasons(row: &Value) -> Vec<String> {
    row["reasons"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap().to_owned()).collect()
}

const FIRST: [&str; 8] =
    ["pictures", "--to", "release", "--custody", "custody", "--profile", "scrubs.toml", "--register"];

#[test]
fn each_fact_says_where_it_is_from_and_sources_that_disagree_are_told_without_what_they_say() {
    let home = home(&["hands/a.jpg", "hands/b.jpg", "films/c.jpg", "hands/d.jpg"]);
    let register = "recording,kind,made_for,identifiable,status,scopes\n\
                    hands/b.jpg,,,yes,,\nfilms/c.jpg,photograph,secondary,,,\nhands/d.jpg,,,,given,teaching\n";
    let rows = register.replace(",yes,,\n", ",yes,no-record,\n").replace("secondary,,,", "secondary,,no-record,");
    fs::write(home.at("register.csv"), rows).unwrap();
    home.clean(&[&FIRST[..], &["register.csv"]].concat(), 1);
    let told = report(&home, "custody");
    let fact = |name: &str, fact: &str| {
        let fact = &told[name]["facts"][fact];
        (fact["value"].as_str().unwrap().to_owned(), fact["from"].as_str().unwrap().to_owned())
    };
    let is = |value: &str, from: &str| (value.to_owned(), from.to_owned());
    assert_eq!(fact("a.jpg", "kind"), is("photograph", "kind of file"));
    assert_eq!(fact("a.jpg", "made-for"), is("care", "profile, [[made-for]]"));
    assert_eq!(fact("a.jpg", "consent"), is("no-record", "cautious reading"));
    assert_eq!(fact("a.jpg", "cleaned"), is("yes", "this run"));
    assert_eq!(fact("d.jpg", "consent"), is("given: teaching", "register, line 4"));
    // Of whether the patient can be recognised the more cautious word counts, of the kind the weightier source's.
    assert_eq!(fact("b.jpg", "identifiable"), is("yes", "register, line 2"));
    assert_eq!(reasons(&told["b.jpg"]), ["no-consent-record", "sources-disagree-identifiable"]);
    assert_eq!(fact("c.jpg", "kind"), is("photograph", "register, line 3"));
    let differing = told["c.jpg"]["disagreements"].as_array().unwrap();
    assert_eq!(differing.len(), 2);
    assert_eq!(differing[0], serde_json::json!({ "fact": "kind", "taken": "register", "against": "profile" }));
    let own = fs::read_to_string(home.at("release/report/recordings.jsonl")).unwrap();
    for word in ["facts", "disagree", "register", "[[", "cautious"] {
        assert!(!own.contains(word), "{word} is for custody alone");
    }
    let page = fs::read_to_string(home.at("custody/report/index.html")).unwrap();
    assert!(page.contains("Where sources disagree") && page.contains("FLAGGED: 1 recording must not be used"));
    assert!(page.find("FLAGGED").unwrap() < page.find("class=\"numbers\"").unwrap(), "first of all");
    assert!(!fs::read_to_string(home.at("release/report/index.html")).unwrap().contains("sources disagree"));
}

/// Whether a withdrawal, a refusal or an assessment that is more cautious counts from wherever it comes.
#[test]
fn the_cautious_word_counts_from_a_lighter_source_too_and_the_recordings_own_row_settles_it() {
    let home = home(&["hands/a.jpg", "hands/b.jpg"]);
    fs::write(home.at("scrubs.toml"), PROFILE.replace("identifiable = \"no\"", "identifiable = \"yes\"")).unwrap();
    let register = "recording,status,identifiable,assessed_by\nhands/*,no-record,no,A. Canary\nhands/b.jpg,no-record,no,A. Canary\n";
    fs::write(home.at("register.csv"), register).unwrap();
    home.clean(&[&FIRST[..], &["register.csv"]].concat(), 1);
    let told = report(&home, "custody");
    assert_eq!(told["a.jpg"]["facts"]["identifiable"]["from"], "profile, [[assessment]]");
    assert_eq!(told["a.jpg"]["outcome"], "held");
    assert_eq!(told["b.jpg"]["facts"]["identifiable"]["value"], "no");
    assert_eq!(
        (told["b.jpg"]["outcome"].as_str(), told["b.jpg"]["disagreements"].as_array().unwrap().len()),
        (Some("released"), 1)
    );
}

/// The recordings of a release, by code, as a folder that somebody hands back.
fn hand_back(home: &Home, release: &str) -> Vec<PathBuf> {
    copy(&home.at(release).join("recordings"), &home.at("back"));
    let all: Vec<PathBuf> = tree(&home.at("back")).into_keys().map(|path| home.at("back").join(path)).collect();
    all.into_iter().filter(|path| path.extension().is_some_and(|end| end == "jpg")).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

#[test]
fn a_release_that_comes_back_is_believed_only_where_custody_knows_its_sidecars() {
    let names = ["films/a.jpg", "hands/b.jpg", "hands/c.jpg", "hands/d.jpg", "hands/e.jpg"];
    let home = home(&names);
    let register = "recording,status,scopes,identifiable\nhands/b.jpg,given,teaching,yes\n";
    fs::write(home.at("register.csv"), register).unwrap();
    home.clean(&[&FIRST[..], &["register.csv"]].concat(), 0);
    let back = hand_back(&home, "release");
    assert_eq!(back.len(), 5);
    let codes = home.reveal("custody");
    let of = |name: &str| {
        let code = &codes.iter().find(|(source, _)| source.ends_with(name)).unwrap().1;
        back.iter().find(|path| stem(path) == **code).unwrap().clone()
    };
    // One sidecar is improved by hand, one recording is changed, and one consent is withdrawn since.
    let better = of("c.jpg").with_extension("consent.json");
    let said = fs::read_to_string(&better).unwrap();
    fs::write(&better, said.replace("\"photograph\"", "\"x-ray\"")).unwrap();
    let mut bytes = fs::read(of("d.jpg")).unwrap();
    bytes.extend_from_slice(b"more");
    fs::write(of("d.jpg"), bytes).unwrap();
    let code = stem(&of("e.jpg"));
    let arguments =
        ["consent", "withdraw", &code, "--on", "2026-11-10", "--release", "release", "--custody", "custody"];
    let withdrawn = home.run(&[&arguments[..], &["--yes"]].concat());
    assert!(matches!(withdrawn.status.code(), Some(0 | 1)), "{}", text(&withdrawn.stderr));

    let again = ["back", "--to", "second", "--custody", "custody"];
    let summary = home.clean(&again, 1);
    assert_eq!(summary["summary"]["recordings"]["released"], 2, "{summary:#}");
    let told = report(&home, "custody");
    let row = |name: &str| told[&format!("{}.jpg", stem(&of(name)))].clone();
    for (name, kind) in [("a.jpg", "x-ray"), ("b.jpg", "photograph")] {
        assert_eq!(row(name)["outcome"], "released", "{name}");
        assert_eq!(row(name)["facts"]["kind"]["value"], kind);
    }
    assert_eq!(row("a.jpg")["facts"]["kind"]["from"], "sidecar of an earlier run");
    assert_eq!(row("b.jpg")["facts"]["consent"]["from"], "sidecar of an earlier run");
    for name in ["c.jpg", "d.jpg"] {
        assert!(reasons(&row(name)).contains(&"no-consent-record".to_owned()), "{name}");
        assert_eq!(row(name)["facts"]["kind"]["from"], "kind of file", "{name} is not believed");
    }
    assert_eq!(reasons(&row("e.jpg"))[0], "consent-withdrawn", "a sidecar from before does not undo it");
    let groups = summary["summary"]["not_released"].as_array().unwrap();
    let listed =
        |code: &str| groups.iter().find(|group| group["code"] == code).map_or(0, |g| g["count"].as_u64().unwrap());
    assert_eq!((listed("consent-sidecar"), listed("sidecar-apart"), listed("sidecar-not-known")), (2, 1, 2));

    // The same again is the same, whatever the number of workers; another custody believes nothing.
    let before = (tree(&home.at("second")), fs::read(home.at("custody/report/recordings.jsonl")).unwrap());
    home.clean(&[&again[..], &["--jobs", "1"]].concat(), 1);
    assert!(before == (tree(&home.at("second")), fs::read(home.at("custody/report/recordings.jsonl")).unwrap()));
    let foreign = home.clean(&["back", "--to", "third", "--custody", "other"], 1);
    assert_eq!(foreign["summary"]["recordings"]["released"], 0);
    let verified = home.run(&["verify", "second"]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stdout));
}

#[test]
fn the_summary_leads_to_the_review_where_a_person_may_decide_and_speaks_of_teaching_where_that_opens_something() {
    let home = home(&["hands/a.jpg", "faces/c.jpg"]);
    let row = |status: &str| format!("recording,status,scopes,identifiable\nfaces/c.jpg,{status},,yes\n");
    let given = "hands/a.jpg,given,teaching;publication,yes\n";
    let cases = [
        ("refused", "teaching", false, false),
        ("no-record", "teaching", true, false),
        ("no-record", "publication", true, false),
        ("given", "publication", true, true),
    ];
    let tried = cases.len();
    for (n, (status, purpose, decidable, taught)) in cases.into_iter().enumerate() {
        let row = if status == "given" { row("given").replace(",,yes", ",teaching,yes") } else { row(status) };
        fs::write(home.at("register.csv"), row + given).unwrap();
        let (release, custody) = (format!("release {n}"), format!("custody-{n}"));
        let with = ["--custody", &custody, "--profile", "scrubs.toml", "--register", "register.csv"];
        let output = home.run(&[&["clean", "pictures", "--to", &release, "--purpose", purpose][..], &with].concat());
        let said = text(&output.stdout);
        let next = format!("Next     scrubs review {release} --custody {custody}  (look at what is held and decide)\n");
        assert_eq!(said.ends_with(&next), decidable, "{n}: {said}");
        assert_eq!(said.contains("scrubs review"), decidable, "{n}: {said}");
        assert_eq!(said.contains("usable for teaching"), taught, "{n}: {said}");
        assert!(!said.contains("none of them"), "{n}: {said}");
    }
    assert_eq!(tried, 4);
}

#[test]
fn one_custody_holds_releases_for_several_purposes_and_the_stricter_one_says_what_it_closes() {
    let home = home(&["hands/a.jpg", "hands/b.jpg", "faces/c.jpg"]);
    let register = "recording,status,scopes,identifiable,conditions\nhands/a.jpg,given,teaching;publication,yes,\n\
                    hands/b.jpg,given,teaching,yes,\nfaces/c.jpg,no-record,,yes,\n";
    fs::write(home.at("register.csv"), register).unwrap();
    let clean = |release: &str, purpose: &str, exit| {
        let with = ["--custody", "custody", "--profile", "scrubs.toml", "--register", "register.csv"];
        home.clean(&[&["pictures", "--to", release, "--purpose", purpose][..], &with].concat(), exit)
    };
    let teaching = clean("taught", "teaching", 1);
    let published = clean("published", "publication", 1);
    let count = |summary: &Value| summary["summary"]["recordings"]["released"].as_u64();
    assert_eq!((count(&teaching), count(&published)), (Some(2), Some(1)));
    assert_eq!(published["summary"]["for_teaching"], serde_json::json!({ "usable": 2, "more": 1 }));
    assert_eq!(teaching["summary"]["for_teaching"], Value::Null);
    assert_eq!((&teaching["summary"]["flagged"], &published["summary"]["flagged"]), (&1.into(), &1.into()));
    for release in ["taught", "published"] {
        assert_eq!(home.run(&["verify", release]).status.code(), Some(0), "{release}");
    }
    let code = |release: &str| tree(&home.at(release).join("recordings")).into_keys().next().unwrap();
    assert_ne!(code("taught"), code("published"), "the codes of the public domain are the release's own");
    let arguments = ["clean", "pictures", "--to", "published", "--purpose", "publication", "--custody", "custody"];
    let more = ["--profile", "scrubs.toml", "--register", "register.csv"];
    let said = text(&home.run(&[&arguments[..], &more].concat()).stdout);
    let unwrapped = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped.contains("stricter than teaching"), "{said}");
    assert!(unwrapped.contains("2 recordings would be usable for teaching, and 1 of them is held here"), "{said}");
    let lines: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
    let first = lines.iter().position(|line| line.contains("looked at")).unwrap();
    assert!(lines[first + 1].starts_with("FLAGGED: 1 recording must not be used (GMC para 23)"), "{said}");
}

#[test]
fn consents_are_written_as_fhir_resources_where_asked_and_say_no_more_than_the_sidecars() {
    let home = home(&["hands/a.jpg", "hands/b.jpg", "hands/c.jpg"]);
    let register = "recording,status,scopes,conditions,given_on,expires_on,given_by\n\
                    hands/a.jpg,given,training;teaching,no-online-use,2019-05-17,2035-03-02,patient\n\
                    hands/b.jpg,refused,,,,,\n";
    fs::write(home.at("register.csv"), register).unwrap();
    let asked = [&FIRST[..], &["register.csv", "--consent-fhir"]].concat();
    home.clean(&asked, 1);
    let lines = |root: &str| {
        let text = fs::read_to_string(home.at(root).join("report/consent.fhir.ndjson")).unwrap();
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    let (released, held) = (lines("release"), lines("custody"));
    assert_eq!((released.len(), held.len()), (1, 1), "nothing is said of a recording without a record");
    let consent = &released[0];
    assert_eq!((&consent["resourceType"], &consent["status"]), (&"Consent".into(), &"active".into()));
    assert_eq!((&consent["dateTime"], &consent["provision"]["period"]["end"]), (&"2019-05".into(), &"2035-03".into()));
    assert_eq!(consent["provision"]["type"], "permit");
    let codes: Vec<&str> =
        consent["provision"]["purpose"].as_array().unwrap().iter().map(|c| c["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["teaching", "training", "TRAIN"]);
    assert_eq!(consent["provision"]["modifierExtension"][0]["valueCode"], "no-online-use");
    assert!(consent["patient"]["identifier"]["value"].as_str().unwrap().starts_with("P-"));
    assert_eq!(
        (&held[0]["status"], &held[0]["provision"]),
        (&"rejected".into(), &serde_json::json!({ "type": "deny" }))
    );
    assert_eq!(home.run(&["verify", "release"]).status.code(), Some(0));
    // Later runs keep it true, asked or not.
    fs::write(home.at("register.csv"), register.replace("given,training;teaching", "withdrawn,training;teaching"))
        .unwrap();
    home.clean(&[&FIRST[..], &["register.csv"]].concat(), 1);
    assert_eq!((lines("release").len(), lines("custody").len()), (0, 2));
    assert_eq!(home.run(&["verify", "release"]).status.code(), Some(0));
}
