//! Runs a library's decoder so that its panic is a picture that could not be decoded, and nothing more.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a library made of it; none where it panicked.
pub(in crate::strip) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
