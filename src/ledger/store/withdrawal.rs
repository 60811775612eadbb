//! Withdrawals of consent, and where they are still to be carried out.
//!
//! GMC paras 8, 25, 47. A withdrawal is durable before the first recording moves: what a crash interrupts is taken up
//! again from here.

use super::column::Json;
use super::handed::range;
use super::{Batch, Digest, Ledger, LedgerError};
use crate::consent::withdrawal::{Coded, Whom};
use crate::consent::{Date, Withdrawal};
use crate::ledger::entry::Entry;
use crate::recording::terms::Scope;
use std::collections::BTreeSet;

/// A withdrawal as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number in this custody.
    pub id: i64,
    /// What it says.
    pub withdrawal: Withdrawal,
    /// Whether the letters to recipients were written.
    pub told: bool,
}

impl Batch<'_> {
    /// Stores a withdrawal. One of the same day and scopes that has a code in common is the same, and takes up the codes
    /// that are new.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn withdraw(&mut self, withdrawal: &Withdrawal) -> Result<i64, LedgerError> {
        let same = |r: &Recorded| {
            let (a, b) = (&r.withdrawal, withdrawal);
            a.on == b.on && a.scopes == b.scopes && !a.codes.is_disjoint(&b.codes)
        };
        let known = withdrawals(&self.transaction)?.into_iter().find(same);
        let id = match &known {
            Some(known) => known.id,
            None => self
                .transaction
                .prepare_cached("INSERT INTO withdrawal (withdrawn_on, scopes, told) VALUES (?1, ?2, 0)")?
                .insert((withdrawal.on.exact(), Json(&withdrawal.scopes)))?,
        };
        for coded in &withdrawal.codes {
            let release = coded.release.as_ref().map(|release| self.number(release)).transpose()?;
            let new = self
                .transaction
                .prepare_cached(
                    "INSERT INTO withdrawal_code (code, withdrawal, release) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                )?
                .execute((coded.whom.as_str(), id, release))?;
            if new > 0 && known.is_some() {
                self.transaction.prepare_cached("UPDATE withdrawal SET told = 0 WHERE id = ?1")?.execute([id])?;
            }
        }
        Ok(id)
    }

    /// Notes that a withdrawal is to be carried out in a release.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn await_withdrawal(&mut self, release: &Digest, id: i64) -> Result<(), LedgerError> {
        let release = self.number(release)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO withdrawal_pending (release, withdrawal) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?
            .execute((release, id))?;
        Ok(())
    }

    /// Notes that a withdrawal has been carried out in a release.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn withdrawn(&mut self, release: &Digest, id: i64) -> Result<(), LedgerError> {
        let release = self.number(release)?;
        self.transaction
            .prepare_cached("DELETE FROM withdrawal_pending WHERE release = ?1 AND withdrawal = ?2")?
            .execute((release, id))?;
        Ok(())
    }

    /// Makes the sources of these recordings be judged anew by the next run, whatever release it is of: no settings have
    /// the digest that is all zeros.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn judge_anew(&mut self, whom: &Whom) -> Result<(), LedgerError> {
        let (from, to) = range(whom);
        self.transaction
            .prepare_cached(
                "UPDATE source SET settings = zeroblob(32) WHERE entry IN
                 (SELECT id FROM entry WHERE release IN (SELECT id FROM release) AND code >= ?1 AND code < ?2)",
            )?
            .execute((from, to))?;
        Ok(())
    }

    /// Notes that the letters of a withdrawal are written.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn told(&mut self, id: i64) -> Result<(), LedgerError> {
        self.transaction.prepare_cached("UPDATE withdrawal SET told = 1 WHERE id = ?1")?.execute([id])?;
        Ok(())
    }
}

