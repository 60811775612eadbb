//! Who received a release, and which recordings it held at that moment.
//!
//! One list of codes serves everybody who received a release in the same state, so that handing it on twenty times does
//! not store it twenty times. Recipients are named in custody alone.

use super::column::{Code, Number};
use super::{Batch, Digest, Ledger, LedgerError};
use crate::code::RecordingCode;
use crate::consent::Date;
use crate::consent::withdrawal::Whom;
use rusqlite::OptionalExtension;
use sha2::{Digest as _, Sha256};

/// The ledger's step to withdrawals and hand-ons. `handed_code` and `withdrawal_code` lie in the order of their codes:
/// they are asked for by patient, with whose code a recording's begins.
pub(super) const STEP: &str = "
CREATE TABLE handed_state (
    id INTEGER PRIMARY KEY,
    release INTEGER NOT NULL REFERENCES release (id),
    content BLOB NOT NULL,
    recordings INTEGER NOT NULL,
    UNIQUE (release, content)
) STRICT;
CREATE TABLE handed_code (
    state INTEGER NOT NULL REFERENCES handed_state (id),
    code TEXT NOT NULL,
    PRIMARY KEY (state, code)
) STRICT, WITHOUT ROWID;
CREATE TABLE handed (
    id INTEGER PRIMARY KEY,
    state INTEGER NOT NULL REFERENCES handed_state (id),
    recipient TEXT NOT NULL,
    handed_on TEXT NOT NULL,
    why TEXT,
    sums TEXT
) STRICT;
CREATE INDEX handed_by_state ON handed (state);
CREATE TABLE withdrawal (
    id INTEGER PRIMARY KEY,
    withdrawn_on TEXT NOT NULL,
    scopes TEXT NOT NULL,
    told INTEGER NOT NULL
) STRICT;
CREATE TABLE withdrawal_code (
    code TEXT NOT NULL,
    withdrawal INTEGER NOT NULL REFERENCES withdrawal (id),
    release INTEGER REFERENCES release (id),
    PRIMARY KEY (code, withdrawal)
) STRICT, WITHOUT ROWID;
CREATE TABLE withdrawal_pending (
    release INTEGER NOT NULL REFERENCES release (id),
    withdrawal INTEGER NOT NULL REFERENCES withdrawal (id),
    PRIMARY KEY (release, withdrawal)
) STRICT, WITHOUT ROWID;
";

/// A release that somebody received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOn {
    /// Its number in this custody; 0 until it is stored.
    pub id: i64,
    /// The person or organisation, as the guardian names them.
    pub recipient: String,
    /// When.
    pub on: Date,
    /// Why, as the guardian says.
    pub why: Option<String>,
    /// SHA-256 of the release's SHA256SUMS at that moment, in hex; none where the folder was not at hand.
    pub sums: Option<String>,
    /// How many recordings it held.
    pub recordings: u64,
}

/// Codes from and up to, so that a patient's are found together. A code is letters, digits and hyphens, and a full stop
/// follows the hyphen in ASCII.
pub(super) fn range(whom: &Whom) -> (String, String) {
    match whom {
        Whom::Patient(code) => (format!("{code}-"), format!("{code}.")),
        Whom::Recording(code) => (code.to_string(), format!("{code}.")),
    }
}

