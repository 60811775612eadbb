//! Arguments of `scrubs consent withdraw`.

use super::{Format, words};
use clap::Args;
use std::path::PathBuf;

/// Withdraw a patient's consent: take the recordings out of a release and write to those who have them
///
/// Shows every place that the recordings went, and asks. Then custody has the withdrawal on record, so that no later run
/// releases them, whatever an old register says; only a consent given after that day does. The recordings go from RELEASE
/// to what is held, and a letter for everyone who received them lies in custody's folder notices.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  scrubs consent withdraw P-7K3M9Q2FXH4T --on 2026-11-10 --release release --custody custody
  scrubs consent withdraw --patient-from-stdin --on 2026-11-10 --release release --yes < number.txt

Exit codes: 0 done · 1 done, and other releases hold recordings still · 2 nothing was done · 3 stopped before the end (the
same command continues)")]
pub(crate) struct Withdraw {
    /// Codes of patients or recordings
    #[arg(value_name = "CODE", required_unless_present = "patient_from_stdin")]
    pub(crate) codes: Vec<String>,
    /// Read the patient's number from standard input (`number`, or `issuer|number`); it is never shown
    #[arg(long, conflicts_with = "codes")]
    pub(crate) patient_from_stdin: bool,
    /// When consent was withdrawn
    #[arg(long, value_name = "DATE")]
    pub(crate) on: String,
    /// Custody folder [default: scrubs/custody in your data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) custody: Option<PathBuf>,
    /// The release that the recordings are to leave
    #[arg(long, value_name = "RELEASE")]
    pub(crate) release: PathBuf,
    /// What is withdrawn; may be given several times [default: everything]
    #[arg(long, value_name = "SCOPE", value_parser = words(&["care", "teaching", "training", "assessment", "research", "publication", "public-media"]))]
    pub(crate) scope: Vec<String>,
    /// Also take them out of this custody's other releases that lie beside RELEASE
    #[arg(long)]
    pub(crate) all_releases: bool,
    /// Do not ask
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) yes: bool,
    /// Show where the recordings went; change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
