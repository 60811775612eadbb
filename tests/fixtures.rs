//! The shipped fixtures are what their makers in `tests/support` make. After a change of the makers:
//! `SCRUBS_WRITE_FIXTURES=1 cargo test --test fixtures`.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use support::collection::{Fixture, collection};
use support::worked::recordings;

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// What `fixtures/manifest.json` says: each file, what becomes of it, and what was planted in it.
fn manifest(all: &[Fixture]) -> String {
    let rows: Vec<serde_json::Value> = all
        .iter()
        .map(|f| serde_json::json!({ "path": f.path, "outcome": f.outcome, "reason": f.reason, "planted": f.planted }))
        .collect();
    serde_json::to_string_pretty(&rows).expect("JSON") + "\n"
}

fn write(all: &[Fixture]) {
    let root = home().join("collection");
    let _ = fs::remove_dir_all(&root);
    for f in all {
        let path = root.join(f.path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, &f.bytes).expect("written");
    }
    fs::write(home().join("manifest.json"), manifest(all)).expect("written");
}

#[test]
fn the_shipped_collection_is_what_its_makers_make() {
    let all = collection();
    if std::env::var_os("SCRUBS_WRITE_FIXTURES").is_some() {
        write(&all);
    }
    let mut compared = 0;
    for f in &all {
        let shipped =
            fs::read(home().join("collection").join(f.path)).unwrap_or_else(|_| panic!("missing: {}", f.path));
        assert!(shipped == f.bytes, "not as made: {}", f.path);
        compared += 1;
    }
    assert_eq!(compared, 31);
    assert_eq!(fs::read_to_string(home().join("manifest.json")).unwrap(), manifest(&all));
}

#[test]
fn nothing_lies_in_the_collection_that_no_maker_made() {
    let made: BTreeSet<PathBuf> = collection().iter().map(|f| home().join("collection").join(f.path)).collect();
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(home().join("collection")) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            assert!(made.contains(entry.path()), "{}", entry.path().display());
            seen += 1;
        }
    }
    assert_eq!(seen, made.len());
}

#[test]
fn the_worked_collection_is_what_its_makers_make_and_nothing_else_lies_there() {
    let (all, root) = (recordings(), home().join("worked/recordings"));
    if std::env::var_os("SCRUBS_WRITE_FIXTURES").is_some() {
        let _ = fs::remove_dir_all(&root);
        for one in &all {
            let path = root.join(one.path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, &one.bytes).expect("written");
        }
    }
    let shipped = support::running::tree(&root);
    let mut planted = BTreeSet::new();
    for one in &all {
        assert!(shipped.get(Path::new(one.path)) == Some(&one.bytes), "not as made: {}", one.path);
        assert!(one.bytes.len() < 8 * 1024, "{}: {}", one.path, one.bytes.len());
        for canary in &one.planted {
            assert!(support::running::holds(&one.bytes, canary), "{}: {canary}", one.path);
            assert!(planted.insert(canary.clone()), "planted twice: {canary}");
        }
    }
    assert_eq!((all.len(), shipped.len()), (40, 40));
}
