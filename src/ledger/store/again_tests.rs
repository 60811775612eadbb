//! What the ledger promises a later run: older ledgers are brought up to date, torn logs lose no whole batch, moved
//! sources are told from missing ones.

use super::tests::{RELEASE, code, digest, entry, ledger, put, source};
use super::*;
use crate::ledger::made::{Basis, Made};
use std::fs;

/// The tables as the first version of scrubs made them, and what the second added. Never to be changed.
const FIRST: &str = "
CREATE TABLE release (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32)) STRICT;
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, release INTEGER NOT NULL REFERENCES release (id), code TEXT NOT NULL, patient TEXT NOT NULL,
    outcome INTEGER NOT NULL, usability TEXT, instance BLOB NOT NULL, entry TEXT NOT NULL, UNIQUE (release, code)
) STRICT;
CREATE INDEX entry_by_outcome ON entry (release, outcome, code);
CREATE TABLE source (
    id INTEGER PRIMARY KEY, release INTEGER NOT NULL REFERENCES release (id), source BLOB NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, content BLOB NOT NULL, settings BLOB NOT NULL,
    entry INTEGER NOT NULL REFERENCES entry (id) DEFERRABLE INITIALLY DEFERRED,
    outcome INTEGER NOT NULL, duplicate INTEGER NOT NULL, UNIQUE (release, source)
) STRICT;
CREATE INDEX source_by_content ON source (content);
CREATE INDEX source_by_entry ON source (entry);
CREATE TABLE intent (
    id INTEGER PRIMARY KEY, release INTEGER NOT NULL REFERENCES release (id), in_release INTEGER NOT NULL,
    path TEXT NOT NULL
) STRICT;
CREATE INDEX intent_by_release ON intent (release);
CREATE TABLE run (
    id TEXT NOT NULL PRIMARY KEY, release INTEGER NOT NULL REFERENCES release (id), started TEXT NOT NULL,
    finished TEXT, counts TEXT NOT NULL, tool TEXT NOT NULL, profile BLOB NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 0x73637262; PRAGMA user_version = 1;";

const SECOND: &str = "
ALTER TABLE source ADD COLUMN caution INTEGER NOT NULL DEFAULT 0;
DROP INDEX source_by_entry;
CREATE INDEX source_by_entry ON source (entry, settings, caution);
CREATE INDEX entry_by_content ON entry (release, instance);
PRAGMA user_version = 2;";

#[test]
fn a_ledger_of_every_older_version_is_brought_up_to_date_and_loses_nothing() {
    let mut tried = 0;
    for steps in [&[FIRST][..], &[FIRST, SECOND]] {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("ledger.sqlite");
        let old = Connection::open(&path).unwrap();
        steps.iter().for_each(|step| old.execute_batch(step).unwrap());
        let held = entry(1, Outcome::Held);
        let text = serde_json::to_string(&held).unwrap();
        old.execute("INSERT INTO release (id, digest) VALUES (7, ?1)", [RELEASE]).unwrap();
        old.execute(
            "INSERT INTO entry (release, code, patient, outcome, instance, entry) VALUES (7, ?1, ?2, 1, ?3, ?4)",
            (held.code.as_str(), held.patient.as_str(), digest(1), text),
        )
        .unwrap();
        old.execute(
            "INSERT INTO source (release, source, size, mtime_ns, content, settings, entry, outcome, duplicate)
             VALUES (7, ?1, 5, 6, ?2, ?3, 1, 1, 0)",
            (digest(1), digest(1), digest(9)),
        )
        .unwrap();
        drop(old);
        let mut ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.entry(&RELEASE, &held.code).unwrap(), Some((held.clone(), digest(1))));
        let glance = ledger.glance(&RELEASE, &digest(1)).unwrap().unwrap();
        assert_eq!((glance.row.size, glance.row.mtime_ns, glance.sidecar_bytes, glance.twin), (5, 6, None, false));
        assert_eq!(ledger.made(&RELEASE, &held.code).unwrap(), None, "what was not noted is not made up");
        put(&mut ledger, &RELEASE, 1..3, Outcome::Released);
        assert_eq!(ledger.count_sources(&RELEASE).unwrap(), 2);
        drop(ledger);
        let version: i64 =
            Connection::open(&path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, schema::KNOWN);
        tried += 1;
    }
    assert_eq!(tried, 2);
}

#[test]
fn a_log_that_a_power_loss_tore_loses_no_batch_that_was_whole_before_the_tear() {
    let (home, path, mut ledger) = ledger();
    for batch in 0..4 {
        put(&mut ledger, &RELEASE, batch * 10..batch * 10 + 10, Outcome::Held);
    }
    // While the ledger is open its log is not yet part of the file.
    let (file, log) = (fs::read(&path).unwrap(), fs::read(home.path().join("ledger.sqlite-wal")).unwrap());
    let (mut tried, mut before) = (0, 0);
    for step in 0..=40 {
        let length = log.len() * step / 40;
        for garbled in [false, true] {
            let torn = tempfile::tempdir().unwrap();
            let path = torn.path().join("ledger.sqlite");
            let mut left = log[..length].to_vec();
            if garbled {
                // Blocks that were allotted and never written.
                left.resize(log.len(), 0);
            }
            fs::write(&path, &file).unwrap();
            fs::write(torn.path().join("ledger.sqlite-wal"), &left).unwrap();
            let mut ledger = Ledger::open(&path).unwrap();
            let sources = ledger.count_sources(&RELEASE).unwrap();
            assert_eq!(sources % 10, 0, "a batch is stored whole or not at all");
            assert!(sources >= before, "{step}: {sources}");
            before = sources;
            put(&mut ledger, &RELEASE, 90..91, Outcome::Held);
            tried += 1;
        }
    }
    assert_eq!((tried, before), (82, 40));
}

