//! Arguments of `scrubs check`.

use super::words;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Say what in metadata, names and (with --pixels) pictures would give a patient away
///
/// Looks at the metadata, names and sidecars of a manuscript, talk or folder, and with --pixels at the pictures
/// themselves; it does not read the words of documents and text files. Looks at recordings inside .zip, .docx, .pptx, .odt,
/// .odp, .epub and .pdf too. Needs no custody and changes nothing. With a register, or sidecars beside the recordings, it
/// says what the guidance makes of the purpose.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  scrubs check manuscript
  scrubs check talk.pptx --pixels --purpose teaching
  scrubs check figures --register consent.csv --format sarif > scrubs.sarif
  scrubs check . --baseline scrubs-known.json --write-baseline      what is known today is told no more

Exit codes: 0 nothing was found · 1 something was · 2 nothing was done: wrong usage, a path that is not there")]
pub(crate) struct CheckFiles {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// What the recordings are for
    #[arg(long, value_name = "P", default_value = "publication", value_parser = words(&["teaching", "training", "assessment", "research", "publication", "public-media"]))]
    pub(crate) purpose: String,
    /// Look at the pictures themselves too: writing and faces
    #[arg(long)]
    pub(crate) pixels: bool,
    /// Consent register: CSV, .xlsx, .ods, or FHIR Consent as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) register: Option<PathBuf>,
    /// Tell of findings from this severity up
    #[arg(long, value_enum, default_value_t = AtLeast::Low)]
    pub(crate) at_least: AtLeast,
    /// Leave out what this file knows already
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write what is found today into the baseline, and tell of nothing
    #[arg(long, requires = "baseline")]
    pub(crate) write_baseline: bool,
    /// Files looked at at once [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// How to print
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Text,
    Json,
    Csv,
    Sarif,
    Junit,
}

/// The least severity that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AtLeast {
    Low,
    Medium,
    High,
}
