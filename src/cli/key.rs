//! `scrubs key`: identities, guardians, and codes turned back into patients and sources.

mod destroy;
mod export;
mod guardian;
mod list;
mod passphrase;
mod reveal;
pub(super) mod table;

use super::args::{self, Opening};
use super::clean::open_custody;
use super::{Advised, Exit, say};
use anyhow::Result;
use scrubs::code::custody::Custody;
use scrubs::code::identity;
use scrubs::code::key::{Identity, KeyError, Recipient, Trouble};
use std::path::Path;

pub(crate) fn key(args: &args::Key) -> Result<Exit> {
    match args {
        args::Key::New(args) => new(args),
        args::Key::Guardian(args) => guardian::guardian(args),
        args::Key::Reveal(args) => reveal::reveal(args),
        args::Key::List(args) => list::list(args),
        args::Key::Export(args) => export::export(args),
        args::Key::Destroy(args) => destroy::destroy(args),
        args::Key::Mapping(args) => super::mapping::mapping(args),
    }
}

fn new(args: &args::New) -> Result<Exit> {
    // Before a passphrase is asked for in vain.
    if args.to.symlink_metadata().is_ok() {
        let taken = identity::IdentityError::Exists;
        return Err(Advised::nothing(&taken, taken.advice()));
    }
    let made = match (&args.passphrase_file, args.passphrase) {
        (None, false) => identity::create(&args.to),
        (file, _) => passphrase::chosen(file.as_deref()).and_then(|words| identity::create_locked(&args.to, &words)),
    };
    let recipient = made.map_err(|e| Advised::nothing(&e, e.advice()))?;
    say::note("Keep this file apart from custody: whoever holds it can open the key. Its public key is:");
    say::out(&format!("{recipient}\n"))
}

/// Custody and the identities that open its key; asks for a passphrase where one is needed.
fn opened(opening: &Opening) -> Result<(Custody, Vec<Identity>)> {
    let custody = open_custody(opening.custody.as_deref())?;
    Ok((custody, identities(opening)?))
}

fn identities(opening: &Opening) -> Result<Vec<Identity>> {
    let mut ask = || passphrase::known(opening.passphrase_file.as_deref());
    identity::open(&opening.identity, &mut ask).map_err(|e| Advised::nothing(&e, e.advice()))
}

fn recipients(texts: &[String]) -> Result<Vec<Recipient>> {
    let parse = |(index, text): (usize, &String)| {
        text.trim().parse().map_err(|_| {
            Advised::nothing(
                format!("number {} of the recipients is not an age public key", index.saturating_add(1)),
                "A public key begins with age1, as `scrubs key new` or `age-keygen -y` prints it.",
            )
        })
    };
    let mut recipients: Vec<Recipient> = Vec::new();
    for recipient in texts.iter().enumerate().map(parse) {
        let recipient = recipient?;
        if !recipients.contains(&recipient) {
            recipients.push(recipient);
        }
    }
    Ok(recipients)
}

fn fault(error: &KeyError) -> anyhow::Error {
    if let KeyError::Reseal(troubles) = error {
        tell_troubles(troubles);
    }
    Advised::nothing(error, error.advice())
}

fn tell_troubles(troubles: &[Trouble]) {
    for trouble in troubles {
        let file = say::path(Path::new(&trouble.file));
        say::note(&format!("key/{file}: {} {}", trouble.kind.says(), trouble.kind.advice()));
    }
}
