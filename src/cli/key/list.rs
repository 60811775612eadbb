//! `scrubs key list`: codes and counts, from the ledger and the names of the key files; nothing is opened.

use super::{Advised, Exit, say};
use crate::cli::args::{self, Format};
use crate::cli::clean::open_custody;
use anyhow::Result;
use scrubs::code::custody::Custody;
use scrubs::ledger::store::{Census, Ledger, LedgerError};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::{fs, io};

/// What is counted.
#[derive(Serialize)]
struct Counts {
    guardians: usize,
    key_files: u64,
    bytes: u64,
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
    let mut codes: Vec<(String, &'static str)> = Vec::new();
    if let Some(ledger) = ledger.filter(|_| !args.counts) {
        let listed: Result<(), LedgerError> = ledger.each_code(|code, outcome| {
            codes.push((code.as_str().to_owned(), outcome.word()));
            Ok(())
        });
        listed.map_err(|e| Advised::nothing(&e, e.advice()))?;
        codes.dedup();
    }
    match args.format {
        Format::Json => say::json(&serde_json::json!({
            "counts": counts,
            "codes": codes.iter().map(|(code, outcome)| serde_json::json!({ "code": code, "outcome": outcome }))
                .collect::<Vec<_>>(),
        })),
        Format::Text => {
            let lines = codes.iter().map(|(code, outcome)| format!("{code}  {outcome}\n"));
            say::out(&lines.chain(told(&counts)).collect::<String>())
        }
    }
}

fn count(custody: &Custody, census: Census) -> io::Result<Counts> {
    let (mut runs, mut key_files, mut bytes) = (BTreeSet::new(), 0u64, 0u64);
    for entry in fs::read_dir(custody.dir().join("key"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((run, _)) = name.strip_suffix(".age").and_then(|stem| stem.rsplit_once('-')) else { continue };
        runs.insert(run.to_owned());
        key_files = key_files.saturating_add(1);
        bytes = bytes.saturating_add(entry.metadata()?.len());
    }
    Ok(Counts {
        guardians: custody.recipients().len(),
        key_files,
        bytes,
        runs: runs.len(),
        releases: census.releases,
        patients: census.patients,
        recordings: census.recordings.into_iter().map(|(outcome, count)| (outcome.word(), count)).collect(),
    })
}

fn told(counts: &Counts) -> Vec<String> {
    let mut lines = vec![
        format!("{:>9} guardians\n", counts.guardians),
        format!("{:>9} key files (batches) of {} runs, {} bytes\n", counts.key_files, counts.runs, counts.bytes),
        format!("{:>9} releases\n", counts.releases),
        format!("{:>9} patients\n", counts.patients),
    ];
    lines.extend(counts.recordings.iter().map(|(outcome, count)| format!("{count:>9} recordings {outcome}\n")));
    lines
}
