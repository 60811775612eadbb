//! Rows of any source gathered into a register: one header, one set of checks, every fault told at once.
//!
//! GMC paras 18–25. CSV, spreadsheets and FHIR differ in how a row is found, never in what it may say.

use super::column::Column;
use super::notice::{Hint, Lengths, Notices};
use super::row::{Cells, Layout, Row};
use super::search::Index;
use super::{Problem, Problems, Reading, Register, Unit, history};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

/// What is said of a file without a header row.
pub(super) const EMPTY: &str = "the file is empty: a header row is needed";
/// The most rows of one register: they are held in memory.
const MOST_ROWS: usize = 250_000;
/// What is said of a file with more.
pub(super) const TOO_MANY: &str = "has more than 250,000 rows: split the register by collection";
/// How many problems are held before the rest are only counted: a file of nothing but faults costs no memory.
const MOST_HELD: usize = 20_000;

/// A register in the making.
pub(super) struct Gathering<'r> {
    reading: &'r Reading,
    unit: Unit,
    layout: Layout,
    rows: Vec<Row>,
    /// Further rows that speak of the same as the row at this position.
    behind: HashMap<usize, Vec<Row>>,
    index: Index,
    problems: Vec<Problem>,
    untold: usize,
    taken: usize,
    notices: Notices,
    lengths: Lengths,
}

impl<'r> Gathering<'r> {
    pub(super) fn new(reading: &'r Reading, unit: Unit) -> Self {
        Self {
            reading,
            unit,
            layout: Layout::new(),
            rows: Vec::new(),
            behind: HashMap::new(),
            index: Index::default(),
            problems: Vec::new(),
            untold: 0,
            taken: 0,
            notices: Notices::default(),
            lengths: Lengths::default(),
        }
    }

    /// Which column lies where.
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Adds a fault that the source found.
    pub(super) fn problem(&mut self, line: u64, column: Option<Column>, what: impl Into<String>) {
        self.fault(Problem::new(line, column, what));
    }

    pub(super) fn fault(&mut self, problem: Problem) {
        if self.problems.len() < MOST_HELD {
            self.problems.push(problem);
        } else {
            self.untold += 1;
        }
    }

