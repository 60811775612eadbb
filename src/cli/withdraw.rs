//! `scrubs consent withdraw`: shows where a patient's recordings went, asks, records, takes them out, writes letters.

use super::args::{self, Format};
use super::clean::open_custody;
use super::handed::{past, unknown};
use super::telling::open_ledger;
use super::{Advised, Exit, file_set, letter, say, telling};
use anyhow::Result;
use scrubs::code::audit::{self, Act, Deed};
use scrubs::code::custody::{Custody, Lock};
use scrubs::code::forget;
use scrubs::consent::withdrawal::{Coded, Whom};
use scrubs::consent::{Patient, Withdrawal};
use scrubs::ledger::Ledger;
use scrubs::pipeline::withdraw::{self, Place};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

mod show;

/// A patient's number with its issuer is no longer than this.
const LONGEST: u64 = 4096;

/// What is asked for, and all that is known of it.
struct Asked<'a> {
    args: &'a args::Withdraw,
    custody: &'a Custody,
    /// One for each code.
    withdrawals: Vec<Withdrawal>,
    /// Every place their recordings went.
    places: Vec<Place>,
    /// Where releases of this custody lie, as far as that can be told.
    paths: BTreeMap<[u8; 32], PathBuf>,
    here: [u8; 32],
}

/// What was done.
#[derive(Default)]
struct Done {
    moved: u64,
    letters: Vec<PathBuf>,
}

pub(crate) fn withdraw(args: &args::Withdraw) -> Result<Exit> {
    let on = past("--on", Some(&args.on))?;
    let custody = open_custody(args.custody.as_deref())?;
    let lock = custody.lock().map_err(|e| Advised::nothing(&e, e.advice()))?;
    let mut ledger = open_ledger(&custody)?;
    let here = withdraw::digest_of(&custody, &args.release).map_err(|_| unknown())?;
    if !ledger.releases()?.contains(&here) {
        return Err(unknown());
    }
    if !args.release.is_dir() {
        let advice = "Put the release back where it was written to, or name another release that holds the recordings.";
        return Err(Advised::nothing("there is no release at that path any more", advice));
    }
    let scopes =
        args.scope.iter().map(|scope| Ok(scope.parse()?)).collect::<Result<std::collections::BTreeSet<_>>>()?;
    let mut withdrawals = Vec::new();
    for codes in asked_codes(args, &custody, &ledger)? {
        let codes = withdraw::widen(&ledger, &codes)?;
        withdrawals.push(Withdrawal { codes, on, scopes: scopes.clone() });
    }
    let codes = withdrawals.iter().flat_map(|w| w.codes.iter().cloned()).collect();
    let places = withdraw::places(&ledger, &codes)?;
    let paths = show::paths(&custody, &args.release)?;
    let asked = Asked { args, custody: &custody, withdrawals, places, paths, here };
    if args.format == Format::Text {
        say::out(&show::places(&asked))?;
    }
    if args.dry_run {
        say::note("A dry run: nothing was changed.");
        return tell(&asked, &Done::default(), &ledger);
    }
    confirm(args)?;
    let done = carry_out(&asked, &lock, &mut ledger)?;
    tell(&asked, &done, &ledger)
}

/// The codes asked for, a set for each patient or recording.
fn asked_codes(
    args: &args::Withdraw,
    custody: &Custody,
    ledger: &Ledger,
) -> Result<Vec<std::collections::BTreeSet<Coded>>> {
    if args.patient_from_stdin {
        let patient = patient()?;
        let codes = withdraw::codes_of(custody, ledger, &patient)?;
        let known = codes.iter().map(|coded| withdraw::is_known(ledger, &coded.whom)).collect::<Result<Vec<_>, _>>()?;
        if !known.contains(&true) {
            let forgotten = forget::count(custody)?;
            if forgotten > 0 {
                let what = "no release of this custody whose key is kept has or had recordings of this patient";
                return Err(Advised::nothing(what, show::unsearched(forgotten)));
            }
            return Err(Advised::nothing(
                "no release of this custody has or had recordings of this patient",
                "Check the number. For recordings that are still to be \
                 cleaned, put the withdrawal into the register.",
            ));
        }
        if !patient.has_issuer() {
            say::note(
                "scrubs: who issued this number was not said, so recordings of everyone who has it are among these, whoever issued \
                 it. For one of them alone, write issuer|number.",
            );
        }
        return Ok(vec![codes]);
    }
    let mut all = Vec::new();
    for code in &args.codes {
        let whom = Whom::parse(code)
            .ok_or_else(|| Advised::nothing("one of the codes is no code", "Codes look like P-7K3M9Q2FXH4T."))?;
        if !withdraw::is_known(ledger, &whom)? {
            let advice = "Check the code, and that custody is the one the release was made with.";
            return Err(Advised::nothing(format!("{}: no release of this custody has it", whom.as_str()), advice));
        }
        all.push([Coded { whom, release: None }].into());
    }
    Ok(all)
}