impl Batch<'_> {
    /// Notes who received a release, with the codes of all that is released in it now. Withdrawals that are still to be
    /// carried out there are to be told to this recipient too.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn hand_on(&mut self, release: &Digest, handed: &HandedOn) -> Result<HandedOn, LedgerError> {
        let release = self.number(release)?;
        let (content, recordings) = self.content(release)?;
        let transaction = &self.transaction;
        let known: Option<i64> = transaction
            .prepare_cached("SELECT id FROM handed_state WHERE release = ?1 AND content = ?2")?
            .query_row((release, &content), |row| row.get(0))
            .optional()?;
        let state = match known {
            Some(state) => state,
            None => {
                let state = transaction
                    .prepare_cached("INSERT INTO handed_state (release, content, recordings) VALUES (?1, ?2, ?3)")?
                    .insert((release, &content, Number(recordings)))?;
                transaction
                    .prepare_cached(
                        "INSERT INTO handed_code (state, code)
                         SELECT ?1, code FROM entry WHERE release = ?2 AND outcome = 0 ORDER BY code",
                    )?
                    .execute((state, release))?;
                state
            }
        };
        let id = transaction
            .prepare_cached("INSERT INTO handed (state, recipient, handed_on, why, sums) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .insert((state, &handed.recipient, handed.on.exact(), &handed.why, &handed.sums))?;
        transaction
            .prepare_cached(
                "UPDATE withdrawal SET told = 0
                 WHERE id IN (SELECT withdrawal FROM withdrawal_pending WHERE release = ?1)",
            )?
            .execute([release])?;
        Ok(HandedOn { id, recordings, ..handed.clone() })
    }

    /// Takes over who received a release, from another ledger of the same secret. What is known already is not taken twice.
    ///
    /// # Errors
    /// When a ledger cannot be read or written.
    pub fn take_handed(&mut self, from: &Ledger, release: &Digest) -> Result<(), LedgerError> {
        let mut states = from.connection.prepare_cached(
            "SELECT id, content, recordings FROM handed_state
             WHERE release = (SELECT id FROM release WHERE digest = ?1) ORDER BY id",
        )?;
        let mut states = states.query([release])?;
        while let Some(row) = states.next()? {
            let (theirs, content): (i64, Digest) = (row.get(0)?, row.get(1)?);
            let number = self.number(release)?;
            self.transaction
                .prepare_cached(
                    "INSERT INTO handed_state (release, content, recordings) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                )?
                .execute((number, content, row.get::<_, Number>(2)?))?;
            let ours: i64 = self
                .transaction
                .prepare_cached("SELECT id FROM handed_state WHERE release = ?1 AND content = ?2")?
                .query_row((number, content), |row| row.get(0))?;
            self.take_state(from, theirs, ours)?;
        }
        Ok(())
    }

    /// Takes over the codes of one state, and who received it.
    fn take_state(&mut self, from: &Ledger, theirs: i64, ours: i64) -> Result<(), LedgerError> {
        let mut codes = from.connection.prepare_cached("SELECT code FROM handed_code WHERE state = ?1")?;
        let mut codes = codes.query([theirs])?;
        while let Some(row) = codes.next()? {
            self.transaction
                .prepare_cached("INSERT INTO handed_code (state, code) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
                .execute((ours, row.get::<_, String>(0)?))?;
        }
        let mut handed = from
            .connection
            .prepare_cached("SELECT recipient, handed_on, why, sums FROM handed WHERE state = ?1 ORDER BY id")?;
        let mut handed = handed.query([theirs])?;
        while let Some(row) = handed.next()? {
            let text = |column| row.get::<_, Option<String>>(column);
            let (recipient, on, why, sums) = (text(0)?, text(1)?, text(2)?, text(3)?);
            self.transaction
                .prepare_cached(
                    "INSERT INTO handed (state, recipient, handed_on, why, sums) SELECT ?1, ?2, ?3, ?4, ?5
                     WHERE NOT EXISTS (SELECT 1 FROM handed WHERE state = ?1 AND recipient = ?2 AND handed_on = ?3
                                       AND why IS ?4 AND sums IS ?5)",
                )?
                .execute((ours, recipient, on, why, sums))?;
        }
        Ok(())
    }

    /// A digest of what is released, and how many recordings that is.
    fn content(&self, release: i64) -> Result<(Digest, u64), LedgerError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT code FROM entry WHERE release = ?1 AND outcome = 0 ORDER BY code")?;
        let (mut digest, mut count) = (Sha256::new(), 0);
        let mut rows = statement.query([release])?;
        while let Some(row) = rows.next()? {
            let Code(code) = row.get(0)?;
            digest.update(code.as_str().as_bytes());
            digest.update(b"\n");
            count += 1;
        }
        Ok((digest.finalize().into(), count))
    }
}

