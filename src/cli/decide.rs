//! Carries reviewers' decisions out, and writes reports and digests anew afterwards.

use super::args;
use super::clean::open_custody;
use super::telling::open_ledger;
use super::{Advised, Exit, file_set, say, telling};
use anyhow::Result;
use scrubs::code::RecordingCode;
use scrubs::code::custody::{Custody, Lock};
use scrubs::consent::Date;
use scrubs::consent::decision::{Act, Decision, Marked};
use scrubs::ledger::{Entry, Ledger};
use scrubs::pipeline::{self, DecideError};
use scrubs::place::Area;
use scrubs::recording::terms::Identifiable;
use scrubs::recording::{Identifier, Outcome};
use scrubs::review::NotDone;
use std::path::Path;

/// Carries one decision out; durable when it returns. Call [`settle`] when the session ends.
pub(crate) fn carry(
    custody: &Custody,
    lock: &Lock,
    ledger: &mut Ledger,
    release: &Path,
    decision: &Decision,
) -> Result<Entry, NotDone> {
    pipeline::decide(custody, lock, ledger, release, decision).map_err(|error| not_done(&error))
}

fn not_done(error: &DecideError) -> NotDone {
    NotDone { what: error.to_string(), advice: error.advice() }
}

/// Writes the release's file-set, both reports and the list of digests anew, as decisions have left the release.
///
/// # Errors
/// When they cannot be written; the next run writes them.
pub(crate) fn settle(custody: &Custody, release: &Path) -> Result<()> {
    let heading = telling::heading_of(custody, release);
    file_set::renew_there(custody, release)?;
    telling::write_under(&heading, custody, release).map(drop)
}

pub(crate) fn decide(args: &args::Decide) -> Result<Exit> {
    let custody = open_custody(args.custody.as_deref())?;
    let lock = custody.lock().map_err(|e| Advised::nothing(&e, e.advice()))?;
    let mut ledger = open_ledger(&custody)?;
    let decision = decision(args, &custody, &ledger)?;
    let entry = carry(&custody, &lock, &mut ledger, &args.folder, &decision)
        .map_err(|not_done| Advised::nothing(not_done.what, not_done.advice))?;
    settle(&custody, &args.folder)?;
    say::out(&format!("{}  {}\n", entry.code, entry.outcome.word()))?;
    for reason in &entry.reasons {
        say::out(&format!("  {}\n  {}\n", reason.says, reason.next))?;
    }
    let wanted = args.release.is_none() || entry.outcome == Outcome::Released;
    Ok(if wanted { Exit::Good } else { Exit::Held })
}

fn decision(args: &args::Decide, custody: &Custody, ledger: &Ledger) -> Result<Decision> {
    let acts = [(&args.release, Act::Release), (&args.hold, Act::Hold), (&args.undo, Act::Undo)];
    let chosen = acts.into_iter().find_map(|(code, act)| Some((code.as_ref()?, act)));
    let (code, act) = chosen.and_then(|(code, act)| Some((RecordingCode::parse(code)?, act))).ok_or_else(|| {
        Advised::nothing("that is no code of a recording", "Codes of recordings look like P-7K3M9Q2FXH4T-4DQ8ZN1K.")
    })?;
    let digest = pipeline::withdraw::digest_of(custody, &args.folder)?;
    // Whoever decides here has looked at what lies there now.
    let sha256 = ledger.entry(&digest, &code)?.and_then(|(entry, _)| entry.sha256).unwrap_or_default();
    Ok(Decision {
        recording: code,
        sha256,
        act,
        identifiable: args.not_identifiable.then_some(Identifiable::No),
        no_marks: args.no_marks,
        cover: args.cover.iter().map(|text| marked(text)).collect::<Result<_>>()?,
        keep: args.keep.iter().map(|text| marked(text)).collect::<Result<_>>()?,
        consent: None,
        by: Identifier::new(args.by.as_bytes()),
        on: Date::today(),
    })
}

/// `X,Y,W,H`, or `F:X,Y,W,H`.
fn marked(text: &str) -> Result<Marked> {
    let wrong =
        || Advised::nothing("that is no area", "Areas look like 16,8,32,16, or 2:16,8,32,16 in the third frame.");
    let (frame, area) = match text.split_once(':') {
        Some((frame, area)) => (Some(frame.parse().map_err(|_| wrong())?), area),
        None => (None, text),
    };
    let numbers: Vec<u32> = area.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
    let [x, y, width, height] = numbers[..] else { return Err(wrong()) };
    Ok(Marked { frame, area: Area::new(x, y, width, height) })
}
