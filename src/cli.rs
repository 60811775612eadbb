//! Commands, what they print, and the exit code that each outcome has.

mod args;
mod check;
mod clean;
mod decide;
mod file_set;
mod find;
mod form;
mod handed;
mod inspect;
mod judge;
mod key;
mod letter;
mod lint;
mod mapping;
mod merge;
mod progress;
mod record;
mod report;
mod review;
mod say;
mod telling;
mod template;
mod verify;
mod withdraw;

use anyhow::Result;
use args::{Cli, Command};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use std::fmt;
use std::process::ExitCode;

/// How a command ended; the codes are documented in README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All released, or nothing found.
    Good = 0,
    /// Complete, and something was held or found.
    Held = 1,
    /// Nothing was done.
    Nothing = 2,
    /// Stopped before the end.
    Stopped = 3,
    /// Interrupted by the user.
    Interrupted = 130,
}

/// A fault with what to do about it.
#[derive(Debug)]
pub(crate) struct Advised {
    pub(crate) what: String,
    pub(crate) advice: String,
    pub(crate) exit: Exit,
}

impl Advised {
    /// Nothing was done, and why.
    pub(crate) fn nothing(what: impl fmt::Display, advice: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self { what: what.to_string(), advice: advice.into(), exit: Exit::Nothing })
    }

    /// Stopped before the end, and why.
    pub(crate) fn stopped(what: impl fmt::Display, advice: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self { what: what.to_string(), advice: advice.into(), exit: Exit::Stopped })
    }
}

impl fmt::Display for Advised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Advised {}

/// Parses the command line and runs the command.
pub(crate) fn main() -> ExitCode {
    owner_alone();
    std::panic::set_hook(Box::new(|fault| {
        // The message of a panic may hold a value; its place in the source never does.
        let place = fault.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        say::note(&format!("scrubs: a fault in scrubs itself ({place}); please report it"));
    }));
    let exit = match Cli::try_parse() {
        Ok(cli) => run(cli).unwrap_or_else(|error| tell(&error)),
        Err(error) => misused(&error),
    };
    ExitCode::from(exit as u8)
}

/// What is wrong with the command line, or the help that was asked for. To `clean` without --to the whole command is shown:
/// it is the first that most people type.
fn misused(error: &clap::Error) -> Exit {
    // A reader that has gone away is no fault.
    let _ = error.print();
    let named = |word: &str| std::env::args_os().nth(1).is_some_and(|command| command == word);
    if error.kind() == ErrorKind::MissingRequiredArgument && named("clean") {
        say::note("\nExample:\n  scrubs clean photographs --to release");
    }
    if error.use_stderr() { Exit::Nothing } else { Exit::Good }
}

/// Whatever mask the process was started with: what it makes is open to its owner, and to nobody else.
fn owner_alone() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

fn run(cli: Cli) -> Result<Exit> {
    match cli.command {
        None => say::greet(),
        Some(Command::Clean(args)) => clean::clean(&args),
        Some(Command::Check(args)) => check::check(&args),
        Some(Command::Merge(args)) => merge::merge(&args),
        Some(Command::Inspect(args)) => inspect::inspect(&args),
        Some(Command::Judge(args)) => judge::judge(&args),
        Some(Command::Key(args)) => key::key(&args),
        Some(Command::Where(args)) => find::find(&args),
        Some(Command::Consent(args)) => form::consent(&args),
        Some(Command::Decide(args)) => decide::decide(&args),
        Some(Command::HandedOn(args)) => handed::handed_on(&args),
        Some(Command::Review(args)) => review::review(&args),
        Some(Command::Verify(args)) => verify::verify(&args),
        Some(Command::Report(args)) => report::report(&args),
        Some(Command::Profile(args)) => form::profile(&args),
        Some(Command::Completions(args)) => {
            let mut script = Vec::new();
            clap_complete::generate(args.shell, &mut Cli::command(), "scrubs", &mut script);
            say::out(&String::from_utf8_lossy(&script))
        }
        Some(Command::Man(args)) => manual(&args.command),
    }
}

/// The manual page of a command, named as it is typed.
fn manual(words: &[String]) -> Result<Exit> {
    let mut command = Cli::command();
    command.build();
    let mut found = &command;
    for word in words {
        found = found.find_subcommand(word).ok_or_else(|| {
            Advised::nothing(format!("there is no command `{}`", words.join(" ")), "`scrubs help` lists all commands.")
        })?;
    }
    let title = std::iter::once("scrubs").chain(words.iter().map(String::as_str)).collect::<Vec<_>>().join("-");
    let mut page = Vec::new();
    clap_mangen::Man::new(found.clone()).title(title).render(&mut page)?;
    say::out(&String::from_utf8_lossy(&page))
}

/// What happened, and below it what to do.
fn tell(error: &anyhow::Error) -> Exit {
    match error.downcast_ref::<Advised>() {
        Some(advised) => {
            say::note(&format!("scrubs: {}", advised.what));
            if !advised.advice.is_empty() {
                say::note(&advised.advice);
            }
            advised.exit
        }
        None => {
            say::note(&format!("scrubs: {error}"));
            Exit::Nothing
        }
    }
}
