//! The consent register: one row per patient or recording, read whole or refused whole.
//!
//! GMC paras 18–25. A mistyped register must never read as *no record*, and never as *given*: every fault is told, with
//! its line and column, and nothing starts. No fault repeats a value, since a shifted column may hold a name.

mod book;
mod column;
mod fhir;
mod found;
mod gather;
mod history;
mod notice;
mod row;
mod search;
mod table;
mod view;

pub use column::Column;
pub use found::{Conflict, Match, Specificity, Statement};
pub use view::Entry;

pub use fhir::{CONDITION_EXTENSION, SCOPE_SYSTEM};

use super::{Date, Patient};
use crate::recording::letters::composed;
use crate::recording::terms::ConsentStatus;
use gather::Gathering;
use row::Row;
use search::{Index, PatientRows};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many problems are kept; the rest are counted.
const MOST_PROBLEMS: usize = 1_000;

/// The largest file that is read, in bytes: 200,000 rows with every column filled come to about 60 MB.
pub const LARGEST: usize = 128 << 20;

/// What reading a register depends on.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The day after which nothing can have happened.
    pub today: Date,
    /// Words for conditions that the profile adds to the vocabulary.
    pub conditions: BTreeSet<String>,
}

impl Reading {
    /// Reading on a day, with the vocabulary as it is.
    pub fn on(today: Date) -> Self {
        Self { today, conditions: BTreeSet::new() }
    }
}

/// What the numbers of a register's problems count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// Lines of a text file.
    #[default]
    Line,
    /// Rows of a spreadsheet.
    Row,
    /// Resources of a FHIR bundle or file of lines.
    Entry,
}

impl Unit {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Unit::Line => "line",
            Unit::Row => "row",
            Unit::Entry => "entry",
        }
    }
}

/// One fault of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line (row, entry), from 1.
    pub line: u64,
    /// The column, where the fault lies in one.
    pub column: Option<Column>,
    /// What is wrong, never a value.
    pub what: String,
    /// What `line` counts.
    pub unit: Unit,
    /// Where that is in the user's own terms: `column C` of a spreadsheet, `provision.period.end` of a resource.
    pub at: Option<String>,
}

impl Problem {
    fn new(line: u64, column: Option<Column>, what: impl Into<String>) -> Self {
        Self { line, column, what: what.into(), unit: Unit::Line, at: None }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.unit.word(), self.line)?;
        match (self.column, &self.at) {
            (Some(column), Some(at)) => write!(f, ", {} ({at})", column.name())?,
            (Some(column), None) => write!(f, ", {}", column.name())?,
            (None, Some(at)) => write!(f, ", {at}")?,
            (None, None) => {}
        }
        write!(f, ": {}", self.what)
    }
}

/// Everything that is wrong with a register, in the order of its lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct Problems {
    /// The first thousand.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
}

impl Problems {
    fn text(&self) -> String {
        let mut text = self.problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n");
        if self.more > 0 {
            text.push_str(&format!("\nand {} more", self.more));
        }
        text
    }

    fn of(mut problems: Vec<Problem>, untold: usize) -> Self {
        problems.sort_by_key(|problem| (problem.line, problem.column));
        let more = problems.len().saturating_sub(MOST_PROBLEMS) + untold;
        problems.truncate(MOST_PROBLEMS);
        Self { problems, more }
    }

    /// A fault of the file as a whole.
    fn whole(what: impl Into<String>) -> Self {
        Self::of(vec![Problem::new(1, None, what)], 0)
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        "Correct the lines named above and run again; nothing has been done. `scrubs consent template` prints an empty register, and with --help what goes into each column."
    }
}

/// Of whom the nearest row speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Of a recording by its path, or of a patient.
    Patient,
    /// Of whatever lies in a folder or bears a name.
    Folder,
}

/// Whether a status says that the patient does not want it, or that nobody asked.
fn forbids(status: ConsentStatus) -> bool {
    matches!(status, ConsentStatus::Refused | ConsentStatus::Withdrawn | ConsentStatus::ClearlyNotGiven)
}

/// A register without faults.
#[derive(Debug, Default)]
pub struct Register {
    rows: Vec<Row>,
    index: Index,
    matched: Vec<AtomicBool>,
    notices: Vec<String>,
}

