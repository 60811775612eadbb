//! The template as a workbook: the register on the first sheet, with drop-downs; what goes where on the second.
//!
//! ECMA-376 (Office Open XML), SpreadsheetML 18.3.1.32 dataValidation. Every cell of the register is text, so that no program
//! makes a number of a patient's or shortens it, and dates stay as they were typed. Two templates are equal to the byte.

use super::{Choice, choice};
use crate::consent::condition::CONDITIONS;
use crate::consent::register::Column;
use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet,
    XlsxError,
};

/// The last row of a sheet, counted from 0.
const LAST_ROW: u32 = 1_048_575;
/// The most characters that a message beside a cell may have.
const MESSAGE: usize = 255;

/// The workbook could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the workbook cannot be made")]
#[non_exhaustive]
pub struct WorkbookError(#[from] XlsxError);

/// The bytes of an .xlsx template.
///
/// # Errors
/// When the workbook cannot be put together.
pub fn workbook() -> Result<Vec<u8>, WorkbookError> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let properties = DocProperties::new().set_title("Consent register").set_creation_datetime(&made);
    workbook.set_properties(&properties);
    register(workbook.add_worksheet())?;
    explanations(workbook.add_worksheet())?;
    Ok(workbook.save_to_buffer()?)
}

fn head() -> Format {
    Format::new().set_bold().set_background_color("#DDE8F0").set_num_format("@").set_align(FormatAlign::Top)
}

fn register(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("Register")?.set_freeze_panes(1, 0)?;
    let text = Format::new().set_num_format("@");
    for (at, column) in (0u16..).zip(Column::ALL.iter().copied()) {
        sheet.set_column_format(at, &text)?.set_column_width(at, width(column))?;
        sheet.write_string_with_format(0, at, column.name(), &head())?;
        sheet.add_data_validation(1, at, LAST_ROW, at, &validation(column)?)?;
    }
    Ok(())
}

/// What is offered and said in the cells of a column. Where several words may stand in a cell the drop-down offers them and
/// other texts are let in: the reader of the register looks at each.
fn validation(column: Column) -> Result<DataValidation, XlsxError> {
    let offered = match choice(column) {
        None => DataValidation::new().allow_any_value().show_error_message(false),
        Some(Choice { words, several: true }) => {
            DataValidation::new().allow_list_strings(&words)?.show_error_message(false)
        }
        Some(Choice { words, several: false }) => DataValidation::new()
            .allow_list_strings(&words)?
            .set_error_style(DataValidationErrorStyle::Stop)
            .set_error_title("Not one of the words")?
            .set_error_message("Choose a word from the list; the sheet Explanations says what each means.")?,
    };
    offered.ignore_blank(true).set_input_title(column.name())?.set_input_message(message(column))
}

/// What the column is for, no longer than may be shown.
fn message(column: Column) -> String {
    let says = column.says();
    if says.chars().count() <= MESSAGE {
        return says.to_owned();
    }
    const MORE: &str = " … See Explanations.";
    let room = MESSAGE - MORE.chars().count();
    let whole: String = says.chars().take(room).collect();
    format!("{}{MORE}", whole.rsplit_once(' ').map_or(whole.as_str(), |(whole, _)| whole))
}

fn width(column: Column) -> f64 {
    match column {
        Column::Recording | Column::Notes | Column::Document | Column::Conditions | Column::Circumstances => 28.0,
        Column::Scopes | Column::Authority | Column::Subject | Column::GivenBy => 24.0,
        Column::Level | Column::Form => 9.0,
        _ => 18.0,
    }
}

fn explanations(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("Explanations")?.set_freeze_panes(1, 0)?;
    sheet.set_column_width(0, 24)?.set_column_width(1, 28)?.set_column_width(2, 100)?;
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let mut row = 0;
    let mut line = |cells: [&str; 3], format: &Format| -> Result<(), XlsxError> {
        for (at, cell) in (0u16..).zip(cells) {
            sheet.write_string_with_format(row, at, cell, format)?;
        }
        row += 1;
        Ok(())
    };
    line(["column", "word", "what it means"], &head())?;
    for (about, says) in GENERAL {
        line([about, "", says], &wrapped)?;
    }
    for &column in Column::ALL {
        line([column.name(), "", column.says()], &wrapped)?;
        for word in choice(column).map(|choice| choice.words).unwrap_or_default() {
            line([column.name(), word, meaning(column, word)], &wrapped)?;
        }
    }
    Ok(())
}

/// What is true of the whole register.
const GENERAL: &[(&str, &str)] = &[
    (
        "rows",
        "One row for each patient, or for recordings by path or glob. Needed are patient_id or recording, and level, scopes or status; all else may stay empty.",
    ),
    ("dates", "YYYY-MM-DD, YYYY-MM, DD/MM/YYYY or MM/YYYY."),
    ("lists", "Several words in one cell are separated by semicolons: teaching; research."),
    (
        "which row counts",
        "The closer one: a path before a glob, a glob before a patient. Two rows of one kind that disagree are an error.",
    ),
    ("to check it", "scrubs consent check REGISTER SOURCE"),
];

/// What a word means, where it does not say so itself.
fn meaning(column: Column, word: &str) -> &'static str {
    if column == Column::Conditions {
        return CONDITIONS.iter().find(|condition| condition.word == word).map_or("", |condition| condition.says);
    }
    let of_this = |entry: &&(Column, &str, &str)| entry.0 == column && entry.1 == word;
    MEANINGS.iter().find(of_this).map_or("", |(.., says)| says)
}

