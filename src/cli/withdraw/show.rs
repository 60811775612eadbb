//! What a withdrawal shows: every place that the recordings went, what was done, and what is left to do.

use super::{Asked, Done};
use crate::cli::say;
use anyhow::Result;
use scrubs::code::custody::Custody;
use scrubs::code::forget::{self, State};
use scrubs::consent::withdrawal::Whom;
use scrubs::pipeline::release_digest;
use scrubs::pipeline::withdraw::{self, Place};
use scrubs::recording::Outcome;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many folders beside a release are looked at.
const MOST_FOLDERS: usize = 10_000;
/// How many codes are shown of one place; `--format json` has all.
const MOST_CODES: usize = 20;

/// Where releases lie, by their keyed digest: custody keeps no paths, so the folders beside the one that was named are
/// tried.
pub(super) fn paths(custody: &Custody, release: &Path) -> Result<BTreeMap<[u8; 32], PathBuf>> {
    let here = release.canonicalize()?;
    let mut paths = BTreeMap::new();
    let beside = here.parent().and_then(|parent| std::fs::read_dir(parent).ok());
    for folder in beside.into_iter().flatten().filter_map(Result::ok).take(MOST_FOLDERS) {
        if folder.file_type().is_ok_and(|kind| kind.is_dir()) {
            paths.insert(release_digest(custody, &folder.path()), folder.path());
        }
    }
    paths.insert(withdraw::digest_of(custody, release)?, release.to_path_buf());
    Ok(paths)
}

pub(super) fn places(asked: &Asked<'_>) -> String {
    let all: usize = asked.places.iter().map(Place::released).sum();
    let mut text = format!("The recordings went to {}.\n", number(asked.places.len(), "release"));
    for place in &asked.places {
        text.push_str(&format!("\nRelease  {}\n", name(asked, place)));
        let runs: Vec<&str> = place.runs.iter().map(|run| run.started.get(..10).unwrap_or_default()).collect();
        if let (Some(first), Some(last)) = (runs.first(), runs.last()) {
            let when = if first == last { (*first).to_owned() } else { format!("{first} to {last}") };
            text.push_str(&format!("  {}, {when}\n", number(runs.len(), "run")));
        }
        let held = place.entries.iter().filter(|entry| entry.outcome == Outcome::Held).count();
        text.push_str(&format!("  {} in it, {held} held\n", number(place.released(), "recording")));
        for entry in place.entries.iter().take(MOST_CODES) {
            text.push_str(&format!("    {}  {}\n", entry.code, entry.outcome.word()));
        }
        if place.entries.len() > MOST_CODES {
            text.push_str(&format!("    and {} more\n", place.entries.len() - MOST_CODES));
        }
        for (handed, codes) in &place.handed {
            let (on, of) = (handed.on.exact(), number(codes.len(), "recording"));
            text.push_str(&format!("  handed on {on} with {of} of these: {}\n", handed.recipient));
        }
        if place.handed.is_empty() {
            text.push_str("  nobody is noted as having received it (`scrubs handed-on`)\n");
        }
    }
    text.push_str(&format!("\n{} in all are released now.\n", number(all, "recording")));
    let forgotten = forget::count(asked.custody).unwrap_or_default();
    if forgotten > 0 {
        text.push_str(&format!("\n{}\n", unsearched(forgotten)));
    }
    text
}

/// What to do about releases of which nobody can tell whose recordings they hold.
pub(super) fn unsearched(forgotten: usize) -> String {
    format!(
        "{} of this custody {} made with --forget-key, and nobody can tell whose recordings {} holds. Look for the \
         patient's pictures there, and withdraw them by the codes in their names. So that no later run releases them, the \
         withdrawal must stand in the register, too.",
        number(forgotten, "release"),
        if forgotten == 1 { "was" } else { "were" },
        if forgotten == 1 { "it" } else { "each" },
    )
}

