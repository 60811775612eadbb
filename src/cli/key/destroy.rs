//! `scrubs key destroy`: asks, destroys, and says what remains possible.

use super::{Advised, Exit, say};
use crate::cli::args;
use anyhow::Result;
use scrubs::code::destroy::take;
use scrubs::ledger::destroy::destroy as destroy_all;
use std::io::{self, BufRead, IsTerminal};

/// What must be typed.
const WORD: &str = "destroy";

pub(super) fn destroy(args: &args::Destroy) -> Result<Exit> {
    let doomed = take(&args.custody).map_err(|e| Advised::nothing(&e, e.advice()))?;
    if !args.yes_destroy {
        ask(doomed.was_begun())?;
    }
    let done = destroy_all(&doomed, args.why.as_deref()).map_err(|e| Advised::stopped(&e, e.advice()))?;
    say::note(&format!(
        "Destroyed: {} files of the key, the coding secret, and the digests of {} sources in the ledger.",
        done.files, done.sources
    ));
    say::note("No code can be turned back with this custody, and nothing can be coded with it any more.");
    say::note("What remains possible: whoever has kept a source, or another copy of the picture, can match it to the");
    say::note(
        "unchanged picture in a release or in held/. Copies of custody, backups and snapshots are not reached, nor",
    );
    say::note(
        "is what a solid-state disk keeps of deleted files. Held recordings and reports were left where they are, but",
    );
    say::note("the report names no lines of the register any more.");
    Ok(Exit::Good)
}

fn ask(was_begun: bool) -> Result<()> {
    if !io::stdin().is_terminal() {
        let advice = "Run the command at a terminal, or add --yes-destroy if a script is to do this for good.";
        return Err(Advised::nothing("nothing was destroyed, since there is nobody to ask", advice));
    }
    if was_begun {
        say::note("The key of this custody was half destroyed; this ends it.");
    }
    say::note(
        "This destroys the key, the coding secret and all keyed digests of this custody. Nobody, no guardian and no",
    );
    say::note(
        "backup of a guardian's identity, can turn a code back afterwards, and no later run gives the same codes.",
    );
    say::note(&format!("Type the word {WORD} to go on; anything else leaves everything as it is:"));
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    if line.trim() == WORD {
        return Ok(());
    }
    Err(Advised::nothing("nothing was destroyed", "Everything is as it was."))
}
