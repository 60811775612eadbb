//! `scrubs key list`: codes and counts, from the ledger and the names of the key files; nothing is opened.

use super::{Advised, Exit};
use crate::cli::args::{self, Format};
use crate::cli::clean::open_custody;
use anyhow::Result;
use scrubs::code::RecordingCode;
use scrubs::code::custody::Custody;
use scrubs::code::key::Table;
use scrubs::ledger::store::{Census, Ledger, LedgerError};
use scrubs::recording::Outcome;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufWriter, Write};

/// What is counted.
#[derive(Serialize)]
struct Counts {
    guardians: usize,
    key_files: u64,
    bytes: u64,
    /// Sealed parts of the tables of what was replaced.
    table_files: u64,
    /// Runs that sealed something.
    runs: usize,
    /// Releases that were ever begun.
    releases: u64,
    patients: u64,
    recordings: BTreeMap<&'static str, u64>,
}

pub(super) fn list(args: &args::KeyList) -> Result<Exit> {
    let custody = open_custody(args.custody.as_deref())?;
    let path = custody.dir().join("ledger.sqlite");
    // A ledger that is not there is not made here.
    let ledger = path.symlink_metadata().is_ok().then(|| Ledger::open(&path)).transpose();
    let ledger = ledger.map_err(|e| Advised::nothing(&e, e.advice()))?;
    let census = ledger.as_ref().map_or_else(|| Ok(Census::default()), Ledger::census);
    let counts = count(&custody, census.map_err(|e| Advised::nothing(&e, e.advice()))?)?;
    let ledger = ledger.filter(|_| !args.counts);
    match print(args.format, &counts, ledger.as_ref()) {
        Err(Fault::Ledger(error)) => Err(Advised::nothing(&error, error.advice())),
        Err(Fault::Print(error)) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(Exit::Good),
    }
}

/// Either side of printing can fail.
enum Fault {
    Ledger(LedgerError),
    Print(io::Error),
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Fault::Ledger(error)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Print(error)
    }
}

/// Prints one code after another as the ledger gives them, each with an outcome once.
fn print(format: Format, counts: &Counts, ledger: Option<&Ledger>) -> std::result::Result<(), Fault> {
    let mut output = BufWriter::new(io::stdout().lock());
    let json = format == Format::Json;
    if json {
        write!(output, "{{\n\"counts\": ")?;
        serde_json::to_writer_pretty(&mut output, counts).map_err(io::Error::from)?;
        write!(output, ",\n\"codes\": [")?;
    }
    let mut last = None;
    let each = |code: RecordingCode, outcome: Outcome| -> std::result::Result<(), Fault> {
        let one = Some((code, outcome));
        let Some((code, word)) = one.as_ref().filter(|_| one != last).map(|(code, outcome)| (code, outcome.word()))
        else {
            return Ok(());
        };
        if json {
            let comma = if last.is_none() { "" } else { "," };
            write!(output, "{comma}\n{{ \"code\": \"{code}\", \"outcome\": \"{word}\" }}")?;
        } else {
            writeln!(output, "{code}  {word}")?;
        }
        last = one;
        Ok(())
    };
    ledger.map_or(Ok(()), |ledger| ledger.each_code(each))?;
    if json {
        writeln!(output, "\n]\n}}")?;
    } else {
        told(counts).iter().try_for_each(|line| output.write_all(line.as_bytes()))?;
    }
    Ok(output.flush()?)
}

fn count(custody: &Custody, census: Census) -> io::Result<Counts> {
    let (mut runs, mut key_files, mut bytes, mut table_files) = (BTreeSet::new(), 0u64, 0u64, 0u64);
    for entry in fs::read_dir(custody.dir().join("key"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if Table::of(&name).is_some() {
            table_files = table_files.saturating_add(1);
            continue;
        }
        let Some((run, _)) = name.strip_suffix(".age").and_then(|stem| stem.rsplit_once('-')) else { continue };
        runs.insert(run.to_owned());
        key_files = key_files.saturating_add(1);
        bytes = bytes.saturating_add(entry.metadata()?.len());
    }
    Ok(Counts {
        guardians: custody.recipients().len(),
        key_files,
        bytes,
        table_files,
        runs: runs.len(),
        releases: census.releases,
        patients: census.patients,
        recordings: census.recordings.into_iter().map(|(outcome, count)| (outcome.word(), count)).collect(),
    })
}

fn told(counts: &Counts) -> Vec<String> {
    let s = |n: u64| if n == 1 { "" } else { "s" };
    let many = |n: u64, what: &str| format!("{n:>9} {what}{}\n", s(n));
    let (files, runs) = (counts.key_files, counts.runs as u64);
    let batches = if files == 1 { "batch" } else { "batches" };
    let mut lines = vec![
        many(counts.guardians as u64, "guardian"),
        format!("{files:>9} key file{} ({batches}) of {runs} run{}, {} bytes\n", s(files), s(runs), counts.bytes),
        many(counts.releases, "release"),
        many(counts.patients, "patient"),
    ];
    if counts.table_files > 0 {
        let n = counts.table_files;
        lines.insert(2, format!("{n:>9} file{} of mapping tables\n", s(n)));
    }
    lines.extend(
        counts.recordings.iter().map(|(outcome, count)| format!("{count:>9} recording{} {outcome}\n", s(*count))),
    );
    lines
}
