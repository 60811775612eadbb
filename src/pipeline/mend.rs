//! Finds out at the start of a run what a power loss took of the key, and has it sealed again.
//!
//! The ledger knows how much is sealed in each key file. One that is shorter now, or gone, explains its recordings no
//! longer: their sources are worked on again, which seals a new entry for each before anything else. Adding or removing
//! a guardian changes the head of a file and not what is sealed in it, so it is no damage.

use super::commit::CommitError;
use crate::code::custody::Custody;
use crate::code::key;
use crate::ledger::store::Ledger;

/// Has everything worked on again that a damaged key file explained; how many sources that are.
pub(super) fn mend(ledger: &mut Ledger, custody: &Custody) -> Result<u64, CommitError> {
    let mut sources = 0u64;
    for (run, batch, length) in ledger.sealed()? {
        if key::sealed_length(custody, &run, batch)? == Some(length) {
            continue;
        }
        let mut tx = ledger.begin()?;
        sources = sources.saturating_add(tx.seal_again(&run, batch)?);
        tx.commit()?;
    }
    Ok(sources)
}
