//! Whose each source says it is, under keyed digests: what tells that one number stands for two people.
//!
//! GMC paras 8, 9, 23: another person's consent must release nobody. A number, who issued it and a date of birth are kept as
//! keyed digests of a source's place, for every release of this custody together; the date's digest is drawn with the number, so
//! that two patients of one birthday cannot be told by it.

use super::batch::Batch;
use super::column::Json;
use super::{Digest, Ledger, LedgerError};
use crate::ledger::entry::Entry;
use rusqlite::{Connection, OptionalExtension, Row};

/// The step of the schema that adds them. `rests` says on what a source's verdict rests, `doubt` what of that was in doubt.
pub(super) const STEP: &str = "
CREATE TABLE bearer (
    id INTEGER PRIMARY KEY,
    source BLOB NOT NULL UNIQUE,
    number BLOB NOT NULL,
    whose BLOB NOT NULL,
    issued INTEGER NOT NULL,
    born BLOB
) STRICT;
CREATE INDEX bearer_by_whose ON bearer (whose, born);
CREATE INDEX bearer_by_number ON bearer (number, issued, whose);
ALTER TABLE source ADD COLUMN rests INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;
";

/// That all who bear the patient's number with its issuer state one date of birth.
pub const BIRTH: u8 = 1;
/// That the patient's number has one issuer, since the register's row names none.
pub const NUMBER: u8 = 2;

/// Two conditions as one number: [`BIRTH`] and [`NUMBER`], as far as they fail today for a source that rests on them.
/// A source is joined with its bearer.
pub(super) const DOUBT: &str = "
    ((source.rests & 1) * ifnull((SELECT min(born) FROM bearer AS b WHERE b.whose = bearer.whose AND born IS NOT NULL)
     <> (SELECT max(born) FROM bearer AS b WHERE b.whose = bearer.whose AND born IS NOT NULL), 0)
     + (source.rests & 2) * ifnull((SELECT min(whose) FROM bearer AS b WHERE b.number = bearer.number AND issued = 1)
     <> (SELECT max(whose) FROM bearer AS b WHERE b.number = bearer.number AND issued = 1), 0))";

/// Whose a source says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Keyed digest of the patient's number.
    pub number: Digest,
    /// The same with its issuer.
    pub whose: Digest,
    /// Whether the issuer is known.
    pub issued: bool,
    /// Keyed digest of number, issuer and date of birth; none where no date is stated.
    pub born: Option<Digest>,
}

fn bearer(row: &Row<'_>) -> rusqlite::Result<Bearer> {
    Ok(Bearer { number: row.get(0)?, whose: row.get(1)?, issued: row.get(2)?, born: row.get(3)? })
}

impl Ledger {
    /// Whose the source of this path digest says it is.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn bearer(&self, source: &Digest) -> Result<Option<Bearer>, LedgerError> {
        known(&self.connection, source)
    }

    /// Every recording, in every release, of which some source bears the number of this digest.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn entries_with_number(&self, number: &Digest) -> Result<Vec<(Digest, Entry)>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT digest, entry.entry FROM bearer
             JOIN source ON source.source = bearer.source AND source.release IN (SELECT id FROM release)
             JOIN entry ON entry.id = source.entry JOIN release ON release.id = source.release
             WHERE number = ?1 GROUP BY entry.id ORDER BY digest, code",
        )?;
        let rows = statement.query_map([number], |row| Ok((row.get(0)?, row.get::<_, Json<Entry>>(1)?.0)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What is in doubt of all that a source may rest on: [`BIRTH`] where sources of this number and issuer state two dates of
    /// birth, [`NUMBER`] where sources of this number name two issuers.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn doubts(&self, of: &Bearer) -> Result<u8, LedgerError> {
        doubts(&self.connection, of)
    }
}

impl Batch<'_> {
    /// Notes whose a source says it is, or that it does not say. Whether that put anything in doubt or took a doubt away.
    ///
    /// # Errors
    /// When the ledger cannot be read or written.
    pub fn put_bearer(&mut self, source: &Digest, now: Option<&Bearer>) -> Result<bool, LedgerError> {
        let connection = self.connection();
        let before = known(connection, source)?;
        if before.as_ref() == now {
            return Ok(false);
        }
        let touched: Vec<&Bearer> = before.iter().chain(now).collect();
        let all = |connection: &Connection| -> Result<Vec<u8>, LedgerError> {
            touched.iter().map(|one| doubts(connection, one)).collect()
        };
        let was = all(connection)?;
        connection.prepare_cached("DELETE FROM bearer WHERE source = ?1")?.execute([source])?;
        if let Some(now) = now {
            let sql = "INSERT INTO bearer (source, number, whose, issued, born) VALUES (?1, ?2, ?3, ?4, ?5)";
            connection.prepare_cached(sql)?.execute((source, now.number, now.whose, now.issued, now.born))?;
        }
        Ok(was != all(connection)?)
    }

    /// Forgets whose sources were that no release knows any more.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn forget_bearers(&mut self) -> Result<(), LedgerError> {
        let sql = "DELETE FROM bearer WHERE NOT EXISTS (SELECT 1 FROM source
                   WHERE source.release IN (SELECT id FROM release) AND source.source = bearer.source)";
        self.connection().prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

