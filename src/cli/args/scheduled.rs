//! What scheduled and divided runs of `clean` take besides.

use clap::Args;
use scrubs::pipeline::Shard;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Scheduled {
    /// Work on one part of the sources, on this machine or another: the I-th of N. `scrubs merge` joins the parts
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// Print one line of JSON in place of the summary: counts, seconds, exit code; no name, no path
    #[arg(long, conflicts_with = "format")]
    pub(crate) run_record: bool,
    /// Write metrics for Prometheus to FILE, whole or not at all (the textfile collector's format)
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(crate) metrics: Option<PathBuf>,
}
