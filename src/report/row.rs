//! One recording as a line of `recordings.jsonl` and a record of `recordings.csv` (RFC 4180).

use super::Audience;
use crate::ledger::{Entry, Reason, RuleCited};
use crate::recording::known::Disagreement;
use crate::recording::terms::{Kind, PixelState, Purpose, Usability};
use crate::recording::{Format, Outcome, Region, Sight};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// What whoever receives the release is told of one recording. The length of the source stays behind: it is of no use
/// to them, and would help whoever holds sources to match them.
#[derive(Serialize)]
struct Row<'a> {
    recording: &'a str,
    patient: &'a str,
    outcome: Outcome,
    path: Option<&'a str>,
    sha256: Option<&'a str>,
    bytes: u64,
    format: Format,
    media_type: &'a str,
    kind: Kind,
    purpose: Purpose,
    usability: Option<Usability>,
    conditions: &'a [String],
    rules: &'a [RuleCited],
    pixels: PixelState,
    findings: &'a BTreeMap<String, u32>,
    regions_covered: u32,
    #[serde(flatten)]
    more: Option<More<'a>>,
}

/// What only custody is told.
#[derive(Serialize)]
struct More<'a> {
    reasons: &'a [Reason],
    bytes_in: u64,
    duplicates: u32,
    own_patient: bool,
    regions: &'a [Region],
    facts: BTreeMap<&'a str, Told<'a>>,
    disagreements: &'a [Disagreement],
}

/// A fact with its source.
#[derive(Serialize)]
struct Told<'a> {
    value: &'a str,
    from: &'a str,
}

/// Writes one entry as a line of JSON.
pub(super) fn write_line(out: &mut impl Write, audience: Audience, entry: &Entry, sight: &Sight) -> io::Result<()> {
    let row = Row {
        recording: entry.code.as_str(),
        patient: entry.patient.as_str(),
        outcome: entry.outcome,
        path: entry.path.as_deref(),
        sha256: entry.sha256.as_deref(),
        bytes: entry.bytes_out,
        format: entry.format,
        media_type: entry.format.media_type(),
        kind: entry.kind,
        purpose: entry.purpose,
        usability: entry.usability,
        conditions: &entry.conditions,
        rules: &entry.rules,
        pixels: entry.pixels,
        findings: &entry.findings,
        regions_covered: sight.redacted,
        more: (audience == Audience::Custody).then_some(More {
            reasons: &entry.reasons,
            bytes_in: entry.bytes_in,
            duplicates: entry.duplicates,
            own_patient: entry.own_patient,
            regions: &sight.regions,
            facts: entry.known.facts.iter().map(|f| (&*f.fact, Told { value: &f.value, from: &f.from })).collect(),
            disagreements: &entry.known.disagreements,
        }),
    };
    serde_json::to_writer(&mut *out, &row)?;
    out.write_all(b"\n")
}

/// Columns that both readers get.
const COLUMNS: [&str; 13] = [
    "recording",
    "patient",
    "outcome",
    "path",
    "sha256",
    "bytes",
    "format",
    "media_type",
    "kind",
    "usability",
    "rules",
    "conditions",
    "pixels",
];
/// Columns that only custody gets.
const COLUMNS_OF_CUSTODY: [&str; 4] = ["reasons", "findings", "duplicates", "own_patient"];

/// The last column, which both get.
const LAST: &str = "regions_covered";

/// The table of all recordings.
pub(super) struct Table<W: Write> {
    out: csv::Writer<W>,
    audience: Audience,
}

impl<W: Write> Table<W> {
    /// Writes the names of the columns.
    pub(super) fn new(out: W, audience: Audience) -> io::Result<Self> {
        // Lines end as RFC 4180 says, which every spreadsheet reads.
        let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        let more = if audience == Audience::Custody { &COLUMNS_OF_CUSTODY[..] } else { &[] };
        out.write_record(COLUMNS.iter().chain(more).chain(&[LAST])).map_err(io::Error::from)?;
        Ok(Self { out, audience })
    }

    /// Writes one record. Lists are joined with semicolons, as in the consent register.
    pub(super) fn add(&mut self, entry: &Entry, sight: &Sight) -> io::Result<()> {
        let bytes = entry.bytes_out.to_string();
        let rules = join(entry.rules.iter().map(|r| r.id.as_str()));
        let conditions = join(entry.conditions.iter().map(String::as_str));
        let mut record = vec![
            entry.code.as_str(),
            entry.patient.as_str(),
            entry.outcome.word(),
            entry.path.as_deref().unwrap_or_default(),
            entry.sha256.as_deref().unwrap_or_default(),
            &bytes,
            entry.format.name(),
            entry.format.media_type(),
            entry.kind.word(),
            entry.usability.map(Usability::word).unwrap_or_default(),
            &rules,
            &conditions,
            entry.pixels.word(),
        ];
        let reasons = join(entry.reasons.iter().map(|r| r.code.as_str()));
        let findings: u64 = entry.findings.values().map(|n| u64::from(*n)).sum();
        let (findings, duplicates) = (findings.to_string(), entry.duplicates.to_string());
        if self.audience == Audience::Custody {
            let own_patient = if entry.own_patient { "yes" } else { "no" };
            record.extend([reasons.as_str(), &findings, &duplicates, own_patient]);
        }
        let covered = sight.redacted.to_string();
        record.push(&covered);
        self.out.write_record(record).map_err(io::Error::from)
    }

    /// Ends the table.
    pub(super) fn finish(self) -> io::Result<W> {
        self.out.into_inner().map_err(|error| error.into_error())
    }
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(";")
}
