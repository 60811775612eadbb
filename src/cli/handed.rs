//! `scrubs handed-on`: notes in custody who received a release, or lists who did.

use super::args::{self, Format};
use super::clean::open_custody;
use super::telling::open_ledger;
use super::{Advised, Exit, letter, say};
use anyhow::Result;
use scrubs::code::audit::{self, Act, Deed};
use scrubs::code::custody::Custody;
use scrubs::consent::Date;
use scrubs::ledger::{HandedOn, Ledger};
use scrubs::pipeline::withdraw::{self, Known};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

/// A recipient's name and a reason are no longer than this, in characters.
const LONGEST: usize = 500;
/// What to do about a date that is none.
const ON: &str = "Give the day or the month on which it happened.";

pub(crate) fn handed_on(args: &args::HandedOn) -> Result<Exit> {
    let custody = open_custody(args.custody.as_deref())?;
    let _lock = custody.lock().map_err(|e| Advised::nothing(&e, e.advice()))?;
    let mut ledger = open_ledger(&custody)?;
    let release = known(&custody, &ledger, &args.release)?;
    if args.list {
        return list(&ledger, &release, args.format);
    }
    let handed = HandedOn {
        id: 0,
        recipient: plain("--to", args.to.as_deref().unwrap_or_default())?,
        on: past("--on", args.on.as_deref())?,
        why: args.why.as_deref().map(|why| plain("--why", why)).transpose()?,
        sums: sums(&args.release)?,
        recordings: 0,
    };
    let mut codes = Vec::new();
    ledger.entries(&release, |entry| -> Result<()> {
        if entry.outcome == scrubs::recording::Outcome::Released && codes.len() <= audit::MOST_CODES {
            codes.push(entry.code.to_string());
        }
        Ok(())
    })?;
    let count = ledger.counts(&release)?.get(&scrubs::recording::Outcome::Released).copied().unwrap_or_default();
    let mut act = Act::new(Deed::HandedOn, codes).to(&handed.recipient);
    act.count = count;
    act.why.clone_from(&handed.why);
    audit::append(&custody, &act).map_err(|e| Advised::nothing(&e, e.advice()))?;
    let mut batch = ledger.begin()?;
    let handed = batch.hand_on(&release, &handed)?;
    batch.commit()?;
    let letters = letter::write(&custody, &mut ledger)?;
    let waiting = ledger.awaited_withdrawals(&release)?.len();
    if waiting > 0 {
        say::note(
            "A withdrawn consent is still to be carried out in this release: run `scrubs consent withdraw` on it.",
        );
        let s = if letters.len() == 1 { "" } else { "s" };
        say::note(&format!("{} letter{s} to its recipients written in custody's folder notices.", letters.len()));
    }
    match args.format {
        Format::Json => say::json(&row(&handed)),
        Format::Text => {
            let s = if handed.recordings == 1 { "" } else { "s" };
            say::out(&format!("Noted: handed on {} with {} recording{s}.\n", handed.on.exact(), handed.recordings))
        }
    }
}

fn list(ledger: &Ledger, release: &[u8; 32], format: Format) -> Result<Exit> {
    let all = ledger.handed(release)?;
    match format {
        Format::Json => say::json(&all.iter().map(row).collect::<Vec<_>>()),
        Format::Text if all.is_empty() => say::out("Nobody is noted as having received this release.\n"),
        Format::Text => {
            let line = |handed: &HandedOn| {
                let why = handed.why.as_ref().map(|why| format!("  ({why})")).unwrap_or_default();
                let s = if handed.recordings == 1 { "" } else { "s" };
                format!("{}  {} recording{s}  {}{why}\n", handed.on.exact(), handed.recordings, handed.recipient)
            };
            say::out(&all.iter().map(line).collect::<String>())
        }
    }
}

fn row(handed: &HandedOn) -> Value {
    json!({
        "recipient": handed.recipient, "on": handed.on.exact(), "recordings": handed.recordings,
        "sha256sums": handed.sums, "why": handed.why,
    })
}

/// The release that a path means: that which was written there, else that which now lies there after it was moved.
pub(crate) fn known(custody: &Custody, ledger: &Ledger, release: &Path) -> Result<[u8; 32]> {
    match withdraw::recognise(custody, ledger, release).map_err(|e| Advised::nothing(&e, e.advice()))? {
        Known::Written(digest) => Ok(digest),
        Known::Moved(digest) => {
            say::note("This release was written to another place and is known by its recordings.");
            Ok(digest)
        }
        Known::Unknown => Err(unknown()),
    }
}

pub(crate) fn unknown() -> anyhow::Error {
    Advised::nothing(
        "this custody knows no release at that path",
        "Custody knows releases by the path they were written to: name that path, also where the folder has gone since. \
         If the release was made with another custody, name that with --custody.",
    )
}

/// A day or month that is not still to come; today where none is given.
pub(crate) fn past(option: &str, text: Option<&str>) -> Result<Date> {
    let today = Date::today();
    let Some(text) = text else { return Ok(today) };
    let date: Date = text.parse().map_err(|e| Advised::nothing(format!("{option}: the date {e}"), ON))?;
    if date.is_future(today) {
        return Err(Advised::nothing(
            format!("{option}: the date is still to come"),
            "Give the day on which it happened.",
        ));
    }
    if date.month().year() < 1900 {
        return Err(Advised::nothing(format!("{option}: the date lies before 1900"), "Check the year."));
    }
    Ok(date)
}

/// A line that a person wrote, fit for lists, letters and terminals.
fn plain(option: &str, text: &str) -> Result<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control);
    if !fits {
        let advice = format!("Write one line of at most {LONGEST} characters.");
        return Err(Advised::nothing(format!("{option} is empty, too long, or more than a line"), advice));
    }
    Ok(text.to_owned())
}

/// SHA-256 of the release's list of digests; none where the folder is not at hand.
fn sums(release: &Path) -> Result<Option<String>> {
    match std::fs::read(release.join("SHA256SUMS")) {
        Ok(bytes) => Ok(Some(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())),
        Err(_) if release.exists() => {
            say::note("The release has no SHA256SUMS: run `scrubs clean` to its end before it is handed on.");
            Ok(None)
        }
        Err(_) => {
            say::note("The folder is not at hand: the recordings are those that the ledger lists now.");
            Ok(None)
        }
    }
}
