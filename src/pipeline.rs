//! Runs a batch: scan, inspect, plan, prove, judge, write.
//!
//! Recordings are worked on in parallel and put in their places a batch at a time by one committer, so that memory is
//! bounded by the number of workers and a crash at any moment loses nothing. Results do not depend on how many work.

mod bench;
mod beside;
mod commit;
mod disk;
mod draft;
mod feed;
mod flow;
mod load;
mod order;
mod prove;
mod reason;
mod run;
mod same;
mod settings;
mod shelf;
mod walk;
mod weigh;
mod withdrawn;
mod work;

pub mod trace;
pub mod verify;
pub mod withdraw;

pub use commit::CommitError;
pub use feed::Watch;
pub use order::{Order, UnsafePaths, check_paths, check_register};
pub use run::{Run, RunError, release_digest, run};