impl Ledger {
    /// Every withdrawal on record, in the order they came in.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn withdrawals(&self) -> Result<Vec<Recorded>, LedgerError> {
        withdrawals(&self.connection)
    }

    /// The withdrawals that are still to be carried out in a release, by number.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn awaited_withdrawals(&self, release: &Digest) -> Result<BTreeSet<i64>, LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT withdrawal FROM withdrawal_pending WHERE release = (SELECT id FROM release WHERE digest = ?1)",
        )?;
        let rows = statement.query_map([release], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The entries of a patient, or of one recording, in a release, by code, each with the keyed digest of what makes it
    /// the one it is.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn entries_of(&self, release: &Digest, whom: &Whom) -> Result<Vec<(Entry, Digest)>, LedgerError> {
        let (from, to) = range(whom);
        let mut statement = self.connection.prepare_cached(
            "SELECT entry, instance FROM entry
             WHERE release = (SELECT id FROM release WHERE digest = ?1) AND code >= ?2 AND code < ?3 ORDER BY code",
        )?;
        let rows =
            statement.query_map((release, from, to), |row| Ok((row.get::<_, Json<Entry>>(0)?.0, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn withdrawals(connection: &rusqlite::Connection) -> Result<Vec<Recorded>, LedgerError> {
    let mut statement =
        connection.prepare_cached("SELECT id, withdrawn_on, scopes, told FROM withdrawal ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let on: String = row.get(1)?;
        let on = Date::iso(&on).map_err(|_| LedgerError::Damaged)?;
        let scopes = row.get::<_, Json<BTreeSet<Scope>>>(2)?.0;
        let withdrawal = Withdrawal { codes: BTreeSet::new(), on, scopes };
        all.push(Recorded { id: row.get(0)?, withdrawal, told: row.get(3)? });
    }
    let mut statement = connection.prepare_cached(
        "SELECT withdrawal, code, digest FROM withdrawal_code LEFT JOIN release ON release.id = withdrawal_code.release",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, code): (i64, String) = (row.get(0)?, row.get(1)?);
        let whom = Whom::parse(&code).ok_or(LedgerError::Damaged)?;
        let at = all.binary_search_by_key(&id, |r: &Recorded| r.id).map_err(|_| LedgerError::Damaged)?;
        if let Some(recorded) = all.get_mut(at) {
            recorded.withdrawal.codes.insert(Coded { whom, release: row.get(2)? });
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{entry, ledger, put};
    use super::*;
    use crate::recording::Outcome;

    const RELEASE: Digest = [1; 32];

    fn withdrawal(whom: &[Whom], on: &str) -> Withdrawal {
        let coded = |whom: &Whom| Coded { whom: whom.clone(), release: Some([5; 32]) };
        let (codes, on) = (whom.iter().map(coded).collect(), Date::iso(on).unwrap());
        Withdrawal { codes, on, scopes: BTreeSet::from([Scope::Teaching]) }
    }

    #[test]
    fn a_withdrawal_told_twice_is_one_and_takes_up_new_codes() {
        let (_home, path, mut ledger) = ledger();
        let whom = [0, 3].map(|n| Whom::Patient(entry(n, Outcome::Held).patient));
        let mut batch = ledger.begin().unwrap();
        let first = batch.withdraw(&withdrawal(&whom[..1], "2026-11-10")).unwrap();
        batch.told(first).unwrap();
        assert_eq!(batch.withdraw(&withdrawal(&whom[..1], "2026-11-10")).unwrap(), first);
        assert_ne!(batch.withdraw(&withdrawal(&whom[..1], "2026-11-11")).unwrap(), first);
        batch.await_withdrawal(&RELEASE, first).unwrap();
        batch.commit().unwrap();
        assert!(ledger.withdrawals().unwrap()[0].told);
        let mut batch = ledger.begin().unwrap();
        assert_eq!(batch.withdraw(&withdrawal(&whom, "2026-11-10")).unwrap(), first);
        batch.commit().unwrap();
        drop(ledger);
        let mut ledger = Ledger::open(&path).unwrap();
        let all = ledger.withdrawals().unwrap();
        assert_eq!((all.len(), &all[0].withdrawal, all[0].told), (2, &withdrawal(&whom, "2026-11-10"), false));
        assert_eq!(ledger.awaited_withdrawals(&RELEASE).unwrap(), BTreeSet::from([first]));
        let mut batch = ledger.begin().unwrap();
        batch.withdrawn(&RELEASE, first).unwrap();
        batch.commit().unwrap();
        assert!(ledger.awaited_withdrawals(&RELEASE).unwrap().is_empty());
    }

    #[test]
    fn only_the_patients_own_sources_are_judged_anew() {
        let (_home, _, mut ledger) = ledger();
        put(&mut ledger, &RELEASE, 0..30, Outcome::Released);
        let whom = Whom::Patient(entry(4, Outcome::Held).patient);
        let theirs = ledger.entries_of(&RELEASE, &whom).unwrap();
        let mut batch = ledger.begin().unwrap();
        batch.judge_anew(&whom).unwrap();
        batch.commit().unwrap();
        let (mut anew, mut all) = (0, 0);
        ledger
            .sources_of(&RELEASE, |_, row| -> Result<(), LedgerError> {
                assert_eq!(row.settings == [0; 32], whom.is(&row.code));
                (anew, all) = (anew + usize::from(row.settings == [0; 32]), all + 1);
                Ok(())
            })
            .unwrap();
        assert_eq!((anew, all), (theirs.len(), 30));
        assert!(anew > 0 && anew < 30);
    }
}