    /// What the numbers of rows count.
    pub(super) fn word(&self) -> &'static str {
        self.unit.word()
    }

    /// Whether no more rows are taken.
    pub(super) fn is_full(&self) -> bool {
        self.taken >= MOST_ROWS
    }

    pub(super) fn notice(&mut self, text: String) {
        self.notices.text(text);
    }

    /// Takes the columns as a source of fixed shape has them.
    pub(super) fn fixed(&mut self, columns: &[Column]) {
        self.layout = columns.iter().map(|&column| Some(column)).collect();
    }

    /// Reads the header row: which column lies where.
    ///
    /// # Errors
    /// Where under this header no row could be right: telling each of them would bury what is wrong.
    pub(super) fn header(&mut self, line: u64, fields: &[Cow<'_, str>]) -> Result<(), Problems> {
        self.layout = fields.iter().map(|field| Column::from_header(field)).collect();
        let layout = self.layout.clone();
        let has = |any: &[Column]| any.iter().any(|column| layout.contains(&Some(*column)));
        let speaks = has(&[Column::PatientId, Column::Recording]);
        if !speaks || !has(&[Column::Level, Column::Scopes, Column::Status]) {
            let what =
                "is not the header row of a register: it needs patient_id or recording, and level, scopes or status";
            self.problem(line, None, what);
            return if speaks { Ok(()) } else { Err(self.told()) };
        }
        for &column in Column::ALL {
            if layout.iter().filter(|&&c| c == Some(column)).count() > 1 {
                self.problem(line, Some(column), "stands twice in the header row");
            }
        }
        for (n, (column, field)) in layout.iter().zip(fields).enumerate() {
            if column.is_some() || field.trim().is_empty() {
                continue;
            }
            let name = match self.unit {
                Unit::Row => letters(n),
                _ => (n + 1).to_string(),
            };
            match Column::nearly(field).filter(|column| !layout.contains(&Some(*column))) {
                Some(near) => self.problem(line, None, format!("column {name} is headed almost like {}", near.name())),
                None => self.notices.text(format!("column {name} of the register is not one that scrubs reads")),
            }
        }
        Ok(())
    }

    /// Reads a row. `delimiter` is what lies between fields of a text file, where a lost quotation mark shows.
    pub(super) fn record(&mut self, line: u64, fields: &[Cow<'_, str>], delimiter: Option<u8>) {
        self.taken += 1;
        if let Some(fault) = delimiter.and_then(|delimiter| shape_fault(fields, &self.layout, delimiter)) {
            return self.problem(line, None, fault);
        }
        if self.problems.len() >= MOST_HELD {
            self.untold += 1;
            return;
        }
        let before = self.problems.len();
        let row = Cells::new(line, fields, &self.layout, self.reading, &mut self.problems).row();
        if self.problems.len() == before {
            self.add(row);
        }
    }

    fn add(&mut self, row: Row) {
        if row.covers_nothing() {
            self.notices.hint(Hint::CoversNothing, row.line);
        }
        if row.is_by_another_too_late() {
            self.notices.hint(Hint::PatientDecides, row.line);
        }
        if let Some(patient) = &row.statement.patient {
            if row.has_wrong_check_digit() {
                self.notices.hint(Hint::CheckDigit, row.line);
            }
            self.lengths.note(patient.id().reveal(), row.line);
        }
        let at = self.rows.len();
        let added = self.index.add(at, &row);
        match added {
            Ok(None) => self.rows.push(row),
            Ok(Some(other)) => self.behind.entry(other).or_default().push(row),
            Err(what) => self.problem(row.line, None, what),
        }
    }

    /// The register, where nothing is wrong.
    pub(super) fn finish(mut self) -> Result<Register, Problems> {
        let mut behind: Vec<(usize, Vec<Row>)> = std::mem::take(&mut self.behind).into_iter().collect();
        behind.sort_unstable_by_key(|(at, _)| *at);
        for (at, others) in behind {
            let Some(row) = self.rows.get_mut(at) else { continue };
            let mut rows = others;
            rows.push(row.clone());
            let settled = history::settle(rows, self.reading.today, self.unit);
            settled.repeated.iter().for_each(|&line| self.notices.hint(Hint::Repeats, line));
            if let Some(decided) = settled.row {
                *row = decided;
            }
            settled.problems.into_iter().for_each(|problem| self.fault(problem));
        }
        if !self.problems.is_empty() {
            return Err(self.told());
        }
        self.lengths.hints(&mut self.notices);
        let matched = self.rows.iter().map(|_| AtomicBool::new(false)).collect();
        Ok(Register { rows: self.rows, index: self.index, matched, notices: self.notices.told(self.unit) })
    }

    /// All faults, each with its place as the user sees it.
    fn told(&mut self) -> Problems {
        let mut problems = std::mem::take(&mut self.problems);
        for problem in &mut problems {
            problem.unit = self.unit;
            let lies = |column: Column| self.layout.iter().position(|c| *c == Some(column));
            if self.unit == Unit::Row && problem.at.is_none() {
                problem.at = problem.column.and_then(lies).map(|n| format!("column {}", letters(n)));
            }
        }
        Problems::of(problems, self.untold)
    }
}

/// The letters of a spreadsheet's column, from 0: A, B, … Z, AA.
pub(super) fn letters(mut column: usize) -> String {
    let mut name = Vec::new();
    loop {
        name.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or_default()));
        if column < 26 {
            return name.into_iter().rev().collect();
        }
        column = column / 26 - 1;
    }
}

/// Why a record does not fit under the header.
fn shape_fault(fields: &[Cow<'_, str>], layout: &Layout, delimiter: u8) -> Option<String> {
    let (has, needs) = (fields.len(), layout.len());
    let spare = fields.get(needs..).unwrap_or_default().iter().all(|field| field.trim().is_empty());
    if has < needs || !spare {
        let s = if has == 1 { "" } else { "s" };
        return Some(format!("has {has} field{s}, but the header has {needs}: a field is missing or one too many"));
    }
    for (n, (field, column)) in fields.iter().zip(layout).enumerate() {
        let read = column.is_some_and(|column| column != Column::Notes && column != Column::Document);
        let rows = field.lines().any(|line| line.matches(char::from(delimiter)).count() + 1 >= needs.max(2));
        // Two rows that one lost quotation mark joined: the first line and the last would each have been a whole row.
        let parts = |line: Option<&str>| line.map(|line| line.matches(char::from(delimiter)).count());
        let joined = parts(field.lines().next()).is_some_and(|more| n + 1 + more == needs)
            && parts(field.lines().last()) == Some(n);
        if field.contains(['\n', '\r']) && (read || rows || joined) {
            return Some("has a field that runs over several lines: a quotation mark may be missing".to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_letters_that_a_spreadsheet_shows() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
