//! `scrubs key export`: the whole key in one file, for others.

use super::table::Table;
use super::{Exit, fault, opened, recipients, say, tell_troubles};
use crate::cli::args;
use anyhow::Result;
use scrubs::code::key::{self, Form, Revealed};
use scrubs::ledger::store::Ledger;
use scrubs::pipeline::release_digest;
use std::path::Path;

pub(super) fn export(args: &args::Export) -> Result<Exit> {
    let recipients = recipients(&args.recipient)?;
    let (custody, identities) = opened(&args.opening)?;
    let path = custody.dir().join("ledger.sqlite");
    let ledger = path.symlink_metadata().is_ok().then(|| Ledger::open(&path).ok()).flatten();
    let is_release = |folder: &Path| {
        let known = |ledger: &Ledger| ledger.knows_release(&release_digest(&custody, folder));
        ledger.as_ref().is_some_and(|ledger| known(ledger).unwrap_or(true))
    };
    let words = |revealed: Option<&Revealed>| revealed.map_or_else(|| Table.head(), |one| Table.row(one));
    let form = if args.plain { Form::Plain(&words) } else { Form::Sealed(&recipients) };
    let why = args.opening.why.as_deref();
    let done = key::export(&custody, &identities, &args.to, &form, why, &is_release).map_err(|e| fault(&e))?;
    tell_troubles(&done.troubles);
    say::note(&format!("{} entries of the key were written to {}", done.entries, say::path(&args.to)));
    if args.plain {
        say::note(
            "WARNING: this file names patients in plain text. Whoever reads it knows whose every code is. Keep it",
        );
        say::note(
            "where only the guardian can read it, never beside a release, and delete it when it is no longer needed.",
        );
    }
    Ok(if done.troubles.is_empty() { Exit::Good } else { Exit::Held })
}
