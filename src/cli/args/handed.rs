//! Arguments of `scrubs handed-on`.

use super::Format;
use clap::Args;
use std::path::PathBuf;

/// Note who received a release, so that a withdrawal can be told to them
///
/// Custody keeps the recipient, the day and the list of codes that the release held at that moment. RELEASE is the path it
/// was written to, also where the folder has been moved or is gone.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  scrubs handed-on release --to 'Ysgol Feddygol, year 3' --custody custody
  scrubs handed-on release --list --custody custody")]
pub(crate) struct HandedOn {
    /// The release, by the path it was written to
    #[arg(value_name = "RELEASE")]
    pub(crate) release: PathBuf,
    /// The person or organisation who received it; kept in custody alone
    #[arg(long, value_name = "RECIPIENT", required_unless_present = "list")]
    pub(crate) to: Option<String>,
    /// Custody folder [default: scrubs/custody in your data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) custody: Option<PathBuf>,
    /// When it was handed on [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) on: Option<String>,
    /// Why, in your own words; kept in custody alone
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
    /// List who received this release
    #[arg(long, conflicts_with_all = ["to", "on", "why"])]
    pub(crate) list: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
