//! How closely `clean` looks at sources that an earlier run has seen.

use clap::ValueEnum;
use scrubs::pipeline;

/// What is taken as a sign that a source has not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Recheck {
    /// Its length alone, for file systems that do not keep times.
    Never,
    /// Its length and its time of change.
    Changed,
    /// Its content: every source and every output is read and compared.
    Always,
}

impl From<Recheck> for pipeline::Recheck {
    fn from(recheck: Recheck) -> Self {
        match recheck {
            Recheck::Never => pipeline::Recheck::Never,
            Recheck::Changed => pipeline::Recheck::Changed,
            Recheck::Always => pipeline::Recheck::Always,
        }
    }
}
