//! What can be said of a register by itself: rows one by one, and patients whose numbers are written alike.
//!
//! GMC paras 9, 18, 21, 32, 34, 35: who may give consent, what it covers, and when a child's is the patient's own to renew.

use super::{Check, Remark, Terms, number};
use crate::consent::register::Entry;
use crate::consent::{Month, Register, Statement};
use crate::recording::terms::{ConsentStatus, Subject};
use std::collections::BTreeMap;

/// How many spellings of one number are told.
const MOST_ALIKE: usize = 20;

/// Looks over every row by itself, and the patient numbers against each other.
///
/// With `walked`, rows for recordings that do not say who the patient is are left to the [`super::Tally`], which knows the
/// patient's own row too.
pub fn rows(register: &Register, terms: &Terms, walked: bool) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for entry in register.entries() {
        let open = walked && entry.recording.is_some() && entry.statement.subject.is_none();
        for (check, month) in of_statement(entry.statement, terms) {
            if !(open && check == Check::NotEntitled) {
                remarks.push(Remark { month, ..Remark::of(check, vec![entry.line]) });
            }
        }
        if entry.statement.patient.as_ref().is_some_and(number::is_wrong) {
            remarks.push(Remark::of(Check::CheckDigit, vec![entry.line]));
        }
    }
    remarks.extend(alike(register.entries()));
    remarks
}

/// What is to be said of a statement, of one row or of all that speak of a recording. Dates come with their month.
pub(super) fn of_statement(statement: &Statement, terms: &Terms) -> Vec<(Check, Option<Month>)> {
    let mut told = Vec::new();
    let to_come = statement.adult_from.filter(|date| !date.has_begun(terms.as_of));
    if let (Some(Subject::Adult), Some(date)) = (statement.subject, to_come) {
        told.push((Check::AdultToCome, Some(date.month())));
    }
    let Some(consent) = statement.consent.as_ref().filter(|consent| consent.status == ConsentStatus::Given) else {
        return told;
    };
    let subject = statement.subject.unwrap_or(Subject::Unknown);
    if !consent.is_by_one_entitled(subject, statement.adult_from) {
        told.push((Check::NotEntitled, None));
    }
    if let Some(date) = consent.given_on.filter(|date| date.is_future(terms.as_of)) {
        told.push((Check::GivenInFuture, Some(date.month())));
    }
    match consent.expires_on {
        Some(date) if date.is_past(terms.as_of) => told.push((Check::Expired, Some(date.month()))),
        Some(date) if terms.is_soon(date) => told.push((Check::ExpiresSoon, Some(date.month()))),
        _ => {}
    }
    if consent.scopes.is_empty() {
        told.push((Check::CoversNothing, None));
    } else if terms.purpose.is_some_and(|purpose| !consent.covers(purpose)) {
        told.push((Check::PurposeNotCovered, None));
    }
    if matches!(subject, Subject::ChildWithCapacity | Subject::ChildWithoutCapacity) {
        match statement.adult_from {
            None => told.push((Check::ChildWithoutDate, None)),
            Some(date) if date.has_begun(terms.as_of) => told.push((Check::ChoiceDue, Some(date.month()))),
            Some(date) if terms.is_soon(date) => told.push((Check::ChoiceSoon, Some(date.month()))),
            Some(_) => {}
        }
    }
    told
}

/// The first line of each of several numbers that differ only by what people write in one way or another.
fn alike<'a>(entries: impl Iterator<Item = Entry<'a>>) -> Vec<Remark> {
    let mut groups: BTreeMap<Vec<u8>, Vec<(&'a [u8], u64)>> = BTreeMap::new();
    for entry in entries {
        let Some(patient) = &entry.statement.patient else { continue };
        let Some(bare) = number::bare(patient) else { continue };
        let group = groups.entry(bare).or_default();
        // A group of thousands would be told no better than one of these.
        if group.len() < MOST_ALIKE && !group.iter().any(|(id, _)| *id == patient.id().reveal()) {
            group.push((patient.id().reveal(), entry.line));
        }
    }
    let several = groups.into_values().filter(|group| group.len() > 1);
    several.map(|group| Remark::of(Check::PatientsAlike, group.into_iter().map(|(_, line)| line).collect())).collect()
}
