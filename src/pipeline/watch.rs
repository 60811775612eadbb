//! What whoever looks on is told while a run goes on.

use crate::ledger::Entry;
use std::path::Path;

/// What a run tells while it goes on.
pub trait Watch: Sync {
    /// A recording is in its place, or listed. The path is for the user's own terminal; logs must not show it.
    fn done(&self, source: &Path, entry: &Entry);
    /// Sources were skipped, since nothing about them has changed.
    fn unchanged(&self, sources: u64);
    /// A source was looked at, or passed over; what became of it is told once its batch is in its place.
    fn looked(&self) {}
}
