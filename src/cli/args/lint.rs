//! Arguments of `scrubs consent template` and `scrubs consent check`.

use super::{TableFormat, columns, words};
use clap::Args;
use std::path::PathBuf;

/// Print an empty register with all its columns, or write one with drop-downs
///
/// Printed is CSV: the header row, and a row that says what goes into each column. Delete that row: a register that still
/// has it is refused. With --to FILE.xlsx the register has drop-downs and a second sheet that explains every word.
#[derive(Debug, Args)]
#[command(after_help = columns())]
pub(crate) struct Template {
    /// Write a new file, .xlsx or .csv, instead of printing; nothing is overwritten
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

/// Look a register over, against the recordings it is for: what to mend or know before a run
///
/// Reads only; needs no custody and changes nothing. Without SOURCE it looks at the register alone. With SOURCE it also says
/// which rows speak of no recording, which recordings have no row, where rows contradict each other or the recordings, and
/// where consent was refused or withdrawn and recordings are there.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  scrubs consent check register.csv
  scrubs consent check register.xlsx photographs --profile scrubs.toml --purpose publication
  scrubs consent check register.csv photographs --all --show-sources --format csv > to-do.csv

Exit codes: 0 nothing to say · 1 there is something to look at · 2 the register cannot be used, or a source is not there")]
pub(crate) struct Check {
    /// The register
    #[arg(value_name = "REGISTER")]
    pub(crate) register: PathBuf,
    /// Files and folders that the register is for
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<PathBuf>,
    /// Profile (TOML): its rules say whose recordings are, its conditions may stand in the register
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// Say which consents do not reach this purpose [default: what the profile says, or none]
    #[arg(long, value_name = "P", value_parser = words(&["teaching", "training", "assessment", "research", "publication", "public-media"]))]
    pub(crate) purpose: Option<String>,
    /// How many months ahead to look for consents that expire and children who come of age
    #[arg(long, value_name = "MONTHS", default_value_t = 6, value_parser = clap::value_parser!(u16).range(0..=1200))]
    pub(crate) within: u16,
    /// Look as of this day or month [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// List everything, not only the first of each kind
    #[arg(long)]
    pub(crate) all: bool,
    /// Show patient numbers, folders and file names even when the output does not go to a terminal
    #[arg(long)]
    pub(crate) show_sources: bool,
    /// Files looked at at once [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// How to print
    #[arg(long, value_enum, default_value_t = TableFormat::Text)]
    pub(crate) format: TableFormat,
}
