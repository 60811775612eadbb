//! Reviewers' decisions, and what is under way to carry one out.
//!
//! GMC para 23. A decision and a note of what is about to be moved are durable before the first file moves; the note is taken
//! back with the entry, in one commit. What a crash leaves of it is ended or taken back from here.

use super::column::{Code, Json};
use super::{Batch, Digest, Ledger, LedgerError};
use crate::code::RecordingCode;
use crate::consent::ruling::Ruling;
use crate::ledger::entry::Entry;
use crate::ledger::made::Basis;
use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};

/// The tables.
pub(super) const STEP: &str = "
CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    release INTEGER NOT NULL REFERENCES release (id),
    code TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    ruling TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
) STRICT;
CREATE INDEX decision_by_code ON decision (release, code);
CREATE TABLE decision_moving (
    id INTEGER PRIMARY KEY,
    release INTEGER NOT NULL REFERENCES release (id),
    code TEXT NOT NULL,
    undoes INTEGER NOT NULL,
    decision INTEGER NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
) STRICT;
";

/// How a recording stands: its entry, its sidecar as text, and what judging it again takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its entry.
    pub entry: Entry,
    /// Its sidecar; none where none can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sidecar: Option<String>,
    /// What judging it again takes.
    pub basis: Basis,
}

/// A decision that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Its number in this custody; later decisions have greater ones.
    pub id: i64,
    /// What it says.
    pub ruling: Ruling,
    /// How the recording stood before it.
    pub before: Standing,
    /// And after it.
    pub after: Standing,
}

/// A decision that is being carried out or taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moving {
    /// Whether it is being taken back.
    pub undoes: bool,
    /// The decision's number.
    pub decision: i64,
    /// How the recording stands until all is done.
    pub before: Standing,
    /// And then.
    pub after: Standing,
}

impl Batch<'_> {
    /// Stores a decision, to be honoured from now on, and hands back its number. `by` is who decided.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn decide(
        &mut self,
        release: &Digest,
        by: &str,
        ruling: &Ruling,
        before: &Standing,
        after: &Standing,
    ) -> Result<i64, LedgerError> {
        let release = self.number(release)?;
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO decision (release, code, decided_by, ruling, before, after) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        let code = before.entry.code.as_str();
        Ok(statement.insert((release, code, by, Json(ruling), Json(before), Json(after)))?)
    }

    /// Notes what is about to be moved for a decision.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn begin_moving(&mut self, release: &Digest, moving: &Moving) -> Result<(), LedgerError> {
        let release = self.number(release)?;
        let Moving { undoes, decision, before, after } = moving;
        self.transaction
            .prepare_cached(
                "INSERT INTO decision_moving (release, code, undoes, decision, before, after)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((release, before.entry.code.as_str(), undoes, decision, Json(before), Json(after)))?;
        Ok(())
    }

    /// Takes that note back: all is done, or all is as it was. With `forget`, the decision goes with it.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn end_moving(&mut self, moving: &Moving, forget: bool) -> Result<(), LedgerError> {
        self.transaction
            .prepare_cached("DELETE FROM decision_moving WHERE decision = ?1")?
            .execute([moving.decision])?;
        if forget {
            self.transaction.prepare_cached("DELETE FROM decision WHERE id = ?1")?.execute([moving.decision])?;
        }
        Ok(())
    }

    /// Takes over every decision that another ledger has about a release; those that are here already are passed over.
    ///
    /// # Errors
    /// When a ledger cannot be read or written.
    pub fn take_decisions(&mut self, from: &Ledger, theirs: &Digest, ours: &Digest) -> Result<(), LedgerError> {
        let ours = self.number(ours)?;
        let mut statement = from.connection.prepare_cached(
            "SELECT code, decided_by, ruling, before, after FROM decision
             WHERE release = (SELECT id FROM release WHERE digest = ?1) ORDER BY id",
        )?;
        let mut rows = statement.query([theirs])?;
        while let Some(row) = rows.next()? {
            let columns: [String; 5] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
            let [code, by, ruling, before, after] = &columns;
            self.transaction
                .prepare_cached(
                    "INSERT INTO decision (release, code, decided_by, ruling, before, after)
                     SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS
                     (SELECT 1 FROM decision WHERE release = ?1 AND code = ?2 AND ruling = ?4 AND after = ?6)",
                )?
                .execute((ours, code, by, ruling, before, after))?;
        }
        Ok(())
    }
}

