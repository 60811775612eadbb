//! `scrubs review`: serves the page on which a person decides about what is held.

use super::clean::open_custody;
use super::handed::unknown;
use super::telling::open_ledger;
use super::{Advised, Exit, args, say};
use anyhow::Result;
use scrubs::code::custody::Custody;
use scrubs::consent::decision::Decision;
use scrubs::ledger::Entry;
use scrubs::pipeline::withdraw;
use scrubs::recording::Identifier;
use scrubs::review::{Ended, NotDone, Server, Settings};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Set by Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);
/// A reviewer's name is no longer than this, in characters.
const LONGEST_NAME: usize = 200;

pub(crate) fn review(args: &args::Review) -> Result<Exit> {
    let by = args.by.as_deref().map(name).transpose()?;
    let custody = open_custody(args.custody.as_deref())?;
    let digest = withdraw::digest_of(&custody, &args.release).map_err(|_| unknown())?;
    if !open_ledger(&custody)?.releases()?.contains(&digest) {
        return Err(unknown());
    }
    if !args.release.is_dir() {
        let advice = "Put the release back where it was written to.";
        return Err(Advised::nothing("there is no release at that path any more", advice));
    }
    let idle = Duration::from_secs(u64::from(args.timeout) * 60);
    let server = Server::bind(&custody, digest, Settings { port: args.port, idle, by })
        .map_err(|e| Advised::nothing(&e, e.advice()))?;
    let _ = ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed));
    let url = server.url();
    say::out(&format!("{url}\n"))?;
    say::note("The address works once, in one browser of this machine. Ctrl-C ends the review; what was decided is kept.");
    if !args.no_open {
        open(&url);
    }
    let ended = server.serve(&|decision| carry(&custody, &args.release, decision), &STOP);
    if ended == Ended::Idle {
        say::note("The review has ended, since the page asked nothing for a while. Start it again to go on.");
    }
    Ok(Exit::Good)
}

/// Carries a decision out, or says why not: the one place where the page's decisions go on to the pipeline.
fn carry(_custody: &Custody, _release: &Path, _decision: &Decision) -> Result<Entry, NotDone> {
    Err(NotDone {
        what: "the decision cannot be carried out yet".into(),
        advice: "This version shows what is held. Use the register, or an assessment in the profile.".into(),
    })
}

/// A person's name, on one line.
fn name(text: &str) -> Result<Identifier> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control) {
        let advice = format!("Write one line of at most {LONGEST_NAME} characters.");
        return Err(Advised::nothing("--by is empty, too long, or more than a line", advice));
    }
    Ok(Identifier::from(text))
}

/// Asks the system to open the address; where it cannot, the address is printed anyway.
fn open(url: &str) {
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let _ = Command::new(program).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}
