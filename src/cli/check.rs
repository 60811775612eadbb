//! `scrubs consent` and `scrubs profile`: the two files that users write, as templates and checked.

use super::{Exit, args, clean, say};
use anyhow::Result;
use scrubs::consent::Register;
use scrubs::plan::Profile;

pub(crate) fn consent(args: &args::Consent) -> Result<Exit> {
    match args {
        args::Consent::Withdraw(args) => super::withdraw::withdraw(args),
        args::Consent::Template => say::out(&Register::template()),
        args::Consent::Check { register } => {
            let (register, _) = clean::register(Some(register), &Profile::default())?;
            let rows = register.len();
            say::out(&format!("The register is in order: {rows} row{}.\n", if rows == 1 { "" } else { "s" }))
        }
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
