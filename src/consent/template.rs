//! An empty register to fill in: as CSV with a row of explanations, or as a workbook with drop-downs.
//!
//! GMC paras 18–25. A template's explanations must never read as consent: those of the CSV file stand in a row that every
//! reader of it refuses until it is deleted, since none of its fields is a level, a scope, a status or a date; those of the
//! workbook stand on a second sheet, which nobody reads as a register.

mod workbook;

pub use workbook::{WorkbookError, workbook};

use super::condition::CONDITIONS;
use super::register::Column;
use crate::recording::terms::{
    AuthorityBasis, Circumstance, ConsentForm, ConsentStatus, GivenBy, Identifiable, Kind, MadeFor, MadeWhen,
    Ownership, Scope, Subject,
};

/// How the row of explanations begins.
const MARK: &str = "DELETE THIS ROW.";

/// What to do about a register in which it still stands.
pub const ADVICE: &str = "The row of explanations that came with the template still stands in the register, below the header: delete it, correct the other lines named above, and run again; nothing has been done.";

/// The CSV template: the header row, and below it a row that says what goes into each column.
pub fn csv() -> String {
    let says = Column::ALL.iter().map(|&column| match column {
        Column::PatientId => quoted(&format!("{MARK} {}", column.says())),
        _ => quoted(column.says()),
    });
    let names: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
    format!("{}\n{}\n", names.join(","), says.collect::<Vec<_>>().join(","))
}

/// Whether the row of explanations still stands in a register.
pub fn is_explained(register: &[u8]) -> bool {
    memchr::memmem::find(register, MARK.as_bytes()).is_some()
}

/// A field in quotation marks (RFC 4180).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// What a column's cells are chosen from.
struct Choice {
    words: Vec<&'static str>,
    /// Whether several may stand in one cell, so that other texts than one word must be let in.
    several: bool,
}

/// The words of a column that has a closed vocabulary.
fn choice(column: Column) -> Option<Choice> {
    fn of<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> Vec<&'static str> {
        all.iter().map(|&value| word(value)).collect()
    }
    let words = match column {
        Column::Level => vec!["1", "2", "3"],
        Column::Scopes => of(Scope::ALL, Scope::word),
        Column::Status => of(ConsentStatus::ALL, ConsentStatus::word),
        Column::Form => of(ConsentForm::ALL, ConsentForm::word),
        Column::GivenBy => of(GivenBy::ALL, GivenBy::word),
        Column::Conditions => CONDITIONS.iter().filter(|c| c.by_patient).map(|c| c.word).collect(),
        Column::Subject => of(Subject::ALL, Subject::word),
        Column::Identifiable => of(Identifiable::ALL, Identifiable::word),
        Column::Pixels => vec!["no-marks"],
        Column::Kind => of(Kind::ALL, Kind::word),
        Column::MadeFor => of(MadeFor::ALL, MadeFor::word),
        Column::MadeWhen => of(MadeWhen::ALL, MadeWhen::word),
        Column::ExistingCollection => vec!["yes", "no"],
        Column::Circumstances => of(Circumstance::ALL, Circumstance::word),
        Column::Authority => of(AuthorityBasis::ALL, AuthorityBasis::word),
        Column::Ownership => of(Ownership::ALL, Ownership::word),
        _ => return None,
    };
    let several = matches!(column, Column::Scopes | Column::Conditions | Column::Circumstances | Column::Authority);
    Some(Choice { words, several })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::register::Reading;
    use crate::consent::{Date, Register};

    fn read(text: &str) -> Result<Register, crate::consent::Problems> {
        Register::read(text.as_bytes(), &Reading::on(Date::iso("2026-11-20").expect("a date")))
    }

    #[test]
    fn the_explanations_are_refused_and_without_them_the_template_is_an_empty_register() {
        let text = csv();
        let problems = read(&text).expect_err("a row of explanations");
        assert!(problems.problems.iter().all(|problem| problem.line == 2) && is_explained(text.as_bytes()));
        let header = text.lines().next().expect("a header");
        let register = read(header).expect("a register");
        assert!(register.is_empty() && register.notices().is_empty() && !is_explained(header.as_bytes()));
        let rows = format!("{header}\nCANARY-1,,,2{}\n", ",".repeat(Column::ALL.len() - 4));
        assert_eq!(read(&rows).expect("a register").len(), 1);
    }

    #[test]
    fn whatever_columns_are_left_of_it_the_row_of_explanations_never_reads_as_consent() {
        let (who, what) = ([Column::PatientId, Column::Recording], [Column::Level, Column::Scopes, Column::Status]);
        let mut tried = 0;
        for who in who {
            for what in what {
                let text = format!("{},{}\n{},{}\n", who.name(), what.name(), quoted(who.says()), quoted(what.says()));
                let problems = read(&text).expect_err("explanations");
                assert!(problems.problems.iter().any(|problem| problem.column == Some(what)), "{problems}");
                tried += 1;
            }
        }
        assert_eq!(tried, 6);
    }

    #[test]
    fn every_word_that_a_drop_down_offers_is_read() {
        let mut tried = 0;
        for &column in Column::ALL {
            let Some(choice) = choice(column) else { continue };
            let every = choice.words.join(";");
            let cells = choice
                .words
                .iter()
                .copied()
                .chain((choice.several && column != Column::Authority).then_some(every.as_str()));
            for cell in cells {
                let other =
                    if matches!(column, Column::Level | Column::Scopes | Column::Status) { "notes" } else { "status" };
                let value = if other == "notes" { "" } else { "given" };
                let text = format!("patient_id,assessed_by,{other},{}\n1,A. Canary,{value},{cell}\n", column.name());
                if let Err(problems) = read(&text) {
                    panic!("{}: {cell}: {problems}", column.name());
                }
                tried += 1;
            }
        }
        assert_eq!(tried, 76 + 3);
    }
}
