//! Writes the letters of withdrawals that nobody has been told of yet, from what custody knows of hand-ons.

use anyhow::Result;
use scrubs::code::custody::Custody;
use scrubs::ledger::{HandedOn, Ledger, Recorded};
use scrubs::pipeline::withdraw;
use scrubs::report::notice::{self, Letter};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Writes them, and notes that they are written: a command that was interrupted before is made good by the next.
pub(crate) fn write(custody: &Custody, ledger: &mut Ledger) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for recorded in ledger.withdrawals()?.iter().filter(|recorded| !recorded.told) {
        paths.extend(notice::write(custody.dir(), &letters(ledger, recorded)?)?);
        let mut batch = ledger.begin()?;
        batch.told(recorded.id)?;
        batch.commit()?;
    }
    Ok(paths)
}

/// One letter to each recipient of each release, in the order in which they received it.
fn letters(ledger: &Ledger, recorded: &Recorded) -> Result<Vec<Letter>> {
    let withdrawal = &recorded.withdrawal;
    let mut letters = Vec::new();
    for place in withdraw::places(ledger, &withdrawal.codes)? {
        let mut of: BTreeMap<String, Letter> = BTreeMap::new();
        for (handed, codes) in place.handed {
            let letter = of.entry(handed.recipient.clone()).or_insert_with(|| Letter {
                withdrawal: recorded.id,
                recipient: handed.recipient.clone(),
                month: withdrawal.on.month(),
                scopes: withdrawal.scopes.clone(),
                handed: Vec::new(),
                codes: BTreeSet::new(),
            });
            letter.handed.push(handed);
            letter.codes.extend(codes);
        }
        letters.extend(of.into_values());
    }
    letters.sort_by_key(|letter| letter.handed.first().map_or(0, |handed: &HandedOn| handed.id));
    Ok(letters)
}
