//! The consent register: one row per patient or recording, read whole or refused whole.
//!
//! GMC paras 18–25. A mistyped register must never read as *no record*, and never as *given*: every fault is told, with
//! its line and column, and nothing starts. No fault repeats a value, since a shifted column may hold a name.

mod column;
mod found;
mod row;
mod search;
mod table;
mod view;

pub use column::Column;
pub use found::{Conflict, Match, Specificity, Statement};
pub use view::Entry;

use super::{Date, Patient};
use row::{Cells, Layout, Row};
use search::{Index, PatientRows};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many problems are kept; the rest are counted.
const MOST_PROBLEMS: usize = 1_000;

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

/// One fault of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u64,
    /// The column, where the fault lies in one.
    pub column: Option<Column>,
    /// What is wrong, never a value.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "line {}, {}: {}", self.line, column.name(), self.what),
            None => write!(f, "line {}: {}", self.line, self.what),
        }
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

    fn of(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.line, problem.column));
        let more = problems.len().saturating_sub(MOST_PROBLEMS);
        problems.truncate(MOST_PROBLEMS);
        Self { problems, more }
    }

    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        "Correct the lines named above and run again; nothing has been done. `scrubs consent template` prints an empty register, and with --help what goes into each column."
    }
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
    /// Reads a CSV file: UTF-8, UTF-16 with its mark, or Windows-1252; commas, semicolons or tabs.
    ///
    /// # Errors
    /// Every fault of every line.
    pub fn read(bytes: &[u8], reading: &Reading) -> Result<Self, Problems> {
        let whole = |what: &str| Problems::of(vec![Problem { line: 1, column: None, what: what.to_owned() }]);
        let text = table::decode(bytes).map_err(|what| whole(&format!("the file {what}")))?;
        let (delimiter, skip) = table::delimiter(&text);
        let (records, broken) = table::split(&text, delimiter);
        let mut problems: Vec<Problem> =
            broken.into_iter().map(|b| Problem { line: b.line, column: None, what: b.what.to_owned() }).collect();
        let mut records = records.into_iter().skip(skip);
        let Some(header) = records.next() else { return Err(whole("the file is empty: a header row is needed")) };
        let mut register = Self::default();
        let layout = register.header(&header, &mut problems);
        let reads = |column: Column| layout.contains(&Some(column));
        if !(reads(Column::PatientId) || reads(Column::Recording)) {
            // Under no such header can a row be right: telling each of them would bury what is wrong.
            return Err(Problems::of(problems));
        }
        for record in records {
            if let Some(fault) = shape_fault(&record, &layout, delimiter) {
                problems.push(Problem { line: record.line, column: None, what: fault });
                continue;
            }
            let before = problems.len();
            let row = Cells::new(record.line, &record.fields, &layout, reading, &mut problems).row();
            if problems.len() > before {
                continue;
            }
            if row.covers_nothing() {
                register
                    .notices
                    .push(format!("line {} says given, but neither level nor scopes: it covers nothing", row.line));
            }
            match register.index.add(register.rows.len(), &row, &register.rows) {
                Ok(true) => register.rows.push(row),
                Ok(false) => register.notices.push(format!("line {} says what an earlier line says", row.line)),
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(Problems::of(problems));
        }
        register.matched = register.rows.iter().map(|_| AtomicBool::new(false)).collect();
        Ok(register)
    }

    /// Reads the header row: which column lies where.
    fn header(&mut self, header: &table::Record<'_>, problems: &mut Vec<Problem>) -> Layout {
        let layout: Layout = header.fields.iter().map(|field| Column::from_header(field)).collect();
        let mut fault = |column, what: String| problems.push(Problem { line: header.line, column, what });
        let has = |any: &[Column]| any.iter().any(|column| layout.contains(&Some(*column)));
        let rightful = has(&[Column::PatientId, Column::Recording]);
        if !rightful || !has(&[Column::Level, Column::Scopes, Column::Status]) {
            let what =
                "is not the header row of a register: it needs patient_id or recording, and level, scopes or status";
            fault(None, what.to_owned());
            return layout;
        }
        for &column in Column::ALL {
            if layout.iter().filter(|&&c| c == Some(column)).count() > 1 {
                fault(Some(column), "stands twice in the header row".to_owned());
            }
        }
        for (n, (column, field)) in layout.iter().zip(&header.fields).enumerate() {
            if column.is_some() || field.trim().is_empty() {
                continue;
            }
            match Column::nearly(field).filter(|column| !layout.contains(&Some(*column))) {
                Some(near) => fault(None, format!("column {} is headed almost like {}", n + 1, near.name())),
                None => self.notices.push(format!("column {} of the register is not one that scrubs reads", n + 1)),
            }
        }
        layout
    }

    /// What the register says of a recording. `patient` is what the recording itself or the profile says of it (a row
    /// that names both recording and patient goes before); `path` is relative to SOURCE, `/` between names.
    pub fn find(&self, patient: Option<&Patient>, path: &str) -> Match {
        let mut found = Match::default();
        let literal = self.index.literal(path);
        let globs = self.index.globs(path);
        self.take(&mut found, Specificity::Recording, literal);
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
        found.patient_differs = matches!((&named, patient), (Some(a), Some(b)) if a.id() != b.id());
        if let Some(patient) = named.as_ref().or(patient) {
            self.find_patient(&mut found, patient);
        }
        found
    }

    fn find_patient(&self, found: &mut Match, patient: &Patient) {
        match self.index.patient(patient) {
            PatientRows::Rows(issued, any) => {
                self.take(found, Specificity::PatientAndIssuer, issued);
                self.take(found, Specificity::Patient, any);
            }
            // A row of the recording's own has answered already, whoever the patient is.
            PatientRows::IssuerUnknown(_) if found.is_known() => {}
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
        found.lines.push(row.line);
    }

    fn lines(&self, rows: &[usize]) -> Vec<u64> {
        rows.iter().filter_map(|&at| self.rows.get(at)).map(|row| row.line).collect()
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
        let rows = self.rows.iter().zip(&self.matched);
        rows.filter(|(_, matched)| !matched.load(Ordering::Relaxed)).map(|(row, _)| row.line).collect()
    }

    /// What a user should know though it is not wrong: columns that are not read.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
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

/// Why a record does not fit under the header.
fn shape_fault(record: &table::Record<'_>, layout: &Layout, delimiter: u8) -> Option<String> {
    let (has, needs) = (record.fields.len(), layout.len());
    let spare = record.fields.get(needs..).unwrap_or_default().iter().all(|field| field.trim().is_empty());
    if has < needs || !spare {
        let s = if has == 1 { "" } else { "s" };
        return Some(format!("has {has} field{s}, but the header has {needs}: a field is missing or one too many"));
    }
    for (field, column) in record.fields.iter().zip(layout) {
        let read = column.is_some_and(|column| column != Column::Notes && column != Column::Document);
        let rows = field.lines().any(|line| line.matches(char::from(delimiter)).count() + 1 >= needs.max(2));
        if field.contains(['\n', '\r']) && (read || rows) {
            return Some("has a field that runs over several lines: a quotation mark may be missing".to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests;
