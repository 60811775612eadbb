//! One row of the register: its fields to a statement, every fault with its column and never with its value.
//!
//! guidance: GMC paras 8, 18, 21, 24, 25; the three levels are those of UK departments of medical illustration.

use super::column::Column;
use super::notice::is_nhs_number;
use super::{Problem, Reading, Statement};
use crate::consent::condition;
use crate::consent::{Authority, Consent, Date, Month, Patient, Pattern};
use crate::recording::terms::{ConsentStatus, GivenBy, Identifiable, Ownership, Scope, Subject};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

/// At what age everyone decides for themselves, in years (Family Law Reform Act 1969, section 1).
const COMES_OF_AGE: u16 = 18;

/// What a row says, and of what.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) line: u64,
    /// Further lines that speak of the same, the latest first: the history behind what stands here.
    pub(super) behind: Vec<u64>,
    /// Of which day or month it is: when consent was given or refused, or when it was withdrawn.
    pub(super) dated: Option<Date>,
    pub(super) recording: Option<Pattern>,
    pub(super) statement: Statement,
}

impl Row {
    /// Its line, then those of the history behind it.
    pub(super) fn lines(&self) -> impl Iterator<Item = u64> {
        std::iter::once(self.line).chain(self.behind.iter().copied())
    }

    /// Whether it says that consent was given and not for what.
    pub(super) fn covers_nothing(&self) -> bool {
        let given = |consent: &Consent| consent.status == ConsentStatus::Given && consent.scopes.is_empty();
        self.statement.consent.as_ref().is_some_and(given)
    }
}

impl Row {
    /// Whether somebody else consented at a time from which the patient decides for themselves (para 35).
    pub(super) fn is_by_another_too_late(&self) -> bool {
        let Some(consent) = self.statement.consent.as_ref().filter(|c| c.status == ConsentStatus::Given) else {
            return false;
        };
        let another = matches!(consent.given_by, Some(GivenBy::ParentalResponsibility | GivenBy::Family));
        matches!((consent.given_on, self.statement.adult_from), (Some(given), Some(adult)) if another && adult.is_past(given))
    }

    /// Whether its patient's number has the shape of an NHS number and is none. Where another issuer is named it is not
    /// looked at.
    pub(super) fn has_wrong_check_digit(&self) -> bool {
        let Some(patient) = &self.statement.patient else { return false };
        let nhs = !patient.has_issuer() || patient.issuer().reveal_text().contains("NHS");
        nhs && is_nhs_number(patient.id().reveal()) == Some(false)
    }
}

/// Where each column lies in this file.
pub(super) type Layout = Vec<Option<Column>>;

