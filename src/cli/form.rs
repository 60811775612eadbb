//! `scrubs consent` and `scrubs profile`: the two files that users write, as templates and checked.

use super::{Exit, args, clean, say};
use anyhow::Result;
use scrubs::plan::Profile;

pub(crate) fn consent(args: &args::Consent) -> Result<Exit> {
    match args {
        args::Consent::Withdraw(args) => super::withdraw::withdraw(args),
        args::Consent::Template(args) => super::template::template(args),
        args::Consent::Check(args) => super::lint::check(args),
    }
}

pub(crate) fn profile(args: &args::Profile) -> Result<Exit> {
    match args {
        args::Profile::New => say::out(&Profile::template()),
        args::Profile::Check { profile } => {
            clean::profile(Some(profile))?;
            say::out("The profile is in order.\n")
        }
    }
}