impl Register {
    /// Reads a register, known by its content: CSV (UTF-8, UTF-16 with its mark, or Windows-1252; commas, semicolons or
    /// tabs), the first sheet of an .xlsx or .ods, or FHIR `Consent` as JSON (one resource, a bundle, or one to a line).
    ///
    /// # Errors
    /// Every fault of every row, all at once.
    pub fn read(bytes: &[u8], reading: &Reading) -> Result<Self, Problems> {
        if bytes.len() > LARGEST {
            return Err(Problems::whole("the file is larger than any register is"));
        }
        if book::is_archive(bytes) {
            return book::read(bytes, reading);
        }
        let text = table::decode(bytes).map_err(|what| Problems::whole(format!("the file {what}")))?;
        if fhir::is_json(&text) { fhir::read(&text, reading) } else { Self::read_text(&text, reading) }
    }

    fn read_text(text: &str, reading: &Reading) -> Result<Self, Problems> {
        let (delimiter, skip) = table::delimiter(text);
        let mut gathering = Gathering::new(reading, Unit::Line);
        let mut headed = false;
        for (n, record) in table::Records::new(text, delimiter).enumerate() {
            if gathering.is_full() {
                return Err(Problems::whole(format!("the file {}", gather::TOO_MANY)));
            }
            match record {
                Err(broken) => gathering.problem(broken.line, None, broken.what),
                Ok(_) if n < skip => {}
                Ok(record) if !headed => {
                    headed = true;
                    gathering.header(record.line, &record.fields)?;
                }
                Ok(record) => gathering.record(record.line, &record.fields, Some(delimiter)),
            }
        }
        if headed { gathering.finish() } else { Err(Problems::whole(gather::EMPTY)) }
    }

    /// What the register says of a recording. `patient` is what the recording itself or the profile says of it (a row
    /// that names both recording and patient goes before); `path` is relative to SOURCE, `/` between names.
    pub fn find(&self, patient: Option<&Patient>, path: &str) -> Match {
        let path = &*composed(path);
        let mut found = Match::default();
        let literal = self.index.literal(path);
        let globs = self.index.globs(path);
        self.take(&mut found, Specificity::Recording, literal);
        found.gives_patient = found.statement.patient.is_some();
        let statements: Vec<&Statement> = globs.iter().filter_map(|&at| Some(&self.rows.get(at)?.statement)).collect();
        let agreed = search::all_agree(&statements);
        if agreed {
            globs.iter().for_each(|&at| self.take(&mut found, Specificity::Glob, Some(at)));
        } else if literal.is_some() {
            // The recording's own row decides; of globs that disagree it takes what is known of the making, no more.
            let circumstances = statements.iter().flat_map(|s| s.circumstances.iter().copied());
            found.statement.circumstances.extend(circumstances);
            self.mark(&globs);
        } else {
            found.statement = Statement::cautious(&statements);
            found.lines = self.lines(&globs);
            found.specificity = Some(Specificity::Glob);
            found.conflict = Some(Conflict::Globs(found.lines.clone()));
            self.mark(&globs);
        }
        let named = found.statement.patient.clone();
        let whose = if found.specificity == Some(Specificity::Glob) && named.is_none() {
            Whose::Folder
        } else {
            Whose::Patient
        };
        found.patient_differs = matches!((&named, patient), (Some(a), Some(b)) if a.id() != b.id());
        if let Some(patient) = named.as_ref().or(patient) {
            self.find_patient(&mut found, patient, whose);
        }
        found
    }

    fn find_patient(&self, found: &mut Match, patient: &Patient, whose: Whose) {
        match self.index.patient(patient) {
            PatientRows::Rows(issued, any) => {
                let nearer = found.specificity.is_some();
                self.take(found, Specificity::PatientAndIssuer, issued);
                if nearer {
                    self.forbid(found, issued, whose);
                }
                let nearer = found.specificity.is_some();
                self.take(found, Specificity::Patient, any);
                if nearer {
                    self.forbid(found, any, whose);
                }
            }
            // A row of the recording's own has answered already, whoever the patient is, but for what a patient forbids.
            PatientRows::IssuerUnknown(rows) if found.is_known() => {
                rows.into_iter().for_each(|row| self.forbid(found, Some(row), whose));
            }
            PatientRows::IssuerUnknown(rows) => {
                let statements: Vec<&Statement> =
                    rows.iter().filter_map(|&at| Some(&self.rows.get(at)?.statement)).collect();
                found.statement = Statement { patient: None, ..Statement::cautious(&statements) };
                found.lines = self.lines(&rows);
                found.specificity = Some(Specificity::Patient);
                found.conflict = Some(Conflict::IssuerUnknown(found.lines.clone()));
                self.mark(&rows);
            }
        }
    }