pub(super) fn done(asked: &Asked<'_>, done: &Done) -> String {
    let day = asked.withdrawals.first().map(|w| w.on.exact()).unwrap_or_default();
    let forgotten = matches!(forget::state(asked.custody, &asked.here), Ok(State::Complete));
    let recorded = if forgotten {
        "The withdrawal is on record for these codes. The key of this release is forgotten, so that a later run does not \
         know whose they are: put the withdrawal into the register, too."
            .to_owned()
    } else {
        format!(
            "The withdrawal is on record: no later run releases these recordings, unless a register states a consent \
             given after {day}. Put it into the register too: other pictures of the patient are known by their number \
             alone, and where that or the folder is written otherwise later, the code is another."
        )
    };
    let mut text = format!(
        "\n{recorded}\n{} taken out and held.\n",
        number(usize::try_from(done.moved).unwrap_or(usize::MAX), "recording")
    );
    for letter in &done.letters {
        text.push_str(&format!("Letter   {}  (send it)\n", say::path(letter)));
    }
    text
}

/// Releases where the recordings still are, each with the command to run.
pub(super) fn remaining(asked: &Asked<'_>, remaining: &[&Place]) -> String {
    let mut text = String::new();
    for place in remaining {
        let s = if place.released() == 1 { "lies" } else { "lie" };
        let many = number(place.released(), "recording");
        text.push_str(&format!("\n{many} {s} in another release still. Run:\n  {}\n", command(asked, place)));
    }
    text
}

/// The command that carries the withdrawal out in another release.
fn command(asked: &Asked<'_>, place: &Place) -> String {
    let on = asked.withdrawals.first().map(|w| w.on.exact()).unwrap_or_default();
    let all = asked.withdrawals.iter().flat_map(|w| &w.codes);
    let here = all.filter(|coded| place.entries.iter().any(|entry| coded.whom.is(&entry.code)));
    let patients: Vec<&Whom> =
        here.clone().map(|coded| &coded.whom).filter(|w| matches!(w, Whom::Patient(_))).collect();
    let covered = |whom: &Whom| {
        let is_in = |code| patients.iter().any(|patient| patient.is(code));
        matches!(whom, Whom::Recording(code) if is_in(code))
    };
    let codes: Vec<&str> = here.map(|c| &c.whom).filter(|whom| !covered(whom)).map(Whom::as_str).collect();
    let scopes: String = asked.args.scope.iter().map(|scope| format!(" --scope {scope}")).collect();
    let custody = quoted(asked.custody.dir());
    let release = asked.paths.get(&place.release).map_or_else(|| "RELEASE".to_owned(), |path| quoted(path));
    format!("scrubs consent withdraw {} --on {on}{scopes} --custody {custody} --release {release}", codes.join(" "))
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = say::path(path);
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn name(asked: &Asked<'_>, place: &Place) -> String {
    match asked.paths.get(&place.release) {
        Some(path) => say::path(path),
        None => "(written to another place: custody keeps no paths)".to_owned(),
    }
}

fn number(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

pub(super) fn json(asked: &Asked<'_>, done: &Done, remaining: &[&Place]) -> Value {
    let path = |place: &Place| asked.paths.get(&place.release).map(|path| path.to_string_lossy().into_owned());
    let codes: Vec<&str> = asked.withdrawals.iter().flat_map(|w| &w.codes).map(|c| c.whom.as_str()).collect();
    let places: Vec<Value> = asked.places.iter().map(|place| json!({
        "release": path(place),
        "runs": place.runs.iter().map(|run| json!({ "id": run.id, "started": run.started })).collect::<Vec<_>>(),
        "recordings": place.entries.iter()
            .map(|entry| json!({ "code": entry.code, "outcome": entry.outcome })).collect::<Vec<_>>(),
        "handed_on": place.handed.iter().map(|(handed, codes)| json!({
            "recipient": handed.recipient, "on": handed.on.exact(), "codes": codes,
        })).collect::<Vec<_>>(),
    })).collect();
    json!({
        "dry_run": asked.args.dry_run,
        "withdrawn_on": asked.withdrawals.first().map(|w| w.on.exact()),
        "scopes": asked.args.scope,
        "codes": codes,
        "places": places,
        "moved": done.moved,
        "letters": done.letters.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>(),
        "remaining": remaining.iter()
            .map(|place| json!({ "release": path(place), "command": command(asked, place) })).collect::<Vec<_>>(),
    })
}
