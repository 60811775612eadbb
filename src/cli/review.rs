//! `scrubs review`: serves the page on which a person decides about what is held.

use super::clean::open_custody;
use super::handed::unknown;
use super::telling::open_ledger;
use super::{Advised, Exit, args, decide, say};
use anyhow::Result;
use scrubs::code::custody::Custody;
use scrubs::consent::decision::Decision;
use scrubs::ledger::{Entry, Ledger};
use scrubs::pipeline::withdraw;
use scrubs::recording::Identifier;
use scrubs::review::{Ended, NotDone, Server, Settings};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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
    say::note(
        "The address works once, in one browser of this machine. Ctrl-C ends the review; what was decided is kept.",
    );
    if !args.no_open {
        open(&url);
    }
    let desk = Desk { custody: &custody, release: &args.release, owed: Mutex::new(Owed::default()) };
    // What a review that was killed has left of reports and digests to be written.
    desk.settle();
    let ended = server.serve(&|decision| desk.carry(decision), &STOP);
    if desk.owed().due && !desk.settle() {
        let advice = "The decisions are kept. Run `scrubs review` or `scrubs clean` on it again, which writes them.";
        return Err(Advised::stopped("the reports and digests of the release could not be written", advice));
    }
    if ended == Ended::Idle {
        say::note("The review has ended, since the page asked nothing for a while. Start it again to go on.");
    }
    Ok(Exit::Good)
}

/// Writing reports and digests takes longer, the larger the release: so long and they wait for a pause.
const QUICK: Duration = Duration::from_millis(700);

/// What is still to be written of reports and digests.
#[derive(Debug, Default)]
struct Owed {
    /// Whether decisions have left the release since they were written.
    due: bool,
    /// How long it took the last time.
    took: Duration,
    /// When that was.
    last: Option<Instant>,
}

/// The one place where the page's decisions go on to the pipeline.
struct Desk<'a> {
    custody: &'a Custody,
    release: &'a Path,
    owed: Mutex<Owed>,
}

impl Desk<'_> {
    /// Carries a decision out, or says why not.
    fn carry(&self, decision: &Decision) -> Result<Entry, NotDone> {
        let said =
            |what: &dyn std::fmt::Display, advice: &str| NotDone { what: what.to_string(), advice: advice.to_owned() };
        // For this decision alone, so that the page may stay open while others work.
        let lock = self.custody.lock().map_err(|e| said(&e, e.advice()))?;
        let mut ledger = Ledger::open(&self.custody.dir().join("ledger.sqlite")).map_err(|e| said(&e, e.advice()))?;
        let entry = decide::carry(self.custody, &lock, &mut ledger, self.release, decision)?;
        drop(ledger);
        let waits = {
            let mut owed = self.owed();
            owed.due = true;
            owed.took > QUICK && owed.last.is_some_and(|last| last.elapsed() < owed.took * 20)
        };
        if !waits {
            self.settle();
        }
        Ok(entry)
    }

    /// Writes reports and digests as the decisions have left the release; the next one tries again where it cannot.
    fn settle(&self) -> bool {
        let start = Instant::now();
        let written = decide::settle(self.custody, self.release).is_ok();
        let mut owed = self.owed();
        *owed = Owed { due: !written, took: start.elapsed(), last: Some(Instant::now()) };
        written
    }

    fn owed(&self) -> std::sync::MutexGuard<'_, Owed> {
        self.owed.lock().unwrap_or_else(|held| held.into_inner())
    }
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
