//! Arguments of `scrubs verify`.

use super::Format;
use clap::Args;
use std::path::PathBuf;

/// Prove a release again: digests, sidecars, and what stands in each recording
///
/// Needs neither custody nor source, so whoever received a release can do it. Every file must be on the list of digests and
/// be what the list says; every recording must have its sidecar and be read again without anything found in it.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  scrubs verify release

Exit codes: 0 everything is as it should be · 1 something is not; it is listed · 2 it is no release, or cannot be read")]
pub(crate) struct Verify {
    /// The release, wherever it lies now
    #[arg(value_name = "RELEASE")]
    pub(crate) release: PathBuf,
    /// Recordings looked at at once [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
