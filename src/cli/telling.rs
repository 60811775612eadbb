//! Writes the reports of a run, from the ledger, and says where things lie.

use super::{Advised, args};
use anyhow::Result;
use scrubs::code::custody::Custody;
use scrubs::decode::Decoders;
use scrubs::dicom;
use scrubs::ledger::Entry;
use scrubs::ledger::store::{Ledger, LedgerError};
use scrubs::pipeline::{Order, release_digest, working_area};
use scrubs::recording::terms::{Coding, Purpose};
use scrubs::recording::{Outcome, Sight};
use scrubs::report::{self, Audience, Heading, Summary, fhir};
use serde_json::Value;
use std::io;
use std::path::Path;

/// What stands above the reports of an order.
pub(crate) fn heading(order: &Order<'_>) -> Heading {
    Heading {
        purpose: order.purpose,
        coding: order.coding(),
        profile: order.profile.name().to_owned(),
        profile_digest: short(&order.profile.digest()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        dicom_edition: dicom::EDITION.to_owned(),
        thumbnails: order.profile.shows_thumbnails(),
    }
}

/// Enough of a digest to tell two profiles apart.
fn short(digest: &[u8]) -> String {
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Writes both reports and the release's digests; returns what the guardian sees.
pub(crate) fn write(order: &Order<'_>, custody: &Custody, release: &Path, fhir: bool) -> Result<Summary> {
    let canonical = release.canonicalize()?;
    let digest = release_digest(custody, &canonical);
    write_all(
        &heading(order),
        custody,
        &canonical,
        &digest,
        Manner { fhir, jobs: order.jobs, decoders: &order.decoders },
    )
}

/// The same, under a heading that is known already.
pub(crate) fn write_under(heading: &Heading, custody: &Custody, release: &Path) -> Result<Summary> {
    let canonical = release.canonicalize()?;
    let digest = release_digest(custody, &canonical);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    write_known(heading, custody, &canonical, &digest, processors)
}

/// The same, of a release that the ledger knows under this digest.
pub(crate) fn write_known(
    heading: &Heading,
    custody: &Custody,
    release: &Path,
    digest: &[u8; 32],
    jobs: usize,
) -> Result<Summary> {
    let decoders = Decoders::installed().working_in(working_area(custody.dir()));
    write_all(heading, custody, release, digest, Manner { fhir: false, jobs, decoders: &decoders })
}

/// How reports are written.
#[derive(Clone, Copy)]
struct Manner<'a> {
    /// With FHIR resources.
    fhir: bool,
    /// How many recordings are decoded at once.
    jobs: usize,
    /// The programs of this machine that decode.
    decoders: &'a Decoders,
}

/// With FHIR resources where they are asked for, and where an earlier run wrote some, which would else grow stale.
fn write_all(
    heading: &Heading,
    custody: &Custody,
    release: &Path,
    digest: &[u8; 32],
    manner: Manner<'_>,
) -> Result<Summary> {
    let ledger = Ledger::open(&custody.dir().join("ledger.sqlite"))?;
    let write = |root: &Path, audience| {
        report::write_with(root, audience, heading, (manner.jobs, manner.decoders), &mut |each| {
            seen_from_ledger(&ledger, digest, each)
        })
    };
    write(release, Audience::Release)?;
    let summary = write(custody.dir(), Audience::Custody)?;
    for (root, outcome) in [(release, Outcome::Released), (custody.dir(), Outcome::Held)] {
        if manner.fhir || root.join("report").join(fhir::NAME).exists() {
            fhir::write(root, outcome, &mut |each| from_ledger(&ledger, digest, each))?;
        }
    }
    report::write_sums(release)?;
    Ok(summary)
}

/// Opens the ledger of a custody.
pub(crate) fn open_ledger(custody: &Custody) -> Result<Ledger> {
    Ledger::open(&custody.dir().join("ledger.sqlite")).map_err(|e| Advised::nothing(&e, e.advice()))
}

/// What stands above the reports that a release has already; the cautious reading where they cannot be read.
pub(crate) fn heading_of(custody: &Custody, release: &Path) -> Heading {
    let read = |root: &Path| std::fs::read(root.join("report/summary.json")).ok();
    let told = read(release).or_else(|| read(custody.dir())).and_then(|b| serde_json::from_slice::<Value>(&b).ok());
    let made_by = told.map(|told| told["made_by"].clone()).unwrap_or_default();
    let word = |key: &str| made_by[key].as_str().unwrap_or_default().to_owned();
    Heading {
        purpose: word("purpose").parse().unwrap_or(Purpose::Teaching),
        coding: word("coding").parse().unwrap_or(Coding::Coded),
        profile: word("profile"),
        profile_digest: word("profile_digest"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        dicom_edition: dicom::EDITION.to_owned(),
        thumbnails: made_by["thumbnails"].as_bool().unwrap_or(true),
    }
}

fn from_ledger(ledger: &Ledger, release: &[u8; 32], each: &mut dyn FnMut(&Entry) -> io::Result<()>) -> io::Result<()> {
    let told: Result<(), Fault> = ledger.entries(release, |entry| each(&entry).map_err(Fault::Report));
    told.map_err(Fault::into_io)
}

fn seen_from_ledger(
    ledger: &Ledger,
    release: &[u8; 32],
    each: &mut dyn FnMut(&Entry, &Sight) -> io::Result<()>,
) -> io::Result<()> {
    let told: Result<(), Fault> =
        ledger.entries_seen(release, |entry, sight| each(&entry, &sight).map_err(Fault::Report));
    told.map_err(Fault::into_io)
}

/// Either side of telling can fail.
enum Fault {
    Ledger(LedgerError),
    Report(io::Error),
}

impl Fault {
    fn into_io(self) -> io::Error {
        match self {
            Fault::Report(error) => error,
            Fault::Ledger(error) => io::Error::other(error),
        }
    }
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Fault::Ledger(error)
    }
}

/// Which exit code a summary has.
pub(crate) fn exit(summary: &Summary, fail_on: args::FailOn) -> super::Exit {
    let totals = summary.recordings;
    let bad = match fail_on {
        args::FailOn::Held => totals.held + totals.unsupported + totals.failed,
        args::FailOn::Failed => totals.failed,
        args::FailOn::Never => 0,
    };
    if bad == 0 { super::Exit::Good } else { super::Exit::Held }
}
