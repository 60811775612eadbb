//! Arguments of `scrubs key mapping`.

use clap::Args;
use std::path::PathBuf;

/// Write what was replaced in DICOM objects as two tables, uid_mapping.csv and patid_mapping.csv
///
/// Each has the columns id_old and id_new, and each pair once. Runs seal them where the profile says dicom-mapping = true.
/// The tables turn every code back: keep them where the identity is kept, and never in a release.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs key mapping --custody custody --identity guardian.txt --out tables")]
pub(crate) struct Mapping {
    /// Custody folder [default: scrubs/custody in your data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) custody: Option<PathBuf>,
    /// The guardian's identity file
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: PathBuf,
    /// Folder for the two tables; existing ones are never overwritten
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}
