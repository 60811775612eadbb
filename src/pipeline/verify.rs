//! Proves a release again, without custody: digests, sidecars, and what stands in each recording.
//!
//! GMC para 24 (the record lies with the recording), paras 12, 17 (nothing that identifies is left). Whoever received a
//! release can do this: neither key, ledger nor source is needed. The walk and the list of digests are read alongside each
//! other, a few hundred files at a time, so that memory does not depend on how many there are.

mod list;
mod recording;

use super::disk;
use crate::code::RecordingCode;
use crate::recording::fault::why;
use crate::recording::terms::Purpose;
use list::{Item, Items};
use rayon::prelude::*;
use serde::Serialize;
use std::io::{self, Read};
use std::path::Path;

/// How many files are looked at together.
const TOGETHER: usize = 256;

/// How many faults are told one by one; the rest are counted.
const TOLD: usize = 1000;

/// The longest summary of a report that is read, in bytes.
const SUMMARY: u64 = 16 << 20;

/// What is wrong with one file of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// A stable word: `digest-differs`.
    pub code: &'static str,
    /// What it means.
    pub says: String,
    /// Where: a path below the release. None where the name is not one that scrubs gives, since it may tell something.
    pub place: Option<String>,
}

/// What a release was found to be.
#[derive(Debug, Default, Serialize)]
pub struct Verified {
    /// How many recordings were read again and found to be what their sidecars say.
    pub recordings: u64,
    /// How many other files are what the list says.
    pub others: u64,
    /// How many things are wrong.
    pub faults: u64,
    /// The first of them, in the order of their places.
    pub broken: Vec<Broken>,
}

impl Verified {
    /// Whether everything is as it should be.
    pub fn is_whole(&self) -> bool {
        self.faults == 0
    }

    fn take(&mut self, broken: Vec<Broken>) {
        self.faults = self.faults.saturating_add(broken.len() as u64);
        let room = TOLD.saturating_sub(self.broken.len());
        self.broken.extend(broken.into_iter().take(room));
    }
}

/// Why a release could not be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// There is no such folder, or it cannot be read.
    #[error("the release cannot be read ({})", why(.0.kind()))]
    Unreadable(#[source] io::Error),
    /// It has no list of digests.
    #[error("there is no list of digests (SHA256SUMS), so it is not a release")]
    NotARelease,
    /// The workers could not be started.
    #[error("the workers cannot be started")]
    Workers,
}

impl VerifyError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            VerifyError::Unreadable(_) => "Check the path, and that you may read the folder.",
            VerifyError::NotARelease => "Name the folder that was written by `scrubs clean --to`.",
            VerifyError::Workers => "Try again with a smaller number after --jobs.",
        }
    }
}

/// Proves a release again with so many workers.
///
/// # Errors
/// When it is no release or cannot be read. What is wrong with a release is no error.
pub fn verify(release: &Path, jobs: usize) -> Result<Verified, VerifyError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs)
        .stack_size(8 * 1024 * 1024)
        .build()
        .map_err(|_| VerifyError::Workers)?;
    let list = match disk::open_source(&release.join(list::NAME)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound && release.is_dir() => {
            return Err(VerifyError::NotARelease);
        }
        Err(error) => return Err(VerifyError::Unreadable(error)),
    };
    let mut found = Verified::default();
    let mut all = 0;
    let mut purpose = None;
    let mut items = Items::new(release, list);
    let mut seen: Vec<Item> = Vec::new();
    loop {
        let more = items.next();
        // A recording and its sidecar are looked at together, so a batch ends between two recordings.
        let ends = more.as_ref().is_none_or(|item| seen.last().is_some_and(|last| !last.belongs_with(item)));
        if ends && (more.is_none() || seen.len() >= TOGETHER) {
            all += settle(&mut found, &mut purpose, release, &pool, &seen);
            seen.clear();
        }
        match more {
            Some(item) => seen.push(item),
            None => break,
        }
    }
    if told(release).is_some_and(|told| told != all) {
        let says = "The report tells of another number of recordings than there are.";
        found.take(vec![broken("report-differs", says, "report/summary.json")]);
    }
    Ok(found)
}

/// How many recordings the report of a release says it has; none where it cannot be read, which the list tells of.
fn told(release: &Path) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct Summary {
        recordings: Totals,
    }
    #[derive(serde::Deserialize)]
    struct Totals {
        released: u64,
    }
    let mut bytes = Vec::new();
    let file = disk::open_source(&release.join("report/summary.json")).ok()?;
    file.take(SUMMARY).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice::<Summary>(&bytes).ok().map(|summary| summary.recordings.released)
}

/// Looks at some files, in groups of those that belong together. How many recordings they are of.
fn settle(
    found: &mut Verified,
    purpose: &mut Option<Purpose>,
    release: &Path,
    pool: &rayon::ThreadPool,
    items: &[Item],
) -> u64 {
    let groups: Vec<&[Item]> = items.chunk_by(Item::belongs_with).collect();
    let looked: Vec<Looked> = pool.install(|| groups.par_iter().map(|group| recording::look(release, group)).collect());
    let all = looked.iter().filter(|one| one.code.is_some()).count() as u64;
    for mut one in looked {
        // A release is made for one purpose: two in it are two that were put together by hand.
        if let (Some(own), Some(code)) = (one.purpose, &one.code)
            && *purpose.get_or_insert(own) != own
        {
            let place = format!("recordings/{}/{code}.consent.json", code.patient());
            one.broken.push(broken("purpose-differs", "It was judged for another purpose than the others.", &place));
        }
        if one.broken.is_empty() {
            found.recordings += u64::from(one.code.is_some());
            found.others += one.others;
        }
        found.take(one.broken);
    }
    all
}

/// What came of looking at some files that belong together.
#[derive(Debug, Default)]
struct Looked {
    code: Option<RecordingCode>,
    purpose: Option<Purpose>,
    others: u64,
    broken: Vec<Broken>,
}

fn broken(code: &'static str, says: impl Into<String>, place: &str) -> Broken {
    Broken { code, says: says.into(), place: list::is_ours(place).then(|| place.to_owned()) }
}
