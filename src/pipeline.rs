//! Runs a batch: scan, inspect, plan, prove, judge, write.
//!
//! Recordings are worked on in parallel and put in their places a batch at a time by one committer, so that memory is
//! bounded by the number of workers and a crash at any moment loses nothing. Results do not depend on how many work.

mod again;
mod bench;
mod beside;
mod buffer;
mod commit;
mod decide;
mod disk;
mod draft;
mod feed;
pub mod file_set;
mod flow;
mod forget;
mod load;
mod look;
mod mend;
mod merge;
mod note;
mod order;
mod prove;
mod reason;
mod recheck;
mod relay;
mod ruled;
mod run;
mod same;
mod settings;
mod shard;
mod share;
mod shelf;
mod survey;
mod tesseract;
mod walk;
mod watch;
mod weigh;
mod whose;
mod withdrawn;
mod work;

pub mod trace;
pub mod verify;
pub mod withdraw;

pub use commit::CommitError;
pub use decide::{DecideError, decide};
pub use forget::{ForgetError, complete};
pub use merge::{MergeError, Merged, Part, merge};
pub use note::{Note, NoteError, ShardError};
pub use order::{Order, UnsafePaths, check_paths, check_register};
pub use recheck::Recheck;
pub use run::{Run, RunError, reader, run};
pub use shard::{MOST as MOST_SHARDS, NotAShard, Shard};
pub use shelf::{release_digest, working_area};
pub use survey::{SurveyError, Surveyed, survey};
pub use tesseract::{NoTesseract, Tesseract};
pub use watch::Watch;
