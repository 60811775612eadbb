//! Several consents of one patient or recording over time: which statement counts today.
//!
//! GMC paras 8, 25, 35: consent may be varied or withdrawn at any time, so the latest word counts. Rows of different
//! days are a history; rows that cannot be put in an order and disagree are a fault.

use super::row::Row;
use super::{Problem, Unit};
use crate::consent::{Consent, Date};
use crate::recording::terms::{ConsentStatus, Scope};
use std::collections::BTreeSet;

/// What becomes of rows that speak of the same.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// The row that stands for all, with their lines.
    pub(super) row: Option<Row>,
    /// Lines that say what another line says already.
    pub(super) repeated: Vec<u64>,
    /// Lines that contradict.
    pub(super) problems: Vec<Problem>,
}

/// Puts rows of the same patient or recording in order and finds the statement that counts as of today.
pub(super) fn settle(mut rows: Vec<Row>, today: Date, unit: Unit) -> Settled {
    let mut settled = Settled::default();
    rows.sort_by_key(|row| (row.dated.map(Date::first), row.dated.map(Date::last), row.line));
    let mut kept: Vec<Row> = Vec::new();
    for row in rows {
        let word = unit.word();
        let Some(last) = kept.last() else {
            kept.push(row);
            continue;
        };
        // Rows without a date come first: one of them and anything else that speaks of the same must agree.
        let what = if last.statement.agrees(&row.statement) && last.dated == row.dated {
            settled.repeated.push(last.line.max(row.line));
            continue;
        } else if last.dated.is_none() && row.dated.is_none() {
            Some("disagrees with {}, which speaks of the same")
        } else if last.dated.is_none() {
            Some("disagrees with {}, which speaks of the same: where one follows the other, each needs its date")
        } else if !follows(&row, last) {
            Some("disagrees with {}, which speaks of the same and of the same day or month: state the days")
        } else if contradicts(&row, last) {
            Some("disagrees with {} about the patient or how the recording was made, which no time changes")
        } else {
            None
        };
        if let Some(what) = what {
            let (earlier, later) = (last.line.min(row.line), last.line.max(row.line));
            settled.problems.push(Problem::new(later, None, what.replace("{}", &format!("{word} {earlier}"))));
            // The undated row stays the one that all others are held against.
            if last.dated.is_some() {
                kept.push(row);
            }
            continue;
        }
        kept.push(row);
    }
    if settled.problems.is_empty() {
        settled.row = decide(kept, today);
    }
    settled
}

/// Whether a row is certainly of a later day than another; months count whole.
fn follows(row: &Row, earlier: &Row) -> bool {
    matches!((row.dated, earlier.dated), (Some(row), Some(earlier)) if row.first() > earlier.last())
}

/// Whether two rows say differently what time does not change.
fn contradicts(a: &Row, b: &Row) -> bool {
    fn differ<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
        matches!((a, b), (Some(a), Some(b)) if a != b)
    }
    let (a, b) = (&a.statement, &b.statement);
    differ(a.patient.as_ref(), b.patient.as_ref())
        || differ(a.born, b.born)
        || differ(a.kind, b.kind)
        || differ(a.made_for, b.made_for)
        || differ(a.made_when, b.made_when)
        || differ(a.existing_collection, b.existing_collection)
}

/// The row that stands for all of them; they come in the order of their days.
fn decide(mut rows: Vec<Row>, today: Date) -> Option<Row> {
    rows.reverse();
    let mut statement = rows.first()?.statement.clone();
    rows.iter().skip(1).for_each(|row| statement.fill_from(&row.statement));
    let entitled = |consent: &Consent| {
        statement.subject.is_none_or(|subject| consent.is_by_one_entitled(subject, statement.adult_from))
    };
    // What consents that no longer count left of the earlier ones: one of them narrowed stays narrow.
    let mut limits: Option<(BTreeSet<Scope>, BTreeSet<String>)> = None;
    let mut decided = None;
    for (at, row) in rows.iter().enumerate() {
        let Some(mut consent) = row.statement.consent.clone() else { continue };
        if consent.status != ConsentStatus::Given {
            decided = Some((at, consent));
            break;
        }
        let valid = !consent.is_expired(today) && entitled(&consent);
        if let Some((scopes, conditions)) = &limits {
            consent.scopes.retain(|scope| scopes.contains(scope));
            consent.conditions.extend(conditions.iter().cloned());
        }
        if valid {
            decided = Some((at, consent));
            break;
        }
        limits = Some((consent.scopes, consent.conditions));
    }
    let at = decided.as_ref().map_or(0, |(at, _)| *at);
    if let Some((_, consent)) = decided {
        statement.consent = Some(consent);
    }
    let mut row = rows.get(at)?.clone();
    row.behind = rows.iter().map(|row| row.line).filter(|line| *line != row.line).collect();
    row.statement = statement;
    Some(row)
}

#[cfg(test)]
mod tests;
