//! Lets a person decide about what was held: shows it, takes decisions, and hands them over to be carried out.
//!
//! Hangs on the ledger and on what lies in custody, not on the pipeline, which carries decisions out.

use crate::consent::decision::Decision;
use crate::ledger::Entry;

/// Why a decision was not carried out, and what to do about it; no identifier in either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDone {
    /// What is the matter.
    pub what: String,
    /// What to do.
    pub advice: String,
}

/// Carries a decision out: durable when it returns. What the recording's entry is then.
pub type Carry<'c> = dyn Fn(&Decision) -> Result<Entry, NotDone> + Send + Sync + 'c;