impl Ledger {
    /// The decision that holds for a recording: the last one.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn decided(&self, release: &Digest, code: &RecordingCode) -> Result<Option<Decided>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, ruling, before, after FROM decision
             WHERE release = (SELECT id FROM release WHERE digest = ?1) AND code = ?2 ORDER BY id DESC LIMIT 1",
        )?;
        let decided = statement.query_row((release, code.as_str()), |row| {
            let (ruling, before, after) = (row.get::<_, Json<_>>(1)?.0, row.get::<_, Json<_>>(2)?.0, row.get(3)?);
            let Json(after) = after;
            Ok(Decided { id: row.get(0)?, ruling, before, after })
        });
        Ok(decided.optional()?)
    }

    /// Whether anything was ever decided about a release.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn has_decisions(&self, release: &Digest) -> Result<bool, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM decision WHERE release = (SELECT id FROM release WHERE digest = ?1))",
        )?;
        Ok(statement.query_row([release], |row| row.get(0))?)
    }

    /// The codes of a release that something was decided about, in the order of the codes.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn decided_codes(&self, release: &Digest) -> Result<Vec<RecordingCode>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT code FROM decision WHERE release = (SELECT id FROM release WHERE digest = ?1) ORDER BY code",
        )?;
        let rows = statement.query_map([release], |row| Ok(row.get::<_, Code>(0)?.0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What was being moved for decisions about a release when something stopped it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn moving(&self, release: &Digest) -> Result<Vec<Moving>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT undoes, decision, before, after FROM decision_moving
             WHERE release = (SELECT id FROM release WHERE digest = ?1) ORDER BY id",
        )?;
        let rows = statement.query_map([release], |row| {
            let (before, after) = (row.get::<_, Json<_>>(2)?.0, row.get::<_, Json<_>>(3)?.0);
            Ok(Moving { undoes: row.get(0)?, decision: row.get(1)?, before, after })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{entry, ledger};
    use super::*;
    use crate::recording::Outcome;

    const RELEASE: Digest = [1; 32];

    fn standing(number: u32, outcome: Outcome) -> Standing {
        Standing { entry: entry(number, outcome), sidecar: Some("{}".to_owned()), basis: Basis::default() }
    }

    fn ruling(base: &str) -> Ruling {
        let text = format!(r#"{{"base":"{base}","result":"{base}","held":false,"on":"2026-11-20"}}"#);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn the_last_decision_holds_and_taking_it_back_brings_the_one_before() {
        let (_home, path, mut ledger) = ledger();
        let (held, released) = (standing(0, Outcome::Held), standing(0, Outcome::Released));
        let mut moving = Moving { undoes: false, decision: 0, before: held.clone(), after: released.clone() };
        for base in ["aa", "bb"] {
            let mut batch = ledger.begin().unwrap();
            moving.decision = batch.decide(&RELEASE, "A. Consultant", &ruling(base), &held, &released).unwrap();
            batch.begin_moving(&RELEASE, &moving).unwrap();
            batch.commit().unwrap();
        }
        drop(ledger);
        let mut ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.moving(&RELEASE).unwrap().len(), 2);
        assert!(ledger.has_decisions(&RELEASE).unwrap() && !ledger.has_decisions(&[2; 32]).unwrap());
        assert_eq!(ledger.decided_codes(&RELEASE).unwrap(), std::slice::from_ref(&held.entry.code));
        let last = ledger.decided(&RELEASE, &held.entry.code).unwrap().unwrap();
        assert_eq!((last.id, last.ruling.base.as_str(), &last.before), (moving.decision, "bb", &held));
        let mut batch = ledger.begin().unwrap();
        batch.end_moving(&moving, true).unwrap();
        batch.commit().unwrap();
        let last = ledger.decided(&RELEASE, &held.entry.code).unwrap().unwrap();
        assert_eq!((last.ruling.base.as_str(), ledger.moving(&RELEASE).unwrap().len()), ("aa", 1));
    }

    #[test]
    fn decisions_taken_over_twice_are_there_once() {
        let (_there, _, mut from) = ledger();
        let (_here, _, mut to) = ledger();
        let held = standing(0, Outcome::Held);
        let mut batch = from.begin().unwrap();
        batch.decide(&RELEASE, "A. Consultant", &ruling("aa"), &held, &held).unwrap();
        batch.commit().unwrap();
        for _ in 0..2 {
            let mut batch = to.begin().unwrap();
            batch.take_decisions(&from, &RELEASE, &[9; 32]).unwrap();
            batch.commit().unwrap();
        }
        assert_eq!(to.decided_codes(&[9; 32]).unwrap().len(), 1);
        let count: i64 = to.connection.query_row("SELECT count(*) FROM decision", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 1);
    }
}
