//! Prints: to standard output what was asked for, to standard error what a person should know besides.
//!
//! A reader that has gone away (`scrubs … | head`) is no fault.

use super::Exit;
use anyhow::Result;
use std::io::{self, IsTerminal, Write};

/// Prints text that was asked for.
pub(crate) fn out(text: &str) -> Result<Exit> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(Exit::Good),
    }
}

/// Prints a value as JSON, indented.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<Exit> {
    out(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// Prints a line to standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether standard error goes to a person.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// A path as a terminal may show it: control characters replaced.
pub(crate) fn path(path: &std::path::Path) -> String {
    path.display().to_string().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// What a newcomer reads.
pub(crate) fn greet() -> Result<Exit> {
    out("\
scrubs makes teaching collections of patient photographs and X-rays safe to use.

  scrubs inspect FILE                  what is in a picture that could identify the patient
  scrubs clean FOLDER --to RELEASE     clean, code and judge a collection; sources are never changed
  scrubs key reveal CODE --identity F  which patient and file a code stands for; for the guardian of the key

What may not be used under the GMC's guidance is held back, with the reason and the next step.
`scrubs help` lists all commands, `scrubs help clean` explains one.
")
}