/// The fields of one row, and the faults found in them.
pub(super) struct Cells<'a> {
    line: u64,
    values: Vec<(Column, &'a str)>,
    reading: &'a Reading,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(
        line: u64,
        fields: &'a [Cow<'a, str>],
        layout: &Layout,
        reading: &'a Reading,
        problems: &'a mut Vec<Problem>,
    ) -> Self {
        let filled = layout.iter().zip(fields).filter_map(|(column, field)| {
            let value = field.trim();
            (!value.is_empty()).then_some(((*column)?, value))
        });
        Self { line, values: filled.collect(), reading, problems }
    }

    /// The row; faults are added to the list.
    pub(super) fn row(mut self) -> Row {
        if self.value(Column::PatientId).is_some_and(is_shortened) {
            self.problem(
                Some(Column::PatientId),
                "is a long number that a spreadsheet has shortened (1.2E+09): make the column text and enter it again",
            );
        }
        if self.value(Column::PatientId).is_some_and(is_decimal) {
            self.problem(
                Some(Column::PatientId),
                "is a number that a program has given decimals (12345.0): make the column text and enter it again",
            );
        }
        let patient = match self.value(Column::PatientId) {
            Some(id) => Patient::new(self.value(Column::Issuer).unwrap_or_default(), id),
            None => None,
        };
        let recording = self.with(Column::Recording, Pattern::new);
        if patient.is_none() && self.value(Column::PatientId).is_some() {
            let what = "stands for a number that nobody knew, so that it names no patient: leave it empty and name the recording";
            self.problem(Some(Column::PatientId), what);
        } else if patient.is_none() && self.value(Column::Recording).is_none() {
            self.problem(None, "names neither a patient nor a recording");
        }
        let mut statement = Statement { patient, ..Statement::default() };
        let (consent, dated) = self.consent();
        self.context(&mut statement);
        self.assessed(&mut statement);
        self.lifetime(&consent, &mut statement);
        statement.consent = Some(consent);
        Row { line: self.line, behind: Vec::new(), dated, recording, statement }
    }

    fn value(&self, column: Column) -> Option<&'a str> {
        self.values.iter().find(|(c, _)| *c == column).map(|(_, value)| *value)
    }

    fn problem(&mut self, column: Option<Column>, what: impl Into<String>) {
        self.problems.push(Problem::new(self.line, column, what));
    }

    fn with<T, E: Display>(&mut self, column: Column, read: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        match read(self.value(column)?) {
            Ok(value) => Some(value),
            Err(e) => {
                self.problem(Some(column), e.to_string());
                None
            }
        }
    }

    fn word<T: FromStr<Err: Display>>(&mut self, column: Column) -> Option<T> {
        self.with(column, |value| word(value).parse())
    }

    fn words<T: FromStr<Err: Display> + Ord>(&mut self, column: Column) -> BTreeSet<T> {
        let read = |value: &str| list(value).map(|part| part.parse()).collect::<Result<BTreeSet<T>, _>>();
        self.with(column, read).unwrap_or_default()
    }

    /// A date of our own time.
    fn date(&mut self, column: Column) -> Option<Date> {
        let date: Date = self.with(column, str::parse)?;
        if date.month().year() < 1900 {
            self.problem(Some(column), "lies before 1900");
            return None;
        }
        Some(date)
    }

    /// A date of something that has happened.
    fn past_date(&mut self, column: Column) -> Option<Date> {
        let date = self.date(column)?;
        if date.is_future(self.reading.today) {
            self.problem(Some(column), "lies in the future");
            return None;
        }
        Some(date)
    }

    /// The consent, and of which day it is.
    fn consent(&mut self) -> (Consent, Option<Date>) {
        let status: Option<ConsentStatus> = self.word(Column::Status);
        // A status that could not be read contradicts nothing: its own fault is enough.
        let named = status.is_some();
        let withdrawn = self.value(Column::WithdrawnOn).is_some();
        let withdrawn_on = self.past_date(Column::WithdrawnOn);
        let scopes = self.scopes();
        let stated = [Column::Level, Column::Scopes].into_iter().find(|&c| self.value(c).is_some());
        if stated.is_none() && self.value(Column::Status).is_none() && !withdrawn {
            self.problem(None, "states neither level nor scopes nor status");
        }
        let status = match status {
            None if withdrawn => ConsentStatus::Withdrawn,
            // Never `given` by default where the word could not be read: that is a fault and stops the run anyway.
            None if self.value(Column::Status).is_some() => ConsentStatus::NoRecord,
            None => ConsentStatus::Given,
            Some(ConsentStatus::Given) if withdrawn => ConsentStatus::Withdrawn,
            Some(status) => status,
        };
        let never_given = named
            && matches!(status, ConsentStatus::Refused | ConsentStatus::ClearlyNotGiven | ConsentStatus::NoRecord);
        if never_given && let Some(column) = stated {
            self.problem(Some(column), "contradicts the status: nothing was given");
        }
        if never_given && withdrawn {
            self.problem(Some(Column::WithdrawnOn), "contradicts the status: nothing was given");
        }
        let given_on = self.past_date(Column::GivenOn);
        let expires_on = self.date(Column::ExpiresOn);
        for (column, later) in [(Column::ExpiresOn, expires_on), (Column::WithdrawnOn, withdrawn_on)] {
            if let (Some(given), Some(later)) = (given_on, later)
                && later.is_past(given)
            {
                self.problem(Some(column), "lies before given_on");
            }
        }
        let form = self.word(Column::Form);
        let given_by = self.word(Column::GivenBy);
        let conditions = self.conditions();
        let dated = match status {
            ConsentStatus::Given | ConsentStatus::Refused | ConsentStatus::ClearlyNotGiven => given_on,
            ConsentStatus::Withdrawn => withdrawn_on,
            ConsentStatus::NoRecord => None,
        };
        (Consent { status, scopes, form, given_by, given_on, expires_on, conditions }, dated)
    }

    /// What a row's dates tell of the patient's life: nobody consents before birth, or of themselves after death; and who
    /// decides for themselves from some day on was born at most eighteen years before it.
    fn lifetime(&mut self, consent: &Consent, statement: &mut Statement) {
        let (born, died) = (self.past_date(Column::BornOn), self.past_date(Column::DiedOn));
        statement.born = born;
        if born.zip(died).is_some_and(|(born, died)| died.is_past(born)) {
            self.problem(Some(Column::DiedOn), "lies before born_on");
        }
        if consent.given_on.zip(born).is_some_and(|(given, born)| given.is_past(born)) {
            self.problem(Some(Column::GivenOn), "lies before born_on: before the patient's birth");
        }
        let own = matches!(consent.given_by, None | Some(GivenBy::Patient));
        if own && consent.given_on.zip(died).is_some_and(|(given, died)| given.is_future(died)) {
            self.problem(Some(Column::GivenOn), "lies after died_on: after the patient's death");
        }
        if died.is_some() {
            statement.subject.get_or_insert(Subject::Deceased);
        }
        let (Some(given), Some(adult)) = (consent.given_on, statement.adult_from) else { return };
        let earliest = Month::new(adult.month().year().saturating_sub(COMES_OF_AGE), adult.month().number());
        if earliest.is_some_and(|birth| given.month() < birth) {
            self.problem(
                Some(Column::GivenOn),
                "lies more than 18 years before adult_from: before the patient's birth",
            );
        }
    }

    /// The scopes of level and scopes together. A level's own scopes cannot be widened by the other column, but research
    /// and public media, which no level gives, are named there.
    fn scopes(&mut self) -> BTreeSet<Scope> {
        let named: BTreeSet<Scope> = self.words(Column::Scopes);
        let level = self.with(Column::Level, |value| level(value).ok_or("is not 1, 2 or 3"));
        let Some(level) = level else { return named };
        let beyond = |scope: &Scope| !level.contains(scope) && !matches!(scope, Scope::Research | Scope::PublicMedia);
        if named.iter().any(beyond) {
            self.problem(Some(Column::Scopes), "names more than the level gives; state the right level");
        }
        level.iter().copied().chain(named).collect()
    }

    fn conditions(&mut self) -> BTreeSet<String> {
        let words: BTreeSet<String> = list(self.value(Column::Conditions).unwrap_or_default()).collect();
        let more = &self.reading.conditions;
        if !words.iter().all(|word| condition::is_patients(word) || more.contains(word)) {
            let known = condition::CONDITIONS.iter().filter(|c| c.by_patient).map(|c| c.word);
            let known: Vec<&str> = known.chain(more.iter().map(String::as_str)).collect();
            self.problem(Some(Column::Conditions), format!("not one of: {}", known.join(", ")));
        }
        words
    }

    fn context(&mut self, statement: &mut Statement) {
        statement.subject = self.word(Column::Subject);
        statement.adult_from = self.date(Column::AdultFrom);
        statement.kind = self.word(Column::Kind);
        statement.made_for = self.word(Column::MadeFor);
        statement.made_when = self.word(Column::MadeWhen);
        statement.existing_collection = self.with(Column::ExistingCollection, yes);
        statement.circumstances = self.words(Column::Circumstances);
        statement.authority = self.with(Column::Authority, authority);
        statement.document = self.value(Column::Document).map(Into::into);
        statement.retention_date = self.date(Column::RetentionDate);
        statement.ownership = self.word::<Ownership>(Column::Ownership);
    }

    fn assessed(&mut self, statement: &mut Statement) {
        statement.identifiable = self.word(Column::Identifiable);
        statement.assessed_by = self.value(Column::AssessedBy).map(Into::into);
        statement.assessed_on = self.past_date(Column::AssessedOn);
        let no_marks = |value: &str| if word(value) == "no-marks" { Ok(true) } else { Err("not one of: no-marks") };
        statement.no_marks = self.with(Column::Pixels, no_marks).unwrap_or(false);
        let claims = statement.identifiable == Some(Identifiable::No) || statement.no_marks;
        if claims && statement.assessed_by.is_none() {
            self.problem(
                Some(Column::AssessedBy),
                "is empty, but somebody must answer for the assessment, by name or role",
            );
        }
    }
}

