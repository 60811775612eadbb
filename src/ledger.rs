//! One entry per recording: what was done to it, under keyed digests, in SQLite.
//!
//! The ledger lies in custody. It holds no source name and no identifier; reports and reviews are made from it alone.

pub mod destroy;
pub mod entry;
pub mod made;
pub mod store;

pub use entry::{Entry, Reason, RuleCited};
pub use made::{Basis, Made};
pub use store::{Batch, HandedOn, Intent, Ledger, LedgerError, Recorded, Run, SourceRow};
