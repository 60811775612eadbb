//! The ledger's tables, one step after another, and how a connection is set.
//!
//! SQLite: `application_id` says whose file it is, `user_version` how many steps were taken.

use super::LedgerError;
use rusqlite::{Connection, TransactionBehavior};

/// `scrb` in ASCII.
const APPLICATION: i64 = 0x7363_7262;

/// The steps from an empty file to the schema of today. Rows lie in the order they came in, since digests and codes as
/// keys of whole rows would scatter every batch over the file. A released step never changes; a new one is added behind it.
const STEPS: [&str; 6] = [
    "
CREATE TABLE release (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32)
) STRICT;
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    release INTEGER NOT NULL REFERENCES release (id),
    code TEXT NOT NULL,
    patient TEXT NOT NULL,
    outcome INTEGER NOT NULL,
    usability TEXT,
    instance BLOB NOT NULL,
    entry TEXT NOT NULL,
    UNIQUE (release, code)
) STRICT;
CREATE INDEX entry_by_outcome ON entry (release, outcome, code);
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    release INTEGER NOT NULL REFERENCES release (id),
    source BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    content BLOB NOT NULL,
    settings BLOB NOT NULL,
    entry INTEGER NOT NULL REFERENCES entry (id) DEFERRABLE INITIALLY DEFERRED,
    outcome INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    UNIQUE (release, source)
) STRICT;
CREATE INDEX source_by_content ON source (content);
CREATE INDEX source_by_entry ON source (entry);
CREATE TABLE intent (
    id INTEGER PRIMARY KEY,
    release INTEGER NOT NULL REFERENCES release (id),
    in_release INTEGER NOT NULL,
    path TEXT NOT NULL
) STRICT;
CREATE INDEX intent_by_release ON intent (release);
CREATE TABLE run (
    id TEXT NOT NULL PRIMARY KEY,
    release INTEGER NOT NULL REFERENCES release (id),
    started TEXT NOT NULL,
    finished TEXT,
    counts TEXT NOT NULL,
    tool TEXT NOT NULL,
    profile BLOB NOT NULL
) STRICT, WITHOUT ROWID;
",
    "
ALTER TABLE source ADD COLUMN caution INTEGER NOT NULL DEFAULT 0;
UPDATE source SET caution = 255 WHERE outcome <> 0;
DROP INDEX source_by_entry;
CREATE INDEX source_by_entry ON source (entry, settings, caution);
CREATE INDEX entry_by_content ON entry (release, instance);
",
    super::handed::STEP,
    "
ALTER TABLE entry ADD COLUMN making BLOB;
ALTER TABLE entry ADD COLUMN plan BLOB;
ALTER TABLE entry ADD COLUMN sidecar BLOB;
ALTER TABLE entry ADD COLUMN run TEXT;
ALTER TABLE entry ADD COLUMN batch INTEGER;
ALTER TABLE entry ADD COLUMN basis TEXT;
ALTER TABLE source ADD COLUMN root INTEGER;
CREATE TABLE sealed (
    run TEXT NOT NULL,
    batch INTEGER NOT NULL,
    length INTEGER NOT NULL,
    PRIMARY KEY (run, batch)
) STRICT, WITHOUT ROWID;
",
    super::decision::STEP,
    super::bearer::STEP,
];

/// The schema this version knows.
pub(super) const KNOWN: i64 = STEPS.len() as i64;

/// Checks whose file it is, sets the connection, and takes the steps that are missing.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), LedgerError> {
    steps_taken(connection)?;
    // Deleted rows are overwritten, temporary tables stay in memory, and nothing in the file can call functions. The
    // cache holds the indexes of some 100,000 recordings, which every batch touches all over.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
         PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 16777216;",
    )?;
    if steps_taken(connection)? < STEPS.len() {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have taken them since.
        let taken = steps_taken(&transaction)?;
        for step in STEPS.iter().skip(taken) {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", KNOWN)?;
        transaction.commit()?;
    }
    Ok(())
}

/// How many steps were taken with this file.
fn steps_taken(connection: &Connection) -> Result<usize, LedgerError> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    if application == 0 && version == 0 {
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        return if tables == 0 { Ok(0) } else { Err(LedgerError::NotALedger) };
    }
    if application != APPLICATION || version < 1 {
        return Err(LedgerError::NotALedger);
    }
    if version > KNOWN {
        return Err(LedgerError::Newer { found: version, known: KNOWN });
    }
    usize::try_from(version).map_err(|_| LedgerError::Damaged)
}
