//! Lets a person decide about what was held: shows it, takes decisions, and hands them over to be carried out.
//!
//! Hangs on the ledger and on what lies in custody, not on the pipeline, which carries decisions out. The page is served to
//! this machine alone and knows recordings by their codes; GMC, *Making and using visual and audio recordings of
//! patients*, paras 12, 17, 23 and 24.

mod answer;
mod ask;
mod door;
mod held;
mod http;
mod image;
mod page;
mod serve;

pub use serve::{Ended, Server, Settings};

use crate::consent::decision::Decision;
use crate::ledger::Entry;
use crate::ledger::store::LedgerError;
use std::io;

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

/// Why the page cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// The port is taken, or this machine lets nobody listen.
    #[error("the page cannot be served ({})", .0.kind())]
    Port(#[source] io::Error),
    /// There is no randomness, so no token.
    #[error("this machine gives no random numbers")]
    Random,
    /// The ledger says no.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl ReviewError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            ReviewError::Port(_) => "Leave --port away, so that a free port is taken, or name another one.",
            ReviewError::Random => "Start it again; if it says so again, this machine is not fit for the work.",
            ReviewError::Ledger(error) => error.advice(),
        }
    }
}
