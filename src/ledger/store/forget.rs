//! Takes keyed digests out of the ledger for good: rows, free pages and write-ahead log.
//!
//! SQLite: `secure_delete` overwrites what is deleted, `VACUUM` writes every page anew without the rest, and a log that
//! was folded in and cut to nothing holds no copy.

use super::{Digest, Ledger, LedgerError};
use rusqlite::{Transaction, params};

impl Ledger {
    /// Takes from a release all that ties its recordings to their sources. Its entries stay, so that its report and a
    /// withdrawal by code stay possible; no source of it is known any more. May be called again.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn forget_sources_of(&mut self, release: &Digest) -> Result<(), LedgerError> {
        let batch = self.connection.transaction()?;
        let of = "release = (SELECT id FROM release WHERE digest = ?1)";
        batch.execute(&format!("DELETE FROM source WHERE {of}"), [release])?;
        // Random bytes in place of the digests: equal contents cannot be told by them either.
        batch.execute(&format!("UPDATE entry SET instance = randomblob(32) WHERE {of}"), [release])?;
        // Of what no other release knows nothing is kept of whose it was either.
        batch.execute("DELETE FROM bearer WHERE source NOT IN (SELECT source FROM source)", [])?;
        unlink(&batch, Some(release))?;
        // No later run over its sources can honour what was decided about them.
        batch.execute(&format!("DELETE FROM decision WHERE {of}"), [release])?;
        batch.execute(&format!("DELETE FROM decision_moving WHERE {of}"), [release])?;
        batch.commit()?;
        self.rewrite()
    }

    /// Takes every keyed digest out of the ledger: all sources, and in every other table random bytes in the place of
    /// each. Codes, outcomes and counts stay. Returns how many sources were known. May be called again.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn forget_digests(&mut self) -> Result<u64, LedgerError> {
        let batch = self.connection.transaction()?;
        let sources = batch.execute("DELETE FROM source", [])?;
        batch.execute("DELETE FROM bearer", [])?;
        batch.execute("DELETE FROM decision", [])?;
        batch.execute("DELETE FROM decision_moving", [])?;
        unlink(&batch, None)?;
        let mut columns = Vec::new();
        {
            // A digest is what a table keeps as bytes, so that no later table is forgotten here.
            let mut statement = batch.prepare(
                "SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND c.type = 'BLOB'",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                columns.push((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
            }
        }
        for (table, column) in columns {
            let (table, column) = (quoted(&table), quoted(&column));
            batch.execute(
                &format!("UPDATE {table} SET {column} = randomblob(length({column})) WHERE {column} IS NOT NULL"),
                [],
            )?;
        }
        batch.commit()?;
        self.rewrite()?;
        // Takes the log's file away with it.
        self.connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
        Ok(u64::try_from(sources).unwrap_or(u64::MAX))
    }

    /// Writes the whole file anew and cuts the log to nothing.
    fn rewrite(&self) -> Result<(), LedgerError> {
        // Nothing that is to be forgotten is left by now, so what VACUUM puts into a temporary file need not be kept in memory.
        self.connection.execute_batch("PRAGMA temp_store = FILE; VACUUM; PRAGMA temp_store = MEMORY;")?;
        let busy: i64 = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy == 0 { Ok(()) } else { Err(LedgerError::Busy) }
    }
}