impl Ledger {
    /// Every release that this custody knows.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn releases(&self) -> Result<Vec<Digest>, LedgerError> {
        let mut statement = self.connection.prepare_cached("SELECT digest FROM release ORDER BY id")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Who received a release, in the order it was noted in.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn handed(&self, release: &Digest) -> Result<Vec<HandedOn>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT handed.id, recipient, handed_on, why, sums, recordings FROM handed_state
             JOIN handed ON handed.state = handed_state.id
             WHERE release = (SELECT id FROM release WHERE digest = ?1) ORDER BY handed.id",
        )?;
        let mut rows = statement.query([release])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let on: String = row.get(2)?;
            all.push(HandedOn {
                id: row.get(0)?,
                recipient: row.get(1)?,
                on: Date::iso(&on).map_err(|_| LedgerError::Damaged)?,
                why: row.get(3)?,
                sums: row.get(4)?,
                recordings: row.get::<_, Number>(5)?.0,
            });
        }
        Ok(all)
    }

    /// Which recordings of a patient, or whether this very recording, somebody received.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn handed_codes(&self, handed: &HandedOn, whom: &Whom) -> Result<Vec<RecordingCode>, LedgerError> {
        let (from, to) = range(whom);
        let mut statement = self.connection.prepare_cached(
            "SELECT code FROM handed_code
             WHERE state = (SELECT state FROM handed WHERE id = ?1) AND code >= ?2 AND code < ?3 ORDER BY code",
        )?;
        let rows = statement.query_map((handed.id, from, to), |row| Ok(row.get::<_, Code>(0)?.0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{entry, ledger};
    use super::*;
    use crate::recording::Outcome;

    const RELEASE: Digest = [1; 32];

    fn to(recipient: &str) -> HandedOn {
        let on = Date::iso("2026-11-20").unwrap();
        HandedOn { id: 0, recipient: recipient.into(), on, why: None, sums: None, recordings: 0 }
    }

    #[test]
    fn each_recipient_has_what_the_release_held_then_and_equal_states_are_stored_once() {
        let (_home, _, mut ledger) = ledger();
        let put = |ledger: &mut Ledger, numbers: std::ops::Range<u32>, outcome| {
            let mut batch = ledger.begin().unwrap();
            numbers.for_each(|n| batch.put_entry(&RELEASE, &entry(n, outcome), &[9; 32]).unwrap());
            batch.commit().unwrap();
        };
        let hand = |ledger: &mut Ledger, name: &str| {
            let mut batch = ledger.begin().unwrap();
            let handed = batch.hand_on(&RELEASE, &to(name)).unwrap();
            batch.commit().unwrap();
            handed
        };
        put(&mut ledger, 0..10, Outcome::Released);
        let (one, two) = (hand(&mut ledger, "Ysgol"), hand(&mut ledger, "Coleg"));
        put(&mut ledger, 3..4, Outcome::Held);
        let three = hand(&mut ledger, "Ysgol");
        assert_eq!([&one, &two, &three].map(|h| h.recordings), [10, 10, 9]);
        assert_eq!(ledger.handed(&RELEASE).unwrap(), [one.clone(), two, three.clone()]);
        let whom = Whom::Recording(entry(3, Outcome::Held).code);
        let patient = Whom::Patient(entry(3, Outcome::Held).patient);
        assert_eq!(ledger.handed_codes(&one, &whom).unwrap().len(), 1);
        assert_eq!(ledger.handed_codes(&three, &whom).unwrap().len(), 0);
        let (then, now) =
            (ledger.handed_codes(&one, &patient).unwrap(), ledger.handed_codes(&three, &patient).unwrap());
        assert_eq!(then.len(), now.len() + 1, "other recordings of the patient stay");
        let states: i64 =
            ledger.connection.query_row("SELECT count(*) FROM handed_state", [], |row| row.get(0)).unwrap();
        assert_eq!(states, 2);
        assert!(ledger.handed(&[7; 32]).unwrap().is_empty());
    }
}
