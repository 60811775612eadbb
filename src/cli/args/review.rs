//! Arguments of `scrubs review`.

use clap::Args;
use std::path::PathBuf;

/// Look at what is held and decide about it, on a page of this machine's browser
///
/// Shows each held recording large, with the reason and the next step. Whoever reviews can draw boxes over writing, say
/// that something is none, say whether the patient can be recognised, attach a consent, and release or hold. The page
/// knows recordings by their codes alone and is served to this machine only; its address works once.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  scrubs review release --custody custody
  scrubs review release --custody custody --by 'Dr A. Consultant' --no-open

Exit codes: 0 ended · 2 nothing was done")]
pub(crate) struct Review {
    /// The release whose held recordings are to be looked at
    #[arg(value_name = "RELEASE")]
    pub(crate) release: PathBuf,
    /// Custody folder [default: scrubs/custody in your data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) custody: Option<PathBuf>,
    /// Who decides, by name or role; kept in custody alone [default: the page asks]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Port on this machine; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,
    /// Print the address and open no browser
    #[arg(long)]
    pub(crate) no_open: bool,
    /// End after so many minutes in which the page asked nothing
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub(crate) timeout: u32,
}