fn made(run: &str) -> Made {
    Made {
        making: digest(70),
        plan: Some(digest(71)),
        sidecar: None,
        run: run.to_owned(),
        batch: 3,
        basis: Basis {
            from_1997: true,
            method: vec!["113100".into()],
            sidecar_bytes: 12,
            cleaned_in: "r0".into(),
            ..Basis::default()
        },
    }
}

#[test]
fn how_an_output_came_to_be_is_kept_until_it_is_made_anew() {
    let (_home, _, mut ledger) = ledger();
    put(&mut ledger, &RELEASE, 0..2, Outcome::Released);
    for run in ["r1", "r2"] {
        let mut batch = ledger.begin().unwrap();
        batch.put_made(&RELEASE, &code(0), &made(run)).unwrap();
        batch.put_entry(&RELEASE, &entry(0, Outcome::Held), &digest(0)).unwrap();
        batch.commit().unwrap();
        assert_eq!(ledger.made(&RELEASE, &code(0)).unwrap(), Some(made(run)));
    }
    assert_eq!(ledger.made(&RELEASE, &code(1)).unwrap(), None);
    assert_eq!(ledger.glance(&RELEASE, &digest(0)).unwrap().unwrap().sidecar_bytes, Some(12));
}

#[test]
fn what_a_lost_key_file_explained_is_worked_on_again_once() {
    let (_home, _, mut ledger) = ledger();
    put(&mut ledger, &RELEASE, 0..3, Outcome::Released);
    let mut batch = ledger.begin().unwrap();
    batch.put_made(&RELEASE, &code(1), &made("r1")).unwrap();
    batch.put_sealed("r1", 3, 400).unwrap();
    batch.commit().unwrap();
    assert_eq!(ledger.sealed().unwrap(), [("r1".to_owned(), 3, 400)]);
    let mut batch = ledger.begin().unwrap();
    assert_eq!(batch.seal_again("r1", 3).unwrap(), 1);
    batch.commit().unwrap();
    assert_eq!(ledger.source(&RELEASE, &digest(1)).unwrap().unwrap().mtime_ns, NEVER);
    assert_eq!(ledger.source(&RELEASE, &digest(2)).unwrap(), Some(source(2, 2)));
    assert!(ledger.sealed().unwrap().is_empty());
}

#[test]
fn a_copy_that_was_not_met_goes_unless_it_calls_for_more_caution_than_those_that_were() {
    // For each case: caution of the copy that was not met, of the one that was, whether that one is new, whether the place
    // of the first was walked; is it forgotten?
    let cases = [
        (1, 1, false, true, true),
        (1, 5, false, true, true),
        (5, 1, false, true, false),
        (5, 1, true, true, true),
        (5, 1, true, false, false),
        (1, 1, false, false, false),
    ];
    for (lost, met, is_new, walked, forgotten) in cases {
        let (_home, _, mut ledger) = ledger();
        let row = |caution, duplicate| SourceRow { caution, duplicate, ..source(0, 0) };
        let mut seen = ledger.seen().unwrap();
        let mut put = |number, row: SourceRow| {
            let mut batch = ledger.begin().unwrap();
            batch.put_entry(&RELEASE, &Entry { duplicates: 1, ..entry(0, Outcome::Held) }, &digest(0)).unwrap();
            batch.put_source(&RELEASE, &digest(number), &row).unwrap();
            batch.put_root(&RELEASE, &digest(number), 77).unwrap();
            batch.commit().unwrap();
            if number == 0 || !is_new {
                seen = ledger.seen().unwrap();
            }
        };
        put(0, row(lost, false));
        put(1, row(met, true));
        let other = ledger.glance(&RELEASE, &digest(1)).unwrap().unwrap().id;
        seen.mark(other);
        seen.walks(if walked { 77 } else { 78 });
        let missed = ledger.count_missed(&RELEASE, &seen, &[[0; 32]; 3]).unwrap();
        assert_eq!(missed, (u64::from(walked), 1));
        let mut batch = ledger.begin().unwrap();
        let told = batch.forget_moved(&RELEASE, &seen).unwrap();
        batch.commit().unwrap();
        assert_eq!(told, (u64::from(forgotten), forgotten), "{lost} {met} {is_new}");
        assert_eq!(ledger.source(&RELEASE, &digest(0)).unwrap().is_none(), forgotten);
        let other = ledger.source(&RELEASE, &digest(1)).unwrap().unwrap();
        assert_eq!((other.duplicate, other.mtime_ns == NEVER), (!forgotten, forgotten));
        let duplicates = ledger.entry(&RELEASE, &code(0)).unwrap().unwrap().0.duplicates;
        assert_eq!(duplicates, u32::from(!forgotten));
    }
}

#[test]
fn each_source_is_counted_as_met_once() {
    let (_home, _, mut ledger) = ledger();
    put(&mut ledger, &RELEASE, 0..200, Outcome::Held);
    let mut seen = ledger.seen().unwrap();
    for id in [1, 64, 65, 200, 64, 201, -1, 0] {
        seen.mark(id);
    }
    assert_eq!(seen.count(), 5, "0 is a number too, though SQLite gives it to no row of ours");
    assert!(seen.has(64) && !seen.has(63) && seen.has(201) && seen.is_new(201) && !seen.is_new(200));
}
