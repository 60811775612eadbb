//! How values lie in the ledger's columns; what cannot be read back is an error that does not repeat it.

use super::SourceRow;
use crate::code::RecordingCode;
use crate::recording::Outcome;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A source whose columns begin at `first`.
pub(super) fn source_row(row: &Row<'_>, first: usize) -> rusqlite::Result<SourceRow> {
    Ok(SourceRow {
        size: row.get::<_, Number>(first)?.0,
        mtime_ns: row.get(first + 1)?,
        content: row.get(first + 2)?,
        settings: row.get(first + 3)?,
        code: row.get::<_, Code>(first + 4)?.0,
        outcome: row.get::<_, Rank>(first + 5)?.0,
        duplicate: row.get(first + 6)?,
        caution: row.get(first + 7)?,
        rests: row.get(first + 8)?,
        doubt: row.get(first + 9)?,
    })
}

/// A recording's code as it is stored.
pub(super) struct Code(pub(super) RecordingCode);

impl FromSql for Code {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        RecordingCode::parse(value.as_str()?).map(Code).ok_or(FromSqlError::InvalidType)
    }
}

/// An outcome as it is stored: its place in this list, which may only be added to.
pub(super) struct Rank(pub(super) Outcome);

const OUTCOMES: [Outcome; 5] =
    [Outcome::Released, Outcome::Held, Outcome::Unsupported, Outcome::Failed, Outcome::Listed];

impl FromSql for Rank {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let rank = usize::try_from(value.as_i64()?).map_err(|_| FromSqlError::InvalidType)?;
        OUTCOMES.get(rank).map(|outcome| Rank(*outcome)).ok_or(FromSqlError::InvalidType)
    }
}

impl ToSql for Rank {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let rank = OUTCOMES.iter().zip(0i64..).find(|(outcome, _)| **outcome == self.0);
        rank.map(|(_, rank)| rank.into()).ok_or(rusqlite::Error::InvalidQuery)
    }
}

/// A length or a count; SQLite's integers are signed.
pub(super) struct Number(pub(super) u64);

impl FromSql for Number {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u64::try_from(value.as_i64()?).map(Number).map_err(|_| FromSqlError::InvalidType)
    }
}

impl ToSql for Number {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        i64::try_from(self.0).map(Into::into).map_err(|_| rusqlite::Error::InvalidQuery)
    }
}

/// A value kept as JSON. What was wrong with it is not repeated.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Json).map_err(|_| FromSqlError::InvalidType)
    }
}

impl<T: Serialize> ToSql for Json<&T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(self.0).map(Into::into).map_err(|_| rusqlite::Error::InvalidQuery)
    }
}
