//! The worked collection: forty recordings, cleaned for four purposes, each as `fixtures/worked/expected.md` expects.
//!
//! The page is the truth. It is held against the program's runs, against the judge alone, and against a second judge
//! that was written from the guidance (`support/second.rs`).
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails loudly, which is what a test is for")]

mod support;

use scrubs::code::custody::Custody;
use scrubs::code::key::{self, Wanted};
use scrubs::consent::Date;
use scrubs::guidance::{Facts, judge, rules};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use support::expected::{self, Expected, Page};
use support::running::{Home, copy, holders, string, tree};
use support::second;
use support::worked::recordings;

/// The page's sections and the purposes they are about.
const PURPOSES: [(&str, &str); 4] = [
    ("Teaching", "teaching"),
    ("Research", "research"),
    ("Publication", "publication"),
    ("Public media", "public-media"),
];

/// The section in which no key is kept.
const FORGOTTEN: &str = "Publication, with no key kept";

static PAGE: LazyLock<Page> = LazyLock::new(|| expected::read(&fs::read_to_string(at("expected.md")).unwrap()));

fn at(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/worked").join(name)
}

/// Every section with its purpose and whether a key is kept.
fn sections() -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    PURPOSES.iter().map(|&(section, purpose)| (section, purpose, true)).chain([(FORGOTTEN, "publication", false)])
}

/// What a verdict in JSON says, as the page has it.
fn said(verdict: &Value, released: bool) -> Expected {
    let list = |value: &Value| value.as_array().unwrap().iter().map(string).collect::<BTreeSet<_>>();
    let rules = verdict["rules"].as_array().unwrap();
    Expected {
        verdict: match string(&verdict["outcome"]).as_str() {
            "must-not-use" => "must not be used".to_owned(),
            other => other.replace('-', " "),
        },
        released,
        rules: rules.iter().map(|rule| string(&rule["id"])).collect(),
        paragraphs: rules.iter().flat_map(|rule| list(&rule["cites"])).collect(),
        conditions: list(&verdict["conditions"]),
        help: match verdict.get("would_help") {
            Some(help) => help.as_array().unwrap().iter().map(|one| string(&one["code"])).collect(),
            None => BTreeSet::new(),
        },
    }
}

/// Every row that is not as the page has it, all told at once.
fn compare(differences: &mut Vec<String>, whose: &str, section: &str, path: &str, is: &Expected) {
    let page = &PAGE.sections[section][path];
    if is != page {
        differences.push(format!("{whose}, {section}, {path}\n  page     {page:?}\n  {whose:8} {is:?}"));
    }
}

