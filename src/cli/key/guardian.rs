//! `scrubs key guardian`: who can open the key.

use super::{Advised, Exit, fault, identities, recipients, say};
use crate::cli::args::{self, Format, GuardianChange};
use crate::cli::clean::open_custody;
use anyhow::Result;
use scrubs::code::key::{Change, Recipient, change_guardians};

pub(super) fn guardian(args: &args::Guardian) -> Result<Exit> {
    match args {
        args::Guardian::Add(args) => add(args),
        args::Guardian::Remove(args) => remove(args),
        args::Guardian::List(args) => {
            let custody = open_custody(args.custody.as_deref())?;
            let all: Vec<String> = custody.recipients().iter().map(ToString::to_string).collect();
            match args.format {
                Format::Json => say::json(&all),
                Format::Text => say::out(&all.iter().map(|one| format!("{one}\n")).collect::<String>()),
            }
        }
    }
}

fn add(args: &GuardianChange) -> Result<Exit> {
    let named = recipients(&args.recipients)?;
    let count = change(args, "added", |guardians| {
        let new: Vec<Recipient> = named.iter().filter(|one| !guardians.contains(one)).cloned().collect();
        if new.is_empty() {
            return Err(Advised::nothing("they are guardians already", "`scrubs key guardian list` lists them."));
        }
        Ok(guardians.iter().cloned().chain(new).collect())
    })?;
    say::note(&format!("Added. {count} key files were sealed anew; what is coded from now on is sealed for them too."));
    Ok(Exit::Good)
}

fn remove(args: &GuardianChange) -> Result<Exit> {
    let named = recipients(&args.recipients)?;
    let count = change(args, "removed", |guardians| {
        if named.iter().any(|one| !guardians.contains(one)) {
            let what = "one of them is not a guardian of this custody";
            return Err(Advised::nothing(what, "`scrubs key guardian list` lists who is."));
        }
        let left: Vec<Recipient> = guardians.iter().filter(|one| !named.contains(one)).cloned().collect();
        if left.is_empty() {
            let what = "the last guardian cannot be removed: nobody could ever open the key again";
            let advice =
                "Add another one first, or destroy the key with `scrubs key destroy` if that is what you want.";
            return Err(Advised::nothing(what, advice));
        }
        Ok(left)
    })?;
    say::note(&format!("Removed. {count} key files were sealed anew without them."));
    say::note(
        "Whoever has kept a copy of the old key files, in a backup for instance, and the identity can still open",
    );
    say::note("that copy: what they could read once, scrubs cannot take back.");
    Ok(Exit::Good)
}

fn change(
    args: &GuardianChange,
    verb: &str,
    guardians: impl FnOnce(&[Recipient]) -> Result<Vec<Recipient>>,
) -> Result<u64> {
    let custody = open_custody(args.opening.custody.as_deref())?;
    // What is wrong with the request is told before a passphrase is asked for.
    let guardians = guardians(custody.recipients())?;
    let identities = identities(&args.opening)?;
    let lock = custody.lock().map_err(|e| Advised::nothing(&e, e.advice()))?;
    let says = format!("{verb}: {}", args.recipients.join(", "));
    let change = Change { guardians, says, why: args.opening.why.clone() };
    change_guardians(&custody, &lock, &identities, &change).map_err(|e| fault(&e))
}