const MEANINGS: &[(Column, &str, &str)] = &[
    (Column::Level, "1", "Record only: the patient's own care."),
    (Column::Level, "2", "Care, teaching, training and assessment."),
    (Column::Level, "3", "Level 2 and publication."),
    (Column::Scopes, "care", "The patient's own care."),
    (Column::Scopes, "teaching", "Teaching students and colleagues."),
    (Column::Scopes, "training", "Training of health professionals."),
    (Column::Scopes, "assessment", "Assessment of professionals or students."),
    (Column::Scopes, "research", "Research; no level gives it."),
    (Column::Scopes, "publication", "Publication, for instance in a journal or a textbook."),
    (Column::Scopes, "public-media", "Television, radio, newspapers, the internet for everybody; no level gives it."),
    (Column::Status, "given", "Consent was given."),
    (Column::Status, "refused", "The patient was asked and refused."),
    (Column::Status, "withdrawn", "It was given and later withdrawn."),
    (Column::Status, "clearly-not-given", "It is clear that there was no consent."),
    (Column::Status, "no-record", "Nothing is on record."),
    (Column::Form, "written", "A signed form."),
    (Column::Form, "oral", "Spoken, with a note of it in the record."),
    (Column::GivenBy, "patient", "The patient; what an empty cell is read as."),
    (Column::GivenBy, "parental-responsibility", "Somebody with parental responsibility for a child."),
    (
        Column::GivenBy,
        "person-with-authority",
        "Somebody with legal authority to decide for an adult without capacity.",
    ),
    (Column::GivenBy, "family", "Family or somebody close."),
    (Column::GivenBy, "other", "Anybody else: it does not count as consent."),
    (Column::Subject, "adult", "An adult who can decide."),
    (Column::Subject, "adult-without-capacity", "An adult who cannot decide."),
    (Column::Subject, "child-with-capacity", "A child or young person who can decide."),
    (Column::Subject, "child-without-capacity", "A child who cannot decide yet; fill in adult_from."),
    (Column::Subject, "deceased", "The patient has died."),
    (Column::Subject, "unknown", "Not known: treated as an adult."),
    (Column::Identifiable, "yes", "The patient can be recognised."),
    (Column::Identifiable, "may-be", "Nobody has assessed it, or it is not sure."),
    (Column::Identifiable, "no", "The patient cannot be recognised; assessed_by says who looked."),
    (Column::Pixels, "no-marks", "No name, number, date or other mark in the picture; assessed_by says who looked."),
    (Column::Kind, "x-ray", "X-ray."),
    (Column::Kind, "ultrasound", "Ultrasound."),
    (Column::Kind, "endoscopic", "From inside the body: endoscopy, laparoscopy."),
    (Column::Kind, "internal-structure", "Another picture of internal organs or structures, such as CT or MR."),
    (Column::Kind, "organ-function", "A recording of an organ's function, such as an ECG."),
    (Column::Kind, "pathology-slide-image", "An image of a pathology slide."),
    (Column::Kind, "photograph", "A photograph of the outside of the body; what nothing else says is read as one."),
    (Column::Kind, "video", "Video of the outside of the body."),
    (Column::Kind, "audio", "Sound."),
    (Column::Kind, "telephone-call", "A recorded telephone call."),
    (Column::Kind, "document", "A document."),
    (Column::MadeFor, "care", "As part of the patient's care."),
    (Column::MadeFor, "secondary", "For teaching, research or the like."),
    (Column::MadeFor, "public-media", "For television, newspapers and so on."),
    (Column::MadeFor, "unknown", "Not known: treated as secondary."),
    (Column::MadeWhen, "before-1997", "Before 1997."),
    (Column::MadeWhen, "1997-or-later", "In 1997 or later."),
    (Column::MadeWhen, "unknown", "Not known: treated as 1997 or later."),
    (Column::ExistingCollection, "yes", "It belongs to a collection held solely for teaching in a medical setting."),
    (Column::ExistingCollection, "no", "It does not."),
    (Column::Circumstances, "covert", "Made in secret."),
    (Column::Circumstances, "callers-not-informed", "Callers were not told that they were recorded."),
    (Column::Circumstances, "post-mortem", "Made at a post-mortem."),
    (Column::Circumstances, "post-mortem-coroner", "Made at a post-mortem for a coroner or Procurator Fiscal."),
    (Column::Circumstances, "objection-or-distress", "The patient objected or was distressed."),
    (Column::Circumstances, "believed-harmful", "Using it is believed to do harm."),
    (Column::Circumstances, "genetic-or-family-information", "It tells of genetic or family matters."),
    (Column::Circumstances, "context-shows-no-consent", "The context shows that the patient did not consent."),
    (Column::Authority, "required-by-law", "The law requires it."),
    (Column::Authority, "court-direction", "A court directed it."),
    (Column::Authority, "public-interest", "It is justified in the public interest."),
    (Column::Authority, "research-exemption", "A research exemption; for research alone."),
    (Column::Authority, "covert-authorised", "Making it in secret was authorised; no later use is."),
    (Column::Ownership, "not-stated", "Nothing is stated."),
    (Column::Ownership, "ours", "You or your institution."),
    (Column::Ownership, "someone-else", "Somebody else: ask them."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_workbooks_are_equal_to_the_byte() {
        assert_eq!(workbook().expect("a workbook"), workbook().expect("a workbook"));
    }

    #[test]
    fn every_word_of_every_drop_down_is_explained_and_nothing_else_is() {
        let mut explained = 0;
        for &column in Column::ALL {
            assert!(message(column).chars().count() <= MESSAGE);
            for word in choice(column).map(|choice| choice.words).unwrap_or_default() {
                assert!(!meaning(column, word).is_empty(), "{} {word}", column.name());
                explained += usize::from(column != Column::Conditions);
            }
        }
        assert_eq!(explained, MEANINGS.len());
    }
}