fn none(differences: &[String]) {
    assert!(differences.is_empty(), "{} rows differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn the_page_speaks_of_every_recording_for_every_purpose_and_of_every_rule() {
    let paths: BTreeSet<String> = recordings().iter().map(|one| one.path.to_owned()).collect();
    assert_eq!(PAGE.known.keys().cloned().collect::<BTreeSet<_>>(), paths);
    let mut rows = 0;
    for (section, _) in PURPOSES {
        assert_eq!(PAGE.sections[section].keys().cloned().collect::<BTreeSet<_>>(), paths, "{section}");
        rows += PAGE.sections[section].len();
    }
    assert_eq!((PAGE.known.len(), rows, PAGE.sections[FORGOTTEN].len()), (40, 160, 2));
    assert_eq!(PAGE.sections.len(), 5);
    let cited: BTreeSet<&str> =
        PAGE.sections.values().flat_map(|rows| rows.values()).flat_map(|row| &row.rules).map(String::as_str).collect();
    assert_eq!(cited, rules().iter().map(|rule| rule.id).collect());
    assert_eq!(cited.len(), 26);
}

#[test]
fn the_page_is_what_a_second_judge_and_the_judge_make_of_its_facts() {
    let today = Date::today();
    let month = today.month().to_string();
    let (mut compared, mut differences) = (0, Vec::new());
    for (section, purpose, kept) in sections() {
        for (path, page) in &PAGE.sections[section] {
            let facts = &PAGE.known[path];
            let second = second::judge(facts, purpose, &month, kept);
            let rules: BTreeSet<String> = second.rules.iter().map(|id| (*id).to_owned()).collect();
            if (second.outcome, &rules, &second.conditions) != (&*page.verdict, &page.rules, &page.conditions) {
                differences.push(format!("second judge, {section}, {path}\n  page {page:?}\n  {second:?}"));
            }
            let mut stated = expected::as_json(facts);
            stated.insert("purpose".to_owned(), json!(purpose));
            stated.insert("coding".to_owned(), json!(if kept { "coded" } else { "none" }));
            let facts = Facts::read(&Value::from(stated).to_string(), today).unwrap().remove(0);
            let verdict = judge(&facts);
            let is = said(&serde_json::to_value(&verdict).unwrap(), verdict.is_usable());
            compare(&mut differences, "judge", section, path, &is);
            compared += 1;
        }
    }
    none(&differences);
    assert_eq!(compared, 162);
}

/// A run over the collection, or a part of it.
struct Ran {
    home: Home,
    /// For each code, its sidecar and whether it lies in the release.
    sidecars: BTreeMap<String, (Value, bool)>,
}

fn run(purpose: &str, part: &str, more: &[&str]) -> Ran {
    let home = Home::new();
    copy(&at("recordings").join(part), &home.at("pictures").join(part));
    let [register, profile] = ["register.csv", "profile.toml"].map(|name| at(name).to_str().unwrap().to_owned());
    let mut arguments = vec!["pictures", "--to", "release", "--custody", "custody"];
    // What is known of the pictures is on the page: nothing looks at them.
    arguments.extend(["--register", &register, "--profile", &profile, "--purpose", purpose, "--pixels", "skip"]);
    arguments.extend(more);
    home.clean(&arguments, 1);
    let mut sidecars = BTreeMap::new();
    for (folder, released) in [("release/recordings", true), ("custody/held", false)] {
        for (path, bytes) in tree(&home.at(folder)) {
            if path.to_string_lossy().ends_with(".consent.json") {
                let sidecar: Value = serde_json::from_slice(&bytes).unwrap();
                sidecars.insert(string(&sidecar["recording"]), (sidecar, released));
            }
        }
    }
    Ran { home, sidecars }
}

/// A sidecar's verdict as the page has it; what would help stands in no sidecar.
fn noted(sidecar: &Value, released: bool, page: &Expected) -> Expected {
    Expected { help: page.help.clone(), ..said(&sidecar["verdict"], released) }
}

/// The facts of a sidecar that the page must have too, by the names of a facts file.
fn same_facts(path: &str, sidecar: &Value) {
    let page = expected::as_json(&PAGE.known[path]);
    let word = |key: &str| page.get(key).map(string).unwrap_or_else(|| "unknown".to_owned());
    for (key, stated) in [("kind", "kind"), ("made-for", "made_for"), ("made-when", "made_when")] {
        assert_eq!(word(key), string(&sidecar[stated]), "{path}: {key}");
    }
    assert_eq!(word("identifiable"), string(&sidecar["identifiable"]["value"]), "{path}");
    let consent = page["consent"].as_object().unwrap();
    for key in ["status", "form"] {
        let said = consent.get(key).cloned().unwrap_or(Value::Null);
        assert_eq!(said, sidecar["consent"][key], "{path}: consent.{key}");
    }
    for key in ["scopes", "conditions"] {
        let list = |value: Option<&Value>| -> BTreeSet<String> {
            value.and_then(Value::as_array).map(|all| all.iter().map(string).collect()).unwrap_or_default()
        };
        assert_eq!(list(consent.get(key)), list(sidecar["consent"].get(key)), "{path}: consent.{key}");
    }
    let cleaned = if word("cleaned") == "yes" { "no-marks" } else { "unchecked" };
    assert_eq!(cleaned, string(&sidecar["anonymisation"]["pixels"]), "{path}");
}

/// The facts without what is empty, so that those of the page and those of the key can be compared.
fn bare(facts: &Map<String, Value>) -> Map<String, Value> {
    let default = |key: &str, value: &Value| match value {
        Value::Null => true,
        Value::Array(all) => all.is_empty(),
        Value::String(word) => {
            let cautious = [("existing-collection", "no"), ("subject", "unknown"), ("ownership", "not-stated")];
            cautious.contains(&(key, word.as_str())) || (key.starts_with("made-") && word == "unknown")
        }
        _ => false,
    };
    let mut all = Map::new();
    for (key, value) in facts {
        // Who decided and why is not on the page, and what a run is for is not a fact of the recording.
        if ["purpose", "as-of", "coding", "by", "reason"].contains(&key.as_str()) || default(key, value) {
            continue;
        }
        let value = match value {
            Value::Object(inner) => bare(inner).into(),
            Value::Array(list) => list.iter().map(string).collect::<BTreeSet<_>>().into_iter().collect(),
            other => other.clone(),
        };
        all.insert(key.clone(), value);
    }
    all
}

/// What custody's sealed copy says of each source: the code, and the facts where it holds them.
fn sealed(ran: &Ran) -> BTreeMap<String, (String, Option<Map<String, Value>>)> {
    let custody = Custody::open(&ran.home.at("custody")).unwrap();
    let all = key::reveal(&custody, &ran.home.at("custody-identity.txt"), &Wanted::All).unwrap().revealed;
    let one = |entry: &key::KeyEntry| {
        let source = entry.source.reveal_text().replace('\\', "/");
        let (_, path) = source.split_once("pictures/").unwrap();
        let details: Option<Value> = entry.consent.as_ref().map(|d| serde_json::from_slice(d.reveal()).unwrap());
        let facts = details.and_then(|details| details["facts"].as_object().cloned());
        (path.to_owned(), (entry.code.to_string(), facts))
    };
    all.iter().map(|revealed| one(&revealed.entry)).collect()
}

/// Cleans the collection for one purpose and holds everything against the page.
fn cleaned_for(section: &str, purpose: &str) {
    let ran = run(purpose, "", &[]);
    let sealed = sealed(&ran);
    assert_eq!((sealed.len(), ran.sidecars.len()), (40, 40));
    let (mut differences, mut stated, mut planted) = (Vec::new(), Vec::new(), 0);
    for (path, (code, facts)) in &sealed {
        let (sidecar, released) = &ran.sidecars[code];
        let is = noted(sidecar, *released, &PAGE.sections[section][path]);
        compare(&mut differences, "clean", section, path, &is);
        same_facts(path, sidecar);
        let Some(facts) = facts else { continue };
        assert_eq!(bare(facts), bare(&expected::as_json(&PAGE.known[path])), "{path}");
        stated.push((path, *released, Value::from(facts.clone()).to_string()));
    }
    // What custody has sealed is judged as the sidecars were.
    let lines: Vec<&str> = stated.iter().map(|(_, _, facts)| facts.as_str()).collect();
    fs::write(ran.home.at("facts.jsonl"), lines.join("\n")).unwrap();
    let output = ran.home.run(&["judge", "facts.jsonl"]);
    let verdicts = String::from_utf8(output.stdout).unwrap();
    assert_eq!(verdicts.lines().count(), stated.len());
    for ((path, released, _), verdict) in stated.iter().zip(verdicts.lines()) {
        let verdict: Value = serde_json::from_str(verdict).unwrap();
        compare(&mut differences, "custody", section, path, &said(&verdict, *released));
    }
    none(&differences);
    // The key has the facts of those that the register or the object itself speaks of.
    assert_eq!(stated.len(), 32);
    // Whatever was planted, in recordings, their names, the register or the profile, begins so.
    for canary in ["CANARYW", "CanaryW", "Canaryw"] {
        for folder in ["release", "custody"] {
            assert_eq!(holders(&ran.home.at(folder), canary), Vec::<PathBuf>::new(), "{folder}");
        }
    }
    for canary in recordings().iter().flat_map(|one| &one.planted) {
        assert!(canary.starts_with("CANARYW") || canary.starts_with("CanaryW"), "{canary}");
        planted += 1;
    }
    assert_eq!(planted, 71);
}

#[test]
fn for_teaching_every_recording_goes_where_the_page_says() {
    cleaned_for("Teaching", "teaching");
}

#[test]
fn for_research_every_recording_goes_where_the_page_says() {
    cleaned_for("Research", "research");
}

#[test]
fn for_publication_every_recording_goes_where_the_page_says() {
    cleaned_for("Publication", "publication");
}

#[test]
fn for_public_media_every_recording_goes_where_the_page_says() {
    cleaned_for("Public media", "public-media");
}

#[test]
fn slides_of_which_no_key_is_kept_go_where_the_page_says() {
    // With the key gone only the bytes tell which is which: those of a run that keeps it.
    let kept = run("publication", "slides", &[]);
    let digests: BTreeMap<String, String> =
        sealed(&kept).into_iter().map(|(path, (code, _))| (string(&kept.sidecars[&code].0["sha256"]), path)).collect();
    let ran = run("publication", "slides", &["--forget-key"]);
    let mut differences = Vec::new();
    for (sidecar, released) in ran.sidecars.values() {
        let path = &digests[&string(&sidecar["sha256"])];
        assert_eq!(sidecar["anonymisation"]["coding"], "none");
        let is = noted(sidecar, *released, &PAGE.sections[FORGOTTEN][path]);
        compare(&mut differences, "clean", FORGOTTEN, path, &is);
    }
    none(&differences);
    assert_eq!((digests.len(), ran.sidecars.len()), (2, 2));
}
