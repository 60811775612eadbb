//! Tells what was done: rows, counts and a readable page, made from ledger entries alone, so that it can be told again
//! a year later.
//!
//! Two readers are told different things. Whoever receives the release sees what is in it and, of everything else,
//! only how many and for what reason. The guardian, in custody, sees every recording. Nothing here knows a time, a run,
//! a host or a source, so equal entries give equal bytes.

pub mod fhir;
mod flag;
pub mod notice;
mod page;
mod part;
mod phrase;
mod row;
mod sums;
mod tally;
mod tell;
mod thumbnail;

pub use sums::write_sums;
pub use tally::{Counts, Covered, Differing, ForTeaching, FormatCount, Group, Paragraph, Sentence, Summary, Totals};
pub use tell::tell;
pub use thumbnail::Thumbnails;

use crate::decode::Decoders;
use crate::ledger::Entry;
use crate::recording::terms::{Coding, Purpose};
use crate::recording::{Outcome, Sight};
use part::Part;
use serde::Serialize;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tally::Tally;

/// How many recordings the page lists one by one, at most with a small picture of each; `recordings.csv` and `recordings.jsonl` list all.
pub const ROWS_ON_PAGE: usize = 500;

/// Who reads the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Whoever the release is handed to: released recordings, and of the others only counts by reason.
    Release,
    /// The guardian of custody: every recording.
    Custody,
}

impl Audience {
    /// Whether this reader is told of this recording, rather than only counting it.
    fn sees(self, entry: &Entry) -> bool {
        self == Audience::Custody || entry.outcome == Outcome::Released
    }

    /// What became of the recordings that lie in this reader's place.
    fn at_hand(self) -> Outcome {
        match self {
            Audience::Release => Outcome::Released,
            Audience::Custody => Outcome::Held,
        }
    }
}

/// What stands above a report: how the recordings were treated, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heading {
    /// What the recordings were judged for.
    pub purpose: Purpose,
    /// Whether a key is retained (GMC para 7, endnote 3).
    pub coding: Coding,
    /// The profile's name.
    pub profile: String,
    /// The first characters of the profile's SHA-256, so that two profiles of one name can be told apart; may be empty.
    pub profile_digest: String,
    /// Version of scrubs.
    pub version: String,
    /// Edition of DICOM PS3.15 whose table was applied: `2026c`.
    pub dicom_edition: String,
    /// Whether the pages show small pictures, as the profile says.
    pub thumbnails: bool,
}

/// One recording as reports are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    /// What the ledger says.
    entry: Entry,
    /// What was seen in its pixels.
    sight: Sight,
}

/// Hands every entry, in the order in which they shall be listed, to the function it is given; ends at the first error.
pub type Entries<'a> = dyn FnMut(&mut dyn FnMut(&Entry) -> io::Result<()>) -> io::Result<()> + 'a;

/// The same, with what was seen in each recording's pixels.
pub type Seen<'a> = dyn FnMut(&mut dyn FnMut(&Entry, &Sight) -> io::Result<()>) -> io::Result<()> + 'a;

/// Writes `report/recordings.jsonl`, `recordings.csv`, `summary.json` and `index.html` under `root`, the folder of the
/// release or of custody, and returns the summary.
///
/// Entries are taken one at a time and not kept, so memory is bounded however many there are. Each file is written
/// under a neighbouring name (`.index.html.part`) and renamed when it is whole; reports of an earlier time are replaced. Files
/// are readable by their owner only. Small pictures are made of what lies under `root`, `at_once` at a time, and only of what
/// the page lists; a picture that cannot be decoded has none.
///
/// # Errors
/// When a file cannot be written, or when `entries` itself fails. Nothing half-written is left under a report's name.
pub fn write(
    root: &Path,
    audience: Audience,
    heading: &Heading,
    at_once: usize,
    entries: &mut Seen<'_>,
) -> io::Result<Summary> {
    write_with(root, audience, heading, (at_once, &Decoders::none()), entries)
}

/// The same, with small pictures also of what programs of this machine decode.
///
/// # Errors
/// As `write`.
pub fn write_with(
    root: &Path,
    audience: Audience,
    heading: &Heading,
    (at_once, decoders): (usize, &Decoders),
    entries: &mut Seen<'_>,
) -> io::Result<Summary> {
    let dir = root.join("report");
    part::create_dir(&dir)?;
    let mut lines = BufWriter::new(Part::create(&dir, "recordings.jsonl")?);
    let mut table = row::Table::new(Part::create(&dir, "recordings.csv")?, audience)?;
    let mut tally = Tally::new(audience, heading);
    entries(&mut |entry, sight| {
        tally.add(entry, sight);
        if audience.sees(entry) {
            row::write_line(&mut lines, audience, entry, sight)?;
            table.add(entry, sight)?;
        }
        Ok(())
    })?;
    lines.into_inner()?.finish()?;
    table.finish()?.finish()?;
    let (summary, listed) = tally.finish();

    let mut json = serde_json::to_vec_pretty(&summary)?;
    json.push(b'\n');
    let mut file = Part::create(&dir, "summary.json")?;
    file.write_all(&json)?;
    file.finish()?;

    let with = if heading.thumbnails { Thumbnails::With { at_once } } else { Thumbnails::Without };
    let mut file = Part::create(&dir, "index.html")?;
    file.write_all(page::page(root, &summary, &listed, (with, decoders)).as_bytes())?;
    file.finish()?;
    Ok(summary)
}

/// Counts entries without writing anything: what a dry run tells.
///
/// # Errors
/// When `entries` itself fails.
pub fn count(audience: Audience, heading: &Heading, entries: &mut Entries<'_>) -> io::Result<Summary> {
    let mut tally = Tally::new(audience, heading);
    entries(&mut |entry| {
        tally.add(entry, &Sight::default());
        Ok(())
    })?;
    Ok(tally.finish().0)
}

#[cfg(test)]
mod tests;