/// A word as the vocabularies spell it: case, outer spaces, inner spaces and underscores do not matter.
fn word(value: &str) -> String {
    value.trim().to_lowercase().replace([' ', '_'], "-")
}

/// The words of a list, separated by semicolons (or commas, in a file that has other delimiters).
fn list(value: &str) -> impl Iterator<Item = String> {
    value.split([';', ',']).map(word).filter(|part| !part.is_empty())
}

fn yes(value: &str) -> Result<bool, &'static str> {
    match word(value).as_str() {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err("not one of: yes, no"),
    }
}

/// The scopes of a level, which is one digit and nothing else: `02` or `+2` has been through something that changes
/// numbers.
fn level(value: &str) -> Option<&'static [Scope]> {
    match value {
        "1" => Consent::level_scopes(1),
        "2" => Consent::level_scopes(2),
        "3" => Consent::level_scopes(3),
        _ => None,
    }
}

/// Whether a number has got decimals of nought on its way through a program.
fn is_decimal(value: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    value
        .split_once('.')
        .is_some_and(|(whole, rest)| digits(whole) && !rest.is_empty() && rest.bytes().all(|b| b == b'0'))
}

/// Whether a number reads as spreadsheets write long ones, `9.43477E+09`: the last digits are lost.
fn is_shortened(value: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let parts = value.split_once(['E', 'e']).and_then(|(digits, power)| Some((digits, power.strip_prefix('+')?)));
    parts.is_some_and(|(digits, power)| number(digits) && number(power))
}

/// `basis`, `basis; role` or `basis; role; reason`.
fn authority(value: &str) -> Result<Authority, String> {
    let mut parts = value.splitn(3, ';').map(str::trim);
    let basis = word(parts.next().unwrap_or_default()).parse();
    let mut authority = Authority::new(basis.map_err(|e: crate::recording::terms::UnknownWord| e.to_string())?);
    authority.by = parts.next().filter(|part| !part.is_empty()).map(Into::into);
    authority.reason = parts.next().filter(|part| !part.is_empty()).map(Into::into);
    Ok(authority)
}