fn known(connection: &Connection, source: &Digest) -> Result<Option<Bearer>, LedgerError> {
    let mut statement =
        connection.prepare_cached("SELECT number, whose, issued, born FROM bearer WHERE source = ?1")?;
    Ok(statement.query_row([source], bearer).optional()?)
}

fn doubts(connection: &Connection, of: &Bearer) -> Result<u8, LedgerError> {
    let two = |sql: &str, about: &Digest| -> Result<bool, LedgerError> {
        Ok(connection.prepare_cached(sql)?.query_row([about], |row| row.get::<_, Option<bool>>(0))?.unwrap_or(false))
    };
    let births = two(
        "SELECT (SELECT min(born) FROM bearer WHERE whose = ?1 AND born IS NOT NULL)
         <> (SELECT max(born) FROM bearer WHERE whose = ?1 AND born IS NOT NULL)",
        &of.whose,
    )?;
    let issuers = two(
        "SELECT (SELECT min(whose) FROM bearer WHERE number = ?1 AND issued = 1)
         <> (SELECT max(whose) FROM bearer WHERE number = ?1 AND issued = 1)",
        &of.number,
    )?;
    Ok(u8::from(births) * BIRTH + u8::from(issuers) * NUMBER)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ledger, put};
    use super::*;
    use crate::recording::Outcome;

    fn bearer(number: u8, issuer: u8, born: Option<u8>) -> Bearer {
        Bearer {
            number: [number; 32],
            whose: [number ^ issuer << 4; 32],
            issued: issuer > 0,
            born: born.map(|b| [b; 32]),
        }
    }

    #[test]
    fn two_birthdays_of_a_number_or_two_issuers_are_a_doubt_whatever_comes_first() {
        let told = [
            ([1; 32], bearer(1, 0, Some(50))),
            ([2; 32], bearer(1, 0, None)),
            ([3; 32], bearer(1, 0, Some(80))),
            ([4; 32], bearer(2, 1, Some(50))),
            ([5; 32], bearer(2, 2, Some(50))),
            ([6; 32], bearer(3, 1, Some(50))),
            ([7; 32], bearer(3, 1, Some(50))),
        ];
        let mut tried = 0;
        for turn in 0..told.len() {
            let (_home, _, mut ledger) = ledger();
            let mut batch = ledger.begin().unwrap();
            for (source, of) in told[turn..].iter().chain(&told[..turn]) {
                batch.put_bearer(source, Some(of)).unwrap();
            }
            batch.commit().unwrap();
            let doubts: Vec<u8> = told.iter().map(|(_, of)| ledger.doubts(of).unwrap()).collect();
            assert_eq!(doubts, [BIRTH, BIRTH, BIRTH, NUMBER, NUMBER, 0, 0]);
            tried += 1;
        }
        assert_eq!(tried, 7);
    }

    #[test]
    fn a_doubt_that_comes_or_goes_is_told_and_nothing_else_is() {
        let (_home, _, mut ledger) = ledger();
        let mut batch = ledger.begin().unwrap();
        let mut put = |source: u8, of: Option<Bearer>| batch.put_bearer(&[source; 32], of.as_ref()).unwrap();
        assert!(!put(1, Some(bearer(1, 0, Some(50)))));
        assert!(!put(2, Some(bearer(1, 0, None))));
        assert!(put(3, Some(bearer(1, 0, Some(80)))));
        assert!(!put(3, Some(bearer(1, 0, Some(80)))));
        assert!(!put(4, Some(bearer(1, 0, Some(90)))));
        assert!(!put(4, None));
        assert!(put(3, Some(bearer(1, 0, Some(50)))));
        assert!(!put(3, None));
    }

    #[test]
    fn of_sources_that_no_release_knows_nothing_is_kept() {
        let (_home, _, mut ledger) = ledger();
        let release = [9; 32];
        put(&mut ledger, &release, 0..2, Outcome::Held);
        let mut known = Vec::new();
        ledger
            .sources_of(&release, |source, _| -> Result<(), LedgerError> {
                known.push(source);
                Ok(())
            })
            .unwrap();
        let mut batch = ledger.begin().unwrap();
        batch.put_bearer(&known[0], Some(&bearer(1, 0, None))).unwrap();
        batch.put_bearer(&[77; 32], Some(&bearer(1, 0, None))).unwrap();
        batch.forget_bearers().unwrap();
        batch.commit().unwrap();
        assert!(ledger.bearer(&known[0]).unwrap().is_some() && ledger.bearer(&[77; 32]).unwrap().is_none());
    }
}