    /// Lets a patient's refusal or withdrawal stand against a consent that a nearer row states: always where that row speaks of a
    /// folder and not of the patient; where it speaks of the same number with its issuer, unless the consent is the later word; and
    /// where it names the recording itself, or patient and folder, if the refusal is (paras 8, 25).
    fn forbid(&self, found: &mut Match, at: Option<usize>, whose: Whose) {
        let Some(row) = at.and_then(|at| self.rows.get(at)) else { return };
        let Some(grave) = row.statement.consent.as_ref().filter(|consent| forbids(consent.status)) else { return };
        let stated = found.statement.consent.as_ref();
        if stated.is_some_and(|consent| forbids(consent.status)) {
            return;
        }
        let days = stated.and_then(|consent| consent.given_on).zip(row.dated);
        let wins = match (whose, found.specificity) {
            (Whose::Folder, _) => true,
            (_, Some(Specificity::PatientAndIssuer | Specificity::Patient)) => {
                !days.is_some_and(|(given, forbidden)| given.is_future(forbidden))
            }
            _ => days.is_some_and(|(given, forbidden)| forbidden.is_future(given)),
        };
        if wins {
            found.statement.consent = Some(grave.clone());
            found.statement.authority.clone_from(&row.statement.authority);
        }
    }

    /// Takes a row into the match, behind those already there.
    fn take(&self, found: &mut Match, specificity: Specificity, at: Option<usize>) {
        let Some((at, row)) = at.and_then(|at| Some((at, self.rows.get(at)?))) else { return };
        self.mark(&[at]);
        if found.is_known() {
            found.statement.fill_from(&row.statement);
        } else {
            found.statement = row.statement.clone();
            found.specificity = Some(specificity);
            let assesses = row.statement.identifiable.is_some() || row.statement.no_marks;
            found.answers_findings = assesses && specificity == Specificity::Recording;
        }
        found.lines.extend(row.lines());
    }

    fn lines(&self, rows: &[usize]) -> Vec<u64> {
        rows.iter().filter_map(|&at| self.rows.get(at)).flat_map(Row::lines).collect()
    }

    fn mark(&self, rows: &[usize]) {
        for matched in rows.iter().filter_map(|&at| self.matched.get(at)) {
            matched.store(true, Ordering::Relaxed);
        }
    }

    /// The lines of rows that name one recording by its path, with that path, in the order of the lines.
    pub fn by_path(&self) -> Vec<(u64, &str)> {
        let line = |at: usize| self.rows.get(at).map_or(0, |row| row.line);
        let mut rows: Vec<(u64, &str)> = self.index.literals().map(|(path, at)| (line(at), path)).collect();
        rows.sort_unstable();
        rows
    }

    /// The lines of rows that no call of [`Register::find`] has met so far: a slip of the pen in a path or number.
    pub fn unmatched(&self) -> Vec<u64> {
        let rows = self.rows.iter().zip(&self.matched).filter(|(_, matched)| !matched.load(Ordering::Relaxed));
        let mut lines: Vec<u64> = rows.flat_map(|(row, _)| row.lines()).collect();
        lines.sort_unstable();
        lines
    }

    /// Notes that a recording lies at a path, without asking what is said of it.
    pub fn meet(&self, path: &str) {
        let path = &*composed(path);
        let literal = self.index.literal(path);
        self.mark(&literal.into_iter().chain(self.index.globs(path)).collect::<Vec<_>>());
    }

    /// The same as [`Register::unmatched`], of rows alone that name recordings by path or glob.
    pub fn unmatched_paths(&self) -> Vec<u64> {
        let rows = self.rows.iter().zip(&self.matched);
        let unmet = rows.filter(|(row, matched)| row.recording.is_some() && !matched.load(Ordering::Relaxed));
        let mut lines: Vec<u64> = unmet.flat_map(|(row, _)| row.lines()).collect();
        lines.sort_unstable();
        lines
    }

    /// What a user should know though it is not wrong: columns that are not read.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.iter().map(|row| row.lines().count()).sum()
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// An empty register: the header row.
    pub fn template() -> String {
        let names: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
        names.join(",") + "\n"
    }
}

#[cfg(test)]
mod tests;
