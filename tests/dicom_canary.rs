//! More than a hundred places in which identity hides in DICOM objects, through the program as a user runs it: under the
//! Basic Profile and with the options that keep most, nothing of any of them is in what comes out, whatever the spelling.
//!
//! What does not come out at all is counted apart, with the reason. Where `dcmdump` is installed, and a Python with pydicom
//! (`SCRUBS_PYTHON`, else `python3`), they must open every output.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "support/canary.rs"]
mod canary;
#[path = "support/dicom.rs"]
#[allow(dead_code, reason = "the makers are shared, and this file uses a part of them")]
mod dicom;
#[path = "support/jp2.rs"]
mod jp2;
#[path = "support/picture.rs"]
mod picture;
#[path = "support/running.rs"]
#[allow(dead_code, unreachable_pub, reason = "the makers are shared, and this file uses a part of them")]
mod running;
#[path = "support/viewer.rs"]
mod viewer;

use canary::{Place, Search, TRAPS, opened, places, without_new_uids};
use running::{Home, tree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// A person says of every picture that nobody can be recognised, so that it is released where nothing else is amiss.
const ASSESSED: &str = "[[assessment]]\nrecordings = \"**\"\nidentifiable = \"no\"\npixels = \"no-marks\"\nby = \"A. Consultant\"\n\
    on = \"2026-11-20\"\n";

/// Places whose objects may be kept back whole, and why: what cannot be cleaned safely is not carried over.
const KEPT_BACK: [(&str, &str); 13] = [
    ("200 sequences deep", "too-large"),
    ("70 sequences deep", "too-large"),
    ("deflated data set that never ends", "too-large"),
    ("directory: record of a patient", "dicom-directory"),
    ("document: 3D model", "encapsulated-document"),
    ("document: CDA", "encapsulated-document"),
    ("document: PDF", "encapsulated-document"),
    ("document: in an image", "encapsulated-document"),
    ("overlay in unused bits of the samples", "overlay-in-pixels"),
    ("slide: label said to be in the picture", "slide-label"),
    ("slide: overview with the label", "slide-label"),
    ("slide: picture of the label", "slide-label"),
    ("unused bits of the samples", "unused-bits"),
];

/// What became of the objects of one run.
#[derive(Default)]
struct Outcome {
    released: usize,
    held: usize,
    /// Objects that did not come out: the place, and why.
    refused: BTreeMap<&'static str, BTreeSet<String>>,
    leaks: Vec<String>,
    outputs: Vec<PathBuf>,
}

/// What a source file is called: of which place it is, and in which encoding.
fn file_name(place: usize, number: usize) -> String {
    format!("zsource-{place:03}-{number}.dcm")
}

fn run(home: &Home, places: &[Place], search: &Search, options: &str) -> Outcome {
    fs::write(home.at("profile.toml"), format!("{options}{ASSESSED}")).unwrap();
    let (release, custody) = (home.at("release"), home.at("custody"));
    for folder in [&release, &custody] {
        let _ = fs::remove_dir_all(folder);
    }
    let _ = fs::remove_file(home.at("custody-identity.txt"));
    home.clean(&["source", "--to", "release", "--custody", "custody", "--profile", "profile.toml"], 1);
    let codes = home.reveal("custody");
    let mut outcome = Outcome::default();
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    for (place, number) in places.iter().enumerate().flat_map(|(i, p)| (0..p.files.len()).map(move |n| (i, n))) {
        let source = codes.iter().find(|(path, _)| path.ends_with(&file_name(place, number)));
        let code = source.map(|(_, code)| code.clone()).unwrap_or_default();
        let files =
            [&release.join("recordings"), &custody.join("held")].map(|root| root.join(&code[..14.min(code.len())]));
        let [out, held] = files.map(|folder| folder.join(format!("{code}.dcm")));
        match (!code.is_empty(), out.is_file(), held.is_file()) {
            (true, true, false) => outcome.released += 1,
            (true, false, true) => outcome.held += 1,
            _ => {
                outcome.refused.entry(places[place].name).or_default().extend(reasons(home, &code));
                continue;
            }
        }
        outcome.outputs.push(if out.is_file() { out } else { held });
        assert!(owners.insert(code.clone(), place).is_none(), "two objects became {code}");
    }
    for (root, (path, bytes)) in
        [&release, &custody].into_iter().flat_map(|root| tree(root).into_iter().map(move |entry| (root, entry)))
    {
        let stem = path.file_name().unwrap().to_string_lossy().split('.').next().unwrap_or_default().to_owned();
        let own = owners.get(&stem).copied();
        // A file of one recording is searched for the days of its own place; what is of all, for none: they move.
        let own = own.or(Some(usize::MAX));
        let bytes = without_new_uids(opened(&bytes));
        let mut found = search.hits(&bytes, own);
        found.extend(search.hits(path.to_string_lossy().as_bytes(), own));
        for place in found {
            outcome.leaks.push(format!("{}: in {}", places[place].name, root.join(&path).display()));
        }
        for ours in [&b"Doe^Jane"[..], b"1.2.999.", b"zsource"] {
            if memchr::memmem::find(&bytes, ours).is_some() {
                outcome.leaks.push(format!("{}: in {}", String::from_utf8_lossy(ours), path.display()));
            }
        }
    }
    outcome
}

/// Why a recording was kept back, as codes of the full report.
fn reasons(home: &Home, code: &str) -> Vec<String> {
    let report = fs::read_to_string(home.at("custody/report/recordings.jsonl")).unwrap();
    let mut rows = report.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let row = rows.find(|row| !code.is_empty() && row["recording"] == code).unwrap_or_default();
    row["reasons"].as_array().into_iter().flatten().map(|reason| running::string(&reason["code"])).collect()
}

#[test]
fn nothing_of_any_hiding_place_comes_out() {
    let places = places();
    let search = Search::of(&places);
    let mut by_trap = [0; TRAPS.len()];
    places.iter().for_each(|p| by_trap[p.trap - 1] += 1);
    assert!(places.len() >= 100, "{} places", places.len());
    assert!(by_trap.iter().all(|count| *count >= 5), "{by_trap:?}");

    let home = Home::new();
    fs::create_dir(home.at("source")).unwrap();
    let mut objects = 0;
    for (i, place) in places.iter().enumerate() {
        for (n, (_, bytes)) in place.files.iter().enumerate() {
            // The test can fail: what it looks for is there, and in no other place's objects.
            let there = search.hits(&opened(bytes), None);
            assert_eq!(there, BTreeSet::from([i]), "{} is in its own object alone ({n})", place.name);
            fs::write(home.at("source").join(file_name(i, n)), bytes).unwrap();
            objects += 1;
        }
    }
    let most = "dicom-options = [\"clean-descriptors\", \"clean-structured-content\", \"clean-graphics\", \
        \"retain-safe-private\", \"retain-longitudinal-modified-dates\"]\n";
    for (label, options) in [("the Basic Profile", ""), ("the options that keep most", most)] {
        let outcome = run(&home, &places, &search, options);
        let refused = outcome.refused.len();
        eprintln!(
            "{label}: {} places ({by_trap:?} by trap) in {objects} objects: {} released, {} held cleaned; of {} places objects \
            came out, of {refused} none, for {:?}",
            places.len(),
            outcome.released,
            outcome.held,
            places.len() - refused,
            outcome.refused.values().flatten().collect::<BTreeSet<_>>()
        );
        assert!(outcome.leaks.is_empty(), "{} leaks under {label}:\n{}", outcome.leaks.len(), outcome.leaks.join("\n"));
        for (place, why) in &outcome.refused {
            let allowed = KEPT_BACK.iter().find(|(name, _)| name == place).map(|(_, reason)| (*reason).to_owned());
            assert_eq!(why.iter().next().cloned(), allowed, "{place} is kept back under {label}: {why:?}");
            assert_eq!(why.len(), 1, "{place}: {why:?}");
        }
        assert!(places.len() - refused >= 390 && outcome.released >= 1200, "{label}: {refused}, {}", outcome.released);
        viewer::open_everywhere(&outcome.outputs);
    }
}