/// The patient on standard input: `number`, `issuer|number`, or the issuer on a second line.
fn patient() -> Result<Patient> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let advice =
            "A terminal shows what is typed. Put the number into a file of yours and end the command with < FILE.";
        return Err(Advised::nothing("the patient's number is not read from a terminal", advice));
    }
    let mut text = Zeroizing::new(String::new());
    let wrong = || Advised::nothing("standard input holds no patient's number", "Write `number`, or `issuer|number`.");
    stdin.lock().take(LONGEST).read_to_string(&mut text).map_err(|_| wrong())?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (first, second, more) = (lines.next().unwrap_or_default(), lines.next(), lines.next());
    let (issuer, id) = match (first.split_once('|'), second) {
        (Some(both), None) => both,
        (None, issuer) if more.is_none() => (issuer.unwrap_or_default(), first),
        _ => return Err(wrong()),
    };
    Patient::new(issuer, id).ok_or_else(wrong)
}

/// Asks a person at a terminal; a script says `--yes`.
fn confirm(args: &args::Withdraw) -> Result<()> {
    if args.yes {
        return Ok(());
    }
    let stop = |what: &str| Advised::nothing(what, "Nothing was changed. Without a terminal to ask at, give --yes.");
    if !io::stdin().is_terminal() || !say::is_watched() {
        return Err(stop("the withdrawal was not confirmed"));
    }
    let _ = write!(io::stderr().lock(), "Withdraw, take these recordings out, and write the letters? Type yes: ");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if answer.trim().eq_ignore_ascii_case("yes") { Ok(()) } else { Err(stop("the withdrawal was not confirmed")) }
}

/// Audit, record, letters, recordings, reports: in this order, so that whatever interrupts it the same command continues.
fn carry_out(asked: &Asked<'_>, lock: &Lock, ledger: &mut Ledger) -> Result<Done> {
    let codes = asked.withdrawals.iter().flat_map(|w| &w.codes).map(|coded| coded.whom.as_str().to_owned());
    audit::append(asked.custody, &Act::new(Deed::Withdrew, codes)).map_err(|e| Advised::nothing(&e, e.advice()))?;
    for withdrawal in &asked.withdrawals {
        let places = withdraw::places(ledger, &withdrawal.codes)?;
        withdraw::record(ledger, withdrawal, &places).map_err(|e| Advised::nothing(&e, e.advice()))?;
    }
    let stopped = |error: anyhow::Error| {
        let what = format!("the withdrawal is on record, and was not carried out to its end ({error})");
        Advised::stopped(what, "Make room or connect the disk again, then run the same command: it continues.")
    };
    let mut done = Done { letters: letter::write(asked.custody, ledger).map_err(stopped)?, moved: 0 };
    let others = asked.places.iter().filter(|place| asked.args.all_releases && place.release != asked.here);
    let others = others.filter_map(|place| asked.paths.get(&place.release)).map(PathBuf::as_path);
    // The release that was named comes last: custody's own report is then of it.
    for release in others.chain([asked.args.release.as_path()]) {
        done.moved += one(asked.custody, lock, ledger, release).map_err(stopped)?;
    }
    Ok(done)
}

fn one(custody: &Custody, lock: &Lock, ledger: &mut Ledger, release: &Path) -> Result<u64> {
    let heading = telling::heading_of(custody, release);
    let moved = withdraw::withdraw(custody, lock, ledger, release)?;
    // What has left the release must not stay listed in its directory.
    file_set::renew_there(custody, release)?;
    telling::write_under(&heading, custody, release)?;
    Ok(moved)
}

/// Says what was done, and what is still to be done elsewhere.
fn tell(asked: &Asked<'_>, done: &Done, ledger: &Ledger) -> Result<Exit> {
    let mut remaining = Vec::new();
    for place in &asked.places {
        let waits = !ledger.awaited_withdrawals(&place.release)?.is_empty();
        let planned = asked.args.dry_run && place.release != asked.here;
        if (waits || planned) && place.released() > 0 {
            remaining.push(place);
        }
    }
    match asked.args.format {
        Format::Json => say::json(&show::json(asked, done, &remaining))?,
        Format::Text if asked.args.dry_run => say::out(&show::remaining(asked, &remaining))?,
        Format::Text => say::out(&(show::done(asked, done) + &show::remaining(asked, &remaining)))?,
    };
    Ok(if remaining.is_empty() || asked.args.dry_run { Exit::Good } else { Exit::Held })
}
