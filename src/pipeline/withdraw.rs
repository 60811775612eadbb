//! Withdrawal of consent: every place that a patient's recordings went, the record of it, and carrying it out.
//!
//! GMC paras 8, 25, 35, 47. The order is what makes it safe: the withdrawal is durable before the first file moves, and
//! a release stays on the list of those where it is to be carried out until nothing is left to do there.

mod again;
pub(crate) mod carry;

use super::commit::CommitError;
use super::disk;
use super::order;
use super::reason;
use super::run::RunError;
use super::shelf::Shelf;
use super::shelf::release_digest;
use super::whose::NUMBER;
use crate::code::Coder;
use crate::code::RecordingCode;
use crate::code::custody::{Custody, Lock};
use crate::consent::withdrawal::{Coded, Whom};
use crate::consent::{Patient, Withdrawal};
use crate::ledger::Entry;
use crate::ledger::store::{HandedOn, Ledger, LedgerError, Run};
use crate::recording::Outcome;
use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Whose keys codes come from: custody's own, or those of a release.
type Keys = Option<[u8; 32]>;

/// No line of a report that is read is longer than this.
const LONGEST_LINE: u64 = 1 << 20;

/// The keyed digest of a release that may have gone since: the path is made canonical as far as it still exists.
///
/// # Errors
/// When the path cannot be looked at.
pub fn digest_of(custody: &Custody, release: &Path) -> io::Result<[u8; 32]> {
    Ok(release_digest(custody, &order::settle(release)?))
}

/// Which release lies, or lay, at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// The one that was written there.
    Written([u8; 32]),
    /// One that was written elsewhere, known by a recording that its report lists.
    Moved([u8; 32]),
    /// None of this custody.
    Unknown,
}

/// Tells which release a path means, for taking note of it. A folder that was moved or copied is known by its report, which
/// is not enough to change anything in it.
///
/// # Errors
/// When the ledger cannot be read.
pub fn recognise(custody: &Custody, ledger: &Ledger, release: &Path) -> Result<Known, LedgerError> {
    let releases = ledger.releases()?;
    if let Some(digest) = digest_of(custody, release).ok().filter(|digest| releases.contains(digest)) {
        return Ok(Known::Written(digest));
    }
    // Custody's own report lists recordings too; only a release has a list of digests.
    let listed = first_listed(release).filter(|_| release.join("SHA256SUMS").is_file());
    let Some((code, sha256)) = listed else { return Ok(Known::Unknown) };
    let mut found = Vec::new();
    for digest in releases {
        let entry = ledger.entry(&digest, &code)?.map(|(entry, _)| entry);
        if entry.is_some_and(|e| e.outcome == Outcome::Released && e.sha256.as_ref() == Some(&sha256)) {
            found.push(digest);
        }
    }
    Ok(match found[..] {
        [one] => Known::Moved(one),
        _ => Known::Unknown,
    })
}

/// Code and digest of the first recording that a release's report lists.
fn first_listed(release: &Path) -> Option<(RecordingCode, String)> {
    let file = disk::open_source(&release.join("report").join("recordings.jsonl")).ok()?;
    let mut line = String::new();
    BufReader::new(file.take(LONGEST_LINE)).read_line(&mut line).ok()?;
    let row: serde_json::Value = serde_json::from_str(&line).ok()?;
    Some((RecordingCode::parse(row["recording"].as_str()?)?, row["sha256"].as_str()?.to_owned()))
}

/// What a release has, or had, of a patient.
#[derive(Debug, Clone)]
pub struct Place {
    /// The keyed digest of the release.
    pub release: [u8; 32],
    /// The runs that wrote to it.
    pub runs: Vec<Run>,
    /// The recordings that the ledger knows there, by code.
    pub entries: Vec<Entry>,
    /// Who received which of them.
    pub handed: Vec<(HandedOn, Vec<RecordingCode>)>,
}

impl Place {
    /// How many of them lie in the release now.
    pub fn released(&self) -> usize {
        self.entries.iter().filter(|entry| entry.outcome == Outcome::Released).count()
    }
}

/// Every code under which a patient may be known: custody's own, and that of each release that has codes of its own. Where the
/// issuer is not said, those of everyone who has the number, and what stands for it in later runs: too much is withdrawn rather
/// than too little.
///
/// # Errors
/// When the ledger cannot be read.
pub fn codes_of(custody: &Custody, ledger: &Ledger, patient: &Patient) -> Result<BTreeSet<Coded>, LedgerError> {
    let code = |coder: &Coder| Whom::Patient(coder.patient(patient.issuer().reveal(), patient.id().reveal()));
    let mut codes = BTreeSet::from([Coded { whom: code(&custody.coder()), release: None }]);
    for release in ledger.releases()? {
        let whom = code(&Coder::for_release(custody.secret(), &release));
        if is_known(ledger, &whom)? {
            codes.insert(Coded { whom, release: Some(release) });
        }
    }
    if !patient.has_issuer() {
        let id = patient.id().reveal();
        codes.insert(Coded { whom: Whom::Patient(custody.coder().number(id)), release: None });
        let number = custody.coder().ledger_digest(NUMBER, &[id]);
        for (release, entry) in ledger.entries_with_number(&number)? {
            let keys = keys_of(&entry, &release);
            // What the register gives to another patient is not all that this other patient has.
            let whom = match entry.reasons.contains(&reason::other_patient()) {
                true => Whom::Recording(entry.code),
                false => Whom::Patient(entry.patient),
            };
            codes.insert(Coded { whom, release: keys });
        }
    }
    Ok(codes)
}

