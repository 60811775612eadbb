//! What `scrubs merge` takes.

use super::{FailOn, Format};
use clap::Args;
use std::path::PathBuf;

/// Join the shards of a run into one release
///
/// All shards of one run, made by `scrubs clean … --shard I/N`, come to what one run over everything would have. The
/// shards' own folders are only read. Running the same command again continues after an interruption.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs merge shard-1 shard-2 --to release --custody custody-1 custody-2 --into custody

Exit codes are those of `scrubs clean`.")]
pub(crate) struct Merge {
    /// The releases of all shards
    #[arg(required = true, value_name = "RELEASE")]
    pub(crate) releases: Vec<PathBuf>,
    /// Folder for the whole release; new or empty, or of the same command interrupted
    #[arg(long, value_name = "RELEASE")]
    pub(crate) to: PathBuf,
    /// The shards' custody folders, in the order of their releases
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    pub(crate) custody: Vec<PathBuf>,
    /// Custody that key, ledger and held recordings go to [default: the first after --custody]
    #[arg(long, value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,
    /// What makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Held)]
    pub(crate) fail_on: FailOn,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
