//! Arguments of `scrubs report`.

use super::{FailOn, Format};
use clap::Args;
use std::path::PathBuf;

/// Write the reports of a release again, from the ledger
///
/// The release's own report and the guardian's in custody, with the digests of the release. No source is read, and nothing
/// else changes: the files are what the last run wrote. RELEASE is known by the path it was written to, or by its recordings.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs report release --custody custody

Exit codes: 0 written, and all is released · 1 written, and something was held, unsupported or failed · 2 nothing was done ·
3 stopped before the end (the same command continues)")]
pub(crate) struct Report {
    /// The release
    #[arg(value_name = "RELEASE")]
    pub(crate) release: PathBuf,
    /// Custody folder [default: scrubs/custody in your data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) custody: Option<PathBuf>,
    /// Recordings looked at at once, for their small pictures [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// What makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Held)]
    pub(crate) fail_on: FailOn,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