/// Whether any release has or had recordings of this code.
///
/// # Errors
/// When the ledger cannot be read.
pub fn is_known(ledger: &Ledger, whom: &Whom) -> Result<bool, LedgerError> {
    for release in ledger.releases()? {
        if !ledger.entries_of(&release, whom)?.is_empty() {
            return Ok(true);
        }
        for handed in ledger.handed(&release)? {
            if !ledger.handed_codes(&handed, whom)?.is_empty() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Finds the codes under which the same recordings lie in other releases: those for the public have codes of their own,
/// and what ties them together is the keyed digest of their content. A picture that is filed under another patient too is
/// added by itself, without that patient's other recordings.
///
/// # Errors
/// When the ledger cannot be read.
pub fn widen(ledger: &Ledger, codes: &BTreeSet<Coded>) -> Result<BTreeSet<Coded>, LedgerError> {
    let releases = ledger.releases()?;
    let mut all: BTreeSet<Coded> = BTreeSet::new();
    for coded in codes {
        let mut keys = coded.release;
        for release in &releases {
            for (entry, instance) in ledger.entries_of(release, &coded.whom)? {
                keys = keys_of(&entry, release);
                let same = same(ledger, &releases, &instance)?;
                for (theirs, other) in same.iter().filter(|(_, other)| !coded.whom.is(&other.code)) {
                    let whole = *theirs != keys && is_sure(&same, *theirs, &entry, other);
                    let whom = match &coded.whom {
                        Whom::Patient(_) if whole => Whom::Patient(other.patient.clone()),
                        _ => Whom::Recording(other.code.clone()),
                    };
                    all.insert(Coded { whom, release: *theirs });
                }
            }
        }
        all.insert(Coded { whom: coded.whom.clone(), release: keys });
    }
    Ok(all)
}

/// Every recording of this content, and whose keys gave it its code.
fn same(ledger: &Ledger, releases: &[[u8; 32]], instance: &[u8; 32]) -> Result<Vec<(Keys, Entry)>, LedgerError> {
    let mut same = Vec::new();
    for release in releases {
        let entries = ledger.entries_with_content(release, instance)?;
        same.extend(entries.into_iter().map(|entry| (keys_of(&entry, release), entry)));
    }
    Ok(same)
}

/// Whose keys gave an entry its code.
fn keys_of(entry: &Entry, release: &[u8; 32]) -> Keys {
    entry.purpose.is_public_domain().then_some(*release)
}

/// Whether the same content under other keys means the same patient: both are named, or neither, and under those keys no
/// other patient has it.
fn is_sure(same: &[(Keys, Entry)], theirs: Keys, entry: &Entry, other: &Entry) -> bool {
    let alone = same.iter().filter(|(keys, _)| *keys == theirs).all(|(_, one)| one.patient == other.patient);
    alone && entry.own_patient == other.own_patient
}

/// Every release that has, or had when it was handed on, recordings of these codes.
///
/// # Errors
/// When the ledger cannot be read.
pub fn places(ledger: &Ledger, codes: &BTreeSet<Coded>) -> Result<Vec<Place>, LedgerError> {
    let mut places = Vec::new();
    for release in ledger.releases()? {
        let mut entries: Vec<Entry> = Vec::new();
        for coded in codes {
            entries.extend(ledger.entries_of(&release, &coded.whom)?.into_iter().map(|(entry, _)| entry));
        }
        entries.sort_by(|a, b| a.code.cmp(&b.code));
        entries.dedup_by(|a, b| a.code == b.code);
        let mut handed = Vec::new();
        for one in ledger.handed(&release)? {
            let mut theirs = BTreeSet::new();
            for coded in codes {
                theirs.extend(ledger.handed_codes(&one, &coded.whom)?);
            }
            if !theirs.is_empty() {
                handed.push((one, theirs.into_iter().collect()));
            }
        }
        if !entries.is_empty() || !handed.is_empty() {
            places.push(Place { release, runs: ledger.runs(&release)?, entries, handed });
        }
    }
    Ok(places)
}

/// Records a withdrawal, durably: from now on every run judges by it, and each of these places waits for it to be carried
/// out. Nothing has moved yet.
///
/// # Errors
/// When the ledger cannot be written; nothing is recorded then.
pub fn record(ledger: &mut Ledger, withdrawal: &Withdrawal, places: &[Place]) -> Result<i64, LedgerError> {
    let mut batch = ledger.begin()?;
    let id = batch.withdraw(withdrawal)?;
    for coded in &withdrawal.codes {
        batch.judge_anew(&coded.whom)?;
    }
    for place in places.iter().filter(|place| place.entries.iter().any(|entry| entry.usability.is_some())) {
        batch.await_withdrawal(&place.release, id)?;
    }
    batch.commit()?;
    Ok(id)
}

/// Carries out in one release what waits there, while no run uses this custody: `lock` says so. How many recordings
/// left the release.
///
/// # Errors
/// When release or custody cannot be written. What was done stays; the same call continues.
pub fn withdraw(custody: &Custody, _lock: &Lock, ledger: &mut Ledger, release: &Path) -> Result<u64, RunError> {
    let release = release.canonicalize().map_err(RunError::ReleaseClosed)?;
    let digest = release_digest(custody, &release);
    let shelves = super::bench::Shelves {
        release: Shelf::open(&release).map_err(RunError::ReleaseClosed)?,
        custody: Shelf::open(custody.dir()).map_err(RunError::CustodyClosed)?,
        one_file_system: disk::is_one_file_system(&release, custody.dir()),
    };
    super::commit::recover(ledger, &digest, &shelves)?;
    super::decide::recover(ledger, &digest, &shelves)?;
    let moved = carry::carry_out(ledger, &shelves, &digest);
    shelves.release.close().and(shelves.custody.close()).map_err(CommitError::Release)?;
    Ok(moved?)
}
