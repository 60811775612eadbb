//! Asks a ledger of many made-up recordings what a run that changes nothing asks: `ledger make|check FILE COUNT`.
//!
//! `check` looks every source up in the order of a walk, as `pipeline` does before it passes one over, streams every
//! entry through the counting that reports begin with, and prints the time and the greatest memory it took (Linux).

use scrubs::code::RecordingCode;
use scrubs::code::coder::{Coder, CodingSecret, Instance};
use scrubs::guidance::{self, Facts};
use scrubs::ledger::store::{Digest, Ledger, LedgerError, SourceRow};
use scrubs::ledger::{Basis, Entry, Made};
use scrubs::recording::terms::{Kind, PixelState, Purpose, Usability};
use scrubs::recording::{Format, Outcome};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

const RELEASE: Digest = [7; 32];
const SETTINGS: Digest = [9; 32];

/// Recordings put into the ledger at once, as a run does.
const BATCH: u64 = 512;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, file, count] = &arguments[..] else { return Err("usage: ledger make|check FILE COUNT".into()) };
    let (coder, count) = (Coder::new(&CodingSecret::new([5; 32])), count.parse()?);
    match what.as_str() {
        "make" => make(&coder, Path::new(file), count),
        "check" => check(&coder, Path::new(file), count),
        _ => Err("make or check".into()),
    }
}

/// The path of a source, as long as paths are.
fn path(number: u64) -> String {
    format!("/media/archive/Radiology/{:04}/{:03}/IM{number:08}.dcm", number / 10_000, number / 100 % 100)
}

fn source(coder: &Coder, number: u64) -> Digest {
    coder.ledger_digest("source", &[path(number).as_bytes()])
}

fn code(coder: &Coder, number: u64) -> RecordingCode {
    // Five recordings of each patient.
    let patient = coder.patient(b"", &(number / 5).to_be_bytes());
    coder.recording(&patient, Instance::SopInstanceUid(&number.to_be_bytes()))
}

fn make(coder: &Coder, file: &Path, count: u64) -> Result<(), Box<dyn Error>> {
    let today = scrubs::consent::Date::today();
    let rules = guidance::judge(&Facts::cautious(today)).rules;
    let mut ledger = Ledger::open(file)?;
    for first in (0..count).step_by(BATCH as usize) {
        let mut batch = ledger.begin()?;
        for number in first..count.min(first + BATCH) {
            let code = code(coder, number);
            let content = coder.ledger_digest("content", &[&number.to_be_bytes()]);
            let outcome = if number % 4 == 0 { Outcome::Held } else { Outcome::Released };
            let shelf = if outcome == Outcome::Held { "held" } else { "recordings" };
            let entry = Entry {
                patient: code.patient(),
                outcome,
                format: Format::Dicom,
                kind: Kind::XRay,
                purpose: Purpose::Teaching,
                usability: Some(Usability::Usable),
                rules: rules.clone(),
                conditions: Vec::new(),
                reasons: Vec::new(),
                sha256: Some("5a".repeat(32)),
                path: Some(format!("{shelf}/{}/{code}.dcm", code.patient())),
                bytes_in: 527_000,
                bytes_out: 526_000,
                findings: ["dicom-name", "dicom-id", "dicom-date", "dicom-uid"].map(|f| (f.to_owned(), 6)).into(),
                pixels: PixelState::Unchecked,
                duplicates: 0,
                own_patient: false,
                known: Default::default(),
                code: code.clone(),
            };
            batch.put_entry(&RELEASE, &entry, &content)?;
            let basis = Basis {
                sight: scrubs::recording::Sight::default(),
                from_1997: true,
                method: vec!["113100".to_owned()],
                sidecar_bytes: 1800,
                cleaned_in: "20261120T110000Z-0123abcd".to_owned(),
            };
            let made = Made {
                making: coder.ledger_digest("making", &[&(number / 5).to_be_bytes()]),
                plan: Some(content),
                sidecar: Some(content),
                run: basis.cleaned_in.clone(),
                batch: u32::try_from(number / BATCH)?,
                basis,
            };
            batch.put_made(&RELEASE, &code, &made)?;
            let row = SourceRow {
                size: 527_000,
                mtime_ns: 1_700_000_000_000_000_000,
                content,
                settings: SETTINGS,
                code,
                outcome,
                duplicate: false,
                rests: 0,
                doubt: 0,
                caution: 1,
            };
            batch.put_source(&RELEASE, &source(coder, number), &row)?;
        }
        batch.commit()?;
    }
    Ok(())
}

fn check(coder: &Coder, file: &Path, count: u64) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let ledger = Ledger::open(file)?;
    let mut seen = ledger.seen()?;
    let known = ledger.count_sources(&RELEASE)?;
    let mut unchanged = 0u64;
    for number in 0..count {
        let Some(glance) = ledger.glance(&RELEASE, &source(coder, number))? else { continue };
        seen.mark(glance.id);
        unchanged += u64::from(glance.row.settings == SETTINGS && !glance.twin && glance.path.is_some());
    }
    let looked = begun.elapsed();
    let mut counts: BTreeMap<Outcome, u64> = BTreeMap::new();
    ledger.entries(&RELEASE, |entry| -> Result<(), LedgerError> {
        *counts.entry(entry.outcome).or_default() += 1;
        Ok(())
    })?;
    if unchanged != count || known != seen.count() || counts.values().sum::<u64>() != count {
        return Err("the ledger does not hold what was put into it".into());
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map_or("unknown", str::trim);
    let streamed = begun.elapsed() - looked;
    #[allow(clippy::print_stdout, reason = "what it was started for")]
    {
        println!(
            "{count} sources looked up in {looked:.1?}, their entries streamed in {streamed:.1?}, memory {memory}"
        );
    }
    Ok(())
}
