//! A cell's value as the text that a CSV file would have: ids keep their digits, days become ISO 8601.

use super::serial::{self, Shows};
use crate::consent::register::Column;
use std::borrow::Cow;

/// From here on a spreadsheet's numbers have lost digits (IEEE 754 double precision keeps fifteen).
const LOST: f64 = 1e15;

/// A cell that is not blank.
#[derive(Debug)]
pub(super) struct Cell {
    /// From 0.
    pub(super) column: usize,
    pub(super) value: Value,
}

/// What stands in a cell; of a formula, its stored result.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Nothing,
    Text(String),
    Number(f64),
    /// A number that is shown with noughts in front, up to so many digits.
    Padded(f64, usize),
    /// A number that is shown with more than its digits.
    Dressed(f64),
    /// A day or month, ISO 8601.
    Day(String),
    Truth(bool),
    /// Something that is not a value, and why.
    Fault(&'static str),
}

pub(super) const NO_RESULT: &str =
    "is a formula without a stored result: open the workbook in a spreadsheet program and save it";
pub(super) const ERROR: &str = "is a formula with an error";
const IS_DATE: &str =
    "holds a date, into which a spreadsheet has turned what was typed: make the column text and enter it again";
const DRESSED: &str = "is a number that its cell shows with letters or gaps it does not hold: make the column text and enter it as it is shown";
const SHORTENED: &str =
    "is a number longer than the 15 digits that a spreadsheet keeps: make the column text and enter it again";

impl Value {
    /// A number as its format shows it: a day, with noughts in front, or as it is.
    pub(super) fn number(number: f64, shows: Option<Shows>, from_1904: bool) -> Self {
        match shows {
            Some(Shows::Digits(width)) => Value::Padded(number, width),
            Some(Shows::Otherwise) => Value::Dressed(number),
            Some(shows) => serial::date(number, from_1904, shows).map_or(Value::Number(number), Value::Day),
            None => Value::Number(number),
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        match self {
            Value::Nothing => true,
            Value::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// The text for a column.
    pub(super) fn field(&self, column: Option<Column>, from_1904: bool) -> Result<Cow<'_, str>, &'static str> {
        let unread = matches!(column, None | Some(Column::Notes));
        match self {
            Value::Nothing => Ok(Cow::Borrowed("")),
            Value::Text(text) => Ok(Cow::Borrowed(text)),
            Value::Day(day) if unread || is_dated(column) || column == Some(Column::Document) => Ok(Cow::Borrowed(day)),
            Value::Day(_) => Err(IS_DATE),
            Value::Number(number) if is_dated(column) && serial::is_likely(*number) => {
                Ok(serial::date(*number, from_1904, Shows::Day).unwrap_or_default().into())
            }
            Value::Number(number) if number.abs() >= LOST || !number.is_finite() => {
                if unread {
                    Ok(Cow::Borrowed(""))
                } else {
                    Err(SHORTENED)
                }
            }
            Value::Number(number) => Ok(number.to_string().into()),
            Value::Padded(number, width) if is_number_of_patient(column) && is_whole(*number) => {
                Ok(format!("{number:0>width$}").into())
            }
            Value::Dressed(_) if is_number_of_patient(column) => Err(DRESSED),
            Value::Padded(number, _) | Value::Dressed(number) => {
                Value::Number(*number).field(column, from_1904).map(|field| field.into_owned().into())
            }
            Value::Truth(true) => Ok(Cow::Borrowed("true")),
            Value::Truth(false) => Ok(Cow::Borrowed("false")),
            Value::Fault(_) if unread => Ok(Cow::Borrowed("")),
            Value::Fault(what) => Err(what),
        }
    }
}

/// Whether noughts in front count in the column, as they do in a patient's number.
fn is_number_of_patient(column: Option<Column>) -> bool {
    matches!(column, Some(Column::PatientId | Column::Issuer))
}

/// Whether a number has digits alone, none of which is lost.
fn is_whole(number: f64) -> bool {
    (0.0..LOST).contains(&number) && number.fract() == 0.0
}

/// Whether a day belongs into the column.
fn is_dated(column: Option<Column>) -> bool {
    let dated = [
        Column::GivenOn,
        Column::ExpiresOn,
        Column::WithdrawnOn,
        Column::AdultFrom,
        Column::BornOn,
        Column::DiedOn,
        Column::AssessedOn,
        Column::RetentionDate,
    ];
    column.is_some_and(|column| dated.contains(&column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_days_stay_where_days_belong() {
        let field = |value: Value, column| value.field(Some(column), false).map(Cow::into_owned);
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(field(Value::Number(9_434_765_919.0), Column::PatientId), ok("9434765919"));
        assert_eq!(field(Value::Number(2.0), Column::Level), ok("2"));
        assert_eq!(field(Value::Number(2.5), Column::Level), ok("2.5"));
        assert_eq!(field(Value::Number(999_999_999_999_999.0), Column::PatientId), ok("999999999999999"));
        assert_eq!(field(Value::Number(1e15), Column::PatientId), Err(SHORTENED));
        assert_eq!(field(Value::Number(43_602.0), Column::GivenOn), ok("2019-05-17"));
        assert_eq!(field(Value::Number(2019.0), Column::GivenOn), ok("2019"), "a year is not a day");
        assert_eq!(field(Value::Number(43_602.0), Column::PatientId), ok("43602"));
        assert_eq!(field(Value::Day("2019-05-17".into()), Column::PatientId), Err(IS_DATE));
        assert_eq!(field(Value::Day("2019-05-17".into()), Column::ExpiresOn), ok("2019-05-17"));
        assert_eq!(field(Value::Padded(42.0, 4), Column::PatientId), ok("0042"));
        assert_eq!(field(Value::Padded(12_345.0, 4), Column::PatientId), ok("12345"));
        assert_eq!(field(Value::Padded(1e15, 4), Column::PatientId), Err(SHORTENED));
        assert_eq!(field(Value::Padded(2.0, 2), Column::Level), ok("2"));
        assert_eq!(field(Value::Padded(43_602.0, 6), Column::GivenOn), ok("2019-05-17"));
        assert_eq!(field(Value::Dressed(42.0), Column::PatientId), Err(DRESSED));
        assert_eq!(field(Value::Dressed(2.0), Column::Level), ok("2"));
        assert_eq!(field(Value::Fault(ERROR), Column::Status), Err(ERROR));
        assert_eq!(field(Value::Fault(ERROR), Column::Notes), ok(""));
    }
}