/// Takes out of entries what leads to their sources without any digest: the order they came in, which is that of the sources'
/// names, and the lines of the register that spoke of them.
fn unlink(batch: &Transaction<'_>, release: Option<&Digest>) -> Result<(), LedgerError> {
    let mut all = batch.prepare(
        "SELECT entry.id FROM entry JOIN release ON release.id = entry.release WHERE ?1 IS NULL OR release.digest = ?1",
    )?;
    let ids = all.query_map([release], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    let mut text = batch.prepare("SELECT entry FROM entry WHERE id = ?1")?;
    // Sixty-two random bits: two alike would end the batch, and the next call would try others.
    let mut write = batch.prepare("UPDATE entry SET id = abs(random()) / 2 + 1, entry = ?2 WHERE id = ?1")?;
    for id in ids {
        let entry: String = text.query_row([id], |row| row.get(0))?;
        write.execute(params![id, unlined(&entry)])?;
    }
    Ok(())
}

/// A text without the lines of the register that it names.
pub(in crate::ledger) fn unlined(text: &str) -> String {
    const NAMED: &str = "register, line";
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(NAMED) {
        out.push_str(&rest[..at + "register".len()]);
        rest = rest[at + NAMED.len()..].trim_start_matches('s');
        while let Some(number) = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(' ')) {
            let behind = number.trim_start_matches(|c: char| c.is_ascii_digit());
            if behind.len() == number.len() {
                break;
            }
            rest = behind;
        }
    }
    out.push_str(rest);
    out
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::store::SourceRow;
    use crate::ledger::store::tests::{entry, source};
    use crate::recording::Outcome;

    /// Digests that can be found again in the file: byte `n` 32 times.
    const DIGESTS: [Digest; 7] = [[0xa1; 32], [0xa2; 32], [0xa3; 32], [0xa4; 32], [0xb1; 32], [0xb3; 32], [0xb4; 32]];

    fn holds(dir: &std::path::Path, digest: &Digest) -> bool {
        let mut found = false;
        for file in std::fs::read_dir(dir).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            found |= memchr::memmem::find(&bytes, &digest[..16]).is_some();
        }
        found
    }

    /// Two releases of one recording each.
    fn filled(dir: &std::path::Path) -> Ledger {
        let mut ledger = Ledger::open(&dir.join("ledger.sqlite")).unwrap();
        for (number, [release, path, content, instance]) in
            [[DIGESTS[0], DIGESTS[1], DIGESTS[2], DIGESTS[3]], [DIGESTS[4], DIGESTS[5], DIGESTS[5], DIGESTS[6]]]
                .into_iter()
                .enumerate()
        {
            let number = u32::try_from(number * 3).unwrap();
            let (entry, row) = (entry(number, Outcome::Held), SourceRow { content, ..source(number, 0) });
            let mut batch = ledger.begin().unwrap();
            batch.put_entry(&release, &entry, &instance).unwrap();
            batch.put_source(&release, &path, &row).unwrap();
            batch.commit().unwrap();
        }
        ledger
    }

    #[test]
    fn no_line_of_a_register_is_left_in_a_text() {
        let mut tried = 0;
        for (text, left) in [
            (r#"{"from":"register, line 5"},{"#, r#"{"from":"register"},{"#),
            ("register, lines 4, 3, 12; register, line 7", "register; register"),
            ("register, line 5, profile", "register, profile"),
            ("the register, and line 5", "the register, and line 5"),
        ] {
            assert_eq!(unlined(text), left);
            tried += 1;
        }
        assert_eq!(tried, 4);
    }

    #[test]
    fn forgotten_entries_do_not_lie_in_the_order_of_their_sources() {
        let home = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&home.path().join("ledger.sqlite")).unwrap();
        let mut batch = ledger.begin().unwrap();
        for number in 0..40 {
            batch.put_entry(&DIGESTS[0], &entry(number, Outcome::Held), &[u8::try_from(number).unwrap(); 32]).unwrap();
        }
        batch.commit().unwrap();
        let codes = |ledger: &Ledger| -> Vec<String> {
            let mut rows = ledger.connection.prepare("SELECT code FROM entry ORDER BY id").unwrap();
            rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let before = codes(&ledger);
        ledger.forget_sources_of(&DIGESTS[0]).unwrap();
        let after = codes(&ledger);
        assert!(before.len() == 40 && after.len() == 40 && before != after);
        ledger.forget_digests().unwrap();
        assert!(codes(&ledger) != after);
    }

    #[test]
    fn a_forgotten_release_keeps_its_entries_and_no_digest_anywhere_in_the_files() {
        let home = tempfile::tempdir().unwrap();
        let mut ledger = filled(home.path());
        assert!(DIGESTS.iter().all(|digest| holds(home.path(), digest)));
        for _ in 0..2 {
            ledger.forget_sources_of(&DIGESTS[0]).unwrap();
        }
        let there: Vec<bool> = DIGESTS.iter().map(|digest| holds(home.path(), digest)).collect();
        assert_eq!(there, [true, false, false, false, true, true, true]);
        assert_eq!(ledger.counts(&DIGESTS[0]).unwrap().values().sum::<u64>(), 1);
        assert!(ledger.source(&DIGESTS[4], &DIGESTS[5]).unwrap().is_some());
    }

    #[test]
    fn after_the_last_digest_is_forgotten_none_is_in_any_file_and_the_counts_stay() {
        let home = tempfile::tempdir().unwrap();
        let mut ledger = filled(home.path());
        let census = ledger.census().unwrap();
        assert_eq!(ledger.forget_digests().unwrap(), 2);
        assert_eq!(ledger.forget_digests().unwrap(), 0);
        assert!(DIGESTS.iter().all(|digest| !holds(home.path(), digest)));
        assert_eq!(ledger.census().unwrap(), census);
        assert_eq!((census.releases, census.patients, census.recordings[&Outcome::Held]), (2, 2, 2));
        drop(ledger);
        let files: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
        assert_eq!(files, ["ledger.sqlite"]);
    }
}
